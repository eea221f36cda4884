/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the numbers of one trace into a lesson's sentences: a row of the table per kind of number.
 */
#include "cmd/seen.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"
#include "import/import.h"
#include "model/reason.h"
#include "model/timeline.h"

#define MAX_WORDS 3
#define NAME_LEN  32
#define WIDTH     80
#define NS_PER_S  1000000000ULL

/* What a number is asked of: the words of its braces. */
struct question {
	const struct timeline *tl;
	const char *state; /* or the name of a mark; NULL where the kind has none */
	const char *who;
	const char *whom;
};

/* All slices of the tasks and the state asked for. */
struct sum {
	uint64_t ns, max_ns, nr, lives_ns;
};

static const struct task *asked_task(const struct question *q, uint32_t i, const char *who)
{
	const struct task *task = machine_task(timeline_machine(q->tl), i);

	return i != TASK_IDLE && task->traced && fnmatch(who, task->comm, 0) == 0 ? task : NULL;
}

static bool state_matches(const struct slice *slice, const char *state)
{
	if (strcmp(state, state_key(slice->state)) == 0)
		return true;
	return slice->state == STATE_BLOCKED && strcmp(state, reason_key(slice->why)) == 0;
}

static bool state_is_known(const char *state)
{
	for (int i = 0; i < STATE_NR; i++)
		if (strcmp(state, state_key(i)) == 0)
			return true;
	for (int i = 0; i < REASON_NR; i++)
		if (strcmp(state, reason_key(i)) == 0)
			return true;
	return false;
}

static void add_lane(const struct question *q, const struct lane_data *lane, struct sum *sum)
{
	struct slice slice;

	for (size_t i = 0; lane_read(lane, i, &slice); i++) {
		uint64_t ns = lane_slice_end(lane, i) - slice.begin_ns;

		if (slice.state == STATE_EXITED)
			continue;
		sum->lives_ns += ns;
		if (!state_matches(&slice, q->state))
			continue;
		sum->ns += ns;
		sum->nr++;
		if (ns > sum->max_ns)
			sum->max_ns = ns;
	}
}

static struct sum sum_of(const struct question *q)
{
	struct sum sum = {0};

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if (asked_task(q, i, q->who))
			add_lane(q, timeline_task(q->tl, i), &sum);
	return sum;
}

static void put_time(FILE *out, uint64_t ns)
{
	char text[DURATION_LEN];

	fputs(duration_text(ns, text), out);
}

static void put_percent(FILE *out, uint64_t part, uint64_t whole)
{
	fprintf(out, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
}

static void put_sum(FILE *out, const struct question *q)
{
	put_time(out, sum_of(q).ns);
}

static void put_count(FILE *out, const struct question *q)
{
	fprintf(out, "%" PRIu64, sum_of(q).nr);
}

static void put_mean(FILE *out, const struct question *q)
{
	struct sum sum = sum_of(q);

	put_time(out, sum.nr ? sum.ns / sum.nr : 0);
}

static void put_max(FILE *out, const struct question *q)
{
	put_time(out, sum_of(q).max_ns);
}

static void put_share(FILE *out, const struct question *q)
{
	struct sum sum = sum_of(q);

	put_percent(out, sum.ns, sum.lives_ns);
}

static void put_life(FILE *out, const struct question *q)
{
	uint64_t ns = 0, nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!asked_task(q, i, q->who) || lane->nr == 0)
			continue;
		ns += lane->end_ns - lane_begin(lane);
		nr++;
	}
	put_time(out, nr ? ns / nr : 0);
}

static void put_tasks(FILE *out, const struct question *q)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		nr += asked_task(q, i, q->who) != NULL;
	fprintf(out, "%u", nr);
}

static void put_span(FILE *out, const struct question *q)
{
	uint64_t begin_ns = UINT64_MAX, end_ns = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!asked_task(q, i, q->who) || lane->nr == 0)
			continue;
		if (lane_begin(lane) < begin_ns)
			begin_ns = lane_begin(lane);
		if (lane->end_ns > end_ns)
			end_ns = lane->end_ns;
	}
	put_time(out, end_ns > begin_ns ? end_ns - begin_ns : 0);
}

/* One of those asked for begins (1) or ends (-1) to run. */
struct step {
	uint64_t ts_ns;
	int by;
};

static int compare_steps(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->by - y->by;
}

/* How long at least one, and at least two, ran; and how many at most. */
struct overlap {
	uint64_t one_ns, two_ns;
	int most;
};

