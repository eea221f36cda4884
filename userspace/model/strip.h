/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program says of itself, as lanes: each task has a strip for the coroutine that runs, one
 * for each depth of its regions, one for marks of a moment, and one for each of its counters, of
 * which there are as many as it said something for. A strip is running while something was said to
 * go on and idle between; a mark of a moment, and a new value of a counter, is the nanosecond
 * before it, so that a strip's time running is their number. A counter has its value until the
 * next. Strips and names are numbered as they appear, and a page that is made again (model/page.h)
 * finds the numbers it had.
 */
#ifndef MODEL_STRIP_H
#define MODEL_STRIP_H

#include "base/keys.h"
#include "model/lane.h"
#include "model/names.h"

#define STRIP_MOMENTS   STINT_LEVELS /* level of the strip of moments; below it those of stints */
#define STRIP_COUNTERS  (STRIP_MOMENTS + 1) /* level of a task's first counter */
#define STRIP_LEVELS    32 /* what counts beyond them is a mark among the moments */
#define STRIP_NONE      KEYS_NONE
#define STRIP_EMPTY     UINT64_MAX /* end of a lane that has nothing yet */
#define STRIP_MAX_NAMES 65536      /* what comes after so many different ones has no name */
#define STRIP_TEXT_LEN  MOMENT_TEXT_LEN

/* STRIP_VALUE: of a counter in a strip of its own, STRIP_COUNTER: of one among the moments. */
enum strip_what { STRIP_STINT, STRIP_CUT, STRIP_INSTANT, STRIP_COUNTER, STRIP_VALUE };

/* What a counter was, so far. */
struct strip_values {
	int64_t min, max;
	uint64_t nr;   /* times that it was told; 0: no counter */
	uint32_t name; /* its number */
};

struct strip_name {
	uint64_t first_ns; /* when it was said first */
	uint32_t strip;    /* where */
};

struct strips {
	struct keys keys;         /* of strips: task, level */
	struct keys names_keys;   /* of names: kind and what it is of, name */
	struct strip_name *names; /* [names_keys.nr] */
	size_t cap_names;
	uint32_t *levels; /* [nr_levels] by task: which it has, a bit each */
	size_t nr_levels, cap_levels;
	struct keys counters;    /* that have a strip: task and probe, name */
	uint32_t *counter_strip; /* [counters.nr] */
	size_t cap_counters;
	struct strip_values *values; /* [keys.nr] by strip */
	size_t cap_values;
};

/* {0} is empty. */
void strips_done(struct strips *s);

/* ---- for who feeds lanes from the machine ---- */

/* Numbers what is new of a mark or stint, which belongs to that strip; STRIP_NONE: to none. */
uint32_t strips_note_moment(struct strips *s, const struct machine *m, const struct moment *mark);
uint32_t strips_note_stint(struct strips *s, const struct machine *m, const struct stint *stint);
/* The same of what was noted before. */
uint32_t strip_of_moment(const struct strips *s, const struct moment *mark);
uint32_t strip_of_stint(const struct strips *s, const struct stint *stint);

/*
 * By which a strip that ends at lane_end_ns, or is empty (STRIP_EMPTY), goes on. Returns how many,
 * one after the other. A begin ends what is between. Of a slice: other is the number of the name,
 * why enum strip_what, object the value of a counter.
 */
unsigned int strip_add_moment(const struct strips *s, const struct machine *m,
			      const struct moment *mark, uint64_t lane_end_ns,
			      struct slice_part out[2]);
unsigned int strip_add_stint(const struct strips *s, const struct machine *m,
			     const struct stint *stint, uint64_t lane_end_ns,
			     struct slice_part out[2]);

/* ---- asking ---- */

static inline size_t strips_nr(const struct strips *s)
{
	return s->keys.nr;
}

static inline uint32_t strip_task(const struct strips *s, uint32_t strip)
{
	return (uint32_t)s->keys.at[strip].high;
}

static inline unsigned int strip_level(const struct strips *s, uint32_t strip)
{
	return (unsigned int)s->keys.at[strip].low;
}

/* Levels that a task has strips of, a bit each. */
static inline uint32_t strips_of(const struct strips *s, uint32_t task)
{
	return task < s->nr_levels ? s->levels[task] : 0;
}

/* The strip of a task and level, STRIP_NONE if it has none. */
uint32_t strips_find(const struct strips *s, uint32_t task, unsigned int level);

static inline bool strip_is_counter(const struct strips *s, uint32_t strip)
{
	return strip < s->keys.nr && strip_level(s, strip) >= STRIP_COUNTERS;
}

/* The values of a counter's strip. Borrowed until more is noted. */
static inline const struct strip_values *strip_values(const struct strips *s, uint32_t strip)
{
	return &s->values[strip];
}

/* "parse", "coroutine 0x55d0c0", "python:line f": a name by its number. Fills out and returns it.
 */
const char *strip_name_text(const struct strips *s, const struct machine *m, uint32_t number,
			    char out[STRIP_TEXT_LEN]);
/* The same where it is known what it is the name of: "0x55d0c0". Part of the text. */
const char *strip_name_short(const char *text);

#endif
