/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isolation: a child process crashes, and its parent goes on; then a thread crashes, in a process
 * of its own, and takes all threads of that process with it. What it shows: processes are walls,
 * threads share everything, also their end. What to look for: crasher's lane ends by a signal while
 * the parent's goes on; thread-1 to thread-3 end at the same moment although only one of them
 * failed.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crew.h"

#define NS_PER_MS  1000000ULL
#define NR_THREADS 3

static uint64_t dur_ns = 300 * NS_PER_MS;

static const struct truth_option options[] = {
    {"seconds", "S", &dur_ns, 10 * NS_PER_MS, 60000000000, "how long it takes, about"},
};

static const struct truth_lesson lesson = {
    .name = "isolation",
    .title = "a crash in a child leaves its parent; a crash in a thread ends all threads",
    .shows = "  Processes are walls; threads share their end.\n",
    .look = "  The crashed child's lane ends, its parent's goes on; three threads end together\n"
	    "  though one of them failed.\n",
    .seen = "The parent lived {life parent}, longer than its children that crashed, and "
	    "ran {time running parent} of it.\n"
	    "The threads of the second child lived {life thread-*} each: the two that "
	    "only slept ended with the one that crashed.\n",
    .twin_next = "`sudo conctrace workloads isolation`: the same without an interpreter.\n",
    .next = "`sudo conctrace workloads isolation --python`: CPython's threads "
	    "are no walls either.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static struct member threads[NR_THREADS];

/* As a wild pointer does, but always the same. */
static void crash(void)
{
	raise(SIGSEGV);
	_exit(1);
}

static void crash_alone(struct member *me)
{
	truth_burn(me->log, dur_ns / 6);
	crash();
}

/* The second thread fails, the others would go on for long. */
static void work_or_crash(struct member *me)
{
	if (me->number == 2) {
		truth_burn(me->log, dur_ns / 6);
		crash();
	}
	for (;;)
		truth_sleep(me->log, dur_ns / 10);
}

static void start_threads(struct member *me)
{
	crew_run(threads, NR_THREADS, me->log);
}

int main(int argc, char **argv)
{
	struct rlimit no_core = {0};
	struct member crasher, host, self;
	unsigned int first, second, i;

	truth_begin(argc, argv, &lesson);
	setrlimit(RLIMIT_CORE, &no_core);
	for (i = 0; i < NR_THREADS; i++)
		member_init(&threads[i], "thread-%u", i + 1, 1000, work_or_crash);
	member_init(&crasher, "crasher", 1, 4, crash_alone);
	member_init(&host, "host", 2, 8, start_threads);
	member_self(&self, "parent", 32);
	member_fork(&crasher, self.log);
	first = crew_status(member_wait(&crasher, self.log));
	truth_burn(self.log, dur_ns / 6);
	member_fork(&host, self.log);
	second = crew_status(member_wait(&host, self.log));
	truth_burn(self.log, dur_ns / 6);
	truth_usage(self.log);

	printf("isolation: the first child ended by signal %u, the second by %u, all its threads "
	       "with it; the parent goes on\n",
	       first - 128, second - 128);
	return truth_end();
}
