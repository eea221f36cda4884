/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/duration.h"
#include "model/calls.h"
#include "model/cause.h"
#include "model/names.h"
#include "model/reason.h"

#define MAX_HOLDERS 3  /* told one by one */
#define MIN_SHARE   50 /* shorter than this part of a wait, nobody had it: not worth words */

/* What all sentences need. */
struct teller {
	const struct timeline *tl;
	const struct machine *m;
	struct story *story;
	bool read;
	struct clause spill; /* what finds no room */
};

__attribute__((format(printf, 4, 5))) static struct clause *say(struct teller *t, enum tone tone,
								char before, const char *fmt, ...)
{
	struct story *s = t->story;
	bool full = s->nr == STORY_CLAUSES;
	struct clause *c = full ? &t->spill : &s->clauses[s->nr++];
	va_list ap;

	*c = (struct clause){.tone = (uint8_t)tone, .before = before, .task = TASK_NONE};
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	if (full)
		s->clauses[STORY_CLAUSES - 1] = (struct clause){
		    .tone = TONE_DOUBT, .before = ',', .task = TASK_NONE, .text = "and more"};
	return c;
}

static const char *name_of(const struct machine *m, uint32_t task, char out[TASK_TEXT_LEN])
{
	if (task != TASK_IDLE && task < machine_nr_tasks(m))
		return machine_task_text(m, task, out);
	snprintf(out, TASK_TEXT_LEN, "%s", task == TASK_IDLE ? "nobody" : "somebody");
	return out;
}

static bool is_known(const struct teller *t, uint32_t task)
{
	return task != TASK_NONE && task != TASK_IDLE && task < machine_nr_tasks(t->m);
}

/* ---- what is waited for ---- */

/* "to read from", of a call on a descriptor. */
static const char *verb_of(const char *call)
{
	static const struct {
		const char *call, *verb;
	} verbs[] = {
	    {"read", "to read from"},   {"pread", "to read from"},  {"recv", "to receive from"},
	    {"write", "to write to"},   {"pwrite", "to write to"},  {"send", "to send to"},
	    {"accept", "to accept at"}, {"connect", "to connect"},  {"fsync", "to sync"},
	    {"fdatasync", "to sync"},   {"splice", "to splice at"}, {"flock", "to lock"},
	    {"fcntl", "to lock"},
	};

	for (size_t i = 0; call && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(call, verbs[i].call, strlen(verbs[i].call)) == 0)
			return verbs[i].verb;
	return NULL;
}

/* Before what is told by its kind only: "an eventfd". */
static const char *article_of(const struct interval *iv, const char *name)
{
	const char *noun = object_noun(iv->object_kind);

	if (!noun || strcmp(noun, name) != 0)
		return "";
	return strchr("aeiou", *noun) ? "an " : "a ";
}

/* The object by its name, or its number. */
static void thing(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	char name[NAME_TEXT_LEN + 28];

	if (machine_object(m, iv, name, sizeof(name)))
		snprintf(out, len, "%s%s", article_of(iv, name), name);
	else if (interval_has_futex(iv))
		snprintf(out, len, "%s 0x%" PRIx64 "%s", reason_key(iv->why), iv->object,
			 iv->object_kind == OBJECT_FUTEXES ? " or others" : "");
	else if (iv->object && iv->why != REASON_SLEEP)
		snprintf(out, len, "%s %" PRIu64, reason_key(iv->why), iv->object);
	else
		snprintf(out, len, "a %s", reason_key(iv->why));
}

static void join_object(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	uint32_t task = iv->owner ? machine_find(m, iv->owner) : TASK_NONE;
	char name[TASK_TEXT_LEN];

	if (task != TASK_NONE)
		snprintf(out, len, "for the end of %s", name_of(m, task, name));
	else
		snprintf(out, len, "for the end of a thread");
}

