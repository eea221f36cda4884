/* SPDX-License-Identifier: BSD-2-Clause */
/* Above the lanes: what is shown and how it goes, and the whole run at a glance. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/duration.h"
#include "base/plain.h"
#include "viz/action.h"
#include "viz/panels.h"

#define SAYS_ALONE_W 760 /* px at scale 1: a narrower bar has a message, the badge and the time */

static const char *badge_text(const struct view *v, char *buf, size_t len)
{
	int status = timeline_info(v->tl)->exit_status;

	if (v->mode == MODE_LIVE)
		return v->frozen ? "FROZEN" : "LIVE";
	if (v->playhead_ns != INT64_MAX) {
		if (!v->playing)
			return "PAUSED";
		snprintf(buf, len,
			 v->speed >= 1 ? "PLAYING \xc3\x97 %.0f" : "PLAYING \xc3\x97 1/%.0f",
			 v->speed >= 1 ? v->speed : 1 / v->speed);
		return buf;
	}
	if (v->mode == MODE_REPLAY)
		return "REPLAY";
	if (status == INFO_NO_STATUS)
		return "ENDED";
	if (WIFSIGNALED(status))
		snprintf(buf, len, "ENDED \xc2\xb7 signal %d", WTERMSIG(status));
	else
		snprintf(buf, len, "ENDED \xc2\xb7 exit %d", WEXITSTATUS(status));
	return buf;
}

static float badge_w(const struct view *v, const struct scene *s)
{
	bool live = v->mode == MODE_LIVE && !v->frozen;
	char buf[32];
	float w = scene_text_width(s, FONT_SMALL_BOLD, badge_text(v, buf, sizeof(buf)));

	return v->theme.metrics->pad <= 0 ? w : ceilf(w + px(v, live ? 30 : 20));
}

/* Returns the x after it. */
static float build_badge(const struct view *v, struct scene *s, float x)
{
	const struct palette *p = v->theme.palette;
	char buf[32];
	const char *text = badge_text(v, buf, sizeof(buf));
	bool live = v->mode == MODE_LIVE && !v->frozen;
	rgba_t color = live ? p->live : p->badge, ground = live ? p->live_ground : p->badge_ground;
	float h = px_round(v, 20), dot = px_round(v, live ? 8 : 0);
	struct box box = {x, v->layout.top.y + floorf((v->layout.top.h - h) / 2), badge_w(v, s), h};

	if (v->theme.metrics->pad <= 0) { /* a terminal: the word alone */
		scene_text(s, (struct box){x, 0, box.w, v->layout.top.h}, FONT_SMALL_BOLD, color,
			   ALIGN_LEFT, text);
		return x + box.w;
	}
	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_PLAY};
	scene_rect(s, box, ground, h / 2);
	scene_no_ref(s);
	if (live)
		scene_rect(s, (struct box){x + px(v, 10), box.y + (h - dot) / 2, dot, dot}, color,
			   dot / 2);
	scene_text(s, (struct box){x + px(v, live ? 22 : 10), box.y, box.w, h}, FONT_SMALL_BOLD,
		   color, ALIGN_LEFT, text);
	return x + box.w;
}

