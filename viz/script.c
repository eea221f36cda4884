/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/describe.h"
#include "viz/panels.h"

int script_open(struct script *script, const char *path, struct err *err)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	size_t cap = 0, nr = 0, got;

	memset(script, 0, sizeof(*script));
	if (!in)
		return err_set(err, errno, "cannot read the script %s: %s", path, strerror(errno));
	do {
		script->text = mem_grow(script->text, &cap, nr + 4097, 1);
		got = fread(script->text + nr, 1, 4096, in);
		nr += got;
	} while (got > 0);
	script->text[nr] = '\0';
	script->at = script->text;
	script->path = path;
	if (in != stdin)
		fclose(in);
	return 0;
}

void script_close(struct script *script)
{
	free(script->text);
	memset(script, 0, sizeof(*script));
}

void script_print_state(const struct app *app, FILE *out)
{
	static const char *const modes[] = {"replay", "live", "ended"};
	const struct view *v = &app->view;
	struct box track, thumb = {0};

	panel_scroll_bar(v, &track, &thumb);
	fprintf(
	    out,
	    "%s begin=%" PRId64 " span=%" PRId64 " scroll=%.0f records=%" PRIu64
	    " rows=%zu selected=%u:%u:%u following=%d frozen=%d playing=%d help=%d range=%" PRId64
	    " found=%zu at=%zu entry=%d marks=%zu hidden=%u pinned=%zu tab=%d tabrows=%zu a=%d b=%d"
	    " theme=%s color=%d path=%d text=%.2f table=%d inspector=%d loop=%d"
	    " sort=%u order=%d moves=%zu playhead=%" PRId64
	    " headings=%.0f bar=%.0f:%.0f scale=%.2f message=%s\n",
	    modes[v->mode], v->vp.target.begin_ns - (int64_t)timeline_begin_ns(app->tl),
	    v->vp.target.span_ns, (double)v->scroll_px, app->seen_records, app->tree.nr,
	    v->selected.kind, v->selected.lane, v->selected.index, v->following, v->frozen,
	    v->playing, v->help, v->has_range ? v->range_end_ns - v->range_begin_ns : 0,
	    app->find.nr, app->find.at, app->entry.mode, app->marks.nr, app->tree.nr_hidden,
	    app->tree.nr_pinned, app->tabs.open, app->tabs.nr, v->has_a, v->has_b,
	    v->theme.palette->name, v->color_by, v->show_path, (double)app->user_scale,
	    app->table_open, app->inspector_open, v->looping, app->tabs.of[app->tabs.open].sort,
	    app->tabs.of[app->tabs.open].ascending, app->tree.moves.nr,
	    v->playhead_ns == INT64_MAX ? -1 : v->playhead_ns - app_begin(app),
	    (double)(v->layout.table.y + px(v, 41)), (double)(thumb.x + thumb.w / 2),
	    (double)(thumb.y + thumb.h / 2), (double)v->theme.scale, app->message);
	fflush(out);
}

/* Title, sentences and numbers of the right panel. */
static void print_description(const struct app *app, FILE *out)
{
	struct description d;

	if (!describe(&app->view, &app->view.selected, &d)) {
		fprintf(out, "nothing is selected\n");
		return;
	}
	fprintf(out, "%s \xc2\xb7 %s\n", d.title, d.subtitle);
	for (size_t i = 0; i < d.nr_lines; i++)
		fprintf(out, "  %s\n", d.lines[i]);
	for (size_t i = 0; i < d.nr_rows; i++)
		fprintf(out, "  %s: %s\n", d.rows[i].key, d.rows[i].value);
	fflush(out);
}

static void do_drag(struct app *app, const struct scene *scene, const float *at)
{
	app_press(app, scene, BUTTON_LEFT, 0, 1, at[0], at[1]);
	app_motion(app, scene, (at[0] + at[2]) / 2, (at[1] + at[3]) / 2);
	app_motion(app, scene, at[2], at[3]);
	app_release(app, scene, BUTTON_LEFT, at[2], at[3]);
}

