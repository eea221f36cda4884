/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds chunks from blocks and sends sections to every output. An optional output never holds up
 * the others: what it does not take at once waits in memory, up to a limit.
 */
#include "trace/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "trace/codec.h"
#include "trace/section.h"

#define PENDING_MAX_BYTES  (64u << 20) /* an optional output further behind is given up */
#define FINISH_PATIENCE_MS 10000       /* at the end, without it taking a byte */
#define CUT_BYTES          16          /* the most that one more block costs a deflated stream */

struct output {
	int fd;
	char *name;
	enum writer_output kind;
	bool dead;
	bool left_behind;     /* dead because its reader took too little */
	struct bytes pending; /* optional outputs only */
	size_t sent;          /* of pending */
	size_t step;          /* so much a write takes without waiting, where poll(2) says so */
	off_t place;          /* of a regular file: where the checkpoints begin; else -1 */
};

struct stream {
	struct encoder *encoder; /* NULL: nothing yet */
	unsigned int cpu, ring;
};

struct writer {
	struct trace_info info;
	struct writer_patience patience;
	struct output *outputs;
	size_t nr_outputs, cap_outputs;
	struct stream *streams; /* by cpu and ring */
	size_t nr_streams, cap_streams;
	uint32_t schema_crc;
	bool began; /* a section after the header is out: too late for another output */
	bool finished;
	size_t pending_bytes;
	uint64_t nr_records, nr_chunks, offset, last_end_ns, last_checkpoint_ns;
	struct bytes section, body, plain, index;
	bool may_take_back; /* checkpoints are the last in the file, and began here: */
	uint64_t place_offset;
	size_t place_index;
	z_stream zlib;
};

static struct output *output_failed(struct output *output)
{
	output->dead = true;
	bytes_done(&output->pending);
	output->sent = 0;
	return output;
}

static const char *what_to_do(int code)
{
	switch (code) {
	case EPIPE:
		return "a file keeps all of it";
	case ENOSPC:
	case EDQUOT:
		return "make room there, or write to another place";
	default:
		return "write to another place";
	}
}

/* One sentence for a required output that does not work any more. */
static int output_error(const struct writer *w, struct output *output, int code, struct err *err)
{
	const char *why = code == EPIPE       ? "its reader is gone"
			  : code == ECANCELED ? "its reader takes nothing"
					      : strerror(code);

	output_failed(output);
	if (w->nr_chunks == 0)
		return err_set(err, code, "cannot write %s: %s (%s)", output->name, why,
			       what_to_do(code));
	if (w->nr_chunks == 1)
		return err_set(err, code, "cannot write %s: %s; the chunk before is kept (%s)",
			       output->name, why, what_to_do(code));
	return err_set(err, code, "cannot write %s: %s; the %llu chunks before are kept (%s)",
		       output->name, why, (unsigned long long)w->nr_chunks, what_to_do(code));
}

