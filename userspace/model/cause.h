/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ends a wait: from the waker's context and system call and what the wakee waits for. The only
 * place that interprets them.
 */
#ifndef MODEL_CAUSE_H
#define MODEL_CAUSE_H

#include "model/machine.h"

/* Rows of cause.c: key (JSON name) and sentence. */
enum cause {
	CAUSE_UNKNOWN,
	CAUSE_FUTEX,  /* a wake of that very object, or handed over by the kernel (requeue, PI) */
	CAUSE_PIPE,   /* the other end was written, read or closed */
	CAUSE_SOCKET, /* by the peer on this machine */
	CAUSE_FILE,
	CAUSE_EVENT, /* eventfd, signalfd, inotify written to */
	CAUSE_EXIT,  /* of a child, or of a joined thread */
	CAUSE_SIGNAL,
	CAUSE_TIMER,     /* its time was over */
	CAUSE_INTERRUPT, /* of a device, the network, or a timer that nothing tells of */
	CAUSE_KERNEL,    /* a kernel thread, or a task that was in no system call */
	CAUSE_CALL,      /* another system call of the waker, named by nr */
	CAUSE_CONTINUE,  /* SIGCONT, or its tracer let it go on */
	CAUSE_NR
};

/* What is known of the waker, besides its edge. */
struct waker_facts {
	bool kthread;
	bool exiting; /* its exit was recorded */
	uint32_t tid;
	uint32_t tgid;
	uint32_t wakee_tgid;
	uint32_t file_kind;   /* enum record_object: of its descriptor, OBJECT_NONE: unknown */
	bool interrupted;     /* it waited in its call, and a signal ended that */
	const uint64_t *args; /* [2] the first ones of its call */
};

/* arch: uname -m. edge: its context and nr count. waited: the interval of the wakee, open, blocked
 * or not. now_ns: when it is woken. */
enum cause cause_of_waking(const char *arch, const struct wake_edge *edge,
			   const struct waker_facts *waker, const struct interval *waited,
			   uint64_t now_ns);

/* JSON key: "futex", and what that means in some words, "its time was over". Never NULL. */
const char *cause_key(enum cause cause);
const char *cause_words(enum cause cause);

#endif
