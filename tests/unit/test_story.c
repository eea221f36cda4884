/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a wait was for, and in which words: from lanes with everything in memory, and with next to
 * nothing, where a frame asks for what is missing and never waits for it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "import/import.h"
#include "model/cause.h"
#include "model/reason.h"
#include "model/story.h"
#include "room_make.h"

#define WAITER 2 /* index of t12 */

/*
 * t10 has the mutex on core 0. t11 waits for it from 100 us on, t12 from 150. t10 sleeps 200..300
 * with it in hand and has a core again at 320; at 400 it hands it to t11, which runs at 430 and
 * hands it to t12 at 500. Then t10 does the same again and again for others to fill pages with.
 */
static const char head[] = "# conctrace text 1\n"
			   "# nr_cpus 3\n"
			   "# arch x86_64\n"
			   "# begin_ns 1000000000\n";

static void put_mutex(struct bytes *text)
{
	static const char wait[] = "nr=202 object_kind=1 arg0=0x5000 arg1=0x80 arg2=2";

	for (int i = 0; i < 3; i++)
		bytes_printf(text,
			     "1.000000000 cpu=%d task flags=0x20 tid=%d tgid=10 parent_tgid=1 "
			     "state=R comm=t\n",
			     i, 10 + i);
	bytes_printf(
	    text,
	    "1.000100000 cpu=1 block tid=11 next_tid=0 prev_state=1 %s object=0xa00000002\n"
	    "1.000150000 cpu=2 block tid=12 next_tid=0 prev_state=1 %s object=0xa00000002\n"
	    "1.000200000 cpu=0 block tid=10 next_tid=0 prev_state=1 nr=230\n"
	    "1.000300000 cpu=0 waking flags=0x1 tid=10 waker_tid=0 nr=-1\n"
	    "1.000320000 cpu=0 switch tid=0 next_tid=10 prev_state=0\n"
	    "1.000400000 cpu=0 waking tid=11 waker_tid=10 nr=202 arg0=0x5000 arg1=0x81\n"
	    "1.000430000 cpu=1 switch tid=0 next_tid=11 prev_state=0\n"
	    "1.000500000 cpu=1 waking tid=12 waker_tid=11 nr=202 arg0=0x5000 arg1=0x81\n",
	    wait, wait);
}

/* t10 sleeps and runs many times. */
static void put_more(struct bytes *text)
{
	for (unsigned int i = 0; i < 20000; i++)
		bytes_printf(text,
			     "1.%09u cpu=0 block tid=10 next_tid=0 prev_state=1 nr=230\n"
			     "1.%09u cpu=0 waking flags=0x1 tid=10 waker_tid=0 nr=-1\n"
			     "1.%09u cpu=0 switch tid=0 next_tid=10 prev_state=0\n",
			     1000000 + i * 30000, 1010000 + i * 30000, 1020000 + i * 30000);
}

