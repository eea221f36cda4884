/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conctrace-view: a trace, finished or still growing, in a window, as a picture or in a terminal.
 * The only file of viz/ that reads arguments, prints and exits.
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
#include "viz/paint.h"
#include "viz/script.h"
#include "viz/term.h"

struct options {
	const char *path, *kept, *output, *script, *lanes, *frames;
	const struct palette *palette;
	bool picture; /* conctrace picture */
	bool term, once, live, ascii, all_tasks, bench;
	const char *color;
	int width, height; /* px, or cells of a terminal; 0: as it fits */
	bool higher;       /* a picture is as much higher as its lanes need */
	double scale;
	uint64_t from_ns, to_ns;
};

enum {
	KEY_FROM = 256,
	KEY_TO,
	KEY_SIZE,
	KEY_LANES,
	KEY_TERM,
	KEY_ONCE,
	KEY_LIVE,
	KEY_WIDTH,
	KEY_HEIGHT,
	KEY_COLOR,
	KEY_ASCII,
	KEY_SCRIPT,
	KEY_THEME,
	KEY_SCALE,
	KEY_ALL,
	KEY_BENCH,
	KEY_FRAMES,
	KEY_KEPT,
};

/* Of pictures and of what is looked at; picture takes these and where to. */
static const struct argp_option shared_rows[] = {
    {"from", KEY_FROM, "TIME", 0, "First moment shown, since the begin of the trace (2.5s, 80ms)",
     1},
    {"to", KEY_TO, "TIME", 0, "Last moment shown", 1},
    {"size", KEY_SIZE, "WxH", 0,
     "Size of the picture or window in pixels (1280x720); WxH+: a picture is higher where "
     "its lanes need it",
     1},
    {"scale", KEY_SCALE, "N", 0, "Size of text and lanes (1; 1.5 for pictures above 1920 wide)", 1},
    {"lanes", KEY_LANES, "LIST", 0, "What to show: findings, cores, tasks, locks, queue (all)", 1},
    {"theme", KEY_THEME, "NAME", 0, "dark or light (dark)", 1},
    {"all-tasks", KEY_ALL, 0, 0, "Show tasks that were not traced, too", 1},
    {0}};

static const struct argp_option picture_rows[] = {
    {"output", 'o', "PICTURE", 0,
     "Where to: a name that ends in .png or .svg, or - for an SVG on standard output", 0},
    {0}};

static const struct argp_option view_rows[] = {
    {"picture", 'o', "FILE", 0, "Draw a picture (FILE.png or FILE.svg) and end", 0},
    {"output", 'o', 0, OPTION_ALIAS, 0, 0},
    {"term", KEY_TERM, 0, 0, "Show the timeline in the terminal instead of a window", 2},
    {"once", KEY_ONCE, 0, 0, "With --term: print it and end, as where no terminal is", 2},
    {"live", KEY_LIVE, 0, 0, "Follow the live edge; with --term, draw again while it grows", 2},
    {"kept", KEY_KEPT, "FILE", 0,
     "Where the trace that comes by a pipe is kept, too: its marks are written beside it", 2},
    {"width", KEY_WIDTH, "N", 0, "Columns (the terminal's, or 100)", 2},
    {"height", KEY_HEIGHT, "N", 0, "Lines (as many as there are lanes)", 2},
    {"color", KEY_COLOR, "WHEN", 0, "always, never or auto (auto)", 2},
    {"ascii", KEY_ASCII, 0, 0, "No characters but ASCII", 2},
    {"script", KEY_SCRIPT, "FILE", 0, "Do what FILE says, one act per line", 3},
    {"frames", KEY_FRAMES, "FILE", 0,
     "Write of each frame when it was shown, up to when it tells (CLOCK_MONOTONIC ns), and after "
     "how many acts",
     3},
    {"bench", KEY_BENCH, 0, 0, "Measure frames, without a window (1920x1080)", 3},
    {0}};

static bool word_in(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");

		if (n == len && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* Whether each word of a list is a kind of lanes. */
static bool are_lanes(const char *list)
{
	char word[16];

	do {
		size_t n = strcspn(list, ",");

		if (n >= sizeof(word))
			return false;
		memcpy(word, list, n);
		word[n] = 0;
		if (!word_in("findings,cores,tasks,locks,queue", word))
			return false;
		list += n;
	} while (*list++ == ',');
	return true;
}

#define MAX_SIZE 16384 /* px */

/* "1280x720", or "1280x720+" */
static int parse_size(const char *text, struct options *o)
{
	char more = 0, end;
	int nr = sscanf(text, "%5dx%5d%c%c", &o->width, &o->height, &more, &end);

	if (nr < 2 || nr > 3 || (more && more != '+') || o->width < 160 || o->height < 120 ||
	    o->width > MAX_SIZE || o->height > MAX_SIZE)
		return -EINVAL;
	o->higher = more;
	return 0;
}

static int parse_cells(struct argp_state *state, const char *arg, int *out)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*end || n < 4 || n > 2000)
		argp_error(state, "'%s' is not a number from 4 to 2000", arg);
	*out = (int)n;
	return 0;
}

