/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/record_options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"
#include "collect/invoker.h"

#define DEFAULT_FILE "conctrace.ctr"
#define BUFFER_MIN   (64 << 10)
#define BUFFER_MAX   (64 << 20)

/* The first row is of the live run alone: record takes those behind it. */
static const struct argp_option option_rows[] = {
    {"no-view", 'n', NULL, 0, "Record only, open no viewer", 0},
    {"output", 'o', "FILE", 0,
     "Write the trace to FILE, - for standard output (COMMAND's then goes to standard error)", 0},
    {"pid", 'p', "PID", 0, "Trace a process that runs, its children, and what they fork", 0},
    {"all", 'a', NULL, 0, "Trace every task of the machine", 0},
    {"duration", 'd', "TIME", 0, "Stop after TIME, as 10s or 500ms", 0},
    {"buffer", 'b', "SIZE", 0, "Size of one buffer, as 4M (two per core); default: by memory", 0},
    {"user", 'u', "NAME", 0, "Run COMMAND and the viewer as NAME; default: who called sudo", 0},
    {"futex", 'f', "WHICH", 0, "blocked (default): futex calls that wait or wake; all: every one",
     0},
    {"coroutines", 'c', NULL, 0, "See which coroutine (ucontext) of a thread runs when", 0},
    {"usdt", 'U', "PROVIDER:NAME", 0,
     "Record a USDT probe that the program has, as python:function__entry; may be given again", 0},
    {"marks", 'm', "FILE", 0,
     "Look for marks and USDT probes in FILE, too: a library, or what COMMAND executes", 0},
    {"no-marks", 'M', NULL, 0, "Leave out the marks that the program makes with conctrace.h", 0},
    {"on-deadlock", 'D', "WHAT", 0,
     "report (default): say so at once; stop or kill: do that to its processes as well; off: do "
     "not watch. A stall, where nothing goes on but no deadlock is proven, is only said",
     0},
    {"quiet", 'q', NULL, 0, "Say nothing but failures", 0},
    {0},
};

/* Digits only, up to max; behind them is *end. */
static int parse_number(const char *text, uint64_t max, uint64_t *out, const char **end)
{
	uint64_t value = 0;

	for (*end = text; **end >= '0' && **end <= '9'; ++*end) {
		value = value * 10 + (uint64_t)(**end - '0');
		if (value > max)
			return -EINVAL;
	}
	*out = value;
	return *end == text ? -EINVAL : 0;
}

static int parse_size(const char *text, size_t *out)
{
	const char *end;
	uint64_t value;
	size_t bytes = BUFFER_MIN;

	if (parse_number(text, BUFFER_MAX, &value, &end) < 0)
		return -EINVAL;
	if (*end == 'k' || *end == 'K')
		value <<= 10, end++;
	else if (*end == 'm' || *end == 'M')
		value <<= 20, end++;
	if (*end || value < BUFFER_MIN || value > BUFFER_MAX)
		return -EINVAL;
	while (bytes < value)
		bytes *= 2;
	*out = bytes;
	return 0;
}

static const struct {
	int key;
	size_t at; /* of a bool of struct record_options */
} flags[] = {
    {'a', offsetof(struct record_options, all)},
    {'c', offsetof(struct record_options, coroutines)},
    {'M', offsetof(struct record_options, no_marks)},
    {'n', offsetof(struct record_options, no_view)},
    {'q', offsetof(struct record_options, quiet)},
};

static pid_t parse_pid(struct argp_state *state, pid_t already, const char *arg)
{
	const char *end;
	uint64_t pid = 0;

	if (already)
		argp_error(state, "one process at a time: -p %d or -p %s", already, arg);
	if (parse_number(arg, INT_MAX, &pid, &end) < 0 || *end || pid == 0)
		argp_error(state, "-p wants the number of a process, not %s", arg);
	return (pid_t)pid;
}

static void check_user(struct argp_state *state, const char *arg)
{
	struct invoker who;
	struct err err = {0};

	if (invoker_find(arg, NULL, NULL, &who, &err) == -EINVAL)
		argp_error(state, "%s", err.text);
}

/* What is missing, or does not go together. */
static void check_whole(struct argp_state *state, const struct record_options *o)
{
	if (!o->argv && !o->pid && !o->all)
		argp_error(state, "what shall be traced? COMMAND, -p PID or -a");
	if (o->pid && o->argv)
		argp_error(state, "either COMMAND or -p PID, not both");
	if (o->pid && o->all)
		argp_error(state, "either -a or -p PID, not both: -a traces that one, too");
	if (strcmp(o->output, "-") == 0 && isatty(STDOUT_FILENO))
		argp_error(state, "a trace is no text for a terminal: give a file or a pipe");
}

static error_t parse_flag(int key, struct record_options *o)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].key == key) {
			*(bool *)((char *)o + flags[i].at) = true;
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_options *o = state->input;
	struct err err = {0};

	switch (key) {
	case 'o':
		o->output = arg;
		break;
	case 'p':
		o->pid = parse_pid(state, o->pid, arg);
		break;
	case 'd':
		if (duration_parse(arg, &o->duration_ns, &err) < 0)
			argp_error(state, "--duration: %s", err.text);
		if (o->duration_ns == 0)
			argp_error(state, "--duration is longer than 0; without it recording goes "
					  "on until COMMAND ends, or Ctrl-C");
		break;
	case 'b':
		if (parse_size(arg, &o->ring_bytes) < 0)
			argp_error(state, "--buffer wants a size from 64K to 64M, not %s", arg);
		break;
	case 'u':
		check_user(state, arg);
		o->user = arg;
		break;
	case 'f':
		if (strcmp(arg, "all") != 0 && strcmp(arg, "blocked") != 0)
			argp_error(state, "--futex is blocked or all, not %s", arg);
		o->futex_all = strcmp(arg, "all") == 0;
		break;
	case 'U':
		if (o->nr_usdt == MARKS_MAX_USDT)
			argp_error(state, "--usdt: at most %d probes", MARKS_MAX_USDT);
		o->usdt[o->nr_usdt++] = arg;
		break;
	case 'm':
		if (o->nr_marks == MARKS_MAX_FILES)
			argp_error(state, "--marks: at most %d files", MARKS_MAX_FILES);
		o->marks[o->nr_marks++] = arg;
		break;
	case 'D':
		if (watch_parse_action(arg, &o->on_deadlock) < 0)
			argp_error(state, "--on-deadlock is report, stop, kill or off, not %s",
				   arg);
		break;
	case ARGP_KEY_ARG:
		o->argv = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		check_whole(state, o);
		break;
	default:
		return parse_flag(key, o);
	}
	return 0;
}

static const struct argp record_argp = {
    .options = option_rows + 1,
    .parser = parse_option,
    .args_doc = "COMMAND [ARG...]\n-p PID\n-a",
    .doc = "Records what threads do to a file or a pipe.\v"
	   "Ctrl-C reaches COMMAND; a second one within a second ends the recording. The exit "
	   "status is COMMAND's.",
};

static const struct argp live_argp = {
    .options = option_rows,
    .parser = parse_option,
    .args_doc = "COMMAND [ARG...]\n-p PID\n-a",
    .doc = "Runs COMMAND and shows live what its threads do; keeps the trace.",
};

void record_options_parse(struct record_options *out, bool live, int argc, char **argv)
{
	*out = (struct record_options){.live = live, .output = DEFAULT_FILE};
	argp_parse(live ? &live_argp : &record_argp, argc, argv, ARGP_IN_ORDER, NULL, out);
}
