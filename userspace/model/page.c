/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a page made again is the same: it begins at the end of a chunk, where a record's time parts
 * the trace in two (model/resume.c), and the machine, restored, tells the same from there on. How
 * many slices each lane had and where the last one ended are kept with the machine's state.
 */
#include "model/page.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/search.h"
#include "model/page_build.h"
#include "trace/reader.h"

#define CACHE_BYTES             (48u << 20)
#define CHECKPOINT_BYTES        (8u << 20)
#define PAGE_RECORDS            50000
#define RECORDS_PER_CLOCK_CHECK 256
#define MAX_WANTED              8 /* pages beside those of the view */

struct page {
	uint64_t begin_ns;     /* records from here on */
	struct packed *packed; /* NULL: not in memory, or still open */
	size_t bytes;          /* when it is in memory */
	uint64_t used;
	bool again; /* can be made again */
};

/* What a lane had before a page. */
struct lane_mark {
	uint64_t first, end_ns;
};

/* State before a page. */
struct checkpoint {
	size_t page;
	void *machine;
	size_t len, bytes;
	uint32_t nr_lanes[LANE_NR_FAMILIES];
	struct lane_mark *marks; /* of one family after the other */
};

/* Who makes pages again. */
struct maker {
	struct source *src;
	struct machine *machine; /* NULL: nowhere */
	const struct strips *strips;
	struct builder build;
	size_t page; /* the one it is in */
};

struct pages {
	struct source *src;
	const struct machine *machine;
	struct pages_limits limits;
	struct page *pages; /* [nr] the last one is open */
	size_t nr, cap;
	struct builder build; /* of the open one */
	size_t bytes;
	uint64_t clock;
	uint64_t page_nr_records;       /* the machine's count when the open page began */
	uint64_t chunk_end_ns, next_ns; /* the next page begins there; 0: none is due */
	struct checkpoint *checkpoints; /* [nr_checkpoints] by page */
	size_t nr_checkpoints, cap_checkpoints, checkpoint_bytes;
	size_t step; /* pages from one checkpoint to the next */
	struct maker maker;
	size_t want_from, want_to;
	size_t want_more[MAX_WANTED]; /* [nr_more] */
	size_t nr_more;
	bool broken; /* nothing can be made again */
};

/* ---- runs ---- */

size_t run_find(const struct lane_run *run, size_t from, uint64_t ts_ns)
{
	size_t step = 1, low = from, high;

	while (low + step < run->nr && run->slices[low + step].begin_ns <= ts_ns) {
		low += step;
		step *= 2;
	}
	high = low + step < run->nr ? low + step : run->nr;
	return search_last(run->slices, sizeof(*run->slices), low, high, ts_ns);
}

/* Time per state from the run's begin to ts_ns. */
static void sum_before(const struct lane_run *run, uint64_t ts_ns, struct state_time *out)
{
	size_t idx = run_find(run, 0, ts_ns), i = idx / LANE_BLOCK * LANE_BLOCK;

	*out = run->sums[idx / LANE_BLOCK];
	for (; i < idx; i++)
		out->ns[run->slices[i].state] +=
		    run->slices[i + 1].begin_ns - run->slices[i].begin_ns;
	out->ns[run->slices[idx].state] += ts_ns - run->slices[idx].begin_ns;
}

void run_sum(const struct lane_run *run, uint64_t begin_ns, uint64_t end_ns, struct state_time *out)
{
	struct state_time before, upto;

	sum_before(run, begin_ns, &before);
	sum_before(run, end_ns, &upto);
	for (int i = 0; i < STATE_NR; i++)
		out->ns[i] += upto.ns[i] - before.ns[i];
}

/* ---- what is in memory ---- */

/* What was not used for longest goes until the rest fits. */
static void evict(struct pages *p)
{
	while (p->bytes > p->limits.cache_bytes) {
		struct page *oldest = NULL;

		for (size_t i = 0; i < p->nr; i++)
			if (p->pages[i].packed && p->pages[i].again &&
			    p->pages[i].used != p->clock &&
			    (!oldest || p->pages[i].used < oldest->used))
				oldest = &p->pages[i];
		if (!oldest)
			return;
		p->bytes -= oldest->bytes;
		free(oldest->packed);
		oldest->packed = NULL;
	}
}

