/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_make.h"

#include "trace/codec.h"

#define CPU     2
#define NR_CPUS (UINT16_MAX + 1)

/* Encodes the records, decodes them and wants the same bytes. Returns the coded length. */
static size_t round_trip(struct encoder *enc, const struct bytes *in)
{
	static struct schema schema;
	struct bytes body = {0}, plain = {0}, out = {0};
	struct decoder *dec = decoder_open();
	uint64_t nr;
	size_t len;

	schema_own(&schema);
	assert_int_equal(encoder_add(enc, in->at, in->len, NULL), 0);
	nr = encoder_nr_records(enc);
	encoder_finish(enc, &body, &plain);
	assert_int_equal(plain.len, nr);
	assert_int_equal(
	    decoder_run(dec, &schema, CPU, NR_CPUS, body.at, body.len, plain.at, nr, &out), 0);
	assert_int_equal(out.len, in->len);
	assert_memory_equal(out.at, in->at, in->len);
	len = body.len + plain.len;
	decoder_close(dec);
	bytes_done(&body);
	bytes_done(&plain);
	bytes_done(&out);
	return len;
}

static void test_every_type_comes_back(void **state)
{
	struct encoder *enc = encoder_open(CPU);

	(void)state;
	for (unsigned int type = 1; type < RECORD_NR_TYPES; type++) {
		struct bytes in = {0};

		for (int i = 0; i < 1000; i++)
			make_record(&in, type, make_number(), CPU);
		round_trip(enc, &in);
		bytes_done(&in);
	}
	encoder_close(enc);
}

static void test_random_mix_comes_back(void **state)
{
	struct encoder *enc = encoder_open(CPU);

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct bytes in = {0};

		make_buffer(&in, make_random() % 2000, make_number() / 2, CPU);
		round_trip(enc, &in);
		bytes_done(&in);
	}
	encoder_close(enc);
}

static void test_records_of_other_cores_keep_their_core(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		make_record(&in, RECORD_TASK, i, i % 3 ? CPU : (uint16_t)make_random());
	round_trip(enc, &in);
	bytes_done(&in);
	encoder_close(enc);
}

static void test_time_may_go_back_within_a_block(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};

	(void)state;
	make_record(&in, RECORD_SWITCH, UINT64_MAX, CPU);
	make_record(&in, RECORD_SWITCH, 0, CPU);
	make_record(&in, RECORD_SWITCH, 5, CPU);
	make_record(&in, RECORD_SWITCH, 4, CPU);
	round_trip(enc, &in);
	bytes_done(&in);
	encoder_close(enc);
}

static void test_empty_block_comes_back(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};

	(void)state;
	round_trip(enc, &in);
	encoder_close(enc);
}

static void test_who_leaves_costs_nothing_when_it_is_who_came(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};
	size_t first, second;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct record_switch rec = {
		    {i, RECORD_SWITCH, 0, CPU, 100 + (i & 1)}, 100 + (~i & 1), 0};

		bytes_add(&in, &rec, sizeof(rec));
	}
	first = round_trip(enc, &in);
	/* kind, time in two, next_tid, prev_state: five bytes and no sixth for tid */
	assert_in_range(first, 50000, 50100);
	second = round_trip(enc, &in);
	assert_int_equal(first, second); /* nothing is carried from block to block */
	bytes_done(&in);
	encoder_close(enc);
}

/* Two tasks take turns; each wakes twenty others one after the other, all by their own descriptor.
 */
