/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Acts from a file, for tests and demonstrations: one per line, '#' begins a comment. Words of the
 * ACTION list, and:
 *
 *	wait-records N     until that many records were read
 *	wait-end           until the source has ended
 *	wait-still         until nothing moves
 *	wait SECONDS
 *	move X Y · click X Y · double X Y · drag X0 Y0 X1 Y1 · wheel DY [ctrl|shift]
 *	key KEY            as if it were pressed: Ctrl+Q, Shift+/, Return
 *	type TEXT          letters for the entry that is open
 *	screenshot FILE    PNG of the window
 *	state              one line about the view on standard output
 *	tell               what the right panel says of what is selected, a line each
 *	echo               from now on such a line after every act, whoever did it
 */
#ifndef VIZ_SCRIPT_H
#define VIZ_SCRIPT_H

#include <stdio.h>

#include "base/err.h"
#include "viz/app.h"

struct script {
	char *text; /* the file, whole */
	char *at;   /* next line */
	const char *path;
	int line;
	double until_s;
	bool waiting;
	char screenshot[512]; /* the window is to write it, then empties it */
};

/* Reads the file ("-": standard input). */
int script_open(struct script *script, const char *path, struct err *err);
/* Frees. */
void script_close(struct script *script);

/* The line about the view. */
void script_print_state(const struct app *app, FILE *out);

/*
 * Does what can be done now. 1: more lines follow later, 0: the script is over; -EINVAL and a
 * sentence with the line number: a line is wrong.
 */
int script_run(struct script *script, struct app *app, const struct scene *scene, bool moving,
	       double now_s, FILE *out, struct err *err);

#endif
