/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about cores: too few, taken by others, or left idle. */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/finding.h"
#include "analysis/load.h"
#include "analysis/pools.h"
#include "analysis/tasks.h"
#include "base/duration.h"

static const struct cell *load_of(const struct evidence *e)
{
	return rows_at(e->load, 0);
}

/* What traced tasks ran, and were runnable. */
static void traced_time(const struct evidence *e, uint64_t *running_ns, uint64_t *runnable_ns)
{
	*running_ns = *runnable_ns = 0;
	for (size_t i = 0; i < e->tasks->nr; i++) {
		const struct cell *row = rows_at(e->tasks, i);

		if (!row[TASKS_TRACED].number)
			continue;
		*running_ns += row[TASKS_RUNNING].number;
		*runnable_ns += row[TASKS_RUNNABLE].number;
	}
}

static uint64_t others_ns(const struct evidence *e)
{
	const struct rows *takers = load_of(e)[LOAD_TAKERS].rows;
	uint64_t ns = 0;

	for (size_t i = 0; i < takers->nr; i++)
		ns += rows_at(takers, i)[TAKER_RAN].number;
	return ns;
}

/* What others took would not have been short without them: it is preempted-by-others' business. */
static void oversubscription(const struct rule *rule, const struct evidence *e, struct result *out)
{
	const struct cell *load = load_of(e);
	uint64_t waited_ns = load[LOAD_SHORT].number, wall_ns = load[LOAD_SHORT_WALL].number;
	uint64_t others = others_ns(e);
	uint64_t short_ns = waited_ns > others ? waited_ns - others : 0;
	uint64_t running, runnable;
	char during[DURATION_LEN], waited[DURATION_LEN];

	traced_time(e, &running, &runnable);
	if (wall_ns == 0 || share_of(short_ns, running + runnable) < rule->threshold)
		return;
	uint64_t cores = (load[LOAD_CORES].number + wall_ns / 2) / wall_ns;
	uint64_t tenths = (uint64_t)((double)short_ns * 10 / (double)wall_ns + 0.5);
	double due = (double)wall_ns * (double)short_ns / (double)waited_ns;
	char busy[48];

	if (cores == 1)
		snprintf(busy, sizeof(busy), "the core was busy");
	else
		snprintf(busy, sizeof(busy), "all %" PRIu64 " cores were busy", cores);
	struct finding *f =
	    finding_add(out, rule, e, share_of((uint64_t)due, e->wall_ns),
			"Too few cores: for %s %s while the traced threads could have used %" PRIu64
			".%" PRIu64 " more%s; they waited %s for that",
			duration_text(wall_ns, during), busy, tenths / 10, tenths % 10,
			others * 20 > waited_ns ? ", what others took not counted" : "",
			duration_text(short_ns, waited));

	finding_fact(f, "cores", CELL_COUNT, cores);
	finding_fact(f, "short_wall_ns", CELL_NS, wall_ns);
	finding_fact(f, "waited_ns", CELL_NS, waited_ns);
	finding_fact(f, "others_ns", CELL_NS, others);
	finding_fact(f, "running_ns", CELL_NS, running);
	finding_fact(f, "runnable_ns", CELL_NS, runnable);
}

static void preempted_by_others(const struct rule *rule, const struct evidence *e,
				struct result *out)
{
	const struct cell *load = load_of(e);
	const struct rows *takers = load[LOAD_TAKERS].rows;
	uint64_t cores_ns = load[LOAD_CORES].number, others = others_ns(e), wall;
	char name[TASK_TEXT_LEN], took[DURATION_LEN], top[DURATION_LEN];
	uint64_t running, runnable;

	traced_time(e, &running, &runnable);
	wall = load[LOAD_SHORT_WALL].number;
	if (cores_ns == 0 || share_of(others, cores_ns) < rule->threshold ||
	    share_of(load[LOAD_SHORT].number, running + runnable) < rule->threshold)
		return;
	const struct cell *first = rows_at(takers, 0);
	uint32_t task = (uint32_t)first[TAKER_TASK].number;
	char percent[FINDING_PERCENT_LEN];
	uint64_t lost_ns = (uint64_t)((double)wall * (double)others / (double)cores_ns);
	struct finding *f = finding_add(
	    out, rule, e, share_of(lost_ns, e->wall_ns),
	    "Tasks that are not traced had %s of the cores while traced ones waited "
	    "for one: %s, of which %s had the most, %s",
	    finding_percent(share_of(others, cores_ns), percent), duration_text(others, took),
	    finding_name(e, task, name), duration_text(first[TAKER_RAN].number, top));

