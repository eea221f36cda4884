/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many cores were busy over the whole run, in at most OVERVIEW_MAX buckets: when the run grows
 * out of them, pairs are joined, so that every part of the trace is summed once only. Where
 * something was to be traced, also how much of it was that.
 */
#ifndef VIZ_OVERVIEW_H
#define VIZ_OVERVIEW_H

#include "viz/view.h"

#define OVERVIEW_MAX 2048

/* A zeroed struct overview is empty. Brings it up to the timeline's end; true if it changed. */
bool overview_update(struct overview *o, const struct timeline *tl);
/* Frees. */
void overview_done(struct overview *o);

#endif
