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
		     {"\x1b[61;5u", "Ctrl+=", ""},
		     {"\x1b[27;5;45~", "Ctrl+-", ""},
		     {"\x1b[27;2;13~", "Shift+Return", ""},
		     {"\x1b[90;6u", "Ctrl+Shift+Z", ""},
		     {"\x1b[122;6u", "Ctrl+Shift+Z", ""},
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

/* What sends a key: as it always was, else as those terminals do that tell all keys apart. */
static const char *bytes_of(const char *key, char *buf, size_t len)
{
	static const struct {
		const char *key, *bytes;
	} named[] = {{"Return", "\r"},      {"Space", " "},          {"Tab", "\t"},
		     {"Escape", "\x1b"},    {"Backspace", "\x7f"},   {"Delete", "\x1b[3~"},
		     {"PageUp", "\x1b[5~"}, {"PageDown", "\x1b[6~"}, {"Home", "\x1b[H"},
		     {"End", "\x1b[F"},     {"Left", "\x1b[D"},      {"Right", "\x1b[C"},
		     {"Up", "\x1b[A"},      {"Down", "\x1b[B"},      {"F1", "\x1bOP"},
		     {"F12", "\x1b[24~"},   {"Shift+Tab", "\x1b[Z"}, {"Shift+Up", "\x1b[1;2A"}};
	static const char upper[] = "/?;:";
	bool ctrl = strncmp(key, "Ctrl+", 5) == 0;
	const char *rest = key + (ctrl ? 5 : 0);
	bool shift = strncmp(rest, "Shift+", 6) == 0;
	char c = rest[shift ? 6 : 0];

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strcmp(named[i].key, key) == 0)
			return named[i].bytes;
	rest += shift ? 6 : 0;
	if (strcmp(rest, "Return") == 0)
		snprintf(buf, len, "\x1b[27;2;13~");
	else if (strcmp(rest, "Up") == 0 || strcmp(rest, "Down") == 0)
		snprintf(buf, len, "\x1b[1;%d%c", 1 + shift + 4 * ctrl, rest[0] == 'U' ? 'A' : 'B');
	else if (ctrl && (shift || c < 'A' || c > 'Z'))
		snprintf(buf, len, "\x1b[27;%d;%d~", 5 + shift, c);
	else if (ctrl)
		snprintf(buf, len, "%c", c - 'A' + 1);
	else if (c >= 'A' && c <= 'Z')
		snprintf(buf, len, "%c", shift ? c : c - 'A' + 'a');
	else
		snprintf(buf, len, "%c", shift ? *(strchr(upper, c) + 1) : c);
	return buf;
}

/* Every key of every act can be typed on a terminal. */
static void test_every_act_has_its_keys_here_too(void **state)
{
	char key[32], buf[32];
	struct term_input in;

	(void)state;
	for (int a = 1; a < ACTION_NR; a++)
		for (const char *at = action_desc((enum action)a)->keys; *at;) {
			size_t n = strcspn(at, " ");

			snprintf(key, sizeof(key), "%.*s", (int)n, at);
			at += n + strspn(at + n, " ");
			const char *bytes = bytes_of(key, buf, sizeof(buf));

			assert_int_equal(term_parse(bytes, strlen(bytes), true, &in),
					 strlen(bytes));
			assert_string_equal(in.key, key);
			assert_int_equal(action_by_key(in.key), a);
		}
}

/* The answer to the question for the ground is no key, and others' answers are nothing. */
static void test_the_ground_is_told(void **state)
{
	static const char light[] = "\x1b]11;rgb:ffff/fafa/f0f0\x1b\\";
	static const char dark[] = "\x1b]11;rgb:00/11/22\a";
	static const char other[] = "\x1b]10;rgb:ffff/ffff/ffff\a";
	struct term_input in;

	(void)state;
	for (size_t len = 1; len < sizeof(light) - 1; len++)
		assert_int_equal(term_parse(light, len, false, &in), 0);
	assert_int_equal(term_parse(light, sizeof(light) - 1, false, &in), sizeof(light) - 1);
	assert_int_equal(in.ground, 0xfffaf0ff);
	assert_string_equal(in.key, "");
	assert_int_equal(term_parse(dark, sizeof(dark) - 1, false, &in), sizeof(dark) - 1);
	assert_int_equal(in.ground, 0x001122ff);
	assert_int_equal(term_parse(other, sizeof(other) - 1, false, &in), sizeof(other) - 1);
	assert_int_equal(in.ground, 0);
	assert_true(term_is_light("0;15") && term_is_light("0;default;7"));
	assert_false(term_is_light("15;0") || term_is_light("") || term_is_light(NULL));
	assert_true(term_is_dumb("dumb") && term_is_dumb(NULL) && !term_is_dumb("xterm"));
	assert_true(term_is_plain("linux") && term_is_plain("vt220") && !term_is_plain("xterm"));
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
			bytes[k] =
			    (char)(rand_r(&seed) % 3 ? "\x1b[<;0M~O9]\au1"[rand_r(&seed) % 13]
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
	assert_int_equal(term_color_of("vt100", NULL, NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("vt220", NULL, NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("xterm-mono", NULL, NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("linux-m", NULL, NULL), TERM_COLOR_NONE);
	assert_int_equal(term_color_of("xterm-color", NULL, NULL), TERM_COLOR_16);
	assert_int_equal(term_color_of("screen", NULL, NULL), TERM_COLOR_16);
	assert_int_equal(term_color_of("vt525", NULL, NULL), TERM_COLOR_16);
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
	    cmocka_unit_test(test_every_act_has_its_keys_here_too),
	    cmocka_unit_test(test_the_ground_is_told),
	    cmocka_unit_test(test_mouse),
	    cmocka_unit_test(test_any_bytes_are_taken),
	    cmocka_unit_test(test_colours_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
