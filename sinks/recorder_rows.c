/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_rows: single rows, where a filter, a number of events or a foreign machine asks for
 * them; and the names of threads.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "core/page.h"
#include "sinks/recorder_private.h"

#define ROW_COST 16 /* of the budget, beside the record's own bytes */

static bool is_wanted(const struct recorder *r, const struct row *row)
{
	const struct recorder_conf *c = &r->conf;

	if (row->flags & ROW_LOSS) /* said, whatever the filter says of events */
		return true;
	if (c->filter && !filter_match(c->filter, row, c->identity))
		return false;
	return !c->wanted || c->wanted(c->wanted_data, row);
}

static void give_row(struct recorder *r, const struct row *row)
{
	struct err e = ERR_INIT;

	if (row->flags & ROW_LOSS)
		recorder_count_loss(r, row->lost);
	else
		r->taken++;
	recorder_check(r, r->sink->ops->row(r->sink, row, &e), &e);
}

/* Our own rows never come to a cursor; the pages know how many there were. */
static void count_own(struct recorder *r)
{
	for (unsigned i = 0; i < r->run_count; i++) {
		struct recorder_run *m = &r->runs[i];
		const struct page *p;

		if (recorder_is_hidden(m->run))
			continue;
		if (m->page < m->run->base) {
			m->page = m->run->base;
			m->own = 0;
		}
		while ((p = run_page(m->run, m->page))) {
			if (p->last >= r->conf.from && p->first < r->conf.to)
				r->own += p->own - m->own;
			m->own = p->own;
			if (m->page + 1 >= m->run->base + m->run->count)
				break;
			m->page++;
			m->own = 0;
		}
	}
}

static void stand(struct recorder *r)
{
	uint64_t epoch = store_epoch(r->conf.store);

	if (r->cursor_epoch == epoch)
		return;
	cursor_free(r->cursor);
	r->cursor = cursor_new(r->conf.store, CURSOR_LOSSES);
	cursor_seek(r->cursor, r->looked ? r->looked + 1 : r->conf.from);
	r->cursor_epoch = epoch;
}

bool recorder_rows(struct recorder *r, uint64_t limit, uint64_t *budget)
{
	struct row row;

	stand(r);
	count_own(r);
	while (r->taking && r->taken < r->conf.max_events) {
		if (!*budget || dat_full(r->sink))
			return true;
		if (!cursor_next(r->cursor, limit, &row)) {
			r->looked = MAX(r->looked, limit == UINT64_MAX ? r->looked : limit - 1);
			break;
		}
		r->looked = MAX(r->looked, row.ts);
		*budget -= MIN(*budget, row.size + (uint64_t)ROW_COST);
		bool asked = row.ts >= r->conf.from && row.ts < r->conf.to;

		if (asked && !is_wanted(r, &row))
			r->unwanted++;
		else if (asked)
			give_row(r, &row);
	}
	r->missed += cursor_skipped(r->cursor);
	return false;
}

/* ---- a page, row by row ---- */

static bool fill_row(const struct run *run, const struct page *p, const struct page_event *ev,
		     struct row *row)
{
	const struct schema_set *set = run->source->schemas;
	uint16_t type;
	uint32_t tid;

	*row = (struct row) {
		.ts = run_time(run, ev->ts),
		.rec = ev->rec,
		.size = ev->size,
		.cpu = run->cpu,
		.source = run->source,
		.run = run->index,
	};
	if (ev->size < set->pid_offset + 4 || ev->size < set->type_offset + 2)
		return true;
	type = load_u16(ev->rec + set->type_offset);
	tid = load_u32(ev->rec + set->pid_offset);
	row->tid = (int32_t)(set->machine.swap ? __builtin_bswap32(tid) : tid);
	row->schema =
	    schema_set_get(set, set->machine.swap ? __builtin_bswap16(type) : type, p->gen);
	return !source_owns(run->source, row->tid, row->schema);
}

void recorder_page_rows(struct recorder *r, const struct run *run, const struct page *p)
{
	struct row loss = { .ts = p->first, .cpu = run->cpu, .flags = ROW_LOSS, .lost = p->lost };
	struct page_data *keep;
	const uint8_t *records = page_records(run, p, &keep);
	struct page_walk w = page_walk_init(records, records ? p->size : 0, p->ts);
	struct page_event ev;
	struct err e = ERR_INIT;
	struct row row;

	loss.source = run->source;
	if (p->lost)
		recorder_check(r, r->sink->ops->row(r->sink, &loss, &e), &e);
	while (page_next(&w, &ev)) {
		if (!fill_row(run, p, &ev, &row))
			r->own++;
		else if (row.ts >= r->conf.from && row.ts < r->conf.to)
			recorder_check(r, r->sink->ops->row(r->sink, &row, &e), &e);
	}
	page_data_unref(keep);
}

/* ---- names ---- */

static uint32_t hash_comm(const char *comm)
{
	uint32_t h = 2166136261u;

	for (unsigned i = 0; i < COMM_LEN && comm[i]; i++)
		h = (h ^ (uint8_t)comm[i]) * 16777619u;
	return h;
}

static struct recorder_comm *find_comm(const struct recorder *r, int32_t tid)
{
	size_t i = (uint32_t)tid * 2654435761u;

	while (r->comms[i & (r->comm_size - 1)].tid && r->comms[i & (r->comm_size - 1)].tid != tid)
		i++;
	return &r->comms[i & (r->comm_size - 1)];
}

static void grow_comms(struct recorder *r)
{
	struct recorder_comm *old = r->comms;
	size_t size = r->comm_size;

	r->comm_size = size ? size * 2 : 1024;
	r->comms = xcalloc(r->comm_size, sizeof(*r->comms));
	for (size_t i = 0; i < size; i++)
		if (old[i].tid)
			*find_comm(r, old[i].tid) = old[i];
	free(old);
}

static void tell_comm(int32_t tid, const char *comm, void *data)
{
	struct recorder *r = data;
	uint32_t hash = hash_comm(comm);
	struct err e = ERR_INIT;
	struct recorder_comm *c;

	if (tid <= 0 || !strcmp(comm, "<...>"))
		return;
	if (r->comm_count * 2 >= r->comm_size)
		grow_comms(r);
	c = find_comm(r, tid);
	if (c->tid == tid && c->hash == hash)
		return;
	r->comm_count += !c->tid;
	*c = (struct recorder_comm) { .tid = tid, .hash = hash };
	recorder_check(r, r->sink->ops->comm(r->sink, tid, comm, &e), &e);
}

void recorder_comms(struct recorder *r)
{
	if (r->conf.identity)
		identity_names(r->conf.identity, tell_comm, r);
}
