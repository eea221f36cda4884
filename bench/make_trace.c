/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a made-up trace of any size, the same bytes every time: threads on cores that run, wake
 * each other, wait for locks, pipes and clocks, and lose their core. What the viewer is measured
 * with; nothing in it was measured.
 *
 *	make_trace FILE [RECORDS [CORES [THREADS]]]      (10000000 64 1000)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "trace/writer.h"

#define FIRST_TID     1000
#define BEGIN_NS      1000000000
#define PER_PROCESS   16
#define CHUNK_RECORDS 65536
#define MEAN_RUN_NS   120000

enum place {
	PLACE_BLOCKED,
	PLACE_QUEUED,
	PLACE_ON_CORE,
};

struct core {
	struct bytes records; /* of this chunk */
	uint64_t next_ns;     /* when what it runs leaves it; idle: never */
	uint32_t tid;
	uint32_t *queue; /* ring of tids: [nr_tasks] */
	uint32_t first, queued;
};

struct room {
	struct core *cores;
	enum place *places; /* [nr_tasks] */
	uint32_t nr_cores, nr_tasks;
	uint64_t nr_records, in_chunk;
	uint64_t seed;
	struct writer *writer;
};

static uint64_t random_below(struct room *r, uint64_t limit)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed % limit;
}

static void put(struct room *r, uint32_t cpu, void *record, size_t len)
{
	((struct record *)record)->cpu = (uint16_t)cpu;
	bytes_add(&r->cores[cpu].records, record, len);
	r->nr_records++;
	r->in_chunk++;
}

static void put_task(struct room *r, uint32_t task)
{
	struct record_task rec = {
	    .head = {BEGIN_NS, RECORD_TASK, RECORD_F_TRACED, 0, FIRST_TID + task},
	    .tgid = FIRST_TID + task / PER_PROCESS * PER_PROCESS,
	    .state = 'S',
	    .nr = 0,
	};

	snprintf(rec.comm, sizeof(rec.comm), task % PER_PROCESS ? "worker-%u" : "server-%u", task);
	put(r, 0, &rec, sizeof(rec));
}

/* Most runs are short, a few long: so are those of a real machine. */
static uint64_t run_ns(struct room *r)
{
	uint64_t ns = 2000 + random_below(r, MEAN_RUN_NS);

	return random_below(r, 40) == 0 ? ns * 20 : ns;
}

static void put_leave(struct room *r, uint32_t cpu, uint64_t ts_ns, uint32_t next_tid, bool blocks)
{
	static const int32_t calls[] = {202, 0, 230, 232}; /* futex, read, clock_nanosleep, epoll */
	static const uint32_t kinds[] = {OBJECT_FUTEX, OBJECT_PIPE, OBJECT_NONE, OBJECT_ANON};
	struct core *core = &r->cores[cpu];
	struct record_block rec = {
	    .head = {.head = {.ts_ns = ts_ns, .tid = core->tid}, .next_tid = next_tid}};

	if (!blocks) {
		rec.head.head.type = RECORD_SWITCH;
		rec.head.head.flags = core->tid ? RECORD_F_PREEMPT : 0;
		put(r, cpu, &rec, sizeof(rec.head));
		return;
	}
	uint32_t process = (core->tid - FIRST_TID) / PER_PROCESS;
	size_t which = (process + random_below(r, 2)) % 4;

	rec.head.head.type = RECORD_BLOCK;
	rec.head.prev_state = 1;
	rec.nr = calls[which];
	rec.object_kind = kinds[which];
	rec.args[0] = 0x7f0000001000 + process * 64;
	rec.args[1] = 128;
	rec.object =
	    which == 0 ? (uint64_t)(FIRST_TID + process * PER_PROCESS) << 32 | 2 : 4000 + process;
	put(r, cpu, &rec, sizeof(rec));
}

/* Who stands first goes on the core, or nobody. */
static void leave(struct room *r, uint32_t cpu, uint64_t ts_ns, bool blocks)
{
	struct core *core = &r->cores[cpu];
	uint32_t next = 0;

	if (core->queued) {
		next = core->queue[core->first];
		core->first = (core->first + 1) % r->nr_tasks;
		core->queued--;
	}
	if (next == core->tid)
		return;
	put_leave(r, cpu, ts_ns, next, blocks);
	if (core->tid && !blocks) {
		core->queue[(core->first + core->queued++) % r->nr_tasks] = core->tid;
		r->places[core->tid - FIRST_TID] = PLACE_QUEUED;
	} else if (core->tid) {
		r->places[core->tid - FIRST_TID] = PLACE_BLOCKED;
	}
	core->tid = next;
	core->next_ns = next ? ts_ns + run_ns(r) : UINT64_MAX;
	if (next)
		r->places[next - FIRST_TID] = PLACE_ON_CORE;
}

/* The one who runs on cpu wakes a task; tasks have a home, which now and then changes. */
static void wake(struct room *r, uint32_t cpu, uint64_t ts_ns, uint32_t task)
{
	uint32_t home =
	    random_below(r, 50) ? task % r->nr_cores : (uint32_t)random_below(r, r->nr_cores);
	struct core *core = &r->cores[home];
	struct record_waking rec = {
	    .head = {ts_ns, RECORD_WAKING, 0, 0, FIRST_TID + task},
	    .waker_tid = r->cores[cpu].tid,
	    .nr = 1,
	    .args = {4, 64},
	};

	if (!r->cores[cpu].tid)
		rec.head.flags = RECORD_F_HARDIRQ;
	put(r, cpu, &rec, sizeof(rec));
	r->places[task] = PLACE_QUEUED;
	core->queue[(core->first + core->queued++) % r->nr_tasks] = FIRST_TID + task;
	if (!core->tid && core->next_ns == UINT64_MAX)
		core->next_ns = ts_ns + 1500 + random_below(r, 4000);
}

