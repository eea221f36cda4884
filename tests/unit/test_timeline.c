/* SPDX-License-Identifier: BSD-2-Clause */
/* A small machine room invented by a random generator is pumped into lanes in every manner. */
#include "room_make.h"

static struct timeline *pump_all(struct fake_source *fake, uint64_t budget_ns)
{
	struct timeline *tl = timeline_open(&fake->src);
	struct err err = {0};
	int r;

	do
		r = timeline_pump(tl, budget_ns, &err);
	while (r == 1 || r == -EAGAIN);
	assert_int_equal(r, 0);
	assert_true(timeline_is_complete(tl));
	return tl;
}

static struct slice slice_at(const struct lane_data *lane, size_t i)
{
	struct slice slice;

	assert_true(lane_read(lane, i, &slice));
	assert_false(slice.partial);
	return slice;
}

static void assert_lane_whole(const struct lane_data *lane)
{
	struct state_time sum = {{0}}, all = {{0}};
	size_t i, nr = 0;

	for (i = 0; i < lane->nr; i++) {
		struct slice slice = slice_at(lane, i);
		uint64_t end_ns = lane_slice_end(lane, i);

		assert_true(slice.begin_ns < end_ns);
		assert_true(slice.state < STATE_NR);
		sum.ns[slice.state] += end_ns - slice.begin_ns;
	}
	for (i = 0; i < lane->nr_items; i++) {
		if (i % LANE_BLOCK == 0) {
			assert_int_equal(lane->blocks[i / LANE_BLOCK].first, nr);
			assert_memory_equal(&lane->blocks[i / LANE_BLOCK].before, &all,
					    sizeof(all));
		}
		nr += lane->items[i].nr;
		lane_item_sum(lane, i, &all);
	}
	assert_int_equal(nr, lane->nr);
	assert_memory_equal(&sum, &all, sizeof(sum));
}

static void assert_same_lane(const struct lane_data *a, const struct lane_data *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->end_ns, b->end_ns);
	for (size_t i = 0; i < a->nr; i++) {
		struct slice x = slice_at(a, i), y = slice_at(b, i);

		assert_memory_equal(&x, &y, sizeof(x));
	}
	assert_lane_whole(a);
	assert_lane_whole(b);
}

static size_t count_wakes(const struct timeline *tl)
{
	uint64_t at_ns = 0;
	size_t nr, all = 0;

	while (timeline_wakes(tl, &at_ns, UINT64_MAX, &nr))
		all += nr;
	return all;
}

static void assert_same_timeline(const struct timeline *a, const struct timeline *b)
{
	uint32_t i;

	assert_int_equal(timeline_nr_cpus(a), timeline_nr_cpus(b));
	assert_int_equal(timeline_nr_tasks(a), timeline_nr_tasks(b));
	for (i = 0; i < timeline_nr_cpus(a); i++)
		assert_same_lane(timeline_cpu(a, i), timeline_cpu(b, i));
	for (i = 0; i < timeline_nr_tasks(a); i++)
		assert_same_lane(timeline_task(a, i), timeline_task(b, i));
	assert_int_equal(count_wakes(a), count_wakes(b));
	assert_int_equal(timeline_begin_ns(a), timeline_begin_ns(b));
	assert_int_equal(timeline_end_ns(a), timeline_end_ns(b));
}

/* The machine's intervals as a plain sink sees them, without the timeline between. */
struct seen {
	struct interval *at;
	size_t nr, cap;
};

static void seen_put(void *payload, const struct interval *iv)
{
	struct seen *seen = payload;

	if (iv->end_ns <= iv->begin_ns)
		return;
	seen->at = mem_grow(seen->at, &seen->cap, seen->nr + 1, sizeof(*seen->at));
	seen->at[seen->nr++] = *iv;
}

