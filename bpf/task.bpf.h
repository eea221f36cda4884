/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Birth, name and death of tasks, in task context with preemption off, and the walk over those that
 * exist already. All rare: cost does not matter here. Tasks outside the traced tree are recorded
 * too, so that whoever takes a core has a name.
 */
#include "probe.h"

static __always_inline void copy_comm(char *to, const struct task_struct *task)
{
	__builtin_memset(to, 0, RECORD_COMM_LEN);
	bpf_probe_read_kernel_str(to, RECORD_COMM_LEN, task->comm);
}

/* Without memory for the mark the task counts as not traced: no probe runs for what it does. */
static __always_inline void set_flags(struct task_struct *task, uint32_t flags)
{
	if (!bpf_task_storage_get(&task_marks, task, &flags, BPF_LOCAL_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&nr_no_flags, 1);
}

/* Marks the child as its parent is. The parent may be a thread the walk has not reached yet. */
static __always_inline uint32_t inherit_flags(struct task_struct *parent, struct task_struct *child)
{
	uint32_t *told = mark_at(parent);
	uint32_t flags = told ? *told : 0; /* the priority, too, is inherited */

	if (target_tgid && (uint32_t)parent->tgid == target_tgid)
		flags |= RECORD_F_TRACED;
	if ((uint32_t)child->tgid == target_tgid)
		flags = RECORD_F_TRACED;
	if (flags || trace_all)
		set_flags(child, flags);
	return flags & TASK_FLAGS_MASK;
}

/* The memory of a task in a pid namespace holds the numbers that it has there. */
static __always_inline void tell_number(struct task_struct *task)
{
	/* Read, not followed: 6.1's verifier adds no index to a pointer that it knows. */
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	uint32_t level = BPF_CORE_READ(pid, level);
	struct record_number *rec;
	struct pid_namespace *ns;
	const struct upid *at;
	struct slot slot;

	if (level == 0)
		return;
	at = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	     level * bpf_core_type_size(struct upid);
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_NUMBER, task->pid);
	if (!rec)
		return;
	ns = BPF_CORE_READ(at, ns);
	rec->number = BPF_CORE_READ(at, nr);
	rec->space = BPF_CORE_READ(ns, ns.inum);
	slot_commit(&slot);
}

SEC("tp_btf/sched_process_fork")
int probe_fork(uint64_t *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	uint32_t flags = inherit_flags(parent, child);
	struct record_fork *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_FORK, parent->pid);
	if (!rec)
		return 0;
	if (trace_all)
		flags |= RECORD_F_TRACED;
	if (child->tgid == parent->tgid)
		flags |= RECORD_F_THREAD;
	if (child->flags & PF_KTHREAD)
		flags |= RECORD_F_KTHREAD;
	rec->head.flags = flags;
	rec->parent_tgid = parent->tgid;
	rec->child_tid = child->pid;
	rec->child_tgid = child->tgid;
	rec->reserved = 0;
	copy_comm(rec->comm, child);
	slot_commit(&slot);
	if (flags & RECORD_F_TRACED)
		tell_number(child);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int probe_exec(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct record_exec *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_EXEC, task->pid);
	if (!rec)
		return 0;
	rec->old_tid = (uint32_t)ctx[1];
	rec->tgid = task->tgid;
	copy_comm(rec->comm, task);
	slot_commit(&slot);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int probe_exit(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct record_exit *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_EXIT, task->pid);
	if (!rec)
		return 0;
	if (exit_has_group_dead && ctx[1])
		rec->head.flags = RECORD_F_GROUP_DEAD;
	if (is_traced(task))
		rec->head.flags |= RECORD_F_TRACED;
	rec->code = task->exit_code;
	rec->tgid = task->tgid;
	slot_commit(&slot);
	return 0;
}

