/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace info: what a trace says of itself, and how whole it is. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "base/duration.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/cmd.h"
#include "cmd/quality.h"
#include "import/import.h"
#include "trace/reader.h"

static const struct argp_child children[] = {{&cmd_trace_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .args_doc = "FILE|-",
    .doc = "Prints what was traced, when and where, and everything that makes the trace less than "
	   "whole.",
    .children = children,
};

/* Time of a core or task, and how much of it is unknown. */
struct sum {
	uint64_t ns, unknown_ns;
};

struct sums {
	struct sum *at; /* [nr] */
	size_t nr, cap;
};

/* What has to be counted, as the header does not know it. */
struct counts {
	uint64_t records;
	uint64_t by_type[RECORD_NR_TYPES];
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t lost;
	uint64_t gaps;
	struct machine *machine; /* what contradicts what, and what is unknown */
	struct sums cores, tasks;
};

static void add_to(struct sums *sums, uint32_t index, const struct interval *iv)
{
	uint64_t ns = iv->end_ns - iv->begin_ns;

	sums->at = mem_reach(sums->at, &sums->cap, &sums->nr, index, sizeof(*sums->at));
	sums->at[index].ns += ns;
	if (iv->state == STATE_UNKNOWN || (iv->state == STATE_BLOCKED && iv->why == REASON_UNKNOWN))
		sums->at[index].unknown_ns += ns;
}

static void add_core(void *payload, const struct interval *iv)
{
	add_to(&((struct counts *)payload)->cores, iv->cpu, iv);
}

static void add_task(void *payload, const struct interval *iv)
{
	add_to(&((struct counts *)payload)->tasks, iv->task, iv);
}

static int count(struct source *src, struct counts *c, struct err *err)
{
	struct sink sink = {.payload = c, .cpu_interval = add_core, .task_interval = add_task};
	const struct record *rec;
	int res;

	c->machine = machine_open(&src->info, &sink);
	for (;;) {
		res = source_next(src, &rec, err);
		if (res == -EAGAIN) {
			source_wait(src, -1);
			continue;
		}
		if (res == 0)
			machine_finish(c->machine, src->info.end_ns);
		if (res <= 0)
			return res;
		machine_feed(c->machine, rec);
		if (c->records++ == 0)
			c->first_ns = rec->ts_ns;
		c->last_ns = rec->ts_ns;
		if (rec->type < RECORD_NR_TYPES)
			c->by_type[rec->type]++;
		if (rec->type == RECORD_LOST) {
			c->lost += ((const struct record_lost *)rec)->count;
			c->gaps++;
		}
	}
}

/* Text of a trace goes to a terminal: nothing in it may steer it. */
static void print_fact(const char *name, const char *value)
{
	printf("%-12s", name);
	plain_put(stdout, value);
	putchar('\n');
}

static void print_time(const struct trace_info *info)
{
	time_t seconds = (time_t)(info->realtime_ns / 1000000000);
	struct tm local;
	char text[64];

	if (!info->realtime_ns || !localtime_r(&seconds, &local))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &local);
	print_fact("recorded", text);
}

static void print_status(int32_t status)
{
	if (status == INFO_NO_STATUS)
		return;
	if (WIFSIGNALED(status))
		printf("%-12ssignal %d\n", "ended by", WTERMSIG(status));
	else
		printf("%-12s%d\n", "exit status", WEXITSTATUS(status));
}

static void print_records(const struct counts *c)
{
	printf("%-12s%" PRIu64, "records", c->records);
	for (unsigned int type = 0, nr = 0; type < RECORD_NR_TYPES; type++)
		if (c->by_type[type])
			printf("%s%s %" PRIu64, nr++ ? ", " : " (", record_desc(type)->name,
			       c->by_type[type]);
	printf("%s\n", c->records ? ")" : "");
}

/* What a reader can begin at: nothing of the kind in text. */
static void print_parts(const struct source *src)
{
	uint64_t nr_chunks, nr_checkpoints;

	if (reader_counts(src, &nr_chunks, &nr_checkpoints) < 0)
		return;
	printf("%-12s%" PRIu64 "\n", "chunks", nr_chunks);
	printf("%-12s%" PRIu64 "\n", "checkpoints", nr_checkpoints);
}

static void print_quality(const struct counts *c, const struct trace_info *info)
{
	uint64_t lost = info->quality.lost > c->lost ? info->quality.lost : c->lost;
	struct quality q = {
	    .trace = &info->quality,
	    .machine = c->machine,
	    .lost = lost,
	    .gaps = c->gaps,
	};

	for (uint32_t i = 0; i < c->cores.nr; i++) {
		bool counts = machine_cpu_seen(c->machine, i);

		q.core_ns += counts ? c->cores.at[i].ns : 0;
		q.core_unknown_ns += counts ? c->cores.at[i].unknown_ns : 0;
	}
	for (uint32_t i = 0; i < c->tasks.nr; i++) {
		bool counts = machine_task(c->machine, i)->traced;

		q.task_ns += counts ? c->tasks.at[i].ns : 0;
		q.task_unknown_ns += counts ? c->tasks.at[i].unknown_ns : 0;
	}
	bool has_anomaly = !quality_has_no_anomaly(&q);

	if (quality_has_all(&q) && !has_anomaly) {
		print_fact("whole", "yes: nothing lost, late or damaged");
		return;
	}
	bool whole = quality_has_all(&q) && !q.core_unknown_ns && !q.task_unknown_ns;

	printf("%-12s", whole ? "whole" : "not whole");
	if (whole)
		printf("yes: nothing lost, late or damaged; but with ");
	quality_print_flaws(&q);
	if (c->records) {
		printf("; ");
		quality_print_unknown(&q);
	}
	putchar('\n');
}

static void print_info(const struct source *src, const struct counts *c)
{
	const struct trace_info *info = &src->info;
	uint64_t begin = info->begin_ns ? info->begin_ns : c->first_ns;
	uint64_t end = info->end_ns > c->last_ns ? info->end_ns : c->last_ns;
	char buf[DURATION_LEN];

	print_fact("command", info->command[0] ? info->command : "not known");
	print_time(info);
	if (info->quality.headless)
		print_fact("duration", "not known");
	else
		print_fact("duration",
			   end > begin ? duration_exact((int64_t)(end - begin), buf) : "0 s");
	if (info->kernel[0])
		printf("%-12sLinux %s %s\n", "kernel", info->kernel, info->arch);
	if (info->quality.headless)
		print_fact("cores", "not known");
	else
		printf("%-12s%u\n", "cores", info->nr_cpus);
	if (info->probes[0])
		print_fact("probes", info->probes);
	print_fact("format", src->ops->name);
	print_records(c);
	print_parts(src);
	print_status(info->exit_status);
	print_quality(c, info);
}

int cmd_info(int argc, char **argv)
{
	const char *path = NULL;
	struct counts counts = {0};
	struct err err = {0};
	struct source *src;
	int res;

	argp_parse(&argp, argc, argv, 0, NULL, &path);
	src = source_open(path, &err);
	if (!src)
		return cmd_fail(&err);
	res = count(src, &counts, &err);
	if (res == 0)
		print_info(src, &counts);
	machine_close(counts.machine);
	free(counts.cores.at);
	free(counts.tasks.at);
	source_close(src);
	return res < 0 ? cmd_fail(&err) : 0;
}
