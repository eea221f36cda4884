/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has been found out about each object, and the records that tell it: a name that changes is
 * told again, one that contradicts what was told becomes "this or that".
 */
#ifndef COLLECT_ANSWERS_H
#define COLLECT_ANSWERS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "collect/asked.h"

struct answer {
	uint32_t kind;
	uint32_t image; /* of a futex; else 0 */
	uint64_t key;
	bool is_ambiguous;
	bool is_shared;
	uint32_t shared_dev;
	uint64_t shared_inode, shared_offset;
	char text[RECORD_NAME_LEN]; /* zero padded, not always terminated; "" for no name */
};

struct answers;

/* Nothing is known yet. Close takes NULL. */
struct answers *answers_open(void);
void answers_close(struct answers *a);

/* What is known, or NULL. Borrowed until the next call that adds one. */
const struct answer *answers_find(const struct answers *a, uint32_t kind, uint32_t image,
				  uint64_t key);

/*
 * The object of ask is called text; appends a record if that is news. A longer text loses its
 * beginning. may_clash: another object may have the same key (files of two file systems).
 */
void answers_name(struct answers *a, const struct ask *ask, bool may_clash, const char *text,
		  struct bytes *out);

/* The futex of ask lies in memory that processes share; appends a record if that is news. */
void answers_share(struct answers *a, const struct ask *ask, uint32_t dev, uint64_t inode,
		   uint64_t offset, struct bytes *out);

#endif
