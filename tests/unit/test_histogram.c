/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/histogram.h"

static void test_few_values_are_exact(void **state)
{
	struct histogram h = {0};

	(void)state;
	assert_int_equal(histogram_percentile(&h, 50), 0);
	for (uint64_t v = HISTOGRAM_EXACT; v >= 1; v--)
		histogram_add(&h, v * 1000);
	assert_int_equal(histogram_percentile(&h, 50), 32000);
	assert_int_equal(histogram_percentile(&h, 99), 64000); /* rank 64 of 64: ceil(63.36) */
	assert_int_equal(histogram_percentile(&h, 0), 1000);
	assert_int_equal(h.max, 64000);
	histogram_done(&h);
}

static int by_value(const void *a, const void *b)
{
	return (*(const uint64_t *)a > *(const uint64_t *)b) -
	       (*(const uint64_t *)a < *(const uint64_t *)b);
}

static void test_many_values_are_at_most_a_sixteenth_too_high(void **state)
{
	enum { NR = 20000 };
	static uint64_t values[NR];
	struct histogram h = {0};
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < NR; i++) {
		values[i] = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 20) >> (rand_r(&seed) % 30);
		histogram_add(&h, values[i]);
	}
	qsort(values, NR, sizeof(values[0]), by_value);
	for (unsigned int percent = 1; percent <= 100; percent++) {
		uint64_t exact = values[NR * percent / 100 - 1];
		uint64_t got = histogram_percentile(&h, percent);

		assert_true(got >= exact && got <= exact + exact / 16);
	}
	assert_int_equal(histogram_percentile(&h, 100), values[NR - 1]);
	histogram_done(&h);
}

static void test_extremes_fit(void **state)
{
	struct histogram h = {0};

	(void)state;
	for (int i = 0; i < HISTOGRAM_EXACT; i++)
		histogram_add(&h, 0);
	histogram_add(&h, UINT64_MAX);
	histogram_add(&h, UINT64_MAX);
	assert_int_equal(histogram_percentile(&h, 50), 0);
	assert_true(histogram_percentile(&h, 100) == UINT64_MAX);
	histogram_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_few_values_are_exact),
	    cmocka_unit_test(test_many_values_are_at_most_a_sixteenth_too_high),
	    cmocka_unit_test(test_extremes_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
