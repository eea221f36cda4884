/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/strip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void strips_done(struct strips *s)
{
	keys_done(&s->keys);
	keys_done(&s->names_keys);
	keys_done(&s->counters);
	free(s->names);
	free(s->levels);
	free(s->counter_strip);
	free(s->values);
}

/* ---- numbers ---- */

uint32_t strips_find(const struct strips *s, uint32_t task, unsigned int level)
{
	return strips_of(s, task) >> level & 1 ? keys_find(&s->keys, task, level) : STRIP_NONE;
}

static uint32_t strip_get(struct strips *s, uint32_t task, unsigned int level)
{
	size_t nr = s->keys.nr;

	s->levels = mem_reach(s->levels, &s->cap_levels, &s->nr_levels, task, sizeof(*s->levels));
	s->levels[task] |= 1u << level;
	uint32_t strip = keys_index(&s->keys, task, level);

	s->values = mem_grow(s->values, &s->cap_values, s->keys.nr, sizeof(*s->values));
	if (nr < s->keys.nr)
		s->values[strip] = (struct strip_values){INT64_MAX, INT64_MIN, 0, STRIP_MAX_NAMES};
	return strip;
}

/* Coroutines are called by their process, marks by the probe they came from. */
static struct key name_key(const struct machine *m, uint32_t task, unsigned int level,
			   uint32_t probe, uint64_t name)
{
	uint64_t kind = level == 0 ? OBJECT_COROUTINE : OBJECT_MARK;

	return (struct key){kind << 32 | (level == 0 ? machine_task(m, task)->tgid : probe), name};
}

static void note_name(struct strips *s, struct key key, uint64_t ts_ns, uint32_t strip)
{
	uint32_t nr = (uint32_t)s->names_keys.nr;

	if (nr == STRIP_MAX_NAMES || keys_index(&s->names_keys, key.high, key.low) != nr)
		return;
	s->names = mem_grow(s->names, &s->cap_names, nr + 1, sizeof(*s->names));
	s->names[nr] = (struct strip_name){ts_ns, strip};
}

static uint32_t number_of(const struct strips *s, struct key key)
{
	uint32_t number = keys_find(&s->names_keys, key.high, key.low);

	return number == KEYS_NONE ? STRIP_MAX_NAMES : number;
}

/* ---- counters ---- */

/* A counter is one task's: two that count under one name each have what they said. */
static struct key counter_key(const struct moment *mark)
{
	return (struct key){(uint64_t)mark->task << 32 | mark->probe, mark->name};
}

/* Strip of a counter, STRIP_NONE if it has none of its own. */
static uint32_t counter_find(const struct strips *s, const struct moment *mark)
{
	struct key key = counter_key(mark);
	uint32_t at = keys_find(&s->counters, key.high, key.low);

	return at == KEYS_NONE ? STRIP_NONE : s->counter_strip[at];
}

/* The same, made if there is room for one. */
static uint32_t counter_get(struct strips *s, const struct moment *mark)
{
	uint32_t strip = counter_find(s, mark);
	uint32_t counters = strips_of(s, mark->task) >> STRIP_COUNTERS;
	struct key key = counter_key(mark);
	unsigned int level = STRIP_COUNTERS + (unsigned int)__builtin_popcount(counters);

	if (strip != STRIP_NONE || level >= STRIP_LEVELS)
		return strip;
	strip = strip_get(s, mark->task, level);
	uint32_t at = keys_index(&s->counters, key.high, key.low);

	s->counter_strip =
	    mem_grow(s->counter_strip, &s->cap_counters, at + 1, sizeof(*s->counter_strip));
	s->counter_strip[at] = strip;
	return strip;
}

static void note_value(struct strip_values *v, int64_t value, uint32_t name)
{
	v->name = name;
	v->min = value < v->min ? value : v->min;
	v->max = value > v->max ? value : v->max;
	v->nr++;
}

/* ---- strips of marks ---- */

/* Level of the strip that a mark is about, but for a counter's own; STRIP_NONE: none. */
static uint32_t level_of(const struct moment *mark)
{
	if (mark->kind == MARK_INSTANT || mark->kind == MARK_COUNTER)
		return STRIP_MOMENTS;
	if (mark->kind == MARK_BEGIN && mark->level < STINT_LEVELS)
		return mark->level;
	return mark->kind == MARK_SWITCH && mark->name ? 0 : STRIP_NONE;
}

static struct key key_of_moment(const struct machine *m, const struct moment *mark)
{
	return name_key(m, mark->task, level_of(mark), mark->probe, mark->name);
}

static struct key key_of_stint(const struct machine *m, const struct stint *stint)
{
	return name_key(m, stint->task, stint->level, 0, stint->name);
}

