/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the format of a trace by its first bytes. */
#include "import/import.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/reader.h"

#define START_BYTES  64 /* enough to tell every format; read from a pipe before it is opened */
#define START_WANTED 24

static const struct source_ops *const formats[] = {
    &source_native,
    &source_text,
};

/* Things people hand over by mistake, and what to say of them. */
static const struct {
	const char *start;
	size_t len;
	const char *what;
} foreign[] = {
    {"\177ELF", 4, "an ELF program; to trace it, give it to conctrace as a command"},
    {"\x1f\x8b", 2, "a file compressed by gzip; unpack it first"},
    {"\x28\xb5\x2f\xfd", 4, "a file compressed by zstd; unpack it first"},
    {"\xfd"
     "7zXZ",
     5, "a file compressed by xz; unpack it first"},
    {"BZh", 3, "a file compressed by bzip2; unpack it first"},
    {"PERFILE2", 8, "a perf.data file, which cannot be read yet"},
    {"\x17\x08\x44tracing", 10, "a trace.dat file of trace-cmd, which cannot be read yet"},
    {"conctrc", 7, "a conctrace file of a later version; a newer conctrace reads it"},
    {"# conctrace text", 16, "a conctrace text of a later version; a newer conctrace reads it"},
    {"\x89PNG", 4, "a PNG picture"},
    {"{", 1, "JSON text"},
    {"#!", 2, "a script; to trace it, give it to conctrace as a command"},
};

static const char *looks_like(const uint8_t *start, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (len >= foreign[i].len && memcmp(start, foreign[i].start, foreign[i].len) == 0)
			return foreign[i].what;
	for (i = 0; i < len && (isprint(start[i]) || isspace(start[i]) || start[i] >= 0x80); i++)
		;
	return i == len ? "plain text" : "a file of an unknown format";
}

/* The first bytes: of a pipe they are taken, of a file only looked at. */
static ssize_t read_start(int fd, uint8_t *start)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct stat st;
	ssize_t len = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	while (len < START_WANTED) {
		ssize_t n;

		if (S_ISREG(st.st_mode))
			n = pread(fd, start + len, START_BYTES - (size_t)len, len);
		else
			n = read(fd, start + len, START_BYTES - (size_t)len);
		if (n == 0)
			break;
		if (n > 0)
			len += n;
		else if (errno == EAGAIN)
			(void)poll(&wait, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	return len;
}

struct source *source_open_fd(int fd, const char *path, struct err *err)
{
	struct source *src = NULL;
	uint8_t start[START_BYTES];
	ssize_t len = read_start(fd, start);

	if (len < 0)
		err_set(err, (int)-len, "cannot read %s: %s", path, strerror((int)-len));
	else if (len == 0)
		err_set(err, EINVAL, "%s is empty: no trace was written to it", path);
	for (size_t i = 0; len > 0 && i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!formats[i]->probe(start, (size_t)len))
			continue;
		(void)formats[i]->open(fd, path, start, (size_t)len, &src, err);
		return src;
	}
	if (len > 0)
		err_set(err, EINVAL, "%s is not a trace: it looks like %s", path,
			looks_like(start, (size_t)len));
	close(fd);
	return NULL;
}

struct source *source_open(const char *path, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		err_set(err, errno, "cannot open %s: %s", is_stdin ? "standard input" : path,
			strerror(errno));
		return NULL;
	}
	return source_open_fd(fd, is_stdin ? "standard input" : path, err);
}
