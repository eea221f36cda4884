/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of a file, read or made. Its offsets are only hints: what is there is checked again. */
#include "trace/index.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "trace/section.h"

void index_init(struct index *index, int fd)
{
	*index = (struct index){.fd = fd, .scanned_to = FILE_MAGIC_LEN};
}

void index_done(struct index *index)
{
	free(index->entries);
	bytes_done(&index->payload);
}

static uint64_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void add(struct index *index, const struct index_entry *entry)
{
	index->entries =
	    mem_grow(index->entries, &index->cap, index->nr + 1, sizeof(*index->entries));
	index->entries[index->nr++] = *entry;
}

/* Reads the index section, found from the end of the file. */
static bool read_index(struct index *index, uint64_t size)
{
	struct bytes *payload = &index->payload;
	struct section section;
	uint64_t offset;

	if (size < SECTION_HEADER_BYTES + TAIL_BYTES ||
	    !section_read(index->fd, size - SECTION_HEADER_BYTES - TAIL_BYTES, &section, payload) ||
	    section.type != SECTION_TAIL || section.size != TAIL_BYTES)
		return false;
	offset = le64_get(payload->at);
	if (!section_read(index->fd, offset, &section, payload) || section.type != SECTION_INDX)
		return false;
	if (offset + SECTION_HEADER_BYTES + section.size + section_padding(section.size) +
		SECTION_HEADER_BYTES + TAIL_BYTES !=
	    size)
		return false; /* of another trace than this tail, most likely */
	index->nr = 0;
	for (size_t at = 0; payload->len - at >= INDEX_ENTRY_BYTES; at += INDEX_ENTRY_BYTES) {
		const uint8_t *entry = payload->at + at;

		if (le64_get(entry + 8) >= size)
			continue;
		add(index, &(struct index_entry){
			       .type = le32_get(entry),
			       .offset = le64_get(entry + 8),
			       .begin_ns = le64_get(entry + 16),
			       .end_ns = le64_get(entry + 24),
			   });
	}
	index->scanned_to = size;
	index->whole = true;
	return true;
}

/* Times of a chunk or checkpoint, from the first bytes of its payload. */
static bool read_times(struct index *index, const struct section *section,
		       struct index_entry *entry)
{
	uint8_t head[16];

	if (section->size < sizeof(head) ||
	    pread(index->fd, head, sizeof(head), (off_t)(entry->offset + SECTION_HEADER_BYTES)) !=
		(ssize_t)sizeof(head))
		return false;
	entry->begin_ns = le64_get(head);
	entry->end_ns = section->type == SECTION_CHNK ? le64_get(head + 8) : entry->begin_ns;
	return true;
}

/* Goes on from the last whole section: a growing file is not scanned twice. */
static void scan(struct index *index, uint64_t size)
{
	uint8_t header[SECTION_HEADER_BYTES];
	struct section section;

	while (index->scanned_to + sizeof(header) <= size) {
		struct index_entry entry = {.offset = index->scanned_to};

		if (pread(index->fd, header, sizeof(header), (off_t)entry.offset) != sizeof(header))
			return;
		if (!section_get(header, &section)) {
			index->scanned_to += SECTION_ALIGN;
			continue;
		}
		if (section.type == SECTION_HEAD && entry.offset != FILE_MAGIC_LEN) {
			index->followed = true;
			return;
		}
		if (section.size > size - entry.offset - sizeof(header))
			return;
		entry.type = section.type;
		if (section.type == SECTION_ENDS || section.type == SECTION_NAMS ||
		    ((section.type == SECTION_CHNK || section.type == SECTION_CKPT) &&
		     read_times(index, &section, &entry)))
			add(index, &entry);
		index->scanned_to += sizeof(header) + section.size + section_padding(section.size);
	}
}

void index_update(struct index *index)
{
	uint64_t size = file_size(index->fd);

	if (index->whole || index->followed || index->scanned_to >= size)
		return;
	if (!read_index(index, size))
		scan(index, size);
}

uint64_t index_find_chunk(const struct index *index, uint64_t ts_ns)
{
	uint64_t behind = index->whole ? index_find(index, SECTION_ENDS) : index->scanned_to;

	for (size_t i = 0; i < index->nr; i++)
		if (index->entries[i].type == SECTION_CHNK && index->entries[i].end_ns > ts_ns)
			return index->entries[i].offset;
	return behind ? behind : index->scanned_to;
}

uint64_t index_find(const struct index *index, uint32_t type)
{
	for (size_t i = index->nr; i > 0; i--) /* the end section, asked for at open, is the last */
		if (index->entries[i - 1].type == type)
			return index->entries[i - 1].offset;
	return 0;
}

bool index_before(const struct index *index, uint32_t type, uint64_t ts_ns, size_t *nr)
{
	while (*nr > 0) {
		const struct index_entry *entry = &index->entries[--*nr];

		if (entry->type == type && entry->begin_ns <= ts_ns)
			return true;
	}
	return false;
}

uint32_t index_nr_cpus(const struct index *index)
{
	uint32_t highest = 0;
	uint8_t block[CHUNK_BLOCK_BYTES], head[CHUNK_HEADER_BYTES];

	for (size_t i = 0; i < index->nr; i++) {
		off_t at = (off_t)(index->entries[i].offset + SECTION_HEADER_BYTES);

		if (index->entries[i].type != SECTION_CHNK ||
		    pread(index->fd, head, sizeof(head), at) != sizeof(head))
			continue;
		at += CHUNK_HEADER_BYTES;
		for (uint32_t nr = le32_get(head + 28); nr; nr--, at += CHUNK_BLOCK_BYTES) {
			if (pread(index->fd, block, sizeof(block), at) != sizeof(block))
				break;
			if (le16_get(block) > highest)
				highest = le16_get(block);
		}
	}
	return highest + 1;
}
