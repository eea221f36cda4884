/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items: an append-only list in which what is shorter than a cell joins its neighbours of the same
 * cell. Joining adds whole slices, so sums at the edges of items are always exact.
 */
#include "model/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"
#include "model/page.h"
#include "model/strip.h"

/* Items of a lane: several for each pixel a window has. */
#define MAX_ITEMS  8192
#define MAX_JOINED 0xffffff
#define MAX_SHIFT  38 /* an item is shorter than two cells, and its times have 40 bits */

void lane_init(struct lane_data *lane, uint32_t id, struct pages *pages)
{
	*lane = (struct lane_data){.id = id, .pages = pages};
}

void lane_done(struct lane_data *lane)
{
	free(lane->items);
	free(lane->blocks);
	if (lane->totals)
		free(lane->totals->latency);
	free(lane->totals);
}

size_t lane_bytes(const struct lane_data *lane)
{
	return lane->cap_items * sizeof(*lane->items) + lane->cap_blocks * sizeof(*lane->blocks);
}

/* ---- times of an item ---- */

static const uint8_t sum_states[LANE_SUMS] = {STATE_RUNNING, STATE_RUNNABLE, STATE_UNKNOWN};

/* Of a counter running only: the others' room has values. */
static int nr_sums(const struct lane_data *lane)
{
	return lane->is_counter ? 1 : LANE_SUMS;
}

static uint64_t item_number(const struct lane_item *item, int i)
{
	return item->low[i] | (uint64_t)item->high[i] << 32;
}

static void item_put(struct lane_item *item, int i, uint64_t number)
{
	item->low[i] = (uint32_t)number;
	item->high[i] = (uint8_t)(number >> 32);
}

static enum state rest_state(const struct lane_data *lane)
{
	return lane_family(lane->id) == LANE_TASK ? STATE_BLOCKED : STATE_IDLE;
}

/* Of an item that ends at end_ns. */
static void item_sum(const struct lane_data *lane, const struct lane_item *item, uint64_t end_ns,
		     struct state_time *out)
{
	uint64_t rest = end_ns - item->begin_ns;

	if (item->nr == 1) {
		out->ns[item->state] += rest;
		return;
	}
	for (int i = 0; i < nr_sums(lane); i++) {
		uint64_t ns = item_number(item, i);

		out->ns[sum_states[i]] += ns;
		rest -= ns;
	}
	out->ns[rest_state(lane)] += rest;
}

void lane_item_sum(const struct lane_data *lane, size_t item, struct state_time *out)
{
	item_sum(lane, &lane->items[item], lane_item_end(lane, item), out);
}

static void item_store(const struct lane_data *lane, struct lane_item *item,
		       const struct state_time *sum)
{
	for (int i = 0; i < nr_sums(lane); i++)
		item_put(item, i, sum->ns[sum_states[i]]);
}

/* ---- values of a counter's item ---- */

#define VALUE_MIN  1 /* of low and high */
#define VALUE_MAX  2
#define VALUE_DROP 24 /* bits of a double that have no room */

static uint64_t value_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits >> VALUE_DROP;
}

