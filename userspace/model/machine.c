/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each record means for tasks and cores. How states follow one another is transition.c's.
 * Kernel facts: include/linux/sched.h (TASK_*), kernel/sched/core.c, kernel/fork.c, fs/exec.c.
 */
#include "model/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/cause.h"
#include "model/holder.h"
#include "model/reason.h"
#include "model/transition.h"

/* Bits of prev_state. TASK_REPORT_MAX is what tracefs shows for a preempted task. */
#define KERNEL_STATE_OFF     0x7f /* any of these: it sleeps, is stopped, parked or a zombie */
#define KERNEL_STATE_STOPPED 0x0c
#define KERNEL_STATE_DEAD    0xb0 /* TASK_DEAD, EXIT_ZOMBIE, EXIT_DEAD */

static void name_task(struct task *t, const char comm[RECORD_COMM_LEN])
{
	memcpy(t->comm, comm, RECORD_COMM_LEN);
	t->comm[RECORD_COMM_LEN] = 0;
}

/* The living slot of tid, made if need be: it is as old as the trace unless its tid was another's.
 */
static uint32_t slot_get(struct machine *m, uint32_t tid)
{
	uint32_t index = tid ? task_table_find(&m->tasks, tid) : TASK_IDLE;

	if (tid == 0 || (index != TASK_NONE && m->tasks.slots[index].alive))
		return index;
	bool reused = index != TASK_NONE;

	index = task_table_add(&m->tasks, tid);
	struct slot *s = &m->tasks.slots[index];

	s->virgin = !reused;
	s->task.begin_ns = reused ? m->now_ns : m->begin_ns;
	s->open.begin_ns = s->task.begin_ns;
	return index;
}

/* The same for a record that is made for traced tasks only. */
static uint32_t slot_get_named(struct machine *m, uint32_t tid)
{
	uint32_t index = slot_get(m, tid);
	struct slot *s = &m->tasks.slots[index];

	if (!s->introduced && !s->named && index != TASK_IDLE) {
		s->named = true;
		m->anomalies[ANOMALY_UNKNOWN_TASK]++;
	}
	return index;
}

static void introduce(struct machine *m, struct slot *s, unsigned int flags)
{
	if (s->named && !s->introduced)
		m->anomalies[ANOMALY_UNKNOWN_TASK]--;
	s->introduced = true;
	s->task.traced |= (flags & RECORD_F_TRACED) != 0;
	s->task.self |= (flags & RECORD_F_SELF) != 0;
	s->task.kthread |= (flags & RECORD_F_KTHREAD) != 0;
}

/*
 * execve by a thread that is not the leader: it takes the leader's tid while the leader is a zombie
 * (fs/exec.c, de_thread), some time before the record of exec.
 */
static void take_over(struct machine *m, uint32_t index, uint32_t leader_tid)
{
	uint32_t old_tid = m->tasks.slots[index].task.tid;
	uint32_t leader = task_table_find(&m->tasks, leader_tid);

	if (leader != TASK_NONE && leader != index && m->tasks.slots[leader].alive)
		transition_end(m, leader);
	task_table_name(&m->tasks, old_tid, TASK_NONE);
	task_table_name(&m->tasks, leader_tid, index);
}

static bool is_exec_take_over(const struct machine *m, const struct core *c, uint32_t prev_tid)
{
	if (c->open.state != STATE_RUNNING || prev_tid == 0)
		return false;
	const struct task *cur = &m->tasks.slots[c->open.task].task;

	if (cur->tid == prev_tid || cur->tgid != prev_tid)
		return false;
	uint32_t leader = task_table_find(&m->tasks, prev_tid);

	return leader == TASK_NONE || !m->tasks.slots[leader].alive;
}

/*
 * What the waiter's memory says of an owner, checked against the tasks there are. What looks like a
 * mutex in all else, of one process, and names a number that a thread of it may have had, had an
 * owner that was gone when recording began.
 */
