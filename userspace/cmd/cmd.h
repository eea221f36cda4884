/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file per subcommand, one row each in main.c's table. This is the only layer that prints and
 * exits: results on stdout, all else on stderr, exit status 0 ok, 1 failed, 2 usage, or COMMAND's.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"

#define CMD_FAILED 1
#define CMD_USAGE  2

struct argp;

struct command {
	const char *name;
	const char *summary; /* one line of `conctrace --help` */
	int (*run)(int argc,
		   char **argv); /* argv[0] is "conctrace NAME"; returns the exit status */
};

/* The subcommands, as struct command has them; each tells of itself by --help. */
int cmd_record(int argc, char **argv);
int cmd_view(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_picture(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_workloads(int argc, char **argv);

/* `conctrace [OPTIONS] COMMAND`: record to ./conctrace.ctr and show it live. */
int cmd_live(int argc, char **argv);

/* The one trace that a command is about, FILE or -: a child of the command's own, which hands it
 * the const char * to fill as child input. Ends with a sentence if there is none, or a second one.
 */
extern const struct argp cmd_trace_argp;

/* Prints "conctrace: SENTENCE" to stderr; returns CMD_FAILED. */
int cmd_fail(const struct err *err);

/*
 * Path of a program or folder installed with this one, e.g. "conctrace-view" or "workloads": beside
 * this executable, else in ../libexec/conctrace. -ENOENT with a sentence when it is in neither.
 */
int cmd_find(const char *name, char *path, unsigned long len, struct err *err);

#endif
