/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/lane.h"

#include <math.h>

static const struct lane_ops *const lanes[ROW_NR_KINDS] = {
    [ROW_SECTION] = &lane_section, [ROW_CPU] = &lane_cpu,   [ROW_PROCESS] = &lane_process,
    [ROW_GROUP] = &lane_group,     [ROW_TASK] = &lane_task, [ROW_LOCK] = &lane_lock,
    [ROW_MORE] = &lane_more,       [ROW_RUNQ] = &lane_runq, [ROW_NOTES] = &lane_notes,
};

void lane_gaps(const struct view *v, struct scene *s, struct box area)
{
	const struct palette *p = v->theme.palette;
	float edge = area.x - 1;
	size_t nr;
	const struct gap *gaps = timeline_gaps(v->tl, &nr);

	for (size_t i = 0; i < nr; i++) {
		float x0 = viewport_x(&v->vp, (int64_t)gaps[i].begin_ns);
		float x1 = viewport_x(&v->vp, (int64_t)gaps[i].end_ns);

		x0 = fmaxf(x0, fmaxf(edge, area.x));
		x1 = fminf(fmaxf(x1, x0 + px(v, 2)), area.x + area.w);
		if (x1 < edge + 1 || x1 <= x0)
			continue;
		scene_hatch(s, (struct box){x0, area.y, x1 - x0, area.h}, p->gap, p->gap_ground,
			    HATCH_FALLING);
		edge = x1;
	}
}

float lane_place_rows(const struct view *v, struct tree *tree)
{
	float y = 0;

	tree->pinned_h = 0;
	for (size_t i = 0; i < tree->nr; i++) {
		struct row *row = &tree->rows[i];

		row->y = y;
		row->h = lanes[row->kind]->height(v, row);
		y += row->h;
		if (row->pinned)
			tree->pinned_h = y;
	}
	return y;
}

void lane_gutter(const struct view *v, struct scene *s, struct box box, float indent,
		 const char *name, const char *number, double share, rgba_t mark)
{
	const struct palette *p = v->theme.palette;
	float pad = px(v, v->theme.metrics->pad), gap = px(v, 8);
	float right = box.x + v->layout.gutter_w - gap;
	struct box at = {box.x + pad + indent, box.y, 0, box.h};

	if (share >= 0) {
		float w = scene_text_width(s, FONT_MONO_SMALL, "100 %");

		scene_textf(s, (struct box){right - w, box.y, w, box.h}, FONT_MONO_SMALL, p->dim,
			    ALIGN_RIGHT, "%.0f %%", share * 100);
		right -= w + gap;
	}
	/* Where room is short the name goes before the number. */
	float name_w = indent + pad +
		       px(v, !mark                       ? 2
			     : v->theme.metrics->pad > 0 ? 17
							 : 8) +
		       scene_text_width(s, FONT_NORMAL, name);
	float w = scene_text_width(s, FONT_MONO_SMALL, number);

	if (number[0] && (v->layout.gutter_w >= px(v, 200) || right - w - gap - box.x >= name_w)) {
		scene_text(s, (struct box){right - w, box.y, w, box.h}, FONT_MONO_SMALL, p->dim,
			   ALIGN_RIGHT, number);
		right -= w + gap;
	}
	if (mark) {
		float size = px_round(v, 8);

		if (v->theme.metrics->pad > 0)
			scene_rect(
			    s, (struct box){at.x, floorf(box.y + (box.h - size) / 2), size, size},
			    mark, px(v, 2));
		at.x += size + (v->theme.metrics->pad > 0 ? px(v, 7) : 0);
	}
	at.w = right - at.x;
	scene_text(s, at, FONT_NORMAL, p->text, ALIGN_LEFT, name);
}

/* Index of the first row that reaches below y. */
static size_t row_at(const struct tree *tree, float y)
{
	size_t low = 0, high = tree->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tree->rows[mid].y + tree->rows[mid].h <= y)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* From the lane of a lock to the thread that had it, where it began to. */
