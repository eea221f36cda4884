/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process beside record that looks for deadlocks: conctrace watch, fed through a pipe like the
 * viewer, with the invoking user's rights.
 */
#ifndef CMD_WATCHER_H
#define CMD_WATCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "cmd/watch.h"
#include "collect/invoker.h"
#include "collect/recorder.h"

struct watcher {
	pid_t pid; /* 0: none, or gone; who reaps children says so */
	int fd;    /* of the pipe, -1: none */
};

/* Before recorder_begin, while there are rights. */
int watcher_start(struct watcher *w, const struct invoker *who, struct recorder *r,
		  enum watch_action action, struct err *err);

/* Says that it was left behind, and lets it go, if that is so. */
void watcher_check(struct watcher *w, struct recorder *r);

/* It was reaped: no more of it, which is said if somebody killed it in the middle. */
void watcher_ended(struct watcher *w, int status);

/* Every record is out: it gets no more, and ends when it has told what there is. */
void watcher_stop(struct watcher *w, struct recorder *r);

#endif
