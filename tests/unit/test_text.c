/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_make.h"

#include "trace/text.h"

static struct source *open_text(const char *text, struct err *err)
{
	return make_file_source(text, strlen(text), err);
}

static void test_every_record_comes_back_exactly(void **state)
{
	struct bytes text = {0}, in = {0}, out = {0};
	struct trace_info info;
	struct source *src;
	uint64_t ts = 1;
	size_t nr;

	(void)state;
	make_info(&info);
	info.end_ns = 77;
	info.exit_status = -1;
	info.quality.lost = 5;
	text_write_begin(&info, &text);
	for (int i = 0; i < 3000; i++, ts += make_random() % 2000000000) {
		size_t at = in.len;

		make_record(&in, 1 + (unsigned int)i % (RECORD_NR_TYPES - 1), ts,
			    (uint16_t)(i % 4));
		text_write_record((const struct record *)(in.at + at), &text);
	}
	text_write_end(&info, &text);
	src = make_file_source(text.at, text.len, NULL);
	assert_non_null(src);
	assert_int_equal(make_read_all(src, &out, &nr), 0);
	assert_int_equal(nr, 3000);
	assert_memory_equal(out.at, in.at, in.len);
	assert_memory_equal(&src->info, &info, sizeof(info));
	source_close(src);
	bytes_done(&text);
	bytes_done(&in);
	bytes_done(&out);
}

static void assert_line(const void *rec, const char *line)
{
	struct bytes text = {0};

	text_write_record(rec, &text);
	bytes_add_zeros(&text, 1);
	assert_string_equal((char *)text.at, line);
	bytes_done(&text);
}

static void test_line_looks_as_documented(void **state)
{
	struct record_switch sw = {{12000001234, RECORD_SWITCH, 0, 1, 100}, 0, 1};
	struct record_comm comm = {{1, RECORD_COMM, 0, 0, 7}, "Web \"Content"};
	struct record_task task = {.head = {1000000000, RECORD_TASK, RECORD_F_TRACED, 0, 7},
				   .tgid = 7,
				   .state = 'S',
				   .nr = RECORD_NO_SYSCALL,
				   .comm = "sh"};

	(void)state;
	assert_line(&sw, "12.000001234 cpu=1 switch tid=100 next_tid=0 prev_state=0x1\n");
	assert_line(&comm, "0.000000001 cpu=0 comm tid=7 comm=\"Web \\x22Content\"\n");
	assert_line(&task, "1.000000000 cpu=0 task flags=0x20 tid=7 tgid=7 parent_tgid=0 state=S "
			   "nr=-1 arg0=0x0 arg1=0x0 arg2=0x0 arg3=0x0 comm=sh\n");
}

static void test_trace_by_hand_is_read(void **state)
{
	struct source *src = open_text("# conctrace text 1\n"
				       "# command ./two threads\n"
				       "# exit_status 256\n"
				       "# A comment, and a blank line:\n"
				       "\n"
				       "1.5 cpu=3 block tid=10 next_tid=11\n"
				       "\t1.50000001   waking tid=10 cpu=1\n"
				       "2 switch next_tid=0x10\n"
				       "# end_ns 3000000000\n",
				       NULL);
	const struct record *rec;

	(void)state;
	assert_non_null(src);
	assert_int_equal(src->info.nr_cpus, 4); /* counted, as it is not said */
	assert_int_equal(src->info.begin_ns, 1500000000);
	assert_string_equal(src->info.command, "./two threads");
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(rec->ts_ns, 1500000000);
	assert_int_equal(rec->cpu, 3);
	assert_int_equal(((const struct record_block *)rec)->nr, RECORD_NO_SYSCALL);
	assert_int_equal(((const struct record_block *)rec)->head.next_tid, 11);
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(rec->ts_ns, 1500000010);
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(((const struct record_switch *)rec)->next_tid, 16);
	assert_int_equal(source_next(src, &rec, NULL), 0);
	assert_int_equal(src->info.end_ns, 3000000000);
	assert_int_equal(src->info.exit_status, 256);
	assert_int_equal(source_seek(src, 0, NULL), 0); /* and once more from the beginning */
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(rec->ts_ns, 1500000000);
	source_close(src);
}

