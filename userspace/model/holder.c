/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules. Nothing tells of a lock but those who wait for it, so that a hold is known, and
 * emitted, only while somebody waits.
 * - A waiter's memory that names the owner is right: measured.
 * - While somebody waits for a glibc lock, nobody can give it back without a system call that wakes
 *   one of them. So whoever holds it holds it until it wakes a waiter of it.
 * - Who is woken so, the heir, has it once it runs; unless it waits for it again, then it never had
 *   it, as another one was quicker: its next wait may tell who.
 * - Nobody known, and a task wakes a waiter: that one had it until now, inferred.
 * - What was known while nobody waited may be over: where the kind has an owner in its memory, and
 * none stands there just then, nobody is named until the wait's end tells who gave it back.
 * - Where other processes take part whose objects are not known to be this one, nothing follows
 * from who wakes whom here, but that the owner that a waiter's memory named had it until it woke
 * that waiter: inferred, as it may have lent it in between to those whose waits are not seen.
 * - Once they are known, what was concluded of one process only is forgotten. The youngest of the
 * waits that go on whose memory named the owner tells who has had it since, if nobody was woken
 * from any wait for it since then: inferred if those of other processes were not seen, but for an
 * owner that has not run since, either.
 * - A rwlock's memory names the writer who has it. It is given to the writer that is woken from its
 *   wait for the phase, a moment before it writes its name; another one only becomes the next.
 * - Who was woken a moment before it leaves its core does not wait: its wait counts for nothing,
 * and its waker gave the lock back when it woke it.
 * - Readers hold it together and nobody tells of them, so that nobody is named while they do.
 */
#include "model/holder.h"

#include "model/cause.h"

static struct sync_slot *sync_of(struct machine *m, uint32_t sync)
{
	return &m->syncs.slots[sync_table_id(&m->syncs, sync)];
}

static void emit(struct machine *m, const struct sync_slot *y, uint64_t begin_ns, uint64_t end_ns,
		 uint32_t task, bool measured)
{
	struct hold hold = {
	    .sync = (uint32_t)(y - m->syncs.slots),
	    .task = task,
	    .begin_ns = begin_ns,
	    .end_ns = end_ns,
	    .measured = measured,
	};

	if (m->sink.hold && begin_ns < end_ns)
		m->sink.hold(m->sink.payload, &hold);
}

void holder_crowd(struct machine *m, uint32_t sync)
{
	struct sync_slot *y = sync_of(m, sync);

	if (m->sink.crowd)
		m->sink.crowd(m->sink.payload, (uint32_t)(y - m->syncs.slots), m->now_ns,
			      y->sync.nr_waiters);
}

/* Whether another process than that of its waiters takes part, and its waits are not seen here. */
static bool is_foreign(struct machine *m, struct sync_slot *y, uint32_t task)
{
	if (y->sync.inode)
		return false;
	y->foreign |= m->tasks.slots[task].task.tgid != y->sync.tgid;
	return y->foreign;
}

/* Nobody is known to hold it from now on. */
static void forget(struct machine *m, struct sync_slot *y)
{
	y->sync.holder = TASK_NONE;
	y->sync.measured = false;
	y->trial = false;
	y->unknown_ns = m->now_ns;
}

/* The holder has it no longer since end_ns; certain: it gave it back itself then. */
static void release_at(struct machine *m, struct sync_slot *y, bool certain, uint64_t end_ns)
{
	uint64_t since_ns = y->sync.since_ns;
	bool told = y->sync.nr_waiters > 0;

	if (told && y->sync.holder != TASK_NONE && !y->trial) {
		uint64_t sure_ns = certain || y->sure_ns > end_ns ? end_ns : y->sure_ns;

		if (!y->sync.measured)
			sure_ns = since_ns;
		emit(m, y, since_ns, sure_ns, y->sync.holder, true);
		emit(m, y, sure_ns, end_ns, y->sync.holder, false);
	}
	forget(m, y);
	y->unknown_ns = end_ns;
}

