/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects have been asked about. Sees every record as it is drained, so it costs one look
 * into a small hash per wait and nothing for the rest; what is new becomes a question for somebody
 * who has the time to look it up (collect/naming.h). Knows no files, no threads, no libbpf.
 *
 * A futex is one per address space. An address space (here: image) begins with fork or exec and is
 * known by a number, as a tgid lives through exec and is used again.
 */
#ifndef COLLECT_ASKED_H
#define COLLECT_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"

#define ASKED_MAX 65536 /* objects remembered; later ones are not asked about */
#define ASK_NO_FD UINT32_MAX

/* What is to be looked up; of kind OBJECT_NONE: a process that is traced began. */
struct ask {
	uint32_t kind; /* enum record_object */
	uint32_t tid;  /* who uses it */
	uint32_t tgid; /* 0: not known */
	uint32_t image;
	uint32_t like; /* of a futex: the nearest image before the forks that asked for it, or 0 */
	uint32_t before; /* likewise: the image this process had before exec, if it asked for it */
	uint32_t parent; /* of a futex: the image that this one was forked from, or 0 */
	uint32_t parent_tgid;
	uint32_t fd;     /* by which it is used, or ASK_NO_FD */
	bool is_private; /* of a futex: its call says that only one process uses it */
	uint64_t key;    /* a futex's address, else what object is in a block record */
};

struct asked;

/* Nothing was seen yet. Close it with asked_close. */
struct asked *asked_open(void);

/* Takes a record in whatever order the buffers give it. */
void asked_see(struct asked *a, const struct record *rec);

/*
 * What is new since the last call: [*nr], in the order seen, borrowed until the next asked_see. To
 * be called when every buffer was drained once: a task may be seen to wait, in one buffer, before
 * another one tells that it was made.
 */
const struct ask *asked_take(struct asked *a, size_t *nr);

/* Objects not asked about as ASKED_MAX were remembered already. Each is counted at every wait. */
uint64_t asked_nr_refused(const struct asked *a);

/* NULL is fine. */
void asked_close(struct asked *a);

#endif
