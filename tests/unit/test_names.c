/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that the trace tells: found by kind, process and key; apart in a file, also for its parts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "model/names.h"
#include "trace/reader.h"
#include "trace_make.h"

#define CALL_FUTEX_NR 202 /* x86_64 */

static struct machine *open_machine(void)
{
	struct trace_info info;
	struct sink nobody = {0};

	info_init(&info);
	snprintf(info.arch, sizeof(info.arch), "x86_64");
	info.nr_cpus = 1;
	info.begin_ns = 1;
	return machine_open(&info, &nobody);
}

static void feed_name(struct machine *m, uint32_t kind, uint32_t tgid, uint64_t key,
		      const char *text)
{
	struct record_name rec = {
	    .head = {.type = RECORD_NAME, .ts_ns = 10}, .tgid = tgid, .kind = kind, .key = key};

	memcpy(rec.text, text, strlen(text));
	machine_feed(m, &rec.head);
}

/* A wait of tid, in process 100, at uaddr for another value than val. */
static void feed_wait_for(struct machine *m, uint32_t tid, uint64_t uaddr, uint32_t val)
{
	struct record_task task = {.head = {.type = RECORD_TASK, .ts_ns = 10, .tid = tid},
				   .tgid = 100,
				   .state = 'R',
				   .nr = RECORD_NO_SYSCALL};
	struct record_block block = {
	    .head.head = {.type = RECORD_BLOCK, .ts_ns = 10, .tid = tid},
	    .head.prev_state = 1,
	    .nr = CALL_FUTEX_NR,
	    .object_kind = OBJECT_FUTEX,
	    .args = {uaddr, 0x80, val},
	    .object = val,
	};

	machine_feed(m, &task.head);
	machine_feed(m, &block.head.head);
}

/* The same for a lock. */
static void feed_wait(struct machine *m, uint32_t tid, uint64_t uaddr)
{
	feed_wait_for(m, tid, uaddr, 2);
}

static void test_names_are_found_by_kind_process_and_key(void **state)
{
	struct machine *m = open_machine();

	(void)state;
	feed_name(m, OBJECT_FUTEX, 100, 0x5000, "one");
	feed_name(m, OBJECT_FUTEX, 200, 0x5000, "two");
	feed_name(m, OBJECT_PIPE, 0, 0x5000, "a 1 \xe2\x86\x92 b 2");
	assert_string_equal(machine_name(m, OBJECT_FUTEX, 100, 0x5000), "one");
	assert_string_equal(machine_name(m, OBJECT_FUTEX, 200, 0x5000), "two");
	assert_string_equal(machine_name(m, OBJECT_PIPE, 100, 0x5000), "a 1 \xe2\x86\x92 b 2");
	assert_null(machine_name(m, OBJECT_FUTEX, 300, 0x5000));
	assert_null(machine_name(m, OBJECT_SOCKET, 0, 0x5000));
	feed_name(m, OBJECT_FUTEX, 100, 0x5000, "one or three");
	assert_string_equal(machine_name(m, OBJECT_FUTEX, 100, 0x5000), "one or three");
	machine_close(m);
}

static void test_many_names_are_kept(void **state)
{
	struct machine *m = open_machine();
	char text[32];

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "lock %u", i);
		feed_name(m, OBJECT_FUTEX, i % 7, 0x1000 + 8 * i, text);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "lock %u", i);
		assert_string_equal(machine_name(m, OBJECT_FUTEX, i % 7, 0x1000 + 8 * i), text);
	}
	machine_close(m);
}

static void test_a_name_that_fills_its_field_or_is_of_no_kind_is_no_danger(void **state)
{
	struct machine *m = open_machine();
	char text[RECORD_NAME_LEN + 1];

	(void)state;
	memset(text, 'x', RECORD_NAME_LEN);
	text[RECORD_NAME_LEN] = 0;
	feed_name(m, OBJECT_FILE, 0, 5, text);
	assert_string_equal(machine_name(m, OBJECT_FILE, 0, 5), text);
	feed_name(m, 4711, 0, 5, "x");
	feed_name(m, OBJECT_FILE, 0, 6, "");
	assert_null(machine_name(m, 4711, 0, 5));
	assert_null(machine_name(m, OBJECT_FILE, 0, 6));
	machine_close(m);
}

static const char *text_at(const struct machine *m, uint64_t uaddr)
{
	static char text[NAME_TEXT_LEN];

	return machine_lock_text(m, 100, uaddr, UINT64_MAX, text);
}

static void test_locks_without_a_name_are_numbered_as_they_were_waited_for(void **state)
{
	struct machine *m = open_machine();

	(void)state;
	feed_wait(m, 101, 0x7000);
	feed_wait(m, 102, 0x6000);
	feed_wait(m, 103, 0x5000);
	feed_wait(m, 104, 0x4000);
	assert_string_equal(text_at(m, 0x7000), "lock 1"); /* not even where it lies is known */
	assert_string_equal(text_at(m, 0x6000), "lock 2");
	assert_false(machine_sync_is_known(m, machine_find_sync(m, 100, 0x6000, UINT64_MAX)));
	feed_name(m, OBJECT_FUTEX, 100, 0x6000, "[heap]");
	assert_string_equal(text_at(m, 0x6000), "heap lock 1");
	assert_true(machine_sync_is_known(m, machine_find_sync(m, 100, 0x6000, UINT64_MAX)));
	feed_name(m, OBJECT_FUTEX, 100, 0x7000, "[heap]"); /* told later, waited for sooner */
	feed_name(m, OBJECT_FUTEX, 100, 0x5000, "[stack]");
	feed_name(m, OBJECT_FUTEX, 100, 0x4000, "global");
	assert_string_equal(text_at(m, 0x7000), "heap lock 1");
	assert_string_equal(text_at(m, 0x6000), "heap lock 2");
	assert_string_equal(text_at(m, 0x5000), "stack lock 1");
	assert_string_equal(text_at(m, 0x4000), "lock global");
	feed_wait(m, 105, 0x3000);
	feed_name(m, OBJECT_FUTEX, 100, 0x3000, "[heap]");
	assert_string_equal(text_at(m, 0x3000), "heap lock 3");
	assert_string_equal(text_at(m, 0x2000), "lock 0x2000"); /* nobody waits there */
	machine_close(m);
}

