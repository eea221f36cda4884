/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for people: aligned tables, times with units, what matters most first. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/cpus.h"
#include "analysis/critical.h"
#include "analysis/locks.h"
#include "analysis/wakes.h"
#include "base/duration.h"
#include "base/plain.h"
#include "base/table.h"
#include "cmd/report.h"
#include "model/names.h"
#include "model/reason.h"

#define MAX_ROWS      60 /* of a table, unless --all */
#define MAX_MEETINGS  12 /* likewise: a process has many */
#define MAX_PATH_ROWS 20

/* A duration for a right-aligned column: units of one letter are padded, so that digits line up;
 * nothing at all is a dash. */
static void put_time(struct table *t, uint64_t ns)
{
	char text[DURATION_LEN];
	const char *unit;

	if (ns == 0) {
		table_cell(t, "-  ");
		return;
	}
	duration_text(ns, text);
	unit = strrchr(text, ' ');
	table_cell(t, "%.*s %s%s", (int)(unit - text), text, unit[1] == 's' ? " " : "", unit + 1);
}

static void put_number(struct table *t, uint64_t value)
{
	char text[PLAIN_COUNT_LEN];

	table_cell(t, "%s", value ? plain_count(value, text) : "-");
}

/* "61.3 %" of whole; nothing when there is no whole. */
static void put_share(struct table *t, uint64_t part, uint64_t whole)
{
	uint64_t tenths = whole ? (uint64_t)((unsigned __int128)part * 1000 / whole) : 0;

	if (!whole || !part)
		table_cell(t, "-");
	else if (tenths == 0)
		table_cell(t, "<0.1 %%");
	else
		table_cell(t, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

unsigned int report_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;

	if (width > 0 && width < 10000)
		return (unsigned int)width;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

/* A column: of a table that is printed with what is unknown, or of all. */
struct shown_column {
	const char *title;
	enum table_align align;
	unsigned int importance;
	bool if_unknown;
};

/* A table of the columns up to the one without a title. */
static struct table *open_table(const struct shown_column *columns, bool has_unknown)
{
	struct table *t = table_open();

	for (; columns->title; columns++)
		if (has_unknown || !columns->if_unknown)
			table_column(t, columns->title, columns->align, columns->importance);
	return t;
}

static void print_table(struct table *t)
{
	table_print(t, stdout, report_width());
	table_close(t);
}

static void print_ended(const struct trace_info *info)
{
	if (info->exit_status == INFO_NO_STATUS)
		return;
	if (WIFSIGNALED(info->exit_status))
		printf(" \xc2\xb7 ended by signal %d", WTERMSIG(info->exit_status));
	else
		printf(" \xc2\xb7 exit status %d", WEXITSTATUS(info->exit_status));
}

static void print_head(const struct report *r)
{
	char buf[DURATION_LEN], number[PLAIN_COUNT_LEN];
	uint32_t nr_cpus = machine_nr_cpus(r->machine);

	plain_put(stdout, r->info->command[0] ? r->info->command : "(command not known)");
	printf("\n%s", duration_text(r->end_ns - r->begin_ns, buf));
	if (!r->whole)
		printf(" from %s on",
		       duration_text(r->begin_ns - machine_begin_ns(r->machine), buf));
	printf(" \xc2\xb7 %u core%s \xc2\xb7 %s record%s, ", nr_cpus, nr_cpus == 1 ? "" : "s",
	       plain_count(r->nr_records, number), r->nr_records == 1 ? "" : "s");
	if (r->lost_records)
		printf("%s lost", plain_count(r->lost_records, number));
	else
		printf("none lost");
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

/* "lock 83 %, sleep 17 %": the reasons that make up most of the time blocked. */
static void put_reasons(struct table *t, const struct cell *blocked)
{
	uint64_t total = blocked_total(blocked);
	struct share shares[REASON_NR - 1];
	char text[128] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < REASON_NR - 1; i++)
		shares[i] = (struct share){i + 1, blocked[i].number};
	qsort(shares, REASON_NR - 1, sizeof(shares[0]), by_ns);
	for (unsigned int i = 0; i < 3 && shares[i].ns; i++) {
		uint64_t percent =
		    (uint64_t)(((unsigned __int128)shares[i].ns * 100 + total / 2) / total);

		if (i && percent < 5)
			break;
		if (percent == 100)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
						 reason_key(shares[i].why));
		else
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s %" PRIu64 " %%", i ? ", " : "",
						 reason_key(shares[i].why), percent);
	}
	table_cell(t, "%s", text);
}

