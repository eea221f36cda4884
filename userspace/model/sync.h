/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sync objects: what threads wait for with futex(2), one for each object a program would name, not
 * for each word of memory: a condition variable waits on two. Private ones are of a process (and
 * of the program it executes: execve ends them), shared ones of a place in a file.
 */
#ifndef MODEL_SYNC_H
#define MODEL_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNC_NONE  UINT32_MAX
#define SYNC_BYTES 64 /* no object of a library is longer */

/* Rows of sync.c. What the words in memory show; they are told of the last wait that showed it. */
enum sync_kind {
	SYNC_FUTEX, /* nothing says what it is */
	SYNC_LOCK,  /* waited for as a lock, but no known mutex: no owner stands beside it */
	SYNC_MUTEX,
	SYNC_RWLOCK,
	SYNC_CONDITION,
	SYNC_SEMAPHORE,
	SYNC_BARRIER,
	SYNC_ONCE,
	SYNC_JOIN, /* the end of a thread */
	SYNC_NR_KINDS
};

/* flags */
#define SYNC_RECURSIVE  0x01
#define SYNC_ERRORCHECK 0x02
#define SYNC_ADAPTIVE   0x04
#define SYNC_ROBUST     0x08 /* tells the next one when its owner died */
#define SYNC_PI         0x10 /* lends its waiters' priority */
#define SYNC_SHARED     0x20 /* between processes */

struct sync {
	uint32_t tgid; /* of the process that used it first, 0 if unknown */
	uint8_t kind;  /* enum sync_kind */
	uint8_t flags;
	uint64_t uaddr; /* where the object begins, in that process */
	uint32_t dev;   /* of a file that processes share, inode 0: not known to be */
	uint64_t inode;
	uint64_t offset;       /* of uaddr in the file */
	uint32_t first_waiter; /* task index */
	uint32_t holder;       /* who has it now as far as is known, task index or TASK_NONE */
	uint64_t since_ns;     /* holder: known since */
	bool measured;         /* holder: memory said so, not a rule */
	uint32_t nr_waiters;   /* now */
	uint64_t called;       /* by the program: names_called, 0: it said nothing; of a join:
				  sync_called_join */
};

/* A join is one object for each thread, though the memory at which their ends are waited for may be
 * used again: it is called by the thread's tid, what no name is called. */
static inline uint64_t sync_called_join(uint32_t tid)
{
	return (uint64_t)tid << 1;
}

/* The tid of the thread whose end a join waits for; 0: it is none, or that is not known. */
static inline uint32_t sync_joined(const struct sync *s)
{
	return s->kind == SYNC_JOIN && !(s->called & 1) ? (uint32_t)(s->called >> 1) : 0;
}

/* Whether the kind has a holder: a lock, a mutex, a rwlock. */
bool sync_kind_is_held(enum sync_kind kind);

/* JSON name: "mutex". Never NULL. */
const char *sync_kind_key(enum sync_kind kind);

/* "recursive mutex", "shared PI mutex": kind and flags for people. Writes at most len bytes into
 * out, always terminated. */
void sync_describe(const struct sync *s, char *out, size_t len);

#endif
