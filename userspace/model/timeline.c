/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lanes of slices from the state machine's intervals. Each lane is an append-only array; the
 * interval that is still open stands as its last slice and is replaced when more is known. Totals
 * per block make a sum over any range cost two block edges. Decides nothing about states.
 */
#include "model/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

#define NS_PER_S                1000000000ULL
#define RECORDS_PER_CLOCK_CHECK 256

struct lane {
	struct lane_data data;
	struct state_time total; /* of the closed slices */
	uint64_t closed_end_ns;
	bool open; /* the last slice is not closed */
};

struct timeline {
	struct source *src;
	struct machine *machine;
	struct lane *cpus;
	struct lane *tasks;
	size_t nr_cpus, cap_cpus;
	size_t nr_tasks, cap_tasks;
	uint32_t *live; /* tasks that may have an open interval, ascending */
	size_t nr_live, cap_live;
	uint32_t nr_seen; /* tasks [0, nr_seen) were put in live once */
	struct gap *gaps;
	size_t nr_gaps, cap_gaps;
	struct wake_edge *wakes;
	size_t nr_wakes, cap_wakes;
	uint64_t begin_ns;
	bool started; /* begin_ns is known */
	bool complete;
	int result; /* of the pump once complete */
	struct err err;
};

static const struct lane_data empty_lane;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static struct lane *lane_at(struct lane **lanes, size_t *nr, size_t *cap, uint32_t idx)
{
	if (idx >= *nr) {
		*lanes = mem_grow(*lanes, cap, (size_t)idx + 1, sizeof(**lanes));
		while (*nr <= idx)
			(*lanes)[(*nr)++] = (struct lane){0};
	}
	return &(*lanes)[idx];
}

/* Adds a slice after the closed ones; the first of a block stores the totals before it, once. */
static void lane_put(struct lane *lane, const struct slice *slice)
{
	struct lane_data *data = &lane->data;

	if (data->nr_sums * LANE_BLOCK <= data->nr) {
		data->sums =
		    mem_grow(data->sums, &data->cap_sums, data->nr_sums + 1, sizeof(*data->sums));
		data->sums[data->nr_sums++] = lane->total;
	}
	data->slices = mem_grow(data->slices, &data->cap, data->nr + 1, sizeof(*data->slices));
	data->slices[data->nr++] = *slice;
}

static void lane_drop_open(struct lane *lane)
{
	if (!lane->open)
		return;
	lane->open = false;
	lane->data.nr--;
	lane->data.end_ns = lane->closed_end_ns;
}

static void lane_close_slice(struct lane *lane, const struct slice *slice, uint64_t end_ns)
{
	lane_put(lane, slice);
	lane->total.ns[slice->state] += end_ns - slice->begin_ns;
	lane->closed_end_ns = end_ns;
	lane->data.end_ns = end_ns;
}

/* The machine leaves no holes; should one come all the same, it is shown as unknown, not papered
 * over. */
static void lane_fill_hole(struct lane *lane, uint64_t until_ns)
{
	struct slice hole = {
	    .begin_ns = lane->closed_end_ns,
	    .other = TASK_NONE,
	    .nr = RECORD_NO_SYSCALL,
	    .state = STATE_UNKNOWN,
	    .inferred = 1,
	};

	if (lane->data.nr > 0 && lane->closed_end_ns < until_ns)
		lane_close_slice(lane, &hole, until_ns);
}

static struct slice slice_of(const struct interval *iv, uint32_t other)
{
	return (struct slice){
	    .begin_ns = iv->begin_ns,
	    .object = iv->object,
	    .other = other,
	    .owner = iv->owner,
	    .nr = (int16_t)(iv->nr == (int16_t)iv->nr ? iv->nr : RECORD_NO_SYSCALL),
	    .cpu = (uint16_t)iv->cpu,
	    .state = iv->state,
	    .why = iv->why,
	    .object_kind = iv->object_kind,
	    .inferred = iv->inferred,
	};
}

static void lane_close(struct lane *lane, const struct interval *iv, uint32_t other)
{
	struct slice slice = slice_of(iv, other);

	lane_drop_open(lane);
	if (iv->end_ns <= iv->begin_ns)
		return;
	lane_fill_hole(lane, iv->begin_ns);
	lane_close_slice(lane, &slice, iv->end_ns);
}