static void put_latency(struct table *t, const struct cell *cell)
{
	if (cell->known)
		put_time(t, cell->number);
	else
		table_cell(t, "-  ");
}

static void put_task(struct table *t, const struct cell *row, bool has_unknown)
{
	table_cell(t, "%s", row[TASKS_COMM].known ? row[TASKS_COMM].text : "(no name)");
	table_cell(t, "%" PRIu64, row[TASKS_TID].number);
	if (row[TASKS_TGID].known)
		table_cell(t, "%" PRIu64, row[TASKS_TGID].number);
	else
		table_cell(t, "-");
	put_time(t, row[TASKS_RUNNING].number);
	put_share(t, row[TASKS_RUNNING].number, row[TASKS_END].number - row[TASKS_BEGIN].number);
	put_time(t, row[TASKS_RUNNABLE].number);
	put_time(t, blocked_total(&row[TASKS_BLOCKED]));
	if (has_unknown)
		put_time(t, row[TASKS_UNKNOWN].number);
	put_number(t, row[TASKS_SCHED_INS].number);
	put_number(t, row[TASKS_PREEMPTIONS].number);
	put_number(t, row[TASKS_MIGRATIONS].number);
	put_number(t, row[TASKS_WAKEUPS].number);
	put_latency(t, &row[TASKS_LATENCY_P50]);
	put_latency(t, &row[TASKS_LATENCY_P99]);
	put_latency(t, &row[TASKS_LATENCY_MAX]);
	put_reasons(t, &row[TASKS_BLOCKED]);
}

static const struct shown_column task_columns[] = {
    {"TASKS", TABLE_LEFT, 0, false},
    {"tid", TABLE_RIGHT, 0, false},
    {"tgid", TABLE_RIGHT, 6, false},
    {"running ", TABLE_RIGHT, 0, false},
    {"of life", TABLE_RIGHT, 5, false},
    {"runnable ", TABLE_RIGHT, 0, false},
    {"blocked ", TABLE_RIGHT, 0, false},
    {"unknown ", TABLE_RIGHT, 0, true},
    {"sched-ins", TABLE_RIGHT, 4, false},
    {"preempted", TABLE_RIGHT, 4, false},
    {"migrated", TABLE_RIGHT, 5, false},
    {"woken", TABLE_RIGHT, 5, false},
    {"latency p50", TABLE_RIGHT, 3, false},
    {"latency p99", TABLE_RIGHT, 2, false},
    {"latency max", TABLE_RIGHT, 3, false},
    {"waits for", TABLE_LEFT, 1, false},
    {0},
};

static void print_tasks(const struct report *r)
{
	struct rows *rows = &r->tasks->table;
	bool has_unknown = false;
	char buf[DURATION_LEN], number[PLAIN_COUNT_LEN];
	size_t shown = r->all || rows->nr <= MAX_ROWS ? rows->nr : MAX_ROWS;
	uint64_t rest_ns = 0;

	rows_sort(rows, TASKS_RUNNING, true);
	for (size_t i = 0; i < rows->nr; i++)
		has_unknown |= rows_at(rows, i)[TASKS_UNKNOWN].number > 0;
	struct table *t = open_table(task_columns, has_unknown);

	for (size_t i = 0; i < shown; i++)
		put_task(t, rows_at(rows, i), has_unknown);
	for (size_t i = shown; i < rows->nr; i++)
		rest_ns += rows_at(rows, i)[TASKS_RUNNING].number;
	printf("\n");
	print_table(t);
	if (shown < rows->nr)
		printf("%s more tasks ran %s together (--all shows them)\n",
		       plain_count(rows->nr - shown, number), duration_text(rest_ns, buf));
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
	struct table *t = open_table(core_columns, has_unknown);

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
		put_number(t, row[CPUS_SWITCHES].number);
	}
	printf("\n");
	print_table(t);
	if (absent)
		printf("%" PRIu64 " core%s did nothing that was recorded\n", absent,
		       absent == 1 ? "" : "s");
}