static void page_keep(struct pages *p, size_t page, struct packed *packed)
{
	p->pages[page].packed = packed;
	p->pages[page].bytes = packed->bytes;
	p->pages[page].used = ++p->clock;
	p->bytes += packed->bytes;
	evict(p);
}

/* ---- checkpoints ---- */

static void checkpoint_free(struct checkpoint *c)
{
	free(c->machine);
	free(c->marks);
}

/* Notes what every lane had so far. */
static void put_marks(struct checkpoint *c, const struct builder *b)
{
	size_t nr = 0, at = 0;

	for (int f = 0; f < LANE_NR_FAMILIES; f++) {
		c->nr_lanes[f] = (uint32_t)b->families[f].nr;
		nr += b->families[f].nr;
	}
	c->marks = mem_alloc((nr + 1) * sizeof(*c->marks));
	for (int f = 0; f < LANE_NR_FAMILIES; f++)
		for (size_t i = 0; i < b->families[f].nr; i++)
			c->marks[at++] = (struct lane_mark){b->families[f].lanes[i].first,
							    b->families[f].lanes[i].end_ns};
	c->bytes = c->len + nr * sizeof(*c->marks);
}

static void get_marks(const struct checkpoint *c, struct builder *b)
{
	const struct lane_mark *mark = c->marks;

	for (int f = 0; f < LANE_NR_FAMILIES; f++) {
		for (uint32_t i = 0; i < c->nr_lanes[f]; i++, mark++) {
			struct build_lane *lane = build_lane(b, lane_id((enum lane_family)f, i));

			lane->first = mark->first;
			lane->end_ns = mark->end_ns;
		}
	}
}

/* Every second one goes, and from now on they come half as often. */
static void checkpoints_thin(struct pages *p)
{
	size_t kept = 0;

	p->step *= 2;
	p->checkpoint_bytes = 0;
	for (size_t i = 0; i < p->nr_checkpoints; i++) {
		struct checkpoint *c = &p->checkpoints[i];

		if (c->page % p->step) {
			checkpoint_free(c);
			continue;
		}
		p->checkpoint_bytes += c->bytes;
		p->checkpoints[kept++] = *c;
	}
	p->nr_checkpoints = kept;
}

/* Of the state before the open page. */
static void checkpoint_add(struct pages *p)
{
	struct checkpoint c = {.page = p->nr - 1};

	if (c.page % p->step || machine_save(p->machine, &c.machine, &c.len) < 0)
		return;
	put_marks(&c, &p->build);
	p->checkpoints = mem_grow(p->checkpoints, &p->cap_checkpoints, p->nr_checkpoints + 1,
				  sizeof(*p->checkpoints));
	p->checkpoints[p->nr_checkpoints++] = c;
	p->checkpoint_bytes += c.bytes;
	while (p->checkpoint_bytes > p->limits.checkpoint_bytes && p->nr_checkpoints > 1)
		checkpoints_thin(p);
}

/* ---- the open page ---- */

static void add_page(struct pages *p, uint64_t begin_ns)
{
	p->pages = mem_grow(p->pages, &p->cap, p->nr + 1, sizeof(*p->pages));
	p->pages[p->nr++] = (struct page){.begin_ns = begin_ns};
}

struct pages *pages_open(struct source *src, const struct machine *machine,
			 const struct strips *strips)
{
	struct pages *p = mem_zalloc(1, sizeof(*p));

	p->src = src;
	p->machine = machine;
	p->maker.strips = strips;
	p->limits = (struct pages_limits){CACHE_BYTES, CHECKPOINT_BYTES, PAGE_RECORDS};
	p->step = 1;
	add_page(p, 0);
	return p;
}

void pages_limit(struct pages *p, const struct pages_limits *limits)
{
	p->limits = *limits;
	evict(p);
}

void pages_close(struct pages *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nr; i++)
		free(p->pages[i].packed);
	for (size_t i = 0; i < p->nr_checkpoints; i++)
		checkpoint_free(&p->checkpoints[i]);
	machine_close(p->maker.machine);
	source_close(p->maker.src);
	build_done(&p->maker.build);
	build_done(&p->build);
	free(p->checkpoints);
	free(p->pages);
	free(p);
}

void pages_slice(struct pages *p, uint32_t lane, const struct slice *slice, uint64_t end_ns)
{
	build_slice(&p->build, lane, slice, end_ns);
}

