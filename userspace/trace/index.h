/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the sections of a regular file are: from its index section, or from a scan of the section
 * headers where it has none (yet).
 */
#ifndef TRACE_INDEX_H
#define TRACE_INDEX_H

#include "base/bytes.h"

struct index_entry {
	uint32_t type; /* SECTION_CHNK, SECTION_CKPT, SECTION_NAMS or SECTION_ENDS */
	uint64_t offset;
	uint64_t begin_ns, end_ns; /* of a chunk; both the time of a checkpoint */
};

struct index {
	int fd;
	struct index_entry *entries; /* [nr] by offset */
	size_t nr, cap;
	uint64_t scanned_to; /* offset of the first section that was not whole */
	bool whole;          /* from the index section */
	bool followed;       /* there begins another trace */
	struct bytes payload;
};

/* fd is not owned. */
void index_init(struct index *index, int fd);
/* Frees; fd stays open. */
void index_done(struct index *index);

/* Brings it up to date with the file; cheap if nothing changed. */
void index_update(struct index *index);

/* Offset of the first chunk that ends after ts_ns; of what follows the last one if none does. */
uint64_t index_find_chunk(const struct index *index, uint64_t ts_ns);

/* Offset of the last section of that type, 0: none. */
uint64_t index_find(const struct index *index, uint32_t type);

/*
 * The last entry of that type not after ts_ns among the first *nr: its number in *nr. False if
 * there is none. Begin with *nr = index->nr; called again it finds the one before.
 */
bool index_before(const struct index *index, uint32_t type, uint64_t ts_ns, size_t *nr);

/* Highest core number in the directories of all chunks, + 1; at least 1. */
uint32_t index_nr_cpus(const struct index *index);

#endif
