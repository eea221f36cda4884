/* SPDX-License-Identifier: BSD-2-Clause */
/* A small machine room invented by a random generator is pumped into lanes in every manner. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "import/import.h"
#include "model/timeline.h"
#include "trace/writer.h"

#define NR_CPUS   3
#define NR_TASKS  12
#define FIRST_TID 100
#define BEGIN_NS  1000000
#define TAIL_NS   777 /* from the last record to the end of the trace */

union any_record {
	struct record head;
	struct record_switch sw;
	struct record_block block;
	struct record_waking waking;
	struct record_task task;
	struct record_lost lost;
};

/* A source that plays an array; each `pause` records it says -EAGAIN, after `fail_at` it fails. */
struct fake_source {
	struct source src;
	union any_record *records;
	size_t nr, cap, at;
	size_t pause, since_pause;
	size_t fail_at;
};

static int fake_next(struct source *src, const struct record **rec, struct err *err)
{
	struct fake_source *fake = (struct fake_source *)src;

	if (fake->fail_at && fake->at == fake->fail_at)
		return err_set(err, EIO, "the invented disk broke");
	if (fake->at == fake->nr) {
		fake->src.info.end_ns =
		    fake->nr ? fake->records[fake->nr - 1].head.ts_ns + TAIL_NS : 0;
		return 0;
	}
	if (fake->pause && fake->since_pause++ == fake->pause) {
		fake->since_pause = 0;
		return -EAGAIN;
	}
	*rec = &fake->records[fake->at++].head;
	return 1;
}

static void fake_close(struct source *src)
{
	struct fake_source *fake = (struct fake_source *)src;

	free(fake->records);
	free(fake);
}

static const struct source_ops fake_ops = {
    .name = "fake",
    .next = fake_next,
    .close = fake_close,
};

static struct fake_source *fake_open(void)
{
	struct fake_source *fake = mem_zalloc(1, sizeof(*fake));

	fake->src.ops = &fake_ops;
	fake->src.info.nr_cpus = NR_CPUS;
	fake->src.info.begin_ns = BEGIN_NS;
	fake->src.info.exit_status = INFO_NO_STATUS;
	memcpy(fake->src.info.arch, "x86_64", sizeof("x86_64"));
	return fake;
}

static union any_record *fake_put(struct fake_source *fake, uint64_t ts_ns, enum record_type type,
				  uint32_t cpu, uint32_t tid)
{
	union any_record *rec;

	fake->records = mem_grow(fake->records, &fake->cap, fake->nr + 1, sizeof(*rec));
	rec = &fake->records[fake->nr++];
	memset(rec, 0, sizeof(*rec));
	rec->head.ts_ns = ts_ns;
	rec->head.type = (uint8_t)type;
	rec->head.cpu = (uint16_t)cpu;
	rec->head.tid = tid;
	return rec;
}

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33) % limit;
}

enum place { PLACE_BLOCKED, PLACE_QUEUED, PLACE_ON_CORE };

static void room_switch(struct fake_source *fake, uint64_t *seed, uint64_t ts_ns, uint32_t *core,
			enum place *place)
{
	uint32_t cpu = random_below(seed, NR_CPUS), prev = core[cpu], next = 0, i;
	uint32_t start = random_below(seed, NR_TASKS);
	union any_record *rec;

	for (i = 0; i < NR_TASKS && !next; i++)
		if (place[(start + i) % NR_TASKS] == PLACE_QUEUED)
			next = FIRST_TID + (start + i) % NR_TASKS;
	if (next == prev)
		return;
	if (prev && (random_below(seed, 3) || !next)) {
		rec = fake_put(fake, ts_ns, RECORD_BLOCK, cpu, prev);
		rec->sw.prev_state = 1;
		rec->block.nr = 0;
		rec->block.object_kind = OBJECT_PIPE;
		rec->block.object = 4711;
		place[prev - FIRST_TID] = PLACE_BLOCKED;
	} else {
		rec = fake_put(fake, ts_ns, RECORD_SWITCH, cpu, prev);
		rec->head.flags = prev ? RECORD_F_PREEMPT : 0;
		if (prev)
			place[prev - FIRST_TID] = PLACE_QUEUED;
	}
	rec->sw.next_tid = next;
	core[cpu] = next;
	if (next)
		place[next - FIRST_TID] = PLACE_ON_CORE;
}

