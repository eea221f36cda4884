/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System call and object to reason. A system call belongs to a class, a row below; what a class
 * means may depend on the arguments (futex) or on the object behind the descriptor (read, write
 * ...). Facts: futex(2), kernel include/linux/sched.h (TASK_*), glibc nptl/.
 */
#include "model/reason.h"

#include <stdio.h>
#include <string.h>

#define CLONE_WITH_VFORK   0x4000
#define TIMER_ABSOLUTE     1 /* TIMER_ABSTIME */
#define NS_PER_MS          UINT64_C(1000000)
#define STATE_STOPPED_BITS 0x0c /* __TASK_STOPPED, __TASK_TRACED */

static void set_why(struct interval *iv, enum reason why, bool inferred)
{
	iv->why = (uint8_t)why;
	iv->inferred = inferred;
}

/* A call that a task waits in. */
struct call {
	enum call_class class;
	const char *arch;
	const uint64_t *args; /* [RECORD_NR_ARGS] */
	uint64_t ts_ns;       /* when it left its core */
	uint32_t object_kind;
	uint64_t object;
	const struct record_words *words;
	const struct trace_info *info;
};

enum clock { CLOCK_OF_REALTIME, CLOCK_OF_MONOTONIC, CLOCK_OF_BOOTTIME = 7 }; /* linux/time.h */

/* What is left at ts_ns of a time-out that ends at until_ns by that clock; 0: not known. */
static uint64_t time_left(const struct call *call, enum clock clock, uint64_t until_ns)
{
	const struct trace_info *info = call->info;
	uint64_t now_ns = call->ts_ns;
	uint64_t base_ns = clock == CLOCK_OF_REALTIME   ? info->realtime_ns
			   : clock == CLOCK_OF_BOOTTIME ? info->boottime_ns
							: 0;

	if (clock == CLOCK_OF_REALTIME || clock == CLOCK_OF_BOOTTIME) {
		if (base_ns == 0 || info->begin_ns == 0)
			return 0;
		now_ns = base_ns + (call->ts_ns - info->begin_ns);
	} else if (clock != CLOCK_OF_MONOTONIC) {
		return 0;
	}
	return until_ns > now_ns ? until_ns - now_ns : 1;
}

static void set_timed(struct interval *iv, uint64_t timeout_ns)
{
	iv->timed = true;
	iv->timeout_ns = timeout_ns;
}

static void futex_timeout(const struct call *call, struct interval *iv)
{
	uint32_t op = (uint32_t)call->args[1];
	uint64_t ns = call->words ? call->words->timeout_ns : 0;
	bool realtime = op & FUTEX_OP_REALTIME || (op & FUTEX_OP_MASK) == FUTEX_OP_LOCK_PI;

	if (call->args[3] == 0)
		return;
	if (ns && (op & FUTEX_OP_MASK) != FUTEX_OP_WAIT)
		ns = time_left(call, realtime ? CLOCK_OF_REALTIME : CLOCK_OF_MONOTONIC, ns);
	set_timed(iv, ns);
}

/* What a wait with that address, operation and value means, by the memory that is known. */
static void futex_mean(const struct call *call, struct futex_wait *wait, struct interval *iv,
		       struct futex_meaning *futex)
{
	if (call->words) {
		memcpy(wait->words, call->words->words, sizeof(wait->words));
	} else if (call->object_kind == OBJECT_FUTEX) {
		wait->words[RECORD_WORD_AT] = (uint32_t)call->object;
		wait->words[RECORD_WORD_AT + 2] = (uint32_t)(call->object >> 32);
	}
	futex_interpret(wait, futex);
	set_why(iv, futex->reason, !futex->sure && futex->reason != REASON_OTHER);
	iv->object_kind = OBJECT_FUTEX;
	iv->object = wait->uaddr;
	iv->owner = futex->owner;
	iv->shares = futex->shares;
}

