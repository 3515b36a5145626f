/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_rows: single rows become pages again, one for each (source, CPU).
 *
 * A page of rows grows in memory of its own and is handed over in parts; what was handed over does
 * not change any more. A row older than the one before it begins another page: readers go by the
 * time of a page. So does one whose format is not the one its id has for the rest of the page.
 */
#include "core/arena.h"
#include "sinks/dat_private.h"

void dat_rows_flush(struct dat_sink *d, struct dat_run *r, bool end)
{
	struct dat_item i = {
		.kind = DAT_PART,
		.source = r->number,
		.gen = r->gen,
		.hidden = r->source->flags & SOURCE_HIDDEN,
		.events = r->builder.events - r->handed_events,
	};

	if (!r->page)
		return;
	i.data = page_data_ref(r->page);
	i.part = (struct dat_part) {
		.cpu = r->cpu,
		.ts = r->first,
		.lost = r->lost,
		.bytes = r->page->bytes + d->header + r->handed,
		.from = r->handed,
		.size = r->builder.used - r->handed,
		.first = r->first,
		.last = r->builder.ts,
	};
	if (i.part.size)
		dat_give(d, &i);
	else
		page_data_unref(i.data);
	r->handed = r->builder.used;
	r->handed_events = r->builder.events;
	if (!end)
		return;
	page_data_unref(r->page);
	r->page = NULL;
	if (r->handed)
		r->lost = 0;
}

void dat_rows_begin(struct dat_sink *d, struct dat_run *r, uint64_t first)
{
	dat_page_leave(r);
	r->page = page_data_new(d->page_size);
	/* The number of lost events shall fit behind it as well. */
	page_builder_begin(&r->builder, r->page->bytes, d->page_size - 8, d->machine);
	r->handed = r->handed_events = 0;
	r->first = first;
}

/* True when the page's generation says what the row is. */
static bool agrees(const struct row *row, uint32_t gen)
{
	const struct schema_set *set = row->source->schemas;

	return !row->schema || !set || schema_set_get(set, row->schema->id, gen) == row->schema;
}

/* The generation for a page that begins with this row, and perhaps goes on with others. */
static uint32_t gen_for(const struct dat_run *r, const struct row *row)
{
	uint32_t gen = row->schema ? MAX(row->schema->gen, r->gen) : r->gen;

	return agrees(row, gen) ? gen : row->schema->gen;
}

static void add_loss(struct dat_sink *d, struct dat_run *r, uint64_t lost)
{
	dat_rows_flush(d, r, true);
	if (r->lost == LOST_UNKNOWN || lost == LOST_UNKNOWN ||
	    __builtin_add_overflow(r->lost, lost, &r->lost))
		r->lost = LOST_UNKNOWN;
}

int dat_row(struct sink *s, const struct row *row, struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_run *r = dat_run_of(d, row->source, row->cpu, row->run);

	if (row->flags & ROW_LOSS) {
		add_loss(d, r, row->lost);
		return dat_answer(d, e);
	}
	if (row->schema)
		dat_tell_format(d, r->number, row->schema);
	if (r->page && (row->ts < r->builder.ts || !agrees(row, r->gen)))
		dat_rows_flush(d, r, true);
	if (r->page && page_builder_add(&r->builder, row->ts, row->rec, row->size))
		return dat_answer(d, e);
	dat_rows_flush(d, r, true);
	r->gen = gen_for(r, row);
	dat_rows_begin(d, r, row->ts);
	if (!page_builder_add(&r->builder, row->ts, row->rec, row->size))
		d->failed_events++; /* larger than any page of the file */
	return dat_answer(d, e);
}
