/* SPDX-License-Identifier: BSD-2-Clause */
/* conctrace dump: the text twin of a trace, or with --intervals what the state machine makes of it.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "cmd/ahead.h"
#include "cmd/cmd.h"
#include "cmd/window.h"
#include "import/import.h"
#include "model/cause.h"
#include "model/names.h"
#include "model/reason.h"
#include "model/resume.h"
#include "trace/text.h"

#define FLUSH_BYTES (64 << 10)

struct options {
	const char *path;
	bool intervals;
	struct window window;
};

static const struct argp_option option_rows[] = {
    {"intervals", 'i', NULL, 0, "What each task and core did from when to when, not the records",
     0},
    {0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->window;
		state->child_inputs[1] = &o->path;
		break;
	case 'i':
		o->intervals = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
    {&window_argp, 0, NULL, 0}, {&cmd_trace_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = option_rows,
    .parser = parse_option,
    .args_doc = "FILE|-",
    .doc = "Prints a trace as text: a line per record, which every command reads again.",
    .children = children,
};

/* What is being printed, and for whom. */
struct dump {
	const struct options *options;
	struct source *src;
	struct machine *machine;
	struct machine *end; /* what is known at the trace's end of sync objects; NULL: a pipe */
	uint64_t begin_ns;   /* the window in absolute time */
	uint64_t end_ns;
	uint64_t at_ns; /* records before are of no interest: before the window, or taken already */
	uint64_t late, late_before; /* late records up to now, or the window's end, and before it */
	bool begun;                 /* the window is known */
	bool over;                  /* and ended, before the trace did */
	struct bytes text;
};

static int flush_text(struct dump *d, struct err *err)
{
	size_t len = d->text.len;

	d->text.len = 0;
	if (len && fwrite(d->text.at, 1, len, stdout) != len)
		return err_set(err, errno, "cannot write standard output: %s", strerror(errno));
	return 0;
}

static void put_times(struct bytes *text, uint64_t begin_ns, uint64_t end_ns)
{
	bytes_printf(text, "%" PRIu64 ".%09" PRIu64 " %" PRIu64 ".%09" PRIu64,
		     begin_ns / 1000000000, begin_ns % 1000000000, end_ns / 1000000000,
		     end_ns % 1000000000);
}

/* The part of an interval that lies in the window; false, and nothing, if none does. Its end does:
 * the machine knows nothing later. */
static bool put_part(struct dump *d, const struct interval *iv)
{
	if (iv->end_ns <= d->begin_ns)
		return false;
	put_times(&d->text, iv->begin_ns > d->begin_ns ? iv->begin_ns : d->begin_ns, iv->end_ns);
	return true;
}

static void put_tid(struct dump *d, const char *name, uint32_t task)
{
	bytes_printf(&d->text, " %s=%u", name, machine_task(d->machine, task)->tid);
}

/* Which sync object: number, where it begins, and what it is. */
static void put_sync(struct dump *d, uint32_t id)
{
	const struct sync *s = machine_sync(d->machine, id);
	char kind[80];

	sync_describe(s, kind, sizeof(kind));
	for (char *at = kind; *at; at++)
		*at = *at == ' ' ? '-' : *at;
	bytes_printf(&d->text, " sync=%u uaddr=0x%" PRIx64 " kind=%s",
		     machine_sync_id(d->machine, id), s->uaddr, kind);
}

/* What is known of a wait besides its reason. */
static void put_wait(struct dump *d, const struct interval *iv)
{
	if (iv->sync != SYNC_NONE)
		put_sync(d, iv->sync);
	else if (iv->object && !interval_has_futex(iv) && iv->object_kind != OBJECT_TIMEOUT)
		bytes_printf(&d->text, " object=%" PRIu64, iv->object);
	if (iv->owner && iv->why == REASON_LOCK)
		bytes_printf(&d->text, " holder=%u%s", iv->owner,
			     iv->owner_inferred ? "?"
			     : iv->owner_exited ? "!"
						: "");
	if (iv->timed && iv->timeout_ns)
		bytes_printf(&d->text, " timeout=%" PRIu64, iv->timeout_ns);
	else if (iv->timed && iv->why != REASON_SLEEP)
		bytes_printf(&d->text, " timed");
}

static void put_task_interval(void *payload, const struct interval *iv)
{
	struct dump *d = payload;
	char what[NAME_TEXT_LEN + 64];

	if (!put_part(d, iv))
		return;
	machine_describe(d->machine, iv, what, sizeof(what));
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
	if (iv->cause)
		bytes_printf(&d->text, " cause=%s", cause_key(iv->cause));
	if (iv->state == STATE_BLOCKED)
		put_wait(d, iv);
	if (iv->inferred)
		bytes_printf(&d->text, " inferred");
	if (iv->state == STATE_BLOCKED && strcmp(what, reason_key(iv->why)) != 0)
		bytes_printf(&d->text, " (%s)", what);
	bytes_printf(&d->text, "\n");
}

