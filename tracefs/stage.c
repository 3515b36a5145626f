/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage: see stage.h.
 *
 * A queue is bytes and, apart from them, an entry a record. Most records come in order or a few
 * places off and are put right at once; what comes in longer stretches (two rings, one after the
 * other) is merged when it goes. The sort is stable: records of one time stay as they came.
 */
#include "tracefs/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/page.h"
#include "core/row.h"
#include "tracefs/page_builder.h"

#define SHIFTS	   8	       /* places that a record is moved at once */
#define OVERHEAD   20	       /* bytes of a record's own words in a page, at most */
#define QUEUE_MAX  (1u << 30)  /* bytes of a queue */
#define KEEP	   (64u << 10) /* bytes that an empty queue keeps */
#define LOSS	   UINT32_MAX  /* the size of an entry that is a loss: at is how many */
#define LOSS_SOME  UINT32_MAX  /* ... or that it is not known */
#define PAGE_SMALL 1024

struct entry {
	uint64_t ts;
	uint32_t at, size; /* of the record in the queue's bytes */
};

struct queue {
	struct run *run; /* NULL: nothing came yet */
	uint8_t *bytes;
	uint32_t used, cap;
	uint32_t waits; /* bytes of the records that wait */
	struct entry *v;
	uint32_t head, count, room; /* entries from head to count wait */
	uint64_t newest;	    /* the highest time that ever came */
	uint64_t oldest;	    /* the lowest one that waits, when they are in no order */
	bool disorder;
};

struct stage {
	struct store *store;
	struct source *source;
	struct queue *queues;
	unsigned count;
	unsigned next; /* the queue that goes first: none starves */
};

struct stage *stage_new(struct store *s, struct source *src)
{
	struct stage *t = xcalloc(1, sizeof(*t));

	t->store = s;
	t->source = src;
	return t;
}

void stage_free(struct stage *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->count; i++) {
		free(t->queues[i].bytes);
		free(t->queues[i].v);
	}
	free(t->queues);
	free(t);
}

/* That of no CPU is the first one. */
static struct queue *queue_of(struct stage *t, uint16_t cpu)
{
	uint16_t slot = (uint16_t)(cpu - CPU_NONE);

	if (unlikely(slot >= t->count)) {
		t->queues = xrealloc(t->queues, slot + 1u, sizeof(*t->queues));
		memset(t->queues + t->count, 0, (slot + 1u - t->count) * sizeof(*t->queues));
		t->count = slot + 1u;
	}
	if (unlikely(!t->queues[slot].run))
		t->queues[slot].run = store_run(t->store, t->source, cpu);
	return &t->queues[slot];
}

/* ---- in ---- */

/* Puts an entry where it belongs, if that is near. */
static void add_entry(struct queue *q, struct entry new)
{
	uint32_t i = q->count, least;

	if (q->count == q->room) {
		q->room = q->room ? q->room * 2 : 256;
		q->v = xrealloc(q->v, q->room, sizeof(*q->v));
	}
	least = q->count - q->head > SHIFTS ? q->count - SHIFTS : q->head;
	while (i > least && q->v[i - 1].ts > new.ts) {
		q->v[i] = q->v[i - 1];
		i--;
	}
	q->v[i] = new;
	if (unlikely(i > q->head && q->v[i - 1].ts > new.ts)) {
		q->oldest = q->disorder ? q->oldest : q->v[q->head].ts;
		q->disorder = true;
	}
	if (q->disorder)
		q->oldest = MIN(q->oldest, new.ts);
	q->count++;
	q->newest = MAX(q->newest, new.ts);
}

void *stage_put(struct stage *t, uint16_t cpu, uint64_t ts, uint32_t size)
{
	uint32_t need = (size + 7) & ~7u;
	struct queue *q;

	if (unlikely(size > STAGE_RECORD_MAX)) {
		stage_lost(t, cpu, 1);
		return NULL;
	}
	q = queue_of(t, cpu);
	if (unlikely(q->cap - q->used < need)) {
		uint32_t cap = MAX(q->cap * 2, KEEP);

		if (q->used > QUEUE_MAX - need) {
			stage_lost(t, cpu, 1);
			return NULL;
		}
		q->cap = MAX(cap, q->used + need);
		q->bytes = xrealloc(q->bytes, q->cap, 1);
	}
	add_entry(q, (struct entry) { .ts = ts, .at = q->used, .size = size });
	q->used += need;
	q->waits += need;
	return q->bytes + q->used - need;
}

void stage_lost(struct stage *t, uint16_t cpu, uint64_t n)
{
	struct queue *q = queue_of(t, cpu);
	uint32_t some = n < LOSS_SOME ? (uint32_t)n : LOSS_SOME;

	if (n)
		add_entry(q, (struct entry) { .ts = q->newest, .at = some, .size = LOSS });
}

/* ---- order ---- */

/* The end of the stretch that begins at i and is in order. */
static uint32_t stretch(const struct entry *v, uint32_t i, uint32_t n)
{
	while (++i < n && v[i - 1].ts <= v[i].ts)
		;
	return MIN(i, n);
}

static void merge(const struct entry *v, uint32_t a, uint32_t b, uint32_t end, struct entry *to)
{
	uint32_t i = a, j = b;

	while (i < b && j < end)
		*to++ = v[j].ts < v[i].ts ? v[j++] : v[i++];
	memcpy(to, v + i, (b - i) * sizeof(*v));
	memcpy(to + (b - i), v + j, (end - j) * sizeof(*v));
}

