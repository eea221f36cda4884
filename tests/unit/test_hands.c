/* SPDX-License-Identifier: BSD-2-Clause */
/* What hands do to the viewer, without its window: keys and letters in, the view's state out. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hands_make.h"
#include "viz/describe.h"
#include "viz/lane.h"

static void test_search_counts_and_goes_from_match_to_match(void **state)
{
	struct stage *st = *state;
	struct find *f = &st->app.find;

	key(st, "/");
	assert_int_equal(st->app.entry.mode, ENTRY_SEARCH);
	type(st, "W"); /* a letter, though W is also a key */
	type(st, "orker");
	assert_int_equal(f->nr, 3);
	key(st, "Return");
	assert_int_equal(st->app.entry.mode, ENTRY_NONE);
	assert_int_equal(f->at, 0);
	key(st, "Return");
	assert_int_equal(f->at, 1);
	key(st, "Shift+Return");
	key(st, "Shift+Return");
	assert_int_equal(f->at, 2);
	assert_int_equal(st->app.view.selected.kind, REF_TASK_LANE);
	key(st, "Escape");
	assert_string_equal(f->text, "");
	assert_int_equal(f->nr, 0);
}

static void test_search_knows_tids_locks_and_findings(void **state)
{
	struct stage *st = *state;
	struct find *f = &st->app.find;

	key(st, "/");
	type(st, "102");
	assert_int_equal(f->nr, 1);
	assert_int_equal(f->matches[0].kind, MATCH_TASK);
	key(st, "Ctrl+Backspace");
	type(st, "0x5000");
	assert_int_equal(f->matches[0].kind, MATCH_LOCK);
	key(st, "Return"); /* the longest wait for it */
	assert_int_equal(st->app.view.selected.kind, REF_TASK_SLICE);
	key(st, "/");
	key(st, "Ctrl+Backspace");
	type(st, "serialises");
	assert_int_equal(f->nr, 1);
	assert_int_equal(f->matches[0].kind, MATCH_FINDING);
	key(st, "Escape");
}

static void test_palette_runs_what_is_named(void **state)
{
	struct stage *st = *state;

	key(st, "Ctrl+P");
	type(st, "ligh");
	key(st, "Return");
	assert_string_equal(st->app.view.theme.palette->name, "light");
	assert_int_equal(st->app.entry.mode, ENTRY_NONE);
}

static void test_lanes_are_pinned_hidden_and_moved(void **state)
{
	struct stage *st = *state;
	struct tree *t = &st->app.tree;
	size_t nr = t->nr;

	point(st, 103, 0.5);
	key(st, "P");
	assert_int_equal(t->nr_pinned, 1);
	assert_int_equal(t->nr, nr);
	assert_int_equal(machine_task(timeline_machine(st->tl), t->rows[0].id)->tid, 103);
	point(st, 103, 0.5);
	key(st, "P");
	assert_int_equal(t->nr_pinned, 0);
	point(st, 102, 0.5);
	key(st, "Ctrl+Up");
	point(st, 101, 0.5);
	assert_true(tree_find(t, ROW_TASK, machine_find(timeline_machine(st->tl), 102))->y <
		    tree_find(t, ROW_TASK, machine_find(timeline_machine(st->tl), 101))->y);
	key(st, "H");
	assert_int_equal(t->nr_hidden, 1);
	assert_int_equal(t->nr, nr - 1);
	key(st, "Shift+H");
	assert_int_equal(t->nr, nr);
	key(st, "Shift+X"); /* the heading of the process is left */
	assert_int_equal(t->nr, nr - 3);
	key(st, "Shift+X");
	assert_int_equal(t->nr, nr);
}

