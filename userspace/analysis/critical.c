/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The critical path, forwards: P(task, t) is the path that ends at the task at time t, as sums per
 * task and state. Running, waiting for a core and waits that no task ended extend a task's own
 * path. A task that another one wakes takes over that one's path, and so does a child from who
 * forked it; what it did until then is on no path of its own any more. Walking backwards from
 * (task, t) visits the same time, so the result is the same and exact. A wait for CPython's lock
 * that its time-out ended is as if who had the lock then had ended it (analysis/gil.h).
 *
 * A waking comes in its time, so a waker's time up to then is counted as it looked then: a switch
 * of it that no record told, which the machine puts in afterwards, is not taken into account.
 *
 * Paths that share their past share it in memory: a tree of counted nodes. A node with one heir is
 * joined with it, so there are at most two nodes per living task, whatever the trace's length. A
 * node also knows its stays, who the path was with and when; when they become too many, short ones
 * are merged.
 */
#include "analysis/critical.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/gil.h"
#include "analysis/pass.h"
#include "analysis/stays.h"
#include "base/mem.h"
#include "base/search.h"

/* What time was spent on: column - CRITICAL_RUNNING, of a task. */
#define KIND_BITS 8
#define OUTSIDE   ((uint64_t)TASK_NONE << KIND_BITS | (CRITICAL_UNKNOWN - CRITICAL_RUNNING))

_Static_assert(CRITICAL_TOTAL - CRITICAL_RUNNING <= 1 << KIND_BITS, "a kind fits its bits");

struct sum {
	uint64_t key; /* task << KIND_BITS | kind */
	uint64_t ns;
};

struct sums {
	struct sum *at; /* [nr] by key */
	size_t nr, cap;
};

struct node {
	struct node *parent; /* or the next free one */
	uint32_t refs;       /* nodes and ends that continue here */
	uint32_t visit;      /* number of the last one */
	struct sums sums;
	struct stays stays;
};

/* The end of a task's path: P(task, at_ns). */
struct end {
	struct node *past;
	struct sums own; /* since then */
	struct stays stays;
	uint64_t at_ns;
	uint64_t running_ns; /* in the window, on the path or not */
	bool known;
};

struct critical {
	struct end *ends; /* [nr] by task index */
	size_t nr, cap;
	struct node *free;
	size_t nr_nodes;  /* in use */
	size_t max_nodes; /* look for nodes to join when there are more */
	uint32_t visit;   /* number of the visit of all nodes that goes on, or was the last */
	struct gils gils;
	uint64_t least_ns; /* stays that are shorter are merged */
	bool any_traced;
};

static void *critical_open(void)
{
	struct critical *a = mem_zalloc(1, sizeof(*a));

	a->max_nodes = 256;
	return a;
}

static size_t sums_place(const struct sums *s, uint64_t key)
{
	return search_first(s->at, sizeof(*s->at), s->nr, key);
}

static void sums_add(struct sums *s, uint64_t key, uint64_t ns)
{
	size_t at = sums_place(s, key);

	if (at < s->nr && s->at[at].key == key) {
		s->at[at].ns += ns;
		return;
	}
	s->at = mem_grow(s->at, &s->cap, s->nr + 1, sizeof(*s->at));
	memmove(&s->at[at + 1], &s->at[at], (s->nr - at) * sizeof(*s->at));
	s->at[at] = (struct sum){key, ns};
	s->nr++;
}

static void sums_swap(struct sums *a, struct sums *b)
{
	struct sums sums = *a;

	*a = *b;
	*b = sums;
}

/* Moves what is in from to into. */
static void sums_join(struct sums *into, struct sums *from)
{
	if (from->nr > into->nr)
		sums_swap(into, from);
	for (size_t i = 0; i < from->nr; i++)
		sums_add(into, from->at[i].key, from->at[i].ns);
	from->nr = 0;
}

static struct node *node_new(struct critical *a)
{
	struct node *n = a->free;

