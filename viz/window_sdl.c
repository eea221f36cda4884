/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window: SDL's events become acts of struct app, its scene becomes a frame. Sleeps until an
 * event, a record or a movement asks for one.
 */
#include <SDL.h>
#include <SDL_syswm.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "viz/app.h"
#include "viz/paint.h"
#include "viz/paint_sdl.h"
#include "viz/script.h"

#define FRAME_S          0.016
#define FRAME_SOFTWARE_S 0.020 /* of motion that nobody's hand causes, where the CPU paints */
#define READ_LIVE_NS     6000000
#define IDLE_MS          1000

struct window {
	struct app *app;
	struct script *script;
	SDL_Window *sdl;
	struct sdl_painter painter;
	struct scene scene;
	float scale;         /* of the display, times --scale */
	float density;       /* pixels per unit of the mouse */
	SDL_Surface *beside; /* painted first where the window's pixels are not ours */
	double frame_s;      /* when the last frame was drawn */
	bool input;          /* a hand moved since the last frame */
	bool swallow;        /* the letter of a key that was an act */
	FILE *echo;          /* where acts are told when a script wants it */
	uint64_t nr_echoed;
};

static double now_s(void)
{
	return (double)SDL_GetPerformanceCounter() / (double)SDL_GetPerformanceFrequency();
}

/* A GL that is itself software is slower than SDL's own software renderer. */
static bool is_software_gl(const char *name)
{
	typedef const unsigned char *(*get_string)(unsigned int);
	get_string get;

	if (strncmp(name, "opengl", 6) != 0)
		return false;
	*(void **)&get = SDL_GL_GetProcAddress("glGetString");
	const char *renderer = get ? (const char *)get(0x1f01 /* GL_RENDERER */) : NULL;

	return renderer && (strstr(renderer, "llvmpipe") || strstr(renderer, "softpipe") ||
			    strstr(renderer, "Software"));
}

/* Whether the machine has a graphics processor: loading GL only to learn that it is software takes
 * 70 MB of libraries. The names are those of Linux' and of a proprietary driver's devices. */
static bool has_gpu(void)
{
	glob_t found = {0};
	bool has = glob("/dev/dri/renderD*", 0, NULL, &found) == 0 ||
		   glob("/dev/nvidia[0-9]*", 0, NULL, &found) == 0;

	globfree(&found);
	return has;
}

static void open_gpu(struct window *w)
{
	SDL_RendererInfo info;

	SDL_SetHint(SDL_HINT_RENDER_BATCHING, "1");
	w->painter.renderer = SDL_CreateRenderer(w->sdl, -1, SDL_RENDERER_ACCELERATED);
	if (w->painter.renderer && SDL_GetRendererInfo(w->painter.renderer, &info) == 0 &&
	    ((info.flags & SDL_RENDERER_SOFTWARE) || is_software_gl(info.name))) {
		SDL_DestroyRenderer(w->painter.renderer);
		w->painter.renderer = NULL;
	}
}

static int open_renderer(struct window *w, struct err *err)
{
	if (has_gpu())
		open_gpu(w);
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* the surface is memory */
	if (!w->painter.renderer && !SDL_GetWindowSurface(w->sdl))
		return err_set(err, EIO, "cannot draw in the window: %s", SDL_GetError());
	return 0;
}

/* Where the CPU paints: the window's own surface when its pixels are ours, else one beside it. */
static SDL_Surface *take_target(struct window *w)
{
	SDL_Surface *surface = SDL_GetWindowSurface(w->sdl);

	if (!surface)
		return NULL;
	if (surface->format->format == SDL_PIXELFORMAT_RGB888 && !SDL_MUSTLOCK(surface))
		return surface;
	if (!w->beside || w->beside->w != surface->w || w->beside->h != surface->h) {
		SDL_FreeSurface(w->beside);
		w->beside = SDL_CreateRGBSurfaceWithFormat(0, surface->w, surface->h, 32,
							   SDL_PIXELFORMAT_RGB888);
	}
	return w->beside;
}

