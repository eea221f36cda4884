/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What frames cost: the window's own loop without a window, reading a trace as it would and then
 * panned and zoomed by a hand that never rests. The rows printed are those of bench/run.py.
 */
#ifndef VIZ_BENCH_H
#define VIZ_BENCH_H

#include <stdio.h>

#include "viz/app.h"

/*
 * Runs app, made and resized by the caller, through at least 300 frames painted by the CPU and
 * prints one row per figure. -ENODATA: the trace is too short to be looked at; other: no fonts, or
 * reading failed.
 */
int bench_run(struct app *app, FILE *out, struct err *err);

#endif
