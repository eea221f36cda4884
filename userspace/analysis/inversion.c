/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priority inversion: a task waits for a lock whose owner, less urgent, is runnable and has no core
 * because others, less urgent than who waits, have it. Owners are those of the lock's own memory.
 * Memory: one element per task.
 */
#include "analysis/inversion.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/mem.h"

struct victim {
	uint32_t next;  /* who waits for the same owner, TASK_NONE: the last one */
	uint32_t first; /* who waits for this task */
	uint32_t owner; /* whom it waits for, TASK_NONE: it does not */
	uint64_t since_ns, uaddr;
	uint64_t times, ns, begin_ns, end_ns, longest_ns;
	uint32_t last_owner, rival;
	uint64_t last_uaddr;
};

struct inversion {
	struct victim *victims; /* [nr] by task index */
	size_t nr, cap;
};

static void *inversion_open(void)
{
	return mem_zalloc(1, sizeof(struct inversion));
}

static struct victim *victim_at(struct inversion *a, uint32_t task)
{
	while (a->nr <= task) {
		a->victims = mem_grow(a->victims, &a->cap, a->nr + 1, sizeof(*a->victims));
		a->victims[a->nr++] = (struct victim){
		    .next = TASK_NONE, .first = TASK_NONE, .owner = TASK_NONE, .rival = TASK_NONE};
	}
	return &a->victims[task];
}

static void stop_waiting(struct inversion *a, uint32_t task)
{
	struct victim *w = victim_at(a, task);

	if (w->owner == TASK_NONE)
		return;
	uint32_t *at = &a->victims[w->owner].first;

	while (*at != task)
		at = &a->victims[*at].next;
	*at = w->next;
	w->owner = TASK_NONE;
}

static void begin_waiting(struct inversion *a, const struct view *v, const struct interval *iv)
{
	uint32_t owner =
	    iv->owner && !iv->owner_inferred ? machine_find(v->machine, iv->owner) : TASK_NONE;

	stop_waiting(a, iv->task);
	if (owner == TASK_NONE || owner == iv->task ||
	    machine_task(v->machine, iv->task)->prio >= machine_task(v->machine, owner)->prio)
		return;
	struct victim *o = victim_at(a, owner);
	uint32_t next = o->first;

	o->first = iv->task;
	struct victim *w = victim_at(a, iv->task);

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

/* Who has the core that the runnable owner last had or waits for. */
static uint32_t rival_of(const struct view *v, const struct interval *iv)
{
	struct interval core;

	if (iv->why == RUNNABLE_PREEMPTED)
		return iv->waker;
	if (machine_cpu_now(v->machine, iv->cpu, &core) && core.state == STATE_RUNNING)
		return core.task;
	return TASK_NONE;
}

static void count(struct victim *w, const struct interval *iv, uint64_t begin, uint64_t end,
		  uint32_t rival)
{
	if (w->times++ == 0)
		w->begin_ns = begin;
	w->end_ns = end;
	w->ns += end - begin;
	w->last_owner = iv->task;
	w->last_uaddr = w->uaddr;
	if (end - begin <= w->longest_ns)
		return;
	w->longest_ns = end - begin;
	w->rival = rival;
}

static void inversion_interval(void *payload, const struct view *v, const struct interval *iv,
			       uint64_t dur_ns)
{
	struct inversion *a = payload;
	struct victim *o = victim_at(a, iv->task);

	if (o->owner != TASK_NONE && iv->end_ns > o->since_ns)
		stop_waiting(a, iv->task);
	if (iv->state != STATE_RUNNABLE || dur_ns == 0 || o->first == TASK_NONE)
		return;
	uint64_t begin = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	uint32_t rival = rival_of(v, iv);

	for (uint32_t i = o->first; i != TASK_NONE; i = a->victims[i].next) {
		struct victim *w = &a->victims[i];
		uint64_t since = w->since_ns > begin ? w->since_ns : begin;
		int32_t urgent = machine_task(v->machine, i)->prio;

		/* Who has the core has it by right if it is as urgent as who waits. */
		if (rival != TASK_NONE && rival != TASK_IDLE &&
		    machine_task(v->machine, rival)->lent_prio <= urgent)
			continue;
		if (since < begin + dur_ns)
			count(w, iv, since, begin + dur_ns, rival);
	}
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

static struct result *inversion_result(void *payload, const struct view *v)
{
	struct inversion *a = payload;
	struct result *r = result_open(columns, INVERSION_NR_COLUMNS);

	for (size_t i = 0; i < a->nr; i++) {
		const struct victim *w = &a->victims[i];

		if (w->times == 0 || !machine_task(v->machine, (uint32_t)i)->traced)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_number(&row[INVERSION_TASK], i);
		cell_number(&row[INVERSION_OWNER], w->last_owner);
		cell_number(&row[INVERSION_UADDR], w->last_uaddr);
		cell_number(&row[INVERSION_TIMES], w->times);
		cell_number(&row[INVERSION_NS], w->ns);
		if (w->rival != TASK_NONE && w->rival != TASK_IDLE) {
			cell_number(&row[INVERSION_RIVAL], w->rival);
			cell_number(&row[INVERSION_RIVAL_NS], w->longest_ns);
		}
		cell_number(&row[INVERSION_BEGIN], w->begin_ns);
		cell_number(&row[INVERSION_END], w->end_ns);
	}
	rows_sort(&r->table, INVERSION_NS, true);
	return r;
}

static void inversion_close(void *payload)
{
	struct inversion *a = payload;

	free(a->victims);
	free(a);
}

const struct analysis analysis_inversion = {
    .name = "inversion",
    .open = inversion_open,
    .task_interval = inversion_interval,
    .block = inversion_block,
    .begin = inversion_begin,
    .result = inversion_result,
    .close = inversion_close,
};
