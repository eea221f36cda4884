/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * convoy: threads take one lock often and for a short time, and one of them, now and then, goes to
 * sleep with the lock in its hand. Behind it all the others line up, and stay in line.
 * What it shows: a lock that is nearly free most of the time costs everything when its holder is
 * off the core: the whole program waits for one sleep. What to look for: lanes that are blocked
 * together, all cores idle, for as long as the holder sleeps; then a burst of short turns.
 */
#include <stdio.h>

#include "crew.h"

#define MAX_THREADS 64
#define NS_PER_US   1000ULL

static uint64_t nr_threads = 6, nr_rounds = 150, hold_us = 100, work_us = 500;
static uint64_t sleep_us = 30000, sleep_every = 20;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads that share the lock"},
    {"rounds", "N", &nr_rounds, 1, 100000, "how often each takes it"},
    {"hold-us", "N", &hold_us, 0, 1000000, "time it is held, microseconds"},
    {"work-us", "N", &work_us, 0, 1000000, "work without it, microseconds"},
    {"sleep-us", "N", &sleep_us, 0, 1000000, "sleep of the first thread while it holds it"},
    {"sleep-every", "N", &sleep_every, 1, 100000, "in one of so many rounds"},
};

static const struct truth_lesson lesson = {
    .name = "convoy",
    .title = "one sleeps with the lock in its hand, and all line up behind it",
    .shows = "  Short turns with a lock become long waits when its holder sleeps.\n",
    .look = "  Times when all threads are blocked on the lock and every core is idle; then a\n"
	    "  burst of short turns.\n",
    .seen = "The threads waited {time lock worker-*} for the lock in {count lock "
	    "worker-*} wait{s}, the longest {max lock worker-*}.\n"
	    "With it in hand worker-1 slept {count sleep worker-1} time{s}, {mean sleep "
	    "worker-1} each.\n",
    .twin_seen = "The threads waited {time semaphore/one worker-*} for the lock, to the kernel "
		 "a semaphore, in {count semaphore/one worker-*} wait{s}, the longest {max "
		 "semaphore/one worker-*}.\n"
		 "With it in hand worker-1 slept {count sleep worker-1} time{s}, {mean sleep "
		 "worker-1} each.\n",
    .window = "110ms 230ms",
    .expect = "lock-held-off-core lock-serialises convoy oversubscription<6",
    .next = "`sudo conctrace workloads convoy --sleep-us 0`: is the lock ever "
	    "contended now?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;

static void work(struct member *me)
{
	uint64_t i;

	for (i = 1; i <= nr_rounds; i++) {
		uint64_t held_ns = crew_lock(me->log, &cache_lock);

		truth_burn(me->log, hold_us * NS_PER_US);
		if (me->number == 1 && sleep_us && i % sleep_every == 0)
			truth_sleep(me->log, sleep_us * NS_PER_US);
		crew_unlock(me->log, &cache_lock, held_ns);
		truth_burn(me->log, work_us * NS_PER_US);
	}
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS];
	struct member self;
	uint64_t begin_ns;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < nr_threads; i++)
		member_init(&crew[i], "worker-%u", i + 1, 6 * nr_rounds, work);
	member_self(&self, "main", nr_threads + 2);
	begin_ns = truth_now_ns();
	crew_run(crew, (unsigned int)nr_threads, self.log);
	truth_usage(self.log);

	printf("convoy: %llu turns with the lock, %llu of them asleep, %.2f s\n",
	       (unsigned long long)(nr_threads * nr_rounds),
	       (unsigned long long)(sleep_us ? nr_rounds / sleep_every : 0),
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