static enum owner_fact owner_fact(const struct machine *m, uint32_t tid, const struct task *waiter,
				  const struct futex_meaning *futex)
{
	uint32_t owner = tid ? task_table_find(&m->tasks, tid) : TASK_NONE;
	bool shared = futex->across;

	if (owner == TASK_NONE && m->has_snapshot && waiter->tgid && tid > waiter->tgid &&
	    futex->kind == SYNC_MUTEX && !shared)
		return OWNER_EXITED;
	if (owner == TASK_NONE || waiter->tgid == 0)
		return OWNER_WRONG;
	const struct slot *s = &m->tasks.slots[owner];

	if (s->task.tgid != waiter->tgid && !(shared && s->task.traced && !s->task.kthread))
		return OWNER_WRONG;
	return s->alive ? OWNER_ALIVE : OWNER_EXITED;
}

/*
 * In a pid namespace memory holds the numbers that tasks have there. What was taken for a lock as
 * it waits for 2, like one, is the join of the thread with that number if nothing else shows a
 * lock.
 */
static void translate_owner(const struct machine *m, const struct task *waiter,
			    struct interval *why, struct futex_meaning *futex)
{
	uint32_t named = futex->kind == SYNC_LOCK && futex->across ? FUTEX_LOCK_WAITED : 0;
	uint32_t joined = named ? sync_table_tid(&m->syncs, waiter->tid, named) : 0;
	uint32_t index = joined && joined != named ? task_table_find(&m->tasks, joined) : TASK_NONE;

	if (why->owner)
		why->owner = sync_table_tid(&m->syncs, waiter->tid, why->owner);
	if (why->owner || index == TASK_NONE || joined == waiter->tid ||
	    m->tasks.slots[index].task.tgid != waiter->tgid)
		return;
	futex_is_join(futex);
	why->why = REASON_JOIN;
	why->owner = joined;
}

/* The second half of what is known of a futex wait: its owner, and which object it is. */
static void settle_futex(struct machine *m, uint32_t index, struct interval *why,
			 struct futex_meaning *futex)
{
	const struct task *waiter = &m->tasks.slots[index].task;
	enum owner_fact owner;
	uint64_t called;

	if (!interval_has_futex(why))
		return;
	translate_owner(m, waiter, why, futex);
	if (why->owner || why->why == REASON_JOIN) {
		owner = owner_fact(m, why->owner, waiter, futex);
		if (why->why == REASON_JOIN && owner == OWNER_EXITED)
			owner = OWNER_ALIVE; /* it ends just now */
		reason_check_owner(why, owner, futex);
	}
	called = why->why == REASON_JOIN
		     ? sync_called_join(why->owner)
		     : names_called(m->names, OBJECT_FUTEX, waiter->tgid, futex->base);
	if (why->why != REASON_OTHER)
		why->sync = sync_table_wait(&m->syncs, waiter->tgid, why->object, futex, called,
					    index, m->now_ns);
	if (why->why == REASON_ONCE && m->syncs.slots[why->sync].sync.kind == SYNC_FUTEX)
		why->why = REASON_CONDITION;
}

static void keep_wait(struct slot *s, const struct interval *why, const uint64_t *args)
{
	memcpy(s->last.args, args, sizeof(s->last.args));
	s->last.object = why->object;
	s->last.nr = why->nr;
	s->last.sync = why->sync;
	s->last.why = why->why;
	s->last.object_kind = why->object_kind;
	s->last.inferred = why->inferred;
	s->last.timed = why->timed;
	s->last.shares = why->shares;
	s->last.cause = CAUSE_UNKNOWN;
}

/* restart_syscall(2) goes on with what a signal or a stop interrupted, its arguments unchanged. */
static void restart_wait(const struct slot *s, const uint64_t *args, struct interval *why)
{
	if (s->last.nr < 0 || memcmp(s->last.args, args, sizeof(s->last.args)) != 0)
		return;
	why->nr = s->last.nr;
	why->object = s->last.object;
	why->sync = s->last.sync;
	why->why = s->last.why;
	why->object_kind = s->last.object_kind;
	why->inferred = s->last.inferred;
	why->timed = s->last.timed;
	why->shares = s->last.shares;
}

/* Why slot index waits, by a block record. */
static void block_why(struct machine *m, const struct record_block *rec, uint32_t index,
		      struct interval *why)
{
	const struct record *head = &rec->head.head;
	const struct record_words *words = &m->words;
	struct slot *s = &m->tasks.slots[index];
	struct futex_meaning futex = {0};

