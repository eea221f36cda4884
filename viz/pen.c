/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/pen.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/plain.h"
#include "viz/panels.h"

static bool in_cells(const struct pen *pen)
{
	return pen->v->theme.metrics->pad <= 0;
}

float pen_px(const struct pen *pen, float size, int cells)
{
	return in_cells(pen) ? (float)(cells * 8) : px(pen->v, size);
}

bool pen_is_low(const struct pen *pen)
{
	return in_cells(pen) && pen->v->layout.inspector.x <= 0;
}

/* Height of a row of numbers. */
static float row_h(const struct pen *pen)
{
	return in_cells(pen) ? pen->v->theme.metrics->table_row_h : px_round(pen->v, 20);
}

/* In lines of cells half a line is none. */
static float down(const struct pen *pen, float size)
{
	float line = pen->v->theme.metrics->table_row_h;

	return in_cells(pen) ? line * floorf(size / 14) : px_round(pen->v, size);
}

void pen_skip(struct pen *pen, float size)
{
	float h = down(pen, size);

	pen->box.y += h;
	pen->box.h -= h;
}

bool pen_next(struct pen *pen)
{
	if (pen->next.w <= 0)
		return false;
	pen->box = pen->next;
	pen->next.w = 0;
	return true;
}

bool pen_room(struct pen *pen, float size)
{
	return pen->box.h >= down(pen, size) || (pen_next(pen) && pen->box.h >= down(pen, size));
}

void pen_text(struct pen *pen, enum font font, rgba_t color, const char *text)
{
	float h = panel_wrap_height(pen->v, pen->s, pen->box.w, font, text);

	if (pen->box.h < h)
		pen_next(pen);
	h = panel_wrap(pen->v, pen->s, pen->box, font, color, text);
	pen->box.y += h;
	pen->box.h -= h;
}

void pen_rule(struct pen *pen)
{
	if (in_cells(pen)) {
		if (!pen_next(pen))
			pen_skip(pen, 14);
		return;
	}
	pen_skip(pen, 10);
	scene_rect(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, 1},
		   pen->v->theme.palette->rule, 0);
	pen_skip(pen, 12);
}

void pen_row(struct pen *pen, const char *key, const char *value)
{
	const struct palette *p = pen->v->theme.palette;
	float h = row_h(pen), key_w = pen_px(pen, 118, 15);
	float left = pen->box.w - scene_text_width(pen->s, FONT_MONO, value) - pen_px(pen, 12, 1);

	if (!pen_room(pen, 20))
		return;
	/* What the value leaves. */
	key_w = fmaxf(key_w, floorf(left));
	struct box at = {pen->box.x, pen->box.y, key_w, h};

	scene_text(pen->s, at, FONT_SMALL, p->dim, ALIGN_LEFT, key);
	at.x += key_w;
	at.w = pen->box.w - key_w;
	scene_text(pen->s, at, FONT_MONO, p->text, ALIGN_RIGHT, value);
	pen_skip(pen, 20);
}

void pen_share(struct pen *pen, rgba_t color, const char *name, uint64_t ns, uint64_t total)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	float h = row_h(pen), swatch = in_cells(pen) ? 8 : px_round(v, 10);
	char buf[DURATION_LEN], share[PLAIN_SHARE_LEN];

	if (ns == 0 || total == 0 || !pen_room(pen, 20))
		return;
	struct box at = {pen->box.x, pen->box.y, pen->box.w, h};

	scene_rect(pen->s, (struct box){at.x, floorf(at.y + (h - swatch) / 2), swatch, swatch},
		   color, px(v, 2));
	at.x += pen_px(pen, 18, 2);
	at.w = pen_px(pen, 110, 16);
	scene_text(pen->s, at, FONT_NORMAL, p->text, ALIGN_LEFT, name);
	scene_text(pen->s, (struct box){pen->box.x, at.y, pen->box.w - pen_px(pen, 90, 11), h},
		   FONT_MONO, p->dim, ALIGN_RIGHT, plain_share(ns, total, share));
	scene_text(pen->s, (struct box){pen->box.x, at.y, pen->box.w, h}, FONT_MONO, p->text,
		   ALIGN_RIGHT, duration_text(ns, buf));
	pen_skip(pen, 20);
}

