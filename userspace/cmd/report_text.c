/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for people: aligned tables, times with units, what matters most first. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/cpus.h"
#include "analysis/critical.h"
#include "analysis/tasks.h"
#include "analysis/wakes.h"
#include "base/duration.h"
#include "base/plain.h"
#include "cmd/quality.h"
#include "cmd/report_table.h"
#include "model/ending.h"
#include "model/reason.h"

#define MAX_TASKS   60 /* unless --all */
#define MAX_ON_PATH 20 /* likewise */

static void print_ended(const struct trace_info *info)
{
	if (info->exit_status == INFO_NO_STATUS)
		return;
	char text[ENDING_LEN];

	if (WIFSIGNALED(info->exit_status))
		printf(" \xc2\xb7 ended by %s", ending_text(info->exit_status, text));
	else
		printf(" \xc2\xb7 exit status %d", WEXITSTATUS(info->exit_status));
}

static void print_head(const struct report *r)
{
	char buf[DURATION_LEN], number[PLAIN_COUNT_LEN];
	uint32_t nr_cpus = machine_nr_cpus(r->machine);

	plain_put(stdout, r->info->command[0] ? r->info->command : "(command not known)");
	if (r->quality.headless) {
		printf("\n");
		return;
	}
	printf("\n%s", duration_text(r->end_ns - r->begin_ns, buf));
	if (!r->whole)
		printf(" from %s on",
		       duration_text(r->begin_ns - machine_begin_ns(r->machine), buf));
	printf(" \xc2\xb7 %u core%s \xc2\xb7 %s record%s, ", nr_cpus, nr_cpus == 1 ? "" : "s",
	       plain_count(r->nr_records, number), r->nr_records == 1 ? "" : "s");
	if (r->lost_records)
		printf("%s lost", plain_count(r->lost_records, number));
	else
		printf(r->quality.corrupt     ? "a part damaged"
		       : r->quality.truncated ? "the end cut off"
					      : "none lost");
	if (r->info->kernel[0] || r->info->arch[0]) {
		printf(" \xc2\xb7 Linux ");
		plain_put(stdout, r->info->kernel);
		printf("%s", r->info->kernel[0] && r->info->arch[0] ? " " : "");
		plain_put(stdout, r->info->arch);
	}
	print_ended(r->info);
	printf("\n");
}

struct share {
	unsigned int why;
	uint64_t ns;
};

static int by_ns(const void *a, const void *b)
{
	const struct share *left = a;
	const struct share *right = b;

	if (left->ns != right->ns)
		return left->ns < right->ns ? 1 : -1;
	return (int)left->why - (int)right->why;
}

/* blocked: cells by reason, from REASON_LOCK on. */
static uint64_t blocked_total(const struct cell *blocked)
{
	uint64_t total = 0;

	for (unsigned int why = REASON_LOCK; why < REASON_NR; why++)
		total += blocked[why - 1].number;
	return total;
}

/* "mostly close", of the calls that are no reason of their own; NULL: none is known. */
static const char *call_of(const struct cell *row, char *out, size_t len)
{
	bool all = row[TASKS_OTHER_NS].number == row[TASKS_BLOCKED + REASON_OTHER - 1].number;

	if (!row[TASKS_OTHER_CALL].known)
		return NULL;
	snprintf(out, len, "%s%s", all ? "" : "mostly ", row[TASKS_OTHER_CALL].text);
	return out;
}

/* "other (msgrcv)"; call: as call_of. */
static const char *reason_with_call(enum reason why, const char *call, char *out, size_t len)
{
	if (why != REASON_OTHER || !call)
		return reason_key(why);
	snprintf(out, len, "%s (%s)", reason_key(why), call);
	return out;
}

/* "lock 83 %, sleep 17 %": the reasons that make up most of the time blocked. */
static void put_reasons(struct table *t, const struct cell *blocked, const char *call)
{
	uint64_t total = blocked_total(blocked);
	struct share shares[REASON_NR - 1];
	char text[192] = "", words[64];
	size_t used = 0;

	for (unsigned int i = 0; i < REASON_NR - 1; i++)
		shares[i] = (struct share){i + 1, blocked[i].number};
	qsort(shares, REASON_NR - 1, sizeof(shares[0]), by_ns);
	for (unsigned int i = 0; i < 3 && shares[i].ns; i++) {
		uint64_t percent =
		    (uint64_t)(((unsigned __int128)shares[i].ns * 100 + total / 2) / total);

		if (i && percent < 5)
			break;
		const char *key = reason_with_call(shares[i].why, call, words, sizeof(words));

		if (percent == 100)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", key);
		else
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
					     "%s%s %" PRIu64 " %%", i ? ", " : "", key, percent);
	}
	table_cell(t, "%s", text);
}

