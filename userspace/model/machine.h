/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one state machine: report, viewer, export and tests see a trace through it. Records in time
 * order go in; intervals (what a task or a core did from when to when) and wake edges come out at a
 * sink. Every nanosecond of every task between its begin and its end is in exactly one interval,
 * and so for every core; what is not known is STATE_UNKNOWN.
 *
 *	struct machine *m = machine_open(&src->info, &sink);
 *	while (source_next(src, &rec, &err) > 0)
 *		machine_feed(m, rec);
 *	machine_finish(m, end_ns);
 *	machine_close(m);
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sync.h"
#include "trace/info.h"
#include "trace/record.h"

enum state {
	STATE_UNKNOWN,
	STATE_RUNNING,
	STATE_RUNNABLE, /* why: enum runnable */
	STATE_BLOCKED,  /* why: enum reason */
	STATE_EXITED,   /* never an interval */
	STATE_IDLE,     /* of a core only */
	STATE_NR
};

enum runnable {
	RUNNABLE_WOKEN,
	RUNNABLE_PREEMPTED,
	RUNNABLE_NEW,
	RUNNABLE_YIELDED, /* left the core by sched_yield */
	RUNNABLE_NR
};

/* Rows of reason.c: key (JSON name), letter, sentence. Order is that of the report's columns. */
enum reason {
	REASON_UNKNOWN, /* off the core and nothing says why: counted as unknown */
	REASON_LOCK,
	REASON_CONDITION,
	REASON_JOIN,
	REASON_SLEEP,
	REASON_POLL,
	REASON_PIPE,
	REASON_SOCKET,
	REASON_FILE,
	REASON_FAULT,
	REASON_CHILD,
	REASON_SIGNAL, /* waits for a signal */
	REASON_OTHER,  /* another system call, named by nr */
	REASON_SEMAPHORE,
	REASON_BARRIER,
	REASON_ONCE,  /* another thread runs what must run once */
	REASON_EVENT, /* reads an eventfd, timerfd, signalfd, inotify */
	REASON_TTY,
	REASON_IO_URING,
	REASON_STOPPED, /* by a signal or a tracer */
	REASON_NR
};

#define TASK_NONE    UINT32_MAX
#define PRIO_DEFAULT 120 /* nice 0 */
#define TASK_IDLE    0   /* index of the idle task, shared by all cores */

/* A task of the trace. Identified by its index: tids are reused. */
struct task {
	uint32_t tid;
	uint32_t tgid;   /* 0 if unknown */
	uint32_t parent; /* index of the task that forked it (or leads parent_tgid), TASK_NONE */
	uint32_t parent_tgid;
	char comm[RECORD_COMM_LEN + 1];
	bool traced; /* belongs to what was asked to be traced */
	bool self;   /* the tracer's own */
	bool kthread;
	bool exited;
	int32_t exit_code; /* as wait(2), valid when exited; INFO_NO_STATUS if nothing told it */
	int32_t prio;      /* as the kernel has it: 0..99 real time, 100..139 nice -20..19; less is
			      more urgent. What no record told is PRIO_DEFAULT or the parent's */
	int32_t lent_prio; /* the same, with what waiters for its PI locks lend it */
	uint64_t begin_ns; /* fork, or the trace's begin */
	uint64_t end_ns;   /* 0 while alive */
	/* counts */
	uint64_t sched_ins;
	uint64_t preemptions;
	uint64_t migrations;
	uint64_t stolen_ns; /* of its time on a core, as far as told: with a switch */
	uint64_t wakeups;   /* how often it was woken */
};

/* Half-open [begin_ns, end_ns). For a core: task is who ran, TASK_IDLE, or TASK_NONE when unknown.
 */
struct interval {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task;
	uint32_t cpu;   /* running: where; runnable: where it was queued or left; else last one */
	uint8_t state;  /* enum state */
	uint8_t why;    /* enum runnable or enum reason */
	bool inferred;  /* a rule, not a record, said so */
	uint32_t waker; /* blocked: who ended it; runnable: who made it so (woken: waker, preempted:
			   who took the core); TASK_NONE: nobody known */
	int32_t nr;     /* blocked: the system call, RECORD_NO_SYSCALL */
	uint8_t object_kind; /* blocked: enum record_object */
	uint64_t object;     /* blocked: futex: uaddr, of several the first's; else inode number; 0
				none */
	uint32_t owner;      /* blocked on a lock: tid of who had it, 0 unknown; on a join: of whom
				it waits for */
	bool shares;         /* blocked on a lock: a reader, who would have it with others */
	bool owner_inferred; /* by who had it before or gave it: memory did not say so */
	bool owner_exited;   /* memory names a thread that has ended, and is right */
	bool refused;  /* blocked as glibc does for ever, where the kernel refuses a PI lock: as far
			  as the call tells; others may wait so, too */
	uint8_t cause; /* enum cause: what ended it, of blocked; or made it runnable, of woken */
	bool timed;    /* blocked: ends by itself after timeout_ns, 0 if that is not known */
	uint32_t sync; /* blocked on a futex: which sync object, SYNC_NONE */
	uint64_t timeout_ns; /* from the moment it left its core */
	bool overtaken; /* of sink.block only: a waking came just before and most likely ended it,
			   so that it is none; task_interval has the last word */
};

