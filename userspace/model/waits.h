/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wait-for graph: which task waits for which, kept while a trace goes through the state
 * machine, and the standstills that are found in it: waits that nothing in the program can end.
 * Knows the machine only by what it tells its sink and answers.
 *
 *	w = waits_open(&waits_limits);
 *	in the sink: waits_block, waits_task_interval and waits_gap, with the machine
 *	for (; seen < waits_nr(w); seen++)
 *		announce(waits_at(w, seen));
 *	waits_close(w);
 *
 * A task that waits for a lock waits for its owner, as far as the lock's memory names one; one that
 * joins a thread waits for that. Such an edge is believed as long as its owner cannot have given
 * the lock to somebody else: it waited before the owner was read and still does, or nobody was
 * woken from a wait for this lock since. Waits that records may have been lost of are left out.
 */
#ifndef MODEL_WAITS_H
#define MODEL_WAITS_H

#include <stddef.h>
#include <stdint.h>

#include "model/machine.h"

enum standstill_kind {
	STANDSTILL_DEADLOCK,     /* a cycle: each waits for the next one */
	STANDSTILL_OWNER_EXITED, /* for a lock whose owner is gone */
	STANDSTILL_STALL,        /* every traced task waits for another one */
	STANDSTILL_REFUSED, /* a cycle of PI locks: the first one was refused one, and waits for
			       ever with what those behind it want */
};

/* A wait of a standstill, as it was when that was found. */
struct wait {
	struct interval iv; /* end_ns 0: of no meaning */
	uint32_t owner;     /* tid of whom it waits for, 0: nobody in particular */
	uint32_t next;      /* that task's index, TASK_NONE: not known, or gone */
};

struct standstill {
	enum standstill_kind kind;
	uint64_t begin_ns; /* the last of its waits began, or the owner exited */
	uint64_t found_ns;
	uint64_t end_ns;   /* one of them ended; 0: not yet */
	uint32_t ended;    /* that task: woken by a task that gave it what it waited for, so that it
			      was no standstill after all; TASK_NONE: not so */
	uint32_t ended_by; /* that other one */
	struct wait *waits; /* [nr_waits] the cycle, or the first waiter, or all of a stall, or who
			       was refused and those that wait for PI locks behind it: nr_core;
			       behind them those that wait for one before them */
	size_t nr_waits;
	size_t nr_core;
};

struct waits_limits {
	uint64_t settle_ns; /* how long a cycle, or the wait for one who is gone, must hold still */
	uint64_t stall_ns;  /* how long no traced task may run */
};

/* What all but tests use. */
extern const struct waits_limits waits_limits;

struct waits;

/* Nobody waits yet. limits is copied. Close it with waits_close. */
struct waits *waits_open(const struct waits_limits *limits);

/* What the sink is told. m may be in the middle of that record. */
void waits_block(struct waits *w, const struct machine *m, const struct interval *iv);
void waits_task_interval(struct waits *w, const struct machine *m, const struct interval *iv);
void waits_gap(struct waits *w, const struct machine *m, uint64_t end_ns);

/* Takes up the waits that go on in a machine that comes from a checkpoint. */
void waits_resume(struct waits *w, const struct machine *m);

/* Looks at once; otherwise what is told makes it look, when time has gone on enough. */
void waits_look(struct waits *w, const struct machine *m);

/* Standstills in the order they were found; borrowed until the next call that is not one of these.
 */
size_t waits_nr(const struct waits *w);
const struct standstill *waits_at(const struct waits *w, size_t i);

/* NULL is fine. */
void waits_close(struct waits *w);

#endif