static void show_frame(struct window *w)
{
	if (w->painter.renderer) {
		SDL_RenderPresent(w->painter.renderer);
		return;
	}
	if (w->painter.target == w->beside)
		SDL_BlitSurface(w->beside, NULL, SDL_GetWindowSurface(w->sdl), NULL);
	SDL_UpdateWindowSurface(w->sdl);
}

/* By its size: many displays say 96 dpi whatever they are, and one of 2560 x 1440 has room for
 * words as large as those of other programs. */
static float display_room(int display)
{
	SDL_Rect all;

	if (SDL_GetDisplayBounds(display, &all) != 0)
		return 1;
	float room = fminf((float)all.w / 2048, (float)all.h / 1152);

	return fminf(fmaxf(roundf(room * 4) / 4, 1), 2);
}

/* Dots per inch that the desktop was set to: X's resource Xft.dpi, which its toolkits read. 0: it
 * was not. */
static float desktop_dpi(SDL_Window *sdl)
{
	float dpi = 0;
#ifdef SDL_VIDEO_DRIVER_X11
	SDL_SysWMinfo info = {0};
	char *(*get_default)(Display *, const char *, const char *);

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(sdl, &info) || info.subsystem != SDL_SYSWM_X11)
		return 0;
	void *lib = SDL_LoadObject("libX11.so.6"); /* SDL has it open */

	if (!lib)
		return 0;
	*(void **)&get_default = SDL_LoadFunction(lib, "XGetDefault");
	const char *text = get_default ? get_default(info.info.x11.display, "Xft", "dpi") : NULL;

	dpi = text ? strtof(text, NULL) : 0;
	SDL_UnloadObject(lib);
#else
	(void)sdl;
#endif
	return isfinite(dpi) && fabsf(dpi - 96) >= 2 && dpi >= 48 ? dpi : 0;
}

/* What the desktop or else the display asks for: 1 on an ordinary one, more on a dense or a large
 * one. */
static float display_scale(SDL_Window *sdl)
{
	int display = SDL_GetWindowDisplayIndex(sdl);
	float dpi = desktop_dpi(sdl);

	if (dpi > 0)
		return fminf(roundf(dpi / 96 * 4) / 4, 3);
	if (SDL_GetDisplayDPI(display, NULL, &dpi, NULL) != 0 || fabsf(dpi - 96) < 2)
		return display_room(display);
	if (dpi < 130)
		return fminf(display_room(display), 1.25f);
	return fminf(roundf(dpi / 96 * 4) / 4, 3);
}

static void set_icon(SDL_Window *sdl)
{
	static const struct {
		SDL_Rect at;
		Uint32 color;
	} bars[] = {{{4, 5, 14, 5}, 0xff4e9af1},
		    {{20, 5, 8, 5}, 0xfff2a65a},
		    {{9, 13, 12, 5}, 0xff5fc38f},
		    {{4, 21, 7, 5}, 0xfff0b429},
		    {{13, 21, 15, 5}, 0xffc98bdb}};
	SDL_Surface *icon = SDL_CreateRGBSurfaceWithFormat(0, 32, 32, 32, SDL_PIXELFORMAT_ARGB8888);

	if (!icon)
		return;
	SDL_FillRect(icon, NULL, 0xff12151a);
	for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++)
		SDL_FillRect(icon, &bars[i].at, bars[i].color);
	SDL_SetWindowIcon(sdl, icon);
	SDL_FreeSurface(icon);
}

/* Takes the window's size in pixels; fonts are opened anew when the scale has changed. */
static int take_size(struct window *w, struct err *err)
{
	int width, height, mouse_width;
	struct app *app = w->app;

	SDL_GetWindowSizeInPixels(w->sdl, &width, &height);
	SDL_GetWindowSize(w->sdl, &mouse_width, NULL);
	w->density = mouse_width > 0 ? (float)width / (float)mouse_width : 1;
	app_resize(app, (float)width, (float)height, w->scale * w->density);
	return err && err->code ? -err->code : 0;
}

