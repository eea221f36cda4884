/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the analyses say about the whole trace, computed beside the picture: findings and locks. A
 * file is read a second time, a few milliseconds between frames; of a pipe it gets the records that
 * the timeline reads; while it grows there are its locks so far and what stands still, and all
 * findings when it has ended.
 */
#ifndef VIZ_STUDY_H
#define VIZ_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/result.h"
#include "base/err.h"

struct source;
struct study;

enum study_state {
	STUDY_READING, /* results, if there are any, are those so far */
	STUDY_DONE,
	STUDY_FAILED, /* the error says why */
};

/* Of a file, opened again; err as source_open. */
struct study *study_open_file(const char *path, struct err *err);
/* Of the records that somebody else reads from src, which must outlive it. */
struct study *study_open_tap(struct source *src);
/* NULL is fine. */
void study_close(struct study *study);

/* Works for about budget_ns. True: results changed. */
bool study_pump(struct study *study, uint64_t budget_ns);
/* The source that is tapped has ended. */
void study_end(struct study *study);

/* NULL is fine for all: nothing is known. */
enum study_state study_state(const struct study *study);
/* Part of the file that was read, 0..1; negative: not known. */
double study_progress(const struct study *study);
/* Rule by rule, gravest first; NULL: nothing yet. Borrowed until the next pump. */
const struct result *study_findings(const struct study *study);
/* What stands still at this moment, in one sentence; false: nothing, or the trace has ended. */
bool study_standstill(const struct study *study, char *out, size_t len);
/* Columns of analysis/locks.h. */
const struct result *study_locks(const struct study *study);

#endif
