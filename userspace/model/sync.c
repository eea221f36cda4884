/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/sync_table.h"

#define PLACES_FIRST 256

/* Spaces that are no process's memory. */
#define SPACE_PROCESS UINT64_MAX          /* addr: a tgid, index: its space */
#define SPACE_HOME    (UINT64_MAX - 1)    /* addr: a tid, index: its pid namespace */
#define SPACE_NUMBER  (UINT64_MAX - 2)    /* inode: pid namespace, addr: number, index: tid */
#define SPACE_FILE    (UINT64_C(1) << 32) /* + dev; addr: offset in the file */

static void places_init(struct sync_table *t, size_t nr)
{
	t->places = mem_alloc(nr * sizeof(*t->places));
	memset(t->places, 0xff, nr * sizeof(*t->places));
	t->nr_places = nr;
}

void sync_table_init(struct sync_table *t)
{
	memset(t, 0, sizeof(*t));
	places_init(t, PLACES_FIRST);
}

void sync_table_done(struct sync_table *t)
{
	free(t->slots);
	free(t->words);
	free(t->places);
	memset(t, 0, sizeof(*t));
}

/* The place of a key, or the free one where it belongs. */
static uint32_t *place_of(const struct sync_table *t, uint64_t space, uint64_t inode, uint64_t addr)
{
	uint64_t key = addr ^ space << 40 ^ space >> 24 ^ inode << 20;
	size_t at = (key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->nr_places - 1);

	for (;; at = (at + 1) & (t->nr_places - 1)) {
		const struct sync_word *w;

		if (t->places[at] == SYNC_NONE)
			return &t->places[at];
		w = &t->words[t->places[at]];
		if (w->addr == addr && w->space == space && w->inode == inode)
			return &t->places[at];
	}
}

/* NULL: there is no such word. */
static struct sync_word *word_of(const struct sync_table *t, uint64_t space, uint64_t inode,
				 uint64_t addr)
{
	uint32_t word = *place_of(t, space, inode, addr);

	return word == SYNC_NONE ? NULL : &t->words[word];
}

void sync_table_name(struct sync_table *t, const struct sync_word *word)
{
	uint32_t *place = place_of(t, word->space, word->inode, word->addr);

	if (*place != SYNC_NONE) {
		t->words[*place] = *word;
		return;
	}
	*place = (uint32_t)t->nr_words;
	t->words = mem_grow(t->words, &t->cap_words, t->nr_words + 1, sizeof(*t->words));
	t->words[t->nr_words++] = *word;
	if (t->nr_words * 2 <= t->nr_places)
		return;
	free(t->places);
	places_init(t, t->nr_places * 2);
	for (size_t i = 0; i < t->nr_words; i++) {
		const struct sync_word *w = &t->words[i];

		*place_of(t, w->space, w->inode, w->addr) = (uint32_t)i;
	}
}

uint32_t sync_table_id(const struct sync_table *t, uint32_t sync)
{
	while (t->slots[sync].alias != SYNC_NONE)
		sync = t->slots[sync].alias;
	return sync;
}

/* The address space of a process: 0 if it was never asked for. */
static uint32_t space_of(const struct sync_table *t, uint32_t tgid)
{
	const struct sync_word *w = word_of(t, SPACE_PROCESS, 0, tgid);

	return w ? w->index : 0;
}

void sync_table_renew(struct sync_table *t, uint32_t tgid)
{
	struct sync_word *w = word_of(t, SPACE_PROCESS, 0, tgid);

	if (w)
		w->index = ++t->nr_spaces;
}

static uint32_t space_get(struct sync_table *t, uint32_t tgid)
{
	uint32_t space = space_of(t, tgid);

	if (space == 0) {
		space = ++t->nr_spaces;
		sync_table_name(t, &(struct sync_word){SPACE_PROCESS, 0, tgid, space});
	}
	return space;
}

static uint32_t find_word(const struct sync_table *t, uint32_t space, uint64_t uaddr)
{
	const struct sync_word *w = word_of(t, space, 0, uaddr);

	return w ? sync_table_id(t, w->index) : SYNC_NONE;
}

uint32_t sync_table_find(const struct sync_table *t, uint32_t tgid, uint64_t uaddr)
{
	uint32_t space = space_of(t, tgid);

	return space ? find_word(t, space, uaddr) : SYNC_NONE;
}