	if (words->uaddr == 0 || words->head.tid != head->tid ||
	    (words->uaddr != rec->args[0] && rec->object_kind != OBJECT_FUTEXES))
		words = NULL;
	reason_of_block(rec, words, &m->info, why, &futex);
	m->words.uaddr = 0;
	settle_futex(m, index, why, &futex);
	if (s->task.kthread && why->why == REASON_FAULT)
		why->why = REASON_OTHER;
	if (why->why == REASON_STOPPED)
		return;
	if (syscall_class(m->info.arch, why->nr) == CLASS_RESTART)
		restart_wait(s, rec->args, why);
	else
		keep_wait(s, why, rec->args);
}

static void blocked_why(struct machine *m, const struct record *rec, uint32_t index,
			struct interval *why)
{
	const struct record_switch *sw = (const struct record_switch *)rec;

	why->state = STATE_BLOCKED;
	why->nr = RECORD_NO_SYSCALL;
	if (rec->type == RECORD_BLOCK)
		block_why(m, (const struct record_block *)rec, index, why);
	else if (sw->prev_state & KERNEL_STATE_STOPPED)
		why->why = REASON_STOPPED;
	else
		why->why = REASON_UNKNOWN;
}

static void feed_switch(struct machine *m, const struct record *rec)
{
	const struct record_switch *sw = (const struct record_switch *)rec;
	struct core *c = core_at(m, rec->cpu);

	if (is_exec_take_over(m, c, rec->tid))
		take_over(m, c->open.task, rec->tid);
	uint32_t prev =
	    rec->type == RECORD_BLOCK ? slot_get_named(m, rec->tid) : slot_get(m, rec->tid);
	uint32_t next = slot_get(m, sw->next_tid);
	struct interval why = {.waker = TASK_NONE, .sync = SYNC_NONE};

	if (prev == TASK_IDLE) {
		why.state = STATE_IDLE;
	} else if ((sw->prev_state & KERNEL_STATE_DEAD) && prev != next) {
		why.state = STATE_EXITED;
	} else if ((rec->flags & RECORD_F_PREEMPT) || !(sw->prev_state & KERNEL_STATE_OFF)) {
		const struct record_block *block = (const struct record_block *)rec;
		const char *call =
		    rec->type == RECORD_BLOCK ? syscall_name(m->info.arch, block->nr) : NULL;

		why.state = STATE_RUNNABLE;
		why.why = call && strcmp(call, "sched_yield") == 0 ? RUNNABLE_YIELDED
								   : RUNNABLE_PREEMPTED;
	} else {
		blocked_why(m, rec, prev, &why);
	}
	transition_switch(m, rec->cpu, prev, next, &why);
}

/* Whether the waker is still in the call that it waited in last. */
static bool is_in_wait(const struct slot *waker, const struct wake_edge *edge, const uint64_t *args)
{
	return edge->nr >= 0 && edge->nr == waker->last.nr && args[0] == waker->last.args[0] &&
	       args[1] == waker->last.args[1];
}

static enum cause waking_cause(const struct machine *m, const struct wake_edge *edge,
			       const uint64_t *args, uint32_t waker)
{
	const struct slot *wakee = &m->tasks.slots[edge->wakee];
	const struct slot *w = &m->tasks.slots[waker];
	struct waker_facts facts = {
	    .kthread = w->task.kthread,
	    .exiting = w->exiting,
	    .tid = w->task.tid,
	    .tgid = w->task.tgid,
	    .wakee_tgid = wakee->task.tgid,
	    .file_kind = m->file.head.tid == w->task.tid ? m->file.kind : OBJECT_NONE,
	    .args = args,
	};

	if (is_in_wait(w, edge, args)) {
		facts.interrupted = w->last.cause == CAUSE_SIGNAL;
		if (facts.file_kind == OBJECT_NONE)
			facts.file_kind = w->last.object_kind;
	}
	return cause_of_waking(m->info.arch, edge, &facts, &wakee->open, m->now_ns);
}

