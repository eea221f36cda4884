/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a panel from top to bottom: texts, rows of numbers, shares, a histogram. */
#ifndef VIZ_PEN_H
#define VIZ_PEN_H

#include "viz/totals.h"
#include "viz/view.h"

/* A pen that moves down the panel, or down one of its columns after the other. */
struct pen {
	const struct view *v;
	struct scene *s;
	struct box box;  /* what is left of the panel, or of this column */
	struct box next; /* the column after it; w 0: there is none */
};

/* Whether there is room for that much at scale 1, perhaps in the next column. */
bool pen_room(struct pen *pen, float size);

/* Goes to the next column; false: there is none. */
bool pen_next(struct pen *pen);

/* Whether the panel is a few lines high: what is most important only. */
bool pen_is_low(const struct pen *pen);

/* A size in px; where all is made of cells, the size in cells instead. */
float pen_px(const struct pen *pen, float size, int cells);

/* Moves down by that much at scale 1. */
void pen_skip(struct pen *pen, float size);

/* Text broken to the width of the panel. */
void pen_text(struct pen *pen, enum font font, rgba_t color, const char *text);

/* A faint line between two parts. */
void pen_rule(struct pen *pen);

/* Name at the left, value at the right. */
void pen_row(struct pen *pen, const char *key, const char *value);

/* A share of total: swatch, name, per cent, time. Nothing when it is zero. */
void pen_share(struct pen *pen, rgba_t color, const char *name, uint64_t ns, uint64_t total);

/* What the time went to: a bar, then its parts one by one, longest wait first. */
void pen_totals(struct pen *pen, const struct run_totals *t, rgba_t running);

/* How long threads waited for a core: three figures and bars. */
void pen_histogram(struct pen *pen, const struct latencies *l);

/* What is known of the whole trace: where nothing is selected. */
void pen_trace(struct pen *pen);

/* What is known of the selected range. */
void pen_range(struct pen *pen);

#endif
