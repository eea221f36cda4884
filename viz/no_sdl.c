/* SPDX-License-Identifier: BSD-2-Clause */
/* A build without SDL: window and PNG answer one sentence; SVG and terminal work. */
#include <errno.h>

#include "viz/paint.h"

#define SENTENCE "this build has no SDL2: no window and no PNG (make SDL=1); SVG and --term work"

struct picture *picture_open(int width_px, int height_px, float scale, struct err *err)
{
	(void)width_px;
	(void)height_px;
	(void)scale;
	err_set(err, ENOTSUP, SENTENCE);
	return NULL;
}

const struct measure *picture_measure(const struct picture *picture)
{
	(void)picture;
	return NULL;
}

void picture_paint(struct picture *picture, const struct scene *s)
{
	(void)picture;
	(void)s;
}

int picture_write(struct picture *picture, const struct scene *s, const char *path, struct err *err)
{
	(void)picture;
	(void)s;
	(void)path;
	return err_set(err, ENOTSUP, SENTENCE);
}

void picture_close(struct picture *picture)
{
	(void)picture;
}

int window_run(struct app *app, bool fit, struct script *script, struct err *err)
{
	(void)app;
	(void)fit;
	(void)script;
	return err_set(err, ENOTSUP, SENTENCE);
}
