/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for people, of locks: who waited for each, who had it meanwhile; and of what else is
 * waited at. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/locks.h"
#include "base/duration.h"
#include "cmd/report_table.h"
#include "model/names.h"

#define MAX_LOCKS    60 /* unless --all */
#define MAX_MEETINGS 12 /* likewise: a process has many */

static const char *task_name(const struct report *r, uint64_t tid)
{
	uint32_t task = machine_find(r->machine, (uint32_t)tid);

	return task == TASK_NONE ? "" : machine_task(r->machine, task)->comm;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* In the words of model/story. */
static const char *certainty(const struct cell *holder)
{
	if (holder[HOLDERS_MEASURED].number)
		return "";
	return holder[HOLDERS_MEASURED_NS].number ? ", partly inferred" : ", inferred";
}

static void put_holders(struct table *t, const struct report *r, const struct cell *row)
{
	const struct rows *holders = row[LOCKS_HOLDERS].rows;
	uint64_t rest = row[LOCKS_WAIT_NS].number;
	char text[256] = "", time[DURATION_LEN];
	size_t used = 0;

	for (size_t i = 0; i < holders->nr && i < 3 && used < sizeof(text); i++) {
		const struct cell *holder = rows_at(holders, i);

		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%s%s %" PRIu64 " (%s%s)", i ? ", " : "",
		    task_name(r, holder[HOLDERS_TID].number), holder[HOLDERS_TID].number,
		    duration_text(holder[HOLDERS_WAITED_ON].number, time), certainty(holder));
	}
	if (holders->nr > 3 && used < sizeof(text))
		used += (size_t)snprintf(text + used, sizeof(text) - used, ", %zu more",
					 holders->nr - 3);
	for (size_t i = 0; i < holders->nr; i++)
		rest -= less(rest, rows_at(holders, i)[HOLDERS_WAITED_ON].number);
	/* Nothing in a rwlock's memory says who reads. */
	if (strstr(row[LOCKS_KIND].text, "rwlock") && rest > row[LOCKS_WAIT_NS].number / 100 &&
	    used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, "%sreaders, or not known (%s)",
			 used ? ", " : "", duration_text(rest, time));
	table_cell(t, "%s", text);
}

/* "balance_lock", "heap lock 2 (first worker 412)", "0x55d0c0". */
static void put_lock(struct table *t, const struct report *r, const struct cell *row)
{
	const char *name = row[LOCKS_NAME].known ? row[LOCKS_NAME].text : NULL;

	if (!name)
		table_cell(t, "0x%" PRIx64, row[LOCKS_UADDR].number);
	else if (name_is_numbered(name) && row[LOCKS_FIRST].known)
		table_cell(t, "%s (first %s %" PRIu64 ")", name,
			   task_name(r, row[LOCKS_FIRST].number), row[LOCKS_FIRST].number);
	else
		table_cell(t, "%s", name);
}

static void put_process(struct table *t, const struct report *r, const struct cell *row)
{
	if (row[LOCKS_TGID].known)
		table_cell(t, "%s %" PRIu64, task_name(r, row[LOCKS_TGID].number),
			   row[LOCKS_TGID].number);
	else
		table_cell(t, "-");
}

/* What is told of locks and of all else that is waited at. */
static void put_object(struct table *t, const struct report *r, const struct cell *row)
{
	put_lock(t, r, row);
	table_cell(t, "%s", row[LOCKS_KIND].text);
	put_process(t, r, row);
	put_count(t, row[LOCKS_WAITS].number);
	put_time(t, row[LOCKS_WAIT_NS].number);
	put_time(t, row[LOCKS_MAX_WAIT].number);
	put_count(t, row[LOCKS_MAX_WAITERS].number);
}

/* The table begins with locks: how many of them. */
static size_t count_locks(const struct rows *rows)
{
	size_t nr = 0;

	while (nr < rows->nr && rows_at(rows, nr)[LOCKS_IS_LOCK].number)
		nr++;
	return nr;
}

static const struct shown_column object_columns[] = {
    {"kind", TABLE_LEFT, 2, false},
    {"process", TABLE_LEFT, 2, false},
    {"waits", TABLE_RIGHT, 0, false},
    {"waited ", TABLE_RIGHT, 0, false},
    {"longest ", TABLE_RIGHT, 4, false},
    {"most at once", TABLE_RIGHT, 3, false},
    {0},
};

static const struct shown_column lock_columns[] = {
    {"hand-over ", TABLE_RIGHT, 5, false},
    {"in vain", TABLE_RIGHT, 5, false},
    {"held meanwhile by", TABLE_LEFT, 1, false},
    {0},
};

static const struct shown_column meeting_columns[] = {
    {"woken", TABLE_RIGHT, 1, false},
    {"at once", TABLE_RIGHT, 5, false},
    {"until it ran ", TABLE_RIGHT, 4, false},
    {0},
};

/* A table of objects, with what is told of these ones only in the last columns. */
static struct table *open_objects(const char *title, const struct shown_column *last)
{
	struct table *t = table_open();

	table_column(t, title, TABLE_LEFT, 0);
	report_columns(t, object_columns, false);
	report_columns(t, last, false);
	return t;
}

static void print_locks(const struct report *r)
{
	const struct rows *rows = &r->locks->table;
	size_t nr = count_locks(rows);
	size_t shown = report_shown(r, nr, MAX_LOCKS);
	struct table *t;

	if (nr == 0)
		return;
	t = open_objects("LOCKS", lock_columns);
	for (size_t i = 0; i < shown; i++) {
		const struct cell *row = rows_at(rows, i);
		uint64_t handovers = row[LOCKS_HANDOFFS].number;

		put_object(t, r, row);
		put_time(t, handovers ? row[LOCKS_HANDOFF].number / handovers : 0);
		put_count(t, row[LOCKS_WASTED].number);
		put_holders(t, r, row);
	}
	report_print(t);
	report_more(nr - shown, "locks");
}

/* Conditions, semaphores, barriers, ends of threads: what is waited for and held by nobody. */
static void print_meetings(const struct report *r)
{
	const struct rows *rows = &r->locks->table;
	size_t first = count_locks(rows);
	size_t nr = rows->nr - first;
	size_t shown = report_shown(r, nr, MAX_MEETINGS);
	struct table *t;

	if (nr == 0)
		return;
	t = open_objects("WAITED AT", meeting_columns);
	for (size_t i = first; i < first + shown; i++) {
		const struct cell *row = rows_at(rows, i);
		uint64_t handovers = row[LOCKS_HANDOFFS].number;

		put_object(t, r, row);
		put_count(t, row[LOCKS_WAKES].number);
		put_count(t, row[LOCKS_HERD].number);
		put_time(t, handovers ? row[LOCKS_HANDOFF].number / handovers : 0);
	}
	report_print(t);
	report_more(nr - shown, "");
}

void report_locks(const struct report *r)
{
	print_locks(r);
	print_meetings(r);
}
