/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadlock: threads (or processes) take two locks each, every one in another order, and none can
 * ever go on; or they are cured of it.
 * What it shows: a cycle: each waits for a lock that the next one holds (two, five, shared). A
 * thread that takes a plain mutex twice waits for itself (self); one that ends with a lock in its
 * hand leaves the others waiting for nobody (died). Three cures: all take the locks in the same
 * order (ordered), who finds the second one taken gives the first one back (trylock), or waits for
 * it for a while only (timeout). What to look for: the waits that never end, whom each of them
 * names as the holder, and the cycle that they make; with a cure the same threads, the same locks,
 * and an end.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

#define MAX_MEMBERS 5
#define MAX_ROUNDS  1000
#define NS_PER_MS   1000000ULL
#define NS_PER_S    1000000000ULL

#define KINDS "two|five|shared|self|died|ordered|trylock|timeout"
enum kind { TWO, FIVE, SHARED, SELF, DIED, ORDERED, TRYLOCK, TIMEOUT };

static uint64_t kind = TWO;
static uint64_t dur_ns = NS_PER_S;
static uint64_t nr_rounds = 20;

static const struct truth_option options[] = {
    {"kind", KINDS, &kind, 0, 0, "how they meet; the last three are cures"},
    {"seconds", "S", &dur_ns, 0, 3600 * NS_PER_S, "gives up after that; 0: hangs for ever"},
    {"rounds", "N", &nr_rounds, 1, MAX_ROUNDS, "how often both are taken, when cured"},
};

static const struct truth_lesson lesson = {
    .name = "deadlock",
    .title = "each holds one lock and waits for the next: nobody can go on",
    .shows = "  A cycle of waits, and what cures it: one order, try-lock, or a time-out.\n",
    .look = "  Waits for a lock that never end, and whom each names as the holder; with\n"
	    "  --kind=ordered, trylock or timeout the same threads come to an end.\n",
    .seen = "{count lock *} wait{s} for a lock took {time lock *}, the longest {max lock "
	    "*}.\n",
    .twin_seen = "taker-1 waited {time semaphore/one taker-1} at {object semaphore taker-1}, "
		 "taker-2 {time semaphore/one taker-2} at {object semaphore taker-2}: to the "
		 "kernel Python's locks are semaphores, which have no holder, so no cycle is "
		 "told.\n"
		 "Both together ran {time running taker-*}.\n",
    .expect = "deadlock",
    .next = "`sudo conctrace workloads deadlock --kind=five`, then "
	    "`--kind=self`, `--kind=died`; then the cures: `--kind=ordered`, "
	    "`--kind=trylock`, `--kind=timeout`.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

/* Shared between processes when the kind is. */
struct table {
	pthread_mutex_t locks[MAX_MEMBERS]; /* one between each two neighbours */
	sem_t first_taken;                  /* posted by each who has its first lock */
	sem_t go_on;
	uint64_t nr_done, nr_retries; /* atomic */
};

static struct table *table;
static unsigned int nr_members;
static struct member crew[MAX_MEMBERS];
static struct member self;

static bool is_cure(void)
{
	return kind >= ORDERED;
}

static void table_init(void)
{
	pthread_mutexattr_t attr;
	unsigned int i;

	table =
	    mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		crew_fail("no memory", errno);
	pthread_mutexattr_init(&attr);
	if (kind == SHARED)
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	for (i = 0; i < nr_members; i++)
		pthread_mutex_init(&table->locks[i], &attr);
	sem_init(&table->first_taken, kind == SHARED, 0);
	sem_init(&table->go_on, kind == SHARED, 0);
}

/* The wait that does not end is recorded before it begins, with no end: 0. */
static void lock_for_ever(struct member *me, pthread_mutex_t *lock)
{
	truth_span(me->log, TRUTH_LOCK_WAIT, truth_now_ns(), 0, (uint64_t)lock, 0);
	pthread_mutex_lock(lock);
	fprintf(stderr, "deadlock: %s got a lock that cannot be free\n", me->name);
	_exit(1);
}

/* Takes its first lock, waits until all have theirs, then wants its neighbour's. */
static void get_stuck(struct member *me)
{
	pthread_mutex_t *mine = &table->locks[me->number - 1];
	pthread_mutex_t *next = &table->locks[me->number % nr_members];
	uint64_t held_ns = crew_lock(me->log, mine);

	truth_span(me->log, TRUTH_LOCK_HELD, held_ns, 0, (uint64_t)mine, 0);
	truth_burn(me->log, 5 * NS_PER_MS);
	sem_post(&table->first_taken);
	sem_wait(&table->go_on);
	lock_for_ever(me, next);
}

/* Ends with the lock in its hand: the first one; the others want it. */
static void die_or_wait(struct member *me)
{
	if (me->number > 1) {
		sem_wait(&table->go_on);
		lock_for_ever(me, &table->locks[0]);
	}
	truth_span(me->log, TRUTH_LOCK_HELD, crew_lock(me->log, &table->locks[0]), 0,
		   (uint64_t)&table->locks[0], 0);
	truth_burn(me->log, 5 * NS_PER_MS);
	sem_post(&table->first_taken);
}

/* Takes the second lock: false if it was given up, for the cure of that kind. */
static bool take_second(struct member *me, pthread_mutex_t *lock, uint64_t *held_ns)
{
	uint64_t begin_ns = truth_now_ns();
	struct timespec until;

	if (kind == ORDERED) {
		*held_ns = crew_lock(me->log, lock);
		return true;
	}
	if (pthread_mutex_trylock(lock) == 0) {
		*held_ns = truth_now_ns();
		return true;
	}
	if (kind == TRYLOCK)
		return false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(2 * me->number * NS_PER_MS);
	until.tv_sec += until.tv_nsec / (long)NS_PER_S;
	until.tv_nsec %= (long)NS_PER_S;
	if (pthread_mutex_timedlock(lock, &until) == 0) {
		*held_ns = truth_now_ns();
		truth_span(me->log, TRUTH_LOCK_WAIT, begin_ns, *held_ns, (uint64_t)lock, 0);
		return true;
	}
	truth_span(me->log, TRUTH_LOCK_GIVEN_UP, begin_ns, truth_now_ns(), (uint64_t)lock, 0);
	return false;
}

/* One try at both locks; the ordered one takes the one of the lower address first. */
static bool take_both(struct member *me)
{
	pthread_mutex_t *first = &table->locks[me->number - 1];
	pthread_mutex_t *second = &table->locks[me->number % nr_members];
	uint64_t first_ns, second_ns;
	bool done;

	if (kind == ORDERED && second < first) {
		pthread_mutex_t *other = first;

		first = second;
		second = other;
	}
	first_ns = crew_lock(me->log, first);
	truth_burn(me->log, NS_PER_MS);
	done = take_second(me, second, &second_ns);
	if (done) {
		truth_burn(me->log, 2 * NS_PER_MS);
		crew_unlock(me->log, second, second_ns);
	}
	crew_unlock(me->log, first, first_ns);
	return done;
}

static void cured(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_rounds; i++) {
		while (!take_both(me)) {
			__atomic_add_fetch(&table->nr_retries, 1, __ATOMIC_RELAXED);
			/* of different length, or they would meet again and again: livelock */
			truth_sleep(me->log,
				    NS_PER_MS / 4 + truth_random(&me->seed, 2 * NS_PER_MS));
		}
		__atomic_add_fetch(&table->nr_done, 1, __ATOMIC_RELAXED);
		truth_burn(me->log, NS_PER_MS / 2);
	}
}

