/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the tasks that are shown have a name that another one has, too: python3 and python3. */
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/mem.h"
#include "viz/tree.h"

#define STEP_PARTS 20 /* of the length of a growing trace, between two looks at its names */

/* A name as two numbers: it has at most 16 bytes. */
static uint32_t name_index(struct keys *names, const struct task *task)
{
	uint64_t halves[2] = {0};

	_Static_assert(sizeof(halves) >= RECORD_COMM_LEN, "a name is two numbers");
	memcpy(halves, task->comm, strnlen(task->comm, sizeof(halves)));
	return keys_index(names, halves[0], halves[1]);
}

void tree_twins(struct tree *t, const struct timeline *tl, bool renewed)
{
	const struct machine *m = timeline_machine(tl);
	uint64_t end_ns = timeline_end_ns(tl);
	bool complete = timeline_is_complete(tl);

	if (!renewed && (complete ? t->twins_complete : end_ns < t->twins_due_ns))
		return;
	struct keys names = {0};
	uint32_t *first = mem_alloc((t->nr_tasks + 1) * sizeof(*first));

	t->twins = mem_grow(t->twins, &t->cap_twins, t->nr_tasks + 1, sizeof(*t->twins));
	memset(t->twins, 0, t->nr_tasks);
	for (uint32_t i = 0; i < t->nr_tasks; i++) {
		if (t->colors[i] == TASK_NO_COLOR)
			continue;
		size_t known = names.nr;
		uint32_t name = name_index(&names, machine_task(m, i));

		if (name == known)
			first[name] = i;
		else
			t->twins[i] = t->twins[first[name]] = 1;
	}
	keys_done(&names);
	free(first);
	t->twins_complete = complete;
	t->twins_due_ns = end_ns + (end_ns - timeline_begin_ns(tl)) / STEP_PARTS + 1;
}
