/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ruler, and what points at it: marks, the two cursors with their difference, the line under
 * the mouse. Their labels are placed first, the dearest first, so that none is over another; the
 * ruler's own numbers stand where they leave room.
 */
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "viz/panels.h"

/* Labels of one frame; w 0: there is none. */
struct labels {
	struct box a, b, difference, mouse;
	char difference_text[DURATION_LEN + 24], mouse_text[DURATION_LEN];
};

static bool is_cell(const struct view *v)
{
	return v->theme.metrics->pad <= 0;
}

static bool overlap(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w;
}

static bool on_axis(const struct view *v, float x)
{
	struct box axis = view_axis(v);

	return x >= axis.x && x < axis.x + axis.w;
}

/* Label of a line at x, which hangs to its right. */
static struct box flag_at(const struct view *v, const struct scene *s, float x, const char *text)
{
	struct box ruler = v->layout.ruler;
	float w = scene_text_width(s, FONT_SMALL_BOLD, text);

	if (is_cell(v)) /* a column of its own */
		return (struct box){floorf(x / 8) * 8, ruler.y, fmaxf(w, 8), ruler.h};
	return (struct box){floorf(x), ruler.y + 1, fmaxf(ceilf(w + px(v, 8)), px_round(v, 9)),
			    px_round(v, 14)};
}

/* The left one of two cursors hangs to the left of its line where they are close. */
static void place_cursors(const struct view *v, const struct scene *s, struct labels *l)
{
	float a = viewport_x(&v->vp, v->a_ns), b = viewport_x(&v->vp, v->b_ns);

	if (v->has_a && on_axis(v, a))
		l->a = flag_at(v, s, a, "A");
	if (v->has_b && on_axis(v, b))
		l->b = flag_at(v, s, b, "B");
	if (l->a.w == 0 || l->b.w == 0 || !overlap(&l->a, &l->b))
		return;
	struct box *left = a <= b ? &l->a : &l->b;
	struct box *right = left == &l->a ? &l->b : &l->a;

	if (left->x - left->w >= view_axis(v).x)
		left->x -= left->w;
	else
		right->x = left->x + left->w;
}

/* Between the cursors, or beside them where that is too little room. */
static void place_difference(const struct view *v, const struct scene *s, struct labels *l)
{
	struct box axis = view_axis(v), ruler = v->layout.ruler;
	float a = viewport_x(&v->vp, v->a_ns), b = viewport_x(&v->vp, v->b_ns);
	float end = axis.x + axis.w, space = is_cell(v) ? 8 : px(v, 3);
	char buf[DURATION_LEN];

	if (!v->has_a || !v->has_b)
		return;
	int64_t ns = v->b_ns - v->a_ns;

	duration_text((uint64_t)(ns < 0 ? -ns : ns), buf);
	snprintf(l->difference_text, sizeof(l->difference_text), "B \xe2\x88\x92 A = %s%s",
		 ns < 0 ? "\xe2\x88\x92" : "", buf);
	float w = ceilf(scene_text_width(s, FONT_MONO_SMALL, l->difference_text) + px(v, 14));
	float h = px_round(v, 18);
	const struct box *left = a <= b ? &l->a : &l->b, *right = a <= b ? &l->b : &l->a;
	float from = fminf(fmaxf(left->w > 0 ? left->x + left->w : fminf(a, b), axis.x), end);
	float to = fmaxf(fminf(right->w > 0 ? right->x : fmaxf(a, b), end), axis.x);
	float x = (from + to - w) / 2;

	if (to - from < w + 2 * space) {
		float after = fmaxf(right->w > 0 ? right->x + right->w : to, from) + space;

		x = after + w <= end ? after : (left->w > 0 ? left->x : from) - space - w;
	}
	x = fminf(fmaxf(x, axis.x), end - w);
	x = is_cell(v) ? floorf(x / 8) * 8 : floorf(x);
	l->difference = (struct box){x, ruler.y + floorf((ruler.h - h) / 2), w, h};
}

