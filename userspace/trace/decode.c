/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder: columns back to rows, in batches small enough to stay in the cache. The input may be
 * anything: every length and number is checked before it is used.
 */
#include "trace/codec.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

#define BATCH 256

/* A column being read. */
struct column {
	struct cursor bytes;
	struct cursor entries;
	struct bytes keys; /* of a dictionary: the entries so far, packed */
	uint32_t *context; /* [CODEC_NR_CONTEXTS] number + 1 of the entry that was last there */
	uint32_t *after;   /* of CODEC_CHAIN: [nr + 1] by such a number: what came after it last */
	size_t cap_after;
	uint32_t nr;
	uint32_t key_len;
	uint8_t nr_fields; /* of the key */
	int16_t offset;    /* where the whole key goes, -1: field by field */
	uint64_t last;
};

struct decoder_type {
	uint64_t left; /* records of it to come */
	struct column columns[SCHEMA_MAX_FIELDS];
};

struct decoder {
	const struct schema *schema;
	unsigned int cpu, nr_cpus;
	size_t nr_rows; /* decoded so far */
	struct cursor kind, ts, cpus, prevs;
	const uint8_t *low;
	const uint8_t *kinds; /* pairs: type, flags */
	size_t nr_kinds;
	uint64_t last_ts;
	uint64_t cpu_at, prev_at, nr_prev; /* UINT64_MAX: no more exceptions */
	uint32_t cpu_value, prev_value, predicted;
	struct decoder_type *types[SCHEMA_NR_TYPES];
};

struct batch {
	uint32_t nr[RECORD_NR_TYPES];
	uint32_t at[RECORD_NR_TYPES][BATCH];
	uint32_t run[RECORD_NR_TYPES][BATCH]; /* who runs */
};

struct decoder *decoder_open(void)
{
	return mem_zalloc(1, sizeof(struct decoder));
}

void decoder_close(struct decoder *dec)
{
	if (!dec)
		return;
	for (unsigned int t = 0; t < SCHEMA_NR_TYPES; t++) {
		for (unsigned int f = 0; dec->types[t] && f < SCHEMA_MAX_FIELDS; f++) {
			bytes_done(&dec->types[t]->columns[f].keys);
			free(dec->types[t]->columns[f].context);
			free(dec->types[t]->columns[f].after);
		}
		free(dec->types[t]);
	}
	free(dec);
}

/* The next column: its length, then its bytes. */
static bool take_column(struct cursor *body, struct cursor *column)
{
	uint64_t len;

	if (!cursor_varint(body, &len) || len > (size_t)(body->end - body->at))
		return false;
	column->at = body->at;
	column->end = body->at + len;
	body->at += len;
	return true;
}

/* How the dictionary that starts at field first is read. */
static void dict_begin(const struct schema_type *type, unsigned int first, struct column *column)
{
	const struct schema_field *field = &type->fields[first];
	unsigned int f = first + 1;

	column->key_len = field->size;
	column->offset = field->offset;
	for (; f < type->nr_fields && type->fields[f].codec == CODEC_JOIN; f++) {
		if (type->fields[f].offset != column->offset + (int)column->key_len)
			column->offset = -1;
		column->key_len += type->fields[f].size;
	}
	column->nr_fields = (uint8_t)(f - first);
	column->nr = 0;
	column->keys.len = 0;
	if (!column->context)
		column->context = mem_alloc(CODEC_NR_CONTEXTS * sizeof(*column->context));
	memset(column->context, 0, CODEC_NR_CONTEXTS * sizeof(*column->context));
	column->after = mem_grow(column->after, &column->cap_after, 1, sizeof(*column->after));
	column->after[0] = 0;
}

static bool take_known_type(const struct schema_type *type, struct decoder_type *state,
			    uint64_t nr_columns, struct cursor *body)
{
	for (unsigned int f = 0; f < type->nr_fields; f++) {
		unsigned int nr = codec_nr_columns(type->fields[f].codec);
		struct column *column = &state->columns[f];

		column->last = 0;
		if (nr > nr_columns)
			return false;
		nr_columns -= nr;
		if (nr && !take_column(body, &column->bytes))
			return false;
		if (nr == 2 && !take_column(body, &column->entries))
			return false;
		if (nr == 2)
			dict_begin(type, f, column);
	}
	return nr_columns == 0;
}

