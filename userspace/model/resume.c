/* SPDX-License-Identifier: BSD-2-Clause */
/* Why it is exact: a record's time as delivered never goes back, so "before a time" parts the trace
 * in two whatever the chunks are; and reader_checkpoint promises the same times after a seek. */
#include "model/resume.h"

#include <stdlib.h>

#include "model/names.h"
#include "trace/reader.h"

#define GUESSED_RATIO 3 /* how much a state shrinks in the file, until the first one has told */

struct maker {
	const struct resume_plan *plan;
	struct machine *machine;
	uint64_t due;    /* records before the next one */
	uint64_t stored; /* bytes of all so far */
	uint64_t last_raw, last_stored;
};

/* Records that pay for so many bytes; UINT64_MAX: never. */
static uint64_t price(const struct resume_plan *plan, uint64_t bytes)
{
	unsigned __int128 records;

	if (plan->max_bytes == 0)
		return UINT64_MAX;
	records = (unsigned __int128)bytes * plan->nr_records / plan->max_bytes;
	return records < UINT64_MAX ? (uint64_t)records : UINT64_MAX;
}

/* A checkpoint of what the machine has taken, unless it would be too dear here: then later. */
static int take(struct maker *k, uint64_t ts_ns, struct err *err)
{
	uint64_t nr = machine_nr_records(k->machine);
	size_t len, stored = 0;
	void *bytes;
	int res = machine_save(k->machine, &bytes, &len);

	if (res < 0)
		return res;
	k->due = price(k->plan, k->stored + len * k->last_stored / k->last_raw);
	if (k->due <= nr) {
		res = k->plan->take(k->plan->payload, ts_ns, bytes, len, &stored, err);
		k->stored += stored;
		k->last_raw = len;
		k->last_stored = stored;
		k->due = nr + k->plan->step;
	}
	free(bytes);
	return res;
}

int resume_make(struct source *src, const struct resume_plan *plan, struct err *err)
{
	struct sink nobody = {0};
	struct maker k = {
	    .plan = plan,
	    .machine = machine_open(&src->info, &nobody),
	    .due = plan->step,
	    .last_raw = GUESSED_RATIO,
	    .last_stored = 1,
	};
	uint64_t chunk_end_ns = 0, ts_ns = 0;
	const struct record *rec;
	int res;

	while ((res = source_next(src, &rec, err)) > 0) {
		uint64_t nr = machine_nr_records(k.machine);

		if (reader_chunk_end_ns(src) != chunk_end_ns) {
			if (chunk_end_ns && nr >= k.due)
				ts_ns = chunk_end_ns;
			chunk_end_ns = reader_chunk_end_ns(src);
			if (!plan->go_on(plan->payload, nr))
				break;
		}
		/* Late records of the new chunk belong to what is before. */
		if (ts_ns && rec->ts_ns >= ts_ns) {
			res = take(&k, ts_ns, err);
			ts_ns = 0;
			if (res < 0)
				break;
		}
		machine_feed(k.machine, rec);
	}
	machine_close(k.machine);
	return res < 0 ? res : 0;
}

struct machine *resume_open(struct source *src, const struct sink *sink, uint64_t from_ns,
			    uint64_t *at_ns)
{
	uint64_t before_ns = from_ns;
	const uint8_t *bytes;
	size_t len;

	while (reader_checkpoint(src, before_ns, &bytes, &len, at_ns, NULL) == 0) {
		struct machine *m = machine_restore(&src->info, sink, bytes, len);

		if (m && source_seek(src, *at_ns, NULL) == 0) {
			machine_take_names(m, src);
			return m;
		}
		machine_close(m);
		if (*at_ns == 0)
			break;
		before_ns = *at_ns - 1; /* of another version, or forged: the one before */
	}
	struct machine *m = machine_open(&src->info, sink);

	*at_ns = 0;
	machine_take_names(m, src);
	return m;
}
