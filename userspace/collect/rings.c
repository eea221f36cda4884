/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the buffers in place. The protocol is told at struct record_ring (trace/record.h). */
#include "collect/rings.h"

#include <errno.h>
#include <unistd.h>

static struct record_ring *ring_of(const struct rings *r, unsigned int cpu, unsigned int which)
{
	return (struct record_ring *)(r->base +
				      ((size_t)cpu * RECORD_RINGS_PER_CPU + which) * r->stride);
}

/* Runs of whole records end where the data wraps, as a record that straddles the end lies in the
 * slack. */
static int ring_drain(struct rings *r, unsigned int cpu, unsigned int which, uint64_t begin_ns,
		      uint64_t end_ns, rings_take_fn take, void *payload, struct err *err)
{
	struct record_ring *ring = ring_of(r, cpu, which);
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t pos = ring->tail;

	while (pos < head) {
		size_t at = pos & (r->ring_bytes - 1);
		size_t skip = 0;
		size_t len = 0;
		int res = 0;

		while (pos + skip + len < head && at + skip + len < r->ring_bytes) {
			const struct record *rec = (const void *)(ring->data + at + skip + len);
			size_t size = record_size(rec->type);

			if (size == 0)
				return err_set(err, EIO,
					       "buffer of cpu %u holds a record of unknown type %u",
					       cpu, rec->type);
			if (rec->ts_ns >= end_ns) {
				head = pos + skip + len;
				break;
			}
			if (rec->ts_ns < begin_ns && len == 0)
				skip += size;
			else
				len += size;
		}
		if (len)
			res = take(payload, cpu, which, ring->data + at + skip, len, err);
		pos += skip + len;
		__atomic_store_n(&ring->tail, pos, __ATOMIC_RELEASE);
		if (res < 0)
			return res;
	}
	return 0;
}

/* When the first record was written that does not lie within max_bytes; end_ns if that is later. */
static uint64_t ring_slice(const struct rings *r, const struct record_ring *ring, size_t max_bytes,
			   uint64_t end_ns)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t least_ns = 0;

	for (uint64_t pos = ring->tail; pos < head;) {
		const struct record *rec = (const void *)(ring->data + (pos & (r->ring_bytes - 1)));
		size_t size = record_size(rec->type);

		if (size == 0 || rec->ts_ns >= end_ns)
			break;
		if (pos == ring->tail)
			least_ns = rec->ts_ns + 1; /* so that it goes on */
		pos += size;
		if (pos - ring->tail > max_bytes)
			return rec->ts_ns > least_ns ? rec->ts_ns : least_ns;
	}
	return end_ns;
}

uint64_t rings_slice(struct rings *r, uint64_t end_ns, size_t max_bytes)
{
	unsigned int nr = r->nr_cpus * RECORD_RINGS_PER_CPU;
	uint64_t used = 0;

	for (unsigned int i = 0; i < nr; i++) {
		const struct record_ring *ring =
		    ring_of(r, i / RECORD_RINGS_PER_CPU, i % RECORD_RINGS_PER_CPU);

		used += __atomic_load_n(&ring->head, __ATOMIC_RELAXED) - ring->tail;
	}
	for (unsigned int i = 0; used > max_bytes && i < nr; i++)
		end_ns =
		    ring_slice(r, ring_of(r, i / RECORD_RINGS_PER_CPU, i % RECORD_RINGS_PER_CPU),
			       max_bytes / nr, end_ns);
	return end_ns;
}

int rings_drain(struct rings *r, uint64_t begin_ns, uint64_t end_ns, rings_take_fn take,
		void *payload, unsigned int *fill_percent, struct err *err)
{
	unsigned int fullest = 0;

	for (unsigned int cpu = 0; cpu < r->nr_cpus; cpu++) {
		for (unsigned int which = 0; which < RECORD_RINGS_PER_CPU; which++) {
			struct record_ring *ring = ring_of(r, cpu, which);
			uint64_t used = __atomic_load_n(&ring->head, __ATOMIC_RELAXED) - ring->tail;
			unsigned int fill = used * 100 / r->ring_bytes;
			int res = ring_drain(r, cpu, which, begin_ns, end_ns, take, payload, err);

			if (res < 0)
				return res;
			fullest = fill > fullest ? fill : fullest;
		}
	}
	*fill_percent = fullest;
	return 0;
}

int rings_drain_losses(struct rings *r, rings_take_fn take, void *payload, struct err *err)
{
	for (unsigned int cpu = 0; cpu < r->nr_cpus; cpu++) {
		for (unsigned int which = 0; which < RECORD_RINGS_PER_CPU; which++) {
			struct record_ring *ring = ring_of(r, cpu, which);
			struct record_lost rec = {
			    .head = {.ts_ns = ring->lost_end_ns, .type = RECORD_LOST, .cpu = cpu},
			    .begin_ns = ring->lost_begin_ns,
			    .count = ring->lost,
			};
			int res;

			if (ring->lost == 0)
				continue;
			ring->lost = 0;
			res = take(payload, cpu, which, &rec, sizeof(rec), err);
			if (res < 0)
				return res;
		}
	}
	return 0;
}

uint64_t rings_lost(const struct rings *r)
{
	uint64_t lost = 0;

	for (unsigned int cpu = 0; cpu < r->nr_cpus; cpu++)
		for (unsigned int which = 0; which < RECORD_RINGS_PER_CPU; which++)
			lost += ring_of(r, cpu, which)->lost_total;
	return lost;
}

size_t rings_default_bytes(unsigned int nr_cpus)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t all = memory / 32 < (256 << 20) ? memory / 32 : (256 << 20);
	size_t bytes = 8 << 20;

	while (bytes > (64 << 10) && bytes * nr_cpus * RECORD_RINGS_PER_CPU > all)
		bytes /= 2;
	return bytes;
}
