/* SPDX-License-Identifier: BSD-2-Clause */
/* Movements of the view, shared by actions (nav.c) and mouse (mouse.c). */
#ifndef VIZ_NAV_H
#define VIZ_NAV_H

#include "viz/app.h"

#define NAV_ZOOM_STEP 0.7

/* Remembers the view for undo; steps of one movement are one entry. */
void nav_push(struct app *app);
/* Keeps the target beside the trace. */
void nav_limit(struct app *app);
void nav_show(struct app *app, int64_t begin_ns, int64_t end_ns);
/* At the mouse; while following, at the edge. */
void nav_zoom(struct app *app, double factor);
void nav_pan(struct app *app, double dx_px);
void nav_scroll(struct app *app, float dy_px);
/* Brings a row onto the screen, unfolding its process. */
void nav_reveal(struct app *app, enum row_kind kind, uint32_t id);
/* Fits the range or the selection; when it is there already, its surroundings. */
void nav_fit(struct app *app);

#endif
