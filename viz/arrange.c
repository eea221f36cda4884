/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hands do to the rows: pinned ones go on top, hidden ones away, others where they were moved.
 * The choices name rows by kind and id and are put into effect whenever the rows are made anew.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "viz/tree.h"

#define MAX_MOVES 256

void row_order_done(struct row_order *order)
{
	free(order->keys);
	free(order->before);
	memset(order, 0, sizeof(*order));
}

static bool key_equal(struct row_key a, struct row_key b)
{
	return a.kind == b.kind && a.id == b.id;
}

static struct row_key key_of(const struct row *row)
{
	return (struct row_key){row->kind, row->id};
}

static size_t order_find(const struct row_order *order, struct row_key key)
{
	size_t i = 0;

	while (i < order->nr && !key_equal(order->keys[i], key))
		i++;
	return i;
}

static void order_remove(struct row_order *order, size_t i)
{
	order->nr--;
	memmove(&order->keys[i], &order->keys[i + 1], (order->nr - i) * sizeof(*order->keys));
	if (order->before)
		memmove(&order->before[i], &order->before[i + 1],
			(order->nr - i) * sizeof(*order->before));
}

static void order_add(struct row_order *order, struct row_key key)
{
	order->keys = mem_grow(order->keys, &order->cap, order->nr + 1, sizeof(*order->keys));
	order->keys[order->nr++] = key;
}

/* In when it was out, out when it was in. */
static bool order_toggle(struct row_order *order, struct row_key key)
{
	size_t i = order_find(order, key);

	if (i < order->nr) {
		order_remove(order, i);
		return false;
	}
	order_add(order, key);
	return true;
}

bool tree_pin(struct tree *t, struct row_key key)
{
	t->stale = true;
	return order_toggle(&t->pins, key);
}

bool tree_hide(struct tree *t, struct row_key key)
{
	t->stale = true;
	return order_toggle(&t->hidden, key);
}

void tree_show_hidden(struct tree *t)
{
	t->stale = true;
	t->hidden.nr = 0;
}

/* Rows of processes: a block begins at one of them, its threads stand below it. */
static bool is_process_row(const struct row *row)
{
	return row->kind == ROW_PROCESS || row->kind == ROW_GROUP ||
	       (row->kind == ROW_TASK && row->alone);
}

static bool is_thread_row(const struct row *row)
{
	return row->kind == ROW_TASK && !row->alone;
}

size_t tree_block_end(const struct tree *t, size_t i)
{
	const struct row *row = &t->rows[i];
	size_t end = i + 1;

	if (row->kind == ROW_SECTION) {
		while (end < t->nr && (t->rows[end].kind == row->id ||
				       (row->id == ROW_LOCK && t->rows[end].kind == ROW_MORE)))
			end++;
	} else if (is_process_row(row)) {
		while (end < t->nr && t->rows[end].pinned == row->pinned &&
		       ((is_process_row(&t->rows[end]) && t->rows[end].depth > row->depth) ||
			(is_thread_row(&t->rows[end]) && t->rows[end].depth >= row->depth)))
			end++;
	}
	return end;
}

static bool are_siblings(const struct row *a, const struct row *b)
{
	if (a->pinned || b->pinned)
		return a->pinned && b->pinned;
	if (is_process_row(a))
		return is_process_row(b) && a->depth == b->depth;
	return a->kind == b->kind && a->kind != ROW_SECTION && a->depth == b->depth &&
	       is_thread_row(a) == is_thread_row(b);
}

const struct row *tree_sibling(const struct tree *t, const struct row *row, bool down)
{
	size_t i = (size_t)(row - t->rows);

	if (down) {
		size_t next = tree_block_end(t, i);

		return next < t->nr && are_siblings(row, &t->rows[next]) ? &t->rows[next] : NULL;
	}
	for (size_t k = i; k-- > 0;)
		if (tree_block_end(t, k) == i && are_siblings(row, &t->rows[k]))
			return &t->rows[k];
	return NULL;
}

