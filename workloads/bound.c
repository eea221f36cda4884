/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bound: the same two pieces of work three times. On one core they take turns: concurrent, not
 * parallel. On all cores they run at once: parallel. And when they mostly wait, as for a disk or a
 * network, one core is enough for both.
 * What it shows: concurrency is about waiting at the same time, parallelism about running at the
 * same time; more cores help only who is bound by them. What to look for: alternating slices of
 * shared-1 and shared-2; parallel ones of apart-1 and apart-2, in half the time; io-1 and io-2,
 * blocked together and hardly on a core.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define NR_EACH   2
#define NR_PARTS  3
#define NR_IO     15

static uint64_t work_ns = 200 * NS_PER_MS, with_processes;

static const struct truth_option options[] = {
    {"seconds", "S", &work_ns, NS_PER_MS, 60000000000, "what each computes"},
    {"as", "threads|processes", &with_processes, 0, 0, "what they are"},
};

static const struct truth_lesson lesson = {
    .name = "bound",
    .title = "the same work on one core, on all cores, and mostly waiting",
    .shows = "  Concurrency against parallelism, and CPU-bound against I/O-bound work.\n",
    .look = "  shared-1 and -2 take turns on one core; apart-1 and -2 run at once, in half the\n"
	    "  time; io-1 and -2 wait together.\n",
    .seen = "On one core they ran at once in {overlap shared-*} of the time and took "
	    "{span shared-*}; apart in {overlap apart-*}, and {span apart-*}.\n"
	    "The waiting ones took {span io-*} and ran {share running io-*} of their "
	    "lives.\n",
    .next = "`sudo conctrace workloads bound --as=processes`: is there any "
	    "difference, without an interpreter's lock?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
    .cores = 2,
};

static cpu_set_t all_cores;

static void use_one_core(void)
{
	cpu_set_t one;
	int cpu = 0;

	while (!CPU_ISSET(cpu, &all_cores))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		crew_fail("cannot stay on one core", errno);
}

static void compute(struct member *me)
{
	truth_burn(me->log, work_ns);
}

static void wait_mostly(struct member *me)
{
	int i;

	for (i = 0; i < NR_IO; i++) {
		truth_burn(me->log, NS_PER_MS / 2);
		truth_sleep(me->log, 10 * NS_PER_MS);
	}
}

static void run_part(struct member *crew, struct truth_log *log)
{
	unsigned int i;

	if (!with_processes) {
		crew_run(crew, NR_EACH, log);
		return;
	}
	for (i = 0; i < NR_EACH; i++)
		member_fork(&crew[i], log);
	for (i = 0; i < NR_EACH; i++)
		member_wait(&crew[i], log);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*work)(struct member *me);
		bool on_one_core;
	} parts[NR_PARTS] = {{"shared-%u", compute, true},
			     {"apart-%u", compute, false},
			     {"io-%u", wait_mostly, true}};
	static struct member crew[NR_PARTS][NR_EACH];
	uint64_t took_ns[NR_PARTS];
	struct member self;
	unsigned int p, i;

	truth_begin(argc, argv, &lesson);
	sched_getaffinity(0, sizeof(all_cores), &all_cores);
	for (p = 0; p < NR_PARTS; p++)
		for (i = 0; i < NR_EACH; i++)
			member_init(&crew[p][i], parts[p].name, i + 1, 2 * NR_IO + 2,
				    parts[p].work);
	member_self(&self, "main", 32);
	for (p = 0; p < NR_PARTS; p++) {
		uint64_t begin_ns = truth_now_ns();

		/* what is made now inherits it */
		if (parts[p].on_one_core)
			use_one_core();
		else
			sched_setaffinity(0, sizeof(all_cores), &all_cores);
		run_part(crew[p], self.log);
		took_ns[p] = truth_now_ns() - begin_ns;
	}
	truth_usage(self.log);

	printf("bound: on one core %.2f s, on all %.2f s, waiting %.2f s\n",
	       (double)took_ns[0] / 1e9, (double)took_ns[1] / 1e9, (double)took_ns[2] / 1e9);
	return truth_end();
}
