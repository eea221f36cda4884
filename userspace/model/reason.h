/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a task is off its core: from the system call in progress, its arguments and the object they
 * name, to one of few reasons, and their names for people. The only place that interprets them.
 */
#ifndef MODEL_REASON_H
#define MODEL_REASON_H

#include "model/machine.h"

/* Set in an interval's nr when the task used the 32-bit table of its architecture. */
#define SYSCALL_COMPAT 0x4000

/*
 * Interprets a block record: sets why, nr, object_kind, object, owner, inferred of iv. arch: uname
 * -m of the recording machine, as system call numbers differ (x86_64, aarch64; else only the number
 * is known). Coarse, so marked inferred: lock or condition is told by the value a futex wait
 * expects (glibc's mutex: 2; PI, robust and musl mutexes: bit 31 set; nptl/lowlevellock.h), join by
 * glibc's non-private wait on a tid. owner is what the memory says: whether that is a thread of the
 * same process, the machine decides with reason_check_owner.
 */
void reason_of_block(const struct record_block *rec, const char *arch, struct interval *iv);

/*
 * Second half of the rule, once it is known whether owner is a living thread of the waiter's
 * process: an owner that is not is dropped, a join of nobody is a condition.
 */
void reason_check_owner(struct interval *iv, bool is_sibling);

/* The same from a task that was off its core when recording began. */
void reason_of_task(const struct record_task *rec, const char *arch, struct interval *iv);

/* JSON key and column name ("lock"), the letter shown in a lane, never NULL. */
const char *reason_key(enum reason why);
char reason_letter(enum reason why);
const char *runnable_key(enum runnable why);
const char *state_key(enum state state);

/* Name of a system call on that architecture, e.g. "read", or NULL. nr as in struct interval. */
const char *syscall_name(const char *arch, int32_t nr);

/*
 * A short phrase for a person: "lock 0x55d0c0 held by tid 4122", "pipe 81273 read", "sleep",
 * "child", "poll", "openat". Writes at most len bytes into out, always terminated.
 */
void interval_describe(const struct interval *iv, const char *arch, char *out, size_t len);

#endif