/* whole: nothing is missing in what they count. */
static void counts(const struct view *v, char *out, size_t len, bool *whole)
{
	const struct machine *m = timeline_machine(v->tl);
	uint64_t lost = timeline_info(v->tl)->quality.lost;
	size_t nr_gaps;
	const struct gap *gaps = timeline_gaps(v->tl, &nr_gaps);
	uint64_t in_gaps = 0;
	char records[PLAIN_COUNT_LEN], gone[PLAIN_COUNT_LEN];
	uint32_t cpus = timeline_nr_cpus(v->tl);

	for (size_t i = 0; i < nr_gaps; i++)
		in_gaps += gaps[i].lost;
	if (in_gaps > lost)
		lost = in_gaps;
	*whole = true;
	if (v->progress >= 0) {
		snprintf(out, len, "%s, %.0f %% \xc2\xb7 %s records",
			 timeline_is_complete(v->tl) ? "analysing" : "reading",
			 fmin(v->progress, 1) * 100, plain_count(machine_nr_records(m), records));
		return;
	}
	const struct flaw *flaw = view_flaw(v);

	snprintf(out, len, "%u %s \xc2\xb7 %u %s \xc2\xb7 %s records \xc2\xb7 %s lost%s%s", cpus,
		 cpus == 1 ? "core" : "cores", v->tree->nr_colors,
		 v->tree->nr_colors == 1 ? "task" : "tasks",
		 plain_count(machine_nr_records(m), records), plain_count(lost, gone),
		 flaw ? " \xc2\xb7 " : "", flaw ? flaw->words : "");
	*whole = lost == 0 && !flaw;
}

#define DOT " \xc2\xb7 "

/* Counts that find no room are left out, whole ones: the last, or where something is missing the
 * first. Returns where what is left begins. */
static const char *counts_that_fit(const struct scene *s, char *text, bool whole, float w)
{
	while (scene_text_width(s, FONT_SMALL, text) > w) {
		char *dot = NULL;

		for (char *at = text; (at = strstr(at, DOT)) && (whole || !dot); at += strlen(DOT))
			dot = at;
		if (!dot)
			return "";
		if (whole)
			*dot = '\0';
		else
			text = dot + strlen(DOT);
	}
	return text;
}

/* A command on one line: a script that it was given may have several, with blanks before each. */
static void title_text(const char *title, char *out, size_t len)
{
	size_t at = 0;

	for (; *title && at + 1 < len; title++) {
		bool blank = *title == ' ' || *title == '\n' || *title == '\t';

		if (!blank)
			out[at++] = *title;
		else if (at > 0 && out[at - 1] != ' ')
			out[at++] = ' ';
	}
	out[at] = '\0';
}

/* Key hints at the right; returns where they begin. */
static float build_hints(const struct view *v, struct scene *s, float right)
{
	static const struct {
		enum action action;
		const char *live, *replay;
	} hints[] = {{ACTION_HELP, "help", "help"},
		     {ACTION_FOLLOW, "follow", NULL},
		     {ACTION_PLAY, "freeze", "play"},
		     {ACTION_ALL, "all", "all"}};
	const struct palette *p = v->theme.palette;
	float x = right;

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const char *name = v->mode == MODE_LIVE ? hints[i].live : hints[i].replay;
		char key[24];

		if (!name)
			continue;
		if (v->layout.top.w < px(v, 760) && x < v->layout.top.w * 0.8f)
			break; /* help goes before all others */
		if (hints[i].action == ACTION_PLAY && (v->frozen || v->playing))
			name = v->frozen ? "resume" : "pause";
		action_key_text(hints[i].action, key, sizeof(key));
		float kw = scene_text_width(s, FONT_MONO_SMALL, key),
		      nw = scene_text_width(s, FONT_SMALL, name);
		struct box chip = {x - kw - px(v, 10), v->layout.top.h / 2 - px_round(v, 9),
				   kw + px(v, 10), px_round(v, 18)};
		struct box hit = {chip.x - nw - px(v, 12), 0, chip.w + nw + px(v, 20),
				  v->layout.top.h};

		if (v->theme.metrics->pad <= 0) { /* a terminal: the words alone */
			chip.w = kw + nw + 8;
			x = roundf((x - chip.w) / 8) * 8;
			scene_textf(s, (struct box){x, 0, chip.w + 8, v->layout.top.h}, FONT_SMALL,
				    p->dim, ALIGN_LEFT, "%s %s", key, name);
			x -= 16;
			continue;
		}
		s->ref = (struct ref){.kind = REF_ACTION, .index = hints[i].action};
		scene_hit(s, hit);
		scene_no_ref(s);
		scene_rect(s, chip, p->rule, px(v, 4));
		scene_text(s, chip, FONT_MONO_SMALL, p->text, ALIGN_CENTRE, key);
		scene_text(s, (struct box){chip.x - nw - px(v, 6), 0, nw + 2, v->layout.top.h},
			   FONT_SMALL, p->dim, ALIGN_LEFT, name);
		x = hit.x - px(v, 8);
	}
	return x;
}