/* Whether object is the address of a futex: of the one waited for, or the first of several. */
static inline bool interval_has_futex(const struct interval *iv)
{
	return iv->object_kind == OBJECT_FUTEX || iv->object_kind == OBJECT_FUTEXES;
}

enum wake_context {
	WAKE_TASK,
	WAKE_SOFTIRQ,
	WAKE_HARDIRQ,
	WAKE_NMI,
};

struct wake_edge {
	uint64_t ts_ns;
	uint32_t waker; /* TASK_NONE when an interrupt did it */
	uint32_t wakee;
	uint32_t cpu;
	uint8_t context; /* enum wake_context */
	uint8_t cause;   /* enum cause */
	int32_t nr;      /* the waker's system call */
	bool spurious; /* the wakee ran or was runnable. A waking that overtakes the wakee's own way
			  off the core is marked so too: the runnable interval that follows names
			  the waker */
};

/* A task had a sync object, half-open [begin_ns, end_ns), as far as that is known: only while
 * others want it does anything tell. Segments of one object come in time order and never overlap.
 */
struct hold {
	uint32_t sync;
	uint32_t task;
	uint64_t begin_ns;
	uint64_t end_ns;
	bool measured; /* memory said so */
};

/*
 * What the program says went on in a task, half-open [begin_ns, end_ns): a coroutine that ran, or a
 * region. Stints of one task and level come in time order and never overlap; a region lies within
 * those of lower levels. Told when it ends.
 */
struct stint {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task;
	uint8_t level; /* 0: coroutine; n: region within n - 1 others */
	uint64_t name; /* as struct record_mark and record_coroutine have it: machine_stint_text */
	bool inferred; /* what ran before the first switch, since the task began */
	bool cut;      /* nothing told its end: the task's, a loss's or the trace's was first */
};

#define STINT_LEVELS 16 /* regions nested deeper are counted only */

#define MARK_SWITCH MARK_NR /* another coroutine, name, begins to run */

/* What the program said at one moment. */
struct moment {
	uint64_t ts_ns;
	uint32_t task;
	uint32_t probe;
	uint64_t name;
	int64_t value;
	uint8_t kind;  /* enum record_mark_kind, or MARK_SWITCH */
	uint8_t level; /* of a begin or end: the region's */
	bool alone;    /* an end without a begin */
};

/* Receives what the machine finds out. Any member may be NULL. Intervals of one task, and of one
 * core, come in time order without holes; those of different ones interleave. */
struct sink {
	void *payload;
	void (*task_interval)(void *payload, const struct interval *iv);
	void (*cpu_interval)(void *payload, const struct interval *iv);
	void (*wake)(void *payload, const struct wake_edge *edge);
	void (*gap)(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost);
	void (*fork)(void *payload, uint64_t ts_ns, uint32_t parent, uint32_t child);
	/* A task begins to wait: state and why from begin_ns on, end_ns is 0. What follows may
	   still show that the wait was another or none; task_interval has the last word. */
	void (*block)(void *payload, const struct interval *iv);
	void (*hold)(void *payload, const struct hold *hold);
	/* Until now `was` tasks waited for a sync object; from now on it is another number. */
	void (*crowd)(void *payload, uint32_t sync, uint64_t ts_ns, uint32_t was);
	/* Of an end: the stint first. */
	void (*stint)(void *payload, const struct stint *stint);
	void (*moment)(void *payload, const struct moment *moment);
};

/* Named counters of what did not fit: rows of query.c, zero is perfect. */
enum anomaly {
	ANOMALY_SWITCH_MISMATCH,  /* prev was not the task this core was known to run */
	ANOMALY_SWITCH_ELSEWHERE, /* next was running on another core */
	ANOMALY_WAKE_SPURIOUS,    /* waking of a task that runs or is runnable */
	ANOMALY_RUN_WITHOUT_WAKE, /* a traced blocked task ran and nothing woke it */
	ANOMALY_UNKNOWN_TASK,     /* a record named a traced tid nobody introduced */
	ANOMALY_TIME_BACKWARDS,   /* a record older than its predecessor */
	ANOMALY_SWITCH_UNTOLD, /* a switch without a record, its time from the scheduler's note */
	ANOMALY_NR
};

