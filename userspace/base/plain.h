/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text as people get to see it. Names come from whoever was traced: nothing in them may steer a
 * terminal or break a line. Long numbers come in groups.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdint.h>
#include <stdio.h>

#define PLAIN_COUNT_LEN 32
#define PLAIN_SHARE_LEN 32

/* c, or a blank for white space and '?' for any other control character. */
static inline char plain_char(char c)
{
	return c >= '\t' && c <= '\r' ? ' ' : (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

/*
 * The character (UTF-8) that text begins with, and text behind it; end is not before it. 0xfffd for
 * a byte that belongs to none, which alone is passed.
 */
uint32_t plain_next(const char **text, const char *end);

/*
 * Replaces what is no character by '?', control characters as plain_char does, those of one byte
 * and the others (U+0080 to U+009F, marks of direction, ends of lines). Returns text, which becomes
 * no longer.
 */
char *plain_text(char *text);

/* Writes text to out as plain_text makes it. */
void plain_put(FILE *out, const char *text);

/* Digits of n in groups of three: "48,120". Writes into buf [PLAIN_COUNT_LEN] and returns it. */
const char *plain_count(uint64_t n, char *buf);

/*
 * A part of a whole, to a tenth of a percent: "50.2 %". What rounds to nothing or to all and is not
 * is told apart: "<0.1 %", "99.9 %". "-" of a whole of 0. Writes into buf [PLAIN_SHARE_LEN] and
 * returns it.
 */
const char *plain_share(uint64_t part, uint64_t whole, char *buf);

#endif
