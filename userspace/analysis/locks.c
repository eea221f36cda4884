/* SPDX-License-Identifier: BSD-2-Clause */
/* Contended locks, and what else is waited for by futex(2). Memory: one element per lock, per task
 * that held or waited for a lock, and per task; and the steps of each lock's waiters in the hold
 * that goes on. */
#include "analysis/locks.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "analysis/pass.h"
#include "analysis/steps.h"
#include "analysis/tasks.h"
#include "base/keys.h"
#include "base/mem.h"
#include "model/cause.h"
#include "model/names.h"

#define NONE    UINT32_MAX
#define HERD_NS 50000 /* between two wakings of one call: 1 to 20 us measured */

/* A task that held a lock, or waited for it. */
struct party {
	uint32_t lock;
	uint32_t tid;
	bool held, waited;
	uint64_t waited_on_ns, measured_ns;
	uint64_t waited_ns;
	uint32_t task;             /* its index, if it waited */
	uint64_t begin_ns, end_ns; /* its last wait, and who had the lock when that began */
	bool woken;
	uint64_t handed_ns; /* the lock's, when the wait ended */
	uint32_t owner;
};

struct lock {
	uint32_t sync;
	struct steps steps; /* of its waiters */
	uint64_t waits;
	uint64_t wait_ns;
	uint64_t max_wait_ns;
	uint64_t wakes, calls;   /* waiters woken by others, and in how many calls */
	uint32_t herd, max_herd; /* woken by the call that was last, and by any */
	uint32_t herd_waker;
	uint64_t herd_at;              /* its last waking */
	uint64_t wasted;               /* woken and found it taken */
	uint64_t handoffs, handoff_ns; /* woken and had it: time until they ran */
	uint32_t waiters;              /* now */
	uint32_t max_waiters;
	bool traced;
	bool is_lock;
	uint64_t waited_at; /* since when somebody waits */
	uint64_t any_ns;    /* so far somebody waited, up to any_until_ns */
	uint64_t any_until_ns;
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
	uint32_t left;    /* the lock it waited for last, when that wait ended */
	uint64_t left_at;
	uint32_t heir_of;   /* woken to take that lock, and nothing told yet whether it could */
	uint64_t handed_at; /* when, UINT64_MAX after it ran: */
	uint64_t handoff_ns;
};

struct locks {
	struct lock *locks; /* [nr] */
	size_t nr, cap;
	uint32_t *shared; /* [nr_shared] of locks, those that processes share: two may be one */
	size_t nr_shared, cap_shared;
	uint32_t *by_sync; /* [nr_by_sync] of the machine's objects: a lock, or NONE */
	size_t nr_by_sync, cap_by_sync;
	struct party *parties; /* [nr_parties] of all locks, in order of appearance */
	size_t nr_parties, cap_parties;
	struct keys party_keys; /* lock, tid */
	struct waiter *waiters; /* [nr_waiters] by task index */
	size_t nr_waiters, cap_waiters;
};

static void *locks_open(void)
{
	return mem_zalloc(1, sizeof(struct locks));
}

/* The lock that is that object now, made if need be. */
static struct lock *lock_at(struct locks *a, const struct view *v, uint32_t sync)
{
	uint32_t id = machine_sync_id(v->machine, sync);

	while (a->nr_by_sync <= id) {
		a->by_sync =
		    mem_grow(a->by_sync, &a->cap_by_sync, a->nr_by_sync + 1, sizeof(*a->by_sync));
		a->by_sync[a->nr_by_sync++] = NONE;
	}
	if (a->by_sync[id] != NONE)
		return &a->locks[a->by_sync[id]];
	a->by_sync[id] = (uint32_t)a->nr;
	a->locks = mem_grow(a->locks, &a->cap, a->nr + 1, sizeof(*a->locks));
	a->locks[a->nr] =
	    (struct lock){.sync = id, .owner = NONE, .handed_ns = UINT64_MAX, .herd_waker = NONE};
	if (machine_sync(v->machine, id)->flags & SYNC_SHARED) {
		a->shared =
		    mem_grow(a->shared, &a->cap_shared, a->nr_shared + 1, sizeof(*a->shared));
		a->shared[a->nr_shared++] = (uint32_t)a->nr;
	}
	return &a->locks[a->nr++];
}