static void test_time_that_goes_back_is_late(void **state)
{
	struct source *src = open_text("# conctrace text 1\n2 exit tid=1\n1 exit tid=2\n", NULL);
	const struct record *rec;

	(void)state;
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(source_next(src, &rec, NULL), 1);
	assert_int_equal(rec->ts_ns, 2000000000);
	assert_int_equal(src->info.quality.late, 1);
	assert_int_equal(source_next(src, &rec, NULL), 0);
	source_close(src);
}

/* Reads the line after a good one and wants the sentence. */
static void assert_bad(const char *line, const char *want)
{
	struct bytes text = {0};
	struct err err = {0};
	const struct record *rec;
	struct source *src;

	bytes_printf(&text, "# conctrace text 1\n1 exit tid=1\n%s\n", line);
	src = make_file_source(text.at, text.len, NULL);
	assert_non_null(src);
	assert_int_equal(source_next(src, &rec, &err), 1);
	assert_int_equal(source_next(src, &rec, &err), -EINVAL);
	assert_string_equal(err.text, want);
	source_close(src);
	bytes_done(&text);
}

static void test_bad_line_is_told_by_number_and_word(void **state)
{
	(void)state;
	assert_bad("x exit", "t.ctr line 3: no time in seconds: x");
	assert_bad("1.0000000001 exit", "t.ctr line 3: no time in seconds: 1.0000000001");
	assert_bad("18446744074 exit", "t.ctr line 3: no time in seconds: 18446744074");
	assert_bad("2", "t.ctr line 3: no record type");
	assert_bad("2 leave tid=1", "t.ctr line 3: no such record type: leave");
	assert_bad("2 exit tid=4294967296", "t.ctr line 3: tid: 4294967296");
	assert_bad("2 exit tid", "t.ctr line 3: neither a record type nor name=value: tid");
	assert_bad("2 exit comm=x", "t.ctr line 3: a exit has no field comm");
	assert_bad("2 comm comm=12345678901234567", "t.ctr line 3: comm: 12345678901234567");
	assert_bad("2 comm comm=\"x", "t.ctr line 3: comm: \"x");
	assert_bad("2 exit flags=256", "t.ctr line 3: flags: 256");
	assert_bad("2 exit cpu=99999", "t.ctr line 3: cpu: 99999");
	assert_bad("# end_ns soon", "t.ctr line 3: end_ns: soon");
}

static void test_text_from_a_pipe_says_how_many_cores(void **state)
{
	static const char without[] = "# conctrace text 1\n1 exit tid=1\n";
	static const char with[] =
	    "# conctrace text 1\n# nr_cpus 2\n1 cpu=1 exit tid=1\n2 cpu=2 exit\n";
	struct err err = {0};
	const struct record *rec;
	struct source *src;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], without, strlen(without)), strlen(without));
	close(ends[1]);
	assert_null(source_open_fd(ends[0], "pipe", &err));
	assert_non_null(strstr(err.text, "nr_cpus"));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], with, strlen(with)), strlen(with));
	src = source_open_fd(ends[0], "pipe", NULL);
	assert_non_null(src);
	assert_int_equal(source_next(src, &rec, &err), 1);
	assert_int_equal(source_next(src, &rec, &err), -EINVAL);
	assert_string_equal(err.text, "pipe line 4: cpu 2, but nr_cpus is 2");
	close(ends[1]);
	source_close(src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_record_comes_back_exactly),
	    cmocka_unit_test(test_line_looks_as_documented),
	    cmocka_unit_test(test_trace_by_hand_is_read),
	    cmocka_unit_test(test_time_that_goes_back_is_late),
	    cmocka_unit_test(test_bad_line_is_told_by_number_and_word),
	    cmocka_unit_test(test_text_from_a_pipe_says_how_many_cores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
