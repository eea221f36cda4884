/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * distributed: a manager offers tasks on a TCP port of this machine; workers are separate programs
 * that connect, prove that they know the key, fetch a task, return its result, and may die. Some
 * do, in the middle of a task; the manager notices that the connection is closed, gives the task to
 * another one and starts a new worker. One comes with a wrong key and is turned away. What it
 * prints first starts one more worker from anywhere on this machine.
 * What it shows: nothing is lost: a task is done when its result is there, not when it was given
 * out. What to look for: the manager blocked in poll on all connections; workers blocked on a
 * socket and woken by it; lanes that break off in the middle of their work, and new ones that begin
 * then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define MAX_WORKERS  16
#define MAX_TASKS    1000
#define MAX_PEERS    (MAX_TASKS + 2 * MAX_WORKERS)
#define NS_PER_MS    1000000ULL
#define KEY_VARIABLE "CONCTRACE_LESSON_KEY"
#define NO_TASK      0 /* tasks are numbered from 1 */

static uint64_t nr_workers = 3, nr_tasks = 40, die_every = 9;
static uint64_t task_ns = 15 * NS_PER_MS;
static uint64_t port, worker;

static const struct truth_option options[] = {
    {"workers", "N", &nr_workers, 1, MAX_WORKERS, "worker programs at a time"},
    {"tasks", "N", &nr_tasks, 1, MAX_TASKS, "tasks in the queue"},
    {"die-every", "N", &die_every, 0, MAX_TASKS, "tasks that kill who first does them; 0: none"},
    {"work", "S", &task_ns, 0, 1000000000, "what a task takes"},
    {"port", "N", &port, 0, UINT16_MAX, "TCP port of the manager; 0: one that is free"},
    {"worker", "N", &worker, 0, 1000000, "instead: be worker N of the manager at that port"},
};