static void futex_reason(const struct call *call, struct interval *iv, struct futex_meaning *futex)
{
	struct futex_wait wait = {
	    .uaddr = call->args[0],
	    .op = (uint32_t)call->args[1],
	    .val = (uint32_t)call->args[2],
	    .has_words = call->words != NULL,
	};

	futex_mean(call, &wait, iv, futex);
	if (futex->reason != REASON_OTHER)
		futex_timeout(call, iv);
	iv->refused = futex->refused && !iv->timed;
}

/* A wait for any of several tells of none of them what it is. */
static void any_futex(struct interval *iv, struct futex_meaning *futex)
{
	set_why(iv, REASON_CONDITION, true);
	futex->kind = SYNC_FUTEX;
	futex->base = iv->object;
	iv->object_kind = OBJECT_FUTEXES;
	iv->owner = 0;
	iv->shares = false;
}

static void sleep_reason(const struct call *call, struct interval *iv)
{
	const char *name = syscall_name(call->arch, iv->nr);
	bool has_clock = name && strncmp(name, "clock_", 6) == 0;
	uint64_t ns = call->object_kind == OBJECT_TIMEOUT ? call->object : 0;

	if (has_clock && ns && call->args[1] & TIMER_ABSOLUTE)
		ns = time_left(call, (enum clock)call->args[0], ns);
	set_why(iv, REASON_SLEEP, false);
	set_timed(iv, ns);
	iv->object_kind = OBJECT_NONE;
	iv->object = 0;
}

/* Which calls have their time-out, a pointer or milliseconds, among the arguments that are kept. */
static void poll_timeout(const struct call *call, struct interval *iv)
{
	static const struct {
		const char *name;
		uint8_t arg;
		bool is_pointer;
	} rows[] = {
	    {"poll", 2, false},           {"epoll_wait", 3, false}, {"epoll_pwait", 3, false},
	    {"epoll_pwait2", 3, true},    {"ppoll", 2, true},       {"ppoll_time64", 2, true},
	    {"rt_sigtimedwait", 2, true}, {"semtimedop", 3, true},  {"futex_waitv", 3, true},
	};
	const char *name = syscall_name(call->arch, iv->nr);

	for (size_t i = 0; name && i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t arg = call->args[rows[i].arg];

		if (strcmp(rows[i].name, name) != 0)
			continue;
		if (rows[i].is_pointer ? arg != 0 : (int32_t)arg >= 0)
			set_timed(iv, rows[i].is_pointer ? 0 : (uint32_t)arg * NS_PER_MS);
		return;
	}
}

/*
 * FUTEX_WAIT_BITSET under other names (kernel/futex/syscalls.c): time-outs are absolute, the flag
 * for private is the same. futex_wait(uaddr, val, mask, flags, timeout, clock),
 * futex_waitv(waiters, nr, flags, timeout, clock). No C library waits so: the memory has none's
 * layout, only an owner where one is.
 */
static void futex2_reason(const struct call *call, struct interval *iv, struct futex_meaning *futex)
{
	const char *name = syscall_name(call->arch, iv->nr);
	struct futex_wait wait = {.uaddr = call->args[0], .val = (uint32_t)call->args[1]};
	uint32_t flags = (uint32_t)call->args[3];
	bool any = name && strcmp(name, "futex_waitv") == 0;

	if (!any && (!name || strcmp(name, "futex_wait") != 0)) {
		set_why(iv, REASON_OTHER, false);
		return;
	}
	if (any && (!call->words || call->object_kind != OBJECT_FUTEXES)) {
		set_why(iv, REASON_CONDITION, true);
		poll_timeout(call, iv);
		return;
	}
	if (any) {
		wait.uaddr = call->words->uaddr;
		wait.val = (uint32_t)call->object;
		flags = (uint32_t)(call->object >> 32);
	}
	wait.op = FUTEX_OP_WAIT_BITSET | (flags & FUTEX_OP_PRIVATE);
	futex_mean(call, &wait, iv, futex);
	if (any && call->args[1] > 1)
		any_futex(iv, futex);
	if (call->words && call->words->timeout_ns)
		set_timed(iv, time_left(call,
					call->words->head.flags & RECORD_F_REALTIME
					    ? CLOCK_OF_REALTIME
					    : CLOCK_OF_MONOTONIC,
					call->words->timeout_ns));
}