/* Finds the columns of one type; those of an unknown one are passed over. */
static bool take_type(struct decoder *dec, struct cursor *body, uint64_t *nr_left, size_t *nr_bytes)
{
	uint64_t number, nr, nr_columns;
	struct decoder_type *state;
	struct cursor skipped;

	if (!cursor_varint(body, &number) || !cursor_varint(body, &nr) ||
	    !cursor_varint(body, &nr_columns) || number >= SCHEMA_NR_TYPES)
		return false;
	if (nr == 0 || nr > *nr_left)
		return false;
	*nr_left -= nr;
	state = dec->types[number];
	if (!state)
		state = dec->types[number] = mem_zalloc(1, sizeof(*state));
	if (state->left)
		return false; /* named twice */
	state->left = nr;
	if (dec->schema->types[number].known) {
		*nr_bytes += nr * record_size((unsigned int)number);
		return take_known_type(&dec->schema->types[number], state, nr_columns, body);
	}
	for (; nr_columns; nr_columns--)
		if (!take_column(body, &skipped))
			return false;
	return true;
}

/* The position and value of the next exception: at grows by the distance. Positions only grow. */
static bool next_exception(struct cursor *column, uint64_t *at, uint32_t *value, uint32_t max)
{
	uint64_t distance, what;

	if (column->at == column->end) {
		*at = UINT64_MAX;
		return true;
	}
	if (!cursor_varint(column, &distance) || !cursor_varint(column, &what) || what > max ||
	    distance > UINT32_MAX)
		return false;
	*at += distance;
	*value = (uint32_t)what;
	return true;
}

static bool begin(struct decoder *dec, struct cursor *body, size_t nr_records, size_t *nr_bytes)
{
	struct cursor kinds;
	uint64_t nr_types, nr_left = nr_records;

	for (unsigned int t = 0; t < SCHEMA_NR_TYPES; t++)
		if (dec->types[t])
			dec->types[t]->left = 0;
	dec->nr_rows = dec->nr_kinds = 0;
	dec->last_ts = dec->cpu_at = dec->prev_at = dec->nr_prev = 0;
	dec->predicted = 0;
	*nr_bytes = 0;
	if (!take_column(body, &dec->kind) || !take_column(body, &kinds) ||
	    !take_column(body, &dec->ts) || !take_column(body, &dec->cpus) ||
	    !take_column(body, &dec->prevs) || !cursor_varint(body, &nr_types))
		return false;
	for (; nr_types; nr_types--)
		if (!take_type(dec, body, &nr_left, nr_bytes))
			return false;
	dec->nr_kinds = (size_t)(kinds.end - kinds.at) / 2;
	dec->kinds = kinds.at;
	return nr_left == 0 && body->at == body->end && (kinds.end - kinds.at) % 2 == 0 &&
	       next_exception(&dec->cpus, &dec->cpu_at, &dec->cpu_value, dec->nr_cpus - 1) &&
	       next_exception(&dec->prevs, &dec->prev_at, &dec->prev_value, UINT32_MAX);
}

static bool decode_cpu(struct decoder *dec, uint16_t *cpu)
{
	*cpu = (uint16_t)dec->cpu;
	if (dec->cpu_at != dec->nr_rows)
		return true;
	*cpu = (uint16_t)dec->cpu_value;
	return next_exception(&dec->cpus, &dec->cpu_at, &dec->cpu_value, dec->nr_cpus - 1) &&
	       dec->cpu_at > dec->nr_rows;
}

static inline void integer_put(uint8_t *at, uint64_t value, unsigned int size)
{
	uint32_t narrow = (uint32_t)value;

	if (size == 8)
		memcpy(at, &value, 8);
	else
		memcpy(at, &narrow, 4);
}

/* Appends the next entry to the dictionary: differences to the entry before. */
static bool read_entry(struct column *column, const struct schema_field *field)
{
	uint8_t *key = bytes_reserve(&column->keys, column->key_len);
	const uint8_t *before = column->nr ? key - column->key_len : NULL;

	for (unsigned int f = 0; f < column->nr_fields; f++) {
		unsigned int size = field[f].size;
		uint64_t value;

		if (codec_is_text(size)) {
			const uint8_t *text = cursor_bytes(&column->entries, size);

			if (!text)
				return false;
			memcpy(key, text, size);
		} else {
			if (!cursor_varint(&column->entries, &value))
				return false;
			value = (uint64_t)unzigzag(value);
			if (before)
				value += codec_integer(before, size);
			integer_put(key, value, size);
		}
		key += size;
		before = before ? before + size : NULL;
	}
	column->keys.len += column->key_len;
	column->nr++;
	return true;
}

