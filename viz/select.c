/* SPDX-License-Identifier: BSD-2-Clause */
/* What is selected, and the ways from there: along the lane, to wakers and holders, to matches. */
#include <stdlib.h>

#include "analysis/locks.h"
#include "viz/nav.h"

void app_select(struct app *app, struct ref ref)
{
	struct view *v = &app->view;
	struct interval iv;

	v->selected = ref;
	v->has_range = false;
	app->dirty = true;
	if (!view_interval_now(v, &ref, &iv))
		return;
	if (v->mode == MODE_LIVE)
		v->frozen = true;
	int64_t begin_ns = (int64_t)iv.begin_ns, end_ns = (int64_t)iv.end_ns;
	int64_t left_ns = v->vp.target.begin_ns, right_ns = left_ns + v->vp.target.span_ns;

	if (end_ns < left_ns || begin_ns > right_ns) {
		int64_t middle = begin_ns + (end_ns - begin_ns) / 2 - v->vp.target.span_ns / 2;

		nav_show(app, middle, middle + v->vp.target.span_ns);
	}
	uint32_t task = view_task_of(v, &ref);

	nav_reveal(app,
		   ref.kind == REF_CPU_SLICE    ? ROW_CPU
		   : ref.kind == REF_LOCK_SLICE ? ROW_LOCK
						: ROW_TASK,
		   task == TASK_NONE ? ref.lane : task);
}

/* Where a hand without a mouse begins: the first lane of a thread on the screen. */
static void select_first(struct app *app)
{
	struct view *v = &app->view;
	struct row_key key;
	uint32_t task = TASK_NONE;

	if (view_row_key(v, &v->hovered, &key) && key.kind == ROW_TASK)
		task = key.id;
	for (size_t i = 0; i < app->tree.nr && task == TASK_NONE; i++) {
		const struct row *row = &app->tree.rows[i];

		if (row->kind == ROW_TASK && view_row_y(v, row) >= v->layout.lanes.y)
			task = row->id;
	}
	if (task == TASK_NONE) {
		app_say(app, "there is no lane to begin at");
		return;
	}
	const struct lane_data *lane = timeline_task(app->tl, task);
	int64_t from_ns = v->vp.target.begin_ns > 0 ? v->vp.target.begin_ns : 0;
	size_t i = lane_find(lane, (uint64_t)from_ns);

	if (i < lane->nr)
		app_select(app, (struct ref){REF_TASK_SLICE, task, 1, (uint32_t)i});
}

void select_beside(struct app *app, int by)
{
	struct ref ref = app->view.selected;
	const struct lane_data *lane;
	struct slice said;
	size_t i;

	if (ref.kind == REF_TASK_LANE || ref.kind == REF_CPU_LANE || ref.kind == REF_LOCK_LANE) {
		struct ref slice = {ref.kind == REF_CPU_LANE    ? REF_CPU_SLICE
				    : ref.kind == REF_LOCK_LANE ? REF_LOCK_SLICE
								: REF_TASK_SLICE,
				    ref.lane, 1, 0};
		int64_t from_ns = app->view.vp.target.begin_ns;

		if (!view_slice(&app->view, &slice, &lane, &i))
			return;
		i = lane_find(lane, from_ns > 0 ? (uint64_t)from_ns : 0);
		ref = slice;
		ref.index = (uint32_t)i;
		if (i < lane->nr)
			app_select(app, ref);
		return;
	}
	if (!view_slice(&app->view, &ref, &lane, &i)) {
		select_first(app);
		return;
	}
	if (by < 0 && i == 0)
		return;
	i = by < 0 ? i - 1 : i + (ref.nr > 1 ? ref.nr : 1);
	/* Of what a thread says the next thing, not what is between. */
	while (ref.kind == REF_STRIP_SLICE && i < lane->nr && lane_read(lane, i, &said) &&
	       said.state != STATE_RUNNING)
		i += (size_t)by;
	if (i >= lane->nr)
		return;
	ref.index = (uint32_t)i;
	ref.nr = 1;
	app_select(app, ref);
}

static void select_at(struct app *app, uint32_t task, uint64_t ts_ns)
{
	const struct lane_data *lane = timeline_task(app->tl, task);
	size_t i = lane_find(lane, ts_ns);

	if (i >= lane->nr) {
		app_say(app, "%s is not among the lanes", view_task_name(&app->view, task));
		return;
	}
	app_select(app, (struct ref){REF_TASK_SLICE, task, 1, (uint32_t)i});
}