static void test_a_lane_is_dragged_past_its_siblings(void **state)
{
	struct stage *st = *state;
	const struct machine *m = timeline_machine(st->tl);
	const struct row *row = tree_find(&st->app.tree, ROW_TASK, machine_find(m, 101));
	float y = view_row_y(&st->app.view, row) + row->h / 2, h = row->h;

	app_motion(&st->app, &st->scene, 60, y);
	app_press(&st->app, &st->scene, BUTTON_LEFT, 0, 1, 60, y);
	app_motion(&st->app, &st->scene, 60, y + h);
	app_motion(&st->app, &st->scene, 60, y + 2.6f * h);
	app_release(&st->app, &st->scene, BUTTON_LEFT, 60, y + 2.6f * h);
	still(st);
	row = tree_find(&st->app.tree, ROW_TASK, machine_find(m, 101));
	assert_non_null(tree_sibling(&st->app.tree, row, false));
	assert_null(tree_sibling(&st->app.tree, row, true));
}

static void test_the_lane_of_a_lock_is_gone_along(void **state)
{
	struct stage *st = *state;
	struct app *app = &st->app;
	const struct tree *t = &app->tree;
	const struct row *row = NULL;
	struct description d;
	struct interval iv;
	size_t nr = t->nr;

	for (size_t i = 0; i < t->nr; i++)
		if (t->rows[i].kind == ROW_LOCK)
			row = &t->rows[i];
	assert_non_null(row);
	uint32_t sync = row->id;
	float y = view_row_y(&app->view, row) + row->h / 2;

	app_motion(app, &st->scene, 60, y);
	app_press(app, &st->scene, BUTTON_LEFT, 0, 1, 60, y);
	app_release(app, &st->scene, BUTTON_LEFT, 60, y);
	still(st);
	assert_int_equal(app->view.selected.kind, REF_LOCK_LANE);
	assert_true(describe(&app->view, &app->view.selected, &d));
	key(st, ".");
	assert_int_equal(app->view.selected.kind, REF_LOCK_SLICE);
	assert_int_equal(app->view.selected.lane, sync);
	assert_true(view_interval(&app->view, &app->view.selected, &iv));
	for (int i = 0; i < 5 && iv.state != STATE_RUNNING; i++) {
		key(st, ".");
		assert_true(view_interval(&app->view, &app->view.selected, &iv));
	}
	assert_true(describe(&app->view, &app->view.selected, &d));
	assert_non_null(strstr(d.lines[0], " had "));
	key(st, "["); /* who has it */
	assert_int_equal(app->view.selected.kind, REF_TASK_SLICE);
	assert_int_equal(app->view.selected.lane, iv.task);
	key(st, "L");
	assert_true(t->nr < nr);
	assert_null(tree_find(t, ROW_LOCK, sync));
	key(st, "L");
	assert_int_equal(t->nr, nr);
}

/* The mouse at a moment in a strip of task 100. */
static void point_at_strip(struct stage *st, unsigned int level, uint64_t at_ns)
{
	struct view *v = &st->app.view;
	uint32_t task = machine_find(timeline_machine(st->tl), 100);
	uint32_t strip = strips_find(timeline_strips(st->tl), task, level);
	struct box box = lane_strip_box(v, tree_find(&st->app.tree, ROW_TASK, task), strip);
	float x = viewport_x(&v->vp, (int64_t)(timeline_begin_ns(st->tl) + at_ns));

	app_motion(&st->app, &st->scene, x, box.y + box.h / 2);
	frame(st);
}

static void click_here(struct stage *st, int clicks)
{
	struct app *app = &st->app;

	app_press(app, &st->scene, BUTTON_LEFT, 0, clicks, app->view.mouse_x, app->view.mouse_y);
	app_release(app, &st->scene, BUTTON_LEFT, app->view.mouse_x, app->view.mouse_y);
	still(st);
}

static const char *title(struct stage *st, struct ref ref)
{
	static struct description d;

	return describe(&st->app.view, &ref, &d) ? d.title : "";
}

