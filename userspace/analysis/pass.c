/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/pass.h"

#include <stdlib.h>

#include "base/mem.h"

static const struct analysis *const analyses[] = {
    &analysis_tasks,    &analysis_cpus,  &analysis_wakes,   &analysis_locks,
    &analysis_critical, &analysis_load,  &analysis_pairs,   &analysis_standstill,
    &analysis_delays,   &analysis_spins, &analysis_spawns,  &analysis_inversion,
    &analysis_crowds,   &analysis_pools, &analysis_barging, &analysis_missed,
    &analysis_marks,
};

#define NR_ANALYSES (sizeof(analyses) / sizeof(analyses[0]))

/* An analysis that wants intervals of tasks in some state. */
struct hook {
	void (*take)(void *a, const struct view *v, const struct interval *iv, uint64_t dur_ns);
	void *state;
};

struct hooks {
	struct hook at[NR_ANALYSES];
	size_t nr;
};

struct pass {
	struct view view;
	void *state[NR_ANALYSES];
	struct hooks task[STATE_NR];
	struct pass_gap *gaps;
	size_t nr_gaps, cap_gaps;
};

/* How much of [begin, end) is in the window; false: it lies outside. */
static bool clip(const struct view *v, const struct interval *iv, uint64_t *dur_ns)
{
	uint64_t begin = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	uint64_t end = iv->end_ns < v->end_ns ? iv->end_ns : v->end_ns;

	*dur_ns = end > begin ? end - begin : 0;
	return end > begin;
}

static void take_task_interval(void *payload, const struct interval *iv)
{
	struct pass *p = payload;
	uint64_t dur;

	if (!clip(&p->view, iv, &dur))
		return;
	const struct hooks *hooks = &p->task[iv->state];

	for (size_t i = 0; i < hooks->nr; i++)
		hooks->at[i].take(hooks->at[i].state, &p->view, iv, dur);
}

static void take_cpu_interval(void *payload, const struct interval *iv)
{
	struct pass *p = payload;
	uint64_t dur;

	if (!clip(&p->view, iv, &dur))
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->cpu_interval)
			analyses[i]->cpu_interval(p->state[i], &p->view, iv, dur);
}

static void take_block(void *payload, const struct interval *iv)
{
	struct pass *p = payload;

	if (machine_now_ns(p->view.machine) < p->view.begin_ns)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->block)
			analyses[i]->block(p->state[i], &p->view, iv);
}

static void take_wake(void *payload, const struct wake_edge *edge)
{
	struct pass *p = payload;

	if (edge->ts_ns < p->view.begin_ns || edge->ts_ns >= p->view.end_ns)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->wake)
			analyses[i]->wake(p->state[i], &p->view, edge);
}

static void take_hold(void *payload, const struct hold *hold)
{
	struct pass *p = payload;

	if (hold->end_ns <= p->view.begin_ns || hold->begin_ns >= p->view.end_ns)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->hold)
			analyses[i]->hold(p->state[i], &p->view, hold);
}

static void take_stint(void *payload, const struct stint *stint)
{
	struct pass *p = payload;
	struct interval iv = {.begin_ns = stint->begin_ns, .end_ns = stint->end_ns};
	uint64_t dur;

	if (!clip(&p->view, &iv, &dur))
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->stint)
			analyses[i]->stint(p->state[i], &p->view, stint, dur);
}

static void take_moment(void *payload, const struct moment *moment)
{
	struct pass *p = payload;

	if (moment->ts_ns < p->view.begin_ns || moment->ts_ns >= p->view.end_ns)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->moment)
			analyses[i]->moment(p->state[i], &p->view, moment);
}

static void take_fork(void *payload, uint64_t ts_ns, uint32_t parent, uint32_t child)
{
	struct pass *p = payload;

	if (ts_ns < p->view.begin_ns || ts_ns >= p->view.end_ns)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->fork)
			analyses[i]->fork(p->state[i], &p->view, ts_ns, parent, child);
}

static void take_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct pass *p = payload;

	if (end_ns < p->view.begin_ns || begin_ns >= p->view.end_ns)
		return;
	p->gaps = mem_grow(p->gaps, &p->cap_gaps, p->nr_gaps + 1, sizeof(*p->gaps));
	p->gaps[p->nr_gaps++] = (struct pass_gap){cpu, begin_ns, end_ns, lost};
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->gap)
			analyses[i]->gap(p->state[i], &p->view, begin_ns, end_ns);
}

static void add_hooks(struct pass *p, const struct analysis *a, void *state)
{
	for (unsigned int i = 0; a->task_interval && i < STATE_NR; i++)
		if (a->states == 0 || (a->states & 1u << i))
			p->task[i].at[p->task[i].nr++] = (struct hook){a->task_interval, state};
}

struct pass *pass_open(void)
{
	struct pass *p = mem_zalloc(1, sizeof(*p));

	for (size_t i = 0; i < NR_ANALYSES; i++) {
		p->state[i] = analyses[i]->open();
		add_hooks(p, analyses[i], p->state[i]);
	}
	return p;
}

struct sink pass_sink(struct pass *p)
{
	return (struct sink){
	    .payload = p,
	    .task_interval = take_task_interval,
	    .cpu_interval = take_cpu_interval,
	    .wake = take_wake,
	    .gap = take_gap,
	    .block = take_block,
	    .fork = take_fork,
	    .hold = take_hold,
	    .stint = take_stint,
	    .moment = take_moment,
	};
}

void pass_attach(struct pass *p, const struct machine *m, const char *arch, uint64_t begin_ns,
		 uint64_t end_ns)
{
	p->view = (struct view){m, arch, begin_ns, end_ns, 0};
}

void pass_follow(struct pass *p, uint32_t tid)
{
	p->view.path_tid = tid;
}

void pass_begin_window(struct pass *p)
{
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i]->begin)
			analyses[i]->begin(p->state[i], &p->view);
}

struct result *pass_result(struct pass *p, const struct analysis *which, uint64_t end_ns)
{
	p->view.end_ns = end_ns;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i] == which)
			return which->result(p->state[i], &p->view);
	return NULL;
}

const void *pass_state(const struct pass *p, const struct analysis *which)
{
	for (size_t i = 0; i < NR_ANALYSES; i++)
		if (analyses[i] == which)
			return p->state[i];
	return NULL;
}

const struct view *pass_view(const struct pass *p)
{
	return &p->view;
}

const struct pass_gap *pass_gaps(const struct pass *p, size_t *nr)
{
	*nr = p->nr_gaps;
	return p->gaps;
}

void pass_close(struct pass *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < NR_ANALYSES; i++)
		analyses[i]->close(p->state[i]);
	free(p->gaps);
	free(p);
}
