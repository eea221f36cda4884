/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread: running is a solid block, runnable a thinner amber hatch (rising when it was woken,
 * falling when its core was taken), blocked a thin line with a letter and words where they fit,
 * sleep dotted, unknown hatched grey: told apart by shape as well as by colour.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/ending.h"
#include "model/names.h"
#include "model/reason.h"
#include "viz/lane.h"
#include "viz/lod.h"

static float task_height(const struct view *v, const struct row *row)
{
	float strips_h = row->kind == ROW_TASK ? lane_strips_height(v, row->id) : 0;

	return px_round(v, v->theme.metrics->task_h * v->layout.stretch) + strips_h;
}

/* A thread by its name: "held by tid 4122" becomes "held by worker-2". */
static void name_owner(const struct view *v, const struct interval *iv, char *text, size_t len)
{
	const struct machine *m = timeline_machine(v->tl);
	uint32_t index = iv->owner ? machine_find(m, iv->owner) : TASK_NONE;
	const struct task *owner = index == TASK_NONE ? NULL : machine_task(m, index);
	char tid[24], rest[NAME_TEXT_LEN + 64], name[TASK_TEXT_LEN];

	if (!owner || !owner->comm[0] || owner->begin_ns > iv->begin_ns ||
	    (owner->end_ns && owner->end_ns < iv->begin_ns)) /* the number was another's then */
		return;
	snprintf(tid, sizeof(tid), "tid %u", iv->owner);
	char *at = strstr(text, tid);

	if (!at)
		return;
	snprintf(rest, sizeof(rest), "%s", at + strlen(tid));
	snprintf(at, len - (size_t)(at - text), "%s%s", view_task_text(v, index, name), rest);
}

#define WORDS_LEN       (NAME_TEXT_LEN + 5 * TASK_TEXT_LEN)
#define HOLDS_LOOKED_AT 64
#define HOLDERS_NAMED   3

/* Who had a lock one after the other, as far as told. */
struct holders {
	uint32_t tasks[HOLDERS_NAMED]; /* [nr], each not the one before */
	size_t nr;
	bool more;
	bool inferred, measured; /* some */
};

/* Takes those that had it in [from_ns, to_ns), but for the one that waits; false: that is not in
 * memory. */
static bool find_holders(const struct lane_data *lane, uint32_t waiter, uint64_t from_ns,
			 uint64_t to_ns, struct holders *out)
{
	struct slice slice;
	size_t i;

	*out = (struct holders){0};
	if (from_ns < lane_begin(lane))
		from_ns = lane_begin(lane);
	if (lane->nr == 0 || from_ns >= lane->end_ns || from_ns >= to_ns)
		return false;
	if (!lane_look(lane, from_ns, &i, &slice))
		return false;
	for (size_t k = 0; slice.begin_ns < to_ns; k++) {
		bool held = slice.state == STATE_RUNNING && slice.other != TASK_NONE &&
			    slice.other != waiter;

		if (held && (out->nr == 0 || out->tasks[out->nr - 1] != slice.other)) {
			if (out->nr == HOLDERS_NAMED) {
				out->more = true;
				return true;
			}
			out->tasks[out->nr++] = slice.other;
		}
		out->inferred |= held && slice.inferred;
		out->measured |= held && !slice.inferred;
		if (++i >= lane->nr)
			break;
		if (k == HOLDS_LOOKED_AT || !lane_slice(lane, i, &slice)) {
			out->more = true; /* or the same again: nobody looked */
			return out->nr > 0;
		}
	}
	return true;
}

/* " held by worker-3, then worker-2" behind text; most: names. */
static void add_holders(const struct view *v, const struct holders *h, size_t most, char *text,
			size_t len)
{
	char name[TASK_TEXT_LEN];
	size_t at = strlen(text);

	for (size_t i = 0; i < h->nr && i < most; i++)
		at += (size_t)snprintf(text + at, len - at, "%s %s", i == 0 ? " held by" : ", then",
				       view_task_text(v, h->tasks[i], name));
	if (h->nr > most || h->more)
		at += (size_t)snprintf(text + at, len - at, ", then others");
	if (h->inferred)
		snprintf(text + at, len - at, "%s",
			 h->measured ? ", partly inferred" : ", inferred");
}

