/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "viz/term.h"

/* Bytes and the key they are. */
static void test_bytes_are_keys(void **state)
{
	static const struct {
		const char *bytes, *key, *text;
	} cases[] = {{"w", "W", "w"},
		     {"W", "Shift+W", "W"},
		     {"?", "Shift+/", "?"},
		     {":", "Shift+;", ":"},
		     {"/", "/", "/"},
		     {"0", "0", "0"},
		     {" ", "Space", " "},
		     {"\r", "Return", ""},
		     {"\t", "Tab", ""},
		     {"\x7f", "Backspace", ""},
		     {"\x1a", "Ctrl+Z", ""},
		     {"\x03", "Ctrl+Q", ""},
		     {"\x1b[A", "Up", ""},
		     {"\x1bOB", "Down", ""},
		     {"\x1b[1;5A", "Ctrl+Up", ""},
		     {"\x1b[1;2B", "Shift+Down", ""},
		     {"\x1b[Z", "Shift+Tab", ""},
		     {"\x1b[3~", "Delete", ""},
		     {"\x1b[5~", "PageUp", ""},
		     {"\x1bOP", "F1", ""},
		     {"\x1b[24~", "F12", ""},
		     {"\xc3\xa4", "", "\xc3\xa4"}};
	struct term_input in;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].bytes);

		assert_int_equal(term_parse(cases[i].bytes, len, false, &in), len);
		assert_string_equal(in.key, cases[i].key);
		assert_string_equal(in.text, cases[i].text);
	}
}

static void test_an_escape_waits_for_what_follows(void **state)
{
	struct term_input in;

	(void)state;
	assert_int_equal(term_parse("\x1b", 1, false, &in), 0);
	assert_int_equal(term_parse("\x1b[1;", 4, false, &in), 0);
	assert_int_equal(term_parse("\x1b", 1, true, &in), 1);
	assert_string_equal(in.key, "Escape");
	assert_int_equal(term_parse("\x1bq", 2, false, &in), 1);
	assert_string_equal(in.key, "Escape");
}

static void test_mouse(void **state)
{
	struct term_input in;

	(void)state;
	assert_int_equal(term_parse("\x1b[<0;60;8M", 10, false, &in), 10);
	assert_true(in.is_mouse && in.press && in.x == 59 && in.y == 7);
	term_parse("\x1b[<0;60;8m", 10, false, &in);
	assert_true(in.release && !in.press);
	term_parse("\x1b[<80;1;1M", 10, false, &in);
	assert_int_equal(in.wheel, 1);
	assert_int_equal(in.mods, APP_CTRL);
	term_parse("\x1b[<34;5;5M", 10, false, &in);
	assert_true(in.motion && in.button == BUTTON_RIGHT);
}

/* Whatever comes, it is taken in the end and nothing is written beyond the fields. */
static void test_any_bytes_are_taken(void **state)
{
	unsigned int seed = 3;
	char bytes[64];
	struct term_input in;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = 1 + (size_t)rand_r(&seed) % sizeof(bytes), at = 0;

		for (size_t k = 0; k < len; k++)
			bytes[k] = (char)(rand_r(&seed) % 3 ? "\x1b[<;0M~O9"[rand_r(&seed) % 9]
							    : rand_r(&seed) % 256);
		while (at < len) {
			size_t used = term_parse(bytes + at, len - at, true, &in);

			assert_in_range(used, 1, len - at);
			at += used;
		}
	}
}

static void test_colours_by_name(void **state)
{
	(void)state;
	assert_int_equal(term_color_of("xterm", "truecolor", NULL), TERM_COLOR_TRUE);
	assert_int_equal(term_color_of("screen-256color", NULL, NULL), TERM_COLOR_256);
	assert_int_equal(term_color_of("linux", NULL, NULL), TERM_COLOR_16);
	assert_int_equal(term_color_of("dumb", "truecolor", NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of(NULL, NULL, NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("xterm", NULL, "1"), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("xterm", NULL, ""), TERM_COLOR_16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes_are_keys),
	    cmocka_unit_test(test_an_escape_waits_for_what_follows),
	    cmocka_unit_test(test_mouse),
	    cmocka_unit_test(test_any_bytes_are_taken),
	    cmocka_unit_test(test_colours_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
