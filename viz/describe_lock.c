/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock, who had it when, who waited meanwhile, and the run queue, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/plain.h"
#include "model/names.h"
#include "viz/describe.h"
#include "viz/lane.h"

#define SLICES_LOOKED_AT 4096

/* Waiters within a time: the most at once, and their waiting added up. False: it is not all in
 * memory, or too much to look at. */
static bool crowd_within(const struct view *v, uint32_t sync, uint64_t begin_ns, uint64_t end_ns,
			 uint32_t *most, uint64_t *sum_ns)
{
	const struct lane_data *lane = timeline_lane(v->tl, LANE_CROWD, sync);
	struct slice s;
	size_t i;

	*most = 0;
	*sum_ns = 0;
	if (lane->nr == 0 || end_ns <= lane_begin(lane) || begin_ns >= lane->end_ns)
		return true;
	if (begin_ns < lane_begin(lane))
		begin_ns = lane_begin(lane);
	if (!lane_look(lane, begin_ns, &i, &s))
		return false;
	for (size_t k = 0; k < SLICES_LOOKED_AT; k++, i++) {
		if (i >= lane->nr)
			return true;
		if (!lane_slice(lane, i, &s))
			return false;
		if (s.begin_ns >= end_ns)
			return true;
		uint64_t from = s.begin_ns > begin_ns ? s.begin_ns : begin_ns;
		uint64_t to = lane_slice_end(lane, i);

		to = to < end_ns ? to : end_ns;
		if (s.state != STATE_RUNNABLE || to <= from)
			continue;
		*most = s.other > *most ? s.other : *most;
		*sum_ns += (to - from) * s.other;
	}
	return false;
}

/* "lock results_lock", "heap lock 2" */
static const char *lock_words(const struct view *v, uint32_t sync, char out[NAME_TEXT_LEN])
{
	char name[NAME_TEXT_LEN];

	view_lock_name(v, sync, name, sizeof(name));
	snprintf(out, NAME_TEXT_LEN, "%s%.*s", name_has_noun(name) ? "" : "lock ",
		 NAME_TEXT_LEN - 8, name);
	return out;
}

static void title_lock(const struct view *v, struct description *d, uint32_t sync)
{
	const struct machine *m = timeline_machine(v->tl);
	const struct sync *s = machine_sync(m, sync);
	uint32_t leader = s->tgid ? machine_find(m, s->tgid) : TASK_NONE;
	char name[NAME_TEXT_LEN], kind[40];

	view_lock_name(v, sync, name, sizeof(name));
	snprintf(d->title, sizeof(d->title), "%.*s", (int)sizeof(d->title) - 1, name);
	sync_describe(s, kind, sizeof(kind));
	snprintf(d->subtitle, sizeof(d->subtitle), "%s%s%s", kind,
		 leader == TASK_NONE ? "" : " \xc2\xb7 ",
		 leader == TASK_NONE ? "" : machine_task(m, leader)->comm);
}

/* What the holder did while it had the lock. */
static void add_holder(const struct view *v, struct description *d, const struct interval *iv)
{
	const struct palette *p = v->theme.palette;
	const struct lane_data *lane = timeline_task(v->tl, iv->task);
	struct state_time sum = {{0}};
	char buf[DURATION_LEN];

	if (lane->nr == 0 || iv->begin_ns < lane_begin(lane) || iv->end_ns > lane->end_ns)
		return;
	lane_sum(lane, iv->begin_ns, iv->end_ns, &sum);
	uint64_t ready_ns = sum.ns[STATE_RUNNABLE], off_ns = sum.ns[STATE_BLOCKED];

	if (ready_ns * 20 > iv->end_ns - iv->begin_ns)
		add_line(d, p->runnable, "%s of it without a core", duration_text(ready_ns, buf));
	if (off_ns * 20 > iv->end_ns - iv->begin_ns)
		add_line(d, p->text, "%s of it waiting itself", duration_text(off_ns, buf));
}

static void add_hold(const struct view *v, uint32_t sync, size_t index, const struct interval *iv,
		     struct description *d)
{
	const struct palette *p = v->theme.palette;
	const struct lane_data *lane = timeline_lane(v->tl, LANE_LOCK, sync);
	char name[TASK_TEXT_LEN];
	const char *who = view_task_text(v, iv->task, name);
	char dur[DURATION_LEN], words[NAME_TEXT_LEN];
	struct slice next;

	duration_text(iv->end_ns - iv->begin_ns, dur);
	add_line(d, view_task_color(v, iv->task), "%s had %s for %s (%s)", who,
		 lock_words(v, sync, words), dur, iv->inferred ? "inferred" : "measured");
	add_holder(v, d, iv);
	uint32_t most;
	uint64_t sum_ns;
	bool known = crowd_within(v, sync, iv->begin_ns, iv->end_ns, &most, &sum_ns);

	if (known && most)
		add_line(d, p->text, "%u %s waited for it, %s in all", most,
			 most == 1 ? "thread" : "threads", duration_text(sum_ns, dur));
	if (index + 1 >= lane->nr)
		add_line(d, p->dim, "%s",
			 iv->end_ns < timeline_end_ns(v->tl) ? "then nobody waited for it"
			 : timeline_is_complete(v->tl)       ? "to the end of the trace"
							     : "and has it still");
	else if (lane_slice(lane, index + 1, &next) && next.state == STATE_RUNNING &&
		 next.other != iv->task)
		add_line(d, p->text, "handed to %s", view_task_text(v, next.other, name));
	else if (lane_slice(lane, index + 1, &next) && next.state == STATE_IDLE)
		add_line(d, p->dim, "then nobody is known to have had it");
	if (known)
		add_row(d, "waiters at most", "%u", most);
	add_row(d, "holder known", "%s", iv->inferred ? "by a rule" : "from memory");
	d->task = iv->task;
}

