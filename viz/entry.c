/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/entry.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void entry_open(struct entry *e, enum entry_mode mode, const char *text)
{
	e->mode = mode;
	snprintf(e->text, sizeof(e->text), "%s", text);
	e->len = strlen(e->text);
	e->choice = 0;
}

void entry_close(struct entry *e)
{
	e->mode = ENTRY_NONE;
	e->text[0] = '\0';
	e->len = 0;
}

void entry_type(struct entry *e, const char *text)
{
	while (*text) {
		unsigned char c = (unsigned char)*text;
		size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

		if (strnlen(text, len) < len || e->len + len >= sizeof(e->text))
			break;
		if (c >= 0x20 && c != 0x7f) {
			memcpy(e->text + e->len, text, len);
			e->len += len;
		}
		text += len;
	}
	e->text[e->len] = '\0';
	e->choice = 0;
}

void entry_erase(struct entry *e, bool word)
{
	do {
		while (e->len > 0 && ((unsigned char)e->text[e->len - 1] & 0xc0) == 0x80)
			e->len--;
		if (e->len > 0)
			e->len--;
	} while (word && e->len > 0 && e->text[e->len - 1] != ' ');
	e->text[e->len] = '\0';
	e->choice = 0;
}

/* Where a word begins: at the begin, or behind what is no letter or digit. */
static bool begins_word(const char *text, const char *at)
{
	return at == text || !isalnum((unsigned char)at[-1]);
}

/* at_begin: only where a word begins. */
static bool has_word(const char *text, const char *word, bool at_begin)
{
	for (const char *at = text; (at = strcasestr(at, word)); at++)
		if (!at_begin || begins_word(text, at))
			return true;
	return false;
}

static bool has_words(const char *text, const char *typed, bool at_begin)
{
	char word[ENTRY_LEN];

	while (*typed) {
		size_t len;

		typed += strspn(typed, " ");
		len = strcspn(typed, " ");
		if (len >= sizeof(word))
			return false;
		memcpy(word, typed, len);
		word[len] = '\0';
		if (!has_word(text, word, at_begin))
			return false;
		typed += len;
	}
	return true;
}

bool entry_matches(const char *text, const char *typed)
{
	return has_words(text, typed, false);
}

bool entry_begins(const char *text, const char *typed)
{
	return has_words(text, typed, true);
}
