/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_rows: what every walk over the rows needs: a budget, a sieve, an order.
 *
 * Keeps nothing. A budget counts rows and looks at the clock now and then, because reading it for
 * every row would cost more than the row.
 */
#include "core/clock.h"
#include "tui/events.h"

struct budget budget_new(uint32_t rows, uint64_t ns)
{
	return (struct budget) { .rows = rows, .until = clock_mono() + ns };
}

bool budget_spent(struct budget *b)
{
	if (!b->rows)
		return true;
	if (!(--b->rows & 63) && clock_mono() >= b->until)
		b->rows = 0;
	return false;
}

bool budget_over(const struct budget *b)
{
	return !b->rows;
}

void budget_take(struct budget *b, uint32_t rows)
{
	b->rows -= MIN(b->rows, rows);
	if (clock_mono() >= b->until)
		b->rows = 0;
}

struct row loss_row(const struct run *r, const struct page *p)
{
	return (struct row) {
		.ts = p->first,
		.cpu = r->cpu,
		.source = r->source,
		.run = r->index,
		.flags = ROW_LOSS,
		.lost = p->lost,
	};
}

bool sieve_passes(const struct sieve *s, const struct row *r)
{
	if (!s->filter)
		return true;
	if (r->flags & ROW_LOSS)
		return filter_run(filter_bind(s->filter, NULL), r, s->identity) != FILTER_FALSE;
	return filter_match(s->filter, r, s->identity);
}

int row_compare(const struct row *a, const struct row *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	if (a->page != b->page)
		return a->page < b->page ? -1 : 1;
	return a->pos < b->pos ? -1 : a->pos > b->pos;
}

bool row_is_here(const struct store *s, const struct row *r)
{
	const struct run *run = store_run_at(s, r->run);

	return run && run_page(run, r->page);
}
