/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks that a person sets on the time axis, kept beside the trace in FILE.marks: one line each,
 * seconds since the trace's begin, then words if there are any. '#' begins a comment. The file
 * belongs to whoever runs the viewer; a trace from a pipe has none, but where it is kept, too.
 */
#ifndef VIZ_MARKS_H
#define VIZ_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MARK_TEXT 80
#define MARKS_MAX 4096

struct time_mark {
	int64_t at_ns; /* since the trace's begin */
	char text[MARK_TEXT];
};

struct marks {
	struct time_mark *at; /* [nr] by time */
	size_t nr, cap;
	char *path; /* FILE.marks, NULL: they are not kept */
};

/*
 * Marks of the trace at that path, "-" or NULL for none; a file that is not there is an empty one.
 * -EINVAL: a line is no mark, the others are there. Other errno: it cannot be read.
 */
int marks_open(struct marks *m, const char *trace_path, struct err *err);
/* None yet; marks_save will keep them beside the trace at that path, whatever stands there. */
void marks_begin(struct marks *m, const char *trace_path);
/* Frees; nothing is written. */
void marks_done(struct marks *m);

/* Sets one, text may be "": not twice at one time, and words go to a mark without them there.
 * -ENOSPC: there are too many. */
int marks_add(struct marks *m, int64_t at_ns, const char *text, struct err *err);
/* Removes mark i. */
void marks_remove(struct marks *m, size_t i);

/* Index of the nearest mark, SIZE_MAX: there is none. */
size_t marks_nearest(const struct marks *m, int64_t at_ns);
/* The next one after that time, or the last one before it; SIZE_MAX: there is none. */
size_t marks_after(const struct marks *m, int64_t at_ns);
size_t marks_before(const struct marks *m, int64_t at_ns);

/* Writes them where they were read from, the old file whole until the new one is; without marks
 * the file is removed. Without a path nothing happens. */
int marks_save(const struct marks *m, struct err *err);

#endif
