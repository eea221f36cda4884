/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/paint_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/plain.h"
#include "viz/indexed.h"
#include "viz/paint.h"

static void flush_rects(struct sdl_painter *p)
{
	rgba_t c = p->color;

	if (p->nr_rects == 0)
		return;
	SDL_SetRenderDrawBlendMode(p->renderer,
				   (c & 0xff) == 0xff ? SDL_BLENDMODE_NONE : SDL_BLENDMODE_BLEND);
	SDL_SetRenderDrawColor(p->renderer, (Uint8)(c >> 24), (Uint8)(c >> 16), (Uint8)(c >> 8),
			       (Uint8)c);
	SDL_RenderFillRects(p->renderer, p->rects, (int)p->nr_rects);
	p->nr_rects = 0;
}

static void flush_vertices(struct sdl_painter *p)
{
	if (p->nr_vertices == 0)
		return;
	SDL_RenderGeometry(p->renderer, p->texture, p->vertices, (int)p->nr_vertices, NULL, 0);
	p->nr_vertices = 0;
}

static void flush(struct sdl_painter *p)
{
	flush_rects(p);
	flush_vertices(p);
}

static void add_rect(struct sdl_painter *p, rgba_t color, int x, int y, int w, int h)
{
	if (w <= 0 || h <= 0 || (color & 0xff) == 0)
		return;
	if (!p->renderer) {
		raster_rect(&p->raster, color, x, y, w, h);
		return;
	}
	if (p->nr_vertices)
		flush_vertices(p);
	if (p->nr_rects && p->color != color)
		flush_rects(p);
	p->color = color;
	p->rects = mem_grow(p->rects, &p->cap_rects, p->nr_rects + 1, sizeof(*p->rects));
	p->rects[p->nr_rects++] = (SDL_Rect){x, y, w, h};
}

static SDL_Color sdl_color(rgba_t c)
{
	return (SDL_Color){(Uint8)(c >> 24), (Uint8)(c >> 16), (Uint8)(c >> 8), (Uint8)c};
}

/* A part of the atlas. */
static void add_quad(struct sdl_painter *p, rgba_t color, struct atlas_box from, int x, int y)
{
	SDL_Color c = sdl_color(color);

	if (!p->renderer) {
		const SDL_Surface *atlas = fonts_atlas(p->fonts);
		int stride = atlas->pitch / 4;

		raster_mask(&p->raster, color,
			    (const uint32_t *)atlas->pixels + (long)from.y * stride + from.x,
			    stride, x, y, from.w, from.h);
		return;
	}
	if (p->nr_rects)
		flush_rects(p);
	int w = 0, h = 0;

	SDL_QueryTexture(p->texture, NULL, NULL, &w, &h);
	float u0 = (float)from.x / (float)w, v0 = (float)from.y / (float)h;
	float u1 = (float)(from.x + from.w) / (float)w, v1 = (float)(from.y + from.h) / (float)h;
	float x0 = (float)x, y0 = (float)y, x1 = (float)(x + from.w), y1 = (float)(y + from.h);
	SDL_Vertex a = {{x0, y0}, c, {u0, v0}}, b = {{x1, y0}, c, {u1, v0}};
	SDL_Vertex d = {{x0, y1}, c, {u0, v1}}, e = {{x1, y1}, c, {u1, v1}};

	p->vertices =
	    mem_grow(p->vertices, &p->cap_vertices, p->nr_vertices + 6, sizeof(*p->vertices));
	SDL_Vertex *out = p->vertices + p->nr_vertices;

	out[0] = a;
	out[1] = b;
	out[2] = d;
	out[3] = b;
	out[4] = e;
	out[5] = d;
	p->nr_vertices += 6;
}

/* floor(v + 0.5), without a call into libm for each of 100,000 boxes. */
static int nearest(float v)
{
	int i = (int)(v + 0.5f);

	return i - ((float)i > v + 0.5f);
}

