/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/overview.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_BUCKET_NS 16384

void overview_done(struct overview *o)
{
	free(o->busy);
	free(o->lost);
	memset(o, 0, sizeof(*o));
}

static void join_pairs(struct overview *o)
{
	for (size_t i = 0; i < o->nr / 2; i++) {
		o->busy[i] = (o->busy[2 * i] + o->busy[2 * i + 1]) / 2;
		o->lost[i] = o->lost[2 * i] | o->lost[2 * i + 1];
	}
	o->nr /= 2; /* of an odd number the last is summed again */
	o->bucket_ns *= 2;
}

static float busy_between(const struct timeline *tl, uint64_t begin_ns, uint64_t end_ns)
{
	struct state_time sum = {0};
	uint32_t nr = timeline_nr_cpus(tl);

	for (uint32_t cpu = 0; cpu < nr; cpu++)
		lane_sum(timeline_cpu(tl, cpu), begin_ns, end_ns, &sum);
	if (nr == 0 || end_ns <= begin_ns)
		return 0;
	return (float)((double)sum.ns[STATE_RUNNING] / (double)(end_ns - begin_ns) / nr);
}

/* Adds one core's part to the buckets [from, nr). */
static void add_cpu(struct overview *o, const struct timeline *tl, uint32_t cpu, size_t from,
		    size_t nr)
{
	const struct lane_data *lane = timeline_cpu(tl, cpu);
	uint64_t zero_ns = timeline_begin_ns(tl), end_ns = timeline_end_ns(tl);

	for (size_t i = from; i < nr; i++) {
		uint64_t b = zero_ns + i * o->bucket_ns, e = b + o->bucket_ns;
		struct state_time sum = {0};

		e = e < end_ns ? e : end_ns;
		if (e <= b)
			break;
		lane_sum(lane, b, e, &sum);
		o->busy[i] +=
		    (float)((double)sum.ns[STATE_RUNNING] / (double)(e - b) / timeline_nr_cpus(tl));
	}
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

	if (end_ns <= begin_ns)
		return false;
	if (o->bucket_ns == 0)
		o->bucket_ns = FIRST_BUCKET_NS;
	uint64_t length_ns = end_ns - begin_ns;

	while (length_ns / o->bucket_ns + 1 > OVERVIEW_MAX) {
		/* The newest bucket may not be whole yet. */
		join_pairs(o);
	}
	size_t nr = (size_t)(length_ns / o->bucket_ns) + 1;

	o->busy = mem_grow(o->busy, &o->cap, OVERVIEW_MAX + 1, sizeof(*o->busy));
	o->lost = mem_grow(o->lost, &o->cap_lost, OVERVIEW_MAX + 1, sizeof(*o->lost));
	size_t from = o->nr > 0 ? o->nr - 1 : 0;

	for (size_t i = from; i < nr; i++) {
		o->busy[i] = 0;
		if (i >= o->nr)
			o->lost[i] = 0;
	}
	for (uint32_t cpu = 0; cpu < timeline_nr_cpus(tl); cpu++)
		add_cpu(o, tl, cpu, from, nr);
	o->nr = nr;
	mark_gaps(o, tl);
	o->mean = busy_between(tl, begin_ns, end_ns);
	return true;
}
