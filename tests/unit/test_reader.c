/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_make.h"

#include "trace/order.h"
#include "trace/reader.h"
#include "trace/section.h"

static void test_whole_file_says_what_was_written(void **state)
{
	struct bytes file = {0}, out = {0};
	struct source *src;
	struct trace_info want;
	size_t nr;
	uint64_t last = 0;

	(void)state;
	make_info(&want);
	make_trace(&file, 3, 400);
	src = make_file_source(file.at, file.len, NULL);
	assert_non_null(src);
	assert_string_equal(src->info.kernel, want.kernel);
	assert_string_equal(src->info.command, want.command);
	assert_int_equal(src->info.nr_cpus, 4);
	assert_int_equal(src->info.begin_ns, 1000);
	assert_int_equal(src->info.end_ns, 4000000); /* of a file the end is known at once */
	assert_int_equal(src->info.exit_status, 256);
	assert_int_equal(make_read_all(src, &out, &nr), 0);
	assert_int_equal(nr, 1200);
	assert_int_equal(src->info.quality.lost, 3);
	assert_int_equal(src->info.quality.late, 0);
	assert_int_equal(src->info.quality.corrupt, 0);
	assert_false(src->info.quality.truncated);
	assert_false(src->info.quality.unfinished);
	for (size_t at = 0; at < out.len;) {
		const struct record *rec = (const void *)(out.at + at);

		assert_true(rec->ts_ns >= last);
		last = rec->ts_ns;
		at += record_size(rec->type);
	}
	source_close(src);
	bytes_done(&file);
	bytes_done(&out);
}

/* Long columns are deflated each by itself; what cannot be made shorter is stored as it is. */
static void test_a_block_of_any_length_comes_back(void **state)
{
	static const size_t lengths[] = {1, 500, 5000, 40000};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct bytes want = {0}, got = {0};
		int fd = memfd_create("long", 0);
		struct trace_info info;
		struct source *src;
		struct writer *w;
		size_t nr;

		make_info(&info);
		make_buffer(&want, lengths[i], 1000, 0);
		w = writer_open(&info, NULL);
		assert_int_equal(writer_add_output(w, fd, "t.ctr", WRITER_REQUIRED, NULL), 0);
		assert_int_equal(writer_block(w, 0, 0, want.at, want.len, NULL), 0);
		assert_int_equal(writer_finish(w, &info, NULL), 0);
		writer_close(w);
		src = source_open_fd(fd, "t.ctr", NULL);
		assert_int_equal(make_read_all(src, &got, &nr), 0);
		assert_int_equal(nr, lengths[i]);
		assert_int_equal(got.len, want.len);
		assert_memory_equal(got.at, want.at, want.len);
		source_close(src);
		bytes_done(&want);
		bytes_done(&got);
	}
}

/* Whole records of want, in its order, begin with those of got. */
static void assert_prefix(const struct bytes *got, const struct bytes *want)
{
	assert_true(got->len <= want->len);
	if (got->len)
		assert_memory_equal(got->at, want->at, got->len);
}

static size_t read_bytes(const uint8_t *at, size_t len, struct bytes *out,
			 struct trace_quality *quality)
{
	struct source *src = make_file_source(at, len, NULL);
	size_t nr;

	out->len = 0;
	assert_non_null(src);
	assert_int_equal(make_read_all(src, out, &nr), 0);
	*quality = src->info.quality;
	source_close(src);
	return nr;
}

/* Offset behind the nr-th section of that type, 0 if there are fewer. */
static size_t section_end(const struct bytes *file, uint32_t type, unsigned int nr)
{
	struct section section;

	for (size_t at = FILE_MAGIC_LEN; at + SECTION_HEADER_BYTES <= file->len;) {
		assert_true(section_get(file->at + at, &section));
		at += SECTION_HEADER_BYTES + section.size + section_padding(section.size);
		if (section.type == type && --nr == 0)
			return at;
	}
	return 0;
}