void select_waker(struct app *app)
{
	struct interval iv;

	if (app->view.selected.kind == REF_LOCK_SLICE &&
	    view_interval_now(&app->view, &app->view.selected, &iv) && iv.state == STATE_RUNNING) {
		select_at(app, iv.task, iv.begin_ns); /* who has it blocks those who wait */
		return;
	}
	if (!view_interval_now(&app->view, &app->view.selected, &iv) ||
	    app->view.selected.kind != REF_TASK_SLICE) {
		app_say(app, "select a wait of a thread first");
		return;
	}
	if (iv.waker != TASK_NONE) {
		uint64_t at_ns = iv.state == STATE_BLOCKED ? iv.end_ns : iv.begin_ns;

		select_at(app, iv.waker, at_ns > 0 ? at_ns - 1 : 0);
		return;
	}
	uint32_t owner = iv.state == STATE_BLOCKED && iv.owner
			     ? machine_find(timeline_machine(app->tl), iv.owner)
			     : TASK_NONE;

	if (owner != TASK_NONE)
		select_at(app, owner, iv.begin_ns);
	else
		app_say(app, "nobody is known to have woken or blocked this");
}

#define SLICES_LOOKED_AT 10000

/* Goes to a thread that began to wait for what this one held. */
static bool select_blocked_by(struct app *app, const struct interval *iv)
{
	const struct machine *m = timeline_machine(app->tl);
	const struct task *self = machine_task(m, iv->task);

	for (uint32_t task = 1; task < app->tree.nr_tasks; task++) {
		const struct lane_data *lane = timeline_task(app->tl, task);
		struct slice s;

		if (machine_task(m, task)->tgid != self->tgid)
			continue;
		size_t i = lane_find(lane, iv->begin_ns);

		for (size_t k = 0; k < SLICES_LOOKED_AT && lane_read(lane, i, &s); k++, i++) {
			if (s.begin_ns > iv->end_ns)
				break;
			if (slice_interval(&s).owner != self->tid || s.state != STATE_BLOCKED)
				continue;
			app_select(app, (struct ref){REF_TASK_SLICE, task, 1, (uint32_t)i});
			return true;
		}
	}
	return false;
}

void select_wakee(struct app *app)
{
	const struct wake_edge *wakes;
	struct interval iv;
	uint64_t at_ns;
	size_t nr;

	if (!view_interval_now(&app->view, &app->view.selected, &iv)) {
		app_say(app, "nothing is selected: click a bar first");
		return;
	}
	at_ns = iv.begin_ns;
	while ((wakes = timeline_wakes(app->tl, &at_ns, iv.end_ns + 1, &nr)))
		for (size_t i = 0; i < nr; i++)
			if (wakes[i].waker == iv.task && !wakes[i].spurious) {
				select_at(app, wakes[i].wakee, wakes[i].ts_ns);
				return;
			}
	if (iv.task == TASK_NONE || iv.task == TASK_IDLE || !select_blocked_by(app, &iv))
		app_say(app, "it woke and blocked nobody");
}

bool select_lane(struct app *app, struct row_key *out)
{
	struct view *v = &app->view;

	bool at_name = v->has_mouse && v->mouse_x < view_axis(v).x;

	/* A mouse on a lane's name means that one, whatever is selected. */
	if ((at_name && view_row_key(v, &v->hovered, out)) || view_row_key(v, &v->selected, out) ||
	    view_row_key(v, &v->hovered, out))
		return true;
	app_say(app, "which lane? Click it, or point at it");
	return false;
}

/* ---- rows of tables, and matches of the search ---- */

static void select_task_lane(struct app *app, uint32_t task)
{
	const struct row *row = tree_row_of_task(&app->tree, task);

	if (row && row->kind == ROW_GROUP) { /* who is asked for is shown among all others */
		tree_open_group(&app->tree, row->id, true);
		app_place(app);
	}
	nav_reveal(app, ROW_TASK, task);
	app_select(app, (struct ref){REF_TASK_LANE, task, 0, 0});
}

/* Shows an interval with a margin, in the middle of the view. */
static void show_interval(struct app *app, struct ref ref)
{
	app_select(app, ref);
	nav_fit(app);
}

/* A sync object as the table of locks tells of it, and the longest wait for it so far. */
struct longest {
	const struct machine *machine;
	uint32_t tgid;
	uint64_t uaddr;
	uint64_t ns;
	struct ref ref;
};

static void take_wait(struct longest *l, uint32_t task, size_t i, const struct slice *s,
		      uint64_t end_ns)
{
	if (end_ns - s->begin_ns <= l->ns)
		return;
	uint32_t id = view_sync_of(l->machine, task, s);
	const struct sync *sync = id == SYNC_NONE ? NULL : machine_sync(l->machine, id);

	if (!sync || sync->uaddr != l->uaddr || sync->tgid != l->tgid)
		return;
	l->ns = end_ns - s->begin_ns;
	l->ref = (struct ref){REF_TASK_SLICE, task, 1, (uint32_t)i};
}

static void take_run(void *payload, uint32_t id, const struct lane_run *run)
{
	struct longest *l = payload;

	if (lane_family(id) != LANE_TASK)
		return;
	for (size_t i = 0; i < run->nr; i++)
		take_wait(l, id, run->first + i, &run->slices[i], run_slice_end(run, i));
}

