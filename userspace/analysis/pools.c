/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many tasks wait for work at one place, from moment to moment. Memory: one element per object
 * that tasks wait at, and per task that waited there.
 */
#include "analysis/pools.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/idle.h"
#include "analysis/meeting.h"
#include "base/mem.h"
#include "model/names.h"
#include "model/sync.h"

#define NONE      UINT32_MAX
#define MAX_COUNT 64 /* more that wait are counted as so many */
#define RARELY    50 /* a fiftieth of the time */

struct pool {
	struct interval wait; /* one of them, as an example */
	uint32_t tasks;
	uint32_t members; /* the first of the list */
	uint32_t waiting;
	uint32_t ended; /* of the tasks, since the last one came */
	uint64_t waits;
	uint64_t woken, own_wakes; /* the latter by one who waits there too */
	uint64_t kin_wakes;        /* or at one of the group, known at the end */
	uint32_t group;            /* known at the end: the first pool of those that are one */
	bool nameless;             /* a word of memory that the program has no name for */
	uint64_t since_ns;         /* waiting is so many */
	uint64_t begin_ns;         /* of what *with counts */
	uint64_t idle_at, idle_ns; /* while none waited */
	uint64_t *with;            /* [MAX_COUNT + 1] time with so many waiting, or NULL */
};

/* A task at a place. */
struct member {
	uint32_t task;
	uint32_t next; /* of the same pool, NONE: the last one */
	uint32_t pool;
	uint32_t next_pool; /* of the same task: a member */
	uint64_t left_ns;   /* when it waited there last */
	uint64_t piece_ns;  /* the longest that it was away from there */
};

/* Where a task waits. */
struct wait {
	uint32_t pool; /* NONE: nowhere */
	uint64_t begin_ns;
	uint32_t members; /* where it ever did: the first of the list */
};

struct pools {
	struct keys keys, member_keys;
	struct pool *pools; /* [nr_pools] */
	size_t nr_pools, cap_pools;
	struct member *members; /* [nr_members] */
	size_t nr_members, cap_members;
	struct wait *at; /* [nr_at] by task index */
	size_t nr_at, cap_at;
	struct keys waker_keys; /* of pool and task */
	uint64_t *wakes;        /* [nr_wakes] by index of waker_keys */
	size_t nr_wakes, cap_wakes;
	struct idle idle;
	uint32_t ran; /* the task whose interval was told last: it may have ended with it */
};

static void *pools_open(void)
{
	struct pools *a = mem_zalloc(1, sizeof(*a));

	a->ran = NONE;
	return a;
}

static struct pool *pool_at(struct pools *a, uint32_t pool, const struct interval *iv)
{
	while (pool >= a->nr_pools) {
		a->pools = mem_grow(a->pools, &a->cap_pools, a->nr_pools + 1, sizeof(*a->pools));
		a->pools[a->nr_pools++] = (struct pool){.wait = *iv, .members = NONE};
	}
	return &a->pools[pool];
}

static struct wait *wait_at(struct pools *a, uint32_t task)
{
	while (a->nr_at <= task) {
		a->at = mem_grow(a->at, &a->cap_at, a->nr_at + 1, sizeof(*a->at));
		a->at[a->nr_at++] = (struct wait){.pool = NONE, .members = NONE};
	}
	return &a->at[task];
}

/* The number of those who wait changes at ts_ns; what is counted already stays as it is if that is
 * told late, as after a loss of records. */
static void count(struct pools *a, const struct view *v, struct pool *p, uint64_t ts_ns)
{
	uint32_t nr = p->waiting < MAX_COUNT ? p->waiting : MAX_COUNT;

	if (ts_ns > v->end_ns)
		ts_ns = v->end_ns;
	if (ts_ns < p->since_ns)
		ts_ns = p->since_ns;
	if (p->with && p->ended == 0 && ts_ns > p->since_ns) {
		p->with[nr] += ts_ns - p->since_ns;
		if (nr == 0)
			p->idle_ns += idle_so_far(&a->idle, v) - p->idle_at;
	}
	p->since_ns = ts_ns;
	p->idle_at = idle_so_far(&a->idle, v);
}