static const char *task_name(const struct report *r, uint64_t tid)
{
	uint32_t task = machine_find(r->machine, (uint32_t)tid);

	return task == TASK_NONE ? "" : machine_task(r->machine, task)->comm;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
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
		    duration_text(holder[HOLDERS_WAITED_ON].number, time),
		    holder[HOLDERS_MEASURED].number ? "" : ", inferred");
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
	bool is_numbered = name && name_has_noun(name);

	if (!name)
		table_cell(t, "0x%" PRIx64, row[LOCKS_UADDR].number);
	else if (is_numbered && row[LOCKS_FIRST].known)
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
	put_number(t, row[LOCKS_WAITS].number);
	put_time(t, row[LOCKS_WAIT_NS].number);
	put_time(t, row[LOCKS_MAX_WAIT].number);
	put_number(t, row[LOCKS_MAX_WAITERS].number);
}

/* The table begins with locks: how many of them. */
static size_t count_locks(const struct rows *rows)
{
	size_t nr = 0;

	while (nr < rows->nr && rows_at(rows, nr)[LOCKS_IS_LOCK].number)
		nr++;
	return nr;
}

static const struct shown_column lock_columns[] = {
    {"LOCKS", TABLE_LEFT, 0, false},
    {"kind", TABLE_LEFT, 2, false},
    {"process", TABLE_LEFT, 2, false},
    {"waits", TABLE_RIGHT, 0, false},
    {"waited ", TABLE_RIGHT, 0, false},
    {"longest ", TABLE_RIGHT, 4, false},
    {"most at once", TABLE_RIGHT, 3, false},
    {"hand-over ", TABLE_RIGHT, 5, false},
    {"in vain", TABLE_RIGHT, 5, false},
    {"held meanwhile by", TABLE_LEFT, 1, false},
    {0},
};

static void print_locks(const struct report *r)
{
	const struct rows *rows = &r->locks->table;
	size_t nr = count_locks(rows);
	size_t shown = r->all || nr <= MAX_ROWS ? nr : MAX_ROWS;
	struct table *t;

	if (nr == 0)
		return;
	t = open_table(lock_columns, false);
	for (size_t i = 0; i < shown; i++) {
		const struct cell *row = rows_at(rows, i);
		uint64_t handovers = row[LOCKS_HANDOFFS].number;

		put_object(t, r, row);
		put_time(t, handovers ? row[LOCKS_HANDOFF].number / handovers : 0);
		put_number(t, row[LOCKS_WASTED].number);
		put_holders(t, r, row);
	}
	printf("\n");
	print_table(t);
	if (shown < nr)
		printf("%zu more locks (--all shows them)\n", nr - shown);
}

/* Conditions, semaphores, barriers, ends of threads: what is waited for and held by nobody. */
static const struct shown_column meeting_columns[] = {
    {"WAITED AT", TABLE_LEFT, 0, false},
    {"kind", TABLE_LEFT, 2, false},
    {"process", TABLE_LEFT, 2, false},
    {"waits", TABLE_RIGHT, 0, false},
    {"waited ", TABLE_RIGHT, 0, false},
    {"longest ", TABLE_RIGHT, 4, false},
    {"most at once", TABLE_RIGHT, 3, false},
    {"woken", TABLE_RIGHT, 1, false},
    {"at once", TABLE_RIGHT, 5, false},
    {"until it ran ", TABLE_RIGHT, 4, false},
    {0},
};

static void print_meetings(const struct report *r)
{
	const struct rows *rows = &r->locks->table;
	size_t first = count_locks(rows);
	size_t nr = rows->nr - first;
	size_t shown = r->all || nr <= MAX_MEETINGS ? nr : MAX_MEETINGS;
	struct table *t;

	if (nr == 0)
		return;
	t = open_table(meeting_columns, false);
	for (size_t i = first; i < first + shown; i++) {
		const struct cell *row = rows_at(rows, i);
		uint64_t handovers = row[LOCKS_HANDOFFS].number;

		put_object(t, r, row);
		put_number(t, row[LOCKS_WAKES].number);
		put_number(t, row[LOCKS_HERD].number);
		put_time(t, handovers ? row[LOCKS_HANDOFF].number / handovers : 0);
	}
	printf("\n");
	print_table(t);
	if (shown < nr)
		printf("%zu more (--all shows them)\n", nr - shown);
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
	struct table *t = open_table(wake_columns, false);
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
		put_number(t, rows_at(rows, i)[WAKES_COUNT].number);
		put_share(t, rows_at(rows, i)[WAKES_COUNT].number, total);
	}
	printf("\n");
	print_table(t);
}

