/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads and processes of a lesson, each with its name, its number and its own log of the
 * truth; and locks that write down who waited for them and who held them.
 */
#ifndef WORKLOADS_CREW_H
#define WORKLOADS_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "truth.h"

struct member {
	char name[16];
	unsigned int number; /* as the lesson counts them: from 1 */
	uint64_t seed;       /* for truth_random */
	struct truth_log *log;
	void (*work)(struct member *me);
	void *own;  /* the lesson's */
	int status; /* a process ends with */
	pthread_t thread;
	pid_t tid; /* known to its maker, of a thread once it runs */
};

/* Says what failed, with the reason of that errno, and exits 1. */
void crew_fail(const char *what, int error) __attribute__((noreturn));

/*
 * Prepares a member that will do work(me) and write down nr_facts facts at most, beside its name
 * and usage. name is a printf form of the number ("worker-%u"). Exits 1 when there is no memory.
 */
void member_init(struct member *me, const char *name, unsigned int number, size_t nr_facts,
		 void (*work)(struct member *me));

/* Prepares the calling thread itself: named at once, no work. Last thing: truth_usage(me->log). */
void member_self(struct member *me, const char *name, size_t nr_facts);

/* Starts it as a thread of this process; exits 1 if that fails. */
void member_start(struct member *me);

/* Waits until the thread ended, and records the wait in log. */
void member_join(struct member *me, struct truth_log *log);

/* Starts [nr] threads and waits for all of them. */
void crew_run(struct member *crew, unsigned int nr, struct truth_log *log);

/* Starts it as a child process, and records that in log; it ends with me->status,
 * or when its maker does. */
void member_fork(struct member *me, struct truth_log *log);

/* Waits for the child process, and records the wait and the end in log. Returns as waitpid(2) has
 * it. */
int member_wait(struct member *me, struct truth_log *log);

/* What waitpid(2) told, as a shell says it: the exit status, or 128 + the signal. */
unsigned int crew_status(int status);

/* Ends the child process by SIGKILL and waits for it as member_wait does. */
void member_kill(struct member *me, struct truth_log *log);

/* Zeroed memory that forked processes share; exits 1 when there is none. */
void *crew_share(size_t bytes);

/* A mutex and a condition that processes may share too. */
void crew_mutex_init(pthread_mutex_t *lock);
void crew_cond_init(pthread_cond_t *cond);

/* Waits at cond and records that; until_ns of CLOCK_MONOTONIC, 0: for ever. False: it is past. */
bool crew_cond_wait(struct truth_log *log, pthread_cond_t *cond, pthread_mutex_t *lock,
		    uint64_t until_ns);

/* Takes the mutex and records the wait, if it was not free. Returns since when it is held. */
uint64_t crew_lock(struct truth_log *log, pthread_mutex_t *lock);

/* Records that it was held since then, and gives it back. */
void crew_unlock(struct truth_log *log, pthread_mutex_t *lock, uint64_t held_ns);

#endif
