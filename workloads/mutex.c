/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutex: threads (or processes) share one lock of a chosen kind and write down every time they took
 * it, gave it back and waited for it.
 * What it shows: each kind of lock of POSIX blocks in its own way, and who holds it is known for
 * all of them: plain, recursive and error-checking mutexes, those with priority inheritance (pi),
 * those that survive their owner (robust), those between processes (shared), and a reader-writer
 * lock. What to look for: while one runs with the lock, the others are blocked on it, and the wait
 * names the holder; of a reader-writer lock several readers hold it at once, and a writer waits for
 * all.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "crew.h"

#define MAX_THREADS     16
#define MAX_ROUNDS      100000
#define FACTS_PER_ROUND 4
#define NS_PER_US       1000

enum kind { NORMAL, RECURSIVE, ERRORCHECK, PI, ROBUST, SHARED, RWLOCK };
#define KINDS "normal|recursive|errorcheck|pi|robust|shared|rwlock"

static uint64_t kind = NORMAL;
static uint64_t nr_threads = 4;
static uint64_t nr_rounds = 60;
static uint64_t hold_us = 2000;
static uint64_t seed = 1;

static const struct truth_option options[] = {
    {"kind", KINDS, &kind, 0, 0, "the kind of lock"},
    {"threads", "N", &nr_threads, 2, MAX_THREADS, "threads; processes for the kind shared"},
    {"rounds", "N", &nr_rounds, 1, MAX_ROUNDS, "how often each takes it"},
    {"hold-us", "N", &hold_us, 0, 10000000, "mean time it is held, microseconds"},
    {"seed", "N", &seed, 0, UINT64_MAX, "other seeds give other times"},
};

static const struct truth_lesson lesson = {
    .name = "mutex",
    .title = "one lock of each kind: who holds it, who waits for it",
    .shows = "  One holds the lock, the others are blocked on it, whatever kind it is of.\n",
    .look = "  The holder's name at each wait; who is woken by whom; with --kind=rwlock\n"
	    "  readers that hold it together, and a writer that waits for all of them.\n",
    .seen = "They waited {time lock *} for the lock in {count lock *} wait{s}, {mean lock "
	    "*} each; with it in hand they slept {time sleep worker-*}, and {most "
	    "worker-*} ran at once at most.\n",
    .twin_seen = "They waited {time semaphore,file/one worker-*} for the lock in {count "
		 "semaphore,file/one worker-*} wait{s}, {mean semaphore,file/one worker-*} "
		 "each; with it in hand they slept {time sleep worker-*}, and {most worker-*} "
		 "ran at once at most.\n"
		 "The lock is {object semaphore,file worker-*}.\n",
    .twin_look =
	"  Who is woken by whom; that locks of threading have no holder to the kernel. With\n"
	"  --kind=file it keeps the lock itself, and each wait is at the file.\n",
    .twin_next = "`sudo conctrace workloads --python mutex --kind=rlock`, then "
		 "`--kind=semaphore`, `--kind=shared`, `--kind=file`: of which does the "
		 "kernel know the holder?\n",
    .window = "60ms 120ms",
    .expect = "lock-serialises convoy lock-held-off-core no-parallelism?",
    .next = "`sudo conctrace workloads mutex --kind=pi`, then `--kind=robust`, "
	    "`--kind=shared`, `--kind=rwlock`: where does the kernel keep the "
	    "holder?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

/* What is shared, also between processes. */
struct table {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	uint64_t nr_taken; /* what the lock guards; of a rwlock by writers only */
	uint64_t nr_waits; /* atomic */
	uint64_t nr_reads; /* atomic */
};

static struct table *table;

static void table_init(void)
{
	pthread_mutexattr_t attr;

	table =
	    mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		crew_fail("no memory", errno);
	pthread_mutexattr_init(&attr);
	if (kind == RECURSIVE)
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	if (kind == ERRORCHECK)
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	if (kind == PI)
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (kind == ROBUST)
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (kind == SHARED)
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&table->mutex, &attr);
	pthread_rwlock_init(&table->rwlock, NULL);
}

