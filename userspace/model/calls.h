/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: their names, and what class of call each is, by the architecture's own numbers.
 */
#ifndef MODEL_CALLS_H
#define MODEL_CALLS_H

#include <stdint.h>

/* Set in an interval's or edge's nr when the task used the 32-bit table of its architecture. */
#define SYSCALL_COMPAT 0x4000

enum call_class {
	CLASS_OTHER,
	CLASS_FUTEX,
	CLASS_FUTEX2, /* futex_wait and the like: arguments of their own */
	CLASS_SLEEP,
	CLASS_POLL,
	CLASS_FD, /* by the kind of object */
	CLASS_SOCKET,
	CLASS_FILE,
	CLASS_CHILD,
	CLASS_CLONE, /* child when CLONE_VFORK is asked for */
	CLASS_CLONE3,
	CLASS_SIGNAL,
	CLASS_KILL,
	CLASS_TRACE,
	CLASS_EXEC,
	CLASS_EXIT,
	CLASS_RESTART, /* the call that a signal or a stop interrupted goes on */
	CLASS_IO_URING,
	CLASS_SEMAPHORE, /* System V */
	CLASS_NR
};

/* Name of a system call on that architecture (uname -m), e.g. "read", or NULL. nr as in struct
 * interval. */
const char *syscall_name(const char *arch, int32_t nr);

/* Its class; CLASS_OTHER for one that is not known, or none. */
enum call_class syscall_class(const char *arch, int32_t nr);

#endif