/*
 * The words of a wait for a lock, of which a part [from_ns, to_ns) is on the screen: who had it
 * then, and shorter with the first of them. False: its lane does not tell.
 */
static bool lock_words(const struct view *v, const struct interval *iv, const struct slice *slice,
		       uint64_t from_ns, uint64_t to_ns, char *words, char *shorter, size_t len)
{
	const struct machine *m = timeline_machine(v->tl);
	struct interval bare = *iv;
	struct holders holders;

	bare.owner = 0;
	if (iv->why != REASON_LOCK || iv->owner_exited || slice->partial ||
	    machine_waits_for_readers(m, &bare))
		return false;
	uint32_t sync = view_sync_of(m, iv->task, slice);

	if (sync == SYNC_NONE || timeline_lane(v->tl, LANE_LOCK, sync)->nr == 0)
		return false;
	machine_describe(m, &bare, words, len);
	snprintf(shorter, len, "%s", words);
	if (!find_holders(timeline_lane(v->tl, LANE_LOCK, sync), iv->task, from_ns, to_ns,
			  &holders)) {
		/* It is read: until then what the wait itself tells, of its begin. */
		machine_describe(m, iv, words, len);
		name_owner(v, iv, words, len);
		snprintf(words + strlen(words), len - strlen(words), "%s",
			 iv->owner ? " at first" : "");
		return true;
	}
	add_holders(v, &holders, HOLDERS_NAMED, words, len);
	add_holders(v, &holders, 1, shorter, len);
	return true;
}

/* "L results_lock": what it waits for, without what the letter says already. */
static void object_text(const struct machine *m, const struct interval *iv, const char *letter,
			char *out, size_t len)
{
	const char *key = reason_key((enum reason)iv->why);
	size_t at = (size_t)snprintf(out, len, "%s ", letter), skip = strlen(key);

	if (!machine_object(m, iv, out + at, len - at))
		snprintf(out + at, len - at, "%s", key);
	else if (strncmp(out + at, key, skip) == 0 && out[at + skip] == ' ' &&
		 !name_has_noun(out + at))
		memmove(out + at, out + at + skip + 1, strlen(out + at + skip + 1) + 1);
}

/* The longest of description, object, key and letter that fits on the line. */
static void build_words(const struct view *v, uint32_t task, const struct slice *slice,
			uint64_t end_ns, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	rgba_t color = p->reasons[slice->why < REASON_NR ? slice->why : 0];
	struct interval iv = slice_interval(slice);
	const struct machine *m = timeline_machine(v->tl);
	char words[WORDS_LEN], shorter[WORDS_LEN], both[WORDS_LEN + 4], less[WORDS_LEN + 4],
	    what[NAME_TEXT_LEN + 16], key[32];
	char letter[2] = {reason_letter(slice->why), '\0'};
	int64_t left_ns = v->vp.now.begin_ns, right_ns = viewport_end(&v->vp);
	uint64_t from_ns = (int64_t)slice->begin_ns < left_ns ? (uint64_t)left_ns : slice->begin_ns;

	iv.task = task;
	end_ns = (int64_t)end_ns > right_ns ? (uint64_t)right_ns : end_ns;
	if (!lock_words(v, &iv, slice, from_ns, end_ns, words, shorter, sizeof(words))) {
		machine_describe(m, &iv, words, sizeof(words));
		name_owner(v, &iv, words, sizeof(words));
		snprintf(shorter, sizeof(shorter), "%s", words);
	}
	snprintf(both, sizeof(both), "%s %s", letter, words);
	snprintf(less, sizeof(less), "%s %s", letter, shorter);
	snprintf(key, sizeof(key), "%s %s", letter, reason_key(slice->why));
	const char *tries[] = {both, less, what, key, letter};

	if (slice->partial) /* for what, will be known when it is read again */
		tries[0] = tries[1] = tries[2] = key;
	else
		object_text(m, &iv, letter, what, sizeof(what));
	for (size_t i = 0; i < 5; i++) {
		float w = scene_text_width(s, FONT_SMALL, tries[i]);
		float room = w + px(v, i == 4 ? 12 : 26);

		if (room > box.w)
			continue;
		float h = fminf(box.h, px(v, 14));
		float x = box.x + px(v, box.w > w + px(v, 16) ? 6 : 3);
		struct box label = {x, box.y + (box.h - h) / 2, w + px(v, 6), h};

		scene_ground(s, label, p->ground, 0);
		label.x += px(v, 3);
		scene_text(s, label, FONT_SMALL, color, ALIGN_LEFT, tries[i]);
		return;
	}
}

