/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"

/* A process while the rows are made. */
struct process {
	uint32_t tgid;   /* first: search_number */
	uint32_t leader; /* its task with tid == tgid, else its first */
	uint32_t first;  /* first task by index */
	uint32_t nr;
	uint32_t parent; /* index of a process, or UINT32_MAX */
	uint32_t child;  /* its first one; then theirs by next */
	uint32_t next;
	uint32_t nr_below; /* tasks of its children, theirs and so on, as far as lives are short */
	bool traced;
	bool done;
	bool lasts;   /* it, or one below it, is not short-lived */
	bool grouped; /* is a member of its parent's group, with all below it */
};

#define LOCKS_FEW   6    /* rows of locks until all are asked for */
#define LOCKS_ALL   1000 /* and then */
#define GROUP_LEAST 8    /* fewer short-lived children keep rows of their own */

struct builder {
	struct tree *tree;
	const struct machine *machine;
	const struct timeline *tl;
	struct process *all; /* [nr] sorted by tgid */
	uint32_t nr;
	uint32_t top;      /* first of those without a parent */
	uint64_t short_ns; /* a life below it is short */
	uint64_t idle_ns;  /* who did something for less is idle; 0: nobody can tell yet */
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
	free(t->twins);
	free(t->members);
	free(t->folded.ids);
	free(t->opened.ids);
	lock_rank_done(&t->locks);
	row_order_done(&t->pins);
	row_order_done(&t->hidden);
	row_order_done(&t->moves);
	memset(t, 0, sizeof(*t));
}

static bool set_has(const struct id_set *set, uint32_t id)
{
	for (size_t i = 0; i < set->nr; i++)
		if (set->ids[i] == id)
			return true;
	return false;
}

static void set_put(struct id_set *set, uint32_t id, bool in)
{
	for (size_t i = 0; i < set->nr; i++)
		if (set->ids[i] == id) {
			if (!in)
				set->ids[i] = set->ids[--set->nr];
			return;
		}
	if (!in)
		return;
	set->ids = mem_grow(set->ids, &set->cap, set->nr + 1, sizeof(*set->ids));
	set->ids[set->nr++] = id;
}

void tree_fold(struct tree *t, uint32_t tgid, bool fold)
{
	t->stale = true;
	set_put(&t->folded, tgid, fold);
}

void tree_fold_all(struct tree *t, bool fold)
{
	t->stale = true;
	if (!fold)
		t->folded.nr = 0;
	for (size_t i = 0; fold && i < t->nr; i++)
		if (t->rows[i].kind == ROW_PROCESS)
			set_put(&t->folded, t->rows[i].id, true);
}

bool tree_is_folded(const struct tree *t, uint32_t tgid)
{
	return set_has(&t->folded, tgid);
}

void tree_open_group(struct tree *t, uint32_t id, bool open)
{
	t->stale = true;
	set_put(&t->opened, id, open);
}

const struct row *tree_group_of(const struct tree *t, uint32_t task)
{
	for (size_t i = 0; i < t->nr; i++) {
		const struct row *row = &t->rows[i];

		for (uint32_t k = 0; row->kind == ROW_GROUP && k < row->nr; k++)
			if (t->members[row->first + k] == task)
				return row;
	}
	return NULL;
}

const struct row *tree_row_of_task(const struct tree *t, uint32_t task)
{
	const struct row *row = tree_find(t, ROW_TASK, task);

	return row ? row : tree_group_of(t, task);
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
	size_t at = search_number(b->all, sizeof(*b->all), b->nr, tgid);

	return at < b->nr ? (uint32_t)at : UINT32_MAX;
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
		b->all[b->nr++] = (struct process){
		    .tgid = task_tgid(task), .leader = i, .first = i, .traced = task->traced};
	}
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

/* Those that were to be traced before all others, then as they appeared. */
static int first_order(const void *a, const void *b)
{
	const struct process *const *x = a, *const *y = b;

	if ((*x)->traced != (*y)->traced)
		return (*x)->traced ? -1 : 1;
	return (*x)->first < (*y)->first ? -1 : (*x)->first > (*y)->first;
}

