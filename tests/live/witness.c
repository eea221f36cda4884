/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * witness FILE COMMAND...: runs COMMAND while the kernel's own sums are read beside the probes, and
 * writes a line for every task born meanwhile: tid sum old stolen told untold untold_ns
 * (witness.bpf.c says what they are). Exit status: COMMAND's; 125, with a sentence: no witness
 * here.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "witness.h"

#include "tests/witness.skel.h"

#define NO_WITNESS 125

static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int write_tasks(struct witness_bpf *witness, const char *path)
{
	int fd = bpf_map__fd(witness->maps.tasks);
	unsigned int tid, *key = NULL;
	struct witness_task task;
	FILE *file = fopen(path, "w");

	if (!file)
		return -errno;
	for (; bpf_map_get_next_key(fd, key, &tid) == 0; key = &tid) {
		if (bpf_map_lookup_elem(fd, &tid, &task) < 0)
			continue;
		fprintf(file, "%u %llu %lld %lld %llu %llu %llu %llu\n", tid, task.sum_ns,
			task.old_ns, task.stolen_ns, task.nr_told, task.nr_untold, task.untold_ns,
			task.nr_switches);
	}
	return fclose(file) == 0 ? 0 : -errno;
}

int main(int argc, char **argv)
{
	struct witness_bpf *witness;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: witness FILE COMMAND [ARG...]\n");
		return 2;
	}
	libbpf_set_print(say_nothing);
	witness = witness_bpf__open_and_load();
	if (!witness || witness_bpf__attach(witness) < 0) {
		fprintf(stderr, "witness: cannot read the run queue's clocks here: %s\n",
			strerror(errno));
		witness_bpf__destroy(witness);
		return NO_WITNESS;
	}
	status = run(argv + 2);
	witness_bpf__detach(witness);
	if (write_tasks(witness, argv[1]) < 0) {
		fprintf(stderr, "witness: cannot write %s: %s\n", argv[1], strerror(errno));
		status = NO_WITNESS;
	}
	witness_bpf__destroy(witness);
	return status;
}
