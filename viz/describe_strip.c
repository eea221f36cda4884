/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread says of itself, in words. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "viz/describe.h"

#define SLICES_LOOKED_AT 4096
#define NR_NAMES         24 /* told apart */
#define NR_TOLD          5

static const char *const nouns[][2] = {
    {"coroutine", "coroutines"},
    {"region", "regions"},
    {"mark", "marks"},
    {"value", "values"},
};

/* "mark", "marks" */
static const char *noun(unsigned int level, uint64_t nr)
{
	return nouns[level > STRIP_MOMENTS ? 3 : level == STRIP_MOMENTS ? 2 : level > 0][nr != 1];
}

static const char *name_text(const struct view *v, uint32_t number, char out[STRIP_TEXT_LEN])
{
	return strip_name_text(timeline_strips(v->tl), timeline_machine(v->tl), number, out);
}

/* The name as title, whose it is below. */
static void title_name(const struct view *v, struct description *d, uint32_t task,
		       const struct slice *slice, unsigned int level)
{
	char name[STRIP_TEXT_LEN], who[sizeof(d->subtitle)];

	title_task(v, d, task);
	memcpy(who, d->title, sizeof(d->title));
	d->color = palette_strip(v->theme.palette, slice->other);
	snprintf(d->title, sizeof(d->title), "%.*s", (int)sizeof(d->title) - 1,
		 name_text(v, slice->other, name));
	snprintf(d->subtitle, sizeof(d->subtitle), "%s of %.24s \xc2\xb7 tid %u",
		 slice->why >= STRIP_COUNTER ? "counter" : noun(level, 1), who,
		 machine_task(timeline_machine(v->tl), task)->tid);
}

static void describe_stint(const struct view *v, const struct lane_data *lane, size_t index,
			   uint32_t task, const struct slice *slice, struct description *d)
{
	const struct palette *p = v->theme.palette;
	const struct lane_data *did = timeline_task(v->tl, task);
	uint64_t end_ns = lane_slice_end(lane, index);
	bool open = index >= lane->nr - lane->nr_open;
	struct state_time sum = {{0}};
	char dur[DURATION_LEN];

	add_line(d, p->text, "%s %s%s", open ? "has lasted" : "lasted",
		 duration_text(end_ns - slice->begin_ns, dur), open ? " so far" : "");
	if (did->nr) {
		lane_sum(did, slice->begin_ns, end_ns, &sum);
		add_line(d, p->text, "%s of it on a core",
			 duration_text(sum.ns[STATE_RUNNING], dur));
	}
	if (slice->inferred)
		add_line(d, p->dim, "(that it ran before the first switch, that switch tells)");
	if (slice->why == STRIP_CUT)
		add_line(d, p->dim, "(nothing tells its end: it was cut off here)");
	add_span(v, d, slice->begin_ns, end_ns);
	if (did->nr)
		add_shares(d, &sum);
}

static void describe_moment(const struct view *v, uint64_t at_ns, uint32_t task,
			    const struct slice *slice, struct description *d)
{
	int64_t value = (int64_t)slice->object;
	char buf[DURATION_LEN];

	duration_exact((int64_t)(at_ns - timeline_begin_ns(v->tl)), buf);
	if (slice->why == STRIP_COUNTER)
		add_line(d, v->theme.palette->text, "%s said it is %" PRId64,
			 view_task_name(v, task), value);
	else
		add_line(d, v->theme.palette->text, "%s said so at %s", view_task_name(v, task),
			 buf);
	add_row(d, "at", "%s", buf);
	if (slice->why == STRIP_COUNTER || value)
		add_row(d, "value", "%" PRId64, value);
}

/* ---- counters ---- */

/* The value said before that of slice index; false: there is none, or it is not in memory. */
static bool value_before(const struct lane_data *lane, size_t index, int64_t *out)
{
	struct slice slice;

	while (index-- > 0 && lane_slice(lane, index, &slice) && !slice.partial) {
		*out = (int64_t)slice.object;
		if (slice.state == STATE_RUNNING)
			return true;
	}
	return false;
}

/* What it ever was. */
static void add_values(const struct view *v, uint32_t strip, struct description *d)
{
	const struct strip_values *all = strip_values(timeline_strips(v->tl), strip);

	add_row(d, "whole run", "%" PRId64 " to %" PRId64, all->min, all->max);
	add_row(d, "told", "%" PRIu64 " times", all->nr);
}

