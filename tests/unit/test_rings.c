/* SPDX-License-Identifier: BSD-2-Clause */
/* However much waits in the buffers, it is taken in slices of time that a chunk can hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "collect/rings.h"

#define NR_CPUS    3
#define RING_BYTES (64 << 10)

struct taken {
	uint64_t begin_ns, end_ns; /* of the slice */
	size_t nr, slice_bytes;
};

static struct record_ring *ring_at(const struct rings *r, unsigned int i)
{
	return (void *)(r->base + i * r->stride);
}

static void make_rings(struct rings *r)
{
	*r = (struct rings){
	    .stride = sizeof(struct record_ring) + RING_BYTES + RECORD_MAX_BYTES,
	    .ring_bytes = RING_BYTES,
	    .nr_cpus = NR_CPUS,
	};
	r->base = mem_zalloc(NR_CPUS * RECORD_RINGS_PER_CPU, r->stride);
}

/* As many records as there is room for, from position at: every step_ns one. Their number. */
static size_t fill_ring(const struct rings *r, unsigned int i, uint64_t at, uint64_t step_ns)
{
	struct record_ring *ring = ring_at(r, i);
	uint64_t ts_ns = 1000;
	size_t nr = 0;

	ring->tail = ring->head = at;
	while (ring->head + sizeof(struct record_switch) - ring->tail <= RING_BYTES) {
		struct record_switch *rec = (void *)(ring->data + (ring->head & (RING_BYTES - 1)));

		*rec = (struct record_switch){
		    .head = {.ts_ns = ts_ns, .type = RECORD_SWITCH, .cpu = (uint16_t)(i / 2)}};
		ring->head += sizeof(*rec);
		ts_ns += step_ns;
		nr++;
	}
	return nr;
}

static int take(void *payload, unsigned int cpu, unsigned int ring, const void *bytes, size_t len,
		struct err *err)
{
	struct taken *t = payload;

	(void)cpu;
	(void)ring;
	(void)err;
	for (size_t at = 0; at < len; at += sizeof(struct record_switch), t->nr++) {
		const struct record *rec = (const void *)((const uint8_t *)bytes + at);

		assert_true(rec->ts_ns >= t->begin_ns);
		assert_true(rec->ts_ns < t->end_ns);
	}
	t->slice_bytes += len;
	return 0;
}

/* Drains all before until_ns; returns the number of slices. */
static unsigned int drain(struct rings *r, uint64_t until_ns, size_t max_bytes, struct taken *t)
{
	unsigned int nr = 0, fill;

	do {
		t->begin_ns = t->end_ns;
		t->end_ns = rings_slice(r, until_ns, max_bytes);
		t->slice_bytes = 0;
		assert_int_equal(rings_drain(r, 0, t->end_ns, take, t, &fill, NULL), 0);
		assert_true(t->slice_bytes <= max_bytes);
		assert_true(t->slice_bytes > 0 || t->end_ns == until_ns);
		nr++;
	} while (t->end_ns < until_ns);
	return nr;
}

static void test_full_buffers_go_by_slices_of_time(void **state)
{
	struct rings r;
	struct taken t = {0};
	size_t nr = 0;

	(void)state;
	make_rings(&r);
	for (unsigned int i = 0; i < NR_CPUS * RECORD_RINGS_PER_CPU; i++)
		nr += fill_ring(&r, i, i * 11 * sizeof(struct record_switch), 1 + 7 * i);
	assert_true(drain(&r, UINT64_MAX, RING_BYTES, &t) > NR_CPUS * RECORD_RINGS_PER_CPU);
	assert_int_equal(t.nr, nr);
	free(r.base);
}

static void test_what_fits_goes_at_once(void **state)
{
	struct rings r;
	struct taken t = {0};
	size_t nr;

	(void)state;
	make_rings(&r);
	nr = fill_ring(&r, 2, 0, 10);
	assert_int_equal(drain(&r, UINT64_MAX, RING_BYTES, &t), 1);
	assert_int_equal(t.nr, nr);
	free(r.base);
}

static void test_what_is_too_young_stays(void **state)
{
	struct rings r;
	struct taken t = {0};

	(void)state;
	make_rings(&r);
	for (unsigned int i = 0; i < NR_CPUS * RECORD_RINGS_PER_CPU; i++)
		fill_ring(&r, i, 0, 10);
	drain(&r, 1000 + 2000 * 10, RING_BYTES, &t);
	assert_int_equal(t.nr, 2000 * NR_CPUS * RECORD_RINGS_PER_CPU);
	free(r.base);
}

static void test_one_moment_is_not_cut(void **state)
{
	struct rings r;
	struct taken t = {0};
	unsigned int fill;
	size_t nr;

	(void)state;
	make_rings(&r);
	nr = fill_ring(&r, 0, 0, 0);
	t.end_ns = rings_slice(&r, UINT64_MAX, 4096);
	assert_int_equal(t.end_ns, 1001);
	assert_int_equal(rings_drain(&r, 0, t.end_ns, take, &t, &fill, NULL), 0);
	assert_int_equal(t.nr, nr);
	free(r.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_full_buffers_go_by_slices_of_time),
	    cmocka_unit_test(test_what_fits_goes_at_once),
	    cmocka_unit_test(test_what_is_too_young_stays),
	    cmocka_unit_test(test_one_moment_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
