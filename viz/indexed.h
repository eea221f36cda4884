/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A picture's colours as 256 at most, so that a PNG takes a byte for a pixel: every colour of an
 * area, however small, stays what it is; of the shades at the edges of letters the rare ones become
 * the nearest that is kept.
 */
#ifndef VIZ_INDEXED_H
#define VIZ_INDEXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEXED_MOST 256

struct indexed_color;

struct indexed {
	uint32_t colors[INDEXED_MOST]; /* [nr] 0x00RRGGBB */
	unsigned int nr;
	struct indexed_color *table;
	size_t nr_seen;
};

/* Of rows of XRGB pixels, stride of them apart. False: too many different ones, nothing is held. */
bool indexed_init(struct indexed *ix, const uint32_t *pixels, size_t stride, size_t width,
		  size_t height);
/* Frees. */
void indexed_done(struct indexed *ix);

/* Index of the colour that stands for a pixel of that picture. */
uint8_t indexed_of(const struct indexed *ix, uint32_t pixel);

#endif
