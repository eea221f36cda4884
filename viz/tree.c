/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A process while the rows are made. */
struct process {
	uint32_t tgid;
	uint32_t leader; /* its task with tid == tgid, else its first */
	uint32_t first;  /* first task by index */
	uint32_t nr;
	uint32_t parent; /* index of a process, or UINT32_MAX */
	uint32_t parent_tgid;
	uint32_t next_same; /* chain of its tasks */
	bool done;
};

struct builder {
	struct tree *tree;
	const struct machine *machine;
	struct process *all; /* [nr] sorted by tgid */
	uint32_t nr;
	uint32_t *of_task; /* [nr_tasks] process of each shown task, UINT32_MAX: not shown */
};

void tree_init(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	t->stale = true;
}

void tree_done(struct tree *t)
{
	free(t->rows);
	free(t->colors);
	free(t->folded);
	memset(t, 0, sizeof(*t));
}

void tree_fold(struct tree *t, uint32_t tgid, bool fold)
{
	t->stale = true;
	for (size_t i = 0; i < t->nr_folded; i++)
		if (t->folded[i] == tgid) {
			if (!fold)
				t->folded[i] = t->folded[--t->nr_folded];
			return;
		}
	if (!fold)
		return;
	t->folded = mem_grow(t->folded, &t->cap_folded, t->nr_folded + 1, sizeof(*t->folded));
	t->folded[t->nr_folded++] = tgid;
}

bool tree_is_folded(const struct tree *t, uint32_t tgid)
{
	for (size_t i = 0; i < t->nr_folded; i++)
		if (t->folded[i] == tgid)
			return true;
	return false;
}

const struct row *tree_find(const struct tree *t, enum row_kind kind, uint32_t id)
{
	for (size_t i = 0; i < t->nr; i++)
		if (t->rows[i].kind == kind && t->rows[i].id == id)
			return &t->rows[i];
	return NULL;
}

static void row_add(struct tree *t, struct row row)
{
	t->rows = mem_grow(t->rows, &t->cap, t->nr + 1, sizeof(*t->rows));
	t->rows[t->nr++] = row;
}

/* Where nothing says what was to be traced (-a, a foreign trace), everything was. */
static bool any_traced(const struct machine *m)
{
	for (uint32_t i = 1; i < machine_nr_tasks(m); i++)
		if (machine_task(m, i)->traced)
			return true;
	return false;
}