static enum reason reason_of_object(uint32_t kind)
{
	static const uint8_t reasons[OBJECT_NR] = {
	    [OBJECT_NONE] = REASON_OTHER,     [OBJECT_FUTEX] = REASON_OTHER,
	    [OBJECT_PIPE] = REASON_PIPE,      [OBJECT_SOCKET] = REASON_SOCKET,
	    [OBJECT_FILE] = REASON_FILE,      [OBJECT_CHAR] = REASON_FILE,
	    [OBJECT_BLOCK] = REASON_FILE,     [OBJECT_ANON] = REASON_OTHER,
	    [OBJECT_TTY] = REASON_TTY,        [OBJECT_EVENTFD] = REASON_EVENT,
	    [OBJECT_TIMERFD] = REASON_EVENT,  [OBJECT_SIGNALFD] = REASON_EVENT,
	    [OBJECT_EPOLL] = REASON_EVENT,    [OBJECT_INOTIFY] = REASON_EVENT,
	    [OBJECT_IO_URING] = REASON_OTHER, [OBJECT_PIDFD] = REASON_EVENT,
	    [OBJECT_TIMEOUT] = REASON_OTHER,
	};

	return kind < OBJECT_NR ? (enum reason)reasons[kind] : REASON_OTHER;
}

static void call_reason(const struct call *call, struct interval *iv, struct futex_meaning *futex)
{
	static const uint8_t reasons[CLASS_NR] = {
	    [CLASS_OTHER] = REASON_OTHER,         [CLASS_FUTEX2] = REASON_OTHER,
	    [CLASS_POLL] = REASON_POLL,           [CLASS_SOCKET] = REASON_SOCKET,
	    [CLASS_FILE] = REASON_FILE,           [CLASS_CHILD] = REASON_CHILD,
	    [CLASS_CLONE3] = REASON_CHILD,        [CLASS_SIGNAL] = REASON_SIGNAL,
	    [CLASS_KILL] = REASON_OTHER,          [CLASS_TRACE] = REASON_OTHER,
	    [CLASS_EXEC] = REASON_FILE,           [CLASS_EXIT] = REASON_OTHER,
	    [CLASS_RESTART] = REASON_OTHER,       [CLASS_IO_URING] = REASON_IO_URING,
	    [CLASS_SEMAPHORE] = REASON_SEMAPHORE,
	};

	switch (call->class) {
	case CLASS_FUTEX:
		futex_reason(call, iv, futex);
		break;
	case CLASS_FUTEX2:
		futex2_reason(call, iv, futex);
		break;
	case CLASS_SLEEP:
		sleep_reason(call, iv);
		break;
	case CLASS_FD:
		set_why(iv, reason_of_object(iv->object_kind), false);
		break;
	case CLASS_CLONE:
		set_why(iv, call->args[0] & CLONE_WITH_VFORK ? REASON_CHILD : REASON_OTHER, false);
		break;
	default:
		set_why(iv, reasons[call->class], call->class == CLASS_CLONE3);
		if (call->class == CLASS_POLL || call->class == CLASS_SIGNAL ||
		    call->class == CLASS_SEMAPHORE)
			poll_timeout(call, iv);
	}
}

static void describe_call(struct interval *iv, int32_t nr, bool compat)
{
	iv->nr = nr >= 0 && compat && nr < SYSCALL_COMPAT ? nr | SYSCALL_COMPAT : nr;
	iv->object_kind = OBJECT_NONE;
	iv->object = 0;
	iv->owner = 0;
	iv->shares = false;
	iv->timed = false;
	iv->refused = false;
	iv->timeout_ns = 0;
	iv->sync = SYNC_NONE;
}

void reason_of_block(const struct record_block *rec, const struct record_words *words,
		     const struct trace_info *info, struct interval *iv,
		     struct futex_meaning *futex)
{
	struct call call = {
	    .arch = info->arch,
	    .args = rec->args,
	    .ts_ns = rec->head.head.ts_ns,
	    .object_kind = rec->object_kind,
	    .object = rec->object,
	    .words = words,
	    .info = info,
	};
	struct futex_meaning unused;

