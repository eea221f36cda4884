/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conctrace report --only waits: the longest waits, each told in a sentence. Reads the trace into
 * lanes as the viewer does, because what the others did during a wait is only asked for once it is
 * known which waits are the longest; so both say the same words.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/duration.h"
#include "base/mem.h"
#include "cmd/json.h"
#include "cmd/report.h"
#include "import/import.h"
#include "model/cause.h"
#include "model/names.h"
#include "model/reason.h"
#include "model/story.h"

#define NR_LONGEST 10
#define INDENT     4
#define PUMP_NS    1000000000

/* Waits of one kind, longest first. */
struct longest {
	const char *title;
	struct interval ivs[NR_LONGEST];
	uint64_t in_ns[NR_LONGEST]; /* how long it was within the window */
	size_t nr;
	uint64_t nr_all;
};

struct search {
	const struct waits_options *o;
	struct timeline *tl;
	const struct machine *m;
	uint64_t begin_ns, end_ns; /* the window */
	bool traced_only;
	struct longest locks, others;
};

static void take(struct longest *l, const struct interval *iv, uint64_t in_ns)
{
	size_t i;

	l->nr_all++;
	if (l->nr == NR_LONGEST && in_ns <= l->in_ns[NR_LONGEST - 1])
		return;
	l->nr += l->nr < NR_LONGEST;
	for (i = l->nr - 1; i > 0 && l->in_ns[i - 1] < in_ns; i--) {
		l->ivs[i] = l->ivs[i - 1];
		l->in_ns[i] = l->in_ns[i - 1];
	}
	l->ivs[i] = *iv;
	l->in_ns[i] = in_ns;
}

static bool is_asked(const struct search *s, uint32_t index)
{
	const struct task *t = machine_task(s->m, index);

	if (s->o->tid)
		return t->tid == s->o->tid;
	return index != TASK_IDLE && (t->traced || !s->traced_only);
}

static void take_run(void *payload, uint32_t id, const struct lane_run *run)
{
	struct search *s = payload;
	uint32_t task = lane_number(id);

	if (lane_family(id) != LANE_TASK || !is_asked(s, task))
		return;
	for (size_t i = 0; i < run->nr; i++) {
		struct interval iv = slice_interval(&run->slices[i]);

		iv.end_ns = run_slice_end(run, i);
		iv.task = task;
		uint64_t begin_ns = iv.begin_ns > s->begin_ns ? iv.begin_ns : s->begin_ns;
		uint64_t end_ns = iv.end_ns < s->end_ns ? iv.end_ns : s->end_ns;

		if (iv.state != STATE_BLOCKED || begin_ns >= end_ns)
			continue;
		if (iv.why == REASON_LOCK)
			take(&s->locks, &iv, end_ns - begin_ns);
		else if (s->o->tid || iv.why != REASON_SLEEP)
			take(&s->others, &iv, end_ns - begin_ns);
	}
}

static int find(struct search *s, struct err *err)
{
	size_t page, to;

	timeline_pages(s->tl, s->begin_ns, s->end_ns, &page, &to);
	/* A wait is in the page in which it ended: that may be later. */
	do
		if (timeline_page(s->tl, page, true, s, take_run) < 0)
			return err_set(err, EIO, "%s: cannot be read a second time", s->o->path);
	while (timeline_page_end(s->tl, page++) != UINT64_MAX);
	return 0;
}

/* ---- text ---- */

static void put_text(const struct search *s, const struct longest *l)
{
	uint64_t zero_ns = timeline_begin_ns(s->tl);
	char text[STORY_TEXT_LEN], when[DURATION_LEN], line[STORY_TEXT_LEN + DURATION_LEN + 8];
	struct story story;

	if (l->nr == 0)
		return;
	printf("\n%s", l->title);
	if (l->nr < l->nr_all)
		printf(", %zu of %" PRIu64, l->nr, l->nr_all);
	printf("\n");
	for (size_t i = 0; i < l->nr; i++) {
		const struct interval *iv = &l->ivs[i];

		story_of_task(s->tl, iv, true, &story);
		snprintf(line, sizeof(line), "at %s: %s.",
			 duration_exact((int64_t)(iv->begin_ns - zero_ns), when),
			 story_text(s->tl, iv->task, &story, text));
		report_sentence(line, INDENT, report_width());
	}
}

/* ---- JSON ---- */

static void put_tid(struct json *j, const struct search *s, const char *key, uint32_t task)
{
	if (task == TASK_NONE || task == TASK_IDLE || task >= machine_nr_tasks(s->m))
		json_null(j, key);
	else
		json_number(j, key, machine_task(s->m, task)->tid);
}

