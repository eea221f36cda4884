/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/standstill.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/pass.h"
#include "model/names.h"
#include "model/reason.h"

/* Appends to out, which stays terminated whatever there is room for. */
static void __attribute__((format(printf, 3, 4)))
append(char *out, size_t len, const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list args;

	va_start(args, fmt);
	vsnprintf(out + used, len - used, fmt, args);
	va_end(args);
}

/* What a wait is for: "mutex balance_lock (0x5000)", "heap lock 2 (mutex 0x5000)", by the object's
 * own address in its first process. */
static void append_object(const struct interval *iv, const struct machine *m, char *out, size_t len)
{
	const struct sync *sync = iv->sync == SYNC_NONE ? NULL : machine_sync(m, iv->sync);
	bool own = sync && sync->tgid == machine_task(m, iv->task)->tgid;
	char kind[64], name[NAME_TEXT_LEN];
	uint64_t uaddr = own ? sync->uaddr : iv->object;

	if (sync)
		sync_describe(sync, kind, sizeof(kind));
	if (!sync || sync->kind == SYNC_FUTEX)
		snprintf(kind, sizeof(kind), "%s", reason_key((enum reason)iv->why));
	if (!machine_sync_name(m, iv->sync, name, sizeof(name)))
		append(out, len, "%s 0x%" PRIx64, kind, uaddr);
	else if (name_has_noun(name) && strstr(name, kind))
		append(out, len, "%s (0x%" PRIx64 ")", name, uaddr);
	else if (name_has_noun(name))
		append(out, len, "%s (%s 0x%" PRIx64 ")", name, kind, uaddr);
	else
		append(out, len, "%s %s (0x%" PRIx64 ")", kind, name, uaddr);
}

/* Whether its tasks are of more than one process. */
static bool spans_processes(const struct standstill *s, const struct machine *m)
{
	for (size_t i = 1; i < s->nr_core; i++)
		if (machine_task(m, s->waits[i].iv.task)->tgid !=
		    machine_task(m, s->waits[0].iv.task)->tgid)
			return true;
	return false;
}

/* The name of the owner's tid now or, if it is another's by now, nothing. */
static void append_gone(const struct standstill *s, const struct machine *m, char *out, size_t len)
{
	const struct wait *w = &s->waits[0];
	uint32_t owner = machine_find(m, w->owner);

	if (owner == TASK_NONE || machine_task(m, owner)->begin_ns > w->iv.begin_ns)
		append(out, len, "tid %" PRIu32, w->owner);
	else
		append(out, len, "%s %" PRIu32, machine_task(m, owner)->comm, w->owner);
}

size_t standstill_nr_told(const struct standstill *s)
{
	return s->kind == STANDSTILL_OWNER_EXITED || s->kind == STANDSTILL_REFUSED;
}

const char *standstill_headline(const struct standstill *s, const struct machine *m, char *out,
				size_t len)
{
	const char *what = spans_processes(s, m) ? "tasks of several processes" : "threads";
	char name[TASK_TEXT_LEN];

	out[0] = 0;
	switch (s->kind) {
	case STANDSTILL_OWNER_EXITED:
		append(out, len, "%s waits for ", machine_task_text(m, s->waits[0].iv.task, name));
		append_object(&s->waits[0].iv, m, out, len);
		append(out, len, " whose owner ");
		append_gone(s, m, out, len);
		append(out, len, " has exited");
		break;
	case STANDSTILL_REFUSED:
		append(out, len,
		       "Deadlock: %s waits for ever, as glibc does where the kernel refuses a PI "
		       "lock that would close a circle",
		       machine_task_text(m, s->waits[0].iv.task, name));
		break;
	case STANDSTILL_STALL:
		append(out, len, "Stall: nothing can go on, ");
		if (s->nr_core == 1)
			append(out, len, "the only task waits for another");
		else
			append(out, len, "all %zu tasks wait for another", s->nr_core);
		break;
	default:
		if (s->nr_core == 1)
			append(out, len, "Deadlock: a thread waits for itself");
		else
			append(out, len, "Deadlock: %zu %s wait for each other", s->nr_core, what);
	}
	return out;
}

static void append_owner(const struct wait *w, const struct machine *m, char *out, size_t len)
{
	if (!w->owner)
		return;
	if (w->next == TASK_NONE)
		append(out, len, " of %" PRIu32 ", gone", w->owner);
	else if (w->next == w->iv.task)
		append(out, len, " of its own");
	else
		append(out, len, " of %s %" PRIu32, machine_task(m, w->next)->comm, w->owner);
}

const char *standstill_wait(const struct standstill *s, size_t i, const struct machine *m,
			    char *out, size_t len)
{
	const struct wait *w = &s->waits[i];
	char name[TASK_TEXT_LEN];

	out[0] = 0;
	append(out, len, "%s ", machine_task_text(m, w->iv.task, name));
	switch ((enum reason)w->iv.why) {
	case REASON_LOCK:
		append(out, len, "waits for ");
		append_object(&w->iv, m, out, len);
		append_owner(w, m, out, len);
		break;
	case REASON_JOIN:
		append(out, len, "joins %s",
		       w->next == TASK_NONE ? "a thread" : machine_task_text(m, w->next, name));
		break;
	case REASON_CHILD:
		append(out, len, "waits for a child%s%s", w->next == TASK_NONE ? "" : ", ",
		       w->next == TASK_NONE ? "" : machine_task_text(m, w->next, name));
		break;
	default:
		append(out, len, "waits for ");
		append_object(&w->iv, m, out, len);
	}
	return out;
}

#define LEAST_ROOM 100 /* for one more wait and how many are left out */

const char *standstill_sentence(const struct standstill *s, const struct machine *m, char *out,
				size_t len)
{
	char wait[160];

	standstill_headline(s, m, out, len);
	for (size_t i = standstill_nr_told(s); i < s->nr_waits; i++) {
		bool first = i == standstill_nr_told(s);
		const char *before = i == s->nr_core ? "; " : first ? ": " : ", ";

		if (strlen(out) + LEAST_ROOM > len) {
			append(out, len, ", and %zu more", s->nr_waits - i);
			break;
		}
		append(out, len, "%s%s", before, standstill_wait(s, i, m, wait, sizeof(wait)));
	}
	return out;
}

static void *open_waits(void)
{
	return waits_open(&waits_limits);
}

static void take_block(void *a, const struct view *v, const struct interval *iv)
{
	waits_block(a, v->machine, iv);
}

static void take_interval(void *a, const struct view *v, const struct interval *iv, uint64_t dur_ns)
{
	(void)dur_ns;
	waits_task_interval(a, v->machine, iv);
}

static void take_gap(void *a, const struct view *v, uint64_t begin_ns, uint64_t end_ns)
{
	(void)begin_ns;
	waits_gap(a, v->machine, end_ns);
}

static void take_begin(void *a, const struct view *v)
{
	waits_resume(a, v->machine);
}

static struct result *no_table(void *a, const struct view *v)
{
	(void)a;
	(void)v;
	return result_open(NULL, 0);
}

static void close_waits(void *a)
{
	waits_close(a);
}

const struct waits *standstill_waits(const struct pass *p)
{
	return pass_state(p, &analysis_standstill);
}

const struct analysis analysis_standstill = {
    .name = "standstill",
    .open = open_waits,
    .task_interval = take_interval,
    .block = take_block,
    .gap = take_gap,
    .begin = take_begin,
    .result = no_table,
    .close = close_waits,
};
