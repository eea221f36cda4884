/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads ahead in large pieces; poll before every read of a pipe instead of changing its flags. */
#include "trace/input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (256u << 10)

int input_open(struct input *in, int fd, const uint8_t *start, size_t len)
{
	struct stat st;

	*in = (struct input){.fd = fd, .watch = -1, .keep = -1};
	if (fstat(fd, &st) < 0)
		return -errno;
	in->seekable = S_ISREG(st.st_mode);
	in->from_start = !in->seekable;
	if (!in->seekable)
		bytes_add(&in->buf, start, len);
	return 0;
}

void input_close(struct input *in)
{
	close(in->fd);
	if (in->watch >= 0)
		close(in->watch);
	if (in->keep >= 0)
		close(in->keep);
	bytes_done(&in->buf);
}

/* Length of a regular file now. */
static uint64_t input_size(const struct input *in)
{
	struct stat st;

	return fstat(in->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* What cannot be written ends the keeping; what was kept so far is of no use then. */
static void keep_bytes(struct input *in, const uint8_t *bytes, size_t len)
{
	while (in->keep >= 0 && len > 0) {
		ssize_t n = write(in->keep, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(in->keep);
			in->keep = -1;
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
}

void input_keep(struct input *in, int fd)
{
	if (!in->from_start) {
		close(fd);
		return;
	}
	in->keep = fd;
	keep_bytes(in, in->buf.at, in->buf.len);
}

void input_go_on(struct input *in)
{
	in->from_start = false;
}

int input_kept(const struct input *in)
{
	return in->seekable ? in->fd : in->keep;
}

/* Reads at most max bytes behind the buffer. 0: none there; -EAGAIN: none yet. */
static ssize_t read_piece(struct input *in, size_t max)
{
	struct pollfd wait = {.fd = in->fd, .events = POLLIN};
	uint8_t *to = bytes_reserve(&in->buf, max);
	ssize_t n;

	do {
		if (in->seekable)
			n = pread(in->fd, to, max, (off_t)(in->offset + in->buf.len - in->at));
		else if (poll(&wait, 1, 0) == 0)
			return -EAGAIN;
		else
			n = read(in->fd, to, max);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!in->seekable)
		keep_bytes(in, to, (size_t)n);
	in->buf.len += (size_t)n;
	if (n == 0 && !in->seekable)
		in->ended = true;
	return n;
}

/* Takes what is there of the bytes to pass over. As input_peek. */
static int pass_over(struct input *in)
{
	while (in->to_skip) {
		size_t have = in->buf.len - in->at;
		uint64_t offset = in->offset + in->to_skip;
		ssize_t n;

		if (in->to_skip <= have) {
			in->at += in->to_skip;
			in->offset = offset;
			in->to_skip = 0;
			break;
		}
		if (in->seekable) {
			if (offset < in->to_skip || offset > input_size(in))
				return 0;
			input_seek(in, offset);
			break;
		}
		in->to_skip -= have;
		in->offset += have;
		in->at = in->buf.len = in->from_start ? in->buf.len : 0;
		n = in->ended ? 0 : read_piece(in, PIECE_BYTES);
		if (n <= 0)
			return (int)n;
	}
	return 1;
}

int input_peek(struct input *in, size_t len, const uint8_t **bytes, size_t *have)
{
	int result = pass_over(in);

	*have = 0;
	if (result <= 0)
		return result;
	if (in->at && in->at >= in->buf.len / 2 && !in->from_start) {
		memmove(in->buf.at, in->buf.at + in->at, in->buf.len - in->at);
		in->buf.len -= in->at;
		in->at = 0;
	}
	while (in->buf.len - in->at < len) {
		ssize_t n = in->ended ? 0 : read_piece(in, PIECE_BYTES);

		if (n <= 0) {
			result = (int)n;
			break;
		}
	}
	*bytes = in->buf.at + in->at;
	*have = in->buf.len - in->at;
	return result;
}

void input_skip(struct input *in, uint64_t len)
{
	in->to_skip += len;
	(void)pass_over(in);
}

void input_seek(struct input *in, uint64_t offset)
{
	in->buf.len = 0;
	in->at = 0;
	in->to_skip = 0;
	in->offset = offset;
}

/* inotify has no way to name a descriptor but its link in /proc. */
static int watch_fd(struct input *in)
{
	char path[64];

	if (in->watch >= 0)
		return in->watch;
	in->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in->fd);
	if (in->watch >= 0)
		(void)inotify_add_watch(in->watch, path, IN_MODIFY);
	return in->watch;
}

bool input_wait(struct input *in, int timeout_ms)
{
	struct pollfd wait = {.fd = in->fd, .events = POLLIN};
	uint8_t events[4096];

	if (in->seekable) {
		wait.fd = watch_fd(in);
		if (input_size(in) > in->offset + in->buf.len - in->at)
			return true;
	}
	if (poll(&wait, 1, timeout_ms) <= 0)
		return false;
	if (in->seekable)
		while (read(wait.fd, events, sizeof(events)) > 0)
			;
	return true;
}
