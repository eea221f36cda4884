/* SPDX-License-Identifier: BSD-2-Clause */
/* The tour: all lessons recorded into a folder, with a page that shows and explains them. */
#ifndef CMD_TOUR_H
#define CMD_TOUR_H

#include "cmd/lessons.h"
#include "collect/invoker.h"

/*
 * Records each lesson as dir/NAME.ctr, draws dir/NAME.png, and writes dir/index.html. dir is made
 * if it is not there; all belongs to the invoker. Returns the exit status: failed if any lesson
 * did.
 */
int tour(const struct lessons *lessons, const struct invoker *who, bool python, const char *dir);

#endif