static void move_before(struct tree *t, struct row_key key, struct row_key before)
{
	struct row_order *m = &t->moves;

	if (m->nr == MAX_MOVES)
		order_remove(m, 0);
	m->before = mem_grow(m->before, &m->cap_before, m->nr + 1, sizeof(*m->before));
	m->before[m->nr] = before;
	order_add(m, key);
}

bool tree_move(struct tree *t, struct row_key key, bool down)
{
	const struct row *row = tree_find(t, (enum row_kind)key.kind, key.id);
	const struct row *other = row ? tree_sibling(t, row, down) : NULL;

	if (!other)
		return false;
	struct row_key other_key = key_of(other);

	t->stale = true;
	if (row->pinned) {
		size_t a = order_find(&t->pins, key), b = order_find(&t->pins, other_key);

		if (a < t->pins.nr && b < t->pins.nr) {
			t->pins.keys[a] = other_key;
			t->pins.keys[b] = key;
		}
	} else if (down) {
		move_before(t, other_key, key);
	} else {
		move_before(t, key, other_key);
	}
	return true;
}

static size_t index_of(const struct tree *t, struct row_key key)
{
	size_t i = 0;

	while (i < t->nr && !key_equal(key_of(&t->rows[i]), key))
		i++;
	return i;
}

/* Moves rows [from, end) so that they begin where row to is now, to being outside of them. */
static void rotate(struct tree *t, size_t from, size_t end, size_t to)
{
	size_t len = end - from;
	struct row *rows = mem_alloc(len * sizeof(*rows));

	memcpy(rows, &t->rows[from], len * sizeof(*rows));
	if (to < from) {
		memmove(&t->rows[to + len], &t->rows[to], (from - to) * sizeof(*rows));
		memcpy(&t->rows[to], rows, len * sizeof(*rows));
	} else {
		memmove(&t->rows[from], &t->rows[end], (to - end) * sizeof(*rows));
		memcpy(&t->rows[to - len], rows, len * sizeof(*rows));
	}
	free(rows);
}

static void take_out(struct tree *t, size_t from, size_t end)
{
	memmove(&t->rows[from], &t->rows[end], (t->nr - end) * sizeof(*t->rows));
	t->nr -= end - from;
}

/* A heading below which nothing is left. */
static void drop_empty_sections(struct tree *t)
{
	for (size_t i = 0; i < t->nr;)
		if (t->rows[i].kind == ROW_SECTION && tree_block_end(t, i) == i + 1)
			take_out(t, i, i + 1);
		else
			i++;
}

void tree_arrange(struct tree *t)
{
	t->nr_hidden = 0;
	t->nr_pinned = 0;
	for (size_t k = 0; k < t->moves.nr; k++) {
		size_t from = index_of(t, t->moves.keys[k]), to = index_of(t, t->moves.before[k]);

		if (from < t->nr && to < t->nr) {
			size_t end = tree_block_end(t, from);

			if (to < from || to >= end)
				rotate(t, from, end, to);
		}
	}
	for (size_t k = 0; k < t->hidden.nr; k++) {
		size_t from = index_of(t, t->hidden.keys[k]);

		if (from < t->nr) {
			size_t end = tree_block_end(t, from);

			t->nr_hidden += (uint32_t)(end - from);
			take_out(t, from, end);
		}
	}
	for (size_t k = 0; k < t->pins.nr; k++) {
		size_t from = index_of(t, t->pins.keys[k]);

		if (from >= t->nr || t->rows[from].pinned)
			continue;
		size_t end = tree_block_end(t, from);

		for (size_t i = from; i < end; i++)
			t->rows[i].pinned = true;
		if (from > t->nr_pinned)
			rotate(t, from, end, t->nr_pinned);
		t->nr_pinned += end - from;
	}
	drop_empty_sections(t);
}
