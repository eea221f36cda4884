/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/plain.h"

/* What was written, and what is shown of it. */
static const struct {
	const char *text, *shown;
} rows[] = {
    {"", ""},
    {"sh -c a\nb\tc", "sh -c a b c"},
    {"\033[31m\x7f\a", "?[31m??"},
    {"\xc2\xb5s \xe2\x80\xa6 \xf0\x9f\x98\x80", "\xc2\xb5s \xe2\x80\xa6 \xf0\x9f\x98\x80"},
    {"\xff|\xc2|\xb5|\xe2\x80", "?|?|?|??"},
    {"\xc2\x9b[2J", "?[2J"},                     /* CSI as one character */
    {"\xe0\x82\x9b\xc0\x9b", "?????"},           /* the same in more bytes than it takes */
    {"\xed\xa0\x80\xf4\x90\x80\x80", "???????"}, /* a surrogate; behind the last one */
    {"a\xe2\x80\xae\x62|\xe2\x81\xa6|\xe2\x80\xa8|\xd8\x9c",
     "a?b|?|?|?"}, /* turns what follows; a line's end */
    {"\xe2\x80\x90\xe2\x81\xa5", "\xe2\x80\x90\xe2\x81\xa5"},
};

static void test_nothing_steers_a_terminal_or_breaks_a_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].text), *out;
		size_t len;
		FILE *f = open_memstream(&out, &len);

		plain_put(f, rows[i].text);
		fclose(f);
		assert_string_equal(out, rows[i].shown);
		assert_string_equal(plain_text(text), rows[i].shown);
		free(out);
		free(text);
	}
}

static void test_a_share_is_all_or_nothing_only_if_it_is(void **state)
{
	static const struct {
		uint64_t part, whole;
		const char *text;
	} shares[] = {
	    {0, 10, "0.0 %"},
	    {10, 10, "100.0 %"},
	    {1, 2, "50.0 %"},
	    {1, 3, "33.3 %"},
	    {2, 3, "66.7 %"},
	    {1, 2000, "0.1 %"},
	    {1, 2001, "<0.1 %"},
	    {1, UINT64_MAX, "<0.1 %"},
	    {1999, 2000, "99.9 %"},
	    {99949, 100000, "99.9 %"},
	    {3, 2, "150.0 %"},
	    {0, 0, "-"},
	    {UINT64_MAX - 1, UINT64_MAX, "99.9 %"},
	};
	char buf[PLAIN_SHARE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		assert_string_equal(plain_share(shares[i].part, shares[i].whole, buf),
				    shares[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_share_is_all_or_nothing_only_if_it_is),
	    cmocka_unit_test(test_nothing_steers_a_terminal_or_breaks_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