static void test_waking_in_turn_is_guessed(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0}, body = {0}, plain = {0};
	size_t told = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t runs = 50 + i / 100 % 2, nr = i % 20;
		struct record_switch change = {{i, RECORD_SWITCH, 0, CPU, 101 - runs}, runs, 1};
		struct record_waking waking = {
		    {i, RECORD_WAKING, 0, CPU, 1000 + nr}, runs, 1, {3 + nr, 0x7ffd0000}};

		if (i % 100 == 0)
			bytes_add(&in, &change, sizeof(change));
		bytes_add(&in, &waking, sizeof(waking));
	}
	assert_int_equal(encoder_add(enc, in.at, in.len, NULL), 0);
	encoder_finish(enc, &body, &plain);
	for (size_t i = 0; i < body.len; i++)
		told += body.at[i] != 0;
	/* the number of their kind is 1; wakee, waker and its call are 0 but for the first round */
	assert_in_range(told, 10000, 10300);
	round_trip(enc, &in);
	bytes_done(&body);
	bytes_done(&plain);
	bytes_done(&in);
	encoder_close(enc);
}

/* Who wakes is not always who runs: an interrupt's record, or the first of a block. */
static void test_waker_that_does_not_run_comes_back(void **state)
{
	static const uint32_t wakers[] = {0, 1, 7, UINT32_MAX - 1, UINT32_MAX};
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct record_waking waking = {
		    {i, RECORD_WAKING, 0, CPU, i % 600}, wakers[i % 5], 0, {0, 0}};
		struct record_switch change = {{i, RECORD_SWITCH, 0, CPU, 3}, wakers[i % 3 + 2], 1};

		bytes_add(&in, &waking, sizeof(waking));
		if (i % 4 == 0)
			bytes_add(&in, &change, sizeof(change));
	}
	round_trip(enc, &in);
	bytes_done(&in);
	encoder_close(enc);
}

static void test_many_dictionary_entries_come_back(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		struct record_waking rec = {{i, RECORD_WAKING, 0, CPU, i * 7919},
					    i % 70000,
					    (int32_t)i,
					    {i, (uint64_t)i << 32}};

		bytes_add(&in, &rec, sizeof(rec));
	}
	round_trip(enc, &in);
	round_trip(enc, &in);
	bytes_done(&in);
	encoder_close(enc);
}

static void test_unknown_or_cut_record_is_refused(void **state)
{
	struct encoder *enc = encoder_open(CPU);
	struct bytes in = {0};
	struct err err = {0};

	(void)state;
	make_record(&in, RECORD_BLOCK, 1, CPU);
	assert_int_equal(encoder_add(enc, in.at, in.len - 8, &err), -EINVAL);
	((struct record *)in.at)->type = 200;
	assert_int_equal(encoder_add(enc, in.at, in.len, &err), -EINVAL);
	assert_int_equal(encoder_nr_records(enc), 0);
	bytes_done(&in);
	encoder_close(enc);
}

static void test_type_of_a_later_version_is_left_out(void **state)
{
	static struct schema schema;
	struct encoder *enc = encoder_open(CPU);
	struct decoder *dec = decoder_open();
	struct bytes in = {0}, body = {0}, plain = {0}, out = {0};

	(void)state;
	make_record(&in, RECORD_SWITCH, 1, CPU);
	make_record(&in, RECORD_FORK, 2, CPU);
	make_record(&in, RECORD_SWITCH, 3, CPU);
	schema_own(&schema);
	assert_true(schema_read(&schema, "5", "frobnicate tid:4:dict comm:16:dict x:8:wavelet"));
	encoder_add(enc, in.at, in.len, NULL);
	encoder_finish(enc, &body, &plain);
	assert_int_equal(
	    decoder_run(dec, &schema, CPU, NR_CPUS, body.at, body.len, plain.at, 3, &out), 0);
	assert_int_equal(out.len, 2 * sizeof(struct record_switch));
	assert_memory_equal(out.at, in.at, sizeof(struct record_switch));
	assert_memory_equal(out.at + sizeof(struct record_switch),
			    in.at + in.len - sizeof(struct record_switch),
			    sizeof(struct record_switch));
	decoder_close(dec);
	encoder_close(enc);
	bytes_done(&in);
	bytes_done(&body);
	bytes_done(&plain);
	bytes_done(&out);
}

/* A file whose waking has another field in its middle: that one is dropped, the others are right.
 */
