/* SPDX-License-Identifier: BSD-2-Clause */
/* What each action does, and where typed letters go. */
#include <math.h>
#include <stdlib.h>

#include "viz/act.h"

static void play(struct app *app)
{
	struct view *v = &app->view;

	if (v->mode == MODE_LIVE) {
		v->frozen = !v->frozen;
		if (!v->frozen)
			v->following = true;
		return;
	}
	v->looping = v->looping && v->has_range && !v->playing;
	v->playing = !v->playing;
	if (!v->playing || v->playhead_ns != INT64_MAX)
		return;
	/* From the left of the view, in about ten seconds for what it shows. */
	v->playhead_ns = v->vp.target.begin_ns;
	if (v->playhead_ns < app_begin(app))
		v->playhead_ns = app_begin(app);
	v->speed = exp2(floor(log2((double)v->vp.target.span_ns / 10e9)));
	if (v->speed > 1)
		v->speed = 1;
}

/* The range again and again, in about five seconds each time. */
static void loop(struct app *app)
{
	struct view *v = &app->view;

	if (v->mode == MODE_LIVE || !v->has_range) {
		app_say(app, v->mode == MODE_LIVE ? "live: there is nothing to repeat yet"
						  : "drag over the range to repeat first");
		return;
	}
	v->looping = !v->looping;
	v->playing = v->looping;
	v->playhead_ns = v->looping ? v->range_begin_ns : INT64_MAX;
	if (v->looping)
		v->speed =
		    fmin(1, exp2(floor(log2((double)(v->range_end_ns - v->range_begin_ns) / 5e9))));
}

static void say_speed(struct app *app)
{
	double s = app->view.speed;

	if (s >= 1)
		app_say(app, "%.0f \xc3\x97 real time", s);
	else
		app_say(app, "1/%.0f of real time", 1 / s);
}

static void follow(struct app *app)
{
	struct view *v = &app->view;

	if (v->mode == MODE_LIVE) {
		v->following = true;
		v->frozen = false;
		return;
	}
	nav_show(app, app_end(app) - v->vp.target.span_ns, app_end(app));
}

static void clear(struct app *app)
{
	struct view *v = &app->view;

	if (v->help)
		v->help = false;
	else if (app->find.text[0])
		find_update(&app->find, "", app->tl, &app->tree, app->study);
	else if (app->tabs.filter[0])
		app->tabs.filter[0] = '\0';
	else if (v->has_range)
		v->has_range = false;
	else if (v->playhead_ns != INT64_MAX) {
		v->playhead_ns = INT64_MAX;
		v->playing = v->looping = false;
	} else if (v->selected.kind)
		v->selected = (struct ref){0};
	else
		v->has_a = v->has_b = false;
}

static void rescale(struct app *app, float user_scale)
{
	if (app->view.theme.metrics->pad <= 0) { /* cells are whole */
		app_say(app, "text is as big as the terminal's");
		return;
	}
	app->user_scale = fminf(fmaxf(user_scale, 0.5f), 3);
	app_resize(app, app->width, app->height, app->base_scale);
	app_say(app, "text %.0f %%", (double)app->user_scale * 100);
}

static void fold_selected(struct app *app)
{
	const struct machine *m = timeline_machine(app->tl);
	struct ref ref = app->view.selected.kind ? app->view.selected : app->view.hovered;
	uint32_t tgid = ref.lane, of = view_task_of(&app->view, &ref);

	if (of != TASK_NONE)
		ref = (struct ref){REF_TASK_LANE, of, 0, 0};
	if (ref.kind == REF_TASK_LANE) {
		const struct task *task = machine_task(m, ref.lane);

		tgid = task->tgid ? task->tgid : task->tid;
	} else if (ref.kind != REF_PROCESS && ref.kind != REF_GROUP) {
		return;
	}
	const struct row *group = ref.kind == REF_GROUP ? tree_find(&app->tree, ROW_GROUP, ref.lane)
				  : ref.kind == REF_PROCESS ? NULL
							    : tree_group_of(&app->tree, ref.lane);

	if (group) {
		tree_open_group(&app->tree, group->id, group->folded);
		return;
	}
	tree_fold(&app->tree, tgid, !tree_is_folded(&app->tree, tgid));
}

static const char *const color_words[COLOR_NR] = {
    [COLOR_THREAD] = "thread",
    [COLOR_PROCESS] = "process",
    [COLOR_STATE] = "state: all that run look alike",
};

/* Folds an open panel whose size is *shown_px; one that finds no room, which nobody sees, stays as
 * it is. Returns whether it is open. */
static bool fold_panel(struct app *app, const float *shown_px)
{
	app_place(app);
	return *shown_px <= 0;
}

/* Opens the tables; says so where there is no room for them. */
static bool show_tables(struct app *app)
{
	struct view *v = &app->view;

	app->table_open = true;
	app_place(app);
	if (v->layout.table.h > 0)
		return true;
	app_say(app, "there is no room for the tables: make the %s higher",
		v->theme.metrics->pad > 0 ? "window" : "terminal");
	return false;
}

