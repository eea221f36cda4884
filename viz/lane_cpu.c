/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core: who ran, in the thread's colour, named where the name fits; idle is the bare lane. Merged
 * pieces are as high as the core was busy. Lost records are an opaque hatch that says how many.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "viz/lane.h"
#include "viz/lod.h"

static float cpu_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->cpu_h * v->layout.stretch);
}

static void build_slice(const struct view *v, const struct slice *slice, struct box box,
			struct scene *s)
{
	const struct palette *p = v->theme.palette;

	if (slice->state == STATE_IDLE) {
		scene_hit(s, box);
		return;
	}
	if (slice->state != STATE_RUNNING || slice->other == TASK_NONE) {
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
		return;
	}
	rgba_t color = view_task_color(v, slice->other);

	/* A pixel of ground between neighbours keeps two runs of one thread apart. */
	if (box.w > px(v, 6))
		box.w -= fmaxf(1, floorf(v->theme.scale));
	scene_rect(s, box, color, box.w >= px(v, 5) ? px(v, v->theme.metrics->radius) : 0);
	if (box.w < px(v, v->theme.metrics->text_min))
		return;
	struct box in = {box.x + px(v, 3), box.y, box.w - px(v, 6), box.h};
	char buf[TASK_TEXT_LEN];
	const char *name = view_task_fit(v, s, slice->other, FONT_SMALL, in.w, buf);
	bool fits = scene_text_width(s, FONT_NORMAL, name) <= in.w;

	/* "worke..." tells nothing where all are workers. */
	if (fits || scene_text_width(s, FONT_SMALL, name) <= in.w || box.w > px(v, 80))
		scene_text(s, in, fits ? FONT_NORMAL : FONT_SMALL, palette_on(p, color),
			   ALIGN_CENTRE, name);
}

#define NR_PARTS 3
#define NR_FOUND 8

/* Traced threads at the bottom in the order of their colours, then the others: neighbouring columns
 * with the same threads look alike. */
static bool part_above(const struct view *v, uint32_t a, uint32_t b)
{
	unsigned int x = a < v->tree->nr_tasks ? v->tree->colors[a] : TASK_NO_COLOR;
	unsigned int y = b < v->tree->nr_tasks ? v->tree->colors[b] : TASK_NO_COLOR;

	return x > y;
}

static bool is_other(const struct view *v, uint32_t task)
{
	return task >= v->tree->nr_tasks || v->tree->colors[task] == TASK_NO_COLOR;
}

/* Those that ran most; what was not traced is one of them, as it is one colour. */
static size_t find_parts(const struct view *v, const struct lod *lod, const struct lod_piece *piece,
			 struct lod_part *parts)
{
	struct lod_part found[NR_FOUND], others = {TASK_NONE, 0};
	size_t nr_found = lod_parts(lod, piece, found, NR_FOUND), nr = 0;

	for (size_t i = 0; i < nr_found; i++) {
		if (is_other(v, found[i].key))
			others.share += found[i].share;
		else if (nr < NR_PARTS)
			parts[nr++] = found[i];
	}
	if (others.share > 0)
		parts[nr++] = others;
	return nr;
}

void lane_mix(const struct view *v, const struct lod *lod, const struct lod_piece *piece,
	      struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	double total = (double)(piece->end_ns - piece->begin_ns);
	double run = (double)piece->sum.ns[STATE_RUNNING] / total;
	struct lod_part parts[NR_PARTS + 1];
	size_t nr = find_parts(v, lod, piece, parts);

	if (piece->sum.ns[STATE_UNKNOWN] > 0)
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
	if (nr == 0) {
		scene_hit(s, box);
		return;
	}
	for (size_t i = 1; i < nr; i++) /* few: by insertion */
		for (size_t k = i; k > 0 && part_above(v, parts[k - 1].key, parts[k].key); k--) {
			struct lod_part swap = parts[k];

			parts[k] = parts[k - 1];
			parts[k - 1] = swap;
		}
	float h = fmaxf(px_round(v, 2), roundf(box.h * (float)run)), y = box.y + box.h;
	float top = y - h, sum = 0;

	for (size_t i = 0; i < nr; i++) {
		sum += parts[i].share;
		float up = floorf(box.y + box.h - h * sum + 0.5f);

		if (y - up < 1)
			continue;
		scene_rect(s, (struct box){box.x, up, box.w, y - up},
			   view_task_color(v, parts[i].key), 0);
		y = up;
	}
	if (y - top >= 1)
		scene_rect(s, (struct box){box.x, top, box.w, y - top}, p->mixed, 0);
}

