/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/action.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct action_desc rows[ACTION_NR] = {[ACTION_NONE] = {"", "", "", ""},
#define X(name, word, keys, group, help) [ACTION_##name] = {word, keys, group, help},
						   ACTIONS(X)
#undef X
};

/* Keys that people call by the sign on them. */
static const struct {
	const char *key;
	const char *sign;
} signs[] = {
    {"Shift+/", "?"}, {"Shift+;", ":"}, {"Return", "Enter"}, {"Shift+Return", "Shift+Enter"}};

const struct action_desc *action_desc(enum action action)
{
	return &rows[action < ACTION_NR ? action : ACTION_NONE];
}

enum action action_by_word(const char *word)
{
	for (int a = 1; a < ACTION_NR; a++)
		if (strcmp(rows[a].word, word) == 0)
			return (enum action)a;
	return ACTION_NONE;
}

enum action action_by_key(const char *key)
{
	size_t len = strlen(key);

	if (len == 0)
		return ACTION_NONE;
	for (int a = 1; a < ACTION_NR; a++)
		for (const char *p = rows[a].keys; *p;) {
			size_t word = strcspn(p, " ");

			if (word == len && strncmp(p, key, len) == 0)
				return (enum action)a;
			p += word;
			p += strspn(p, " ");
		}
	return ACTION_NONE;
}

/* One key of a list, as people call it. */
static int put_key(const char *key, size_t len, char *out, size_t room)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strlen(signs[i].key) == len && strncmp(key, signs[i].key, len) == 0)
			return snprintf(out, room, "%s", signs[i].sign);
	return snprintf(out, room, "%.*s", (int)len, key);
}

const char *action_keys_text(enum action action, char *buf, size_t len)
{
	const char *keys = action_desc(action)->keys;
	size_t at = 0;

	buf[0] = '\0';
	while (*keys && at + 24 < len) {
		size_t word = strcspn(keys, " ");

		if (at)
			at += (size_t)snprintf(buf + at, len - at, ", ");
		at += (size_t)put_key(keys, word, buf + at, len - at);
		keys += word;
		keys += strspn(keys, " ");
	}
	return buf;
}

const char *action_key_text(enum action action, char *buf, size_t len)
{
	const char *keys = action_desc(action)->keys;

	if (strstr(keys, "Shift+/"))
		snprintf(buf, len, "?");
	else
		put_key(keys, strcspn(keys, " "), buf, len);
	return buf;
}

/* Score of typed in one text, 0: its letters do not occur in order. */
static int fuzzy_text(const char *text, const char *typed)
{
	int score = 1;
	bool near = false;

	for (size_t i = 0; *typed; i++) {
		if (!text[i])
			return 0;
		if (*typed == ' ') {
			typed++;
			i--;
			near = false;
			continue;
		}
		bool begins = i == 0 || !isalnum((unsigned char)text[i - 1]);

		if (tolower((unsigned char)text[i]) != tolower((unsigned char)*typed)) {
			near = false;
			continue;
		}
		score += 1 + (begins ? 6 : 0) + (near ? 4 : 0);
		near = true;
		typed++;
	}
	return score;
}

/* How well letters typed by a person name an action, 0: not at all. All of them must occur in its
 * words in that order, whatever their case; beginnings of words and neighbours count more. */
static int score_of(enum action action, const char *typed)
{
	const struct action_desc *d = action_desc(action);
	int word = fuzzy_text(d->word, typed) * 3;
	int help = fuzzy_text(d->help, typed);

	if (strcasecmp(d->word, typed) == 0)
		return 10000;

	return word > help * 2 ? word : help * 2;
}

size_t action_search(const char *typed, enum action *out, size_t max)
{
	int scores[ACTION_NR];
	size_t nr = 0;

	for (int a = 1; a < ACTION_NR; a++) {
		int score = score_of((enum action)a, typed);
		size_t at = nr < max ? nr : max;

		if (score == 0)
			continue;
		while (at > 0 && scores[at - 1] < score)
			at--;
		if (at >= max)
			continue;
		size_t last = nr < max ? nr++ : max - 1;

		memmove(&out[at + 1], &out[at], (last - at) * sizeof(*out));
		memmove(&scores[at + 1], &scores[at], (last - at) * sizeof(*scores));
		out[at] = (enum action)a;
		scores[at] = score;
	}
	return nr;
}
