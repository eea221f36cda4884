/* SPDX-License-Identifier: BSD-2-Clause */
/* What the mouse does: it asks the scene what lies under it. */
#include <math.h>

#include "viz/nav.h"
#include "viz/panels.h"

#define HOVER_S 0.8
#define HELD_S  0.4  /* a finger that rests before it moves measures */
#define PINCH_S 0.25 /* movements of two fingers no further apart are one gesture */

/* How far beside a thin thing it is still met: a finger is wider than a mouse. */
static float slop(const struct app *app)
{
	return px(&app->view, app->touch ? 12 : 3);
}

static void overview_to(struct app *app, float x)
{
	struct view *v = &app->view;
	struct box axis = view_axis(v);
	double part = fmin(fmax((double)(x - axis.x) / (double)axis.w, 0), 1);
	int64_t middle = app_begin(app) + (int64_t)((double)(app_end(app) - app_begin(app)) * part);
	int64_t begin_ns = middle - v->vp.target.span_ns / 2;

	if (app->drag != DRAG_OVERVIEW)
		nav_push(app);
	app->touched = true;
	v->following = false;
	viewport_jump(&v->vp, begin_ns, begin_ns + v->vp.target.span_ns);
	nav_limit(app);
	viewport_settle(&v->vp);
}

static void drag_range(struct app *app, float x)
{
	struct view *v = &app->view;
	int64_t a = viewport_time(&v->vp, app->press_x), b = viewport_time(&v->vp, x);
	int64_t begin_ns = a < b ? a : b, end_ns = a < b ? b : a;

	begin_ns = begin_ns > app_begin(app) ? begin_ns : app_begin(app);
	end_ns = end_ns < app_end(app) ? end_ns : app_end(app);
	v->has_range = end_ns > begin_ns;
	v->range_begin_ns = begin_ns;
	v->range_end_ns = end_ns;
	if (v->mode == MODE_LIVE)
		v->frozen = true;
}

/* The lane goes past a sibling as soon as the mouse has reached the sibling's middle. */
static void drag_lane(struct app *app, float y)
{
	struct view *v = &app->view;

	for (int i = 0; i < 64; i++) {
		const struct row *row =
		    tree_find(&app->tree, (enum row_kind)app->press_row.kind, app->press_row.id);
		const struct row *up = row ? tree_sibling(&app->tree, row, false) : NULL;
		const struct row *down = row ? tree_sibling(&app->tree, row, true) : NULL;

		if (up && y < view_row_y(v, up) + up->h / 2)
			tree_move(&app->tree, app->press_row, false);
		else if (down && y > view_row_y(v, down) + down->h / 2)
			tree_move(&app->tree, app->press_row, true);
		else
			return;
		app_place(app);
	}
}

static void scrub_to(struct app *app, float x)
{
	struct view *v = &app->view;
	struct box axis = view_axis(v);
	int64_t at_ns = viewport_time(&v->vp, fminf(fmaxf(x, axis.x), axis.x + axis.w - 1));

	at_ns = at_ns > app_begin(app) ? at_ns : app_begin(app);
	v->playhead_ns = at_ns < app_end(app) ? at_ns : app_end(app);
}

/* By as much of all lanes as the mouse has gone of the bar. */
static void scroll_bar_to(struct app *app, float y)
{
	struct view *v = &app->view;
	struct box track, thumb;

	if (!panel_scroll_bar(v, &track, &thumb) || track.h <= thumb.h)
		return;
	v->scroll_px =
	    app->press_scroll + (y - app->press_y) * app_max_scroll(app) / (track.h - thumb.h);
	nav_scroll(app, 0);
}

/* Beside the part that is dragged that part comes under the mouse first. */
static void press_scroll_bar(struct app *app, float y)
{
	struct view *v = &app->view;
	struct box track, thumb;

	app->drag = DRAG_SCROLL;
	if (!panel_scroll_bar(v, &track, &thumb) || (y >= thumb.y && y < thumb.y + thumb.h))
		return;
	app->press_scroll =
	    app_max_scroll(app) * (y - track.y - thumb.h / 2) / fmaxf(track.h - thumb.h, 1);
	scroll_bar_to(app, y);
	app->press_scroll = v->scroll_px;
}

