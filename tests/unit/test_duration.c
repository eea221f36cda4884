/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/duration.h"

static void test_text_has_three_digits_and_a_unit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
	    {0, "0 ns"},
	    {1, "1 ns"},
	    {812, "812 ns"},
	    {999, "999 ns"},
	    {1000, "1.00 \xc2\xb5s"},
	    {3210000, "3.21 ms"},
	    {9994000, "9.99 ms"},
	    {9996000, "10.0 ms"},
	    {62400000000, "62.4 s"},
	    {999400, "999 \xc2\xb5s"},
	    {999600, "1.00 ms"},
	    {UINT64_C(600000000000), "10 min"},
	    {UINT64_C(720000000000), "12 min"},
	};
	char buf[DURATION_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(duration_text(rows[i].ns, buf), rows[i].text);
	assert_true(strlen(duration_text(UINT64_MAX, buf)) < DURATION_LEN);
}

static void test_exact_has_every_microsecond(void **state)
{
	char buf[DURATION_LEN];

	(void)state;
	assert_string_equal(duration_exact(2366418000, buf), "2.366 418 s");
	assert_string_equal(duration_exact(-1500, buf), "-0.000 002 s");
	assert_string_equal(duration_exact(0, buf), "0.000 000 s");
}

static void test_step_shows_what_tells_steps_apart(void **state)
{
	char buf[DURATION_LEN];

	(void)state;
	assert_string_equal(duration_step(2350000000, 10000000, buf), "2.35 s");
	assert_string_equal(duration_step(2000000, 1000000, buf), "2 ms");
}

static void test_parse_takes_what_people_write(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
	    {"10s", 10000000000},
	    {"1.5 ms", 1500000},
	    {"200us", 200000},
	    {"2m", 120000000000},
	    {"300", 300000000000},
	    {"0", 0},
	    {"0.000000001", 1},
	    {".5s", 500000000},
	    {"7ns", 7},
	    {"1h", UINT64_C(3600000000000)},
	};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns = 99;

		assert_int_equal(duration_parse(rows[i].text, &ns, &err), 0);
		assert_true(ns == rows[i].ns);
	}
}

static void test_parse_refuses_what_is_none(void **state)
{
	static const char *const bad[] = {"",
					  "s",
					  "-1s",
					  "1 x",
					  "1s2",
					  "1e9",
					  "99999999999999999999s",
					  ".",
					  " ",
					  "0x10",
					  "18446744073709551615h"};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t ns = 99;

		assert_int_equal(duration_parse(bad[i], &ns, &err), -EINVAL);
		assert_true(ns == 99);
		assert_non_null(strstr(err.text, "10s"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_has_three_digits_and_a_unit),
	    cmocka_unit_test(test_exact_has_every_microsecond),
	    cmocka_unit_test(test_step_shows_what_tells_steps_apart),
	    cmocka_unit_test(test_parse_takes_what_people_write),
	    cmocka_unit_test(test_parse_refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
