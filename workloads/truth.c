/* SPDX-License-Identifier: BSD-2-Clause */
/* Options, work of known length, and the facts that a trace is compared with. */
#include "truth.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
#define NAME_LEN 16 /* of prctl(2), with its end */

struct fact {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t a, b;
	uint32_t tid;
	uint32_t kind;
	char name[NAME_LEN];
};

struct truth_log {
	struct truth_log *next;
	size_t nr, room, missing;
	struct fact facts[];
};

/* Written by truth_begin and truth_log_open only: before the threads begin. */
static struct {
	const char *program;
	const char *path;
	FILE *file;
	struct truth_log *logs;
} truth;

/* Set by truth_name: the first thing every thread and every child does. */
static __thread uint32_t my_tid;

static const struct {
	const char *name;
	bool is_span;
	int nr_fields;
} kinds[] = {
    [TRUTH_TASK] = {"task", false, 1},
    [TRUTH_RUNNING] = {"running", true, 1},
    [TRUTH_SLEEP] = {"sleep", true, 0},
    [TRUTH_LOCK_WAIT] = {"lock-wait", true, 1},
    [TRUTH_LOCK_HELD] = {"lock-held", true, 1},
    [TRUTH_PIPE_WAIT] = {"pipe-wait", true, 1},
    [TRUTH_CHILD_WAIT] = {"child-wait", true, 1},
    [TRUTH_FORK] = {"fork", false, 1},
    [TRUTH_EXIT] = {"exit", false, 1},
    [TRUTH_JOB] = {"job", true, 2},
    [TRUTH_COROUTINE_SWITCH] = {"coroutine-switch", false, 2},
    [TRUTH_USAGE] = {"usage", true, 2}, /* its end is cpu_ns */
    [TRUTH_READ_WAIT] = {"read-wait", true, 1},
    [TRUTH_READ_HELD] = {"read-held", true, 1},
    [TRUTH_COND_WAIT] = {"cond-wait", true, 1},
    [TRUTH_JOIN_WAIT] = {"join-wait", true, 1},
    [TRUTH_LOCK_GIVEN_UP] = {"lock-given-up", true, 1},
    [TRUTH_PIPE_FULL] = {"pipe-full", true, 1},
    [TRUTH_SOCKET_WAIT] = {"socket-wait", true, 1},
    [TRUTH_BARRIER_WAIT] = {"barrier-wait", true, 1},
    [TRUTH_POLL_WAIT] = {"poll-wait", true, 0},
    [TRUTH_ENDED] = {"ended", false, 2},
    [TRUTH_BEGAN] = {"began", false, 1},
    [TRUTH_TURN] = {"turn", true, 1},
    [TRUTH_PUT] = {"put", false, 1},
    [TRUTH_GOT] = {"got", false, 1},
    [TRUTH_COUNT] = {"count", false, 1},
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t truth_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t truth_random(uint64_t *seed, uint64_t limit)
{
	/* Knuth's MMIX constants; the low bits are poor, the high ones are not */
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*seed >> 33) % limit;
}

/* "1.5" as 1500000000 when decimals are 9. */
static bool parse_number(const char *text, int decimals, uint64_t *out)
{
	uint64_t value = 0;
	bool point = false;
	int left = decimals;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text == '.' && decimals && !point) {
			point = true;
			continue;
		}
		if (*text < '0' || *text > '9' || value > UINT64_MAX / 100)
			return false;
		if (point && left-- <= 0)
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	for (; left > 0; left--) {
		if (value > UINT64_MAX / 100)
			return false;
		value *= 10;
	}
	*out = value;
	return true;
}

static bool is_seconds(const struct truth_option *option)
{
	return option->arg[0] == 'S';
}

static bool is_choice(const struct truth_option *option)
{
	return strchr(option->arg, '|');
}

const char *truth_word(const char *words, uint64_t idx)
{
	static char word[32];

	for (; idx > 0 && *words; idx--) {
		words += strcspn(words, "|");
		words += *words == '|';
	}
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(words, "|"), words);
	return word;
}

