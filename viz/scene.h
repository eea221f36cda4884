/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The display list: rectangles, lines, hatches and texts, each with a reference to what it depicts.
 * Lanes and panels fill it, painters draw it without knowing what it means, and the mouse asks it
 * what lies under a point: what is seen is what is clicked. All arrays are reused from frame to
 * frame, so that a steady state allocates nothing.
 *
 *	scene_reset(&scene, width_px, height_px);
 *	scene.ref = (struct ref){REF_TASK_SLICE, lane, 1, index};
 *	scene_rect(&scene, box, color, radius_px);
 *	painter(&scene, ...);
 *	ref = scene_pick(&scene, mouse_x, mouse_y, slop_px);
 */
#ifndef VIZ_SCENE_H
#define VIZ_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shape {
	SHAPE_RECT,   /* filled, corners of radius px */
	SHAPE_GROUND, /* the same, as the ground of what follows: hides what is below */
	SHAPE_FRAME,  /* outline of radius px corners, width px thick */
	SHAPE_HATCH,  /* diagonal stripes of color over ground */
	SHAPE_LINE,   /* horizontal line through the middle of the box, width px thick */
	SHAPE_DOTS,   /* the same, dotted */
	SHAPE_ARROW,  /* from (x, y) to (x + w, y + h), with a head */
	SHAPE_TEXT,   /* one line of text, centred vertically in the box */
	SHAPE_HIT,    /* not drawn: only there for the mouse */
};

enum hatch {
	HATCH_RISING,  /* //// */
	HATCH_FALLING, /* \\\\ */
};

enum align {
	ALIGN_LEFT,
	ALIGN_CENTRE,
	ALIGN_RIGHT,
};

enum font {
	FONT_NORMAL,
	FONT_SMALL,
	FONT_BOLD,
	FONT_SMALL_BOLD,
	FONT_TITLE,
	FONT_MONO,
	FONT_MONO_SMALL,
	FONT_NR
};

/* What an item depicts. */
enum ref_kind {
	REF_NONE,
	REF_CPU_SLICE,  /* lane: core, index: first slice, nr: how many are merged into it */
	REF_TASK_SLICE, /* lane: task, index and nr likewise */
	REF_GAP,        /* index: into timeline_gaps */
	REF_CPU_LANE,   /* lane: core */
	REF_TASK_LANE,  /* lane: task */
	REF_PROCESS,    /* lane: tgid */
	REF_GROUP,      /* lane: id of its row */
	REF_SECTION,    /* lane: enum row_kind of the section */
	REF_LOCK_SLICE, /* lane: sync object, index and nr as of a core */
	REF_LOCK_LANE,  /* lane: sync object */
	REF_MORE,       /* locks that have no row */
	REF_RUNQ,       /* the run queue, at the mouse */
	REF_NOTES,      /* the lane of findings and marks */
	REF_LANES,      /* the ground behind all lanes */
	REF_RULER,
	REF_OVERVIEW,
	REF_PANEL,       /* inspector or table: stops what is below from being picked */
	REF_TABLE_TASK,  /* lane: task */
	REF_TABLE_CPU,   /* lane: core */
	REF_TABLE_ROW,   /* lane: enum tab, index: row */
	REF_TAB,         /* index: enum tab */
	REF_COLUMN,      /* index: column of the open table */
	REF_MARK,        /* index: into the marks */
	REF_CHOICE,      /* index: row of the palette */
	REF_ACTION,      /* index: enum action */
	REF_STRIP_SLICE, /* lane: strip of a task (model/strip.h), index and nr as of a core */
	REF_SCROLL,      /* the bar that scrolls the lanes */
};

struct ref {
	uint32_t kind; /* enum ref_kind */
	uint32_t lane;
	uint32_t nr;
	uint32_t index;
};

struct box {
	float x, y, w, h;
};

typedef uint32_t rgba_t; /* 0xRRGGBBAA */

struct item {
	struct box box;
	rgba_t color;
	rgba_t ground;     /* of a hatch; 0: nothing */
	uint32_t text;     /* offset into scene.text */
	uint16_t text_len; /* bytes */
	uint8_t shape;     /* enum shape */
	uint8_t font;      /* of a text: enum font; of a hatch: enum hatch */
	uint8_t align;
	uint8_t clip;   /* index into scene.clips */
	uint8_t radius; /* px */
	uint8_t width;  /* px, of lines and frames */
	struct ref ref;
};

/* How wide a text will be. Painters with real fonts answer exactly, others by a table. */
struct measure {
	float (*width)(void *payload, enum font font, const char *text, size_t len);
	void *payload;
};

struct scene {
	float width, height; /* px */
	struct item *items;  /* [nr] in painting order */
	size_t nr, cap;
	char *text;
	size_t nr_text, cap_text;
	struct box *clips; /* [nr_clips]; 0 is the whole scene */
	size_t nr_clips, cap_clips;
	uint8_t clip;     /* given to the items that follow */
	struct ref ref;   /* likewise */
	struct box hit;   /* h > 0: items that follow are picked in this vertical range */
	struct box *hits; /* [nr], vertical hit range of each item */
	size_t cap_hits;
	struct measure measure;
};

/* measure is copied. scene_done frees what it holds; a zeroed scene is fine. */
void scene_init(struct scene *s, const struct measure *measure);
void scene_done(struct scene *s);

/* Empties it for a new frame of that size. */
void scene_reset(struct scene *s, float width_px, float height_px);

/* Items from here on are cut to the box (and to the clip around it); returns the clip before. */
uint8_t scene_clip(struct scene *s, struct box box);
/* Back to the clip that scene_clip returned. */
void scene_unclip(struct scene *s, uint8_t before);

/* Items from here on carry no reference. */
void scene_no_ref(struct scene *s);

/* Add an item, as enum shape has them. Borrowed until the next one is added. */
struct item *scene_rect(struct scene *s, struct box box, rgba_t color, float radius_px);
struct item *scene_ground(struct scene *s, struct box box, rgba_t color, float radius_px);
struct item *scene_frame(struct scene *s, struct box box, rgba_t color, float width_px,
			 float radius_px);
struct item *scene_hatch(struct scene *s, struct box box, rgba_t color, rgba_t ground,
			 enum hatch hatch);
struct item *scene_line(struct scene *s, struct box box, rgba_t color, float width_px);
struct item *scene_dots(struct scene *s, struct box box, rgba_t color, float width_px);
struct item *scene_arrow(struct scene *s, float x0, float y0, float x1, float y1, rgba_t color,
			 float width_px);
struct item *scene_hit(struct scene *s, struct box box);

/*
 * Text that fits into the box, with an ellipsis where it was cut; NULL when not even one letter
 * fits. Control characters are shown as '?'.
 */
struct item *scene_text(struct scene *s, struct box box, enum font font, rgba_t color,
			enum align align, const char *text);
struct item *scene_textf(struct scene *s, struct box box, enum font font, rgba_t color,
			 enum align align, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Width of a text in that font, px. */
float scene_text_width(const struct scene *s, enum font font, const char *text);

/* Reference of the topmost item at this point; kind REF_NONE where there is none. Thin items are
 * found up to slop_px beside them. */
struct ref scene_pick(const struct scene *s, float x, float y, float slop_px);

/* Whether the point lies in the box. */
bool box_has(const struct box *box, float x, float y);

/* The same thing: kind, lane and index are equal. */
bool ref_equal(const struct ref *a, const struct ref *b);

#endif