static void feed_waking(struct machine *m, const struct record *rec)
{
	const struct record_waking *w = (const struct record_waking *)rec;

	transition_seen(m, rec->cpu, task_table_find(&m->tasks, w->waker_tid));
	if (rec->tid == 0)
		return;
	uint32_t wakee = slot_get_named(m, rec->tid);
	struct wake_edge edge = {
	    .ts_ns = m->now_ns,
	    .waker = TASK_NONE,
	    .wakee = wakee,
	    .cpu = rec->cpu,
	    .nr = w->nr,
	};

	if (rec->flags & RECORD_F_NMI)
		edge.context = WAKE_NMI;
	else if (rec->flags & RECORD_F_HARDIRQ)
		edge.context = WAKE_HARDIRQ;
	else if (rec->flags & RECORD_F_SOFTIRQ)
		edge.context = WAKE_SOFTIRQ;
	else
		edge.waker = slot_get(m, w->waker_tid);
	if (edge.context != WAKE_TASK)
		edge.nr = RECORD_NO_SYSCALL;
	else if (edge.nr >= 0 && edge.nr < SYSCALL_COMPAT && (rec->flags & RECORD_F_COMPAT))
		edge.nr |= SYSCALL_COMPAT;
	edge.cause = (uint8_t)waking_cause(m, &edge, w->args,
					   edge.waker != TASK_NONE ? edge.waker : TASK_IDLE);
	m->file.head.tid = 0;
	edge.spurious = transition_waking(m, wakee, edge.waker, edge.cause);
	if (m->sink.wake)
		m->sink.wake(m->sink.payload, &edge);
}

/* A slot for a task that begins now. One that is alive with this tid was either seen by the
 * snapshot a moment early, or its end was missed. */
static uint32_t slot_begin(struct machine *m, uint32_t tid)
{
	uint32_t index = task_table_find(&m->tasks, tid);

	if (index != TASK_NONE && m->tasks.slots[index].alive) {
		if (m->tasks.slots[index].virgin && !m->tasks.slots[index].wake_ns)
			return index;
		transition_end(m, index);
	}
	return task_table_add(&m->tasks, tid);
}

static void feed_fork(struct machine *m, const struct record *rec)
{
	const struct record_fork *f = (const struct record_fork *)rec;

	if (f->child_tid == 0 || f->child_tid == rec->tid)
		return;
	uint32_t parent = slot_get(m, rec->tid);
	uint32_t child = slot_begin(m, f->child_tid);
	struct slot *s = &m->tasks.slots[child];

	if (f->parent_tgid && m->tasks.slots[parent].task.tgid == 0 && parent != TASK_IDLE)
		m->tasks.slots[parent].task.tgid = f->parent_tgid;
	introduce(m, s, rec->flags);
	name_task(&s->task, f->comm);
	s->task.tgid = f->child_tgid;
	s->task.parent = parent;
	s->task.parent_tgid = f->parent_tgid;
	s->task.prio = m->tasks.slots[parent].task.prio;
	s->task.lent_prio = s->task.prio;
	if (f->child_tgid == f->child_tid)
		sync_table_renew(&m->syncs, f->child_tgid);
	transition_new(m, child, parent, rec->cpu);
	if (m->sink.fork)
		m->sink.fork(m->sink.payload, m->now_ns, parent, child);
}

static void feed_wakeup_new(struct machine *m, const struct record *rec)
{
	const struct record_wakeup_new *w = (const struct record_wakeup_new *)rec;
	uint32_t index = task_table_find(&m->tasks, rec->tid);

	transition_seen(m, rec->cpu, task_table_find(&m->tasks, w->waker_tid));
	if (rec->tid == 0 ||
	    (index != TASK_NONE && m->tasks.slots[index].alive && !m->tasks.slots[index].virgin))
		return;
	/* Its fork was not seen. */
	uint32_t parent = slot_get(m, w->waker_tid);

	index = slot_begin(m, rec->tid);
	transition_new(m, index, parent, rec->cpu);
}

