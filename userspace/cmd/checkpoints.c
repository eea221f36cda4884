/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/checkpoints.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "import/import.h"
#include "model/resume.h"

/*
 * So many records are read in a few hundredths of a second: to have checkpoints closer gains
 * nothing. Time has no part in it, as it costs nothing to read a second in which nothing happened.
 */
#define STEP_RECORDS 200000
#define FILE_SHARE   100       /* of the file, at most one part in so many */
#define PATIENCE_NS  500000000 /* then progress is shown */
#define PROGRESS_NS  100000000 /* and so often */

struct adding {
	const struct checkpoints *c;
	uint64_t nr_records;
	uint64_t next_ns; /* when to show progress */
	bool shown;
};

/* The file behind fd, which may be open for writing only, renamed or removed. */
static struct source *open_again(const struct checkpoints *c, uint64_t nr_bytes)
{
	struct stat st;
	char link[64];
	int fd;

	/* What stands before in the file, or was written behind our back, is another trace. */
	if (fstat(c->fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != nr_bytes)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", c->fd);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : source_open_fd(fd, c->path, NULL);
}

static int take(void *payload, uint64_t ts_ns, const void *bytes, size_t len, size_t *stored,
		struct err *err)
{
	struct adding *a = payload;
	uint64_t nr_records, before, after;
	int res;

	writer_totals(a->c->writer, &nr_records, &before);
	res = writer_checkpoint(a->c->writer, ts_ns, bytes, len, err);
	if (res < 0)
		return res;
	writer_totals(a->c->writer, &nr_records, &after);
	*stored = after - before;
	return 0;
}

static bool go_on(void *payload, uint64_t nr_records)
{
	struct adding *a = payload;
	uint64_t now = clock_now_ns();

	if (a->c->show && now >= a->next_ns) {
		fprintf(stderr, "\rconctrace: writing checkpoints, %llu %%",
			(unsigned long long)(nr_records * 100 / a->nr_records));
		a->next_ns = now + PROGRESS_NS;
		a->shown = true;
	}
	writer_push(a->c->writer); /* the viewer may still have to take what came last */
	return a->c->go_on(a->c->payload);
}

void checkpoints_add(const struct checkpoints *c)
{
	struct adding a = {.c = c, .next_ns = clock_now_ns() + PATIENCE_NS};
	struct resume_plan plan = {.payload = &a, .take = take, .go_on = go_on};
	struct err err = {0};
	struct source *src;
	uint64_t nr_bytes;
	int res;

	writer_totals(c->writer, &a.nr_records, &nr_bytes);
	if (a.nr_records <= STEP_RECORDS)
		return;
	src = open_again(c, nr_bytes);
	if (!src)
		return;
	plan.step = STEP_RECORDS;
	plan.nr_records = a.nr_records;
	plan.max_bytes = nr_bytes / FILE_SHARE;
	res = resume_make(src, &plan, &err);
	source_close(src);
	if (a.shown)
		fprintf(stderr, "\r\033[K");
	if (res < 0 && !c->quiet)
		fprintf(
		    stderr,
		    "conctrace: cannot add checkpoints, so reading begins at the beginning: %s\n",
		    err.text);
}
