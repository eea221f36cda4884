/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "viz/lod.h"

/* A core's lane as model/timeline.c makes it, all its slices in memory. */
struct made {
	struct lane_data data;
	struct pages *pages;
};

static void add(struct made *m, uint64_t length_ns, enum state state, uint32_t other)
{
	uint64_t begin_ns = m->data.end_ns;
	struct slice slice = {.begin_ns = begin_ns, .other = other, .state = (uint8_t)state};

	if (!m->pages) {
		m->pages = pages_open(NULL, NULL, NULL);
		lane_init(&m->data, lane_id(LANE_CPU, 0), m->pages);
	}
	pages_slice(m->pages, lane_id(LANE_CPU, 0), &slice, begin_ns + length_ns);
	lane_append(&m->data, &slice, begin_ns + length_ns);
}

static void done(struct made *m)
{
	lane_done(&m->data);
	pages_close(m->pages);
}

static struct viewport view_of(int64_t begin_ns, int64_t end_ns, float width_px)
{
	struct viewport v;

	viewport_init(&v, begin_ns, end_ns);
	viewport_place(&v, 0, width_px);
	return v;
}

/* Runs of 100 ns among waits of 900 ns, at 1000 px for nr * 1000 ns. */
static void make_dense(struct made *m, int nr)
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < nr; i++) {
		add(m, 100, STATE_RUNNING, 1 + (uint32_t)(i % 3 == 0));
		add(m, 900, STATE_IDLE, 9);
	}
}

/* slack_ns: how far the last piece may reach beyond the screen. */
static void check_with(struct made *m, int64_t begin_ns, int64_t end_ns, double slack_ns)
{
	struct viewport v = view_of(begin_ns, end_ns, 1000);
	struct state_time sum = {0};
	struct lod lod;
	struct lod_piece p;
	uint64_t at_ns = (uint64_t)begin_ns;
	float edge = 0;
	size_t pieces = 0, seen = 0;

	lod_begin(&lod, &m->data, &v, 2);
	while (lod_next(&lod, &p)) {
		assert_int_equal(p.begin_ns < at_ns ? at_ns : p.begin_ns, at_ns); /* no hole */
		assert_true(p.end_ns > p.begin_ns);
		assert_true(p.x0 >= edge && p.x1 >= p.x0 + 1); /* visible, not overlapping */
		edge = p.x1;
		at_ns = p.end_ns;
		seen += p.nr;
		pieces++;
		if (p.nr > 1) {
			uint64_t total = 0;

			for (int s = 0; s < STATE_NR; s++)
				total += p.sum.ns[s];
			assert_int_equal(total, p.end_ns - p.begin_ns);
			for (int s = 0; s < STATE_NR; s++)
				sum.ns[s] += p.sum.ns[s];
		} else {
			uint8_t state = p.slice.state;
			uint64_t b = p.begin_ns, e = p.end_ns;

			e = e < (uint64_t)end_ns ? e : (uint64_t)end_ns;
			sum.ns[state] += e - b;
		}
	}
	assert_true(at_ns >= (uint64_t)end_ns);
	assert_true(pieces <= 1000 + 2);
	assert_true(edge <= 1000 + 3);
	struct state_time exact = {0};

	lane_sum(&m->data, (uint64_t)begin_ns, (uint64_t)end_ns, &exact);
	for (int s = 0; s < STATE_NR; s++)
		assert_true(fabs((double)sum.ns[s] - (double)exact.ns[s]) <= slack_ns);
	(void)seen;
}

/* With all slices in memory, and without any. */
static void check_whole(struct made *m, int64_t begin_ns, int64_t end_ns)
{
	double column_ns = (double)(end_ns - begin_ns) / 500;

	check_with(m, begin_ns, end_ns, column_ns + 1);
	m->data.pages = NULL;
	check_with(m, begin_ns, end_ns, column_ns + (double)(2ULL << m->data.shift));
	m->data.pages = m->pages;
}

static void test_pieces_cover_the_screen_and_sum_exactly(void **state)
{
	struct made m;

	(void)state;
	make_dense(&m, 200000);
	check_whole(&m, 0, 200000000); /* six blocks in a column */
	check_whole(&m, 11234567, 71234567);
	check_whole(&m, 0, 33000000); /* about one block in a column */
	check_whole(&m, 0, 20000000); /* forty slices in a column */
	check_whole(&m, 1234567, 7654321);
	check_whole(&m, 5000000, 5400000); /* slices a bit wider and a bit narrower than a column */
	check_whole(&m, 5000000, 5020000); /* all drawn by themselves */
	check_whole(&m, 5000200, 5000800); /* within one slice */
	done(&m);
}