struct machine;

/* info and sink are copied. Never fails (out of memory aborts). */
struct machine *machine_open(const struct trace_info *info, const struct sink *sink);

/* Takes one record, not older than the one before (an older one is counted and its time raised). */
void machine_feed(struct machine *m, const struct record *rec);

/*
 * Emits what is still open up to end_ns; nothing may be fed afterwards. end_ns 0: the last record's
 * time.
 */
void machine_finish(struct machine *m, uint64_t end_ns);

/* The interval a task or core is in, open: end_ns is the machine's time now. false: exited or not
 * begun. */
bool machine_task_now(const struct machine *m, uint32_t task, struct interval *out);
bool machine_cpu_now(const struct machine *m, uint32_t cpu, struct interval *out);

/* The coroutine or region a task is in, until now. */
bool machine_stint_now(const struct machine *m, uint32_t task, unsigned int level,
		       struct stint *out);

/* What the trace says of itself, as it was when the machine was opened. */
const struct trace_info *machine_info(const struct machine *m);
/* Tasks by index [0, nr): borrowed, stable until the next feed. */
uint32_t machine_nr_tasks(const struct machine *m);
const struct task *machine_task(const struct machine *m, uint32_t task);
/* Index of the living (or last) task with that tid, or TASK_NONE. */
uint32_t machine_find(const struct machine *m, uint32_t tid);
/*
 * Sync objects by index [0, nr), in the order they were first used. Two that turn out to be one,
 * because processes share the memory, become the older one: machine_sync_id says which index that
 * is, machine_sync takes either. Borrowed, stable until the next feed.
 */
uint32_t machine_nr_syncs(const struct machine *m);
uint32_t machine_sync_id(const struct machine *m, uint32_t sync);
const struct sync *machine_sync(const struct machine *m, uint32_t sync);
/*
 * Tells from now on of sync objects, and what they are called, what end knows: a machine that has
 * taken more of the same trace. That processes share one, and its kind, are told later than it is
 * first waited for, and numbers depend on both. What a sync of end says of tasks (first_waiter,
 * holder, nr_waiters) is as of end, whose tasks are more. Borrowed while m is asked; NULL: as far
 * as m knows.
 */
void machine_foresee(struct machine *m, const struct machine *end);
/* The same object as of now, with tasks of m, whatever was foreseen. */
const struct sync *machine_sync_now(const struct machine *m, uint32_t sync);
/* The object that tasks of that process waited for at uaddr at ts_ns, SYNC_NONE if none ever did.
 */
uint32_t machine_find_sync(const struct machine *m, uint32_t tgid, uint64_t uaddr, uint64_t ts_ns);
/* Cores so far: the highest number + 1. */
uint32_t machine_nr_cpus(const struct machine *m);
/* Switches recorded on a core, 0 beyond the last one. */
uint64_t machine_cpu_switches(const struct machine *m, uint32_t cpu);
/* Whether any record named the core: one that none did may be absent or have slept throughout. */
bool machine_cpu_seen(const struct machine *m, uint32_t cpu);
/* Begin of the trace: info's, or the first record's time. */
uint64_t machine_begin_ns(const struct machine *m);
/* Time of the last record, and records fed. */
uint64_t machine_now_ns(const struct machine *m);
uint64_t machine_nr_records(const struct machine *m);
/* How often that was met. */
uint64_t machine_anomalies(const struct machine *m, enum anomaly which);
/* Short name of a counter, as JSON has it; and what it counts, "switch that the kernel hid", or
 * many: "switches that the kernel hid". */
const char *anomaly_name(enum anomaly which);
const char *anomaly_words(enum anomaly which, bool many);
/* Kernels do it on a healthy trace: told, but no reason to doubt the numbers. */
bool anomaly_is_normal(enum anomaly which);

/*
 * Checkpoint: everything needed to go on from here, as bytes of a versioned text-free form.
 * machine_save makes a heap block the caller frees; machine_restore makes a machine whose further
 * output is the same as that of the one saved, tasks by the same indices. NULL, errno EINVAL: not a
 * checkpoint of this version, or damaged; bytes need not be trusted. Bytes are the same on every
 * machine.
 */
int machine_save(const struct machine *m, void **out, size_t *len);
struct machine *machine_restore(const struct trace_info *info, const struct sink *sink,
				const void *bytes, size_t len);

/* NULL is fine. */
void machine_close(struct machine *m);

#endif
