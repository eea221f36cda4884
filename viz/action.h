/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything a person can make the viewer do, once: keys, help, script words and tests come from
 * this list. A key is named by its place on the keyboard ("Shift+/"), modifiers first.
 */
#ifndef VIZ_ACTION_H
#define VIZ_ACTION_H

#include <stddef.h>

/* X(NAME, word, keys separated by spaces, group, help) */
#define ACTIONS(X)                                                                      \
	X(ZOOM_IN, "zoom-in", "W", "Time", "zoom in at the mouse")                      \
	X(ZOOM_OUT, "zoom-out", "S", "Time", "zoom out at the mouse")                   \
	X(PAN_LEFT, "pan-left", "A Left", "Time", "earlier")                            \
	X(PAN_RIGHT, "pan-right", "D Right", "Time", "later")                           \
	X(FIT, "fit", "F", "Time", "fit the selection, again: its surroundings")        \
	X(ALL, "all", "0", "Time", "whole trace")                                       \
	X(BEGIN, "begin", "Home", "Time", "begin of the trace")                         \
	X(FOLLOW, "follow", "End", "Time", "follow the live edge, or go to the end")    \
	X(PLAY, "play", "Space", "Time", "freeze, resume (live); play, pause (replay)") \
	X(SLOWER, "slower", "-", "Time", "play at half the speed")                      \
	X(FASTER, "faster", "=", "Time", "play at twice the speed")                     \
	X(UNDO, "undo", "Ctrl+Z Backspace", "Time", "back to the view before")          \
	X(REDO, "redo", "Ctrl+Y", "Time", "forward again")                              \
	X(PREVIOUS, "previous", ",", "Selection", "interval before on this lane")       \
	X(NEXT, "next", ".", "Selection", "next interval on this lane")                 \
	X(WAKER, "waker", "[", "Selection", "who woke this")                            \
	X(WAKEE, "wakee", "]", "Selection", "whom this woke next")                      \
	X(CLEAR, "clear", "Escape", "Selection", "clear: help, selection, range")       \
	X(SCROLL_UP, "scroll-up", "Up", "Lanes", "scroll up")                           \
	X(SCROLL_DOWN, "scroll-down", "Down", "Lanes", "scroll down")                   \
	X(PAGE_UP, "page-up", "PageUp", "Lanes", "a page up")                           \
	X(PAGE_DOWN, "page-down", "PageDown", "Lanes", "a page down")                   \
	X(FOLD, "fold", "X", "Lanes", "fold or open the process of the selection")      \
	X(ALL_TASKS, "all-tasks", "T", "Lanes", "show tasks that were not traced, too") \
	X(INSPECTOR, "inspector", "I", "View", "open or fold the inspector")            \
	X(TABLE, "table", "B", "View", "open or fold the table below")                  \
	X(BIGGER, "bigger", "Ctrl+=", "View", "bigger text")                            \
	X(SMALLER, "smaller", "Ctrl+-", "View", "smaller text")                         \
	X(NORMAL, "normal-size", "Ctrl+0", "View", "text in its normal size")           \
	X(THEME, "theme", "Shift+T", "View", "dark or light")                           \
	X(PICTURE, "picture", "F12", "View", "save a picture of the window")            \
	X(HELP, "help", "F1 Shift+/", "View", "this page")                              \
	X(QUIT, "quit", "Ctrl+Q", "View", "close the window")

enum action {
	ACTION_NONE,
#define X(name, word, keys, group, help) ACTION_##name,
	ACTIONS(X)
#undef X
	    ACTION_NR
};

struct action_desc {
	const char *word;
	const char *keys;
	const char *group;
	const char *help;
};

/* Row of an action; of ACTION_NONE, and out of range, one with empty strings. */
const struct action_desc *action_desc(enum action action);

/* Action of that script word, or ACTION_NONE. */
enum action action_by_word(const char *word);

/* Action of that key ("Ctrl+Q"), or ACTION_NONE. */
enum action action_by_key(const char *key);

/* The first key of an action for people, "?" instead of "Shift+/"; writes into buf and returns it.
 */
const char *action_key_text(enum action action, char *buf, size_t len);

#endif
