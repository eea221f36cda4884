/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as a whole, from moment to moment. An interval tells what was, when it is over; what
 * begins then is asked of the machine as soon as time goes on. A switch that was not told is told
 * of later, as what holds since then; and what a task does may turn out to be otherwise: unknown,
 * and woken only then. So changes are kept for a while, in the order of time, before they are
 * counted, and what was told too early is taken back. A change says what is from then on, never
 * how much more or less: no order of them makes a count wrong for good. Memory: one element per
 * task and per core, and MAX_STEPS changes.
 */
#include "analysis/load.h"

#include <stdlib.h>

#include "analysis/pass.h"
#include "base/mem.h"

#define MAX_STEPS 65536
#define LONG_NS   1000000 /* to get a free core takes less, and turns on one core take longer */

/* From ts_ns on a core has another task, or a task is in another presence. */
struct step {
	uint64_t ts_ns;
	uint32_t who; /* core, or NOT_A_CORE + task */
	uint32_t is;
};

enum presence {
	AWAY, /* it does not live, or is there only to see another thread's end */
	HERE,
	WAITS, /* for a core */
};

#define NOT_A_CORE 0x80000000u

/* The last step of a core or task. */
struct told {
	uint64_t ts_ns;
	uint32_t is;
};

struct core {
	uint32_t task;    /* who runs, TASK_IDLE: idle, TASK_NONE: not known */
	uint32_t process; /* of which, if it is traced */
	struct told told;
	bool changes, seen; /* seen: known once, so that it is there */
	uint64_t short_at;  /* short_ns when it began to run */
	uint64_t shared_at; /* its process's shared_ns then */
};

/* A task, and the process it leads. */
struct member {
	struct told told; /* enum presence */
	uint8_t is;       /* the same, as counted */
	bool changes;
	uint32_t process; /* leader of its process, when it ran last; TASK_IDLE: not told */
	uint32_t counts;  /* the same, when it came to be here */
	uint64_t ran_ns;  /* of its process's shared_ns */
	uint64_t waits_ns, waits_idle; /* WAITS: since then, and its process's idle_ns then */
	/* of the process */
	uint32_t running, here; /* threads */
	uint64_t since_ns, idle_at;
	uint64_t shared_ns; /* two or more were here; the others are of that */
	uint64_t one_ns, several_ns, idle_ns, bound_ns;
	uint64_t took_ns;
};

struct list {
	uint32_t *at; /* [nr] */
	size_t nr, cap;
};

struct load {
	struct core *cores; /* [nr_cores] */
	size_t nr_cores, cap_cores;
	struct member *members; /* [nr_members] by task index */
	size_t nr_members, cap_members;
	struct list cores_changing, tasks_changing;
	struct list leaderless; /* a task of each process whose leader is not known */
	struct step *steps;     /* [nr_steps] by time, not counted yet */
	size_t nr_steps, cap_steps;
	bool begun;
	uint64_t asked_ns; /* what changed until then has its step */
	uint64_t now_ns;   /* counted up to here */
	uint32_t nr_idle, nr_busy, nr_seen, nr_waiting;
	uint64_t idle_ns;  /* so far a core was idle */
	uint64_t short_ns; /* so far all were busy, and a traced task was runnable */
	uint64_t waited_ns, cores_ns;
};

static void *load_open(void)
{
	return mem_zalloc(1, sizeof(struct load));
}

static void list_add(struct list *list, uint32_t value)
{
	list->at = mem_grow(list->at, &list->cap, list->nr + 1, sizeof(*list->at));
	list->at[list->nr++] = value;
}

static struct core *core_at(struct load *a, uint32_t cpu)
{
	while (a->nr_cores <= cpu) {
		a->cores = mem_grow(a->cores, &a->cap_cores, a->nr_cores + 1, sizeof(*a->cores));
		a->cores[a->nr_cores++] = (struct core){.task = TASK_NONE, .told = {0, TASK_NONE}};
	}
	return &a->cores[cpu];
}

