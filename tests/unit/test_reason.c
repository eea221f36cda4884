/* SPDX-License-Identifier: BSD-2-Clause */
/* System call, arguments and object to a reason, and the words for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/reason.h"

#define OWNER(tid) ((uint64_t)(tid) << 32)

struct example {
	const char *arch;
	int32_t nr;
	uint64_t args[RECORD_NR_ARGS];
	uint32_t object_kind;
	uint64_t object;
	enum reason why;
	uint32_t owner;
};

static const struct example examples[] = {
    /* futex(2): wait, bitset, PI; glibc, musl and robust mutexes, condition, semaphore, join */
    {"x86_64", 202, {0x5000, 0x80, 2}, OBJECT_FUTEX, OWNER(7) | 2, REASON_LOCK, 7},
    {"x86_64", 202, {0x5000, 0x89, 2}, OBJECT_FUTEX, 2, REASON_LOCK, 0},
    {"x86_64", 202, {0x5000, 0x80, 2}, OBJECT_FUTEX, OWNER(1u << 30) | 2, REASON_LOCK, 0},
    {"x86_64", 202, {0x5000, 0x80, 0x80000007}, OBJECT_FUTEX, 0x80000007, REASON_LOCK, 7},
    {"x86_64", 202, {0x5000, 0x86}, OBJECT_FUTEX, 0x80000007, REASON_LOCK, 7},
    {"x86_64", 202, {0x5000, 0x8d}, OBJECT_FUTEX, 0x80000007, REASON_LOCK, 7},
    {"x86_64", 202, {0x5000, 0x189, 0}, OBJECT_FUTEX, 0, REASON_CONDITION, 0},
    {"x86_64", 202, {0x5000, 0x8b}, OBJECT_FUTEX, 0, REASON_CONDITION, 0},
    {"x86_64", 202, {0x5000, 265, 4122}, OBJECT_FUTEX, 4122, REASON_JOIN, 4122},
    {"x86_64", 202, {0x5000, 0x81, 1}, OBJECT_FUTEX, 0, REASON_OTHER, 0},
    {"aarch64", 98, {0x5000, 0x80, 2}, OBJECT_FUTEX, OWNER(7) | 2, REASON_LOCK, 7},
    /* futex_wait, futex_waitv; futex_wake */
    {"x86_64", 455, {0x5000, 2, 0xffffffff, 0x82}, OBJECT_FUTEX, OWNER(7) | 2, REASON_LOCK, 7},
    {"aarch64", 455, {0x5000, 2, 0xffffffff, 0x82}, OBJECT_FUTEX, 2, REASON_LOCK, 0},
    {"x86_64", 455, {0x5000, 9, 0xffffffff, 0x82}, OBJECT_FUTEX, 9, REASON_CONDITION, 0},
    {"x86_64", 449, {0}, OBJECT_NONE, 0, REASON_CONDITION, 0},
    {"x86_64", 454, {0x5000, 1, 1, 0x82}, OBJECT_NONE, 0, REASON_OTHER, 0},
    /* the rest by name */
    {"x86_64", 35, {0}, OBJECT_NONE, 0, REASON_SLEEP, 0},
    {"x86_64", 230, {0}, OBJECT_NONE, 0, REASON_SLEEP, 0},
    {"aarch64", 115, {0}, OBJECT_NONE, 0, REASON_SLEEP, 0},
    {"x86_64", 7, {0}, OBJECT_NONE, 0, REASON_POLL, 0},
    {"x86_64", 232, {0}, OBJECT_NONE, 0, REASON_POLL, 0},
    {"aarch64", 22, {0}, OBJECT_NONE, 0, REASON_POLL, 0},
    {"x86_64", 0, {3}, OBJECT_PIPE, 81, REASON_PIPE, 0},
    {"x86_64", 1, {3}, OBJECT_SOCKET, 81, REASON_SOCKET, 0},
    {"x86_64", 17, {3}, OBJECT_FILE, 81, REASON_FILE, 0},
    {"x86_64", 0, {0}, OBJECT_CHAR, 81, REASON_FILE, 0},
    {"x86_64", 0, {3}, OBJECT_ANON, 81, REASON_OTHER, 0},
    {"x86_64", 0, {3}, OBJECT_NONE, 0, REASON_OTHER, 0},
    {"x86_64", 45, {3}, OBJECT_NONE, 0, REASON_SOCKET, 0},
    {"x86_64", 288, {3}, OBJECT_NONE, 0, REASON_SOCKET, 0},
    {"x86_64", 257, {3}, OBJECT_NONE, 0, REASON_FILE, 0},
    {"x86_64", 61, {0}, OBJECT_NONE, 0, REASON_CHILD, 0},
    {"x86_64", 56, {0x4111}, OBJECT_NONE, 0, REASON_CHILD, 0},
    {"x86_64", 56, {0x3d0f00}, OBJECT_NONE, 0, REASON_OTHER, 0},
    {"x86_64", 128, {0}, OBJECT_NONE, 0, REASON_SIGNAL, 0},
    {"x86_64", 34, {0}, OBJECT_NONE, 0, REASON_SIGNAL, 0},
    {"x86_64", 231, {0}, OBJECT_NONE, 0, REASON_OTHER, 0},
    {"x86_64", 426, {0}, OBJECT_NONE, 0, REASON_IO_URING, 0},
    {"x86_64", RECORD_NO_SYSCALL, {0}, OBJECT_NONE, 0, REASON_FAULT, 0},
    {"x86_64", 9999, {0}, OBJECT_NONE, 0, REASON_OTHER, 0},
    {"riscv64", 0, {0}, OBJECT_NONE, 0, REASON_OTHER, 0},
    {"", 0, {0}, OBJECT_PIPE, 81, REASON_OTHER, 0},
};

