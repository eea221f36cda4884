/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread: running is a solid block, runnable a thinner amber hatch (rising when it was woken,
 * falling when its core was taken), blocked a thin line with a letter and words where they fit,
 * sleep dotted, unknown hatched grey: told apart by shape as well as by colour.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/reason.h"
#include "viz/lane.h"
#include "viz/lod.h"

static float task_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->task_h * v->layout.stretch);
}

/* The longest of description, key and letter that fits on the line. */
static void build_words(const struct view *v, const struct ref *ref, struct box box, rgba_t color,
			struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct interval iv;
	char words[96], both[128];

	if (!view_interval(v, ref, &iv))
		return;
	char letter[2] = {reason_letter(iv.why), '\0'};

	interval_describe(&iv, timeline_info(v->tl)->arch, words, sizeof(words));
	snprintf(both, sizeof(both), "%s %s", letter, words);
	const char *tries[] = {both, NULL, letter};
	char key[32];

	snprintf(key, sizeof(key), "%s %s", letter, reason_key(iv.why));
	tries[1] = key;
	for (size_t i = 0; i < 3; i++) {
		float w = scene_text_width(s, FONT_SMALL, tries[i]);
		float room = w + px(v, i == 2 ? 12 : 26);

		if (room > box.w)
			continue;
		float h = fminf(box.h, px(v, 14));
		float x = box.x + px(v, box.w > w + px(v, 16) ? 6 : 3);
		struct box label = {x, box.y + (box.h - h) / 2, w + px(v, 6), h};

		scene_ground(s, label, p->ground, 0);
		label.x += px(v, 3);
		scene_text(s, label, FONT_SMALL, color, ALIGN_LEFT, tries[i]);
		return;
	}
}

static void build_blocked(const struct view *v, const struct slice *slice, struct box box,
			  struct scene *s)
{
	rgba_t color = v->theme.palette->reasons[slice->why < REASON_NR ? slice->why : 0];
	float width = fmaxf(1, roundf(px(v, v->theme.metrics->line)));

	if (slice->why == REASON_SLEEP)
		scene_dots(s, box, color, width);
	else
		scene_line(s, box, color, width);
	if (box.w >= px(v, 14))
		build_words(v, &s->ref, box, color, s);
}

static void build_runnable(const struct view *v, const struct slice *slice, struct box box,
			   struct scene *s)
{
	const struct palette *p = v->theme.palette;
	float inset = v->theme.metrics->pad > 0 ? roundf(box.h / 4) : 0;
	struct box at = {box.x, box.y + inset, box.w, box.h - 2 * inset};

	if (at.w < px(v, 3))
		scene_rect(s, at, p->runnable, 0);
	else
		scene_hatch(s, at, p->runnable, p->runnable_ground,
			    slice->why == RUNNABLE_PREEMPTED ? HATCH_FALLING : HATCH_RISING);
}

static void build_running(const struct view *v, uint32_t task, const struct slice *slice,
			  struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	char text[24];

	if (box.w > px(v, 6))
		box.w -= fmaxf(1, floorf(v->theme.scale));
	scene_rect(s, box, view_task_color(v, task),
		   box.w >= px(v, 5) ? px(v, v->theme.metrics->radius) : 0);
	if (box.w < px(v, 60))
		return;
	snprintf(text, sizeof(text), "CPU %u", slice->cpu);
	scene_text(s, (struct box){box.x + px(v, 4), box.y, box.w - px(v, 8), box.h}, FONT_SMALL,
		   p->on_block, ALIGN_CENTRE, text);
}

static void build_slice(const struct view *v, uint32_t task, const struct slice *slice,
			struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;

	switch (slice->state) {
	case STATE_RUNNING:
		build_running(v, task, slice, box, s);
		break;
	case STATE_RUNNABLE:
		build_runnable(v, slice, box, s);
		break;
	case STATE_BLOCKED:
		build_blocked(v, slice, box, s);
		break;
	case STATE_UNKNOWN:
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
		break;
	}
}

/* Shares of a merged piece stand on each other: running at the bottom, runnable above; what is left
 * is the line of the reason with most of the waiting. */
static void build_merged(const struct view *v, uint32_t task, const struct lane_data *lane,
			 const struct lod_piece *piece, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const uint64_t *ns = piece->sum.ns;
	double total = (double)(piece->end_ns - piece->begin_ns);
	float least = px_round(v, 2), y = box.y + box.h;

	if (ns[STATE_UNKNOWN] > 0)
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
	if (ns[STATE_BLOCKED] > 0) {
		struct lod_part part;
		size_t nr = lod_parts(lane, piece, STATE_BLOCKED, true, &part, 1);
		uint8_t why = nr > 0 ? lane->slices[part.index].why : REASON_UNKNOWN;

		scene_line(s, box, p->reasons[why < REASON_NR ? why : 0],
			   fmaxf(1, roundf(px(v, v->theme.metrics->line))));
	}
	if (ns[STATE_RUNNING] > 0) {
		float h = fmaxf(least, roundf((float)((double)ns[STATE_RUNNING] / total) * box.h));

		y -= h;
		scene_rect(s, (struct box){box.x, y, box.w, h}, view_task_color(v, task), 0);
	}
	if (ns[STATE_RUNNABLE] > 0) {
		float h = fmaxf(least, roundf((float)((double)ns[STATE_RUNNABLE] / total) * box.h));

		y = fmaxf(y - h, box.y);
		/* Hatches lie on a grid of the screen: neighbouring columns become one hatch. */
		if (h > px(v, 4) || v->theme.metrics->pad <= 0)
			scene_hatch(s, (struct box){box.x, y, box.w, h}, p->runnable,
				    p->runnable_ground, HATCH_RISING);
		else
			scene_rect(s, (struct box){box.x, y, box.w, h}, p->runnable, 0);
	}
}

static void task_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct lane_data *lane = timeline_task(v->tl, row->id);
	const struct task *task = machine_task(timeline_machine(v->tl), row->id);
	struct box axis = view_axis(v);
	float pad = px_round(v, v->theme.metrics->task_pad);
	struct box block = {axis.x, box.y + pad, axis.w, box.h - 2 * pad};
	float indent = px(v, v->theme.metrics->indent) * (float)(row->depth + !row->alone);
	char tid[16];
	struct lod lod;
	struct lod_piece piece;

	snprintf(tid, sizeof(tid), "%u", task->tid);
	s->ref = (struct ref){.kind = REF_TASK_LANE, .lane = row->id};
	scene_hit(s, box);
	lane_gutter(v, s, box, indent, task->comm, tid, view_share(v, lane),
		    view_task_color(v, row->id));
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){axis.x, box.y + box.h - 1, axis.w, 1},
			   rgba_alpha(v->theme.palette->rule, 0x80), 0);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	s->hit = box;
	lod_begin(&lod, lane, &v->vp, v->theme.metrics->detail * v->theme.scale);
	while (lod_next(&lod, &piece)) {
		struct box at = {piece.x0, block.y, piece.x1 - piece.x0, block.h};

		s->ref = (struct ref){.kind = REF_TASK_SLICE,
				      .lane = row->id,
				      .nr = (uint32_t)piece.nr,
				      .index = (uint32_t)piece.first};
		if (piece.nr == 1)
			build_slice(v, row->id, &lane->slices[piece.first], at, s);
		else
			build_merged(v, row->id, lane, &piece, at, s);
	}
	s->hit.h = 0;
	scene_unclip(s, clip);
}

const struct lane_ops lane_task = {
    .name = "tasks",
    .height = task_height,
    .build = task_build,
};