static struct member *member_at(struct load *a, uint32_t task)
{
	a->members =
	    mem_reach(a->members, &a->cap_members, &a->nr_members, task, sizeof(*a->members));
	return &a->members[task];
}

/* The task that stands for the process: its leader, or the first one met. */
static uint32_t process_of(struct load *a, const struct view *v, uint32_t task)
{
	uint32_t tgid = machine_task(v->machine, task)->tgid;
	uint32_t leader = tgid ? machine_find(v->machine, tgid) : task;

	if (leader != TASK_NONE)
		return leader;
	for (size_t i = 0; i < a->leaderless.nr; i++)
		if (machine_task(v->machine, a->leaderless.at[i])->tgid == tgid)
			return a->leaderless.at[i];
	list_add(&a->leaderless, task);
	return task;
}

static void process_counts(struct load *a, uint32_t process)
{
	struct member *p = member_at(a, process);
	uint64_t ns = a->now_ns - p->since_ns;

	if (p->here > 1)
		p->shared_ns += ns;
	if (p->here > 1 && p->running == 1) {
		p->one_ns += ns;
		p->idle_ns += a->idle_ns - p->idle_at;
	} else if (p->here > 1 && p->running > 1) {
		p->several_ns += ns;
	}
	p->since_ns = a->now_ns;
	p->idle_at = a->idle_ns;
}

static void stop(struct load *a, const struct view *v, struct core *c)
{
	if (!machine_task(v->machine, c->task)->traced)
		member_at(a, c->task)->took_ns += a->short_ns - c->short_at;
	if (c->process == TASK_NONE)
		return;
	process_counts(a, c->process);
	struct member *p = &a->members[c->process];

	p->running--;
	a->members[c->task].ran_ns += p->shared_ns - c->shared_at;
}

static void start(struct load *a, const struct view *v, struct core *c, uint32_t task)
{
	c->short_at = a->short_ns;
	c->process = TASK_NONE;
	if (!machine_task(v->machine, task)->traced)
		return;
	c->process = member_at(a, task)->process;
	if (c->process == TASK_IDLE) /* that it is traced was told later */
		c->process = a->members[task].process = process_of(a, v, task);
	process_counts(a, c->process);
	a->members[c->process].running++;
	c->shared_at = a->members[c->process].shared_ns;
}

static bool is_busy(uint32_t task)
{
	return task != TASK_NONE && task != TASK_IDLE;
}

static void core_passes(struct load *a, const struct view *v, struct core *c, uint32_t task)
{
	a->nr_idle += (uint32_t)(task == TASK_IDLE) - (uint32_t)(c->task == TASK_IDLE);
	a->nr_busy += (uint32_t)is_busy(task) - (uint32_t)is_busy(c->task);
	a->nr_seen += !c->seen && task != TASK_NONE;
	c->seen |= task != TASK_NONE;
	if (is_busy(c->task))
		stop(a, v, c);
	if (is_busy(task))
		start(a, v, c, task);
	c->task = task;
}

/* Who could have run for so long beside an idle core must not use it. */
static void waited(struct load *a, uint32_t task, uint32_t process)
{
	if (a->now_ns - a->members[task].waits_ns >= LONG_NS)
		a->members[process].bound_ns +=
		    a->members[process].idle_ns - a->members[task].waits_idle;
}

static void task_passes(struct load *a, const struct view *v, uint32_t task, uint8_t is)
{
	uint8_t was = a->members[task].is;

	a->nr_waiting += (uint32_t)(is == WAITS) - (uint32_t)(was == WAITS);
	a->members[task].is = is;
	if (is == was)
		return;
	uint32_t process = was == AWAY ? process_of(a, v, task) : a->members[task].counts;

	process_counts(a, process);
	a->members[task].counts = process;
	a->members[process].here += (uint32_t)(is != AWAY) - (uint32_t)(was != AWAY);
	if (was == WAITS)
		waited(a, task, process);
	a->members[task].waits_ns = a->now_ns;
	a->members[task].waits_idle = a->members[process].idle_ns;
}