static void test_lanes_hold_exactly_what_the_machine_said(void **state)
{
	struct fake_source *fake = room_open(1, 5000);
	struct seen seen = {0};
	struct sink sink = {.payload = &seen, .task_interval = seen_put};
	struct machine *machine = machine_open(&fake->src.info, &sink);
	uint64_t end_ns = fake->records[fake->nr - 1].head.ts_ns + TAIL_NS;
	size_t at[NR_TASKS + 2] = {0};
	struct timeline *tl;
	size_t i;

	(void)state;
	for (i = 0; i < fake->nr; i++)
		machine_feed(machine, &fake->records[i].head);
	machine_finish(machine, end_ns);
	tl = pump_all(fake, 1000000000);
	assert_true(seen.nr > 3000);
	for (i = 0; i < seen.nr; i++) {
		const struct interval *iv = &seen.at[i];
		const struct lane_data *lane = timeline_task(tl, iv->task);
		size_t k = at[iv->task]++;

		assert_true(k < lane->nr);
		struct slice slice = slice_at(lane, k);

		assert_int_equal(slice.begin_ns, iv->begin_ns);
		assert_int_equal(lane_slice_begin(lane, k), iv->begin_ns);
		assert_int_equal(lane_slice_end(lane, k), iv->end_ns);
		assert_int_equal(slice.state, iv->state);
		assert_int_equal(slice.why, iv->why);
		assert_int_equal(slice.other, iv->waker);
		assert_int_equal(slice.nr, iv->nr);
		assert_int_equal(slice.object, iv->object);
	}
	for (i = 0; i < timeline_nr_tasks(tl); i++)
		assert_int_equal(timeline_task(tl, (uint32_t)i)->nr, at[i]);
	timeline_close(tl);
	machine_close(machine);
	free(seen.at);
}

static void test_slices_are_contiguous_from_begin_to_end(void **state)
{
	struct timeline *tl = pump_all(room_open(2, 20000), 1000000000);
	uint32_t i;

	(void)state;
	for (i = 0; i < NR_CPUS; i++) {
		const struct lane_data *lane = timeline_cpu(tl, i);

		assert_true(lane->nr > 100);
		assert_int_equal(lane_begin(lane), BEGIN_NS);
		assert_int_equal(lane->end_ns, timeline_end_ns(tl));
		assert_lane_whole(lane);
	}
	for (i = 0; i < NR_TASKS; i++) {
		const struct lane_data *lane;

		lane = timeline_task(tl, machine_find(timeline_machine(tl), FIRST_TID + i));
		assert_true(lane->nr > 100);
		assert_int_equal(lane_begin(lane), BEGIN_NS);
		assert_int_equal(lane->end_ns, timeline_end_ns(tl));
		assert_lane_whole(lane);
	}
	timeline_close(tl);
}

static void test_pump_in_pieces_equals_pump_at_once(void **state)
{
	struct timeline *once = pump_all(room_open(3, 10000), 1000000000);
	struct timeline *pieces = pump_all(room_open(3, 10000), 0);

	(void)state;
	assert_same_timeline(once, pieces);
	timeline_close(once);
	timeline_close(pieces);
}

static void test_live_equals_file(void **state)
{
	static const size_t pauses[] = {1, 7, 64, 1000};
	struct timeline *once = pump_all(room_open(4, 4000), 1000000000);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		struct fake_source *fake = room_open(4, 4000);
		struct timeline *live;

		fake->pause = pauses[i];
		live = pump_all(fake, 1000000000);
		assert_same_timeline(once, live);
		timeline_close(live);
	}
	timeline_close(once);
}

