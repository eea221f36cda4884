/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program says of itself, as lanes: every stint and mark is in one, where it was. */
#include "room_make.h"

static void said(struct fake_source *fake, uint64_t ts_ns, enum record_mark_kind kind,
		 uint64_t name, int64_t value)
{
	union any_record *rec = fake_put(fake, ts_ns, RECORD_MARK, 0, FIRST_TID);

	rec->mark.kind = kind;
	rec->mark.name = name;
	rec->mark.value = value;
}

static void turned(struct fake_source *fake, uint64_t ts_ns, uint64_t from, uint64_t id)
{
	union any_record *rec = fake_put(fake, ts_ns, RECORD_COROUTINE, 0, FIRST_TID);

	rec->coroutine.from = from;
	rec->coroutine.id = id;
}

/* One task that is there from the begin on. */
static struct fake_source *open_task(void)
{
	struct fake_source *fake = fake_open();
	union any_record *rec = fake_put(fake, BEGIN_NS, RECORD_TASK, 0, FIRST_TID);

	rec->head.flags = RECORD_F_TRACED;
	rec->task.tgid = FIRST_TID;
	rec->task.state = 'R';
	memcpy(rec->task.comm, "work", sizeof("work"));
	return fake;
}

static struct timeline *read_all(struct fake_source *fake)
{
	struct timeline *tl = timeline_open(&fake->src);
	struct err err = {0};

	while (timeline_pump(tl, 1000000000, &err) == 1)
		;
	return tl;
}

static const struct lane_data *strip(const struct timeline *tl, unsigned int level)
{
	const struct strips *s = timeline_strips(tl);
	uint32_t task = machine_find(timeline_machine(tl), FIRST_TID);

	return timeline_lane(tl, LANE_STRIP, strips_find(s, task, level));
}

static void check(const struct timeline *tl, const struct lane_data *lane, size_t i,
		  uint64_t begin_ns, uint64_t end_ns, const char *name)
{
	char text[STRIP_TEXT_LEN];
	struct slice slice;

	assert_true(lane_read(lane, i, &slice));
	assert_int_equal(lane_slice_begin(lane, i), BEGIN_NS + begin_ns);
	assert_int_equal(lane_slice_end(lane, i), BEGIN_NS + end_ns);
	assert_int_equal(slice.state, name ? STATE_RUNNING : STATE_IDLE);
	if (name)
		assert_string_equal(
		    strip_name_text(timeline_strips(tl), timeline_machine(tl), slice.other, text),
		    name);
}

static void name_it(struct fake_source *fake, uint32_t kind, uint64_t key, const char *text)
{
	union any_record *rec = fake_put(fake, BEGIN_NS, RECORD_NAME, 0, 0);

	rec->name.kind = kind;
	rec->name.key = key;
	memcpy(rec->name.text, text, strlen(text));
}

static void test_regions_have_a_strip_for_each_depth(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;

	(void)state;
	name_it(fake, OBJECT_MARK, 1, "outer");
	name_it(fake, OBJECT_MARK, 2, "inner");
	said(fake, BEGIN_NS + 100, MARK_BEGIN, 1, 0);
	said(fake, BEGIN_NS + 150, MARK_BEGIN, 2, 0);
	said(fake, BEGIN_NS + 170, MARK_END, 0, 0);
	said(fake, BEGIN_NS + 200, MARK_END, 0, 0);
	said(fake, BEGIN_NS + 300, MARK_BEGIN, 2, 0);
	said(fake, BEGIN_NS + 310, MARK_END, 0, 0);
	tl = read_all(fake);
	assert_int_equal(strip(tl, 1)->nr, 3);
	check(tl, strip(tl, 1), 0, 100, 200, "outer");
	check(tl, strip(tl, 1), 1, 200, 300, NULL);
	check(tl, strip(tl, 1), 2, 300, 310, "inner");
	assert_int_equal(strip(tl, 2)->nr, 1);
	check(tl, strip(tl, 2), 0, 150, 170, "inner");
	assert_int_equal(strip(tl, 0)->nr, 0);
	timeline_close(tl);
}

