/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who woke whom: an arrow for each wake between rows on the screen, and from each task to those it
 * made, where they are few enough to be told apart; else none. Only of what is in memory: a frame
 * never waits for them.
 */
#include <math.h>

#include "model/cause.h"
#include "viz/lane.h"

#define EDGES_DRAWN  150
#define EDGES_LOOKED 20000 /* within the view */
#define COLUMN_PX    4     /* arrows as near as this are one to the eye */
#define COLUMN_ROOM  24    /* px that each of them is given */
#define PLACES       256
#define ROW_LEAST    14 /* px: lower rows have no room for a head */

/* A task whose row is on the screen. */
struct place {
	uint32_t task;
	float y, h;
};

struct edge {
	float x;
	const struct place *from, *to;
	rgba_t color;
};

struct edges {
	const struct view *v;
	struct place places[PLACES];
	size_t nr_places;
	struct edge all[EDGES_DRAWN];
	size_t nr;
	size_t nr_columns; /* places beside each other, told apart by eye */
	float last_x;
	bool too_many;
};

static void find_places(struct edges *e)
{
	const struct view *v = e->v;
	struct box area = v->layout.lanes;

	for (size_t i = 0; i < v->tree->nr && e->nr_places < PLACES; i++) {
		const struct row *row = &v->tree->rows[i];
		float y = view_row_y(v, row);

		if (!row->pinned && y > area.y + area.h)
			return;
		if (row->kind != ROW_TASK || row->h < px(v, ROW_LEAST) || y < area.y - 1 ||
		    y + row->h > area.y + area.h + 1 ||
		    (!row->pinned && y < area.y + v->layout.pinned_h))
			continue;
		e->places[e->nr_places++] = (struct place){row->id, y, lane_block_height(v, row)};
	}
}

static const struct place *place_of(const struct edges *e, uint32_t task)
{
	for (size_t i = 0; i < e->nr_places; i++)
		if (e->places[i].task == task)
			return &e->places[i];
	return NULL;
}

static void add(struct edges *e, uint64_t ts_ns, uint32_t from, uint32_t to, rgba_t color)
{
	const struct place *a = place_of(e, from), *b = a ? place_of(e, to) : NULL;

	if (!b || a == b)
		return;
	float x = viewport_x(&e->v->vp, (int64_t)ts_ns);

	e->nr_columns += fabsf(x - e->last_x) > px(e->v, COLUMN_PX);
	e->last_x = x;
	e->too_many |= e->nr == EDGES_DRAWN ||
		       (float)e->nr_columns * px(e->v, COLUMN_ROOM) > view_axis(e->v).w;
	if (!e->too_many)
		e->all[e->nr++] = (struct edge){x, a, b, color};
}

static bool add_wakes(struct edges *e, uint64_t begin_ns, uint64_t end_ns)
{
	const struct palette *p = e->v->theme.palette;
	const struct wake_edge *wakes;
	size_t nr, looked = 0;

	while ((wakes = timeline_wakes_seen(e->v->tl, &begin_ns, end_ns, &nr))) {
		looked += nr;
		if (looked > EDGES_LOOKED)
			return false;
		for (size_t i = 0; i < nr && !e->too_many; i++)
			if (!wakes[i].spurious && wakes[i].waker != TASK_NONE)
				add(e, wakes[i].ts_ns, wakes[i].waker, wakes[i].wakee,
				    wakes[i].cause == CAUSE_EXIT ? p->reasons[REASON_JOIN]
								 : p->text);
	}
	return begin_ns >= end_ns && !e->too_many;
}

static void add_forks(struct edges *e, uint64_t begin_ns, uint64_t end_ns)
{
	const struct machine *m = timeline_machine(e->v->tl);

	for (size_t i = 0; i < e->nr_places; i++) {
		const struct task *task = machine_task(m, e->places[i].task);

		if (task->begin_ns > timeline_begin_ns(e->v->tl) && task->begin_ns >= begin_ns &&
		    task->begin_ns < end_ns && task->parent != TASK_NONE)
			add(e, task->begin_ns, task->parent, e->places[i].task,
			    e->v->theme.palette->reasons[REASON_CHILD]);
	}
}

void edges_build(const struct view *v, struct scene *s)
{
	int64_t begin_ns = v->vp.now.begin_ns, end_ns = viewport_end(&v->vp);
	struct edges e = {.v = v, .last_x = -1e9f};
	size_t from, to;

	if (v->hide_edges || v->theme.metrics->pad <= 0 || end_ns <= 0)
		return;
	begin_ns = begin_ns > 0 ? begin_ns : 0;
	timeline_pages(v->tl, (uint64_t)begin_ns, (uint64_t)end_ns, &from, &to);
	if (to - from > 4) /* of tens of thousands of records each */
		return;
	find_places(&e);
	add_forks(&e, (uint64_t)begin_ns, (uint64_t)end_ns);
	if (!add_wakes(&e, (uint64_t)begin_ns, (uint64_t)end_ns))
		return;
	scene_no_ref(s);
	for (size_t i = 0; i < e.nr; i++) {
		const struct edge *edge = &e.all[i];
		bool down = edge->to->y > edge->from->y;
		float y0 = edge->from->y + edge->from->h / 2;
		float y1 = edge->to->y + edge->to->h * (down ? 0.3f : 0.7f);

		scene_arrow(s, edge->x, y0, edge->x, y1, rgba_alpha(edge->color, 0x70),
			    fmaxf(1, px(v, 1)));
	}
}
