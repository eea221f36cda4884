/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemon: a process has helpers that must not outlive it (daemons, in the words of Python's
 * multiprocessing) and one that may. It ends, and the daemons with it; the other one goes on.
 * What it shows: a daemon is a promise to end with its maker: here kept by the kernel, which sends
 * them a signal (prctl PR_SET_PDEATHSIG). A child without that is adopted and goes on.
 * What to look for: boss ends, daemon-1 and daemon-2 end at the same moment, in the middle of their
 * sleep; heir goes on and is waited for by somebody else.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define NS_PER_MS  1000000ULL
#define NR_DAEMONS 2

static uint64_t dur_ns = 300 * NS_PER_MS;

static const struct truth_option options[] = {
    {"seconds", "S", &dur_ns, 10 * NS_PER_MS, 60000000000, "how long it takes, about"},
};

static const struct truth_lesson lesson = {
    .name = "daemon",
    .title = "children that end with their parent, and one that outlives it",
    .shows = "  Daemons end with who made them; others are adopted and go on.\n",
    .look = "  boss and its daemons end at the same moment; heir goes on, and somebody else\n"
	    "  waits for it.\n",
    .seen = "The boss lived {life boss}, its daemons {life daemon-*} each; they slept "
	    "{count sleep daemon-*} time{s}, until they were cut off.\n"
	    "The heir lived {life heir}.\n",
    .expect = "killed-with-parent",
    .twin_next = "`sudo conctrace workloads daemon`: the kernel ends them, when their maker has "
		 "ended.\n",
    .next = "`sudo conctrace workloads daemon --python`: multiprocessing ends "
	    "its daemons itself, by a signal from their maker.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static struct member daemons[NR_DAEMONS], heir;

static void sleep_on(struct member *me)
{
	for (;;)
		truth_sleep(me->log, dur_ns / 10);
}

static void outlive(struct member *me)
{
	pid_t maker = getppid();

	prctl(PR_SET_PDEATHSIG, 0);
	while (getppid() == maker)
		truth_sleep(me->log, dur_ns / 10);
	truth_burn(me->log, dur_ns / 3);
}

static void be_boss(struct member *me)
{
	unsigned int i;

	for (i = 0; i < NR_DAEMONS; i++)
		member_fork(&daemons[i], me->log);
	member_fork(&heir, me->log);
	truth_burn(me->log, dur_ns / 2);
}

/* Waits for the orphans too, as init would. Returns how many were killed. */
static unsigned int reap_orphans(struct truth_log *log)
{
	unsigned int nr_killed = 0;
	int status;

	for (;;) {
		uint64_t begin_ns = truth_now_ns();
		pid_t child = waitpid(-1, &status, 0);

		if (child < 0)
			return nr_killed;
		truth_span(log, TRUTH_CHILD_WAIT, begin_ns, truth_now_ns(), (uint64_t)child, 0);
		truth_mark(log, TRUTH_ENDED, truth_now_ns(), (uint64_t)child, crew_status(status));
		nr_killed += WIFSIGNALED(status);
	}
}

int main(int argc, char **argv)
{
	struct member boss, self;
	unsigned int i, nr_killed;

	truth_begin(argc, argv, &lesson);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (i = 0; i < NR_DAEMONS; i++)
		member_init(&daemons[i], "daemon-%u", i + 1, 1000, sleep_on);
	member_init(&heir, "heir", 0, 1000, outlive);
	member_init(&boss, "boss", 0, 16, be_boss);
	member_self(&self, "init", 32);
	member_fork(&boss, self.log);
	member_wait(&boss, self.log);
	nr_killed = reap_orphans(self.log);
	truth_count(self.log, "killed", nr_killed);
	truth_usage(self.log);

	printf("daemon: %u daemons ended with their boss, its heir went on\n", nr_killed);
	return truth_end();
}
