/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conctrace-view: a trace, finished or still growing, in a window, as a picture or in a terminal.
 * The only file of viz/ that prints and exits.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/out.h"
#include "base/version.h"
#include "import/import.h"
#include "viz/app.h"
#include "viz/bench.h"
#include "viz/describe.h"
#include "viz/options.h"
#include "viz/paint.h"
#include "viz/script.h"
#include "viz/term.h"

static bool has_failed;

static int fail(const struct err *err)
{
	fprintf(stderr, "conctrace-view: %s\n", err->text);
	has_failed = true;
	return 1;
}

/* However it ends: what did not get out is a failure, told once; not if nobody wants to read it. */
static void end_output(void)
{
	struct err err = {0};

	if (out_finish(&err) == 0 || has_failed)
		return;
	if (err.code == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	_exit(fail(&err));
}

static struct app_options app_options_of(const struct options *o, const struct timeline *tl)
{
	const struct trace_info *info = timeline_info(tl);
	struct app_options out = {
	    .title = info->command[0] ? info->command : o->path,
	    .palette = o->palette,
	    .live = o->live,
	    .all_tasks = o->all_tasks,
	    .critical = o->critical,
	    .inspector = true,
	    .table = true,
	    .from_ns = o->from_ns,
	    .hide_cpus = !(o->lanes & LANES_CORES),
	    .hide_tasks = !(o->lanes & LANES_TASKS),
	    .hide_locks = !(o->lanes & LANES_LOCKS),
	    .hide_notes = !(o->lanes & LANES_FINDINGS),
	    .hide_runq = !(o->lanes & LANES_QUEUE),
	};

	return out;
}

/* -ERANGE: nothing of the trace is in the range that was asked for. */
static int check_range(const struct options *o, uint64_t length_ns, struct err *err)
{
	if (o->from_ns == 0 || o->from_ns < length_ns)
		return 0;
	return err_set(err, ERANGE, "%s: the trace ends before --from", o->path);
}

static uint64_t length_ns(const struct timeline *tl)
{
	return timeline_end_ns(tl) - timeline_begin_ns(tl);
}

/* The same before all of it is read, where the file says when it ends. */
static int check_told(const struct options *o, const struct timeline *tl, struct err *err)
{
	const struct trace_info *info = timeline_info(tl);

	return info->end_ns > info->begin_ns ? check_range(o, info->end_ns - info->begin_ns, err)
					     : 0;
}

static uint64_t range_end(const struct options *o, const struct timeline *tl)
{
	if (o->to_ns)
		return o->to_ns;
	return o->from_ns ? length_ns(tl) : 0;
}

/* Reads to the end; what a broken end leaves is shown all the same. */
static void read_all(struct source *src, struct timeline *tl)
{
	struct err err = {0};
	int r;

	while ((r = timeline_pump(tl, 100000000, &err)) == 1 || r == -EAGAIN)
		if (r == -EAGAIN)
			source_wait(src, 100);
	if (r < 0)
		fprintf(stderr, "conctrace-view: %s (drawn up to there)\n", err.text);
}

static const char *title_of(void *payload, const struct ref *ref, char *buf, size_t len)
{
	return describe_line(payload, ref, buf, len);
}

static int write_svg(struct app *app, float scale, const char *path, struct err *err)
{
	struct measure measure = {theme_text_width, &scale};
	struct scene scene;
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");

	if (!out)
		return err_set(err, errno, "cannot write %s: %s", path, strerror(errno));
	scene_init(&scene, &measure);
	app_build(app, &scene);
	struct titles titles = {title_of, &app->view};
	int r = paint_svg(&scene, scale, &titles, out, err);

	scene_done(&scene);
	if (out != stdout && fclose(out) != 0 && r == 0)
		r = err_set(err, EIO, "cannot write %s: %s", path, strerror(errno));
	return r;
}

static int write_png(struct app *app, int width, int height, float scale, const char *path,
		     struct err *err)
{
	struct picture *pic = picture_open(width, height, scale, err);
	struct scene scene;

	if (!pic)
		return -err->code;
	scene_init(&scene, picture_measure(pic));
	app_build(app, &scene);
	int r = picture_write(pic, &scene, path, err);

	scene_done(&scene);
	picture_close(pic);
	return r;
}

/* Makes the picture higher until all lanes are in it; what they need changes with it, and what the
 * table needs with what is drawn. */
static int fit_lanes(struct app *app, int width, int height, float scale)
{
	struct measure measure = {theme_text_width, &scale};
	const struct layout *l = &app->view.layout;
	struct scene scene;

	scene_init(&scene, &measure);
	for (int i = 0; i < 8; i++) {
		app_build(app, &scene);
		float more = ceilf(l->rows_h - l->lanes.h);

		if (more < 1 || height >= OPTIONS_MAX_SIZE)
			break;
		height = more < (float)(OPTIONS_MAX_SIZE - height) ? height + (int)more
								   : OPTIONS_MAX_SIZE;
		app_resize(app, (float)width, (float)height, scale);
	}
	scene_done(&scene);
	return height;
}

static int run_picture(const struct options *o, struct source *src, struct timeline *tl,
		       struct err *err)
{
	bool svg = options_is_svg(o->output);
	int width = o->width ? o->width : 1280, height = o->height ? o->height : 720;
	float scale = o->scale > 0 ? (float)o->scale : width > 1920 ? 1.5f : 1;
	struct err read_err = {0};
	struct app app;

	struct study *study = study_open_tap(src);

	read_all(src, tl);
	if (check_range(o, length_ns(tl), err) < 0) {
		study_close(study);
		return -ERANGE;
	}
	struct app_options options = app_options_of(o, tl);

	options.still = true;
	options.live = false;
	options.study = study;
	options.to_ns = range_end(o, tl);
	app_init(&app, tl, &options);
	app_resize(&app, (float)width, (float)height, scale);
	app_pump(&app, 1, &read_err);
	app_study(&app);
	if (o->higher)
		height = fit_lanes(&app, width, height, scale);
	int r = svg ? write_svg(&app, scale, o->output, err)
		    : write_png(&app, width, height, scale, o->output, err);

	app_done(&app);
	return r;
}

/* ---- terminal ---- */

static enum term_color term_colors(const struct options *o)
{
	const char *when = o->color ? o->color : "auto", *term = getenv("TERM");
	bool always = strcmp(when, "always") == 0;

	if (strcmp(when, "never") == 0 || (!always && !isatty(STDOUT_FILENO)))
		return TERM_COLOR_NONE;
	enum term_color color =
	    term_color_of(term, getenv("COLORTERM"), always ? NULL : getenv("NO_COLOR"));

	return color == TERM_COLOR_NONE && always ? TERM_COLOR_TRUE : color;
}

/* Marks belong to a file; what comes by a pipe may become one, whose marks begin with this view. */
static void keep_marks(struct app *app, const struct options *o)
{
	if (o->kept && strcmp(o->path, "-") == 0)
		app_keep_marks(app, o->kept);
	else
		app_load_marks(app, o->path);
}

/* Whether the terminal shows UTF-8, as the locale says; of one that is not installed, as its name
 * says. Of the locale nothing else is taken: numbers are written as everywhere. */
static bool has_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	if (setlocale(LC_CTYPE, ""))
		return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

/* A file is read a second time by the analyses; what comes only once is shared. */
static struct study *study_of(const struct options *o, struct source *src)
{
	struct err err = {0};
	struct stat st;

	if (!o->live && strcmp(o->path, "-") != 0 && stat(o->path, &st) == 0 && S_ISREG(st.st_mode))
		return study_open_file(o->path, &err);
	return study_open_tap(src);
}

/* On a terminal with keys as the window would; printed where there are none, or when asked to. */
static int run_term(const struct options *o, struct source *src, struct timeline *tl,
		    struct err *err)
{
	struct term t = {.out = stdout,
			 .src = src,
			 .color = term_colors(o),
			 .ascii = o->ascii || (isatty(STDOUT_FILENO) && !has_utf8()),
			 .dumb = term_is_dumb(getenv("TERM")),
			 .plain = term_is_plain(getenv("TERM")),
			 .own_look = !o->palette,
			 .columns = o->width,
			 .rows = o->height};
	bool keys = !o->once && term_has_keys(&t);
	struct app_options options;
	struct err read_err = {0};
	struct app app;
	int r = 0;

	if (!o->live && !keys)
		read_all(src, tl);
	if ((!o->live && !keys ? check_range(o, length_ns(tl), err) : check_told(o, tl, err)) < 0)
		return -ERANGE;
	options = app_options_of(o, tl);
	options.still = !keys;
	options.inspector = keys;
	options.table = false;
	options.metrics = &metrics_terminal;
	if (!o->palette && term_is_light(getenv("COLORFGBG")))
		options.palette = &palette_light;
	options.to_ns = range_end(o, tl);
	options.study = keys || o->live ? study_of(o, src) : NULL;
	app_init(&app, tl, &options);
	if (keys) {
		keep_marks(&app, o);
		r = term_run(&t, &app, err);
	} else {
		app_pump(&app, 1, &read_err);
		if (o->live)
			r = term_follow(&t, &app, err);
		else
			term_print(&t, &app);
	}
	app_done(&app);
	return r;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && value[0];
}

/* Chosen here: SDL would try every driver it has, down to ones that show nothing, and some of them
 * complain in words of their own. */
static bool choose_display(void)
{
	if (is_set("SDL_VIDEODRIVER"))
		return true;
	if (is_set("DISPLAY"))
		setenv("SDL_VIDEODRIVER", is_set("WAYLAND_DISPLAY") ? "x11,wayland" : "x11", 1);
	else if (is_set("WAYLAND_DISPLAY"))
		setenv("SDL_VIDEODRIVER", "wayland", 1);
	else
		return false;
	return true;
}

/* What to do where there is a display by name, but no window can be opened on it. */
static void advise(const struct options *o, struct err *err)
{
	struct err what = *err;

	if (o->kept)
		err_set(err, what.code,
			"%s, recording goes on; without DISPLAY a live run shows its timeline in "
			"the terminal",
			what.text);
	else
		err_set(err, what.code, "%s: set DISPLAY, or use --term, or -o PICTURE.svg",
			what.text);
}

static int run_window(const struct options *o, struct source *src, struct timeline *tl,
		      struct err *err)
{
	struct term here = {.out = stdout, .dumb = term_is_dumb(getenv("TERM"))};

	if (!choose_display() && !o->script && term_has_keys(&here))
		return run_term(o, src, tl, err);
	if (!choose_display())
		return err_set(err, ENODEV,
			       "no display to open a window on: set DISPLAY, use --term for a "
			       "timeline here, or -o FILE.svg for a picture");
	if (check_told(o, tl, err) < 0)
		return -ERANGE;
	struct app_options options = app_options_of(o, tl);
	struct script script = {0};
	struct app app;

	if (o->script && script_open(&script, o->script, err) < 0)
		return -err->code;
	FILE *frames = o->frames ? fopen(o->frames, "w") : NULL;

	if (o->frames && !frames)
		return err_set(err, errno, "cannot write %s: %s", o->frames, strerror(errno));
	options.to_ns = range_end(o, tl);
	options.study = study_of(o, src);
	app_init(&app, tl, &options);
	app.frames = frames;
	keep_marks(&app, o);
	app_resize(&app, o->width ? (float)o->width : 1280, o->height ? (float)o->height : 720,
		   o->scale > 0 ? (float)o->scale : 1);
	int r = window_run(&app, !o->width, o->script ? &script : NULL, err);

	if (r == -ENODEV)
		advise(o, err);

	app_done(&app);
	script_close(&script);
	if (frames)
		fclose(frames);
	return r;
}

static int run_bench(const struct options *o, struct timeline *tl, struct err *err)
{
	struct app_options options = app_options_of(o, tl);
	struct app app;

	app_init(&app, tl, &options);
	app_resize(&app, o->width ? (float)o->width : 1920, o->height ? (float)o->height : 1080,
		   o->scale > 0 ? (float)o->scale : 1);
	int r = bench_run(&app, stdout, err);

	app_done(&app);
	return r;
}

/* A pipe is written to a file without a name as it passes, so that slices that left the memory can
 * be read again. Where that fails they stay in memory. */
static void keep_pipe(struct source *src)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && dir[0] ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		source_keep(src, fd);
}

/* Of glibc: what is large comes from the system and goes back to it, for good; else the room of a
 * page that went is filled with small things, and memory grows by a fifth. */
static void limit_heap(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

int main(int argc, char **argv)
{
	struct options o;
	struct err err = {0};

	out_guard();
	atexit(end_output);
	argp_program_version = VERSION_TEXT;
	limit_heap();
	if (options_parse(&o, argc, argv) < 0)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	struct source *src = source_open(o.path, &err);

	if (!src)
		return fail(&err);
	keep_pipe(src);
	source_follow(src, o.live); /* a file that still grows; a pipe does so by itself */
	struct timeline *tl = timeline_open(src); /* owns src from here on */
	int r = o.output  ? run_picture(&o, src, tl, &err)
		: o.term  ? run_term(&o, src, tl, &err)
		: o.bench ? run_bench(&o, tl, &err)
			  : run_window(&o, src, tl, &err);

	timeline_close(tl);
	if (r < 0)
		fail(&err);
	return r == -ERANGE ? 2 : r < 0; /* a range of nothing is wrong usage */
}
