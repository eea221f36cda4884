/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/view.h"

#include <math.h>
#include <stdio.h>

#include "model/meanwhile.h"
#include "model/names.h"

rgba_t view_task_color(const struct view *v, uint32_t task)
{
	const struct palette *p = v->theme.palette;

	if (task >= v->tree->nr_tasks || v->tree->colors[task] == TASK_NO_COLOR)
		return p->other;
	if (v->color_by == COLOR_STATE)
		return p->tasks[0];
	if (v->color_by == COLOR_PROCESS) {
		const struct machine *m = timeline_machine(v->tl);
		uint32_t leader = machine_find(m, machine_task(m, task)->tgid);

		if (leader < v->tree->nr_tasks && v->tree->colors[leader] != TASK_NO_COLOR)
			task = leader;
	}
	return p->tasks[v->tree->colors[task] % THEME_NR_TASK_COLORS];
}

const struct flaw *view_flaw(const struct view *v)
{
	static const struct flaw damaged = {
	    "damaged", "the file is damaged: what is sound of it is shown, the rest is skipped"};
	static const struct flaw cut = {"cut off", "the file is cut: its last part is gone"};
	static const struct flaw killed = {
	    "no end", "the trace has no end: its recorder was killed, or still writes"};
	static const struct flaw followed = {
	    "1st of many", "another trace stands behind this one in the file, and is not shown"};
	const struct trace_quality *q = &timeline_info(v->tl)->quality;

	if (q->corrupt)
		return &damaged;
	if (v->mode == MODE_LIVE || !timeline_is_complete(v->tl))
		return NULL;
	return q->truncated ? &cut : q->unfinished ? &killed : q->followed ? &followed : NULL;
}

const char *view_task_name(const struct view *v, uint32_t task)
{
	const struct machine *m = timeline_machine(v->tl);

	if (task == TASK_IDLE)
		return "idle";
	if (task >= machine_nr_tasks(m))
		return "?";
	return machine_task(m, task)->comm;
}

const char *view_task_text(const struct view *v, uint32_t task, char out[TASK_TEXT_LEN])
{
	if (task != TASK_IDLE && task < v->tree->nr_tasks && v->tree->twins[task])
		return machine_task_text(timeline_machine(v->tl), task, out);
	snprintf(out, TASK_TEXT_LEN, "%s", view_task_name(v, task));
	return out;
}

const char *view_task_fit(const struct view *v, const struct scene *s, uint32_t task,
			  enum font font, float room_px, char out[TASK_TEXT_LEN])
{
	if (scene_text_width(s, font, view_task_text(v, task, out)) > room_px)
		snprintf(out, TASK_TEXT_LEN, "%s", view_task_name(v, task));
	return out;
}

const char *view_lock_name(const struct view *v, uint32_t sync, char *out, size_t len)
{
	machine_sync_name(timeline_machine(v->tl), sync, out, len);
	return out;
}

uint32_t view_sync_of(const struct machine *m, uint32_t task, const struct slice *slice)
{
	struct interval iv = slice_interval(slice);

	if (slice->partial || slice->state != STATE_BLOCKED || !interval_has_futex(&iv))
		return SYNC_NONE;
	uint32_t sync =
	    machine_find_sync(m, machine_task(m, task)->tgid, slice->object, slice->begin_ns);

	return sync == SYNC_NONE ? sync : machine_sync_id(m, sync);
}

bool view_slice(const struct view *v, const struct ref *ref, const struct lane_data **lane,
		size_t *index)
{
	if (ref->kind == REF_CPU_SLICE)
		*lane = timeline_cpu(v->tl, ref->lane);
	else if (ref->kind == REF_TASK_SLICE)
		*lane = timeline_task(v->tl, ref->lane);
	else if (ref->kind == REF_LOCK_SLICE)
		*lane = timeline_lane(v->tl, LANE_LOCK, ref->lane);
	else if (ref->kind == REF_STRIP_SLICE)
		*lane = timeline_lane(v->tl, LANE_STRIP, ref->lane);
	else
		return false;
	*index = ref->index;
	return *index < (*lane)->nr;
}

static bool interval_of(const struct view *v, const struct ref *ref, bool read,
			struct interval *out)
{
	const struct lane_data *lane;
	struct slice slice;
	size_t i;

	if (!view_slice(v, ref, &lane, &i) ||
	    !(read ? lane_read(lane, i, &slice) : lane_slice(lane, i, &slice)) || slice.partial)
		return false;
	*out = lane_interval(lane, i, &slice);
	return true;
}

uint32_t view_task_of(const struct view *v, const struct ref *ref)
{
	const struct strips *strips = timeline_strips(v->tl);

	if (ref->kind == REF_TASK_SLICE)
		return ref->lane;
	if (ref->kind == REF_STRIP_SLICE && ref->lane < strips_nr(strips))
		return strip_task(strips, ref->lane);
	return TASK_NONE;
}

