/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of the traced processes hold a pipe or a socket open, and by which end: one walk over their
 * descriptors for any number of them, bounded in work.
 */
#ifndef COLLECT_HOLDERS_H
#define COLLECT_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum holder_end {
	HOLDS_READ = 1,
	HOLDS_WRITE = 2,
};

struct holder {
	uint64_t inode;
	uint32_t tgid;
	uint32_t ends; /* enum holder_end, or both */
};

struct holders {
	struct holder *at; /* [nr], by inode */
	size_t nr, cap;
	bool is_cut; /* there were more descriptors than are looked at */
};

/*
 * Looks at the descriptors of tgids: [*nr_tgids] for the pipes and sockets of wanted: [nr_wanted],
 * sorted. Processes that are gone are taken out of tgids. The caller calls holders_done.
 */
void holders_scan(uint32_t *tgids, size_t *nr_tgids, const uint64_t *wanted, size_t nr_wanted,
		  struct holders *out);
/* Frees. */
void holders_done(struct holders *h);

/*
 * "sort 4123", "sort 4123 +2", or "" for nobody: who holds inode by end and not by the other one
 * too; those who hold both only if nobody else does. not_inode: nor holds that one (0: any).
 */
void holders_text(const struct holders *h, uint64_t inode, enum holder_end end, uint64_t not_inode,
		  char *out, size_t len);

#endif
