/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nanoseconds to words and back: the only place that knows the units people read.
 *
 *	char buf[DURATION_LEN];
 *	printf("%s", duration_text(3210000, buf));   // "3.21 ms"
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/err.h"

#include <stdint.h>

#define DURATION_LEN 72

/* Three significant digits and the unit that fits: "0 ns", "812 ns", "3.21 ms", "62.4 s", "12 min".
 * Writes into buf [DURATION_LEN] and returns it. Seconds from 1 s to 600 s, minutes beyond. */
const char *duration_text(uint64_t ns, char *buf);

/* Seconds with all digits down to the microsecond, in groups: "2.366 418 s". */
const char *duration_exact(int64_t ns, char *buf);

/*
 * A duration in the unit and with the decimals that tell steps of step_ns apart: a ruler's label.
 * duration_step(2350000000, 10000000, buf): "2.35 s". ns may be negative.
 */
const char *duration_step(int64_t ns, int64_t step_ns, char *buf);

/* Reads "10s", "1.5 ms", "200us", "2m", "300" (seconds) into *ns. -EINVAL: the sentence says what
 * was expected. */
int duration_parse(const char *text, uint64_t *ns, struct err *err);

#endif
