/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about locks. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/barging.h"
#include "analysis/finding.h"
#include "analysis/inversion.h"
#include "analysis/locks.h"
#include "base/duration.h"
#include "model/names.h"

static bool counts(const struct cell *row)
{
	return row[LOCKS_TRACED].number && row[LOCKS_IS_LOCK].number;
}

static void put_waiters(struct finding *f, const struct rows *waiters)
{
	for (size_t i = 0; i < waiters->nr; i++)
		finding_tid(f, rows_at(waiters, i)[WAITERS_TID].number);
}

/* "Lock balance_lock", "Heap lock 2", "Lock 0x55d0c0". */
static const char *lock_name(const struct evidence *e, const struct cell *row,
			     char out[NAME_TEXT_LEN])
{
	if (row[LOCKS_NAME].known)
		return name_as_lock(row[LOCKS_NAME].text, out);
	machine_lock_text(e->view->machine,
			  row[LOCKS_TGID].known ? (uint32_t)row[LOCKS_TGID].number : 0,
			  row[LOCKS_UADDR].number, e->view->end_ns, out);
	return out;
}

/* The same at the beginning of a sentence. */
static const char *lock_title(const struct evidence *e, const struct cell *row,
			      char out[NAME_TEXT_LEN])
{
	lock_name(e, row, out);
	out[0] = (char)toupper((unsigned char)out[0]);
	return out;
}

static void lock_serialises(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char waited[DURATION_LEN], wall[DURATION_LEN], lock[NAME_TEXT_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		const struct rows *waiters = row[LOCKS_WAITERS].rows;
		uint64_t waits = row[LOCKS_WAITS].number;

		if (!counts(row) || waiters->nr < 2 ||
		    share_of(row[LOCKS_WAIT_NS].number, e->wall_ns) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(row[LOCKS_ANY].number, e->wall_ns),
		    "%s serialises %zu threads: they waited %s for it in %" PRIu64
		    " wait%s, at most %" PRIu64 " at once; somebody waited during %s",
		    lock_title(e, row, lock), waiters->nr,
		    duration_text(row[LOCKS_WAIT_NS].number, waited), waits, waits == 1 ? "" : "s",
		    row[LOCKS_MAX_WAITERS].number, duration_text(row[LOCKS_ANY].number, wall));

		put_waiters(f, waiters);
		finding_fact(f, "uaddr", CELL_HEX, row[LOCKS_UADDR].number);
		finding_fact(f, "waits", CELL_COUNT, waits);
		finding_fact(f, "wait_ns", CELL_NS, row[LOCKS_WAIT_NS].number);
		finding_fact(f, "waited_for_ns", CELL_NS, row[LOCKS_ANY].number);
		finding_fact(f, "max_waiters", CELL_COUNT, row[LOCKS_MAX_WAITERS].number);
	}
}

#define CONVOY_LINE  3   /* halves of a thread that stand in line on average */
#define CONVOY_RATE  200 /* waits that end, a second of the time somebody waits */
#define CONVOY_LEAST 100

static void convoy(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char any[DURATION_LEN], each[DURATION_LEN], lock[NAME_TEXT_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		uint64_t waits = row[LOCKS_WAITS].number, any_ns = row[LOCKS_ANY].number;
		uint64_t wait_ns = row[LOCKS_WAIT_NS].number;

		if (!counts(row) || row[LOCKS_WAITERS].rows->nr < 3 || any_ns == 0 ||
		    share_of(any_ns, e->wall_ns) < rule->threshold || waits < CONVOY_LEAST ||
		    wait_ns * 2 < any_ns * CONVOY_LINE ||
		    (double)waits * 1e9 < (double)any_ns * CONVOY_RATE)
			continue;
		uint64_t tenths = (uint64_t)((double)wait_ns * 10 / (double)any_ns + 0.5);
		struct finding *f = finding_add(
		    out, rule, e, share_of(any_ns, e->wall_ns),
		    "Convoy at %s: for %s, %" PRIu64 ".%" PRIu64
		    " threads stood in line on average, and every %s a wait ended: each costs a "
		    "wake-up and a switch",
		    lock_name(e, row, lock), duration_text(any_ns, any), tenths / 10, tenths % 10,
		    duration_text(any_ns / waits, each));

		put_waiters(f, row[LOCKS_WAITERS].rows);
		finding_fact(f, "uaddr", CELL_HEX, row[LOCKS_UADDR].number);
		finding_fact(f, "waits", CELL_COUNT, waits);
		finding_fact(f, "wait_ns", CELL_NS, wait_ns);
		finding_fact(f, "waited_for_ns", CELL_NS, any_ns);
	}
}

