/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each block of LANE_BLOCK slices of a lane was mostly about, and when it began: so that a
 * column of thousands of slices is drawn from a few of these, beside each other in memory, and no
 * slice is looked at. Grows with the timeline; 2 % of its size.
 */
#ifndef VIZ_DIGEST_H
#define VIZ_DIGEST_H

#include "model/timeline.h"

#define DIGEST_PARTS 4

enum digest_kind {
	DIGEST_CPU,  /* running time by task */
	DIGEST_TASK, /* blocked time by reason */
};

/* Whether a slice's time counts in a lane of that kind, and for whom. */
static inline bool digest_counts(enum digest_kind kind, const struct slice *s)
{
	return s->state == (kind == DIGEST_CPU ? STATE_RUNNING : STATE_BLOCKED);
}

static inline uint32_t digest_key(enum digest_kind kind, const struct slice *s)
{
	return kind == DIGEST_CPU ? s->other : s->why;
}

struct digest_block {
	uint64_t begin_ns;
	uint64_t longest_ns; /* of its slices */
	struct {
		uint32_t key;  /* core: task that ran; task: enum reason it waited for */
		float ns;      /* 0: no more parts */
	} parts[DIGEST_PARTS]; /* largest first */
};

struct digest {
	struct digest_block *blocks; /* [nr] those whose slices are all closed */
	size_t nr, cap;
};

struct digests {
	struct digest *cpus;  /* [nr_cpus] */
	struct digest *tasks; /* [nr_tasks] */
	size_t nr_cpus, nr_tasks, cap_cpus, cap_tasks;
};

/* Adds the blocks that are whole by now. Costs what is new. */
void digests_update(struct digests *d, const struct timeline *tl);
void digests_done(struct digests *d);

/* The same for one lane. */
void digest_update(struct digest *d, const struct lane_data *lane, enum digest_kind kind);
void digest_done(struct digest *d);

/* NULL where there is none yet. */
const struct digest *digests_cpu(const struct digests *d, uint32_t cpu);
const struct digest *digests_task(const struct digests *d, uint32_t task);

#endif
