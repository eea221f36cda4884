/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Who leaves a core, who comes, and who makes whom runnable. When a traced task leaves because it
 * waits, its registers tell the system call and its arguments: no system call is traced for that.
 */
#include "probe.h"

#define S_IFMT              0170000 /* include/uapi/linux/stat.h */
#define S_IFSOCK            0140000
#define S_IFREG             0100000
#define S_IFBLK             0060000
#define S_IFCHR             0020000
#define S_IFIFO             0010000
#define ANON_INODE_FS_MAGIC 0x09041934UL /* include/uapi/linux/magic.h */

/* What of an inode tells what it is. */
struct inode_facts {
	uint64_t ino;
	uint64_t magic;  /* of its file system; only for what looks like a file */
	uint16_t format; /* S_IFMT bits */
};

static __always_inline void read_inode_cast(const struct file *raw, struct inode_facts *facts)
{
	const struct file *file = bpf_rdonly_cast(raw, bpf_core_type_id_kernel(struct file));
	const struct inode *inode = file->f_inode;

	facts->ino = inode->i_ino;
	facts->format = inode->i_mode & S_IFMT;
	if (facts->format == 0 || facts->format == S_IFREG)
		facts->magic = inode->i_sb->s_magic;
}

/* The same where there is no cast: guarded reads. */
static __always_inline void read_inode_guarded(const struct file *file, struct inode_facts *facts)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);

	facts->ino = BPF_CORE_READ(inode, i_ino);
	facts->format = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	if (facts->format == 0 || facts->format == S_IFREG)
		facts->magic = BPF_CORE_READ(inode, i_sb, s_magic);
}

static __always_inline uint32_t kind_of_inode(const struct inode_facts *facts)
{
	switch (facts->format) {
	case S_IFIFO:
		return OBJECT_PIPE;
	case S_IFSOCK:
		return OBJECT_SOCKET;
	case S_IFCHR:
		return OBJECT_CHAR;
	case S_IFBLK:
		return OBJECT_BLOCK;
	default:
		return facts->magic == ANON_INODE_FS_MAGIC ? OBJECT_ANON : OBJECT_FILE;
	}
}

/* Kind and inode of an open file of the current task. */
static __always_inline void object_of_fd(struct task_struct *task, uint64_t fd,
					 struct record_block *rec)
{
	struct files_struct *files = task->files;
	struct inode_facts facts = {};
	struct file *file = NULL;
	struct fdtable *fdt;

	if (!files)
		return;
	fdt = files->fdt;
	if (fd >= fdt->max_fds)
		return;
	bpf_probe_read_kernel(&file, sizeof(file), fdt->fd + fd);
	if (!file)
		return;
	if (has_rdonly_cast)
		read_inode_cast(file, &facts);
	else
		read_inode_guarded(file, &facts);
	rec->object = facts.ino;
	rec->object_kind = kind_of_inode(&facts);
}

/* What the current task was doing in the kernel: system call, arguments, and what they name. */
static __always_inline void fill_block(struct task_struct *task, struct record_block *rec)
{
	struct pt_regs *regs;

	rec->nr = RECORD_NO_SYSCALL;
	rec->object_kind = OBJECT_NONE;
	rec->object = 0;
	rec->args[0] = rec->args[1] = rec->args[2] = rec->args[3] = 0;
	if (task->flags & PF_KTHREAD)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	rec->nr = regs_syscall(regs);
	if (rec->nr < 0)
		return;
	regs_args(regs, rec->args);
	if (task_is_compat(task)) {
		rec->head.head.flags |= RECORD_F_COMPAT;
		return;
	}
	if (rec->nr == (int32_t)nr_futex) {
		rec->object_kind = OBJECT_FUTEX;
		rec->object = futex_words(rec->args[0]);
	} else if (rec->nr < 512 && (fd_syscalls[(rec->nr >> 6) & 7] >> (rec->nr & 63) & 1)) {
		object_of_fd(task, rec->args[0], rec);
	}
}

/*
 * Some virtual machines hide the switches of their own service tasks from every tracer. The
 * scheduler's own notes tell when the task that leaves came, and how long it waited for the core:
 * if it came later than the last switch told, one or more went untold. The idle task has no such
 * notes.
 */
static __always_inline void tell_arrival(struct record_ring *ring, struct task_struct *prev,
					 uint64_t clock)
{
	uint64_t arrival = prev->sched_info.last_arrival;
	struct record_arrival *rec;
	struct slot slot;

	if (arrival <= ring->last_clock || arrival > clock)
		return;
	rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_ARRIVAL, prev->pid);
	if (!rec)
		return;
	rec->since_ns = rec->head.ts_ns - (clock - arrival);
	rec->away_ns = 0;
	if (ring->last_tid == (uint32_t)prev->pid && prev->sched_info.run_delay > ring->last_delay)
		rec->away_ns = prev->sched_info.run_delay - ring->last_delay;
	slot_commit(&slot);
}

