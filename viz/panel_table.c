/* SPDX-License-Identifier: BSD-2-Clause */
/* Below the lanes: the tasks as a table, by running time, and the legend. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "model/reason.h"
#include "viz/action.h"
#include "viz/panels.h"

/* Columns from the right edge; width at scale 1. The last to be dropped when room is short is the
 * first. */
struct column {
	const char *name;
	float width;
	const char *(*value)(const struct view *v, const struct task_total *row, char *buf);
};

static const char *value_running(const struct view *v, const struct task_total *row, char *buf)
{
	(void)v;
	return duration_text(row->sum.ns[STATE_RUNNING], buf);
}

static const char *value_ready(const struct view *v, const struct task_total *row, char *buf)
{
	(void)v;
	return duration_text(row->sum.ns[STATE_RUNNABLE], buf);
}

static const char *value_waiting(const struct view *v, const struct task_total *row, char *buf)
{
	(void)v;
	return duration_text(row->sum.ns[STATE_BLOCKED], buf);
}

static const struct task *task_of(const struct view *v, const struct task_total *row)
{
	return machine_task(timeline_machine(v->tl), row->task);
}

static const char *value_ins(const struct view *v, const struct task_total *row, char *buf)
{
	return count_text(task_of(v, row)->sched_ins, buf);
}

static const char *value_taken(const struct view *v, const struct task_total *row, char *buf)
{
	return count_text(task_of(v, row)->preemptions, buf);
}

static const char *value_moved(const struct view *v, const struct task_total *row, char *buf)
{
	return count_text(task_of(v, row)->migrations, buf);
}

static const struct column columns[] = {
    {"running", 84, value_running},  {"ready, no core", 108, value_ready},
    {"waiting", 84, value_waiting},  {"went on a core", 108, value_ins},
    {"core taken", 84, value_taken}, {"changed core", 96, value_moved},
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void build_share(const struct view *v, struct scene *s, struct box box,
			const struct task_total *row)
{
	const struct palette *p = v->theme.palette;
	float h = px_round(v, 10);
	double life = (double)row->life_ns;
	struct box bar = {box.x, floorf(box.y + (box.h - h) / 2), box.w, h};

	scene_rect(s, bar, p->lane, 0);
	if (life <= 0)
		return;
	bar.w = box.w * (float)((double)row->sum.ns[STATE_RUNNING] / life);
	scene_rect(s, bar, view_task_color(v, row->task), 0);
	bar.x += bar.w;
	bar.w = box.w * (float)((double)row->sum.ns[STATE_RUNNABLE] / life);
	scene_rect(s, bar, p->runnable, 0);
}

static void build_row(const struct view *v, struct scene *s, struct box box,
		      const struct task_total *row, size_t nr_columns)
{
	const struct palette *p = v->theme.palette;
	float swatch = px_round(v, 9), x = box.x + px(v, v->theme.metrics->pad);
	float right = box.x + box.w - px(v, v->theme.metrics->pad);
	char buf[DURATION_LEN];

	s->ref = (struct ref){.kind = REF_TABLE_TASK, .lane = row->task};
	if (ref_equal(&s->ref, &v->hovered))
		scene_rect(s, box, rgba_alpha(p->text, 0x10), 0);
	else
		scene_hit(s, box);
	scene_rect(s, (struct box){x, floorf(box.y + (box.h - swatch) / 2), swatch, swatch},
		   view_task_color(v, row->task), px(v, 2));
	x += px(v, 17);
	scene_text(s, (struct box){x, box.y, px(v, 130), box.h}, FONT_NORMAL, p->text, ALIGN_LEFT,
		   view_task_name(v, row->task));
	x += px(v, 130);
	scene_textf(s, (struct box){x, box.y, px(v, 64), box.h}, FONT_MONO_SMALL, p->dim,
		    ALIGN_RIGHT, "%u", task_of(v, row)->tid);
	x += px(v, 80);
	for (size_t i = nr_columns; i-- > 0;) {
		float w = px(v, columns[i].width);

		scene_text(s, (struct box){right - w, box.y, w, box.h}, FONT_MONO,
			   i == 0 ? p->text : p->dim, ALIGN_RIGHT, columns[i].value(v, row, buf));
		right -= w;
	}
	if (right - x > px(v, 60))
		build_share(v, s,
			    (struct box){x, box.y, fminf(right - x - px(v, 16), px(v, 240)), box.h},
			    row);
}

static size_t columns_that_fit(const struct view *v, float width)
{
	float room = width - px(v, 2 * v->theme.metrics->pad + 17 + 130 + 80 + 90);
	size_t nr = 0;

	while (nr < NR_COLUMNS && room >= px(v, columns[nr].width))
		room -= px(v, columns[nr++].width);
	return nr;
}

void panel_table(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.table;
	float pad = px(v, v->theme.metrics->pad),
	      row_h = px_round(v, v->theme.metrics->table_row_h);
	float head_h = px_round(v, 30), right = area.x + area.w - pad;
	size_t nr = columns_that_fit(v, area.w);

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->ground, 0);
	scene_no_ref(s);
	scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	uint8_t clip = scene_clip(s, area);
	struct box head = {area.x + pad, area.y, area.w, head_h};

	scene_textf(s, head, FONT_BOLD, p->text, ALIGN_LEFT, "Tasks  %zu", v->table->nr);
	for (size_t i = nr; i-- > 0;) {
		float w = px(v, columns[i].width);

		scene_text(s, (struct box){right - w + px(v, 6), head.y, w - px(v, 6), head_h},
			   FONT_SMALL, p->dim, ALIGN_RIGHT, columns[i].name);
		right -= w;
	}
	for (size_t i = v->table_first; i < v->table->nr; i++) {
		struct box at = {area.x, area.y + head_h + row_h * (float)(i - v->table_first),
				 area.w, row_h};

		if (at.y + at.h > area.y + area.h)
			break;
		build_row(v, s, at, &v->table->rows[i], nr);
	}
	scene_unclip(s, clip);
}

