/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/plain.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

uint32_t plain_next(const char **text, const char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length */
	const unsigned char *p = (const unsigned char *)*text;
	size_t left = (size_t)(end - *text);
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));

	if (len > left || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
		goto bad;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		goto bad;
	*text += len;
	return c ? c : 0xfffd;
bad:
	*text += 1;
	return 0xfffd;
}

/* Control characters, and what turns the direction of all that follows or breaks the line. */
static bool steers(uint32_t c)
{
	return c <= 0x9f || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The character at text, to out: [4]; returns its length, and text is behind it. */
static size_t put_next(const char **text, const char *end, char *out)
{
	const char *from = *text;
	uint32_t c = plain_next(text, end);
	size_t len = (size_t)(*text - from);

	if (len == 1)
		*out = c == 0xfffd ? '?' : plain_char(*from);
	else if (steers(c))
		*out = '?';
	else
		memmove(out, from, len);
	return steers(c) ? 1 : len;
}

char *plain_text(char *text)
{
	const char *from = text, *end = text + strlen(text);
	char *to = text;

	while (from < end)
		to += put_next(&from, end, to);
	*to = 0;
	return text;
}

void plain_put(FILE *out, const char *text)
{
	const char *end = text + strlen(text);
	char c[4];

	while (text < end)
		fwrite(c, 1, put_next(&text, end, c), out);
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

const char *plain_share(uint64_t part, uint64_t whole, char *buf)
{
	uint64_t tenths =
	    whole ? (uint64_t)(((unsigned __int128)part * 1000 + whole / 2) / whole) : 0;

	if (part < whole && tenths == 1000)
		tenths = 999;
	if (whole == 0)
		snprintf(buf, PLAIN_SHARE_LEN, "-");
	else if (part > 0 && tenths == 0)
		snprintf(buf, PLAIN_SHARE_LEN, "<0.1 %%");
	else
		snprintf(buf, PLAIN_SHARE_LEN, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10,
			 tenths % 10);
	return buf;
}
