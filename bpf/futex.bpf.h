/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Every futex call, also those that do not sleep (--futex=all), when it returns: a wait that sleeps
 * was told by its block record before. Loaded only when asked for: a probe of system calls slows
 * every one of the machine while it is attached. Uncontended locks make no system call and are
 * seen by nobody.
 */
#include "probe.h"

const volatile uint32_t nr_futex; /* its number */

/* sys_exit, in task context. */
SEC("tp_btf/sys_exit")
int probe_futex(uint64_t *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	struct task_struct *task;
	struct record_futex_exit *rec;
	uint64_t args[RECORD_NR_ARGS];
	struct slot slot;

	if (regs_syscall(regs) != (int32_t)nr_futex)
		return 0;
	task = bpf_get_current_task_btf();
	if (task_is_compat(task) || !is_traced(task))
		return 0;
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_FUTEX_EXIT, task->pid);
	if (!rec)
		return 0;
	regs_args(regs, false, args);
	rec->result = ctx[1];
	rec->reserved = 0;
	rec->op = args[1];
	rec->val = args[2];
	rec->uaddr = args[0];
	slot_commit(&slot);
	return 0;
}
