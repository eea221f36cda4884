/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Coroutines, regions, instants and counters, summed by task and name. Time on a core is the
 * task's running time between begin and end, so the sum of a thread's coroutines is what it ran.
 * Memory: one element per task and name; a hash of open addressing.
 */
#include "analysis/marks.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/pass.h"
#include "base/mem.h"
#include "model/names.h"

#define FIRST_SIZE 256
#define MAX_SUMS   (1u << 20)

/* Kinds in the order of the table. */
enum said { SAID_COROUTINE, SAID_REGION, SAID_INSTANT, SAID_COUNTER, SAID_NR };

struct sum {
	uint32_t task, probe;
	uint64_t name;
	uint8_t said; /* enum said */
	uint64_t count, cut, total_ns, running_ns, max_ns;
	int64_t lowest, highest, last;
};

struct ran {
	uint64_t closed_ns;               /* in running intervals that ended */
	uint64_t before_ns[STINT_LEVELS]; /* when what is open began */
};

struct marks {
	struct sum *sums; /* [nr] */
	size_t nr, cap;
	uint32_t *places; /* [nr_places] index of a sum + 1, 0: free */
	size_t nr_places;
	struct ran *ran; /* [nr_ran] by task */
	size_t nr_ran, cap_ran;
};

static void *marks_open(void)
{
	struct marks *a = mem_zalloc(1, sizeof(*a));

	a->nr_places = FIRST_SIZE;
	a->places = mem_zalloc(a->nr_places, sizeof(*a->places));
	return a;
}

static uint32_t *place_of(const struct marks *a, const struct sum *key)
{
	uint64_t mix = key->name ^ (uint64_t)key->task << 32 ^ (uint64_t)key->probe << 8;
	size_t at = ((mix ^ key->said) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (a->nr_places - 1);

	for (; a->places[at]; at = (at + 1) & (a->nr_places - 1)) {
		const struct sum *s = &a->sums[a->places[at] - 1];

		if (s->name == key->name && s->task == key->task && s->said == key->said &&
		    s->probe == key->probe)
			break;
	}
	return &a->places[at];
}

static struct sum *sum_of(struct marks *a, enum said said, uint32_t task, uint32_t probe,
			  uint64_t name)
{
	struct sum key = {.said = (uint8_t)said, .task = task, .probe = probe, .name = name};
	uint32_t *place = place_of(a, &key);

	if (*place)
		return &a->sums[*place - 1];
	if (a->nr == MAX_SUMS) /* the last one stands for what is too much */
		return &a->sums[a->nr - 1];
	a->sums = mem_grow(a->sums, &a->cap, a->nr + 1, sizeof(*a->sums));
	a->sums[a->nr] = key;
	*place = (uint32_t)++a->nr;
	if (a->nr * 2 > a->nr_places) {
		a->nr_places *= 2;
		free(a->places);
		a->places = mem_zalloc(a->nr_places, sizeof(*a->places));
		for (size_t i = 0; i < a->nr; i++)
			*place_of(a, &a->sums[i]) = (uint32_t)i + 1;
	}
	return &a->sums[a->nr - 1];
}

static struct ran *ran_of(struct marks *a, uint32_t task)
{
	a->ran = mem_reach(a->ran, &a->cap_ran, &a->nr_ran, task, sizeof(*a->ran));
	return &a->ran[task];
}

/* What the task has run in the window until now. */
static uint64_t ran_now(const struct ran *ran, const struct view *v, uint32_t task)
{
	uint64_t ns = ran->closed_ns, begin_ns;
	struct interval now;

	if (!machine_task_now(v->machine, task, &now) || now.state != STATE_RUNNING)
		return ns;
	begin_ns = now.begin_ns > v->begin_ns ? now.begin_ns : v->begin_ns;
	return ns + (now.end_ns > begin_ns ? now.end_ns - begin_ns : 0);
}

static void marks_interval(void *payload, const struct view *v, const struct interval *iv,
			   uint64_t dur_ns)
{
	(void)v;
	if (iv->state == STATE_RUNNING)
		ran_of(payload, iv->task)->closed_ns += dur_ns;
}

static void marks_stint(void *payload, const struct view *v, const struct stint *stint,
			uint64_t dur_ns)
{
	struct marks *a = payload;
	struct ran *ran = ran_of(a, stint->task);
	uint64_t ran_ns = ran_now(ran, v, stint->task) - ran->before_ns[stint->level];
	struct sum *s =
	    sum_of(a, stint->level ? SAID_REGION : SAID_COROUTINE, stint->task, 0, stint->name);

	s->total_ns += dur_ns;
	s->running_ns += ran_ns < dur_ns ? ran_ns : dur_ns;
	s->max_ns = dur_ns > s->max_ns ? dur_ns : s->max_ns;
	s->cut += stint->cut || stint->begin_ns < v->begin_ns || stint->end_ns > v->end_ns;
}

static void add_value(struct sum *s, int64_t value)
{
	s->lowest = s->count == 0 || value < s->lowest ? value : s->lowest;
	s->highest = s->count == 0 || value > s->highest ? value : s->highest;
	s->last = value;
	s->count++;
}

static void marks_moment(void *payload, const struct view *v, const struct moment *m)
{
	struct marks *a = payload;
	struct ran *ran = ran_of(a, m->task);

	switch (m->kind) {
	case MARK_SWITCH:
		ran->before_ns[0] = ran_now(ran, v, m->task);
		if (m->name)
			sum_of(a, SAID_COROUTINE, m->task, 0, m->name)->count++;
		break;
	case MARK_BEGIN:
		if (m->level < STINT_LEVELS)
			ran->before_ns[m->level] = ran_now(ran, v, m->task);
		sum_of(a, SAID_REGION, m->task, 0, m->name)->count++;
		break;
	case MARK_INSTANT:
	case MARK_COUNTER:
		add_value(sum_of(a, m->kind == MARK_COUNTER ? SAID_COUNTER : SAID_INSTANT, m->task,
				 m->probe, m->name),
			  m->value);
		break;
	default:
		break;
	}
}

static int compare_sums(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->said != b->said)
		return a->said < b->said ? -1 : 1;
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	if (a->running_ns != b->running_ns)
		return a->running_ns > b->running_ns ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->name < b->name ? -1 : a->name > b->name;
}