#define BARGED_NS    100000000 /* longer than any scheduler needs to be fair */
#define BARGED_TIMES 3

static void lock_starvation(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], rival[TASK_TEXT_LEN], time[DURATION_LEN], at[DURATION_LEN];

	for (size_t i = 0; i < e->barging->nr; i++) {
		const struct cell *row = rows_at(e->barging, i);
		uint64_t ns = row[BARGING_LONGEST].number;
		uint32_t task = (uint32_t)row[BARGING_TASK].number;
		uint32_t by = (uint32_t)row[BARGING_RIVAL].number;

		if (ns < BARGED_NS || row[BARGING_TIMES].number < BARGED_TIMES ||
		    share_of(ns, e->wall_ns) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "%s wanted %s for %s from %s on: it was woken %" PRIu64
		    " times, and each time its waker, at last %s, had taken it again",
		    finding_name(e, task, name), row[BARGING_WHERE].text, duration_text(ns, time),
		    finding_moment(e, row[BARGING_BEGIN].number, at), row[BARGING_TIMES].number,
		    finding_name(e, by, rival));

		f->begin_ns = row[BARGING_BEGIN].number;
		f->end_ns = f->begin_ns + ns;
		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_tid(f, machine_task(e->view->machine, by)->tid);
		finding_fact(f, "wanted_ns", CELL_NS, ns);
		finding_fact(f, "in_vain", CELL_COUNT, row[BARGING_TIMES].number);
	}
}

#define VAIN_LEAST 100

static void spurious_wakes(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char time[DURATION_LEN], percent[FINDING_PERCENT_LEN];

	for (size_t i = 0; i < e->barging->nr; i++) {
		const struct cell *row = rows_at(e->barging, i);
		uint64_t vain = row[BARGING_VAIN].number, woken = row[BARGING_WOKEN].number;
		uint64_t ns = row[BARGING_VAIN_NS].number;

		if (vain < VAIN_LEAST || share_of(vain, woken) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "%s of %" PRIu64
		    " wakes for %s were in vain: who gave it had taken it again before the woken "
		    "thread came; %s went by between these wakes and the next wait",
		    finding_percent(share_of(vain, woken), percent), woken, row[BARGING_WHERE].text,
		    duration_text(ns, time));

		finding_tid(
		    f, machine_task(e->view->machine, (uint32_t)row[BARGING_TASK].number)->tid);
		finding_fact(f, "wakes", CELL_COUNT, woken);
		finding_fact(f, "in_vain", CELL_COUNT, vain);
		finding_fact(f, "in_vain_ns", CELL_NS, ns);
	}
}

static bool is_of(const struct finding *f, uint64_t tid)
{
	for (size_t i = 0; i < f->nr_tids; i++)
		if (f->tids[i] == tid)
			return true;
	return false;
}

/* A deadlock was told that a holder of the lock is part of, or who waits for it in vain: nothing to
 * add. */
