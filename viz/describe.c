/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/describe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/duration.h"
#include "base/plain.h"
#include "model/calls.h"
#include "model/ending.h"
#include "model/reason.h"
#include "model/story.h"

void add_line(struct description *d, rgba_t color, const char *fmt, ...)
{
	va_list ap;

	if (d->nr_lines == DESCRIPTION_LINES)
		return;
	va_start(ap, fmt);
	vsnprintf(d->lines[d->nr_lines], sizeof(d->lines[0]), fmt, ap);
	va_end(ap);
	d->line_colors[d->nr_lines++] = color;
}

void add_row(struct description *d, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (d->nr_rows == DESCRIPTION_ROWS)
		return;
	snprintf(d->rows[d->nr_rows].key, sizeof(d->rows[0].key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(d->rows[d->nr_rows++].value, sizeof(d->rows[0].value), fmt, ap);
	va_end(ap);
}

void add_span(const struct view *v, struct description *d, uint64_t begin_ns, uint64_t end_ns)
{
	int64_t zero_ns = (int64_t)timeline_begin_ns(v->tl);
	char buf[DURATION_LEN];

	add_row(d, "from", "%s", duration_exact((int64_t)begin_ns - zero_ns, buf));
	add_row(d, "to", "%s", duration_exact((int64_t)end_ns - zero_ns, buf));
	add_row(d, "lasted", "%s", duration_text(end_ns - begin_ns, buf));
}

void title_task(const struct view *v, struct description *d, uint32_t task)
{
	const struct machine *m = timeline_machine(v->tl);

	d->task = task;
	d->color = view_task_color(v, task);
	snprintf(d->title, sizeof(d->title), "%s", view_task_name(v, task));
	if (task >= machine_nr_tasks(m))
		return;
	const struct task *t = machine_task(m, task);
	uint32_t leader = machine_find(m, t->tgid);

	if (t->tgid == 0 || t->tgid == t->tid || leader == TASK_NONE)
		snprintf(d->subtitle, sizeof(d->subtitle), "tid %u", t->tid);
	else
		snprintf(d->subtitle, sizeof(d->subtitle), "tid %u \xc2\xb7 %s", t->tid,
			 machine_task(m, leader)->comm);
}

/* What came next on the same lane, as one line. */
static void add_next(const struct view *v, const struct ref *ref, struct description *d)
{
	struct ref next = *ref;
	struct interval iv;
	char buf[DURATION_LEN];

	next.index++;
	if (!view_interval(v, &next, &iv))
		return;
	duration_text(iv.end_ns - iv.begin_ns, buf);
	if (iv.state == STATE_RUNNING)
		add_row(d, "then", "ran %s, CPU %u", buf, iv.cpu);
	else if (iv.state == STATE_RUNNABLE)
		add_row(d, "then", "ready %s, CPU %u", buf, iv.cpu);
	else if (iv.state == STATE_BLOCKED)
		add_row(d, "then", "%s, %s", reason_key(iv.why), buf);
	else
		add_row(d, "then", "unknown");
}

static rgba_t clause_color(const struct palette *p, const struct clause *c)
{
	switch (c->tone) {
	case TONE_READY:
		return p->runnable;
	case TONE_BLOCKED:
		return c->why < REASON_NR ? p->reasons[c->why] : p->dim;
	case TONE_RAN:
	case TONE_DOUBT:
		return p->dim;
	}
	return p->text;
}

/* Each clause a line; what stands between two ends the first one. */
static void add_story(const struct view *v, const struct interval *iv, struct description *d)
{
	struct story story;

	story_of_task(v->tl, iv, v->still, &story);
	d->one_sentence = true;
	for (size_t i = 0; i < story.nr; i++) {
		const struct clause *c = &story.clauses[i];
		char mark = i + 1 < story.nr ? story.clauses[i + 1].before : ' ';

		add_line(d, clause_color(v->theme.palette, c), "%s%.*s", c->text, mark != ' ',
			 &mark);
		d->details[d->nr_lines - 1] = c->tone == TONE_RAN || c->tone == TONE_BLOCKED ||
					      (c->tone == TONE_READY && i > 0);
	}
	if (!story.whole)
		add_line(d, v->theme.palette->dim, "(more is being read)");
}

static void describe_task_slice(const struct view *v, const struct ref *ref,
				const struct interval *iv, struct description *d)
{
	const char *call = iv->nr >= 0 && iv->state == STATE_BLOCKED
			       ? syscall_name(timeline_info(v->tl)->arch, iv->nr)
			       : NULL;
	uint32_t most = iv->state == STATE_BLOCKED ? meanwhile_most(v->tl, iv, v->still) : 0;

	title_task(v, d, ref->lane);
	add_story(v, iv, d);
	add_span(v, d, iv->begin_ns, iv->end_ns);
	add_next(v, ref, d);
	if (most > 1)
		add_row(d, "waiters at most", "%" PRIu32, most);
	if (call)
		add_row(d, "system call", "%s", call);
}

/* Why time of a core is not known: who had it before or after is no answer, as a switch that the
 * kernel did not tell may have been at any time in it. */
static void add_doubt(const struct view *v, const struct ref *ref, const struct interval *iv,
		      struct description *d)
{
	static const enum anomaly untold[] = {ANOMALY_SWITCH_MISMATCH, ANOMALY_SWITCH_ELSEWHERE,
					      ANOMALY_SWITCH_UNTOLD};
	rgba_t color = v->theme.palette->dim;
	uint64_t nr_untold = 0;
	size_t nr_gaps;
	const struct gap *gaps = timeline_gaps(v->tl, &nr_gaps);

	for (size_t i = 0; i < nr_gaps; i++)
		if (gaps[i].cpu == iv->cpu && gaps[i].begin_ns < iv->end_ns &&
		    gaps[i].end_ns > iv->begin_ns) {
			add_line(d, color, "records of this core are lost here");
			return;
		}
	if (ref->index == 0) {
		add_line(d, color, "no switch of this core was recorded before");
		return;
	}
	for (size_t i = 0; i < sizeof(untold) / sizeof(untold[0]); i++)
		nr_untold += machine_anomalies(timeline_machine(v->tl), untold[i]);
	add_line(d, color, "the kernel did not tell a switch within it");
	add_row(d, "such switches", "%" PRIu64 " in all", nr_untold);
}

static void describe_cpu_slice(const struct view *v, const struct ref *ref,
			       const struct interval *iv, struct description *d)
{
	const struct palette *p = v->theme.palette;
	char dur[DURATION_LEN];

	duration_text(iv->end_ns - iv->begin_ns, dur);
	if (iv->state == STATE_RUNNING && iv->task != TASK_NONE) {
		title_task(v, d, iv->task);
		add_line(d, p->text, "ran %s on CPU %u", dur, iv->cpu);
	} else {
		snprintf(d->title, sizeof(d->title), "CPU %u", iv->cpu);
		add_line(d, p->text, iv->state == STATE_IDLE ? "was idle %s" : "not known for %s",
			 dur);
	}
	add_span(v, d, iv->begin_ns, iv->end_ns);
	if (iv->state == STATE_UNKNOWN)
		add_doubt(v, ref, iv, d);
}

void add_shares(struct description *d, const struct state_time *sum)
{
	static const struct {
		enum state state;
		const char *name;
	} states[] = {{STATE_RUNNING, "running"},
		      {STATE_RUNNABLE, "ready, no core"},
		      {STATE_BLOCKED, "waiting"},
		      {STATE_IDLE, "idle"},
		      {STATE_UNKNOWN, "unknown"}};
	uint64_t total = 0;
	char buf[DURATION_LEN], share[PLAIN_SHARE_LEN];

	for (int i = 0; i < STATE_NR; i++)
		total += sum->ns[i];
	for (size_t i = 0; i < 5; i++) {
		uint64_t ns = sum->ns[states[i].state];

		if (ns == 0)
			continue;
		duration_text(ns, buf);
		/* printf pads bytes, and the sign of a micro is two. */
		add_row(d, states[i].name, "%7s  %*s", plain_share(ns, total, share),
			strchr(buf, '\xc2') ? 10 : 9, buf);
	}
}

static void describe_merged(const struct view *v, const struct ref *ref,
			    const struct lane_data *lane, struct description *d)
{
	uint64_t begin_ns = lane_slice_begin(lane, ref->index);
	size_t last = ref->index + ref->nr - 1;
	uint64_t end_ns = lane_slice_end(lane, last < lane->nr ? last : lane->nr - 1);
	struct state_time sum = {0};
	char dur[DURATION_LEN];

	if (ref->kind == REF_TASK_SLICE)
		title_task(v, d, ref->lane);
	else
		snprintf(d->title, sizeof(d->title), "CPU %u", ref->lane);
	add_line(d, v->theme.palette->text, "%u intervals within %s", ref->nr,
		 duration_text(end_ns - begin_ns, dur));
	if (ref->kind == REF_CPU_SLICE)
		add_runners(v, lane, ref, d);
	lane_sum(lane, begin_ns, end_ns, &sum);
	add_shares(d, &sum);
	add_span(v, d, begin_ns, end_ns);
}

static void describe_gap(const struct view *v, const struct ref *ref, struct description *d)
{
	size_t nr;
	const struct gap *gaps = timeline_gaps(v->tl, &nr);

	if (ref->index >= nr)
		return;
	const struct gap *gap = &gaps[ref->index];

	d->color = v->theme.palette->gap_text;
	if (gap->lost)
		snprintf(d->title, sizeof(d->title), "%" PRIu64 " records lost", gap->lost);
	else
		snprintf(d->title, sizeof(d->title), "damaged in the file");
	snprintf(d->subtitle, sizeof(d->subtitle), "CPU %u", gap->cpu);
	add_line(d, v->theme.palette->text, "what happened here is unknown");
	add_span(v, d, gap->begin_ns, gap->end_ns);
}

static void describe_task(const struct view *v, uint32_t index, struct description *d)
{
	const struct machine *m = timeline_machine(v->tl);
	const struct lane_data *lane = timeline_task(v->tl, index);
	struct state_time sum = {0};
	char ending[ENDING_LEN], time[DURATION_LEN];

	if (index >= machine_nr_tasks(m))
		return;
	const struct task *task = machine_task(m, index);

	title_task(v, d, index);
	if (task->exited && task->exit_code != INFO_NO_STATUS)
		add_line(d, v->theme.palette->text, "%s %s",
			 WIFSIGNALED(task->exit_code) ? "ended by" : "exited with",
			 ending_text(task->exit_code, ending));
	if (lane->nr) {
		lane_sum(lane, lane_begin(lane), lane->end_ns, &sum);
		add_shares(d, &sum);
	}
	add_row(d, "went on a core", "%" PRIu64, task->sched_ins);
	add_row(d, "core taken", "%" PRIu64, task->preemptions);
	add_row(d, "changed core", "%" PRIu64, task->migrations);
	if (task->stolen_ns)
		add_row(d, "host took", "%s", duration_text(task->stolen_ns, time));
	add_row(d, "woken", "%" PRIu64, task->wakeups);
}

static void describe_cpu(const struct view *v, uint32_t cpu, struct description *d)
{
	const struct lane_data *lane = timeline_cpu(v->tl, cpu);
	struct state_time sum = {0};

	snprintf(d->title, sizeof(d->title), "CPU %u", cpu);
	snprintf(d->subtitle, sizeof(d->subtitle), "whole run");
	if (lane->nr == 0)
		return;
	lane_sum(lane, lane_begin(lane), lane->end_ns, &sum);
	add_shares(d, &sum);
	add_row(d, "intervals", "%zu", lane->nr);
}

/* Why they are one row: the rules of tree.c. */
static bool describe_group(const struct view *v, uint32_t id, struct description *d)
{
	const struct row *row = tree_find(v->tree, ROW_GROUP, id);
	rgba_t color = v->theme.palette->text;

	if (!row)
		return false;
	if (id & TREE_IDLE) {
		snprintf(d->title, sizeof(d->title), "%u threads that hardly ran", row->nr);
		add_line(d, color, "each ran, and waited for locks, for less than %g %% of the run",
			 100.0 / TREE_IDLE_PART);
		add_line(d, color, "and was ready without a core for less than %g %% of it",
			 100.0 * TREE_IDLE_READY / TREE_IDLE_PART);
	} else {
		snprintf(d->title, sizeof(d->title), "%u short-lived tasks", row->nr);
		add_line(d, color, "each began and ended within %g %% of the run",
			 100.0 / TREE_SHORT_PART);
	}
	return true;
}

/* "wait_ns" as people read it. */
static const char *fact_name(const char *key, char *buf, size_t len)
{
	size_t n = strlen(key);

	if (n > 3 && strcmp(key + n - 3, "_ns") == 0)
		n -= 3;
	snprintf(buf, len, "%.*s", (int)n, key);
	for (char *c = buf; *c; c++)
		if (*c == '_')
			*c = ' ';
	return buf;
}

static void add_fact(struct description *d, const struct fact *f)
{
	char buf[DURATION_LEN], name[32], share[PLAIN_SHARE_LEN];

	fact_name(f->key, name, sizeof(name));
	if (f->kind == CELL_NS)
		add_row(d, name, "%s", duration_text(f->number, buf));
	else if (f->kind == CELL_SHARE)
		add_row(d, name, "%s", plain_share(f->number, SHARE_WHOLE, share));
	else if (f->kind == CELL_HEX)
		add_row(d, name, "0x%" PRIx64, f->number);
	else
		add_row(d, name, "%" PRIu64, f->number);
}

/* A finding's sentence, cut at spaces into lines, and the numbers it rests on. */
static void describe_finding(const struct view *v, size_t row, struct description *d)
{
	const struct result *r = study_findings(v->study);

	if (!r || row >= r->nr_findings)
		return;
	const struct finding *f = &r->findings[row];

	char share[PLAIN_SHARE_LEN];

	snprintf(d->title, sizeof(d->title), "%s of the time",
		 plain_share(f->severity, SHARE_WHOLE, share));
	snprintf(d->subtitle, sizeof(d->subtitle), "%s", f->id);
	for (const char *at = f->text; *at;) {
		size_t len = strlen(at), most = sizeof(d->lines[0]) - 1;

		if (len > most)
			for (len = most; len > 1 && at[len] != ' ';)
				len--;
		add_line(d, v->theme.palette->text, "%.*s", (int)len, at);
		at += len;
		at += strspn(at, " ");
	}
	add_span(v, d, f->begin_ns, f->end_ns);
	for (unsigned int i = 0; i < f->nr_facts; i++)
		add_fact(d, &f->facts[i]);
}

static bool describe_any(const struct view *v, const struct ref *ref, struct description *d)
{
	const struct lane_data *lane;
	struct interval iv;
	size_t index;

	memset(d, 0, sizeof(*d));
	d->task = TASK_NONE;
	d->color = v->theme.palette->text;
	switch (ref->kind) {
	case REF_CPU_SLICE:
	case REF_TASK_SLICE:
		if (!view_slice(v, ref, &lane, &index))
			return false;
		if (ref->nr > 1) {
			describe_merged(v, ref, lane, d);
			return true;
		}
		if (!view_interval(v, ref, &iv))
			return false;
		if (ref->kind == REF_TASK_SLICE)
			describe_task_slice(v, ref, &iv, d);
		else
			describe_cpu_slice(v, ref, &iv, d);
		return true;
	case REF_LOCK_SLICE:
		return describe_lock_slice(v, ref, d);
	case REF_STRIP_SLICE:
		return describe_strip_slice(v, ref, d);
	case REF_LOCK_LANE:
		return describe_lock(v, ref->lane, d);
	case REF_RUNQ:
		return describe_runq(v, d);
	case REF_GAP:
		describe_gap(v, ref, d);
		return d->nr_rows > 0;
	case REF_TABLE_ROW:
		if (ref->lane == TAB_FINDINGS)
			describe_finding(v, ref->index, d);
		return d->nr_rows > 0;
	case REF_TABLE_CPU:
		describe_cpu(v, ref->lane, d);
		return true;
	case REF_TASK_LANE:
	case REF_TABLE_TASK:
		describe_task(v, ref->lane, d);
		return d->nr_rows > 0;
	case REF_CPU_LANE:
		describe_cpu(v, ref->lane, d);
		return true;
	case REF_GROUP:
		return describe_group(v, ref->lane, d);
	}
	return false;
}

bool describe(const struct view *v, const struct ref *ref, struct description *d)
{
	const struct palette *p = v->theme.palette;
	bool known = describe_any(v, ref, d);

	/* Colours made for blocks, as words. */
	d->color = rgba_legible(d->color, p->bar, p->text);
	for (size_t i = 0; i < d->nr_lines; i++)
		d->line_colors[i] = rgba_legible(d->line_colors[i], p->bar, p->text);
	return known;
}

void describe_shorten(struct description *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nr_lines; i++) {
		if (d->details[i])
			continue;
		memmove(d->lines[kept], d->lines[i], sizeof(d->lines[0]));
		d->details[kept] = false;
		d->line_colors[kept++] = d->line_colors[i];
	}
	d->nr_lines = kept;
	/* What went on in a line that was left out has its end here. */
	size_t len = kept ? strlen(d->lines[kept - 1]) : 0;

	if (len && strchr(",;:", d->lines[kept - 1][len - 1]))
		d->lines[kept - 1][len - 1] = '\0';
}

/* Runs of blanks, there for columns, as one. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != ' ' || from[1] != ' ')
			*to++ = *from;
	*to = '\0';
}

const char *describe_line(const struct view *v, const struct ref *ref, char *buf, size_t len)
{
	struct description d;
	size_t at;

	if (ref->nr > 1 || !describe(v, ref, &d) || len == 0)
		return NULL;
	at = (size_t)snprintf(buf, len, "%s%s%s", d.title, d.subtitle[0] ? " \xc2\xb7 " : "",
			      d.subtitle);
	for (size_t i = 0; i < d.nr_lines && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s %s",
				       i == 0           ? ":"
				       : d.one_sentence ? ""
							: ";",
				       d.lines[i]);
	for (size_t i = 0; d.nr_lines == 0 && i < d.nr_rows && i < 3 && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s %s %s", i == 0 ? ":" : ",",
				       d.rows[i].key, d.rows[i].value);
	squeeze(buf);
	return buf;
}
