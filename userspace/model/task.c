/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HASH_FIRST 1024
#define TID_FREE   UINT32_MAX /* no task's: the kernel's are below 2^22 */

static void hash_init(struct task_table *t, size_t size)
{
	t->hash = mem_alloc(size * sizeof(*t->hash));
	memset(t->hash, 0, size * sizeof(*t->hash));
	for (size_t i = 0; i < size; i++)
		t->hash[i].tid = TID_FREE;
	t->hash_size = size;
	t->hash_used = 0;
}

void task_table_init(struct task_table *t)
{
	memset(t, 0, sizeof(*t));
	hash_init(t, HASH_FIRST);
}

void task_table_done(struct task_table *t)
{
	free(t->slots);
	free(t->hash);
	memset(t, 0, sizeof(*t));
}

/* Fibonacci hashing (Knuth 6.4): tids are mostly consecutive. The place of tid, or the free one
 * where it belongs. */
static struct task_name *place_of(const struct task_table *t, uint32_t tid)
{
	size_t at = (tid * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->hash_size - 1);

	while (t->hash[at].tid != tid && t->hash[at].tid != TID_FREE)
		at = (at + 1) & (t->hash_size - 1);
	return &t->hash[at];
}

uint32_t task_table_find(const struct task_table *t, uint32_t tid)
{
	const struct task_name *place = place_of(t, tid);

	return tid != TID_FREE && place->tid == tid ? place->index : TASK_NONE;
}

static void grow(struct task_table *t)
{
	struct task_name *old = t->hash;
	size_t old_size = t->hash_size;

	hash_init(t, old_size * 2);
	for (size_t i = 0; i < old_size; i++) {
		if (old[i].tid == TID_FREE)
			continue;
		*place_of(t, old[i].tid) = old[i];
		t->hash_used++;
	}
	free(old);
}

void task_table_name(struct task_table *t, uint32_t tid, uint32_t index)
{
	if (tid == TID_FREE)
		return;
	if ((t->hash_used + 1) * 2 > t->hash_size)
		grow(t);
	struct task_name *place = place_of(t, tid);

	t->hash_used += place->tid == TID_FREE;
	*place = (struct task_name){tid, index};
	if (index != TASK_NONE)
		t->slots[index].task.tid = tid;
}

uint32_t task_table_add(struct task_table *t, uint32_t tid)
{
	uint32_t index = (uint32_t)t->nr;

	t->slots = mem_grow(t->slots, &t->cap, t->nr + 1, sizeof(*t->slots));
	struct slot *s = &t->slots[t->nr++];

	memset(s, 0, sizeof(*s));
	s->task.parent = TASK_NONE;
	s->task.exit_code = INFO_NO_STATUS;
	s->task.prio = PRIO_DEFAULT;
	s->task.lent_prio = PRIO_DEFAULT;
	s->open.task = index;
	s->open.cpu = CPU_NONE;
	s->open.waker = TASK_NONE;
	s->open.nr = RECORD_NO_SYSCALL;
	s->open.sync = SYNC_NONE;
	s->waits_for = SYNC_NONE;
	s->heir_of = SYNC_NONE;
	s->last.nr = RECORD_NO_SYSCALL;
	s->last.sync = SYNC_NONE;
	s->wake_waker = TASK_NONE;
	s->last_cpu = CPU_NONE;
	s->queue_cpu = CPU_NONE;
	s->alive = true;
	task_table_name(t, tid, index);
	return index;
}
