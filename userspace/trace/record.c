/* SPDX-License-Identifier: BSD-2-Clause */
/* The field tables: dump, text form and column codec follow them, so a new event costs one row. */
#include "trace/record.h"

#include <string.h>

#define TID(codec_)                                                      \
	{                                                                \
		"tid", offsetof(struct record, tid), 4, UNIT_TID, codec_ \
	}
#define FIELD(type, member, unit_, codec_)                                                         \
	{                                                                                          \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), unit_, \
		    codec_                                                                         \
	}
#define NAMED(type, name_, member, unit_, codec_)                                                \
	{                                                                                        \
		name_, offsetof(struct type, member), sizeof(((struct type *)0)->member), unit_, \
		    codec_                                                                       \
	}

static const struct record_field fields_switch[] = {
    TID(CODEC_PREV),
    FIELD(record_switch, next_tid, UNIT_TID, CODEC_DICT),
    FIELD(record_switch, prev_state, UNIT_HEX, CODEC_DICT),
};

static const struct record_field fields_block[] = {
    TID(CODEC_PREV),
    NAMED(record_block, "next_tid", head.next_tid, UNIT_TID, CODEC_DICT),
    NAMED(record_block, "prev_state", head.prev_state, UNIT_HEX, CODEC_DICT),
    FIELD(record_block, nr, UNIT_SIGNED, CODEC_DICT),
    FIELD(record_block, object_kind, UNIT_NONE, CODEC_JOIN),
    NAMED(record_block, "arg0", args[0], UNIT_HEX, CODEC_JOIN),
    NAMED(record_block, "arg1", args[1], UNIT_HEX, CODEC_JOIN),
    NAMED(record_block, "arg2", args[2], UNIT_HEX, CODEC_JOIN),
    NAMED(record_block, "arg3", args[3], UNIT_HEX, CODEC_JOIN),
    FIELD(record_block, object, UNIT_HEX, CODEC_JOIN),
};

static const struct record_field fields_waking[] = {
    TID(CODEC_CHAIN), /* of many, a task wakes one after the other */
    FIELD(record_waking, waker_tid, UNIT_TID, CODEC_RUN),
    FIELD(record_waking, nr, UNIT_SIGNED, CODEC_OWN), /* who waits is woken by one descriptor */
    NAMED(record_waking, "arg0", args[0], UNIT_HEX, CODEC_JOIN),
    NAMED(record_waking, "arg1", args[1], UNIT_HEX, CODEC_JOIN),
};

static const struct record_field fields_wakeup_new[] = {
    TID(CODEC_DICT),
    FIELD(record_wakeup_new, waker_tid, UNIT_TID, CODEC_DICT),
};

static const struct record_field fields_fork[] = {
    TID(CODEC_DICT),
    FIELD(record_fork, parent_tgid, UNIT_TID, CODEC_DICT),
    FIELD(record_fork, child_tid, UNIT_TID, CODEC_DELTA),
    FIELD(record_fork, child_tgid, UNIT_TID, CODEC_DELTA),
    FIELD(record_fork, comm, UNIT_TEXT, CODEC_DICT),
};

static const struct record_field fields_exec[] = {
    TID(CODEC_DICT),
    FIELD(record_exec, old_tid, UNIT_TID, CODEC_DELTA),
    FIELD(record_exec, tgid, UNIT_TID, CODEC_DELTA),
    FIELD(record_exec, comm, UNIT_TEXT, CODEC_DICT),
};

static const struct record_field fields_exit[] = {
    TID(CODEC_DICT),
    FIELD(record_exit, code, UNIT_SIGNED, CODEC_ZIGZAG),
    FIELD(record_exit, tgid, UNIT_TID, CODEC_DELTA),
};

static const struct record_field fields_comm[] = {
    TID(CODEC_DICT),
    FIELD(record_comm, comm, UNIT_TEXT, CODEC_DICT),
};

static const struct record_field fields_prio[] = {
    TID(CODEC_DICT),
    FIELD(record_prio, old_prio, UNIT_SIGNED, CODEC_DICT),
    FIELD(record_prio, new_prio, UNIT_SIGNED, CODEC_DICT),
};

static const struct record_field fields_futex_enter[] = {
    TID(CODEC_DICT),
    FIELD(record_futex_enter, op, UNIT_SIGNED, CODEC_DICT),
    FIELD(record_futex_enter, val, UNIT_NONE, CODEC_JOIN),
    FIELD(record_futex_enter, uaddr, UNIT_HEX, CODEC_JOIN),
    FIELD(record_futex_enter, object, UNIT_HEX, CODEC_DICT),
};

static const struct record_field fields_futex_exit[] = {
    TID(CODEC_DICT),
    FIELD(record_futex_exit, result, UNIT_SIGNED, CODEC_ZIGZAG),
    FIELD(record_futex_exit, op, UNIT_SIGNED, CODEC_DICT),
    FIELD(record_futex_exit, val, UNIT_NONE, CODEC_DICT),
    FIELD(record_futex_exit, uaddr, UNIT_HEX, CODEC_DICT),
};

static const struct record_field fields_lost[] = {
    TID(CODEC_DICT),
    FIELD(record_lost, begin_ns, UNIT_TIME, CODEC_DELTA),
    FIELD(record_lost, count, UNIT_NONE, CODEC_VARINT),
};

