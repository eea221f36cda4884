/* SPDX-License-Identifier: BSD-2-Clause */
/* What is laid over the rest: the tooltip, help, palette, empty states. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "viz/action.h"
#include "viz/describe.h"
#include "viz/panels.h"

static void shadowed_card(const struct view *v, struct scene *s, struct box box)
{
	const struct palette *p = v->theme.palette;

	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){box.x - 1, box.y - 1, box.w + 2, box.h + 2}, p->rule,
			   px(v, 5));
	scene_ground(s, box, p->bar, px(v, 5));
}

/* On its bar: its row of the table says the same already. */
static bool on_finding(const struct view *v)
{
	return v->hovered.kind == REF_TABLE_ROW && v->hovered.lane == TAB_FINDINGS &&
	       box_has(&v->layout.lanes, v->mouse_x, v->mouse_y);
}

/* The inspector is open and tells of what is under the mouse. */
static bool told_beside(const struct view *v)
{
	struct description d;

	if (v->layout.inspector.w <= 0 || v->has_range)
		return false;
	return ref_equal(&v->selected, &v->hovered) || !describe(v, &v->selected, &d);
}

void panel_tooltip(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct description d;
	float line = px_round(v, 18), pad = px_round(v, 10), w;

	if (v->hovered.kind != REF_CPU_SLICE && v->hovered.kind != REF_TASK_SLICE &&
	    v->hovered.kind != REF_LOCK_SLICE && v->hovered.kind != REF_STRIP_SLICE &&
	    v->hovered.kind != REF_RUNQ && v->hovered.kind != REF_GAP && !on_finding(v))
		return;
	if (told_beside(v) || !describe(v, &v->hovered, &d))
		return;
	char from[128] = "";

	describe_shorten(&d);
	if (v->hovered.nr > 1 && d.nr_rows) /* a mix: its largest part says most */
		snprintf(from, sizeof(from), "%s %s", d.rows[0].key, d.rows[0].value);
	w = scene_text_width(s, FONT_BOLD, d.title) + scene_text_width(s, FONT_SMALL, d.subtitle) +
	    px(v, 10);
	for (size_t i = 0; i < d.nr_lines; i++)
		w = fmaxf(w, scene_text_width(s, FONT_NORMAL, d.lines[i]));
	w = fmaxf(w, scene_text_width(s, FONT_NORMAL, from));
	w = fminf(ceilf(w) + 2, px(v, 420));
	float h = line * (float)(1 + (from[0] != 0)) + 2 * pad;

	for (size_t i = 0; i < d.nr_lines; i++)
		h += panel_wrap_height(v, s, w, FONT_NORMAL, d.lines[i]);
	struct box box = {floorf(v->mouse_x + px(v, 16)), floorf(v->mouse_y + px(v, 18)),
			  w + 2 * pad, h};

	/* Not over the inspector, which says the same and more. */
	float right = v->layout.inspector.w > 0 && v->layout.inspector.x > v->mouse_x
			  ? v->layout.inspector.x
			  : s->width;

	if (box.x + box.w > right - 4)
		box.x = floorf(v->mouse_x - box.w - px(v, 10));
	if (box.y + box.h > s->height - 4)
		box.y = floorf(v->mouse_y - box.h - px(v, 10));
	/* Nor over the names of the lanes, if it need not be. */
	float left = v->mouse_x >= v->layout.gutter_w ? v->layout.gutter_w : 0;

	box.x = fmaxf(fminf(fmaxf(box.x, left + 4), right - 4 - box.w), 4);
	box.y = fmaxf(box.y, 4);
	scene_no_ref(s);
	shadowed_card(v, s, box);
	struct box at = {box.x + pad, box.y + pad, w, line};

	scene_text(s, at, FONT_BOLD, d.color, ALIGN_LEFT, d.title);
	float tw = scene_text_width(s, FONT_BOLD, d.title) + px(v, 8);

	scene_text(s, (struct box){at.x + tw, at.y, w - tw, line}, FONT_SMALL, p->dim, ALIGN_LEFT,
		   d.subtitle);
	at.y += line;
	for (size_t i = 0; i < d.nr_lines; i++)
		at.y += panel_wrap(v, s, at, FONT_NORMAL, d.line_colors[i], d.lines[i]);
	if (from[0])
		scene_text(s, at, FONT_NORMAL, p->dim, ALIGN_LEFT, from);
}