static const struct column columns[MARKS_NR_COLUMNS] = {
    [MARKS_TID] = {"tid", CELL_COUNT},
    [MARKS_COMM] = {"comm", CELL_TEXT},
    [MARKS_KIND] = {"kind", CELL_TEXT},
    [MARKS_NAME] = {"name", CELL_TEXT},
    [MARKS_COUNT] = {"count", CELL_COUNT},
    [MARKS_TOTAL] = {"total_ns", CELL_NS},
    [MARKS_RUNNING] = {"running_ns", CELL_NS},
    [MARKS_MAX] = {"max_ns", CELL_NS},
    [MARKS_CUT] = {"cut", CELL_COUNT},
    [MARKS_LOWEST] = {"lowest", CELL_SIGNED},
    [MARKS_HIGHEST] = {"highest", CELL_SIGNED},
    [MARKS_LAST] = {"last", CELL_SIGNED},
    [MARKS_ID] = {"id", CELL_HEX},
};

static void put_sum(struct rows *rows, const struct view *v, const struct sum *s)
{
	static const char *const kinds[SAID_NR] = {"coroutine", "region", "instant", "counter"};
	const struct task *task = machine_task(v->machine, s->task);
	struct cell *row = rows_add(rows);
	char name[MOMENT_TEXT_LEN];

	if (s->said == SAID_COROUTINE)
		machine_stint_text(v->machine, s->task, 0, s->name, name);
	else
		machine_moment_text(v->machine, s->task, s->probe, s->name, name);
	cell_number(&row[MARKS_TID], task->tid);
	cell_text(&row[MARKS_COMM], task->comm);
	cell_text(&row[MARKS_KIND], kinds[s->said]);
	cell_text(&row[MARKS_NAME], name);
	cell_number(&row[MARKS_COUNT], s->count);
	cell_number(&row[MARKS_ID], s->said == SAID_COROUTINE
					? machine_coroutine_id(v->machine, s->task, s->name)
					: s->name);
	if (s->said <= SAID_REGION) {
		cell_number(&row[MARKS_TOTAL], s->total_ns);
		cell_number(&row[MARKS_RUNNING], s->running_ns);
		cell_number(&row[MARKS_MAX], s->max_ns);
		cell_number(&row[MARKS_CUT], s->cut);
	} else if (s->said == SAID_COUNTER || s->probe) {
		cell_number(&row[MARKS_LOWEST], (uint64_t)s->lowest);
		cell_number(&row[MARKS_HIGHEST], (uint64_t)s->highest);
		cell_number(&row[MARKS_LAST], (uint64_t)s->last);
	}
}

static struct result *marks_result(void *payload, const struct view *v)
{
	struct marks *a = payload;
	struct result *r = result_open(columns, MARKS_NR_COLUMNS);

	if (a->nr)
		qsort(a->sums, a->nr, sizeof(*a->sums), compare_sums);
	memset(a->places, 0, a->nr_places * sizeof(*a->places));
	for (size_t i = 0; i < a->nr; i++) {
		*place_of(a, &a->sums[i]) = (uint32_t)i + 1;
		put_sum(&r->table, v, &a->sums[i]);
	}
	return r;
}

static void marks_close(void *payload)
{
	struct marks *a = payload;

	free(a->sums);
	free(a->places);
	free(a->ran);
	free(a);
}

const struct analysis analysis_marks = {
    .name = "marks",
    .open = marks_open,
    .task_interval = marks_interval,
    .stint = marks_stint,
    .moment = marks_moment,
    .result = marks_result,
    .close = marks_close,
};
