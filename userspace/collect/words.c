/* SPDX-License-Identifier: BSD-2-Clause */
#include "collect/words.h"

#include <string.h>
#include <sys/uio.h>

/* Futex operations whose fourth argument is a time-out (futex(2)), without their flags. */
#define FUTEX_OPERATION(op) ((op)&127)
#define WAIT_OPERATIONS                                                                    \
	(1u << 0 | 1u << 6 | 1u << 9 | 1u << 11 | 1u << 13) /* WAIT, LOCK_PI, WAIT_BITSET, \
							      WAIT_REQUEUE_PI, LOCK_PI2 */

static bool read_memory(uint32_t tid, uint64_t from, void *to, size_t len)
{
	struct iovec local = {to, len};
	struct iovec remote = {(void *)(uintptr_t)from, len};

	return process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0) == (ssize_t)len;
}

static bool is_wait(const struct record_task *task)
{
	unsigned int op = FUTEX_OPERATION((unsigned int)task->args[1]);

	return task->nr == SYS_futex_wait ||
	       (task->nr == SYS_futex && op < 32 && WAIT_OPERATIONS & 1u << op);
}

bool words_read(const struct record_task *task, struct record_words *out)
{
	const uint32_t word_bytes = sizeof(out->words[0]);
	const uint32_t before = RECORD_WORD_AT;
	uint64_t uaddr = task->args[0];
	uint64_t timeout[2];

	if (!(task->head.flags & RECORD_F_TRACED) || (task->head.flags & RECORD_F_COMPAT) ||
	    !is_wait(task))
		return false;
	*out = (struct record_words){
	    .head = {.ts_ns = task->head.ts_ns,
		     .type = RECORD_WORDS,
		     .cpu = task->head.cpu,
		     .tid = task->head.tid},
	    .uaddr = uaddr,
	};
	/* A page's begin or end may be near, and the next one not there. */
	if (!read_memory(task->head.tid, uaddr - before * word_bytes, out->words,
			 sizeof(out->words))) {
		memset(out->words, 0, sizeof(out->words));
		if (!read_memory(task->head.tid, uaddr, out->words + before,
				 (RECORD_NR_WORDS - before) * word_bytes) &&
		    !read_memory(task->head.tid, uaddr - before * word_bytes, out->words,
				 (before + 1) * word_bytes))
			return false;
	}
	/* That of futex_wait(2) is not among the arguments that are kept. */
	if (task->nr == SYS_futex && task->args[3] &&
	    read_memory(task->head.tid, task->args[3], timeout, sizeof(timeout)))
		out->timeout_ns = timeout[0] * 1000000000 + timeout[1];
	return true;
}
