/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What a program says of itself (conctrace.h, other USDT probes) and its coroutines (ucontext).
 * Breakpoints in the program: each costs it some microseconds, of which the record is a small part
 * (docs/marks.md). Nothing here is loaded unless asked for. Uprobes since v5.15 with
 * bpf_get_attach_cookie().
 *
 * These programs run in task context, and unlike those of a tracepoint may be preempted; the buffer
 * wants one writer at a time. So preemption is switched off around what writes: since v6.10
 * (fc7566ad0a82 "bpf: Introduce bpf_preempt_[disable,enable] kfuncs"). The collector does not load
 * them where there is no such function and the kernel may be preempted.
 */
#include "probe.h"

#if defined(__TARGET_ARCH_x86)
#define __VMLINUX_H__ /* the names of registers that kernel.h has */
#else
struct user_pt_regs {
	uint64_t regs[31], sp, pc, pstate;
};
#endif
#include <bpf/usdt.bpf.h>

#define TEXT_ARGS  4 /* arguments of a probe that may be texts */
#define NR_TOLD    16384
#define FIRST_PAGE 4096

extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;
const volatile bool has_preempt_disable;

struct text {
	uint64_t at[RECORD_NAME_LEN / sizeof(uint64_t)];
};

/* What names were told of, by its hash, and the last name's; what was not used for long is told
 * again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NR_TOLD);
	__type(key, uint64_t);
	__type(value, uint64_t);
} told SEC(".maps");

static __always_inline void write_begin(void)
{
	if (has_preempt_disable)
		bpf_preempt_disable();
}

static __always_inline void write_end(void)
{
	if (has_preempt_disable)
		bpf_preempt_enable();
}

static __always_inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

/* The text at uaddr, its end cut, and its hash; 0: there is none, or it cannot be read. */
static __always_inline uint64_t read_text(struct text *text, uint64_t uaddr)
{
	uint64_t hash = 0;

	__builtin_memset(text, 0, sizeof(*text));
	if (bpf_probe_read_user_str(text, sizeof(*text), (void *)uaddr) <= 1)
		return 0;
#pragma unroll
	for (int i = 0; i < RECORD_NAME_LEN / 8; i++)
		hash = mix(hash, text->at[i]);
	return hash | 1;
}

/* Says that what kind and key say is called text, unless that was what it said last. */
static __always_inline void tell_name(struct task_struct *task, uint32_t kind, uint64_t key,
				      uint64_t hash, const struct text *text)
{
	struct record_name *rec;
	struct slot slot;
	uint32_t tgid = kind == OBJECT_MARK ? 0 : task->tgid;
	uint64_t what = mix(mix(0, key), (uint64_t)tgid << 32 | kind);
	uint64_t *last = bpf_map_lookup_elem(&told, &what);

	if (last && *last == hash)
		return;
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_NAME, task->pid);
	if (!rec)
		return;
	rec->head.flags = RECORD_F_GIVEN;
	rec->tgid = tgid;
	rec->kind = kind;
	rec->key = key;
	__builtin_memcpy(rec->text, text, sizeof(rec->text));
	slot_commit(&slot);
	bpf_map_update_elem(&told, &what, &hash, BPF_ANY);
}

static __always_inline void put_mark(struct task_struct *task, uint32_t kind, uint32_t probe,
				     uint64_t hash, const struct text *text, int64_t value)
{
	struct record_mark *rec;
	struct slot slot;

	write_begin();
	if (hash)
		tell_name(task, OBJECT_MARK, hash, hash, text);
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_MARK, task->pid);
	if (rec) {
		rec->kind = kind;
		rec->probe = probe;
		rec->name = hash;
		rec->value = value;
		slot_commit(&slot);
	}
	write_end();
}

static __always_inline void put_coroutine(struct task_struct *task, uint64_t id, uint64_t from,
					  uint64_t hash, const struct text *text)
{
	struct record_coroutine *rec;
	struct slot slot;

	write_begin();
	if (hash)
		tell_name(task, OBJECT_COROUTINE, id, hash, text);
	rec = slot_reserve(&slot, RECORD_RING_TASK, sizeof(*rec), RECORD_COROUTINE, task->pid);
	if (rec) {
		rec->id = id;
		rec->from = from;
		slot_commit(&slot);
	}
	write_end();
}