uint32_t sync_table_find_at(const struct sync_table *t, uint32_t tgid, uint64_t uaddr,
			    uint64_t ts_ns)
{
	uint32_t sync = sync_table_find(t, tgid, uaddr);

	while (sync != SYNC_NONE && ts_ns < t->slots[sync].begin_ns &&
	       t->slots[sync].before != SYNC_NONE)
		sync = t->slots[sync].before;
	return sync;
}

uint32_t sync_table_add(struct sync_table *t)
{
	t->slots = mem_grow(t->slots, &t->cap, t->nr + 1, sizeof(*t->slots));
	t->slots[t->nr] = (struct sync_slot){
	    .sync = {.first_waiter = TASK_NONE, .holder = TASK_NONE},
	    .alias = SYNC_NONE,
	    .heir = TASK_NONE,
	    .before = SYNC_NONE,
	};
	return (uint32_t)t->nr++;
}

/* Who has it, of two that are one from now on: what is known of either, which holder_shared() then
 * judges. Of one that nobody waited for yet nothing is. */
static void unite_holders(struct sync_slot *to, const struct sync_slot *from)
{
	if (from->handed_ns > to->handed_ns)
		to->handed_ns = from->handed_ns;
	if (from->sync.first_waiter == TASK_NONE)
		return;
	if (to->sync.first_waiter == TASK_NONE)
		to->unknown_ns = from->unknown_ns;
	if (to->sync.holder == from->sync.holder && to->sync.since_ns < from->sync.since_ns)
		to->sync.since_ns = from->sync.since_ns;
	if (to->sync.holder == TASK_NONE) {
		to->sync.holder = from->sync.holder;
		to->sync.since_ns = from->sync.since_ns;
		to->sync.measured = from->sync.measured;
		to->sure_ns = from->sure_ns;
		to->trial = from->trial;
	}
	if (to->heir == TASK_NONE)
		to->heir = from->heir;
}

/* Two turn out to be one: the older stays, and what is not known of it comes from the other. */
static uint32_t unite(struct sync_table *t, uint32_t a, uint32_t b)
{
	uint32_t old = a < b ? a : b, young = a < b ? b : a;
	struct sync_slot *to = &t->slots[old], *from = &t->slots[young];

	if (old == young)
		return old;
	from->alias = old;
	unite_holders(to, from);
	to->sync.nr_waiters += from->sync.nr_waiters;
	from->sync.nr_waiters = 0;
	to->sync.flags |= from->sync.flags;
	if (to->sync.kind < from->sync.kind)
		to->sync.kind = from->sync.kind;
	if (to->sync.first_waiter == TASK_NONE)
		to->sync.first_waiter = from->sync.first_waiter;
	if (to->sync.called == 0)
		to->sync.called = from->sync.called;
	if (to->sync.inode == 0) {
		to->sync.dev = from->sync.dev;
		to->sync.inode = from->sync.inode;
		to->sync.offset = from->sync.offset;
	}
	return old;
}

/* A word whose object begins at base, made if need be. */
static uint32_t object_get(struct sync_table *t, uint32_t tgid, uint64_t uaddr, uint64_t base,
			   uint64_t now_ns)
{
	uint32_t space = space_get(t, tgid);
	uint32_t sync = find_word(t, space, base);

	if (sync == SYNC_NONE && base != uaddr) {
		/* What was taken for an object of its own may be this one's word. */
		uint32_t at = find_word(t, space, uaddr);

		if (at != SYNC_NONE &&
		    (t->slots[at].sync.kind == SYNC_FUTEX || t->slots[at].sync.uaddr == base))
			sync = at;
	}
	if (sync == SYNC_NONE) {
		sync = sync_table_add(t);
		t->slots[sync].sync.tgid = tgid;
		t->slots[sync].unknown_ns = now_ns;
	}
	struct sync *s = &t->slots[sync].sync;

	if (s->uaddr != base && s->tgid == tgid) {
		s->offset += s->inode ? base - s->uaddr : 0;
		s->uaddr = base;
	}
	sync_table_name(t, &(struct sync_word){space, 0, base, sync});
	if (base != uaddr)
		sync_table_name(t, &(struct sync_word){space, 0, uaddr, sync});
	return sync;
}

/* Of an object that a share record made nothing but the word it told of is known until somebody
 * waits there: it begins so many bytes before. */
