/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lanes from the state machine's intervals: each goes to its lane's items and to the open page. The
 * interval that is still open stands as the lane's last slice and is replaced when more is known.
 * Decides nothing about states.
 */
#include "model/timeline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/search.h"
#include "model/names.h"

#define RECORDS_PER_CLOCK_CHECK 256
#define ITEM_BYTES              (40u << 20)
#define MAX_GAPS                65536

/* Lanes of a family, by number. */
struct family {
	struct lane_data *lanes; /* [nr] */
	size_t nr, cap;
};

struct timeline {
	struct source *src;
	struct machine *machine;
	struct pages *pages;
	struct family families[LANE_NR_FAMILIES];
	struct strips strips;
	uint32_t *live; /* tasks that may have an open interval, ascending */
	size_t nr_live, cap_live;
	uint32_t nr_seen;    /* tasks [0, nr_seen) were put in live once */
	struct runq runq[2]; /* of traced tasks, of all */
	struct gap *gaps;
	size_t nr_gaps, cap_gaps;
	size_t item_bytes; /* the most for items */
	size_t nr_pages;   /* when items were last counted */
	uint64_t begin_ns;
	bool started; /* begin_ns is known */
	bool complete;
	int result; /* of the pump once complete */
	struct err err;
};

/* Of the bytes for items: cores are few, and seen first. */
static const uint8_t family_parts[LANE_NR_FAMILIES] = {
    [LANE_TASK] = 6, [LANE_CPU] = 4, [LANE_LOCK] = 1, [LANE_CROWD] = 1, [LANE_STRIP] = 2};

static const struct lane_data empty_lane;
static const struct wake_edge no_edges[1];

static struct lane_data *lane_at(struct timeline *tl, uint32_t id)
{
	struct family *f = &tl->families[lane_family(id)];
	uint32_t number = lane_number(id);

	if (number >= f->nr) {
		f->lanes = mem_grow(f->lanes, &f->cap, number + 1, sizeof(*f->lanes));
		for (; f->nr <= number; f->nr++)
			lane_init(&f->lanes[f->nr], lane_id(lane_family(id), (uint32_t)f->nr),
				  tl->pages);
	}
	return &f->lanes[number];
}

static void close_slice(struct timeline *tl, uint32_t id, const struct slice *slice,
			uint64_t end_ns)
{
	lane_append(lane_at(tl, id), slice, end_ns);
	pages_slice(tl->pages, id, slice, end_ns);
}

static void close_parts(struct timeline *tl, uint32_t id, const struct slice_part *parts,
			unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		close_slice(tl, id, &parts[i].slice, parts[i].end_ns);
}

/* Shows them as the last slices until they are closed or shown anew. */
static void show_parts(struct timeline *tl, uint32_t id, const struct slice_part *parts,
		       unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		lane_show(lane_at(tl, id), &parts[i].slice, parts[i].end_ns);
}

/* The lane is ready for iv: what was shown is dropped, what is missing before it is a hole. False:
 * iv is empty. */
static bool make_room(struct timeline *tl, uint32_t id, const struct interval *iv)
{
	struct lane_data *lane = lane_at(tl, id);

	lane_drop(lane);
	if (iv->end_ns <= iv->begin_ns)
		return false;
	if (lane->nr > 0 && lane->end_ns < iv->begin_ns) {
		struct slice hole = slice_of_hole(lane->end_ns);

		close_slice(tl, id, &hole, iv->begin_ns);
	}
	return true;
}

static void close_interval(struct timeline *tl, uint32_t id, const struct interval *iv,
			   uint32_t other)
{
	struct slice slice = slice_of(iv, other);

	if (make_room(tl, id, iv))
		close_slice(tl, id, &slice, iv->end_ns);
}

/* Shows iv as the last slice until it is closed or shown anew. */
static void show_interval(struct timeline *tl, uint32_t id, const struct interval *iv,
			  uint32_t other)
{
	struct slice slice = slice_of(iv, other);

	if (make_room(tl, id, iv))
		lane_show(lane_at(tl, id), &slice, iv->end_ns);
}

static void on_task_interval(void *payload, const struct interval *iv)
{
	struct timeline *tl = payload;
	const struct task *task = machine_task(tl->machine, iv->task);

	if (task->traced)
		runq_close(&tl->runq[0], iv->task, iv->begin_ns, iv->end_ns, (enum state)iv->state);
	if (!task->self && iv->task != TASK_IDLE)
		runq_close(&tl->runq[1], iv->task, iv->begin_ns, iv->end_ns, (enum state)iv->state);
	close_interval(tl, lane_id(LANE_TASK, iv->task), iv, iv->waker);
}