static void put_cpu_interval(void *payload, const struct interval *iv)
{
	struct dump *d = payload;

	if (!put_part(d, iv))
		return;
	bytes_printf(&d->text, " cpu=%u %s", iv->cpu, state_key(iv->state));
	if (iv->state == STATE_RUNNING)
		put_tid(d, "tid", iv->task);
	bytes_printf(&d->text, "%s\n", iv->inferred ? " inferred" : "");
}

static void put_hold(void *payload, const struct hold *hold)
{
	struct dump *d = payload;

	if (hold->end_ns <= d->begin_ns)
		return;
	put_times(&d->text, hold->begin_ns > d->begin_ns ? hold->begin_ns : d->begin_ns,
		  hold->end_ns);
	put_sync(d, hold->sync);
	bytes_printf(&d->text, " held");
	put_tid(d, "tid", hold->task);
	bytes_printf(&d->text, "%s\n", hold->measured ? "" : " inferred");
}

static void put_gap(void *payload, uint32_t cpu, uint64_t begin_ns, uint64_t end_ns, uint64_t lost)
{
	struct dump *d = payload;

	if (end_ns < d->begin_ns)
		return;
	put_times(&d->text, begin_ns, end_ns);
	bytes_printf(&d->text, " cpu=%u gap lost=%" PRIu64 "\n", cpu, lost);
}

static void put_record(struct dump *d, const struct record *rec)
{
	if (d->machine)
		machine_feed(d->machine, rec);
	else
		text_write_record(rec, &d->text);
}

/* The header of a text that is only the part from begin_ns on. */
static void put_header(struct dump *d)
{
	struct trace_info info = d->src->info;
	uint64_t from_ns = d->options->window.from_ns;

	info.begin_ns += info.begin_ns ? from_ns : 0;
	info.realtime_ns += info.realtime_ns ? from_ns : 0;
	info.boottime_ns += info.boottime_ns ? from_ns : 0;
	text_write_begin(&info, &d->text);
}

/* Now the window is known: the trace began at begin_ns. Goes there, if there is a way. */
static void begin(struct dump *d, uint64_t begin_ns)
{
	const struct window *window = &d->options->window;
	struct sink sink = {.payload = d,
			    .task_interval = put_task_interval,
			    .cpu_interval = put_cpu_interval,
			    .gap = put_gap,
			    .hold = put_hold};
	bool can_seek = window->from_ns && d->src->info.begin_ns;

	d->begun = true;
	d->begin_ns = window->from_ns ? window_at(begin_ns, window->from_ns) : 0;
	d->end_ns = window_at(begin_ns, window->to_ns);
	if (d->options->intervals) {
		d->machine = can_seek ? resume_open(d->src, &sink, d->begin_ns, &d->at_ns)
				      : machine_open(&d->src->info, &sink);
		if (!can_seek)
			machine_take_names(d->machine, d->src);
		d->end = ahead_open(d->options->path);
		machine_foresee(d->machine, d->end);
		return;
	}
	d->at_ns = d->begin_ns;
	put_header(d);
	if (can_seek)
		(void)source_seek(d->src, d->begin_ns, NULL); /* a pipe is read up to there */
}

static void take_record(struct dump *d, const struct record *rec)
{
	if (!d->begun)
		begin(d, rec->ts_ns);
	d->over |= rec->ts_ns >= d->end_ns;
	if (d->over)
		return;
	d->late = d->src->info.quality.late;
	if (rec->ts_ns >= d->at_ns)
		put_record(d, rec);
	else
		d->late_before = d->late;
}

static int dump_records(struct dump *d, struct err *err)
{
	const struct record *rec;
	int res;

	if (d->src->info.begin_ns)
		begin(d, d->src->info.begin_ns);
	d->late = d->late_before = d->src->info.quality.late;
	/* Text ends with facts that a pipe only tells at its end. */
	while (!d->over || (!d->machine && !d->src->info.end_ns)) {
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
		take_record(d, rec);
		if (d->text.len >= FLUSH_BYTES && (res = flush_text(d, err)) < 0)
			return res;
	}
	return 0;
}

/* What is still open at the end of the window or the trace, or the facts known then. */
static int put_end(struct dump *d, struct err *err)
{
	struct trace_info info = d->src->info;

	if (!d->begun)
		begin(d, info.end_ns);
	if (d->over || info.end_ns > d->end_ns)
		info.end_ns = d->end_ns;
	if (d->begin_ns || d->over)
		info.quality.late = d->late - d->late_before;
	if (!d->over && info.end_ns < d->begin_ns &&
	    (!d->machine || machine_now_ns(d->machine) < d->begin_ns))
		return err_set(err, ERANGE, "%s: the trace ends before --from", d->options->path);
	if (d->machine)
		machine_finish(d->machine, info.end_ns);
	else
		text_write_end(&info, &d->text);
	return 0;
}

static int dump(struct dump *d, struct err *err)
{
	int res = dump_records(d, err);

	if (res == 0)
		res = put_end(d, err);
	if (res < 0) {
		flush_text(d, NULL);
		return res;
	}
	return flush_text(d, err);
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
	machine_close(d.end);
	bytes_done(&d.text);
	source_close(d.src);
	return res < 0 ? cmd_fail(&err) : 0;
}
