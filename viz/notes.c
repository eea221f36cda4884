/* SPDX-License-Identifier: BSD-2-Clause */
#include "viz/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/view.h"

#define EDGE_PART 100 /* of the run at either end: where it begins and ends by chance */
#define NAME_PART 8   /* of the run behind a finding: its name stands there if the bar is short */

void notes_done(struct notes *n)
{
	free(n->line);
	memset(n, 0, sizeof(*n));
}

bool finding_is_throughout(const struct view *v, const struct finding *f)
{
	uint64_t begin_ns = timeline_begin_ns(v->tl), end_ns = timeline_end_ns(v->tl);
	uint64_t edge_ns = (end_ns - begin_ns) / EDGE_PART;

	return f->begin_ns <= begin_ns + edge_ns && f->end_ns + edge_ns >= end_ns;
}

/* The first line on which nothing before i lies, the last one if there is none. */
static unsigned int free_line(const struct notes *n, const struct result *r, size_t i,
			      uint64_t room_ns)
{
	unsigned int first = n->nr_throughout > 0;
	const struct finding *f = &r->findings[i];

	for (unsigned int line = first; line + 1 < first + NOTES_PARTS; line++) {
		bool free = true;

		for (size_t k = 0; k < i && free; k++) {
			const struct finding *g = &r->findings[k];

			free = n->line[k] != line || f->begin_ns >= g->end_ns + room_ns ||
			       g->begin_ns >= f->end_ns + room_ns;
		}
		if (free)
			return line;
	}
	return first + NOTES_PARTS - 1;
}

bool notes_update(struct notes *n, const struct view *v)
{
	const struct result *r = study_findings(v->study);
	uint64_t room_ns = (timeline_end_ns(v->tl) - timeline_begin_ns(v->tl)) / NAME_PART;
	unsigned int before = n->nr_lines;

	n->nr = r ? r->nr_findings : 0;
	n->nr_throughout = 0;
	n->line = mem_grow(n->line, &n->cap, n->nr + 1, sizeof(*n->line));
	for (size_t i = 0; i < n->nr; i++) {
		bool all = finding_is_throughout(v, &r->findings[i]);

		n->line[i] = NOTES_THROUGHOUT;
		n->nr_throughout += all;
	}
	n->nr_lines = n->nr_throughout > 0;
	for (size_t i = 0; i < n->nr; i++) {
		if (finding_is_throughout(v, &r->findings[i]))
			continue;
		n->line[i] = (uint8_t)free_line(n, r, i, room_ns);
		if (n->line[i] >= n->nr_lines)
			n->nr_lines = n->line[i] + 1u;
	}
	n->marks = v->marks->nr > 0;
	n->nr_lines += n->marks;
	return n->nr_lines != before;
}
