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

/* c, or '?' for a control character. */
static inline char plain_char(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

/* Replaces the control characters of text and returns it. */
char *plain_text(char *text);

/* Writes text to out, its control characters replaced. */
void plain_put(FILE *out, const char *text);

/* Digits of n in groups of three: "48,120". Writes into buf [PLAIN_COUNT_LEN] and returns it. */
const char *plain_count(uint64_t n, char *buf);

#endif
