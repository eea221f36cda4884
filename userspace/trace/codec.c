/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder. Records are taken in batches small enough to stay in the cache: one pass over the
 * rows for what every record has, then one tight loop per type and field.
 */
#include "trace/codec.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

#define BATCH         256
#define DICT_MIN_BITS 6
#define LONG_BYTES    6000 /* of a column that is worth the 12 us of a Huffman code of its own */
#define CUT_MIN_BYTES 64

/* Open addressing; a slot is the hash's upper half and the entry's number + 1. */
struct dict {
	uint64_t *slots;
	unsigned int bits;
	uint32_t nr;
	uint32_t key_len;
	struct bytes keys;
	uint32_t *context; /* [CODEC_NR_CONTEXTS] number + 1 of the entry that was last there */
	uint32_t *after;   /* of CODEC_CHAIN: [nr + 1] by such a number: what came after it last */
	size_t cap_after;
};

struct column {
	struct bytes bytes;
	struct bytes entries; /* of a dictionary */
	struct dict dict;
	uint64_t last; /* of CODEC_DELTA */
};

struct encoder_type {
	uint64_t nr;
	struct column *columns; /* [nr_fields], NULL until the type is seen */
};

struct encoder {
	unsigned int cpu;
	uint64_t nr_records;
	uint64_t last_ts, min_ts, max_ts;
	uint64_t nr_prev, prev_at,
	    cpu_at; /* records with a prediction; where exceptions were last */
	uint32_t predicted;
	uint32_t nr_kinds;
	uint16_t kind_nr[RECORD_NR_TYPES][256]; /* number + 1 of (type, flags) */
	struct bytes kind, kinds, ts, ts_low, cpus, prevs;
	struct encoder_type types[RECORD_NR_TYPES];
	size_t *cuts; /* [nr_cuts] in the body finished last */
	size_t nr_cuts, cap_cuts;
};

/* The rows of a batch: where each record begins, by type. */
struct batch {
	uint32_t nr[RECORD_NR_TYPES];
	uint32_t at[RECORD_NR_TYPES][BATCH];
	uint32_t run[RECORD_NR_TYPES][BATCH]; /* who runs */
};

/* Length of the key that starts at a dictionary field: the field and those joined to it. */
static unsigned int key_fields(const struct record_desc *desc, unsigned int first, uint32_t *len)
{
	unsigned int f = first + 1;

	*len = desc->fields[first].size;
	while (f < desc->nr_fields && desc->fields[f].codec == CODEC_JOIN)
		*len += desc->fields[f++].size;
	return f - first;
}

static void dict_resize(struct dict *dict, unsigned int bits);

static inline uint64_t key_hash(const uint8_t *key, uint32_t len)
{
	const uint64_t k = 0x9e3779b97f4a7c15;
	uint64_t hash = len;
	uint64_t word = 0;

	for (; len >= 8; key += 8, len -= 8) {
		memcpy(&word, key, 8);
		hash = (hash ^ word) * k;
		hash ^= hash >> 32;
	}
	if (len) {
		uint32_t half;

		memcpy(&half, key, 4);
		hash = (hash ^ half) * k;
	} else {
		hash *= k;
	}
	return hash;
}

static inline bool key_equal(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint64_t x, y;
	uint32_t u, v;

	for (; len >= 8; a += 8, b += 8, len -= 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return false;
	}
	if (len == 0)
		return true;
	memcpy(&u, a, 4);
	memcpy(&v, b, 4);
	return u == v;
}

/* Number of the key's entry; a new one gets the next number, which is dict->nr before the call. */
static inline uint32_t dict_index(struct dict *dict, const uint8_t *key, uint32_t len)
{
	uint64_t hash = key_hash(key, len);
	uint64_t mask = (1ULL << dict->bits) - 1;
	uint64_t at = (hash >> 32) & mask;

	for (; dict->slots[at]; at = (at + 1) & mask) {
		uint32_t nr = (uint32_t)dict->slots[at] - 1;

		if (dict->slots[at] >> 32 == hash >> 32 &&
		    key_equal(dict->keys.at + (size_t)nr * len, key, len))
			return nr;
	}
	dict->slots[at] = (hash >> 32 << 32) | ++dict->nr;
	bytes_add(&dict->keys, key, len);
	if (dict->nr > (mask + 1) / 2)
		dict_resize(dict, dict->bits + 1);
	return dict->nr - 1;
}

