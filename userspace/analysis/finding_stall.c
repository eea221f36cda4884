/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings about waits that nothing in the program can end. */

#include "analysis/finding.h"
#include "analysis/standstill.h"
#include "base/duration.h"

static void tell(const struct rule *rule, const struct evidence *e, struct result *out,
		 const struct standstill *s)
{
	uint64_t end_ns = s->end_ns && s->end_ns < e->view->end_ns ? s->end_ns : e->view->end_ns;
	uint64_t begin_ns = s->begin_ns > e->view->begin_ns ? s->begin_ns : e->view->begin_ns;
	char text[STANDSTILL_TEXT_LEN - DURATION_LEN], time[DURATION_LEN];

	if (end_ns <= begin_ns)
		return;
	standstill_sentence(s, e->view->machine, text, sizeof(text));
	struct finding *f =
	    finding_add(out, rule, e, share_of(end_ns - begin_ns, e->wall_ns), "%s. It lasted %s",
			text, duration_text(end_ns - begin_ns, time));

	f->begin_ns = begin_ns;
	f->end_ns = end_ns;
	for (size_t i = 0; i < s->nr_core; i++)
		finding_tid(f, machine_task(e->view->machine, s->waits[i].iv.task)->tid);
	finding_fact(f, "threads", CELL_COUNT, s->nr_core);
	if (s->waits[0].iv.object)
		finding_fact(f, "uaddr", CELL_HEX, s->waits[0].iv.object);
	if (s->kind != STANDSTILL_STALL && s->waits[0].owner)
		finding_fact(f, "owner_tid", CELL_COUNT, s->waits[0].owner);
}

static void tell_all(const struct rule *rule, const struct evidence *e, struct result *out,
		     enum standstill_kind kind)
{
	for (size_t i = 0; i < waits_nr(e->waits); i++)
		if (waits_at(e->waits, i)->kind == kind &&
		    waits_at(e->waits, i)->ended == TASK_NONE)
			tell(rule, e, out, waits_at(e->waits, i));
}

static void deadlock(const struct rule *rule, const struct evidence *e, struct result *out)
{
	tell_all(rule, e, out, STANDSTILL_DEADLOCK);
	tell_all(rule, e, out, STANDSTILL_REFUSED);
}

static void owner_exited(const struct rule *rule, const struct evidence *e, struct result *out)
{
	tell_all(rule, e, out, STANDSTILL_OWNER_EXITED);
}

static void stall(const struct rule *rule, const struct evidence *e, struct result *out)
{
	tell_all(rule, e, out, STANDSTILL_STALL);
}

static const struct rule rules[] = {
    {"deadlock", 0, 0, deadlock},
    {"owner-exited", 0, 0, owner_exited},
    {"stall", 0, 0, stall},
};

const struct family findings_stall = {rules, sizeof(rules) / sizeof(rules[0])};