static void test_a_file_and_a_pipe_show_the_same(void **state)
{
	struct fake_source *fake = room_open(9, 10000);
	int file = room_file(fake), ends[2], r = -EAGAIN;
	struct timeline *invented = pump_all(fake, 1000000000), *stored, *live;
	struct err err = {0};
	uint64_t seed = 5;
	uint8_t bytes[4096];
	int nr_pumps = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	/* opening waits for the whole header */
	assert_int_equal(read(file, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	live = timeline_open(source_open_fd(ends[0], "pipe", &err));
	/* the index says that the trace has ended, before the pipe does */
	while (r == -EAGAIN || r == 1) {
		ssize_t len = read(file, bytes, 1 + random_below(&seed, sizeof(bytes)));

		if (len > 0)
			assert_int_equal(write(ends[1], bytes, (size_t)len), len);
		r = timeline_pump(live, 1000000000, &err);
		nr_pumps++;
	}
	close(ends[1]);
	assert_int_equal(r, 0);
	assert_true(nr_pumps > 10);
	lseek(file, 0, SEEK_SET);
	stored = timeline_open(source_open_fd(file, "file", &err));
	while ((r = timeline_pump(stored, 1000000000, &err)) == 1)
		;
	assert_int_equal(r, 0);
	assert_same_timeline(stored, live);
	assert_same_timeline(stored, invented);
	timeline_close(stored);
	timeline_close(live);
	timeline_close(invented);
}

static void test_while_live_every_lane_reaches_now(void **state)
{
	struct fake_source *fake = room_open(5, 3000);
	struct timeline *tl;
	uint32_t i;

	(void)state;
	fake->pause = 13;
	tl = timeline_open(&fake->src);
	while (timeline_pump(tl, 1000000000, NULL) == -EAGAIN) {
		for (i = 0; i < timeline_nr_tasks(tl); i++) {
			const struct lane_data *lane = timeline_task(tl, i);

			if (lane->nr)
				assert_int_equal(lane->end_ns, timeline_end_ns(tl));
			assert_lane_whole(lane);
		}
		for (i = 0; i < timeline_nr_cpus(tl); i++) {
			const struct lane_data *lane = timeline_cpu(tl, i);

			if (lane->nr)
				assert_int_equal(lane->end_ns, timeline_end_ns(tl));
			assert_lane_whole(lane);
		}
	}
	assert_int_equal(fake->at, fake->nr);
	timeline_close(tl);
}

static void test_find_at_the_edges(void **state)
{
	struct lane_data lane, empty = {0};

	(void)state;
	lane_init(&lane, lane_id(LANE_CPU, 0), NULL);
	for (uint64_t ns = 10; ns < 40; ns += 10)
		lane_append(&lane, &(struct slice){.begin_ns = ns, .state = STATE_IDLE}, ns + 10);
	assert_int_equal(lane_find(&lane, 0), 0);
	assert_int_equal(lane_find(&lane, 9), 0);
	assert_int_equal(lane_find(&lane, 10), 0);
	assert_int_equal(lane_find(&lane, 19), 0);
	assert_int_equal(lane_find(&lane, 20), 1);
	assert_int_equal(lane_find(&lane, 29), 1);
	assert_int_equal(lane_find(&lane, 30), 2);
	assert_int_equal(lane_find(&lane, 39), 2);
	assert_int_equal(lane_find(&lane, 40), 3);
	assert_int_equal(lane_find(&lane, UINT64_MAX), 3);
	assert_int_equal(lane_find(&empty, 0), 0);
	assert_int_equal(lane_slice_end(&lane, 0), 20);
	assert_int_equal(lane_slice_end(&lane, 2), 40);
	lane_done(&lane);
}

static void sum_by_hand(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
			struct state_time *out)
{
	size_t i;

	for (i = 0; i < lane->nr; i++) {
		struct slice slice = slice_at(lane, i);
		uint64_t from_ns = slice.begin_ns, to_ns = lane_slice_end(lane, i);

		from_ns = from_ns > begin_ns ? from_ns : begin_ns;
		to_ns = to_ns < end_ns ? to_ns : end_ns;
		if (from_ns < to_ns)
			out->ns[slice.state] += to_ns - from_ns;
	}
}

static void test_sum_equals_brute_force(void **state)
{
	struct timeline *tl = pump_all(room_open(6, 20000), 1000000000);
	uint64_t seed = 99, span_ns = timeline_end_ns(tl) - BEGIN_NS;
	int round;

	(void)state;
	for (round = 0; round < 400; round++) {
		const struct lane_data *lane = timeline_cpu(tl, (uint32_t)round % NR_CPUS);
		uint64_t begin_ns = BEGIN_NS - 1000 + random_below(&seed, (uint32_t)span_ns);
		uint64_t end_ns = begin_ns + random_below(&seed, (uint32_t)span_ns >> (round % 24));
		struct state_time want = {{0}}, got = {{0}};

		sum_by_hand(lane, begin_ns, end_ns, &want);
		assert_true(lane_sum(lane, begin_ns, end_ns, &got));
		assert_memory_equal(&want, &got, sizeof(want));
	}
	timeline_close(tl);
}

static void test_pixels_add_up_to_the_row(void **state)
{
	struct timeline *tl = pump_all(room_open(7, 20000), 1000000000);
	const struct lane_data *lane = timeline_cpu(tl, 1);
	struct state_time row = {{0}}, pixels = {{0}};
	uint64_t begin_ns = BEGIN_NS, step_ns = (lane->end_ns - BEGIN_NS) / 1919;
	int px;

	(void)state;
	for (px = 0; px < 1920; px++, begin_ns += step_ns)
		lane_sum(lane, begin_ns, begin_ns + step_ns, &pixels);
	lane_sum(lane, 0, UINT64_MAX, &row);
	assert_memory_equal(&row, &pixels, sizeof(row));
	timeline_close(tl);
}

static void test_an_empty_trace_has_empty_lanes(void **state)
{
	struct timeline *tl = pump_all(fake_open(), 0);
	struct state_time sum = {{0}}, zero = {{0}};
	size_t nr;

	(void)state;
	assert_int_equal(timeline_task(tl, 12345)->nr, 0);
	assert_int_equal(timeline_cpu(tl, 12345)->nr, 0);
	lane_sum(timeline_task(tl, 12345), 0, UINT64_MAX, &sum);
	assert_memory_equal(&sum, &zero, sizeof(sum));
	timeline_gaps(tl, &nr);
	assert_int_equal(nr, 0);
	assert_int_equal(timeline_begin_ns(tl), BEGIN_NS);
	assert_int_equal(timeline_end_ns(tl), BEGIN_NS);
	timeline_close(tl);
	timeline_close(NULL);
}

static void test_a_failed_source_keeps_what_was_read(void **state)
{
	struct fake_source *fake = room_open(8, 3000);
	struct err err = {0}, again = {0};
	struct timeline *tl;

	(void)state;
	fake->fail_at = 2000;
	tl = timeline_open(&fake->src);
	assert_int_equal(timeline_pump(tl, 1000000000, &err), -EIO);
	assert_string_equal(err.text, "the invented disk broke");
	assert_int_equal(timeline_pump(tl, 1000000000, &again), -EIO);
	assert_string_equal(again.text, err.text);
	assert_true(timeline_is_complete(tl));
	assert_true(timeline_cpu(tl, 0)->nr > 50);
	assert_int_equal(timeline_cpu(tl, 0)->end_ns, timeline_end_ns(tl));
	assert_lane_whole(timeline_cpu(tl, 0));
	timeline_close(tl);
}

static void test_gaps_are_sorted_by_begin(void **state)
{
	struct fake_source *fake = fake_open();
	static const uint64_t begins_ns[] = {3000, 1000, 2000};
	const struct gap *gaps;
	struct timeline *tl;
	size_t i, nr;

	(void)state;
	for (i = 0; i < 3; i++) {
		union any_record *rec =
		    fake_put(fake, BEGIN_NS + 5000 + i, RECORD_LOST, (uint32_t)i, 0);

		rec->lost.begin_ns = BEGIN_NS + begins_ns[i];
		rec->lost.count = i + 1;
	}
	tl = pump_all(fake, 0);
	gaps = timeline_gaps(tl, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(gaps[0].lost, 2);
	assert_int_equal(gaps[1].lost, 3);
	assert_int_equal(gaps[2].lost, 1);
	timeline_close(tl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lanes_hold_exactly_what_the_machine_said),
	    cmocka_unit_test(test_slices_are_contiguous_from_begin_to_end),
	    cmocka_unit_test(test_pump_in_pieces_equals_pump_at_once),
	    cmocka_unit_test(test_live_equals_file),
	    cmocka_unit_test(test_a_file_and_a_pipe_show_the_same),
	    cmocka_unit_test(test_while_live_every_lane_reaches_now),
	    cmocka_unit_test(test_find_at_the_edges),
	    cmocka_unit_test(test_sum_equals_brute_force),
	    cmocka_unit_test(test_pixels_add_up_to_the_row),
	    cmocka_unit_test(test_an_empty_trace_has_empty_lanes),
	    cmocka_unit_test(test_a_failed_source_keeps_what_was_read),
	    cmocka_unit_test(test_gaps_are_sorted_by_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
