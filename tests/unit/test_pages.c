/* SPDX-License-Identifier: BSD-2-Clause */
/* A timeline with next to no memory shows the same as one that keeps everything: what went is made
 * again from the file, and what stays adds up to the same. */
#include "room_make.h"

#define NR_RECORDS 20000

static const struct timeline_limits tight = {
    .item_bytes = 160 << 10,
    .pages = {.cache_bytes = 448 << 10, .checkpoint_bytes = 24 << 10, .page_records = 900},
};

static void read_on(struct timeline *tl)
{
	struct err err = {0};
	int r;

	while ((r = timeline_pump(tl, 1000000, &err)) == 1)
		;
	assert_int_equal(r, 0);
}

static struct timeline *open_room(int fd, const struct timeline_limits *limits)
{
	struct timeline *tl = timeline_open(source_open_fd(dup(fd), "room", NULL));

	if (limits)
		timeline_limit(tl, limits);
	read_on(tl);
	return tl;
}

/* The same with everything in memory, and with little. */
struct pair {
	int fd;
	struct timeline *all, *few;
};

static void pair_open(struct pair *pair, uint64_t seed)
{
	struct fake_source *fake = room_open(seed, NR_RECORDS);
	size_t items, pages;

	pair->fd = room_file(fake);
	fake_close(&fake->src);
	pair->all = open_room(pair->fd, NULL);
	pair->few = open_room(pair->fd, &tight);
	timeline_bytes(pair->few, &items, &pages);
	assert_true(pages <= tight.pages.cache_bytes);
	assert_true(items <= tight.item_bytes);
	timeline_bytes(pair->all, &items, &pages);
	assert_true(items > 4 * tight.item_bytes);
}

static void pair_close(struct pair *pair)
{
	timeline_close(pair->all);
	timeline_close(pair->few);
	close(pair->fd);
}

static uint32_t nr_lanes(const struct timeline *tl)
{
	return timeline_nr_cpus(tl) + timeline_nr_tasks(tl) +
	       2 * machine_nr_syncs(timeline_machine(tl)) +
	       (uint32_t)strips_nr(timeline_strips(tl));
}

static const struct lane_data *lane_of(const struct timeline *tl, uint32_t i)
{
	uint32_t nr_syncs = machine_nr_syncs(timeline_machine(tl));

	if (i < 2 * nr_syncs)
		return timeline_lane(tl, i < nr_syncs ? LANE_LOCK : LANE_CROWD, i % nr_syncs);
	i -= 2 * nr_syncs;
	if (i < strips_nr(timeline_strips(tl)))
		return timeline_lane(tl, LANE_STRIP, i);
	i -= (uint32_t)strips_nr(timeline_strips(tl));
	return i < timeline_nr_cpus(tl) ? timeline_cpu(tl, i)
					: timeline_task(tl, i - timeline_nr_cpus(tl));
}

static void assert_same_slice(const struct lane_data *a, const struct lane_data *b, size_t i)
{
	struct slice x, y;

	assert_true(lane_read(a, i, &x));
	assert_true(lane_read(b, i, &y));
	assert_memory_equal(&x, &y, sizeof(x));
	assert_int_equal(lane_slice_begin(a, i), lane_slice_begin(b, i));
	assert_int_equal(lane_slice_end(a, i), lane_slice_end(b, i));
}

static void assert_same_slices(const struct timeline *all, const struct timeline *few)
{
	assert_int_equal(nr_lanes(all), nr_lanes(few));
	for (uint32_t k = 0; k < nr_lanes(all); k++) {
		const struct lane_data *a = lane_of(all, k), *b = lane_of(few, k);

		assert_int_equal(a->nr, b->nr);
		assert_int_equal(a->end_ns, b->end_ns);
		for (size_t i = 0; i < a->nr; i++)
			assert_same_slice(a, b, i);
	}
}

static void test_pages_made_again_equal_the_first(void **state)
{
	struct pair pair;
	size_t items, pages;

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		pair_open(&pair, seed);
		assert_same_slices(pair.all, pair.few);
		timeline_bytes(pair.few, &items, &pages);
		assert_true(pages <= tight.pages.cache_bytes);
		pair_close(&pair);
	}
}

static void test_any_place_can_be_read_in_any_order(void **state)
{
	struct pair pair;
	uint64_t seed = 77;

	(void)state;
	pair_open(&pair, 4);
	for (int round = 0; round < 300; round++) {
		uint32_t k = random_below(&seed, nr_lanes(pair.all));
		const struct lane_data *a = lane_of(pair.all, k), *b = lane_of(pair.few, k);

		if (a->nr == 0)
			continue;
		size_t i = random_below(&seed, (uint32_t)a->nr);
		uint64_t ts_ns = lane_slice_begin(a, i);

		ts_ns += random_below(&seed, (uint32_t)(lane_slice_end(a, i) - ts_ns));
		assert_int_equal(lane_find(a, ts_ns), i);
		assert_int_equal(lane_find(b, ts_ns), i);
		assert_same_slice(a, b, i);
	}
	pair_close(&pair);
}

