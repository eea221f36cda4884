/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The one vocabulary: what a probe reserves, a buffer carries, a file stores, an importer makes and
 * the model consumes. Freestanding, shared with bpf/. Values are what the kernel said; only model/
 * interprets them. Record types and their fields are only ever appended.
 *
 * Every record starts with struct record and has the size record_size() tells, a multiple of 8.
 * All times are CLOCK_MONOTONIC nanoseconds since boot.
 */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#ifndef __bpf__
#include <stdint.h>
#else
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef int int32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
#endif

#define RECORD_COMM_LEN  16
#define RECORD_NAME_LEN  64 /* of an object; of more the end is kept, of a mark's the begin */
#define RECORD_MAX_BYTES 96 /* no record is longer */
#define RECORD_NR_ARGS   4  /* syscall arguments kept */
#define RECORD_NR_WORDS  8  /* of memory around a futex */
#define RECORD_WORD_AT   2  /* the futex itself */
#define RECORD_NO_SYSCALL \
	-1 /* off the core without a syscall in progress: fault, exception, kernel thread */

enum record_type {
	RECORD_NONE,
	RECORD_SWITCH,      /* sched_switch: the core passes from tid to next_tid */
	RECORD_BLOCK,       /* the same, and tid leaves because it waits: with its syscall */
	RECORD_WAKING,      /* sched_waking: waker_tid makes tid runnable */
	RECORD_WAKEUP_NEW,  /* sched_wakeup_new: tid is new on a run queue */
	RECORD_FORK,        /* sched_process_fork by tid */
	RECORD_EXEC,        /* sched_process_exec */
	RECORD_EXIT,        /* sched_process_exit */
	RECORD_COMM,        /* task_rename */
	RECORD_PRIO,        /* priority inheritance, or a new nice value or policy seen */
	RECORD_FUTEX_ENTER, /* futex(2) entered: no longer recorded */
	RECORD_FUTEX_EXIT,  /* futex(2) left */
	RECORD_LOST,        /* records of this buffer that found no room, in [begin_ns, ts_ns] */
	RECORD_TASK,        /* a task that exists when recording begins */
	RECORD_ARRIVAL,     /* tid has had this core since since_ns, though no switch told so */
	RECORD_WORDS,       /* the memory around the futex that tid waits for, or begins to now */
	RECORD_NAME,        /* what an object is called; true of the whole trace */
	RECORD_SHARED,      /* where a futex lies in memory that processes share; likewise */
	RECORD_NUMBER,      /* what tid is called in the pid namespace that it lives in */
	RECORD_FILE,        /* what is behind a descriptor: see struct record_file */
	RECORD_MARK,      /* what the program says of itself: conctrace.h, or another USDT probe */
	RECORD_COROUTINE, /* within tid another coroutine runs from now on */
	RECORD_STOLEN,    /* of what tid had its core, the host or interrupts took so much */
	RECORD_NR_TYPES
};

/* Head of every record. */
struct record {
	uint64_t ts_ns;
	uint8_t type;  /* enum record_type */
	uint8_t flags; /* RECORD_F_*, meaning by type */
	uint16_t cpu;  /* core the probe ran on */
	uint32_t tid;  /* the task it is about */
};

