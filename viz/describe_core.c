/* SPDX-License-Identifier: BSD-2-Clause */
/* Who had a core in a stretch of many intervals, in words. */
#include <stdlib.h>

#include "base/duration.h"
#include "base/mem.h"
#include "viz/describe.h"

#define SLICES_LOOKED_AT 4096
#define RUNNERS_FOUND    64 /* what others ran counts as others */
#define RUNNERS_NAMED    5

struct runner {
	uint32_t task;
	uint64_t ns;
};

static int by_time(const void *a, const void *b)
{
	const struct runner *x = a, *y = b;

	return x->ns != y->ns ? (x->ns > y->ns ? -1 : 1) : 0;
}

/* Time that each had the core in slices [first, first + nr); *other_ns: of those who found no place
 * in runners. Returns how many, SIZE_MAX: not all of it is in memory, or it is too much. */
static size_t find_runners(const struct lane_data *lane, size_t first, size_t nr,
			   struct runner *runners, uint64_t *other_ns)
{
	size_t nr_runners = 0, end = first + nr < lane->nr ? first + nr : lane->nr;
	struct slice slice;

	*other_ns = 0;
	if (nr > SLICES_LOOKED_AT)
		return SIZE_MAX;
	for (size_t i = first; i < end; i++) {
		size_t k = 0;

		if (!lane_slice(lane, i, &slice))
			return SIZE_MAX;
		if (slice.state != STATE_RUNNING)
			continue;
		uint64_t ns = lane_slice_end(lane, i) - slice.begin_ns;

		while (k < nr_runners && runners[k].task != slice.other)
			k++;
		if (k == RUNNERS_FOUND) {
			*other_ns += ns;
			continue;
		}
		if (k == nr_runners)
			runners[nr_runners++] = (struct runner){slice.other, 0};
		runners[k].ns += ns;
	}
	return nr_runners;
}

void add_runners(const struct view *v, const struct lane_data *lane, const struct ref *ref,
		 struct description *d)
{
	struct runner runners[RUNNERS_FOUND];
	uint64_t other_ns;
	size_t nr = find_runners(lane, ref->index, ref->nr, runners, &other_ns);
	char dur[DURATION_LEN], name[TASK_TEXT_LEN];

	if (nr == SIZE_MAX)
		return;
	qsort(runners, nr, sizeof(*runners), by_time);
	for (size_t i = 0; i < nr && i < RUNNERS_NAMED; i++)
		add_line(d, view_task_color(v, runners[i].task), "%s ran %s",
			 view_task_text(v, runners[i].task, name),
			 duration_text(runners[i].ns, dur));
	for (size_t i = RUNNERS_NAMED; i < nr; i++)
		other_ns += runners[i].ns;
	if (other_ns)
		add_line(d, v->theme.palette->dim, "others ran %s", duration_text(other_ns, dur));
}
