/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static const uint64_t numbers[] = {
    0,          1,          127,        128,        16383,          16384,
    UINT32_MAX, 1ULL << 32, 1ULL << 56, 1ULL << 63, UINT64_MAX - 1, UINT64_MAX,
};

#define NR_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void test_varint_comes_back(void **state)
{
	struct bytes b = {0};
	struct cursor c;
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < NR_NUMBERS; i++)
		bytes_add_varint(&b, numbers[i]);
	c = (struct cursor){b.at, b.at + b.len};
	for (size_t i = 0; i < NR_NUMBERS; i++) {
		assert_true(cursor_varint(&c, &value));
		assert_true(value == numbers[i]);
	}
	assert_ptr_equal(c.at, c.end);
	assert_false(cursor_varint(&c, &value));
	bytes_done(&b);
}

static void test_cut_varint_is_refused_and_nothing_read(void **state)
{
	uint8_t buf[VARINT_MAX_BYTES];
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < NR_NUMBERS; i++) {
		size_t len = (size_t)(varint_put(buf, numbers[i]) - buf);

		for (size_t cut = 0; cut < len; cut++) {
			struct cursor c = {buf, buf + cut};

			assert_false(cursor_varint(&c, &value));
			assert_ptr_equal(c.at, buf);
		}
	}
}

static void test_varint_beyond_64_bits_is_refused(void **state)
{
	uint8_t buf[11] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 0};
	struct cursor c = {buf, buf + sizeof(buf)};
	uint64_t value;

	(void)state;
	assert_false(cursor_varint(&c, &value));
	buf[9] = 0x81;
	assert_false(cursor_varint(&c, &value));
	buf[9] = 1;
	assert_true(cursor_varint(&c, &value));
	assert_true(value == UINT64_MAX);
}

static void test_zigzag_keeps_small_magnitudes_small(void **state)
{
	(void)state;
	assert_int_equal(zigzag(0), 0);
	assert_int_equal(zigzag(-1), 1);
	assert_int_equal(zigzag(1), 2);
	assert_true(zigzag(INT64_MIN) == UINT64_MAX);
	for (size_t i = 0; i < NR_NUMBERS; i++)
		assert_true((uint64_t)unzigzag(zigzag((int64_t)numbers[i])) == numbers[i]);
}

static void test_fixed_numbers_are_little_endian(void **state)
{
	static const uint8_t want[] = {6, 5, 4, 3, 14, 13, 12, 11, 10, 9, 8, 7};
	struct bytes b = {0};

	(void)state;
	bytes_add_u32(&b, 0x03040506);
	bytes_add_u64(&b, 0x0708090a0b0c0d0e);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.at, want, sizeof(want));
	assert_int_equal(le16_get(b.at), 0x0506);
	assert_int_equal(le32_get(b.at), 0x03040506);
	assert_true(le64_get(b.at + 4) == 0x0708090a0b0c0d0e);
	bytes_done(&b);
}

static void test_text_longer_than_the_room_is_whole(void **state)
{
	struct bytes b = {0};

	(void)state;
	bytes_printf(&b, "%0*d", 5000, 7);
	assert_int_equal(b.len, 5000);
	assert_int_equal(b.at[4999], '7');
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_varint_comes_back),
	    cmocka_unit_test(test_cut_varint_is_refused_and_nothing_read),
	    cmocka_unit_test(test_varint_beyond_64_bits_is_refused),
	    cmocka_unit_test(test_zigzag_keeps_small_magnitudes_small),
	    cmocka_unit_test(test_fixed_numbers_are_little_endian),
	    cmocka_unit_test(test_text_longer_than_the_room_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
