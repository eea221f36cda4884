/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace report: one pass over a trace, then its tables as text, JSON or CSV. */
#include "cmd/report.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/finding.h"
#include "analysis/locks.h"
#include "analysis/tasks.h"
#include "cmd/ahead.h"
#include "cmd/cmd.h"
#include "cmd/window.h"
#include "import/import.h"
#include "model/names.h"
#include "model/resume.h"

enum form { FORM_TEXT, FORM_JSON, FORM_CSV };

struct options {
	const char *path;
	enum form form;
	unsigned int sections;
	bool all;
	uint32_t task; /* whose critical path, 0: as the analysis chooses */
	struct window window;
};

static const struct argp_option option_rows[] = {
    {"json", 'j', NULL, 0, "One JSON object, schema 1: times in ns, unknown is null", 0},
    {"csv", 'c', NULL, 0, "Comma-separated values: the tasks, or the section of --only", 0},
    {"only", 'o', "SECTION", 0,
     "Only that: findings, trace, tasks, cpus, locks, wakes, critical or marks; several with "
     "commas. Or waits: the longest ones, each in a sentence",
     0},
    {"task", 'T', "TID", 0,
     "The critical path of that thread: to its end, or to --to; or its waits", 0},
    {"all", 'a', NULL, 0, "All tasks, also those that were not traced", 0},
    {0},
};

static const struct {
	const char *name;
	enum section section;
} sections[] = {
    {"trace", SECTION_TRACE}, {"summary", SECTION_TRACE},     {"cpus", SECTION_CPUS},
    {"tasks", SECTION_TASKS}, {"locks", SECTION_LOCKS},       {"wakes", SECTION_EDGES},
    {"edges", SECTION_EDGES}, {"findings", SECTION_FINDINGS}, {"critical", SECTION_CRITICAL},
    {"marks", SECTION_MARKS}, {"waits", SECTION_WAITS},
};

#define SECTION_NAMES "findings, trace, tasks, cpus, locks, wakes, critical, marks, waits"

static unsigned int section_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strlen(sections[i].name) == len && strncmp(sections[i].name, name, len) == 0)
			return sections[i].section;
	return 0;
}

static unsigned int parse_sections(const char *arg, struct argp_state *state)
{
	unsigned int found = 0;

	for (const char *name = arg; *name;) {
		size_t len = strcspn(name, ",");
		unsigned int section = section_of(name, len);

		if (!section)
			argp_error(state, "--only: no section %.*s: " SECTION_NAMES, (int)len,
				   name);
		found |= section;
		name += len + (name[len] == ',');
	}
	if (!found)
		argp_error(state, "--only wants a section: " SECTION_NAMES);
	return found;
}

static uint32_t parse_tid(const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long tid = strtoul(arg, &end, 10);

	if (*arg < '1' || *arg > '9' || *end || tid > INT32_MAX)
		argp_error(state, "--task wants the tid of a thread, not %s", arg);
	return (uint32_t)tid;
}

