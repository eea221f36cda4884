/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standstills (model/waits.h) in words, the same for report, terminal and viewer; and the analysis
 * that finds those of a window.
 */
#ifndef ANALYSIS_STANDSTILL_H
#define ANALYSIS_STANDSTILL_H

#include <stddef.h>

#include "model/waits.h"

struct pass;

#define STANDSTILL_TEXT_LEN 1024

/* How many of its waits the headline tells of already: the first one, or none. */
size_t standstill_nr_told(const struct standstill *s);

/* What it is, without its waits: "Deadlock: 2 threads wait for each other". Writes at most len
 * bytes, always terminated; returns out. */
const char *standstill_headline(const struct standstill *s, const struct machine *m, char *out,
				size_t len);

/* Wait i as a part of a sentence, with its proof: "worker 102 waits for lock 0x5000, owner word
 * 101: worker". */
const char *standstill_wait(const struct standstill *s, size_t i, const struct machine *m,
			    char *out, size_t len);

/* All in one sentence: headline, and as many of the waits as there is room for. */
const char *standstill_sentence(const struct standstill *s, const struct machine *m, char *out,
				size_t len);

/* The graph of a pass's window. */
const struct waits *standstill_waits(const struct pass *p);

#endif
