/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the text twin (docs/format.md, "Text"), as `conctrace dump` prints it or as a hand wrote
 * it: lines of records in order of time, "# key value" lines, comments and blank lines.
 */
#include "import/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "trace/input.h"
#include "trace/text.h"

#define LINE_MAX_BYTES 4096

struct text {
	struct source src;
	struct input in;
	char *path;
	uint64_t line_nr;
	uint64_t last_ts;
	char line[LINE_MAX_BYTES];
	union {
		struct record head;
		uint8_t bytes[RECORD_MAX_BYTES];
	} rec;
	bool held; /* rec was read at open and not delivered yet */
	bool ended, has_nr_cpus, has_begin;
};

static int line_err(const struct text *t, struct err *err, const char *what, const char *which)
{
	return err_set(err, EINVAL, "%s line %llu: %s%s%s", t->path, (unsigned long long)t->line_nr,
		       what, *which ? ": " : "", which);
}

/* 1: t->line holds the next line, without its newline. 0: the end. Or -EAGAIN, -errno. */
static int read_line(struct text *t, struct err *err)
{
	const uint8_t *bytes, *newline;
	size_t want = 1, have, len;
	int result;

	for (;;) {
		result = input_peek(&t->in, want, &bytes, &have);
		if (result < 0 && result != -EAGAIN)
			return err_set(err, -result, "cannot read %s: %s", t->path,
				       strerror(-result));
		newline = have ? memchr(bytes, '\n', have) : NULL;
		if (newline || result == 0 || have >= LINE_MAX_BYTES)
			break;
		if (result == -EAGAIN)
			return -EAGAIN;
		want = have + 1;
	}
	if (have == 0)
		return 0;
	t->line_nr++;
	len = newline ? (size_t)(newline - bytes) : have;
	if (len >= LINE_MAX_BYTES)
		return line_err(t, err, "longer than 4095 bytes", "");
	if (!newline && t->src.follow)
		return t->line_nr--, -EAGAIN;
	memcpy(t->line, bytes, len);
	t->line[len] = 0;
	if (strlen(t->line) != len)
		return line_err(t, err, "has a zero byte", "");
	while (len && isspace((unsigned char)t->line[len - 1]))
		t->line[--len] = 0;
	input_skip(&t->in, newline ? (uint64_t)(newline - bytes) + 1 : have);
	return 1;
}

/* "# key value": a fact if the key is one, else a comment. */
static int read_comment(struct text *t, struct err *err)
{
	char *key = t->line + 1, *value;
	int result;

	while (*key == ' ')
		key++;
	value = strchr(key, ' ');
	if (!value)
		return 0;
	*value++ = 0;
	result = info_read(&t->src.info, key, value);
	if (result < 0)
		return line_err(t, err, key, value);
	if (result > 0 && strcmp(key, "nr_cpus") == 0) {
		t->has_nr_cpus = true;
		if (t->src.info.nr_cpus == 0 || t->src.info.nr_cpus > UINT16_MAX + 1)
			return line_err(t, err, "nr_cpus is not in 1..65536", value);
	}
	t->has_begin |= result > 0 && strcmp(key, "begin_ns") == 0;
	return 0;
}

/* A whole decimal or 0x number. */
static bool read_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
	return errno == 0 && *end == 0 && *out <= max;
}

static bool read_signed(const char *text, unsigned int size, uint64_t *out)
{
	bool negative = *text == '-';
	uint64_t max = size == 4 ? INT32_MAX : INT64_MAX;

	if (!read_number(text + negative, max + negative, out))
		return false;
	if (negative)
		*out = 0 - *out;
	return true;
}

/* Seconds with at most nine digits behind the point. */
static bool read_time(const char *text, uint64_t *out)
{
	uint64_t seconds = 0, ns = 0;
	unsigned int digits = 0;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		if (seconds > UINT64_MAX / 1000000000)
			return false;
		seconds = seconds * 10 + (uint64_t)(*text - '0');
	}
	if (*text == '.')
		for (text++; isdigit((unsigned char)*text) && digits < 9; text++, digits++)
			ns = ns * 10 + (uint64_t)(*text - '0');
	for (; digits < 9; digits++)
		ns *= 10;
	return *text == 0 && !__builtin_mul_overflow(seconds, 1000000000, out) &&
	       !__builtin_add_overflow(*out, ns, out);
}

