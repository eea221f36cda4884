/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts: kernel/signal.c, kernel/exit.c, kernel/futex/, kernel/time/hrtimer.c (time-outs of futex,
 * poll and sleep expire in hard interrupt context), net/core/dev.c (packets arrive in soft
 * interrupt context, on the loopback device above the very task that sends).
 */
#include "model/cause.h"

#include <string.h>

#include "model/calls.h"
#include "model/futex.h"

/* Time-outs are armed before the task leaves its core, so that they end a little early. */
#define ARMED_EARLY_NS 2000000

/* Of calls whose time-out is none of the arguments that are kept: select has it as the fifth. */
static bool may_be_timed(const char *arch, const struct interval *waited)
{
	const char *name = waited->timed ? NULL : syscall_name(arch, waited->nr);

	return waited->timed || (name && strstr(name, "select"));
}

/* Whether a time-out known in length can be over: a little early, as it began before the wait. */
static bool is_over(const struct interval *waited, uint64_t now_ns)
{
	uint64_t early_ns = ARMED_EARLY_NS + waited->timeout_ns / 16;

	return waited->timeout_ns == 0 ||
	       now_ns - waited->begin_ns + early_ns >= waited->timeout_ns;
}

/*
 * Who only sleeps or waits for signals is woken by the end of its time or by a signal, nothing
 * else: before its time is over, by the signal that a timer sent (setitimer, timer_create).
 */
static enum cause cause_of_interrupt(const char *arch, const struct wake_edge *edge,
				     const struct interval *waited, uint64_t now_ns)
{
	bool over = is_over(waited, now_ns);

	if (waited->state != STATE_BLOCKED)
		return CAUSE_INTERRUPT;
	if (waited->why == REASON_SLEEP)
		return over ? CAUSE_TIMER : CAUSE_SIGNAL;
	if (waited->why == REASON_SIGNAL)
		return over && waited->timed ? CAUSE_TIMER : CAUSE_SIGNAL;
	if (waited->object_kind == OBJECT_TIMERFD && edge->context == WAKE_HARDIRQ)
		return CAUSE_TIMER;
	/* Packets come in soft interrupts, what a high resolution timer does in hard ones. */
	if (edge->context == WAKE_HARDIRQ && may_be_timed(arch, waited) && over)
		return CAUSE_TIMER;
	if (edge->context == WAKE_SOFTIRQ && waited->timed && waited->timeout_ns &&
	    interval_has_futex(waited) && over)
		return CAUSE_TIMER;
	return CAUSE_INTERRUPT;
}

static enum cause cause_of_kind(uint32_t object_kind)
{
	switch (object_kind) {
	case OBJECT_PIPE:
		return CAUSE_PIPE;
	case OBJECT_SOCKET:
		return CAUSE_SOCKET;
	case OBJECT_FILE:
	case OBJECT_CHAR:
	case OBJECT_BLOCK:
	case OBJECT_TTY:
		return CAUSE_FILE;
	case OBJECT_EVENTFD:
	case OBJECT_TIMERFD:
	case OBJECT_SIGNALFD:
	case OBJECT_INOTIFY:
		return CAUSE_EVENT;
	default:
		return CAUSE_CALL;
	}
}

static enum cause cause_of_object(const struct interval *waited)
{
	enum cause cause;

	if (waited->state != STATE_BLOCKED)
		return CAUSE_CALL;
	cause = cause_of_kind(waited->object_kind);
	return cause == CAUSE_CALL && waited->why == REASON_FILE ? CAUSE_FILE : cause;
}

/* Of a wait for any of several descriptors: by the one that the waker used. */
static enum cause cause_of_poll(enum call_class class, const struct waker_facts *waker,
				const struct interval *waited)
{
	enum cause cause = cause_of_object(waited);

	if (cause == CAUSE_CALL)
		cause = cause_of_kind(waker->file_kind);
	return cause == CAUSE_CALL && class == CLASS_SOCKET ? CAUSE_SOCKET : cause;
}

