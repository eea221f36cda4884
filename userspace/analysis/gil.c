/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/gil.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/meeting.h"
#include "base/mem.h"

#define RECENT 4 /* who came out of a wait last: the others are on their way back to it */

/* A sync object. */
struct gil_place {
	bool is_gil;
	uint32_t asked;          /* so often, in vain */
	uint32_t recent[RECENT]; /* task indices, the last one first; [nr] */
	uint32_t nr;
};

/* The object that iv waits at, if it is one; else NULL. A name may be told late, and asking for it
 * is dear: the more often in vain, the less often it is done. */
static struct gil_place *place_of(struct gils *g, const struct view *v, const struct interval *iv)
{
	char where[MEETING_TEXT_LEN];

	if (iv->state != STATE_BLOCKED || iv->why != REASON_CONDITION ||
	    iv->object_kind != OBJECT_FUTEX || iv->sync == SYNC_NONE)
		return NULL;
	uint32_t sync = machine_sync_id(v->machine, iv->sync);

	g->places = mem_reach(g->places, &g->cap_places, &g->nr_places, sync, sizeof(*g->places));
	struct gil_place *p = &g->places[sync];

	if (!p->is_gil && iv->timed && (p->asked & (p->asked + 1)) == 0)
		p->is_gil = meeting_is_gil(meeting_text(v, iv, where));
	p->asked += !p->is_gil && p->asked < UINT32_MAX && iv->timed;
	return p->is_gil ? p : NULL;
}

static void forget(struct gil_place *p, uint32_t task)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < p->nr; i++)
		if (p->recent[i] != task)
			p->recent[nr++] = p->recent[i];
	p->nr = nr;
}

void gils_block(struct gils *g, const struct view *v, const struct interval *iv)
{
	struct gil_place *p = place_of(g, v, iv);

	if (p)
		forget(p, iv->task);
}

void gils_ran(struct gils *g, uint32_t task, uint64_t ns)
{
	if (task < g->nr_tasks)
		g->ran_ns[task] += ns;
}

/* Whether the task, out of its wait, ran for longer than a look takes, until ts_ns. */
static bool had_it(const struct gils *g, const struct view *v, uint32_t task, uint64_t ts_ns)
{
	uint64_t ran_ns = g->ran_ns[task];
	struct interval now;

	if (machine_task_now(v->machine, task, &now) && now.state == STATE_RUNNING &&
	    now.begin_ns < ts_ns)
		ran_ns += ts_ns - now.begin_ns;
	return ran_ns > GIL_LOOK_NS;
}

uint32_t gils_wait_over(struct gils *g, const struct view *v, const struct interval *iv)
{
	struct gil_place *p = place_of(g, v, iv);
	uint32_t holder = TASK_NONE;

	if (!p)
		return TASK_NONE;
	for (uint32_t i = 0; i < p->nr && iv->waker == TASK_NONE && holder == TASK_NONE; i++)
		if (p->recent[i] != iv->task && had_it(g, v, p->recent[i], iv->end_ns))
			holder = p->recent[i];
	g->ran_ns = mem_reach(g->ran_ns, &g->cap_tasks, &g->nr_tasks, iv->task, sizeof(*g->ran_ns));
	g->ran_ns[iv->task] = 0;
	forget(p, iv->task);
	p->nr += p->nr < RECENT;
	memmove(p->recent + 1, p->recent, (p->nr - 1) * sizeof(*p->recent));
	p->recent[0] = iv->task;
	return holder;
}

void gils_done(struct gils *g)
{
	free(g->places);
	free(g->ran_ns);
	*g = (struct gils){0};
}