/* Bare or quoted, \xHH for any byte. */
static bool read_name(const char *text, uint8_t *name, size_t size)
{
	size_t len = strlen(text), nr = 0;

	if (*text == '"') {
		if (len < 2 || text[len - 1] != '"')
			return false;
		text++;
		len -= 2;
	}
	memset(name, 0, size);
	while (len) {
		if (nr == size)
			return false;
		if (*text != '\\') {
			name[nr++] = (uint8_t)*text++;
			len--;
			continue;
		}
		if (len < 4 || text[1] != 'x' || !isxdigit((unsigned char)text[2]) ||
		    !isxdigit((unsigned char)text[3]))
			return false;
		name[nr++] = (uint8_t)strtoul((char[]){text[2], text[3], 0}, NULL, 16);
		text += 4;
		len -= 4;
	}
	return true;
}

static bool read_value(const struct record_field *field, const char *text, uint8_t *at)
{
	uint64_t value;
	uint32_t narrow;
	bool ok;

	switch (field->unit) {
	case UNIT_TEXT:
		return read_name(text, at, field->size);
	case UNIT_TIME:
		ok = read_time(text, &value);
		break;
	case UNIT_SIGNED:
		ok = read_signed(text, field->size, &value);
		break;
	case UNIT_CHAR:
		if (isalpha((unsigned char)text[0]) && text[1] == 0) {
			value = (unsigned char)text[0];
			ok = true;
			break;
		} /* fall through */
	default:
		ok = read_number(text, field->size == 4 ? UINT32_MAX : UINT64_MAX, &value);
	}
	if (!ok)
		return false;
	narrow = (uint32_t)value;
	memcpy(at, field->size == 8 ? (void *)&value : (void *)&narrow, field->size);
	return true;
}

/* The next word; quotes keep blanks in it. NULL at the end. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t"), *end;
	bool quoted = false;

	if (*word == 0)
		return NULL;
	for (end = word; *end && (quoted || (*end != ' ' && *end != '\t')); end++)
		quoted ^= *end == '"';
	*line = *end ? end + 1 : end;
	*end = 0;
	return word;
}

/* One "name=value" of a record, cpu and flags of its head included. */
static int read_field(struct text *t, const struct record_desc *desc, char *word, struct err *err)
{
	char *value = strchr(word, '=');
	uint64_t number;

	if (!value)
		return line_err(t, err, "neither a record type nor name=value", word);
	*value++ = 0;
	if (strcmp(word, "flags") == 0 || strcmp(word, "cpu") == 0) {
		bool is_cpu = *word == 'c';

		if (!read_number(value, is_cpu ? UINT16_MAX : UINT8_MAX, &number))
			return line_err(t, err, is_cpu ? "cpu" : "flags", value);
		if (is_cpu)
			t->rec.head.cpu = (uint16_t)number;
		else
			t->rec.head.flags = (uint8_t)number;
		return 0;
	}
	for (unsigned int f = 0; f < desc->nr_fields; f++) {
		if (strcmp(desc->fields[f].name, word) != 0)
			continue;
		if (!read_value(&desc->fields[f], value, t->rec.bytes + desc->fields[f].offset))
			return line_err(t, err, word, value);
		return 0;
	}
	return err_set(err, EINVAL, "%s line %llu: a %s has no field %s", t->path,
		       (unsigned long long)t->line_nr, desc->name, word);
}

/* A system call nobody names is none, as an absent field of 0 would be read(2). */
static void set_defaults(struct text *t, const struct record_desc *desc)
{
	int32_t none = RECORD_NO_SYSCALL;

	for (unsigned int f = 0; f < desc->nr_fields; f++)
		if (strcmp(desc->fields[f].name, "nr") == 0)
			memcpy(t->rec.bytes + desc->fields[f].offset, &none, sizeof(none));
}

static int read_record(struct text *t, struct err *err)
{
	const struct record_desc *desc;
	char *line = t->line, *word = next_word(&line), *cpu = NULL;
	int result = 0;

	memset(&t->rec, 0, sizeof(t->rec));
	if (!read_time(word, &t->rec.head.ts_ns))
		return line_err(t, err, "no time in seconds", word);
	word = next_word(&line);
	if (word && strncmp(word, "cpu=", 4) == 0) {
		cpu = word;
		word = next_word(&line);
	}
	if (!word)
		return line_err(t, err, "no record type", "");
	t->rec.head.type = (uint8_t)record_type_by_name(word);
	desc = record_desc(t->rec.head.type);
	if (!desc)
		return line_err(t, err, "no such record type", word);
	set_defaults(t, desc);
	if (cpu)
		result = read_field(t, desc, cpu, err);
	while (result == 0 && (word = next_word(&line)))
		result = read_field(t, desc, word, err);
	if (result == 0 && t->rec.head.cpu >= t->src.info.nr_cpus)
		return err_set(err, EINVAL, "%s line %llu: cpu %u, but nr_cpus is %u", t->path,
			       (unsigned long long)t->line_nr, t->rec.head.cpu,
			       t->src.info.nr_cpus);
	return result;
}

