/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about locks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/finding.h"
#include "analysis/locks.h"
#include "base/duration.h"
#include "base/mem.h"

static void put_waiters(struct finding *f, const struct rows *waiters)
{
	for (size_t i = 0; i < waiters->nr; i++)
		finding_tid(f, rows_at(waiters, i)[WAITERS_TID].number);
}

static void lock_serialises(const struct rule *rule, const struct evidence *e, struct result *out)
{
	char waited[DURATION_LEN], wall[DURATION_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		const struct rows *waiters = row[LOCKS_WAITERS].rows;
		uint64_t waits = row[LOCKS_WAITS].number;

		if (!row[LOCKS_TRACED].number || waiters->nr < 2 ||
		    share_of(row[LOCKS_WAIT_NS].number, e->wall_ns) < rule->threshold)
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share_of(row[LOCKS_ANY].number, e->wall_ns),
		    "Lock 0x%" PRIx64 " serialises %zu threads: they waited %s for it in %" PRIu64
		    " wait%s, at most %" PRIu64 " at once; somebody waited during %s",
		    row[LOCKS_UADDR].number, waiters->nr,
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

/* A deadlock was told that a holder of the lock is part of: nothing to add. */
static bool is_dead(const struct result *out, const struct rows *holders)
{
	for (size_t i = 0; i < out->nr_findings; i++) {
		const struct finding *f = &out->findings[i];

		if (strcmp(f->id, "deadlock") != 0)
			continue;
		for (size_t k = 0; k < f->nr_tids; k++)
			for (size_t h = 0; h < holders->nr; h++)
				if (rows_at(holders, h)[HOLDERS_TID].number == f->tids[k])
					return true;
	}
	return false;
}

static void lock_held_off_core(const struct rule *rule, const struct evidence *e,
			       struct result *out)
{
	char away[DURATION_LEN], any[DURATION_LEN];

	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		uint32_t share = share_of(row[LOCKS_AWAY].number, e->wall_ns);

		if (!row[LOCKS_TRACED].number || share < rule->threshold ||
		    is_dead(out, row[LOCKS_HOLDERS].rows))
			continue;
		struct finding *f = finding_add(
		    out, rule, e, share,
		    "Lock 0x%" PRIx64 " is held by threads off their core: for %s of the %s that "
		    "somebody waited for it, its owner did not run",
		    row[LOCKS_UADDR].number, duration_text(row[LOCKS_AWAY].number, away),
		    duration_text(row[LOCKS_ANY].number, any));
		const struct rows *holders = row[LOCKS_HOLDERS].rows;

		for (size_t k = 0; k < holders->nr; k++)
			finding_tid(f, rows_at(holders, k)[HOLDERS_TID].number);
		finding_fact(f, "uaddr", CELL_HEX, row[LOCKS_UADDR].number);
		finding_fact(f, "held_off_core_ns", CELL_NS, row[LOCKS_AWAY].number);
		finding_fact(f, "waited_for_ns", CELL_NS, row[LOCKS_ANY].number);
	}
}

/* A wait in vain. */
struct wait {
	uint32_t tid, owner;
	uint64_t since_ns, until_ns;
	uint64_t uaddr;
	uint64_t handed_ns; /* when another waiter was last given the lock; UINT64_MAX: never */
	bool told;
};

static struct wait *open_waits(const struct evidence *e, size_t *nr)
{
	struct wait *waits = NULL;
	size_t cap = 0;

	*nr = 0;
	for (size_t i = 0; i < e->locks->nr; i++) {
		const struct cell *row = rows_at(e->locks, i);
		const struct rows *waiters = row[LOCKS_WAITERS].rows;

		for (size_t k = 0; k < waiters->nr; k++) {
			const struct cell *w = rows_at(waiters, k);

			if (!w[WAITERS_OWNER].known)
				continue;
			waits = mem_grow(waits, &cap, *nr + 1, sizeof(*waits));
			waits[(*nr)++] = (struct wait){
			    .tid = (uint32_t)w[WAITERS_TID].number,
			    .owner = (uint32_t)w[WAITERS_OWNER].number,
			    .since_ns = w[WAITERS_SINCE].number,
			    .uaddr = row[LOCKS_UADDR].number,
			    .until_ns = w[WAITERS_UNTIL].number,
			    .handed_ns =
				w[WAITERS_HANDED].known ? w[WAITERS_HANDED].number : UINT64_MAX,
			};
		}
	}
	return waits;
}

/*
 * Whom w waits for, if that one waits as well and still has the lock: it waited already when the
 * owner word was read, or nobody was handed the lock since.
 */
static struct wait *next_wait(struct wait *waits, size_t nr, const struct wait *w)
{
	for (size_t i = 0; i < nr; i++) {
		if (waits[i].tid != w->owner)
			continue;
		if (waits[i].since_ns <= w->since_ns || w->handed_ns == UINT64_MAX ||
		    w->handed_ns <= w->since_ns)
			return &waits[i];
	}
	return NULL;
}

/* Length of the cycle that first is in, 0: none. */
static size_t cycle_of(struct wait *waits, size_t nr, struct wait *first)
{
	struct wait *w = first;

	for (size_t len = 1; len <= nr; len++) {
		w = next_wait(waits, nr, w);
		if (!w || w->told)
			return 0;
		if (w == first)
			return len;
	}
	return 0;
}

static void tell_cycle(const struct rule *rule, const struct evidence *e, struct result *out,
		       struct wait *waits, size_t nr, struct wait *first, size_t len)
{
	uint64_t since = e->view->begin_ns, end = e->view->end_ns;
	char text[384] = "", time[DURATION_LEN];
	struct wait *w = first;
	size_t used = 0;

	for (size_t i = 0; i < len; i++, w = next_wait(waits, nr, w)) {
		uint32_t task = machine_find(e->view->machine, w->tid);
		char name[FINDING_NAME_LEN];

		w->told = true;
		since = w->since_ns > since ? w->since_ns : since;
		end = w->until_ns < end ? w->until_ns : end;
		if (task != TASK_NONE && used + FINDING_NAME_LEN + 64 < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s waits for 0x%" PRIx64 " of %" PRIu32,
						 i ? ", " : "", finding_name(e, task, name),
						 w->uaddr, w->owner);
	}
	if (end <= since)
		return; /* the waits never were at the same time */
	struct finding *f =
	    finding_add(out, rule, e, share_of(end - since, e->wall_ns), "Deadlock, %s long: %s",
			duration_text(end - since, time), text);

	f->begin_ns = since;
	f->end_ns = end;
	w = first;
	for (size_t i = 0; i < len; i++, w = next_wait(waits, nr, w))
		finding_tid(f, w->tid);
	finding_fact(f, "threads", CELL_COUNT, len);
	finding_fact(f, "uaddr", CELL_HEX, first->uaddr);
}

static void deadlock(const struct rule *rule, const struct evidence *e, struct result *out)
{
	size_t nr;
	struct wait *waits = open_waits(e, &nr);

	for (size_t i = 0; i < nr; i++) {
		size_t len = waits[i].told ? 0 : cycle_of(waits, nr, &waits[i]);

		if (len)
			tell_cycle(rule, e, out, waits, nr, &waits[i], len);
	}
	free(waits);
}

static const struct rule rules[] = {
    {"deadlock", 0, 0, deadlock},
    {"lock-serialises", 100000, WORTH_A_WORD, lock_serialises},
    {"lock-held-off-core", 50000, WORTH_A_WORD, lock_held_off_core},
};

const struct family findings_lock = {rules, sizeof(rules) / sizeof(rules[0])};
