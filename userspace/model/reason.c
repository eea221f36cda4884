/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System call and object to reason. A system call belongs to a class, a row below; what a class
 * means may depend on the arguments (futex) or on the object behind the descriptor (read, write
 * ...). Facts: futex(2), kernel include/linux/sched.h (TASK_*), glibc nptl/.
 */
#include "model/reason.h"

#include <stdio.h>
#include <string.h>

#include "model/syscalls.h"

enum class {
	CLASS_OTHER,
	CLASS_FUTEX,
	CLASS_FUTEX2,
	CLASS_SLEEP,
	CLASS_POLL,
	CLASS_FD, /* by the kind of object */
	CLASS_SOCKET,
	CLASS_FILE,
	CLASS_CHILD,
	CLASS_CLONE, /* child when CLONE_VFORK is asked for */
	CLASS_CLONE3,
	CLASS_SIGNAL,
};

#define CLASSES_COMMON(ROW)          \
	ROW(futex, FUTEX)            \
	ROW(futex_waitv, FUTEX2)     \
	ROW(futex_wait, FUTEX2)      \
	ROW(nanosleep, SLEEP)        \
	ROW(clock_nanosleep, SLEEP)  \
	ROW(ppoll, POLL)             \
	ROW(pselect6, POLL)          \
	ROW(epoll_pwait, POLL)       \
	ROW(epoll_pwait2, POLL)      \
	ROW(read, FD)                \
	ROW(write, FD)               \
	ROW(readv, FD)               \
	ROW(writev, FD)              \
	ROW(pread64, FD)             \
	ROW(pwrite64, FD)            \
	ROW(preadv, FD)              \
	ROW(pwritev, FD)             \
	ROW(preadv2, FD)             \
	ROW(pwritev2, FD)            \
	ROW(splice, FD)              \
	ROW(tee, FD)                 \
	ROW(vmsplice, FD)            \
	ROW(sendfile, FD)            \
	ROW(copy_file_range, FD)     \
	ROW(ioctl, FD)               \
	ROW(close, FD)               \
	ROW(recvfrom, SOCKET)        \
	ROW(recvmsg, SOCKET)         \
	ROW(recvmmsg, SOCKET)        \
	ROW(sendto, SOCKET)          \
	ROW(sendmsg, SOCKET)         \
	ROW(sendmmsg, SOCKET)        \
	ROW(accept4, SOCKET)         \
	ROW(connect, SOCKET)         \
	ROW(bind, SOCKET)            \
	ROW(listen, SOCKET)          \
	ROW(shutdown, SOCKET)        \
	ROW(openat, FILE)            \
	ROW(openat2, FILE)           \
	ROW(fcntl, FILE)             \
	ROW(flock, FILE)             \
	ROW(statx, FILE)             \
	ROW(fsync, FILE)             \
	ROW(fdatasync, FILE)         \
	ROW(sync, FILE)              \
	ROW(syncfs, FILE)            \
	ROW(sync_file_range, FILE)   \
	ROW(msync, FILE)             \
	ROW(getdents64, FILE)        \
	ROW(unlinkat, FILE)          \
	ROW(renameat2, FILE)         \
	ROW(mkdirat, FILE)           \
	ROW(linkat, FILE)            \
	ROW(symlinkat, FILE)         \
	ROW(readlinkat, FILE)        \
	ROW(mknodat, FILE)           \
	ROW(faccessat, FILE)         \
	ROW(faccessat2, FILE)        \
	ROW(fchmodat, FILE)          \
	ROW(fchownat, FILE)          \
	ROW(utimensat, FILE)         \
	ROW(truncate, FILE)          \
	ROW(ftruncate, FILE)         \
	ROW(fallocate, FILE)         \
	ROW(fstat, FILE)             \
	ROW(statfs, FILE)            \
	ROW(fstatfs, FILE)           \
	ROW(readahead, FILE)         \
	ROW(chdir, FILE)             \
	ROW(fchdir, FILE)            \
	ROW(mount, FILE)             \
	ROW(umount2, FILE)           \
	ROW(execve, FILE)            \
	ROW(execveat, FILE)          \
	ROW(wait4, CHILD)            \
	ROW(waitid, CHILD)           \
	ROW(clone, CLONE)            \
	ROW(clone3, CLONE3)          \
	ROW(rt_sigtimedwait, SIGNAL) \
	ROW(rt_sigsuspend, SIGNAL)