static void on_cpu_interval(void *payload, const struct interval *iv)
{
	struct timeline *tl = payload;

	close_interval(tl, lane_id(LANE_CPU, iv->cpu), iv, iv->task);
}

/* Where a lane's next closed slice begins, when what is shown as open is dropped. */
static uint64_t drop_open(struct timeline *tl, uint32_t id)
{
	struct lane_data *lane = lane_at(tl, id);

	lane_drop(lane);
	return lane->nr ? lane->end_ns : machine_begin_ns(tl->machine);
}

static void on_hold(void *payload, const struct hold *hold)
{
	struct timeline *tl = payload;
	uint32_t id = lane_id(LANE_LOCK, hold->sync);
	struct slice_part parts[2];

	close_parts(tl, id, parts, slices_of_hold(hold, drop_open(tl, id), parts));
}

/* Where a strip's next closed slice begins. */
static uint64_t strip_end(struct timeline *tl, uint32_t id)
{
	struct lane_data *lane = lane_at(tl, id);

	lane_drop(lane);
	return lane->nr ? lane->end_ns : STRIP_EMPTY;
}

static void on_stint(void *payload, const struct stint *stint)
{
	struct timeline *tl = payload;
	uint32_t id = lane_id(LANE_STRIP, strips_note_stint(&tl->strips, tl->machine, stint));
	struct slice_part parts[2];

	close_parts(tl, id, parts,
		    strip_add_stint(&tl->strips, tl->machine, stint, strip_end(tl, id), parts));
}

static void on_moment(void *payload, const struct moment *mark)
{
	struct timeline *tl = payload;
	uint32_t strip = strips_note_moment(&tl->strips, tl->machine, mark);
	uint32_t id = lane_id(LANE_STRIP, strip);
	struct slice_part parts[2];

	if (strip == STRIP_NONE)
		return;
	close_parts(tl, id, parts,
		    strip_add_moment(&tl->strips, tl->machine, mark, strip_end(tl, id), parts));
}

static void on_crowd(void *payload, uint32_t sync, uint64_t ts_ns, uint32_t was)
{
	struct timeline *tl = payload;
	uint32_t id = lane_id(LANE_CROWD, sync);
	struct slice slice = slice_of_crowd(drop_open(tl, id), was);

	if (slice.begin_ns < ts_ns)
		close_slice(tl, id, &slice, ts_ns);
}

static void on_wake(void *payload, const struct wake_edge *edge)
{
	struct timeline *tl = payload;

	pages_wake(tl->pages, edge);
}

/* Of a core's gaps each second one joins the one before. */
static void join_gaps(struct timeline *tl)
{
	size_t *last = mem_zalloc(UINT16_MAX + 1, sizeof(*last)); /* of the core, + 1; 0: none */
	size_t kept = 0;

	for (size_t i = 0; i < tl->nr_gaps; i++) {
		const struct gap *gap = &tl->gaps[i];
		size_t *before = &last[gap->cpu & UINT16_MAX];

		if (*before) {
			tl->gaps[*before - 1].end_ns = gap->end_ns;
			tl->gaps[*before - 1].lost += gap->lost;
			*before = 0;
			continue;
		}
		tl->gaps[kept++] = *gap;
		*before = kept;
	}
	tl->nr_gaps = kept;
	free(last);
}

/* Gaps become known at their end, so those of two cores may come in the wrong order. */
static void on_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct timeline *tl = payload;
	size_t i;

	if (tl->nr_gaps >= MAX_GAPS)
		join_gaps(tl);
	i = tl->nr_gaps;
	tl->gaps = mem_grow(tl->gaps, &tl->cap_gaps, tl->nr_gaps + 1, sizeof(*tl->gaps));
	for (; i > 0 && tl->gaps[i - 1].begin_ns > begin_ns; i--)
		tl->gaps[i] = tl->gaps[i - 1];
	tl->gaps[i] = (struct gap){cpu, begin_ns, end_ns, lost};
	tl->nr_gaps++;
}

struct timeline *timeline_open(struct source *src)
{
	struct timeline *tl = mem_zalloc(1, sizeof(*tl));
	struct sink sink = {
	    .payload = tl,
	    .task_interval = on_task_interval,
	    .cpu_interval = on_cpu_interval,
	    .wake = on_wake,
	    .gap = on_gap,
	    .hold = on_hold,
	    .crowd = on_crowd,
	    .stint = on_stint,
	    .moment = on_moment,
	};

