// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What the kernel itself charged every task, and why that is not the time from switch to switch.
 * The kernel charges by the run queue's task clock. At a switch what it charged differs from
 * CLOCK_MONOTONIC in two ways, both of which stand in the run queue and the task at that moment:
 *	old     what has passed since it last charged: the clock may be old (rq_clock_skip_update()
 *		leaves it as the wakeup before the switch read it), and a task that waits is not
 *		charged for the search for another one: now - clock + clock_task - exec_start
 *	stolen  what the hypervisor or interrupts took, which is nobody's: clock - clock_task
 * Nothing of this is shared with the probes that it testifies about, and it reads no time from
 * them.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "witness.h"

#define KERNEL_STRUCT __attribute__((preserve_access_index))

struct rq {
	unsigned long long clock, clock_task;
} KERNEL_STRUCT;

struct cfs_rq {
	struct rq *rq;
} KERNEL_STRUCT;

struct sched_entity {
	struct cfs_rq *cfs_rq;
	unsigned long long sum_exec_runtime,
	    exec_start; /* the sum is of until then, by clock_task */
} KERNEL_STRUCT;

struct sched_info {
	unsigned long long last_arrival; /* rq->clock when the task came */
} KERNEL_STRUCT;

struct task_struct {
	struct sched_entity se;
	struct sched_info sched_info;
	unsigned long nvcsw, nivcsw; /* of getrusage(2) */
	int pid;
} KERNEL_STRUCT;

/* By tid, tasks born while the witness watches. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, unsigned int);
	__type(value, struct witness_task);
} tasks SEC(".maps");

SEC("tp_btf/sched_process_fork")
int witness_fork(unsigned long long *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct witness_task task = {};
	unsigned int tid = child->pid;

	bpf_map_update_elem(&tasks, &tid, &task, BPF_ANY);
	return 0;
}

static __always_inline struct witness_moment moment_of(struct task_struct *task,
						       const struct rq *rq, unsigned long long now)
{
	return (struct witness_moment){
	    .clock_ns = rq->clock,
	    .old_ns = now - rq->clock + rq->clock_task - task->se.exec_start,
	    .stolen_ns = rq->clock - rq->clock_task,
	};
}

static __always_inline void leaves(struct task_struct *prev, const struct rq *rq,
				   unsigned long long now_ns)
{
	struct witness_moment now = moment_of(prev, rq, now_ns);
	unsigned int tid = prev->pid;
	struct witness_task *task = bpf_map_lookup_elem(&tasks, &tid);
	unsigned long long charged_ns;

	if (!task)
		return;
	charged_ns = prev->se.sum_exec_runtime - task->sum_ns;
	task->sum_ns = prev->se.sum_exec_runtime;
	task->nr_switches = prev->nvcsw + prev->nivcsw;
	if (!task->on_core || prev->sched_info.last_arrival != task->came.clock_ns) {
		/* It came, and whoever was there before left, without a word to any tracer. */
		task->nr_untold++;
		task->untold_ns += charged_ns;
	} else {
		task->nr_told++;
		task->old_ns += now.old_ns - task->came.old_ns;
		task->stolen_ns += now.stolen_ns - task->came.stolen_ns;
	}
	task->on_core = 0;
}

static __always_inline void comes(struct task_struct *next, const struct rq *rq,
				  unsigned long long now_ns)
{
	unsigned int tid = next->pid;
	struct witness_task *task = bpf_map_lookup_elem(&tasks, &tid);

	if (!task)
		return;
	if (task->on_core || next->se.sum_exec_runtime != task->sum_ns) { /* left untold */
		task->nr_untold++;
		task->untold_ns += next->se.sum_exec_runtime - task->sum_ns;
	}
	task->sum_ns = next->se.sum_exec_runtime;
	task->came = moment_of(next, rq, now_ns);
	task->on_core = 1;
}

SEC("tp_btf/sched_switch")
int witness_switch(unsigned long long *ctx)
{
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	struct rq *rq = prev->se.cfs_rq->rq;
	unsigned long long now_ns = bpf_ktime_get_ns();

	leaves(prev, rq, now_ns);
	comes(next, rq, now_ns);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