static const struct truth_lesson lesson = {
    .name = "distributed",
    .title = "tasks over TCP to worker programs that die and are replaced; nothing is lost",
    .shows = "  A task queue on a port with a key; a worker's death costs time, not tasks.\n",
    .look = "  The manager in poll, woken by results and by deaths; workers on a socket;\n"
	    "  lanes that break off in their work, and the new ones that begin then.\n",
    .seen = "{tasks worker-*} worker program{s} lived {life worker-*} each and ran {share "
	    "running worker-*} of it; the manager was in poll for {share poll manager} of "
	    "its life, in {count poll manager} wait{s}.\n",
    .twin_seen = "{tasks worker-*} worker program{s} lived {life worker-*} each, ran {share "
		 "running worker-*} of it and waited {share socket worker-*} of it for an "
		 "answer of the server.\n"
		 "The manager waited {share socket manager/first} of its life for such "
		 "answers, in {count socket manager/first} wait{s}.\n",
    .expect = "oversubscription<3 unbalanced",
    .next = "`sudo conctrace workloads distributed --die-every 3`: every third "
	    "task kills a worker, and none is lost.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

/* What goes over a connection, both ways. */
struct message {
	uint64_t task;                  /* NO_TASK: the worker has none yet */
	uint64_t cpu_ns;                /* to use */
	uint64_t dies;                  /* whoever gets it */
	uint64_t tid, begin_ns, end_ns; /* by the worker: who did it when */
};

/* A keyed hash of a message (SipHash-2-4, Aumasson and Bernstein 2012) of 8 bytes. */
static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int nr)
{
	for (; nr > 0; nr--) {
		v[0] += v[1], v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1], v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static uint64_t keyed_hash(const uint64_t key[2], uint64_t challenge)
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
	const uint64_t words[2] = {challenge, 8ULL << 56};

	for (int i = 0; i < 2; i++) {
		v[3] ^= words[i];
		sip_rounds(v, 2);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static bool send_all(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool receive_all(int fd, void *data, size_t len)
{
	return recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* The key, where no other user can read it: not on the command line. */
static void key_set(const uint64_t key[2])
{
	char text[40];

	snprintf(text, sizeof(text), "%llx,%llx", (unsigned long long)key[0],
		 (unsigned long long)key[1]);
	setenv(KEY_VARIABLE, text, 1);
}

static void key_get(uint64_t key[2])
{
	const char *text = getenv(KEY_VARIABLE);
	char *end = NULL;

	key[0] = text ? strtoull(text, &end, 16) : 0;
	key[1] = end && *end ? strtoull(end + 1, NULL, 16) : 0;
}

/* The worker's program: --worker and --port, and the key. */
static int be_worker(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	uint64_t key[2];
	struct message message = {0};
	uint64_t challenge, answer;
	struct truth_log *log = truth_log_open(0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	truth_name(log, "worker-%llu", (unsigned long long)worker);
	key_get(key);
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		crew_fail("cannot connect", errno);
	if (!receive_all(fd, &challenge, sizeof(challenge)))
		return 1;
	answer = keyed_hash(key, challenge);
	send_all(fd, &answer, sizeof(answer));
	message.tid = (uint64_t)syscall(SYS_gettid);
	while (send_all(fd, &message, sizeof(message)) &&
	       receive_all(fd, &message, sizeof(message))) {
		message.begin_ns = truth_now_ns();
		truth_burn(log, message.dies ? message.cpu_ns / 2 : message.cpu_ns);
		if (message.dies)
			_exit(9);
		message.tid = (uint64_t)syscall(SYS_gettid);
		message.end_ns = truth_now_ns();
	}
	if (message.task == NO_TASK)
		fprintf(stderr, "distributed: worker %llu has no valid key, or came too late\n",
			(unsigned long long)worker);
	return message.task == NO_TASK;
}

/* A connection: fds[0] is the port itself. */
struct peer {
	bool idle;     /* it asked for a task and was given none */
	bool known;    /* it proved that it has the key */
	uint64_t asks; /* the challenge it was given */
	uint64_t task; /* it has in hand */
};

static struct {
	struct pollfd fds[MAX_PEERS + 1];
	struct peer peers[MAX_PEERS + 1];
	nfds_t nr;
	uint64_t queue[2 * MAX_TASKS]; /* tasks to give out: the number */
	size_t begin, end;
	bool tried[MAX_TASKS + 1], done[MAX_TASKS + 1];
	uint64_t nr_done, nr_deaths, nr_refused;
	uint64_t key[2];
	unsigned int nr_started;
	struct member self;
} manager;

static void start_worker(bool with_key)
{
	char as_worker[32], at_port[32], path[4096] = {0};
	char *args[] = {path, as_worker, at_port, NULL};
	uint64_t key[2] = {manager.key[0] ^ !with_key, manager.key[1]};
	pid_t child;
	int r;

	snprintf(as_worker, sizeof(as_worker), "--worker=%u", ++manager.nr_started);
	snprintf(at_port, sizeof(at_port), "--port=%u", (unsigned int)port);
	key_set(key);
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		crew_fail("cannot find this program", errno);
	r = posix_spawn(&child, path, NULL, NULL, args, environ);
	if (r != 0)
		crew_fail("cannot spawn", r);
}

static void listen_on_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
	    listen(fd, MAX_WORKERS) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		crew_fail("cannot listen on 127.0.0.1", errno);
	port = ntohs(address.sin_port);
	manager.fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
	manager.nr = 1;
}

/* The one in the environment, or one that nobody knows; and how to use it. */
static void make_key(void)
{
	char path[4096] = {0};

	if (getenv(KEY_VARIABLE))
		key_get(manager.key);
	else if (getrandom(manager.key, sizeof(manager.key), 0) != sizeof(manager.key))
		crew_fail("no random numbers", errno);
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		crew_fail("cannot find this program", errno);
	printf("distributed: one more worker: " KEY_VARIABLE "=%llx,%llx %s --worker=100 "
	       "--port=%u\n",
	       (unsigned long long)manager.key[0], (unsigned long long)manager.key[1], path,
	       (unsigned int)port);
	fflush(stdout);
}

static void take_connection(void)
{
	int fd = accept4(manager.fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
	struct peer peer = {0};

	if (fd < 0 || manager.nr > MAX_PEERS ||
	    getrandom(&peer.asks, sizeof(peer.asks), 0) != sizeof(peer.asks))
		crew_fail("cannot take a connection", errno);
	send_all(fd, &peer.asks, sizeof(peer.asks));
	manager.fds[manager.nr] = (struct pollfd){.fd = fd, .events = POLLIN};
	manager.peers[manager.nr++] = peer;
}

/* The task of who is gone goes back to the queue, and somebody new comes. */
static void drop(nfds_t i, bool died)
{
	close(manager.fds[i].fd);
	manager.fds[i].fd = -1;
	if (manager.peers[i].task != NO_TASK)
		manager.queue[manager.end++] = manager.peers[i].task;
	manager.peers[i].task = NO_TASK;
	manager.nr_deaths += died;
	if (died && manager.nr_done < nr_tasks)
		start_worker(true);
}

/* Gives the next task, if there is one now: who is given none waits until there is, or the end. */
static void give(nfds_t i)
{
	struct message message = {.cpu_ns = task_ns};

	if (manager.begin == manager.end)
		return;
	message.task = manager.queue[manager.begin++];
	message.dies = die_every && message.task % die_every == 0 && !manager.tried[message.task];
	manager.tried[message.task] = true;
	manager.peers[i].task = message.task;
	manager.peers[i].idle = false;
	truth_mark(manager.self.log, TRUTH_PUT, truth_now_ns(), message.task, 0);
	send_all(manager.fds[i].fd, &message, sizeof(message));
}

static void take_result(const struct message *message)
{
	if (message->task == NO_TASK || manager.done[message->task])
		return;
	manager.done[message->task] = true;
	manager.nr_done++;
	truth_told(manager.self.log, (uint32_t)message->tid, TRUTH_JOB, message->begin_ns,
		   message->end_ns, message->task, 0);
	truth_mark(manager.self.log, TRUTH_GOT, truth_now_ns(), message->task, 0);
}

static void take_message(nfds_t i)
{
	struct peer *peer = &manager.peers[i];
	struct message message;
	uint64_t answer;

	if (!peer->known) {
		peer->known = receive_all(manager.fds[i].fd, &answer, sizeof(answer)) &&
			      answer == keyed_hash(manager.key, peer->asks);
		manager.nr_refused += !peer->known;
		if (!peer->known)
			drop(i, false);
	} else if (receive_all(manager.fds[i].fd, &message, sizeof(message))) {
		peer->task = NO_TASK;
		peer->idle = true;
		take_result(&message);
		give(i);
	} else {
		drop(i, true);
	}
}

static void serve(void)
{
	while (manager.nr_done < nr_tasks) {
		uint64_t begin_ns = truth_now_ns();
		int nr_ready = poll(manager.fds, manager.nr, -1);

		truth_span(manager.self.log, TRUTH_POLL_WAIT, begin_ns, truth_now_ns(), 0, 0);
		if (nr_ready < 0)
			crew_fail("cannot poll", errno);
		if (manager.fds[0].revents)
			take_connection();
		for (nfds_t i = 1; i < manager.nr; i++)
			if (manager.fds[i].fd >= 0 && manager.fds[i].revents)
				take_message(i);
		/* those who were given none, if there is one again */
		for (nfds_t i = 1; i < manager.nr; i++)
			if (manager.fds[i].fd >= 0 && manager.peers[i].idle)
				give(i);
	}
	for (nfds_t i = 1; i < manager.nr; i++)
		if (manager.fds[i].fd >= 0)
			close(manager.fds[i].fd);
}

int main(int argc, char **argv)
{
	uint64_t i;

	truth_begin(argc, argv, &lesson);
	if (worker)
		return be_worker();
	member_self(&manager.self, "manager", 16 * nr_tasks + 256);
	listen_on_port();
	make_key();
	for (i = 1; i <= nr_tasks; i++)
		manager.queue[manager.end++] = i;
	for (i = 0; i < nr_workers; i++)
		start_worker(true);
	start_worker(false);
	serve();
	while (wait(NULL) > 0)
		;
	truth_count(manager.self.log, "deaths", manager.nr_deaths);
	truth_count(manager.self.log, "refused", manager.nr_refused);
	truth_usage(manager.self.log);

	printf(
	    "distributed: %llu of %llu tasks done by %u workers, of whom %llu died and %llu had a "
	    "wrong key\n",
	    (unsigned long long)manager.nr_done, (unsigned long long)nr_tasks, manager.nr_started,
	    (unsigned long long)manager.nr_deaths, (unsigned long long)manager.nr_refused);
	return truth_end() | (manager.nr_done != nr_tasks);
}
