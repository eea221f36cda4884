/* SPDX-License-Identifier: BSD-2-Clause */
/* What all subcommands share: which trace, how a failure is told, where the other programs are. */
#include "cmd/cmd.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static error_t take_trace(int key, char *arg, struct argp_state *state)
{
	const char **path = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*path)
			argp_error(state, "one trace at a time: %s or %s", *path, arg);
		*path = arg;
		break;
	case ARGP_KEY_END:
		if (!*path)
			argp_error(state, "which trace? a FILE, or - for standard input");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp cmd_trace_argp = {.parser = take_trace};

int cmd_find(const char *name, char *path, unsigned long len, struct err *err)
{
	static const char *const places[] = {"", "../libexec/conctrace/"};
	char self[4096];
	ssize_t got = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (got < 0)
		return err_set(err, errno,
			       "cannot tell where conctrace is installed (is /proc mounted?)");
	self[got] = 0;
	slash = strrchr(self, '/');
	*slash = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(path, len, "%s/%s%s", self, places[i], name) >= (int)len)
			continue;
		if (access(path, R_OK | X_OK) == 0)
			return 0;
	}
	return err_set(err, ENOENT, "%s is not installed beside conctrace (%s)", name, self);
}