/* Writes as much as is taken without waiting. -errno when the output is broken. */
static int try_write(int fd, const uint8_t *at, size_t len, size_t *done)
{
	for (*done = 0; *done < len;) {
		ssize_t n = write(fd, at + *done, len - *done);

		if (n > 0)
			*done += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		else if (n < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
}

/*
 * Waits until the output takes something, or until that has lasted too long: 0; -ETIMEDOUT after
 * timeout_ms; -ECANCELED when nobody wants to wait any longer.
 */
static int wait_writable(const struct writer *w, const struct output *output, int timeout_ms)
{
	bool asks = w->patience.go_on != NULL;
	struct pollfd fds[2] = {
	    {.fd = output->fd, .events = POLLOUT},
	    {.fd = asks ? w->patience.fd : -1, .events = POLLIN},
	};

	for (;;) {
		int r = poll(fds, 2, timeout_ms);

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		if (r > 0 && fds[0].revents)
			return 0;
		if (r > 0 && !w->patience.go_on(w->patience.payload))
			return -ECANCELED;
	}
}

static int write_required(struct writer *w, struct output *output, const uint8_t *at, size_t len,
			  struct err *err)
{
	while (len) {
		size_t done = 0, piece = len < output->step ? len : output->step;
		int r = output->step < SIZE_MAX ? wait_writable(w, output, -1) : 0;

		if (r == 0)
			r = try_write(output->fd, at, piece, &done);
		if (r < 0)
			return output_error(w, output, -r, err);
		at += done;
		len -= done;
	}
	return 0;
}

/*
 * Of a pipe that has any room a page is taken without waiting, whether or not waiting is allowed
 * there, which is not ours alone to change. A regular file takes everything.
 */
static size_t step_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? SIZE_MAX : PIPE_BUF;
}

static void push_optional(struct output *output)
{
	size_t done = 0;

	if (output->dead || output->pending.len == output->sent)
		return;
	if (try_write(output->fd, output->pending.at + output->sent,
		      output->pending.len - output->sent, &done) < 0) {
		output_failed(output);
		return;
	}
	output->sent += done;
	if (output->sent == output->pending.len) {
		output->sent = output->pending.len = 0;
	} else if (output->sent > output->pending.len / 2) {
		output->pending.len -= output->sent;
		memmove(output->pending.at, output->pending.at + output->sent, output->pending.len);
		output->sent = 0;
	}
}

static void write_optional(struct output *output, const uint8_t *at, size_t len)
{
	if (output->pending.len - output->sent + len > PENDING_MAX_BYTES) {
		output_failed(output)->left_behind = true;
		return;
	}
	bytes_add(&output->pending, at, len);
	push_optional(output);
}

static int output_write(struct writer *w, struct output *output, const void *at, size_t len,
			struct err *err)
{
	if (output->dead)
		return 0;
	if (output->kind == WRITER_REQUIRED)
		return write_required(w, output, at, len, err);
	write_optional(output, at, len);
	return 0;
}

/* Begins a section in w->section: room for the header. */
static struct bytes *section_begin(struct writer *w)
{
	w->section.len = 0;
	bytes_add_zeros(&w->section, SECTION_HEADER_BYTES);
	return &w->section;
}

static void section_seal(struct bytes *b, uint32_t type)
{
	struct section section = {.type = type, .size = b->len - SECTION_HEADER_BYTES};

	section.crc = section_crc(b->at + SECTION_HEADER_BYTES, section.size);
	section_put(b->at, &section);
	bytes_add_zeros(b, section_padding(section.size));
}

/* Sends the section to all outputs, also when one of them fails; the first failure is told. */
static int section_send(struct writer *w, uint32_t type, struct err *err)
{
	int result = 0;

	section_seal(&w->section, type);
	for (size_t i = 0; i < w->nr_outputs; i++) {
		int r = output_write(w, &w->outputs[i], w->section.at, w->section.len,
				     result ? NULL : err);

		result = result ? result : r;
	}
	w->offset += w->section.len;
	w->began = true;
	return result;
}

static void index_add(struct writer *w, uint32_t type, uint64_t begin_ns, uint64_t end_ns,
		      uint64_t nr_records)
{
	bytes_add_u32(&w->index, type);
	bytes_add_u32(&w->index, 0);
	bytes_add_u64(&w->index, w->offset);
	bytes_add_u64(&w->index, begin_ns);
	bytes_add_u64(&w->index, end_ns);
	bytes_add_u64(&w->index, nr_records);
}

/* Magic and header section: what every output begins with. */
static void build_header(struct writer *w)
{
	struct bytes *b = section_begin(w);
	struct schema sum = {.crc = 0};
	size_t lines;

	bytes_printf(b, "format 1\n");
	info_write_begin(&w->info, "", b);
	lines = b->len;
	schema_write(b);
	schema_sum(&sum, b->at + lines, b->len - lines);
	w->schema_crc = sum.crc;
	section_seal(b, SECTION_HEAD);
}

struct writer *writer_open(const struct trace_info *info, struct err *err)
{
	struct writer *w = mem_zalloc(1, sizeof(*w));

	w->info = *info;
	if (w->info.nr_cpus == 0)
		w->info.nr_cpus = 1;
	if (deflateInit(&w->zlib, 1) != Z_OK) {
		err_set(err, ENOMEM, "zlib does not start: %s", w->zlib.msg ? w->zlib.msg : "?");
		writer_close(w);
		return NULL;
	}
	build_header(w);
	w->offset = FILE_MAGIC_LEN + w->section.len;
	return w;
}

void writer_set_patience(struct writer *w, const struct writer_patience *p)
{
	w->patience = *p;
}

int writer_add_output(struct writer *w, int fd, const char *name, enum writer_output kind,
		      struct err *err)
{
	struct output *output;
	int flags, r;

	if (w->began)
		return err_set(err, EBUSY, "cannot add %s: the trace has begun", name);
	w->outputs = mem_grow(w->outputs, &w->cap_outputs, w->nr_outputs + 1, sizeof(*w->outputs));
	output = &w->outputs[w->nr_outputs++];
	*output =
	    (struct output){.fd = fd, .name = mem_strdup(name), .kind = kind, .step = step_of(fd)};
	flags = fcntl(fd, F_GETFL);
	if (kind == WRITER_OPTIONAL && (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return output_error(w, output, errno, err);
	build_header(w);
	r = output_write(w, output, FILE_MAGIC, FILE_MAGIC_LEN, err);
	if (r == 0)
		r = output_write(w, output, w->section.at, w->section.len, err);
	return r;
}

unsigned int writer_nr_outputs(const struct writer *w)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < w->nr_outputs; i++)
		nr += !w->outputs[i].dead;
	return nr;
}

bool writer_left_behind(const struct writer *w, int fd)
{
	for (size_t i = 0; i < w->nr_outputs; i++)
		if (w->outputs[i].fd == fd)
			return w->outputs[i].left_behind;
	return false;
}

void writer_drop_output(struct writer *w, int fd)
{
	for (size_t i = 0; i < w->nr_outputs; i++)
		if (w->outputs[i].fd == fd && w->outputs[i].kind == WRITER_OPTIONAL)
			output_failed(&w->outputs[i])->fd = -1;
}

int writer_block(struct writer *w, unsigned int cpu, unsigned int ring, const void *bytes,
		 size_t len, struct err *err)
{
	size_t idx = (size_t)cpu * RECORD_NR_RINGS + ring;
	int r;

	if (cpu >= w->info.nr_cpus || cpu > UINT16_MAX || ring >= RECORD_NR_RINGS)
		return err_set(err, EINVAL, "records of buffer %u of core %u, of %u cores", ring,
			       cpu, w->info.nr_cpus);
	if (len == 0)
		return 0;
	if (len > CODEC_MAX_BYTES - w->pending_bytes)
		return err_set(err, EFBIG, "a chunk of more than %u MiB: it must be flushed before",
			       CODEC_MAX_BYTES >> 20);
	if (idx >= w->nr_streams) {
		size_t before = w->cap_streams;

		w->streams = mem_grow(w->streams, &w->cap_streams, idx + 1, sizeof(*w->streams));
		memset(w->streams + before, 0, (w->cap_streams - before) * sizeof(*w->streams));
		w->nr_streams = idx + 1;
	}
	if (!w->streams[idx].encoder)
		w->streams[idx] = (struct stream){encoder_open(cpu), cpu, ring};
	r = encoder_add(w->streams[idx].encoder, bytes, len, err);
	w->pending_bytes += len;
	return r;
}

size_t writer_pending_bytes(const struct writer *w)
{
	return w->pending_bytes;
}

static int deflate_piece(struct writer *w, size_t from, size_t to, int flush)
{
	w->zlib.next_in = w->body.at + from;
	w->zlib.avail_in = (uInt)(to - from);
	return deflate(&w->zlib, flush);
}

/*
 * Deflates w->body onto the chunk; returns how it is stored. A long column has a Huffman code of
 * its own: saves a tenth of all. The first, of kinds, repeats itself, and so do texts; behind it
 * are runs and noise: looking for more than runs takes twice the time and saves nothing.
 */
static enum block_codec add_body(struct writer *w, const struct encoder *encoder, bool texts,
				 struct bytes *chunk)
{
	size_t nr_cuts, at = 0;
	const size_t *cuts = encoder_cuts(encoder, &nr_cuts);
	size_t bound = deflateBound(&w->zlib, w->body.len) + nr_cuts * CUT_BYTES;

	deflateReset(&w->zlib);
	w->zlib.avail_in = 0;
	w->zlib.next_out = bytes_reserve(chunk, bound);
	w->zlib.avail_out = (uInt)bound;
	deflateParams(&w->zlib, texts ? Z_DEFAULT_COMPRESSION : 1, Z_DEFAULT_STRATEGY);
	for (size_t i = 0; i < nr_cuts; at = cuts[i++]) {
		deflate_piece(w, at, cuts[i], Z_BLOCK);
		if (i == 0 && !texts)
			deflateParams(&w->zlib, 1, Z_RLE);
	}
	if (deflate_piece(w, at, w->body.len, Z_FINISH) == Z_STREAM_END &&
	    w->zlib.total_out < w->body.len) {
		chunk->len += w->zlib.total_out;
		return BLOCK_ZLIB;
	}
	bytes_add(chunk, w->body.at, w->body.len);
	return BLOCK_STORED;
}

/* Appends the block of a stream to the chunk and fills its directory entry, at entry. */
static void add_block(struct writer *w, struct stream *stream, struct bytes *chunk, size_t entry)
{
	uint64_t nr_records = encoder_nr_records(stream->encoder);
	size_t before = chunk->len;
	bool texts = stream->ring == RECORD_RING_WALK; /* tasks and names */
	enum block_codec codec;
	uint8_t *at;

	w->body.len = w->plain.len = 0;
	encoder_finish(stream->encoder, &w->body, &w->plain);
	codec = add_body(w, stream->encoder, texts, chunk);
	at = chunk->at + entry;
	at[0] = (uint8_t)stream->cpu;
	at[1] = (uint8_t)(stream->cpu >> 8);
	at[2] = (uint8_t)stream->ring;
	at[3] = (uint8_t)codec;
	le32_put(at + 4, (uint32_t)nr_records);
	le32_put(at + 8, (uint32_t)(chunk->len - before));
	le32_put(at + 12, (uint32_t)w->body.len);
	bytes_add(chunk, w->plain.at, w->plain.len);
}

/* What all streams hold, in numbers. */
struct extent {
	uint64_t begin_ns, end_ns, nr_records;
	uint32_t nr_blocks;
};

static struct extent extent_of(const struct writer *w, uint64_t end_ns)
{
	struct extent extent = {.begin_ns = UINT64_MAX, .end_ns = end_ns};
	uint64_t min_ns, max_ns;

	for (size_t i = 0; i < w->nr_streams; i++) {
		struct encoder *encoder = w->streams[i].encoder;

		if (!encoder || encoder_nr_records(encoder) == 0)
			continue;
		encoder_range(encoder, &min_ns, &max_ns);
		extent.begin_ns = min_ns < extent.begin_ns ? min_ns : extent.begin_ns;
		if (max_ns >= extent.end_ns)
			extent.end_ns = max_ns < UINT64_MAX ? max_ns + 1 : max_ns;
		extent.nr_records += encoder_nr_records(encoder);
		extent.nr_blocks++;
	}
	return extent;
}

/* Sends what the streams hold as the payload of a chunk, in a section of that type. */
static int send_chunk(struct writer *w, uint32_t type, const struct extent *extent, struct err *err)
{
	size_t entry = SECTION_HEADER_BYTES + CHUNK_HEADER_BYTES;
	struct bytes *chunk = section_begin(w);

	bytes_add_u64(chunk, extent->begin_ns);
	bytes_add_u64(chunk, extent->end_ns);
	bytes_add_u64(chunk, extent->nr_records);
	bytes_add_u32(chunk, w->schema_crc);
	bytes_add_u32(chunk, extent->nr_blocks);
	bytes_add_zeros(chunk, (size_t)extent->nr_blocks * CHUNK_BLOCK_BYTES);
	for (size_t i = 0; i < w->nr_streams; i++) {
		struct stream *stream = &w->streams[i];

		if (!stream->encoder || encoder_nr_records(stream->encoder) == 0)
			continue;
		add_block(w, stream, chunk, entry);
		entry += CHUNK_BLOCK_BYTES;
	}
	index_add(w, type, extent->begin_ns, extent->end_ns, extent->nr_records);
	return section_send(w, type, err);
}

int writer_flush(struct writer *w, uint64_t end_ns, struct err *err)
{
	struct extent extent = extent_of(w, end_ns);
	int r;

	writer_push(w);
	w->pending_bytes = 0;
	if (extent.nr_blocks == 0)
		return 0;
	if (extent.end_ns < w->last_end_ns)
		extent.end_ns = w->last_end_ns;
	w->last_end_ns = extent.end_ns;
	w->may_take_back = false;
	w->nr_records += extent.nr_records;
	r = send_chunk(w, SECTION_CHNK, &extent, err);
	w->nr_chunks++;
	return r;
}

int writer_names(struct writer *w, const void *bytes, size_t len, struct err *err)
{
	int r = writer_flush(w, 0, err);
	struct extent extent;

	if (r < 0 || len == 0)
		return r;
	r = writer_block(w, 0, RECORD_RING_WALK, bytes, len, err);
	if (r < 0)
		return r;
	w->pending_bytes = 0;
	w->may_take_back = false;
	extent = extent_of(w, 0);
	return send_chunk(w, SECTION_NAMS, &extent, err);
}

/* Remembers where the checkpoints begin. */
static void mark_place(struct writer *w)
{
	struct stat st;

	if (w->may_take_back)
		return;
	w->may_take_back = true;
	w->place_offset = w->offset;
	w->place_index = w->index.len;
	for (size_t i = 0; i < w->nr_outputs; i++) {
		struct output *output = &w->outputs[i];
		bool regular = output->kind == WRITER_REQUIRED && !output->dead &&
			       fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);

		output->place = regular ? lseek(output->fd, 0, SEEK_CUR) : -1;
	}
}

