/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/app.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/duration.h"
#include "viz/lane.h"
#include "viz/panels.h"

#define LIVE_SPAN_NS 2000000000 /* shown at first while following */
/* Before the edge, so that a burst of records is seen in the frame that follows it, while the view
 * goes on with the clock. At most so far where records stay away. */
#define FOLLOW_NS     16e6
#define FOLLOW_MAX_NS 100e6
#define FOLLOW_EASE_S 0.25
#define MESSAGE_S     4
#define TABLE_S       0.25
#define STUDY_NS      4000000 /* of analysis between two frames, and when nobody moves */
#define STUDY_IDLE_NS 8000000 /* a hand that begins to move waits no longer than that */
#define HANDS_OFF_S   0.3
#define SLOW_S        0.2     /* loading that takes longer says how far it is */
#define LOAD_NS       4000000 /* of reading again what a frame asked for, and when nobody moves */
#define LOAD_IDLE_NS  12000000
#define STRETCH_LEAST 0.75f
#define STRETCH_MOST  2.6f
#define PICTURE_WIDE  1500 /* px at scale 1 from which a picture has the right panel */

int64_t app_begin(const struct app *app)
{
	return (int64_t)timeline_begin_ns(app->tl);
}

int64_t app_end(const struct app *app)
{
	int64_t end_ns = (int64_t)timeline_end_ns(app->tl), begin_ns = app_begin(app);

	return end_ns > begin_ns ? end_ns : begin_ns + VIEWPORT_MIN_SPAN_NS;
}

void app_init(struct app *app, struct timeline *tl, const struct app_options *opts)
{
	memset(app, 0, sizeof(*app));
	app->tl = tl;
	app->user_scale = 1;
	app->base_scale = 1;
	app->inspector_open = opts->inspector;
	app->table_open = opts->table;
	app->dirty = true;
	app->run.task = TASK_NONE;
	tree_init(&app->tree);
	app->tree.hide_cpus = opts->hide_cpus;
	app->tree.hide_tasks = opts->hide_tasks;
	app->tree.hide_locks = opts->hide_locks;
	app->tree.hide_runq = opts->hide_runq;
	app->tree.hide_notes = opts->hide_notes;
	app->tree.all_tasks = opts->all_tasks;
	struct view *v = &app->view;

	v->tl = tl;
	v->tree = &app->tree;
	v->overview = &app->overview;
	v->run = &app->run;
	v->all = &app->all;
	v->table = &app->table;
	v->range = &app->range;
	v->path = &app->path;
	v->study = app->study = opts->study;
	v->entry = &app->entry;
	v->find = &app->find;
	v->marks = &app->marks;
	v->notes = &app->notes;
	v->tabs = &app->tabs;
	tabs_init(&app->tabs);
	app->tabs.open = opts->critical ? TAB_CRITICAL : TAB_TASKS;
	v->show_path = opts->critical;
	v->title = opts->title ? opts->title : "";
	v->theme.palette = opts->palette ? opts->palette : &palette_dark;
	v->theme.metrics = opts->metrics ? opts->metrics : &metrics_window;
	v->theme.scale = 1;
	v->layout.stretch = 1;
	v->still = opts->still;
	v->mode = opts->live ? MODE_LIVE : MODE_REPLAY;
	v->following = opts->live;
	v->playhead_ns = INT64_MAX;
	v->speed = 1;
	v->message = app->message;
	v->progress = -1;
	viewport_init(&v->vp, app_begin(app), app_end(app));
	if (opts->to_ns > opts->from_ns) {
		viewport_jump(&v->vp, app_begin(app) + (int64_t)opts->from_ns,
			      app_begin(app) + (int64_t)opts->to_ns);
		app->touched = true;
		v->following = false;
	}
}

void app_done(struct app *app)
{
	tree_done(&app->tree);
	overview_done(&app->overview);
	task_totals_done(&app->table);
	range_done(&app->range);
	path_done(&app->path);
	find_done(&app->find);
	marks_done(&app->marks);
	notes_done(&app->notes);
	tabs_done(&app->tabs);
	study_close(app->study);
	app->study = NULL;
}

