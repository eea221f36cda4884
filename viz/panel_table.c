/* SPDX-License-Identifier: BSD-2-Clause */
/* Below the lanes: the tables (tabs.c), one at a time, with what they are sorted and filtered by.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/action.h"
#include "viz/panels.h"

/* Of the names of the tables, and of the headings. */
static float tab_h(const struct view *v)
{
	return px_round(v, v->theme.metrics->pad > 0 ? 30 : 16);
}

static float head_h(const struct view *v)
{
	return px_round(v, v->theme.metrics->pad > 0 ? 22 : 16);
}

/* One of the two tables on the screen. */
struct pane {
	enum tab tab;
	struct box area;
	const uint32_t *order; /* [nr] rows */
	size_t nr;
	bool beside; /* not the one that keys are about */
};

static struct pane pane_open(const struct view *v)
{
	return (struct pane){v->tabs->open, v->layout.table, v->tabs->order, v->tabs->nr, false};
}

static struct pane pane_beside(const struct view *v)
{
	return (struct pane){v->tabs->beside, v->layout.table_beside, v->tabs->order_beside,
			     v->tabs->nr_beside, true};
}

/* Where each column lies; the last ones are dropped while room is short. */
struct plan {
	unsigned int nr;
	float x[TAB_MAX_COLUMNS], w[TAB_MAX_COLUMNS];
};

#define FLEX_LEAST 150 /* of the column that takes what is left */

static struct plan plan_columns(const struct view *v, const struct tab_desc *d, struct box area)
{
	float pad = px(v, v->theme.metrics->pad), room = area.w - 2 * pad, x = area.x + pad;
	struct plan plan = {.nr = d->nr_columns};
	float fixed = 0;

	for (unsigned int c = 0; c < plan.nr; c++)
		fixed += px(v, d->columns[c].width > 0 ? d->columns[c].width : FLEX_LEAST);
	while (plan.nr > 2 && fixed > room) {
		const struct tab_column *last = &d->columns[--plan.nr];

		fixed -= px(v, last->width > 0 ? last->width : FLEX_LEAST);
	}
	for (unsigned int c = 0; c < plan.nr; c++) {
		plan.x[c] = x;
		plan.w[c] = px(v, d->columns[c].width);
		if (d->columns[c].width <= 0)
			plan.w[c] = fmaxf(px(v, FLEX_LEAST), room - fixed + px(v, FLEX_LEAST));
		if (d->columns[c].width < 0)
			plan.w[c] = fminf(plan.w[c], px(v, -d->columns[c].width));
		x += plan.w[c];
	}
	return plan;
}

/* Room for the words of a cell. */
static struct box words_box(const struct view *v, struct box at, bool first)
{
	float inset = first ? 0 : px(v, 12);

	return (struct box){at.x + inset, at.y, at.w - inset - px(v, 8), at.h};
}

static float line_h(const struct view *v)
{
	return px_round(v, theme_fonts[FONT_NORMAL].size_px * 1.4f);
}

#define LINES_MOST 6 /* of a sentence; of a longer one the inspector tells the rest */

/* Bytes of text that fit into the width, cut at a space; all of them, or at least one word. */
static size_t words_that_fit(const struct measure *m, float w, const char *text)
{
	size_t len = strlen(text), fit = len;

	if (m->width(m->payload, FONT_NORMAL, text, len) <= w)
		return len;
	while (fit > 0 && (text[fit] != ' ' || m->width(m->payload, FONT_NORMAL, text, fit) > w))
		fit--;
	return fit > 0 ? fit : len;
}

/* Sentences that are too long for one line take more. */
static float row_h(const struct view *v, enum tab tab, const struct plan *plan, size_t row)
{
	const struct tab_desc *d = tab_desc(tab);
	struct box at = words_box(v, (struct box){0, 0, plan->w[1], 0}, false);
	float one = px_round(v, v->theme.metrics->table_row_h), scale = v->theme.scale;
	struct measure measure = {theme_text_width, &scale};
	struct tab_cell cell = {.text = ""};
	const char *text = cell.text;
	int lines = 0;

	if (v->theme.metrics->pad <= 0 || tab != TAB_FINDINGS)
		return one;
	d->cell(v, row, 1, &cell);
	/* Fonts are a little wider than the table of their widths has it. */
	for (; lines < LINES_MOST && text[0]; lines++) {
		text += words_that_fit(&measure, at.w * 0.98f, text);
		text += text[0] == ' ';
	}
	return lines <= 1 ? one : (float)lines * line_h(v) + px_round(v, 4);
}