static void drag_to(struct app *app, float x, float y)
{
	struct view *v = &app->view;

	switch (app->drag) {
	case DRAG_CLICK:
	case DRAG_NONE:
		break;
	case DRAG_RANGE:
	case DRAG_ZOOM:
		drag_range(app, x);
		break;
	case DRAG_PAN:
		v->following = false;
		app->touched = true;
		v->vp.target = app->press_span;
		viewport_pan(&v->vp, (double)(app->press_x - x));
		nav_limit(app);
		viewport_settle(&v->vp);
		v->scroll_px = app->press_scroll + app->press_y - y;
		nav_scroll(app, 0);
		break;
	case DRAG_OVERVIEW:
		overview_to(app, x);
		break;
	case DRAG_LANE:
		drag_lane(app, y);
		break;
	case DRAG_SCRUB:
		scrub_to(app, x);
		break;
	case DRAG_SCROLL:
		scroll_bar_to(app, y);
		break;
	}
}

void app_motion(struct app *app, const struct scene *scene, float x, float y)
{
	struct view *v = &app->view;

	v->mouse_x = x;
	v->mouse_y = y;
	v->has_mouse = true;
	app->mouse_old = false;
	app->dirty = true;
	app->motion_s = app->now_s;
	if (app->drag == DRAG_CLICK && fabsf(x - app->press_x) > px(v, 4)) {
		struct box axis = view_axis(v);

		bool in_ruler = app->press_y < axis.y;

		if (in_ruler && v->playhead_ns != INT64_MAX && app->press_x >= axis.x &&
		    app->press_y >= v->layout.ruler.y)
			app->drag = DRAG_SCRUB;
		else if (app->press_x >= axis.x && app->press_y >= v->layout.ruler.y &&
			 app->press_y < axis.y + axis.h)
			app->drag = app->touch && app->now_s - app->press_s < HELD_S ? DRAG_PAN
										     : DRAG_RANGE;
	}
	/* A finger moves what it touches. */
	if (app->drag == DRAG_CLICK && app->touch && fabsf(y - app->press_y) > px(v, 8) &&
	    box_has(&v->layout.lanes, app->press_x, app->press_y) &&
	    app->now_s - app->press_s < HELD_S)
		app->drag = DRAG_PAN;
	if (app->drag == DRAG_PAN && !app->panned) {
		app->panned = true;
		nav_push(app);
	}
	if (app->drag == DRAG_CLICK && fabsf(y - app->press_y) > px(v, 4) &&
	    app->press_row.kind != ROW_SECTION)
		app->drag = DRAG_LANE;
	drag_to(app, x, y);
	v->hovered = app->drag > DRAG_CLICK ? (struct ref){0} : scene_pick(scene, x, y, slop(app));
}

/* A picture that moves by itself takes what the mouse was on away from under it; soon a mouse that
 * rests points at nothing, or all that passes by would be explained. */
void app_hover(struct app *app, const struct scene *scene)
{
	struct view *v = &app->view;
	bool moves = (v->following && !v->frozen) || v->playing ||
		     (!app->complete && v->mode == MODE_REPLAY);
	struct ref before = v->hovered;

	if (!v->has_mouse || app->drag > DRAG_CLICK)
		return;
	if (app->mouse_old || (moves && app->now_s - app->motion_s > HOVER_S))
		v->hovered = (struct ref){0};
	else
		v->hovered = scene_pick(scene, v->mouse_x, v->mouse_y, slop(app));
	app->dirty |= !ref_equal(&before, &v->hovered) || before.nr != v->hovered.nr;
}

