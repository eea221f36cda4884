/* SPDX-License-Identifier: BSD-2-Clause */
/* The viewer without its window, for tests of what hands do: keys and letters in, the state out. */
#ifndef TESTS_HANDS_MAKE_H
#define TESTS_HANDS_MAKE_H

#include <stdlib.h>

#include "import/import.h"
#include "viz/app.h"
#include "viz/paint.h"

#define TRACE                                                                              \
	"tests/golden/findings/lock-serialises/raised.txt" /* 101, 102, 103 of process 100 \
							    */
#define SAID "tests/golden/viz/what-a-thread-says-stands-below-it/trace.txt" /* of task 100 */
#define MS   1000000

struct stage {
	struct timeline *tl;
	struct app app;
	struct scene scene;
	double now_s;
};

static inline void frame(struct stage *st)
{
	st->now_s += 0.016;
	app_tick(&st->app, st->now_s);
	app_build(&st->app, &st->scene);
}

static inline void still(struct stage *st)
{
	for (int i = 0; i < 40; i++)
		frame(st);
}

static inline int open_stage(void **state, const char *trace)
{
	struct stage *st = calloc(1, sizeof(*st));
	struct err err = {0};
	struct source *src = source_open(trace, &err);
	struct app_options options = {.title = "job", .inspector = true, .table = true};

	assert_non_null(src);
	st->tl = timeline_open(src);
	options.study = study_open_file(trace, &err);
	scene_init(&st->scene, &term_measure);
	app_init(&st->app, st->tl, &options);
	app_resize(&st->app, 1280, 720, 1);
	while (app_pump(&st->app, 1000000000, &err) == 1)
		;
	still(st);
	*state = st;
	return 0;
}

static inline int setup(void **state)
{
	return open_stage(state, TRACE);
}

static inline int setup_said(void **state)
{
	return open_stage(state, SAID);
}

static inline int teardown(void **state)
{
	struct stage *st = *state;

	app_done(&st->app);
	scene_done(&st->scene);
	timeline_close(st->tl);
	free(st);
	return 0;
}

static inline void key(struct stage *st, const char *name)
{
	app_key(&st->app, name);
	still(st);
}

static inline void type(struct stage *st, const char *text)
{
	app_text(&st->app, text);
	frame(st);
}

/* The mouse at this part of the time axis, in the middle of a task's lane. */
static inline void point(struct stage *st, uint32_t tid, double part)
{
	const struct view *v = &st->app.view;
	const struct row *row =
	    tree_find(&st->app.tree, ROW_TASK, machine_find(timeline_machine(st->tl), tid));
	struct box axis = view_axis(v);

	assert_non_null(row);
	app_motion(&st->app, &st->scene, axis.x + axis.w * (float)part,
		   view_row_y(v, row) + row->h / 2);
	frame(st);
}

#endif
