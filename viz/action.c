/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/action.h"

#include <stdio.h>
#include <string.h>

static const struct action_desc rows[ACTION_NR] = {[ACTION_NONE] = {"", "", "", ""},
#define X(name, word, keys, group, help) [ACTION_##name] = {word, keys, group, help},
						   ACTIONS(X)
#undef X
};

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

const char *action_key_text(enum action action, char *buf, size_t len)
{
	const char *keys = action_desc(action)->keys;

	if (strstr(keys, "Shift+/"))
		snprintf(buf, len, "?");
	else
		snprintf(buf, len, "%.*s", (int)strcspn(keys, " "), keys);
	return buf;
}
