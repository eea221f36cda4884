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

/* The value of option name; ends with a sentence if it is no duration. */
uint64_t window_time(const char *name, const char *arg, struct argp_state *state);

/* Ends with a sentence if there is nothing between from and to. */
void window_check(const struct window *w, struct argp_state *state);

/* Absolute time of a moment of a trace that begins at begin_ns; UINT64_MAX if it is too far. */
uint64_t window_at(uint64_t begin_ns, uint64_t ns);

#endif
