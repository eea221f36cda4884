/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busywait: three threads wait for the same event. One asks again and again whether it has
 * happened, one asks each 200 us and sleeps in between, and one sleeps until it is told.
 * What it shows: who spins uses up a core for nothing, and it looks like work; who polls is woken a
 * thousand times for nothing, and late when it counts; who waits costs nothing and is there as
 * soon.
 * What to look for: the spinner's solid lane, the poller's dotted one and the sleeper's, blocked
 * from begin to end; on a machine without a core to spare the spinner delays the very event it
 * waits for.
 */
#include <stdio.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define POLL_NS   200000ULL

static uint64_t event_ns = 400 * NS_PER_MS;

static const struct truth_option options[] = {
    {"seconds", "S", &event_ns, NS_PER_MS, 60000000000, "when the event comes"},
};

static const struct truth_lesson lesson = {
    .name = "busywait",
    .title = "one spins until it happens, one polls, one sleeps until it is told",
    .shows = "  A core used up by asking, a thread that wakes for nothing, and a wait that costs\n"
	     "  nothing.\n",
    .look = "  The spinner's solid lane, the poller's dotted one, the sleeper's blocked one: all\n"
	    "  wait.\n",
    .seen = "The spinner ran {time running spinner}, the poller {time running poller}, "
	    "the sleeper {time running sleeper}, for the same event.\n",
    .twin_seen = "The spinner ran {time running spinner} until its event, the poller {time "
		 "running poller}; {tasks sleeper} sleeper{s} that waited for the same ran "
		 "{time running sleeper} together.\n",
    .expect = "busy-waiting",
    .next = "`sudo taskset -c 0 conctrace workloads busywait`: on one core the "
	    "spinner delays what it waits for.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static bool has_happened; /* atomic */

static void spin(struct member *me)
{
	uint64_t begin_ns = truth_now_ns(), nr_asked = 0;

	while (!__atomic_load_n(&has_happened, __ATOMIC_ACQUIRE))
		nr_asked++;
	truth_span(me->log, TRUTH_JOB, begin_ns, truth_now_ns(), nr_asked, 0);
}

static void poll_for_it(struct member *me)
{
	while (!__atomic_load_n(&has_happened, __ATOMIC_ACQUIRE))
		truth_sleep(me->log, POLL_NS);
}

static void sleep_until_told(struct member *me)
{
	pthread_mutex_lock(&lock);
	while (!has_happened)
		crew_cond_wait(me->log, &told, &lock, 0);
	pthread_mutex_unlock(&lock);
}

static void happen(struct member *me)
{
	truth_sleep(me->log, event_ns);
	pthread_mutex_lock(&lock);
	__atomic_store_n(&has_happened, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	pthread_cond_signal(&told);
}

int main(int argc, char **argv)
{
	struct member crew[4], self;

	truth_begin(argc, argv, &lesson);
	member_init(&crew[0], "spinner", 1, 4, spin);
	member_init(&crew[1], "poller", 2, event_ns / POLL_NS + 16, poll_for_it);
	member_init(&crew[2], "sleeper", 3, 4, sleep_until_told);
	member_init(&crew[3], "event", 4, 4, happen);
	member_self(&self, "main", 8);
	crew_run(crew, 4, self.log);
	truth_usage(self.log);
	printf("busywait: it happened after %.0f ms\n", (double)event_ns / 1e6);
	return truth_end();
}