static void test_cut_anywhere_keeps_every_whole_chunk(void **state)
{
	struct bytes file = {0}, all = {0}, out = {0};
	struct trace_quality quality;
	size_t ends[3], end;

	(void)state;
	make_trace(&file, 3, 20);
	read_bytes(file.at, file.len, &all, &quality);
	for (unsigned int i = 0; i < 3; i++)
		ends[i] = section_end(&file, SECTION_CHNK, i + 1);
	end = section_end(&file, SECTION_ENDS, 1);
	for (size_t len = 1; len < file.len; len++) {
		size_t nr = read_bytes(file.at, len, &out, &quality), whole = 0;

		for (unsigned int i = 0; i < 3; i++)
			whole += len + 7 >= ends[i]; /* the padding may be missing */
		assert_true(nr >= whole * 20 || len < ends[whole - 1]);
		assert_true(nr <= whole * 20);
		assert_prefix(&out, &all);
		if (len + 8 <= end) { /* before the end section is whole */
			assert_true(quality.unfinished);
			assert_int_equal(quality.truncated,
					 len != ends[0] && len != ends[1] && len != ends[2] &&
					     len != section_end(&file, SECTION_HEAD, 1));
		}
		assert_int_equal(quality.corrupt, 0);
	}
	bytes_done(&file);
	bytes_done(&all);
	bytes_done(&out);
}

/* Every record of got is one of want, in order. */
static void assert_subset(const struct bytes *got, const struct bytes *want)
{
	size_t at = 0, from = 0;

	while (at < got->len) {
		size_t size = record_size(((const struct record *)(got->at + at))->type);

		assert_true(from < want->len);
		if (size == record_size(((const struct record *)(want->at + from))->type) &&
		    memcmp(got->at + at, want->at + from, size) == 0)
			at += size;
		from += record_size(((const struct record *)(want->at + from))->type);
	}
}

/* Takes the records out that stand for what is damaged; the rest is left. */
static size_t take_holes(struct bytes *records, struct record_lost *out, size_t max)
{
	size_t nr = 0, len = 0;

	for (size_t at = 0, size; at < records->len; at += size) {
		const struct record *rec = (const void *)(records->at + at);

		size = record_size(rec->type);
		if (rec->type == RECORD_LOST && ((const struct record_lost *)rec)->count == 0) {
			assert_true(nr < max);
			out[nr++] = *(const struct record_lost *)rec;
		} else {
			memmove(records->at + len, rec, size);
			len += size;
		}
	}
	records->len = len;
	return nr;
}

static void test_a_damaged_chunk_is_a_gap_of_every_core(void **state)
{
	struct bytes file = {0}, out = {0};
	struct trace_quality quality;
	struct record_lost holes[8];
	uint64_t begin_ns, end_ns;

	(void)state;
	make_trace(&file, 3, 20);
	const uint8_t *first = file.at + section_end(&file, SECTION_HEAD, 1);
	const uint8_t *third = file.at + section_end(&file, SECTION_CHNK, 2);

	begin_ns = le64_get(first + SECTION_HEADER_BYTES + 8);
	end_ns = le64_get(third + SECTION_HEADER_BYTES);
	file.at[section_end(&file, SECTION_CHNK, 1) + SECTION_HEADER_BYTES + 50] ^= 1;
	read_bytes(file.at, file.len, &out, &quality);
	assert_int_equal(take_holes(&out, holes, 8), 4);
	for (uint16_t cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(holes[cpu].head.cpu, cpu);
		assert_int_equal(holes[cpu].begin_ns, begin_ns);
		assert_int_equal(holes[cpu].head.ts_ns, end_ns);
	}
	assert_int_equal(quality.lost, 3); /* no more: nobody knows how many */
	bytes_done(&file);
	bytes_done(&out);
}

static void test_any_flipped_byte_never_yields_a_wrong_record(void **state)
{
	struct record_lost holes[8];
	struct bytes file = {0}, all = {0}, out = {0};
	struct trace_quality quality;
	size_t index, nr;

	(void)state;
	make_trace(&file, 3, 20);
	read_bytes(file.at, file.len, &all, &quality);
	index = section_end(&file, SECTION_ENDS, 1);
	for (size_t i = FILE_MAGIC_LEN; i < file.len; i++) {
		uint8_t flip = (uint8_t)(1 + make_random() % 255);

		file.at[i] ^= flip;
		nr = read_bytes(file.at, file.len, &out, &quality);
		nr -= take_holes(&out, holes, 8);
		assert_subset(&out, &all);
		assert_true(nr >= 40); /* at most one section is gone */
		if (i < index && nr < 60)
			assert_int_equal(quality.corrupt, 1);
		file.at[i] ^= flip;
	}
	bytes_done(&file);
	bytes_done(&all);
	bytes_done(&out);
}

