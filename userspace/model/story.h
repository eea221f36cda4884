/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interval in plain sentences: what a task did, for whom it waited, what that one did meanwhile,
 * what ended it. Viewer and report say the same words. Tasks are told by name and tid, as names are
 * not unique.
 */
#ifndef MODEL_STORY_H
#define MODEL_STORY_H

#include "model/meanwhile.h"

#define STORY_CLAUSES  24
#define STORY_TEXT_LEN 4096

/* What a clause is about, for its colour. */
enum tone {
	TONE_PLAIN, /* the thing itself */
	TONE_WHO,   /* whom it waited for, what ended it */
	TONE_RAN,   /* what that one did meanwhile */
	TONE_READY,
	TONE_BLOCKED,
	TONE_DOUBT, /* what is not known or was inferred */
};

struct clause {
	uint8_t tone;   /* enum tone */
	uint8_t why;    /* enum reason of TONE_BLOCKED */
	char before;    /* ',', ':' or ';' between it and the one before, ' ': nothing */
	uint32_t task;  /* whom it is about, TASK_NONE */
	char text[232]; /* "held by worker-2 4122 (measured)" */
};

struct story {
	struct clause clauses[STORY_CLAUSES];
	size_t nr;
	bool whole; /* false: something is not in memory yet, and asked for */
};

/*
 * Of a task: running, runnable, blocked. Without read nothing is read: what is not in memory is
 * asked for (timeline_want_slice) and left out until it is.
 */
void story_of_task(const struct timeline *tl, const struct interval *iv, bool read,
		   struct story *out);

/* A task's story as one line: "worker-3 4123 waited 3.21 ms for lock a, held by ...". Returns out.
 */
const char *story_text(const struct timeline *tl, uint32_t task, const struct story *story,
		       char out[STORY_TEXT_LEN]);

#endif
