/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asked for this: the user behind sudo. COMMAND and the viewer run as that user, files belong
 * to that user, and conctrace itself becomes that user once the probes are attached.
 */
#ifndef COLLECT_INVOKER_H
#define COLLECT_INVOKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define INVOKER_MAX_GROUPS 256

struct invoker {
	uid_t uid;
	gid_t gid;
	bool differs; /* from the user this process runs as */
	char name[64];
	char home[256];
	char shell[128];
	gid_t groups[INVOKER_MAX_GROUPS];
	int nr_groups;
};

/*
 * The user called name if given (--user); else sudo_uid and sudo_gid (texts, from the environment)
 * if both are numbers; else the one that runs this. A uid without a passwd entry is fine. -EINVAL
 * for a name nobody has.
 */
int invoker_find(const char *name, const char *sudo_uid, const char *sudo_gid, struct invoker *out,
		 struct err *err);

/* Files made from now on belong to the invoker, and rights to open are the invoker's; root stays
 * within reach. */
int invoker_assume(const struct invoker *who, struct err *err);

/* Becomes the invoker for good. */
int invoker_become(const struct invoker *who, struct err *err);

/*
 * Gives a child the invoker's environment: HOME, USER, LOGNAME, SHELL, and what sudo took away from
 * the session: PATH and the display variables, read from the nearest ancestor that runs as that
 * user.
 */
void invoker_set_environment(const struct invoker *who);

#endif
