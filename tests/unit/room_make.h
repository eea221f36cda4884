/* SPDX-License-Identifier: BSD-2-Clause */
/* A small machine room invented by a random generator: what a kernel could have said of a few tasks
 * on a few cores, as a source and as a file. */
#ifndef TEST_ROOM_MAKE_H
#define TEST_ROOM_MAKE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "import/import.h"
#include "model/timeline.h"
#include "trace/writer.h"

#define NR_CPUS   3
#define NR_TASKS  12
#define FIRST_TID 100
#define BEGIN_NS  1000000
#define TAIL_NS   777 /* from the last record to the end of the trace */

union any_record {
	struct record head;
	struct record_switch sw;
	struct record_block block;
	struct record_waking waking;
	struct record_task task;
	struct record_lost lost;
	struct record_name name;
	struct record_mark mark;
	struct record_coroutine coroutine;
};

/* A source that plays an array; each `pause` records it says -EAGAIN, after `fail_at` it fails. */
struct fake_source {
	struct source src;
	union any_record *records;
	size_t nr, cap, at;
	size_t pause, since_pause;
	size_t fail_at;
};

static inline int fake_next(struct source *src, const struct record **rec, struct err *err)
{
	struct fake_source *fake = (struct fake_source *)src;

	if (fake->fail_at && fake->at == fake->fail_at)
		return err_set(err, EIO, "the invented disk broke");
	if (fake->at == fake->nr) {
		fake->src.info.end_ns =
		    fake->nr ? fake->records[fake->nr - 1].head.ts_ns + TAIL_NS : 0;
		return 0;
	}
	if (fake->pause && fake->since_pause++ == fake->pause) {
		fake->since_pause = 0;
		return -EAGAIN;
	}
	*rec = &fake->records[fake->at++].head;
	return 1;
}

static inline void fake_close(struct source *src)
{
	struct fake_source *fake = (struct fake_source *)src;

	free(fake->records);
	free(fake);
}

static const struct source_ops fake_ops = {
    .name = "fake",
    .next = fake_next,
    .close = fake_close,
};

static inline struct fake_source *fake_open(void)
{
	struct fake_source *fake = mem_zalloc(1, sizeof(*fake));

	fake->src.ops = &fake_ops;
	fake->src.info.nr_cpus = NR_CPUS;
	fake->src.info.begin_ns = BEGIN_NS;
	fake->src.info.exit_status = INFO_NO_STATUS;
	memcpy(fake->src.info.arch, "x86_64", sizeof("x86_64"));
	return fake;
}

static inline union any_record *fake_put(struct fake_source *fake, uint64_t ts_ns,
					 enum record_type type, uint32_t cpu, uint32_t tid)
{
	union any_record *rec;

	fake->records = mem_grow(fake->records, &fake->cap, fake->nr + 1, sizeof(*rec));
	rec = &fake->records[fake->nr++];
	memset(rec, 0, sizeof(*rec));
	rec->head.ts_ns = ts_ns;
	rec->head.type = (uint8_t)type;
	rec->head.cpu = (uint16_t)cpu;
	rec->head.tid = tid;
	return rec;
}

static inline uint32_t random_below(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33) % limit;
}

enum place { PLACE_BLOCKED, PLACE_QUEUED, PLACE_ON_CORE };

/* Some wait for one of two locks, whose memory names this owner or that. */
static inline void room_wait(union any_record *rec, uint64_t *seed)
{
	if (rec->head.tid % 3) {
		rec->block.object_kind = OBJECT_PIPE;
		rec->block.object = 4711;
		return;
	}
	rec->block.nr = 202;
	rec->block.object_kind = OBJECT_FUTEX;
	rec->block.args[0] = 0x1000 + 0x100 * random_below(seed, 2);
	rec->block.args[1] = 0x80;
	rec->block.args[2] = 2;
	rec->block.object = 2 | (uint64_t)(FIRST_TID + random_below(seed, NR_TASKS)) << 32;
}

/* What a task says of itself now and then: that another coroutine runs, that a region begins or, as
 * often, ends, and marks. */
static inline void room_say(struct fake_source *fake, uint64_t *seed, uint64_t ts_ns, uint32_t cpu,
			    uint32_t tid, uint8_t *depth)
{
	uint32_t what = random_below(seed, 12);
	union any_record *rec;

	if (what == 0) {
		rec = fake_put(fake, ts_ns, RECORD_COROUTINE, cpu, tid);
		rec->coroutine.from = random_below(seed, 2) ? 9 : 0;
		rec->coroutine.id = random_below(seed, 5);
	} else if (what <= 4) {
		bool begins = *depth == 0 || (*depth < 3 && random_below(seed, 2));

		rec = fake_put(fake, ts_ns, RECORD_MARK, cpu, tid);
		rec->mark.kind = begins ? MARK_BEGIN : MARK_END;
		rec->mark.name = begins ? 1 + random_below(seed, 6) : 0;
		*depth = (uint8_t)(begins ? *depth + 1 : *depth - 1);
	} else if (what == 5) {
		rec = fake_put(fake, ts_ns, RECORD_MARK, cpu, tid);
		rec->mark.kind = random_below(seed, 2) ? MARK_INSTANT : MARK_COUNTER;
		rec->mark.name = 4 + random_below(seed, 6);
		rec->mark.value = random_below(seed, 100);
	}
}

