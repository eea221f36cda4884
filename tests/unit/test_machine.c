/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine, fed with records by hand and at random; the output is compared as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "model/machine.h"
#include "model/reason.h"

#define NR_futex 202
#define NR_read  0

/* One machine whose output is kept as lines: "t10 running 0-100", "c0 t10 0-100", "gap c0 ...". */
struct rig {
	struct machine *m;
	struct bytes text;
	struct trace_info info;
};

static void put_interval(struct rig *r, const struct interval *iv)
{
	const char *why = iv->state == STATE_RUNNABLE  ? runnable_key(iv->why)
			  : iv->state == STATE_BLOCKED ? reason_key(iv->why)
						       : "";

	bytes_printf(&r->text, "t%u %s%s%s %llu-%llu%s", machine_task(r->m, iv->task)->tid,
		     state_key(iv->state), *why ? " " : "", why, (unsigned long long)iv->begin_ns,
		     (unsigned long long)iv->end_ns, iv->inferred ? " inferred" : "");
	if (iv->waker != TASK_NONE)
		bytes_printf(&r->text, " by t%u", machine_task(r->m, iv->waker)->tid);
	bytes_printf(&r->text, "\n");
}

static void on_task(void *payload, const struct interval *iv)
{
	put_interval(payload, iv);
}

static void on_cpu(void *payload, const struct interval *iv)
{
	struct rig *r = payload;

	bytes_printf(&r->text, "c%u ", iv->cpu);
	if (iv->state == STATE_RUNNING)
		bytes_printf(&r->text, "t%u", machine_task(r->m, iv->task)->tid);
	else
		bytes_printf(&r->text, "%s", state_key(iv->state));
	bytes_printf(&r->text, " %llu-%llu%s\n", (unsigned long long)iv->begin_ns,
		     (unsigned long long)iv->end_ns, iv->inferred ? " inferred" : "");
}

static void on_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct rig *r = payload;

	bytes_printf(&r->text, "gap c%u %llu-%llu %llu\n", cpu, (unsigned long long)begin_ns,
		     (unsigned long long)end_ns, (unsigned long long)lost);
}

static void rig_init(struct rig *r, uint32_t nr_cpus)
{
	struct sink sink = {
	    .payload = r, .task_interval = on_task, .cpu_interval = on_cpu, .gap = on_gap};

	memset(r, 0, sizeof(*r));
	strcpy(r->info.arch, "x86_64");
	r->info.nr_cpus = nr_cpus;
	r->info.begin_ns = 1000;
	r->m = machine_open(&r->info, &sink);
}

static void rig_done(struct rig *r)
{
	machine_close(r->m);
	bytes_done(&r->text);
}

/* Ends the trace and compares the lines; the rig is done with. */
static void rig_expect(struct rig *r, uint64_t end_ns, const char *expected)
{
	machine_finish(r->m, end_ns);
	bytes_add(&r->text, "", 1);
	if (strcmp((const char *)r->text.at, expected) != 0)
		fail_msg("expected\n%sbut got\n%s", expected, (const char *)r->text.at);
	rig_done(r);
}

static void feed_switch(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t prev, uint32_t next,
			uint32_t prev_state)
{
	struct record_switch rec = {{ts, RECORD_SWITCH, 0, cpu, prev}, next, prev_state};

	machine_feed(r->m, &rec.head);
}

static void feed_block(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t prev, uint32_t next,
		       int32_t nr)
{
	struct record_block rec = {.head = {{ts, RECORD_BLOCK, 0, cpu, prev}, next, 1}, .nr = nr};

	rec.args[1] = 128;
	machine_feed(r->m, &rec.head.head);
}

static void feed_waking(struct rig *r, uint64_t ts, uint16_t cpu, uint32_t wakee, uint32_t waker)
{
	struct record_waking rec = {
	    .head = {ts, RECORD_WAKING, 0, cpu, wakee}, .waker_tid = waker, .nr = -1};

	machine_feed(r->m, &rec.head);
}

static void feed_task(struct rig *r, uint64_t ts, uint32_t tid, char state)
{
	struct record_task rec = {.head = {ts, RECORD_TASK, RECORD_F_TRACED, 0, tid},
				  .tgid = 10,
				  .state = (uint32_t)state,
				  .nr = state == 'S' ? NR_futex : -1,
				  .comm = "work"};

	rec.args[1] = 128;
	machine_feed(r->m, &rec.head);
}