	finding_tid(f, machine_task(e->view->machine, task)->tid);
	finding_fact(f, "others_ns", CELL_NS, others);
	finding_fact(f, "cores_ns", CELL_NS, cores_ns);
	finding_fact(f, "top_ns", CELL_NS, first[TAKER_RAN].number);
}

#define REAL_PART 10 /* a tenth of what the busiest thread of its process ran: less is no part */

/* How long that thread ran that ran longest. */
static uint64_t busiest_ns(const struct rows *threads)
{
	uint64_t most = 0;

	for (size_t i = 0; i < threads->nr; i++)
		if (rows_at(threads, i)[THREAD_RAN].number > most)
			most = rows_at(threads, i)[THREAD_RAN].number;
	return most;
}

/* However many threads share the work, each that has a real part of it counts. */
static bool is_runner(const struct cell *thread, uint64_t most_ns)
{
	return thread[THREAD_RAN].number * REAL_PART >= most_ns;
}

static uint64_t nr_runners(const struct rows *threads, uint64_t most_ns)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < threads->nr; i++)
		nr += is_runner(rows_at(threads, i), most_ns);
	return nr;
}

/*
 * Whether the busiest of two runners can have had a part of the work while the other one lived: it
 * ran while that one was off its core, as they never ran at once.
 */
static bool shares_life(const struct evidence *e, const struct rows *threads, uint64_t most_ns)
{
	bool skipped = false;

	for (size_t i = 0; i < threads->nr; i++) {
		const struct cell *row = rows_at(threads, i);
		const struct cell *task = finding_task_row(e, (uint32_t)row[THREAD_TASK].number);

		if (!is_runner(row, most_ns))
			continue;
		if (!skipped && row[THREAD_RAN].number == most_ns) {
			skipped = true;
			continue;
		}
		if (!task)
			return true;
		uint64_t off_ns =
		    task[TASKS_END].number - task[TASKS_BEGIN].number - task[TASKS_RUNNING].number;

		return off_ns * REAL_PART >= row[THREAD_RAN].number;
	}
	return false;
}

#define TURNS_LEAST 100

/* "; they hand over at lock 0x5000, 2,000 times": where its threads woke each other most. */
#define TURNS_TEXT_LEN 192
static const char *turns_text(const struct evidence *e, uint64_t tgid, uint64_t *turns, char *out)
{
	const struct cell *best = NULL;

	*out = 0;
	*turns = 0;
	for (size_t i = 0; i < e->pools->nr; i++) {
		const struct cell *row = rows_at(e->pools, i);
		uint32_t task = (uint32_t)rows_at(row[POOLS_MEMBERS].rows, 0)[0].number;

		if (row[POOLS_TURNS].number < TURNS_LEAST || row[POOLS_TURNS].number <= *turns ||
		    machine_task(e->view->machine, task)->tgid != tgid)
			continue;
		best = row;
		*turns = row[POOLS_TURNS].number;
	}
	if (best)
		snprintf(out, TURNS_TEXT_LEN, "; %" PRIu64 " times one woke another at %s", *turns,
			 best[POOLS_WHERE].text);
	return out;
}

static void judge_process(const struct rule *rule, const struct evidence *e, const struct cell *row,
			  struct result *out)
{
	uint32_t leader = (uint32_t)row[PROCESS_TASK].number;
	uint64_t tgid = machine_task(e->view->machine, leader)->tgid;
	uint64_t several = row[PROCESS_SEVERAL].number;
	uint64_t ran = row[PROCESS_ONE].number + several, idle = row[PROCESS_IDLE].number;
	char name[TASK_TEXT_LEN], percent[FINDING_PERCENT_LEN], time[DURATION_LEN];
	char where[TURNS_TEXT_LEN];
	uint64_t turns;