	if (n)
		a->free = n->parent;
	else
		n = mem_zalloc(1, sizeof(*n));
	n->parent = NULL;
	n->refs = 1;
	a->nr_nodes++;
	return n;
}

static void node_free(struct critical *a, struct node *n)
{
	n->sums.nr = 0;
	n->stays.nr = 0;
	n->parent = a->free;
	a->free = n;
	a->nr_nodes--;
}

static void node_release(struct critical *a, struct node *n)
{
	while (n && --n->refs == 0) {
		struct node *parent = n->parent;

		node_free(a, n);
		n = parent;
	}
}

/* Joins n with the past that nobody else shares. */
static void node_join(struct critical *a, struct node *n)
{
	while (n->parent && n->parent->refs == 1) {
		struct node *parent = n->parent;

		sums_join(&n->sums, &parent->sums);
		stays_append(&parent->stays, &n->stays);
		stays_swap(&parent->stays, &n->stays);
		n->parent = parent->parent;
		node_free(a, parent);
	}
}

/* Whether there is one, not visited this time: of one that was, the parents were too. */
static bool visit_node(const struct critical *a, struct node *n)
{
	if (!n || n->visit == a->visit)
		return false;
	n->visit = a->visit;
	return true;
}

static void end_forget(struct critical *a, struct end *e)
{
	node_release(a, e->past);
	e->past = NULL;
	e->own.nr = 0;
	e->stays.nr = 0;
}

static bool has_ended(const struct view *v, uint32_t task)
{
	return machine_task(v->machine, task)->exited;
}

/* The exited task that a path may be asked of: the target, else who ended last. */
static uint32_t last_ended(const struct critical *a, const struct view *v)
{
	uint32_t target = v->path_tid ? v->path_tid : machine_info(v->machine)->target_tid;
	uint32_t last = TASK_NONE;

	for (uint32_t i = 0; i < a->nr; i++) {
		const struct task *t = machine_task(v->machine, i);

		if (!a->ends[i].known || !t->exited || t->traced != a->any_traced)
			continue;
		if (target && t->tid == target)
			return i;
		if (last == TASK_NONE || t->end_ns >= machine_task(v->machine, last)->end_ns)
			last = i;
	}
	return last;
}

/* Forgets the paths of tasks that are gone and joins what can be joined. */
static void tidy(struct critical *a, const struct view *v)
{
	uint32_t last = last_ended(a, v);

	for (uint32_t i = 0; i < a->nr; i++) {
		struct end *e = &a->ends[i];

		if (i != last && e->known && has_ended(v, i)) {
			end_forget(a, e);
			free(e->own.at);
			free(e->stays.at);
			e->own = (struct sums){0};
			e->stays = (struct stays){0};
		}
	}
	a->visit++;
	for (uint32_t i = 0; i < a->nr; i++)
		for (struct node *n = a->ends[i].past; visit_node(a, n); n = n->parent)
			node_join(a, n);
	a->max_nodes = a->nr_nodes * 2 > 256 ? a->nr_nodes * 2 : 256;
}

/* All stays of the tree. */
static void merge_stays(struct critical *a)
{
	a->visit++;
	a->least_ns = a->least_ns ? a->least_ns * 2 : 1000;
	for (size_t i = 0; i < a->nr; i++) {
		stays_merge(&a->ends[i].stays, a->least_ns);
		for (struct node *n = a->ends[i].past; visit_node(a, n); n = n->parent)
			stays_merge(&n->stays, a->least_ns);
	}
}

static void end_add(struct end *e, uint64_t key, uint64_t begin_ns, uint64_t end_ns)
{
	sums_add(&e->own, key, end_ns - begin_ns);
	stays_add(&e->stays, (uint32_t)(key >> KIND_BITS), begin_ns, end_ns);
}

/* The end of a task's path. A task first met lived since the window began, or nobody knows since
 * when: the time before is outside. */
