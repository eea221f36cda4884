/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a number of a run is asked of: which tasks of a trace, and which of their slices. The words
 * are those of cmd/seen.h.
 */
#ifndef CMD_QUESTION_H
#define CMD_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/timeline.h"

/* Which slices: STATE of cmd/seen.h. */
struct wanted {
	uint32_t states;  /* 1 << enum state */
	uint32_t reasons; /* 1 << enum reason, of those blocked */
	bool gil;         /* those, too, that wait for CPython's own lock */
	bool shared;      /* only at what processes share */
	bool one;         /* only at the object where they waited longest together */
	uint64_t object;  /* one: which, once question_find_one() looked for it */
};

struct question {
	const struct timeline *tl;
	struct wanted wanted;
	const char *name; /* pattern of a mark; NULL where none is asked for */
	const char *who;
	const char *whom;
	uint64_t *nr; /* the number given, if it counts: told for the words behind it */
};

/* Reads STATE. False: nobody knows it. */
bool wanted_read(struct wanted *out, const char *text);

/* The task of that index, if it is one of who; else NULL. Borrowed. */
const struct task *question_task(const struct question *q, uint32_t task, const char *who);

/* All slices of who's that are wanted, and how long all those tasks lived. */
struct sum {
	uint64_t ns, max_ns, nr, lives_ns;
};
struct sum question_sum(const struct question *q);

/* Looks for the object where who waited longest together, by what else is wanted, and for the name
 * of one of its waits: [len]. False: they waited nowhere. */
bool question_find_one(struct question *q, char *name, size_t len);

/* Whether the trace has a name for CPython's own lock at all. */
bool question_knows_gil(const struct question *q);

#endif
