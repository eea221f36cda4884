/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes over the buffers. A pass takes what is older than a margin, so that chunks are in order.
 */
#include "collect/recorder.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/found.h"
#include "collect/lookup.h"
#include "collect/naming.h"
#include "collect/words.h"

/*
 * A probe takes its time stamp some nanoseconds before its record is seen. A record younger than
 * this stays for the next pass; one that is held up longer (a stolen virtual core) is counted late.
 */
#define MARGIN_NS     2000000
#define LIVE_WAIT_MS  10
#define QUIET_WAIT_MS 100
#define MIN_WAIT_MS   2
#define YOUNG_WAIT_MS 10 /* when a process began: it may not live long, and then has no names */
#define FULL_PERCENT  20 /* of the fullest buffer: come sooner */
#define CHUNK_BYTES   (4 << 20)  /* of records before they are encoded */
#define CHUNK_NS      1000000000 /* the most that a recorder which is killed loses */
#define SLICE_BYTES   (32 << 20) /* of them in one chunk, however many wait in the buffers */
#define WATCHED_NS    250000000
#define NR_YOUNGEST   16
#define NAMES_WAIT_MS 500 /* at the end, for what is still being looked up */

struct output {
	int fd;
	char *name;
	enum writer_output kind;
};

struct recorder {
	struct probes *probes;
	struct output *outputs; /* [nr_outputs]: of the writer, which is opened at the begin */
	size_t nr_outputs, cap_outputs;
	struct writer *writer;
	struct naming *naming;
	struct bytes names; /* all records of names so far */
	struct marks_options marks;
	size_t nr_given; /* of these, those that the program gave */
	struct trace_info info;
	struct writer_patience patience;
	bool live;
	uint64_t chunk_ns;
	int wait_ms;
	bool is_young; /* a process began since the last pass */
	uint64_t flushed_ns;
	uint64_t walked_ns; /* the tasks found are told as of then: the first chunk ends later */
	int64_t nr_alive;
	uint32_t
	    youngest[NR_YOUNGEST]; /* processes forked last that were not seen to end; 0: none */
	size_t nr_forked;
};

static void fill_info(struct recorder *r, const struct recorder_options *options)
{
	struct utsname uts;

	uname(&uts);
	snprintf(r->info.kernel, sizeof(r->info.kernel), "%s", uts.release);
	snprintf(r->info.arch, sizeof(r->info.arch), "%s", uts.machine);
	snprintf(r->info.command, sizeof(r->info.command), "%s", options->command);
	snprintf(r->info.probes, sizeof(r->info.probes), "%s", probes_names(r->probes));
	r->info.nr_cpus = probes_rings(r->probes)->nr_cpus;
	r->info.target_tid = options->probes.target_tgid;
	r->info.exit_status = INFO_NO_STATUS;
}

static void close_lookup(void *payload)
{
	lookup_close(payload);
}

static int look_up(void *payload, const struct ask *asks, size_t nr, bool is_last,
		   struct bytes *out)
{
	return lookup_take(payload, asks, nr, is_last, out);
}

struct recorder *recorder_open(const struct recorder_options *options, struct err *err)
{
	struct recorder *r = mem_zalloc(1, sizeof(*r));

	r->live = options->live;
	r->patience = options->patience;
	r->chunk_ns = options->watched ? WATCHED_NS : CHUNK_NS;
	r->marks = options->probes.marks;
	r->naming = naming_open(look_up, close_lookup, lookup_open());
	r->probes = probes_open(&options->probes, err);
	if (!r->probes || probes_attach(r->probes, err) < 0)
		goto failed;
	fill_info(r, options);
	r->wait_ms = MIN_WAIT_MS;
	return r;
failed:
	recorder_close(r);
	return NULL;
}