/* Whether records are lost from some moment within these on. */
static bool loses_records(const struct view *v, uint64_t begin_ns, uint64_t end_ns)
{
	size_t nr, i = 0;
	const struct gap *gaps = timeline_gaps(v->tl, &nr);

	while (i < nr && gaps[i].begin_ns < begin_ns)
		i++;
	return i < nr && gaps[i].begin_ns < end_ns;
}

static void describe_value(const struct view *v, const struct lane_data *lane, size_t index,
			   uint32_t strip, const struct slice *slice, struct description *d)
{
	uint64_t at_ns = lane_slice_end(lane, index), end_ns = view_value_end(v, strip, index);
	bool open = index + 1 >= lane->nr && !timeline_is_complete(v->tl);
	int64_t value = (int64_t)slice->object, before = 0;
	char buf[DURATION_LEN];

	add_line(d, v->theme.palette->text, "%s %" PRId64 " for %s%s", open ? "is" : "was", value,
		 duration_text(end_ns - at_ns, buf), open ? " so far" : "");
	if (loses_records(v, at_ns, end_ns))
		add_line(d, v->theme.palette->dim,
			 "(records are lost meanwhile: it may have had other values)");
	duration_exact((int64_t)(at_ns - timeline_begin_ns(v->tl)), buf);
	add_row(d, "told at", "%s", buf);
	add_row(d, "value", "%" PRId64, value);
	if (value_before(lane, index, &before))
		add_row(d, "before", "%" PRId64, before);
	add_values(v, strip, d);
}

/* The least, the greatest and the last of what was told within slices; from its items where they
 * are too many, or not in memory. */
static bool values_of(const struct lane_data *lane, const struct ref *ref, struct lane_values *out)
{
	size_t last = ref->index + ref->nr, item;
	struct lane_values in;
	struct slice slice;
	bool any = false, whole = ref->nr <= SLICES_LOOKED_AT;

	last = last < lane->nr ? last : lane->nr;
	for (size_t i = ref->index; whole && i < last; i++) {
		whole = lane_slice(lane, i, &slice) && !slice.partial;
		double value = (double)(int64_t)slice.object;

		if (!whole || slice.state != STATE_RUNNING)
			continue;
		*out =
		    any ? (struct lane_values){fmin(out->min, value), fmax(out->max, value), value}
			: (struct lane_values){value, value, value};
		any = true;
	}
	if (whole || ref->index >= lane->nr)
		return any;
	any = false;
	for (item = lane_item_at(lane, lane_slice_begin(lane, ref->index));
	     item < lane->nr_items && lane_item_first(lane, item) < last; item++) {
		if (!lane_item_values(lane, item, &in))
			continue;
		*out = any ? (struct lane_values){fmin(out->min, in.min), fmax(out->max, in.max),
						  in.last}
			   : in;
		any = true;
	}
	return any;
}

static void describe_values(const struct view *v, const struct lane_data *lane,
			    const struct ref *ref, uint32_t task, struct description *d)
{
	const struct strips *strips = timeline_strips(v->tl);
	struct slice named = {.other = strip_values(strips, ref->lane)->name, .why = STRIP_VALUE};
	size_t last = ref->index + ref->nr - 1;
	uint64_t begin_ns = lane_slice_begin(lane, ref->index);
	uint64_t end_ns = lane_slice_end(lane, last < lane->nr ? last : lane->nr - 1);
	struct state_time sum = {{0}};
	struct lane_values values;
	char dur[DURATION_LEN];

	title_name(v, d, task, &named, strip_level(strips, ref->lane));
	lane_sum(lane, begin_ns, end_ns, &sum); /* each is a nanosecond */
	add_line(d, v->theme.palette->text, "%" PRIu64 " %s within %s", sum.ns[STATE_RUNNING],
		 noun(STRIP_COUNTERS, sum.ns[STATE_RUNNING]),
		 duration_text(end_ns - begin_ns, dur));
	if (values_of(lane, ref, &values)) {
		add_row(d, "here", "%.0f to %.0f", values.min, values.max);
		add_row(d, "at the end", "%.0f", values.last);
	}
	add_values(v, ref->lane, d);
	add_span(v, d, begin_ns, end_ns);
}

/* ---- many of them ---- */

struct named {
	uint32_t number;
	uint64_t nr, ns;
};

