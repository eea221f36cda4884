/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene as characters. Every row of cells is painted into eighths of a column, so that positions
 * are as exact as block characters allow: solid things become blocks that fill from the left or
 * from the right, hatches shaded blocks, lines and dots box drawing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "viz/paint.h"

#define EIGHTHS 8

enum mark {
	MARK_NONE,
	MARK_DOTS,
	MARK_LINE,
	MARK_HATCH,
	MARK_FALLING,
	MARK_SOLID,
};

struct cell {
	uint8_t marks[EIGHTHS]; /* enum mark of each eighth */
	rgba_t colors[EIGHTHS];
	uint32_t letter; /* over the marks; 0: none */
	rgba_t letter_color;
	bool bold;
	bool framed;  /* selected */
	bool on_mark; /* letter lies on what is painted, else on the terminal's own ground */
};

struct grid {
	struct cell *cells; /* [rows * columns] */
	int columns, rows;
};

static float term_width(void *payload, enum font font, const char *text, size_t len)
{
	int cells = 0;

	(void)payload;
	(void)font;
	for (size_t i = 0; i < len; i++)
		cells += ((unsigned char)text[i] & 0xc0) != 0x80;
	return (float)(cells * TERM_CELL_W);
}

const struct measure term_measure = {term_width, NULL};

static bool row_is_in(int row, const struct box *clip)
{
	float middle = ((float)row + 0.5f) * TERM_CELL_H;

	return middle >= clip->y && middle < clip->y + clip->h;
}

static void put_mark(struct grid *g, const struct box *clip, const struct item *it, enum mark mark)
{
	int row = (int)floorf((it->box.y + it->box.h / 2) / TERM_CELL_H);
	int from = (int)floorf(fmaxf(it->box.x, clip->x) + 0.5f);
	int to = (int)floorf(fminf(it->box.x + it->box.w, clip->x + clip->w) + 0.5f);

	if (row < 0 || row >= g->rows || !row_is_in(row, clip) || (it->color & 0xff) < 0x80)
		return;
	if (to <= from)
		to = from + 1;
	from = from > 0 ? from : 0;
	to = to < g->columns * EIGHTHS ? to : g->columns * EIGHTHS;
	for (int x = from; x < to; x++) {
		struct cell *c = &g->cells[row * g->columns + x / EIGHTHS];

		if (mark != MARK_NONE && mark < c->marks[x % EIGHTHS])
			continue; /* a run is never hidden by what shares its eighth */
		c->marks[x % EIGHTHS] = (uint8_t)mark;
		c->colors[x % EIGHTHS] = it->color;
		c->letter = 0;
	}
}

/* Next character, none that steers the terminal; one cell wide, others are not expected here. */
static uint32_t next_letter(const char **text, const char *end)
{
	uint32_t letter = plain_next(text, end);

	return letter < ' ' || (letter >= 0x7f && letter <= 0x9f) || letter == 0xfffd ? '?'
										      : letter;
}

static void put_text(struct grid *g, const struct scene *s, const struct box *clip,
		     const struct item *it)
{
	const char *text = s->text + it->text, *end = text + it->text_len;
	float w = term_width(NULL, it->font, text, it->text_len), x = it->box.x;
	int row = (int)floorf((it->box.y + it->box.h / 2) / TERM_CELL_H);

	if (it->align == ALIGN_CENTRE)
		x += (it->box.w - w) / 2;
	else if (it->align == ALIGN_RIGHT)
		x += it->box.w - w;
	int column = (int)floorf(x / TERM_CELL_W + 0.5f);
	int first = (int)ceilf(clip->x / TERM_CELL_W);
	int last = (int)floorf((clip->x + clip->w) / TERM_CELL_W);

	for (; text < end; column++) {
		uint32_t letter = next_letter(&text, end);

		if (row < 0 || row >= g->rows || !row_is_in(row, clip) || column < first ||
		    column >= last || column >= g->columns || column < 0)
			continue;
		struct cell *c = &g->cells[row * g->columns + column];

		c->letter = letter;
		c->letter_color = it->color;
		c->bold =
		    it->font == FONT_BOLD || it->font == FONT_TITLE || it->font == FONT_SMALL_BOLD;
		c->on_mark = c->marks[EIGHTHS / 2] == MARK_SOLID;
	}
}