/* Checks what the last switch of this core told, and notes what this one tells. */
static __always_inline void check_arrival(struct record_ring *ring, struct task_struct *prev,
					  struct task_struct *next)
{
	uint64_t clock, queued;

	if (!bpf_core_field_exists(prev->sched_info.last_arrival) ||
	    !bpf_core_field_exists(prev->se.cfs_rq->rq))
		return;
	clock = prev->se.cfs_rq->rq->clock;
	if (prev->pid && prev->sched_info.last_arrival != ring->last_clock)
		tell_arrival(ring, prev, clock);
	queued = next->sched_info.last_queued;
	ring->last_clock = clock;
	ring->last_delay = next->sched_info.run_delay + (queued ? clock - queued : 0);
	ring->last_tid = next->pid;
}

/*
 * sched_switch, interrupts off. Since v5.11 for task storage, v5.15 for bpf_task_pt_regs().
 * 174 ns a run on a pipe ping-pong, every other run a blocking read, by kernel.bpf_stats_enabled,
 * whose own two clock reads are in it.
 */
SEC("tp_btf/sched_switch")
int probe_switch(uint64_t *ctx)
{
	bool preempt = ctx[0];
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	uint32_t state = switch_has_state ? (uint32_t)ctx[3] : prev->__state;
	struct record_ring *ring = ring_here(RECORD_RING_IRQ);
	struct record_switch *rec;
	struct slot slot;

	if (!ring)
		return 0;
	check_arrival(ring, prev, next);
	if (state && !preempt && prev->pid && is_traced(prev)) {
		rec =
		    ring_reserve(&slot, ring, sizeof(struct record_block), RECORD_BLOCK, prev->pid);
		if (!rec)
			return 0;
		fill_block(prev, (struct record_block *)rec);
	} else {
		rec = ring_reserve(&slot, ring, sizeof(*rec), RECORD_SWITCH, prev->pid);
		if (!rec)
			return 0;
		rec->head.flags = preempt ? RECORD_F_PREEMPT : 0;
	}
	rec->next_tid = next->pid;
	rec->prev_state = state;
	slot_commit(&slot);
	return 0;
}

/* sched_waking, interrupts off, in the waker's context. 212 ns a run, measured likewise. */
SEC("tp_btf/sched_waking")
int probe_waking(uint64_t *ctx)
{
	struct task_struct *wakee = (struct task_struct *)ctx[0];
	struct task_struct *waker = bpf_get_current_task_btf();
	struct record_waking *rec;
	struct pt_regs *regs;
	uint64_t args[RECORD_NR_ARGS] = {};
	uint8_t context = context_flags(waker);
	struct slot slot;

	/* A traced task's own wakings are its deeds; those of an interrupt above it are not. */
	if (!is_traced(wakee) && (context || !is_traced(waker)))
		return 0;
	rec = slot_reserve(&slot, RECORD_RING_IRQ, sizeof(*rec), RECORD_WAKING, wakee->pid);
	if (!rec)
		return 0;
	rec->head.flags = context;
	rec->waker_tid = waker->pid;
	rec->nr = RECORD_NO_SYSCALL;
	if (!context && !(waker->flags & PF_KTHREAD)) {
		regs = (struct pt_regs *)bpf_task_pt_regs(waker);
		rec->nr = regs_syscall(regs);
		regs_args(regs, args);
	}
	rec->args[0] = args[0];
	rec->args[1] = args[1];
	slot_commit(&slot);
	return 0;
}

/* sched_wakeup_new, interrupts off: once in a task's life. */
SEC("tp_btf/sched_wakeup_new")
int probe_wakeup_new(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *waker = bpf_get_current_task_btf();
	struct record_wakeup_new *rec;
	struct slot slot;

	rec = slot_reserve(&slot, RECORD_RING_IRQ, sizeof(*rec), RECORD_WAKEUP_NEW, task->pid);
	if (!rec)
		return 0;
	rec->waker_tid = waker->pid;
	rec->reserved = 0;
	slot_commit(&slot);
	return 0;
}

/* sched_pi_setprio, run queue lock held: priority inheritance begins or ends. Rare. */
SEC("tp_btf/sched_pi_setprio")
int probe_prio(uint64_t *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *donor = (struct task_struct *)ctx[1];
	struct record_prio *rec;
	int prio = task->normal_prio;
	struct slot slot;

	if (!is_traced(task))
		return 0;
	if (donor && donor->prio < prio)
		prio = donor->prio;
	rec = slot_reserve(&slot, RECORD_RING_IRQ, sizeof(*rec), RECORD_PRIO, task->pid);
	if (!rec)
		return 0;
	rec->old_prio = task->prio;
	rec->new_prio = prio;
	slot_commit(&slot);
	return 0;
}
