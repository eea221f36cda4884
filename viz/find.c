/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/find.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/locks.h"
#include "base/mem.h"

static void add(struct find *f, struct match match)
{
	if (f->nr >= MATCHES_MAX) {
		f->too_many = true;
		return;
	}
	f->matches = mem_grow(f->matches, &f->cap, f->nr + 1, sizeof(*f->matches));
	f->matches[f->nr++] = match;
}

static void find_tasks(struct find *f, const struct timeline *tl, const struct tree *tree)
{
	const struct machine *m = timeline_machine(tl);
	char text[64];

	/* Those that have a lane first, and of them those with the words at a begin: 98 means tid
	 * 9812 rather than 5598. */
	for (int rank = 0; rank < (tree->all_tasks ? 4 : 2); rank++)
		for (uint32_t i = 1; i < machine_nr_tasks(m); i++) {
			const struct task *task = machine_task(m, i);
			bool has_lane = i < tree->nr_tasks && tree->colors[i] != TASK_NO_COLOR;

			if (has_lane != (rank < 2))
				continue;
			snprintf(text, sizeof(text), "%s %u", task->comm, task->tid);
			if (entry_matches(text, f->text) &&
			    entry_begins(text, f->text) == (rank % 2 == 0))
				add(f, (struct match){MATCH_TASK, i, 0});
		}
}

static void find_locks(struct find *f, const struct result *locks, bool all)
{
	char text[256];

	for (size_t i = 0; locks && i < locks->table.nr; i++) {
		const struct cell *row = rows_at(&locks->table, i);
		const struct cell *name = &row[LOCKS_NAME], *kind = &row[LOCKS_KIND];

		if (!all && !(row[LOCKS_TRACED].known && row[LOCKS_TRACED].number))
			continue;

		snprintf(text, sizeof(text), "%s0x%" PRIx64 " %s %s",
			 row[LOCKS_IS_LOCK].number ? "lock " : "", row[LOCKS_UADDR].number,
			 name->known ? name->text : "", kind->known ? kind->text : "");
		if (entry_matches(text, f->text))
			add(f, (struct match){
				   MATCH_LOCK,
				   row[LOCKS_TGID].known ? (uint32_t)row[LOCKS_TGID].number : 0,
				   row[LOCKS_UADDR].number});
	}
}

static void find_said(struct find *f, const struct timeline *tl)
{
	const struct strips *strips = timeline_strips(tl);
	char text[STRIP_TEXT_LEN];

	for (uint32_t i = 0; i < f->nr_said; i++)
		if (entry_matches(strip_name_text(strips, timeline_machine(tl), i, text), f->text))
			add(f, (struct match){MATCH_SAID, i, 0});
}

static void find_findings(struct find *f, const struct result *findings)
{
	for (size_t i = 0; findings && i < findings->nr_findings; i++)
		if (entry_matches(findings->findings[i].text, f->text) ||
		    entry_matches(findings->findings[i].id, f->text))
			add(f, (struct match){MATCH_FINDING, (uint32_t)i, 0});
}

void find_update(struct find *f, const char *text, const struct timeline *tl,
		 const struct tree *tree, const struct study *study)
{
	struct match at = {0};
	bool had = f->at < f->nr;

	if (had)
		at = f->matches[f->at];
	memmove(f->text, text, strlen(text) + 1);
	f->nr = 0;
	f->too_many = false;
	f->nr_tasks = machine_nr_tasks(timeline_machine(tl));
	f->nr_said = timeline_strips(tl)->names_keys.nr;
	if (text[strspn(text, " ")]) {
		find_tasks(f, tl, tree);
		find_locks(f, study_locks(study), tree->all_tasks);
		find_said(f, tl);
		find_findings(f, study_findings(study));
	}
	f->at = f->nr;
	for (size_t i = 0; had && i < f->nr; i++)
		if (memcmp(&f->matches[i], &at, sizeof(at)) == 0)
			f->at = i;
}

void find_done(struct find *f)
{
	free(f->matches);
	memset(f, 0, sizeof(*f));
}

bool find_has_task(const struct find *f, uint32_t task)
{
	for (size_t i = 0; i < f->nr; i++)
		if (f->matches[i].kind == MATCH_TASK && f->matches[i].id == task)
			return true;
	return false;
}

bool find_has_lock(const struct find *f, uint32_t tgid, uint64_t uaddr)
{
	for (size_t i = 0; i < f->nr; i++)
		if (f->matches[i].kind == MATCH_LOCK && f->matches[i].object == uaddr &&
		    f->matches[i].id == tgid)
			return true;
	return false;
}
