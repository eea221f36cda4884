/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace info: what a trace says of itself, and how whole it is. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>

#include "base/duration.h"
#include "base/plain.h"
#include "cmd/cmd.h"
#include "import/import.h"
#include "trace/reader.h"

static const struct argp_child children[] = {{&cmd_trace_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .args_doc = "FILE|-",
    .doc = "Prints what was traced, when and where, and everything that makes the trace less than "
	   "whole.",
    .children = children,
};

/* What has to be counted, as the header does not know it. */
struct counts {
	uint64_t records;
	uint64_t by_type[RECORD_NR_TYPES];
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t lost;
	uint64_t gaps;
};

static int count(struct source *src, struct counts *c, struct err *err)
{
	const struct record *rec;
	int res;

	for (;;) {
		res = source_next(src, &rec, err);
		if (res == -EAGAIN) {
			source_wait(src, -1);
			continue;
		}
		if (res <= 0)
			return res;
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

static void say(bool *said, uint64_t nr, const char *one, const char *many)
{
	if (!nr)
		return;
	printf("%s%" PRIu64 " %s", *said ? ", " : "", nr, nr == 1 ? one : many);
	*said = true;
}

static void print_quality(const struct trace_quality *q, const struct counts *c)
{
	bool said = false;

	printf("%-12s", "not whole");
	say(&said, q->lost > c->lost ? q->lost : c->lost, "record lost", "records lost");
	say(&said, c->gaps, "gap", "gaps");
	say(&said, q->late, "record late", "records late");
	say(&said, q->missed, "probe run skipped by the kernel",
	    "probe runs skipped by the kernel");
	say(&said, q->corrupt, "damaged section skipped", "damaged sections skipped");
	if (q->truncated)
		printf("%sthe file is cut, its last part is gone", said ? ", " : "");
	else if (q->unfinished)
		printf("%sno end: the recorder was killed or is still writing", said ? ", " : "");
	putchar('\n');
}

static void print_info(const struct source *src, const struct counts *c)
{
	const struct trace_info *info = &src->info;
	const struct trace_quality *q = &info->quality;
	uint64_t begin = info->begin_ns ? info->begin_ns : c->first_ns;
	uint64_t end = info->end_ns > c->last_ns ? info->end_ns : c->last_ns;
	char buf[DURATION_LEN];

	print_fact("command", info->command[0] ? info->command : "not known");
	print_time(info);
	print_fact("duration", end > begin ? duration_exact((int64_t)(end - begin), buf) : "0 s");
	if (info->kernel[0])
		printf("%-12sLinux %s %s\n", "kernel", info->kernel, info->arch);
	printf("%-12s%u\n", "cores", info->nr_cpus);
	if (info->probes[0])
		print_fact("probes", info->probes);
	print_fact("format", src->ops->name);
	print_records(c);
	print_parts(src);
	print_status(info->exit_status);
	if (q->lost || c->lost || q->late || q->missed || q->corrupt || q->truncated ||
	    q->unfinished)
		print_quality(q, c);
	else
		print_fact("whole", "yes: nothing lost, late or damaged");
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
	source_close(src);
	return res < 0 ? cmd_fail(&err) : 0;
}
