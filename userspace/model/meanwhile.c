/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/meanwhile.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/cause.h"

#define MAX_PARTS  256
#define MAX_SLICES 256 /* of one lane that are looked at one by one */
#define MAX_HOLES  8   /* of a wait in which an heir is looked for */
#define MAX_EDGES  8   /* of one moment */
#define MIN_HOLE   50  /* shorter than this part of a wait: not looked into */

/* Slice i, whole; asks for it if it is not in memory. */
static bool get(const struct timeline *tl, const struct lane_data *lane, size_t i, bool read,
		struct slice *out)
{
	if (read ? lane_read(lane, i, out) : lane_slice(lane, i, out) && !out->partial)
		return !out->partial;
	if (i < lane->nr)
		timeline_want_slice(tl, lane, i);
	return false;
}

/* Which slice holds ts_ns, or the first after it. False: not known yet, and asked for. */
static bool find(const struct timeline *tl, const struct lane_data *lane, uint64_t ts_ns, bool read,
		 size_t *i)
{
	struct slice slice;

	*i = lane->nr;
	if (lane->nr == 0 || ts_ns >= lane->end_ns)
		return true;
	if (ts_ns < lane_begin(lane))
		ts_ns = lane_begin(lane);
	if (read) {
		*i = lane_find(lane, ts_ns);
		return true;
	}
	if (lane_look(lane, ts_ns, i, &slice))
		return true;
	timeline_want_at(tl, lane, ts_ns);
	return false;
}

struct interval lane_interval(const struct lane_data *lane, size_t i, const struct slice *slice)
{
	struct interval iv = slice_interval(slice);

	iv.end_ns = lane_slice_end(lane, i);
	iv.task = lane_number(lane->id);
	if (lane_family(lane->id) == LANE_TASK)
		return iv;
	iv.waker = TASK_NONE;
	if (lane_family(lane->id) == LANE_STRIP)
		iv.task = TASK_NONE;
	else if (lane_family(lane->id) != LANE_CROWD)
		iv.task = slice->other;
	if (lane_family(lane->id) == LANE_CPU)
		iv.cpu = lane_number(lane->id);
	return iv;
}

bool meanwhile_at(const struct timeline *tl, const struct lane_data *lane, uint64_t ts_ns,
		  bool read, struct interval *out)
{
	struct slice slice;
	size_t i;

	if (!find(tl, lane, ts_ns, read, &i) || i >= lane->nr || !get(tl, lane, i, read, &slice))
		return false;
	*out = lane_interval(lane, i, &slice);
	return true;
}

static void cut(struct interval *iv, uint64_t begin_ns, uint64_t end_ns)
{
	if (iv->begin_ns < begin_ns)
		iv->begin_ns = begin_ns;
	if (iv->end_ns > end_ns)
		iv->end_ns = end_ns;
}

/* The steps from slice i on; false: some are not in memory. */
static bool did_steps(const struct timeline *tl, const struct lane_data *lane, size_t i,
		      uint64_t begin_ns, uint64_t end_ns, bool read, struct did *out)
{
	size_t nr = 0, last = i + MAX_SLICES;
	bool is_core = lane_family(lane->id) == LANE_CPU;
	uint64_t longest_ns = 0;
	struct slice slice;

	for (; i < lane->nr && lane_slice_begin(lane, i) < end_ns; i++) {
		if (i == last)
			return true; /* there are sums */
		if (!get(tl, lane, i, read, &slice))
			return false;
		struct interval iv = lane_interval(lane, i, &slice);

		cut(&iv, begin_ns, end_ns);
		if (nr < DID_STEPS)
			out->steps[nr] = iv;
		nr++;
		if ((iv.state == STATE_RUNNING) == is_core &&
		    iv.end_ns - iv.begin_ns > longest_ns) {
			out->longest = iv;
			longest_ns = iv.end_ns - iv.begin_ns;
		}
	}
	out->nr_steps = nr <= DID_STEPS ? nr : 0;
	return true;
}

