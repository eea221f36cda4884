/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native source. Sections are taken one by one; a chunk is decoded whole and its blocks are
 * merged. Nothing in a file is believed before its checksum held, and nothing after that without a
 * look: a checksum is no proof against a forger.
 */
#include "trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "trace/codec.h"
#include "trace/index.h"
#include "trace/input.h"
#include "trace/order.h"
#include "trace/section.h"

#define HEAD_MAX_BYTES    (1u << 20)
#define INFLATE_MAX_RATIO 1100 /* more than deflate can save: what claims more is forged */

struct reader {
	struct source src;
	struct input in;
	struct schema schema;
	struct decoder *decoder;
	z_stream zlib;
	struct order order;
	struct bytes body, records;
	size_t *block_ends; /* [nr_blocks] in records */
	size_t nr_blocks, cap_blocks;
	uint64_t nr_chunks, nr_checkpoints;
	struct trace_quality stated; /* by the end section */
	struct trace_quality seen;
	uint64_t last_ts, last_end_ns;
	uint64_t sound_ns;   /* until then all records were delivered */
	bool hole;           /* of those after it some are damaged */
	struct bytes holes;  /* the records that tell so */
	uint64_t counted_to; /* what lies before was read once already: do not count it again */
	bool counting;
	bool damaged; /* looking for the next header that holds */
	bool told;    /* the end section was read: of a pipe the rest is still taken */
	bool ended;
	struct index index;
	struct bytes scratch; /* text being parted into lines */
	struct bytes payload; /* of a section out of turn */
	struct bytes state;   /* of a checkpoint */
	struct bytes names;
};

static void tell_quality(struct reader *r)
{
	struct trace_quality *q = &r->src.info.quality;

	*q = r->stated;
	q->late += r->seen.late;
	q->corrupt += r->seen.corrupt;
	q->truncated |= r->seen.truncated;
	q->headless = r->seen.headless;
	q->followed = r->seen.followed;
	q->unfinished |= r->seen.unfinished;
}

static void count_corrupt(struct reader *r)
{
	if (r->in.offset >= r->counted_to) {
		r->seen.corrupt++;
		tell_quality(r);
	}
}

/* Calls take for each "key value" line of text: [len]; the text is changed. */
static void each_line(struct reader *r, char *text, size_t len,
		      void (*take)(struct reader *r, const char *key, const char *value))
{
	char *end = text + len;

	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		char *value;

		if (!newline)
			return;
		*newline = 0;
		value = strchr(text, ' ');
		if (value) {
			*value = 0;
			take(r, text, value + 1);
		}
		text = newline + 1;
	}
}

static void take_begin_line(struct reader *r, const char *key, const char *value)
{
	if (strncmp(key, "type.", 5) == 0) {
		schema_sum(&r->schema, key, strlen(key));
		schema_sum(&r->schema, " ", 1);
		schema_sum(&r->schema, value, strlen(value));
		schema_sum(&r->schema, "\n", 1);
		schema_read(&r->schema, key + 5, value);
	} else {
		(void)info_read(&r->src.info, key, value);
	}
}

static void take_end_line(struct reader *r, const char *key, const char *value)
{
	(void)info_read(&r->src.info, key, value);
}

static void keep_text(struct reader *r, const uint8_t *payload, size_t len)
{
	r->scratch.len = 0;
	bytes_reserve(&r->scratch, len + 1); /* somewhere, also if there is no text */
	bytes_add(&r->scratch, payload, len);
}

static void take_head(struct reader *r, const uint8_t *payload, size_t len)
{
	memset(&r->schema, 0, sizeof(r->schema));
	keep_text(r, payload, len);
	each_line(r, (char *)r->scratch.at, len, take_begin_line);
	if (r->src.info.nr_cpus == 0 || r->src.info.nr_cpus > UINT16_MAX + 1)
		r->src.info.nr_cpus = UINT16_MAX + 1;
}

/* Facts of the end section; the number of cores stays what it was. */
static void take_ends(struct reader *r, const uint8_t *payload, size_t len)
{
	uint32_t nr_cpus = r->src.info.nr_cpus;

	r->src.info.quality = (struct trace_quality){0};
	keep_text(r, payload, len);
	each_line(r, (char *)r->scratch.at, len, take_end_line);
	if (nr_cpus)
		r->src.info.nr_cpus = nr_cpus;
	r->stated = r->src.info.quality;
	tell_quality(r);
}

struct block {
	unsigned int cpu, ring, codec;
	uint32_t nr_records, stored_len, body_len;
};