static void test_pipe_fed_byte_by_byte_says_the_same(void **state)
{
	struct bytes file = {0}, all = {0}, out = {0};
	struct trace_quality quality;
	const struct record *rec;
	struct source *src;
	size_t fed = 2000;
	int ends[2], result;

	(void)state;
	make_trace(&file, 2, 40);
	read_bytes(file.at, file.len, &all, &quality);
	fed = section_end(&file, SECTION_HEAD, 1);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], file.at, fed), fed);
	src = source_open_fd(ends[0], "pipe", NULL);
	assert_non_null(src);
	assert_int_equal(src->info.nr_cpus, 4);
	assert_false(source_wait(src, 0));
	while ((result = source_next(src, &rec, NULL)) != 0) {
		if (result == 1) {
			bytes_add(&out, rec, record_size(rec->type));
			continue;
		}
		assert_int_equal(result, -EAGAIN);
		assert_true(fed < file.len);
		assert_int_equal(write(ends[1], file.at + fed, 1), 1);
		fed++;
		assert_true(source_wait(src, 0));
	}
	assert_int_equal(out.len, all.len);
	assert_memory_equal(out.at, all.at, all.len);
	assert_int_equal(src->info.end_ns, 3000000);
	assert_false(src->info.quality.truncated);
	assert_int_equal(source_seek(src, 0, NULL), -ENOTSUP);
	source_close(src);
	close(ends[1]);
	bytes_done(&file);
	bytes_done(&all);
	bytes_done(&out);
}

static void test_pipe_that_is_cut_ends_there(void **state)
{
	struct bytes file = {0}, out = {0};
	struct source *src;
	size_t nr;
	int ends[2];

	(void)state;
	make_trace(&file, 2, 40);
	for (size_t cut = 1; cut < file.len; cut += 7) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], file.at, cut), cut);
		close(ends[1]);
		src = source_open_fd(ends[0], "pipe", NULL);
		assert_non_null(src);
		out.len = 0;
		assert_int_equal(make_read_all(src, &out, &nr), 0);
		assert_true(src->info.quality.unfinished || nr == 80);
		source_close(src);
	}
	bytes_done(&file);
	bytes_done(&out);
}

/* Who writes would be told that nobody reads, though all was read; nobody has to close the pipe. */
static void test_pipe_is_read_to_its_last_section(void **state)
{
	struct bytes file = {0};
	const struct record *rec;
	struct source *src;
	int ends[2], result;
	size_t end, nr = 0;

	(void)state;
	make_trace(&file, 2, 40);
	end = section_end(&file, SECTION_ENDS, 1);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], file.at, end), end);
	src = source_open_fd(ends[0], "pipe", NULL);
	while ((result = source_next(src, &rec, NULL)) == 1)
		nr++;
	assert_int_equal(nr, 80);
	assert_int_equal(src->info.end_ns, 3000000);
	for (; end < file.len; end++) {
		assert_int_equal(result, -EAGAIN);
		assert_int_equal(write(ends[1], file.at + end, 1), 1);
		result = source_next(src, &rec, NULL);
	}
	assert_int_equal(result, 0);
	source_close(src);
	close(ends[1]);
	bytes_done(&file);
}

static void test_growing_file_is_followed(void **state)
{
	struct bytes file = {0}, out = {0};
	struct source *src;
	int fd = memfd_create("grow", 0);
	size_t fed, nr, total = 0;
	int result;

	(void)state;
	make_trace(&file, 3, 40);
	fed = section_end(&file, SECTION_HEAD, 1);
	assert_int_equal(write(fd, file.at, fed), fed);
	src = source_open_fd(dup(fd), "t.ctr", NULL);
	assert_non_null(src);
	source_follow(src, true);
	while ((result = make_read_all(src, &out, &nr)) == -EAGAIN) {
		size_t piece = file.len - fed < 100 ? file.len - fed : 100;

		total += nr;
		assert_true(piece > 0);
		assert_int_equal(write(fd, file.at + fed, piece), piece);
		fed += piece;
		assert_true(source_wait(src, 0));
	}
	assert_int_equal(result, 0);
	assert_int_equal(total + nr, 120);
	assert_false(src->info.quality.unfinished);
	source_close(src);
	close(fd);
	bytes_done(&file);
	bytes_done(&out);
}

static uint64_t first_after_seek(struct source *src, uint64_t ts_ns)
{
	const struct record *rec;

	assert_int_equal(source_seek(src, ts_ns, NULL), 0);
	return source_next(src, &rec, NULL) > 0 ? rec->ts_ns : 0;
}