/* Shows iv as the last slice until it is closed or shown anew. */
static void lane_show(struct lane *lane, const struct interval *iv, uint32_t other)
{
	struct slice slice = slice_of(iv, other);

	lane_drop_open(lane);
	if (iv->end_ns <= iv->begin_ns)
		return;
	lane_fill_hole(lane, iv->begin_ns);
	lane_put(lane, &slice);
	lane->data.end_ns = iv->end_ns;
	lane->open = true;
}

static void on_task_interval(void *payload, const struct interval *iv)
{
	struct timeline *tl = payload;

	lane_close(lane_at(&tl->tasks, &tl->nr_tasks, &tl->cap_tasks, iv->task), iv, iv->waker);
}

static void on_cpu_interval(void *payload, const struct interval *iv)
{
	struct timeline *tl = payload;

	lane_close(lane_at(&tl->cpus, &tl->nr_cpus, &tl->cap_cpus, iv->cpu), iv, iv->task);
}

static void on_wake(void *payload, const struct wake_edge *edge)
{
	struct timeline *tl = payload;

	tl->wakes = mem_grow(tl->wakes, &tl->cap_wakes, tl->nr_wakes + 1, sizeof(*tl->wakes));
	tl->wakes[tl->nr_wakes++] = *edge;
}

/* Gaps become known at their end, so those of two cores may come in the wrong order. */
static void on_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct timeline *tl = payload;
	size_t i = tl->nr_gaps;

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
	};

	tl->src = src;
	tl->machine = machine_open(&src->info, &sink);
	tl->begin_ns = src->info.begin_ns;
	tl->started = tl->begin_ns != 0;
	return tl;
}

static void show_open_tasks(struct timeline *tl)
{
	uint32_t nr = machine_nr_tasks(tl->machine);
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

		if (!is_open && machine_task(tl->machine, task)->exited)
			continue;
		tl->live[kept++] = task;
		if (is_open)
			lane_show(lane_at(&tl->tasks, &tl->nr_tasks, &tl->cap_tasks, task), &iv,
				  iv.waker);
	}
	tl->nr_live = kept;
}

static void show_open_cpus(struct timeline *tl)
{
	uint32_t cpu, nr = machine_nr_cpus(tl->machine);
	struct interval iv;

	for (cpu = 0; cpu < nr; cpu++)
		if (machine_cpu_now(tl->machine, cpu, &iv))
			lane_show(lane_at(&tl->cpus, &tl->nr_cpus, &tl->cap_cpus, cpu), &iv,
				  iv.task);
}

/* The source's end or failure: what was read stays, every open interval is closed. */
static int finish(struct timeline *tl, int result, const struct err *err)
{
	uint64_t end_ns = tl->src->info.end_ns;

	machine_finish(tl->machine, end_ns > machine_now_ns(tl->machine) ? end_ns : 0);
	free(tl->live);
	tl->live = NULL;
	tl->nr_live = 0;
	tl->cap_live = 0;
	tl->complete = true;
	tl->result = result;
	if (result < 0 && err)
		tl->err = *err;
	return result;
}

int timeline_pump(struct timeline *tl, uint64_t budget_ns, struct err *err)
{
	uint64_t deadline_ns = now_ns() + budget_ns;
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
			tl->started = true;
		}
		machine_feed(tl->machine, rec);
		if (++nr % RECORDS_PER_CLOCK_CHECK == 0 && now_ns() >= deadline_ns)
			break;
	}
	if (r <= 0 && r != -EAGAIN)
		return finish(tl, r, err);
	show_open_tasks(tl);
	show_open_cpus(tl);
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

const struct lane_data *timeline_cpu(const struct timeline *tl, uint32_t cpu)
{
	return cpu < tl->nr_cpus ? &tl->cpus[cpu].data : &empty_lane;
}

const struct lane_data *timeline_task(const struct timeline *tl, uint32_t task)
{
	return task < tl->nr_tasks ? &tl->tasks[task].data : &empty_lane;
}

const struct gap *timeline_gaps(const struct timeline *tl, size_t *nr)
{
	*nr = tl->nr_gaps;
	return tl->gaps;
}

const struct wake_edge *timeline_wakes(const struct timeline *tl, size_t *nr)
{
	*nr = tl->nr_wakes;
	return tl->wakes;
}

/* First slice of [low, high) that begins after ts_ns, or high. */
static size_t first_after(const struct lane_data *lane, size_t low, size_t high, uint64_t ts_ns)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lane->slices[middle].begin_ns <= ts_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t lane_find(const struct lane_data *lane, uint64_t ts_ns)
{
	size_t after;

	if (lane->nr == 0 || ts_ns >= lane->end_ns)
		return lane->nr;
	after = first_after(lane, 0, lane->nr, ts_ns);
	return after ? after - 1 : 0;
}

