/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/quality.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/plain.h"

bool quality_has_all(const struct quality *q)
{
	const struct trace_quality *t = q->trace;

	return !q->lost && !t->missed && !t->late && !t->corrupt && !t->truncated &&
	       !t->unfinished && !t->followed;
}

bool quality_has_no_anomaly(const struct quality *q)
{
	for (unsigned int i = 0; i < ANOMALY_NR; i++)
		if (machine_anomalies(q->machine, i) && !anomaly_is_normal(i))
			return false;
	return true;
}

static void say(bool *said, const char *text)
{
	printf("%s%s", *said ? ", " : "", text);
	*said = true;
}

static void say_count(bool *said, uint64_t nr, const char *one, const char *many)
{
	char number[PLAIN_COUNT_LEN];

	if (!nr)
		return;
	say(said, plain_count(nr, number));
	printf(" %s", nr == 1 ? one : many);
}

void quality_print_flaws(const struct quality *q)
{
	const struct trace_quality *t = q->trace;
	bool said = false;

	say_count(&said, q->lost, "record lost", "records lost");
	if (q->lost && q->gaps)
		printf(" in %" PRIu64 " gap%s", q->gaps, q->gaps == 1 ? "" : "s");
	say_count(&said, t->missed, "probe run skipped by the kernel",
		  "probe runs skipped by the kernel");
	say_count(&said, t->late, "record late", "records late");
	say_count(&said, t->corrupt, "damaged section skipped", "damaged sections skipped");
	if (t->headless)
		say(&said, "the file is cut in its first bytes, nothing is left of it");
	else if (t->truncated)
		say(&said, "the file is cut, its last part is gone");
	else if (t->unfinished)
		say(&said, "no end: the recorder was killed or is still writing");
	if (t->followed)
		say(&said, "another trace stands behind it in the file and is not read");
	for (unsigned int i = 0; i < ANOMALY_NR; i++)
		if (!anomaly_is_normal(i))
			say_count(&said, machine_anomalies(q->machine, i), anomaly_words(i, false),
				  anomaly_words(i, true));
}

/* "4.00 ms of the cores' time (20.0 %)". */
static void print_share(uint64_t part_ns, uint64_t whole_ns, const char *whose)
{
	uint64_t tenths = whole_ns ? (uint64_t)((unsigned __int128)part_ns * 1000 / whole_ns) : 0;
	bool little = part_ns && !tenths;
	char buf[DURATION_LEN];

	if (little)
		tenths = 1;
	printf("%s of the %s time (%s%" PRIu64 ".%" PRIu64 " %%)", duration_text(part_ns, buf),
	       whose, little ? "<" : "", tenths / 10, tenths % 10);
}

void quality_print_unknown(const struct quality *q)
{
	if (!q->core_unknown_ns && !q->task_unknown_ns) {
		printf("no time is unknown");
		return;
	}
	printf("unknown are ");
	if (q->core_unknown_ns)
		print_share(q->core_unknown_ns, q->core_ns, "cores'");
	if (!q->task_unknown_ns)
		return;
	printf("%s", q->core_unknown_ns ? ", and " : "");
	print_share(q->task_unknown_ns, q->task_ns, "traced tasks'");
}
