/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How tasks and cores change state, and what happens when an event does not fit the state that was
 * known: the table of rules in transition.c. Private to the state machine and its checkpoint, as is
 * struct machine.
 *
 * An interval is emitted only when it is closed, so what contradicts it may still correct it:
 * - A switch is the truth. Whatever contradicts it was wrong from the first gap of lost records
 * that falls into the open interval, else from the last scheduler record of the core concerned;
 * from there on the state is unknown.
 * - A waking of a task that runs may be early (it overtook the wakee's switch) or spurious; which
 * of the two the next switch or waking tells, so it is remembered until then.
 * - The first switch of a core tells who had it since the trace began, as no switch was before it.
 */
#ifndef MODEL_TRANSITION_H
#define MODEL_TRANSITION_H

#include "model/names.h"
#include "model/stint.h"
#include "model/sync_table.h"
#include "model/task.h"

struct core {
	struct interval open; /* state running, idle or unknown */
	uint64_t sched_ns;    /* its last scheduler record: nothing was lost before it */
	uint64_t sure_ns;     /* the last one that agreed with open.task */
	uint64_t lost_ns;     /* end of its last loss of records */
	uint64_t switches;
	uint64_t moved;     /* tasks seen elsewhere while they should run here, since sched_ns */
	uint64_t nr_queued; /* slots whose queue_cpu this is, and the sum of their indices */
	uint64_t queued_sum;
	bool virgin; /* no switch and no loss since the trace began */
	bool seen;
};

/* Records of a core lost within [begin_ns, end_ns]. */
struct loss {
	uint64_t begin_ns;
	uint64_t end_ns;
};

#define MACHINE_MAX_LOSSES                                                     \
	1024 /* beyond that the oldest ones are merged, which only doubts more \
	      */

struct machine {
	struct trace_info info;
	struct sink sink;
	struct task_table tasks;
	struct sync_table syncs;
	struct names *names;
	const struct machine *end; /* machine_foresee, or NULL */
	struct stint_table stints;
	struct record_words words; /* of the wait that begins next; uaddr 0: none */
	struct record_file file;   /* of the waker of the next waking; tid 0: none */
	struct core *cores;        /* [nr_cores] */
	size_t nr_cores;
	size_t cap_cores;
	struct loss *losses; /* [nr_losses] by end_ns */
	size_t nr_losses;
	size_t cap_losses;
	uint64_t begin_ns;
	uint64_t now_ns;
	uint64_t nr_records;
	uint64_t anomalies[ANOMALY_NR];
	bool begun;
	bool has_snapshot; /* a task record came: what is not in it did not exist */
};

/* Grows the cores as needed. Valid until the next call. */
struct core *core_at(struct machine *m, uint32_t cpu);

/* The core passes from slot prev to slot next (TASK_IDLE: idle). why: state and reason prev goes
 * to, in the form of an interval: state, why, nr, object ..., inferred; STATE_EXITED ends it. */
void transition_switch(struct machine *m, uint32_t cpu, uint32_t prev, uint32_t next,
		       const struct interval *why);

/*
 * Slot index has had the core since since_ns, though no switch told so: one is put in at that time.
 * It says who came, not why the one before left, so that one's state is unknown from then on. If it
 * was that task itself, it had been away: since when and why is not known.
 */
void transition_arrival(struct machine *m, uint32_t cpu, uint32_t index, uint64_t since_ns);

/* A scheduler record of the core, made while slot current (TASK_NONE: not known) had it. */
void transition_seen(struct machine *m, uint32_t cpu, uint32_t current);

/* waker (TASK_NONE: an interrupt) makes slot runnable. Returns whether the wakee ran or was
 * runnable. */
bool transition_waking(struct machine *m, uint32_t index, uint32_t waker, uint8_t cause);

/* More is known of what slot index, blocked, waits for: why, as above. */
void transition_rewait(struct machine *m, uint32_t index, const struct interval *why);

/* Begins the life of a slot: runnable, new, from now on. */
void transition_new(struct machine *m, uint32_t index, uint32_t parent, uint32_t cpu);

/* What the snapshot saw, if nothing else is known of the slot: blocked since the trace began, with
 * why as above; STATE_RUNNABLE: on core cpu's queue or running. */
void transition_snapshot(struct machine *m, uint32_t index, uint32_t cpu,
			 const struct interval *why);

/* Records of the core were lost in [begin_ns, now]. */
void transition_lost(struct machine *m, uint32_t cpu, uint64_t begin_ns);

/* Ends a slot now whose switch was not seen. */
void transition_end(struct machine *m, uint32_t index);

/* The open interval as far as it can be told now: two parts, [begin, *split) first and
 * [*split, now) second; split == begin_ns: there is only the second. */
void slot_settle(const struct machine *m, const struct slot *s, struct interval *first,
		 struct interval *second);
void core_settle(const struct machine *m, uint32_t cpu, struct interval *out);

/* Emits [begin, end_ns) of the open interval; what follows begins at end_ns. */
void slot_emit(struct machine *m, struct slot *s, uint64_t end_ns);
void core_emit(struct machine *m, struct core *c, uint64_t end_ns);

#endif
