/* SPDX-License-Identifier: BSD-2-Clause */
/* Coroutines and regions of the state machine: nesting, what is cut, and checkpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine.h"
#include "model/names.h"

struct told {
	struct stint stints[32];
	struct moment moments[32];
	size_t nr, nr_moments;
};

static void on_stint(void *payload, const struct stint *stint)
{
	struct told *t = payload;

	assert_true(t->nr < 32);
	t->stints[t->nr++] = *stint;
}

static void on_moment(void *payload, const struct moment *moment)
{
	struct told *t = payload;

	assert_true(t->nr_moments < 32);
	t->moments[t->nr_moments++] = *moment;
}

static struct machine *open_machine(struct told *told)
{
	struct trace_info info;
	struct sink sink = {.payload = told, .stint = on_stint, .moment = on_moment};

	info_init(&info);
	info.nr_cpus = 1;
	info.begin_ns = 100;
	return machine_open(&info, &sink);
}

static void mark(struct machine *m, uint64_t ts_ns, uint32_t kind, uint64_t name, int64_t value)
{
	struct record_mark rec = {
	    .head = {.ts_ns = ts_ns, .type = RECORD_MARK, .tid = 7},
	    .kind = kind,
	    .name = name,
	    .value = value,
	};

	machine_feed(m, &rec.head);
}

static void turn(struct machine *m, uint64_t ts_ns, uint64_t from, uint64_t id)
{
	struct record_coroutine rec = {
	    .head = {.ts_ns = ts_ns, .type = RECORD_COROUTINE, .tid = 7}, .id = id, .from = from};

	machine_feed(m, &rec.head);
}

static void check_stint(const struct stint *s, unsigned int level, uint64_t name, uint64_t begin_ns,
			uint64_t end_ns, bool cut)
{
	assert_int_equal(s->level, level);
	assert_int_equal(s->name, name);
	assert_int_equal(s->begin_ns, begin_ns);
	assert_int_equal(s->end_ns, end_ns);
	assert_int_equal(s->cut, cut);
}

static void test_regions_nest(void **state)
{
	struct told told = {0};
	struct machine *m = open_machine(&told);

	(void)state;
	mark(m, 200, MARK_BEGIN, 1, 0);
	mark(m, 300, MARK_BEGIN, 2, 0);
	mark(m, 400, MARK_END, 0, 0);
	mark(m, 500, MARK_END, 0, 0);
	mark(m, 600, MARK_END, 0, 0); /* begun before anybody looked */
	assert_int_equal(told.nr, 2);
	check_stint(&told.stints[0], 2, 2, 300, 400, false);
	check_stint(&told.stints[1], 1, 1, 200, 500, false);
	assert_false(told.moments[3].alone);
	assert_true(told.moments[4].alone);
	machine_close(m);
}

static void test_deep_regions_stay_balanced(void **state)
{
	struct told told = {0};
	struct machine *m = open_machine(&told);

	(void)state;
	for (unsigned int i = 1; i <= STINT_LEVELS + 3; i++) {
		mark(m, 200 + i, MARK_BEGIN, i, 0);
		told.nr_moments = 0;
	}
	for (unsigned int i = 1; i <= STINT_LEVELS + 3; i++) {
		mark(m, 300 + i, MARK_END, 0, 0);
		told.nr_moments = 0;
	}
	assert_int_equal(told.nr, STINT_LEVELS - 1);
	check_stint(&told.stints[STINT_LEVELS - 2], 1, 1, 201, 300 + STINT_LEVELS + 3, false);
	machine_close(m);
}

