/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue: producers put items into a bounded queue in shared memory, consumers take them out; all
 * are processes. A mutex guards it, and two conditions say that it is no longer full, or empty.
 * What it shows: put blocks while the queue is full, get while it is empty, and each gives up when
 * its time is up; then it is tried again. The consumers come late: not before a put has given up.
 * Each item arrives once.
 * What to look for: producers blocked on a condition when they are faster, consumers when they are;
 * each is woken by one of the other side.
 */
#include <stdbool.h>
#include <stdio.h>

#include "conctrace.h"
#include "crew.h"

#define MAX_SIDE    16
#define MAX_SLOTS   1024
#define NS_PER_US   1000ULL
#define LAST_ITEM   0 /* tells a consumer that no more come; items are numbered from 1 */
#define TIME_OUT_NS 10000000ULL
#define LATE_NS     1000000000ULL /* consumers come at last */

static uint64_t nr_producers = 2, nr_consumers = 2, nr_items = 120, nr_slots = 4;
static uint64_t put_us = 2000, get_us = 4000;
static uint64_t seed = 1;

static const struct truth_option options[] = {
    {"producers", "N", &nr_producers, 1, MAX_SIDE, "processes that put"},
    {"consumers", "N", &nr_consumers, 1, MAX_SIDE, "processes that get"},
    {"items", "N", &nr_items, 1, 100000, "items in all"},
    {"slots", "N", &nr_slots, 1, MAX_SLOTS, "how many the queue holds"},
    {"put-us", "N", &put_us, 0, 1000000, "mean work to make one, microseconds"},
    {"get-us", "N", &get_us, 0, 1000000, "mean work to use one up, microseconds"},
    {"seed", "N", &seed, 0, UINT64_MAX, "other seeds give other times"},
};

static const struct truth_lesson lesson = {
    .name = "queue",
    .title = "a bounded queue between processes: full blocks one side, empty the other",
    .shows = "  Put blocks while it is full, get while it is empty; nothing is lost.\n",
    .look = "  Producers blocked on a condition and woken by consumers, and the other way\n"
	    "  round: make the other side the slower one with --put-us.\n",
    .seen = "Producers were blocked {share condition producer-*} of their time and were "
	    "woken {wakes consumer-* producer-*} time{s} by consumers; consumers were "
	    "blocked {share condition consumer-*} and woken {wakes producer-* consumer-*} "
	    "time{s} by producers.\n",
    .twin_seen = "The producers waited {time semaphore/shared producer-*/first} for a free "
		 "slot, in {count semaphore/shared producer-*/first} wait{s}: a semaphore "
		 "counts them.\n"
		 "The consumers waited {time poll consumer-*} in poll for an item, and {time "
		 "semaphore/shared consumer-*} for the lock on the pipe's end.\n"
		 "A second thread of each process that puts writes to the pipe: {tasks "
		 "producer-*} threads are called producer.\n",
    .window = "0ms 60ms",
    .expect = "oversubscription<4",
    .next = "`sudo conctrace workloads queue --put-us 6000 --get-us 1000`: now "
	    "the consumers wait; `sudo conctrace workloads queue --slots 64`: "
	    "who never waits any more?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty, given_up;
	uint64_t items[MAX_SLOTS];
	uint64_t nr_put, nr_got; /* so far: what is between them is inside */
	uint64_t next_item;      /* number of the item made last */
	uint64_t nr_put_time_outs, nr_time_outs, sum;
};

static struct queue *queue;

/* False: it was full all the time. */
static bool try_put(struct member *me, uint64_t item)
{
	uint64_t until_ns = truth_now_ns() + TIME_OUT_NS;
	bool in_time = true;

	crew_lock(me->log, &queue->lock);
	while (in_time && queue->nr_put - queue->nr_got == nr_slots)
		in_time = crew_cond_wait(me->log, &queue->not_full, &queue->lock, until_ns);
	in_time = queue->nr_put - queue->nr_got < nr_slots;
	if (in_time) {
		queue->items[queue->nr_put++ % nr_slots] = item;
		truth_mark(me->log, TRUTH_PUT, truth_now_ns(), item, 0);
	} else {
		queue->nr_put_time_outs++;
		CONCTRACE_INSTANT("gave up");
	}
	pthread_mutex_unlock(&queue->lock);
	pthread_cond_signal(in_time ? &queue->not_empty : &queue->given_up);
	return in_time;
}

