/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/meeting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/names.h"
#include "model/reason.h"
#include "model/sync.h"

uint32_t meeting_index(struct keys *k, const struct view *v, const struct interval *iv)
{
	const struct task *t = machine_task(v->machine, iv->task);
	bool futex = interval_has_futex(iv);

	if (!t->traced || iv->state != STATE_BLOCKED || iv->object == 0 ||
	    iv->object_kind == OBJECT_NONE || iv->object_kind == OBJECT_TIMEOUT ||
	    iv->why == REASON_JOIN || iv->why == REASON_FILE)
		return UINT32_MAX;
	if (futex && iv->sync != SYNC_NONE)
		return keys_index(k, (uint64_t)OBJECT_FUTEX << 32,
				  machine_sync_id(v->machine, iv->sync));
	return keys_index(k, (uint64_t)iv->object_kind << 32 | (futex ? t->tgid : 0), iv->object);
}

const char *meeting_text(const struct view *v, const struct interval *iv, char *out)
{
	const struct sync *s = interval_has_futex(iv) && iv->sync != SYNC_NONE
				   ? machine_sync(v->machine, iv->sync)
				   : NULL;
	char what[48], name[NAME_TEXT_LEN];

	snprintf(what, sizeof(what), "%s", reason_key(iv->why));
	if (s && s->kind != SYNC_FUTEX)
		sync_describe(s, what, sizeof(what));
	if (s && machine_sync_name(v->machine, iv->sync, name, sizeof(name)))
		snprintf(out, MEETING_TEXT_LEN, name_has_noun(name) ? "%.0s%s" : "%s %s", what,
			 name);
	else if (s)
		snprintf(out, MEETING_TEXT_LEN, "%s 0x%" PRIx64, what, s->uaddr);
	else if (!machine_object(v->machine, iv, out, MEETING_TEXT_LEN))
		snprintf(out, MEETING_TEXT_LEN,
			 interval_has_futex(iv) ? "%s 0x%" PRIx64 : "%s %" PRIu64, what,
			 iv->object);
	return out;
}

/* As userspace/collect/cpython.c names it, with or without the shared object's name. */
bool meeting_is_gil(const char *where)
{
	static const char gil[] = "condition GIL";
	size_t len = sizeof(gil) - 1;

	return strncmp(where, gil, len) == 0 &&
	       (where[len] == 0 || strncmp(where + len, " (", 2) == 0);
}
