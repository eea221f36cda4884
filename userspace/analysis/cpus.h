/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns of the table of cores: busy + idle + unknown is the window exactly. */
#ifndef ANALYSIS_CPUS_H
#define ANALYSIS_CPUS_H

enum cpus_column {
	CPUS_CPU,
	CPUS_BUSY,
	CPUS_IDLE,
	CPUS_UNKNOWN,
	CPUS_SWITCHES,
	CPUS_SEEN, /* false: no record named the core */
	CPUS_NR_COLUMNS
};

#endif
