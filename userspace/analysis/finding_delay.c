/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about single threads that wait for a core, or lose it too often. */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/delays.h"
#include "analysis/finding.h"
#include "analysis/tasks.h"
#include "base/duration.h"

#define LONG_NS         100000000 /* starved: many times what a scheduler's slice lasts */
#define OUTLIER_NS      DELAYS_LONG_NS
#define OUTLIER_OF_P50  100
#define OUTLIER_LEAST   20 /* times on a core: fewer have no median worth the name */
#define TAKEN_LEAST     10
#define MOST            2    /* one half: the taker's part of all that was taken */
#define MIGRATION_NS    5000 /* what a change of core costs by way of its caches, by assumption */
#define MIGRATION_LEAST 100

static void put_time(struct finding *f, const struct cell *row)
{
	f->begin_ns = row[DELAYS_BEGIN].number;
	f->end_ns = f->begin_ns + row[DELAYS_LONGEST].number;
}

/* "; on core 1, hog 200 ran most of that: 280 ms" */
#define RIVAL_TEXT_LEN (TASK_TEXT_LEN + DURATION_LEN + 48)
static const char *rival_text(const struct evidence *e, const struct cell *row, char *out)
{
	char name[TASK_TEXT_LEN], time[DURATION_LEN];

	*out = 0;
	if (row[DELAYS_RIVAL].known)
		snprintf(out, RIVAL_TEXT_LEN, "; on core %" PRIu64 ", %s ran most then: %s",
			 row[DELAYS_CPU].number,
			 finding_name(e, (uint32_t)row[DELAYS_RIVAL].number, name),
			 duration_text(row[DELAYS_RIVAL_NS].number, time));
	return out;
}

/* The table is sorted by what the rule compares: the worst comes first, and is told with the number
 * of the others. */
static void starvation(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], time[DURATION_LEN], moment[DURATION_LEN];
	char rival[RIVAL_TEXT_LEN], more[64] = "";
	size_t nr = 0;

	while (nr < e->delays->nr && rows_at(e->delays, nr)[DELAYS_LONGEST].number >= LONG_NS &&
	       share_of(rows_at(e->delays, nr)[DELAYS_LONGEST].number, e->wall_ns) >=
		   rule->threshold)
		nr++;
	if (nr == 0)
		return;
	const struct cell *row = rows_at(e->delays, 0);
	uint64_t ns = row[DELAYS_LONGEST].number;

	if (nr > 1)
		snprintf(more, sizeof(more), "; so did %zu more for at least %s", nr - 1,
			 duration_text(rows_at(e->delays, nr - 1)[DELAYS_LONGEST].number, time));
	struct finding *f = finding_add(
	    out, rule, e, share_of(ns, e->wall_ns),
	    "%s could have run but got no core for %s, from %s on%s%s",
	    finding_name(e, (uint32_t)row[DELAYS_TASK].number, name), duration_text(ns, time),
	    finding_moment(e, row[DELAYS_BEGIN].number, moment), rival_text(e, row, rival), more);

	put_time(f, row);
	for (size_t i = 0; i < nr; i++)
		finding_tid(f, machine_task(e->view->machine,
					    (uint32_t)rows_at(e->delays, i)[DELAYS_TASK].number)
				   ->tid);
	finding_fact(f, "longest_ns", CELL_NS, ns);
	finding_fact(f, "tasks", CELL_COUNT, nr);
}

static bool is_outlier(const struct evidence *e, const struct cell *row, uint64_t *median_ns,
		       uint64_t *times)
{
	uint64_t ns = row[DELAYS_LONGEST].number;

	if (ns < OUTLIER_NS || ns >= LONG_NS)
		return false;
	const struct cell *task = finding_task_row(e, (uint32_t)row[DELAYS_TASK].number);

	if (!task || !task[TASKS_LATENCY_P50].known)
		return false;
	*median_ns = task[TASKS_LATENCY_P50].number;
	*times = task[TASKS_SCHED_INS].number;
	return *times >= OUTLIER_LEAST && ns >= OUTLIER_OF_P50 * *median_ns;
}