/* Label of mark i, cut to the room that the cursors and the next mark leave. w 0: there is none. */
static struct box mark_label(const struct view *v, const struct scene *s, const struct labels *l,
			     size_t i)
{
	const struct time_mark *marks = v->marks->at;
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	float x = viewport_x(&v->vp, zero_ns + marks[i].at_ns);
	struct box box = {0}, axis = view_axis(v);
	const struct box *taken[] = {&l->a, &l->b, &l->difference};

	if (!on_axis(v, x))
		return box;
	box = flag_at(v, s, x, marks[i].text);
	float end = fminf(box.x + box.w, axis.x + axis.w), least = is_cell(v) ? 8 : px_round(v, 3);

	if (i + 1 < v->marks->nr)
		end = fminf(end, floorf(viewport_x(&v->vp, zero_ns + marks[i + 1].at_ns)) - 1);
	for (size_t k = 0; k < 3; k++)
		if (taken[k]->w > 0 && taken[k]->x <= box.x && box.x < taken[k]->x + taken[k]->w)
			box.x = taken[k]->x + taken[k]->w;
	for (size_t k = 0; k < 3; k++)
		if (taken[k]->w > 0 && taken[k]->x > box.x)
			end = fminf(end, taken[k]->x);
	box.w = end - box.x;
	if (box.w < least)
		box.w = 0;
	return box;
}

/* Whether what stands in the ruler above it is in the way. */
static bool is_taken(const struct view *v, const struct scene *s, const struct labels *l,
		     const struct box *box)
{
	const struct box *taken[] = {&l->a, &l->b, &l->difference};

	for (size_t k = 0; k < 3; k++)
		if (taken[k]->w > 0 && overlap(taken[k], box))
			return true;
	for (size_t i = 0; i < v->marks->nr; i++) {
		struct box label = mark_label(v, s, l, i);

		if (label.w > 0 && overlap(&label, box))
			return true;
	}
	return false;
}

/* Where the ruler is taken it stands right below. */
static void place_mouse(const struct view *v, const struct scene *s, struct labels *l)
{
	struct box axis = view_axis(v), ruler = v->layout.ruler;
	float x = floorf(v->mouse_x);

	if (!v->has_mouse || v->help || !box_has(&axis, v->mouse_x, v->mouse_y))
		return;
	int64_t at_ns = viewport_time(&v->vp, x) - (int64_t)timeline_begin_ns(v->tl);
	int64_t step_ns = (int64_t)fmax(1, viewport_ns_per_px(&v->vp));

	duration_step(at_ns, step_ns, l->mouse_text);
	float w = scene_text_width(s, FONT_MONO_SMALL, l->mouse_text) + px(v, 12);
	float h = px_round(v, 18);
	float left = fminf(fmaxf(x - w / 2, axis.x), axis.x + axis.w - w);
	struct box box = {floorf(left), ruler.y + floorf((ruler.h - h) / 2), ceilf(w), h};

	if (is_cell(v))
		box.x = floorf(box.x / 8) * 8;
	if (is_taken(v, s, l, &box))
		box.y = axis.y + 1;
	l->mouse = box;
}

static void place_labels(const struct view *v, const struct scene *s, struct labels *l)
{
	*l = (struct labels){0};
	place_cursors(v, s, l);
	place_difference(v, s, l);
	place_mouse(v, s, l);
}

void panel_cursor(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box axis = view_axis(v);
	float dot = px_round(v, 2);
	struct labels l;

	place_labels(v, s, &l);
	if (l.mouse.w <= 0)
		return;
	for (float y = axis.y; y < axis.y + axis.h; y += 3 * dot)
		scene_rect(s, (struct box){floorf(v->mouse_x), y, 1, dot},
			   rgba_alpha(p->text, 0x70), 0);
	if (is_cell(v)) { /* whole cells */
		scene_ground(s, l.mouse, p->accent, 0);
		scene_text(s, l.mouse, FONT_SMALL_BOLD, p->accent, ALIGN_LEFT, l.mouse_text);
		return;
	}
	scene_rect(s, l.mouse, p->accent, px(v, 3));
	scene_text(s, l.mouse, FONT_MONO_SMALL, p->on_accent, ALIGN_CENTRE, l.mouse_text);
}

/* A line through the lanes at x, with its label. */
static void build_flag(const struct view *v, struct scene *s, float x, struct box label,
		       rgba_t color, rgba_t on, const char *text)
{
	struct box ruler = v->layout.ruler, axis = view_axis(v);

	if (is_cell(v)) {
		if (label.w > 0)
			scene_text(s, label, FONT_SMALL_BOLD, color, ALIGN_LEFT,
				   text[0] ? text : "v");
		return;
	}
	scene_rect(s,
		   (struct box){floorf(x), ruler.y, fmaxf(1, floorf(px(v, 1))), ruler.h + axis.h},
		   rgba_alpha(color, 0xc0), 0);
	if (label.w <= 0)
		return;
	scene_rect(s, label, color, px(v, 2));
	label.x += px(v, 4);
	label.w -= px(v, 8);
	scene_text(s, label, FONT_SMALL_BOLD, on, ALIGN_LEFT, text);
}

