/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where running out of memory is noticed. */
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *ptr, size_t size)
{
	if (ptr || size == 0)
		return ptr;
	fprintf(stderr, "conctrace: out of memory (%zu bytes wanted)\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	return checked(malloc(size), size);
}

void *mem_zalloc(size_t nr, size_t size)
{
	return checked(calloc(nr, size), nr * size);
}

void *mem_realloc(void *ptr, size_t size)
{
	return checked(realloc(ptr, size), size);
}

char *mem_strdup(const char *text)
{
	return checked(strdup(text), strlen(text) + 1);
}

void *mem_grow(void *ptr, size_t *cap, size_t nr, size_t elem_size)
{
	size_t want = *cap ? *cap : 16;

	if (nr <= *cap)
		return ptr;
	while (want < nr)
		want = want <= SIZE_MAX / 2 ? want * 2 : nr;
	if (want > SIZE_MAX / elem_size)
		return checked(NULL, SIZE_MAX);
	ptr = mem_realloc(ptr, want * elem_size);
	*cap = want;
	return ptr;
}

void *mem_reach_grow(void *ptr, size_t *cap, size_t *nr, size_t index, size_t elem_size)
{
	char *at = mem_grow(ptr, cap, index + 1, elem_size);

	memset(at + *nr * elem_size, 0, (index + 1 - *nr) * elem_size);
	*nr = index + 1;
	return at;
}

void mem_trim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}
