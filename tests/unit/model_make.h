/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes records that a state machine has something to do with, and writes down what it says. */
#ifndef TEST_MODEL_MAKE_H
#define TEST_MODEL_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "model/machine.h"

static inline void put_interval(void *payload, const struct interval *iv)
{
	struct bytes *out = payload;

	bytes_printf(
	    out,
	    "%llu-%llu task %u cpu %u state %u %u%s waker %u nr %d object %u %llu owner %u%s%s "
	    "cause %u sync %u timeout %d %llu\n",
	    (unsigned long long)iv->begin_ns, (unsigned long long)iv->end_ns, iv->task, iv->cpu,
	    iv->state, iv->why, iv->inferred ? " inferred" : "", iv->waker, iv->nr, iv->object_kind,
	    (unsigned long long)iv->object, iv->owner, iv->owner_inferred ? " inferred" : "",
	    iv->shares         ? " shares"
	    : iv->owner_exited ? " exited"
			       : "",
	    iv->cause, iv->sync, iv->timed, (unsigned long long)iv->timeout_ns);
}

static inline void put_hold(void *payload, const struct hold *hold)
{
	bytes_printf(payload, "%llu-%llu sync %u held by %u%s\n",
		     (unsigned long long)hold->begin_ns, (unsigned long long)hold->end_ns,
		     hold->sync, hold->task, hold->measured ? "" : " inferred");
}

static inline void put_wake(void *payload, const struct wake_edge *e)
{
	bytes_printf(payload, "%llu wake %u by %u on %u in %u nr %d cause %u%s\n",
		     (unsigned long long)e->ts_ns, e->wakee, e->waker, e->cpu, e->context, e->nr,
		     e->cause, e->spurious ? " spurious" : "");
}

static inline struct sink sink_to(struct bytes *out)
{
	return (struct sink){.payload = out,
			     .task_interval = put_interval,
			     .cpu_interval = put_interval,
			     .wake = put_wake,
			     .hold = put_hold};
}

union any_record {
	struct record head;
	struct record_switch sw;
	struct record_block block;
	struct record_waking waking;
	struct record_fork fork;
	struct record_exec exec;
	struct record_lost lost;
	struct record_task task;
	struct record_words words;
	struct record_shared shared;
	uint8_t bytes[RECORD_MAX_BYTES];
};

static inline uint32_t below(unsigned int *seed, uint32_t max)
{
	return (uint32_t)rand_r(seed) % max;
}

/* Records that mostly make sense, with some that do not. */
static inline void next_record(unsigned int *seed, uint64_t *ts, union any_record *rec)
{
	static const uint8_t types[] = {RECORD_SWITCH, RECORD_SWITCH, RECORD_BLOCK, RECORD_WAKING,
					RECORD_WAKING, RECORD_FORK,   RECORD_EXEC,  RECORD_EXIT,
					RECORD_TASK,   RECORD_LOST,   RECORD_COMM,  RECORD_WORDS,
					RECORD_WORDS,  RECORD_SHARED};
	static const uint32_t states[] = {0, 1, 1, 2, 4, 0x80};

	memset(rec, 0, sizeof(*rec));
	*ts += below(seed, 30);
	rec->head.ts_ns = *ts;
	rec->head.type = types[below(seed, sizeof(types))];
	rec->head.cpu = (uint16_t)below(seed, 3);
	rec->head.tid = below(seed, 8);
	rec->head.flags = below(seed, 3) ? 0 : RECORD_F_TRACED;
	switch (rec->head.type) {
	case RECORD_BLOCK:
		rec->block.nr = 202;
		rec->block.object_kind = OBJECT_FUTEX;
		rec->block.args[0] = 0x5000 + below(seed, 3) * 4;
		rec->block.args[1] = below(seed, 2) * 128;
		rec->block.args[2] = 2;
		rec->block.object = (uint64_t)below(seed, 8) << 32 | 2; /* fall through */
	case RECORD_SWITCH:
		rec->sw.next_tid = below(seed, 8);
		rec->sw.prev_state = states[below(seed, 6)];
		break;
	case RECORD_WAKING:
		rec->waking.waker_tid = below(seed, 8);
		rec->waking.nr = below(seed, 3) ? 202 : -1;
		break;
	case RECORD_FORK:
		rec->fork.child_tid = below(seed, 12);
		rec->fork.child_tgid = 1;
		break;
	case RECORD_EXEC:
		rec->exec.old_tid = below(seed, 8);
		break;
	case RECORD_LOST:
		rec->lost.begin_ns = *ts - below(seed, 60);
		rec->lost.count = 1;
		break;
	case RECORD_TASK:
		rec->task.state = (uint32_t) "RSD"[below(seed, 3)];
		rec->task.tgid = 1;
		rec->task.nr = below(seed, 2) ? 202 : -1;
		rec->task.args[0] = 0x5000;
		break;
	case RECORD_WORDS:
		rec->words.uaddr = 0x5000 + below(seed, 3) * 4;
		rec->words.timeout_ns = below(seed, 2) * 50;
		for (unsigned int i = 0; i < RECORD_NR_WORDS; i++)
			rec->words.words[i] = below(seed, 9);
		break;
	case RECORD_SHARED:
		rec->shared.tgid = below(seed, 3);
		rec->shared.uaddr = 0x5000 + below(seed, 3) * 4;
		rec->shared.dev = 1;
		rec->shared.inode = below(seed, 2);
		rec->shared.offset = below(seed, 2) * 8;
		break;
	}
}

#endif
