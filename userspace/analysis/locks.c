/* SPDX-License-Identifier: BSD-2-Clause */
/* Contended locks. Memory: one element per lock, per task that held or waited for a lock, and per
 * task. */
#include "analysis/locks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/pass.h"
#include "base/mem.h"

#define NONE     UINT32_MAX
#define DYING_NS 50000000 /* a task that is killed needs less to be gone */

/* A task that held a lock, or waited for it. */
struct party {
	uint32_t lock;
	uint32_t tid;
	bool held, waited;
	uint64_t waited_on_ns;
	uint64_t waited_ns;
	uint32_t task;             /* its index, if it waited */
	uint64_t begin_ns, end_ns; /* its last wait, and who had the lock when that began */
	bool woken;
	uint64_t handed_ns; /* the lock's, when the wait ended */
	uint32_t owner;
};

struct lock {
	uint32_t tgid;
	uint64_t uaddr;
	uint64_t waits;
	uint64_t wait_ns;
	uint32_t waiters; /* now */
	uint32_t max_waiters;
	bool traced;
	uint64_t waited_at; /* since when somebody waits */
	uint64_t any_ns;    /* so far somebody waited */
	uint32_t owner;     /* who is known to hold it, by index, or NONE */
	uint64_t away_at;   /* its time off its core when that became known */
	uint64_t away_ns;   /* so far it was waited for and its known owner was off its core */
	uint64_t handed_ns; /* when a wait for it last ended, UINT64_MAX: never */
};

/* A task that waits: for which lock, since when. */
struct waiter {
	uint32_t lock;
	uint64_t begin_ns;
	uint64_t away_ns; /* not of a wait: what the task was off its core in the window */
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
	struct party *parties; /* [nr_parties] of all locks, in order of appearance */
	size_t nr_parties, cap_parties;
	struct index by_party;
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
	index_init(&a->by_party, 256);
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

static uint32_t *place_of_party(const struct locks *a, uint32_t lock, uint32_t tid)
{
	const struct index *index = &a->by_party;
	size_t at = hash_of(lock, tid, index->size);

	while (index->places[at] != NONE && (a->parties[index->places[at]].tid != tid ||
					     a->parties[index->places[at]].lock != lock))
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
	a->locks[a->nr++] =
	    (struct lock){.tgid = tgid, .uaddr = uaddr, .owner = NONE, .handed_ns = UINT64_MAX};
	if (a->nr * 2 > a->by_address.size) {
		free(a->by_address.places);
		index_init(&a->by_address, a->by_address.size * 2);
		for (size_t i = 0; i < a->nr; i++)
			*place_of_lock(a, a->locks[i].tgid, a->locks[i].uaddr) = (uint32_t)i;
	}
	return &a->locks[a->nr - 1];
}

static struct party *party_at(struct locks *a, uint32_t lock, uint32_t tid)
{
	uint32_t *place = place_of_party(a, lock, tid);

