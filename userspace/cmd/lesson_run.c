/* SPDX-License-Identifier: BSD-2-Clause */
/* Children that record, and children that read what was recorded, each with its own rights. */
#include "cmd/lesson_run.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"

#define PYTHON   "/usr/bin/python3"
#define MAX_PATH 4096
#define NR_OWN   16 /* arguments before the lesson's */
#define NR_ASKED 8  /* of these, those that the lesson asks for */

/* Path of the lesson's program, or of its twin's text. */
static int find_program(const struct lesson_run *run, char *path, struct err *err)
{
	char name[64];
	int res;

	snprintf(name, sizeof(name), run->python ? "workloads/python/lesson-%s.py" : "workloads/%s",
		 run->lesson->name);
	res = cmd_find(name, path, MAX_PATH, err);
	if (res == -ENOENT && run->python)
		res = err_set(err, ENOENT, "%s has no twin in Python", run->lesson->name);
	if (res == 0 && run->python && access(PYTHON, X_OK) < 0)
		res =
		    err_set(err, errno, "the twins in Python need %s: %s", PYTHON, strerror(errno));
	return res;
}

/* Adds program and arguments to argv from at on; argv has room. */
static void add_command(const struct lesson_run *run, char *path, char **argv, size_t at)
{
	if (run->python)
		argv[at++] = (char *)PYTHON;
	argv[at++] = path;
	for (char **arg = run->args; *arg; arg++)
		argv[at++] = *arg;
	argv[at] = NULL;
}

static char **argv_alloc(const struct lesson_run *run)
{
	size_t nr = 0;

	while (run->args[nr])
		nr++;
	return mem_zalloc(nr + NR_OWN + 3, sizeof(char *));
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Cuts options at the blanks and adds them. */
static size_t add_options(char *options, char **argv, size_t at)
{
	char *next, *word = strtok_r(options, " ", &next);

	for (int i = 0; word && i < NR_ASKED; i++, word = strtok_r(NULL, " ", &next))
		argv[at++] = word;
	return at;
}

int lesson_record(const struct lesson_run *run, int *status, struct err *err)
{
	char path[MAX_PATH];
	int res = find_program(run, path, err);
	char **argv, *options;
	size_t at = 0;
	pid_t child;

	if (res < 0)
		return res;
	options = mem_strdup(run->lesson->record && !run->python ? run->lesson->record : "");
	argv = argv_alloc(run);
	argv[at++] = (char *)"conctrace";
	if (!run->live) {
		argv[at++] = (char *)"record";
		argv[at++] = (char *)"-q";
	}
	argv[at++] = (char *)"-o";
	argv[at++] = (char *)run->trace;
	at = add_options(options, argv, at);
	argv[at++] = (char *)"--";
	add_command(run, path, argv, at);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if ((run->who->differs && seteuid(0) < 0) ||
		    (run->printed && dup2(fileno(run->printed), STDOUT_FILENO) < 0))
			_exit(127);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	free(argv);
	free(options);
	if (child < 0)
		return err_set(err, errno, "cannot make a process: %s", strerror(errno));
	*status = wait_for(child);
	return 0;
}

/* The lesson's program, as the invoker, with one word more. Does not return. */
static void __attribute__((noreturn))
become(const struct lesson_run *run, char *path, const char *word)
{
	char **argv = argv_alloc(run);
	struct err err = {0};
	size_t nr = 0;

	if (run->who->differs && (seteuid(0) < 0 || invoker_become(run->who, &err) < 0))
		_exit(127);
	add_command(run, path, argv, 0);
	while (argv[nr])
		nr++;
	argv[nr] = (char *)word;
	execv(argv[0], argv);
	_exit(127);
}

int lesson_check(const struct lesson_run *run, int *status, struct err *err)
{
	char path[MAX_PATH];
	int res = find_program(run, path, err);
	pid_t child;

	if (res < 0)
		return res;
	fflush(NULL);
	child = fork();
	if (child == 0)
		become(run, path, "--check");
	if (child < 0)
		return err_set(err, errno, "cannot make a process: %s", strerror(errno));
	*status = wait_for(child);
	return 0;
}

const char *lesson_seen(const struct lesson_run *run)
{
	return run->python && run->lesson->twin_seen ? run->lesson->twin_seen : run->lesson->seen;
}

const char *lesson_look(const struct lesson_run *run)
{
	return run->python && run->lesson->twin_look ? run->lesson->twin_look : run->lesson->look;
}

char *lesson_next(const struct lesson_run *run)
{
	static const char command[] = "conctrace workloads ";
	const char *at, *text = run->lesson->next;
	size_t size = 0;
	char *out = NULL;
	FILE *file;

	if (run->python && run->lesson->twin_next)
		return mem_strdup(run->lesson->twin_next);
	if (!text)
		return NULL;
	file = open_memstream(&out, &size);
	if (!file)
		return NULL;
	for (; run->python && (at = strstr(text, command)); text = at + strlen(command))
		fprintf(file, "%.*s%s--python ", (int)(at - text), text, command);
	fputs(text, file);
	fclose(file);
	return out;
}

int lesson_help(const struct lesson_run *run, struct err *err)
{
	char path[MAX_PATH];
	int res = find_program(run, path, err);
	char **argv;

	if (res == 0)
		res = invoker_become(run->who, err);
	if (res < 0)
		return res;
	argv = argv_alloc(run);
	add_command(run, path, argv, 0);
	execv(argv[0], argv);
	res = err_set(err, errno, "cannot run %s: %s", argv[0], strerror(errno));
	free(argv);
	return res;
}

const char *lesson_lacks(const struct lesson *lesson)
{
	static char text[128];
	cpu_set_t cores;

	if (sched_getaffinity(0, sizeof(cores), &cores) < 0 ||
	    (unsigned int)CPU_COUNT(&cores) >= lesson->cores)
		return NULL;
	snprintf(text, sizeof(text),
		 "This needs %u cores to be seen, and here is only %d: nothing can overlap",
		 lesson->cores, CPU_COUNT(&cores));
	return text;
}

int lesson_self(const struct invoker *who, FILE *out, char *const *args)
{
	struct err err = {0};
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (who->differs && (seteuid(0) < 0 || invoker_become(who, &err) < 0))
			_exit(127);
		if (dup2(fileno(out), STDOUT_FILENO) < 0)
			_exit(127);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	return child < 0 ? 127 : wait_for(child);
}