bool view_is_moment(const struct view *v, const struct ref *ref)
{
	const struct strips *strips = timeline_strips(v->tl);

	return ref->kind == REF_STRIP_SLICE && ref->lane < strips_nr(strips) &&
	       strip_level(strips, ref->lane) >= STRIP_MOMENTS;
}

uint64_t view_value_end(const struct view *v, uint32_t strip, size_t index)
{
	const struct lane_data *lane = timeline_lane(v->tl, LANE_STRIP, strip);
	const struct lane_data *task =
	    timeline_task(v->tl, strip_task(timeline_strips(v->tl), strip));
	size_t next = index + 1;
	struct slice slice;

	if (next < lane->nr && lane_slice(lane, next, &slice) && slice.state != STATE_RUNNING)
		next++;
	if (next < lane->nr)
		return lane_slice_end(lane, next);
	return task->nr && task->end_ns > lane->end_ns ? task->end_ns : timeline_end_ns(v->tl);
}

bool view_row_key(const struct view *v, const struct ref *ref, struct row_key *out)
{
	uint32_t task = ref->lane;
	const struct row *row;

	switch (ref->kind) {
	case REF_CPU_SLICE:
	case REF_CPU_LANE:
	case REF_TABLE_CPU:
	case REF_GAP:
		*out = (struct row_key){ROW_CPU, ref->lane};
		return true;
	case REF_STRIP_SLICE:
	case REF_TASK_SLICE:
		task = view_task_of(v, ref);
		__attribute__((fallthrough));
	case REF_TASK_LANE:
	case REF_TABLE_TASK:
		row = tree_row_of_task(v->tree, task);
		*out =
		    row ? (struct row_key){row->kind, row->id} : (struct row_key){ROW_TASK, task};
		return true;
	case REF_LOCK_SLICE:
	case REF_LOCK_LANE:
		*out =
		    (struct row_key){ROW_LOCK, machine_sync_id(timeline_machine(v->tl), ref->lane)};
		return true;
	case REF_MORE:
		*out = (struct row_key){ROW_MORE, 0};
		return true;
	case REF_RUNQ:
		*out = (struct row_key){ROW_RUNQ, 0};
		return true;
	case REF_NOTES:
		*out = (struct row_key){ROW_NOTES, 0};
		return true;
	case REF_PROCESS:
		*out = (struct row_key){ROW_PROCESS, ref->lane};
		return true;
	case REF_GROUP:
		*out = (struct row_key){ROW_GROUP, ref->lane};
		return true;
	}
	return false;
}

bool view_interval(const struct view *v, const struct ref *ref, struct interval *out)
{
	return interval_of(v, ref, false, out);
}

bool view_interval_now(const struct view *v, const struct ref *ref, struct interval *out)
{
	return interval_of(v, ref, true, out);
}

const struct row *view_row_of(const struct view *v, const struct ref *ref)
{
	if (ref->kind == REF_CPU_SLICE)
		return tree_find(v->tree, ROW_CPU, ref->lane);
	if (ref->kind == REF_TASK_SLICE || ref->kind == REF_STRIP_SLICE)
		return tree_row_of_task(v->tree, view_task_of(v, ref));
	if (ref->kind == REF_LOCK_SLICE)
		return tree_find(v->tree, ROW_LOCK, ref->lane);
	return NULL;
}

float view_row_y(const struct view *v, const struct row *row)
{
	bool stays = row->pinned && v->layout.pinned_h > 0;

	return v->layout.lanes.y + row->y - (stays ? 0 : v->scroll_px);
}

struct box view_axis(const struct view *v)
{
	struct box box = v->layout.lanes;

	box.x += v->layout.gutter_w;
	box.w = fmaxf(1, box.w - v->layout.gutter_w);
	return box;
}

double view_share(const struct view *v, const struct lane_data *lane)
{
	int64_t begin_ns = v->vp.now.begin_ns, end_ns = viewport_end(&v->vp);
	struct state_time sum = {0};

	if (lane->nr == 0)
		return -1;
	if (begin_ns < (int64_t)timeline_begin_ns(v->tl))
		begin_ns = (int64_t)timeline_begin_ns(v->tl);
	if (end_ns > (int64_t)timeline_end_ns(v->tl))
		end_ns = (int64_t)timeline_end_ns(v->tl);
	if (begin_ns >= end_ns)
		return -1;
	lane_sum(lane, (uint64_t)begin_ns, (uint64_t)end_ns, &sum);
	if (sum.ns[STATE_UNKNOWN] >= (uint64_t)(end_ns - begin_ns))
		return -1; /* 0 % would be a claim */
	return (double)sum.ns[STATE_RUNNING] / (double)(end_ns - begin_ns);
}
