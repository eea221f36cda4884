/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a task ended, in words: by the status it gave or the signal that killed it, as wait(2) codes
 * both.
 */
#ifndef MODEL_ENDING_H
#define MODEL_ENDING_H

#include <stdbool.h>

#include "model/machine.h"

#define ENDING_LEN 32

/* "status 7", "signal 11 (SEGV)"; "" where nothing told it. Fills buf [ENDING_LEN] and returns it.
 */
const char *ending_text(int exit_code, char *buf);

/* Whether it ended by a signal, or with a status other than 0. */
bool ending_failed(int exit_code);

/* The same of a task, which may live: then, and where nothing told it, it has not. */
bool task_failed(const struct task *task);

#endif
