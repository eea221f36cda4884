/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers what asked.h asks, from /proc, sock_diag and symbols, with the rights of the user this
 * process runs as. What may not be read, or is gone already, stays without a name: a wrong name is
 * worse than none, so a descriptor is believed only if its inode is the one that was asked for.
 */
#ifndef COLLECT_LOOKUP_H
#define COLLECT_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "collect/asked.h"

struct lookup;

/* Nothing was looked up yet. Close it with lookup_close. */
struct lookup *lookup_open(void);

/*
 * Looks up asks: [nr] and appends name and shared records to out, their times 0. Who is at the
 * other end of pipes and sockets takes a walk over many descriptors, done for all of them at once
 * and for at most a tenth of the time. Returns in how many milliseconds it wants to be called again
 * for that, with new questions or none; -1: it does not. is_last: looks at once.
 */
int lookup_take(struct lookup *l, const struct ask *asks, size_t nr, bool is_last,
		struct bytes *out);

/* NULL is fine. */
void lookup_close(struct lookup *l);

#endif
