/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The skeleton of a file (docs/format.md): magic, then sections of header, payload and padding.
 * Numbers shared by writer and reader; nothing here knows what a payload says.
 */
#ifndef TRACE_SECTION_H
#define TRACE_SECTION_H

#include "base/bytes.h"

#define FILE_MAGIC     "conctrc1"
#define FILE_MAGIC_LEN 8

#define SECTION(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define SECTION_HEAD SECTION('H', 'E', 'A', 'D') /* facts and type table, as lines */
#define SECTION_CHNK SECTION('C', 'H', 'N', 'K') /* records of a stretch of time */
#define SECTION_CKPT SECTION('C', 'K', 'P', 'T') /* state of the model at a time */
#define SECTION_NAMS SECTION('N', 'A', 'M', 'S') /* all records of names, as in a chunk */
#define SECTION_ENDS SECTION('E', 'N', 'D', 'S') /* how it ended, as lines */
#define SECTION_INDX SECTION('I', 'N', 'D', 'X') /* where chunks and checkpoints are */
#define SECTION_TAIL SECTION('T', 'A', 'I', 'L') /* where the index is; last of the file */

#define SECTION_HEADER_BYTES 24
#define SECTION_ALIGN        8
#define SECTION_MAX_BYTES    (1ULL << 30) /* of a payload that has to be read as a whole */

#define CHUNK_HEADER_BYTES      32
#define CHUNK_BLOCK_BYTES       16 /* directory entry of a block */
#define INDEX_ENTRY_BYTES       40
#define TAIL_BYTES              16 /* payload */
#define CHECKPOINT_HEADER_BYTES 16

/* A block's body is no longer: no column needs more, and it bounds what a forged file can cost. */
#define BLOCK_BODY_MAX(nr_records) ((uint64_t)(nr_records)*512 + 65536)
#define BLOCK_BODY_MAX_BYTES       (512u << 20)

enum block_codec { BLOCK_STORED, BLOCK_ZLIB };

struct section {
	uint32_t type;
	uint32_t flags; /* none yet: 0 */
	uint64_t size;  /* of the payload, without padding */
	uint32_t crc;   /* CRC-32 of the payload */
};

/* Bytes after a payload of size bytes. */
static inline size_t section_padding(uint64_t size)
{
	return (size_t)(-size & (SECTION_ALIGN - 1));
}

/* Writes the header, with its own checksum, to at: [SECTION_HEADER_BYTES]. */
void section_put(uint8_t *at, const struct section *section);

/* False if the header's checksum does not hold. */
bool section_get(const uint8_t *at, struct section *section);

/*
 * Reads the whole section at offset of a regular file into payload. False if it is not whole,
 * longer than SECTION_MAX_BYTES, or a checksum does not hold.
 */
bool section_read(int fd, uint64_t offset, struct section *section, struct bytes *payload);

/* CRC-32 as of zlib, of any length. */
uint32_t section_crc(const void *bytes, size_t len);

#endif