static void feed_exec(struct machine *m, const struct record *rec)
{
	const struct record_exec *e = (const struct record_exec *)rec;
	uint32_t index =
	    e->old_tid != rec->tid ? task_table_find(&m->tasks, e->old_tid) : TASK_NONE;

	if (rec->tid == 0)
		return;
	if (index != TASK_NONE && index != TASK_IDLE && m->tasks.slots[index].alive)
		take_over(m, index, rec->tid);
	index = slot_get(m, rec->tid);
	name_task(&m->tasks.slots[index].task, e->comm);
	if (e->tgid)
		m->tasks.slots[index].task.tgid = e->tgid;
	sync_table_renew(&m->syncs, m->tasks.slots[index].task.tgid);
	stint_end_task(m, index, m->now_ns);
}

static void feed_exit(struct machine *m, const struct record *rec)
{
	const struct record_exit *e = (const struct record_exit *)rec;

	if (rec->tid == 0)
		return;
	uint32_t index = slot_get(m, rec->tid); /* may move the slots */
	struct task *t = &m->tasks.slots[index].task;

	m->tasks.slots[index].exiting = true;
	stint_end_task(m, index, m->now_ns);
	t->exit_code = e->code;
	if (e->tgid)
		t->tgid = e->tgid;
}

static void feed_comm(struct machine *m, const struct record *rec)
{
	const struct record_comm *c = (const struct record_comm *)rec;
	uint32_t index = task_table_find(&m->tasks, rec->tid);

	/* A zombie may be renamed too: that does not bring it back to life. */
	if (index == TASK_NONE && rec->tid)
		index = slot_get(m, rec->tid);
	if (index != TASK_NONE && index != TASK_IDLE)
		name_task(&m->tasks.slots[index].task, c->comm);
}

static void feed_prio(struct machine *m, const struct record *rec)
{
	const struct record_prio *p = (const struct record_prio *)rec;

	if (rec->tid == 0)
		return;
	uint32_t index = slot_get(m, rec->tid); /* may move the slots */
	struct task *t = &m->tasks.slots[index].task;

	t->lent_prio = p->new_prio;
	if (!(rec->flags & RECORD_F_INHERITED))
		t->prio = p->new_prio;
}

static void feed_lost(struct machine *m, const struct record *rec)
{
	const struct record_lost *l = (const struct record_lost *)rec;
	uint64_t begin = l->begin_ns;

	if (begin > m->now_ns)
		begin = m->now_ns;
	if (begin < m->begin_ns)
		begin = m->begin_ns;
	if (m->sink.gap)
		m->sink.gap(m->sink.payload, rec->cpu, begin, m->now_ns, l->count);
	transition_lost(m, rec->cpu, begin);
	stint_lost(m, begin);
}

static void feed_arrival(struct machine *m, const struct record *rec)
{
	const struct record_arrival *a = (const struct record_arrival *)rec;

	if (rec->tid)
		transition_arrival(m, rec->cpu, slot_get(m, rec->tid), a->since_ns);
}

/* Task index's wait, told of by its task record: a block record like that, to be filled up. */
static struct record_block block_found(const struct record *rec, const struct slot *s)
{
	struct record_block block = {
	    .head.head = *rec,
	    .head.prev_state = 1,
	    .nr = s->last.nr & ~SYSCALL_COMPAT,
	};

	block.head.head.flags = s->last.nr & SYSCALL_COMPAT ? RECORD_F_COMPAT : 0;
	memcpy(block.args, s->last.args, sizeof(block.args));
	return block;
}

static void rewait(struct machine *m, uint32_t index, const struct record_block *block)
{
	struct interval why = {.state = STATE_BLOCKED, .waker = TASK_NONE, .sync = SYNC_NONE};

	block_why(m, block, index, &why);
	transition_rewait(m, index, &why);
}

/* Of the block record that follows; or, after a task record, of the wait it told of. */
static void feed_words(struct machine *m, const struct record *rec)
{
	const struct record_words *w = (const struct record_words *)rec;
	uint32_t index = task_table_find(&m->tasks, rec->tid);
	struct slot *s = index != TASK_NONE ? &m->tasks.slots[index] : NULL;

	m->words = *w;
	if (!s || !s->alive || !s->virgin || s->open.state != STATE_BLOCKED ||
	    s->open.object_kind != OBJECT_FUTEX || s->open.object != w->uaddr)
		return;
	struct record_block block = block_found(rec, s);

	block.object_kind = OBJECT_FUTEX;
	rewait(m, index, &block);
}

