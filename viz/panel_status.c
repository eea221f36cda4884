/* SPDX-License-Identifier: BSD-2-Clause */
/* The last line: what the fills and lines mean, and how many lanes are hidden. */
#include <math.h>
#include <stdio.h>

#include "model/reason.h"
#include "viz/action.h"
#include "viz/describe.h"
#include "viz/panels.h"

/* One entry of the legend; returns the x after it. */
static float legend_entry(const struct view *v, struct scene *s, float x, float right,
			  enum shape shape, rgba_t color, rgba_t ground, const char *name)
{
	struct box area = v->layout.status;
	bool cell = v->theme.metrics->pad <= 0;
	float w = px_round(v, cell ? 16 : 22), h = cell ? area.h : px_round(v, 10);
	struct box at = {x, floorf(area.y + (area.h - h) / 2), w, h};
	float tw = scene_text_width(s, FONT_SMALL, name);

	if (x + w + tw + px(v, 8) > right)
		return x;
	if (shape == SHAPE_RECT)
		scene_rect(s, at, color, px(v, 2));
	else if (shape == SHAPE_HATCH)
		scene_hatch(s, at, color, ground,
			    ground == v->theme.palette->runnable_ground ? HATCH_RISING
									: HATCH_FALLING);
	else if (shape == SHAPE_LINE)
		scene_line(s, at, color, px(v, v->theme.metrics->line));
	else
		scene_dots(s, at, color, px(v, v->theme.metrics->line));
	scene_text(s, (struct box){x + w + px(v, cell ? 8 : 6), area.y, tw + 2, area.h}, FONT_SMALL,
		   v->theme.palette->dim, ALIGN_LEFT, name);
	return x + w + tw + px(v, cell ? 24 : 24);
}

/* In a terminal, which has no inspector: the selection in one line. */
static bool build_selected(const struct view *v, struct scene *s)
{
	struct description d;
	char line[600];
	size_t at;

	if (v->message[0])
		return scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->accent,
				  ALIGN_LEFT, v->message) != NULL;
	if (!describe(v, &v->selected, &d))
		return false;
	at = (size_t)snprintf(line, sizeof(line), "%s \xc2\xb7 %s", d.title, d.subtitle);
	for (size_t i = 0; i < d.nr_lines && at < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s %s", i ? ";" : ":",
				       d.lines[i]);
	scene_text(s, v->layout.status, FONT_NORMAL, v->theme.palette->text, ALIGN_LEFT, line);
	return true;
}

/* "3 hidden: show all" at the right; returns the width it took. */
static float build_hidden(const struct view *v, struct scene *s)
{
	struct box area = v->layout.status;
	char text[64];

	if (v->tree->nr_hidden == 0)
		return 0;
	snprintf(text, sizeof(text), "%u hidden \xe2\x80\x94 show all", v->tree->nr_hidden);
	float w = scene_text_width(s, FONT_SMALL, text) + px(v, 2 * v->theme.metrics->pad);
	struct box at = {area.x + area.w - w, area.y, w, area.h};

	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_SHOW_HIDDEN};
	scene_hit(s, at);
	scene_no_ref(s);
	scene_text(s, at, FONT_SMALL, v->theme.palette->accent, ALIGN_CENTRE, text);
	return w;
}

void panel_status(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.status;
	float x = area.x + px(v, v->theme.metrics->pad);
	char name[32];
	static const enum reason reasons[] = {REASON_LOCK,  REASON_PIPE, REASON_SOCKET,
					      REASON_CHILD, REASON_FILE, REASON_POLL};

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, area, p->bar, 0);
	scene_no_ref(s);
	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){area.x, area.y, area.w, 1}, p->rule, 0);
	static const char *const running[COLOR_NR] = {
	    [COLOR_THREAD] = "running (thread's colour)",
	    [COLOR_PROCESS] = "running (process's colour)",
	    [COLOR_STATE] = "running",
	};

	if (v->theme.metrics->pad <= 0 && !v->still && build_selected(v, s))
		return;
	float right = area.x + area.w - build_hidden(v, s);

	x = legend_entry(v, s, x, right, SHAPE_RECT, p->tasks[0], 0, running[v->color_by]);
	x = legend_entry(v, s, x, right, SHAPE_HATCH, p->runnable, p->runnable_ground,
			 "ready, no core");
	x = legend_entry(v, s, x, right, SHAPE_DOTS, p->reasons[REASON_SLEEP], 0, "sleep");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		snprintf(name, sizeof(name), "%c %s", reason_letter(reasons[i]),
			 reason_key(reasons[i]));
		x = legend_entry(v, s, x, right, SHAPE_LINE, p->reasons[reasons[i]], 0, name);
	}
	x = legend_entry(v, s, x, right, SHAPE_HATCH, p->unknown, p->unknown_ground, "unknown");
	legend_entry(v, s, x, right, SHAPE_HATCH, p->gap, p->gap_ground, "records lost");
}
