/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int out_finish(struct err *err)
{
	if (fflush(stdout) != 0)
		return err_set(err, errno, "cannot write standard output: %s", strerror(errno));
	if (ferror(stdout))
		return err_set(err, EIO, "cannot write all of standard output");
	return 0;
}
