/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows of any size, fingers, and acts in any order: what hands can do to the viewer at any
 * moment. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hands_make.h"

/* Whether some text on the screen is exactly that. */
static bool says(const struct stage *st, const char *words)
{
	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT && it->text_len == strlen(words) &&
		    memcmp(st->scene.text + it->text, words, it->text_len) == 0)
			return true;
	}
	return false;
}

static void test_a_narrow_window_says_all_it_has_to(void **state)
{
	struct stage *st = *state;
	struct app *app = &st->app;

	app_resize(app, 520, 240, 1);
	key(st, "I");
	key(st, "I");
	assert_true(says(st, "there is no room for the inspector:")); /* on two lines */
	assert_true(says(st, "make the window wider"));
	key(st, "Ctrl+F"); /* letters that nobody sees would go into it */
	assert_int_equal(app->entry.mode, ENTRY_NONE);
	assert_true(says(st, "there is no room for the tables: make"));
	assert_true(says(st, "the window higher"));
	key(st, "/"); /* what is typed goes before what was said */
	type(st, "wor");
	assert_true(says(st, "wor\xe2\x94\x82"));
}

/* Whether the last line of the help page is on the screen, as high as that is. */
static bool help_shows_its_end(const struct stage *st)
{
	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT && it->text_len == 5 &&
		    memcmp(st->scene.text + it->text, "pinch", 5) == 0)
			return it->box.y > 0 && it->box.y + it->box.h <= st->app.height;
	}
	return false;
}

/* Its title stays, and no line is cut by the edge of the page. */
static bool help_lines_are_whole(const struct stage *st)
{
	bool in_page = false, whole = true;
	struct box page = {0};

	for (size_t i = 0; i < st->scene.nr; i++) {
		const struct item *it = &st->scene.items[i];

		if (it->shape == SHAPE_TEXT &&
		    strcmp(st->scene.text + it->text, "Keys and mouse") == 0) {
			in_page = true;
			page = st->scene.clips[it->clip];
		}
		if (in_page && it->shape == SHAPE_TEXT)
			whole &= it->box.y >= page.y && it->box.y + it->box.h <= page.y + page.h;
	}
	return in_page && whole;
}

static void test_the_help_page_ends(void **state)
{
	struct stage *st = *state;
	struct view *v = &st->app.view;

	app_resize(&st->app, 480, 240, 1);
	key(st, "F1");
	assert_false(help_shows_its_end(st));
	assert_true(help_lines_are_whole(st));
	app_wheel(&st->app, 0, -1, 0);
	frame(st);
	assert_true(help_lines_are_whole(st));
	for (int i = 0; i < 100; i++)
		app_wheel(&st->app, 0, -1, 0);
	frame(st);
	assert_true(help_shows_its_end(st));
	for (int i = 0; i < 100; i++)
		app_wheel(&st->app, 0, 1, 0);
	assert_int_equal((int)v->help_scroll_px, 0);
	app_resize(&st->app, 1920, 1080, 1);
	frame(st);
	app_wheel(&st->app, 0, -1, 0); /* all of it is there */
	assert_int_equal((int)v->help_scroll_px, 0);
	assert_true(help_shows_its_end(st));
}

/* What Enter takes in the palette is on the screen, however low that is. */
static void test_the_palette_shows_what_is_chosen(void **state)
{
	struct stage *st = *state;

	app_resize(&st->app, 480, 240, 1);
	key(st, "Ctrl+P");
	for (int k = 0; k < 40; k++) {
		bool shown = false;

		key(st, "Down");
		for (size_t i = 0; i < st->scene.nr; i++) {
			const struct item *it = &st->scene.items[i];

			shown |= it->shape == SHAPE_HIT && it->ref.kind == REF_CHOICE &&
				 it->ref.index == st->app.entry.choice &&
				 it->box.y + it->box.h <= 240;
		}
		assert_true(shown);
	}
}

/* No act may break what others left behind, in any order. */
static void test_every_act_in_any_order(void **state)
{
	struct stage *st = *state;
	unsigned int seed = 7;

	for (int i = 0; i < 3000; i++) {
		enum action action = (enum action)(1 + rand_r(&seed) % (ACTION_NR - 1));

		if (action == ACTION_QUIT)
			continue;
		if (rand_r(&seed) % 3 == 0)
			point(st, 101, (double)(rand_r(&seed) % 100) / 100);
		else if (rand_r(&seed) % 3 == 0)
			app_text(&st->app, "r1");
		if (st->app.tree.nr_hidden || tree_is_folded(&st->app.tree, 100)) {
			tree_show_hidden(&st->app.tree);
			tree_fold(&st->app.tree, 100, false);
		}
		app_act(&st->app, action);
		if (rand_r(&seed) % 4 == 0)
			app_key(&st->app, rand_r(&seed) % 2 ? "Return" : "Escape");
		tree_show_hidden(&st->app.tree);
		tree_fold(&st->app.tree, 100, false);
		frame(st);
		assert_true(st->app.view.vp.target.span_ns >= VIEWPORT_MIN_SPAN_NS);
	}
}