bool did_between(const struct timeline *tl, const struct lane_data *lane, uint64_t begin_ns,
		 uint64_t end_ns, bool read, struct did *out)
{
	size_t first, last;

	*out = (struct did){0};
	if (lane->nr == 0 || begin_ns >= lane->end_ns || end_ns <= lane_begin(lane))
		return true;
	begin_ns = begin_ns > lane_begin(lane) ? begin_ns : lane_begin(lane);
	end_ns = end_ns < lane->end_ns ? end_ns : lane->end_ns;
	bool known = find(tl, lane, begin_ns, read, &first);

	known = find(tl, lane, end_ns - 1, read, &last) && known;
	lane_sum(lane, begin_ns, end_ns, &out->sum);
	if (!known || last - first >= MAX_SLICES)
		return known;
	return did_steps(tl, lane, first, begin_ns, end_ns, read, out);
}

/* ---- locks ---- */

/* The object that a wait is for. */
static uint32_t sync_of(const struct machine *m, const struct interval *iv)
{
	if (iv->sync != SYNC_NONE)
		return machine_sync_id(m, iv->sync);
	if (!interval_has_futex(iv) || iv->task >= machine_nr_tasks(m))
		return SYNC_NONE;
	return machine_find_sync(m, machine_task(m, iv->task)->tgid, iv->object, iv->begin_ns);
}

static void add_part(struct meanwhile *w, uint64_t begin_ns, uint64_t end_ns, uint32_t task,
		     uint64_t measured_ns)
{
	struct wait_part *last = w->nr ? &w->parts[w->nr - 1] : NULL;

	if (begin_ns >= end_ns)
		return;
	if (last && last->task == task && last->end_ns == begin_ns) {
		last->end_ns = end_ns;
		last->measured_ns += measured_ns;
		return;
	}
	w->parts = mem_grow(w->parts, &w->cap, w->nr + 1, sizeof(*w->parts));
	w->parts[w->nr++] = (struct wait_part){.begin_ns = begin_ns,
					       .end_ns = end_ns,
					       .task = task,
					       .measured_ns = measured_ns,
					       .heir = TASK_NONE,
					       .giver = TASK_NONE};
}

/* What a lane of the lock tells of [begin, end). */
static void add_holds(struct meanwhile *w, const struct timeline *tl, const struct lane_data *lane,
		      const struct interval *iv, bool read)
{
	struct slice slice;
	size_t i;

	if (lane->nr == 0 || iv->end_ns <= lane_begin(lane))
		return;
	if (!find(tl, lane, iv->begin_ns, read, &i)) {
		w->whole = false;
		return;
	}
	for (; i < lane->nr && lane_slice_begin(lane, i) < iv->end_ns && w->nr < MAX_PARTS; i++) {
		if (!get(tl, lane, i, read, &slice)) {
			w->whole = false;
			return;
		}
		struct interval hold = lane_interval(lane, i, &slice);

		cut(&hold, iv->begin_ns, iv->end_ns);
		/* Who waits for it has it not: it may be that nobody saw it come back to a core. */
		if (slice.state == STATE_RUNNING && slice.other != iv->task)
			add_part(w, hold.begin_ns, hold.end_ns, slice.other,
				 slice.inferred ? 0 : hold.end_ns - hold.begin_ns);
	}
}

static int by_begin(const void *a, const void *b)
{
	uint64_t left = ((const struct wait_part *)a)->begin_ns;
	uint64_t right = ((const struct wait_part *)b)->begin_ns;

	return (left > right) - (left < right);
}

/* Nobody is known to have had it between those who had. */
static void fill_holes(struct meanwhile *w, const struct interval *iv)
{
	struct wait_part *had = w->parts;
	uint64_t at_ns = iv->begin_ns;
	size_t nr = w->nr;

	w->parts = NULL;
	w->nr = w->cap = 0;
	for (size_t i = 0; i < nr; i++) {
		if (had[i].begin_ns < at_ns)
			continue; /* two objects that became one: the first one counts */
		add_part(w, at_ns, had[i].begin_ns, TASK_NONE, 0);
		add_part(w, had[i].begin_ns, had[i].end_ns, had[i].task, had[i].measured_ns);
		if (had[i].end_ns > at_ns)
			at_ns = had[i].end_ns;
	}
	add_part(w, at_ns, iv->end_ns, TASK_NONE, 0);
	free(had);
}