static double value_of(const struct lane_item *item, int i)
{
	uint64_t bits = item_number(item, i) << VALUE_DROP;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void item_set_value(struct lane_item *item, int64_t value)
{
	float last = (float)value;

	item_put(item, VALUE_MIN, value_bits((double)value));
	item_put(item, VALUE_MAX, value_bits((double)value));
	memcpy(&item->key, &last, sizeof(last));
}

bool lane_item_values(const struct lane_data *lane, size_t item, struct lane_values *out)
{
	const struct lane_item *it = &lane->items[item];
	float last;

	if (!lane->is_counter ||
	    (it->nr == 1 ? it->state != STATE_RUNNING : item_number(it, 0) == 0))
		return false;
	memcpy(&last, &it->key, sizeof(last));
	*out = (struct lane_values){value_of(it, VALUE_MIN), value_of(it, VALUE_MAX), (double)last};
	return true;
}

/* Of a and what comes after it, of which either may have none; a becomes that of both. */
static void join_values(struct lane_item *a, bool a_has, const struct lane_item *b, bool b_has)
{
	if (!b_has)
		return;
	if (!a_has || value_of(b, VALUE_MIN) < value_of(a, VALUE_MIN))
		item_put(a, VALUE_MIN, item_number(b, VALUE_MIN));
	if (!a_has || value_of(b, VALUE_MAX) > value_of(a, VALUE_MAX))
		item_put(a, VALUE_MAX, item_number(b, VALUE_MAX));
	a->key = b->key;
}

/* ---- joining ---- */

/* Whether all slices of an item that ends at end_ns may stand in an item with others. */
static bool is_short(const struct lane_item *item, uint64_t end_ns, unsigned int shift)
{
	return item->nr > 1 || (end_ns - item->begin_ns) >> shift == 0;
}

static bool joins(const struct lane_item *a, const struct lane_item *b, uint64_t end_ns,
		  unsigned int shift)
{
	return a->begin_ns >> shift == b->begin_ns >> shift && a->nr + b->nr <= MAX_JOINED &&
	       is_short(a, b->begin_ns, shift) && is_short(b, end_ns, shift);
}

/* Of a joined item: who has most of the time that counts, and which part of it. */
static void join_keys(struct lane_item *a, uint64_t a_ns, const struct lane_item *b, uint64_t b_ns)
{
	uint64_t of_a = a_ns * a->share, of_b = b_ns * b->share, most = of_a;

	if (a_ns + b_ns == 0)
		return;
	if (a_ns && b_ns && a->key == b->key)
		most = of_a + of_b;
	else if (of_b > of_a || a_ns == 0)
		most = of_b;
	if (of_b > of_a || a_ns == 0)
		a->key = b->key;
	a->share = (uint32_t)((most + (a_ns + b_ns) / 2) / (a_ns + b_ns)) & LANE_WHOLE;
}

/* Lets a, which ends where b begins, hold b too. */
static void join(const struct lane_data *lane, struct lane_item *a, const struct lane_item *b,
		 uint64_t end_ns)
{
	enum state counts = lane_counts(lane);
	struct state_time of_a = {0}, of_b = {0};

	item_sum(lane, a, b->begin_ns, &of_a);
	item_sum(lane, b, end_ns, &of_b);
	if (lane->is_counter)
		join_values(a, of_a.ns[counts] > 0, b, of_b.ns[counts] > 0);
	else
		join_keys(a, of_a.ns[counts], b, of_b.ns[counts]);
	for (int i = 0; i < STATE_NR; i++)
		of_a.ns[i] += of_b.ns[i];
	a->nr += b->nr;
	item_store(lane, a, &of_a);
}

/* What is before item nr, the first of a block. */
static void put_block(struct lane_data *lane, size_t nr, uint64_t first,
		      const struct state_time *before)
{
	lane->blocks =
	    mem_grow(lane->blocks, &lane->cap_blocks, nr / LANE_BLOCK + 1, sizeof(*lane->blocks));
	lane->blocks[nr / LANE_BLOCK] = (struct lane_block){first, *before};
}

/* Appends an item that holds the slices from nr on. */
static void push(struct lane_data *lane, const struct lane_item *item)
{
	if (lane->nr_items == lane->cap_items) { /* by a quarter: there are many lanes */
		lane->cap_items += lane->cap_items / 4 + 4;
		lane->items = mem_realloc(lane->items, lane->cap_items * sizeof(*lane->items));
	}
	if (lane->nr_items % LANE_BLOCK == 0)
		put_block(lane, lane->nr_items, lane->nr, &lane->total);
	lane->items[lane->nr_items++] = *item;
}

static struct lane_item item_of(const struct lane_data *lane, const struct slice *slice)
{
	struct lane_item item = {
	    .begin_ns = slice->begin_ns,
	    .state = slice->state,
	    .inferred = slice->inferred,
	    .nr = 1,
	    .share = LANE_WHOLE,
	    .key = slice_key(lane, slice),
	};

	if (lane->is_counter && slice->state == STATE_RUNNING)
		item_set_value(&item, (int64_t)slice->object);
	return item;
}

static void rebuild_blocks(struct lane_data *lane)
{
	struct state_time before = {0};
	uint64_t first = 0;

	for (size_t i = 0; i < lane->nr_items; i++) {
		if (i % LANE_BLOCK == 0)
			put_block(lane, i, first, &before);
		first += lane->items[i].nr;
		lane_item_sum(lane, i, &before);
	}
}

static void join_all(struct lane_data *lane)
{
	size_t kept = 0;

	for (size_t i = 1; i < lane->nr_items; i++) {
		uint64_t end_ns = lane_item_end(lane, i);
		struct lane_item next = lane->items[i];

		if (joins(&lane->items[kept], &next, end_ns, lane->shift))
			join(lane, &lane->items[kept], &next, end_ns);
		else
			lane->items[++kept] = next;
	}
	lane->nr_items = kept + 1;
}

static void coarsen(struct lane_data *lane)
{
	size_t want = lane->nr_items / 2;

	if (lane->nr_items < 2)
		return;
	if (lane->shift == 0) { /* to where it begins to help */
		uint64_t mean_ns = (lane->end_ns - lane_begin(lane)) / lane->nr_items;

		while (lane->shift < MAX_SHIFT && mean_ns >> lane->shift > 1)
			lane->shift++;
	}
	while (lane->nr_items > want && lane->shift < MAX_SHIFT) {
		lane->shift++;
		join_all(lane);
	}
	rebuild_blocks(lane);
	lane->cap_items = lane->nr_items + lane->nr_items / 8 + 2;
	lane->items = mem_realloc(lane->items, lane->cap_items * sizeof(*lane->items));
	lane->cap_blocks = lane->nr_items / LANE_BLOCK + 1;
	lane->blocks = mem_realloc(lane->blocks, lane->cap_blocks * sizeof(*lane->blocks));
}

/* ---- totals of a task ---- */

unsigned int lane_latency_bucket(uint64_t ns)
{
	/* floor(4 log2 ns): 2^(1/4), 2^(1/2), 2^(3/4), times 2^63 and rounded up */
	static const uint64_t quarters[] = {0x9837f0518db8a970, 0xb504f333f9de6485,
					    0xd744fccad69d6af5};
	int zeros = ns ? __builtin_clzll(ns) : 63;
	unsigned int i = 4 * (unsigned int)(63 - zeros);

	for (int k = 0; k < 3; k++)
		i += ns << zeros >= quarters[k];
	return i < LANE_LATENCIES ? i : LANE_LATENCIES - 1;
}

static void count_latency(struct lane_totals *t, uint64_t ns)
{
	unsigned int bucket = lane_latency_bucket(ns);
	unsigned int first = t->nr_buckets && t->first_bucket < bucket ? t->first_bucket : bucket;
	unsigned int end = t->first_bucket + t->nr_buckets;

	end = t->nr_buckets && end > bucket ? end : bucket + 1;
	if (end - first > t->nr_buckets) {
		uint32_t *wider = mem_zalloc(end - first, sizeof(*wider));

		if (t->nr_buckets)
			memcpy(wider + (t->first_bucket - first), t->latency,
			       t->nr_buckets * sizeof(*wider));
		free(t->latency);
		t->latency = wider;
		t->first_bucket = first;
		t->nr_buckets = end - first;
	}
	t->latency[bucket - first]++;
	t->nr_latency++;
	t->max_latency_ns = ns > t->max_latency_ns ? ns : t->max_latency_ns;
}

uint32_t lane_latency(const struct lane_data *lane, unsigned int bucket)
{
	const struct lane_totals *t = lane->totals;

	return t && bucket >= t->first_bucket && bucket - t->first_bucket < t->nr_buckets
		   ? t->latency[bucket - t->first_bucket]
		   : 0;
}

static void count_totals(struct lane_data *lane, const struct slice *slice, uint64_t ns)
{
	struct lane_totals *t = lane->totals;

	if (!t)
		t = lane->totals = mem_zalloc(1, sizeof(*t));
	if (t->last_runnable_ns)
		count_latency(t, t->last_runnable_ns);
	t->last_runnable_ns = slice->state == STATE_RUNNABLE ? ns : 0;
	if (slice->state == STATE_BLOCKED)
		t->blocked_ns[slice->why < REASON_NR ? slice->why : REASON_UNKNOWN] += ns;
}

/* ---- growing ---- */

void lane_append(struct lane_data *lane, const struct slice *slice, uint64_t end_ns)
{
	/* It begins with a value. */
	if (lane_family(lane->id) == LANE_STRIP && slice->why == STRIP_VALUE)
		lane->is_counter = true;
	struct lane_item item = item_of(lane, slice);
	struct lane_item *last = lane->nr_items ? &lane->items[lane->nr_items - 1] : NULL;

	if (last && joins(last, &item, end_ns, lane->shift))
		join(lane, last, &item, end_ns);
	else
		push(lane, &item);
	lane->nr++;
	lane->total.ns[slice->state] += end_ns - slice->begin_ns;
	lane->closed_end_ns = lane->end_ns = end_ns;
	if (lane_family(lane->id) == LANE_TASK)
		count_totals(lane, slice, end_ns - slice->begin_ns);
	if (lane->nr_items > MAX_ITEMS)
		lane_coarsen(lane);
}

void lane_show(struct lane_data *lane, const struct slice *slice, uint64_t end_ns)
{
	struct lane_item item = item_of(lane, slice);

	push(lane, &item);
	lane->nr++;
	lane->end_ns = end_ns;
	lane->open[lane->nr_open++] = *slice;
}

void lane_drop(struct lane_data *lane)
{
	lane->nr -= lane->nr_open;
	lane->nr_items -= lane->nr_open;
	if (lane->nr_open)
		lane->end_ns = lane->closed_end_ns;
	lane->nr_open = 0;
}

void lane_coarsen(struct lane_data *lane)
{
	unsigned int nr_open = lane->nr_open;
	uint64_t end_ns = lane->end_ns;

	lane_drop(lane);
	coarsen(lane);
	for (unsigned int i = 0; i < nr_open; i++)
		lane_show(lane, &lane->open[i], end_ns);
}

/* ---- asking ---- */

size_t lane_item_first(const struct lane_data *lane, size_t item)
{
	size_t first = lane->blocks[item / LANE_BLOCK].first;

	for (size_t i = item / LANE_BLOCK * LANE_BLOCK; i < item; i++)
		first += lane->items[i].nr;
	return first;
}

size_t lane_item_at(const struct lane_data *lane, uint64_t ts_ns)
{
	return search_last(lane->items, sizeof(*lane->items), 0, lane->nr_items, ts_ns);
}

/* The item that holds slice i < nr. */
static size_t item_of_slice(const struct lane_data *lane, size_t i)
{
	size_t nr_blocks = (lane->nr_items + LANE_BLOCK - 1) / LANE_BLOCK;
	size_t low = search_last(lane->blocks, sizeof(*lane->blocks), 0, nr_blocks, i);
	size_t first = lane->blocks[low].first;

	for (low *= LANE_BLOCK; first + lane->items[low].nr <= i; low++)
		first += lane->items[low].nr;
	return low;
}

void lane_item_slice(const struct lane_data *lane, size_t item, struct slice *out)
{
	const struct lane_item *it = &lane->items[item];
	enum lane_family family = lane_family(lane->id);
	bool runs = it->state == STATE_RUNNING, of_task = family == LANE_TASK;

	*out = (struct slice){
	    .begin_ns = it->begin_ns,
	    .other = of_task || lane->is_counter ? TASK_NONE : it->key,
	    .nr = RECORD_NO_SYSCALL,
	    .cpu = (uint16_t)(family == LANE_CPU ? lane_number(lane->id)
			      : of_task && runs  ? it->key
						 : 0),
	    .state = it->state,
	    .why = (uint8_t)(!of_task || runs ? 0 : it->key),
	    .inferred = it->inferred,
	    /* of the others there is no more to know */
	    .partial = of_task || (family == LANE_STRIP && runs),
	};
}

/*
 * Finds slice i of this item in a page, not before page from. Else *missing is the first page that
 * may hold it and is not in memory: those before it do not.
 */
static bool find_slice(const struct lane_data *lane, size_t item, size_t i, size_t from,
		       struct lane_run *run, size_t *missing)
{
	uint64_t end_ns = lane_item_end(lane, item);

	*missing = SIZE_MAX;
	if (!lane->pages)
		return false;
	/* A slice is in the page in which it ended, or if its end became known late, after it. */
	size_t page =
	    pages_at(lane->pages, lane->items[item].nr == 1 ? end_ns : lane->items[item].begin_ns);

	for (page = page > from ? page : from; page < pages_nr(lane->pages); page++) {
		if (pages_has(lane->pages, page)) {
			if (!pages_run(lane->pages, page, lane->id, run))
				continue;
			if (i < run->first)
				return false;
			*missing = SIZE_MAX;
			if (i - run->first < run->nr)
				return true;
		} else if (*missing == SIZE_MAX) {
			*missing = page;
		}
		if (*missing != SIZE_MAX && pages_begin(lane->pages, page) > end_ns)
			return false;
	}
	return false;
}

/* Whole, partial or not at all; what is missing. */
static bool get_slice(const struct lane_data *lane, size_t i, size_t from, struct slice *out,
		      size_t *missing)
{
	struct lane_run run;

	*missing = SIZE_MAX;
	if (i >= lane->nr)
		return false;
	if (i < lane->nr && i >= lane->nr - lane->nr_open) {
		*out = lane->open[i - (lane->nr - lane->nr_open)];
		return true;
	}
	size_t item = item_of_slice(lane, i);

	if (find_slice(lane, item, i, from, &run, missing)) {
		*out = run.slices[i - run.first];
		return true;
	}
	if (lane->items[item].nr != 1)
		return false;
	lane_item_slice(lane, item, out);
	return true;
}

bool lane_slice(const struct lane_data *lane, size_t i, struct slice *out)
{
	size_t missing;

	return get_slice(lane, i, 0, out, &missing);
}

size_t lane_missing(const struct lane_data *lane, size_t i)
{
	struct slice slice;
	size_t missing;
	bool got = get_slice(lane, i, 0, &slice, &missing);

	return got && !slice.partial ? SIZE_MAX : missing;
}

bool lane_read(const struct lane_data *lane, size_t i, struct slice *out)
{
	size_t from = 0, missing;

	for (;; from = missing) {
		bool got = get_slice(lane, i, from, out, &missing);

		if ((got && !out->partial) || missing == SIZE_MAX ||
		    !pages_read(lane->pages, missing))
			return got;
	}
}

uint64_t lane_slice_begin(const struct lane_data *lane, size_t i)
{
	struct lane_run run;
	size_t missing;

	if (i >= lane->nr)
		return lane->end_ns;
	size_t item = item_of_slice(lane, i);

	if (lane->items[item].nr == 1 || lane_item_first(lane, item) == i ||
	    !find_slice(lane, item, i, 0, &run, &missing))
		return lane->items[item].begin_ns;
	return run.slices[i - run.first].begin_ns;
}

uint64_t lane_slice_end(const struct lane_data *lane, size_t i)
{
	struct lane_run run;
	size_t missing;

	if (i >= lane->nr)
		return lane->end_ns;
	size_t item = item_of_slice(lane, i);
	size_t last = lane_item_first(lane, item) + lane->items[item].nr - 1;

	if (i == last || !find_slice(lane, item, i, 0, &run, &missing))
		return lane_item_end(lane, item);
	return run_slice_end(&run, i - run.first);
}

/* The run that holds ts_ns, which lies in this item, and its slice there. */
static bool run_at(const struct lane_data *lane, size_t item, uint64_t ts_ns, size_t from,
		   struct lane_run *run, size_t *idx, size_t *missing)
{
	uint64_t end_ns = lane_item_end(lane, item);

	*missing = SIZE_MAX;
	if (!lane->pages)
		return false;
	size_t page = pages_at(lane->pages, ts_ns);

	for (page = page > from ? page : from;
	     page < pages_nr(lane->pages) && pages_begin(lane->pages, page) <= end_ns; page++) {
		*missing = page;
		if (!pages_has(lane->pages, page))
			return false;
		if (!pages_run(lane->pages, page, lane->id, run) || ts_ns >= run->end_ns)
			continue;
		*missing = SIZE_MAX;
		if (ts_ns < run->slices[0].begin_ns)
			return false;
		*idx = run_find(run, 0, ts_ns);
		return true;
	}
	*missing = SIZE_MAX;
	return false;
}

size_t lane_missing_at(const struct lane_data *lane, uint64_t ts_ns)
{
	struct lane_run run;
	size_t idx, missing;

	if (lane->nr == 0 || ts_ns >= lane->end_ns)
		return SIZE_MAX;
	size_t item = lane_item_at(lane, ts_ns);

	if (lane->items[item].nr == 1)
		return lane_missing(lane, lane_item_first(lane, item));
	return run_at(lane, item, ts_ns, 0, &run, &idx, &missing) ? SIZE_MAX : missing;
}

bool lane_run_at(const struct lane_data *lane, size_t item, uint64_t ts_ns, struct lane_run *run,
		 size_t *idx)
{
	size_t missing;

	return run_at(lane, item, ts_ns, 0, run, idx, &missing);
}

size_t lane_find(const struct lane_data *lane, uint64_t ts_ns)
{
	struct lane_run run;
	size_t idx, from = 0, missing;

	if (lane->nr == 0 || ts_ns >= lane->end_ns)
		return lane->nr;
	size_t item = lane_item_at(lane, ts_ns);

	if (lane->items[item].nr == 1)
		return lane_item_first(lane, item);
	for (;; from = missing) {
		if (run_at(lane, item, ts_ns, from, &run, &idx, &missing))
			return run.first + idx;
		if (missing == SIZE_MAX || !pages_read(lane->pages, missing))
			break;
	}
	return lane_item_first(lane, item);
}

bool lane_look(const struct lane_data *lane, uint64_t ts_ns, size_t *i, struct slice *out)
{
	struct lane_run run;
	size_t idx;

	*i = lane->nr;
	if (lane->nr == 0 || ts_ns >= lane->end_ns)
		return false;
	size_t item = lane_item_at(lane, ts_ns);

	*i = lane_item_first(lane, item);
	if (lane->items[item].nr == 1)
		return lane_slice(lane, *i, out);
	if (!lane_run_at(lane, item, ts_ns, &run, &idx))
		return false;
	*i = run.first + idx;
	*out = run.slices[idx];
	return true;
}

/* ---- sums ---- */

static void before_item(const struct lane_data *lane, size_t item, struct state_time *out)
{
	*out = lane->blocks[item / LANE_BLOCK].before;
	for (size_t i = item / LANE_BLOCK * LANE_BLOCK; i < item; i++)
		lane_item_sum(lane, i, out);
}

/* Adds the time from the item's begin to ts_ns; false: from slices that are not in memory. */
static bool within_exact(const struct lane_data *lane, size_t item, uint64_t ts_ns,
			 struct state_time *out)
{
	uint64_t begin_ns = lane->items[item].begin_ns, end_ns = lane_item_end(lane, item);
	struct state_time after = {0}, all = {0};
	struct lane_run run;
	size_t idx;

	if (ts_ns == begin_ns)
		return true;
	if (ts_ns == end_ns || lane->items[item].nr == 1) {
		if (lane->items[item].nr == 1)
			out->ns[lane->items[item].state] += ts_ns - begin_ns;
		else
			lane_item_sum(lane, item, out);
		return true;
	}
	if (!lane_run_at(lane, item, ts_ns, &run, &idx))
		return false;
	if (run.slices[0].begin_ns <= begin_ns) {
		run_sum(&run, begin_ns, ts_ns, out);
		return true;
	}
	if (run.end_ns < end_ns)
		return false;
	run_sum(&run, ts_ns, end_ns, &after);
	lane_item_sum(lane, item, &all);
	for (int i = 0; i < STATE_NR; i++)
		out->ns[i] += all.ns[i] - after.ns[i];
	return true;
}

/* The same by the part of the item that is before ts_ns. */
static void within_part(const struct lane_data *lane, size_t item, uint64_t ts_ns,
			struct state_time *out)
{
	uint64_t begin_ns = lane->items[item].begin_ns, end_ns = lane_item_end(lane, item);
	struct state_time all = {0};
	uint64_t rest = ts_ns - begin_ns;

	lane_item_sum(lane, item, &all);
	for (int i = 0; i < nr_sums(lane); i++) {
		uint64_t ns = (uint64_t)((unsigned __int128)all.ns[sum_states[i]] *
					 (ts_ns - begin_ns) / (end_ns - begin_ns));

		out->ns[sum_states[i]] += ns;
		rest -= ns;
	}
	out->ns[rest_state(lane)] += rest;
}

bool lane_sum(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
	      struct state_time *out)
{
	struct state_time to_begin, to_end;

	if (lane->nr == 0)
		return true;
	begin_ns = begin_ns > lane_begin(lane) ? begin_ns : lane_begin(lane);
	end_ns = end_ns < lane->end_ns ? end_ns : lane->end_ns;
	if (begin_ns >= end_ns)
		return true;
	size_t first = lane_item_at(lane, begin_ns), last = lane_item_at(lane, end_ns);

	before_item(lane, first, &to_begin);
	before_item(lane, last, &to_end);
	struct state_time a = to_begin, b = to_end;
	bool exact_a = within_exact(lane, first, begin_ns, &a);
	bool exact_b = within_exact(lane, last, end_ns, &b);

	/* Both edges of what lies in one item by one measure. */
	if (!exact_a || (first == last && !exact_b))
		within_part(lane, first, begin_ns, &to_begin);
	else
		to_begin = a;
	if (!exact_b || (first == last && !exact_a))
		within_part(lane, last, end_ns, &to_end);
	else
		to_end = b;
	for (int i = 0; i < STATE_NR; i++)
		if (to_end.ns[i] > to_begin.ns[i]) /* parts are rounded */
			out->ns[i] += to_end.ns[i] - to_begin.ns[i];
	return exact_a && exact_b;
}