/* Of a process of several threads the last one to end is who tells of it. */
static void child_object(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	char name[TASK_TEXT_LEN], last[TASK_TEXT_LEN];
	uint32_t leader;

	if (iv->cause != CAUSE_EXIT || iv->waker == TASK_NONE || iv->waker == TASK_IDLE) {
		snprintf(out, len, "for a child");
		return;
	}
	leader = machine_find(m, machine_task(m, iv->waker)->tgid);
	name_of(m, iv->waker, last);
	if (leader == TASK_NONE || leader == iv->waker)
		snprintf(out, len, "for the end of child %s", last);
	else
		snprintf(out, len, "for the end of child %s, at last its %s",
			 name_of(m, leader, name), last);
}

/* What a wait was for, behind "waited 3 ms": "for lock a", "to read from pipe 812". Of a sleep "".
 */
static void object_of(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	const char *call = iv->nr >= 0 ? syscall_name(machine_info(m)->arch, iv->nr) : NULL;
	const char *verb = verb_of(call);
	char what[NAME_TEXT_LEN + 32];

	thing(m, iv, what, sizeof(what));
	*out = '\0';
	switch (iv->why) {
	case REASON_JOIN:
		join_object(m, iv, out, len);
		break;
	case REASON_CHILD:
		child_object(m, iv, out, len);
		break;
	case REASON_BARRIER:
		snprintf(out, len, "at %s", what);
		break;
	case REASON_PIPE:
	case REASON_SOCKET:
	case REASON_FILE:
	case REASON_TTY:
	case REASON_EVENT:
		snprintf(out, len, "%s %s", verb ? verb : "for", what);
		break;
	case REASON_POLL:
		snprintf(out, len, "for events%s%s%s", call ? " (" : "", call ? call : "",
			 call ? ")" : "");
		break;
	case REASON_FAULT:
		snprintf(out, len, "for a page of memory");
		break;
	case REASON_IO_URING:
		snprintf(out, len, "for io_uring");
		break;
	case REASON_OTHER:
		snprintf(out, len, "in %s", call ? call : "a system call");
		break;
	case REASON_SLEEP:
	case REASON_STOPPED:
	case REASON_UNKNOWN:
		break;
	default:
		snprintf(out, len, "for %s", what);
	}
}

/* "slept 10.1 ms", "waited 3 ms for lock a", without whom; perfect: "has waited". */
static void wait_words(const struct machine *m, const struct interval *iv, bool open, char *out,
		       size_t len)
{
	char dur[DURATION_LEN], what[200];
	const char *has = open ? "has " : "";

	duration_text(iv->end_ns - iv->begin_ns, dur);
	object_of(m, iv, what, sizeof(what));
	if (iv->why == REASON_SLEEP)
		snprintf(out, len, "%s %s", open ? "has slept" : "slept", dur);
	else if (iv->why == REASON_STOPPED)
		snprintf(out, len, "%s stopped %s", open ? "has been" : "was", dur);
	else if (iv->why == REASON_UNKNOWN)
		snprintf(out, len, "%s off its core %s, nobody knows why",
			 open ? "has been" : "was", dur);
	else
		snprintf(out, len, "%swaited %s %.*s", has, dur, 110, what);
}

/* ---- what somebody did ---- */

#define HELD_LEN (TASK_TEXT_LEN + 24)

/* Who had the lock when it began to wait itself, the next one in a chain; or nothing. */
static const char *held_words(const struct machine *m, const struct interval *iv,
			      char out[HELD_LEN])
{
	uint32_t owner =
	    iv->why == REASON_LOCK && iv->owner ? machine_find(m, iv->owner) : TASK_NONE;
	char name[TASK_TEXT_LEN];

	*out = '\0';
	if (owner != TASK_NONE)
		snprintf(out, HELD_LEN, " held by %s%s", name_of(m, owner, name),
			 iv->owner_inferred ? " (inferred)" : "");
	return out;
}