/* Box on whole pixels; never thinner than one. */
static SDL_Rect pixel_box(const struct box *b)
{
	int x = nearest(b->x), y = nearest(b->y);
	int w = nearest(b->x + b->w) - x, h = nearest(b->y + b->h) - y;

	return (SDL_Rect){x, y, w > 1 ? w : 1, h > 1 ? h : 1};
}

static void paint_rect(struct sdl_painter *p, const struct item *it)
{
	SDL_Rect b = pixel_box(&it->box);

	if (it->radius == 0) {
		add_rect(p, it->color, b.x, b.y, b.w, b.h);
		return;
	}
	float r = fminf((float)it->radius, fminf((float)b.w, (float)b.h) / 2);
	int rows = (int)ceilf(r);

	for (int i = 0; i < rows; i++) {
		float dy = r - (float)i - 0.5f;
		float inset = r - sqrtf(fmaxf(0, r * r - dy * dy));
		int in = (int)ceilf(inset);
		unsigned int alpha =
		    (unsigned int)(((float)in - inset) * (float)(it->color & 0xff));
		rgba_t edge = (it->color & ~0xffu) | alpha;

		add_rect(p, it->color, b.x + in, b.y + i, b.w - 2 * in, 1);
		add_rect(p, it->color, b.x + in, b.y + b.h - 1 - i, b.w - 2 * in, 1);
		if (in > 0 && alpha > 8) {
			add_rect(p, edge, b.x + in - 1, b.y + i, 1, 1);
			add_rect(p, edge, b.x + b.w - in, b.y + i, 1, 1);
			add_rect(p, edge, b.x + in - 1, b.y + b.h - 1 - i, 1, 1);
			add_rect(p, edge, b.x + b.w - in, b.y + b.h - 1 - i, 1, 1);
		}
	}
	add_rect(p, it->color, b.x, b.y + rows, b.w, b.h - 2 * rows);
}

static void paint_frame(struct sdl_painter *p, const struct item *it)
{
	SDL_Rect b = pixel_box(&it->box);
	int w = it->width, r = it->radius > 1 ? 1 : 0;

	add_rect(p, it->color, b.x + r, b.y, b.w - 2 * r, w);
	add_rect(p, it->color, b.x + r, b.y + b.h - w, b.w - 2 * r, w);
	add_rect(p, it->color, b.x, b.y + (r ? r : w), w, b.h - 2 * (r ? r : w));
	add_rect(p, it->color, b.x + b.w - w, b.y + (r ? r : w), w, b.h - 2 * (r ? r : w));
}

/* Colours of one period of a hatch over its ground, made when it is not that of the hatch before.
 */
static const uint32_t *stripes_of(struct sdl_painter *p, const struct item *it,
				  struct atlas_box tile, int period)
{
	struct stripes *s = &p->stripes[it->font];
	const SDL_Surface *atlas = fonts_atlas(p->fonts);
	const uint32_t *mask =
	    (const uint32_t *)((const uint8_t *)atlas->pixels + (long)tile.y * atlas->pitch) +
	    tile.x;

	if (s->color == it->color && s->ground == it->ground && s->period == period)
		return s->pixels;
	s->color = it->color;
	s->ground = it->ground;
	s->period = period;
	for (int k = 0; k < period; k++)
		s->pixels[k] = raster_over(it->ground, it->color, mask[k] >> 24);
	return s->pixels;
}