static void test_first_switch_tells_who_ran_before(void **state)
{
	struct told told = {0};
	struct machine *m = open_machine(&told);

	(void)state;
	turn(m, 200, 10, 11);
	turn(m, 300, 11, 10);
	turn(m, 400, 0, 0);
	assert_int_equal(told.nr, 3);
	check_stint(&told.stints[0], 0, 10, 100, 200, false);
	assert_true(told.stints[0].inferred);
	check_stint(&told.stints[1], 0, 11, 200, 300, false);
	assert_false(told.stints[1].inferred);
	check_stint(&told.stints[2], 0, 10, 300, 400, false);
	machine_finish(m, 900);
	assert_int_equal(told.nr, 3);
	machine_close(m);
}

static void test_loss_and_exit_cut(void **state)
{
	struct record_lost lost = {
	    .head = {.ts_ns = 400, .type = RECORD_LOST}, .begin_ns = 350, .count = 5};
	struct record_exit leaves = {.head = {.ts_ns = 800, .type = RECORD_EXIT, .tid = 7}};
	struct told told = {0};
	struct machine *m = open_machine(&told);

	(void)state;
	mark(m, 200, MARK_BEGIN, 1, 0);
	machine_feed(m, &lost.head);
	assert_int_equal(told.nr, 1);
	check_stint(&told.stints[0], 1, 1, 200, 350, true);
	turn(m, 500, 10, 11); /* 10 ran since the loss, as far as is known */
	check_stint(&told.stints[1], 0, 10, 400, 500, false);
	machine_feed(m, &leaves.head);
	check_stint(&told.stints[2], 0, 11, 500, 800, true);
	machine_close(m);
}

static void test_checkpoint_goes_on_in_a_region(void **state)
{
	struct told told = {0}, later = {0};
	struct machine *m = open_machine(&told), *other;
	struct sink sink = {.payload = &later, .stint = on_stint, .moment = on_moment};
	struct stint now;
	void *bytes;
	size_t len;

	(void)state;
	turn(m, 150, 10, 11);
	mark(m, 200, MARK_BEGIN, 1, 0);
	mark(m, 250, MARK_BEGIN, 2, 0);
	assert_int_equal(machine_save(m, &bytes, &len), 0);
	other = machine_restore(machine_info(m), &sink, bytes, len);
	assert_non_null(other);
	assert_true(machine_stint_now(other, 1, 2, &now));
	check_stint(&now, 2, 2, 250, 250, false);
	assert_false(machine_stint_now(other, 1, 3, &now));
	mark(other, 300, MARK_END, 0, 0);
	mark(other, 400, MARK_END, 0, 0);
	turn(other, 500, 11, 10);
	check_stint(&later.stints[0], 2, 2, 250, 300, false);
	check_stint(&later.stints[1], 1, 1, 200, 400, false);
	check_stint(&later.stints[2], 0, 11, 150, 500, false);
	machine_close(other);
	machine_close(m);
	free(bytes);
}

static void test_given_name_holds(void **state)
{
	struct record_name rec = {
	    .head = {.ts_ns = 200, .type = RECORD_NAME, .flags = RECORD_F_GIVEN},
	    .tgid = 7,
	    .kind = OBJECT_FUTEX,
	    .key = 0x10,
	    .text = "shelf"};
	struct told told = {0};
	struct machine *m = open_machine(&told);
	char text[NAME_TEXT_LEN];

	(void)state;
	machine_feed(m, &rec.head);
	rec.head.flags = 0;
	memcpy(rec.text, "found", sizeof("found"));
	machine_feed(m, &rec.head);
	assert_string_equal(machine_name(m, OBJECT_FUTEX, 7, 0x10), "shelf");
	rec.kind = OBJECT_MARK;
	machine_feed(m, &rec.head);
	assert_string_equal(machine_stint_text(m, 0, 1, 0x10, text), "found");
	machine_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_regions_nest),
	    cmocka_unit_test(test_deep_regions_stay_balanced),
	    cmocka_unit_test(test_first_switch_tells_who_ran_before),
	    cmocka_unit_test(test_loss_and_exit_cut),
	    cmocka_unit_test(test_checkpoint_goes_on_in_a_region),
	    cmocka_unit_test(test_given_name_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