static void feed_fork(struct rig *r, uint64_t ts, uint32_t parent, uint32_t child)
{
	struct record_fork rec = {
	    .head = {ts, RECORD_FORK, RECORD_F_TRACED | RECORD_F_THREAD, 0, parent},
	    .parent_tgid = 10,
	    .child_tid = child,
	    .child_tgid = 10,
	    .comm = "child"};

	machine_feed(r->m, &rec.head);
}

static void feed_lost(struct rig *r, uint64_t begin, uint64_t end, uint16_t cpu)
{
	struct record_lost rec = {{end, RECORD_LOST, 0, cpu, 0}, begin, 7};

	machine_feed(r->m, &rec.head);
}

static void test_first_switch_tells_who_had_the_core(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_task(&r, 1010, 10, 'R');
	feed_switch(&r, 1100, 0, 10, 0, 1);
	rig_expect(&r, 1200,
		   "c0 t10 1000-1100\n"
		   "t10 running 1000-1100\n"
		   "t10 blocked unknown 1100-1200\n"
		   "c0 idle 1100-1200\n");
}

static void test_block_wake_run(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_task(&r, 1000, 10, 'S');
	feed_task(&r, 1000, 11, 'R');
	feed_waking(&r, 1100, 0, 10, 11);
	feed_switch(&r, 1150, 0, 11, 10, 0);
	feed_block(&r, 1300, 0, 10, 11, NR_futex);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->wakeups, 1);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->sched_ins, 1);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 11))->preemptions, 1);
	for (int i = 0; i < ANOMALY_NR; i++)
		assert_int_equal(machine_anomalies(r.m, i), 0);
	rig_expect(&r, 1400,
		   "t10 blocked condition 1000-1100 inferred by t11\n"
		   "c0 t11 1000-1150\n"
		   "t11 running 1000-1150\n"
		   "t10 runnable woken 1100-1150 by t11\n"
		   "c0 t10 1150-1300\n"
		   "t10 running 1150-1300\n"
		   "t11 runnable preempted 1150-1300 by t10\n"
		   "t10 blocked condition 1300-1400 inferred\n"
		   "t11 running 1300-1400\n"
		   "c0 t11 1300-1400\n");
}

/* FACTS: sched_waking can fire while the wakee still runs, just before it is switched out. */
static void test_waking_that_overtakes_the_switch_makes_runnable_at_once(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	feed_task(&r, 1000, 10, 'R');
	feed_task(&r, 1000, 11, 'R');
	feed_waking(&r, 1099, 1, 10, 11);
	feed_block(&r, 1100, 0, 10, 0, NR_read);
	feed_switch(&r, 1120, 0, 0, 10, 0);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->wakeups, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_RUN_WITHOUT_WAKE), 0);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_WAKE_SPURIOUS), 0);
	feed_switch(&r, 1130, 1, 11, 0, 1);
	rig_expect(&r, 1200,
		   "c0 t10 1000-1100\n"
		   "t10 running 1000-1100\n"
		   "c0 idle 1100-1120\n"
		   "t10 runnable woken 1100-1120 by t11\n"
		   "c1 t11 1000-1130\n"
		   "t11 running 1000-1130\n"
		   "t10 running 1120-1200\n"
		   "t11 blocked unknown 1130-1200\n"
		   "c0 t10 1120-1200\n"
		   "c1 idle 1130-1200\n");
}

/* ... but one that the wakee consumed while it ran on was spurious, as the second waking shows. */
static void test_waking_while_running_is_spurious_when_another_follows(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_waking(&r, 1050, 0, 10, 11);
	feed_block(&r, 1100, 0, 10, 11, NR_read);
	feed_waking(&r, 1200, 0, 10, 11);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_WAKE_SPURIOUS), 1);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->wakeups, 1);
	rig_expect(&r, 1300,
		   "c0 t10 1000-1100\n"
		   "t10 running 1000-1100\n"
		   "t11 unknown 1000-1100\n"
		   "t10 blocked other 1100-1200 by t11\n"
		   "t10 runnable woken 1200-1300 by t11\n"
		   "t11 running 1100-1300\n"
		   "c0 t11 1100-1300\n");
}