static void of_block(const struct record_block *rec, const char *arch, struct interval *iv)
{
	struct trace_info info;

	info_init(&info);
	snprintf(info.arch, sizeof(info.arch), "%s", arch);
	reason_of_block(rec, NULL, &info, iv, NULL);
}

static void test_reason_of_each_example(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *e = &examples[i];
		struct record_block rec = {.head = {.prev_state = 1},
					   .nr = e->nr,
					   .object_kind = e->object_kind,
					   .object = e->object};
		struct interval iv = {.state = STATE_BLOCKED};

		memcpy(rec.args, e->args, sizeof(rec.args));
		of_block(&rec, e->arch, &iv);
		if (iv.why != e->why || iv.owner != e->owner)
			fail_msg("example %zu (%s %d): %s owner %u, expected %s owner %u", i,
				 e->arch, e->nr, reason_key(iv.why), iv.owner, reason_key(e->why),
				 e->owner);
		assert_int_equal(iv.nr, e->nr);
	}
}

static void test_stopped_task_is_stopped(void **state)
{
	struct record_block rec = {.head = {.prev_state = 8}, .nr = 0};
	struct interval iv = {.state = STATE_BLOCKED};

	(void)state;
	of_block(&rec, "x86_64", &iv);
	assert_int_equal(iv.why, REASON_STOPPED);
}

static void test_owner_that_is_no_sibling_is_dropped(void **state)
{
	struct interval lock = {.why = REASON_LOCK, .owner = 7, .inferred = true};
	struct interval join = {.why = REASON_JOIN, .owner = 7, .inferred = true};
	struct interval shared_pi = {.why = REASON_LOCK, .owner = 7, .inferred = false};
	struct interval measured = lock, exited = lock;
	struct futex_meaning futex = {.kind = SYNC_LOCK},
			     pi = {.kind = SYNC_MUTEX, .flags = SYNC_PI};

	(void)state;
	reason_check_owner(&lock, OWNER_WRONG, &futex);
	assert_int_equal(lock.owner, 0);
	assert_int_equal(lock.why, REASON_LOCK);
	reason_check_owner(&join, OWNER_WRONG, &futex);
	assert_int_equal(join.why, REASON_CONDITION);
	reason_check_owner(&shared_pi, OWNER_WRONG, &pi);
	assert_int_equal(shared_pi.owner, 7);
	reason_check_owner(&measured, OWNER_ALIVE, &futex);
	assert_int_equal(measured.owner, 7);
	assert_false(measured.inferred);
	reason_check_owner(&exited, OWNER_EXITED, &futex);
	assert_int_equal(exited.owner, 7);
	assert_true(exited.owner_exited);
}