void app_resize(struct app *app, float width_px, float height_px, float scale)
{
	app->width = width_px;
	app->height = height_px;
	app->base_scale = scale;
	app->view.theme.scale = scale * app->user_scale;
	app->tree.stale = true;
	app->dirty = true;
}

void app_say(struct app *app, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(app->message, sizeof(app->message), fmt, ap);
	va_end(ap);
	app->message_s = app->now_s;
	app->dirty = true;
}

void app_hush(struct app *app)
{
	/* What nobody asked for stays as long as it was to. */
	if (!app->message[0] || app->failed || app->message_s > app->now_s)
		return;
	app->message[0] = '\0';
	app->dirty = true;
}

/* ---- reading ---- */

static void on_new_data(struct app *app)
{
	struct view *v = &app->view;

	app->dirty = true;
	if (v->mode == MODE_REPLAY && !app->touched)
		viewport_jump(&v->vp, app_begin(app), app_end(app));
}

/* COMMAND's end: how, and after how long. */
static void say_end(struct app *app)
{
	int status = timeline_info(app->tl)->exit_status;
	char buf[DURATION_LEN];

	duration_text((uint64_t)(app_end(app) - app_begin(app)), buf);
	if (status == INFO_NO_STATUS)
		app_say(app, "the recording has ended after %s", buf);
	else if (WIFSIGNALED(status))
		app_say(app, "COMMAND was ended by signal %d (%s) after %s", WTERMSIG(status),
			strsignal(WTERMSIG(status)), buf);
	else
		app_say(app, "COMMAND has ended with status %d after %s", WEXITSTATUS(status), buf);
	app->message_s = app->now_s + 6; /* stays longer: nobody asked for it */
}

static void on_end(struct app *app)
{
	struct view *v = &app->view;

	app->complete = true;
	app->dirty = true;
	app->tree.stale = true; /* what is short is known by now */
	app->table_s = 0;
	study_end(app->study);
	if (v->mode != MODE_LIVE) {
		if (view_flaw(v) && !v->still) {
			app_say(app, "%s", view_flaw(v)->sentence);
			app->message_s = app->now_s + 6;
		}
		return;
	}
	v->mode = MODE_ENDED;
	say_end(app);
	/* All of a run that was shorter than the view. */
	if (v->following && !v->frozen) {
		int64_t begin_ns = app_end(app) - v->vp.target.span_ns;

		viewport_show(&v->vp, begin_ns > app_begin(app) ? begin_ns : app_begin(app),
			      app_end(app));
	}
	v->following = false;
	v->frozen = false;
}

/* 1: there is more to read of what the last frame asked for; 0: all is there. */
static int app_load(struct app *app, uint64_t budget_ns)
{
	size_t made;
	uint64_t most_ns = app->now_s - app->input_s > HANDS_OFF_S ? LOAD_IDLE_NS : LOAD_NS;
	bool more = timeline_load(app->tl, budget_ns < most_ns ? budget_ns : most_ns, &made);

	app->dirty |= made > 0;
	return more;
}

int app_pump(struct app *app, uint64_t budget_ns, struct err *err)
{
	struct view *v = &app->view;

	if (app->complete)
		return app_load(app, budget_ns);
	int r = timeline_pump(app->tl, budget_ns, err);
	uint64_t records = machine_nr_records(timeline_machine(app->tl));
	uint64_t end_ns = timeline_end_ns(app->tl);

	if (r == -EAGAIN && v->mode == MODE_REPLAY && !v->still) { /* it grows: this is live */
		v->mode = MODE_LIVE;
		v->following = !app->touched;
		app->dirty = true;
	}
	if (records != app->seen_records || end_ns != app->seen_end_ns) {
		app->seen_records = records;
		app->seen_end_ns = end_ns;
		on_new_data(app);
	}
	if (r == 0)
		on_end(app);
	if (r < 0 && r != -EAGAIN && !app->failed) {
		app->failed = true;
		app->complete = true;
		app->table_s = 0;
		study_end(app->study);
		app_say(app, "%s", err ? err->text : "reading failed");
	}
	if (r == -EAGAIN && app_load(app, budget_ns))
		return 1;
	return r;
}

