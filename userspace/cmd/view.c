/* SPDX-License-Identifier: BSD-2-Clause */
/* view and picture: both are conctrace-view, the program that draws. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* Becomes conctrace-view with the same arguments. Returns only on failure. */
static int become_view(char **argv)
{
	char path[4096];
	struct err err = {0};

	if (cmd_find("conctrace-view", path, sizeof(path), &err) < 0)
		return cmd_fail(&err);
	execv(path, argv);
	err_set(&err, errno, "cannot run %s: %s", path, strerror(errno));
	return cmd_fail(&err);
}

int cmd_view(int argc, char **argv)
{
	(void)argc;
	return become_view(argv);
}

int cmd_picture(int argc, char **argv)
{
	(void)argc;
	return become_view(argv);
}
