/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trace says of itself: the header's facts, and at its end how it went. Plain data; stored
 * as "key value" lines so that it grows without a new version (docs/format.md).
 */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define INFO_NO_STATUS -1

/* Everything that makes a trace less than whole. Zero is perfect. */
struct trace_quality {
	uint64_t lost;   /* records that found no room */
	uint64_t late;   /* records older than one already passed on; their time was raised to it */
	uint64_t missed; /* probe runs the kernel skipped (recursion) */
	bool truncated;  /* the file ends in the middle of a section: its last part is gone */
	bool headless;   /* it ends before anything is told of the machine or the run */
	bool unfinished; /* no end section: the recorder was killed or is still writing */
	bool followed;   /* another trace stands behind it, which is not read */
	uint64_t corrupt; /* sections whose checksum did not hold, skipped */
};

struct trace_info {
	char kernel[72];      /* uname -r */
	char arch[72];        /* uname -m */
	char command[256];    /* what was traced, as typed, cut at the end */
	char probes[256];     /* names asked for, separated by commas */
	uint32_t nr_cpus;     /* highest possible core number + 1, at least 1 */
	uint32_t target_tid;  /* COMMAND's tid, or -p's, 0 when the whole machine is traced */
	uint64_t begin_ns;    /* from here on nothing was missed but what is counted */
	uint64_t end_ns;      /* 0 until the end is known */
	uint64_t realtime_ns; /* CLOCK_REALTIME and CLOCK_BOOTTIME at begin_ns */
	uint64_t boottime_ns;
	int32_t exit_status; /* COMMAND's, as wait(2) encodes it; INFO_NO_STATUS if unknown */
	struct trace_quality quality;
};

/* An info of which nothing is known: no texts, one core, no times, INFO_NO_STATUS. */
void info_init(struct trace_info *info);

/*
 * Appends "PREFIXkey value\n" lines: what is known when recording begins (kernel to boottime_ns),
 * or what is known when it is over (end_ns, exit_status, quality). Unknown ones are left out; bytes
 * of a text that would break the line are written \\xHH.
 */
void info_write_begin(const struct trace_info *info, const char *prefix, struct bytes *out);
void info_write_end(const struct trace_info *info, const char *prefix, struct bytes *out);

/*
 * Takes one line's key and value. 1: taken. 0: the key is of no interest. -EINVAL: the value is no
 * number, or out of range. A text too long is cut.
 */
int info_read(struct trace_info *info, const char *key, const char *value);

#endif