/* Copies all edges between the times; returns how many. */
static size_t wakes_between(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns,
			    struct wake_edge *out)
{
	const struct wake_edge *edges;
	size_t nr, all = 0;

	while ((edges = timeline_wakes(tl, &begin_ns, end_ns, &nr))) {
		if (nr)
			memcpy(out + all, edges, nr * sizeof(*out));
		all += nr;
	}
	return all;
}

static void test_wakes_made_again_equal_the_first(void **state)
{
	static struct wake_edge a[NR_RECORDS], b[NR_RECORDS];
	struct pair pair;
	uint64_t seed = 5;

	(void)state;
	pair_open(&pair, 5);
	assert_true(wakes_between(pair.all, 0, UINT64_MAX, a) > NR_RECORDS / 5);
	for (int round = 0; round < 20; round++) {
		uint64_t span_ns = timeline_end_ns(pair.all) - BEGIN_NS;
		uint64_t begin_ns = BEGIN_NS + random_below(&seed, (uint32_t)span_ns);
		uint64_t end_ns =
		    round ? begin_ns + random_below(&seed, (uint32_t)span_ns / 4) : UINT64_MAX;
		size_t nr = wakes_between(pair.all, round ? begin_ns : 0, end_ns, a);

		assert_int_equal(wakes_between(pair.few, round ? begin_ns : 0, end_ns, b), nr);
		assert_memory_equal(a, b, nr * sizeof(*a));
	}
	pair_close(&pair);
}

static void test_sums_of_items_equal_sums_of_slices(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, 6);
	for (uint32_t k = 0; k < nr_lanes(pair.all); k++) {
		const struct lane_data *a = lane_of(pair.all, k), *b = lane_of(pair.few, k);

		assert_true(b->nr_items <= a->nr_items);
		for (size_t i = 0; i < b->nr_items; i++) {
			struct state_time by_item = {{0}}, by_slice = {{0}}, asked = {{0}};
			uint64_t begin_ns = b->items[i].begin_ns, end_ns = lane_item_end(b, i);

			lane_item_sum(b, i, &by_item);
			assert_true(lane_sum(a, begin_ns, end_ns, &by_slice));
			assert_memory_equal(&by_item, &by_slice, sizeof(by_item));
			assert_true(lane_sum(b, begin_ns, end_ns, &asked));
			assert_memory_equal(&by_item, &asked, sizeof(by_item));
			assert_int_equal(lane_slice_begin(a, lane_item_first(b, i)), begin_ns);
		}
	}
	pair_close(&pair);
}

/* Anywhere: exact when it says so, else nothing lost and nothing off by more than the two items. */
static void test_sums_anywhere(void **state)
{
	struct pair pair;
	uint64_t seed = 7;
	int nr_exact = 0, nr_other = 0;

	(void)state;
	pair_open(&pair, 7);
	for (int round = 0; round < 20000; round++) {
		uint32_t k = random_below(&seed, nr_lanes(pair.all));
		const struct lane_data *a = lane_of(pair.all, k), *b = lane_of(pair.few, k);
		uint64_t span_ns = timeline_end_ns(pair.all) - BEGIN_NS;
		uint64_t begin_ns = BEGIN_NS + random_below(&seed, (uint32_t)span_ns);
		uint64_t end_ns = begin_ns + random_below(&seed, (uint32_t)span_ns >> round % 20);
		struct state_time want = {{0}}, got = {{0}};
		uint64_t want_ns = 0, got_ns = 0;

		assert_true(lane_sum(a, begin_ns, end_ns, &want));
		if (lane_sum(b, begin_ns, end_ns, &got)) {
			assert_memory_equal(&want, &got, sizeof(want));
			nr_exact++;
			continue;
		}
		nr_other++;
		for (int i = 0; i < STATE_NR; i++) {
			want_ns += want.ns[i];
			got_ns += got.ns[i];
			assert_true((want.ns[i] > got.ns[i]
					 ? want.ns[i] - got.ns[i]
					 : got.ns[i] - want.ns[i]) <= 4ULL << b->shift);
		}
		assert_true(got_ns - want_ns + 8 <= 16);
	}
	assert_true(nr_exact > 2000 && nr_other > 2000);
	pair_close(&pair);
}