	describe_call(iv, rec->nr, rec->head.head.flags & RECORD_F_COMPAT);
	call.class = syscall_class(call.arch, iv->nr);
	if (rec->head.prev_state & STATE_STOPPED_BITS) {
		/* Whatever it waited for before. */
		set_why(iv, REASON_STOPPED, false);
		return;
	}
	if (rec->object_kind != OBJECT_FUTEX && rec->object_kind != OBJECT_FUTEXES &&
	    rec->object_kind < OBJECT_NR) {
		iv->object_kind = (uint8_t)rec->object_kind;
		iv->object = rec->object;
	}
	if (rec->nr < 0)
		set_why(iv, REASON_FAULT, false);
	else
		call_reason(&call, iv, futex ? futex : &unused);
}

void reason_of_task(const struct record_task *rec, const struct record_words *words,
		    const struct trace_info *info, struct interval *iv, struct futex_meaning *futex)
{
	struct call call = {
	    .arch = info->arch,
	    .args = rec->args,
	    .ts_ns = rec->head.ts_ns,
	    .words = words,
	    .info = info,
	};
	struct futex_meaning unused;

	describe_call(iv, rec->nr, rec->head.flags & RECORD_F_COMPAT);
	call.class = syscall_class(call.arch, iv->nr);
	if (rec->state == 'T' || rec->state == 't')
		set_why(iv, REASON_STOPPED, false);
	else if (rec->nr >= 0)
		call_reason(&call, iv, futex ? futex : &unused);
	else
		set_why(iv, rec->head.flags & RECORD_F_KTHREAD ? REASON_OTHER : REASON_UNKNOWN,
			false);
}

void reason_check_owner(struct interval *iv, enum owner_fact owner, struct futex_meaning *futex)
{
	iv->owner_exited = owner == OWNER_EXITED;
	if (owner != OWNER_WRONG) {
		/* Memory that names a thread of this very process hardly does so by accident. */
		iv->inferred = false;
		if (futex->kind == SYNC_LOCK && iv->owner)
			futex->kind = SYNC_MUTEX;
		return;
	}
	/* The kernel itself checked the word of a PI lock, which processes may share. */
	if (!iv->inferred && futex->flags & SYNC_PI)
		return;
	iv->owner = 0;
	if (iv->why == REASON_JOIN) {
		set_why(iv, REASON_CONDITION, true);
		futex->kind = SYNC_FUTEX;
	} else if (futex->kind == SYNC_RWLOCK && !futex->across) {
		/* Its writer would be a thread of this process: other memory looks like it. */
		futex_is_lock(futex, iv->object);
		iv->shares = false;
		iv->inferred = true;
	}
}

static const struct {
	const char *key;
	char letter;
} reasons[REASON_NR] = {
    [REASON_UNKNOWN] = {"unknown", '?'},     [REASON_LOCK] = {"lock", 'L'},
    [REASON_CONDITION] = {"condition", 'W'}, [REASON_JOIN] = {"join", 'J'},
    [REASON_SLEEP] = {"sleep", 'S'},         [REASON_POLL] = {"poll", 'O'},
    [REASON_PIPE] = {"pipe", 'P'},           [REASON_SOCKET] = {"socket", 'N'},
    [REASON_FILE] = {"file", 'F'},           [REASON_FAULT] = {"fault", 'D'},
    [REASON_CHILD] = {"child", 'C'},         [REASON_SIGNAL] = {"signal", 'T'},
    [REASON_OTHER] = {"other", 'X'},         [REASON_SEMAPHORE] = {"semaphore", 'M'},
    [REASON_BARRIER] = {"barrier", 'B'},     [REASON_ONCE] = {"once", '1'},
    [REASON_EVENT] = {"event", 'E'},         [REASON_TTY] = {"tty", 'Y'},
    [REASON_IO_URING] = {"io_uring", 'U'},   [REASON_STOPPED] = {"stopped", 'Z'},
};

const char *reason_key(enum reason why)
{
	return (unsigned int)why < REASON_NR ? reasons[why].key : "?";
}