static void test_what_a_thread_says_is_met_and_gone_along(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;

	point_at_strip(st, 1, 3 * MS);
	assert_int_equal(v->hovered.kind, REF_STRIP_SLICE);
	assert_string_equal(title(st, v->hovered), "parse");
	point_at_strip(st, 1, 6 * MS); /* nothing is said there: the thread */
	assert_int_equal(v->hovered.kind, REF_TASK_LANE);
	point_at_strip(st, STRIP_MOMENTS, 4 * MS);
	assert_string_equal(title(st, v->hovered), "miss");
	point_at_strip(st, 2, 2500000);
	click_here(st, 1);
	assert_string_equal(title(st, v->selected), "number");
	point_at_strip(st, 0, 1 * MS);
	click_here(st, 1);
	assert_string_equal(title(st, v->selected), "coroutine 0xa");
	key(st, ".");
	assert_string_equal(title(st, v->selected), "fill");
	key(st, "."); /* past where none ran */
	assert_string_equal(title(st, v->selected), "fill");
	assert_int_equal(v->selected.index, 3);
	key(st, ".");
	assert_int_equal(v->selected.index, 3);
	key(st, ",");
	assert_int_equal(v->selected.index, 1);
	key(st, "F"); /* from 2 to 5 ms, and a margin */
	assert_int_equal(v->vp.target.span_ns, 3 * MS + 2 * 3 * MS / 8);
}

static void test_search_goes_to_where_a_name_was_said_first(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;
	struct interval iv;

	key(st, "/");
	type(st, "queued");
	assert_int_equal(st->app.find.nr, 1);
	key(st, "Return");
	assert_int_equal(v->selected.kind, REF_STRIP_SLICE);
	assert_true(view_interval(v, &v->selected, &iv));
	assert_int_equal(iv.end_ns, timeline_begin_ns(st->tl) + 3 * MS);
	assert_true(v->vp.target.span_ns > MS); /* a moment does not fill the view */
	app_act(&st->app, ACTION_CLEAR);
	key(st, "/");
	type(st, "numb");
	key(st, "Return");
	assert_string_equal(title(st, v->selected), "number");
}

static void test_undo_brings_back_time_and_scroll(void **state)
{
	struct stage *st = *state;
	struct span before = st->app.view.vp.target;

	point(st, 101, 0.5);
	key(st, "W");
	still(st);
	assert_true(st->app.view.vp.target.span_ns < before.span_ns);
	key(st, "Ctrl+Z");
	assert_int_equal(st->app.view.vp.now.span_ns, before.span_ns);
	key(st, "Ctrl+Y");
	assert_true(st->app.view.vp.now.span_ns < before.span_ns);
	key(st, "0");
	assert_int_equal(st->app.view.vp.now.span_ns, 10 * MS);
}

static void test_cursors_tell_their_difference(void **state)
{
	struct stage *st = *state;
	bool told = false;

	key(st, "0");
	point(st, 101, 0.25);
	key(st, "Shift+A");
	point(st, 101, 0.75);
	key(st, "Shift+B");
	assert_true(llabs(st->app.view.b_ns - st->app.view.a_ns - 5 * MS) < 20000);
	for (size_t i = 0; i < st->scene.nr; i++)
		if (st->scene.items[i].shape == SHAPE_TEXT) {
			const char *text = st->scene.text + st->scene.items[i].text;

			told |= strstr(text, "A = 5.0") || strstr(text, "A = 4.99");
		}
	assert_true(told);
	key(st, "Shift+B"); /* where it stands: away */
	assert_false(st->app.view.has_b);
}

static void test_marks_are_set_named_found_and_removed(void **state)
{
	struct stage *st = *state;
	struct marks *m = &st->app.marks;

	point(st, 101, 0.5);
	key(st, "M");
	assert_int_equal(m->nr, 1);
	point(st, 101, 0.2);
	key(st, "Shift+M");
	type(st, "here it begins");
	key(st, "Return");
	assert_int_equal(m->nr, 2);
	assert_string_equal(m->at[0].text, "here it begins");
	key(st, "W");
	key(st, "Shift+N");
	key(st, "N");
	assert_int_equal(st->app.view.selected.kind, REF_MARK);
	size_t at = st->app.view.selected.index;

	app_leave(&st->app);
	key(st, "Delete");
	assert_int_equal(m->nr, 1);
	assert_string_equal(m->at[0].text, at == 0 ? "" : "here it begins");
}