struct tally {
	struct named names[NR_NAMES];
	size_t nr_names;
	uint64_t nr; /* said, between idle times */
	bool more;   /* names than fit */
};

static void tally_add(struct tally *t, uint32_t number, uint64_t ns)
{
	size_t i = 0;

	t->nr++;
	while (i < t->nr_names && t->names[i].number != number)
		i++;
	if (i == NR_NAMES) {
		t->more = true;
		return;
	}
	if (i == t->nr_names)
		t->names[t->nr_names++] = (struct named){.number = number};
	t->names[i].nr++;
	t->names[i].ns += ns;
}

/* Longest first; of marks, most. */
static int by_time(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* False: they are not all in memory, or too many to be looked at. */
static bool tally_slices(const struct lane_data *lane, const struct ref *ref, struct tally *t)
{
	struct slice slice;

	*t = (struct tally){.nr = 0};
	if (ref->nr > SLICES_LOOKED_AT)
		return false;
	for (size_t i = ref->index; i < ref->index + ref->nr && i < lane->nr; i++) {
		if (!lane_slice(lane, i, &slice))
			return false;
		if (slice.state == STATE_RUNNING)
			tally_add(t, slice.other, lane_slice_end(lane, i) - slice.begin_ns);
	}
	qsort(t->names, t->nr_names, sizeof(*t->names), by_time);
	return true;
}

static void describe_many(const struct view *v, const struct lane_data *lane, const struct ref *ref,
			  uint32_t task, unsigned int level, struct description *d)
{
	size_t last = ref->index + ref->nr - 1;
	uint64_t begin_ns = lane_slice_begin(lane, ref->index);
	uint64_t end_ns = lane_slice_end(lane, last < lane->nr ? last : lane->nr - 1);
	char dur[DURATION_LEN], name[STRIP_TEXT_LEN];
	struct state_time sum = {{0}};
	struct tally t;
	bool known = tally_slices(lane, ref, &t);

	lane_sum(lane, begin_ns, end_ns, &sum);
	title_task(v, d, task);
	duration_text(end_ns - begin_ns, dur);
	/* Each mark lasts a nanosecond. */
	uint64_t nr = level == STRIP_MOMENTS ? sum.ns[STATE_RUNNING] : known ? t.nr : ref->nr;

	add_line(d, v->theme.palette->text, "%s%" PRIu64 " %s within %s",
		 known || level == STRIP_MOMENTS ? "" : "up to ", nr,
		 level > 0 ? noun(level, nr)
		 : nr == 1 ? "turn of a coroutine"
			   : "turns of coroutines",
		 dur);
	for (size_t i = 0; known && i < t.nr_names && i < NR_TOLD; i++) {
		char key[sizeof(d->rows[0].key)];

		snprintf(key, sizeof(key), "%.23s",
			 strip_name_short(name_text(v, t.names[i].number, name)));
		if (level == STRIP_MOMENTS)
			add_row(d, key, "%" PRIu64 " times", t.names[i].nr);
		else
			add_row(d, key, "%" PRIu64 " times, %s", t.names[i].nr,
				duration_text(t.names[i].ns, dur));
	}
	if (known && (t.more || t.nr_names > NR_TOLD))
		add_row(d, "and", "others");
	add_span(v, d, begin_ns, end_ns);
}

bool describe_strip_slice(const struct view *v, const struct ref *ref, struct description *d)
{
	const struct strips *strips = timeline_strips(v->tl);
	const struct lane_data *lane;
	struct slice slice;
	size_t index;

	if (!view_slice(v, ref, &lane, &index))
		return false;
	uint32_t task = strip_task(strips, ref->lane);
	unsigned int level = strip_level(strips, ref->lane);

	if (ref->nr > 1) {
		if (level >= STRIP_COUNTERS)
			describe_values(v, lane, ref, task, d);
		else
			describe_many(v, lane, ref, task, level, d);
		return true;
	}
	if (!lane_slice(lane, index, &slice) || slice.partial || slice.state != STATE_RUNNING)
		return false;
	title_name(v, d, task, &slice, level);
	if (level == STRIP_MOMENTS)
		describe_moment(v, lane_slice_end(lane, index), task, &slice, d);
	else if (level > STRIP_MOMENTS)
		describe_value(v, lane, index, ref->lane, &slice, d);
	else
		describe_stint(v, lane, index, task, &slice, d);
	return true;
}