static void test_no_state_across_a_gap(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_task(&r, 1000, 10, 'S');
	feed_task(&r, 1000, 11, 'R');
	feed_switch(&r, 1100, 0, 11, 0, 1);
	feed_switch(&r, 1150, 0, 0, 11, 0);
	feed_lost(&r, 1200, 1300, 0);
	feed_switch(&r, 1400, 0, 10, 11, 0); /* 10 was blocked: contradicted since the gap */
	rig_expect(&r, 1500,
		   "c0 t11 1000-1100\n"
		   "t11 running 1000-1100\n"
		   "c0 idle 1100-1150\n"
		   "t11 blocked unknown 1100-1150 inferred\n"
		   "gap c0 1200-1300 7\n"
		   "t11 running 1150-1200\n"
		   "c0 t11 1150-1200\n"
		   "c0 unknown 1200-1400\n"
		   "t10 blocked condition 1000-1200 inferred\n"
		   "t10 unknown 1200-1400\n"
		   "t11 unknown 1200-1400\n"
		   "t10 runnable preempted 1400-1500 by t11\n"
		   "t11 running 1400-1500\n"
		   "c0 t11 1400-1500\n");
}

/* The gap is told after the task was seen elsewhere: still nothing is claimed within it. */
static void test_task_seen_elsewhere_before_its_gap_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	feed_switch(&r, 1100, 0, 0, 10, 0);
	feed_switch(&r, 1110, 1, 0, 11, 0);
	feed_switch(&r, 1200, 1, 11, 10, 0);
	feed_lost(&r, 1150, 1250, 0);
	feed_switch(&r, 1300, 0, 0, 11, 0);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_ELSEWHERE), 0);
	rig_expect(&r, 1400,
		   "c0 idle 1000-1100\n"
		   "t10 unknown 1000-1100\n"
		   "c1 idle 1000-1110\n"
		   "t11 unknown 1000-1110\n"
		   "c1 t11 1110-1200\n"
		   "t11 running 1110-1200\n"
		   "t10 unknown 1100-1200\n"
		   "gap c0 1150-1250 7\n"
		   "c0 unknown 1100-1300\n"
		   "t11 unknown 1200-1250\n"
		   "t11 runnable preempted 1250-1300 by t10\n"
		   "t10 running 1200-1400\n"
		   "t11 running 1300-1400\n"
		   "c0 t11 1300-1400\n"
		   "c1 t10 1200-1400\n");
}

static void test_switch_of_another_task_is_a_mismatch(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 10, 0);
	feed_switch(&r, 1200, 0, 11, 0, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_MISMATCH), 1);
	rig_expect(&r, 1300,
		   "c0 idle 1000-1100\n"
		   "t10 unknown 1000-1100\n"
		   "c0 unknown 1100-1200\n"
		   "t11 unknown 1000-1200\n"
		   "t10 unknown 1100-1300\n"
		   "t11 blocked unknown 1200-1300\n"
		   "c0 idle 1200-1300\n");
}

static void feed_arrival(struct rig *r, uint64_t since, uint64_t ts, uint32_t tid)
{
	struct record_arrival rec = {.head = {ts, RECORD_ARRIVAL, 0, 0, tid}, .since_ns = since};

	machine_feed(r->m, &rec.head);
}

/* Some virtual machines hide switches of their own service tasks (here 70): its way off the core is
 * not told.
 */
static void test_untold_switch_is_put_in_at_its_time(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 70, 0);
	feed_arrival(&r, 1150, 1200, 10);
	feed_switch(&r, 1200, 0, 10, 0, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_MISMATCH), 0);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_UNTOLD), 1);
	rig_expect(&r, 1300,
		   "c0 idle 1000-1100\n"
		   "t70 unknown 1000-1100\n"
		   "c0 t70 1100-1150\n"
		   "t70 running 1100-1150\n"
		   "t10 unknown 1000-1150\n"
		   "c0 t10 1150-1200\n"
		   "t10 running 1150-1200\n"
		   "t70 unknown 1150-1300\n"
		   "t10 blocked unknown 1200-1300\n"
		   "c0 idle 1200-1300\n");
}