/* ---- time ---- */

static bool tick_follow(struct app *app, double dt_s)
{
	struct view *v = &app->view;
	double edge = (double)(app_end(app) - app_begin(app));

	if (v->mode != MODE_LIVE || !v->following || v->frozen)
		return false;
	/* Runs with the clock, drawn towards the edge: bursts do not move it. */
	int64_t span_ns = app->touched ? v->vp.target.span_ns : LIVE_SPAN_NS;
	double want = edge + fmin(FOLLOW_NS, (double)span_ns / 20);

	app->follow_ns += dt_s * 1e9;
	app->follow_ns += (want - app->follow_ns) * (1 - exp(-dt_s / FOLLOW_EASE_S));
	if (app->follow_ns > edge + FOLLOW_MAX_NS)
		app->follow_ns = edge + FOLLOW_MAX_NS;
	if (app->follow_ns < edge - 1e9)
		app->follow_ns = edge;
	int64_t begin_ns = app_begin(app) + (int64_t)app->follow_ns - span_ns;

	if (begin_ns < app_begin(app))
		begin_ns = app_begin(app);
	int64_t shift = begin_ns - v->vp.target.begin_ns;

	v->vp.target = (struct span){begin_ns, span_ns};
	v->vp.goal.begin_ns += shift; /* a motion goes on while the edge does */
	v->vp.from.begin_ns += shift;
	if (v->vp.now.span_ns == span_ns || !app->touched)
		v->vp.now = v->vp.target;
	else
		v->vp.now.begin_ns += shift;
	return true;
}

static bool tick_play(struct app *app, double dt_s)
{
	struct view *v = &app->view;

	if (!v->playing)
		return false;
	v->playhead_ns += (int64_t)(dt_s * 1e9 * v->speed);
	if (v->looping && v->has_range && v->playhead_ns >= v->range_end_ns)
		v->playhead_ns = v->range_begin_ns;
	if (v->playhead_ns >= app_end(app) && app->complete) {
		v->playing = false;
		v->playhead_ns = INT64_MAX;
		app_say(app, "end of the trace: Space plays what is shown once more");
	} else if (v->playhead_ns > v->vp.target.begin_ns + v->vp.target.span_ns * 9 / 10) {
		int64_t end_ns = v->playhead_ns + v->vp.target.span_ns * 9 / 10;

		/* Up to the end of the trace: what lies behind it is empty. */
		end_ns = end_ns < app_end(app) ? end_ns : app_end(app);
		if (end_ns > v->vp.target.begin_ns + v->vp.target.span_ns)
			viewport_show(&v->vp, end_ns - v->vp.target.span_ns, end_ns);
	}
	app->dirty = true;
	return true;
}

/* The analyses work while nothing else is to be done. */
static void tick_study(struct app *app)
{
	bool idle = app->now_s - app->input_s > HANDS_OFF_S;

	if (!app->study || (!app->complete && study_progress(app->study) >= 0))
		return; /* the lanes first */
	if (!study_pump(app->study, idle ? STUDY_IDLE_NS : STUDY_NS))
		return;
	app->table_s = 0;
	app->dirty = true;
	if (app->find.text[0])
		find_update(&app->find, app->find.text, app->tl, &app->tree, app->study);
	/* What stands out is worth seeing first, unless a hand has chosen. */
	const struct result *found = study_findings(app->study);

	if (found && found->nr_findings > 0 && app->tabs.open == TAB_TASKS && !app->tabs_chosen)
		app->tabs.open = TAB_FINDINGS;
}