void pages_wake(struct pages *p, const struct wake_edge *edge)
{
	build_wake(&p->build, edge);
}

static void seal(struct pages *p, uint64_t end_ns)
{
	struct packed *packed = build_pack(&p->build);
	size_t page = p->nr - 1;

	build_next(&p->build);
	p->pages[page].again = !p->broken && source_can_again(p->src);
	add_page(p, end_ns);
	page_keep(p, page, packed);
	checkpoint_add(p);
	p->page_nr_records = machine_nr_records(p->machine);
}

void pages_record(struct pages *p, const struct record *rec)
{
	uint64_t end_ns = reader_chunk_end_ns(p->src);

	if (end_ns != p->chunk_end_ns) {
		if (p->chunk_end_ns &&
		    machine_nr_records(p->machine) - p->page_nr_records >= p->limits.page_records)
			p->next_ns = p->chunk_end_ns;
		p->chunk_end_ns = end_ns;
	}
	/* Late records of the new chunk belong to what is before. */
	if (p->next_ns && rec->ts_ns >= p->next_ns) {
		seal(p, p->next_ns);
		p->next_ns = 0;
	}
}

/* ---- asking ---- */

size_t pages_nr(const struct pages *p)
{
	return p->nr;
}

size_t pages_at(const struct pages *p, uint64_t ts_ns)
{
	return search_last(p->pages, sizeof(*p->pages), 0, p->nr, ts_ns);
}

uint64_t pages_begin(const struct pages *p, size_t page)
{
	return p->pages[page].begin_ns;
}

bool pages_has(const struct pages *p, size_t page)
{
	return page + 1 == p->nr || p->pages[page].packed;
}

static bool open_run(struct pages *p, uint32_t id, struct lane_run *run)
{
	if (lane_number(id) >= p->build.families[lane_family(id)].nr)
		return false;
	const struct build_lane *lane = build_lane(&p->build, id);

	*run = (struct lane_run){lane->slices, lane->nr, lane->first, lane->end_ns, lane->sums};
	return lane->nr > 0;
}

bool pages_run(struct pages *p, size_t page, uint32_t id, struct lane_run *run)
{
	const struct packed *packed = p->pages[page].packed;

	if (page + 1 == p->nr)
		return open_run(p, id, run);
	size_t at = search_number(packed->lanes, sizeof(*packed->lanes), packed->nr_lanes, id);

	if (at == packed->nr_lanes)
		return false;
	const struct packed_lane *lane = &packed->lanes[at];

	*run = (struct lane_run){packed->slices + lane->slice_at, lane->nr, lane->first,
				 lane->end_ns, packed->sums + lane->sum_at};
	return true;
}

static void each_open(struct builder *b, void *payload,
		      void (*take)(void *payload, uint32_t lane, const struct lane_run *run))
{
	for (size_t i = 0; i < b->nr_touched; i++) {
		const struct build_lane *lane = build_lane(b, b->touched[i]);
		struct lane_run run = {lane->slices, lane->nr, lane->first, lane->end_ns,
				       lane->sums};

		take(payload, b->touched[i], &run);
	}
}

void pages_each(struct pages *p, size_t page, void *payload,
		void (*take)(void *payload, uint32_t lane, const struct lane_run *run))
{
	const struct packed *packed = p->pages[page].packed;

	if (page + 1 == p->nr) {
		each_open(&p->build, payload, take);
		return;
	}
	for (size_t i = 0; i < packed->nr_lanes; i++) {
		const struct packed_lane *lane = &packed->lanes[i];
		struct lane_run run = {packed->slices + lane->slice_at, lane->nr, lane->first,
				       lane->end_ns, packed->sums + lane->sum_at};

		take(payload, lane->id, &run);
	}
}

const struct wake_edge *pages_wakes(struct pages *p, size_t page, size_t *nr)
{
	bool open = page + 1 == p->nr;

	*nr = open ? p->build.nr_wakes : p->pages[page].packed->nr_wakes;
	return open ? p->build.wakes : p->pages[page].packed->wakes;
}

size_t pages_bytes(const struct pages *p)
{
	return p->bytes;
}

/* ---- making again ---- */

