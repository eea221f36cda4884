/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds checkpoints to a recording that is complete but for its end: reads the file once more, which
 * the recorder had no time for, and appends the states that readers begin at.
 */
#ifndef CMD_CHECKPOINTS_H
#define CMD_CHECKPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/writer.h"

struct checkpoints {
	struct writer *writer;
	int fd;           /* of writer's required output */
	const char *path; /* for messages */
	bool quiet;       /* nobody shall be told */
	bool show;        /* stderr is free for a line of progress if it takes long */
	void *payload;
	bool (*go_on)(void *payload); /* asked now and then; false: those made so far are enough */
};

/*
 * Does nothing where fd is no regular file that begins with this recording, or the trace is short.
 * Never fails: without checkpoints a trace is read from its beginning. If the disk is full a line
 * on stderr says so, and the writer is as before.
 */
void checkpoints_add(const struct checkpoints *c);

#endif
