/* SPDX-License-Identifier: BSD-2-Clause */
/* The bundled lessons: their list, and one of them or all run traced. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/lesson_run.h"
#include "cmd/seen.h"
#include "cmd/tour.h"

#define DEFAULT_TRACE "conctrace.ctr"
#define DEFAULT_DIR   "lessons"

struct options {
	bool all;
	bool python;
	bool no_view;
	const char *trace; /* to read instead of a run */
	const char *output;
	const char *name; /* NULL: list */
	char **args;      /* of the lesson, ends with NULL */
};

static const struct argp_option option_rows[] = {
    {"all", 'a', NULL, 0, "Record every lesson and write a page that shows them", 0},
    {"output", 'o', "FILE|DIR", 0,
     "The trace's file (conctrace.ctr); with --all, the folder (lessons)", 0},
    {"python", 'p', NULL, 0, "The lesson's twin in Python instead, run by /usr/bin/python3", 0},
    {"read", 'r', "FILE", 0, "Run nothing: say what is seen in that trace of the lesson", 0},
    {"no-view", 'n', NULL, 0, "Record only, open no viewer", 0},
    {0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state);

/* The option that word is, of those above; *value: behind its =, or NULL. NULL: it is none. */
static const struct argp_option *own_option(const char *word, char **value)
{
	const struct argp_option *row = option_rows;
	size_t len = strcspn(word, "=");

	*value = word[len] ? (char *)word + len + 1 : NULL;
	for (; row->name; row++) {
		if (strlen(row->name) + 2 == len && strncmp(word, "--", 2) == 0 &&
		    strncmp(word + 2, row->name, len - 2) == 0)
			return row;
		if (word[0] == '-' && word[1] == row->key && !word[2])
			return row;
	}
	return NULL;
}

/* What stands behind NAME: our own options, wherever; the others stay, as the lesson's. */
static void take_rest(struct options *o, struct argp_state *state)
{
	size_t nr = 0;

	o->args = mem_zalloc((size_t)(state->argc - state->next) + 1, sizeof(*o->args));
	for (int i = state->next; i < state->argc; i++) {
		char *value;
		const struct argp_option *row = own_option(state->argv[i], &value);

		if (!row || (value && !row->arg)) {
			o->args[nr++] = state->argv[i];
			continue;
		}
		if (row->arg && !value && !(value = state->argv[++i]))
			argp_error(state, "--%s needs a value", row->name);
		parse_option(row->key, value, state);
	}
	state->next = state->argc;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->all = true;
		break;
	case 'o':
		o->output = arg;
		break;
	case 'p':
		o->python = true;
		break;
	case 'r':
		o->trace = arg;
		break;
	case 'n':
		o->no_view = true;
		break;
	case ARGP_KEY_ARG:
		o->name = arg;
		take_rest(o, state);
		break;
	case ARGP_KEY_END:
		if (o->trace && !o->name)
			argp_error(state, "--read wants to know which lesson %s is of", o->trace);
		if (o->all && o->name)
			argp_error(state, "--all, or one lesson: %s", o->name);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
    .options = option_rows,
    .parser = parse_option,
    .args_doc = "[NAME [ARG...]]",
    .doc = "Lists the bundled lessons, or runs one traced: what it shows, what to look for, and "
	   "afterwards what was seen, in numbers from its own trace.\v"
	   "Other options after NAME are the lesson's: conctrace workloads NAME --help lists them.",
};

static int list(const struct lessons *lessons)
{
	const char *chapter = "";

	for (size_t i = 0; i < lessons->nr; i++) {
		const struct lesson *lesson = &lessons->rows[i];

		if (strcmp(chapter, lesson->chapter) != 0)
			printf("%s%s\n", i ? "\n" : "", chapter = lesson->chapter);
		printf("  %-16s %s\n", lesson->name, lesson->title);
	}
	printf("\nsudo conctrace workloads NAME [ARG...] runs one traced; its --help tells its "
	       "options.\n");
	return 0;
}

static void introduce(const struct lesson_run *run)
{
	const struct lesson *lesson = run->lesson;
	const char *lacks = lesson_lacks(lesson), *look = lesson_look(run);

	fprintf(stderr, "%s: %s\n\nShows\n%s\nLook for\n%s\n", lesson->name, lesson->title,
		lesson->shows ? lesson->shows : "", look ? look : "");
	if (lacks)
		fprintf(stderr, "%s.\n\n", lacks);
}

/* Afterwards: the lesson's own sentences, then what stands out in any trace. With some options of
 * its own a lesson has nothing that they are about; another trace than it says is a mistake. */
static int conclude(const struct lesson_run *run, bool read, struct err *err)
{
	char *const args[] = {(char *)"conctrace", (char *)"report",   (char *)run->trace,
			      (char *)"--only",    (char *)"findings", NULL};
	const char *seen = lesson_seen(run);

	if (seen && seen_print(stdout, "\nSeen in this run\n", run->trace, seen, err) < 0 &&
	    (read || err->code != ENOENT))
		return -err->code;
	lesson_self(run->who, stdout, args);
	return 0;
}

static bool wants_help(char **args)
{
	for (; *args; args++)
		if (strcmp(*args, "--help") == 0 || strcmp(*args, "-h") == 0)
			return true;
	return false;
}

static int run_one(const struct options *o, const struct lesson *lesson, const struct invoker *who)
{
	struct lesson_run run = {
	    .lesson = lesson,
	    .who = who,
	    .python = o->python,
	    .live = !o->no_view,
	    .trace = o->trace    ? o->trace
		     : o->output ? o->output
				 : DEFAULT_TRACE,
	    .args = o->args,
	};
	struct err err = {0};
	int status = 0;

	if (wants_help(o->args)) {
		lesson_help(&run, &err);
		return cmd_fail(&err);
	}
	if (o->trace)
		return conclude(&run, true, &err) < 0 ? cmd_fail(&err) : 0;
	if (lesson_check(&run, &status, &err) < 0)
		return cmd_fail(&err);
	if (status != 0)
		return status;
	introduce(&run);
	if (lesson_record(&run, &status, &err) < 0)
		return cmd_fail(&err);
	if (status != 0)
		return status;
	return conclude(&run, false, &err) < 0 ? cmd_fail(&err) : 0;
}

static int serve(const struct options *o, const struct lessons *lessons)
{
	const struct lesson *lesson = o->name ? lessons_find(lessons, o->name) : NULL;
	struct err err = {0};
	struct invoker who;

	if (!o->name && !o->all)
		return list(lessons);
	if (o->name && !lesson) {
		fprintf(stderr,
			"conctrace: no lesson is called %s; conctrace workloads lists them\n",
			o->name);
		return CMD_USAGE;
	}
	if (invoker_find(NULL, getenv("SUDO_UID"), getenv("SUDO_GID"), &who, &err) < 0)
		return cmd_fail(&err);
	if (invoker_assume(&who, &err) < 0)
		return cmd_fail(&err);
	if (o->all)
		return tour(lessons, &who, o->python, o->output ? o->output : DEFAULT_DIR);
	return run_one(o, lesson, &who);
}

int cmd_workloads(int argc, char **argv)
{
	struct lessons lessons;
	struct options o = {0};
	struct err err = {0};
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	status = lessons_read(&lessons, &err) < 0 ? cmd_fail(&err) : serve(&o, &lessons);
	lessons_done(&lessons);
	free(o.args);
	return status;
}
