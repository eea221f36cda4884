/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reference depicts, in words: sentences first, then numbers. Tooltip, inspector and the
 * titles of an SVG say the same.
 */
#ifndef VIZ_DESCRIBE_H
#define VIZ_DESCRIBE_H

#include "viz/view.h"

#define DESCRIPTION_LINES 25
#define DESCRIPTION_ROWS  10

struct description {
	char title[48];
	char subtitle[64];
	rgba_t color; /* of the title */
	char lines[DESCRIPTION_LINES][240];
	rgba_t line_colors[DESCRIPTION_LINES];
	bool details[DESCRIPTION_LINES]; /* of a line: what the one waited for did */
	size_t nr_lines;
	bool one_sentence; /* the lines are its parts, with what stands between them */
	struct {
		char key[24];
		char value[96];
	} rows[DESCRIPTION_ROWS];
	size_t nr_rows;
	uint32_t task; /* whose whole run belongs to it, TASK_NONE */
};

/* false: the reference depicts nothing worth words. */
bool describe(const struct view *v, const struct ref *ref, struct description *out);

/* Drops the lines that are details: a tooltip is not to cover what it is about. */
void describe_shorten(struct description *d);

/* The same as one line of text: "worker tid 7: ran 2 ms on CPU 1". NULL: nothing worth words, or a
 * merged piece, of which there are too many. */
const char *describe_line(const struct view *v, const struct ref *ref, char *buf, size_t len);

/* ---- for the files describe*.c: what has no room is left out ---- */

void add_line(struct description *d, rgba_t color, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void add_row(struct description *d, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Name, tid and process of a task, as title and subtitle. */
void title_task(const struct view *v, struct description *d, uint32_t task);
/* Time per state that is not 0. */
void add_shares(struct description *d, const struct state_time *sum);
/* Those that had a core most in merged slices, if these are in memory. */
void add_runners(const struct view *v, const struct lane_data *lane, const struct ref *ref,
		 struct description *d);
/* From, to and length. */
void add_span(const struct view *v, struct description *d, uint64_t begin_ns, uint64_t end_ns);

bool describe_lock_slice(const struct view *v, const struct ref *ref, struct description *d);
bool describe_lock(const struct view *v, uint32_t sync, struct description *d);
bool describe_strip_slice(const struct view *v, const struct ref *ref, struct description *d);
bool describe_runq(const struct view *v, struct description *d);

#endif