static void feed_file(struct machine *m, const struct record *rec)
{
	const struct record_file *f = (const struct record_file *)rec;
	uint32_t index = task_table_find(&m->tasks, rec->tid);
	struct slot *s = index != TASK_NONE ? &m->tasks.slots[index] : NULL;

	m->file = *f;
	if (!s || !s->alive || !s->virgin || s->open.state != STATE_BLOCKED || s->last.nr < 0 ||
	    f->kind == OBJECT_FUTEX || f->kind == OBJECT_FUTEXES)
		return;
	struct record_block block = block_found(rec, s);

	block.object_kind = f->kind;
	block.object = f->object;
	rewait(m, index, &block);
}

static void feed_number(struct machine *m, const struct record *rec)
{
	const struct record_number *n = (const struct record_number *)rec;

	if (rec->tid)
		sync_table_number(&m->syncs, rec->tid, n->space, n->number);
}

static void feed_shared(struct machine *m, const struct record *rec)
{
	const struct record_shared *shared = (const struct record_shared *)rec;
	uint32_t sync, pair[2];
	bool united;

	/* Those who wait for what is one object from now on. */
	sync_table_pair(&m->syncs, shared, pair);
	for (unsigned int i = 0; i < 2; i++)
		if (pair[i] != SYNC_NONE && m->syncs.slots[pair[i]].sync.nr_waiters)
			holder_crowd(m, pair[i]);
	sync = sync_table_share(&m->syncs, shared, m->now_ns, &united);
	if (sync != SYNC_NONE)
		holder_shared(m, sync, united);
	names_renumber(m->names);
}

static void feed_task(struct machine *m, const struct record *rec)
{
	const struct record_task *t = (const struct record_task *)rec;
	uint32_t index = task_table_find(&m->tasks, rec->tid);
	struct interval why = {.state = STATE_BLOCKED, .waker = TASK_NONE, .sync = SYNC_NONE};
	struct futex_meaning futex = {0};

	m->has_snapshot = true;
	/* A zombie's time is over; one that was seen to exit is not a new task of the same tid. */
	if (rec->tid == 0 || (index != TASK_NONE && !m->tasks.slots[index].alive))
		return;
	if (index == TASK_NONE && (t->state == 'Z' || t->state == 'X'))
		return;
	index = slot_get(m, rec->tid);
	struct slot *s = &m->tasks.slots[index];

	introduce(m, s, rec->flags);
	name_task(&s->task, t->comm);
	if (t->tgid)
		s->task.tgid = t->tgid;
	if (s->task.parent == TASK_NONE && t->parent_tgid) {
		s->task.parent_tgid = t->parent_tgid;
		s->task.parent = task_table_find(&m->tasks, t->parent_tgid);
	}
	if (t->state == 'R') {
		why.state = STATE_RUNNABLE;
	} else {
		reason_of_task(t, NULL, &m->info, &why, &futex);
		if (!s->virgin || s->wake_ns || s->open.state != STATE_UNKNOWN)
			return; /* what a probe told is newer */
		settle_futex(m, index, &why, &futex);
		keep_wait(s, &why, t->args);
	}
	transition_snapshot(m, index, rec->cpu, &why);
}

static void feed_name(struct machine *m, const struct record *rec)
{
	names_feed(m->names, (const struct record_name *)rec, m->now_ns);
}

static void feed_mark(struct machine *m, const struct record *rec)
{
	if (rec->tid)
		stint_mark(m, slot_get_named(m, rec->tid), (const struct record_mark *)rec);
}

static void feed_coroutine(struct machine *m, const struct record *rec)
{
	if (rec->tid)
		stint_coroutine(m, slot_get_named(m, rec->tid),
				(const struct record_coroutine *)rec);
}

static void feed_stolen(struct machine *m, const struct record *rec)
{
	if (rec->tid == 0)
		return;
	uint32_t index = slot_get(m, rec->tid); /* may move the slots */

	m->tasks.slots[index].task.stolen_ns += ((const struct record_stolen *)rec)->ns;
}

