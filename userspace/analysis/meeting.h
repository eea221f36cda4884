/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where tasks wait for each other: an object, such as a futex, a pipe or a socket, that they wait
 * at, with a number of its own.
 */
#ifndef ANALYSIS_MEETING_H
#define ANALYSIS_MEETING_H

#include <stdbool.h>

#include "analysis/pass.h"
#include "base/keys.h"

/* Number of the object that iv waits at; UINT32_MAX: at none, or of a task that is not traced. */
uint32_t meeting_index(struct keys *k, const struct view *v, const struct interval *iv);

#define MEETING_TEXT_LEN 160
/* "condition 0x5000", "pipe 81273": where iv waits. out is MEETING_TEXT_LEN. */
const char *meeting_text(const struct view *v, const struct interval *iv, char *out);

/* Whether a place of that text is CPython's own lock: a condition to the kernel, where who wants to
 * run waits for up to 5 ms at a time. Nothing comes from there but the right to run. */
bool meeting_is_gil(const char *where);

#endif
