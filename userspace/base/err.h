/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One failure, told once: the line that knows what went wrong writes the sentence (what, where,
 * what to do), callers add context or pass it up, and only a program prints it.
 *
 *	struct err err = {0};
 *	if (duration_parse(text, &ns, &err) < 0)
 *		fprintf(stderr, "conctrace: %s\n", err.text);
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	int code;       /* positive errno of the first cause, 0 while nothing failed */
	char text[512]; /* one sentence, no newline, no program name */
};

/*
 * Stores the sentence and returns -code, so that a caller writes `return err_set(err, EIO, ...)`.
 * err may be NULL. A sentence longer than the buffer is cut. Control characters, which may come
 * from a file name or a foreign trace, are replaced by '?'.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the sentence that is there; returns -err->code. err NULL: -EIO. */
int err_add_context(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
