/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits that should have been ended by a wake. Memory: one element per task and futex that it
 * waited at. */
#include "analysis/missed.h"

#include <stdlib.h>

#include "analysis/meeting.h"
#include "base/mem.h"
#include "model/cause.h"

#define NONE UINT32_MAX

struct habit {
	struct interval wait; /* one of them, as an example */
	uint32_t place;
	uint64_t late, late_ns, idle, idle_ns, woken, woken_ns, timed, timed_ns;
	uint64_t begin_ns, end_ns;
};

/* A task whose time was up. */
struct late {
	uint32_t habit; /* NONE: it is not */
	uint64_t begin_ns, end_ns, ran_ns;
};

struct missed {
	struct keys keys, habit_keys;
	struct habit *habits; /* [nr_habits] */
	size_t nr_habits, cap_habits;
	struct late *lates; /* [nr_lates] by task index */
	size_t nr_lates, cap_lates;
};

static void *missed_open(void)
{
	return mem_zalloc(1, sizeof(struct missed));
}

/* NONE: it does not wait at a futex, or for a lock, whose owner may take its time. */
static uint32_t habit_index(struct missed *a, const struct view *v, const struct interval *iv)
{
	if (iv->object_kind != OBJECT_FUTEX || iv->why == REASON_LOCK || iv->why == REASON_JOIN ||
	    iv->why == REASON_BARRIER || iv->why == REASON_ONCE)
		return NONE;
	uint32_t place = meeting_index(&a->keys, v, iv);

	if (place == NONE)
		return NONE;
	uint32_t habit = keys_index(&a->habit_keys, place, iv->task);

	while (habit >= a->nr_habits) {
		a->habits =
		    mem_grow(a->habits, &a->cap_habits, a->nr_habits + 1, sizeof(*a->habits));
		a->habits[a->nr_habits++] = (struct habit){.wait = *iv, .place = place};
	}
	return habit;
}

static struct late *late_at(struct missed *a, uint32_t task)
{
	while (a->nr_lates <= task) {
		a->lates = mem_grow(a->lates, &a->cap_lates, a->nr_lates + 1, sizeof(*a->lates));
		a->lates[a->nr_lates++] = (struct late){.habit = NONE};
	}
	return &a->lates[task];
}

static void had_work(struct missed *a, struct late *l)
{
	struct habit *h = &a->habits[l->habit];

	if (h->late++ == 0)
		h->begin_ns = l->begin_ns;
	h->late_ns += l->end_ns - l->begin_ns;
	h->end_ns = l->end_ns;
	l->habit = NONE;
}

static void wait_is_over(struct missed *a, const struct view *v, const struct interval *iv,
			 uint64_t dur_ns)
{
	uint32_t habit = habit_index(a, v, iv);

	if (habit == NONE)
		return;
	if (iv->waker != TASK_NONE) {
		a->habits[habit].woken++;
		a->habits[habit].woken_ns += dur_ns;
		return;
	}
	if (iv->cause != CAUSE_TIMER)
		return;
	a->habits[habit].timed++;
	a->habits[habit].timed_ns += dur_ns;
	*late_at(a, iv->task) =
	    (struct late){.habit = habit, .begin_ns = iv->end_ns - dur_ns, .end_ns = iv->end_ns};
}

static void missed_interval(void *payload, const struct view *v, const struct interval *iv,
			    uint64_t dur_ns)
{
	struct missed *a = payload;
	struct late *l = late_at(a, iv->task);

	if (iv->state == STATE_BLOCKED)
		wait_is_over(a, v, iv, dur_ns);
	if (iv->state != STATE_RUNNING || l->habit == NONE)
		return;
	l->ran_ns += dur_ns;
	if (l->ran_ns > MISSED_WORK_NS)
		had_work(a, l);
}

static void missed_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct missed *a = payload;
	struct late *l = late_at(a, iv->task);

	if (l->habit == NONE)
		return;
	if (habit_index(a, v, iv) == l->habit) {
		a->habits[l->habit].idle++;
		a->habits[l->habit].idle_ns += l->end_ns - l->begin_ns;
		l->habit = NONE;
	}
}

/* What all tasks that waited at a place had there. */
struct place {
	uint64_t tasks, woken;
};

/* [the number of places] by place. The caller frees. */
static struct place *places_of(const struct missed *a)
{
	struct place *places = mem_zalloc(a->keys.nr + 1, sizeof(*places));

	for (size_t i = 0; i < a->nr_habits; i++) {
		places[a->habits[i].place].tasks++;
		places[a->habits[i].place].woken += a->habits[i].woken;
	}
	return places;
}

static const struct column columns[MISSED_NR_COLUMNS] = {
    [MISSED_TIMED] = {"timed", CELL_COUNT},    [MISSED_TIMED_NS] = {"timed_ns", CELL_NS},
    [MISSED_WHERE] = {"where", CELL_TEXT},     [MISSED_TASK] = {"task", CELL_COUNT},
    [MISSED_LATE] = {"late", CELL_COUNT},      [MISSED_LATE_NS] = {"late_ns", CELL_NS},
    [MISSED_IDLE] = {"idle", CELL_COUNT},      [MISSED_WOKEN] = {"woken", CELL_COUNT},
    [MISSED_WOKEN_NS] = {"woken_ns", CELL_NS}, [MISSED_BEGIN] = {"begin_ns", CELL_NS},
    [MISSED_END] = {"end_ns", CELL_NS},        [MISSED_IDLE_NS] = {"idle_ns", CELL_NS},
    [MISSED_TASKS] = {"tasks", CELL_COUNT},    [MISSED_ANY_WOKEN] = {"any_woken", CELL_COUNT},
};

static struct result *missed_result(void *payload, const struct view *v)
{
	struct missed *a = payload;
	struct result *r = result_open(columns, MISSED_NR_COLUMNS);
	char where[MEETING_TEXT_LEN];
	struct place *places = places_of(a);

	for (size_t i = 0; i < a->nr_habits; i++) {
		const struct habit *h = &a->habits[i];

		if (h->timed == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_text(&row[MISSED_WHERE], meeting_text(v, &h->wait, where));
		cell_number(&row[MISSED_TASK], h->wait.task);
		cell_number(&row[MISSED_LATE], h->late);
		cell_number(&row[MISSED_LATE_NS], h->late_ns);
		cell_number(&row[MISSED_IDLE], h->idle);
		cell_number(&row[MISSED_IDLE_NS], h->idle_ns);
		cell_number(&row[MISSED_WOKEN], h->woken);
		cell_number(&row[MISSED_WOKEN_NS], h->woken_ns);
		cell_number(&row[MISSED_TASKS], places[h->place].tasks);
		cell_number(&row[MISSED_ANY_WOKEN], places[h->place].woken);
		cell_number(&row[MISSED_TIMED], h->timed);
		cell_number(&row[MISSED_TIMED_NS], h->timed_ns);
		if (h->late == 0)
			continue;
		cell_number(&row[MISSED_BEGIN], h->begin_ns);
		cell_number(&row[MISSED_END], h->end_ns);
	}
	free(places);
	return r;
}

static void missed_close(void *payload)
{
	struct missed *a = payload;

	keys_done(&a->keys);
	keys_done(&a->habit_keys);
	free(a->habits);
	free(a->lates);
	free(a);
}

const struct analysis analysis_missed = {
    .name = "missed",
    .open = missed_open,
    .states = 1 << STATE_BLOCKED | 1 << STATE_RUNNING,
    .task_interval = missed_interval,
    .block = missed_block,
    .result = missed_result,
    .close = missed_close,
};
