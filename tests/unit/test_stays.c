/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/stays.h"

static void test_neighbours_of_one_task_are_one_stay(void **state)
{
	struct stays a = {0}, b = {0};

	(void)state;
	stays_add(&a, 1, 0, 10);
	stays_add(&a, 1, 10, 20);
	stays_add(&b, 1, 20, 30);
	stays_add(&b, 2, 30, 40);
	stays_append(&a, &b);
	assert_int_equal(b.nr, 0);
	assert_int_equal(a.nr, 2);
	assert_int_equal(a.at[0].end_ns, 30);
	assert_int_equal(a.at[1].task, 2);
	free(a.at);
	free(b.at);
}

static void test_merged_stays_name_the_longest_and_leave_no_hole(void **state)
{
	struct stays s = {0};

	(void)state;
	stays_add(&s, 1, 0, 100);
	stays_add(&s, 2, 100, 104);
	stays_add(&s, 3, 104, 109);
	stays_add(&s, 4, 109, 113);
	stays_add(&s, 5, 113, 115);
	stays_merge(&s, 10);
	assert_int_equal(s.nr, 3);
	assert_false(s.at[0].merged);
	assert_int_equal(s.at[1].begin_ns, 100);
	assert_int_equal(s.at[1].end_ns, 113);
	assert_int_equal(s.at[1].task, 3);
	assert_true(s.at[1].merged);
	assert_int_equal(s.at[2].task, 5);
	free(s.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_neighbours_of_one_task_are_one_stay),
	    cmocka_unit_test(test_merged_stays_name_the_longest_and_leave_no_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
