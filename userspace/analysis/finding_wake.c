/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about who wakes whom. */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/critical.h"
#include "analysis/crowds.h"
#include "analysis/finding.h"
#include "analysis/meeting.h"
#include "analysis/missed.h"
#include "analysis/pairs.h"
#include "analysis/spins.h"
#include "analysis/tasks.h"
#include "base/duration.h"

#define MIN_TURNS  100   /* fewer are no pattern */
#define MIN_RATE   1000  /* turns a second */
#define MAX_RUN_NS 50000 /* on average between two waits */

/* How long a task ran at a time, on average. */
static uint64_t mean_run_ns(const struct evidence *e, uint32_t tid)
{
	for (size_t i = 0; i < e->tasks->nr; i++) {
		const struct cell *row = rows_at(e->tasks, i);

		if (row[TASKS_TID].number == tid && row[TASKS_SCHED_INS].number)
			return row[TASKS_RUNNING].number / row[TASKS_SCHED_INS].number;
	}
	return UINT64_MAX;
}

static void ping_pong(const struct rule *rule, const struct evidence *e, struct result *out)
{
	for (size_t i = 0; i < e->pairs->nr; i++) {
		const struct cell *row = rows_at(e->pairs, i);
		uint32_t task = (uint32_t)row[PAIRS_TASK].number;
		uint32_t other = (uint32_t)row[PAIRS_OTHER].number;
		uint32_t tid = machine_task(e->view->machine, task)->tid;
		uint32_t other_tid = machine_task(e->view->machine, other)->tid;
		uint64_t turns = row[PAIRS_TURNS].number;
		uint64_t ns = row[PAIRS_END].number - row[PAIRS_BEGIN].number;
		uint32_t severity = share_of(row[PAIRS_RUNNABLE].number, e->wall_ns);
		uint64_t run_ns = mean_run_ns(e, tid), other_run_ns = mean_run_ns(e, other_tid);
		char name[TASK_TEXT_LEN], other_name[TASK_TEXT_LEN];
		char run[DURATION_LEN], wait[DURATION_LEN];

		if (turns < MIN_TURNS || ns == 0 ||
		    (double)turns * 1e9 / (double)ns < rule->threshold)
			continue;
		if (other_run_ns > run_ns)
			run_ns = other_run_ns;
		if (run_ns >= MAX_RUN_NS)
			continue;
		uint64_t rate = (uint64_t)((double)turns * 1e9 / (double)ns);
		struct finding *f = finding_add(
		    out, rule, e, severity,
		    "%s and %s wake each other %" PRIu64
		    " times a second and run at most %s at a time on average: %s went by "
		    "between waking and running",
		    finding_name(e, task, name), finding_name(e, other, other_name), rate,
		    duration_text(run_ns, run), duration_text(row[PAIRS_RUNNABLE].number, wait));

		f->begin_ns = row[PAIRS_BEGIN].number;
		f->end_ns = row[PAIRS_END].number;
		finding_tid(f, tid);
		finding_tid(f, other_tid);
		finding_fact(f, "turns", CELL_COUNT, turns);
		finding_fact(f, "mean_run_ns", CELL_NS, run_ns);
		finding_fact(f, "runnable_ns", CELL_NS, row[PAIRS_RUNNABLE].number);
	}
}

#define MIN_YIELDS    1000 /* a second of the time from the first to the last */
#define MIN_SLEEPS    200
#define MAX_GLANCE_NS 100000 /* on average between two looks: longer ones are work */

static bool is_spinning(const struct rule *rule, const struct cell *row)
{
	uint64_t yields = row[SPINS_YIELDS].number, sleeps = row[SPINS_SLEEPS].number;
	uint64_t ns = row[SPINS_END].number - row[SPINS_BEGIN].number, looks = yields + sleeps;

	return looks >= rule->threshold && row[SPINS_RAN].number / looks <= MAX_GLANCE_NS &&
	       (double)looks * 1e9 >= (double)ns * (yields > sleeps ? MIN_YIELDS : MIN_SLEEPS);
}

/* How many others of its process do it as well, and less than it; UINT64_MAX: one does it more. */
static uint64_t nr_alike(const struct rule *rule, const struct evidence *e, const struct cell *row)
{
	const struct machine *m = e->view->machine;
	const struct task *t = machine_task(m, (uint32_t)row[SPINS_TASK].number);
	uint64_t nr = 0;

	for (size_t i = 0; i < e->spins->nr; i++) {
		const struct cell *other = rows_at(e->spins, i);

		if (other == row || !is_spinning(rule, other) ||
		    machine_task(m, (uint32_t)other[SPINS_TASK].number)->tgid != t->tgid)
			continue;
		if (other[SPINS_RAN].number > row[SPINS_RAN].number ||
		    (other[SPINS_RAN].number == row[SPINS_RAN].number && other < row))
			return UINT64_MAX;
		nr++;
	}
	return nr;
}