static void test_untold_absence_of_the_running_task(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 10, 0);
	feed_arrival(&r, 1180, 1200, 10);
	feed_switch(&r, 1200, 0, 10, 0, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_MISMATCH), 0);
	rig_expect(&r, 1300,
		   "c0 idle 1000-1100\n"
		   "t10 unknown 1000-1100\n"
		   "c0 unknown 1100-1180\n"
		   "t10 unknown 1100-1180\n"
		   "c0 t10 1180-1200\n"
		   "t10 running 1180-1200\n"
		   "t10 blocked unknown 1200-1300\n"
		   "c0 idle 1200-1300\n");
}

static void test_arrival_at_a_first_switch_is_no_anomaly(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_arrival(&r, 900, 1200, 10);
	feed_switch(&r, 1200, 0, 10, 0, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_UNTOLD), 0);
	rig_expect(&r, 1300,
		   "c0 t10 1000-1200\n"
		   "t10 running 1000-1200\n"
		   "t10 blocked unknown 1200-1300\n"
		   "c0 idle 1200-1300\n");
}

static void test_stolen_time_is_of_tasks_that_nothing_told_before(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	for (uint32_t tid = 1; tid <= 5000; tid++) { /* slots move meanwhile */
		struct record_stolen rec = {{1100, RECORD_STOLEN, 0, 0, tid}, tid};

		machine_feed(r.m, &rec.head);
		machine_feed(r.m, &rec.head);
	}
	for (uint32_t tid = 1; tid <= 5000; tid++)
		assert_int_equal(machine_task(r.m, machine_find(r.m, tid))->stolen_ns, 2 * tid);
	rig_done(&r);
}

/* A waking tells who has the core; one that does not agree must not vouch for who was thought to.
 */
static void test_waking_by_another_does_not_vouch_for_the_running_task(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 70, 0);
	feed_waking(&r, 1150, 0, 11, 70);
	feed_waking(&r, 1180, 0, 12, 0);
	feed_switch(&r, 1200, 0, 0, 11, 0);
	rig_expect(&r, 1200,
		   "c0 idle 1000-1100\n"
		   "t70 unknown 1000-1100\n"
		   "t70 running 1100-1150\n"
		   "c0 t70 1100-1150\n"
		   "c0 unknown 1150-1200\n"
		   "t11 unknown 1000-1150\n"
		   "t11 runnable woken 1150-1200 by t70\n"
		   "t70 unknown 1150-1200\n"
		   "t12 unknown 1000-1180\n"
		   "t12 runnable woken 1180-1200 inferred by t0\n");
}

static void test_new_task_lives_from_fork_to_last_switch(void **state)
{
	struct record_exit ex = {{1250, RECORD_EXIT, 0, 0, 12}, 3 << 8, 10};
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_fork(&r, 1100, 10, 12);
	feed_switch(&r, 1200, 0, 10, 12, 0);
	machine_feed(r.m, &ex.head);
	feed_switch(&r, 1260, 0, 12, 10, 0x80);
	const struct task *t = machine_task(r.m, machine_find(r.m, 12));

	assert_true(t->exited);
	assert_int_equal(t->exit_code, 3 << 8);
	assert_int_equal(t->begin_ns, 1100);
	assert_int_equal(t->end_ns, 1260);
	assert_string_equal(t->comm, "child");
	assert_int_equal(machine_task(r.m, t->parent)->tid, 10);
	rig_expect(&r, 1300,
		   "c0 t10 1000-1200\n"
		   "t10 running 1000-1200\n"
		   "t12 runnable new 1100-1200 by t10\n"
		   "c0 t12 1200-1260\n"
		   "t12 running 1200-1260\n"
		   "t10 runnable preempted 1200-1260 by t12\n"
		   "t10 running 1260-1300\n"
		   "c0 t10 1260-1300\n");
}

static void feed_prio(struct rig *r, uint64_t ts, uint32_t tid, int32_t prio, unsigned int flags)
{
	struct record_prio rec = {.head = {.ts_ns = ts, .type = RECORD_PRIO, .tid = tid},
				  .new_prio = prio};

	rec.head.flags = (uint8_t)flags;
	machine_feed(r->m, &rec.head);
}

