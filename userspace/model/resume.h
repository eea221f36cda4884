/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Begins in the middle of a trace. resume_make reads a trace once and says which checkpoints belong
 * into it; resume_open goes on from one of them. A checkpoint is the state of the machine after the
 * records before a time, which is the end of a chunk, so that a reader decodes nothing twice. What
 * comes out from there on is, to the byte, what comes out when all is read from the beginning.
 */
#ifndef MODEL_RESUME_H
#define MODEL_RESUME_H

#include "model/machine.h"
#include "trace/source.h"

struct resume_plan {
	uint64_t step;       /* records between two checkpoints, at least */
	uint64_t nr_records; /* of the trace */
	uint64_t max_bytes;  /* for all checkpoints; at any place no more than the share of the
				records  before it */
	void *payload;
	/* A checkpoint of ts_ns; *stored: what it took. Negative: failed, nothing more is made. */
	int (*take)(void *payload, uint64_t ts_ns, const void *bytes, size_t len, size_t *stored,
		    struct err *err);
	/* Once per chunk: records read so far. False: stop here. */
	bool (*go_on)(void *payload, uint64_t nr_records);
};

/*
 * Reads src, a file of our format at its beginning, to its end. 0: done, or go_on said stop; else
 * what take or source_next failed with. Checkpoints come in order of time.
 */
int resume_make(struct source *src, const struct resume_plan *plan, struct err *err);

/*
 * A machine that has taken what is before *at_ns, not after from_ns, and src where it goes on: feed
 * it what comes but for records before *at_ns. Without a checkpoint that fits it is a new machine,
 * src is left at its beginning, and *at_ns is 0. The caller closes.
 */
struct machine *resume_open(struct source *src, const struct sink *sink, uint64_t from_ns,
			    uint64_t *at_ns);

#endif
