/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/indexed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS      (1u << 16) /* of the table of colours, half of them are used at most */
#define AREA_LEAST 12         /* pixels like their neighbours at the left and above: an area */

struct indexed_color {
	uint32_t rgb;
	uint32_t count; /* 0: no colour is here */
	uint32_t area;
	uint32_t index;
};

static struct indexed_color *slot_of(const struct indexed *ix, uint32_t rgb)
{
	size_t at = (uint32_t)(rgb * UINT32_C(2654435761)) >> 16;

	while (ix->table[at].count && ix->table[at].rgb != rgb)
		at = (at + 1) % SLOTS;
	return &ix->table[at];
}

static bool count_colors(struct indexed *ix, const uint32_t *pixels, size_t stride, size_t width,
			 size_t height)
{
	struct indexed_color *last = NULL;

	for (size_t y = 0; y < height; y++)
		for (size_t x = 0; x < width; x++) {
			const uint32_t *at = &pixels[y * stride + x];
			uint32_t rgb = *at & 0xffffff;

			if (!last || last->rgb != rgb)
				last = slot_of(ix, rgb);
			if (!last->count && ++ix->nr_seen > SLOTS / 2)
				return false;
			last->rgb = rgb;
			last->count++;
			last->area += x && y && (at[-1] & 0xffffff) == rgb &&
				      (*(at - stride) & 0xffffff) == rgb;
		}
	return true;
}

/* Those of areas first, then by how many pixels have them. */
static int more_wanted(const void *a, const void *b)
{
	const struct indexed_color *x = *(struct indexed_color *const *)a,
				   *y = *(struct indexed_color *const *)b;
	bool x_area = x->area >= AREA_LEAST, y_area = y->area >= AREA_LEAST;

	if (x_area != y_area)
		return x_area ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->rgb < y->rgb ? -1 : x->rgb > y->rgb;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	int red = (int)(a >> 16 & 0xff) - (int)(b >> 16 & 0xff);
	int green = (int)(a >> 8 & 0xff) - (int)(b >> 8 & 0xff);
	int blue = (int)(a & 0xff) - (int)(b & 0xff);

	return (uint32_t)(3 * red * red + 4 * green * green + 2 * blue * blue);
}

static void keep(struct indexed *ix, struct indexed_color *color)
{
	color->index = ix->nr;
	ix->colors[ix->nr++] = color->rgb;
}

/* Goes on with the shade that would be missed most, by how many pixels have it and how far it is
 * from what is kept, until there is no room. order: [nr], those from on are not kept yet. */
static void keep_shades(struct indexed *ix, struct indexed_color **order, size_t from, size_t nr)
{
	uint32_t *off = mem_alloc((nr + 1) * sizeof(*off)); /* from the nearest that is kept */

	for (size_t i = from; i < nr; i++) {
		off[i] = UINT32_MAX;
		order[i]->index = 0;
	}
	for (unsigned int seen = 0;; seen++) { /* kept colours that the others were compared with */
		size_t worst = from;

		for (size_t i = from; i < nr && seen < ix->nr; i++) {
			uint32_t d = distance(ix->colors[seen], order[i]->rgb);

			if (d < off[i]) {
				off[i] = d;
				order[i]->index = seen;
			}
			if ((uint64_t)off[i] * order[i]->count >
			    (uint64_t)off[worst] * order[worst]->count)
				worst = i;
		}
		if (seen == ix->nr)
			break;
		if (seen + 1 == ix->nr && ix->nr < INDEXED_MOST && worst < nr && off[worst] > 0)
			keep(ix, order[worst]);
	}
	free(off);
}

bool indexed_init(struct indexed *ix, const uint32_t *pixels, size_t stride, size_t width,
		  size_t height)
{
	size_t nr = 0;

	memset(ix, 0, sizeof(*ix));
	ix->table = mem_zalloc(SLOTS, sizeof(*ix->table));
	if (!count_colors(ix, pixels, stride, width, height)) {
		indexed_done(ix);
		return false;
	}
	struct indexed_color **order = mem_alloc((ix->nr_seen + 1) * sizeof(*order));

	for (size_t i = 0; i < SLOTS; i++)
		if (ix->table[i].count)
			order[nr++] = &ix->table[i];
	qsort(order, nr, sizeof(struct indexed_color *), more_wanted);
	size_t nr_areas = 0;

	while (nr_areas < nr && ix->nr < INDEXED_MOST && order[nr_areas]->area >= AREA_LEAST)
		keep(ix, order[nr_areas++]);
	if (ix->nr == 0) /* noise */
		keep(ix, order[nr_areas++]);
	keep_shades(ix, order, nr_areas, nr);
	free(order);
	return true;
}

void indexed_done(struct indexed *ix)
{
	free(ix->table);
	memset(ix, 0, sizeof(*ix));
}

uint8_t indexed_of(const struct indexed *ix, uint32_t pixel)
{
	return (uint8_t)slot_of(ix, pixel & 0xffffff)->index;
}
