/* SPDX-License-Identifier: BSD-2-Clause */
/* proc_pid_fd(5), proc_pid_status(5): NSpid, the numbers from the reader's namespace inwards. */
#include "collect/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "collect/probes.h"

/* As kind_of_anon() in bpf/sched.bpf.h. */
static uint32_t kind_of_anon(const char *link)
{
	static const struct {
		const char *name;
		uint32_t kind;
	} kinds[] = {
	    {"[eventfd]", OBJECT_EVENTFD},   {"[timerfd]", OBJECT_TIMERFD},
	    {"[signalfd]", OBJECT_SIGNALFD}, {"[eventpoll]", OBJECT_EPOLL},
	    {"inotify", OBJECT_INOTIFY},     {"[io_uring]", OBJECT_IO_URING},
	    {"[pidfd]", OBJECT_PIDFD},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(link, kinds[i].name) == 0)
			return kinds[i].kind;
	return OBJECT_ANON;
}

/* As is_tty() there. */
static bool is_tty(dev_t dev)
{
	unsigned int number = major(dev);

	return number == 4 || number == 5 || (number >= 136 && number <= 143) || number == 204;
}

static uint32_t kind_of_mode(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFIFO:
		return OBJECT_PIPE;
	case S_IFSOCK:
		return OBJECT_SOCKET;
	case S_IFCHR:
		return is_tty(st->st_rdev) ? OBJECT_TTY : OBJECT_CHAR;
	case S_IFBLK:
		return OBJECT_BLOCK;
	default:
		return OBJECT_FILE;
	}
}

bool found_file(const struct record_task *task, struct record_file *out)
{
	const char *anon = "anon_inode:";
	char path[64], link[64];
	struct stat st;
	ssize_t len;

	if (!(task->head.flags & RECORD_F_TRACED) ||
	    !probes_call_has_fd(task->nr, task->head.flags & RECORD_F_COMPAT))
		return false;
	snprintf(path, sizeof(path), "/proc/%u/fd/%u", task->head.tid, (unsigned int)task->args[0]);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0 || stat(path, &st) < 0)
		return false;
	link[len] = 0;
	*out = (struct record_file){
	    .head = {.ts_ns = task->head.ts_ns, .type = RECORD_FILE, .tid = task->head.tid},
	};
	if (strncmp(link, anon, strlen(anon)) == 0) {
		out->kind = kind_of_anon(link + strlen(anon));
	} else {
		out->kind = kind_of_mode(&st);
		out->object = st.st_ino;
	}
	return true;
}

/* Number of words behind "NSpid:", and the last one. */
static unsigned int read_nspid(uint32_t tid, uint32_t *number)
{
	char path[64], line[256];
	unsigned int nr = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	file = fopen(path, "re");
	while (file && nr == 0 && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		for (char *at = line + 6, *end;
		     *number = (uint32_t)strtoul(at, &end, 10), end != at; at = end) {
			nr++;
			if (*end == '\n')
				break;
		}
	}
	if (file)
		fclose(file);
	return nr;
}

bool found_number(const struct record_task *task, struct record_number *out)
{
	uint32_t number = 0;
	char path[64];
	struct stat st;

	if (!(task->head.flags & RECORD_F_TRACED) || read_nspid(task->head.tid, &number) < 2)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/ns/pid", task->head.tid);
	if (stat(path, &st) < 0)
		return false;
	*out = (struct record_number){
	    .head = {.ts_ns = task->head.ts_ns, .type = RECORD_NUMBER, .tid = task->head.tid},
	    .number = number,
	    .space = (uint32_t)st.st_ino,
	};
	return true;
}