static void block_get(const uint8_t *at, struct block *block)
{
	*block = (struct block){
	    .cpu = le16_get(at),
	    .ring = at[2],
	    .codec = at[3],
	    .nr_records = le32_get(at + 4),
	    .stored_len = le32_get(at + 8),
	    .body_len = le32_get(at + 12),
	};
}

/* The body of a block, inflated where it is deflated; NULL if it is not what it says. */
static const uint8_t *block_body(struct reader *r, const struct block *block, const uint8_t *stored)
{
	if (block->codec == BLOCK_STORED)
		return block->body_len == block->stored_len ? stored : NULL;
	if (block->codec != BLOCK_ZLIB || block->body_len > BLOCK_BODY_MAX_BYTES ||
	    block->body_len > BLOCK_BODY_MAX(block->nr_records))
		return NULL;
	r->body.len = 0;
	inflateReset(&r->zlib);
	r->zlib.next_in = (uint8_t *)stored;
	r->zlib.avail_in = block->stored_len;
	r->zlib.next_out = bytes_reserve(&r->body, block->body_len + 1);
	r->zlib.avail_out = block->body_len + 1;
	if (inflate(&r->zlib, Z_FINISH) != Z_STREAM_END || r->zlib.avail_out != 1)
		return NULL;
	return r->body.at;
}

static bool take_block(struct reader *r, const struct block *block, struct cursor *data)
{
	const uint8_t *stored = cursor_bytes(data, block->stored_len);
	const uint8_t *plain = cursor_bytes(data, block->nr_records);
	const uint8_t *body;

	if (!stored || !plain)
		return false;
	body = block_body(r, block, stored);
	if (!body || decoder_run(r->decoder, &r->schema, block->cpu, r->src.info.nr_cpus, body,
				 block->body_len, plain, block->nr_records, &r->records) < 0)
		return false;
	r->block_ends =
	    mem_grow(r->block_ends, &r->cap_blocks, r->nr_blocks + 1, sizeof(*r->block_ends));
	r->block_ends[r->nr_blocks++] = r->records.len;
	return true;
}

/* Decodes all blocks of a chunk into r->records; false if it contradicts itself. */
static bool decode_chunk(struct reader *r, const uint8_t *payload, size_t len)
{
	struct cursor data = {payload, payload + len};
	const uint8_t *head = cursor_bytes(&data, CHUNK_HEADER_BYTES);
	const uint8_t *directory;
	struct block block;
	uint32_t nr_blocks;

	r->records.len = r->nr_blocks = 0;
	order_reset(&r->order);
	if (!head || le32_get(head + 24) != r->schema.crc)
		return false;
	nr_blocks = le32_get(head + 28);
	if (nr_blocks > len / CHUNK_BLOCK_BYTES)
		return false;
	directory = cursor_bytes(&data, (size_t)nr_blocks * CHUNK_BLOCK_BYTES);
	for (uint32_t i = 0; directory && i < nr_blocks; i++) {
		block_get(directory + (size_t)i * CHUNK_BLOCK_BYTES, &block);
		if (!take_block(r, &block, &data))
			return false;
	}
	return directory;
}

/* What was damaged is as lost, of every core, until end_ns: nobody can count it. */
static void tell_hole(struct reader *r, uint64_t end_ns)
{
	struct record_lost lost = {
	    .head = {.type = RECORD_LOST, .ts_ns = end_ns},
	    .begin_ns = r->sound_ns,
	};

	r->holes.len = 0;
	if (r->hole && r->sound_ns < end_ns) {
		for (unsigned int cpu = 0; cpu < r->src.info.nr_cpus; cpu++) {
			lost.head.cpu = (uint16_t)cpu;
			bytes_add(&r->holes, &lost, sizeof(lost));
		}
		order_add(&r->order, r->holes.at, r->holes.len);
	}
	r->hole = false;
}

/* None of its records if it contradicts itself. */
static bool take_chunk(struct reader *r, const uint8_t *payload, size_t len)
{
	size_t begin = 0;

	if (!decode_chunk(r, payload, len))
		return false;
	tell_hole(r, le64_get(payload));
	for (size_t i = 0; i < r->nr_blocks; begin = r->block_ends[i++])
		order_add(&r->order, r->records.at + begin, r->block_ends[i] - begin);
	r->sound_ns = le64_get(payload + 8);
	if (r->sound_ns > r->last_end_ns)
		r->last_end_ns = r->sound_ns;
	return true;
}