/* Cells within a frame; the frame of a whole panel is higher than a row and left out. */
static void put_frame(struct grid *g, const struct box *clip, const struct item *it)
{
	int row = (int)floorf((it->box.y + it->box.h / 2) / TERM_CELL_H);
	int from = (int)floorf(fmaxf(it->box.x + 1, clip->x) / TERM_CELL_W);
	int to = (int)ceilf(fminf(it->box.x + it->box.w - 1, clip->x + clip->w) / TERM_CELL_W);

	if (row < 0 || row >= g->rows || it->box.h > TERM_CELL_H || from < 0)
		return;
	to = to > from ? to : from + 1;
	for (int x = from; x < to && x < g->columns; x++)
		g->cells[row * g->columns + x].framed = true;
}

static void fill(struct grid *g, const struct scene *s)
{
	static const enum mark marks[] = {
	    [SHAPE_RECT] = MARK_SOLID, [SHAPE_HATCH] = MARK_HATCH, [SHAPE_LINE] = MARK_LINE,
	    [SHAPE_DOTS] = MARK_DOTS,  [SHAPE_HIT] = MARK_NONE,
	};

	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];
		const struct box *clip = &s->clips[it->clip];

		switch (it->shape) {
		case SHAPE_RECT:
			put_mark(g, clip, it, MARK_SOLID);
			break;
		case SHAPE_GROUND: /* the terminal has its own: what was there is wiped */
			for (int row = 0; row < g->rows; row++) {
				struct item line = *it;
				float y = ((float)row + 0.5f) * TERM_CELL_H;

				line.box.y = y;
				line.box.h = 0;
				if (y >= it->box.y && y < it->box.y + it->box.h)
					put_mark(g, clip, &line, MARK_NONE);
			}
			break;
		case SHAPE_HATCH:
			put_mark(g, clip, it,
				 it->font == HATCH_FALLING ? MARK_FALLING : MARK_HATCH);
			break;
		case SHAPE_LINE:
		case SHAPE_DOTS:
			put_mark(g, clip, it, marks[it->shape]);
			break;
		case SHAPE_FRAME:
			put_frame(g, clip, it);
			break;
		case SHAPE_TEXT:
			put_text(g, s, clip, it);
			break;
		}
	}
}

struct look {
	rgba_t front, back; /* 0: the terminal's own */
	bool bold;
	bool framed;
};

/* The 6 x 6 x 6 cube of 256-colour terminals. */
static unsigned int cube(rgba_t c)
{
	unsigned int out = 16, weight = 36;

	for (int shift = 24; shift >= 8; shift -= 8, weight /= 6) {
		unsigned int v = c >> shift & 0xff;

		out += weight * (v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40);
	}
	return out;
}

