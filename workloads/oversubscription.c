/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oversubscription: several times as many threads compute as there are cores.
 * What it shows: no thread waits for anything but a core. More threads do not finish sooner; each
 * only takes longer, and the scheduler switches between them.
 * What to look for: amber (runnable) in every lane, no red; at any time as many lanes run as there
 * are cores; with --per-core=1 the amber is gone, and the whole takes as long.
 */
#include <sched.h>
#include <stdio.h>

#include "crew.h"

#define MAX_THREADS 1024

static uint64_t per_core = 4, work_ns = 500000000;

static const struct truth_option options[] = {
    {"per-core", "N", &per_core, 1, 64, "threads for each core"},
    {"seconds", "S", &work_ns, 1000000, 60000000000, "work for each core"},
};

static const struct truth_lesson lesson = {
    .name = "oversubscription",
    .title = "more threads than cores: each waits for a core most of the time",
    .shows = "  Threads that could run and have no core to run on.\n",
    .look = "  Amber in every lane and no red; as many lanes run at once as there are cores;\n"
	    "  --per-core=1 takes as long, without the amber.\n",
    .seen = "{tasks worker-*} worker{s} ran {time running worker-*} on {cores worker-*} "
	    "core{s}, at most {most worker-*} at once, and waited {time runnable "
	    "worker-*} for one; they were preempted {preemptions worker-*} time{s}.\n",
    .window = "200ms 300ms",
    .expect = "oversubscription",
    .next = "`sudo conctrace workloads oversubscription --per-core 1`: no "
	    "amber, and the same time.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static uint64_t nr_threads;

static void work(struct member *me)
{
	truth_burn(me->log, work_ns / per_core);
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS];
	struct member self;
	uint64_t begin_ns;
	cpu_set_t cores;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	nr_threads =
	    sched_getaffinity(0, sizeof(cores), &cores) == 0 ? (uint64_t)CPU_COUNT(&cores) : 1;
	nr_threads *= per_core;
	if (nr_threads > MAX_THREADS)
		nr_threads = MAX_THREADS;
	for (i = 0; i < nr_threads; i++)
		member_init(&crew[i], "worker-%u", i + 1, 2, work);
	member_self(&self, "main", nr_threads + 2);
	begin_ns = truth_now_ns();
	crew_run(crew, (unsigned int)nr_threads, self.log);
	truth_usage(self.log);

	printf("oversubscription: %llu threads, %.2f s\n", (unsigned long long)nr_threads,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