static void build_holder(const struct view *v, const struct row *row, const struct interval *iv,
			 struct scene *s)
{
	struct ref to = {.kind = REF_TASK_SLICE, .lane = iv->task};
	const struct row *holder = view_row_of(v, &to);
	float x = viewport_x(&v->vp, (int64_t)iv->begin_ns);
	struct box axis = view_axis(v);

	if (!holder || x < axis.x || x > axis.x + axis.w)
		return;
	bool above = holder->y < row->y;
	float y0 = view_row_y(v, row) + (above ? px(v, 2) : row->h - px(v, 2));

	scene_arrow(s, x, y0, x,
		    view_row_y(v, holder) + lane_block_height(v, holder) * (above ? 0.8f : 0.2f),
		    v->theme.palette->select, fmaxf(1, px(v, 1.2f)));
}

static void build_selection(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct row *row = view_row_of(v, &v->selected);
	struct interval iv;

	if (!row || !view_interval(v, &v->selected, &iv))
		return;
	uint64_t end_ns = iv.end_ns;
	float x0 = viewport_x(&v->vp, (int64_t)iv.begin_ns),
	      x1 = viewport_x(&v->vp, (int64_t)end_ns);
	float y = view_row_y(v, row), h = row->h;
	struct box axis = view_axis(v);

	if (v->selected.kind == REF_STRIP_SLICE && row->kind == ROW_TASK) {
		struct box strip = lane_strip_box(v, row, v->selected.lane);

		y = strip.y;
		h = strip.h;
		if (strip_is_counter(timeline_strips(v->tl), v->selected.lane))
			x1 = viewport_x(&v->vp, (int64_t)view_value_end(v, v->selected.lane,
									v->selected.index));
	} else if (v->selected.kind == REF_TASK_SLICE) {
		h = lane_block_height(v, row);
	}
	x0 = fmaxf(x0, axis.x - px(v, 20));
	x1 = fminf(x1, axis.x + axis.w + px(v, 20));
	if (x1 < axis.x || x0 > axis.x + axis.w)
		return;
	float pad = px(v, 1);

	scene_frame(
	    s, (struct box){x0 - pad, y + pad, fmaxf(x1 - x0, px(v, 2)) + 2 * pad, h - 2 * pad},
	    p->select, fmaxf(1, roundf(px(v, 1.5f))), px(v, 3));
	if (v->selected.kind == REF_LOCK_SLICE && iv.state == STATE_RUNNING)
		build_holder(v, row, &iv, s);
	/* Who ended the wait: an arrow from the waker's row at that moment. */
	struct ref from = {.kind = REF_TASK_SLICE, .lane = iv.waker};

	if (v->selected.kind != REF_TASK_SLICE || iv.waker == TASK_NONE ||
	    (iv.state != STATE_BLOCKED && iv.state != STATE_RUNNABLE))
		return;
	const struct row *waker = view_row_of(v, &from);

	if (!waker)
		return;
	float x = viewport_x(&v->vp, (int64_t)(iv.state == STATE_BLOCKED ? end_ns : iv.begin_ns));
	float y0 = view_row_y(v, waker) + lane_block_height(v, waker) / 2;
	float y1 = waker->y < row->y ? y + px(v, 2) : y + h - px(v, 2);

	if (x >= axis.x && x <= axis.x + axis.w)
		scene_arrow(s, x, y0, x, y1, p->select, fmaxf(1, px(v, 1.2f)));
}