static void end_piece(struct member *m, uint64_t ts_ns)
{
	if (ts_ns > m->left_ns && ts_ns - m->left_ns > m->piece_ns)
		m->piece_ns = ts_ns - m->left_ns;
}

/* With a new one, what was known of their number is of no use. */
static void join(struct pools *a, struct pool *p, uint32_t pool, uint32_t task, uint64_t ts_ns)
{
	uint32_t member = keys_index(&a->member_keys, pool, task);

	if (member < a->nr_members) {
		end_piece(&a->members[member], ts_ns);
		p->waits++;
		return;
	}
	a->members = mem_grow(a->members, &a->cap_members, a->nr_members + 1, sizeof(*a->members));
	a->members[a->nr_members] = (struct member){
	    .task = task,
	    .next = p->members,
	    .pool = pool,
	    .next_pool = a->at[task].members,
	    .left_ns = ts_ns,
	};
	p->members = a->at[task].members = (uint32_t)a->nr_members++;
	p->tasks += 1 - p->ended;
	p->ended = 0;
	if (p->tasks < 2 && !p->with)
		return;
	if (!p->with)
		p->with = mem_alloc((MAX_COUNT + 1) * sizeof(*p->with));
	memset(p->with, 0, (MAX_COUNT + 1) * sizeof(*p->with));
	p->idle_ns = 0;
	p->begin_ns = ts_ns;
}

static void leave(struct pools *a, const struct view *v, uint32_t task, uint64_t ts_ns,
		  uint32_t waker)
{
	uint32_t pool = a->at[task].pool;
	struct pool *p = &a->pools[pool];

	a->at[task].pool = NONE;
	a->members[keys_find(&a->member_keys, pool, task)].left_ns = ts_ns;
	count(a, v, p, ts_ns);
	p->waiting--;
	if (p->tasks < 2 || waker == TASK_NONE)
		return;
	p->woken++;
	p->own_wakes += keys_find(&a->member_keys, pool, waker) != NONE;
	uint32_t by = keys_index(&a->waker_keys, pool, waker);
	if (by == a->nr_wakes) {
		a->wakes = mem_grow(a->wakes, &a->cap_wakes, a->nr_wakes + 1, sizeof(*a->wakes));
		a->wakes[a->nr_wakes++] = 0;
	}
	a->wakes[by]++;
}

/* Who has ended is not at work: nothing more is known of the others until a new one comes. */
static void note_end(struct pools *a, const struct view *v)
{
	const struct task *t = a->ran != NONE ? machine_task(v->machine, a->ran) : NULL;

	if (!t || !t->exited)
		return;
	for (uint32_t i = wait_at(a, a->ran)->members; i != NONE; i = a->members[i].next_pool) {
		struct pool *p = &a->pools[a->members[i].pool];

		count(a, v, p, t->end_ns);
		p->ended++;
	}
	a->at[a->ran].members = NONE;
}

static void arrive(struct pools *a, const struct view *v, const struct interval *iv)
{
	uint32_t pool = meeting_index(&a->keys, v, iv);

	if (wait_at(a, iv->task)->pool != NONE)
		leave(a, v, iv->task, iv->begin_ns, TASK_NONE);
	if (pool == NONE)
		return;
	uint64_t ts_ns = iv->begin_ns > v->begin_ns ? iv->begin_ns : v->begin_ns;
	struct pool *p = pool_at(a, pool, iv);

	count(a, v, p, ts_ns);
	p->waiting++;
	a->at[iv->task].pool = pool;
	a->at[iv->task].begin_ns = iv->begin_ns;
	join(a, p, pool, iv->task, ts_ns);
}