static void test_what_is_asked_for_is_there_after_loading(void **state)
{
	struct pair pair;
	const struct lane_data *a, *b;
	uint64_t begin_ns;
	struct slice x, y;
	size_t made, all = 0, i;

	(void)state;
	pair_open(&pair, 8);
	begin_ns = BEGIN_NS + (timeline_end_ns(pair.all) - BEGIN_NS) / 3;
	a = timeline_cpu(pair.all, 0);
	b = timeline_cpu(pair.few, 0);
	i = lane_find(a, begin_ns);
	assert_false(timeline_want(pair.few, 0, UINT64_MAX)); /* that is too much */
	assert_false(timeline_load(pair.few, 1000000000, &made));
	assert_int_equal(made, 0);
	assert_true(timeline_want(pair.few, begin_ns, begin_ns + 100000));
	while (timeline_load(pair.few, 1000, &made)) /* a bit at a time */
		all += made;
	all += made;
	assert_true(all >= 1);
	for (; lane_slice_end(a, i) < begin_ns + 100000; i++) {
		assert_true(lane_slice(a, i, &x));
		assert_true(lane_slice(b, i, &y));
		assert_false(y.partial);
		assert_memory_equal(&x, &y, sizeof(x));
	}
	assert_false(timeline_load(pair.few, 1000000000, &made));
	assert_int_equal(made, 0);
	pair_close(&pair);
}

/* Writes the file to the pipe's end in small pieces while the timeline reads the other. */
static void feed(struct timeline *tl, int file, int to)
{
	uint8_t bytes[3000];
	struct err err = {0};
	ssize_t len;
	int r;

	do {
		len = read(file, bytes, sizeof(bytes));
		if (len > 0)
			assert_int_equal(write(to, bytes, (size_t)len), len);
		r = timeline_pump(tl, 1000000000, &err);
	} while (len > 0 && r != 0);
	close(to);
	while (r == 1 || r == -EAGAIN)
		r = timeline_pump(tl, 1000000000, &err);
	assert_int_equal(r, 0);
}

static struct timeline *open_pipe(int file, int keep)
{
	uint8_t bytes[4096];
	struct source *src;
	struct timeline *tl;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	lseek(file, 0, SEEK_SET);
	assert_int_equal(read(file, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	src = source_open_fd(ends[0], "pipe", NULL);
	if (keep >= 0)
		source_keep(src, keep);
	tl = timeline_open(src);
	timeline_limit(tl, &tight);
	feed(tl, file, ends[1]);
	return tl;
}

static void test_a_pipe_that_is_kept_is_read_again(void **state)
{
	struct pair pair;
	struct timeline *tl;
	size_t items, pages;

	(void)state;
	pair_open(&pair, 9);
	tl = open_pipe(pair.fd, memfd_create("kept", MFD_CLOEXEC));
	timeline_bytes(tl, &items, &pages);
	assert_true(pages <= tight.pages.cache_bytes);
	assert_same_slices(pair.all, tl);
	timeline_close(tl);
	pair_close(&pair);
}

/* Nobody could bring back what goes; a disk that is full is no other case. */
static void test_a_pipe_that_is_not_kept_stays_in_memory(void **state)
{
	struct pair pair;
	struct timeline *tl;
	size_t items, pages, made;

	(void)state;
	pair_open(&pair, 10);
	for (int full = 0; full < 2; full++) {
		tl = open_pipe(pair.fd, full ? open("/dev/full", O_WRONLY | O_CLOEXEC) : -1);
		timeline_bytes(tl, &items, &pages);
		assert_true(pages > 3 * tight.pages.cache_bytes);
		assert_same_slices(pair.all, tl);
		assert_false(timeline_load(tl, 1000000000, &made));
		timeline_close(tl);
	}
	pair_close(&pair);
}

/* The file is gone from under it: what is in memory stays, and nothing waits for ever. */
static void test_a_file_that_cannot_be_read_again(void **state)
{
	struct pair pair;
	const struct lane_data *lane;
	struct slice slice;
	size_t made, whole = 0;

	(void)state;
	pair_open(&pair, 11);
	assert_int_equal(ftruncate(pair.fd, 0), 0);
	lane = timeline_cpu(pair.few, 0);
	(void)timeline_want(pair.few, BEGIN_NS, BEGIN_NS + 100000);
	while (timeline_load(pair.few, 1000000000, &made))
		;
	for (size_t i = 0; i < lane->nr; i++)
		whole += lane_read(lane, i, &slice) && !slice.partial;
	assert_true(whole > 0);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages_made_again_equal_the_first),
	    cmocka_unit_test(test_any_place_can_be_read_in_any_order),
	    cmocka_unit_test(test_wakes_made_again_equal_the_first),
	    cmocka_unit_test(test_sums_of_items_equal_sums_of_slices),
	    cmocka_unit_test(test_sums_anywhere),
	    cmocka_unit_test(test_what_is_asked_for_is_there_after_loading),
	    cmocka_unit_test(test_a_pipe_that_is_kept_is_read_again),
	    cmocka_unit_test(test_a_pipe_that_is_not_kept_stays_in_memory),
	    cmocka_unit_test(test_a_file_that_cannot_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
