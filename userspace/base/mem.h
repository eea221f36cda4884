/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that does not fail: out of memory prints one line and aborts, so that nobody else checks.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define PAGE_BYTES 4096 /* a whole number of which what is mapped begins at */

/* As malloc, calloc, realloc and strdup, never NULL. The caller frees with free(). */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t nr, size_t size);
void *mem_realloc(void *ptr, size_t size);
char *mem_strdup(const char *text);

/*
 * Room for at least nr elements of elem_size in the array at ptr, whose room is *cap; grows by
 * doubling. Returns the array, perhaps moved: `v->at = mem_grow(v->at, &v->cap, v->nr + 1,
 * sizeof(*v->at))`.
 */
void *mem_grow(void *ptr, size_t *cap, size_t nr, size_t elem_size);

/* Grows the array so that it has an element index, zero like all between. Use mem_reach. */
void *mem_reach_grow(void *ptr, size_t *cap, size_t *nr, size_t index, size_t elem_size);

/*
 * The array at ptr, of *nr elements, with an element index in any case: those it did not have are
 * zero. For what is kept by a small number, such as a task's: `v->at = mem_reach(v->at, &v->cap,
 * &v->nr, task, sizeof(*v->at))`.
 */
static inline void *mem_reach(void *ptr, size_t *cap, size_t *nr, size_t index, size_t elem_size)
{
	return index < *nr ? ptr : mem_reach_grow(ptr, cap, nr, index, elem_size);
}

/* Gives memory that was freed back to the system, where the C library can. Takes milliseconds. */
void mem_trim(void);

#endif
