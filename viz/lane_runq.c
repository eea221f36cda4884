/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run queue: how many of the tasks run, and on top of them how many are ready, against the
 * number of cores, a dotted line. What is above it in full amber cannot all run at once. From the
 * sums of the whole run (model/runq.h); where few slices are in the view, from them, exactly.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "viz/lane.h"

#define EXACT_PAGES 3 /* of slices that a frame looks at, at most */

static float runq_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->runq_h * v->layout.stretch);
}

/* Mean numbers in a column of the screen; both negative: no time of the trace. */
struct level {
	float running, ready;
};

struct columns {
	struct level *all; /* [nr] from axis.x on */
	size_t nr;
	float width; /* px */
	double ns;   /* of each */
};

static size_t column_of(const struct columns *c, const struct view *v, uint64_t ns, double *part)
{
	double at = ((double)((int64_t)ns - v->vp.now.begin_ns)) / c->ns;

	at = fmin(fmax(at, 0), (double)c->nr);
	*part = at - floor(at);
	return (size_t)at;
}

/* Adds an interval to the columns it lies in, as a part of each. */
static void put(struct columns *c, const struct view *v, uint64_t begin_ns, uint64_t end_ns,
		bool runs)
{
	double from_part, to_part;
	size_t from = column_of(c, v, begin_ns, &from_part);
	size_t to = column_of(c, v, end_ns, &to_part);

	for (size_t i = from; i <= to && i < c->nr; i++) {
		float part = (float)((i == to ? to_part : 1) - (i == from ? from_part : 0));

		*(runs ? &c->all[i].running : &c->all[i].ready) += part;
	}
}

/* ---- exactly, from slices ---- */

struct taker {
	const struct view *v;
	struct columns *columns;
	uint64_t begin_ns, end_ns; /* of the view, within the trace */
};

static bool counts(const struct view *v, uint32_t task)
{
	const struct machine *m = timeline_machine(v->tl);

	return task != TASK_IDLE && task < machine_nr_tasks(m) &&
	       (v->tree->counts_all ? !machine_task(m, task)->self : machine_task(m, task)->traced);
}

static void take_slice(const struct taker *t, const struct slice *s, uint64_t end_ns)
{
	uint64_t from = s->begin_ns > t->begin_ns ? s->begin_ns : t->begin_ns;
	uint64_t to = end_ns < t->end_ns ? end_ns : t->end_ns;

	if (from < to && (s->state == STATE_RUNNING || s->state == STATE_RUNNABLE))
		put(t->columns, t->v, from, to, s->state == STATE_RUNNING);
}

static void take_run(void *payload, uint32_t id, const struct lane_run *run)
{
	const struct taker *t = payload;

	if (lane_family(id) != LANE_TASK || !counts(t->v, lane_number(id)) ||
	    run->end_ns <= t->begin_ns || run->slices[0].begin_ns >= t->end_ns)
		return;
	size_t i = run->slices[0].begin_ns < t->begin_ns ? run_find(run, 0, t->begin_ns) : 0;

	for (; i < run->nr && run->slices[i].begin_ns < t->end_ns; i++)
		take_slice(t, &run->slices[i], run_slice_end(run, i));
}

/* What lasts beyond the pages of the view: one slice of each task. False: it is not in memory. */
static bool take_rest(const struct taker *t, uint64_t seen_ns)
{
	for (uint32_t task = 1; task < timeline_nr_tasks(t->v->tl); task++) {
		const struct lane_data *lane = timeline_task(t->v->tl, task);
		struct slice s;
		size_t i;

		if (!counts(t->v, task) || lane->nr == 0 || lane->end_ns < t->end_ns ||
		    lane_begin(lane) >= t->end_ns)
			continue;
		if (!lane_look(lane, t->end_ns - 1, &i, &s))
			return false;
		bool open = lane->nr_open && i + 1 == lane->nr;

		if (open || lane_slice_end(lane, i) >= seen_ns)
			take_slice(t, &s, lane_slice_end(lane, i));
	}
	return true;
}

static bool take_exactly(struct taker *t)
{
	const struct timeline *tl = t->v->tl;
	size_t from, to;

	timeline_pages(tl, t->begin_ns, t->end_ns, &from, &to);
	if (to - from > EXACT_PAGES)
		return false;
	for (size_t page = from; page < to; page++)
		if (timeline_page(tl, page, false, t, take_run) < 0)
			return false;
	return take_rest(t, timeline_page_end(tl, to - 1));
}

