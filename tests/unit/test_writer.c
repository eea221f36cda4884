/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_make.h"

#include <signal.h>
#include <sys/resource.h>

#include "trace/reader.h"

static struct writer *open_writer(void)
{
	struct trace_info info;

	make_info(&info);
	return writer_open(&info, NULL);
}

static void add_chunk(struct writer *w, size_t nr, uint64_t begin_ns)
{
	struct bytes buffer = {0};

	make_buffer(&buffer, nr, begin_ns, 0);
	assert_int_equal(writer_block(w, 0, 0, buffer.at, buffer.len, NULL), 0);
	bytes_done(&buffer);
}

static void finish(struct writer *w)
{
	struct trace_info info;

	make_info(&info);
	assert_int_equal(writer_finish(w, &info, NULL), 0);
}

static void test_all_outputs_get_the_same_bytes(void **state)
{
	struct writer *w = open_writer();
	struct bytes a = {0}, b = {0};
	int fds[] = {memfd_create("a", 0), memfd_create("b", 0)};
	uint64_t nr_records, nr_bytes;

	(void)state;
	writer_add_output(w, fds[0], "a", WRITER_REQUIRED, NULL);
	writer_add_output(w, fds[1], "b", WRITER_OPTIONAL, NULL);
	for (int i = 0; i < 5; i++) {
		add_chunk(w, 100, 1000000 * (uint64_t)i);
		assert_int_equal(writer_flush(w, 0, NULL), 0);
	}
	finish(w);
	writer_totals(w, &nr_records, &nr_bytes);
	make_contents(fds[0], &a);
	make_contents(fds[1], &b);
	assert_int_equal(nr_records, 500);
	assert_int_equal(a.len, nr_bytes);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.at, b.at, a.len);
	assert_int_equal(writer_nr_outputs(w), 2);
	writer_close(w);
	bytes_done(&a);
	bytes_done(&b);
}

static void test_optional_output_whose_reader_is_gone_is_dropped(void **state)
{
	struct writer *w = open_writer();
	int fd = memfd_create("a", 0), ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	writer_add_output(w, ends[1], "pipe", WRITER_OPTIONAL, NULL);
	close(ends[0]);
	add_chunk(w, 100, 1);
	assert_int_equal(writer_flush(w, 0, NULL), 0);
	assert_int_equal(writer_nr_outputs(w), 1);
	assert_false(writer_left_behind(w, ends[1])); /* whoever goes is not left behind */
	finish(w);
	writer_close(w);
	close(ends[1]);
	close(fd);
}

static void test_optional_output_nobody_reads_never_blocks(void **state)
{
	struct writer *w = open_writer();
	struct bytes got = {0}, want = {0};
	int fd = memfd_create("a", 0), ends[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	writer_add_output(w, ends[1], "pipe", WRITER_OPTIONAL, NULL);
	for (uint64_t i = 0; i < 20; i++) { /* far more than a pipe holds */
		add_chunk(w, 5000, 1 + i * 10000000);
		assert_int_equal(writer_flush(w, 0, NULL), 0);
	}
	assert_int_equal(writer_nr_outputs(w), 2);
	make_contents(fd, &want);
	assert_true(want.len > 1000000);
	while (got.len < want.len) { /* then it is read, and nothing is missing */
		n = read(ends[0], bytes_reserve(&got, 65536), 65536);
		assert_true(n > 0);
		got.len += (size_t)n;
		writer_push(w);
	}
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.at, want.at, want.len);
	close(ends[0]);
	finish(w);
	writer_close(w);
	close(ends[1]);
	close(fd);
	bytes_done(&got);
	bytes_done(&want);
}