static int take_fonts(struct window *w, struct err *err)
{
	static const struct measure none;

	fonts_close(w->painter.fonts);
	w->painter.fonts = fonts_open(w->app->view.theme.scale, err);
	if (!w->painter.fonts)
		return -err->code;
	w->scene.measure = w->painter.fonts ? *fonts_measure(w->painter.fonts) : none;
	return 0;
}

/* Most of a large display, all of a small one. */
static void best_size(const struct app *app, int *width, int *height)
{
	SDL_Rect room;

	*width = (int)app->width;
	*height = (int)app->height;
	if (SDL_GetDisplayUsableBounds(0, &room) != 0 || room.w <= 0 || room.h <= 0)
		return;
	*width = room.w * 7 / 8 > *width ? room.w * 7 / 8 : SDL_min(*width, room.w);
	*height = room.h * 7 / 8 > *height ? room.h * 7 / 8 : SDL_min(*height, room.h);
}

static int window_open(struct window *w, bool fit, struct err *err)
{
	struct app *app = w->app;
	int width = (int)app->width, height = (int)app->height;
	char title[300];

	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	if (SDL_Init(SDL_INIT_VIDEO) != 0)
		return err_set(err, ENODEV, "cannot open a window (%s)", SDL_GetError());
	snprintf(title, sizeof(title), "conctrace \xc2\xb7 %s", app->view.title);
	if (fit)
		best_size(app, &width, &height);
	w->sdl = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width,
				  height, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (!w->sdl)
		return err_set(err, ENODEV, "cannot open a window: %s", SDL_GetError());
	SDL_SetWindowMinimumSize(w->sdl, 480, 240);
	SDL_EnableScreenSaver();
	set_icon(w->sdl);
	int r = open_renderer(w, err);

	if (r < 0)
		return r;
	w->scale = app->base_scale * display_scale(w->sdl);
	r = take_size(w, err);
	return r < 0 ? r : take_fonts(w, err);
}

static void window_close(struct window *w)
{
	scene_done(&w->scene);
	SDL_FreeSurface(w->beside);
	fonts_close(w->painter.fonts);
	SDL_Renderer *renderer = w->painter.renderer;

	paint_sdl_done(&w->painter);
	if (renderer)
		SDL_DestroyRenderer(renderer);
	if (w->sdl)
		SDL_DestroyWindow(w->sdl);
	SDL_Quit();
}

/* ---- events ---- */

static unsigned int mods_now(void)
{
	SDL_Keymod mod = SDL_GetModState();

	return (mod & KMOD_SHIFT ? APP_SHIFT : 0) | (mod & KMOD_CTRL ? APP_CTRL : 0);
}

/* A key by its place, as action.h names it; false: with a modifier that is the desktop's. */
static bool key_name(const SDL_Keysym *key, char *text, size_t len)
{
	static const struct {
		SDL_Scancode code;
		const char *name;
	} same[] = {{SDL_SCANCODE_KP_PLUS, "="},
		    {SDL_SCANCODE_KP_MINUS, "-"},
		    {SDL_SCANCODE_KP_ENTER, "Return"}};
	const char *name = SDL_GetScancodeName(key->scancode);

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (key->scancode == same[i].code)
			name = same[i].name;
	if (key->mod & (KMOD_ALT | KMOD_GUI))
		return false;
	snprintf(text, len, "%s%s%s", key->mod & KMOD_CTRL ? "Ctrl+" : "",
		 key->mod & KMOD_SHIFT ? "Shift+" : "", name);
	return true;
}

