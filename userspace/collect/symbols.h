/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a global variable is called: by the symbols of the program or shared object that it lies in
 * (libdwfl), also those kept apart (build-id, debuglink, .gnu_debugdata). The only user of libdw. A
 * file is read once, however many processes use it. Nothing is fetched from a network as long as
 * DEBUGINFOD_URLS is not in the environment.
 */
#ifndef COLLECT_SYMBOLS_H
#define COLLECT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/maps.h"

struct symbols;

/* No file was read yet. Close it with symbols_close. */
struct symbols *symbols_open(void);

/*
 * Name of what lies at addr of process tgid in the data of file (from maps_find): "balance_lock",
 * "stats+0x40", with the file's name where it is not the program itself: "registry (libx.so)". A
 * place without a symbol is named by the file: "libx.so+0x4080". CPython's own lock is "GIL", as
 * cpython.h has it. False: not in the file's data, or the file cannot be read.
 */
bool symbols_find(struct symbols *s, uint32_t tgid, const struct mapping *file, uint64_t addr,
		  char *out, size_t len);

/* NULL is fine. */
void symbols_close(struct symbols *s);

#endif