static void put_part(struct json *j, const struct search *s, const struct wait_part *p)
{
	json_begin(j, NULL, '{');
	put_tid(j, s, "tid", p->task);
	json_number(j, "begin_ns", p->begin_ns);
	json_number(j, "end_ns", p->end_ns);
	json_number(j, "measured_ns", p->measured_ns);
	json_number(j, "running_ns", p->did.sum.ns[STATE_RUNNING]);
	json_number(j, "runnable_ns", p->did.sum.ns[STATE_RUNNABLE]);
	json_number(j, "blocked_ns", p->did.sum.ns[STATE_BLOCKED]);
	json_number(j, "unknown_ns", p->did.sum.ns[STATE_UNKNOWN]);
	put_tid(j, s, "heir", p->heir);
	json_end(j, '}');
}

static const char *bond_key(enum bond bond)
{
	static const char *const keys[] = {"unknown", "holder", "end", "waker"};

	return keys[bond];
}

static void put_wait(struct json *j, const struct search *s, const struct interval *iv)
{
	char text[STORY_TEXT_LEN], what[256];
	struct story story;
	struct meanwhile w;

	story_of_task(s->tl, iv, true, &story);
	json_begin(j, NULL, '{');
	json_number(j, "tid", machine_task(s->m, iv->task)->tid);
	json_number(j, "begin_ns", iv->begin_ns);
	json_number(j, "end_ns", iv->end_ns);
	json_text(j, "reason", reason_key(iv->why));
	if (machine_object(s->m, iv, what, sizeof(what)))
		json_text(j, "object", what);
	else
		json_null(j, "object");
	if (iv->timed && iv->timeout_ns)
		json_number(j, "timeout_ns", iv->timeout_ns);
	else
		json_null(j, "timeout_ns");
	put_tid(j, s, "waker", iv->waker);
	json_text(j, "cause", cause_key(iv->cause));
	json_text(j, "text", story_text(s->tl, iv->task, &story, text));
	meanwhile_init(&w, s->tl, iv, true);
	json_text(j, "bond", bond_key(w.bond));
	json_begin(j, "parts", '[');
	for (size_t i = 0; i < w.nr; i++)
		put_part(j, s, &w.parts[i]);
	json_end(j, ']');
	json_end(j, '}');
	meanwhile_done(&w);
}

static void put_json(const struct search *s)
{
	const struct longest *lists[] = {&s->locks, &s->others};
	struct json j = {.out = stdout};

	json_begin(&j, NULL, '{');
	json_number(&j, "schema", 1);
	json_begin(&j, "waits", '[');
	j.flat = j.depth + 1;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->nr; i++)
			put_wait(&j, s, &lists[k]->ivs[i]);
	j.flat = 0;
	json_end(&j, ']');
	json_end(&j, '}');
}

/* ---- the whole ---- */

/* To the trace's end. */
static int pump(struct timeline *tl, struct source *src, struct err *err)
{
	int res;

	while ((res = timeline_pump(tl, PUMP_NS, err)) != 0) {
		if (res == -EAGAIN)
			source_wait(src, -1);
		else if (res < 0)
			return res;
	}
	return 0;
}

static int choose(struct search *s, struct err *err)
{
	const struct waits_options *o = s->o;

	s->m = timeline_machine(s->tl);
	s->begin_ns = window_at(timeline_begin_ns(s->tl), o->window.from_ns);
	s->end_ns = window_at(timeline_begin_ns(s->tl), o->window.to_ns);
	if (s->end_ns > timeline_end_ns(s->tl))
		s->end_ns = timeline_end_ns(s->tl);
	if (s->begin_ns > s->end_ns)
		return err_set(err, ERANGE, "%s: the trace ends before --from", o->path);
	if (o->tid && machine_find(s->m, o->tid) == TASK_NONE)
		return err_set(err, ESRCH, "%s: no task %" PRIu32, o->path, o->tid);
	for (uint32_t i = 0; i < machine_nr_tasks(s->m); i++)
		s->traced_only |= !o->all && machine_task(s->m, i)->traced;
	return find(s, err);
}

int report_waits(const struct waits_options *o, struct err *err)
{
	struct search *s = mem_zalloc(1, sizeof(*s));
	struct source *src = source_open(o->path, err);
	int res = src ? 0 : -err->code;

	*s = (struct search){.o = o,
			     .locks = {.title = "LONGEST WAITS FOR LOCKS"},
			     .others = {.title = o->tid ? "LONGEST OTHER WAITS"
							: "LONGEST OTHER WAITS, SLEEPS EXCEPTED"}};
	if (!src)
		goto out;
	s->tl = timeline_open(src);
	res = pump(s->tl, src, err);
	if (res == 0)
		res = choose(s, err);
	if (res < 0)
		goto out;
	if (o->json) {
		put_json(s);
		goto out;
	}
	put_text(s, &s->locks);
	put_text(s, &s->others);
	if (s->locks.nr + s->others.nr == 0)
		printf("Nobody waited%s.\n", o->tid ? "" : ", but for sleeps");
out:
	timeline_close(s->tl);
	free(s);
	return res;
}
