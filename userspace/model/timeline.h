/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every lane shows: the intervals of each core and each task, found by time and summed over a
 * pixel, so that a frame costs pixels, not events, and memory does not grow with the trace: each
 * lane keeps a list of items that becomes coarser (model/lane.h), whole slices and wake edges lie
 * in pages of which those in use are in memory (model/page.h). Filled from a source, a piece at a
 * time, so that a live view and a replay are the same.
 *
 *	struct timeline *tl = timeline_open(src);
 *	timeline_pump(tl, 5000000, &err);            // at most 5 ms of reading; again each frame
 *	const struct lane_data *lane = timeline_task(tl, task);
 *	i = lane_find(lane, begin_ns);
 *	while (lane_read(lane, i++, &slice) && slice.begin_ns < end_ns)
 *		...
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include "base/err.h"
#include "model/lane.h"
#include "model/machine.h"
#include "model/page.h"
#include "model/runq.h"
#include "model/strip.h"
#include "trace/source.h"

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
 * Reads records for about budget_ns of this process's time. 1: more is there now; 0: the end of the
 * trace; -EAGAIN: nothing now, more will come; other: failed.
 */
int timeline_pump(struct timeline *tl, uint64_t budget_ns, struct err *err);

/* What the source says of the trace, the machine behind the lanes, and where the trace begins.
 * Borrowed. */
const struct trace_info *timeline_info(const struct timeline *tl);
const struct machine *timeline_machine(const struct timeline *tl);
uint64_t timeline_begin_ns(const struct timeline *tl);
/* Latest time known: grows while live. */
uint64_t timeline_end_ns(const struct timeline *tl);
/* True once the source ended. */
bool timeline_is_complete(const struct timeline *tl);

/* Lanes of either kind so far. */
uint32_t timeline_nr_cpus(const struct timeline *tl);
uint32_t timeline_nr_tasks(const struct timeline *tl);
/* Lanes; an index out of range gives an empty one, never NULL. Borrowed until the next pump. The
 * open interval is the last slice. */
const struct lane_data *timeline_cpu(const struct timeline *tl, uint32_t cpu);
const struct lane_data *timeline_task(const struct timeline *tl, uint32_t task);
/* The same of any family: a sync object has two. */
const struct lane_data *timeline_lane(const struct timeline *tl, enum lane_family family,
				      uint32_t number);
/* What tasks say of themselves: whose strip a lane of LANE_STRIP is, and the names in it. */
const struct strips *timeline_strips(const struct timeline *tl);
/* Gaps in time order: [*nr]. When they are very many, those of a core that are next to each other
 * become one. */
const struct gap *timeline_gaps(const struct timeline *tl, size_t *nr);

/*
 * Wake edges from *at_ns on and before end_ns that lie together in memory, in order of time: [*nr],
 * perhaps 0; *at_ns moves behind them. NULL: there are no more. Reads the file where it must: some
 * hundredths of a second each time. Borrowed until the next call of anything that reads.
 *
 *	while ((edges = timeline_wakes(tl, &at_ns, end_ns, &nr)))
 */
const struct wake_edge *timeline_wakes(const struct timeline *tl, uint64_t *at_ns, uint64_t end_ns,
				       size_t *nr);

/* The same of what is in memory: NULL too where it is not; that is asked for then, and *at_ns
 * is before end_ns. */
const struct wake_edge *timeline_wakes_seen(const struct timeline *tl, uint64_t *at_ns,
					    uint64_t end_ns, size_t *nr);

/* How many tasks ran or were runnable: those that were to be traced, or all but the tracer's own.
 */
const struct runq *timeline_runq(const struct timeline *tl, bool all);

/*
 * What a frame is about to show: asks for the slices between these times, in place of what was
 * asked for before. False: there are too many to be held, the items are all there is.
 */
bool timeline_want(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns);
/* Asks for slice i of a lane, or the one that holds ts_ns, too; nothing if it is in memory. */
void timeline_want_slice(const struct timeline *tl, const struct lane_data *lane, size_t i);
void timeline_want_at(const struct timeline *tl, const struct lane_data *lane, uint64_t ts_ns);
/* Reads what was asked for, for about budget_ns; *made: pages that are new in memory. True: there
 * is more to read. */
bool timeline_load(struct timeline *tl, uint64_t budget_ns, size_t *made);

/*
 * What goes through all slices of many lanes does it by pages, so that each is read once: the pages
 * with slices that ended within the times are [*from, *to); a slice that is not closed is in none.
 */
void timeline_pages(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns, size_t *from,
		    size_t *to);
/* No slice that ends at or after this time is in a page up to this one; UINT64_MAX: the last. */
uint64_t timeline_page_end(const struct timeline *tl, size_t page);
/* Calls take for each lane's slices in a page. -EAGAIN: it is not in memory, and asked for; with
 * read it is read now. -EIO: it cannot be read again. */
int timeline_page(const struct timeline *tl, size_t page, bool read, void *payload,
		  void (*take)(void *payload, uint32_t lane, const struct lane_run *run));

struct timeline_limits {
	size_t item_bytes; /* of the items of all lanes, about */
	struct pages_limits pages;
};

/* Instead of the usual ones, for tests; before the first pump. */
void timeline_limit(struct timeline *tl, const struct timeline_limits *limits);

/* Bytes of items, and of slices and edges, in memory now. */
void timeline_bytes(const struct timeline *tl, size_t *items, size_t *pages);

/* NULL is fine. */
void timeline_close(struct timeline *tl);

#endif
