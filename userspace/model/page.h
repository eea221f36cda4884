/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages: a trace cut by time, each piece with the whole slices and wake edges that became known in
 * it. What was used last stays in memory, within a number of bytes; what went is made again from
 * the trace, by the state machine from the nearest checkpoint kept on the way, and is then the same
 * to the byte. Where a trace cannot be read a second time nothing goes.
 */
#ifndef MODEL_PAGE_H
#define MODEL_PAGE_H

#include "model/lane.h"
#include "model/strip.h"
#include "trace/source.h"

struct pages;

struct pages_limits {
	size_t cache_bytes;      /* of slices and edges in memory */
	size_t checkpoint_bytes; /* of states of the machine */
	size_t page_records;     /* in a page, at least */
};

/* The slices of a lane in a page. Borrowed until the next pages_read, pages_load or pages_record.
 */
struct lane_run {
	const struct slice *slices; /* [nr], nr > 0 */
	size_t nr;
	size_t first;                  /* number of the first one */
	uint64_t end_ns;               /* of the last one */
	const struct state_time *sums; /* of what is before each LANE_BLOCK of them */
};

/* Where slice i of the run ends. */
static inline uint64_t run_slice_end(const struct lane_run *run, size_t i)
{
	return i + 1 < run->nr ? run->slices[i + 1].begin_ns : run->end_ns;
}

/* The slice at or after `from` that holds ts_ns, which slice `from` does not begin after. */
size_t run_find(const struct lane_run *run, size_t from, uint64_t ts_ns);
/* Adds the time per state within [begin_ns, end_ns), which the run covers. */
void run_sum(const struct lane_run *run, uint64_t begin_ns, uint64_t end_ns,
	     struct state_time *out);

/* Opens with one page, which is open. All are borrowed; strips has what was told so far. */
struct pages *pages_open(struct source *src, const struct machine *machine,
			 const struct strips *strips);
/* NULL is fine. */
void pages_close(struct pages *p);
/* Other limits than the usual ones. */
void pages_limit(struct pages *p, const struct pages_limits *limits);

/* ---- writing, in the order in which the machine tells ---- */

/* A slice of a lane that ends at end_ns; it begins where the lane's last one ended. */
void pages_slice(struct pages *p, uint32_t lane, const struct slice *slice, uint64_t end_ns);
/* A wake edge. */
void pages_wake(struct pages *p, const struct wake_edge *edge);
/* Before each record is fed: begins a new page where one is due. */
void pages_record(struct pages *p, const struct record *rec);

/* ---- asking ---- */

/* How many pages there are; the last one is open. */
size_t pages_nr(const struct pages *p);
/* The page of ts_ns. */
size_t pages_at(const struct pages *p, uint64_t ts_ns);
/* Where a page begins; whether it is in memory. */
uint64_t pages_begin(const struct pages *p, size_t page);
bool pages_has(const struct pages *p, size_t page);
/* The lane's slices in a page that is in memory; false if it has none. */
bool pages_run(struct pages *p, size_t page, uint32_t lane, struct lane_run *run);
/* Calls take for each lane that has slices in a page that is in memory. */
void pages_each(struct pages *p, size_t page, void *payload,
		void (*take)(void *payload, uint32_t lane, const struct lane_run *run));
/* Wake edges of a page that is in memory, in order of time. */
const struct wake_edge *pages_wakes(struct pages *p, size_t page, size_t *nr);
/* Bytes of slices and edges in memory now. */
size_t pages_bytes(const struct pages *p);

/* ---- making again ---- */

/* Whether it is in memory or can be made again. */
bool pages_can(const struct pages *p, size_t page);
/* Makes a page now. False: the trace cannot be read there again. */
bool pages_read(struct pages *p, size_t page);
/*
 * Asks for all pages between these times, in place of what was asked for before. False, and asks
 * for none: they are too many to be held at once.
 */
bool pages_want(struct pages *p, uint64_t begin_ns, uint64_t end_ns);
/* Asks for one page more; a few at most are kept in mind. */
void pages_want_page(struct pages *p, size_t page);
/* Works on what was asked for, for about budget_ns. *made counts pages. True: there is more to do.
 */
bool pages_load(struct pages *p, uint64_t budget_ns, size_t *made);

#endif