static bool is_dead(const struct result *out, const struct cell *row)
{
	const struct rows *holders = row[LOCKS_HOLDERS].rows, *waiters = row[LOCKS_WAITERS].rows;

	for (size_t i = 0; i < out->nr_findings; i++) {
		const struct finding *f = &out->findings[i];

		if (strcmp(f->id, "deadlock") != 0)
			continue;
		for (size_t h = 0; h < holders->nr; h++)
			if (is_of(f, rows_at(holders, h)[HOLDERS_TID].number))
				return true;
		for (size_t k = 0; k < waiters->nr; k++)
			if (rows_at(waiters, k)[WAITERS_SINCE].known &&
			    is_of(f, rows_at(waiters, k)[WAITERS_TID].number))
				return true;
	}
	return false;
}

static void lock_held_off_core(const struct rule *rule, const struct evidence *e,
			       struct result *out)
{
	char away[DURATION_LEN], any[DURATION_LEN], lock[NAME_TEXT_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		uint32_t share = share_of(row[LOCKS_AWAY].number, e->wall_ns);

		if (!counts(row) || share < rule->threshold || is_dead(out, row))
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share,
		    "%s is held by threads off their core: for %s of the %s that "
		    "somebody waited for it, its owner did not run",
		    lock_title(e, row, lock), duration_text(row[LOCKS_AWAY].number, away),
		    duration_text(row[LOCKS_ANY].number, any));
		const struct rows *holders = row[LOCKS_HOLDERS].rows;

		for (size_t k = 0; k < holders->nr; k++)
			finding_tid(f, rows_at(holders, k)[HOLDERS_TID].number);
		finding_fact(f, "uaddr", CELL_HEX, row[LOCKS_UADDR].number);
		finding_fact(f, "held_off_core_ns", CELL_NS, row[LOCKS_AWAY].number);
		finding_fact(f, "waited_for_ns", CELL_NS, row[LOCKS_ANY].number);
	}
}

static bool is_about(const struct finding *f, const struct cell *row)
{
	const struct rows *holders = row[LOCKS_HOLDERS].rows, *waiters = row[LOCKS_WAITERS].rows;

	for (size_t i = 0; i < holders->nr; i++)
		if (is_of(f, rows_at(holders, i)[HOLDERS_TID].number))
			return true;
	for (size_t i = 0; i < waiters->nr; i++)
		if (is_of(f, rows_at(waiters, i)[WAITERS_TID].number))
			return true;
	return false;
}

/* Something was told of that lock already, not of another process's at the same address. */
static bool is_told(const struct result *out, const struct cell *row)
{
	for (size_t i = 0; i < out->nr_findings; i++) {
		const struct finding *f = &out->findings[i];

		for (unsigned int k = 0; k < f->nr_facts; k++)
			if (f->facts[k].number == row[LOCKS_UADDR].number &&
			    strcmp(f->facts[k].key, "uaddr") == 0 && is_about(f, row))
				return true;
	}
	return false;
}

/* One waiter only, so it serialises nobody, but that one waits. */
static void lock_wait(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char name[TASK_TEXT_LEN], waited[DURATION_LEN], lock[NAME_TEXT_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		uint64_t ns = row[LOCKS_WAIT_NS].number, waits = row[LOCKS_WAITS].number;

		if (!counts(row) || row[LOCKS_WAITERS].rows->nr != 1 ||
		    share_of(ns, e->wall_ns) < rule->threshold || is_told(out, row) ||
		    is_dead(out, row))
			continue;
		uint64_t tid = rows_at(row[LOCKS_WAITERS].rows, 0)[WAITERS_TID].number;
		uint32_t task = machine_find(e->view->machine, (uint32_t)tid);

		if (task == TASK_NONE)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(ns, e->wall_ns),
		    "%s waited %s for %s, in %" PRIu64 " wait%s; nobody else had to wait for it",
		    finding_name(e, task, name), duration_text(ns, waited), lock_name(e, row, lock),
		    waits, waits == 1 ? "" : "s");

		finding_tid(f, tid);
		finding_fact(f, "uaddr", CELL_HEX, row[LOCKS_UADDR].number);
		finding_fact(f, "waits", CELL_COUNT, waits);
		finding_fact(f, "wait_ns", CELL_NS, ns);
	}
}

