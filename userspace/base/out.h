/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output at the end of a program: whether what was printed got there. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/err.h"

/*
 * Sends off what standard output still holds. -errno, with a sentence, if that fails or anything
 * printed before was not taken; -EIO where the reason was not kept.
 */
int out_finish(struct err *err);

#endif
