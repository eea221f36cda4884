/* SPDX-License-Identifier: BSD-2-Clause */
/* Laid over the lanes: what a search found, the critical path, and the end of the trace. */
#include <math.h>
#include <stdio.h>

#include "base/duration.h"
#include "viz/lane.h"
#include "viz/panels.h"

#define SLICES_LOOKED_AT 2000 /* of a lane, for locks that a search found */

/* Waits for a lock that was searched for. */
static void build_lock_matches(const struct view *v, struct scene *s, const struct row *row)
{
	const struct machine *m = timeline_machine(v->tl);
	const struct lane_data *lane = timeline_task(v->tl, row->id);
	struct box axis = view_axis(v);
	int64_t begin_ns = v->vp.now.begin_ns > 0 ? v->vp.now.begin_ns : 0;
	struct slice slice;
	size_t i;

	if ((uint64_t)begin_ns < lane_begin(lane))
		begin_ns = (int64_t)lane_begin(lane);
	(void)lane_look(lane, (uint64_t)begin_ns, &i, &slice);
	/* Of those whose lock is in memory: what the view shows was asked for. */
	for (size_t k = 0; k < SLICES_LOOKED_AT && i < lane->nr; k++, i++) {
		if (!lane_slice(lane, i, &slice))
			continue;
		float x0 = viewport_x(&v->vp, (int64_t)slice.begin_ns);

		if (x0 >= axis.x + axis.w)
			break;
		uint32_t id = view_sync_of(m, row->id, &slice);
		const struct sync *sync = id == SYNC_NONE ? NULL : machine_sync(m, id);

		if (!sync || !find_has_lock(v->find, sync->tgid, sync->uaddr))
			continue;
		float x1 = viewport_x(&v->vp, (int64_t)lane_slice_end(lane, i));

		scene_rect(s,
			   (struct box){
			       x0, view_row_y(v, row) + lane_block_height(v, row) - px_round(v, 3),
			       fmaxf(x1 - x0, px_round(v, 2)), px_round(v, 2)},
			   v->theme.palette->accent, 0);
	}
}

static void build_matches(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box area = v->layout.lanes;
	uint32_t at = TASK_NONE;

	if (v->find->nr == 0)
		return;
	if (v->find->at < v->find->nr && v->find->matches[v->find->at].kind == MATCH_TASK)
		at = v->find->matches[v->find->at].id;
	for (size_t i = 0; i < v->tree->nr; i++) {
		const struct row *row = &v->tree->rows[i];
		float y = view_row_y(v, row);

		if (row->kind != ROW_TASK || y + row->h < area.y || y > area.y + area.h)
			continue;
		build_lock_matches(v, s, row);
		if (!find_has_task(v->find, row->id))
			continue;
		struct box mark = {area.x, y, area.w, row->h};

		scene_rect(s, mark, rgba_alpha(p->accent, row->id == at ? 0x30 : 0x18), 0);
		mark.w = px_round(v, row->id == at ? 4 : 2);
		scene_rect(s, mark, p->accent, 0);
	}
}

/* The path as a line along the foot of each lane it runs on, and down to the next. */
static void build_path(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const struct critical_path *path = v->path;
	struct box axis = view_axis(v);
	int64_t end_ns = viewport_end(&v->vp);
	float thick = fmaxf(2, px_round(v, 2)), last_x = -1, last_y = -1;
	rgba_t color = p->text;

	if (path->nr == 0)
		return;
	size_t i = path_find(path, end_ns > 0 ? (uint64_t)end_ns : 0);

	for (i = i < path->nr ? i : 0; i < path->nr; i++) {
		const struct path_part *part = &path->parts[i];
		float x1 = viewport_x(&v->vp, (int64_t)part->end_ns);
		float x0 = fmaxf(viewport_x(&v->vp, (int64_t)part->begin_ns), axis.x);
		const struct row *row =
		    part->task == TASK_NONE ? NULL : tree_row_of_task(v->tree, part->task);

		if (x1 < axis.x)
			break;
		if (!row || x0 > axis.x + axis.w)
			continue;
		/* What shares a pixel with the one before is not drawn again. */
		float y = view_row_y(v, row) + lane_block_height(v, row) - thick - 1;

		if (last_x >= 0 && x0 > last_x - 0.5f && y == last_y)
			continue;
		x1 = fminf(x1, last_x >= 0 && y == last_y ? last_x : axis.x + axis.w);
		scene_rect(s, (struct box){x0, y, fmaxf(x1 - x0, thick), thick}, color, 0);
		if (last_y >= 0 && y != last_y)
			scene_rect(s,
				   (struct box){fminf(x1, axis.x + axis.w) - 1, fminf(y, last_y), 1,
						fabsf(y - last_y) + thick},
				   color, 0);
		last_x = x0;
		last_y = y;
	}
}

/* What lies beyond the trace is no idle time. */
static void build_ends(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box axis = view_axis(v);
	float x0 = viewport_x(&v->vp, (int64_t)timeline_begin_ns(v->tl));
	float x1 = viewport_x(&v->vp, (int64_t)timeline_end_ns(v->tl));

	if (v->theme.metrics->pad <= 0 || machine_nr_records(timeline_machine(v->tl)) == 0)
		return;
	if (x0 > axis.x + 1)
		scene_rect(
		    s, (struct box){axis.x, axis.y, fminf(x0, axis.x + axis.w) - axis.x, axis.h},
		    p->bar, 0);
	if (x1 >= axis.x + axis.w - 1 || x1 < axis.x || v->mode == MODE_LIVE)
		return;
	struct box rest = {x1, axis.y, axis.x + axis.w - x1, axis.h};
	const char *text = timeline_is_complete(v->tl) ? "end" : "reading";
	float w = scene_text_width(s, FONT_SMALL, text) + px(v, 12);

	scene_rect(s, rest, p->bar, 0);
	scene_rect(s, (struct box){x1, axis.y, px_round(v, 1), axis.h}, p->dim, 0);
	if (rest.w > w)
		scene_text(s, (struct box){x1 + px(v, 6), axis.y, w, px_round(v, 20)}, FONT_SMALL,
			   p->dim, ALIGN_LEFT, text);
}

void panel_found(const struct view *v, struct scene *s)
{
	uint8_t clip = scene_clip(s, v->layout.lanes);

	scene_no_ref(s);
	uint8_t axis = scene_clip(s, view_axis(v));

	build_ends(v, s);
	if (v->show_path)
		build_path(v, s);
	scene_unclip(s, axis);
	build_matches(v, s);
	scene_unclip(s, clip);
}