static void release(struct machine *m, struct sync_slot *y, bool certain)
{
	release_at(m, y, certain, m->now_ns);
}

static void take(struct machine *m, struct sync_slot *y, uint32_t task, bool measured)
{
	y->sync.holder = task;
	y->sync.measured = measured;
	y->sync.since_ns = m->now_ns;
	y->sure_ns = m->now_ns;
	y->trial = false;
}

/* The memory of a waiter names the owner. */
static void confirm(struct machine *m, struct sync_slot *y, uint32_t owner)
{
	if (y->sync.holder != owner) {
		release(m, y, false);
		take(m, y, owner, true);
		return;
	}
	if (!y->sync.measured) {
		/* It was thought to have it: so it was right, from the hand-over on. */
		y->trial = false;
		if (y->sync.nr_waiters > 0)
			emit(m, y, y->sync.since_ns, m->now_ns, owner, false);
		take(m, y, owner, true);
	}
	y->sure_ns = m->now_ns;
}

/* The memory does not name the owner. */
static void infer_owner(struct machine *m, struct sync_slot *y, struct slot *s)
{
	uint32_t owner = y->sync.holder;

	if (y->sync.kind == SYNC_MUTEX && y->sync.nr_waiters == 0) {
		forget(m, y);
		return;
	}
	if (y->sync.kind == SYNC_RWLOCK && !y->trial) {
		owner = y->heir;
		if (y->sync.holder != TASK_NONE)
			release(m, y, false);
	}
	if (owner == TASK_NONE || owner == s->open.task)
		return;
	s->open.owner = m->tasks.slots[owner].task.tid;
	s->open.owner_inferred = true;
}

void holder_wait(struct machine *m, struct slot *s)
{
	struct sync_slot *y = sync_of(m, s->open.sync);
	uint32_t self = s->open.task;

	s->heir_of = SYNC_NONE;
	if (y->heir == self)
		y->heir = TASK_NONE;
	if (sync_kind_is_held(y->sync.kind) && s->open.why == REASON_LOCK) {
		if (s->open.owner == 0 && !s->virgin) /* of a wait found, words may follow */
			y->handed_ns = m->now_ns;
		uint32_t owner =
		    s->open.owner ? task_table_find(&m->tasks, s->open.owner) : TASK_NONE;

		if (y->sync.holder == self && owner != self)
			forget(m, y); /* woken, and found it taken */
		if (owner != TASK_NONE && is_foreign(m, y, owner)) {
			if (y->sync.holder != TASK_NONE)
				forget(m, y);
		} else if (owner != TASK_NONE) {
			confirm(m, y, owner);
		} else if (s->open.owner == 0) {
			infer_owner(m, y, s);
		}
		/* What it did while nobody wanted the lock is not known. */
		if (y->sync.nr_waiters == 0) {
			y->sync.since_ns = m->now_ns;
			y->unknown_ns = m->now_ns;
		}
	}
	holder_crowd(m, s->open.sync);
	y->sync.nr_waiters++;
}

/* The waker of s had it until it woke s. What is known from later on stays. */
static void hand_over_early(struct machine *m, struct sync_slot *y, struct slot *s)
{
	if (y->sync.holder != TASK_NONE && y->sync.since_ns > s->wake_ns)
		return;
	if (y->sync.holder == s->wake_waker) {
		y->trial = false;
		release_at(m, y, true, s->wake_ns);
	} else if (y->sync.holder != TASK_NONE) {
		release_at(m, y, false, s->wake_ns);
	} else if (y->sync.kind != SYNC_RWLOCK && y->sync.nr_waiters) {
		emit(m, y, y->unknown_ns, s->wake_ns, s->wake_waker, false);
		y->unknown_ns = s->wake_ns;
	}
	if (y->sync.kind == SYNC_RWLOCK &&
	    (s->open.shares || s->open.object != y->sync.uaddr + FUTEX_RWLOCK_PHASE))
		return;
	y->heir = s->open.task;
	s->heir_of = sync_table_id(&m->syncs, s->open.sync);
}