/*
 * Cuts regular files where the checkpoints begin; they work again if they had failed. What went to
 * a pipe stays there: its reader needs no index. False: a required output is broken all the same.
 */
static bool take_back(struct writer *w)
{
	bool fine = true;

	w->may_take_back = false;
	w->offset = w->place_offset;
	w->index.len = w->place_index;
	for (size_t i = 0; i < w->nr_outputs; i++) {
		struct output *output = &w->outputs[i];

		if (output->place >= 0 && ftruncate(output->fd, output->place) == 0 &&
		    lseek(output->fd, output->place, SEEK_SET) == output->place)
			output->dead = false;
		fine &= output->kind == WRITER_OPTIONAL || !output->dead;
	}
	return fine;
}

int writer_checkpoint(struct writer *w, uint64_t ts_ns, const void *bytes, size_t len,
		      struct err *err)
{
	int r = writer_flush(w, 0, err);
	uLongf stored = compressBound(len);
	struct bytes *b;

	if (r < 0)
		return r;
	if (len > SECTION_MAX_BYTES / 2)
		return err_set(err, EFBIG, "a checkpoint of %zu bytes is too long", len);
	if (ts_ns < w->last_checkpoint_ns)
		return err_set(err, EINVAL, "checkpoints are not in order of time");
	b = section_begin(w);
	bytes_add_u64(b, ts_ns);
	bytes_add_u64(b, len);
	if (compress(bytes_reserve(b, stored), &stored, bytes, len) != Z_OK)
		return err_set(err, ENOMEM, "zlib cannot deflate a checkpoint");
	b->len += stored;
	mark_place(w);
	w->last_checkpoint_ns = ts_ns;
	index_add(w, SECTION_CKPT, ts_ns, ts_ns, 0);
	r = section_send(w, SECTION_CKPT, err);
	if (r < 0)
		(void)take_back(w);
	return r;
}

