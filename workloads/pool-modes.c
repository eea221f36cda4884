/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool-modes: the ways to give work to a pool, with the words of Python's multiprocessing. apply
 * hands out one job and waits for it; async hands out all and waits at the end; map cuts them into
 * chunks; map-async does so and has work of its own before it asks for results; imap takes jobs
 * from a slow generator, lazily, and uses results as they come; terminate ends the workers in the
 * middle; recycle replaces each worker after a few jobs. Each worker runs an initializer first: it
 * makes a table, in its own memory, that the jobs look their results up in.
 * What it shows: apply uses one worker however many there are; async and map use all; chunks save
 * messages; recycling costs a fork and an initializer per few jobs.
 * What to look for: the staircase of apply, one worker at a time; with map fewer and longer jobs;
 * with map-async a manager that works beside its workers; with imap workers that wait for the
 * generator; with recycle many short lives, an initializer at the begin of each.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conctrace.h"
#include "crew.h"

#define MAX_WORKERS 16
#define MAX_JOBS    1000
#define STEP        100 /* of the table, for each job */
#define MAX_LIVES   1024
#define NS_PER_MS   1000000ULL
#define CLOSE       0 /* a job that ends its worker; jobs are numbered from 1 */

#define MODES "apply|async|map|map-async|imap|terminate|recycle"
enum mode { APPLY, ASYNC, MAP, MAP_ASYNC, IMAP, TERMINATE, RECYCLE };

static uint64_t mode = MAP;
static uint64_t nr_workers = 3, nr_jobs = 48, chunk = 4, max_jobs = 4;
static uint64_t job_ns = 10 * NS_PER_MS;

static const struct truth_option options[] = {
    {"mode", MODES, &mode, 0, 0, "how jobs are given to the pool"},
    {"workers", "N", &nr_workers, 1, MAX_WORKERS, "worker processes"},
    {"tasks", "N", &nr_jobs, 1, MAX_JOBS, "jobs"},
    {"chunk", "N", &chunk, 1, 1000, "jobs in one message, for map and map-async"},
    {"max-tasks", "N", &max_jobs, 1, 1000, "jobs in a worker's life, for recycle"},
    {"work", "S", &job_ns, 0, 1000000000, "what a job takes"},
};

static const struct truth_lesson lesson = {
    .name = "pool-modes",
    .title = "apply, async, map in chunks, imap, terminate: ways to give work to a pool",
    .shows = "  Who waits for whom in each way to hand out jobs.\n",
    .look = "  With --mode=apply one worker at a time; async and map: all of them;\n"
	    "  map-async: the manager works, too; imap: workers wait for a slow generator;\n"
	    "  recycle: many short lives, each with its initializer.\n",
    .seen = "{tasks worker-*} worker{s} ran {time running worker-*} in {span worker-*}, "
	    "at most {most worker-*} at once; they waited {share pipe worker-*} of their "
	    "lives for jobs, the manager {share pipe manager} of its life for results.\n",
    .twin_seen = "{tasks worker-*} worker{s} ran {time running worker-*} in {span worker-*}, "
		 "at most {most worker-*} at once; they waited {time pipe worker-*} at the "
		 "pool's pipes and {time semaphore worker-*} at the semaphores that are its "
		 "locks.\n"
		 "The first of the manager's threads waited {time semaphore manager/first} at "
		 "semaphores, in {count semaphore manager/first} wait{s}, for the others to "
		 "begin, for results and for the pool's end.\n",
    .expect = "oversubscription<4",
    .next = "`sudo conctrace workloads pool-modes --mode=apply`, then "
	    "`--mode=async`, `--mode=map-async`, `--mode=imap`, `--mode=terminate`, "
	    "`--mode=recycle`; `sudo conctrace workloads pool-modes --chunk "
	    "24`: who is idle at the end?\n",
    .options = options,
    .nr_options = sizeof(options) / sizeof(*options),
};

struct job {
	uint64_t first, nr; /* number of the first one, how many */
	uint64_t sent_ns;
	uint64_t worker; /* of a result: who did it, as lives counts them */
	uint64_t sum;    /* and of what was looked up */
};

static int jobs[2], results[2]; /* pipes: [0] to read, [1] to write */
static struct member lives[MAX_LIVES];
static unsigned int nr_lives;
static uint64_t jobs_of[MAX_LIVES]; /* done by each, as the manager was told */
static struct member self;

/* How many primes there are up to each number: made by each worker's initializer, in its memory. */
static uint16_t primes[MAX_JOBS * STEP + 1];

static void initialize(void)
{
	static bool composite[MAX_JOBS * STEP + 1];
	uint64_t i, k;

	CONCTRACE_REGION("initializer");
	for (i = 2; i <= MAX_JOBS * STEP; i++) {
		primes[i] = primes[i - 1] + !composite[i];
		for (k = i * i; k <= MAX_JOBS * STEP && !composite[i]; k += i)
			composite[k] = true;
	}
}