static struct party *party_at(struct locks *a, uint32_t lock, uint32_t tid)
{
	uint32_t party = keys_index(&a->party_keys, lock, tid);

	if (party == a->nr_parties) {
		a->parties =
		    mem_grow(a->parties, &a->cap_parties, a->nr_parties + 1, sizeof(*a->parties));
		a->parties[a->nr_parties++] = (struct party){.lock = lock, .tid = tid};
	}
	return &a->parties[party];
}

static struct waiter *waiter_at(struct locks *a, uint32_t task)
{
	while (a->nr_waiters <= task) {
		a->waiters =
		    mem_grow(a->waiters, &a->cap_waiters, a->nr_waiters + 1, sizeof(*a->waiters));
		a->waiters[a->nr_waiters++] =
		    (struct waiter){.lock = NONE, .left = NONE, .heir_of = NONE};
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

/* One waiter more from ts_ns on, or one fewer. */
static void note_step(struct lock *l, const struct view *v, uint64_t ts_ns, int change)
{
	const struct sync *sync = machine_sync_now(v->machine, l->sync);
	uint64_t since_ns = sync->holder != TASK_NONE ? sync->since_ns : 0;

	steps_add(&l->steps, ts_ns, change, since_ns > v->begin_ns ? since_ns : v->begin_ns);
}

/* The same, with those that waited for it before it turned out to be one with l. */
static uint64_t waited_during_all(struct locks *a, const struct view *v, struct lock *l,
				  uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t ns = steps_take(&l->steps, begin_ns, end_ns);

	if (!(machine_sync(v->machine, l->sync)->flags & SYNC_SHARED))
		return ns;
	for (size_t i = 0; i < a->nr_shared; i++) {
		struct lock *other = &a->locks[a->shared[i]];

		if (other != l && machine_sync_id(v->machine, other->sync) == l->sync)
			ns += steps_take(&other->steps, begin_ns, end_ns);
	}
	return ns;
}

/* Somebody waited in [begin_ns, end_ns), some of which may be counted already. */
static void add_any(struct lock *l, const struct view *v, uint64_t begin_ns, uint64_t end_ns)
{
	if (begin_ns < v->begin_ns)
		begin_ns = v->begin_ns;
	if (begin_ns < l->any_until_ns)
		begin_ns = l->any_until_ns;
	if (end_ns > v->end_ns)
		end_ns = v->end_ns;
	if (end_ns <= begin_ns)
		return;
	l->any_ns += end_ns - begin_ns;
	l->any_until_ns = end_ns;
}

static void stop_waiting(struct locks *a, const struct view *v, uint32_t task, uint64_t ts_ns)
{
	struct waiter *w = &a->waiters[task];
	struct lock *l = w->lock != NONE ? &a->locks[w->lock] : NULL;

	w->lock = NONE;
	if (!l)
		return;
	l->waiters--;
	note_step(l, v, ts_ns, -1);
	if (l->waiters > 0)
		return;
	set_owner(a, v, l, NONE);
	add_any(l, v, l->waited_at, ts_ns);
}

static bool is_lock(const struct interval *iv)
{
	return iv->why == REASON_LOCK && iv->sync != SYNC_NONE;
}

static bool is_sync(const struct interval *iv)
{
	return iv->sync != SYNC_NONE;
}

/* The heir has had the lock, or has not. */
static void settle_heir(struct locks *a, struct waiter *w, bool wasted)
{
	struct lock *l = w->heir_of != NONE ? &a->locks[w->heir_of] : NULL;

	if (!l)
		return;
	w->heir_of = NONE;
	if (wasted) {
		l->wasted++;
		return;
	}
	if (w->handed_at != UINT64_MAX)
		return; /* it never ran */
	l->handoffs++;
	l->handoff_ns += w->handoff_ns;
}

static void begin_waiting(struct locks *a, const struct view *v, const struct interval *iv)
{
	stop_waiting(a, v, iv->task, waiter_at(a, iv->task)->begin_ns);
	struct lock *l = lock_at(a, v, iv->sync);
	uint32_t owner = iv->owner && is_lock(iv) ? machine_find(v->machine, iv->owner) : NONE;

	l->is_lock |= is_lock(iv);
	if (l->waiters == 0)
		steps_clear(&l->steps);
	if (l->waiters == 0)
		l->waited_at = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	if (owner != NONE && owner != iv->task)
		set_owner(a, v, l, owner);
	struct waiter *w = &a->waiters[iv->task];

	w->lock = (uint32_t)(l - a->locks);
	w->begin_ns = iv->begin_ns;
	if (++l->waiters > l->max_waiters && iv->begin_ns < v->end_ns)
		l->max_waiters = l->waiters;
	note_step(l, v, iv->begin_ns, 1);
}

static void locks_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct waiter *w = waiter_at(payload, iv->task);

	if (w->heir_of != NONE)
		settle_heir(payload, w,
			    is_sync(iv) && lock_at(payload, v, iv->sync) ==
					       &((struct locks *)payload)->locks[w->heir_of]);
	if (is_sync(iv) && !iv->overtaken)
		begin_waiting(payload, v, iv);
}

/* Of who is off the core nothing is known then: no wait goes through it. */
static void locks_gap(void *payload, const struct view *v, uint64_t begin_ns, uint64_t end_ns)
{
	struct locks *a = payload;

	(void)end_ns;
	for (uint32_t i = 0; i < a->nr_waiters; i++) {
		uint64_t since_ns = a->waiters[i].begin_ns;

		stop_waiting(a, v, i, since_ns > begin_ns ? since_ns : begin_ns);
	}
}

/* Woken from a wait for a lock: by whom it was given, and how many with it. */
static void locks_wake(void *payload, const struct view *v, const struct wake_edge *edge)
{
	struct locks *a = payload;
	struct waiter *w = waiter_at(a, edge->wakee);
	struct lock *l;

	if ((edge->cause != CAUSE_FUTEX && edge->cause != CAUSE_EXIT) || w->left == NONE ||
	    w->left_at != edge->ts_ns)
		return;
	/* It may have turned out to be one with another since that wait began. */
	l = lock_at(a, v, a->locks[w->left].sync);
	w->heir_of = (uint32_t)(l - a->locks);
	w->handed_at = edge->ts_ns;
	l->wakes++;
	if (l->herd_waker == edge->waker && edge->ts_ns - l->herd_at <= HERD_NS)
		l->herd++;
	else
		l->herd = 1;
	l->calls += l->herd == 1;
	l->herd_waker = edge->waker;
	l->herd_at = edge->ts_ns;
	if (l->herd > l->max_herd)
		l->max_herd = l->herd;
	if (edge->waker == TASK_NONE)
		return;
	w = waiter_at(a, edge->waker); /* may move w */
	if (w->heir_of != NONE && &a->locks[w->heir_of] == l)
		settle_heir(a, w, false);
}

static uint64_t least(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

/* Time that others waited, while a task had it. */
static void locks_hold(void *payload, const struct view *v, const struct hold *hold)
{
	struct locks *a = payload;
	struct lock *l = lock_at(a, v, hold->sync);
	uint64_t begin = hold->begin_ns > v->begin_ns ? hold->begin_ns : v->begin_ns;
	uint64_t end = hold->end_ns < v->end_ns ? hold->end_ns : v->end_ns;
	uint64_t ns = end > begin ? waited_during_all(a, v, l, begin, end) : 0;
	const struct waiter *self = waiter_at(a, hold->task);
	struct party *p;

	/* One that was hidden when it came back to its core still counts as a waiter. */
	if (self->lock == (uint32_t)(l - a->locks) && self->begin_ns < end)
		ns -= least(ns, end - (self->begin_ns > begin ? self->begin_ns : begin));
	if (ns == 0)
		return;
	p = party_at(a, (uint32_t)(l - a->locks), machine_task(v->machine, hold->task)->tid);
	p->held = true;
	p->waited_on_ns += ns;
	p->measured_ns += hold->measured ? ns : 0;
}

static void count_parties(struct locks *a, const struct view *v, uint32_t lock,
			  const struct interval *iv, uint64_t dur_ns)
{
	struct party *p;

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

/* How many waited, now that a wait of it ends. What processes share is counted apart for each of
 * them until it turns out to be one object; the machine knows all who wait for it by now. */
static void count_crowd(struct lock *l, const struct view *v)
{
	const struct sync *sync = machine_sync_now(v->machine, l->sync);

	if (sync->flags & SYNC_SHARED && sync->nr_waiters > l->max_waiters)
		l->max_waiters = sync->nr_waiters;
	if (l->max_waiters == 0)
		l->max_waiters = 1; /* it waited when recording began */
}

static void locks_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	struct locks *a = payload;
	struct waiter *w = waiter_at(a, iv->task);

	if (iv->state == STATE_RUNNABLE || iv->state == STATE_BLOCKED)
		w->away_ns += dur_ns;
	if (w->heir_of != NONE && iv->state == STATE_RUNNABLE && w->handed_at == iv->begin_ns) {
		w->handed_at = UINT64_MAX;
		w->handoff_ns = iv->end_ns - iv->begin_ns;
		if (a->locks[w->heir_of].waiters && a->locks[w->heir_of].is_lock)
			set_owner(a, v, &a->locks[w->heir_of], iv->task);
	}
	if (w->lock != NONE && iv->end_ns > w->begin_ns) {
		struct lock *l = &a->locks[w->lock];
		bool waited = iv->state == STATE_BLOCKED;

		w->left = w->lock;
		w->left_at = iv->end_ns;

		if (iv->waker != NONE && iv->waker == l->owner)
			set_owner(a, v, l, NONE);
		/* What is told in the wait's place: it was none. */
		stop_waiting(a, v, iv->task, waited ? iv->end_ns : w->begin_ns);
	}
	if (iv->state != STATE_BLOCKED || !is_sync(iv))
		return;
	struct lock *l = lock_at(a, v, iv->sync);

	if (l->waiters == 0)
		add_any(l, v, iv->begin_ns, iv->end_ns);

	l->is_lock |= is_lock(iv);
	l->waits++;
	if (dur_ns > l->max_wait_ns)
		l->max_wait_ns = dur_ns;
	l->traced |= machine_task(v->machine, iv->task)->traced;
	l->wait_ns += dur_ns;
	count_crowd(l, v);
	count_parties(a, v, (uint32_t)(l - a->locks), iv, dur_ns);
	if (iv->waker != NONE)
		l->handed_ns = iv->end_ns;
}

static void locks_begin(void *payload, const struct view *v)
{
	struct interval now;

	for (uint32_t i = 0; i < machine_nr_tasks(v->machine); i++)
		if (machine_task_now(v->machine, i, &now) && now.state == STATE_BLOCKED &&
		    is_sync(&now))
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
    [LOCKS_MAX_WAIT] = {"max_wait_ns", CELL_NS},
    [LOCKS_WAKES] = {"wakes", CELL_COUNT},
    [LOCKS_CALLS] = {"wake_calls", CELL_COUNT},
    [LOCKS_HERD] = {"max_woken_at_once", CELL_COUNT},
    [LOCKS_WASTED] = {"wasted_wakes", CELL_COUNT},
    [LOCKS_HANDOFFS] = {"handoffs", CELL_COUNT},
    [LOCKS_HANDOFF] = {"handoff_ns", CELL_NS},
    [LOCKS_FIRST] = {"first_waiter", CELL_COUNT},
    [LOCKS_IS_LOCK] = {"is_lock", CELL_BOOL},
};

static const struct column holder_columns[HOLDERS_NR_COLUMNS] = {
    [HOLDERS_TID] = {"tid", CELL_COUNT},
    [HOLDERS_WAITED_ON] = {"waited_on_ns", CELL_NS},
    [HOLDERS_MEASURED] = {"measured", CELL_BOOL},
    [HOLDERS_MEASURED_NS] = {"measured_ns", CELL_NS},
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
	       t->end_ns < p->end_ns + TASKS_DYING_NS;
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
	cell_number(&row[HOLDERS_MEASURED], holder->measured_ns == holder->waited_on_ns);
	cell_number(&row[HOLDERS_MEASURED_NS], holder->measured_ns);
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

/* Of what was waited for at the same time, as one object, the longer one is what is known. */
static void add_lock(struct lock *to, const struct lock *from)
{
	to->waits += from->waits;
	to->wait_ns += from->wait_ns;
	if (from->any_ns > to->any_ns)
		to->any_ns = from->any_ns;
	if (from->away_ns > to->away_ns)
		to->away_ns = from->away_ns;
	to->wakes += from->wakes;
	to->calls += from->calls;
	to->wasted += from->wasted;
	to->handoffs += from->handoffs;
	to->handoff_ns += from->handoff_ns;
	to->traced |= from->traced;
	to->is_lock |= from->is_lock;
	if (from->max_wait_ns > to->max_wait_ns)
		to->max_wait_ns = from->max_wait_ns;
	if (from->max_waiters > to->max_waiters)
		to->max_waiters = from->max_waiters;
	if (from->max_herd > to->max_herd)
		to->max_herd = from->max_herd;
}

static void add_party(struct party *to, const struct party *from)
{
	uint32_t lock = to->lock;
	uint64_t waited_on_ns = to->waited_on_ns, waited_ns = to->waited_ns;
	uint64_t measured_ns = to->measured_ns;
	bool held = to->held, waited = to->waited;

	if (from->waited && (!waited || from->begin_ns > to->begin_ns))
		*to = *from;
	to->lock = lock;
	to->waited_on_ns = waited_on_ns + from->waited_on_ns;
	to->waited_ns = waited_ns + from->waited_ns;
	to->held = held | from->held;
	to->waited = waited | from->waited;
	to->measured_ns = measured_ns + from->measured_ns;
}

/* What was told of objects that turned out to be one is put together, and kept so: a result may be
 * asked for again. */
static void unite(struct locks *a, const struct view *v)
{
	size_t nr = a->nr_parties;

	for (uint32_t i = 0; i < a->nr; i++) {
		struct lock *one = lock_at(a, v, a->locks[i].sync);

		if (one == &a->locks[i])
			continue;
		add_lock(one, &a->locks[i]);
		a->locks[i].waits = a->locks[i].wait_ns = a->locks[i].wakes = 0;
		a->locks[i].calls = a->locks[i].wasted = 0;
		a->locks[i].handoffs = a->locks[i].handoff_ns = 0;
	}
	for (size_t i = 0; i < nr; i++) {
		struct party from = a->parties[i];
		const struct lock *one = lock_at(a, v, a->locks[from.lock].sync);

		if (one == &a->locks[from.lock])
			continue;
		a->parties[i].held = a->parties[i].waited = false;
		a->parties[i].waited_on_ns = a->parties[i].waited_ns = 0;
		a->parties[i].measured_ns = 0;
		add_party(party_at(a, (uint32_t)(one - a->locks), from.tid), &from);
	}
}

static void put_lock(struct rows *rows, const struct view *v, const struct lock *l,
		     struct rows *holders, struct rows *waiters)
{
	const struct sync *sync = machine_sync(v->machine, l->sync);
	struct cell *row = rows_add(rows);
	char kind[80], name[NAME_TEXT_LEN];

	sync_describe(sync, kind, sizeof(kind));
	if (machine_sync_name(v->machine, l->sync, name, sizeof(name)))
		cell_text(&row[LOCKS_NAME], name);
	if (sync->first_waiter < machine_nr_tasks(v->machine))
		cell_number(&row[LOCKS_FIRST], machine_task(v->machine, sync->first_waiter)->tid);
	if (sync->tgid)
		cell_number(&row[LOCKS_TGID], sync->tgid);
	cell_number(&row[LOCKS_UADDR], sync->uaddr);
	cell_text(&row[LOCKS_KIND], kind);
	cell_number(&row[LOCKS_WAITS], l->waits);
	cell_number(&row[LOCKS_WAIT_NS], l->wait_ns);
	cell_number(&row[LOCKS_MAX_WAITERS], l->max_waiters);
	cell_rows(&row[LOCKS_HOLDERS], holders);
	cell_number(&row[LOCKS_TRACED], l->traced);
	cell_rows(&row[LOCKS_WAITERS], waiters);
	/* That a wait ended may be told long after: a wait that began since then is counted from
	   there, too much, and no more was waited for than all waits together. */
	cell_number(&row[LOCKS_ANY], least(l->any_ns, l->wait_ns));
	cell_number(&row[LOCKS_MAX_WAIT], l->max_wait_ns);
	cell_number(&row[LOCKS_WAKES], l->wakes);
	cell_number(&row[LOCKS_CALLS], l->calls);
	cell_number(&row[LOCKS_HERD], l->max_herd);
	cell_number(&row[LOCKS_IS_LOCK], l->is_lock);
	if (l->is_lock) {
		cell_number(&row[LOCKS_AWAY], l->away_ns);
		cell_number(&row[LOCKS_WASTED], l->wasted);
	}
	cell_number(&row[LOCKS_HANDOFFS], l->handoffs);
	cell_number(&row[LOCKS_HANDOFF], l->handoff_ns);
}

/* Locks first, then by the time that was waited. */
static int compare_locks(const void *left, const void *right, void *payload)
{
	const struct locks *a = payload;
	const struct lock *l = &a->locks[*(const uint32_t *)left];
	const struct lock *r = &a->locks[*(const uint32_t *)right];

	if (l->is_lock != r->is_lock)
		return l->is_lock ? -1 : 1;
	if (l->wait_ns != r->wait_ns)
		return l->wait_ns > r->wait_ns ? -1 : 1;
	return l < r ? -1 : l > r;
}

static uint32_t *order_of(struct locks *a)
{
	uint32_t *order = mem_alloc((a->nr + 1) * sizeof(*order));

	for (uint32_t i = 0; i < a->nr; i++)
		order[i] = i;
	if (a->nr)
		qsort_r(order, a->nr, sizeof(*order), compare_locks, a);
	return order;
}

static struct result *locks_result(void *payload, const struct view *v)
{
	struct locks *a = payload;
	struct result *r = result_open(columns, LOCKS_NR_COLUMNS);

	for (size_t i = 0; i < a->nr_waiters; i++)
		settle_heir(a, &a->waiters[i], false);
	unite(a, v);
	struct rows **holders = holders_by_lock(a);
	struct rows **waiters = waiters_by_lock(a, v);

	uint32_t *order = order_of(a);

	for (size_t k = 0; k < a->nr; k++) {
		uint32_t i = order[k];

		if (a->locks[i].waits) {
			put_lock(&r->table, v, &a->locks[i], holders[i], waiters[i]);
			continue;
		}
		rows_close(holders[i]);
		rows_close(waiters[i]);
	}
	free(holders);
	free(waiters);
	free(order);
	return r;
}

static void locks_close(void *payload)
{
	struct locks *a = payload;

	for (size_t i = 0; i < a->nr; i++)
		steps_done(&a->locks[i].steps);
	free(a->locks);
	free(a->by_sync);
	free(a->shared);
	free(a->parties);
	keys_done(&a->party_keys);
	free(a->waiters);
	free(a);
}

const struct analysis analysis_locks = {
    .name = "locks",
    .open = locks_open,
    .task_interval = locks_interval,
    .block = locks_block,
    .wake = locks_wake,
    .hold = locks_hold,
    .gap = locks_gap,
    .begin = locks_begin,
    .result = locks_result,
    .close = locks_close,
};
