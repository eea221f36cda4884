/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/entry.h"

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

bool entry_matches(const char *text, const char *typed)
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
		if (!strcasestr(text, word))
			return false;
		typed += len;
	}
	return true;
}
