/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_rows: the rows of a recording as text, slice by slice.
 *
 * A slice is what a few steps of the deck brought: the same for everybody, however many share the
 * work. Each one walks all pages, for the names that are in them, and prints its share of the
 * slices; so a row says the same whoever prints it, and nobody waits for a first pass.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "cli/report.h"
#include "core/cleanup.h"
#include "core/cursor.h"
#include "sinks/sink.h"
#include "tracefs/tep_helper.h"

#define PUMPS_MAX 4 /* a slice: so many steps of 1 MiB; the first ones are smaller */

struct printer {
	const struct report *report;
	struct turn *turn;
	struct report_counts *counts;
	struct cursor *cursor;
	struct sink *sink;
	bool ended; /* enough was shown */
};

/* ---- turns ---- */

/* Waits until the slices before ours are printed. -ECANCELED: whoever had the turn is gone. */
static int turn_wait(struct turn *t)
{
	ssize_t n;
	char c;

	if (t->ours || t->in < 0)
		return 0;
	do
		n = read(t->in, &c, 1);
	while (n < 0 && errno == EINTR);
	t->ours = n == 1;
	return t->ours ? 0 : -ECANCELED;
}

/* The next one may be at its end and away. */
static void turn_pass(struct turn *t)
{
	if (t->in < 0)
		return;
	t->ours = false;
	while (write(t->out, "t", 1) < 0 && errno == EINTR)
		;
}

/* ---- rows ---- */

/* Writes what is there, when it is our turn, however slow the reader is. */
static int write_out(struct printer *p, struct err *e)
{
	int rc = turn_wait(p->turn);

	if (rc < 0)
		return rc;
	p->sink->conf.fd = STDOUT_FILENO;
	while ((rc = p->sink->ops->tick(p->sink, e)) == -EAGAIN)
		poll(&(struct pollfd) { .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
	return rc;
}

/* One row, if it is wanted. */
static int show(struct printer *p, const struct row *r, struct err *e)
{
	struct filter *f = p->report->filter;
	int rc;

	/* Whatever is looked for, it may have been among the lost. */
	if (f && !(r->flags & ROW_LOSS) && !filter_match(f, r, p->sink->conf.identity)) {
		p->counts->hidden++;
		return 0;
	}
	rc = p->sink->ops->row(p->sink, r, e);
	if (rc == -EAGAIN)
		rc = write_out(p, e);
	if (!(r->flags & ROW_LOSS) && ++p->counts->shown >= p->report->opts->limit)
		p->ended = true;
	return rc;
}

/* The rows of a slice: those below limit that were not printed yet. */
static int print_slice(struct printer *p, uint64_t limit, struct err *e)
{
	struct row row;
	int rc = 0;

	cursor_pass(p->cursor, MIN(p->report->from, limit));
	limit = MIN(limit, p->report->to);
	while (!p->ended && rc >= 0 && cursor_next(p->cursor, limit, &row))
		rc = show(p, &row, e);
	if (rc >= 0)
		rc = write_out(p, e);
	if (rc < 0)
		return rc;
	if (p->turn->in >= 0)
		p->sink->conf.fd = -1;
	turn_pass(p->turn);
	return 0;
}

static int print_all(struct printer *p, struct err *e)
{
	struct deck *d = p->report->deck;
	unsigned pumps = 1;
	bool more = true;
	int rc = 0;

	for (unsigned slice = 0; more && !p->ended && rc >= 0; slice++) {
		uint64_t limit;

		for (unsigned i = 0; i < pumps && more; i++)
			more = deck_pump(d);
		pumps = MIN(pumps * 2, PUMPS_MAX);
		limit = more ? deck_horizon(d) : UINT64_MAX;
		if (slice % p->turn->count == p->turn->index)
			rc = print_slice(p, limit, e);
		else
			cursor_pass(p->cursor, limit);
		p->counts->missed += cursor_skipped(p->cursor);
		store_forget(deck_store(d), limit);
		more = more && limit < p->report->to;
	}
	return rc;
}

/* What the library that prints odd formats did; it may have done it to any of us. */
static void note_trouble(struct printer *p)
{
	const struct backend *b = deck_backend(p->report->deck, "replay");
	const char *trouble = NULL;
	unsigned times = 0;

	if (b && b->text.fallback == tep_helper_text)
		trouble = tep_helper_trouble(b->text.fallback_data, &times);
	if (trouble)
		err_set(&p->counts->trouble, -EIO, "%s", trouble);
}

static void count_sources(struct printer *p)
{
	_cleanup_strbuf_ struct strbuf damaged = { 0 };
	const struct deck *d = p->report->deck;
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store((struct deck *)d), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		p->counts->events += src->events;
		p->counts->lost += src->lost;
		p->counts->lost_unknown += src->lost_unknown;
	}
	losses_put_damaged(&damaged, p->report->opts, p->report->deck);
	snprintf(p->counts->damaged, sizeof(p->counts->damaged), "%s", strbuf_cstr(&damaged));
	if (deck_error(d))
		p->counts->damage = *deck_error(d);
	note_trouble(p);
}

void report_rows(const struct report *r, struct turn *t, struct report_counts *c)
{
	struct printer p = { .report = r, .turn = t, .counts = c };
	struct sink_conf conf = {
		.fd = t->in < 0 ? STDOUT_FILENO : -1,
		.headless = t->index != 0,
		.identity = deck_identity(r->deck),
		.clocks = deck_clocks(r->deck),
		.columns = r->opts->columns,
		.syscalls = r->opts->syscalls ? deck_syscalls(r->deck) : NULL,
		.store = deck_store(r->deck),
		.sources = true,
		.top = choice_top(r->opts, r->deck),
	};
	int rc = sink_new(r->sink, &conf, &p.sink, &c->error);

	if (rc >= 0)
		rc = deck_start(r->deck, &c->error);
	if (rc >= 0) {
		p.cursor = cursor_new(deck_store(r->deck), CURSOR_LOSSES);
		p.ended = !r->opts->limit;
		rc = print_all(&p, &c->error);
		cursor_free(p.cursor);
	}
	c->gone = rc == -EPIPE; /* "| head" has what it wanted */
	c->error.code = rc < 0 && rc != -EPIPE && rc != -ECANCELED ? rc : 0;
	count_sources(&p);
	/* What nobody takes any more is not offered again. */
	if (p.sink && rc < 0)
		p.sink->conf.fd = -1;
	sink_free(p.sink, NULL);
	c->done = true;
}
