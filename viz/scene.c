/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/scene.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"

#define ELLIPSIS "\xe2\x80\xa6"

void scene_init(struct scene *s, const struct measure *measure)
{
	memset(s, 0, sizeof(*s));
	s->measure = *measure;
}

void scene_done(struct scene *s)
{
	free(s->items);
	free(s->text);
	free(s->clips);
	free(s->hits);
	memset(s, 0, sizeof(*s));
}

void scene_reset(struct scene *s, float width_px, float height_px)
{
	s->width = width_px;
	s->height = height_px;
	s->nr = 0;
	s->nr_text = 0;
	s->nr_clips = 1;
	s->clips = mem_grow(s->clips, &s->cap_clips, 256, sizeof(*s->clips));
	s->clips[0] = (struct box){0, 0, width_px, height_px};
	s->clip = 0;
	s->hit.h = 0;
	scene_no_ref(s);
}

uint8_t scene_clip(struct scene *s, struct box box)
{
	uint8_t before = s->clip;
	const struct box *outer = &s->clips[before];

	if (s->nr_clips >= 256)
		return before;
	float x1 = fminf(box.x + box.w, outer->x + outer->w);
	float y1 = fminf(box.y + box.h, outer->y + outer->h);

	box.x = fmaxf(box.x, outer->x);
	box.y = fmaxf(box.y, outer->y);
	box.w = fmaxf(0, x1 - box.x);
	box.h = fmaxf(0, y1 - box.y);
	s->clip = (uint8_t)s->nr_clips;
	s->clips[s->nr_clips++] = box;
	return before;
}

void scene_unclip(struct scene *s, uint8_t before)
{
	s->clip = before;
}

void scene_no_ref(struct scene *s)
{
	memset(&s->ref, 0, sizeof(s->ref));
}

static struct item *item_add(struct scene *s, enum shape shape, struct box box, rgba_t color)
{
	s->items = mem_grow(s->items, &s->cap, s->nr + 1, sizeof(*s->items));
	s->hits = mem_grow(s->hits, &s->cap_hits, s->nr + 1, sizeof(*s->hits));
	s->hits[s->nr] = s->hit;
	struct item *it = &s->items[s->nr++];

	*it = (struct item){
	    .box = box, .color = color, .shape = shape, .clip = s->clip, .ref = s->ref};
	return it;
}

struct item *scene_rect(struct scene *s, struct box box, rgba_t color, float radius_px)
{
	struct item *it = item_add(s, SHAPE_RECT, box, color);

	it->radius = (uint8_t)radius_px;
	return it;
}

struct item *scene_ground(struct scene *s, struct box box, rgba_t color, float radius_px)
{
	struct item *it = item_add(s, SHAPE_GROUND, box, color);

	it->radius = (uint8_t)radius_px;
	return it;
}

struct item *scene_frame(struct scene *s, struct box box, rgba_t color, float width_px,
			 float radius_px)
{
	struct item *it = item_add(s, SHAPE_FRAME, box, color);

	it->radius = (uint8_t)radius_px;
	it->width = (uint8_t)fmaxf(1, width_px);
	return it;
}

struct item *scene_hatch(struct scene *s, struct box box, rgba_t color, rgba_t ground,
			 enum hatch hatch)
{
	struct item *it = item_add(s, SHAPE_HATCH, box, color);

	it->ground = ground;
	it->font = hatch;
	return it;
}

struct item *scene_line(struct scene *s, struct box box, rgba_t color, float width_px)
{
	struct item *it = item_add(s, SHAPE_LINE, box, color);

	it->width = (uint8_t)fmaxf(1, roundf(width_px));
	return it;
}

struct item *scene_dots(struct scene *s, struct box box, rgba_t color, float width_px)
{
	struct item *it = item_add(s, SHAPE_DOTS, box, color);

	it->width = (uint8_t)fmaxf(1, roundf(width_px));
	return it;
}

