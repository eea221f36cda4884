/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record, and the live run that is record with a viewer: launch or find what to trace, attach,
 * become the invoking user, drain until it ends, say in one line what was kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cmd/checkpoints.h"
#include "cmd/cmd.h"
#include "cmd/record_options.h"
#include "cmd/watcher.h"
#include "collect/invoker.h"
#include "collect/recorder.h"
#include "collect/target.h"

#define VIEWER_PIPE_BYTES (1 << 20)
#define VIEWER_MS         1000 /* from SIGTERM to its last picture */
#define WATCHER_MS        3000 /* at the end: it may be waiting for a process to end */

/* What goes on while recording. */
struct recording {
	const struct record_options *options;
	struct invoker who;
	struct target target;
	struct recorder *recorder;
	int output_fd;
	bool output_is_new; /* made by us: of no use without a recording */
	bool output_waits;  /* holds something, which stays until the recording has begun */
	int signal_fd;
	int pid_fd; /* of -p's process */
	pid_t viewer;
	int viewer_fd;
	bool shares_terminal; /* the viewer, with COMMAND and us */
	struct watcher watcher;
	bool command_ended;
	int status; /* of COMMAND, as wait(2) */
	unsigned int nr_interrupts;
	bool stop;
	int nice; /* of whoever started us */
};

/* COMMAND as typed, for the header and for messages. */
static void command_text(const struct record_options *o, char *out, size_t len)
{
	size_t used = 0;

	out[0] = 0;
	if (o->pid)
		snprintf(out, len, "-p %d", o->pid);
	else if (!o->argv)
		snprintf(out, len, "-a");
	for (char **arg = o->argv; arg && *arg && used < len; arg++)
		used += snprintf(out + used, len - used, "%s%s", arg == o->argv ? "" : " ", *arg);
}

/* Another trace may be in the file, so that it is not emptied yet. */
static int open_file(struct recording *s, const char *path, struct err *err)
{
	struct stat st;

	s->output_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	s->output_is_new = s->output_fd >= 0;
	if (s->output_fd < 0 && errno == EEXIST)
		s->output_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (s->output_fd < 0 || fstat(s->output_fd, &st) < 0)
		return err_set(err, errno, "cannot write %s: %s (choose another place with -o)",
			       path, strerror(errno));
	s->output_waits = S_ISREG(st.st_mode) && st.st_size > 0;
	return s->output_waits
		   ? 0
		   : recorder_add_output(s->recorder, s->output_fd, path, WRITER_REQUIRED, err);
}

static int open_output(struct recording *s, struct err *err)
{
	if (strcmp(s->options->output, "-") != 0)
		return open_file(s, s->options->output, err);
	s->output_fd = STDOUT_FILENO;
	return recorder_add_output(s->recorder, s->output_fd, "standard output", WRITER_REQUIRED,
				   err);
}

/* Marks of a trace that is gone mean nothing in another one. */
static void remove_marks(const char *trace)
{
	char path[4096];

	if (strcmp(trace, "-") != 0 &&
	    (size_t)snprintf(path, sizeof(path), "%s.marks", trace) < sizeof(path))
		unlink(path);
}

/* COMMAND runs: what was in the file gives way. */
static int take_over_output(struct recording *s, struct err *err)
{
	const char *path = s->options->output;

	remove_marks(path);
	if (!s->output_waits)
		return 0;
	if (ftruncate(s->output_fd, 0) < 0)
		return err_set(err, errno, "cannot empty %s: %s", path, strerror(errno));
	return recorder_add_output(s->recorder, s->output_fd, path, WRITER_REQUIRED, err);
}

