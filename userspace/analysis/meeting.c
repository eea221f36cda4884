/* SPDX-License-Identifier: BSD-2-Clause */
#include "analysis/meeting.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/reason.h"

uint32_t meeting_index(struct keys *k, const struct view *v, const struct interval *iv)
{
	const struct task *t = machine_task(v->machine, iv->task);
	uint32_t tgid = iv->object_kind == OBJECT_FUTEX ? t->tgid : 0;

	if (!t->traced || iv->state != STATE_BLOCKED || iv->object == 0 ||
	    iv->object_kind == OBJECT_NONE || iv->object_kind == OBJECT_TIMEOUT ||
	    iv->why == REASON_JOIN || iv->why == REASON_FILE)
		return UINT32_MAX;
	return keys_index(k, (uint64_t)iv->object_kind << 32 | tgid, iv->object);
}

const char *meeting_text(const struct view *v, const struct interval *iv, char *out)
{
	(void)v;
	snprintf(out, MEETING_TEXT_LEN,
		 iv->object_kind == OBJECT_FUTEX ? "%s 0x%" PRIx64 : "%s %" PRIu64,
		 reason_key(iv->why), iv->object);
	return out;
}
