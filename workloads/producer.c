/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * producer: one thread makes items faster than another uses them up, and nothing holds it back.
 * What it shows: a queue without a bound grows as long as this goes on: the producer never waits,
 * and each item waits longer than the one before. A bound (--slots) makes the producer wait
 * instead. What to look for: a consumer that never rests; a producer that ends long before it; with
 * --slots=4 a producer blocked on a condition, and items that wait for a short time only.
 */
#include <stdio.h>

#include "conctrace.h"
#include "crew.h"

#define NS_PER_US 1000ULL
#define MAX_ITEMS 10000

static uint64_t nr_items = 150, make_us = 1000, use_us = 4000, nr_slots;

static const struct truth_option options[] = {
    {"items", "N", &nr_items, 1, MAX_ITEMS, "items"},
    {"make-us", "N", &make_us, 0, 1000000, "work to make one, microseconds"},
    {"use-us", "N", &use_us, 0, 1000000, "work to use one up, microseconds"},
    {"slots", "N", &nr_slots, 0, MAX_ITEMS, "how many the queue holds; 0: no bound"},
};

static const struct truth_lesson lesson = {
    .name = "producer",
    .title = "a producer faster than its consumer: the queue grows, or the producer waits",
    .shows = "  What a queue without a bound hides, and what a bound does.\n",
    .look = "  The producer ends long before the consumer; with --slots=4 it is blocked on a\n"
	    "  condition instead, and no item waits long.\n",
    .seen = "The producer lived {life producer} and was blocked {share condition "
	    "producer} of it; the consumer ran {share running consumer} of {life "
	    "consumer}.\n",
    .twin_seen = "The producer lived {life producer} and waited {share semaphore producer} of "
		 "it at semaphores, where a full queue makes it wait; the consumer ran {share "
		 "running consumer} of {life consumer}.\n"
		 "For the GIL, which the consumer has while it runs, the producer waited "
		 "{share gil producer} of its life.\n",
    .next = "`sudo conctrace workloads producer --slots 4`: the producer waits "
	    "instead of the items.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static uint64_t made_ns[MAX_ITEMS + 1]; /* when item i was put */
static uint64_t nr_put, nr_got, longest_queue, longest_wait_ns;

static void produce(struct member *me)
{
	uint64_t i;

	for (i = 1; i <= nr_items; i++) {
		truth_burn(me->log, make_us * NS_PER_US);
		pthread_mutex_lock(&lock);
		while (nr_slots && nr_put - nr_got == nr_slots)
			crew_cond_wait(me->log, &not_full, &lock, 0);
		nr_put = i;
		if (nr_put - nr_got > longest_queue)
			longest_queue = nr_put - nr_got;
		made_ns[i] = truth_now_ns();
		truth_mark(me->log, TRUTH_PUT, made_ns[i], i, 0);
		pthread_mutex_unlock(&lock);
		pthread_cond_signal(&not_empty);
	}
}

static void consume(struct member *me)
{
	uint64_t i;

	for (i = 1; i <= nr_items; i++) {
		uint64_t now_ns;

		pthread_mutex_lock(&lock);
		while (nr_put == nr_got)
			crew_cond_wait(me->log, &not_empty, &lock, 0);
		nr_got = i;
		now_ns = truth_now_ns();
		truth_mark(me->log, TRUTH_GOT, now_ns, i, 0);
		CONCTRACE_COUNTER("queued", nr_put - nr_got);
		pthread_mutex_unlock(&lock);
		pthread_cond_signal(&not_full);
		if (now_ns - made_ns[i] > longest_wait_ns)
			longest_wait_ns = now_ns - made_ns[i];
		truth_burn(me->log, use_us * NS_PER_US);
	}
}

int main(int argc, char **argv)
{
	struct member crew[2], self;

	truth_begin(argc, argv, &lesson);
	member_init(&crew[0], "producer", 1, 4 * nr_items, produce);
	member_init(&crew[1], "consumer", 2, 4 * nr_items, consume);
	member_self(&self, "main", 8);
	crew_run(crew, 2, self.log);
	truth_count(self.log, "longest-queue", longest_queue);
	truth_usage(self.log);

	printf("producer: at most %llu items in the queue, the longest wait of one %.1f ms\n",
	       (unsigned long long)longest_queue, (double)longest_wait_ns / 1e6);
	return truth_end();
}
