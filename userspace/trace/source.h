/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where records come from: our file, a pipe that still grows, the text form, later foreign formats.
 * Replay and live are the same loop:
 *
 *	struct source *src = source_open(path, &err);   // import/import.h
 *	const struct record *rec;
 *	while ((r = source_next(src, &rec, &err)) > 0)
 *		machine_feed(machine, rec);
 *	source_close(src);
 */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include "base/err.h"
#include "trace/info.h"
#include "trace/record.h"

struct source;

/* One format. probe sees the first bytes of the stream and answers whether they are its own. */
struct source_ops {
	const char *name;
	bool (*probe)(const uint8_t *bytes, size_t len);
	/*
	 * Takes fd (closed by close, and by open when it fails). start: [len] was read from a pipe
	 * already and goes before what fd still gives; a regular file is read from its beginning.
	 * On success *out is a source whose first member is struct source.
	 */
	int (*open)(int fd, const char *path, const uint8_t *start, size_t len, struct source **out,
		    struct err *err);
	int (*next)(struct source *src, const struct record **rec, struct err *err);
	int (*seek)(struct source *src, uint64_t ts_ns, struct err *err); /* NULL: cannot */
	bool (*wait)(struct source *src, int timeout_ms);                 /* NULL: never has to */
	/* source_keep, source_again and whether it can; NULL: never */
	void (*keep)(struct source *src, int fd);
	int (*again)(struct source *src, struct source **out, struct err *err);
	bool (*can_again)(const struct source *src);
	void (*close)(struct source *src);
};

struct source {
	const struct source_ops *ops;
	bool follow;                                          /* source_follow */
	void (*tap)(void *payload, const struct record *rec); /* source_tap */
	void *tap_payload;
	/*
	 * Complete after open but for end_ns, exit_status and quality: those at the end, or at once
	 * where the file's end can be read. Every record's cpu is below nr_cpus.
	 */
	struct trace_info info;
};

/*
 * Next record in time order. 1: *rec is borrowed until the next call. 0: the end; src->info is
 * final. -EAGAIN: a pipe or a file that still grows has no whole chunk now; source_wait,
 * then call again. Other negative errno: failed, err says where. Damaged sections are skipped
 * and counted in info.quality, never an error; what precedes a cut is always delivered.
 */
int source_next(struct source *src, const struct record **rec, struct err *err);

/* Makes the next record the first whose chunk may hold ts_ns. -ENOTSUP for a pipe. */
int source_seek(struct source *src, uint64_t ts_ns, struct err *err);

/*
 * A regular file without an end section is one whose recorder was killed; with follow it is one
 * that is still being written: source_next answers -EAGAIN at its present end.
 */
void source_follow(struct source *src, bool follow);

/* Lets a second reader have every record that source_next returns, before its caller has it. NULL:
 * no longer. */
void source_tap(struct source *src, void (*tap)(void *payload, const struct record *rec),
		void *payload);

/* Waits until source_next may have more, timeout_ms at most; false: nothing came. */
bool source_wait(struct source *src, int timeout_ms);

/*
 * Lets a pipe write what passes to fd, an empty file that src then owns, so that it can be read
 * again; before the first source_next. Any other source closes fd. When the file cannot be written
 * (a full disk) reading goes on and source_can_again is false from there on.
 */
void source_keep(struct source *src, int fd);

/*
 * A second source with its own place in the same trace, at its beginning; it ends with -EAGAIN
 * where src has not read yet. -ENOTSUP: a format that cannot, or a pipe that was not kept.
 */
int source_again(struct source *src, struct source **out, struct err *err);

/* Whether all that src has read so far can be read again and entered in the middle. */
bool source_can_again(const struct source *src);

/* NULL is fine. */
void source_close(struct source *src);

#endif
