/* SPDX-License-Identifier: BSD-2-Clause */
/* As many as there were questions at most (ASKED_MAX). */
#include "collect/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/mem.h"

#define ELLIPSIS "\xe2\x80\xa6"

struct answers {
	struct answer *at; /* [nr] */
	size_t nr, cap;
	struct keys keys; /* kind << 32 | image, key */
};

struct answers *answers_open(void)
{
	return mem_zalloc(1, sizeof(struct answers));
}

void answers_close(struct answers *a)
{
	if (!a)
		return;
	free(a->at);
	keys_done(&a->keys);
	free(a);
}

const struct answer *answers_find(const struct answers *a, uint32_t kind, uint32_t image,
				  uint64_t key)
{
	uint32_t answer = keys_find(&a->keys, (uint64_t)kind << 32 | image, key);

	return answer == KEYS_NONE ? NULL : &a->at[answer];
}

static uint32_t image_of(const struct ask *ask)
{
	return ask->kind == OBJECT_FUTEX ? ask->image : 0;
}

static struct answer *answer_of(struct answers *a, const struct ask *ask)
{
	uint32_t image = image_of(ask);
	uint32_t answer = keys_index(&a->keys, (uint64_t)ask->kind << 32 | image, ask->key);

	if (answer == a->nr) {
		a->at = mem_grow(a->at, &a->cap, a->nr + 1, sizeof(*a->at));
		a->at[a->nr++] =
		    (struct answer){.kind = ask->kind, .image = image, .key = ask->key};
	}
	return &a->at[answer];
}

/* Keeps the end, which tells more, and does not begin within a letter. */
static void cut(const char *text, char out[RECORD_NAME_LEN])
{
	size_t len = strlen(text);
	size_t kept = RECORD_NAME_LEN - 1;

	memset(out, 0, RECORD_NAME_LEN);
	if (len <= kept) {
		memcpy(out, text, len);
		return;
	}
	kept -= strlen(ELLIPSIS);
	while (kept && ((unsigned char)text[len - kept] & 0xc0) == 0x80)
		kept--;
	memcpy(out, ELLIPSIS, strlen(ELLIPSIS));
	memcpy(out + strlen(ELLIPSIS), text + len - kept, kept);
}

static void tell(const struct ask *ask, const char text[RECORD_NAME_LEN], struct bytes *out)
{
	struct record_name rec = {
	    .head = {.type = RECORD_NAME, .tid = ask->tid},
	    .tgid = ask->kind == OBJECT_FUTEX ? ask->tgid : 0,
	    .kind = ask->kind,
	    .key = ask->key,
	};

	memcpy(rec.text, text, sizeof(rec.text));
	bytes_add(out, &rec, sizeof(rec));
}

/* What a process called this address before it became another program is in the trace already. */
static const struct answer *told_before(const struct answers *a, const struct ask *ask)
{
	return ask->before ? answers_find(a, OBJECT_FUTEX, ask->before, ask->key) : NULL;
}

void answers_name(struct answers *a, const struct ask *ask, bool may_clash, const char *text,
		  struct bytes *out)
{
	struct answer *answer = answer_of(a, ask);
	const struct answer *before = told_before(a, ask);
	bool is_first = answer->text[0] == 0;
	char both[3 * RECORD_NAME_LEN];
	char name[RECORD_NAME_LEN];

	cut(text, name);
	if (answer->is_ambiguous || (!is_first && memcmp(name, answer->text, sizeof(name)) == 0))
		return;
	if (is_first && before && before->text[0] &&
	    memcmp(before->text, name, sizeof(name)) != 0) {
		snprintf(both, sizeof(both), "%.63s or %.63s", before->text, name);
		cut(both, name);
	} else if (!is_first && may_clash) {
		/* Two files of one number, or one of two names: which it is cannot be told. */
		snprintf(both, sizeof(both), "%.63s or %.63s", answer->text, name);
		cut(both, name);
		answer->is_ambiguous = true;
	}
	memcpy(answer->text, name, sizeof(name));
	tell(ask, name, out);
}

void answers_share(struct answers *a, const struct ask *ask, uint32_t dev, uint64_t inode,
		   uint64_t offset, struct bytes *out)
{
	struct answer *answer = answer_of(a, ask);
	struct record_shared rec = {
	    .head = {.type = RECORD_SHARED, .tid = ask->tid},
	    .tgid = ask->tgid,
	    .dev = dev,
	    .uaddr = ask->key,
	    .inode = inode,
	    .offset = offset,
	};

	if (answer->is_shared && answer->shared_dev == dev && answer->shared_inode == inode &&
	    answer->shared_offset == offset)
		return;
	answer->is_shared = true;
	answer->shared_dev = dev;
	answer->shared_inode = inode;
	answer->shared_offset = offset;
	bytes_add(out, &rec, sizeof(rec));
}