static void test_priority_is_inherited_at_fork_but_not_what_was_lent(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_task(&r, 1000, 10, 'R');
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->prio, PRIO_DEFAULT);
	feed_prio(&r, 1100, 10, 130, 0);
	feed_prio(&r, 1200, 10, 50, RECORD_F_INHERITED);
	feed_fork(&r, 1300, 10, 11);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->prio, 130);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 10))->lent_prio, 50);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 11))->prio, 130);
	assert_int_equal(machine_task(r.m, machine_find(r.m, 11))->lent_prio, 130);
	rig_done(&r);
}

static void test_reused_tid_is_another_task(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_fork(&r, 1100, 10, 12);
	feed_switch(&r, 1200, 0, 10, 12, 0);
	feed_switch(&r, 1210, 0, 12, 10, 0x80);
	uint32_t first = machine_find(r.m, 12);

	feed_fork(&r, 1220, 10, 12);
	assert_int_not_equal(machine_find(r.m, 12), first);
	assert_true(machine_task(r.m, first)->exited);
	assert_false(machine_task(r.m, machine_find(r.m, 12))->exited);
	rig_done(&r);
}

/* fs/exec.c, de_thread: thread 12 of process 10 calls execve and becomes tid 10, sometimes before
 * the record of exec is made. */
static void test_exec_of_a_thread_takes_the_leaders_tid(void **state)
{
	struct record_exec ex = {
	    .head = {1400, RECORD_EXEC, 0, 0, 10}, .old_tid = 12, .tgid = 10, .comm = "new"};

	(void)state;
	for (int early = 0; early < 2; early++) {
		struct rig r;

		rig_init(&r, 1);
		feed_fork(&r, 1100, 10, 12);
		feed_switch(&r, 1200, 0, 10, 12, 1);
		feed_waking(&r, 1210, 0, 10, 12);
		feed_switch(&r, 1220, 0, 12, 10, 1);
		feed_waking(&r, 1230, 0, 12, 10);
		feed_switch(&r, 1240, 0, 10, 12, 0x80);
		if (early) { /* preempted under its new tid already */
			feed_switch(&r, 1300, 0, 10, 20, 0);
			feed_switch(&r, 1310, 0, 20, 10, 0);
		}
		machine_feed(r.m, &ex.head);
		uint32_t now = machine_find(r.m, 10);
		struct interval iv;

		assert_int_equal(machine_find(r.m, 12), TASK_NONE);
		assert_string_equal(machine_task(r.m, now)->comm, "new");
		assert_true(machine_task_now(r.m, now, &iv));
		assert_int_equal(iv.state, STATE_RUNNING);
		assert_int_equal(iv.begin_ns, early ? 1310 : 1240);
		assert_int_equal(machine_anomalies(r.m, ANOMALY_SWITCH_MISMATCH), 0);
		rig_done(&r);
	}
}

static void test_core_that_never_switched_is_inferred(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	feed_task(&r, 1000, 10, 'R'); /* on core 0 */
	rig_expect(&r, 1100,
		   "t10 running 1000-1100 inferred\n"
		   "c0 t10 1000-1100 inferred\n"
		   "c1 idle 1000-1100 inferred\n");
}

static void test_runs_without_wake_is_counted_and_marked(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_task(&r, 1000, 10, 'S');
	feed_switch(&r, 1100, 0, 0, 10, 0);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_RUN_WITHOUT_WAKE), 1);
	rig_done(&r);
}

static void test_time_backwards_is_counted_and_raised(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 10, 0);
	feed_switch(&r, 1090, 0, 10, 0, 1);
	assert_int_equal(machine_anomalies(r.m, ANOMALY_TIME_BACKWARDS), 1);
	assert_int_equal(machine_now_ns(r.m), 1100);
	rig_done(&r);
}

static void test_snapshot_after_the_first_event_only_names(void **state)
{
	struct rig r;
	struct interval iv;

	(void)state;
	rig_init(&r, 1);
	feed_switch(&r, 1100, 0, 0, 10, 0);
	feed_task(&r, 1110, 10, 'S');
	assert_true(machine_task_now(r.m, machine_find(r.m, 10), &iv));
	assert_int_equal(iv.state, STATE_RUNNING);
	assert_string_equal(machine_task(r.m, iv.task)->comm, "work");
	rig_done(&r);
}