static void test_tables_sort_filter_and_show_their_rows(void **state)
{
	struct stage *st = *state;
	struct tabs *t = &st->app.tabs;

	assert_int_equal(t->open, TAB_FINDINGS); /* there is one, and nobody chose another */
	key(st, "Tab");
	assert_int_equal(t->open, TAB_TASKS);
	assert_int_equal(t->nr, 3);
	uint32_t first = t->order[0];

	key(st, "Shift+O");
	assert_int_equal(t->order[2], first);
	key(st, "Ctrl+F");
	type(st, "103");
	still(st);
	assert_int_equal(t->nr, 1);
	key(st, "Return");
	key(st, "Shift+Down");
	assert_int_equal(st->app.view.selected.kind, REF_TASK_LANE);
	assert_int_equal(machine_task(timeline_machine(st->tl), st->app.view.selected.lane)->tid,
			 103);
	key(st, "Escape");
	assert_string_equal(t->filter, "");
	key(st, "Tab");
	assert_int_equal(t->open, TAB_LOCKS);
	assert_int_equal(t->nr, 1);
	key(st, "Shift+Down");
	assert_int_equal(st->app.view.selected.kind, REF_TASK_SLICE); /* the longest wait */
	key(st, "Shift+Tab");
	assert_int_equal(t->open, TAB_TASKS);
}

/* 101 runs 0..6 then sleeps; locks: 102 waits 1..4, 103 waits 0..7; computed by hand. */
static void test_a_range_adds_up(void **state)
{
	struct stage *st = *state;
	struct box axis = view_axis(&st->app.view);
	float x0 = axis.x + axis.w * 0.2f, x1 = axis.x + axis.w * 0.5f, y = axis.y + axis.h - 5;

	key(st, "0");
	app_motion(&st->app, &st->scene, x0, y);
	app_press(&st->app, &st->scene, BUTTON_LEFT, 0, 1, x0, y);
	app_motion(&st->app, &st->scene, x0 + 9, y);
	app_motion(&st->app, &st->scene, x1, y);
	app_release(&st->app, &st->scene, BUTTON_LEFT, x1, y);
	still(st);
	const struct range_totals *r = &st->app.range;

	assert_true(st->app.view.has_range && r->complete);
	assert_int_equal(r->nr_locks, 1);
	assert_int_equal(r->locks[0].waits, 2);
	assert_in_range(r->locks[0].wait_ns, 5 * MS - 60000, 5 * MS + 60000); /* 2..4 and 2..5 */
	assert_in_range(r->all.ns[STATE_RUNNING], 4 * MS - 60000, 4 * MS + 60000);
}

static void test_waker_and_holder_are_followed(void **state)
{
	struct stage *st = *state;
	const struct machine *m = timeline_machine(st->tl);

	point(st, 102, 0.25);
	app_press(&st->app, &st->scene, BUTTON_LEFT, 0, 1, st->app.view.mouse_x,
		  st->app.view.mouse_y);
	app_release(&st->app, &st->scene, BUTTON_LEFT, st->app.view.mouse_x, st->app.view.mouse_y);
	still(st);
	assert_int_equal(st->app.view.selected.kind, REF_TASK_SLICE);
	key(st, "[");
	assert_int_equal(machine_task(m, st->app.view.selected.lane)->tid, 101);
	key(st, "]");
	assert_int_equal(machine_task(m, st->app.view.selected.lane)->tid, 102);
	key(st, ".");
	key(st, ",");
	assert_int_equal(machine_task(m, st->app.view.selected.lane)->tid, 102);
}

static void test_playing_loops_over_the_range_and_ends(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;

	v->has_range = true;
	v->range_begin_ns = app_begin(&st->app) + 2 * MS;
	v->range_end_ns = app_begin(&st->app) + 4 * MS;
	key(st, "R");
	assert_true(v->playing && v->looping);
	for (int i = 0; i < 1000; i++) {
		frame(st);
		assert_true(v->playhead_ns >= v->range_begin_ns &&
			    v->playhead_ns <= v->range_end_ns);
	}
	key(st, "R");
	assert_false(v->playing);
	v->has_range = false;
	key(st, "Space");
	v->speed = 1;
	still(st);
	assert_false(v->playing); /* 10 ms are over */
	assert_non_null(strstr(st->app.message, "end of the trace"));
}