static inline void room_switch(struct fake_source *fake, uint64_t *seed, uint64_t ts_ns,
			       uint32_t *core, enum place *place)
{
	uint32_t cpu = random_below(seed, NR_CPUS), prev = core[cpu], next = 0, i;
	uint32_t start = random_below(seed, NR_TASKS);
	union any_record *rec;

	for (i = 0; i < NR_TASKS && !next; i++)
		if (place[(start + i) % NR_TASKS] == PLACE_QUEUED)
			next = FIRST_TID + (start + i) % NR_TASKS;
	if (next == prev)
		return;
	if (prev && (random_below(seed, 3) || !next)) {
		rec = fake_put(fake, ts_ns, RECORD_BLOCK, cpu, prev);
		rec->sw.prev_state = 1;
		room_wait(rec, seed);
		place[prev - FIRST_TID] = PLACE_BLOCKED;
	} else {
		rec = fake_put(fake, ts_ns, RECORD_SWITCH, cpu, prev);
		rec->head.flags = prev ? RECORD_F_PREEMPT : 0;
		if (prev)
			place[prev - FIRST_TID] = PLACE_QUEUED;
	}
	rec->sw.next_tid = next;
	core[cpu] = next;
	if (next)
		place[next - FIRST_TID] = PLACE_ON_CORE;
}

/* nr events of NR_TASKS tasks on NR_CPUS cores, all that a kernel could have said. */
static inline struct fake_source *room_open(uint64_t seed, size_t nr)
{
	struct fake_source *fake = fake_open();
	enum place place[NR_TASKS] = {PLACE_BLOCKED};
	uint32_t core[NR_CPUS] = {0};
	uint8_t depth[NR_TASKS] = {0};
	uint64_t ts_ns = BEGIN_NS;
	union any_record *rec;
	uint32_t i;

	for (i = 0; i < NR_TASKS; i++) {
		rec = fake_put(fake, ts_ns, RECORD_TASK, 0, FIRST_TID + i);
		rec->head.flags = RECORD_F_TRACED;
		rec->task.tgid = FIRST_TID;
		rec->task.state = 'S';
		rec->task.nr = 0;
		memcpy(rec->task.comm, "room", sizeof("room"));
	}
	while (fake->nr < nr) {
		i = random_below(&seed, NR_TASKS);
		ts_ns += 1 + random_below(&seed, 5000);
		if (place[i] == PLACE_ON_CORE) {
			room_say(fake, &seed, ts_ns, 0, FIRST_TID + i, &depth[i]);
			continue;
		}
		if (random_below(&seed, 2)) {
			room_switch(fake, &seed, ts_ns, core, place);
		} else if (place[i] == PLACE_BLOCKED) {
			uint32_t cpu = random_below(&seed, NR_CPUS);

			rec = fake_put(fake, ts_ns, RECORD_WAKING, cpu, FIRST_TID + i);
			rec->waking.waker_tid = core[cpu];
			rec->waking.nr = (FIRST_TID + i) % 3 ? 1 : 202;
			if (!core[cpu])
				rec->head.flags = RECORD_F_HARDIRQ;
			place[i] = PLACE_QUEUED;
		}
	}
	return fake;
}

/* The room's records as our own file, in chunks, in memory. */
static inline int room_file(const struct fake_source *fake)
{
	struct trace_info info = fake->src.info;
	struct err err = {0};
	struct writer *writer = writer_open(&info, &err);
	int fd = memfd_create("room", MFD_CLOEXEC);
	size_t i;

	assert_non_null(writer);
	assert_int_equal(writer_add_output(writer, fd, "room", WRITER_REQUIRED, &err), 0);
	for (i = 0; i < fake->nr; i++) {
		const struct record *rec = &fake->records[i].head;

		if (i % 500 == 499)
			assert_int_equal(writer_flush(writer, rec->ts_ns, &err), 0);
		assert_int_equal(writer_block(writer, rec->cpu, RECORD_RING_IRQ, rec,
					      record_size(rec->type), &err),
				 0);
	}
	info.end_ns = fake->records[fake->nr - 1].head.ts_ns + TAIL_NS;
	assert_int_equal(writer_finish(writer, &info, &err), 0);
	writer_close(writer);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

#endif
