/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/standstill.h"
#include "base/mem.h"

static const struct family *const families[] = {
    &findings_stall,
    &findings_lock,
    &findings_core,
    &findings_wake,
    &findings_trace,
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

const char *finding_name(const struct evidence *e, uint32_t task, char *out)
{
	const struct task *t = machine_task(e->view->machine, task);

	snprintf(out, FINDING_NAME_LEN, "%s %" PRIu32, t->comm[0] ? t->comm : "(no name)", t->tid);
	return out;
}

const char *finding_percent(uint32_t share, char *out)
{
	uint32_t tenths = (share + 500) / 1000;

	snprintf(out, FINDING_PERCENT_LEN, "%" PRIu32 ".%" PRIu32 " %%", tenths / 10, tenths % 10);
	return out;
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

struct result *findings_of(struct pass *p, uint64_t end_ns)
{
	struct result *tasks = pass_result(p, &analysis_tasks, end_ns);
	struct result *cpus = pass_result(p, &analysis_cpus, end_ns);
	struct result *locks = pass_result(p, &analysis_locks, end_ns);
	struct result *load = pass_result(p, &analysis_load, end_ns);
	struct result *pairs = pass_result(p, &analysis_pairs, end_ns);
	struct result *out = result_open(NULL, 0);
	const struct view *v = pass_view(p);
	struct evidence e = {
	    .view = v,
	    .wall_ns = v->end_ns - v->begin_ns,
	    .tasks = &tasks->table,
	    .cpus = &cpus->table,
	    .locks = &locks->table,
	    .load = &load->table,
	    .pairs = &pairs->table,
	    .waits = standstill_waits(p),
	};

	pass_gaps(p, &e.nr_gaps);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (size_t k = 0; k < families[i]->nr; k++)
			apply(&families[i]->rules[k], &e, out);
	sort(out);
	result_close(tasks);
	result_close(cpus);
	result_close(locks);
	result_close(load);
	result_close(pairs);
	return out;
}