static struct overlap overlap_of(const struct question *q)
{
	struct overlap found = {0};
	struct step *steps = NULL;
	struct slice slice;
	size_t nr = 0, cap = 0;
	int now = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!asked_task(q, i, q->who))
			continue;
		for (size_t s = 0; lane_read(lane, s, &slice); s++) {
			if (slice.state != STATE_RUNNING)
				continue;
			steps = mem_grow(steps, &cap, nr + 2, sizeof(*steps));
			steps[nr++] = (struct step){slice.begin_ns, 1};
			steps[nr++] = (struct step){lane_slice_end(lane, s), -1};
		}
	}
	if (nr > 0)
		qsort(steps, nr, sizeof(*steps), compare_steps);
	for (size_t i = 0; i < nr; i++) {
		uint64_t ns = i > 0 ? steps[i].ts_ns - steps[i - 1].ts_ns : 0;

		found.one_ns += now >= 1 ? ns : 0;
		found.two_ns += now >= 2 ? ns : 0;
		now += steps[i].by;
		if (now > found.most)
			found.most = now;
	}
	free(steps);
	return found;
}

static void put_overlap(FILE *out, const struct question *q)
{
	struct overlap found = overlap_of(q);

	put_percent(out, found.two_ns, found.one_ns);
}

static void put_most(FILE *out, const struct question *q)
{
	fprintf(out, "%d", overlap_of(q).most);
}

static void put_cores(FILE *out, const struct question *q)
{
	unsigned int nr = 0;

	for (uint32_t cpu = 0; cpu < timeline_nr_cpus(q->tl); cpu++) {
		const struct lane_data *lane = timeline_cpu(q->tl, cpu);
		struct slice slice;
		bool found = false;

		for (size_t i = 0; !found && lane_read(lane, i, &slice); i++)
			found = slice.state == STATE_RUNNING && slice.other != TASK_NONE &&
				asked_task(q, slice.other, q->who);
		nr += found;
	}
	fprintf(out, "%u", nr);
}

static void put_wakes(FILE *out, const struct question *q)
{
	struct slice slice;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!asked_task(q, i, q->whom))
			continue;
		for (size_t s = 0; lane_read(lane, s, &slice); s++)
			nr += slice.state == STATE_BLOCKED && slice.other != TASK_NONE &&
			      asked_task(q, slice.other, q->who);
	}
	fprintf(out, "%" PRIu64, nr);
}

static void put_migrations(FILE *out, const struct question *q)
{
	const struct task *task;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if ((task = asked_task(q, i, q->who)))
			nr += task->migrations;
	fprintf(out, "%" PRIu64, nr);
}

static void put_preemptions(FILE *out, const struct question *q)
{
	const struct task *task;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if ((task = asked_task(q, i, q->who)))
			nr += task->preemptions;
	fprintf(out, "%" PRIu64, nr);
}

/* Whether a strip is of a task asked for and of that kind. */
static bool asked_strip(const struct question *q, uint32_t strip, bool counter)
{
	const struct strips *strips = timeline_strips(q->tl);
	unsigned int level = strip_level(strips, strip);

	return (counter ? level >= STRIP_COUNTERS : level > 0 && level < STRIP_MOMENTS) &&
	       asked_task(q, strip_task(strips, strip), q->who);
}

