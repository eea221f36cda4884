/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each task's time went. Memory: one element per task, a histogram per task that waited,
 * a sum per task and system call that is no reason of its own. */
#include "analysis/tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "analysis/histogram.h"
#include "analysis/pass.h"
#include "base/keys.h"
#include "base/mem.h"
#include "model/calls.h"

struct total {
	uint64_t running_ns;
	uint64_t runnable_ns;
	uint64_t unknown_ns;
	uint64_t blocked_ns[REASON_NR]; /* REASON_UNKNOWN stays 0: that is unknown_ns */
	uint64_t queued_ns;             /* begin and end of the last runnable interval: */
	uint64_t queued_end;            /* running from there on makes it a latency */
	struct histogram latency;
	uint64_t sched_ins, preemptions, migrations, wakeups, stolen_ns; /* when the window began */
	uint32_t calls; /* 1 + its last one of tasks.calls, 0: none */
};

/* What a task waited in a system call that is no reason of its own. */
struct call_sum {
	uint64_t ns;
	int32_t nr;
	uint32_t before; /* 1 + the one before it of the same task, 0: none */
};

struct tasks {
	struct total *totals; /* [nr] by task index */
	size_t nr;
	size_t cap;
	struct keys call_keys;  /* task, and call of a wait for another reason */
	struct call_sum *calls; /* [nr_calls] by index of call_keys */
	size_t nr_calls, cap_calls;
};

static void *tasks_open(void)
{
	return mem_zalloc(1, sizeof(struct tasks));
}

static struct total *total_at(struct tasks *a, uint32_t task)
{
	a->totals = mem_reach(a->totals, &a->cap, &a->nr, task, sizeof(*a->totals));
	return &a->totals[task];
}

static void add_call(struct tasks *a, const struct interval *iv, uint64_t dur_ns)
{
	uint32_t i = keys_index(&a->call_keys, iv->task, (uint64_t)(uint32_t)iv->nr);

	if (i == a->nr_calls) {
		struct total *t = total_at(a, iv->task);

		a->calls = mem_grow(a->calls, &a->cap_calls, a->nr_calls + 1, sizeof(*a->calls));
		a->calls[a->nr_calls++] = (struct call_sum){.nr = iv->nr, .before = t->calls};
		t->calls = i + 1;
	}
	a->calls[i].ns += dur_ns;
}

static void tasks_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	struct total *t = total_at(payload, iv->task);

	switch (iv->state) {
	case STATE_RUNNING:
		t->running_ns += dur_ns;
		if (t->queued_end == iv->begin_ns && t->queued_end >= v->begin_ns &&
		    t->queued_ns < t->queued_end)
			histogram_add(&t->latency, t->queued_end - t->queued_ns);
		break;
	case STATE_RUNNABLE:
		t->runnable_ns += dur_ns;
		t->queued_ns = iv->begin_ns;
		t->queued_end = iv->end_ns;
		break;
	case STATE_BLOCKED:
		if (iv->why == REASON_UNKNOWN)
			t->unknown_ns += dur_ns;
		else
			t->blocked_ns[iv->why] += dur_ns;
		if (iv->why == REASON_OTHER && iv->nr >= 0)
			add_call(payload, iv, dur_ns);
		break;
	default:
		t->unknown_ns += dur_ns;
	}
}

static void tasks_begin(void *payload, const struct view *v)
{
	for (uint32_t i = 0; i < machine_nr_tasks(v->machine); i++) {
		const struct task *task = machine_task(v->machine, i);
		struct total *t = total_at(payload, i);

		t->sched_ins = task->sched_ins;
		t->preemptions = task->preemptions;
		t->migrations = task->migrations;
		t->wakeups = task->wakeups;
		t->stolen_ns = task->stolen_ns;
	}
}

#define BLOCKED(name)                       \
	{                                   \
		"blocked_ns." name, CELL_NS \
	}

