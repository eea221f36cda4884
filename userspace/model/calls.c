/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/calls.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "model/syscalls.h"

#define CLASSES_COMMON(ROW)           \
	ROW(futex, FUTEX)             \
	ROW(futex_waitv, FUTEX2)      \
	ROW(futex_wait, FUTEX2)       \
	ROW(futex_wake, FUTEX2)       \
	ROW(futex_requeue, FUTEX2)    \
	ROW(nanosleep, SLEEP)         \
	ROW(clock_nanosleep, SLEEP)   \
	ROW(ppoll, POLL)              \
	ROW(pselect6, POLL)           \
	ROW(epoll_pwait, POLL)        \
	ROW(epoll_pwait2, POLL)       \
	ROW(read, FD)                 \
	ROW(write, FD)                \
	ROW(readv, FD)                \
	ROW(writev, FD)               \
	ROW(pread64, FD)              \
	ROW(pwrite64, FD)             \
	ROW(preadv, FD)               \
	ROW(pwritev, FD)              \
	ROW(preadv2, FD)              \
	ROW(pwritev2, FD)             \
	ROW(splice, FD)               \
	ROW(tee, FD)                  \
	ROW(vmsplice, FD)             \
	ROW(sendfile, FD)             \
	ROW(copy_file_range, FD)      \
	ROW(ioctl, FD)                \
	ROW(close, FD)                \
	ROW(close_range, FD)          \
	ROW(dup3, FD)                 \
	ROW(recvfrom, SOCKET)         \
	ROW(recvmsg, SOCKET)          \
	ROW(recvmmsg, SOCKET)         \
	ROW(sendto, SOCKET)           \
	ROW(sendmsg, SOCKET)          \
	ROW(sendmmsg, SOCKET)         \
	ROW(accept4, SOCKET)          \
	ROW(connect, SOCKET)          \
	ROW(bind, SOCKET)             \
	ROW(listen, SOCKET)           \
	ROW(shutdown, SOCKET)         \
	ROW(openat, FILE)             \
	ROW(openat2, FILE)            \
	ROW(fcntl, FILE)              \
	ROW(flock, FILE)              \
	ROW(statx, FILE)              \
	ROW(fsync, FILE)              \
	ROW(fdatasync, FILE)          \
	ROW(sync, FILE)               \
	ROW(syncfs, FILE)             \
	ROW(sync_file_range, FILE)    \
	ROW(msync, FILE)              \
	ROW(getdents64, FILE)         \
	ROW(unlinkat, FILE)           \
	ROW(renameat2, FILE)          \
	ROW(mkdirat, FILE)            \
	ROW(linkat, FILE)             \
	ROW(symlinkat, FILE)          \
	ROW(readlinkat, FILE)         \
	ROW(mknodat, FILE)            \
	ROW(faccessat, FILE)          \
	ROW(faccessat2, FILE)         \
	ROW(fchmodat, FILE)           \
	ROW(fchownat, FILE)           \
	ROW(utimensat, FILE)          \
	ROW(truncate, FILE)           \
	ROW(ftruncate, FILE)          \
	ROW(fallocate, FILE)          \
	ROW(fstat, FILE)              \
	ROW(statfs, FILE)             \
	ROW(fstatfs, FILE)            \
	ROW(readahead, FILE)          \
	ROW(chdir, FILE)              \
	ROW(fchdir, FILE)             \
	ROW(mount, FILE)              \
	ROW(umount2, FILE)            \
	ROW(execve, EXEC)             \
	ROW(execveat, EXEC)           \
	ROW(exit, EXIT)               \
	ROW(exit_group, EXIT)         \
	ROW(kill, KILL)               \
	ROW(tkill, KILL)              \
	ROW(tgkill, KILL)             \
	ROW(rt_sigqueueinfo, KILL)    \
	ROW(rt_tgsigqueueinfo, KILL)  \
	ROW(pidfd_send_signal, KILL)  \
	ROW(ptrace, TRACE)            \
	ROW(restart_syscall, RESTART) \
	ROW(io_uring_enter, IO_URING) \
	ROW(wait4, CHILD)             \
	ROW(waitid, CHILD)            \
	ROW(clone, CLONE)             \
	ROW(clone3, CLONE3)           \
	ROW(rt_sigtimedwait, SIGNAL)  \
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
	ROW(dup2, FD)         \
	ROW(pause, SIGNAL)    \
	ROW(select, POLL)

/* On both 64-bit machines; i386 passes accept(2) through socketcall and has its own stat. */
#define CLASSES_64(ROW)            \
	ROW(accept, SOCKET)        \
	ROW(semop, SEMAPHORE)      \
	ROW(semtimedop, SEMAPHORE) \
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
enum { SYSCALLS_X86_64(NUMBER_X86_64) SYSCALLS_COMMON(NUMBER_X86_64) X86_64_END };
enum { SYSCALLS_I386(NUMBER_I386) SYSCALLS_COMMON(NUMBER_I386) I386_END };
enum { SYSCALLS_AARCH64(NUMBER_AARCH64) SYSCALLS_COMMON(NUMBER_AARCH64) AARCH64_END };

#define NAME(nr, name) [nr] = #name,
static const char *const names_x86_64[] = {SYSCALLS_X86_64(NAME) SYSCALLS_COMMON(NAME)};
static const char *const names_i386[] = {SYSCALLS_I386(NAME) SYSCALLS_COMMON(NAME)};
static const char *const names_aarch64[] = {SYSCALLS_AARCH64(NAME) SYSCALLS_COMMON(NAME)};

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

enum call_class syscall_class(const char *arch, int32_t nr)
{
	const struct calls *c = nr >= 0 ? calls_of(arch, nr & SYSCALL_COMPAT) : NULL;

	nr &= ~SYSCALL_COMPAT;
	return c && nr < c->nr ? (enum call_class)c->classes[nr] : CLASS_OTHER;
}