/* One entry of the legend; returns the x after it. */
static float legend_entry(const struct view *v, struct scene *s, float x, enum shape shape,
			  rgba_t color, rgba_t ground, const char *name)
{
	struct box area = v->layout.status;
	bool cell = v->theme.metrics->pad <= 0;
	float w = px_round(v, cell ? 16 : 22), h = cell ? area.h : px_round(v, 10);
	struct box at = {x, floorf(area.y + (area.h - h) / 2), w, h};
	float tw = scene_text_width(s, FONT_SMALL, name);

	if (x + w + tw + px(v, 8) > area.x + area.w)
		return x;
	if (shape == SHAPE_RECT)
		scene_rect(s, at, color, px(v, 2));
	else if (shape == SHAPE_HATCH)
		scene_hatch(s, at, color, ground,
			    ground == v->theme.palette->runnable_ground ? HATCH_RISING
									: HATCH_FALLING);
	else if (shape == SHAPE_LINE)
		scene_line(s, at, color, px(v, v->theme.metrics->line));
	else
		scene_dots(s, at, color, px(v, v->theme.metrics->line));
	scene_text(s, (struct box){x + w + px(v, cell ? 8 : 6), area.y, tw + 2, area.h}, FONT_SMALL,
		   v->theme.palette->dim, ALIGN_LEFT, name);
	return x + w + tw + px(v, cell ? 24 : 24);
}

void panel_status(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.status;
	float x = area.x + px(v, v->theme.metrics->pad);
	char name[32];
	static const enum reason reasons[] = {REASON_LOCK,  REASON_PIPE, REASON_SOCKET,
					      REASON_CHILD, REASON_FILE, REASON_POLL};

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	x = legend_entry(v, s, x, SHAPE_RECT, p->tasks[0], 0, "running (thread's colour)");
	x = legend_entry(v, s, x, SHAPE_HATCH, p->runnable, p->runnable_ground, "ready, no core");
	x = legend_entry(v, s, x, SHAPE_DOTS, p->reasons[REASON_SLEEP], 0, "sleep");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		snprintf(name, sizeof(name), "%c %s", reason_letter(reasons[i]),
			 reason_key(reasons[i]));
		x = legend_entry(v, s, x, SHAPE_LINE, p->reasons[reasons[i]], 0, name);
	}
	x = legend_entry(v, s, x, SHAPE_HATCH, p->unknown, p->unknown_ground, "unknown");
	legend_entry(v, s, x, SHAPE_HATCH, p->gap, p->gap_ground, "records lost");
}