/* Ends the whole process some time after nobody can go on, whoever waits. */
static void __attribute__((noreturn)) give_up(void)
{
	unsigned int i;
	int status;

	if (dur_ns == 0)
		for (;;)
			pause();
	truth_sleep(self.log, dur_ns);
	printf("deadlock: %s: gave up after %.1f s\n", truth_word(KINDS, kind),
	       (double)dur_ns / 1e9);
	if (kind == SHARED) {
		for (i = 0; i < nr_members; i++)
			member_kill(&crew[i], self.log);
	}
	truth_usage(self.log);
	status = truth_end();
	_exit(status);
}

int main(int argc, char **argv)
{
	static const unsigned int members[] = {
	    [TWO] = 2,  [FIVE] = 5,    [SHARED] = 2,  [SELF] = 1,
	    [DIED] = 3, [ORDERED] = 2, [TRYLOCK] = 2, [TIMEOUT] = 2};
	unsigned int i, nr_first;

	truth_begin(argc, argv, &lesson);
	nr_members = members[kind];
	nr_first = kind == DIED ? 1 : nr_members;
	table_init();
	for (i = 0; i < nr_members; i++)
		member_init(&crew[i], kind == FIVE ? "philosopher-%u" : "taker-%u", i + 1,
			    is_cure() ? 64 * nr_rounds : 8,
			    is_cure()      ? cured
			    : kind == DIED ? die_or_wait
					   : get_stuck);
	member_self(&self, "main", 4 * nr_members);
	for (i = 0; i < nr_members; i++) {
		if (kind == SHARED)
			member_fork(&crew[i], self.log);
		else
			member_start(&crew[i]);
	}
	if (!is_cure()) {
		for (i = 0; i < nr_first; i++)
			sem_wait(&table->first_taken);
		if (kind == DIED)
			member_join(&crew[0], self.log);
		for (i = 0; i < nr_members; i++)
			sem_post(&table->go_on);
		give_up();
	}
	for (i = 0; i < nr_members; i++)
		member_join(&crew[i], self.log);
	truth_usage(self.log);
	printf("deadlock: cured (%s): both locks taken %llu times, %llu times given back\n",
	       truth_word(KINDS, kind), (unsigned long long)table->nr_done,
	       (unsigned long long)table->nr_retries);
	return truth_end();
}