static void build_blocked(const struct view *v, uint32_t task, const struct slice *slice,
			  uint64_t end_ns, struct box box, struct scene *s)
{
	rgba_t color = v->theme.palette->reasons[slice->why < REASON_NR ? slice->why : 0];
	float width = fmaxf(1, roundf(px(v, v->theme.metrics->line)));

	if (slice->why == REASON_SLEEP)
		scene_dots(s, box, color, width);
	else
		scene_line(s, box, color, width);
	if (box.w >= px(v, 14))
		build_words(v, task, slice, end_ns, box, s);
}

static void build_runnable(const struct view *v, const struct slice *slice, struct box box,
			   struct scene *s)
{
	const struct palette *p = v->theme.palette;
	bool cell = v->theme.metrics->pad <= 0;
	float inset = cell ? 0 : roundf(box.h / 4);
	struct box at = {box.x, box.y + inset, box.w, box.h - 2 * inset};
	/* In a terminal without colours a falling hatch is what is unknown. */
	bool falling = slice->why == RUNNABLE_PREEMPTED && !cell;

	if (at.w < 1.5f && !cell)
		scene_rect(s, at, p->runnable, 0);
	else
		scene_hatch(s, at, p->runnable, p->runnable_ground,
			    falling ? HATCH_FALLING : HATCH_RISING);
}

static void build_running(const struct view *v, uint32_t task, const struct slice *slice,
			  struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	char text[24];

	if (box.w > px(v, 6))
		box.w -= fmaxf(1, floorf(v->theme.scale));
	rgba_t color = view_task_color(v, task);

	scene_rect(s, box, color, box.w >= px(v, 5) ? px(v, v->theme.metrics->radius) : 0);
	if (box.w < px(v, 60))
		return;
	snprintf(text, sizeof(text), "CPU %u", slice->cpu);
	scene_text(s, (struct box){box.x + px(v, 4), box.y, box.w - px(v, 8), box.h}, FONT_SMALL,
		   palette_on(p, color), ALIGN_CENTRE, text);
}

static void build_slice(const struct view *v, uint32_t task, const struct slice *slice,
			uint64_t end_ns, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;

	switch (slice->state) {
	case STATE_RUNNING:
		build_running(v, task, slice, box, s);
		break;
	case STATE_RUNNABLE:
		build_runnable(v, slice, box, s);
		break;
	case STATE_BLOCKED:
		build_blocked(v, task, slice, end_ns, box, s);
		break;
	case STATE_UNKNOWN:
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
		break;
	}
}

/* Shares of a merged piece stand on each other: running at the bottom, runnable above; what is left
 * is the line of the reason with most of the waiting. */
static void build_merged(const struct view *v, uint32_t task, const struct lod *lod,
			 const struct lod_piece *piece, struct box box, struct scene *s)
{
	const struct palette *p = v->theme.palette;
	const uint64_t *ns = piece->sum.ns;
	float unit = box.h / (float)(piece->end_ns - piece->begin_ns), least = px_round(v, 2);
	float line = fmaxf(1, roundf(px(v, v->theme.metrics->line)));
	float run_h = ns[STATE_RUNNING] ? fmaxf(least, roundf((float)ns[STATE_RUNNING] * unit)) : 0;
	float ready_h =
	    ns[STATE_RUNNABLE] ? fmaxf(least, roundf((float)ns[STATE_RUNNABLE] * unit)) : 0;
	struct box run = {box.x, box.y + box.h - run_h, box.w, run_h};
	struct box ready = {box.x, fmaxf(run.y - ready_h, box.y), box.w, ready_h};

	if (ns[STATE_UNKNOWN] > 0)
		scene_hatch(s, box, p->unknown, p->unknown_ground, HATCH_FALLING);
	/* Not where the other two would cover it. */
	if (ns[STATE_BLOCKED] > 0 && run_h + ready_h < (box.h + line) / 2) {
		struct lod_part part;
		size_t nr = lod_parts(lod, piece, &part, 1);
		uint32_t why = nr > 0 ? part.key : REASON_UNKNOWN;

		scene_line(s, box, p->reasons[why < REASON_NR ? why : 0], line);
	}
	if (run_h > 0)
		scene_rect(s, run, view_task_color(v, task), 0);
	if (ready_h <= 0)
		return;
	/* Hatches lie on a grid of the screen: neighbouring columns become one hatch. */
	if (ready_h > px(v, 4) || v->theme.metrics->pad <= 0)
		scene_hatch(s, ready, p->runnable, p->runnable_ground, HATCH_RISING);
	else
		scene_rect(s, ready, p->runnable, 0);
}