/* As it may be given: of seconds the digits that are needed, one at least. */
static void print_number(char *out, size_t len, const struct truth_option *option, uint64_t value)
{
	size_t end;

	if (!is_seconds(option)) {
		snprintf(out, len, "%llu", (unsigned long long)value);
		return;
	}
	end = (size_t)snprintf(out, len, "%llu.%09llu", (unsigned long long)(value / NS_PER_S),
			       (unsigned long long)(value % NS_PER_S));
	while (out[end - 1] == '0' && out[end - 2] != '.')
		out[--end] = 0;
}

static void print_default(char *out, size_t len, const struct truth_option *option)
{
	if (is_choice(option))
		snprintf(out, len, "%s", truth_word(option->arg, *option->value));
	else
		print_number(out, len, option, *option->value);
}

static void print_help(const struct truth_lesson *lesson)
{
	char left[32], value[32];
	size_t i;

	printf("%s: %s\n\nShows\n%s\nLook for\n%s\nUsage: %s [OPTIONS]\n", lesson->name,
	       lesson->title, lesson->shows, lesson->look, lesson->name);
	for (i = 0; i < lesson->nr_options; i++) {
		const struct truth_option *option = &lesson->options[i];

		print_default(value, sizeof(value), option);
		snprintf(left, sizeof(left), "--%s %s", option->name,
			 is_choice(option) ? "WORD" : option->arg);
		printf("  %-15s %s (%s)\n", left, option->help, value);
		if (is_choice(option))
			printf("%18s%s\n", "", option->arg);
	}
	printf("  %-15s %s\n  %-15s %s\n", "--truth FILE",
	       "write what really happened, a fact per line", "--help", "this text");
}