static struct end *end_at(struct critical *a, const struct view *v, uint32_t task,
			  uint64_t begin_ns)
{
	a->ends = mem_reach(a->ends, &a->cap, &a->nr, task, sizeof(*a->ends));
	struct end *e = &a->ends[task];

	if (e->known)
		return e;
	e->known = true;
	e->at_ns = begin_ns;
	if (begin_ns > v->begin_ns)
		end_add(e, OUTSIDE, v->begin_ns, begin_ns);
	return e;
}

static uint64_t key_of(const struct interval *iv)
{
	unsigned int column = CRITICAL_UNKNOWN;

	if (iv->state == STATE_RUNNING)
		column = CRITICAL_RUNNING;
	else if (iv->state == STATE_RUNNABLE)
		column = CRITICAL_RUNNABLE;
	else if (iv->state == STATE_BLOCKED && iv->why != REASON_UNKNOWN)
		column = CRITICAL_BLOCKED + iv->why - 1;
	return (uint64_t)iv->task << KIND_BITS | (column - CRITICAL_RUNNING);
}

static void end_extend(struct end *e, uint64_t key, uint64_t to_ns)
{
	if (to_ns <= e->at_ns)
		return;
	end_add(e, key, e->at_ns, to_ns);
	e->at_ns = to_ns;
}

/* What an end added since, into its past, for others to share. */
static void end_settle(struct critical *a, struct end *e)
{
	if (e->past && e->past->refs == 1) {
		sums_join(&e->past->sums, &e->own);
		stays_append(&e->past->stays, &e->stays);
	} else if (e->own.nr) {
		struct node *n = node_new(a);

		n->parent = e->past;
		sums_swap(&n->sums, &e->own);
		stays_swap(&n->stays, &e->stays);
		e->past = n;
	}
	if (e->past && e->past->stays.nr > STAYS_MAX)
		merge_stays(a);
}

/* heir's path becomes that of from, which goes on at ts_ns. False: that is past already. */
static bool take_over(struct critical *a, const struct view *v, uint32_t from, uint32_t heir,
		      uint64_t ts_ns)
{
	struct interval now = {.task = from};

	end_at(a, v, heir, v->begin_ns); /* may move them */
	struct end *w = end_at(a, v, from, v->begin_ns);
	struct end *e = &a->ends[heir];

	if (w->at_ns > ts_ns)
		return false;
	if (!machine_task_now(v->machine, from, &now))
		now.state = STATE_UNKNOWN;
	end_extend(w, key_of(&now), ts_ns);
	end_settle(a, w);
	end_forget(a, e);
	e->at_ns = ts_ns;
	e->past = w->past;
	if (!e->past)
		return true; /* at the very begin of the window */
	e->past->refs++;
	node_join(a, e->past);
	if (a->nr_nodes > a->max_nodes)
		tidy(a, v);
	return true;
}

/* Paths are those of the traced tasks; of all, when none is traced. */
static bool is_followed(const struct critical *a, const struct view *v, uint32_t task)
{
	if (task == TASK_NONE || task == TASK_IDLE)
		return false;
	const struct task *t = machine_task(v->machine, task);

	return !a->any_traced || t->traced || t->tid == v->path_tid;
}

/*
 * Who came out of a wait for CPython's lock by itself, as its time was up, was kept by who had the
 * lock then: its path is that one's, up to where that one stood still, if it did.
 */
static void follow_holder(struct critical *a, const struct view *v, const struct interval *iv,
			  uint32_t holder)
{
	struct interval now;

	if (!is_followed(a, v, holder) || !machine_task_now(v->machine, holder, &now))
		return;
	if (now.state != STATE_BLOCKED || now.why == REASON_FAULT)
		take_over(a, v, holder, iv->task, iv->end_ns);
	else if (now.begin_ns > iv->begin_ns && now.begin_ns > v->begin_ns)
		take_over(a, v, holder, iv->task, now.begin_ns);
}