static void parse_time(struct argp_state *state, const char *arg, uint64_t *out)
{
	struct err err = {0};

	if (duration_parse(arg, out, &err) < 0)
		argp_error(state, "%s", err.text);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

static bool is_svg(const char *path)
{
	return ends_with(path, ".svg") || strcmp(path, "-") == 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		if (state->child_inputs)
			state->child_inputs[0] = o;
		break;
	case 'o':
		if (!is_svg(arg) && !ends_with(arg, ".png"))
			argp_error(state, "%s: a picture is called .png or .svg", arg);
		o->output = arg;
		break;
	case KEY_FROM:
		parse_time(state, arg, &o->from_ns);
		break;
	case KEY_TO:
		parse_time(state, arg, &o->to_ns);
		break;
	case KEY_SIZE:
		if (parse_size(arg, o) < 0)
			argp_error(state, "'%s' is no size: write 1280x720", arg);
		break;
	case KEY_SCALE:
		o->scale = strtod(arg, &end);
		if (*end || !(o->scale >= 0.5 && o->scale <= 4))
			argp_error(state, "'%s' is no scale from 0.5 to 4", arg);
		break;
	case KEY_LANES:
		o->lanes = arg;
		if (!are_lanes(arg))
			argp_error(state,
				   "'%s': lanes are findings, cores, tasks, locks, queue, or "
				   "several: cores,locks",
				   arg);
		break;
	case KEY_THEME:
		o->palette = palette_by_name(arg);
		if (!o->palette)
			argp_error(state, "there is no theme '%s': dark or light", arg);
		break;
	case KEY_ALL:
		o->all_tasks = true;
		break;
	case KEY_TERM:
		o->term = true;
		break;
	case KEY_ONCE:
		o->once = true;
		break;
	case KEY_LIVE:
		o->live = true;
		break;
	case KEY_KEPT:
		o->kept = arg;
		break;
	case KEY_WIDTH:
		return parse_cells(state, arg, &o->width);
	case KEY_HEIGHT:
		return parse_cells(state, arg, &o->height);
	case KEY_COLOR:
		o->color = arg;
		if (strcmp(arg, "always") && strcmp(arg, "never") && strcmp(arg, "auto"))
			argp_error(state, "'%s': --color is always, never or auto", arg);
		break;
	case KEY_ASCII:
		o->ascii = true;
		break;
	case KEY_BENCH:
		o->bench = true;
		break;
	case KEY_SCRIPT:
		o->script = arg;
		break;
	case KEY_FRAMES:
		o->frames = arg;
		break;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one trace at a time: '%s' is a second one", arg);
		o->path = arg;
		break;
	case ARGP_KEY_END:
		if (o->picture && !o->output)
			argp_error(state, "where to? conctrace picture FILE -o X.png (or X.svg)");
		if (o->to_ns && o->to_ns <= o->from_ns)
			argp_error(state, "--to must be later than --from");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp shared_argp = {.options = shared_rows, .parser = parse_option};
static const struct argp_child shared[] = {{&shared_argp, 0, NULL, 0}, {0}};

static const struct argp view_argp = {
    .options = view_rows,
    .parser = parse_option,
    .args_doc = "FILE|-",
    .doc = "Shows a trace in a window: what every core does, and why every thread is not "
	   "running.\v"
	   "Keys and mouse are on the help page of the window: F1 or ?. "
	   "Exit status: 0, 1 when something failed, 2 for wrong usage.",
    .children = shared,
};

static const struct argp picture_argp = {
    .options = picture_rows,
    .parser = parse_option,
    .args_doc = "FILE|- -o PICTURE",
    .doc = "Draws a trace as the window would show it, without a display.\v"
	   "Exit status: 0, 1 when something failed, 2 for wrong usage.",
    .children = shared,
};

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
	    .inspector = true,
	    .table = true,
	    .from_ns = o->from_ns,
	};

	out.hide_cpus = o->lanes && !word_in(o->lanes, "cores");
	out.hide_tasks = o->lanes && !word_in(o->lanes, "tasks");
	out.hide_locks = o->lanes && !word_in(o->lanes, "locks");
	out.hide_notes = o->lanes && !word_in(o->lanes, "findings");
	out.hide_runq = o->lanes && !word_in(o->lanes, "queue");
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

/* Makes the picture higher until all lanes are in it; what they need changes with it. */
static int fit_lanes(struct app *app, int width, int height, float scale)
{
	const struct layout *l = &app->view.layout;

	for (int i = 0; i < 8; i++) {
		app_place(app);
		float more = ceilf(l->rows_h - l->lanes.h);

		if (more < 1 || height >= MAX_SIZE)
			break;
		height = more < (float)(MAX_SIZE - height) ? height + (int)more : MAX_SIZE;
		app_resize(app, (float)width, (float)height, scale);
	}
	return height;
}

static int run_picture(const struct options *o, struct source *src, struct timeline *tl,
		       struct err *err)
{
	bool svg = is_svg(o->output);
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
	struct options o = {.picture = ends_with(argv[0], " picture")}; /* as conctrace calls it */
	struct err err = {0};

	out_guard();
	atexit(end_output);
	argp_program_version = VERSION_TEXT;
	argp_err_exit_status = 2;
	limit_heap();
	if (argp_parse(o.picture ? &picture_argp : &view_argp, argc, argv, 0, NULL, &o) != 0)
		return 2;
	if (!o.path && isatty(STDIN_FILENO)) {
		fprintf(stderr,
			"conctrace-view: which trace? conctrace-view FILE, or - for a pipe\n");
		return 2;
	}
	if (!o.path)
		o.path = "-";
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