/* A wait that was none, as it was woken before it began, ends when what follows is told. */
static void pools_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	struct pools *a = payload;
	struct wait *w;

	(void)dur_ns;
	note_end(a, v);
	a->ran = iv->task;
	w = wait_at(a, iv->task);
	if (w->pool == NONE || iv->end_ns <= w->begin_ns)
		return;
	if (iv->state == STATE_BLOCKED)
		leave(a, v, iv->task, iv->end_ns, iv->waker);
	else
		leave(a, v, iv->task, iv->begin_ns, TASK_NONE);
}

static void pools_cpu(void *payload, const struct view *v, const struct interval *iv,
		      uint64_t dur_ns)
{
	(void)dur_ns;
	idle_core(&((struct pools *)payload)->idle, v, iv->cpu);
}

static void pools_block(void *payload, const struct view *v, const struct interval *iv)
{
	arrive(payload, v, iv);
}

static void pools_begin(void *payload, const struct view *v)
{
	struct interval now;

	for (uint32_t i = 0; i < machine_nr_tasks(v->machine); i++)
		if (machine_task_now(v->machine, i, &now) && now.state == STATE_BLOCKED)
			pools_block(payload, v, &now);
}

static const struct column columns[POOLS_NR_COLUMNS] = {
    [POOLS_TURNS] = {"turns", CELL_COUNT},        [POOLS_IS_POOL] = {"is_pool", CELL_BOOL},
    [POOLS_WHERE] = {"where", CELL_TEXT},         [POOLS_TASKS] = {"tasks", CELL_COUNT},
    [POOLS_WAITS] = {"waits", CELL_COUNT},        [POOLS_KNOWN] = {"known_ns", CELL_NS},
    [POOLS_NONE] = {"none_waits_ns", CELL_NS},    [POOLS_IDLE] = {"core_idle_ns", CELL_NS},
    [POOLS_ALWAYS] = {"always_wait", CELL_COUNT}, [POOLS_BEGIN] = {"begin_ns", CELL_NS},
    [POOLS_MEMBERS] = {"members", CELL_ROWS},
};

static const struct column member_columns[POOL_MEMBER_NR_COLUMNS] = {
    [POOL_MEMBER_TASK] = {"task", CELL_COUNT},
    [POOL_MEMBER_PIECE] = {"longest_piece_ns", CELL_NS},
};

static struct rows *members_of(struct pools *a, const struct view *v, const struct pool *p)
{
	struct rows *rows = rows_open(member_columns, POOL_MEMBER_NR_COLUMNS);

	for (uint32_t i = p->members; i != NONE; i = a->members[i].next) {
		struct member *m = &a->members[i];
		const struct task *t = machine_task(v->machine, m->task);

		if (t->exited && t->end_ns <= p->begin_ns)
			continue;
		if (a->at[m->task].pool != m->pool)
			end_piece(m, t->exited && t->end_ns < v->end_ns ? t->end_ns : v->end_ns);
		struct cell *row = rows_add(rows);
		cell_number(&row[POOL_MEMBER_TASK], m->task);
		cell_number(&row[POOL_MEMBER_PIECE], m->piece_ns);
	}
	return rows;
}

/* Whether work may come from there. */
static bool is_source(enum reason why)
{
	return why != REASON_LOCK && why != REASON_BARRIER && why != REASON_ONCE;
}

static void put_pool(struct rows *rows, struct pools *a, const struct view *v, uint32_t pool)
{
	const struct pool *p = &a->pools[pool];
	struct cell *row = rows_add(rows);
	char where[MEETING_TEXT_LEN];
	uint64_t known = 0, fewer = 0;
	uint32_t always = 0;

	for (uint32_t i = 0; i <= MAX_COUNT; i++)
		known += p->with[i];
	while (always < MAX_COUNT && (fewer += p->with[always]) * RARELY <= known)
		always++;
	cell_text(&row[POOLS_WHERE], meeting_text(v, &p->wait, where));
	cell_number(&row[POOLS_TASKS], p->tasks);
	cell_number(&row[POOLS_WAITS], p->waits);
	cell_number(&row[POOLS_TURNS], p->own_wakes);
	cell_number(&row[POOLS_IS_POOL],
		    is_source(p->wait.why) && p->woken && p->kin_wakes * 2 <= p->woken);
	cell_number(&row[POOLS_KNOWN], known);
	cell_number(&row[POOLS_NONE], p->with[0]);
	cell_number(&row[POOLS_IDLE], p->idle_ns);
	cell_number(&row[POOLS_ALWAYS], always);
	cell_number(&row[POOLS_BEGIN], p->begin_ns);
	cell_rows(&row[POOLS_MEMBERS], members_of(a, v, p));
}

