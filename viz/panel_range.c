/* SPDX-License-Identifier: BSD-2-Clause */
/* The inspector of a selected range: per core, per thread, waits for a core, and locks. */
#include <inttypes.h>
#include <stdio.h>

#include "base/duration.h"
#include "model/names.h"
#include "viz/pen.h"

#define MAX_CORES 8 /* listed one by one */
#define MAX_LOCKS 5
#define LOW_H     780 /* px at scale 1: a lower panel has shorter lists, for the histogram's sake */
#define LOW_TASKS 5
#define LOW_LOCKS 3

static bool is_low(const struct view *v)
{
	return v->theme.metrics->pad > 0 && v->layout.inspector.h < px(v, LOW_H);
}

static void pen_cores(struct pen *pen, uint64_t begin_ns, uint64_t end_ns)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	uint32_t nr = timeline_nr_cpus(v->tl);
	struct state_time all = {0};
	char text[64];

	pen_text(pen, FONT_BOLD, p->text, "cores busy");
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		struct state_time sum = {0};

		lane_sum(timeline_cpu(v->tl, cpu), begin_ns, end_ns, nr <= MAX_CORES ? &sum : &all);
		snprintf(text, sizeof(text), "CPU %u", cpu);
		if (nr <= MAX_CORES)
			pen_share(pen, p->accent, text, sum.ns[STATE_RUNNING], end_ns - begin_ns);
	}
	if (nr > MAX_CORES) {
		snprintf(text, sizeof(text), "all %u cores", nr);
		pen_share(pen, p->accent, text, all.ns[STATE_RUNNING], (end_ns - begin_ns) * nr);
	}
}

static void pen_threads(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct range_totals *r = v->range;
	const struct palette *p = v->theme.palette;
	char text[64], name[TASK_TEXT_LEN];

	pen_text(pen, FONT_BOLD, p->text, "threads ran");
	size_t nr = is_low(v) && r->nr_top > LOW_TASKS ? LOW_TASKS : r->nr_top;
	size_t nr_others = r->nr_others + r->nr_top - nr;

	for (size_t i = 0; i < nr; i++)
		pen_share(pen, view_task_color(v, r->top[i].task),
			  view_task_fit(v, pen->s, r->top[i].task, FONT_NORMAL,
					pen_px(pen, 110, 16), name),
			  r->top[i].running_ns, r->end_ns - r->begin_ns);
	if (nr_others) {
		snprintf(text, sizeof(text), "and %zu more", nr_others);
		pen_text(pen, FONT_SMALL, p->dim, text);
	}
	if (r->nr_top == 0)
		pen_text(pen, FONT_SMALL, p->dim, "none of them");
	uint64_t total = r->all.ns[STATE_RUNNING] + r->all.ns[STATE_RUNNABLE] +
			 r->all.ns[STATE_BLOCKED] + r->all.ns[STATE_UNKNOWN];

	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "all threads together");
	pen_share(pen, p->accent, "running", r->all.ns[STATE_RUNNING], total);
	pen_share(pen, p->runnable, "ready, no core", r->all.ns[STATE_RUNNABLE], total);
	pen_share(pen, p->dim, "waiting", r->all.ns[STATE_BLOCKED], total);
	pen_share(pen, p->unknown, "unknown", r->all.ns[STATE_UNKNOWN], total);
}

static void pen_locks(struct pen *pen, uint64_t begin_ns)
{
	const struct view *v = pen->v;
	const struct range_totals *r = v->range;
	const struct palette *p = v->theme.palette;
	char name[NAME_TEXT_LEN], value[64], buf[DURATION_LEN], of[NAME_TEXT_LEN + 48];
	const struct machine *m = timeline_machine(v->tl);
	size_t most = is_low(v) ? LOW_LOCKS : MAX_LOCKS;
	bool several = false;

	if (r->nr_locks == 0)
		return;
	pen_rule(pen);
	pen_text(pen, FONT_BOLD, p->text, "locks waited for");
	for (size_t i = 1; i < r->nr_locks; i++)
		several |= r->locks[i].tgid != r->locks[0].tgid;
	for (size_t i = 0; i < r->nr_locks && i < most; i++) {
		const struct range_lock *lock = &r->locks[i];

		snprintf(value, sizeof(value), "%" PRIu64 " \xc3\x97, %s", lock->waits,
			 duration_text(lock->wait_ns, buf));
		machine_futex_text(m, lock->tgid, lock->object, begin_ns, name);
		/* Each process has its own lock of a name. */
		if (several && lock->tgid)
			snprintf(of, sizeof(of), "%s of %" PRIu32, name, lock->tgid);
		else
			snprintf(of, sizeof(of), "%s", name);
		pen_row(pen, of, value);
	}
}

void pen_range(struct pen *pen)
{
	const struct view *v = pen->v;
	const struct palette *p = v->theme.palette;
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	uint64_t begin_ns = (uint64_t)v->range_begin_ns, end_ns = (uint64_t)v->range_end_ns;
	char buf[DURATION_LEN], text[128];

	snprintf(text, sizeof(text), "%s selected", duration_text(end_ns - begin_ns, buf));
	pen_text(pen, FONT_TITLE, p->accent, text);
	pen_skip(pen, 6);
	pen_row(pen, "from", duration_exact((int64_t)begin_ns - zero_ns, buf));
	pen_row(pen, "to", duration_exact((int64_t)end_ns - zero_ns, buf));
	pen_rule(pen);
	pen_cores(pen, begin_ns, end_ns);
	pen_rule(pen);
	pen_threads(pen);
	if (!v->range->complete) {
		pen_rule(pen);
		pen_text(pen, FONT_NORMAL, p->dim, "adding up\xe2\x80\xa6");
		return;
	}
	pen_locks(pen, begin_ns);
	pen_histogram(pen, &v->range->latency);
}