/* The slices of a task within block. active: nothing but what is runnable or runs. */
static void build_lane(const struct view *v, uint32_t task, struct box block, bool active,
		       struct scene *s)
{
	const struct lane_data *lane = timeline_task(v->tl, task);
	float least = v->theme.metrics->detail;
	struct lod lod;
	struct lod_piece piece;

	lod_begin(&lod, lane, &v->vp, fmaxf(least, px(v, least)));
	while (lod_next(&lod, &piece)) {
		struct box at = {piece.x0, block.y, piece.x1 - piece.x0, block.h};

		s->ref = (struct ref){.kind = REF_TASK_SLICE,
				      .lane = task,
				      .nr = (uint32_t)piece.nr,
				      .index = (uint32_t)piece.first};
		if (active && piece.nr > 1)
			piece.sum.ns[STATE_BLOCKED] = 0;
		if (piece.nr > 1)
			build_merged(v, task, &lod, &piece, at, s);
		else if (!active || piece.slice.state != STATE_BLOCKED)
			build_slice(v, task, &piece.slice, piece.end_ns, at, s);
	}
}

static struct box axis_block(const struct view *v, struct box box)
{
	struct box axis = view_axis(v);
	float pad = px_round(v, v->theme.metrics->task_pad);

	return (struct box){axis.x, box.y + pad, axis.w, box.h - 2 * pad};
}

/* "signal 9 (KILL)", where there is little room "KILL". */
static void build_ending_words(const struct task *task, struct box at, rgba_t color,
			       struct scene *s)
{
	char full[ENDING_LEN], brief[ENDING_LEN];
	const char *tries[] = {ending_text(task->exit_code, full), brief};
	const char *name = strchr(full, '(');

	snprintf(brief, sizeof(brief), "%s", name ? name + 1 : strrchr(full, ' ') + 1);
	brief[strcspn(brief, ")")] = '\0';
	for (size_t i = 0; i < 2; i++) {
		float w = scene_text_width(s, FONT_SMALL, tries[i]);

		if (w > at.w)
			continue;
		at.w = w + 1;
		scene_text(s, at, FONT_SMALL, color, ALIGN_LEFT, tries[i]);
		return;
	}
}

/* A bar where a task was killed, or gave another status than 0, and behind it in words how, where
 * there is room: nothing else of it comes there. */
static void build_ending(const struct view *v, uint32_t index, struct box block, bool words,
			 struct scene *s)
{
	const struct task *task = machine_task(timeline_machine(v->tl), index);
	rgba_t color = v->theme.palette->live;
	float w = px_round(v, 3), right = block.x + block.w;
	float x = floorf(viewport_x(&v->vp, (int64_t)task->end_ns));

	if (!task_failed(task) || x < block.x || x > right)
		return;
	s->ref = (struct ref){.kind = REF_TASK_LANE, .lane = index};
	if (v->theme.metrics->pad > 0) {
		x = fminf(x, right - w);
		scene_rect(s, (struct box){x, block.y, w, block.h}, color, 0);
		x += w + px(v, 4);
	} else {
		x = ceilf(x / 8) * 8; /* a cell is no place for a bar */
	}
	right = fminf(right, viewport_x(&v->vp, (int64_t)timeline_end_ns(v->tl)));
	if (words)
		build_ending_words(task, (struct box){x, block.y, right - x, block.h}, color, s);
}

static void build_rule(const struct view *v, struct box box, struct scene *s)
{
	struct box axis = view_axis(v);

	if (v->theme.metrics->pad > 0)
		scene_rect(s, (struct box){axis.x, box.y + box.h - 1, axis.w, 1},
			   rgba_alpha(v->theme.palette->rule, 0x80), 0);
}