/* A mark of conctrace.h: name, value. */
static __always_inline int take_mark(struct pt_regs *ctx, uint32_t kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct text text;
	uint64_t hash = 0;
	long arg = 0, value = 0;

	if (!is_traced(task))
		return 0;
	if (kind != MARK_END) {
		bpf_usdt_arg(ctx, 0, &arg);
		hash = read_text(&text, arg);
	}
	if (kind == MARK_COUNTER)
		bpf_usdt_arg(ctx, 1, &value);
	put_mark(task, kind, 0, hash, &text, value);
	return 0;
}

SEC("usdt")
int mark_begin(struct pt_regs *ctx)
{
	return take_mark(ctx, MARK_BEGIN);
}

SEC("usdt")
int mark_end(struct pt_regs *ctx)
{
	return take_mark(ctx, MARK_END);
}

SEC("usdt")
int mark_instant(struct pt_regs *ctx)
{
	return take_mark(ctx, MARK_INSTANT);
}

SEC("usdt")
int mark_counter(struct pt_regs *ctx)
{
	return take_mark(ctx, MARK_COUNTER);
}

/* conctrace:coroutine (id, name): any scheduler's. */
SEC("usdt")
int mark_coroutine(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	long id = 0, name = 0;
	uint64_t hash = 0;
	struct text text;

	if (!is_traced(task))
		return 0;
	bpf_usdt_arg(ctx, 0, &id);
	bpf_usdt_arg(ctx, 1, &name);
	if (name)
		hash = read_text(&text, name);
	put_coroutine(task, id, 0, hash, &text);
	return 0;
}

/* conctrace:lock (address, name). */
SEC("usdt")
int mark_lock(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	long uaddr = 0, name = 0;
	struct text text;
	uint64_t hash;

	if (!is_traced(task))
		return 0;
	bpf_usdt_arg(ctx, 0, &uaddr);
	bpf_usdt_arg(ctx, 1, &name);
	hash = read_text(&text, name);
	write_begin();
	if (hash)
		tell_name(task, OBJECT_FUTEX, uaddr, hash, &text);
	write_end();
	return 0;
}

struct vm_area_struct;

static long note_vma(struct task_struct *task, struct vm_area_struct *vma, void *is_there)
{
	(void)task;
	(void)vma;
	*(bool *)is_there = true;
	return 0;
}

/*
 * An address of the program's whose page is not in memory, so that nobody can say what is there.
 * Since v5.17 (7c7e3d31e785 "bpf: Introduce helper bpf_find_vma"); before, it is taken for a
 * number.
 */
static __always_inline bool is_unreadable(struct task_struct *task, uint64_t arg)
{
	bool is_there = false;
	uint8_t byte;

	if (bpf_probe_read_user(&byte, sizeof(byte), (void *)arg) == 0)
		return false;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(task, arg, note_vma, &is_there, 0);
	return is_there;
}

/*
 * A probe that the program has for others. Its name here is its last argument that is a text, its
 * value the last that is none.
 */
SEC("usdt")
int mark_other(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	uint64_t hash = 0, found;
	struct text text, other;
	bool has_value = false;
	long value = 0;

	if (!is_traced(task))
		return 0;
#pragma unroll
	for (int i = TEXT_ARGS - 1; i >= 0; i--) {
		long arg;

		if ((hash && has_value) || bpf_usdt_arg(ctx, i, &arg))
			continue;
		found = (uint64_t)arg < FIRST_PAGE ? 0 : read_text(&other, arg);
		if (found && (other.at[0] & 0xff) < ' ')
			found = 0; /* an address of something else */
		if (found && !hash) {
			hash = found;
			text = other;
		}
		if (found || has_value || is_unreadable(task, arg))
			continue;
		value = arg;
		has_value = true;
	}
	put_mark(task, MARK_INSTANT, bpf_usdt_cookie(ctx), hash, &text, value);
	return 0;
}

/* swapcontext(from, to) of the C library. */
SEC("uprobe")
int coroutine_swap(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_traced(task))
		put_coroutine(task, PT_REGS_PARM2(ctx), PT_REGS_PARM1(ctx), 0, NULL);
	return 0;
}

/* setcontext(to): also how a coroutine ends that has another to follow it. */
SEC("uprobe")
int coroutine_set(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_traced(task))
		put_coroutine(task, PT_REGS_PARM1(ctx), 0, 0, NULL);
	return 0;
}
