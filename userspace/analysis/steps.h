/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many waited when: the steps in which they became more or fewer, and how long they waited in a
 * span of time, all together. Keeps a bounded number of steps, older ones as one sum.
 */
#ifndef ANALYSIS_STEPS_H
#define ANALYSIS_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* So many wait from that time on, and what those before them waited, all together. */
struct step {
	uint64_t ts_ns;
	uint32_t waiters;
	uint64_t waited_ns;
};

/* Zeroed: nobody waits. */
struct steps {
	struct step *at; /* [nr] by time */
	size_t nr, cap;
};

void steps_done(struct steps *s);

/* Forgets all: nobody waits. */
void steps_clear(struct steps *s);

/* One waiter more from ts_ns on, or one fewer (change: 1, -1). That a wait ended may be told some
 * steps later. since_ns: no span that is asked for later begins before it, but one that begins at
 * the first step; when there are too many steps, of the older half only the sum is kept. */
void steps_add(struct steps *s, uint64_t ts_ns, int change, uint64_t since_ns);

/* ns waited in [begin_ns, end_ns), all together; forgets what is before end_ns. */
uint64_t steps_take(struct steps *s, uint64_t begin_ns, uint64_t end_ns);

#endif
