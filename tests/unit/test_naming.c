/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue to the thread that looks up names, what it is told, and the texts it reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

#include "collect/answers.h"
#include "collect/maps.h"
#include "collect/naming.h"
#include "collect/sockets.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* What the thread does, and what it saw. */
struct looker {
	int slow_ms; /* each look-up takes so long */
	unsigned int nr_seen;
	bool was_last;
};

static int look(void *payload, const struct ask *asks, size_t nr, bool is_last, struct bytes *out)
{
	struct looker *k = payload;
	struct timespec pause = {k->slow_ms / 1000, (long)k->slow_ms % 1000 * 1000000};

	if (k->slow_ms)
		nanosleep(&pause, NULL);
	for (size_t i = 0; i < nr; i++) {
		struct record_name rec = {.head = {.type = RECORD_NAME, .tid = asks[i].tid},
					  .kind = asks[i].kind,
					  .key = asks[i].key,
					  .text = "found"};

		if (asks[i].kind == OBJECT_NONE)
			continue;
		k->nr_seen++;
		bytes_add(out, &rec, sizeof(rec));
	}
	k->was_last |= is_last;
	return -1;
}

static void see_futex(struct naming *n, uint64_t uaddr)
{
	struct record_task task = {
	    .head = {.type = RECORD_TASK, .tid = 10}, .tgid = 10, .nr = RECORD_NO_SYSCALL};
	struct record_block block = {.head.head = {.type = RECORD_BLOCK, .tid = 10},
				     .nr = SYS_futex,
				     .object_kind = OBJECT_FUTEX,
				     .args = {uaddr}};

	naming_see(n, &task.head);
	naming_see(n, &block.head.head);
}

static void test_names_come_back_as_records(void **state)
{
	static struct looker looker; /* the thread may outlive the test */
	struct naming *n = naming_open(look, NULL, &looker);
	const struct record_name *rec;
	uint8_t *bytes;
	size_t len;

	(void)state;
	see_futex(n, 0x1000);
	naming_pass(n, &bytes, &len);
	assert_int_equal(len % sizeof(*rec), 0); /* perhaps found already */
	if (len == 0)
		naming_finish(n, 10000, &bytes, &len);
	assert_int_equal(len, sizeof(*rec));
	rec = (const void *)bytes;
	assert_int_equal(rec->key, 0x1000);
	assert_string_equal(rec->text, "found");
	naming_close(n);
}

static void test_a_slow_look_up_never_holds_up_the_drain(void **state)
{
	struct looker looker = {.slow_ms = 100};
	struct naming *n = naming_open(look, NULL, &looker);
	uint64_t begin_ms = now_ms();
	size_t total = 0;
	uint8_t *bytes;
	size_t len;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		see_futex(n, 0x1000 + 8 * i);
		naming_pass(n, &bytes, &len);
		total += len;
	}
	assert_true(now_ms() - begin_ms < 5000); /* it would be 100 s */
	naming_finish(n, 10000, &bytes, &len);
	total += len;
	assert_int_equal(total, 1000 * sizeof(struct record_name));
	assert_int_equal(looker.nr_seen, 1000);
	assert_true(looker.was_last);
	naming_close(n);
}

static void test_the_end_does_not_wait_longer_than_it_may(void **state)
{
	static struct looker looker = {.slow_ms = 3000}; /* the thread outlives the test */
	struct naming *n = naming_open(look, NULL, &looker);
	uint64_t begin_ms = now_ms();
	uint8_t *bytes;
	size_t len;

	(void)state;
	see_futex(n, 0x1000);
	naming_pass(n, &bytes, &len);
	naming_finish(n, 20, &bytes, &len);
	assert_int_equal(len, 0);
	naming_close(n);
	assert_true(now_ms() - begin_ms < 2500);
}

static const struct ask futex_ask = {
    .kind = OBJECT_FUTEX, .tid = 11, .tgid = 10, .image = 1, .key = 0x1000};

static const char *told(const struct bytes *out, size_t index)
{
	static char text[RECORD_NAME_LEN + 1];

	if ((index + 1) * sizeof(struct record_name) > out->len)
		return NULL;
	memcpy(text, ((const struct record_name *)(const void *)out->at)[index].text,
	       RECORD_NAME_LEN);
	return text;
}

