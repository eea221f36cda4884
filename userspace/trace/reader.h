/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the file of docs/format.md, from a file or a pipe: finished, cut anywhere, still growing or
 * damaged. Delivers every record of every whole chunk in time order; memory is bounded by a chunk.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include <stddef.h>

#include "trace/source.h"

extern const struct source_ops source_native;

/*
 * The latest checkpoint not after ts_ns: *bytes: [*len] is borrowed until the next call, *at_ns is
 * the time it is of. After it, source_seek(src, *at_ns) and leave out what is before *at_ns: what
 * is left is, with its times, what follows those records when all is read from the beginning.
 * -ENOENT: there is none (begin at the beginning). -ENOTSUP: src is a pipe or not of this format.
 */
int reader_checkpoint(struct source *src, uint64_t ts_ns, const uint8_t **bytes, size_t *len,
		      uint64_t *at_ns, struct err *err);

/*
 * The records of names that the file keeps apart, all of them: *bytes: [*len] whole records,
 * borrowed until the next call. -ENOENT: it has none, they come among the others. -ENOTSUP: src is
 * a pipe or not of this format.
 */
int reader_names(struct source *src, const uint8_t **bytes, size_t *len);

/*
 * End of the chunk that the last record came from: every record up to the end of that chunk, in the
 * order they are delivered, is before it. 0: no chunk yet, or src is not of this format.
 */
uint64_t reader_chunk_end_ns(const struct source *src);

/* Chunks and checkpoints passed so far, each once. -ENOTSUP: src is not of this format. */
int reader_counts(const struct source *src, uint64_t *nr_chunks, uint64_t *nr_checkpoints);

#endif
