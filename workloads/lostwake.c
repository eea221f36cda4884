/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lostwake: a thread looks whether it has to wait, without holding the lock, and then waits. What
 * it waits for happens in between: the signal finds nobody, and nobody sends another. What it
 * shows: a lost wake-up. A condition has no memory: who tests and who waits must hold the lock in
 * between (--cure=yes). What to look for: the signaller has long ended while the waiter still
 * waits, here until a time-out; cured, the waiter's wait is ended by the signaller.
 */
#include <semaphore.h>
#include <stdio.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define OTHER_NS  (50 * NS_PER_MS) /* what the waiter does between its look and its wait */

static uint64_t cure, time_out_ns = 500 * NS_PER_MS;

static const struct truth_option options[] = {
    {"cure", "no|yes", &cure, 0, 0, "test and wait under one lock"},
    {"time-out", "S", &time_out_ns, NS_PER_MS, 3600000000000, "when the waiter gives up"},
};

static const struct truth_lesson lesson = {
    .name = "lostwake",
    .title = "a signal that comes before the wait is lost, and the waiter waits on",
    .shows = "  A condition has no memory: testing and waiting must be one.\n",
    .look = "  A waiter that is blocked long after the signaller did its part and ended; with\n"
	    "  --cure=yes it is woken by it.\n",
    .seen = "The waiter was blocked on the condition for {time condition waiter}; the "
	    "signaller lived {life signaller} and ended {wakes signaller waiter} of its "
	    "waits.\n",
    .twin_seen = "The waiter was blocked for {time semaphore waiter} in {count semaphore "
		 "waiter} wait{s} at semaphores, of which Python's conditions are made, the "
		 "longest {max semaphore waiter}; the signaller lived {life signaller} and "
		 "ended {wakes signaller waiter} of its waits.\n",
    .expect = "time-out-waited",
    .next = "`sudo conctrace workloads lostwake --cure=yes`: the same signal, "
	    "at the same time, is not lost.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t happened;
static bool is_done; /* atomic */
/* Else it would depend on who gets a core when: the waiter has looked; it has happened. Nobody is
 * woken by the latter, or it would look like the signal. */
static sem_t has_looked;
static bool has_happened; /* atomic */

static void await(struct member *me)
{
	uint64_t until_ns;
	bool in_time = true;

	if (cure) {
		pthread_mutex_lock(&lock);
		until_ns = truth_now_ns() + time_out_ns;
		sem_post(&has_looked);
		while (!__atomic_load_n(&is_done, __ATOMIC_ACQUIRE) && in_time)
			in_time = crew_cond_wait(me->log, &happened, &lock, until_ns);
		pthread_mutex_unlock(&lock);
	} else if (!__atomic_load_n(&is_done, __ATOMIC_ACQUIRE)) {
		sem_post(&has_looked);
		do
			truth_sleep(me->log, OTHER_NS); /* in between it happens */
		while (!__atomic_load_n(&has_happened, __ATOMIC_ACQUIRE));
		pthread_mutex_lock(&lock);
		until_ns = truth_now_ns() + time_out_ns;
		in_time = crew_cond_wait(me->log, &happened, &lock, until_ns);
		pthread_mutex_unlock(&lock);
	}
	truth_count(me->log, "in-time", in_time);
}

static void signal_once(struct member *me)
{
	sem_wait(&has_looked);
	truth_sleep(me->log, 20 * NS_PER_MS);
	truth_burn(me->log, NS_PER_MS);
	pthread_mutex_lock(&lock);
	__atomic_store_n(&is_done, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	truth_mark(me->log, TRUTH_PUT, truth_now_ns(), 1, 0);
	pthread_cond_signal(&happened);
	__atomic_store_n(&has_happened, true, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	struct member crew[2], self;
	uint64_t begin_ns;

	truth_begin(argc, argv, &lesson);
	crew_cond_init(&happened);
	sem_init(&has_looked, 0, 0);
	member_init(&crew[0], "waiter", 1, 8, await);
	member_init(&crew[1], "signaller", 2, 8, signal_once);
	member_self(&self, "main", 8);
	begin_ns = truth_now_ns();
	crew_run(crew, 2, self.log);
	truth_usage(self.log);

	printf("lostwake: what was waited for happened after 20 ms; the waiter went on after %.0f "
	       "ms\n",
	       (double)(truth_now_ns() - begin_ns) / 1e6);
	return truth_end();
}
