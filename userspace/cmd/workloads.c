/* SPDX-License-Identifier: BSD-2-Clause */
/* The bundled lessons: one row each, and running one traced. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"

struct lesson {
	const char *name;
	const char *shows;
	const char *look_for;
};

static const struct lesson lessons[] = {
    {"fork", "a parent, its children, and who waits for whom",
     "each child's first slice follows a fork by the parent; the parent waits (C) until each child "
     "ends"},
    {"pool", "tasks queue for a pool of worker processes",
     "with all workers busy the next task waits for the first that ends; idle workers wait for the "
     "pipe (P)"},
    {"lock", "threads that contend for one mutex",
     "while one thread runs with the lock the others wait (L); the holder is named"},
    {"mutex", "one lock of each kind: who holds it, who waits for it",
     "the holder's name at each wait; who is woken by whom; --kind=rwlock: readers share it"},
    {"deadlock", "each holds one lock and waits for the next: nobody can go on",
     "waits for a lock (L) that never end, and whom each names as the holder; "
     "--kind=ordered: the cure"},
    {"coroutines", "thousands of switches without the kernel, beside threads that do the same",
     "the coroutines' thread never leaves its core; the threads wake each other all the time"},
};

#define NR_LESSONS (sizeof(lessons) / sizeof(lessons[0]))

static int list(void)
{
	for (size_t i = 0; i < NR_LESSONS; i++)
		printf("%-12s %s\n", lessons[i].name, lessons[i].shows);
	printf("\nsudo conctrace workloads NAME [ARG...] runs one traced; its --help tells its "
	       "options.\n");
	return 0;
}

int cmd_workloads(int argc, char **argv)
{
	char path[4096], name[64];
	struct err err = {0};
	char **args;
	int res;

	if (argc < 2)
		return list();
	if (strcmp(argv[1], "--help") == 0) {
		printf("Usage: conctrace workloads [NAME [ARG...]]\nLists the bundled lessons, or "
		       "runs one "
		       "traced.\n\n");
		return list();
	}
	for (size_t i = 0; i < NR_LESSONS; i++) {
		if (strcmp(argv[1], lessons[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "workloads/%s", argv[1]);
		if (cmd_find(name, path, sizeof(path), &err) < 0)
			return cmd_fail(&err);
		fprintf(stderr, "%s: %s.\nLook for: %s.\n\n", lessons[i].name, lessons[i].shows,
			lessons[i].look_for);
		args = mem_zalloc(argc + 1, sizeof(*args));
		args[0] = argv[0];
		args[1] = path;
		memcpy(args + 2, argv + 2, (argc - 2) * sizeof(*args));
		res = cmd_live(argc, args);
		return res;
	}
	fprintf(stderr, "conctrace: no lesson is called %s; conctrace workloads lists them\n",
		argv[1]);
	return CMD_USAGE;
}
