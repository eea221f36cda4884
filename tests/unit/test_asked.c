/* SPDX-License-Identifier: BSD-2-Clause */
/* Which objects are asked about: once each, per address space, whatever the order of the buffers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "collect/asked.h"
#include "collect/words.h"

#define FUTEX_PRIVATE 128

static void see_task(struct asked *a, uint32_t tid, uint32_t tgid)
{
	struct record_task rec = {
	    .head = {.type = RECORD_TASK, .flags = RECORD_F_TRACED, .tid = tid},
	    .tgid = tgid,
	    .nr = RECORD_NO_SYSCALL,
	};

	asked_see(a, &rec.head);
}

static void see_fork(struct asked *a, uint32_t parent, uint32_t child, uint32_t tgid)
{
	struct record_fork rec = {
	    .head = {.type = RECORD_FORK,
		     .flags = child == tgid ? RECORD_F_TRACED : RECORD_F_TRACED | RECORD_F_THREAD,
		     .tid = parent},
	    .child_tid = child,
	    .child_tgid = tgid,
	};

	asked_see(a, &rec.head);
}

static void see_exec(struct asked *a, uint32_t tid)
{
	struct record_exec rec = {
	    .head = {.type = RECORD_EXEC, .tid = tid}, .old_tid = tid, .tgid = tid};

	asked_see(a, &rec.head);
}

static void see_block(struct asked *a, uint32_t tid, uint32_t kind, int32_t nr, uint64_t arg0,
		      uint64_t object)
{
	struct record_block rec = {
	    .head.head = {.type = RECORD_BLOCK, .tid = tid},
	    .nr = nr,
	    .object_kind = kind,
	    .args = {arg0, FUTEX_PRIVATE},
	    .object = object,
	};

	asked_see(a, &rec.head.head);
}

static void see_futex(struct asked *a, uint32_t tid, uint64_t uaddr)
{
	see_block(a, tid, OBJECT_FUTEX, SYS_futex, uaddr, 0);
}

/* What is new, but for processes that began. */
static size_t take(struct asked *a, const struct ask **asks)
{
	static struct ask kept[64];
	const struct ask *all;
	size_t nr, nr_kept = 0;

	all = asked_take(a, &nr);
	for (size_t i = 0; i < nr && nr_kept < 64; i++)
		if (all[i].kind != OBJECT_NONE)
			kept[nr_kept++] = all[i];
	*asks = kept;
	return nr_kept;
}

/* futex_wait(2) has its flags as another argument, of futex_waitv(2) the words tell the address. */
static void test_newer_futex_calls_ask_for_what_they_wait_for(void **state)
{
	struct record_block block = {
	    .head.head = {.type = RECORD_BLOCK, .tid = 10},
	    .nr = SYS_futex_wait,
	    .object_kind = OBJECT_FUTEX,
	    .args = {0x1000, FUTEX_PRIVATE, 0, 2},
	};
	struct record_words words = {.head = {.type = RECORD_WORDS, .tid = 10}, .uaddr = 0x2000};
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, 10, 10);
	asked_see(a, &block.head.head);
	asked_see(a, &words.head);
	block.nr = SYS_futex_waitv;
	block.object_kind = OBJECT_FUTEXES;
	block.args[0] = 0x7000;
	block.object = (uint64_t)FUTEX_PRIVATE << 32;
	asked_see(a, &block.head.head);
	assert_int_equal(take(a, &asks), 2);
	assert_int_equal(asks[0].key, 0x1000);
	assert_false(asks[0].is_private);
	assert_int_equal(asks[1].key, 0x2000);
	assert_true(asks[1].is_private);
	block.head.head.tid = 11; /* not those of the words, nor known by then */
	asked_see(a, &block.head.head);
	see_task(a, 11, 10);
	assert_int_equal(take(a, &asks), 0);
	asked_close(a);
}

static void test_a_futex_is_asked_for_once_by_all_threads_of_a_process(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, 10, 10);
	see_task(a, 11, 10);
	see_fork(a, 11, 12, 10);
	for (uint32_t tid = 10; tid <= 12; tid++)
		see_futex(a, tid, 0x1000);
	assert_int_equal(take(a, &asks), 1);
	assert_int_equal(asks[0].tgid, 10);
	assert_int_equal(asks[0].key, 0x1000);
	assert_true(asks[0].is_private);
	assert_int_equal(asks[0].like, 0);
	see_futex(a, 12, 0x1000);
	assert_int_equal(take(a, &asks), 0);
	see_futex(a, 12, 0x1008);
	assert_int_equal(take(a, &asks), 1);
	asked_close(a);
}

