/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as JSON, schema 1 (docs/architecture.md): names never change, members may be added. */
#include <string.h>

#include "analysis/wakes.h"
#include "cmd/json.h"
#include "cmd/report.h"

static void put_rows(struct json *j, const char *key, const struct rows *rows);

static void put_cell(struct json *j, const char *key, const struct cell *cell, enum cell_kind kind)
{
	if (!cell->known)
		json_null(j, key);
	else if (kind == CELL_TEXT)
		json_text(j, key, cell->text);
	else if (kind == CELL_BOOL)
		json_bool(j, key, cell->number);
	else if (kind == CELL_SHARE)
		json_share(j, key, cell->number);
	else if (kind == CELL_ROWS)
		put_rows(j, key, cell->rows);
	else if (kind == CELL_SIGNED)
		json_signed(j, key, (int64_t)cell->number);
	else
		json_number(j, key, cell->number);
}

/* Length of what precedes the dot in a key, 0 if there is none. */
static size_t group_len(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot ? (size_t)(dot - key) : 0;
}

/* One row: columns whose keys share what precedes the dot stand next to each other. */
static void put_row(struct json *j, const struct rows *rows, const struct cell *row)
{
	const char *group = "";
	size_t len = 0;

	json_begin(j, NULL, '{');
	for (unsigned int c = 0; c < rows->nr_columns; c++) {
		const char *key = rows->columns[c].key;
		size_t key_len = group_len(key);

		if (len && (key_len != len || strncmp(group, key, len) != 0)) {
			json_end(j, '}');
			len = 0;
		}
		if (key_len && !len) {
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)key_len, key);
			json_begin(j, name, '{');
			group = key;
			len = key_len;
		}
		put_cell(j, key_len ? key + key_len + 1 : key, &row[c], rows->columns[c].kind);
	}
	if (len)
		json_end(j, '}');
	json_end(j, '}');
}

static void put_rows(struct json *j, const char *key, const struct rows *rows)
{
	unsigned int flat = j->flat;

	json_begin(j, key, '[');
	if (!flat)
		j->flat = j->depth + 1;
	for (size_t i = 0; i < rows->nr; i++)
		put_row(j, rows, rows_at(rows, i));
	j->flat = flat;
	json_end(j, ']');
}

static void put_gaps(struct json *j, const struct report *r)
{
	json_begin(j, "gaps", '[');
	j->flat = j->depth + 1;
	for (size_t i = 0; i < r->nr_gaps; i++) {
		json_begin(j, NULL, '{');
		json_number(j, "cpu", r->gaps[i].cpu);
		json_number(j, "begin_ns", r->gaps[i].begin_ns);
		json_number(j, "end_ns", r->gaps[i].end_ns);
		json_number(j, "lost", r->gaps[i].lost);
		json_end(j, '}');
	}
	j->flat = 0;
	json_end(j, ']');
}

static void put_text_or_null(struct json *j, const char *key, const char *text)
{
	if (*text)
		json_text(j, key, text);
	else
		json_null(j, key);
}

static void put_trace(struct json *j, const struct report *r)
{
	json_begin(j, "trace", '{');
	json_number(j, "begin_ns", r->begin_ns);
	json_number(j, "end_ns", r->end_ns);
	if (r->quality.headless)
		json_null(j, "nr_cpus");
	else
		json_number(j, "nr_cpus", machine_nr_cpus(r->machine));
	put_text_or_null(j, "kernel", r->info->kernel);
	put_text_or_null(j, "arch", r->info->arch);
	put_text_or_null(j, "command", r->info->command);
	json_number(j, "nr_records", r->nr_records);
	json_number(j, "lost_records", r->lost_records);
	put_gaps(j, r);
	json_number(j, "late_records", r->quality.late);
	json_number(j, "missed_probes", r->quality.missed);
	json_number(j, "corrupt_sections", r->quality.corrupt);
	json_bool(j, "truncated", r->quality.truncated);
	json_bool(j, "unfinished", r->quality.unfinished);
	json_bool(j, "followed", r->quality.followed);
	json_begin(j, "anomalies", '{');
	j->flat = j->depth;
	for (unsigned int i = 0; i < ANOMALY_NR; i++)
		json_number(j, anomaly_name(i), machine_anomalies(r->machine, i));
	json_end(j, '}');
	j->flat = 0;
	json_end(j, '}');
}