/* The nearest of the 16 colours that every terminal has, as xterm shows them. */
static unsigned int nearest_of_16(rgba_t c)
{
	static const uint32_t colors[16] = {
	    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
	unsigned int best = 0;
	int least = INT32_MAX;

	for (unsigned int i = 0; i < 16; i++) {
		int far = 0;

		for (int shift = 0; shift <= 16; shift += 8) {
			int d = (int)(c >> (shift + 8) & 0xff) - (int)(colors[i] >> shift & 0xff);

			far += d * d;
		}
		if (far < least) {
			least = far;
			best = i;
		}
	}
	return best;
}

static void put_color(FILE *out, enum term_color mode, int base, rgba_t c)
{
	if (c == 0)
		fprintf(out, ";%d", base + 1);
	else if (mode == TERM_COLOR_16)
		fprintf(out, ";%u",
			(unsigned int)base - 8 + nearest_of_16(c) % 8 +
			    (nearest_of_16(c) >= 8 ? 60 : 0));
	else if (mode == TERM_COLOR_TRUE)
		fprintf(out, ";%d;2;%u;%u;%u", base, c >> 24, c >> 16 & 0xff, c >> 8 & 0xff);
	else
		fprintf(out, ";%d;5;%u", base, cube(c));
}

static void put_look(FILE *out, enum term_color mode, const struct look *look, struct look *now)
{
	if (mode == TERM_COLOR_NONE || memcmp(look, now, sizeof(*look)) == 0)
		return;
	fputs("\033[0", out);
	if (look->bold)
		fputs(";1", out);
	if (look->framed)
		fputs(";7", out);
	if (look->front)
		put_color(out, mode, 38, look->front);
	if (look->back)
		put_color(out, mode, 48, look->back);
	fputc('m', out);
	*now = *look;
}

static void put_utf8(FILE *out, uint32_t c, bool ascii)
{
	static const char heights[] = "_.-:=+*#"; /* for U+2581 to U+2588 */

	if (c < 0x80) {
		fputc((int)c, out);
	} else if (ascii && c >= 0x2581 && c <= 0x2588) {
		fputc(heights[c - 0x2581], out);
	} else if (ascii) {
		fputc(c == 0xb7     ? '.'
		      : c == 0xd7   ? 'x'
		      : c == 0xb5   ? 'u'
		      : c == 0x2026 ? '~'
		      : c == 0x2502 ? '|'
		      : c == 0x25b8 ? '+'
		      : c == 0x25be ? '-'
		      : c == 0x2212 ? '-'
		      : c == 0x2014 ? '-'
				    : '?',
		      out);
	} else if (c < 0x800) {
		fputc((int)(0xc0 | c >> 6), out);
		fputc((int)(0x80 | (c & 0x3f)), out);
	} else {
		fputc((int)(0xe0 | c >> 12), out);
		fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (c & 0x3f)), out);
	}
}

/* The mark most eighths have, without blocks: what is left of a cell beside a block. */
static int rest_of(const struct cell *c, rgba_t *color)
{
	int best = MARK_NONE, most = 0;

	for (int m = MARK_DOTS; m < MARK_SOLID; m++) {
		int nr = 0;

		for (int k = 0; k < EIGHTHS; k++)
			nr += c->marks[k] == m;
		if (nr > most) {
			most = nr;
			best = m;
		}
	}
	for (int k = 0; k < EIGHTHS; k++)
		if (c->marks[k] == best)
			*color = c->colors[k];
	return best;
}

/* Colour of most solid eighths. */
static rgba_t solid_color(const struct cell *c)
{
	rgba_t best = 0;
	int most = 0;

	for (int k = 0; k < EIGHTHS; k++) {
		int nr = 0;

		for (int j = 0; j < EIGHTHS; j++)
			nr += c->marks[j] == MARK_SOLID && c->colors[j] == c->colors[k];
		if (c->marks[k] == MARK_SOLID && nr > most) {
			most = nr;
			best = c->colors[k];
		}
	}
	return best;
}

/* A fill without a hue: what others ran. */
static bool is_grey(rgba_t c)
{
	int r = (int)(c >> 24), g = (int)(c >> 16 & 0xff), b = (int)(c >> 8 & 0xff);
	int most = r > g ? r : g, least = r < g ? r : g;

	most = most > b ? most : b;
	least = least < b ? least : b;
	return most - least < 32;
}

