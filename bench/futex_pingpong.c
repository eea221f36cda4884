/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads on one core that wake each other by futex(2), in turns: each turn is a wait, a wake
 * and a switch, and next to nothing else. Prints the time as perf bench does, from the first turn
 * to the last.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t turn; /* whose it is: 0 or 1 */
static long nr_turns = 100000;

static void take_turns(uint32_t me)
{
	for (long i = 0; i < nr_turns; i++) {
		while (atomic_load(&turn) != me)
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
		atomic_store(&turn, !me);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
}

static void *run_other(void *arg)
{
	(void)arg;
	take_turns(1);
	return NULL;
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	pthread_t other;
	cpu_set_t cpus;

	if (argc > 1)
		nr_turns = strtol(argv[1], NULL, 10);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		perror("futex_pingpong: cannot stay on core 0");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if ((errno = pthread_create(&other, NULL, run_other, NULL)) != 0) {
		perror("futex_pingpong: cannot make a thread");
		return 1;
	}
	take_turns(0);
	pthread_join(other, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("Total time: %.6f [sec]\n",
	       (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	return 0;
}