static void test_a_forked_child_asks_again_and_names_its_ancestor(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, 10, 10);
	see_futex(a, 10, 0x1000);
	see_fork(a, 10, 20, 20);
	see_fork(a, 20, 30, 30); /* a grandchild of what asked */
	see_futex(a, 30, 0x1000);
	assert_int_equal(take(a, &asks), 2);
	assert_int_equal(asks[1].tgid, 30);
	assert_int_equal(asks[1].like, asks[0].image);
	see_futex(a, 20, 0x2000);
	assert_int_equal(take(a, &asks), 1);
	assert_int_equal(asks[0].like, 0);
	asked_close(a);
}

static void test_exec_begins_a_new_address_space(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;
	uint32_t before;

	(void)state;
	see_task(a, 10, 10);
	see_futex(a, 10, 0x1000);
	assert_int_equal(take(a, &asks), 1);
	before = asks[0].image;
	see_exec(a, 10);
	see_futex(a, 10, 0x1000);
	assert_int_equal(take(a, &asks), 1);
	assert_int_not_equal(asks[0].image, before);
	assert_int_equal(asks[0].like, 0);
	assert_int_equal(asks[0].before, before);
	asked_close(a);
}

static void test_a_wait_seen_before_the_fork_is_asked_about_at_the_end_of_the_pass(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_futex(a, 20, 0x1000);
	see_task(a, 10, 10);
	see_fork(a, 10, 20, 20);
	assert_int_equal(take(a, &asks), 1);
	assert_int_equal(asks[0].tgid, 20);
	asked_close(a);
}

static void test_pipes_are_one_and_files_one_per_process(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, 10, 10);
	see_task(a, 20, 20);
	for (uint32_t tid = 10; tid <= 20; tid += 10) {
		see_block(a, tid, OBJECT_PIPE, SYS_read, 3, 77);
		see_block(a, tid, OBJECT_SOCKET, SYS_read, 4, 77);
		see_block(a, tid, OBJECT_FILE, SYS_read, 5, 77);
		see_block(a, tid, OBJECT_EVENTFD, SYS_read, 6, 77);
		see_block(a, tid, OBJECT_TIMEOUT, SYS_nanosleep, 0, 1000);
	}
	assert_int_equal(take(a, &asks), 4);
	assert_int_equal(asks[0].kind, OBJECT_PIPE);
	assert_int_equal(asks[0].fd, 3);
	assert_int_equal(asks[1].kind, OBJECT_SOCKET);
	assert_int_equal(asks[2].kind, OBJECT_FILE);
	assert_int_equal(asks[3].kind, OBJECT_FILE);
	assert_int_equal(asks[3].tgid, 20);
	asked_close(a);
}

static void test_poll_does_not_say_which_descriptor(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, 10, 10);
	see_block(a, 10, OBJECT_PIPE, SYS_ppoll, 0x7ffe1000, 77);
	assert_int_equal(take(a, &asks), 1);
	assert_int_equal(asks[0].fd, ASK_NO_FD);
	asked_close(a);
}

static void test_objects_beyond_the_limit_are_counted_not_asked(void **state)
{
	struct asked *a = asked_open();
	size_t nr;

	(void)state;
	see_task(a, 10, 10);
	asked_take(a, &nr);
	for (uint64_t i = 0; i < ASKED_MAX + 5; i++)
		see_futex(a, 10, 0x1000 + 4 * i);
	asked_take(a, &nr);
	assert_int_equal(nr, ASKED_MAX);
	assert_int_equal(asked_nr_refused(a), 5);
	see_futex(a, 10, 0x1000);
	assert_int_equal(asked_nr_refused(a), 5);
	asked_close(a);
}

static void test_tids_that_cannot_be_are_ignored(void **state)
{
	struct asked *a = asked_open();
	const struct ask *asks;

	(void)state;
	see_task(a, UINT32_MAX, UINT32_MAX);
	see_fork(a, UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 1);
	see_exec(a, UINT32_MAX);
	see_futex(a, UINT32_MAX, 0x1000);
	see_futex(a, 5, 0x1000); /* nobody introduced it */
	assert_int_equal(take(a, &asks), 0);
	asked_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_futex_is_asked_for_once_by_all_threads_of_a_process),
	    cmocka_unit_test(test_newer_futex_calls_ask_for_what_they_wait_for),
	    cmocka_unit_test(test_a_forked_child_asks_again_and_names_its_ancestor),
	    cmocka_unit_test(test_exec_begins_a_new_address_space),
	    cmocka_unit_test(
		test_a_wait_seen_before_the_fork_is_asked_about_at_the_end_of_the_pass),
	    cmocka_unit_test(test_pipes_are_one_and_files_one_per_process),
	    cmocka_unit_test(test_poll_does_not_say_which_descriptor),
	    cmocka_unit_test(test_objects_beyond_the_limit_are_counted_not_asked),
	    cmocka_unit_test(test_tids_that_cannot_be_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