static bool has_failed(const struct cell *row)
{
	return row[TASKS_EXIT_SIGNAL].known ||
	       (row[TASKS_EXIT_STATUS].known && row[TASKS_EXIT_STATUS].number);
}

/* "signal 11 (SEGV)", "status 7". */
static void put_ending(struct table *t, const struct cell *row)
{
	const struct cell *signal = &row[TASKS_EXIT_SIGNAL], *status = &row[TASKS_EXIT_STATUS];
	char text[ENDING_LEN];

	if (signal->known || status->known)
		table_cell(t, "%s",
			   ending_text(signal->known ? (int)signal->number
						     : W_EXITCODE((int)status->number, 0),
				       text));
	else
		table_cell(t, "-");
}

static void put_latency(struct table *t, const struct cell *cell)
{
	if (cell->known)
		put_time(t, cell->number);
	else
		table_cell(t, "-  ");
}

static void put_task(struct table *t, const struct cell *row, bool has_unknown, bool any_failed)
{
	char call[64];

	table_cell(t, "%s", row[TASKS_COMM].known ? row[TASKS_COMM].text : "(no name)");
	table_cell(t, "%" PRIu64, row[TASKS_TID].number);
	if (row[TASKS_TGID].known)
		table_cell(t, "%" PRIu64, row[TASKS_TGID].number);
	else
		table_cell(t, "-");
	put_time(t, row[TASKS_RUNNING].number);
	put_share(t, row[TASKS_RUNNING].number, row[TASKS_END].number - row[TASKS_BEGIN].number);
	if (any_failed)
		put_ending(t, row);
	put_time(t, row[TASKS_RUNNABLE].number);
	put_time(t, blocked_total(&row[TASKS_BLOCKED]));
	if (has_unknown)
		put_time(t, row[TASKS_UNKNOWN].number);
	put_count(t, row[TASKS_SCHED_INS].number);
	put_count(t, row[TASKS_PREEMPTIONS].number);
	put_count(t, row[TASKS_MIGRATIONS].number);
	put_count(t, row[TASKS_WAKEUPS].number);
	put_latency(t, &row[TASKS_LATENCY_P50]);
	put_latency(t, &row[TASKS_LATENCY_P99]);
	put_latency(t, &row[TASKS_LATENCY_MAX]);
	put_reasons(t, &row[TASKS_BLOCKED], call_of(row, call, sizeof(call)));
}

static const struct shown_column task_columns[] = {
    {"TASKS", TABLE_LEFT, 0, false},    {"tid", TABLE_RIGHT, 0, false},
    {"tgid", TABLE_RIGHT, 6, false},    {"running ", TABLE_RIGHT, 0, false},
    {"of life", TABLE_RIGHT, 5, false}, {0},
};

/* Only there where a task was killed or gave another status than 0. */
static const struct shown_column ended_column[] = {{"ended", TABLE_LEFT, 2, false}, {0}};

static const struct shown_column more_task_columns[] = {
    {"runnable ", TABLE_RIGHT, 0, false},   {"blocked ", TABLE_RIGHT, 0, false},
    {"unknown ", TABLE_RIGHT, 0, true},     {"sched-ins", TABLE_RIGHT, 4, false},
    {"preempted", TABLE_RIGHT, 4, false},   {"migrated", TABLE_RIGHT, 5, false},
    {"woken", TABLE_RIGHT, 5, false},       {"latency p50", TABLE_RIGHT, 3, false},
    {"latency p99", TABLE_RIGHT, 2, false}, {"latency max", TABLE_RIGHT, 3, false},
    {"waits for", TABLE_LEFT, 1, false},    {0},
};

#define STOLEN_WORTH_A_WORD 1000 /* of what the tasks ran, the part that is told */

