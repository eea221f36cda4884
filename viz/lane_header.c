/* SPDX-License-Identifier: BSD-2-Clause */
/* Headings: of a section, and of a process with its fold mark. */
#include <stdio.h>

#include "viz/lane.h"

static float section_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->section_h);
}

static void section_build(const struct view *v, const struct row *row, struct box box,
			  struct scene *s)
{
	const struct palette *p = v->theme.palette;
	float pad = px(v, v->theme.metrics->pad);

	s->ref = (struct ref){.kind = REF_SECTION, .lane = row->id};
	scene_ground(s, box, p->header, 0);
	scene_text(s, (struct box){box.x + pad, box.y, box.w - pad, box.h}, FONT_SMALL_BOLD, p->dim,
		   ALIGN_LEFT, row->id == ROW_LOCK ? "LOCKS" : "CORES");
}

static float process_height(const struct view *v, const struct row *row)
{
	(void)row;
	return px_round(v, v->theme.metrics->process_h);
}

/* Folded it still shows when its threads ran or were ready, on its own row. */
static void process_build(const struct view *v, const struct row *row, struct box box,
			  struct scene *s)
{
	const struct palette *p = v->theme.palette;
	float pad = px(v, v->theme.metrics->pad), indent = px(v, v->theme.metrics->indent);
	float x = box.x + pad + indent * row->depth;
	struct box at = {x, box.y, px(v, 14), box.h};
	const struct task *leader = machine_task(timeline_machine(v->tl), row->leader);

	s->ref = (struct ref){.kind = REF_PROCESS, .lane = row->id};
	scene_ground(s, box, p->header, 0);
	if (!v->still)
		scene_text(s, at, FONT_SMALL, p->dim, ALIGN_LEFT,
			   row->folded ? "\xe2\x96\xb8" : "\xe2\x96\xbe");
	at.x += v->still ? 0 : px(v, 14);
	at.w = scene_text_width(s, FONT_SMALL_BOLD, leader->comm);
	scene_text(s, at, FONT_SMALL_BOLD, p->text, ALIGN_LEFT, leader->comm);
	at.x += at.w + px(v, 8);
	at.w = box.x + (row->folded ? v->layout.gutter_w - px(v, 8) : box.w) - at.x;
	const struct row *group = tree_find(v->tree, ROW_GROUP, row->id | TREE_IDLE);
	char children[48] = "", few[40] = "";

	if (group)
		snprintf(few, sizeof(few), ", %u hardly ran", group->nr);
	if (row->nr_children > 0)
		snprintf(children, sizeof(children), " \xc2\xb7 %u %s", row->nr_children,
			 row->nr_children == 1 ? "child process" : "child processes");
	scene_textf(s, at, FONT_SMALL, p->dim, ALIGN_LEFT, "pid %u \xc2\xb7 %u %s%s%s", row->id,
		    row->nr, row->nr == 1 ? "task" : "tasks", few, children);
	if (row->folded)
		lane_members_build(v, row, box, s);
}

const struct lane_ops lane_section = {
    .name = "section",
    .height = section_height,
    .build = section_build,
};

const struct lane_ops lane_process = {
    .name = "process",
    .height = process_height,
    .build = process_build,
};
