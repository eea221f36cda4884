/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of 256 colours: what is an area keeps its colour, shades come close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "viz/indexed.h"

#define WIDTH  200
#define HEIGHT 200

static uint32_t pixels[WIDTH * HEIGHT];

static void fill(uint32_t rgb, size_t x0, size_t y0, size_t size)
{
	for (size_t y = y0; y < y0 + size; y++)
		for (size_t x = x0; x < x0 + size; x++)
			pixels[y * WIDTH + x] = rgb;
}

static uint32_t stands_for(const struct indexed *ix, uint32_t rgb)
{
	return ix->colors[indexed_of(ix, rgb)];
}

static void test_up_to_256_colours_are_exact(void **state)
{
	struct indexed ix;

	(void)state;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = (uint32_t)(i * 7919 % 256) * 0x010203 & 0xffffff;
	assert_true(indexed_init(&ix, pixels, WIDTH, WIDTH, HEIGHT));
	assert_int_equal(ix.nr, 256);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		assert_int_equal(stands_for(&ix, pixels[i]), pixels[i]);
	indexed_done(&ix);
}

/* 2000 shades, each on more pixels than the small square has. */
static void test_a_small_area_keeps_its_colour_among_many_shades(void **state)
{
	struct indexed ix;

	(void)state;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
		uint32_t shade = (uint32_t)(i * 7919 % 2000);

		pixels[i] = shade / 8 << 16 | (shade % 8) << 4;
	}
	fill(0xf2a65a, 20, 20, 6);
	fill(0xf2a65b, 40, 20, 6);
	assert_true(indexed_init(&ix, pixels, WIDTH, WIDTH, HEIGHT));
	assert_int_equal(ix.nr, INDEXED_MOST);
	assert_int_equal(stands_for(&ix, 0xf2a65a), 0xf2a65a);
	assert_int_equal(stands_for(&ix, 0xf2a65b), 0xf2a65b);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
		uint32_t is = stands_for(&ix, pixels[i]);

		assert_true(abs((int)(is >> 16) - (int)(pixels[i] >> 16)) <= 24);
		assert_true(abs((int)(is >> 8 & 0xff) - (int)(pixels[i] >> 8 & 0xff)) <= 24);
	}
	indexed_done(&ix);
}

/* The high byte of a pixel says nothing. */
static void test_one_colour_is_one(void **state)
{
	struct indexed ix;

	(void)state;
	fill(0xff102030, 0, 0, WIDTH);
	pixels[77] = 0x102030;
	assert_true(indexed_init(&ix, pixels, WIDTH, WIDTH, HEIGHT));
	assert_int_equal(ix.nr, 1);
	assert_int_equal(ix.colors[0], 0x102030);
	assert_int_equal(indexed_of(&ix, 0x00102030), 0);
	indexed_done(&ix);
}

static void test_too_many_colours_are_said(void **state)
{
	struct indexed ix;

	(void)state;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = (uint32_t)i;
	assert_false(indexed_init(&ix, pixels, WIDTH, WIDTH, HEIGHT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_up_to_256_colours_are_exact),
	    cmocka_unit_test(test_a_small_area_keeps_its_colour_among_many_shades),
	    cmocka_unit_test(test_one_colour_is_one),
	    cmocka_unit_test(test_too_many_colours_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