/* A key that did something brings no letter: what it opened is still empty. */
static void on_key(struct window *w, const SDL_Keysym *key)
{
	char text[64];

	w->swallow = false;
	if (!key_name(key, text, sizeof(text)))
		return;
	w->swallow = app_key(w->app, text);
	if (!w->swallow && strncmp(text, "Ctrl+Shift+", 11) == 0) { /* Ctrl and '+' */
		memmove(text + 5, text + 11, strlen(text + 11) + 1);
		w->swallow = app_key(w->app, text);
	}
}

static enum app_button button_of(Uint8 button)
{
	return button == SDL_BUTTON_LEFT     ? BUTTON_LEFT
	       : button == SDL_BUTTON_MIDDLE ? BUTTON_MIDDLE
					     : BUTTON_RIGHT;
}

static void on_window_event(struct window *w, const SDL_WindowEvent *event)
{
	switch (event->event) {
	case SDL_WINDOWEVENT_SIZE_CHANGED:
		take_size(w, NULL);
		break;
	case SDL_WINDOWEVENT_LEAVE:
		app_leave(w->app);
		break;
	case SDL_WINDOWEVENT_EXPOSED:
	case SDL_WINDOWEVENT_RESTORED:
	case SDL_WINDOWEVENT_SHOWN:
		w->app->dirty = true;
		break;
	}
}

static void on_pinch(struct window *w, const SDL_MultiGestureEvent *event)
{
	if (event->numFingers == 2)
		app_pinch(w->app, &w->scene, event->x * w->app->width, event->y * w->app->height,
			  event->dDist);
}

static void on_event(struct window *w, const SDL_Event *event)
{
	struct app *app = w->app;
	float d = w->density;

	w->input = true;
	switch (event->type) {
	case SDL_QUIT:
		app->quit = true;
		break;
	case SDL_KEYDOWN:
		on_key(w, &event->key.keysym);
		break;
	case SDL_TEXTINPUT:
		if (!w->swallow)
			app_text(app, event->text.text);
		break;
	case SDL_MULTIGESTURE:
		on_pinch(w, &event->mgesture);
		break;
	case SDL_MOUSEMOTION:
		app_motion(app, &w->scene, (float)event->motion.x * d, (float)event->motion.y * d);
		break;
	case SDL_MOUSEBUTTONDOWN:
		SDL_CaptureMouse(SDL_TRUE);
		app->touch = event->button.which == SDL_TOUCH_MOUSEID;
		app_press(app, &w->scene, button_of(event->button.button), mods_now(),
			  event->button.clicks, (float)event->button.x * d,
			  (float)event->button.y * d);
		break;
	case SDL_MOUSEBUTTONUP:
		SDL_CaptureMouse(SDL_FALSE);
		app_release(app, &w->scene, button_of(event->button.button),
			    (float)event->button.x * d, (float)event->button.y * d);
		break;
	case SDL_MOUSEWHEEL:
		app_wheel(app, event->wheel.preciseX, event->wheel.preciseY, mods_now());
		break;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		app->dirty = true;
		break;
	case SDL_WINDOWEVENT:
		on_window_event(w, &event->window);
		break;
	}
}

/* ---- frames ---- */

/* The window's scene painted once more by the software renderer: the same on every machine. */
static int save_picture(struct window *w, const char *path, struct err *err)
{
	struct app *app = w->app;
	struct picture *pic =
	    picture_open((int)app->width, (int)app->height, app->view.theme.scale, err);

	if (!pic)
		return -err->code;
	int r = picture_write(pic, &w->scene, path, err);

	picture_close(pic);
	return r;
}

static void save_next_picture(struct window *w)
{
	struct err err = {0};
	char path[64], folder[4096];
	int n = 1;

	w->app->want_picture = false;
	do
		snprintf(path, sizeof(path), "conctrace-%d.png", n);
	while (access(path, F_OK) == 0 && ++n < 1000);
	if (save_picture(w, path, &err) < 0)
		app_say(w->app, "%s", err.text);
	else
		app_say(w->app, "saved %s/%s", getcwd(folder, sizeof(folder)) ? folder : ".", path);
}