static bool name_matches(const struct question *q, uint32_t number)
{
	char name[STRIP_TEXT_LEN];

	strip_name_text(timeline_strips(q->tl), timeline_machine(q->tl), number, name);
	return fnmatch(q->state, name, 0) == 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The regions of that name: the median of their lengths, and how many they are. */
static uint64_t median_region(const struct question *q, size_t *nr)
{
	uint64_t *lengths_ns = NULL, median_ns = 0;
	struct slice slice;
	size_t cap = 0;

	*nr = 0;
	for (uint32_t i = 0; i < strips_nr(timeline_strips(q->tl)); i++) {
		const struct lane_data *lane = timeline_lane(q->tl, LANE_STRIP, i);

		if (!asked_strip(q, i, false))
			continue;
		for (size_t s = 0; lane_read(lane, s, &slice); s++) {
			if (slice.state != STATE_RUNNING || !name_matches(q, slice.other))
				continue;
			lengths_ns = mem_grow(lengths_ns, &cap, *nr + 1, sizeof(*lengths_ns));
			lengths_ns[(*nr)++] = lane_slice_end(lane, s) - slice.begin_ns;
		}
	}
	if (*nr > 0) {
		qsort(lengths_ns, *nr, sizeof(*lengths_ns), compare_numbers);
		median_ns = lengths_ns[*nr / 2];
	}
	free(lengths_ns);
	return median_ns;
}

static void put_region(FILE *out, const struct question *q)
{
	size_t nr;
	uint64_t ns = median_region(q, &nr);

	if (nr)
		put_time(out, ns);
	else
		fputs("no time", out);
}

static void put_regions(FILE *out, const struct question *q)
{
	size_t nr;

	median_region(q, &nr);
	fprintf(out, "%zu", nr);
}

static void put_highest(FILE *out, const struct question *q)
{
	const struct strips *strips = timeline_strips(q->tl);
	int64_t highest = 0;

	for (uint32_t i = 0; i < strips_nr(strips); i++) {
		const struct strip_values *values;

		if (!asked_strip(q, i, true))
			continue;
		values = strip_values(strips, i);
		if (values->nr && name_matches(q, values->name) && values->max > highest)
			highest = values->max;
	}
	fprintf(out, "%" PRId64, highest);
}

enum first { NOTHING, STATE, MARK_NAME }; /* what stands before WHO */

static const struct {
	const char *name;
	enum first first;
	bool has_whom;
	void (*put)(FILE *out, const struct question *q);
} kinds[] = {
    {"time", STATE, false, put_sum},
    {"count", STATE, false, put_count},
    {"mean", STATE, false, put_mean},
    {"max", STATE, false, put_max},
    {"share", STATE, false, put_share},
    {"region", MARK_NAME, false, put_region},
    {"regions", MARK_NAME, false, put_regions},
    {"highest", MARK_NAME, false, put_highest},
    {"tasks", NOTHING, false, put_tasks},
    {"life", NOTHING, false, put_life},
    {"span", NOTHING, false, put_span},
    {"overlap", NOTHING, false, put_overlap},
    {"most", NOTHING, false, put_most},
    {"cores", NOTHING, false, put_cores},
    {"wakes", NOTHING, true, put_wakes},
    {"migrations", NOTHING, false, put_migrations},
    {"preemptions", NOTHING, false, put_preemptions},
};

/* Whether the trace has such a task at all: of another trace every number would be 0. */
static int known_task(const struct question *q, const char *who, struct err *err)
{
	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if (asked_task(q, i, who))
			return 0;
	return err_set(err, ENOENT, "no task in this trace is called %s", who);
}

/* Answers what stands in braces: text is [len]. */
static int answer(FILE *out, const struct timeline *tl, const char *text, size_t len,
		  struct err *err)
{
	char words[MAX_WORDS][NAME_LEN] = {{0}};
	struct question q = {.tl = tl};
	int nr = sscanf(text, "%31[^ \n}] %31[^ \n}] %31[^ \n}]", words[0], words[1], words[2]);
	int res;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (nr < 1 || strcmp(kinds[i].name, words[0]) != 0)
			continue;
		if (nr != 2 + (kinds[i].first != NOTHING) + kinds[i].has_whom)
			break;
		q.state = kinds[i].first != NOTHING ? words[1] : NULL;
		q.who = kinds[i].first != NOTHING ? words[2] : words[1];
		q.whom = words[2];
		if (kinds[i].first == STATE && !state_is_known(q.state))
			break;
		res = known_task(&q, q.who, err);
		if (res == 0 && kinds[i].has_whom)
			res = known_task(&q, q.whom, err);
		if (res == 0)
			kinds[i].put(out, &q);
		return res;
	}
	return err_set(err, EINVAL, "nothing is known of {%.*s}", (int)len, text);
}

static int fill(FILE *out, const struct timeline *tl, const char *text, struct err *err)
{
	while (*text) {
		size_t len = strcspn(text, "{");
		int res;

		fwrite(text, 1, len, out);
		text += len;
		if (!*text)
			break;
		len = strcspn(++text, "}");
		res = answer(out, tl, text, len, err);
		if (res < 0)
			return res;
		text += len + (text[len] == '}');
	}
	return 0;
}

/* One paragraph of lines of at most WIDTH columns. */
static void put_wrapped(FILE *out, const char *text)
{
	size_t used = 0;

	for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
		size_t len = strcspn(text, " \n");

		if (used && used + 1 + len > WIDTH) {
			fputc('\n', out);
			used = 0;
		}
		used += (size_t)fprintf(out, "%s%.*s", used ? " " : "  ", (int)len, text);
		text += len;
	}
	fputc('\n', out);
}

int seen_print(FILE *out, const char *head, const char *path, const char *text, struct err *err)
{
	struct source *src = source_open(path, err);
	char *filled = NULL;
	struct timeline *tl;
	size_t len;
	FILE *mem;
	int res;

	if (!src)
		return -EIO;
	tl = timeline_open(src);
	do
		res = timeline_pump(tl, NS_PER_S, err);
	while (res == 1 || res == -EAGAIN);
	mem = open_memstream(&filled, &len);
	if (res == 0 && mem)
		res = fill(mem, tl, text, err);
	if (mem && fclose(mem) == 0 && res == 0) {
		fputs(head, out);
		put_wrapped(out, filled);
	}
	free(filled);
	timeline_close(tl);
	return res;
}
