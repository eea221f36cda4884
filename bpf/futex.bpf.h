/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Every futex call, also those that do not sleep (--futex=all). Loaded only when asked for: a
 * system call tracepoint slows every system call of the machine by about 60 ns while it is
 * attached. Uncontended locks make no system call and are seen by nobody.
 */
#include "probe.h"

/* Layout of the syscalls/sys_enter_* and sys_exit_* tracepoints: see their format files. */
struct syscall_enter {
	uint64_t common;
	int64_t nr;
	uint64_t args[6];
};

struct syscall_exit {
	uint64_t common;
	int64_t nr;
	int64_t ret;
};

SEC("tracepoint/syscalls/sys_enter_futex")
int probe_futex_enter(struct syscall_enter *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	uint32_t words[RECORD_NR_WORDS] = {};
	struct record_futex_enter *rec;
	struct slot slot;

	if (!is_traced(task))
		return 0;
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_FUTEX_ENTER, task->pid);
	if (!rec)
		return 0;
	rec->op = ctx->args[1];
	rec->val = ctx->args[2];
	rec->uaddr = ctx->args[0];
	read_words(words, ctx->args[0]);
	rec->object = words[RECORD_WORD_AT] | (uint64_t)words[RECORD_WORD_AT + 2] << 32;
	slot_commit(&slot);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_futex")
int probe_futex_exit(struct syscall_exit *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct record_futex_exit *rec;
	struct slot slot;

	if (!is_traced(task))
		return 0;
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_FUTEX_EXIT, task->pid);
	if (!rec)
		return 0;
	rec->result = ctx->ret;
	rec->reserved = 0;
	slot_commit(&slot);
	return 0;
}
