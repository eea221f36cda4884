/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets which part of the window, and in which order they are painted. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/lane.h"
#include "viz/panels.h"

void layout_place(struct view *v, float width_px, float height_px, bool inspector, bool table)
{
	const struct metrics *m = v->theme.metrics;
	struct layout *l = &v->layout;
	float rows_h = l->rows_h, stretch = l->stretch;
	float w = width_px, y = 0;
	bool narrow = width_px < px(v, 1000);

	*l = (struct layout){.rows_h = rows_h, .stretch = stretch};
	/* On a small window the timeline wins. */
	if (inspector && !narrow)
		l->inspector.w = px_round(v, m->inspector_w);
	w -= l->inspector.w;
	l->gutter_w = px_round(v, narrow && m->pad > 0 ? m->gutter_w * 0.72f : m->gutter_w);
	if (l->gutter_w > w / 2)
		l->gutter_w = floorf(w / 2);
	l->top = (struct box){0, 0, width_px, px_round(v, m->top_h)};
	y += l->top.h;
	l->inspector = (struct box){w, y, l->inspector.w, height_px - y};
	l->overview =
	    (struct box){0, y, w, height_px > px(v, 300) ? px_round(v, m->overview_h) : 0};
	y += l->overview.h;
	l->ruler = (struct box){0, y, w, px_round(v, m->ruler_h)};
	y += l->ruler.h;
	l->alarm = (struct box){0, y, w, panel_alarm_due(v) ? px_round(v, m->ruler_h) : 0};
	y += l->alarm.h;
	float bottom = height_px;

	l->status =
	    (struct box){0, height_px - px_round(v, m->status_h), w, px_round(v, m->status_h)};
	bottom -= l->status.h;
	float room = bottom - y;

	if (table && m->table_h > 0 && height_px >= px(v, m->pad > 0 ? 520 : 16 * 18)) {
		float rows = px_round(v, 56) + panel_table_rows_h(v, w);
		/* In a picture, which nobody can scroll, lanes come first. */
		float least = px_round(v, m->table_h * (v->still && m->pad > 0 ? 0.65f : 1));
		float h = fminf(fmaxf(least, room - rows_h), fmaxf(rows, px(v, 84)));

		h = fminf(h, floorf(room * 0.6f));
		l->table = (struct box){0, bottom - h, w, h};
		bottom -= h;
	}
	l->lanes = (struct box){0, y, w, fmaxf(0, bottom - y)};
	/* Pinned lanes that would leave no room for the others scroll with them. */
	if (v->tree->pinned_h < l->lanes.h * 0.7f)
		l->pinned_h = v->tree->pinned_h;
	viewport_place(&v->vp, l->gutter_w, w - l->gutter_w);
}

/* Bytes of the longest run of whole words that fits, at least one word; copied to line. */
static size_t line_of(const struct scene *s, float width_px, enum font font, const char *text,
		      char *line, size_t size)
{
	size_t fit = 0, at = 0;

	while (text[at]) {
		size_t word = at + strspn(text + at, " ");

		word += strcspn(text + word, " ");
		if (word >= size)
			break;
		memcpy(line, text, word);
		line[word] = '\0';
		if (fit > 0 && scene_text_width(s, font, line) > width_px)
			break;
		fit = at = word;
	}
	line[fit] = '\0';
	return fit;
}

static float wrapped_line_h(const struct view *v, enum font font)
{
	return px_round(v, theme_fonts[font].size_px * 1.5f);
}

float panel_wrap_height(const struct view *v, const struct scene *s, float width_px, enum font font,
			const char *text)
{
	char line[512];
	size_t fit;
	float h = 0;

	while ((fit = line_of(s, width_px, font, text, line, sizeof(line))) > 0) {
		h += wrapped_line_h(v, font);
		text += fit;
		text += strspn(text, " ");
	}
	return h;
}

float panel_wrap(const struct view *v, struct scene *s, struct box box, enum font font,
		 rgba_t color, const char *text)
{
	float line_h = wrapped_line_h(v, font), y = box.y;
	char line[512];
	size_t fit;

	while ((fit = line_of(s, box.w, font, text, line, sizeof(line))) > 0) {
		scene_text(s, (struct box){box.x, y, box.w, line_h}, font, color, ALIGN_LEFT, line);
		y += line_h;
		text += fit;
		text += strspn(text, " ");
	}
	return y - box.y;
}

const char *count_text(uint64_t n, char *buf)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *out = buf;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

void panels_build(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;

	scene_ground(s, (struct box){0, 0, s->width, s->height}, p->ground, 0);
	lane_build_all(v, s);
	panel_empty(v, s);
	panel_ruler(v, s);
	if (v->layout.overview.h > 0)
		panel_overview(v, s);
	panel_found(v, s);
	panel_marks(v, s);
	if (v->layout.alarm.h > 0)
		panel_alarm(v, s);
	panel_cursor(v, s);
	if (v->layout.table.h > 0)
		panel_table(v, s);
	panel_status(v, s);
	if (v->layout.inspector.w > 0)
		panel_inspector(v, s);
	panel_top(v, s);
	if (v->has_mouse && !v->help && v->entry->mode != ENTRY_PALETTE)
		panel_tooltip(v, s);
	if (v->entry->mode == ENTRY_PALETTE)
		panel_palette(v, s);
	if (v->help)
		panel_help(v, s);
}