/* There is no recording, and so no file. */
static void remove_output(const struct recording *s)
{
	bool is_invoker = getuid() == s->who.uid || invoker_become(&s->who, NULL) == 0;

	if (s->output_is_new && is_invoker)
		unlink(s->options->output);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool has_display(void)
{
	return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

/*
 * A window, or without a display a timeline in the terminal. It reads the same stream as the file
 * gets; when it is closed, recording goes on.
 */
static int start_viewer(struct recording *s, struct err *err)
{
	const char *output = s->options->output;
	char *view[] = {"conctrace-view", "--live", "--kept", (char *)output, "--", "-", NULL};
	char path[4096];
	int fds[2];
	int res = cmd_find("conctrace-view", path, sizeof(path), err);

	if (res < 0)
		return res;
	s->shares_terminal = !has_display();
	if (s->shares_terminal) /* without keys there are no marks */
		view[2] = view[3] = "--term";
	else if (strcmp(output, "-") == 0)
		view[2] = view[3] = "--live";
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	fcntl(fds[1], F_SETPIPE_SZ, VIEWER_PIPE_BYTES);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	s->viewer = fork();
	if (s->viewer == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setpgid(0, 0); /* Ctrl-C is for COMMAND */
		dup2(fds[0], STDIN_FILENO);
		if (invoker_become(&s->who, err) == 0) {
			invoker_set_environment(&s->who);
			if (s->shares_terminal)
				dup2(STDERR_FILENO, STDOUT_FILENO); /* it is COMMAND's */
			execv(path, view);
			err_set(err, errno, "%s as user %u: %s", path, (unsigned int)s->who.uid,
				strerror(errno));
		}
		fprintf(stderr, "conctrace: cannot start the viewer, recording goes on: %s\n",
			err->text);
		_exit(CMD_FAILED);
	}
	if (s->viewer < 0) {
		res = err_set(err, errno, "cannot fork: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		s->viewer = 0;
		return res;
	}
	close(fds[0]);
	s->viewer_fd = fds[1];
	return recorder_add_output(s->recorder, fds[1], "the viewer", WRITER_OPTIONAL, err);
}

static int watch_signals(struct recording *s, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? err_set(err, errno, "cannot watch signals: %s", strerror(errno))
				: 0;
}

/* One that was killed has left its picture, and COMMAND only the rows above it to scroll in. */
static void take_viewer_end(struct recording *s, int status)
{
	s->viewer = 0;
	if (s->shares_terminal && WIFSIGNALED(status))
		fputs("\0337\033[r\0338\033[J", stderr);
}

static void reap(struct recording *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->target.pid) {
			s->command_ended = true;
			s->status = status;
			s->stop = true;
		} else if (pid == s->viewer) {
			take_viewer_end(s, status);
		} else if (pid == s->watcher.pid) {
			s->watcher.pid = 0;
		}
	}
}

/*
 * Ctrl-C reaches COMMAND from the terminal; the second one ends the recording. A signal sent to
 * conctrace alone is passed on, as a wrapper should.
 */
static void take_signals(struct recording *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap(s);
			continue;
		}
		if (info.ssi_signo == SIGWINCH) { /* told to the job in the foreground only */
			if (s->shares_terminal && s->viewer > 0)
				kill(s->viewer, SIGWINCH);
			continue;
		}
		if (!s->options->argv || s->nr_interrupts++ > 0)
			s->stop = true;
		else if (info.ssi_code != SI_KERNEL && s->target.pid > 0)
			kill(s->target.pid, info.ssi_signo);
	}
}

/* Says that the view has stopped: what it lacks is in the file. */
static void tell_left_behind(struct recording *s)
{
	watcher_check(&s->watcher, s->recorder);
	if (s->viewer_fd < 0 || !writer_left_behind(recorder_writer(s->recorder), s->viewer_fd))
		return;
	fprintf(stderr,
		"conctrace: the viewer takes the trace too slowly and is given no more of it; the "
		"whole trace is in %s\n",
		s->options->output);
	close(s->viewer_fd); /* so that it knows */
	s->viewer_fd = -1;
}

/* Passes until COMMAND or the process ends, the duration is over, or somebody says stop. */
static int drain(struct recording *s, struct err *err)
{
	uint64_t until_ns =
	    s->options->duration_ns ? clock_now_ns() + s->options->duration_ns : UINT64_MAX;
	struct pollfd fds[2] = {
	    {.fd = s->signal_fd, .events = POLLIN},
	    {.fd = s->pid_fd, .events = POLLIN},
	};
	int wait_ms = 0;

	while (!s->stop) {
		uint64_t now = clock_now_ns();
		int res;

		if (now >= until_ns)
			break;
		if ((until_ns - now) / 1000000 < (uint64_t)wait_ms)
			wait_ms = (until_ns - now) / 1000000;
		poll(fds, 2, wait_ms);
		take_signals(s);
		if (fds[1].revents & POLLIN)
			s->stop = true;
		res = recorder_pass(s->recorder, &wait_ms, err);
		tell_left_behind(s);
		if (res < 0)
			return res;
	}
	return 0;
}

