/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline in a terminal that a program writes to meanwhile. The picture has the lower rows,
 * all others are a scroll region (DECSTBM): what the program writes scrolls there, where its cursor
 * is. Each frame is one write(2), which the kernel does not mix with those of others, and leaves
 * cursor, colours and region as it found them (DECSC, DECRC). Keys and settings are not touched.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "trace/source.h"
#include "viz/term.h"

#define FRAME_S     0.2
#define READ_NS     50000000
#define WAIT_MS     50
#define FIRST_NS    300000000 /* an editor has taken the terminal by then */
#define MIN_ROWS    12        /* of a terminal that has room for both */
#define MIN_COLUMNS 40
#define MIN_ABOVE   5

#define FREE_REGION "\0337\033[r\0338"
#define WIPE_BELOW \
	"\0337\033[0m\033[B\r\033[J\0338" /* a row below the cursor is taken for granted */

static const char leave_text[] = FREE_REGION;
static const char wipe_text[] = FREE_REGION "\033D\033[A" WIPE_BELOW;

/* What a signal handler needs. */
static struct {
	int fd;
	volatile sig_atomic_t height; /* of the picture in rows, 0: there is none, nor a region */
	volatile sig_atomic_t ended;
} shown = {.fd = -1};

struct follower {
	const struct term *t;
	struct app *app;
	struct scene scene;
	pid_t job;         /* of who started this: what has the terminal while COMMAND runs */
	int columns, rows; /* of the terminal, as it was when the picture got its place */
	bool possible;     /* to move the cursor */
	bool taken;        /* somebody has the whole terminal, till the end */
	bool stale;        /* below the cursor stands what is no picture any more */
	bool moved;        /* the terminal has another size than when the picture got its place */
	double drawn_s;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void on_end(int sig)
{
	shown.ended = sig;
}

/* The handler was installed for once. */
static void on_fatal(int sig)
{
	if (shown.height > 0)
		term_put(shown.fd, leave_text, sizeof(leave_text) - 1);
	raise(sig);
}

static void on_stop(int sig);

static void watch_stop(void)
{
	struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_NODEFER};

	sigaction(SIGTSTP, &stop, NULL);
}

/* Comes back when it is let go on. */
static void on_stop(int sig)
{
	if (shown.height > 0)
		term_put(shown.fd, wipe_text, sizeof(wipe_text) - 1);
	shown.height = 0;
	signal(sig, SIG_DFL);
	raise(sig);
	watch_stop();
}

/* The terminal has given up the region: before more is written into the picture it is wiped. */
static void on_resize(int sig)
{
	(void)sig;
	if (shown.height > 0)
		term_put(shown.fd, wipe_text, sizeof(wipe_text) - 1);
	shown.height = 0;
}

static void watch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
	struct sigaction end = {.sa_handler = on_end};
	struct sigaction resize = {.sa_handler = on_resize, .sa_flags = (int)SA_RESTART};
	struct sigaction die = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &end, NULL);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &die, NULL);
	sigaction(SIGWINCH, &resize, NULL);
	signal(SIGTTOU, SIG_IGN); /* it is no part of the job in the foreground */
	watch_stop();
}

/*
 * No region, that many free rows below the cursor, and nothing on them. What must make way scrolls
 * up and the cursor with it, so whoever writes goes on where he was.
 */
static void make_room(FILE *out, int rows)
{
	fputs(FREE_REGION, out);
	for (int i = 0; i < rows; i++)
		fputs("\033D", out);
	fprintf(out, "\033[%dA" WIPE_BELOW, rows);
}

/* wipe: else what is on the screen belongs to who has taken it. */
static void withdraw(struct follower *f, bool wipe)
{
	if (wipe && (shown.height > 0 || f->stale))
		term_put(shown.fd, wipe_text, sizeof(wipe_text) - 1);
	else if (shown.height > 0)
		term_put(shown.fd, leave_text, sizeof(leave_text) - 1);
	f->stale = !wipe && (f->stale || shown.height > 0);
	shown.height = 0;
}