struct item *scene_arrow(struct scene *s, float x0, float y0, float x1, float y1, rgba_t color,
			 float width_px)
{
	struct item *it = item_add(s, SHAPE_ARROW, (struct box){x0, y0, x1 - x0, y1 - y0}, color);

	it->width = (uint8_t)fmaxf(1, roundf(width_px));
	return it;
}

struct item *scene_hit(struct scene *s, struct box box)
{
	return item_add(s, SHAPE_HIT, box, 0);
}

/* Bytes of text that fit into width, at a character's boundary. */
static size_t text_fit(const struct scene *s, enum font font, const char *text, size_t len,
		       float width)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t mid = (low + high + 1) / 2;

		if (s->measure.width(s->measure.payload, font, text, mid) <= width)
			low = mid;
		else
			high = mid - 1;
	}
	while (low > 0 && ((unsigned char)text[low] & 0xc0) == 0x80)
		low--;
	return low;
}

struct item *scene_text(struct scene *s, struct box box, enum font font, rgba_t color,
			enum align align, const char *text)
{
	size_t len = strlen(text), keep = len;
	bool cut = false;

	if (len == 0 || box.w <= 0)
		return NULL;
	if (s->measure.width(s->measure.payload, font, text, len) > box.w + 0.5f) {
		float dots = s->measure.width(s->measure.payload, font, ELLIPSIS, 3);

		keep = text_fit(s, font, text, len, box.w - dots);
		while (keep > 0 && text[keep - 1] == ' ')
			keep--;
		cut = true;
		if (keep == 0)
			return NULL;
	}
	if (keep > 4096)
		keep = 4096;
	s->text = mem_grow(s->text, &s->cap_text, s->nr_text + keep + 4, 1);
	char *dst = s->text + s->nr_text;

	memcpy(dst, text, keep);
	dst[keep] = '\0';
	size_t total = strlen(plain_text(dst));

	if (cut) {
		memcpy(dst + total, ELLIPSIS, 4);
		total += 3;
	}
	struct item *it = item_add(s, SHAPE_TEXT, box, color);

	it->font = font;
	it->align = align;
	it->text = (uint32_t)s->nr_text;
	it->text_len = (uint16_t)total;
	s->nr_text += total + 1;
	return it;
}

struct item *scene_textf(struct scene *s, struct box box, enum font font, rgba_t color,
			 enum align align, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return scene_text(s, box, font, color, align, buf);
}

float scene_text_width(const struct scene *s, enum font font, const char *text)
{
	return s->measure.width(s->measure.payload, font, text, strlen(text));
}

bool box_has(const struct box *box, float x, float y)
{
	return x >= box->x && x < box->x + box->w && y >= box->y && y < box->y + box->h;
}

/* Distance from x to the item; 0 inside. */
static float item_distance(const struct item *it, float x)
{
	if (x < it->box.x)
		return it->box.x - x;
	if (x >= it->box.x + it->box.w)
		return x - (it->box.x + it->box.w);
	return 0;
}

struct ref scene_pick(const struct scene *s, float x, float y, float slop_px)
{
	struct ref near = {0};
	float near_px = slop_px;

	for (size_t i = s->nr; i-- > 0;) {
		const struct item *it = &s->items[i];

		if (it->ref.kind == REF_NONE || !box_has(&s->clips[it->clip], x, y))
			continue;
		const struct box *v = s->hits[i].h > 0 ? &s->hits[i] : &it->box;

		if (y < v->y || y >= v->y + v->h)
			continue;
		float far = item_distance(it, x);

		/* A mark one or two pixels wide wins over the wide thing it stands beside. */
		if (far == 0 && (near.kind == REF_NONE || it->box.w < 2 * slop_px))
			return it->ref;
		if (far == 0)
			return near;
		if (far < near_px && it->box.w < 2 * slop_px) {
			near = it->ref;
			near_px = far;
		}
	}
	return near;
}

bool ref_equal(const struct ref *a, const struct ref *b)
{
	return a->kind == b->kind && a->lane == b->lane && a->index == b->index;
}
