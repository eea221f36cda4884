/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the text twin. */
#include "trace/text.h"

#include <ctype.h>

#define FIELD_MAX_BYTES 288 /* name, '=' and value: a text of RECORD_NAME_LEN escaped bytes */

static char *put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

/* At least min_digits, with leading zeros. */
static char *put_decimal(char *at, uint64_t value, unsigned int min_digits)
{
	char digits[20];
	unsigned int nr = 0;

	do {
		digits[nr++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (; min_digits > nr; min_digits--)
		*at++ = '0';
	while (nr)
		*at++ = digits[--nr];
	return at;
}

static char *put_hex(char *at, uint64_t value)
{
	unsigned int shift = value ? (63 - (unsigned int)__builtin_clzll(value)) & ~3u : 0;

	*at++ = '0';
	*at++ = 'x';
	for (;; shift -= 4) {
		*at++ = "0123456789abcdef"[value >> shift & 15];
		if (shift == 0)
			return at;
	}
}

static char *put_time(char *at, uint64_t ns)
{
	at = put_decimal(at, ns / 1000000000, 1);
	*at++ = '.';
	return put_decimal(at, ns % 1000000000, 9);
}

/* Bare where nothing in it could be mistaken, else quoted with \xHH escapes. */
static char *put_name(char *at, const char *name, size_t len)
{
	bool bare;

	while (len && name[len - 1] == 0)
		len--;
	bare = len > 0;
	for (size_t i = 0; i < len; i++)
		bare &= (isgraph((unsigned char)name[i]) || name[i] & 0x80) && name[i] != '"' &&
			name[i] != '\\';
	if (!bare)
		*at++ = '"';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\') {
			*at++ = (char)c;
			continue;
		}
		*at++ = '\\';
		*at++ = 'x';
		*at++ = "0123456789abcdef"[c >> 4];
		*at++ = "0123456789abcdef"[c & 15];
	}
	if (!bare)
		*at++ = '"';
	return at;
}

static uint64_t field_get(const struct record *rec, const struct record_field *field)
{
	const char *at = (const char *)rec + field->offset;
	uint64_t wide;
	uint32_t narrow;

	if (field->size == 8) {
		memcpy(&wide, at, 8);
		return wide;
	}
	memcpy(&narrow, at, 4);
	return narrow;
}

static char *put_signed(char *at, uint64_t value, unsigned int size)
{
	int64_t number = size == 4 ? (int32_t)(uint32_t)value : (int64_t)value;

	if (number < 0)
		*at++ = '-';
	return put_decimal(at, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 1);
}

static char *put_field(char *at, const struct record *rec, const struct record_field *field)
{
	uint64_t value = field->unit == UNIT_TEXT ? 0 : field_get(rec, field);

	*at++ = ' ';
	at = put_text(at, field->name);
	*at++ = '=';
	switch (field->unit) {
	case UNIT_TEXT:
		return put_name(at, (const char *)rec + field->offset, field->size);
	case UNIT_TIME:
		return put_time(at, value);
	case UNIT_SIGNED:
		return put_signed(at, value, field->size);
	case UNIT_HEX:
		return put_hex(at, value);
	case UNIT_CHAR:
		if (value < 0x80 && isalpha((int)value)) {
			*at++ = (char)value;
			return at;
		}
		return put_hex(at, value);
	default:
		return put_decimal(at, value, 1);
	}
}

void text_write_record(const struct record *rec, struct bytes *out)
{
	const struct record_desc *desc = record_desc(rec->type);
	char *begin = (char *)bytes_reserve(out, (desc->nr_fields + 1u) * FIELD_MAX_BYTES);
	char *at = put_time(begin, rec->ts_ns);

	at = put_text(at, " cpu=");
	at = put_decimal(at, rec->cpu, 1);
	*at++ = ' ';
	at = put_text(at, desc->name);
	if (rec->flags) {
		at = put_text(at, " flags=");
		at = put_hex(at, rec->flags);
	}
	for (unsigned int f = 0; f < desc->nr_fields; f++)
		at = put_field(at, rec, &desc->fields[f]);
	*at++ = '\n';
	out->len += (size_t)(at - begin);
}

void text_write_begin(const struct trace_info *info, struct bytes *out)
{
	bytes_printf(out, "%s\n", TEXT_MAGIC);
	info_write_begin(info, "# ", out);
}

void text_write_end(const struct trace_info *info, struct bytes *out)
{
	info_write_end(info, "# ", out);
}
