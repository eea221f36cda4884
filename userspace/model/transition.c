/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/transition.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/cause.h"
#include "model/holder.h"

/*
 * A waking this long before the wakee's switch off the core still counts as early when nothing else
 * tells: at the end of the trace, and while live. The waker spins until the switch is done, so it
 * is a matter of microseconds (kernel/sched/core.c, try_to_wake_up: smp_cond_load_acquire on
 * on_cpu).
 */
#define EARLY_NS 1000000

enum event {
	EVENT_OUT, /* leaves the core */
	EVENT_IN,  /* gets the core */
	EVENT_WAKING,
	EVENT_NR
};

/* What an event finds, and does to the interval that is open. */
enum rule {
	RULE_FITS,     /* it held until now */
	RULE_SPLIT,    /* unknown; runnable since a waking, if one was seen */
	RULE_EARLY,    /* remember the waking: the next event tells what it was */
	RULE_DROP,     /* the event changes nothing, unless records were lost meanwhile */
	RULE_UNWOKEN,  /* blocked and nothing woke it */
	RULE_MOVED,    /* was running: right only if this is its core */
	RULE_CONTRARY, /* cannot be: unknown since it was last certain */
};

/* A switch always wins, a waking that does not fit is dropped: wakings may be spurious, switches
 * not. */
static const uint8_t rules[EVENT_NR][STATE_NR] = {
    [EVENT_OUT] =
	{
	    [STATE_UNKNOWN] = RULE_FITS,
	    [STATE_RUNNING] = RULE_MOVED,
	    [STATE_RUNNABLE] = RULE_CONTRARY,
	    [STATE_BLOCKED] = RULE_CONTRARY,
	},
    [EVENT_IN] =
	{
	    [STATE_UNKNOWN] = RULE_SPLIT,
	    [STATE_RUNNING] = RULE_MOVED,
	    [STATE_RUNNABLE] = RULE_FITS,
	    [STATE_BLOCKED] = RULE_UNWOKEN,
	},
    [EVENT_WAKING] =
	{
	    [STATE_UNKNOWN] = RULE_EARLY,
	    [STATE_RUNNING] = RULE_EARLY,
	    [STATE_RUNNABLE] = RULE_DROP,
	    [STATE_BLOCKED] = RULE_FITS,
	},
};

static void count(struct machine *m, enum anomaly which)
{
	m->anomalies[which]++;
}

struct core *core_at(struct machine *m, uint32_t cpu)
{
	while (m->nr_cores <= cpu) {
		m->cores = mem_grow(m->cores, &m->cap_cores, m->nr_cores + 1, sizeof(*m->cores));
		struct core *c = &m->cores[m->nr_cores];

		memset(c, 0, sizeof(*c));
		c->open.cpu = (uint32_t)m->nr_cores;
		c->open.task = TASK_NONE;
		c->open.waker = TASK_NONE;
		c->open.nr = RECORD_NO_SYSCALL;
		c->open.sync = SYNC_NONE;
		c->open.begin_ns = m->begin_ns;
		c->sched_ns = m->begin_ns;
		c->sure_ns = m->begin_ns;
		c->virgin = true;
		m->nr_cores++;
	}
	return &m->cores[cpu];
}

void core_emit(struct machine *m, struct core *c, uint64_t end_ns)
{
	if (end_ns <= c->open.begin_ns)
		return;
	c->open.end_ns = end_ns;
	if (m->sink.cpu_interval)
		m->sink.cpu_interval(m->sink.payload, &c->open);
	c->open.begin_ns = end_ns;
}