void holder_overtaken(struct machine *m, struct slot *s)
{
	struct sync_slot *y = sync_of(m, s->open.sync);
	uint32_t self = s->open.task;
	uint32_t owner = s->open.owner ? task_table_find(&m->tasks, s->open.owner) : TASK_NONE;
	bool handed = s->wake_waker != TASK_NONE &&
		      (s->wake_cause == CAUSE_FUTEX || s->wake_cause == CAUSE_EXIT);

	s->heir_of = SYNC_NONE;
	if (y->heir == self)
		y->heir = TASK_NONE;
	if (!sync_kind_is_held(y->sync.kind) || s->open.why != REASON_LOCK)
		return;
	if (y->sync.holder == self && owner != self)
		forget(m, y); /* woken, and found it taken */
	if ((handed && is_foreign(m, y, s->wake_waker)) ||
	    (owner != TASK_NONE && is_foreign(m, y, owner))) {
		forget(m, y);
		return;
	}
	if (handed)
		hand_over_early(m, y, s);
	if (owner != TASK_NONE && owner != self)
		confirm(m, y, owner);
}

void holder_waited(struct machine *m, struct slot *s)
{
	struct sync_slot *y = sync_of(m, s->open.sync);

	s->heir_of = SYNC_NONE;
	if (y->heir == s->open.task)
		y->heir = TASK_NONE;
	if (y->sync.nr_waiters == 0 && y->unknown_ns < s->open.begin_ns)
		y->unknown_ns = s->open.begin_ns;
	if (y->sync.nr_waiters == 0)
		y->sync.since_ns = m->now_ns;
	s->waits_for = s->open.sync;
	holder_crowd(m, s->waits_for);
	y->sync.nr_waiters++;
}

void holder_leave(struct machine *m, struct slot *s)
{
	struct sync_slot *y = sync_of(m, s->waits_for);

	s->waits_for = SYNC_NONE;
	if (y->sync.nr_waiters == 1 && y->sync.holder != TASK_NONE && !y->trial) {
		struct sync_slot last = *y;

		/* Nobody is left to tell: what is known is told, and kept for the next one. */
		release(m, y, true);
		y->sync.holder = last.sync.holder;
		y->sync.since_ns = m->now_ns;
	}
	holder_crowd(m, (uint32_t)(y - m->syncs.slots));
	if (y->sync.nr_waiters)
		y->sync.nr_waiters--;
}

/* While it is foreign nobody is kept as its holder, and unknown_ns is when something was told last.
 */
static void wake_foreign(struct machine *m, struct sync_slot *y, const struct slot *s,
			 uint32_t waker)
{
	uint64_t begin_ns = s->open.begin_ns > y->unknown_ns ? s->open.begin_ns : y->unknown_ns;

	if (s->open.owner == m->tasks.slots[waker].task.tid && !s->open.owner_inferred)
		emit(m, y, begin_ns, m->now_ns, waker, false);
	forget(m, y);
}

void holder_wake(struct machine *m, struct slot *s, uint32_t waker)
{
	struct sync_slot *y = sync_of(m, s->waits_for);
	uint32_t self = s->open.task;

	if (s->open.why != REASON_LOCK || !sync_kind_is_held(y->sync.kind))
		return;
	y->handed_ns = m->now_ns;
	if (is_foreign(m, y, waker)) {
		wake_foreign(m, y, s, waker);
		return;
	}
	if (y->sync.holder == waker) {
		y->trial = false;
		release(m, y, true);
	} else if (y->sync.holder == TASK_NONE && y->sync.kind != SYNC_RWLOCK) {
		emit(m, y, y->unknown_ns, m->now_ns, waker, false);
	} else {
		release(m, y, false);
	}
	y->unknown_ns = m->now_ns;
	if (s->open.owner == 0 && y->sync.kind != SYNC_RWLOCK) {
		s->open.owner = m->tasks.slots[waker].task.tid;
		s->open.owner_inferred = true;
	}
	if (y->sync.kind == SYNC_RWLOCK &&
	    (s->open.shares || s->open.object != y->sync.uaddr + FUTEX_RWLOCK_PHASE))
		return;
	y->heir = self;
	s->heir_of = sync_table_id(&m->syncs, s->waits_for);
}

