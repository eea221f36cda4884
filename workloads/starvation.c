/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * starvation: readers share a reader-writer lock, and always one of them has it; a writer wants it.
 * What it shows: a lock that prefers readers, as POSIX's does by default, never lets the writer in
 * while readers keep coming; one that prefers writers does at the first occasion.
 * What to look for: the writer blocked all the time although no reader ever waits; with
 * --prefer=writer short waits on both sides.
 */
#include <stdio.h>

#include "crew.h"

#define MAX_READERS 32
#define NS_PER_MS   1000000ULL

static uint64_t nr_readers = 4, prefer, dur_ns = 600 * NS_PER_MS;

static const struct truth_option options[] = {
    {"readers", "N", &nr_readers, 2, MAX_READERS, "threads that read"},
    {"prefer", "reader|writer", &prefer, 0, 0, "whom the lock lets in first"},
    {"seconds", "S", &dur_ns, 20 * NS_PER_MS, 60000000000, "how long the readers go on"},
};

static const struct truth_lesson lesson = {
    .name = "starvation",
    .title = "a writer that never gets its turn because there is always a reader",
    .shows = "  Readers that overlap keep a writer out for ever.\n",
    .look = "  The writer blocked all the time while no reader waits; with --prefer=writer\n"
	    "  short waits on both sides.\n",
    .seen = "The writer waited {share lock writer} of its life for the lock, in {count "
	    "lock writer} wait{s}, the longest {max lock writer}; the readers ran {time "
	    "running reader-*}.\n",
    .twin_seen = "The writer waited {share semaphore writer} of its life for locks, which are "
		 "semaphores to the kernel, in {count semaphore writer} wait{s}, the longest "
		 "{max semaphore writer}; the readers ran {time running reader-*}.\n",
    .expect = "lock-wait",
    .next = "`sudo conctrace workloads starvation --prefer=writer`: who waits "
	    "now, and how long?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static pthread_rwlock_t table_lock;
static uint64_t until_ns, nr_writes, first_write_ns;

static void take(struct member *me, int (*try_lock)(pthread_rwlock_t *l),
		 int (*lock_it)(pthread_rwlock_t *l), enum truth_kind wait)
{
	uint64_t begin_ns = truth_now_ns();

	if (try_lock(&table_lock) == 0)
		return;
	lock_it(&table_lock);
	truth_span(me->log, wait, begin_ns, truth_now_ns(), (uint64_t)&table_lock, 0);
}

/* Each holds it for longer than the time until the next one begins. */
static void read_on(struct member *me)
{
	truth_sleep(me->log, me->number * 4 * NS_PER_MS / nr_readers);
	while (truth_now_ns() < until_ns) {
		uint64_t held_ns;

		take(me, pthread_rwlock_tryrdlock, pthread_rwlock_rdlock, TRUTH_READ_WAIT);
		held_ns = truth_now_ns();
		truth_burn(me->log, NS_PER_MS / 20);
		truth_sleep(me->log, 4 * NS_PER_MS);
		truth_span(me->log, TRUTH_READ_HELD, held_ns, truth_now_ns(), (uint64_t)&table_lock,
			   0);
		pthread_rwlock_unlock(&table_lock);
	}
}

static void write_on(struct member *me)
{
	uint64_t begin_ns, held_ns;

	truth_sleep(me->log, 20 * NS_PER_MS);
	begin_ns = truth_now_ns();
	do {
		take(me, pthread_rwlock_trywrlock, pthread_rwlock_wrlock, TRUTH_LOCK_WAIT);
		held_ns = truth_now_ns();
		if (nr_writes++ == 0)
			first_write_ns = held_ns - begin_ns;
		truth_burn(me->log, NS_PER_MS);
		truth_span(me->log, TRUTH_LOCK_HELD, held_ns, truth_now_ns(), (uint64_t)&table_lock,
			   0);
		pthread_rwlock_unlock(&table_lock);
		truth_sleep(me->log, 10 * NS_PER_MS);
	} while (truth_now_ns() < until_ns);
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_READERS + 1];
	pthread_rwlockattr_t attr;
	struct member self;
	unsigned int i;
	size_t nr_facts;

	truth_begin(argc, argv, &lesson);
	nr_facts = 8 * dur_ns / NS_PER_MS + 8;
	pthread_rwlockattr_init(&attr);
	if (prefer == 1)
		pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&table_lock, &attr);
	member_init(&crew[0], "writer", 0, nr_facts, write_on);
	for (i = 1; i <= nr_readers; i++)
		member_init(&crew[i], "reader-%u", i, nr_facts, read_on);
	member_self(&self, "main", nr_readers + 4);
	until_ns = truth_now_ns() + dur_ns;
	crew_run(crew, (unsigned int)nr_readers + 1, self.log);
	truth_count(self.log, "writes", nr_writes);
	truth_usage(self.log);

	printf("starvation: the writer wrote %llu times, the first time after %.0f ms\n",
	       (unsigned long long)nr_writes, (double)first_write_ns / 1e6);
	return truth_end();
}
