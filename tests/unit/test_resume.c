/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning at a checkpoint of a file gives the same as beginning at its beginning, wherever one
 * begins: the whole way from the recorder's end of the file to the machine's sink. */
#include "trace_make.h"

#include <stdio.h>

#include "model/resume.h"
#include "model_make.h"
#include "trace/reader.h"

#define NR_CHUNKS 40
#define NR_BLOCK  40 /* records of a buffer in a chunk */
#define CHUNK_NS  1000

/* A recording that is complete but for its end. */
struct made {
	int fd;
	struct writer *w;
	struct trace_info info;
	uint64_t nr_records;
	uint64_t nr_late; /* chunks that begin before the end of those before */
	uint64_t stored;  /* bytes of checkpoints */
};

static void add_block(struct made *made, unsigned int *seed, uint16_t cpu, uint64_t ts)
{
	union any_record rec;
	struct bytes buffer = {0};

	for (unsigned int i = 0; i < NR_BLOCK; i++) {
		next_record(seed, &ts, &rec);
		rec.head.cpu = cpu;
		bytes_add(&buffer, &rec, record_size(rec.head.type));
	}
	assert_int_equal(writer_block(made->w, cpu, 0, buffer.at, buffer.len, NULL), 0);
	made->nr_records += NR_BLOCK;
	bytes_done(&buffer);
}

/* Chunks that follow each other, that overlap, and that lie wholly before the end of the last. */
static void make_recording(struct made *made, unsigned int seed)
{
	*made = (struct made){.fd = memfd_create("made", 0)};
	make_info(&made->info);
	strcpy(made->info.arch, "x86_64");
	made->info.nr_cpus = 3;
	made->w = writer_open(&made->info, NULL);
	writer_add_output(made->w, made->fd, "t.ctr", WRITER_REQUIRED, NULL);
	for (uint64_t i = 1; i <= NR_CHUNKS; i++) {
		uint64_t back = below(&seed, 3) ? 0 : below(&seed, 3 * CHUNK_NS);

		made->nr_late += back > 0;
		for (uint16_t cpu = 0; cpu < 3; cpu++)
			add_block(made, &seed, cpu, (i + 3) * CHUNK_NS - back);
		assert_int_equal(writer_flush(made->w, (i + 4) * CHUNK_NS, NULL), 0);
	}
	made->info.end_ns = (NR_CHUNKS + 6) * CHUNK_NS;
}

static struct source *open_made(const struct made *made)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", made->fd);
	return source_open(path, NULL);
}

static int take(void *payload, uint64_t ts_ns, const void *bytes, size_t len, size_t *stored,
		struct err *err)
{
	struct made *made = payload;
	uint64_t nr, before, after;

	writer_totals(made->w, &nr, &before);
	assert_int_equal(writer_checkpoint(made->w, ts_ns, bytes, len, err), 0);
	writer_totals(made->w, &nr, &after);
	*stored = after - before;
	made->stored += *stored;
	return 0;
}

static bool go_on(void *payload, uint64_t nr_records)
{
	assert_true(nr_records <= ((struct made *)payload)->nr_records);
	return true;
}

/* Returns how many there are, and ends the file. */
static uint64_t add_checkpoints(struct made *made, uint64_t step, uint64_t max_bytes)
{
	struct resume_plan plan = {
	    .step = step,
	    .nr_records = made->nr_records,
	    .max_bytes = max_bytes,
	    .payload = made,
	    .take = take,
	    .go_on = go_on,
	};
	struct source *src = open_made(made);
	uint64_t nr_chunks, nr_checkpoints;
	const struct record *rec;

	assert_int_equal(resume_make(src, &plan, NULL), 0);
	source_close(src);
	assert_int_equal(writer_finish(made->w, &made->info, NULL), 0);
	src = open_made(made);
	while (source_next(src, &rec, NULL) > 0)
		;
	assert_int_equal(reader_counts(src, &nr_chunks, &nr_checkpoints), 0);
	assert_int_equal(nr_chunks, NR_CHUNKS);
	source_close(src);
	return nr_checkpoints;
}

/* What the machine says of the time from from_ns on. */
struct heard {
	struct bytes text;
	uint64_t from_ns;
};

static void hear_interval(void *payload, const struct interval *iv)
{
	struct heard *heard = payload;

	if (iv->end_ns > heard->from_ns)
		put_interval(&heard->text, iv);
}

static void hear_wake(void *payload, const struct wake_edge *edge)
{
	struct heard *heard = payload;

	if (edge->ts_ns >= heard->from_ns)
		put_wake(&heard->text, edge);
}

/* Returns the time of the checkpoint it began at, 0: at the beginning. */
static uint64_t hear(struct source *src, bool resume, struct heard *heard)
{
	struct sink sink = {
	    .payload = heard,
	    .task_interval = hear_interval,
	    .cpu_interval = hear_interval,
	    .wake = hear_wake,
	};
	const struct record *rec;
	struct machine *m;
	uint64_t at_ns = 0;

	m = resume ? resume_open(src, &sink, heard->from_ns, &at_ns)
		   : machine_open(&src->info, &sink);
	assert_true(at_ns <= heard->from_ns);
	while (source_next(src, &rec, NULL) > 0)
		if (rec->ts_ns >= at_ns)
			machine_feed(m, rec);
	machine_finish(m, src->info.end_ns);
	bytes_printf(&heard->text, "%llu records", (unsigned long long)machine_nr_records(m));
	for (unsigned int i = 0; i < ANOMALY_NR; i++)
		bytes_printf(&heard->text, " %llu", (unsigned long long)machine_anomalies(m, i));
	machine_close(m);
	return at_ns;
}

