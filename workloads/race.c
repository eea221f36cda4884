/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * race: two threads change one balance at the same time. One adds, the other takes away, as often;
 * without a lock the balance is wrong in the end, with one it is right.
 * What it shows: an update is a read, an addition and a write, and another thread's write may fall
 * in between. Both threads run at once, each on a core, and nothing blocks them: that is the
 * mistake. What to look for: two solid lanes side by side and a wrong balance; with --lock=yes one
 * lane runs while the other is blocked, the balance is right, and it takes twice as long.
 */
#include <stdio.h>
#include <time.h>

#include "conctrace.h"
#include "crew.h"

#define BATCH_NR  20000 /* updates between two looks at the clock */
#define STEPS     40    /* of work within an update */
#define MAX_FACTS 20000

static uint64_t with_lock;
static uint64_t work_ns = 300000000;

static const struct truth_option options[] = {
    {"lock", "no|yes", &with_lock, 0, 0, "whether a lock guards the balance"},
    {"seconds", "S", &work_ns, 1000000, 10000000000, "what each works"},
};

static const struct truth_lesson lesson = {
    .name = "race",
    .title = "two threads change one balance without a lock, and it comes out wrong",
    .shows = "  A lost update: both read the same balance, and one's change is overwritten.\n",
    .look = "  Two lanes that run at once, blocked on nothing, and a wrong balance; with\n"
	    "  --lock=yes they take turns, and it is right.\n",
    .seen = "Both threads ran at once in {overlap *er} of the time that one of them did; "
	    "they waited {time lock *er} for a lock, in {count lock *er} wait{s}.\n",
    .twin_seen = "Both threads ran at once in {overlap *er} of the time that one of them did: "
		 "they waited {time gil *er} for the GIL, CPython's own lock, in {count gil "
		 "*er} wait{s}.\n"
		 "At semaphores, as Python's locks are, they waited {time semaphore *er} in "
		 "{count semaphore *er} wait{s}.\n",
    .next = "`sudo conctrace workloads race --lock=yes`: the balance is right; "
	    "compare the two lanes, and the time.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
    .cores = 2,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int64_t balance; /* so that each update reads and writes it */
static volatile int64_t sums[2]; /* what each added; without the lock the other's may be old */

/* Reads the balance, works a little, writes it: the other one comes in between. */
static void update(int64_t by)
{
	int64_t before = balance;
	volatile int i;

	for (i = 0; i < STEPS; i++)
		;
	balance = before + by;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* What is missing now: without the lock it may be off by the batch that the other is at. */
static int64_t wrong_by(void)
{
	return balance - (sums[0] + sums[1]);
}

/* Leaves the sum of its updates in sums. */
static void work(struct member *me)
{
	int64_t by = me->number == 1 ? 1 : -1;
	uint64_t begin_ns = truth_now_ns();

	while (cpu_ns() < work_ns) {
		uint64_t held_ns = with_lock ? crew_lock(me->log, &lock) : 0;

		for (int i = 0; i < BATCH_NR; i++)
			update(by);
		sums[me->number - 1] += by * BATCH_NR;
		CONCTRACE_COUNTER("wrong by", wrong_by());
		if (with_lock)
			crew_unlock(me->log, &lock, held_ns);
	}
	truth_span(me->log, TRUTH_JOB, begin_ns, truth_now_ns(), me->number, begin_ns);
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"adder", "taker"};
	static struct member crew[2];
	struct member self;
	int64_t wrong;
	uint64_t begin_ns;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < 2; i++)
		member_init(&crew[i], names[i], i + 1, MAX_FACTS, work);
	member_self(&self, "main", 4);
	begin_ns = truth_now_ns();
	for (i = 0; i < 2; i++)
		member_start(&crew[i]);
	for (i = 0; i < 2; i++)
		member_join(&crew[i], self.log);
	wrong = wrong_by();
	truth_count(self.log, "wrong-by", (uint64_t)(wrong < 0 ? -wrong : wrong));
	truth_usage(self.log);

	printf("race: after %lld times +1 and %lld times -1 the balance is %lld, wrong by %lld, "
	       "%.2f s\n",
	       (long long)sums[0], (long long)-sums[1], (long long)balance, (long long)wrong,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