static void test_what_ran_before_the_first_switch_is_inferred(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;
	struct slice slice;

	(void)state;
	turned(fake, BEGIN_NS + 100, 0xa, 0xb);
	turned(fake, BEGIN_NS + 130, 0xb, 0);
	turned(fake, BEGIN_NS + 150, 0, 0xb);
	tl = read_all(fake); /* to the end: TAIL_NS more */
	assert_int_equal(strip(tl, 0)->nr, 4);
	check(tl, strip(tl, 0), 0, 0, 100, "coroutine 0xa");
	check(tl, strip(tl, 0), 1, 100, 130, "coroutine 0xb");
	check(tl, strip(tl, 0), 2, 130, 150, NULL);
	check(tl, strip(tl, 0), 3, 150, 150 + TAIL_NS, "coroutine 0xb");
	assert_true(lane_read(strip(tl, 0), 0, &slice));
	assert_true(slice.inferred);
	assert_int_equal(slice.why, STRIP_STINT);
	assert_true(lane_read(strip(tl, 0), 3, &slice));
	assert_false(slice.inferred);
	assert_int_equal(slice.why, STRIP_CUT);
	timeline_close(tl);
}

/* Each is a nanosecond, however near they are, and also where a stint had no length. */
static void test_what_has_no_length_leaves_a_mark(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;
	struct slice slice;

	(void)state;
	said(fake, BEGIN_NS + 100, MARK_COUNTER, 1, -5);
	said(fake, BEGIN_NS + 100, MARK_INSTANT, 2, 0);
	said(fake, BEGIN_NS + 100, MARK_INSTANT, 2, 0);
	said(fake, BEGIN_NS + 500, MARK_COUNTER, 1, 7);
	for (int i = 0; i < 3; i++) {
		said(fake, BEGIN_NS + 600, MARK_BEGIN, 1, 0);
		said(fake, BEGIN_NS + 600, MARK_END, 0, 0);
	}
	tl = read_all(fake);
	assert_int_equal(strip(tl, STRIP_MOMENTS)->total.ns[STATE_RUNNING], 2);
	assert_int_equal(strip(tl, STRIP_COUNTERS)->total.ns[STATE_RUNNING], 2);
	assert_int_equal(strip(tl, 1)->total.ns[STATE_RUNNING], 3);
	assert_int_equal(strip(tl, 1)->nr, 3);
	assert_true(lane_read(strip(tl, STRIP_COUNTERS), 0, &slice));
	assert_int_equal(slice.why, STRIP_VALUE);
	assert_true((int64_t)slice.object == -5);
	check(tl, strip(tl, STRIP_MOMENTS), 0, 99, 100, "?");
	check(tl, strip(tl, STRIP_MOMENTS), 1, 100, 101, "?");
	check(tl, strip(tl, STRIP_COUNTERS), 2, 499, 500, "?");
	timeline_close(tl);
}

/* What items know of a counter that was told far more often than there are items. */
static void test_items_keep_what_a_counter_was(void **state)
{
	struct fake_source *fake = open_task();
	struct lane_values values;
	int64_t told[60000], min = 0, max = 0, n = 0;
	struct timeline *tl;

	(void)state;
	for (uint64_t i = 0; i < 60000; i++) {
		told[i] = n = (int64_t)((uint64_t)n * 75 + 74) % 65537 - 30000;
		said(fake, BEGIN_NS + 100 + i * 10, MARK_COUNTER, 1, n);
	}
	tl = read_all(fake);
	const struct lane_data *lane = strip(tl, STRIP_COUNTERS);
	size_t at = 0, joined = 0;

	assert_true(lane->is_counter);
	assert_int_equal(lane->total.ns[STATE_RUNNING], 60000);
	for (size_t item = 0; item < lane->nr_items; item++) {
		struct state_time sum = {0};

		lane_item_sum(lane, item, &sum);
		if (sum.ns[STATE_RUNNING] == 0) {
			assert_false(lane_item_values(lane, item, &values));
			continue;
		}
		joined += sum.ns[STATE_RUNNING] > 1;
		min = max = told[at];
		for (uint64_t k = 0; k < sum.ns[STATE_RUNNING]; k++, at++) {
			n = told[at];
			min = n < min ? n : min;
			max = n > max ? n : max;
		}
		assert_true(lane_item_values(lane, item, &values));
		assert_true(values.min == (double)min && values.max == (double)max &&
			    values.last == (double)n);
		assert_int_equal(sum.ns[STATE_RUNNABLE] + sum.ns[STATE_UNKNOWN], 0);
	}
	assert_int_equal(at, 60000);
	assert_true(joined > 1000);
	timeline_close(tl);
}

