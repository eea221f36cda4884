/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds a lock, from when to when: rules in holder.c. Private to the state machine.
 */
#ifndef MODEL_HOLDER_H
#define MODEL_HOLDER_H

#include "model/transition.h"

/* Tells how many waited for a sync object until now: before that changes. */
void holder_crowd(struct machine *m, uint32_t sync);

/* Slot s begins to wait: s->open is its new blocked interval, with sync and owner as memory said.
 * May fill in an inferred owner. */
void holder_wait(struct machine *m, struct slot *s);

/* Slot s leaves its core to wait, as for holder_wait, but was woken a moment before, by
 * s->wake_waker: that wait is none, and it is what was handed to it then. */
void holder_overtaken(struct machine *m, struct slot *s);

/* That was wrong: slot s did wait until now. Before holder_wake. */
void holder_waited(struct machine *m, struct slot *s);

/* The wait of slot s is over, though nobody handed anything over. */
void holder_leave(struct machine *m, struct slot *s);

/* The wait of slot s ends now because waker gave the object away or said so; before holder_leave.
 */
void holder_wake(struct machine *m, struct slot *s, uint32_t waker);

/* Slot s, an heir, gets a core. */
void holder_run(struct machine *m, struct slot *s);

/* An object turned out to lie in memory that processes share, or two to be one (united): who has it
 * is judged anew by the waits that go on. */
void holder_shared(struct machine *m, uint32_t sync, bool united);

/* Records are lost since begin_ns: who has what is not known from then on. */
void holder_lost(struct machine *m, uint64_t begin_ns);

/* Emits what is still held at the end of the trace. */
void holder_finish(struct machine *m);

#endif
