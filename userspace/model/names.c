/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of what has no name are made as they are asked for. */
#include "model/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/mem.h"
#include "model/futex.h"
#include "model/reason.h"
#include "model/transition.h"
#include "trace/reader.h"

#define NAMES_MAX (1u << 20)
#define JOIN_OF   "join of "
#define NUMBERED  0x80000000u /* kind of an entry that counts: of those in a process */

struct entry {
	uint32_t kind; /* enum record_object; NUMBERED + what is counted */
	uint32_t tgid;
	uint64_t key;
	uint32_t count;     /* of a counter */
	bool given;         /* by the program: what else is found out is worth less */
	uint64_t id;        /* of a name that was called one: whose, else 0 */
	uint64_t called;    /* by the program, in the end: names_called */
	uint64_t called_ns; /* since when */
	char text[RECORD_NAME_LEN + 1];
};

struct names {
	struct entry *entries; /* [nr] */
	size_t nr, cap;
	struct keys keys;  /* kind << 32 | tgid, key */
	uint32_t *numbers; /* [nr_numbered] by sync object, among those like it, 0: none */
	size_t nr_numbered, cap_numbers;
	uint32_t nr_renamed; /* of the sync objects, as they were numbered */
	bool has_called;     /* the program has called anything something */
};

struct names *names_open(void)
{
	return mem_zalloc(1, sizeof(struct names));
}

void names_close(struct names *n)
{
	if (!n)
		return;
	free(n->entries);
	keys_done(&n->keys);
	free(n->numbers);
	free(n);
}

static struct entry *entry_get(struct names *n, uint32_t kind, uint32_t tgid, uint64_t key)
{
	uint32_t entry = keys_index(&n->keys, (uint64_t)kind << 32 | tgid, key);

	if (entry == n->nr) {
		n->entries = mem_grow(n->entries, &n->cap, n->nr + 1, sizeof(*n->entries));
		n->entries[n->nr++] = (struct entry){.kind = kind, .tgid = tgid, .key = key};
	}
	return &n->entries[entry];
}

/* What was counted so far no longer holds. */
void names_renumber(struct names *n)
{
	if (n->nr_numbered == 0)
		return;
	n->nr_numbered = 0;
	for (size_t i = 0; i < n->nr; i++)
		n->entries[i].count = 0;
}

/* Whether a key is one of a process's own memory. */
static bool is_of_process(uint32_t kind)
{
	return kind == OBJECT_FUTEX || kind == OBJECT_COROUTINE;
}

/* FNV-1a of key and text, as a key of its own: what memory or an id is while it is called that. */
static uint64_t key_called(uint64_t key, const char *text)
{
	uint64_t hash = (UINT64_C(0xcbf29ce484222325) ^ key) * UINT64_C(0x100000001b3);

	for (size_t i = 0; i < RECORD_NAME_LEN && text[i]; i++)
		hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return hash | 1;
}

/* From the record's time on the program calls it so. */
static void call(struct names *n, const struct record_name *rec, uint64_t now_ns)
{
	uint64_t called = key_called(rec->key, rec->text);
	struct entry *e = entry_get(n, rec->kind, rec->tgid, called);

	e->id = rec->key;
	memcpy(e->text, rec->text, RECORD_NAME_LEN);
	e = entry_get(n, rec->kind, rec->tgid, rec->key);
	if (rec->head.ts_ns > now_ns || rec->head.ts_ns < e->called_ns)
		return;
	e->called = called;
	e->called_ns = rec->head.ts_ns;
	n->has_called = true;
}

uint64_t names_called(const struct names *n, uint32_t kind, uint32_t tgid, uint64_t key)
{
	uint32_t entry =
	    n->has_called ? keys_find(&n->keys, (uint64_t)kind << 32 | tgid, key) : KEYS_NONE;

	return entry != KEYS_NONE ? n->entries[entry].called : 0;
}

void names_feed(struct names *n, const struct record_name *rec, uint64_t now_ns)
{
	struct entry *e;

	if (n->nr >= NAMES_MAX || rec->kind >= OBJECT_NR || rec->text[0] == 0)
		return;
	if (rec->kind == OBJECT_COROUTINE ||
	    (rec->kind == OBJECT_FUTEX && rec->head.flags & RECORD_F_GIVEN))
		call(n, rec, now_ns);
	if (rec->kind == OBJECT_COROUTINE)
		return;
	e = entry_get(n, rec->kind, is_of_process(rec->kind) ? rec->tgid : 0, rec->key);
	if (strncmp(e->text, rec->text, RECORD_NAME_LEN) == 0 ||
	    (e->given && !(rec->head.flags & RECORD_F_GIVEN)))
		return;
	e->given = rec->head.flags & RECORD_F_GIVEN;
	memcpy(e->text, rec->text, RECORD_NAME_LEN);
	if (rec->kind == OBJECT_FUTEX)
		names_renumber(n);
}

