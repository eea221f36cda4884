/* SPDX-License-Identifier: BSD-2-Clause */
/* CPython's own lock is found in _PyRuntime of the builds that are known, and in no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/cpython.h"

#define SIZE_3_11 0x28b20

static void test_each_part_has_its_name_up_to_its_end(void **state)
{
	static const struct {
		uint64_t offset, begin;
		const char *name;
	} rows[] = {
	    {0x188, 0x188, "GIL"},
	    {0x1b7, 0x188, "GIL"},
	    {0x1b8, 0x1b8, "GIL mutex"},
	    {0x1df, 0x1b8, "GIL mutex"},
	    {0x1e0, 0x1e0, "GIL switch"},
	    {0x208, 0x1e0, "GIL switch"},
	    {0x210, 0x210, "GIL switch mutex"},
	};
	uint64_t begin;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *name = cpython_place("_PyRuntime", SIZE_3_11, rows[i].offset, &begin);

		assert_non_null(name);
		assert_string_equal(name, rows[i].name);
		assert_int_equal(begin, rows[i].begin);
	}
}

static void test_what_lies_beside_it_is_not_named(void **state)
{
	uint64_t begin;

	(void)state;
	assert_null(cpython_place("_PyRuntime", SIZE_3_11, 0, &begin));
	assert_null(cpython_place("_PyRuntime", SIZE_3_11, 0x187, &begin));
	assert_null(cpython_place("_PyRuntime", SIZE_3_11, 0x238, &begin));
}

static void test_a_build_of_another_size_is_not_guessed(void **state)
{
	uint64_t begin;

	(void)state;
	assert_null(cpython_place("_PyRuntime", SIZE_3_11 + 8, 0x188, &begin));
	assert_null(cpython_place("runtime", SIZE_3_11, 0x188, &begin));
	assert_string_equal(cpython_place("_PyRuntime", 0x290, 0x180, &begin), "GIL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_part_has_its_name_up_to_its_end),
	    cmocka_unit_test(test_what_lies_beside_it_is_not_named),
	    cmocka_unit_test(test_a_build_of_another_size_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
