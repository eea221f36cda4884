/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forkjoin: a thread works, starts a short and a long worker, waits for both, and works again.
 * What it shows: the critical path. Only what main and the long worker do decides when all is over:
 * the short one could take several times as long, and nothing would change.
 * What to look for: the path goes from main to worker-2 where that is made, and back where it ends;
 * worker-2's sleep is on it, worker-1 is not.
 */
#include "crew.h"

#define MAX_DUR_NS UINT64_C(60000000000)

static uint64_t dur_ns = 1000000000, short_percent = 5;

static const struct truth_option options[] = {
    {"seconds", "S", &dur_ns, 1, MAX_DUR_NS, "how long it takes, about"},
    {"short", "N", &short_percent, 0, 1000, "per cent of it that the short worker works"},
};

static const struct truth_lesson lesson = {
    .name = "forkjoin",
    .title = "two workers of unequal length, and who waits for them",
    .shows =
	"  The critical path: main, the long worker, main again. The short one is not on it.\n",
    .look = "  K in the window, or the report's critical path: it adds up to the run's time.\n",
    .seen = "main waited {share join main} of its time for its workers.\n"
	    "worker-1 lived {life worker-1}, worker-2 {life worker-2}, of which it slept "
	    "{share sleep worker-2}; who ended last is on the critical path.\n",
    .twin_seen = "main waited {share child main} of its time for its workers, which are "
		 "processes.\n"
		 "worker-1 lived {life worker-1}, worker-2 {life worker-2}, of which it slept "
		 "{share sleep worker-2}; who ended last is on the critical path.\n",
    .picture = "--critical",
    .next = "`sudo conctrace workloads forkjoin --short 100`: the short worker is the longer one, "
	    "and on the critical path.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static void work_short(struct member *me)
{
	truth_burn(me->log, dur_ns / 100 * short_percent);
}

static void work_long(struct member *me)
{
	truth_burn(me->log, dur_ns * 3 / 10);
	truth_sleep(me->log, dur_ns / 5);
	truth_burn(me->log, dur_ns / 5);
}

int main(int argc, char **argv)
{
	struct member self, workers[2];

	truth_begin(argc, argv, &lesson);
	member_self(&self, "main", 8);
	member_init(&workers[0], "worker-%u", 1, 8, work_short);
	member_init(&workers[1], "worker-%u", 2, 8, work_long);
	truth_burn(self.log, dur_ns / 10);
	member_start(&workers[0]);
	member_start(&workers[1]);
	member_join(&workers[0], self.log);
	member_join(&workers[1], self.log);
	truth_burn(self.log, dur_ns / 5);
	truth_usage(self.log);
	return truth_end();
}