static void wait_is_over(struct critical *a, const struct view *v, const struct interval *iv)
{
	uint32_t holder = gils_wait_over(&a->gils, v, iv);

	if (iv->waker != iv->task && is_followed(a, v, iv->waker))
		take_over(a, v, iv->waker, iv->task, iv->end_ns);
	else
		follow_holder(a, v, iv, holder);
}

static void critical_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct critical *a = payload;

	gils_block(&a->gils, v, iv);
}

static void critical_interval(void *payload, const struct view *v, const struct interval *iv,
			      uint64_t dur_ns)
{
	struct critical *a = payload;
	uint64_t begin = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	uint64_t end = iv->end_ns < v->end_ns ? iv->end_ns : v->end_ns;

	a->any_traced |= machine_task(v->machine, iv->task)->traced;
	if (!is_followed(a, v, iv->task))
		return;
	struct end *e = end_at(a, v, iv->task, begin);

	if (iv->state == STATE_RUNNING) {
		e->running_ns += dur_ns;
		gils_ran(&a->gils, iv->task, dur_ns);
	}
	end_extend(e, (uint64_t)iv->task << KIND_BITS | (CRITICAL_UNKNOWN - CRITICAL_RUNNING),
		   begin);
	if (e->stays.nr > STAYS_MAX)
		merge_stays(a);
	if (iv->state == STATE_BLOCKED && iv->end_ns == end && end > e->at_ns)
		wait_is_over(a, v, iv);
	end_extend(&a->ends[iv->task], key_of(iv), end);
}

static void critical_fork(void *payload, const struct view *v, uint64_t ts_ns, uint32_t parent,
			  uint32_t child)
{
	struct critical *a = payload;

	a->any_traced |= machine_task(v->machine, parent)->traced;
	if (is_followed(a, v, parent) && is_followed(a, v, child))
		take_over(a, v, parent, child, ts_ns);
}

/* Whom the task waits for, if that is measured. */
static uint32_t waited_for(const struct machine *m, uint32_t task)
{
	struct interval now;

	if (!machine_task_now(m, task, &now) || now.state != STATE_BLOCKED || now.owner == 0 ||
	    now.owner_inferred || now.owner_exited ||
	    (now.why != REASON_LOCK && now.why != REASON_JOIN))
		return TASK_NONE;
	uint32_t owner = machine_find(m, now.owner);

	return owner != TASK_NONE && !machine_task(m, owner)->exited ? owner : TASK_NONE;
}

uint32_t critical_follow(const struct machine *m, uint32_t task)
{
	uint32_t last = task;

	for (uint32_t hops = 0; hops <= machine_nr_tasks(m); hops++) {
		uint32_t next = waited_for(m, last);

		if (next == TASK_NONE)
			return last;
		last = next;
	}
	return task; /* in a circle */
}

static bool waits_at_the_end(const struct view *v, uint32_t task)
{
	struct interval now;

	return machine_task_now(v->machine, task, &now) && now.state == STATE_BLOCKED;
}

/* Who the path is told from instead of the task, which may wait when the window ends. */
static uint32_t follow(const struct critical *a, const struct view *v, uint32_t task)
{
	uint32_t last = critical_follow(v->machine, task);

	return last < a->nr && a->ends[last].known && is_followed(a, v, last) ? last : task;
}

/*
 * Whose end the path is told from: who was asked for, else the target, or who ended last. Where
 * that one waits when the window ends, it is whom it waits for, if that is known. Where the target
 * merely waits, nothing says yet what for: then it is who ran most of those still alive.
 */
