/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a search found: tasks by name or tid, locks by name or address, what threads say of
 * themselves by name, findings by their words.
 */
#ifndef VIZ_FIND_H
#define VIZ_FIND_H

#include "viz/entry.h"
#include "viz/study.h"
#include "viz/tree.h"

enum match_kind {
	MATCH_TASK,    /* id: task */
	MATCH_LOCK,    /* id: tgid, object: uaddr */
	MATCH_FINDING, /* id: index */
	MATCH_SAID,    /* id: number of the name (model/strip.h) */
};

struct match {
	uint32_t kind;
	uint32_t id;
	uint64_t object;
};

#define MATCHES_MAX 4096

struct find {
	char text[ENTRY_LEN];  /* "": nothing is searched for */
	struct match *matches; /* [nr] */
	size_t nr, cap;
	size_t at; /* the one gone to, nr: none yet */
	bool too_many;
	uint32_t nr_tasks; /* searched */
	size_t nr_said;    /* names searched */
};

/* Searches anew; tasks that have a lane first. study may be NULL. */
void find_update(struct find *f, const char *text, const struct timeline *tl,
		 const struct tree *tree, const struct study *study);
/* Frees. */
void find_done(struct find *f);

/* Whether that task is among those found. */
bool find_has_task(const struct find *f, uint32_t task);
/* Whether that address, in that process, is among the locks found. */
bool find_has_lock(const struct find *f, uint32_t tgid, uint64_t uaddr);

#endif
