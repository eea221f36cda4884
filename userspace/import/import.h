/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens a trace of any known format: ours, its text twin, later foreign ones. A new format is one
 * file in this folder and one row in import.c.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "base/err.h"
#include "trace/source.h"

/*
 * Opens path ("-": standard input) as whichever format claims it. NULL and err on failure: ENOENT,
 * EACCES ..., EINVAL when no format knows the first bytes (the sentence says what it looks like).
 * A pipe is read in non-blocking manner: see source_next. Formats are rows in import.c.
 */
struct source *source_open(const char *path, struct err *err);

/* The same from a descriptor, which the source then owns. path is for messages only. */
struct source *source_open_fd(int fd, const char *path, struct err *err);

/* The text twin that `conctrace dump` prints (text.c). */
extern const struct source_ops source_text;

#endif
