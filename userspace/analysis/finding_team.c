/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about threads and processes that belong together: who made them, how they share the
 * work, how they end. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/finding.h"
#include "analysis/meeting.h"
#include "analysis/pools.h"
#include "analysis/spawns.h"
#include "analysis/tasks.h"
#include "base/duration.h"
#include "base/mem.h"

#define SERIES_LEAST 8  /* fewer are made in no time */
#define STILL        5  /* a fifth: who waits for longer meanwhile does not just start */
#define REAL_WORK    20 /* a twentieth of what the busiest did: less is no worker */
#define TOGETHER     10 /* began within a tenth of the window */
#define POOL_WAITS   3  /* by each on average: fewer are no habit */
#define PIECES       2  /* what it did above the average was at least so many pieces of work */
#define ENOUGH       4  /* a quarter of the time tells how many of them wait */
#define MAX_NAMED    3

static void serial_start(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], time[DURATION_LEN], each[DURATION_LEN];

	for (size_t i = 0; i < e->spawns->nr; i++) {
		const struct cell *row = rows_at(e->spawns, i);
		uint64_t made = row[SPAWNS_MADE].number, threads = row[SPAWNS_THREADS].number;
		uint64_t ns = row[SPAWNS_END].number - row[SPAWNS_BEGIN].number;

		if (made < SERIES_LEAST || share_of(ns, e->wall_ns) < rule->threshold ||
		    row[SPAWNS_BLOCKED].number * STILL > ns)
			continue;
		uint32_t task = (uint32_t)row[SPAWNS_TASK].number;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "%s made %" PRIu64 " %s one after the other: the last one began %s after the "
		    "first, %s for each",
		    finding_name(e, task, name), made,
		    threads == made ? "threads"
		    : threads       ? "tasks"
				    : "processes",
		    duration_text(ns, time), duration_text(ns / (made - 1), each));

		f->begin_ns = row[SPAWNS_BEGIN].number;
		f->end_ns = row[SPAWNS_END].number;
		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_fact(f, "made", CELL_COUNT, made);
		finding_fact(f, "series_ns", CELL_NS, ns);
		finding_fact(f, "blocked_ns", CELL_NS, row[SPAWNS_BLOCKED].number);
	}
}

/* Who waits for a lock or for its file still has its work to do; who waits for others has none. */
static uint64_t busy_ns(const struct cell *row)
{
	static const uint8_t own[] = {REASON_LOCK, REASON_SLEEP, REASON_FILE, REASON_FAULT,
				      REASON_IO_URING};
	uint64_t ns = row[TASKS_RUNNING].number + row[TASKS_RUNNABLE].number;

	for (size_t i = 0; i < sizeof(own); i++)
		ns += row[TASKS_BLOCKED + own[i] - 1].number;
	return ns;
}

/* Names that differ in a number only: worker-1, worker-2. */
static bool is_alike(const char *a, const char *b)
{
	size_t len = strlen(a), other = strlen(b);

	while (len && isdigit((unsigned char)a[len - 1]))
		len--;
	while (other && isdigit((unsigned char)b[other - 1]))
		other--;
	return len == other && memcmp(a, b, len) == 0;
}

static bool is_mate(const struct cell *row)
{
	return row[TASKS_TRACED].number && row[TASKS_PARENT_TID].known && row[TASKS_COMM].known;
}

/* Both were made by the same parent, at about the same time. */
static bool is_near(const struct evidence *e, const struct cell *a, const struct cell *b)
{
	uint64_t apart = a[TASKS_BEGIN].number > b[TASKS_BEGIN].number
			     ? a[TASKS_BEGIN].number - b[TASKS_BEGIN].number
			     : b[TASKS_BEGIN].number - a[TASKS_BEGIN].number;

	return a[TASKS_PARENT_TID].number == b[TASKS_PARENT_TID].number &&
	       apart * TOGETHER <= e->wall_ns;
}

/* Mates that are near each other, both threads of that process or both processes. */
static bool is_team(const struct cell *a, const struct cell *b)
{
	bool thread = a[TASKS_TGID].number == b[TASKS_TGID].number;
	bool leads = a[TASKS_TID].number == a[TASKS_TGID].number &&
		     b[TASKS_TID].number == b[TASKS_TGID].number;

	return (thread || leads) && is_alike(a[TASKS_COMM].text, b[TASKS_COMM].text);
}

