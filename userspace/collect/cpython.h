/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where CPython keeps its global interpreter lock: within _PyRuntime, which is a symbol of every
 * build, while what lies in it is told by no symbol. CPython's own headers do, as
 * Include/internal/pycore_gil.h (struct _gil_runtime_state) and pycore_runtime.h.
 */
#ifndef COLLECT_CPYTHON_H
#define COLLECT_CPYTHON_H

#include <stdint.h>

/*
 * What lies at offset in a variable of that name and size: "GIL" is the condition that who wants
 * to run waits at, "GIL mutex" guards it, at "GIL switch" who let go waits until another one has
 * it. *begin: offset of what is named. NULL: none of them, or a build whose layout is not known.
 */
const char *cpython_place(const char *variable, uint64_t size_bytes, uint64_t offset,
			  uint64_t *begin);

#endif
