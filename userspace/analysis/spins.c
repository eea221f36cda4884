/* SPDX-License-Identifier: BSD-2-Clause */
/* Who yields or sleeps for a moment, and how often. Memory: one element per task. */
#include "analysis/spins.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"
#include "model/cause.h"

struct spin {
	uint64_t yields, sleeps, slept_ns, ran_ns, runnable_ns;
	uint64_t begin_ns, end_ns;
	uint64_t last_run_ns; /* the running interval that ended last */
	bool looked;          /* what ended last was a short sleep */
};

struct spins {
	struct spin *spins; /* [nr] by task index */
	size_t nr, cap;
};

static void *spins_open(void)
{
	return mem_zalloc(1, sizeof(struct spins));
}

static struct spin *spin_at(struct spins *a, uint32_t task)
{
	a->spins = mem_reach(a->spins, &a->cap, &a->nr, task, sizeof(*a->spins));
	return &a->spins[task];
}

static void look_again(struct spin *s, const struct interval *iv)
{
	if (s->yields + s->sleeps == 0)
		s->begin_ns = iv->begin_ns;
	s->end_ns = iv->end_ns;
	s->ran_ns += s->last_run_ns;
	s->last_run_ns = 0;
}

/* A short sleep, also one in poll(2), whose time was up. */
static bool is_glance(const struct interval *iv)
{
	return iv->state == STATE_BLOCKED && iv->end_ns - iv->begin_ns <= SPINS_SHORT_NS &&
	       (iv->why == REASON_SLEEP || (iv->why == REASON_POLL && iv->cause == CAUSE_TIMER));
}

static void spins_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	if (!machine_task(v->machine, iv->task)->traced)
		return;
	struct spin *s = spin_at(payload, iv->task);
	bool looked = s->looked;

	s->looked = false;
	if (iv->state == STATE_RUNNING) {
		s->last_run_ns = dur_ns;
	} else if (iv->state == STATE_RUNNABLE && iv->why == RUNNABLE_YIELDED) {
		look_again(s, iv);
		s->yields++;
		s->runnable_ns += dur_ns;
	} else if (iv->state == STATE_RUNNABLE && looked) {
		s->runnable_ns += dur_ns;
	} else if (is_glance(iv)) {
		look_again(s, iv);
		s->sleeps++;
		s->slept_ns += dur_ns;
		s->looked = true;
	}
}

static const struct column columns[SPINS_NR_COLUMNS] = {
    [SPINS_TASK] = {"task", CELL_COUNT},     [SPINS_YIELDS] = {"yields", CELL_COUNT},
    [SPINS_SLEEPS] = {"sleeps", CELL_COUNT}, [SPINS_SLEPT] = {"slept_ns", CELL_NS},
    [SPINS_RAN] = {"ran_ns", CELL_NS},       [SPINS_RUNNABLE] = {"runnable_ns", CELL_NS},
    [SPINS_BEGIN] = {"begin_ns", CELL_NS},   [SPINS_END] = {"end_ns", CELL_NS},
};

static struct result *spins_result(void *payload, const struct view *v)
{
	struct spins *a = payload;
	struct result *r = result_open(columns, SPINS_NR_COLUMNS);

	for (size_t i = 0; i < a->nr; i++) {
		const struct spin *s = &a->spins[i];

		if (s->yields + s->sleeps == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_number(&row[SPINS_TASK], i);
		cell_number(&row[SPINS_YIELDS], s->yields);
		cell_number(&row[SPINS_SLEEPS], s->sleeps);
		cell_number(&row[SPINS_SLEPT], s->slept_ns);
		cell_number(&row[SPINS_RAN], s->ran_ns);
		cell_number(&row[SPINS_RUNNABLE], s->runnable_ns);
		cell_number(&row[SPINS_BEGIN],
			    s->begin_ns > v->begin_ns ? s->begin_ns : v->begin_ns);
		cell_number(&row[SPINS_END], s->end_ns < v->end_ns ? s->end_ns : v->end_ns);
	}
	return r;
}

static void spins_close(void *payload)
{
	struct spins *a = payload;

	free(a->spins);
	free(a);
}

const struct analysis analysis_spins = {
    .name = "spins",
    .open = spins_open,
    .task_interval = spins_interval,
    .result = spins_result,
    .close = spins_close,
};
