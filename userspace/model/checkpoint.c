/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state machine as bytes: magic, version, then every field as a varint, in the order of the
 * functions below. One walk serves both ways, so that what is saved is what is restored. The bytes
 * may come from a damaged file: nothing in them is trusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "model/cause.h"
#include "model/transition.h"

#define CHECKPOINT_MAGIC 0x706b6363 /* "cckp" */
/* Another one also when a rule changes: an old state would go on as the old rules had it. */
#define CHECKPOINT_VERSION 11

/* Saves to out, or restores from in when out is NULL; bad: what is there cannot be. */
struct walk {
	struct bytes *out;
	struct cursor in;
	bool bad;
};

static uint64_t walk_number(struct walk *w, uint64_t value, uint64_t max)
{
	if (w->out) {
		bytes_add_varint(w->out, value);
		return value;
	}
	if (w->bad || !cursor_varint(&w->in, &value) || value > max) {
		w->bad = true;
		return 0;
	}
	return value;
}

static void walk_u64(struct walk *w, uint64_t *value)
{
	*value = walk_number(w, *value, UINT64_MAX);
}

/* Stored plus one, so that "none", which is all ones, is short. */
static void walk_u32(struct walk *w, uint32_t *value)
{
	*value = (uint32_t)walk_number(w, (uint32_t)(*value + 1), UINT32_MAX) - 1;
}

static void walk_signed(struct walk *w, int32_t *value)
{
	uint64_t number = walk_number(w, zigzag(*value), UINT32_MAX);

	*value = (int32_t)unzigzag(number);
}

static void walk_u8(struct walk *w, uint8_t *value, unsigned int max)
{
	*value = (uint8_t)walk_number(w, *value, max);
}

static void walk_bool(struct walk *w, bool *value)
{
	*value = walk_number(w, *value, 1);
}

/* Length of an array of which each element takes at least one byte. */
static size_t walk_len(struct walk *w, size_t len)
{
	size_t max = w->out ? SIZE_MAX : (size_t)(w->in.end - w->in.at);

	return walk_number(w, len, max);
}

static void walk_comm(struct walk *w, char comm[RECORD_COMM_LEN + 1])
{
	size_t len = walk_len(w, w->out ? strlen(comm) : 0);
	const uint8_t *at;

	if (w->out) {
		bytes_add(w->out, comm, len);
		return;
	}
	at = len <= RECORD_COMM_LEN ? cursor_bytes(&w->in, len) : NULL;
	if (!at || w->bad) {
		w->bad = true;
		return;
	}
	memcpy(comm, at, len);
	comm[len] = 0;
}

static void walk_interval(struct walk *w, struct interval *iv)
{
	walk_u64(w, &iv->begin_ns);
	walk_u32(w, &iv->task);
	walk_u32(w, &iv->cpu);
	walk_u8(w, &iv->state, STATE_NR - 1);
	walk_u8(w, &iv->why, REASON_NR - 1);
	walk_bool(w, &iv->inferred);
	walk_u32(w, &iv->waker);
	walk_signed(w, &iv->nr);
	walk_u8(w, &iv->object_kind, OBJECT_NR - 1);
	walk_u64(w, &iv->object);
	walk_u32(w, &iv->owner);
	walk_bool(w, &iv->owner_inferred);
	walk_bool(w, &iv->owner_exited);
	walk_bool(w, &iv->refused);
	walk_bool(w, &iv->shares);
	walk_u8(w, &iv->cause, CAUSE_NR - 1);
	walk_bool(w, &iv->timed);
	walk_u32(w, &iv->sync);
	walk_u64(w, &iv->timeout_ns);
}

static void walk_wait(struct walk *w, struct past_wait *wait)
{
	walk_signed(w, &wait->nr);
	if (wait->nr < 0)
		return;
	for (unsigned int i = 0; i < RECORD_NR_ARGS; i++)
		walk_u64(w, &wait->args[i]);
	walk_u64(w, &wait->object);
	walk_u32(w, &wait->sync);
	walk_u8(w, &wait->why, REASON_NR - 1);
	walk_u8(w, &wait->object_kind, OBJECT_NR - 1);
	walk_bool(w, &wait->inferred);
	walk_bool(w, &wait->timed);
	walk_bool(w, &wait->shares);
	walk_u8(w, &wait->cause, CAUSE_NR - 1);
}

