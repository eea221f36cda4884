/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void test_set_returns_the_negative_errno(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(err_set(&err, ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(err.text, "cannot open x");
	assert_int_equal(err_set(NULL, EIO, "nobody listens"), -EIO);
}

static void test_context_goes_before_the_cause(void **state)
{
	struct err err = {0};

	(void)state;
	err_set(&err, EIO, "chunk 3 is cut");
	assert_int_equal(err_add_context(&err, "a.ctr"), -EIO);
	assert_string_equal(err.text, "a.ctr: chunk 3 is cut");
}

static void test_long_sentence_is_cut_not_overrun(void **state)
{
	struct err err = {0};
	char name[2000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	err_set(&err, EIO, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	err_add_context(&err, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void test_control_characters_never_reach_the_terminal(void **state)
{
	struct err err = {0};

	(void)state;
	err_set(&err, EIO, "file \033[2J\n");
	assert_string_equal(err.text, "file ?[2J ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set_returns_the_negative_errno),
	    cmocka_unit_test(test_context_goes_before_the_cause),
	    cmocka_unit_test(test_long_sentence_is_cut_not_overrun),
	    cmocka_unit_test(test_control_characters_never_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