/* "urgent 101 (nice -5)", "(real time 50)": sched(7) */
#define PRIO_NAME_LEN (TASK_TEXT_LEN + 24)
static const char *prio_name(const struct evidence *e, uint32_t task, char *out)
{
	int32_t prio = machine_task(e->view->machine, task)->prio;
	char name[TASK_TEXT_LEN];

	finding_name(e, task, name);
	if (prio < 0)
		snprintf(out, PRIO_NAME_LEN, "%s (deadline)", name);
	else if (prio < 100)
		snprintf(out, PRIO_NAME_LEN, "%s (real time %d)", name, 99 - prio);
	else
		snprintf(out, PRIO_NAME_LEN, "%s (nice %d)", name, prio - PRIO_DEFAULT);
	return out;
}

static void priority_inversion(const struct rule *rule, const struct evidence *e,
			       struct result *out)
{
	char name[PRIO_NAME_LEN], owner_name[PRIO_NAME_LEN], rival_name[PRIO_NAME_LEN];
	char lock[NAME_TEXT_LEN];
	char time[DURATION_LEN], longest[DURATION_LEN], rival[PRIO_NAME_LEN + DURATION_LEN + 32];

	for (size_t i = 0; i < e->inversion->nr; i++) {
		const struct cell *row = rows_at(e->inversion, i);
		uint32_t task = (uint32_t)row[INVERSION_TASK].number;
		uint32_t owner = (uint32_t)row[INVERSION_OWNER].number;
		uint64_t ns = row[INVERSION_NS].number;

		if (share_of(ns, e->wall_ns) < rule->threshold)
			continue;
		*rival = 0;
		if (row[INVERSION_RIVAL].known)
			snprintf(rival, sizeof(rival), "; %s ran for most of it: %s",
				 prio_name(e, (uint32_t)row[INVERSION_RIVAL].number, rival_name),
				 duration_text(row[INVERSION_RIVAL_NS].number, longest));
		struct finding *f =
		    finding_add(out, rule, e, share_of(ns, e->wall_ns),
				"%s waited for %s of %s, which was runnable but had no core "
				"for %s of that%s",
				prio_name(e, task, name),
				machine_lock_text(
				    e->view->machine, machine_task(e->view->machine, task)->tgid,
				    row[INVERSION_UADDR].number, row[INVERSION_BEGIN].number, lock),
				prio_name(e, owner, owner_name), duration_text(ns, time), rival);

		f->begin_ns = row[INVERSION_BEGIN].number;
		f->end_ns = row[INVERSION_END].number;
		finding_tid(f, machine_task(e->view->machine, task)->tid);
		finding_tid(f, machine_task(e->view->machine, owner)->tid);
		if (row[INVERSION_RIVAL].known)
			finding_tid(
			    f, machine_task(e->view->machine, (uint32_t)row[INVERSION_RIVAL].number)
				   ->tid);
		finding_fact(f, "uaddr", CELL_HEX, row[INVERSION_UADDR].number);
		finding_fact(f, "times", CELL_COUNT, row[INVERSION_TIMES].number);
		finding_fact(f, "owner_runnable_ns", CELL_NS, ns);
	}
}

/* Of equal ones the first here is told first: the cause before what follows from it. */
static const struct rule rules[] = {
    {"priority-inversion", 10000, WORTH_A_WORD, priority_inversion},
    {"lock-serialises", 100000, WORTH_A_WORD, lock_serialises},
    {"convoy", 100000, WORTH_A_WORD, convoy},
    {"lock-starvation", 50000, WORTH_A_WORD, lock_starvation},
    {"spurious-wakes", 500000, WORTH_A_WORD, spurious_wakes},
    {"lock-held-off-core", 50000, WORTH_A_WORD, lock_held_off_core},
    {"lock-wait", 100000, WORTH_A_WORD, lock_wait},
};

const struct family findings_lock = {rules, sizeof(rules) / sizeof(rules[0])};