static void walk_task(struct walk *w, struct task *t)
{
	walk_u32(w, &t->tid);
	walk_u32(w, &t->tgid);
	walk_u32(w, &t->parent);
	walk_u32(w, &t->parent_tgid);
	walk_comm(w, t->comm);
	walk_bool(w, &t->traced);
	walk_bool(w, &t->self);
	walk_bool(w, &t->kthread);
	walk_bool(w, &t->exited);
	walk_signed(w, &t->exit_code);
	walk_signed(w, &t->prio);
	walk_signed(w, &t->lent_prio);
	walk_u64(w, &t->begin_ns);
	walk_u64(w, &t->end_ns);
	walk_u64(w, &t->sched_ins);
	walk_u64(w, &t->preemptions);
	walk_u64(w, &t->migrations);
	walk_u64(w, &t->stolen_ns);
	walk_u64(w, &t->wakeups);
}

static void walk_slot(struct walk *w, struct slot *s)
{
	walk_task(w, &s->task);
	walk_bool(w, &s->introduced);
	walk_bool(w, &s->named);
	walk_bool(w, &s->alive);
	if (!s->alive)
		return; /* its time is over: nothing below is looked at again */
	walk_interval(w, &s->open);
	walk_u64(w, &s->wake_ns);
	walk_u32(w, &s->wake_waker);
	walk_u8(w, &s->wake_cause, CAUSE_NR - 1);
	walk_u32(w, &s->waits_for);
	walk_u32(w, &s->heir_of);
	walk_wait(w, &s->last);
	walk_bool(w, &s->exiting);
	walk_u32(w, &s->last_cpu);
	walk_u32(w, &s->queue_cpu);
	walk_bool(w, &s->virgin);
}

static void walk_core(struct walk *w, struct core *c)
{
	walk_interval(w, &c->open);
	walk_u64(w, &c->sched_ns);
	walk_u64(w, &c->sure_ns);
	walk_u64(w, &c->lost_ns);
	walk_u64(w, &c->switches);
	walk_u64(w, &c->moved);
	walk_u64(w, &c->nr_queued);
	walk_u64(w, &c->queued_sum);
	walk_bool(w, &c->virgin);
	walk_bool(w, &c->seen);
}

static void walk_head(struct walk *w, struct machine *m)
{
	walk_u64(w, &m->begin_ns);
	walk_u64(w, &m->now_ns);
	walk_u64(w, &m->nr_records);
	for (unsigned int i = 0; i < ANOMALY_NR; i++)
		walk_u64(w, &m->anomalies[i]);
	walk_bool(w, &m->begun);
	walk_bool(w, &m->has_snapshot);
}

static void walk_slots(struct walk *w, struct machine *m)
{
	size_t nr = walk_len(w, m->tasks.nr);

	for (size_t i = 0; i < nr && !w->bad; i++) {
		struct slot slot = {
		    .waits_for = SYNC_NONE, .heir_of = SYNC_NONE, .last.sync = SYNC_NONE};

		if (w->out) {
			walk_slot(w, &m->tasks.slots[i]);
			continue;
		}
		walk_slot(w, &slot);
		if (i > 0)
			task_table_add(&m->tasks, slot.task.tid);
		slot.open.task = (uint32_t)i;
		m->tasks.slots[i] = slot;
	}
}

/* Which tid names which slot: a tid's last one, unless execve gave it away. */
static void walk_names(struct walk *w, struct machine *m)
{
	for (size_t i = 1; i < m->tasks.nr && !w->bad; i++) {
		struct task *t = &m->tasks.slots[i].task;
		bool named = w->out && task_table_find(&m->tasks, t->tid) == i;

		walk_bool(w, &named);
		if (w->out)
			continue;
		if (named)
			task_table_name(&m->tasks, t->tid, (uint32_t)i);
		else if (task_table_find(&m->tasks, t->tid) == i)
			task_table_name(&m->tasks, t->tid, TASK_NONE);
	}
}

static void walk_cores(struct walk *w, struct machine *m)
{
	size_t nr = walk_len(w, m->nr_cores);

	if (nr > UINT16_MAX + 1)
		w->bad = true;
	for (size_t i = 0; i < nr && !w->bad; i++) {
		walk_core(w, core_at(m, (uint32_t)i));
		m->cores[i].open.cpu = (uint32_t)i;
	}
}

static void walk_losses(struct walk *w, struct machine *m)
{
	size_t nr = walk_len(w, m->nr_losses);

	if (nr > MACHINE_MAX_LOSSES)
		w->bad = true;
	if (!w->out && !w->bad && nr) {
		m->losses = mem_grow(m->losses, &m->cap_losses, nr, sizeof(*m->losses));
		memset(m->losses, 0, nr * sizeof(*m->losses));
		m->nr_losses = nr;
	}
	for (size_t i = 0; i < nr && !w->bad; i++) {
		walk_u64(w, &m->losses[i].begin_ns);
		walk_u64(w, &m->losses[i].end_ns);
	}
}