/* Whatever takes longer than a moment says how far it is. */
static void tick_progress(struct app *app)
{
	struct view *v = &app->view;
	const struct trace_info *info = timeline_info(app->tl);
	double before = v->progress;
	bool reads = !app->complete && v->mode == MODE_REPLAY;

	v->progress = -1;
	if (!reads && !app_studying(app)) {
		app->busy_s = app->now_s;
	} else if (app->now_s - app->busy_s > SLOW_S) {
		if (!reads)
			v->progress = study_progress(app->study);
		else if (info->end_ns > timeline_begin_ns(app->tl))
			v->progress = (double)(app_end(app) - app_begin(app)) /
				      (double)(info->end_ns - timeline_begin_ns(app->tl));
	}
	if ((int)(before * 200) != (int)(v->progress * 200))
		app->dirty = true;
}

bool app_studying(const struct app *app)
{
	return app->study && app->complete && study_state(app->study) == STUDY_READING;
}

void app_study(struct app *app)
{
	while (study_state(app->study) == STUDY_READING && app->complete)
		study_pump(app->study, STUDY_IDLE_NS);
	if (study_findings(app->study) && study_findings(app->study)->nr_findings > 0 &&
	    !app->view.show_path)
		app->tabs.open = TAB_FINDINGS;
}

bool app_tick(struct app *app, double now_s)
{
	struct view *v = &app->view;
	double dt_s = app->now_s > 0 ? fmin(now_s - app->now_s, 0.25) : 0;
	bool moves = false;

	if (app->now_s == 0) /* what was said before there was time is said now */
		app->message_s += now_s;
	app->now_s = now_s;
	if (tick_follow(app, dt_s))
		moves = true;
	if (tick_play(app, dt_s))
		moves = true;
	if (viewport_animate(&v->vp, dt_s))
		moves = true;
	tick_study(app);
	if (app->message[0] && now_s - app->message_s > MESSAGE_S && !app->failed) {
		app->message[0] = '\0';
		app->dirty = true;
	}
	tick_progress(app);
	app->dirty |= moves;
	return moves;
}

/* ---- picture ---- */

static uint32_t inspected_task(const struct view *v)
{
	const struct ref *refs[] = {&v->selected, &v->hovered};
	struct interval iv;

	for (size_t i = 0; i < 2; i++) {
		if (refs[i]->kind == REF_TASK_LANE || refs[i]->kind == REF_TABLE_TASK)
			return refs[i]->lane;
		if (view_task_of(v, refs[i]) != TASK_NONE)
			return view_task_of(v, refs[i]);
		bool of_many = refs[i]->kind == REF_CPU_SLICE || refs[i]->kind == REF_LOCK_SLICE;

		if (of_many && view_interval(v, refs[i], &iv) && iv.state == STATE_RUNNING &&
		    iv.task != TASK_IDLE)
			return iv.task;
		if (of_many || refs[i]->kind == REF_CPU_LANE || refs[i]->kind == REF_LOCK_LANE)
			break;
	}
	return TASK_NONE;
}

float app_max_scroll(const struct app *app)
{
	return fmaxf(0, app->view.layout.rows_h - app->view.layout.lanes.h);
}

static void update_notes(struct app *app)
{
	if (!notes_update(&app->notes, &app->view))
		return;
	app->tree.nr_notes = app->notes.nr_lines;
	app->tree.stale = true;
}

/* Where lanes leave room they are drawn higher: in a picture, which nobody scrolls, as far as they
 * may be, in a window the more the taller it is: in a small one nothing changes its height. Lanes
 * of a picture that have too little room are drawn less high. */
static void stretch_lanes(struct app *app)
{
	struct view *v = &app->view;
	struct layout *l = &v->layout;
	float once = l->rows_h, room = l->lanes.h - once, tall = app->height / px(v, 720);
	float most = v->still ? STRETCH_MOST : fminf(1 + 4 * (tall - 1), STRETCH_MOST);
	float least = v->still ? STRETCH_LEAST : 1;

	if (v->theme.metrics->pad <= 0 || once <= 0 || (room > 0 ? most <= 1 : least >= 1))
		return;
	l->stretch = 2; /* of what they grow by then, the part that there is room for */
	float grows = lane_place_rows(v, &app->tree) - once;

	l->stretch = grows > 0 ? fmaxf(fminf(1 + room / grows, most), least) : 1;
	while ((l->rows_h = lane_place_rows(v, &app->tree)) > l->lanes.h && l->stretch > least)
		l->stretch = fmaxf(least, l->stretch - 0.01f); /* rounded up, row by row */
}

