/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling of pixels without a graphics card: rectangles, letters and triangles into 32-bit XRGB.
 * Knows neither scenes nor SDL. Everything is cut to the clip.
 */
#ifndef VIZ_RASTER_H
#define VIZ_RASTER_H

#include <stdbool.h>
#include <stdint.h>

struct raster {
	uint32_t *pixels; /* [height][stride] 0xXXRRGGBB */
	int stride;       /* pixels from row to row */
	int width, height;
	int x0, y0, x1, y1; /* clip, half open, within the picture */
};

/* rgba: 0xRRGGBBAA, laid over what is there. */
void raster_rect(struct raster *r, uint32_t rgba, int x, int y, int w, int h);

/* Cuts what follows to this part of the picture. */
void raster_clip(struct raster *r, int x, int y, int w, int h);

/* Colour through a mask: mask [h][mask_stride], its top byte is the coverage. */
void raster_mask(struct raster *r, uint32_t rgba, const uint32_t *mask, int mask_stride, int x,
		 int y, int w, int h);

/*
 * Diagonal stripes without blending: colors [period] are opaque, 0xXXRRGGBB, and the pixel at (x,
 * y) has that of x + y (falling: x - y) modulo period.
 */
void raster_stripes(struct raster *r, const uint32_t *colors, int period, bool falling, int x,
		    int y, int w, int h);

/* rgba over an opaque colour, part 0..255 of its own alpha: a colour for raster_stripes. */
uint32_t raster_over(uint32_t ground_rgba, uint32_t rgba, uint32_t part);

/* Triangle with soft edges; corners in pixels. */
void raster_triangle(struct raster *r, uint32_t rgba, const float at[6]);

#endif