/* Each line of text behind the key, as userspace/cmd/lessons.c reads it. */
static void print_lines(const char *key, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		printf("%s\t%.*s\n", key, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_description(const struct truth_lesson *lesson)
{
	printf("lesson\t%s\ntitle\t%s\n", lesson->name, lesson->title);
	if (lesson->cores)
		printf("cores\t%u\n", lesson->cores);
	print_lines("expect", lesson->expect);
	print_lines("window", lesson->window);
	print_lines("picture", lesson->picture);
	print_lines("record", lesson->record);
	print_lines("next", lesson->next);
	print_lines("twin-next", lesson->twin_next);
	print_lines("shows", lesson->shows);
	print_lines("look", lesson->look);
	print_lines("twin-look", lesson->twin_look);
	print_lines("seen", lesson->seen);
	print_lines("twin-seen", lesson->twin_seen);
}

static void __attribute__((format(printf, 2, 3), noreturn)) die(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", truth.program);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

static void set_choice(const struct truth_option *option, const char *text)
{
	uint64_t i;

	for (i = 0; *truth_word(option->arg, i); i++) {
		if (strcmp(truth_word(option->arg, i), text) == 0) {
			*option->value = i;
			return;
		}
	}
	die(2, "--%s %s: must be one of %s", option->name, text, option->arg);
}

static void set_number(const struct truth_option *option, const char *text)
{
	char min[32], max[32];

	if (parse_number(text, is_seconds(option) ? 9 : 0, option->value) &&
	    *option->value >= option->min && *option->value <= option->max)
		return;
	print_number(min, sizeof(min), option, option->min);
	print_number(max, sizeof(max), option, option->max);
	die(2, "--%s %s: must be a number from %s to %s", option->name, text, min, max);
}

/* name: [len]. */
static void set_option(const struct truth_lesson *lesson, const char *name, size_t len,
		       const char *text)
{
	size_t i;

	if (len == strlen("truth") && strncmp(name, "truth", len) == 0) {
		if (!text)
			die(2, "--truth needs a file name");
		truth.path = text;
		return;
	}
	for (i = 0; i < lesson->nr_options; i++) {
		const struct truth_option *option = &lesson->options[i];

		if (strlen(option->name) != len || strncmp(option->name, name, len) != 0)
			continue;
		if (!text)
			die(2, "--%s needs a value (see --help)", option->name);
		if (is_choice(option))
			set_choice(option, text);
		else
			set_number(option, text);
		return;
	}
	die(2, "unknown option --%.*s (see --help)", (int)len, name);
}

/* Each --NAME VALUE or --NAME=VALUE. True: they were only to be read. */
static bool read_options(int argc, char **argv, const struct truth_lesson *lesson)
{
	bool check = false;
	int i;

	for (i = 1; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");

		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_help(lesson);
			exit(0);
		}
		if (strcmp(argv[i], "--describe") == 0) {
			print_description(lesson);
			exit(0);
		}
		if (strcmp(argv[i], "--check") == 0) {
			check = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0)
			die(2, "unexpected '%s' (see --help)", argv[i]);
		if (argv[i][len])
			set_option(lesson, argv[i] + 2, len - 2, argv[i] + len + 1);
		else
			set_option(lesson, argv[i] + 2, len - 2, argv[i + 1]), i++;
	}
	return check;
}

void truth_begin(int argc, char **argv, const struct truth_lesson *lesson)
{
	truth.program = lesson->name;
	if (read_options(argc, argv, lesson))
		exit(0);
	if (truth.path) {
		truth.file = fopen(truth.path, "we");
		if (!truth.file)
			die(1, "cannot write %s: %s", truth.path, strerror(errno));
		fprintf(truth.file, "# truth of %s, CLOCK_MONOTONIC ns\n", lesson->name);
	}
}

struct truth_log *truth_log_open(size_t nr_facts)
{
	struct truth_log *log;
	size_t bytes;

	if (!truth.file)
		nr_facts = 0; /* nobody asked */
	bytes = sizeof(*log) + nr_facts * sizeof(*log->facts);
	log = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
		   -1, 0);
	if (log == MAP_FAILED)
		die(1, "no memory for %zu facts: %s", nr_facts, strerror(errno));
	log->room = nr_facts;
	log->next = truth.logs;
	truth.logs = log;
	return log;
}

static struct fact *fact_put(struct truth_log *log, enum truth_kind kind)
{
	struct fact *fact;

	if (log->nr == log->room) {
		log->missing++;
		return NULL;
	}
	fact = &log->facts[log->nr++];
	fact->kind = kind;
	fact->tid = my_tid;
	return fact;
}

void truth_span(struct truth_log *log, enum truth_kind kind, uint64_t begin_ns, uint64_t end_ns,
		uint64_t a, uint64_t b)
{
	struct fact *fact = fact_put(log, kind);

	if (!fact)
		return;
	fact->begin_ns = begin_ns;
	fact->end_ns = end_ns;
	fact->a = a;
	fact->b = b;
}

void truth_told(struct truth_log *log, uint32_t tid, enum truth_kind kind, uint64_t begin_ns,
		uint64_t end_ns, uint64_t a, uint64_t b)
{
	size_t nr = log->nr;

	truth_span(log, kind, begin_ns, end_ns, a, b);
	if (log->nr > nr)
		log->facts[nr].tid = tid;
}

void truth_mark(struct truth_log *log, enum truth_kind kind, uint64_t ts_ns, uint64_t a, uint64_t b)
{
	truth_span(log, kind, ts_ns, ts_ns, a, b);
}

void truth_name(struct truth_log *log, const char *fmt, ...)
{
	char name[NAME_LEN];
	struct fact *fact;
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	prctl(PR_SET_NAME, name);
	my_tid = (uint32_t)syscall(SYS_gettid);
	fact = fact_put(log, TRUTH_TASK);
	if (!fact)
		return;
	fact->begin_ns = fact->end_ns = truth_now_ns();
	fact->a = (uint64_t)getpid();
	memcpy(fact->name, name, sizeof(name));
}

void truth_count(struct truth_log *log, const char *name, uint64_t value)
{
	struct fact *fact = fact_put(log, TRUTH_COUNT);

	if (!fact)
		return;
	fact->begin_ns = fact->end_ns = truth_now_ns();
	fact->a = value;
	snprintf(fact->name, sizeof(fact->name), "%s", name);
}

void truth_usage(struct truth_log *log)
{
	struct rusage before, usage;
	uint64_t now_ns, cpu_ns;

	/* Again until nothing came in between: then all is of one moment. */
	do {
		getrusage(RUSAGE_THREAD, &before);
		now_ns = truth_now_ns();
		cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		getrusage(RUSAGE_THREAD, &usage);
	} while (usage.ru_nvcsw != before.ru_nvcsw || usage.ru_nivcsw != before.ru_nivcsw);
	truth_span(log, TRUTH_USAGE, now_ns, cpu_ns, (uint64_t)usage.ru_nvcsw,
		   (uint64_t)usage.ru_nivcsw);
}

void truth_burn(struct truth_log *log, uint64_t cpu_ns)
{
	uint64_t begin_ns = truth_now_ns(), begin_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	uint64_t used_ns;
	volatile uint64_t sum = 0;
	int i;

	do {
		/* some 5 us, so that reading the clock is the smaller part */
		for (i = 0; i < 5000; i++)
			sum += (uint64_t)i * i;
		used_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_cpu_ns;
	} while (used_ns < cpu_ns);
	truth_span(log, TRUTH_RUNNING, begin_ns, truth_now_ns(), used_ns, 0);
}

void truth_sleep(struct truth_log *log, uint64_t dur_ns)
{
	struct timespec left = {(time_t)(dur_ns / NS_PER_S), (long)(dur_ns % NS_PER_S)};
	uint64_t begin_ns = truth_now_ns();

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
	truth_span(log, TRUTH_SLEEP, begin_ns, truth_now_ns(), 0, 0);
}

static int compare_facts(const void *a, const void *b)
{
	const struct fact *x = *(struct fact *const *)a, *y = *(struct fact *const *)b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static bool has_address(const struct fact *fact)
{
	return fact->kind == TRUTH_LOCK_WAIT || fact->kind == TRUTH_LOCK_HELD ||
	       fact->kind == TRUTH_READ_WAIT || fact->kind == TRUTH_READ_HELD ||
	       fact->kind == TRUTH_LOCK_GIVEN_UP || fact->kind == TRUTH_COND_WAIT;
}

static void write_fact(FILE *file, const struct fact *fact)
{

	if (fact->kind == TRUTH_TASK) {
		fprintf(file, "task\t%u\t%llu\t%s\n", fact->tid, (unsigned long long)fact->a,
			fact->name);
		return;
	}
	if (fact->kind == TRUTH_COUNT) {
		fprintf(file, "count\t%u\t%llu\t%s\t%llu\n", fact->tid,
			(unsigned long long)fact->begin_ns, fact->name,
			(unsigned long long)fact->a);
		return;
	}
	fprintf(file, "%s\t%u\t%llu", kinds[fact->kind].name, fact->tid,
		(unsigned long long)fact->begin_ns);
	if (kinds[fact->kind].is_span)
		fprintf(file, "\t%llu", (unsigned long long)fact->end_ns);
	if (kinds[fact->kind].nr_fields > 0)
		fprintf(file, has_address(fact) ? "\t0x%llx" : "\t%llu",
			(unsigned long long)fact->a);
	if (kinds[fact->kind].nr_fields > 1)
		fprintf(file, "\t%llu", (unsigned long long)fact->b);
	fputc('\n', file);
}

int truth_end(void)
{
	size_t nr = 0, missing = 0, i;
	struct truth_log *log;
	struct fact **all;

	fflush(stdout);
	if (!truth.file)
		return 0;
	for (log = truth.logs; log; log = log->next) {
		nr += log->nr;
		missing += log->missing;
	}
	all = calloc(nr + 1, sizeof(*all));
	if (!all)
		die(1, "no memory to sort %zu facts", nr);
	for (nr = 0, log = truth.logs; log; log = log->next)
		for (i = 0; i < log->nr; i++)
			all[nr++] = &log->facts[i];
	qsort(all, nr, sizeof(*all), compare_facts);
	for (i = 0; i < nr; i++)
		write_fact(truth.file, all[i]);
	free(all);
	if (missing)
		fprintf(truth.file, "# %zu facts found no room\n", missing);
	if (fclose(truth.file) != 0)
		die(1, "cannot write %s: %s", truth.path, strerror(errno));
	return 0;
}