/* It worked, or would have, had it had a core: four fifths of what it was busy. */
static bool is_worker(const struct cell *row)
{
	return (row[TASKS_RUNNING].number + row[TASKS_RUNNABLE].number) * 5 >= busy_ns(row) * 4;
}

/*
 * Whether it took its work at a place where many do, and only one of them at a time had any; or
 * mostly one was free, and no piece of its work was that long. Then whoever was free took the next
 * one, and who that was makes nothing slower.
 */
static bool took_what_came(const struct evidence *e, const struct cell *row, uint64_t ns)
{
	for (size_t i = 0; i < e->pools->nr; i++) {
		const struct cell *pool = rows_at(e->pools, i);
		const struct rows *members = pool[POOLS_MEMBERS].rows;

		if (!pool[POOLS_IS_POOL].number || meeting_is_gil(pool[POOLS_WHERE].text) ||
		    pool[POOLS_NONE].number * 2 >= pool[POOLS_KNOWN].number ||
		    pool[POOLS_KNOWN].number * ENOUGH < e->wall_ns)
			continue;
		for (size_t k = 0; k < members->nr; k++) {
			const struct cell *m = rows_at(members, k);
			uint32_t task = (uint32_t)m[POOL_MEMBER_TASK].number;

			if (machine_task(e->view->machine, task)->tid == row[TASKS_TID].number &&
			    (pool[POOLS_ALWAYS].number + 1 >= pool[POOLS_TASKS].number ||
			     m[POOL_MEMBER_PIECE].number * PIECES < ns))
				return true;
		}
	}
	return false;
}

