/* SPDX-License-Identifier: BSD-2-Clause */
/* Which locks were waited for, those waited for most first: they are the ones worth a lane. */
#ifndef VIZ_RANK_H
#define VIZ_RANK_H

#include "model/timeline.h"

struct lock_rank {
	uint32_t *syncs; /* [nr] sync objects that can have a holder and were waited for */
	size_t nr, cap;
	uint64_t due_ns; /* looked at again when the trace has come so far */
	bool complete;
};

/*
 * Brings it up to date every now and then as the trace grows, and at its end: true if something
 * changed. While it grows the first few keep their places as long as they are the first few, so
 * that lanes do not jump. all: also of processes that were not traced.
 */
bool lock_rank_update(struct lock_rank *r, const struct timeline *tl, size_t few, bool all);
/* Looks again at the next update, as when the choice of tasks changed. */
void lock_rank_again(struct lock_rank *r);
/* Frees. */
void lock_rank_done(struct lock_rank *r);

#endif
