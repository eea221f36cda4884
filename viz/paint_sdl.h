/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene through an SDL renderer in few large batches, or by the CPU into a surface: several times
 * faster than SDL's own software renderer, which a picture of 100,000 pieces keeps busy for 25 ms.
 */
#ifndef VIZ_PAINT_SDL_H
#define VIZ_PAINT_SDL_H

#include "viz/font.h"
#include "viz/raster.h"

struct SDL_Rect;
struct SDL_Vertex;

#define MAX_PERIOD 64

/* One period of a hatch, as the CPU paints it. */
struct stripes {
	rgba_t color, ground;
	int period; /* 0: none yet */
	uint32_t pixels[MAX_PERIOD];
};

struct sdl_painter {
	struct SDL_Renderer *renderer; /* NULL: into target, by the CPU (raster.h) */
	struct SDL_Surface *target;    /* XRGB8888 */
	struct fonts *fonts;
	struct raster raster;
	struct stripes stripes[2]; /* the last one, by enum hatch */
	struct SDL_Texture *texture;
	struct SDL_Rect *rects; /* of one colour, not yet drawn */
	size_t nr_rects, cap_rects;
	rgba_t color;
	struct SDL_Vertex *vertices; /* of the atlas, not yet drawn */
	size_t nr_vertices, cap_vertices;
};

/* Paints a scene that was built for that scale. */
void paint_sdl(struct sdl_painter *painter, const struct scene *s, float scale);
/* Frees; renderer, target and fonts are the caller's. */
void paint_sdl_done(struct sdl_painter *painter);

#endif
