/* SPDX-License-Identifier: BSD-2-Clause */
/* How busy each core was. */
#include "analysis/cpus.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"

struct total {
	uint64_t busy_ns;
	uint64_t idle_ns;
	uint64_t unknown_ns;
	uint64_t switches; /* when the window began */
};

struct cpus {
	struct total *totals; /* [nr] */
	size_t nr;
	size_t cap;
};

static void *cpus_open(void)
{
	return mem_zalloc(1, sizeof(struct cpus));
}

static struct total *total_at(struct cpus *a, uint32_t cpu)
{
	a->totals = mem_reach(a->totals, &a->cap, &a->nr, cpu, sizeof(*a->totals));
	return &a->totals[cpu];
}

static void cpus_interval(void *payload, const struct view *v, const struct interval *iv,
			  uint64_t dur_ns)
{
	struct total *t = total_at(payload, iv->cpu);

	(void)v;
	if (iv->state == STATE_RUNNING)
		t->busy_ns += dur_ns;
	else if (iv->state == STATE_IDLE)
		t->idle_ns += dur_ns;
	else
		t->unknown_ns += dur_ns;
}

static void cpus_begin(void *payload, const struct view *v)
{
	for (uint32_t i = 0; i < machine_nr_cpus(v->machine); i++)
		total_at(payload, i)->switches = machine_cpu_switches(v->machine, i);
}

static const struct column columns[CPUS_NR_COLUMNS] = {
    [CPUS_CPU] = {"cpu", CELL_COUNT},           [CPUS_BUSY] = {"busy_ns", CELL_NS},
    [CPUS_IDLE] = {"idle_ns", CELL_NS},         [CPUS_UNKNOWN] = {"unknown_ns", CELL_NS},
    [CPUS_SWITCHES] = {"switches", CELL_COUNT}, [CPUS_SEEN] = {"seen", CELL_BOOL},
};

static struct result *cpus_result(void *payload, const struct view *v)
{
	struct result *r = result_open(columns, CPUS_NR_COLUMNS);

	for (uint32_t i = 0; i < machine_nr_cpus(v->machine); i++) {
		const struct total *t = total_at(payload, i);
		struct cell *row = rows_add(&r->table);

		cell_number(&row[CPUS_CPU], i);
		cell_number(&row[CPUS_BUSY], t->busy_ns);
		cell_number(&row[CPUS_IDLE], t->idle_ns);
		cell_number(&row[CPUS_UNKNOWN], t->unknown_ns);
		cell_number(&row[CPUS_SWITCHES], machine_cpu_switches(v->machine, i) - t->switches);
		cell_number(&row[CPUS_SEEN], machine_cpu_seen(v->machine, i));
	}
	return r;
}

static void cpus_close(void *payload)
{
	struct cpus *a = payload;

	free(a->totals);
	free(a);
}

const struct analysis analysis_cpus = {
    .name = "cpus",
    .open = cpus_open,
    .cpu_interval = cpus_interval,
    .begin = cpus_begin,
    .result = cpus_result,
    .close = cpus_close,
};