static void tell_spinning(const struct rule *rule, const struct evidence *e, const struct cell *row,
			  uint64_t alike, struct result *out)
{
	char name[TASK_TEXT_LEN], ran[DURATION_LEN], each[DURATION_LEN], slept[DURATION_LEN];
	uint64_t yields = row[SPINS_YIELDS].number, sleeps = row[SPINS_SLEEPS].number;
	uint32_t task = (uint32_t)row[SPINS_TASK].number;
	uint32_t severity = share_of(row[SPINS_RAN].number, e->wall_ns);
	char more[64] = "";
	struct finding *f;

	finding_name(e, task, name);
	duration_text(row[SPINS_RAN].number, ran);
	duration_text(row[SPINS_RAN].number / (yields + sleeps), each);
	if (alike)
		snprintf(more, sizeof(more), "; %" PRIu64 " more thread%s of its process did so",
			 alike, alike == 1 ? "" : "s");
	if (yields > sleeps)
		f = finding_add(out, rule, e, severity,
				"%s gave its core away %" PRIu64
				" times and was runnable at once: it ran %s in between, %s "
				"at a time, instead of waiting to be woken%s",
				name, yields, ran, each, more);
	else
		f = finding_add(
		    out, rule, e, severity,
		    "%s slept %" PRIu64 " times for %s on average and ran %s at a time in "
		    "between, %s in all: it looks again and again, or works in "
		    "tiny steps%s",
		    name, sleeps, duration_text(row[SPINS_SLEPT].number / sleeps, slept), each, ran,
		    more);
	f->begin_ns = row[SPINS_BEGIN].number;
	f->end_ns = row[SPINS_END].number;
	finding_tid(f, machine_task(e->view->machine, task)->tid);
	finding_fact(f, "yields", CELL_COUNT, yields);
	finding_fact(f, "sleeps", CELL_COUNT, sleeps);
	finding_fact(f, "ran_ns", CELL_NS, row[SPINS_RAN].number);
	finding_fact(f, "slept_ns", CELL_NS, row[SPINS_SLEPT].number);
}

static void busy_waiting(const struct rule *rule, const struct evidence *e, struct result *out)
{
	for (size_t i = 0; i < e->spins->nr; i++) {
		const struct cell *row = rows_at(e->spins, i);
		uint64_t alike = is_spinning(rule, row) ? nr_alike(rule, e, row) : UINT64_MAX;

		if (alike != UINT64_MAX)
			tell_spinning(rule, e, row, alike, out);
	}
}

#define MIN_CROWDS 20

/* Those that had something to do were few: of all that are woken for work of a few microseconds
 * each, as for a barrier's next round, some need a little longer by chance. */
static bool few_got_it(uint64_t got, uint64_t woken, uint64_t times)
{
	return got <= times * 2 || got * 4 <= woken;
}

/* Half or more went back with nothing. If all did, it was not for one that so many were woken. */
static void thundering_herd(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char time[DURATION_LEN], percent[FINDING_PERCENT_LEN];

	for (size_t i = 0; i < e->crowds->nr; i++) {
		const struct cell *row = rows_at(e->crowds, i);
		uint64_t times = row[CROWDS_TIMES].number, woken = row[CROWDS_WOKEN].number;
		uint64_t vain = row[CROWDS_VAIN].number, ns = row[CROWDS_VAIN_NS].number;

		if (times < MIN_CROWDS || share_of(vain, woken) < rule->threshold ||
		    (woken - vain) * 2 < times || !few_got_it(woken - vain, woken, times))
			continue;
		uint64_t tenths = (woken * 10 + times / 2) / times;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "Thundering herd at %s: %" PRIu64 " times %" PRIu64 ".%" PRIu64
		    " tasks on average were woken at once, and %s of them waited there again "
		    "after running for less than 30 µs; they spent %s on it",
		    row[CROWDS_WHERE].text, times, tenths / 10, tenths % 10,
		    finding_percent(share_of(vain, woken), percent), duration_text(ns, time));

		f->begin_ns = row[CROWDS_BEGIN].number;
		f->end_ns = row[CROWDS_END].number;
		finding_tid(f,
			    machine_task(e->view->machine, (uint32_t)row[CROWDS_TASK].number)->tid);
		finding_fact(f, "times", CELL_COUNT, times);
		finding_fact(f, "woken", CELL_COUNT, woken);
		finding_fact(f, "in_vain", CELL_COUNT, vain);
		finding_fact(f, "in_vain_ns", CELL_NS, ns);
	}
}

/* How long the critical path waits with the task for another one that never wakes it, at most as
 * long as that. */
static uint64_t path_waits_ns(const struct evidence *e, uint32_t task, uint64_t ns)
{
	uint32_t tid = machine_task(e->view->machine, task)->tid;
	uint64_t path_ns = 0;

	for (size_t i = 0; i < e->critical->nr; i++) {
		const struct cell *row = rows_at(e->critical, i);

		if (row[CRITICAL_TID].known && row[CRITICAL_TID].number == tid)
			path_ns = row[CRITICAL_BLOCKED + REASON_CONDITION - 1].number +
				  row[CRITICAL_BLOCKED + REASON_SEMAPHORE - 1].number;
	}
	return path_ns < ns ? path_ns : ns;
}

