/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What conctrace-view and conctrace picture are asked for on their command line.
 */
#ifndef VIZ_OPTIONS_H
#define VIZ_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "viz/theme.h"

/* Kinds of lanes that are shown. */
#define LANES_FINDINGS 0x01
#define LANES_CORES    0x02
#define LANES_TASKS    0x04
#define LANES_LOCKS    0x08
#define LANES_QUEUE    0x10
#define LANES_ALL      0x1f

#define OPTIONS_MAX_SIZE 16384 /* px, of a picture or window */

/* Texts are the caller's argv. */
struct options {
	bool picture; /* as conctrace picture: a file it is drawn to, and no more */
	const char *path, *kept, *output, *script, *frames;
	const char *color; /* always, never, auto; NULL: auto */
	const struct palette *palette;
	unsigned int lanes; /* LANES_* */
	bool term, once, live, ascii, all_tasks, bench;
	bool critical;     /* the critical path is drawn */
	bool higher;       /* a picture is as much higher as its lanes need */
	int width, height; /* px, or cells of a terminal; 0: as it fits */
	double scale;      /* 0: as it fits */
	uint64_t from_ns, to_ns;
};

/* Reads the command line into *out. As argp does: what cannot be is said on standard error, and
 * ends the program with status 2; --help and --version end it with 0. Returns 0 or -errno. */
int options_parse(struct options *out, int argc, char **argv);

/* Whether a picture of that name is an SVG: .svg, or - for standard output. */
bool options_is_svg(const char *path);

#endif
