/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What objects are called, as the recorder found out while they were in use. A name is true of the
 * whole trace, wherever in it the name is told; but one that the program gave, from where it told
 * on until it gives that address or id another one: then it is another object. What has none is
 * told by its number among those like it in its process, in the order in which they were first
 * waited for: "heap lock 2", or "lock 2" if not even that is known. In memory that processes share
 * they are numbered over all of them: "shared lock 1". An address is nobody's name.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/machine.h"
#include "trace/source.h"

#define NAME_TEXT_LEN (RECORD_NAME_LEN + 32)

/*
 * Takes the names that src keeps apart, so that a part of the trace has those that are told
 * elsewhere in it. Where src keeps none this does nothing: they come as records. Before the first
 * record, or after a seek.
 */
void machine_take_names(struct machine *m, struct source *src);

/* Name of an object as struct record_name has it (key: a futex's address in tgid), or NULL.
 * Borrowed until the next feed. */
const char *machine_name(const struct machine *m, uint32_t kind, uint32_t tgid, uint64_t key);

/*
 * What a sync object is called: "balance_lock", "heap lock 2", "condition 1". False, and "" in out:
 * [len], for SYNC_NONE. The name that the recorder has is that of a word in the object: of an
 * object with several it is brought to its beginning.
 */
bool machine_sync_name(const struct machine *m, uint32_t sync, char *out, size_t len);

/* Whether the recorder told of the object, so far: its name, or at least where it lies. */
bool machine_sync_is_known(const struct machine *m, uint32_t sync);

/* What waits at uaddr in a process at ts_ns wait for: "balance_lock", "heap lock 2", or "0x55d0c0"
 * if nobody ever waited there. Fills out and returns it. */
const char *machine_futex_text(const struct machine *m, uint32_t tgid, uint64_t uaddr,
			       uint64_t ts_ns, char out[NAME_TEXT_LEN]);

/* The same of a lock, within a sentence: "lock balance_lock", "heap lock 2". */
const char *machine_lock_text(const struct machine *m, uint32_t tgid, uint64_t uaddr,
			      uint64_t ts_ns, char out[NAME_TEXT_LEN]);
/* The same, of its name. */
const char *name_as_lock(const char *name, char out[NAME_TEXT_LEN]);

/* Whether a name is a number among those like it: "heap lock 2". */
bool name_is_numbered(const char *name);

/* Whether a name says what it is: the same, or "join of worker-1 412". */
bool name_has_noun(const char *name);

/* What a blocked interval waits for, if it has a name: "lock balance_lock", "heap condition 2",
 * "pipe seq 17 → sort 18", "file /var/log/x"; or, of descriptors that have none, a kind: "eventfd".
 * False: it has neither. */
bool machine_object(const struct machine *m, const struct interval *iv, char *out, size_t len);

/* Whether iv waits for the readers of a rwlock to be gone: a writer, the next one. */
bool machine_waits_for_readers(const struct machine *m, const struct interval *iv);

/* "worker-3 4123": how sentences call a task, as names are not unique. Fills out and returns it. */
#define TASK_TEXT_LEN (RECORD_COMM_LEN + 16)
const char *machine_task_text(const struct machine *m, uint32_t task, char out[TASK_TEXT_LEN]);

/* As interval_describe (model/reason.h), with names for what has one: "lock balance_lock held by
 * tid 4122", "pipe seq 17 → sort 18 read". */
void machine_describe(const struct machine *m, const struct interval *iv, char *out, size_t len);

/* What a stint is called, or a mark (level 1): "parse", "coroutine 0x55d0c0"; "?": its text could
 * not be read. Fills out and returns it. */
const char *machine_stint_text(const struct machine *m, uint32_t task, unsigned int level,
			       uint64_t name, char out[NAME_TEXT_LEN]);

/* The id by which the program told of the coroutine that a stint of level 0 has the name of. */
uint64_t machine_coroutine_id(const struct machine *m, uint32_t task, uint64_t name);

/* The same of a mark of a moment: of another program's probe its name and its text, if it has one:
 * "python:line f". */
#define MOMENT_TEXT_LEN (2 * NAME_TEXT_LEN)
const char *machine_moment_text(const struct machine *m, uint32_t task, uint32_t probe,
				uint64_t name, char out[MOMENT_TEXT_LEN]);

/* Store behind this, of a machine. */
struct names;
/* No name yet. Close takes NULL. */
struct names *names_open(void);
void names_close(struct names *n);
/* What was numbered so far may be another object now. */
void names_renumber(struct names *n);
/* Takes a record of a name, at now_ns; younger ones are of what comes yet. */
void names_feed(struct names *n, const struct record_name *rec, uint64_t now_ns);
/* What the program calls that coroutine or lock since it told last, as a number that is its own
 * while it is called so; 0: it never told. The same whatever names are known ahead. */
uint64_t names_called(const struct names *n, uint32_t kind, uint32_t tgid, uint64_t key);

#endif