char reason_letter(enum reason why)
{
	return (unsigned int)why < REASON_NR ? reasons[why].letter : '?';
}

const char *runnable_key(enum runnable why)
{
	static const char *const keys[RUNNABLE_NR] = {"woken", "preempted", "new", "yielded"};

	return (unsigned int)why < RUNNABLE_NR ? keys[why] : "?";
}

const char *state_key(enum state state)
{
	static const char *const keys[STATE_NR] = {"unknown", "running", "runnable",
						   "blocked", "exited",  "idle"};

	return (unsigned int)state < STATE_NR ? keys[state] : "?";
}

static void call_text(int32_t nr, const char *arch, char *out, size_t len)
{
	const char *name = syscall_name(arch, nr);

	if (name)
		snprintf(out, len, "%s", name);
	else if (nr >= 0)
		snprintf(out, len, "%ssyscall %d", nr & SYSCALL_COMPAT ? "32-bit " : "",
			 nr & ~SYSCALL_COMPAT);
	else
		snprintf(out, len, "no system call");
}

/* What it waits for, as far as the interval alone tells. */
static void object_text(const struct interval *iv, const char *call, char *out, size_t len)
{
	switch (iv->why) {
	case REASON_LOCK:
		snprintf(out, len, "lock 0x%llx", (unsigned long long)iv->object);
		break;
	case REASON_CONDITION:
	case REASON_SEMAPHORE:
	case REASON_BARRIER:
	case REASON_ONCE:
		if (interval_has_futex(iv))
			snprintf(out, len, "%s 0x%llx%s", reason_key(iv->why),
				 (unsigned long long)iv->object,
				 iv->object_kind == OBJECT_FUTEXES ? " or others" : "");
		else
			snprintf(out, len, "%s %s", reason_key(iv->why), call);
		break;
	case REASON_JOIN:
		snprintf(out, len, "join of tid %u", iv->owner);
		break;
	case REASON_PIPE:
	case REASON_SOCKET:
	case REASON_FILE:
		if (iv->object)
			snprintf(out, len, "%s %llu", reason_key(iv->why),
				 (unsigned long long)iv->object);
		else
			snprintf(out, len, "%s", reason_key(iv->why));
		break;
	case REASON_OTHER:
		snprintf(out, len, "%s", call);
		break;
	default:
		snprintf(out, len, "%s", reason_key(iv->why));
	}
}

static void describe_blocked(const struct interval *iv, const char *arch, const char *object,
			     char *out, size_t len)
{
	char call[48], text[96];

	call_text(iv->nr, arch, call, sizeof(call));
	if (!object || iv->why == REASON_JOIN || iv->why == REASON_OTHER) {
		object_text(iv, call, text, sizeof(text));
		object = text;
	}
	if (iv->why == REASON_LOCK && iv->owner)
		snprintf(out, len, "%s held by tid %u%s", object, iv->owner,
			 iv->owner_inferred ? ", inferred"
			 : iv->owner_exited ? ", which has exited"
					    : "");
	else if (iv->why == REASON_PIPE || iv->why == REASON_SOCKET || iv->why == REASON_FILE)
		snprintf(out, len, "%s %s", object, call);
	else
		snprintf(out, len, "%s", object);
}

void interval_describe(const struct interval *iv, const char *arch, const char *object, char *out,
		       size_t len)
{
	if (iv->state == STATE_BLOCKED)
		describe_blocked(iv, arch, object, out, len);
	else if (iv->state == STATE_RUNNABLE)
		snprintf(out, len, "runnable, %s", runnable_key(iv->why));
	else
		snprintf(out, len, "%s", state_key(iv->state));
}

const char *object_noun(unsigned int object_kind)
{
	switch (object_kind) {
	case OBJECT_EVENTFD:
		return "eventfd";
	case OBJECT_TIMERFD:
		return "timerfd";
	case OBJECT_SIGNALFD:
		return "signalfd";
	case OBJECT_INOTIFY:
		return "inotify descriptor";
	default:
		return NULL;
	}
}