static void test_field_of_a_later_version_is_dropped(void **state)
{
	static struct schema schema;
	struct decoder *dec = decoder_open();
	struct bytes out = {0};
	const struct record_waking *rec;
	/* kind, kinds, ts, cpus, prevs; then type 3: 1 record, 7 columns */
	static const uint8_t body[] = {
	    1, 0,  2, 3,  0,  1, 0, 0, 0, 1, 3, 1, 7, 1, 1, 1, 14, /* tid: new entry, zigzag 7 */
	    1, 1,  1, 16,                                          /* waker_tid 8 */
	    1, 99,                                                 /* soul: varint, unknown */
	    1, 1,  4, 2,  22, 4, 6, /* nr 1, age 11, arg0 2, arg1 3: one key */
	};

	(void)state;
	schema_own(&schema);
	assert_true(schema_read(&schema, "3",
				"waking tid:4:dict waker_tid:4:dict soul:8:varint nr:4:dict "
				"age:4:join arg0:8:join arg1:8:join"));
	assert_int_equal(decoder_run(dec, &schema, CPU, NR_CPUS, body, sizeof(body),
				     (const uint8_t *)"\x05", 1, &out),
			 0);
	rec = (const struct record_waking *)out.at;
	assert_int_equal(rec->head.ts_ns, 5);
	assert_int_equal(rec->head.tid, 7);
	assert_int_equal(rec->waker_tid, 8);
	assert_int_equal(rec->nr, 1);
	assert_int_equal(rec->args[0], 2);
	assert_int_equal(rec->args[1], 3);
	decoder_close(dec);
	bytes_done(&out);
}

/* Without a checksum before it, the decoder must stand any body. */
static void test_damaged_body_never_overruns(void **state)
{
	static struct schema schema;
	struct encoder *enc = encoder_open(CPU);
	struct decoder *dec = decoder_open();
	struct bytes in = {0}, body = {0}, plain = {0}, out = {0};
	size_t refused = 0;

	(void)state;
	schema_own(&schema);
	make_buffer(&in, 60, 1, CPU);
	encoder_add(enc, in.at, in.len, NULL);
	encoder_finish(enc, &body, &plain);
	for (size_t i = 0; i < body.len; i++)
		for (unsigned int flip = 1; flip < 256; flip += 2) {
			body.at[i] ^= (uint8_t)flip;
			out.len = 0;
			refused += decoder_run(dec, &schema, CPU, 4, body.at, body.len, plain.at,
					       60, &out) < 0;
			body.at[i] ^= (uint8_t)flip;
		}
	for (size_t len = 0; len < body.len; len++)
		assert_int_equal(
		    decoder_run(dec, &schema, CPU, 4, body.at, len, plain.at, 60, &out), -EBADMSG);
	assert_true(refused > 0);
	decoder_close(dec);
	encoder_close(enc);
	bytes_done(&in);
	bytes_done(&body);
	bytes_done(&plain);
	bytes_done(&out);
}

/* Of one type, whose columns are all empty: what is refused before a column is looked at. */
static size_t bytes_taken(struct decoder *dec, const struct schema *schema, uint32_t nr_records)
{
	const struct schema_type *type = &schema->types[RECORD_NAME];
	struct bytes body = {0}, out = {0};
	unsigned int nr_columns = 0;
	size_t taken;

	for (unsigned int f = 0; f < type->nr_fields; f++)
		nr_columns += codec_nr_columns(type->fields[f].codec);
	bytes_add_zeros(&body, 5);
	bytes_add_varint(&body, 1);
	bytes_add_varint(&body, RECORD_NAME);
	bytes_add_varint(&body, nr_records);
	bytes_add_varint(&body, nr_columns);
	bytes_add_zeros(&body, nr_columns);
	assert_int_equal(
	    decoder_run(dec, schema, CPU, NR_CPUS, body.at, body.len, NULL, nr_records, &out),
	    -EBADMSG);
	assert_int_equal(out.len, 0);
	taken = out.cap;
	bytes_done(&body);
	bytes_done(&out);
	return taken;
}

