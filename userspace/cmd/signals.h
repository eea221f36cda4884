/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signals that record takes from a descriptor, so that none of them ends it in the middle, and
 * what was so before: COMMAND is started with that.
 */
#ifndef CMD_SIGNALS_H
#define CMD_SIGNALS_H

#include <stdbool.h>

#include "base/err.h"
#include "collect/target.h"

struct signals {
	int fd;                       /* of signalfd(2), without waiting; -1: none */
	struct target_signals before; /* for COMMAND */
};

/*
 * From now on s->fd tells of children, of the terminal's size, and of what would end conctrace: of
 * that all but what is ignored already, as under nohup(1), which stays ignored.
 */
int signals_watch(struct signals *s, struct err *err);

/* Whether signo has no meaning for conctrace: it is COMMAND's alone. */
bool signals_is_passed_on(int signo);

#endif
