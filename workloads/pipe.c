/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe: two processes and what runs between them. First one way, through a pipe: the reader waits
 * while it is empty, the writer while it is full, and the end of the file comes when the last
 * writer closes. Then both ways, through a pair of sockets: a question, an answer, a question ...
 * What it shows: a pipe couples two programs: the slower one sets the pace of both.
 * What to look for: the reader blocked on an empty pipe at first; then the writer blocked on a full
 * one, woken each time the reader made room; client and server that never run at once.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crew.h"

#define NS_PER_MS   1000000ULL
#define PIECE_BYTES 4096
#define ANSWER_NS   200000

static uint64_t nr_pieces = 100;
static uint64_t nr_questions = 200;

static const struct truth_option options[] = {
    {"pieces", "N", &nr_pieces, 1, 100000, "pieces of 4 KiB that go through the pipe"},
    {"questions", "N", &nr_questions, 1, 100000, "questions that are answered"},
};

static const struct truth_lesson lesson = {
    .name = "pipe",
    .title = "a pipe blocks its reader when empty and its writer when full",
    .shows = "  Two programs coupled by a pipe, then by a pair of sockets, both ways.\n",
    .look = "  The reader on the empty pipe, then the writer on the full one, woken when\n"
	    "  there is room; client and server, who never run at once.\n",
    .seen = "The reader was blocked {time pipe reader} on the pipe, the writer {time pipe "
	    "writer}, in {count pipe writer} wait{s}.\n"
	    "Client and server woke each other {wakes client server} and {wakes server "
	    "client} {one time times} and ran at once in {overlap [cs][le]*[tr]} of the "
	    "time.\n",
    .next = "`sudo conctrace workloads pipe --pieces 10`: does the writer ever "
	    "wait? A pipe holds 64 KiB.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

static int one_way[2]; /* [0] to read, [1] to write */
static int pair[2];

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* Reads or writes once and records how long that took: the wait is within. */
static ssize_t timed(struct member *me, enum truth_kind kind, int fd, char *at, size_t len)
{
	uint64_t inode = inode_of(fd), begin_ns = truth_now_ns();
	ssize_t n = kind == TRUTH_PIPE_FULL ? write(fd, at, len) : read(fd, at, len);

	if (n < 0)
		crew_fail("cannot read or write", errno);
	truth_span(me->log, kind, begin_ns, truth_now_ns(), inode, 0);
	return n;
}

static void write_pieces(struct member *me)
{
	static char piece[PIECE_BYTES];
	uint64_t i;

	close(one_way[0]);
	truth_sleep(me->log, 50 * NS_PER_MS);
	for (i = 0; i < nr_pieces; i++) {
		truth_burn(me->log, NS_PER_MS / 4);
		timed(me, TRUTH_PIPE_FULL, one_way[1], piece, sizeof(piece));
	}
}

/* Slower than the writer. */
static void read_pieces(struct member *me)
{
	static char piece[PIECE_BYTES];
	uint64_t bytes = 0;
	ssize_t n;

	close(one_way[1]);
	while ((n = timed(me, TRUTH_PIPE_WAIT, one_way[0], piece, sizeof(piece))) > 0) {
		bytes += (uint64_t)n;
		truth_burn(me->log, 2 * NS_PER_MS);
	}
	me->status = bytes == nr_pieces * PIECE_BYTES ? 0 : 1;
}

static void ask(struct member *me)
{
	uint64_t i;

	for (i = 0; i < nr_questions; i++) {
		char question = (char)i;

		truth_burn(me->log, ANSWER_NS);
		if (write(pair[0], &question, 1) != 1)
			crew_fail("cannot ask", errno);
		timed(me, TRUTH_SOCKET_WAIT, pair[0], &question, 1);
		if (question != (char)(i + 1))
			me->status = 1;
	}
	shutdown(pair[0], SHUT_WR);
}

static void answer(struct member *me)
{
	char question;

	close(pair[0]);
	while (timed(me, TRUTH_SOCKET_WAIT, pair[1], &question, 1) == 1) {
		truth_burn(me->log, ANSWER_NS);
		question++;
		if (write(pair[1], &question, 1) != 1)
			crew_fail("cannot answer", errno);
	}
}

int main(int argc, char **argv)
{
	static struct member writer, reader, client, server;
	struct member self;
	int faults = 0;

	truth_begin(argc, argv, &lesson);
	if (pipe(one_way) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		crew_fail("cannot make a pipe", errno);
	member_init(&writer, "writer", 1, 2 * nr_pieces + 4, write_pieces);
	member_init(&reader, "reader", 2, 3 * nr_pieces + 4, read_pieces);
	member_init(&client, "client", 1, 2 * nr_questions + 4, ask);
	member_init(&server, "server", 2, 2 * nr_questions + 4, answer);
	member_self(&self, "main", 16);
	member_fork(&reader, self.log);
	member_fork(&writer, self.log);
	close(one_way[0]);
	close(one_way[1]);
	faults += member_wait(&writer, self.log);
	faults += member_wait(&reader, self.log);
	member_fork(&server, self.log);
	member_fork(&client, self.log);
	faults += member_wait(&client, self.log);
	faults += member_wait(&server, self.log);
	truth_usage(self.log);

	printf("pipe: %llu pieces one way, %llu questions answered%s\n",
	       (unsigned long long)nr_pieces, (unsigned long long)nr_questions,
	       faults ? ", but something got lost" : "");
	return truth_end() | (faults != 0);
}
