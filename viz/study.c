/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/study.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/finding.h"
#include "analysis/pass.h"
#include "analysis/standstill.h"
#include "base/clock.h"
#include "base/mem.h"
#include "import/import.h"
#include "model/names.h"
#include "trace/source.h"

#define SO_FAR_NS        UINT64_C(1000000000) /* results of a growing trace are renewed so often */
#define RECORDS_PER_LOOK 256

struct study {
	struct source *src;
	bool owns; /* src is ours: read it */
	struct machine *machine;
	struct pass *pass;
	uint64_t begin_ns;
	uint64_t told_ns; /* wall clock of the last results */
	uint64_t nr_told; /* records then */
	size_t nr_stood;  /* standstills then */
	enum study_state state;
	bool ended;
	struct result *findings, *locks;
};

static void begin(struct study *s, uint64_t ts_ns)
{
	struct sink sink = pass_sink(s->pass);

	s->begin_ns = s->src->info.begin_ns ? s->src->info.begin_ns : ts_ns;
	s->machine = machine_open(&s->src->info, &sink);
	machine_take_names(s->machine, s->src);
	pass_attach(s->pass, s->machine, s->src->info.arch, s->begin_ns, UINT64_MAX);
}

static void take(void *payload, const struct record *rec)
{
	struct study *s = payload;

	if (!s->machine)
		begin(s, rec->ts_ns);
	machine_feed(s->machine, rec);
}

/* Locks may be asked for in between; the others conclude when they are asked. */
static void tell_locks(struct study *s, uint64_t end_ns)
{
	result_close(s->locks);
	s->locks = pass_result(s->pass, &analysis_locks, end_ns);
	s->told_ns = clock_now_ns();
	s->nr_told = machine_nr_records(s->machine);
}

static void tell_so_far(struct study *s)
{
	s->nr_stood = waits_nr(standstill_waits(s->pass));
	if (s->nr_stood) {
		result_close(s->findings);
		s->findings = findings_so_far(s->pass, machine_now_ns(s->machine));
	}
	tell_locks(s, machine_now_ns(s->machine));
	pass_attach(s->pass, s->machine, s->src->info.arch, s->begin_ns, UINT64_MAX);
}

static void finish(struct study *s)
{
	s->state = STUDY_DONE;
	if (!s->machine)
		return;
	uint64_t end_ns = s->src->info.end_ns, now = machine_now_ns(s->machine);

	end_ns = end_ns > now ? end_ns : now;
	machine_finish(s->machine, end_ns);
	tell_locks(s, end_ns);
	result_close(s->findings);
	s->findings = findings_of(s->pass, end_ns);
}

struct study *study_open_file(const char *path, struct err *err)
{
	struct source *src = source_open(path, err);
	struct study *s;

	if (!src)
		return NULL;
	s = mem_zalloc(1, sizeof(*s));
	s->src = src;
	s->owns = true;
	s->pass = pass_open();
	return s;
}

struct study *study_open_tap(struct source *src)
{
	struct study *s = mem_zalloc(1, sizeof(*s));

	s->src = src;
	s->pass = pass_open();
	source_tap(src, take, s);
	return s;
}

void study_close(struct study *s)
{
	if (!s)
		return;
	if (s->owns)
		source_close(s->src);
	else
		source_tap(s->src, NULL, NULL);
	result_close(s->findings);
	result_close(s->locks);
	pass_close(s->pass);
	machine_close(s->machine);
	free(s);
}

/* Reads its own source for a while. */
static void read_some(struct study *s, uint64_t budget_ns)
{
	uint64_t until_ns = clock_now_ns() + budget_ns;
	const struct record *rec;
	struct err err = {0};

	for (unsigned int i = 1; i % RECORDS_PER_LOOK || clock_now_ns() < until_ns; i++) {
		int r = source_next(s->src, &rec, &err);

		if (r > 0) {
			take(s, rec);
			continue;
		}
		if (r == 0)
			s->ended = true;
		else if (r != -EAGAIN)
			s->state = STUDY_FAILED;
		return;
	}
}

bool study_pump(struct study *s, uint64_t budget_ns)
{
	if (!s || s->state != STUDY_READING)
		return false;
	if (s->owns && !s->ended)
		read_some(s, budget_ns);
	if (s->ended) {
		finish(s);
		return true;
	}
	/* Of what still grows the locks so far; a standstill at once. */
	if (s->owns || !s->machine || machine_nr_records(s->machine) == s->nr_told)
		return false;
	if (clock_now_ns() - s->told_ns < SO_FAR_NS &&
	    waits_nr(standstill_waits(s->pass)) == s->nr_stood)
		return false;
	tell_so_far(s);
	return true;
}

void study_end(struct study *s)
{
	if (s && !s->owns)
		s->ended = true;
}

enum study_state study_state(const struct study *s)
{
	return s ? s->state : STUDY_FAILED;
}

double study_progress(const struct study *s)
{
	const struct trace_info *info;

	if (!s || !s->machine || !s->owns)
		return -1;
	info = &s->src->info;
	if (info->end_ns <= s->begin_ns)
		return -1;
	return (double)(machine_now_ns(s->machine) - s->begin_ns) /
	       (double)(info->end_ns - s->begin_ns);
}

const struct result *study_findings(const struct study *s)
{
	return s ? s->findings : NULL;
}

bool study_standstill(const struct study *s, char *out, size_t len)
{
	const struct waits *waits = s && s->machine ? standstill_waits(s->pass) : NULL;

	for (size_t i = waits ? waits_nr(waits) : 0; i-- > 0;) {
		if (waits_at(waits, i)->end_ns)
			continue;
		standstill_sentence(waits_at(waits, i), s->machine, out, len);
		return true;
	}
	return false;
}

const struct result *study_locks(const struct study *s)
{
	return s ? s->locks : NULL;
}