/* Whether the one that edge wakes as the part begins waited for the lock till then: a reader has it
 * by that wake (nptl/pthread_rwlock_common.c), another one had no core for most of the part. */
static bool is_heir(struct meanwhile *w, const struct timeline *tl, uint32_t sync,
		    struct wait_part *p, const struct wake_edge *edge, bool read)
{
	const struct lane_data *lane = timeline_task(tl, edge->wakee);
	struct interval was, is;

	if (edge->spurious || edge->cause != CAUSE_FUTEX || edge->waker == TASK_NONE)
		return false;
	if (!meanwhile_at(tl, lane, p->begin_ns - 1, read, &was) ||
	    !meanwhile_at(tl, lane, p->begin_ns, read, &is)) {
		w->whole = false;
		return false;
	}
	if (was.state != STATE_BLOCKED || was.why != REASON_LOCK ||
	    sync_of(timeline_machine(tl), &was) != sync)
		return false;
	p->heir_reads = was.shares;
	cut(&is, p->begin_ns, p->end_ns);
	return was.shares || (is.state == STATE_RUNNABLE &&
			      (is.end_ns - is.begin_ns) * 2 >= p->end_ns - p->begin_ns);
}

static void find_heir(struct meanwhile *w, const struct timeline *tl, uint32_t sync,
		      struct wait_part *p, bool read)
{
	uint64_t at_ns = p->begin_ns, end_ns = p->begin_ns + 1;
	struct wake_edge found[MAX_EDGES];
	const struct wake_edge *edges;
	size_t nr, nr_found = 0;

	while ((edges = (read ? timeline_wakes : timeline_wakes_seen)(tl, &at_ns, end_ns, &nr)))
		for (size_t i = 0; i < nr && nr_found < MAX_EDGES; i++)
			found[nr_found++] = edges[i];
	w->whole = w->whole && at_ns >= end_ns;
	for (size_t i = 0; i < nr_found && p->heir == TASK_NONE; i++)
		if (is_heir(w, tl, sync, p, &found[i], read)) {
			p->heir = found[i].wakee;
			p->giver = found[i].waker;
		}
}

static void find_heirs(struct meanwhile *w, const struct timeline *tl, uint32_t sync, bool read)
{
	uint64_t whole_ns = w->nr ? w->parts[w->nr - 1].end_ns - w->parts[0].begin_ns : 0;
	size_t nr = 0;

	for (size_t i = 0; i < w->nr && nr < MAX_HOLES; i++) {
		struct wait_part *p = &w->parts[i];

		if (p->task != TASK_NONE || p->end_ns - p->begin_ns <= whole_ns / MIN_HOLE)
			continue;
		find_heir(w, tl, sync, p, read);
		nr++;
	}
}

static void add_holders(struct meanwhile *w, const struct timeline *tl, const struct interval *iv,
			bool read)
{
	const struct machine *m = timeline_machine(tl);
	uint32_t sync = sync_of(m, iv), nr = machine_nr_syncs(m);

	/* Objects that turned out to be one were told apart before. */
	for (uint32_t i = sync; sync != SYNC_NONE && i < nr; i++)
		if (machine_sync_id(m, i) == sync)
			add_holds(w, tl, timeline_lane(tl, LANE_LOCK, i), iv, read);
	if (w->nr) {
		w->bond = BOND_HOLDER;
		qsort(w->parts, w->nr, sizeof(*w->parts), by_begin);
	}
	fill_holes(w, iv);
	if (sync != SYNC_NONE)
		find_heirs(w, tl, sync, read);
}