static void say_totals(const struct recording *s, const struct recorder_totals *t)
{
	char duration[DURATION_LEN];
	const char *path = s->options->output;

	if (s->options->quiet)
		return;
	fprintf(stderr, "conctrace: %s, %llu records, %llu lost; %.1f KiB in %s\n",
		duration_text(t->duration_ns, duration), (unsigned long long)t->nr_records,
		(unsigned long long)t->lost, t->nr_bytes / 1024.0,
		strcmp(path, "-") == 0 ? "standard output" : path);
	if (t->missed)
		fprintf(stderr,
			"conctrace: the kernel skipped %llu probe runs: some states are unknown\n",
			(unsigned long long)t->missed);
	if (t->unnamed)
		fprintf(stderr,
			"conctrace: more objects were waited for than are looked up: the later "
			"ones have no names\n");
	if (s->command_ended && !s->options->all && t->nr_alive > 0)
		fprintf(stderr,
			"conctrace: COMMAND has ended, %lld of its tasks go on and are not "
			"recorded any more "
			"(follow them with record -p)\n",
			(long long)t->nr_alive);
}

/* Rights are needed from here ... */
static int prepare(struct recording *s, const char *command, struct err *err)
{
	const struct record_options *o = s->options;
	struct recorder_options recording = {
	    .probes = {.all = o->all, .futex_all = o->futex_all, .ring_bytes = o->ring_bytes},
	    .probes.marks = {.argv0 = o->argv ? o->argv[0] : NULL,
			     .path = getenv("PATH"),
			     .pid = o->pid,
			     .coroutines = o->coroutines,
			     .no_marks = o->no_marks,
			     .files = o->marks,
			     .nr_files = o->nr_marks,
			     .usdt = o->usdt,
			     .nr_usdt = o->nr_usdt},
	    .command = command,
	    .live = o->live || strcmp(o->output, "-") == 0,
	    .watched = o->on_deadlock != WATCH_OFF,
	};
	pid_t tgid = 0;
	int res;

	res = target_check_numbers(err);
	if (res < 0)
		return res;
	res = invoker_find(o->user, getenv("SUDO_UID"), getenv("SUDO_GID"), &s->who, err);
	if (res == 0)
		res = watch_signals(s, err);
	if (res == 0 && o->pid) {
		res = target_find(o->pid, &tgid, err);
		s->pid_fd = syscall(SYS_pidfd_open, tgid, 0);
	}
	if (res == 0 && o->argv) {
		res = target_launch(o->argv, &s->who, strcmp(o->output, "-") != 0, &s->target, err);
		tgid = s->target.pid;
	}
	unsetenv("DEBUGINFOD_URLS"); /* after the fork: symbols are not looked for in a network */
	signal(SIGPIPE, SIG_IGN);    /* after the fork: COMMAND keeps its own way */
	signal(SIGXFSZ, SIG_IGN);    /* a file that may not grow is as a full disk */
	if (res < 0)
		return res;
	recording.probes.target_tgid = tgid;
	s->recorder = recorder_open(&recording, err);
	if (!s->recorder)
		return -err->code;
	res = invoker_assume(&s->who, err);
	if (res == 0)
		res = open_output(s, err);
	if (s->who.differs && seteuid(0) < 0)
		res = err_set(err, errno, "cannot take root's rights again: %s", strerror(errno));
	return res;
}

/* ... to here: then conctrace is the invoking user's own process. */
static int begin(struct recording *s, struct err *err)
{
	int res = 0;

	if (s->options->live && !s->options->no_view && (has_display() || isatty(STDERR_FILENO)))
		res = start_viewer(s, err);
	if (res == 0 && s->options->on_deadlock != WATCH_OFF)
		res =
		    watcher_start(&s->watcher, &s->who, s->recorder, s->options->on_deadlock, err);
	s->nice = getpriority(PRIO_PROCESS, 0);
	/* COMMAND stands still until recorder_begin is through; a late drain loses records. */
	setpriority(PRIO_PROCESS, 0, -10);
	if (res == 0)
		res = recorder_begin(s->recorder, err);
	if (res == 0)
		res = invoker_become(&s->who, err);
	return res;
}

static void recording_close(struct recording *s)
{
	target_close(&s->target);
	watcher_stop(&s->watcher, s->recorder);
	recorder_close(s->recorder);
	if (s->viewer_fd >= 0)
		close(s->viewer_fd);
	if (s->output_fd > STDERR_FILENO)
		close(s->output_fd);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
}

/* After a failed recording COMMAND goes on untraced: its work is worth more than the trace. */
static void wait_for_command(struct recording *s)
{
	struct pollfd fd = {.fd = s->signal_fd, .events = POLLIN};

	while (s->target.pid > 0 && !s->command_ended && s->nr_interrupts < 2) {
		poll(&fd, 1, -1);
		take_signals(s);
	}
}

