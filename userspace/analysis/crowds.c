/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is woken together with others, and goes back to wait. Memory: one element per object that
 * tasks wait at, and per task.
 */
#include "analysis/crowds.h"

#include <stdlib.h>

#include "analysis/meeting.h"
#include "base/mem.h"

#define NONE        UINT32_MAX
#define TOGETHER_NS 100000 /* between two wakings of one act: they are told one by one */

struct crowd {
	uint64_t woken, vain, vain_ns;
};

struct place {
	struct interval wait; /* one of them, as an example */
	uint32_t waker;
	uint64_t last_ns;      /* when it last woke one */
	uint32_t number;       /* of the crowd that is woken now */
	struct crowd now, old; /* old: the one before, of whom some may still come back */
	struct crowd all;
	uint64_t times, begin_ns, end_ns;
};

/* Who was woken there and has not waited there since. */
struct guest {
	uint32_t place; /* or NONE */
	uint32_t number;
	uint64_t ran_ns, runnable_ns;
	uint32_t last_place, last_number; /* where it was woken last */
};

struct crowds {
	struct keys keys;
	struct place *places; /* [nr_places] */
	size_t nr_places, cap_places;
	struct guest *guests; /* [nr_guests] by task index */
	size_t nr_guests, cap_guests;
};

static void *crowds_open(void)
{
	return mem_zalloc(1, sizeof(struct crowds));
}

static struct place *place_at(struct crowds *a, uint32_t place, const struct interval *iv)
{
	while (place >= a->nr_places) {
		a->places =
		    mem_grow(a->places, &a->cap_places, a->nr_places + 1, sizeof(*a->places));
		a->places[a->nr_places++] = (struct place){.wait = *iv, .waker = TASK_NONE};
	}
	return &a->places[place];
}

static struct guest *guest_at(struct crowds *a, uint32_t task)
{
	while (a->nr_guests <= task) {
		a->guests =
		    mem_grow(a->guests, &a->cap_guests, a->nr_guests + 1, sizeof(*a->guests));
		a->guests[a->nr_guests++] = (struct guest){.place = NONE, .last_place = NONE};
	}
	return &a->guests[task];
}

static void crowd_is_over(struct place *p, const struct crowd *c)
{
	if (c->woken < CROWDS_SIZE)
		return;
	p->times++;
	p->all.woken += c->woken;
	p->all.vain += c->vain;
	p->all.vain_ns += c->vain_ns;
}

static void is_woken(struct crowds *a, const struct view *v, const struct interval *iv)
{
	uint32_t place = meeting_index(&a->keys, v, iv);

	/* A barrier lets all go, and each has something to do. */
	if (place == NONE || iv->why == REASON_BARRIER || iv->why == REASON_ONCE)
		return;
	struct place *p = place_at(a, place, iv);
	struct guest *g = guest_at(a, iv->task);

	if (p->now.woken == 0)
		p->begin_ns = iv->end_ns;
	if (p->now.woken == 0 || p->waker != iv->waker ||
	    (g->last_place == place && g->last_number == p->number) ||
	    iv->end_ns - p->last_ns > TOGETHER_NS) {
		crowd_is_over(p, &p->old);
		p->old = p->now;
		p->now = (struct crowd){0};
		p->number++;
		p->waker = iv->waker;
	}
	p->now.woken++;
	p->last_ns = iv->end_ns;
	*g = (struct guest){
	    .place = place, .number = p->number, .last_place = place, .last_number = p->number};
}

static void crowds_interval(void *payload, const struct view *v, const struct interval *iv,
			    uint64_t dur_ns)
{
	struct crowds *a = payload;

	if (iv->state == STATE_BLOCKED) {
		is_woken(a, v, iv);
		return;
	}
	if (iv->task >= a->nr_guests || a->guests[iv->task].place == NONE)
		return;
	struct guest *g = &a->guests[iv->task];

	if (iv->state == STATE_RUNNING)
		g->ran_ns += dur_ns;
	else if (iv->state == STATE_RUNNABLE)
		g->runnable_ns += dur_ns;
	if (g->ran_ns > CROWDS_IDLE_NS)
		g->place = NONE;
}

static void crowds_block(void *payload, const struct view *v, const struct interval *iv)
{
	struct crowds *a = payload;

	if (iv->task >= a->nr_guests || a->guests[iv->task].place == NONE)
		return;
	struct guest *g = &a->guests[iv->task];
	uint32_t place = meeting_index(&a->keys, v, iv);

	if (place != NONE)
		place_at(a, place, iv);
	if (place != g->place)
		return;
	struct place *p = &a->places[place];
	struct crowd *c = g->number == p->number       ? &p->now
			  : g->number + 1 == p->number ? &p->old
						       : NULL;

	g->place = NONE;
	if (!c)
		return;
	c->vain++;
	c->vain_ns += g->ran_ns + g->runnable_ns;
	p->end_ns = iv->begin_ns;
}

static const struct column columns[CROWDS_NR_COLUMNS] = {
    [CROWDS_WHERE] = {"where", CELL_TEXT},   [CROWDS_TASK] = {"task", CELL_COUNT},
    [CROWDS_TIMES] = {"times", CELL_COUNT},  [CROWDS_WOKEN] = {"woken", CELL_COUNT},
    [CROWDS_VAIN] = {"in_vain", CELL_COUNT}, [CROWDS_VAIN_NS] = {"in_vain_ns", CELL_NS},
    [CROWDS_BEGIN] = {"begin_ns", CELL_NS},  [CROWDS_END] = {"end_ns", CELL_NS},
};

static struct result *crowds_result(void *payload, const struct view *v)
{
	struct crowds *a = payload;
	struct result *r = result_open(columns, CROWDS_NR_COLUMNS);
	char where[MEETING_TEXT_LEN];

	for (size_t i = 0; i < a->nr_places; i++) {
		struct place *p = &a->places[i];

		crowd_is_over(p, &p->old);
		/* Who waits when the window ends was not woken. */
		if (p->last_ns < v->end_ns)
			crowd_is_over(p, &p->now);
		p->old = p->now = (struct crowd){0};
		if (p->times == 0)
			continue;
		struct cell *row = rows_add(&r->table);

		cell_text(&row[CROWDS_WHERE], meeting_text(v, &p->wait, where));
		cell_number(&row[CROWDS_TASK], p->wait.task);
		cell_number(&row[CROWDS_TIMES], p->times);
		cell_number(&row[CROWDS_WOKEN], p->all.woken);
		cell_number(&row[CROWDS_VAIN], p->all.vain);
		cell_number(&row[CROWDS_VAIN_NS], p->all.vain_ns);
		cell_number(&row[CROWDS_BEGIN], p->begin_ns);
		cell_number(&row[CROWDS_END], p->end_ns);
	}
	return r;
}

static void crowds_close(void *payload)
{
	struct crowds *a = payload;

	keys_done(&a->keys);
	free(a->places);
	free(a->guests);
	free(a);
}

const struct analysis analysis_crowds = {
    .name = "crowds",
    .open = crowds_open,
    .task_interval = crowds_interval,
    .block = crowds_block,
    .result = crowds_result,
    .close = crowds_close,
};