uint32_t strip_of_moment(const struct strips *s, const struct moment *mark)
{
	uint32_t level = level_of(mark);
	uint32_t own = mark->kind == MARK_COUNTER ? counter_find(s, mark) : STRIP_NONE;

	if (own != STRIP_NONE)
		return own;
	return level == STRIP_NONE ? STRIP_NONE : strips_find(s, mark->task, level);
}

uint32_t strip_of_stint(const struct strips *s, const struct stint *stint)
{
	return strips_find(s, stint->task, stint->level);
}

uint32_t strips_note_moment(struct strips *s, const struct machine *m, const struct moment *mark)
{
	uint32_t level = level_of(mark), strip = STRIP_NONE;

	if (level == STRIP_NONE)
		return STRIP_NONE;
	if (mark->kind == MARK_COUNTER)
		strip = counter_get(s, mark);
	bool own = strip != STRIP_NONE;

	if (!own)
		strip = strip_get(s, mark->task, level);
	note_name(s, key_of_moment(m, mark), mark->ts_ns, strip);
	if (own)
		note_value(&s->values[strip], mark->value, number_of(s, key_of_moment(m, mark)));
	return strip;
}

uint32_t strips_note_stint(struct strips *s, const struct machine *m, const struct stint *stint)
{
	uint32_t strip = strip_get(s, stint->task, stint->level);

	note_name(s, key_of_stint(m, stint), stint->begin_ns, strip);
	return strip;
}

/* ---- slices ---- */

static unsigned int add_idle(uint64_t lane_end_ns, uint64_t end_ns, struct slice_part *out)
{
	if (lane_end_ns == STRIP_EMPTY || lane_end_ns >= end_ns)
		return 0;
	*out = (struct slice_part){
	    .slice = {.begin_ns = lane_end_ns,
		      .other = TASK_NONE,
		      .nr = RECORD_NO_SYSCALL,
		      .state = STATE_IDLE},
	    .end_ns = end_ns,
	};
	return 1;
}

/* What was said from begin_ns to end_ns. It lasts, so that it leaves a mark, and stands behind what
 * the strip has. */
static unsigned int add_said(uint64_t lane_end_ns, uint64_t begin_ns, uint64_t end_ns,
			     const struct slice *said, struct slice_part out[2])
{
	if (lane_end_ns != STRIP_EMPTY && begin_ns < lane_end_ns)
		begin_ns = lane_end_ns;
	unsigned int nr = add_idle(lane_end_ns, begin_ns, out);

	out[nr].slice = *said;
	out[nr].slice.begin_ns = begin_ns;
	out[nr].slice.nr = RECORD_NO_SYSCALL;
	out[nr].slice.state = STATE_RUNNING;
	out[nr].end_ns = end_ns > begin_ns ? end_ns : begin_ns + 1;
	return nr + 1;
}

unsigned int strip_add_moment(const struct strips *s, const struct machine *m,
			      const struct moment *mark, uint64_t lane_end_ns,
			      struct slice_part out[2])
{
	bool own = mark->kind == MARK_COUNTER && counter_find(s, mark) != STRIP_NONE;
	struct slice said = {
	    .object = (uint64_t)mark->value,
	    .other = number_of(s, key_of_moment(m, mark)),
	    .why = own                          ? STRIP_VALUE
		   : mark->kind == MARK_COUNTER ? STRIP_COUNTER
						: STRIP_INSTANT,
	};

	if (level_of(mark) != STRIP_MOMENTS)
		return add_idle(lane_end_ns, mark->ts_ns, out);
	return add_said(lane_end_ns, mark->ts_ns ? mark->ts_ns - 1 : 0, mark->ts_ns, &said, out);
}

unsigned int strip_add_stint(const struct strips *s, const struct machine *m,
			     const struct stint *stint, uint64_t lane_end_ns,
			     struct slice_part out[2])
{
	struct slice said = {
	    .other = number_of(s, key_of_stint(m, stint)),
	    .why = stint->cut ? STRIP_CUT : STRIP_STINT,
	    .inferred = stint->inferred,
	};

	return add_said(lane_end_ns, stint->begin_ns, stint->end_ns, &said, out);
}

/* ---- names ---- */

const char *strip_name_text(const struct strips *s, const struct machine *m, uint32_t number,
			    char out[STRIP_TEXT_LEN])
{
	if (number >= s->names_keys.nr) {
		snprintf(out, STRIP_TEXT_LEN, "?");
		return out;
	}
	const struct key *key = &s->names_keys.at[number];
	uint32_t task = strip_task(s, s->names[number].strip);

	if (key->high >> 32 == OBJECT_COROUTINE)
		return machine_stint_text(m, task, 0, key->low, out);
	return machine_moment_text(m, task, (uint32_t)key->high, key->low, out);
}

const char *strip_name_short(const char *text)
{
	static const char coroutine[] = "coroutine ";
	size_t len = sizeof(coroutine) - 1;

	return strncmp(text, coroutine, len) == 0 && strncmp(text + len, "0x", 2) == 0 ? text + len
										       : text;
}