/* Box of the search, of which the hint or what is typed and the count are shown; returns where it
 * begins. */
static float build_search(const struct view *v, struct scene *s, float right)
{
	const struct palette *p = v->theme.palette;
	bool typing = v->entry->mode == ENTRY_SEARCH || v->entry->mode == ENTRY_NOTE;
	bool note = v->entry->mode == ENTRY_NOTE, found = v->find->text[0] != 0;
	float h = px_round(v, 22), w = px_round(v, typing || found ? 280 : 210);
	struct box box = {right - w, floorf((v->layout.top.h - h) / 2), w, h};
	struct box in = {box.x + px(v, 8), box.y, w - px(v, 16), h};
	char text[ENTRY_LEN + 32], count[48] = "";

	s->ref = (struct ref){.kind = REF_ACTION, .index = ACTION_SEARCH};
	scene_hit(s, (struct box){box.x, 0, w, v->layout.top.h});
	scene_no_ref(s);
	scene_rect(s, box, p->ground, px(v, 4));
	scene_frame(s, box, typing ? p->accent : p->rule, 1, px(v, 4));
	if (found && !note) {
		if (v->find->at < v->find->nr)
			snprintf(count, sizeof(count), "%zu of %zu%s", v->find->at + 1, v->find->nr,
				 v->find->too_many ? "+" : "");
		else
			snprintf(count, sizeof(count), "%zu%s found", v->find->nr,
				 v->find->too_many ? "+" : "");
	}
	snprintf(text, sizeof(text), "%s%s%s", note ? "mark: " : "",
		 typing ? v->entry->text : v->find->text, typing ? "\xe2\x94\x82" : "");
	float cw = scene_text_width(s, FONT_SMALL, count) + px(v, 8);

	if (typing || found)
		scene_text(s, (struct box){in.x, in.y, in.w - cw, h}, FONT_NORMAL, p->text,
			   ALIGN_LEFT, text);
	else
		scene_text(s, in, FONT_SMALL, p->dim, ALIGN_LEFT, "/  tasks, locks, findings");
	scene_text(s, in, FONT_SMALL, v->find->nr ? p->accent : p->gap_text, ALIGN_RIGHT, count);
	return box.x;
}

/* How long it is; while it is played also how far. */
static void time_text(const struct view *v, char *out, size_t len)
{
	int64_t begin_ns = (int64_t)timeline_begin_ns(v->tl);
	int64_t length_ns = (int64_t)timeline_end_ns(v->tl) - begin_ns;
	int64_t step_ns = length_ns > 100000000 ? 1000000 : 1000;
	char buf[DURATION_LEN], whole[DURATION_LEN];

	/* Rounded, as it is wherever else it is told. */
	duration_step((length_ns + step_ns / 2) / step_ns * step_ns, step_ns, whole);
	if (v->playhead_ns == INT64_MAX)
		snprintf(out, len, "%s", whole);
	else
		snprintf(out, len, "%s of %s",
			 duration_step(v->playhead_ns - begin_ns, step_ns, buf), whole);
}

/* On two lines where one is too short for it; what is still too long is cut. */
static void build_message(const struct view *v, struct scene *s, float x, float right)
{
	const struct palette *p = v->theme.palette;
	struct box box = {x, 0, right - x, v->layout.top.h};
	float h = panel_wrap_height(v, s, box.w, FONT_SMALL, v->message);
	float line = panel_wrap_height(v, s, box.w, FONT_SMALL, "x");

	if (v->theme.metrics->pad <= 0 || h <= line) {
		scene_text(s, box, FONT_SMALL, p->accent, ALIGN_LEFT, v->message);
		return;
	}
	box.y = floorf((box.h - 2 * line) / 2);
	panel_wrap_lines(v, s, box, 2, FONT_SMALL, p->accent, v->message);
}

