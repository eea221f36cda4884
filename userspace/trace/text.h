/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text twin of a trace: one line per record, made from the field tables, exact enough to be
 * read back (import/text.c). docs/format.md, "Text".
 *
 *	12.000001234 cpu=1 switch tid=100 next_tid=0 prev_state=0x1
 */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include "base/bytes.h"
#include "trace/info.h"
#include "trace/record.h"

#define TEXT_MAGIC "# conctrace text 1"

/* Appends the first line and what is known of the trace at its beginning, as "# key value" lines.
 */
void text_write_begin(const struct trace_info *info, struct bytes *out);

/* Appends the line of a record of a known type, with its newline. */
void text_write_record(const struct record *rec, struct bytes *out);

/* Appends what is known at the end, as "# key value" lines. */
void text_write_end(const struct trace_info *info, struct bytes *out);

#endif