static void show_path(struct app *app)
{
	struct view *v = &app->view;

	v->show_path = !v->show_path;
	if (!v->show_path)
		return;
	if (app->path.end_ns != timeline_end_ns(app->tl))
		path_make(&app->path, app->tl);
	app->tabs.open = TAB_CRITICAL;
	app->table_s = 0;
	show_tables(app);
	if (app->path.nr == 0)
		app_say(app, "there is no critical path%s", v->mode == MODE_LIVE ? " yet" : "");
	else if (app->path.cut)
		app_say(app, "the path has more than %d parts: its end is shown", PATH_MAX_PARTS);
}

/* ---- search and tables ---- */

static void next_row(struct app *app, int by)
{
	struct tabs *t = &app->tabs;
	struct tab_state *state = &t->of[t->open];
	size_t i = 0;

	app->table_open = true;
	tabs_update(t, &app->view);
	if (t->nr == 0)
		return;
	while (i < t->nr && t->order[i] != state->at)
		i++;
	if (i >= t->nr)
		i = by > 0 ? 0 : t->nr - 1;
	else if (by < 0 ? i > 0 : i + 1 < t->nr)
		i = by < 0 ? i - 1 : i + 1;
	if (i < state->first || i >= state->first + 5)
		state->first = i > 2 ? i - 2 : 0;
	select_table_row(app, t->open, t->order[i]);
}

static void act_find(struct app *app, enum action action)
{
	struct tabs *t = &app->tabs;

	switch (action) {
	case ACTION_SEARCH:
		entry_open(&app->entry, ENTRY_SEARCH, app->find.text);
		break;
	case ACTION_FIND_NEXT:
		select_match(app, 1);
		break;
	case ACTION_FIND_PREVIOUS:
		select_match(app, -1);
		break;
	case ACTION_PALETTE:
		entry_open(&app->entry, ENTRY_PALETTE, "");
		break;
	case ACTION_FILTER: /* what cannot be seen is not typed */
		if (show_tables(app))
			entry_open(&app->entry, ENTRY_FILTER, t->filter);
		break;
	case ACTION_TAB_NEXT:
	case ACTION_TAB_PREVIOUS:
		if (app->table_open)
			t->open = (t->open + (action == ACTION_TAB_NEXT ? 1 : TAB_NR - 1)) % TAB_NR;
		show_tables(app);
		app->tabs_chosen = true;
		app->table_s = 0;
		break;
	case ACTION_ROW_NEXT:
		next_row(app, 1);
		break;
	case ACTION_ROW_PREVIOUS:
		next_row(app, -1);
		break;
	case ACTION_SORT:
		tabs_sort(t, t->open, (t->of[t->open].sort + 1) % tab_desc(t->open)->nr_columns);
		break;
	case ACTION_REVERSE:
		tabs_sort(t, t->open, t->of[t->open].sort);
		break;
	default:
		act_marks(app, action);
	}
}

static void act_view(struct app *app, enum action action)
{
	struct view *v = &app->view;

	switch (action) {
	case ACTION_INSPECTOR:
		app->inspector_open =
		    !app->inspector_open || fold_panel(app, &v->layout.inspector.w);
		app_place(app);
		if (!app->inspector_open || v->layout.inspector.w > 0)
			break;
		app_say(app, v->theme.metrics->pad > 0
				 ? "there is no room for the inspector: make the window wider"
				 : "no room for the inspector: it takes 120 columns or 30 lines");
		break;
	case ACTION_TABLE:
		app->table_open = !app->table_open || fold_panel(app, &v->layout.table.h);
		if (app->table_open)
			show_tables(app);
		break;
	case ACTION_BIGGER:
		rescale(app, app->user_scale * 1.125f);
		break;
	case ACTION_SMALLER:
		rescale(app, app->user_scale / 1.125f);
		break;
	case ACTION_NORMAL:
		rescale(app, 1);
		break;
	case ACTION_THEME:
		v->theme.palette =
		    v->theme.palette == &palette_dark ? &palette_light : &palette_dark;
		break;
	case ACTION_PICTURE:
		app->want_picture = true;
		break;
	case ACTION_HELP:
		v->help = !v->help;
		v->help_scroll_px = 0;
		break;
	case ACTION_QUIT:
		app->quit = true;
		break;
	case ACTION_ALL_TASKS:
		app->tree.all_tasks = !app->tree.all_tasks;
		app->tree.stale = true;
		app_say(app, app->tree.all_tasks ? "all tasks" : "the traced tasks");
		break;
	case ACTION_FOLD:
		fold_selected(app);
		break;
	case ACTION_COLOR:
		v->color_by = (v->color_by + 1) % COLOR_NR;
		app_say(app, "colour by %s", color_words[v->color_by]);
		break;
	case ACTION_EDGES:
		v->hide_edges = !v->hide_edges;
		app_say(app, v->hide_edges ? "no arrows but those of the selection"
					   : "arrows of who woke whom, where they are few");
		break;
	case ACTION_CRITICAL:
		show_path(app);
		break;
	default:
		act_find(app, action);
	}
}

