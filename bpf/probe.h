/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What every probe stands on: the knobs the collector sets before loading, the flags of a task, and
 * the per-CPU buffers. A record costs one clock read and its stores; nobody is ever woken.
 */
#ifndef BPF_PROBE_H
#define BPF_PROBE_H

#include "kernel.h"

/* Knobs: constants to the verifier, so a filter not asked for is removed as dead code. */
const volatile uint32_t ring_bytes = 1 << 20; /* data of one buffer, a power of two */
const volatile uint32_t target_tgid; /* COMMAND or -p: its threads are traced, and what they fork */
const volatile uint32_t self_tgid;   /* the tracer */
const volatile bool trace_all;       /* -a */
const volatile bool switch_has_state;          /* prev_state is the 4th argument since v5.18 */
const volatile bool exit_has_group_dead;       /* group_dead is the 2nd argument since v6.16 */
const volatile uint8_t calls[RECORD_NR_CALLS]; /* enum record_call by number */
const volatile uint8_t compat_calls[RECORD_NR_CALLS]; /* the same of 32-bit calls */
const volatile uint64_t object_salt; /* random, odd: kernel addresses stay in the kernel */

uint64_t nr_no_ring;  /* records of cores that came up after the buffers were made */
uint64_t nr_no_flags; /* tasks there was no memory to mark */

/* The mark of a task: RECORD_F_TRACED and RECORD_F_SELF, TASK_SEVERAL, and above TASK_PRIO_SHIFT
 * the priority that was told last; absent: none of these, and PRIO_DEFAULT. Inherited at fork. With
 * trace_all every task has one, for its priority: only the walk and fork may make one, as a switch
 * holds the run queue's lock. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, uint32_t);
} task_marks SEC(".maps");

/* struct record_ring, RECORD_RINGS_PER_CPU for each core; sizes are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(struct record_ring) + (1 << 20) + RECORD_MAX_BYTES);
	__uint(max_entries, RECORD_RINGS_PER_CPU);
} rings SEC(".maps");

#define TASK_FLAGS_MASK 0xff
#define TASK_SEVERAL    0x100 /* when it left its core last, it waited for any of several files */
#define TASK_PRIO_SHIFT 9
#define PRIO_DEFAULT    120 /* nice 0 */

static __always_inline int32_t prio_told(uint32_t mark)
{
	return PRIO_DEFAULT + ((int32_t)mark >> TASK_PRIO_SHIFT);
}

static __always_inline uint32_t mark_with_prio(uint32_t mark, int32_t prio)
{
	return (mark & ((1 << TASK_PRIO_SHIFT) - 1)) | (uint32_t)(prio - PRIO_DEFAULT)
							   << TASK_PRIO_SHIFT;
}

static __always_inline uint32_t *mark_at(struct task_struct *task)
{
	return bpf_task_storage_get(&task_marks, task, NULL, 0);
}

static __always_inline uint32_t flags_of(struct task_struct *task)
{
	uint32_t *mark = mark_at(task);

	return mark ? *mark & TASK_FLAGS_MASK : 0;
}

static __always_inline bool is_traced(struct task_struct *task)
{
	return trace_all || (flags_of(task) & RECORD_F_TRACED);
}

/* What the probes take of a call. */
static __always_inline uint8_t call_of(int32_t nr, bool compat)
{
	if (nr < 0 || nr >= RECORD_NR_CALLS)
		return CALL_PLAIN;
	return compat ? compat_calls[nr] : calls[nr];
}

static __always_inline bool is_of_several(uint8_t call)
{
	return call == CALL_POLL || call == CALL_EPOLL || call == CALL_SELECT;
}

/* Room for one record in this core's buffer. */
struct slot {
	struct record_ring *ring;
	uint64_t head; /* where the ring's head goes when the record is complete */
};

static __always_inline void *ring_at(struct record_ring *ring, uint64_t head)
{
	return ring->data + (head & (ring_bytes - 1));
}

static __always_inline void count_lost(struct record_ring *ring, uint64_t ts_ns)
{
	if (ring->lost == 0)
		ring->lost_begin_ns = ts_ns;
	ring->lost_end_ns = ts_ns;
	ring->lost++;
	ring->lost_total++;
}

/* Tells of the records lost since the last one that found room, in its place in time. */
static __always_inline uint64_t tell_lost(struct record_ring *ring, uint64_t head, uint16_t cpu)
{
	struct record_lost *rec = ring_at(ring, head);

	rec->head.ts_ns = ring->lost_end_ns;
	rec->head.type = RECORD_LOST;
	rec->head.flags = 0;
	rec->head.cpu = cpu;
	rec->head.tid = 0;
	rec->begin_ns = ring->lost_begin_ns;
	rec->count = ring->lost;
	ring->lost = 0;
	return head + sizeof(*rec);
}

