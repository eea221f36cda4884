/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running one lesson: conctrace records it in a child that keeps root's rights; everything after,
 * its numbers, its findings and its picture, is done as the invoking user.
 */
#ifndef CMD_LESSON_RUN_H
#define CMD_LESSON_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "cmd/lessons.h"
#include "collect/invoker.h"

struct lesson_run {
	const struct lesson *lesson;
	const struct invoker *who;
	bool python;       /* the twin */
	bool live;         /* with a viewer */
	const char *trace; /* the file to write */
	char **args;       /* of the lesson, ends with NULL */
	FILE *printed;     /* where what it writes to standard output goes; NULL: there */
};

/*
 * Records the lesson; its exit status in *status. -ENOENT with a sentence if this lesson has no
 * such program; -EIO if it could not be run.
 */
int lesson_record(const struct lesson_run *run, int *status, struct err *err);

/* Whether the lesson takes those arguments: its own exit status, after its own sentence where it
 * does not. -ENOENT and -EIO as above. */
int lesson_check(const struct lesson_run *run, int *status, struct err *err);

/* What is said of a trace of it, as seen_print takes it, or NULL. */
const char *lesson_seen(const struct lesson_run *run);

/* What to look for in a run of it, or NULL. */
const char *lesson_look(const struct lesson_run *run);

/* What to try then, of the twin with --python; the caller frees. NULL: nothing is said. */
char *lesson_next(const struct lesson_run *run);

/* Becomes the lesson's program to answer --help, untraced. Returns only on failure. */
int lesson_help(const struct lesson_run *run, struct err *err);

/* What this machine cannot show of it, as a sentence, or NULL. */
const char *lesson_lacks(const struct lesson *lesson);

/* Runs conctrace itself, as the invoker, with those arguments (ends with NULL), its output to out.
 * Returns its exit status, 127 if it could not be run. */
int lesson_self(const struct invoker *who, FILE *out, char *const *args);

#endif
