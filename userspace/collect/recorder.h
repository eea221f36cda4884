/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One recording: probes → buffers → writer, from the moment the probes are attached to the final
 * flush. Only drains and writes; who looks at it live reads the same stream from an output.
 *
 *	rec = recorder_open(&options, &err);        // needs rights
 *	recorder_add_output(rec, fd, "t.ctr", WRITER_REQUIRED, &err);
 *	recorder_begin(rec, &err);                  // time begins; the tasks that exist
 *	recorder_visit_cores(rec);                  // what each core runs
 *	while (...) recorder_pass(rec, &wait_ms, &err);
 *	recorder_stop(rec, &err);                   // every record is out
 *	recorder_finish(rec, exit_status, &totals, &err);
 *	recorder_close(rec);
 */
#ifndef COLLECT_RECORDER_H
#define COLLECT_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collect/probes.h"
#include "trace/writer.h"

struct recorder_options {
	struct probes_options probes;
	const char *command; /* as typed, for the header */
	bool live;           /* somebody looks on: small chunks, often */
	bool watched;        /* somebody waits for what happens: chunks soon */
	struct writer_patience patience;
};

struct recorder_totals {
	uint64_t duration_ns;
	uint64_t nr_records;
	uint64_t nr_bytes; /* of each output */
	uint64_t lost;
	uint64_t missed;
	int64_t nr_alive;   /* traced tasks that have not ended */
	uint32_t alive_pid; /* a process of theirs, 0: not known */
	uint64_t unnamed;   /* waits for objects that were too many to look them up */
};

struct recorder;

/* Loads and attaches. NULL: as probes_open. */
struct recorder *recorder_open(const struct recorder_options *options, struct err *err);

/*
 * Where to write to, from recorder_begin on; until the first pass also later, at once. See
 * writer_add_output.
 */
int recorder_add_output(struct recorder *r, int fd, const char *name, enum writer_output kind,
			struct err *err);

/*
 * The trace begins: from here on nothing is missed. Writes the header, then the tasks that exist.
 * All that takes time goes before or after: COMMAND stands still until this is done, in the trace.
 */
int recorder_begin(struct recorder *r, struct err *err);

/* Makes every core switch once, by running there: its first switch tells what it ran since the
 * trace began. It takes a moment for each, before anybody's turn if that is allowed: after COMMAND
 * was let go. */
void recorder_visit_cores(const struct recorder *r);

/* Takes what is in the buffers. *wait_ms: when to come again, shorter as they fill. */
int recorder_pass(struct recorder *r, int *wait_ms, struct err *err);

/* Detaches, takes the rest and writes it: the outputs have every record, and no end yet. */
int recorder_stop(struct recorder *r, struct err *err);

/* What the outputs are written by: who knows the model adds its checkpoints after recorder_stop. */
struct writer *recorder_writer(struct recorder *r);

/* After recorder_stop: writes the end and the index. exit_status as wait(2) or INFO_NO_STATUS. */
int recorder_finish(struct recorder *r, int exit_status, struct recorder_totals *totals,
		    struct err *err);

/* NULL is fine. */
void recorder_close(struct recorder *r);

#endif