static void say_step(struct teller *t, const struct interval *iv, char before, const char *lead)
{
	char dur[DURATION_LEN], name[TASK_TEXT_LEN], words[200], held[HELD_LEN];

	duration_text(iv->end_ns - iv->begin_ns, dur);
	switch (iv->state) {
	case STATE_RUNNING:
		say(t, TONE_RAN, before, "%sran %s on CPU %u", lead, dur, iv->cpu);
		break;
	case STATE_RUNNABLE:
		if (iv->why == RUNNABLE_PREEMPTED && is_known(t, iv->waker))
			say(t, TONE_READY, before, "%swas preempted %s by %s", lead, dur,
			    name_of(t->m, iv->waker, name));
		else
			say(t, TONE_READY, before, "%swas %s %s without a core", lead,
			    iv->why == RUNNABLE_PREEMPTED ? "preempted" : "ready", dur);
		break;
	case STATE_BLOCKED:
		wait_words(t->m, iv, false, words, sizeof(words));
		say(t, TONE_BLOCKED, before, "%s%s%s", lead, words, held_words(t->m, iv, held))
		    ->why = iv->why;
		break;
	default:
		say(t, TONE_DOUBT, before, "%sdid for %s what nobody knows", lead, dur);
	}
}

/* The longest that it was off a core, within its sums. */
static void say_longest(struct teller *t, const struct did *did)
{
	char dur[DURATION_LEN], name[TASK_TEXT_LEN], words[200], held[HELD_LEN];
	const struct interval *iv = &did->longest;

	if (iv->end_ns == 0)
		return;
	duration_text(iv->end_ns - iv->begin_ns, dur);
	if (iv->state == STATE_BLOCKED) {
		wait_words(t->m, iv, false, words, sizeof(words));
		say(t, TONE_BLOCKED, ',', "once it %s%s", words, held_words(t->m, iv, held))->why =
		    iv->why;
	} else if (iv->why == RUNNABLE_PREEMPTED && is_known(t, iv->waker)) {
		say(t, TONE_READY, ',', "once %s by %s", dur, name_of(t->m, iv->waker, name));
	}
}

static void say_sums(struct teller *t, const struct did *did, char before, const char *lead)
{
	static const struct {
		enum state state;
		enum tone tone;
		const char *verb, *rest;
	} sums[] = {{STATE_RUNNING, TONE_RAN, "ran ", ""},
		    {STATE_RUNNABLE, TONE_READY, "was ready ", " without a core"},
		    {STATE_BLOCKED, TONE_BLOCKED, "waited ", " itself"},
		    {STATE_UNKNOWN, TONE_DOUBT, "did for ", " what nobody knows"}};
	char dur[DURATION_LEN];
	bool said = false;

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		uint64_t ns = did->sum.ns[sums[i].state];

		if (!ns)
			continue;
		say(t, sums[i].tone, said ? ',' : before, "%s%s%s%s", said ? "" : lead,
		    sums[i].verb, duration_text(ns, dur), sums[i].rest)
		    ->why = did->longest.why;
		said = true;
		if (did->longest.end_ns && did->longest.state == sums[i].state)
			say_longest(t, did);
	}
}

/* lead: "which ", "which meanwhile ". */
static void say_did(struct teller *t, const struct did *did, char before, const char *lead)
{
	for (size_t i = 0; i < did->nr_steps; i++)
		say_step(t, &did->steps[i], i ? ',' : before, i ? "then " : lead);
	if (did->nr_steps == 0)
		say_sums(t, did, before, lead);
}

/* ---- whom it waited for ---- */

static const char *certainty(const struct wait_part *p, char *out, size_t len)
{
	uint64_t all_ns = p->end_ns - p->begin_ns;
	char dur[DURATION_LEN];

	if (p->measured_ns == 0)
		return "inferred";
	if (p->measured_ns == all_ns)
		return "measured";
	snprintf(out, len, "measured, but %s inferred",
		 duration_text(all_ns - p->measured_ns, dur));
	return out;
}