static void add_no_hold(const struct view *v, uint32_t sync, const struct interval *iv,
			struct description *d)
{
	const struct palette *p = v->theme.palette;
	char dur[DURATION_LEN], words[NAME_TEXT_LEN];
	uint32_t most;
	uint64_t sum_ns;

	duration_text(iv->end_ns - iv->begin_ns, dur);
	add_line(d, p->text, "nobody is known to have had %s for %s", lock_words(v, sync, words),
		 dur);
	if (!crowd_within(v, sync, iv->begin_ns, iv->end_ns, &most, &sum_ns))
		return;
	if (most)
		add_line(d, p->text, "%u %s waited for it, %s in all", most,
			 most == 1 ? "thread" : "threads", duration_text(sum_ns, dur));
	else
		add_line(d, p->dim, "nobody waited: who has it then, nothing tells");
}

static void add_merged(const struct view *v, const struct ref *ref, const struct lane_data *lane,
		       struct description *d)
{
	size_t last = ref->index + ref->nr - 1;
	uint64_t begin_ns = lane_slice_begin(lane, ref->index);
	uint64_t end_ns = lane_slice_end(lane, last < lane->nr ? last : lane->nr - 1), sum_ns;
	struct state_time sum = {{0}};
	char dur[DURATION_LEN], share[PLAIN_SHARE_LEN];
	uint32_t most;

	add_line(d, v->theme.palette->text, "%u intervals within %s", ref->nr,
		 duration_text(end_ns - begin_ns, dur));
	lane_sum(lane, begin_ns, end_ns, &sum);
	if (end_ns > begin_ns)
		add_row(d, "holder known", "%7s  %9s",
			plain_share(sum.ns[STATE_RUNNING], end_ns - begin_ns, share),
			duration_text(sum.ns[STATE_RUNNING], dur));
	if (crowd_within(v, ref->lane, begin_ns, end_ns, &most, &sum_ns)) {
		add_row(d, "waiters at most", "%u", most);
		add_row(d, "waited in all", "%s", duration_text(sum_ns, dur));
	}
	add_span(v, d, begin_ns, end_ns);
}

bool describe_lock_slice(const struct view *v, const struct ref *ref, struct description *d)
{
	const struct lane_data *lane;
	struct interval iv;
	size_t index;

	if (!view_slice(v, ref, &lane, &index))
		return false;
	title_lock(v, d, ref->lane);
	if (ref->nr > 1) {
		add_merged(v, ref, lane, d);
		return true;
	}
	if (!view_interval(v, ref, &iv))
		return false;
	if (iv.state == STATE_RUNNING)
		add_hold(v, ref->lane, index, &iv, d);
	else
		add_no_hold(v, ref->lane, &iv, d);
	add_span(v, d, iv.begin_ns, iv.end_ns);
	return true;
}

bool describe_lock(const struct view *v, uint32_t sync, struct description *d)
{
	const struct machine *m = timeline_machine(v->tl);
	const struct lane_data *lock = timeline_lane(v->tl, LANE_LOCK, sync);
	const struct lane_data *crowd = timeline_lane(v->tl, LANE_CROWD, sync);
	struct state_time held = {{0}}, wanted = {{0}};
	char buf[DURATION_LEN];

	if (sync >= machine_nr_syncs(m))
		return false;
	title_lock(v, d, sync);
	if (crowd->nr)
		lane_sum(crowd, lane_begin(crowd), crowd->end_ns, &wanted);
	if (lock->nr)
		lane_sum(lock, lane_begin(lock), lock->end_ns, &held);
	add_line(d, v->theme.palette->text, "%s in which somebody waited for it",
		 duration_text(wanted.ns[STATE_RUNNABLE], buf));
	add_row(d, "wanted", "%s", duration_text(wanted.ns[STATE_RUNNABLE], buf));
	add_row(d, "holder known", "%s", duration_text(held.ns[STATE_RUNNING], buf));
	add_row(d, "address", "0x%" PRIx64, machine_sync(m, sync)->uaddr);
	if (machine_sync(m, sync)->inode)
		add_row(d, "in the memory shared", "+0x%" PRIx64, machine_sync(m, sync)->offset);
	if (machine_sync(m, sync)->tgid)
		add_row(d, "pid", "%u", machine_sync(m, sync)->tgid);
	return true;
}

bool describe_runq(const struct view *v, struct description *d)
{
	const struct palette *p = v->theme.palette;
	double running, ready;
	uint32_t cores = timeline_nr_cpus(v->tl);

	if (!v->has_mouse || !lane_runq_at(v, viewport_time(&v->vp, v->mouse_x), &running, &ready))
		return false;
	snprintf(d->title, sizeof(d->title), "run queue");
	snprintf(d->subtitle, sizeof(d->subtitle), "%s threads \xc2\xb7 %u %s",
		 v->tree->counts_all ? "all" : "traced", cores, cores == 1 ? "core" : "cores");
	add_line(d, p->text, "%.1f run, %.1f are ready and have no core", running, ready);
	if (running + ready > cores + 0.05)
		add_line(d, p->runnable, "%.1f more than there are cores", running + ready - cores);
	else if (ready > 0.05)
		add_line(d, p->dim, "others have the cores, or they are slow to take them");
	add_row(d, "running", "%.2f", running);
	add_row(d, "ready, no core", "%.2f", ready);
	return true;
}
