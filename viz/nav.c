/* SPDX-License-Identifier: BSD-2-Clause */
/* What each action does to the view. */
#include "viz/nav.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void nav_push(struct app *app)
{
	struct view *v = &app->view;

	/* Steps of one movement are one entry. */
	if (app->now_s - app->history_s < 0.6 && app->nr_history > 0 &&
	    app->at_history == app->nr_history) {
		app->history_s = app->now_s;
		return;
	}
	app->history_s = app->now_s;
	app->nr_history = app->at_history;
	if (app->nr_history == APP_HISTORY) {
		memmove(app->history, app->history + 1,
			sizeof(app->history) - sizeof(app->history[0]));
		app->nr_history--;
	}
	app->history[app->nr_history++] = v->vp.target;
	app->at_history = app->nr_history;
}

static void history_move(struct app *app, int by)
{
	struct view *v = &app->view;
	struct span here = v->vp.target;

	if (by < 0 && app->at_history == 0)
		return;
	if (by > 0 && app->at_history >= app->nr_history)
		return;
	size_t at = by < 0 ? --app->at_history : app->at_history++;

	v->vp.target = app->history[at];
	app->history[at] = here;
	v->following = false;
	app->touched = true;
}

/* Before the view is moved by hand. */
static void touch(struct app *app)
{
	nav_push(app);
	app->touched = true;
	app->dirty = true;
}

void nav_limit(struct app *app)
{
	viewport_limit(&app->view.vp, app_begin(app), app_end(app));
}

void nav_show(struct app *app, int64_t begin_ns, int64_t end_ns)
{
	touch(app);
	app->view.following = false;
	viewport_show(&app->view.vp, begin_ns, end_ns);
	nav_limit(app);
}

static float zoom_x(const struct app *app)
{
	struct box axis = view_axis(&app->view);

	if (app->view.following) /* the edge stays at the right */
		return axis.x + axis.w;
	if (app->view.has_mouse && app->view.mouse_x >= axis.x &&
	    app->view.mouse_x < axis.x + axis.w)
		return app->view.mouse_x;
	return axis.x + axis.w / 2;
}

void nav_zoom(struct app *app, double factor)
{
	touch(app);
	viewport_zoom(&app->view.vp, zoom_x(app), factor);
	nav_limit(app);
}

void nav_pan(struct app *app, double dx_px)
{
	touch(app);
	app->view.following = false;
	viewport_pan(&app->view.vp, dx_px);
	nav_limit(app);
}

void nav_scroll(struct app *app, float dy_px)
{
	app->view.scroll_px = fminf(fmaxf(app->view.scroll_px + dy_px, 0), app_max_scroll(app));
	app->dirty = true;
}

/* Brings a row onto the screen, unfolding its process. */
void nav_reveal(struct app *app, enum row_kind kind, uint32_t id)
{
	struct view *v = &app->view;
	const struct row *row =
	    kind == ROW_TASK ? tree_row_of_task(&app->tree, id) : tree_find(&app->tree, kind, id);

	if (!row && kind == ROW_TASK && id < machine_nr_tasks(timeline_machine(app->tl))) {
		const struct task *task = machine_task(timeline_machine(app->tl), id);

		tree_fold(&app->tree, task->tgid ? task->tgid : task->tid, false);
		app_place(app);
		row = tree_row_of_task(&app->tree, id);
	}
	if (!row)
		return;
	if (row->y < v->scroll_px)
		nav_scroll(app, row->y - v->scroll_px);
	else if (row->y + row->h > v->scroll_px + v->layout.lanes.h)
		nav_scroll(app, row->y + row->h - v->scroll_px - v->layout.lanes.h);
}

void app_select(struct app *app, struct ref ref)
{
	struct view *v = &app->view;
	struct interval iv;

	v->selected = ref;
	v->has_range = false;
	app->dirty = true;
	if (!view_interval(v, &ref, &iv))
		return;
	if (v->mode == MODE_LIVE)
		v->frozen = true;
	int64_t begin_ns = (int64_t)iv.begin_ns, end_ns = (int64_t)iv.end_ns;
	int64_t left_ns = v->vp.target.begin_ns, right_ns = left_ns + v->vp.target.span_ns;

	if (end_ns < left_ns || begin_ns > right_ns) {
		int64_t middle = begin_ns + (end_ns - begin_ns) / 2 - v->vp.target.span_ns / 2;

		nav_show(app, middle, middle + v->vp.target.span_ns);
	}
	nav_reveal(app, ref.kind == REF_CPU_SLICE ? ROW_CPU : ROW_TASK, ref.lane);
}

static void select_beside(struct app *app, int by)
{
	struct ref ref = app->view.selected;
	const struct lane_data *lane;
	size_t i;

	if (!view_slice(&app->view, &ref, &lane, &i)) {
		app_say(app, "nothing is selected: click a bar first");
		return;
	}
	if (by < 0 && i == 0)
		return;
	i = by < 0 ? i - 1 : i + (ref.nr > 1 ? ref.nr : 1);
	if (i >= lane->nr)
		return;
	ref.index = (uint32_t)i;
	ref.nr = 1;
	app_select(app, ref);
}