/* The records of a text as a file that can be read again. */
static int file_of(const struct bytes *text)
{
	int fd = memfd_create("text", 0), out = memfd_create("story", 0);
	struct err err = {0};
	const struct record *rec;

	assert_int_equal(write(fd, text->at, text->len), text->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	struct source *src = source_open_fd(fd, "text", &err);

	assert_non_null(src);
	struct trace_info info = src->info;
	struct writer *writer = writer_open(&info, &err);
	unsigned int nr = 0;

	assert_int_equal(writer_add_output(writer, out, "story", WRITER_REQUIRED, &err), 0);
	while (source_next(src, &rec, &err) > 0) {
		if (++nr % 500 == 0)
			assert_int_equal(writer_flush(writer, rec->ts_ns, &err), 0);
		assert_int_equal(writer_block(writer, rec->cpu, RECORD_RING_IRQ, rec,
					      record_size(rec->type), &err),
				 0);
		info.end_ns = rec->ts_ns;
	}
	assert_int_equal(writer_finish(writer, &info, &err), 0);
	writer_close(writer);
	source_close(src);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	return out;
}

static struct timeline *open_text(const struct bytes *text, const struct timeline_limits *limits)
{
	struct err err = {0};
	struct source *src = source_open_fd(file_of(text), "story", &err);
	int r;

	assert_non_null(src);
	struct timeline *tl = timeline_open(src);

	if (limits)
		timeline_limit(tl, limits);
	while ((r = timeline_pump(tl, 1000000000, &err)) == 1)
		;
	assert_int_equal(r, 0);
	return tl;
}

static struct interval interval_at(const struct timeline *tl, uint32_t task, uint64_t ts_ns)
{
	const struct lane_data *lane = timeline_task(tl, task);
	struct slice slice;
	size_t i = lane_find(lane, ts_ns);

	assert_true(lane_read(lane, i, &slice));
	return lane_interval(lane, i, &slice);
}

static uint32_t task_of(const struct timeline *tl, uint32_t tid)
{
	return machine_find(timeline_machine(tl), tid);
}

static void expect_story(const struct timeline *tl, uint32_t tid, uint64_t ts_ns,
			 const char *expected)
{
	struct interval iv = interval_at(tl, task_of(tl, tid), ts_ns);
	char text[STORY_TEXT_LEN];
	struct story story;

	story_of_task(tl, &iv, true, &story);
	assert_true(story.whole);
	assert_string_equal(story_text(tl, iv.task, &story, text), expected);
}

static const char story_of_12[] =
    "t 12 waited 350 \xc2\xb5s for lock 1, held by t 10 for 250 \xc2\xb5s (measured), "
    "which ran 50.0 \xc2\xb5s on CPU 0, then slept 100 \xc2\xb5s, then was ready 20.0 \xc2\xb5s "
    "without a core, then ran 80.0 \xc2\xb5s on CPU 0; "
    "for 30.0 \xc2\xb5s on its way to t 11, woken by t 10, waiting for a core; "
    "then by t 11 for 70.0 \xc2\xb5s (inferred), which ran 70.0 \xc2\xb5s on CPU 1; "
    "released by t 11";

static void test_story_tells_who_had_it_and_what_they_did(void **state)
{
	struct bytes text = {0};

	(void)state;
	bytes_printf(&text, "%s", head);
	put_mutex(&text);
	struct timeline *tl = open_text(&text, NULL);

	expect_story(tl, 12, 1000150000, story_of_12);
	expect_story(tl, 11, 1000100000,
		     "t 11 waited 300 \xc2\xb5s for lock 1, held by t 10 (measured), "
		     "which ran 100 \xc2\xb5s on CPU 0, then slept 100 \xc2\xb5s, then was ready "
		     "20.0 \xc2\xb5s without a core, then ran 80.0 \xc2\xb5s on CPU 0; "
		     "released to it by t 10");
	timeline_close(tl);
	bytes_done(&text);
}

/* The parts of a wait are the wait, and what their task did is all of each part it was there. */
static void test_parts_add_up(void **state)
{
	struct bytes text = {0};
	struct meanwhile w;
	uint64_t at_ns;

	(void)state;
	bytes_printf(&text, "%s", head);
	put_mutex(&text);
	struct timeline *tl = open_text(&text, NULL);
	struct interval iv = interval_at(tl, task_of(tl, 12), 1000150000);

	meanwhile_init(&w, tl, &iv, true);
	assert_int_equal(w.bond, BOND_HOLDER);
	at_ns = iv.begin_ns;
	for (size_t i = 0; i < w.nr; i++) {
		uint64_t did_ns = 0;

		assert_int_equal(w.parts[i].begin_ns, at_ns);
		at_ns = w.parts[i].end_ns;
		for (int s = 0; s < STATE_NR; s++)
			did_ns += w.parts[i].did.sum.ns[s];
		assert_int_equal(did_ns,
				 w.parts[i].task == TASK_NONE ? 0 : at_ns - w.parts[i].begin_ns);
	}
	assert_int_equal(at_ns, iv.end_ns);
	meanwhile_done(&w);
	timeline_close(tl);
	bytes_done(&text);
}

/* With next to no memory: what is missing is asked for, is there some frames later, and then the
 * words are the same. */
static void test_story_without_memory_asks_and_never_reads(void **state)
{
	static const struct timeline_limits tight = {
	    .item_bytes = 4 << 10,
	    .pages = {.cache_bytes = 64 << 10, .checkpoint_bytes = 24 << 10, .page_records = 500},
	};
	struct bytes text = {0};
	char words[STORY_TEXT_LEN];
	struct story story;
	size_t made, frames = 0;

	(void)state;
	bytes_printf(&text, "%s", head);
	put_mutex(&text);
	put_more(&text);
	struct timeline *tl = open_text(&text, &tight);
	struct timeline *all = open_text(&text, NULL);
	struct interval iv = interval_at(all, task_of(all, 12), 1000150000);

	for (;; frames++) {
		assert_true(frames < 100);
		timeline_want(tl, 1500000000, 1500001000);
		story_of_task(tl, &iv, false, &story);
		if (story.whole)
			break;
		timeline_load(tl, 1000000000, &made);
		assert_true(made > 0);
	}
	assert_true(frames > 0);
	assert_string_equal(story_text(tl, iv.task, &story, words), story_of_12);
	timeline_close(all);
	timeline_close(tl);
	bytes_done(&text);
}

/* A time-out is kept in a slice: to the nanosecond where it is round or short. */
static void test_slices_keep_time_outs(void **state)
{
	static const uint64_t exact[] = {1, 999, 10000000, 134217727, 1000000000, 60000000000, 0};
	struct interval iv = {.state = STATE_BLOCKED, .why = REASON_CONDITION, .timed = true};
	struct interval out;
	struct slice slice;

	(void)state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		iv.timeout_ns = exact[i];
		slice = slice_of(&iv, TASK_NONE);
		out = slice_interval(&slice);
		assert_true(out.timed);
		assert_int_equal(out.timeout_ns, exact[i]);
		assert_int_equal(out.owner, 0);
	}
	iv.timeout_ns = 0x123456789abcdef;
	slice = slice_of(&iv, TASK_NONE);
	assert_int_equal(slice_interval(&slice).timeout_ns >> 32, iv.timeout_ns >> 32);
	iv.why = REASON_LOCK;
	iv.owner = 4711;
	slice = slice_of(&iv, TASK_NONE);
	assert_int_equal(slice_interval(&slice).owner, 4711);
	assert_false(slice_interval(&slice).timed);
	iv = (struct interval){.state = STATE_BLOCKED, .why = REASON_POLL};
	slice = slice_of(&iv, TASK_NONE);
	assert_false(slice_interval(&slice).timed);
}