/* The longest wait for a lock. Of a long trace this reads the file once more. */
static void select_lock(struct app *app, uint32_t tgid, uint64_t uaddr)
{
	const struct machine *m = timeline_machine(app->tl);
	struct longest l = {.machine = m, .tgid = tgid, .uaddr = uaddr};
	size_t page, to;

	timeline_pages(app->tl, 0, UINT64_MAX, &page, &to);
	for (; page < to; page++)
		(void)timeline_page(app->tl, page, true, &l, take_run);
	for (uint32_t task = 1; task < machine_nr_tasks(m); task++) {
		const struct lane_data *lane = timeline_task(app->tl, task);

		if (lane->nr_open)
			take_wait(&l, task, lane->nr - 1, &lane->open[lane->nr_open - 1],
				  lane->end_ns);
	}
	if (l.ns)
		show_interval(app, l.ref);
	else
		app_say(app, "no wait for it is among the lanes");
}

static void select_finding(struct app *app, size_t row)
{
	const struct finding *f = &study_findings(app->study)->findings[row];
	uint32_t task =
	    f->nr_tids ? machine_find(timeline_machine(app->tl), f->tids[0]) : TASK_NONE;

	if (task != TASK_NONE)
		nav_reveal(app, ROW_TASK, task);
	app_select(app, (struct ref){REF_TABLE_ROW, TAB_FINDINGS, 1, (uint32_t)row});
	nav_show(app, (int64_t)f->begin_ns, (int64_t)f->end_ns);
}

static void select_on_path(struct app *app, size_t row)
{
	const struct path_sum *sum = &app->path.sums[row];
	const struct path_part *part = &app->path.parts[sum->longest];
	int64_t margin = (int64_t)(part->end_ns - part->begin_ns) / 2;

	app->view.show_path = true;
	if (sum->task != TASK_NONE) {
		const struct lane_data *lane = timeline_task(app->tl, sum->task);
		size_t i = lane_find(lane, part->begin_ns);

		if (i < lane->nr)
			app_select(app, (struct ref){REF_TASK_SLICE, sum->task, 1, (uint32_t)i});
	}
	nav_show(app, (int64_t)part->begin_ns - margin, (int64_t)part->end_ns + margin);
}

void select_table_row(struct app *app, enum tab tab, size_t row)
{
	const struct tab_desc *d = tab_desc(tab);
	struct view *v = &app->view;

	if (row >= d->nr(v))
		return;
	struct ref ref = d->ref(v, row);

	app->tabs.of[tab].at = row;
	if (ref.kind == REF_TABLE_TASK) {
		const struct lane_data *lane = timeline_task(app->tl, ref.lane);

		if (lane->nr)
			nav_show(app, (int64_t)lane_begin(lane), (int64_t)lane->end_ns);
		select_task_lane(app, ref.lane);
	} else if (ref.kind == REF_TABLE_CPU) {
		nav_reveal(app, ROW_CPU, ref.lane);
		app_select(app, (struct ref){REF_CPU_LANE, ref.lane, 0, 0});
	} else if (tab == TAB_FINDINGS) {
		select_finding(app, row);
	} else if (tab == TAB_LOCKS) {
		const struct cell *c = rows_at(&study_locks(app->study)->table, row);

		select_lock(app, c[LOCKS_TGID].known ? (uint32_t)c[LOCKS_TGID].number : 0,
			    c[LOCKS_UADDR].number);
	} else {
		select_on_path(app, row);
	}
}

void app_table_row(struct app *app, size_t row)
{
	select_table_row(app, app->tabs.open, row);
}

/* Where a name was said first. */
static void select_said(struct app *app, uint32_t number)
{
	const struct strip_name *name = &timeline_strips(app->tl)->names[number];
	const struct lane_data *lane = timeline_lane(app->tl, LANE_STRIP, name->strip);
	size_t i = lane_find(lane, name->first_ns);
	struct slice slice;

	/* A mark of a moment is what ends then. */
	if (strip_level(timeline_strips(app->tl), name->strip) >= STRIP_MOMENTS)
		i = lane_find(lane, name->first_ns - 1);
	if (i < lane->nr && lane_read(lane, i, &slice) && slice.state == STATE_RUNNING)
		show_interval(app, (struct ref){REF_STRIP_SLICE, name->strip, 1, (uint32_t)i});
}

void select_match(struct app *app, int by)
{
	struct find *f = &app->find;

	if (f->nr == 0) {
		app_say(app, f->text[0] ? "nothing is called \"%s\"" : "search first: /", f->text);
		return;
	}
	if (f->at >= f->nr)
		f->at = by < 0 ? f->nr - 1 : 0;
	else if (by)
		f->at = (f->at + f->nr + (size_t)(by + (int)f->nr)) % f->nr;
	const struct match *m = &f->matches[f->at];

	if (m->kind == MATCH_TASK)
		select_task_lane(app, m->id);
	else if (m->kind == MATCH_LOCK)
		select_lock(app, m->id, m->object);
	else if (m->kind == MATCH_SAID)
		select_said(app, m->id);
	else
		select_finding(app, m->id);
}
