/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the file of docs/format.md, append-only, to any number of descriptors at once (a file and
 * the viewer's pipe). Knows columns and chunks, not what a record means.
 *
 *	struct writer *w = writer_open(&info, &err);
 *	writer_add_output(w, fd, "t.ctr", WRITER_REQUIRED, &err);
 *	for each pass over the buffers:
 *		for each buffer: writer_block(w, cpu, ring, bytes, len, &err);
 *		writer_flush(w, watermark_ns, &err);
 *	writer_finish(w, &info, &err);
 *	writer_close(w);
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "trace/info.h"
#include "trace/record.h"

struct writer;

enum writer_output {
	WRITER_REQUIRED, /* when it fails, writer_flush fails */
	WRITER_OPTIONAL, /* when its reader is gone it is dropped, the others go on */
};

/* Whom to ask when an output that is waited for takes nothing. */
struct writer_patience {
	int fd;                       /* readable when there is a reason to ask */
	bool (*go_on)(void *payload); /* false: the output is given up */
	void *payload;
};

/* info is copied. NULL on error. */
struct writer *writer_open(const struct trace_info *info, struct err *err);

/* Copies p. Without one (the default) an output is waited for until it takes something. */
void writer_set_patience(struct writer *w, const struct writer_patience *p);

/*
 * Adds a descriptor (not owned) and writes the header to it. Allowed only before the first chunk.
 * A full disk or a closed pipe is reported by name: the caller ignores SIGPIPE.
 */
int writer_add_output(struct writer *w, int fd, const char *name, enum writer_output kind,
		      struct err *err);

/* Number of outputs that still work. */
unsigned int writer_nr_outputs(const struct writer *w);

/*
 * Whether the optional output fd was given up though it had a reader, which took too little: more
 * than 64 MiB waited for it, or at the end it took nothing for 10 s.
 */
bool writer_left_behind(const struct writer *w, int fd);

/* Gives up an optional output whose descriptor is about to be closed. */
void writer_drop_output(struct writer *w, int fd);

/*
 * Adds records of one buffer to the chunk being built: bytes: [len], whole records back to back,
 * in time order, not before those added for the same (cpu, ring) earlier. Encodes at once; bytes
 * may be reused.
 */
int writer_block(struct writer *w, unsigned int cpu, unsigned int ring, const void *bytes,
		 size_t len, struct err *err);

/* Bytes of records (undecoded) waiting in the chunk being built. */
size_t writer_pending_bytes(const struct writer *w);

/*
 * Deflates and writes the chunk being built, if it holds anything: it ends at end_ns, which every
 * record added so far precedes and none added later should (those are counted late by the reader).
 */
int writer_flush(struct writer *w, uint64_t end_ns, struct err *err);

/*
 * Flushes, then appends all records of names once more, bytes: [len], as above, in a section of
 * their own: who begins in the middle has them at once. They do not count as records of the trace.
 */
int writer_names(struct writer *w, const void *bytes, size_t len, struct err *err);

/*
 * Flushes, then appends a checkpoint, deflated: the state of the model after every record before
 * ts_ns. Its bytes are the model's affair. Any number of them, at any place, but in order of time
 * (-EINVAL). Where a regular file has no room for one, it and those since the last chunk are taken
 * back: err says why, and the trace can be finished as if there had been none.
 */
int writer_checkpoint(struct writer *w, uint64_t ts_ns, const void *bytes, size_t len,
		      struct err *err);

/*
 * Passes on what an optional output did not take so far, without waiting for it. writer_flush does
 * so too; a caller with nothing to flush calls this now and then.
 */
void writer_push(struct writer *w);

/*
 * Flushes, then writes the end section (end_ns, exit_status, quality of info) and the index. The
 * last checkpoints are taken back if otherwise there is no room for it.
 */
int writer_finish(struct writer *w, const struct trace_info *info, struct err *err);

/* Records and bytes written so far. */
void writer_totals(const struct writer *w, uint64_t *nr_records, uint64_t *nr_bytes);

/* Does not close the outputs. NULL is fine. */
void writer_close(struct writer *w);

#endif