/* The input ends here: for now if it is followed, for good otherwise. */
static int at_end(struct reader *r, bool in_section)
{
	if (r->src.follow && r->in.seekable && !r->seen.followed)
		return -EAGAIN;
	r->ended = true;
	if (r->told)
		return 0;
	r->seen.unfinished = true;
	r->seen.truncated |= in_section;
	if (r->src.info.end_ns == 0)
		r->src.info.end_ns = r->last_end_ns;
	tell_quality(r);
	return 0;
}

/* What follows is not of this trace. */
static int at_other_trace(struct reader *r)
{
	r->seen.followed = true;
	tell_quality(r);
	return at_end(r, false);
}

static void take_payload(struct reader *r, const struct section *section, const uint8_t *payload)
{
	if (section_crc(payload, section->size) != section->crc) {
		count_corrupt(r);
		r->hole |= section->type == SECTION_CHNK;
	} else if (section->type == SECTION_ENDS) {
		take_ends(r, payload, section->size);
		tell_hole(r, r->src.info.end_ns);
		r->told = true;
		r->ended = r->in.seekable;
	} else if (take_chunk(r, payload, section->size)) {
		r->counting = r->in.offset >= r->counted_to;
		r->nr_chunks += r->counting;
	} else {
		order_reset(&r->order);
		count_corrupt(r);
		r->hole = true;
	}
}

/*
 * Behind the end section only the last one is looked at: a writer that is not done yet would be
 * told that its reader is gone.
 */
static bool is_read_whole(const struct reader *r, uint32_t type)
{
	return r->told ? type == SECTION_TAIL : type == SECTION_CHNK || type == SECTION_ENDS;
}

/* Goes on by one section. 1: done, there may be records. 0: no more. Or -errno. */
static int next_section(struct reader *r)
{
	struct section section;
	const uint8_t *bytes;
	size_t have;
	uint64_t len;
	int result = input_peek(&r->in, SECTION_HEADER_BYTES, &bytes, &have);

	if (result <= 0)
		return result ? result : at_end(r, have || r->in.to_skip);
	if (memcmp(bytes, FILE_MAGIC, FILE_MAGIC_LEN) == 0)
		return at_other_trace(r);
	if (!section_get(bytes, &section) ||
	    (is_read_whole(r, section.type) && section.size > SECTION_MAX_BYTES)) {
		if (!r->damaged && !r->told)
			count_corrupt(r);
		r->damaged = r->hole = true;
		input_skip(&r->in, SECTION_ALIGN);
		return 1;
	}
	r->damaged = false;
	if (section.type == SECTION_HEAD && r->in.offset > FILE_MAGIC_LEN)
		return at_other_trace(r);
	len = SECTION_HEADER_BYTES + section.size;
	if (is_read_whole(r, section.type)) {
		result = input_peek(&r->in, len, &bytes, &have);
		if (result <= 0)
			return result ? result : at_end(r, true);
		if (r->told)
			r->ended = true;
		else
			take_payload(r, &section, bytes + SECTION_HEADER_BYTES);
	} else if (len < section.size || len > INT64_MAX) {
		return at_end(r, true);
	}
	r->nr_checkpoints += section.type == SECTION_CKPT && r->in.offset >= r->counted_to;
	len += section_padding(section.size);
	if (r->in.offset + len > r->counted_to)
		r->counted_to = r->in.offset + len;
	input_skip(&r->in, len);
	return 1;
}

static int reader_next(struct source *src, const struct record **rec, struct err *err)
{
	struct reader *r = (struct reader *)src;
	struct record *next;
	int result;

	input_go_on(&r->in);
	while (!(next = order_next(&r->order))) {
		if (r->ended)
			return 0;
		result = next_section(r);
		if (result == 0 || result == -EAGAIN)
			return result;
		if (result < 0)
			return err_set(err, -result, "cannot read on at offset %llu: %s",
				       (unsigned long long)r->in.offset, strerror(-result));
	}
	if (next->ts_ns < r->last_ts) {
		next->ts_ns = r->last_ts;
		if (r->counting)
			r->src.info.quality.late = r->stated.late + ++r->seen.late;
	}
	r->last_ts = next->ts_ns;
	*rec = next;
	return 1;
}

static int reader_seek(struct source *src, uint64_t ts_ns, struct err *err)
{
	struct reader *r = (struct reader *)src;

	if (!r->in.seekable)
		return err_set(err, ENOTSUP, "a pipe cannot be entered in the middle");
	index_update(&r->index);
	input_seek(&r->in, index_find_chunk(&r->index, ts_ns));
	order_reset(&r->order);
	r->ended = r->told = r->damaged = r->counting = r->hole = false;
	r->sound_ns = ts_ns; /* what was before is the caller's */
	r->last_ts = 0;
	return 0;
}