static const char *const mouse_help[][2] = {
    {"wheel", "scroll lanes, table, this page"},
    {"Ctrl+wheel", "zoom at the mouse"},
    {"Shift+wheel", "earlier, later"},
    {"click", "select an interval, fold a process"},
    {"double click", "fit the interval"},
    {"drag", "measure a range"},
    {"right or Shift drag", "move the view"},
    {"middle or Ctrl drag", "zoom to the range"},
    {"drag above", "move the window on the whole run"},
    {"drag a name", "move a lane among its siblings"},
    {"drag the bar", "scroll the lanes"},
    {"drag the ruler", "while playing: move the playhead"},
    {"click a heading", "sort the table"},
    {"one finger", "move the view; held first: measure"},
    {"pinch", "zoom, and move, with two fingers"},
};

#define NR_GROUPS 8 /* of the help page, at least: where counting begins */
#define NR_MOUSE  (sizeof(mouse_help) / sizeof(mouse_help[0]))

/* Room for the longest list of keys. */
static float help_key_w(const struct view *v)
{
	return v->theme.metrics->pad > 0 ? px(v, 158) : 8 * 23;
}

static float help_line_h(const struct view *v)
{
	return px_round(v, v->theme.metrics->pad > 0 ? 19 : 16);
}

/* One line of help at a column. */
static void help_line(const struct view *v, struct scene *s, float x, float y, float w,
		      const char *keys, const char *help)
{
	const struct palette *p = v->theme.palette;
	float line = help_line_h(v), key_w = help_key_w(v);
	float gap = v->theme.metrics->pad > 0 ? px(v, 12) : 16;

	scene_text(s, (struct box){x, y, key_w - gap, line}, FONT_MONO_SMALL, p->accent,
		   ALIGN_RIGHT, keys);
	scene_text(s, (struct box){x + key_w, y, w - key_w, line}, FONT_SMALL, p->text, ALIGN_LEFT,
		   help);
}

static float help_group_h(const struct view *v)
{
	return v->theme.metrics->pad > 0 ? px_round(v, 26) : 16;
}

static void help_group(const struct view *v, struct scene *s, float x, float y, float w,
		       const char *name)
{
	scene_text(s, (struct box){x + help_key_w(v), y, w, help_group_h(v)}, FONT_SMALL_BOLD,
		   v->theme.palette->dim, ALIGN_LEFT, name);
}

/* Where the next line goes: columns are filled one after the other. Without a scene only the room
 * is counted. */
struct help_pen {
	const struct view *v;
	struct scene *s;
	float x, y, top, bottom, column_w;
	float seen_top, seen_bottom; /* half a line is not drawn */
	int column;
};

static bool help_seen(const struct help_pen *pen, float h)
{
	return pen->s && pen->y > pen->seen_top - 1 && pen->y + h < pen->seen_bottom + 1;
}

static void help_room(struct help_pen *pen, float h)
{
	if (pen->y + h <= pen->bottom)
		return;
	pen->x += pen->column_w;
	pen->y = pen->top;
	pen->column++;
}

static void help_heading(struct help_pen *pen, const char *name)
{
	help_room(pen, 4 * help_line_h(pen->v)); /* not left alone at a column's end */
	if (help_seen(pen, help_group_h(pen->v)))
		help_group(pen->v, pen->s, pen->x, pen->y, pen->column_w, name);
	pen->y += help_group_h(pen->v);
}

static void help_entry(struct help_pen *pen, struct ref ref, const char *keys, const char *help)
{
	float line = help_line_h(pen->v);

	help_room(pen, line);
	if (help_seen(pen, line)) {
		pen->s->ref = ref;
		if (ref.kind)
			scene_hit(pen->s, (struct box){pen->x, pen->y, pen->column_w, line});
		help_line(pen->v, pen->s, pen->x, pen->y, pen->column_w - px(pen->v, 8), keys,
			  help);
	}
	pen->y += line;
}

