/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void block_make(struct digest_block *out, const struct lane_data *lane, size_t first,
		       enum digest_kind kind)
{
	uint32_t keys[LANE_BLOCK];
	uint64_t ns[LANE_BLOCK];
	size_t nr = 0;

	memset(out, 0, sizeof(*out));
	out->begin_ns = lane->slices[first].begin_ns;
	for (size_t i = first; i < first + LANE_BLOCK; i++) {
		const struct slice *s = &lane->slices[i];
		uint64_t length_ns = lane->slices[i + 1].begin_ns - s->begin_ns;
		uint32_t key = digest_key(kind, s);
		size_t at = 0;

		if (length_ns > out->longest_ns)
			out->longest_ns = length_ns;
		if (!digest_counts(kind, s))
			continue;
		while (at < nr && keys[at] != key)
			at++;
		if (at == nr) {
			keys[nr] = key;
			ns[nr++] = 0;
		}
		ns[at] += length_ns + 1; /* no length counts, too */
	}
	for (size_t part = 0; part < DIGEST_PARTS && part < nr; part++) {
		size_t best = part;

		for (size_t at = part + 1; at < nr; at++)
			if (ns[at] > ns[best])
				best = at;
		out->parts[part].key = keys[best];
		out->parts[part].ns = (float)ns[best];
		keys[best] = keys[part];
		ns[best] = ns[part];
	}
}

void digest_update(struct digest *d, const struct lane_data *lane, enum digest_kind kind)
{
	size_t whole = lane->nr > 0 ? (lane->nr - 1) / LANE_BLOCK : 0;

	if (d->nr >= whole)
		return;
	d->blocks = mem_grow(d->blocks, &d->cap, whole, sizeof(*d->blocks));
	for (; d->nr < whole; d->nr++)
		block_make(&d->blocks[d->nr], lane, d->nr * LANE_BLOCK, kind);
}

void digest_done(struct digest *d)
{
	free(d->blocks);
	memset(d, 0, sizeof(*d));
}

static struct digest *grow(struct digest *list, size_t *nr, size_t *cap, size_t want)
{
	list = mem_grow(list, cap, want, sizeof(*list));
	if (want > *nr) {
		memset(list + *nr, 0, (want - *nr) * sizeof(*list));
		*nr = want;
	}
	return list;
}

void digests_update(struct digests *d, const struct timeline *tl)
{
	d->cpus = grow(d->cpus, &d->nr_cpus, &d->cap_cpus, timeline_nr_cpus(tl));
	d->tasks = grow(d->tasks, &d->nr_tasks, &d->cap_tasks, timeline_nr_tasks(tl));
	for (uint32_t cpu = 0; cpu < d->nr_cpus; cpu++)
		digest_update(&d->cpus[cpu], timeline_cpu(tl, cpu), DIGEST_CPU);
	for (uint32_t task = 0; task < d->nr_tasks; task++)
		digest_update(&d->tasks[task], timeline_task(tl, task), DIGEST_TASK);
}

void digests_done(struct digests *d)
{
	for (size_t i = 0; i < d->nr_cpus; i++)
		digest_done(&d->cpus[i]);
	for (size_t i = 0; i < d->nr_tasks; i++)
		digest_done(&d->tasks[i]);
	free(d->cpus);
	free(d->tasks);
	memset(d, 0, sizeof(*d));
}

const struct digest *digests_cpu(const struct digests *d, uint32_t cpu)
{
	return d && cpu < d->nr_cpus ? &d->cpus[cpu] : NULL;
}

const struct digest *digests_task(const struct digests *d, uint32_t task)
{
	return d && task < d->nr_tasks ? &d->tasks[task] : NULL;
}
