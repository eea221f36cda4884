/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layouts, as offsets in bytes from the word that is waited for; glibc 2.31 to 2.40 on 64-bit
 * machines unless said otherwise.
 *
 * pthread_mutex_t (bits/struct_mutex.h): lock +0, count +4, owner +8, nusers +12, kind +16. A wait
 * expects 2 (lowlevellock.h: locked, with waiters), or of robust and PI ones the owner's tid with
 * FUTEX_WAITERS. kind (nptl/pthreadP.h): low two bits normal, recursive, errorcheck, adaptive; 16
 * robust, 32 priority inheritance, 64 priority protection, 128 process-shared, 768 elision.
 *
 * pthread_rwlock_t (bits/struct_rwlock.h): readers 0, writers 4, wrphase_futex 8, writers_futex 12,
 * two pads, cur_writer 24, shared 28 (one byte on some machines). Waits are at 8 and 12 and expect
 * 2 or 3, bit 1 telling that somebody waits (nptl/pthread_rwlock_common.c); at 0 only of rwlocks
 * that prefer writers.
 *
 * pthread_cond_t (bits/thread-shared-types.h): g_refs[2] 16 and 20, g1_orig_size 32, wrefs 36,
 * g_signals[2] 40 and 44. wrefs is eight times the waiters, and flags. Who signals and begins
 * another group waits at g_refs until the one before is gone: twice their number, and bit 0; it
 * then has the lock in the low two bits of g1_orig_size (nptl/pthread_cond_common.c). Later ones
 * have no g_refs, so that everything lies 8 bytes lower, which the memory seen here does not tell:
 * the address is 8 too low then.
 *
 * sem_t (nptl/semaphoreP.h, struct new_sem): value 0, waiters 4, private 8 (0, or 128 shared).
 *
 * pthread_barrier_t (nptl/internaltypes.h): in 0, current_round 4, count 8, shared 12, out 16.
 * Waits are at 4 and expect the round, a multiple of count that in has passed.
 *
 * pthread_once_t (nptl/pthread_once.c): a wait expects bit 0, in progress, above it a fork counter.
 *
 * pthread_join: not private, on the tid in the thread's descriptor, expects that tid.
 *
 * Where the kernel refuses a PI lock, as that would close a circle, glibc waits for ever for a word
 * on the stack that is 0 and expected to be (nptl/pthread_mutex_lock.c, "Delay the thread
 * indefinitely"), by FUTEX_WAIT_BITSET with the flag for the clock, which time-outs alone need.
 *
 * musl keeps the owner's tid in a mutex's word, with bit 31; a normal one has 16 (EBUSY) there.
 * Rust's and Go's mutexes expect 2 like glibc's and have no owner. A thread that Rust parks expects
 * -1 (library/std/src/sys/sync/thread_parking/futex.rs), which is no owner's tid. CPython's locks
 * are semaphores, or a mutex with a condition.
 */
#include "model/futex.h"

#define WORD_WAITERS 0x80000000u
#define WORD_TID     0x3fffffffu
#define TID_MAX      (4u << 20) /* PID_MAX_LIMIT */
#define MANY         65536      /* threads: more is no count of them */
#define COND_WAITER  8          /* wrefs of one waiter */
#define COND_SHARED  1          /* wrefs: between processes */
#define COND_CROWD   2048       /* waiters: what looks like more is a pointer's upper half */
#define COND_REFS    16         /* offset of the words that a signaller waits for */
#define COND_SIGNALS 40         /* of those that are waited for */
#define GLIBC_SHARED 128        /* FUTEX_PRIVATE_FLAG, where glibc keeps "shared" */

#define KIND_TYPE    0x3
#define KIND_ROBUST  0x10
#define KIND_PI      0x20
#define KIND_SHARED  0x80
#define KIND_ALL     0x3f3
#define KIND_PROTECT 0x40

/* Words around the one that is waited for. */
enum { BEFORE2, BEFORE1, WORD, AFTER1, AFTER2, AFTER3, AFTER4, AFTER5 };

static uint32_t tid_or_none(uint32_t word)
{
	return word < TID_MAX ? word : 0;
}

static uint8_t flags_of_kind(uint32_t kind)
{
	static const uint8_t types[] = {0, SYNC_RECURSIVE, SYNC_ERRORCHECK, SYNC_ADAPTIVE};
	uint8_t flags = types[kind & KIND_TYPE];

	flags |= kind & KIND_ROBUST ? SYNC_ROBUST : 0;
	flags |= kind & KIND_PI ? SYNC_PI : 0;
	flags |= kind & KIND_SHARED ? SYNC_SHARED : 0;
	return flags;
}

static void is(struct futex_meaning *out, enum reason reason, enum sync_kind kind)
{
	out->reason = (uint8_t)reason;
	out->kind = (uint8_t)kind;
}

/* count, nusers and kind are such as a mutex has that somebody holds. */
static bool looks_like_mutex(const struct futex_wait *w)
{
	const uint32_t *words = w->words;
	uint32_t kind = words[AFTER4];

	if (kind & ~(uint32_t)(KIND_ALL | KIND_PROTECT))
		return false;
	if (w->val == FUTEX_LOCK_WAITED && kind & (KIND_ROBUST | KIND_PI))
		return false;
	if (words[AFTER3] >= MANY || words[AFTER2] >= TID_MAX)
		return false;
	/* count: of recursive ones, and 1 of robust and PI ones. */
	if (words[AFTER1] && (kind & KIND_TYPE) != 1 && !(kind & (KIND_ROBUST | KIND_PI)))
		return false;
	return kind || (words[AFTER2] && words[AFTER3]);
}

static void mutex(const struct futex_wait *w, uint32_t owner, struct futex_meaning *out)
{
	is(out, REASON_LOCK, SYNC_LOCK);
	out->owner = tid_or_none(owner);
	if (!w->has_words || !looks_like_mutex(w))
		return;
	out->kind = SYNC_MUTEX;
	out->flags |= flags_of_kind(w->words[AFTER4]);
}

static bool is_rwlock_flag(uint32_t word)
{
	return word <= 3;
}

static void rwlock(uint64_t base, uint32_t owner, uint32_t shared, struct futex_meaning *out)
{
	is(out, REASON_LOCK, SYNC_RWLOCK);
	out->sure = true;
	out->base = base;
	out->owner = tid_or_none(owner);
	if (shared & 0xff)
		out->flags |= SYNC_SHARED;
}

/*
 * A wait at wrphase_futex: readers wait while it says that a writer has the lock (3), the first of
 * the writers until readers are gone (2): then it has announced itself in writers_futex and
 * readers.
 */
static bool is_rwlock_phase(const struct futex_wait *w)
{
	const uint32_t *at = w->words;

	if (w->val != 2 && w->val != 3)
		return false;
	if (at[AFTER2] || at[AFTER3] || at[AFTER4] >= TID_MAX || !is_rwlock_flag(at[AFTER1]))
		return false;
	if (at[BEFORE1] >= MANY || (at[BEFORE2] & 0x3) == 0)
		return false;
	return w->val == 3 || (at[AFTER1] & 1 && at[BEFORE2] & 2);
}

/* A wait at writers_futex, for the first writer: 3, or 2 of one that prefers writers. */
static bool is_rwlock_writers(const struct futex_wait *w)
{
	const uint32_t *at = w->words;

	return (w->val == 3 || w->val == 2) && is_rwlock_flag(at[BEFORE1]) && at[AFTER1] == 0 &&
	       at[AFTER2] == 0 && at[AFTER3] < TID_MAX && at[BEFORE2] < MANY &&
	       (at[AFTER4] & 0xffffff7e) == 0;
}

static bool find_rwlock(const struct futex_wait *w, struct futex_meaning *out)
{
	if (w->uaddr % 8 == 0 && is_rwlock_phase(w)) {
		rwlock(w->uaddr - FUTEX_RWLOCK_PHASE, w->words[AFTER4], w->words[AFTER5], out);
		out->shares = w->val == 3;
		return true;
	}
	if (w->uaddr % 8 == 4 && is_rwlock_writers(w)) {
		rwlock(w->uaddr - 12, w->words[AFTER3], w->words[AFTER4], out);
		return true;
	}
	return false;
}

static bool find_barrier(const struct futex_wait *w, struct futex_meaning *out)
{
	uint32_t in = w->words[BEFORE1], round = w->val, count = w->words[AFTER1];

	if (w->uaddr % 4 || (w->op & FUTEX_OP_MASK) != FUTEX_OP_WAIT || count == 0 ||
	    count >= MANY || round % count || in - round > count || in == round)
		return false;
	if ((w->words[AFTER2] != 0 && w->words[AFTER2] != GLIBC_SHARED) || w->words[AFTER3] > in)
		return false;
	is(out, REASON_BARRIER, SYNC_BARRIER);
	out->base = w->uaddr - 4;
	out->sure = true;
	out->flags |= w->words[AFTER2] ? SYNC_SHARED : 0;
	return true;
}

/* wrefs counts waiters, at most so many, and says the same as the operation of who shares it. */
static bool is_wrefs(const struct futex_wait *w, uint32_t wrefs, uint32_t most)
{
	return wrefs >= COND_WAITER && wrefs < COND_WAITER * most &&
	       !(wrefs & COND_SHARED) == !!(w->op & FUTEX_OP_PRIVATE);
}

/* wrefs and the group's word are such as a condition has: base is 8-aligned, so that the place of
 * the word tells which of the two it is. A pointer before the word is none: its lower half is too
 * large for g1_orig_size, where that can be seen. */
static bool find_condition(const struct futex_wait *w, struct futex_meaning *out)
{
	bool second = w->uaddr % 8;
	uint32_t wrefs = w->words[second ? BEFORE2 : BEFORE1];
	uint32_t other = w->words[second ? BEFORE1 : AFTER1];

	if ((w->op & FUTEX_OP_MASK) != FUTEX_OP_WAIT_BITSET || other >= MANY || w->val >= MANY ||
	    !is_wrefs(w, wrefs, second ? COND_CROWD : MANY) ||
	    (!second && w->words[BEFORE2] >= 4 * MANY))
		return false;
	is(out, REASON_CONDITION, SYNC_CONDITION);
	out->base = (w->uaddr & ~UINT64_C(7)) - COND_SIGNALS;
	out->sure = true;
	out->flags |= wrefs & COND_SHARED ? SYNC_SHARED : 0;
	return true;
}

/* A wait at g_refs: base is 8-aligned, as above. It looks like one of a rwlock, but for the lock
 * that is taken and the waiters where that has its flag. */
static bool find_condition_refs(const struct futex_wait *w, struct futex_meaning *out)
{
	bool second = w->uaddr % 8;
	uint32_t size = w->words[second ? AFTER3 : AFTER4];
	uint32_t wrefs = w->words[second ? AFTER4 : AFTER5];

	if ((w->op & FUTEX_OP_MASK) != FUTEX_OP_WAIT || !(w->val & 1) || w->val < 3 ||
	    w->val >= 2 * MANY || !is_wrefs(w, wrefs, MANY))
		return false;
	if ((size & 3) == 0 || (size & 3) == 3 || size >= 4 * MANY)
		return false;
	is(out, REASON_CONDITION, SYNC_CONDITION);
	out->base = (w->uaddr & ~UINT64_C(7)) - COND_REFS;
	out->sure = true;
	out->flags |= wrefs & COND_SHARED ? SYNC_SHARED : 0;
	return true;
}

static bool find_semaphore(const struct futex_wait *w, struct futex_meaning *out)
{
	uint32_t waiters = w->words[AFTER1], shared = w->words[AFTER2];

	if (w->val != 0 || w->uaddr % 8 || (w->op & FUTEX_OP_MASK) != FUTEX_OP_WAIT_BITSET ||
	    waiters == 0 || waiters >= MANY || (shared != 0 && shared != GLIBC_SHARED))
		return false;
	is(out, REASON_SEMAPHORE, SYNC_SEMAPHORE);
	out->sure = true;
	out->flags |= shared ? SYNC_SHARED : 0;
	return true;
}

/* A wait that expects a value which no lock with an owner has. */
static void find_other(const struct futex_wait *w, struct futex_meaning *out)
{
	is(out, REASON_CONDITION, SYNC_FUTEX);
	if (!w->has_words)
		return;
	if (find_condition(w, out) || find_semaphore(w, out)) /* this order: wrefs tells better */
		return;
	out->refused = w->val == 0 && w->words[WORD] == 0 &&
		       (w->op | FUTEX_OP_PRIVATE) ==
			   (FUTEX_OP_WAIT_BITSET | FUTEX_OP_REALTIME | FUTEX_OP_PRIVATE);
	if (w->val % 4 == 1 && (w->op & FUTEX_OP_MASK) == FUTEX_OP_WAIT && w->op & FUTEX_OP_PRIVATE)
		is(out, REASON_ONCE, SYNC_ONCE);
}

static void find_wait(const struct futex_wait *w, struct futex_meaning *out)
{
	uint32_t word = w->words[WORD];

	if (w->val & WORD_WAITERS && tid_or_none(w->val & WORD_TID)) {
		mutex(w, w->val & WORD_TID, out);
		return;
	}
	if (w->has_words && w->val != FUTEX_LOCK_WAITED &&
	    (find_condition_refs(w, out) || find_rwlock(w, out) || find_barrier(w, out)))
		return;
	if (!(w->op & FUTEX_OP_PRIVATE) && w->val > FUTEX_LOCK_WAITED && w->val < TID_MAX &&
	    (word == w->val || word == 0)) {
		is(out, REASON_JOIN, SYNC_JOIN);
		out->owner = w->val;
		return;
	}
	if (w->val == FUTEX_LOCK_WAITED) {
		if (w->has_words && !looks_like_mutex(w) &&
		    (find_rwlock(w, out) || find_barrier(w, out)))
			return;
		mutex(w, w->words[AFTER2], out);
		return;
	}
	find_other(w, out);
}

void futex_is_join(struct futex_meaning *out)
{
	is(out, REASON_JOIN, SYNC_JOIN);
	out->flags &= (uint8_t)~SYNC_SHARED;
}

void futex_is_lock(struct futex_meaning *out, uint64_t uaddr)
{
	is(out, REASON_LOCK, SYNC_LOCK);
	out->base = uaddr;
	out->owner = 0;
	out->shares = false;
	out->sure = false;
	out->flags &= (uint8_t)~SYNC_SHARED;
}

void futex_interpret(const struct futex_wait *wait, struct futex_meaning *out)
{
	*out = (struct futex_meaning){.base = wait->uaddr};
	out->across = !(wait->op & FUTEX_OP_PRIVATE);
	if (out->across)
		out->flags |= SYNC_SHARED;
	switch (wait->op & FUTEX_OP_MASK) {
	case FUTEX_OP_WAIT:
	case FUTEX_OP_WAIT_BITSET:
		find_wait(wait, out);
		break;
	case FUTEX_OP_LOCK_PI:
	case FUTEX_OP_LOCK_PI2:
		mutex(wait, wait->words[WORD] & WORD_TID, out);
		out->sure = true;
		out->flags |= SYNC_PI;
		break;
	case FUTEX_OP_WAIT_REQUEUE_PI:
		is(out, REASON_CONDITION, SYNC_CONDITION);
		out->sure = true;
		break;
	default:
		is(out, REASON_OTHER, SYNC_FUTEX);
	}
	/* Robust ones always wait as if shared, and say that they are (nptl/pthread_mutex_init.c).
	 */
	if (out->kind == SYNC_JOIN || out->flags & SYNC_ROBUST)
		out->flags &= (uint8_t)~SYNC_SHARED;
}