static void test_more_than_a_writer_makes_costs_nothing(void **state)
{
	uint32_t most = CODEC_MAX_BYTES / (uint32_t)record_size(RECORD_NAME);
	static struct schema schema;
	struct decoder *dec = decoder_open();

	(void)state;
	schema_own(&schema);
	assert_true(bytes_taken(dec, &schema, 1000) > 0);
	assert_int_equal(bytes_taken(dec, &schema, most + 1), 0);
	assert_int_equal(bytes_taken(dec, &schema, UINT32_MAX - 1), 0);
	decoder_close(dec);
}

static void test_malformed_type_lines_are_refused(void **state)
{
	static struct schema schema;

	(void)state;
	assert_false(schema_read(&schema, "x", "waking tid:4:dict"));
	assert_false(schema_read(&schema, "256", "waking tid:4:dict"));
	assert_false(schema_read(&schema, "3", "waking tid:5:dict"));
	assert_false(schema_read(&schema, "3", "waking tid"));
	assert_false(schema_read(&schema, "3", ""));
	assert_true(schema_read(&schema, "3", "waking tid:4:join"));
	assert_false(schema.types[3].known);
	assert_true(schema_read(&schema, "1", "switch tid:4:prev"));
	assert_false(schema.types[1].known);
	assert_true(schema_read(&schema, "3", "waking tid:4:own"));
	assert_false(schema.types[3].known);
	assert_true(schema_read(&schema, "3", "waking soul:4:dict nr:4:own"));
	assert_false(schema.types[3].known);
	assert_true(schema_read(&schema, "8", "comm tid:4:chain comm:16:run"));
	assert_false(schema.types[8].known);
	assert_true(schema_read(&schema, "3", "waking tid:4:chain nr:4:own arg0:8:join"));
	assert_true(schema.types[3].known);
}

/* What the encoder relies on of the field tables. */
static void test_joined_fields_lie_back_to_back(void **state)
{
	(void)state;
	for (unsigned int t = 1; t < RECORD_NR_TYPES; t++) {
		const struct record_desc *desc = record_desc(t);

		assert_non_null(desc);
		assert_int_equal(desc->size, record_size(t));
		assert_int_equal(desc->size % 8, 0);
		assert_true(desc->size <= RECORD_MAX_BYTES);
		for (unsigned int f = 0; f < desc->nr_fields; f++) {
			const struct record_field *field = &desc->fields[f];

			assert_true(field->offset + field->size <= desc->size);
			if (field->codec == CODEC_JOIN)
				assert_int_equal(field->offset, field[-1].offset + field[-1].size);
			if (field->codec == CODEC_PREV) {
				assert_true(t == RECORD_SWITCH || t == RECORD_BLOCK);
				assert_int_equal(field[1].offset,
						 offsetof(struct record_switch, next_tid));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_type_comes_back),
	    cmocka_unit_test(test_random_mix_comes_back),
	    cmocka_unit_test(test_records_of_other_cores_keep_their_core),
	    cmocka_unit_test(test_time_may_go_back_within_a_block),
	    cmocka_unit_test(test_empty_block_comes_back),
	    cmocka_unit_test(test_who_leaves_costs_nothing_when_it_is_who_came),
	    cmocka_unit_test(test_waking_in_turn_is_guessed),
	    cmocka_unit_test(test_waker_that_does_not_run_comes_back),
	    cmocka_unit_test(test_many_dictionary_entries_come_back),
	    cmocka_unit_test(test_unknown_or_cut_record_is_refused),
	    cmocka_unit_test(test_type_of_a_later_version_is_left_out),
	    cmocka_unit_test(test_field_of_a_later_version_is_dropped),
	    cmocka_unit_test(test_damaged_body_never_overruns),
	    cmocka_unit_test(test_more_than_a_writer_makes_costs_nothing),
	    cmocka_unit_test(test_malformed_type_lines_are_refused),
	    cmocka_unit_test(test_joined_fields_lie_back_to_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
