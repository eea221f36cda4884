/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/json.h"

#include <inttypes.h>

/* Length of the UTF-8 sequence at text, 0 if it is none (RFC 3629). */
static unsigned int sequence(const unsigned char *text)
{
	unsigned int len = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if ((text[0] >= 0x80 && text[0] < 0xc2) || text[0] > 0xf4)
		return 0;
	for (unsigned int i = 1; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return len;
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	fputc('"', out);
	while (*at) {
		unsigned int len = sequence(at);

		if (len == 0)
			fputs("\\ufffd", out);
		else if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (*at < ' ' || *at == 0x7f)
			fprintf(out, "\\u%04x", *at);
		else
			fwrite(at, 1, len, out);
		at += len ? len : 1;
	}
	fputc('"', out);
}

static bool is_flat(const struct json *j)
{
	return j->flat && j->depth >= j->flat;
}

static void put_key(struct json *j, const char *key)
{
	if (j->has_member)
		fputc(',', j->out);
	if (j->depth && !is_flat(j))
		fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
	else if (j->has_member)
		fputc(' ', j->out);
	j->has_member = true;
	if (!key)
		return;
	put_string(j->out, key);
	fputs(": ", j->out);
}

void json_begin(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	fputc(bracket, j->out);
	j->depth++;
	j->has_member = false;
}

void json_end(struct json *j, char bracket)
{
	bool flat = is_flat(j) || !j->has_member;

	j->depth--;
	if (!flat)
		fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
	fputc(bracket, j->out);
	j->has_member = true;
	if (j->depth == 0)
		fputc('\n', j->out);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

void json_signed(struct json *j, const char *key, int64_t value)
{
	put_key(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void json_share(struct json *j, const char *key, uint64_t millionths)
{
	put_key(j, key);
	fprintf(j->out, "%" PRIu64 ".%06" PRIu64, millionths / 1000000, millionths % 1000000);
}

void json_text(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	put_string(j->out, text);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	put_key(j, key);
	fputs("null", j->out);
}