static size_t nr_holders(const struct meanwhile *w)
{
	size_t nr = 0;

	for (size_t i = 0; i < w->nr; i++)
		nr += w->parts[i].task != TASK_NONE;
	return nr;
}

/* Nobody had it, or nobody knows. next: who had it after that. */
static void say_hole(struct teller *t, const struct wait_part *p, char before, const char *dur,
		     uint32_t next)
{
	char heir[TASK_TEXT_LEN], giver[TASK_TEXT_LEN];

	if (p->heir == TASK_NONE) {
		say(t, TONE_DOUBT, before, "for %s nobody is known to have had it", dur);
		return;
	}
	if (p->heir_reads) {
		say(t, TONE_WHO, before, "for %s by readers, first %s (inferred)", dur,
		    name_of(t->m, p->heir, heir))
		    ->task = p->heir;
		return;
	}
	say(t, TONE_READY, before, "for %s on its way to %s, woken by %s, waiting for a core%s",
	    dur, name_of(t->m, p->heir, heir), name_of(t->m, p->giver, giver),
	    next == TASK_NONE || next == p->heir ? "" : ", and too late")
	    ->task = p->heir;
}

static void say_holder(struct teller *t, const struct wait_part *p, bool first, bool only,
		       uint32_t next)
{
	char dur[DURATION_LEN], name[TASK_TEXT_LEN], sure[DURATION_LEN + 32];

	duration_text(p->end_ns - p->begin_ns, dur);
	if (p->task == TASK_NONE) {
		say_hole(t, p, first ? ',' : ';', dur, next);
		return;
	}
	struct clause *c =
	    say(t, TONE_WHO, first ? ',' : ';', "%s %s%s%s (%s)", first ? "held by" : "then by",
		name_of(t->m, p->task, name), only ? "" : " for ", only ? "" : dur,
		certainty(p, sure, sizeof(sure)));

	c->task = p->task;
	say_did(t, &p->did, ',', "which ");
}

/* A lock that changed hands often: who had it how long, those first who had it longest. */
static void say_turns(struct teller *t, const struct meanwhile *w, size_t nr)
{
	uint64_t told_ns[MAX_HOLDERS] = {0};
	uint32_t told[MAX_HOLDERS];
	char dur[DURATION_LEN], name[TASK_TEXT_LEN];

	say(t, TONE_WHO, ',', "%s%zu times by", w->nr >= 256 ? "held at least " : "held ", nr);
	for (size_t k = 0; k < MAX_HOLDERS; k++) {
		uint64_t measured_ns = 0;

		told[k] = TASK_NONE;
		for (size_t i = 0; i < w->nr; i++) {
			uint32_t task = w->parts[i].task;
			uint64_t ns = 0, sure_ns = 0;
			bool done = task == TASK_NONE;

			for (size_t j = 0; j < k; j++)
				done |= told[j] == task;
			for (size_t j = i; j < w->nr && !done; j++)
				if (w->parts[j].task == task) {
					ns += w->parts[j].end_ns - w->parts[j].begin_ns;
					sure_ns += w->parts[j].measured_ns;
				}
			if (ns > told_ns[k]) {
				told_ns[k] = ns;
				told[k] = task;
				measured_ns = sure_ns;
			}
		}
		if (told[k] == TASK_NONE)
			break;
		say(t, TONE_WHO, k ? ',' : ' ', "%s for %s (%s)", name_of(t->m, told[k], name),
		    duration_text(told_ns[k], dur),
		    measured_ns == told_ns[k] ? "measured"
		    : measured_ns             ? "partly inferred"
					      : "inferred")
		    ->task = told[k];
	}
}

static bool is_rwlock(const struct machine *m, const struct interval *iv)
{
	uint32_t sync =
	    machine_find_sync(m, machine_task(m, iv->task)->tgid, iv->object, iv->begin_ns);

	return sync != SYNC_NONE && machine_sync(m, sync)->kind == SYNC_RWLOCK;
}

