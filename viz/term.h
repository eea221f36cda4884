/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The viewer in a terminal: printed once, drawn again below what a program writes while its trace
 * grows, or on the whole screen with the window's keys and mouse. The screen is left as it was
 * found, also by a signal.
 */
#ifndef VIZ_TERM_H
#define VIZ_TERM_H

#include <stdio.h>

#include "viz/app.h"
#include "viz/paint.h"

struct term {
	FILE *out; /* the terminal, or whatever stands for it */
	struct source *src;
	enum term_color color;
	bool ascii;
	bool dumb;         /* nothing but lines of text can be shown */
	bool plain;        /* of sequences it knows the old ones only */
	bool own_look;     /* the theme follows the terminal's ground, as nobody chose one */
	int columns, rows; /* asked for; 0: the terminal's, as many as there are lanes */
};

/* How many colours a terminal has that calls itself so; none: NO_COLOR. Texts may be NULL. */
enum term_color term_color_of(const char *term, const char *colorterm, const char *none);

/* What TERM says a terminal cannot do. */
bool term_is_dumb(const char *term);
bool term_is_plain(const char *term);

/* Whether the ground is light by what some terminals say in COLORFGBG ("0;15"), which may be NULL.
 */
bool term_is_light(const char *colorfgbg);

/* Whether keys can be had: out is a terminal, and it is this process's turn to read from it. */
bool term_has_keys(const struct term *t);

/* Size of the terminal in cells; false: it is none. */
bool term_size(const struct term *t, int *columns, int *rows);

/* Writes all of it, as far as it can be written. For signal handlers, too. */
void term_put(int fd, const char *text, size_t len);

/* The scene of app as the terminal has room for it, of max_rows lines at most (0: any). */
void term_build(const struct term *t, struct app *app, struct scene *scene, int max_rows);

/* Prints the scene of app once. */
void term_print(const struct term *t, struct app *app);

/*
 * Draws a few times per second until the source ends or a signal comes, then prints for good. Who
 * else writes to the terminal does so above the picture, which has the lower rows: nothing of it
 * is lost. On a terminal that is too small, or that somebody has taken for himself (raw mode, as
 * editors do; another job), there is no picture before the end. No key is read.
 */
int term_follow(const struct term *t, struct app *app, struct err *err);

/*
 * The whole screen, until a hand ends it. -EIO: the terminal cannot be had. SIGTERM, SIGHUP and
 * what a crash raises leave the screen as it was and do what they always do.
 */
int term_run(const struct term *t, struct app *app, struct err *err);

/*
 * One key or movement of the mouse from the bytes a terminal sends. Returns how many were taken: 0
 * when more must come (last: no more will).
 */
struct term_input {
	char key[24]; /* by its place, as action.h; "": none */
	char text[8]; /* what it would type */
	bool is_mouse;
	enum app_button button;
	unsigned int mods;
	bool press, release, motion;
	int wheel;     /* 1 up, -1 down */
	int x, y;      /* cell, from 0 */
	rgba_t ground; /* the terminal has told its ground; 0: it has not */
};
size_t term_parse(const char *bytes, size_t len, bool last, struct term_input *out);

#endif