static bool do_mouse(struct app *app, const struct scene *scene, const char *word, const char *rest)
{
	float at[4] = {0};
	char mod[16] = "";

	if (strcmp(word, "wheel") == 0) {
		if (sscanf(rest, "%f %15s", &at[0], mod) < 1)
			return false;
		app_wheel(app, 0, at[0],
			  strcmp(mod, "ctrl") == 0    ? APP_CTRL
			  : strcmp(mod, "shift") == 0 ? APP_SHIFT
						      : 0);
		return true;
	}
	int nr = sscanf(rest, "%f %f %f %f", &at[0], &at[1], &at[2], &at[3]);

	if (strcmp(word, "drag") == 0 && nr == 4) {
		do_drag(app, scene, at);
		return true;
	}
	if (nr != 2)
		return false;
	app_motion(app, scene, at[0], at[1]);
	if (strcmp(word, "move") == 0)
		return true;
	if (strcmp(word, "click") != 0 && strcmp(word, "double") != 0)
		return false;
	app_press(app, scene, BUTTON_LEFT, 0, 1, at[0], at[1]);
	app_release(app, scene, BUTTON_LEFT, at[0], at[1]);
	if (strcmp(word, "double") == 0) {
		app_press(app, scene, BUTTON_LEFT, 0, 2, at[0], at[1]);
		app_release(app, scene, BUTTON_LEFT, at[0], at[1]);
	}
	return true;
}

/* 1: done, 0: not yet, -EINVAL: what is that? */
static int do_line(struct script *script, struct app *app, const struct scene *scene, bool moving,
		   double now_s, FILE *out, const char *word, const char *rest)
{
	enum action action = action_by_word(word);

	if (action != ACTION_NONE) {
		app_act(app, action);
		return 1;
	}
	if (strcmp(word, "key") == 0 && rest[0]) {
		app_key(app, rest);
		return 1;
	}
	if (strcmp(word, "type") == 0) {
		app_text(app, rest);
		return 1;
	}
	if (strcmp(word, "wait-records") == 0)
		return app->seen_records >= strtoull(rest, NULL, 10) || app->complete;
	if (strcmp(word, "wait-end") == 0)
		return app->complete;
	if (strcmp(word, "wait-still") == 0)
		return !moving && !app->dirty && !app_studying(app);
	if (strcmp(word, "wait") == 0) {
		if (!script->waiting)
			script->until_s = now_s + strtod(rest, NULL);
		script->waiting = now_s < script->until_s;
		return !script->waiting;
	}
	if (strcmp(word, "state") == 0) {
		script_print_state(app, out);
		return 1;
	}
	if (strcmp(word, "tell") == 0) {
		print_description(app, out);
		return 1;
	}
	if (strcmp(word, "echo") == 0) {
		app->echo = true;
		return 1;
	}
	if (strcmp(word, "screenshot") == 0 && rest[0]) {
		snprintf(script->screenshot, sizeof(script->screenshot), "%s", rest);
		app->dirty = true;
		return 1;
	}
	return do_mouse(app, scene, word, rest) ? 1 : -EINVAL;
}

int script_run(struct script *script, struct app *app, const struct scene *scene, bool moving,
	       double now_s, FILE *out, struct err *err)
{
	while (*script->at) {
		size_t len = strcspn(script->at, "\n");
		char line[600], word[32] = "", rest[512] = "";

		if (script->screenshot[0])
			return 1; /* the frame first */
		snprintf(line, sizeof(line), "%.*s", (int)len, script->at);
		line[strcspn(line, "#")] = '\0';
		if (sscanf(line, "%31s %511[^\n]", word, rest) >= 1) {
			int r = do_line(script, app, scene, moving, now_s, out, word, rest);

			if (r == 0)
				return 1;
			if (r < 0)
				return err_set(err, EINVAL,
					       "%s:%d: '%s' is no act that can be done",
					       script->path, script->line + 1, line);
		}
		script->at += len + (script->at[len] == '\n');
		script->line++;
		/* What an act changed is seen by the next one: a frame lies between. */
		if (app->dirty && word[0])
			return 1;
	}
	return script->screenshot[0] ? 1 : 0;
}