SEC("tp_btf/task_rename")
int probe_rename(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	const char *comm = (const char *)ctx[1];
	struct record_comm *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_COMM, task->pid);
	if (!rec)
		return 0;
	__builtin_memset(rec->comm, 0, sizeof(rec->comm));
	bpf_probe_read_kernel_str(rec->comm, sizeof(rec->comm), comm);
	slot_commit(&slot);
	return 0;
}

/* The letter /proc/TID/stat shows (fs/proc/array.c), from TASK_* bits. */
static __always_inline char state_letter(struct task_struct *task)
{
	unsigned int state = task->__state;

	if (state == 0 || task->on_cpu)
		return 'R';
	if (state & 0x4)
		return 'T';
	if (state & 0x8)
		return 't';
	if ((state & 0x402) == 0x402) /* TASK_IDLE */
		return 'I';
	if (state & 0x2)
		return 'D';
	if (state & 0x1)
		return 'S';
	return state & 0x80 ? 'X' : 'D';
}

#define MAX_ANCESTORS 64

/* The target's thread, or of a process that it or one of its children forked before. A process
 * whose parent has ended is its adopter's child. */
static __always_inline bool is_of_target(struct task_struct *task)
{
	for (int i = 0; i < MAX_ANCESTORS && task->pid > 1; i++) {
		if ((uint32_t)task->tgid == target_tgid)
			return true;
		task = task->real_parent;
	}
	return false;
}

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL_STRUCT;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_STRUCT;

/* The priority of a task that has another than the one that it is known by. */
static __always_inline void walk_prio(struct seq_file *seq, const struct record *head,
				      struct task_struct *task)
{
	struct record_prio rec = {.head = *head};
	uint32_t *mark = mark_at(task);

	if (!mark || prio_told(*mark) == task->normal_prio)
		return;
	rec.head.type = RECORD_PRIO;
	rec.head.flags = 0;
	rec.old_prio = prio_told(*mark);
	rec.new_prio = task->normal_prio;
	/* Where there is no room, the task is walked once more. */
	if (bpf_seq_write(seq, &rec, sizeof(rec)) == 0)
		*mark = mark_with_prio(*mark, rec.new_prio);
}

/*
 * One read of this iterator walks all tasks: it marks those to be traced and tells each one's name
 * and what it is doing. Runs after the probes are attached, so nobody slips through; what a probe
 * already told is newer.
 */
SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct record_task rec = {};
	uint32_t flags = 0;

	if (!task)
		return 0;
	if ((uint32_t)task->tgid == self_tgid)
		flags = RECORD_F_SELF;
	else if (target_tgid && is_of_target(task))
		flags = RECORD_F_TRACED;
	if (flags || trace_all)
		set_flags(task, flags);
	flags |= flags_of(task);
	if (trace_all && !(flags & RECORD_F_SELF))
		flags |= RECORD_F_TRACED;
	if (task->flags & PF_KTHREAD)
		flags |= RECORD_F_KTHREAD;
	rec.state = state_letter(task);
	rec.nr = RECORD_NO_SYSCALL;
	if (!(task->flags & PF_KTHREAD) && rec.state != 'R') {
		struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

		bool compat = task_is_compat(task);
		uint32_t *mark = mark_at(task);

		rec.nr = regs_syscall(regs);
		if (rec.nr >= 0)
			regs_args(regs, compat, rec.args);
		if (compat)
			flags |= RECORD_F_COMPAT;
		if (mark && is_of_several(call_of(rec.nr, compat)))
			*mark |= TASK_SEVERAL;
	}
	rec.head.ts_ns = bpf_ktime_get_ns();
	rec.head.type = RECORD_TASK;
	rec.head.flags = flags;
	rec.head.tid = task->pid;
	rec.tgid = task->tgid;
	rec.parent_tgid = task->real_parent->tgid;
	copy_comm(rec.comm, task);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	if (flags & RECORD_F_TRACED)
		walk_prio(ctx->meta->seq, &rec.head, task);
	return 0;
}