/* What it has to say goes before the closing line; an interrupt is not kept waiting. */
static void wait_for_watcher(struct recording *s)
{
	struct pollfd fd = {.fd = s->signal_fd, .events = POLLIN};

	watcher_stop(&s->watcher, s->recorder);
	while (s->watcher.pid > 0 && s->nr_interrupts < 2 && poll(&fd, 1, WATCHER_MS) > 0)
		take_signals(s);
}

static void wait_for_viewer(struct recording *s)
{
	struct pollfd fd = {.fd = s->signal_fd, .events = POLLIN};

	if (s->viewer_fd >= 0)
		close(s->viewer_fd);
	s->viewer_fd = -1;
	s->stop = false;
	while (s->viewer > 0 && !s->stop) {
		poll(&fd, 1, -1);
		s->nr_interrupts = 1; /* from now on one Ctrl-C is enough */
		take_signals(s);
	}
	if (s->viewer > 0)
		kill(s->viewer, SIGTERM);
	while (s->shares_terminal && s->viewer > 0 && poll(&fd, 1, VIEWER_MS) > 0)
		take_signals(s);
}

/* An interrupt means that whoever waits has waited enough. */
static bool is_patient(void *payload)
{
	struct recording *s = payload;

	s->nr_interrupts = 1;
	s->stop = false;
	take_signals(s);
	return !s->stop;
}

/* All records are written: what is left is what makes reading fast, and the end. */
static int finish(struct recording *s, struct recorder_totals *totals, struct err *err)
{
	int status = s->command_ended ? s->status : INFO_NO_STATUS;
	struct checkpoints checkpoints = {
	    .writer = recorder_writer(s->recorder),
	    .fd = s->output_fd,
	    .path = s->options->output,
	    .quiet = s->options->quiet,
	    .show = !s->options->quiet && s->viewer == 0 && isatty(STDERR_FILENO),
	    .payload = s,
	    .go_on = is_patient,
	};

	setpriority(PRIO_PROCESS, 0, s->nice);
	checkpoints_add(&checkpoints);
	return recorder_finish(s->recorder, status, totals, err);
}

/* There will be nothing to look at. */
static void dismiss(const struct recording *s)
{
	if (s->viewer > 0)
		kill(s->viewer, SIGTERM);
	if (s->watcher.pid > 0)
		kill(s->watcher.pid, SIGTERM);
}

static int run(struct recording *s, const char *command)
{
	struct recorder_totals totals;
	struct err err = {0};
	bool recorded;

	if (prepare(s, command, &err) < 0 || begin(s, &err) < 0) {
		dismiss(s);
		remove_output(s);
		return cmd_fail(&err);
	}
	if (s->options->argv && target_go(&s->target, s->options->argv[0], &err) < 0) {
		cmd_fail(&err);
		dismiss(s);
		remove_output(s);
		return err.code == ENOENT ? 127 : 126;
	}
	recorded = take_over_output(s, &err) == 0;
	recorder_visit_cores(s->recorder);
	recorded = recorded && drain(s, &err) == 0 && recorder_stop(s->recorder, &err) == 0;
	wait_for_watcher(s);
	recorded = recorded && finish(s, &totals, &err) == 0;
	tell_left_behind(s);
	if (recorded && s->shares_terminal)
		wait_for_viewer(s); /* its last picture, then what we have to say */
	if (recorded)
		say_totals(s, &totals);
	else
		cmd_fail(&err);
	if (!recorded)
		wait_for_command(s);
	if (s->viewer > 0)
		wait_for_viewer(s);
	if (!recorded)
		return CMD_FAILED;
	return 0;
}

/* Ends as COMMAND ended: with its status, or by the same signal without a second core file. */
static int end_like(int status)
{
	struct rlimit no_core = {0};
	sigset_t none;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	kill(getpid(), WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int record(struct record_options *o)
{
	struct recording s = {
	    .options = o,
	    .target = {.go_fd = -1, .exec_fd = -1},
	    .output_fd = -1,
	    .signal_fd = -1,
	    .pid_fd = -1,
	    .viewer_fd = -1,
	    .watcher = {.fd = -1},
	};
	char command[256];
	int res;

	command_text(o, command, sizeof(command));
	res = run(&s, command);
	recording_close(&s);
	return res == 0 && s.command_ended ? end_like(s.status) : res;
}

int cmd_record(int argc, char **argv)
{
	struct record_options o;

	record_options_parse(&o, false, argc, argv);
	return record(&o);
}

int cmd_live(int argc, char **argv)
{
	struct record_options o;

	record_options_parse(&o, true, argc, argv);
	return record(&o);
}
