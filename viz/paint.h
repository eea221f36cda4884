/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Painters: a scene becomes pixels, SVG or characters. They know nothing of tracing. Those that
 * need SDL (picture_*, window_run) answer one sentence in a build without it (no_sdl.c).
 */
#ifndef VIZ_PAINT_H
#define VIZ_PAINT_H

#include <stdio.h>

#include "base/err.h"
#include "viz/scene.h"

/* Words for what an item depicts, shown by a browser under the mouse. NULL: none. */
struct titles {
	const char *(*text)(void *payload, const struct ref *ref, char *buf, size_t len);
	void *payload;
};

/* The scene as an SVG document; titles may be NULL. -EIO when out cannot be written. */
int paint_svg(const struct scene *s, float scale, const struct titles *titles, FILE *out,
	      struct err *err);

/* A PNG painted by the software renderer: no display is needed. */
struct picture;
/* NULL: no fonts, or a build without SDL; err says which. Close with picture_close. */
struct picture *picture_open(int width_px, int height_px, float scale, struct err *err);
/* Widths of texts as this picture will have them. Borrowed. */
const struct measure *picture_measure(const struct picture *picture);
/* Paints without writing: what bench measures. */
void picture_paint(struct picture *picture, const struct scene *s);
/* Paints and writes a PNG. -EIO and the like: it cannot be written. */
int picture_write(struct picture *picture, const struct scene *s, const char *path,
		  struct err *err);
/* NULL is fine. */
void picture_close(struct picture *picture);

enum term_color {
	TERM_COLOR_NONE,
	TERM_COLOR_16,
	TERM_COLOR_256,
	TERM_COLOR_TRUE,
};

/* Cell of a scene made with metrics_terminal. */
#define TERM_CELL_W 8
#define TERM_CELL_H 16

/* The scene as lines of characters, an eighth of a cell exact. ascii: no other characters. */
void paint_term(const struct scene *s, enum term_color color, bool ascii, FILE *out);

/* Width of text in cells, for a scene that paint_term will print. */
extern const struct measure term_measure;

struct app;
struct script;

/* Runs the window until it is closed. fit: as large as the display leaves room for, else of the
 * app's size. script may be NULL. */
int window_run(struct app *app, bool fit, struct script *script, struct err *err);

#endif
