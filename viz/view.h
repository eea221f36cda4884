/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is looked at, and how: the value that lanes and panels turn into a scene. They read it and
 * never change it.
 */
#ifndef VIZ_VIEW_H
#define VIZ_VIEW_H

#include "model/names.h"
#include "model/timeline.h"
#include "viz/entry.h"
#include "viz/find.h"
#include "viz/marks.h"
#include "viz/notes.h"
#include "viz/path.h"
#include "viz/range.h"
#include "viz/scene.h"
#include "viz/study.h"
#include "viz/tabs.h"
#include "viz/theme.h"
#include "viz/totals.h"
#include "viz/tree.h"
#include "viz/viewport.h"

/* Where everything lies; px. A box with w or h of 0 is not shown. */
struct layout {
	struct box top, overview, ruler, alarm, lanes, inspector, table, status;
	struct box table_beside; /* a second table, at the side of the first or below it */
	float gutter_w;          /* left part of overview, ruler and lanes */
	float rows_h;            /* all rows together */
	float pinned_h;          /* of those that stay on top while the others scroll; 0: none do */
	float stretch;           /* of lanes that leave room: they are drawn higher */
};

struct overview {
	float *busy;   /* [nr] busy cores of all cores, 0..1 */
	float *own;    /* [nr] likewise, with traced tasks; meaningless if !split */
	uint8_t *lost; /* [nr] 1: a gap lies in it */
	size_t nr, cap, cap_own, cap_lost;
	uint64_t bucket_ns;
	size_t nr_gaps; /* seen */
	float mean, mean_own;
	bool split;                  /* own is known */
	uint64_t nr_records, end_ns; /* of the trace when it was brought up to date */
};

enum view_mode {
	MODE_REPLAY,
	MODE_LIVE,
	MODE_ENDED, /* was live, the source has ended */
};

/* What the colour of a block says. */
enum color_by { COLOR_THREAD, COLOR_PROCESS, COLOR_STATE, COLOR_NR };

struct view {
	const struct timeline *tl;
	const struct tree *tree;
	const struct overview *overview;
	const struct run_totals *run; /* of the inspected task */
	const struct run_totals *all; /* of all tasks together */
	const struct task_totals *table;
	const struct range_totals *range; /* of the selected range */
	const struct critical_path *path;
	const struct study *study; /* NULL: no analyses */
	const struct entry *entry;
	const struct find *find;
	const struct marks *marks;
	const struct notes *notes;
	const struct tabs *tabs;
	const char *title; /* command, or the file's name */
	struct theme theme;
	struct layout layout;
	struct viewport vp;
	float scroll_px; /* rows above the top of layout.lanes */
	enum view_mode mode;
	bool following; /* live: the end of the view is the live edge */
	bool frozen;
	int64_t playhead_ns; /* replay: what is later is shaded; INT64_MAX: no playhead */
	bool playing;
	bool looping; /* the range is played again and again */
	double speed;
	enum color_by color_by;
	bool hide_edges;   /* of wakes and forks, however few */
	bool show_path;    /* the critical path through the lanes */
	bool has_a, has_b; /* cursors */
	int64_t a_ns, b_ns;
	struct ref selected;
	struct ref hovered;
	bool has_range;
	int64_t range_begin_ns, range_end_ns;
	float mouse_x, mouse_y;
	bool has_mouse;
	bool help;
	float help_scroll_px;
	double progress;     /* of what is read or analysed, 0..1; negative: nothing takes long */
	const char *message; /* of the last act, "" if none */
	bool still;          /* a picture: no key hints, no buttons */
};

/* Size in px of this many px at scale 1. */
static inline float px(const struct view *v, float size)
{
	return size * v->theme.scale;
}

/* The same on a whole pixel. */
static inline float px_round(const struct view *v, float size)
{
	return (float)(int)(size * v->theme.scale + 0.5f);
}

/* Colour of a task's blocks. */
rgba_t view_task_color(const struct view *v, uint32_t task);

/* What makes the file less than whole, in two words and in a sentence; NULL: nothing that is known.
 */
struct flaw {
	const char *words;
	const char *sentence;
};
/* The gravest of them. */
const struct flaw *view_flaw(const struct view *v);

/* Its name, "?" when it is none. Borrowed. */
const char *view_task_name(const struct view *v, uint32_t task);

/* The same with its tid where another task that is shown has that name, too: "python3 4123". Fills
 * out and returns it. */
const char *view_task_text(const struct view *v, uint32_t task, char out[TASK_TEXT_LEN]);

/* The same where it fits into room_px, else the name alone. */
const char *view_task_fit(const struct view *v, const struct scene *s, uint32_t task,
			  enum font font, float room_px, char out[TASK_TEXT_LEN]);

/* Name of a sync object: "balance_lock", "heap lock 2". Fills out. */
const char *view_lock_name(const struct view *v, uint32_t sync, char *out, size_t len);

/* The sync object that a slice of a task waits for, whichever word of it that is at; SYNC_NONE: it
 * waits for none, or that is not in memory. */
uint32_t view_sync_of(const struct machine *m, uint32_t task, const struct slice *slice);

/* Slice a reference points to, and its lane; false if it is not (or no longer) one. It need not be
 * in memory. */
bool view_slice(const struct view *v, const struct ref *ref, const struct lane_data **lane,
		size_t *index);

/*
 * The same as the machine's interval, for model/reason.h. False too where nothing of it is in
 * memory yet: app_build asks for what is selected and hovered. view_interval_now reads it where it
 * must.
 */
bool view_interval(const struct view *v, const struct ref *ref, struct interval *out);
bool view_interval_now(const struct view *v, const struct ref *ref, struct interval *out);

/* Task whose row a slice of it, or of what it says, is on; TASK_NONE: of another kind of row. */
uint32_t view_task_of(const struct view *v, const struct ref *ref);

/* Whether it is a mark of a moment, or a value of a counter. */
bool view_is_moment(const struct view *v, const struct ref *ref);

/* Until when a counter had the value of that slice of its strip. */
uint64_t view_value_end(const struct view *v, uint32_t strip, size_t index);

/* Row that a reference belongs to, in words that outlive it; false: to none. */
bool view_row_key(const struct view *v, const struct ref *ref, struct row_key *out);

/* Row a slice lies on, NULL if it is folded away. */
const struct row *view_row_of(const struct view *v, const struct ref *ref);

/* Top of a row on the screen. */
float view_row_y(const struct view *v, const struct row *row);

/* Time axis of the lanes' part of the screen, without the gutter. */
struct box view_axis(const struct view *v);

/* Running part of the visible time of a lane, 0..1; negative where the lane is not there, or
 * nothing is known of it. */
double view_share(const struct view *v, const struct lane_data *lane);

#endif