static void test_every_run_leaves_a_mark(void **state)
{
	struct made m = {0};
	struct viewport v = view_of(0, 1000000000, 1000);
	struct lod lod;
	struct lod_piece p;
	int runs = 0;

	(void)state;
	for (int i = 0; i < 10; i++) { /* 100 ns of running in each tenth of a second */
		add(&m, 99999900, STATE_IDLE, 0);
		add(&m, 100, STATE_RUNNING, 1);
	}
	lod_begin(&lod, &m.data, &v, 2);
	while (lod_next(&lod, &p)) {
		bool single = p.nr == 1 && p.slice.state == STATE_RUNNING;

		runs += single || (p.nr > 1 && p.sum.ns[STATE_RUNNING] > 0);
		if (single)
			assert_true(p.x1 - p.x0 >= 1);
	}
	assert_int_equal(runs, 10);
	done(&m);
}

static void check_pan(struct made *m, int64_t span_ns)
{
	int64_t by_ns = span_ns / 81;
	struct viewport a = view_of(0, span_ns, 1000), b = view_of(by_ns, by_ns + span_ns, 1000);
	struct lod lod;
	struct lod_piece p;
	size_t same = 0, nr = 0;
	static uint64_t begins[2000];

	lod_begin(&lod, &m->data, &a, 2);
	while (lod_next(&lod, &p) && nr < 2000)
		begins[nr++] = p.begin_ns;
	lod_begin(&lod, &m->data, &b, 2);
	while (lod_next(&lod, &p))
		for (size_t i = 0; i < nr; i++)
			same += begins[i] == p.begin_ns;
	assert_true(same > nr * 9 / 10);
}

static void test_columns_do_not_move_when_the_view_pans(void **state)
{
	struct made m;

	(void)state;
	make_dense(&m, 200000);
	check_pan(&m, 10000000);
	check_pan(&m, 150000000);
	done(&m);
}

static void test_parts_are_the_shares(void **state)
{
	struct made m;
	struct lod_part parts[3];
	struct viewport v = view_of(0, 6000, 1);
	struct lod lod;
	struct lod_piece p;

	(void)state;
	make_dense(&m, 100);
	/* Six runs: of task 2 the first and the fourth, of task 1 the other four. */
	lod_begin(&lod, &m.data, &v, 1);
	assert_true(lod_next(&lod, &p));
	assert_int_equal(p.nr, 12);
	assert_int_equal(lod_parts(&lod, &p, parts, 3), 2);
	assert_int_equal(parts[0].key, 1);
	assert_true(fabsf(parts[0].share - 4.0f / 6) < 0.001f);
	assert_int_equal(parts[1].key, 2);
	p.from = 1; /* a wait: nobody ran */
	p.to = 2;
	p.nr = 1;
	assert_int_equal(lod_parts(&lod, &p, parts, 3), 0);
	done(&m);
}

static void test_parts_of_items_are_the_shares(void **state)
{
	struct made m;
	struct lod_part parts[3];
	struct viewport v = view_of(0, 20000000, 10);
	struct lod lod;
	struct lod_piece p;

	(void)state;
	make_dense(&m, 20000);
	assert_true(m.data.nr_items < m.data.nr / 2);
	lod_begin(&lod, &m.data, &v, 1);
	for (int i = 0; i < 9; i++) { /* the last one ends with the lane, in no block */
		assert_true(lod_next(&lod, &p));
		assert_true(p.nr > 3900);
		assert_int_equal(p.sum.ns[STATE_RUNNING] + p.sum.ns[STATE_IDLE],
				 p.end_ns - p.begin_ns);
		assert_true(p.sum.ns[STATE_RUNNING] - (p.end_ns - p.begin_ns) / 10 + 1000 < 2000);
		/* An item names one task, so that less is said of both than is so. */
		size_t nr = lod_parts(&lod, &p, parts, 3);

		assert_in_range(nr, 1, 2);
		assert_int_equal(parts[0].key, 1);
		assert_true(parts[0].share > 0.3f && parts[0].share < 2.0f / 3 + 0.02f);
		assert_true(nr == 1 || (parts[1].key == 2 && parts[1].share < 1.0f / 3 + 0.02f));
	}
	done(&m);
}

static void test_an_empty_lane_has_no_pieces(void **state)
{
	struct made m = {0};
	struct viewport v = view_of(0, 1000, 100);
	struct lod lod;
	struct lod_piece p;

	(void)state;
	lod_begin(&lod, &m.data, &v, 2);
	assert_false(lod_next(&lod, &p));
	add(&m, 100, STATE_RUNNING, 1);
	v = view_of(500, 1000, 100); /* beside the lane */
	lod_begin(&lod, &m.data, &v, 2);
	assert_false(lod_next(&lod, &p));
	done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces_cover_the_screen_and_sum_exactly),
	    cmocka_unit_test(test_every_run_leaves_a_mark),
	    cmocka_unit_test(test_columns_do_not_move_when_the_view_pans),
	    cmocka_unit_test(test_parts_are_the_shares),
	    cmocka_unit_test(test_parts_of_items_are_the_shares),
	    cmocka_unit_test(test_an_empty_lane_has_no_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
