/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target without a fuzzer: over each file given, and over mutations of it (some bytes
 * changed, cut, repeated; a target may have a way of its own), so that every build with gcc
 * exercises the target. Deterministic.
 *
 *	fuzz_reader [-n MUTATIONS] FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max_len, unsigned int seed)
    __attribute__((weak));

static uint64_t seed = 88172645463325252;

static size_t below(size_t end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return end ? seed % end : 0;
}

static size_t mutate(uint8_t *to, const uint8_t *from, size_t len)
{
	static const uint8_t interesting[] = {0, 1, 0x7f, 0x80, 0xff};

	memcpy(to, from, len);
	if (LLVMFuzzerCustomMutator)
		return LLVMFuzzerCustomMutator(to, len, FILE_MAX_BYTES,
					       (unsigned int)below(UINT32_MAX));
	for (size_t n = 1 + below(6); n && len; n--)
		switch (below(6)) {
		case 0:
			len = below(len + 1);
			break;
		case 1:
			to[below(len)] = interesting[below(sizeof(interesting))];
			break;
		case 2: {
			size_t at = below(len), other = below(len);
			size_t most = len - (at > other ? at : other);

			memmove(to + at, to + other, below(most < 64 ? most : 64));
			break;
		}
		default:
			to[below(len)] ^= (uint8_t)(1u << below(8));
		}
	return len;
}

static int run_file(const char *path, unsigned long mutations)
{
	uint8_t *bytes = malloc(FILE_MAX_BYTES), *mutant = malloc(FILE_MAX_BYTES);
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file || !bytes || !mutant) {
		fprintf(stderr, "fuzz: cannot read %s\n", path);
		free(bytes);
		free(mutant);
		if (file)
			fclose(file);
		return 1;
	}
	len = fread(bytes, 1, FILE_MAX_BYTES, file);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, len);
	for (; mutations; mutations--)
		LLVMFuzzerTestOneInput(mutant, mutate(mutant, bytes, len));
	free(bytes);
	free(mutant);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long mutations = 1000;
	int first = 1, failed = 0;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		mutations = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (first >= argc) {
		fprintf(stderr, "usage: %s [-n MUTATIONS] FILE...\n", argv[0]);
		return 2;
	}
	for (int i = first; i < argc; i++)
		failed |= run_file(argv[i], mutations);
	return failed;
}