/* Rows of those that may be of a team, by parent and begin. */
struct mates {
	const struct cell **rows; /* [nr] */
	size_t nr;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_mates(const void *a, const void *b)
{
	const struct cell *x = *(const struct cell *const *)a, *y = *(const struct cell *const *)b;
	int by = compare_numbers(x[TASKS_PARENT_TID].number, y[TASKS_PARENT_TID].number);

	if (by == 0)
		by = compare_numbers(x[TASKS_BEGIN].number, y[TASKS_BEGIN].number);
	return by ? by : compare_numbers((uintptr_t)x, (uintptr_t)y);
}

static void find_mates(const struct evidence *e, struct mates *m)
{
	m->rows = mem_alloc((e->tasks->nr + 1) * sizeof(*m->rows));
	for (size_t i = 0; i < e->tasks->nr; i++) {
		const struct cell *row = rows_at(e->tasks, i);

		if (is_mate(row))
			m->rows[m->nr++] = row;
	}
	qsort(m->rows, m->nr, sizeof(*m->rows), compare_mates);
}

/* Whether the team of a is told of by b, which is busier. */
static bool is_told_by(const struct cell *a, const struct cell *b)
{
	return busy_ns(b) > busy_ns(a) || (busy_ns(b) == busy_ns(a) && b < a);
}

/* Those that could be of the team of mate i: the mates from first up to end. False: it is told of
 * by another one. */
static bool find_team(const struct evidence *e, const struct mates *m, size_t i, size_t *first,
		      size_t *end)
{
	const struct cell *most = m->rows[i];

	for (*first = i; *first > 0 && is_near(e, m->rows[*first - 1], most); --*first)
		if (is_team(m->rows[*first - 1], most) && is_told_by(most, m->rows[*first - 1]))
			return false;
	for (*end = i + 1; *end < m->nr && is_near(e, m->rows[*end], most); ++*end)
		if (is_team(m->rows[*end], most) && is_told_by(most, m->rows[*end]))
			return false;
	return true;
}

static void judge_team(const struct rule *rule, const struct evidence *e, const struct mates *m,
		       size_t i, struct result *out)
{
	const struct cell *most = m->rows[i];
	char time[DURATION_LEN], others_time[DURATION_LEN];
	uint64_t sum = 0, nr = 0, max = busy_ns(most);
	size_t first, end;

	if (!find_team(e, m, i, &first, &end))
		return;
	for (size_t k = first; k < end; k++) {
		if (!is_team(m->rows[k], most) || busy_ns(m->rows[k]) * REAL_WORK < max)
			continue;
		sum += busy_ns(m->rows[k]);
		nr++;
	}
	if (nr < 2)
		return;
	uint64_t mean = sum / nr, others = (sum - max) / (nr - 1);

	if (max * 2 <= others * 3 || share_of(max - mean, e->wall_ns) < rule->threshold ||
	    took_what_came(e, most, max - mean))
		return;
	struct finding *f = finding_add(
	    out, rule, e, share_of(max - mean, e->wall_ns),
	    "The work of %" PRIu64 " tasks like %s %" PRIu64 " is uneven: that one was busy for "
	    "%s, the others for %s%s",
	    nr, most[TASKS_COMM].text, most[TASKS_TID].number, duration_text(max, time),
	    duration_text(others, others_time), nr > 2 ? " on average" : "");

	for (size_t k = first; k < end; k++)
		if (is_team(m->rows[k], most) && busy_ns(m->rows[k]) * REAL_WORK >= max)
			finding_tid(f, m->rows[k][TASKS_TID].number);
	finding_fact(f, "tasks", CELL_COUNT, nr);
	finding_fact(f, "busiest", CELL_COUNT, most[TASKS_TID].number);
	finding_fact(f, "busiest_ns", CELL_NS, max);
	finding_fact(f, "others_ns", CELL_NS, others);
}

static void unbalanced(const struct rule *rule, const struct evidence *e, struct result *out)
{
	struct mates m = {0};

	find_mates(e, &m);
	for (size_t i = 0; i < m.nr; i++)
		if (is_worker(m.rows[i]) &&
		    share_of(busy_ns(m.rows[i]), e->wall_ns) >= rule->threshold)
			judge_team(rule, e, &m, i, out);
	free(m.rows);
}

/* The process that made task, by its leader; TASK_NONE: not known. */
static uint32_t parent_process(const struct evidence *e, const struct task *t)
{
	const struct machine *m = e->view->machine;

	if (t->parent == TASK_NONE || t->parent == TASK_IDLE)
		return TASK_NONE;
	return machine_find(m, machine_task(m, t->parent)->tgid);
}

/* A process that a signal ended, when the one that had made it just had ended. */
static bool is_killed_with(const struct evidence *e, const struct task *t, const struct task *p)
{
	return t->traced && t->tid == t->tgid && t->exited && t->exit_code != INFO_NO_STATUS &&
	       WIFSIGNALED(t->exit_code) && p->exited && p->end_ns <= t->end_ns &&
	       t->end_ns - p->end_ns <= TASKS_DYING_NS && t->end_ns >= e->view->begin_ns &&
	       t->end_ns <= e->view->end_ns;
}

static void tell_killed(const struct rule *rule, const struct evidence *e, uint32_t parent,
			struct result *out)
{
	const struct machine *m = e->view->machine;
	const struct task *p = machine_task(m, parent);
	char names[MAX_NAMED * (TASK_TEXT_LEN + 2) + 8] = "", name[TASK_TEXT_LEN];
	char parent_name[TASK_TEXT_LEN], time[DURATION_LEN];
	uint64_t nr = 0, last_ns = p->end_ns;
	size_t used = 0;
	int killer = 0;

	for (uint32_t i = 1; i < machine_nr_tasks(m); i++) {
		const struct task *t = machine_task(m, i);

		if (parent_process(e, t) != parent || !is_killed_with(e, t, p))
			continue;
		if (nr++ < MAX_NAMED)
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 nr > 1 ? ", " : "", finding_name(e, i, name));
		killer = WTERMSIG(t->exit_code);
		last_ns = t->end_ns > last_ns ? t->end_ns : last_ns;
	}
	struct finding *f = finding_add(
	    out, rule, e, 0,
	    "%" PRIu64 " child%s of %s %s killed by signal %d within %s of its end: %s%s", nr,
	    nr == 1 ? "" : "ren", finding_name(e, parent, parent_name), nr == 1 ? "was" : "were",
	    killer, duration_text(last_ns - p->end_ns, time), names, nr > MAX_NAMED ? " ..." : "");

	f->begin_ns = p->end_ns;
	f->end_ns = last_ns;
	finding_tid(f, p->tid);
	finding_fact(f, "children", CELL_COUNT, nr);
	finding_fact(f, "signal", CELL_COUNT, (uint64_t)killer);
}

static void killed_with_parent(const struct rule *rule, const struct evidence *e,
			       struct result *out)
{
	const struct machine *m = e->view->machine;
	uint32_t told = TASK_NONE;

