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

#include "base/bytes.h"
#include "model/machine.h"

static void put_interval(void *payload, const struct interval *iv)
{
	struct bytes *out = payload;

	bytes_printf(
	    out, "%llu-%llu task %u cpu %u state %u %u%s waker %u nr %d object %u %llu owner %u\n",
	    (unsigned long long)iv->begin_ns, (unsigned long long)iv->end_ns, iv->task, iv->cpu,
	    iv->state, iv->why, iv->inferred ? " inferred" : "", iv->waker, iv->nr, iv->object_kind,
	    (unsigned long long)iv->object, iv->owner);
}

static void put_wake(void *payload, const struct wake_edge *e)
{
	bytes_printf(payload, "%llu wake %u by %u on %u in %u nr %d%s\n",
		     (unsigned long long)e->ts_ns, e->wakee, e->waker, e->cpu, e->context, e->nr,
		     e->spurious ? " spurious" : "");
}

static struct sink sink_to(struct bytes *out)
{
	return (struct sink){.payload = out,
			     .task_interval = put_interval,
			     .cpu_interval = put_interval,
			     .wake = put_wake};
}

union any_record {
	struct record head;
	struct record_switch sw;
	struct record_block block;
	struct record_waking waking;
	struct record_fork fork;
	struct record_exec exec;
	struct record_lost lost;
	struct record_task task;
	uint8_t bytes[RECORD_MAX_BYTES];
};

static uint32_t below(unsigned int *seed, uint32_t max)
{
	return (uint32_t)rand_r(seed) % max;
}

/* Records that mostly make sense, with some that do not. */
static void next_record(unsigned int *seed, uint64_t *ts, union any_record *rec)
{
	static const uint8_t types[] = {RECORD_SWITCH, RECORD_SWITCH, RECORD_BLOCK, RECORD_WAKING,
					RECORD_WAKING, RECORD_FORK,   RECORD_EXEC,  RECORD_EXIT,
					RECORD_TASK,   RECORD_LOST,   RECORD_COMM};
	static const uint32_t states[] = {0, 1, 1, 2, 4, 0x80};

	memset(rec, 0, sizeof(*rec));
	*ts += below(seed, 30);
	rec->head.ts_ns = *ts;
	rec->head.type = types[below(seed, sizeof(types))];
	rec->head.cpu = (uint16_t)below(seed, 3);
	rec->head.tid = below(seed, 8);
	rec->head.flags = below(seed, 3) ? 0 : RECORD_F_TRACED;
	switch (rec->head.type) {
	case RECORD_BLOCK:
		rec->block.nr = 202;
		rec->block.object_kind = OBJECT_FUTEX;
		rec->block.args[0] = 0x5000;
		rec->block.args[1] = 128;
		rec->block.args[2] = 2;
		rec->block.object = (uint64_t)below(seed, 8) << 32 | 2; /* fall through */
	case RECORD_SWITCH:
		rec->sw.next_tid = below(seed, 8);
		rec->sw.prev_state = states[below(seed, 6)];
		break;
	case RECORD_WAKING:
		rec->waking.waker_tid = below(seed, 8);
		rec->waking.nr = -1;
		break;
	case RECORD_FORK:
		rec->fork.child_tid = below(seed, 12);
		rec->fork.child_tgid = 1;
		break;
	case RECORD_EXEC:
		rec->exec.old_tid = below(seed, 8);
		break;
	case RECORD_LOST:
		rec->lost.begin_ns = *ts - below(seed, 60);
		rec->lost.count = 1;
		break;
	case RECORD_TASK:
		rec->task.state = (uint32_t) "RSD"[below(seed, 3)];
		rec->task.tgid = 1;
		rec->task.nr = -1;
		break;
	}
}

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
