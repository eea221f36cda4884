/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/duration.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t ns;
};

static const struct unit units[] = {
    {"s", 1000000000}, {"ms", 1000000}, {"\xc2\xb5s", 1000}, {"ns", 1}};

#define NR_UNITS (sizeof(units) / sizeof(units[0]))

const char *duration_text(uint64_t ns, char *buf)
{
	if (ns >= UINT64_C(600000000000)) {
		uint64_t min = (ns + UINT64_C(30000000000)) / UINT64_C(60000000000);

		snprintf(buf, DURATION_LEN, "%" PRIu64 " min", min);
		return buf;
	}
	for (size_t i = 0; i < NR_UNITS; i++) {
		const struct unit *u = &units[i];
		/* Rounding may carry into this unit: 999.6 ms is 1.00 s. */
		uint64_t least = u->ns - u->ns / 2000;

		if (ns < least)
			continue;
		if (u->ns == 1)
			snprintf(buf, DURATION_LEN, "%" PRIu64 " ns", ns);
		else if (ns < u->ns * 10 - u->ns / 200)
			snprintf(buf, DURATION_LEN, "%" PRIu64 ".%02" PRIu64 " %s",
				 (ns + u->ns / 200) / u->ns,
				 (ns + u->ns / 200) % u->ns * 100 / u->ns, u->name);
		else if (ns < u->ns * 100 - u->ns / 20)
			snprintf(buf, DURATION_LEN, "%" PRIu64 ".%" PRIu64 " %s",
				 (ns + u->ns / 20) / u->ns, (ns + u->ns / 20) % u->ns * 10 / u->ns,
				 u->name);
		else
			snprintf(buf, DURATION_LEN, "%" PRIu64 " %s", (ns + u->ns / 2) / u->ns,
				 u->name);
		return buf;
	}
	snprintf(buf, DURATION_LEN, "0 ns");
	return buf;
}

const char *duration_exact(int64_t ns, char *buf)
{
	uint64_t us = ((uint64_t)(ns < 0 ? -ns : ns) + 500) / 1000;

	snprintf(buf, DURATION_LEN, "%s%" PRIu64 ".%03" PRIu64 " %03" PRIu64 " s",
		 ns < 0 ? "-" : "", us / 1000000, us / 1000 % 1000, us % 1000);
	return buf;
}

const char *duration_step(int64_t ns, int64_t step_ns, char *buf)
{
	uint64_t size = (uint64_t)(ns < 0 ? -ns : ns);
	size_t i = 0;

	if (ns == 0) {
		snprintf(buf, DURATION_LEN, "0 s");
		return buf;
	}
	while (i + 1 < NR_UNITS && size < units[i].ns)
		i++;
	uint64_t unit = units[i].ns, part = unit;
	int decimals = 0;

	while (part > 1 && part > (uint64_t)step_ns && decimals < 9) {
		part /= 10;
		decimals++;
	}
	const char *sign = ns < 0 ? "-" : "";

	if (decimals == 0)
		snprintf(buf, DURATION_LEN, "%s%" PRIu64 " %s", sign, size / unit, units[i].name);
	else
		snprintf(buf, DURATION_LEN, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign, size / unit,
			 decimals, size % unit / part, units[i].name);
	return buf;
}

int duration_parse(const char *text, uint64_t *ns, struct err *err)
{
	static const struct unit words[] = {{"ns", 1},
					    {"us", 1000},
					    {"\xc2\xb5s", 1000},
					    {"ms", 1000000},
					    {"s", 1000000000},
					    {"", 1000000000},
					    {"m", UINT64_C(60000000000)},
					    {"min", UINT64_C(60000000000)},
					    {"h", UINT64_C(3600000000000)}};
	const char *p = text;
	uint64_t whole = 0, frac = 0, scale = 1;
	bool digits = false;

	for (; isdigit((unsigned char)*p); p++, digits = true) {
		if (whole > UINT64_MAX / 100)
			goto bad;
		whole = whole * 10 + (uint64_t)(*p - '0');
	}
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, digits = true)
			if (scale < 1000000000) {
				frac = frac * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
	while (*p == ' ')
		p++;
	for (size_t i = 0; digits && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(p, words[i].name) != 0)
			continue;
		if (whole > UINT64_MAX / 2 / words[i].ns)
			goto bad;
		/* frac < scale <= 1e9 and a unit of 3.6e12 would overflow: divide the unit first.
		 */
		uint64_t part = words[i].ns >= scale ? frac * (words[i].ns / scale)
						     : frac * words[i].ns / scale;

		*ns = whole * words[i].ns + part;
		return 0;
	}
bad:
	return err_set(err, EINVAL,
		       "'%s' is no duration: write a number and a unit, as 10s, 1.5ms, 200us",
		       text);
}