#define CLASSES_X86(ROW)      \
	ROW(poll, POLL)       \
	ROW(epoll_wait, POLL) \
	ROW(open, FILE)       \
	ROW(creat, FILE)      \
	ROW(stat, FILE)       \
	ROW(lstat, FILE)      \
	ROW(access, FILE)     \
	ROW(getdents, FILE)   \
	ROW(unlink, FILE)     \
	ROW(rename, FILE)     \
	ROW(renameat, FILE)   \
	ROW(mkdir, FILE)      \
	ROW(rmdir, FILE)      \
	ROW(link, FILE)       \
	ROW(symlink, FILE)    \
	ROW(readlink, FILE)   \
	ROW(mknod, FILE)      \
	ROW(chmod, FILE)      \
	ROW(chown, FILE)      \
	ROW(vfork, CHILD)     \
	ROW(pause, SIGNAL)    \
	ROW(select, POLL)

/* On both 64-bit machines; i386 passes accept(2) through socketcall and has its own stat. */
#define CLASSES_64(ROW)     \
	ROW(accept, SOCKET) \
	ROW(newfstatat, FILE)

#define CLASSES_I386(ROW)                  \
	ROW(futex_time64, FUTEX)           \
	ROW(clock_nanosleep_time64, SLEEP) \
	ROW(ppoll_time64, POLL)            \
	ROW(pselect6_time64, POLL)         \
	ROW(_newselect, POLL)              \
	ROW(sendfile64, FD)                \
	ROW(socketcall, SOCKET)            \
	ROW(recvmmsg_time64, SOCKET)       \
	ROW(fcntl64, FILE)                 \
	ROW(fstatat64, FILE)               \
	ROW(stat64, FILE)                  \
	ROW(lstat64, FILE)                 \
	ROW(fstat64, FILE)                 \
	ROW(waitpid, CHILD)                \
	ROW(sigsuspend, SIGNAL)            \
	ROW(rt_sigtimedwait_time64, SIGNAL)

#define NUMBER_X86_64(nr, name)  X86_64_##name = nr,
#define NUMBER_I386(nr, name)    I386_##name = nr,
#define NUMBER_AARCH64(nr, name) AARCH64_##name = nr,
enum { SYSCALLS_X86_64(NUMBER_X86_64) X86_64_END };
enum { SYSCALLS_I386(NUMBER_I386) I386_END };
enum { SYSCALLS_AARCH64(NUMBER_AARCH64) AARCH64_END };

#define NAME(nr, name) [nr] = #name,
static const char *const names_x86_64[] = {SYSCALLS_X86_64(NAME)};
static const char *const names_i386[] = {SYSCALLS_I386(NAME)};
static const char *const names_aarch64[] = {SYSCALLS_AARCH64(NAME)};

#define CLASS_X86_64(name, class)  [X86_64_##name] = CLASS_##class,
#define CLASS_I386(name, class)    [I386_##name] = CLASS_##class,
#define CLASS_AARCH64(name, class) [AARCH64_##name] = CLASS_##class,
static const uint8_t classes_x86_64[X86_64_END] = {
    CLASSES_COMMON(CLASS_X86_64) CLASSES_X86(CLASS_X86_64) CLASSES_64(CLASS_X86_64)};
static const uint8_t classes_i386[I386_END] = {CLASSES_COMMON(CLASS_I386) CLASSES_X86(CLASS_I386)
						   CLASSES_I386(CLASS_I386)};
static const uint8_t classes_aarch64[AARCH64_END] = {CLASSES_COMMON(CLASS_AARCH64)
							 CLASSES_64(CLASS_AARCH64)};

struct calls {
	const char *arch;
	const char *compat; /* table of its 32-bit tasks, NULL: not known */
	const char *const *names;
	const uint8_t *classes;
	int32_t nr;
};

static const struct calls calls[] = {
    {"x86_64", "i386", names_x86_64, classes_x86_64, X86_64_END},
    {"aarch64", NULL, names_aarch64, classes_aarch64, AARCH64_END},
    {"i386", NULL, names_i386, classes_i386, I386_END},
    {"i686", NULL, names_i386, classes_i386, I386_END},
};

static const struct calls *calls_of(const char *arch, bool compat)
{
	for (size_t i = 0; arch && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(arch, calls[i].arch) == 0)
			return compat ? calls_of(calls[i].compat, false) : &calls[i];
	return NULL;
}

const char *syscall_name(const char *arch, int32_t nr)
{
	if (nr < 0)
		return NULL;
	const struct calls *c = calls_of(arch, nr & SYSCALL_COMPAT);

	nr &= ~SYSCALL_COMPAT;
	return c && nr < c->nr ? c->names[nr] : NULL;
}

