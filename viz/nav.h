/* SPDX-License-Identifier: BSD-2-Clause */
/* What acts and the mouse share: movements of the view (nav.c), and what is selected (select.c). */
#ifndef VIZ_NAV_H
#define VIZ_NAV_H

#include "viz/app.h"

#define NAV_ZOOM_STEP 0.7

/* Remembers the view for undo; steps of one movement are one entry. */
void nav_push(struct app *app);
/* Back (-1) or forward (1) in the history of views. */
void nav_history(struct app *app, int by);
/* Keeps the target beside the trace. */
void nav_limit(struct app *app);
/* Shows [begin_ns, end_ns), with motion, as a hand would: no longer following. */
void nav_show(struct app *app, int64_t begin_ns, int64_t end_ns);
/* At the mouse; while following, at the edge. */
void nav_zoom(struct app *app, double factor);
/* Moves in time; scrolls the lanes. Positive: later, further down. */
void nav_pan(struct app *app, double dx_px);
void nav_scroll(struct app *app, float dy_px);
/* The help page, as far as there is more of it. */
void nav_scroll_help(struct app *app, float dy_px);
/* Brings a row onto the screen, unfolding its process. */
void nav_reveal(struct app *app, enum row_kind kind, uint32_t id);
/* Fits the range or the selection; when it is there already, its surroundings. */
void nav_fit(struct app *app);
/* Time under the mouse, else in the middle of the view; while following, the edge. */
int64_t nav_time(const struct app *app);

/* Interval beside the selected one on its lane, in that direction. */
void select_beside(struct app *app, int by);
/* Who woke or blocks what is selected, and whom it woke or blocks. */
void select_waker(struct app *app);
void select_wakee(struct app *app);
/* Goes to a match of the search: the next (1), the one before (-1), or the same again (0). */
void select_match(struct app *app, int by);
/* Lane that keys are about: that of the selection, else under the mouse. False, and says so: none.
 */
bool select_lane(struct app *app, struct row_key *out);
/* What a table's row is about, shown in the lanes. */
void select_table_row(struct app *app, enum tab tab, size_t row);

#endif
