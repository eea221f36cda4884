/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priority inversion: a task waits for a lock whose owner, less urgent, is runnable and has no core
 * because others, less urgent than who waits, have it. Owners are those of the lock's own memory. A
 * priority is often told only after the fact, so it is judged when all is known. Memory: one
 * element per task, and per owner and rival that a task met so.
 */
#include "analysis/inversion.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "analysis/past.h"
#include "base/keys.h"
#include "base/mem.h"

struct waiter {
	uint32_t next;  /* who waits for the same owner, TASK_NONE: the last one */
	uint32_t first; /* who waits for this task */
	uint32_t owner; /* whom it waits for, TASK_NONE: it does not */
	uint64_t since_ns, uaddr;
};

/* A task that waited for an owner while a rival had the core. */
struct trio {
	uint32_t task, owner, rival; /* rival TASK_NONE: not known */
	uint64_t uaddr;
	uint64_t times, ns, longest_ns, begin_ns, end_ns;
};

struct inversion {
	struct waiter *waiters; /* [nr] by task index */
	size_t nr, cap;
	struct past past;
	struct keys keys;
	struct trio *trios; /* [nr_trios] */
	size_t nr_trios, cap_trios;
};

static void *inversion_open(void)
{
	return mem_zalloc(1, sizeof(struct inversion));
}

static struct waiter *waiter_at(struct inversion *a, uint32_t task)
{
	while (a->nr <= task) {
		a->waiters = mem_grow(a->waiters, &a->cap, a->nr + 1, sizeof(*a->waiters));
		a->waiters[a->nr++] =
		    (struct waiter){.next = TASK_NONE, .first = TASK_NONE, .owner = TASK_NONE};
	}
	return &a->waiters[task];
}

static void stop_waiting(struct inversion *a, uint32_t task)
{
	struct waiter *w = waiter_at(a, task);

	if (w->owner == TASK_NONE)
		return;
	uint32_t *at = &a->waiters[w->owner].first;

	while (*at != task)
		at = &a->waiters[*at].next;
	*at = w->next;
	w->owner = TASK_NONE;
}

static void begin_waiting(struct inversion *a, const struct view *v, const struct interval *iv)
{
	uint32_t owner =
	    iv->owner && !iv->owner_inferred ? machine_find(v->machine, iv->owner) : TASK_NONE;

	stop_waiting(a, iv->task);
	if (owner == TASK_NONE || owner == iv->task)
		return;
	struct waiter *o = waiter_at(a, owner);
	uint32_t next = o->first;

	o->first = iv->task;
	struct waiter *w = waiter_at(a, iv->task);

	w->owner = owner;
	w->next = next;
	w->since_ns = iv->begin_ns;
	w->uaddr = iv->object;
}

static bool is_lock(const struct interval *iv)
{
	return iv->why == REASON_LOCK && iv->object_kind == OBJECT_FUTEX;
}

static void inversion_block(void *payload, const struct view *v, const struct interval *iv)
{
	if (is_lock(iv))
		begin_waiting(payload, v, iv);
}

/* Who had the core that the owner waits for, for most of that time. */
static uint32_t rival_of(const struct inversion *a, const struct interval *iv, uint64_t since_ns)
{
	uint64_t ran_ns;
	uint32_t rival = past_most(&a->past, iv->cpu, since_ns, &ran_ns);

	return rival == TASK_NONE && iv->why == RUNNABLE_PREEMPTED ? iv->waker : rival;
}

static void count(struct inversion *a, const struct waiter *w, const struct trio *now)
{
	uint32_t at = keys_index(&a->keys, (uint64_t)now->task << 32 | now->owner, now->rival);

	while (at >= a->nr_trios) {
		a->trios = mem_grow(a->trios, &a->cap_trios, a->nr_trios + 1, sizeof(*a->trios));
		a->trios[a->nr_trios++] = *now;
	}
	struct trio *m = &a->trios[at];

	m->uaddr = w->uaddr;
	m->times++;
	m->ns += now->end_ns - now->begin_ns;
	m->end_ns = now->end_ns;
	if (now->end_ns - now->begin_ns > m->longest_ns)
		m->longest_ns = now->end_ns - now->begin_ns;
}

static void inversion_interval(void *payload, const struct view *v, const struct interval *iv,
			       uint64_t dur_ns)
{
	struct inversion *a = payload;
	struct waiter *o = waiter_at(a, iv->task);

	if (o->owner != TASK_NONE && iv->end_ns > o->since_ns)
		stop_waiting(a, iv->task);
	if (iv->state != STATE_RUNNABLE || dur_ns == 0 || o->first == TASK_NONE)
		return;
	uint64_t begin = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	uint32_t rival = rival_of(a, iv, begin);

	for (uint32_t i = o->first; i != TASK_NONE; i = a->waiters[i].next) {
		const struct waiter *w = &a->waiters[i];
		struct trio now = {.task = i, .owner = iv->task, .rival = rival};

		now.begin_ns = w->since_ns > begin ? w->since_ns : begin;
		now.end_ns = begin + dur_ns;
		if (now.begin_ns < now.end_ns)
			count(a, w, &now);
	}
}

