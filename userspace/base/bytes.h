/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that grow, and the numbers in them: little endian of fixed width, LEB128 of variable width.
 * Reading never passes the end: a cursor answers false instead. Knows nothing of tracing.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VARINT_MAX_BYTES 10 /* of 64 bits; 5 of 32 bits */

/* A growable array of bytes. {0} is empty. Pointers into it hold until it grows. */
struct bytes {
	uint8_t *at;
	size_t len;
	size_t cap;
};

/* Frees; the struct is empty and usable afterwards. */
void bytes_done(struct bytes *b);

/* Grows the room, not len, to at least more bytes past len. Use bytes_reserve. */
void bytes_grow(struct bytes *b, size_t more);

/* Room for more bytes after the present ones; returns where they begin. len does not change. */
static inline uint8_t *bytes_reserve(struct bytes *b, size_t more)
{
	if (b->cap - b->len < more)
		bytes_grow(b, more);
	return b->at + b->len;
}

/* Append, growing as needed; integers are stored little-endian. */
void bytes_add(struct bytes *b, const void *data, size_t len);
void bytes_add_zeros(struct bytes *b, size_t len);
void bytes_add_u32(struct bytes *b, uint32_t value);
void bytes_add_u64(struct bytes *b, uint64_t value);
void bytes_add_varint(struct bytes *b, uint64_t value);

/* Appends formatted text, without the closing zero. */
void bytes_printf(struct bytes *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Little-endian integers at any address. */
static inline uint16_t le16_get(const void *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static inline uint32_t le32_get(const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t le64_get(const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static inline void le32_put(void *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void le64_put(void *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

/* Small magnitudes of either sign to small numbers: 0 -1 1 -2 ... to 0 1 2 3 ... */
static inline uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

/* The inverse of zigzag. */
static inline int64_t unzigzag(uint64_t value)
{
	return (int64_t)((value >> 1) ^ -(value & 1));
}

/* Writes value at at, where VARINT_MAX_BYTES are free; returns the byte after it. */
static inline uint8_t *varint_put(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)value | 0x80;
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

/* What is left to read. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* Longer than one byte, or at the end. Use cursor_varint. */
bool cursor_varint_long(struct cursor *c, uint64_t *value);

/* False, and nothing read, if the number is cut or longer than 64 bits. */
static inline bool cursor_varint(struct cursor *c, uint64_t *value)
{
	if (c->at < c->end && *c->at < 0x80) {
		*value = *c->at++;
		return true;
	}
	return cursor_varint_long(c, value);
}

/* The next len bytes, or NULL if there are fewer. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if ((size_t)(c->end - at) < len)
		return NULL;
	c->at += len;
	return at;
}

#endif