/* ---- columns ---- */

static void clear(struct columns *c)
{
	for (size_t i = 0; i < c->nr; i++)
		c->all[i] = (struct level){0, 0};
}

static void from_buckets(const struct taker *t)
{
	const struct runq *q = timeline_runq(t->v->tl, t->v->tree->counts_all);
	struct columns *c = t->columns;

	for (size_t i = 0; i < c->nr; i++) {
		double b = (double)t->v->vp.now.begin_ns + (double)i * c->ns, e = b + c->ns;
		struct state_time sum = {{0}};

		b = fmax(b, (double)t->begin_ns);
		e = fmin(e, (double)t->end_ns);
		if (e <= b)
			continue;
		/* A bucket is the least that is known. */
		uint64_t begin_ns = (uint64_t)b, end_ns = (uint64_t)e;

		if (end_ns - begin_ns < q->width_ns) {
			begin_ns =
			    q->begin_ns + (begin_ns - q->begin_ns) / q->width_ns * q->width_ns;
			end_ns = begin_ns + q->width_ns;
			end_ns = end_ns < t->end_ns ? end_ns : t->end_ns;
		}
		runq_sum(q, begin_ns, end_ns, &sum);
		c->all[i].running =
		    (float)((double)sum.ns[STATE_RUNNING] / (double)(end_ns - begin_ns));
		c->all[i].ready =
		    (float)((double)sum.ns[STATE_RUNNABLE] / (double)(end_ns - begin_ns));
	}
}

static void fill(const struct view *v, struct columns *c)
{
	int64_t begin_ns = v->vp.now.begin_ns, end_ns = viewport_end(&v->vp);
	struct taker t = {v, c, timeline_begin_ns(v->tl), timeline_end_ns(v->tl)};
	const struct runq *q = timeline_runq(v->tl, v->tree->counts_all);

	if (begin_ns > (int64_t)t.begin_ns)
		t.begin_ns = (uint64_t)begin_ns;
	if (end_ns < (int64_t)t.end_ns)
		t.end_ns = end_ns > 0 ? (uint64_t)end_ns : 0;
	clear(c);
	if (t.begin_ns >= t.end_ns)
		return;
	if (c->ns < 4 * (double)q->width_ns && take_exactly(&t))
		return;
	clear(c);
	from_buckets(&t);
}

bool lane_runq_at(const struct view *v, int64_t at_ns, double *running, double *ready)
{
	struct level one;
	struct columns c = {&one, 1, 2, 0};
	struct view here = *v;

	c.ns = fmax(1, viewport_ns_per_px(&v->vp) * (double)c.width);
	if (at_ns < (int64_t)timeline_begin_ns(v->tl) || at_ns >= (int64_t)timeline_end_ns(v->tl))
		return false;
	here.vp.now.begin_ns = at_ns;
	here.vp.now.span_ns = (int64_t)c.ns > 1 ? (int64_t)c.ns : 1;
	fill(&here, &c);
	*running = (double)one.running;
	*ready = (double)one.ready;
	return true;
}

/* ---- drawing ---- */

#define PEAK_CORES 4 /* a peak above so many times the cores has its scale when it is looked at */

/* The number at the top: not below twice the cores, and from a few, so that it seldom changes. */
static float scale_of(const struct view *v, const struct columns *c)
{
	static const float steps[] = {1, 1.5f, 2, 3, 4, 6, 8};
	float most =
	    (float)runq_peak(timeline_runq(v->tl, v->tree->counts_all), timeline_end_ns(v->tl));
	float cores = (float)timeline_nr_cpus(v->tl), least = 1.5f * cores, unit = 1;

	most = fminf(most, PEAK_CORES * cores);

	for (size_t i = 0; i < c->nr; i++)
		most = fmaxf(most, c->all[i].running + c->all[i].ready);
	most = fmaxf(most, fmaxf(least, 1));
	while (unit * 8 < most)
		unit *= 10;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] * unit >= most)
			return steps[i] * unit;
	return unit * 10;
}