static void made_slice(struct maker *k, uint32_t id, const struct interval *iv, uint32_t other)
{
	const struct build_lane *lane = build_lane(&k->build, id);
	struct slice slice = slice_of(iv, other), hole = slice_of_hole(lane->end_ns);

	if (iv->end_ns <= iv->begin_ns)
		return;
	if (lane->first + lane->nr > 0 && lane->end_ns < iv->begin_ns)
		build_slice(&k->build, id, &hole, iv->begin_ns);
	build_slice(&k->build, id, &slice, iv->end_ns);
}

static void on_task_interval(void *payload, const struct interval *iv)
{
	made_slice(payload, lane_id(LANE_TASK, iv->task), iv, iv->waker);
}

static void on_cpu_interval(void *payload, const struct interval *iv)
{
	made_slice(payload, lane_id(LANE_CPU, iv->cpu), iv, iv->task);
}

static void made_parts(struct maker *k, uint32_t id, const struct slice_part *parts,
		       unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		build_slice(&k->build, id, &parts[i].slice, parts[i].end_ns);
}

/* Where a lane's next slice begins. */
static uint64_t made_end(struct maker *k, uint32_t id)
{
	const struct build_lane *lane = build_lane(&k->build, id);

	return lane->first + lane->nr ? lane->end_ns : machine_begin_ns(k->machine);
}

static void on_hold(void *payload, const struct hold *hold)
{
	struct maker *k = payload;
	uint32_t id = lane_id(LANE_LOCK, hold->sync);
	struct slice_part parts[2];

	made_parts(k, id, parts, slices_of_hold(hold, made_end(k, id), parts));
}

static void on_crowd(void *payload, uint32_t sync, uint64_t ts_ns, uint32_t was)
{
	struct maker *k = payload;
	uint32_t id = lane_id(LANE_CROWD, sync);
	struct slice slice = slice_of_crowd(made_end(k, id), was);

	if (slice.begin_ns < ts_ns)
		build_slice(&k->build, id, &slice, ts_ns);
}

/* Where a strip ends. */
static uint64_t strip_end(struct maker *k, uint32_t id)
{
	const struct build_lane *lane = build_lane(&k->build, id);

	return lane->first + lane->nr ? lane->end_ns : STRIP_EMPTY;
}

static void on_stint(void *payload, const struct stint *stint)
{
	struct maker *k = payload;
	uint32_t id = lane_id(LANE_STRIP, strip_of_stint(k->strips, stint));
	struct slice_part parts[2];

	made_parts(k, id, parts,
		   strip_add_stint(k->strips, k->machine, stint, strip_end(k, id), parts));
}

static void on_moment(void *payload, const struct moment *mark)
{
	struct maker *k = payload;
	uint32_t strip = strip_of_moment(k->strips, mark), id = lane_id(LANE_STRIP, strip);
	struct slice_part parts[2];

	if (strip == STRIP_NONE)
		return;
	made_parts(k, id, parts,
		   strip_add_moment(k->strips, k->machine, mark, strip_end(k, id), parts));
}

static void on_wake(void *payload, const struct wake_edge *edge)
{
	struct maker *k = payload;

	build_wake(&k->build, edge);
}

/* The last checkpoint not after a page, NULL: the beginning. */
static const struct checkpoint *checkpoint_before(const struct pages *p, size_t page)
{
	const struct checkpoint *best = NULL;

	for (size_t i = 0; i < p->nr_checkpoints && p->checkpoints[i].page <= page; i++)
		best = &p->checkpoints[i];
	return best;
}

/* Lets the maker stand before a page, or before an earlier one. */
static bool maker_go(struct pages *p, size_t page)
{
	struct maker *k = &p->maker;
	const struct checkpoint *c = checkpoint_before(p, page);
	struct sink sink = {
	    .payload = k,
	    .task_interval = on_task_interval,
	    .cpu_interval = on_cpu_interval,
	    .wake = on_wake,
	    .hold = on_hold,
	    .crowd = on_crowd,
	    .stint = on_stint,
	    .moment = on_moment,
	};

	if (k->machine && k->page <= page && k->page >= (c ? c->page : 0))
		return true;
	if (!k->src && source_again(p->src, &k->src, NULL) < 0)
		return false;
	machine_close(k->machine);
	build_done(&k->build);
	k->build = (struct builder){0};
	k->page = c ? c->page : 0;
	k->machine = c ? machine_restore(machine_info(p->machine), &sink, c->machine, c->len)
		       : machine_open(machine_info(p->machine), &sink);
	if (c)
		get_marks(c, &k->build);
	return k->machine && source_seek(k->src, p->pages[k->page].begin_ns, NULL) == 0;
}

