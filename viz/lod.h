/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Honest level of detail, the one helper of all lanes: walks what of a lane is on the screen, and
 * merges slices narrower than a few pixels into one piece that knows its exact mix of states. Where
 * the lane's items are finer than a pixel they are all it looks at; where they are coarser it takes
 * the slices, if their page is in memory, else the item as one wide piece. Cost follows the pixels.
 *
 *	struct lod lod;
 *	struct lod_piece piece;
 *	lod_begin(&lod, lane, viewport, detail_px);
 *	while (lod_next(&lod, &piece))
 *		...
 */
#ifndef VIZ_LOD_H
#define VIZ_LOD_H

#include "model/timeline.h"
#include "viz/viewport.h"

struct lod_piece {
	float x0, x1;      /* px, cut to the screen, at least 1 px wide, never overlapping */
	uint64_t begin_ns; /* of the piece, cut to the column when merged */
	uint64_t end_ns;
	size_t first;          /* index of its first slice */
	size_t nr;             /* slices merged; 1: a slice drawn by itself */
	struct slice slice;    /* nr == 1; partial where it is too narrow for words */
	struct state_time sum; /* nr > 1 */
	size_t from, to;       /* lod_parts: items, or slices of the run */
	bool of_run;
};

struct lod {
	const struct lane_data *lane;
	const struct viewport *view;
	int64_t begin_ns, end_ns; /* of the screen, cut to the lane */
	uint64_t at_ns;
	size_t item;         /* that holds at_ns */
	size_t first;        /* number of its first slice */
	struct lane_run run; /* slices around at_ns */
	size_t run_at;       /* the one that holds it */
	bool has_run;
	uint64_t line_ns; /* line of the grid before which the last column ended, 0: it did not */
	uint64_t step_ns; /* width of a merged column; they lie on a grid of time */
	float edge_px;    /* right end of the piece before */
};

/* Begins at the left of the screen; slices narrower than detail_px are merged. */
void lod_begin(struct lod *lod, const struct lane_data *lane, const struct viewport *view,
	       float detail_px);
/* The next piece to the right; false: there are no more. */
bool lod_next(struct lod *lod, struct lod_piece *piece);

/* A part of what a merged piece did. */
struct lod_part {
	uint32_t key; /* core: task that ran; task: enum reason it waited for */
	float share;  /* of the piece's time in that state, 0..1 */
};

/*
 * Who shares a merged piece's time: running time of a core, blocked time of a task. At most max
 * parts, largest first. Exact while the piece has up to LOD_SAMPLES slices; else from as many of
 * them, taken evenly, or from its items, each counted for whom it is mostly about. Returns the
 * number of parts; their shares sum to at most 1.
 */
#define LOD_SAMPLES 24
size_t lod_parts(const struct lod *lod, const struct lod_piece *piece, struct lod_part *parts,
		 size_t max);

#endif