static void dict_resize(struct dict *dict, unsigned int bits)
{
	uint64_t mask = (1ULL << bits) - 1;
	uint64_t *slots = mem_zalloc(1ULL << bits, sizeof(*slots));

	for (uint64_t i = 0; dict->slots && i < 1ULL << dict->bits; i++) {
		uint64_t at = dict->slots[i] >> 32 & mask;

		if (dict->slots[i] == 0)
			continue;
		while (slots[at])
			at = (at + 1) & mask;
		slots[at] = dict->slots[i];
	}
	free(dict->slots);
	dict->slots = slots;
	dict->bits = bits;
}

static void dict_reset(struct dict *dict)
{
	if (dict->bits > DICT_MIN_BITS + 2 && dict->nr < 1ULL << dict->bits >> 4) {
		free(dict->slots);
		dict->slots = NULL;
		dict_resize(dict, DICT_MIN_BITS);
	} else if (dict->slots) {
		memset(dict->slots, 0, sizeof(*dict->slots) << dict->bits);
	}
	memset(dict->context, 0, CODEC_NR_CONTEXTS * sizeof(*dict->context));
	if (dict->after)
		dict->after[0] = 0;
	dict->nr = 0;
	dict->keys.len = 0;
}

struct encoder *encoder_open(unsigned int cpu)
{
	struct encoder *enc = mem_zalloc(1, sizeof(*enc));

	enc->cpu = cpu;
	return enc;
}

static void type_open(struct encoder_type *type, const struct record_desc *desc)
{
	type->columns = mem_zalloc(desc->nr_fields, sizeof(*type->columns));
	for (unsigned int f = 0; f < desc->nr_fields; f++) {
		const struct record_field *field = &desc->fields[f];
		struct column *column = &type->columns[f];

		if (field->codec == CODEC_JOIN) /* keys are taken as one piece of memory */
			assert(field->offset == field[-1].offset + field[-1].size);
		if (!codec_is_dict(field->codec))
			continue;
		key_fields(desc, f, &column->dict.key_len);
		dict_resize(&column->dict, DICT_MIN_BITS);
		column->dict.context = mem_zalloc(CODEC_NR_CONTEXTS, sizeof(uint32_t));
		if (field->codec == CODEC_CHAIN) {
			column->dict.after =
			    mem_grow(NULL, &column->dict.cap_after, 1, sizeof(uint32_t));
			column->dict.after[0] = 0;
		}
	}
}

void encoder_close(struct encoder *enc)
{
	if (!enc)
		return;
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++) {
		struct column *columns = enc->types[t].columns;

		for (unsigned int f = 0; columns && f < record_desc(t)->nr_fields; f++) {
			bytes_done(&columns[f].bytes);
			bytes_done(&columns[f].entries);
			bytes_done(&columns[f].dict.keys);
			free(columns[f].dict.slots);
			free(columns[f].dict.context);
			free(columns[f].dict.after);
		}
		free(columns);
	}
	bytes_done(&enc->kind);
	bytes_done(&enc->kinds);
	bytes_done(&enc->ts);
	bytes_done(&enc->ts_low);
	bytes_done(&enc->cpus);
	bytes_done(&enc->prevs);
	free(enc->cuts);
	free(enc);
}

/* Zigzag of the difference of two integers of size bytes, modulo that size. */
static inline uint64_t difference(uint64_t a, uint64_t b, unsigned int size)
{
	return zigzag(size == 4 ? (int64_t)(int32_t)(uint32_t)(a - b) : (int64_t)(a - b));
}

/* Appends the newest entry of a dictionary, each integer as difference to the entry before. */
static void entry_add(struct column *column, const struct record_field *field, unsigned int nr)
{
	uint32_t len = column->dict.key_len;
	const uint8_t *key = column->dict.keys.at + (size_t)(column->dict.nr - 1) * len;
	const uint8_t *before = column->dict.nr > 1 ? key - len : NULL;

	for (unsigned int f = 0; f < nr; f++) {
		unsigned int size = field[f].size;
		size_t at = (size_t)(field[f].offset - field->offset);

		if (field[f].unit == UNIT_TEXT)
			bytes_add(&column->entries, key + at, size);
		else
			bytes_add_varint(&column->entries,
					 difference(codec_integer(key + at, size),
						    before ? codec_integer(before + at, size) : 0,
						    size));
	}
}

