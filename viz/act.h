/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of app_act and app_key, one file each. */
#ifndef VIZ_ACT_H
#define VIZ_ACT_H

#include "viz/nav.h"

/* Acts about marks and cursors; others do nothing. */
void act_marks(struct app *app, enum action action);

/* Sets a mark with words, keeps it beside the trace, and says what is wrong with that. */
void act_add_mark(struct app *app, int64_t at_ns, const char *text);

#endif
