/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row of the timeline: the intervals of one core or task, or who had a lock, or how many waited
 * for it, as slices, one after the other without holes, numbered from 0. In memory are all of them
 * only while they are few: what stays for ever is a list of items, each a slice or a row of
 * neighbouring short slices with the exact time per state, which becomes coarser as it grows. Whole
 * slices lie in pages (model/page.h), which come and go.
 */
#ifndef MODEL_LANE_H
#define MODEL_LANE_H

#include "model/machine.h"

/* One interval of a lane. It ends where the next begins; the last one at lane->end_ns. */
struct slice {
	uint64_t begin_ns;
	uint64_t object; /* as struct interval */
	uint32_t other;  /* core lane: task that ran, or TASK_NONE; task lane: waker; lock lane: who
			    had it; crowd lane: how many waited; strip: number of the name */
	uint32_t owner; /* task lane: tid in the owner word; of another wait its time-out, packed */
	int16_t nr;     /* task lane: system call */
	uint16_t cpu;
	uint8_t state;
	uint8_t why;
	uint8_t object_kind : 7;
	uint8_t shares : 1;
	uint8_t inferred : 1;
	uint8_t owner_inferred : 1;
	uint8_t owner_exited : 1;
	uint8_t cause : 4;   /* enum cause */
	uint8_t partial : 1; /* its page is not in memory: only begin, state, and what slice_key
				keeps of it are known */
};

/* A slice with its end: what a lane goes on by. */
struct slice_part {
	struct slice slice;
	uint64_t end_ns;
};

/* Time per state, summed over slices. */
struct state_time {
	uint64_t ns[STATE_NR];
};

#define LANE_SUMS  3  /* states whose time an item stores; the rest is idle, or blocked */
#define LANE_BLOCK 64 /* items between two totals */

/*
 * One slice, or nr of them that all begin in one cell of the lane's grid and are all shorter than a
 * cell. Ends where the next item begins.
 */
struct lane_item {
	uint64_t begin_ns;
	/* nr > 1: ns running, runnable, unknown, in 40 bits. Of a counter: running, and from the
	 * second on, of one slice too, least and greatest value, as the upper bits of a double. */
	uint32_t low[LANE_SUMS];
	uint8_t high[LANE_SUMS];
	uint8_t state : 7, inferred : 1; /* nr == 1 */
	uint32_t nr : 24;
	uint32_t share : 8; /* nr > 1: key's part of the time that counts, of LANE_WHOLE */
	uint32_t key;       /* as slice_key; nr > 1: of the slices that count, those with most time,
			       found by joining two at a time: there may be one with more; of a
			       counter the last value, a float */
};

#define LANE_WHOLE 255

/* What is before an item whose number is a multiple of LANE_BLOCK. */
struct lane_block {
	uint64_t first; /* number of its first slice */
	struct state_time before;
};

#define LANE_LATENCIES 160 /* four per octave, from 1 ns on */

/* Of a task: of all closed slices. */
struct lane_totals {
	uint64_t blocked_ns[REASON_NR];
	uint64_t nr_latency, max_latency_ns; /* runnable intervals that another one followed */
	uint64_t last_runnable_ns;           /* length of the last slice if it was runnable */
	uint32_t *latency;                   /* [nr_buckets] from bucket first_bucket on */
	unsigned int first_bucket, nr_buckets;
};

struct pages;

struct lane_data {
	struct lane_item *items; /* [nr_items] by begin; open slices are the last ones */
	size_t nr_items, cap_items;
	struct lane_block *blocks; /* [(nr_items - 1) / LANE_BLOCK + 1] */
	size_t cap_blocks;
	size_t nr;       /* slices */
	uint64_t end_ns; /* of the last one */
	uint64_t closed_end_ns;
	struct state_time total;    /* of the closed ones */
	struct lane_totals *totals; /* NULL: a core, or nothing yet */
	struct pages *pages;
	uint32_t id;     /* family and number: lane_id() */
	uint8_t shift;   /* a cell is 1 << shift ns */
	uint8_t nr_open; /* the last slices are not closed: they are these */
	bool is_counter; /* a strip of one */
	struct slice open[2];
};

enum lane_family {
	LANE_TASK,
	LANE_CPU,
	LANE_LOCK,  /* of a sync object: running while somebody is known to have it, else idle */
	LANE_CROWD, /* of a sync object: runnable while somebody waits for it, else idle */
	LANE_STRIP, /* of what a task says (model/strip.h): running while it says so, else idle */
	LANE_NR_FAMILIES
};

#define LANE_FAMILY_SHIFT 29

/* A lane as one number: its family, and the core, task or sync object it is of. */
static inline uint32_t lane_id(enum lane_family family, uint32_t number)
{
	return (uint32_t)family << LANE_FAMILY_SHIFT | number;
}

static inline enum lane_family lane_family(uint32_t id)
{
	return (enum lane_family)(id >> LANE_FAMILY_SHIFT);
}

static inline uint32_t lane_number(uint32_t id)
{
	return id & ((1u << LANE_FAMILY_SHIFT) - 1);
}

/* Whether a slice's time counts for whom a lane is mostly about: running of a core or a lock,
 * blocked of a task. */
static inline enum state lane_counts(const struct lane_data *lane)
{
	static const uint8_t states[LANE_NR_FAMILIES] = {
	    [LANE_TASK] = STATE_BLOCKED,  [LANE_CPU] = STATE_RUNNING,
	    [LANE_LOCK] = STATE_RUNNING,  [LANE_CROWD] = STATE_RUNNABLE,
	    [LANE_STRIP] = STATE_RUNNING,
	};

	return (enum state)states[lane_family(lane->id)];
}