static void print_tasks(const struct report *r)
{
	struct rows *rows = &r->tasks->table;
	bool has_unknown = false, any_failed = false;
	char buf[DURATION_LEN], number[PLAIN_COUNT_LEN], share[PLAIN_SHARE_LEN];
	size_t shown = report_shown(r, rows->nr, MAX_TASKS);
	uint64_t rest_ns = 0, running_ns = 0, stolen_ns = 0;

	rows_sort(rows, TASKS_RUNNING, true);
	for (size_t i = 0; i < rows->nr; i++) {
		const struct cell *row = rows_at(rows, i);

		has_unknown |= row[TASKS_UNKNOWN].number > 0;
		any_failed |= row[TASKS_TRACED].number && has_failed(row);
		running_ns += row[TASKS_RUNNING].number;
		stolen_ns += row[TASKS_STOLEN].number;
	}
	struct table *t = report_table(task_columns, has_unknown);

	if (any_failed)
		report_columns(t, ended_column, has_unknown);
	report_columns(t, more_task_columns, has_unknown);
	for (size_t i = 0; i < shown; i++)
		put_task(t, rows_at(rows, i), has_unknown, any_failed);
	for (size_t i = shown; i < rows->nr; i++)
		rest_ns += rows_at(rows, i)[TASKS_RUNNING].number;
	report_print(t);
	if (shown < rows->nr)
		printf("%s more tasks ran %s together (--all shows them)\n",
		       plain_count(rows->nr - shown, number), duration_text(rest_ns, buf));
	if (stolen_ns && stolen_ns >= running_ns / STOLEN_WORTH_A_WORD)
		printf("the host or interrupts took %s of what they ran, %s\n",
		       duration_text(stolen_ns, buf), plain_share(stolen_ns, running_ns, share));
	if (r->nr_others)
		printf("%s task%s not traced ran %s (--all shows them)\n",
		       plain_count(r->nr_others, number), r->nr_others == 1 ? "" : "s",
		       duration_text(r->others_running_ns, buf));
}

static const struct shown_column core_columns[] = {
    {"CORES", TABLE_LEFT, 0, false},
    {"busy ", TABLE_RIGHT, 0, false},
    {"of time", TABLE_RIGHT, 0, false},
    {"idle ", TABLE_RIGHT, 0, false},
    {"unknown ", TABLE_RIGHT, 0, true},
    {"switches", TABLE_RIGHT, 1, false},
    {0},
};

static void print_cpus(const struct report *r)
{
	const struct rows *rows = &r->cpus->table;
	uint64_t whole = r->end_ns - r->begin_ns;
	bool has_unknown = false;
	uint64_t absent = 0;

	for (size_t i = 0; i < rows->nr; i++)
		has_unknown |=
		    rows_at(rows, i)[CPUS_SEEN].number && rows_at(rows, i)[CPUS_UNKNOWN].number > 0;
	struct table *t = report_table(core_columns, has_unknown);

	for (size_t i = 0; i < rows->nr; i++) {
		const struct cell *row = rows_at(rows, i);

		if (!row[CPUS_SEEN].number) {
			absent++;
			continue;
		}
		table_cell(t, "core %" PRIu64, row[CPUS_CPU].number);
		put_time(t, row[CPUS_BUSY].number);
		put_share(t, row[CPUS_BUSY].number, whole);
		put_time(t, row[CPUS_IDLE].number);
		if (has_unknown)
			put_time(t, row[CPUS_UNKNOWN].number);
		put_count(t, row[CPUS_SWITCHES].number);
	}
	report_print(t);
	if (absent)
		printf("%" PRIu64 " core%s did nothing that was recorded\n", absent,
		       absent == 1 ? "" : "s");
}

static const struct shown_column wake_columns[] = {
    {"WOKEN BY", TABLE_LEFT, 0, false},
    {"in", TABLE_LEFT, 1, false},
    {"times", TABLE_RIGHT, 0, false},
    {"of all", TABLE_RIGHT, 0, false},
    {0},
};

static void print_wakes(const struct report *r)
{
	const struct rows *rows = &r->wakes->table;
	struct table *t = report_table(wake_columns, false);
	uint64_t total = 0;

	for (size_t i = 0; i < rows->nr; i++)
		total += rows_at(rows, i)[WAKES_COUNT].number;
	if (total == 0) {
		table_close(t);
		return;
	}
	for (size_t i = 0; i < rows->nr; i++) {
		const struct cell *by = &rows_at(rows, i)[WAKES_BY];

		table_cell(t, "%s", rows_at(rows, i)[WAKES_CAUSE].text);
		table_cell(t, "%s", by->known ? by->text : "no call");
		put_count(t, rows_at(rows, i)[WAKES_COUNT].number);
		put_share(t, rows_at(rows, i)[WAKES_COUNT].number, total);
	}
	report_print(t);
}

