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
#include "cmd/question.h"
#include "import/import.h"
#include "model/names.h"

#define MAX_WORDS 3
#define NAME_LEN  32
#define WIDTH     80
#define NS_PER_S  1000000000ULL

static bool put_time(FILE *out, uint64_t ns)
{
	char text[DURATION_LEN];

	fputs(duration_text(ns, text), out);
	return true;
}

static bool put_number(FILE *out, const struct question *q, uint64_t nr)
{
	fprintf(out, "%" PRIu64, nr);
	*q->nr = nr;
	return true;
}

static bool put_percent(FILE *out, uint64_t part, uint64_t whole)
{
	fprintf(out, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
	return true;
}

static bool put_sum(FILE *out, const struct question *q)
{
	return put_time(out, question_sum(q).ns);
}

static bool put_count(FILE *out, const struct question *q)
{
	return put_number(out, q, question_sum(q).nr);
}

static bool put_mean(FILE *out, const struct question *q)
{
	struct sum sum = question_sum(q);

	return put_time(out, sum.nr ? sum.ns / sum.nr : 0);
}

static bool put_max(FILE *out, const struct question *q)
{
	return put_time(out, question_sum(q).max_ns);
}

static bool put_share(FILE *out, const struct question *q)
{
	struct sum sum = question_sum(q);

	return put_percent(out, sum.ns, sum.lives_ns);
}

static bool put_life(FILE *out, const struct question *q)
{
	uint64_t ns = 0, nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!question_task(q, i, q->who) || lane->nr == 0)
			continue;
		ns += lane->end_ns - lane_begin(lane);
		nr++;
	}
	return put_time(out, nr ? ns / nr : 0);
}

static bool put_tasks(FILE *out, const struct question *q)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		nr += question_task(q, i, q->who) != NULL;
	return put_number(out, q, nr);
}

static bool put_span(FILE *out, const struct question *q)
{
	uint64_t begin_ns = UINT64_MAX, end_ns = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!question_task(q, i, q->who) || lane->nr == 0)
			continue;
		if (lane_begin(lane) < begin_ns)
			begin_ns = lane_begin(lane);
		if (lane->end_ns > end_ns)
			end_ns = lane->end_ns;
	}
	return put_time(out, end_ns > begin_ns ? end_ns - begin_ns : 0);
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

		if (!question_task(q, i, q->who))
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

static bool put_overlap(FILE *out, const struct question *q)
{
	struct overlap found = overlap_of(q);

	return put_percent(out, found.two_ns, found.one_ns);
}

static bool put_most(FILE *out, const struct question *q)
{
	return put_number(out, q, (uint64_t)overlap_of(q).most);
}

static bool put_cores(FILE *out, const struct question *q)
{
	unsigned int nr = 0;

	for (uint32_t cpu = 0; cpu < timeline_nr_cpus(q->tl); cpu++) {
		const struct lane_data *lane = timeline_cpu(q->tl, cpu);
		struct slice slice;
		bool found = false;

		for (size_t i = 0; !found && lane_read(lane, i, &slice); i++)
			found = slice.state == STATE_RUNNING && slice.other != TASK_NONE &&
				question_task(q, slice.other, q->who);
		nr += found;
	}
	return put_number(out, q, nr);
}

static bool put_wakes(FILE *out, const struct question *q)
{
	struct slice slice;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++) {
		const struct lane_data *lane = timeline_task(q->tl, i);

		if (!question_task(q, i, q->whom))
			continue;
		for (size_t s = 0; lane_read(lane, s, &slice); s++)
			nr += slice.state == STATE_BLOCKED && slice.other != TASK_NONE &&
			      question_task(q, slice.other, q->who);
	}
	return put_number(out, q, nr);
}

static bool put_migrations(FILE *out, const struct question *q)
{
	const struct task *task;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if ((task = question_task(q, i, q->who)))
			nr += task->migrations;
	return put_number(out, q, nr);
}