void writer_push(struct writer *w)
{
	for (size_t i = 0; i < w->nr_outputs; i++)
		if (w->outputs[i].kind == WRITER_OPTIONAL)
			push_optional(&w->outputs[i]);
}

/* At the end an optional output is given time as long as it takes something. */
static void drain(const struct writer *w, struct output *output)
{
	while (!output->dead && output->pending.len > output->sent) {
		if (wait_writable(w, output, FINISH_PATIENCE_MS) < 0)
			output_failed(output)->left_behind = true;
		push_optional(output);
	}
}

/* The end section, the index and where it is. */
static int send_end(struct writer *w, const struct trace_info *info, struct err *err)
{
	uint64_t index_offset;
	struct bytes *b = section_begin(w);
	int r;

	info_write_begin(info, "", b);
	info_write_end(info, "", b);
	bytes_printf(b, "nr_records %llu\n", (unsigned long long)w->nr_records);
	index_add(w, SECTION_ENDS, 0, 0, 0);
	r = section_send(w, SECTION_ENDS, err);
	if (r < 0)
		return r;
	index_offset = w->offset;
	b = section_begin(w);
	bytes_add(b, w->index.at, w->index.len);
	r = section_send(w, SECTION_INDX, err);
	if (r < 0)
		return r;
	b = section_begin(w);
	bytes_add_u64(b, index_offset);
	bytes_add(b, FILE_MAGIC, FILE_MAGIC_LEN);
	return section_send(w, SECTION_TAIL, err);
}

int writer_finish(struct writer *w, const struct trace_info *info, struct err *err)
{
	int r = writer_flush(w, info->end_ns, err);

	if (r < 0 || w->finished)
		return r;
	w->finished = true;
	r = send_end(w, info, err);
	if (r < 0 && w->may_take_back && take_back(w))
		r = send_end(w, info, err);
	for (size_t i = 0; i < w->nr_outputs; i++)
		drain(w, &w->outputs[i]);
	return r;
}

void writer_totals(const struct writer *w, uint64_t *nr_records, uint64_t *nr_bytes)
{
	*nr_records = w->nr_records;
	*nr_bytes = w->offset;
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_outputs; i++) {
		bytes_done(&w->outputs[i].pending);
		free(w->outputs[i].name);
	}
	for (size_t i = 0; i < w->nr_streams; i++)
		encoder_close(w->streams[i].encoder);
	deflateEnd(&w->zlib);
	free(w->outputs);
	free(w->streams);
	bytes_done(&w->section);
	bytes_done(&w->body);
	bytes_done(&w->plain);
	bytes_done(&w->index);
	free(w);
}