static void step(struct room *r, uint32_t cpu)
{
	struct core *core = &r->cores[cpu];
	uint64_t ts_ns = core->next_ns;

	for (int tries = 0; tries < 3; tries++) {
		uint32_t task = (uint32_t)random_below(r, r->nr_tasks);

		if (r->places[task] == PLACE_BLOCKED) {
			wake(r, cpu, ts_ns - 200, task);
			break;
		}
	}
	if (!core->tid)
		leave(r, cpu, ts_ns, false);
	else if (core->queued && random_below(r, 8) == 0)
		leave(r, cpu, ts_ns, false);
	else
		leave(r, cpu, ts_ns, true);
}

static int flush(struct room *r, uint64_t end_ns, struct err *err)
{
	int res = 0;

	for (uint32_t i = 0; i < r->nr_cores && res == 0; i++) {
		struct bytes *b = &r->cores[i].records;

		if (b->len)
			res = writer_block(r->writer, i, RECORD_RING_IRQ, b->at, b->len, err);
		b->len = 0;
	}
	r->in_chunk = 0;
	return res < 0 ? res : writer_flush(r->writer, end_ns, err);
}

static uint32_t earliest(const struct room *r)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < r->nr_cores; i++)
		if (r->cores[i].next_ns < r->cores[best].next_ns)
			best = i;
	return best;
}

/* A clock that wakes somebody on core 0 keeps the room from falling asleep. */
static int play(struct room *r, uint64_t nr_records, uint64_t *end_ns, struct err *err)
{
	uint64_t tick_ns = BEGIN_NS + 100000;
	int res = 0;

	while (r->nr_records < nr_records && res == 0) {
		uint32_t cpu = earliest(r);
		uint64_t ts_ns = r->cores[cpu].next_ns;

		if (tick_ns < ts_ns) {
			uint32_t task = (uint32_t)random_below(r, r->nr_tasks);

			if (r->places[task] == PLACE_BLOCKED && !r->cores[0].tid)
				wake(r, 0, tick_ns, task);
			tick_ns += 100000;
			continue;
		}
		if (r->in_chunk >= CHUNK_RECORDS)
			res = flush(r, ts_ns - 200, err);
		if (res == 0)
			step(r, cpu);
		*end_ns = ts_ns + 1;
	}
	return res < 0 ? res : flush(r, *end_ns, err);
}

static int make(struct room *r, int fd, const char *path, uint64_t nr_records, struct err *err)
{
	struct trace_info info;
	int res;

	info_init(&info);
	snprintf(info.command, sizeof(info.command), "a made-up machine room");
	snprintf(info.arch, sizeof(info.arch), "x86_64");
	info.nr_cpus = r->nr_cores;
	info.begin_ns = BEGIN_NS;
	r->writer = writer_open(&info, err);
	if (!r->writer)
		return -err->code;
	res = writer_add_output(r->writer, fd, path, WRITER_REQUIRED, err);
	for (uint32_t i = 0; i < r->nr_tasks; i++)
		put_task(r, i);
	if (res == 0)
		res = play(r, nr_records, &info.end_ns, err);
	info.exit_status = 0;
	if (res == 0)
		res = writer_finish(r->writer, &info, err);
	writer_close(r->writer);
	return res;
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise, uint64_t most)
{
	char *end;
	uint64_t n = at < argc ? strtoull(argv[at], &end, 10) : otherwise;

	if (n == 0 || n > most || (at < argc && *end)) {
		fprintf(stderr, "make_trace: '%s' is not a number from 1 to %llu\n", argv[at],
			(unsigned long long)most);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct room r = {.seed = 88172645463325252};
	struct err err = {0};

	bool asked = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);

	if (argc < 2 || argc > 5 || argv[1][0] == '-') {
		fprintf(asked ? stdout : stderr,
			"usage: make_trace FILE [RECORDS [CORES [THREADS]]]\n");
		return asked ? 0 : 2;
	}
	uint64_t nr_records = number(argc, argv, 2, 10000000, 10000000000);

	r.nr_cores = (uint32_t)number(argc, argv, 3, 64, 65535);
	r.nr_tasks = (uint32_t)number(argc, argv, 4, 1000, 1000000);
	r.cores = mem_zalloc(r.nr_cores, sizeof(*r.cores));
	r.places = mem_zalloc(r.nr_tasks, sizeof(*r.places));
	for (uint32_t i = 0; i < r.nr_cores; i++) {
		r.cores[i].queue = mem_zalloc(r.nr_tasks, sizeof(uint32_t));
		r.cores[i].next_ns = UINT64_MAX;
	}
	r.cores[0].next_ns = BEGIN_NS + 1000;
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	int res = make(&r, fd, argv[1], nr_records, &err);

	if (res < 0)
		fprintf(stderr, "make_trace: %s\n", err.text);
	for (uint32_t i = 0; i < r.nr_cores; i++) {
		bytes_done(&r.cores[i].records);
		free(r.cores[i].queue);
	}
	free(r.cores);
	free(r.places);
	return res < 0;
}