void holder_run(struct machine *m, struct slot *s)
{
	struct sync_slot *y = sync_of(m, s->heir_of);

	s->heir_of = SYNC_NONE;
	if (y->heir != s->open.task)
		return;
	y->heir = TASK_NONE;
	if (y->sync.holder != TASK_NONE)
		return; /* another one was quicker, as a later waiter has told */
	take(m, y, s->open.task, false);
	y->trial = true;
}

static uint64_t later(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/* Of the waits for y that go on the youngest whose memory named the owner; NULL: none. */
static const struct slot *youngest_witness(struct machine *m, const struct sync_slot *y)
{
	const struct slot *youngest = NULL;

	for (size_t i = 1; y->sync.nr_waiters && i < m->tasks.nr; i++) {
		const struct slot *s = &m->tasks.slots[i];

		if (s->waits_for == SYNC_NONE || sync_of(m, s->waits_for) != y ||
		    s->open.why != REASON_LOCK || s->open.owner == 0 || s->open.owner_inferred)
			continue;
		if (!youngest || s->open.begin_ns > youngest->open.begin_ns)
			youngest = s;
	}
	return youngest;
}

void holder_shared(struct machine *m, uint32_t sync, bool united)
{
	struct sync_slot *y = sync_of(m, sync);
	const struct slot *s = youngest_witness(m, y);
	uint32_t owner = s ? task_table_find(&m->tasks, s->open.owner) : TASK_NONE;

	y->heir = TASK_NONE;
	if (owner == TASK_NONE || s->open.owner_exited || s->open.begin_ns < y->handed_ns) {
		forget(m, y);
		return;
	}
	const struct slot *o = &m->tasks.slots[owner];
	bool slept = o->open.state == STATE_BLOCKED && o->open.begin_ns <= s->open.begin_ns;
	uint64_t since_ns = s->open.begin_ns;

	if (y->sync.holder == owner)
		emit(m, y, later(y->sync.since_ns, y->handed_ns), since_ns, owner, false);
	if (y->sync.holder != TASK_NONE)
		since_ns = later(since_ns, y->sync.since_ns);
	take(m, y, owner, united || slept);
	y->sync.since_ns = since_ns;
	y->sure_ns = since_ns;
}

void holder_lost(struct machine *m, uint64_t begin_ns)
{
	for (size_t i = 0; i < m->syncs.nr; i++) {
		struct sync_slot *y = &m->syncs.slots[i];
		uint64_t sure_ns = y->sure_ns < begin_ns ? y->sure_ns : begin_ns;

		if (y->alias != SYNC_NONE)
			continue;
		if (y->sync.nr_waiters && y->sync.holder != TASK_NONE && !y->trial) {
			sure_ns = y->sync.measured ? sure_ns : y->sync.since_ns;
			emit(m, y, y->sync.since_ns, sure_ns, y->sync.holder, true);
			emit(m, y, sure_ns, begin_ns, y->sync.holder, false);
		}
		y->heir = TASK_NONE;
		y->handed_ns = m->now_ns;
		forget(m, y);
	}
}

void holder_finish(struct machine *m)
{
	for (size_t i = 0; i < m->syncs.nr; i++) {
		struct sync_slot *y = &m->syncs.slots[i];

		y->trial = false;
		if (y->alias == SYNC_NONE && y->sync.holder != TASK_NONE)
			release(m, y, y->sync.measured);
	}
}