/* Parents, and for each its children. */
static void link_processes(struct builder *b)
{
	struct process **order = mem_alloc((b->nr + 1) * sizeof(*order));

	for (uint32_t i = 0; i < machine_nr_tasks(b->machine); i++)
		if (b->of_task[i] != UINT32_MAX)
			b->of_task[i] = process_find(b, task_tgid(machine_task(b->machine, i)));
	for (uint32_t i = 0; i < b->nr; i++) {
		const struct task *leader = machine_task(b->machine, b->all[i].leader);
		uint32_t parent =
		    leader->parent_tgid ? process_find(b, leader->parent_tgid) : UINT32_MAX;

		b->all[i].parent = parent == i ? UINT32_MAX : parent;
		b->all[i].child = UINT32_MAX;
		order[i] = &b->all[i];
	}
	qsort(order, b->nr, sizeof(*order), first_order);
	b->top = UINT32_MAX;
	for (uint32_t k = b->nr; k-- > 0;) {
		uint32_t parent = order[k]->parent;
		uint32_t *head = parent == UINT32_MAX ? &b->top : &b->all[parent].child;

		order[k]->next = *head;
		*head = (uint32_t)(order[k] - b->all);
	}
	free(order);
}

/* One thread that has ended soon, whatever becomes of its children. */
static bool is_short(const struct builder *b, const struct process *p)
{
	const struct task *task = machine_task(b->machine, p->first);

	return p->nr == 1 && task->exited && task->end_ns - task->begin_ns < b->short_ns;
}

#define DEPTH_COUNTED 64 /* of short-lived children's children */

/* Who lasts makes all above it last: none of them is put away with it. */
static void mark_lasting(struct builder *b)
{
	for (uint32_t i = 0; i < b->nr; i++) {
		uint32_t at = is_short(b, &b->all[i]) ? UINT32_MAX : i;

		for (; at != UINT32_MAX && !b->all[at].lasts; at = b->all[at].parent)
			b->all[at].lasts = true;
	}
	for (uint32_t i = 0; i < b->nr; i++) {
		uint32_t at = b->all[i].lasts ? UINT32_MAX : b->all[i].parent;

		for (int depth = 0; at != UINT32_MAX && !b->all[at].lasts && depth < DEPTH_COUNTED;
		     depth++) {
			b->all[at].nr_below++;
			at = b->all[at].parent;
		}
	}
}

static void add_member(struct tree *t, uint32_t task)
{
	t->members = mem_grow(t->members, &t->cap_members, t->nr_members + 1, sizeof(*t->members));
	t->members[t->nr_members++] = task;
}

/* Hardly ran in the whole run, nor waited for a lock, nor would have run if it had had a core. */
static bool is_idle(const struct builder *b, uint32_t task)
{
	const struct lane_data *lane = timeline_task(b->tl, task);
	uint64_t lock_ns = lane->totals ? lane->totals->blocked_ns[REASON_LOCK] : 0;
	struct state_time sum = lane->total;

	for (unsigned int i = 0; i < lane->nr_open; i++) {
		const struct slice *s = &lane->open[i];

		sum.ns[s->state] += lane->end_ns - s->begin_ns;
		if (s->state == STATE_BLOCKED && s->why == REASON_LOCK)
			lock_ns += lane->end_ns - s->begin_ns;
	}
	return sum.ns[STATE_RUNNING] + sum.ns[STATE_UNKNOWN] + lock_ns < b->idle_ns &&
	       sum.ns[STATE_RUNNABLE] < b->idle_ns * TREE_IDLE_READY;
}

/* Threads of a process that are idle, if they are many: one row below the others. The one that it
 * is named after has its own. */
static void add_threads(struct builder *b, uint32_t index, uint8_t depth)
{
	struct process *p = &b->all[index];
	struct tree *t = b->tree;
	struct row row = {.kind = ROW_GROUP,
			  .depth = (uint8_t)(depth + 1),
			  .folded = !set_has(&t->opened, p->tgid | TREE_IDLE),
			  .id = p->tgid | TREE_IDLE,
			  .first = (uint32_t)t->nr_members};
	uint32_t nr_tasks = machine_nr_tasks(b->machine);

	for (uint32_t i = p->first; b->idle_ns > 0 && p->nr > GROUP_LEAST && i < nr_tasks; i++)
		if (b->of_task[i] == index && i != p->leader && is_idle(b, i))
			add_member(t, i);
	row.nr = (uint32_t)t->nr_members - row.first;
	if (row.nr < GROUP_LEAST) {
		t->nr_members = row.first;
		row.nr = 0;
	}
	for (uint32_t i = p->first, k = 0; i < nr_tasks; i++) {
		if (b->of_task[i] != index)
			continue;
		if (k < row.nr && t->members[row.first + k] == i)
			k++;
		else
			row_add(t, (struct row){.kind = ROW_TASK, .depth = depth, .id = i});
	}
	if (row.nr > 0)
		row_add(t, row);
	for (uint32_t k = 0; !row.folded && k < row.nr; k++)
		row_add(t, (struct row){.kind = ROW_TASK,
					.depth = (uint8_t)(depth + 1),
					.id = t->members[row.first + k]});
}

