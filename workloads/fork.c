/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork: a parent makes children, which work, sleep, work again and end with a status each; the
 * first of them makes a child of its own. fork() returns twice: in the parent with the child's
 * number, in the child with 0; and from there on each has memory of its own, at the same addresses.
 * What it shows: a family of processes. The parent is blocked on `child` nearly all the time; with
 * more children than cores, some are runnable and wait for a core although nothing blocks them.
 * What to look for: each child's first interval is runnable (new), begun by the parent's fork; each
 * end of a child wakes the parent; sleeps end by the timer, not by another thread; the numbers that
 * both print are those of the lanes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define FIRST_STATUS    10
#define MAX_CHILDREN    64
#define FACTS_PER_CHILD 16

static uint64_t nr_children = 3;
static uint64_t dur_ns = 2000000000;

static const struct truth_option options[] = {
    {"children", "N", &nr_children, 1, MAX_CHILDREN, "children the parent makes"},
    {"seconds", "S", &dur_ns, 0, 600000000000, "how long it takes, about"},
};

static const struct truth_lesson lesson = {
    .name = "fork",
    .title = "a parent waits while its children work, sleep and end",
    .shows = "  A family of processes: who makes whom, who works when, who waits for whom.\n",
    .look = "  The parent blocked on its children; children that begin as runnable (new);\n"
	    "  more children than cores: some wait for a core though nothing blocks them.\n"
	    "  The numbers that parent and child print are those of the lanes.\n",
    .seen = "The parent waited {share child parent} of its life for its {tasks child-*} "
	    "{one child children}.\n"
	    "{tasks *child-*} {one process processes} made so ran {time running *child-*} "
	    "and waited {time runnable *child-*} for a core.\n",
    .expect = "oversubscription<4",
    .next = "`sudo conctrace workloads fork --children 8`: more children than "
	    "cores; who waits for a core though nothing blocks it?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

/* In each process its own copy: what a child writes there its parent never sees. */
static volatile unsigned int mine;

/* What fork() returned here, before anything else is done. */
static void tell(struct truth_log *log, pid_t returned)
{
	truth_count(log, "fork-returned", (uint64_t)returned);
	if (returned)
		dprintf(STDOUT_FILENO, "fork: in %d fork() returned %d, its child\n", getpid(),
			returned);
	else
		dprintf(STDOUT_FILENO,
			"fork: in %d fork() returned 0, its parent is %d; %u at %p, as there\n",
			getpid(), getppid(), mine, (void *)&mine);
}

/* Makes a child that records into log and runs work(log, number), which returns its exit status. */
static pid_t make_child(struct truth_log *parent, struct truth_log *log, unsigned int number,
			int (*work)(struct truth_log *log, unsigned int number))
{
	pid_t child = fork();

	if (child < 0) {
		fprintf(stderr, "fork: cannot make child %u: %s\n", number, strerror(errno));
		exit(1);
	}
	if (child == 0) {
		int status = work(log, number);

		truth_count(log, "mine", mine);
		truth_usage(log);
		truth_mark(log, TRUTH_EXIT, truth_now_ns(), (uint64_t)status, 0);
		_exit(status);
	}
	truth_mark(parent, TRUTH_FORK, truth_now_ns(), (uint64_t)child, 0);
	tell(parent, child);
	return child;
}

/* Waits for any child and returns its exit status, 255 for another end. */
static int wait_child(struct truth_log *log)
{
	uint64_t begin_ns = truth_now_ns();
	int status;
	pid_t child = waitpid(-1, &status, 0);

	truth_span(log, TRUTH_CHILD_WAIT, begin_ns, truth_now_ns(), (uint64_t)child, 0);
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int grandchild(struct truth_log *log, unsigned int number)
{
	truth_name(log, "grandchild-%u", number);
	tell(log, 0);
	mine = FIRST_STATUS;
	truth_burn(log, dur_ns / 10);
	return FIRST_STATUS;
}

static struct truth_log *grandchild_log;

static int child(struct truth_log *log, unsigned int number)
{
	truth_name(log, "child-%u", number);
	tell(log, 0);
	mine = number;
	if (number == 1)
		make_child(log, grandchild_log, number, grandchild);
	truth_burn(log, dur_ns / 4);
	truth_sleep(log, dur_ns / 12 * number / nr_children + dur_ns / 20);
	truth_burn(log, dur_ns / 4);
	if (number == 1)
		wait_child(log);
	return FIRST_STATUS + (int)number;
}

int main(int argc, char **argv)
{
	struct truth_log *log, *logs[MAX_CHILDREN];
	uint64_t begin_ns;
	int statuses = 0;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	log = truth_log_open(FACTS_PER_CHILD + 3 * nr_children);
	grandchild_log = truth_log_open(FACTS_PER_CHILD);
	for (i = 0; i < nr_children; i++)
		logs[i] = truth_log_open(FACTS_PER_CHILD);

	truth_name(log, "parent");
	begin_ns = truth_now_ns();
	for (i = 0; i < nr_children; i++)
		make_child(log, logs[i], i + 1, child);
	for (i = 0; i < nr_children; i++)
		statuses += wait_child(log);
	truth_count(log, "mine", mine);
	truth_usage(log);

	printf("fork: %u children and 1 grandchild ended, sum of their statuses %d, %.1f s; each "
	       "wrote its number at %p, where here is still %u\n",
	       (unsigned int)nr_children, statuses, (double)(truth_now_ns() - begin_ns) / 1e9,
	       (void *)&mine, mine);
	return truth_end();
}
