/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a wait was for, in order of time, and what they did meanwhile: ran on a core, or were off it
 * with the lock in hand, which is what makes others wait for long. Of a lock: who held it; of a
 * join or a child: whose end it was; else who ended it. Reads lanes, and decides nothing about
 * states.
 *
 *	struct meanwhile w;
 *	meanwhile_init(&w, tl, &wait, false);
 *	for (size_t i = 0; i < w.nr; i++)
 *		... w.parts[i] ...
 *	meanwhile_done(&w);
 */
#ifndef MODEL_MEANWHILE_H
#define MODEL_MEANWHILE_H

#include "model/timeline.h"

#define DID_STEPS 4

/* What a task, or a core, did between two moments. */
struct did {
	struct state_time sum;            /* what is missing: it had not begun, or had ended */
	struct interval steps[DID_STEPS]; /* [nr_steps] all of it in order of time, cut at both
					     ends; 0: they are more, or not in memory */
	size_t nr_steps;
	struct interval longest; /* of a task: that it did not run, of a core: that one ran, cut at
				    both ends; end_ns 0: none, not in memory, or too many to
				    look at */
};

/* From lane, which is a task's or a core's. Returns false if something is not in memory, which it
 * then asks for; with read it is read now, some hundredths of a second each time. */
bool did_between(const struct timeline *tl, const struct lane_data *lane, uint64_t begin_ns,
		 uint64_t end_ns, bool read, struct did *out);

/* What the one waited for is to the one that waits. */
enum bond {
	BOND_NONE,   /* nobody is known */
	BOND_HOLDER, /* had the lock */
	BOND_END,    /* its end is waited for */
	BOND_WAKER,  /* ended the wait */
};

/* A part of a wait. */
struct wait_part {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t task;        /* TASK_NONE: nobody is known */
	uint64_t measured_ns; /* of it memory, or a record, said so; of the rest a rule */
	uint32_t heir;        /* of a lock nobody is known to have had: who was woken for it when
				 the part began and, unless it reads, had no core for most of it,
				 or TASK_NONE */
	uint32_t giver;       /* heir: by whom */
	bool heir_reads;      /* heir: it has it together with other readers from then on, core or
				 not, but nothing tells how long */
	struct did did;
};

struct meanwhile {
	enum bond bond;
	struct wait_part *parts; /* [nr] in order of time, without holes */
	size_t nr, cap;
	bool whole; /* false: something was not in memory, and is asked for */
};

/* wait: blocked, of a task; as view_interval or a machine have it. Parts of a lock that changed
 * hands very often end in one with nobody. Give it back with meanwhile_done. */
void meanwhile_init(struct meanwhile *w, const struct timeline *tl, const struct interval *wait,
		    bool read);
void meanwhile_done(struct meanwhile *w);

/* The most that waited at once for what iv waits for, while it did, itself too; 0: not known. */
uint32_t meanwhile_most(const struct timeline *tl, const struct interval *iv, bool read);

/* Who ended the last wait before iv of its task for the same pipe or socket by the same call,
 * TASK_NONE: nobody is known to have. */
uint32_t meanwhile_feeder(const struct timeline *tl, const struct interval *iv, bool read);

/* Who had what iv waits for next after it ended, TASK_NONE: not known. */
uint32_t meanwhile_heir(const struct timeline *tl, const struct interval *iv, bool read);

/* The interval of a task or a core that holds ts_ns. False: none, or not in memory, and asked for.
 */
bool meanwhile_at(const struct timeline *tl, const struct lane_data *lane, uint64_t ts_ns,
		  bool read, struct interval *out);

/* A slice of a task's lane, or a core's, as the machine told it; end_ns as the lane has it. */
struct interval lane_interval(const struct lane_data *lane, size_t i, const struct slice *slice);

#endif
