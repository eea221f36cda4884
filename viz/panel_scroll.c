/* SPDX-License-Identifier: BSD-2-Clause */
/* That there are more lanes than fit: a slim bar at their right, or in a picture, which nobody can
 * scroll, how many are left out. */
#include <math.h>
#include <stdio.h>

#include "base/plain.h"
#include "viz/panels.h"

#define THUMB_LEAST 24 /* px at scale 1 */

bool panel_scroll_bar(const struct view *v, struct box *track, struct box *thumb)
{
	struct box lanes = v->layout.lanes;
	float more = v->layout.rows_h - lanes.h, w = px_round(v, 8);

	if (v->still || v->theme.metrics->pad <= 0 || more < 1 || lanes.h < px(v, THUMB_LEAST))
		return false;
	*track = (struct box){lanes.x + lanes.w - w, lanes.y, w, lanes.h};
	*thumb = *track;
	thumb->h = fmaxf(roundf(lanes.h * lanes.h / v->layout.rows_h), px_round(v, THUMB_LEAST));
	thumb->y += roundf((track->h - thumb->h) * fminf(v->scroll_px / more, 1));
	return true;
}

/* A lane is there when half of it is. */
static uint32_t rows_below(const struct view *v)
{
	uint32_t nr = 0;
	float end = v->scroll_px + v->layout.lanes.h;

	for (size_t i = v->tree->nr; i-- > 0;) {
		const struct row *row = &v->tree->rows[i];

		if (row->y + row->h / 2 < end)
			break;
		nr += row->kind != ROW_SECTION && row->kind != ROW_PROCESS;
	}
	return nr;
}

static void say_below(const struct view *v, struct scene *s)
{
	struct box lanes = v->layout.lanes;
	uint32_t nr = rows_below(v);
	float h = px_round(v, 20), pad = px(v, v->theme.metrics->pad);
	char count[PLAIN_COUNT_LEN], text[64];

	if (nr == 0 || lanes.h < 2 * h)
		return;
	snprintf(text, sizeof(text), "%s more %s below", plain_count(nr, count),
		 nr == 1 ? "lane" : "lanes");
	struct box box = {lanes.x, lanes.y + lanes.h - h, v->layout.gutter_w, h};

	scene_ground(s, box, v->theme.palette->header, 0);
	box.x += pad;
	box.w -= pad;
	scene_text(s, box, FONT_SMALL, v->theme.palette->accent, ALIGN_LEFT, text);
}

void panel_scroll(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box track, thumb;

	if (v->still && v->theme.metrics->pad > 0)
		say_below(v, s);
	if (!panel_scroll_bar(v, &track, &thumb))
		return;
	bool here = v->hovered.kind == REF_SCROLL;

	s->ref = (struct ref){.kind = REF_SCROLL};
	scene_rect(s, track, rgba_alpha(p->bar, 0xc0), 0);
	scene_rect(
	    s, (struct box){thumb.x + px_round(v, 2), thumb.y, thumb.w - px_round(v, 2), thumb.h},
	    rgba_alpha(p->text, here ? 0xa0 : 0x60), px(v, 3));
	scene_no_ref(s);
}
