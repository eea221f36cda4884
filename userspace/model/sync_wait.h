/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who held what a task waited for, in order of time, and what they did meanwhile: ran on a core, or
 * were off it with the lock in hand, which is what makes others wait for long. Keeps the holds that
 * a machine tells, the latest ones; what a task did comes from whoever has its intervals.
 *
 *	struct holds *h = holds_open(HOLDS_USUAL);
 *	sink.hold: holds_add(h, hold);
 *	nr = sync_wait_rows(h, m, &wait, did, payload, rows, MAX);
 */
#ifndef MODEL_SYNC_WAIT_H
#define MODEL_SYNC_WAIT_H

#include <stddef.h>

#include "model/machine.h"

#define HOLDS_USUAL (1u << 18) /* 10 MiB */

struct holds;

/* Keeps at least half of max holds, the latest. */
struct holds *holds_open(size_t max);

void holds_add(struct holds *h, const struct hold *hold);

/* Of that object, what shares a moment with [begin_ns, end_ns): the first max of them in order of
 * time. Returns how many there are. Holds before *known_ns are not kept any more. */
size_t holds_find(const struct holds *h, const struct machine *m, uint32_t sync, uint64_t begin_ns,
		  uint64_t end_ns, struct hold *out, size_t max, uint64_t *known_ns);

/* NULL is fine. */
void holds_close(struct holds *h);

/* A part of a wait. */
struct wait_row {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t holder;     /* task index; TASK_NONE: nobody is known to have had it */
	bool measured;       /* memory said so */
	struct interval did; /* what the holder did then, STATE_UNKNOWN if that is not known */
};

/* The interval of task that ts_ns lies in; false: not known. */
typedef bool did_fn(void *payload, uint32_t task, uint64_t ts_ns, struct interval *out);

/*
 * The parts of a wait for a sync object, in order of time, without holes: [returned], at most max;
 * the last one then goes to the end of the wait, with nobody known.
 */
size_t sync_wait_rows(const struct holds *h, const struct machine *m, const struct interval *wait,
		      did_fn *did, void *payload, struct wait_row *out, size_t max);

#endif