/* flags of switch and block */
#define RECORD_F_PREEMPT 0x01 /* the tracepoint's preempt argument: tid did not want to leave */
/* flags of waking: context of the waker; any of them means waker_tid is not to blame */
#define RECORD_F_HARDIRQ 0x01
#define RECORD_F_SOFTIRQ 0x02
#define RECORD_F_NMI     0x04
/* flags of prio: lent by a task that waits for a PI lock of tid, or taken back */
#define RECORD_F_INHERITED 0x01
/* flags of block, waking and task: the task runs a 32-bit system call table */
#define RECORD_F_COMPAT 0x10
/* flags of words: timeout_ns is by CLOCK_REALTIME, as futex_wait(2) and futex_waitv(2) have it */
#define RECORD_F_REALTIME 0x01
/* flags of name: the program itself calls it so */
#define RECORD_F_GIVEN 0x01
/* flags of fork */
#define RECORD_F_THREAD 0x01 /* the child shares the parent's tgid */
/* flags of exit */
#define RECORD_F_GROUP_DEAD 0x01 /* the last thread of its process */
/* flags of fork, exit and task */
#define RECORD_F_TRACED  0x20 /* belongs to what was asked to be traced */
#define RECORD_F_SELF    0x40 /* one of the tracer's own tasks */
#define RECORD_F_KTHREAD 0x80 /* kernel thread */

struct record_switch {
	struct record head; /* tid: who leaves the core; 0 = idle */
	uint32_t next_tid;
	uint32_t prev_state; /* TASK_* bits of the kernel that recorded; 0 = still runnable */
};

/* What `object` of a block record is. fd kinds come from the inode's mode and file operations. */
enum record_object {
	OBJECT_NONE,
	OBJECT_FUTEX, /* object: low word = *uaddr, high word = *(uaddr + 8), glibc's owner tid */
	OBJECT_PIPE,  /* object: inode number, for this and all below */
	OBJECT_SOCKET,
	OBJECT_FILE,
	OBJECT_CHAR, /* character devices that are no terminal */
	OBJECT_BLOCK,
	OBJECT_ANON,    /* an anonymous inode of another kind than those below */
	OBJECT_TTY,     /* terminal */
	OBJECT_EVENTFD, /* object: a number that tells two of them apart, for this and all below */
	OBJECT_TIMERFD,
	OBJECT_SIGNALFD,
	OBJECT_EPOLL,
	OBJECT_INOTIFY,
	OBJECT_IO_URING,
	OBJECT_PIDFD,
	OBJECT_TIMEOUT,   /* object: the nanoseconds that a sleep was asked for, as its call means
			     them */
	OBJECT_MARK,      /* of a name only: object is what a mark says is its name */
	OBJECT_COROUTINE, /* of a name only: a coroutine of a process */
	OBJECT_PROBE,     /* of a name only: a USDT probe by its number in this trace */
	OBJECT_FUTEXES,   /* object: of the first that futex_waitv(2) waits for, low word: what it
			     is expected to be, high word: its flags */
	OBJECT_NR
};

struct record_block {
	struct record_switch head;
	int32_t nr;           /* system call, or RECORD_NO_SYSCALL */
	uint32_t object_kind; /* enum record_object */
	uint64_t args[RECORD_NR_ARGS];
	uint64_t object;
};

struct record_waking {
	struct record head; /* tid: the wakee */
	uint32_t waker_tid; /* current on the core; not the cause when an IRQ flag is set */
	int32_t nr;         /* the waker's system call, or RECORD_NO_SYSCALL */
	uint64_t args[2];
};

struct record_wakeup_new {
	struct record head;
	uint32_t waker_tid;
	uint32_t reserved;
};

struct record_fork {
	struct record head; /* tid: the parent thread */
	uint32_t parent_tgid;
	uint32_t child_tid;
	uint32_t child_tgid;
	uint32_t reserved;
	char comm[RECORD_COMM_LEN]; /* of the child */
};

struct record_exec {
	struct record head;
	uint32_t old_tid; /* differs from tid when a thread that is not the leader calls execve */
	uint32_t tgid;
	char comm[RECORD_COMM_LEN];
};

struct record_exit {
	struct record head;
	int32_t code; /* as wait(2) encodes it: status << 8 | signal */
	uint32_t tgid;
};

struct record_comm {
	struct record head;
	char comm[RECORD_COMM_LEN];
};

struct record_prio {
	struct record head;
	int32_t old_prio; /* kernel scale: 0..99 real time, 100..139 nice -20..19 */
	int32_t new_prio;
};