static void run_queue_outlier(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], time[DURATION_LEN], moment[DURATION_LEN], half[DURATION_LEN];
	char rival[RIVAL_TEXT_LEN];
	uint64_t median_ns, times;

	for (size_t i = 0; i < e->delays->nr; i++) {
		const struct cell *row = rows_at(e->delays, i);

		if (!is_outlier(e, row, &median_ns, &times))
			continue;
		uint32_t task = (uint32_t)row[DELAYS_TASK].number;
		uint64_t ns = row[DELAYS_LONGEST].number;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "%s once waited %s for a core, from %s on, though half of its %" PRIu64
		    " waits took at most %s%s",
		    finding_name(e, task, name), duration_text(ns, time),
		    finding_moment(e, row[DELAYS_BEGIN].number, moment), times,
		    duration_text(median_ns, half), rival_text(e, row, rival));

		put_time(f, row);
		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_fact(f, "longest_ns", CELL_NS, ns);
		finding_fact(f, "median_ns", CELL_NS, median_ns);
		finding_fact(f, "waits", CELL_COUNT, times);
		return;
	}
}

/* Traced tasks of one priority that take turns are oversubscription's business, or work together.
 */
static bool is_rival(const struct evidence *e, uint32_t task, uint32_t taker)
{
	const struct task *t = machine_task(e->view->machine, task);
	const struct task *by = machine_task(e->view->machine, taker);

	return !by->traced || t->prio != by->prio;
}

static void preempted_by(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], taker_name[TASK_TEXT_LEN], time[DURATION_LEN];

	for (size_t i = 0; i < e->delays->nr; i++) {
		const struct cell *row = rows_at(e->delays, i);
		uint64_t ns = row[DELAYS_TAKEN_NS].number;

		if (!row[DELAYS_TAKER].known || row[DELAYS_TAKEN].number < TAKEN_LEAST ||
		    ns * MOST < row[DELAYS_PREEMPTED].number ||
		    share_of(ns, e->wall_ns) < rule->threshold)
			continue;
		uint32_t task = (uint32_t)row[DELAYS_TASK].number;
		uint32_t taker = (uint32_t)row[DELAYS_TAKER].number;

		if (!is_rival(e, task, taker))
			continue;
		struct finding *f =
		    finding_add(out, rule, e, share_of(ns, e->wall_ns),
				"%s took the core from %s, %" PRIu64
				" times: in all, %s went by until that one had a core again",
				finding_name(e, taker, taker_name), finding_name(e, task, name),
				row[DELAYS_TAKEN].number, duration_text(ns, time));

		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_tid(f, machine_task(e->view->machine, taker)->tid);
		finding_fact(f, "times", CELL_COUNT, row[DELAYS_TAKEN].number);
		finding_fact(f, "waited_ns", CELL_NS, ns);
		finding_fact(f, "preempted_ns", CELL_NS, row[DELAYS_PREEMPTED].number);
	}
}

static void migration_storm(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], time[DURATION_LEN];

	for (size_t i = 0; i < e->tasks->nr; i++) {
		const struct cell *row = rows_at(e->tasks, i);
		uint64_t nr = row[TASKS_MIGRATIONS].number, ran = row[TASKS_RUNNING].number;

		if (!row[TASKS_TRACED].number || nr < MIGRATION_LEAST ||
		    (double)nr * 1e9 < (double)ran * rule->threshold)
			continue;
		snprintf(name, sizeof(name), "%s %" PRIu64,
			 row[TASKS_COMM].known ? row[TASKS_COMM].text : "(no name)",
			 row[TASKS_TID].number);
		struct finding *f = finding_add(
		    out, rule, e, share_of(nr * MIGRATION_NS, e->wall_ns),
		    "%s changed its core %" PRIu64 " times, of %" PRIu64
		    " times that it got one; it ran %s at a time on average, and each time left "
		    "what it had in that core's caches",
		    name, nr, row[TASKS_SCHED_INS].number,
		    duration_text(ran / row[TASKS_SCHED_INS].number, time));

		finding_tid(f, row[TASKS_TID].number);
		finding_fact(f, "migrations", CELL_COUNT, nr);
		finding_fact(f, "sched_ins", CELL_COUNT, row[TASKS_SCHED_INS].number);
		finding_fact(f, "running_ns", CELL_NS, ran);
	}
}

static const struct rule rules[] = {
    {"starvation", 50000, WORTH_A_WORD, starvation},
    {"preempted-by", 50000, WORTH_A_WORD, preempted_by},
    {"run-queue-outlier", 10000, WORTH_A_WORD, run_queue_outlier},
    {"migration-storm", 1000, WORTH_A_WORD, migration_storm},
};

const struct family findings_delay = {rules, sizeof(rules) / sizeof(rules[0])};