/* Chunk i holds the times from 1,000,000 * (i + 1) to before 1,000,000 * (i + 2). */
static void test_seek_enters_the_chunk_of_that_time(void **state)
{
	struct bytes file = {0}, out = {0};
	struct source *src;
	size_t nr;

	(void)state;
	make_trace(&file, 5, 40);
	for (int cut = 0; cut < 2; cut++) { /* by the index, then without it */
		src = make_file_source(file.at,
				       cut ? section_end(&file, SECTION_CHNK, 5) : file.len, NULL);
		assert_int_equal(first_after_seek(src, 0), 1000000);
		assert_int_equal(first_after_seek(src, 3999999), 3000000);
		assert_int_equal(first_after_seek(src, 4000000), 4000000);
		assert_int_equal(first_after_seek(src, 6000000), 0);
		assert_int_equal(first_after_seek(src, 1), 1000000);
		assert_int_equal(source_seek(src, 5000000, NULL), 0);
		out.len = 0;
		assert_int_equal(make_read_all(src, &out, &nr), 0);
		assert_int_equal(nr, 40);
		assert_int_equal(src->info.quality.late, 0);
		assert_int_equal(src->info.quality.lost, cut ? 0 : 3);
		source_close(src);
	}
	bytes_done(&file);
	bytes_done(&out);
}

static void test_latest_checkpoint_not_after_is_found(void **state)
{
	struct trace_info info;
	struct writer *w;
	struct bytes buffer = {0}, file = {0};
	struct source *src;
	const uint8_t *bytes;
	uint64_t at_ns;
	size_t len;
	int fd = memfd_create("a", 0);

	(void)state;
	make_info(&info);
	w = writer_open(&info, NULL);
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	make_buffer(&buffer, 10, 1, 0);
	assert_int_equal(writer_block(w, 0, 1, buffer.at, buffer.len, NULL), 0);
	assert_int_equal(writer_checkpoint(w, 100, "one", 3, NULL), 0);
	assert_int_equal(writer_checkpoint(w, 200, "other", 5, NULL), 0);
	assert_int_equal(writer_finish(w, &info, NULL), 0);
	writer_close(w);
	make_contents(fd, &file);
	src = source_open_fd(fd, "t.ctr", NULL);
	assert_int_equal(reader_checkpoint(src, 99, &bytes, &len, &at_ns, NULL), -ENOENT);
	assert_int_equal(reader_checkpoint(src, 199, &bytes, &len, &at_ns, NULL), 0);
	assert_int_equal(at_ns, 100);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "one", 3);
	assert_int_equal(reader_checkpoint(src, UINT64_MAX, &bytes, &len, &at_ns, NULL), 0);
	assert_memory_equal(bytes, "other", 5);
	source_close(src);
	/* a damaged one is passed over for the one before */
	file.at[make_find_checkpoint(&file, 1) + CHECKPOINT_HEADER_BYTES] ^= 1;
	src = make_file_source(file.at, file.len, NULL);
	assert_int_equal(reader_checkpoint(src, 300, &bytes, &len, &at_ns, NULL), 0);
	assert_int_equal(at_ns, 100);
	source_close(src);
	bytes_done(&buffer);
	bytes_done(&file);
}

static void test_late_record_is_counted_and_raised(void **state)
{
	struct trace_info info;
	struct writer *w;
	struct bytes buffer = {0};
	const struct record *rec;
	struct source *src;
	int fd = memfd_create("a", 0);
	uint64_t want[] = {10, 50, 50, 60};

	(void)state;
	make_info(&info);
	w = writer_open(&info, NULL);
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	make_record(&buffer, RECORD_SWITCH, 10, 0);
	make_record(&buffer, RECORD_SWITCH, 50, 0);
	writer_block(w, 0, 0, buffer.at, buffer.len, NULL);
	writer_flush(w, 51, NULL);
	buffer.len = 0;
	make_record(&buffer, RECORD_SWITCH, 40, 1); /* should have been in the first chunk */
	make_record(&buffer, RECORD_SWITCH, 60, 1);
	writer_block(w, 1, 0, buffer.at, buffer.len, NULL);
	writer_finish(w, &info, NULL);
	writer_close(w);
	src = source_open_fd(fd, "t.ctr", NULL);
	for (int pass = 0; pass < 2; pass++) { /* a second reading counts nothing twice */
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(source_next(src, &rec, NULL), 1);
			assert_int_equal(rec->ts_ns, want[i]);
		}
		assert_int_equal(source_next(src, &rec, NULL), 0);
		assert_int_equal(src->info.quality.late, 1);
		source_seek(src, 0, NULL);
	}
	source_close(src);
	bytes_done(&buffer);
}

