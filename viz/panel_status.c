/* SPDX-License-Identifier: BSD-2-Clause */
/* The last line: what the fills and lines mean, and how many lanes are hidden. */
#include <math.h>
#include <stdio.h>

#include "model/reason.h"
#include "viz/action.h"
#include "viz/describe.h"
#include "viz/panels.h"

struct sample {
	enum shape shape;
	rgba_t color, ground;
	enum hatch hatch;
};

/* An entry of the legend. drawn: how much of the lanes is it, in px; 0: nothing now. */
struct entry_of {
	bool shown;
	struct sample sample;
	const char *name;
	const char *brief; /* where there is little room; NULL: the name */
	float drawn;
};

/* Of a whole legend. */
struct spacing {
	float swatch, inner, gap;
	bool brief;
};

static const char *name_in(const struct entry_of *e, const struct spacing *at)
{
	return at->brief && e->brief ? e->brief : e->name;
}

static float entry_width(const struct scene *s, const struct entry_of *e, const struct spacing *at)
{
	return at->swatch + at->inner + scene_text_width(s, FONT_SMALL, name_in(e, at));
}

static void build_sample(const struct view *v, struct scene *s, struct box at,
			 const struct sample *sample)
{
	if (sample->shape == SHAPE_RECT)
		scene_rect(s, at, sample->color, px(v, 2));
	else if (sample->shape == SHAPE_FRAME) {
		scene_rect(s, at, sample->ground, px(v, 2));
		scene_frame(s, at, sample->color, 1, px(v, 2));
	} else if (sample->shape == SHAPE_ARROW) {
		float x = at.x + at.w / 2;

		scene_arrow(s, x, at.y - px(v, 2), x, at.y + at.h + px(v, 2),
			    rgba_alpha(sample->color, 0x90), fmaxf(1, px(v, 1)));
	} else if (sample->shape == SHAPE_HATCH)
		scene_hatch(s, at, sample->color, sample->ground, sample->hatch);
	else if (sample->shape == SHAPE_LINE)
		scene_line(s, at, sample->color, px(v, v->theme.metrics->line));
	else
		scene_dots(s, at, sample->color, px(v, v->theme.metrics->line));
}

/* Returns the x after it. */
static float build_entry(const struct view *v, struct scene *s, float x, const struct entry_of *e,
			 const struct spacing *at)
{
	struct box area = v->layout.status;
	float h = v->theme.metrics->pad <= 0 ? area.h : px_round(v, 10);
	float whole = entry_width(s, e, at), tw = whole - at->swatch - at->inner;

	build_sample(v, s, (struct box){x, floorf(area.y + (area.h - h) / 2), at->swatch, h},
		     &e->sample);
	scene_text(s, (struct box){x + at->swatch + at->inner, area.y, tw + 2, area.h}, FONT_SMALL,
		   v->theme.palette->dim, ALIGN_LEFT, name_in(e, at));
	return x + whole + at->gap;
}

/* In a terminal: what was done last, and without an inspector the selection in one line. */
static bool build_selected(const struct view *v, struct scene *s)
{
	struct description d;
	char line[600];
	size_t at;

	if (v->message[0])
		return scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->accent,
				  ALIGN_LEFT, v->message) != NULL;
	if (v->layout.inspector.w > 0 || !describe(v, &v->selected, &d))
		return false;
	at = (size_t)snprintf(line, sizeof(line), "%s \xc2\xb7 %s", d.title, d.subtitle);
	for (size_t i = 0; i < d.nr_lines && at < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s %s",
				       i == 0           ? ":"
				       : d.one_sentence ? ""
							: ";",
				       d.lines[i]);
	scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->text, ALIGN_LEFT, line);
	return true;
}

/* "3 hidden: show all" at the right; returns the width it took. */
static float build_hidden(const struct view *v, struct scene *s)
{
	struct box area = v->layout.status;
	char text[64];

	if (v->tree->nr_hidden == 0)
		return 0;
	snprintf(text, sizeof(text), "%u hidden \xe2\x80\x94 show all", v->tree->nr_hidden);
	float w = scene_text_width(s, FONT_SMALL, text) + px(v, 2 * v->theme.metrics->pad);
	struct box at = {area.x + area.w - w, area.y, w, area.h};

	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_SHOW_HIDDEN};
	scene_hit(s, at);
	scene_no_ref(s);
	scene_text(s, at, FONT_SMALL, v->theme.palette->accent, ALIGN_CENTRE, text);
	return w;
}