/* The picture goes along with what is played, and never beyond the trace's end. */
static void test_playing_shows_nothing_behind_the_end(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;

	key(st, "Home");
	for (int i = 0; i < 4; i++)
		key(st, "W");
	key(st, "Home");
	key(st, "Space");
	v->speed = 0.01;
	for (int i = 0; i < 200 && v->playing; i++) {
		frame(st);
		assert_true(v->vp.target.begin_ns + v->vp.target.span_ns <=
			    app_end(&st->app) + v->vp.target.span_ns / 10);
		assert_true(!v->playing || v->playhead_ns <= viewport_end(&v->vp) ||
			    v->vp.now.begin_ns != v->vp.target.begin_ns);
	}
	assert_false(v->playing);
	assert_int_equal(v->vp.target.begin_ns + v->vp.target.span_ns, app_end(&st->app));
}

/* Nothing changes them but hands: making them again and again took 14 ms with 10 000 tasks. */
static void test_tables_of_a_whole_trace_are_made_once(void **state)
{
	struct stage *st = *state;
	double made_s;

	frame(st);
	made_s = st->app.table_s;
	for (int i = 0; i < 100; i++)
		frame(st);
	assert_true(st->app.table_s == made_s);
	key(st, "O");
	assert_true(st->app.table_s > made_s);
}

/* A live run that was shorter than what is shown of one is seen whole when it ends. */
static void test_a_short_live_run_is_shown_whole(void **state)
{
	struct err err = {0};
	struct source *src = source_open(TRACE, &err);
	struct timeline *tl = timeline_open(src);
	struct app_options options = {.title = "job", .live = true};
	struct app app;

	(void)state;
	app_init(&app, tl, &options);
	app_resize(&app, 1280, 720, 1);
	app_tick(&app, 1);
	while (app_pump(&app, 1000000000, &err) == 1)
		app_tick(&app, 1.1);
	for (int i = 0; i < 20; i++)
		app_tick(&app, 1.2 + i * 0.016);
	assert_int_equal(app.view.mode, MODE_ENDED);
	assert_int_equal(app.view.vp.now.begin_ns, app_begin(&app));
	assert_int_equal(app.view.vp.now.span_ns, app_end(&app) - app_begin(&app));
	app_done(&app);
	timeline_close(tl);
}

static void test_motion_ends_within_120_ms(void **state)
{
	struct stage *st = *state;
	struct viewport *vp = &st->app.view.vp;
	int frames = 0;

	app_act(&st->app, ACTION_ZOOM_IN);
	while (vp->now.span_ns != vp->target.span_ns && frames++ < 100)
		frame(st);
	assert_in_range(frames, 2, 7); /* 7 * 16 ms = 112 ms */
}

#define PRESERVED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define SAYING(name)    cmocka_unit_test_setup_teardown(name, setup_said, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PRESERVED(test_search_counts_and_goes_from_match_to_match),
	    PRESERVED(test_search_knows_tids_locks_and_findings),
	    PRESERVED(test_palette_runs_what_is_named),
	    PRESERVED(test_lanes_are_pinned_hidden_and_moved),
	    PRESERVED(test_a_lane_is_dragged_past_its_siblings),
	    PRESERVED(test_the_lane_of_a_lock_is_gone_along),
	    PRESERVED(test_undo_brings_back_time_and_scroll),
	    PRESERVED(test_cursors_tell_their_difference),
	    PRESERVED(test_marks_are_set_named_found_and_removed),
	    PRESERVED(test_tables_sort_filter_and_show_their_rows),
	    PRESERVED(test_a_range_adds_up),
	    PRESERVED(test_waker_and_holder_are_followed),
	    PRESERVED(test_playing_loops_over_the_range_and_ends),
	    PRESERVED(test_playing_shows_nothing_behind_the_end),
	    PRESERVED(test_tables_of_a_whole_trace_are_made_once),
	    cmocka_unit_test(test_a_short_live_run_is_shown_whole),
	    PRESERVED(test_motion_ends_within_120_ms),
	    SAYING(test_what_a_thread_says_is_met_and_gone_along),
	    SAYING(test_search_goes_to_where_a_name_was_said_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
