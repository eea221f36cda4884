/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lanes say and show of what is in view, was selected or searched for. */
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

#include "analysis/locks.h"
#include "hands_make.h"
#include "viz/describe.h"
#include "viz/nav.h"

#define MANY  "tests/golden/viz/many-idle-threads-are-one-row/trace.txt"
#define KINDS "tests/golden/intervals/memory-tells-the-kind-of-a-futex/trace.txt"

static int setup_many(void **state)
{
	return open_stage(state, MANY);
}

static int setup_kinds(void **state)
{
	return open_stage(state, KINDS);
}

static const struct row *row_of(const struct stage *st, uint32_t tid)
{
	return tree_find(&st->app.tree, ROW_TASK, machine_find(timeline_machine(st->tl), tid));
}

/* Whether a text begins so, anywhere. */
static bool says(const struct stage *st, const char *text)
{
	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT &&
		    strncmp(st->scene.text + it->text, text, strlen(text)) == 0)
			return true;
	}
	return false;
}

static bool says_just(const struct stage *st, const char *text)
{
	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT && strcmp(st->scene.text + it->text, text) == 0)
			return true;
	}
	return false;
}

static void show(struct stage *st, int64_t from_ns, int64_t to_ns)
{
	viewport_show(&st->app.view.vp, 1000000000 + from_ns, 1000000000 + to_ns);
	viewport_settle(&st->app.view.vp);
	still(st);
}

/* 103 waits from 0 to 7: 101 has the lock until 4, then 102. All of them are called worker. */
static void test_a_wait_names_who_had_the_lock_in_view(void **state)
{
	struct stage *st = *state;

	app_resize(&st->app, 1920, 1080, 1);
	show(st, 0, 10 * MS);
	assert_true(says(st, "L lock 1 held by worker 101, then worker 102"));
	show(st, 5 * MS, 6 * MS);
	assert_true(says(st, "L lock 1 held by worker 102"));
	assert_false(says(st, "L lock 1 held by worker 101"));
	show(st, 0, 3 * MS);
	assert_true(says(st, "L lock 1 held by worker 101"));
	assert_false(says(st, "L lock 1 held by worker 101, then"));
}

static void click_name(struct stage *st, const struct row *row)
{
	struct app *app = &st->app;
	float y = view_row_y(&app->view, row) + row->h / 2;

	app_motion(app, &st->scene, 40, y);
	app_press(app, &st->scene, BUTTON_LEFT, 0, 1, 40, y);
	app_release(app, &st->scene, BUTTON_LEFT, 40, y);
	still(st);
}

/* Whether something see-through lies over all of the row. */
static bool is_tinted(const struct stage *st, const struct row *row)
{
	const struct view *v = &st->app.view;

	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_RECT && it->box.y == view_row_y(v, row) &&
		    it->box.h == row->h && it->box.w == v->layout.lanes.w &&
		    (it->color & 0xff) < 0xff)
			return true;
	}
	return false;
}

static void test_a_lane_selected_by_its_name_is_tinted(void **state)
{
	struct stage *st = *state;

	assert_false(is_tinted(st, row_of(st, 102)));
	click_name(st, row_of(st, 102));
	assert_int_equal(st->app.view.selected.kind, REF_TASK_LANE);
	assert_true(is_tinted(st, row_of(st, 102)));
	assert_false(is_tinted(st, row_of(st, 101)));
	key(st, "Escape");
	assert_false(is_tinted(st, row_of(st, 102)));
}

/* Each of what was waited for is in the table by where it begins: a condition waits at a word that
 * lies behind that. */
static void test_every_row_of_locks_shows_a_wait(void **state)
{
	struct stage *st = *state;
	const struct result *locks = study_locks(st->app.study);
	bool behind = false;

	assert_true(locks->table.nr >= 10);
	for (size_t i = 0; i < locks->table.nr; i++) {
		const struct machine *m = timeline_machine(st->tl);
		const struct cell *c = rows_at(&locks->table, i);
		struct interval iv;

		app_say(&st->app, "%s", "");
		select_table_row(&st->app, TAB_LOCKS, i);
		assert_string_equal(st->app.message, "");
		assert_int_equal(st->app.view.selected.kind, REF_TASK_SLICE);
		assert_true(view_interval_now(&st->app.view, &st->app.view.selected, &iv));
		uint32_t sync = machine_find_sync(m, 100, iv.object, iv.begin_ns);

		assert_int_equal(machine_sync(m, sync)->uaddr, c[LOCKS_UADDR].number);
		behind |= iv.object != c[LOCKS_UADDR].number;
	}
	assert_true(behind);
}

static void test_keys_fold_no_panel_that_nobody_sees(void **state)
{
	struct stage *st = *state;

	app_resize(&st->app, 800, 500, 1);
	still(st);
	key(st, "B");
	assert_string_equal(st->app.message,
			    "there is no room for the tables: make the window higher");
	key(st, "I");
	assert_string_equal(st->app.message,
			    "there is no room for the inspector: make the window wider");
	app_resize(&st->app, 1280, 720, 1);
	still(st);
	assert_true(st->app.view.layout.table.h > 0 && st->app.view.layout.inspector.w > 0);
	key(st, "B");
	key(st, "I");
	assert_true(st->app.view.layout.table.h == 0 && st->app.view.layout.inspector.w == 0);
	assert_string_equal(st->app.message, "");
}

