/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * optimistic: threads change records in transactions, in two ways, one after the other. Pessimists
 * lock the record, compute and write. Optimists read its version, compute, and write only if the
 * version is still the same (compare and swap); else all was in vain and they try again.
 * What it shows: under low contention the optimists pay nothing for locks; under high contention
 * pessimists wait off the core, and optimists burn it.
 * What to look for: pessimists blocked on locks; optimists always running, and how much of that was
 * in vain: it looks like work. --records=64 makes contention low.
 */
#include <stdio.h>

#include "conctrace.h"
#include "crew.h"

#define MAX_THREADS 16
#define MAX_RECORDS 1024
#define NS_PER_US   1000ULL

static uint64_t nr_threads = 4, nr_records = 1, nr_changes = 60, work_us = 1000;

static const struct truth_option options[] = {
    {"threads", "N", &nr_threads, 1, MAX_THREADS, "threads of each kind"},
    {"records", "N", &nr_records, 1, MAX_RECORDS, "records; one: high contention"},
    {"changes", "N", &nr_changes, 1, 100000, "transactions of each thread"},
    {"work-us", "N", &work_us, 1, 1000000, "computing in one, microseconds"},
};

static const struct truth_lesson lesson = {
    .name = "optimistic",
    .title = "compare-and-swap with retries beside a lock: burnt time against waiting time",
    .shows = "  Two ways to change shared records: try again, or wait.\n",
    .look = "  Pessimists blocked on locks; optimists always running, part of it in vain;\n"
	    "  --records=64: hardly anybody waits, hardly anything is in vain.\n",
    .seen = "Pessimists ran {time running pessimist-*} and waited {time lock pessimist-*} "
	    "for locks; optimists ran {time running optimist-*} for the same changes and "
	    "waited {time lock optimist-*}.\n",
    .twin_seen = "Pessimists ran {time running pessimist-*} and waited {time semaphore "
		 "pessimist-*} for locks, which are semaphores to the kernel; optimists ran "
		 "{time running optimist-*} for the same changes and waited {time semaphore "
		 "optimist-*}.\n",
    .expect = "lock-serialises convoy oversubscription<4 unbalanced?",
    .next = "`sudo conctrace workloads optimistic --records 64`: low "
	    "contention; who gains?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static struct record {
	pthread_mutex_t lock;
	uint64_t version; /* atomic: as many as there were changes */
} records[MAX_RECORDS];
static uint64_t nr_retries; /* atomic */

/* Which one is to be changed takes a moment, without any lock. */
static struct record *next_record(struct member *me)
{
	truth_burn(me->log, work_us * NS_PER_US / 4);
	return &records[truth_random(&me->seed, nr_records)];
}

static void be_pessimist(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_changes; i++) {
		struct record *record = next_record(me);
		uint64_t held_ns = crew_lock(me->log, &record->lock);

		truth_burn(me->log, work_us * NS_PER_US);
		record->version++;
		crew_unlock(me->log, &record->lock, held_ns);
	}
}

static void be_optimist(struct member *me)
{
	uint64_t i, in_vain = 0;

	for (i = 0; i < nr_changes; i++) {
		struct record *record = next_record(me);
		uint64_t version = __atomic_load_n(&record->version, __ATOMIC_ACQUIRE);

		truth_burn(me->log, work_us * NS_PER_US);
		while (!__atomic_compare_exchange_n(&record->version, &version, version + 1, false,
						    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			__atomic_add_fetch(&nr_retries, 1, __ATOMIC_RELAXED);
			in_vain++;
			CONCTRACE_COUNTER("in vain", in_vain);
			truth_burn(me->log, work_us * NS_PER_US);
		}
	}
}

int main(int argc, char **argv)
{
	static struct member pessimists[MAX_THREADS], optimists[MAX_THREADS];
	uint64_t begin_ns, pessimists_ns, sum = 0;
	struct member self;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < nr_threads; i++) {
		member_init(&pessimists[i], "pessimist-%u", i + 1, 4 * nr_changes, be_pessimist);
		member_init(&optimists[i], "optimist-%u", i + 1, nr_changes * (1 + 10 * nr_threads),
			    be_optimist);
	}
	for (i = 0; i < MAX_RECORDS; i++)
		pthread_mutex_init(&records[i].lock, NULL);
	member_self(&self, "main", 2 * nr_threads + 8);
	begin_ns = truth_now_ns();
	crew_run(pessimists, (unsigned int)nr_threads, self.log);
	pessimists_ns = truth_now_ns() - begin_ns;
	crew_run(optimists, (unsigned int)nr_threads, self.log);
	for (i = 0; i < MAX_RECORDS; i++)
		sum += records[i].version;
	truth_count(self.log, "lost", 2 * nr_threads * nr_changes - sum);
	truth_count(self.log, "retries", nr_retries);
	truth_usage(self.log);

	printf("optimistic: pessimists %.2f s, optimists %.2f s with %llu changes in vain for %llu "
	       "done\n",
	       (double)pessimists_ns / 1e9,
	       (double)(truth_now_ns() - begin_ns - pessimists_ns) / 1e9,
	       (unsigned long long)nr_retries, (unsigned long long)(nr_threads * nr_changes));
	return truth_end();
}
