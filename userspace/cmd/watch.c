/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch: tells when the program of a trace that grows comes to a standstill, and on request stops
 * or ends it. record starts one beside itself; it has the rights of the invoking user and no more.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analysis/standstill.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "import/import.h"
#include "model/names.h"

#define WAIT_MS     500
#define NAMING_NS   150000000
#define PATIENCE_NS 2000000000 /* from SIGTERM to SIGKILL */
#define FRESH_NS    5000000000 /* what was seen longer ago may be another process by now */

/* A process that was asked to end. */
struct ended {
	int pid_fd;
	uint32_t tgid;
	uint64_t kill_ns;
};

struct watch {
	const char *path;
	enum watch_action action;
	struct source *src;
	struct machine *machine;
	struct waits *waits;
	size_t nr_told, nr_acted, nr_over;
	struct ended *ended;
	size_t nr_ended, cap_ended;
};

enum { KEY_ON_DEADLOCK = 1 };

static const struct argp_option option_rows[] = {
    {"on-deadlock", KEY_ON_DEADLOCK, "WHAT", OPTION_HIDDEN, "", 0},
    {0},
};

int watch_parse_action(const char *text, enum watch_action *out)
{
	static const char *const names[] = {
	    [WATCH_REPORT] = "report",
	    [WATCH_STOP] = "stop",
	    [WATCH_KILL] = "kill",
	    [WATCH_OFF] = "off",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum watch_action)i;
		return 0;
	}
	return -EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct watch *w = state->input;

	switch (key) {
	case KEY_ON_DEADLOCK:
		if (watch_parse_action(arg, &w->action) < 0)
			argp_error(state, "--on-deadlock is report, stop or kill, not %s", arg);
		break;
	case ARGP_KEY_ARG:
		if (w->path)
			argp_error(state, "one trace at a time: %s or %s", w->path, arg);
		w->path = arg;
		break;
	case ARGP_KEY_END:
		if (!w->path)
			argp_error(state, "which trace? FILE, or - for standard input");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
    option_rows, parse_option, "FILE|-", "Tells of deadlocks and stalls in a trace, as it grows.",
    NULL,        NULL,         NULL,
};

static void tell(const struct watch *w, const struct standstill *s)
{
	uint64_t begin_ns = machine_begin_ns(w->machine);
	uint64_t since_ns = s->begin_ns > begin_ns ? s->begin_ns - begin_ns : 0;
	char text[256], line[512], since[DURATION_LEN];

	standstill_headline(s, w->machine, text, sizeof(text));
	snprintf(line, sizeof(line), "%s, since %s", text,
		 duration_exact((int64_t)since_ns, since));
	printf("conctrace: %s\n", plain_text(line));
	for (size_t i = standstill_nr_told(s); i < s->nr_waits; i++) {
		standstill_wait(s, i, w->machine, line, sizeof(line));
		printf("conctrace: %s%s\n",
		       i < s->nr_core ? "    " : "    behind: ", plain_text(line));
	}
	fflush(stdout);
}

/* In the order in which they were told; what was none after all is said to be over. */
static void tell_over(struct watch *w)
{
	char ended[TASK_TEXT_LEN], by[TASK_TEXT_LEN], line[256];

	for (; w->nr_over < w->nr_told && waits_at(w->waits, w->nr_over)->end_ns; w->nr_over++) {
		const struct standstill *s = waits_at(w->waits, w->nr_over);

		if (s->ended == TASK_NONE)
			continue;
		snprintf(line, sizeof(line), "%s was given what it waited for by %s: no standstill",
			 machine_task_text(w->machine, s->ended, ended),
			 machine_task_text(w->machine, s->ended_by, by));
		printf("conctrace: %s\n", plain_text(line));
		fflush(stdout);
	}
}

/* Whether that thread of the trace is one of this machine, still. */
static bool is_there(const struct task *t)
{
	char path[64], comm[RECORD_COMM_LEN + 1] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/comm", t->tgid, t->tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = 0;
	fclose(f);
	comm[strcspn(comm, "\n")] = 0;
	return strncmp(comm, t->comm, RECORD_COMM_LEN - 1) == 0;
}

static void say_failed(const char *what, uint32_t tgid, int code)
{
	printf("conctrace: cannot %s process %" PRIu32 ": %s\n", what, tgid, strerror(code));
}

static void stop_process(uint32_t tgid)
{
	if (kill((pid_t)tgid, SIGSTOP) < 0) {
		say_failed("stop", tgid, errno);
		return;
	}
	printf("conctrace: process %" PRIu32 " is stopped; look at it with gdb -p %" PRIu32
	       ", let it go on with kill -CONT %" PRIu32 "\n",
	       tgid, tgid, tgid);
}

