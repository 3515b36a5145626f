/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_queue: see the header.
 */
#include "sinks/dat_queue.h"

#include <stdlib.h>

#include "core/arena.h"

#define SLOTS 8192 /* a power of two */

void dat_queue_init(struct dat_queue *q, uint64_t limit)
{
	q->items = xcalloc(SLOTS, sizeof(*q->items));
	q->limit = limit;
	sem_init(&q->wake, 0, 0);
}

static void let_go(struct dat_item *i)
{
	page_data_unref(i->data);
	free(i->more);
	i->data = NULL;
	i->more = NULL;
}

void dat_queue_done(struct dat_queue *q)
{
	if (!q->items)
		return;
	while (dat_queue_peek(q))
		dat_queue_pop(q);
	free(q->items);
	q->items = NULL;
	sem_destroy(&q->wake);
}

static unsigned used(const struct dat_queue *q)
{
	return atomic_load_explicit(&q->tail, memory_order_relaxed) -
	       atomic_load_explicit(&q->head, memory_order_acquire);
}

bool dat_queue_full(const struct dat_queue *q)
{
	return used(q) >= SLOTS - DAT_QUEUE_SPARE ||
	       atomic_load_explicit(&q->bytes, memory_order_relaxed) >= q->limit;
}

bool dat_queue_is_empty(const struct dat_queue *q)
{
	return !used(q);
}

bool dat_queue_push(struct dat_queue *q, const struct dat_item *i)
{
	unsigned tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
	struct dat_item *to = &q->items[tail & (SLOTS - 1)];

	if (used(q) >= SLOTS) {
		struct dat_item gone = *i;

		let_go(&gone);
		return false;
	}
	*to = *i;
	if (i->kind == DAT_PART)
		atomic_fetch_add_explicit(&q->bytes, i->part.size, memory_order_relaxed);
	atomic_store_explicit(&q->tail, tail + 1, memory_order_release);
	return true;
}

void dat_queue_wake(struct dat_queue *q)
{
	if (!atomic_exchange_explicit(&q->posted, true, memory_order_acq_rel))
		sem_post(&q->wake);
}

const struct dat_item *dat_queue_peek(struct dat_queue *q)
{
	unsigned head = atomic_load_explicit(&q->head, memory_order_relaxed);

	if (head == atomic_load_explicit(&q->tail, memory_order_acquire))
		return NULL;
	return &q->items[head & (SLOTS - 1)];
}

void dat_queue_pop(struct dat_queue *q)
{
	unsigned head = atomic_load_explicit(&q->head, memory_order_relaxed);
	struct dat_item *i = &q->items[head & (SLOTS - 1)];

	let_go(i);
	if (i->kind == DAT_PART)
		atomic_fetch_sub_explicit(&q->bytes, i->part.size, memory_order_relaxed);
	atomic_store_explicit(&q->head, head + 1, memory_order_release);
}

void dat_queue_sleep(struct dat_queue *q)
{
	while (sem_wait(&q->wake) < 0)
		;
	/* Reads what the last wake wrote, so what was pushed before it is seen. */
	atomic_exchange_explicit(&q->posted, false, memory_order_acq_rel);
}
