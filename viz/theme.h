/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every colour, face and size of the picture, once. Sizes are for a scale of 1 and are multiplied
 * by theme.scale where they are used (px()).
 */
#ifndef VIZ_THEME_H
#define VIZ_THEME_H

#include "model/machine.h"
#include "viz/scene.h"

#define THEME_NR_TASK_COLORS 10

/* One order of colours, dark or light. */
struct palette {
	const char *name;
	rgba_t ground;     /* behind all */
	rgba_t bar;        /* top bar and panels */
	rgba_t lane;       /* ground of a lane's time axis */
	rgba_t header;     /* row of a section or process */
	rgba_t rule;       /* faint separators */
	rgba_t text;       /* contrast >= 7 on ground */
	rgba_t dim;        /* contrast >= 4.5 on ground and bar */
	rgba_t on_block;   /* text on a task's colour */
	rgba_t accent;     /* the one accent: selection, overview */
	rgba_t on_accent;  /* text on it */
	rgba_t accent_dim; /* busy histogram */
	rgba_t select;     /* frame of the selected slice */
	rgba_t idle;       /* a core's idle time */
	rgba_t other;      /* a task that is not traced */
	rgba_t mixed;      /* many tasks in one pixel, none dominates */
	rgba_t runnable, runnable_ground;
	rgba_t gap, gap_ground, gap_text;
	rgba_t unknown, unknown_ground;
	rgba_t live, live_ground, badge, badge_ground;
	rgba_t shade; /* laid over what is not there yet */
	rgba_t tasks[THEME_NR_TASK_COLORS];
	rgba_t reasons[REASON_NR];
};

/* Sizes of a layout at scale 1, px. */
struct metrics {
	float top_h, overview_h, ruler_h, section_h, process_h, cpu_h, task_h, status_h;
	float lock_h, runq_h, note_h;
	float strip_h;   /* of what a thread says of itself, below it */
	float counter_h; /* of one of its counters */
	float lane_pad;  /* above and below a core's block */
	float task_pad;  /* likewise of a thread */
	float gutter_w, indent, inspector_w, table_h, table_row_h, pad;
	float inspector_min_w; /* of the window, for one at the right of the lanes */
	float inspector_min_h; /* for one below them, inspector_h high, where it is narrower */
	float inspector_h;     /* 0: there it has none */
	float line;            /* thickness of a blocked line */
	float radius;
	float detail;   /* slices narrower than this are merged */
	float text_min; /* a block narrower than this carries no name */
};

struct theme {
	const struct palette *palette;
	const struct metrics *metrics;
	float scale;
};

/* How grave a finding is that explains so much of the time, in millionths: of two colours one. */
rgba_t palette_weight(const struct palette *p, uint32_t share);

extern const struct palette palette_dark, palette_light;
extern const struct metrics metrics_window, metrics_terminal;

/* By name ("dark", "light"), NULL if there is none. */
const struct palette *palette_by_name(const char *name);

/* Face of a font and its size at scale 1. */
enum face { FACE_SANS, FACE_SANS_BOLD, FACE_MONO, FACE_NR };

struct font_desc {
	enum face face;
	float size_px;
};

extern const struct font_desc theme_fonts[FONT_NR];

/* Width of a text by the table of DejaVu's advances: for painters without fonts. payload: const
 * float *scale. */
float theme_text_width(void *payload, enum font font, const char *text, size_t len);

/* Colour with its alpha replaced. */
static inline rgba_t rgba_alpha(rgba_t color, unsigned int alpha)
{
	return (color & ~0xffu) | alpha;
}

/* Colour between two, part 0..255 of b; alpha of a. */
rgba_t rgba_mix(rgba_t a, rgba_t b, unsigned int part);

/* Contrast of two opaque colours as WCAG 2 defines it, 1 to 21. */
double rgba_contrast(rgba_t a, rgba_t b);

/* Colour of a name that threads say, by its number: a task's, subdued. Beyond STRIP_MAX_NAMES all
 * are alike. */
rgba_t palette_strip(const struct palette *p, uint32_t number);

/* Colour of a text on a block of that colour: on_block, or on a dark one what is light. */
rgba_t palette_on(const struct palette *p, rgba_t color);

/* The colour moved towards text as far as needed for a contrast of 4.5 on ground. */
rgba_t rgba_legible(rgba_t color, rgba_t ground, rgba_t text);

#endif