/* Another state from open.begin_ns on, for the while that is emitted next. */
static void slot_put(struct slot *s, enum state state, unsigned int why, uint32_t waker)
{
	s->open.state = (uint8_t)state;
	s->open.why = (uint8_t)why;
	s->open.waker = waker;
	s->open.inferred = false;
	s->open.nr = RECORD_NO_SYSCALL;
	s->open.object_kind = OBJECT_NONE;
	s->open.object = 0;
	s->open.owner = 0;
	s->open.owner_inferred = false;
	s->open.owner_exited = false;
	s->open.refused = false;
	s->open.shares = false;
	s->open.cause = CAUSE_UNKNOWN;
	s->open.timed = false;
	s->open.sync = SYNC_NONE;
	s->open.timeout_ns = 0;
}

/* Another state from open.begin_ns on. */
static void slot_set(struct machine *m, struct slot *s, enum state state, unsigned int why,
		     uint32_t waker)
{
	if (s->waits_for != SYNC_NONE)
		holder_leave(m, s);
	slot_put(s, state, why, waker);
}

/* Made runnable by waker, by a waking that was seen. */
static void slot_woken(struct machine *m, struct slot *s, uint32_t waker, uint8_t cause)
{
	slot_set(m, s, STATE_RUNNABLE, RUNNABLE_WOKEN, waker);
	s->open.cause = cause;
	s->task.wakeups++;
}

/* The wait that is open ends by a waking. */
static void slot_hand_over(struct machine *m, struct slot *s, uint32_t waker, uint8_t cause)
{
	s->last.cause = cause;
	/* A time-out that is no argument which is kept: the fifth one of select. */
	if (cause == CAUSE_TIMER && s->open.why == REASON_POLL)
		s->open.timed = true;
	if (s->waits_for != SYNC_NONE && waker != TASK_NONE &&
	    (cause == CAUSE_FUTEX || cause == CAUSE_EXIT))
		holder_wake(m, s, waker);
}

static void core_set(struct core *c, enum state state, uint32_t task)
{
	c->open.state = (uint8_t)state;
	c->open.task = task;
	c->open.inferred = false;
}