/* What the rows on the screen are made of, in the whole run: so that it stays while one zooms. */
struct shown {
	bool ready, taken, unknown, lost;
	bool reasons[REASON_NR];
};

#define WORTH_PART 2000 /* of the run: what is shorter altogether is no pixel wide */

static void add_task(const struct view *v, uint32_t task, uint64_t least_ns, struct shown *out)
{
	const struct lane_data *lane = timeline_task(v->tl, task);

	if (lane->nr == 0)
		return;
	out->ready |= lane->total.ns[STATE_RUNNABLE] > least_ns;
	out->taken |= machine_task(timeline_machine(v->tl), task)->preemptions > 0;
	out->unknown |= lane->total.ns[STATE_UNKNOWN] > least_ns;
	for (int why = 0; lane->totals && why < REASON_NR; why++)
		out->reasons[why] |= lane->totals->blocked_ns[why] > least_ns;
	for (unsigned int i = 0; i < lane->nr_open; i++) {
		const struct slice *open = &lane->open[i];

		if (open->state == STATE_BLOCKED && lane->end_ns - open->begin_ns > least_ns)
			out->reasons[open->why] = true;
	}
}

static void look(const struct view *v, struct shown *out)
{
	uint64_t length_ns = timeline_end_ns(v->tl) - timeline_begin_ns(v->tl);
	struct box area = v->layout.lanes;
	size_t nr_gaps;

	*out = (struct shown){0};
	timeline_gaps(v->tl, &nr_gaps);
	out->lost = nr_gaps > 0;
	for (size_t i = 0; i < v->tree->nr; i++) {
		const struct row *row = &v->tree->rows[i];
		float y = view_row_y(v, row);

		if (row->kind == ROW_CPU)
			out->unknown |= timeline_cpu(v->tl, row->id)->total.ns[STATE_UNKNOWN] > 0;
		if (row->kind == ROW_GROUP)
			out->ready = true;
		if (row->kind == ROW_LOCK && y + row->h > area.y && y < area.y + area.h)
			out->reasons[REASON_LOCK] = true;
		if (row->kind == ROW_TASK && y + row->h > area.y && y < area.y + area.h)
			add_task(v, row->id, length_ns / WORTH_PART, out);
	}
}

enum fill {
	FILL_RUNNING,
	FILL_OTHERS,
	FILL_READY,
	FILL_TAKEN,
	FILL_GUESSED,
	FILL_ARROW,
	FILL_COROUTINE,
	FILL_SAID,
	FILL_MIXED,
	FILL_PATH,
	FILL_UNKNOWN,
	FILL_LOST,
	FILL_NR
};

#define MAX_ENTRIES (FILL_NR + REASON_NR)

struct legend {
	struct entry_of
	    entries[MAX_ENTRIES]; /* fills, then reasons from 1 on, the unknown one last */
	char names[REASON_NR][32];
};

static struct entry_of *reason_entry(struct legend *l, int why)
{
	return &l->entries[FILL_NR + (why + REASON_NR - 1) % REASON_NR];
}

/* What is drawn of a strip looks as its own name does: the legend shows the first one. A coroutine
 * may be seen by probes of the program that says nothing. */
static struct entry_of *strip_entry(struct legend *l, const struct view *v, const struct item *it)
{
	bool coroutine = strip_level(timeline_strips(v->tl), it->ref.lane) == 0;
	struct entry_of *e = &l->entries[coroutine ? FILL_COROUTINE : FILL_SAID];

	if (e->drawn <= 0)
		e->sample.color = it->color;
	return e;
}

/* What a line or hatch of the frame stands for; NULL: nothing that is told here. */
static struct entry_of *entry_of_item(struct legend *l, const struct view *v, const struct item *it)
{
	const struct palette *p = v->theme.palette;
	bool hatch = it->shape == SHAPE_HATCH, rect = it->shape == SHAPE_RECT;
	bool block = it->ref.kind == REF_CPU_SLICE || it->ref.kind == REF_LOCK_SLICE;

