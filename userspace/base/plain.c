/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/plain.h"

#include <inttypes.h>

char *plain_text(char *text)
{
	for (char *c = text; *c; c++)
		*c = plain_char(*c);
	return text;
}

void plain_put(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(plain_char(*text), out);
}

const char *plain_count(uint64_t n, char *buf)
{
	char digits[PLAIN_COUNT_LEN];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *out = buf;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = 0;
	return buf;
}
