/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of what threads waited for by futex(2): first the locks, then what nobody
 * holds: conditions, semaphores, barriers, ends of threads. Of those, what only a lock has is not
 * known.
 */
#ifndef ANALYSIS_LOCKS_H
#define ANALYSIS_LOCKS_H

enum locks_column {
	LOCKS_TGID,
	LOCKS_UADDR,
	LOCKS_NAME,    /* as machine_sync_name; not known: it has only its address */
	LOCKS_KIND,    /* as sync_describe has it */
	LOCKS_WAITS,   /* that began or ended in the window */
	LOCKS_WAIT_NS, /* of all waiters together, each from when it left its core for it until it
			  was woken or gave up */
	LOCKS_MAX_WAITERS, /* at one time */
	LOCKS_HOLDERS,
	LOCKS_TRACED,  /* a traced task waited for it */
	LOCKS_WAITERS, /* rows */
	LOCKS_ANY,     /* wall time: somebody waited for it, so at most LOCKS_WAIT_NS */
	LOCKS_AWAY,    /* of that: its owner was off its core, as far as the owner is known */
	LOCKS_MAX_WAIT,
	LOCKS_WAKES,    /* waiters that others woke */
	LOCKS_CALLS,    /* system calls that woke some of them */
	LOCKS_HERD,     /* the most of them woken by one call */
	LOCKS_WASTED,   /* of them found it taken and waited again at once */
	LOCKS_HANDOFFS, /* of them had it: */
	LOCKS_HANDOFF,  /* their time from the wake until they ran, together */
	LOCKS_FIRST,    /* tid of who waited for it first in the trace */
	LOCKS_IS_LOCK,
	LOCKS_NR_COLUMNS
};

/* Who held it while others waited. */
enum holders_column {
	HOLDERS_TID,
	HOLDERS_WAITED_ON,   /* of LOCKS_WAIT_NS, those of all holders at most that */
	HOLDERS_MEASURED,    /* waiters' memory said so, all that time */
	HOLDERS_MEASURED_NS, /* the part of it in which their memory said so; else it is inferred */
	HOLDERS_NR_COLUMNS
};

/* Who waited for it. From SINCE on known of a last wait in vain: it went on at the window's end, or
 * the task was killed. */
enum waiters_column {
	WAITERS_TID,
	WAITERS_WAITED,
	WAITERS_SINCE,
	WAITERS_UNTIL,
	WAITERS_OWNER,  /* a tid: who had it at SINCE */
	WAITERS_HANDED, /* when another waiter was last given it, up to UNTIL */
	WAITERS_NR_COLUMNS
};

#endif