static void build_gaps(const struct view *v, uint32_t cpu, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	size_t nr;
	const struct gap *gaps = timeline_gaps(v->tl, &nr);
	int64_t begin_ns = v->vp.now.begin_ns, end_ns = viewport_end(&v->vp);

	for (size_t i = 0; i < nr; i++) {
		if (gaps[i].cpu != cpu || (int64_t)gaps[i].end_ns < begin_ns ||
		    (int64_t)gaps[i].begin_ns > end_ns)
			continue;
		float x0 = fmaxf(viewport_x(&v->vp, (int64_t)gaps[i].begin_ns), box.x);
		float x1 = fminf(viewport_x(&v->vp, (int64_t)gaps[i].end_ns), box.x + box.w);
		struct box at = {x0, box.y, fmaxf(x1 - x0, px(v, 2)), box.h};
		char text[64];

		snprintf(text, sizeof(text), "damaged");
		if (gaps[i].lost)
			snprintf(text, sizeof(text), "%" PRIu64 " lost", gaps[i].lost);
		s->ref = (struct ref){.kind = REF_GAP, .lane = cpu, .nr = 1, .index = (uint32_t)i};
		scene_hatch(s, at, p->gap, p->gap_ground, HATCH_FALLING);
		float w = scene_text_width(s, FONT_SMALL, text);

		if (at.w < w + px(v, 12))
			continue;
		float h = px(v, 15);
		struct box label = {at.x + px(v, 4), at.y + (at.h - h) / 2, w + px(v, 6), h};

		scene_ground(s, label, p->gap_ground, px(v, 2));
		label.x += px(v, 3);
		scene_text(s, label, FONT_SMALL, p->gap_text, ALIGN_LEFT, text);
	}
}

static void cpu_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct lane_data *lane = timeline_cpu(v->tl, row->id);
	struct box axis = view_axis(v);
	float pad = px_round(v, v->theme.metrics->lane_pad);
	struct box block = {axis.x, box.y + pad, axis.w, box.h - 2 * pad};
	char name[32];
	struct lod lod;
	struct lod_piece piece;

	snprintf(name, sizeof(name), "CPU %u", row->id);
	s->ref = (struct ref){.kind = REF_CPU_LANE, .lane = row->id};
	scene_hit(s, box);
	lane_gutter(v, s, box, 0, name, "", view_share(v, lane), 0);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	s->hit = box;
	scene_ground(s,
		     (struct box){block.x, block.y - floorf(pad / 2), block.w,
				  block.h + 2 * floorf(pad / 2)},
		     p->lane, 0);
	lod_begin(&lod, lane, &v->vp,
		  fmaxf(v->theme.metrics->detail, px(v, v->theme.metrics->detail)));
	while (lod_next(&lod, &piece)) {
		struct box at = {piece.x0, block.y, piece.x1 - piece.x0, block.h};

		s->ref = (struct ref){.kind = REF_CPU_SLICE,
				      .lane = row->id,
				      .nr = (uint32_t)piece.nr,
				      .index = (uint32_t)piece.first};
		if (piece.nr == 1)
			build_slice(v, &piece.slice, at, s);
		else
			lane_mix(v, &lod, &piece, at, s);
	}
	build_gaps(v, row->id, block, s);
	s->hit.h = 0;
	scene_unclip(s, clip);
}

const struct lane_ops lane_cpu = {
    .name = "cores",
    .height = cpu_height,
    .build = cpu_build,
};