static void end_process(struct watch *w, uint32_t tgid)
{
	int fd = (int)syscall(SYS_pidfd_open, tgid, 0);

	if (fd < 0 || kill((pid_t)tgid, SIGTERM) < 0) {
		say_failed("end", tgid, errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	printf("conctrace: process %" PRIu32 " is asked to end (SIGTERM)\n", tgid);
	w->ended = mem_grow(w->ended, &w->cap_ended, w->nr_ended + 1, sizeof(*w->ended));
	w->ended[w->nr_ended++] = (struct ended){fd, tgid, clock_now_ns() + PATIENCE_NS};
}

static void act_on(struct watch *w, const struct task *t)
{
	if (w->action == WATCH_STOP)
		stop_process(t->tgid);
	else
		end_process(w, t->tgid);
}

/* Each process that is part of it, once; only while what the trace shows is the present. */
static void act(struct watch *w, const struct standstill *s)
{
	if (w->action == WATCH_REPORT || s->kind == STANDSTILL_STALL || s->end_ns)
		return;
	for (size_t i = 0; i < s->nr_core; i++) {
		const struct task *t = machine_task(w->machine, s->waits[i].iv.task);
		size_t k = 0;

		while (k < i && machine_task(w->machine, s->waits[k].iv.task)->tgid != t->tgid)
			k++;
		if (k < i)
			continue;
		if (is_there(t) && clock_now_ns() - machine_now_ns(w->machine) < FRESH_NS)
			act_on(w, t);
		else
			printf("conctrace: process %" PRIu32 " is left alone: it may be another "
			       "one by now\n",
			       t->tgid);
	}
	fflush(stdout);
}

/* A zombie has ended, too, though a signal may still be sent to it. */
static bool has_ended(const struct ended *e, int timeout_ms)
{
	struct pollfd fd = {.fd = e->pid_fd, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) > 0;
}

/* Those that had their time to end. */
static void end_for_good(struct watch *w, uint64_t by_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->nr_ended; i++) {
		struct ended *e = &w->ended[i];

		if (e->kill_ns > by_ns) {
			w->ended[kept++] = *e;
			continue;
		}
		if (!has_ended(e, 0) &&
		    syscall(SYS_pidfd_send_signal, e->pid_fd, SIGKILL, NULL, 0) == 0)
			printf("conctrace: process %" PRIu32 " did not end, so it is killed\n",
			       e->tgid);
		fflush(stdout);
		close(e->pid_fd);
	}
	w->nr_ended = kept;
}

static void wait_for_ends(struct watch *w)
{
	while (w->nr_ended) {
		struct ended *first = &w->ended[0];
		uint64_t now = clock_now_ns();

		if (first->kill_ns > now &&
		    has_ended(first, (int)((first->kill_ns - now) / 1000000 + 1)))
			first->kill_ns = 0;
		end_for_good(w, clock_now_ns());
	}
}

/* What its locks are called is found out while they are waited for, and may be told a little later.
 */
static bool is_named(const struct watch *w, const struct standstill *s)
{
	for (size_t i = 0; i < s->nr_core; i++)
		if (s->waits[i].iv.why == REASON_LOCK && s->waits[i].iv.sync != SYNC_NONE &&
		    !machine_sync_is_known(w->machine, s->waits[i].iv.sync))
			return false;
	return true;
}

/* all: those that just came, too. */
static void tell_new(struct watch *w, bool all)
{
	size_t nr = w->nr_acted;

	for (; nr < waits_nr(w->waits); nr++) {
		const struct standstill *s = waits_at(w->waits, nr);

		if (!all && machine_now_ns(w->machine) - s->found_ns < NAMING_NS && !is_named(w, s))
			break;
	}

	for (; w->nr_told < nr; w->nr_told++)
		tell(w, waits_at(w->waits, w->nr_told));
	for (; w->nr_acted < nr; w->nr_acted++)
		act(w, waits_at(w->waits, w->nr_acted));
}

static void take_block(void *payload, const struct interval *iv)
{
	struct watch *w = payload;

	waits_block(w->waits, w->machine, iv);
}

static void take_interval(void *payload, const struct interval *iv)
{
	struct watch *w = payload;

	waits_task_interval(w->waits, w->machine, iv);
}

static void take_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct watch *w = payload;

	(void)cpu;
	(void)begin_ns;
	(void)lost;
	waits_gap(w->waits, w->machine, end_ns);
}

static int follow(struct watch *w, struct err *err)
{
	const struct record *rec;
	int res;

	while ((res = source_next(w->src, &rec, err)) != 0) {
		if (res > 0) {
			machine_feed(w->machine, rec);
		} else if (res == -EAGAIN) {
			source_wait(w->src, WAIT_MS);
			waits_look(w->waits, w->machine);
		} else {
			return res;
		}
		if (waits_nr(w->waits) > w->nr_acted)
			tell_new(w, false);
		if (w->nr_over < w->nr_told)
			tell_over(w);
		if (w->nr_ended)
			end_for_good(w, clock_now_ns());
	}
	machine_finish(w->machine, w->src->info.end_ns);
	tell_new(w, true);
	tell_over(w);
	return 0;
}

int cmd_watch(int argc, char **argv)
{
	struct watch w = {0};
	struct sink sink = {
	    .payload = &w, .task_interval = take_interval, .block = take_block, .gap = take_gap};
	struct err err = {0};
	int res;

	argp_parse(&argp, argc, argv, 0, NULL, &w);
	w.src = source_open(w.path, &err);
	if (!w.src)
		return cmd_fail(&err);
	w.waits = waits_open(&waits_limits);
	w.machine = machine_open(&w.src->info, &sink);
	machine_take_names(w.machine, w.src);
	res = follow(&w, &err);
	wait_for_ends(&w);
	free(w.ended);
	machine_close(w.machine);
	waits_close(w.waits);
	source_close(w.src);
	return res < 0 ? cmd_fail(&err) : 0;
}