static const struct record_field fields_task[] = {
    TID(CODEC_DELTA),
    FIELD(record_task, tgid, UNIT_TID, CODEC_DELTA),
    FIELD(record_task, parent_tgid, UNIT_TID, CODEC_DICT),
    FIELD(record_task, state, UNIT_CHAR, CODEC_DICT),
    FIELD(record_task, nr, UNIT_SIGNED, CODEC_DICT),
    NAMED(record_task, "arg0", args[0], UNIT_HEX, CODEC_JOIN),
    NAMED(record_task, "arg1", args[1], UNIT_HEX, CODEC_JOIN),
    NAMED(record_task, "arg2", args[2], UNIT_HEX, CODEC_JOIN),
    NAMED(record_task, "arg3", args[3], UNIT_HEX, CODEC_JOIN),
    FIELD(record_task, comm, UNIT_TEXT, CODEC_DICT),
};

static const struct record_field fields_arrival[] = {
    TID(CODEC_DICT),
    FIELD(record_arrival, since_ns, UNIT_TIME, CODEC_DELTA),
};

static const struct record_field fields_words[] = {
    TID(CODEC_DICT),
    FIELD(record_words, uaddr, UNIT_HEX, CODEC_DICT),
    FIELD(record_words, timeout_ns, UNIT_NONE, CODEC_VARINT),
    NAMED(record_words, "before2", words[0], UNIT_HEX, CODEC_DICT),
    NAMED(record_words, "before1", words[1], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "word", words[2], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "after1", words[3], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "after2", words[4], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "after3", words[5], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "after4", words[6], UNIT_HEX, CODEC_JOIN),
    NAMED(record_words, "after5", words[7], UNIT_HEX, CODEC_JOIN),
};

static const struct record_field fields_name[] = {
    TID(CODEC_DICT),
    FIELD(record_name, tgid, UNIT_TID, CODEC_DICT),
    FIELD(record_name, kind, UNIT_NONE, CODEC_DICT),
    FIELD(record_name, key, UNIT_HEX, CODEC_DELTA),
    FIELD(record_name, text, UNIT_TEXT, CODEC_DICT),
};

static const struct record_field fields_shared[] = {
    TID(CODEC_DICT),
    FIELD(record_shared, tgid, UNIT_TID, CODEC_DICT),
    FIELD(record_shared, dev, UNIT_HEX, CODEC_DICT),
    FIELD(record_shared, uaddr, UNIT_HEX, CODEC_DELTA),
    FIELD(record_shared, inode, UNIT_NONE, CODEC_DICT),
    FIELD(record_shared, offset, UNIT_HEX, CODEC_DELTA),
};

static const struct record_field fields_number[] = {
    TID(CODEC_DICT),
    FIELD(record_number, number, UNIT_NONE, CODEC_DELTA),
    FIELD(record_number, space, UNIT_NONE, CODEC_DICT),
};

static const struct record_field fields_file[] = {
    TID(CODEC_DICT),
    FIELD(record_file, kind, UNIT_NONE, CODEC_DICT),
    FIELD(record_file, object, UNIT_HEX, CODEC_DICT),
};

static const struct record_field fields_mark[] = {
    TID(CODEC_DICT),
    FIELD(record_mark, kind, UNIT_NONE, CODEC_DICT),
    FIELD(record_mark, probe, UNIT_NONE, CODEC_JOIN),
    FIELD(record_mark, name, UNIT_HEX, CODEC_JOIN),
    FIELD(record_mark, value, UNIT_SIGNED, CODEC_ZIGZAG),
};

static const struct record_field fields_coroutine[] = {
    TID(CODEC_DICT),
    FIELD(record_coroutine, id, UNIT_HEX, CODEC_DICT),
    FIELD(record_coroutine, from, UNIT_HEX, CODEC_JOIN),
};

static const struct record_field fields_stolen[] = {
    TID(CODEC_DICT),
    FIELD(record_stolen, ns, UNIT_NONE, CODEC_VARINT),
};

#define DESC(name_)                                                                    \
	{                                                                              \
#name_, sizeof(struct record_##name_),                                 \
		    sizeof(fields_##name_) / sizeof(fields_##name_[0]), fields_##name_ \
	}

static const struct record_desc descs[RECORD_NR_TYPES] = {
    [RECORD_SWITCH] = DESC(switch),
    [RECORD_BLOCK] = DESC(block),
    [RECORD_WAKING] = DESC(waking),
    [RECORD_WAKEUP_NEW] = DESC(wakeup_new),
    [RECORD_FORK] = DESC(fork),
    [RECORD_EXEC] = DESC(exec),
    [RECORD_EXIT] = DESC(exit),
    [RECORD_COMM] = DESC(comm),
    [RECORD_PRIO] = DESC(prio),
    [RECORD_FUTEX_ENTER] = DESC(futex_enter),
    [RECORD_FUTEX_EXIT] = DESC(futex_exit),
    [RECORD_LOST] = DESC(lost),
    [RECORD_TASK] = DESC(task),
    [RECORD_ARRIVAL] = DESC(arrival),
    [RECORD_WORDS] = DESC(words),
    [RECORD_NAME] = DESC(name),
    [RECORD_SHARED] = DESC(shared),
    [RECORD_NUMBER] = DESC(number),
    [RECORD_FILE] = DESC(file),
    [RECORD_MARK] = DESC(mark),
    [RECORD_COROUTINE] = DESC(coroutine),
    [RECORD_STOLEN] = DESC(stolen),
};

const struct record_desc *record_desc(unsigned int type)
{
	return type < RECORD_NR_TYPES && descs[type].name ? &descs[type] : NULL;
}

enum record_type record_type_by_name(const char *name)
{
	for (unsigned int t = 0; t < RECORD_NR_TYPES; t++)
		if (descs[t].name && strcmp(descs[t].name, name) == 0)
			return t;
	return RECORD_NONE;
}
