/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * barrier: threads work in steps and wait for each other at the end of each. One of them is slower.
 * What it shows: at a barrier everybody is as slow as the slowest: the straggler.
 * What to look for: all lanes but one are blocked for a part of each step; who ends their wait is
 * always the straggler, the only one that never waits.
 */
#include <sched.h>
#include <stdio.h>

#include "crew.h"

#define MAX_THREADS 64
#define NS_PER_MS   1000000ULL

static uint64_t nr_threads = 2, nr_steps = 20, slower = 3;
static uint64_t work_ns = 8 * NS_PER_MS;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads besides the straggler"},
    {"steps", "N", &nr_steps, 1, 10000, "steps, with a barrier after each"},
    {"work", "S", &work_ns, 0, 1000000000, "work in a step"},
    {"slower", "N", &slower, 1, 100, "times as much work for the straggler"},
};

static const struct truth_lesson lesson = {
    .name = "barrier",
    .title = "all wait for the slowest at the end of each step",
    .shows = "  A barrier with a straggler: the others wait for it in every step.\n",
    .look = "  Lanes blocked for a part of each step, all but one; whoever ends their wait is\n"
	    "  the straggler.\n",
    .seen = "The others waited {share barrier worker-*} of their lives at the barrier, "
	    "the straggler {share barrier straggler}; it ended {wakes straggler worker-*} "
	    "of their waits.\n",
    .twin_seen = "The others waited {share semaphore worker-*} of their lives at semaphores, "
		 "of which Python's barrier is made, the straggler {share semaphore "
		 "straggler}; it ended {wakes straggler worker-*} of their waits.\n",
    .window = "300ms 420ms",
    .expect = "oversubscription<3",
    .next = "`sudo conctrace workloads barrier --slower 1`: no straggler; `sudo"
	    " conctrace workloads barrier --threads 8` on two cores: who is it "
	    "now?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_barrier_t step_end;

static void work(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_steps; i++) {
		uint64_t begin_ns;

		truth_burn(me->log, me->number == 0 ? slower * work_ns : work_ns);
		begin_ns = truth_now_ns();
		pthread_barrier_wait(&step_end);
		truth_span(me->log, TRUTH_BARRIER_WAIT, begin_ns, truth_now_ns(),
			   (uint64_t)&step_end, 0);
	}
}

/* What it takes at least without the straggler: a step of one, or of all on these cores. */
static double even_s(void)
{
	uint64_t nr_cores = 1, step_ns;
	cpu_set_t cores;

	if (sched_getaffinity(0, sizeof(cores), &cores) == 0)
		nr_cores = (uint64_t)CPU_COUNT(&cores);
	step_ns = (nr_threads + 1) * work_ns / nr_cores;
	return (double)(nr_steps * (step_ns > work_ns ? step_ns : work_ns)) / 1e9;
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS + 1];
	struct member self;
	uint64_t begin_ns;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	pthread_barrier_init(&step_end, NULL, (unsigned int)nr_threads + 1);
	member_init(&crew[0], "straggler", 0, 2 * nr_steps, work);
	for (i = 1; i <= nr_threads; i++)
		member_init(&crew[i], "worker-%u", i, 2 * nr_steps, work);
	member_self(&self, "main", nr_threads + 4);
	begin_ns = truth_now_ns();
	crew_run(crew, (unsigned int)nr_threads + 1, self.log);
	truth_usage(self.log);

	printf("barrier: %llu steps, %.2f s", (unsigned long long)nr_steps,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	if (slower > 1)
		printf("; without the straggler's extra work it would take at least %.2f s\n",
		       even_s());
	else
		printf("; nobody has more work than the others\n");
	return truth_end();
}
