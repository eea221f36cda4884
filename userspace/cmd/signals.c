/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};

static bool is_ignored(int signo)
{
	struct sigaction now;

	return sigaction(signo, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int signals_watch(struct signals *s, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!is_ignored(ends[i]))
			sigaddset(&set, ends[i]);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	s->before.ignores_children = is_ignored(SIGCHLD);
	signal(SIGCHLD, SIG_DFL); /* else there is no status to wait for */
	sigprocmask(SIG_BLOCK, &set, &s->before.mask);
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? err_set(err, errno, "cannot watch signals: %s", strerror(errno)) : 0;
}

bool signals_is_passed_on(int signo)
{
	return signo == SIGUSR1 || signo == SIGUSR2 || signo == SIGALRM;
}
