/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands around the lanes, as scene items: what they say, and that none is over another. */
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
#include "viz/panels.h"

/* A stage whose trace the test writes: begin, out, open_written, teardown. */
static FILE *trace_begin(char path[32])
{
	strcpy(path, "/tmp/test_panels.XXXXXX.txt");
	int fd = mkstemps(path, 4);

	assert_true(fd >= 0);
	return fdopen(fd, "w");
}

static struct stage *open_written(FILE *out, const char *path)
{
	void *state;

	assert_int_equal(fclose(out), 0);
	open_stage(&state, path);
	unlink(path);
	return state;
}

static void close_written(struct stage *st)
{
	void *state = st;

	teardown(&state);
}

/* All texts of a box, each followed by a bar. */
static const char *texts_in(const struct stage *st, struct box box)
{
	static char out[4096];
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < st->scene.nr && at < sizeof(out); i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT && box_has(&box, it->box.x, it->box.y + it->box.h / 2))
			at += (size_t)snprintf(out + at, sizeof(out) - at, "%s|",
					       st->scene.text + it->text);
	}
	return out;
}

/* 200 traced tasks on one core, 1 ms each, then 200 ms of one that is not traced. */
static void test_others_are_others_however_many_are_traced(void **state)
{
	char path[32];
	FILE *out = trace_begin(path);
	int i;

	(void)state;
	fprintf(out, "# conctrace text 1\n# nr_cpus 1\n# arch x86_64\n# begin_ns 1000000000\n"
		     "# end_ns 1400000000\n");
	for (i = 0; i < 200; i++)
		fprintf(out,
			"1.000000000 cpu=0 task flags=0x20 tid=%d tgid=%d parent_tgid=1 "
			"state=S comm=job\n",
			1000 + i, 1000 + i);
	for (i = 0; i <= 200; i++)
		fprintf(out, "1.%03d000000 cpu=0 switch tid=%d next_tid=%d prev_state=1\n", i,
			i ? 999 + i : 0, i < 200 ? 1000 + i : 5000);
	struct stage *st = open_written(out, path);
	const struct overview *o = &st->app.overview;
	float first = 0, last = 0;

	assert_true(o->split);
	assert_true(fabsf(o->mean - 1) < 0.001f);
	assert_true(fabsf(o->mean_own - 0.5f) < 0.001f);
	for (size_t k = 0; k + 1 < o->nr; k++)
		*(k < o->nr / 2 ? &first : &last) += o->own[k] / (float)(o->nr / 2);
	assert_true(first > 0.99f && last < 0.01f);
	close_written(st);
}

/* Where two threads wait for the lock all the time, that is told when running alone is told, too.
 */
static void test_legend_keeps_what_is_drawn_most(void **state)
{
	struct stage *st = *state;
	const struct box *status = &st->app.view.layout.status;

	assert_string_equal(texts_in(st, *status),
			    "running (thread's colour)|inferred|woke|L lock|S sleep|");
	app_resize(&st->app, 400, 720, 1);
	still(st);
	assert_string_equal(texts_in(st, *status), "running|inferred|L lock|S sleep|\xe2\x80\xa6|");
	app_resize(&st->app, 300, 720, 1);
	still(st);
	assert_string_equal(texts_in(st, *status), "running|L lock|S sleep|\xe2\x80\xa6|");
}

static void test_legend_has_the_critical_path(void **state)
{
	struct stage *st = *state;

	assert_null(strstr(texts_in(st, st->app.view.layout.status), "critical path"));
	key(st, "K");
	assert_non_null(strstr(texts_in(st, st->app.view.layout.status), "critical path"));
}

static void test_a_message_leaves_the_bar_what_it_has(void **state)
{
	struct stage *st = *state;
	const struct box *top = &st->app.view.layout.top;

	app_say(&st->app, "a sentence of so many words that it finds no room on one line of the "
			  "bar, nor on two, as it goes on and on with what nobody wants to know in "
			  "the end: it is cut there");
	frame(st);
	assert_non_null(strstr(texts_in(st, *top), "cut there|"));
	app_resize(&st->app, 900, 720, 1);
	frame(st);
	const char *texts = texts_in(st, *top);

	assert_non_null(strstr(texts, "REPLAY|10.000 ms|a sentence"));
	assert_non_null(strstr(texts, "\xe2\x80\xa6|"));
	assert_non_null(strstr(texts, "help|"));
	/* Nothing lies over it either. */
	for (size_t i = 0, nr = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		nr += it->shape == SHAPE_GROUND && it->box.y == 0 && it->box.h < 100;
		assert_true(nr <= 1);
	}
}

