/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rows the timeline has, in which order: the cores, then each process in the order of the
 * process tree with its threads, the locks waited for most, the run queue, findings and marks. Many
 * short-lived children of one process are one row, so that a build or a script does not drown what
 * lasts. Also gives every task its colour, the same wherever it is shown.
 */
#ifndef VIZ_TREE_H
#define VIZ_TREE_H

#include "model/timeline.h"
#include "viz/rank.h"

enum row_kind {
	ROW_SECTION, /* id: the row_kind it stands above */
	ROW_CPU,     /* id: core */
	ROW_PROCESS, /* id: tgid, nr: its tasks, leader: index of the task it is named after;
			folded, first: of members */
	ROW_GROUP,   /* id: tgid of the parent, nr: its short-lived children, first: of members; or
			with TREE_IDLE of the process, nr: its idle threads */
	ROW_TASK,    /* id: task */
	ROW_LOCK,    /* id: sync object */
	ROW_MORE,    /* nr: locks that have no row, or, when all have one, 0 */
	ROW_RUNQ,    /* the run queue of the tasks that have rows */
	ROW_NOTES,   /* nr: lines of findings and marks */
	ROW_NR_KINDS
};

struct row {
	uint8_t kind;  /* enum row_kind */
	uint8_t depth; /* of the process below the first one */
	bool folded;
	bool alone;  /* the only thread of its process, which has no row */
	bool pinned; /* stands above all others and stays there */
	uint32_t id;
	uint32_t nr;
	uint32_t leader;
	uint32_t first;
	uint32_t nr_children; /* processes right below a process */
	float y, h;           /* px from the top of the first row; set by the layout */
};

#define TASK_NO_COLOR 0xffff
#define TREE_IDLE     0x80000000u /* in the id of a group: no tgid has it */

/* What one row holds together. */
#define TREE_SHORT_PART 20   /* short-lived: for less than this part of the trace */
#define TREE_IDLE_PART  1000 /* hardly ran: did something for less than this part of it */
#define TREE_IDLE_READY 10   /* and was ready for less than so many times that */

struct id_set {
	uint32_t *ids; /* [nr] in no order */
	size_t nr, cap;
};

/* A row whatever its place: what is kept of a choice while rows come and go. */
struct row_key {
	uint32_t kind; /* enum row_kind */
	uint32_t id;
};

/* Rows in an order, and for those that were moved the row each now stands before. */
struct row_order {
	struct row_key *keys;   /* [nr] */
	struct row_key *before; /* [nr] of moves; else NULL */
	size_t nr, cap, cap_before;
};

struct tree {
	struct row *rows; /* [nr] from top to bottom, pinned ones first */
	size_t nr, cap;
	size_t nr_pinned;   /* rows that stay on top */
	float pinned_h;     /* px; set by the layout */
	uint32_t nr_hidden; /* rows left out because somebody hid them */
	struct row_order pins, hidden, moves;
	uint16_t *colors; /* [nr_tasks] running number of the traced task, or TASK_NO_COLOR */
	size_t cap_colors;
	uint32_t nr_tasks;  /* tasks seen by the last update */
	uint32_t nr_colors; /* tasks that have one, whether they have rows or not */
	uint8_t *twins;     /* [nr_tasks] 1: another one that has a colour has the same name */
	size_t cap_twins;
	uint64_t twins_due_ns; /* names of a growing trace are looked at again then */
	bool twins_complete;
	uint32_t *members; /* [nr_members] tasks of the groups, and of folded processes */
	size_t nr_members, cap_members;
	struct id_set folded; /* processes, by tgid */
	struct id_set opened; /* groups, by id */
	struct lock_rank locks;
	bool all_locks; /* have rows, not only those waited for most */
	bool hide_cpus;
	bool hide_tasks;
	bool hide_locks;
	bool hide_runq;
	bool hide_notes;
	unsigned int nr_notes; /* lines of findings and marks, set by whoever knows them */
	bool all_tasks;        /* also those that were not traced */
	bool counts_all;       /* the run queue is of all tasks */
	bool stale;            /* the choice changed: update even if no task is new */
};

/* No rows yet; done frees. */
void tree_init(struct tree *t);
void tree_done(struct tree *t);

/* Brings the rows up to date; true if they changed. Cheap when no task is new. */
bool tree_update(struct tree *t, const struct timeline *tl);

/* Brings twins up to date (twins.c), as tree_update does; renewed: the colours changed. */
void tree_twins(struct tree *t, const struct timeline *tl, bool renewed);

/* Folds or opens a process. */
void tree_fold(struct tree *t, uint32_t tgid, bool fold);
bool tree_is_folded(const struct tree *t, uint32_t tgid);

/* Shows the members of a group as rows of their own, or no longer. id: of its row. */
void tree_open_group(struct tree *t, uint32_t id, bool open);

/* Folds or opens all processes. */
void tree_fold_all(struct tree *t, bool fold);

/*
 * Choices of a hand (arrange.c). Each is about a row with all that belongs to it: a process has its
 * threads and children. tree_pin and tree_hide answer whether it is so now.
 */
bool tree_pin(struct tree *t, struct row_key key);
bool tree_hide(struct tree *t, struct row_key key);
void tree_show_hidden(struct tree *t);
/* Moves a row before its sibling above, or behind the one below; false: there is none. */
bool tree_move(struct tree *t, struct row_key key, bool down);
/* Its sibling above or below, NULL: none. */
const struct row *tree_sibling(const struct tree *t, const struct row *row, bool down);
/* Index behind the last row that belongs to row i. */
size_t tree_block_end(const struct tree *t, size_t i);
/* Puts the choices into effect on rows just made. */
void tree_arrange(struct tree *t);
/* Frees. */
void row_order_done(struct row_order *order);

/* The group a task belongs to, whether it is open or not; NULL: none. */
const struct row *tree_group_of(const struct tree *t, uint32_t task);

/* Row a task is drawn on: its own, else its group's, else NULL. */
const struct row *tree_row_of_task(const struct tree *t, uint32_t task);

/* Row of that kind and id, NULL if it has none now. */
const struct row *tree_find(const struct tree *t, enum row_kind kind, uint32_t id);

#endif