/* Neighbouring columns of the same height are one block. */
static void build_step(const struct view *v, struct scene *s, struct box box, const float *h)
{
	const struct palette *p = v->theme.palette;
	const rgba_t colors[] = {p->accent_dim, rgba_mix(p->lane, p->runnable, 120), p->runnable};
	float y = box.y + box.h;

	for (size_t i = 0; i < 3; i++) {
		float top = box.y + box.h - h[i];

		if (y - top >= 1)
			scene_rect(s, (struct box){box.x, top, box.w, y - top}, colors[i], 0);
		y = fminf(y, top);
	}
}

static void build_area(const struct view *v, struct scene *s, struct box box,
		       const struct columns *c, float most)
{
	float cores = (float)timeline_nr_cpus(v->tl), unit = box.h / most;
	float last[3] = {0};
	size_t from = 0;

	for (size_t i = 0; i <= c->nr; i++) {
		struct level at = i < c->nr ? c->all[i] : (struct level){0, 0};
		float all = at.running + at.ready;
		float h[3] = {roundf(at.running * unit),
			      roundf(fminf(all, fmaxf(cores, at.running)) * unit),
			      roundf(all * unit)};

		/* However little there is, it leaves a mark. */
		if (all > 0 && h[2] < 1)
			h[at.running > 0 ? 0 : 1] = h[1] = h[2] = 1;
		if (i > 0 && i < c->nr && h[0] == last[0] && h[1] == last[1] && h[2] == last[2])
			continue;
		if (i > from)
			build_step(v, s,
				   (struct box){box.x + (float)from * c->width, box.y,
						(float)(i - from) * c->width, box.h},
				   last);
		from = i;
		for (size_t k = 0; k < 3; k++)
			last[k] = h[k];
	}
}

/* In cells: a digit where all numbers have one, else blocks of eight heights. */
static void build_cells(const struct view *v, struct scene *s, struct box box,
			const struct columns *c, float most)
{
	const struct palette *p = v->theme.palette;
	float cores = (float)timeline_nr_cpus(v->tl);
	char text[8];

	for (size_t i = 0; i < c->nr; i++) {
		float all = c->all[i].running + c->all[i].ready;
		struct box cell = {box.x + (float)i * c->width, box.y, c->width, box.h};
		bool above = all > cores + 0.05f;

		if (all <= 0)
			continue;
		if (most < 10)
			snprintf(text, sizeof(text), "%.0f", (double)ceilf(all - 0.5f));
		else /* U+2581 to U+2588 */
			snprintf(text, sizeof(text), "\xe2\x96%c",
				 (char)(0x81 + (int)fminf(all / most * 8, 7)));
		if (text[0] == '0' || text[0] == '-')
			snprintf(text, sizeof(text), ".");
		scene_text(s, cell, above ? FONT_BOLD : FONT_NORMAL, above ? p->runnable : p->dim,
			   ALIGN_LEFT, text);
	}
}

static void runq_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box axis = view_axis(v);
	bool cell = v->theme.metrics->pad <= 0;
	float pad = px_round(v, v->theme.metrics->lane_pad);
	struct box area = {axis.x, box.y + pad, axis.w, box.h - 2 * pad};
	struct columns c = {.width = cell ? 8 : fmaxf(1, px_round(v, 2))};
	uint32_t cores = timeline_nr_cpus(v->tl);
	char number[32];

	(void)row;
	c.nr = (size_t)ceilf(axis.w / c.width);
	c.ns = viewport_ns_per_px(&v->vp) * (double)c.width;
	c.all = mem_alloc((c.nr + 1) * sizeof(*c.all));
	fill(v, &c);
	snprintf(number, sizeof(number), "> %u %s", cores, cores == 1 ? "core" : "cores");
	s->ref = (struct ref){.kind = REF_RUNQ};
	lane_gutter(v, s, box, px(v, v->theme.metrics->indent), "run queue", number, -1, 0);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	scene_hit(s, box);
	float most = scale_of(v, &c), y = area.y + area.h - roundf(area.h * (float)cores / most);

	if (cell) {
		build_cells(v, s, area, &c, most);
	} else {
		scene_ground(s, area, p->lane, 0);
		build_area(v, s, area, &c, most);
		scene_dots(s, (struct box){area.x, y - 1, area.w, px_round(v, 2)}, p->dim,
			   fmaxf(1, px(v, 1)));
	}
	lane_gaps(v, s, area);
	scene_unclip(s, clip);
	free(c.all);
}

const struct lane_ops lane_runq = {
    .name = "queue",
    .height = runq_height,
    .build = runq_build,
};