	if (*place != NONE)
		return &a->parties[*place];
	*place = (uint32_t)a->nr_parties;
	a->parties = mem_grow(a->parties, &a->cap_parties, a->nr_parties + 1, sizeof(*a->parties));
	a->parties[a->nr_parties++] = (struct party){.lock = lock, .tid = tid};
	if (a->nr_parties * 2 > a->by_party.size) {
		free(a->by_party.places);
		index_init(&a->by_party, a->by_party.size * 2);
		for (size_t i = 0; i < a->nr_parties; i++)
			*place_of_party(a, a->parties[i].lock, a->parties[i].tid) = (uint32_t)i;
	}
	return &a->parties[a->nr_parties - 1];
}

static struct waiter *waiter_at(struct locks *a, uint32_t task)
{
	while (a->nr_waiters <= task) {
		a->waiters =
		    mem_grow(a->waiters, &a->cap_waiters, a->nr_waiters + 1, sizeof(*a->waiters));
		a->waiters[a->nr_waiters++] = (struct waiter){.lock = NONE};
	}
	return &a->waiters[task];
}

/* What a task was off its core in the window, up to now. */
static uint64_t away_until_now(struct locks *a, const struct view *v, uint32_t task)
{
	uint64_t ns = waiter_at(a, task)->away_ns;
	struct interval now;

	if (!machine_task_now(v->machine, task, &now) || now.state == STATE_RUNNING ||
	    now.state == STATE_UNKNOWN)
		return ns;
	if (now.begin_ns < v->begin_ns)
		now.begin_ns = v->begin_ns;
	return now.end_ns > now.begin_ns ? ns + now.end_ns - now.begin_ns : ns;
}

/* From now on the lock is known to be held by owner, or by nobody known. */
static void set_owner(struct locks *a, const struct view *v, struct lock *l, uint32_t owner)
{
	if (l->owner == owner)
		return;
	uint64_t away_ns = l->owner != NONE ? away_until_now(a, v, l->owner) : 0;

	/* What was thought to be a wait may have turned out to be unknown. */
	if (l->owner != NONE && away_ns > l->away_at)
		l->away_ns += away_ns - l->away_at;
	l->owner = owner;
	if (owner != NONE)
		l->away_at = away_until_now(a, v, owner);
}

static void stop_waiting(struct locks *a, const struct view *v, uint32_t task, uint64_t ts_ns)
{
	struct waiter *w = &a->waiters[task];
	struct lock *l = w->lock != NONE ? &a->locks[w->lock] : NULL;

	w->lock = NONE;
	if (!l || --l->waiters > 0)
		return;
	set_owner(a, v, l, NONE);
	if (ts_ns > v->end_ns)
		ts_ns = v->end_ns;
	if (ts_ns > l->waited_at)
		l->any_ns += ts_ns - l->waited_at;
}

static bool is_lock(const struct interval *iv)
{
	return iv->why == REASON_LOCK && iv->object_kind == OBJECT_FUTEX;
}

static void begin_waiting(struct locks *a, const struct view *v, const struct interval *iv)
{
	waiter_at(a, iv->task);
	stop_waiting(a, v, iv->task, iv->begin_ns);
	struct lock *l = lock_at(a, machine_task(v->machine, iv->task)->tgid, iv->object);

	bool told = iv->owner && !iv->owner_inferred;
	uint32_t owner = told ? machine_find(v->machine, iv->owner) : NONE;

	if (l->waiters == 0)
		l->waited_at = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	if (owner != NONE && owner != iv->task)
		set_owner(a, v, l, owner);
	struct waiter *w = &a->waiters[iv->task];

	w->lock = (uint32_t)(l - a->locks);
	w->begin_ns = iv->begin_ns;
	if (++l->waiters > l->max_waiters && iv->begin_ns < v->end_ns)
		l->max_waiters = l->waiters;
}

static void locks_block(void *payload, const struct view *v, const struct interval *iv)
{
	if (is_lock(iv))
		begin_waiting(payload, v, iv);
}

static void count_parties(struct locks *a, const struct view *v, uint32_t lock,
			  const struct interval *iv, uint64_t dur_ns)
{
	struct party *p;

	if (iv->owner && !iv->owner_inferred) {
		p = party_at(a, lock, iv->owner);
		p->held = true;
		p->waited_on_ns += dur_ns;
	}
	p = party_at(a, lock, machine_task(v->machine, iv->task)->tid);
	p->waited = true;
	p->waited_ns += dur_ns;
	p->begin_ns = iv->begin_ns;
	p->end_ns = iv->end_ns;
	p->woken = iv->waker != NONE;
	p->task = iv->task;
	p->handed_ns = a->locks[lock].handed_ns;
	p->owner = iv->owner_inferred ? 0 : iv->owner;
}

static void locks_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	struct locks *a = payload;
	struct waiter *w = waiter_at(a, iv->task);

	if (iv->state == STATE_RUNNABLE || iv->state == STATE_BLOCKED)
		w->away_ns += dur_ns;
	if (w->lock != NONE && iv->end_ns > w->begin_ns) {
		struct lock *l = &a->locks[w->lock];

		if (iv->waker != NONE && iv->waker == l->owner)
			set_owner(a, v, l, NONE);
		stop_waiting(a, v, iv->task, iv->end_ns);
	}
	if (iv->state != STATE_BLOCKED || !is_lock(iv))
		return;
	struct lock *l = lock_at(a, machine_task(v->machine, iv->task)->tgid, iv->object);

	l->waits++;
	l->traced |= machine_task(v->machine, iv->task)->traced;
	l->wait_ns += dur_ns;
	if (l->max_waiters == 0)
		l->max_waiters = 1; /* it waited when recording began */
	count_parties(a, v, (uint32_t)(l - a->locks), iv, dur_ns);
	if (iv->waker != NONE)
		l->handed_ns = iv->end_ns;
}

static void locks_begin(void *payload, const struct view *v)
{
	struct interval now;

	for (uint32_t i = 0; i < machine_nr_tasks(v->machine); i++)
		if (machine_task_now(v->machine, i, &now) && now.state == STATE_BLOCKED &&
		    is_lock(&now))
			begin_waiting(payload, v, &now);
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
    [LOCKS_WAITERS] = {"waiters", CELL_ROWS},
    [LOCKS_ANY] = {"waited_for_ns", CELL_NS},
    [LOCKS_AWAY] = {"held_off_core_ns", CELL_NS},
};