/* Readers have it together; the one that gives it to a writer is the last of them
 * (nptl/pthread_rwlock_common.c, __pthread_rwlock_rdunlock). */
static void say_readers(struct teller *t, const struct interval *iv)
{
	char name[TASK_TEXT_LEN];

	if (!machine_waits_for_readers(t->m, iv))
		say(t, TONE_DOUBT, ',',
		    "readers had it, whom nothing names, or nobody is known to");
	else if (iv->cause == CAUSE_FUTEX && is_known(t, iv->waker))
		say(t, TONE_WHO, ',', "held by readers, the last of them %s (inferred)",
		    name_of(t->m, iv->waker, name))
		    ->task = iv->waker;
	else
		say(t, TONE_WHO, ',', "held by readers, whom nothing names");
}

static void say_holders(struct teller *t, const struct meanwhile *w, const struct interval *iv)
{
	uint64_t least_ns = (iv->end_ns - iv->begin_ns) / MIN_SHARE;
	size_t nr = nr_holders(w);
	bool first = true;
	uint32_t owner = iv->owner ? machine_find(t->m, iv->owner) : TASK_NONE;
	char name[TASK_TEXT_LEN];

	if (iv->owner_exited && owner != TASK_NONE) {
		say(t, TONE_WHO, ',', "held by %s, which has exited", name_of(t->m, owner, name));
		return;
	}
	if (nr > MAX_HOLDERS) {
		say_turns(t, w, nr);
		return;
	}
	if (nr == 0 && owner != TASK_NONE)
		say(t, TONE_WHO, ',', "held by %s when it began (%s)", name_of(t->m, owner, name),
		    iv->owner_inferred ? "inferred" : "measured");
	else if (nr == 0 && is_rwlock(t->m, iv))
		say_readers(t, iv);
	else if (nr == 0 && w->nr == 1 && w->parts[0].heir != TASK_NONE)
		say_holder(t, &w->parts[0], true, true, TASK_NONE);
	else if (nr == 0 && w->whole)
		say(t, TONE_DOUBT, ',', "nobody is known to have had it");
	for (size_t i = 0; nr && i < w->nr; i++) {
		const struct wait_part *p = &w->parts[i];

		if (p->task == TASK_NONE && p->end_ns - p->begin_ns <= least_ns)
			continue;
		say_holder(t, p, first, nr == 1 && w->nr == 1,
			   i + 1 < w->nr ? w->parts[i + 1].task : TASK_NONE);
		first = false;
	}
}

/* ---- what ended it ---- */

static void say_waker(struct teller *t, const struct interval *iv, char before)
{
	char name[TASK_TEXT_LEN];
	const char *how = "";

	name_of(t->m, iv->waker, name);
	switch (iv->cause) {
	case CAUSE_PIPE:
	case CAUSE_SOCKET:
		how = " at the other end";
		break;
	case CAUSE_SIGNAL:
		how = " by a signal";
		break;
	case CAUSE_EXIT:
		how = " as it ended";
		break;
	case CAUSE_UNKNOWN:
	case CAUSE_CALL:
	case CAUSE_FUTEX:
	case CAUSE_TIMER:
	case CAUSE_INTERRUPT:
		break;
	default:
		how = NULL;
	}
	struct clause *c =
	    how ? say(t, TONE_WHO, before, "woken by %s%s", name, how)
		: say(t, TONE_WHO, before, "woken by %s (%s)", name, cause_words(iv->cause));

	c->task = iv->waker;
}

