/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/path.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/critical.h"
#include "analysis/gil.h"
#include "analysis/meeting.h"
#include "base/mem.h"

#define MAX_HOPS_AT_ONCE 64 /* from waker to waker at one moment: more is a circle */

#define MAX_LOOKS 10000 /* slices back to a thread's last wait for CPython's lock */
#define NR_ASKED  16

struct walker {
	struct critical_path *path;
	const struct timeline *tl;
	const struct machine *machine;
	/* sync objects by their number's remainder: + 1, whether they are CPython's lock */
	struct {
		uint32_t sync;
		bool is_gil;
	} asked[NR_ASKED];
};

static bool is_followed(const struct walker *w, uint32_t task)
{
	return task != TASK_IDLE && task < machine_nr_tasks(w->machine) &&
	       (!w->path->any_traced || machine_task(w->machine, task)->traced);
}

static bool waits_at_the_end(const struct timeline *tl, uint32_t task)
{
	const struct lane_data *lane = timeline_task(tl, task);
	struct slice last;

	return !machine_task(timeline_machine(tl), task)->exited && lane->nr > 0 &&
	       lane_read(lane, lane->nr - 1, &last) && last.state == STATE_BLOCKED;
}

static uint64_t running_ns(const struct timeline *tl, uint32_t task)
{
	const struct lane_data *lane = timeline_task(tl, task);
	struct state_time sum = {0};

	if (lane->nr)
		lane_sum(lane, lane_begin(lane), lane->end_ns, &sum);
	return sum.ns[STATE_RUNNING];
}

/* Whom the task waits for in the end, if that is known, and has a lane; else the task. */
static uint32_t follow(const struct walker *w, uint32_t task)
{
	uint32_t last = critical_follow(w->machine, task);

	return is_followed(w, last) && timeline_task(w->tl, last)->nr > 0 ? last : task;
}

/* The target, or whom it waits for; where nothing says whom, who ran most of those alive, else who
 * ended last. */
static uint32_t last_of(const struct walker *w)
{
	uint32_t tid = timeline_info(w->tl)->target_tid, best = TASK_NONE, last = TASK_NONE;
	uint32_t target = tid ? machine_find(w->machine, tid) : TASK_NONE;
	uint64_t most = 0;

	if (target != TASK_NONE && timeline_task(w->tl, target)->nr > 0) {
		last = follow(w, target);
		if (last != target || !waits_at_the_end(w->tl, target))
			return last;
		last = TASK_NONE;
	}
	for (uint32_t i = 1; i < machine_nr_tasks(w->machine); i++) {
		const struct task *t = machine_task(w->machine, i);

		if (!is_followed(w, i) || timeline_task(w->tl, i)->nr == 0)
			continue;
		if (t->exited &&
		    (last == TASK_NONE ||
		     (tid ? t->tid == tid : t->end_ns >= machine_task(w->machine, last)->end_ns)))
			last = i;
		if (!t->exited && (best == TASK_NONE || running_ns(w->tl, i) > most)) {
			best = i;
			most = running_ns(w->tl, i);
		}
	}
	return best != TASK_NONE ? follow(w, best) : last;
}

/* The walker's task did this until now. */
static void put(struct walker *w, uint32_t task, uint64_t begin_ns, uint8_t state, uint8_t why)
{
	struct critical_path *p = w->path;

	if (begin_ns >= w->path->at_ns)
		return;
	p->parts = mem_grow(p->parts, &p->cap, p->nr + 1, sizeof(*p->parts));
	p->parts[p->nr++] = (struct path_part){begin_ns, p->at_ns, task, state, why};
	w->path->at_ns = begin_ns;
	w->path->hops = 0;
}

static bool hop(struct walker *w, uint32_t to)
{
	if (to == w->path->task || !is_followed(w, to) || w->path->hops++ > MAX_HOPS_AT_ONCE)
		return false;
	w->path->task = to;
	return true;
}

