/* SPDX-License-Identifier: BSD-2-Clause */
/* Who held what during a wait, and what they did: a machine fed by hand, its rows as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "model/reason.h"
#include "model/sync_wait.h"

#define MAX_INTERVALS 64

/* A machine whose intervals and holds are kept. */
struct rig {
	struct machine *m;
	struct holds *holds;
	struct interval ivs[MAX_INTERVALS];
	size_t nr;
};

static void on_task(void *payload, const struct interval *iv)
{
	struct rig *r = payload;

	assert_true(r->nr < MAX_INTERVALS);
	r->ivs[r->nr++] = *iv;
}

static void on_hold(void *payload, const struct hold *hold)
{
	holds_add(((struct rig *)payload)->holds, hold);
}

static bool did(void *payload, uint32_t task, uint64_t ts_ns, struct interval *out)
{
	struct rig *r = payload;

	for (size_t i = 0; i < r->nr; i++) {
		*out = r->ivs[i];
		if (out->task == task && out->begin_ns <= ts_ns && out->end_ns > ts_ns)
			return true;
	}
	return false;
}

static void rig_init(struct rig *r, size_t max_holds)
{
	struct trace_info info = {.nr_cpus = 3, .begin_ns = 1000, .arch = "x86_64"};
	struct sink sink = {.payload = r, .task_interval = on_task, .hold = on_hold};

	memset(r, 0, sizeof(*r));
	r->holds = holds_open(max_holds);
	r->m = machine_open(&info, &sink);
	for (uint32_t i = 0; i < 3; i++) {
		struct record_task t = {
		    .head = {1000, RECORD_TASK, RECORD_F_TRACED, (uint16_t)i, 10 + i},
		    .tgid = 10,
		    .state = 'R',
		    .nr = -1,
		    .comm = "t"};

		machine_feed(r->m, &t.head);
	}
}

static void rig_done(struct rig *r)
{
	machine_close(r->m);
	holds_close(r->holds);
}

/* tid leaves its core: nr 202 waits for the mutex 0x5000 of owner. */
static void block(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t tid, int32_t nr,
		  uint32_t owner)
{
	struct record_block rec = {
	    .head = {{ts, RECORD_BLOCK, 0, cpu, tid}, 0, 1},
	    .nr = nr,
	    .object_kind = nr == 202 ? OBJECT_FUTEX : OBJECT_NONE,
	    .args = {0x5000, 128, 2},
	    .object = (uint64_t)owner << 32 | 2,
	};

	machine_feed(r->m, &rec.head.head);
}

static void wake(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t tid, uint32_t waker)
{
	struct record_waking rec = {
	    .head = {ts, RECORD_WAKING, 0, cpu, tid}, .waker_tid = waker, .nr = 202};

	if (waker == 0)
		rec.head.flags = RECORD_F_HARDIRQ;
	machine_feed(r->m, &rec.head);
}

static void run(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t tid)
{
	struct record_switch rec = {{ts, RECORD_SWITCH, 0, cpu, 0}, tid, 0};

	machine_feed(r->m, &rec.head);
}

static const struct interval *wait_of(const struct rig *r, uint32_t tid)
{
	for (size_t i = 0; i < r->nr; i++)
		if (r->ivs[i].why == REASON_LOCK && r->ivs[i].state == STATE_BLOCKED &&
		    machine_task(r->m, r->ivs[i].task)->tid == tid)
			return &r->ivs[i];
	fail_msg("tid %u does not wait", tid);
	return NULL;
}

static void expect_rows(struct rig *r, uint32_t tid, size_t max, const char *expected)
{
	struct wait_row rows[16];
	size_t nr = sync_wait_rows(r->holds, r->m, wait_of(r, tid), did, r, rows, max);
	struct bytes text = {0};

	for (size_t i = 0; i < nr; i++) {
		const struct wait_row *row = &rows[i];

		bytes_printf(&text, "%llu-%llu", (unsigned long long)row->begin_ns,
			     (unsigned long long)row->end_ns);
		if (row->holder == TASK_NONE)
			bytes_printf(&text, " nobody\n");
		else
			bytes_printf(&text, " t%u%s %s cpu %u\n",
				     machine_task(r->m, row->holder)->tid,
				     row->measured ? "" : " inferred", state_key(row->did.state),
				     row->did.cpu);
	}
	bytes_add(&text, "", 1);
	assert_string_equal((const char *)text.at, expected);
	bytes_done(&text);
}

/*
 * t10 has the mutex on core 0. t11 waits for it from 1100, t12 from 1150. t10 sleeps 1200..1300
 * with it in hand and has a core again at 1320; at 1400 it hands it to t11, which runs at 1430 and
 * hands it to t12 at 1500.
 */
static void tell(struct rig *r)
{
	block(r, 1100, 1, 11, 202, 10);
	block(r, 1150, 2, 12, 202, 10);
	block(r, 1200, 0, 10, 230, 0);
	wake(r, 1300, 0, 10, 0);
	run(r, 1320, 0, 10);
	wake(r, 1400, 0, 11, 10);
	run(r, 1430, 1, 11);
	wake(r, 1500, 1, 12, 11);
	machine_finish(r->m, 1600);
}

static void test_rows_tell_who_had_it_and_what_they_did(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 100);
	tell(&r);
	expect_rows(&r, 12, 16,
		    "1150-1200 t10 running cpu 0\n"
		    "1200-1300 t10 blocked cpu 0\n"
		    "1300-1320 t10 runnable cpu 0\n"
		    "1320-1400 t10 running cpu 0\n"
		    "1400-1430 nobody\n"
		    "1430-1500 t11 inferred running cpu 1\n");
	expect_rows(&r, 11, 16,
		    "1100-1200 t10 running cpu 0\n"
		    "1200-1300 t10 blocked cpu 0\n"
		    "1300-1320 t10 runnable cpu 0\n"
		    "1320-1400 t10 running cpu 0\n");
	rig_done(&r);
}

static void test_what_finds_no_room_is_nobody_s(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 100);
	tell(&r);
	expect_rows(&r, 12, 2,
		    "1150-1200 t10 running cpu 0\n"
		    "1200-1500 nobody\n");
	rig_done(&r);
}

static void test_holds_of_long_ago_are_dropped_and_said_to_be(void **state)
{
	struct rig r;
	struct hold out[8];
	uint64_t known_ns;

	(void)state;
	rig_init(&r, 4);
	tell(&r);
	for (uint64_t i = 0; i < 7; i++)
		holds_add(r.holds, &(struct hold){0, 1, 2000 + i * 10, 2010 + i * 10, true});
	size_t nr = holds_find(r.holds, r.m, 0, 0, 3000, out, 8, &known_ns);

	assert_in_range(nr, 2, 4);
	assert_int_equal(out[nr - 1].begin_ns, 2060);
	assert_int_equal(out[0].begin_ns, known_ns);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_tell_who_had_it_and_what_they_did),
	    cmocka_unit_test(test_what_finds_no_room_is_nobody_s),
	    cmocka_unit_test(test_holds_of_long_ago_are_dropped_and_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
