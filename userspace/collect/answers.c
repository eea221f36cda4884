/* SPDX-License-Identifier: BSD-2-Clause */
/* As many as there were questions at most (ASKED_MAX); a hash of open addressing. */
#include "collect/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_SIZE 256
#define ELLIPSIS   "\xe2\x80\xa6"

struct answers {
	struct answer *at; /* [nr] */
	size_t nr, cap;
	uint32_t *places; /* [size] index into at + 1, 0: free */
	size_t size;
};

struct answers *answers_open(void)
{
	struct answers *a = mem_zalloc(1, sizeof(*a));

	a->size = FIRST_SIZE;
	a->places = mem_zalloc(a->size, sizeof(*a->places));
	return a;
}

void answers_close(struct answers *a)
{
	if (!a)
		return;
	free(a->at);
	free(a->places);
	free(a);
}

static uint32_t *place_of(const struct answers *a, uint32_t kind, uint32_t image, uint64_t key)
{
	uint64_t mix = (key ^ (uint64_t)image << 32 ^ kind) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (mix >> 32) & (a->size - 1);

	for (; a->places[at]; at = (at + 1) & (a->size - 1)) {
		const struct answer *answer = &a->at[a->places[at] - 1];

		if (answer->key == key && answer->image == image && answer->kind == kind)
			break;
	}
	return &a->places[at];
}

const struct answer *answers_find(const struct answers *a, uint32_t kind, uint32_t image,
				  uint64_t key)
{
	uint32_t place = *place_of(a, kind, image, key);

	return place ? &a->at[place - 1] : NULL;
}

static uint32_t image_of(const struct ask *ask)
{
	return ask->kind == OBJECT_FUTEX ? ask->image : 0;
}

static struct answer *answer_of(struct answers *a, const struct ask *ask)
{
	uint32_t *place = place_of(a, ask->kind, image_of(ask), ask->key);

	if (*place)
		return &a->at[*place - 1];
	a->at = mem_grow(a->at, &a->cap, a->nr + 1, sizeof(*a->at));
	a->at[a->nr++] =
	    (struct answer){.kind = ask->kind, .image = image_of(ask), .key = ask->key};
	*place = (uint32_t)a->nr;
	if (a->nr * 2 > a->size) {
		a->size *= 2;
		free(a->places);
		a->places = mem_zalloc(a->size, sizeof(*a->places));
		for (size_t i = 0; i < a->nr; i++)
			*place_of(a, a->at[i].kind, a->at[i].image, a->at[i].key) = (uint32_t)i + 1;
	}
	return &a->at[a->nr - 1];
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

	answer->is_shared = true;
	answer->shared_dev = dev;
	answer->shared_inode = inode;
	answer->shared_offset = offset;
	bytes_add(out, &rec, sizeof(rec));
}
