/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pingpong: two threads hand one token back and forth, through two pipes, and do next to nothing
 * with it.
 * What it shows: the price of a hand-over: a write, a waking, a switch. The work between is less
 * than that, so that two threads are slower than one would be.
 * What to look for: two lanes that alternate and never overlap, thousands of short slices, each
 * begun by the other's write.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crew.h"

static uint64_t nr_turns = 5000, work_us = 5;

static const struct truth_option options[] = {
    {"turns", "N", &nr_turns, 1, 1000000, "how often each has the token"},
    {"work-us", "N", &work_us, 0, 1000000, "work in each turn, microseconds"},
};

static const struct truth_lesson lesson = {
    .name = "pingpong",
    .title = "two threads hand over a token, and the hand-over costs more than the work",
    .shows = "  Two threads that take turns through pipes: one waking for each.\n",
    .look = "  Lanes that alternate and never overlap; thousands of short slices.\n",
    .seen = "ping ended {wakes ping pong} wait{s} of pong, and pong {wakes pong ping} of "
	    "ping; on average a slice on a core took {mean running p[io]ng}, and the wait "
	    "for a core {mean runnable p[io]ng}.\n"
	    "Both ran at once in {overlap p[io]ng} of the time.\n",
    .window = "100ms 101ms",
    .expect = "ping-pong no-parallelism?",
    .next = "`sudo conctrace workloads pingpong --work-us 200`: is the "
	    "hand-over still worth a finding? `sudo taskset -c 0 conctrace "
	    "workloads pingpong`: is one core faster?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static int pipes[2][2];

static void play(struct member *me)
{
	int in = pipes[me->number][0], out = pipes[!me->number][1];
	char token = 0;
	struct stat st;
	uint64_t i;

	fstat(in, &st);
	for (i = 0; i < nr_turns; i++) {
		uint64_t begin_ns = truth_now_ns();

		if (read(in, &token, 1) != 1)
			crew_fail("cannot read from a pipe", errno);
		truth_span(me->log, TRUTH_PIPE_WAIT, begin_ns, truth_now_ns(), st.st_ino, 0);
		if (work_us)
			truth_burn(me->log, work_us * 1000);
		if (write(out, &token, 1) != 1)
			crew_fail("cannot write to a pipe", errno);
	}
}

int main(int argc, char **argv)
{
	struct member crew[2], self;
	uint64_t begin_ns, took_ns;

	truth_begin(argc, argv, &lesson);
	if (pipe(pipes[0]) < 0 || pipe(pipes[1]) < 0)
		crew_fail("cannot make a pipe", errno);
	member_init(&crew[0], "ping", 0, 2 * nr_turns, play);
	member_init(&crew[1], "pong", 1, 2 * nr_turns, play);
	member_self(&self, "main", 8);
	begin_ns = truth_now_ns();
	if (write(pipes[0][1], "", 1) != 1)
		crew_fail("cannot write to a pipe", errno);
	crew_run(crew, 2, self.log);
	took_ns = truth_now_ns() - begin_ns;
	truth_usage(self.log);

	printf("pingpong: %llu turns each, %.1f us per turn, of which %llu us are work\n",
	       (unsigned long long)nr_turns, (double)took_ns / 2e3 / (double)nr_turns,
	       (unsigned long long)work_us);
	return truth_end();
}
