/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many cores were busy over the whole run, in at most OVERVIEW_MAX buckets: when the run grows
 * out of them, pairs are joined, so that every part of the trace is summed once only. While traced
 * tasks are few enough to be asked one by one, also how much of it was theirs.
 */
#ifndef VIZ_OVERVIEW_H
#define VIZ_OVERVIEW_H

#include "viz/view.h"

#define OVERVIEW_MAX   2048
#define OVERVIEW_SPLIT 128 /* tasks */

/* A zeroed struct overview is empty. Brings it up to the timeline's end; true if it changed. */
bool overview_update(struct overview *o, const struct timeline *tl);
/* Frees. */
void overview_done(struct overview *o);

#endif
