/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of one buffer to columns and back (docs/format.md, "Blocks"). Follows the field tables of
 * record.c; knows neither files nor what a record means. A block decodes alone: nothing is carried
 * from one to the next.
 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "trace/record.h"

#define SCHEMA_NR_TYPES   256
#define SCHEMA_MAX_FIELDS 24
#define CODEC_MAX_BYTES   (256u << 20) /* records of a chunk: no writer makes a longer one */
#define CODEC_NR_CONTEXTS 512 /* power of two: a dictionary guesses by the task that runs */

/* One column's shape in a file, and where its values go in this version's records. */
struct schema_field {
	uint8_t size;
	uint8_t codec;
	int16_t offset; /* in the record; -1: this version has no such field */
};

struct schema_type {
	uint8_t nr_fields;
	bool known;  /* this version has it, and it can be decoded */
	int8_t prev; /* the field coded CODEC_PREV, -1: none */
	struct schema_field fields[SCHEMA_MAX_FIELDS];
};

/*
 * The record types a file was written with: name, and name, size and codec of each field. Read from
 * the file, so that a type or field that was added later is skipped and one that is missing is 0.
 */
struct schema {
	struct schema_type types[SCHEMA_NR_TYPES];
	uint32_t crc; /* of the lines as written; every chunk names it */
};

/* Appends the lines "type.NR NAME FIELD:SIZE:CODEC ..." of this version's types. */
void schema_write(struct bytes *out);

/* The schema of this version. */
void schema_own(struct schema *schema);

/*
 * Takes the line with key type.NR (what follows the dot in nr, what follows the key in value);
 * begin with a zeroed schema. False if the line is malformed; the type is then unknown.
 */
bool schema_read(struct schema *schema, const char *nr, const char *value);

/* Adds a line to the schema's crc. Lines are counted as written, with their newline. */
void schema_sum(struct schema *schema, const void *line, size_t len);

/* Sizes beyond an integer's are texts. */
static inline bool codec_is_text(unsigned int size)
{
	return size > 8;
}

/* An integer field of 4 or 8 bytes. */
static inline uint64_t codec_integer(const uint8_t *at, unsigned int size)
{
	uint64_t wide;
	uint32_t narrow;

	if (size == 8) {
		memcpy(&wide, at, 8);
		return wide;
	}
	memcpy(&narrow, at, 4);
	return narrow;
}

/* Whether the codec is a dictionary: they differ in what they guess by. */
static inline bool codec_is_dict(unsigned int codec)
{
	return codec == CODEC_DICT || codec == CODEC_CHAIN || codec == CODEC_OWN;
}

/* Columns a field of this codec has: a dictionary two, what is joined or predicted none. */
static inline unsigned int codec_nr_columns(unsigned int codec)
{
	return codec_is_dict(codec) ? 2 : codec != CODEC_JOIN && codec != CODEC_PREV;
}

struct encoder;

/* An encoder of blocks whose records belong to cpu, but for exceptions. */
struct encoder *encoder_open(unsigned int cpu);
void encoder_close(struct encoder *enc);

/*
 * Adds records, bytes: [len], back to back. -EINVAL for an unknown type or a record that is cut:
 * those before it are in. About 15 ns per record.
 */
int encoder_add(struct encoder *enc, const void *bytes, size_t len, struct err *err);

/* Records added since the last encoder_finish, and the earliest and latest time among them. */
uint64_t encoder_nr_records(const struct encoder *enc);
void encoder_range(const struct encoder *enc, uint64_t *min_ns, uint64_t *max_ns);

/*
 * Appends the block: body (worth compressing) and plain (noise, one byte per record). The encoder
 * is empty and usable afterwards.
 */
void encoder_finish(struct encoder *enc, struct bytes *body, struct bytes *plain);

/*
 * Where to cut what encoder_finish appended to body last, so that what is alike is compressed
 * together: its long columns, cuts: [nr], offsets from its begin, growing, none at either end. The
 * first comes right behind the kinds of records, if that column is long. Valid until the next
 * encoder_finish.
 */
const size_t *encoder_cuts(const struct encoder *enc, size_t *nr);

struct decoder;

/* Usable for any number of blocks. Close takes NULL. */
struct decoder *decoder_open(void);
void decoder_close(struct decoder *dec);

/*
 * Appends the records of a block to out. plain: [nr_records]. Records of unknown types are left
 * out. Every record's cpu is below nr_cpus. -EBADMSG if the block contradicts itself, or out would
 * be longer than CODEC_MAX_BYTES: out is unchanged. Allocates no more than that, RECORD_MAX_BYTES *
 * nr_records, and a few times body_len.
 */
int decoder_run(struct decoder *dec, const struct schema *schema, unsigned int cpu,
		unsigned int nr_cpus, const uint8_t *body, size_t body_len, const uint8_t *plain,
		size_t nr_records, struct bytes *out);

#endif
