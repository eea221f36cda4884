/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock: threads pass one mutex around. Each takes it, holds it for a random time in which it works
 * or, now and then, sleeps, gives it back and works a little on its own.
 * What it shows: contention. One holds, the others are blocked on `lock`, and one who sleeps with
 * the lock in its hand makes all the others sleep with it.
 * What to look for: who holds the lock while another waits; the wake edge from the one who unlocks
 * to the one who gets it; intervals in which every core is idle though all have work to do.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

#define MAX_THREADS     256
#define MAX_ROUNDS      1000000
#define FACTS_PER_ROUND 4
#define NS_PER_US       1000

static uint64_t nr_threads = 4;
static uint64_t nr_rounds = 120;
static uint64_t hold_us = 4000;
static uint64_t seed = 1;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads that share the mutex"},
    {"rounds", "N", &nr_rounds, 1, MAX_ROUNDS, "how often each takes it"},
    {"hold-us", "N", &hold_us, 0, 10000000, "mean time it is held, microseconds"},
    {"seed", "N", &seed, 0, UINT64_MAX, "other seeds give other times"},
};

static const struct truth_lesson lesson = {
    .name = "lock",
    .title = "threads contend for one mutex, and some sleep while they hold it",
    .shows = "  Contention: one holds the lock, the others are blocked on it.\n",
    .look = "  Who holds the lock while others wait; the wake edge from unlock to the next\n"
	    "  holder; times when every core is idle because the holder sleeps.\n",
    .seen = "{tasks worker-*} worker{s} waited {time lock worker-*} for the lock in "
	    "{count lock worker-*} wait{s}; a wait took {mean lock worker-*}, the longest "
	    "{max lock worker-*}.\n"
	    "Two worked at once in only {overlap worker-*} of the time that anybody did.\n",
    .twin_seen = "{tasks worker-*} worker{s} waited {time semaphore/one worker-*} for the lock "
		 "in {count semaphore/one worker-*} wait{s}; a wait took {mean semaphore/one "
		 "worker-*}, the longest {max semaphore/one worker-*}.\n"
		 "To the kernel Python's lock is a semaphore, here {object semaphore "
		 "worker-*}.\n"
		 "For the GIL, CPython's own lock, they waited {time gil worker-*} more.\n"
		 "Two ran at once in {overlap worker-*} of the time that anybody did.\n",
    .window = "400ms 480ms",
    .expect = "lock-serialises convoy lock-held-off-core no-parallelism?",
    .next = "`sudo conctrace workloads lock --threads 16`: what changes for "
	    "each thread, and what for all?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

struct member {
	pthread_t thread;
	struct truth_log *log;
	uint64_t seed;
	uint64_t nr_waits;
	unsigned int number;
};

static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t shared_count; /* what the lock guards */

static void one_round(struct member *me)
{
	uint64_t hold_ns =
	    hold_us * NS_PER_US / 2 + truth_random(&me->seed, hold_us * NS_PER_US + 1);
	uint64_t uaddr = (uint64_t)&shared_lock, begin_ns = truth_now_ns(), held_ns;

	if (pthread_mutex_trylock(&shared_lock) == 0) {
		held_ns = truth_now_ns();
	} else {
		pthread_mutex_lock(&shared_lock);
		held_ns = truth_now_ns();
		truth_span(me->log, TRUTH_LOCK_WAIT, begin_ns, held_ns, uaddr, 0);
		me->nr_waits++;
	}
	shared_count++;
	if (truth_random(&me->seed, 4) == 0)
		truth_sleep(me->log, hold_ns);
	else
		truth_burn(me->log, hold_ns);
	truth_span(me->log, TRUTH_LOCK_HELD, held_ns, truth_now_ns(), uaddr, 0);
	pthread_mutex_unlock(&shared_lock);
	truth_burn(me->log, hold_ns / 8);
}

static void *run(void *arg)
{
	struct member *me = arg;
	uint64_t i;

	truth_name(me->log, "worker-%u", me->number);
	for (i = 0; i < nr_rounds; i++)
		one_round(me);
	truth_usage(me->log);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct member members[MAX_THREADS];
	uint64_t begin_ns, nr_waits = 0;
	struct truth_log *log;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	log = truth_log_open(4);
	for (i = 0; i < nr_threads; i++) {
		members[i].log = truth_log_open(nr_rounds * FACTS_PER_ROUND + 4);
		members[i].seed = seed * MAX_THREADS + i;
		members[i].number = i + 1;
	}
	truth_name(log, "main");
	begin_ns = truth_now_ns();
	for (i = 0; i < nr_threads; i++) {
		int r = pthread_create(&members[i].thread, NULL, run, &members[i]);

		if (r != 0) {
			fprintf(stderr, "lock: cannot make a thread: %s\n", strerror(r));
			return 1;
		}
	}
	for (i = 0; i < nr_threads; i++) {
		pthread_join(members[i].thread, NULL);
		nr_waits += members[i].nr_waits;
	}
	truth_usage(log);

	printf("lock: %llu threads took the lock %llu times, %llu found it taken, %.1f s\n",
	       (unsigned long long)nr_threads, (unsigned long long)shared_count,
	       (unsigned long long)nr_waits, (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