struct record_futex_enter {
	struct record head;
	int32_t op;
	uint32_t val;
	uint64_t uaddr;
	uint64_t object; /* as OBJECT_FUTEX */
};

struct record_futex_exit {
	struct record head;
	int32_t result; /* number woken, 0, or negative errno */
	uint32_t reserved;
	int32_t op;
	uint32_t val;
	uint64_t uaddr;
};

struct record_lost {
	struct record head; /* ts_ns: the last lost one; cpu: whose buffer */
	uint64_t begin_ns;  /* the first lost one */
	uint64_t count;
};

struct record_task {
	struct record head; /* cpu: where it last ran */
	uint32_t tgid;
	uint32_t parent_tgid;
	uint32_t state; /* the letter that /proc/TID/stat would have: R S D T t Z I ... */
	int32_t nr;     /* system call it is in, RECORD_NO_SYSCALL when unknown */
	uint64_t args[RECORD_NR_ARGS];
	char comm[RECORD_COMM_LEN];
};

struct record_arrival {
	struct record head;
	uint64_t since_ns; /* from the scheduler's own clock, good to some microseconds */
};

/* Precedes the block record of a futex wait, with its time; or follows a task record. */
struct record_words {
	struct record head;
	uint64_t uaddr;      /* of several, the first */
	uint64_t timeout_ns; /* absolute or relative, as the operation has it; 0: none */
	uint32_t words[RECORD_NR_WORDS]; /* [RECORD_WORD_AT] is *uaddr; 0 where not readable */
};

struct record_name {
	struct record head; /* tid: who used it */
	uint32_t tgid;      /* of a futex or coroutine: whose address space key is in; else 0 */
	uint32_t kind;      /* enum record_object */
	uint64_t key;       /* a futex's address, else what object is in a block record */
	char text[RECORD_NAME_LEN]; /* zero padded; [heap], [stack]: a futex that has no name there
				     */
};

struct record_shared {
	struct record head; /* tid: who used it */
	uint32_t tgid;
	uint32_t dev; /* of the mapped file, shared memory too */
	uint64_t uaddr;
	uint64_t inode;
	uint64_t offset; /* bytes in the file */
};

/* Of a task in a pid namespace of its own: its memory holds such numbers. Follows its fork or task
 * record. */
struct record_number {
	struct record head;
	uint32_t number;
	uint32_t space; /* the namespace: inode of /proc/TID/ns/pid */
};

/* What is behind the first argument of tid's system call. Of one that waited before recording
 * began: follows its task record. Of a waker: precedes the waking of a task that waits for any of
 * several descriptors. */
struct record_file {
	struct record head;
	uint32_t kind; /* enum record_object */
	uint32_t reserved;
	uint64_t object; /* as in a block record; 0: not known */
};

enum record_mark_kind {
	MARK_BEGIN,   /* of a region; they nest */
	MARK_END,     /* of the region that began last */
	MARK_INSTANT, /* value: the last argument that is no text, of another program's probe */
	MARK_COUNTER,
	MARK_NR
};

struct record_mark {
	struct record head; /* tid: who said so */
	uint32_t kind;      /* enum record_mark_kind */
	uint32_t probe;     /* 0: conctrace.h, else whose name is one of kind OBJECT_PROBE */
	uint64_t name;      /* hash of a text, told by a name of kind OBJECT_MARK; 0: none */
	int64_t value;
};

struct record_coroutine {
	struct record head;
	uint64_t id;   /* of the one that runs now: of ucontext(3) its address; 0: none */
	uint64_t from; /* that ran until now; 0: not told */
};

/* Precedes the switch record by which tid leaves the core. */
struct record_stolen {
	struct record head;
	uint64_t ns; /* by the kernel's account; what is too little to be told adds up */
};

