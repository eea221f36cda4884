/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a task is off its core: from the system call in progress, its arguments and the object they
 * name, to one of few reasons, and their names for people. The only place that interprets them.
 */
#ifndef MODEL_REASON_H
#define MODEL_REASON_H

#include "model/calls.h"
#include "model/futex.h"
#include "model/machine.h"

/*
 * Interprets a block record: sets why, nr, object_kind, object, owner, timed, timeout_ns, inferred
 * of iv. words: of the same wait, or NULL. info: the architecture, as system call numbers differ
 * (x86_64, aarch64; else only the number is known), and its clocks. What a futex is comes out in
 * futex, which may be NULL; from the value alone, without words, it is coarse, so marked inferred.
 * owner is what the memory says: whether it can be right, the machine decides with
 * reason_check_owner.
 */
void reason_of_block(const struct record_block *rec, const struct record_words *words,
		     const struct trace_info *info, struct interval *iv,
		     struct futex_meaning *futex);

/* The same from a task that was off its core when recording began. */
void reason_of_task(const struct record_task *rec, const struct record_words *words,
		    const struct trace_info *info, struct interval *iv,
		    struct futex_meaning *futex);

/* What the tasks there are say of a tid in memory. */
enum owner_fact {
	OWNER_WRONG,  /* no task that could own it */
	OWNER_ALIVE,  /* a thread of the same process, or one that shares the memory */
	OWNER_EXITED, /* it was, and has ended */
};

/*
 * Second half of the rule, once it is known what the owner is: one that cannot be is dropped, a
 * join of nobody is a condition.
 */
void reason_check_owner(struct interval *iv, enum owner_fact owner, struct futex_meaning *futex);

/* JSON key and column name ("lock"), the letter shown in a lane, never NULL. */
const char *reason_key(enum reason why);
char reason_letter(enum reason why);
const char *runnable_key(enum runnable why);
const char *state_key(enum state state);

/*
 * A short phrase for a person: "lock 0x55d0c0 held by tid 4122", "pipe 81273 read", "sleep",
 * "child", "poll", "openat". object: words for what it waits for ("lock balance_lock", "pipe seq
 * 17 → sort 18"), NULL: its number; machine_describe in model/names.h knows them. Writes at most
 * len bytes into out, always terminated.
 */
void interval_describe(const struct interval *iv, const char *arch, const char *object, char *out,
		       size_t len);

/* What a descriptor is that has a kind, but neither a name nor a number that says anything:
 * "eventfd". NULL: of another kind. */
const char *object_noun(unsigned int object_kind);

#endif