static void key_put(uint8_t *rec, const uint8_t *key, const struct schema_field *field,
		    unsigned int nr)
{
	for (unsigned int f = 0; f < nr; f++) {
		if (field[f].offset >= 0)
			memcpy(rec + field[f].offset, key, field[f].size);
		key += field[f].size;
	}
}

/* A new entry is first thought to come after itself. */
static void after_add(struct column *column)
{
	column->after =
	    mem_grow(column->after, &column->cap_after, column->nr + 1UL, sizeof(*column->after));
	column->after[column->nr] = column->nr;
}

/*
 * The key of the next record's entry, NULL if there is no such entry. by: the task that its context
 * goes by.
 */
static inline const uint8_t *next_key(struct column *column, const struct schema_field *field,
				      unsigned int codec, uint32_t by)
{
	uint32_t *context = &column->context[by % CODEC_NR_CONTEXTS], last = *context;
	bool chain = codec == CODEC_CHAIN;
	uint64_t code;

	if (!cursor_varint(&column->bytes, &code))
		return NULL;
	if (code == 0) {
		code = chain ? column->after[last] : last;
	} else if (code > column->nr) {
		if (code > column->nr + 1ULL || !read_entry(column, field))
			return NULL;
		if (chain)
			after_add(column);
	}
	if (code == 0)
		return NULL;
	*context = (uint32_t)code;
	if (chain)
		column->after[last] = *context;
	return column->keys.at + (code - 1) * column->key_len;
}

static bool decode_dict(struct column *column, const struct schema_field *field, uint8_t *out,
			const struct batch *batch, unsigned int type)
{
	unsigned int codec = field->codec;
	uint32_t len = column->key_len;

	for (uint32_t i = 0; i < batch->nr[type]; i++) {
		uint8_t *rec = out + batch->at[type][i];
		uint32_t by =
		    codec == CODEC_OWN ? ((const struct record *)rec)->tid : batch->run[type][i];
		const uint8_t *key = next_key(column, field, codec, by);

		if (!key)
			return false;
		if (column->offset < 0)
			key_put(rec, key, field, column->nr_fields);
		else if (len == 4)
			memcpy(rec + column->offset, key, 4);
		else
			memcpy(rec + column->offset, key, len);
	}
	return true;
}

/* The field that is predicted, and the one that the next prediction comes from. */
static bool decode_prev(struct decoder *dec, const struct schema_type *type,
			struct decoder_type *state, uint8_t *rec)
{
	const struct schema_field *field = &type->fields[type->prev];
	const uint8_t *key =
	    next_key(&state->columns[type->prev + 1], field + 1, CODEC_DICT, dec->predicted);
	uint32_t value = dec->predicted;

	if (!key)
		return false;
	if (dec->prev_at == dec->nr_prev) {
		value = dec->prev_value;
		if (!next_exception(&dec->prevs, &dec->prev_at, &dec->prev_value, UINT32_MAX) ||
		    dec->prev_at <= dec->nr_prev)
			return false;
	}
	dec->nr_prev++;
	memcpy(&dec->predicted, key, 4);
	memcpy(rec + field[0].offset, &value, 4);
	memcpy(rec + field[1].offset, key, 4);
	return true;
}

/* The heads of a batch and where its records of each type are. out is zeroed. */
static bool decode_rows(struct decoder *dec, unsigned int nr_rows, uint8_t *out,
			struct batch *batch, size_t *nr_bytes)
{
	uint32_t at = 0;

	for (unsigned int i = 0; i < nr_rows; i++, dec->nr_rows++) {
		const struct schema_type *type;
		uint64_t kind, high;
		uint8_t number;
		uint16_t cpu;
		uint32_t nr;

		if (!cursor_varint(&dec->kind, &kind) || !cursor_varint(&dec->ts, &high) ||
		    kind >= dec->nr_kinds || !decode_cpu(dec, &cpu))
			return false;
		dec->last_ts += high << 8 | *dec->low++;
		number = dec->kinds[2 * kind];
		if (!dec->types[number] || dec->types[number]->left == 0)
			return false;
		dec->types[number]->left--;
		type = &dec->schema->types[number];
		if (!type->known)
			continue;
		*(struct record *)(out + at) = (struct record){
		    .ts_ns = dec->last_ts,
		    .type = number,
		    .flags = dec->kinds[2 * kind + 1],
		    .cpu = cpu,
		};
		nr = batch->nr[number]++;
		batch->at[number][nr] = at;
		batch->run[number][nr] = dec->predicted;
		if (type->prev >= 0 && !decode_prev(dec, type, dec->types[number], out + at))
			return false;
		at += (uint32_t)record_size(number);
	}
	*nr_bytes = at;
	return true;
}