static void walk_sync(struct walk *w, struct sync_slot *y)
{
	walk_u32(w, &y->sync.tgid);
	walk_u8(w, &y->sync.kind, SYNC_NR_KINDS - 1);
	walk_u8(w, &y->sync.flags, UINT8_MAX);
	walk_u64(w, &y->sync.uaddr);
	walk_u32(w, &y->sync.dev);
	walk_u64(w, &y->sync.inode);
	walk_u64(w, &y->sync.offset);
	walk_u32(w, &y->sync.first_waiter);
	walk_u32(w, &y->sync.holder);
	walk_u64(w, &y->sync.since_ns);
	walk_bool(w, &y->sync.measured);
	walk_u32(w, &y->sync.nr_waiters);
	walk_u64(w, &y->sync.called);
	walk_u32(w, &y->alias);
	walk_u32(w, &y->heir);
	walk_u64(w, &y->sure_ns);
	walk_u64(w, &y->unknown_ns);
	walk_u64(w, &y->handed_ns);
	walk_bool(w, &y->foreign);
	walk_bool(w, &y->trial);
	walk_u32(w, &y->before);
	walk_u64(w, &y->begin_ns);
}

static void walk_word(struct walk *w, struct sync_word *word)
{
	walk_u64(w, &word->space);
	walk_u64(w, &word->inode);
	walk_u64(w, &word->addr);
	walk_u32(w, &word->index);
}

static void walk_syncs(struct walk *w, struct machine *m)
{
	struct sync_table *t = &m->syncs;
	size_t nr = walk_len(w, t->nr);

	for (size_t i = 0; i < nr && !w->bad; i++) {
		if (!w->out)
			sync_table_add(t);
		walk_sync(w, &t->slots[i]);
	}
	walk_u32(w, &t->nr_spaces);
	nr = walk_len(w, t->nr_words);
	for (size_t i = 0; i < nr && !w->bad; i++) {
		struct sync_word word = {0};

		walk_word(w, w->out ? &t->words[i] : &word);
		if (!w->out && !w->bad)
			sync_table_name(t, &word);
	}
}

static void walk_open_stint(struct walk *w, struct open_stint *stint)
{
	walk_u64(w, &stint->begin_ns);
	walk_u64(w, &stint->name);
}

static void walk_task_stints(struct walk *w, struct task_stints *s)
{
	walk_bool(w, &s->has_coroutine);
	walk_bool(w, &s->inferred);
	walk_u64(w, &s->lost_ns);
	walk_u32(w, &s->depth);
	if (s->has_coroutine)
		walk_open_stint(w, &s->at[0]);
	for (uint32_t i = 1; i <= s->depth && i < STINT_LEVELS; i++)
		walk_open_stint(w, &s->at[i]);
}

static void walk_stints(struct walk *w, struct machine *m)
{
	size_t nr = walk_len(w, m->stints.nr);

	for (size_t i = 0; i < nr && !w->bad; i++)
		walk_task_stints(w, stint_row(&m->stints, (uint32_t)i));
}

static void walk_words(struct walk *w, struct record_words *words)
{
	walk_u64(w, &words->uaddr);
	if (words->uaddr == 0)
		return;
	walk_u32(w, &words->head.tid);
	walk_u64(w, &words->timeout_ns);
	for (unsigned int i = 0; i < RECORD_NR_WORDS; i++)
		walk_u32(w, &words->words[i]);
}

static void walk_file(struct walk *w, struct record_file *file)
{
	walk_u32(w, &file->head.tid);
	walk_u32(w, &file->kind);
}

static void walk_machine(struct walk *w, struct machine *m)
{
	walk_head(w, m);
	walk_syncs(w, m);
	walk_words(w, &m->words);
	walk_file(w, &m->file);
	walk_slots(w, m);
	walk_names(w, m);
	walk_cores(w, m);
	walk_losses(w, m);
	walk_stints(w, m);
}

int machine_save(const struct machine *m, void **out, size_t *len)
{
	struct bytes bytes = {0};
	struct walk w = {.out = &bytes};

	bytes_add_u32(&bytes, CHECKPOINT_MAGIC);
	bytes_add_u32(&bytes, CHECKPOINT_VERSION);
	walk_machine(&w, (struct machine *)m); /* a walk that saves writes to out only */
	*out = bytes.at;
	*len = bytes.len;
	return 0;
}

