/* SPDX-License-Identifier: BSD-2-Clause */
/* --from and --to: the part of a trace that a command is about. */
#ifndef CMD_WINDOW_H
#define CMD_WINDOW_H

#include <argp.h>
#include <stdint.h>

/* As asked for: since the trace's begin; to_ns UINT64_MAX: to the end. */
struct window {
	uint64_t from_ns;
	uint64_t to_ns;
};

/* The two options: a child of a command's own, which hands it its struct window as child_inputs[0]
 * at ARGP_KEY_INIT. Ends with a sentence if a time is none, or nothing lies between the two. */
extern const struct argp window_argp;

/* Absolute time of a moment of a trace that begins at begin_ns; UINT64_MAX if it is too far. */
uint64_t window_at(uint64_t begin_ns, uint64_t ns);

#endif
