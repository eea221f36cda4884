/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every task has at most one edge, so a cycle is found by walking; a walk ends where another one of
 * the same look has been. What is cheap is done with every wait, what is not when time has gone on.
 */
#include "model/waits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/cause.h"
#include "model/names.h"

#define LOOK_NS    50000000 /* between two looks */
#define MAX_BEHIND 64       /* of those that wait behind a standstill, so many are named */

/*
 * Settling: a hand-over is told by a waking, and that is exact to the record. 200 ms are for what
 * is not: a waiter that is woken before it slept leaves no wait behind, and the lock it got is then
 * held for as long as a critical section takes.
 */
const struct waits_limits waits_limits = {
    .settle_ns = 200000000,
    .stall_ns = 5000000000,
};

/* A task, by index. */
struct node {
	struct interval iv; /* valid while waiting */
	bool waiting;
	bool told;     /* in the core of a standstill */
	uint32_t at;   /* in the list of those that wait */
	uint64_t walk; /* the last one that came by */
};

struct waits {
	struct waits_limits limits;
	struct node *nodes; /* [nr_nodes] */
	size_t nr_nodes, cap_nodes;
	uint32_t *waiting; /* [nr_waiting] tasks in no order */
	size_t nr_waiting, cap_waiting;
	uint64_t *handed; /* [nr_handed] by sync object: last wake of somebody who waited for it */
	size_t nr_handed, cap_handed;
	struct standstill *found; /* [nr_found] */
	size_t nr_found, cap_found;
	size_t nr_active; /* of found, those that go on */
	uint64_t walk;
	uint64_t look_ns;  /* the next one */
	uint64_t stall_ns; /* no look for a stall before */
	uint64_t ran_ns;   /* the last time known that a traced task was not blocked */
	uint64_t loss_ns;  /* end of the last loss */
};

/* Whom a task waits for. */
struct edge {
	uint32_t tid;
	uint32_t next;     /* TASK_NONE: gone */
	uint64_t since_ns; /* when there has been that edge, as it is now */
};

struct waits *waits_open(const struct waits_limits *limits)
{
	struct waits *w = mem_zalloc(1, sizeof(*w));

	w->limits = *limits;
	return w;
}

static struct node *node_at(struct waits *w, uint32_t task)
{
	w->nodes = mem_reach(w->nodes, &w->cap_nodes, &w->nr_nodes, task, sizeof(*w->nodes));
	return &w->nodes[task];
}

static const struct node *waiting_node(const struct waits *w, uint32_t task)
{
	return task < w->nr_nodes && w->nodes[task].waiting ? &w->nodes[task] : NULL;
}

/* When somebody was last woken from a wait for what iv waits for; made if need be. */
static uint64_t *handed_at(struct waits *w, const struct machine *m, uint32_t sync)
{
	uint32_t id = machine_sync_id(m, sync);

	w->handed = mem_reach(w->handed, &w->cap_handed, &w->nr_handed, id, sizeof(*w->handed));
	return &w->handed[id];
}

/* Objects of several processes that turned out to be one were handed over as that one. */
static void join_handed(struct waits *w, const struct machine *m)
{
	for (uint32_t i = 0; i < w->nr_handed; i++) {
		uint64_t *one = handed_at(w, m, i);

		if (w->handed[i] > *one)
			*one = w->handed[i];
	}
}

static bool is_lock_wait(const struct interval *iv)
{
	return iv->why == REASON_LOCK && iv->sync != SYNC_NONE;
}

/* Whether the owner that a's memory named still has the lock, if it waits itself: see waits.h. */
static bool still_holds(struct waits *w, const struct machine *m, const struct node *a,
			const struct node *owner)
{
	return (owner && owner->iv.begin_ns < a->iv.begin_ns) ||
	       *handed_at(w, m, a->iv.sync) <= a->iv.begin_ns;
}