float panel_table_rows_h(const struct view *v, enum tab tab, float width_px, float most_px)
{
	const struct tab_desc *d = tab_desc(tab);
	struct plan plan = plan_columns(v, d, (struct box){0, 0, width_px, 0});
	size_t nr = tab_count(v, tab);
	float one = px_round(v, v->theme.metrics->table_row_h), h = 0;

	if (tab != TAB_FINDINGS)
		return fminf(one * (float)nr, floorf(most_px / one) * one);
	for (size_t row = 0; row < nr; row++) {
		float more = row_h(v, tab, &plan, row);

		if (h + more > most_px)
			break;
		h += more;
	}
	return h;
}

float panel_table_head_h(const struct view *v)
{
	return tab_h(v) + head_h(v);
}

/* On as many lines as the row has room for, broken at spaces. */
static void build_words(const struct view *v, struct scene *s, struct box at, rgba_t color,
			const char *text)
{
	float h = line_h(v);
	int most = (int)fmaxf(1, floorf(at.h / h)), nr = 0;
	const char *lines[LINES_MOST];
	size_t lens[LINES_MOST];
	char line[sizeof(((struct tab_cell *)0)->text)];

	for (; nr < most && nr < LINES_MOST && text[0]; nr++) {
		bool last = nr + 1 == most || nr + 1 == LINES_MOST;

		lines[nr] = text;
		lens[nr] = last ? strlen(text) : words_that_fit(&s->measure, at.w, text);
		text += lens[nr];
		text += text[0] == ' ';
	}
	if (nr > 1) {
		at.y = floorf(at.y + (at.h - h * (float)nr) / 2);
		at.h = h;
	}
	for (int i = 0; i < nr; i++) {
		snprintf(line, sizeof(line), "%.*s", (int)lens[i], lines[i]);
		scene_text(s, at, FONT_NORMAL, color, ALIGN_LEFT, line);
		at.y += h;
	}
}

static const char *tab_title(const struct view *v, enum tab tab, char *buf, size_t len)
{
	const struct tab_desc *d = tab_desc(tab);
	size_t nr = tab_count(v, tab);

	if (tab == TAB_CRITICAL || (nr == 0 && tab != TAB_FINDINGS && tab != TAB_LOCKS))
		snprintf(buf, len, "%s", d->name);
	else if ((tab == TAB_FINDINGS && !study_findings(v->study)) ||
		 (tab == TAB_LOCKS && !study_locks(v->study)))
		snprintf(buf, len, "%s", d->name);
	else if (tab == v->tabs->open && v->tabs->filter[0])
		snprintf(buf, len, "%s %zu of %zu", d->name, v->tabs->nr, nr);
	else
		snprintf(buf, len, "%s %zu", d->name, nr);
	return buf;
}

static void build_tabs(const struct view *v, struct scene *s, const struct pane *pane)
{
	struct box area = pane->area;
	const struct palette *p = v->theme.palette;
	float x = area.x + px(v, v->theme.metrics->pad), h = tab_h(v), right;
	char title[48], filter[ENTRY_LEN + 32];

	for (int tab = 0; tab < TAB_NR; tab++) {
		bool open = pane->tab == (enum tab)tab;

		if ((v->still || pane->beside) && !open) /* nobody can click on it */
			continue;
		tab_title(v, (enum tab)tab, title, sizeof(title));
		float w = scene_text_width(s, open ? FONT_BOLD : FONT_NORMAL, title);
		struct box at = {x, area.y, w + 2, h};
		struct box hit = {x - px(v, 12), area.y, w + px(v, 24), h};

		s->ref = (struct ref){.kind = REF_TAB, .index = (uint32_t)tab};
		if (ref_equal(&s->ref, &v->hovered))
			scene_rect(s, hit, rgba_alpha(p->text, 0x10), 0);
		scene_hit(s, hit);
		scene_no_ref(s);
		scene_text(s, at, open ? FONT_BOLD : FONT_NORMAL, open ? p->text : p->dim,
			   ALIGN_LEFT, title);
		if (open && !pane->beside && v->theme.metrics->pad > 0)
			scene_rect(s,
				   (struct box){x, area.y + h - px_round(v, 2), w, px_round(v, 2)},
				   p->accent, 0);
		x += w + px(v, 32);
	}
	right = area.x + area.w - px(v, v->theme.metrics->pad);
	if (v->still || pane->beside ||
	    (!v->tabs->filter[0] && v->entry->mode != ENTRY_FILTER && right - x < px(v, 90)))
		return;
	bool typing = v->entry->mode == ENTRY_FILTER;

	snprintf(filter, sizeof(filter), typing || v->tabs->filter[0] ? "filter: %s%s" : "filter",
		 v->tabs->filter, typing ? "\xe2\x94\x82" : "");
	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_FILTER};
	struct box at = {x, area.y, right - x, h};

	scene_hit(s, at);
	scene_no_ref(s);
	scene_text(s, at, FONT_SMALL, typing || v->tabs->filter[0] ? p->accent : p->dim,
		   ALIGN_RIGHT, filter);
}