_Static_assert(sizeof(struct record) == 16, "head");
_Static_assert(sizeof(struct record_switch) == 24, "switch");
_Static_assert(sizeof(struct record_block) == 72, "block");
_Static_assert(sizeof(struct record_waking) == 40, "waking");
_Static_assert(sizeof(struct record_wakeup_new) == 24, "wakeup_new");
_Static_assert(sizeof(struct record_fork) == 48, "fork");
_Static_assert(sizeof(struct record_exec) == 40, "exec");
_Static_assert(sizeof(struct record_exit) == 24, "exit");
_Static_assert(sizeof(struct record_comm) == 32, "comm");
_Static_assert(sizeof(struct record_prio) == 24, "prio");
_Static_assert(sizeof(struct record_futex_enter) == 40, "futex_enter");
_Static_assert(sizeof(struct record_futex_exit) == 40, "futex_exit");
_Static_assert(sizeof(struct record_lost) == 32, "lost");
_Static_assert(sizeof(struct record_task) == 80, "task");
_Static_assert(sizeof(struct record_arrival) == 24, "arrival");
_Static_assert(sizeof(struct record_words) == 64, "words");
_Static_assert(sizeof(struct record_name) == 96, "name");
_Static_assert(sizeof(struct record_shared) == 48, "shared");
_Static_assert(sizeof(struct record_number) == 24, "number");
_Static_assert(sizeof(struct record_file) == 32, "file");
_Static_assert(sizeof(struct record_mark) == 40, "mark");
_Static_assert(sizeof(struct record_coroutine) == 32, "coroutine");
_Static_assert(sizeof(struct record_stolen) == 24, "stolen");

/*
 * One producer's buffer, in a mmapable array shared by probe and collector. The producer writes at
 * head, the consumer reads at tail; both only grow, in bytes. A record that starts before the end
 * of data runs on into the slack, so it is always contiguous.
 */
struct record_ring {
	uint64_t head;          /* producer, written after the record */
	uint64_t lost;          /* producer: records dropped since the last lost record */
	uint64_t lost_begin_ns; /* producer: the first and last of them */
	uint64_t lost_end_ns;
	uint64_t lost_total;  /* producer: since the beginning */
	uint64_t last_clock;  /* producer: when a task came to the core last, by rq->clock */
	uint64_t rq;          /* producer: address of the core's run queue; 0: not known yet */
	uint64_t last_stolen; /* producer: what was stolen of the core since boot, as told */
	uint64_t tail;        /* consumer, on its own cache line */
	uint64_t pad1[7];
	uint8_t data[]; /* power of two, + RECORD_MAX_BYTES of slack */
};

#define RECORD_RINGS_PER_CPU 2
#define RECORD_RING_IRQ      0 /* written with interrupts off */
#define RECORD_RING_TASK     1 /* written in task context */
#define RECORD_RING_WALK     2 /* not a buffer: tasks and names found, as core 0's */
#define RECORD_NR_RINGS      3

/* What the probes take of a system call that makes a task wait, besides its arguments: a knob of
 * theirs, by number of the call. Never stored. */
enum record_call {
	CALL_PLAIN,
	CALL_FUTEX,       /* the words at argument 0 */
	CALL_FD,          /* the object behind descriptor argument 0 */
	CALL_POLL,        /* likewise of the only one in the array at argument 0, if there is one */
	CALL_TIMEOUT_0,   /* the struct timespec at argument 0 */
	CALL_TIMEOUT_2,   /* at argument 2 */
	CALL_TIMEOUT32_0, /* the same with 32-bit members */
	CALL_TIMEOUT32_2,
	CALL_EPOLL,      /* as CALL_FD; waits for any of several descriptors, as CALL_POLL does */
	CALL_SELECT,     /* likewise, and nothing is taken of it */
	CALL_FUTEX_WORD, /* only the word at argument 0 and its owner's */
	CALL_FUTEX2,     /* as CALL_FUTEX; time-out and clock are arguments 4 and 5 */
	CALL_FUTEXES,    /* the words at the first of the array at argument 0, likewise 3 and 4 */
};

