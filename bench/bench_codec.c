/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a record costs on its way to the file and back, in nanoseconds and bytes, on three made-up
 * loads: a pipe ping-pong, a hackbench of 400 tasks and a mix with futex calls. Prints one line per
 * load: encode (columns), write (columns and deflate, to /dev/null), read (file to merged records).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "import/import.h"
#include "trace/codec.h"
#include "trace/writer.h"

#define NR_RECORDS    2000000
#define CHUNK_RECORDS 65536
#define ROUNDS        5

static uint64_t seed = 88172645463325252;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* About mean, with the noise of a real machine: mostly near, now and then far off. */
static uint64_t step(uint64_t mean)
{
	uint64_t noise = (rnd() % (mean / 4 + 1) + rnd() % (mean / 4 + 1) + rnd() % (mean / 4 + 1));

	return mean - mean / 3 + noise + (rnd() % 50 == 0 ? rnd() % (mean * 20) : 0);
}

static void add_waking(struct bytes *b, uint64_t ts, uint32_t waker, uint32_t wakee, uint64_t buf)
{
	struct record_waking rec = {
	    .head = {ts, RECORD_WAKING, 0, 0, wakee},
	    .waker_tid = waker,
	    .nr = 1,
	    .args = {4, buf},
	};

	bytes_add(b, &rec, sizeof(rec));
}

static void add_block(struct bytes *b, uint64_t ts, uint32_t tid, uint32_t next, uint64_t buf,
		      uint64_t inode)
{
	struct record_block rec = {
	    .head = {{ts, RECORD_BLOCK, 0, 0, tid}, next, 1},
	    .nr = 0,
	    .object_kind = OBJECT_PIPE,
	    .args = {3, buf, 4, 0},
	    .object = inode,
	};

	bytes_add(b, &rec, sizeof(rec));
}

static void add_switch(struct bytes *b, uint64_t ts, uint32_t tid, uint32_t next, uint8_t flags)
{
	struct record_switch rec = {{ts, RECORD_SWITCH, flags, 0, tid}, next, 0};

	bytes_add(b, &rec, sizeof(rec));
}

static void add_futex(struct bytes *b, uint64_t *ts, uint32_t tid, uint64_t uaddr)
{
	struct record_futex_exit leave = {{0, RECORD_FUTEX_EXIT, 0, 0, tid}, 0, 0, 128, 2, uaddr};

	leave.head.ts_ns = *ts += step(700);
	bytes_add(b, &leave, sizeof(leave));
}

/* Two tasks hand a byte to and fro on one core. */
static void make_pingpong(struct bytes *b)
{
	uint64_t ts = 1000000000000;
	uint32_t tid[2] = {4711, 4712};

	for (size_t i = 0; i < NR_RECORDS / 2; i++) {
		uint32_t from = tid[i & 1], to = tid[~i & 1];

		add_waking(b, ts += step(900), from, to, 0x7ffd12345670 + (i & 1) * 4096);
		add_block(b, ts += step(700), from, to, 0x7ffd12345670 + (i & 1) * 4096,
			  9000 + (i & 1));
	}
}

/* 20 groups of 20 tasks: whoever runs wakes a few of its group, then waits or is preempted. */
static void make_hackbench(struct bytes *b)
{
	uint64_t ts = 1000000000000;
	uint32_t prev = 5000;

	for (size_t i = 0; i < NR_RECORDS;) {
		uint32_t group = (prev - 5000) / 20;
		uint32_t next = 5000 + (uint32_t)(rnd() % 400);

		for (size_t n = rnd() % 4; n; n--, i++)
			add_waking(b, ts += step(600), prev, 5000 + group * 20 + rnd() % 20,
				   0x7ffd00001000 + group * 65536ULL);
		if (rnd() % 4)
			add_block(b, ts += step(900), prev, next, 0x7ffd00001000 + prev * 65536ULL,
				  20000 + prev);
		else
			add_switch(b, ts += step(900), prev, next, rnd() & 1);
		i++;
		prev = next;
	}
}

