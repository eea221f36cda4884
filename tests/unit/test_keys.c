/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/keys.h"

#define MANY 20000

static void test_pairs_are_numbered_in_order_of_appearance(void **state)
{
	struct keys k = {0};

	(void)state;
	assert_int_equal(keys_index(&k, 7, 1), 0);
	assert_int_equal(keys_index(&k, 1, 7), 1);
	assert_int_equal(keys_index(&k, 0, 0), 2);
	assert_int_equal(keys_index(&k, 7, 1), 0);
	assert_int_equal(k.nr, 3);
	assert_int_equal(k.at[1].high, 1);
	assert_int_equal(k.at[1].low, 7);
	keys_done(&k);
}

static void test_what_was_not_met_is_not_found_and_not_added(void **state)
{
	struct keys k = {0};

	(void)state;
	assert_int_equal(keys_find(&k, 3, 4), KEYS_NONE);
	assert_int_equal(k.nr, 0);
	keys_index(&k, 3, 4);
	assert_int_equal(keys_find(&k, 3, 4), 0);
	assert_int_equal(keys_find(&k, 4, 3), KEYS_NONE);
	assert_int_equal(k.nr, 1);
	keys_done(&k);
}

/* High words that differ in few bits, as kinds and tids do; low words as addresses are. */
static void test_an_index_stays_as_the_table_grows(void **state)
{
	struct keys k = {0};

	(void)state;
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(keys_index(&k, (i % 5) << 32 | i / 5, i * 64), i);
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(keys_find(&k, (i % 5) << 32 | i / 5, i * 64), i);
	keys_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pairs_are_numbered_in_order_of_appearance),
	    cmocka_unit_test(test_what_was_not_met_is_not_found_and_not_added),
	    cmocka_unit_test(test_an_index_stays_as_the_table_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