static bool is_gil_wait(struct walker *w, uint32_t task, const struct slice *s)
{
	struct interval iv = slice_interval(s);
	struct view v = {.machine = w->machine};
	char where[MEETING_TEXT_LEN];

	if (s->state != STATE_BLOCKED || s->why != REASON_CONDITION ||
	    s->object_kind != OBJECT_FUTEX)
		return false;
	iv.task = task;
	iv.sync = machine_find_sync(w->machine, machine_task(w->machine, task)->tgid, s->object,
				    s->begin_ns);
	if (iv.sync == SYNC_NONE)
		return false;
	if (w->asked[iv.sync % NR_ASKED].sync != iv.sync + 1) {
		w->asked[iv.sync % NR_ASKED].sync = iv.sync + 1;
		w->asked[iv.sync % NR_ASKED].is_gil = meeting_is_gil(meeting_text(&v, &iv, where));
	}
	return w->asked[iv.sync % NR_ASKED].is_gil;
}

/* A slice of the lane that holds ts_ns, whole; false: it is asked for, the path waits. */
static bool look(struct walker *w, const struct lane_data *lane, uint64_t ts_ns, size_t *i,
		 struct slice *s)
{
	if (lane_look(lane, ts_ns, i, s) && !(s->partial && s->state == STATE_BLOCKED))
		return true;
	timeline_want_at(w->tl, lane, ts_ns);
	w->path->waits = true;
	return false;
}

/*
 * When the task last came out of a wait for CPython's lock, as seen from ts_ns; 0: never after
 * since_ns, it waits for it then, or ran for too short since to have had it. *now: what it is at
 * ts_ns.
 */
static uint64_t came_out_ns(struct walker *w, uint32_t task, uint64_t ts_ns, uint64_t since_ns,
			    struct slice *now)
{
	const struct lane_data *lane = timeline_task(w->tl, task);
	uint64_t at_ns = ts_ns, ran_ns = 0;
	struct slice s;
	size_t i;

	for (int n = 0; n < MAX_LOOKS && lane->nr && at_ns > lane_begin(lane) && at_ns > since_ns &&
			at_ns <= lane->end_ns;
	     n++) {
		if (!look(w, lane, at_ns - 1, &i, &s))
			return 0;
		if (is_gil_wait(w, task, &s))
			return n > 0 && ran_ns > GIL_LOOK_NS ? at_ns : 0;
		if (n == 0)
			*now = s;
		if (s.state == STATE_RUNNING)
			ran_ns += at_ns - s.begin_ns;
		at_ns = s.begin_ns;
	}
	return 0;
}

/* Who had CPython's lock at the end of the task's wait for it, as analysis/gil.h has it. *now: what
 * that one is then. */
static uint32_t holder(struct walker *w, uint32_t task, uint64_t ts_ns, struct slice *now)
{
	uint32_t best = TASK_NONE, tgid = machine_task(w->machine, task)->tgid;
	uint64_t best_ns = 0;

	for (uint32_t i = 1; i < machine_nr_tasks(w->machine); i++) {
		struct slice s = {0};

		if (i == task || machine_task(w->machine, i)->tgid != tgid)
			continue;
		uint64_t out_ns = came_out_ns(w, i, ts_ns, best_ns, &s);

		if (out_ns <= best_ns)
			continue;
		best = i;
		best_ns = out_ns;
		*now = s;
	}
	return best;
}

/* The task's wait s, which no task ended, was for CPython's lock: on to who had it, or up to where
 * that one stood still. False: it was not, or that is not known. */
static bool follow_holder(struct walker *w, const struct slice *s)
{
	uint32_t task = w->path->task;
	struct slice now = {0};

	if (!is_gil_wait(w, task, s))
		return false;
	uint32_t other = holder(w, task, w->path->at_ns, &now);

	if (other == TASK_NONE || !is_followed(w, other) || w->path->waits)
		return false;
	if (now.state == STATE_BLOCKED && now.why != REASON_FAULT) {
		if (now.begin_ns <= s->begin_ns || now.begin_ns <= timeline_begin_ns(w->tl))
			return false;
		put(w, task, now.begin_ns, s->state, s->why);
	}
	return hop(w, other);
}

