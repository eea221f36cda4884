/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The USDT probes that a program or shared object has, from its ELF notes (systemtap's sys/sdt.h).
 * Reads the file, attaches nothing.
 */
#ifndef COLLECT_NOTES_H
#define COLLECT_NOTES_H

#include <stdbool.h>
#include <stddef.h>

struct note {
	char *provider;
	char *name;
};

struct notes {
	struct note *rows; /* [nr], each probe once */
	size_t nr, cap;
};

/* {0} is empty. What is no ELF file, or cannot be read, has no probes. */
void notes_read(const char *path, struct notes *out);
/* Frees. */
void notes_done(struct notes *n);

/* name NULL: any of that provider. */
bool notes_has(const struct notes *n, const char *provider, const char *name);

/*
 * The file that runs when argv0 is run: by PATH if it has no slash, and of a script its
 * interpreter, also behind env(1). False: there is none. out: [len].
 */
bool program_find(const char *argv0, const char *path, char *out, size_t len);

#endif
