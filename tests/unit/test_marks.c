/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "viz/marks.h"

static char dir[] = "/tmp/conctrace-marks-XXXXXX";
static char trace[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(trace, sizeof(trace), "%s/t.ctr", dir);
	return 0;
}

static int teardown(void **state)
{
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s.marks", trace);
	unlink(path);
	return rmdir(dir);
}

static void test_marks_come_back_in_order(void **state)
{
	struct marks m, again;
	struct err err = {0};

	(void)state;
	assert_int_equal(marks_open(&m, trace, &err), 0); /* there are none */
	assert_int_equal(marks_add(&m, 2500000000, "late, with words", &err), 0);
	assert_int_equal(marks_add(&m, 7, "", &err), 0);
	assert_int_equal(marks_add(&m, -1000000001, "before\nit", &err), 0);
	assert_int_equal(marks_save(&m, &err), 0);
	assert_int_equal(marks_open(&again, trace, &err), 0);
	assert_int_equal(again.nr, 3);
	assert_int_equal(again.at[0].at_ns, -1000000001);
	assert_string_equal(again.at[0].text, "before it");
	assert_int_equal(again.at[1].at_ns, 7);
	assert_int_equal(again.at[2].at_ns, 2500000000);
	assert_string_equal(again.at[2].text, "late, with words");
	assert_int_equal(marks_nearest(&again, 1000000000), 1);
	assert_int_equal(marks_after(&again, 7), 2);
	assert_int_equal(marks_before(&again, 7), 0);
	assert_int_equal(marks_before(&again, -2000000000), SIZE_MAX);
	while (again.nr)
		marks_remove(&again, 0);
	assert_int_equal(marks_save(&again, &err), 0); /* the file is gone */
	marks_done(&again);
	assert_int_equal(marks_open(&again, trace, &err), 0);
	assert_int_equal(again.nr, 0);
	marks_done(&again);
	marks_done(&m);
}

/* M, then Shift+M, at one place. */
static void test_one_moment_has_one_mark_without_words(void **state)
{
	struct marks m;
	struct err err = {0};

	(void)state;
	assert_int_equal(marks_open(&m, NULL, &err), 0);
	assert_int_equal(marks_add(&m, 5, "", &err), 0);
	assert_int_equal(marks_add(&m, 5, "", &err), 0);
	assert_int_equal(m.nr, 1);
	assert_int_equal(marks_add(&m, 5, "words", &err), 0);
	assert_int_equal(m.nr, 1);
	assert_string_equal(m.at[0].text, "words");
	assert_int_equal(marks_add(&m, 5, "", &err), 0);
	assert_int_equal(m.nr, 1);
	assert_int_equal(marks_add(&m, 5, "others", &err), 0);
	assert_int_equal(marks_add(&m, 6, "words", &err), 0);
	assert_int_equal(m.nr, 3);
	marks_done(&m);
}

static void test_bad_lines_are_told_and_the_others_kept(void **state)
{
	struct marks m;
	struct err err = {0};
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s.marks", trace);
	FILE *out = fopen(path, "w");

	fputs("# a comment\n\n1.5 good\r\nnonsense\n99999999999999999999 far\n0.25\n", out);
	fclose(out);
	assert_int_equal(marks_open(&m, trace, &err), -EINVAL);
	assert_non_null(strstr(err.text, ".marks:5:"));
	assert_int_equal(m.nr, 2);
	assert_int_equal(m.at[0].at_ns, 250000000);
	assert_string_equal(m.at[1].text, "good");
	marks_done(&m);
}

static void test_nowhere_to_write_is_one_sentence(void **state)
{
	struct marks m;
	struct err err = {0};

	(void)state;
	assert_int_equal(marks_open(&m, "/proc/no-such-folder/t.ctr", &err), 0);
	assert_int_equal(marks_add(&m, 1, "", &err), 0);
	assert_true(marks_save(&m, &err) < 0);
	assert_non_null(strstr(err.text, "not kept"));
	marks_done(&m);
	assert_int_equal(marks_open(&m, "-", &err), 0); /* a pipe */
	assert_int_equal(marks_add(&m, 1, "", &err), 0);
	assert_int_equal(marks_save(&m, &err), 0);
	marks_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_marks_come_back_in_order),
	    cmocka_unit_test(test_one_moment_has_one_mark_without_words),
	    cmocka_unit_test(test_bad_lines_are_told_and_the_others_kept),
	    cmocka_unit_test(test_nowhere_to_write_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