/* What was counted last goes on up to ts_ns. */
static void go_on(struct load *a, uint64_t ts_ns)
{
	uint64_t ns = ts_ns - a->now_ns;

	if (a->nr_idle) {
		a->idle_ns += ns;
	} else if (a->nr_busy && a->nr_busy == a->nr_seen && a->nr_waiting) {
		a->short_ns += ns;
		a->waited_ns += ns * a->nr_waiting;
		a->cores_ns += ns * a->nr_busy;
	}
	a->now_ns = ts_ns;
}

/* Counts the first nr steps. */
static void count_steps(struct load *a, const struct view *v, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct step *step = &a->steps[i];

		if (step->ts_ns >= v->end_ns)
			break;
		go_on(a, step->ts_ns);
		if (step->who < NOT_A_CORE)
			core_passes(a, v, &a->cores[step->who], step->is);
		else
			task_passes(a, v, step->who - NOT_A_CORE, (uint8_t)step->is);
	}
	a->nr_steps -= nr;
	if (a->nr_steps)
		memmove(a->steps, a->steps + nr, a->nr_steps * sizeof(*a->steps));
}

/* Steps nearly always come in the order of time. Where one is so late that what followed is counted
 * already, it is as if it came after that. */
static void add_step(struct load *a, const struct view *v, uint64_t ts_ns, uint32_t who,
		     uint32_t is)
{
	if (a->nr_steps == MAX_STEPS)
		count_steps(a, v, MAX_STEPS / 2);
	if (ts_ns < a->now_ns)
		ts_ns = a->now_ns;
	size_t at = a->nr_steps;

	a->steps = mem_grow(a->steps, &a->cap_steps, a->nr_steps + 1, sizeof(*a->steps));
	for (; at > 0 && a->steps[at - 1].ts_ns > ts_ns; at--)
		a->steps[at] = a->steps[at - 1];
	a->steps[at] = (struct step){ts_ns, who, is};
	a->nr_steps++;
}

/* What was told of it after ts_ns was not so. */
static void take_back(struct load *a, uint32_t who, uint64_t ts_ns)
{
	size_t first = a->nr_steps;

	while (first > 0 && a->steps[first - 1].ts_ns > ts_ns)
		first--;
	size_t nr = first;

	for (size_t i = first; i < a->nr_steps; i++)
		if (a->steps[i].who != who)
			a->steps[nr++] = a->steps[i];
	a->nr_steps = nr;
}

static void tell(struct load *a, const struct view *v, uint32_t who, struct told *told,
		 struct told now)
{
	if (now.ts_ns < told->ts_ns)
		take_back(a, who, now.ts_ns);
	else if (now.is == told->is)
		return;
	*told = now;
	add_step(a, v, now.ts_ns, who, now.is);
}

/* The core has that task from iv's begin on. */
static void tell_core(struct load *a, const struct view *v, const struct interval *iv)
{
	struct core *c = core_at(a, iv->cpu);
	uint32_t task = iv->state == STATE_UNKNOWN ? TASK_NONE
			: iv->state == STATE_IDLE  ? TASK_IDLE
						   : iv->task;

	if (task != c->told.is && is_busy(task) && machine_task(v->machine, task)->traced) {
		uint32_t process = process_of(a, v, task);

		member_at(a, task)->process = process;
	}
	tell(a, v, iv->cpu, &c->told, (struct told){iv->begin_ns, task});
}

static uint32_t presence_of(const struct interval *iv)
{
	if (iv->state == STATE_EXITED || (iv->state == STATE_BLOCKED && iv->why == REASON_JOIN))
		return AWAY;
	return iv->state == STATE_RUNNABLE ? WAITS : HERE;
}

/* What the task is from iv's begin on. */
static void tell_task(struct load *a, const struct view *v, const struct interval *iv)
{
	struct member *t = member_at(a, iv->task);

	tell(a, v, NOT_A_CORE + iv->task, &t->told, (struct told){iv->begin_ns, presence_of(iv)});
}