static void help_lines(struct help_pen *pen)
{
	const char *group = "";
	char keys[96];

	pen->y = pen->top;
	pen->column = 0;
	for (int a = 1; a < ACTION_NR; a++) {
		const struct action_desc *desc = action_desc((enum action)a);
		struct ref ref = {.kind = REF_ACTION, .index = (uint32_t)a};

		if (strcmp(group, desc->group) != 0) {
			group = desc->group;
			help_heading(pen, group);
		}
		action_keys_text((enum action)a, keys, sizeof(keys));
		help_entry(pen, ref, keys, desc->help);
	}
	help_heading(pen, "Mouse and fingers");
	for (size_t i = 0; i < NR_MOUSE; i++)
		help_entry(pen, (struct ref){0}, mouse_help[i][0], mouse_help[i][1]);
}

/* How high the columns must be for all of it. */
static float help_need_h(const struct view *v, int columns)
{
	float line = help_line_h(v);
	float all = (float)(ACTION_NR - 1 + NR_MOUSE) * line + NR_GROUPS * help_group_h(v);
	struct help_pen pen = {.v = v, .column = columns};

	for (float h = floorf(all / (float)columns / line) * line; pen.column >= columns;
	     h += line) {
		pen.bottom = h;
		help_lines(&pen);
	}
	return pen.bottom;
}

#define HELP_COLUMN_W     400
#define HELP_CELL_WIDE_PX (72 * 8)

/* Where the page lies, and how it is divided. */
struct help_page {
	struct box box;
	float pad, head, column_w, need_h, room_h;
	int columns;
};

static struct help_page help_page(const struct view *v, float width, float height)
{
	bool cell = v->theme.metrics->pad <= 0;
	struct help_page page = {.pad = cell ? 0 : px(v, 22), .head = cell ? 16 : px(v, 26)};
	float beside = cell ? 0 : px(v, 24);
	float room = fmaxf(width - beside - 2 * page.pad, 1);
	float most = fminf(fmaxf(floorf(room / px(v, HELP_COLUMN_W)), 1), 4);

	page.columns = (int)most;
	page.column_w = fminf(px(v, HELP_COLUMN_W), room / most);
	for (int columns = 1; cell && columns <= (int)most; columns++) {
		/* As few as the height allows: words need the room. */
		page.columns = columns;
		page.column_w = fminf(floorf(room / (float)columns / 8) * 8, HELP_CELL_WIDE_PX);
		if (help_need_h(v, columns) <= height - page.head)
			break;
	}
	page.need_h = help_need_h(v, page.columns);
	float w = page.column_w * (float)page.columns;
	float h = fminf(page.need_h + page.head + 2 * page.pad, height - beside);

	page.box = (struct box){floorf((width - w) / 2 - page.pad), floorf((height - h) / 2),
				floorf(w + 2 * page.pad), floorf(h)};
	if (cell) /* all of it: what is half covered reads as nonsense */
		page.box = (struct box){0, 0, width, height};
	page.room_h = page.box.h - 2 * page.pad - page.head;
	return page;
}

float panel_help_max_scroll(const struct view *v, float width_px, float height_px)
{
	struct help_page page = help_page(v, width_px, height_px);

	return fmaxf(0, page.need_h - page.room_h);
}

static void help_title(const struct view *v, struct scene *s, const struct help_page *page, float y)
{
	const struct palette *p = v->theme.palette;
	bool cell = v->theme.metrics->pad <= 0;
	struct box at = {page->box.x + page->pad, y - (cell ? 16 : px(v, 32)),
			 page->box.w - 2 * page->pad, cell ? 16 : px(v, 24)};

	scene_text(s, at, FONT_TITLE, p->text, ALIGN_LEFT, "Keys and mouse");
	if (page->need_h > page->room_h)
		scene_text(s, at, FONT_SMALL, p->dim, ALIGN_RIGHT,
			   "PageUp, PageDown: more \xc2\xb7 Escape");
	else
		scene_text(s, at, FONT_SMALL, p->dim, ALIGN_RIGHT, "Escape closes it");
}

