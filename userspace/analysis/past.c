/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/past.h"

#include <stdlib.h>

#include "base/mem.h"

void past_add(struct past *p, const struct interval *iv)
{
	while (p->nr <= iv->cpu) {
		p->cores = mem_grow(p->cores, &p->cap, p->nr + 1, sizeof(*p->cores));
		p->cores[p->nr++].nr = 0;
	}
	struct core_past *c = &p->cores[iv->cpu];

	if (iv->state == STATE_RUNNING)
		c->turns[c->nr++ % PAST_TURNS] = (struct turn){iv->task, iv->begin_ns, iv->end_ns};
}

static const struct turn *turn_at(const struct core_past *c, uint64_t back)
{
	return &c->turns[(c->nr - 1 - back) % PAST_TURNS];
}

static uint64_t ran_since(const struct core_past *c, uint32_t task, uint64_t since_ns)
{
	uint64_t ns = 0;

	for (uint64_t i = 0; i < c->nr && i < PAST_TURNS && turn_at(c, i)->end_ns > since_ns; i++) {
		const struct turn *t = turn_at(c, i);

		if (t->task == task)
			ns += t->end_ns - (t->begin_ns > since_ns ? t->begin_ns : since_ns);
	}
	return ns;
}

uint32_t past_most(const struct past *p, uint32_t cpu, uint64_t since_ns, uint64_t *ran_ns)
{
	const struct core_past *c = cpu < p->nr ? &p->cores[cpu] : NULL;
	uint32_t most = TASK_NONE;

	*ran_ns = 0;
	if (!c || (c->nr > PAST_TURNS && turn_at(c, PAST_TURNS - 1)->begin_ns > since_ns))
		return most;
	for (uint64_t i = 0; i < c->nr && i < PAST_TURNS && turn_at(c, i)->end_ns > since_ns; i++) {
		uint64_t ns = ran_since(c, turn_at(c, i)->task, since_ns);

		if (ns <= *ran_ns)
			continue;
		most = turn_at(c, i)->task;
		*ran_ns = ns;
	}
	return most;
}

void past_done(struct past *p)
{
	free(p->cores);
}