	if (rect && block && it->color == p->mixed)
		return &l->entries[FILL_MIXED];
	if (rect && it->ref.kind == REF_CPU_SLICE && it->color == p->other)
		return &l->entries[FILL_OTHERS];
	if (rect && it->ref.kind == REF_STRIP_SLICE)
		return strip_entry(l, v, it);
	if (hatch && it->color == p->runnable)
		return &l->entries[it->font == HATCH_RISING ? FILL_READY : FILL_TAKEN];
	if (hatch && it->color == p->unknown)
		return &l->entries[FILL_UNKNOWN];
	if (hatch && it->color == p->gap)
		return &l->entries[FILL_LOST];
	if (it->shape == SHAPE_FRAME && it->ref.kind == REF_LOCK_SLICE)
		return &l->entries[FILL_GUESSED];
	if (it->shape == SHAPE_ARROW && it->ref.kind == REF_NONE)
		return &l->entries[FILL_ARROW];
	return NULL;
}

/* How much of each is in the lanes as the frame has them. */
static void measure_items(const struct view *v, const struct scene *s, struct legend *l)
{
	const struct palette *p = v->theme.palette;
	float whole_h = px(v, v->theme.metrics->task_h);

	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];
		const struct box *clip = &s->clips[it->clip];
		float x0 = fmaxf(it->box.x, clip->x), w = it->box.w;
		float x1 = fminf(it->box.x + w, clip->x + clip->w);
		bool line = it->shape == SHAPE_LINE || it->shape == SHAPE_DOTS;
		struct entry_of *e = entry_of_item(l, v, it);

		if (it->shape == SHAPE_ARROW)
			x1 = x0 + 1;
		if (x1 <= x0 || it->box.y >= clip->y + clip->h || it->box.y + it->box.h <= clip->y)
			continue;
		if (e)
			e->drawn += (x1 - x0) * fmaxf(it->box.h, 1);
		/* A line is as good as the row that it is drawn through. */
		for (int why = 0; line && why < REASON_NR; why++)
			if (it->color == p->reasons[why] && it->ref.kind == REF_TASK_SLICE)
				reason_entry(l, why)->drawn += (x1 - x0) * whole_h;
	}
}

/* How each fill looks, and what it is called. */
static void name_fills(const struct view *v, struct legend *l)
{
	static const char *const running[COLOR_NR] = {
	    [COLOR_THREAD] = "running (thread's colour)",
	    [COLOR_PROCESS] = "running (process's colour)",
	    [COLOR_STATE] = "running",
	};
	const struct palette *p = v->theme.palette;
	const struct entry_of fills[FILL_NR] = {
	    [FILL_RUNNING] =
		{true, {SHAPE_RECT, p->tasks[0], 0, 0}, running[v->color_by], "running", 0},
	    [FILL_OTHERS] = {false, {SHAPE_RECT, p->other, 0, 0}, "others", NULL, 0},
	    [FILL_READY] = {false,
			    {SHAPE_HATCH, p->runnable, p->runnable_ground, HATCH_RISING},
			    "ready, no core",
			    "ready",
			    0},
	    [FILL_TAKEN] = {false,
			    {SHAPE_HATCH, p->runnable, p->runnable_ground, HATCH_FALLING},
			    "core taken",
			    NULL,
			    0},
	    [FILL_GUESSED] = {false,
			      {SHAPE_FRAME, p->tasks[0], rgba_mix(p->lane, p->tasks[0], 80), 0},
			      "inferred",
			      NULL,
			      0},
	    [FILL_ARROW] = {false, {SHAPE_ARROW, p->text, 0, 0}, "woke", NULL, 0},
	    [FILL_COROUTINE] =
		{false, {SHAPE_RECT, palette_strip(p, 0), 0, 0}, "coroutine", NULL, 0},
	    [FILL_SAID] =
		{false, {SHAPE_RECT, palette_strip(p, 0), 0, 0}, "said by the program", "said", 0},
	    [FILL_MIXED] = {false, {SHAPE_RECT, p->mixed, 0, 0}, "many in turn", "many", 0},
	    [FILL_PATH] = {false, {SHAPE_LINE, p->text, 0, 0}, "critical path", "path", 0},
	    [FILL_UNKNOWN] = {false,
			      {SHAPE_HATCH, p->unknown, p->unknown_ground, HATCH_FALLING},
			      "unknown",
			      NULL,
			      0},
	    [FILL_LOST] = {false,
			   {SHAPE_HATCH, p->gap, p->gap_ground, HATCH_FALLING},
			   "records lost",
			   "lost",
			   0},
	};

	for (int i = 0; i < FILL_NR; i++)
		l->entries[i] = fills[i];
}

