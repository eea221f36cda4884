/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tasks of a machine: an array that only grows, found by tid through a hash of open addressing.
 * A tid that is used again gets a new element; the hash then names the new one. Private to the
 * state machine and its checkpoint: everyone else reads struct task through model/machine.h.
 */
#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include "model/machine.h"

#define CPU_NONE UINT32_MAX

/* A wait, as far as it is needed when the call is restarted. */
struct past_wait {
	uint64_t args[RECORD_NR_ARGS];
	uint64_t object;
	int32_t nr; /* as in struct interval; RECORD_NO_SYSCALL: there was none */
	uint32_t sync;
	uint8_t why;
	uint8_t object_kind;
	bool inferred;
	bool timed;
	bool shares;
	uint8_t cause; /* enum cause: what ended it, CAUSE_UNKNOWN: nothing yet */
};

/* A task and the interval it is in. */
struct slot {
	struct task task;
	struct interval open;  /* begin_ns: nothing after it was emitted; end_ns unused */
	uint64_t wake_ns;      /* a waking seen while the state was running or unknown, 0 none: what
				  comes next decides what it was */
	uint32_t wake_waker;   /* task index */
	uint8_t wake_cause;    /* enum cause */
	uint32_t waits_for;    /* sync object of the open wait, SYNC_NONE */
	uint32_t heir_of;      /* sync object that it was woken to take, SYNC_NONE */
	struct past_wait last; /* what it waited for last */
	uint32_t last_cpu;     /* where it last ran, CPU_NONE */
	uint32_t
	    queue_cpu;   /* letter R in the snapshot and nothing since: its core there, CPU_NONE */
	bool alive;      /* between begin and the switch that ended it */
	bool virgin;     /* since the trace's begin only named, or seen by the snapshot */
	bool introduced; /* by fork or snapshot */
	bool exiting;    /* its exit was recorded */
	bool named;      /* a record that only traced tasks have named it */
};

struct task_name {
	uint32_t tid;
	uint32_t index; /* of the slot it names, or TASK_NONE */
};

struct task_table {
	struct slot *slots; /* [nr], index 0: idle */
	size_t nr;
	size_t cap;
	struct task_name *hash; /* [hash_size] */
	size_t hash_size;       /* power of two, at least twice hash_used */
	size_t hash_used;
};

/* Empty; done frees. */
void task_table_init(struct task_table *t);
void task_table_done(struct task_table *t);

/* Latest slot with that tid, or TASK_NONE. */
uint32_t task_table_find(const struct task_table *t, uint32_t tid);

/* Appends a slot, all zero but for tid and the fields whose "none" is not zero, and lets tid name
 * it. Moves t->slots. */
uint32_t task_table_add(struct task_table *t, uint32_t tid);

/* Lets tid name slot index from now on (execve of a thread that is not the leader); index may be
 * TASK_NONE: it names nobody. */
void task_table_name(struct task_table *t, uint32_t tid, uint32_t index);

#endif