int recorder_add_output(struct recorder *r, int fd, const char *name, enum writer_output kind,
			struct err *err)
{
	if (r->writer)
		return writer_add_output(r->writer, fd, name, kind, err);
	r->outputs = mem_grow(r->outputs, &r->cap_outputs, r->nr_outputs + 1, sizeof(*r->outputs));
	r->outputs[r->nr_outputs++] =
	    (struct output){.fd = fd, .name = mem_strdup(name), .kind = kind};
	return 0;
}

void recorder_visit_cores(const struct recorder *r)
{
	struct sched_param first = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	struct sched_param usual;
	int policy = sched_getscheduler(0);
	cpu_set_t home, one;

	if (policy < 0 || sched_getparam(0, &usual) < 0 ||
	    sched_getaffinity(0, sizeof(home), &home) < 0)
		return;
	/* Not to be stuck behind a real-time task; where that is not allowed it goes without. */
	bool is_first = sched_setscheduler(0, SCHED_FIFO, &first) == 0;

	for (unsigned int cpu = 0; cpu < r->info.nr_cpus && cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	sched_setaffinity(0, sizeof(home), &home);
	if (is_first)
		sched_setscheduler(0, policy, &usual);
}

/* What /proc tells of a task that was found, behind all tasks in time. */
static void note_found(struct recorder *r, const struct record_task *task, struct bytes *out)
{
	uint64_t now_ns = clock_now_ns();
	struct record_number number;
	struct record_words words;
	struct record_file file;

	if (found_number(task, &number)) {
		number.head.ts_ns = now_ns;
		bytes_add(out, &number, sizeof(number));
	}
	if (words_read(task, &words)) {
		words.head.ts_ns = now_ns;
		bytes_add(out, &words, sizeof(words));
	}
	if (found_file(task, &file)) {
		struct record_block block = {
		    .head.head = file.head,
		    .nr = task->nr,
		    .object_kind = file.kind,
		    .object = file.object,
		};

		block.head.head.type = RECORD_BLOCK;
		block.args[0] = task->args[0];
		naming_see(r->naming, &block.head.head);
		file.head.ts_ns = now_ns;
		bytes_add(out, &file, sizeof(file));
	}
}

/* Of the tasks found: who is counted, whose memory tells what they wait for, which names to ask. */
static void note_walk(struct recorder *r, struct bytes *walk)
{
	struct bytes found = {0};
	size_t len = walk->len;

	for (size_t at = 0; at < len;) {
		const struct record_task *task = (const void *)(walk->at + at);

		at += record_size(task->head.type);
		if (task->head.type != RECORD_TASK)
			continue;
		r->nr_alive += (task->head.flags & RECORD_F_TRACED) != 0;
		naming_see(r->naming, &task->head);
		if (task->head.flags & RECORD_F_TRACED)
			note_found(r, task, &found);
	}
	bytes_add(walk, found.at, found.len);
	bytes_done(&found);
}

/* What the USDT probes asked for are called goes behind the tasks. */
static void tell_probes(struct recorder *r, struct bytes *walk)
{
	size_t from = walk->len;

	marks_tell(&r->marks, walk);
	for (size_t at = from; at < walk->len; at += sizeof(struct record_name))
		((struct record *)(walk->at + at))->ts_ns = clock_now_ns();
	bytes_add(&r->names, walk->at + from, walk->len - from);
}

/* Time begins now, which the first bytes of every output tell. */
static int begin_outputs(struct recorder *r, struct err *err)
{
	r->info.begin_ns = clock_now_ns();
	r->info.realtime_ns = clock_ns(CLOCK_REALTIME);
	r->info.boottime_ns = clock_ns(CLOCK_BOOTTIME);
	r->writer = writer_open(&r->info, err);
	if (!r->writer)
		return -err->code;
	writer_set_patience(r->writer, &r->patience);
	for (size_t i = 0; i < r->nr_outputs; i++) {
		const struct output *o = &r->outputs[i];
		int res = writer_add_output(r->writer, o->fd, o->name, o->kind, err);

		if (res < 0)
			return res;
	}
	return 0;
}

int recorder_begin(struct recorder *r, struct err *err)
{
	struct bytes walk = {0};
	void *bytes = NULL;
	size_t len = 0;
	int res = begin_outputs(r, err);

	if (res == 0)
		res = probes_walk(r->probes, &bytes, &len, err);
	if (res == 0) {
		bytes_add(&walk, bytes, len);
		note_walk(r, &walk);
		tell_probes(r, &walk);
		res = writer_block(r->writer, 0, RECORD_RING_WALK, walk.at, walk.len, err);
	}
	free(bytes);
	bytes_done(&walk);
	r->walked_ns = clock_now_ns();
	return res;
}

static void note_birth(struct recorder *r, const struct record_fork *f)
{
	r->nr_alive++;
	if (f->head.flags & RECORD_F_THREAD)
		return;
	r->is_young = true;
	r->youngest[r->nr_forked++ % NR_YOUNGEST] = f->child_tgid;
}

static void note_death(struct recorder *r, uint32_t tid)
{
	r->nr_alive--;
	for (size_t i = 0; i < NR_YOUNGEST; i++)
		if (r->youngest[i] == tid)
			r->youngest[i] = 0;
}

/* One that goes on; buffers are taken one after the other, so that an end may have come first. */
static uint32_t alive_pid(const struct recorder *r)
{
	for (size_t i = 0; i < NR_YOUNGEST; i++)
		if (r->youngest[i] && kill((pid_t)r->youngest[i], 0) == 0)
			return r->youngest[i];
	return 0;
}

/*
 * Births, deaths and waits pass by here. The ring written with interrupts off has most of the
 * records, and of them only the waits are looked at.
 */
static void note_records(struct recorder *r, unsigned int ring, const uint8_t *bytes, size_t len)
{
	const struct record *rec;

	for (size_t at = 0; at < len; at += record_size(rec->type)) {
		rec = (const void *)(bytes + at);
		if (rec->type == RECORD_NAME && r->nr_given++ < ASKED_MAX)
			bytes_add(&r->names, rec, sizeof(struct record_name));
		if (rec->type == RECORD_BLOCK || ring == RECORD_RING_TASK)
			naming_see(r->naming, rec);
		if (ring != RECORD_RING_TASK || !(rec->flags & RECORD_F_TRACED))
			continue;
		if (rec->type == RECORD_FORK)
			note_birth(r, (const struct record_fork *)rec);
		else if (rec->type == RECORD_EXIT)
			note_death(r, rec->tid);
	}
}

static int take_records(void *payload, unsigned int cpu, unsigned int ring, const void *bytes,
			size_t len, struct err *err)
{
	struct recorder *r = payload;

	note_records(r, ring, bytes, len);
	return writer_block(r->writer, cpu, ring, bytes, len, err);
}

static int flush(struct recorder *r, uint64_t end_ns, struct err *err)
{
	r->flushed_ns = end_ns;
	return writer_flush(r->writer, end_ns, err);
}

/*
 * All that is older than until_ns. After a stall that may be more than a chunk takes: so it goes by
 * slices of time, each a chunk. *fill: percent of the fullest buffer.
 */
static int take_until(struct recorder *r, uint64_t until_ns, unsigned int *fill, struct err *err)
{
	struct rings *rings = probes_rings(r->probes);
	uint64_t end_ns = rings_slice(rings, until_ns, SLICE_BYTES);
	unsigned int rest;
	int res = rings_drain(rings, r->info.begin_ns, end_ns, take_records, r, fill, err);

	while (res == 0 && end_ns < until_ns) {
		/* Within the walk a chunk would make the next one's records late: if it must be. */
		if (end_ns >= r->walked_ns || writer_pending_bytes(r->writer) > 4 * SLICE_BYTES)
			res = flush(r, end_ns, err);
		if (res < 0)
			break;
		end_ns = rings_slice(rings, until_ns, SLICE_BYTES);
		res = rings_drain(rings, r->info.begin_ns, end_ns, take_records, r, &rest, err);
	}
	return res;
}

/*
 * Names go where the walk went, as told just before ts_ns: all that is written later is younger, so
 * that nothing is late for their sake.
 */
static int write_names(struct recorder *r, uint8_t *bytes, size_t len, uint64_t ts_ns,
		       struct err *err)
{
	for (size_t at = 0; at < len;) {
		struct record *rec = (void *)(bytes + at);

		rec->ts_ns = ts_ns - 1;
		if (rec->type == RECORD_NAME)
			bytes_add(&r->names, rec, record_size(rec->type));
		at += record_size(rec->type);
	}
	return writer_block(r->writer, 0, RECORD_RING_WALK, bytes, len, err);
}

int recorder_pass(struct recorder *r, int *wait_ms, struct err *err)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t until_ns = now_ns - MARGIN_NS;
	int longest = r->live ? LIVE_WAIT_MS : QUIET_WAIT_MS;
	unsigned int fill = 0;
	uint8_t *names;
	size_t len;
	int res = take_until(r, until_ns, &fill, err);

	if (res == 0 && until_ns >= r->walked_ns) {
		naming_pass(r->naming, &names, &len);
		res = write_names(r, names, len, until_ns, err);
	}
	if (res < 0)
		return res;
	if (until_ns >= r->walked_ns &&
	    (r->live || writer_pending_bytes(r->writer) >= CHUNK_BYTES ||
	     until_ns - r->flushed_ns >= r->chunk_ns))
		res = flush(r, until_ns, err);
	if (fill >= FULL_PERCENT)
		r->wait_ms = r->wait_ms / 2 > MIN_WAIT_MS ? r->wait_ms / 2 : MIN_WAIT_MS;
	else if (fill < FULL_PERCENT / 2)
		r->wait_ms = r->wait_ms * 2 < longest ? r->wait_ms * 2 : longest;
	if (r->is_young && r->wait_ms > YOUNG_WAIT_MS)
		r->wait_ms = YOUNG_WAIT_MS;
	r->is_young = false;
	*wait_ms = r->flushed_ns ? r->wait_ms : MIN_WAIT_MS;
	return res;
}

