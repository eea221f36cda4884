/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory around the futex of a task that waited for it before recording began: what the probes
 * read at a block, for waits whose begin they did not see.
 */
#ifndef COLLECT_WORDS_H
#define COLLECT_WORDS_H

#include <stdbool.h>
#include <sys/syscall.h>

#include "trace/record.h"

/* Younger than many a C library: include/uapi/asm-generic/unistd.h, x86 and arm64 alike. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait 455
#endif

/*
 * Fills out for a task of the walk. False: it is not traced, does not wait in futex(2) or
 * futex_wait(2), or its memory may not be read (needs ptrace(2)'s rights: call it before giving up
 * root's). Its time is the task record's: the caller sets it.
 */
bool words_read(const struct record_task *task, struct record_words *out);

#endif
