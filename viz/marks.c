/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/marks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/plain.h"

#define NS_PER_S INT64_C(1000000000)

/* "12.345678901" as ns. False: it is no time. */
static bool parse_seconds(const char *text, const char **end, int64_t *out)
{
	bool negative = *text == '-';
	int64_t s = 0, ns = 0, unit = NS_PER_S / 10;
	int digits = 0;

	text += negative;
	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		if (s > INT64_MAX / NS_PER_S / 10 - 1)
			return false;
		s = s * 10 + (*text - '0');
	}
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, digits++, unit /= 10)
			ns += (*text - '0') * unit;
	*end = text;
	*out = (negative ? -1 : 1) * (s * NS_PER_S + ns);
	return digits > 0 && (*text == '\0' || *text == ' ' || *text == '\t');
}

static int read_lines(struct marks *m, FILE *in, struct err *err)
{
	char *line = NULL;
	size_t cap = 0;
	int r = 0;

	for (int nr = 1; getline(&line, &cap, in) >= 0; nr++) {
		const char *at = line;
		int64_t ts_ns;

		line[strcspn(line, "\r\n")] = '\0';
		at += strspn(at, " \t");
		if (*at == '\0' || *at == '#')
			continue;
		if (!parse_seconds(at, &at, &ts_ns)) {
			r = err_set(err, EINVAL, "%s:%d: a mark is a time in seconds and words: %s",
				    m->path, nr, line);
			continue;
		}
		at += strspn(at, " \t");
		if (marks_add(m, ts_ns, at, err) < 0) {
			r = -err->code;
			break;
		}
	}
	free(line);
	return r;
}

void marks_begin(struct marks *m, const char *trace_path)
{
	size_t len = strlen(trace_path) + sizeof(".marks");

	memset(m, 0, sizeof(*m));
	m->path = mem_alloc(len);
	snprintf(m->path, len, "%s.marks", trace_path);
}

int marks_open(struct marks *m, const char *trace_path, struct err *err)
{
	FILE *in;
	int r;

	memset(m, 0, sizeof(*m));
	if (!trace_path || strcmp(trace_path, "-") == 0)
		return 0;
	marks_begin(m, trace_path);
	in = fopen(m->path, "r");
	if (!in)
		return errno == ENOENT ? 0
				       : err_set(err, errno, "cannot read the marks in %s: %s",
						 m->path, strerror(errno));
	r = read_lines(m, in, err);
	fclose(in);
	return r;
}

void marks_done(struct marks *m)
{
	free(m->at);
	free(m->path);
	memset(m, 0, sizeof(*m));
}

size_t marks_after(const struct marks *m, int64_t at_ns)
{
	for (size_t i = 0; i < m->nr; i++)
		if (m->at[i].at_ns > at_ns)
			return i;
	return SIZE_MAX;
}

size_t marks_before(const struct marks *m, int64_t at_ns)
{
	for (size_t i = m->nr; i-- > 0;)
		if (m->at[i].at_ns < at_ns)
			return i;
	return SIZE_MAX;
}

size_t marks_nearest(const struct marks *m, int64_t at_ns)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < m->nr; i++)
		if (best == SIZE_MAX ||
		    llabs(m->at[i].at_ns - at_ns) < llabs(m->at[best].at_ns - at_ns))
			best = i;
	return best;
}

int marks_add(struct marks *m, int64_t at_ns, const char *text, struct err *err)
{
	size_t i = marks_after(m, at_ns);

	/* At one moment there is one without words, or those with them. */
	for (size_t k = i == SIZE_MAX ? m->nr : i; k > 0 && m->at[k - 1].at_ns == at_ns; k--) {
		if (text[0] && m->at[k - 1].text[0])
			continue;
		if (text[0]) {
			snprintf(m->at[k - 1].text, sizeof(m->at[k - 1].text), "%s", text);
			plain_text(m->at[k - 1].text);
		}
		return 0;
	}
	if (m->nr >= MARKS_MAX)
		return err_set(err, ENOSPC, "there are %d marks already: remove some", MARKS_MAX);
	i = i == SIZE_MAX ? m->nr : i;
	m->at = mem_grow(m->at, &m->cap, m->nr + 1, sizeof(*m->at));
	memmove(&m->at[i + 1], &m->at[i], (m->nr++ - i) * sizeof(*m->at));
	m->at[i].at_ns = at_ns;
	snprintf(m->at[i].text, sizeof(m->at[i].text), "%s", text);
	plain_text(m->at[i].text);
	return 0;
}

void marks_remove(struct marks *m, size_t i)
{
	memmove(&m->at[i], &m->at[i + 1], (--m->nr - i) * sizeof(*m->at));
}

static void write_mark(const struct time_mark *mark, FILE *out)
{
	uint64_t ns = (uint64_t)llabs(mark->at_ns);

	fprintf(out, "%s%" PRIu64 ".%09" PRIu64 "%s%s\n", mark->at_ns < 0 ? "-" : "", ns / NS_PER_S,
		ns % NS_PER_S, mark->text[0] ? " " : "", mark->text);
}

int marks_save(const struct marks *m, struct err *err)
{
	char temp[4200];
	FILE *out;
	int failed;

	if (!m->path)
		return 0;
	if (m->nr == 0)
		return unlink(m->path) == 0 || errno == ENOENT
			   ? 0
			   : err_set(err, errno, "cannot remove %s: %s", m->path, strerror(errno));
	snprintf(temp, sizeof(temp), "%s.new", m->path);
	out = fopen(temp, "w");
	if (!out)
		return err_set(err, errno, "the mark is not kept: cannot write %s: %s", m->path,
			       strerror(errno));
	fprintf(out, "# marks of conctrace: seconds since the trace's begin, words\n");
	for (size_t i = 0; i < m->nr; i++)
		write_mark(&m->at[i], out);
	failed = ferror(out);
	failed |= fclose(out);
	if (failed || rename(temp, m->path) < 0) {
		failed = errno ? errno : EIO;
		unlink(temp);
		return err_set(err, failed, "the mark is not kept: cannot write %s: %s", m->path,
			       strerror(failed));
	}
	return 0;
}