static void build_head(const struct view *v, struct scene *s, const struct pane *pane,
		       const struct plan *plan)
{
	const struct palette *p = v->theme.palette;
	const struct tab_desc *d = tab_desc(pane->tab);
	const struct tab_state *state = &v->tabs->of[pane->tab];
	float h = head_h(v), y = pane->area.y + tab_h(v);
	char name[48];

	for (unsigned int c = 0; c < plan->nr; c++) {
		bool sorted = state->sort == c && !v->still;
		bool left = d->columns[c].words || (c == 0 && !d->columns[c].mono);
		float inset = left ? px(v, c ? 12 : 0) : px(v, 6);
		struct box at = {plan->x[c] + inset, y, plan->w[c] - inset - (left ? px(v, 8) : 0),
				 h};

		snprintf(name, sizeof(name), "%s%s", d->columns[c].name,
			 !sorted            ? ""
			 : state->ascending ? " \xe2\x96\xb4"
					    : " \xe2\x96\xbe");
		s->ref = (struct ref){.kind = REF_COLUMN, .lane = pane->tab, .index = c};
		scene_hit(s, (struct box){plan->x[c], y, plan->w[c], h});
		if (ref_equal(&s->ref, &v->hovered))
			sorted = true;
		scene_no_ref(s);
		scene_text(s, at, FONT_SMALL, sorted ? p->text : p->dim,
			   left ? ALIGN_LEFT : ALIGN_RIGHT, name);
	}
}

static void build_bar(const struct view *v, struct scene *s, struct box at, double share)
{
	const struct palette *p = v->theme.palette;
	struct box bar = {at.x, floorf(at.y + at.h / 2 - px(v, 5)), px(v, 60), px_round(v, 10)};

	if (v->theme.metrics->pad > 0)
		scene_rect(s, bar, p->header, px(v, 2));
	bar.w = fmaxf(1, bar.w * (float)fmin(share, 1));
	scene_rect(s, bar, palette_weight(p, (uint32_t)(share * 1e6)), px(v, 2));
}

static void build_row(const struct view *v, struct scene *s, enum tab tab, const struct plan *plan,
		      struct box box, size_t row)
{
	const struct tab_desc *d = tab_desc(tab);
	const struct palette *p = v->theme.palette;
	bool here = v->tabs->of[tab].at == row && !v->still;

	s->ref = d->ref(v, row);
	if (here || ref_equal(&s->ref, &v->hovered))
		scene_rect(s, box, rgba_alpha(here ? p->accent : p->text, here ? 0x28 : 0x10), 0);
	scene_hit(s, box);
	scene_no_ref(s);
	for (unsigned int c = 0; c < plan->nr; c++) {
		const struct tab_column *col = &d->columns[c];
		struct tab_cell cell = {.text = ""};
		struct box at = {plan->x[c], box.y, plan->w[c], box.h};
		bool first = c == 0;

		d->cell(v, row, c, &cell);
		if (first && d->share)
			build_bar(v, s, at, d->share(v, row));
		if (first && d->color) {
			float size = px_round(v, 9);

			scene_rect(s,
				   (struct box){at.x, floorf(at.y + (at.h - size) / 2), size, size},
				   d->color(v, row), px(v, 2));
			at.x += px(v, 17);
			at.w -= px(v, 17);
		}
		rgba_t color = first || (col->words && col->width <= 0) ? p->text : p->dim;

		if (col->words && !col->mono)
			build_words(v, s, words_box(v, at, first), color, cell.text);
		else
			scene_text(s, at, col->mono ? FONT_MONO : FONT_NORMAL, color,
				   first && !col->mono ? ALIGN_LEFT : ALIGN_RIGHT, cell.text);
	}
}

