/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects are numbered as they are met (base/keys.h); the image of each tid is in an array. */
#include "collect/asked.h"

#include <stdlib.h>

#include "base/keys.h"
#include "base/mem.h"
#include "collect/words.h"

#define TID_LIMIT     (4u << 20) /* PID_MAX_LIMIT, include/linux/threads.h */
#define MAX_UNPLACED  1024       /* waits of tasks nobody introduced yet, in one pass */
#define MAX_ANCESTORS 16
#define FUTEX_PRIVATE 128

struct image {
	uint32_t tgid;
	uint32_t parent; /* the image it was forked from, 0 after exec */
	uint32_t before; /* the image that exec ended, else 0 */
};

struct asked {
	struct keys objects;  /* kind << 32 | image, key */
	uint32_t *image_of;   /* [TID_LIMIT], pages of it are there as they are used; 0: unknown */
	struct image *images; /* [nr_images], 0 is none */
	size_t nr_images, cap_images;
	struct ask *asks; /* [nr_asks], up to nr_taken they were passed on */
	size_t nr_asks, cap_asks;
	bool taken;
	struct record_block *unplaced; /* [nr_unplaced] */
	size_t nr_unplaced, cap_unplaced;
	struct record_words words; /* of the block record that follows them in the same buffer */
	uint64_t nr_refused;
};

struct asked *asked_open(void)
{
	struct asked *a = mem_zalloc(1, sizeof(*a));

	a->image_of = mem_zalloc(TID_LIMIT, sizeof(*a->image_of));
	a->images = mem_grow(NULL, &a->cap_images, 1, sizeof(*a->images));
	a->images[a->nr_images++] = (struct image){0};
	return a;
}

static bool was_asked(const struct asked *a, uint32_t kind, uint32_t image, uint64_t key)
{
	return keys_find(&a->objects, (uint64_t)kind << 32 | image, key) != KEYS_NONE;
}

/* True the first time. */
static bool is_new(struct asked *a, uint32_t kind, uint32_t image, uint64_t key)
{
	if (was_asked(a, kind, image, key))
		return false;
	if (a->objects.nr == ASKED_MAX) {
		a->nr_refused++;
		return false;
	}
	keys_index(&a->objects, (uint64_t)kind << 32 | image, key);
	return true;
}

static struct ask *add_ask(struct asked *a)
{
	if (a->taken)
		a->nr_asks = 0;
	a->taken = false;
	a->asks = mem_grow(a->asks, &a->cap_asks, a->nr_asks + 1, sizeof(*a->asks));
	a->asks[a->nr_asks] = (struct ask){.fd = ASK_NO_FD};
	return &a->asks[a->nr_asks++];
}

/* The nearest image before the forks for which the same address was asked about. */
static uint32_t find_like(const struct asked *a, uint32_t image, uint64_t uaddr)
{
	for (int i = 0; i < MAX_ANCESTORS && image; i++) {
		image = a->images[image].parent;
		if (image && was_asked(a, OBJECT_FUTEX, image, uaddr))
			return image;
	}
	return 0;
}

/* The image before exec, if the same address was asked about there. */
static uint32_t find_before(const struct asked *a, uint32_t image, uint64_t uaddr)
{
	uint32_t before = a->images[image].before;

	return before && was_asked(a, OBJECT_FUTEX, before, uaddr) ? before : 0;
}

static void see_futex(struct asked *a, uint32_t tid, uint64_t uaddr, bool is_private)
{
	uint32_t image = a->image_of[tid];
	struct ask *ask;

	if (!is_new(a, OBJECT_FUTEX, image, uaddr))
		return;
	ask = add_ask(a);
	ask->kind = OBJECT_FUTEX;
	ask->tid = tid;
	ask->tgid = a->images[image].tgid;
	ask->image = image;
	ask->like = find_like(a, image, uaddr);
	ask->before = find_before(a, image, uaddr);
	ask->parent = a->images[image].parent;
	ask->parent_tgid = a->images[ask->parent].tgid;
	ask->is_private = is_private;
	ask->key = uaddr;
}

static bool is_poll(int32_t nr)
{
#ifdef SYS_poll
	if (nr == SYS_poll)
		return true;
#endif
	return nr == SYS_ppoll;
}

/* Numbers of files are one per file system only, so each image asks again. */
static void see_file(struct asked *a, const struct record_block *b, bool is_unique)
{
	uint32_t tid = b->head.head.tid;
	uint32_t image = a->image_of[tid];
	struct ask *ask;

	if (!is_new(a, b->object_kind, is_unique ? 0 : image, b->object))
		return;
	ask = add_ask(a);
	ask->kind = b->object_kind;
	ask->tid = tid;
	ask->tgid = a->images[image].tgid;
	ask->image = image;
	ask->key = b->object;
	if (!is_poll(b->nr) && b->args[0] < ASK_NO_FD)
		ask->fd = (uint32_t)b->args[0];
}

/* Whether a wait's own flags say so. */
static bool is_private(int32_t nr, const uint64_t *args)
{
	return args[nr == SYS_futex_wait ? 3 : 1] & FUTEX_PRIVATE;
}

/* Of several futexes the first, as if it were waited for alone. */
static struct record_block first_futex(const struct asked *a, const struct record_block *b)
{
	struct record_block plain = *b;

