/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine that was saved and restored at any record says what the other one says from there on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_make.h"

#define NR_RECORDS 120

static void test_restored_machine_goes_on_as_the_saved_one(void **state)
{
	struct trace_info info = {.nr_cpus = 3, .begin_ns = 1000, .arch = "x86_64"};

	(void)state;
	for (unsigned int run = 0; run < 20; run++) {
		union any_record records[NR_RECORDS];
		unsigned int seed = run;
		uint64_t ts = 1000;

		for (size_t i = 0; i < NR_RECORDS; i++)
			next_record(&seed, &ts, &records[i]);
		for (size_t cut = 0; cut <= NR_RECORDS; cut++) {
			struct bytes before = {0}, after = {0};
			struct sink sink_before = sink_to(&before), sink_after = sink_to(&after);
			struct machine *m = machine_open(&info, &sink_before);
			struct machine *copy;
			void *saved;
			size_t len, said;

			for (size_t i = 0; i < cut; i++)
				machine_feed(m, &records[i].head);
			assert_int_equal(machine_save(m, &saved, &len), 0);
			copy = machine_restore(&info, &sink_after, saved, len);
			assert_non_null(copy);
			said = before.len;
			for (size_t i = cut; i < NR_RECORDS; i++) {
				machine_feed(m, &records[i].head);
				machine_feed(copy, &records[i].head);
			}
			machine_finish(m, ts + 10);
			machine_finish(copy, ts + 10);
			if (before.len - said != after.len ||
			    memcmp(before.at + said, after.at, after.len) != 0)
				fail_msg("run %u, saved after %zu records:\n%.*s--- restored\n%.*s",
					 run, cut, (int)(before.len - said),
					 (const char *)before.at + said, (int)after.len,
					 (const char *)after.at);
			assert_int_equal(machine_nr_records(m), machine_nr_records(copy));
			for (unsigned int i = 0; i < ANOMALY_NR; i++)
				assert_int_equal(machine_anomalies(m, i),
						 machine_anomalies(copy, i));
			for (uint32_t i = 0; i < machine_nr_tasks(m); i++)
				assert_memory_equal(machine_task(m, i)->comm,
						    machine_task(copy, i)->comm, RECORD_COMM_LEN);
			machine_close(m);
			machine_close(copy);
			bytes_done(&before);
			bytes_done(&after);
			free(saved);
		}
	}
}

/* Whatever the bytes, no crash: either they are refused or the machine works on. */
static void test_damaged_bytes_are_refused_or_harmless(void **state)
{
	struct trace_info info = {.nr_cpus = 3, .begin_ns = 1000, .arch = "x86_64"};
	struct bytes out = {0};
	struct sink sink = sink_to(&out);
	struct machine *m = machine_open(&info, &sink);
	union any_record rec;
	unsigned int seed = 7;
	uint64_t ts = 1000;
	void *saved;
	size_t len;

	(void)state;
	for (int i = 0; i < 200; i++) {
		next_record(&seed, &ts, &rec);
		machine_feed(m, &rec.head);
	}
	machine_save(m, &saved, &len);
	for (size_t i = 0; i < len; i++)
		assert_null(machine_restore(&info, &sink, saved, i));
	for (int i = 0; i < 20000; i++) {
		uint8_t *at = (uint8_t *)saved + below(&seed, (uint32_t)len);
		uint8_t old = *at;
		struct machine *copy;

		*at = (uint8_t)rand_r(&seed);
		copy = machine_restore(&info, &sink, saved, len);
		*at = old;
		if (!copy)
			continue;
		out.len = 0;
		for (int k = 0; k < 20; k++) {
			uint64_t later = machine_now_ns(copy);

			next_record(&seed, &later, &rec);
			machine_feed(copy, &rec.head);
		}
		machine_finish(copy, 0);
		machine_close(copy);
	}
	free(saved);
	machine_close(m);
	bytes_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_restored_machine_goes_on_as_the_saved_one),
	    cmocka_unit_test(test_damaged_bytes_are_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