/* What is typed in a terminal has its bar alone. */
static void build_typed(const struct view *v, struct scene *s, struct box box)
{
	static const char *const names[] = {[ENTRY_SEARCH] = "search",
					    [ENTRY_FILTER] = "filter",
					    [ENTRY_NOTE] = "mark",
					    [ENTRY_PALETTE] = "act"};

	scene_textf(s, box, FONT_BOLD, v->theme.palette->accent, ALIGN_LEFT, "%s: %s_",
		    names[v->entry->mode], v->entry->text);
}

/* Name of the program and of the command, which may be long: what follows needs reserved px.
 * Returns the x after them. */
static float build_title(const struct view *v, struct scene *s, float x, float right,
			 float reserved)
{
	const struct palette *p = v->theme.palette;
	float gap = px(v, 16), h = v->layout.top.h;
	char title[256];

	scene_text(s, (struct box){x, 0, right - x, h}, FONT_TITLE, p->text, ALIGN_LEFT,
		   "conctrace");
	x += scene_text_width(s, FONT_TITLE, "conctrace") + gap;
	title_text(v->title, title, sizeof(title));
	float whole_w = scene_text_width(s, FONT_NORMAL, title);
	float title_w = fminf(whole_w, right - x - reserved - 2 * gap);

	if (title_w <= 0 || (title_w < whole_w && title_w <= px(v, 40)))
		return x;
	scene_text(s, (struct box){x, 0, title_w, h}, FONT_NORMAL, p->dim, ALIGN_LEFT, title);
	return x + title_w + gap * 1.5f;
}

/* Key hints and the search; returns where they begin. The box of the search, when nothing is
 * searched for, makes room for a message. */
static float build_right(const struct view *v, struct scene *s, float right)
{
	struct box top = v->layout.top;
	bool asked =
	    v->entry->mode == ENTRY_SEARCH || v->entry->mode == ENTRY_NOTE || v->find->text[0];
	bool room = top.w > px(v, 1180) && (!v->message[0] || top.w > px(v, 1600));

	if (v->still)
		return right;
	if (top.w > px(v, 460) && (!v->message[0] || top.w > px(v, SAYS_ALONE_W)))
		right = build_hints(v, s, right) - px(v, 16);
	if (v->theme.metrics->pad > 0 && (room || asked))
		right = build_search(v, s, right) - px(v, 16);
	return right;
}

