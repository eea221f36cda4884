/* SPDX-License-Identifier: BSD-2-Clause */
/* What a slice keeps of an interval, in 32 bytes, and the interval that it tells of again. */
#include "model/lane.h"

_Static_assert(OBJECT_NR <= 128, "a slice has seven bits for it");

/* Whether a wait has a tid in its owner word; of others a slice keeps the time-out there. */
static bool has_owner(const struct interval *iv)
{
	return iv->why == REASON_LOCK || iv->why == REASON_JOIN;
}

#define TIMEOUT_BITS 27 /* and above them how far they are shifted */

static uint32_t timeout_pack(const struct interval *iv)
{
	uint64_t ns = iv->timeout_ns;
	uint32_t shift = 0;

	if (iv->state != STATE_BLOCKED || !iv->timed)
		return 0;
	while (ns >> TIMEOUT_BITS) {
		ns >>= 1;
		shift++;
	}
	if (shift > 31)
		ns = shift = 0;
	/* Timed, but not known how long: no bits, shifted. */
	return ns ? shift << TIMEOUT_BITS | (uint32_t)ns : 1u << TIMEOUT_BITS;
}

static void timeout_unpack(uint32_t packed, struct interval *iv)
{
	uint64_t bits = packed & ((1u << TIMEOUT_BITS) - 1);

	iv->timed = packed != 0;
	iv->timeout_ns = bits << (packed >> TIMEOUT_BITS);
}

struct slice slice_of(const struct interval *iv, uint32_t other)
{
	return (struct slice){
	    .begin_ns = iv->begin_ns,
	    .object = iv->object,
	    .other = other,
	    .owner = has_owner(iv) ? iv->owner : timeout_pack(iv),
	    .nr = (int16_t)(iv->nr == (int16_t)iv->nr ? iv->nr : RECORD_NO_SYSCALL),
	    .cpu = (uint16_t)iv->cpu,
	    .state = iv->state,
	    .why = iv->why,
	    .object_kind = iv->object_kind & 0x7f,
	    .shares = iv->shares,
	    .inferred = iv->inferred,
	    .owner_inferred = iv->owner_inferred,
	    .owner_exited = iv->owner_exited,
	    .cause = iv->cause & 0xf,
	};
}

struct interval slice_interval(const struct slice *s)
{
	struct interval iv = {
	    .begin_ns = s->begin_ns,
	    .task = TASK_NONE,
	    .cpu = s->cpu,
	    .state = s->state,
	    .why = s->why,
	    .inferred = s->inferred,
	    .waker = s->other,
	    .nr = s->nr,
	    .object_kind = s->object_kind,
	    .object = s->object,
	    .shares = s->shares,
	    .owner_inferred = s->owner_inferred,
	    .owner_exited = s->owner_exited,
	    .cause = s->cause,
	    .sync = SYNC_NONE,
	};

	if (has_owner(&iv))
		iv.owner = s->owner;
	else if (iv.state == STATE_BLOCKED)
		timeout_unpack(s->owner, &iv);
	return iv;
}

struct slice slice_of_hole(uint64_t begin_ns)
{
	return (struct slice){
	    .begin_ns = begin_ns,
	    .other = TASK_NONE,
	    .nr = RECORD_NO_SYSCALL,
	    .state = STATE_UNKNOWN,
	    .inferred = 1,
	};
}

static struct slice slice_of_other(uint64_t begin_ns, enum state state, uint32_t other)
{
	return (struct slice){
	    .begin_ns = begin_ns,
	    .other = other,
	    .nr = RECORD_NO_SYSCALL,
	    .state = (uint8_t)state,
	};
}

unsigned int slices_of_hold(const struct hold *hold, uint64_t lane_end_ns, struct slice_part out[2])
{
	uint64_t begin_ns = hold->begin_ns > lane_end_ns ? hold->begin_ns : lane_end_ns;
	unsigned int nr = 0;

	if (begin_ns >= hold->end_ns)
		return 0;
	if (begin_ns > lane_end_ns)
		out[nr++] = (struct slice_part){slice_of_other(lane_end_ns, STATE_IDLE, TASK_NONE),
						begin_ns};
	out[nr] =
	    (struct slice_part){slice_of_other(begin_ns, STATE_RUNNING, hold->task), hold->end_ns};
	out[nr++].slice.inferred = !hold->measured;
	return nr;
}

struct slice slice_of_crowd(uint64_t begin_ns, uint32_t nr_waiters)
{
	return slice_of_other(begin_ns, nr_waiters ? STATE_RUNNABLE : STATE_IDLE, nr_waiters);
}