static void task_changes(struct load *a, uint32_t task)
{
	struct member *t = member_at(a, task);

	if (!t->changes)
		list_add(&a->tasks_changing, task);
	t->changes = true;
}

static void core_changes(struct load *a, uint32_t cpu)
{
	struct core *c = core_at(a, cpu);

	if (!c->changes)
		list_add(&a->cores_changing, cpu);
	c->changes = true;
}

static void all_change(struct load *a, const struct view *v)
{
	for (uint32_t i = 1; i < machine_nr_tasks(v->machine); i++)
		task_changes(a, i);
	for (uint32_t i = 0; i < machine_nr_cpus(v->machine); i++)
		core_changes(a, i);
}

static void ask_core(struct load *a, const struct view *v, uint32_t cpu)
{
	struct interval now;

	a->cores[cpu].changes = false;
	if (machine_cpu_now(v->machine, cpu, &now))
		tell_core(a, v, &now);
}

static void ask_task(struct load *a, const struct view *v, uint32_t task)
{
	const struct task *t = machine_task(v->machine, task);
	struct interval now = {.task = task, .begin_ns = t->end_ns};

	a->members[task].changes = false;
	if (!t->traced)
		return;
	if (!machine_task_now(v->machine, task, &now))
		now.state = STATE_EXITED;
	tell_task(a, v, &now);
}

/* What changed before now is settled. */
static void ask(struct load *a, const struct view *v)
{
	uint64_t now = machine_now_ns(v->machine);

	if (!a->begun) {
		a->begun = true;
		a->now_ns = v->begin_ns;
		all_change(a, v);
	}
	if (now <= a->asked_ns)
		return;
	for (size_t i = 0; i < a->cores_changing.nr; i++)
		ask_core(a, v, a->cores_changing.at[i]);
	for (size_t i = 0; i < a->tasks_changing.nr; i++)
		ask_task(a, v, a->tasks_changing.at[i]);
	a->cores_changing.nr = 0;
	a->tasks_changing.nr = 0;
	a->asked_ns = now;
}

static void load_task(void *payload, const struct view *v, const struct interval *iv,
		      uint64_t dur_ns)
{
	(void)dur_ns;
	ask(payload, v);
	if (!machine_task(v->machine, iv->task)->traced)
		return;
	tell_task(payload, v, iv);
	task_changes(payload, iv->task);
}

static void load_cpu(void *payload, const struct view *v, const struct interval *iv,
		     uint64_t dur_ns)
{
	(void)dur_ns;
	ask(payload, v);
	tell_core(payload, v, iv);
	core_changes(payload, iv->cpu);
}

static void load_fork(void *payload, const struct view *v, uint64_t ts_ns, uint32_t parent,
		      uint32_t child)
{
	(void)ts_ns;
	(void)parent;
	ask(payload, v);
	task_changes(payload, child);
}

static const struct column columns[LOAD_NR_COLUMNS] = {
    [LOAD_SHORT_WALL] = {"short_wall_ns", CELL_NS}, [LOAD_SHORT] = {"short_ns", CELL_NS},
    [LOAD_CORES] = {"cores_ns", CELL_NS},           [LOAD_TAKERS] = {"takers", CELL_ROWS},
    [LOAD_PROCESSES] = {"processes", CELL_ROWS},
};

static const struct column taker_columns[TAKER_NR_COLUMNS] = {
    [TAKER_TASK] = {"task", CELL_COUNT},
    [TAKER_RAN] = {"ran_ns", CELL_NS},
};

static const struct column process_columns[PROCESS_NR_COLUMNS] = {
    [PROCESS_TASK] = {"task", CELL_COUNT},       [PROCESS_ONE] = {"one_ns", CELL_NS},
    [PROCESS_SEVERAL] = {"several_ns", CELL_NS}, [PROCESS_IDLE] = {"idle_ns", CELL_NS},
    [PROCESS_BOUND] = {"bound_ns", CELL_NS},     [PROCESS_THREADS] = {"threads", CELL_ROWS},
};

