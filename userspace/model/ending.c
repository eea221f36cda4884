/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ending.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

const char *ending_text(int exit_code, char *buf)
{
	const char *name = WIFSIGNALED(exit_code) ? sigabbrev_np(WTERMSIG(exit_code)) : NULL;

	if (exit_code == INFO_NO_STATUS)
		buf[0] = '\0';
	else if (!WIFSIGNALED(exit_code))
		snprintf(buf, ENDING_LEN, "status %d", WEXITSTATUS(exit_code));
	else if (name)
		snprintf(buf, ENDING_LEN, "signal %d (%s)", WTERMSIG(exit_code), name);
	else
		snprintf(buf, ENDING_LEN, "signal %d", WTERMSIG(exit_code));
	return buf;
}

bool ending_failed(int exit_code)
{
	return exit_code != INFO_NO_STATUS && exit_code != 0;
}

bool task_failed(const struct task *task)
{
	return task->exited && ending_failed(task->exit_code);
}
