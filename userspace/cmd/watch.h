/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done to processes that are in a deadlock: --on-deadlock. */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

enum watch_action {
	WATCH_REPORT,
	WATCH_STOP, /* for a debugger */
	WATCH_KILL,
	WATCH_OFF, /* nobody watches */
};

/* -EINVAL: none of these. */
int watch_parse_action(const char *text, enum watch_action *out);

#endif