/* A lane that was selected by its name or in a table, as what a search found is shown. */
static void build_selected_lane(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct row *row = NULL;
	struct row_key key;

	switch (v->selected.kind) {
	case REF_CPU_LANE:
	case REF_TASK_LANE:
	case REF_LOCK_LANE:
	case REF_PROCESS:
	case REF_GROUP:
		if (view_row_key(v, &v->selected, &key))
			row = tree_find(v->tree, (enum row_kind)key.kind, key.id);
	}
	if (!row)
		return;
	struct box mark = {v->layout.lanes.x, view_row_y(v, row), v->layout.lanes.w, row->h};
	bool stays = row->pinned && v->layout.pinned_h > 0;
	float top = v->layout.lanes.y + (stays ? 0 : v->layout.pinned_h);

	if (mark.y < top) { /* the upper part of it is below pinned lanes */
		mark.h -= top - mark.y;
		mark.y = top;
	}
	if (mark.h <= 0)
		return;
	/* A second veil would make words hard to read. */
	if (row->kind != ROW_TASK || !find_has_task(v->find, row->id))
		scene_rect(s, mark, rgba_alpha(p->accent, 0x18), 0);
	mark.w = px_round(v, 3);
	scene_rect(s, mark, p->select, 0);
}

static void build_overlays(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box axis = view_axis(v);

	if (v->has_range) {
		float x0 = viewport_x(&v->vp, v->range_begin_ns);
		float x1 = viewport_x(&v->vp, v->range_end_ns);

		x0 = fmaxf(x0, axis.x - 2);
		x1 = fminf(x1, axis.x + axis.w + 2);
		if (x1 > x0) {
			scene_rect(s, (struct box){x0, axis.y, x1 - x0, axis.h},
				   rgba_alpha(p->accent, 0x18), 0);
			scene_rect(s, (struct box){x0, axis.y, 1, axis.h}, p->accent, 0);
			scene_rect(s, (struct box){x1 - 1, axis.y, 1, axis.h}, p->accent, 0);
		}
	}
	if (v->playhead_ns != INT64_MAX) {
		float x = fmaxf(viewport_x(&v->vp, v->playhead_ns), axis.x);

		if (x < axis.x + axis.w) {
			scene_rect(s, (struct box){x, axis.y, axis.x + axis.w - x, axis.h},
				   p->shade, 0);
			scene_rect(s, (struct box){x - px(v, 1), axis.y, px_round(v, 2), axis.h},
				   p->accent, 0);
		}
	}
}

/* Rows [from, to) as far as they are in the area. */
static void build_rows(const struct view *v, size_t from, size_t to, struct box area,
		       struct scene *s)
{
	uint8_t clip = scene_clip(s, area);

	for (size_t i = from; i < to; i++) {
		const struct row *row = &v->tree->rows[i];
		struct box box = {area.x, view_row_y(v, row), area.w, row->h};

		if (box.y >= area.y + area.h)
			break;
		scene_no_ref(s);
		lanes[row->kind]->build(v, row, box, s);
	}
	scene_no_ref(s);
	s->hit.h = 0;
	scene_unclip(s, clip);
}

/* Pinned rows stay where they are; what is scrolled goes under them. */
static void build_lanes(const struct view *v, struct scene *s)
{
	struct box area = v->layout.lanes, top = area, rest = area;
	size_t nr_pinned = v->layout.pinned_h > 0 ? v->tree->nr_pinned : 0;

	top.h = v->layout.pinned_h;
	rest.y += top.h;
	rest.h -= top.h;
	size_t first = row_at(v->tree, v->scroll_px + top.h);

	build_rows(v, first > nr_pinned ? first : nr_pinned, v->tree->nr, rest, s);
	if (nr_pinned == 0)
		return;
	build_rows(v, 0, nr_pinned, top, s);
	scene_rect(s, (struct box){top.x, top.y + top.h - 1, top.w, 1},
		   v->theme.palette->accent_dim, 0);
}

void lane_build_all(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.lanes;
	uint8_t clip = scene_clip(s, area);

	s->ref = (struct ref){.kind = REF_LANES};
	scene_ground(s, area, p->ground, 0);
	scene_no_ref(s);
	build_lanes(v, s);
	build_selected_lane(v, s);
	uint8_t rows_clip = scene_clip(s, view_axis(v));

	edges_build(v, s);
	build_selection(v, s);
	build_overlays(v, s);
	scene_unclip(s, rows_clip);
	scene_unclip(s, clip);
}