static void add_process(struct builder *b, uint32_t index, uint8_t depth)
{
	struct process *p = &b->all[index];
	struct tree *t = b->tree;

	p->done = true;
	bool folded = tree_is_folded(t, p->tgid);

	/* A process of one thread is that thread: a heading would only say its name twice. */
	if (p->nr == 1) {
		row_add(t, (struct row){
			       .kind = ROW_TASK, .depth = depth, .alone = true, .id = p->first});
		return;
	}
	uint32_t nr_children = 0;

	for (uint32_t i = p->child; i != UINT32_MAX; i = b->all[i].next)
		nr_children++;
	row_add(t, (struct row){.kind = ROW_PROCESS,
				.depth = depth,
				.nr_children = nr_children,
				.folded = folded,
				.id = p->tgid,
				.nr = p->nr,
				.leader = p->leader,
				.first = (uint32_t)t->nr_members});
	if (!folded) {
		add_threads(b, index, depth);
		return;
	}
	for (uint32_t i = p->first; i < machine_nr_tasks(b->machine); i++)
		if (b->of_task[i] == index)
			add_member(t, i);
}

/* The first of a list of children that has no row yet: loops of parents come back to some. */
static uint32_t first_left(const struct builder *b, uint32_t list)
{
	while (list != UINT32_MAX && b->all[list].done)
		list = b->all[list].next;
	return list;
}

/* A short-lived process and all below it, each before its children. */
static void add_members(struct builder *b, uint32_t top)
{
	for (uint32_t at = top; at != UINT32_MAX;) {
		add_member(b->tree, b->all[at].first);
		b->all[at].done = true;
		uint32_t next = first_left(b, b->all[at].child);

		while (next == UINT32_MAX && at != top) {
			next = first_left(b, b->all[at].next);
			at = b->all[at].parent;
		}
		at = next;
	}
}

/* The group of those marked in this list of children. */
static void add_group(struct builder *b, uint32_t list, uint8_t depth)
{
	struct tree *t = b->tree;
	uint32_t parent = b->all[list].parent;
	uint32_t tgid = parent == UINT32_MAX ? 0 : b->all[parent].tgid;
	bool open = set_has(&t->opened, tgid);
	struct row row = {.kind = ROW_GROUP,
			  .depth = depth,
			  .folded = !open,
			  .id = tgid,
			  .first = (uint32_t)t->nr_members};

	for (uint32_t i = list; i != UINT32_MAX; i = b->all[i].next)
		if (b->all[i].grouped)
			add_members(b, i);
	row.nr = (uint32_t)t->nr_members - row.first;
	row_add(t, row);
	for (uint32_t k = 0; open && k < row.nr; k++)
		row_add(t, (struct row){.kind = ROW_TASK,
					.depth = (uint8_t)(depth + 1),
					.alone = true,
					.id = t->members[row.first + k]});
}

/* What is still to be added: a process, or the group of a list of children. */
struct pending {
	uint32_t index;
	uint8_t depth;
	bool group;
};

/* Puts a list of children on the stack, the first on top; short-lived ones together where the first
 * of them is. Returns the new height. */
static uint32_t push_children(struct builder *b, struct pending *stack, uint32_t top, uint32_t list,
			      uint8_t depth)
{
	uint32_t nr_short = 0, from = top;
	bool seen = false;

	for (uint32_t i = list; i != UINT32_MAX; i = b->all[i].next)
		if (!b->all[i].lasts)
			nr_short += 1 + b->all[i].nr_below;
	for (uint32_t i = list; i != UINT32_MAX; i = b->all[i].next) {
		struct process *p = &b->all[i];

		if (p->done)
			continue;
		p->grouped = nr_short >= GROUP_LEAST && !p->lasts;
		p->done = p->grouped;
		if (p->grouped && seen)
			continue;
		seen |= p->grouped;
		stack[top++] = (struct pending){p->grouped ? list : i, depth, p->grouped};
	}
	for (uint32_t a = from, z = top; a + 1 < z; a++) {
		struct pending swap = stack[a];

		stack[a] = stack[--z];
		stack[z] = swap;
	}
	return top;
}

