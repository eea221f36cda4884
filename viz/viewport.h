/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which part of the trace is on the screen: time to pixel and back, zoom that keeps the time under
 * the mouse, eased motion, and where a ruler's ticks fall. Knows no lanes and no drawing. Times are
 * integers; only a position on the screen is a float.
 */
#ifndef VIZ_VIEWPORT_H
#define VIZ_VIEWPORT_H

#include <stdbool.h>
#include <stdint.h>

#define VIEWPORT_MIN_SPAN_NS 200

struct span {
	int64_t begin_ns; /* may lie before the trace */
	int64_t span_ns;  /* > 0 */
};

struct viewport {
	struct span now;    /* what is drawn */
	struct span target; /* where an animation goes; equal to now when it is at rest */
	struct span from;   /* where it began */
	struct span goal;   /* the target it was begun for: another one begins it anew */
	double elapsed_s;
	float x_px; /* left edge of the time axis on the screen */
	float width_px;
};

/* Shows [begin_ns, end_ns), at rest. */
void viewport_init(struct viewport *v, int64_t begin_ns, int64_t end_ns);

/* Where the axis lies on the screen. */
void viewport_place(struct viewport *v, float x_px, float width_px);

/* Time to pixel and back; where the view ends; how long a pixel is. */
float viewport_x(const struct viewport *v, int64_t ts_ns);
int64_t viewport_time(const struct viewport *v, float x_px);
int64_t viewport_end(const struct viewport *v);
double viewport_ns_per_px(const struct viewport *v);

/* Factor < 1 zooms in. The time under x_px stays there, now and when the motion ends. */
void viewport_zoom(struct viewport *v, float x_px, double factor);
/* Moves by that many pixels; positive shows later time. */
void viewport_pan(struct viewport *v, double dx_px);
/* Shows [begin_ns, end_ns), with motion. */
void viewport_show(struct viewport *v, int64_t begin_ns, int64_t end_ns);
/* The same at once. */
void viewport_jump(struct viewport *v, int64_t begin_ns, int64_t end_ns);
/* Ends the motion where it goes. */
void viewport_settle(struct viewport *v);

/* Keeps the target within [begin_ns, end_ns) and a margin: never lost beside the trace. */
void viewport_limit(struct viewport *v, int64_t begin_ns, int64_t end_ns);

/* Moves on by dt_s seconds of wall clock; true while it still moves. */
bool viewport_animate(struct viewport *v, double dt_s);

/* Distance of ruler ticks, 1, 2 or 5 times a power of ten ns, so that they are min_px apart. */
int64_t viewport_tick_ns(const struct viewport *v, float min_px);

#endif