	for (uint32_t i = 1; i < machine_nr_tasks(m); i++) {
		const struct task *t = machine_task(m, i);
		uint32_t parent = parent_process(e, t);

		if (parent == TASK_NONE || parent == told ||
		    !is_killed_with(e, t, machine_task(m, parent)))
			continue;
		told = parent;
		tell_killed(rule, e, parent, out);
	}
}

static void put_pool(struct finding *f, const struct evidence *e, const struct cell *row)
{
	const struct rows *members = row[POOLS_MEMBERS].rows;

	f->begin_ns = row[POOLS_BEGIN].number;
	f->end_ns = f->begin_ns + row[POOLS_KNOWN].number;
	for (size_t i = 0; i < members->nr; i++)
		finding_tid(
		    f,
		    machine_task(e->view->machine, (uint32_t)rows_at(members, i)[0].number)->tid);
	finding_fact(f, "tasks", CELL_COUNT, row[POOLS_TASKS].number);
	finding_fact(f, "waits", CELL_COUNT, row[POOLS_WAITS].number);
	finding_fact(f, "none_waits_ns", CELL_NS, row[POOLS_NONE].number);
	finding_fact(f, "core_idle_ns", CELL_NS, row[POOLS_IDLE].number);
	finding_fact(f, "always_wait", CELL_COUNT, row[POOLS_ALWAYS].number);
}

/* A pool takes work again and again; half of the time it must be at work. */
static void pool_saturated(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char none[DURATION_LEN], idle[DURATION_LEN], percent[FINDING_PERCENT_LEN];

	for (size_t i = 0; i < e->pools->nr; i++) {
		const struct cell *row = rows_at(e->pools, i);
		uint64_t tasks = row[POOLS_TASKS].number, none_ns = row[POOLS_NONE].number;
		uint64_t idle_ns = row[POOLS_IDLE].number;

		if (!row[POOLS_IS_POOL].number || meeting_is_gil(row[POOLS_WHERE].text) ||
		    row[POOLS_WAITS].number < tasks * POOL_WAITS ||
		    none_ns * 2 < row[POOLS_KNOWN].number ||
		    share_of(idle_ns, e->wall_ns) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(idle_ns, e->wall_ns),
		    "All %" PRIu64
		    " tasks that take work at %s were at it for %s (%s), so what came "
		    "then had to wait; for %s of that a core was idle",
		    tasks, row[POOLS_WHERE].text, duration_text(none_ns, none),
		    finding_percent(share_of(none_ns, row[POOLS_KNOWN].number), percent),
		    duration_text(idle_ns, idle));

		put_pool(f, e, row);
	}
}

/* It costs no time: so it is told last. */
static void pool_too_large(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char known[DURATION_LEN];

	for (size_t i = 0; i < e->pools->nr; i++) {
		const struct cell *row = rows_at(e->pools, i);
		uint64_t tasks = row[POOLS_TASKS].number, always = row[POOLS_ALWAYS].number;

		if (!row[POOLS_IS_POOL].number || meeting_is_gil(row[POOLS_WHERE].text) ||
		    always < 2 || always == tasks || share_of(always, tasks) < rule->threshold ||
		    row[POOLS_KNOWN].number * 2 < e->wall_ns ||
		    row[POOLS_WAITS].number < (tasks - always) * POOL_WAITS)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, WORTH_A_WORD,
		    "Of %" PRIu64 " tasks that take work at %s, %" PRIu64
		    " or more waited for it in all but 2 %% of %s: no more than %" PRIu64
		    " %s at work then",
		    tasks, row[POOLS_WHERE].text, always,
		    duration_text(row[POOLS_KNOWN].number, known), tasks - always,
		    tasks - always == 1 ? "was" : "were");

		put_pool(f, e, row);
	}
}

static const struct rule rules[] = {
    {"pool-saturated", 100000, WORTH_A_WORD, pool_saturated},
    {"pool-too-large", 500000, WORTH_A_WORD, pool_too_large},
    {"serial-start", 50000, WORTH_A_WORD, serial_start},
    {"unbalanced", 100000, WORTH_A_WORD, unbalanced},
    {"killed-with-parent", 0, 0, killed_with_parent},
};

const struct family findings_team = {rules, sizeof(rules) / sizeof(rules[0])};