/* Private locks of two processes in memory that is shared: numbered over both. */
static void test_locks_in_shared_memory_are_numbered_over_all_processes(void **state)
{
	struct machine *m = open_machine();

	(void)state;
	feed_wait(m, 101, 0x7000);
	feed_wait(m, 102, 0x6000);
	feed_name(m, OBJECT_FUTEX, 100, 0x7000, "[shared]");
	feed_name(m, OBJECT_FUTEX, 100, 0x6000, "[shared]");
	assert_string_equal(text_at(m, 0x7000), "shared lock 1");
	assert_string_equal(text_at(m, 0x6000), "shared lock 2");
	machine_close(m);
}

/* A word of which nothing was known turns out to be a lock, the second one by then. */
static void test_another_kind_is_another_number(void **state)
{
	struct machine *m = open_machine();
	char text[NAME_TEXT_LEN];

	(void)state;
	feed_wait_for(m, 101, 0x7000, 7);
	feed_wait(m, 102, 0x6000);
	machine_sync_name(m, machine_find_sync(m, 100, 0x7000, UINT64_MAX), text, sizeof(text));
	assert_string_equal(text, "futex 1");
	assert_string_equal(text_at(m, 0x6000), "lock 1");
	feed_wait(m, 103, 0x7000);
	assert_string_equal(text_at(m, 0x7000), "lock 1");
	assert_string_equal(text_at(m, 0x6000), "lock 2");
	machine_close(m);
}

static void test_a_numbered_name_has_its_noun(void **state)
{
	(void)state;
	assert_true(name_has_noun("lock 1"));
	assert_true(name_has_noun("heap condition 12"));
	assert_true(name_has_noun("shared semaphore 3"));
	assert_false(name_has_noun("balance_lock"));
	assert_false(name_has_noun("clock 1"));
	assert_false(name_has_noun("heap lock"));
	assert_false(name_has_noun("heap lock "));
	assert_false(name_has_noun("GIL mutex"));
	assert_false(name_has_noun("lock 2a"));
	assert_false(name_has_noun("/tmp/lock 1+0x40"));
	assert_false(name_has_noun(" 1"));
	assert_false(name_has_noun(""));
}

/* A file of one switch, and of names apart if there are any. */
static struct source *open_file(bool has_names)
{
	struct record_name name = {
	    .head = {.type = RECORD_NAME, .ts_ns = 90}, .tgid = 100, .kind = 1, .key = 0x5000};
	struct record_switch sw = {.head = {.type = RECORD_SWITCH, .ts_ns = 50}};
	int fd = memfd_create("names", 0);
	struct trace_info info;
	struct writer *w;
	struct source *src;

	make_info(&info);
	w = writer_open(&info, NULL);
	memcpy(name.text, "late", 4);
	assert_int_equal(writer_add_output(w, fd, "test", WRITER_REQUIRED, NULL), 0);
	assert_int_equal(writer_block(w, 0, 0, &sw, sizeof(sw), NULL), 0);
	assert_int_equal(writer_names(w, &name, has_names ? sizeof(name) : 0, NULL), 0);
	info.end_ns = 100;
	assert_int_equal(writer_finish(w, &info, NULL), 0);
	writer_close(w);
	src = source_open_fd(fd, "t.ctr", NULL);
	assert_non_null(src);
	return src;
}

static void test_names_kept_apart_are_known_at_once_and_are_no_records(void **state)
{
	struct source *src = open_file(true);
	struct machine *m = open_machine();
	struct bytes records = {0};
	const uint8_t *bytes;
	size_t nr, len;

	(void)state;
	machine_take_names(m, src);
	assert_string_equal(machine_name(m, OBJECT_FUTEX, 100, 0x5000), "late");
	assert_int_equal(make_read_all(src, &records, &nr), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(src->info.quality.corrupt, 0);
	assert_int_equal(source_seek(src, 0, NULL), 0);
	assert_int_equal(reader_names(src, &bytes, &len), 0);
	assert_int_equal(len, sizeof(struct record_name));
	bytes_done(&records);
	source_close(src);
	machine_close(m);
}

static void test_a_file_may_have_no_names(void **state)
{
	struct source *src = open_file(false);
	struct machine *m = open_machine();
	const uint8_t *bytes;
	size_t len;

	(void)state;
	machine_take_names(m, src);
	assert_null(machine_name(m, OBJECT_FUTEX, 100, 0x5000));
	assert_int_equal(reader_names(src, &bytes, &len), -ENOENT);
	source_close(src);
	machine_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_are_found_by_kind_process_and_key),
	    cmocka_unit_test(test_many_names_are_kept),
	    cmocka_unit_test(test_a_name_that_fills_its_field_or_is_of_no_kind_is_no_danger),
	    cmocka_unit_test(test_locks_without_a_name_are_numbered_as_they_were_waited_for),
	    cmocka_unit_test(test_locks_in_shared_memory_are_numbered_over_all_processes),
	    cmocka_unit_test(test_another_kind_is_another_number),
	    cmocka_unit_test(test_a_numbered_name_has_its_noun),
	    cmocka_unit_test(test_names_kept_apart_are_known_at_once_and_are_no_records),
	    cmocka_unit_test(test_a_file_may_have_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