static uint32_t group_of(struct pools *a, uint32_t pool)
{
	while (a->pools[pool].group != pool)
		pool = a->pools[pool].group = a->pools[a->pools[pool].group].group;
	return pool;
}

/* Whether iv waits at a word of memory that the program has no name for. */
static bool is_nameless(const struct view *v, const struct interval *iv)
{
	char name[NAME_TEXT_LEN];

	return interval_has_futex(iv) && iv->sync != SYNC_NONE &&
	       machine_sync_name(v->machine, iv->sync, name, sizeof(name)) && name_has_noun(name);
}

/*
 * Some libraries make a word for each wait, in memory that the next one uses again: CPython's
 * threading, for all but its plain locks. Such words are one place when one task waits at them for
 * the same reason.
 */
static void group(struct pools *a, const struct view *v)
{
	struct keys firsts = {0}; /* of task and reason */
	uint32_t *first = mem_alloc(a->nr_members * sizeof(*first));
	uint32_t nr = 0;

	for (uint32_t i = 0; i < a->nr_pools; i++) {
		a->pools[i].group = i;
		a->pools[i].kin_wakes = 0;
		a->pools[i].nameless = is_nameless(v, &a->pools[i].wait);
	}
	for (uint32_t i = 0; i < a->nr_members; i++) {
		const struct member *m = &a->members[i];
		uint32_t key;

		if (!a->pools[m->pool].nameless)
			continue;
		key = keys_index(&firsts, m->task, a->pools[m->pool].wait.why);
		if (key == nr)
			first[nr++] = m->pool;
		a->pools[group_of(a, m->pool)].group = group_of(a, first[key]);
	}
	keys_done(&firsts);
	free(first);
}

/* Counts of each place how often those who wait there, or at one of its group, woke its own. */
static void count_kin(struct pools *a, const struct view *v)
{
	struct keys kin = {0}; /* of group and task */

	group(a, v);
	for (uint32_t i = 0; i < a->nr_members; i++)
		keys_index(&kin, group_of(a, a->members[i].pool), a->members[i].task);
	for (size_t i = 0; i < a->nr_wakes; i++) {
		const struct key *key = &a->waker_keys.at[i];
		uint32_t pool = (uint32_t)key->high;

		if (keys_find(&kin, group_of(a, pool), key->low) != NONE)
			a->pools[pool].kin_wakes += a->wakes[i];
	}
	keys_done(&kin);
}

static struct result *pools_result(void *payload, const struct view *v)
{
	struct pools *a = payload;
	struct result *r = result_open(columns, POOLS_NR_COLUMNS);

	count_kin(a, v);
	for (uint32_t i = 0; i < a->nr_pools; i++) {
		struct pool *p = &a->pools[i];

		if (!p->with || p->tasks < 2)
			continue;
		count(a, v, p, v->end_ns);
		put_pool(&r->table, a, v, i);
	}
	return r;
}

static void pools_close(void *payload)
{
	struct pools *a = payload;

	for (size_t i = 0; i < a->nr_pools; i++)
		free(a->pools[i].with);
	keys_done(&a->keys);
	keys_done(&a->member_keys);
	keys_done(&a->waker_keys);
	free(a->wakes);
	free(a->pools);
	free(a->members);
	free(a->at);
	idle_done(&a->idle);
	free(a);
}

const struct analysis analysis_pools = {
    .name = "pools",
    .open = pools_open,
    .task_interval = pools_interval,
    .cpu_interval = pools_cpu,
    .block = pools_block,
    .begin = pools_begin,
    .result = pools_result,
    .close = pools_close,
};