/* Merges neighbouring stretches until there is one. */
static void put_in_order(struct queue *q)
{
	uint32_t n = q->count - q->head, stretches;
	struct entry *from = q->v + q->head, *to;

	if (!q->disorder)
		return;
	memmove(q->v, from, n * sizeof(*from));
	q->head = 0;
	q->count = n;
	to = xrealloc(NULL, q->room, sizeof(*to));
	do {
		stretches = 0;
		for (uint32_t a = 0; a < n; stretches++) {
			uint32_t b = stretch(q->v, a, n), end = b < n ? stretch(q->v, b, n) : n;

			merge(q->v, a, b, end, to + a);
			a = end;
		}
		from = q->v;
		q->v = to;
		to = from;
	} while (stretches > 1);
	free(to);
	q->disorder = false;
}

/* ---- out ---- */

/* Bytes of what went are given back, once they are more than those that wait. */
static void tidy(struct queue *q)
{
	uint32_t cap = MAX(q->waits, KEEP), to = 0;
	uint8_t *bytes;

	if (q->head == q->count)
		q->head = q->count = 0;
	if (!q->waits)
		q->used = 0;
	if (q->used - q->waits <= q->waits && q->cap / 4 <= cap)
		return;
	bytes = xrealloc(NULL, cap, 1);
	memmove(q->v, q->v + q->head, (q->count - q->head) * sizeof(*q->v));
	q->count -= q->head;
	q->head = 0;
	for (uint32_t i = 0; i < q->count; i++) {
		struct entry *en = &q->v[i];

		if (en->size == LOSS)
			continue;
		memcpy(bytes + to, q->bytes + en->at, en->size);
		en->at = to;
		to += (en->size + 7) & ~7u;
	}
	free(q->bytes);
	q->bytes = bytes;
	q->used = q->waits = to;
	q->cap = cap;
	if (q->room > 1024 && q->room / 8 > q->count) {
		q->room = MAX(q->count * 2, 256);
		q->v = xrealloc(q->v, q->room, sizeof(*q->v));
	}
}

/* How many entries go into one page, and the bytes it needs. */
static uint32_t one_page(const struct stage *t, const struct queue *q, uint64_t below,
			 uint32_t *ret_size)
{
	uint32_t most = store_page_size(t->store), size = PAGE_HEADER + 8, i = q->head;

	for (; i < q->count && q->v[i].ts < below && q->v[i].size != LOSS; i++) {
		if (i > q->head && size + q->v[i].size + OVERHEAD > most)
			break;
		size += q->v[i].size + OVERHEAD;
	}
	*ret_size = MIN(MAX(size, PAGE_SMALL), most);
	return i - q->head;
}

static void step(struct queue *q)
{
	q->waits -= (q->v[q->head].size + 7) & ~7u;
	q->head++;
}

/* Puts n entries into a page of the store; what does not fit into one at all is lost. */
static int put_page(struct stage *t, struct queue *q, uint32_t n, uint32_t size, struct err *e)
{
	uint8_t *room = store_room(t->store, e);
	struct page_builder b;
	int rc;

	if (!room)
		return -ENOMEM;
	page_builder_begin(&b, room, size, t->source->schemas->machine);
	for (; n; n--) {
		const struct entry *en = &q->v[q->head];

		if (!page_builder_add(&b, en->ts, q->bytes + en->at, en->size)) {
			if (b.events)
				break; /* of the next page */
			store_lost(t->store, q->run, 1);
		}
		step(q);
	}
	if (!b.events)
		return 0;
	rc = store_commit(t->store, q->run, page_builder_finish(&b), e);
	return rc < 0 ? rc : 0;
}

/* What of a queue is due, at most about budget bytes; what is left of the budget. */
static int64_t flush_queue(struct stage *t, struct queue *q, uint64_t below, int64_t budget,
			   struct err *e)
{
	int rc = 0;

	put_in_order(q);
	while (budget > 0 && q->head < q->count && q->v[q->head].ts < below && rc >= 0) {
		uint32_t before = q->waits, size;
		uint32_t n = one_page(t, q, below, &size);

		if (!n) {
			uint32_t lost = q->v[q->head++].at;

			store_lost(t->store, q->run, lost == LOSS_SOME ? LOST_UNKNOWN : lost);
			continue;
		}
		rc = put_page(t, q, n, size, e);
		budget -= before - q->waits;
	}
	tidy(q);
	return rc < 0 ? rc : MAX(budget, 0);
}

static uint64_t oldest(const struct queue *q)
{
	if (q->head == q->count)
		return UINT64_MAX;
	return q->disorder ? q->oldest : q->v[q->head].ts;
}

int stage_flush(struct stage *t, uint64_t below, size_t budget, struct err *e)
{
	int64_t left = (int64_t)MIN(budget, (size_t)INT64_MAX);
	unsigned first = t->next;

	t->next = t->count ? (first + 1) % t->count : 0;
	for (unsigned k = 0; k < t->count; k++) {
		struct queue *q = &t->queues[(first + k) % t->count];

		if (oldest(q) >= below)
			continue;
		if (left <= 0)
			return 1;
		left = flush_queue(t, q, below, left, e);
		if (left < 0)
			return (int)left;
		if (oldest(q) < below)
			return 1;
	}
	return 0;
}

uint64_t stage_oldest(const struct stage *t)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < t->count; i++)
		least = MIN(least, oldest(&t->queues[i]));
	return least;
}

size_t stage_bytes(const struct stage *t)
{
	size_t sum = 0;

	for (unsigned i = 0; i < t->count; i++)
		sum += t->queues[i].waits;
	return sum;
}
