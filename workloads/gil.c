/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gil: an interpreter with one lock around everything, as CPython has it (Python/ceval_gil.c): who
 * wants to run waits for the lock; after 5 ms of waiting it asks the holder to let go; who begins a
 * system call lets go by itself. Three parts, one after the other: two threads that compute, two
 * threads that sleep and compute, two processes that compute, each with a lock of its own.
 * What it shows: under the lock, threads that compute never run at once and take as long as one
 * after the other; sleeping ones overlap their sleep; processes overlap all.
 * What to look for: compute-1 and compute-2 take turns of 5 ms; process-1 and process-2 run side by
 * side in half the time.
 */
#include <stdbool.h>
#include <stdio.h>

#include "crew.h"

#define SWITCH_NS    5000000ULL /* sys.getswitchinterval() */
#define CHECK_NS     500000     /* how often the holder looks whether it is asked to let go */
#define NR_EACH      2
#define MAX_FACTS    40000
#define IO_SLEEP_NS  20000000ULL
#define IO_WORK_NS   1000000ULL
#define NR_IO_ROUNDS 10

static uint64_t work_ns = 300000000;

static const struct truth_option options[] = {
    {"seconds", "S", &work_ns, 1000000, 60000000000, "what each has to compute"},
};

static const struct truth_lesson lesson = {
    .name = "gil",
    .title = "one lock around an interpreter: threads take turns, processes do not",
    .shows = "  Threads that compute under one lock never overlap; processes do.\n",
    .look = "  Turns of 5 ms between compute-1 and compute-2; process-1 and process-2 side\n"
	    "  by side; io-1 and io-2 asleep at the same time.\n",
    .seen = "Threads that compute ran at once in {overlap compute-*} of the time, "
	    "processes in {overlap process-*}.\n"
	    "The threads took {span compute-*}, the processes {span process-*}, for the "
	    "same work.\n",
    .twin_seen = "Threads that compute ran at once in {overlap compute-*} of the time, "
		 "processes in {overlap process-*}.\n"
		 "The threads took {span compute-*}, the processes {span process-*}, for the "
		 "same work.\n"
		 "For the GIL the threads waited {time gil compute-*}, in {count gil "
		 "compute-*} wait{s}.\n",
    .expect = "no-parallelism>1",
    .twin_next = "`sudo conctrace workloads gil`: a program with such a lock of its own.\n",
    .next = "`sudo conctrace workloads gil --python`: the same with CPython's "
	    "own lock, which is named GIL in the trace.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
    .cores = 2,
};

struct gil {
	pthread_mutex_t mutex;
	pthread_cond_t freed;
	pthread_cond_t switched;
	bool held;
	bool asked;           /* atomic: somebody waits for longer than the interval */
	unsigned int holder;  /* the last one */
	uint64_t nr_switches; /* of holders */
};

static struct gil shared_gil;

static void gil_init(struct gil *gil)
{
	crew_mutex_init(&gil->mutex);
	crew_cond_init(&gil->freed);
	crew_cond_init(&gil->switched);
}

/* Returns since when it is held. */
static uint64_t gil_take(struct member *me, struct gil *gil)
{
	uint64_t held_ns;

	pthread_mutex_lock(&gil->mutex);
	while (gil->held) {
		uint64_t nr_switches = gil->nr_switches;
		bool in_time =
		    crew_cond_wait(me->log, &gil->freed, &gil->mutex, truth_now_ns() + SWITCH_NS);

		if (!in_time && gil->held && gil->nr_switches == nr_switches)
			__atomic_store_n(&gil->asked, true, __ATOMIC_RELAXED);
	}
	gil->held = true;
	held_ns = truth_now_ns();
	if (gil->holder != me->number) {
		gil->holder = me->number;
		gil->nr_switches++;
	}
	__atomic_store_n(&gil->asked, false, __ATOMIC_RELAXED);
	pthread_cond_signal(&gil->switched);
	pthread_mutex_unlock(&gil->mutex);
	return held_ns;
}

/* Who was asked to let go waits until another one took it: else it would win it again at once. */
static void gil_drop(struct member *me, struct gil *gil, uint64_t held_ns)
{
	bool asked;

	truth_span(me->log, TRUTH_TURN, held_ns, truth_now_ns(), (uint64_t)gil, 0);
	pthread_mutex_lock(&gil->mutex);
	asked = __atomic_load_n(&gil->asked, __ATOMIC_RELAXED);
	gil->held = false;
	pthread_cond_signal(&gil->freed);
	while (asked && gil->holder == me->number)
		crew_cond_wait(me->log, &gil->switched, &gil->mutex, 0);
	pthread_mutex_unlock(&gil->mutex);
}

/* The loop of the interpreter. */
static void interpret(struct member *me, struct gil *gil, uint64_t cpu_ns)
{
	uint64_t done_ns = 0, held_ns = gil_take(me, gil);

	for (; done_ns < cpu_ns; done_ns += CHECK_NS) {
		truth_burn(me->log, CHECK_NS);
		if (__atomic_load_n(&gil->asked, __ATOMIC_RELAXED)) {
			gil_drop(me, gil, held_ns);
			held_ns = gil_take(me, gil);
		}
	}
	gil_drop(me, gil, held_ns);
}

static void compute(struct member *me)
{
	interpret(me, &shared_gil, work_ns);
}

static void io(struct member *me)
{
	int i;

	for (i = 0; i < NR_IO_ROUNDS; i++) {
		interpret(me, &shared_gil, IO_WORK_NS);
		truth_sleep(me->log, IO_SLEEP_NS);
	}
}

static void process(struct member *me)
{
	struct gil own = {0};

	gil_init(&own);
	interpret(me, &own, work_ns);
}

int main(int argc, char **argv)
{
	static struct member threads[NR_EACH], io_threads[NR_EACH], processes[NR_EACH];
	uint64_t begin_ns, threads_ns, io_ns, processes_ns;
	struct member self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	gil_init(&shared_gil);
	for (i = 0; i < NR_EACH; i++) {
		size_t nr_facts = work_ns / CHECK_NS * 2 + 100;

		member_init(&threads[i], "compute-%u", i + 1, nr_facts, compute);
		member_init(&io_threads[i], "io-%u", i + 1, MAX_FACTS, io);
		member_init(&processes[i], "process-%u", i + 1, nr_facts, process);
	}
	member_self(&self, "main", 8 * NR_EACH);
	begin_ns = truth_now_ns();
	for (i = 0; i < NR_EACH; i++)
		member_start(&threads[i]);
	for (i = 0; i < NR_EACH; i++)
		member_join(&threads[i], self.log);
	threads_ns = truth_now_ns() - begin_ns;
	for (i = 0; i < NR_EACH; i++)
		member_start(&io_threads[i]);
	for (i = 0; i < NR_EACH; i++)
		member_join(&io_threads[i], self.log);
	io_ns = truth_now_ns() - begin_ns - threads_ns;
	for (i = 0; i < NR_EACH; i++)
		member_fork(&processes[i], self.log);
	for (i = 0; i < NR_EACH; i++)
		member_wait(&processes[i], self.log);
	processes_ns = truth_now_ns() - begin_ns - threads_ns - io_ns;
	truth_count(self.log, "switches", shared_gil.nr_switches);
	truth_usage(self.log);

	printf(
	    "gil: two threads %.2f s, two that also sleep %.2f s, two processes %.2f s; the lock "
	    "changed hands %llu times\n",
	    (double)threads_ns / 1e9, (double)io_ns / 1e9, (double)processes_ns / 1e9,
	    (unsigned long long)shared_gil.nr_switches);
	return truth_end();
}
