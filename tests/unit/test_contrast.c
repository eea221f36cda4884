/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every word on the screen can be read: what lies below each text of real scenes is painted, point
 * for point, and its contrast computed as WCAG 2 does; 4.5 is asked for. Traces of the goldens,
 * both themes, all ways of colouring, near and far, with everything open that can be opened.
 */
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/import.h"
#include "viz/app.h"
#include "viz/paint.h"

#define LEAST 4.5

struct stage {
	struct timeline *tl;
	struct app app;
	struct scene scene;
	double now_s;
	float scale;
	const char *trace;
	size_t nr_texts, nr_wrong;
};

static rgba_t over(rgba_t below, rgba_t above)
{
	return rgba_mix(below | 0xff, above | 0xff, above & 0xff);
}

/* What is painted at a point: two colours where a hatch is. Text that is asked about lies between
 * items and is mixed with what is laid over it. */
struct point {
	rgba_t grounds[2];
	rgba_t text;
	bool hidden; /* something opaque lies over the text, or a veil that is to dim it */
};

#define VEIL   0x80
#define MOST   20000
#define THREAD 3 /* px: a line through words takes nothing of them */

static void paint_item(struct point *at, const struct item *it, bool above)
{
	rgba_t colors[2] = {it->color, it->color};
	bool opaque = (it->color & 0xff) >= VEIL;

	if (it->shape == SHAPE_HATCH) {
		colors[1] = it->ground;
		opaque = it->ground != 0;
	}
	for (int i = 0; i < 2; i++)
		if (colors[i])
			at->grounds[i] = over(at->grounds[i], colors[i]);
	if (above)
		at->text = over(at->text, it->color);
	at->hidden |= above && opaque;
}

/* Whether it is painted in this row of points at all. */
static bool is_in_row(const struct item *it, float y)
{
	return (it->shape == SHAPE_RECT || it->shape == SHAPE_GROUND || it->shape == SHAPE_HATCH) &&
	       it->box.w >= THREAD && y >= it->box.y && y < it->box.y + it->box.h;
}

/* The items that words can lie on or under: [nr]. */
static size_t in_row(const struct scene *s, float y, size_t *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr && nr < MOST; i++)
		if (is_in_row(&s->items[i], y))
			out[nr++] = i;
	return nr;
}

static bool covers(const struct scene *s, const struct item *it, float x, float y)
{
	return box_has(&it->box, x, y) && box_has(&s->clips[it->clip], x, y);
}

/* The worst contrast of a text at a point of its row; 21 where it is not seen. */
static double contrast_at(const struct scene *s, size_t text, float x, float y, const size_t *row,
			  size_t nr)
{
	const struct item *it = &s->items[text];
	struct point at = {.grounds = {0xff, 0xff}};
	size_t k = 0;

	if (!box_has(&s->clips[it->clip], x, y) || x < 0 || y < 0 || x >= s->width ||
	    y >= s->height)
		return 21;
	for (; k < nr && row[k] < text; k++)
		if (covers(s, &s->items[row[k]], x, y))
			paint_item(&at, &s->items[row[k]], false);
	at.text = over(at.grounds[0], it->color);
	for (; k < nr; k++)
		if (covers(s, &s->items[row[k]], x, y))
			paint_item(&at, &s->items[row[k]], true);
	if (at.hidden)
		return 21;
	return fmin(rgba_contrast(at.text, at.grounds[0]), rgba_contrast(at.text, at.grounds[1]));
}

static void look_at(struct stage *st, const char *what)
{
	const struct scene *s = &st->scene;
	static size_t row[MOST];
	float row_y = -1;
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];
		float y = it->box.y + it->box.h / 2;
		double worst = 21;
		float bad_x = 0;

		if (it->shape != SHAPE_TEXT || it->box.y > s->height)
			continue;
		if (y != row_y)
			nr = in_row(s, y, row);
		row_y = y;
		float w = theme_text_width(&st->scale, it->font, s->text + it->text, it->text_len);
		float x = it->align == ALIGN_LEFT     ? it->box.x
			  : it->align == ALIGN_CENTRE ? it->box.x + (it->box.w - w) / 2
						      : it->box.x + it->box.w - w;

		for (int k = 1; k < 8; k++) {
			double c = contrast_at(s, i, x + w * (float)k / 8, y, row, nr);

			if (c < worst) {
				worst = c;
				bad_x = x + w * (float)k / 8;
			}
		}
		st->nr_texts++;
		if (worst >= LEAST)
			continue;
		if (st->nr_wrong++ < 40)
			print_error("%s, %s theme, %s: '%.*s' %06x at %.0f,%.0f: %.2f\n", st->trace,
				    st->app.view.theme.palette->name, what, (int)it->text_len,
				    s->text + it->text, it->color >> 8, (double)bad_x,
				    (double)it->box.y, worst);
	}
}

static void frames(struct stage *st, int nr)
{
	for (int i = 0; i < nr; i++) {
		st->now_s += 0.016;
		app_tick(&st->app, st->now_s);
		app_build(&st->app, &st->scene);
	}
}

static void act(struct stage *st, enum action action)
{
	app_act(&st->app, action);
	frames(st, 8);
}

static void hover(struct stage *st, const char *what)
{
	struct box axis = view_axis(&st->app.view);

	for (int i = 1; i < 5; i++)
		for (size_t k = (size_t)i % 3; k < st->app.tree.nr && k < 24; k += 3) {
			const struct row *row = &st->app.tree.rows[k];

			app_motion(&st->app, &st->scene, axis.x + axis.w * (float)i / 5,
				   view_row_y(&st->app.view, row) + row->h / 2);
			frames(st, 1);
			look_at(st, what);
			st->app.view.selected = st->app.view.hovered;
		}
	app_leave(&st->app);
}

