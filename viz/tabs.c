/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/tabs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/locks.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/plain.h"
#include "model/ending.h"
#include "viz/study.h"
#include "viz/view.h"

static void put_ns(struct tab_cell *out, uint64_t ns)
{
	duration_text(ns, out->text);
	out->number = (double)ns;
}

static void put_count(struct tab_cell *out, uint64_t n)
{
	plain_count(n, out->text);
	out->number = (double)n;
}

static void put_share(struct tab_cell *out, uint64_t part, uint64_t whole)
{
	plain_share(part, whole, out->text);
	out->number = whole ? (double)part / (double)whole : 0;
}

static void put_words(struct tab_cell *out, const char *text)
{
	snprintf(out->text, sizeof(out->text), "%s", text);
}

static struct ref row_ref(enum tab tab, size_t row)
{
	return (struct ref){.kind = REF_TABLE_ROW, .lane = tab, .index = (uint32_t)row};
}

/* ---- findings ---- */

static const struct tab_column finding_columns[] = {
    {"part of the time", 150, false, true},
    {"what stands out", 0, true, false},
    {"rule", 190, true, false},
};

static size_t finding_nr(const struct view *v)
{
	const struct result *r = study_findings(v->study);

	return r ? r->nr_findings : 0;
}

static const struct finding *finding_at(const struct view *v, size_t row)
{
	return &study_findings(v->study)->findings[row];
}

static void finding_cell(const struct view *v, size_t row, unsigned int column,
			 struct tab_cell *out)
{
	const struct finding *f = finding_at(v, row);

	if (column == 0)
		put_share(out, f->severity, SHARE_WHOLE);
	else
		put_words(out, column == 1 ? f->text : f->id);
}

static struct ref finding_ref(const struct view *v, size_t row)
{
	(void)v;
	return row_ref(TAB_FINDINGS, row);
}

static double finding_share(const struct view *v, size_t row)
{
	return finding_at(v, row)->severity / 1e6;
}

/* ---- tasks ---- */

static const struct tab_column task_columns[] = {
    {"thread", -360, true, false},   {"tid", 70, false, true},
    {"running", 92, false, true},    {"ready, no core", 112, false, true},
    {"waiting", 92, false, true},    {"of life", 80, false, true},
    {"ended", 124, true, false},     {"went on a core", 112, false, true},
    {"core taken", 88, false, true}, {"changed core", 100, false, true},
};

static size_t task_nr(const struct view *v)
{
	return v->table->nr;
}

static void task_cell(const struct view *v, size_t row, unsigned int column, struct tab_cell *out)
{
	const struct task_total *t = &v->table->rows[row];
	const struct task *task = machine_task(timeline_machine(v->tl), t->task);

	switch (column) {
	case 0:
		put_words(out, task->comm);
		break;
	case 1:
		snprintf(out->text, sizeof(out->text), "%u", task->tid);
		out->number = task->tid;
		break;
	case 2:
		put_ns(out, t->sum.ns[STATE_RUNNING]);
		break;
	case 3:
		put_ns(out, t->sum.ns[STATE_RUNNABLE]);
		break;
	case 4:
		put_ns(out, t->sum.ns[STATE_BLOCKED]);
		break;
	case 5:
		put_share(out, t->sum.ns[STATE_RUNNING], t->life_ns);
		break;
	case 6:
		if (task->exited)
			ending_text(task->exit_code, out->text);
		break;
	case 7:
		put_count(out, task->sched_ins);
		break;
	case 8:
		put_count(out, task->preemptions);
		break;
	default:
		put_count(out, task->migrations);
	}
}

static struct ref task_ref(const struct view *v, size_t row)
{
	return (struct ref){.kind = REF_TABLE_TASK, .lane = v->table->rows[row].task};
}

static rgba_t task_color(const struct view *v, size_t row)
{
	return view_task_color(v, v->table->rows[row].task);
}

/* ---- locks ---- */

static const struct tab_column lock_columns[] = {
    {"lock", 190, true, false},
    {"kind", 130, true, false},
    {"mostly held by", -300, true, false},
    {"waited", 92, false, true},
    {"waits", 80, false, true},
    {"waiters at most", 116, false, true},
    {"somebody waited", 120, false, true},
    {"process", 90, false, true},
};

