/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything a person can make the viewer do, once: keys, help, palette, script words and tests
 * come from this list. A key is named by its place on the keyboard ("Shift+/"), modifiers first.
 */
#ifndef VIZ_ACTION_H
#define VIZ_ACTION_H

#include <stddef.h>

/* X(NAME, word, keys separated by spaces, group, help) */
#define ACTIONS(X)                                                                        \
	X(ZOOM_IN, "zoom-in", "W", "Time", "zoom in at the mouse")                        \
	X(ZOOM_OUT, "zoom-out", "S", "Time", "zoom out at the mouse")                     \
	X(PAN_LEFT, "pan-left", "A Left", "Time", "earlier")                              \
	X(PAN_RIGHT, "pan-right", "D Right", "Time", "later")                             \
	X(FIT, "fit", "F", "Time", "fit the selection, again: its surroundings")          \
	X(ALL, "all", "0", "Time", "whole trace")                                         \
	X(BEGIN, "begin", "Home", "Time", "begin of the trace")                           \
	X(FOLLOW, "follow", "End", "Time", "follow the live edge, or go to the end")      \
	X(PLAY, "play", "Space", "Time", "freeze, resume; replay: play, pause")           \
	X(SLOWER, "slower", "-", "Time", "play at half the speed")                        \
	X(FASTER, "faster", "=", "Time", "play at twice the speed")                       \
	X(LOOP, "loop", "R", "Time", "replay the selected range in a loop")               \
	X(UNDO, "undo", "Ctrl+Z Backspace", "Time", "back to the view before")            \
	X(REDO, "redo", "Ctrl+Y Ctrl+Shift+Z", "Time", "forward again")                   \
	X(SEARCH, "search", "/", "Find", "search tasks, locks, marks, findings")          \
	X(FIND_NEXT, "find-next", "Return", "Find", "next match")                         \
	X(FIND_PREVIOUS, "find-previous", "Shift+Return", "Find", "match before")         \
	X(PALETTE, "palette", "Ctrl+P Shift+;", "Find", "every act by its name")          \
	X(PREVIOUS, "previous", ",", "Selection", "interval before on this lane")         \
	X(NEXT, "next", ".", "Selection", "next interval on this lane")                   \
	X(WAKER, "waker", "[", "Selection", "who woke this, or blocks it")                \
	X(WAKEE, "wakee", "]", "Selection", "whom this woke next, or blocks")             \
	X(CLEAR, "clear", "Escape", "Selection", "clear: help, search, selection, range") \
	X(MARK, "mark", "M", "Marks", "mark at the mouse, or at the live edge")           \
	X(NOTE, "note", "Shift+M", "Marks", "mark with words")                            \
	X(UNMARK, "unmark", "Delete", "Marks", "remove the nearest mark")                 \
	X(MARK_NEXT, "next-mark", "N", "Marks", "go to the next mark")                    \
	X(MARK_PREVIOUS, "previous-mark", "Shift+N", "Marks", "go to the mark before")    \
	X(CURSOR_A, "cursor-a", "Shift+A", "Marks", "cursor A at the mouse, there: away") \
	X(CURSOR_B, "cursor-b", "Shift+B", "Marks", "cursor B; the ruler tells B - A")    \
	X(SCROLL_UP, "scroll-up", "Up", "Lanes", "scroll up")                             \
	X(SCROLL_DOWN, "scroll-down", "Down", "Lanes", "scroll down")                     \
	X(PAGE_UP, "page-up", "PageUp", "Lanes", "a page up")                             \
	X(PAGE_DOWN, "page-down", "PageDown", "Lanes", "a page down")                     \
	X(FOLD, "fold", "X", "Lanes", "fold or open the process of the selection")        \
	X(FOLD_ALL, "fold-all", "Shift+X", "Lanes", "fold or open all processes")         \
	X(PIN, "pin", "P", "Lanes", "keep this lane on top, or no longer")                \
	X(HIDE, "hide", "H", "Lanes", "hide this lane")                                   \
	X(SHOW_HIDDEN, "show-hidden", "Shift+H", "Lanes", "show all hidden lanes")        \
	X(LANE_UP, "lane-up", "Ctrl+Up", "Lanes", "move this lane up")                    \
	X(LANE_DOWN, "lane-down", "Ctrl+Down", "Lanes", "move this lane down")            \
	X(LOCKS, "locks", "L", "Lanes", "show the lanes of locks, or hide them")          \
	X(ALL_TASKS, "all-tasks", "T", "Lanes", "show tasks that were not traced, too")   \
	X(TABLE, "table", "B", "Tables", "open or fold the tables below")                 \
	X(TAB_NEXT, "next-tab", "Tab", "Tables", "next table")                            \
	X(TAB_PREVIOUS, "previous-tab", "Shift+Tab", "Tables", "table before")            \
	X(ROW_NEXT, "next-row", "Shift+Down", "Tables", "next row, shown above")          \
	X(ROW_PREVIOUS, "previous-row", "Shift+Up", "Tables", "row before")               \
	X(SORT, "sort", "O", "Tables", "sort by the next column")                         \
	X(REVERSE, "reverse", "Shift+O", "Tables", "sort the other way round")            \
	X(FILTER, "filter", "Ctrl+F", "Tables", "keep the rows that hold some letters")   \
	X(INSPECTOR, "inspector", "I", "View", "open or fold the inspector")              \
	X(EDGES, "arrows", "E", "View", "arrows of who woke whom, or none")               \
	X(CRITICAL, "critical", "K", "View", "draw the critical path through the lanes")  \
	X(COLOR, "color", "C", "View", "colour by thread, process or state")              \
	X(BIGGER, "bigger", "Ctrl+=", "View", "bigger text")                              \
	X(SMALLER, "smaller", "Ctrl+-", "View", "smaller text")                           \
	X(NORMAL, "normal-size", "Ctrl+0", "View", "text in its normal size")             \
	X(THEME, "theme", "Shift+T", "View", "dark or light")                             \
	X(PICTURE, "picture", "F12", "View", "save a picture of the window")              \
	X(HELP, "help", "F1 Shift+/", "View", "this page")                                \
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

/* All its keys for people, separated by commas. */
const char *action_keys_text(enum action action, char *buf, size_t len);

/* Actions that the letters name, best first; all of them for "". Returns how many: at most max. */
size_t action_search(const char *typed, enum action *out, size_t max);

#endif
