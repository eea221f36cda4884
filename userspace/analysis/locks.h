/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of locks: futexes that threads waited for as one waits for a lock. */
#ifndef ANALYSIS_LOCKS_H
#define ANALYSIS_LOCKS_H

enum locks_column {
	LOCKS_TGID,
	LOCKS_UADDR,
	LOCKS_NAME, /* not known yet */
	LOCKS_KIND,
	LOCKS_WAITS, /* that began or ended in the window */
	LOCKS_WAIT_NS,
	LOCKS_MAX_WAITERS, /* at one time */
	LOCKS_HOLDERS,
	LOCKS_TRACED, /* a traced task waited for it */
	LOCKS_NR_COLUMNS
};

/* Who held it when others began to wait, as the owner word said. */
enum holders_column { HOLDERS_TID, HOLDERS_WAITED_ON, HOLDERS_MEASURED, HOLDERS_NR_COLUMNS };

#endif
