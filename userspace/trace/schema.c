/* SPDX-License-Identifier: BSD-2-Clause */
/* The type table a file carries, so that a reader needs not be of the writer's version. */
#include "trace/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static const char *const codec_names[] = {
    [CODEC_VARINT] = "varint", [CODEC_ZIGZAG] = "zigzag", [CODEC_DELTA] = "delta",
    [CODEC_DICT] = "dict",     [CODEC_CHAIN] = "chain",   [CODEC_OWN] = "own",
    [CODEC_JOIN] = "join",     [CODEC_RUN] = "run",       [CODEC_PREV] = "prev",
};

#define NR_CODECS ((int)(sizeof(codec_names) / sizeof(codec_names[0])))

void schema_write(struct bytes *out)
{
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++) {
		const struct record_desc *desc = record_desc(t);

		if (!desc)
			continue;
		bytes_printf(out, "type.%u %s", t, desc->name);
		for (unsigned int f = 0; f < desc->nr_fields; f++)
			bytes_printf(out, " %s:%u:%s", desc->fields[f].name, desc->fields[f].size,
				     codec_names[desc->fields[f].codec]);
		bytes_printf(out, "\n");
	}
}

void schema_sum(struct schema *schema, const void *line, size_t len)
{
	schema->crc = (uint32_t)crc32(schema->crc, line, (uInt)len);
}

void schema_own(struct schema *schema)
{
	struct bytes text = {0};
	char *line, *save = NULL;

	memset(schema, 0, sizeof(*schema));
	schema_write(&text);
	schema_sum(schema, text.at, text.len);
	bytes_add_zeros(&text, 1);
	for (line = strtok_r((char *)text.at, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		*value = 0;
		schema_read(schema, line + strlen("type."), value + 1);
	}
	bytes_done(&text);
}

/* "name:size:codec", terminated by a space or the end; returns what follows, NULL if malformed. */
static const char *read_field(const char *at, const struct record_desc *desc,
			      struct schema_field *field)
{
	char name[32], codec[16];
	unsigned int size;
	int used = 0;

	if (sscanf(at, "%31[^: ]:%3u:%15[a-z]%n", name, &size, codec, &used) != 3 ||
	    (at[used] != 0 && at[used] != ' '))
		return NULL;
	if (size != 4 && size != 8 && (size == 0 || size % 16 || size > RECORD_MAX_BYTES))
		return NULL;
	*field = (struct schema_field){.size = (uint8_t)size, .codec = NR_CODECS, .offset = -1};
	for (int c = 0; c < NR_CODECS; c++)
		if (strcmp(codec, codec_names[c]) == 0)
			field->codec = (uint8_t)c;
	for (unsigned int f = 0; desc && f < desc->nr_fields; f++)
		if (strcmp(desc->fields[f].name, name) == 0 && desc->fields[f].size == size)
			field->offset = (int16_t)desc->fields[f].offset;
	at += used;
	return *at ? at + 1 : at;
}

/* Whether the fields make sense together, as the decoder relies on. */
static bool type_check(struct schema_type *type)
{
	for (unsigned int f = 0; f < type->nr_fields; f++) {
		const struct schema_field *field = &type->fields[f];

		switch (field->codec) {
		case CODEC_JOIN:
			if (f == 0 ||
			    (!codec_is_dict(field[-1].codec) && field[-1].codec != CODEC_JOIN))
				return false;
			break;
		case CODEC_OWN: /* needs the tid, decoded before */
			if (f == 0 || type->fields[0].size != 4 ||
			    type->fields[0].offset != offsetof(struct record, tid))
				return false;
			break;
		case CODEC_DICT:
		case CODEC_CHAIN:
			break;
		case CODEC_PREV: /* needs the field it is predicted from, decoded with it */
			if (type->prev >= 0 || field->size != 4 || field->offset < 0 ||
			    f + 1 >= type->nr_fields || field[1].size != 4 || field[1].offset < 0 ||
			    field[1].codec != CODEC_DICT)
				return false;
			if (f + 2 < type->nr_fields && field[2].codec == CODEC_JOIN)
				return false;
			type->prev = (int8_t)f;
			break;
		case CODEC_VARINT:
		case CODEC_ZIGZAG:
		case CODEC_DELTA:
		case CODEC_RUN:
			if (codec_is_text(field->size))
				return false;
			break;
		default:
			return false;
		}
	}
	return true;
}

bool schema_read(struct schema *schema, const char *nr, const char *value)
{
	unsigned int number, local;
	char name[32], *end;
	int used = 0;
	struct schema_type type = {.prev = -1};
	const struct record_desc *desc = NULL;

	number = (unsigned int)strtoul(nr, &end, 10);
	if (end == nr || *end || number >= SCHEMA_NR_TYPES ||
	    sscanf(value, "%31s%n", name, &used) != 1)
		return false;
	local = record_type_by_name(name);
	if (local != RECORD_NONE && local == number)
		desc = record_desc(local);
	value += used;
	if (*value == ' ')
		value++;
	while (*value) {
		if (type.nr_fields == SCHEMA_MAX_FIELDS)
			return false;
		value = read_field(value, desc, &type.fields[type.nr_fields++]);
		if (!value)
			return false;
	}
	type.known = type_check(&type) && desc;
	schema->types[number] = type;
	return true;
}