static enum class class_of(const char *arch, bool compat, int32_t nr) {
	const struct calls *c = calls_of(arch, compat);

	return c && nr >= 0 && nr < c->nr ? (enum class)c->classes[nr] : CLASS_OTHER;
}

#define FUTEX_OP_MASK         0x7f
#define FUTEX_OP_PRIVATE      0x80
#define FUTEX_WORD_WAITERS    0x80000000u
#define FUTEX_WORD_TID        0x3fffffffu
#define FUTEX_MUTEX_CONTENDED 2          /* glibc lowlevellock.h, also Rust's std */
#define TID_MAX               (4u << 20) /* PID_MAX_LIMIT */
#define CLONE_WITH_VFORK      0x4000

enum {
	FUTEX_WAIT_OP = 0,
	FUTEX_LOCK_PI_OP = 6,
	FUTEX_WAIT_BITSET_OP = 9,
	FUTEX_WAIT_REQUEUE_PI_OP = 11,
	FUTEX_LOCK_PI2_OP = 13
};

static void set_why(struct interval *iv, enum reason why, bool inferred)
{
	iv->why = (uint8_t)why;
	iv->inferred = inferred;
}

/* word: *uaddr when it blocked, next: the word 8 bytes on, 0 where not known. */
static void futex_wait_reason(struct interval *iv, unsigned int op, uint32_t val, uint32_t word,
			      uint32_t next)
{
	uint32_t tid = val & FUTEX_WORD_TID;

	if (val & FUTEX_WORD_WAITERS) {
		set_why(iv, REASON_LOCK, true);
		iv->owner = tid < TID_MAX ? tid : 0;
	} else if (val == FUTEX_MUTEX_CONTENDED) {
		set_why(iv, REASON_LOCK, true);
		iv->owner = next < TID_MAX ? next : 0;
	} else if (!(op & FUTEX_OP_PRIVATE) && val > 0 && val < TID_MAX &&
		   (word == val || word == 0)) {
		set_why(iv, REASON_JOIN, true);
		iv->owner = val;
	} else {
		set_why(iv, REASON_CONDITION, true);
	}
}

static void futex_reason(struct interval *iv, const uint64_t *args, uint64_t object)
{
	unsigned int op = (unsigned int)args[1];
	uint32_t word = (uint32_t)object;

	iv->object_kind = OBJECT_FUTEX;
	iv->object = args[0];
	iv->timed = args[3] != 0;
	switch (op & FUTEX_OP_MASK) {
	case FUTEX_WAIT_OP:
	case FUTEX_WAIT_BITSET_OP:
		futex_wait_reason(iv, op, (uint32_t)args[2], word, (uint32_t)(object >> 32));
		break;
	case FUTEX_LOCK_PI_OP:
	case FUTEX_LOCK_PI2_OP:
		set_why(iv, REASON_LOCK, false);
		iv->owner = (word & FUTEX_WORD_TID) < TID_MAX ? word & FUTEX_WORD_TID : 0;
		break;
	case FUTEX_WAIT_REQUEUE_PI_OP:
		set_why(iv, REASON_CONDITION, false);
		break;
	default:
		set_why(iv, REASON_OTHER, false);
	}
}

static enum reason reason_of_object(uint32_t kind)
{
	static const uint8_t reasons[OBJECT_NR] = {
	    [OBJECT_NONE] = REASON_OTHER, [OBJECT_FUTEX] = REASON_OTHER,
	    [OBJECT_PIPE] = REASON_PIPE,  [OBJECT_SOCKET] = REASON_SOCKET,
	    [OBJECT_FILE] = REASON_FILE,  [OBJECT_CHAR] = REASON_FILE,
	    [OBJECT_BLOCK] = REASON_FILE, [OBJECT_ANON] = REASON_OTHER,
	};

	return kind < OBJECT_NR ? (enum reason)reasons[kind] : REASON_OTHER;
}

static void call_reason(struct interval *iv, enum class class, const uint64_t *args,
			uint64_t object)
{
	static const uint8_t reasons[] = {
	    [CLASS_OTHER] = REASON_OTHER,   [CLASS_FUTEX2] = REASON_CONDITION,
	    [CLASS_SLEEP] = REASON_SLEEP,   [CLASS_POLL] = REASON_POLL,
	    [CLASS_SOCKET] = REASON_SOCKET, [CLASS_FILE] = REASON_FILE,
	    [CLASS_CHILD] = REASON_CHILD,   [CLASS_CLONE3] = REASON_CHILD,
	    [CLASS_SIGNAL] = REASON_SIGNAL,
	};

	switch (class) {
	case CLASS_FUTEX:
		futex_reason(iv, args, object);
		break;
	case CLASS_FD:
		set_why(iv, reason_of_object(iv->object_kind), false);
		break;
	case CLASS_CLONE:
		set_why(iv, args[0] & CLONE_WITH_VFORK ? REASON_CHILD : REASON_OTHER, false);
		break;
	default:
		set_why(iv, reasons[class], class == CLASS_CLONE3 || class == CLASS_FUTEX2);
	}
}

