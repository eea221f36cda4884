/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The viewer without its window: what is shown, what each action and movement of the mouse changes,
 * and how time passes. Window, script and pictures drive the same struct app; no SDL here.
 *
 *	app_init(&app, timeline, &options);
 *	app_resize(&app, 1280, 720, 1);
 *	for (;;) {
 *		app_pump(&app, budget_ns, &err);
 *		app_tick(&app, now_s);
 *		if (app.dirty)
 *			app_build(&app, &scene);     // then a painter
 *	}
 */
#ifndef VIZ_APP_H
#define VIZ_APP_H

#include <stdio.h>

#include "viz/action.h"
#include "viz/overview.h"
#include "viz/totals.h"
#include "viz/view.h"

#define APP_HISTORY      64
#define APP_READ_BUSY_NS 25000000 /* of reading per frame while a file is read */

enum app_button {
	BUTTON_LEFT,
	BUTTON_MIDDLE,
	BUTTON_RIGHT,
};

#define APP_SHIFT 0x1
#define APP_CTRL  0x2

enum drag {
	DRAG_NONE,
	DRAG_CLICK, /* pressed, not moved yet */
	DRAG_RANGE, /* measures a range */
	DRAG_PAN,
	DRAG_ZOOM,     /* zooms to the range when released */
	DRAG_OVERVIEW, /* moves the window on the whole run */
	DRAG_LANE,     /* moves a lane among its siblings */
	DRAG_SCRUB,    /* moves the playhead */
	DRAG_SCROLL,   /* moves the bar that scrolls the lanes */
};

/* Where a person was. */
struct place {
	struct span span;
	float scroll_px;
};

struct app_options {
	const char *title;
	struct study *study;           /* taken over; NULL: no analyses */
	const struct palette *palette; /* NULL: dark */
	const struct metrics *metrics; /* NULL: window */
	bool live;                     /* begin following */
	bool still;                    /* a picture */
	bool hide_cpus, hide_tasks, hide_locks, hide_runq, hide_notes;
	bool all_tasks;
	bool critical;           /* the critical path is drawn, its table open */
	bool inspector, table;   /* open at first */
	uint64_t from_ns, to_ns; /* since the begin of the trace; to 0: all */
};

struct app {
	struct timeline *tl; /* borrowed */
	FILE *frames;        /* told of each frame of the window, or NULL; borrowed */
	struct view view;
	struct tree tree;
	struct overview overview;
	struct run_totals run, all;
	struct task_totals table;
	struct range_totals range;
	struct critical_path path;
	struct study *study;
	struct entry entry;
	struct find find;
	struct marks marks;
	struct notes notes;
	struct tabs tabs;
	float width, height;
	float user_scale; /* Ctrl+=, on top of the display's */
	float base_scale;
	bool inspector_open, table_open;
	bool touched;  /* the view was moved by hand: loading no longer fits it */
	bool complete; /* the source has ended */
	bool dirty;    /* the next frame differs from the last */
	bool quit;
	bool want_picture; /* the window is to save itself */
	bool failed;       /* reading failed; the message says how */
	bool echo;         /* a script asked for a line about every act */
	uint64_t nr_acts;
	enum action last_act;
	uint64_t seen_end_ns;
	uint64_t seen_records;
	double now_s, table_s, message_s;
	double table_cost_s; /* of making the tables last */
	double follow_ns;    /* smoothed live edge */
	char message[256];
	enum drag drag;
	int drag_button;
	float press_x, press_y;
	struct span press_span;
	float press_scroll;
	struct row_key press_row; /* of a lane that is dragged */
	double busy_s;            /* since when something is read or analysed */
	double motion_s;          /* when the mouse last moved */
	bool mouse_old;           /* where it was, not where it is: it points at nothing */
	double input_s;           /* when a hand last did something */
	double press_s, pinch_s;
	float pinch_x, pinch_y;
	bool touch;       /* the last press was a finger's */
	bool panned;      /* this drag has moved the view already */
	bool tabs_chosen; /* a hand chose the table that is open */
	struct place history[APP_HISTORY];
	size_t nr_history, at_history;
	double history_s;
};

/* tl is borrowed and must outlive app. opts is copied but for its strings. */
void app_init(struct app *app, struct timeline *tl, const struct app_options *opts);
/* Frees what app holds, but not tl. */
void app_done(struct app *app);

/* scale: px per px of the design, from the display. */
void app_resize(struct app *app, float width_px, float height_px, float scale);

/*
 * Reads what is there for about budget_ns. 1: more at once, 0: the trace has ended, -EAGAIN: later;
 * other: reading failed; what was read stays on the screen and err says why.
 */
int app_pump(struct app *app, uint64_t budget_ns, struct err *err);

/* Time passes; returns true while something moves by itself. */
bool app_tick(struct app *app, double now_s);

/* Whether the analyses have work left, now that the lanes are there. */
bool app_studying(const struct app *app);

/* Lets the analyses finish, and opens what they found: for a picture. */
void app_study(struct app *app);

/* The frame as it looks now. */
void app_build(struct app *app, struct scene *scene);

/* Time the trace spans; end is after begin. */
int64_t app_begin(const struct app *app);
int64_t app_end(const struct app *app);

/* Brings rows and layout up to date; app_build does it too. */
void app_place(struct app *app);
/* The most that view.scroll_px may be. */
float app_max_scroll(const struct app *app);

/* Does what a row of the ACTION list says. */
void app_act(struct app *app, enum action action);

/*
 * A key by its place on the keyboard ("Ctrl+Q"): an open entry has the first right to it, then the
 * ACTION list. False: it means nothing, or it is a letter that app_text will bring to the entry.
 */
bool app_key(struct app *app, const char *key);
/* Letters typed, UTF-8; nothing happens without an open entry. */
void app_text(struct app *app, const char *text);
/* Takes what is in the entry, as Enter does. */
void app_enter(struct app *app);
/* Runs what the row of the open table is about: shows it in the lanes. */
void app_table_row(struct app *app, size_t row);
/* Reads marks again from beside the trace and says what is wrong with them. */
void app_load_marks(struct app *app, const char *path);
/* Marks will be kept beside the trace at path, which has none yet: it is being written. */
void app_keep_marks(struct app *app, const char *path);

/* Says something in the top bar for a while. */
void app_say(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What was said of the act before goes, as a hand does something else. */
void app_hush(struct app *app);

/* The mouse. What lies under it is asked of the scene that was built last. */
void app_motion(struct app *app, const struct scene *scene, float x, float y);
/* Asks anew what lies under the mouse, in the scene just built. */
void app_hover(struct app *app, const struct scene *scene);
/* A button goes down, and comes up again. clicks: how many in a row so far; mods: bits of
 * APP_SHIFT and APP_CTRL. */
void app_press(struct app *app, const struct scene *scene, enum app_button button,
	       unsigned int mods, int clicks, float x, float y);
void app_release(struct app *app, const struct scene *scene, enum app_button button, float x,
		 float y);
/* The wheel turns by so many notches; dy > 0: up. */
void app_wheel(struct app *app, float dx, float dy, unsigned int mods);
/* Two fingers around (x, y), now wider apart by that part of the window's size; what is between
 * them stays there. Ends what the first of them began. */
void app_pinch(struct app *app, const struct scene *scene, float x, float y, float wider);
/* The mouse leaves the window. */
void app_leave(struct app *app);

/* Selects a slice and brings it on the screen. */
void app_select(struct app *app, struct ref ref);

#endif
