/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands around the lanes: top bar, overview, ruler above, inspector at the right, table and
 * legend below, and what is laid over all (tooltip, help). Each turns the view into scene items.
 */
#ifndef VIZ_PANELS_H
#define VIZ_PANELS_H

#include "viz/view.h"

/* Splits the window among them. rows_h: height of all rows, px. */
void layout_place(struct view *v, float width_px, float height_px, bool inspector, bool table);

/* Each fills its box of the layout. */
void panel_top(const struct view *v, struct scene *s);
void panel_overview(const struct view *v, struct scene *s);
void panel_ruler(const struct view *v, struct scene *s);
void panel_inspector(const struct view *v, struct scene *s);
void panel_table(const struct view *v, struct scene *s);
/* Rows of the open table that there is room for. */
size_t panel_table_rows(const struct view *v);
/* Height of the rows of a table if it is that wide, px: as many whole ones as most_px has room for.
 * Sentences may take several lines. */
float panel_table_rows_h(const struct view *v, enum tab tab, float width_px, float most_px);
/* Of what stands above the rows. */
float panel_table_head_h(const struct view *v);
/* How many rows a table on the screen may be scrolled down. */
size_t panel_table_most(const struct view *v, enum tab tab);
/* The last line: the legend, and how many lanes are hidden. */
void panel_status(const struct view *v, struct scene *s);
/* Above the lanes of a live trace: that nothing in the program can go on. */
bool panel_alarm_due(const struct view *v);
void panel_alarm(const struct view *v, struct scene *s);
/* Laid over the rest: the line under the mouse, the tooltip, the help page. */
void panel_cursor(const struct view *v, struct scene *s);
void panel_tooltip(const struct view *v, struct scene *s);
void panel_help(const struct view *v, struct scene *s);
/* How far the help page can be scrolled in a window of that size, px. */
float panel_help_max_scroll(const struct view *v, float width_px, float height_px);
/* The palette of acts, while it is open. */
void panel_palette(const struct view *v, struct scene *s);
/* Marks and cursors, over ruler and lanes (panel_ruler.c). */
void panel_marks(const struct view *v, struct scene *s);
/* The bar that scrolls the lanes, and its part that is dragged; false: all lanes fit. */
bool panel_scroll_bar(const struct view *v, struct box *track, struct box *thumb);
/* That bar, or in a picture how many lanes have no room. */
void panel_scroll(const struct view *v, struct scene *s);
/* What the search found, the critical path, and where the trace ends, over the lanes. */
void panel_found(const struct view *v, struct scene *s);
/* What to say where there is nothing to draw. */
void panel_empty(const struct view *v, struct scene *s);

/* Text broken at spaces to the width of the box; returns its height in px. */
float panel_wrap(const struct view *v, struct scene *s, struct box box, enum font font,
		 rgba_t color, const char *text);

/* The same on so many lines at most: the last one is cut where there is more. */
float panel_wrap_lines(const struct view *v, struct scene *s, struct box box, size_t most,
		       enum font font, rgba_t color, const char *text);

/* Height that text will take there, px. */
float panel_wrap_height(const struct view *v, const struct scene *s, float width_px, enum font font,
			const char *text);

/* Everything, in painting order. */
void panels_build(const struct view *v, struct scene *s);

#endif