/* 1: t->rec holds the next record. */
static int read_next(struct text *t, struct err *err)
{
	int result;

	while ((result = read_line(t, err)) > 0) {
		const char *text = t->line + strspn(t->line, " \t");

		if (*text == 0)
			continue;
		if (*text != '#') {
			result = read_record(t, err);
			return result < 0 ? result : 1;
		}
		if (t->line[0] == '#' && (result = read_comment(t, err)) < 0)
			return result;
	}
	return result;
}

static int text_next(struct source *src, const struct record **rec, struct err *err)
{
	struct text *t = (struct text *)src;
	int result = 1;

	if (t->ended)
		return 0;
	if (!t->held)
		result = read_next(t, err);
	t->held = false;
	if (result == 0 && src->follow && t->in.seekable && src->info.end_ns == 0)
		return -EAGAIN;
	if (result == 0) {
		t->ended = true;
		if (src->info.end_ns == 0)
			src->info.end_ns = t->last_ts;
	}
	if (result <= 0)
		return result;
	if (t->rec.head.ts_ns < t->last_ts) {
		t->rec.head.ts_ns = t->last_ts;
		src->info.quality.late++;
	}
	t->last_ts = t->rec.head.ts_ns;
	*rec = &t->rec.head;
	return 1;
}

/* Highest core number in the file, + 1, where it does not say how many there are. */
static int count_cpus(struct text *t, struct err *err)
{
	uint32_t highest = 0;
	int result;

	while ((result = read_line(t, err)) > 0) {
		const char *cpu = *t->line == '#' ? NULL : strstr(t->line, " cpu=");
		unsigned long number = cpu ? strtoul(cpu + 5, NULL, 10) : 0;

		if (number <= UINT16_MAX && number > highest)
			highest = (uint32_t)number;
	}
	t->src.info.nr_cpus = highest + 1;
	input_seek(&t->in, 0);
	t->line_nr = 0;
	return result;
}

/* Reads on to the first record, so that the facts before it are known. */
static int read_begin(struct text *t, struct err *err)
{
	int result;

	if (t->in.seekable && (result = count_cpus(t, err)) < 0)
		return result;
	if (!t->in.seekable)
		t->src.info.nr_cpus = UINT16_MAX + 1;
	while ((result = read_next(t, err)) == -EAGAIN)
		(void)input_wait(&t->in, -1);
	t->held = result > 0;
	if (result < 0)
		return result;
	if (t->held && !t->has_nr_cpus && !t->in.seekable)
		return err_set(err, EINVAL,
			       "%s: a text from a pipe needs a line \"# nr_cpus N\" before its "
			       "first record",
			       t->path);
	if (t->held && !t->has_begin)
		t->src.info.begin_ns = t->rec.head.ts_ns;
	return 0;
}

static bool text_wait(struct source *src, int timeout_ms)
{
	return input_wait(&((struct text *)src)->in, timeout_ms);
}

static void text_close(struct source *src)
{
	struct text *t = (struct text *)src;

	input_close(&t->in);
	free(t->path);
	free(t);
}

static int text_open(int fd, const char *path, const uint8_t *start, size_t len,
		     struct source **out, struct err *err)
{
	struct text *t = mem_zalloc(1, sizeof(*t));
	int result = input_open(&t->in, fd, start, len);

	t->src.ops = &source_text;
	t->path = mem_strdup(path);
	info_init(&t->src.info);
	if (result < 0)
		err_set(err, -result, "cannot read %s: %s", path, strerror(-result));
	else
		result = read_begin(t, err);
	if (result < 0) {
		text_close(&t->src);
		return result;
	}
	*out = &t->src;
	return 0;
}

static int text_seek(struct source *src, uint64_t ts_ns, struct err *err)
{
	struct text *t = (struct text *)src;

	(void)ts_ns; /* there is no index: the beginning is before everything */
	if (!t->in.seekable)
		return err_set(err, ENOTSUP, "a pipe cannot be entered in the middle");
	input_seek(&t->in, 0);
	src->info.quality.late = 0;
	t->line_nr = t->last_ts = 0;
	t->held = t->ended = false;
	return 0;
}

static bool text_probe(const uint8_t *bytes, size_t len)
{
	return len >= strlen(TEXT_MAGIC) && memcmp(bytes, TEXT_MAGIC, strlen(TEXT_MAGIC)) == 0;
}

const struct source_ops source_text = {
    .name = "text",
    .probe = text_probe,
    .open = text_open,
    .next = text_next,
    .seek = text_seek,
    .wait = text_wait,
    .close = text_close,
};
