/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of the table of priority inversions: a row for each traced task and owner, where the
 * task waited for a lock of the less urgent owner while that one had no core.
 */
#ifndef ANALYSIS_INVERSION_H
#define ANALYSIS_INVERSION_H

enum inversion_column {
	INVERSION_TASK,  /* index of who waited */
	INVERSION_OWNER, /* index of the owner */
	INVERSION_UADDR,
	INVERSION_TIMES,
	INVERSION_NS,    /* how long the owner was runnable meanwhile */
	INVERSION_RIVAL, /* index of who had the core for most of that */
	INVERSION_RIVAL_NS,
	INVERSION_BEGIN, /* of the first, and the end of the last */
	INVERSION_END,
	INVERSION_NR_COLUMNS
};

#endif