/* The edge of a task that waits, if there is one to be believed in. */
static bool edge_of(struct waits *w, const struct machine *m, const struct node *a,
		    struct edge *out)
{
	if (a->iv.timed || a->iv.owner == 0 || a->iv.owner_inferred ||
	    a->iv.begin_ns < w->loss_ns || !(is_lock_wait(&a->iv) || a->iv.why == REASON_JOIN))
		return false;
	uint32_t owner = machine_find(m, a->iv.owner);

	*out = (struct edge){a->iv.owner, owner, a->iv.begin_ns};
	if (owner == TASK_NONE)
		return a->iv.owner_exited && still_holds(w, m, a, NULL);
	const struct task *t = machine_task(m, owner);
	const bool reused = t->begin_ns > a->iv.begin_ns;

	if (a->iv.why == REASON_JOIN)
		return !reused && !t->exited;
	if (reused || t->exited)
		out->next = TASK_NONE;
	if (t->exited && !reused && t->end_ns > out->since_ns)
		out->since_ns = t->end_ns;
	return still_holds(w, m, a, out->next == TASK_NONE ? NULL : waiting_node(w, owner));
}

static bool has_settled(const struct waits *w, const struct machine *m, uint64_t since_ns)
{
	return machine_now_ns(m) - since_ns >= w->limits.settle_ns;
}

/* A waking may have come before the wait, which then is none: the machine knows. */
static bool really_waits(const struct machine *m, const struct node *n)
{
	struct interval now;

	return machine_task_now(m, n->iv.task, &now) && now.state == STATE_BLOCKED &&
	       now.begin_ns == n->iv.begin_ns;
}

static bool is_in(const struct standstill *s, uint32_t task)
{
	for (size_t i = 0; i < s->nr_waits; i++)
		if (s->waits[i].iv.task == task)
			return true;
	return false;
}

static void put(struct standstill *s, const struct interval *iv, uint32_t owner, uint32_t next)
{
	s->waits = mem_realloc(s->waits, (s->nr_waits + 1) * sizeof(*s->waits));
	s->waits[s->nr_waits++] = (struct wait){*iv, owner, next};
	if (iv->begin_ns > s->begin_ns)
		s->begin_ns = iv->begin_ns;
}

/* Whether n waits for somebody in s, or for what its first one waits for. */
static bool is_behind(struct waits *w, const struct machine *m, const struct standstill *s,
		      const struct node *n, uint32_t *owner, uint32_t *next)
{
	const struct interval *first = &s->waits[0].iv;
	struct edge e;

	*owner = 0;
	*next = TASK_NONE;
	if (edge_of(w, m, n, &e)) {
		*owner = e.tid;
		*next = e.next;
		if (e.next != TASK_NONE)
			return is_in(s, e.next);
		return s->kind == STANDSTILL_OWNER_EXITED &&
		       machine_sync_id(m, n->iv.sync) == machine_sync_id(m, first->sync);
	}
	if (n->iv.why != REASON_CHILD)
		return false;
	uint32_t tgid = machine_task(m, n->iv.task)->tgid;

	for (size_t i = 0; i < s->nr_waits; i++) {
		const struct task *t = machine_task(m, s->waits[i].iv.task);

		if (t->parent_tgid == tgid && t->tgid != tgid) {
			*owner = t->tgid;
			*next = s->waits[i].iv.task;
			return true;
		}
	}
	return false;
}

static void put_behind(struct waits *w, const struct machine *m, struct standstill *s)
{
	uint64_t begin_ns = s->begin_ns;
	uint32_t owner, next;
	size_t before;

	do {
		before = s->nr_waits;
		for (size_t i = 0; i < w->nr_waiting; i++) {
			const struct node *n = &w->nodes[w->waiting[i]];

			if (s->nr_waits - s->nr_core < MAX_BEHIND && !is_in(s, n->iv.task) &&
			    is_behind(w, m, s, n, &owner, &next))
				put(s, &n->iv, owner, next);
		}
	} while (s->nr_waits > before);
	s->begin_ns = begin_ns;
}

