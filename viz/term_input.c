/* SPDX-License-Identifier: BSD-2-Clause */
/* What terminals send for keys and mouse (xterm's ctlseqs; the letters are those of a US board). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/term.h"

/* Signs that stand on another key, with Shift. */
static const char shifted[] = "!1@2#3$4%5^6&7*8(9)0_-+={[}]|\\:;\"'<,>.?/~`";

static void key_of_char(char c, struct term_input *out)
{
	const char *at = strchr(shifted, c);

	out->text[0] = c;
	if (c == ' ')
		snprintf(out->key, sizeof(out->key), "Space");
	else if (isalpha((unsigned char)c))
		snprintf(out->key, sizeof(out->key), "%s%c",
			 isupper((unsigned char)c) ? "Shift+" : "", toupper((unsigned char)c));
	else if (at && (at - shifted) % 2 == 0)
		snprintf(out->key, sizeof(out->key), "Shift+%c", at[1]);
	else
		snprintf(out->key, sizeof(out->key), "%c", c);
}

static void key_of_control(char c, struct term_input *out)
{
	if (c == '\r' || c == '\n')
		snprintf(out->key, sizeof(out->key), "Return");
	else if (c == '\t')
		snprintf(out->key, sizeof(out->key), "Tab");
	else if (c == 0x7f || c == '\b')
		snprintf(out->key, sizeof(out->key), "Backspace");
	else if (c == 3) /* Ctrl+C ends what has no signals */
		snprintf(out->key, sizeof(out->key), "Ctrl+Q");
	else if (c >= 1 && c <= 26)
		snprintf(out->key, sizeof(out->key), "Ctrl+%c", 'A' + c - 1);
}

/* Modifiers as xterm counts them: 1 + shift 1 + alt 2 + ctrl 4. */
static void set_key(struct term_input *out, int mods, const char *name)
{
	mods = mods > 0 ? mods - 1 : 0;
	snprintf(out->key, sizeof(out->key), "%s%s%.10s", mods & 4 ? "Ctrl+" : "",
		 mods & 1 ? "Shift+" : "", name);
}

static const char *name_of_final(char final)
{
	switch (final) {
	case 'A':
		return "Up";
	case 'B':
		return "Down";
	case 'C':
		return "Right";
	case 'D':
		return "Left";
	case 'H':
		return "Home";
	case 'F':
		return "End";
	case 'P':
		return "F1";
	}
	return NULL;
}

static const char *name_of_number(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{1, "Home"}, {3, "Delete"}, {4, "End"}, {5, "PageUp"}, {6, "PageDown"},
		     {7, "Home"}, {8, "End"},    {11, "F1"}, {24, "F12"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

/* \033[<b;x;yM, at its end m when a button is let go. */
static void parse_mouse(int b, int x, int y, bool release, struct term_input *out)
{
	out->is_mouse = true;
	out->x = x > 0 ? x - 1 : 0;
	out->y = y > 0 ? y - 1 : 0;
	out->mods = (b & 4 ? APP_SHIFT : 0) | (b & 16 ? APP_CTRL : 0);
	if (b & 64) {
		out->wheel = b & 1 ? -1 : 1;
		return;
	}
	out->button = (b & 3) == 1 ? BUTTON_MIDDLE : (b & 3) == 2 ? BUTTON_RIGHT : BUTTON_LEFT;
	out->motion = b & 32;
	out->release = release;
	out->press = !release && !out->motion;
}

/* A character's key, with modifiers: what terminals send that tell Ctrl+= from =. */
static void key_of_code(int code, int mods, struct term_input *out)
{
	struct term_input plain = {0};
	const char *name = plain.key;

	if (code == 27)
		name = "Escape";
	else if (code == 9 || code == 13 || code == 127 || code == 8)
		key_of_control((char)code, &plain);
	else if (code >= 32 && code < 127)
		key_of_char((char)code, &plain);
	mods = mods > 0 ? mods - 1 : 0;
	if (strncmp(name, "Shift+", 6) == 0) {
		mods |= 1;
		name += 6;
	}
	if (name[0])
		set_key(out, mods + 1, name);
}

/* \033]11;rgb:hhhh/hhhh/hhhh and its end: the ground, as it was asked for. Others are skipped. */
static size_t parse_told(const char *bytes, size_t len, struct term_input *out)
{
	size_t end = 2;
	char text[64];
	unsigned int part[3];

	while (end < len && bytes[end] != '\a' && bytes[end] != 0x1b)
		end++;
	if (end == len || (bytes[end] == 0x1b && end + 1 == len))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)(end - 2), bytes + 2);
	if (sscanf(text, "11;rgb:%4x/%4x/%4x", &part[0], &part[1], &part[2]) == 3) {
		size_t digits = strcspn(text + 7, "/");

		out->ground = 0xff;
		for (int i = 0; i < 3; i++)
			out->ground |= (digits > 2 ? part[i] >> 8 & 0xff : part[i] & 0xff)
				       << (24 - 8 * i);
	}
	return end + (bytes[end] == '\a' ? 1 : 2);
}

/* Sequences that begin with \033[ or \033O. */
static size_t parse_sequence(const char *bytes, size_t len, struct term_input *out)
{
	int numbers[3] = {0}, nr = 0;
	size_t i = 2;
	bool mouse = len > 2 && bytes[2] == '<';

	for (i += mouse; i < len && (isdigit((unsigned char)bytes[i]) || bytes[i] == ';'); i++) {
		if (bytes[i] == ';')
			nr += nr < 2;
		else if (numbers[nr] < 100000)
			numbers[nr] = numbers[nr] * 10 + (bytes[i] - '0');
	}
	if (i == len)
		return i < 24 ? 0 : i; /* longer than any: nonsense, skipped */
	const char *name = bytes[i] == '~' ? name_of_number(numbers[0]) : name_of_final(bytes[i]);

	if (mouse && (bytes[i] == 'M' || bytes[i] == 'm'))
		parse_mouse(numbers[0], numbers[1], numbers[2], bytes[i] == 'm', out);
	else if (bytes[i] == 'u')
		key_of_code(numbers[0], numbers[1], out);
	else if (bytes[i] == '~' && numbers[0] == 27 && nr == 2)
		key_of_code(numbers[2], numbers[1], out);
	else if (bytes[i] == 'Z')
		set_key(out, 2, "Tab");
	else if (name)
		set_key(out, numbers[1], name);
	return i + 1;
}

size_t term_parse(const char *bytes, size_t len, bool last, struct term_input *out)
{
	unsigned char c = len ? (unsigned char)bytes[0] : 0;

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return 0;
	if (c == 0x1b) {
		if (len > 1 && (bytes[1] == '[' || bytes[1] == 'O')) {
			size_t used = parse_sequence(bytes, len, out);

			if (used || !last)
				return used;
		} else if (len > 1 && bytes[1] == ']') {
			size_t used = parse_told(bytes, len, out);

			if (used || !last)
				return used;
		} else if (len == 1 && !last) {
			return 0;
		}
		set_key(out, 0, "Escape");
		return 1;
	}
	if (c >= 0x80) {
		size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

		if (len < need)
			return last ? len : 0;
		memcpy(out->text, bytes, need);
		return need;
	}
	if (c < 0x20 || c == 0x7f)
		key_of_control((char)c, out);
	else
		key_of_char((char)c, out);
	return 1;
}
