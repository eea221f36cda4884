/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "viz/viewport.h"

#define BEGIN_NS INT64_C(5000000000)
#define END_NS   INT64_C(7000000000)

static struct viewport make(void)
{
	struct viewport v;

	viewport_init(&v, BEGIN_NS, END_NS);
	viewport_place(&v, 200, 1000); /* 2 ms per px */
	return v;
}

static void test_time_and_pixel_are_inverse(void **state)
{
	struct viewport v = make();

	(void)state;
	assert_int_equal(viewport_time(&v, 200), BEGIN_NS);
	assert_int_equal(viewport_time(&v, 1200), END_NS);
	assert_int_equal(viewport_time(&v, 700), BEGIN_NS + 1000000000);
	assert_float_equal(viewport_x(&v, BEGIN_NS + 500000000), 450, 0.001);
	/* Before the trace is a place, too. */
	assert_int_equal(viewport_time(&v, 0), BEGIN_NS - 400000000);
}

static void test_zoom_keeps_time_under_cursor(void **state)
{
	struct viewport v = make();
	int64_t at_ns = viewport_time(&v, 333);

	(void)state;
	for (int i = 0; i < 12; i++) {
		viewport_zoom(&v, 333, 0.5);
		viewport_settle(&v);
	}
	assert_in_range(v.now.span_ns, 488270, 488290); /* 2 s / 4096, rounded on the way */
	assert_true(llabs(viewport_time(&v, 333) - at_ns) <= 12);
}

static void test_zoom_keeps_time_under_cursor_on_every_frame(void **state)
{
	struct viewport v = make();
	int64_t at_ns = viewport_time(&v, 900);
	int frames = 0;

	(void)state;
	viewport_zoom(&v, 900, 0.05);
	while (viewport_animate(&v, 0.016)) {
		double off_px = (double)(viewport_time(&v, 900) - at_ns) / viewport_ns_per_px(&v);

		assert_true(off_px < 0.6 && off_px > -0.6);
		frames++;
	}
	assert_true(frames > 3 && frames < 40); /* eased, and over soon */
	assert_int_equal(v.now.span_ns, 100000000);
}

static void test_a_motion_after_a_rest_is_no_leap(void **state)
{
	struct viewport v = make();

	(void)state;
	viewport_zoom(&v, 500, 0.1);
	assert_true(viewport_animate(&v, 0.25)); /* the last frame was a quarter of a second ago */
	assert_true(v.now.span_ns > v.target.span_ns * 2);
	assert_true(v.now.span_ns < v.from.span_ns);
}

static void test_zoom_has_ends(void **state)
{
	struct viewport v = make();

	(void)state;
	for (int i = 0; i < 200; i++)
		viewport_zoom(&v, 500, 0.5);
	viewport_settle(&v);
	assert_int_equal(v.now.span_ns, VIEWPORT_MIN_SPAN_NS);
	for (int i = 0; i < 400; i++)
		viewport_zoom(&v, 500, 2);
	viewport_limit(&v, BEGIN_NS, END_NS);
	viewport_settle(&v);
	assert_int_equal(v.now.span_ns, 2200000000); /* the trace and a tenth */
	assert_int_equal(v.now.begin_ns, BEGIN_NS - 100000000);
}

static void test_pan_stops_beside_the_trace(void **state)
{
	struct viewport v = make();

	(void)state;
	viewport_jump(&v, BEGIN_NS, BEGIN_NS + 100000000);
	viewport_pan(&v, 500);
	viewport_settle(&v);
	assert_int_equal(v.now.begin_ns, BEGIN_NS + 50000000);
	viewport_pan(&v, -100000);
	viewport_limit(&v, BEGIN_NS, END_NS);
	assert_int_equal(v.target.begin_ns, BEGIN_NS - 10000000);
	viewport_pan(&v, 1e9);
	viewport_limit(&v, BEGIN_NS, END_NS);
	assert_int_equal(v.target.begin_ns + v.target.span_ns, END_NS + 10000000);
}

static void test_ticks_are_1_2_5(void **state)
{
	struct viewport v = make();

	(void)state;
	assert_int_equal(viewport_tick_ns(&v, 100), 200000000); /* 200 ms = 100 px */
	assert_int_equal(viewport_tick_ns(&v, 101), 500000000);
	assert_int_equal(viewport_tick_ns(&v, 260), 1000000000);
	viewport_jump(&v, BEGIN_NS, BEGIN_NS + 1000); /* 1 ns per px */
	assert_int_equal(viewport_tick_ns(&v, 100), 100);
}

static void test_a_range_of_nothing_is_shown_wide_enough(void **state)
{
	struct viewport v = make();

	(void)state;
	viewport_jump(&v, BEGIN_NS, BEGIN_NS);
	assert_int_equal(v.now.span_ns, VIEWPORT_MIN_SPAN_NS);
	assert_int_equal(viewport_time(&v, 700), BEGIN_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_time_and_pixel_are_inverse),
	    cmocka_unit_test(test_zoom_keeps_time_under_cursor),
	    cmocka_unit_test(test_zoom_keeps_time_under_cursor_on_every_frame),
	    cmocka_unit_test(test_a_motion_after_a_rest_is_no_leap),
	    cmocka_unit_test(test_zoom_has_ends),
	    cmocka_unit_test(test_pan_stops_beside_the_trace),
	    cmocka_unit_test(test_ticks_are_1_2_5),
	    cmocka_unit_test(test_a_range_of_nothing_is_shown_wide_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
