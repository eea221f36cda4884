/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about the trace itself: how far the others can be relied on. */
#include "analysis/cpus.h"
#include "analysis/finding.h"
#include "analysis/tasks.h"
#include "base/duration.h"

static void unknown_time(const struct rule *rule, const struct evidence *e, struct result *out)
{
	uint64_t unknown = 0, whole = 0, core_unknown = 0, core_whole = 0;
	char text[DURATION_LEN], all[DURATION_LEN];

	for (size_t i = 0; i < e->tasks->nr; i++) {
		const struct cell *row = rows_at(e->tasks, i);

		if (!row[TASKS_TRACED].number)
			continue;
		unknown += row[TASKS_UNKNOWN].number;
		whole += row[TASKS_END].number - row[TASKS_BEGIN].number;
	}
	for (size_t i = 0; i < e->cpus->nr; i++) {
		const struct cell *row = rows_at(e->cpus, i);

		if (!row[CPUS_SEEN].number)
			continue;
		core_unknown += row[CPUS_UNKNOWN].number;
		core_whole += e->wall_ns;
	}
	/* Without a loss it is the time until a core first switched. */
	bool cores = e->nr_gaps && share_of(core_unknown, core_whole) > share_of(unknown, whole);

	if (cores) {
		unknown = core_unknown;
		whole = core_whole;
	}
	uint32_t share = share_of(unknown, whole);

	if (share <= rule->threshold)
		return;
	struct finding *f =
	    finding_add(out, rule, e, share,
			"Of the %s' %s, %s are unknown: what was lost or not recorded then is "
			"missing in all that is said here",
			cores ? "cores" : "traced tasks", duration_text(whole, all),
			duration_text(unknown, text));

	finding_fact(f, "unknown_ns", CELL_NS, unknown);
	finding_fact(f, "whole_ns", CELL_NS, whole);
}

static const struct rule rules[] = {
    {"unknown-time", 10000, WORTH_A_WORD, unknown_time},
};

const struct family findings_trace = {rules, sizeof(rules) / sizeof(rules[0])};
