/* SPDX-License-Identifier: BSD-2-Clause */
/* Movements of the view, and the way back. */
#include "viz/nav.h"
#include "viz/panels.h"

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
	app->history[app->nr_history++] = (struct place){v->vp.target, v->scroll_px};
	app->at_history = app->nr_history;
}

void nav_history(struct app *app, int by)
{
	struct view *v = &app->view;
	struct place here = {v->vp.target, v->scroll_px};

	if (by < 0 && app->at_history == 0)
		return;
	if (by > 0 && app->at_history >= app->nr_history)
		return;
	size_t at = by < 0 ? --app->at_history : app->at_history++;

	viewport_show(&v->vp, app->history[at].span.begin_ns,
		      app->history[at].span.begin_ns + app->history[at].span.span_ns);
	v->scroll_px = app->history[at].scroll_px;
	app->history[at] = here;
	v->following = false;
	app->touched = true;
	app->history_s = 0; /* the next movement is one of its own */
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

void nav_scroll_help(struct app *app, float dy_px)
{
	struct view *v = &app->view;
	float max = panel_help_max_scroll(v, app->width, app->height);

	v->help_scroll_px = fminf(fmaxf(v->help_scroll_px + dy_px, 0), max);
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
	if (row->pinned && v->layout.pinned_h > 0)
		return;
	float top = v->scroll_px + v->layout.pinned_h;

	if (row->y < top)
		nav_scroll(app, row->y - top);
	else if (row->y + row->h > v->scroll_px + v->layout.lanes.h)
		nav_scroll(app, row->y + row->h - v->scroll_px - v->layout.lanes.h);
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

	if (view_is_moment(v, &v->selected)) /* has no length: its surroundings, closer */
		margin = t.span_ns / 8;

	/* Already there: its surroundings. */
	if (llabs(t.begin_ns - (begin_ns - margin)) < t.span_ns / 50 &&
	    llabs(t.span_ns - (end_ns - begin_ns + 2 * margin)) < t.span_ns / 50)
		margin = (end_ns - begin_ns) * 4;
	nav_show(app, begin_ns - margin, end_ns + margin);
}

int64_t nav_time(const struct app *app)
{
	const struct view *v = &app->view;
	struct box axis = view_axis(v);

	if (v->has_mouse && v->mouse_x >= axis.x && v->mouse_x < axis.x + axis.w)
		return viewport_time(&v->vp, v->mouse_x);
	if (v->mode == MODE_LIVE && v->following && !v->frozen)
		return app_end(app);
	if (v->playhead_ns != INT64_MAX)
		return v->playhead_ns;
	return v->vp.target.begin_ns + v->vp.target.span_ns / 2;
}
