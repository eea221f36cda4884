/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/font.h"

#include <SDL.h>
#include <SDL_ttf.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "viz/theme.h"

#define NR_SLOTS 4096 /* glyphs at most, power of two; half of it is used */

struct slot {
	uint32_t codepoint; /* 0: free */
	uint8_t font;
	struct glyph glyph;
};

struct fonts {
	float scale;
	TTF_Font *ttf[FONT_NR];
	SDL_Surface *atlas; /* white, alpha is the shape */
	struct slot slots[NR_SLOTS];
	size_t nr_slots;
	int x, y, row_h; /* where the next glyph goes */
	int first_y;     /* below the tiles */
	int period;
	bool stale; /* the texture is older than the atlas */
	SDL_Texture *texture;
	SDL_Renderer *renderer;
	struct measure measure;
};

static const char *const folders[] = {
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu-sans-mono-fonts",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/liberation-sans",
    "/usr/share/fonts/liberation-mono",
    "/usr/share/fonts/truetype/noto",
};

static const char *const files[FACE_NR][3] = {
    [FACE_SANS] = {"DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf"},
    [FACE_SANS_BOLD] = {"DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "NotoSans-Bold.ttf"},
    [FACE_MONO] = {"DejaVuSansMono.ttf", "LiberationMono-Regular.ttf", "NotoSansMono-Regular.ttf"},
};

static TTF_Font *open_face(enum face face, int size)
{
	char path[256];

	for (size_t f = 0; f < 3; f++)
		for (size_t d = 0; d < sizeof(folders) / sizeof(folders[0]); d++) {
			snprintf(path, sizeof(path), "%s/%s", folders[d], files[face][f]);
			TTF_Font *font = TTF_OpenFont(path, size);

			if (font)
				return font;
		}
	return NULL;
}

/* Diagonal stripes with soft edges, the same in every period of both axes. */
static void draw_tiles(struct fonts *f)
{
	int period = f->period;
	float width = 0.45f * (float)period;

	for (int h = 0; h < 2; h++)
		for (int y = 0; y < FONT_TILE_H; y++) {
			uint32_t *row = (uint32_t *)((uint8_t *)f->atlas->pixels +
						     (h * FONT_TILE_H + y) * f->atlas->pitch);

			for (int x = 0; x < FONT_TILE_W; x++) {
				int k = h == HATCH_RISING ? x + y : x - y;
				float at = (float)((k % period + period) % period) + 0.5f;
				float in = fminf(at, width - at) + 0.5f;
				float wrap = at - (float)period + 0.5f;
				float cover = fminf(fmaxf(fmaxf(in, wrap), 0), 1);

				row[x] = (uint32_t)(cover * 255) << 24 | 0xffffff;
			}
		}
	f->first_y = 2 * FONT_TILE_H + 1;
	f->y = f->first_y;
}

static float measure_width(void *payload, enum font font, const char *text, size_t len)
{
	struct fonts *f = payload;
	const char *end = text + len;
	int sum = 0;

	while (text < end)
		sum += fonts_glyph(f, font, plain_next(&text, end))->advance;
	return (float)sum;
}

struct fonts *fonts_open(float scale, struct err *err)
{
	if (!TTF_WasInit() && TTF_Init() != 0) {
		err_set(err, ENOENT, "cannot start SDL_ttf: %s", TTF_GetError());
		return NULL;
	}
	struct fonts *f = mem_zalloc(1, sizeof(*f));
	int size = scale > 1.25f ? 2048 : 1024;

	f->scale = scale;
	f->measure = (struct measure){measure_width, f};
	f->period = (int)fmaxf(4, roundf(6 * scale));
	for (int i = 0; i < FONT_NR; i++) {
		const struct font_desc *desc = &theme_fonts[i];

		f->ttf[i] = open_face(desc->face, (int)(desc->size_px * scale + 0.5f));
		if (!f->ttf[i]) {
			err_set(err, ENOENT,
				"no font found: install DejaVu (Debian: fonts-dejavu-core)");
			fonts_close(f);
			return NULL;
		}
		TTF_SetFontHinting(f->ttf[i],
				   scale >= 1.5f ? TTF_HINTING_LIGHT : TTF_HINTING_NORMAL);
	}
	f->atlas = SDL_CreateRGBSurfaceWithFormat(0, size, size, 32, SDL_PIXELFORMAT_ARGB8888);
	if (!f->atlas) {
		err_set(err, ENOMEM, "cannot make a texture: %s", SDL_GetError());
		fonts_close(f);
		return NULL;
	}
	draw_tiles(f);
	f->stale = true;
	return f;
}

void fonts_close(struct fonts *f)
{
	if (!f)
		return;
	if (f->texture)
		SDL_DestroyTexture(f->texture);
	SDL_FreeSurface(f->atlas);
	for (int i = 0; i < FONT_NR; i++)
		if (f->ttf[i])
			TTF_CloseFont(f->ttf[i]);
	free(f);
}

float fonts_scale(const struct fonts *f)
{
	return f->scale;
}

const struct measure *fonts_measure(const struct fonts *f)
{
	return &f->measure;
}

/* Full: forget all glyphs; those of this frame are drawn anew as they are asked for. */
static void atlas_clear(struct fonts *f)
{
	SDL_Rect below = {0, f->first_y, f->atlas->w, f->atlas->h - f->first_y};

	memset(f->slots, 0, sizeof(f->slots));
	f->nr_slots = 0;
	SDL_FillRect(f->atlas, &below, 0x00ffffff);
	f->x = 0;
	f->y = f->first_y;
	f->row_h = 0;
}

static void atlas_put(struct fonts *f, struct glyph *glyph, SDL_Surface *shape)
{
	if (f->x + shape->w + 1 > f->atlas->w) {
		f->x = 0;
		f->y += f->row_h + 1;
		f->row_h = 0;
	}
	if (f->y + shape->h > f->atlas->h)
		return; /* larger than the atlas: left out */
	glyph->at = (struct atlas_box){f->x, f->y, shape->w, shape->h};
	SDL_SetSurfaceBlendMode(shape, SDL_BLENDMODE_NONE);
	SDL_Rect to = {f->x, f->y, shape->w, shape->h};

	SDL_BlitSurface(shape, NULL, f->atlas, &to);
	f->x += shape->w + 1;
	f->row_h = shape->h > f->row_h ? shape->h : f->row_h;
	f->stale = true;
}

const struct glyph *fonts_glyph(struct fonts *f, enum font font, uint32_t codepoint)
{
	uint32_t hash = (codepoint * 2654435761u ^ (uint32_t)font * 40503u) & (NR_SLOTS - 1);

	for (; f->slots[hash].codepoint; hash = (hash + 1) & (NR_SLOTS - 1))
		if (f->slots[hash].codepoint == codepoint && f->slots[hash].font == font)
			return &f->slots[hash].glyph;
	TTF_Font *ttf = f->ttf[font];
	int height = TTF_FontHeight(ttf);

	if (f->nr_slots >= NR_SLOTS / 2 || f->y + 2 * (height + 2) > f->atlas->h) {
		atlas_clear(f);
		hash = (codepoint * 2654435761u ^ (uint32_t)font * 40503u) & (NR_SLOTS - 1);
	}
	struct slot *slot = &f->slots[hash];
	int min_x = 0;

	*slot = (struct slot){.codepoint = codepoint ? codepoint : 0xfffd, .font = (uint8_t)font};
	f->nr_slots++;
	if (TTF_GlyphMetrics32(ttf, codepoint, &min_x, NULL, NULL, NULL, &slot->glyph.advance) != 0)
		return &slot->glyph;
	slot->glyph.left = min_x < 0 ? min_x : 0;
	SDL_Surface *shape =
	    TTF_RenderGlyph32_Blended(ttf, codepoint, (SDL_Color){255, 255, 255, 255});

	if (shape)
		atlas_put(f, &slot->glyph, shape);
	SDL_FreeSurface(shape);
	return &slot->glyph;
}

int fonts_rise(const struct fonts *f, enum font font)
{
	/* Baseline 0.36 of the size below the middle, as the SVG painter has it. */
	float size = theme_fonts[font].size_px * f->scale;

	return (int)roundf(size * 0.36f) - TTF_FontAscent(f->ttf[font]);
}

struct atlas_box fonts_hatch(const struct fonts *f, enum hatch hatch, int *period)
{
	*period = f->period;
	return (struct atlas_box){0, hatch == HATCH_RISING ? 0 : FONT_TILE_H, FONT_TILE_W,
				  FONT_TILE_H};
}

const SDL_Surface *fonts_atlas(const struct fonts *f)
{
	return f->atlas;
}

SDL_Texture *fonts_texture(struct fonts *f, SDL_Renderer *renderer)
{
	if (f->texture && f->renderer != renderer) {
		SDL_DestroyTexture(f->texture);
		f->texture = NULL;
	}
	if (!f->texture) {
		f->texture = SDL_CreateTextureFromSurface(renderer, f->atlas);
		f->renderer = renderer;
		f->stale = false;
		if (f->texture)
			SDL_SetTextureBlendMode(f->texture, SDL_BLENDMODE_BLEND);
	}
	if (f->texture && f->stale)
		SDL_UpdateTexture(f->texture, NULL, f->atlas->pixels, f->atlas->pitch);
	f->stale = false;
	return f->texture;
}
