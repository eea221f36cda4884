/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks on the time axis and the two cursors. */
#include <stdlib.h>

#include "viz/act.h"

static void say_marks(struct app *app, const struct err *err)
{
	if (err->code)
		app_say(app, "%s", err->text);
	else if (!app->marks.path)
		app_say(app, "marked; a trace from a pipe keeps no marks");
}

void act_add_mark(struct app *app, int64_t at_ns, const char *text)
{
	struct err err = {0};

	if (marks_add(&app->marks, at_ns - app_begin(app), text, &err) == 0)
		marks_save(&app->marks, &err);
	say_marks(app, &err);
}

/* Where the mouse is; while the view follows, now: what is under the mouse has moved on. */
static int64_t mark_time(const struct app *app)
{
	const struct view *v = &app->view;

	if (v->mode == MODE_LIVE && v->following && !v->frozen)
		return app_end(app);
	return nav_time(app);
}

static void remove_mark(struct app *app)
{
	const struct view *v = &app->view;
	size_t i = v->hovered.kind == REF_MARK ? v->hovered.index
		   : v->selected.kind == REF_MARK
		       ? v->selected.index
		       : marks_nearest(&app->marks, nav_time(app) - app_begin(app));
	struct err err = {0};

	if (i >= app->marks.nr) {
		app_say(app, "there is no mark");
		return;
	}
	marks_remove(&app->marks, i);
	app->view.selected = (struct ref){0};
	marks_save(&app->marks, &err);
	if (err.code)
		app_say(app, "%s", err.text);
}

static void go_to_mark(struct app *app, int by)
{
	struct view *v = &app->view;
	const struct marks *m = &app->marks;
	int64_t here_ns = v->vp.target.begin_ns + v->vp.target.span_ns / 2 - app_begin(app);
	size_t i;

	if (v->selected.kind == REF_MARK && v->selected.index < m->nr)
		here_ns = m->at[v->selected.index].at_ns;
	i = by > 0 ? marks_after(m, here_ns) : marks_before(m, here_ns);
	if (i >= m->nr) {
		app_say(app, m->nr == 0 ? "there is no mark: M sets one"
			     : by > 0   ? "no mark comes after this"
					: "no mark comes before this");
		return;
	}
	int64_t at_ns = app_begin(app) + m->at[i].at_ns;

	v->selected = (struct ref){REF_MARK, 0, 1, (uint32_t)i};
	nav_show(app, at_ns - v->vp.target.span_ns / 2, at_ns + v->vp.target.span_ns / 2);
}

/* Where the mouse is, or away when it stands there. */
static void put_cursor(struct app *app, bool *has, int64_t *at_ns)
{
	int64_t here_ns = nav_time(app);
	int64_t near_ns = (int64_t)(viewport_ns_per_px(&app->view.vp) * 4);

	*has = !*has || llabs(here_ns - *at_ns) > near_ns;
	*at_ns = here_ns;
}

void act_marks(struct app *app, enum action action)
{
	struct view *v = &app->view;

	switch (action) {
	case ACTION_MARK:
		act_add_mark(app, mark_time(app), "");
		break;
	case ACTION_NOTE:
		entry_open(&app->entry, ENTRY_NOTE, "");
		app->entry.at_ns = mark_time(app);
		break;
	case ACTION_UNMARK:
		remove_mark(app);
		break;
	case ACTION_MARK_NEXT:
		go_to_mark(app, 1);
		break;
	case ACTION_MARK_PREVIOUS:
		go_to_mark(app, -1);
		break;
	case ACTION_CURSOR_A:
		put_cursor(app, &v->has_a, &v->a_ns);
		break;
	case ACTION_CURSOR_B:
		put_cursor(app, &v->has_b, &v->b_ns);
		break;
	default:
		break;
	}
}

void app_load_marks(struct app *app, const char *path)
{
	struct err err = {0};

	if (marks_open(&app->marks, path, &err) < 0)
		app_say(app, "%s", err.text);
}

void app_keep_marks(struct app *app, const char *path)
{
	marks_begin(&app->marks, path);
}
