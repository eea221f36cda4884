/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start-methods: three ways to start a worker process, as Python's multiprocessing has them. fork
 * copies the parent; spawn starts a program anew (posix_spawn and exec); forkserver asks a small
 * single-threaded process, made early, to fork, and passes it the descriptors to use.
 * What it shows: what each costs. fork pays for a copy of the parent's page tables, the more the
 * larger it is, and the worker to give it back; it copies locks, too, that other threads hold.
 * spawn pays for loading a program. The server is small, so that its forks are cheap, and a message
 * to it is all the parent pays. What to look for: whose child a worker is: the parent's, or the
 * server's; below the parent, how long from the request to the worker's hello; the parent blocked
 * while a spawned child has not yet become its program.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conctrace.h"
#include "crew.h"

#define MAX_EACH   100
#define NR_METHODS 3
#define WORK_NS    1000000
#define MB         (1 << 20)
#define METHODS    "fork|spawn|forkserver"

enum method { FORK, SPAWN, FORKSERVER };

static uint64_t nr_each = 12;
static uint64_t parent_mb = 256;

static const struct truth_option options[] = {
    {"each", "N", &nr_each, 1, MAX_EACH, "workers started by each method"},
    {"mb", "N", &parent_mb, 0, 4096, "memory of the parent, MiB"},
};

static const struct truth_lesson lesson = {
    .name = "start-methods",
    .title = "fork, spawn and forkserver: three ways to start a worker, and their cost",
    .shows = "  The cost of each way to start a process, side by side.\n",
    .look = "  Whose child each worker is; below the parent, how long each way takes from the\n"
	    "  request to the worker's hello; the parent blocked until a spawned child has\n"
	    "  become its program.\n",
    .seen = "From the request to the worker's hello, the median of {regions fork parent} "
	    "each: fork {region fork parent}, spawn {region spawn parent}, forkserver "
	    "{region forkserver parent}.\n"
	    "A forked worker gave its copy back in {region give?the?copy?back forked-*}.\n",
    .twin_seen = "{tasks forked-*} worker{s} {one was were} forked and lived {life forked-*} "
		 "each, {tasks spawned-*} {one was were} spawned and lived {life spawned-*}, "
		 "{tasks served-*} {one was were} forked by the server and lived {life "
		 "served-*}: for the same work.\n"
		 "What the parent printed is from the request to the first moment.\n",
    .window = "130ms 148ms",
    .next = "`sudo conctrace workloads start-methods --mb 2000`: how does fork's cost grow with "
	    "its parent, and whose does not?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

/* What a worker tells by its pipe: who it is, and since when. */
struct hello {
	uint32_t tid;
	uint64_t began_ns;
};

struct server {
	struct member member;
	struct member workers[MAX_EACH];
	int socket[2]; /* [0] the parent's */
};

static struct server server;

/* A worker, however it was started: says hello, works, ends. */
static void be_worker(const char *name, unsigned int number, int fd)
{
	struct hello hello = {(uint32_t)syscall(SYS_gettid), truth_now_ns()};
	char comm[16];

	snprintf(comm, sizeof(comm), "%s-%u", name, number);
	truth_name(truth_log_open(1), "%s", comm);
	if (write(fd, &hello, sizeof(hello)) != sizeof(hello))
		crew_fail("cannot say hello", errno);
	truth_burn(truth_log_open(1), WORK_NS);
}

/* What makes the parent large; [parent_mb] MiB, NULL: none. */
static void *memory;

/* Its copy of the parent's memory goes at its end, and is counted as its own work. */
static void work_forked(struct member *me)
{
	be_worker("forked", me->number, *(int *)me->own);
	if (!memory)
		return;
	CONCTRACE_BEGIN("give the copy back");
	munmap(memory, parent_mb * MB);
	CONCTRACE_END();
}

static void work_served(struct member *me)
{
	be_worker("served", me->number, *(int *)me->own);
}

static pid_t start_fork(struct member *worker, struct truth_log *log, int *fd)
{
	worker->own = fd;
	member_fork(worker, log);
	return worker->tid;
}

static pid_t start_spawn(unsigned int number, int fd)
{
	char number_text[16], fd_text[16], self[4096] = {0};
	char *args[] = {self, (char *)"--as-worker", number_text, fd_text, NULL};
	pid_t child;
	int r;

	snprintf(number_text, sizeof(number_text), "%u", number);
	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		crew_fail("cannot find this program", errno);
	r = posix_spawn(&child, self, NULL, NULL, args, environ);
	if (r != 0)
		crew_fail("cannot spawn", r);
	return child;
}

/* One byte with a descriptor: it is a copy that the other process gets. */
static void send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 1;
	struct iovec part = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(sock, &message, 0) != 1)
		crew_fail("cannot ask the server", errno);
}