	tl->src = src;
	tl->machine = machine_open(&src->info, &sink);
	machine_take_names(tl->machine, src);
	tl->pages = pages_open(src, tl->machine, &tl->strips);
	tl->item_bytes = ITEM_BYTES;
	tl->begin_ns = src->info.begin_ns;
	tl->started = tl->begin_ns != 0;
	runq_init(&tl->runq[0], tl->begin_ns);
	runq_init(&tl->runq[1], tl->begin_ns);
	return tl;
}

static void show_open_tasks(struct timeline *tl)
{
	uint32_t nr = machine_nr_tasks(tl->machine);
	const struct task *who;
	struct interval iv;
	size_t i, kept = 0;

	if (nr > tl->nr_seen)
		tl->live = mem_grow(tl->live, &tl->cap_live, tl->nr_live + (nr - tl->nr_seen),
				    sizeof(*tl->live));
	for (; tl->nr_seen < nr; tl->nr_seen++)
		tl->live[tl->nr_live++] = tl->nr_seen;
	for (i = 0; i < tl->nr_live; i++) {
		uint32_t task = tl->live[i];
		bool is_open = machine_task_now(tl->machine, task, &iv);

		who = machine_task(tl->machine, task);
		if (!is_open && who->exited)
			continue;
		tl->live[kept++] = task;
		if (!is_open)
			continue;
		show_interval(tl, lane_id(LANE_TASK, task), &iv, iv.waker);
		if (who->traced)
			runq_show(&tl->runq[0], task, iv.begin_ns, iv.end_ns, (enum state)iv.state);
		if (!who->self && task != TASK_IDLE)
			runq_show(&tl->runq[1], task, iv.begin_ns, iv.end_ns, (enum state)iv.state);
	}
	tl->nr_live = kept;
	runq_shown(&tl->runq[0]);
	runq_shown(&tl->runq[1]);
}

static void show_open_cpus(struct timeline *tl)
{
	uint32_t cpu, nr = machine_nr_cpus(tl->machine);
	struct interval iv;

	for (cpu = 0; cpu < nr; cpu++)
		if (machine_cpu_now(tl->machine, cpu, &iv))
			show_interval(tl, lane_id(LANE_CPU, cpu), &iv, iv.task);
}

static void show_hold(struct timeline *tl, const struct hold *hold)
{
	uint32_t id = lane_id(LANE_LOCK, hold->sync);
	struct slice_part parts[2];

	show_parts(tl, id, parts, slices_of_hold(hold, drop_open(tl, id), parts));
}

/* Who has a lock that is waited for, and how many wait: until now, or for good at the trace's end.
 */
static void show_open_syncs(struct timeline *tl, bool last)
{
	uint64_t now_ns = timeline_end_ns(tl);
	uint32_t i, nr = machine_nr_syncs(tl->machine);

	for (i = 0; i < nr; i++) {
		const struct sync *sync = machine_sync(tl->machine, i);
		uint32_t id = lane_id(LANE_CROWD, i);
		struct slice crowd;
		struct hold hold = {i, sync->holder, sync->since_ns, now_ns, sync->measured};

		if (machine_sync_id(tl->machine, i) != i)
			continue;
		crowd = slice_of_crowd(drop_open(tl, id), sync->nr_waiters);
		drop_open(tl, lane_id(LANE_LOCK, i));
		if (crowd.begin_ns < now_ns && last)
			close_slice(tl, id, &crowd, now_ns);
		else if (crowd.begin_ns < now_ns)
			lane_show(lane_at(tl, id), &crowd, now_ns);
		if (sync->nr_waiters && sync->holder != TASK_NONE && !last)
			show_hold(tl, &hold);
	}
}

/* What goes on in tasks by their own words. */
static void show_open_stints(struct timeline *tl)
{
	struct slice_part parts[2];
	struct stint stint;

	for (uint32_t strip = 0; strip < strips_nr(&tl->strips); strip++) {
		uint32_t id = lane_id(LANE_STRIP, strip);
		unsigned int level = strip_level(&tl->strips, strip);

		if (level == STRIP_MOMENTS ||
		    !machine_stint_now(tl->machine, strip_task(&tl->strips, strip), level, &stint))
			continue;
		show_parts(
		    tl, id, parts,
		    strip_add_stint(&tl->strips, tl->machine, &stint, strip_end(tl, id), parts));
	}
}

