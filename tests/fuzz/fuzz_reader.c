/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever the bytes are, reading them as a trace must end, without a crash and with records that
 * keep the promises of source.h. The second way in goes past the checksums, straight to the
 * decoder.
 *
 *	cd userspace
 *	clang -fsanitize=fuzzer,address,undefined -I. -D_GNU_SOURCE ../tests/fuzz/fuzz_reader.c
 *		base/{bytes,err,mem}.c trace/[a-z]*.c import/[a-z]*.c -lz
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"
#include "trace/codec.h"
#include "trace/reader.h"
#include "trace/section.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(const struct source *src, const struct record *rec, uint64_t *last_ts)
{
	if (!record_desc(rec->type) || rec->ts_ns < *last_ts || rec->cpu >= src->info.nr_cpus)
		abort();
	*last_ts = rec->ts_ns;
}

static void read_all(struct source *src)
{
	const struct record *rec;
	uint64_t last_ts = 0;

	while (source_next(src, &rec, NULL) > 0)
		check(src, rec, &last_ts);
	if (source_seek(src, last_ts / 2, NULL) < 0)
		return;
	for (last_ts = 0; source_next(src, &rec, NULL) > 0;)
		check(src, rec, &last_ts);
}

static void fuzz_source(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct source *src = NULL;
	const uint8_t *checkpoint;
	uint64_t at_ns;
	size_t checkpoint_len;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	src = source_open_fd(fd, "fuzz", NULL);
	if (!src)
		return;
	read_all(src);
	(void)reader_checkpoint(src, UINT64_MAX, &checkpoint, &checkpoint_len, &at_ns, NULL);
	source_close(src);
}

/* Makes the checksums of the sections right, so that what is inside gets read. */
static void fuzz_behind_checksums(const uint8_t *bytes, size_t len)
{
	struct bytes file = {0};
	struct section section;

	bytes_add(&file, bytes, len);
	for (size_t at = FILE_MAGIC_LEN; at + SECTION_HEADER_BYTES <= len;) {
		uint64_t left = len - at - SECTION_HEADER_BYTES;

		section = (struct section){.type = le32_get(file.at + at),
					   .size = le64_get(file.at + at + 8)};
		if (section.size <= left)
			section.crc =
			    section_crc(file.at + at + SECTION_HEADER_BYTES, section.size);
		section_put(file.at + at, &section);
		if (section.size >= left)
			break;
		at += SECTION_HEADER_BYTES + section.size + section_padding(section.size);
	}
	fuzz_source(file.at, file.len);
	bytes_done(&file);
}

static void fuzz_decoder(const uint8_t *bytes, size_t len)
{
	static struct schema schema;
	static struct decoder *decoder;
	struct bytes out = {0};
	size_t nr;

	if (!decoder) {
		schema_own(&schema);
		decoder = decoder_open();
	}
	if (len < 1)
		return;
	nr = bytes[0] < len - 1 ? bytes[0] : len - 1; /* so many bytes of plain, the rest is body */
	(void)decoder_run(decoder, &schema, 0, 4, bytes + 1 + nr, len - 1 - nr, bytes + 1, nr,
			  &out);
	bytes_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	fuzz_source(bytes, len);
	if (len > FILE_MAGIC_LEN && memcmp(bytes, FILE_MAGIC, FILE_MAGIC_LEN) == 0)
		fuzz_behind_checksums(bytes, len);
	fuzz_decoder(bytes, len);
	return 0;
}