static void check_options(const struct options *o, struct argp_state *state)
{
	if ((o->sections & SECTION_WAITS) && o->sections != SECTION_WAITS)
		argp_error(state, "--only waits stands alone: it reads the trace in another way");
	if (o->form == FORM_CSV && o->sections == SECTION_WAITS)
		argp_error(state, "waits are sentences: as text, or with --json");
	if (o->form == FORM_CSV && (o->sections & (o->sections - 1)) && o->sections != SECTION_ALL)
		argp_error(state, "--csv prints one section at a time");
	if (o->form == FORM_CSV && o->sections == SECTION_TRACE)
		argp_error(
		    state,
		    "--csv has tables: findings, tasks, cpus, locks, wakes, critical or marks");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->window;
		state->child_inputs[1] = &o->path;
		break;
	case 'j':
	case 'c':
		if (o->form != FORM_TEXT)
			argp_error(state, "--json or --csv, not both");
		o->form = key == 'j' ? FORM_JSON : FORM_CSV;
		break;
	case 'o':
		o->sections = parse_sections(arg, state);
		break;
	case 'T':
		o->task = parse_tid(arg, state);
		break;
	case 'a':
		o->all = true;
		break;
	case ARGP_KEY_END:
		check_options(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
    {&window_argp, 0, NULL, 0}, {&cmd_trace_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = option_rows,
    .parser = parse_option,
    .args_doc = "FILE|-",
    .doc = "Prints what each task did and waited for, how busy each core was, and which locks were "
	   "contended.",
    .children = children,
};

/* One run over the trace. */
struct run {
	const struct options *options;
	struct source *src;
	struct machine *machine;
	struct machine *end; /* of a window that ends before the trace: what is known at its end */
	struct pass *pass;
	uint64_t begin_ns; /* the window in absolute time */
	uint64_t end_ns;
	uint64_t at_ns;       /* what is before was taken by the machine already */
	uint64_t nr_before;   /* records before the window */
	uint64_t late_before; /* late ones among those that were read */
	uint64_t late;        /* as info's quality when the window ended, or now */
	uint64_t corrupt;
	bool begun;  /* the window is known */
	bool inside; /* and has begun */
	bool over;   /* and ended, before the trace did */
};

/* Now the window is known: the trace began at begin_ns. */
static void begin(struct run *run, uint64_t begin_ns)
{
	const struct window *window = &run->options->window;
	struct sink sink = pass_sink(run->pass);

	run->begun = true;
	run->begin_ns = window_at(begin_ns, window->from_ns);
	run->end_ns = window_at(begin_ns, window->to_ns);
	run->inside = window->from_ns == 0;
	if (run->inside || !run->src->info.begin_ns) {
		run->machine = machine_open(&run->src->info, &sink);
		machine_take_names(run->machine, run->src);
	} else {
		run->machine = resume_open(run->src, &sink, run->begin_ns, &run->at_ns);
	}
	if (window->to_ns != UINT64_MAX)
		run->end = ahead_open(run->options->path);
	machine_foresee(run->machine, run->end);
	pass_attach(run->pass, run->machine, run->src->info.arch, run->begin_ns, run->end_ns);
	pass_follow(run->pass, run->options->task);
}

static void enter(struct run *run)
{
	run->inside = true;
	run->nr_before = machine_nr_records(run->machine);
	run->late_before = run->late;
	pass_begin_window(run->pass);
}

static void take(struct run *run, const struct record *rec)
{
	const struct trace_quality *q = &run->src->info.quality;

	if (!run->begun)
		begin(run, rec->ts_ns);
	run->over |= rec->ts_ns >= run->end_ns;
	if (run->over)
		return;
	if (!run->inside && rec->ts_ns >= run->begin_ns)
		enter(run);
	if (rec->ts_ns >= run->at_ns)
		machine_feed(run->machine, rec);
	run->late = q->late;
	run->corrupt = q->corrupt;
}

/*
 * Feeds the trace up to the window's end. Where the facts at the trace's end cannot be had
 * otherwise, reads on to it.
 */
static int feed(struct run *run, struct err *err)
{
	const struct record *rec;
	int res;

	if (run->src->info.begin_ns)
		begin(run, run->src->info.begin_ns);
	run->late = run->src->info.quality.late;
	while (!run->over || !run->src->info.end_ns) {
		res = source_next(run->src, &rec, err);
		if (res == -EAGAIN) {
			source_wait(run->src, -1);
			continue;
		}
		if (res <= 0)
			return res;
		take(run, rec);
	}
	return 0;
}

/* Keeps the rows that a column says yes to. Rows change places, so that those that go are freed
 * once. */
static void keep_rows(struct rows *rows, unsigned int column)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->nr; i++) {
		struct cell *row = rows_at(rows, i);
		struct cell *to = rows_at(rows, kept);

		if (!row[column].number)
			continue;
		for (unsigned int c = 0; c < rows->nr_columns; c++) {
			struct cell cell = to[c];

			to[c] = row[c];
			row[c] = cell;
		}
		kept++;
	}
	rows_cut(rows, kept);
}

