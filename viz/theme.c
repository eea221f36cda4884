/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Task colours are spread in lightness as well as in hue, so that neighbours differ for
 * deuteranopes and protanopes too (tests/unit/test_theme.c computes it). States never rest on
 * colour alone: each has its own shape.
 */
#include "viz/theme.h"

#include <math.h>
#include <string.h>

#include "model/strip.h"

#define LEGIBLE   5.5  /* a range laid over it takes some of it: 4.5 is left */
#define STRIP_MIX 0x90 /* of the ground in a strip's colour, of 255 */
#define RGB(hex)  ((rgba_t)(0x##hex) << 8 | 0xff)

const struct palette palette_dark = {
    .name = "dark",
    .ground = RGB(12151a),
    .bar = RGB(171b22),
    .lane = RGB(0f1217),
    .header = RGB(161a21),
    .rule = RGB(252b35),
    .text = RGB(dfe4ea),
    .dim = RGB(8b95a3),
    .on_block = RGB(0b0d10),
    .accent = RGB(6cb6ff),
    .on_accent = RGB(0b0d10),
    .accent_dim = RGB(2f5f97),
    .select = RGB(ffffff),
    .idle = RGB(1c222b),
    .other = RGB(525b68),
    .mixed = RGB(8f9aa8),
    .runnable = RGB(f0b429),
    .runnable_ground = RGB(3a2f14),
    .gap = RGB(8d2f3c),
    .gap_ground = RGB(2a1216),
    .gap_text = RGB(f09aa5),
    .unknown = RGB(3b4350),
    .unknown_ground = RGB(1a1e25),
    .live = RGB(ff9a9a),
    .live_ground = RGB(3b1418),
    .badge = RGB(9fc9f5),
    .badge_ground = RGB(17293d),
    .shade = 0x12151a80,
    .tasks = {RGB(4e9af1), RGB(f2a65a), RGB(5fc38f), RGB(c98bdb), RGB(5cc4cf), RGB(e8829b),
	      RGB(b8c25e), RGB(8f93f0), RGB(d9b08c), RGB(3fa39b)},
    .reasons = {[REASON_UNKNOWN] = RGB(7d8794),   [REASON_LOCK] = RGB(ff6b7d),
		[REASON_CONDITION] = RGB(e59ac0), [REASON_JOIN] = RGB(8f9bd8),
		[REASON_SLEEP] = RGB(808b9a),     [REASON_POLL] = RGB(7fb69a),
		[REASON_PIPE] = RGB(6fb7c9),      [REASON_SOCKET] = RGB(5aa9e6),
		[REASON_FILE] = RGB(c7a978),      [REASON_FAULT] = RGB(e08a5b),
		[REASON_CHILD] = RGB(8f9bd8),     [REASON_SIGNAL] = RGB(b3a0d6),
		[REASON_OTHER] = RGB(9aa4b2),     [REASON_SEMAPHORE] = RGB(e58fa6),
		[REASON_BARRIER] = RGB(d29ad8),   [REASON_ONCE] = RGB(d29ad8),
		[REASON_EVENT] = RGB(7fb69a),     [REASON_TTY] = RGB(c7a978),
		[REASON_IO_URING] = RGB(b8b26e),  [REASON_STOPPED] = RGB(b3a0d6)},
};