/* Where everything lies now. Rows first: the table takes what they leave. */
void app_place(struct app *app)
{
	struct view *v = &app->view;
	bool wide = app->width >= px(v, PICTURE_WIDE);

	update_notes(app);
	tree_update(&app->tree, app->tl);
	v->layout.stretch = 1;
	v->layout.rows_h = lane_place_rows(v, &app->tree);
	layout_place(v, app->width, app->height, app->inspector_open && (!v->still || wide),
		     app->table_open);
	stretch_lanes(app);
	v->scroll_px = fminf(fmaxf(roundf(v->scroll_px), 0), app_max_scroll(app));
}

/* Of a trace that grows they are made now and then: the longer that takes, the more seldom. Of one
 * that has ended they change with what hands and analyses do, who set table_s to 0. */
static bool tables_due(const struct app *app)
{
	if (app->table_s == 0 || app->view.still || app->table.nr == 0)
		return true;
	return !app->complete && app->now_s - app->table_s > fmax(TABLE_S, app->table_cost_s * 40);
}

static double clock_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void update_tables(struct app *app)
{
	double from_s = clock_s();
	bool critical = app->view.show_path || (app->tabs.open == TAB_CRITICAL && app->table_open);

	task_totals_update(&app->table, app->tl, app->tree.colors, app->tree.nr_tasks);
	run_totals_all(&app->all, app->tl, app->tree.colors, app->tree.nr_tasks);
	if (app->find.text[0] && (app->find.nr_tasks != app->tree.nr_tasks ||
				  app->find.nr_said != timeline_strips(app->tl)->names_keys.nr)) {
		char text[ENTRY_LEN];

		memcpy(text, app->find.text, sizeof(text));
		find_update(&app->find, text, app->tl, &app->tree, app->study);
	}
	if (critical && app->path.end_ns != timeline_end_ns(app->tl) &&
	    (app->complete || app->view.frozen || app->path.end_ns == 0))
		path_make(&app->path, app->tl);
	tabs_update(&app->tabs, &app->view);
	app->table_s = app->now_s;
	app->table_cost_s = clock_s() - from_s;
}

/* Asks for the slices that this frame shows, and that its words are about. A picture waits. */
static void app_want(struct app *app)
{
	struct view *v = &app->view;
	const struct ref *refs[] = {&v->hovered, &v->selected};
	int64_t begin_ns = v->vp.now.begin_ns, end_ns = viewport_end(&v->vp);
	const struct lane_data *lane;
	size_t made, i;

	if (end_ns > 0)
		timeline_want(app->tl, begin_ns > 0 ? (uint64_t)begin_ns : 0, (uint64_t)end_ns);
	for (size_t k = 0; k < 2; k++)
		if (view_slice(v, refs[k], &lane, &i) && refs[k]->nr == 1)
			timeline_want_slice(app->tl, lane, i);
	do {
		if (app->path.waits && path_go_on(&app->path, app->tl))
			app->table_s = 0;
	} while (v->still && timeline_load(app->tl, UINT64_MAX / 2, &made) + made > 0);
}

void app_build(struct app *app, struct scene *scene)
{
	struct view *v = &app->view;

	overview_update(&app->overview, app->tl);
	app_place(app);
	if (tables_due(app))
		update_tables(app);
	app_want(app);
	if (v->still) /* the path went on */
		tabs_update(&app->tabs, v);
	app_place(app);
	bool ranged = !v->has_range || range_update(&app->range, app->tl, app->tree.colors,
						    app->tree.nr_tasks, (uint64_t)v->range_begin_ns,
						    (uint64_t)v->range_end_ns, v->still);
	run_totals_update(&app->run, app->tl, inspected_task(v));
	scene_reset(scene, app->width, app->height);
	panels_build(v, scene);
	app->dirty = !ranged;
	app_hover(app, scene);
}
