/* SPDX-License-Identifier: BSD-2-Clause */
/* Buckets of running and runnable time against sums over all intervals, and over all lanes. */
#include <math.h>

#include "room_make.h"

#define NR_TASKS 12
#define END_NS   3000000

struct part {
	uint64_t begin_ns, end_ns;
	enum state state;
};

static uint64_t overlap(const struct part *p, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t from = p->begin_ns > begin_ns ? p->begin_ns : begin_ns;
	uint64_t to = p->end_ns < end_ns ? p->end_ns : end_ns;

	return to > from ? to - from : 0;
}

/* Every task goes from state to state at random; at some moments all that is open is shown, once as
 * something it then turns out not to be. */
static void test_buckets_are_what_the_intervals_sum_to(void **state)
{
	static const enum state states[] = {STATE_RUNNING, STATE_RUNNABLE, STATE_BLOCKED,
					    STATE_UNKNOWN};
	static struct part parts[200000];
	struct part open[NR_TASKS];
	struct runq q;
	size_t nr = 0;

	(void)state;
	srand(7);
	runq_init(&q, 1000);
	for (int i = 0; i < NR_TASKS; i++)
		open[i] = (struct part){1000, 0, STATE_BLOCKED};
	for (uint64_t now_ns = 1000; now_ns < 1000 + (uint64_t)END_NS * 50;
	     now_ns += (uint64_t)(rand() % 60000)) {
		int i = rand() % NR_TASKS;

		open[i].end_ns = now_ns;
		parts[nr++] = open[i];
		runq_close(&q, (uint32_t)i, open[i].begin_ns, now_ns, open[i].state);
		open[i] = (struct part){now_ns, 0, states[rand() % 4]};
		if (rand() % 3)
			continue;
		for (int k = 0; k < NR_TASKS; k++) {
			bool wrong = rand() % 50 == 0;

			if (k == 5 && rand() % 2) /* one that is not shown always */
				continue;
			runq_show(&q, (uint32_t)k, open[k].begin_ns, now_ns,
				  wrong ? STATE_RUNNING : open[k].state);
		}
		runq_shown(&q);
	}
	runq_shown(&q); /* nothing is shown: what is not closed counts no more */
	assert_true(q.nr <= RUNQ_BUCKETS);
	assert_true(q.width_ns > 4096);
	for (size_t i = 0; i < q.nr; i += 1 + (size_t)rand() % 97) {
		uint64_t b = 1000 + i * q.width_ns, running_ns = 0, runnable_ns = 0;

		for (size_t k = 0; k < nr; k++) {
			uint64_t ns = overlap(&parts[k], b, b + q.width_ns);

			running_ns += parts[k].state == STATE_RUNNING ? ns : 0;
			runnable_ns += parts[k].state == STATE_RUNNABLE ? ns : 0;
		}
		assert_int_equal(q.buckets[i].running_ns, running_ns);
		assert_int_equal(q.buckets[i].runnable_ns, runnable_ns);
	}
	runq_done(&q);
}

/* What is shown counts at once, and once only when it is closed. */
static void test_open_intervals_count_up_to_now(void **state)
{
	struct state_time sum = {{0}};
	struct runq q;

	(void)state;
	runq_init(&q, 0);
	runq_show(&q, 3, 0, 1000, STATE_RUNNING);
	runq_show(&q, 9, 500, 1000, STATE_RUNNABLE);
	runq_shown(&q);
	runq_show(&q, 3, 0, 3000, STATE_RUNNING);
	runq_show(&q, 9, 500, 3000, STATE_RUNNABLE);
	runq_shown(&q);
	runq_sum(&q, 0, 4096, &sum);
	assert_int_equal(sum.ns[STATE_RUNNING], 3000);
	assert_int_equal(sum.ns[STATE_RUNNABLE], 2500);
	runq_close(&q, 3, 0, 4000, STATE_RUNNING);
	runq_close(&q, 9, 500, 2000,
		   STATE_RUNNABLE); /* a record lost: it was not known that long */
	runq_shown(&q);
	memset(&sum, 0, sizeof(sum));
	runq_sum(&q, 0, 4096, &sum);
	assert_int_equal(sum.ns[STATE_RUNNING], 4000);
	assert_int_equal(sum.ns[STATE_RUNNABLE], 1500);
	assert_true(fabs(runq_peak(&q, 4096) - 5500.0 / 4096) < 1e-9);
	runq_done(&q);
}

/* In pieces as a live view reads it, and at once: the same, and what the lanes of all tasks say. */
static void test_a_trace_read_in_pieces_counts_the_same(void **state)
{
	static const uint64_t budgets[] = {1, 1000000000};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct state_time lanes = {{0}}, sum = {{0}};
		struct err err = {0};

		struct timeline *tl = timeline_open(&room_open(11, 5000)->src);
		int r;

		do
			r = timeline_pump(tl, budgets[k], &err);
		while (r == 1 || r == -EAGAIN);
		for (uint32_t i = 1; i < timeline_nr_tasks(tl); i++) {
			const struct lane_data *lane = timeline_task(tl, i);

			if (!machine_task(timeline_machine(tl), i)->self)
				lane_sum(lane, lane_begin(lane), lane->end_ns, &lanes);
		}
		const struct runq *q = timeline_runq(tl, true);

		runq_sum(q, q->begin_ns, q->begin_ns + q->nr * q->width_ns, &sum);
		assert_true(sum.ns[STATE_RUNNING] > 0);
		assert_int_equal(sum.ns[STATE_RUNNING], lanes.ns[STATE_RUNNING]);
		assert_int_equal(sum.ns[STATE_RUNNABLE], lanes.ns[STATE_RUNNABLE]);
		timeline_close(tl);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buckets_are_what_the_intervals_sum_to),
	    cmocka_unit_test(test_open_intervals_count_up_to_now),
	    cmocka_unit_test(test_a_trace_read_in_pieces_counts_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
