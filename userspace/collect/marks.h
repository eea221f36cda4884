/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which breakpoints a recording needs in which files: marks of conctrace.h, USDT probes asked for
 * by name, the C library's coroutine switches. Found out before the programs are loaded, so that
 * what is not needed costs nothing. Attaching is collect/probes.c's.
 */
#ifndef COLLECT_MARKS_H
#define COLLECT_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"
#include "trace/record.h"

#define MARKS_MAX_USDT  32
#define MARKS_MAX_FILES 32
#define MARKS_PROVIDER  "conctrace"
#define MARKS_NR_PROBES 6

/* The probes of conctrace.h. */
extern const char *const marks_probes[MARKS_NR_PROBES];

struct marks_options {
	const char *argv0; /* COMMAND, NULL: none */
	const char *path;  /* PATH, where it is searched */
	pid_t pid;         /* 0: none */
	bool coroutines;
	bool no_marks;            /* not even those that COMMAND has */
	const char *const *files; /* [nr_files] to look into as well */
	size_t nr_files;
	const char *const *usdt; /* [nr_usdt] "provider:name" */
	size_t nr_usdt;
};

/* One probe, or function, in one file. */
struct mark_point {
	char *path;
	char *provider; /* NULL: name is a function */
	char *name;
	uint32_t number; /* of a probe asked for, as struct record_mark has it; else 0 */
};

struct marks {
	struct mark_point *points; /* [nr] */
	size_t nr, cap;
	bool has_marks, has_usdt, has_coroutines;
};

/* Looks into the files. Fails with a sentence if what was asked for is in none: -EINVAL, -ENOENT.
 */
int marks_find(const struct marks_options *options, struct marks *out, struct err *err);
/* Frees. */
void marks_done(struct marks *m);

/* Appends what the probes asked for are called: records of names with times of 0. */
void marks_tell(const struct marks_options *options, struct bytes *out);

/* Whether their programs may run on this kernel where preemption cannot be switched off. */
bool marks_never_preempted(void);

#endif
