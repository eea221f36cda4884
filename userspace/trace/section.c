/* SPDX-License-Identifier: BSD-2-Clause */
/* Section headers. */
#include "trace/section.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

uint32_t section_crc(const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(0, bytes, len);
}

void section_put(uint8_t *at, const struct section *section)
{
	le32_put(at, section->type);
	le32_put(at + 4, section->flags);
	le64_put(at + 8, section->size);
	le32_put(at + 16, section->crc);
	le32_put(at + 20, section_crc(at, 20));
}

bool section_get(const uint8_t *at, struct section *section)
{
	if (le32_get(at + 20) != section_crc(at, 20))
		return false;
	section->type = le32_get(at);
	section->flags = le32_get(at + 4);
	section->size = le64_get(at + 8);
	section->crc = le32_get(at + 16);
	return true;
}

bool section_read(int fd, uint64_t offset, struct section *section, struct bytes *payload)
{
	uint8_t header[SECTION_HEADER_BYTES];
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < SECTION_HEADER_BYTES ||
	    offset > (uint64_t)st.st_size - SECTION_HEADER_BYTES)
		return false;
	if (pread(fd, header, sizeof(header), (off_t)offset) != sizeof(header) ||
	    !section_get(header, section))
		return false;
	offset += sizeof(header);
	if (section->size > SECTION_MAX_BYTES || section->size > (uint64_t)st.st_size - offset)
		return false;
	payload->len = 0;
	bytes_reserve(payload, section->size + 1);
	if (pread(fd, payload->at, section->size, (off_t)offset) != (ssize_t)section->size)
		return false;
	payload->len = section->size;
	return section_crc(payload->at, payload->len) == section->crc;
}