static void put(struct member *me, uint64_t item)
{
	while (!try_put(me, item))
		;
}

/* Until a producer has found the queue full for too long, where there are items enough for that. */
static void come_late(struct member *me)
{
	uint64_t until_ns = truth_now_ns() + LATE_NS;

	crew_lock(me->log, &queue->lock);
	while (nr_items > nr_slots && !queue->nr_put_time_outs)
		if (!crew_cond_wait(me->log, &queue->given_up, &queue->lock, until_ns))
			break;
	pthread_mutex_unlock(&queue->lock);
}

/* False: nothing came in time. */
static bool get(struct member *me, uint64_t *item)
{
	uint64_t until_ns = truth_now_ns() + TIME_OUT_NS;
	bool in_time = true;

	crew_lock(me->log, &queue->lock);
	while (in_time && queue->nr_put == queue->nr_got)
		in_time = crew_cond_wait(me->log, &queue->not_empty, &queue->lock, until_ns);
	in_time = queue->nr_put != queue->nr_got;
	if (in_time) {
		*item = queue->items[queue->nr_got++ % nr_slots];
		queue->sum += *item;
		truth_mark(me->log, TRUTH_GOT, truth_now_ns(), *item, 0);
	} else {
		queue->nr_time_outs++;
	}
	pthread_mutex_unlock(&queue->lock);
	if (in_time)
		pthread_cond_signal(&queue->not_full);
	return in_time;
}

/* From half the mean to one and a half. */
static uint64_t length_ns(struct member *me, uint64_t mean_us)
{
	return mean_us * NS_PER_US / 2 + truth_random(&me->seed, mean_us * NS_PER_US + 1);
}

static void produce(struct member *me)
{
	for (;;) {
		uint64_t item = __atomic_add_fetch(&queue->next_item, 1, __ATOMIC_RELAXED);

		if (item > nr_items)
			return;
		truth_burn(me->log, length_ns(me, put_us));
		put(me, item);
	}
}

static void consume(struct member *me)
{
	uint64_t item;

	for (;;) {
		if (!get(me, &item))
			continue;
		if (item == LAST_ITEM)
			return;
		truth_burn(me->log, length_ns(me, get_us));
	}
}

int main(int argc, char **argv)
{
	static struct member producers[MAX_SIDE], consumers[MAX_SIDE];
	struct member self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	queue = crew_share(sizeof(*queue));
	crew_mutex_init(&queue->lock);
	crew_cond_init(&queue->not_full);
	crew_cond_init(&queue->not_empty);
	crew_cond_init(&queue->given_up);
	for (i = 0; i < nr_producers; i++) {
		member_init(&producers[i], "producer-%u", i + 1, 6 * nr_items + 1000, produce);
		producers[i].seed = seed * 64 + i;
	}
	for (i = 0; i < nr_consumers; i++) {
		member_init(&consumers[i], "consumer-%u", i + 1, 6 * nr_items + 1000, consume);
		consumers[i].seed = seed * 64 + 32 + i;
	}
	member_self(&self, "main", 16 * MAX_SIDE);
	for (i = 0; i < nr_producers; i++)
		member_fork(&producers[i], self.log);
	come_late(&self);
	for (i = 0; i < nr_consumers; i++)
		member_fork(&consumers[i], self.log);
	for (i = 0; i < nr_producers; i++)
		member_wait(&producers[i], self.log);
	for (i = 0; i < nr_consumers; i++)
		put(&self, LAST_ITEM);
	for (i = 0; i < nr_consumers; i++)
		member_wait(&consumers[i], self.log);
	truth_count(self.log, "time-outs", queue->nr_time_outs);
	truth_count(self.log, "put-time-outs", queue->nr_put_time_outs);
	truth_usage(self.log);

	printf("queue: %llu items went through %llu slots, sum of their numbers %llu; given up: "
	       "%llu puts, %llu gets\n",
	       (unsigned long long)nr_items, (unsigned long long)nr_slots,
	       (unsigned long long)queue->sum, (unsigned long long)queue->nr_put_time_outs,
	       (unsigned long long)queue->nr_time_outs);
	return truth_end();
}
