/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"

static struct table *example(void)
{
	struct table *t = table_open();

	table_column(t, "NAME", TABLE_LEFT, 0);
	table_column(t, "time ", TABLE_RIGHT, 0);
	table_column(t, "more", TABLE_RIGHT, 1);
	table_column(t, "why", TABLE_LEFT, 2);
	table_cell(t, "a");
	table_cell(t, "-  ");
	table_cell(t, "%d", 12345);
	table_cell(t, "%s", "");
	table_cell(t, "longer name");
	table_cell(t, "1.50 \xc2\xb5s");
	table_cell(t, "7");
	table_cell(t, "lock");
	return t;
}

static void assert_prints(unsigned int width, const char *expected)
{
	struct table *t = example();
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	table_print(t, out, width);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	table_close(t);
}

static void test_columns_line_up_and_no_line_ends_in_blanks(void **state)
{
	(void)state;
	assert_prints(0, "NAME           time    more  why\n"
			 "a                -    12345\n"
			 "longer name  1.50 \xc2\xb5s      7  lock\n");
}

static void test_narrow_table_leaves_out_the_least_important(void **state)
{
	(void)state;
	assert_prints(28, "NAME           time    more\n"
			  "a                -    12345\n"
			  "longer name  1.50 \xc2\xb5s      7\n");
	assert_prints(20, "NAME           time\n"
			  "a                -\n"
			  "longer name  1.50 \xc2\xb5s\n");
}

static void test_then_the_first_column_is_cut(void **state)
{
	(void)state;
	assert_prints(18, "NAME         time\n"
			  "a              -\n"
			  "longer n\xe2\x80\xa6  1.50 \xc2\xb5s\n");
}

static void test_control_characters_are_replaced(void **state)
{
	struct table *t = table_open();
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_column(t, "x", TABLE_LEFT, 0);
	table_cell(t, "\033[2J\nx");
	table_print(t, out, 0);
	fclose(out);
	assert_string_equal(text, "x\n?[2J x\n");
	free(text);
	table_close(t);
}

static void test_table_without_rows_or_columns(void **state)
{
	struct table *t = table_open();
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_print(t, out, 80);
	table_close(t);
	table_close(NULL);
	fclose(out);
	assert_string_equal(text, "\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_columns_line_up_and_no_line_ends_in_blanks),
	    cmocka_unit_test(test_narrow_table_leaves_out_the_least_important),
	    cmocka_unit_test(test_then_the_first_column_is_cut),
	    cmocka_unit_test(test_control_characters_are_replaced),
	    cmocka_unit_test(test_table_without_rows_or_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
