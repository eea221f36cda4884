/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where tasks wait for each other: an object, such as a futex, a pipe or a socket, that they wait
 * at, with a number of its own.
 */
#ifndef ANALYSIS_MEETING_H
#define ANALYSIS_MEETING_H

#include "analysis/pass.h"
#include "base/keys.h"

/* Number of the object that iv waits at; UINT32_MAX: at none, or of a task that is not traced. */
uint32_t meeting_index(struct keys *k, const struct view *v, const struct interval *iv);

#define MEETING_TEXT_LEN 160
/* "condition 0x5000", "pipe 81273": where iv waits. out is MEETING_TEXT_LEN. */
const char *meeting_text(const struct view *v, const struct interval *iv, char *out);

#endif
