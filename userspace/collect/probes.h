/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads the kernel side, sets its knobs and maps its buffers. With rings.h the only user of libbpf.
 *
 *	struct probes *p = probes_open(&options, &err);    // load: needs rights
 *	probes_attach(p, &err);                            // from here on records come
 *	probes_walk(p, &bytes, &len, &err);                // tasks that exist, as records
 *	... rings_drain(probes_rings(p), ...) ...
 *	probes_detach(p);                                  // the last records are in the buffers
 */
#ifndef COLLECT_PROBES_H
#define COLLECT_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "collect/marks.h"
#include "collect/rings.h"

struct probes_options {
	pid_t target_tgid; /* 0: none */
	bool all;          /* every task's wakings and reasons */
	bool futex_all;    /* also futex calls that do not sleep */
	size_t ring_bytes; /* of one buffer; 0: chosen for this machine */
	struct marks_options marks;
};

struct probes;

/*
 * Loads the programs. NULL with a sentence that names what is missing: EPERM (rights), ENOENT (no
 * BTF), ENOMEM (buffers), EOPNOTSUPP (the kernel lacks a feature).
 */
struct probes *probes_open(const struct probes_options *options, struct err *err);

/* Attaches what was loaded: from now on records are written. Fails with a sentence. */
int probes_attach(struct probes *p, struct err *err);

/*
 * Marks the tasks to be traced and tells of every task that exists: *bytes: [*len] task records,
 * and prio records of those that have another than the usual one, in time order, freed by the
 * caller.
 */
int probes_walk(struct probes *p, void **bytes, size_t *len, struct err *err);

/* The buffers that the probes write. Borrowed. */
struct rings *probes_rings(struct probes *p);

/* Names of what is attached, separated by commas. Borrowed. */
const char *probes_names(const struct probes *p);

/* Probe runs the kernel skipped, records of cores without a buffer, tasks it could not mark. */
uint64_t probes_missed(const struct probes *p);

/* Stops the records; the buffers stay readable. */
void probes_detach(struct probes *p);

/* NULL is fine. */
void probes_close(struct probes *p);

/* Whether a system call's first argument is a descriptor that it may wait for. */
bool probes_call_has_fd(int nr, bool compat);

#endif