static const struct column columns[TASKS_NR_COLUMNS] = {
    [TASKS_TID] = {"tid", CELL_COUNT},
    [TASKS_TGID] = {"tgid", CELL_COUNT},
    [TASKS_PARENT_TID] = {"parent_tid", CELL_COUNT},
    [TASKS_COMM] = {"comm", CELL_TEXT},
    [TASKS_TRACED] = {"traced", CELL_BOOL},
    [TASKS_KTHREAD] = {"kthread", CELL_BOOL},
    [TASKS_BEGIN] = {"begin_ns", CELL_NS},
    [TASKS_END] = {"end_ns", CELL_NS},
    [TASKS_EXIT_STATUS] = {"exit_status", CELL_COUNT},
    [TASKS_EXIT_SIGNAL] = {"exit_signal", CELL_COUNT},
    [TASKS_RUNNING] = {"running_ns", CELL_NS},
    [TASKS_RUNNABLE] = {"runnable_ns", CELL_NS},
    [TASKS_UNKNOWN] = {"unknown_ns", CELL_NS},
    [TASKS_BLOCKED + REASON_LOCK - 1] = BLOCKED("lock"),
    [TASKS_BLOCKED + REASON_CONDITION - 1] = BLOCKED("condition"),
    [TASKS_BLOCKED + REASON_JOIN - 1] = BLOCKED("join"),
    [TASKS_BLOCKED + REASON_SLEEP - 1] = BLOCKED("sleep"),
    [TASKS_BLOCKED + REASON_POLL - 1] = BLOCKED("poll"),
    [TASKS_BLOCKED + REASON_PIPE - 1] = BLOCKED("pipe"),
    [TASKS_BLOCKED + REASON_SOCKET - 1] = BLOCKED("socket"),
    [TASKS_BLOCKED + REASON_FILE - 1] = BLOCKED("file"),
    [TASKS_BLOCKED + REASON_FAULT - 1] = BLOCKED("fault"),
    [TASKS_BLOCKED + REASON_CHILD - 1] = BLOCKED("child"),
    [TASKS_BLOCKED + REASON_SIGNAL - 1] = BLOCKED("signal"),
    [TASKS_BLOCKED + REASON_OTHER - 1] = BLOCKED("other"),
    [TASKS_BLOCKED + REASON_SEMAPHORE - 1] = BLOCKED("semaphore"),
    [TASKS_BLOCKED + REASON_BARRIER - 1] = BLOCKED("barrier"),
    [TASKS_BLOCKED + REASON_ONCE - 1] = BLOCKED("once"),
    [TASKS_BLOCKED + REASON_EVENT - 1] = BLOCKED("event"),
    [TASKS_BLOCKED + REASON_TTY - 1] = BLOCKED("tty"),
    [TASKS_BLOCKED + REASON_IO_URING - 1] = BLOCKED("io_uring"),
    [TASKS_BLOCKED + REASON_STOPPED - 1] = BLOCKED("stopped"),
    [TASKS_SCHED_INS] = {"sched_ins", CELL_COUNT},
    [TASKS_PREEMPTIONS] = {"preemptions", CELL_COUNT},
    [TASKS_MIGRATIONS] = {"migrations", CELL_COUNT},
    [TASKS_WAKEUPS] = {"wakeups", CELL_COUNT},
    [TASKS_LATENCY_P50] = {"runq_latency_ns.p50", CELL_NS},
    [TASKS_LATENCY_P99] = {"runq_latency_ns.p99", CELL_NS},
    [TASKS_LATENCY_MAX] = {"runq_latency_ns.max", CELL_NS},
    [TASKS_OTHER_CALL] = {"other_call", CELL_TEXT},
    [TASKS_OTHER_NS] = {"other_call_ns", CELL_NS},
    [TASKS_STOLEN] = {"stolen_ns", CELL_NS},
};

static void put_identity(struct cell *row, const struct view *v, const struct task *task)
{
	cell_number(&row[TASKS_TID], task->tid);
	if (task->tgid)
		cell_number(&row[TASKS_TGID], task->tgid);
	if (task->parent != TASK_NONE && task->parent != TASK_IDLE)
		cell_number(&row[TASKS_PARENT_TID], machine_task(v->machine, task->parent)->tid);
	else if (task->parent_tgid)
		cell_number(&row[TASKS_PARENT_TID], task->parent_tgid);
	if (task->comm[0])
		cell_text(&row[TASKS_COMM], task->comm);
	cell_number(&row[TASKS_TRACED], task->traced);
	cell_number(&row[TASKS_KTHREAD], task->kthread);
	if (!task->exited || task->exit_code == INFO_NO_STATUS)
		return;
	if (WIFSIGNALED(task->exit_code))
		cell_number(&row[TASKS_EXIT_SIGNAL], (uint64_t)WTERMSIG(task->exit_code));
	else
		cell_number(&row[TASKS_EXIT_STATUS], (uint64_t)WEXITSTATUS(task->exit_code));
}

