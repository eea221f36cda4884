/* SPDX-License-Identifier: BSD-2-Clause */
/* What --version says. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define VERSION_TEXT "conctrace 0.1"

#endif