/* What an item keeps of its slice: of a task, where it ran or why not; else who, or how many. */
static inline uint32_t slice_key(const struct lane_data *lane, const struct slice *s)
{
	if (lane_family(lane->id) != LANE_TASK)
		return s->other;
	return s->state == STATE_RUNNING ? s->cpu : s->why;
}

/* Begin of the first slice; of a lane with none: 0. */
static inline uint64_t lane_begin(const struct lane_data *lane)
{
	return lane->nr_items ? lane->items[0].begin_ns : 0;
}

static inline uint64_t lane_item_end(const struct lane_data *lane, size_t item)
{
	return item + 1 < lane->nr_items ? lane->items[item + 1].begin_ns : lane->end_ns;
}

/* Adds the time per state of an item to out. */
void lane_item_sum(const struct lane_data *lane, size_t item, struct state_time *out);
/* Number of the item's first slice. */
size_t lane_item_first(const struct lane_data *lane, size_t item);
/* The item that holds ts_ns, which is at or after the lane's begin; after its end the last one. */
size_t lane_item_at(const struct lane_data *lane, uint64_t ts_ns);
/* Of a counter's item: which values it was told to have, last the latest. False: none. They have 28
 * bits, the last one 24. */
struct lane_values {
	double min, max, last;
};
bool lane_item_values(const struct lane_data *lane, size_t item, struct lane_values *out);
/* The slice of an item of one, partial. */
void lane_item_slice(const struct lane_data *lane, size_t item, struct slice *out);

/* A slice of a task as the machine told it, but for task and end_ns, which it does not know, for
 * timed of a lock or a join, and for what is below 2^-27 of a time-out. */
struct interval slice_interval(const struct slice *slice);

/*
 * Slice i: true if out is whole, or partial; false if nothing of it is in memory. lane_read gets it
 * from the file where it must, which takes some hundredths of a second; false if i is none.
 */
bool lane_slice(const struct lane_data *lane, size_t i, struct slice *out);
bool lane_read(const struct lane_data *lane, size_t i, struct slice *out);

/* A page that slice i may be in and that is not in memory; SIZE_MAX: i is in memory, or none. */
size_t lane_missing(const struct lane_data *lane, size_t i);
/* The same of the slice that holds ts_ns. */
size_t lane_missing_at(const struct lane_data *lane, uint64_t ts_ns);

/* Begin and end of slice i; of one that is in no item by itself and not in memory: its item's. */
uint64_t lane_slice_begin(const struct lane_data *lane, size_t i);
uint64_t lane_slice_end(const struct lane_data *lane, size_t i);

/* Index of the slice that holds ts_ns, or of the first after it; nr when none. Reads the file where
 * it must, as lane_read. */
size_t lane_find(const struct lane_data *lane, uint64_t ts_ns);

/* The slice that holds ts_ns, which lies in the lane, as far as it is in memory: as lane_slice. *i
 * is its index, or where that is not known the index of one shortly before. */
bool lane_look(const struct lane_data *lane, uint64_t ts_ns, size_t *i, struct slice *out);

/*
 * Adds to out the time per state within [begin_ns, end_ns). Exact where both lie at edges of items
 * or the slices around them are in memory, else an item that is cut counts by the part that is
 * inside; false then.
 */
bool lane_sum(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
	      struct state_time *out);

/* How many of a task's runnable intervals fell into a bucket; the bucket of a length. */
uint32_t lane_latency(const struct lane_data *lane, unsigned int bucket);
unsigned int lane_latency_bucket(uint64_t ns);

/* The slices around ts_ns, which lies in this item; *idx is the one that holds it. False: their
 * page is not in memory. */
struct lane_run;
bool lane_run_at(const struct lane_data *lane, size_t item, uint64_t ts_ns, struct lane_run *run,
		 size_t *idx);

/* ---- for model/timeline.c ---- */

/* What a slice keeps of an interval. */
struct slice slice_of(const struct interval *iv, uint32_t other);
/* By which a lock lane that ends at lane_end_ns goes on: the hold, and before it what is between.
 * Returns how many, 0 if it has all that already. */
unsigned int slices_of_hold(const struct hold *hold, uint64_t lane_end_ns,
			    struct slice_part out[2]);
/* That so many wait from begin_ns on. */
struct slice slice_of_crowd(uint64_t begin_ns, uint32_t nr_waiters);
/* The machine leaves no holes; should one come all the same, it is shown as unknown, not papered
 * over. */
struct slice slice_of_hole(uint64_t begin_ns);
/* An empty lane; done frees. */
void lane_init(struct lane_data *lane, uint32_t id, struct pages *pages);
void lane_done(struct lane_data *lane);
/* Appends a closed slice; it begins where the last one ended. */
void lane_append(struct lane_data *lane, const struct slice *slice, uint64_t end_ns);
/* Shows slice as the last one until lane_drop; twice at most, and nothing may be appended before.
 */
void lane_show(struct lane_data *lane, const struct slice *slice, uint64_t end_ns);
void lane_drop(struct lane_data *lane);
/* Makes cells wider until about half the items are left. */
void lane_coarsen(struct lane_data *lane);
/* Bytes of its items. */
size_t lane_bytes(const struct lane_data *lane);

#endif