/* Rows of one cause need not stand together: what it adds up to stands at the first one. */
static void put_causes(struct json *j, const struct rows *wakes)
{
	json_begin(j, "by_cause", '{');
	for (size_t i = 0; i < wakes->nr; i++) {
		const char *cause = rows_at(wakes, i)[WAKES_CAUSE].text;
		uint64_t count = 0;
		bool first = true;

		for (size_t k = 0; k < wakes->nr; k++) {
			if (strcmp(rows_at(wakes, k)[WAKES_CAUSE].text, cause) != 0)
				continue;
			first &= k >= i;
			count += rows_at(wakes, k)[WAKES_COUNT].number;
		}
		if (first)
			json_number(j, cause, count);
	}
	json_end(j, '}');
}

static void put_edges(struct json *j, const struct rows *wakes)
{
	uint64_t total = 0;

	for (size_t i = 0; i < wakes->nr; i++)
		total += rows_at(wakes, i)[WAKES_COUNT].number;
	json_begin(j, "edges", '{');
	json_number(j, "wakeups", total);
	put_causes(j, wakes);
	put_rows(j, "wakes", wakes);
	json_end(j, '}');
}

static void put_finding(struct json *j, const struct finding *f)
{
	json_begin(j, NULL, '{');
	json_text(j, "id", f->id);
	json_share(j, "severity", f->severity);
	json_text(j, "text", f->text);
	json_number(j, "begin_ns", f->begin_ns);
	json_number(j, "end_ns", f->end_ns);
	json_begin(j, "tids", '[');
	for (size_t i = 0; i < f->nr_tids; i++)
		json_number(j, NULL, f->tids[i]);
	json_end(j, ']');
	json_begin(j, "evidence", '{');
	for (unsigned int i = 0; i < f->nr_facts; i++)
		json_number(j, f->facts[i].key, f->facts[i].number);
	json_end(j, '}');
	json_end(j, '}');
}

static void put_findings(struct json *j, const struct result *r)
{
	json_begin(j, "findings", '[');
	j->flat = j->depth + 1;
	for (size_t i = 0; i < r->nr_findings; i++)
		put_finding(j, &r->findings[i]);
	j->flat = 0;
	json_end(j, ']');
}

/* Whom the critical path was with. */
static void put_marks(struct json *j, const struct report *r)
{
	json_begin(j, "critical_marks", '[');
	j->flat = j->depth + 1;
	for (size_t i = 0; i < r->critical->nr_marks; i++) {
		const struct mark *m = &r->critical->marks[i];

		json_begin(j, NULL, '{');
		if (m->task != TASK_NONE)
			json_number(j, "tid", machine_task(r->machine, m->task)->tid);
		else
			json_null(j, "tid");
		json_number(j, "begin_ns", m->begin_ns);
		json_number(j, "end_ns", m->end_ns);
		json_text(j, "text", m->text);
		json_end(j, '}');
	}
	j->flat = 0;
	json_end(j, ']');
}

void report_json(const struct report *r)
{
	struct json j = {.out = stdout};

	json_begin(&j, NULL, '{');
	json_number(&j, "schema", 1);
	if (r->sections & SECTION_TRACE)
		put_trace(&j, r);
	if (r->sections & SECTION_CPUS)
		put_rows(&j, "cpus", &r->cpus->table);
	if (r->sections & SECTION_TASKS)
		put_rows(&j, "tasks", &r->tasks->table);
	if (r->sections & SECTION_LOCKS)
		put_rows(&j, "locks", &r->locks->table);
	if (r->sections & SECTION_EDGES)
		put_edges(&j, &r->wakes->table);
	/* Of a program that says nothing of itself there is no such table. */
	if ((r->sections & SECTION_MARKS) && (r->marks->table.nr || r->sections == SECTION_MARKS))
		put_rows(&j, "marks", &r->marks->table);
	if (r->sections & SECTION_FINDINGS)
		put_findings(&j, r->findings);
	if (r->sections & SECTION_CRITICAL)
		put_rows(&j, "critical_path", &r->critical->table);
	if (r->sections != SECTION_ALL && (r->sections & SECTION_CRITICAL))
		put_marks(&j, r);
	json_end(&j, '}');
}