static bool put_preemptions(FILE *out, const struct question *q)
{
	const struct task *task;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < timeline_nr_tasks(q->tl); i++)
		if ((task = question_task(q, i, q->who)))
			nr += task->preemptions;
	return put_number(out, q, nr);
}

/* Whether a strip is of a task asked for and of that kind. */
static bool asked_strip(const struct question *q, uint32_t strip, bool counter)
{
	const struct strips *strips = timeline_strips(q->tl);
	unsigned int level = strip_level(strips, strip);

	return (counter ? level >= STRIP_COUNTERS : level > 0 && level < STRIP_MOMENTS) &&
	       question_task(q, strip_task(strips, strip), q->who);
}

static bool name_matches(const struct question *q, uint32_t number)
{
	char name[STRIP_TEXT_LEN];

	strip_name_text(timeline_strips(q->tl), timeline_machine(q->tl), number, name);
	return fnmatch(q->name, name, 0) == 0;
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

static bool put_region(FILE *out, const struct question *q)
{
	size_t nr;
	uint64_t ns = median_region(q, &nr);

	return nr && put_time(out, ns);
}

static bool put_regions(FILE *out, const struct question *q)
{
	size_t nr;

	median_region(q, &nr);
	return nr && put_number(out, q, nr);
}

/* Stints of coroutines, as the program told of them: what ran before the first switch it did not.
 */
static bool put_turns(FILE *out, const struct question *q)
{
	const struct strips *strips = timeline_strips(q->tl);
	struct slice slice;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < strips_nr(strips); i++) {
		const struct lane_data *lane = timeline_lane(q->tl, LANE_STRIP, i);

		if (strip_level(strips, i) != 0 || !question_task(q, strip_task(strips, i), q->who))
			continue;
		for (size_t s = 0; lane_read(lane, s, &slice); s++)
			nr += slice.state == STATE_RUNNING && !slice.inferred;
	}
	return nr && put_number(out, q, nr);
}

static bool put_object(FILE *out, const struct question *q)
{
	struct question asked = *q;
	char name[NAME_TEXT_LEN];

	if (!question_find_one(&asked, name, sizeof(name)) || !name[0])
		return false;
	fputs(name, out);
	return true;
}

static bool put_highest(FILE *out, const struct question *q)
{
	const struct strips *strips = timeline_strips(q->tl);
	int64_t highest = 0;
	bool found = false;

	for (uint32_t i = 0; i < strips_nr(strips); i++) {
		const struct strip_values *values;

		if (!asked_strip(q, i, true))
			continue;
		values = strip_values(strips, i);
		if (!values->nr || !name_matches(q, values->name))
			continue;
		if (!found || values->max > highest)
			highest = values->max;
		found = true;
	}
	if (found)
		fprintf(out, "%" PRId64, highest);
	*q->nr = (uint64_t)highest;
	return found;
}

enum first { NOTHING, STATE, MARK_NAME }; /* what stands before WHO */

/* put: false if the trace has no such thing; nothing is written then. */
static const struct {
	const char *name;
	enum first first;
	bool has_whom;
	bool (*put)(FILE *out, const struct question *q);
} kinds[] = {
    {"time", STATE, false, put_sum},
    {"count", STATE, false, put_count},
    {"mean", STATE, false, put_mean},
    {"max", STATE, false, put_max},
    {"share", STATE, false, put_share},
    {"object", STATE, false, put_object},
    {"region", MARK_NAME, false, put_region},
    {"regions", MARK_NAME, false, put_regions},
    {"highest", MARK_NAME, false, put_highest},
    {"turns", NOTHING, false, put_turns},
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
		if (question_task(q, i, who))
			return 0;
	return err_set(err, ENOENT, "no task in this trace is called %s", who);
}

/* Writes the number of that row of kinds[]. -ENOENT: the trace has nothing that it is of. */
static int put_kind(FILE *out, struct question *q, size_t kind, struct err *err)
{
	char name[NAME_TEXT_LEN];
	int res = known_task(q, q->who, err);

	if (res == 0 && kinds[kind].has_whom)
		res = known_task(q, q->whom, err);
	if (res == 0 && q->wanted.gil && !question_knows_gil(q))
		res = err_set(err, ENOENT, "this trace names no lock of an interpreter");
	if (res < 0)
		return res;
	if (q->wanted.one)
		question_find_one(q, name, sizeof(name));
	if (kinds[kind].put(out, q))
		return 0;
	return err_set(err, ENOENT, "this trace has no %s of %s", kinds[kind].name, q->who);
}

