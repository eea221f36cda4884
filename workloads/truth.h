/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every bundled workload shares: one form of --help and options, threads that name themselves,
 * work of known length, and the truth: what really happened, kept in memory while it happens and
 * written when all is over, so that a trace can be compared with it.
 *
 * The truth file has one fact per line, fields separated by tabs, times in CLOCK_MONOTONIC ns,
 * sorted by time; lines with # are comments:
 *
 *   task              tid tgid name                        began to call itself name
 *   running           tid begin end cpu_ns                 used cpu_ns of a core meanwhile
 *   sleep             tid begin end                        slept
 *   lock-wait         tid begin end uaddr                  found it taken, had it at end
 *   lock-held         tid begin end uaddr                  held the lock, alone
 *   read-wait         tid begin end uaddr                  found it taken, shared it at end
 *   read-held         tid begin end uaddr                  held the lock with other readers
 *   pipe-wait         tid begin end inode                  was in read(2) of that pipe
 *   child-wait        tid begin end child                  waited for that child
 *   fork              tid ts child                         made a child, known at ts
 *   exit              tid ts status                        is about to end
 *   job               tid begin end number queued          worked on a job handed out at queued
 *   coroutine-switch  tid ts from to                       passed its core on by itself
 *   usage             tid ts cpu_ns voluntary involuntary  used so far, and was switched out
 *   lock-given-up     tid begin end uaddr                  waited for it in vain, up to end
 *   cond-wait         tid begin end uaddr                  waited on the condition variable there
 *   join-wait         tid begin end other                  waited for that thread to end
 *   pipe-full         tid begin end inode                  was in write(2) to that pipe
 *   socket-wait       tid begin end inode                  waited for that socket
 *   barrier-wait      tid begin end uaddr                  waited for the others at that barrier
 *   poll-wait         tid begin end                        was in poll(2)
 *   ended             tid ts child status                  was told that it ended; 128 + signal
 *   began             tid ts 0                             told its maker that it ran then
 *   turn              tid begin end number                 had it: nobody else had that number
 *   put               tid ts number                        handed that item over
 *   got               tid ts number                        was given it
 *   count             tid ts name value                    what the lesson counted itself
 *
 * begin is read before the call that waits, end after it: a wait in the trace lies within. uaddr is
 * the address of the whole lock or condition as the program has it; the word in it that the kernel
 * waits at may lie some bytes further on.
 * end is 0 for what had not ended when the program did.
 */
#ifndef WORKLOADS_TRUTH_H
#define WORKLOADS_TRUTH_H

#include <stddef.h>
#include <stdint.h>

struct truth_option {
	const char *name;  /* without the dashes */
	const char *arg;   /* "N"; "S": seconds like 1.5, kept as ns; "one|two": value is 0 or 1 */
	uint64_t *value;   /* holds the default */
	uint64_t min, max; /* in the unit of value */
	const char *help;
};

struct truth_lesson {
	const char *name;
	const char *title;
	const char *shows; /* lines of at most 76 columns */
	const char *look;
	const char *twin_look; /* in a run of its twin in Python; NULL: the same */
	const char *seen;      /* of a traced run, numbers as userspace/cmd/seen.h has them */
	const char *twin_seen; /* of its twin in Python; NULL: the same */
	/* ids of findings of a run without options; one with ? may also be missing, one with <N is
	   raised on fewer than N cores, with >N on more */
	const char *expect;
	const char *next; /* what to try then: whole command lines, in backquotes */
	/* the same for the twin; NULL: next, with --python */
	const char *twin_next;
	const char *record;  /* options that its recording needs, with blanks between; NULL: none */
	const char *window;  /* "100ms 120ms": what of a run its picture shows; NULL: all */
	const char *picture; /* options of its picture, with blanks between; NULL: none */
	unsigned int cores;  /* it needs to be seen; 0: any number */
	const struct truth_option *options; /* [nr_options] */
	size_t nr_options;
};

enum truth_kind {
	TRUTH_TASK,
	TRUTH_RUNNING,
	TRUTH_SLEEP,
	TRUTH_LOCK_WAIT,
	TRUTH_LOCK_HELD,
	TRUTH_PIPE_WAIT,
	TRUTH_CHILD_WAIT,
	TRUTH_FORK,
	TRUTH_EXIT,
	TRUTH_JOB,
	TRUTH_COROUTINE_SWITCH,
	TRUTH_USAGE,
	TRUTH_READ_WAIT,
	TRUTH_READ_HELD,
	TRUTH_COND_WAIT,
	TRUTH_JOIN_WAIT,
	TRUTH_COUNT,
	TRUTH_LOCK_GIVEN_UP,
	TRUTH_PIPE_FULL,
	TRUTH_SOCKET_WAIT,
	TRUTH_BARRIER_WAIT,
	TRUTH_POLL_WAIT,
	TRUTH_ENDED,
	TRUTH_BEGAN,
	TRUTH_TURN,
	TRUTH_PUT,
	TRUTH_GOT,
};

/* Facts of one thread. Only it writes there; forked processes too, as the memory is shared. */
struct truth_log;

/*
 * Reads the command line into the options' values. Answers --help and exits 0; a mistake is told in
 * one line and exits 2; a truth file that cannot be written exits 1 before anything begins. With
 * --check it exits once all is read, 0: conctrace asks before it records.
 */
void truth_begin(int argc, char **argv, const struct truth_lesson *lesson);

/*
 * Room for nr_facts facts of one thread: before the thread begins. More are counted, and the truth
 * file says how many are missing. Never NULL: exits 1 when there is no memory.
 */
struct truth_log *truth_log_open(size_t nr_facts);

/* Names the calling thread and records it: the first thing each thread and child does. At most
 * 15 characters, printf form. */
void truth_name(struct truth_log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Records a fact of the calling thread: fields as the kind's line above has them after end. */
void truth_span(struct truth_log *log, enum truth_kind kind, uint64_t begin_ns, uint64_t end_ns,
		uint64_t a, uint64_t b);

/* The same for what happens at one moment. */
void truth_mark(struct truth_log *log, enum truth_kind kind, uint64_t ts_ns, uint64_t a,
		uint64_t b);

/* The word of that index of "one|two|three", borrowed until the next call. */
const char *truth_word(const char *words, uint64_t idx);

/* The same of another thread, which told it. */
void truth_told(struct truth_log *log, uint32_t tid, enum truth_kind kind, uint64_t begin_ns,
		uint64_t end_ns, uint64_t a, uint64_t b);

/* Records a number that the lesson counted, as name: at most 15 characters, no blanks. */
void truth_count(struct truth_log *log, const char *name, uint64_t value);

/* Records what the calling thread used so far: last thing it does. */
void truth_usage(struct truth_log *log);

/* Works until the calling thread used cpu_ns of a core, and records it. */
void truth_burn(struct truth_log *log, uint64_t cpu_ns);

/* Sleeps, and records it. */
void truth_sleep(struct truth_log *log, uint64_t dur_ns);

/* CLOCK_MONOTONIC. */
uint64_t truth_now_ns(void);

/* The next of a row of numbers that depends on *seed only: [0, limit). */
uint64_t truth_random(uint64_t *seed, uint64_t limit);

/* Writes the truth file, if one was asked for, once everybody else ended. Returns the exit status.
 */
int truth_end(void);

#endif