/* group: all threads of the process end. */
static enum cause cause_of_exit(const struct waker_facts *waker, const struct interval *waited,
				bool group)
{
	enum cause by_object = cause_of_object(waited);

	if (waited->state != STATE_BLOCKED)
		return CAUSE_EXIT;
	if (waited->why == REASON_SIGNAL)
		return CAUSE_SIGNAL; /* SIGCHLD */
	/* exit_group ends the other threads of its process by SIGKILL, whatever they wait for
	   (kernel/signal.c, zap_other_threads); the files that they share with it stay open. */
	if (group && waker->tgid == waker->wakee_tgid)
		return CAUSE_SIGNAL;
	return by_object != CAUSE_CALL ? by_object /* it closed its files */ : CAUSE_EXIT;
}

static bool is_group_exit(const char *arch, int32_t nr)
{
	const char *name = syscall_name(arch, nr);

	return name && strcmp(name, "exit_group") == 0;
}

/* The waker is in no system call, or was killed in one. */
static enum cause cause_without_call(const struct waker_facts *waker, const struct interval *waited)
{
	bool blocked = waited->state == STATE_BLOCKED;

	if (waker->exiting)
		return cause_of_exit(waker, waited, true);
	if (blocked && waited->why == REASON_JOIN && waited->owner == waker->tid)
		return CAUSE_EXIT;
	return CAUSE_KERNEL;
}

/* What is sent through one of these wakes those who wait for one of the same kind, nobody else. */
static bool is_channel(uint32_t kind)
{
	return kind == OBJECT_PIPE || kind == OBJECT_SOCKET || kind == OBJECT_EVENTFD ||
	       kind == OBJECT_TIMERFD || kind == OBJECT_SIGNALFD || kind == OBJECT_TTY;
}

/* Calls that wake nobody: they only wait, or only say which signals are blocked and handled. */
static bool wakes_nobody(const char *name, enum call_class class, const struct waker_facts *waker)
{
	uint32_t op = (uint32_t)waker->args[1] & FUTEX_OP_MASK;

	switch (class) {
	case CLASS_FUTEX:
		return waker->args[0] && (op == FUTEX_OP_WAIT || op == FUTEX_OP_WAIT_BITSET);
	case CLASS_FUTEX2:
		return name && strncmp(name, "futex_wait", strlen("futex_wait")) == 0;
	case CLASS_FD:
		return waker->file_kind == OBJECT_SIGNALFD;
	case CLASS_OTHER:
		return name && strncmp(name, "rt_sig", strlen("rt_sig")) == 0;
	default:
		return class == CLASS_SLEEP || class == CLASS_SIGNAL;
	}
}

/* From one descriptor to another: of which of them its kind is known does not matter. */
static bool has_two_files(const char *name)
{
	return strstr(name, "splice") || strstr(name, "sendfile") || strcmp(name, "tee") == 0;
}

/*
 * A signal that stops or ends the process is taken by one thread on its way out of whatever call it
 * is in, and passed on to the others (kernel/signal.c, do_signal_stop, zap_other_threads): told by
 * a call that can have woken nobody, or not that one.
 */
static bool passes_signal_on(const char *arch, const struct wake_edge *edge, enum call_class class,
			     const struct waker_facts *waker, const struct interval *waited)
{
	const char *name = syscall_name(arch, edge->nr);

	if (waited->state != STATE_BLOCKED || waker->tgid != waker->wakee_tgid ||
	    waited->why == REASON_FAULT || waited->why == REASON_IO_URING ||
	    waited->why == REASON_STOPPED)
		return false;
	if (waker->interrupted || wakes_nobody(name, class, waker))
		return true;
	return class == CLASS_FD && name && !has_two_files(name) && is_channel(waker->file_kind) &&
	       is_channel(waited->object_kind) && waited->object_kind != waker->file_kind &&
	       waited->why != REASON_POLL;
}

