/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace's facts as "key value" lines: one table says where each is kept. */
#include "trace/info.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum fact_kind { FACT_TEXT, FACT_U32, FACT_U64, FACT_I32, FACT_BOOL };

struct fact {
	const char *key;
	size_t offset;
	size_t size; /* of a text */
	enum fact_kind kind;
	bool at_end; /* known only when recording is over */
	uint64_t unknown;
};

#define TEXT(member)                                                              \
	{                                                                         \
#member, offsetof(struct trace_info, member),                     \
		    sizeof(((struct trace_info *)0)->member), FACT_TEXT, false, 0 \
	}
#define FACT(member, kind, at_end, unknown)                                            \
	{                                                                              \
#member, offsetof(struct trace_info, member), 0, kind, at_end, unknown \
	}
#define QUALITY(member, kind)                                                          \
	{                                                                              \
#member, offsetof(struct trace_info, quality.member), 0, kind, true, 0 \
	}

static const struct fact facts[] = {
    TEXT(kernel),
    TEXT(arch),
    TEXT(command),
    TEXT(probes),
    FACT(nr_cpus, FACT_U32, false, 0),
    FACT(target_tid, FACT_U32, false, 0),
    FACT(begin_ns, FACT_U64, false, 0),
    FACT(realtime_ns, FACT_U64, false, 0),
    FACT(boottime_ns, FACT_U64, false, 0),
    FACT(end_ns, FACT_U64, true, 0),
    FACT(exit_status, FACT_I32, true, (uint64_t)INFO_NO_STATUS),
    QUALITY(lost, FACT_U64),
    QUALITY(late, FACT_U64),
    QUALITY(missed, FACT_U64),
    QUALITY(truncated, FACT_BOOL),
    QUALITY(unfinished, FACT_BOOL),
    QUALITY(corrupt, FACT_U64),
};

#define NR_FACTS (sizeof(facts) / sizeof(facts[0]))

void info_init(struct trace_info *info)
{
	*info = (struct trace_info){.nr_cpus = 1, .exit_status = INFO_NO_STATUS};
}

static void write_text(const char *text, struct bytes *out)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || c == '\\')
			bytes_printf(out, "\\x%02x", c);
		else
			bytes_add(out, &c, 1);
	}
}

/* The inverse; what is not \xHH stays as it is. Cut at size - 1 bytes. */
static void read_text(char *text, size_t size, const char *value)
{
	size_t len = 0;

	while (*value && len < size - 1) {
		if (value[0] == '\\' && value[1] == 'x' && isxdigit((unsigned char)value[2]) &&
		    isxdigit((unsigned char)value[3])) {
			char hex[] = {value[2], value[3], 0};

			text[len++] = (char)strtoul(hex, NULL, 16);
			value += 4;
		} else {
			text[len++] = *value++;
		}
	}
	text[len] = 0;
}

static uint64_t fact_get(const struct trace_info *info, const struct fact *fact)
{
	const char *at = (const char *)info + fact->offset;

	switch (fact->kind) {
	case FACT_U32:
		return *(const uint32_t *)at;
	case FACT_I32:
		return (uint64_t)(int64_t) * (const int32_t *)at;
	case FACT_BOOL:
		return *(const bool *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void info_write(const struct trace_info *info, const char *prefix, bool at_end,
		       struct bytes *out)
{
	for (const struct fact *fact = facts; fact < facts + NR_FACTS; fact++) {
		const char *text = (const char *)info + fact->offset;

		if (fact->at_end != at_end)
			continue;
		if (fact->kind == FACT_TEXT ? !*text : fact_get(info, fact) == fact->unknown)
			continue;
		bytes_printf(out, "%s%s ", prefix, fact->key);
		if (fact->kind == FACT_TEXT)
			write_text(text, out);
		else if (fact->kind == FACT_I32)
			bytes_printf(out, "%" PRId64, (int64_t)fact_get(info, fact));
		else
			bytes_printf(out, "%" PRIu64, fact_get(info, fact));
		bytes_printf(out, "\n");
	}
}

void info_write_begin(const struct trace_info *info, const char *prefix, struct bytes *out)
{
	info_write(info, prefix, false, out);
}

void info_write_end(const struct trace_info *info, const char *prefix, struct bytes *out)
{
	info_write(info, prefix, true, out);
}

/* A decimal number between min and max, nothing else. */
static bool read_unsigned(const char *value, uint64_t max, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*value))
		return false;
	errno = 0;
	*out = strtoull(value, &end, 10);
	return errno == 0 && *end == 0 && *out <= max;
}

static int fact_read(struct trace_info *info, const struct fact *fact, const char *value)
{
	char *at = (char *)info + fact->offset;
	bool negative = fact->kind == FACT_I32 && *value == '-';
	uint64_t max = fact->kind == FACT_U64   ? UINT64_MAX
		       : fact->kind == FACT_U32 ? UINT32_MAX
		       : fact->kind == FACT_I32 ? INT32_MAX
						: 1;
	uint64_t number;

	if (fact->kind == FACT_TEXT) {
		read_text(at, fact->size, value);
		return 1;
	}
	if (!read_unsigned(value + negative, max, &number))
		return -EINVAL;
	if (fact->kind == FACT_U64)
		*(uint64_t *)at = number;
	else if (fact->kind == FACT_U32)
		*(uint32_t *)at = (uint32_t)number;
	else if (fact->kind == FACT_I32)
		*(int32_t *)at = negative ? -(int32_t)number : (int32_t)number;
	else
		*(bool *)at = number;
	return 1;
}

int info_read(struct trace_info *info, const char *key, const char *value)
{
	for (const struct fact *fact = facts; fact < facts + NR_FACTS; fact++)
		if (strcmp(fact->key, key) == 0)
			return fact_read(info, fact, value);
	return 0;
}