static size_t lock_nr(const struct view *v)
{
	const struct result *r = study_locks(v->study);

	return r ? r->table.nr : 0;
}

static const struct cell *lock_at(const struct view *v, size_t row)
{
	return rows_at(&study_locks(v->study)->table, row);
}

/* Other programs' locks are not what was asked for. */
static bool lock_shown(const struct view *v, size_t row)
{
	const struct cell *traced = &lock_at(v, row)[LOCKS_TRACED];

	return v->tree->all_tasks || (traced->known && traced->number);
}

/* Who had it when most of the waiting began. */
static void put_holder(const struct view *v, const struct cell *cell, struct tab_cell *out)
{
	const struct machine *m = timeline_machine(v->tl);
	uint64_t most = 0, tid = 0;

	for (size_t i = 0; cell->known && i < cell->rows->nr; i++) {
		const struct cell *row = rows_at(cell->rows, i);

		if (row[HOLDERS_TID].known && row[HOLDERS_WAITED_ON].number >= most) {
			most = row[HOLDERS_WAITED_ON].number;
			tid = row[HOLDERS_TID].number;
		}
	}
	uint32_t task = tid ? machine_find(m, (uint32_t)tid) : TASK_NONE;

	if (task != TASK_NONE)
		snprintf(out->text, sizeof(out->text), "%s %" PRIu64, machine_task(m, task)->comm,
			 tid);
	else
		put_words(out, tid ? "a thread that is not known" : "not known");
}

static void lock_cell(const struct view *v, size_t row, unsigned int column, struct tab_cell *out)
{
	const struct cell *c = lock_at(v, row);

	switch (column) {
	case 0:
		if (c[LOCKS_NAME].known)
			put_words(out, c[LOCKS_NAME].text);
		else
			snprintf(out->text, sizeof(out->text), "0x%" PRIx64, c[LOCKS_UADDR].number);
		break;
	case 1:
		put_words(out, c[LOCKS_KIND].text);
		break;
	case 2:
		if (c[LOCKS_IS_LOCK].number)
			put_holder(v, &c[LOCKS_HOLDERS], out);
		else
			put_words(out, "-");
		break;
	case 3:
		put_ns(out, c[LOCKS_WAIT_NS].number);
		break;
	case 4:
		put_count(out, c[LOCKS_WAITS].number);
		break;
	case 5:
		put_count(out, c[LOCKS_MAX_WAITERS].number);
		break;
	case 6:
		put_ns(out, c[LOCKS_ANY].number);
		break;
	default:
		snprintf(out->text, sizeof(out->text), "%" PRIu64, c[LOCKS_TGID].number);
		out->number = (double)c[LOCKS_TGID].number;
	}
}

static struct ref lock_ref(const struct view *v, size_t row)
{
	(void)v;
	return row_ref(TAB_LOCKS, row);
}

/* ---- critical path ---- */

static const struct tab_column critical_columns[] = {
    {"thread", -360, true, false},     {"tid", 70, false, true},
    {"on the path", 100, false, true}, {"part", 80, false, true},
    {"running", 92, false, true},      {"ready, no core", 112, false, true},
    {"waiting", 92, false, true},      {"unknown", 92, false, true},
};

static size_t critical_nr(const struct view *v)
{
	return v->path->nr_sums;
}

static void critical_cell(const struct view *v, size_t row, unsigned int column,
			  struct tab_cell *out)
{
	const struct path_sum *s = &v->path->sums[row];
	const struct machine *m = timeline_machine(v->tl);
	uint64_t length_ns = v->path->end_ns - timeline_begin_ns(v->tl);

	switch (column) {
	case 0:
		put_words(out,
			  s->task == TASK_NONE ? "nobody of it lived" : view_task_name(v, s->task));
		break;
	case 1:
		if (s->task == TASK_NONE)
			break;
		out->number = machine_task(m, s->task)->tid;
		snprintf(out->text, sizeof(out->text), "%u", machine_task(m, s->task)->tid);
		break;
	case 2:
		put_ns(out, s->total_ns);
		break;
	case 3:
		put_share(out, s->total_ns, length_ns);
		break;
	case 4:
		put_ns(out, s->running_ns);
		break;
	case 5:
		put_ns(out, s->runnable_ns);
		break;
	case 6:
		put_ns(out, s->blocked_ns);
		break;
	default:
		put_ns(out, s->unknown_ns);
	}
}

