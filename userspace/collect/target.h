/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COMMAND: started stopped, so that not one of its nanoseconds is missed, and let go once the
 * probes are attached.
 */
#ifndef COLLECT_TARGET_H
#define COLLECT_TARGET_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "collect/invoker.h"

struct target {
	pid_t pid;
	int go_fd;   /* a byte lets it go */
	int exec_fd; /* tells that exec failed, or closes */
};

/* What was so before conctrace changed it. */
struct target_signals {
	sigset_t mask;
	bool ignores_children; /* SIGCHLD */
};

/* Forks a child that waits for target_go and then runs argv as who, with its signals as they were
 * before. keep_stdout false: its standard output is our standard error. */
int target_launch(char **argv, const struct invoker *who, bool keep_stdout,
		  const struct target_signals *before, struct target *out, struct err *err);

/*
 * Lets it run and waits until it has become COMMAND. -ENOENT, -EACCES ...: exec failed, the child
 * is gone; the sentence names COMMAND.
 */
int target_go(struct target *t, const char *command, struct err *err);

/* Kills and reaps it if it was never let go; closes. */
void target_close(struct target *t);

/*
 * -EOPNOTSUPP with a sentence where processes have other numbers than the kernel's own, which are
 * what the probes compare and tell: in a PID namespace that is not the machine's first.
 */
int target_check_numbers(struct err *err);

/* -ESRCH with a sentence when no process has that pid; *tgid: its leader's. */
int target_find(pid_t pid, pid_t *tgid, struct err *err);

#endif
