/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of wakings by cause: a system call's name, "hardirq", "softirq", "nmi", or
 * "kernel" for a waker in no system call. Spurious wakings are not counted. */
#ifndef ANALYSIS_WAKES_H
#define ANALYSIS_WAKES_H

enum wakes_column { WAKES_CAUSE, WAKES_COUNT, WAKES_NR_COLUMNS };

#endif