/* False at the end: the parent closed its side. */
static bool receive_fd(int sock, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control),
	};

	if (recvmsg(sock, &message, 0) != 1)
		return false;
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*fd));
	return true;
}

/* Forks on request, waits for the child, and asks for the next request. */
static void serve(struct member *me)
{
	unsigned int i;
	int fd;

	close(server.socket[0]);
	for (i = 0; i < nr_each && receive_fd(server.socket[1], &fd); i++) {
		server.workers[i].own = &fd;
		member_fork(&server.workers[i], me->log);
		close(fd);
		member_wait(&server.workers[i], me->log);
	}
}

/* Starts one worker by that method and waits for its end. Returns what it took to begin. */
static uint64_t start_one(enum method method, struct member *worker, struct truth_log *log)
{
	uint64_t begin_ns = truth_now_ns();
	struct hello hello;
	int fds[2], status;
	pid_t child = 0;

	if (pipe(fds) < 0)
		crew_fail("cannot make a pipe", errno);
	CONCTRACE_BEGIN(truth_word(METHODS, method));
	if (method == FORK)
		child = start_fork(worker, log, &fds[1]);
	else if (method == SPAWN)
		child = start_spawn(worker->number, fds[1]);
	else
		send_fd(server.socket[0], fds[1]);
	close(fds[1]);
	if (read(fds[0], &hello, sizeof(hello)) != sizeof(hello))
		crew_fail("a worker did not say hello", errno);
	CONCTRACE_END();
	truth_told(log, hello.tid, TRUTH_BEGAN, hello.began_ns, hello.began_ns, 0, 0);
	/* the other end closes when the worker ends */
	while (read(fds[0], &status, sizeof(status)) > 0)
		;
	close(fds[0]);
	if (child > 0) {
		worker->tid = child;
		member_wait(worker, log);
	}
	return hello.began_ns - begin_ns;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The server is made first, while the parent is small. */
static void start_server(struct truth_log *log)
{
	unsigned int i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, server.socket) < 0)
		crew_fail("cannot make a socket", errno);
	for (i = 0; i < nr_each; i++)
		member_init(&server.workers[i], "served-%u", i + 1, 2, work_served);
	member_init(&server.member, "server", 0, 8 * nr_each, serve);
	member_fork(&server.member, log);
	close(server.socket[1]);
}

/*
 * In small pages, as most programs have it: a huge one costs a fork no more than a small one. Kept
 * to the end. Returns what is in memory then, MiB.
 */
static uint64_t grow_parent(void)
{
	size_t bytes = parent_mb * MB;
	struct rusage usage;

	if (bytes) {
		memory =
		    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			crew_fail("no memory", errno);
		madvise(memory, bytes, MADV_NOHUGEPAGE); /* a kernel without them needs no advice */
		memset(memory, 1, bytes);
		__asm__ volatile("" : : "r"(memory) : "memory"); /* or nobody would see it filled */
	}
	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss / 1024;
}

/* Sorts; returns the one in the middle. */
static uint64_t median(uint64_t *numbers, size_t nr)
{
	qsort(numbers, nr, sizeof(*numbers), compare_numbers);
	return numbers[nr / 2];
}

int main(int argc, char **argv)
{
	static struct member workers[MAX_EACH];
	uint64_t took_ns[NR_METHODS][MAX_EACH], median_ns[NR_METHODS], resident_mb;
	struct member self;
	unsigned int i, m;

	if (argc == 4 && strcmp(argv[1], "--as-worker") == 0) {
		be_worker("spawned", (unsigned int)strtoul(argv[2], NULL, 10),
			  (int)strtol(argv[3], NULL, 10));
		return 0;
	}
	truth_begin(argc, argv, &lesson);
	for (i = 0; i < nr_each; i++)
		member_init(&workers[i], "forked-%u", i + 1, 2, work_forked);
	member_self(&self, "parent", 16 * nr_each + 16);
	start_server(self.log);
	resident_mb = grow_parent();
	truth_count(self.log, "resident-mb", resident_mb);
	for (i = 0; i < nr_each; i++) /* one of each, side by side */
		for (m = 0; m < NR_METHODS; m++)
			took_ns[m][i] = start_one((enum method)m, &workers[i], self.log);
	close(server.socket[0]);
	member_wait(&server.member, self.log);
	for (m = 0; m < NR_METHODS; m++) {
		median_ns[m] = median(took_ns[m], nr_each);
		truth_count(self.log, truth_word(METHODS, m), median_ns[m]);
	}
	truth_usage(self.log);

	printf("start-methods: a parent of %llu MiB; from the request to the worker's first "
	       "moment, median of %u\n",
	       (unsigned long long)resident_mb, (unsigned int)nr_each);
	for (m = 0; m < NR_METHODS; m++)
		printf("  %-11s %8.0f us\n", truth_word(METHODS, m), (double)median_ns[m] / 1e3);
	return truth_end();
}