/* Bytes of a family's items, and the length of the longest list. */
static size_t bytes_of(const struct family *f, size_t *longest)
{
	size_t bytes = 0;

	*longest = 0;
	for (size_t i = 0; i < f->nr; i++) {
		bytes += lane_bytes(&f->lanes[i]);
		*longest = f->lanes[i].nr_items > *longest ? f->lanes[i].nr_items : *longest;
	}
	return bytes;
}

/* The longest lists become coarser until all of the family fit, or what is left are long slices,
 * which are never joined. */
static void limit_family(struct family *f, size_t most_bytes)
{
	size_t longest, bytes = bytes_of(f, &longest), before = SIZE_MAX;

	while (bytes > most_bytes && longest > 1 && bytes < before) {
		for (size_t i = 0; i < f->nr; i++)
			if (f->lanes[i].nr_items > longest / 2)
				lane_coarsen(&f->lanes[i]);
		before = bytes;
		bytes = bytes_of(f, &longest);
	}
}

/* Costs what there are lanes: once a page. */
static void limit_items(struct timeline *tl)
{
	if (tl->nr_pages == pages_nr(tl->pages))
		return;
	size_t parts = 0;

	tl->nr_pages = pages_nr(tl->pages);
	for (int f = 0; f < LANE_NR_FAMILIES; f++)
		parts += f != LANE_STRIP || tl->families[f].nr ? family_parts[f] : 0;
	for (int f = 0; f < LANE_NR_FAMILIES; f++)
		limit_family(&tl->families[f], tl->item_bytes * family_parts[f] / parts);
}

/* The source's end or failure: what was read stays, every open interval is closed. */
static int finish(struct timeline *tl, int result, const struct err *err)
{
	uint64_t end_ns = tl->src->info.end_ns;

	machine_finish(tl->machine, end_ns > machine_now_ns(tl->machine) ? end_ns : 0);
	show_open_syncs(tl, true);
	runq_shown(&tl->runq[0]);
	runq_shown(&tl->runq[1]);
	free(tl->live);
	tl->live = NULL;
	tl->nr_live = 0;
	tl->cap_live = 0;
	tl->complete = true;
	tl->result = result;
	mem_trim(); /* lists that grew left their smaller selves behind */
	if (result < 0 && err)
		tl->err = *err;
	return result;
}

int timeline_pump(struct timeline *tl, uint64_t budget_ns, struct err *err)
{
	uint64_t deadline_ns = clock_now_ns() + budget_ns;
	const struct record *rec;
	unsigned int nr = 0;
	int r;

	if (tl->complete) {
		if (tl->result < 0 && err)
			*err = tl->err;
		return tl->result;
	}
	while ((r = source_next(tl->src, &rec, err)) > 0) {
		if (!tl->started) {
			tl->begin_ns = rec->ts_ns;
			tl->runq[0].begin_ns = tl->runq[1].begin_ns = rec->ts_ns;
			tl->started = true;
		}
		pages_record(tl->pages, rec);
		machine_feed(tl->machine, rec);
		if (++nr % RECORDS_PER_CLOCK_CHECK == 0 && clock_now_ns() >= deadline_ns)
			break;
	}
	limit_items(tl);
	if (r <= 0 && r != -EAGAIN)
		return finish(tl, r, err);
	show_open_tasks(tl);
	show_open_cpus(tl);
	show_open_syncs(tl, false);
	show_open_stints(tl);
	return r;
}

const struct trace_info *timeline_info(const struct timeline *tl)
{
	return &tl->src->info;
}

const struct machine *timeline_machine(const struct timeline *tl)
{
	return tl->machine;
}

uint64_t timeline_begin_ns(const struct timeline *tl)
{
	return tl->begin_ns;
}

uint64_t timeline_end_ns(const struct timeline *tl)
{
	uint64_t end_ns = machine_now_ns(tl->machine);

	if (tl->complete && end_ns < tl->src->info.end_ns)
		end_ns = tl->src->info.end_ns;
	return end_ns > tl->begin_ns ? end_ns : tl->begin_ns;
}

bool timeline_is_complete(const struct timeline *tl)
{
	return tl->complete;
}

uint32_t timeline_nr_cpus(const struct timeline *tl)
{
	return machine_nr_cpus(tl->machine);
}

uint32_t timeline_nr_tasks(const struct timeline *tl)
{
	return machine_nr_tasks(tl->machine);
}

const struct lane_data *timeline_lane(const struct timeline *tl, enum lane_family family,
				      uint32_t number)
{
	const struct family *f = &tl->families[family];

	return number < f->nr ? &f->lanes[number] : &empty_lane;
}

