/* SPDX-License-Identifier: BSD-2-Clause */
/* Growable bytes and the numbers in them. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void bytes_done(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){0};
}

void bytes_grow(struct bytes *b, size_t more)
{
	b->at = mem_grow(b->at, &b->cap, more > SIZE_MAX - b->len ? SIZE_MAX : b->len + more, 1);
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(bytes_reserve(b, len), data, len);
	b->len += len;
}

void bytes_add_zeros(struct bytes *b, size_t len)
{
	if (len == 0)
		return;
	memset(bytes_reserve(b, len), 0, len);
	b->len += len;
}

void bytes_add_u32(struct bytes *b, uint32_t value)
{
	value = htole32(value);
	bytes_add(b, &value, sizeof(value));
}

void bytes_add_u64(struct bytes *b, uint64_t value)
{
	value = htole64(value);
	bytes_add(b, &value, sizeof(value));
}

void bytes_add_varint(struct bytes *b, uint64_t value)
{
	uint8_t *at = bytes_reserve(b, VARINT_MAX_BYTES);

	b->len += (size_t)(varint_put(at, value) - at);
}

void bytes_printf(struct bytes *b, const char *fmt, ...)
{
	va_list ap;
	size_t room = 256;
	int len;

	for (;;) {
		char *at = (char *)bytes_reserve(b, room);

		va_start(ap, fmt);
		len = vsnprintf(at, room, fmt, ap);
		va_end(ap);
		if (len < 0)
			return;
		if ((size_t)len < room)
			break;
		room = (size_t)len + 1;
	}
	b->len += (size_t)len;
}

bool cursor_varint_long(struct cursor *c, uint64_t *value)
{
	const uint8_t *at = c->at;
	uint64_t result = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (at == c->end)
			return false;
		byte = *at++;
		if (shift == 63 && byte > 1)
			return false;
		result |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			c->at = at;
			*value = result;
			return true;
		}
	}
	return false;
}