static uint32_t last_of(const struct critical *a, const struct view *v)
{
	uint32_t tid = v->path_tid ? v->path_tid : machine_info(v->machine)->target_tid;
	uint32_t target = tid ? machine_find(v->machine, tid) : TASK_NONE;
	uint32_t best = TASK_NONE;

	if (v->path_tid)
		return target < a->nr && a->ends[target].known ? follow(a, v, target) : TASK_NONE;
	if (target < a->nr && a->ends[target].known) {
		best = follow(a, v, target);
		if (best != target || !waits_at_the_end(v, target))
			return best;
		best = TASK_NONE;
	}
	for (uint32_t i = 0; i < a->nr; i++) {
		if (!a->ends[i].known || !is_followed(a, v, i) || has_ended(v, i))
			continue;
		if (best == TASK_NONE || a->ends[i].running_ns > a->ends[best].running_ns)
			best = i;
	}
	return best != TASK_NONE ? follow(a, v, best) : last_ended(a, v);
}

/* Borrowed by the row's last place in the table. */
static struct cell *row_of(struct rows *rows, const struct view *v, uint32_t task)
{
	struct cell *row = rows_add(rows);

	if (task != TASK_NONE) {
		const struct task *t = machine_task(v->machine, task);

		cell_number(&row[CRITICAL_TID], t->tid);
		if (t->tgid)
			cell_number(&row[CRITICAL_TGID], t->tgid);
		if (t->comm[0])
			cell_text(&row[CRITICAL_COMM], t->comm);
	}
	for (unsigned int c = CRITICAL_RUNNING; c <= CRITICAL_TOTAL; c++)
		cell_number(&row[c], 0);
	return row;
}

static void put_sums(struct rows *rows, const struct view *v, const struct sums *sums)
{
	uint64_t wall = v->end_ns - v->begin_ns;
	uint32_t task = TASK_IDLE;
	struct cell *row = NULL;

	for (size_t i = 0; i < sums->nr; i++) {
		const struct sum *s = &sums->at[i];

		if (!row || (uint32_t)(s->key >> KIND_BITS) != task) {
			task = (uint32_t)(s->key >> KIND_BITS);
			row = row_of(rows, v, task);
		}
		row[CRITICAL_RUNNING + (s->key & ((1 << KIND_BITS) - 1))].number += s->ns;
		row[CRITICAL_TOTAL].number += s->ns;
		cell_number(&row[CRITICAL_SHARE], share_of(row[CRITICAL_TOTAL].number, wall));
	}
}

#define BLOCKED(name)                       \
	{                                   \
		"blocked_ns." name, CELL_NS \
	}

static const struct column columns[CRITICAL_NR_COLUMNS] = {
    [CRITICAL_TID] = {"tid", CELL_COUNT},
    [CRITICAL_TGID] = {"tgid", CELL_COUNT},
    [CRITICAL_COMM] = {"comm", CELL_TEXT},
    [CRITICAL_RUNNING] = {"running_ns", CELL_NS},
    [CRITICAL_RUNNABLE] = {"runnable_ns", CELL_NS},
    [CRITICAL_UNKNOWN] = {"unknown_ns", CELL_NS},
    [CRITICAL_BLOCKED + REASON_LOCK - 1] = BLOCKED("lock"),
    [CRITICAL_BLOCKED + REASON_CONDITION - 1] = BLOCKED("condition"),
    [CRITICAL_BLOCKED + REASON_JOIN - 1] = BLOCKED("join"),
    [CRITICAL_BLOCKED + REASON_SLEEP - 1] = BLOCKED("sleep"),
    [CRITICAL_BLOCKED + REASON_POLL - 1] = BLOCKED("poll"),
    [CRITICAL_BLOCKED + REASON_PIPE - 1] = BLOCKED("pipe"),
    [CRITICAL_BLOCKED + REASON_SOCKET - 1] = BLOCKED("socket"),
    [CRITICAL_BLOCKED + REASON_FILE - 1] = BLOCKED("file"),
    [CRITICAL_BLOCKED + REASON_FAULT - 1] = BLOCKED("fault"),
    [CRITICAL_BLOCKED + REASON_CHILD - 1] = BLOCKED("child"),
    [CRITICAL_BLOCKED + REASON_SIGNAL - 1] = BLOCKED("signal"),
    [CRITICAL_BLOCKED + REASON_OTHER - 1] = BLOCKED("other"),
    [CRITICAL_BLOCKED + REASON_SEMAPHORE - 1] = BLOCKED("semaphore"),
    [CRITICAL_BLOCKED + REASON_BARRIER - 1] = BLOCKED("barrier"),
    [CRITICAL_BLOCKED + REASON_ONCE - 1] = BLOCKED("once"),
    [CRITICAL_BLOCKED + REASON_EVENT - 1] = BLOCKED("event"),
    [CRITICAL_BLOCKED + REASON_TTY - 1] = BLOCKED("tty"),
    [CRITICAL_BLOCKED + REASON_IO_URING - 1] = BLOCKED("io_uring"),
    [CRITICAL_BLOCKED + REASON_STOPPED - 1] = BLOCKED("stopped"),
    [CRITICAL_TOTAL] = {"total_ns", CELL_NS},
    [CRITICAL_SHARE] = {"share", CELL_SHARE},
};

