/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known at the end of a trace, for commands that tell of it before they are there. */
#ifndef CMD_AHEAD_H
#define CMD_AHEAD_H

#include "model/machine.h"

/* A machine that has taken the whole trace, from its last checkpoint on; without a sink. NULL:
 * path is no regular file ("-": standard input is none), or cannot be opened. The caller closes. */
struct machine *ahead_open(const char *path);

#endif
