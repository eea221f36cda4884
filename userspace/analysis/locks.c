/* SPDX-License-Identifier: BSD-2-Clause */
/* Contended locks. Memory: one element per lock, per holder of a lock, and per task. */
#include "analysis/locks.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/mem.h"

#define NONE UINT32_MAX

struct holder {
	uint32_t lock;
	uint32_t tid;
	uint64_t waited_on_ns;
};

struct lock {
	uint32_t tgid;
	uint64_t uaddr;
	uint64_t waits;
	uint64_t wait_ns;
	uint32_t waiters; /* now */
	uint32_t max_waiters;
	bool traced;
};

/* A task that waits: for which lock, since when. */
struct waiter {
	uint32_t lock;
	uint64_t begin_ns;
};

/* Open addressing: places hold an index into the array that is hashed, or NONE. */
struct index {
	uint32_t *places; /* [size], a power of two */
	size_t size;
};

struct locks {
	struct lock *locks; /* [nr] */
	size_t nr, cap;
	struct index by_address;
	struct holder *holders; /* [nr_holders] of all locks, in order of appearance */
	size_t nr_holders, cap_holders;
	struct index by_holder;
	struct waiter *waiters; /* [nr_waiters] by task index */
	size_t nr_waiters, cap_waiters;
};

static void index_init(struct index *index, size_t size)
{
	index->size = size;
	index->places = mem_alloc(size * sizeof(*index->places));
	memset(index->places, 0xff, size * sizeof(*index->places));
}

static void *locks_open(void)
{
	struct locks *a = mem_zalloc(1, sizeof(*a));

	index_init(&a->by_address, 256);
	index_init(&a->by_holder, 256);
	return a;
}

static size_t hash_of(uint64_t high, uint64_t low, size_t size)
{
	uint64_t key = (low ^ high << 40 ^ high >> 24) * UINT64_C(0x9e3779b97f4a7c15);

	return (key >> 32) & (size - 1);
}

static uint32_t *place_of_lock(const struct locks *a, uint32_t tgid, uint64_t uaddr)
{
	const struct index *index = &a->by_address;
	size_t at = hash_of(tgid, uaddr, index->size);

	while (index->places[at] != NONE && (a->locks[index->places[at]].uaddr != uaddr ||
					     a->locks[index->places[at]].tgid != tgid))
		at = (at + 1) & (index->size - 1);
	return &index->places[at];
}

static uint32_t *place_of_holder(const struct locks *a, uint32_t lock, uint32_t tid)
{
	const struct index *index = &a->by_holder;
	size_t at = hash_of(lock, tid, index->size);

	while (index->places[at] != NONE && (a->holders[index->places[at]].tid != tid ||
					     a->holders[index->places[at]].lock != lock))
		at = (at + 1) & (index->size - 1);
	return &index->places[at];
}

static struct lock *lock_at(struct locks *a, uint32_t tgid, uint64_t uaddr)
{
	uint32_t *place = place_of_lock(a, tgid, uaddr);

	if (*place != NONE)
		return &a->locks[*place];
	*place = (uint32_t)a->nr;
	a->locks = mem_grow(a->locks, &a->cap, a->nr + 1, sizeof(*a->locks));
	a->locks[a->nr++] = (struct lock){.tgid = tgid, .uaddr = uaddr};
	if (a->nr * 2 > a->by_address.size) {
		free(a->by_address.places);
		index_init(&a->by_address, a->by_address.size * 2);
		for (size_t i = 0; i < a->nr; i++)
			*place_of_lock(a, a->locks[i].tgid, a->locks[i].uaddr) = (uint32_t)i;
	}
	return &a->locks[a->nr - 1];
}

static struct holder *holder_at(struct locks *a, uint32_t lock, uint32_t tid)
{
	uint32_t *place = place_of_holder(a, lock, tid);

	if (*place != NONE)
		return &a->holders[*place];
	*place = (uint32_t)a->nr_holders;
	a->holders = mem_grow(a->holders, &a->cap_holders, a->nr_holders + 1, sizeof(*a->holders));
	a->holders[a->nr_holders++] = (struct holder){.lock = lock, .tid = tid};
	if (a->nr_holders * 2 > a->by_holder.size) {
		free(a->by_holder.places);
		index_init(&a->by_holder, a->by_holder.size * 2);
		for (size_t i = 0; i < a->nr_holders; i++)
			*place_of_holder(a, a->holders[i].lock, a->holders[i].tid) = (uint32_t)i;
	}
	return &a->holders[a->nr_holders - 1];
}

static struct waiter *waiter_at(struct locks *a, uint32_t task)
{
	while (a->nr_waiters <= task) {
		a->waiters =
		    mem_grow(a->waiters, &a->cap_waiters, a->nr_waiters + 1, sizeof(*a->waiters));
		a->waiters[a->nr_waiters++].lock = NONE;
	}
	return &a->waiters[task];
}

static void stop_waiting(struct locks *a, struct waiter *w)
{
	if (w->lock != NONE)
		a->locks[w->lock].waiters--;
	w->lock = NONE;
}

static bool is_lock(const struct interval *iv)
{
	return iv->why == REASON_LOCK && iv->object_kind == OBJECT_FUTEX;
}

