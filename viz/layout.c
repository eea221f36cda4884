/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets which part of the window, and in which order they are painted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/lane.h"
#include "viz/panels.h"

#define BESIDE_W      1500 /* px at scale 1 from which two tables stand side by side */
#define BESIDE_PART   0.58f
#define BESIDE_ROWS   3     /* at least, of a second table below the first */
#define PICTURE_LANES 0.85f /* of their height, for the sake of the table */
#define ROOMY         1.5f  /* how much higher lanes are to be before a second table comes */

/* Height of a table with as many whole rows as there is room for. */
static float table_h(const struct view *v, enum tab tab, float width_px, float most_px)
{
	float around = panel_table_head_h(v) + px_round(v, 4);

	return around + panel_table_rows_h(v, tab, width_px, most_px - around);
}

/* Puts the tables at the bottom of the room that they share with the lanes; returns their height. A
 * second one has what the first leaves at its side, or what the lanes leave. */
static float place_tables(struct view *v, struct box room)
{
	const struct metrics *m = v->theme.metrics;
	struct layout *l = &v->layout;
	float bottom = room.y + room.h, w = room.w;
	bool second = m->pad > 0 && v->tabs->beside != TAB_NR;
	bool aside = second && w >= px(v, BESIDE_W);

	w = aside ? floorf(w * BESIDE_PART) : w;
	float rows = table_h(v, v->tabs->open, w, room.h), below = 0;

	if (aside)
		rows = fmaxf(rows, table_h(v, v->tabs->beside, room.w - w, room.h));
	/* In a picture, which nobody can scroll, lanes come first; they may be a little less high.
	 */
	bool picture = v->still && m->pad > 0;
	float least = px_round(v, m->table_h * (picture ? 0.65f : 1));
	float lanes_h = l->rows_h * (picture ? PICTURE_LANES : 1);
	float h = fminf(fmaxf(least, room.h - lanes_h), fmaxf(rows, px(v, 84)));

	h = fminf(h, floorf(room.h * 0.6f));
	if (picture && !aside && tab_count(v, v->tabs->open) > 0)
		h = fmaxf(table_h(v, v->tabs->open, w, h), px(v, 84));
	if (second && !aside) {
		float spare = room.h - h - l->rows_h * ROOMY;
		float all = table_h(v, v->tabs->beside, w, room.h);

		below = floorf(fminf(spare, all));
		if (below < all &&
		    below < panel_table_head_h(v) + px_round(v, m->table_row_h) * BESIDE_ROWS)
			below = 0;
	}
	l->table = (struct box){room.x, bottom - h - below, w, h};
	if (aside)
		l->table_beside = (struct box){room.x + w, bottom - h, room.w - w, h};
	else if (below > 0)
		l->table_beside = (struct box){room.x, bottom - below, w, below};
	return h + below;
}

void layout_place(struct view *v, float width_px, float height_px, bool inspector, bool table)
{
	const struct metrics *m = v->theme.metrics;
	struct layout *l = &v->layout;
	float rows_h = l->rows_h, stretch = l->stretch;
	float w = width_px, y = 0;
	bool narrow = width_px < px(v, 1000);
	/* What is tall has room for more of the whole run. */
	float overview_part = fminf(fmaxf(height_px / px(v, 720), 1), 1.6f);

	*l = (struct layout){.rows_h = rows_h, .stretch = stretch};
	/* On a small window the timeline wins. */
	bool aside = inspector && width_px >= px(v, m->inspector_min_w);
	bool below =
	    inspector && !aside && m->inspector_h > 0 && height_px >= px(v, m->inspector_min_h);

	if (aside)
		l->inspector.w = px_round(v, m->inspector_w);
	w -= l->inspector.w;
	l->gutter_w = px_round(v, narrow && m->pad > 0 ? m->gutter_w * 0.72f : m->gutter_w);
	if (l->gutter_w > w / 2)
		l->gutter_w = floorf(w / 2);
	l->top = (struct box){0, 0, width_px, px_round(v, m->top_h)};
	y += l->top.h;
	l->inspector = (struct box){w, y, l->inspector.w, height_px - y};
	l->overview = (struct box){
	    0, y, w, height_px > px(v, 300) ? px_round(v, m->overview_h * overview_part) : 0};
	y += l->overview.h;
	l->ruler = (struct box){0, y, w, px_round(v, m->ruler_h)};
	y += l->ruler.h;
	l->alarm = (struct box){0, y, w, panel_alarm_due(v) ? px_round(v, m->ruler_h) : 0};
	y += l->alarm.h;
	float bottom = height_px;

	l->status =
	    (struct box){0, height_px - px_round(v, m->status_h), w, px_round(v, m->status_h)};
	bottom -= l->status.h;
	if (m->pad <= 0) { /* the last line is a line of its own */
		l->status.w = width_px;
		l->inspector.h -= aside ? l->status.h : 0;
	}
	if (below) {
		bottom -= px_round(v, m->inspector_h);
		l->inspector = (struct box){0, bottom, w, px_round(v, m->inspector_h)};
	}

	if (table && m->table_h > 0 && height_px >= px(v, m->pad > 0 ? 520 : 16 * 18))
		bottom -= place_tables(v, (struct box){0, y, w, bottom - y});
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
	if (v->theme.metrics->pad <= 0)
		return v->theme.metrics->table_row_h;
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
	return panel_wrap_lines(v, s, box, SIZE_MAX, font, color, text);
}

float panel_wrap_lines(const struct view *v, struct scene *s, struct box box, size_t most,
		       enum font font, rgba_t color, const char *text)
{
	float line_h = wrapped_line_h(v, font), y = box.y;
	char line[512];
	size_t fit, nr = 0;

	while ((fit = line_of(s, box.w, font, text, line, sizeof(line))) > 0 && nr++ < most) {
		bool last = nr == most && text[fit];

		scene_text(s, (struct box){box.x, y, box.w, line_h}, font, color, ALIGN_LEFT,
			   last ? text : line);
		y += line_h;
		text += fit;
		text += strspn(text, " ");
	}
	return y - box.y;
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
	panel_scroll(v, s);
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