void panel_help(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct help_page page = help_page(v, s->width, s->height);
	struct help_pen pen = {.v = v,
			       .s = s,
			       .x = page.box.x + page.pad,
			       .top = page.box.y + page.pad + page.head - v->help_scroll_px,
			       .column_w = page.column_w,
			       .seen_top = page.box.y + page.pad + page.head};

	pen.seen_bottom = pen.seen_top + page.room_h;
	pen.bottom = pen.top + page.need_h; /* what is below is scrolled to */
	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_CLEAR};
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){0, 0, s->width, s->height}, rgba_alpha(p->ground, 0xb0),
			   0);
	shadowed_card(v, s, page.box);
	uint8_t clip = scene_clip(s, page.box);

	scene_no_ref(s);
	help_title(v, s, &page, pen.seen_top);
	help_lines(&pen);
	scene_no_ref(s);
	scene_unclip(s, clip);
}

#define PALETTE_ROWS 14

void panel_palette(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	enum action found[ACTION_NR];
	size_t nr = action_search(v->entry->text, found, ACTION_NR);
	bool cell = v->theme.metrics->pad <= 0;
	float line = cell ? 16 : px_round(v, 24), w = fminf(px(v, 560), s->width - px(v, 16));
	float room = s->height - v->layout.top.h - (cell ? 0 : px(v, 44)); /* the line typed, too */
	size_t most = (size_t)fminf(fmaxf(floorf(room / line) - 1, 1), PALETTE_ROWS);
	size_t first = v->entry->choice >= most ? v->entry->choice - most + 1 : 0;
	size_t rows = nr < most ? nr : most;
	struct box box = {floorf((s->width - w) / 2),
			  floorf(v->layout.top.h + (cell ? 0 : px(v, 24))), floorf(w),
			  line * (float)(rows + 1) + (cell ? 0 : px(v, 16))};
	float pad = px(v, cell ? 8 : 12);

	if (cell)
		box.x = floorf(box.x / 8) * 8;
	struct box at = {box.x + pad, box.y + (cell ? 0 : px(v, 6)), w - 2 * pad, line};
	char text[ENTRY_LEN + 8], keys[96];

	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_CLEAR};
	scene_hit(s, (struct box){0, 0, s->width, s->height});
	s->ref = (struct ref){.kind = REF_PANEL};
	shadowed_card(v, s, box);
	scene_no_ref(s);
	snprintf(text, sizeof(text), "%s\xe2\x94\x82", v->entry->text);
	scene_text(s, at, FONT_NORMAL, p->text, ALIGN_LEFT, text);
	if (nr == 0)
		scene_text(s, at, FONT_SMALL, p->dim, ALIGN_RIGHT, "no act is called so");
	for (size_t i = first; i < first + rows; i++) {
		bool chosen = i == v->entry->choice;

		at.y += line;
		s->ref = (struct ref){.kind = REF_CHOICE, .index = (uint32_t)i};
		if (chosen && !cell)
			scene_rect(s, (struct box){box.x, at.y, box.w, line},
				   rgba_alpha(p->accent, 0x38), 0);
		scene_hit(s, (struct box){box.x, at.y, box.w, line});
		scene_no_ref(s);
		scene_textf(s, at, chosen ? FONT_BOLD : FONT_NORMAL, p->text, ALIGN_LEFT, "%s%s",
			    !cell    ? ""
			    : chosen ? "> "
				     : "  ",
			    action_desc(found[i])->help);
		scene_text(s, at, FONT_MONO_SMALL, chosen ? p->text : p->dim, ALIGN_RIGHT,
			   action_keys_text(found[i], keys, sizeof(keys)));
	}
}

void panel_empty(const struct view *v, struct scene *s)
{
	struct box area = v->layout.lanes;
	const char *text;

	if (machine_nr_records(timeline_machine(v->tl)) > 0)
		return;
	text = timeline_is_complete(v->tl) ? "This trace holds no records."
	       : v->mode == MODE_LIVE      ? "Waiting for the first records\xe2\x80\xa6"
					   : "Reading\xe2\x80\xa6";
	scene_text(s, area, FONT_NORMAL, v->theme.palette->dim, ALIGN_CENTRE, text);
}
