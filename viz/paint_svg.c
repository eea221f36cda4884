/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene as SVG. Text is laid out by the table of DejaVu's widths and carries textLength, so that
 * another font does not spoil the picture.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "viz/paint.h"
#include "viz/theme.h"

#define MAX_PATTERNS 64

struct pattern {
	rgba_t color, ground;
	uint8_t hatch;
};

struct svg {
	FILE *out;
	const struct scene *scene;
	const struct titles *titles; /* NULL: none */
	struct ref titled;           /* of the open group */
	float scale;
	struct pattern patterns[MAX_PATTERNS];
	size_t nr_patterns;
};

/* Shortest form with at most two decimals. */
static void put_number(FILE *out, float n)
{
	char buf[32];
	int len = snprintf(buf, sizeof(buf), "%.2f", (double)n);

	while (len > 0 && buf[len - 1] == '0')
		buf[--len] = '\0';
	if (len > 0 && buf[len - 1] == '.')
		buf[--len] = '\0';
	fputs(strcmp(buf, "-0") == 0 ? "0" : buf, out);
}

static void put_attr(FILE *out, const char *name, float n)
{
	fprintf(out, " %s=\"", name);
	put_number(out, n);
	fputc('"', out);
}

static void put_color(FILE *out, const char *name, rgba_t color)
{
	fprintf(out, " %s=\"#%06x\"", name, color >> 8);
	if ((color & 0xff) != 0xff) {
		fprintf(out, " %s-opacity=\"", name);
		put_number(out, (float)(color & 0xff) / 255);
		fputc('"', out);
	}
}

