/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The few kernel structures the probes touch, reduced to the members read; libbpf relocates each
 * access to the running kernel's layout (CO-RE). Every difference between kernels lives here, with
 * the change that made it, and is found by feature, never by version.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "trace/record.h"

#define bool _Bool
#define true 1
#define false 0

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

#define KERNEL_STRUCT __attribute__((preserve_access_index))

/* x86: status has TS_COMPAT while a 32-bit system call runs; arm64: flags has TIF_32BIT. */
struct thread_info {
	unsigned long flags;
	uint32_t status;
	struct {
		uint32_t count;
	} preempt; /* arm64; x86 keeps it per CPU, see context_flags() */
} KERNEL_STRUCT;

struct inode {
	unsigned short i_mode;
	unsigned int i_rdev;
	unsigned long i_ino;
	struct super_block *i_sb;
} KERNEL_STRUCT;

struct super_block {
	unsigned long s_magic;
} KERNEL_STRUCT;

struct qstr {
	const unsigned char *name;
} KERNEL_STRUCT;

struct dentry {
	struct qstr d_name; /* of an anonymous inode's file: "[eventfd]", "[eventpoll]" ... */
} KERNEL_STRUCT;

struct path {
	struct dentry *dentry;
} KERNEL_STRUCT;

struct file {
	struct path f_path;
	struct inode *f_inode;
} KERNEL_STRUCT;

/*
 * What the verifier knows of a pointer is lost in an array of pointers (fd[n]). Since v6.2
 * (a35b9af4ec2c "bpf: Add a kfunc for generic type cast") it can be told again, and members are
 * then plain loads instead of guarded calls.
 */
extern void *bpf_rdonly_cast(const void *obj, uint32_t btf_id) __ksym __weak;
const volatile bool has_rdonly_cast;

/* What an address that only arithmetic knows is cast to: a number of four bytes, a pointer. */
struct refcount_struct {
	struct {
		int counter;
	} refs;
} KERNEL_STRUCT;

struct hlist_head {
	struct hlist_node *first;
} KERNEL_STRUCT;

static __always_inline uint32_t number_at(const void *at)
{
	const struct refcount_struct *number;
	uint32_t value = 0;

	if (has_rdonly_cast) {
		number = bpf_rdonly_cast(at, bpf_core_type_id_kernel(struct refcount_struct));
		return number->refs.counter;
	}
	bpf_probe_read_kernel(&value, sizeof(value), at);
	return value;
}

static __always_inline void *pointer_at(const void *at)
{
	const struct hlist_head *pointer;
	void *value = NULL;

	if (has_rdonly_cast) {
		pointer = bpf_rdonly_cast(at, bpf_core_type_id_kernel(struct hlist_head));
		return (void *)pointer->first;
	}
	bpf_probe_read_kernel(&value, sizeof(value), at);
	return value;
}

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} KERNEL_STRUCT;

struct files_struct {
	struct fdtable *fdt;
} KERNEL_STRUCT;

struct rq {
	uint64_t clock;      /* brought up to date by __schedule() just before sched_switch */
	uint64_t clock_task; /* the same less what the host and interrupts took:
				update_rq_clock_task() */
} KERNEL_STRUCT;

/* CONFIG_SCHED_INFO; by rq->clock, which is old by some microseconds after a wakeup on the same
 * core. */
struct sched_info {
	unsigned long long last_arrival; /* on a core */
} KERNEL_STRUCT;

struct cfs_rq {
	struct rq *rq; /* CONFIG_FAIR_GROUP_SCHED */
} KERNEL_STRUCT;

struct sched_entity {
	struct cfs_rq *cfs_rq;
} KERNEL_STRUCT;

struct ns_common {
	unsigned int inum;
} KERNEL_STRUCT;

struct pid_namespace {
	struct ns_common ns;
} KERNEL_STRUCT;

struct upid {
	int nr;
	struct pid_namespace *ns;
} KERNEL_STRUCT;

/* numbers: [level + 1], of the first namespace to the task's own. */
struct pid {
	unsigned int level;
	struct upid numbers[1];
} KERNEL_STRUCT;

struct task_struct {
	struct sched_entity se;
	struct sched_info sched_info;
	struct thread_info thread_info;
	unsigned int __state; /* since v5.14, 2f064a59a11f ("sched: Change task_struct::state") */
	unsigned int flags;
	int on_cpu;
	int pid;
	int tgid;
	int prio;
	int normal_prio;
	int exit_code;
	struct pid *thread_pid;
	struct task_struct *real_parent;
	struct files_struct *files;
	char comm[RECORD_COMM_LEN];
} KERNEL_STRUCT;

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, bx, cx, dx, si, di, orig_ax, ip;
} KERNEL_STRUCT;