static void describe_call(struct interval *iv, int32_t nr, bool compat)
{
	iv->nr = nr >= 0 && compat && nr < SYSCALL_COMPAT ? nr | SYSCALL_COMPAT : nr;
	iv->object_kind = OBJECT_NONE;
	iv->object = 0;
	iv->owner = 0;
	iv->timed = false;
}

#define STATE_STOPPED_BITS 0x0c /* __TASK_STOPPED, __TASK_TRACED */

void reason_of_block(const struct record_block *rec, const char *arch, struct interval *iv)
{
	bool compat = rec->head.head.flags & RECORD_F_COMPAT;

	describe_call(iv, rec->nr, compat);
	if (rec->object_kind != OBJECT_FUTEX && rec->object_kind < OBJECT_NR) {
		iv->object_kind = (uint8_t)rec->object_kind;
		iv->object = rec->object;
	}
	if (rec->head.prev_state & STATE_STOPPED_BITS)
		set_why(iv, REASON_SIGNAL, false);
	else if (rec->nr < 0)
		set_why(iv, REASON_FAULT, false);
	else
		call_reason(iv, class_of(arch, compat, rec->nr), rec->args,
			    rec->object_kind == OBJECT_FUTEX ? rec->object : 0);
}

void reason_of_task(const struct record_task *rec, const char *arch, struct interval *iv)
{
	bool compat = rec->head.flags & RECORD_F_COMPAT;

	describe_call(iv, rec->nr, compat);
	if (rec->state == 'T' || rec->state == 't')
		set_why(iv, REASON_SIGNAL, false);
	else if (rec->nr >= 0)
		call_reason(iv, class_of(arch, compat, rec->nr), rec->args, 0);
	else
		set_why(iv, rec->head.flags & RECORD_F_KTHREAD ? REASON_OTHER : REASON_UNKNOWN,
			false);
}

void reason_check_owner(struct interval *iv, bool is_sibling)
{
	if (is_sibling) {
		/* Memory that names a thread of this very process hardly does so by accident. */
		iv->inferred = false;
		return;
	}
	/* The kernel itself checked the word of a PI lock, which processes may share. */
	if (!iv->inferred)
		return;
	iv->owner = 0;
	if (iv->why == REASON_JOIN)
		set_why(iv, REASON_CONDITION, true);
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
    [REASON_OTHER] = {"other", 'X'},
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

static void describe_blocked(const struct interval *iv, const char *arch, char *out, size_t len)
{
	char call[48];

	call_text(iv->nr, arch, call, sizeof(call));
	switch (iv->why) {
	case REASON_LOCK:
		if (iv->owner)
			snprintf(out, len, "lock 0x%llx held by tid %u",
				 (unsigned long long)iv->object, iv->owner);
		else
			snprintf(out, len, "lock 0x%llx", (unsigned long long)iv->object);
		break;
	case REASON_CONDITION:
		snprintf(out, len, "condition 0x%llx", (unsigned long long)iv->object);
		break;
	case REASON_JOIN:
		snprintf(out, len, "join of tid %u", iv->owner);
		break;
	case REASON_PIPE:
	case REASON_SOCKET:
	case REASON_FILE:
		if (iv->object)
			snprintf(out, len, "%s %llu %s", reason_key(iv->why),
				 (unsigned long long)iv->object, call);
		else
			snprintf(out, len, "%s %s", reason_key(iv->why), call);
		break;
	case REASON_OTHER:
		snprintf(out, len, "%s", call);
		break;
	default:
		snprintf(out, len, "%s", reason_key(iv->why));
	}
}

void interval_describe(const struct interval *iv, const char *arch, char *out, size_t len)
{
	if (iv->state == STATE_BLOCKED)
		describe_blocked(iv, arch, out, len);
	else if (iv->state == STATE_RUNNABLE)
		snprintf(out, len, "runnable, %s", runnable_key(iv->why));
	else
		snprintf(out, len, "%s", state_key(iv->state));
}