static void open_all(struct stage *st)
{
	struct app *app = &st->app;
	struct view *v = &app->view;

	v->has_range = true;
	v->range_begin_ns = app_begin(app) + (app_end(app) - app_begin(app)) / 4;
	v->range_end_ns = app_end(app) - (app_end(app) - app_begin(app)) / 4;
	frames(st, 4);
	look_at(st, "a range");
	v->has_range = false;
	act(st, ACTION_CRITICAL);
	look_at(st, "the critical path");
	for (int tab = 0; tab < TAB_NR; tab++) {
		act(st, ACTION_TAB_NEXT);
		act(st, ACTION_ROW_NEXT);
		look_at(st, "a table");
	}
	act(st, ACTION_SEARCH);
	app_text(app, "job");
	frames(st, 2);
	look_at(st, "a search");
	app_key(app, "Return");
	frames(st, 12);
	look_at(st, "what was found");
	act(st, ACTION_MARK);
	act(st, ACTION_PAN_RIGHT);
	act(st, ACTION_NOTE);
	app_text(app, "words");
	app_key(app, "Return");
	act(st, ACTION_MARK_PREVIOUS);
	act(st, ACTION_CURSOR_A);
	act(st, ACTION_ZOOM_IN);
	act(st, ACTION_CURSOR_B);
	look_at(st, "marks and cursors");
	act(st, ACTION_FIT);
	look_at(st, "the selection");
	act(st, ACTION_PALETTE);
	look_at(st, "the palette");
	app_key(app, "Escape");
	act(st, ACTION_HELP);
	look_at(st, "help");
	act(st, ACTION_CLEAR);
	act(st, ACTION_ALL);
	act(st, ACTION_CRITICAL);
}

static void look_everywhere(struct stage *st)
{
	for (int color = 0; color < COLOR_NR; color++) {
		look_at(st, "all of it");
		for (int zoom = 0; zoom < 2; zoom++) {
			hover(st, "the mouse on it");
			for (int k = 0; k < 3; k++)
				act(st, ACTION_ZOOM_IN);
		}
		act(st, ACTION_ALL);
		open_all(st);
		act(st, ACTION_COLOR);
	}
}

static void open_trace(struct stage *st, const char *path, bool live)
{
	struct err err = {0};
	struct source *src = source_open(path, &err);
	struct app_options options = {
	    .title = "job", .inspector = true, .table = true, .live = live, .all_tasks = true};
	struct measure measure = {theme_text_width, &st->scale};

	assert_non_null(src);
	st->trace = path;
	st->scale = 1;
	st->tl = timeline_open(src);
	options.study = study_open_file(path, &err);
	scene_init(&st->scene, &measure);
	app_init(&st->app, st->tl, &options);
	app_resize(&st->app, 1280, 720, 1);
	while (app_pump(&st->app, 1000000000, &err) == 1)
		;
	frames(st, 40);
}

static void close_trace(struct stage *st)
{
	app_done(&st->app);
	scene_done(&st->scene);
	timeline_close(st->tl);
}

static void look_at_traces(const char *pattern, bool live)
{
	size_t nr_texts = 0, nr_wrong = 0;
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct stage st = {0};

		open_trace(&st, found.gl_pathv[i], live);
		look_everywhere(&st);
		act(&st, ACTION_THEME);
		look_everywhere(&st);
		nr_texts += st.nr_texts;
		nr_wrong += st.nr_wrong;
		close_trace(&st);
	}
	globfree(&found);
	print_message("%zu texts looked at\n", nr_texts);
	assert_true(nr_texts > 5000);
	assert_int_equal(nr_wrong, 0);
}

static void test_words_of_all_kinds_of_lanes_can_be_read(void **state)
{
	(void)state;
	look_at_traces("tests/golden/viz/*/trace.txt", false);
}

static void test_words_about_findings_can_be_read(void **state)
{
	(void)state;
	look_at_traces("tests/golden/findings/[dlpr]*/raised.txt", true);
}

/* The computation itself: grey on white as WCAG counts it, through what is laid over it. */
static void test_the_ground_is_what_is_painted(void **state)
{
	struct stage st = {.scale = 1, .trace = "-"};
	struct measure measure = {theme_text_width, &st.scale};
	struct box all = {0, 0, 100, 20};
	static const size_t row[] = {0, 2, 4, 5};

	(void)state;
	st.app.view.theme.palette = &palette_dark;
	scene_init(&st.scene, &measure);
	scene_reset(&st.scene, 100, 20);
	scene_ground(&st.scene, all, 0xffffffff, 0);
	scene_text(&st.scene, all, FONT_NORMAL, 0x777777ff, ALIGN_LEFT, "grey");
	assert_true(fabs(contrast_at(&st.scene, 1, 5, 10, row, 1) - 4.48) < 0.01);
	scene_rect(&st.scene, all, 0x000000ff, 0);
	assert_true(contrast_at(&st.scene, 1, 5, 10, row, 2) == 21); /* hidden */
	scene_text(&st.scene, all, FONT_NORMAL, 0xffffffff, ALIGN_LEFT, "white");
	assert_true(fabs(contrast_at(&st.scene, 3, 5, 10, row, 2) - 21) < 0.01);
	scene_rect(&st.scene, all, 0xffffff40, 0); /* laid over both */
	assert_true(contrast_at(&st.scene, 3, 5, 10, row, 3) < 11);
	scene_rect(&st.scene, all, 0xffffff80, 0); /* a veil */
	assert_true(contrast_at(&st.scene, 3, 5, 10, row, 4) == 21);
	scene_done(&st.scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_ground_is_what_is_painted),
	    cmocka_unit_test(test_words_of_all_kinds_of_lanes_can_be_read),
	    cmocka_unit_test(test_words_about_findings_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
