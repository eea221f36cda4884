/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads: one process starts threads, gives them names, and joins them one after the other. They
 * share its memory. One more is a daemon: nobody waits for it, and it ends with the process.
 * What it shows: a thread begins runnable, made by its creator; join blocks until the thread ends
 * and is over at once for one that ended already; the process ends when main returns.
 * What to look for: main blocked on join, woken by each end; joins of threads that ended before do
 * not block; the daemon's lane ends with the process, in the middle of a sleep.
 */
#include <stdio.h>

#include "crew.h"

#define MAX_THREADS 64
#define NS_PER_MS   1000000ULL

static uint64_t nr_threads = 4;
static uint64_t work_ns = 50 * NS_PER_MS;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads that are joined"},
    {"seconds", "S", &work_ns, 0, 60000000000, "what the shortest one works"},
};

static const struct truth_lesson lesson = {
    .name = "threads",
    .title = "start, join, names, and a daemon that ends with the process",
    .shows = "  Threads of one process: who starts them, who waits for their end.\n",
    .look =
	"  main blocked on join until that thread ends, and not blocked when it had ended\n"
	"  before: often one wait is all; the daemon, cut off in its sleep when main returns.\n",
    .seen = "main waited {time join main} in {count join main} join{s} for {tasks "
	    "worker-*} thread{s}; they ran {time running worker-*} and waited {time "
	    "runnable worker-*} for a core.\n"
	    "The daemon slept {count sleep daemon} time{s}.\n",
    .twin_seen = "main waited {time semaphore main} in {count semaphore main} wait{s} at "
		 "semaphores: for threads to begin, and in join for them to end.\n"
		 "{tasks worker-*} thread{s} ran {time running worker-*}, waited {time gil "
		 "worker-*} for the GIL and {time runnable worker-*} for a core.\n"
		 "The daemon slept {count sleep daemon} time{s}.\n",
    .expect = "oversubscription<4 unbalanced?",
    .next = "`sudo conctrace workloads threads --threads 16`: which joins still"
	    " block?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static uint64_t results[MAX_THREADS]; /* shared: one place each */

/* The third has ended when it is joined, the other ones end one after the other. */
static void work(struct member *me)
{
	static const unsigned int times[] = {1, 4, 1, 7};

	truth_burn(me->log, times[(me->number - 1) % 4] * work_ns);
	results[me->number - 1] = me->number;
}

static void serve(struct member *me)
{
	for (;;)
		truth_sleep(me->log, 20 * NS_PER_MS);
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS], daemon_thread;
	struct member self;
	uint64_t sum = 0;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < nr_threads; i++)
		member_init(&crew[i], "worker-%u", i + 1, 2, work);
	member_init(&daemon_thread, "daemon", 0, 10000, serve);
	member_self(&self, "main", nr_threads + 2);
	member_start(&daemon_thread);
	pthread_detach(daemon_thread.thread);
	for (i = 0; i < nr_threads; i++)
		member_start(&crew[i]);
	for (i = 0; i < nr_threads; i++) {
		member_join(&crew[i], self.log);
		sum += results[i];
	}
	truth_usage(self.log);
	printf("threads: %llu joined, sum of what they left %llu\n", (unsigned long long)nr_threads,
	       (unsigned long long)sum);
	return truth_end();
}
