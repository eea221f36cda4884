/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Glyphs in one texture: letters of all fonts, hatch tiles and a dotted line, so that a frame is
 * drawn from a single source. Needs SDL2 and SDL2_ttf.
 */
#ifndef VIZ_FONT_H
#define VIZ_FONT_H

#include "base/err.h"
#include "viz/scene.h"

/* SDL's own types, only pointed to here. */
struct SDL_Surface;
struct SDL_Texture;
struct SDL_Renderer;

struct atlas_box {
	int x, y, w, h;
};

struct glyph {
	struct atlas_box at; /* in the atlas */
	int advance;         /* px */
	int left;            /* px from the pen to the left edge of at */
};

struct fonts;

/* Opens the faces (DejaVu, or another common sans and mono) for a scale. -ENOENT: none is there. */
struct fonts *fonts_open(float scale, struct err *err);
/* NULL is fine. */
void fonts_close(struct fonts *fonts);

/* The scale they were opened for. */
float fonts_scale(const struct fonts *fonts);

/* Width by the fonts themselves; valid as long as fonts is. */
const struct measure *fonts_measure(const struct fonts *fonts);

/* Glyph of a character, drawn into the atlas when it is new. Never NULL. */
const struct glyph *fonts_glyph(struct fonts *fonts, enum font font, uint32_t codepoint);

/* What to add to a box's middle to get the top of a glyph's box, so that small letters look
 * centred. */
int fonts_rise(const struct fonts *fonts, enum font font);

/* Stripes: a tile of FONT_TILE_W x FONT_TILE_H with *period px between them, white with alpha. */
#define FONT_TILE_W 160
#define FONT_TILE_H 64
struct atlas_box fonts_hatch(const struct fonts *fonts, enum hatch hatch, int *period);

/* The atlas itself, ARGB8888: white, alpha is the shape. */
const struct SDL_Surface *fonts_atlas(const struct fonts *fonts);
/* The atlas on this renderer, brought up to date; owned by fonts. NULL: SDL failed. */
struct SDL_Texture *fonts_texture(struct fonts *fonts, struct SDL_Renderer *renderer);

#endif
