/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/search.h"

#define MAX_STEPS 4096

void steps_done(struct steps *s)
{
	free(s->at);
	*s = (struct steps){0};
}

void steps_clear(struct steps *s)
{
	s->nr = 0;
}

/* What was waited from some time before the steps on until ts_ns, all together. Between two steps
 * it grows evenly: exact, but within what fold made one. */
static uint64_t waited_until(const struct steps *s, uint64_t ts_ns)
{
	size_t i = search_last(s->at, sizeof(*s->at), 0, s->nr, ts_ns);
	const struct step *step = s->at + i;

	if (s->nr == 0)
		return 0;
	if (ts_ns <= step->ts_ns)
		return step->waited_ns;
	if (i + 1 == s->nr)
		return step->waited_ns + (ts_ns - step->ts_ns) * step->waiters;
	return step->waited_ns +
	       (uint64_t)((unsigned __int128)(step[1].waited_ns - step->waited_ns) *
			  (ts_ns - step->ts_ns) / (step[1].ts_ns - step->ts_ns));
}

/* Of the older half the sum is enough, from since_ns on, or from the first step. */
static void fold(struct steps *s, uint64_t since_ns)
{
	struct step first = s->at[0];
	size_t keep = s->nr / 2;

	if (since_ns > first.ts_ns && since_ns < s->at[keep].ts_ns) {
		first.waited_ns = waited_until(s, since_ns);
		first.ts_ns = since_ns;
	}
	s->nr -= keep;
	memmove(s->at + 1, s->at + keep, s->nr * sizeof(*s->at));
	s->at[0] = first;
	s->nr++;
}

void steps_add(struct steps *s, uint64_t ts_ns, int change, uint64_t since_ns)
{
	struct step step = {.ts_ns = ts_ns};
	size_t at;

	if (s->nr == MAX_STEPS)
		fold(s, since_ns);
	if (s->nr && ts_ns < s->at[0].ts_ns)
		step.ts_ns = s->at[0].ts_ns;
	step.waited_ns = waited_until(s, step.ts_ns);
	s->at = mem_grow(s->at, &s->cap, s->nr + 1, sizeof(*s->at));
	for (at = s->nr++; at && s->at[at - 1].ts_ns > step.ts_ns; at--) {
		s->at[at] = s->at[at - 1];
		s->at[at].waiters += (uint32_t)change;
		s->at[at].waited_ns += (uint64_t)change * (s->at[at].ts_ns - step.ts_ns);
	}
	step.waiters = (at ? s->at[at - 1].waiters : 0) + (uint32_t)change;
	s->at[at] = step;
}

uint64_t steps_take(struct steps *s, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t until_ns = waited_until(s, end_ns);
	uint64_t ns = until_ns - waited_until(s, begin_ns);
	size_t keep = 0;

	while (keep + 1 < s->nr && s->at[keep + 1].ts_ns <= end_ns)
		keep++;
	s->nr -= keep;
	memmove(s->at, s->at + keep, s->nr * sizeof(*s->at));
	return ns;
}