static void test_yield_is_told_from_preemption(void **state)
{
	struct record_block rec = {.head = {{1100, RECORD_BLOCK, 0, 0, 10}, 11, 0}, .nr = 24};
	struct rig r;
	struct interval iv;

	(void)state;
	rig_init(&r, 1);
	machine_feed(r.m, &rec.head.head);
	assert_true(machine_task_now(r.m, machine_find(r.m, 10), &iv));
	assert_int_equal(iv.state, STATE_RUNNABLE);
	assert_int_equal(iv.why, RUNNABLE_YIELDED);
	rig_done(&r);
}

/* Any stream of records, possible or not: intervals of a task and of a core touch, never overlap,
 * and cover begin to end; tasks ran as long as cores were busy. */
#define MAX_TASKS 100000
#define MAX_CPUS  8
struct audit {
	uint64_t task_end[MAX_TASKS];
	uint64_t task_begin[MAX_TASKS];
	uint64_t cpu_end[MAX_CPUS];
	uint64_t ran_ns, busy_ns; /* the same time, seen from tasks and from cores */
	int bad;
};

static void audit_task(void *payload, const struct interval *iv)
{
	struct audit *a = payload;

	a->bad += iv->task == 0 || iv->task >= MAX_TASKS || iv->end_ns <= iv->begin_ns;
	if (a->task_end[iv->task] == 0)
		a->task_begin[iv->task] = iv->begin_ns;
	else
		a->bad += a->task_end[iv->task] != iv->begin_ns;
	a->task_end[iv->task] = iv->end_ns;
	a->bad += iv->state == STATE_EXITED || iv->state == STATE_IDLE;
	a->ran_ns += iv->state == STATE_RUNNING ? iv->end_ns - iv->begin_ns : 0;
}

static void audit_cpu(void *payload, const struct interval *iv)
{
	struct audit *a = payload;

	a->bad += iv->cpu >= MAX_CPUS || iv->end_ns <= iv->begin_ns;
	a->bad += iv->begin_ns != (a->cpu_end[iv->cpu] ? a->cpu_end[iv->cpu] : 1000);
	a->cpu_end[iv->cpu] = iv->end_ns;
	a->busy_ns += iv->state == STATE_RUNNING ? iv->end_ns - iv->begin_ns : 0;
}

static const uint8_t random_types[] = {
    RECORD_SWITCH, RECORD_SWITCH, RECORD_SWITCH,  RECORD_BLOCK,      RECORD_BLOCK, RECORD_WAKING,
    RECORD_WAKING, RECORD_WAKING, RECORD_FORK,    RECORD_WAKEUP_NEW, RECORD_EXEC,  RECORD_EXIT,
    RECORD_COMM,   RECORD_PRIO,   RECORD_TASK,    RECORD_LOST,       RECORD_WORDS, RECORD_SHARED,
    RECORD_NAME,   RECORD_STOLEN, RECORD_NR_TYPES};

static void random_record(unsigned int *seed, uint64_t *ts, void *bytes)
{
	static const uint32_t states[] = {0, 0, 1, 1, 2, 0x2001, 4, 8, 0x80, 0x100, 0x800, ~0u};
	uint8_t *at = bytes;
	struct record *rec = bytes;

	for (size_t i = 0; i < RECORD_MAX_BYTES; i++)
		at[i] = (uint8_t)(rand_r(seed) % 4 ? rand_r(seed) % 12 : rand_r(seed));
	*ts += (uint64_t)rand_r(seed) % 20;
	rec->ts_ns = *ts - (rand_r(seed) % 50 == 0 ? 100 : 0);
	rec->type = random_types[(size_t)rand_r(seed) % sizeof(random_types)];
	rec->cpu = (uint16_t)(rand_r(seed) % 4);
	rec->tid = (uint32_t)rand_r(seed) % 10;
	if (rec->type == RECORD_SWITCH || rec->type == RECORD_BLOCK) {
		((struct record_switch *)bytes)->next_tid = (uint32_t)rand_r(seed) % 10;
		((struct record_switch *)bytes)->prev_state =
		    states[(size_t)rand_r(seed) % (sizeof(states) / sizeof(states[0]))];
	} else if (rec->type == RECORD_FORK) {
		((struct record_fork *)bytes)->child_tid = (uint32_t)rand_r(seed) % 12;
	} else if (rec->type == RECORD_EXEC) {
		((struct record_exec *)bytes)->old_tid = (uint32_t)rand_r(seed) % 12;
	} else if (rec->type == RECORD_WAKING) {
		((struct record_waking *)bytes)->waker_tid = (uint32_t)rand_r(seed) % 10;
		rec->flags = rand_r(seed) % 4 ? 0 : rec->flags;
	} else if (rec->type == RECORD_LOST) {
		((struct record_lost *)bytes)->begin_ns = *ts - (uint64_t)rand_r(seed) % 100;
	} else if (rec->type == RECORD_ARRIVAL) {
		((struct record_arrival *)bytes)->since_ns = *ts - (uint64_t)rand_r(seed) % 100;
	} else if (rec->type == RECORD_TASK) {
		((struct record_task *)bytes)->state = (uint32_t) "RSDTtZIX"[rand_r(seed) % 8];
	}
}