/* 101..108 are one row, as they hardly ran. */
static void test_a_thread_that_is_searched_for_leaves_its_group(void **state)
{
	struct stage *st = *state;
	const struct row *group = tree_find(&st->app.tree, ROW_GROUP, 100 | TREE_IDLE);
	struct description d;

	assert_non_null(group);
	assert_true(says(st, "pid 100 \xc2\xb7 10 tasks, 8 hardly ran"));
	assert_true(describe(&st->app.view, &(struct ref){REF_GROUP, group->id, 1, 0}, &d));
	assert_string_equal(d.title, "8 threads that hardly ran");
	assert_string_equal(d.lines[0],
			    "each ran, and waited for locks, for less than 0.1 % of the run");
	assert_null(row_of(st, 105));
	key(st, "/");
	type(st, "105");
	key(st, "Return");
	assert_non_null(row_of(st, 105));
	assert_true(is_tinted(st, row_of(st, 105)));
	const struct row *row = row_of(st, 105);
	const struct box *lanes = &st->app.view.layout.lanes;

	assert_true(view_row_y(&st->app.view, row) >= lanes->y);
	assert_true(view_row_y(&st->app.view, row) + row->h <= lanes->y + lanes->h);
}

/* A trace whose text the test gives; the file is gone at once. */
static struct stage *open_text(const char *text)
{
	char path[] = "/tmp/test_shown.XXXXXX.txt";
	int fd = mkstemps(path, 4);
	void *state;

	assert_true(fd >= 0);
	FILE *out = fdopen(fd, "w");

	fprintf(out, "# conctrace text 1\n# nr_cpus 1\n# arch x86_64\n# begin_ns 1000000000\n%s",
		text);
	assert_int_equal(fclose(out), 0);
	open_stage(&state, path);
	unlink(path);
	return state;
}

static void test_words_at_a_begin_are_found_first(void **state)
{
	struct stage *st = open_text(
	    "# end_ns 1010000000\n"
	    "1.000000000 cpu=0 task flags=0x20 tid=5598 tgid=5598 parent_tgid=1 state=S comm=py\n"
	    "1.000000000 cpu=0 task flags=0x20 tid=9812 tgid=9812 parent_tgid=1 state=S comm=py\n");
	struct find *f = &st->app.find;

	(void)state;
	find_update(f, "py 98", st->tl, &st->app.tree, st->app.study);
	assert_int_equal(f->nr, 2);
	assert_int_equal(machine_task(timeline_machine(st->tl), f->matches[0].id)->tid, 9812);
	find_update(f, "py 2", st->tl, &st->app.tree, st->app.study);
	assert_int_equal(f->nr, 1);
	teardown((void **)&st);
}

static void test_merged_time_of_a_core_has_names(void **state)
{
	struct stage *st;
	struct description d;

	(void)state;
	open_stage((void **)&st, "tests/golden/viz/merged-columns-show-the-mix/trace.txt");
	assert_true(describe(&st->app.view, &(struct ref){REF_CPU_SLICE, 0, 4, 0}, &d));
	assert_string_equal(d.lines[0], "4 intervals within 400 ns");
	assert_string_equal(d.lines[1], "fast ran 200 ns");
	teardown((void **)&st);
}

/* In a narrow bar the search has its place alone. */
static void test_the_search_is_over_nothing(void **state)
{
	static const float widths[] = {1280, 900, 800, 700, 600, 500, 461, 400, 330};
	struct stage *st = *state;

	key(st, "/");
	type(st, "worker");
	key(st, "Return");
	for (size_t k = 0; k < sizeof(widths) / sizeof(widths[0]); k++) {
		app_resize(&st->app, widths[k], 500, 1);
		still(st);
		float left = widths[k];
		const struct scene *s = &st->scene;

		for (size_t i = 0; i < s->nr; i++)
			if (s->items[i].shape == SHAPE_FRAME && s->items[i].box.y < 20)
				left = fminf(left, s->items[i].box.x);
		assert_true(left < widths[k]);
		for (size_t i = 0; i < s->nr; i++) {
			const struct item *it = &s->items[i];

			if (it->box.y + it->box.h <= 50 && it->shape != SHAPE_HIT &&
			    it->box.x < left && it->box.w < widths[k])
				assert_true(it->box.x + it->box.w <= left + 0.5f);
		}
	}
}

static void test_a_trace_of_no_length_has_no_ticks(void **state)
{
	struct stage *st = open_text("# end_ns 1000000000\n");

	(void)state;
	assert_false(says(st, "+"));
	assert_false(says(st, "cores busy"));
	st->app.tabs.open = TAB_TASKS;
	still(st);
	assert_true(says_just(st, "No task ran."));
	teardown((void **)&st);
}

#define PRESERVED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PRESERVED(test_a_wait_names_who_had_the_lock_in_view),
	    PRESERVED(test_a_lane_selected_by_its_name_is_tinted),
	    cmocka_unit_test_setup_teardown(test_every_row_of_locks_shows_a_wait, setup_kinds,
					    teardown),
	    PRESERVED(test_keys_fold_no_panel_that_nobody_sees),
	    cmocka_unit_test_setup_teardown(test_a_thread_that_is_searched_for_leaves_its_group,
					    setup_many, teardown),
	    cmocka_unit_test(test_words_at_a_begin_are_found_first),
	    cmocka_unit_test(test_merged_time_of_a_core_has_names),
	    PRESERVED(test_the_search_is_over_nothing),
	    cmocka_unit_test(test_a_trace_of_no_length_has_no_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
