/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat: a ring of histograms by the running number of their slot, which is time / step.
 */
#include "core/heat.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/numeric.h"
#include "core/util.h"

#define MEMORY	   (16u << 20)
#define LOOK_EVERY 4096 /* values after which the memory is looked at */

struct heat {
	struct heat_conf conf;
	struct loghist *ring; /* slot n is ring[n % conf.slots] */
	uint64_t first, end;  /* numbers of the slots that are used */
	uint64_t step;
	uint64_t at;	      /* where the slot of the last value begins */
	struct loghist *last; /* it; NULL: none */
	uint64_t lacking, outside;
	wide_t least, greatest;
	bool any; /* least and greatest are known */
	uint64_t changed;
	uint32_t added; /* since the memory was looked at */
};

static struct loghist *slot_at(const struct heat *h, uint64_t number)
{
	return &h->ring[number % h->conf.slots];
}

static void empty(struct heat *h)
{
	for (uint64_t n = h->first; n < h->end; n++)
		loghist_done(slot_at(h, n));
	h->first = h->end = 0;
	h->last = NULL;
	h->lacking = h->outside = 0;
	h->any = false;
	h->changed = 0;
	h->step = h->conf.step;
}

struct heat *heat_new(const struct heat_conf *c)
{
	struct heat *h = xcalloc(1, sizeof(*h));

	h->conf = *c;
	h->conf.step = MAX(c->step, (uint64_t)1);
	h->conf.slots = MAX(c->slots, 1u);
	h->conf.memory = c->memory ? c->memory : MEMORY;
	h->ring = xcalloc(h->conf.slots, sizeof(*h->ring));
	empty(h);
	return h;
}

void heat_free(struct heat *h)
{
	if (!h)
		return;
	empty(h);
	free(h->ring);
	free(h);
}

void heat_begin(struct heat *h, uint64_t from, uint64_t to, uint64_t step)
{
	h->conf.from = from;
	h->conf.to = to;
	h->conf.step = MAX(step, (uint64_t)1);
	empty(h);
}

/* ---- slots ---- */

/* Two neighbours become one. */
static void halve(struct heat *h)
{
	struct loghist *ring = xcalloc(h->conf.slots, sizeof(*ring));

	for (uint64_t n = h->first; n < h->end; n++) {
		struct loghist *from = slot_at(h, n), *to = &ring[n / 2 % h->conf.slots];

		if (to->total) {
			loghist_merge(to, from);
			loghist_done(from);
		} else {
			*to = *from;
		}
	}
	free(h->ring);
	h->ring = ring;
	h->first /= 2;
	h->end = (h->end + 1) / 2;
	h->step = h->step > UINT64_MAX / 2 ? UINT64_MAX : h->step * 2;
	h->last = NULL;
	h->changed = 0;
}

/* Whether the ring reaches over the slot, too. */
static bool reach(struct heat *h, uint64_t number)
{
	uint64_t first = h->first, end = h->end;

	if (first == end) {
		first = number;
		end = number + 1;
	}
	first = MIN(first, number);
	end = MAX(end, number + 1);
	if (end - first > h->conf.slots)
		return false;
	h->first = first;
	h->end = end;
	return true;
}

static __attribute__((noinline)) void find_slot(struct heat *h, uint64_t ts)
{
	while (!reach(h, ts / h->step))
		halve(h);
	h->last = slot_at(h, ts / h->step);
	h->at = ts - ts % h->step;
}

static __attribute__((noinline)) void look_at_memory(struct heat *h)
{
	size_t bytes = 0;

	h->added = 0;
	for (uint64_t n = h->first; n < h->end; n++)
		bytes += loghist_bytes(slot_at(h, n));
	if (bytes > h->conf.memory && h->end - h->first > 1)
		halve(h);
}

/* ---- counting ---- */

static void widen(struct heat *h, wide_t v)
{
	if (!h->any)
		h->least = h->greatest = v;
	h->any = true;
	h->least = MIN(h->least, v);
	h->greatest = MAX(h->greatest, v);
}

void heat_add(struct heat *h, uint64_t ts, wide_t v)
{
	if (unlikely(ts < h->conf.from || ts >= h->conf.to)) {
		h->outside++;
		return;
	}
	if (unlikely(!h->last || ts - h->at >= h->step))
		find_slot(h, ts);
	loghist_add(h->last, v, 1);
	if (unlikely(!h->any || v < h->least || v > h->greatest))
		widen(h, v);
	h->changed = MIN(h->changed, ts);
	if (unlikely(++h->added >= LOOK_EVERY))
		look_at_memory(h);
}

static void take_row(void *data, const struct row *r)
{
	struct heat *h = data;
	wide_t v;

	if (numeric_read(h->conf.field, r, &v))
		heat_add(h, r->ts, v);
	else
		h->lacking++;
}

static void restart(void *data)
{
	empty(data);
}

const struct fold_ops heat_fold_ops = { .row = take_row, .restart = restart };

void heat_forget(struct heat *h, uint64_t ts)
{
	uint64_t until = ts / h->step;

	h->conf.from = MAX(h->conf.from, until * h->step);
	if (h->first == h->end || until <= h->first)
		return;
	for (; h->first < h->end && h->first < until; h->first++)
		loghist_done(slot_at(h, h->first));
	h->last = NULL;
	h->changed = 0;
}

void heat_until(struct heat *h, uint64_t ts)
{
	h->conf.to = MIN(h->conf.to, ts);
}

/* ---- asking ---- */

/* Numbers of the slots that begin in [from, to). */
static void slots_in(const struct heat *h, uint64_t from, uint64_t to, uint64_t *first,
		     uint64_t *end)
{
	*first = MAX(h->first, from / h->step + (from % h->step != 0));
	*end = MIN(h->end, to / h->step + (to % h->step != 0));
}

void heat_stats(const struct heat *h, struct heat_stats *ret)
{
	*ret = (struct heat_stats) {
		.step = h->step,
		.from = h->first * h->step,
		.to = h->end * h->step,
		.lacking = h->lacking,
		.outside = h->outside,
		.least = h->least,
		.greatest = h->greatest,
	};
	for (uint64_t n = h->first; n < h->end; n++)
		ret->counted += slot_at(h, n)->total;
}

void heat_sum(const struct heat *h, uint64_t from, uint64_t to, struct loghist *ret)
{
	uint64_t n, end;

	for (slots_in(h, from, to, &n, &end); n < end; n++)
		loghist_merge(ret, slot_at(h, n));
}

void heat_each(const struct heat *h, uint64_t from, uint64_t to,
	       void (*fn)(wide_t lo, wide_t hi, uint64_t n, void *data), void *data)
{
	uint64_t n, end;

	for (slots_in(h, from, to, &n, &end); n < end; n++)
		loghist_each(slot_at(h, n), fn, data);
}

uint64_t heat_changed(struct heat *h)
{
	uint64_t changed = h->changed;

	h->changed = UINT64_MAX;
	return changed;
}
