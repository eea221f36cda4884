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
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/plain.h"
#include "cmd/checkpoints.h"
#include "cmd/cmd.h"
#include "cmd/record_options.h"
#include "cmd/signals.h"
#include "cmd/watcher.h"
#include "collect/invoker.h"
#include "collect/recorder.h"
#include "collect/target.h"

#define VIEWER_PIPE_BYTES (1 << 20)
#define VIEWER_MS         1000       /* from SIGTERM to its last picture */
#define WATCHER_MS        3000       /* at the end: it may be waiting for a process to end */
#define READER_MS         50         /* from one look for a FIFO's reader to the next */
#define AGAIN_NS          1000000000 /* a second interrupt so soon is meant for us */

/* What goes on while recording. */
struct recording {
	const struct record_options *options;
	struct invoker who;
	struct target target;
	struct recorder *recorder;
	int output_fd;
	bool output_is_new; /* made by us: of no use without a recording */
	bool output_waits;  /* holds something, which stays until the recording has begun */
	struct signals signals;
	int pid_fd; /* of -p's process */
	pid_t viewer;
	int viewer_fd;
	bool shares_terminal; /* the viewer, with COMMAND and us */
	struct watcher watcher;
	bool command_ended;
	int status;              /* of COMMAND, as wait(2) */
	bool process_ended;      /* -p's */
	uint64_t interrupted_ns; /* last; 0: never */
	bool is_ending;          /* one interrupt is enough */
	bool stop;
	bool hurry; /* who waits for us has waited enough */
	int nice;   /* of whoever started us */
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

/* Where the trace goes, as people read it. */
static const char *output_text(const struct recording *s, char *out, size_t len)
{
	const char *path = s->options->output;

	snprintf(out, len, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
	return plain_text(out);
}

/* One that was killed has left its picture, and COMMAND only the rows above it to scroll in. */
static void take_viewer_end(struct recording *s, int status)
{
	s->viewer = 0;
	if (!WIFSIGNALED(status))
		return;
	if (s->shares_terminal)
		fputs("\0337\033[r\0338\033[J", stderr);
	if (s->viewer_fd >= 0 && !s->is_ending)
		fprintf(stderr, "conctrace: the viewer was killed (%s), recording goes on\n",
			strsignal(WTERMSIG(status)));
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
			watcher_ended(&s->watcher, status);
		}
	}
}

static void tell_command(const struct recording *s, int signo)
{
	if (s->target.pid > 0 && !s->command_ended)
		kill(s->target.pid, signo);
}

/*
 * Ctrl-C reaches COMMAND from the terminal; a second one so soon ends the recording. A signal sent
 * to conctrace alone is passed on, as a wrapper should.
 */
static void take_interrupt(struct recording *s, const struct signalfd_siginfo *info)
{
	uint64_t now_ns = clock_now_ns();
	bool again = s->interrupted_ns && now_ns - s->interrupted_ns < AGAIN_NS;

	s->interrupted_ns = now_ns;
	if (again || s->is_ending || s->stop)
		s->hurry = true;
	if (s->hurry || !s->options->argv)
		s->stop = true;
	else if (info->ssi_code != SI_KERNEL)
		tell_command(s, (int)info->ssi_signo);
}

static void take_signals(struct recording *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals.fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap(s);
		} else if (info.ssi_signo == SIGWINCH) { /* told to the job in the foreground */
			if (s->shares_terminal && s->viewer > 0)
				kill(s->viewer, SIGWINCH);
		} else if (s->options->argv && signals_is_passed_on((int)info.ssi_signo)) {
			tell_command(s, (int)info.ssi_signo);
		} else {
			take_interrupt(s, &info);
		}
	}
}

/* An interrupt means that whoever waits has waited enough. */
static bool is_patient(void *payload)
{
	struct recording *s = payload;

	s->hurry = false;
	take_signals(s);
	return !s->hurry;
}

