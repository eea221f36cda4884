/* SPDX-License-Identifier: BSD-2-Clause */
/* view and picture: both are conctrace-view, the program that draws. */
#include <errno.h>
#include <stdio.h>
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
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "-o", 2) == 0 || strncmp(argv[i], "--output", 8) == 0 ||
		    strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--usage") == 0)
			return become_view(argv);
	fprintf(stderr, "conctrace: where to? conctrace picture FILE -o X.png (or X.svg)\n");
	return CMD_USAGE;
}
