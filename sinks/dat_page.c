/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_page: pages of the store go into the file as they are.
 *
 * By reference, where all of a page is wanted: nothing is done for each event. Where some records
 * must stay out, the others are copied in spans; behind a gap stands an absolute time stamp, as
 * the store itself puts one between fragments, so it never takes more room than what was left out.
 * Small copies join in one page: on a quiet machine a page each would be nearly all air.
 */
#include <errno.h>

#include "core/arena.h"
#include "core/page.h"
#include "sinks/dat_private.h"

#define STAMP 8 /* bytes of an absolute time stamp; no record is smaller */

/*
 * The time in front of the records at offset from: that of the page, or of the stamp that begins
 * each fragment joined to it. False when there is none, so nothing could begin here.
 */
static bool time_at(const struct page *p, const uint8_t *records, uint32_t from, uint64_t *ret)
{
	uint64_t stamp;
	uint32_t head;

	*ret = p->ts;
	if (!from)
		return true;
	if (from > p->size || p->size - from < STAMP)
		return false;
	head = load_u32(records + from);
	if ((head & 31) != PAGE_TIME_STAMP)
		return false;
	stamp = (uint64_t)load_u32(records + from + 4) << 27 | head >> 5;
	*ret = stamp | (p->ts & ~((1ULL << 59) - 1));
	return true;
}

static bool is_hidden(const struct run *run)
{
	return run->source->flags & SOURCE_HIDDEN;
}

/* An item for what run says, with everything but the bytes. */
static struct dat_item item_of(const struct dat_run *r, const struct run *run, const struct page *p)
{
	return (struct dat_item) {
		.kind = DAT_PART,
		.source = r->number,
		.hidden = is_hidden(run),
		.gen = p->gen,
		.part = { .cpu = r->cpu, .first = p->first, .last = p->last },
	};
}

/* What a page that begins now is to say of losses: those of before, and n. */
static uint64_t take_loss(struct dat_run *r, uint64_t n)
{
	uint64_t sum = 0;

	if (r->lost == LOST_UNKNOWN || n == LOST_UNKNOWN ||
	    __builtin_add_overflow(r->lost, n, &sum))
		sum = LOST_UNKNOWN;
	r->lost = 0;
	return sum;
}

/* The run's place in the sink, with its page of rows handed over and its formats told. */
static struct dat_run *turn_to(struct dat_sink *d, const struct run *run)
{
	struct dat_run *r = dat_run_of(d, run->source, run->cpu, run->index);

	dat_rows_flush(d, r, true);
	dat_tell_formats(d, r->number);
	return r;
}

/* Small enough to be copied behind others. */
static bool is_small(const struct dat_sink *d, const struct page *page, uint32_t from)
{
	return page->size - MIN(from, page->size) <= (d->page_size - d->header) / 8;
}

static int put_by_reference(struct sink *s, const struct run *run, const struct page *page,
			    uint32_t from, struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_run *r = turn_to(d, run);
	struct dat_item i = item_of(r, run, page);
	struct page_data *keep;
	const uint8_t *records = page_records(run, page, &keep);
	bool goes_on = from && r->records == records && r->next == from;
	uint64_t ts = page->ts;

	if (!records || page->size <= from)
		goto nothing;
	if (!goes_on && !time_at(page, records, from, &ts))
		goto nothing;
	if (!goes_on) {
		r->base = from;
		r->events = from ? r->events : 0;
		i.part.lost = take_loss(r, from ? 0 : page->lost);
	}
	i.data = keep ? keep : page_data_ref(page->data);
	i.events = page->events - MIN(r->events, page->events);
	i.part.ts = ts;
	i.part.bytes = records + from;
	i.part.from = from - r->base;
	i.part.size = page->size - from;
	r->records = records;
	r->next = page->size;
	r->events = page->events;
	dat_give(d, &i);
	return dat_answer(d, e);
nothing:
	page_data_unref(keep);
	return page->size <= from
		   ? dat_answer(d, e)
		   : err_set(e, -EINVAL, "%s: cpu %u: bytes of a page that cannot be had",
			     run->source->name, run->cpu);
}

/* ---- copies with gaps ---- */

struct copy {
	const struct run *run;
	const struct dat_cut *cut;
	uint32_t gen;
	uint8_t *to;
	uint32_t used, events, own;
	uint64_t begin, now; /* times: in front of all, of the record taken last */
	const uint8_t *span; /* taken, but not copied yet; NULL: there is a gap */
};

