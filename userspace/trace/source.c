/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls the format behind a source. */
#include "trace/source.h"

#include <errno.h>
#include <unistd.h>

int source_next(struct source *src, const struct record **rec, struct err *err)
{
	int r = src->ops->next(src, rec, err);

	if (r > 0 && src->tap)
		src->tap(src->tap_payload, *rec);
	return r;
}

void source_tap(struct source *src, void (*tap)(void *payload, const struct record *rec),
		void *payload)
{
	src->tap = tap;
	src->tap_payload = payload;
}

int source_seek(struct source *src, uint64_t ts_ns, struct err *err)
{
	if (!src->ops->seek)
		return err_set(err, ENOTSUP, "a %s trace cannot be entered in the middle",
			       src->ops->name);
	return src->ops->seek(src, ts_ns, err);
}

void source_follow(struct source *src, bool follow)
{
	src->follow = follow;
}

bool source_wait(struct source *src, int timeout_ms)
{
	return !src->ops->wait || src->ops->wait(src, timeout_ms);
}

void source_keep(struct source *src, int fd)
{
	if (src->ops->keep)
		src->ops->keep(src, fd);
	else
		close(fd);
}

int source_again(struct source *src, struct source **out, struct err *err)
{
	if (!source_can_again(src))
		return err_set(err, ENOTSUP, "a %s trace cannot be read a second time here",
			       src->ops->name);
	return src->ops->again(src, out, err);
}

bool source_can_again(const struct source *src)
{
	return src->ops->again && src->ops->can_again(src);
}

void source_close(struct source *src)
{
	if (src)
		src->ops->close(src);
}
