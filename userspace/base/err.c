/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void replace_control_characters(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -code;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	replace_control_characters(err->text);
	err->code = code;
	return -code;
}

int err_add_context(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	int len;

	if (!err)
		return -EIO;
	memcpy(old, err->text, sizeof(old));
	va_start(args, fmt);
	len = vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(err->text))
		snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
	replace_control_characters(err->text);
	return -err->code;
}