static void add_section(struct bytes *file, uint32_t type, const void *payload, uint64_t size,
			uint64_t claimed)
{
	struct section section = {.type = type, .size = claimed, .crc = section_crc(payload, size)};

	section_put(bytes_reserve(file, SECTION_HEADER_BYTES), &section);
	file->len += SECTION_HEADER_BYTES;
	bytes_add(file, payload, size);
	bytes_add_zeros(file, section_padding(size));
}

static void test_unknown_sections_are_passed_over(void **state)
{
	struct bytes file = {0}, made = {0}, out = {0}, all = {0};
	struct trace_quality quality;
	size_t head;

	(void)state;
	make_trace(&file, 2, 40);
	read_bytes(file.at, file.len, &all, &quality);
	head = section_end(&file, SECTION_HEAD, 1);
	bytes_add(&made, file.at, head);
	add_section(&made, SECTION('N', 'E', 'W', '!'), "whatever", 5, 5);
	bytes_add(&made, file.at + head, file.len - head);
	assert_int_equal(read_bytes(made.at, made.len, &out, &quality), 80);
	assert_int_equal(quality.corrupt, 0);
	assert_memory_equal(out.at, all.at, all.len);
	bytes_done(&file);
	bytes_done(&made);
	bytes_done(&out);
	bytes_done(&all);
}

static void test_a_trace_behind_it_is_another(void **state)
{
	struct bytes file = {0}, made = {0}, out = {0}, all = {0};
	struct trace_quality quality;
	size_t chunks;

	(void)state;
	make_trace(&file, 2, 40);
	read_bytes(file.at, file.len, &all, &quality);
	assert_false(quality.followed);
	chunks = section_end(&file, SECTION_CHNK, 2);
	for (unsigned int killed = 0; killed < 2; killed++) {
		made.len = 0;
		bytes_add(&made, file.at, killed ? chunks : file.len);
		bytes_add(&made, file.at, file.len);
		assert_int_equal(read_bytes(made.at, made.len, &out, &quality), 80);
		assert_memory_equal(out.at, all.at, all.len);
		assert_true(quality.followed);
		assert_int_equal(quality.unfinished, killed);
		assert_int_equal(quality.corrupt, 0);
	}
	bytes_done(&file);
	bytes_done(&made);
	bytes_done(&out);
	bytes_done(&all);
}

static void test_forged_length_costs_nothing(void **state)
{
	static const uint64_t claims[] = {
	    4ULL << 30, SECTION_MAX_BYTES, UINT64_MAX, UINT64_MAX - 24, INT64_MAX, 1000,
	};
	static const uint32_t types[] = {SECTION_CHNK, SECTION_ENDS, SECTION_CKPT, SECTION_HEAD};
	struct bytes file = {0}, out = {0};
	struct trace_quality quality;

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			file.len = 0;
			bytes_add(&file, FILE_MAGIC, FILE_MAGIC_LEN);
			if (types[t] != SECTION_HEAD)
				add_section(&file, SECTION_HEAD, "nr_cpus 2\n", 10, 10);
			add_section(&file, types[t], "0123456789", 10, claims[i]);
			assert_int_equal(read_bytes(file.at, file.len, &out, &quality), 0);
			assert_true(quality.truncated || quality.corrupt);
		}
	bytes_done(&file);
	bytes_done(&out);
}

static void test_lost_header_costs_no_record(void **state)
{
	struct bytes file = {0}, all = {0}, out = {0};
	struct trace_quality quality;
	struct source *src;
	size_t nr;

	(void)state;
	make_trace(&file, 2, 40);
	read_bytes(file.at, file.len, &all, &quality);
	file.at[FILE_MAGIC_LEN + SECTION_HEADER_BYTES + 30] ^= 1;
	src = make_file_source(file.at, file.len, NULL);
	assert_int_equal(src->info.nr_cpus, 4); /* from the end section */
	assert_int_equal(make_read_all(src, &out, &nr), 0);
	assert_int_equal(nr, 80);
	assert_memory_equal(out.at, all.at, all.len);
	assert_int_equal(src->info.quality.corrupt, 1);
	source_close(src);
	src = make_file_source(file.at, section_end(&file, SECTION_CHNK, 2), NULL);
	assert_int_equal(src->info.nr_cpus, 2); /* from the chunks */
	out.len = 0;
	assert_int_equal(make_read_all(src, &out, &nr), 0);
	assert_int_equal(nr, 80);
	source_close(src);
	bytes_done(&file);
	bytes_done(&all);
	bytes_done(&out);
}