#define MIN_WOKEN  3 /* that it is woken is the rule */
#define LATE       5 /* times as long as waits that are ended by a wake */
#define LOST_LEAST WORTH_A_WORD

/* How much of the critical path may be for want of a wake; 0: that is not it. */
static uint64_t lost_ns(const struct evidence *e, const struct cell *row)
{
	uint64_t nr = row[MISSED_LATE].number, ns = row[MISSED_LATE_NS].number;
	uint64_t woken = row[MISSED_WOKEN].number, woken_ns = row[MISSED_WOKEN_NS].number;
	uint64_t path_ns = path_waits_ns(e, (uint32_t)row[MISSED_TASK].number, ns);

	if (nr == 0 || woken < MIN_WOKEN || meeting_is_gil(row[MISSED_WHERE].text) || woken < nr ||
	    ns / nr < LATE * (woken_ns / woken) || row[MISSED_IDLE].number > nr ||
	    share_of(path_ns, e->wall_ns) < LOST_LEAST)
		return 0;
	return path_ns;
}

static void lost_wake(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], late[DURATION_LEN], mean[DURATION_LEN], path[DURATION_LEN];

	for (size_t i = 0; i < e->missed->nr; i++) {
		const struct cell *row = rows_at(e->missed, i);
		uint64_t nr = row[MISSED_LATE].number, ns = row[MISSED_LATE_NS].number;
		uint64_t woken = row[MISSED_WOKEN].number, woken_ns = row[MISSED_WOKEN_NS].number;
		uint32_t task = (uint32_t)row[MISSED_TASK].number;
		uint64_t path_ns = lost_ns(e, row);

		if (path_ns == 0)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(path_ns, e->wall_ns),
		    "%s waited at %s until its time was up, %" PRIu64
		    " time%s, %s in all, and then had work; %" PRIu64
		    " other waits there were ended by a wake, after %s on average: wakes may be "
		    "lost, and the critical path waits with it for %s",
		    finding_name(e, task, name), row[MISSED_WHERE].text, nr, nr == 1 ? "" : "s",
		    duration_text(ns, late), woken, duration_text(woken_ns / woken, mean),
		    duration_text(path_ns, path));

		f->begin_ns = row[MISSED_BEGIN].number;
		f->end_ns = row[MISSED_END].number;
		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_fact(f, "late", CELL_COUNT, nr);
		finding_fact(f, "late_ns", CELL_NS, ns);
		finding_fact(f, "critical_ns", CELL_NS, path_ns);
		finding_fact(f, "woken", CELL_COUNT, woken);
		finding_fact(f, "woken_ns", CELL_NS, woken_ns);
		finding_fact(f, "idle", CELL_COUNT, row[MISSED_IDLE].number);
	}
}

static void time_out_waited(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], timed[DURATION_LEN], path[DURATION_LEN];

	for (size_t i = 0; i < e->missed->nr; i++) {
		const struct cell *row = rows_at(e->missed, i);
		uint32_t task = (uint32_t)row[MISSED_TASK].number;
		/* Who waits there again at once had just looked: what it waits for ends later. */
		uint64_t nr = row[MISSED_TIMED].number - row[MISSED_IDLE].number;
		uint64_t ns = row[MISSED_TIMED_NS].number - row[MISSED_IDLE_NS].number;
		uint64_t path_ns = path_waits_ns(e, task, ns);
		bool alone = row[MISSED_TASKS].number == 1 && row[MISSED_ANY_WOKEN].number == 0;

		if (meeting_is_gil(row[MISSED_WHERE].text) || lost_ns(e, row) ||
		    share_of(path_ns, e->wall_ns) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(path_ns, e->wall_ns),
		    "%s waited at %s until its time was up, %" PRIu64
		    " time%s, %s in all; the critical path waits with it for %s%s",
		    finding_name(e, task, name), row[MISSED_WHERE].text, nr, nr == 1 ? "" : "s",
		    duration_text(ns, timed), duration_text(path_ns, path),
		    alone ? ". Nobody else waits there, and nobody was ever woken there: it is a "
			    "sleep, unless a wake came before the wait"
			  : ", as nobody woke it");

		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_fact(f, "timed", CELL_COUNT, nr);
		finding_fact(f, "timed_ns", CELL_NS, ns);
		finding_fact(f, "critical_ns", CELL_NS, path_ns);
		finding_fact(f, "woken", CELL_COUNT, row[MISSED_WOKEN].number);
		finding_fact(f, "any_woken", CELL_COUNT, row[MISSED_ANY_WOKEN].number);
	}
}

static const struct rule rules[] = {
    {"lost-wake", LOST_LEAST, WORTH_A_WORD, lost_wake},
    {"time-out-waited", 100000, WORTH_A_WORD, time_out_waited},
    {"thundering-herd", 500000, WORTH_A_WORD, thundering_herd},
    {"busy-waiting", 100, WORTH_A_WORD, busy_waiting},
    {"ping-pong", MIN_RATE, WORTH_A_WORD, ping_pong},
};

const struct family findings_wake = {rules, sizeof(rules) / sizeof(rules[0])};
