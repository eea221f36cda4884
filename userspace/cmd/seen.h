/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run showed, in sentences whose numbers come from its trace. A text has numbers in braces:
 *
 *   {time STATE WHO}   how long they were in it, together     {count STATE WHO}  how often
 *   {mean STATE WHO}   how long at a time                     {max STATE WHO}    at the longest
 *   {share STATE WHO}  of their lives, per cent               {tasks WHO}        how many they are
 *   {object STATE WHO} what the one object is called where they waited longest together
 *   {life WHO}         from begin to end, mean
 *   {span WHO}         from the first's begin to the last's end
 *   {overlap WHO}      of the time one of them ran, in which two or more did, per cent
 *   {most WHO}         how many ran at once                   {cores WHO}        they ran on
 *   {region NAME WHO}  how long such a region of theirs is, the median
 *   {regions NAME WHO} how many such                          {highest NAME WHO} a counter was
 *   {turns WHO}        how often a coroutine of theirs had its turn
 *   {wakes WHO WHO}    how often the first ended a wait of the second
 *   {migrations WHO}   {preemptions WHO}
 *   {s}                "s", but nothing behind a number that is 1: {count lock *} wait{s}
 *   {one THAT THOSE}   THAT behind a number that is 1, else THOSE
 *
 * STATE is running, runnable, blocked, unknown, a reason as report's blocked_ns has it, or gil: in
 * a wait for CPython's own lock, by its name; or several of these, as pipe,semaphore. Behind it
 * may stand /one: only waits at the one object of {object}; or /shared: only at what processes
 * share. WHO is a shell pattern of the names of traced tasks, as worker-*; behind it may stand
 * /first: only the first thread of each process. NAME is a pattern of the names of their marks.
 *
 * A sentence ends with a full stop at the end of a word. One that asks for what the trace does not
 * have, such a task, object, region, counter or turn, or a name of the GIL, is left out.
 */
#ifndef CMD_SEEN_H
#define CMD_SEEN_H

#include <stdio.h>

#include "base/err.h"

/* Reads the trace at path, writes head, and text with its numbers to out, in lines of 80 columns.
 * -EINVAL names what it does not know, -ENOENT what the first sentence lacks, if all are left out;
 * nothing is written then. */
int seen_print(FILE *out, const char *head, const char *path, const char *text, struct err *err);

#endif
