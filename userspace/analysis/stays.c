/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/stays.h"

#include "base/mem.h"

static void put(struct stays *s, const struct stay *stay)
{
	struct stay *last = s->nr ? &s->at[s->nr - 1] : NULL;

	if (last && last->task == stay->task && last->end_ns == stay->begin_ns) {
		last->end_ns = stay->end_ns;
		last->merged |= stay->merged;
		return;
	}
	s->at = mem_grow(s->at, &s->cap, s->nr + 1, sizeof(*s->at));
	s->at[s->nr++] = *stay;
}

void stays_add(struct stays *s, uint32_t task, uint64_t begin_ns, uint64_t end_ns)
{
	put(s, &(struct stay){.begin_ns = begin_ns, .end_ns = end_ns, .task = task});
}

void stays_append(struct stays *into, struct stays *from)
{
	for (size_t i = 0; i < from->nr; i++)
		put(into, &from->at[i]);
	from->nr = 0;
}

void stays_swap(struct stays *a, struct stays *b)
{
	struct stays stays = *a;

	*a = *b;
	*b = stays;
}

void stays_merge(struct stays *s, uint64_t least_ns)
{
	uint64_t longest_ns = 0;
	size_t kept = 0;

	for (size_t i = 0; i < s->nr; i++) {
		struct stay stay = s->at[i];
		uint64_t ns = stay.end_ns - stay.begin_ns;
		struct stay *last = kept ? &s->at[kept - 1] : NULL;

		if (!last || last->end_ns - last->begin_ns >= least_ns) {
			s->at[kept++] = stay;
			longest_ns = ns;
			continue;
		}
		if (ns > longest_ns) {
			last->task = stay.task;
			longest_ns = ns;
		}
		last->end_ns = stay.end_ns;
		last->merged = true;
	}
	s->nr = kept;
}
