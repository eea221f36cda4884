/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/raster.h"

#include <math.h>

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/* color over pixel, part 0..255 of it; two channels at a time. */
static uint32_t blend(uint32_t pixel, uint32_t color, uint32_t part)
{
	uint32_t rb = pixel & 0xff00ff, g = pixel & 0x00ff00;

	part += part >> 7; /* 255 is all */
	rb += (((color & 0xff00ff) - rb) * part) >> 8;
	g += (((color & 0x00ff00) - g) * part) >> 8;
	return (rb & 0xff00ff) | (g & 0x00ff00);
}

void raster_clip(struct raster *r, int x, int y, int w, int h)
{
	r->x0 = max_int(x, 0);
	r->y0 = max_int(y, 0);
	r->x1 = min_int(x + w, r->width);
	r->y1 = min_int(y + h, r->height);
}

void raster_rect(struct raster *r, uint32_t rgba, int x, int y, int w, int h)
{
	int x0 = max_int(x, r->x0), x1 = min_int(x + w, r->x1);
	int y0 = max_int(y, r->y0), y1 = min_int(y + h, r->y1);
	uint32_t color = rgba >> 8, alpha = rgba & 0xff;

	if (x0 >= x1)
		return;
	for (int row = y0; row < y1; row++) {
		uint32_t *p = r->pixels + (long)row * r->stride;

		if (alpha == 255)
			for (int i = x0; i < x1; i++)
				p[i] = color;
		else
			for (int i = x0; i < x1; i++)
				p[i] = blend(p[i], color, alpha);
	}
}

void raster_mask(struct raster *r, uint32_t rgba, const uint32_t *mask, int mask_stride, int x,
		 int y, int w, int h)
{
	int x0 = max_int(x, r->x0), x1 = min_int(x + w, r->x1);
	int y0 = max_int(y, r->y0), y1 = min_int(y + h, r->y1);
	uint32_t color = rgba >> 8, alpha = rgba & 0xff;

	for (int row = y0; row < y1; row++) {
		uint32_t *p = r->pixels + (long)row * r->stride;
		const uint32_t *m = mask + (long)(row - y) * mask_stride - x;

		for (int i = x0; i < x1; i++) {
			uint32_t cover = m[i] >> 24;

			if (cover)
				p[i] = blend(p[i], color, cover * alpha / 255);
		}
	}
}

uint32_t raster_over(uint32_t ground_rgba, uint32_t rgba, uint32_t part)
{
	return blend(ground_rgba >> 8, rgba >> 8, part * (rgba & 0xff) / 255);
}

void raster_stripes(struct raster *r, const uint32_t *colors, int period, bool falling, int x,
		    int y, int w, int h)
{
	int x0 = max_int(x, r->x0), x1 = min_int(x + w, r->x1);
	int y0 = max_int(y, r->y0), y1 = min_int(y + h, r->y1);

	if (x0 >= x1)
		return;
	int k = falling ? (x0 + (period - 1) * y0) % period : (x0 + y0) % period;
	int step = falling ? period - 1 : 1;

	for (int row = y0; row < y1; row++) {
		uint32_t *p = r->pixels + (long)row * r->stride;

		for (int i = x0, at = k; i < x1; i++) {
			p[i] = colors[at];
			at = at + 1 < period ? at + 1 : 0;
		}
		k = k + step < period ? k + step : k + step - period;
	}
}

/* Signed distance of (x, y) from the line a to b; positive at its left. */
static float side(const float *a, const float *b, float x, float y)
{
	float dx = b[0] - a[0], dy = b[1] - a[1], len = hypotf(dx, dy);

	return len > 0 ? (dx * (y - a[1]) - dy * (x - a[0])) / len : 0;
}

void raster_triangle(struct raster *r, uint32_t rgba, const float at[6])
{
	const float *a = at, *b = at + 2, *c = at + 4;
	float turn = side(a, b, c[0], c[1]) < 0 ? -1 : 1;
	int x0 = (int)floorf(fminf(a[0], fminf(b[0], c[0]))),
	    x1 = (int)ceilf(fmaxf(a[0], fmaxf(b[0], c[0])));
	int y0 = (int)floorf(fminf(a[1], fminf(b[1], c[1]))),
	    y1 = (int)ceilf(fmaxf(a[1], fmaxf(b[1], c[1])));

	for (int y = max_int(y0, r->y0); y < min_int(y1, r->y1); y++)
		for (int x = max_int(x0, r->x0); x < min_int(x1, r->x1); x++) {
			float px = (float)x + 0.5f, py = (float)y + 0.5f;
			float in =
			    fminf(side(a, b, px, py) * turn,
				  fminf(side(b, c, px, py) * turn, side(c, a, px, py) * turn));
			float cover = fminf(fmaxf(in + 0.5f, 0), 1);
			uint32_t *p = &r->pixels[(long)y * r->stride + x];

			*p = blend(*p, rgba >> 8, (uint32_t)(cover * (float)(rgba & 0xff)));
		}
}