static void test_optional_output_too_far_behind_is_dropped(void **state)
{
	struct writer *w = open_writer();
	int fd = open("/dev/null", O_WRONLY), ends[2], chunks;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	writer_add_output(w, ends[1], "pipe", WRITER_OPTIONAL, NULL);
	for (chunks = 0; writer_nr_outputs(w) == 2 && chunks < 200; chunks++) {
		assert_false(writer_left_behind(w, ends[1]));
		add_chunk(w, 20000, 1 + (uint64_t)chunks * 100000000);
		assert_int_equal(writer_flush(w, 0, NULL), 0);
	}
	assert_int_equal(writer_nr_outputs(w), 1);
	assert_true(writer_left_behind(w, ends[1]));
	writer_drop_output(w, ends[1]);
	assert_int_equal(writer_nr_outputs(w), 1);
	writer_close(w);
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void test_full_disk_is_told_once_by_name(void **state)
{
	struct writer *w = open_writer();
	struct err err = {0};
	int full = open("/dev/full", O_WRONLY), good = memfd_create("a", 0);
	struct bytes out = {0};
	size_t before;

	(void)state;
	writer_add_output(w, good, "a", WRITER_REQUIRED, NULL);
	assert_int_equal(writer_add_output(w, full, "t.ctr", WRITER_REQUIRED, &err), -ENOSPC);
	assert_string_equal(err.text, "cannot write t.ctr: No space left on device "
				      "(make room there, or write to another place)");
	make_contents(good, &out);
	before = out.len;
	add_chunk(w, 100, 1);
	assert_int_equal(writer_flush(w, 0, NULL), 0); /* the other one goes on */
	make_contents(good, &out);
	assert_true(out.len > before);
	writer_close(w);
	close(full);
	close(good);
	bytes_done(&out);
}

static void test_error_says_how_much_is_kept(void **state)
{
	struct writer *w = open_writer();
	struct err err = {0};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer_add_output(w, ends[1], "t.ctr", WRITER_REQUIRED, NULL);
	for (uint64_t i = 0; i < 2; i++) {
		add_chunk(w, 10, 1 + i);
		assert_int_equal(writer_flush(w, 0, NULL), 0);
	}
	close(ends[0]);
	add_chunk(w, 10, 100);
	assert_int_equal(writer_flush(w, 0, &err), -EPIPE);
	assert_string_equal(err.text, "cannot write t.ctr: its reader is gone; "
				      "the 2 chunks before are kept (a file keeps all of it)");
	writer_close(w);
	close(ends[1]);
	assert_int_equal(pipe(ends), 0);
	w = open_writer();
	writer_add_output(w, ends[1], "t.ctr", WRITER_REQUIRED, NULL);
	add_chunk(w, 10, 1);
	assert_int_equal(writer_flush(w, 0, NULL), 0);
	close(ends[0]);
	add_chunk(w, 10, 100);
	assert_int_equal(writer_flush(w, 0, &err), -EPIPE);
	assert_string_equal(err.text, "cannot write t.ctr: its reader is gone; "
				      "the chunk before is kept (a file keeps all of it)");
	writer_close(w);
	close(ends[1]);
}

static void test_calls_out_of_order_are_refused(void **state)
{
	struct writer *w = open_writer();
	struct err err = {0};
	uint8_t junk[16] = {0};
	int fd = memfd_create("a", 0);

	(void)state;
	writer_add_output(w, fd, "a", WRITER_REQUIRED, NULL);
	assert_int_equal(writer_block(w, 4, 0, junk, sizeof(junk), &err), -EINVAL);
	assert_int_equal(writer_block(w, 0, 2, junk, sizeof(junk), &err), -EINVAL);
	assert_int_equal(writer_block(w, 0, 0, junk, sizeof(junk), &err), -EINVAL);
	assert_int_equal(writer_flush(w, 5, NULL), 0); /* nothing to write: no empty chunk */
	add_chunk(w, 1, 1);
	assert_true(writer_pending_bytes(w) > 0);
	assert_int_equal(writer_flush(w, 5, NULL), 0);
	assert_int_equal(writer_pending_bytes(w), 0);
	assert_int_equal(writer_add_output(w, fd, "late", WRITER_REQUIRED, &err), -EBUSY);
	assert_int_equal(writer_checkpoint(w, 9, "x", 1, &err), 0);
	assert_int_equal(writer_checkpoint(w, 8, "x", 1, &err), -EINVAL);
	writer_close(w);
	close(fd);
}

/* Room for more bytes behind what the file has now; 0: as much as it likes. */
static void limit_file(int fd, size_t more)
{
	static rlim_t before;
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	if (more)
		before = limit.rlim_cur;
	limit.rlim_cur = more ? (rlim_t)lseek(fd, 0, SEEK_END) + more : before;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The file is whole and holds so many chunks and checkpoints. */
static void check_whole(int fd, uint64_t chunks, uint64_t checkpoints)
{
	struct bytes file = {0}, records = {0};
	uint64_t nr_chunks, nr_checkpoints, at_ns;
	const uint8_t *bytes;
	struct source *src;
	size_t nr, len;

	make_contents(fd, &file);
	src = make_file_source(file.at, file.len, NULL);
	assert_non_null(src);
	assert_int_equal(reader_checkpoint(src, UINT64_MAX, &bytes, &len, &at_ns, NULL),
			 checkpoints ? 0 : -ENOENT);
	assert_int_equal(make_read_all(src, &records, &nr), 0);
	assert_int_equal(reader_counts(src, &nr_chunks, &nr_checkpoints), 0);
	assert_int_equal(nr_chunks, chunks);
	assert_int_equal(nr_checkpoints, checkpoints);
	assert_int_equal(src->info.end_ns, 77);
	assert_false(src->info.quality.unfinished || src->info.quality.truncated ||
		     src->info.quality.corrupt);
	/* index and tail are where they should be */
	assert_memory_equal(file.at + file.len - 8, "conctrc1", 8);
	assert_memory_equal(file.at + le64_get(file.at + file.len - 16), "INDX", 4);
	source_close(src);
	bytes_done(&records);
	bytes_done(&file);
}

static void test_checkpoints_that_find_no_room_are_taken_back(void **state)
{
	uint8_t noise[4000];
	struct trace_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)make_random();
	make_info(&info);
	info.end_ns = 77;
	/* room for two and a half; for all three but not for the end; for all */
	for (size_t more = 10000; more <= 14000; more += 2000) {
		int fd = memfd_create("a", 0);
		struct writer *w = open_writer();
		struct err err = {0};
		int last;

		assert_int_equal(writer_add_output(w, fd, "t.ctr", WRITER_REQUIRED, NULL), 0);
		add_chunk(w, 10, 1);
		assert_int_equal(writer_flush(w, 20, NULL), 0);
		add_chunk(w, 10, 30);
		assert_int_equal(writer_flush(w, 50, NULL), 0);
		limit_file(fd, more == 12000 ? 3 * 4080 : more);
		assert_int_equal(writer_checkpoint(w, 20, noise, sizeof(noise), NULL), 0);
		assert_int_equal(writer_checkpoint(w, 30, noise, sizeof(noise), NULL), 0);
		last = writer_checkpoint(w, 40, noise, sizeof(noise), &err);
		assert_int_equal(last, more == 10000 ? -EFBIG : 0);
		if (last < 0)
			assert_string_equal(
			    err.text, "cannot write t.ctr: File too large; "
				      "the 2 chunks before are kept (write to another place)");
		assert_int_equal(writer_finish(w, &info, &err), 0);
		limit_file(fd, 0);
		check_whole(fd, 2, more == 14000 ? 3 : 0);
		writer_close(w);
		close(fd);
	}
}

/* What cannot be taken back is not called whole. */
static void test_pipe_that_fails_at_a_checkpoint_stays_failed(void **state)
{
	struct writer *w = open_writer();
	struct trace_info info;
	int ends[2];

	(void)state;
	make_info(&info);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(writer_add_output(w, ends[1], "a", WRITER_REQUIRED, NULL), 0);
	add_chunk(w, 10, 1);
	assert_int_equal(writer_checkpoint(w, 20, "x", 1, NULL), 0);
	close(ends[0]);
	assert_int_equal(writer_finish(w, &info, NULL), -EPIPE);
	assert_int_equal(writer_nr_outputs(w), 0);
	writer_close(w);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_outputs_get_the_same_bytes),
	    cmocka_unit_test(test_optional_output_whose_reader_is_gone_is_dropped),
	    cmocka_unit_test(test_optional_output_nobody_reads_never_blocks),
	    cmocka_unit_test(test_optional_output_too_far_behind_is_dropped),
	    cmocka_unit_test(test_full_disk_is_told_once_by_name),
	    cmocka_unit_test(test_error_says_how_much_is_kept),
	    cmocka_unit_test(test_calls_out_of_order_are_refused),
	    cmocka_unit_test(test_checkpoints_that_find_no_room_are_taken_back),
	    cmocka_unit_test(test_pipe_that_fails_at_a_checkpoint_stays_failed),
	};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