static void test_a_message_goes_with_the_next_act(void **state)
{
	struct stage *st = *state;

	point(st, 101, 0.5);
	app_act(&st->app, ACTION_HIDE);
	assert_string_equal(st->app.message, "hidden; Shift+H shows it again");
	app_act(&st->app, ACTION_SHOW_HIDDEN);
	assert_string_equal(st->app.message, "");
	app_act(&st->app, ACTION_SEARCH);
	app_text(&st->app, "zzz");
	app_enter(&st->app);
	assert_string_equal(st->app.message, "nothing is called \"zzz\"");
	app_act(&st->app, ACTION_SEARCH);
	app_key(&st->app, "Ctrl+Backspace");
	app_text(&st->app, "worker");
	app_enter(&st->app);
	assert_string_equal(st->app.message, "");
}

static void test_the_bar_counts_tasks_without_lanes(void **state)
{
	struct stage *st = *state;

	app_resize(&st->app, 2000, 720, 1);
	st->app.tree.hide_tasks = st->app.tree.stale = true;
	frame(st);
	assert_non_null(strstr(texts_in(st, st->app.view.layout.top), "3 tasks"));
}

/* Numbers, flags and pills: as wide as they are. */
static void check_ruler(struct stage *st)
{
	const struct box *ruler = &st->app.view.layout.ruler;
	struct box seen[64];
	size_t nr = 0;

	frame(st);
	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];
		const char *text = st->scene.text + it->text;
		struct box box = it->box;

		if (it->shape != SHAPE_TEXT || box.y + box.h / 2 <= ruler->y ||
		    box.y + box.h / 2 >= ruler->y + ruler->h)
			continue;
		if (it->align == ALIGN_LEFT)
			box.w = fminf(box.w, scene_text_width(&st->scene, it->font, text));
		for (size_t k = 0; k < nr; k++)
			assert_true(box.x >= seen[k].x + seen[k].w || seen[k].x >= box.x + box.w);
		assert_true(nr < 64);
		seen[nr++] = box;
	}
	assert_true(nr > 2);
}

static void test_nothing_in_the_ruler_is_over_another(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;
	int64_t zero_ns = app_begin(&st->app);
	struct err err = {0};

	check_ruler(st);
	marks_add(&st->app.marks, 1900000, "a mark with a lot of words in it", &err);
	marks_add(&st->app.marks, 2500000, "another one", &err);
	marks_add(&st->app.marks, 5010000, "between", &err);
	check_ruler(st);
	v->has_a = v->has_b = true;
	v->a_ns = zero_ns + 5000000;
	for (int64_t ns = 1000000; ns < 10000000; ns += 210000) {
		v->b_ns = zero_ns + ns;
		point(st, 101, (double)ns / 10e6);
		check_ruler(st);
		point(st, 101, 0.5);
		check_ruler(st);
	}
	/* All of it is there, too: both cursors, their difference, the mouse, the last mark. */
	const char *texts = texts_in(st, v->layout.ruler);

	assert_non_null(strstr(texts, "|A|B|"));
	assert_non_null(strstr(texts, "A = 4."));
	assert_non_null(strstr(texts, "another one|"));
}

/* Of four threads in a ring it is 443 letters long: at 1280x720, beside the inspector, as well. */
static void test_a_long_sentence_is_all_there(void **state)
{
	float scale = 1;
	void *opened;

	(void)state;
	open_stage(&opened, "tests/golden/findings/deadlock/ring.txt");
	struct stage *st = opened;

	st->scene.measure = (struct measure){theme_text_width, &scale};
	frame(st);
	const char *texts = texts_in(st, st->app.view.layout.table);

	assert_non_null(strstr(texts, "Deadlock: "));
	assert_null(strstr(texts, "\xe2\x80\xa6"));
	close_written(st);
}

/* A card over the lanes: whether there is one, and where. */
static bool has_card(const struct stage *st, struct box *out)
{
	const struct box *lanes = &st->app.view.layout.lanes;

	for (size_t i = st->scene.nr; i-- > 0;) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_GROUND && it->radius == 5 && it->box.y > lanes->y) {
			*out = it->box;
			return true;
		}
	}
	return false;
}

