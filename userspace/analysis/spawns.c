/* SPDX-License-Identifier: BSD-2-Clause */
/* Who makes many tasks in a row. Memory: one element per task. */
#include "analysis/spawns.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"

struct series {
	uint64_t made, threads, begin_ns, end_ns, blocked_ns;
};

struct spawn {
	struct series now, best;
	uint64_t blocked_ns; /* in the window so far */
	uint64_t blocked_at; /* when the series began */
};

struct spawns {
	struct spawn *spawns; /* [nr] by task index */
	size_t nr, cap;
};

static void *spawns_open(void)
{
	return mem_zalloc(1, sizeof(struct spawns));
}

static struct spawn *spawn_at(struct spawns *a, uint32_t task)
{
	a->spawns = mem_reach(a->spawns, &a->cap, &a->nr, task, sizeof(*a->spawns));
	return &a->spawns[task];
}

static void end_series(struct spawn *s)
{
	if (s->now.end_ns - s->now.begin_ns > s->best.end_ns - s->best.begin_ns)
		s->best = s->now;
	s->now.made = 0;
}

static void spawns_interval(void *payload, const struct view *v, const struct interval *iv,
			    uint64_t dur_ns)
{
	if (machine_task(v->machine, iv->task)->traced)
		spawn_at(payload, iv->task)->blocked_ns += dur_ns;
}

static void spawns_fork(void *payload, const struct view *v, uint64_t ts_ns, uint32_t parent,
			uint32_t child)
{
	const struct task *p = machine_task(v->machine, parent);

	if (!p->traced)
		return;
	struct spawn *s = spawn_at(payload, parent);

	if (s->now.made && ts_ns - s->now.end_ns > SPAWNS_APART_NS)
		end_series(s);
	if (s->now.made == 0) {
		s->now = (struct series){.begin_ns = ts_ns};
		s->blocked_at = s->blocked_ns;
	}
	s->now.made++;
	s->now.threads += machine_task(v->machine, child)->tgid == p->tgid;
	s->now.end_ns = ts_ns;
	s->now.blocked_ns = s->blocked_ns - s->blocked_at;
}

static const struct column columns[SPAWNS_NR_COLUMNS] = {
    [SPAWNS_TASK] = {"task", CELL_COUNT},       [SPAWNS_MADE] = {"made", CELL_COUNT},
    [SPAWNS_THREADS] = {"threads", CELL_COUNT}, [SPAWNS_BEGIN] = {"begin_ns", CELL_NS},
    [SPAWNS_END] = {"end_ns", CELL_NS},         [SPAWNS_BLOCKED] = {"blocked_ns", CELL_NS},
};

static struct result *spawns_result(void *payload, const struct view *v)
{
	struct spawns *a = payload;
	struct result *r = result_open(columns, SPAWNS_NR_COLUMNS);

	(void)v;
	for (size_t i = 0; i < a->nr; i++) {
		struct spawn *s = &a->spawns[i];

		end_series(s);
		if (s->best.made == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_number(&row[SPAWNS_TASK], i);
		cell_number(&row[SPAWNS_MADE], s->best.made);
		cell_number(&row[SPAWNS_THREADS], s->best.threads);
		cell_number(&row[SPAWNS_BEGIN], s->best.begin_ns);
		cell_number(&row[SPAWNS_END], s->best.end_ns);
		cell_number(&row[SPAWNS_BLOCKED], s->best.blocked_ns);
	}
	return r;
}

static void spawns_close(void *payload)
{
	struct spawns *a = payload;

	free(a->spawns);
	free(a);
}

const struct analysis analysis_spawns = {
    .name = "spawns",
    .open = spawns_open,
    .states = 1 << STATE_BLOCKED,
    .task_interval = spawns_interval,
    .fork = spawns_fork,
    .result = spawns_result,
    .close = spawns_close,
};