/* Whatever a random room did, every story comes to its end, and its parts to the wait's. */
static void test_every_wait_of_a_random_room_has_a_story(void **state)
{
	struct fake_source *fake = room_open(7, 5000);
	struct timeline *tl = timeline_open(&fake->src);
	struct err err = {0};
	size_t nr_waits = 0;
	char text[STORY_TEXT_LEN];

	(void)state;
	while (timeline_pump(tl, 1000000000, &err) != 0)
		;
	for (uint32_t task = 1; task < timeline_nr_tasks(tl); task++) {
		const struct lane_data *lane = timeline_task(tl, task);
		struct slice slice;

		for (size_t i = 0; lane_read(lane, i, &slice); i++) {
			struct interval iv = lane_interval(lane, i, &slice);
			struct story story;
			struct meanwhile w;

			story_of_task(tl, &iv, true, &story);
			assert_true(story.nr > 0);
			assert_true(strlen(story_text(tl, task, &story, text)) > 3);
			if (iv.state != STATE_BLOCKED)
				continue;
			nr_waits++;
			meanwhile_init(&w, tl, &iv, true);
			for (size_t k = 0; k < w.nr; k++)
				assert_int_equal(w.parts[k].end_ns, k + 1 < w.nr
									? w.parts[k + 1].begin_ns
									: iv.end_ns);
			meanwhile_done(&w);
		}
	}
	assert_true(nr_waits > 100);
	timeline_close(tl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_story_tells_who_had_it_and_what_they_did),
	    cmocka_unit_test(test_parts_add_up),
	    cmocka_unit_test(test_story_without_memory_asks_and_never_reads),
	    cmocka_unit_test(test_slices_keep_time_outs),
	    cmocka_unit_test(test_every_wait_of_a_random_room_has_a_story),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
