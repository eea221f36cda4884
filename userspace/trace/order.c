/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary heap of streams. Records of one core come in runs, so the first stream's next record is
 * compared with the earliest of the others first, and only past that the heap is touched.
 */
#include "trace/order.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

static bool before(const struct order_stream *a, const struct order_stream *b)
{
	return a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->nr < b->nr);
}

/* Puts stream where it belongs at or below hole. */
static void sift_down(struct order *order, size_t hole, struct order_stream stream)
{
	struct order_stream *heap = order->heap;

	for (;;) {
		size_t child = 2 * hole + 1;

		if (child >= order->nr)
			break;
		if (child + 1 < order->nr && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &stream))
			break;
		heap[hole] = heap[child];
		hole = child;
	}
	heap[hole] = stream;
}

/* The first stream is first for all times below the earliest of its two children. */
static void set_limit(struct order *order)
{
	order->limit_ns = UINT64_MAX;
	for (size_t i = 1; i < 3 && i < order->nr; i++)
		if (order->heap[i].ts_ns < order->limit_ns)
			order->limit_ns = order->heap[i].ts_ns;
}

void order_reset(struct order *order)
{
	order->nr = 0;
	order->nr_added = 0;
}

void order_done(struct order *order)
{
	free(order->heap);
	*order = (struct order){0};
}

void order_add(struct order *order, uint8_t *bytes, size_t len)
{
	struct order_stream stream = {.at = bytes, .end = bytes + len, .nr = order->nr_added++};
	size_t hole;

	if (len == 0)
		return;
	stream.ts_ns = ((struct record *)bytes)->ts_ns;
	order->heap = mem_grow(order->heap, &order->cap, order->nr + 1, sizeof(*order->heap));
	hole = order->nr++;
	for (; hole && before(&stream, &order->heap[(hole - 1) / 2]); hole = (hole - 1) / 2)
		order->heap[hole] = order->heap[(hole - 1) / 2];
	order->heap[hole] = stream;
	set_limit(order);
}

struct record *order_next(struct order *order)
{
	struct order_stream *first = order->heap;
	struct record *rec;

	if (order->nr == 0)
		return NULL;
	rec = (struct record *)first->at;
	first->at += record_size(rec->type);
	if (first->at == first->end) {
		struct order_stream last = order->heap[--order->nr];

		if (order->nr)
			sift_down(order, 0, last);
		set_limit(order);
		return rec;
	}
	first->ts_ns = ((struct record *)first->at)->ts_ns;
	if (first->ts_ns >= order->limit_ns) {
		sift_down(order, 0, *first);
		set_limit(order);
	}
	return rec;
}