static __always_inline int32_t regs_syscall(const struct pt_regs *regs)
{
	return regs->orig_ax; /* -1 after an interrupt or exception */
}

/* arch/x86/entry/entry_64_compat.S: a 32-bit call has its arguments in bx, cx, dx, si. */
static __always_inline void regs_args(const struct pt_regs *regs, bool compat, uint64_t args[4])
{
	args[0] = compat ? (uint32_t)regs->bx : regs->di;
	args[1] = compat ? (uint32_t)regs->cx : regs->si;
	args[2] = compat ? (uint32_t)regs->dx : regs->dx;
	args[3] = compat ? (uint32_t)regs->si : regs->r10;
}

/* Arguments 4 and 5, of a 64-bit call. */
static __always_inline void regs_more_args(const struct pt_regs *regs, uint64_t args[2])
{
	args[0] = regs->r8;
	args[1] = regs->r9;
}

static __always_inline bool task_is_compat(struct task_struct *task)
{
	return task->thread_info.status & 2; /* TS_COMPAT */
}
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	uint64_t regs[31];
	uint64_t orig_x0;
	int32_t syscallno;
} KERNEL_STRUCT;

static __always_inline int32_t regs_syscall(const struct pt_regs *regs)
{
	return regs->syscallno; /* NO_SYSCALL is -1 */
}

static __always_inline void regs_args(const struct pt_regs *regs, bool compat, uint64_t args[4])
{
	(void)compat;            /* the same registers */
	args[0] = regs->orig_x0; /* regs[0] already holds the result */
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
}

static __always_inline void regs_more_args(const struct pt_regs *regs, uint64_t args[2])
{
	args[0] = regs->regs[4];
	args[1] = regs->regs[5];
}

static __always_inline bool task_is_compat(struct task_struct *task)
{
	return task->thread_info.flags & (1UL << 22); /* TIF_32BIT */
}
#else
#error "no pt_regs layout for this architecture"
#endif

/*
 * x86 keeps the preemption count in a per-CPU variable: __preempt_count until v6.1 and since v6.15,
 * pcpu_hot.preempt_count in between (64701838bf05 "x86/percpu: Move preempt_count next to
 * current_task"). Kernels without CONFIG_KALLSYMS_ALL do not give BPF the address of a variable, so
 * it is found by its distance from the run queue, another per-CPU variable that current leads to.
 */
const volatile int64_t preempt_count_from_rq; /* bytes, from BTF; 0: not known */

/*
 * The run queue of the core that task runs on, kept in *known. As a number, that is what memory of
 * ours makes of it: the verifier lets nobody count from a pointer that it knows.
 */
static __always_inline uint64_t rq_here(uint64_t *known, struct task_struct *task)
{
	if (!*known)
		*known = (uint64_t)task->se.cfs_rq->rq;
	return *(volatile uint64_t *)known;
}

/* The clock of that run queue. In *stolen_ns what of it nobody was charged for. */
static __always_inline uint64_t rq_clock(uint64_t *known, struct task_struct *task,
					 uint64_t *stolen_ns)
{
	const struct rq *rq;

	if (has_rdonly_cast)
		rq = bpf_rdonly_cast((void *)rq_here(known, task),
				     bpf_core_type_id_kernel(struct rq));
	else
		rq = task->se.cfs_rq->rq;
	*stolen_ns = rq->clock - rq->clock_task;
	return rq->clock;
}

static __always_inline uint32_t preempt_count(uint64_t *known_rq, struct task_struct *current)
{
#if defined(__TARGET_ARCH_x86)
	if (!preempt_count_from_rq)
		return 0;
	return number_at((void *)(rq_here(known_rq, current) + preempt_count_from_rq));
#else
	(void)known_rq;
	return current->thread_info.preempt.count;
#endif
}

/* RECORD_F_HARDIRQ ... of the running context: bits of include/linux/preempt.h. */
static __always_inline uint8_t context_flags(uint64_t *known_rq, struct task_struct *current)
{
	uint32_t count = preempt_count(known_rq, current);
	uint8_t flags = 0;

	if (count & 0x00f00000)
		flags |= RECORD_F_NMI;
	if (count & 0x000f0000)
		flags |= RECORD_F_HARDIRQ;
	if (count & 0x00000100) /* serving; 0x200 steps are only local_bh_disable() */
		flags |= RECORD_F_SOFTIRQ;
	return flags;
}

#endif
