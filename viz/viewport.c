/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/viewport.h"

#include <math.h>

#define MAX_SPAN_NS (INT64_C(1) << 60)
#define MOTION_S    0.110 /* a motion, half of it done after 23 ms: never behind the hand */
#define FIRST_S     0.016 /* the frame a motion begins in: what was before it was no motion */

static struct span span_between(int64_t begin_ns, int64_t end_ns)
{
	int64_t span_ns = end_ns - begin_ns;

	if (span_ns < VIEWPORT_MIN_SPAN_NS) {
		begin_ns -= (VIEWPORT_MIN_SPAN_NS - span_ns) / 2;
		span_ns = VIEWPORT_MIN_SPAN_NS;
	}
	return (struct span){begin_ns, span_ns};
}

void viewport_init(struct viewport *v, int64_t begin_ns, int64_t end_ns)
{
	*v = (struct viewport){.width_px = 1};
	viewport_jump(v, begin_ns, end_ns);
}

void viewport_place(struct viewport *v, float x_px, float width_px)
{
	v->x_px = x_px;
	v->width_px = width_px > 1 ? width_px : 1;
}

float viewport_x(const struct viewport *v, int64_t ts_ns)
{
	return v->x_px +
	       (float)((double)(ts_ns - v->now.begin_ns) * v->width_px / (double)v->now.span_ns);
}

static int64_t span_time(const struct viewport *v, const struct span *s, float x_px)
{
	return s->begin_ns + llround((double)(x_px - v->x_px) * (double)s->span_ns / v->width_px);
}

int64_t viewport_time(const struct viewport *v, float x_px)
{
	return span_time(v, &v->now, x_px);
}

int64_t viewport_end(const struct viewport *v)
{
	return v->now.begin_ns + v->now.span_ns;
}

double viewport_ns_per_px(const struct viewport *v)
{
	return (double)v->now.span_ns / v->width_px;
}

void viewport_zoom(struct viewport *v, float x_px, double factor)
{
	int64_t at_ns = viewport_time(v, x_px);
	double span = (double)v->target.span_ns * factor;

	span = fmin(fmax(span, VIEWPORT_MIN_SPAN_NS), (double)MAX_SPAN_NS);
	v->target.span_ns = llround(span);
	v->target.begin_ns =
	    at_ns - llround((double)(x_px - v->x_px) * (double)v->target.span_ns / v->width_px);
}

void viewport_pan(struct viewport *v, double dx_px)
{
	v->target.begin_ns += llround(dx_px * (double)v->target.span_ns / v->width_px);
}

void viewport_show(struct viewport *v, int64_t begin_ns, int64_t end_ns)
{
	v->target = span_between(begin_ns, end_ns);
}

void viewport_jump(struct viewport *v, int64_t begin_ns, int64_t end_ns)
{
	v->target = v->now = span_between(begin_ns, end_ns);
}

void viewport_settle(struct viewport *v)
{
	v->now = v->target;
}

void viewport_limit(struct viewport *v, int64_t begin_ns, int64_t end_ns)
{
	struct span *t = &v->target;
	int64_t whole =
	    end_ns - begin_ns > VIEWPORT_MIN_SPAN_NS ? end_ns - begin_ns : VIEWPORT_MIN_SPAN_NS;

	if (t->span_ns > whole + whole / 10) {
		int64_t middle = begin_ns + whole / 2;

		t->span_ns = whole + whole / 10;
		t->begin_ns = middle - t->span_ns / 2;
		return;
	}
	/* A tenth of the screen may lie beside the trace, so that its end is seen as an end. */
	int64_t margin = t->span_ns / 10;

	if (t->begin_ns + t->span_ns > end_ns + margin)
		t->begin_ns = end_ns + margin - t->span_ns;
	if (t->begin_ns < begin_ns - margin)
		t->begin_ns = begin_ns - margin;
}

static bool span_equal(const struct span *a, const struct span *b)
{
	return a->begin_ns == b->begin_ns && a->span_ns == b->span_ns;
}

bool viewport_animate(struct viewport *v, double dt_s)
{
	if (span_equal(&v->now, &v->target))
		return false;
	if (!span_equal(&v->goal, &v->target)) { /* a hand has moved on: from here */
		v->goal = v->target;
		v->from = v->now;
		v->elapsed_s = 0;
		dt_s = fmin(dt_s, FIRST_S);
	}
	v->elapsed_s += dt_s;
	if (v->elapsed_s >= MOTION_S) {
		v->now = v->target;
		return true;
	}
	double rest = pow(1 - v->elapsed_s / MOTION_S, 3);
	/* Ease the logarithm of the span, and the begin in the same measure: the fixed point of a
	 * zoom then stays where it is on every frame, not only on the last. */
	double from = (double)v->from.span_ns, to = (double)v->target.span_ns;
	double span = to * pow(from / to, rest);
	double part = fabs(from - to) < 1e-3 * to ? 1 - rest : (from - span) / (from - to);

	v->now.begin_ns =
	    v->from.begin_ns + llround((double)(v->target.begin_ns - v->from.begin_ns) * part);
	v->now.span_ns = llround(span);
	return true;
}

int64_t viewport_tick_ns(const struct viewport *v, float min_px)
{
	static const int steps[] = {1, 2, 5};
	double least = viewport_ns_per_px(v) * min_px;
	int64_t decade = 1;

	for (;;) {
		for (int i = 0; i < 3; i++)
			if ((double)decade * steps[i] >= least)
				return decade * steps[i];
		decade *= 10;
	}
}
