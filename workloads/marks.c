/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * marks: a program that says what it does. Two workers take orders from a shelf under a lock, which
 * main has first, until the shelf is full; each order is parsed and then priced, the price now and
 * then looked up twice. With conctrace.h they say so themselves: regions, an instant, a counter,
 * what the lock is called; and each lets its orders take turns as coroutines of a scheduler of its
 * own.
 * What it shows: what the kernel cannot know, beside what it saw. With --loop it measures what a
 * mark costs, recorded or not.
 * What to look for: below each worker what it said, and in `conctrace report --only marks` as many
 * regions, instants and values as are printed here.
 */
#include <pthread.h>
#include <stdio.h>

#include "conctrace.h"
#include "crew.h"

#define NR_WORKERS 2
#define NS_PER_US  1000ULL
#define FILL_TIMES 5 /* of the work that an order takes */

static uint64_t nr_orders = 200;
static uint64_t nr_loops;
static uint64_t work_us = 200;

static const struct truth_option options[] = {
    {"orders", "N", &nr_orders, 2, 1000000, "orders on the shelf"},
    {"work-us", "N", &work_us, 0, 100000, "to parse one, and to price one, microseconds"},
    {"loop", "N", &nr_loops, 0, 1000000000, "instead: make N marks in a row, say what one costs"},
};

static const struct truth_lesson lesson = {
    .name = "marks",
    .title = "a program says what it does: regions, counters, names for its lock",
    .shows = "  What the kernel cannot know: that a thread parses, or looks a price up twice.\n",
    .look = "  The lock is called shelf. Below each worker: which of its coroutines had its turn,\n"
	    "  what it parsed and priced, where it looked a price up again, and how many orders\n"
	    "  were left. The report counts and sums it.\n",
    .seen = "The workers ran {time running worker-*}; `conctrace report --only marks` "
	    "says for what.\n",
    .window = "0ms 5ms",
    .next = "`sudo conctrace workloads marks --loop 1000000`: what a million "
	    "marks cost, recorded or not.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static struct {
	pthread_mutex_t lock;
	uint64_t left;
} shelf = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What each worker counts of itself. */
static struct {
	uint64_t parsed, priced, again, values, switches;
} done[NR_WORKERS + 1];

static void work(uint64_t times)
{
	uint64_t end_ns = truth_now_ns() + times * work_us * NS_PER_US;

	while (truth_now_ns() < end_ns)
		;
}

/* Its number, from the last one to 1, or 0: there are no more. */
static uint64_t take_order(struct member *me)
{
	uint64_t order;

	pthread_mutex_lock(&shelf.lock);
	order = shelf.left;
	if (order) {
		shelf.left--;
		CONCTRACE_COUNTER("orders left", shelf.left);
		done[me->number].values++;
	}
	pthread_mutex_unlock(&shelf.lock);
	return order;
}

static void price(struct member *me, uint64_t order)
{
	CONCTRACE_REGION("price");
	done[me->number].priced++;
	work(1);
	if (order % 10)
		return;
	CONCTRACE_INSTANT("looked up again");
	done[me->number].again++;
	CONCTRACE_BEGIN("look up");
	work(1);
	CONCTRACE_END();
}

static void serve(struct member *me)
{
	uint64_t order;

	while ((order = take_order(me))) {
		CONCTRACE_COROUTINE(1 + order % 2, order % 2 ? "odd orders" : "even orders");
		done[me->number].switches++;
		CONCTRACE_BEGIN("parse");
		done[me->number].parsed++;
		work(1);
		CONCTRACE_END();
		price(me, order);
	}
	CONCTRACE_COROUTINE(0, NULL);
}

static void count_up(struct member *me)
{
	const unsigned int i = me->number;

	truth_count(me->log, "parse", done[i].parsed);
	truth_count(me->log, "price", done[i].priced);
	truth_count(me->log, "again", done[i].again);
	truth_count(me->log, "values", done[i].values);
	truth_count(me->log, "switches", done[i].switches);
}

static void serve_and_count(struct member *me)
{
	serve(me);
	count_up(me);
}

/* What is left when the loop without a mark is taken off. */
static void measure(void)
{
	volatile uint64_t i;
	uint64_t bare_ns, marked_ns, begin_ns = truth_now_ns();

	for (i = 0; i < nr_loops; i++)
		;
	bare_ns = truth_now_ns() - begin_ns;
	begin_ns = truth_now_ns();
	for (i = 0; i < nr_loops; i++)
		CONCTRACE_INSTANT("loop");
	marked_ns = truth_now_ns() - begin_ns;
	printf("marks: %llu marks, %.2f ns each beside %.2f ns of the loop\n",
	       (unsigned long long)nr_loops,
	       ((double)marked_ns - (double)bare_ns) / (double)nr_loops,
	       (double)bare_ns / (double)nr_loops);
}

int main(int argc, char **argv)
{
	struct member crew[NR_WORKERS], self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	member_self(&self, "main", 8);
	if (nr_loops) {
		measure();
		return truth_end();
	}
	CONCTRACE_LOCK(&shelf.lock, "shelf");
	member_init(&crew[0], "worker-1", 1, 16, serve_and_count);
	member_init(&crew[1], "worker-2", 2, 16, serve_and_count);
	pthread_mutex_lock(&shelf.lock);
	for (i = 0; i < NR_WORKERS; i++)
		member_start(&crew[i]);
	work(FILL_TIMES); /* meanwhile they come, and wait */
	shelf.left = nr_orders;
	pthread_mutex_unlock(&shelf.lock);
	for (i = 0; i < NR_WORKERS; i++)
		member_join(&crew[i], self.log);
	truth_usage(self.log);
	printf("marks: %llu orders, each parsed and priced, %llu looked up again\n",
	       (unsigned long long)nr_orders, (unsigned long long)nr_orders / 10);
	return truth_end();
}