void panel_top(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box top = v->layout.top;
	float pad = px(v, v->theme.metrics->pad), gap = px(v, 16), x = top.x + pad;
	char text[160], length[2 * DURATION_LEN + 8];
	bool whole,
	    said = v->message[0] && (pad > 0 || v->still); /* a terminal has its last line */

	s->ref = (struct ref){.kind = REF_PANEL};
	scene_ground(s, top, p->bar, 0);
	scene_no_ref(s);
	if (pad > 0)
		scene_rect(s, (struct box){top.x, top.h - 1, top.w, 1}, p->rule, 0);
	if (!v->still && pad > 0 && v->progress >= 0)
		scene_rect(s,
			   (struct box){top.x, top.h - px_round(v, 2),
					top.w * (float)fmin(v->progress, 1), px_round(v, 2)},
			   p->accent, 0);
	float right = build_right(v, s, top.x + top.w - pad);

	if (!v->still && pad <= 0 && v->entry->mode != ENTRY_NONE) {
		build_typed(v, s, (struct box){x, 0, right - x, top.h});
		return;
	}
	counts(v, text, sizeof(text), &whole);
	time_text(v, length, sizeof(length));
	float cw = scene_text_width(s, FONT_SMALL, text), bw = px(v, 110);
	float tw = fmaxf(px(v, 78), scene_text_width(s, FONT_MONO, length));
	float name_w = scene_text_width(s, FONT_TITLE, "conctrace") + gap;
	bool room = right - x - name_w > bw + tw + cw + px(v, 160);

	if (said) /* half of it on each line */
		cw = fminf(scene_text_width(s, FONT_SMALL, v->message) / 2 + px(v, 60), px(v, 360));
	/* What the search leaves too little room for is left out: first the program's name. */
	float least = badge_w(v, s) + gap + scene_text_width(s, FONT_MONO, length);

	if ((!said || top.w > px(v, SAYS_ALONE_W)) && (pad <= 0 || right - x >= name_w + least))
		x = build_title(v, s, x, right, bw + tw + (room || said ? cw + gap : 0));
	if (pad > 0 && right - x < least - scene_text_width(s, FONT_MONO, length) - gap)
		return;
	x = build_badge(v, s, x) + gap;
	if (pad > 0 && right - x < scene_text_width(s, FONT_MONO, length))
		return;
	scene_text(s, (struct box){x, 0, right - x, top.h}, FONT_MONO, p->text, ALIGN_LEFT, length);
	x += tw + gap;
	if (said)
		build_message(v, s, x, right);
	else
		scene_text(s, (struct box){x, 0, right - x, top.h}, FONT_SMALL,
			   whole ? p->dim : p->gap_text, ALIGN_LEFT,
			   counts_that_fit(s, text, whole, right - x));
}

struct busy_column {
	float busy, own;
	bool lost;
};

/* The mean of the buckets in [from, to) of the run. */
static bool column_of(const struct overview *o, double from_ns, double to_ns,
		      struct busy_column *out)
{
	size_t first = (size_t)(from_ns / (double)o->bucket_ns);
	size_t last = (size_t)ceil(to_ns / (double)o->bucket_ns);

	if (first >= o->nr)
		return false;
	last = last > first ? last : first + 1;
	last = last < o->nr ? last : o->nr;
	*out = (struct busy_column){0};
	for (size_t k = first; k < last; k++) {
		out->busy += o->busy[k] / (float)(last - first);
		out->own += o->split ? o->own[k] / (float)(last - first) : 0;
		out->lost |= o->lost[k];
	}
	if (!o->split)
		out->own = out->busy;
	return true;
}

/* How busy the cores were: with what was traced below, with others above. Neighbours of the same
 * height become one rectangle. */
static void build_histogram(const struct view *v, struct scene *s, struct box box)
{
	const struct palette *p = v->theme.palette;
	const struct overview *o = v->overview;
	double length = (double)(timeline_end_ns(v->tl) - timeline_begin_ns(v->tl));
	size_t nr = (size_t)(box.w / px_round(v, 2));
	float full = box.h - px_round(v, 6), begin = box.x, own_h = 0, busy_h = 0;
	bool lost = false;

	if (o->nr == 0 || length <= 0)
		return;
	for (size_t i = 0; i <= nr; i++) {
		double from = length * (double)i / (double)nr;
		float x = roundf(box.x + box.w * (float)i / (float)nr), own = 0, busy = 0;
		struct busy_column col = {0};

		if (i < nr && column_of(o, from, from + length / (double)nr, &col)) {
			busy = col.busy > 0 ? fmaxf(roundf(full * col.busy), 1) : 0;
			own = fminf(col.own > 0 ? fmaxf(roundf(full * col.own), 1) : 0, busy);
		}
		if (i > 0 && i < nr && own == own_h && busy == busy_h && col.lost == lost)
			continue;
		if (busy_h > own_h)
			scene_rect(
			    s,
			    (struct box){begin, box.y + box.h - busy_h, x - begin, busy_h - own_h},
			    rgba_alpha(p->other, 0xb0), 0);
		if (own_h > 0)
			scene_rect(s, (struct box){begin, box.y + box.h - own_h, x - begin, own_h},
				   p->accent_dim, 0);
		if (lost)
			scene_rect(s,
				   (struct box){begin, box.y + px(v, 1), x - begin, px_round(v, 4)},
				   p->gap_text, 0);
		begin = x;
		own_h = own;
		busy_h = busy;
		lost = col.lost;
	}
}

