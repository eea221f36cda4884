/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * coroutines: the same game played twice at the same time. In one thread, coroutines (ucontext)
 * yield number after number to a scheduler that resumes them in turn; beside it two threads pass
 * the turn to each other with a mutex and a condition. What it shows: a coroutine switch is a jump
 * inside one thread, which the kernel never sees; a thread switch goes through the kernel's
 * scheduler and costs some tens of times as much. swapcontext(3) does call the kernel, to set the
 * signal mask, but that never blocks. What to look for: the thread `coroutines` is one solid
 * running interval in spite of thousands of switches; `ping` and `pong` alternate, blocked on
 * `condition`, each woken by the other.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "truth.h"

#define MAX_COROUTINES 256
#define MAX_SWITCHES   10000000
#define STACK_BYTES    65536
#define SCHEDULER      0 /* coroutines are numbered from 1 */
#define NS_PER_US      1000

static uint64_t nr_coroutines = 8;
static uint64_t nr_switches = 20000;
static uint64_t work_us = 80;

static const struct truth_option options[] = {
    {"coroutines", "N", &nr_coroutines, 1, MAX_COROUTINES, "coroutines in the one thread"},
    {"switches", "N", &nr_switches, 2, MAX_SWITCHES, "how often each game passes the turn"},
    {"work-us", "N", &work_us, 0, 1000000, "work in each turn, microseconds"},
};

static const struct truth_lesson lesson = {
    .name = "coroutines",
    .title = "thousands of switches inside one thread, and the same between two",
    .shows = "  A coroutine switch stays inside its thread: no kernel, no other core.\n"
	     "  A thread switch goes through the kernel's scheduler.\n",
    .look = "  'coroutines' runs without a break, and below it stands which coroutine has its\n"
	    "  turn, the scheduler before each; 'ping' and 'pong' alternate, blocked on a\n"
	    "  condition, each woken by the other. Traced by `conctrace workloads`, a coroutine\n"
	    "  switch costs microseconds, for it is a breakpoint; run alone, the last lines\n"
	    "  compare what a switch really costs.\n",
    .seen = "The coroutines' thread was blocked {count blocked coroutines} time{s} and "
	    "came to a core {count running coroutines} time{s}; ping woke pong {wakes "
	    "ping pong} time{s}.\n"
	    "The trace has {turns coroutines} turn{s} of coroutines, each begun by a "
	    "breakpoint: what the program printed of a coroutine switch is the cost of "
	    "that; run alone, it tells what one costs.\n",
    .twin_seen = "The generators' thread was blocked {count blocked generators} time{s}, the "
		 "asyncio tasks' {count blocked tasks} time{s}; ping waited {count "
		 "semaphore/one ping} time{s} for its turn, pong {count semaphore/one pong} "
		 "time{s}.\n",
    .record = "--coroutines",
    .window = "900ms 901ms",
    .expect = "oversubscription<3",
    .twin_next = "`sudo conctrace workloads coroutines`: the same without an interpreter.\n",
    .next = "`sudo conctrace workloads coroutines --python`: generators and "
	    "asyncio tasks instead.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

struct coroutine {
	ucontext_t context;
	unsigned int number;
	uint64_t value; /* the last one it yielded */
};

/* One game: how long each passing of the turn took, from the one's last moment to the other's
 * first. */
struct game {
	struct truth_log *log;
	struct truth_log *other_log; /* of pong */
	uint64_t *costs_ns;          /* [nr_switches] */
	uint64_t nr;
	uint64_t passed_ns; /* when the turn was passed on */
	uint64_t sum;       /* of all values: known beforehand */
};

/* Of the thread `coroutines` only. */
static struct coroutine coroutines[MAX_COROUTINES + 1];
static struct game inside;

/* The work of a turn: wall clock, which costs no system call to read. */
static void work(void)
{
	uint64_t end_ns = truth_now_ns() + work_us * NS_PER_US;

	while (truth_now_ns() < end_ns)
		;
}

static void turn_taken(struct game *game)
{
	if (game->nr < nr_switches)
		game->costs_ns[game->nr++] = truth_now_ns() - game->passed_ns;
}

static void switch_to(unsigned int from, unsigned int to)
{
	inside.passed_ns = truth_now_ns();
	truth_mark(inside.log, TRUTH_COROUTINE_SWITCH, inside.passed_ns, from, to);
	swapcontext(&coroutines[from].context, &coroutines[to].context);
	turn_taken(&inside);
}

/* A generator: yields 1, 2, 3 ... for ever. */
static void generate(unsigned int number)
{
	struct coroutine *me = &coroutines[number];

	turn_taken(&inside);
	for (;;) {
		work();
		me->value++;
		switch_to(number, SCHEDULER);
	}
}

static void coroutine_init(unsigned int number)
{
	struct coroutine *coroutine = &coroutines[number];
	void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || getcontext(&coroutine->context) < 0) {
		fprintf(stderr, "coroutines: no memory for a stack: %s\n", strerror(errno));
		exit(1);
	}
	coroutine->number = number;
	coroutine->context.uc_stack.ss_sp = stack;
	coroutine->context.uc_stack.ss_size = STACK_BYTES;
	makecontext(&coroutine->context, (void (*)(void))generate, 1, number);
}

