/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/strip.h"
#include "viz/theme.h"

static const struct palette *const palettes[] = {&palette_dark, &palette_light};

static void test_text_is_legible(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct palette *p = palettes[i];
		const rgba_t grounds[] = {p->ground, p->bar, p->header};

		for (int g = 0; g < 3; g++) {
			assert_true(rgba_contrast(p->text, grounds[g]) >= 7);
			assert_true(rgba_contrast(p->dim, grounds[g]) >= 4.5);
			for (int r = 0; r < REASON_NR; r++) /* words on the lines */
				assert_true(rgba_contrast(p->reasons[r], grounds[g]) >= 4.5);
		}
		for (int t = 0; t < THEME_NR_TASK_COLORS; t++)
			assert_true(rgba_contrast(p->on_block, p->tasks[t]) >= 4.5);
		for (int t = 0; t < THEME_NR_TASK_COLORS; t++) /* a thread's name in its colour */
			assert_true(rgba_contrast(rgba_legible(p->tasks[t], p->bar, p->text),
						  p->bar) >= 4.5);
		assert_int_equal(rgba_legible(p->text, p->bar, p->dim), p->text);
		assert_true(rgba_contrast(palette_on(p, p->other), p->other) >= 4.5);
		for (uint32_t n = 0; n <= THEME_NR_TASK_COLORS; n++) { /* names in strips */
			rgba_t color =
			    palette_strip(p, n < THEME_NR_TASK_COLORS ? n : STRIP_MAX_NAMES);

			assert_true(rgba_contrast(palette_on(p, color), color) >= 4.5);
		}
		assert_true(rgba_contrast(p->gap_text, p->gap_ground) >= 4.5);
		assert_true(rgba_contrast(p->live, p->live_ground) >= 4.5);
		assert_true(rgba_contrast(p->badge, p->badge_ground) >= 4.5);
		assert_true(rgba_contrast(p->on_accent, p->accent) >= 4.5);
		assert_true(rgba_contrast(p->on_block, p->runnable) >= 4.5); /* marks */
		for (int g = 0; g < 3; g++) { /* words in these colours, and on tinted rows */
			assert_true(rgba_contrast(p->accent, grounds[g]) >= 4.5);
			assert_true(rgba_contrast(p->gap_text, grounds[g]) >= 4.5);
			assert_true(rgba_contrast(p->text, rgba_mix(grounds[g], p->accent, 0x38)) >=
				    4.5);
		}
	}
}

static void test_contrast_is_that_of_wcag(void **state)
{
	(void)state;
	assert_true(fabs(rgba_contrast(0x000000ff, 0xffffffff) - 21) < 0.01);
	assert_true(fabs(rgba_contrast(0x777777ff, 0xffffffff) - 4.48) < 0.01);
	assert_true(fabs(rgba_contrast(0xffffffff, 0x777777ff) - 4.48) < 0.01);
}

/* How a colour looks to a dichromat (Vienot, Brettel and Mollon 1999, on linear RGB). */
static void dichromat(rgba_t c, int deutan, double lab[3])
{
	static const double sim[2][2][3] = {{{0.11238, 0.88762, 0}, {0.00401, -0.00401, 1}},
					    {{0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}}};
	double lin[3], rgb[3], xyz[3], f[3];

	for (int i = 0; i < 3; i++) {
		double v = (double)(c >> (24 - 8 * i) & 0xff) / 255;

		lin[i] = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
	}
	for (int k = 0; k < 2; k++)
		rgb[k == 0 ? 0 : 2] = sim[deutan][k][0] * lin[0] + sim[deutan][k][1] * lin[1] +
				      sim[deutan][k][2] * lin[2];
	rgb[1] = rgb[0];
	xyz[0] = (0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505;
	xyz[1] = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
	xyz[2] = (0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089;
	for (int i = 0; i < 3; i++)
		f[i] = xyz[i] > 0.008856 ? cbrt(xyz[i]) : 7.787 * xyz[i] + 16.0 / 116;
	lab[0] = 116 * f[1] - 16;
	lab[1] = 500 * (f[0] - f[1]);
	lab[2] = 200 * (f[1] - f[2]);
}

static double distance(rgba_t a, rgba_t b, int deutan)
{
	double x[3], y[3];

	dichromat(a, deutan, x);
	dichromat(b, deutan, y);
	return sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2));
}

/* Threads made one after the other have neighbouring colours: those must differ for everybody. */
static void test_neighbouring_threads_differ_for_dichromats(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		for (int t = 0; t + 1 < THEME_NR_TASK_COLORS; t++)
			for (int deutan = 0; deutan < 2; deutan++)
				assert_true(distance(palettes[i]->tasks[t],
						     palettes[i]->tasks[t + 1], deutan) > 10);
}

static void test_mix_and_alpha(void **state)
{
	(void)state;
	assert_int_equal(rgba_mix(0x000000ff, 0xffffffff, 0), 0x000000ff);
	assert_int_equal(rgba_mix(0x000000ff, 0xffffffff, 255), 0xffffffff);
	assert_int_equal(rgba_alpha(0x12345678, 0x9a), 0x1234569a);
	assert_ptr_equal(palette_by_name("light"), &palette_light);
	assert_null(palette_by_name("pink"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_is_legible),
	    cmocka_unit_test(test_contrast_is_that_of_wcag),
	    cmocka_unit_test(test_neighbouring_threads_differ_for_dichromats),
	    cmocka_unit_test(test_mix_and_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