static const struct column holder_columns[HOLDERS_NR_COLUMNS] = {
    [HOLDERS_TID] = {"tid", CELL_COUNT},
    [HOLDERS_WAITED_ON] = {"waited_on_ns", CELL_NS},
    [HOLDERS_MEASURED] = {"measured", CELL_BOOL},
};

static const struct column waiter_columns[WAITERS_NR_COLUMNS] = {
    [WAITERS_TID] = {"tid", CELL_COUNT},     [WAITERS_WAITED] = {"wait_ns", CELL_NS},
    [WAITERS_SINCE] = {"since_ns", CELL_NS}, [WAITERS_UNTIL] = {"until_ns", CELL_NS},
    [WAITERS_OWNER] = {"owner", CELL_COUNT}, [WAITERS_HANDED] = {"handed_over_ns", CELL_NS},
};

/* The task never got the lock: it waits at the window's end, or was killed while it waited. */
static bool was_in_vain(const struct party *p, const struct view *v)
{
	const struct task *t = machine_task(v->machine, p->task);

	if (p->end_ns == v->end_ns && !p->woken)
		return true;
	return t->exited && t->exit_code != INFO_NO_STATUS && WIFSIGNALED(t->exit_code) &&
	       t->end_ns < p->end_ns + DYING_NS;
}

static void put_waiter(struct rows *rows, const struct view *v, const struct party *p)
{
	struct cell *row = rows_add(rows);

	cell_number(&row[WAITERS_TID], p->tid);
	cell_number(&row[WAITERS_WAITED], p->waited_ns);
	if (!was_in_vain(p, v))
		return;
	cell_number(&row[WAITERS_SINCE], p->begin_ns);
	cell_number(&row[WAITERS_UNTIL], p->end_ns);
	if (p->owner)
		cell_number(&row[WAITERS_OWNER], p->owner);
	if (p->handed_ns != UINT64_MAX)
		cell_number(&row[WAITERS_HANDED], p->handed_ns);
}

static void put_holder(struct rows *rows, const struct party *holder)
{
	struct cell *row = rows_add(rows);

	cell_number(&row[HOLDERS_TID], holder->tid);
	cell_number(&row[HOLDERS_WAITED_ON], holder->waited_on_ns);
	cell_number(&row[HOLDERS_MEASURED], true);
}

/* Who held each lock: [a->nr]. */
static struct rows **holders_by_lock(const struct locks *a)
{
	struct rows **by_lock = mem_zalloc(a->nr + 1, sizeof(struct rows *));

	for (size_t i = 0; i < a->nr; i++)
		by_lock[i] = rows_open(holder_columns, HOLDERS_NR_COLUMNS);
	for (size_t i = 0; i < a->nr_parties; i++)
		if (a->parties[i].held)
			put_holder(by_lock[a->parties[i].lock], &a->parties[i]);
	for (size_t i = 0; i < a->nr; i++)
		rows_sort(by_lock[i], HOLDERS_WAITED_ON, true);
	return by_lock;
}

/* Who waited for each lock: [a->nr]. */
static struct rows **waiters_by_lock(const struct locks *a, const struct view *v)
{
	struct rows **by_lock = mem_zalloc(a->nr + 1, sizeof(struct rows *));

	for (size_t i = 0; i < a->nr; i++)
		by_lock[i] = rows_open(waiter_columns, WAITERS_NR_COLUMNS);
	for (size_t i = 0; i < a->nr_parties; i++)
		if (a->parties[i].waited)
			put_waiter(by_lock[a->parties[i].lock], v, &a->parties[i]);
	for (size_t i = 0; i < a->nr; i++)
		rows_sort(by_lock[i], WAITERS_WAITED, true);
	return by_lock;
}

static struct result *locks_result(void *payload, const struct view *v)
{
	struct locks *a = payload;
	struct result *r = result_open(columns, LOCKS_NR_COLUMNS);
	struct rows **holders = holders_by_lock(a);
	struct rows **waiters = waiters_by_lock(a, v);

	for (size_t i = 0; i < a->nr; i++) {
		const struct lock *l = &a->locks[i];

		if (l->waits == 0) {
			rows_close(holders[i]);
			rows_close(waiters[i]);
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
		cell_rows(&row[LOCKS_WAITERS], waiters[i]);
		cell_number(&row[LOCKS_ANY], l->any_ns);
		cell_number(&row[LOCKS_AWAY], l->away_ns);
	}
	free(holders);
	free(waiters);
	rows_sort(&r->table, LOCKS_WAIT_NS, true);
	return r;
}

static void locks_close(void *payload)
{
	struct locks *a = payload;

	free(a->locks);
	free(a->by_address.places);
	free(a->parties);
	free(a->by_party.places);
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