static uint32_t begin_at(struct sync_table *t, uint32_t sync, uint64_t before)
{
	struct sync *s = &t->slots[sync].sync;
	struct sync_word at = {SPACE_FILE + s->dev, s->inode, s->offset - before, sync};
	const struct sync_word *w;

	if (before == 0 || s->inode == 0 || s->first_waiter != TASK_NONE)
		return sync;
	w = word_of(t, at.space, at.inode, at.addr);
	if (w)
		return unite(t, sync_table_id(t, w->index), sync);
	s->offset -= before;
	s->uaddr -= before;
	sync_table_name(t, &at);
	return sync;
}

/* The object, as the program calls it: what had another name before was another one. Of memory that
 * processes share, each may have a name of its own for one and the same. */
static uint32_t call(struct sync_table *t, uint32_t sync, uint64_t called, uint64_t now_ns)
{
	struct sync *s = &t->slots[sync].sync;
	uint32_t space = space_of(t, s->tgid);
	uint32_t young;

	if (s->called == 0)
		s->called = called;
	if (called == 0 || s->called == called || s->inode)
		return sync;
	young = sync_table_add(t); /* may move the slots */
	s = &t->slots[sync].sync;
	t->slots[young].sync.tgid = s->tgid;
	t->slots[young].sync.uaddr = s->uaddr;
	t->slots[young].sync.called = called;
	t->slots[young].unknown_ns = now_ns;
	t->slots[young].before = sync;
	t->slots[young].begin_ns = now_ns;
	for (uint64_t at = s->uaddr; at < s->uaddr + SYNC_BYTES; at += sizeof(uint32_t)) {
		struct sync_word *w = word_of(t, space, 0, at);

		if (w && sync_table_id(t, w->index) == sync)
			w->index = young;
	}
	return young;
}

uint32_t sync_table_wait(struct sync_table *t, uint32_t tgid, uint64_t uaddr,
			 const struct futex_meaning *futex, uint64_t called, uint32_t waiter,
			 uint64_t now_ns)
{
	uint32_t sync = sync_table_find(t, tgid, uaddr);
	size_t nr = t->nr;

	if (sync != SYNC_NONE)
		sync = begin_at(t, sync, uaddr - futex->base);
	if (sync == SYNC_NONE ||
	    (futex->base != uaddr && t->slots[sync].sync.uaddr != futex->base &&
	     t->slots[sync].sync.tgid == tgid))
		sync = object_get(t, tgid, uaddr, futex->base, now_ns);
	sync = call(t, sync, called, now_ns);
	struct sync *s = &t->slots[sync].sync;
	bool counts =
	    s->first_waiter != TASK_NONE && ((s->kind == SYNC_ONCE && futex->kind == SYNC_FUTEX) ||
					     (s->kind == SYNC_FUTEX && futex->kind == SYNC_ONCE));

	enum sync_kind was = s->first_waiter != TASK_NONE ? s->kind : SYNC_NR_KINDS;

	if (s->first_waiter == TASK_NONE)
		s->first_waiter = waiter;
	/* A lock's word that is 2 by chance shows less than a mutex's owner did. What is waited for
	 * with other values than a once's, too, counts something: safepoints of a Java machine. */
	if (counts) {
		s->kind = SYNC_FUTEX;
	} else if (futex->kind > SYNC_LOCK || s->kind == SYNC_FUTEX) {
		s->kind = futex->kind;
		s->flags = futex->flags | (s->inode ? SYNC_SHARED : 0);
	}
	if (nr == t->nr && was != s->kind &&
	    !(sync_kind_is_held(was) && sync_kind_is_held(s->kind)))
		t->nr_renamed++;
	return sync;
}

/* How far behind the beginning of its object the word is that a record tells of: both are within
 * the same file. */
static uint64_t words_ahead(const struct sync *s, const struct record_shared *rec)
{
	return s->tgid == rec->tgid && rec->uaddr - s->uaddr < SYNC_BYTES ? rec->uaddr - s->uaddr
									  : 0;
}

void sync_table_pair(const struct sync_table *t, const struct record_shared *rec, uint32_t pair[2])
{
	uint32_t sync = sync_table_find(t, rec->tgid, rec->uaddr);
	uint64_t ahead = sync != SYNC_NONE ? words_ahead(&t->slots[sync].sync, rec) : 0;
	const struct sync_word *w =
	    word_of(t, SPACE_FILE + rec->dev, rec->inode, rec->offset - ahead);

	pair[0] = sync;
	pair[1] = w ? sync_table_id(t, w->index) : SYNC_NONE;
}

