/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/overview.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_BUCKET_NS 16384

void overview_done(struct overview *o)
{
	free(o->busy);
	free(o->own);
	free(o->lost);
	memset(o, 0, sizeof(*o));
}

static void join_pairs(struct overview *o)
{
	for (size_t i = 0; i < o->nr / 2; i++) {
		o->busy[i] = (o->busy[2 * i] + o->busy[2 * i + 1]) / 2;
		o->own[i] = (o->own[2 * i] + o->own[2 * i + 1]) / 2;
		o->lost[i] = o->lost[2 * i] | o->lost[2 * i + 1];
	}
	o->nr /= 2; /* of an odd number the last is summed again */
	o->bucket_ns *= 2;
}

static float running_share(const struct lane_data *lane, uint64_t begin_ns, uint64_t end_ns,
			   uint32_t nr_cpus)
{
	struct state_time sum = {0};

	if (end_ns <= begin_ns)
		return 0;
	lane_sum(lane, begin_ns, end_ns, &sum);
	return (float)((double)sum.ns[STATE_RUNNING] / (double)(end_ns - begin_ns) / nr_cpus);
}

/* Adds one core's part to the buckets [from, nr) of to. */
static void add_lane(const struct overview *o, const struct timeline *tl,
		     const struct lane_data *lane, size_t from, size_t nr, float *to)
{
	uint64_t zero_ns = timeline_begin_ns(tl), end_ns = timeline_end_ns(tl);

	if (lane->nr == 0)
		return;
	if (lane_begin(lane) > zero_ns + from * o->bucket_ns)
		from = (size_t)((lane_begin(lane) - zero_ns) / o->bucket_ns);
	for (size_t i = from; i < nr; i++) {
		uint64_t b = zero_ns + i * o->bucket_ns, e = b + o->bucket_ns;

		e = e < end_ns ? e : end_ns;
		if (e <= b || b >= lane->end_ns)
			break;
		to[i] += running_share(lane, b, e, timeline_nr_cpus(tl));
	}
}

static float mean_of(const struct timeline *tl, const struct lane_data *lane)
{
	if (lane->nr == 0)
		return 0;
	return running_share(lane, timeline_begin_ns(tl), timeline_end_ns(tl),
			     timeline_nr_cpus(tl));
}

/* Something was to be traced, so that the rest is others. */
static bool any_traced(const struct timeline *tl)
{
	const struct machine *m = timeline_machine(tl);

	if (timeline_runq(tl, false)->nr > 0)
		return true;
	for (uint32_t i = 0; i < machine_nr_tasks(m); i++)
		if (machine_task(m, i)->traced)
			return true;
	return false;
}

/* Of how many traced tasks ran: these sums have the same begin and buckets that are no longer. */
static float own_share(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns,
		       uint64_t whole_ns)
{
	struct state_time sum = {0};

	runq_sum(timeline_runq(tl, false), begin_ns, end_ns, &sum);
	return (float)((double)sum.ns[STATE_RUNNING] / (double)whole_ns / timeline_nr_cpus(tl));
}

static void add_own(struct overview *o, const struct timeline *tl, size_t from, size_t nr)
{
	uint64_t zero_ns = timeline_begin_ns(tl), end_ns = timeline_end_ns(tl);
	bool split = any_traced(tl);

	/* What came before the first traced task was not asked. */
	if (split && !o->split)
		from = 0;
	o->split = split;
	if (!split || timeline_nr_cpus(tl) == 0)
		return;
	for (size_t i = from; i < nr; i++) {
		uint64_t b = zero_ns + i * o->bucket_ns, e = b + o->bucket_ns;

		o->own[i] = b < end_ns ? own_share(tl, b, e, (e < end_ns ? e : end_ns) - b) : 0;
	}
	o->mean_own = own_share(tl, zero_ns, zero_ns + nr * o->bucket_ns, end_ns - zero_ns);
}

static void mark_gaps(struct overview *o, const struct timeline *tl)
{
	size_t nr;
	const struct gap *gaps = timeline_gaps(tl, &nr);
	uint64_t zero_ns = timeline_begin_ns(tl);

	for (; o->nr_gaps < nr; o->nr_gaps++) {
		const struct gap *g = &gaps[o->nr_gaps];

		if (g->end_ns < zero_ns || o->nr == 0)
			continue;
		uint64_t from = g->begin_ns > zero_ns ? (g->begin_ns - zero_ns) / o->bucket_ns : 0;
		uint64_t to = (g->end_ns - zero_ns) / o->bucket_ns;

		for (uint64_t i = from; i <= to && i < o->nr; i++)
			o->lost[i] = 1;
	}
}

bool overview_update(struct overview *o, const struct timeline *tl)
{
	uint64_t begin_ns = timeline_begin_ns(tl), end_ns = timeline_end_ns(tl);

	uint64_t nr_records = machine_nr_records(timeline_machine(tl));

	if (end_ns <= begin_ns || (o->nr_records == nr_records && o->end_ns == end_ns))
		return false;
	o->nr_records = nr_records;
	o->end_ns = end_ns;
	if (o->bucket_ns == 0)
		o->bucket_ns = FIRST_BUCKET_NS;
	uint64_t length_ns = end_ns - begin_ns;

	while (length_ns / o->bucket_ns + 1 > OVERVIEW_MAX) {
		/* The newest bucket may not be whole yet. */
		join_pairs(o);
	}
	size_t nr = (size_t)(length_ns / o->bucket_ns) + 1;

	o->busy = mem_grow(o->busy, &o->cap, OVERVIEW_MAX + 1, sizeof(*o->busy));
	o->own = mem_grow(o->own, &o->cap_own, OVERVIEW_MAX + 1, sizeof(*o->own));
	o->lost = mem_grow(o->lost, &o->cap_lost, OVERVIEW_MAX + 1, sizeof(*o->lost));
	size_t from = o->nr > 0 ? o->nr - 1 : 0;

	for (size_t i = from; i < nr; i++) {
		o->busy[i] = 0;
		if (i >= o->nr)
			o->lost[i] = 0;
	}
	o->mean = 0;
	for (uint32_t cpu = 0; cpu < timeline_nr_cpus(tl); cpu++) {
		add_lane(o, tl, timeline_cpu(tl, cpu), from, nr, o->busy);
		o->mean += mean_of(tl, timeline_cpu(tl, cpu));
	}
	add_own(o, tl, from, nr);
	o->nr = nr;
	mark_gaps(o, tl);
	return true;
}
