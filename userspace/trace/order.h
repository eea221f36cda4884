/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merges streams of records, each in time order, into one in time order. Equal times go by the
 * order in which the streams were added. Records stay where they are: nothing is copied.
 */
#ifndef TRACE_ORDER_H
#define TRACE_ORDER_H

#include "trace/record.h"

struct order_stream {
	uint64_t ts_ns; /* of the record at at */
	uint8_t *at;
	uint8_t *end;
	uint32_t nr; /* as added */
};

/* {0} is empty. */
struct order {
	struct order_stream *heap; /* [nr], the earliest first */
	size_t nr, cap;
	uint32_t nr_added;
	uint64_t limit_ns; /* up to here the first stream goes on without a look at the others */
};

/* Forgets all streams. */
void order_reset(struct order *order);
/* Frees. */
void order_done(struct order *order);

/* Adds whole records of known types, bytes: [len], which must stay until they are passed. */
void order_add(struct order *order, uint8_t *bytes, size_t len);

/* The earliest record, or NULL when all are passed. Streams are added before the first call. */
struct record *order_next(struct order *order);

#endif