/* A new entry is first thought to come after itself. */
static void after_add(struct dict *dict)
{
	dict->after = mem_grow(dict->after, &dict->cap_after, dict->nr + 1, sizeof(*dict->after));
	dict->after[dict->nr] = dict->nr;
}

/* The number of a key that was not guessed; what is guessed next follows it. */
static uint32_t dict_learn(struct column *column, const struct record_field *field, unsigned int nr,
			   const uint8_t *key, uint32_t *context)
{
	struct dict *dict = &column->dict;
	uint32_t before = dict->nr, last = *context;

	*context = dict_index(dict, key, dict->key_len) + 1;
	if (dict->nr != before)
		entry_add(column, field, nr);
	if (field->codec == CODEC_CHAIN) {
		if (dict->nr != before)
			after_add(dict);
		dict->after[last] = *context;
	}
	return *context;
}

/*
 * Per record 0 if its key is the one that is guessed, else the entry's number + 1. Where codec and
 * len are constants, all but that falls away.
 */
static inline void encode_keys(struct column *column, const struct record_field *field,
			       unsigned int nr, const uint8_t *base, const struct batch *batch,
			       unsigned int type, unsigned int codec, uint32_t len)
{
	uint32_t nr_rows = batch->nr[type];
	uint8_t *out = bytes_reserve(&column->bytes, (size_t)nr_rows * 5);
	struct dict *dict = &column->dict;

	for (uint32_t i = 0; i < nr_rows; i++) {
		const uint8_t *rec = base + batch->at[type][i], *key = rec + field->offset;
		uint32_t by =
		    codec == CODEC_OWN ? ((const struct record *)rec)->tid : batch->run[type][i];
		uint32_t *context = &dict->context[by % CODEC_NR_CONTEXTS];
		uint32_t guess = codec == CODEC_CHAIN ? dict->after[*context] : *context;

		if (guess && key_equal(dict->keys.at + (size_t)(guess - 1) * len, key, len)) {
			*context = guess;
			*out++ = 0;
		} else {
			out = varint_put(out, dict_learn(column, field, nr, key, context));
		}
	}
	column->bytes.len = (size_t)(out - column->bytes.at);
}

static void encode_dict(struct column *column, const struct record_field *field, unsigned int nr,
			const uint8_t *base, const struct batch *batch, unsigned int type)
{
	uint32_t len = column->dict.key_len;

	if (field->codec == CODEC_CHAIN)
		encode_keys(column, field, nr, base, batch, type, CODEC_CHAIN, len);
	else if (field->codec == CODEC_OWN)
		encode_keys(column, field, nr, base, batch, type, CODEC_OWN, len);
	else if (len == 4)
		encode_keys(column, field, nr, base, batch, type, CODEC_DICT, 4);
	else
		encode_keys(column, field, nr, base, batch, type, CODEC_DICT, len);
}

static void encode_integers(struct column *column, const struct record_field *field,
			    const uint8_t *base, const uint32_t *rows, uint32_t nr_rows)
{
	uint8_t *out = bytes_reserve(&column->bytes, (size_t)nr_rows * VARINT_MAX_BYTES);
	unsigned int size = field->size;

	base += field->offset;
	for (uint32_t i = 0; i < nr_rows; i++) {
		uint64_t value = codec_integer(base + rows[i], size);

		if (field->codec == CODEC_DELTA) {
			out = varint_put(out, difference(value, column->last, size));
			column->last = value;
		} else if (field->codec == CODEC_ZIGZAG) {
			out = varint_put(out, difference(value, 0, size));
		} else {
			out = varint_put(out, value);
		}
	}
	column->bytes.len = (size_t)(out - column->bytes.at);
}

