/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page while it is written, lane by lane, and packed into one block of memory when it is whole.
 * Private to model/page.c, which writes each page and makes it again.
 */
#ifndef MODEL_PAGE_BUILD_H
#define MODEL_PAGE_BUILD_H

#include "model/page.h"

struct build_lane {
	struct slice *slices;
	size_t nr, cap;
	struct state_time *sums;
	size_t cap_sums;
	struct state_time total; /* of this page */
	size_t first;            /* slices before this page */
	uint64_t end_ns;         /* of the last slice ever */
};

/* Lanes of a family, by number. */
struct build_family {
	struct build_lane *lanes; /* [nr] */
	size_t nr, cap;
};

/* A page while it is written; its arrays serve the next one, too. */
struct builder {
	struct build_family families[LANE_NR_FAMILIES];
	uint32_t *touched; /* lanes with slices in this page */
	size_t nr_touched, cap_touched;
	struct wake_edge *wakes;
	size_t nr_wakes, cap_wakes;
	size_t nr_slices, nr_sums;
};

struct packed_lane {
	uint32_t id;
	uint32_t nr;
	size_t first, slice_at, sum_at;
	uint64_t end_ns;
};

/* A page that is whole: one block of memory. */
struct packed {
	size_t bytes, nr_lanes, nr_wakes;
	struct packed_lane *lanes; /* by id */
	struct slice *slices;
	struct state_time *sums;
	struct wake_edge *wakes;
};

/* The lane of that id, made if need be. Valid until the next call. */
struct build_lane *build_lane(struct builder *b, uint32_t id);

/* A slice that ends at end_ns and begins where the lane's last one ended; a wake edge. */
void build_slice(struct builder *b, uint32_t id, const struct slice *slice, uint64_t end_ns);
void build_wake(struct builder *b, const struct wake_edge *edge);

/* The page as one heap block, freed by the caller. */
struct packed *build_pack(struct builder *b);

/* The next page begins: lanes keep how many slices they had. */
void build_next(struct builder *b);

/* Frees. */
void build_done(struct builder *b);

#endif