static bool reader_wait(struct source *src, int timeout_ms)
{
	return input_wait(&((struct reader *)src)->in, timeout_ms);
}

static void reader_close(struct source *src)
{
	struct reader *r = (struct reader *)src;

	input_close(&r->in);
	index_done(&r->index);
	order_done(&r->order);
	decoder_close(r->decoder);
	inflateEnd(&r->zlib);
	bytes_done(&r->body);
	bytes_done(&r->records);
	bytes_done(&r->scratch);
	bytes_done(&r->payload);
	bytes_done(&r->state);
	bytes_done(&r->names);
	bytes_done(&r->holes);
	free(r->block_ends);
	free(r);
}

/* As input_peek, but waits for a pipe. */
static int peek_waiting(struct input *in, size_t len, const uint8_t **bytes, size_t *have)
{
	int result;

	while ((result = input_peek(in, len, bytes, have)) == -EAGAIN)
		(void)input_wait(in, -1);
	return result;
}

/* The facts at the file's end, where it has one. */
static bool read_end(struct reader *r)
{
	struct section section;
	uint64_t offset;

	index_update(&r->index);
	r->seen.followed |= r->index.followed;
	offset = index_find(&r->index, SECTION_ENDS);
	if (offset == 0 || !section_read(r->in.fd, offset, &section, &r->payload) ||
	    section.type != SECTION_ENDS)
		return false;
	take_ends(r, r->payload.at, r->payload.len);
	return true;
}

/*
 * The header section is damaged: every chunk says which type table it was written with, so this
 * version's can be tried; the facts are repeated at the end.
 */
static int recover_head(struct reader *r, const char *path, struct err *err)
{
	if (!r->in.seekable)
		return err_set(err, EBADMSG, "%s: the header is damaged", path);
	schema_own(&r->schema);
	r->src.info.nr_cpus = 0;
	if (!read_end(r) || r->src.info.nr_cpus == 0)
		r->src.info.nr_cpus = index_nr_cpus(&r->index);
	return 0;
}

/* Magic and header section. A file cut in them is an empty trace. */
static int read_head(struct reader *r, const char *path, struct err *err)
{
	struct section section;
	const uint8_t *bytes;
	size_t have;
	int result = peek_waiting(&r->in, FILE_MAGIC_LEN, &bytes, &have);

	if (result == 1 && memcmp(bytes, FILE_MAGIC, FILE_MAGIC_LEN) != 0)
		return err_set(err, EINVAL, "%s: no conctrace file", path);
	if (result == 1) {
		input_skip(&r->in, FILE_MAGIC_LEN);
		result = peek_waiting(&r->in, SECTION_HEADER_BYTES, &bytes, &have);
	}
	if (result == 1) {
		if (!section_get(bytes, &section) || section.type != SECTION_HEAD ||
		    section.size > HEAD_MAX_BYTES)
			return recover_head(r, path, err);
		result = peek_waiting(&r->in, SECTION_HEADER_BYTES + section.size, &bytes, &have);
	}
	if (result < 0)
		return err_set(err, -result, "cannot read %s: %s", path, strerror(-result));
	if (result == 0) {
		r->seen.headless = true;
		return at_end(r, true);
	}
	bytes += SECTION_HEADER_BYTES;
	if (section_crc(bytes, section.size) != section.crc) {
		result = recover_head(r, path, err);
		if (result < 0)
			return result;
		count_corrupt(r);
	} else {
		take_head(r, bytes, section.size);
	}
	input_skip(&r->in, SECTION_HEADER_BYTES + section.size + section_padding(section.size));
	r->counted_to = r->in.offset + r->in.to_skip;
	if (r->in.seekable && !read_end(r))
		tell_quality(r);
	return 0;
}

static int reader_open(int fd, const char *path, const uint8_t *start, size_t len,
		       struct source **out, struct err *err)
{
	struct reader *r = mem_zalloc(1, sizeof(*r));
	int result = input_open(&r->in, fd, start, len);

	r->src.ops = &source_native;
	info_init(&r->src.info);
	r->decoder = decoder_open();
	index_init(&r->index, fd);
	if (result < 0)
		err_set(err, -result, "cannot read %s: %s", path, strerror(-result));
	else if (inflateInit(&r->zlib) != Z_OK)
		result = err_set(err, ENOMEM, "zlib does not start");
	else
		result = read_head(r, path, err);
	if (result < 0) {
		reader_close(&r->src);
		return result;
	}
	r->sound_ns = r->src.info.begin_ns;
	*out = &r->src;
	return 0;
}

