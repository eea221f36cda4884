/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "trace/source.h"
#include "viz/lane.h"

#define FRAME_S      0.033
#define LIVE_FRAME_S 0.1 /* while it only follows: somebody may pay for the line */
#define WHOLE_S      1.0 /* then all lines are sent, for others may have written over them */
#define READ_NS      20000000
#define DOUBLE_S     0.4
#define ESCAPE_MS    25 /* what follows an escape comes at once, or it was the key */

/* Alternate screen, no cursor, mouse buttons with drags; and back. */
static const char enter_text[] = "\033[?1049h\033[?25l\033[?1002h\033[?1006h\033[2J";
/* Keys with Ctrl and Shift told apart, where a terminal can (xterm's modifyOtherKeys); and back. */
static const char enter_keys_text[] = "\033[>4;1m";
static const char leave_keys_text[] = "\033[>4m";
static const char ask_ground_text[] = "\033]11;?\033\\";
static const char leave_text[] = "\033[?1006l\033[?1002l\033[0m\033[?25h\033[?1049l";

/* What a signal handler needs; it can be told in no other way. */
static struct {
	int fd; /* -1: the screen is not ours */
	struct termios before;
	bool plain;
	volatile sig_atomic_t resized, resumed, ended;
} screen = {.fd = -1};

/* Terminals without colours, by the begin of their names as terminfo has them. */
static bool has_no_colors(const char *term)
{
	static const char *const begins[] = {"vt1",  "vt2",  "vt3",        "vt4",       "vt50",
					     "vt51", "vt52", "xterm-mono", "wy",        "tvi",
					     "adm",  "hp",   "sun",        "rxvt-basic"};
	size_t len = strlen(term);

	if (strstr(term, "color") || strncmp(term, "vt525", 5) == 0)
		return false;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(term, begins[i], strlen(begins[i])) == 0)
			return true;
	return (len > 2 && strcmp(term + len - 2, "-m") == 0) ||
	       (len > 5 && strcmp(term + len - 5, "-mono") == 0);
}

enum term_color term_color_of(const char *term, const char *colorterm, const char *none)
{
	if ((none && none[0]) || !term || strcmp(term, "dumb") == 0)
		return TERM_COLOR_NONE;
	if (colorterm && (strstr(colorterm, "truecolor") || strstr(colorterm, "24bit")))
		return TERM_COLOR_TRUE;
	if (strstr(term, "256") || strstr(term, "direct"))
		return TERM_COLOR_256;
	return has_no_colors(term) ? TERM_COLOR_NONE : TERM_COLOR_16;
}

bool term_is_dumb(const char *term)
{
	return !term || !term[0] || strcmp(term, "dumb") == 0;
}

bool term_is_plain(const char *term)
{
	return term_is_dumb(term) || strncmp(term, "linux", 5) == 0 || strncmp(term, "vt", 2) == 0;
}

