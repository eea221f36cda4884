/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rlock: a function that takes a lock calls itself. A recursive lock lets its owner in again and
 * counts how deep; it is free for others only when the owner gave it back as often as it took it.
 * What it shows: the owner never waits for itself, the others wait for the whole depth. With a
 * plain mutex the owner would wait for ever, as in `deadlock --kind=self`.
 * What to look for: each thread runs through all its levels without blocking once it has the lock;
 * the others wait for one long time, not for one per level.
 */
#include <stdio.h>

#include "conctrace.h"
#include "crew.h"

#define MAX_THREADS 16
#define NS_PER_US   1000

static uint64_t nr_threads = 3;
static uint64_t nr_rounds = 12;
static uint64_t depth = 5;
static uint64_t level_us = 2000;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads that share the lock"},
    {"rounds", "N", &nr_rounds, 1, 10000, "how often each goes all the way down"},
    {"depth", "N", &depth, 1, 1000, "how often the owner takes it again"},
    {"level-us", "N", &level_us, 0, 1000000, "work on each level, microseconds"},
};

static const struct truth_lesson lesson = {
    .name = "rlock",
    .title = "a lock that lets its owner in again, and counts how deep",
    .shows = "  Re-entry: the owner goes through at once, the others wait for the last exit.\n",
    .look = "  The owner runs through all levels without blocking; each of the others waits\n"
	    "  once for all of them.\n",
    .seen = "{tasks walker-*} thread{s} waited {count lock walker-*} {one time times} for "
	    "the lock, {mean lock walker-*} each.\n"
	    "Two ran at once in {overlap walker-*} of the time that one of them did.\n",
    .twin_seen = "{tasks walker-*} thread{s} waited {count semaphore/one walker-*} {one time "
		 "times} for the lock, {mean semaphore/one walker-*} each.\n"
		 "To the kernel it is a semaphore, here {object semaphore walker-*}.\n"
		 "Two ran at once in {overlap walker-*} of the time that one of them did.\n",
    .window = "100ms 200ms",
    .expect = "lock-serialises lock-held-off-core?",
    .next = "`sudo conctrace workloads rlock --depth 1`, then `sudo conctrace "
	    "workloads deadlock --kind=self`: the same without re-entry.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t tree_lock;
static uint64_t nr_taken; /* guarded by tree_lock */

static void go_down(struct member *me, uint64_t level)
{
	uint64_t held_ns;

	if (level == 0) {
		held_ns = crew_lock(me->log, &tree_lock);
	} else {
		pthread_mutex_lock(&tree_lock); /* never waits */
		held_ns = 0;
	}
	nr_taken++;
	CONCTRACE_COUNTER("depth", level + 1);
	truth_burn(me->log, level_us * NS_PER_US);
	if (level + 1 < depth)
		go_down(me, level + 1);
	CONCTRACE_COUNTER("depth", level);
	if (level == 0)
		crew_unlock(me->log, &tree_lock, held_ns);
	else
		pthread_mutex_unlock(&tree_lock);
}

static void work(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_rounds; i++) {
		go_down(me, 0);
		truth_burn(me->log, level_us * NS_PER_US * 2); /* who is woken has it before */
	}
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS];
	pthread_mutexattr_t attr;
	struct member self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&tree_lock, &attr);
	for (i = 0; i < nr_threads; i++)
		member_init(&crew[i], "walker-%u", i + 1, nr_rounds * (depth + 3), work);
	member_self(&self, "main", nr_threads + 2);
	for (i = 0; i < nr_threads; i++)
		member_start(&crew[i]);
	for (i = 0; i < nr_threads; i++)
		member_join(&crew[i], self.log);
	truth_count(self.log, "taken", nr_taken);
	truth_usage(self.log);

	printf("rlock: taken %llu times, %llu levels deep\n", (unsigned long long)nr_taken,
	       (unsigned long long)depth);
	return truth_end();
}