/* Some of everything that is frequent. */
static void make_mix(struct bytes *b)
{
	uint64_t ts = 1000000000000;
	uint32_t prev = 0;

	for (size_t i = 0; i < NR_RECORDS;) {
		uint32_t tid = 6000 + (uint32_t)(rnd() % 16), next = rnd() % 3 ? tid : 0;

		switch (rnd() % 4) {
		case 0:
			add_futex(b, &ts, prev, 0x55550000 + (rnd() % 8) * 64);
			i += 2;
			break;
		case 1:
			add_waking(b, ts += step(3000), prev, tid, 0x7f0000001000 + tid * 64);
			i++;
			break;
		case 2:
			add_block(b, ts += step(5000), prev, next, 0x7f0000001000 + prev * 64,
				  prev);
			prev = next;
			i++;
			break;
		default:
			add_switch(b, ts += step(9000), prev, next, rnd() & 1);
			prev = next;
			i++;
		}
	}
}

/* Calls piece for every CHUNK_RECORDS records. */
static size_t piece_len(const struct bytes *b, size_t from)
{
	size_t at = from;

	for (size_t i = 0; i < CHUNK_RECORDS && at < b->len; i++)
		at += record_size(((const struct record *)(b->at + at))->type);
	return at - from;
}

static size_t count(const struct bytes *b)
{
	size_t nr = 0;

	for (size_t at = 0; at < b->len; nr++)
		at += record_size(((const struct record *)(b->at + at))->type);
	return nr;
}

static uint64_t time_encode(const struct bytes *b, size_t *coded)
{
	struct encoder *enc = encoder_open(0);
	struct bytes body = {0}, plain = {0};
	uint64_t begin = clock_now_ns();

	*coded = 0;
	for (size_t at = 0, len; at < b->len; at += len) {
		len = piece_len(b, at);
		encoder_add(enc, b->at + at, len, NULL);
		body.len = plain.len = 0;
		encoder_finish(enc, &body, &plain);
		*coded += body.len + plain.len;
	}
	begin = clock_now_ns() - begin;
	encoder_close(enc);
	bytes_done(&body);
	bytes_done(&plain);
	return begin;
}

static uint64_t time_write(const struct bytes *b, int fd, uint64_t *nr_bytes)
{
	struct trace_info info;
	struct writer *w;
	uint64_t begin, nr_records;

	info_init(&info);
	w = writer_open(&info, NULL);
	writer_add_output(w, fd, "bench", WRITER_REQUIRED, NULL);
	begin = clock_now_ns();
	for (size_t at = 0, len; at < b->len; at += len) {
		len = piece_len(b, at);
		writer_block(w, 0, 0, b->at + at, len, NULL);
		writer_flush(w, 0, NULL);
	}
	begin = clock_now_ns() - begin;
	writer_finish(w, &info, NULL);
	writer_totals(w, &nr_records, nr_bytes);
	writer_close(w);
	return begin;
}

static uint64_t time_read(int fd, size_t *nr)
{
	uint64_t begin = clock_now_ns();
	struct source *src = source_open_fd(dup(fd), "bench", NULL);
	const struct record *rec;

	for (*nr = 0; source_next(src, &rec, NULL) > 0;)
		++*nr;
	source_close(src);
	return clock_now_ns() - begin;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void bench(const char *name, void (*make)(struct bytes *))
{
	uint64_t encode = UINT64_MAX, write_null = UINT64_MAX, read_back = UINT64_MAX, nr_bytes;
	struct bytes b = {0};
	size_t nr, coded, nr_read = 0;
	int null = open("/dev/null", O_WRONLY);
	int fd = memfd_create("bench", 0);

	make(&b);
	nr = count(&b);
	time_write(&b, fd, &nr_bytes);
	for (int i = 0; i < ROUNDS; i++) {
		encode = least(encode, time_encode(&b, &coded));
		write_null = least(write_null, time_write(&b, null, &nr_bytes));
		read_back = least(read_back, time_read(fd, &nr_read));
	}
	printf("%-10s encode %5.1f  write %5.1f  read %5.1f ns/record   raw %4.1f  coded %4.2f  "
	       "file %4.2f bytes/record%s\n",
	       name, (double)encode / (double)nr, (double)write_null / (double)nr,
	       (double)read_back / (double)nr, (double)b.len / (double)nr,
	       (double)coded / (double)nr, (double)nr_bytes / (double)nr,
	       nr_read == nr ? "" : "   READ BACK DIFFERS");
	close(null);
	close(fd);
	bytes_done(&b);
}

int main(void)
{
	bench("ping-pong", make_pingpong);
	bench("hackbench", make_hackbench);
	bench("mix", make_mix);
	return 0;
}