static void tell(struct waits *w, const struct machine *m, struct standstill *s)
{
	s->found_ns = machine_now_ns(m);
	s->ended = TASK_NONE;
	s->ended_by = TASK_NONE;
	s->nr_core = s->nr_waits;
	for (size_t i = 0; i < s->nr_core && s->kind != STANDSTILL_STALL; i++)
		w->nodes[s->waits[i].iv.task].told = true;
	if (s->kind != STANDSTILL_STALL)
		put_behind(w, m, s);
	w->found = mem_grow(w->found, &w->cap_found, w->nr_found + 1, sizeof(*w->found));
	w->found[w->nr_found++] = *s;
	w->nr_active++;
}

/* Of a cycle that task is in, the task that is told first: the oldest one. */
static uint32_t cycle_first(struct waits *w, const struct machine *m, uint32_t task)
{
	const struct node *n = &w->nodes[task];
	uint32_t first = task;
	struct edge e;

	while (n && edge_of(w, m, n, &e) && e.next != task) {
		if (e.next < first)
			first = e.next;
		n = waiting_node(w, e.next);
	}
	return first;
}

/* The walk has come back to task: the cycle is told if it holds, and has held for long enough. */
static void judge_cycle(struct waits *w, const struct machine *m, uint32_t task)
{
	struct standstill s = {.kind = STANDSTILL_DEADLOCK};
	struct edge e;
	bool holds = true;

	if (w->nodes[task].told)
		return;
	join_handed(w, m);
	task = cycle_first(w, m, task);
	const struct node *n = &w->nodes[task];

	do {
		holds = !n->told && edge_of(w, m, n, &e) && really_waits(m, n);
		if (!holds)
			break;
		put(&s, &n->iv, e.tid, e.next);
		n = waiting_node(w, e.next);
	} while (n && n->iv.task != task);
	if (holds && n && has_settled(w, m, s.begin_ns))
		tell(w, m, &s);
	else
		free(s.waits);
}

/* One standstill for all that wait for the same lock. */
static bool is_known_gone(struct waits *w, const struct machine *m, const struct node *n)
{
	for (size_t i = w->nr_found; w->nr_active && i-- > 0;) {
		const struct standstill *s = &w->found[i];

		if (s->kind == STANDSTILL_OWNER_EXITED && !s->end_ns &&
		    machine_sync_id(m, s->waits[0].iv.sync) == machine_sync_id(m, n->iv.sync))
			return true;
	}
	return false;
}

static void judge_gone(struct waits *w, const struct machine *m, const struct node *n)
{
	struct standstill s = {.kind = STANDSTILL_OWNER_EXITED};
	struct edge e;

	if (n->told)
		return;
	join_handed(w, m);
	if (!edge_of(w, m, n, &e) || !has_settled(w, m, e.since_ns) || !really_waits(m, n) ||
	    is_known_gone(w, m, n))
		return;
	put(&s, &n->iv, e.tid, TASK_NONE);
	s.begin_ns = e.since_ns;
	tell(w, m, &s);
}

/* Whether n waits for a PI lock of somebody in s. */
static bool wants_pi_of(struct waits *w, const struct machine *m, const struct standstill *s,
			const struct node *n, struct edge *e)
{
	return !is_in(s, n->iv.task) && !n->told && is_lock_wait(&n->iv) &&
	       machine_sync(m, n->iv.sync)->flags & SYNC_PI && edge_of(w, m, n, e) &&
	       e->next != TASK_NONE && is_in(s, e->next) && really_waits(m, n);
}

/*
 * n waits as glibc does that was refused a PI lock, on its own stack: that closed a circle if it
 * has a PI lock itself that others want. Which of theirs it wanted is not known.
 */