static void test_a_name_is_told_once_and_again_when_it_changes(void **state)
{
	struct answers *a = answers_open();
	struct ask pipe = {.kind = OBJECT_PIPE, .tid = 11, .tgid = 10, .image = 3, .key = 77};
	struct bytes out = {0};

	(void)state;
	answers_name(a, &pipe, false, "a 1 \xe2\x86\x92 ?", &out);
	answers_name(a, &pipe, false, "a 1 \xe2\x86\x92 ?", &out);
	assert_int_equal(out.len, sizeof(struct record_name));
	answers_name(a, &pipe, false, "a 1 \xe2\x86\x92 b 2", &out);
	assert_string_equal(told(&out, 1), "a 1 \xe2\x86\x92 b 2");
	assert_int_equal(((const struct record_name *)(const void *)out.at)->tgid, 0);
	bytes_done(&out);
	answers_close(a);
}

static void test_two_files_of_one_number_are_this_or_that(void **state)
{
	struct answers *a = answers_open();
	struct ask file = {.kind = OBJECT_FILE, .tid = 11, .tgid = 10, .image = 3, .key = 77};
	struct bytes out = {0};

	(void)state;
	answers_name(a, &file, true, "/a", &out);
	answers_name(a, &file, true, "/a", &out);
	file.image = 4;
	answers_name(a, &file, true, "/b", &out);
	answers_name(a, &file, true, "/c", &out);
	assert_int_equal(out.len, 2 * sizeof(struct record_name));
	assert_string_equal(told(&out, 1), "/a or /b");
	bytes_done(&out);
	answers_close(a);
}

static void test_an_address_reused_after_exec_is_this_or_that(void **state)
{
	struct answers *a = answers_open();
	struct ask after = futex_ask;
	struct bytes out = {0};

	(void)state;
	answers_name(a, &futex_ask, false, "one", &out);
	after.image = 2;
	after.before = 1;
	answers_name(a, &after, false, "two", &out);
	assert_string_equal(told(&out, 1), "one or two");
	after.key = 0x2000;
	answers_name(a, &after, false, "two", &out);
	assert_string_equal(told(&out, 2), "two");
	bytes_done(&out);
	answers_close(a);
}

static void test_a_long_name_keeps_its_end_in_whole_letters(void **state)
{
	struct answers *a = answers_open();
	struct bytes out = {0};
	char text[200] = "";
	const char *name;

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(text, "\xc3\xa4"); /* two bytes each */
	strcat(text, "/end");
	answers_name(a, &futex_ask, false, text, &out);
	name = told(&out, 0);
	assert_true(strlen(name) == 63 || strlen(name) == 62);
	assert_memory_equal(name, "\xe2\x80\xa6\xc3\xa4", 5);
	assert_string_equal(name + strlen(name) - 4, "/end");
	bytes_done(&out);
	answers_close(a);
}

static void test_shared_memory_is_told_with_its_place_in_the_file(void **state)
{
	struct answers *a = answers_open();
	const struct record_shared *rec;
	struct bytes out = {0};

	(void)state;
	answers_share(a, &futex_ask, 1, 99, 64, &out);
	rec = (const void *)out.at;
	assert_int_equal(out.len, sizeof(*rec));
	assert_int_equal(rec->tgid, 10);
	assert_int_equal(rec->uaddr, 0x1000);
	assert_int_equal(rec->inode, 99);
	assert_int_equal(rec->offset, 64);
	assert_true(answers_find(a, OBJECT_FUTEX, 1, 0x1000)->is_shared);
	assert_null(answers_find(a, OBJECT_FUTEX, 2, 0x1000));
	bytes_done(&out);
	answers_close(a);
}

static const char maps_text[] =
    "55d0c0000000-55d0c0001000 r--p 00000000 fe:01 1234       /usr/bin/my prog\n"
    "55d0c0001000-55d0c0002000 rw-p 00003000 fe:01 1234       /usr/bin/my prog\n"
    "55d0c0002000-55d0c0004000 rw-p 00000000 00:00 0 \n"
    "55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0          [heap]\n"
    "7f0000000000-7f0000001000 rw-s 00002000 00:01 777        /dev/zero (deleted)\n"
    "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n";

static void test_maps_find_data_and_the_zeroes_behind_it(void **state)
{
	struct mapping at, file;

	(void)state;
	assert_true(maps_find(maps_text, 0x55d0c0001010, &at, &file));
	assert_string_equal(at.path, "/usr/bin/my prog");
	assert_int_equal(file.begin, 0x55d0c0001000);
	assert_int_equal(file.offset, 0x3000);
	assert_int_equal(file.inode, 1234);
	assert_int_equal(file.dev, 0xfe << 20 | 1);
	assert_true(maps_find(maps_text, 0x55d0c0003ff8, &at, &file)); /* .bss */
	assert_string_equal(at.path, "");
	assert_int_equal(file.begin, 0x55d0c0001000);
	assert_true(maps_find(maps_text, 0x55d0c1000010, &at, &file));
	assert_string_equal(at.path, "[heap]");
	assert_int_equal(file.begin, 0);
}

