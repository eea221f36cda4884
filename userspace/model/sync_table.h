/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sync objects of a machine: an array that only grows, found by the words a process waits at,
 * several of which may be one object's. Private to the state machine and its checkpoint: everyone
 * else reads struct sync through model/machine.h.
 */
#ifndef MODEL_SYNC_TABLE_H
#define MODEL_SYNC_TABLE_H

#include <stddef.h>

#include "model/futex.h"

struct sync_slot {
	struct sync sync;
	uint32_t alias; /* the older one that it turned out to be, or SYNC_NONE */
	/* Of who has it: see model/holder.c. */
	uint32_t heir;       /* woken to take it, has not run yet; TASK_NONE */
	uint64_t sure_ns;    /* memory named the holder last */
	uint64_t unknown_ns; /* since then nobody is known to hold it; valid without a holder */
	uint64_t handed_ns;  /* last time it may have changed hands: a waiter was woken, or found no
				owner */
	bool foreign; /* other processes use it, and it is not known which objects of theirs */
	bool trial;   /* the holder was woken to take it and may yet find it taken */
	/* Its memory was that one's, or SYNC_NONE, which the program called otherwise, up to: */
	uint32_t before;
	uint64_t begin_ns;
};

/* A word in memory, or a process, and what it names. */
struct sync_word {
	uint64_t space; /* which address space, file system or kind of key */
	uint64_t inode;
	uint64_t addr;
	uint32_t index; /* a sync slot, a space, or a tid */
};

struct sync_table {
	struct sync_slot *slots; /* [nr] */
	size_t nr, cap;
	struct sync_word *words; /* [nr_words] */
	size_t nr_words, cap_words;
	uint32_t *places;    /* [nr_places] open addressing: index of a word, or SYNC_NONE */
	size_t nr_places;    /* a power of two, at least twice nr_words */
	uint32_t nr_spaces;  /* address spaces so far */
	uint32_t nr_renamed; /* times that one was first waited for after it was made, or turned out
				to be of another kind: numbers of those like it change */
};

/* Empty; done frees. */
void sync_table_init(struct sync_table *t);
void sync_table_done(struct sync_table *t);

/* The slot an index means now. */
uint32_t sync_table_id(const struct sync_table *t, uint32_t sync);

/* Of a word of that process: which object, SYNC_NONE if nobody waited there. */
uint32_t sync_table_find(const struct sync_table *t, uint32_t tgid, uint64_t uaddr);

/* The same, as it was at ts_ns. */
uint32_t sync_table_find_at(const struct sync_table *t, uint32_t tgid, uint64_t uaddr,
			    uint64_t ts_ns);

/* The object that a wait at uaddr means, made if need be; waiter: task index. called: as the
 * program calls now what lies there, 0: nothing; called otherwise than before it is another one. */
uint32_t sync_table_wait(struct sync_table *t, uint32_t tgid, uint64_t uaddr,
			 const struct futex_meaning *futex, uint64_t called, uint32_t waiter,
			 uint64_t now_ns);

/* The objects that a share record would make one, SYNC_NONE: there is none. First that of the
 * process's word, then that of the place in the file. */
void sync_table_pair(const struct sync_table *t, const struct record_shared *rec, uint32_t pair[2]);

/* uaddr of the process lies at that offset of a file: objects there are one. Returns the object
 * that more is known of by that, SYNC_NONE if there is none; united: it was two before. */
uint32_t sync_table_share(struct sync_table *t, const struct record_shared *rec, uint64_t now_ns,
			  bool *united);

/* The process's memory is another one from now on: execve, or a new process of that number. */
void sync_table_renew(struct sync_table *t, uint32_t tgid);

/* A task is called number in that pid namespace, as what memory there says. */
void sync_table_number(struct sync_table *t, uint32_t tid, uint32_t space, uint32_t number);

/* The tid that memory of a task's process means by a number: the number itself where the task is
 * in no namespace, 0 if nobody is known of that number there. */
uint32_t sync_table_tid(const struct sync_table *t, uint32_t tid, uint32_t number);

/* Appends a slot without a word, all zero but for what has a "none"; for the checkpoint, too. */
uint32_t sync_table_add(struct sync_table *t);

/* Whether every word names a slot or a space that there is. */
bool sync_table_is_sound(const struct sync_table *t);

/* Adds or changes a word; for the checkpoint. */
void sync_table_name(struct sync_table *t, const struct sync_word *word);

#endif
