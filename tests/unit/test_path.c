/* SPDX-License-Identifier: BSD-2-Clause */
/* The path through the lanes has the sums that the analysis tells, trace by trace. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/critical.h"
#include "analysis/pass.h"
#include "import/import.h"
#include "viz/path.h"

static struct timeline *lanes_of(const char *path)
{
	struct err err = {0};
	struct source *src = source_open(path, &err);

	assert_non_null(src);
	struct timeline *tl = timeline_open(src);

	while (timeline_pump(tl, 1000000000, &err) == 1)
		;
	return tl;
}

static const struct path_sum *sum_of(const struct critical_path *p, const struct timeline *tl,
				     const struct cell *tid)
{
	for (size_t i = 0; i < p->nr_sums; i++) {
		uint32_t task = p->sums[i].task;

		if (task == TASK_NONE
			? !tid->known
			: tid->known &&
			      machine_task(timeline_machine(tl), task)->tid == tid->number)
			return &p->sums[i];
	}
	return NULL;
}

static void compare(const char *path, size_t *nr_rows)
{
	struct err err = {0};
	struct source *src = source_open(path, &err);
	struct pass *pass = pass_open();
	struct sink sink = pass_sink(pass);
	struct machine *m = machine_open(&src->info, &sink);
	const struct record *rec;
	uint64_t begin_ns = src->info.begin_ns;
	bool begun = false;

	while (source_next(src, &rec, &err) > 0) {
		if (!begun)
			pass_attach(pass, m, src->info.arch, begin_ns ? begin_ns : rec->ts_ns,
				    UINT64_MAX);
		begun = true;
		machine_feed(m, rec);
	}
	uint64_t end_ns =
	    src->info.end_ns > machine_now_ns(m) ? src->info.end_ns : machine_now_ns(m);

	if (begun) {
		machine_finish(m, end_ns);
		struct result *r = pass_result(pass, &analysis_critical, end_ns);
		struct timeline *tl = lanes_of(path);
		struct critical_path p = {0};

		path_make(&p, tl);
		for (size_t i = 1; i < p.nr; i++)
			assert_int_equal(p.parts[i].end_ns, p.parts[i - 1].begin_ns);
		for (size_t i = 0; i < r->table.nr; i++) {
			const struct cell *row = rows_at(&r->table, i);
			const struct path_sum *sum = sum_of(&p, tl, &row[CRITICAL_TID]);

			if (!sum || sum->total_ns != row[CRITICAL_TOTAL].number)
				fail_msg("%s: row %zu is %lu ns, the lanes say %lu", path, i,
					 (unsigned long)row[CRITICAL_TOTAL].number,
					 sum ? (unsigned long)sum->total_ns : 0);
			++*nr_rows;
		}
		path_done(&p);
		timeline_close(tl);
		result_close(r);
	}
	pass_close(pass);
	machine_close(m);
	source_close(src);
}

static void test_sums_are_those_of_the_analysis(void **state)
{
	glob_t traces;
	size_t nr_rows = 0;

	(void)state;
	assert_int_equal(glob("tests/golden/critical/*/trace.txt", 0, NULL, &traces), 0);
	assert_int_equal(glob("tests/golden/findings/*/*.txt", GLOB_APPEND, NULL, &traces), 0);
	for (size_t i = 0; i < traces.gl_pathc; i++)
		compare(traces.gl_pathv[i], &nr_rows);
	globfree(&traces);
	assert_true(nr_rows > 5);
}

static void test_a_moment_is_found_on_the_path(void **state)
{
	struct path_part parts[] = {{30, 40, 1, 0, 0}, {20, 30, 2, 0, 0}, {5, 20, 1, 0, 0}};
	struct critical_path p = {.parts = parts, .nr = 3};

	(void)state;
	assert_int_equal(path_find(&p, 39), 0);
	assert_int_equal(path_find(&p, 30), 0);
	assert_int_equal(path_find(&p, 29), 1);
	assert_int_equal(path_find(&p, 5), 2);
	assert_int_equal(path_find(&p, 4), 3);
	assert_int_equal(path_find(&p, 40), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums_are_those_of_the_analysis),
	    cmocka_unit_test(test_a_moment_is_found_on_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
