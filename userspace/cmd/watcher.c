/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"

#define PIPE_BYTES (1 << 20)
#define NICE       5 /* the workload comes first */

static void __attribute__((noreturn))
watcher_main(const struct invoker *who, int fd, enum watch_action action)
{
	static const char *const options[] = {
	    [WATCH_REPORT] = "--on-deadlock=report",
	    [WATCH_STOP] = "--on-deadlock=stop",
	    [WATCH_KILL] = "--on-deadlock=kill",
	};
	struct err err = {0};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0); /* Ctrl-C is for COMMAND */
	signal(SIGTTOU, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICE);
	dup2(fd, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output is COMMAND's */
	if (invoker_become(who, &err) == 0) {
		/* Not by its path, which may lead through folders that are not the user's. */
		execl("/proc/self/exe", "conctrace", "watch", options[action], "-", NULL);
		err_set(&err, errno, "%s", strerror(errno));
	}
	fprintf(stderr, "conctrace: cannot watch for deadlocks, recording goes on: %s\n", err.text);
	_exit(CMD_FAILED);
}

int watcher_start(struct watcher *w, const struct invoker *who, struct recorder *r,
		  enum watch_action action, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	w->pid = fork();
	if (w->pid == 0)
		watcher_main(who, fds[0], action);
	if (w->pid < 0) {
		int res = err_set(err, errno, "cannot fork: %s", strerror(errno));

		close(fds[0]);
		close(fds[1]);
		w->pid = 0;
		return res;
	}
	close(fds[0]);
	w->fd = fds[1];
	return recorder_add_output(r, w->fd, "the watcher", WRITER_OPTIONAL, err);
}

void watcher_stop(struct watcher *w, struct recorder *r)
{
	if (w->fd < 0)
		return;
	writer_drop_output(recorder_writer(r), w->fd);
	close(w->fd);
	w->fd = -1;
}

void watcher_check(struct watcher *w, struct recorder *r)
{
	if (w->fd < 0 || !writer_left_behind(recorder_writer(r), w->fd))
		return;
	fprintf(stderr, "conctrace: there is more to record than can be watched: deadlocks are not "
			"told any more, conctrace report finds them\n");
	watcher_stop(w, r);
}

void watcher_ended(struct watcher *w, int status)
{
	w->pid = 0;
	if (w->fd >= 0 && WIFSIGNALED(status))
		fprintf(stderr,
			"conctrace: the watcher was killed (%s): deadlocks are not told any more, "
			"conctrace report finds them\n",
			strsignal(WTERMSIG(status)));
}