/* What was asked to be traced, unless --all or nothing is marked so; other tasks are summed. */
static void choose_rows(struct report *r)
{
	const struct rows *tasks = &r->tasks->table;
	bool any_traced = false;

	for (size_t i = 0; i < tasks->nr; i++)
		any_traced |= rows_at(tasks, i)[TASKS_TRACED].number;
	if (r->all || !any_traced)
		return;
	for (size_t i = 0; i < tasks->nr; i++) {
		const struct cell *row = rows_at(tasks, i);

		if (row[TASKS_TRACED].number)
			continue;
		r->nr_others++;
		r->others_running_ns += row[TASKS_RUNNING].number;
	}
	keep_rows(&r->tasks->table, TASKS_TRACED);
	keep_rows(&r->locks->table, LOCKS_TRACED);
}

static void fill(struct report *r, struct run *run)
{
	const struct trace_info *info = &run->src->info;
	const struct window *window = &run->options->window;

	r->info = info;
	r->quality = info->quality;
	r->machine = run->machine;
	r->sections = run->options->sections;
	r->all = run->options->all;
	r->begin_ns = run->begin_ns;
	r->end_ns = run->end_ns;
	r->whole = window->from_ns == 0 && window->to_ns == UINT64_MAX;
	if (!r->whole)
		r->quality.late = run->late - run->late_before;
	if (run->over)
		r->quality.corrupt = run->corrupt;
	r->nr_records = machine_nr_records(run->machine) - run->nr_before;
	r->gaps = pass_gaps(run->pass, &r->nr_gaps);
	for (size_t i = 0; i < r->nr_gaps; i++)
		r->lost_records += r->gaps[i].lost;
	if (r->whole && info->quality.lost > r->lost_records)
		r->lost_records = info->quality.lost;
	r->cpus = pass_result(run->pass, &analysis_cpus, run->end_ns);
	r->tasks = pass_result(run->pass, &analysis_tasks, run->end_ns);
	r->locks = pass_result(run->pass, &analysis_locks, run->end_ns);
	r->wakes = pass_result(run->pass, &analysis_wakes, run->end_ns);
	r->critical = pass_result(run->pass, &analysis_critical, run->end_ns);
	r->marks = pass_result(run->pass, &analysis_marks, run->end_ns);
	r->findings = findings_of(run->pass, run->end_ns);
	choose_rows(r);
}

static void print(const struct report *r, enum form form)
{
	if (form == FORM_JSON)
		report_json(r);
	else if (form == FORM_CSV)
		report_csv(r);
	else
		report_text(r);
}

static int report(struct run *run, struct err *err)
{
	struct report r = {0};
	int res = feed(run, err);

	if (res < 0)
		return res;
	if (!run->begun)
		begin(run, run->src->info.end_ns);
	uint64_t end = run->src->info.end_ns > machine_now_ns(run->machine)
			   ? run->src->info.end_ns
			   : machine_now_ns(run->machine);

	if (!run->over && run->end_ns > end)
		run->end_ns = end;
	if (run->begin_ns > run->end_ns)
		return err_set(err, ERANGE, "%s: the trace ends before --from", run->options->path);
	if (!run->inside)
		enter(run);
	if (run->options->task && machine_find(run->machine, run->options->task) == TASK_NONE)
		return err_set(err, ESRCH, "%s: no task %" PRIu32 " up to there",
			       run->options->path, run->options->task);
	machine_finish(run->machine, run->end_ns);
	fill(&r, run);
	print(&r, run->options->form);
	result_close(r.cpus);
	result_close(r.tasks);
	result_close(r.locks);
	result_close(r.wakes);
	result_close(r.critical);
	result_close(r.marks);
	result_close(r.findings);
	return 0;
}

static int waits(const struct options *o)
{
	struct waits_options options = {o->path, o->window, o->task, o->all, o->form == FORM_JSON};
	struct err err = {0};
	int res = report_waits(&options, &err);

	return res < 0 ? cmd_fail(&err) : 0;
}

int cmd_report(int argc, char **argv)
{
	struct options options = {.sections = SECTION_ALL};
	struct run run = {.options = &options};
	struct err err = {0};
	int res;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.sections == SECTION_WAITS)
		return waits(&options);
	run.src = source_open(options.path, &err);
	if (!run.src)
		return cmd_fail(&err);
	run.pass = pass_open();
	res = report(&run, &err);
	machine_close(run.machine);
	machine_close(run.end);
	pass_close(run.pass);
	source_close(run.src);
	return res < 0 ? cmd_fail(&err) : 0;
}