static struct ref critical_ref(const struct view *v, size_t row)
{
	(void)v;
	return row_ref(TAB_CRITICAL, row);
}

static rgba_t critical_color(const struct view *v, size_t row)
{
	return view_task_color(v, v->path->sums[row].task);
}

/* ---- cores ---- */

static const struct tab_column core_columns[] = {
    {"core", -200, false, false}, {"busy", 80, false, true},    {"ran", 92, false, true},
    {"idle", 92, false, true},    {"unknown", 92, false, true}, {"switches", 100, false, true},
};

static size_t core_nr(const struct view *v)
{
	return timeline_nr_cpus(v->tl);
}

static void core_cell(const struct view *v, size_t row, unsigned int column, struct tab_cell *out)
{
	const struct lane_data *lane = timeline_cpu(v->tl, (uint32_t)row);
	struct state_time sum = {0};
	uint64_t length_ns = timeline_end_ns(v->tl) - timeline_begin_ns(v->tl);

	if (lane->nr)
		lane_sum(lane, lane_begin(lane), lane->end_ns, &sum);
	switch (column) {
	case 0:
		snprintf(out->text, sizeof(out->text), "CPU %zu", row);
		out->number = (double)row;
		break;
	case 1:
		put_share(out, sum.ns[STATE_RUNNING], length_ns);
		break;
	case 2:
		put_ns(out, sum.ns[STATE_RUNNING]);
		break;
	case 3:
		put_ns(out, sum.ns[STATE_IDLE]);
		break;
	case 4:
		put_ns(out, sum.ns[STATE_UNKNOWN]);
		break;
	default:
		put_count(out, machine_cpu_switches(timeline_machine(v->tl), (uint32_t)row));
	}
}

static struct ref core_ref(const struct view *v, size_t row)
{
	(void)v;
	return (struct ref){.kind = REF_TABLE_CPU, .lane = (uint32_t)row};
}

#define COLUMNS(list) .columns = list, .nr_columns = sizeof(list) / sizeof(list[0])

static const struct tab_desc descs[TAB_NR] = {
    [TAB_FINDINGS] = {.name = "Findings",
		      COLUMNS(finding_columns),
		      .empty = "Nothing stands out.",
		      .nr = finding_nr,
		      .cell = finding_cell,
		      .ref = finding_ref,
		      .share = finding_share},
    [TAB_TASKS] = {.name = "Tasks",
		   COLUMNS(task_columns),
		   .sort = 2,
		   .empty = "No task ran.",
		   .nr = task_nr,
		   .cell = task_cell,
		   .ref = task_ref,
		   .color = task_color},
    [TAB_LOCKS] = {.name = "Locks",
		   COLUMNS(lock_columns),
		   .sort = 3,
		   .empty = "Nobody waited for a lock.",
		   .nr = lock_nr,
		   .shown = lock_shown,
		   .cell = lock_cell,
		   .ref = lock_ref},
    [TAB_CRITICAL] = {.name = "Critical path",
		      COLUMNS(critical_columns),
		      .sort = 2,
		      .empty = "There is none.",
		      .nr = critical_nr,
		      .cell = critical_cell,
		      .ref = critical_ref,
		      .color = critical_color},
    [TAB_CORES] = {.name = "Cores",
		   COLUMNS(core_columns),
		   .sort = 0,
		   .ascending = true,
		   .empty = "No core is known.",
		   .nr = core_nr,
		   .cell = core_cell,
		   .ref = core_ref},
};

const struct tab_desc *tab_desc(enum tab tab)
{
	return &descs[tab < TAB_NR ? tab : 0];
}

void tabs_init(struct tabs *t)
{
	memset(t, 0, sizeof(*t));
	t->beside = TAB_NR;
	for (int i = 0; i < TAB_NR; i++)
		t->of[i] = (struct tab_state){
		    .sort = descs[i].sort, .ascending = descs[i].ascending, .at = SIZE_MAX};
}