bool term_is_light(const char *colorfgbg)
{
	const char *ground = colorfgbg ? strrchr(colorfgbg, ';') : NULL;

	return ground && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- printed ---- */

bool term_size(const struct term *t, int *columns, int *rows)
{
	struct winsize size = {0};

	if (ioctl(fileno(t->out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return false;
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

void term_build(const struct term *t, struct app *app, struct scene *scene, int max_rows)
{
	int columns = 100, height = 0, rows = t->rows;

	term_size(t, &columns, &height);
	tree_update(&app->tree, app->tl);
	if (rows == 0)
		rows = (int)(lane_place_rows(&app->view, &app->tree) / TERM_CELL_H) + 3;
	if (max_rows > 0 && rows > max_rows)
		rows = max_rows;
	app_resize(app, (float)((t->columns ? t->columns : columns) * TERM_CELL_W),
		   (float)(rows * TERM_CELL_H), 1);
	app_build(app, scene);
}

void term_print(const struct term *t, struct app *app)
{
	struct scene scene;

	scene_init(&scene, &term_measure);
	term_build(t, app, &scene, 0);
	paint_term(&scene, t->color, t->ascii, t->out);
	scene_done(&scene);
}

/* ---- the whole screen ---- */

struct keyboard {
	const struct term *t;
	struct app *app;
	int fd;
	struct scene scene;
	char bytes[256]; /* [nr] not taken yet */
	size_t nr;
	char *shown; /* the frame on the screen, lines separated by '\n' */
	double frame_s, whole_s;
	double press_s;
	int press_x, press_y;
	bool asked; /* for the terminal's ground, which it has not told yet */
};

void term_put(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Also called by signal handlers. */
static void screen_leave(void)
{
	if (screen.fd < 0)
		return;
	if (!screen.plain)
		term_put(screen.fd, leave_keys_text, sizeof(leave_keys_text) - 1);
	term_put(screen.fd, leave_text, sizeof(leave_text) - 1);
	tcsetattr(screen.fd, TCSANOW, &screen.before);
}

static void screen_enter(void)
{
	struct termios raw = screen.before;

	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(screen.fd, TCSANOW, &raw);
	term_put(screen.fd, enter_text, sizeof(enter_text) - 1);
	if (!screen.plain)
		term_put(screen.fd, enter_keys_text, sizeof(enter_keys_text) - 1);
}

/* The screen first, then what the signal does by itself: the handler was installed for once. */
static void on_fatal(int sig)
{
	screen_leave();
	raise(sig);
}

static void on_stop(int sig)
{
	screen_leave();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_note(int sig)
{
	if (sig == SIGWINCH)
		screen.resized = 1;
	else
		screen.resumed = 1;
}

static void watch(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigaction(sig, &action, NULL);
}

static void watch_signals(void)
{
	static const int fatal[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV,
				    SIGABRT, SIGBUS, SIGFPE, SIGILL};

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		watch(fatal[i], on_fatal, (int)SA_RESETHAND | SA_NODEFER);
	watch(SIGTSTP, on_stop, SA_NODEFER);
	watch(SIGCONT, on_note, 0);
	watch(SIGWINCH, on_note, 0);
}

bool term_has_keys(const struct term *t)
{
	int fd;
	bool ours;

	if (!isatty(fileno(t->out)) || t->dumb || t->columns || t->rows)
		return false;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	ours = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return ours;
}

static void take_size(struct keyboard *k)
{
	int columns = 80, rows = 24;

	screen.resized = 0;
	term_size(k->t, &columns, &rows);
	app_resize(k->app, (float)((columns < 20 ? 20 : columns) * TERM_CELL_W),
		   (float)((rows < 4 ? 4 : rows) * TERM_CELL_H), 1);
	free(k->shown);
	k->shown = NULL;
}

/* Sends the lines that differ from those on the screen. */
static void show(struct keyboard *k, char *text, bool whole)
{
	char *frame = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&frame, &len);
	const char *old = whole ? NULL : k->shown;
	int row = 1;

	if (!out)
		return;
	for (const char *line = text; *line; row++) {
		size_t n = strcspn(line, "\n"), m = old ? strcspn(old, "\n") : 0;

		if (!old || n != m || memcmp(line, old, n) != 0)
			fprintf(out, "\033[%d;1H%.*s\033[K", row, (int)n, line);
		line += n + (line[n] == '\n');
		if (old)
			old += m + (old[m] == '\n');
		if (old && !*old)
			old = NULL;
	}
	fclose(out);
	term_put(k->fd, frame, len);
	free(frame);
	free(k->shown);
	k->shown = text;
}

static void draw(struct keyboard *k)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool whole = k->app->view.mode == MODE_LIVE && now_s() - k->whole_s > WHOLE_S;

	if (!out)
		return;
	if (whole)
		k->whole_s = now_s();
	app_build(k->app, &k->scene);
	paint_term(&k->scene, k->t->color, k->t->ascii, out);
	fclose(out);
	show(k, text, whole);
	k->frame_s = now_s();
}

/* Pictures are those of a window. */
static void save_picture(struct app *app)
{
	struct view *v = &app->view;
	const struct metrics *metrics = v->theme.metrics;
	float width = app->width, height = app->height, scale = 1;
	struct measure measure = {theme_text_width, &scale};
	struct scene scene;
	struct err err = {0};
	char path[64];
	int n = 1;

	app->want_picture = false;
	do
		snprintf(path, sizeof(path), "conctrace-%d.svg", n);
	while (access(path, F_OK) == 0 && ++n < 1000);
	FILE *out = fopen(path, "w");

	if (!out) {
		app_say(app, "cannot write %s: %s", path, strerror(errno));
		return;
	}
	scene_init(&scene, &measure);
	v->theme.metrics = &metrics_window;
	app_resize(app, 1280, 720, 1);
	app_build(app, &scene);
	int r = paint_svg(&scene, 1, NULL, out, &err);

	v->theme.metrics = metrics;
	app_resize(app, width, height, 1);
	scene_done(&scene);
	if (fclose(out) != 0 || r < 0)
		app_say(app, "cannot write %s", path);
	else
		app_say(app, "saved %s", path);
}

static void take_mouse(struct keyboard *k, const struct term_input *in)
{
	struct app *app = k->app;
	float x = ((float)in->x + 0.5f) * TERM_CELL_W, y = ((float)in->y + 0.5f) * TERM_CELL_H;
	int clicks = 1;

	app_motion(app, &k->scene, x, y);
	if (in->wheel) {
		app_wheel(app, 0, (float)in->wheel, in->mods);
	} else if (in->press) {
		if (in->x == k->press_x && in->y == k->press_y && now_s() - k->press_s < DOUBLE_S)
			clicks = 2;
		k->press_x = in->x;
		k->press_y = in->y;
		k->press_s = now_s();
		app_press(app, &k->scene, in->button, in->mods, clicks, x, y);
	} else if (in->release) {
		app_release(app, &k->scene, in->button, x, y);
	}
}

/* A ground of its own asks for colours that can be read on it. */
static void take_ground(struct keyboard *k, rgba_t ground)
{
	bool light = rgba_contrast(ground, 0x000000ff) > rgba_contrast(ground, 0xffffffff);

	k->asked = false;
	k->app->view.theme.palette = light ? &palette_light : &palette_dark;
	k->app->dirty = true;
}

/* Where the mouse was is still where to zoom; but as a terminal tells of it only while a button is
 * held, what it was on is not shown any longer. */
static void take_key(struct keyboard *k, const struct term_input *in)
{
	k->app->mouse_old = true;
	if ((!in->key[0] || !app_key(k->app, in->key)) && in->text[0])
		app_text(k->app, in->text);
}

/* Keys typed; last: nothing follows what is here now. */
static void take_bytes(struct keyboard *k, bool last)
{
	struct term_input in;
	size_t used, at = 0;

	while ((used = term_parse(k->bytes + at, k->nr - at, last, &in)) > 0) {
		at += used;
		if (in.ground && k->asked)
			take_ground(k, in.ground);
		else if (in.is_mouse)
			take_mouse(k, &in);
		else
			take_key(k, &in);
	}
	memmove(k->bytes, k->bytes + at, k->nr - at);
	k->nr -= at;
}

/* Waits for keys, timeout_ms at most; false: the terminal is gone. */
static bool read_keys(struct keyboard *k, int timeout_ms)
{
	struct pollfd fd = {.fd = k->fd, .events = POLLIN};

	if (k->nr > 0 && timeout_ms > ESCAPE_MS)
		timeout_ms = ESCAPE_MS;
	int r = poll(&fd, 1, timeout_ms);

	if (r < 0)
		return errno == EINTR;
	if (r == 0) {
		take_bytes(k, true);
		return true;
	}
	ssize_t n = read(k->fd, k->bytes + k->nr, sizeof(k->bytes) - k->nr);

	if (n > 0) {
		k->nr += (size_t)n;
		take_bytes(k, k->nr == sizeof(k->bytes));
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static int wait_ms(const struct keyboard *k, int read, bool moving)
{
	const struct app *app = k->app;
	double left = k->frame_s + FRAME_S - now_s();

	if (read == 1 || app_studying(app))
		return 0;
	if (app->view.following && !app->view.frozen && moving)
		left = k->frame_s + LIVE_FRAME_S - now_s();
	if (app->dirty || moving)
		return left > 0 ? (int)(left * 1000) + 1 : 0;
	return read == -EAGAIN ? 50 : app->message[0] ? 200 : 1000;
}

static void run(struct keyboard *k)
{
	struct app *app = k->app;

	while (!app->quit) {
		struct err err = {0};
		int read = app_pump(app, READ_NS, &err);
		bool moving = app_tick(app, now_s());
		bool follows = moving && app->view.following && !app->view.frozen;

		if (screen.resumed) {
			screen.resumed = 0;
			watch(SIGTSTP, on_stop, SA_NODEFER);
			screen_enter();
			screen.resized = 1;
		}
		if (screen.resized)
			take_size(k);
		if (app->want_picture)
			save_picture(app);
		if (app->dirty && now_s() - k->frame_s >= (follows ? LIVE_FRAME_S : FRAME_S))
			draw(k);
		if (!read_keys(k, wait_ms(k, read, moving)))
			break;
	}
}

int term_run(const struct term *t, struct app *app, struct err *err)
{
	struct keyboard k = {.t = t, .app = app};

	k.fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (k.fd < 0 || tcgetattr(k.fd, &screen.before) < 0) {
		int code = errno;

		if (k.fd >= 0)
			close(k.fd);
		return err_set(err, code, "cannot use the terminal: %s", strerror(code));
	}
	scene_init(&k.scene, &term_measure);
	app->busy_s = now_s();
	screen.fd = k.fd;
	screen.plain = t->plain;
	watch_signals();
	screen_enter();
	k.asked = t->own_look && !t->plain && t->color != TERM_COLOR_NONE;
	if (k.asked)
		term_put(k.fd, ask_ground_text, sizeof(ask_ground_text) - 1);
	take_size(&k);
	run(&k);
	screen_leave();
	if (k.asked) /* an answer on its way is no command for the shell */
		tcflush(k.fd, TCIFLUSH);
	screen.fd = -1;
	close(k.fd);
	free(k.shown);
	scene_done(&k.scene);
	return 0;
}