static const char *find(const struct names *n, uint32_t kind, uint32_t tgid, uint64_t key)
{
	uint32_t entry = keys_find(&n->keys, (uint64_t)kind << 32 | tgid, key);

	return entry != KEYS_NONE && n->entries[entry].text[0] ? n->entries[entry].text : NULL;
}

const char *machine_name(const struct machine *m, uint32_t kind, uint32_t tgid, uint64_t key)
{
	const char *text = find(m->names, kind, is_of_process(kind) ? tgid : 0, key);

	return text && text[0] != '[' ? text : NULL;
}

void machine_take_names(struct machine *m, struct source *src)
{
	const uint8_t *bytes;
	size_t len;

	if (reader_names(src, &bytes, &len) < 0)
		return;
	for (size_t at = 0; at < len;) {
		const struct record *rec = (const void *)(bytes + at);

		if (rec->type == RECORD_NAME)
			names_feed(m->names, (const struct record_name *)rec, m->now_ns);
		at += record_size(rec->type);
	}
}

/* The text known of any word of the object, and how far behind its beginning that is. */
static const char *find_in_object(const struct names *n, const struct sync *s, uint32_t *behind)
{
	for (uint32_t at = 0; at < SYNC_BYTES; at += sizeof(uint32_t)) {
		const char *text = find(n, OBJECT_FUTEX, s->tgid, s->uaddr + at);

		*behind = at;
		if (text)
			return text;
	}
	return NULL;
}

/* "cond+0x28 (libx.so)" of what begins 0x28 earlier: "cond (libx.so)". A word of another object may
 * be as near: then its offset is smaller, and nothing fits. */
static bool name_of_beginning(const char *text, uint32_t behind, char *out, size_t len)
{
	const char *plus = strrchr(text, '+');
	uint64_t offset = 0;
	int used = 0;

	if (behind == 0) {
		snprintf(out, len, "%s", text);
		return true;
	}
	if (!plus || sscanf(plus, "+0x%" SCNx64 "%n", &offset, &used) != 1 || offset < behind)
		return false;
	if (offset == behind)
		snprintf(out, len, "%.*s%s", (int)(plus - text), text, plus + used);
	else
		snprintf(out, len, "%.*s+0x%" PRIx64 "%s", (int)(plus - text), text,
			 offset - behind, plus + used);
	return true;
}

static const char *kind_word(enum sync_kind kind)
{
	return sync_kind_is_held(kind) ? "lock" : sync_kind_key(kind);
}

/* "join of worker-1 412" */
static void join_text(const struct machine *m, uint32_t tid, char *out, size_t len)
{
	uint32_t task = machine_find(m, tid);
	char name[TASK_TEXT_LEN];

	if (task != TASK_NONE)
		snprintf(out, len, JOIN_OF "%s", machine_task_text(m, task, name));
	else
		snprintf(out, len, JOIN_OF "tid %" PRIu32, tid);
}

/*
 * What an object is called by the recorder, in out; or, if it has no name of its own, where it
 * lies: "heap", "stack", "shared", or "" if that is not known.
 */
static const char *place_of(const struct machine *m, const struct sync *s, char *out, size_t len)
{
	uint32_t behind = 0;

	if (sync_joined(s)) {
		join_text(m, sync_joined(s), out, len);
		return NULL;
	}
	const char *text = s->called ? find(m->names, OBJECT_FUTEX, s->tgid, s->called) : NULL;

	if (!text)
		text = find_in_object(m->names, s, &behind);

	if (text && text[0] != '[' && name_of_beginning(text, behind, out, len))
		return NULL;
	if (text && strcmp(text, "[heap]") == 0)
		return "heap";
	if (text && strcmp(text, "[stack]") == 0)
		return "stack";
	return s->inode || (text && strcmp(text, "[shared]") == 0) ? "shared" : "";
}

