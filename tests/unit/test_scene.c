/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "viz/paint.h"
#include "viz/raster.h"
#include "viz/theme.h"

/* Cells of 8 px make widths easy to say. */
static void begin(struct scene *s, float w, float h)
{
	scene_init(s, &term_measure);
	scene_reset(s, w, h);
}

static const char *text_of(const struct scene *s, const struct item *it)
{
	return s->text + it->text;
}

static void test_topmost_item_is_picked(void **state)
{
	struct scene s;
	struct ref ref;

	(void)state;
	begin(&s, 200, 100);
	s.ref = (struct ref){REF_LANES, 0, 0, 0};
	scene_rect(&s, (struct box){0, 0, 200, 100}, 0x000000ff, 0);
	s.ref = (struct ref){REF_TASK_SLICE, 7, 1, 3};
	scene_rect(&s, (struct box){50, 10, 30, 20}, 0xff0000ff, 0);
	scene_no_ref(&s); /* a text over it does not hide it */
	scene_text(&s, (struct box){50, 10, 30, 20}, FONT_NORMAL, 0xffffffff, ALIGN_LEFT, "abc");
	ref = scene_pick(&s, 60, 20, 3);
	assert_int_equal(ref.kind, REF_TASK_SLICE);
	assert_int_equal(ref.lane, 7);
	assert_int_equal(ref.index, 3);
	assert_int_equal(scene_pick(&s, 10, 20, 3).kind, REF_LANES);
	assert_int_equal(scene_pick(&s, 300, 20, 3).kind, REF_NONE);
	scene_done(&s);
}

static void test_thin_item_is_picked_beside_it(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 200, 100);
	s.ref = (struct ref){REF_CPU_SLICE, 0, 1, 1};
	scene_rect(&s, (struct box){0, 0, 100, 20}, 0xff0000ff, 0);
	s.ref.index = 2;
	scene_rect(&s, (struct box){100, 0, 1, 20}, 0x00ff00ff, 0);
	s.ref.index = 3;
	scene_rect(&s, (struct box){101, 0, 90, 20}, 0x0000ffff, 0);
	assert_int_equal(scene_pick(&s, 100.5f, 5, 3).index, 2);
	assert_int_equal(scene_pick(&s, 98.5f, 5, 3).index, 2);
	assert_int_equal(scene_pick(&s, 90, 5, 3).index, 1);
	assert_int_equal(scene_pick(&s, 150, 5, 3).index, 3);
	scene_done(&s);
}

static void test_clip_cuts_picking(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 200, 100);
	uint8_t before = scene_clip(&s, (struct box){50, 0, 50, 100});

	s.ref = (struct ref){REF_GAP, 0, 1, 0};
	scene_rect(&s, (struct box){0, 0, 200, 100}, 0xff, 0);
	scene_unclip(&s, before);
	assert_int_equal(scene_pick(&s, 49, 50, 0).kind, REF_NONE);
	assert_int_equal(scene_pick(&s, 60, 50, 0).kind, REF_GAP);
	assert_int_equal(scene_pick(&s, 101, 50, 0).kind, REF_NONE);
	scene_done(&s);
}

