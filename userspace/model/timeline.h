/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every lane shows: the intervals of each core and each task as sorted slices, found by time in
 * O(log n) and summed over a pixel in O(1) blocks, so that a frame costs pixels, not events. Filled
 * from a source, a piece at a time, so that a live view and a replay are the same.
 *
 *	struct timeline *tl = timeline_open(src);
 *	timeline_pump(tl, 5000000, &err);            // at most 5 ms of reading; again each frame
 *	const struct lane_data *lane = timeline_task(tl, task);
 *	for (i = lane_find(lane, begin_ns); i < lane->nr && lane->slices[i].begin_ns < end_ns; i++)
 *		...
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include "base/err.h"
#include "model/machine.h"
#include "trace/source.h"

/* One interval of a lane. It ends where the next begins; the last one at lane->end_ns. */
struct slice {
	uint64_t begin_ns;
	uint64_t object; /* as struct interval */
	uint32_t other;  /* core lane: task that ran, or TASK_NONE; task lane: waker */
	uint32_t owner;  /* task lane: tid in the owner word */
	int16_t nr;      /* task lane: system call */
	uint16_t cpu;
	uint8_t state;
	uint8_t why;
	uint8_t object_kind;
	uint8_t inferred;
};

/* Time per state, summed over slices. */
struct state_time {
	uint64_t ns[STATE_NR];
};

struct lane_data {
	struct slice *slices; /* [nr] sorted by begin_ns */
	size_t nr;
	size_t cap;
	uint64_t end_ns;
	struct state_time *sums; /* [nr_sums] totals of all slices before the block */
	size_t nr_sums, cap_sums;
};

#define LANE_BLOCK 64

struct gap {
	uint32_t cpu;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t lost;
};

struct timeline;

/* Takes over src (closed with the timeline). */
struct timeline *timeline_open(struct source *src);

/*
 * Reads records for about budget_ns of this process's time. 1: more is there now; 0: the end of the trace;
 * -EAGAIN: nothing now, more will come; other: failed.
 */
int timeline_pump(struct timeline *tl, uint64_t budget_ns, struct err *err);

const struct trace_info *timeline_info(const struct timeline *tl);
const struct machine *timeline_machine(const struct timeline *tl);
uint64_t timeline_begin_ns(const struct timeline *tl);
/* Latest time known: grows while live. */
uint64_t timeline_end_ns(const struct timeline *tl);
/* True once the source ended. */
bool timeline_is_complete(const struct timeline *tl);

uint32_t timeline_nr_cpus(const struct timeline *tl);
uint32_t timeline_nr_tasks(const struct timeline *tl);
/* Lanes; an index out of range gives an empty one, never NULL. Borrowed until the next pump. The open interval is the last slice. */
const struct lane_data *timeline_cpu(const struct timeline *tl, uint32_t cpu);
const struct lane_data *timeline_task(const struct timeline *tl, uint32_t task);
/* Gaps in time order: [*nr]. Wake edges likewise. */
const struct gap *timeline_gaps(const struct timeline *tl, size_t *nr);
const struct wake_edge *timeline_wakes(const struct timeline *tl, size_t *nr);

/* Index of the slice that holds ts_ns, or of the first after it; nr when none. O(log n). */
size_t lane_find(const struct lane_data *lane, uint64_t ts_ns);
/* End of slice i. */
uint64_t lane_slice_end(const struct lane_data *lane, size_t i);
/* Adds to out the time per state within [begin_ns, end_ns). O(log n + LANE_BLOCK). */
void lane_sum(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
	      struct state_time *out);
/*
 * The same for ranges that follow each other, as the pixels of a row do: starts from cursor (zero at
 * first), so that each costs its distance from the one before, and moves it on. Ranges may also
 * jump, to any place; but a cursor serves one lane between two pumps.
 */
struct lane_cursor {
	bool valid;
	size_t idx;             /* slice that holds ts_ns, or nr */
	uint64_t ts_ns;         /* where the last range ended */
	struct state_time upto; /* time per state from the lane's begin to ts_ns */
};
void lane_sum_next(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
		   struct lane_cursor *cursor, struct state_time *out);

/* NULL is fine. */
void timeline_close(struct timeline *tl);

#endif