const struct lane_data *timeline_cpu(const struct timeline *tl, uint32_t cpu)
{
	return timeline_lane(tl, LANE_CPU, cpu);
}

const struct lane_data *timeline_task(const struct timeline *tl, uint32_t task)
{
	return timeline_lane(tl, LANE_TASK, task);
}

const struct strips *timeline_strips(const struct timeline *tl)
{
	return &tl->strips;
}

const struct gap *timeline_gaps(const struct timeline *tl, size_t *nr)
{
	*nr = tl->nr_gaps;
	return tl->gaps;
}

const struct wake_edge *timeline_wakes(const struct timeline *tl, uint64_t *at_ns, uint64_t end_ns,
				       size_t *nr)
{
	size_t page = pages_at(tl->pages, *at_ns), first, all;
	bool last = page + 1 == pages_nr(tl->pages);

	*nr = 0;
	if (*at_ns >= end_ns)
		return NULL;
	if (!pages_read(tl->pages, page)) {
		*at_ns = end_ns;
		return NULL;
	}
	const struct wake_edge *edges = pages_wakes(tl->pages, page, &all);

	first = search_first(edges, sizeof(*edges), all, *at_ns);
	*nr = search_first(edges, sizeof(*edges), all, end_ns) - first;
	*at_ns = last ? end_ns : pages_begin(tl->pages, page + 1);
	return edges ? edges + first : no_edges;
}

const struct wake_edge *timeline_wakes_seen(const struct timeline *tl, uint64_t *at_ns,
					    uint64_t end_ns, size_t *nr)
{
	size_t page = pages_at(tl->pages, *at_ns);

	*nr = 0;
	if (*at_ns < end_ns && !pages_has(tl->pages, page)) {
		pages_want_page(tl->pages, page);
		return NULL;
	}
	return timeline_wakes(tl, at_ns, end_ns, nr);
}

const struct runq *timeline_runq(const struct timeline *tl, bool all)
{
	return &tl->runq[all];
}

bool timeline_want(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns)
{
	return pages_want(tl->pages, begin_ns, end_ns);
}

void timeline_want_slice(const struct timeline *tl, const struct lane_data *lane, size_t i)
{
	pages_want_page(tl->pages, lane_missing(lane, i));
}

void timeline_want_at(const struct timeline *tl, const struct lane_data *lane, uint64_t ts_ns)
{
	pages_want_page(tl->pages, lane_missing_at(lane, ts_ns));
}

void timeline_pages(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns, size_t *from,
		    size_t *to)
{
	*from = pages_at(tl->pages, begin_ns);
	*to = pages_at(tl->pages, end_ns) + 1;
}

uint64_t timeline_page_end(const struct timeline *tl, size_t page)
{
	return page + 1 < pages_nr(tl->pages) ? pages_begin(tl->pages, page + 1) : UINT64_MAX;
}

int timeline_page(const struct timeline *tl, size_t page, bool read, void *payload,
		  void (*take)(void *payload, uint32_t lane, const struct lane_run *run))
{
	if (!pages_has(tl->pages, page) && !read && pages_can(tl->pages, page)) {
		pages_want_page(tl->pages, page);
		return -EAGAIN;
	}
	if (!pages_read(tl->pages, page))
		return -EIO;
	pages_each(tl->pages, page, payload, take);
	return 0;
}

bool timeline_load(struct timeline *tl, uint64_t budget_ns, size_t *made)
{
	return pages_load(tl->pages, budget_ns, made);
}

void timeline_limit(struct timeline *tl, const struct timeline_limits *limits)
{
	tl->item_bytes = limits->item_bytes;
	pages_limit(tl->pages, &limits->pages);
}

void timeline_bytes(const struct timeline *tl, size_t *items, size_t *pages)
{
	size_t longest;

	*items = 0;
	for (int f = 0; f < LANE_NR_FAMILIES; f++)
		*items += bytes_of(&tl->families[f], &longest);
	*pages = pages_bytes(tl->pages);
}

void timeline_close(struct timeline *tl)
{
	if (!tl)
		return;
	pages_close(tl->pages);
	machine_close(tl->machine);
	source_close(tl->src);
	for (int f = 0; f < LANE_NR_FAMILIES; f++) {
		for (size_t i = 0; i < tl->families[f].nr; i++)
			lane_done(&tl->families[f].lanes[i]);
		free(tl->families[f].lanes);
	}
	strips_done(&tl->strips);
	runq_done(&tl->runq[0]);
	runq_done(&tl->runq[1]);
	free(tl->live);
	free(tl->gaps);
	free(tl);
}