const struct palette palette_light = {
    .name = "light",
    .ground = RGB(ffffff),
    .bar = RGB(f3f5f8),
    .lane = RGB(fafbfc),
    .header = RGB(f3f5f8),
    .rule = RGB(dde2e8),
    .text = RGB(1b2129),
    .dim = RGB(5a6472),
    .on_block = RGB(0b0d10),
    .accent = RGB(1a63d8),
    .on_accent = RGB(ffffff),
    .accent_dim = RGB(8fb8ec),
    .select = RGB(0b0d10),
    .idle = RGB(eaedf1),
    .other = RGB(a9b2bd),
    .mixed = RGB(73808f),
    .runnable = RGB(c98a00),
    .runnable_ground = RGB(fbeecb),
    .gap = RGB(d98591),
    .gap_ground = RGB(fbe9eb),
    .gap_text = RGB(a11d33),
    .unknown = RGB(c3cad3),
    .unknown_ground = RGB(eef0f3),
    .live = RGB(b3121d),
    .live_ground = RGB(fde3e4),
    .badge = RGB(1353b0),
    .badge_ground = RGB(e0edfd),
    .shade = 0xffffff80,
    .tasks = {RGB(5b9fee), RGB(ef9d49), RGB(53b885), RGB(c283d6), RGB(4fbac6), RGB(e67a94),
	      RGB(aab64c), RGB(8a8eee), RGB(cfa37d), RGB(3c9f97)},
    .reasons = {[REASON_UNKNOWN] = RGB(636d7a),   [REASON_LOCK] = RGB(c9213a),
		[REASON_CONDITION] = RGB(a83a78), [REASON_JOIN] = RGB(4c58a8),
		[REASON_SLEEP] = RGB(5f6977),     [REASON_POLL] = RGB(2c7350),
		[REASON_PIPE] = RGB(1b7488),      [REASON_SOCKET] = RGB(1763a6),
		[REASON_FILE] = RGB(82622a),      [REASON_FAULT] = RGB(a24d1c),
		[REASON_CHILD] = RGB(4c58a8),     [REASON_SIGNAL] = RGB(6b4fa3),
		[REASON_OTHER] = RGB(5a6472),     [REASON_SEMAPHORE] = RGB(b03060),
		[REASON_BARRIER] = RGB(8a3d9a),   [REASON_ONCE] = RGB(8a3d9a),
		[REASON_EVENT] = RGB(2c7350),     [REASON_TTY] = RGB(82622a),
		[REASON_IO_URING] = RGB(6b6414),  [REASON_STOPPED] = RGB(6b4fa3)},
};

const struct metrics metrics_window = {
    .top_h = 40,
    .overview_h = 60,
    .ruler_h = 24,
    .section_h = 22,
    .process_h = 24,
    .cpu_h = 32,
    .task_h = 24,
    .lock_h = 40,
    .runq_h = 44,
    .note_h = 16,
    .strip_h = 15,
    .counter_h = 32,
    .status_h = 24,
    .lane_pad = 3,
    .task_pad = 3,
    .gutter_w = 248,
    .indent = 12,
    .inspector_w = 320,
    .inspector_min_w = 1000,
    .table_h = 190,
    .table_row_h = 22,
    .pad = 16,
    .line = 2,
    .radius = 2,
    .detail = 2,
    .text_min = 26,
};

/* One cell is 8 x 16 px, so that an eighth of a column is a pixel (paint_term.c). */
const struct metrics metrics_terminal = {
    .top_h = 16,
    .ruler_h = 16,
    .section_h = 16,
    .process_h = 16,
    .cpu_h = 16,
    .task_h = 16,
    .lock_h = 32,
    .runq_h = 16,
    .note_h = 16,
    .strip_h = 16,
    .counter_h = 16,
    .status_h = 16,
    .gutter_w = 8 * 24,
    .inspector_w = 8 * 42,
    .inspector_min_w = 8 * 120,
    .inspector_min_h = 16 * 30,
    .inspector_h = 16 * 8,
    .table_h = 16 * 9,
    .table_row_h = 16,
    .indent = 8,
    .pad = 0,
    .line = 2,
    .detail = 1,
    .text_min = 24,
};

const struct font_desc theme_fonts[FONT_NR] = {
    [FONT_NORMAL] = {FACE_SANS, 12},     [FONT_SMALL] = {FACE_SANS, 11},
    [FONT_BOLD] = {FACE_SANS_BOLD, 12},  [FONT_SMALL_BOLD] = {FACE_SANS_BOLD, 11},
    [FONT_TITLE] = {FACE_SANS_BOLD, 15}, [FONT_MONO] = {FACE_MONO, 12},
    [FONT_MONO_SMALL] = {FACE_MONO, 11},
};