static void finger(struct stage *st, float x0, float y0, float x1, float y1, int held)
{
	st->app.touch = true;
	app_press(&st->app, &st->scene, BUTTON_LEFT, 0, 1, x0, y0);
	for (int i = 0; i < held; i++)
		frame(st);
	app_motion(&st->app, &st->scene, (x0 + x1) / 2, (y0 + y1) / 2);
	frame(st);
	app_motion(&st->app, &st->scene, x1, y1);
	frame(st);
}

/* One finger moves the view, as everywhere; after a pause it measures; two zoom around what is
 * between them, and leave nothing of what the first began. */
static void test_fingers(void **state)
{
	struct stage *st = *state;
	struct app *app = &st->app;
	struct view *v = &app->view;
	struct box axis = view_axis(v);
	float y = axis.y + 40, x = axis.x + axis.w / 2;

	key(st, "W");
	key(st, "W");
	struct span before = v->vp.target;

	finger(st, x, y, x - 100, y, 0);
	app_release(app, &st->scene, BUTTON_LEFT, x - 100, y);
	assert_false(v->has_range);
	assert_int_equal(v->vp.target.span_ns, before.span_ns);
	assert_true(llabs(v->vp.target.begin_ns - before.begin_ns -
			  llround(100 * (double)before.span_ns / (double)axis.w)) < 1000);
	key(st, "Ctrl+Z");
	assert_int_equal(v->vp.target.begin_ns, before.begin_ns);

	finger(st, x, y, x + 100, y, 40);
	app_release(app, &st->scene, BUTTON_LEFT, x + 100, y);
	assert_true(v->has_range);
	assert_int_equal(v->vp.target.begin_ns, before.begin_ns);
	key(st, "Escape");

	finger(st, x, y, x + 60, y, 40); /* and then the second one comes */
	int64_t at_ns = viewport_time(&v->vp, x);

	for (int i = 0; i < 10; i++) {
		app_pinch(app, &st->scene, x, y, 0.03f);
		frame(st);
	}
	assert_false(v->has_range);
	assert_true(v->vp.now.span_ns < before.span_ns / 2);
	assert_true(llabs(viewport_time(&v->vp, x) - at_ns) < before.span_ns / 500);
	before = v->vp.target;
	for (int i = 0; i < 5; i++) { /* both go to the right: so does what they touch */
		app_pinch(app, &st->scene, x + 10 * (float)i, y, 0);
		frame(st);
	}
	assert_true(v->vp.target.begin_ns < before.begin_ns);
	app_motion(app, &st->scene, x, y);
	app_release(app, &st->scene, BUTTON_LEFT, x, y);
	assert_false(v->has_range);
	assert_int_equal(v->selected.kind, REF_NONE);
}

static bool is_sane(const struct box *box)
{
	return isfinite(box->x) && isfinite(box->y) && isfinite(box->w) && isfinite(box->h);
}

/* Windows of any size, down to a point, on displays of any density, whatever is open in them. */
static void test_any_size_at_any_moment(void **state)
{
	static const struct {
		float w, h, scale;
	} sizes[] = {{1, 1, 1},       {320, 200, 1},   {1, 700, 1},   {1400, 1, 1},
		     {160, 90, 3},    {480, 240, 1},   {999, 519, 1}, {1001, 521, .5f},
		     {3840, 2160, 2}, {7680, 4320, 4}, {250, 800, 1}, {800, 120, 4},
		     {1280, 720, 1}};
	struct stage *st = *state;
	unsigned int seed = 11;

	for (int i = 0; i < 1500; i++) {
		size_t at = (size_t)rand_r(&seed) % (sizeof(sizes) / sizeof(sizes[0]));
		enum action action = (enum action)(1 + rand_r(&seed) % (ACTION_NR - 1));

		if (action == ACTION_QUIT)
			continue;
		app_resize(&st->app, sizes[at].w, sizes[at].h, sizes[at].scale);
		app_motion(&st->app, &st->scene, (float)(rand_r(&seed) % 1400),
			   (float)(rand_r(&seed) % 900));
		if (rand_r(&seed) % 3 == 0)
			app_press(&st->app, &st->scene, (enum app_button)(rand_r(&seed) % 3), 0,
				  1 + rand_r(&seed) % 2, st->app.view.mouse_x,
				  st->app.view.mouse_y);
		app_act(&st->app, action);
		app_text(&st->app, "w");
		frame(st);
		for (size_t k = 0; k < st->scene.nr; k++)
			assert_true(is_sane(&st->scene.items[k].box));
		assert_true(isfinite(st->app.view.scroll_px) && st->app.view.scroll_px >= 0);
		assert_true(st->app.view.vp.now.span_ns >= VIEWPORT_MIN_SPAN_NS);
	}
}

#define PRESERVED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PRESERVED(test_a_narrow_window_says_all_it_has_to),
	    PRESERVED(test_the_help_page_ends),
	    PRESERVED(test_the_palette_shows_what_is_chosen),
	    PRESERVED(test_every_act_in_any_order),
	    PRESERVED(test_fingers),
	    PRESERVED(test_any_size_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
