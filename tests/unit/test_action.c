/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "viz/action.h"

static void test_every_action_has_word_key_and_help(void **state)
{
	(void)state;
	for (int a = 1; a < ACTION_NR; a++) {
		const struct action_desc *desc = action_desc((enum action)a);

		assert_true(desc->word[0] && desc->keys[0] && desc->group[0] && desc->help[0]);
		assert_int_equal(action_by_word(desc->word), a);
	}
}

static void test_no_key_means_two_actions(void **state)
{
	char key[32];

	(void)state;
	for (int a = 1; a < ACTION_NR; a++)
		for (const char *p = action_desc((enum action)a)->keys; *p;) {
			size_t len = strcspn(p, " ");

			assert_true(len < sizeof(key));
			memcpy(key, p, len);
			key[len] = '\0';
			assert_int_equal(action_by_key(key), a);
			p += len;
			p += strspn(p, " ");
		}
}

static void test_unknown_is_none(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(action_by_word("no-such-act"), ACTION_NONE);
	assert_int_equal(action_by_word(""), ACTION_NONE);
	assert_int_equal(action_by_key(""), ACTION_NONE);
	assert_int_equal(action_by_key("Ctrl+W"), ACTION_NONE);
	assert_string_equal(action_desc((enum action)9999)->word, "");
	assert_string_equal(action_key_text(ACTION_HELP, buf, sizeof(buf)), "?");
	assert_string_equal(action_key_text(ACTION_PAN_LEFT, buf, sizeof(buf)), "A");
}

static void test_letters_name_acts(void **state)
{
	enum action found[ACTION_NR];
	char keys[96];

	(void)state;
	assert_int_equal(action_search("", found, ACTION_NR), ACTION_NR - 1);
	assert_true(action_search("zoom in", found, ACTION_NR) >= 1);
	assert_int_equal(found[0], ACTION_ZOOM_IN);
	assert_true(action_search("CrIt", found, ACTION_NR) >= 1);
	assert_int_equal(found[0], ACTION_CRITICAL);
	assert_true(action_search("th", found, 2) == 2); /* as many as there is room for */
	assert_int_equal(action_search("zzqq", found, ACTION_NR), 0);
	for (int a = 1; a < ACTION_NR; a++) { /* its own word names it first */
		action_search(action_desc((enum action)a)->word, found, ACTION_NR);
		assert_int_equal(found[0], a);
	}
	assert_string_equal(action_keys_text(ACTION_PALETTE, keys, sizeof(keys)), "Ctrl+P, :");
	assert_string_equal(action_keys_text(ACTION_HELP, keys, sizeof(keys)), "F1, ?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_action_has_word_key_and_help),
	    cmocka_unit_test(test_no_key_means_two_actions),
	    cmocka_unit_test(test_unknown_is_none),
	    cmocka_unit_test(test_letters_name_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
