/* SPDX-License-Identifier: BSD-2-Clause */
/* The banner of a deadlock or stall that goes on, while live. */
#include "analysis/standstill.h"
#include "viz/panels.h"

bool panel_alarm_due(const struct view *v)
{
	char text[STANDSTILL_TEXT_LEN];

	return v->mode == MODE_LIVE && study_standstill(v->study, text, sizeof(text));
}

void panel_alarm(const struct view *v, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	struct box bar = v->layout.alarm;
	float pad = px(v, v->theme.metrics->pad);
	char text[STANDSTILL_TEXT_LEN];

	if (!study_standstill(v->study, text, sizeof(text)))
		return;
	s->ref = (struct ref){.kind = REF_TAB, .index = TAB_FINDINGS};
	scene_rect(s, bar, p->gap_ground, 0);
	scene_rect(s, (struct box){bar.x, bar.y, px_round(v, 4), bar.h}, p->live, 0);
	scene_hit(s, bar);
	scene_no_ref(s);
	bar.x += pad;
	bar.w -= 2 * pad;
	scene_text(s, bar, FONT_BOLD, p->gap_text, ALIGN_LEFT, text);
}