static int process_order(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static uint32_t process_find(const struct builder *b, uint32_t tgid)
{
	uint32_t low = 0, high = b->nr;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (b->all[mid].tgid < tgid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < b->nr && b->all[low].tgid == tgid ? low : UINT32_MAX;
}

static uint32_t task_tgid(const struct task *task)
{
	return task->tgid ? task->tgid : task->tid;
}

/* One entry per shown task, then sorted and equal tgids joined. */
static void collect_processes(struct builder *b, bool traced_only)
{
	uint32_t nr_tasks = machine_nr_tasks(b->machine);

	b->all = mem_zalloc(nr_tasks + 1, sizeof(*b->all));
	b->of_task = mem_alloc((nr_tasks + 1) * sizeof(*b->of_task));
	for (uint32_t i = 0; i < nr_tasks; i++) {
		const struct task *task = machine_task(b->machine, i);

		b->of_task[i] = UINT32_MAX;
		if (i == TASK_IDLE || (traced_only && !task->traced) ||
		    (!traced_only && task->self))
			continue;
		b->of_task[i] = 0;
		b->all[b->nr++] =
		    (struct process){.tgid = task_tgid(task), .leader = i, .first = i};
	}
	b->tree->nr_shown = b->nr;
	qsort(b->all, b->nr, sizeof(*b->all), process_order);
	uint32_t nr = 0;

	for (uint32_t i = 0; i < b->nr; i++) {
		const struct process *p = &b->all[i];
		bool leads = machine_task(b->machine, p->first)->tid == p->tgid;

		if (nr == 0 || b->all[nr - 1].tgid != p->tgid)
			b->all[nr++] = *p;
		else if (leads)
			b->all[nr - 1].leader = p->first;
		b->all[nr - 1].nr++;
	}
	b->nr = nr;
}

static void link_processes(struct builder *b)
{
	for (uint32_t i = 0; i < machine_nr_tasks(b->machine); i++)
		if (b->of_task[i] != UINT32_MAX)
			b->of_task[i] = process_find(b, task_tgid(machine_task(b->machine, i)));
	for (uint32_t i = 0; i < b->nr; i++) {
		const struct task *leader = machine_task(b->machine, b->all[i].leader);
		uint32_t parent =
		    leader->parent_tgid ? process_find(b, leader->parent_tgid) : UINT32_MAX;

		b->all[i].parent = parent == i ? UINT32_MAX : parent;
	}
}

static void add_process(struct builder *b, uint32_t index, uint8_t depth)
{
	struct process *p = &b->all[index];

	p->done = true;
	bool folded = tree_is_folded(b->tree, p->tgid);

	/* A process of one thread is that thread: a heading would only say its name twice. */
	if (p->nr == 1) {
		row_add(
		    b->tree,
		    (struct row){.kind = ROW_TASK, .depth = depth, .alone = true, .id = p->first});
		return;
	}
	row_add(b->tree, (struct row){.kind = ROW_PROCESS,
				      .depth = depth,
				      .folded = folded,
				      .id = p->tgid,
				      .nr = p->nr,
				      .leader = p->leader});
	for (uint32_t i = p->first; !folded && i < machine_nr_tasks(b->machine); i++)
		if (b->of_task[i] == index)
			row_add(b->tree, (struct row){.kind = ROW_TASK, .depth = depth, .id = i});
}

static int first_order(const void *a, const void *b)
{
	const struct process *const *x = a, *const *y = b;

	return (*x)->first < (*y)->first ? -1 : (*x)->first > (*y)->first;
}

/* Depth first, children in the order they appeared. A stack of its own: chains may be long. */
static void add_processes(struct builder *b)
{
	struct process **order = mem_alloc((b->nr + 1) * sizeof(*order));
	uint32_t *stack = mem_alloc((b->nr + 1) * sizeof(*stack));
	uint8_t *depth = mem_zalloc(b->nr + 1, 1);

	for (uint32_t i = 0; i < b->nr; i++)
		order[i] = &b->all[i];
	qsort(order, b->nr, sizeof(*order), first_order);
	for (int pass = 0; pass < 2; pass++) /* the second takes what a loop of parents left */
		for (uint32_t r = 0; r < b->nr; r++) {
			uint32_t top = 0;

			if (order[r]->done || (pass == 0 && order[r]->parent != UINT32_MAX))
				continue;
			stack[top++] = (uint32_t)(order[r] - b->all);
			while (top > 0) {
				uint32_t at = stack[--top];

				if (b->all[at].done)
					continue;
				add_process(b, at, depth[at]);
				for (uint32_t k = b->nr; k-- > 0;) {
					uint32_t child = (uint32_t)(order[k] - b->all);

					if (order[k]->parent != at || order[k]->done ||
					    top >= b->nr)
						continue;
					depth[child] = depth[at] < 6 ? depth[at] + 1 : depth[at];
					stack[top++] = child;
				}
			}
		}
	free(order);
	free(stack);
	free(depth);
}

static void give_colors(struct tree *t, const struct machine *m, bool traced_only)
{
	uint32_t nr_tasks = machine_nr_tasks(m);

	t->colors = mem_grow(t->colors, &t->cap_colors, nr_tasks + 1, sizeof(*t->colors));
	t->nr_colors = 0;
	for (uint32_t i = 0; i < nr_tasks; i++) {
		const struct task *task = machine_task(m, i);
		bool shown = i != TASK_IDLE && (traced_only ? task->traced : !task->self);

		t->colors[i] = shown ? (uint16_t)(t->nr_colors++ & 0x7fff) : TASK_NO_COLOR;
	}
}

bool tree_update(struct tree *t, const struct timeline *tl)
{
	const struct machine *m = timeline_machine(tl);
	uint32_t nr_tasks = machine_nr_tasks(m), nr_cpus = timeline_nr_cpus(tl);

	if (!t->stale && nr_tasks == t->nr_tasks)
		return false;
	bool traced = any_traced(m);
	struct builder b = {.tree = t, .machine = m};

	t->stale = false;
	t->nr_tasks = nr_tasks;
	t->nr = 0;
	give_colors(t, m, traced);
	if (!t->hide_cpus) {
		row_add(t, (struct row){.kind = ROW_SECTION, .id = ROW_CPU, .nr = nr_cpus});
		for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
			row_add(t, (struct row){.kind = ROW_CPU, .id = cpu});
	}
	if (t->hide_tasks)
		return true;
	collect_processes(&b, traced && !t->all_tasks);
	link_processes(&b);
	add_processes(&b);
	free(b.all);
	free(b.of_task);
	return true;
}