static enum cause cause_of_call(enum call_class class, const struct waker_facts *waker,
				const struct interval *waited)
{
	bool blocked = waited->state == STATE_BLOCKED;

	/* Nothing else does, of what a task can do. */
	if (blocked && (waited->why == REASON_SLEEP || waited->why == REASON_SIGNAL) &&
	    class != CLASS_TRACE)
		return CAUSE_SIGNAL;
	switch (class) {
	case CLASS_FUTEX:
	case CLASS_FUTEX2:
		/* Whatever word the waker named: memory may be mapped elsewhere in its process. */
		if (!blocked || interval_has_futex(waited))
			return CAUSE_FUTEX; /* fall through */
	case CLASS_SLEEP:
	case CLASS_RESTART:
		/* These calls wake nobody else, but a signal that stops or ends the process is
		 * taken on the way out of them, and told to its other threads. */
		return blocked && waker->tgid == waker->wakee_tgid ? CAUSE_SIGNAL : CAUSE_CALL;
	case CLASS_KILL:
		return blocked && waited->why == REASON_STOPPED ? CAUSE_CONTINUE : CAUSE_SIGNAL;
	case CLASS_TRACE:
		return CAUSE_CONTINUE;
	case CLASS_FD:
	case CLASS_SOCKET:
	case CLASS_FILE:
		if (blocked && waited->why == REASON_POLL)
			return cause_of_poll(class, waker, waited);
		return cause_of_object(waited);
	default:
		return CAUSE_CALL;
	}
}

enum cause cause_of_waking(const char *arch, const struct wake_edge *edge,
			   const struct waker_facts *waker, const struct interval *waited,
			   uint64_t now_ns)
{
	enum call_class class;

	if (edge->context != WAKE_TASK)
		return cause_of_interrupt(arch, edge, waited, now_ns);
	if (waker->kthread)
		return CAUSE_KERNEL;
	if (syscall_class(arch, edge->nr) == CLASS_EXIT)
		return cause_of_exit(waker, waited, is_group_exit(arch, edge->nr));
	if (edge->nr < 0 || waker->exiting)
		return cause_without_call(waker, waited);
	class = syscall_class(arch, edge->nr);
	if (passes_signal_on(arch, edge, class, waker, waited))
		return CAUSE_SIGNAL;
	return cause_of_call(class, waker, waited);
}

_Static_assert(CAUSE_NR <= 16, "a slice has four bits for it");

static const struct {
	const char *key;
	const char *words;
} causes[CAUSE_NR] = {
    [CAUSE_UNKNOWN] = {"unknown", "nobody knows why"},
    [CAUSE_FUTEX] = {"futex", "a wake of this very object"},
    [CAUSE_PIPE] = {"pipe", "it wrote, read or closed the other end"},
    [CAUSE_SOCKET] = {"socket", "it used the other end"},
    [CAUSE_FILE] = {"file", "it used the same file"},
    [CAUSE_EVENT] = {"event", "it signalled this descriptor"},
    [CAUSE_EXIT] = {"exit", "it ended"},
    [CAUSE_SIGNAL] = {"signal", "a signal"},
    [CAUSE_TIMER] = {"timer", "its time was over"},
    [CAUSE_INTERRUPT] = {"interrupt", "an interrupt of a device, the network or a timer"},
    [CAUSE_KERNEL] = {"kernel", "the kernel itself"},
    [CAUSE_CALL] = {"call", "a system call of another kind"},
    [CAUSE_CONTINUE] = {"continue", "it let it go on"},
};

const char *cause_key(enum cause cause)
{
	return (unsigned int)cause < CAUSE_NR ? causes[cause].key : "?";
}

const char *cause_words(enum cause cause)
{
	return (unsigned int)cause < CAUSE_NR ? causes[cause].words : "?";
}
