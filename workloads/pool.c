/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool: a manager hands out jobs through one pipe to worker processes that all read from it; their
 * results come back through another.
 * What it shows: a pool at work. One job more than there are workers is always handed out, so it
 * waits in the pipe: of four workers, the fifth job waits until one is free.
 * What to look for: below each worker the jobs it does, one after the other without blocking;
 * below the manager that one more is queued nearly all the time; the manager blocked on a pipe and
 * woken by the worker that writes.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conctrace.h"
#include "truth.h"

#define MAX_WORKERS 256
#define MAX_JOBS    10000
#define NO_WORKERS  0

static uint64_t nr_workers = NO_WORKERS;
static uint64_t nr_jobs = 24;
static uint64_t dur_ns = 2000000000;
static uint64_t seed = 1;

static const struct truth_option options[] = {
    {"workers", "N", &nr_workers, 0, MAX_WORKERS, "worker processes; 0: one per core"},
    {"tasks", "N", &nr_jobs, 1, MAX_JOBS, "jobs handed out"},
    {"seconds", "S", &dur_ns, 0, 600000000000, "how long it takes, about"},
    {"seed", "N", &seed, 0, UINT64_MAX, "other seeds give other lengths of jobs"},
};

static const struct truth_lesson lesson = {
    .name = "pool",
    .title = "a manager hands out jobs to worker processes through a pipe",
    .shows = "  A pool at work: of N workers, job N + 1 waits in the pipe for a free one.\n",
    .look = "  The manager blocked on a pipe, woken by each worker that has a result; below\n"
	    "  each worker its jobs, one after the other, and below the manager how many\n"
	    "  more were handed out: that one waits for whoever is ready first.\n",
    .seen = "The {tasks worker-*} worker{s} did {regions job?* worker-*} job{s}, the "
	    "median of {region job?* worker-*} each; up to {highest queued manager} more "
	    "waited in the pipe.\n"
	    "They ran {share running worker-*} of their time and waited for a job {share "
	    "pipe worker-*}; the manager waited {count pipe manager} time{s} for a "
	    "result.\n",
    .twin_seen = "The {tasks worker-*} worker{s} ran {share running worker-*} of their time; "
		 "they waited {time pipe worker-*} at the pool's pipes and {time semaphore "
		 "worker-*} at the semaphores that are its locks.\n"
		 "The first of the manager's threads waited {time semaphore manager/first} at "
		 "semaphores, in {count semaphore manager/first} wait{s}, for the others to "
		 "begin, for results and for the pool's end.\n",
    .next = "`sudo conctrace workloads pool --workers 4` on two cores: four "
	    "workers, and no more work done.\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

struct job {
	uint64_t number;
	uint64_t cpu_ns;
	uint64_t queued_ns;
};

struct pool {
	int jobs[2]; /* pipes: [0] to read, [1] to write */
	int results[2];
	struct truth_log *log; /* the manager's */
};

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "pool: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A job fits into PIPE_BUF and is written and read whole: pipe(7). False at the end. */
static bool read_job(struct truth_log *log, int fd, struct job *job)
{
	uint64_t begin_ns = truth_now_ns();
	struct stat st;
	ssize_t len;

	do
		len = read(fd, job, sizeof(*job));
	while (len < 0 && errno == EINTR);
	if (fstat(fd, &st) < 0 || (len != 0 && len != sizeof(*job)))
		fail("cannot read from a pipe");
	truth_span(log, TRUTH_PIPE_WAIT, begin_ns, truth_now_ns(), st.st_ino, 0);
	return len != 0;
}

static void write_job(int fd, const struct job *job)
{
	if (write(fd, job, sizeof(*job)) != sizeof(*job))
		fail("cannot write to a pipe");
}

/* Does the job, and says in the trace which one it is. */
static void do_job(struct truth_log *log, const struct job *job)
{
	uint64_t begin_ns = truth_now_ns();
	char name[32];

	snprintf(name, sizeof(name), "job %llu", (unsigned long long)job->number);
	CONCTRACE_BEGIN(name);
	truth_burn(log, job->cpu_ns);
	CONCTRACE_END();
	truth_span(log, TRUTH_JOB, begin_ns, truth_now_ns(), job->number, job->queued_ns);
}

static void __attribute__((noreturn))
worker(const struct pool *pool, struct truth_log *log, unsigned int number)
{
	struct job job;

	close(pool->jobs[1]);
	close(pool->results[0]);
	truth_name(log, "worker-%u", number);
	while (read_job(log, pool->jobs[0], &job)) {
		do_job(log, &job);
		write_job(pool->results[1], &job);
	}
	truth_usage(log);
	truth_mark(log, TRUTH_EXIT, truth_now_ns(), 0, 0);
	_exit(0);
}

static void start_workers(struct pool *pool)
{
	struct truth_log *logs[MAX_WORKERS];
	unsigned int i;

	if (pipe(pool->jobs) < 0 || pipe(pool->results) < 0)
		fail("cannot make a pipe");
	for (i = 0; i < nr_workers; i++)
		logs[i] = truth_log_open(3 * nr_jobs + 8);
	for (i = 0; i < nr_workers; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("cannot make a worker");
		if (child == 0)
			worker(pool, logs[i], i + 1);
		truth_mark(pool->log, TRUTH_FORK, truth_now_ns(), (uint64_t)child, 0);
	}
	close(pool->jobs[0]);
	close(pool->results[1]);
}

/* The jobs' lengths are spread evenly from half the mean to one and a half. */
static void hand_out(struct pool *pool, uint64_t number, uint64_t mean_ns)
{
	struct job job = {.number = number, .queued_ns = truth_now_ns()};

	job.cpu_ns = mean_ns / 2 + mean_ns * truth_random(&seed, 1001) / 1000;
	write_job(pool->jobs[1], &job);
}

/* Says how many jobs wait in the pipe: those that no worker can have yet. */
static void tell_queued(uint64_t at_work_or_queued)
{
	CONCTRACE_COUNTER("queued",
			  at_work_or_queued > nr_workers ? at_work_or_queued - nr_workers : 0);
}

static uint64_t manage(struct pool *pool, uint64_t mean_ns)
{
	uint64_t handed_out = 0, done = 0, sum = 0;
	struct job job;

	while (done < nr_jobs) {
		while (handed_out < nr_jobs && handed_out - done <= nr_workers)
			hand_out(pool, ++handed_out, mean_ns);
		tell_queued(handed_out - done);
		if (handed_out == nr_jobs && pool->jobs[1] >= 0) {
			close(pool->jobs[1]);
			pool->jobs[1] = -1;
		}
		if (!read_job(pool->log, pool->results[0], &job)) {
			fprintf(stderr, "pool: a worker died before its job was done\n");
			exit(1);
		}
		sum += job.number;
		tell_queued(handed_out - ++done);
	}
	return sum;
}

int main(int argc, char **argv)
{
	uint64_t begin_ns, nr_cores, mean_ns, sum;
	struct pool pool = {0};
	cpu_set_t cores;
	unsigned int i;

	truth_begin(argc, argv, &lesson);
	nr_cores =
	    sched_getaffinity(0, sizeof(cores), &cores) == 0 ? (uint64_t)CPU_COUNT(&cores) : 1;
	if (nr_workers == NO_WORKERS)
		nr_workers = nr_cores < MAX_WORKERS ? nr_cores : MAX_WORKERS;
	mean_ns = dur_ns / nr_jobs * (nr_workers < nr_cores ? nr_workers : nr_cores);
	pool.log = truth_log_open(nr_jobs + 2 * nr_workers + 8);

	truth_name(pool.log, "manager");
	begin_ns = truth_now_ns();
	start_workers(&pool);
	sum = manage(&pool, mean_ns);
	for (i = 0; i < nr_workers; i++) {
		uint64_t wait_ns = truth_now_ns();
		pid_t child = waitpid(-1, NULL, 0);

		truth_span(pool.log, TRUTH_CHILD_WAIT, wait_ns, truth_now_ns(), (uint64_t)child, 0);
	}
	truth_usage(pool.log);

	printf("pool: %llu jobs done by %llu workers, sum of their numbers %llu, %.1f s\n",
	       (unsigned long long)nr_jobs, (unsigned long long)nr_workers, (unsigned long long)sum,
	       (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