static void test_the_tooltip_says_what_the_inspector_does_not(void **state)
{
	struct stage *st = *state;
	struct box box = {0};

	point(st, 102, 0.3);
	assert_int_equal(st->app.view.hovered.kind, REF_TASK_SLICE);
	assert_false(has_card(st, &box));
	app_select(&st->app, st->app.view.hovered);
	point(st, 103, 0.02);
	assert_true(has_card(st, &box));
	assert_true(box.x >= st->app.view.layout.gutter_w);
	assert_true(box.x + box.w <= st->app.view.layout.inspector.x);
	key(st, "I");
	key(st, "Escape");
	point(st, 102, 0.3);
	assert_true(has_card(st, &box));
}

/* All lines that the inspector tells of slice i of core 0. */
static const char *told_of_core(const struct stage *st, uint32_t i)
{
	static char out[1024];
	struct ref ref = {REF_CPU_SLICE, 0, 1, i};
	struct description d;
	size_t at = 0;

	assert_true(describe(&st->app.view, &ref, &d));
	for (size_t k = 0; k < d.nr_lines; k++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s|", d.lines[k]);
	for (size_t k = 0; k < d.nr_rows; k++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s=%s|", d.rows[k].key,
				       d.rows[k].value);
	return out;
}

static void test_unknown_time_of_a_core_has_a_reason(void **state)
{
	struct stage *st;
	void *opened;
	size_t nr;

	(void)state;
	open_stage(&opened,
		   "tests/golden/intervals/switch-of-an-unexpected-task-is-unknown/trace.txt");
	st = opened;
	assert_non_null(strstr(told_of_core(st, 1),
			       "not known for 300 \xc2\xb5s|the kernel did not tell a switch"));
	assert_non_null(strstr(told_of_core(st, 1), "such switches=1 in all|"));
	close_written(st);
	open_stage(&opened, "tests/golden/intervals/no-state-across-a-gap/trace.txt");
	st = opened;
	timeline_gaps(st->tl, &nr);
	assert_true(nr > 0);
	for (uint32_t i = 0; i < timeline_cpu(st->tl, 0)->nr; i++)
		if (strstr(told_of_core(st, i), "not known for"))
			assert_non_null(
			    strstr(told_of_core(st, i), "records of this core are lost"));
	close_written(st);
}

/* 540.7 ms are 541, as the report has it. */
static void test_the_bar_rounds_the_time(void **state)
{
	char path[32];
	FILE *out = trace_begin(path);

	(void)state;
	fprintf(out,
		"# conctrace text 1\n# nr_cpus 1\n# arch x86_64\n# begin_ns 1000000000\n"
		"# end_ns 1540700000\n1.000000000 cpu=0 switch tid=0 next_tid=7 prev_state=1\n");
	struct stage *st = open_written(out, path);

	assert_non_null(strstr(texts_in(st, st->app.view.layout.top), "|541 ms|"));
	close_written(st);
}

static void test_others_and_many_in_turn_are_told_apart(void **state)
{
	(void)state;
	assert_true(rgba_contrast(palette_dark.other, palette_dark.mixed) > 1.8);
	assert_true(rgba_contrast(palette_light.other, palette_light.mixed) > 1.8);
}

/* Two processes wait for a lock at one address, which is not one lock. */
static void test_locks_of_a_range_have_their_process(void **state)
{
	char path[32];
	FILE *out = trace_begin(path);

	(void)state;
	fprintf(out, "# conctrace text 1\n# nr_cpus 2\n# arch x86_64\n# begin_ns 1000000000\n"
		     "# end_ns 1010000000\n");
	for (int tid = 100; tid <= 200; tid += 100)
		fprintf(out,
			"1.000000000 cpu=%d task flags=0x20 tid=%d tgid=%d parent_tgid=1 state=R "
			"comm=job\n",
			tid / 200, tid, tid);
	for (int tid = 100; tid <= 200; tid += 100)
		fprintf(out,
			"1.001000000 cpu=%d block tid=%d next_tid=0 prev_state=1 nr=202 "
			"object_kind=1 arg0=0x5000 arg1=0x80 arg2=2\n",
			tid / 200, tid);
	for (int tid = 100; tid <= 200; tid += 100)
		fprintf(out, "1.00%d000000 cpu=%d switch tid=0 next_tid=%d prev_state=0\n",
			tid / 50, tid / 200, tid);
	struct stage *st = open_written(out, path);
	struct view *v = &st->app.view;

	v->has_range = true;
	v->range_begin_ns = app_begin(&st->app);
	v->range_end_ns = app_end(&st->app);
	still(st);
	const char *texts = texts_in(st, v->layout.inspector);

	assert_non_null(strstr(texts, "locks waited for|"));
	assert_non_null(strstr(texts, " of 100|"));
	assert_non_null(strstr(texts, " of 200|"));
	close_written(st);
}

static void test_shares_stand_in_columns(void **state)
{
	struct state_time sum = {0};
	struct description d = {0};

	(void)state;
	sum.ns[STATE_RUNNING] = 4370000;
	sum.ns[STATE_RUNNABLE] = 84600;
	add_shares(&d, &sum);
	assert_string_equal(d.rows[0].value, " 98.1 %    4.37 ms");
	assert_string_equal(d.rows[1].value, "  1.9 %    84.6 \xc2\xb5s");
}

static void test_a_filter_says_of_how_many(void **state)
{
	struct stage *st = *state;

	while (st->app.tabs.open != TAB_TASKS)
		key(st, "Tab");
	assert_non_null(strstr(texts_in(st, st->app.view.layout.table), "Tasks 3|"));
	key(st, "Ctrl+F");
	type(st, "102");
	key(st, "Return");
	assert_non_null(strstr(texts_in(st, st->app.view.layout.table), "Tasks 1 of 3|"));
}

static void test_lanes_that_do_not_fit_have_a_bar(void **state)
{
	struct stage *st = *state;
	struct app *app = &st->app;
	struct box track, thumb;

	assert_false(panel_scroll_bar(&app->view, &track, &thumb));
	app_resize(app, 1280, 300, 1);
	frame(st);
	float most = app_max_scroll(app);

	assert_true(most > 50);
	assert_true(panel_scroll_bar(&app->view, &track, &thumb));
	assert_true(thumb.y == track.y && thumb.h < track.h);
	float x = thumb.x + thumb.w / 2, y = thumb.y + 5;

	app_press(app, &st->scene, BUTTON_LEFT, 0, 1, x, y);
	app_motion(app, &st->scene, x, y + (track.h - thumb.h) / 2);
	assert_true(fabsf(app->view.scroll_px - most / 2) <= 2);
	app_motion(app, &st->scene, x, y + 1000);
	assert_true(app->view.scroll_px == most);
	app_release(app, &st->scene, BUTTON_LEFT, x, y + 1000);
	frame(st);
	assert_true(panel_scroll_bar(&app->view, &track, &thumb));
	assert_true(fabsf(thumb.y + thumb.h - track.y - track.h) < 1);
	assert_false(app->view.has_range);
	/* Above its part that is dragged: there at once. */
	app_press(app, &st->scene, BUTTON_LEFT, 0, 1, x, track.y + 1);
	assert_true(app->view.scroll_px == 0);
	app_release(app, &st->scene, BUTTON_LEFT, x, track.y + 1);
	/* A picture is not scrolled: it says how many are not in it. */
	app->view.still = true;
	app_resize(app, 1280, 190, 1);
	frame(st);
	assert_false(panel_scroll_bar(&app->view, &track, &thumb));
	assert_non_null(strstr(texts_in(st, app->view.layout.lanes), " lanes below|"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_others_are_others_however_many_are_traced),
	    cmocka_unit_test_setup_teardown(test_legend_keeps_what_is_drawn_most, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_legend_has_the_critical_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_message_leaves_the_bar_what_it_has, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_a_message_goes_with_the_next_act, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_the_bar_counts_tasks_without_lanes, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_nothing_in_the_ruler_is_over_another, setup,
					    teardown),
	    cmocka_unit_test(test_a_long_sentence_is_all_there),
	    cmocka_unit_test_setup_teardown(test_the_tooltip_says_what_the_inspector_does_not,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lanes_that_do_not_fit_have_a_bar, setup, teardown),
	    cmocka_unit_test(test_unknown_time_of_a_core_has_a_reason),
	    cmocka_unit_test(test_the_bar_rounds_the_time),
	    cmocka_unit_test(test_others_and_many_in_turn_are_told_apart),
	    cmocka_unit_test(test_locks_of_a_range_have_their_process),
	    cmocka_unit_test(test_shares_stand_in_columns),
	    cmocka_unit_test_setup_teardown(test_a_filter_says_of_how_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