static void locks_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct locks *a = payload;

	if (!is_lock(iv))
		return;
	struct waiter *w = waiter_at(a, iv->task);

	stop_waiting(a, w);
	struct lock *l = lock_at(a, machine_task(v->machine, iv->task)->tgid, iv->object);

	w->lock = (uint32_t)(l - a->locks);
	w->begin_ns = iv->begin_ns;
	if (++l->waiters > l->max_waiters && iv->begin_ns < v->end_ns)
		l->max_waiters = l->waiters;
}

static void locks_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	struct locks *a = payload;

	if (iv->task < a->nr_waiters && a->waiters[iv->task].lock != NONE &&
	    iv->end_ns > a->waiters[iv->task].begin_ns)
		stop_waiting(a, &a->waiters[iv->task]);
	if (iv->state != STATE_BLOCKED || !is_lock(iv))
		return;
	struct lock *l = lock_at(a, machine_task(v->machine, iv->task)->tgid, iv->object);

	l->waits++;
	l->traced |= machine_task(v->machine, iv->task)->traced;
	l->wait_ns += dur_ns;
	if (l->max_waiters == 0)
		l->max_waiters = 1; /* it waited when recording began */
	if (iv->owner)
		holder_at(a, (uint32_t)(l - a->locks), iv->owner)->waited_on_ns += dur_ns;
}

static void locks_begin(void *payload, const struct view *v)
{
	struct locks *a = payload;

	(void)v;
	for (size_t i = 0; i < a->nr; i++)
		a->locks[i].max_waiters = a->locks[i].waiters;
}

static const struct column columns[LOCKS_NR_COLUMNS] = {
    [LOCKS_TGID] = {"tgid", CELL_COUNT},
    [LOCKS_UADDR] = {"uaddr", CELL_HEX},
    [LOCKS_NAME] = {"name", CELL_TEXT},
    [LOCKS_KIND] = {"kind", CELL_TEXT},
    [LOCKS_WAITS] = {"waits", CELL_COUNT},
    [LOCKS_WAIT_NS] = {"wait_ns", CELL_NS},
    [LOCKS_MAX_WAITERS] = {"max_waiters", CELL_COUNT},
    [LOCKS_HOLDERS] = {"holders", CELL_ROWS},
    [LOCKS_TRACED] = {"traced", CELL_BOOL},
};

static const struct column holder_columns[HOLDERS_NR_COLUMNS] = {
    [HOLDERS_TID] = {"tid", CELL_COUNT},
    [HOLDERS_WAITED_ON] = {"waited_on_ns", CELL_NS},
    [HOLDERS_MEASURED] = {"measured", CELL_BOOL},
};

static void put_holder(struct rows *rows, const struct holder *holder)
{
	struct cell *row = rows_add(rows);

	cell_number(&row[HOLDERS_TID], holder->tid);
	cell_number(&row[HOLDERS_WAITED_ON], holder->waited_on_ns);
	cell_number(&row[HOLDERS_MEASURED], true);
}

static struct rows **holders_by_lock(const struct locks *a)
{
	struct rows **by_lock = mem_zalloc(a->nr + 1, sizeof(struct rows *));

	for (size_t i = 0; i < a->nr; i++)
		by_lock[i] = rows_open(holder_columns, HOLDERS_NR_COLUMNS);
	for (size_t i = 0; i < a->nr_holders; i++)
		put_holder(by_lock[a->holders[i].lock], &a->holders[i]);
	for (size_t i = 0; i < a->nr; i++)
		rows_sort(by_lock[i], HOLDERS_WAITED_ON, true);
	return by_lock;
}

static struct result *locks_result(void *payload, const struct view *v)
{
	struct locks *a = payload;
	struct result *r = result_open(columns, LOCKS_NR_COLUMNS);
	struct rows **holders = holders_by_lock(a);

	(void)v;
	for (size_t i = 0; i < a->nr; i++) {
		const struct lock *l = &a->locks[i];

		if (l->waits == 0) {
			rows_close(holders[i]);
			continue;
		}
		struct cell *row = rows_add(&r->table);

		if (l->tgid)
			cell_number(&row[LOCKS_TGID], l->tgid);
		cell_number(&row[LOCKS_UADDR], l->uaddr);
		cell_text(&row[LOCKS_KIND], "futex");
		cell_number(&row[LOCKS_WAITS], l->waits);
		cell_number(&row[LOCKS_WAIT_NS], l->wait_ns);
		cell_number(&row[LOCKS_MAX_WAITERS], l->max_waiters);
		cell_rows(&row[LOCKS_HOLDERS], holders[i]);
		cell_number(&row[LOCKS_TRACED], l->traced);
	}
	free(holders);
	rows_sort(&r->table, LOCKS_WAIT_NS, true);
	return r;
}

static void locks_close(void *payload)
{
	struct locks *a = payload;

	free(a->locks);
	free(a->by_address.places);
	free(a->holders);
	free(a->by_holder.places);
	free(a->waiters);
	free(a);
}

const struct analysis analysis_locks = {
    .name = "locks",
    .open = locks_open,
    .task_interval = locks_interval,
    .block = locks_block,
    .begin = locks_begin,
    .result = locks_result,
    .close = locks_close,
};