static void inversion_cpu(void *payload, const struct view *v, const struct interval *iv,
			  uint64_t dur_ns)
{
	(void)v;
	(void)dur_ns;
	past_add(&((struct inversion *)payload)->past, iv);
}

static void inversion_begin(void *payload, const struct view *v)
{
	struct interval now;

	for (uint32_t i = 0; i < machine_nr_tasks(v->machine); i++)
		if (machine_task_now(v->machine, i, &now) && now.state == STATE_BLOCKED &&
		    is_lock(&now))
			begin_waiting(payload, v, &now);
}

static const struct column columns[INVERSION_NR_COLUMNS] = {
    [INVERSION_TASK] = {"task", CELL_COUNT},         [INVERSION_OWNER] = {"owner", CELL_COUNT},
    [INVERSION_UADDR] = {"uaddr", CELL_HEX},         [INVERSION_TIMES] = {"times", CELL_COUNT},
    [INVERSION_NS] = {"owner_runnable_ns", CELL_NS}, [INVERSION_RIVAL] = {"rival", CELL_COUNT},
    [INVERSION_RIVAL_NS] = {"rival_ns", CELL_NS},    [INVERSION_BEGIN] = {"begin_ns", CELL_NS},
    [INVERSION_END] = {"end_ns", CELL_NS},
};

static int32_t prio_of(const struct view *v, uint32_t task)
{
	return machine_task(v->machine, task)->prio;
}

/* Who has the core has it by right if it is as urgent as who waits. */
static bool is_inverted(const struct view *v, const struct trio *m)
{
	return machine_task(v->machine, m->task)->traced &&
	       prio_of(v, m->task) < prio_of(v, m->owner) &&
	       (m->rival == TASK_NONE || m->rival == TASK_IDLE ||
		prio_of(v, m->rival) > prio_of(v, m->task));
}

static bool is_same_wait(const struct trio *a, const struct trio *b)
{
	return a->task == b->task && a->owner == b->owner;
}

/* All rivals of one task and owner; the worst of them is named. */
static void put_trio(struct rows *rows, const struct inversion *a, const struct view *v,
		     size_t first)
{
	struct trio sum = a->trios[first];
	uint64_t rival_ns = sum.ns;
	struct cell *row;

	for (size_t i = first + 1; i < a->nr_trios; i++) {
		const struct trio *m = &a->trios[i];

		if (!is_same_wait(m, &sum) || !is_inverted(v, m))
			continue;
		sum.times += m->times;
		sum.ns += m->ns;
		sum.begin_ns = m->begin_ns < sum.begin_ns ? m->begin_ns : sum.begin_ns;
		sum.end_ns = m->end_ns > sum.end_ns ? m->end_ns : sum.end_ns;
		if (m->ns > rival_ns) {
			rival_ns = m->ns;
			sum.rival = m->rival;
		}
	}
	row = rows_add(rows);
	cell_number(&row[INVERSION_TASK], sum.task);
	cell_number(&row[INVERSION_OWNER], sum.owner);
	cell_number(&row[INVERSION_UADDR], sum.uaddr);
	cell_number(&row[INVERSION_TIMES], sum.times);
	cell_number(&row[INVERSION_NS], sum.ns);
	if (sum.rival != TASK_NONE && sum.rival != TASK_IDLE) {
		cell_number(&row[INVERSION_RIVAL], sum.rival);
		cell_number(&row[INVERSION_RIVAL_NS], rival_ns);
	}
	cell_number(&row[INVERSION_BEGIN], sum.begin_ns);
	cell_number(&row[INVERSION_END], sum.end_ns);
}

static bool is_first(const struct inversion *a, const struct view *v, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_same_wait(&a->trios[i], &a->trios[at]) && is_inverted(v, &a->trios[i]))
			return false;
	return true;
}

static struct result *inversion_result(void *payload, const struct view *v)
{
	struct inversion *a = payload;
	struct result *r = result_open(columns, INVERSION_NR_COLUMNS);

	for (size_t i = 0; i < a->nr_trios; i++)
		if (is_inverted(v, &a->trios[i]) && is_first(a, v, i))
			put_trio(&r->table, a, v, i);
	rows_sort(&r->table, INVERSION_NS, true);
	return r;
}

static void inversion_close(void *payload)
{
	struct inversion *a = payload;

	keys_done(&a->keys);
	past_done(&a->past);
	free(a->trios);
	free(a->waiters);
	free(a);
}

const struct analysis analysis_inversion = {
    .name = "inversion",
    .open = inversion_open,
    .task_interval = inversion_interval,
    .cpu_interval = inversion_cpu,
    .block = inversion_block,
    .begin = inversion_begin,
    .result = inversion_result,
    .close = inversion_close,
};