void app_press(struct app *app, const struct scene *scene, enum app_button button,
	       unsigned int mods, int clicks, float x, float y)
{
	struct view *v = &app->view;
	struct ref ref = scene_pick(scene, x, y, slop(app));
	struct box axis = view_axis(v);
	bool on_axis = x >= axis.x && y >= v->layout.ruler.y && y < axis.y + axis.h;

	app->dirty = true;
	app->drag_button = button;
	app->press_x = x;
	app->press_y = y;
	app->press_s = app->now_s;
	app->panned = false;
	app->press_span = v->vp.target;
	app->press_scroll = v->scroll_px;
	app->input_s = app->now_s;
	app_hush(app);
	app->press_row = (struct row_key){ROW_SECTION, 0};
	if (x < axis.x && y >= axis.y && y < axis.y + axis.h)
		view_row_key(v, &ref, &app->press_row);
	if (v->entry->mode != ENTRY_NONE && ref.kind != REF_CHOICE && ref.kind != REF_PANEL)
		entry_close(&app->entry);
	if (ref.kind == REF_OVERVIEW) {
		overview_to(app, x);
		app->drag = DRAG_OVERVIEW;
	} else if (ref.kind == REF_SCROLL && button == BUTTON_LEFT) {
		press_scroll_bar(app, y);
	} else if (on_axis && ref.kind != REF_PANEL &&
		   (button == BUTTON_RIGHT || (button == BUTTON_LEFT && (mods & APP_SHIFT)))) {
		app->drag = DRAG_PAN;
	} else if (on_axis && ref.kind != REF_PANEL &&
		   (button == BUTTON_MIDDLE || (button == BUTTON_LEFT && (mods & APP_CTRL)))) {
		app->drag = DRAG_ZOOM;
	} else if (button == BUTTON_LEFT) {
		app->drag = DRAG_CLICK;
		if (clicks == 2 && (ref.kind == REF_CPU_SLICE || ref.kind == REF_TASK_SLICE ||
				    ref.kind == REF_LOCK_SLICE || ref.kind == REF_STRIP_SLICE)) {
			app_select(app, ref);
			nav_fit(app);
			app->drag = DRAG_NONE;
		}
	}
}

/* As a click on its row of the table, which comes to the front if the click was on its bar. */
static void show_finding(struct app *app, size_t row)
{
	struct tabs *t = &app->tabs;
	size_t at = 0, rows;

	if (t->open != TAB_FINDINGS) {
		t->open = TAB_FINDINGS;
		app->tabs_chosen = true;
		tabs_update(t, &app->view);
	}
	rows = panel_table_rows(&app->view);
	while (at < t->nr && t->order[at] != row)
		at++;
	if (at < t->nr && (at < t->of[t->open].first || at >= t->of[t->open].first + rows))
		t->of[t->open].first = at;
	select_table_row(app, TAB_FINDINGS, row);
}

static void click(struct app *app, struct ref ref)
{
	struct view *v = &app->view;
	const struct row *row;

	app->table_s = 0;
	switch (ref.kind) {
	case REF_CPU_SLICE:
	case REF_TASK_SLICE:
	case REF_LOCK_SLICE:
	case REF_STRIP_SLICE:
	case REF_GAP:
	case REF_LOCK_LANE:
	case REF_CPU_LANE:
	case REF_TASK_LANE:
		app_select(app, ref);
		break;
	case REF_TABLE_TASK:
		for (size_t i = 0; i < app->table.nr; i++)
			if (app->table.rows[i].task == ref.lane)
				select_table_row(app, TAB_TASKS, i);
		break;
	case REF_TABLE_ROW:
		if (ref.lane == TAB_FINDINGS) { /* clicked in its lane, perhaps */
			show_finding(app, ref.index);
			break;
		}
		select_table_row(app, (enum tab)ref.lane, ref.index);
		break;
	case REF_TABLE_CPU:
		select_table_row(app, TAB_CORES, ref.lane);
		break;
	case REF_TAB:
		app->tabs.open = (enum tab)ref.index;
		app->tabs_chosen = true;
		break;
	case REF_COLUMN:
		tabs_sort(&app->tabs, (enum tab)ref.lane, ref.index);
		break;
	case REF_MARK:
		v->selected = ref;
		break;
	case REF_CHOICE:
		app->entry.choice = ref.index;
		app_enter(app);
		break;
	case REF_PROCESS:
		tree_fold(&app->tree, ref.lane, !tree_is_folded(&app->tree, ref.lane));
		break;
	case REF_MORE:
		app->tree.all_locks = !app->tree.all_locks;
		app->tree.stale = true;
		break;
	case REF_GROUP:
		row = tree_find(&app->tree, ROW_GROUP, ref.lane);
		if (row)
			tree_open_group(&app->tree, row->id, row->folded);
		break;
	case REF_ACTION:
		if (ref.index != ACTION_CLEAR && ref.index != ACTION_HELP)
			v->help = false; /* chosen from the help page */
		app_act(app, (enum action)ref.index);
		break;
	case REF_RULER:
		if (v->playhead_ns != INT64_MAX) {
			scrub_to(app, v->mouse_x);
			break;
		}
		__attribute__((fallthrough));
	case REF_RUNQ:
	case REF_NOTES:
	case REF_LANES:
		v->has_range = false;
		v->selected = (struct ref){0};
		break;
	}
}