int recorder_stop(struct recorder *r, struct err *err)
{
	unsigned int fill;
	uint8_t *names;
	size_t len;
	int res;

	r->info.end_ns = clock_now_ns();
	probes_detach(r->probes); /* one after the other: what comes meanwhile is not whole */
	r->info.quality.lost = rings_lost(probes_rings(r->probes));
	r->info.quality.missed = probes_missed(r->probes);
	res = take_until(r, r->info.end_ns, &fill, err);
	if (res == 0)
		res = rings_drain_losses(probes_rings(r->probes), take_records, r, err);
	if (res == 0) {
		naming_finish(r->naming, NAMES_WAIT_MS, &names, &len);
		res = write_names(r, names, len, r->info.end_ns, err);
	}
	if (res == 0)
		res = writer_flush(r->writer, r->info.end_ns, err);
	if (res == 0)
		res = writer_names(r->writer, r->names.at, r->names.len, err);
	return res;
}

struct writer *recorder_writer(struct recorder *r)
{
	return r->writer;
}

int recorder_finish(struct recorder *r, int exit_status, struct recorder_totals *totals,
		    struct err *err)
{
	r->info.exit_status = exit_status;
	int res = writer_finish(r->writer, &r->info, err);

	*totals = (struct recorder_totals){
	    .duration_ns = r->info.end_ns - r->info.begin_ns,
	    .lost = r->info.quality.lost,
	    .missed = r->info.quality.missed,
	    .nr_alive = r->nr_alive,
	    .alive_pid = alive_pid(r),
	    .unnamed = naming_nr_refused(r->naming),
	};
	writer_totals(r->writer, &totals->nr_records, &totals->nr_bytes);
	return res;
}

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	naming_close(r->naming);
	bytes_done(&r->names);
	for (size_t i = 0; i < r->nr_outputs; i++)
		free(r->outputs[i].name);
	free(r->outputs);
	writer_close(r->writer);
	probes_close(r->probes);
	free(r);
}