static void test_maps_tell_shared_memory_from_private(void **state)
{
	struct mapping at, file;

	(void)state;
	assert_true(maps_find(maps_text, 0x7f0000000040, &at, &file));
	assert_true(at.is_shared);
	assert_int_equal(at.inode, 777);
	assert_int_equal(at.offset, 0x2000);
	assert_int_equal(file.begin, 0);
	assert_true(maps_find(maps_text, 0x7f0000001040, &at, &file));
	assert_false(at.is_shared);
	assert_int_equal(file.begin, 0);
}

static void test_maps_have_holes_and_ends(void **state)
{
	struct mapping at, file;

	(void)state;
	assert_false(maps_find(maps_text, 0x1000, &at, &file));
	assert_false(maps_find(maps_text, 0x55d0c0800000, &at, &file));
	assert_false(maps_find(maps_text, UINT64_MAX, &at, &file));
	assert_false(maps_find("", 0x1000, &at, &file));
	assert_false(maps_find("rubbish", 0x1000, &at, &file));
}

static void test_socket_tables_are_read(void **state)
{
	char text[SOCKET_TEXT_LEN];
	uint64_t inode;

	(void)state;
	assert_true(sockets_parse_inet(
	    "   1: 0100007F:18EB 0200007F:D0A4 01 00000000:00000000 00:00000000 00000000  1000    "
	    "    0 81273 1 ffff 20 4 30 10 -1",
	    "tcp", &inode, text, sizeof(text)));
	assert_int_equal(inode, 81273);
	assert_string_equal(text, "tcp 127.0.0.1:6379 \xe2\x86\x92 127.0.0.2:53412");
	assert_true(sockets_parse_inet("   0: 00000000000000000000000000000000:0050 "
				       "00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 9",
				       "tcp", &inode, text, sizeof(text)));
	assert_string_equal(text, "tcp [::]:80 listening");
	assert_true(sockets_parse_inet("   0: 0000000000000000FFFF00000100007F:0050 "
				       "0000000000000000FFFF00000100007F:0051 01 0:0 00:0 0 0 0 9",
				       "tcp", &inode, text, sizeof(text)));
	assert_string_equal(text, "tcp 127.0.0.1:80 \xe2\x86\x92 127.0.0.1:81");
	assert_false(sockets_parse_inet("  sl  local_address rem_address   st", "tcp", &inode, text,
					sizeof(text)));
	assert_true(sockets_parse_unix("ffff: 00000002 00000000 00010000 0001 01 4711 /run/a b\n",
				       &inode, text, sizeof(text)));
	assert_int_equal(inode, 4711);
	assert_string_equal(text, "unix /run/a b listening");
	assert_true(sockets_parse_unix("ffff: 00000003 00000000 00000000 0001 03 4712\n", &inode,
				       text, sizeof(text)));
	assert_string_equal(text, "unix");
	assert_false(sockets_parse_unix("Num       RefCount Protocol Flags    Type St Inode Path",
					&inode, text, sizeof(text)));
}

static void test_families_of_sockets_by_the_kernels_name(void **state)
{
	(void)state;
	assert_int_equal(sockets_family("TCPv6"), SOCKETS_TCP6);
	assert_int_equal(sockets_family("udp"), SOCKETS_UDP);
	assert_int_equal(sockets_family("UNIX-STREAM"), SOCKETS_UNIX);
	assert_int_equal(sockets_family("NETLINK"), 0);
	assert_int_equal(sockets_family(""), SOCKETS_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_come_back_as_records),
	    cmocka_unit_test(test_a_slow_look_up_never_holds_up_the_drain),
	    cmocka_unit_test(test_the_end_does_not_wait_longer_than_it_may),
	    cmocka_unit_test(test_a_name_is_told_once_and_again_when_it_changes),
	    cmocka_unit_test(test_two_files_of_one_number_are_this_or_that),
	    cmocka_unit_test(test_an_address_reused_after_exec_is_this_or_that),
	    cmocka_unit_test(test_a_long_name_keeps_its_end_in_whole_letters),
	    cmocka_unit_test(test_shared_memory_is_told_with_its_place_in_the_file),
	    cmocka_unit_test(test_maps_find_data_and_the_zeroes_behind_it),
	    cmocka_unit_test(test_maps_tell_shared_memory_from_private),
	    cmocka_unit_test(test_maps_have_holes_and_ends),
	    cmocka_unit_test(test_socket_tables_are_read),
	    cmocka_unit_test(test_families_of_sockets_by_the_kernels_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