const struct palette *palette_by_name(const char *name)
{
	static const struct palette *const all[] = {&palette_dark, &palette_light};

	for (size_t i = 0; i < 2; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

/* Advances of DejaVu Sans 2.37 in thousandths of its size, from ' ' on. */
static const uint16_t sans_advance[95] = {
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361,  318, 337, 637, 637, 637,
    637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632,
    576, 775, 752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635,  611, 732, 685, 989, 686,
    611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353,  635, 634, 278, 278, 580,
    278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592,  525, 637, 337, 637, 838};

static const uint16_t bold_advance[95] = {
    349,  457, 521, 838, 696, 1002, 873, 307,  458, 458, 523, 838, 380, 416,  380, 366,
    696,  696, 696, 696, 696, 696,  696, 696,  696, 696, 400, 400, 838, 838,  838, 581,
    1000, 774, 763, 734, 831, 684,  684, 821,  837, 373, 373, 775, 638, 996,  837, 851,
    733,  851, 771, 721, 683, 813,  774, 1104, 771, 725, 726, 458, 366, 458,  838, 500,
    500,  675, 716, 593, 716, 679,  436, 716,  712, 343, 343, 666, 343, 1042, 712, 688,
    716,  716, 494, 596, 479, 712,  652, 924,  646, 652, 583, 712, 366, 712,  838};

#define MONO_ADVANCE 602

float theme_text_width(void *payload, enum font font, const char *text, size_t len)
{
	const float *scale = payload;
	const struct font_desc *desc = &theme_fonts[font];
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c & 0xc0) == 0x80)
			continue; /* inside a character of several bytes */
		if (desc->face == FACE_MONO)
			sum += MONO_ADVANCE;
		else if (c < 0x20 || c == 0x7f)
			sum += 531;
		else if (c >= 0x80) /* U+00B5, U+00B7 begin with 0xc2, the ellipsis with 0xe2 */
			sum += c == 0xc2 ? 520 : 900;
		else
			sum += desc->face == FACE_SANS ? sans_advance[c - 0x20]
						       : bold_advance[c - 0x20];
	}
	return (float)sum * desc->size_px * *scale / 1000;
}

rgba_t rgba_mix(rgba_t a, rgba_t b, unsigned int part)
{
	rgba_t out = a & 0xff;

	for (int shift = 8; shift <= 24; shift += 8) {
		unsigned int x = a >> shift & 0xff, y = b >> shift & 0xff;

		out |= ((x * (255 - part) + y * part + 127) / 255) << shift;
	}
	return out;
}

static double luminance(rgba_t c)
{
	static const double weight[] = {0.2126, 0.7152, 0.0722};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double v = (double)(c >> (24 - 8 * i) & 0xff) / 255;

		sum += weight[i] * (v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
	}
	return sum;
}

double rgba_contrast(rgba_t a, rgba_t b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

#define GRAVE 200000 /* of the time, in millionths */

rgba_t palette_weight(const struct palette *p, uint32_t share)
{
	return share >= GRAVE ? p->gap_text : p->runnable;
}

rgba_t palette_strip(const struct palette *p, uint32_t number)
{
	if (number >= STRIP_MAX_NAMES)
		return p->other;
	return rgba_mix(p->tasks[number % THEME_NR_TASK_COLORS], p->ground, STRIP_MIX);
}

rgba_t palette_on(const struct palette *p, rgba_t color)
{
	if (rgba_contrast(p->on_block, color) >= 4.5)
		return p->on_block;
	return rgba_contrast(p->text, color) > rgba_contrast(p->ground, color) ? p->text
									       : p->ground;
}

rgba_t rgba_legible(rgba_t color, rgba_t ground, rgba_t text)
{
	for (unsigned int part = 0; part < 255; part += 15) {
		rgba_t mixed = rgba_mix(color, text, part);

		if (rgba_contrast(mixed, ground) >= LEGIBLE)
			return mixed;
	}
	return text;
}