/* ---- any wait ---- */

/* One whose end, or whose act, it is that ends the wait. */
static void add_other(struct meanwhile *w, const struct machine *m, const struct interval *iv)
{
	uint32_t task = iv->waker;
	bool ends = (iv->why == REASON_CHILD || iv->why == REASON_JOIN) && iv->cause == CAUSE_EXIT;

	if (iv->why == REASON_JOIN && iv->owner) {
		task = machine_find(m, iv->owner);
		ends = true;
	}
	if (task == TASK_NONE || task == TASK_IDLE || task >= machine_nr_tasks(m) ||
	    task == iv->task)
		return;
	w->bond = ends ? BOND_END : BOND_WAKER;
	add_part(w, iv->begin_ns, iv->end_ns, task, iv->end_ns - iv->begin_ns);
}

void meanwhile_init(struct meanwhile *w, const struct timeline *tl, const struct interval *wait,
		    bool read)
{
	*w = (struct meanwhile){.bond = BOND_NONE, .whole = true};
	if (wait->why == REASON_LOCK)
		add_holders(w, tl, wait, read);
	else
		add_other(w, timeline_machine(tl), wait);
	for (size_t i = 0; i < w->nr; i++) {
		struct wait_part *p = &w->parts[i];

		if (p->task != TASK_NONE && !did_between(tl, timeline_task(tl, p->task),
							 p->begin_ns, p->end_ns, read, &p->did))
			w->whole = false;
	}
}

void meanwhile_done(struct meanwhile *w)
{
	free(w->parts);
	*w = (struct meanwhile){0};
}

uint32_t meanwhile_most(const struct timeline *tl, const struct interval *iv, bool read)
{
	uint32_t sync = sync_of(timeline_machine(tl), iv), most = 0;
	const struct lane_data *lane;
	struct slice slice;
	size_t i, nr = 0;

	if (sync == SYNC_NONE)
		return 0;
	lane = timeline_lane(tl, LANE_CROWD, sync);
	if (!find(tl, lane, iv->begin_ns, read, &i))
		return 0;
	for (; i < lane->nr && lane_slice_begin(lane, i) < iv->end_ns; i++) {
		if (nr++ == MAX_SLICES || !get(tl, lane, i, read, &slice))
			return 0;
		most = slice.state == STATE_RUNNABLE && slice.other > most ? slice.other : most;
	}
	return most;
}

uint32_t meanwhile_feeder(const struct timeline *tl, const struct interval *iv, bool read)
{
	const struct lane_data *lane = timeline_task(tl, iv->task);
	struct slice slice;
	size_t i;

	if (iv->object == 0 || !find(tl, lane, iv->begin_ns, read, &i))
		return TASK_NONE;
	for (size_t nr = 0; i-- > 0 && nr < MAX_SLICES; nr++) {
		if (!get(tl, lane, i, read, &slice))
			return TASK_NONE;
		if (slice.state == STATE_BLOCKED && slice.object == iv->object &&
		    slice.object_kind == iv->object_kind && slice.nr == iv->nr &&
		    (slice.cause == CAUSE_PIPE || slice.cause == CAUSE_SOCKET))
			return slice.other;
	}
	return TASK_NONE;
}

uint32_t meanwhile_heir(const struct timeline *tl, const struct interval *iv, bool read)
{
	uint32_t sync = sync_of(timeline_machine(tl), iv);
	const struct lane_data *lane;
	struct slice slice;
	size_t i;

	if (sync == SYNC_NONE)
		return TASK_NONE;
	lane = timeline_lane(tl, LANE_LOCK, sync);
	if (!find(tl, lane, iv->end_ns, read, &i) || !get(tl, lane, i, read, &slice))
		return TASK_NONE;
	/* Who is woken has it from the moment it runs. */
	if (slice.state == STATE_IDLE && !get(tl, lane, i + 1, read, &slice))
		return TASK_NONE;
	return slice.state == STATE_RUNNING ? slice.other : TASK_NONE;
}