/* nr events of NR_TASKS tasks on NR_CPUS cores, all that a kernel could have said. */
static struct fake_source *room_open(uint64_t seed, size_t nr)
{
	struct fake_source *fake = fake_open();
	enum place place[NR_TASKS] = {PLACE_BLOCKED};
	uint32_t core[NR_CPUS] = {0};
	uint64_t ts_ns = BEGIN_NS;
	union any_record *rec;
	uint32_t i;

	for (i = 0; i < NR_TASKS; i++) {
		rec = fake_put(fake, ts_ns, RECORD_TASK, 0, FIRST_TID + i);
		rec->head.flags = RECORD_F_TRACED;
		rec->task.tgid = FIRST_TID;
		rec->task.state = 'S';
		rec->task.nr = 0;
		memcpy(rec->task.comm, "room", sizeof("room"));
	}
	while (fake->nr < nr) {
		i = random_below(&seed, NR_TASKS);
		ts_ns += 1 + random_below(&seed, 5000);
		if (random_below(&seed, 2)) {
			room_switch(fake, &seed, ts_ns, core, place);
		} else if (place[i] == PLACE_BLOCKED) {
			uint32_t cpu = random_below(&seed, NR_CPUS);

			rec = fake_put(fake, ts_ns, RECORD_WAKING, cpu, FIRST_TID + i);
			rec->waking.waker_tid = core[cpu];
			rec->waking.nr = 1;
			if (!core[cpu])
				rec->head.flags = RECORD_F_HARDIRQ;
			place[i] = PLACE_QUEUED;
		}
	}
	return fake;
}

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

static void assert_lane_whole(const struct lane_data *lane)
{
	struct state_time sum = {{0}};
	size_t i;

	for (i = 0; i < lane->nr; i++) {
		uint64_t end_ns = lane_slice_end(lane, i);

		assert_true(lane->slices[i].begin_ns < end_ns);
		assert_true(lane->slices[i].state < STATE_NR);
		if (i % LANE_BLOCK == 0) {
			assert_true(i / LANE_BLOCK < lane->nr_sums);
			assert_memory_equal(&lane->sums[i / LANE_BLOCK], &sum, sizeof(sum));
		}
		sum.ns[lane->slices[i].state] += end_ns - lane->slices[i].begin_ns;
	}
}

static void assert_same_lane(const struct lane_data *a, const struct lane_data *b)
{
	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->end_ns, b->end_ns);
	if (a->nr)
		assert_memory_equal(a->slices, b->slices, a->nr * sizeof(*a->slices));
	assert_lane_whole(a);
	assert_lane_whole(b);
}