/* Every fourth is a writer, at least the first one. */
static bool is_reader(const struct member *me)
{
	return kind == RWLOCK && me->number % 4 != 1;
}

static bool try_lock(const struct member *me)
{
	if (kind != RWLOCK)
		return pthread_mutex_trylock(&table->mutex) == 0;
	return (is_reader(me) ? pthread_rwlock_tryrdlock(&table->rwlock)
			      : pthread_rwlock_trywrlock(&table->rwlock)) == 0;
}

static void lock(const struct member *me)
{
	if (kind != RWLOCK)
		pthread_mutex_lock(&table->mutex);
	else if (is_reader(me))
		pthread_rwlock_rdlock(&table->rwlock);
	else
		pthread_rwlock_wrlock(&table->rwlock);
}

static void unlock(void)
{
	if (kind != RWLOCK)
		pthread_mutex_unlock(&table->mutex);
	else
		pthread_rwlock_unlock(&table->rwlock);
}

/* What is done with the lock in hand: work, or in one of four cases sleep. */
static void hold(struct member *me)
{
	uint64_t hold_ns =
	    hold_us * NS_PER_US / 2 + truth_random(&me->seed, hold_us * NS_PER_US + 1);

	if (is_reader(me))
		__atomic_add_fetch(&table->nr_reads, 1, __ATOMIC_RELAXED);
	else
		table->nr_taken++;
	if (kind == RECURSIVE)
		lock(me);
	if (truth_random(&me->seed, 4) == 0)
		truth_sleep(me->log, hold_ns);
	else
		truth_burn(me->log, hold_ns);
	if (kind == RECURSIVE)
		unlock();
}

static void one_round(struct member *me)
{
	uint64_t uaddr = kind == RWLOCK ? (uint64_t)&table->rwlock : (uint64_t)&table->mutex;
	uint64_t begin_ns = truth_now_ns(), held_ns;

	if (try_lock(me)) {
		held_ns = truth_now_ns();
	} else {
		lock(me);
		held_ns = truth_now_ns();
		truth_span(me->log, is_reader(me) ? TRUTH_READ_WAIT : TRUTH_LOCK_WAIT, begin_ns,
			   held_ns, uaddr, 0);
		__atomic_add_fetch(&table->nr_waits, 1, __ATOMIC_RELAXED);
	}
	hold(me);
	truth_span(me->log, is_reader(me) ? TRUTH_READ_HELD : TRUTH_LOCK_HELD, held_ns,
		   truth_now_ns(), uaddr, 0);
	unlock();
	truth_burn(me->log, hold_us * NS_PER_US / 8);
}

static void work(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_rounds; i++)
		one_round(me);
}

int main(int argc, char **argv)
{
	static struct member crew[MAX_THREADS];
	struct member self;
	uint64_t begin_ns;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	table_init();
	for (i = 0; i < nr_threads; i++) {
		member_init(&crew[i], "worker-%u", i + 1, nr_rounds * FACTS_PER_ROUND, work);
		crew[i].seed = seed * MAX_THREADS + i;
		if (is_reader(&crew[i]))
			snprintf(crew[i].name, sizeof(crew[i].name), "reader-%u", i + 1);
		else if (kind == RWLOCK)
			snprintf(crew[i].name, sizeof(crew[i].name), "writer-%u", i + 1);
	}
	member_self(&self, "main", 4 * nr_threads);
	begin_ns = truth_now_ns();
	for (i = 0; i < nr_threads; i++) {
		if (kind == SHARED)
			member_fork(&crew[i], self.log);
		else
			member_start(&crew[i]);
	}
	for (i = 0; i < nr_threads; i++) {
		if (kind == SHARED)
			member_wait(&crew[i], self.log);
		else
			member_join(&crew[i], self.log);
	}
	truth_usage(self.log);

	printf("mutex: a lock of the kind %s, taken %llu times, shared by readers %llu times, %llu "
	       "found it taken, %.1f s\n",
	       truth_word(KINDS, kind), (unsigned long long)table->nr_taken,
	       (unsigned long long)table->nr_reads, (unsigned long long)table->nr_waits,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