/* Said only of who is known to have had it: any other one woke it. */
static void say_release(struct teller *t, const struct interval *iv, const struct meanwhile *w)
{
	uint32_t last = w->nr ? w->parts[w->nr - 1].task : TASK_NONE;

	if (last != iv->waker) {
		say_waker(t, iv, ';');
		return;
	}
	char name[TASK_TEXT_LEN];
	bool own = meanwhile_heir(t->tl, iv, t->read) == iv->task;

	say(t, TONE_WHO, ';', "released %sby %s", own ? "to it " : "",
	    name_of(t->m, iv->waker, name))
	    ->task = iv->waker;
}

/* No task ended it. */
static void say_other_end(struct teller *t, const struct interval *iv)
{
	char dur[DURATION_LEN];

	if (iv->cause == CAUSE_TIMER && iv->why == REASON_SLEEP)
		return;
	if (iv->cause == CAUSE_TIMER && iv->timeout_ns)
		say(t, TONE_WHO, ';', "its time-out of %s ended it",
		    duration_text(iv->timeout_ns, dur));
	else if (iv->cause == CAUSE_TIMER)
		say(t, TONE_WHO, ';', "its time-out ended it");
	else if (iv->cause)
		say(t, TONE_WHO, ';', "ended by %s", cause_words(iv->cause));
	else
		say(t, TONE_DOUBT, ';', "nobody is known to have ended it");
}

static void say_sleep(struct teller *t, const struct interval *iv, bool open)
{
	uint64_t slept_ns = iv->end_ns - iv->begin_ns;
	char dur[DURATION_LEN], late[DURATION_LEN];

	if (!iv->timeout_ns)
		return;
	duration_text(iv->timeout_ns, dur);
	if (!open && iv->cause == CAUSE_TIMER && slept_ns > iv->timeout_ns)
		say(t, TONE_WHO, ',', "asked for %s: %s late", dur,
		    duration_text(slept_ns - iv->timeout_ns, late));
	else
		say(t, TONE_WHO, ',', "asked for %s", dur);
}

/* ---- the whole ---- */

static void say_end(struct teller *t, const struct interval *iv, const struct meanwhile *w)
{
	bool has_waker = is_known(t, iv->waker);

	if (w->bond == BOND_WAKER)
		return; /* named already */
	if (has_waker && w->bond == BOND_END && iv->cause == CAUSE_EXIT)
		return;
	if (has_waker && iv->why == REASON_LOCK && iv->cause == CAUSE_FUTEX)
		say_release(t, iv, w);
	else if (has_waker)
		say_waker(t, iv, ';');
	else
		say_other_end(t, iv);
}

/* Who used the other end before, of a wait that nobody there ended. */
static void say_feeder(struct teller *t, const struct interval *iv)
{
	const char *verb = verb_of(syscall_name(machine_info(t->m)->arch, iv->nr));
	bool reads = verb && strstr(verb, " from"),
	     writes = verb && strncmp(verb, "to ", 3) == 0 && strstr(verb + 3, " to");
	uint32_t task = reads || writes ? meanwhile_feeder(t->tl, iv, t->read) : TASK_NONE;
	char name[TASK_TEXT_LEN];

	if (is_known(t, task))
		say(t, TONE_WHO, ',', "%s by %s before", reads ? "fed" : "emptied",
		    name_of(t->m, task, name))
		    ->task = task;
}

static void tell_wait(struct teller *t, const struct interval *iv, bool open)
{
	char words[200], dur[DURATION_LEN];
	struct meanwhile w;

	meanwhile_init(&w, t->tl, iv, t->read);
	wait_words(t->m, iv, open, words, sizeof(words));
	say(t, TONE_PLAIN, ' ', "%s", words);
	if (iv->why == REASON_SLEEP)
		say_sleep(t, iv, open);
	else if (iv->timed && iv->timeout_ns && iv->cause != CAUSE_TIMER)
		say(t, TONE_WHO, ',', "at most %s", duration_text(iv->timeout_ns, dur));
	if (iv->why == REASON_LOCK)
		say_holders(t, &w, iv);
	else if (w.bond == BOND_END)
		say_did(t, &w.parts[0].did, ',', "which ");
	if (w.bond == BOND_WAKER) {
		say_waker(t, iv, ',');
		say_did(t, &w.parts[0].did, ',', "which meanwhile ");
	}
	if ((open || iv->waker == TASK_NONE) &&
	    (iv->why == REASON_PIPE || iv->why == REASON_SOCKET))
		say_feeder(t, iv);
	if (!open)
		say_end(t, iv, &w);
	else if (timeline_is_complete(t->tl))
		say(t, TONE_WHO, ';', "still so when the trace ended");
	if (iv->inferred)
		say(t, TONE_DOUBT, ';', "why it waited is inferred");
	t->story->whole = w.whole;
	meanwhile_done(&w);
}