static bool is_wanted(const struct pages *p, size_t page)
{
	for (size_t i = 0; i < p->nr_more; i++)
		if (p->want_more[i] == page)
			return true;
	return page >= p->want_from && page < p->want_to;
}

/* Ends the maker's page; kept if somebody wants it. */
static void maker_seal(struct pages *p, size_t target)
{
	struct maker *k = &p->maker;

	if (!p->pages[k->page].packed && (k->page == target || is_wanted(p, k->page)))
		page_keep(p, k->page, build_pack(&k->build));
	build_next(&k->build);
	k->page++;
}

/* 1: made; 0: the time is over; negative: cannot. */
static int make(struct pages *p, size_t target, uint64_t deadline_ns)
{
	struct maker *k = &p->maker;
	const struct record *rec;
	unsigned int nr = 0;
	int r;

	if (!maker_go(p, target))
		return -EIO;
	while ((r = source_next(k->src, &rec, NULL)) > 0) {
		if (rec->ts_ns < p->pages[k->page].begin_ns)
			continue;
		while (rec->ts_ns >= p->pages[k->page + 1].begin_ns) {
			maker_seal(p, target);
			/* The record is of the next page: the maker is there, and has taken it. */
			if (k->page == p->nr - 1)
				break;
		}
		machine_feed(k->machine, rec);
		if (k->page > target)
			return 1;
		if (++nr % RECORDS_PER_CLOCK_CHECK == 0 && clock_now_ns() >= deadline_ns)
			return 0;
	}
	return -EIO;
}

/* Nothing of this trace can be made again: what is in memory stays. */
static void give_up(struct pages *p)
{
	machine_close(p->maker.machine);
	p->maker.machine = NULL;
	p->broken = true;
	for (size_t i = 0; i < p->nr; i++)
		p->pages[i].again = false;
}

static int make_or_give_up(struct pages *p, size_t target, uint64_t deadline_ns)
{
	int r = make(p, target, deadline_ns);

	if (r < 0)
		give_up(p);
	if (p->maker.page + 1 >= p->nr) { /* the open page is not the maker's */
		machine_close(p->maker.machine);
		p->maker.machine = NULL;
	}
	return r;
}

bool pages_can(const struct pages *p, size_t page)
{
	return pages_has(p, page) || (!p->broken && p->pages[page].again);
}

bool pages_read(struct pages *p, size_t page)
{
	if (pages_has(p, page))
		return true;
	return pages_can(p, page) && make_or_give_up(p, page, UINT64_MAX) > 0;
}

bool pages_want(struct pages *p, uint64_t begin_ns, uint64_t end_ns)
{
	size_t from = pages_at(p, begin_ns), to = pages_at(p, end_ns) + 1, bytes = 0;

	p->want_from = p->want_to = p->nr_more = 0;
	for (size_t i = from; i < to; i++)
		bytes += p->pages[i].bytes;
	if (bytes > p->limits.cache_bytes / 4 * 3)
		return false;
	p->clock++;
	for (size_t i = from; i < to; i++)
		p->pages[i].used = p->clock;
	p->want_from = from;
	p->want_to = to;
	return true;
}

void pages_want_page(struct pages *p, size_t page)
{
	if (page < p->nr && p->nr_more < MAX_WANTED)
		p->want_more[p->nr_more++] = page;
}

static size_t next_wanted(const struct pages *p)
{
	for (size_t i = p->want_from; i < p->want_to; i++)
		if (!pages_has(p, i))
			return i;
	for (size_t i = 0; i < p->nr_more; i++)
		if (!pages_has(p, p->want_more[i]))
			return p->want_more[i];
	return SIZE_MAX;
}

bool pages_load(struct pages *p, uint64_t budget_ns, size_t *made)
{
	uint64_t deadline_ns = clock_now_ns() + budget_ns;
	size_t page;

	*made = 0;
	while (!p->broken && (page = next_wanted(p)) != SIZE_MAX) {
		if (!p->pages[page].again)
			return false; /* all are, or those from there on are in memory */
		int r = make_or_give_up(p, page, deadline_ns);

		if (r < 0)
			return false;
		*made += r > 0;
		if (clock_now_ns() >= deadline_ns)
			return next_wanted(p) != SIZE_MAX;
	}
	return false;
}
