/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_fill: fragments become pages, and every record is walked once, here.
 *
 * The walk is the hot path of the whole program: about 20 ns an event for everything that
 * happens to each of them (times, identity, per-thread counts). Nothing is added to it lightly.
 */
#include <errno.h>

#include "core/fds.h"
#include "core/identity.h"
#include "core/store.h"
#include "core/store_private.h"
#include "core/summary.h"

/* What one walk found. */
struct found {
	uint64_t first, last;
	uint32_t events;
	uint32_t late;
	uint32_t own;	  /* of our own doing: in the page, but nobody's to see */
	uint32_t strange; /* no schema, or too short for it */
	bool damaged;
};

/* The few events that somebody learns from. */
static __attribute__((noinline)) void learn(struct store *s, const struct schema *schema,
					    const struct page_event *ev)
{
	if (s->conf.identity && schema->role < ROLE_CALL)
		identity_learn(s->conf.identity, schema, ev->ts, ev->rec, ev->size);
	if (s->fds && (schema->role == ROLE_CALL || schema->role == ROLE_EXEC))
		fds_learn(s->fds, schema, ev->ts, ev->rec, ev->size);
}

/* Walks records of a run; everything that looks at each event is called from here. */
static struct found walk_records(struct store *s, struct run *r, const uint8_t *p, uint32_t size,
				 uint64_t ts)
{
	const struct schema_set *set = r->source->schemas;
	const uint32_t type_at = set->type_offset, pid_at = set->pid_offset;
	const uint32_t least = MAX(type_at + 2, pid_at + 4);
	const struct source *src = r->source;
	bool folds = !(src->flags & (SOURCE_HIDDEN | SOURCE_AGAIN));
	struct summary *sum = folds ? s->conf.summary : NULL;
	struct identity *id = s->conf.identity;
	struct page_walk w = page_walk_init(p, size, ts);
	struct found f = { .first = run_time(r, ts), .last = run_time(r, ts) };
	struct page_event ev = { .ts = f.last };

	/* Numbers of tasks are good from one look at the summary to the next, and no longer. */
	r->tid = -1;
	r->task = 0;
	while (page_next(&w, &ev)) {
		const struct schema *schema;
		uint16_t type;
		uint32_t tid;

		ev.ts = run_time(r, ev.ts);
		if (!f.events++)
			f.first = ev.ts;
		f.late += ev.ts < s->final;
		if (unlikely(ev.size < least)) {
			f.strange++;
			continue;
		}
		type = load_u16(ev.rec + type_at);
		tid = load_u32(ev.rec + pid_at);
		if (unlikely(set->machine.swap)) {
			type = __builtin_bswap16(type);
			tid = __builtin_bswap32(tid);
		}
		schema = schema_set_get(set, type, UINT32_MAX);
		if (unlikely(!schema || ev.size < schema->min_size)) {
			f.strange++;
			continue;
		}
		if (unlikely(schema->role))
			learn(s, schema, &ev);
		if (source_owns(src, (int32_t)tid, schema)) {
			f.own++;
			continue;
		}
		if (!sum)
			continue;
		if ((int32_t)tid != r->tid || unlikely(ev.ts > r->task_until)) {
			r->tid = (int32_t)tid;
			r->task = summary_task(sum, id, (int32_t)tid, ev.ts);
			r->task_until = summary_task_until(sum, r->task);
		}
		summary_fold(sum, r->task, schema, ev.ts);
	}
	f.last = unlikely(w.peak) ? MAX(ev.ts, run_time(r, w.peak)) : ev.ts;
	f.damaged = w.damaged;
	return f;
}

/* Adds what a walk found to its source. */
static void account_source(struct store *s, struct source *src, const struct found *f)
{
	s->newest = MAX(s->newest, f->last);
	if (src->flags & SOURCE_AGAIN)
		return;
	src->events += f->events - f->own;
	if (!(src->flags & SOURCE_DERIVED)) /* late is what they are made of, which was counted */
		src->late += f->late;
	src->damaged += f->strange + f->damaged;
}

/* Adds what a walk found to the page and the store. */
static void account(struct store *s, struct page *p, const struct found *f)
{
	if (f->events) {
		p->first = p->events ? MIN(p->first, f->first) : f->first;
		p->last = MAX(p->last, f->last);
	}
	p->events += f->events;
	p->own += f->own;
	p->damaged |= f->damaged;
	s->events += f->events;
	s->version++;
}

static void count_loss(struct source *src, uint64_t lost)
{
	if (lost == LOST_UNKNOWN)
		src->lost_unknown++;
	else
		src->lost += lost;
}

static uint64_t add_loss(uint64_t a, uint64_t b)
{
	if (a == LOST_UNKNOWN || b == LOST_UNKNOWN)
		return LOST_UNKNOWN;
	return a + b;
}

uint8_t *store_room(struct store *s, struct err *e)
{
	if (!s->spare)
		s->spare = store_page_take(s);
	if (!s->spare) {
		err_set(e, -ENOMEM, "no memory for another page: start with a smaller --memory");
		return NULL;
	}
	return s->spare->bytes;
}

void store_close_page(struct store *s, struct run *r)
{
	(void)s;
	r->open = false;
}

void store_lost(struct store *s, struct run *r, uint64_t n)
{
	if (!n)
		return;
	store_close_page(s, r);
	fds_lost(s->fds);
	r->lost = add_loss(r->lost, n);
	count_loss(r->source, n);
}

