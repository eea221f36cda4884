/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run showed, in sentences whose numbers come from its trace. A text has numbers in braces:
 *
 *   {time STATE WHO}   how long they were in it, together     {count STATE WHO}  how often
 *   {mean STATE WHO}   how long at a time                     {max STATE WHO}    at the longest
 *   {share STATE WHO}  of their lives, per cent               {tasks WHO}        how many they are
 *   {life WHO}         from begin to end, mean
 *   {span WHO}         from the first's begin to the last's end
 *   {overlap WHO}      of the time one of them ran, in which two or more did, per cent
 *   {most WHO}         how many ran at once                   {cores WHO}        they ran on
 *   {region NAME WHO}  how long such a region of theirs is, the median
 *   {regions NAME WHO} how many such                          {highest NAME WHO} a counter was
 *   {wakes WHO WHO}    how often the first ended a wait of the second
 *   {migrations WHO}   {preemptions WHO}
 *
 * STATE is running, runnable, blocked, unknown, or a reason as report's blocked_ns has it. WHO is a
 * shell pattern of the names of traced tasks, as worker-*; NAME is one of the names of their marks.
 */
#ifndef CMD_SEEN_H
#define CMD_SEEN_H

#include <stdio.h>

#include "base/err.h"

/* Reads the trace at path, writes head, and text with its numbers to out, in lines of 80 columns.
 * -EINVAL names what it does not know, -ENOENT who is not in the trace; nothing is written then. */
int seen_print(FILE *out, const char *head, const char *path, const char *text, struct err *err);

#endif
