/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions of a task are a stack: an end belongs to the begin before it. What ran before the first
 * switch to a coroutine is known by that switch, not by a record of its own: inferred.
 */
#include "model/stint.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/names.h"
#include "model/transition.h"

void stint_table_done(struct stint_table *t)
{
	free(t->rows);
}

struct task_stints *stint_row(struct stint_table *t, uint32_t task)
{
	t->rows = mem_reach(t->rows, &t->cap, &t->nr, task, sizeof(*t->rows));
	return &t->rows[task];
}

static void fill(const struct task_stints *s, uint32_t task, unsigned int level, uint64_t end_ns,
		 struct stint *out)
{
	*out = (struct stint){
	    .begin_ns = s->at[level].begin_ns,
	    .end_ns = end_ns > s->at[level].begin_ns ? end_ns : s->at[level].begin_ns,
	    .task = task,
	    .level = (uint8_t)level,
	    .name = s->at[level].name,
	    .inferred = level == 0 && s->inferred,
	};
}

static void emit(struct machine *m, const struct task_stints *s, uint32_t task, unsigned int level,
		 uint64_t end_ns, bool cut)
{
	struct stint stint;

	fill(s, task, level, end_ns, &stint);
	stint.cut = cut;
	if (m->sink.stint)
		m->sink.stint(m->sink.payload, &stint);
}

static void end_region(struct machine *m, struct task_stints *s, uint32_t task, uint64_t end_ns,
		       bool cut)
{
	if (s->depth < STINT_LEVELS)
		emit(m, s, task, s->depth, end_ns, cut);
	s->depth--;
}

static void end_coroutine(struct machine *m, struct task_stints *s, uint32_t task, uint64_t end_ns,
			  bool cut)
{
	if (s->has_coroutine)
		emit(m, s, task, 0, end_ns, cut);
	s->has_coroutine = s->inferred = false;
}

static void end_all(struct machine *m, uint32_t task, uint64_t end_ns)
{
	struct task_stints *s = &m->stints.rows[task];

	while (s->depth)
		end_region(m, s, task, end_ns, true);
	end_coroutine(m, s, task, end_ns, true);
}

static void tell(struct machine *m, const struct moment *mark)
{
	if (m->sink.moment)
		m->sink.moment(m->sink.payload, mark);
}

void stint_mark(struct machine *m, uint32_t task, const struct record_mark *rec)
{
	struct task_stints *s = stint_row(&m->stints, task);
	struct moment mark = {
	    .ts_ns = m->now_ns,
	    .task = task,
	    .kind = (uint8_t)rec->kind,
	    .probe = rec->probe,
	    .name = rec->name,
	    .value = rec->value,
	};

	if (rec->kind >= MARK_NR)
		return;
	if (rec->kind == MARK_BEGIN && ++s->depth < STINT_LEVELS)
		s->at[s->depth] = (struct open_stint){m->now_ns, rec->name};
	mark.level = (uint8_t)(s->depth < UINT8_MAX ? s->depth : UINT8_MAX);
	mark.alone = rec->kind == MARK_END && s->depth == 0;
	if (rec->kind == MARK_END && s->depth)
		end_region(m, s, task, m->now_ns, false);
	tell(m, &mark);
}

/* A coroutine, by its id; one that its program calls something now, by what that is. */
static uint64_t name_of(const struct machine *m, uint32_t task, uint64_t id)
{
	uint32_t tgid = m->tasks.slots[task].task.tgid;
	uint64_t called = names_called(m->names, OBJECT_COROUTINE, tgid, id);

	return called ? called : id;
}

void stint_coroutine(struct machine *m, uint32_t task, const struct record_coroutine *rec)
{
	struct task_stints *s = stint_row(&m->stints, task);
	uint64_t name = rec->id ? name_of(m, task, rec->id) : 0;
	struct moment mark = {.ts_ns = m->now_ns, .task = task, .kind = MARK_SWITCH, .name = name};

	if (!s->has_coroutine && rec->from) {
		s->at[0] = (struct open_stint){m->tasks.slots[task].task.begin_ns,
					       name_of(m, task, rec->from)};
		if (s->lost_ns > s->at[0].begin_ns)
			s->at[0].begin_ns = s->lost_ns;
		s->has_coroutine = s->inferred = true;
	}
	end_coroutine(m, s, task, m->now_ns, false);
	s->at[0] = (struct open_stint){m->now_ns, name};
	s->has_coroutine = rec->id != 0;
	tell(m, &mark);
}

void stint_end_task(struct machine *m, uint32_t task, uint64_t ts_ns)
{
	if (task < m->stints.nr)
		end_all(m, task, ts_ns);
}

void stint_lost(struct machine *m, uint64_t begin_ns)
{
	for (uint32_t i = 0; i < m->stints.nr; i++) {
		end_all(m, i, begin_ns);
		m->stints.rows[i].lost_ns = m->now_ns;
	}
}

void stint_finish(struct machine *m)
{
	for (uint32_t i = 0; i < m->stints.nr; i++)
		end_all(m, i, m->now_ns);
}

bool machine_stint_now(const struct machine *m, uint32_t task, unsigned int level,
		       struct stint *out)
{
	const struct task_stints *s;

	if (task >= m->stints.nr || level >= STINT_LEVELS)
		return false;
	s = &m->stints.rows[task];
	if (level ? level > s->depth : !s->has_coroutine)
		return false;
	fill(s, task, level, m->now_ns, out);
	return true;
}