/* A frame is on its way to the screen: up to when the timeline tells something in it, after how
 * many acts. */
static void log_frame(const struct app *app)
{
	const struct span *seen = &app->view.vp.now;
	int64_t end_ns = seen->begin_ns + seen->span_ns;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(app->frames, "%" PRId64 " %" PRId64 " %" PRIu64 "\n",
		(int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
		end_ns < app_end(app) ? end_ns : app_end(app), app->nr_acts);
	fflush(app->frames);
}

static int draw_frame(struct window *w, struct err *err)
{
	struct app *app = w->app;

	if (fonts_scale(w->painter.fonts) != app->view.theme.scale && take_fonts(w, err) < 0)
		return -err->code;
	app_build(app, &w->scene);
	if (!w->painter.renderer)
		w->painter.target = take_target(w);
	if (w->painter.renderer || w->painter.target) { /* a window being resized may have none */
		paint_sdl(&w->painter, &w->scene, app->view.theme.scale);
		show_frame(w);
		if (app->frames)
			log_frame(app);
	}
	w->frame_s = now_s();
	w->input = false;
	if (app->want_picture)
		save_next_picture(w);
	if (w->script && w->script->screenshot[0]) {
		int r = save_picture(w, w->script->screenshot, err);

		w->script->screenshot[0] = '\0';
		return r;
	}
	return 0;
}

/* How long nothing can happen, ms. */
static int wait_ms(const struct window *w, int read, bool moving)
{
	const struct app *app = w->app;
	double frame_s = w->input || w->painter.renderer ? FRAME_S : FRAME_SOFTWARE_S;

	if (read == 1 || app_studying(app))
		return 0;
	if (app->dirty || moving || (w->script && w->script->screenshot[0])) {
		double left = w->frame_s + frame_s - now_s();

		return left > 0 ? (int)(left * 1000) : 0;
	}
	if (w->script)
		return 10;
	return read == -EAGAIN ? (int)(FRAME_SOFTWARE_S * 1000) : app->message[0] ? 200 : IDLE_MS;
}

/* A line about what was done, once it is on the screen. */
static void echo_act(struct window *w)
{
	struct app *app = w->app;

	if (!app->echo || app->nr_acts == w->nr_echoed)
		return;
	w->nr_echoed = app->nr_acts;
	fprintf(w->echo, "%s: ", action_desc(app->last_act)->word);
	script_print_state(app, w->echo);
}

int window_run(struct app *app, bool fit, struct script *script, struct err *err)
{
	struct window w = {.app = app, .script = script, .echo = stdout};
	int r = window_open(&w, fit, err);
	SDL_Event event;

	app->busy_s = now_s();
	while (r == 0 && !app->quit) {
		struct err read_err = {0};
		bool loading = app->view.mode == MODE_REPLAY;
		int read = app_pump(app, loading ? APP_READ_BUSY_NS : READ_LIVE_NS, &read_err);
		bool moving = app_tick(app, now_s());

		if (w.script) {
			r = script_run(w.script, app, &w.scene, moving, now_s(), stdout, err);
			if (r < 0)
				break;
			if (r == 0)
				w.script = NULL;
		}
		double frame_s = w.input || w.painter.renderer ? FRAME_S : FRAME_SOFTWARE_S;

		r = 0;
		if (app->dirty && (now_s() - w.frame_s >= frame_s || w.input)) {
			r = draw_frame(&w, err);
			echo_act(&w);
		}
		int ms = wait_ms(&w, read, moving);

		if (ms > 0 ? SDL_WaitEventTimeout(&event, ms) : SDL_PollEvent(&event))
			do
				on_event(&w, &event);
			while (SDL_PollEvent(&event));
	}
	window_close(&w);
	return r;
}