static void compare(const struct made *made, uint64_t from_ns, uint64_t *resumed)
{
	struct heard whole = {.from_ns = from_ns}, part = {.from_ns = from_ns};
	struct source *src = open_made(made);

	assert_int_equal(hear(src, false, &whole), 0);
	source_close(src);
	src = open_made(made);
	*resumed += hear(src, true, &part) > 0;
	source_close(src);
	if (whole.text.len != part.text.len ||
	    memcmp(whole.text.at, part.text.at, part.text.len) != 0)
		fail_msg("from %llu on:\n%.*s\n--- resumed\n%.*s", (unsigned long long)from_ns,
			 (int)whole.text.len, (const char *)whole.text.at, (int)part.text.len,
			 (const char *)part.text.at);
	bytes_done(&whole.text);
	bytes_done(&part.text);
}

static void close_made(struct made *made)
{
	writer_close(made->w);
	close(made->fd);
}

static void test_from_a_checkpoint_is_as_from_the_beginning(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 2; seed++) {
		struct made made;
		uint64_t resumed = 0;

		make_recording(&made, seed);
		assert_true(made.nr_late > NR_CHUNKS / 8);
		assert_true(add_checkpoints(&made, 1, 1 << 30) > NR_CHUNKS / 3);
		/* at, before and behind every chunk's end, and at no special place */
		for (uint64_t i = 3; i < NR_CHUNKS + 6; i++)
			for (uint64_t off = 0; off < 4; off++)
				compare(&made, i * CHUNK_NS + (off == 3 ? 417 : off) - 1, &resumed);
		assert_true(resumed > 100);
		close_made(&made);
	}
}

static void test_checkpoints_keep_their_distance_and_their_price(void **state)
{
	struct made made;
	uint64_t nr, dense;

	(void)state;
	make_recording(&made, 7);
	dense = add_checkpoints(&made, 1, 1 << 30);
	close_made(&made);
	make_recording(&made, 7);
	nr = add_checkpoints(&made, made.nr_records / 4, 1 << 30);
	assert_in_range(nr, 2, 3);
	close_made(&made);
	make_recording(&made, 7);
	assert_int_equal(add_checkpoints(&made, made.nr_records, 1 << 30), 0);
	close_made(&made);
	make_recording(&made, 7);
	assert_int_equal(add_checkpoints(&made, 1, 0), 0);
	close_made(&made);
	for (uint64_t max_bytes = 20000; max_bytes < 100000; max_bytes += 10000) {
		make_recording(&made, 7);
		nr = add_checkpoints(&made, 1, max_bytes);
		assert_in_range(nr, 1, dense - 1);
		/* what one takes is guessed from the one before */
		assert_in_range(made.stored, max_bytes / 2, max_bytes * 11 / 10);
		close_made(&made);
	}
}

static void test_checkpoint_that_is_not_understood_is_passed_over(void **state)
{
	struct bytes file = {0};
	struct sink nobody = {0};
	struct made made;
	uint64_t first, at_ns;
	struct source *src;

	(void)state;
	make_recording(&made, 3);
	assert_in_range(add_checkpoints(&made, made.nr_records / 4, 1 << 30), 2, 3);
	make_contents(made.fd, &file);
	first = le64_get(file.at + make_find_checkpoint(&file, 0));
	/* the second one is damaged: the first is taken */
	file.at[make_find_checkpoint(&file, 1) + 20] ^= 1;
	src = make_file_source(file.at, file.len, NULL);
	machine_close(
	    resume_open(src, &nobody, le64_get(file.at + make_find_checkpoint(&file, 1)), &at_ns));
	assert_int_equal(at_ns, first);
	source_close(src);
	/* the first one, too: the beginning */
	file.at[make_find_checkpoint(&file, 0) + 20] ^= 1;
	src = make_file_source(file.at, file.len, NULL);
	machine_close(resume_open(src, &nobody, first + 1, &at_ns));
	assert_int_equal(at_ns, 0);
	source_close(src);
	close_made(&made);
	bytes_done(&file);
	/* one of a form that this machine does not know */
	make_recording(&made, 3);
	assert_int_equal(writer_checkpoint(made.w, 5000, "tomorrow's", 10, NULL), 0);
	assert_int_equal(writer_finish(made.w, &made.info, NULL), 0);
	src = open_made(&made);
	machine_close(resume_open(src, &nobody, 6000, &at_ns));
	assert_int_equal(at_ns, 0);
	source_close(src);
	close_made(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_from_a_checkpoint_is_as_from_the_beginning),
	    cmocka_unit_test(test_checkpoints_keep_their_distance_and_their_price),
	    cmocka_unit_test(test_checkpoint_that_is_not_understood_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