static size_t nr_stays(const struct end *e)
{
	size_t nr = e->stays.nr;

	for (const struct node *n = e->past; n; n = n->parent)
		nr += n->stays.nr;
	return nr;
}

/* Fills the marks from the last one backwards. */
static void put_stays(struct result *r, size_t *at, const struct stays *s)
{
	for (size_t i = s->nr; i-- > 0;) {
		const struct stay *stay = &s->at[i];

		r->marks[--*at] = (struct mark){
		    .begin_ns = stay->begin_ns,
		    .end_ns = stay->end_ns,
		    .task = stay->task,
		    .text = mem_strdup(stay->merged ? "critical path, mostly" : "critical path"),
		};
	}
}

static void put_marks(struct result *r, const struct end *e)
{
	size_t at = nr_stays(e);

	r->nr_marks = at;
	r->marks = mem_alloc((at + !at) * sizeof(*r->marks));
	put_stays(r, &at, &e->stays);
	for (const struct node *n = e->past; n; n = n->parent)
		put_stays(r, &at, &n->stays);
}

static struct result *critical_result(void *payload, const struct view *v)
{
	struct critical *a = payload;
	struct result *r = result_open(columns, CRITICAL_NR_COLUMNS);
	uint32_t last = last_of(a, v);
	struct sums all = {0};

	if (last != TASK_NONE) {
		const struct end *e = &a->ends[last];

		for (size_t i = 0; i < e->own.nr; i++)
			sums_add(&all, e->own.at[i].key, e->own.at[i].ns);
		for (const struct node *n = e->past; n; n = n->parent)
			for (size_t i = 0; i < n->sums.nr; i++)
				sums_add(&all, n->sums.at[i].key, n->sums.at[i].ns);
		if (e->at_ns < v->end_ns)
			sums_add(&all, OUTSIDE, v->end_ns - e->at_ns);
		put_marks(r, e);
	}
	put_sums(&r->table, v, &all);
	free(all.at);
	rows_sort(&r->table, CRITICAL_TOTAL, true);
	return r;
}

static void critical_close(void *payload)
{
	struct critical *a = payload;

	for (size_t i = 0; i < a->nr; i++) {
		end_forget(a, &a->ends[i]);
		free(a->ends[i].own.at);
		free(a->ends[i].stays.at);
	}
	while (a->free) {
		struct node *n = a->free;

		a->free = n->parent;
		free(n->sums.at);
		free(n->stays.at);
		free(n);
	}
	gils_done(&a->gils);
	free(a->ends);
	free(a);
}

const struct analysis analysis_critical = {
    .name = "critical",
    .open = critical_open,
    .task_interval = critical_interval,
    .block = critical_block,
    .fork = critical_fork,
    .result = critical_result,
    .close = critical_close,
};