	plain.nr = SYS_futex;
	plain.object_kind = OBJECT_NONE;
	if (a->words.uaddr && a->words.head.tid == b->head.head.tid)
		plain.object_kind = OBJECT_FUTEX;
	plain.args[0] = a->words.uaddr;
	plain.args[1] = b->object >> 32;
	return plain;
}

static void see_block(struct asked *a, const struct record_block *b)
{
	switch (b->object_kind) {
	case OBJECT_FUTEX:
		see_futex(a, b->head.head.tid, b->args[0], is_private(b->nr, b->args));
		break;
	case OBJECT_PIPE:
	case OBJECT_SOCKET:
		see_file(a, b, true);
		break;
	case OBJECT_FILE:
	case OBJECT_CHAR:
	case OBJECT_BLOCK:
	case OBJECT_TTY:
		see_file(a, b, false);
		break;
	default:
		break;
	}
}

static uint32_t add_image(struct asked *a, uint32_t tgid, uint32_t parent)
{
	a->images = mem_grow(a->images, &a->cap_images, a->nr_images + 1, sizeof(*a->images));
	a->images[a->nr_images] = (struct image){.tgid = tgid, .parent = parent};
	return (uint32_t)a->nr_images++;
}

static void tell_process(struct asked *a, uint32_t tgid)
{
	struct ask *ask = add_ask(a);

	ask->tid = ask->tgid = tgid;
}

static void see_fork(struct asked *a, const struct record_fork *f)
{
	uint32_t parent = f->head.tid < TID_LIMIT ? a->image_of[f->head.tid] : 0;

	if (f->child_tid >= TID_LIMIT || (f->head.flags & RECORD_F_KTHREAD))
		return;
	if (f->head.flags & RECORD_F_THREAD) {
		if (parent == 0 && f->head.tid < TID_LIMIT)
			a->image_of[f->head.tid] = parent = add_image(a, f->child_tgid, 0);
		a->image_of[f->child_tid] = parent;
		return;
	}
	a->image_of[f->child_tid] = add_image(a, f->child_tgid, parent);
	if (f->head.flags & RECORD_F_TRACED)
		tell_process(a, f->child_tgid);
}

static void see_exec(struct asked *a, const struct record_exec *e)
{
	uint32_t image, before;

	if (e->head.tid >= TID_LIMIT)
		return;
	before = a->image_of[e->head.tid];
	image = add_image(a, e->tgid, 0);
	a->images[image].before = before;
	a->image_of[e->head.tid] = image;
}

static void see_task(struct asked *a, const struct record_task *t)
{
	uint32_t tid = t->head.tid;
	uint32_t image;

	if (tid >= TID_LIMIT || t->tgid >= TID_LIMIT || (t->head.flags & RECORD_F_KTHREAD))
		return;
	image = a->image_of[tid] ? a->image_of[tid] : a->image_of[t->tgid];
	if (!image) {
		image = add_image(a, t->tgid, 0);
		a->image_of[t->tgid] = image;
		if (t->head.flags & RECORD_F_TRACED)
			tell_process(a, t->tgid);
	}
	a->image_of[tid] = image;
	if ((t->head.flags & RECORD_F_TRACED) && !(t->head.flags & RECORD_F_COMPAT) &&
	    (t->nr == SYS_futex || t->nr == SYS_futex_wait))
		see_futex(a, tid, t->args[0], is_private(t->nr, t->args));
}

static void place_block(struct asked *a, const struct record_block *b)
{
	uint32_t tid = b->head.head.tid;
	struct record_block plain;

	if (tid >= TID_LIMIT)
		return;
	if (b->object_kind == OBJECT_FUTEXES) {
		plain = first_futex(a, b);
		b = &plain;
	}
	if (a->image_of[tid]) {
		see_block(a, b);
	} else if (a->nr_unplaced < MAX_UNPLACED) {
		a->unplaced = mem_grow(a->unplaced, &a->cap_unplaced, a->nr_unplaced + 1,
				       sizeof(*a->unplaced));
		a->unplaced[a->nr_unplaced++] = *b;
	}
}

void asked_see(struct asked *a, const struct record *rec)
{
	switch (rec->type) {
	case RECORD_BLOCK:
		place_block(a, (const struct record_block *)rec);
		break;
	case RECORD_WORDS:
		a->words = *(const struct record_words *)rec;
		break;
	case RECORD_FORK:
		see_fork(a, (const struct record_fork *)rec);
		break;
	case RECORD_EXEC:
		see_exec(a, (const struct record_exec *)rec);
		break;
	case RECORD_TASK:
		see_task(a, (const struct record_task *)rec);
		break;
	default:
		break;
	}
}

const struct ask *asked_take(struct asked *a, size_t *nr)
{
	for (size_t i = 0; i < a->nr_unplaced; i++)
		if (a->image_of[a->unplaced[i].head.head.tid])
			see_block(a, &a->unplaced[i]);
	a->nr_unplaced = 0;
	*nr = a->taken ? 0 : a->nr_asks;
	a->taken = true;
	return a->asks;
}

uint64_t asked_nr_refused(const struct asked *a)
{
	return a->nr_refused;
}

void asked_close(struct asked *a)
{
	if (!a)
		return;
	keys_done(&a->objects);
	free(a->image_of);
	free(a->images);
	free(a->asks);
	free(a->unplaced);
	free(a);
}