static void encode_run(struct column *column, const struct record_field *field, const uint8_t *base,
		       const uint32_t *rows, const uint32_t *run, uint32_t nr_rows)
{
	uint8_t *out = bytes_reserve(&column->bytes, (size_t)nr_rows * VARINT_MAX_BYTES);

	base += field->offset;
	for (uint32_t i = 0; i < nr_rows; i++) {
		uint64_t value = codec_integer(base + rows[i], field->size);

		out = varint_put(out, value == run[i] ? 0 : value + 1);
	}
	column->bytes.len = (size_t)(out - column->bytes.at);
}

static void encode_type(struct encoder_type *type, unsigned int number, const uint8_t *base,
			const struct batch *batch)
{
	const struct record_desc *desc = record_desc(number);
	unsigned int step;
	uint32_t len;

	type->nr += batch->nr[number];
	for (unsigned int f = 0; f < desc->nr_fields; f += step) {
		const struct record_field *field = &desc->fields[f];
		struct column *column = &type->columns[f];

		step = 1;
		if (codec_is_dict(field->codec)) {
			step = key_fields(desc, f, &len);
			encode_dict(column, field, step, base, batch, number);
		} else if (field->codec == CODEC_RUN) {
			encode_run(column, field, base, batch->at[number], batch->run[number],
				   batch->nr[number]);
		} else if (field->codec != CODEC_PREV) {
			encode_integers(column, field, base, batch->at[number], batch->nr[number]);
		}
	}
}

static uint32_t kind_add(struct encoder *enc, const struct record *rec)
{
	if (!enc->types[rec->type].columns)
		type_open(&enc->types[rec->type], record_desc(rec->type));
	bytes_add(&enc->kinds, &rec->type, 1);
	bytes_add(&enc->kinds, &rec->flags, 1);
	enc->kind_nr[rec->type][rec->flags] = (uint16_t)++enc->nr_kinds;
	return enc->nr_kinds;
}

/* The tid of switch and block is who came last; where it is not, note which and who. */
static inline void encode_prev(struct encoder *enc, const struct record *rec)
{
	if (rec->tid != enc->predicted) {
		bytes_add_varint(&enc->prevs, enc->nr_prev - enc->prev_at);
		bytes_add_varint(&enc->prevs, rec->tid);
		enc->prev_at = enc->nr_prev;
	}
	enc->nr_prev++;
	enc->predicted = ((const struct record_switch *)rec)->next_tid;
}

/*
 * One pass over the rows of a batch. Returns the bytes taken; stops before what is not a whole
 * record of a known type.
 */
static size_t encode_rows(struct encoder *enc, const uint8_t *bytes, size_t len,
			  struct batch *batch)
{
	uint8_t *kind = bytes_reserve(&enc->kind, BATCH * 2);
	uint8_t *ts = bytes_reserve(&enc->ts, (size_t)BATCH * VARINT_MAX_BYTES);
	uint8_t *low = bytes_reserve(&enc->ts_low, BATCH);
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < BATCH && len - at >= sizeof(struct record); i++) {
		const struct record *rec = (const void *)(bytes + at);
		size_t size = record_size(rec->type);
		uint64_t delta = rec->ts_ns - enc->last_ts;
		uint32_t nr;

		if (size == 0 || size > len - at)
			break;
		nr = enc->kind_nr[rec->type][rec->flags];
		if (nr == 0)
			nr = kind_add(enc, rec);
		kind = varint_put(kind, nr - 1);
		*low++ = (uint8_t)delta;
		ts = varint_put(ts, delta >> 8);
		enc->last_ts = rec->ts_ns;
		enc->min_ts = rec->ts_ns < enc->min_ts ? rec->ts_ns : enc->min_ts;
		enc->max_ts = rec->ts_ns > enc->max_ts ? rec->ts_ns : enc->max_ts;
		if (rec->cpu != enc->cpu) {
			bytes_add_varint(&enc->cpus, enc->nr_records + i - enc->cpu_at);
			bytes_add_varint(&enc->cpus, rec->cpu);
			enc->cpu_at = enc->nr_records + i;
		}
		nr = batch->nr[rec->type]++;
		batch->at[rec->type][nr] = (uint32_t)at;
		batch->run[rec->type][nr] = enc->predicted;
		if (rec->type == RECORD_SWITCH || rec->type == RECORD_BLOCK)
			encode_prev(enc, rec);
		at += size;
	}
	enc->nr_records += i;
	enc->kind.len = (size_t)(kind - enc->kind.at);
	enc->ts.len = (size_t)(ts - enc->ts.at);
	enc->ts_low.len = (size_t)(low - enc->ts_low.at);
	return at;
}

