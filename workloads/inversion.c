/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inversion: on one core, a thread of low priority holds a lock that one of high priority wants;
 * one of middle priority, which wants nothing of them, computes. It keeps the low one off the core,
 * and with that the high one too. What it shows: priority inversion, and its cure: a mutex with
 * priority inheritance (--cure=yes) lends the holder the priority of who waits for it. What to look
 * for: high blocked on the lock while middle runs and low is runnable; cured, low runs before
 * middle until it gives the lock back. Real-time priorities need a right that ordinary users lack:
 * without it the lesson says so and uses niceness, which shows the inversion, but no inheritance.
 */
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/resource.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define NR_TASKS  3

static uint64_t cure, middle_ns = 300 * NS_PER_MS;

static const struct truth_option options[] = {
    {"cure", "no|yes", &cure, 0, 0, "a mutex with priority inheritance"},
    {"seconds", "S", &middle_ns, 10 * NS_PER_MS, 10000000000, "what the middle one computes"},
};

static const struct truth_lesson lesson = {
    .name = "inversion",
    .title = "the low one holds the lock, the middle one has the core, the high one waits",
    .shows = "  Priority inversion on one core, and its cure by priority inheritance.\n",
    .look = "  high blocked on the lock while middle runs and low has no core; with\n"
	    "  --cure=yes low runs at once, and high soon after.\n",
    .seen = "high waited {time lock high} for the lock; middle ran {time running middle}, "
	    "and low waited {time runnable low} for the core.\n",
    .twin_seen = "high waited {time semaphore high} for the lock, to the kernel a semaphore; "
		 "middle ran {time running middle}, and low waited {time runnable low} for the "
		 "core.\n",
    .expect = "lock-held-off-core priority-inversion starvation",
    .next = "`sudo conctrace workloads inversion --cure=yes`: a mutex with "
	    "priority inheritance.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_mutex_t bus_lock;
static bool is_real_time;

static sem_t has_lock; /* posted by low */

enum { LOW, HIGH, MIDDLE };

/* Rows: priority, and niceness where there are no priorities. */
static const struct {
	const char *name;
	int priority, nice;
} rows[NR_TASKS] = {
    [LOW] = {"low", 10, 19},
    [HIGH] = {"high", 30, 0},
    [MIDDLE] = {"middle", 20, 0},
};

static void set_priority(int priority, int nice)
{
	struct sched_param param = {.sched_priority = priority};

	if (is_real_time)
		pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	else if (nice)
		setpriority(PRIO_PROCESS, 0, nice);
}

static void work(struct member *me)
{
	uint64_t held_ns;

	set_priority(rows[me->number].priority, rows[me->number].nice);
	if (me->number == MIDDLE) {
		truth_burn(me->log, middle_ns);
		return;
	}
	held_ns = crew_lock(me->log, &bus_lock);
	if (me->number == LOW)
		sem_post(&has_lock);
	truth_burn(me->log, me->number == LOW ? 80 * NS_PER_MS : NS_PER_MS);
	crew_unlock(me->log, &bus_lock, held_ns);
}

/* Everything on the first core this program may use. */
static void use_one_core(void)
{
	cpu_set_t cores, one;
	int cpu = 0;

	sched_getaffinity(0, sizeof(cores), &cores);
	while (!CPU_ISSET(cpu, &cores))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		crew_fail("cannot stay on one core", errno);
}

int main(int argc, char **argv)
{
	struct sched_param param = {.sched_priority = 40};
	struct member crew[NR_TASKS], self;
	pthread_mutexattr_t attr;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	pthread_mutexattr_init(&attr);
	if (cure)
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&bus_lock, &attr);
	sem_init(&has_lock, 0, 0);
	is_real_time = sched_setscheduler(0, SCHED_FIFO, &param) == 0; /* above all the others */
	use_one_core();
	for (i = 0; i < NR_TASKS; i++)
		member_init(&crew[i], rows[i].name, i, 8, work);
	member_self(&self, "main", 8);
	if (!is_real_time)
		printf(
		    "inversion: no right to real-time priorities here: niceness instead, which no "
		    "mutex lends\n");
	member_start(&crew[LOW]);
	sem_wait(&has_lock);
	member_start(&crew[HIGH]);
	truth_sleep(self.log, 10 * NS_PER_MS);
	member_start(&crew[MIDDLE]);
	for (i = 0; i < NR_TASKS; i++)
		member_join(&crew[i], self.log);
	truth_count(self.log, "real-time", is_real_time);
	truth_usage(self.log);
	printf("inversion: %s\n", cure ? "a mutex with priority inheritance" : "a plain mutex");
	return truth_end();
}