static void test_compat_numbers_are_of_the_32_bit_table(void **state)
{
	struct record_block rec = {.head = {.head = {.flags = RECORD_F_COMPAT}, .prev_state = 1},
				   .nr = 114};
	struct interval iv = {.state = STATE_BLOCKED};
	char text[64];

	(void)state;
	of_block(&rec, "x86_64", &iv); /* i386: wait4; x86_64: rt_sigprocmask... */
	assert_int_equal(iv.why, REASON_CHILD);
	assert_int_equal(iv.nr, 114 | SYSCALL_COMPAT);
	assert_string_equal(syscall_name("x86_64", iv.nr), "wait4");
	of_block(&rec, "aarch64", &iv); /* its 32-bit table is not known */
	assert_int_equal(iv.why, REASON_OTHER);
	interval_describe(&iv, "aarch64", NULL, text, sizeof(text));
	assert_string_equal(text, "32-bit syscall 114");
}

static void test_system_calls_have_names(void **state)
{
	(void)state;
	assert_string_equal(syscall_name("x86_64", 0), "read");
	assert_string_equal(syscall_name("x86_64", 202), "futex");
	assert_string_equal(syscall_name("x86_64", 455), "futex_wait");
	assert_string_equal(syscall_name("aarch64", 63), "read");
	assert_string_equal(syscall_name("aarch64", 79), "newfstatat");
	assert_null(syscall_name("x86_64", 400));
	assert_null(syscall_name("x86_64", -1));
	assert_null(syscall_name("x86_64", INT32_MAX));
	assert_null(syscall_name("sparc64", 0));
	assert_null(syscall_name(NULL, 0));
}

static void test_descriptions_read_well(void **state)
{
	struct interval iv = {.state = STATE_BLOCKED,
			      .why = REASON_LOCK,
			      .object = 0x55d0c0,
			      .owner = 4122,
			      .nr = 202};
	char text[64], tiny[5];

	(void)state;
	interval_describe(&iv, "x86_64", NULL, text, sizeof(text));
	assert_string_equal(text, "lock 0x55d0c0 held by tid 4122");
	iv =
	    (struct interval){.state = STATE_BLOCKED, .why = REASON_PIPE, .object = 81273, .nr = 0};
	interval_describe(&iv, "x86_64", NULL, text, sizeof(text));
	assert_string_equal(text, "pipe 81273 read");
	interval_describe(&iv, "x86_64", NULL, tiny, sizeof(tiny));
	assert_string_equal(tiny, "pipe");
	iv = (struct interval){.state = STATE_BLOCKED, .why = REASON_OTHER, .nr = 157};
	interval_describe(&iv, "x86_64", NULL, text, sizeof(text));
	assert_string_equal(text, "prctl");
	iv = (struct interval){.state = STATE_RUNNABLE, .why = RUNNABLE_PREEMPTED};
	interval_describe(&iv, "x86_64", NULL, text, sizeof(text));
	assert_string_equal(text, "runnable, preempted");
}

static void test_every_reason_has_a_key_and_a_letter_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_NR; i++)
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(reason_key(i), reason_key(k));
			assert_int_not_equal(reason_letter(i), reason_letter(k));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reason_of_each_example),
	    cmocka_unit_test(test_stopped_task_is_stopped),
	    cmocka_unit_test(test_owner_that_is_no_sibling_is_dropped),
	    cmocka_unit_test(test_compat_numbers_are_of_the_32_bit_table),
	    cmocka_unit_test(test_system_calls_have_names),
	    cmocka_unit_test(test_descriptions_read_well),
	    cmocka_unit_test(test_every_reason_has_a_key_and_a_letter_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
