/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/options.h"

#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"

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
	KEY_CRITICAL,
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
    {"critical", KEY_CRITICAL, 0, 0,
     "Draw the critical path through the lanes, as K does in the window, and open its table", 1},
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

/* Options that say no more than that they were given, and those whose text is taken as it is. */
static const struct {
	int key;
	size_t at; /* of a bool of struct options */
} flags[] = {
    {KEY_ALL, offsetof(struct options, all_tasks)},
    {KEY_TERM, offsetof(struct options, term)},
    {KEY_ONCE, offsetof(struct options, once)},
    {KEY_LIVE, offsetof(struct options, live)},
    {KEY_ASCII, offsetof(struct options, ascii)},
    {KEY_BENCH, offsetof(struct options, bench)},
    {KEY_CRITICAL, offsetof(struct options, critical)},
};

static const struct {
	int key;
	size_t at; /* of a const char * of struct options */
} texts[] = {
    {KEY_KEPT, offsetof(struct options, kept)},
    {KEY_SCRIPT, offsetof(struct options, script)},
    {KEY_FRAMES, offsetof(struct options, frames)},
};

/* The LANES_* of a list; 0: one of its words is no kind of lanes. */
static unsigned int parse_lanes(const char *list)
{
	static const char *const names[] = {"findings", "cores", "tasks", "locks", "queue"};
	const size_t nr = sizeof(names) / sizeof(names[0]);
	unsigned int lanes = 0;

	do {
		size_t n = strcspn(list, ","), i = 0;

		while (i < nr && (strlen(names[i]) != n || strncmp(names[i], list, n) != 0))
			i++;
		if (i == nr)
			return 0;
		lanes |= 1U << i;
		list += n;
	} while (*list++ == ',');
	return lanes;
}

/* "1280x720", or "1280x720+" */
static int parse_size(const char *text, struct options *o)
{
	char more = 0, end;
	int nr = sscanf(text, "%5dx%5d%c%c", &o->width, &o->height, &more, &end);

	if (nr < 2 || nr > 3 || (more && more != '+') || o->width < 160 || o->height < 120 ||
	    o->width > OPTIONS_MAX_SIZE || o->height > OPTIONS_MAX_SIZE)
		return -EINVAL;
	o->higher = more;
	return 0;
}

static int parse_cells(struct argp_state *state, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*end || n < 4 || n > 2000)
		argp_error(state, "'%s' is not a number from 4 to 2000", arg);
	return (int)n;
}

static uint64_t parse_time(struct argp_state *state, const char *arg)
{
	struct err err = {0};
	uint64_t ns = 0;

	if (duration_parse(arg, &ns, &err) < 0)
		argp_error(state, "%s", err.text);
	return ns;
}

static double parse_scale(struct argp_state *state, const char *arg)
{
	char *end;
	double scale = strtod(arg, &end);

	if (*end || !(scale >= 0.5 && scale <= 4))
		argp_error(state, "'%s' is no scale from 0.5 to 4", arg);
	return scale;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

bool options_is_svg(const char *path)
{
	return ends_with(path, ".svg") || strcmp(path, "-") == 0;
}

static bool take_plain(struct options *o, int key, char *arg)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].key == key)
			return *(bool *)((char *)o + flags[i].at) = true;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].key == key) {
			*(const char **)((char *)o + texts[i].at) = arg;
			return true;
		}
	return false;
}

/* What is missing, or does not go together. */
static void check_whole(struct argp_state *state, struct options *o)
{
	if (!o->path && isatty(STDIN_FILENO))
		argp_error(state, "which trace? conctrace-view FILE, or - for a pipe");
	if (!o->path)
		o->path = "-";
	if (o->picture && !o->output)
		argp_error(state, "where to? conctrace picture FILE -o X.png (or X.svg)");
	if (o->to_ns && o->to_ns <= o->from_ns)
		argp_error(state, "--to must be later than --from");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		if (state->child_inputs)
			state->child_inputs[0] = o;
		break;
	case 'o':
		if (!options_is_svg(arg) && !ends_with(arg, ".png"))
			argp_error(state, "%s: a picture is called .png or .svg", arg);
		o->output = arg;
		break;
	case KEY_FROM:
		o->from_ns = parse_time(state, arg);
		break;
	case KEY_TO:
		o->to_ns = parse_time(state, arg);
		break;
	case KEY_SIZE:
		if (parse_size(arg, o) < 0)
			argp_error(state, "'%s' is no size: write 1280x720", arg);
		break;
	case KEY_SCALE:
		o->scale = parse_scale(state, arg);
		break;
	case KEY_LANES:
		o->lanes = parse_lanes(arg);
		if (!o->lanes)
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
	case KEY_WIDTH:
		o->width = parse_cells(state, arg);
		break;
	case KEY_HEIGHT:
		o->height = parse_cells(state, arg);
		break;
	case KEY_COLOR:
		o->color = arg;
		if (strcmp(arg, "always") && strcmp(arg, "never") && strcmp(arg, "auto"))
			argp_error(state, "'%s': --color is always, never or auto", arg);
		break;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one trace at a time: '%s' is a second one", arg);
		o->path = arg;
		break;
	case ARGP_KEY_END:
		check_whole(state, o);
		break;
	default:
		return take_plain(o, key, arg) ? 0 : ARGP_ERR_UNKNOWN;
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

int options_parse(struct options *out, int argc, char **argv)
{
	*out = (struct options){.lanes = LANES_ALL};
	out->picture = ends_with(argv[0], " picture"); /* as conctrace calls it */
	argp_err_exit_status = 2;
	return -argp_parse(out->picture ? &picture_argp : &view_argp, argc, argv, 0, NULL, out);
}