/* Looks who has the terminal, and how large it is; true: there may be a picture on it. */
static bool look(struct follower *f)
{
	int fd = fileno(f->t->out), columns = 0, rows = 0;
	pid_t job = tcgetpgrp(fd);
	struct termios settings;

	if (!f->possible || !term_size(f->t, &columns, &rows))
		return false;
	if (job >= 0 && job != getpgrp() &&
	    job != f->job) { /* a shell's, while this one is stopped */
		withdraw(f, true);
		return false;
	}
	if (tcgetattr(fd, &settings) == 0 && !(settings.c_lflag & ICANON)) {
		f->taken = true;
		withdraw(f, false);
		return false;
	}
	if (f->taken)
		withdraw(f, true); /* what came before it is no picture any more */
	if (f->taken)
		return false;
	if (rows < MIN_ROWS || columns < MIN_COLUMNS) {
		withdraw(f, true);
		return false;
	}
	if (rows != f->rows || columns != f->columns) {
		f->moved = true;
		f->drawn_s = 0;
	}
	f->rows = rows;
	f->columns = columns;
	return true;
}

/* The picture, as many rows of it as were asked for or stand there; its place only ever grows. */
static void put_rows(FILE *out, const char *text, int top, int rows)
{
	fputs("\0337\033[0m", out);
	for (int row = 0; row < rows; row++) {
		size_t len = strcspn(text, "\n");

		fprintf(out, "\033[%d;1H\033[K%.*s", top + row + 1, (int)len, text);
		text += len + (text[len] == '\n');
	}
	fputs("\033[0m\0338", out);
}

static void draw(struct follower *f)
{
	int above = f->rows / 3 > MIN_ABOVE ? f->rows / 3 : MIN_ABOVE;
	char *text = NULL, *frame = NULL;
	size_t text_len = 0, len = 0;
	FILE *out = open_memstream(&text, &text_len);

	if (!out)
		return;
	term_build(f->t, f->app, &f->scene, f->rows - above);
	paint_term(&f->scene, f->t->color, f->t->ascii, out);
	fclose(out);
	out = open_memstream(&frame, &len);
	if (out) {
		int height = (int)(f->scene.height / TERM_CELL_H);

		if (shown.height > height && !f->moved)
			height = shown.height;
		if (height != shown.height || f->moved) {
			make_room(out, height);
			fprintf(out, "\0337\033[1;%dr\0338", f->rows - height);
		}
		put_rows(out, text, f->rows - height, height);
		fclose(out);
		shown.height = height;
		f->moved = false;
		term_put(shown.fd, frame, len);
		free(frame);
	}
	free(text);
}

static void follow(struct follower *f, struct err *err, int *res)
{
	while (((*res = app_pump(f->app, READ_NS, err)) == 1 || *res == -EAGAIN) && !shown.ended) {
		double s = now_s();

		if (*res == -EAGAIN)
			source_wait(f->t->src, WAIT_MS);
		app_tick(f->app, s);
		if (!look(f) || s - f->drawn_s < FRAME_S ||
		    app_end(f->app) - app_begin(f->app) < FIRST_NS)
			continue;
		f->drawn_s = s;
		draw(f);
	}
}

int term_follow(const struct term *t, struct app *app, struct err *err)
{
	struct follower f = {.t = t,
			     .app = app,
			     .job = getpgid(getppid()),
			     .possible = isatty(fileno(t->out)) && !t->dumb};
	int r;

	scene_init(&f.scene, &term_measure);
	shown.fd = fileno(t->out);
	watch_signals();
	follow(&f, err, &r);
	withdraw(&f, true);
	if (f.possible)
		term_put(shown.fd, "\n", 1); /* the program's last line may have no end */
	app_act(app, ACTION_ALL);
	viewport_settle(&app->view.vp);
	app->view.mode = app->view.mode == MODE_LIVE ? MODE_ENDED : app->view.mode;
	app->message[0] = '\0';
	term_print(t, app);
	scene_done(&f.scene);
	return r < 0 && r != -EAGAIN ? r : 0;
}
