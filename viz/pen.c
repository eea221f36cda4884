/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/pen.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/duration.h"

void pen_skip(struct pen *pen, float size)
{
	float h = px_round(pen->v, size);

	pen->box.y += h;
	pen->box.h -= h;
}

void pen_text(struct pen *pen, enum font font, rgba_t color, const char *text)
{
	float h = panel_wrap(pen->v, pen->s, pen->box, font, color, text);

	pen->box.y += h;
	pen->box.h -= h;
}

void pen_rule(struct pen *pen)
{
	pen_skip(pen, 10);
	scene_rect(pen->s, (struct box){pen->box.x, pen->box.y, pen->box.w, 1},
		   pen->v->theme.palette->rule, 0);
	pen_skip(pen, 12);
}

void pen_row(struct pen *pen, const char *key, const char *value)
{
	const struct palette *p = pen->v->theme.palette;
	float h = px_round(pen->v, 20), key_w = px(pen->v, 118);
	struct box at = {pen->box.x, pen->box.y, key_w, h};

	if (pen->box.h < h)
		return;
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
	float h = px_round(v, 20), swatch = px_round(v, 10);
	char buf[DURATION_LEN];
	struct box at = {pen->box.x, pen->box.y, pen->box.w, h};

	if (pen->box.h < h || ns == 0 || total == 0)
		return;
	scene_rect(pen->s, (struct box){at.x, floorf(at.y + (h - swatch) / 2), swatch, swatch},
		   color, px(v, 2));
	at.x += px(v, 18);
	at.w = px(v, 110);
	scene_text(pen->s, at, FONT_NORMAL, p->text, ALIGN_LEFT, name);
	scene_textf(pen->s, (struct box){pen->box.x, at.y, pen->box.w - px(v, 90), h}, FONT_MONO,
		    p->dim, ALIGN_RIGHT, "%.1f %%", (double)ns * 100 / (double)total);
	scene_text(pen->s, (struct box){pen->box.x, at.y, pen->box.w, h}, FONT_MONO, p->text,
		   ALIGN_RIGHT, duration_text(ns, buf));
	pen_skip(pen, 20);
}

void pen_histogram(struct pen *pen, const struct latencies *l)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	char a[DURATION_LEN], b[DURATION_LEN], text[160];
	unsigned int first = LATENCY_BUCKETS, last = 0;
	uint32_t most = 0;
	/* As high as what is left of the panel allows, which it mostly ends. */
	float h = floorf(fminf(fmaxf(px(v, 40), pen->box.h - px(v, 110)), px(v, 120)));

	if (l->nr == 0 || pen->box.h < px(v, 84))
		return;
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
		if (!l->counts[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = l->counts[i] > most ? l->counts[i] : most;
	}
	pen_skip(pen, 12);
	snprintf(text, sizeof(text), "waited for a core %s times, at worst %s",
		 count_text(l->nr, a), duration_text(l->max_ns, b));
	pen_text(pen, FONT_SMALL, p->dim, text);
	snprintf(text, sizeof(text), "half below %s, 99 %% below %s",
		 duration_text(latencies_part(l, 0.5), a),
		 duration_text(latencies_part(l, 0.99), b));
	pen_text(pen, FONT_SMALL, p->dim, text);
	pen_skip(pen, 4);
	float bar = fminf(px_round(v, 12), floorf(pen->box.w / (float)(last - first + 1)));

	bar = fmaxf(bar, 2);
	for (unsigned int i = first; i <= last; i++) {
		float part = (float)l->counts[i] / (float)most;
		float bh = l->counts[i] ? fmaxf(2, roundf(part * h)) : 0;

		scene_rect(pen->s,
			   (struct box){pen->box.x + bar * (float)(i - first), pen->box.y + h - bh,
					bar - 1, bh},
			   p->runnable, 0);
	}
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
