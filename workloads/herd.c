/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * herd: many threads wait on one condition for items that come one at a time. If each item wakes
 * all of them, one gets it and the others woke for nothing. What it shows: a thundering herd: the
 * cost of one item is as many wake-ups as there are waiters. What to look for: all lanes twitch at
 * once for each item; with --wake=one exactly one does.
 */
#include <stdio.h>

#include "crew.h"

#define MAX_THREADS 128
#define NS_PER_MS   1000000ULL

static uint64_t nr_threads = 12, nr_items = 40, wake;
static uint64_t pause_ns = 8 * NS_PER_MS;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads that wait"},
    {"items", "N", &nr_items, 1, 10000, "items that come one at a time"},
    {"wake", "all|one", &wake, 0, 0, "whom an item wakes"},
    {"pause", "S", &pause_ns, 0, 1000000000, "time between two items"},
};

static const struct truth_lesson lesson = {
    .name = "herd",
    .title = "one item wakes all who wait, one gets it, the others woke for nothing",
    .shows = "  A thundering herd: as many wake-ups as waiters, for each item.\n",
    .look = "  All lanes that twitch at once when an item comes; with --wake=one only one.\n",
    .seen = "{tasks waiter-*} waiter{s} {one was were} on a core {count running waiter-*} "
	    "{one time times}; the giver ended {wakes giver waiter-*} of their waits, and "
	    "they ended {wakes waiter-* waiter-*} of each other's.\n",
    .twin_seen = "{tasks waiter-*} waiter{s} {one was were} on a core {count running waiter-*} "
		 "{one time times}; they waited {count semaphore waiter-*} time{s} at "
		 "semaphores, to be notified or for the condition's lock, and {count gil "
		 "waiter-*} time{s} for the GIL.\n",
    .window = "40ms 100ms",
    .expect = "thundering-herd no-parallelism?",
    .next = "`sudo conctrace workloads herd --wake=one`: count the slices "
	    "again.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static uint64_t nr_there, nr_taken, nr_in_vain; /* guarded by lock */
static uint64_t nr_waiting;
static bool over;

static void take(struct member *me)
{
	pthread_mutex_lock(&lock);
	while (!over) {
		nr_waiting++;
		crew_cond_wait(me->log, &more, &lock, 0);
		nr_waiting--;
		if (nr_there > 0) {
			nr_there--;
			truth_mark(me->log, TRUTH_GOT, truth_now_ns(), ++nr_taken, 0);
			pthread_mutex_unlock(&lock);
			truth_burn(me->log, NS_PER_MS + me->number * NS_PER_MS / 8);
			pthread_mutex_lock(&lock);
		} else {
			nr_in_vain += !over;
		}
	}
	pthread_mutex_unlock(&lock);
}

static void give(struct member *me)
{
	uint64_t i;

	for (i = 1; i <= nr_items; i++) {
		truth_sleep(me->log, pause_ns);
		pthread_mutex_lock(&lock);
		nr_there++;
		truth_mark(me->log, TRUTH_PUT, truth_now_ns(), i, 0);
		pthread_mutex_unlock(&lock);
		if (wake == 0)
			pthread_cond_broadcast(&more);
		else
			pthread_cond_signal(&more);
	}
	truth_sleep(me->log, pause_ns);
	pthread_mutex_lock(&lock);
	over = true;
	pthread_mutex_unlock(&lock);
	pthread_cond_broadcast(&more);
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS + 1];
	struct member self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	member_init(&crew[0], "giver", 0, 3 * nr_items + 4, give);
	for (i = 1; i <= nr_threads; i++)
		member_init(&crew[i], "waiter-%u", i, 4 * nr_items + 4, take);
	member_self(&self, "main", nr_threads + 4);
	crew_run(crew, (unsigned int)nr_threads + 1, self.log);
	truth_count(self.log, "in-vain", nr_in_vain);
	truth_usage(self.log);

	printf("herd: %llu items taken, and %llu times a thread woke for nothing\n",
	       (unsigned long long)nr_taken, (unsigned long long)nr_in_vain);
	return truth_end();
}