/* This core's buffer which; RECORD_RING_IRQ only with interrupts off. NULL: a core that came up
 * late. */
static __always_inline struct record_ring *ring_here(uint32_t which)
{
	uint32_t key = bpf_get_smp_processor_id() * RECORD_RINGS_PER_CPU + which;
	struct record_ring *ring = bpf_map_lookup_elem(&rings, &key);

	if (!ring)
		__sync_fetch_and_add(&nr_no_ring, 1);
	return ring;
}

/* Reserves size bytes and fills the head of the record. NULL: no room, counted. */
static __always_inline void *ring_reserve(struct slot *slot, struct record_ring *ring,
					  uint32_t size, uint8_t type, uint32_t tid)
{
	uint64_t ts_ns = bpf_ktime_get_ns();
	uint16_t cpu = bpf_get_smp_processor_id();
	struct record *rec;
	uint64_t head;

	head = ring->head;
	if (head + size + sizeof(struct record_lost) - *(volatile uint64_t *)&ring->tail >
	    ring_bytes) {
		count_lost(ring, ts_ns);
		return NULL;
	}
	if (ring->lost)
		head = tell_lost(ring, head, cpu);
	slot->ring = ring;
	slot->head = head + size;
	rec = ring_at(ring, head);
	rec->ts_ns = ts_ns;
	rec->type = type;
	rec->flags = 0;
	rec->cpu = cpu;
	rec->tid = tid;
	return rec;
}

static __always_inline void *slot_reserve(struct slot *slot, uint32_t which, uint32_t size,
					  uint8_t type, uint32_t tid)
{
	struct record_ring *ring = ring_here(which);

	return ring ? ring_reserve(slot, ring, size, type, tid) : NULL;
}

/* A second record right behind the one that was reserved with room for both, of the same moment. */
static __always_inline void *slot_follow(struct slot *slot, const struct record *first,
					 uint32_t size, uint8_t type)
{
	struct record *rec = ring_at(slot->ring, slot->head - size);

	rec->ts_ns = first->ts_ns;
	rec->type = type;
	rec->flags = 0;
	rec->cpu = first->cpu;
	rec->tid = first->tid;
	return rec;
}

/* Publishes the record: everything stored before is seen by who sees the new head. */
static __always_inline void slot_commit(struct slot *slot)
{
#if defined(__TARGET_ARCH_x86)
	asm volatile("" ::: "memory"); /* stores are not reordered (TSO) */
	*(volatile uint64_t *)&slot->ring->head = slot->head;
#else
	__sync_lock_test_and_set(&slot->ring->head, slot->head); /* full barrier */
#endif
}

/* The memory around a futex; as much of it as can be read without a page fault. */
static __always_inline void read_words(uint32_t words[RECORD_NR_WORDS], uint64_t uaddr)
{
	const uint32_t word_bytes = sizeof(words[0]);

	if (bpf_probe_read_user(words, RECORD_NR_WORDS * word_bytes,
				(void *)(uaddr - RECORD_WORD_AT * word_bytes)) == 0)
		return;
	/* A page's begin or end is near, and the next one is not there. */
	__builtin_memset(words, 0, RECORD_NR_WORDS * word_bytes);
	if (bpf_probe_read_user(words + RECORD_WORD_AT,
				(RECORD_NR_WORDS - RECORD_WORD_AT) * word_bytes, (void *)uaddr))
		bpf_probe_read_user(words, (RECORD_WORD_AT + 1) * word_bytes,
				    (void *)(uaddr - RECORD_WORD_AT * word_bytes));
}

/* Nanoseconds of a struct timespec of the current task, 0 if there is none. */
static __always_inline uint64_t read_timespec(uint64_t uaddr)
{
	uint64_t at[2] = {};

	if (uaddr)
		bpf_probe_read_user(at, sizeof(at), (void *)uaddr);
	return at[0] * 1000000000 + at[1];
}

/* The same of a 32-bit task's older calls. */
static __always_inline uint64_t read_timespec32(uint64_t uaddr)
{
	uint32_t at[2] = {};

	if (uaddr)
		bpf_probe_read_user(at, sizeof(at), (void *)uaddr);
	return (uint64_t)at[0] * 1000000000 + at[1];
}

#endif