/* The round-robin scheduler: resumes one after the other and takes what it yields. */
static void *run_coroutines(void *arg)
{
	struct game *game = arg;
	uint64_t i;

	truth_name(game->log, "coroutines");
	for (i = 1; i <= nr_coroutines; i++)
		coroutine_init((unsigned int)i);
	for (i = 0; i < nr_switches / 2; i++) {
		unsigned int next = 1 + (unsigned int)(i % nr_coroutines);

		switch_to(SCHEDULER, next);
		game->sum += coroutines[next].value;
	}
	truth_usage(game->log);
	return NULL;
}

/* Between ping and pong. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t passed;
	unsigned int turn;
	uint64_t left; /* turns */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER, .passed = PTHREAD_COND_INITIALIZER};

/* Waits for its turn: false when the game is over. */
static bool take_turn(struct game *game, unsigned int me)
{
	bool over;

	pthread_mutex_lock(&table.lock);
	while (table.turn != me && table.left > 0)
		pthread_cond_wait(&table.passed, &table.lock);
	over = table.left == 0;
	pthread_mutex_unlock(&table.lock);
	if (!over && game->passed_ns)
		turn_taken(game);
	return !over;
}

/* The lock is free before the signal, so that the one who is woken never waits for it. */
static void pass_turn(struct game *game, unsigned int me)
{
	game->sum += table.left;
	pthread_mutex_lock(&table.lock);
	table.left--;
	table.turn = !me;
	game->passed_ns = truth_now_ns();
	pthread_mutex_unlock(&table.lock);
	pthread_cond_signal(&table.passed);
}

static void play(struct game *game, unsigned int me)
{
	while (take_turn(game, me)) {
		work();
		pass_turn(game, me);
	}
}

static void *run_ping(void *arg)
{
	struct game *game = arg;

	truth_name(game->log, "ping");
	play(game, 0);
	truth_usage(game->log);
	return NULL;
}

static void *run_pong(void *arg)
{
	struct game *game = arg;

	truth_name(game->other_log, "pong");
	play(game, 1);
	truth_usage(game->other_log);
	return NULL;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t median_ns(struct game *game)
{
	qsort(game->costs_ns, game->nr, sizeof(*game->costs_ns), compare_numbers);
	return game->nr ? game->costs_ns[game->nr / 2] : 0;
}

static uint64_t *costs_alloc(void)
{
	uint64_t *costs_ns = calloc(nr_switches, sizeof(*costs_ns));

	if (!costs_ns) {
		fprintf(stderr, "coroutines: no memory for %llu switches\n",
			(unsigned long long)nr_switches);
		exit(1);
	}
	return costs_ns;
}

static void start(pthread_t *thread, void *(*run)(void *), struct game *game)
{
	int r = pthread_create(thread, NULL, run, game);

	if (r != 0) {
		fprintf(stderr, "coroutines: cannot make a thread: %s\n", strerror(r));
		exit(1);
	}
}

static void print_game(const char *name, struct game *game)
{
	printf("  %-30s %8llu switches, sum of values %llu, median %llu ns per switch\n", name,
	       (unsigned long long)game->nr, (unsigned long long)game->sum,
	       (unsigned long long)median_ns(game));
}

int main(int argc, char **argv)
{
	struct game between = {0};
	struct truth_log *log;
	pthread_t threads[3];
	uint64_t begin_ns;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	log = truth_log_open(4);
	inside.log = truth_log_open(nr_switches + 8);
	between.log = truth_log_open(4);
	between.other_log = truth_log_open(4);
	inside.costs_ns = costs_alloc();
	between.costs_ns = costs_alloc();
	table.left = nr_switches;

	truth_name(log, "main");
	begin_ns = truth_now_ns();
	start(&threads[0], run_coroutines, &inside);
	start(&threads[1], run_ping, &between);
	start(&threads[2], run_pong, &between);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	truth_usage(log);

	printf("coroutines: two games of %llu switches, %.1f s\n", (unsigned long long)nr_switches,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	print_game("coroutines in one thread", &inside);
	print_game("two threads and a condition", &between);
	free(inside.costs_ns);
	free(between.costs_ns);
	return truth_end();
}
