/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of tasks that were there before recording began, what only /proc tells: which file a task that
 * waits for a descriptor waits for, and what a task in a pid namespace is called there.
 */
#ifndef COLLECT_FOUND_H
#define COLLECT_FOUND_H

#include <stdbool.h>

#include "trace/record.h"

/*
 * Fill out for a task of the walk, its time that of the task record. False: it is not traced, or
 * waits for no descriptor; it is in no pid namespace but the tracer's; or /proc/TID may not be read
 * (call them before giving up root's rights).
 */
bool found_file(const struct record_task *task, struct record_file *out);
bool found_number(const struct record_task *task, struct record_number *out);

#endif