static void test_any_stream_accounts_for_every_nanosecond(void **state)
{
	struct audit *a = test_malloc(sizeof(*a));

	(void)state;
	for (unsigned int run = 0; run < 300; run++) {
		struct trace_info info = {.nr_cpus = 3, .begin_ns = 1000, .arch = "x86_64"};
		struct sink sink = {
		    .payload = a, .task_interval = audit_task, .cpu_interval = audit_cpu};
		struct machine *m = machine_open(&info, &sink);
		_Alignas(8) uint8_t rec[RECORD_MAX_BYTES];
		unsigned int seed = run;
		uint64_t ts = 950;

		memset(a, 0, sizeof(*a));
		for (int i = 0; i < 2000; i++) {
			random_record(&seed, &ts, rec);
			machine_feed(m, (const struct record *)rec);
		}
		machine_finish(m, ts + 5);
		for (uint32_t i = 1; i < machine_nr_tasks(m); i++) {
			const struct task *t = machine_task(m, i);
			uint64_t end = t->exited ? t->end_ns : machine_now_ns(m);

			if (end == t->begin_ns)
				a->bad += a->task_end[i] != 0;
			else
				a->bad += a->task_begin[i] != t->begin_ns || a->task_end[i] != end;
		}
		for (uint32_t i = 0; i < machine_nr_cpus(m); i++)
			a->bad += a->cpu_end[i] != machine_now_ns(m);
		machine_close(m);
		a->bad += a->ran_ns != a->busy_ns;
		if (a->bad)
			fail_msg("seed %u: %d intervals do not fit", run, a->bad);
	}
	test_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first_switch_tells_who_had_the_core),
	    cmocka_unit_test(test_block_wake_run),
	    cmocka_unit_test(test_waking_that_overtakes_the_switch_makes_runnable_at_once),
	    cmocka_unit_test(test_waking_while_running_is_spurious_when_another_follows),
	    cmocka_unit_test(test_no_state_across_a_gap),
	    cmocka_unit_test(test_task_seen_elsewhere_before_its_gap_is_told),
	    cmocka_unit_test(test_switch_of_another_task_is_a_mismatch),
	    cmocka_unit_test(test_untold_switch_is_put_in_at_its_time),
	    cmocka_unit_test(test_untold_absence_of_the_running_task),
	    cmocka_unit_test(test_arrival_at_a_first_switch_is_no_anomaly),
	    cmocka_unit_test(test_stolen_time_is_of_tasks_that_nothing_told_before),
	    cmocka_unit_test(test_waking_by_another_does_not_vouch_for_the_running_task),
	    cmocka_unit_test(test_new_task_lives_from_fork_to_last_switch),
	    cmocka_unit_test(test_priority_is_inherited_at_fork_but_not_what_was_lent),
	    cmocka_unit_test(test_reused_tid_is_another_task),
	    cmocka_unit_test(test_exec_of_a_thread_takes_the_leaders_tid),
	    cmocka_unit_test(test_core_that_never_switched_is_inferred),
	    cmocka_unit_test(test_runs_without_wake_is_counted_and_marked),
	    cmocka_unit_test(test_time_backwards_is_counted_and_raised),
	    cmocka_unit_test(test_snapshot_after_the_first_event_only_names),
	    cmocka_unit_test(test_yield_is_told_from_preemption),
	    cmocka_unit_test(test_any_stream_accounts_for_every_nanosecond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