	/* Worth a word: it ran a tenth of the time, and half of that another core was free. Where
	 * threads that could have run had none even so, they are bound. */
	if (share_of(several, ran) > rule->threshold || ran * 10 < e->wall_ns || idle * 2 < ran ||
	    row[PROCESS_BOUND].number * 2 > idle)
		return;
	const struct rows *threads = row[PROCESS_THREADS].rows;
	uint64_t most_ns = busiest_ns(threads), nr = nr_runners(threads, most_ns);

	if (nr < 2 || (nr == 2 && !shares_life(e, threads, most_ns)))
		return;
	struct finding *f = finding_add(
	    out, rule, e, share_of(idle, e->wall_ns),
	    "The %" PRIu64 " busy threads of %s take turns: for %s of the time they ran only one "
	    "did, while a core was idle for %s%s",
	    nr, finding_name(e, leader, name),
	    finding_percent(1000000 - share_of(several, ran), percent), duration_text(idle, time),
	    turns_text(e, tgid, &turns, where));

	for (size_t i = 0; i < threads->nr; i++) {
		const struct cell *thread = rows_at(threads, i);
		uint32_t task = (uint32_t)thread[THREAD_TASK].number;

		if (is_runner(thread, most_ns))
			finding_tid(f, machine_task(e->view->machine, task)->tid);
	}
	finding_fact(f, "one_ns", CELL_NS, row[PROCESS_ONE].number);
	finding_fact(f, "several_ns", CELL_NS, several);
	finding_fact(f, "idle_ns", CELL_NS, idle);
	finding_fact(f, "turns", CELL_COUNT, turns);
}

static void no_parallelism(const struct rule *rule, const struct evidence *e, struct result *out)
{
	const struct rows *rows = load_of(e)[LOAD_PROCESSES].rows;

	for (size_t i = 0; i < rows->nr; i++)
		judge_process(rule, e, rows_at(rows, i), out);
}

/* Who has a core that nobody runs on is slow without a reason of its own. */
static void stolen(const struct rule *rule, const struct evidence *e, struct result *out)
{
	uint64_t running, runnable, ns = 0;
	const struct cell *most = NULL;
	char took[DURATION_LEN], had[DURATION_LEN], mine[DURATION_LEN];
	char percent[FINDING_PERCENT_LEN], name[TASK_TEXT_LEN];

	traced_time(e, &running, &runnable);
	for (uint32_t i = 0; i < machine_nr_tasks(e->view->machine); i++) {
		const struct cell *row = finding_task_row(e, i);

		if (!row || !row[TASKS_TRACED].number)
			continue;
		ns += row[TASKS_STOLEN].number;
		if (most && most[TASKS_STOLEN].number >= row[TASKS_STOLEN].number)
			continue;
		most = row;
		finding_name(e, i, name);
	}
	if (share_of(ns, running) < rule->threshold)
		return;
	struct finding *f = finding_add(
	    out, rule, e, share_of(ns, running > e->wall_ns ? running : e->wall_ns),
	    "The host of this virtual machine, or interrupts, took %s of the %s that traced tasks "
	    "had a core, %s: of %s the most, %s. It counts as running",
	    duration_text(ns, took), duration_text(running, had),
	    finding_percent(share_of(ns, running), percent), name,
	    duration_text(most[TASKS_STOLEN].number, mine));

	finding_tid(f, most[TASKS_TID].number);
	finding_fact(f, "stolen_ns", CELL_NS, ns);
	finding_fact(f, "running_ns", CELL_NS, running);
	finding_fact(f, "top_ns", CELL_NS, most[TASKS_STOLEN].number);
}

static const struct rule rules[] = {
    {"oversubscription", 100000, WORTH_A_WORD, oversubscription},
    {"preempted-by-others", 100000, WORTH_A_WORD, preempted_by_others},
    {"no-parallelism", 50000, WORTH_A_WORD, no_parallelism},
    {"stolen", 20000, WORTH_A_WORD, stolen},
};

const struct family findings_core = {rules, sizeof(rules) / sizeof(rules[0])};
