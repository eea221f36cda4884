/* SPDX-License-Identifier: BSD-2-Clause */
/* The lane of findings and marks: what stands where, and what a click on it does. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hands_make.h"

/* 1 s to 1.01 s: a priority inversion from 1.003 to 1.007 s, and three findings throughout. */
#define FOUND     "tests/golden/findings/priority-inversion/raised.txt"
#define INVERSION 1

static int setup_found(void **state)
{
	struct stage *st;

	open_stage(state, FOUND);
	st = *state;
	app_study(&st->app);
	still(st);
	return 0;
}

/* First block in the lanes that depicts that, NULL: none. */
static const struct item *block_of(const struct stage *st, uint32_t kind, uint32_t index)
{
	const struct box *lanes = &st->app.view.layout.lanes;

	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_RECT && it->ref.kind == kind && it->ref.index == index &&
		    box_has(lanes, it->box.x, it->box.y))
			return it;
	}
	return NULL;
}

static void click(struct stage *st, const struct item *it)
{
	float x = it->box.x + it->box.w / 2, y = it->box.y + it->box.h / 2;

	app_motion(&st->app, &st->scene, x, y);
	app_press(&st->app, &st->scene, BUTTON_LEFT, 0, 1, x, y);
	app_release(&st->app, &st->scene, BUTTON_LEFT, x, y);
	still(st);
}

static void test_a_bar_lies_where_the_evidence_is(void **state)
{
	struct stage *st = *state;
	const struct viewport *vp = &st->app.view.vp;
	const struct item *bar = block_of(st, REF_TABLE_ROW, INVERSION);

	assert_non_null(bar);
	assert_true(fabsf(bar->box.x - viewport_x(vp, 1003000000)) < 0.5f);
	assert_true(fabsf(bar->box.x + bar->box.w - viewport_x(vp, 1007000000)) < 0.5f);
	assert_int_equal(st->app.notes.line[INVERSION], 1);
	assert_int_equal(st->app.notes.nr_throughout, 3);
	assert_int_equal(st->app.tree.rows[st->app.tree.nr - 1].kind, ROW_NOTES);
}

static void test_those_throughout_share_a_line(void **state)
{
	struct stage *st = *state;
	const struct item *a = block_of(st, REF_TABLE_ROW, 0), *b = block_of(st, REF_TABLE_ROW, 2);

	assert_non_null(a);
	assert_non_null(b);
	assert_true(a->box.y == b->box.y && a->box.x < b->box.x);
	assert_int_equal(st->app.notes.nr_lines, 2);
}

static void test_a_click_selects_the_finding_and_shows_its_time(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;

	st->app.tabs.open = TAB_LOCKS;
	click(st, block_of(st, REF_TABLE_ROW, INVERSION));
	assert_int_equal(v->selected.kind, REF_TABLE_ROW);
	assert_int_equal(v->selected.index, INVERSION);
	assert_int_equal(st->app.tabs.open, TAB_FINDINGS);
	assert_int_equal(st->app.tabs.of[TAB_FINDINGS].at, INVERSION);
	assert_true(v->vp.target.begin_ns <= 1003000000);
	assert_true(v->vp.target.span_ns < 6000000);
}

static void test_marks_have_the_last_line(void **state)
{
	struct stage *st = *state;
	struct err err = {0};

	assert_int_equal(marks_add(&st->app.marks, 5000000, "here", &err), 0);
	still(st);
	const struct item *pin = block_of(st, REF_MARK, 0);

	assert_int_equal(st->app.notes.nr_lines, 3);
	assert_non_null(pin);
	assert_true(fabsf(pin->box.x - viewport_x(&st->app.view.vp, 1005000000)) <= 1);
	click(st, pin);
	assert_int_equal(st->app.view.selected.kind, REF_MARK);
	marks_remove(&st->app.marks, 0);
	still(st);
	assert_int_equal(st->app.notes.nr_lines, 2);
	assert_null(block_of(st, REF_MARK, 0));
}

static void test_the_lane_is_hidden_as_any_other(void **state)
{
	struct stage *st = *state;

	assert_true(tree_hide(&st->app.tree, (struct row_key){ROW_NOTES, 0}));
	still(st);
	assert_null(tree_find(&st->app.tree, ROW_NOTES, 0));
	assert_null(block_of(st, REF_TABLE_ROW, INVERSION));
}

#define ON_STAGE(name) cmocka_unit_test_setup_teardown(name, setup_found, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ON_STAGE(test_a_bar_lies_where_the_evidence_is),
	    ON_STAGE(test_those_throughout_share_a_line),
	    ON_STAGE(test_a_click_selects_the_finding_and_shows_its_time),
	    ON_STAGE(test_marks_have_the_last_line),
	    ON_STAGE(test_the_lane_is_hidden_as_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