/* Bytes of the character at text; 0: not one that XML allows (a name may hold any bytes). */
static size_t character_len(const char *text, size_t len)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t n = t[0] < 0x80 ? 1 : t[0] < 0xc2 ? 0 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;

	if (n == 0 || n > len || t[0] < 0x20 || t[0] == 0x7f || t[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((t[i] & 0xc0) != 0x80)
			return 0;
	if ((t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xf0 && t[1] < 0x90) ||
	    (t[0] == 0xed && t[1] > 0x9f) || (t[0] == 0xf4 && t[1] > 0x8f) ||
	    (t[0] == 0xef && t[1] == 0xbf && t[2] > 0xbd))
		return 0;
	return n;
}

static void put_escaped(FILE *out, const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = character_len(text + i, len - i);
		if (n != 1) {
			fwrite(n ? text + i : "?", 1, n ? n : 1, out);
			continue;
		}
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}

static void put_box(FILE *out, const struct box *b)
{
	put_attr(out, "x", b->x);
	put_attr(out, "y", b->y);
	put_attr(out, "width", b->w);
	put_attr(out, "height", b->h);
}

static size_t pattern_of(struct svg *g, const struct item *it)
{
	struct pattern p = {it->color, it->ground, it->font};

	for (size_t i = 0; i < g->nr_patterns; i++)
		if (g->patterns[i].color == p.color && g->patterns[i].ground == p.ground &&
		    g->patterns[i].hatch == p.hatch)
			return i;
	if (g->nr_patterns == MAX_PATTERNS)
		return 0;
	g->patterns[g->nr_patterns] = p;
	return g->nr_patterns++;
}

static void put_defs(struct svg *g)
{
	float period = 6 * g->scale;

	for (size_t i = 0; i < g->scene->nr; i++)
		if (g->scene->items[i].shape == SHAPE_HATCH)
			pattern_of(g, &g->scene->items[i]);
	fputs("<defs>\n", g->out);
	for (size_t i = 0; i < g->nr_patterns; i++) {
		const struct pattern *p = &g->patterns[i];

		fprintf(g->out, "<pattern id=\"h%zu\"", i);
		put_attr(g->out, "width", period);
		put_attr(g->out, "height", period);
		fprintf(g->out,
			" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(%d)\"><rect",
			p->hatch == HATCH_RISING ? 45 : -45);
		put_attr(g->out, "width", period);
		put_attr(g->out, "height", period);
		put_color(g->out, "fill", p->ground);
		fputs("/><rect", g->out);
		put_attr(g->out, "width", period * 0.45f);
		put_attr(g->out, "height", period);
		put_color(g->out, "fill", p->color);
		fputs("/></pattern>\n", g->out);
	}
	for (size_t i = 1; i < g->scene->nr_clips; i++) {
		fprintf(g->out, "<clipPath id=\"c%zu\"><rect", i);
		put_box(g->out, &g->scene->clips[i]);
		fputs("/></clipPath>\n", g->out);
	}
	fputs("</defs>\n", g->out);
}

static void put_text(struct svg *g, const struct item *it)
{
	static const char *const anchors[] = {"start", "middle", "end"};
	const struct font_desc *font = &theme_fonts[it->font];
	const char *text = g->scene->text + it->text;
	float size = font->size_px * g->scale, x = it->box.x;
	float w = g->scene->measure.width(g->scene->measure.payload, it->font, text, it->text_len);

	if (it->align == ALIGN_CENTRE)
		x += it->box.w / 2;
	else if (it->align == ALIGN_RIGHT)
		x += it->box.w;
	fputs("<text", g->out);
	put_attr(g->out, "x", x);
	put_attr(g->out, "y", it->box.y + it->box.h / 2 + size * 0.36f);
	put_attr(g->out, "font-size", size);
	put_attr(g->out, "textLength", w);
	put_color(g->out, "fill", it->color);
	if (font->face == FACE_MONO)
		fputs(" class=\"m\"", g->out);
	else if (font->face == FACE_SANS_BOLD)
		fputs(" font-weight=\"bold\"", g->out);
	if (it->align != ALIGN_LEFT)
		fprintf(g->out, " text-anchor=\"%s\"", anchors[it->align]);
	fputc('>', g->out);
	put_escaped(g->out, text, it->text_len);
	fputs("</text>\n", g->out);
}

static void put_line(struct svg *g, const struct item *it)
{
	float y = it->box.y + it->box.h / 2;

	fputs("<line", g->out);
	put_attr(g->out, "x1", it->box.x);
	put_attr(g->out, "y1", y);
	put_attr(g->out, "x2", it->box.x + it->box.w);
	put_attr(g->out, "y2", y);
	put_color(g->out, "stroke", it->color);
	put_attr(g->out, "stroke-width", it->width);
	if (it->shape == SHAPE_DOTS) {
		fputs(" stroke-dasharray=\"", g->out);
		put_number(g->out, it->width);
		fputc(' ', g->out);
		put_number(g->out, it->width);
		fputc('"', g->out);
	}
	fputs("/>\n", g->out);
}

static void put_arrow(struct svg *g, const struct item *it)
{
	float x1 = it->box.x + it->box.w, y1 = it->box.y + it->box.h;
	float len = hypotf(it->box.w, it->box.h), head = 6 * g->scale;
	float dx = len > 0 ? it->box.w / len : 0, dy = len > 0 ? it->box.h / len : 1;

	fputs("<path d=\"M", g->out);
	put_number(g->out, it->box.x);
	fputc(' ', g->out);
	put_number(g->out, it->box.y);
	fputc('L', g->out);
	put_number(g->out, x1 - dx * head);
	fputc(' ', g->out);
	put_number(g->out, y1 - dy * head);
	fputs("\" fill=\"none\"", g->out);
	put_color(g->out, "stroke", it->color);
	put_attr(g->out, "stroke-width", it->width);
	fprintf(g->out, "/>\n<path d=\"M%.2f %.2fL%.2f %.2fL%.2f %.2fz\"", (double)x1, (double)y1,
		(double)(x1 - dx * head - dy * head / 2), (double)(y1 - dy * head + dx * head / 2),
		(double)(x1 - dx * head + dy * head / 2), (double)(y1 - dy * head - dx * head / 2));
	put_color(g->out, "fill", it->color);
	fputs("/>\n", g->out);
}

static void put_item(struct svg *g, const struct item *it)
{
	struct box box = it->box;

	switch (it->shape) {
	case SHAPE_RECT:
	case SHAPE_GROUND:
	case SHAPE_FRAME:
	case SHAPE_HATCH:
		if (it->shape == SHAPE_FRAME) { /* the stroke lies on the edge: draw it inside */
			box.x += (float)it->width / 2;
			box.y += (float)it->width / 2;
			box.w = fmaxf(0, box.w - it->width);
			box.h = fmaxf(0, box.h - it->width);
		}
		fputs("<rect", g->out);
		put_box(g->out, &box);
		if (it->radius)
			put_attr(g->out, "rx", it->radius);
		if (it->shape == SHAPE_HATCH)
			fprintf(g->out, " fill=\"url(#h%zu)\"", pattern_of(g, it));
		else if (it->shape != SHAPE_FRAME)
			put_color(g->out, "fill", it->color);
		else {
			fputs(" fill=\"none\"", g->out);
			put_color(g->out, "stroke", it->color);
			put_attr(g->out, "stroke-width", it->width);
		}
		fputs("/>\n", g->out);
		break;
	case SHAPE_LINE:
	case SHAPE_DOTS:
		put_line(g, it);
		break;
	case SHAPE_ARROW:
		put_arrow(g, it);
		break;
	case SHAPE_TEXT:
		put_text(g, it);
		break;
	}
}

/* Begins a group with a title when the item depicts something else than the one before. */
static void begin_title(struct svg *g, const struct item *it)
{
	char buf[512];
	const char *text = NULL;

	if (!g->titles || ref_equal(&g->titled, &it->ref))
		return;
	if (g->titled.kind)
		fputs("</g>\n", g->out);
	g->titled = (struct ref){0};
	if (it->ref.kind != REF_NONE)
		text = g->titles->text(g->titles->payload, &it->ref, buf, sizeof(buf));
	if (!text)
		return;
	g->titled = it->ref;
	fputs("<g><title>", g->out);
	put_escaped(g->out, text, strlen(text));
	fputs("</title>\n", g->out);
}

static void end_title(struct svg *g)
{
	if (g->titled.kind)
		fputs("</g>\n", g->out);
	g->titled = (struct ref){0};
}

/* A thin line, or nothing at all, is found by the mouse within its box. */
static void put_hit(struct svg *g, const struct item *it)
{
	if (!ref_equal(&g->titled, &it->ref) || !g->titled.kind ||
	    (it->shape != SHAPE_HIT && it->shape != SHAPE_LINE && it->shape != SHAPE_DOTS))
		return;
	fputs("<rect", g->out);
	put_box(g->out, &it->box);
	fputs(" fill=\"none\" pointer-events=\"all\"/>\n", g->out);
}

/* Wholly outside of its clip: not worth a line of SVG. */
static bool is_hidden(const struct svg *g, const struct item *it)
{
	const struct box *c = &g->scene->clips[it->clip], *b = &it->box;

	return (it->shape == SHAPE_HIT && !g->titles) ||
	       (it->shape == SHAPE_RECT && (it->color & 0xff) == 0) ||
	       (it->shape != SHAPE_ARROW && (b->x + b->w < c->x || b->x > c->x + c->w ||
					     b->y + b->h < c->y || b->y > c->y + c->h));
}

int paint_svg(const struct scene *s, float scale, const struct titles *titles, FILE *out,
	      struct err *err)
{
	struct svg g = {.out = out, .scene = s, .scale = scale, .titles = titles};
	uint8_t clip = 0;

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", out);
	put_attr(out, "width", s->width);
	put_attr(out, "height", s->height);
	fprintf(out, " viewBox=\"0 0 %g %g\"", (double)s->width, (double)s->height);
	fputs(" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n"
	      "<style>.m{font-family:\"DejaVu Sans Mono\",monospace}</style>\n",
	      out);
	put_defs(&g);
	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];

		if (is_hidden(&g, it))
			continue;
		if (it->clip != clip) {
			end_title(&g);
			if (clip)
				fputs("</g>\n", out);
			clip = it->clip;
			if (clip)
				fprintf(out, "<g clip-path=\"url(#c%u)\">\n", clip);
		}
		begin_title(&g, it);
		put_hit(&g, it);
		put_item(&g, it);
	}
	end_title(&g);
	if (clip)
		fputs("</g>\n", out);
	fputs("</svg>\n", out);
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, EIO, "cannot write the picture: %s",
			       strerror(errno ? errno : EIO));
	return 0;
}
