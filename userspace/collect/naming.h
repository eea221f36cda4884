/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds out what objects are called while recording goes on. The drain shows it every record; what
 * is new goes through one queue to one thread, as a symbol table may take seconds to read and the
 * drain must not wait; records of names come back the same way, to be written by the drain.
 *
 *	struct naming *n = naming_open(look_up, done, lookup);
 *	naming_see(n, rec);                       // each record
 *	naming_pass(n, &bytes, &len);             // after each pass over the buffers
 *	naming_finish(n, 500, &bytes, &len);      // what it still finds out within half a second
 *	naming_close(n);
 */
#ifndef COLLECT_NAMING_H
#define COLLECT_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "collect/asked.h"

/* Answers questions, in the thread: as lookup_take. */
typedef int (*naming_look_fn)(void *payload, const struct ask *asks, size_t nr, bool is_last,
			      struct bytes *out);
/* Ends payload, in the thread, when everything is asked. */
typedef void (*naming_done_fn)(void *payload);

struct naming;

/* No thread yet: it begins with the first naming_pass, with the rights the process has then. */
struct naming *naming_open(naming_look_fn look, naming_done_fn done, void *payload);

/* Takes a record in whatever order the buffers give it: asked_see. */
void naming_see(struct naming *n, const struct record *rec);

/* Passes on what is new, and returns what was found out: *bytes: [*len] records with times of 0 to
 * be set and written, borrowed until the next call. Never waits for a look-up. */
void naming_pass(struct naming *n, uint8_t **bytes, size_t *len);

/* The last naming_pass: gives the thread up to patience_ms for what is still asked. */
void naming_finish(struct naming *n, int patience_ms, uint8_t **bytes, size_t *len);

/* Objects that were not asked about as there were too many. */
uint64_t naming_nr_refused(const struct naming *n);

/* After naming_finish, or instead. A thread that is still busy is left to end on its own. NULL is
 * fine. */
void naming_close(struct naming *n);

#endif