/* Who had its core. */
static void say_core(struct teller *t, const struct interval *iv)
{
	char dur[DURATION_LEN], name[TASK_TEXT_LEN], core[24];
	struct did did;

	t->story->whole = did_between(t->tl, timeline_cpu(t->tl, iv->cpu), iv->begin_ns, iv->end_ns,
				      t->read, &did);
	snprintf(core, sizeof(core), "CPU %u ", iv->cpu);
	for (size_t i = 0; i < did.nr_steps; i++) {
		const struct interval *s = &did.steps[i];

		duration_text(s->end_ns - s->begin_ns, dur);
		if (s->state == STATE_RUNNING)
			say(t, TONE_RAN, i ? ',' : ';', "%sran %s %s", i ? "then " : core,
			    name_of(t->m, s->task, name), dur)
			    ->task = s->task;
		else
			say(t, TONE_RAN, i ? ',' : ';', "%swas %s %s", i ? "then " : core,
			    s->state == STATE_IDLE ? "idle" : "unknown", dur);
	}
	if (did.nr_steps || !did.sum.ns[STATE_RUNNING])
		return;
	say(t, TONE_RAN, ';', "%sran others %s", core,
	    duration_text(did.sum.ns[STATE_RUNNING], dur));
	if (did.longest.end_ns)
		say(t, TONE_RAN, ',', "longest %s, %s", name_of(t->m, did.longest.task, name),
		    duration_text(did.longest.end_ns - did.longest.begin_ns, dur))
		    ->task = did.longest.task;
}

static void say_made(struct teller *t, const struct interval *iv)
{
	uint32_t parent = machine_task(t->m, iv->task)->parent;
	char name[TASK_TEXT_LEN];

	say(t, TONE_WHO, ',', "it had just been made%s%s", is_known(t, parent) ? " by " : "",
	    is_known(t, parent) ? name_of(t->m, parent, name) : "");
}

static void tell_ready(struct teller *t, const struct interval *iv)
{
	char dur[DURATION_LEN], name[TASK_TEXT_LEN];

	say(t, TONE_READY, ' ', "was ready %s but had no core",
	    duration_text(iv->end_ns - iv->begin_ns, dur));
	name_of(t->m, iv->waker, name);
	if (iv->why == RUNNABLE_NEW)
		say_made(t, iv);
	else if (iv->why == RUNNABLE_YIELDED)
		say(t, TONE_WHO, ',', "it had given up its core");
	else if (iv->why == RUNNABLE_PREEMPTED)
		say(t, TONE_WHO, ',', "its core was taken%s%s",
		    is_known(t, iv->waker) ? " by " : "", is_known(t, iv->waker) ? name : "");
	else
		say(t, TONE_WHO, ',', "it had been woken%s%s", is_known(t, iv->waker) ? " by " : "",
		    is_known(t, iv->waker) ? name : "");
	say_core(t, iv);
}

static void say_exit(struct teller *t, const struct task *task)
{
	if (task->exit_code == INFO_NO_STATUS)
		say(t, TONE_WHO, ',', "until it ended");
	else if (WIFSIGNALED(task->exit_code))
		say(t, TONE_WHO, ',', "until signal %d ended it", WTERMSIG(task->exit_code));
	else
		say(t, TONE_WHO, ',', "until it exited with status %d",
		    WEXITSTATUS(task->exit_code));
}

