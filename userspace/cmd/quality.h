/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes a trace less than whole, and how much of it that may touch: one sentence, the same in
 * report and info.
 */
#ifndef CMD_QUALITY_H
#define CMD_QUALITY_H

#include "model/machine.h"

struct quality {
	const struct trace_quality *trace;
	const struct machine *machine;
	uint64_t lost, gaps;
	uint64_t core_ns, core_unknown_ns; /* of all cores that any record named */
	uint64_t task_ns, task_unknown_ns; /* of all traced tasks */
};

/* Whether nothing was lost, late, damaged or skipped, and nothing ends too early. */
bool quality_has_all(const struct quality *q);

/* Whether no records contradict each other, but as on every healthy trace. */
bool quality_has_no_anomaly(const struct quality *q);

/* Prints what is missing and what contradicts, "500 records lost in 1 gap, 2 switches that the
 * kernel hid". */
void quality_print_flaws(const struct quality *q);

/* Prints "unknown are 4.00 ms of the cores' time (20.0 %)". */
void quality_print_unknown(const struct quality *q);

#endif