static bool decode_integers(struct column *column, const struct schema_field *field, uint8_t *out,
			    const uint32_t *rows, uint32_t nr_rows)
{
	for (uint32_t i = 0; i < nr_rows; i++) {
		uint64_t value;

		if (!cursor_varint(&column->bytes, &value))
			return false;
		if (field->codec != CODEC_VARINT)
			value = (uint64_t)unzigzag(value);
		if (field->codec == CODEC_DELTA)
			value = column->last += value;
		if (field->offset >= 0)
			integer_put(out + rows[i] + field->offset, value, field->size);
	}
	return true;
}

static bool decode_run(struct column *column, const struct schema_field *field, uint8_t *out,
		       const uint32_t *rows, const uint32_t *run, uint32_t nr_rows)
{
	for (uint32_t i = 0; i < nr_rows; i++) {
		uint64_t value;

		if (!cursor_varint(&column->bytes, &value))
			return false;
		if (field->offset >= 0)
			integer_put(out + rows[i] + field->offset, value ? value - 1 : run[i],
				    field->size);
	}
	return true;
}

static bool decode_type(const struct decoder *dec, unsigned int number, uint8_t *out,
			const struct batch *batch)
{
	const struct schema_type *type = &dec->schema->types[number];

	for (unsigned int f = 0; f < type->nr_fields; f++) {
		const struct schema_field *field = &type->fields[f];
		struct column *column = &dec->types[number]->columns[f];
		bool ok = true;

		if (field->codec == CODEC_PREV)
			f++; /* decode_rows did both */
		else if (codec_is_dict(field->codec))
			ok = decode_dict(column, field, out, batch, number);
		else if (field->codec == CODEC_RUN)
			ok = decode_run(column, field, out, batch->at[number], batch->run[number],
					batch->nr[number]);
		else if (field->codec != CODEC_JOIN)
			ok = decode_integers(column, field, out, batch->at[number],
					     batch->nr[number]);
		if (!ok)
			return false;
	}
	return true;
}

static bool decode_batch(struct decoder *dec, unsigned int nr_rows, uint8_t *out, size_t *nr_bytes)
{
	struct batch batch;

	memset(batch.nr, 0, sizeof(batch.nr));
	if (!decode_rows(dec, nr_rows, out, &batch, nr_bytes))
		return false;
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++)
		if (batch.nr[t] && !decode_type(dec, t, out, &batch))
			return false;
	return true;
}

/* Whether every column was read to its end. */
static bool all_read(const struct decoder *dec)
{
	if (dec->kind.at != dec->kind.end || dec->ts.at != dec->ts.end ||
	    dec->cpus.at != dec->cpus.end || dec->prevs.at != dec->prevs.end)
		return false;
	return dec->cpu_at == UINT64_MAX && dec->prev_at == UINT64_MAX;
}

int decoder_run(struct decoder *dec, const struct schema *schema, unsigned int cpu,
		unsigned int nr_cpus, const uint8_t *body, size_t body_len, const uint8_t *plain,
		size_t nr_records, struct bytes *out)
{
	struct cursor cursor = {body, body + body_len};
	size_t nr_bytes, before = out->len;

	dec->schema = schema;
	dec->cpu = cpu;
	dec->nr_cpus = nr_cpus;
	dec->low = plain;
	if (cpu >= nr_cpus || nr_records >= UINT32_MAX ||
	    !begin(dec, &cursor, nr_records, &nr_bytes) || before + nr_bytes > CODEC_MAX_BYTES)
		return -EBADMSG;
	memset(bytes_reserve(out, nr_bytes + 1), 0, nr_bytes);
	while (dec->nr_rows < nr_records) {
		size_t nr_rows = nr_records - dec->nr_rows;

		if (!decode_batch(dec, nr_rows < BATCH ? (unsigned int)nr_rows : BATCH,
				  out->at + out->len, &nr_bytes)) {
			out->len = before;
			return -EBADMSG;
		}
		out->len += nr_bytes;
	}
	if (all_read(dec))
		return 0;
	out->len = before;
	return -EBADMSG;
}