/* Why there is no row. */
static void say_empty(const struct view *v, struct scene *s, struct box box)
{
	const struct tab_desc *d = tab_desc(v->tabs->open);
	bool studied = v->tabs->open == TAB_FINDINGS || v->tabs->open == TAB_LOCKS;
	const char *text = d->empty;
	char progress[64];

	if (tab_count(v, v->tabs->open) > 0)
		text = "No row holds these letters.";
	else if (studied && !v->study)
		text = "Nobody has analysed this trace here.";
	else if (studied && study_state(v->study) == STUDY_FAILED)
		text = "The trace could not be read a second time to analyse it.";
	else if (studied && study_state(v->study) == STUDY_READING) {
		text = v->mode == MODE_LIVE ? "Told when the recording has ended."
					    : "Analysing\xe2\x80\xa6";
		if (study_progress(v->study) >= 0) {
			snprintf(progress, sizeof(progress), "Analysing\xe2\x80\xa6 %.0f %%",
				 study_progress(v->study) * 100);
			text = progress;
		}
	}
	scene_text(s, box, FONT_NORMAL, v->theme.palette->dim, ALIGN_LEFT, text);
}

static size_t rows_seen(const struct view *v, const struct pane *pane)
{
	struct plan plan = plan_columns(v, tab_desc(pane->tab), pane->area);
	float h = pane->area.h - tab_h(v) - head_h(v);
	size_t nr = 0;

	/* From the last row up: scrolled to the end, that many are seen. */
	while (nr < pane->nr && h >= 0) {
		h -= row_h(v, pane->tab, &plan, pane->order[pane->nr - 1 - nr]);
		nr += h >= 0;
	}
	return nr;
}

size_t panel_table_rows(const struct view *v)
{
	struct pane pane = pane_open(v);

	return rows_seen(v, &pane);
}

size_t panel_table_most(const struct view *v, enum tab tab)
{
	struct pane pane = tab == v->tabs->open ? pane_open(v) : pane_beside(v);
	size_t seen = rows_seen(v, &pane);

	return pane.nr > seen ? pane.nr - seen : 0;
}

/* In a picture, which nobody can scroll: how many rows it does not show, and where they are told.
 */
static void say_more(const struct view *v, struct scene *s, const struct pane *pane, size_t nr)
{
	float pad = px(v, v->theme.metrics->pad);
	struct box at = {pane->area.x + pad, pane->area.y, pane->area.w - 2 * pad, tab_h(v)};

	if (v->still && nr > 0)
		scene_textf(s, at, FONT_SMALL, v->theme.palette->text, ALIGN_RIGHT,
			    "%zu more: see conctrace report", nr);
}

static void build_pane(const struct view *v, struct scene *s, const struct pane *pane)
{
	const struct palette *p = v->theme.palette;
	const struct tab_desc *d = tab_desc(pane->tab);
	struct box area = pane->area;
	struct plan plan = plan_columns(v, d, area);
	float top = area.y + tab_h(v) + head_h(v);

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->ground, 0);
	scene_no_ref(s);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	uint8_t clip = scene_clip(s, area);

	build_tabs(v, s, pane);
	build_head(v, s, pane, &plan);
	size_t i = v->tabs->of[pane->tab].first;

	for (; i < pane->nr; i++) {
		if (pane->order[i] >= d->nr(v))
			continue;
		struct box at = {area.x, top, area.w, row_h(v, pane->tab, &plan, pane->order[i])};

		/* What is cut tells that there is more; nobody can scroll a picture. */
		if ((v->still ? at.y + at.h : at.y + 1) > area.y + area.h)
			break;
		build_row(v, s, pane->tab, &plan, at, pane->order[i]);
		top += at.h;
	}
	say_more(v, s, pane, pane->nr > i ? pane->nr - i : 0);
	if (pane->nr == 0)
		say_empty(v, s,
			  (struct box){area.x + px(v, v->theme.metrics->pad), top, area.w,
				       px_round(v, v->theme.metrics->table_row_h)});
	scene_unclip(s, clip);
}

void panel_table(const struct view *v, struct scene *s)
{
	struct pane pane = pane_open(v);

	build_pane(v, s, &pane);
	if (v->layout.table_beside.h <= 0 || v->tabs->beside == TAB_NR)
		return;
	pane = pane_beside(v);
	build_pane(v, s, &pane);
	if (pane.area.x > 0) /* at its side, not below */
		scene_rect(s, (struct box){pane.area.x, pane.area.y, 1, pane.area.h},
			   v->theme.palette->rule, 0);
}
