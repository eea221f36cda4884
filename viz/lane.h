/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lane is one kind of row of the timeline: how high it is and how it turns into scene items. A
 * new kind is one file lane_x.c and one row in lane.c.
 */
#ifndef VIZ_LANE_H
#define VIZ_LANE_H

#include "viz/view.h"

struct lane_ops {
	const char *name; /* word for --lanes */
	float (*height)(const struct view *v, const struct row *row);
	/* Adds everything of the row, which lies at box (gutter included), to the scene. */
	void (*build)(const struct view *v, const struct row *row, struct box box, struct scene *s);
};

extern const struct lane_ops lane_section, lane_cpu, lane_process, lane_group, lane_task, lane_lock,
    lane_more, lane_runq, lane_notes;

/*
 * Strips of what a thread says of itself (lane_strip.c), at the bottom of its row: how high they
 * are together, 0 if it says nothing; where one lies; and all of them, of the row that lies at box.
 */
float lane_strips_height(const struct view *v, uint32_t task);
/* The row's height without them. */
float lane_block_height(const struct view *v, const struct row *row);
struct box lane_strip_box(const struct view *v, const struct row *row, uint32_t strip);
void lane_strips_build(const struct view *v, const struct row *row, struct box box,
		       struct scene *s);

/*
 * A counter's strip (lane_counter.c), which lies at box, gutter included: its value as a line of
 * steps, against the range that it had in the whole run.
 */
void lane_counter_build(const struct view *v, uint32_t strip, struct box box, struct scene *s);

/* Name at the left, number and share at the right of the gutter; share < 0: none. */
void lane_gutter(const struct view *v, struct scene *s, struct box box, float indent,
		 const char *name, const char *number, double share, rgba_t mark);

/* Members of a group or of a folded process on one row, in box: when they ran or were ready. */
void lane_members_build(const struct view *v, const struct row *row, struct box box,
			struct scene *s);

struct lod;
struct lod_piece;

/* Merged slices of a core or lock: as high as it was busy, shared out among the threads that had it
 * most. */
void lane_mix(const struct view *v, const struct lod *lod, const struct lod_piece *piece,
	      struct box box, struct scene *s);

/* Hatches area where records of any core are lost, as numbers and holders are not known there. */
void lane_gaps(const struct view *v, struct scene *s, struct box area);

/* Mean numbers of the tasks that ran and were ready, in the column of the run queue at that time.
 * False: it is not in the trace. */
bool lane_runq_at(const struct view *v, int64_t at_ns, double *running, double *ready);

/* Arrows of who woke and made whom, over the rows, where they are few. */
void edges_build(const struct view *v, struct scene *s);

/* Sets y and h of every row; returns the height of all. */
float lane_place_rows(const struct view *v, struct tree *tree);

/* Adds all rows that are on the screen, what is laid over them, and the frame of the selection. */
void lane_build_all(const struct view *v, struct scene *s);

#endif