/* Does all jobs of a message. Returns the sum of their results. */
static uint64_t do_jobs(struct member *me, const struct job *job)
{
	uint64_t begin_ns = truth_now_ns(), sum = 0, i;
	char name[64];

	snprintf(name, sizeof(name), job->nr > 1 ? "jobs %llu to %llu" : "job %llu",
		 (unsigned long long)job->first, (unsigned long long)(job->first + job->nr - 1));
	CONCTRACE_BEGIN(name);
	truth_burn(me->log, job->nr * job_ns);
	for (i = job->first; i < job->first + job->nr; i++)
		sum += primes[i * STEP];
	CONCTRACE_END();
	truth_span(me->log, TRUTH_JOB, begin_ns, truth_now_ns(), job->first, job->sent_ns);
	return sum;
}

static bool receive(struct member *me, int fd, struct job *job)
{
	uint64_t begin_ns = truth_now_ns();
	ssize_t n = read(fd, job, sizeof(*job));

	truth_span(me->log, TRUTH_PIPE_WAIT, begin_ns, truth_now_ns(), 0, 0);
	return n == sizeof(*job);
}

static void send_job(int fd, uint64_t first, uint64_t nr, uint64_t worker, uint64_t sum)
{
	struct job job = {first, nr, truth_now_ns(), worker, sum};

	if (write(fd, &job, sizeof(job)) != sizeof(job))
		crew_fail("cannot write to a pipe", errno);
}

static void work(struct member *me)
{
	uint64_t nr_done = 0;
	struct job job;

	close(results[0]);
	close(jobs[1]);
	initialize();
	while ((mode != RECYCLE || nr_done < max_jobs) && receive(me, jobs[0], &job)) {
		if (job.first == CLOSE)
			return;
		send_job(results[1], job.first, job.nr, me->number - 1, do_jobs(me, &job));
		nr_done++;
	}
}

static void start_worker(void)
{
	if (nr_lives == MAX_LIVES)
		crew_fail("too many workers in all", E2BIG);
	member_fork(&lives[nr_lives++], self.log);
}

/* Whose life is over with that job is replaced. */
static void replace(uint64_t worker)
{
	if (mode != RECYCLE || ++jobs_of[worker] < max_jobs)
		return;
	member_wait(&lives[worker], self.log);
	lives[worker].tid = 0;
	start_worker();
}

/* Jobs that are given out before the first result is asked for. */
static uint64_t nr_ahead(uint64_t size)
{
	return mode == APPLY ? 1 : mode == IMAP ? nr_workers : (nr_jobs + size - 1) / size;
}

/* What the caller of map_async does while others work: half as much as each of them. */
static void own_work(void)
{
	CONCTRACE_REGION("own work");
	truth_burn(self.log, nr_jobs * job_ns / nr_workers / 2);
}

/* Hands out all jobs in messages of that size; returns how many came back, and the sum of their
 * results in *sum. */
static uint64_t manage(uint64_t size, uint64_t *sum)
{
	uint64_t next = 1, nr_out = 0, nr_done = 0;
	struct job job;

	while (nr_done < nr_jobs) {
		while (next <= nr_jobs && nr_out < nr_ahead(size)) {
			uint64_t nr = next + size > nr_jobs + 1 ? nr_jobs + 1 - next : size;

			if (mode == IMAP)
				truth_sleep(self.log, 8 * NS_PER_MS); /* the generator */
			send_job(jobs[1], next, nr, 0, 0);
			next += nr;
			nr_out++;
		}
		if (mode == MAP_ASYNC && nr_done == 0)
			own_work();
		if (!receive(&self, results[0], &job))
			crew_fail("the workers are gone", EPIPE);
		nr_out--;
		nr_done += job.nr;
		*sum += job.sum;
		replace(job.worker);
		if (mode == TERMINATE && nr_done >= nr_jobs / 2)
			break;
	}
	return nr_done;
}

/* close and join, or terminate and join. */
static void end_workers(void)
{
	unsigned int i;

	for (i = 0; i < nr_workers && mode != TERMINATE; i++)
		send_job(jobs[1], CLOSE, 0, 0, 0);
	for (i = 0; i < nr_lives; i++) {
		if (lives[i].tid == 0)
			continue;
		if (mode == TERMINATE)
			kill(lives[i].tid, SIGTERM);
		member_wait(&lives[i], self.log);
	}
}

int main(int argc, char **argv)
{
	uint64_t begin_ns, nr_done, sum = 0;
	unsigned int i, nr;

	truth_begin(argc, argv, &lesson);
	nr = mode == RECYCLE ? MAX_LIVES : (unsigned int)nr_workers;
	for (i = 0; i < nr; i++)
		member_init(&lives[i], "worker-%u", i + 1, mode == RECYCLE ? 32 : 3 * nr_jobs + 8,
			    work);
	member_self(&self, "manager", 8 * nr_jobs + 64);
	if (pipe(jobs) < 0 || pipe(results) < 0)
		crew_fail("cannot make a pipe", errno);
	begin_ns = truth_now_ns();
	for (i = 0; i < nr_workers; i++)
		start_worker();
	nr_done = manage(mode == MAP || mode == MAP_ASYNC ? chunk : 1, &sum);
	end_workers();
	truth_count(self.log, "done", nr_done);
	truth_count(self.log, "sum", sum);
	truth_usage(self.log);

	printf("pool-modes: %s: %llu of %llu jobs done by %u processes, sum of results %llu, "
	       "%.2f s\n",
	       truth_word(MODES, mode), (unsigned long long)nr_done, (unsigned long long)nr_jobs,
	       nr_lives, (unsigned long long)sum, (double)(truth_now_ns() - begin_ns) / 1e9);
	return truth_end();
}
