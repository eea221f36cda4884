/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes records, files and pipes for the tests of the file format. */
#ifndef TEST_TRACE_MAKE_H
#define TEST_TRACE_MAKE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "import/import.h"
#include "trace/writer.h"

static uint64_t make_seed = 88172645463325252;

static inline uint64_t make_random(void)
{
	make_seed ^= make_seed << 13;
	make_seed ^= make_seed >> 7;
	make_seed ^= make_seed << 17;
	return make_seed;
}

/* A number as traces have them: few different ones, small ones, extremes, anything. */
static inline uint64_t make_number(void)
{
	static const uint64_t extremes[] = {
	    0,          1,          0x7f,        0x80,      0x7fffffff,
	    0x80000000, 0xffffffff, 0x100000000, INT64_MAX, (uint64_t)INT64_MIN,
	    UINT64_MAX,
	};

	switch (make_random() % 4) {
	case 0:
		return extremes[make_random() % (sizeof(extremes) / sizeof(extremes[0]))];
	case 1:
		return make_random();
	default:
		return make_random() % 16;
	}
}

/* Appends a record of that type whose fields are random; fields that are not stored stay 0. */
static inline void make_record(struct bytes *out, unsigned int type, uint64_t ts_ns, uint16_t cpu)
{
	const struct record_desc *desc = record_desc(type);
	uint8_t *at = bytes_reserve(out, desc->size);
	struct record *rec = (struct record *)at;

	memset(at, 0, desc->size);
	*rec = (struct record){.ts_ns = ts_ns, .type = (uint8_t)type, .cpu = cpu};
	if (make_random() % 4 == 0)
		rec->flags = (uint8_t)make_random();
	for (unsigned int f = 0; f < desc->nr_fields; f++)
		for (unsigned int i = 0; i < desc->fields[f].size; i += 8) {
			uint64_t value = make_number();
			size_t len = desc->fields[f].size - i < 8 ? 4 : 8;

			memcpy(at + desc->fields[f].offset + i, &value, len);
		}
	if (type == RECORD_LOST) /* of none tells a reader of what it could not read */
		((struct record_lost *)at)->count |= 1;
	out->len += desc->size;
}

/* A buffer of nr records of all types in order of time, from begin_ns on. */
static inline void make_buffer(struct bytes *out, size_t nr, uint64_t begin_ns, uint16_t cpu)
{
	for (size_t i = 0; i < nr; i++) {
		unsigned int type = 1 + (unsigned int)(make_random() % (RECORD_NR_TYPES - 1));

		make_record(out, type, begin_ns, cpu);
		begin_ns += make_random() % 1000;
	}
}

static inline void make_info(struct trace_info *info)
{
	info_init(info);
	strcpy(info->kernel, "6.18.0");
	strcpy(info->command, "sh -c 'a\nb\\c'");
	info->nr_cpus = 4;
	info->begin_ns = 1000;
}

/* A source that reads the bytes as a regular file. NULL as source_open_fd. */
static inline struct source *make_file_source(const void *bytes, size_t len, struct err *err)
{
	int fd = memfd_create("trace", 0);

	assert_int_equal(write(fd, bytes, len), len);
	return source_open_fd(fd, "t.ctr", err);
}

/* All that a descriptor's file holds. */
static inline void make_contents(int fd, struct bytes *out)
{
	off_t len = lseek(fd, 0, SEEK_END);

	out->len = 0;
	assert_int_equal(pread(fd, bytes_reserve(out, (size_t)len), (size_t)len, 0), len);
	out->len = (size_t)len;
}

/* A whole file of nr_chunks chunks, each of nr records in two buffers of cores 0 and 1. */
static inline void make_trace(struct bytes *out, size_t nr_chunks, size_t nr)
{
	int fd = memfd_create("made", 0);
	struct bytes buffer = {0};
	struct trace_info info;
	struct writer *w;

	make_info(&info);
	w = writer_open(&info, NULL);
	assert_int_equal(writer_add_output(w, fd, "t.ctr", WRITER_REQUIRED, NULL), 0);
	for (size_t i = 0; i < nr_chunks; i++) {
		for (uint16_t cpu = 0; cpu < 2; cpu++) {
			buffer.len = 0;
			make_buffer(&buffer, nr / 2, 1000000 * (i + 1), cpu);
			assert_int_equal(writer_block(w, cpu, 0, buffer.at, buffer.len, NULL), 0);
		}
		assert_int_equal(writer_flush(w, 1000000 * (i + 2), NULL), 0);
	}
	info.end_ns = 1000000 * (nr_chunks + 1);
	info.exit_status = 256;
	info.quality.lost = 3;
	assert_int_equal(writer_finish(w, &info, NULL), 0);
	writer_close(w);
	make_contents(fd, out);
	close(fd);
	bytes_done(&buffer);
}

/* Offset of the payload of the nr-th checkpoint, from 0, of a whole file. */
static inline size_t make_find_checkpoint(const struct bytes *file, unsigned int nr)
{
	for (size_t at = 0; at + 24 < file->len; at += 8)
		if (memcmp(file->at + at, "CKPT", 4) == 0 && nr-- == 0)
			return at + 24;
	fail();
	return 0;
}

/* Appends every record of the source to out; returns what ended it. */
static inline int make_read_all(struct source *src, struct bytes *out, size_t *nr)
{
	const struct record *rec;
	int result;

	for (*nr = 0; (result = source_next(src, &rec, NULL)) > 0; ++*nr)
		bytes_add(out, rec, record_size(rec->type));
	return result;
}

#endif