static bool is_wanted(struct copy *c, const struct page_event *ev)
{
	const struct source *src = c->run->source;
	const struct schema_set *set = src->schemas;
	const struct schema *schema;

	if (ev->ts < c->cut->since || ev->ts >= c->cut->before)
		return false;
	if (ev->size < set->pid_offset + 4 || ev->size < set->type_offset + 2)
		return true;
	schema = schema_set_get(set, load_u16(ev->rec + set->type_offset), c->gen);
	if (!source_owns(src, (int32_t)load_u32(ev->rec + set->pid_offset), schema))
		return true;
	c->own++;
	return false;
}

static void copy_span(struct copy *c, const uint8_t *end)
{
	if (!c->span)
		return;
	memcpy(c->to + c->used, c->span, (size_t)(end - c->span));
	c->used += (uint32_t)(end - c->span);
	c->span = NULL;
}

/* A record from `at` on is taken; before is the time in front of it. */
static void take(struct copy *c, const uint8_t *at, uint64_t before, uint64_t ts)
{
	if (!c->span && c->used) {
		page_put_time_stamp(c->to + c->used, before);
		c->used += STAMP;
	} else if (!c->span) {
		c->begin = before;
	}
	if (!c->span)
		c->span = at;
	c->events++;
	c->now = ts;
}

static void copy_records(struct copy *c, const uint8_t *records, uint32_t size, uint64_t ts)
{
	struct page_walk w = page_walk_init(records, size, ts);
	struct page_event ev;

	for (;;) {
		const uint8_t *at = w.p;
		uint64_t before = w.ts;

		if (!page_next(&w, &ev)) {
			copy_span(c, at);
			return;
		}
		if (is_wanted(c, &ev))
			take(c, at, before, ev.ts);
		else
			copy_span(c, at);
	}
}

/* Room for copies of size bytes: behind what the run's page of rows has, or in a new one. */
static void make_room(struct dat_sink *d, struct dat_run *r, const struct page *page, uint32_t size,
		      uint64_t ts)
{
	uint32_t room = d->page_size - d->header - 8; /* the number of lost events shall fit */

	if (r->page &&
	    (r->gen != page->gen || ts < r->builder.ts || r->builder.used + size + STAMP > room))
		dat_rows_flush(d, r, true);
	dat_page_leave(r);
	if (r->page)
		return;
	dat_rows_begin(d, r, ts);
	r->gen = page->gen;
}

/* What was copied belongs to the page of rows now. */
static void take_over(struct dat_run *r, const struct copy *c)
{
	if (!c->events)
		return;
	if (!r->builder.events)
		r->first = c->begin;
	r->builder.used = c->used;
	r->builder.events += c->events;
	r->builder.ts = c->now;
}

/* c->begin: the time in front of the records, which are those of the page from `from` on. */
static void add_copy(struct dat_sink *d, struct dat_run *r, const struct page *page, uint32_t from,
		     const uint8_t *records, struct copy *c)
{
	uint64_t lost = from ? 0 : page->lost;
	uint32_t size = page->size - from;
	uint64_t ts = c->begin;

	if (lost) { /* it stands in front of a page */
		dat_rows_flush(d, r, true);
		r->lost = take_loss(r, lost);
	}
	make_room(d, r, page, size, ts);
	c->to = r->page->bytes + d->header;
	c->used = r->builder.used;
	copy_records(c, records + from, size, ts);
	take_over(r, c);
	if (!is_small(d, page, from))
		dat_rows_flush(d, r, true);
}

int dat_page_cut(struct sink *s, const struct run *run, const struct page *page, uint32_t from,
		 struct dat_cut *cut, struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_run *r = dat_run_of(d, run->source, run->cpu, run->index);
	struct copy c = { .run = run, .cut = cut, .gen = page->gen };
	struct page_data *keep;
	const uint8_t *records = page_records(run, page, &keep);

	dat_tell_formats(d, r->number);
	r->events = page->events; /* for what may go on behind it, by reference */
	if (records && time_at(page, records, from, &c.begin)) {
		add_copy(d, r, page, from, records, &c);
		page_data_unref(keep);
		cut->own = c.own;
		return dat_answer(d, e);
	}
	page_data_unref(keep);
	return err_set(e, -EINVAL, "%s: cpu %u: bytes of a page that cannot be had",
		       run->source->name, run->cpu);
}

int dat_put_page(struct sink *s, const struct run *run, const struct page *page, uint32_t from,
		 struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_run *r = dat_run_of(d, run->source, run->cpu, run->index);
	struct dat_cut all = { .before = UINT64_MAX };

	/* A little behind copies that were handed over: it joins them. */
	if (r->page && from && is_small(d, page, from))
		return dat_page_cut(s, run, page, from, &all, e);
	return put_by_reference(s, run, page, from, e);
}