/* Depth first. A stack of its own: chains may be long. Every process is pushed at most once by its
 * parent and once when a loop of parents left it. */
static void add_processes(struct builder *b)
{
	struct pending *stack = mem_alloc((2 * (size_t)b->nr + 2) * sizeof(*stack));
	uint32_t top = push_children(b, stack, 0, b->top, 0);

	for (uint32_t rest = 0; top > 0 || rest < b->nr;) {
		if (top == 0) {
			if (!b->all[rest].done)
				stack[top++] = (struct pending){rest, 0, false};
			rest++;
			continue;
		}
		struct pending at = stack[--top];

		if (at.group) {
			add_group(b, at.index, at.depth);
			continue;
		}
		if (b->all[at.index].done)
			continue;
		add_process(b, at.index, at.depth);
		top = push_children(b, stack, top, b->all[at.index].child,
				    at.depth < 6 ? at.depth + 1 : at.depth);
	}
	free(stack);
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

static void add_locks(struct tree *t)
{
	const struct lock_rank *r = &t->locks;
	uint32_t nr = r->nr < LOCKS_ALL ? (uint32_t)r->nr : LOCKS_ALL;

	if (nr == 0)
		return;
	if (nr > LOCKS_FEW && !t->all_locks)
		nr = LOCKS_FEW;
	row_add(t, (struct row){.kind = ROW_SECTION, .id = ROW_LOCK, .nr = (uint32_t)r->nr});
	for (uint32_t i = 0; i < nr; i++)
		row_add(t, (struct row){.kind = ROW_LOCK, .id = r->syncs[i]});
	if (r->nr > LOCKS_FEW)
		row_add(t, (struct row){.kind = ROW_MORE, .nr = (uint32_t)r->nr - nr});
}

static void add_tasks(struct tree *t, const struct timeline *tl, bool traced_only)
{
	struct builder b = {
	    .tree = t,
	    .machine = timeline_machine(tl),
	    .tl = tl,
	    .short_ns = (timeline_end_ns(tl) - timeline_begin_ns(tl)) / TREE_SHORT_PART,
	};

	/* While a trace grows who was idle up to now may be so no longer. */
	if (timeline_is_complete(tl))
		b.idle_ns = (timeline_end_ns(tl) - timeline_begin_ns(tl)) / TREE_IDLE_PART;

	collect_processes(&b, traced_only);
	link_processes(&b);
	mark_lasting(&b);
	add_processes(&b);
	free(b.all);
	free(b.of_task);
}

bool tree_update(struct tree *t, const struct timeline *tl)
{
	const struct machine *m = timeline_machine(tl);
	uint32_t nr_tasks = machine_nr_tasks(m), nr_cpus = timeline_nr_cpus(tl);

	if (t->stale)
		lock_rank_again(&t->locks);
	bool ranked = lock_rank_update(&t->locks, tl, LOCKS_FEW, t->all_tasks);

	if (!t->stale && !ranked && nr_tasks == t->nr_tasks) {
		tree_twins(t, tl, false);
		return false;
	}
	bool traced = any_traced(m);

	t->stale = false;
	t->nr_tasks = nr_tasks;
	t->nr = 0;
	t->nr_members = 0;
	give_colors(t, m, traced);
	tree_twins(t, tl, true);
	if (!t->hide_cpus) {
		row_add(t, (struct row){.kind = ROW_SECTION, .id = ROW_CPU, .nr = nr_cpus});
		for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
			row_add(t, (struct row){.kind = ROW_CPU, .id = cpu});
	}
	if (!t->hide_tasks)
		add_tasks(t, tl, traced && !t->all_tasks);
	if (!t->hide_locks)
		add_locks(t);
	/* Of one task alone its own lane says as much. */
	t->counts_all = !traced || t->all_tasks;
	if (!t->hide_runq && t->nr_colors > 1)
		row_add(t, (struct row){.kind = ROW_RUNQ});
	/* Last: nothing moves when a mark is set or a finding comes. */
	if (!t->hide_notes && t->nr_notes > 0)
		row_add(t, (struct row){.kind = ROW_NOTES, .nr = t->nr_notes});
	tree_arrange(t);
	return true;
}