#define RECORD_NR_CALLS 512

#ifndef __bpf__
#include <stddef.h>

enum record_unit {
	UNIT_NONE, /* a plain decimal number */
	UNIT_TIME,
	UNIT_HEX,
	UNIT_TID,
	UNIT_TEXT, /* char[size], zero padded */
	UNIT_CHAR, /* a letter in a uint32_t */
	UNIT_SIGNED,
};

/* How a column of this field is coded in a file (docs/format.md). */
enum record_codec {
	CODEC_VARINT, /* LEB128 */
	CODEC_ZIGZAG, /* signed LEB128 */
	CODEC_DELTA,  /* zigzag of the difference to the same field of the type's record before */
	CODEC_DICT,   /* number of an entry in the column's dictionary, new ones as they appear */
	CODEC_CHAIN,  /* likewise; guesses what came after what this task had last */
	CODEC_OWN,    /* likewise; guesses by the record's own tid */
	CODEC_JOIN,   /* part of the key of the dictionary field before it: one number for both */
	CODEC_RUN,    /* the tid that runs, or another */
	CODEC_PREV,   /* tid of switch and block: predicted from the last next_tid of this buffer */
};

struct record_field {
	const char *name;
	uint16_t offset;
	uint8_t size;  /* bytes: 4, 8, or of a text, a multiple of 16 */
	uint8_t unit;  /* enum record_unit */
	uint8_t codec; /* enum record_codec */
};

/*
 * What follows the head of a type: name as in the text form, size, and its fields in the order they
 * are stored and printed; tid is the first, as the head's other fields have columns of their own.
 */
struct record_desc {
	const char *name;
	uint16_t size;
	uint16_t nr_fields;
	const struct record_field *fields; /* [nr_fields] */
};

/* Description of a type, or NULL for a type this version does not know. */
const struct record_desc *record_desc(unsigned int type);

/* Type of that name, or RECORD_NONE. */
enum record_type record_type_by_name(const char *name);

/* Size in bytes of a record of this type, 0 if unknown. */
static inline size_t record_size(unsigned int type)
{
	static const uint8_t size[RECORD_NR_TYPES] = {
	    [RECORD_SWITCH] = sizeof(struct record_switch),
	    [RECORD_BLOCK] = sizeof(struct record_block),
	    [RECORD_WAKING] = sizeof(struct record_waking),
	    [RECORD_WAKEUP_NEW] = sizeof(struct record_wakeup_new),
	    [RECORD_FORK] = sizeof(struct record_fork),
	    [RECORD_EXEC] = sizeof(struct record_exec),
	    [RECORD_EXIT] = sizeof(struct record_exit),
	    [RECORD_COMM] = sizeof(struct record_comm),
	    [RECORD_PRIO] = sizeof(struct record_prio),
	    [RECORD_FUTEX_ENTER] = sizeof(struct record_futex_enter),
	    [RECORD_FUTEX_EXIT] = sizeof(struct record_futex_exit),
	    [RECORD_LOST] = sizeof(struct record_lost),
	    [RECORD_TASK] = sizeof(struct record_task),
	    [RECORD_ARRIVAL] = sizeof(struct record_arrival),
	    [RECORD_WORDS] = sizeof(struct record_words),
	    [RECORD_NAME] = sizeof(struct record_name),
	    [RECORD_SHARED] = sizeof(struct record_shared),
	    [RECORD_NUMBER] = sizeof(struct record_number),
	    [RECORD_FILE] = sizeof(struct record_file),
	    [RECORD_MARK] = sizeof(struct record_mark),
	    [RECORD_COROUTINE] = sizeof(struct record_coroutine),
	    [RECORD_STOLEN] = sizeof(struct record_stolen),
	};

	return type < RECORD_NR_TYPES ? size[type] : 0;
}
#endif /* !__bpf__ */

#endif
