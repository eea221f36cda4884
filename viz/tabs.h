/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables below the lanes: what rows and columns each has, in which order they stand, and what
 * a row is about. A table is one row of the list in tabs.c; panel_table.c draws, app does what a
 * click asks for.
 */
#ifndef VIZ_TABS_H
#define VIZ_TABS_H

#include "viz/entry.h"
#include "viz/scene.h"

struct view;

enum tab { TAB_FINDINGS, TAB_TASKS, TAB_LOCKS, TAB_CRITICAL, TAB_CORES, TAB_NR };

#define TAB_MAX_COLUMNS 12

/* One value: as it is shown, and what it is sorted by. */
struct tab_cell {
	char text[480];
	double number; /* of a column that is not of words */
};

struct tab_column {
	const char *name;
	float width; /* at scale 1; 0: what the others leave */
	bool words;  /* sorted by its text, and stands at the left */
	bool mono;   /* digits beneath each other */
};

struct tab_desc {
	const char *name;
	const struct tab_column *columns; /* [nr_columns]; the last ones give way first */
	unsigned int nr_columns;
	unsigned int sort; /* column sorted by at first */
	bool ascending;
	const char *empty; /* said when there are no rows */
	size_t (*nr)(const struct view *v);
	/* Whether a row belongs to what is looked at; NULL: all do. */
	bool (*shown)(const struct view *v, size_t row);
	void (*cell)(const struct view *v, size_t row, unsigned int column, struct tab_cell *out);
	/* What the row depicts, for pointing at; kind REF_TABLE_ROW if there is nothing else. */
	struct ref (*ref)(const struct view *v, size_t row);
	/* Colour of the row's swatch, 0: none. share: bar before the text, negative: none. */
	rgba_t (*color)(const struct view *v, size_t row);
	double (*share)(const struct view *v, size_t row);
};

struct tab_state {
	unsigned int sort;
	bool ascending;
	size_t first; /* row at the top */
	size_t at;    /* row gone to last, SIZE_MAX: none */
};

struct tabs {
	enum tab open;
	enum tab beside; /* the one that is shown where there is room for two, TAB_NR: none */
	struct tab_state of[TAB_NR];
	char filter[ENTRY_LEN]; /* of the open one */
	uint32_t *order;        /* [nr] rows of the open table that are shown */
	size_t nr, cap;
	uint32_t *order_beside; /* [nr_beside] likewise */
	size_t nr_beside, cap_beside;
};

/* The row of the list. */
const struct tab_desc *tab_desc(enum tab tab);

/* All as they are at first; done frees. */
void tabs_init(struct tabs *t);
void tabs_done(struct tabs *t);

/* Rows of a table without the filter. */
size_t tab_count(const struct view *v, enum tab tab);

/* Sorts and filters the open table anew, and chooses and sorts the one beside. */
void tabs_update(struct tabs *t, const struct view *v);

/* Sorts by that column: first the way it is mostly wanted, then the other way round. */
void tabs_sort(struct tabs *t, enum tab tab, unsigned int column);

#endif
