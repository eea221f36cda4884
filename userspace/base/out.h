/* SPDX-License-Identifier: BSD-2-Clause */
/* The standard streams when a program begins, and whether what was printed got out when it ends. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/err.h"

/* Where one of the three is closed, takes its number, so that no file gets it and is written to by
 * mistake: what is printed there fails as before, and who is executed finds it closed. */
void out_guard(void);

/*
 * Sends off what standard output still holds. -errno, with a sentence, if that fails or anything
 * printed before was not taken; -EIO where the reason was not kept.
 */
int out_finish(struct err *err);

#endif