static void build_marks(const struct view *v, struct scene *s, const struct labels *l)
{
	const struct palette *p = v->theme.palette;
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);

	for (size_t i = 0; i < v->marks->nr; i++) {
		const struct time_mark *m = &v->marks->at[i];
		float x = viewport_x(&v->vp, zero_ns + m->at_ns);
		bool selected = v->selected.kind == REF_MARK && v->selected.index == i;

		if (!on_axis(v, x))
			continue;
		struct box label = mark_label(v, s, l, i);

		build_flag(v, s, x, label, selected ? p->accent : p->runnable,
			   selected ? p->on_accent : p->on_block, m->text);
		/* As wide as a finger needs. */
		s->ref = (struct ref){.kind = REF_MARK, .nr = 1, .index = (uint32_t)i};
		label.x = fminf(x, label.w > 0 ? label.x : x) - px(v, 6);
		label.y = v->layout.ruler.y;
		label.w += px(v, 12);
		label.h = v->layout.ruler.h;
		scene_hit(s, label);
		scene_no_ref(s);
	}
}

void panel_marks(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box all = {v->layout.ruler.x + v->layout.gutter_w, v->layout.ruler.y,
			  v->layout.ruler.w - v->layout.gutter_w,
			  v->layout.ruler.h + v->layout.lanes.h};
	uint8_t clip = scene_clip(s, all);
	struct labels l;

	scene_no_ref(s);
	place_labels(v, s, &l);
	build_marks(v, s, &l);
	if (l.a.w > 0)
		build_flag(v, s, viewport_x(&v->vp, v->a_ns), l.a, p->accent, p->on_accent, "A");
	if (l.b.w > 0)
		build_flag(v, s, viewport_x(&v->vp, v->b_ns), l.b, p->accent, p->on_accent, "B");
	if (l.difference.w > 0) {
		scene_ground(s, l.difference, p->accent, px(v, 3));
		scene_text(s, l.difference, FONT_MONO_SMALL, p->on_accent, ALIGN_CENTRE,
			   l.difference_text);
	}
	scene_unclip(s, clip);
}

void panel_ruler(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.ruler;
	struct box axis = {area.x + v->layout.gutter_w, area.y, area.w - v->layout.gutter_w,
			   area.h};
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	int64_t step_ns = viewport_tick_ns(&v->vp, px(v, v->theme.metrics->pad > 0 ? 110 : 96));
	int64_t at_ns = v->vp.now.begin_ns - zero_ns, base_ns;
	char buf[DURATION_LEN], label[DURATION_LEN + 1];
	float tick = px_round(v, 7);
	bool cell = is_cell(v);
	struct labels l;

	s->ref = (struct ref){.kind = REF_RULER};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	/* Before the trace's begin there is nothing to be measured from. */
	at_ns = at_ns >= 0 ? (at_ns + step_ns - 1) / step_ns * step_ns : 0;
	base_ns = at_ns;
	place_labels(v, s, &l);
	if (timeline_end_ns(v->tl) <= timeline_begin_ns(v->tl)) /* it has no length to measure */
		return;
	uint8_t clip = scene_clip(s, axis);

	for (; at_ns + zero_ns < viewport_end(&v->vp); at_ns += step_ns) {
		float x = viewport_x(&v->vp, at_ns + zero_ns);

		if (at_ns == base_ns)
			duration_step(at_ns, step_ns, label);
		else
			snprintf(label, sizeof(label), "+%s",
				 duration_step(at_ns - base_ns, step_ns, buf));
		if (cell) {
			scene_text(s, (struct box){x, area.y, axis.w, area.h}, FONT_MONO_SMALL,
				   p->dim, ALIGN_LEFT, "\xe2\x94\x82");
			x += 8;
		} else {
			scene_rect(s, (struct box){roundf(x), area.y + area.h - tick, 1, tick},
				   p->dim, 0);
			x += px(v, 5);
		}
		struct box box = {x, area.y, scene_text_width(s, FONT_MONO_SMALL, label), area.h};

		if (box.x + box.w > axis.x + axis.w)
			break; /* half a number is worse than none */
		if (is_taken(v, s, &l, &box)) {
			base_ns += at_ns == base_ns ? step_ns : 0; /* what others count from */
			continue;
		}
		/* The number under the mouse says more. */
		if (l.mouse.w <= 0 || l.mouse.y >= axis.y + axis.h || !overlap(&l.mouse, &box))
			scene_text(s, (struct box){x, area.y, px(v, 110), area.h}, FONT_MONO_SMALL,
				   at_ns == base_ns ? p->text : p->dim, ALIGN_LEFT, label);
	}
	scene_unclip(s, clip);
}