/* "cores busy 99 %, others 56 %" */
static void busy_text(const struct overview *o, char *out, size_t len)
{
	float others = o->split ? o->mean - o->mean_own : 0;
	int at = snprintf(out, len, "cores busy %.0f %%", (double)o->mean * 100);

	if (others >= 0.01f)
		snprintf(out + at, len - (size_t)at, ", others %.0f %%", (double)others * 100);
}

void panel_overview(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.overview;
	float pad = px(v, v->theme.metrics->pad), inset = px_round(v, 8);
	struct box box = {area.x + v->layout.gutter_w, area.y + inset, area.w - v->layout.gutter_w,
			  area.h - 2 * inset};
	int64_t begin_ns = (int64_t)timeline_begin_ns(v->tl),
		end_ns = (int64_t)timeline_end_ns(v->tl);
	char busy[64];

	scene_ground(s, area, p->ground, 0);
	scene_text(
	    s, (struct box){area.x + pad, box.y + px(v, 4), v->layout.gutter_w - pad, px(v, 16)},
	    FONT_NORMAL, p->text, ALIGN_LEFT, "whole run");
	busy[0] = '\0'; /* of no time at all nothing is said */
	if (v->overview->nr > 0)
		busy_text(v->overview, busy, sizeof(busy));
	scene_text(
	    s, (struct box){area.x + pad, box.y + px(v, 22), v->layout.gutter_w - pad, px(v, 16)},
	    FONT_SMALL, p->dim, ALIGN_LEFT, busy);
	s->ref = (struct ref){.kind = REF_OVERVIEW};
	scene_ground(s, box, p->lane, px(v, 3));
	scene_no_ref(s);
	build_histogram(v, s, box);
	if (end_ns <= begin_ns)
		return;
	double scale = (double)box.w / (double)(end_ns - begin_ns);
	float x0 = box.x + (float)((double)(v->vp.now.begin_ns - begin_ns) * scale);
	float x1 = box.x + (float)((double)(viewport_end(&v->vp) - begin_ns) * scale);

	x0 = fminf(fmaxf(x0, box.x), box.x + box.w - 2);
	x1 = fmaxf(fminf(x1, box.x + box.w), x0 + px(v, 4));
	const struct result *found = study_findings(v->study);

	/* Findings that are about a part of the run, and marks. */
	for (size_t i = 0; found && i < found->nr_findings && scale > 0; i++) {
		const struct finding *f = &found->findings[i];

		if (!finding_is_throughout(v, f))
			scene_rect(
			    s,
			    (struct box){
				box.x + (float)((double)((int64_t)f->begin_ns - begin_ns) * scale),
				box.y, px_round(v, 2), px_round(v, 5)},
			    palette_weight(p, f->severity), 0);
	}
	for (size_t i = 0; i < v->marks->nr; i++)
		scene_rect(s,
			   (struct box){box.x + (float)((double)v->marks->at[i].at_ns * scale),
					box.y, px_round(v, 2), box.h},
			   p->accent, 0);
	/* What lies outside of the window on it is dimmed. */
	scene_rect(s, (struct box){box.x, box.y, x0 - box.x, box.h}, p->shade, 0);
	scene_rect(s, (struct box){x1, box.y, box.x + box.w - x1, box.h}, p->shade, 0);
	scene_frame(s, (struct box){x0, box.y, x1 - x0, box.h}, rgba_alpha(p->text, 0xa0), 1,
		    px(v, 2));
}