static void judge_refused(struct waits *w, const struct machine *m, const struct node *n)
{
	struct standstill s = {.kind = STANDSTILL_REFUSED};
	char name[NAME_TEXT_LEN];
	struct edge e;
	size_t before;

	if (!n->iv.refused || n->told || n->iv.begin_ns < w->loss_ns || !really_waits(m, n) ||
	    !machine_sync_name(m, n->iv.sync, name, sizeof(name)) ||
	    strncmp(name, "stack ", 6) != 0)
		return;
	put(&s, &n->iv, 0, TASK_NONE);
	do {
		before = s.nr_waits;
		for (size_t i = 0; i < w->nr_waiting; i++) {
			const struct node *other = &w->nodes[w->waiting[i]];

			if (wants_pi_of(w, m, &s, other, &e))
				put(&s, &other->iv, e.tid, e.next);
		}
	} while (s.nr_waits > before);
	if (s.nr_waits > 1 && has_settled(w, m, s.begin_ns))
		tell(w, m, &s);
	else
		free(s.waits);
}

static void walk_from(struct waits *w, const struct machine *m, uint32_t task, uint64_t first_walk)
{
	struct node *n = &w->nodes[task];
	struct edge e;

	w->walk++;
	while (n && n->walk < first_walk) {
		n->walk = w->walk;
		if (!edge_of(w, m, n, &e)) {
			judge_refused(w, m, n);
			return;
		}
		if (e.next == TASK_NONE) {
			judge_gone(w, m, n);
			return;
		}
		n = (struct node *)waiting_node(w, e.next);
	}
	if (n && n->walk == w->walk)
		judge_cycle(w, m, n->iv.task);
}

/* Whether what is traced was started for it: nobody else has its memory. */
static bool is_whole_tree(const struct machine *m)
{
	uint32_t target = machine_find(m, machine_info(m)->target_tid);
	uint32_t parent = target == TASK_NONE ? TASK_NONE : machine_task(m, target)->parent;

	return parent != TASK_NONE && machine_task(m, parent)->self;
}

/* Whether it lies in memory that tasks which are not traced may have: of a part of a program those
 * that it shares it with; of a whole one whoever maps a file that has a name. */
static bool may_be_others(const struct machine *m, uint32_t sync)
{
	char name[NAME_TEXT_LEN];

	if (!(machine_sync(m, sync)->flags & SYNC_SHARED))
		return false;
	return !is_whole_tree(m) ||
	       (machine_sync_name(m, sync, name, sizeof(name)) && *name == '/');
}

/* What only another traced task can end. */
static bool is_inner(const struct machine *m, const struct interval *iv)
{
	if (iv->timed)
		return false;
	switch ((enum reason)iv->why) {
	case REASON_JOIN:
	case REASON_CHILD:
		return true;
	case REASON_LOCK:
	case REASON_CONDITION:
	case REASON_SEMAPHORE:
	case REASON_BARRIER:
	case REASON_ONCE:
		return iv->sync != SYNC_NONE && !may_be_others(m, iv->sync);
	default:
		return false;
	}
}

static void judge_stall(struct waits *w, const struct machine *m)
{
	struct standstill s = {.kind = STANDSTILL_STALL};
	uint64_t now_ns = machine_now_ns(m);

	if (w->nr_active || now_ns < w->stall_ns || w->ran_ns < w->loss_ns ||
	    now_ns - w->ran_ns < w->limits.stall_ns)
		return;
	w->stall_ns = now_ns + w->limits.stall_ns / 4;
	for (uint32_t i = 1; i < machine_nr_tasks(m); i++) {
		const struct task *t = machine_task(m, i);
		const struct node *n = waiting_node(w, i);
		struct edge e = {.next = TASK_NONE};

		if (!t->traced || t->exited)
			continue;
		if (!n || !is_inner(m, &n->iv) || !really_waits(m, n)) {
			free(s.waits);
			return;
		}
		edge_of(w, m, n, &e);
		put(&s, &n->iv, e.tid, e.next);
	}
	if (s.nr_waits)
		tell(w, m, &s);
}

