/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a futex is, from how it is waited for and from the memory around it: which kind of lock,
 * where it begins, who owns it. Knows the layouts of libraries, and nothing of tasks.
 */
#ifndef MODEL_FUTEX_H
#define MODEL_FUTEX_H

#include <stdint.h>

#include "model/machine.h"
#include "model/sync.h"

/* An operation of futex(2) and its flags, linux/futex.h. */
#define FUTEX_OP_MASK     0x7f
#define FUTEX_OP_PRIVATE  0x80
#define FUTEX_OP_REALTIME 0x100

#define FUTEX_LOCK_WAITED  2 /* what a wait for a plain lock expects: lowlevellock.h */
#define FUTEX_RWLOCK_PHASE 8 /* in a rwlock, the word that the next writer and readers wait at */

/* The operations that wait. */
enum {
	FUTEX_OP_WAIT = 0,
	FUTEX_OP_LOCK_PI = 6,
	FUTEX_OP_WAIT_BITSET = 9,
	FUTEX_OP_WAIT_REQUEUE_PI = 11,
	FUTEX_OP_LOCK_PI2 = 13
};

/* How a task waits. */
struct futex_wait {
	uint64_t uaddr;
	uint32_t op;                     /* with its flags */
	uint32_t val;                    /* what the word is expected to be */
	bool has_words;                  /* they may be laid out as a C library does; false: only
					    those that a block record has count */
	uint32_t words[RECORD_NR_WORDS]; /* as in struct record_words, 0 where not known */
};

/* What that means. */
struct futex_meaning {
	uint8_t reason; /* enum reason */
	uint8_t kind;   /* enum sync_kind */
	uint8_t flags;  /* SYNC_* */
	bool across;    /* the memory may be shared with other processes */
	bool shares;    /* a reader: would have it together with others */
	bool sure;      /* the kernel's own operation, or the whole memory fits: not inferred */
	bool refused;   /* by the expected value and the operation glibc's wait that never ends */
	uint64_t base;  /* where the object begins */
	uint32_t owner; /* tid in the memory, 0 none: not checked against the tasks there are */
};

/* It is the end of a thread that is waited for, not what it was taken for. */
void futex_is_join(struct futex_meaning *out);

/* It is a lock of one word, at uaddr, of which nothing else is known. */
void futex_is_lock(struct futex_meaning *out, uint64_t uaddr);

/* Interprets a wait. Facts and their sources stand in futex.c. */
void futex_interpret(const struct futex_wait *wait, struct futex_meaning *out);

#endif