static void assert_foreign(const char *bytes, size_t len, const char *what)
{
	struct err err = {0};

	assert_null(make_file_source(bytes, len, &err));
	assert_int_equal(err.code, EINVAL);
	if (!strstr(err.text, what))
		fail_msg("'%s' does not say '%s'", err.text, what);
}

static void test_foreign_file_is_told_by_what_it_is(void **state)
{
	struct err err = {0};

	(void)state;
	assert_foreign("", 0, "empty");
	assert_foreign("\177ELF\2\1\1\0", 8, "ELF");
	assert_foreign("\x1f\x8b\x08\0", 4, "looks like a file compressed by gzip;");
	assert_foreign("PERFILE2", 8, "perf.data");
	assert_foreign("\x17\x08\x44tracing6", 11, "trace.dat");
	assert_foreign("hello, world\n", 13, "plain text");
	assert_foreign("\0\1\2\3", 4, "unknown");
	assert_foreign("conctrc2????????", 16, "later version");
	assert_null(source_open("/nonexistent/t.ctr", &err));
	assert_int_equal(err.code, ENOENT);
	assert_null(source_open("/", &err));
	assert_int_equal(err.code, EISDIR);
}

static void test_merge_is_in_order_for_any_number_of_streams(void **state)
{
	(void)state;
	for (size_t nr_streams = 1; nr_streams < 300; nr_streams += 37) {
		struct bytes *streams = calloc(nr_streams, sizeof(*streams));
		struct order order = {0};
		const struct record *rec;
		uint64_t last_ts = 0, nr = 0;
		uint32_t last_stream = 0;

		for (uint32_t s = 0; s < nr_streams; s++) {
			uint64_t ts = make_random() % 50;

			for (unsigned int i = 0; i < s % 40; i++) {
				make_record(&streams[s], RECORD_EXIT, ts += make_random() % 5, 0);
				((struct record *)(streams[s].at + streams[s].len -
						   sizeof(struct record_exit)))
				    ->tid = s;
			}
			nr += s % 40;
		}
		for (size_t s = 0; s < nr_streams; s++)
			order_add(&order, streams[s].at, streams[s].len);
		while ((rec = order_next(&order))) {
			assert_true(rec->ts_ns > last_ts ||
				    (rec->ts_ns == last_ts && rec->tid >= last_stream));
			last_ts = rec->ts_ns;
			last_stream = rec->tid;
			nr--;
		}
		assert_int_equal(nr, 0);
		order_done(&order);
		for (size_t s = 0; s < nr_streams; s++)
			bytes_done(&streams[s]);
		free(streams);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_file_says_what_was_written),
	    cmocka_unit_test(test_a_block_of_any_length_comes_back),
	    cmocka_unit_test(test_cut_anywhere_keeps_every_whole_chunk),
	    cmocka_unit_test(test_a_damaged_chunk_is_a_gap_of_every_core),
	    cmocka_unit_test(test_any_flipped_byte_never_yields_a_wrong_record),
	    cmocka_unit_test(test_pipe_fed_byte_by_byte_says_the_same),
	    cmocka_unit_test(test_pipe_that_is_cut_ends_there),
	    cmocka_unit_test(test_pipe_is_read_to_its_last_section),
	    cmocka_unit_test(test_growing_file_is_followed),
	    cmocka_unit_test(test_seek_enters_the_chunk_of_that_time),
	    cmocka_unit_test(test_latest_checkpoint_not_after_is_found),
	    cmocka_unit_test(test_late_record_is_counted_and_raised),
	    cmocka_unit_test(test_unknown_sections_are_passed_over),
	    cmocka_unit_test(test_a_trace_behind_it_is_another),
	    cmocka_unit_test(test_forged_length_costs_nothing),
	    cmocka_unit_test(test_lost_header_costs_no_record),
	    cmocka_unit_test(test_foreign_file_is_told_by_what_it_is),
	    cmocka_unit_test(test_merge_is_in_order_for_any_number_of_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
