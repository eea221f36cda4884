/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be asked of the state machine between two records: nothing here changes it. */
#include "model/machine.h"
#include "model/transition.h"

bool machine_task_now(const struct machine *m, uint32_t task, struct interval *out)
{
	struct interval first;

	if (task >= m->tasks.nr || !m->tasks.slots[task].alive)
		return false;
	slot_settle(m, &m->tasks.slots[task], &first, out);
	return true;
}

bool machine_cpu_now(const struct machine *m, uint32_t cpu, struct interval *out)
{
	if (cpu >= m->nr_cores)
		return false;
	core_settle(m, cpu, out);
	return true;
}

const struct trace_info *machine_info(const struct machine *m)
{
	return &m->info;
}

uint32_t machine_nr_tasks(const struct machine *m)
{
	return (uint32_t)m->tasks.nr;
}

const struct task *machine_task(const struct machine *m, uint32_t task)
{
	return &m->tasks.slots[task].task;
}

uint32_t machine_find(const struct machine *m, uint32_t tid)
{
	return task_table_find(&m->tasks, tid);
}

void machine_foresee(struct machine *m, const struct machine *end)
{
	m->end = end;
}

uint32_t machine_nr_syncs(const struct machine *m)
{
	return (uint32_t)m->syncs.nr;
}

uint32_t machine_sync_id(const struct machine *m, uint32_t sync)
{
	return sync_table_id(m->end ? &m->end->syncs : &m->syncs, sync);
}

uint32_t machine_find_sync(const struct machine *m, uint32_t tgid, uint64_t uaddr, uint64_t ts_ns)
{
	return sync_table_find_at(&m->syncs, tgid, uaddr, ts_ns);
}

const struct sync *machine_sync(const struct machine *m, uint32_t sync)
{
	return &(m->end ? m->end : m)->syncs.slots[machine_sync_id(m, sync)].sync;
}

const struct sync *machine_sync_now(const struct machine *m, uint32_t sync)
{
	return &m->syncs.slots[sync_table_id(&m->syncs, sync)].sync;
}

uint32_t machine_nr_cpus(const struct machine *m)
{
	return (uint32_t)m->nr_cores;
}

uint64_t machine_cpu_switches(const struct machine *m, uint32_t cpu)
{
	return cpu < m->nr_cores ? m->cores[cpu].switches : 0;
}

bool machine_cpu_seen(const struct machine *m, uint32_t cpu)
{
	return cpu < m->nr_cores && (m->cores[cpu].seen || m->cores[cpu].nr_queued > 0);
}

uint64_t machine_begin_ns(const struct machine *m)
{
	return m->begin_ns;
}

uint64_t machine_now_ns(const struct machine *m)
{
	return m->now_ns;
}

uint64_t machine_nr_records(const struct machine *m)
{
	return m->nr_records;
}

uint64_t machine_anomalies(const struct machine *m, enum anomaly which)
{
	return m->anomalies[which];
}

static const struct {
	const char *name;
	const char *one, *many;
	bool normal;
} anomalies[ANOMALY_NR] = {
    [ANOMALY_SWITCH_MISMATCH] = {"switch_mismatch",
				 "switch away from a task not known to run there",
				 "switches away from tasks not known to run there", false},
    [ANOMALY_SWITCH_ELSEWHERE] = {"switch_elsewhere", "switch to a task known to run elsewhere",
				  "switches to tasks known to run elsewhere", false},
    [ANOMALY_WAKE_SPURIOUS] = {"wake_spurious", "waking of a task that did not wait",
			       "wakings of tasks that did not wait", true},
    [ANOMALY_RUN_WITHOUT_WAKE] = {"run_without_wake", "wait whose end nothing told",
				  "waits whose end nothing told", false},
    [ANOMALY_UNKNOWN_TASK] = {"unknown_task", "task that nothing introduced",
			      "tasks that nothing introduced", false},
    [ANOMALY_TIME_BACKWARDS] = {"time_backwards", "record older than the one before",
				"records older than the ones before", false},
    [ANOMALY_SWITCH_UNTOLD] = {"switch_untold", "switch that the kernel hid",
			       "switches that the kernel hid", false},
};

const char *anomaly_name(enum anomaly which)
{
	return anomalies[which].name;
}

const char *anomaly_words(enum anomaly which, bool many)
{
	return many ? anomalies[which].many : anomalies[which].one;
}

bool anomaly_is_normal(enum anomaly which)
{
	return anomalies[which].normal;
}