static void put_latency(struct cell *row, struct histogram *h)
{
	if (h->nr == 0)
		return;
	cell_number(&row[TASKS_LATENCY_P50], histogram_percentile(h, 50));
	cell_number(&row[TASKS_LATENCY_P99], histogram_percentile(h, 99));
	cell_number(&row[TASKS_LATENCY_MAX], h->max);
}

static void put_call(struct cell *row, const struct tasks *a, const struct view *v,
		     const struct total *t)
{
	const struct call_sum *most = NULL;
	char number[32];

	for (uint32_t i = t->calls; i; i = a->calls[i - 1].before)
		if (!most || a->calls[i - 1].ns >= most->ns)
			most = &a->calls[i - 1];
	if (!most || !most->ns)
		return;
	const char *name = syscall_name(v->arch, most->nr);

	snprintf(number, sizeof(number), "call %" PRId32, most->nr);
	cell_text(&row[TASKS_OTHER_CALL], name ? name : number);
	cell_number(&row[TASKS_OTHER_NS], most->ns);
}

bool tasks_has_row(const struct view *v, const struct task *task)
{
	uint64_t end = task->exited && task->end_ns < v->end_ns ? task->end_ns : v->end_ns;

	return task->begin_ns <= v->end_ns && end >= v->begin_ns;
}

static void put_task(struct rows *rows, const struct tasks *a, const struct view *v,
		     const struct task *task, struct total *t)
{
	uint64_t end = task->exited && task->end_ns < v->end_ns ? task->end_ns : v->end_ns;
	uint64_t begin = task->begin_ns > v->begin_ns ? task->begin_ns : v->begin_ns;
	uint64_t stolen =
	    task->stolen_ns - t->stolen_ns; /* told late: may be of before the window */

	if (!tasks_has_row(v, task))
		return;
	struct cell *row = rows_add(rows);

	put_identity(row, v, task);
	cell_number(&row[TASKS_BEGIN], begin);
	cell_number(&row[TASKS_END], end);
	cell_number(&row[TASKS_RUNNING], t->running_ns);
	cell_number(&row[TASKS_RUNNABLE], t->runnable_ns);
	cell_number(&row[TASKS_UNKNOWN], t->unknown_ns);
	cell_number(&row[TASKS_STOLEN], stolen < t->running_ns ? stolen : t->running_ns);
	for (unsigned int why = REASON_LOCK; why < REASON_NR; why++)
		cell_number(&row[TASKS_BLOCKED + why - 1], t->blocked_ns[why]);
	cell_number(&row[TASKS_SCHED_INS], task->sched_ins - t->sched_ins);
	cell_number(&row[TASKS_PREEMPTIONS], task->preemptions - t->preemptions);
	cell_number(&row[TASKS_MIGRATIONS], task->migrations - t->migrations);
	cell_number(&row[TASKS_WAKEUPS], task->wakeups - t->wakeups);
	put_latency(row, &t->latency);
	put_call(row, a, v, t);
}

static struct result *tasks_result(void *payload, const struct view *v)
{
	struct result *r = result_open(columns, TASKS_NR_COLUMNS);

	for (uint32_t i = 1; i < machine_nr_tasks(v->machine); i++)
		put_task(&r->table, payload, v, machine_task(v->machine, i), total_at(payload, i));
	return r;
}

static void tasks_close(void *payload)
{
	struct tasks *a = payload;

	for (size_t i = 0; i < a->nr; i++)
		histogram_done(&a->totals[i].latency);
	free(a->totals);
	keys_done(&a->call_keys);
	free(a->calls);
	free(a);
}

const struct analysis analysis_tasks = {
    .name = "tasks",
    .open = tasks_open,
    .task_interval = tasks_interval,
    .begin = tasks_begin,
    .result = tasks_result,
    .close = tasks_close,
};