/* Numbers all objects that have none yet, in the order in which they were first waited for. */
static void number_all(const struct machine *m)
{
	struct names *n = m->names;
	uint32_t nr = machine_nr_syncs(m);

	if (n->nr_renamed != m->syncs.nr_renamed)
		names_renumber(n);
	n->nr_renamed = m->syncs.nr_renamed;
	n->numbers = mem_grow(n->numbers, &n->cap_numbers, nr + 1, sizeof(*n->numbers));
	for (; n->nr_numbered < nr; n->nr_numbered++) {
		uint32_t sync = (uint32_t)n->nr_numbered;
		const struct sync *s = machine_sync(m, sync);
		enum sync_kind kind = sync_kind_is_held(s->kind) ? SYNC_LOCK : s->kind;
		char name[NAME_TEXT_LEN];
		const char *place;

		n->numbers[sync] = 0;
		place =
		    machine_sync_id(m, sync) == sync ? place_of(m, s, name, sizeof(name)) : NULL;
		if (!place || s->first_waiter == TASK_NONE)
			continue;
		/* What lies in memory that processes share is numbered over all of them. */
		bool shared = strcmp(place, "shared") == 0;
		uint64_t key = *place ? (uint64_t)place[0] << 8 | (uint8_t)place[1] : 0;

		n->numbers[sync] =
		    ++entry_get(n, NUMBERED + kind, shared ? 0 : s->tgid, key)->count;
	}
}

bool machine_sync_name(const struct machine *m, uint32_t sync, char *out, size_t len)
{
	const struct sync *s;
	const char *place;

	out[0] = 0;
	if (sync == SYNC_NONE || sync >= machine_nr_syncs(m))
		return false;
	if (m->end)
		m = m->end;
	sync = machine_sync_id(m, sync);
	s = machine_sync(m, sync);
	place = place_of(m, s, out, len);
	if (!place)
		return true;
	number_all(m);
	snprintf(out, len, "%s%s%s %u", place, *place ? " " : "", kind_word(s->kind),
		 m->names->numbers[sync]);
	return true;
}

bool machine_sync_is_known(const struct machine *m, uint32_t sync)
{
	char name[NAME_TEXT_LEN];
	const char *place = place_of(m, machine_sync(m, sync), name, sizeof(name));

	return !place || *place;
}

bool name_has_noun(const char *name)
{
	return name_is_numbered(name) || strncmp(name, JOIN_OF, sizeof(JOIN_OF) - 1) == 0;
}

bool name_is_numbered(const char *name)
{
	const char *number = strrchr(name, ' ');
	size_t len = number ? (size_t)(number - name) : 0;

	if (!number || number[1 + strspn(number + 1, "0123456789")] || !number[1])
		return false;
	for (unsigned int kind = 0; kind < SYNC_NR_KINDS; kind++) {
		const char *word = kind_word(kind);
		size_t word_len = strlen(word);

		if (len >= word_len && strncmp(number - word_len, word, word_len) == 0 &&
		    (len == word_len || number[-1 - (int)word_len] == ' '))
			return true;
	}
	return false;
}

const char *machine_futex_text(const struct machine *m, uint32_t tgid, uint64_t uaddr,
			       uint64_t ts_ns, char out[NAME_TEXT_LEN])
{
	uint32_t sync = machine_find_sync(m, tgid, uaddr, ts_ns);
	const char *name;

	if (machine_sync_name(m, sync, out, NAME_TEXT_LEN))
		return out;
	name = sync == SYNC_NONE ? machine_name(m, OBJECT_FUTEX, tgid, uaddr) : NULL;
	if (name)
		snprintf(out, NAME_TEXT_LEN, "%s", name);
	else
		snprintf(out, NAME_TEXT_LEN, "0x%" PRIx64, uaddr);
	return out;
}

const char *machine_lock_text(const struct machine *m, uint32_t tgid, uint64_t uaddr,
			      uint64_t ts_ns, char out[NAME_TEXT_LEN])
{
	char name[NAME_TEXT_LEN];

	machine_futex_text(m, tgid, uaddr, ts_ns, name);
	return name_as_lock(name, out);
}

const char *name_as_lock(const char *name, char out[NAME_TEXT_LEN])
{
	snprintf(out, NAME_TEXT_LEN, "%s%.*s", name_has_noun(name) ? "" : "lock ",
		 NAME_TEXT_LEN - 8, name);
	return out;
}

