/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subprocess: runs other programs, reads what they print through a pipe to its end, and fetches
 * their exit status. One does well, one fails, one does not exist, one takes too long and is
 * killed. What it shows: fork, exec, read until the end of the file, wait: what every library that
 * runs programs does. As reading has a time-out, the wait for output is in poll(2), on that pipe.
 * Output arrives when the program writes it, and the end when it closes its output. What to look
 * for: the caller blocked in poll while the program works, woken by each line; then hardly blocked
 * on the child, as the end of its output and its own end are the same moment.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define NS_PER_MS 1000000ULL
#define NR_RUNS   4

static uint64_t time_out_ns = 300 * NS_PER_MS;

static const struct truth_option options[] = {
    {"time-out", "S", &time_out_ns, 0, 60000000000, "after that a program is killed"},
};

static const struct truth_lesson lesson = {
    .name = "subprocess",
    .title = "run other programs: their output through a pipe, their exit status",
    .shows = "  fork, exec, read to the end of the output, wait for the status.\n",
    .look = "  The caller blocked in poll on the pipe and woken by each line; the program\n"
	    "  that takes too long, killed in its sleep; names that change when a program\n"
	    "  is executed.\n",
    .seen = "The caller waited {time poll caller} for output, in {count poll caller} "
	    "wait{s}, and {time child caller} for the programs' ends.\n"
	    "The programs' own sleep: {time sleep sleep}.\n",
    .twin_seen = "The caller waited {time poll caller} for output, in {count poll caller} "
		 "wait{s}, and {time child caller} in calls that wait for a child.\n"
		 "For the program with a time-out it looks again and again: in between it "
		 "slept {count sleep caller} time{s}, {time sleep caller} in all.\n"
		 "The programs' own sleep: {time sleep sleep}.\n",
    .next = "`sudo conctrace workloads subprocess --time-out 0.15`: the first "
	    "program is killed between two of its lines.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static int output[2];

/* The child becomes the program; me->own is its command line for the shell. */
static void become(struct member *me)
{
	dup2(output[1], STDOUT_FILENO);
	close(output[0]);
	close(output[1]);
	if (me->number == 3)
		execl("/no/such/program", "program", NULL);
	else
		execl("/bin/sh", "sh", "-c", me->own, NULL);
	me->status = 127; /* as a shell says when there is none */
}

/* Waits until there is output or its end. False: not in time. */
static bool wait_for_output(struct truth_log *log, uint64_t until_ns)
{
	struct pollfd fd = {.fd = output[0], .events = POLLIN};
	uint64_t begin_ns = truth_now_ns();
	uint64_t left_ns = until_ns > begin_ns ? until_ns - begin_ns : 0;
	int r = poll(&fd, 1, (int)(left_ns / NS_PER_MS) + 1);

	truth_span(log, TRUTH_POLL_WAIT, begin_ns, truth_now_ns(), 0, 0);
	return r != 0;
}

/* Runs one program: bytes of output in *len. Returns its status as a shell says it. */
static unsigned int run(struct member *program, struct truth_log *log, size_t *len)
{
	uint64_t until_ns = truth_now_ns() + time_out_ns;
	char text[256];
	ssize_t n = 1;

	if (pipe(output) < 0)
		crew_fail("cannot make a pipe", errno);
	member_fork(program, log);
	close(output[1]);
	while (n > 0) {
		if (!wait_for_output(log, until_ns)) {
			kill(program->tid, SIGKILL);
			break;
		}
		n = read(output[0], text, sizeof(text));
		*len += n > 0 ? (size_t)n : 0;
	}
	close(output[0]);
	return crew_status(member_wait(program, log));
}

int main(int argc, char **argv)
{
	static const char *const commands[NR_RUNS] = {
	    "echo one; sleep 0.1; echo two; sleep 0.1; echo three", "echo oops; exit 3", "",
	    "exec sleep 60"};
	struct member programs[NR_RUNS], self;
	unsigned int status[NR_RUNS], i;
	size_t len = 0;

	truth_begin(argc, argv, &lesson);
	for (i = 0; i < NR_RUNS; i++) {
		member_init(&programs[i], "program-%u", i + 1, 4, become);
		programs[i].own = (void *)commands[i];
	}
	member_self(&self, "caller", 64);
	for (i = 0; i < NR_RUNS; i++)
		status[i] = run(&programs[i], self.log, &len);
	truth_count(self.log, "bytes", len);
	truth_usage(self.log);

	printf(
	    "subprocess: statuses %u, %u, %u (no such program), %u (killed: too long), %zu bytes "
	    "of output\n",
	    status[0], status[1], status[2], status[3], len);
	return truth_end();
}
