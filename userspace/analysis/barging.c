/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is woken for a lock in vain: it waits for the lock again at once, and its owner is the very
 * one that woke it. Memory: one element per lock and per task.
 */
#include "analysis/barging.h"

#include <stdlib.h>

#include "analysis/meeting.h"
#include "base/mem.h"

#define NONE UINT32_MAX
#define AT_ONCE_NS \
	30000 /* run in between: taking a lock and giving it takes longer, or hardly so */

struct place {
	struct interval wait; /* one of them, as an example */
	uint64_t woken, vain, vain_ns;
	uint64_t longest_ns, begin_ns, times;
	uint32_t task, rival;
};

/* A task that waits, or was woken and has hardly run since. */
struct waiter {
	uint32_t place;           /* NONE: neither */
	uint32_t waker;           /* TASK_NONE: it waits */
	uint64_t begin_ns, times; /* since when it wants the lock, woken in vain so often */
	uint64_t ran_ns, runnable_ns;
	uint32_t rival;
};

struct barging {
	struct keys keys;
	struct place *places; /* [nr_places] */
	size_t nr_places, cap_places;
	struct waiter *waiters; /* [nr_waiters] by task index */
	size_t nr_waiters, cap_waiters;
};

static void *barging_open(void)
{
	return mem_zalloc(1, sizeof(struct barging));
}

static struct place *place_at(struct barging *a, uint32_t place, const struct interval *iv)
{
	while (place >= a->nr_places) {
		a->places =
		    mem_grow(a->places, &a->cap_places, a->nr_places + 1, sizeof(*a->places));
		a->places[a->nr_places++] = (struct place){.wait = *iv};
	}
	return &a->places[place];
}

static struct waiter *waiter_at(struct barging *a, uint32_t task)
{
	while (a->nr_waiters <= task) {
		a->waiters =
		    mem_grow(a->waiters, &a->cap_waiters, a->nr_waiters + 1, sizeof(*a->waiters));
		a->waiters[a->nr_waiters++] = (struct waiter){.place = NONE};
	}
	return &a->waiters[task];
}

/* It has the lock, or wants it no more; until_ns: it went on waiting until then. */
static void give_up(struct barging *a, uint32_t task, uint64_t until_ns)
{
	struct waiter *w = &a->waiters[task];
	struct place *p = &a->places[w->place];

	w->place = NONE;
	if (w->times == 0 || until_ns - w->begin_ns <= p->longest_ns)
		return;
	p->longest_ns = until_ns - w->begin_ns;
	p->begin_ns = w->begin_ns;
	p->times = w->times;
	p->task = task;
	p->rival = w->rival;
}

static void barging_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct barging *a = payload;
	struct waiter *w = waiter_at(a, iv->task);
	uint32_t place = iv->why == REASON_LOCK && iv->object_kind == OBJECT_FUTEX
			     ? meeting_index(&a->keys, v, iv)
			     : NONE;

	if (place != NONE)
		place_at(a, place, iv);
	if (w->place != NONE && w->place == place && w->waker != TASK_NONE && iv->owner &&
	    !iv->owner_inferred && machine_find(v->machine, iv->owner) == w->waker) {
		a->places[place].vain++;
		a->places[place].vain_ns += w->ran_ns + w->runnable_ns;
		w->times++;
		w->rival = w->waker;
	} else {
		if (w->place != NONE)
			give_up(a, iv->task, iv->begin_ns - w->ran_ns);
		*w = (struct waiter){.place = place, .begin_ns = iv->begin_ns};
		if (w->begin_ns < v->begin_ns)
			w->begin_ns = v->begin_ns;
	}
	w->waker = TASK_NONE;
	w->ran_ns = w->runnable_ns = 0;
}

static void is_woken(struct barging *a, struct waiter *w, const struct interval *iv)
{
	if (iv->waker == TASK_NONE) {
		give_up(a, iv->task, iv->end_ns);
		return;
	}
	a->places[w->place].woken++;
	w->waker = iv->waker;
}

static void barging_interval(void *payload, const struct view *v, const struct interval *iv,
			     uint64_t dur_ns)
{
	struct barging *a = payload;
	struct waiter *w = waiter_at(a, iv->task);

	(void)v;
	if (w->place == NONE)
		return;
	if (iv->state == STATE_BLOCKED && w->waker == TASK_NONE)
		is_woken(a, w, iv);
	else if (iv->state == STATE_RUNNING)
		w->ran_ns += dur_ns;
	else if (iv->state == STATE_RUNNABLE)
		w->runnable_ns += dur_ns;
	if (w->place != NONE && w->ran_ns > AT_ONCE_NS)
		give_up(a, iv->task, iv->end_ns - w->ran_ns);
}

static const struct column columns[BARGING_NR_COLUMNS] = {
    [BARGING_WHERE] = {"where", CELL_TEXT},   [BARGING_WOKEN] = {"woken", CELL_COUNT},
    [BARGING_VAIN] = {"in_vain", CELL_COUNT}, [BARGING_VAIN_NS] = {"in_vain_ns", CELL_NS},
    [BARGING_TASK] = {"task", CELL_COUNT},    [BARGING_LONGEST] = {"longest_ns", CELL_NS},
    [BARGING_TIMES] = {"times", CELL_COUNT},  [BARGING_BEGIN] = {"begin_ns", CELL_NS},
    [BARGING_RIVAL] = {"rival", CELL_COUNT},
};

static struct result *barging_result(void *payload, const struct view *v)
{
	struct barging *a = payload;
	struct result *r = result_open(columns, BARGING_NR_COLUMNS);
	char where[MEETING_TEXT_LEN];

	for (uint32_t i = 0; i < a->nr_waiters; i++)
		if (a->waiters[i].place != NONE)
			give_up(a, i, v->end_ns);
	for (size_t i = 0; i < a->nr_places; i++) {
		const struct place *p = &a->places[i];

		if (p->vain == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_text(&row[BARGING_WHERE], meeting_text(v, &p->wait, where));
		cell_number(&row[BARGING_WOKEN], p->woken);
		cell_number(&row[BARGING_VAIN], p->vain);
		cell_number(&row[BARGING_VAIN_NS], p->vain_ns);
		cell_number(&row[BARGING_TASK], p->task);
		cell_number(&row[BARGING_LONGEST], p->longest_ns);
		cell_number(&row[BARGING_TIMES], p->times);
		cell_number(&row[BARGING_BEGIN], p->begin_ns);
		cell_number(&row[BARGING_RIVAL], p->rival);
	}
	return r;
}

static void barging_close(void *payload)
{
	struct barging *a = payload;

	keys_done(&a->keys);
	free(a->places);
	free(a->waiters);
	free(a);
}

const struct analysis analysis_barging = {
    .name = "barging",
    .open = barging_open,
    .task_interval = barging_interval,
    .block = barging_block,
    .result = barging_result,
    .close = barging_close,
};