int encoder_add(struct encoder *enc, const void *bytes, size_t len, struct err *err)
{
	const uint8_t *at = bytes;
	struct batch batch;

	if (enc->nr_records == 0) {
		enc->min_ts = UINT64_MAX;
		enc->max_ts = 0;
	}
	while (len) {
		size_t taken;

		memset(batch.nr, 0, sizeof(batch.nr));
		taken = encode_rows(enc, at, len, &batch);
		if (taken == 0)
			return err_set(err, EINVAL, "a buffer holds %zu bytes that are no record",
				       len);
		for (unsigned int t = 0; t < RECORD_NR_TYPES; t++)
			if (batch.nr[t])
				encode_type(&enc->types[t], t, at, &batch);
		at += taken;
		len -= taken;
	}
	return 0;
}

uint64_t encoder_nr_records(const struct encoder *enc)
{
	return enc->nr_records;
}

void encoder_range(const struct encoder *enc, uint64_t *min_ns, uint64_t *max_ns)
{
	*min_ns = enc->min_ts;
	*max_ns = enc->max_ts;
}

static void add_cut(struct encoder *enc, size_t at)
{
	size_t last = enc->nr_cuts ? enc->cuts[enc->nr_cuts - 1] : 0;

	if (at - last < CUT_MIN_BYTES)
		return;
	enc->cuts = mem_grow(enc->cuts, &enc->cap_cuts, enc->nr_cuts + 1, sizeof(*enc->cuts));
	enc->cuts[enc->nr_cuts++] = at;
}

/* base: where in body the block begins. */
static void add_column(struct encoder *enc, struct bytes *body, size_t base, struct bytes *column)
{
	bytes_add_varint(body, column->len);
	if (column->len >= LONG_BYTES)
		add_cut(enc, body->len - base);
	bytes_add(body, column->at, column->len);
	if (column->len >= LONG_BYTES)
		add_cut(enc, body->len - base);
	column->len = 0;
}

static void finish_type(struct encoder *enc, unsigned int number, struct bytes *body, size_t base)
{
	struct encoder_type *type = &enc->types[number];
	const struct record_desc *desc = record_desc(number);
	unsigned int nr_columns = 0;

	for (unsigned int f = 0; f < desc->nr_fields; f++)
		nr_columns += codec_nr_columns(desc->fields[f].codec);
	bytes_add_varint(body, number);
	bytes_add_varint(body, type->nr);
	bytes_add_varint(body, nr_columns);
	for (unsigned int f = 0; f < desc->nr_fields; f++) {
		struct column *column = &type->columns[f];

		if (codec_nr_columns(desc->fields[f].codec) == 0)
			continue;
		add_column(enc, body, base, &column->bytes);
		column->last = 0;
		if (codec_is_dict(desc->fields[f].codec)) {
			add_column(enc, body, base, &column->entries);
			dict_reset(&column->dict);
		}
	}
	type->nr = 0;
}

void encoder_finish(struct encoder *enc, struct bytes *body, struct bytes *plain)
{
	unsigned int nr_types = 0;
	size_t base = body->len;

	enc->nr_cuts = 0;
	add_column(enc, body, base, &enc->kind);
	add_column(enc, body, base, &enc->kinds);
	add_column(enc, body, base, &enc->ts);
	add_column(enc, body, base, &enc->cpus);
	add_column(enc, body, base, &enc->prevs);
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++)
		nr_types += enc->types[t].nr != 0;
	bytes_add_varint(body, nr_types);
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++)
		if (enc->types[t].nr)
			finish_type(enc, t, body, base);
	bytes_add(plain, enc->ts_low.at, enc->ts_low.len);
	enc->ts_low.len = 0;
	memset(enc->kind_nr, 0, sizeof(enc->kind_nr));
	enc->nr_records = enc->nr_prev = enc->prev_at = enc->cpu_at = enc->last_ts = 0;
	enc->predicted = enc->nr_kinds = 0;
}

const size_t *encoder_cuts(const struct encoder *enc, size_t *nr)
{
	*nr = enc->nr_cuts;
	return enc->cuts;
}