static void paint_hatch(struct sdl_painter *p, const struct item *it, const struct box *clip)
{
	SDL_Rect b = pixel_box(&it->box);
	int period, left = (int)clip->x - 1, right = (int)(clip->x + clip->w) + 1;
	struct atlas_box tile = fonts_hatch(p->fonts, it->font, &period);

	if (b.x < left) {
		b.w -= left - b.x;
		b.x = left;
	}
	if (b.x + b.w > right)
		b.w = right - b.x;
	if (!p->renderer && (it->ground & 0xff) == 0xff && period <= MAX_PERIOD) {
		raster_stripes(&p->raster, stripes_of(p, it, tile, period), period,
			       it->font == HATCH_FALLING, b.x, b.y, b.w, b.h);
		return;
	}
	add_rect(p, it->ground, b.x, b.y, b.w, b.h);
	for (int y = b.y; y < b.y + b.h;) {
		int phase_y = y % period;
		int h = SDL_min(b.y + b.h - y, tile.h - phase_y);

		for (int x = b.x; x < b.x + b.w;) {
			int phase_x = (x % period + period) % period;
			int w = SDL_min(b.x + b.w - x, tile.w - phase_x);

			add_quad(p, it->color,
				 (struct atlas_box){tile.x + phase_x, tile.y + phase_y, w, h}, x,
				 y);
			x += w;
		}
		y += h;
	}
}

static void paint_dots(struct sdl_painter *p, const struct item *it, const struct box *clip)
{
	SDL_Rect b = pixel_box(&it->box);
	int w = it->width, step = 2 * w, y = b.y + (b.h - w) / 2;
	int first = SDL_max(b.x, (int)clip->x),
	    last = SDL_min(b.x + b.w, (int)(clip->x + clip->w) + 1);

	/* On a grid of the screen, so that neighbours do not run together. */
	for (int x = first / step * step; x < last; x += step) {
		int x0 = SDL_max(x, first), x1 = SDL_min(x + w, last);

		add_rect(p, it->color, x0, y, x1 - x0, w);
	}
}

static void paint_arrow(struct sdl_painter *p, const struct item *it, float scale)
{
	float x0 = it->box.x, y0 = it->box.y, x1 = x0 + it->box.w, y1 = y0 + it->box.h;
	float len = hypotf(it->box.w, it->box.h), head = 7 * scale;
	float dx = len > 0 ? it->box.w / len : 0, dy = len > 0 ? it->box.h / len : 1;
	float bx = x1 - dx * head, by = y1 - dy * head, t = (float)it->width / 2, q = head * 0.5f;
	SDL_Color c = sdl_color(it->color);
	SDL_FPoint none = {0, 0};
	SDL_Vertex v[9] = {{{x0 - dy * t, y0 + dx * t}, c, none},
			   {{x0 + dy * t, y0 - dx * t}, c, none},
			   {{bx - dy * t, by + dx * t}, c, none},
			   {{x0 + dy * t, y0 - dx * t}, c, none},
			   {{bx - dy * t, by + dx * t}, c, none},
			   {{bx + dy * t, by - dx * t}, c, none},
			   {{x1, y1}, c, none},
			   {{bx - dy * q, by + dx * q}, c, none},
			   {{bx + dy * q, by - dx * q}, c, none}};

	if (!p->renderer) {
		for (int i = 0; i < 9; i += 3) {
			float at[6] = {v[i].position.x,     v[i].position.y,
				       v[i + 1].position.x, v[i + 1].position.y,
				       v[i + 2].position.x, v[i + 2].position.y};

			raster_triangle(&p->raster, it->color, at);
		}
		return;
	}
	flush(p);
	SDL_SetRenderDrawBlendMode(p->renderer, SDL_BLENDMODE_BLEND);
	SDL_RenderGeometry(p->renderer, NULL, v, 9, NULL, 0);
}

static void paint_text(struct sdl_painter *p, const struct scene *s, const struct item *it)
{
	const char *text = s->text + it->text, *end = text + it->text_len;
	float x = it->box.x;

	if (it->align != ALIGN_LEFT) {
		float w = s->measure.width(s->measure.payload, it->font, text, it->text_len);

		x += it->align == ALIGN_CENTRE ? (it->box.w - w) / 2 : it->box.w - w;
	}
	int pen = (int)floorf(x + 0.5f);
	int y = (int)floorf(it->box.y + it->box.h / 2 + 0.5f) + fonts_rise(p->fonts, it->font);

	while (text < end) {
		const struct glyph *g = fonts_glyph(p->fonts, it->font, plain_next(&text, end));

		if (g->at.w > 0)
			add_quad(p, it->color, g->at, pen + g->left, y);
		pen += g->advance;
	}
}