static void assert_same_timeline(const struct timeline *a, const struct timeline *b)
{
	size_t nr_a, nr_b;
	uint32_t i;

	assert_int_equal(timeline_nr_cpus(a), timeline_nr_cpus(b));
	assert_int_equal(timeline_nr_tasks(a), timeline_nr_tasks(b));
	for (i = 0; i < timeline_nr_cpus(a); i++)
		assert_same_lane(timeline_cpu(a, i), timeline_cpu(b, i));
	for (i = 0; i < timeline_nr_tasks(a); i++)
		assert_same_lane(timeline_task(a, i), timeline_task(b, i));
	timeline_wakes(a, &nr_a);
	timeline_wakes(b, &nr_b);
	assert_int_equal(nr_a, nr_b);
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
		assert_int_equal(lane->slices[k].begin_ns, iv->begin_ns);
		assert_int_equal(lane_slice_end(lane, k), iv->end_ns);
		assert_int_equal(lane->slices[k].state, iv->state);
		assert_int_equal(lane->slices[k].why, iv->why);
		assert_int_equal(lane->slices[k].other, iv->waker);
		assert_int_equal(lane->slices[k].nr, iv->nr);
		assert_int_equal(lane->slices[k].object, iv->object);
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
		assert_int_equal(lane->slices[0].begin_ns, BEGIN_NS);
		assert_int_equal(lane->end_ns, timeline_end_ns(tl));
		assert_lane_whole(lane);
	}
	for (i = 0; i < NR_TASKS; i++) {
		const struct lane_data *lane;

		lane = timeline_task(tl, machine_find(timeline_machine(tl), FIRST_TID + i));
		assert_true(lane->nr > 100);
		assert_int_equal(lane->slices[0].begin_ns, BEGIN_NS);
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

/* The room's records as our own file, in chunks, in memory. */
static int room_file(const struct fake_source *fake)
{
	struct trace_info info = fake->src.info;
	struct err err = {0};
	struct writer *writer = writer_open(&info, &err);
	int fd = memfd_create("room", MFD_CLOEXEC);
	size_t i;

	assert_non_null(writer);
	assert_int_equal(writer_add_output(writer, fd, "room", WRITER_REQUIRED, &err), 0);
	for (i = 0; i < fake->nr; i++) {
		const struct record *rec = &fake->records[i].head;

		if (i % 500 == 499)
			assert_int_equal(writer_flush(writer, rec->ts_ns, &err), 0);
		assert_int_equal(writer_block(writer, rec->cpu, RECORD_RING_IRQ, rec,
					      record_size(rec->type), &err),
				 0);
	}
	info.end_ns = fake->records[fake->nr - 1].head.ts_ns + TAIL_NS;
	assert_int_equal(writer_finish(writer, &info, &err), 0);
	writer_close(writer);
	lseek(fd, 0, SEEK_SET);
	return fd;
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
	struct slice slices[] = {{.begin_ns = 10}, {.begin_ns = 20}, {.begin_ns = 30}};
	struct lane_data lane = {.slices = slices, .nr = 3, .end_ns = 40};
	struct lane_data empty = {0};

	(void)state;
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
}

static void sum_by_hand(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
			struct state_time *out)
{
	size_t i;

	for (i = 0; i < lane->nr; i++) {
		uint64_t from_ns = lane->slices[i].begin_ns, to_ns = lane_slice_end(lane, i);

		from_ns = from_ns > begin_ns ? from_ns : begin_ns;
		to_ns = to_ns < end_ns ? to_ns : end_ns;
		if (from_ns < to_ns)
			out->ns[lane->slices[i].state] += to_ns - from_ns;
	}
}

static void test_sum_equals_brute_force(void **state)
{
	struct timeline *tl = pump_all(room_open(6, 20000), 1000000000);
	uint64_t seed = 99, span_ns = timeline_end_ns(tl) - BEGIN_NS;
	struct lane_cursor cursors[NR_CPUS] = {{0}};
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		const struct lane_data *lane = timeline_cpu(tl, (uint32_t)round % NR_CPUS);
		uint64_t begin_ns = BEGIN_NS - 1000 + random_below(&seed, (uint32_t)span_ns);
		uint64_t end_ns = begin_ns + random_below(&seed, (uint32_t)span_ns >> (round % 24));
		struct state_time want = {{0}}, got = {{0}}, jumped = {{0}};

		sum_by_hand(lane, begin_ns, end_ns, &want);
		lane_sum(lane, begin_ns, end_ns, &got);
		lane_sum_next(lane, begin_ns, end_ns, &cursors[round % NR_CPUS], &jumped);
		assert_memory_equal(&want, &got, sizeof(want));
		assert_memory_equal(&want, &jumped, sizeof(want));
	}
	timeline_close(tl);
}

static void test_pixels_add_up_to_the_row(void **state)
{
	struct timeline *tl = pump_all(room_open(7, 20000), 1000000000);
	const struct lane_data *lane = timeline_cpu(tl, 1);
	struct state_time row = {{0}}, pixels = {{0}};
	uint64_t begin_ns = BEGIN_NS, step_ns = (lane->end_ns - BEGIN_NS) / 1919;
	struct lane_cursor cursor = {0};
	int px;

	(void)state;
	for (px = 0; px < 1920; px++, begin_ns += step_ns)
		lane_sum_next(lane, begin_ns, begin_ns + step_ns, &cursor, &pixels);
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