static void select_at(struct app *app, uint32_t task, uint64_t ts_ns)
{
	const struct lane_data *lane = timeline_task(app->tl, task);
	size_t i = lane_find(lane, ts_ns);

	if (i >= lane->nr) {
		app_say(app, "%s is not among the lanes", view_task_name(&app->view, task));
		return;
	}
	app_select(app, (struct ref){REF_TASK_SLICE, task, 1, (uint32_t)i});
}

static void select_waker(struct app *app)
{
	struct interval iv;

	if (!view_interval(&app->view, &app->view.selected, &iv) ||
	    app->view.selected.kind != REF_TASK_SLICE || iv.waker == TASK_NONE) {
		app_say(app, "nobody is known to have woken this");
		return;
	}
	uint64_t at_ns = iv.state == STATE_BLOCKED ? iv.end_ns : iv.begin_ns;

	select_at(app, iv.waker, at_ns > 0 ? at_ns - 1 : 0);
}

static void select_wakee(struct app *app)
{
	struct interval iv;
	size_t nr, low = 0;
	const struct wake_edge *wakes = timeline_wakes(app->tl, &nr);

	if (!view_interval(&app->view, &app->view.selected, &iv)) {
		app_say(app, "nothing is selected: click a bar first");
		return;
	}
	for (size_t high = nr; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (wakes[mid].ts_ns < iv.begin_ns)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < nr && wakes[low].ts_ns <= iv.end_ns; low++)
		if (wakes[low].waker == iv.task && !wakes[low].spurious) {
			select_at(app, wakes[low].wakee, wakes[low].ts_ns);
			return;
		}
	app_say(app, "it woke nobody");
}

void nav_fit(struct app *app)
{
	struct view *v = &app->view;
	struct interval iv;
	int64_t begin_ns, end_ns;

	if (v->has_range) {
		begin_ns = v->range_begin_ns;
		end_ns = v->range_end_ns;
	} else if (view_interval(v, &v->selected, &iv)) {
		begin_ns = (int64_t)iv.begin_ns;
		end_ns = (int64_t)iv.end_ns;
	} else {
		nav_show(app, app_begin(app), app_end(app));
		return;
	}
	int64_t margin = (end_ns - begin_ns) / 8;
	struct span t = v->vp.target;

	/* Already there: its surroundings. */
	if (llabs(t.begin_ns - (begin_ns - margin)) < t.span_ns / 50 &&
	    llabs(t.span_ns - (end_ns - begin_ns + 2 * margin)) < t.span_ns / 50)
		margin = (end_ns - begin_ns) * 4;
	nav_show(app, begin_ns - margin, end_ns + margin);
}

static void play(struct app *app)
{
	struct view *v = &app->view;

	if (v->mode == MODE_LIVE) {
		v->frozen = !v->frozen;
		if (!v->frozen)
			v->following = true;
		return;
	}
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
	else if (v->has_range)
		v->has_range = false;
	else if (v->playhead_ns != INT64_MAX) {
		v->playhead_ns = INT64_MAX;
		v->playing = false;
	} else
		v->selected = (struct ref){0};
}

static void rescale(struct app *app, float user_scale)
{
	app->user_scale = fminf(fmaxf(user_scale, 0.5f), 3);
	app_resize(app, app->width, app->height, app->base_scale);
	app_say(app, "text %.0f %%", (double)app->user_scale * 100);
}

static void fold_selected(struct app *app)
{
	const struct machine *m = timeline_machine(app->tl);
	struct ref ref = app->view.selected.kind ? app->view.selected : app->view.hovered;
	uint32_t tgid = ref.lane;

	if (ref.kind == REF_TASK_SLICE || ref.kind == REF_TASK_LANE) {
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

static void act_view(struct app *app, enum action action)
{
	struct view *v = &app->view;

	switch (action) {
	case ACTION_INSPECTOR:
		app->inspector_open = !app->inspector_open;
		break;
	case ACTION_TABLE:
		app->table_open = !app->table_open;
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
	default:
		break;
	}
}

static void act_lanes(struct app *app, enum action action)
{
	float page = app->view.layout.lanes.h * 0.9f, line = px(&app->view, 48);

	switch (action) {
	case ACTION_SCROLL_UP:
		nav_scroll(app, -line);
		break;
	case ACTION_SCROLL_DOWN:
		nav_scroll(app, line);
		break;
	case ACTION_PAGE_UP:
		nav_scroll(app, -page);
		break;
	case ACTION_PAGE_DOWN:
		nav_scroll(app, page);
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
	case ACTION_SLOWER:
	case ACTION_FASTER:
		v->speed *= action == ACTION_FASTER ? 2 : 0.5;
		say_speed(app);
		break;
	case ACTION_UNDO:
		history_move(app, -1);
		break;
	case ACTION_REDO:
		history_move(app, 1);
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