static void prepare_text(struct sdl_painter *p, const struct scene *s, const struct item *it)
{
	const char *text = s->text + it->text, *end = text + it->text_len;

	while (text < end)
		fonts_glyph(p->fonts, it->font, plain_next(&text, end));
}

static void paint_item(struct sdl_painter *p, const struct scene *s, const struct item *it,
		       float scale)
{
	const struct box *clip = &s->clips[it->clip];
	SDL_Rect b;

	switch (it->shape) {
	case SHAPE_RECT:
	case SHAPE_GROUND:
		paint_rect(p, it);
		break;
	case SHAPE_FRAME:
		paint_frame(p, it);
		break;
	case SHAPE_HATCH:
		paint_hatch(p, it, clip);
		break;
	case SHAPE_LINE:
		b = pixel_box(&it->box);
		add_rect(p, it->color, b.x, b.y + (b.h - it->width) / 2, b.w, it->width);
		break;
	case SHAPE_DOTS:
		paint_dots(p, it, clip);
		break;
	case SHAPE_ARROW:
		paint_arrow(p, it, scale);
		break;
	case SHAPE_TEXT:
		paint_text(p, s, it);
		break;
	}
}

static void set_clip(struct sdl_painter *p, const SDL_Rect *r)
{
	if (!p->renderer) {
		raster_clip(&p->raster, r->x, r->y, r->w, r->h);
		return;
	}
	flush(p);
	SDL_RenderSetClipRect(p->renderer, r);
}

void paint_sdl(struct sdl_painter *p, const struct scene *s, float scale)
{
	int clip = -1;

	/* All letters are in the atlas before it is taken: one may be new, or another scene's. */
	for (size_t i = 0; i < s->nr; i++)
		if (s->items[i].shape == SHAPE_TEXT)
			prepare_text(p, s, &s->items[i]);
	if (p->renderer)
		p->texture = fonts_texture(p->fonts, p->renderer);
	else
		p->raster = (struct raster){.pixels = p->target->pixels,
					    .stride = p->target->pitch / 4,
					    .width = p->target->w,
					    .height = p->target->h};
	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];

		if (it->clip != clip) {
			SDL_Rect r = pixel_box(&s->clips[it->clip]);

			clip = it->clip;
			set_clip(p, &r);
		}
		paint_item(p, s, it, scale);
	}
	if (p->renderer) {
		flush(p);
		SDL_RenderSetClipRect(p->renderer, NULL);
	}
}

void paint_sdl_done(struct sdl_painter *p)
{
	free(p->rects);
	free(p->vertices);
	memset(p, 0, sizeof(*p));
}

/* One row, a byte for a pixel, or three where there are too many colours (ix NULL). */
static void fill_row(const SDL_Surface *surface, int y, const struct indexed *ix, uint8_t *row)
{
	const uint32_t *from =
	    (const uint32_t *)((const uint8_t *)surface->pixels + y * surface->pitch);

	for (int x = 0; x < surface->w; x++) {
		if (ix) {
			bool same = x > 0 && from[x] == from[x - 1];

			row[x] = same ? row[x - 1] : indexed_of(ix, from[x]);
			continue;
		}
		row[3 * x] = (uint8_t)(from[x] >> 16);
		row[3 * x + 1] = (uint8_t)(from[x] >> 8);
		row[3 * x + 2] = (uint8_t)from[x];
	}
}