uint64_t lane_slice_end(const struct lane_data *lane, size_t i)
{
	return i + 1 < lane->nr ? lane->slices[i + 1].begin_ns : lane->end_ns;
}

/* As first_after, from slice low which begins at or before ts_ns: the step doubles from there. */
static size_t gallop(const struct lane_data *lane, size_t low, uint64_t ts_ns)
{
	size_t step = 1, high;

	while (low + step < lane->nr && lane->slices[low + step].begin_ns <= ts_ns) {
		low += step;
		step *= 2;
	}
	high = low + step < lane->nr ? low + step : lane->nr;
	return first_after(lane, low + 1, high, ts_ns);
}

/* Adds (or takes away) whole slices [first, last). */
static void add_slices(const struct lane_data *lane, size_t first, size_t last, bool minus,
		       struct state_time *out)
{
	uint64_t begin_ns = first < last ? lane->slices[first].begin_ns : 0;
	size_t i;

	for (i = first; i < last; i++) {
		uint64_t end_ns = lane_slice_end(lane, i), dur_ns = end_ns - begin_ns;

		out->ns[lane->slices[i].state] += minus ? -dur_ns : dur_ns;
		begin_ns = end_ns;
	}
}

/* Time per state in whole slices [0, idx), idx < nr, from the nearer edge of a block. */
static void sum_before(const struct lane_data *lane, size_t idx, struct state_time *out)
{
	size_t block = idx / LANE_BLOCK;
	size_t next = block + 1;

	if (idx % LANE_BLOCK > LANE_BLOCK / 2 && next * LANE_BLOCK < lane->nr) {
		*out = lane->sums[next];
		add_slices(lane, idx, next * LANE_BLOCK, true, out);
	} else {
		*out = lane->sums[block];
		add_slices(lane, block * LANE_BLOCK, idx, false, out);
	}
}

/* Moves the cursor to ts_ns, which lies in [begin of the lane, its end]. */
static void cursor_move(struct lane_cursor *cursor, const struct lane_data *lane, uint64_t ts_ns)
{
	size_t idx;

	if (cursor->valid && cursor->ts_ns == ts_ns)
		return;
	if (cursor->valid && cursor->ts_ns < ts_ns)
		idx = gallop(lane, cursor->idx, ts_ns) - 1;
	else
		idx = first_after(lane, 0, lane->nr, ts_ns) - 1;
	if (cursor->valid && cursor->ts_ns < ts_ns && idx - cursor->idx < LANE_BLOCK / 4) {
		const struct slice *slice = &lane->slices[cursor->idx];

		cursor->upto.ns[slice->state] -= cursor->ts_ns - slice->begin_ns;
		add_slices(lane, cursor->idx, idx, false, &cursor->upto);
	} else {
		sum_before(lane, idx, &cursor->upto);
	}
	cursor->upto.ns[lane->slices[idx].state] += ts_ns - lane->slices[idx].begin_ns;
	cursor->idx = idx;
	cursor->ts_ns = ts_ns;
	cursor->valid = true;
}

void lane_sum_next(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
		   struct lane_cursor *cursor, struct state_time *out)
{
	struct state_time before;
	int state;

	if (lane->nr == 0)
		return;
	if (begin_ns < lane->slices[0].begin_ns)
		begin_ns = lane->slices[0].begin_ns;
	if (end_ns > lane->end_ns)
		end_ns = lane->end_ns;
	if (begin_ns >= end_ns)
		return;
	cursor_move(cursor, lane, begin_ns);
	before = cursor->upto;
	cursor_move(cursor, lane, end_ns);
	for (state = 0; state < STATE_NR; state++)
		out->ns[state] += cursor->upto.ns[state] - before.ns[state];
}

void lane_sum(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
	      struct state_time *out)
{
	struct lane_cursor cursor = {0};

	lane_sum_next(lane, begin_ns, end_ns, &cursor, out);
}

static void lanes_free(struct lane *lanes, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		free(lanes[i].data.slices);
		free(lanes[i].data.sums);
	}
	free(lanes);
}

void timeline_close(struct timeline *tl)
{
	if (!tl)
		return;
	machine_close(tl->machine);
	source_close(tl->src);
	lanes_free(tl->cpus, tl->nr_cpus);
	lanes_free(tl->tasks, tl->nr_tasks);
	free(tl->live);
	free(tl->gaps);
	free(tl->wakes);
	free(tl);
}