/* One step back; false: the path's begin. */
static bool step(struct walker *w)
{
	const struct lane_data *lane = timeline_task(w->tl, w->path->task);
	const struct task *task = machine_task(w->machine, w->path->task);

	if (lane->nr == 0 || w->path->at_ns <= lane_begin(lane))
		return task->parent != TASK_NONE && task->begin_ns == w->path->at_ns &&
		       hop(w, task->parent);
	if (w->path->at_ns > lane->end_ns) {
		put(w, TASK_NONE, lane->end_ns, STATE_UNKNOWN, 0);
		return true;
	}
	struct slice s;
	size_t i;

	if (!look(w, lane, w->path->at_ns - 1, &i, &s))
		return false;
	if (s.state == STATE_BLOCKED && lane_slice_end(lane, i) == w->path->at_ns) {
		if (s.other != TASK_NONE ? hop(w, s.other) : follow_holder(w, &s))
			return true;
		if (w->path->waits)
			return false;
	}
	bool known = s.state != STATE_BLOCKED || s.why != REASON_UNKNOWN;

	put(w, w->path->task, s.begin_ns, known ? s.state : STATE_UNKNOWN, s.why);
	return true;
}

static int by_total(const void *a, const void *b)
{
	const struct path_sum *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static void add_up(struct critical_path *p, uint32_t nr_tasks)
{
	uint32_t *row_of = mem_zalloc(nr_tasks + 1, sizeof(*row_of)); /* + 1, last: TASK_NONE */

	p->nr_sums = 0;
	for (size_t i = 0; i < p->nr; i++) {
		const struct path_part *part = &p->parts[i];
		uint32_t *row = &row_of[part->task < nr_tasks ? part->task : nr_tasks];
		uint64_t ns = part->end_ns - part->begin_ns;

		if (*row == 0) {
			p->sums = mem_grow(p->sums, &p->cap_sums, p->nr_sums + 1, sizeof(*p->sums));
			p->sums[p->nr_sums] = (struct path_sum){.task = part->task, .longest = i};
			*row = (uint32_t)++p->nr_sums;
		}
		struct path_sum *sum = &p->sums[*row - 1];
		const struct path_part *longest = &p->parts[sum->longest];

		sum->total_ns += ns;
		if (part->state == STATE_RUNNING)
			sum->running_ns += ns;
		else if (part->state == STATE_RUNNABLE)
			sum->runnable_ns += ns;
		else if (part->state == STATE_BLOCKED)
			sum->blocked_ns += ns;
		else
			sum->unknown_ns += ns;
		if (ns > longest->end_ns - longest->begin_ns)
			sum->longest = i;
	}
	if (p->nr_sums)
		qsort(p->sums, p->nr_sums, sizeof(*p->sums), by_total);
	free(row_of);
}

static void go_on(struct walker *w)
{
	struct critical_path *p = w->path;
	uint64_t begin_ns = timeline_begin_ns(w->tl);

	p->waits = false;
	while (p->at_ns > begin_ns && p->nr < PATH_MAX_PARTS && step(w))
		;
	p->cut = p->nr == PATH_MAX_PARTS;
	if (!p->waits)
		put(w, TASK_NONE, begin_ns, STATE_UNKNOWN, 0);
	if (p->nr && p->parts[p->nr - 1].begin_ns < begin_ns)
		p->parts[p->nr - 1].begin_ns = begin_ns;
	add_up(p, machine_nr_tasks(w->machine));
}

void path_make(struct critical_path *p, const struct timeline *tl)
{
	struct walker w = {.path = p, .tl = tl, .machine = timeline_machine(tl)};

	p->nr = 0;
	p->nr_sums = 0;
	p->cut = p->waits = p->any_traced = false;
	p->hops = 0;
	p->end_ns = timeline_end_ns(tl);
	for (uint32_t i = 1; i < machine_nr_tasks(w.machine) && !p->any_traced; i++)
		p->any_traced = machine_task(w.machine, i)->traced;
	p->task = last_of(&w);
	p->at_ns = p->end_ns;
	if (p->task != TASK_NONE)
		go_on(&w);
}

bool path_go_on(struct critical_path *p, const struct timeline *tl)
{
	struct walker w = {.path = p, .tl = tl, .machine = timeline_machine(tl)};
	uint64_t at_ns = p->at_ns;

	if (p->waits)
		go_on(&w);
	return p->at_ns != at_ns || !p->waits;
}

void path_done(struct critical_path *p)
{
	free(p->parts);
	free(p->sums);
	memset(p, 0, sizeof(*p));
}

size_t path_find(const struct critical_path *p, uint64_t ts_ns)
{
	size_t low = 0, high = p->nr; /* newest first */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->parts[mid].begin_ns > ts_ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->nr && ts_ns < p->parts[low].end_ns ? low : p->nr;
}