static void put_on_path(struct table *t, const struct cell *row, uint64_t whole_ns,
			bool has_unknown)
{
	if (row[CRITICAL_TID].known) {
		table_cell(t, "%s",
			   row[CRITICAL_COMM].known ? row[CRITICAL_COMM].text : "(no name)");
		table_cell(t, "%" PRIu64, row[CRITICAL_TID].number);
	} else {
		table_cell(t, "(no task)");
		table_cell(t, "-");
	}
	put_time(t, row[CRITICAL_TOTAL].number);
	put_share(t, row[CRITICAL_TOTAL].number, whole_ns);
	put_time(t, row[CRITICAL_RUNNING].number);
	put_time(t, row[CRITICAL_RUNNABLE].number);
	put_time(t, blocked_total(&row[CRITICAL_BLOCKED]));
	if (has_unknown)
		put_time(t, row[CRITICAL_UNKNOWN].number);
	put_reasons(t, &row[CRITICAL_BLOCKED], NULL);
}

static const struct shown_column path_columns[] = {
    {"CRITICAL PATH", TABLE_LEFT, 0, false}, {"tid", TABLE_RIGHT, 0, false},
    {"total ", TABLE_RIGHT, 0, false},       {"of time", TABLE_RIGHT, 0, false},
    {"running ", TABLE_RIGHT, 0, false},     {"runnable ", TABLE_RIGHT, 0, false},
    {"blocked ", TABLE_RIGHT, 0, false},     {"unknown ", TABLE_RIGHT, 0, true},
    {"waits for", TABLE_LEFT, 1, false},     {0},
};

static void print_critical(const struct report *r)
{
	const struct rows *rows = &r->critical->table;
	size_t shown = report_shown(r, rows->nr, MAX_ON_PATH);
	bool has_unknown = false;
	struct table *t;

	if (rows->nr == 0)
		return;
	for (size_t i = 0; i < shown; i++)
		has_unknown |= rows_at(rows, i)[CRITICAL_UNKNOWN].number > 0;
	t = report_table(path_columns, has_unknown);
	for (size_t i = 0; i < shown; i++)
		put_on_path(t, rows_at(rows, i), r->end_ns - r->begin_ns, has_unknown);
	report_print(t);
	report_more(rows->nr - shown, "tasks");
}

/* What is unknown of cores, and of traced tasks. */
static void add_unknown(const struct report *r, struct quality *q)
{
	for (size_t i = 0; i < r->cpus->table.nr; i++) {
		const struct cell *row = rows_at(&r->cpus->table, i);

		if (!row[CPUS_SEEN].number)
			continue;
		q->core_unknown_ns += row[CPUS_UNKNOWN].number;
		q->core_ns += r->end_ns - r->begin_ns;
	}
	for (size_t i = 0; i < r->tasks->table.nr; i++) {
		const struct cell *row = rows_at(&r->tasks->table, i);

		if (!row[TASKS_TRACED].number)
			continue;
		q->task_unknown_ns += row[TASKS_UNKNOWN].number;
		q->task_ns += row[TASKS_END].number - row[TASKS_BEGIN].number;
	}
}

/* Everything that makes the numbers less than certain, and how much of them it may touch. */
static void print_quality(const struct report *r)
{
	struct quality q = {.trace = &r->quality,
			    .machine = r->machine,
			    .lost = r->lost_records,
			    .gaps = r->nr_gaps};

	if (quality_has_all(&q) && quality_has_no_anomaly(&q))
		return;
	add_unknown(r, &q);
	bool whole = quality_has_all(&q) && !q.core_unknown_ns && !q.task_unknown_ns;

	printf(whole ? "\nWhole, but with " : "\nNot whole: ");
	quality_print_flaws(&q);
	if (machine_nr_records(r->machine) > 0) {
		printf("; ");
		quality_print_unknown(&q);
	}
	putchar('\n');
}

void report_text(const struct report *r)
{
	if (r->sections & SECTION_TRACE)
		print_head(r);
	if (machine_nr_records(r->machine) == 0) {
		printf("\nNothing was recorded.\n");
		if (r->sections & SECTION_TRACE)
			print_quality(r);
		return;
	}
	if (r->sections & SECTION_FINDINGS)
		report_findings(r, report_width());
	if (r->sections & SECTION_TASKS)
		print_tasks(r);
	if (r->sections & SECTION_CPUS)
		print_cpus(r);
	if (r->sections & SECTION_LOCKS)
		report_locks(r);
	if (r->sections & SECTION_EDGES)
		print_wakes(r);
	if (r->sections & SECTION_MARKS)
		report_marks(r);
	if (r->sections & SECTION_CRITICAL)
		print_critical(r);
	if (r->sections & SECTION_TRACE)
		print_quality(r);
}