void waits_look(struct waits *w, const struct machine *m)
{
	uint64_t first_walk = w->walk + 1;

	w->look_ns = machine_now_ns(m) + LOOK_NS;
	/* Whoever was woken before it slept has been handed its lock all the same. */
	for (size_t i = 0; i < w->nr_waiting; i++) {
		const struct node *n = &w->nodes[w->waiting[i]];

		if (is_lock_wait(&n->iv) && !really_waits(m, n))
			*handed_at(w, m, n->iv.sync) = machine_now_ns(m);
	}
	for (size_t i = 0; i < w->nr_waiting; i++)
		walk_from(w, m, w->waiting[i], first_walk);
	judge_stall(w, m);
}

static void go_on(struct waits *w, const struct machine *m)
{
	if (machine_now_ns(m) >= w->look_ns)
		waits_look(w, m);
}

static void add_wait(struct waits *w, const struct interval *iv)
{
	struct node *n = node_at(w, iv->task);

	if (!n->waiting) {
		w->waiting =
		    mem_grow(w->waiting, &w->cap_waiting, w->nr_waiting + 1, sizeof(*w->waiting));
		n->at = (uint32_t)w->nr_waiting;
		w->waiting[w->nr_waiting++] = iv->task;
	}
	n->iv = *iv;
	n->waiting = true;
	n->told = false;
}

/* The wait of n is over, as iv tells, which may be what followed it: what it was part of ends with
 * it. */
static void remove_wait(struct waits *w, struct node *n, const struct interval *iv)
{
	bool over = iv->state == STATE_BLOCKED && iv->begin_ns == n->iv.begin_ns;
	bool given = over && iv->cause == CAUSE_FUTEX && iv->waker != TASK_NONE;
	uint32_t last = w->waiting[--w->nr_waiting];

	w->waiting[n->at] = last;
	w->nodes[last].at = n->at;
	n->waiting = false;
	for (size_t i = w->nr_found; w->nr_active && i-- > 0;) {
		struct standstill *s = &w->found[i];

		for (size_t k = 0; !s->end_ns && k < s->nr_core; k++) {
			if (s->waits[k].iv.task != n->iv.task)
				continue;
			s->end_ns = iv->state == STATE_BLOCKED ? iv->end_ns : iv->begin_ns;
			s->ended = given ? n->iv.task : TASK_NONE;
			s->ended_by = given ? iv->waker : TASK_NONE;
			w->nr_active--;
		}
	}
}

void waits_block(struct waits *w, const struct machine *m, const struct interval *iv)
{
	go_on(w, m);
	if (!machine_task(m, iv->task)->traced)
		return;
	if (iv->begin_ns > w->ran_ns)
		w->ran_ns = iv->begin_ns;
	add_wait(w, iv);
}

void waits_task_interval(struct waits *w, const struct machine *m, const struct interval *iv)
{
	struct node *n = (struct node *)waiting_node(w, iv->task);

	go_on(w, m);
	if (n && is_lock_wait(&n->iv) && iv->waker != TASK_NONE && iv->cause != CAUSE_SIGNAL)
		*handed_at(w, m, n->iv.sync) = iv->end_ns;
	if (n)
		remove_wait(w, n, iv);
	if (iv->end_ns > w->ran_ns && machine_task(m, iv->task)->traced)
		w->ran_ns = iv->end_ns;
}

void waits_gap(struct waits *w, const struct machine *m, uint64_t end_ns)
{
	go_on(w, m);
	if (end_ns > w->loss_ns)
		w->loss_ns = end_ns;
}

void waits_resume(struct waits *w, const struct machine *m)
{
	struct interval iv;

	w->ran_ns = machine_now_ns(m);
	for (uint32_t i = 1; i < machine_nr_tasks(m); i++)
		if (machine_task(m, i)->traced && machine_task_now(m, i, &iv) &&
		    iv.state == STATE_BLOCKED)
			add_wait(w, &iv);
}

size_t waits_nr(const struct waits *w)
{
	return w->nr_found;
}

const struct standstill *waits_at(const struct waits *w, size_t i)
{
	return &w->found[i];
}

void waits_close(struct waits *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_found; i++)
		free(w->found[i].waits);
	free(w->found);
	free(w->nodes);
	free(w->waiting);
	free(w->handed);
	free(w);
}
