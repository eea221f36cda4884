/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace dump: the text twin of a trace, or with --intervals what the state machine makes of it.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "import/import.h"
#include "model/machine.h"
#include "model/reason.h"
#include "trace/text.h"

#define FLUSH_BYTES (64 << 10)

struct options {
	const char *path;
	bool intervals;
};

static const struct argp_option option_rows[] = {
    {"intervals", 'i', NULL, 0, "What each task and core did from when to when, not the records",
     0},
    {0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'i':
		o->intervals = true;
		break;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one trace at a time: %s or %s", o->path, arg);
		o->path = arg;
		break;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "which trace? a FILE, or - for standard input");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
    option_rows, parse_option,
    "FILE|-",    "Prints a trace as text: a line per record, which every command reads again.",
    NULL,        NULL,
    NULL,
};

/* What is being printed, and for whom. */
struct dump {
	const struct options *options;
	struct source *src;
	struct machine *machine;
	struct bytes text;
};

static int flush_text(struct dump *d, struct err *err)
{
	size_t len = d->text.len;

	d->text.len = 0;
	if (len && fwrite(d->text.at, 1, len, stdout) != len)
		return err_set(err, errno, "cannot write: %s", strerror(errno));
	return 0;
}

static void put_times(struct bytes *text, const struct interval *iv)
{
	bytes_printf(text, "%" PRIu64 ".%09" PRIu64 " %" PRIu64 ".%09" PRIu64,
		     iv->begin_ns / 1000000000, iv->begin_ns % 1000000000, iv->end_ns / 1000000000,
		     iv->end_ns % 1000000000);
}

static void put_tid(struct dump *d, const char *name, uint32_t task)
{
	bytes_printf(&d->text, " %s=%u", name, machine_task(d->machine, task)->tid);
}

static void put_task_interval(void *payload, const struct interval *iv)
{
	struct dump *d = payload;
	char what[128];

	interval_describe(iv, d->src->info.arch, what, sizeof(what));
	put_times(&d->text, iv);
	put_tid(d, "tid", iv->task);
	bytes_printf(&d->text, " %s", state_key(iv->state));
	if (iv->state == STATE_RUNNING)
		bytes_printf(&d->text, " cpu=%u", iv->cpu);
	else if (iv->state == STATE_RUNNABLE)
		bytes_printf(&d->text, " %s", runnable_key(iv->why));
	else if (iv->state == STATE_BLOCKED)
		bytes_printf(&d->text, " %s", reason_key(iv->why));
	if (iv->waker != TASK_NONE)
		put_tid(d, "by", iv->waker);
	if (iv->inferred)
		bytes_printf(&d->text, " inferred");
	if (iv->state == STATE_BLOCKED && strcmp(what, reason_key(iv->why)) != 0)
		bytes_printf(&d->text, " (%s)", what);
	bytes_printf(&d->text, "\n");
}

static void put_cpu_interval(void *payload, const struct interval *iv)
{
	struct dump *d = payload;

	put_times(&d->text, iv);
	bytes_printf(&d->text, " cpu=%u %s", iv->cpu, state_key(iv->state));
	if (iv->state == STATE_RUNNING)
		put_tid(d, "tid", iv->task);
	bytes_printf(&d->text, "%s\n", iv->inferred ? " inferred" : "");
}

static void put_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct dump *d = payload;
	struct interval iv = {.begin_ns = begin_ns, .end_ns = end_ns};

	put_times(&d->text, &iv);
	bytes_printf(&d->text, " cpu=%u gap lost=%" PRIu64 "\n", cpu, lost);
}

static void put_record(struct dump *d, const struct record *rec)
{
	if (d->machine)
		machine_feed(d->machine, rec);
	else
		text_write_record(rec, &d->text);
}

static int dump_records(struct dump *d, struct err *err)
{
	const struct record *rec;
	int res;

	for (;;) {
		res = source_next(d->src, &rec, err);
		if (res == -EAGAIN) {
			/* What is there now is shown before waiting for more. */
			if ((res = flush_text(d, err)) < 0)
				return res;
			fflush(stdout);
			source_wait(d->src, -1);
			continue;
		}
		if (res <= 0)
			return res;
		put_record(d, rec);
		if (d->text.len >= FLUSH_BYTES && (res = flush_text(d, err)) < 0)
			return res;
	}
}

static int dump(struct dump *d, struct err *err)
{
	struct sink sink = {.payload = d,
			    .task_interval = put_task_interval,
			    .cpu_interval = put_cpu_interval,
			    .gap = put_gap};
	int res;

	if (d->options->intervals)
		d->machine = machine_open(&d->src->info, &sink);
	else
		text_write_begin(&d->src->info, &d->text);
	res = dump_records(d, err);
	if (res < 0) {
		flush_text(d, NULL);
		return res;
	}
	if (d->machine)
		machine_finish(d->machine, d->src->info.end_ns);
	else
		text_write_end(&d->src->info, &d->text);
	res = flush_text(d, err);
	if (res == 0 && fflush(stdout) != 0)
		res = err_set(err, errno, "cannot write: %s", strerror(errno));
	return res;
}

int cmd_dump(int argc, char **argv)
{
	struct options options = {0};
	struct dump d = {.options = &options};
	struct err err = {0};
	int res;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	d.src = source_open(options.path, &err);
	if (!d.src)
		return cmd_fail(&err);
	res = dump(&d, &err);
	machine_close(d.machine);
	bytes_done(&d.text);
	source_close(d.src);
	return res < 0 ? cmd_fail(&err) : 0;
}
