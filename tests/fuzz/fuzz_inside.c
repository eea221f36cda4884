/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is damaged behind sound checksums and a sound deflation gets as far as it can: into the
 * columns of a block, the facts, the state in a checkpoint. This mutates there, and lets the state
 * machine take what comes out.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bytes.h"
#include "import/import.h"
#include "model/machine.h"
#include "trace/section.h"

#define INSIDE_MAX_BYTES (1u << 20) /* of what is inflated */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max_len, unsigned int seed);

static uint64_t chance;

static size_t below(size_t end)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return end ? (size_t)(chance >> 33) % end : 0;
}

/* Some bytes changed, taken out or put in again elsewhere. It gets no longer. */
static void damage(struct bytes *b)
{
	for (size_t nr = 1 + below(3); nr && b->len; nr--) {
		size_t at = below(b->len), from = below(b->len), len = 1 + below(12);

		switch (below(4)) {
		case 0:
			b->at[at] = (uint8_t)(below(2) ? below(9) : 255 - below(3) * 127);
			break;
		case 1:
			b->at[at] ^= (uint8_t)(1u << below(8));
			break;
		case 2:
			if (len > b->len - at)
				len = b->len - at;
			memmove(b->at + at, b->at + at + len, b->len - at - len);
			b->len -= len;
			break;
		default:
			if (len > b->len - (at > from ? at : from))
				len = b->len - (at > from ? at : from);
			memmove(b->at + at, b->at + from, len);
		}
	}
}

/* Appends what that inflates to; false if it does not. */
static bool inflate_to(struct bytes *out, const uint8_t *stored, size_t len)
{
	uLongf inflated = INSIDE_MAX_BYTES;

	if (uncompress(bytes_reserve(out, inflated), &inflated, stored, len) != Z_OK)
		return false;
	out->len += inflated;
	return true;
}

/* A chunk of which one block has another body, which is then stored as it is. */
static bool damage_block(struct bytes *payload)
{
	uint32_t nr_blocks = payload->len < CHUNK_HEADER_BYTES ? 0 : le32_get(payload->at + 28);
	size_t which = below(nr_blocks), at = CHUNK_HEADER_BYTES, body_at, len;
	struct bytes body = {0}, made = {0};
	uint8_t *entry;
	bool fine;

	if (nr_blocks == 0 || nr_blocks > (payload->len - at) / CHUNK_BLOCK_BYTES)
		return false;
	entry = payload->at + at + which * CHUNK_BLOCK_BYTES;
	body_at = at + (size_t)nr_blocks * CHUNK_BLOCK_BYTES;
	for (size_t i = 0; i < which; i++, at += CHUNK_BLOCK_BYTES)
		body_at += (size_t)le32_get(payload->at + at + 4) + le32_get(payload->at + at + 8);
	len = le32_get(entry + 8);
	if (body_at > payload->len || len > payload->len - body_at)
		return false;
	fine = entry[3] == BLOCK_ZLIB && inflate_to(&body, payload->at + body_at, len);
	if (!fine)
		bytes_add(&body, payload->at + body_at, len);
	damage(&body);
	entry[3] = BLOCK_STORED;
	le32_put(entry + 8, (uint32_t)body.len);
	le32_put(entry + 12, (uint32_t)body.len);
	bytes_add(&made, payload->at, body_at);
	bytes_add(&made, body.at, body.len);
	bytes_add(&made, payload->at + body_at + len, payload->len - body_at - len);
	bytes_done(&body);
	bytes_done(payload);
	*payload = made;
	return true;
}

static void add_section(struct bytes *out, struct section section, const struct bytes *payload)
{
	section.size = payload->len;
	section.crc = section_crc(payload->at, payload->len);
	section_put(bytes_reserve(out, SECTION_HEADER_BYTES), &section);
	out->len += SECTION_HEADER_BYTES;
	bytes_add(out, payload->at, payload->len);
	bytes_add_zeros(out, section_padding(payload->len));
}

/* Copies the file, with one of its sections damaged inside. The index, which is another then, is
 * left out. */
static void damage_file(const uint8_t *bytes, size_t len, struct bytes *out)
{
	size_t chosen = below(10), nr = 0; /* may be none: then some bytes anywhere */
	struct section section;

	bytes_add(out, bytes, FILE_MAGIC_LEN);
	for (size_t at = FILE_MAGIC_LEN; at + SECTION_HEADER_BYTES <= len; nr++) {
		struct bytes payload = {0};

		if (!section_get(bytes + at, &section) ||
		    section.size > len - at - SECTION_HEADER_BYTES)
			break;
		bytes_add(&payload, bytes + at + SECTION_HEADER_BYTES, section.size);
		at += SECTION_HEADER_BYTES + section.size + section_padding(section.size);
		if (nr == chosen && section.type != SECTION_HEAD && section.type != SECTION_ENDS)
			(void)damage_block(&payload);
		else if (nr == chosen)
			damage(&payload);
		if (section.type != SECTION_INDX && section.type != SECTION_TAIL)
			add_section(out, section, &payload);
		bytes_done(&payload);
	}
	if (nr <= chosen)
		damage(out);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max_len, unsigned int seed)
{
	struct bytes out = {0};

	chance = seed;
	if (len > FILE_MAGIC_LEN && memcmp(bytes, FILE_MAGIC, FILE_MAGIC_LEN) == 0)
		damage_file(bytes, len, &out);
	else
		bytes_add(&out, bytes, len);
	if (out.len > max_len)
		out.len = max_len;
	memcpy(bytes, out.at, out.len);
	len = out.len;
	bytes_done(&out);
	return len;
}

/* As many records as there are, or as nr says. */
static uint64_t feed(struct machine *m, struct source *src, uint64_t nr)
{
	const struct record *rec;
	uint64_t fed = 0;

	for (; fed < nr && source_next(src, &rec, NULL) > 0; fed++)
		machine_feed(m, rec);
	return fed;
}

/* The state in the middle, damaged; where it is taken all the same, the rest comes on top of it. */
static void restore_damaged(struct source *src, uint64_t nr_before)
{
	const struct sink sink = {0};
	struct machine *m = machine_open(&src->info, &sink);
	struct bytes state = {0};
	void *saved;
	size_t len;

	(void)feed(m, src, nr_before);
	if (machine_save(m, &saved, &len) < 0)
		abort();
	machine_close(m);
	bytes_add(&state, saved, len);
	free(saved);
	damage(&state);
	m = machine_restore(&src->info, &sink, state.at, state.len);
	bytes_done(&state);
	if (!m)
		return;
	(void)feed(m, src, UINT64_MAX);
	machine_finish(m, src->info.end_ns);
	machine_close(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	const struct sink sink = {0};
	struct source *src;
	struct machine *m;
	uint64_t nr;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	chance = crc32(0, bytes, (uInt)len);
	src = source_open_fd(fd, "fuzz", NULL);
	if (!src)
		return 0;
	m = machine_open(&src->info, &sink);
	nr = feed(m, src, UINT64_MAX);
	machine_finish(m, src->info.end_ns);
	machine_close(m);
	for (unsigned int i = 0; i < 4 && source_seek(src, 0, NULL) == 0; i++)
		restore_damaged(src, nr / 2);
	source_close(src);
	return 0;
}
