/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a descriptor, looked at before they are taken. A pipe is never waited for, and nothing
 * is allocated for bytes that have not arrived.
 */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include "base/bytes.h"

struct input {
	int fd;
	int watch;        /* inotify of a regular file, -1: none yet */
	bool seekable;    /* a regular file */
	bool ended;       /* of a pipe: its writers are gone */
	uint64_t offset;  /* of the next byte to take */
	uint64_t to_skip; /* bytes before it that have not come yet */
	size_t at;        /* that byte in buf */
	int keep;         /* of a pipe: what was read is written here, -1: nowhere */
	bool from_start;  /* of a pipe: buf still holds all that was read */
	struct bytes buf;
};

/* Owns fd from now on. start: [len] goes before what a pipe still gives. 0, or -errno. */
int input_open(struct input *in, int fd, const uint8_t *start, size_t len);
/* Closes fd and frees. */
void input_close(struct input *in);

/*
 * The next len bytes, borrowed until the next call: *bytes, of which *have are there. 1: all of
 * them. 0: the input ends before (a regular file may grow). -EAGAIN: a pipe has not brought them
 * yet.
 */
int input_peek(struct input *in, size_t len, const uint8_t **bytes, size_t *have);

/*
 * Passes over len bytes, those not there yet when they come: input_peek answers 0 or -EAGAIN with
 * to_skip left. Never waits.
 */
void input_skip(struct input *in, uint64_t len);

/*
 * input_keep lets a pipe be written to fd, which in then owns, from its first byte; allowed until
 * input_go_on, which ends the time in which all bytes are held for it. Any other input closes fd.
 * input_kept: a descriptor of a file with all that was read so far, borrowed; -1: there is none.
 */
void input_keep(struct input *in, int fd);
void input_go_on(struct input *in);
int input_kept(const struct input *in);

/* Goes to offset of a regular file. */
void input_seek(struct input *in, uint64_t offset);

/* Waits until there may be more, timeout_ms at most (-1: for ever); false: nothing came. */
bool input_wait(struct input *in, int timeout_ms);

#endif
