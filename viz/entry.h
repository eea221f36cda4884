/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line that a person types: what is searched for, the name of an act, letters that rows of a
 * table must hold, words of a mark. One at a time; while it is open, letters go into it.
 */
#ifndef VIZ_ENTRY_H
#define VIZ_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum entry_mode {
	ENTRY_NONE,
	ENTRY_SEARCH,
	ENTRY_PALETTE,
	ENTRY_FILTER,
	ENTRY_NOTE,
};

#define ENTRY_LEN 96

struct entry {
	enum entry_mode mode;
	char text[ENTRY_LEN];
	size_t len;
	size_t choice; /* palette: row that Enter takes */
	int64_t at_ns; /* note: time it belongs to */
};

/* Opens it with text, which is kept to be edited. */
void entry_open(struct entry *e, enum entry_mode mode, const char *text);
/* Closes it; its text is gone. */
void entry_close(struct entry *e);

/* Adds UTF-8 text; what is not printable, or does not fit whole, is left out. */
void entry_type(struct entry *e, const char *text);

/* Takes back the last character, or the last word. */
void entry_erase(struct entry *e, bool word);

/* Whether text holds all words of typed, whatever their case. */
bool entry_matches(const char *text, const char *typed);
/* Whether a word of text begins with each of them, too. */
bool entry_begins(const char *text, const char *typed);

#endif