/* A FIFO: whoever reads it may come later. -1 with errno ENXIO: nobody did. */
static int open_fifo(struct recording *s, const char *path)
{
	struct pollfd wait = {.fd = s->signals.fd, .events = POLLIN};
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	char text[4096];

	if (fd < 0 && errno == ENXIO && !s->options->quiet) {
		fprintf(stderr, "conctrace: waiting for a reader of %s\n",
			output_text(s, text, sizeof(text)));
		errno = ENXIO;
	}
	s->is_ending = true;
	while (fd < 0 && errno == ENXIO) {
		poll(&wait, 1, READER_MS);
		take_signals(s);
		errno = ENXIO;
		if (s->stop)
			break;
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	}
	s->is_ending = false;
	return fd;
}

/* Two recordings in one file are none. */
static int lock_file(struct recording *s, const char *path, struct err *err)
{
	if (flock(s->output_fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	s->output_is_new = false; /* it is the other's */
	return err_set(err, EBUSY,
		       "another recording is being written to %s (choose another place with -o)",
		       path);
}

/* Another trace may be in the file, so that it is not emptied yet. */
static int open_file(struct recording *s, const char *path, struct err *err)
{
	struct stat st;
	bool is_fifo = stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
	int res = 0;

	s->output_fd = is_fifo ? open_fifo(s, path)
			       : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	s->output_is_new = s->output_fd >= 0 && !is_fifo;
	if (s->output_fd < 0 && errno == EEXIST)
		s->output_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (s->output_fd < 0 && is_fifo && errno == ENXIO)
		return err_set(err, ENXIO, "nobody has come to read %s", path);
	if (s->output_fd < 0 || fstat(s->output_fd, &st) < 0)
		return err_set(err, errno, "cannot write %s: %s (choose another place with -o)",
			       path, strerror(errno));
	if (S_ISREG(st.st_mode))
		res = lock_file(s, path, err);
	s->output_waits = S_ISREG(st.st_mode) && st.st_size > 0;
	if (res < 0 || s->output_waits)
		return res;
	return recorder_add_output(s->recorder, s->output_fd, path, WRITER_REQUIRED, err);
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

/* Says that the view has stopped: what it lacks is in the file. */
static void tell_left_behind(struct recording *s)
{
	char text[4096];

	watcher_check(&s->watcher, s->recorder);
	if (s->viewer_fd < 0 || !writer_left_behind(recorder_writer(s->recorder), s->viewer_fd))
		return;
	output_text(s, text, sizeof(text));
	fprintf(stderr,
		"conctrace: the viewer takes the trace too slowly and is given no more of it; the "
		"whole trace is in %s\n",
		text);
	close(s->viewer_fd); /* so that it knows */
	s->viewer_fd = -1;
}

/* Passes until COMMAND or the process ends, the duration is over, or somebody says stop. */
static int drain(struct recording *s, struct err *err)
{
	uint64_t until_ns =
	    s->options->duration_ns ? clock_now_ns() + s->options->duration_ns : UINT64_MAX;
	struct pollfd fds[2] = {
	    {.fd = s->signals.fd, .events = POLLIN},
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
			s->process_ended = s->stop = true;
		res = recorder_pass(s->recorder, &wait_ms, err);
		tell_left_behind(s);
		if (res < 0)
			return res;
	}
	return 0;
}

static void say_alive(const struct recorder_totals *t)
{
	char how[64] = "follow them with record -p";

	if (t->alive_pid)
		snprintf(how, sizeof(how), "record -p %u follows %s", t->alive_pid,
			 t->nr_alive == 1 ? "it" : "one of them");
	fprintf(stderr,
		"conctrace: COMMAND has ended, %lld of its tasks %s not recorded any more (%s)\n",
		(long long)t->nr_alive, t->nr_alive == 1 ? "goes on and is" : "go on and are", how);
}

static void say_totals(const struct recording *s, const struct recorder_totals *t)
{
	char duration[DURATION_LEN];
	char text[4096];

	if (s->options->quiet)
		return;
	if (s->process_ended)
		fprintf(stderr, "conctrace: process %d has ended\n", s->options->pid);
	fprintf(stderr, "conctrace: %s, %llu records, %llu lost; %.1f KiB in %s\n",
		duration_text(t->duration_ns, duration), (unsigned long long)t->nr_records,
		(unsigned long long)t->lost, t->nr_bytes / 1024.0,
		output_text(s, text, sizeof(text)));
	if (t->missed)
		fprintf(stderr,
			"conctrace: the kernel skipped %llu probe runs: some states are unknown\n",
			(unsigned long long)t->missed);
	if (t->unnamed)
		fprintf(stderr,
			"conctrace: more objects were waited for than are looked up: the later "
			"ones have no names\n");
	if (s->command_ended && !s->options->all && t->nr_alive > 0)
		say_alive(t);
}

/* It is on its own from here on. */
static void say_command_goes_on(struct recording *s)
{
	take_signals(s);
	if (s->target.pid > 0 && !s->command_ended && !s->options->quiet)
		fprintf(stderr,
			"conctrace: COMMAND (pid %d) goes on and is not recorded any more\n",
			s->target.pid);
}

/* So that its end is known; a zombie has had it. */
static int watch_process(struct recording *s, pid_t tgid, struct err *err)
{
	struct pollfd ended = {.events = POLLIN};

	s->pid_fd = syscall(SYS_pidfd_open, tgid, 0);
	ended.fd = s->pid_fd;
	if (s->pid_fd < 0 ? errno == ESRCH : poll(&ended, 1, 0) > 0)
		return err_set(err, ESRCH, "process %d has already ended", s->options->pid);
	return s->pid_fd < 0 ? err_set(err, errno, "cannot watch process %d: %s", s->options->pid,
				       strerror(errno))
			     : 0;
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
	    .patience = {.go_on = is_patient, .payload = s},
	};
	pid_t tgid = 0;
	int res;

	res = target_check_numbers(err);
	if (res < 0)
		return res;
	res = invoker_find(o->user, getenv("SUDO_UID"), getenv("SUDO_GID"), &s->who, err);
	if (res == 0)
		res = signals_watch(&s->signals, err);
	if (res == 0 && o->pid)
		res = target_find(o->pid, &tgid, err);
	if (res == 0 && o->pid)
		res = watch_process(s, tgid, err);
	if (res == 0 && o->argv) {
		res = target_launch(o->argv, &s->who, strcmp(o->output, "-") != 0,
				    &s->signals.before, &s->target, err);
		tgid = s->target.pid;
	}
	unsetenv("DEBUGINFOD_URLS"); /* after the fork: symbols are not looked for in a network */
	signal(SIGPIPE, SIG_IGN);    /* after the fork: COMMAND keeps its own way */
	signal(SIGXFSZ, SIG_IGN);    /* a file that may not grow is as a full disk */
	if (res < 0)
		return res;
	recording.probes.target_tgid = tgid;
	recording.patience.fd = s->signals.fd;
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
	if (s->signals.fd >= 0)
		close(s->signals.fd);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
}

/* After a failed recording COMMAND goes on untraced: its work is worth more than the trace. */
static void wait_for_command(struct recording *s)
{
	struct pollfd fd = {.fd = s->signals.fd, .events = POLLIN};

	s->is_ending = false;
	while (s->target.pid > 0 && !s->command_ended && !s->hurry) {
		poll(&fd, 1, -1);
		take_signals(s);
	}
}

/* What it has to say goes before the closing line; an interrupt is not kept waiting. */
static void wait_for_watcher(struct recording *s)
{
	struct pollfd fd = {.fd = s->signals.fd, .events = POLLIN};

	watcher_stop(&s->watcher, s->recorder);
	while (s->watcher.pid > 0 && !s->hurry && poll(&fd, 1, WATCHER_MS) > 0)
		take_signals(s);
}

static void wait_for_viewer(struct recording *s)
{
	struct pollfd fd = {.fd = s->signals.fd, .events = POLLIN};

	if (s->viewer_fd >= 0)
		close(s->viewer_fd);
	s->viewer_fd = -1;
	s->is_ending = true;
	s->hurry = false;
	while (s->viewer > 0 && !s->hurry) {
		poll(&fd, 1, -1);
		take_signals(s);
	}
	if (s->viewer > 0)
		kill(s->viewer, SIGTERM);
	while (s->shares_terminal && s->viewer > 0 && poll(&fd, 1, VIEWER_MS) > 0)
		take_signals(s);
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
	s->is_ending = recorded;
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
	say_command_goes_on(s);
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
	    .signals.fd = -1,
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