static const struct column thread_columns[THREAD_NR_COLUMNS] = {
    [THREAD_TASK] = {"task", CELL_COUNT},
    [THREAD_RAN] = {"ran_ns", CELL_NS},
};

static struct rows *takers(const struct load *a)
{
	struct rows *rows = rows_open(taker_columns, TAKER_NR_COLUMNS);

	for (size_t i = 1; i < a->nr_members; i++) {
		if (!a->members[i].took_ns)
			continue;
		struct cell *row = rows_add(rows);

		cell_number(&row[TAKER_TASK], i);
		cell_number(&row[TAKER_RAN], a->members[i].took_ns);
	}
	rows_sort(rows, TAKER_RAN, true);
	return rows;
}

/* Of the processes whose row each one's number is, less 1. */
static void put_threads(const struct load *a, struct rows *rows, const size_t *row_of)
{
	for (size_t i = 1; i < a->nr_members; i++) {
		const struct member *t = &a->members[i];

		if (!t->ran_ns || !row_of[t->process])
			continue;
		struct cell *row =
		    rows_add(rows_at(rows, row_of[t->process] - 1)[PROCESS_THREADS].rows);

		cell_number(&row[THREAD_TASK], i);
		cell_number(&row[THREAD_RAN], t->ran_ns);
	}
}

static struct rows *processes(const struct load *a)
{
	size_t *row_of = mem_zalloc(a->nr_members + 1, sizeof(*row_of));
	struct rows *rows = rows_open(process_columns, PROCESS_NR_COLUMNS);

	for (size_t i = 1; i < a->nr_members; i++) {
		const struct member *p = &a->members[i];

		if (p->one_ns + p->several_ns == 0)
			continue;
		struct cell *row = rows_add(rows);

		cell_number(&row[PROCESS_TASK], i);
		cell_number(&row[PROCESS_ONE], p->one_ns);
		cell_number(&row[PROCESS_SEVERAL], p->several_ns);
		cell_number(&row[PROCESS_IDLE], p->idle_ns);
		cell_number(&row[PROCESS_BOUND], p->bound_ns);
		cell_rows(&row[PROCESS_THREADS], rows_open(thread_columns, THREAD_NR_COLUMNS));
		row_of[i] = rows->nr;
	}
	put_threads(a, rows, row_of);
	free(row_of);
	return rows;
}

static struct result *load_result(void *payload, const struct view *v)
{
	struct load *a = payload;
	struct result *r = result_open(columns, LOAD_NR_COLUMNS);
	struct cell *row = rows_add(&r->table);

	ask(a, v);
	count_steps(a, v, a->nr_steps);
	if (v->end_ns > a->now_ns)
		go_on(a, v->end_ns);
	for (size_t i = 0; i < a->nr_cores; i++)
		core_passes(a, v, &a->cores[i], TASK_NONE);
	for (uint32_t i = 1; i < a->nr_members; i++)
		task_passes(a, v, i, AWAY);
	cell_number(&row[LOAD_SHORT_WALL], a->short_ns);
	cell_number(&row[LOAD_SHORT], a->waited_ns);
	cell_number(&row[LOAD_CORES], a->cores_ns);
	cell_rows(&row[LOAD_TAKERS], takers(a));
	cell_rows(&row[LOAD_PROCESSES], processes(a));
	return r;
}

static void load_close(void *payload)
{
	struct load *a = payload;

	free(a->cores);
	free(a->members);
	free(a->cores_changing.at);
	free(a->tasks_changing.at);
	free(a->leaderless.at);
	free(a->steps);
	free(a);
}

const struct analysis analysis_load = {
    .name = "load",
    .open = load_open,
    .task_interval = load_task,
    .cpu_interval = load_cpu,
    .fork = load_fork,
    .result = load_result,
    .close = load_close,
};
