/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/idle.h"

#include <stdlib.h>

#include "base/mem.h"

static void add_cores(struct idle *idle, size_t nr)
{
	while (idle->nr_cores < nr) {
		idle->idle =
		    mem_grow(idle->idle, &idle->cap_idle, idle->nr_cores + 1, sizeof(*idle->idle));
		idle->changes = mem_grow(idle->changes, &idle->cap_changes, idle->nr_cores + 1,
					 sizeof(*idle->changes));
		idle->idle[idle->nr_cores] = false;
		idle->changes[idle->nr_cores++] = true;
		idle->any_changes = true;
	}
}

/* What a core does is asked when time has gone on: an interval tells only what is over. */
static void settle(struct idle *idle, const struct view *v)
{
	struct interval now;

	for (size_t i = 0; i < idle->nr_cores; i++) {
		if (!idle->changes[i])
			continue;
		bool is = machine_cpu_now(v->machine, (uint32_t)i, &now) && now.state == STATE_IDLE;

		idle->nr_idle += (uint32_t)is - (uint32_t)idle->idle[i];
		idle->idle[i] = is;
		idle->changes[i] = false;
	}
	idle->any_changes = false;
}

uint64_t idle_so_far(struct idle *idle, const struct view *v)
{
	uint64_t now = machine_now_ns(v->machine);

	if (now > v->end_ns)
		now = v->end_ns;
	if (idle->now_ns < v->begin_ns)
		idle->now_ns = v->begin_ns;
	add_cores(idle, machine_nr_cpus(v->machine));
	if (now <= idle->now_ns)
		return idle->idle_ns;
	if (idle->any_changes)
		settle(idle, v);
	if (idle->nr_idle)
		idle->idle_ns += now - idle->now_ns;
	idle->now_ns = now;
	return idle->idle_ns;
}

void idle_core(struct idle *idle, const struct view *v, uint32_t cpu)
{
	idle_so_far(idle, v);
	add_cores(idle, cpu + 1);
	idle->changes[cpu] = true;
	idle->any_changes = true;
}

void idle_done(struct idle *idle)
{
	free(idle->idle);
	free(idle->changes);
}