uint32_t sync_table_share(struct sync_table *t, const struct record_shared *rec, uint64_t now_ns,
			  bool *united)
{
	*united = false;
	uint32_t sync = sync_table_find(t, rec->tgid, rec->uaddr);
	struct sync_word at = {SPACE_FILE + rec->dev, rec->inode, rec->offset, sync};
	const struct sync_word *same = word_of(t, at.space, at.inode, at.addr);

	/* Nobody of this process waited there yet, but others did: which object it is, is known. */
	if (sync == SYNC_NONE && same) {
		sync_table_name(t, &(struct sync_word){space_get(t, rec->tgid), 0, rec->uaddr,
						       sync_table_id(t, same->index)});
		return SYNC_NONE;
	}
	if (sync == SYNC_NONE)
		sync = object_get(t, rec->tgid, rec->uaddr, rec->uaddr, now_ns);
	struct sync *s = &t->slots[sync].sync;
	uint64_t space = SPACE_FILE + rec->dev, offset = rec->offset - words_ahead(s, rec);
	const struct sync_word *w = word_of(t, space, rec->inode, offset);

	bool news = s->inode == 0;

	if (news) {
		s->dev = rec->dev;
		s->inode = rec->inode;
		s->offset = offset;
	}
	s->flags |= SYNC_SHARED;
	*united = w && sync_table_id(t, w->index) != sync;
	if (w)
		sync = unite(t, sync_table_id(t, w->index), sync);
	else
		sync_table_name(t, &(struct sync_word){space, rec->inode, offset, sync});
	at.index = sync;
	if (offset != rec->offset && !word_of(t, at.space, at.inode, at.addr))
		sync_table_name(t, &at);
	return news || *united ? sync : SYNC_NONE;
}

void sync_table_number(struct sync_table *t, uint32_t tid, uint32_t space, uint32_t number)
{
	sync_table_name(t, &(struct sync_word){SPACE_HOME, 0, tid, space});
	sync_table_name(t, &(struct sync_word){SPACE_NUMBER, space, number, tid});
}

uint32_t sync_table_tid(const struct sync_table *t, uint32_t tid, uint32_t number)
{
	const struct sync_word *home = word_of(t, SPACE_HOME, 0, tid);
	const struct sync_word *w;

	if (!home)
		return number;
	w = word_of(t, SPACE_NUMBER, home->index, number);
	return w ? w->index : 0;
}

bool sync_table_is_sound(const struct sync_table *t)
{
	for (size_t i = 0; i < t->nr_words; i++) {
		const struct sync_word *w = &t->words[i];

		if (w->space == SPACE_HOME || w->space == SPACE_NUMBER)
			continue;
		if (w->space == SPACE_PROCESS ? w->index > t->nr_spaces : w->index >= t->nr)
			return false;
	}
	return true;
}

static const struct {
	const char *key;
	bool held;
} kinds[SYNC_NR_KINDS] = {
    [SYNC_FUTEX] = {"futex", false},         [SYNC_LOCK] = {"lock", true},
    [SYNC_MUTEX] = {"mutex", true},          [SYNC_RWLOCK] = {"rwlock", true},
    [SYNC_CONDITION] = {"condition", false}, [SYNC_SEMAPHORE] = {"semaphore", false},
    [SYNC_BARRIER] = {"barrier", false},     [SYNC_ONCE] = {"once", false},
    [SYNC_JOIN] = {"join", false},
};

bool sync_kind_is_held(enum sync_kind kind)
{
	return (unsigned int)kind < SYNC_NR_KINDS && kinds[kind].held;
}

const char *sync_kind_key(enum sync_kind kind)
{
	return (unsigned int)kind < SYNC_NR_KINDS ? kinds[kind].key : "?";
}

void sync_describe(const struct sync *s, char *out, size_t len)
{
	static const struct {
		uint8_t flag;
		const char *word;
	} words[] = {
	    {SYNC_SHARED, "shared "},
	    {SYNC_ROBUST, "robust "},
	    {SYNC_PI, "PI "},
	    {SYNC_RECURSIVE, "recursive "},
	    {SYNC_ERRORCHECK, "errorcheck "},
	    {SYNC_ADAPTIVE, "adaptive "},
	};
	char text[80] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (s->flags & words[i].flag)
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used, "%s", words[i].word);
	snprintf(out, len, "%s%s", text, sync_kind_key(s->kind));
}