uint64_t store_lost_known(struct store *s, struct run *r, uint64_t n)
{
	uint64_t *lost = &r->lost; /* not said by a page yet */

	if (*lost != LOST_UNKNOWN && r->count)
		lost = &r->pages[(r->head + r->count - 1) & (r->cap - 1)].lost;
	if (*lost != LOST_UNKNOWN)
		return 0;
	*lost = n;
	r->source->lost += n;
	r->source->lost_unknown--;
	s->version++;
	return n;
}

/* What stands in the header of a fragment. */
struct fragment {
	uint64_t ts, lost;
	uint32_t size;
};

static int parse_fragment(const uint8_t *bytes, size_t read, struct fragment *f)
{
	uint64_t commit;

	if (read < PAGE_HEADER)
		return -EINVAL;
	f->ts = load_u64(bytes);
	commit = load_u64(bytes + 8);
	f->size = commit & PAGE_COMMIT_MASK;
	f->lost = 0;
	if (f->size > read - PAGE_HEADER)
		return -EINVAL;
	if (!(commit & PAGE_MISSED))
		return 0;
	f->lost = LOST_UNKNOWN;
	if (commit & PAGE_MISSED_STORED && read - PAGE_HEADER - f->size >= 8)
		f->lost = load_u64(bytes + PAGE_HEADER + f->size);
	return 0;
}

/* The open page, if the fragment may be joined to it; else NULL. */
static struct page *joinable(const struct store *s, const struct run *r, const struct fragment *f)
{
	struct page *p;

	if (!r->open || !r->count)
		return NULL;
	p = &r->pages[(r->head + r->count - 1) & (r->cap - 1)];
	if (p->gen != r->source->schemas->gen || p->damaged)
		return NULL;
	if (f->ts > p->first + PAGE_AGE)
		return NULL;
	return PAGE_HEADER + p->size + 8 + f->size <= s->conf.page_size ? p : NULL;
}

/* Appends the fragment behind an absolute time stamp; the spare is free for the next one. */
static void join(struct page *p, const uint8_t *bytes, const struct fragment *f)
{
	uint8_t *to = p->data->bytes + PAGE_HEADER + p->size;

	page_put_time_stamp(to, f->ts);
	memcpy(to + 8, bytes + PAGE_HEADER, f->size);
	p->size += 8 + f->size;
	store_u64(p->data->bytes + 8, p->size);
}

static struct page *begin(struct store *s, struct run *r, const struct fragment *f)
{
	struct page p = {
		.ts = f->ts,
		.first = f->ts,
		.last = f->ts,
		.records = s->spare->bytes + PAGE_HEADER,
		.data = s->spare,
		.lost = r->lost,
		.size = f->size,
		.gen = r->source->schemas->gen,
	};

	store_u64(s->spare->bytes + 8, f->size); /* without the missed bits: p.lost has them */
	s->spare = NULL;
	r->lost = 0;
	r->open = true;
	return store_page_add(s, r, &p);
}

int store_commit(struct store *s, struct run *r, size_t read, struct err *e)
{
	uint8_t *bytes = s->spare->bytes;
	const uint8_t *records;
	struct fragment f;
	struct found found;
	struct page *p;

	if (parse_fragment(bytes, MIN(read, (size_t)s->conf.page_size), &f) < 0)
		return err_set(e, -EINVAL,
			       "%s: cpu %u: %zu bytes that are no page of a ring buffer",
			       r->source->name, r->cpu, read);
	store_lost(s, r, f.lost);
	if (!f.size)
		return 0;
	p = joinable(s, r, &f);
	if (p) {
		records = p->records + p->size + 8;
		join(p, bytes, &f);
	} else {
		p = begin(s, r, &f);
		records = p->records;
	}
	found = walk_records(s, r, records, f.size, f.ts);
	if (!found.events)
		found.first = found.last = f.ts;
	account(s, p, &found);
	account_source(s, r->source, &found);
	r->source->bytes += f.size;
	return (int)found.events;
}

static int check_size(const struct run *r, const struct page *p, struct err *e)
{
	if (p->size > (16u << 20))
		return err_set(e, -EINVAL, "%s: cpu %u: a page of %u bytes", r->source->name,
			       r->cpu, p->size);
	return 0;
}

/* The one walk over a page that comes as a whole, and what its source counts of it. */
static struct found walk_page(struct store *s, struct run *r, const struct page *p)
{
	struct found f = walk_records(s, r, p->records, p->size, p->ts);

	count_loss(r->source, p->lost);
	account_source(s, r->source, &f);
	r->source->bytes += p->size;
	return f;
}

int store_borrow(struct store *s, struct run *r, const struct page *page, bool walk, struct err *e)
{
	struct found found = { .first = page->first,
			       .last = page->last,
			       .events = page->events,
			       .own = page->own,
			       .damaged = page->damaged };
	struct page copy = *page;
	int rc = check_size(r, page, e);

	if (rc < 0)
		return rc;
	store_close_page(s, r);
	copy.lost = add_loss(r->lost, page->lost);
	r->lost = 0;
	copy.events = copy.own = 0;
	if (walk)
		copy.first = copy.last = run_time(r, page->ts);
	copy.gen = r->source->schemas->gen;
	if (r->source->loader)
		copy.records = NULL;
	if (walk)
		found = walk_page(s, r, page);
	account(s, store_page_add(s, r, &copy), &found);
	return (int)found.events;
}

int store_scan(struct store *s, struct run *r, const struct page *page, struct page *ret,
	       struct err *e)
{
	int rc = check_size(r, page, e);
	struct found f;

	if (rc < 0)
		return rc;
	f = walk_page(s, r, page);
	*ret = *page;
	ret->first = f.events ? f.first : run_time(r, page->ts);
	ret->last = f.events ? f.last : ret->first;
	ret->events = f.events;
	ret->own = f.own;
	ret->damaged = f.damaged;
	return (int)f.events;
}