/* ---- lanes ---- */

static void act_on_lane(struct app *app, enum action action)
{
	struct row_key key;

	if (!select_lane(app, &key))
		return;
	app_place(app);
	switch (action) {
	case ACTION_PIN:
		app_say(app, tree_pin(&app->tree, key) ? "pinned on top" : "no longer pinned");
		break;
	case ACTION_HIDE:
		tree_hide(&app->tree, key);
		app->view.selected = (struct ref){0};
		app_say(app, "hidden; Shift+H shows it again");
		break;
	default:
		if (!tree_move(&app->tree, key, action == ACTION_LANE_DOWN))
			app_say(app, "it is the %s of its kind",
				action == ACTION_LANE_DOWN ? "last" : "first");
	}
}

static bool any_process_open(const struct tree *t)
{
	for (size_t i = 0; i < t->nr; i++)
		if (t->rows[i].kind == ROW_PROCESS && !t->rows[i].folded)
			return true;
	return false;
}

/* What the key brings is worth seeing: it scrolls there. */
static void show_locks(struct app *app)
{
	app->tree.hide_locks = !app->tree.hide_locks;
	app->tree.stale = true;
	app_place(app);
	if (app->tree.hide_locks)
		app_say(app, "the lanes of locks are hidden");
	else if (app->tree.locks.nr == 0)
		app_say(app, "nobody waited for a lock");
	else {
		nav_reveal(app, ROW_LOCK, app->tree.locks.syncs[0]);
		app_say(app, "the locks that were waited for most");
	}
}

static void act_lanes(struct app *app, enum action action)
{
	float page = app->view.layout.lanes.h * 0.9f, line = px(&app->view, 48);
	float by = action == ACTION_SCROLL_UP     ? -line
		   : action == ACTION_SCROLL_DOWN ? line
		   : action == ACTION_PAGE_UP     ? -page
						  : page;

	if (app->view.help && (action == ACTION_SCROLL_UP || action == ACTION_SCROLL_DOWN ||
			       action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)) {
		nav_scroll_help(app, by);
		return;
	}
	switch (action) {
	case ACTION_SCROLL_UP:
	case ACTION_SCROLL_DOWN:
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		nav_scroll(app, by);
		break;
	case ACTION_PIN:
	case ACTION_HIDE:
	case ACTION_LANE_UP:
	case ACTION_LANE_DOWN:
		act_on_lane(app, action);
		break;
	case ACTION_SHOW_HIDDEN:
		tree_show_hidden(&app->tree);
		break;
	case ACTION_LOCKS:
		show_locks(app);
		break;
	case ACTION_FOLD_ALL:
		tree_fold_all(&app->tree, any_process_open(&app->tree));
		break;
	default:
		act_view(app, action);
	}
}

void app_act(struct app *app, enum action action)
{
	struct view *v = &app->view;
	double step = view_axis(v).w * 0.18;

	app->dirty = true;
	app->table_s = 0;
	app->nr_acts++;
	app->last_act = action;
	app_hush(app);
	switch (action) {
	case ACTION_ZOOM_IN:
		nav_zoom(app, NAV_ZOOM_STEP);
		break;
	case ACTION_ZOOM_OUT:
		nav_zoom(app, 1 / NAV_ZOOM_STEP);
		break;
	case ACTION_PAN_LEFT:
		nav_pan(app, -step);
		break;
	case ACTION_PAN_RIGHT:
		nav_pan(app, step);
		break;
	case ACTION_FIT:
		nav_fit(app);
		break;
	case ACTION_ALL:
		nav_show(app, app_begin(app), app_end(app));
		break;
	case ACTION_BEGIN:
		nav_show(app, app_begin(app), app_begin(app) + v->vp.target.span_ns);
		break;
	case ACTION_FOLLOW:
		follow(app);
		break;
	case ACTION_PLAY:
		play(app);
		break;
	case ACTION_LOOP:
		loop(app);
		break;
	case ACTION_SLOWER:
	case ACTION_FASTER:
		v->speed *= action == ACTION_FASTER ? 2 : 0.5;
		say_speed(app);
		break;
	case ACTION_UNDO:
		nav_history(app, -1);
		break;
	case ACTION_REDO:
		nav_history(app, 1);
		break;
	case ACTION_PREVIOUS:
		select_beside(app, -1);
		break;
	case ACTION_NEXT:
		select_beside(app, 1);
		break;
	case ACTION_WAKER:
		select_waker(app);
		break;
	case ACTION_WAKEE:
		select_wakee(app);
		break;
	case ACTION_CLEAR:
		clear(app);
		break;
	default:
		act_lanes(app, action);
	}
}
