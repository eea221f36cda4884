/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/mem.h"
#include "base/plain.h"
#include "viz/nav.h"
#include "viz/paint.h"

#define FRAME_S          (1.0 / 60)
#define SMALLEST_NS      1000000 /* deepest zoom */
#define FRAMES_PER_PLACE 12
#define MIN_FRAMES       300
#define FIRST_TARGET_S   0.5
#define FRAME_TARGET_MS  16.0
#define MEMORY_TARGET    300e6

struct bench {
	struct app *app;
	struct picture *pic;
	struct scene scene;
	double now_s;   /* the app's clock: one frame each, whatever a frame takes */
	double *cpu_ms; /* [nr] time of this thread, which others on the machine do not change */
	double *wall_ms;
	size_t nr, cap_cpu, cap_wall;
	size_t most_items;
	unsigned int lanes; /* most on the screen at once */
	size_t reads;       /* frames after which there was more to read again */
};

static double clock_s(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Since exec, loading of libraries included: proc(5), field 22, in ticks since boot. The tick is
 * rounded down, so that the answer is too long by up to 10 ms. */
static double since_start_s(void)
{
	char buf[1024];
	FILE *in = fopen("/proc/self/stat", "r");
	size_t len = in ? fread(buf, 1, sizeof(buf) - 1, in) : 0;
	unsigned long long ticks;

	if (in)
		fclose(in);
	buf[len] = '\0';
	char *at = strrchr(buf, ')'); /* the name may hold blanks */

	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %llu", &ticks) != 1)
		return NAN;
	return clock_s(CLOCK_BOOTTIME) - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void row(FILE *out, const char *what, const char *value, const char *target,
		const char *mark)
{
	fprintf(out, "%-58s %22s  %-14s %s\n", what, value, target, mark);
	fflush(out);
}

static unsigned int lanes_shown(const struct app *app)
{
	const struct view *v = &app->view;
	unsigned int nr = 0;

	for (size_t i = 0; i < app->tree.nr; i++) {
		const struct row *r = &app->tree.rows[i];

		nr += (r->kind == ROW_CPU || r->kind == ROW_TASK) && r->y + r->h > v->scroll_px &&
		      r->y < v->scroll_px + v->layout.lanes.h;
	}
	return nr;
}

/* One frame as the window makes it, with what is read again for it; the mouse lies on the lanes and
 * moves with every frame. */
static void draw(struct bench *b, bool counted)
{
	struct app *app = b->app;
	struct err err = {0};
	struct box axis = view_axis(&app->view);
	double cpu_s = clock_s(CLOCK_THREAD_CPUTIME_ID), wall_s = clock_s(CLOCK_MONOTONIC);
	float part = (float)fmod(b->now_s * 0.37, 1);

	b->now_s += FRAME_S;
	app->input_s = app->now_s; /* a hand is at it all the time */
	if (counted)
		b->reads += app_pump(app, APP_READ_BUSY_NS, &err) == 1;
	app_motion(app, &b->scene, axis.x + axis.w * (0.25f + part / 2), axis.y + axis.h * part);
	app_tick(app, b->now_s);
	app_build(app, &b->scene);
	picture_paint(b->pic, &b->scene);
	if (!counted)
		return;
	b->cpu_ms = mem_grow(b->cpu_ms, &b->cap_cpu, b->nr + 1, sizeof(*b->cpu_ms));
	b->wall_ms = mem_grow(b->wall_ms, &b->cap_wall, b->nr + 1, sizeof(*b->wall_ms));
	b->cpu_ms[b->nr] = (clock_s(CLOCK_THREAD_CPUTIME_ID) - cpu_s) * 1e3;
	b->wall_ms[b->nr++] = (clock_s(CLOCK_MONOTONIC) - wall_s) * 1e3;
	b->most_items = b->scene.nr > b->most_items ? b->scene.nr : b->most_items;
	b->lanes = lanes_shown(app) > b->lanes ? lanes_shown(app) : b->lanes;
}

/* Reads as the window does, a piece before each frame. */
static int load(struct bench *b, FILE *out, struct err *err)
{
	char value[32];
	double s = NAN;
	int r;

	do {
		r = app_pump(b->app, APP_READ_BUSY_NS, err);
		draw(b, false);
		if (isnan(s)) {
			s = since_start_s();
			snprintf(value, sizeof(value), "%.2f s", s);
			row(out, "viewer: first frame after start", value, "<= 0.5 s",
			    s <= FIRST_TARGET_S ? "ok" : "MISSED");
		}
		if (r == -EAGAIN)
			return err_set(err, EINVAL, "a trace that still grows cannot be measured");
	} while (r == 1);
	snprintf(value, sizeof(value), "%.2f s", since_start_s());
	row(out, "viewer: whole trace read after start", value, "", "");
	return r;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Value below or at which this part of them lie; they are sorted. */
static double percentile(const double *values, size_t nr, double part)
{
	size_t i = (size_t)ceil((double)nr * part);

	return values[i > 0 ? i - 1 : 0];
}

/* The frames from first on, with so much time in sight. */
static void level_row(struct bench *b, FILE *out, size_t first, int64_t span_ns)
{
	size_t nr = b->nr - first;
	double *ms = mem_alloc(nr * sizeof(*ms));
	char what[96], value[48], buf[DURATION_LEN];

	memcpy(ms, b->cpu_ms + first, nr * sizeof(*ms));
	qsort(ms, nr, sizeof(*ms), by_value);
	snprintf(what, sizeof(what), "viewer: pan and zoom, %s in sight",
		 duration_text((uint64_t)span_ns, buf));
	snprintf(value, sizeof(value), "%.1f/%.1f/%.1f ms", percentile(ms, nr, 0.5),
		 percentile(ms, nr, 0.99), ms[nr - 1]);
	row(out, what, value, "", "");
	free(ms);
}

/* A hand at every level: into it, then along the trace at its begin, middle and end. */
static void move(struct bench *b, FILE *out)
{
	struct app *app = b->app;
	struct view *v = &app->view;
	int64_t begin_ns = app_begin(app), whole_ns = app_end(app) - begin_ns;
	static const double places[] = {0.01, 0.5, 0.97};

	for (int64_t span_ns = whole_ns;; span_ns /= 3) {
		size_t first = b->nr;

		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			int64_t at_ns = begin_ns + (int64_t)((double)whole_ns * places[i]);

			viewport_jump(&v->vp, at_ns - span_ns / 2, at_ns + span_ns / 2);
			nav_limit(app);
			viewport_settle(&v->vp);
			draw(b, true); /* all of it new */
			for (int k = 1; k < FRAMES_PER_PLACE; k++) {
				if (k % 3 == 0)
					nav_zoom(app, k % 2 ? NAV_ZOOM_STEP : 1 / NAV_ZOOM_STEP);
				else
					nav_pan(app, (double)view_axis(v).w * 0.05);
				nav_scroll(app, k % 4 == 0 ? px(v, 48) : -px(v, 16));
				draw(b, true);
			}
		}
		level_row(b, out, first, span_ns);
		if (span_ns <= SMALLEST_NS && b->nr >= MIN_FRAMES)
			break;
		if (span_ns <= SMALLEST_NS) /* a short trace: once more */
			span_ns = whole_ns;
	}
}

static double frame_row(struct bench *b, FILE *out, double *ms, const char *what, bool judged)
{
	char value[48];

	qsort(ms, b->nr, sizeof(*ms), by_value);
	double p99 = percentile(ms, b->nr, 0.99);

	snprintf(value, sizeof(value), "%.1f/%.1f/%.1f ms", percentile(ms, b->nr, 0.5), p99,
		 ms[b->nr - 1]);
	row(out, what, value, judged ? "p99 <= 16 ms" : "",
	    !judged                  ? ""
	    : p99 <= FRAME_TARGET_MS ? "ok"
				     : "MISSED");
	return p99;
}

static void tell(struct bench *b, FILE *out)
{
	uint64_t records = machine_nr_records(timeline_machine(b->app->tl));
	struct rusage usage = {0};
	char what[96], value[48], count[PLAIN_COUNT_LEN];

	snprintf(what, sizeof(what), "viewer: frame p50/p99/max, %u lanes, %s records", b->lanes,
		 plain_count(records, count));
	frame_row(b, out, b->cpu_ms, what, true);
	snprintf(what, sizeof(what), "viewer: the same with what else runs here, %zu frames",
		 b->nr);
	frame_row(b, out, b->wall_ms, what, false);
	row(out, "viewer: most items in a frame", plain_count(b->most_items, count), "", "");
	getrusage(RUSAGE_SELF, &usage);
	snprintf(value, sizeof(value), "%.0f MiB", (double)usage.ru_maxrss / 1024);
	row(out, "viewer: memory", value, "<= 300 MB",
	    (double)usage.ru_maxrss * 1024 <= MEMORY_TARGET ? "ok" : "MISSED");
	snprintf(value, sizeof(value), "%zu", b->reads);
	row(out, "viewer: frames that still waited for slices", value, "", "");
}

int bench_run(struct app *app, FILE *out, struct err *err)
{
	struct bench b = {.app = app, .now_s = 1};
	int r;

	b.pic = picture_open((int)app->width, (int)app->height, app->view.theme.scale, err);
	if (!b.pic)
		return -err->code;
	scene_init(&b.scene, picture_measure(b.pic));
	r = load(&b, out, err);
	if (r == 0 && machine_nr_records(timeline_machine(app->tl)) == 0)
		r = err_set(err, ENODATA, "a trace without records cannot be measured");
	if (r == 0) {
		move(&b, out);
		tell(&b, out);
	}
	scene_done(&b.scene);
	picture_close(b.pic);
	free(b.cpu_ms);
	free(b.wall_ms);
	return r;
}