static void put_on_path(struct table *t, const struct cell *row, bool has_unknown)
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
	table_cell(t, "%" PRIu64 ".%" PRIu64 " %%", row[CRITICAL_SHARE].number / 10000,
		   row[CRITICAL_SHARE].number / 1000 % 10);
	put_time(t, row[CRITICAL_RUNNING].number);
	put_time(t, row[CRITICAL_RUNNABLE].number);
	put_time(t, blocked_total(&row[CRITICAL_BLOCKED]));
	if (has_unknown)
		put_time(t, row[CRITICAL_UNKNOWN].number);
	put_reasons(t, &row[CRITICAL_BLOCKED]);
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
	size_t shown = r->all || rows->nr <= MAX_PATH_ROWS ? rows->nr : MAX_PATH_ROWS;
	bool has_unknown = false;
	struct table *t;

	if (rows->nr == 0)
		return;
	for (size_t i = 0; i < shown; i++)
		has_unknown |= rows_at(rows, i)[CRITICAL_UNKNOWN].number > 0;
	t = open_table(path_columns, has_unknown);
	for (size_t i = 0; i < shown; i++)
		put_on_path(t, rows_at(rows, i), has_unknown);
	printf("\n");
	print_table(t);
	if (shown < rows->nr)
		printf("%zu more tasks (--all shows them)\n", rows->nr - shown);
}

/* Begins the closing line, or goes on with it. */
static void say(bool *said, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(bool *said, const char *fmt, ...)
{
	va_list args;

	printf("%s", *said ? ", " : "\nNot whole: ");
	*said = true;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
}

static void print_anomalies(const struct report *r, bool *said)
{
	for (unsigned int i = 0; i < ANOMALY_NR; i++) {
		uint64_t nr = machine_anomalies(r->machine, i);

		if (nr && !anomaly_is_normal(i))
			say(said, "%" PRIu64 " %s", nr, anomaly_name(i));
	}
}

/* Everything that makes the numbers less than certain, and how much of them it may touch. */
static void print_quality(const struct report *r)
{
	const struct trace_quality *q = &r->quality;
	char buf[DURATION_LEN], number[PLAIN_COUNT_LEN];
	uint64_t unknown_ns = 0;
	uint64_t whole_ns = 0;
	bool said = false;

	if (r->lost_records)
		say(&said, "%s records lost in %zu gap%s", plain_count(r->lost_records, number),
		    r->nr_gaps, r->nr_gaps == 1 ? "" : "s");
	if (q->missed)
		say(&said, "%s probe runs skipped by the kernel", plain_count(q->missed, number));
	if (q->late)
		say(&said, "%s records late", plain_count(q->late, number));
	if (q->corrupt)
		say(&said, "%s damaged sections", plain_count(q->corrupt, number));
	if (q->truncated)
		say(&said, "the file is cut");
	else if (q->unfinished)
		say(&said, "the recording was not finished");
	print_anomalies(r, &said);
	if (!said)
		return;
	for (size_t i = 0; i < r->cpus->table.nr; i++) {
		const struct cell *row = rows_at(&r->cpus->table, i);

		if (!row[CPUS_SEEN].number)
			continue;
		unknown_ns += row[CPUS_UNKNOWN].number;
		whole_ns += r->end_ns - r->begin_ns;
	}
	uint64_t tenths =
	    whole_ns ? (uint64_t)((unsigned __int128)unknown_ns * 1000 / whole_ns) : 0;

	printf("; unknown are %s of the cores' time (%s%" PRIu64 ".%" PRIu64 " %%)\n",
	       duration_text(unknown_ns, buf), unknown_ns && !tenths ? "<" : "",
	       unknown_ns && !tenths ? 0 : tenths / 10, unknown_ns && !tenths ? 1 : tenths % 10);
}

void report_text(const struct report *r)
{
	if (r->sections & SECTION_TRACE)
		print_head(r);
	if (machine_nr_records(r->machine) == 0) {
		printf("\nNothing was recorded.\n");
		return;
	}
	if (r->sections & SECTION_FINDINGS)
		report_findings(r, report_width());
	if (r->sections & SECTION_TASKS)
		print_tasks(r);
	if (r->sections & SECTION_CPUS)
		print_cpus(r);
	if (r->sections & SECTION_LOCKS) {
		print_locks(r);
		print_meetings(r);
	}
	if (r->sections & SECTION_EDGES)
		print_wakes(r);
	if (r->sections & SECTION_MARKS)
		report_marks(r, report_width());
	if (r->sections & SECTION_CRITICAL)
		print_critical(r);
	if (r->sections & SECTION_TRACE)
		print_quality(r);
}