static void (*const handlers[RECORD_NR_TYPES])(struct machine *m, const struct record *rec) = {
    [RECORD_SWITCH] = feed_switch,       [RECORD_BLOCK] = feed_switch,
    [RECORD_WAKING] = feed_waking,       [RECORD_WAKEUP_NEW] = feed_wakeup_new,
    [RECORD_FORK] = feed_fork,           [RECORD_EXEC] = feed_exec,
    [RECORD_EXIT] = feed_exit,           [RECORD_COMM] = feed_comm,
    [RECORD_LOST] = feed_lost,           [RECORD_TASK] = feed_task,
    [RECORD_ARRIVAL] = feed_arrival,     [RECORD_PRIO] = feed_prio,
    [RECORD_WORDS] = feed_words,         [RECORD_SHARED] = feed_shared,
    [RECORD_NAME] = feed_name,           [RECORD_NUMBER] = feed_number,
    [RECORD_FILE] = feed_file,           [RECORD_MARK] = feed_mark,
    [RECORD_COROUTINE] = feed_coroutine, [RECORD_STOLEN] = feed_stolen,
};

static void machine_begin(struct machine *m, uint64_t ts_ns)
{
	m->begun = true;
	m->begin_ns = ts_ns;
	m->now_ns = ts_ns;
	if (m->info.nr_cpus)
		core_at(m, m->info.nr_cpus <= UINT16_MAX + 1 ? m->info.nr_cpus - 1 : UINT16_MAX);
}

struct machine *machine_open(const struct trace_info *info, const struct sink *sink)
{
	struct machine *m = mem_zalloc(1, sizeof(*m));

	m->info = *info;
	m->sink = *sink;
	task_table_init(&m->tasks);
	sync_table_init(&m->syncs);
	m->names = names_open();
	task_table_add(&m->tasks, 0);
	memcpy(m->tasks.slots[TASK_IDLE].task.comm, "idle", sizeof("idle"));
	m->tasks.slots[TASK_IDLE].alive = false;
	if (info->begin_ns)
		machine_begin(m, info->begin_ns);
	return m;
}

void machine_feed(struct machine *m, const struct record *rec)
{
	if (!m->begun)
		machine_begin(m, rec->ts_ns);
	/* What the probes said before the trace begins tells states, not times. */
	if (rec->ts_ns >= m->now_ns)
		m->now_ns = rec->ts_ns;
	else if (rec->ts_ns >= m->begin_ns)
		m->anomalies[ANOMALY_TIME_BACKWARDS]++;
	m->nr_records++;
	if (rec->type < RECORD_NR_TYPES && handlers[rec->type])
		handlers[rec->type](m, rec);
}

void machine_finish(struct machine *m, uint64_t end_ns)
{
	struct interval first, second;

	if (!m->begun)
		machine_begin(m, m->info.begin_ns ? m->info.begin_ns : end_ns);
	if (end_ns > m->now_ns)
		m->now_ns = end_ns;
	holder_finish(m);
	stint_finish(m);
	for (size_t i = 1; i < m->tasks.nr; i++) {
		struct slot *s = &m->tasks.slots[i];

		if (!s->alive)
			continue;
		slot_settle(m, s, &first, &second);
		if (s->wake_ns && second.state == STATE_RUNNABLE)
			s->task.wakeups++;
		s->open = first;
		slot_emit(m, s, first.end_ns);
		s->open = second;
		slot_emit(m, s, m->now_ns);
	}
	for (size_t i = 0; i < m->nr_cores; i++) {
		core_settle(m, (uint32_t)i, &second);
		m->cores[i].open = second;
		core_emit(m, &m->cores[i], m->now_ns);
		m->anomalies[ANOMALY_SWITCH_ELSEWHERE] += m->cores[i].moved;
		m->cores[i].moved = 0;
	}
}

void machine_close(struct machine *m)
{
	if (!m)
		return;
	task_table_done(&m->tasks);
	sync_table_done(&m->syncs);
	names_close(m->names);
	stint_table_done(&m->stints);
	free(m->cores);
	free(m->losses);
	free(m);
}
