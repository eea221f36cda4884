/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads, processes and locks that write down what they do. */
#include "crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL

void crew_fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(error));
	exit(1);
}

void member_init(struct member *me, const char *name, unsigned int number, size_t nr_facts,
		 void (*work)(struct member *me))
{
	const char *at = strstr(name, "%u");

	if (at)
		snprintf(me->name, sizeof(me->name), "%.*s%u%s", (int)(at - name), name, number,
			 at + 2);
	else
		snprintf(me->name, sizeof(me->name), "%s", name);
	me->number = number;
	me->seed = number;
	me->log = truth_log_open(nr_facts + 3);
	me->work = work;
}

void member_self(struct member *me, const char *name, size_t nr_facts)
{
	member_init(me, name, 0, nr_facts, NULL);
	truth_name(me->log, "%s", me->name);
}

static void *run(void *arg)
{
	struct member *me = arg;

	me->tid = (pid_t)syscall(SYS_gettid);
	truth_name(me->log, "%s", me->name);
	me->work(me);
	truth_usage(me->log);
	return NULL;
}

void member_start(struct member *me)
{
	int r = pthread_create(&me->thread, NULL, run, me);

	if (r != 0)
		crew_fail("cannot make a thread", r);
}

void member_join(struct member *me, struct truth_log *log)
{
	uint64_t begin_ns = truth_now_ns();

	pthread_join(me->thread, NULL);
	truth_span(log, TRUTH_JOIN_WAIT, begin_ns, truth_now_ns(), (uint64_t)me->tid, 0);
}

void crew_run(struct member *crew, unsigned int nr, struct truth_log *log)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		member_start(&crew[i]);
	for (i = 0; i < nr; i++)
		member_join(&crew[i], log);
}

void member_fork(struct member *me, struct truth_log *log)
{
	fflush(stdout);
	me->tid = fork();
	if (me->tid < 0)
		crew_fail("cannot make a process", errno);
	if (me->tid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody hangs on alone */
		run(me);
		truth_mark(me->log, TRUTH_EXIT, truth_now_ns(), (uint64_t)me->status, 0);
		_exit(me->status);
	}
	truth_mark(log, TRUTH_FORK, truth_now_ns(), (uint64_t)me->tid, 0);
}

int member_wait(struct member *me, struct truth_log *log)
{
	uint64_t begin_ns = truth_now_ns();
	int status = 0;

	while (waitpid(me->tid, &status, 0) < 0)
		if (errno != EINTR)
			crew_fail("cannot wait for a child", errno);
	truth_span(log, TRUTH_CHILD_WAIT, begin_ns, truth_now_ns(), (uint64_t)me->tid, 0);
	truth_mark(log, TRUTH_ENDED, truth_now_ns(), (uint64_t)me->tid, crew_status(status));
	return status;
}

unsigned int crew_status(int status)
{
	return WIFSIGNALED(status) ? 128 + (unsigned int)WTERMSIG(status)
				   : (unsigned int)WEXITSTATUS(status);
}

void member_kill(struct member *me, struct truth_log *log)
{
	kill(me->tid, SIGKILL);
	member_wait(me, log);
}

void *crew_share(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (at == MAP_FAILED)
		crew_fail("no memory", errno);
	return at;
}

void crew_mutex_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &attr);
}

void crew_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
}

bool crew_cond_wait(struct truth_log *log, pthread_cond_t *cond, pthread_mutex_t *lock,
		    uint64_t until_ns)
{
	struct timespec until = {(time_t)(until_ns / NS_PER_S), (long)(until_ns % NS_PER_S)};
	uint64_t begin_ns = truth_now_ns();
	int r =
	    until_ns ? pthread_cond_timedwait(cond, lock, &until) : pthread_cond_wait(cond, lock);

	truth_span(log, TRUTH_COND_WAIT, begin_ns, truth_now_ns(), (uint64_t)cond, 0);
	return r == 0;
}

uint64_t crew_lock(struct truth_log *log, pthread_mutex_t *lock)
{
	uint64_t begin_ns = truth_now_ns(), held_ns;

	if (pthread_mutex_trylock(lock) == 0)
		return truth_now_ns();
	pthread_mutex_lock(lock);
	held_ns = truth_now_ns();
	truth_span(log, TRUTH_LOCK_WAIT, begin_ns, held_ns, (uint64_t)lock, 0);
	return held_ns;
}

void crew_unlock(struct truth_log *log, pthread_mutex_t *lock, uint64_t held_ns)
{
	truth_span(log, TRUTH_LOCK_HELD, held_ns, truth_now_ns(), (uint64_t)lock, 0);
	pthread_mutex_unlock(lock);
}
