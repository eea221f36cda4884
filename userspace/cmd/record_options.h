/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What record, and the live run that is record with a viewer, are asked for on their command line.
 */
#ifndef CMD_RECORD_OPTIONS_H
#define CMD_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/watcher.h"
#include "collect/recorder.h"

/* Texts are the caller's argv. */
struct record_options {
	bool live; /* with a viewer */
	bool no_view;
	bool quiet;
	bool all;
	bool futex_all;
	bool coroutines;
	bool no_marks;
	const char *marks[MARKS_MAX_FILES]; /* [nr_marks] */
	size_t nr_marks;
	const char *usdt[MARKS_MAX_USDT];
	size_t nr_usdt;
	pid_t pid;
	uint64_t duration_ns;
	size_t ring_bytes;
	enum watch_action on_deadlock;
	const char *user;
	const char *output;
	char **argv; /* COMMAND, NULL if none */
};

/* Reads the command line of record, or of the live run, into *out. What cannot be is said on
 * standard error, and ends the program with status 2; --help ends it with 0. */
void record_options_parse(struct record_options *out, bool live, int argc, char **argv);

#endif
