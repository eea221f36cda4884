/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bundled lessons, as they describe themselves: workloads/lessons.txt beside conctrace, made
 * when the programs were built from what each says to --describe, in the order of teaching.
 */
#ifndef CMD_LESSONS_H
#define CMD_LESSONS_H

#include <stddef.h>

#include "base/err.h"

struct lesson {
	char *name;
	char *title;
	char *chapter;
	char *shows; /* lines, each with its end */
	char *look;
	char *twin_look; /* of its twin in Python; NULL: the same */
	char *seen;      /* what to say of a run: cmd/seen.h fills in the numbers */
	char *twin_seen; /* of its twin in Python; NULL: the same */
	char *expect;    /* ids of findings, with blanks between, as workloads/truth.h has them */
	char *next;      /* lines: what to try then */
	char *twin_next; /* the same for its twin; NULL: next, with --python */
	char *picture;   /* options of its picture, with blanks between; NULL: none */
	char *record;    /* options for recording it, with blanks between; NULL: none */
	char *window;    /* "100ms 120ms": the part that its picture shows; NULL: all */
	unsigned int cores; /* that it needs to be seen */
};

struct lessons {
	struct lesson *rows; /* [nr] */
	size_t nr, cap;
};

/* Reads the list. -ENOENT with a sentence where it is not installed; -EINVAL: not such a list. */
int lessons_read(struct lessons *out, struct err *err);

/* NULL if none is called so. */
const struct lesson *lessons_find(const struct lessons *l, const char *name);

/* Frees; empty afterwards. */
void lessons_done(struct lessons *l);

#endif
