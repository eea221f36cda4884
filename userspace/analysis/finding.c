/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/standstill.h"
#include "analysis/tasks.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/plain.h"

static const struct family *const families[] = {
    &findings_stall, &findings_lock, &findings_core,  &findings_delay,
    &findings_team,  &findings_wake, &findings_trace,
};

struct finding *finding_add(struct result *out, const struct rule *rule, const struct evidence *e,
			    uint32_t severity, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	out->findings = mem_realloc(out->findings, (out->nr_findings + 1) * sizeof(*out->findings));
	struct finding *f = &out->findings[out->nr_findings++];

	*f = (struct finding){
	    .id = rule->id,
	    .severity = severity,
	    .text = mem_strdup(text),
	    .begin_ns = e->view->begin_ns,
	    .end_ns = e->view->end_ns,
	};
	return f;
}

void finding_tid(struct finding *f, uint64_t tid)
{
	f->tids = mem_realloc(f->tids, (f->nr_tids + 1) * sizeof(*f->tids));
	f->tids[f->nr_tids++] = (uint32_t)tid;
}

void finding_fact(struct finding *f, const char *key, enum cell_kind kind, uint64_t number)
{
	if (f->nr_facts < FINDING_MAX_FACTS)
		f->facts[f->nr_facts++] = (struct fact){key, kind, number};
}

const char *finding_name(const struct evidence *e, uint32_t task, char out[TASK_TEXT_LEN])
{
	return machine_task_text(e->view->machine, task, out);
}

const char *finding_moment(const struct evidence *e, uint64_t ts_ns, char *out)
{
	return duration_text(ts_ns - machine_begin_ns(e->view->machine), out);
}

const struct cell *finding_task_row(const struct evidence *e, uint32_t task)
{
	return e->task_rows[task] ? rows_at(e->tasks, e->task_rows[task] - 1) : NULL;
}

/* [tasks of the machine]: 1 + the row of each, in the order of tasks; 0: it has none. */
static uint32_t *task_rows(const struct evidence *e)
{
	uint32_t nr = machine_nr_tasks(e->view->machine), nr_rows = 0;
	uint32_t *rows = mem_zalloc(nr + 1, sizeof(*rows));

	for (uint32_t i = 1; i < nr; i++)
		if (tasks_has_row(e->view, machine_task(e->view->machine, i)))
			rows[i] = ++nr_rows;
	return rows;
}

const char *finding_percent(uint32_t share, char *out)
{
	return plain_share(share, SHARE_WHOLE, out);
}

static void finding_done(struct finding *f)
{
	free(f->text);
	free(f->tids);
}

/* What explains too little is not kept. */
static void apply(const struct rule *rule, const struct evidence *e, struct result *out)
{
	size_t kept = out->nr_findings;
	size_t i = kept;

	rule->judge(rule, e, out);
	for (; i < out->nr_findings; i++) {
		struct finding *f = &out->findings[i];

		if (f->severity < rule->least)
			finding_done(f);
		else
			out->findings[kept++] = *f;
	}
	out->nr_findings = kept;
}

/* Gravest first; equal ones in the order of the rules. */
static void sort(struct result *r)
{
	for (size_t i = 1; i < r->nr_findings; i++) {
		struct finding f = r->findings[i];
		size_t at = i;

		for (; at > 0 && r->findings[at - 1].severity < f.severity; at--)
			r->findings[at] = r->findings[at - 1];
		r->findings[at] = f;
	}
}

/* The tables that rules judge by, and where they go in the evidence. */
static const struct {
	const struct analysis *analysis;
	size_t at;
} tables[] = {
    {&analysis_tasks, offsetof(struct evidence, tasks)},
    {&analysis_cpus, offsetof(struct evidence, cpus)},
    {&analysis_locks, offsetof(struct evidence, locks)},
    {&analysis_load, offsetof(struct evidence, load)},
    {&analysis_pairs, offsetof(struct evidence, pairs)},
    {&analysis_delays, offsetof(struct evidence, delays)},
    {&analysis_spins, offsetof(struct evidence, spins)},
    {&analysis_spawns, offsetof(struct evidence, spawns)},
    {&analysis_inversion, offsetof(struct evidence, inversion)},
    {&analysis_crowds, offsetof(struct evidence, crowds)},
    {&analysis_pools, offsetof(struct evidence, pools)},
    {&analysis_barging, offsetof(struct evidence, barging)},
    {&analysis_missed, offsetof(struct evidence, missed)},
    {&analysis_critical, offsetof(struct evidence, critical)},
};

#define NR_TABLES (sizeof(tables) / sizeof(tables[0]))

struct result *findings_of(struct pass *p, uint64_t end_ns)
{
	struct result *results[NR_TABLES];
	struct result *out = result_open(NULL, 0);
	const struct view *v = pass_view(p);
	struct evidence e = {.view = v};
	uint32_t *rows;

	for (size_t i = 0; i < NR_TABLES; i++) {
		results[i] = pass_result(p, tables[i].analysis, end_ns);
		*(const struct rows **)((char *)&e + tables[i].at) = &results[i]->table;
	}
	e.wall_ns = v->end_ns - v->begin_ns;
	e.task_rows = rows = task_rows(&e);
	e.waits = standstill_waits(p);
	pass_gaps(p, &e.nr_gaps);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (size_t k = 0; k < families[i]->nr; k++)
			apply(&families[i]->rules[k], &e, out);
	sort(out);
	for (size_t i = 0; i < NR_TABLES; i++)
		result_close(results[i]);
	free(rows);
	return out;
}

struct result *findings_so_far(const struct pass *p, uint64_t end_ns)
{
	struct result *out = result_open(NULL, 0);
	struct view v = *pass_view(p);
	struct evidence e = {
	    .view = &v, .wall_ns = end_ns - v.begin_ns, .waits = standstill_waits(p)};

	v.end_ns = end_ns;
	for (size_t k = 0; k < findings_stall.nr; k++)
		apply(&findings_stall.rules[k], &e, out);
	sort(out);
	return out;
}