/* Writes what depends on whether the number before is one: {s}, {one THAT THOSE}. False: it is
 * none of these. */
static bool put_word(FILE *out, char words[][NAME_LEN], int nr, uint64_t number)
{
	if (nr == 1 && strcmp(words[0], "s") == 0)
		fputs(number == 1 ? "" : "s", out);
	else if (nr == 3 && strcmp(words[0], "one") == 0)
		fputs(words[number == 1 ? 1 : 2], out);
	else
		return false;
	return true;
}

/* Answers what stands in braces: text is [len]. number: the last that counts something. */
static int answer(FILE *out, const struct timeline *tl, const char *text, size_t len,
		  uint64_t *number, struct err *err)
{
	char words[MAX_WORDS][NAME_LEN] = {{0}};
	struct question q = {.tl = tl, .nr = number};
	int nr = sscanf(text, "%31[^ \n}] %31[^ \n}] %31[^ \n}]", words[0], words[1], words[2]);

	if (put_word(out, words, nr, *number))
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum first first = kinds[i].first;

		if (nr < 1 || strcmp(kinds[i].name, words[0]) != 0)
			continue;
		if (nr != 2 + (first != NOTHING) + kinds[i].has_whom)
			break;
		q.name = first == MARK_NAME ? words[1] : NULL;
		q.who = first != NOTHING ? words[2] : words[1];
		q.whom = words[2];
		if (first == STATE && !wanted_read(&q.wanted, words[1]))
			break;
		return put_kind(out, &q, i, err);
	}
	return err_set(err, EINVAL, "nothing is known of {%.*s}", (int)len, text);
}

/* Where the sentence at text ends: behind a full stop at the end of a word, or at the end. */
static const char *sentence_end(const char *text)
{
	bool braces = false;

	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			braces = *text == '{';
		if (!braces && *text == '.' && strchr(" \n", text[1]))
			return text + 1;
	}
	return text;
}

static int fill(FILE *out, const struct timeline *tl, const char *text, const char *end,
		struct err *err)
{
	uint64_t number = 0;

	while (text < end) {
		size_t len = strcspn(text, "{");
		int res;

		if (len > (size_t)(end - text))
			len = (size_t)(end - text);
		fwrite(text, 1, len, out);
		text += len;
		if (text == end)
			break;
		len = strcspn(++text, "}");
		res = answer(out, tl, text, len, &number, err);
		if (res < 0)
			return res;
		text += len + (text[len] == '}');
	}
	return 0;
}

/* All sentences but those about what is not there. -ENOENT: that is all of them. */
static int fill_all(FILE *out, const struct timeline *tl, const char *text, struct err *err)
{
	bool any = false;

	while (*text) {
		const char *end = sentence_end(text);
		struct err missing = {0};
		char *filled = NULL;
		size_t len;
		FILE *mem = open_memstream(&filled, &len);
		int res = mem ? fill(mem, tl, text, end, &missing)
			      : err_set(&missing, errno, "no memory for a sentence");

		if (mem && fclose(mem) == 0 && res == 0) {
			fwrite(filled, 1, len, out);
			any = true;
		}
		free(filled);
		if (res < 0 && (res != -ENOENT || !err->code))
			*err = missing;
		if (res < 0 && res != -ENOENT)
			return res;
		text = end + strspn(end, " \n");
		if (*text)
			fputc(' ', out);
	}
	if (!any)
		return -ENOENT;
	*err = (struct err){0};
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
		res = fill_all(mem, tl, text, err);
	if (mem && fclose(mem) == 0 && res == 0) {
		fputs(head, out);
		put_wrapped(out, filled);
	}
	free(filled);
	timeline_close(tl);
	return res;
}