void app_release(struct app *app, const struct scene *scene, enum app_button button, float x,
		 float y)
{
	struct view *v = &app->view;
	enum drag drag = app->drag;

	app->drag = DRAG_NONE;
	app->dirty = true;
	if ((int)button != app->drag_button)
		return;
	if (drag == DRAG_CLICK)
		click(app, scene_pick(scene, x, y, slop(app)));
	else if (drag == DRAG_ZOOM && v->has_range) {
		v->has_range = false;
		nav_show(app, v->range_begin_ns, v->range_end_ns);
	} else if (drag == DRAG_RANGE && v->has_range)
		v->selected = (struct ref){0};
}

void app_wheel(struct app *app, float dx, float dy, unsigned int mods)
{
	struct view *v = &app->view;
	bool over_beside = v->has_mouse && box_has(&v->layout.table_beside, v->mouse_x, v->mouse_y);
	bool over_table =
	    over_beside || (v->has_mouse && box_has(&v->layout.table, v->mouse_x, v->mouse_y));

	app->input_s = app->now_s;
	if (v->help) {
		nav_scroll_help(app, -dy * px(v, 48));
	} else if (over_table) {
		enum tab tab = over_beside ? app->tabs.beside : app->tabs.open;
		struct tab_state *state = &app->tabs.of[tab];

		state->first = (size_t)fmin(fmax((double)state->first - (double)dy * 2, 0),
					    (double)panel_table_most(v, tab));
		app->dirty = true;
	} else if (mods & APP_CTRL)
		nav_zoom(app, pow(NAV_ZOOM_STEP, (double)dy * 0.6));
	else if (mods & APP_SHIFT)
		nav_pan(app, (double)(dx - dy) * (double)px(v, 60));
	else if (fabsf(dx) > fabsf(dy))
		nav_pan(app, (double)(dx * px(v, 60)));
	else if (app_max_scroll(app) > 0)
		nav_scroll(app, -dy * px(v, 48));
	else
		nav_zoom(app, pow(NAV_ZOOM_STEP, (double)dy * 0.6));
}

void app_pinch(struct app *app, const struct scene *scene, float x, float y, float wider)
{
	struct view *v = &app->view;
	bool goes_on = app->pinch_s > 0 && app->now_s - app->pinch_s < PINCH_S;

	if (app->drag == DRAG_RANGE || app->drag == DRAG_ZOOM) /* the first finger came earlier */
		v->has_range = false;
	app->drag = DRAG_NONE;
	app->pinch_s = app->now_s;
	app->input_s = app->now_s;
	app_motion(app, scene, x, y);
	if (goes_on) {
		if (fabsf(x - app->pinch_x) >= 1)
			nav_pan(app, (double)(app->pinch_x - x));
		nav_scroll(app, app->pinch_y - y);
		viewport_settle(&v->vp); /* it sticks to the fingers */
	}
	app->pinch_x = x;
	app->pinch_y = y;
	/* A window's width of spreading is four halvings. */
	nav_zoom(app, exp2(-4 * (double)wider));
	viewport_settle(&v->vp);
}

void app_leave(struct app *app)
{
	app->view.has_mouse = false;
	app->view.hovered = (struct ref){0};
	app->dirty = true;
}
