/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The consumer's side of the per-CPU buffers: hands over whole records, in place, in their own
 * order. Knows nothing of libbpf, so that tests fill buffers by hand.
 */
#ifndef COLLECT_RINGS_H
#define COLLECT_RINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"

struct rings {
	uint8_t *base; /* [nr_cpus * RECORD_RINGS_PER_CPU] elements of stride bytes */
	size_t stride;
	size_t ring_bytes; /* power of two */
	unsigned int nr_cpus;
};

/* Takes a run of records of one buffer: bytes: [len], borrowed during the call. 0 or -errno. */
typedef int (*rings_take_fn)(void *payload, unsigned int cpu, unsigned int ring, const void *bytes,
			     size_t len, struct err *err);

/*
 * Passes on every record with begin_ns <= ts_ns < end_ns, drops older ones, leaves younger ones.
 * *fill_percent: of the fullest buffer when found. -EIO when a buffer holds what is no record.
 */
int rings_drain(struct rings *r, uint64_t begin_ns, uint64_t end_ns, rings_take_fn take,
		void *payload, unsigned int *fill_percent, struct err *err);

/*
 * Until when to drain so that it is about max_bytes at most: end_ns, or earlier where more lies
 * before it. Draining until then takes something, and what is left is not older.
 */
uint64_t rings_slice(struct rings *r, uint64_t end_ns, size_t max_bytes);

/* After the probes are detached: losses that no later record told of, as a lost record each. */
int rings_drain_losses(struct rings *r, rings_take_fn take, void *payload, struct err *err);

/* Records lost so far, all buffers. */
uint64_t rings_lost(const struct rings *r);

/* Size of one buffer for this machine: 1/32 of its memory in all, 256 MiB at most, 8 MiB each. */
size_t rings_default_bytes(unsigned int nr_cpus);

#endif