/* Inflates a checkpoint's state into r->state; false if it is not as long as it says. */
static bool take_state(struct reader *r)
{
	const uint8_t *payload = r->payload.at;
	size_t stored = r->payload.len - CHECKPOINT_HEADER_BYTES;
	uint64_t len = le64_get(payload + 8);

	if (len > SECTION_MAX_BYTES || len > (uint64_t)stored * INFLATE_MAX_RATIO)
		return false;
	r->state.len = 0;
	inflateReset(&r->zlib);
	r->zlib.next_in = (uint8_t *)payload + CHECKPOINT_HEADER_BYTES;
	r->zlib.avail_in = (uInt)stored;
	r->zlib.next_out = bytes_reserve(&r->state, len + 1);
	r->zlib.avail_out = (uInt)len + 1;
	if (inflate(&r->zlib, Z_FINISH) != Z_STREAM_END || r->zlib.avail_out != 1)
		return false;
	r->state.len = len;
	return true;
}

int reader_checkpoint(struct source *src, uint64_t ts_ns, const uint8_t **bytes, size_t *len,
		      uint64_t *at_ns, struct err *err)
{
	struct reader *r = (struct reader *)src;
	struct section section;
	size_t nr;

	if (src->ops != &source_native || !r->in.seekable)
		return err_set(err, ENOTSUP, "a %s trace from a pipe has no checkpoints",
			       src->ops->name);
	index_update(&r->index);
	for (nr = r->index.nr; index_before(&r->index, SECTION_CKPT, ts_ns, &nr);) {
		const struct index_entry *entry = &r->index.entries[nr];

		if (!section_read(r->in.fd, entry->offset, &section, &r->payload) ||
		    section.type != SECTION_CKPT || section.size < CHECKPOINT_HEADER_BYTES ||
		    le64_get(r->payload.at) > ts_ns || !take_state(r))
			continue;
		*at_ns = le64_get(r->payload.at);
		*bytes = r->state.at;
		*len = r->state.len;
		return 0;
	}
	return -ENOENT;
}

int reader_names(struct source *src, const uint8_t **bytes, size_t *len)
{
	struct reader *r = (struct reader *)src;
	struct section section;
	struct bytes between;
	uint64_t offset;
	bool fine;

	if (src->ops != &source_native || !r->in.seekable)
		return -ENOTSUP;
	index_update(&r->index);
	offset = index_find(&r->index, SECTION_NAMS);
	if (offset == 0 || !section_read(r->in.fd, offset, &section, &r->payload) ||
	    section.type != SECTION_NAMS)
		return -ENOENT;
	/* What is being delivered stays as it is. */
	if (r->order.nr)
		return -EBUSY;
	fine = decode_chunk(r, r->payload.at, r->payload.len);
	between = r->names;
	r->names = r->records;
	r->records = between;
	*bytes = r->names.at;
	*len = fine ? r->names.len : 0;
	return fine && *len ? 0 : -ENOENT;
}

uint64_t reader_chunk_end_ns(const struct source *src)
{
	return src->ops == &source_native ? ((const struct reader *)src)->last_end_ns : 0;
}

int reader_counts(const struct source *src, uint64_t *nr_chunks, uint64_t *nr_checkpoints)
{
	const struct reader *r = (const struct reader *)src;

	if (src->ops != &source_native)
		return -ENOTSUP;
	*nr_chunks = r->nr_chunks;
	*nr_checkpoints = r->nr_checkpoints;
	return 0;
}

static void reader_keep(struct source *src, int fd)
{
	input_keep(&((struct reader *)src)->in, fd);
}

static bool reader_can_again(const struct source *src)
{
	return input_kept(&((const struct reader *)src)->in) >= 0;
}

static int reader_again(struct source *src, struct source **out, struct err *err)
{
	int fd = fcntl(input_kept(&((struct reader *)src)->in), F_DUPFD_CLOEXEC, 3);
	int result;

	if (fd < 0)
		return err_set(err, errno, "cannot read the trace again: %s", strerror(errno));
	result = reader_open(fd, "the trace", NULL, 0, out, err);
	if (result == 0)
		source_follow(*out, true);
	return result;
}

static bool reader_probe(const uint8_t *bytes, size_t len)
{
	return len && memcmp(bytes, FILE_MAGIC, len < FILE_MAGIC_LEN ? len : FILE_MAGIC_LEN) == 0;
}

const struct source_ops source_native = {
    .name = "conctrace",
    .probe = reader_probe,
    .open = reader_open,
    .next = reader_next,
    .seek = reader_seek,
    .wait = reader_wait,
    .keep = reader_keep,
    .again = reader_again,
    .can_again = reader_can_again,
    .close = reader_close,
};