static bool is_task(const struct machine *m, uint32_t task)
{
	return task == TASK_NONE || task < m->tasks.nr;
}

static bool is_cpu(const struct machine *m, uint32_t cpu)
{
	return cpu == CPU_NONE || cpu < m->nr_cores;
}

static bool is_sync(const struct machine *m, uint32_t sync)
{
	return sync == SYNC_NONE || sync < m->syncs.nr;
}

/* What the sync objects refer to; what one was is older, so that there is no circle. */
static bool are_syncs_sound(const struct machine *m)
{
	for (size_t i = 0; i < m->syncs.nr; i++) {
		const struct sync_slot *y = &m->syncs.slots[i];

		if (!is_task(m, y->sync.first_waiter) || !is_task(m, y->sync.holder) ||
		    !is_task(m, y->heir) || (y->alias != SYNC_NONE && y->alias >= i) ||
		    (y->before != SYNC_NONE && y->before >= i))
			return false;
	}
	return sync_table_is_sound(&m->syncs);
}

static bool is_interval(const struct machine *m, const struct interval *iv)
{
	return is_sync(m, iv->sync) && is_task(m, iv->task) && is_task(m, iv->waker) &&
	       is_cpu(m, iv->cpu) && iv->begin_ns <= m->now_ns && iv->state != STATE_EXITED &&
	       (iv->state != STATE_RUNNABLE || iv->why < RUNNABLE_NR);
}

/* Everything that is used as an index, and what holds between tasks and cores. */
static bool is_sound(const struct machine *m)
{
	for (size_t i = 0; i < m->tasks.nr; i++) {
		const struct slot *s = &m->tasks.slots[i];

		if (!is_task(m, s->task.parent))
			return false;
		if (!s->alive)
			continue;
		if (i == TASK_IDLE || !is_interval(m, &s->open) || s->open.state == STATE_IDLE ||
		    !is_task(m, s->wake_waker) || !is_sync(m, s->waits_for) ||
		    !is_sync(m, s->heir_of) || !is_sync(m, s->last.sync) ||
		    !is_cpu(m, s->last_cpu) || !is_cpu(m, s->queue_cpu) || s->wake_ns > m->now_ns)
			return false;
		if (s->open.state == STATE_RUNNING &&
		    (s->open.cpu == CPU_NONE || m->cores[s->open.cpu].open.task != i ||
		     m->cores[s->open.cpu].open.state != STATE_RUNNING))
			return false;
	}
	for (size_t i = 0; i < m->nr_cores; i++) {
		const struct core *c = &m->cores[i];
		bool running = c->open.state == STATE_RUNNING;

		if (!is_interval(m, &c->open) || c->open.state == STATE_RUNNABLE ||
		    c->open.state == STATE_BLOCKED || c->sched_ns > m->now_ns ||
		    c->sure_ns > m->now_ns || c->lost_ns > m->now_ns)
			return false;
		if (c->open.state == STATE_IDLE && c->open.task != TASK_IDLE)
			return false;
		if (running && (c->open.task == TASK_NONE || !m->tasks.slots[c->open.task].alive ||
				m->tasks.slots[c->open.task].open.state != STATE_RUNNING ||
				m->tasks.slots[c->open.task].open.cpu != i))
			return false;
		if (c->virgin && c->nr_queued == 1 &&
		    (c->queued_sum >= m->tasks.nr || c->queued_sum == TASK_IDLE))
			return false;
	}
	return m->begin_ns <= m->now_ns && are_syncs_sound(m) && m->stints.nr <= m->tasks.nr;
}

struct machine *machine_restore(const struct trace_info *info, const struct sink *sink,
				const void *bytes, size_t len)
{
	struct trace_info empty = *info;
	struct walk w = {.in = {bytes, (const uint8_t *)bytes + len}};
	const uint8_t *head = cursor_bytes(&w.in, 8);

	if (!head || le32_get(head) != CHECKPOINT_MAGIC ||
	    le32_get(head + 4) != CHECKPOINT_VERSION) {
		errno = EINVAL;
		return NULL;
	}
	/* The cores come from the checkpoint. */
	empty.begin_ns = 0;
	struct machine *m = machine_open(&empty, sink);

	m->info = *info;
	walk_machine(&w, m);
	if (w.bad || w.in.at != w.in.end || !is_sound(m)) {
		machine_close(m);
		errno = EINVAL;
		return NULL;
	}
	return m;
}
