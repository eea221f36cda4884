/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where on the time axis findings and marks stand in their lane: those about the whole run share
 * one line, each other one gets the first line where it has room, the gravest first, and marks have
 * the last one. The lines do not change while one zooms.
 */
#ifndef VIZ_NOTES_H
#define VIZ_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct finding;
struct view;

#define NOTES_PARTS      4 /* lines of findings about a part of the run; more lie upon each other */
#define NOTES_THROUGHOUT UINT8_MAX

struct notes {
	uint8_t *line; /* [nr] of each finding: from nr_throughout > 0 on, or NOTES_THROUGHOUT */
	size_t nr, cap;
	size_t nr_throughout;  /* findings about the whole run: if there are any, they are line 0 */
	unsigned int nr_lines; /* all, that of the marks included */
	bool marks;            /* the last line is theirs */
};

/* Frees. */
void notes_done(struct notes *n);

/* Of v's findings and marks as they are now; true: the number of lines has changed. */
bool notes_update(struct notes *n, const struct view *v);

/* Whether a finding is about the whole run, but for a hundredth at either end. */
bool finding_is_throughout(const struct view *v, const struct finding *f);

#endif