static void set_palette(png_structp png, png_infop info, const struct indexed *ix)
{
	png_color colors[INDEXED_MOST];

	for (unsigned int i = 0; i < ix->nr; i++)
		colors[i] = (png_color){(png_byte)(ix->colors[i] >> 16),
					(png_byte)(ix->colors[i] >> 8), (png_byte)ix->colors[i]};
	png_set_PLTE(png, info, colors, (int)ix->nr);
}

/* libpng's own would print: what is wrong the caller says. */
static void on_png_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void on_png_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/* The part that libpng may leave by longjmp: nothing is allocated here. */
static int write_rows(png_structp png, png_infop info, FILE *out, const SDL_Surface *surface,
		      const struct indexed *ix, uint8_t *row)
{
	if (setjmp(png_jmpbuf(png)))
		return -EIO;
	png_init_io(png, out);
	png_set_compression_level(png, 9);
	png_set_filter(png, 0, PNG_FILTER_NONE); /* a fifth smaller: it is flat colours */
	png_set_IHDR(png, info, (png_uint_32)surface->w, (png_uint_32)surface->h, 8,
		     ix ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (ix)
		set_palette(png, info, ix);
	png_write_info(png, info);
	for (int y = 0; y < surface->h; y++) {
		fill_row(surface, y, ix, row);
		png_write_row(png, row);
	}
	png_write_end(png, info);
	return 0;
}

/* XRGB8888. -EIO and a sentence on failure; no partial file is left. */
static int write_png(const SDL_Surface *surface, const char *path, struct err *err)
{
	FILE *out = fopen(path, "wb");
	int r = -EIO;

	if (!out)
		return err_set(err, errno, "cannot write %s: %s", path, strerror(errno));
	png_structp png =
	    png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_png_error, on_png_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	uint8_t *row = mem_alloc((size_t)surface->w * 3);
	struct indexed ix;
	bool few = indexed_init(&ix, surface->pixels, (size_t)surface->pitch / 4,
				(size_t)surface->w, (size_t)surface->h);

	errno = 0;
	if (info)
		r = write_rows(png, info, out, surface, few ? &ix : NULL, row);
	int code = errno ? errno : EIO;

	if (few)
		indexed_done(&ix);
	png_destroy_write_struct(&png, &info);
	free(row);
	if (fclose(out) != 0 && r == 0) {
		code = errno;
		r = -EIO;
	}
	if (r < 0) {
		unlink(path);
		return err_set(err, code, "cannot write %s: %s", path, strerror(code));
	}
	return 0;
}

struct picture {
	SDL_Surface *surface;
	struct sdl_painter painter;
	float scale;
};

struct picture *picture_open(int width_px, int height_px, float scale, struct err *err)
{
	struct picture *pic = mem_zalloc(1, sizeof(*pic));

	pic->scale = scale;
	pic->surface =
	    SDL_CreateRGBSurfaceWithFormat(0, width_px, height_px, 32, SDL_PIXELFORMAT_RGB888);
	if (!pic->surface) {
		err_set(err, ENOMEM, "cannot make a picture of %d x %d: %s", width_px, height_px,
			SDL_GetError());
		picture_close(pic);
		return NULL;
	}
	pic->painter.target = pic->surface;
	pic->painter.fonts = fonts_open(scale, err);
	if (!pic->painter.fonts) {
		picture_close(pic);
		return NULL;
	}
	return pic;
}

const struct measure *picture_measure(const struct picture *pic)
{
	return fonts_measure(pic->painter.fonts);
}

void picture_paint(struct picture *pic, const struct scene *s)
{
	paint_sdl(&pic->painter, s, pic->scale);
}

int picture_write(struct picture *pic, const struct scene *s, const char *path, struct err *err)
{
	picture_paint(pic, s);
	return write_png(pic->surface, path, err);
}

void picture_close(struct picture *pic)
{
	if (!pic)
		return;
	fonts_close(pic->painter.fonts);
	paint_sdl_done(&pic->painter);
	SDL_FreeSurface(pic->surface);
	free(pic);
}