/* How it left its core. */
static void tell_run(struct teller *t, const struct interval *iv, bool open)
{
	const struct lane_data *lane = timeline_task(t->tl, iv->task);
	const struct task *task = machine_task(t->m, iv->task);
	char dur[DURATION_LEN], name[TASK_TEXT_LEN], what[200];
	struct interval next;

	say(t, TONE_PLAIN, ' ', "%s %s on CPU %u", open ? "has run" : "ran",
	    duration_text(iv->end_ns - iv->begin_ns, dur), iv->cpu);
	if (open)
		return;
	if (task->exited && iv->end_ns >= lane->end_ns) {
		say_exit(t, task);
		return;
	}
	if (!meanwhile_at(t->tl, lane, iv->end_ns, t->read, &next)) {
		t->story->whole = iv->end_ns >= lane->end_ns;
		return;
	}
	object_of(t->m, &next, what, sizeof(what));
	if (next.state == STATE_BLOCKED && next.why == REASON_SLEEP)
		say(t, TONE_WHO, ',', "until it slept");
	else if (next.state == STATE_BLOCKED && next.why == REASON_STOPPED)
		say(t, TONE_WHO, ',', "until it was stopped");
	else if (next.state == STATE_BLOCKED && *what)
		say(t, TONE_WHO, ',', "until it waited %s", what);
	else if (next.state == STATE_RUNNABLE && next.why == RUNNABLE_YIELDED)
		say(t, TONE_WHO, ',', "until it gave up its core");
	else if (next.state == STATE_RUNNABLE && next.why == RUNNABLE_PREEMPTED)
		say(t, TONE_WHO, ',', "until %s took its core",
		    is_known(t, next.waker) ? name_of(t->m, next.waker, name) : "another");
}

/* Whether it still goes on as far as is known: nothing ended it before the trace did. */
static bool is_open(const struct timeline *tl, const struct interval *iv)
{
	if (iv->end_ns < timeline_end_ns(tl))
		return false;
	if (iv->state == STATE_BLOCKED)
		return iv->waker == TASK_NONE && !iv->cause;
	return !timeline_is_complete(tl);
}

void story_of_task(const struct timeline *tl, const struct interval *iv, bool read,
		   struct story *out)
{
	struct teller t = {tl, timeline_machine(tl), out, read, {0}};
	bool open = is_open(tl, iv);
	char dur[DURATION_LEN];

	out->nr = 0;
	out->whole = true;
	duration_text(iv->end_ns - iv->begin_ns, dur);
	if (iv->state == STATE_BLOCKED)
		tell_wait(&t, iv, open);
	else if (iv->state == STATE_RUNNABLE)
		tell_ready(&t, iv);
	else if (iv->state == STATE_RUNNING)
		tell_run(&t, iv, open);
	else
		say(&t, TONE_DOUBT, ' ', "what it did for %s is unknown", dur);
	if (iv->inferred && iv->state != STATE_BLOCKED)
		say(&t, TONE_DOUBT, ';', "inferred, not measured");
}

const char *story_text(const struct timeline *tl, uint32_t task, const struct story *story,
		       char out[STORY_TEXT_LEN])
{
	char name[TASK_TEXT_LEN];
	size_t at =
	    (size_t)snprintf(out, STORY_TEXT_LEN, "%s ", name_of(timeline_machine(tl), task, name));

	for (size_t i = 0; i < story->nr && at < STORY_TEXT_LEN; i++) {
		const struct clause *c = &story->clauses[i];
		char mark[3] = {c->before, ' ', '\0'};
		const char *between = i == 0 ? "" : c->before == ' ' ? " " : mark;

		at += (size_t)snprintf(out + at, STORY_TEXT_LEN - at, "%s%s", between, c->text);
	}
	return out;
}