/* Each has its range; those for which a thread has no strip left are marks of a moment. */
static void test_each_counter_has_a_strip_while_there_are_some(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;
	struct slice slice;

	(void)state;
	for (uint64_t i = 0; i < 40; i++)
		said(fake, BEGIN_NS + 100 + i, MARK_COUNTER, 1 + i % 20, (int64_t)i - 10);
	tl = read_all(fake);
	assert_int_equal(strips_nr(timeline_strips(tl)), STRIP_LEVELS - STRIP_COUNTERS + 1);
	for (unsigned int i = 0; i < STRIP_LEVELS - STRIP_COUNTERS; i++) {
		const struct strips *s = timeline_strips(tl);
		uint32_t number = strips_find(s, machine_find(timeline_machine(tl), FIRST_TID),
					      STRIP_COUNTERS + i);

		assert_true(strip_is_counter(s, number));
		assert_true(strip_values(s, number)->min == (int64_t)i - 10);
		assert_true(strip_values(s, number)->max == (int64_t)i + 10);
		assert_int_equal(strip_values(s, number)->nr, 2);
	}
	assert_int_equal(strip(tl, STRIP_MOMENTS)->total.ns[STATE_RUNNING], 10);
	assert_true(lane_read(strip(tl, STRIP_MOMENTS), 0, &slice));
	assert_int_equal(slice.why, STRIP_COUNTER);
	assert_true((int64_t)slice.object == 5);
	timeline_close(tl);
}

/* While a trace grows what is open is shown up to now, and closed where it ended. */
static void test_open_stints_are_shown_until_they_end(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;
	struct err err = {0};

	(void)state;
	fake->pause = 3;
	said(fake, BEGIN_NS + 100, MARK_BEGIN, 1, 0);
	said(fake, BEGIN_NS + 150, MARK_INSTANT, 2, 0);
	said(fake, BEGIN_NS + 200, MARK_END, 0, 0);
	said(fake, BEGIN_NS + 260, MARK_INSTANT, 2, 0);
	tl = timeline_open(&fake->src);
	assert_int_equal(timeline_pump(tl, 1000000000, &err), -EAGAIN);
	assert_int_equal(strip(tl, 1)->nr, 1);
	assert_int_equal(strip(tl, 1)->nr_open, 1);
	check(tl, strip(tl, 1), 0, 100, 150, "?");
	assert_int_equal(timeline_pump(tl, 1000000000, &err), 0);
	assert_int_equal(strip(tl, 1)->nr, 1);
	assert_int_equal(strip(tl, 1)->nr_open, 0);
	check(tl, strip(tl, 1), 0, 100, 200, "?");
	timeline_close(tl);
}

static void test_deeper_than_it_keeps_is_left_out(void **state)
{
	struct fake_source *fake = open_task();
	struct timeline *tl;

	(void)state;
	for (uint64_t i = 0; i < 20; i++)
		said(fake, BEGIN_NS + 100 + i, MARK_BEGIN, 1, 0);
	for (uint64_t i = 0; i < 20; i++)
		said(fake, BEGIN_NS + 200 + i, MARK_END, 0, 0);
	tl = read_all(fake);
	assert_int_equal(strips_nr(timeline_strips(tl)), STINT_LEVELS - 1);
	check(tl, strip(tl, 1), 0, 100, 219, "?");
	check(tl, strip(tl, STINT_LEVELS - 1), 0, 114, 205, "?");
	timeline_close(tl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_regions_have_a_strip_for_each_depth),
	    cmocka_unit_test(test_what_ran_before_the_first_switch_is_inferred),
	    cmocka_unit_test(test_what_has_no_length_leaves_a_mark),
	    cmocka_unit_test(test_items_keep_what_a_counter_was),
	    cmocka_unit_test(test_each_counter_has_a_strip_while_there_are_some),
	    cmocka_unit_test(test_open_stints_are_shown_until_they_end),
	    cmocka_unit_test(test_deeper_than_it_keeps_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
