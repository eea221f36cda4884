/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace: one row per subcommand; whatever is none of them is a COMMAND to be traced live. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/version.h"
#include "cmd/cmd.h"

static const struct command commands[] = {
#ifndef NO_BPF
    {"record", "record COMMAND, a process or the whole machine to a file or a pipe", cmd_record},
#endif
    {"view", "replay a trace in a window, or follow one that still grows", cmd_view},
    {"report", "what each thread did and waited for, as text, JSON or CSV", cmd_report},
    {"picture", "draw a trace as PNG or SVG, without a display", cmd_picture},
    {"dump", "every record or interval as a line of text", cmd_dump},
    {"watch", "tell of deadlocks and stalls in a trace, as it grows", cmd_watch},
    {"info", "what a trace is: when, where, how much, how whole", cmd_info},
#ifndef NO_BPF
    {"doctor", "can this machine record? if not: why, and what to do", cmd_doctor},
    {"workloads", "the bundled lessons: what each shows; run one traced", cmd_workloads},
#endif
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

#ifdef NO_BPF
static const char usage[] =
    "Usage: conctrace SUBCOMMAND ...\n\n"
    "Reads what conctrace recorded elsewhere: this build was made with BPF=0.\n\n";
static const char live_options[] = "";
static const char no_command[] = "which trace shall be read? conctrace SUBCOMMAND FILE";

/* Records nothing, and says so. */
int cmd_live(int argc, char **argv)
{
	const char *what = strcmp(argv[1], "--") == 0 && argc > 2 ? argv[2] : argv[1];

	fprintf(stderr,
		"conctrace: this build only reads traces (it was made with BPF=0), and does not "
		"run %s: see conctrace --help\n",
		what);
	return CMD_USAGE;
}
#else
static const char usage[] =
    "Usage: conctrace [OPTIONS] [--] COMMAND [ARG...]\n"
    "  or:  conctrace SUBCOMMAND ...\n\n"
    "Runs COMMAND and shows, live, what every core does and why every thread is off its "
    "core.\n"
    "Keeps the trace in ./conctrace.ctr. Needs root (sudo); COMMAND runs as the "
    "invoking user.\n\n";
static const char live_options[] =
    "The options of a live run are those of record, and --no-view;\n";
static const char no_command[] = "what shall be traced? conctrace COMMAND";
#endif

static int print_help(void)
{
	printf("%sSubcommands (each has --help and a man page):\n", usage);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	printf("\n%s--version prints the version.\n", live_options);
	return 0;
}

static bool has_failed;

int cmd_fail(const struct err *err)
{
	fprintf(stderr, "conctrace: %s\n", err->text);
	has_failed = true;
	return CMD_FAILED;
}

/* However it ends: a result that did not get out is a failure, told once. */
static void end_output(void)
{
	struct err err = {0};

	if (out_finish(&err) < 0 && !has_failed)
		_exit(cmd_fail(&err));
}

int main(int argc, char **argv)
{
	static char name[64];

	out_guard();
	atexit(end_output);
	argp_program_version = VERSION_TEXT;
	argp_err_exit_status = CMD_USAGE;
	if (argc < 2) {
		fprintf(stderr, "conctrace: %s, or conctrace --help\n", no_command);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("%s\n", VERSION_TEXT);
		return 0;
	}
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "conctrace %s", commands[i].name);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1);
	}
	return cmd_live(argc, argv);
}
