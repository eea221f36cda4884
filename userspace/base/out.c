/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void out_guard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

int out_finish(struct err *err)
{
	if (fflush(stdout) != 0)
		return err_set(err, errno, "cannot write standard output: %s", strerror(errno));
	if (ferror(stdout))
		return err_set(err, EIO, "cannot write all of standard output");
	return 0;
}
