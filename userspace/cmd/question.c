/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks by their names, slices by their state and by what they wait at. */
#include "cmd/question.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/names.h"
#include "model/reason.h"

#define NO_OBJECT UINT64_MAX
#define MAX_WHO   32

/* One of the words between commas. */
static bool read_state(struct wanted *out, const char *word)
{
	bool found = strcmp(word, "gil") == 0;

	out->gil |= found;
	for (int i = 0; i < STATE_NR; i++)
		if (i != STATE_EXITED && i != STATE_IDLE && strcmp(word, state_key(i)) == 0) {
			out->states |= 1u << i;
			found = true;
		}
	for (int i = 0; i < REASON_NR; i++)
		if (strcmp(word, reason_key(i)) == 0) {
			out->reasons |= 1u << i;
			found = true;
		}
	return found;
}

bool wanted_read(struct wanted *out, const char *text)
{
	char word[MAX_WHO];

	*out = (struct wanted){.object = NO_OBJECT};
	while (*text && *text != '/') {
		size_t len = strcspn(text, ",/");

		if (len >= sizeof(word))
			return false;
		memcpy(word, text, len);
		word[len] = 0;
		if (!read_state(out, word))
			return false;
		text += len + (text[len] == ',');
	}
	out->one = strcmp(text, "/one") == 0;
	out->shared = strcmp(text, "/shared") == 0;
	return !*text || out->one || out->shared;
}

const struct task *question_task(const struct question *q, uint32_t task, const char *who)
{
	const struct task *t = machine_task(timeline_machine(q->tl), task);
	size_t len = strcspn(who, "/");
	char pattern[MAX_WHO];

	if (task == TASK_IDLE || !t->traced || len >= sizeof(pattern))
		return NULL;
	memcpy(pattern, who, len);
	pattern[len] = 0;
	if (strcmp(who + len, "/first") == 0 && t->tid != t->tgid)
		return NULL;
	return fnmatch(pattern, t->comm, 0) == 0 ? t : NULL;
}

static uint32_t sync_of(const struct question *q, const struct task *task,
			const struct slice *slice)
{
	const struct machine *m = timeline_machine(q->tl);
	uint32_t sync = SYNC_NONE;

	if (slice->object_kind == OBJECT_FUTEX || slice->object_kind == OBJECT_FUTEXES)
		sync = machine_find_sync(m, task->tgid, slice->object, slice->begin_ns);
	return sync == SYNC_NONE ? SYNC_NONE : machine_sync_id(m, sync);
}

/* Any object as a number: a sync object's, or that of a file with its kind. */
static uint64_t object_of(const struct question *q, const struct task *task,
			  const struct slice *slice)
{
	uint32_t sync = sync_of(q, task, slice);

	if (sync != SYNC_NONE)
		return sync;
	if (slice->state != STATE_BLOCKED || !slice->object)
		return NO_OBJECT;
	return (uint64_t)1 << 63 | (uint64_t)slice->object_kind << 56 |
	       (slice->object & (((uint64_t)1 << 56) - 1));
}

/* As userspace/collect/cpython.c names its parts: "GIL", "GIL mutex", "GIL switch". */
static bool is_gil(const struct machine *m, uint32_t sync)
{
	char name[NAME_TEXT_LEN];

	return machine_sync_name(m, sync, name, sizeof(name)) && strncmp(name, "GIL", 3) == 0 &&
	       (!name[3] || name[3] == ' ');
}

static bool is_shared(const struct machine *m, uint32_t sync)
{
	return sync != SYNC_NONE && (machine_sync(m, sync)->flags & SYNC_SHARED);
}

static bool is_wanted(const struct question *q, const struct task *task, const struct slice *slice)
{
	const struct machine *m = timeline_machine(q->tl);
	const struct wanted *w = &q->wanted;
	bool blocked = slice->state == STATE_BLOCKED;

	if (!(w->states >> slice->state & 1) && !(blocked && w->reasons >> slice->why & 1) &&
	    !(blocked && w->gil && is_gil(m, sync_of(q, task, slice))))
		return false;
	if (w->shared)
		return is_shared(m, sync_of(q, task, slice));
	return !w->one || (w->object != NO_OBJECT && object_of(q, task, slice) == w->object);
}

struct sum question_sum(const struct question *q)
{
	struct sum sum = {0};
	struct slice slice;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);
		const struct task *task = question_task(q, i, q->who);

		for (size_t s = 0; task && lane_read(lane, s, &slice); s++) {
			uint64_t ns = lane_slice_end(lane, s) - slice.begin_ns;

			if (slice.state == STATE_EXITED)
				continue;
			sum.lives_ns += ns;
			if (!is_wanted(q, task, &slice))
				continue;
			sum.ns += ns;
			sum.nr++;
			if (ns > sum.max_ns)
				sum.max_ns = ns;
		}
	}
	return sum;
}

/* An object, and how long they waited there. */
struct place {
	uint64_t object, ns;
	uint32_t task;
	struct slice slice;
};

struct places {
	struct place *rows; /* [nr] */
	size_t nr, cap;
};

static void add_place(struct places *p, uint64_t object, uint64_t ns, uint32_t task,
		      const struct slice *slice)
{
	size_t i = 0;

	while (i < p->nr && p->rows[i].object != object)
		i++;
	if (i == p->nr) {
		p->rows = mem_grow(p->rows, &p->cap, p->nr + 1, sizeof(*p->rows));
		p->rows[p->nr++] = (struct place){object, 0, task, *slice};
	}
	p->rows[i].ns += ns;
}

static struct places places_of(const struct question *q)
{
	struct places found = {0};
	struct slice slice;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);
		const struct task *task = question_task(q, i, q->who);

		for (size_t s = 0; task && lane_read(lane, s, &slice); s++) {
			uint64_t object = NO_OBJECT;

			if (slice.state == STATE_BLOCKED && is_wanted(q, task, &slice))
				object = object_of(q, task, &slice);
			if (object != NO_OBJECT)
				add_place(&found, object, lane_slice_end(lane, s) - slice.begin_ns,
					  i, &slice);
		}
	}
	return found;
}

static bool name_place(const struct question *q, const struct place *place, char *name, size_t len)
{
	struct interval iv = slice_interval(&place->slice);

	iv.task = place->task;
	return machine_object(timeline_machine(q->tl), &iv, name, len);
}

bool question_find_one(struct question *q, char *name, size_t len)
{
	bool one = q->wanted.one;
	struct places places;
	size_t best = 0;

	q->wanted.one = false;
	places = places_of(q);
	q->wanted.one = one;
	for (size_t i = 1; i < places.nr; i++)
		if (places.rows[i].ns > places.rows[best].ns)
			best = i;
	name[0] = 0;
	if (places.nr) {
		q->wanted.object = places.rows[best].object;
		if (!name_place(q, &places.rows[best], name, len))
			name[0] = 0;
	}
	free(places.rows);
	return q->wanted.object != NO_OBJECT;
}

bool question_knows_gil(const struct question *q)
{
	const struct machine *m = timeline_machine(q->tl);

	for (uint32_t i = 0; i < machine_nr_syncs(m); i++)
		if (is_gil(m, i))
			return true;
	return false;
}