/* A bar for each bucket. */
static void build_bars(struct pen *pen, const struct latencies *l, unsigned int first,
		       unsigned int last, uint32_t most, float bar, float h)
{
	for (unsigned int i = first; i <= last; i++) {
		float part = (float)l->counts[i] / (float)most;
		float bh = l->counts[i] ? fmaxf(2, roundf(part * h)) : 0;

		scene_rect(pen->s,
			   (struct box){pen->box.x + bar * (float)(i - first), pen->box.y + h - bh,
					bar - 1, bh},
			   pen->v->theme.palette->runnable, 0);
	}
}

/* The same in one line of cells, U+2581 to U+2588; a cell is several buckets where they are many.
 */
static void build_cells(struct pen *pen, const struct latencies *l, unsigned int first,
			unsigned int last)
{
	unsigned int cells = (unsigned int)(pen->box.w / 8), each = (last - first) / cells + 1;
	uint32_t sums[LATENCY_BUCKETS] = {0}, most = 1;
	float line = pen->v->theme.metrics->table_row_h;

	for (unsigned int i = first; i <= last; i++) {
		uint32_t *sum = &sums[(i - first) / each];

		*sum += l->counts[i];
		most = *sum > most ? *sum : most;
	}
	for (unsigned int i = 0; i <= (last - first) / each; i++) {
		struct box at = {pen->box.x + (float)i * 8, pen->box.y, 8, line};

		if (sums[i])
			scene_textf(pen->s, at, FONT_NORMAL, pen->v->theme.palette->runnable,
				    ALIGN_LEFT, "\xe2\x96%c",
				    (char)(0x81 + (int)((uint64_t)sums[i] * 7 / most)));
	}
	pen_skip(pen, 20);
}

void pen_histogram(struct pen *pen, const struct latencies *l)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	char a[DURATION_LEN], b[DURATION_LEN], text[160];
	unsigned int first = LATENCY_BUCKETS, last = 0;
	uint32_t most = 0;
	if (l->nr == 0 || !pen_room(pen, 84))
		return;
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
		if (!l->counts[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = l->counts[i] > most ? l->counts[i] : most;
	}
	pen_skip(pen, in_cells(pen) ? 14 : 12);
	/* As high as what is left of the panel allows, which it mostly ends. */
	float h = floorf(fminf(fmaxf(px(v, 40), pen->box.h - px(v, 98)), px(v, 120)));

	snprintf(text, sizeof(text), "waited for a core %s times, at worst %s",
		 plain_count(l->nr, a), duration_text(l->max_ns, b));
	if (l->nr == 1)
		snprintf(text, sizeof(text), "waited for a core once, for %s",
			 duration_text(l->max_ns, b));
	pen_text(pen, FONT_SMALL, p->dim, text);
	if (l->nr == 1)
		return;
	snprintf(text, sizeof(text), "half below %s, 99 %% below %s",
		 duration_text(latencies_part(l, 0.5), a),
		 duration_text(latencies_part(l, 0.99), b));
	pen_text(pen, FONT_SMALL, p->dim, text);
	if (in_cells(pen)) {
		build_cells(pen, l, first, last);
		return;
	}
	pen_skip(pen, 4);
	float bar = fminf(px_round(v, 12), floorf(pen->box.w / (float)(last - first + 1)));

	bar = fmaxf(bar, 2);
	build_bars(pen, l, first, last, most, bar, h);
	pen_skip(pen, h / v->theme.scale);
	scene_rect(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, 1}, p->rule, 0);
	pen_skip(pen, 2);
	scene_text(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, px(v, 16)},
		   FONT_MONO_SMALL, p->dim, ALIGN_LEFT,
		   duration_text((uint64_t)exp2(first / 4.0), a));
	scene_text(pen->s,
		   (struct box){pen->box.x, pen->box.y,
				fminf(bar * (float)(last - first + 1) + px(v, 40), pen->box.w),
				px(v, 16)},
		   FONT_MONO_SMALL, p->dim, ALIGN_RIGHT,
		   last > first + 12 ? duration_text((uint64_t)exp2((last + 1) / 4.0), b) : "");
	pen_skip(pen, 18);
}