/* The object that iv waits for. An interval from a lane's slice does not know it. */
static uint32_t sync_of(const struct machine *m, const struct interval *iv)
{
	if (iv->sync != SYNC_NONE || iv->task >= machine_nr_tasks(m))
		return iv->sync;
	return machine_find_sync(m, machine_task(m, iv->task)->tgid, iv->object, iv->begin_ns);
}

bool machine_object(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	char name[NAME_TEXT_LEN];
	const char *text;

	if (interval_has_futex(iv)) {
		const char *more = iv->object_kind == OBJECT_FUTEXES ? " or others" : "";

		if (!machine_sync_name(m, sync_of(m, iv), name, sizeof(name)))
			return false;
		if (name_has_noun(name))
			snprintf(out, len, "%s%s", name, more);
		else
			snprintf(out, len, "%s %s%s", reason_key(iv->why), name, more);
		return true;
	}
	text = iv->object ? machine_name(m, iv->object_kind, 0, iv->object) : NULL;
	if (text) {
		snprintf(out, len, "%s %s", reason_key(iv->why), text);
		return true;
	}
	text = iv->why == REASON_EVENT ? object_noun(iv->object_kind) : NULL;
	if (text)
		snprintf(out, len, "%s", text);
	return text;
}

/* There the next writer waits, and readers (model/futex.c). */
bool machine_waits_for_readers(const struct machine *m, const struct interval *iv)
{
	const struct sync *s;
	uint32_t sync;

	if (iv->state != STATE_BLOCKED || iv->why != REASON_LOCK || iv->shares ||
	    (iv->owner && !iv->owner_inferred))
		return false;
	sync = sync_of(m, iv);
	if (sync == SYNC_NONE)
		return false;
	s = machine_sync(m, sync);
	return s->kind == SYNC_RWLOCK && iv->object == s->uaddr + FUTEX_RWLOCK_PHASE;
}

const char *machine_task_text(const struct machine *m, uint32_t task, char out[TASK_TEXT_LEN])
{
	const struct task *t = machine_task(m, task);

	snprintf(out, TASK_TEXT_LEN, "%s %" PRIu32, t->comm[0] ? t->comm : "(no name)", t->tid);
	return out;
}

void machine_describe(const struct machine *m, const struct interval *iv, char *out, size_t len)
{
	char phrase[NAME_TEXT_LEN + 32];
	bool has_name = iv->state == STATE_BLOCKED && machine_object(m, iv, phrase, sizeof(phrase));

	interval_describe(iv, m->info.arch, has_name ? phrase : NULL, out, len);
	if (!iv->owner && machine_waits_for_readers(m, iv)) {
		size_t used = strlen(out);

		snprintf(out + used, len - used, " held by readers");
	}
}

const char *machine_stint_text(const struct machine *m, uint32_t task, unsigned int level,
			       uint64_t name, char out[NAME_TEXT_LEN])
{
	const struct task *t = machine_task(m, task);
	const char *text =
	    find(m->names, level ? OBJECT_MARK : OBJECT_COROUTINE, level ? 0 : t->tgid, name);

	if (text)
		snprintf(out, NAME_TEXT_LEN, "%s", text);
	else if (level)
		snprintf(out, NAME_TEXT_LEN, "?");
	else
		snprintf(out, NAME_TEXT_LEN, "coroutine 0x%" PRIx64, name);
	return out;
}

uint64_t machine_coroutine_id(const struct machine *m, uint32_t task, uint64_t name)
{
	uint64_t tgid = machine_task(m, task)->tgid;
	uint32_t entry = keys_find(&m->names->keys, (uint64_t)OBJECT_COROUTINE << 32 | tgid, name);

	return entry != KEYS_NONE && m->names->entries[entry].id ? m->names->entries[entry].id
								 : name;
}

const char *machine_moment_text(const struct machine *m, uint32_t task, uint32_t probe,
				uint64_t name, char out[MOMENT_TEXT_LEN])
{
	const char *called = probe ? machine_name(m, OBJECT_PROBE, 0, probe) : NULL;
	char text[NAME_TEXT_LEN] = "";

	if (name || !probe)
		machine_stint_text(m, task, 1, name, text);
	if (probe)
		snprintf(out, MOMENT_TEXT_LEN, "%s%s%s", called ? called : "probe",
			 text[0] ? " " : "", text);
	else
		snprintf(out, MOMENT_TEXT_LEN, "%s", text);
	return out;
}
