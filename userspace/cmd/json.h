/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, a value at a time. Commas, quotes and escapes come by themselves; bytes that are no UTF-8
 * become U+FFFD, so that the output is valid whatever a task calls itself.
 *
 *	struct json j = {.out = stdout};
 *	json_begin(&j, NULL, '{');
 *	json_number(&j, "schema", 1);
 *	json_end(&j, '}');
 */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned int depth;
	unsigned int flat; /* depth from which on everything stays on one line, 0: nothing does */
	bool has_member;   /* something precedes in this object or array */
};

/* key: NULL within an array and at the top. bracket: '{' or '[', and its counterpart at the end. */
void json_begin(struct json *j, const char *key, char bracket);
void json_end(struct json *j, char bracket);
/* A member, or where key is NULL an element, of that value. */
void json_number(struct json *j, const char *key, uint64_t value);
void json_signed(struct json *j, const char *key, int64_t value);
/* Millionths of a whole, as a number 0 to 1. */
void json_share(struct json *j, const char *key, uint64_t millionths);
void json_text(struct json *j, const char *key, const char *text);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