/* A process of one thread is no thread of the process it stands below: a corner leads to it. */
static void build_corner(const struct view *v, struct box box, float indent, struct scene *s)
{
	float thick = px_round(v, 1), w = px_round(v, 6);
	float x = roundf(box.x + px(v, v->theme.metrics->pad) + indent - px(v, 9));
	float middle = floorf(box.y + box.h / 2);
	rgba_t color = v->theme.palette->dim;

	if (v->theme.metrics->pad <= 0)
		return;
	scene_rect(s,
		   (struct box){x, box.y + px_round(v, 3), thick, middle - box.y - px_round(v, 3)},
		   color, 0);
	scene_rect(s, (struct box){x, middle, w, thick}, color, 0);
}

static void task_build(const struct view *v, const struct row *row, struct box box, struct scene *s)
{
	const struct task *task = machine_task(timeline_machine(v->tl), row->id);
	struct box axis = view_axis(v);
	float indent = px(v, v->theme.metrics->indent) * (float)(row->depth + !row->alone);
	char tid[16];

	float strips_h = lane_strips_height(v, row->id);
	struct box whole = box;

	snprintf(tid, sizeof(tid), "%u", task->tid);
	s->ref = (struct ref){.kind = REF_TASK_LANE, .lane = row->id};
	scene_hit(s, box);
	box.h -= strips_h;
	if (row->alone && row->depth > 0)
		build_corner(v, box, indent, s);
	lane_gutter(v, s, box, indent, task->comm, tid,
		    view_share(v, timeline_task(v->tl, row->id)), view_task_color(v, row->id));
	build_rule(v, whole, s);
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	s->hit = box;
	build_lane(v, row->id, axis_block(v, box), false, s);
	build_ending(v, row->id, axis_block(v, box), true, s);
	s->hit.h = 0;
	scene_unclip(s, clip);
	if (strips_h > 0)
		lane_strips_build(v, row, whole, s);
}

/* Each in its colour. Those whose whole life shares a pixel with the one before are left to it. */
void lane_members_build(const struct view *v, const struct row *row, struct box box,
			struct scene *s)
{
	struct box axis = view_axis(v), block = axis_block(v, box);
	const uint32_t *members = v->tree->members + row->first;
	float edge = axis.x - 1;
	uint8_t clip = scene_clip(s, (struct box){axis.x, box.y, axis.w, box.h});

	for (uint32_t i = 0; i < row->nr; i++) {
		const struct lane_data *lane = timeline_task(v->tl, members[i]);

		if (lane->nr == 0)
			continue;
		float x0 = viewport_x(&v->vp, (int64_t)lane_begin(lane));
		float x1 = viewport_x(&v->vp, (int64_t)lane->end_ns);
		bool tiny = x1 - x0 < 1;

		if (x1 < axis.x || x0 >= axis.x + axis.w || (tiny && fabsf(x1 - edge) < 1))
			continue;
		if (tiny)
			edge = x1;
		s->hit = box;
		build_lane(v, members[i], block, true, s);
		build_ending(v, members[i], block, false, s);
		s->hit.h = 0;
	}
	scene_unclip(s, clip);
}

static void group_build(const struct view *v, const struct row *row, struct box box,
			struct scene *s)
{
	float indent = px(v, v->theme.metrics->indent) * (float)row->depth;
	char name[48];

	const char *mark = v->still ? "" : row->folded ? "\xe2\x96\xb8 " : "\xe2\x96\xbe ";
	float room = v->layout.gutter_w - px(v, v->theme.metrics->pad + 8) - indent;
	bool few = row->id & TREE_IDLE;

	snprintf(name, sizeof(name), "%s%u %s", mark, row->nr,
		 few ? "threads that hardly ran" : "short-lived tasks");
	if (few && scene_text_width(s, FONT_NORMAL, name) > room)
		snprintf(name, sizeof(name), "%s%u hardly ran", mark, row->nr);
	s->ref = (struct ref){.kind = REF_GROUP, .lane = row->id};
	scene_hit(s, box);
	lane_gutter(v, s, box, indent, name, "", -1, 0);
	build_rule(v, box, s);
	if (row->folded)
		lane_members_build(v, row, box, s);
}

const struct lane_ops lane_task = {
    .name = "tasks",
    .height = task_height,
    .build = task_build,
};

const struct lane_ops lane_group = {
    .name = "group",
    .height = task_height,
    .build = group_build,
};