/* First moment of the open interval that a loss of records may have touched; UINT64_MAX: none. */
static uint64_t first_doubt(const struct machine *m, uint64_t begin_ns)
{
	uint64_t doubt = UINT64_MAX;

	for (size_t i = m->nr_losses; i-- > 0 && m->losses[i].end_ns > begin_ns;)
		if (m->losses[i].begin_ns < doubt)
			doubt = m->losses[i].begin_ns;
	return doubt == UINT64_MAX || doubt > begin_ns ? doubt : begin_ns;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static uint64_t later(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

static void slot_emit_part(struct machine *m, struct slot *s, uint64_t end_ns)
{
	if (end_ns <= s->open.begin_ns)
		return;
	s->open.end_ns = end_ns;
	if (m->sink.task_interval)
		m->sink.task_interval(m->sink.payload, &s->open);
	s->open.begin_ns = end_ns;
}

/* End of the losses that begin at or before ns and follow each other without a hole. */
static uint64_t losses_end(const struct machine *m, uint64_t ns)
{
	uint64_t end_ns = ns;
	bool further = true;

	while (further) {
		further = false;
		for (size_t i = m->nr_losses; i-- > 0 && m->losses[i].end_ns > end_ns;) {
			if (m->losses[i].begin_ns > end_ns)
				continue;
			end_ns = m->losses[i].end_ns;
			further = true;
		}
	}
	return end_ns;
}

void slot_emit(struct machine *m, struct slot *s, uint64_t end_ns)
{
	bool off = s->open.state == STATE_BLOCKED || s->open.state == STATE_RUNNABLE;
	uint64_t doubt_ns;

	/* Who is off the core may have come and gone while records were lost. */
	while (off && m->nr_losses && (doubt_ns = first_doubt(m, s->open.begin_ns)) < end_ns) {
		struct interval known = s->open;

		if (s->open.state == STATE_BLOCKED) { /* what ended it comes after the gap */
			s->open.waker = TASK_NONE;
			s->open.cause = CAUSE_UNKNOWN;
		}
		slot_emit_part(m, s, doubt_ns);
		slot_put(s, STATE_UNKNOWN, 0, TASK_NONE);
		slot_emit_part(m, s, earlier(losses_end(m, doubt_ns), end_ns));
		known.begin_ns = s->open.begin_ns;
		s->open = known;
	}
	slot_emit_part(m, s, end_ns);
}

/* The open state was certain up to sure_ns; from there to now it is unknown. */
static void slot_contradict(struct machine *m, struct slot *s, uint64_t sure_ns)
{
	slot_emit(m, s, sure_ns);
	slot_set(m, s, STATE_UNKNOWN, 0, TASK_NONE);
	slot_emit(m, s, m->now_ns);
	s->wake_ns = 0;
}

static void drop_waking(struct machine *m, struct slot *s)
{
	if (s->wake_ns)
		count(m, ANOMALY_WAKE_SPURIOUS);
	s->wake_ns = 0;
}

/* The first sign of life other than the snapshot. */
static void slot_wakes_up(struct machine *m, struct slot *s)
{
	s->virgin = false;
	if (s->queue_cpu == CPU_NONE)
		return;
	struct core *c = core_at(m, s->queue_cpu);

	c->nr_queued--;
	c->queued_sum -= s->open.task;
	s->queue_cpu = CPU_NONE;
}

/* s was known to run on another core than the one where it is seen now. That core's switch was
 * lost, which its next record tells, or never recorded, which is an anomaly. */
static void slot_moved(struct machine *m, struct slot *s)
{
	struct core *c = core_at(m, s->open.cpu);
	uint64_t sure = later(c->sure_ns, c->open.begin_ns);

	if (c->open.task == s->open.task) {
		core_emit(m, c, sure);
		core_set(c, STATE_UNKNOWN, TASK_NONE);
		c->moved++;
	}
	slot_contradict(m, s, sure);
}

/* Closes the open interval before a switch out or in on core cpu. False if what was known cannot be
 * and no loss explains it. */
static bool slot_close(struct machine *m, struct slot *s, enum event event, uint32_t cpu)
{
	uint64_t now = m->now_ns;
	bool fits = true;

	switch ((enum rule)rules[event][s->open.state]) {
	case RULE_SPLIT:
		if (s->wake_ns) {
			slot_emit(m, s, s->wake_ns);
			slot_woken(m, s, s->wake_waker, s->wake_cause);
			s->open.cpu = s->last_cpu;
		}
		slot_emit(m, s, now);
		break;
	case RULE_MOVED:
		if (s->open.cpu != cpu)
			slot_moved(m, s);
		slot_emit(m, s, now);
		break;
	case RULE_UNWOKEN:
		if (s->wake_ns) {
			slot_hand_over(m, s, s->wake_waker, s->wake_cause);
			slot_woken(m, s, s->wake_waker, s->wake_cause);
		} else if (s->task.traced && s->open.begin_ns < now) {
			uint64_t doubt = first_doubt(m, s->open.begin_ns);

			if (doubt < now) {
				slot_contradict(m, s, doubt);
				break;
			}
			count(m, ANOMALY_RUN_WITHOUT_WAKE);
			s->open.inferred = true;
		} else {
			s->open.inferred = s->open.why != REASON_UNKNOWN;
		}
		slot_emit(m, s, now);
		break;
	case RULE_CONTRARY: {
		uint64_t doubt = first_doubt(m, s->open.begin_ns);

		fits = doubt != UINT64_MAX;
		slot_contradict(m, s, fits ? doubt : core_at(m, cpu)->sure_ns);
		break;
	}
	default:
		slot_emit(m, s, now);
	}
	if (event == EVENT_IN)
		s->wake_ns = 0;
	return fits;
}

/* Closes the core's interval: who had it until now. False if another one was known to have it. */
static bool core_leave(struct machine *m, struct core *c, uint32_t prev)
{
	struct slot *s = &m->tasks.slots[prev];
	bool fits = c->open.state == STATE_UNKNOWN || c->open.task == prev;

	if (c->open.state == STATE_UNKNOWN) {
		bool whole = prev == TASK_IDLE || s->virgin;

		if (c->virgin && whole)
			core_set(c, prev == TASK_IDLE ? STATE_IDLE : STATE_RUNNING, prev);
		if (c->virgin && whole && prev != TASK_IDLE) {
			slot_set(m, s, STATE_RUNNING, 0, TASK_NONE);
			s->open.cpu = c->open.cpu;
		}
	} else if (!fits) {
		uint64_t sure = later(c->sure_ns, c->open.begin_ns);
		struct slot *was = &m->tasks.slots[c->open.task];

		if (c->open.task != TASK_IDLE) {
			slot_emit(m, was, sure);
			slot_set(m, was, STATE_UNKNOWN, 0, TASK_NONE);
			was->wake_ns = 0;
		}
		core_emit(m, c, sure);
		core_set(c, STATE_UNKNOWN, TASK_NONE);
	}
	core_emit(m, c, m->now_ns);
	return fits;
}

/* The rest of a blocked state. */
static void slot_wait(struct machine *m, struct slot *s, const struct interval *why)
{
	s->open.inferred = why->inferred;
	s->open.nr = why->nr;
	s->open.object_kind = why->object_kind;
	s->open.object = why->object;
	s->open.owner = why->owner;
	s->open.owner_exited = why->owner_exited;
	s->open.refused = why->refused;
	s->open.shares = why->shares;
	s->open.timed = why->timed;
	s->open.timeout_ns = why->timeout_ns;
	s->open.sync = why->sync;
	bool overtaken = s->wake_ns && m->now_ns - s->wake_ns <= EARLY_NS;

	if (s->open.sync != SYNC_NONE && overtaken) {
		holder_overtaken(m, s);
	} else if (s->open.sync != SYNC_NONE) {
		s->waits_for = s->open.sync;
		holder_wait(m, s);
	}
	if (!m->sink.block)
		return;
	struct interval told = s->open;

	told.end_ns = 0;
	told.overtaken = overtaken;
	m->sink.block(m->sink.payload, &told);
}

static bool slot_leave(struct machine *m, struct slot *s, uint32_t cpu, uint32_t next,
		       const struct interval *why)
{
	bool fits = slot_close(m, s, EVENT_OUT, cpu);

	slot_wakes_up(m, s);
	s->last_cpu = cpu;
	if (why->state == STATE_EXITED) {
		slot_set(m, s, STATE_UNKNOWN, 0, TASK_NONE);
		s->alive = false;
		s->wake_ns = 0;
		s->task.exited = true;
		s->task.end_ns = m->now_ns;
		return fits;
	}
	slot_set(m, s, why->state, why->why, TASK_NONE);
	s->open.cpu = cpu;
	if (why->state == STATE_RUNNABLE) {
		drop_waking(m, s);
		s->task.preemptions++;
		s->open.waker = next == TASK_IDLE ? TASK_NONE : next;
		return fits;
	}
	slot_wait(m, s, why);
	return fits;
}

static void slot_enter(struct machine *m, struct slot *s, uint32_t cpu)
{
	slot_close(m, s, EVENT_IN, cpu);
	slot_wakes_up(m, s);
	if (s->last_cpu != CPU_NONE && s->last_cpu != cpu)
		s->task.migrations++;
	s->task.sched_ins++;
	s->last_cpu = cpu;
	slot_set(m, s, STATE_RUNNING, 0, TASK_NONE);
	s->open.cpu = cpu;
	if (s->heir_of != SYNC_NONE)
		holder_run(m, s);
}

void transition_switch(struct machine *m, uint32_t cpu, uint32_t prev, uint32_t next,
		       const struct interval *why)
{
	struct core *c = core_at(m, cpu);

	m->anomalies[ANOMALY_SWITCH_ELSEWHERE] += c->moved;
	c->moved = 0;
	c->seen = true;
	bool fits = core_leave(m, c, prev);

	if (prev != TASK_IDLE && !slot_leave(m, &m->tasks.slots[prev], cpu, next, why))
		fits = false;
	if (!fits)
		count(m, ANOMALY_SWITCH_MISMATCH);
	if (next != TASK_IDLE)
		slot_enter(m, &m->tasks.slots[next], cpu);
	c = core_at(m, cpu);
	core_set(c, next == TASK_IDLE ? STATE_IDLE : STATE_RUNNING, next);
	c->virgin = false;
	c->sched_ns = m->now_ns;
	c->sure_ns = m->now_ns;
	c->switches++;
}

void transition_seen(struct machine *m, uint32_t cpu, uint32_t current)
{
	struct core *c = core_at(m, cpu);

	c->seen = true;
	c->sched_ns = m->now_ns;
	if (current != TASK_NONE && c->open.task == current)
		c->sure_ns = m->now_ns;
}

/* The core passes from whom it was known to have, who left for no known reason, to slot index. */
static void put_in_switch(struct machine *m, struct core *c, uint32_t index)
{
	core_emit(m, c, m->now_ns);
	if (c->open.state == STATE_RUNNING) {
		struct slot *was = &m->tasks.slots[c->open.task];

		slot_emit(m, was, m->now_ns);
		slot_set(m, was, STATE_UNKNOWN, 0, TASK_NONE);
	}
	core_set(c, STATE_UNKNOWN, TASK_NONE);
	slot_enter(m, &m->tasks.slots[index], c->open.cpu);
	core_set(c, STATE_RUNNING, index);
}

/* The task that has the core was away in between: since it was last certain, as far as is known. */
static void put_in_absence(struct machine *m, struct core *c)
{
	struct slot *s = &m->tasks.slots[c->open.task];
	uint64_t since_ns = m->now_ns;
	uint64_t wake_ns = s->wake_ns;
	uint64_t left_ns = earlier(since_ns, later(c->sure_ns, c->open.begin_ns));

	core_emit(m, c, left_ns);
	slot_emit(m, s, left_ns);
	core_set(c, STATE_UNKNOWN, TASK_NONE);
	slot_set(m, s, STATE_UNKNOWN, 0, TASK_NONE);
	s->wake_ns = 0;
	core_emit(m, c, since_ns);
	slot_enter(m, s, c->open.cpu);
	core_set(c, STATE_RUNNING, s->open.task);
	if (wake_ns > since_ns)
		s->wake_ns = wake_ns;
}

/* When slot s can have come to core c at the earliest, by what was emitted of both. */
static uint64_t earliest_arrival(struct machine *m, const struct core *c, const struct slot *s)
{
	uint64_t ns = later(later(c->open.begin_ns, c->lost_ns), s->open.begin_ns);

	if (c->open.task == s->open.task)
		return ns;
	if (s->open.state == STATE_RUNNING)
		ns = later(ns, core_at(m, s->open.cpu)->sure_ns);
	return s->wake_ns ? later(ns, s->wake_ns) : ns;
}

void transition_arrival(struct machine *m, uint32_t cpu, uint32_t index, uint64_t since_ns)
{
	struct core *c = core_at(m, cpu);
	struct slot *s = &m->tasks.slots[index];
	uint64_t now_ns = m->now_ns;

	/* The first switch of a core tells as much, unless another task had it before. */
	if (c->virgin && since_ns <= m->begin_ns)
		return;
	m->now_ns = earlier(later(since_ns, earliest_arrival(m, c, s)), now_ns);
	c->moved = 0;
	c->seen = true;
	c->virgin = false;
	if (c->open.task == index)
		put_in_absence(m, c);
	else
		put_in_switch(m, c, index);
	c->sure_ns = m->now_ns;
	c->switches++;
	count(m, ANOMALY_SWITCH_UNTOLD);
	m->now_ns = now_ns;
}

bool transition_waking(struct machine *m, uint32_t index, uint32_t waker, uint8_t cause)
{
	struct slot *s = &m->tasks.slots[index];
	enum state was = s->open.state;
	uint64_t doubt;

	switch ((enum rule)rules[EVENT_WAKING][was]) {
	case RULE_EARLY:
		drop_waking(m, s);
		s->wake_ns = m->now_ns;
		s->wake_waker = waker;
		s->wake_cause = cause;
		break;
	case RULE_DROP:
		doubt = first_doubt(m, s->open.begin_ns);
		if (doubt == UINT64_MAX) {
			count(m, ANOMALY_WAKE_SPURIOUS);
			break;
		}
		slot_contradict(m, s, doubt);
		slot_woken(m, s, waker, cause);
		break;
	default:
		if (s->wake_ns && s->open.sync != SYNC_NONE && s->waits_for == SYNC_NONE)
			holder_waited(m, s); /* it was not overtaken */
		drop_waking(m, s);
		s->open.waker = waker;
		s->open.cause = cause;
		slot_hand_over(m, s, waker, cause);
		slot_emit(m, s, m->now_ns);
		slot_wakes_up(m, s);
		slot_woken(m, s, waker, cause);
	}
	return was == STATE_RUNNING || was == STATE_RUNNABLE;
}

void transition_new(struct machine *m, uint32_t index, uint32_t parent, uint32_t cpu)
{
	struct slot *s = &m->tasks.slots[index];

	slot_wakes_up(m, s);
	s->wake_ns = 0;
	s->last_cpu = CPU_NONE;
	s->task.begin_ns = m->now_ns;
	s->open.begin_ns = m->now_ns;
	s->open.cpu = cpu;
	slot_set(m, s, STATE_RUNNABLE, RUNNABLE_NEW, parent);
}

void transition_snapshot(struct machine *m, uint32_t index, uint32_t cpu,
			 const struct interval *why)
{
	struct slot *s = &m->tasks.slots[index];

	if (!s->virgin || s->wake_ns || s->open.state != STATE_UNKNOWN)
		return;
	s->last_cpu = cpu;
	s->open.cpu = cpu;
	if (why->state == STATE_RUNNABLE) {
		struct core *c = core_at(m, cpu);

		if (s->queue_cpu != CPU_NONE)
			return;
		s->queue_cpu = cpu;
		c->nr_queued++;
		c->queued_sum += index;
		return;
	}
	slot_set(m, s, STATE_BLOCKED, why->why, TASK_NONE);
	slot_wait(m, s, why);
}

void transition_rewait(struct machine *m, uint32_t index, const struct interval *why)
{
	struct slot *s = &m->tasks.slots[index];

	if (s->open.state != STATE_BLOCKED)
		return;
	slot_set(m, s, STATE_BLOCKED, why->why, TASK_NONE);
	slot_wait(m, s, why);
}

static void add_loss(struct machine *m, uint64_t begin_ns)
{
	if (m->nr_losses == MACHINE_MAX_LOSSES) {
		struct loss *l = m->losses;

		l[1].begin_ns = earlier(l[0].begin_ns, l[1].begin_ns);
		memmove(l, l + 1, (m->nr_losses - 1) * sizeof(*l));
		m->nr_losses--;
	}
	m->losses = mem_grow(m->losses, &m->cap_losses, m->nr_losses + 1, sizeof(*m->losses));
	m->losses[m->nr_losses++] = (struct loss){begin_ns, m->now_ns};
}

/* On a core that never switched: who must have had it, TASK_NONE if that cannot be told. */
static uint32_t never_switched(const struct machine *m, const struct core *c)
{
	if (!c->virgin || !m->has_snapshot || c->nr_queued > 1)
		return TASK_NONE;
	return c->nr_queued == 1 ? (uint32_t)c->queued_sum : TASK_IDLE;
}

void transition_lost(struct machine *m, uint32_t cpu, uint64_t begin_ns)
{
	struct core *c = core_at(m, cpu);

	/* A buffer says that it lost before it records anything else: a switch within that time
	 * tells that it was the other buffer of the core, which holds no switches. */
	if (c->sched_ns > begin_ns)
		return;
	add_loss(m, begin_ns);
	holder_lost(m, begin_ns);
	/* Who had the core until then: the one runnable task that the snapshot saw there. */
	if (c->nr_queued == 1 && never_switched(m, c) != TASK_NONE) {
		struct slot *s = &m->tasks.slots[c->queued_sum];

		slot_wakes_up(m, s);
		slot_set(m, s, STATE_RUNNING, 0, TASK_NONE);
		s->open.cpu = cpu;
		s->open.inferred = true;
		core_set(c, STATE_RUNNING, s->open.task);
		c->open.inferred = true;
	}
	c->moved = 0;
	c->virgin = false;
	c->sched_ns = m->now_ns;
	c->lost_ns = m->now_ns;
	if (c->open.state == STATE_UNKNOWN)
		return;
	if (c->open.task != TASK_IDLE) {
		struct slot *s = &m->tasks.slots[c->open.task];

		slot_emit(m, s, begin_ns);
		slot_set(m, s, STATE_UNKNOWN, 0, TASK_NONE);
		s->wake_ns = 0;
	}
	core_emit(m, c, begin_ns);
	core_set(c, STATE_UNKNOWN, TASK_NONE);
}

void transition_end(struct machine *m, uint32_t index)
{
	struct slot *s = &m->tasks.slots[index];

	if (s->open.state == STATE_RUNNING)
		slot_moved(m, s);
	else
		slot_contradict(m, s, earlier(first_doubt(m, s->open.begin_ns), m->now_ns));
	slot_wakes_up(m, s);
	slot_set(m, s, STATE_UNKNOWN, 0, TASK_NONE);
	s->alive = false;
	s->wake_ns = 0;
	s->task.exited = true;
	s->task.end_ns = m->now_ns;
}

void core_settle(const struct machine *m, uint32_t cpu, struct interval *out)
{
	const struct core *c = &m->cores[cpu];
	uint32_t task = c->open.state == STATE_UNKNOWN ? never_switched(m, c) : TASK_NONE;

	*out = c->open;
	out->end_ns = m->now_ns;
	if (task == TASK_NONE)
		return;
	out->state = task == TASK_IDLE ? STATE_IDLE : STATE_RUNNING;
	out->task = task;
	out->inferred = true;
}

void slot_settle(const struct machine *m, const struct slot *s, struct interval *first,
		 struct interval *second)
{
	*first = s->open;
	*second = s->open;
	first->end_ns = s->open.begin_ns;
	second->end_ns = m->now_ns;
	if (s->queue_cpu != CPU_NONE &&
	    never_switched(m, &m->cores[s->queue_cpu]) == s->open.task) {
		second->state = STATE_RUNNING;
		second->cpu = s->queue_cpu;
		second->inferred = true;
		return;
	}
	if (!s->wake_ns || s->open.state == STATE_RUNNING)
		return;
	bool early = s->open.state == STATE_BLOCKED;

	if (early && s->open.begin_ns - s->wake_ns > EARLY_NS)
		return;
	if (!early) {
		first->end_ns = s->wake_ns;
		second->begin_ns = s->wake_ns;
	}
	second->state = STATE_RUNNABLE;
	second->why = RUNNABLE_WOKEN;
	second->waker = s->wake_waker;
	second->cause = s->wake_cause;
	second->inferred = true;
	second->nr = RECORD_NO_SYSCALL;
	second->object_kind = OBJECT_NONE;
	second->object = 0;
	second->owner = 0;
	second->owner_inferred = false;
	second->owner_exited = false;
	second->refused = false;
	second->shares = false;
	second->timed = false;
	second->timeout_ns = 0;
	second->sync = SYNC_NONE;
}