void tabs_done(struct tabs *t)
{
	free(t->order);
	free(t->order_beside);
	memset(t, 0, sizeof(*t));
}

void tabs_sort(struct tabs *t, enum tab tab, unsigned int column)
{
	struct tab_state *s = &t->of[tab];

	if (column >= descs[tab].nr_columns)
		return;
	if (s->sort == column)
		s->ascending = !s->ascending;
	else
		s->ascending = descs[tab].columns[column].words;
	s->sort = column;
	s->first = 0;
}

/* A row while they are sorted. */
struct sort_key {
	uint32_t row;
	int sign;
	bool words;
	double number;
	char text[48];
};

static int key_order(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;
	int r = x->words ? strcasecmp(x->text, y->text)
			 : (x->number > y->number) - (x->number < y->number);

	if (r == 0)
		return x->row < y->row ? -1 : x->row > y->row;
	return r * x->sign;
}

static bool is_kept(enum tab tab, const char *filter, const struct view *v, size_t row)
{
	const struct tab_desc *d = &descs[tab];
	char all[1200];
	size_t at = 0;

	if (d->shown && !d->shown(v, row))
		return false;
	if (!filter[0])
		return true;
	all[0] = '\0';
	for (unsigned int c = 0; c < d->nr_columns && at < sizeof(all); c++) {
		struct tab_cell cell = {.text = ""};

		d->cell(v, row, c, &cell);
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s ", cell.text);
	}
	return entry_matches(all, filter);
}

size_t tab_count(const struct view *v, enum tab tab)
{
	const struct tab_desc *d = &descs[tab];
	size_t nr = d->nr(v), shown = 0;

	for (size_t row = 0; d->shown && row < nr; row++)
		shown += d->shown(v, row);
	return d->shown ? shown : nr;
}

/* Rows of a table in its order: [returned] in order, which has room for all. */
static size_t sorted_rows(const struct tabs *t, enum tab tab, const char *filter,
			  const struct view *v, uint32_t *order)
{
	const struct tab_desc *d = &descs[tab];
	const struct tab_state *s = &t->of[tab];
	size_t nr = d->nr(v), kept = 0;
	struct sort_key *keys = mem_zalloc(nr + 1, sizeof(*keys));

	for (size_t row = 0; row < nr; row++) {
		struct tab_cell cell = {.text = ""};
		struct sort_key *key = &keys[kept];

		if (!is_kept(tab, filter, v, row))
			continue;
		d->cell(v, row, s->sort, &cell);
		key->row = (uint32_t)row;
		key->sign = s->ascending ? 1 : -1;
		key->words = d->columns[s->sort].words;
		key->number = cell.number;
		snprintf(key->text, sizeof(key->text), "%.47s", cell.text);
		kept++;
	}
	qsort(keys, kept, sizeof(*keys), key_order);
	for (size_t i = 0; i < kept; i++)
		order[i] = keys[i].row;
	free(keys);
	return kept;
}

/* The first of these that is not open and has rows. */
static enum tab choose_beside(const struct tabs *t, const struct view *v)
{
	static const enum tab wanted[] = {TAB_FINDINGS, TAB_TASKS, TAB_LOCKS, TAB_CORES};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (wanted[i] != t->open && tab_count(v, wanted[i]) > 0)
			return wanted[i];
	return TAB_NR;
}

void tabs_update(struct tabs *t, const struct view *v)
{
	size_t nr = descs[t->open].nr(v);

	t->order = mem_grow(t->order, &t->cap, nr + 1, sizeof(*t->order));
	t->nr = sorted_rows(t, t->open, t->filter, v, t->order);
	t->beside = choose_beside(t, v);
	t->nr_beside = 0;
	if (t->beside == TAB_NR)
		return;
	nr = descs[t->beside].nr(v);
	t->order_beside =
	    mem_grow(t->order_beside, &t->cap_beside, nr + 1, sizeof(*t->order_beside));
	t->nr_beside = sorted_rows(t, t->beside, "", v, t->order_beside);
}