static void name_reasons(const struct palette *p, const struct shown *shown, struct legend *l)
{
	for (int why = 0; why < REASON_NR; why++) {
		struct entry_of *e = reason_entry(l, why);

		snprintf(l->names[why], sizeof(l->names[why]), "%c %s",
			 reason_letter((enum reason)why),
			 why == REASON_UNKNOWN ? "no reason known" : reason_key((enum reason)why));
		*e = (struct entry_of){
		    shown->reasons[why],
		    {why == REASON_SLEEP ? SHAPE_DOTS : SHAPE_LINE, p->reasons[why], 0, 0},
		    l->names[why],
		    NULL,
		    0};
	}
}

/* What is in the lanes, or hidden under what is drawn there. */
static void choose_fills(const struct view *v, const struct shown *shown, struct legend *l)
{
	const struct overview *o = v->overview;

	for (int i = FILL_OTHERS; i < FILL_NR; i++) {
		/* A sliver of what is not known is in every trace. */
		float least = i == FILL_UNKNOWN ? px(v, px(v, v->theme.metrics->task_h)) : 0;

		l->entries[i].shown = l->entries[i].drawn > least;
	}
	l->entries[FILL_OTHERS].shown |= o->split && o->mean - o->mean_own > 0.001f;
	l->entries[FILL_READY].shown |= shown->ready;
	l->entries[FILL_TAKEN].shown |= shown->taken;
	if (v->theme.metrics->pad <= 0) { /* there the hatch is the same */
		l->entries[FILL_READY].shown |= l->entries[FILL_TAKEN].shown;
		l->entries[FILL_TAKEN].shown = false;
	}
	l->entries[FILL_UNKNOWN].shown |= shown->unknown;
	l->entries[FILL_LOST].shown |= shown->lost;
	l->entries[FILL_PATH].shown = v->show_path && v->path->nr > 0;
	/* What the picture cannot be read without, and what was just asked for, stay longest. */
	l->entries[FILL_RUNNING].drawn = l->entries[FILL_PATH].drawn = INFINITY;
}

static void fill_legend(const struct view *v, const struct scene *s, struct legend *l)
{
	struct shown shown;

	look(v, &shown);
	name_fills(v, l);
	name_reasons(v->theme.palette, &shown, l);
	measure_items(v, s, l);
	choose_fills(v, &shown, l);
}

static float legend_width(const struct scene *s, const struct legend *l, const struct spacing *at)
{
	float w = 0;

	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (l->entries[i].shown)
			w += entry_width(s, &l->entries[i], at) + at->gap;
	return w - at->gap;
}

/* Of which the least is drawn now. */
static struct entry_of *least_entry(struct legend *l)
{
	struct entry_of *least = NULL;

	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (l->entries[i].shown && (!least || l->entries[i].drawn <= least->drawn))
			least = &l->entries[i];
	return least;
}

/* Always in one order. Where there is no room for all, in shorter words; then what is drawn least
 * is left out, and three dots say so. */
static void build_legend(const struct view *v, struct scene *s, float x, float right)
{
	bool cell = v->theme.metrics->pad <= 0;
	struct spacing at = {px_round(v, cell ? 16 : 22), px(v, cell ? 8 : 6),
			     px(v, cell ? 16 : 18), false};
	struct box area = v->layout.status;
	float dots = scene_text_width(s, FONT_SMALL, "\xe2\x80\xa6");
	struct legend l;
	bool cut = false;

	fill_legend(v, s, &l);
	if (legend_width(s, &l, &at) > right - x) {
		at.brief = true;
		if (!cell) {
			at.swatch = px_round(v, 16);
			at.gap = px(v, 12);
		}
	}
	while (legend_width(s, &l, &at) + (cut ? at.gap + dots : 0) > right - x) {
		struct entry_of *least = least_entry(&l);

		if (!least)
			return;
		least->shown = false;
		cut = true;
	}
	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (l.entries[i].shown)
			x = build_entry(v, s, x, &l.entries[i], &at);
	if (cut)
		scene_text(s, (struct box){x, area.y, dots + 2, area.h}, FONT_SMALL,
			   v->theme.palette->dim, ALIGN_LEFT, "\xe2\x80\xa6");
}

void panel_status(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.status;

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	if (v->theme.metrics->pad <= 0 && !v->still && build_selected(v, s))
		return;
	build_legend(v, s, area.x + px(v, v->theme.metrics->pad),
		     area.x + area.w - build_hidden(v, s));
}