/* Character and colours of a cell without a letter. */
static uint32_t cell_glyph(const struct cell *c, bool ascii, bool color, struct look *look)
{
	static const uint32_t rest_glyph[] = {' ', 0x2508, 0x2500, 0x2592, 0x2591};
	static const char rest_ascii[] = " .-%/";
	int solid = 0, left = 0;
	rgba_t rest_color = 0;

	while (left < EIGHTHS && c->marks[left] == MARK_SOLID && c->colors[left] == c->colors[0])
		left++;
	for (int k = 0; k < EIGHTHS; k++)
		solid += c->marks[k] == MARK_SOLID;
	int rest = rest_of(c, &rest_color);

	if (solid == 0) {
		look->front = rest == MARK_NONE ? 0 : rest_color;
		return ascii ? (uint32_t)rest_ascii[rest] : rest_glyph[rest];
	}
	look->front = solid_color(c);
	if (!color && solid >= EIGHTHS / 2 && is_grey(look->front))
		return ascii ? '=' : 0x2593;
	if (ascii)
		return solid >= EIGHTHS / 2 ? '#' : '|';
	if (left == EIGHTHS)
		return 0x2588;
	if (solid == EIGHTHS && color) { /* two threads share the cell */
		look->front = c->colors[0];
		look->back = c->colors[EIGHTHS - 1];
		return 0x2590 - (uint32_t)left; /* left eighths: U+258F..U+2589 */
	}
	if (c->marks[0] == MARK_SOLID || !color)
		return 0x2590 - (uint32_t)(solid < EIGHTHS ? solid : EIGHTHS - 1);
	if (c->marks[EIGHTHS - 1] == MARK_SOLID && solid >= EIGHTHS / 2)
		return 0x2590; /* right half */
	if (c->marks[EIGHTHS - 1] == MARK_SOLID && solid < 3)
		return 0x2595; /* right eighth */
	return solid >= 6 ? 0x2588 : 0x258c - (uint32_t)0 + (solid >= 4 ? 0 : 2);
}

static void print_row(const struct grid *g, int row, enum term_color color, bool ascii, FILE *out)
{
	struct look now = {0};
	int last = g->columns;

	/* Without colour there is nothing to see at the end of a blank line. */
	while (last > 0) {
		const struct cell *c = &g->cells[row * g->columns + last - 1];
		struct look look = {0};

		if (c->framed ||
		    (c->letter ? c->letter != ' ' : cell_glyph(c, ascii, true, &look) != ' '))
			break;
		last--;
	}
	for (int x = 0; x < last; x++) {
		const struct cell *c = &g->cells[row * g->columns + x];
		struct look look;

		memset(&look, 0, sizeof(look)); /* compared with its padding */
		uint32_t glyph = c->letter;

		look.framed = c->framed && color != TERM_COLOR_NONE;
		if (c->framed && color == TERM_COLOR_NONE && (!x || !c[-1].framed))
			glyph = '[';
		else if (c->framed && color == TERM_COLOR_NONE && !c[1].framed)
			glyph = ']';
		if (!glyph) {
			glyph = cell_glyph(c, ascii, color != TERM_COLOR_NONE, &look);
		} else if (c->letter) {
			look.bold = c->bold;
			look.front = c->letter_color;
			if (c->on_mark && color != TERM_COLOR_NONE)
				look.back = c->colors[EIGHTHS / 2];
		}
		put_look(out, color, &look, &now);
		put_utf8(out, glyph, ascii);
	}
	if (color != TERM_COLOR_NONE)
		fputs("\033[0m", out);
	fputc('\n', out);
}

void paint_term(const struct scene *s, enum term_color color, bool ascii, FILE *out)
{
	struct grid g = {.columns = (int)(s->width / TERM_CELL_W),
			 .rows = (int)(s->height / TERM_CELL_H)};

	g.cells = mem_zalloc((size_t)g.columns * (size_t)g.rows + 1, sizeof(*g.cells));
	fill(&g, s);
	for (int row = 0; row < g.rows; row++)
		print_row(&g, row, color, ascii, out);
	free(g.cells);
}