static void test_text_is_cut_with_an_ellipsis(void **state)
{
	struct scene s;
	struct item *it;

	(void)state;
	begin(&s, 400, 100);
	it = scene_text(&s, (struct box){0, 0, 64, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT, "worker-1");
	assert_string_equal(text_of(&s, it), "worker-1");
	it = scene_text(&s, (struct box){0, 0, 40, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT, "worker-1");
	assert_string_equal(text_of(&s, it), "work\xe2\x80\xa6");
	it = scene_text(&s, (struct box){0, 0, 8, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT, "worker-1");
	assert_null(it);
	/* Never in the middle of a character, never a control character. */
	it = scene_text(&s, (struct box){0, 0, 24, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT,
			"a\xc2\xb5\xc2\xb5\xc2\xb5");
	assert_string_equal(text_of(&s, it), "a\xc2\xb5\xe2\x80\xa6");
	it =
	    scene_text(&s, (struct box){0, 0, 80, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT, "a\033[31mb");
	assert_string_equal(text_of(&s, it), "a?[31mb");
	scene_done(&s);
}

static void test_steady_state_allocates_nothing(void **state)
{
	struct scene s;
	size_t cap = 0, cap_text = 0;

	(void)state;
	begin(&s, 400, 100);
	for (int frame = 0; frame < 3; frame++) {
		scene_reset(&s, 400, 100);
		for (int i = 0; i < 5000; i++)
			scene_text(&s, (struct box){0, 0, 80, 16}, FONT_NORMAL, 0xff, ALIGN_LEFT,
				   "name");
		if (frame > 0) {
			assert_int_equal(s.cap, cap);
			assert_int_equal(s.cap_text, cap_text);
		}
		cap = s.cap;
		cap_text = s.cap_text;
	}
	scene_done(&s);
}

static char *painted(const struct scene *s, bool ascii)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	paint_term(s, TERM_COLOR_NONE, ascii, f);
	fclose(f);
	return out;
}

static void test_terminal_draws_eighths(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 8 * 8, 16);
	scene_line(&s, (struct box){16, 0, 32, 16}, 0xff6b7dff, 2);
	scene_rect(&s, (struct box){0, 0, 12, 16}, 0x4e9af1ff, 0); /* a column and a half */
	scene_text(&s, (struct box){48, 0, 16, 16}, FONT_NORMAL, 0xffffffff, ALIGN_LEFT, "ab");
	char *out = painted(&s, false);

	assert_string_equal(out, "\xe2\x96\x88\xe2\x96\x8c" /* full, left half */
				 "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
				 "ab\n");
	free(out);
	out = painted(&s, true);
	assert_string_equal(out, "##----ab\n");
	free(out);
	scene_done(&s);
}

static void test_terminal_shows_the_shortest_run(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, 32, 16);
	scene_line(&s, (struct box){0, 0, 32, 16}, 0xff6b7dff, 2);
	scene_rect(&s, (struct box){19, 0, 1, 16}, 0x4e9af1ff, 0); /* an eighth of the third cell */
	char *out = painted(&s, true);

	assert_string_equal(out, "--|-\n");
	free(out);
	scene_done(&s);
}

static void test_svg_escapes_and_closes(void **state)
{
	struct scene s;
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	struct err err = {0};

	(void)state;
	begin(&s, 100, 50);
	uint8_t before = scene_clip(&s, (struct box){0, 0, 50, 50});

	scene_text(&s, (struct box){0, 0, 90, 16}, FONT_NORMAL, 0xdfe4eaff, ALIGN_LEFT, "<&\">");
	scene_hatch(&s, (struct box){0, 20, 20, 10}, 0xf0b429ff, 0x3a2f14ff, HATCH_RISING);
	scene_unclip(&s, before);
	scene_rect(&s, (struct box){60, 20, 20, 10}, 0x4e9af180, 2);
	assert_int_equal(paint_svg(&s, 1, NULL, f, &err), 0);
	fclose(f);
	assert_non_null(strstr(out, "&lt;&amp;&quot;&gt;</text>"));
	assert_non_null(strstr(out, "fill=\"url(#h0)\""));
	assert_non_null(strstr(out, "fill=\"#4e9af1\" fill-opacity=\"0.5\""));
	assert_non_null(strstr(out, "</g>\n<rect"));
	assert_string_equal(out + len - 7, "</svg>\n");
	free(out);
	scene_done(&s);
}

static void test_raster_stays_within_the_clip(void **state)
{
	uint32_t pixels[8 * 6];
	struct raster r = {.pixels = pixels, .stride = 8, .width = 8, .height = 6};

	(void)state;
	memset(pixels, 0, sizeof(pixels));
	raster_clip(&r, -3, 1, 7, 100);
	raster_rect(&r, 0xff8000ff, -100, -100, 1000, 1000);
	for (int y = 0; y < 6; y++)
		for (int x = 0; x < 8; x++)
			assert_int_equal(pixels[y * 8 + x], y >= 1 && x < 4 ? 0xff8000 : 0);
	raster_rect(&r, 0xffffff80, 0, 1, 1, 1); /* half white over it */
	assert_int_equal(pixels[8] >> 16, 0xff);
	assert_in_range(pixels[8] >> 8 & 0xff, 0xbf, 0xc1);
	assert_in_range(pixels[8] & 0xff, 0x7f, 0x81);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_topmost_item_is_picked),
	    cmocka_unit_test(test_thin_item_is_picked_beside_it),
	    cmocka_unit_test(test_clip_cuts_picking),
	    cmocka_unit_test(test_text_is_cut_with_an_ellipsis),
	    cmocka_unit_test(test_steady_state_allocates_nothing),
	    cmocka_unit_test(test_terminal_draws_eighths),
	    cmocka_unit_test(test_terminal_shows_the_shortest_run),
	    cmocka_unit_test(test_svg_escapes_and_closes),
	    cmocka_unit_test(test_raster_stays_within_the_clip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
