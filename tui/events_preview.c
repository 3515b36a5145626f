/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_preview: what a filter would show, counted over the store while it is typed.
 *
 * The count goes on in slices, as that of the filter in force does, and begins anew with every text
 * that is right. Beside it the hint that most rows lack a field: such a row passes neither the
 * comparison nor its opposite.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/events_filter.h"

#define LACKING 50 /* percent from which on it is said */

void preview_init(struct events *ev)
{
	tally_init(&ev->preview.tally, ev->win.store);
	ev->preview.sieve.identity = ev->win.sieve.identity;
}

void preview_hide(struct events *ev)
{
	struct preview *p = &ev->preview;

	tally_restart(&p->tally); /* it looks at the filter */
	filter_free(p->sieve.filter);
	p->sieve.filter = NULL;
	strbuf_clear(&p->hint);
	p->on = false;
}

void preview_done(struct events *ev)
{
	preview_hide(ev);
	strbuf_done(&ev->preview.hint);
	tally_done(&ev->preview.tally);
}

/* ---- fields that most rows lack ---- */

struct hinting {
	const struct events *ev;
	struct backend *backend; /* of what is switched; NULL: nothing is */
	uint64_t *rows;		 /* of each event, by the schema's index */
	uint32_t count;
	struct strbuf *out;
	bool chooses; /* it asks for events by name: what lacks the field is known */
};

/* What the summary counted: one walk for all events. */
static void count_rows(struct hinting *h)
{
	const struct summary *sum = deck_summary(h->ev->deck);

	h->count = sum ? sum->schema_cap : 0;
	h->rows = xcalloc(h->count + 1, sizeof(*h->rows));
	if (sum)
		summary_totals(sum, h->rows, h->count);
}

static uint64_t rows_of(const struct hinting *h, const struct schema *s)
{
	return s->index < h->count ? h->rows[s->index] : 0;
}

/* Rows of the events there are, and of those that have a field. */
struct share {
	uint64_t rows, having;
};

static void add_share(const struct hinting *h, const struct source *src, const char *name,
		      struct share *sh)
{
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
		const struct schema *s = src->schemas->by_id[id];

		if (!s)
			continue;
		sh->rows += rows_of(h, s);
		if (schema_field(s, name))
			sh->having += rows_of(h, s);
	}
}

/* How many rows have a field of a name, by what the summary counted. */
static struct share share_of(const struct hinting *h, const char *name)
{
	struct share sh = { 0 };
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(h->ev->win.store, i)); i++)
		if (!(src->flags & SOURCE_HIDDEN))
			add_share(h, src, name, &sh);
	return sh;
}

static void hint_field(const struct filter_field *use, void *data)
{
	struct hinting *h = data;
	struct share sh;
	unsigned percent;

	h->chooses |=
	    use->is_context && (!strcmp(use->name, "event") || !strcmp(use->name, "system"));
	if (use->is_context || use->event || use->in_kernel)
		return;
	sh = share_of(h, use->name);
	percent = sh.rows ? (unsigned)((sh.rows - sh.having) * 100 / sh.rows) : 0;
	if (percent < LACKING)
		return;
	strbuf_fmt(h->out, "%s%s: %u %% of the rows have no such field", h->out->len ? "; " : "",
		   use->name, percent);
}

/* ---- what is probably not meant ---- */

/* An event that is on, or was: there are rows of it. The kernel has many more. */
static bool is_there(const struct schema *s, void *data)
{
	const struct hinting *h = data;
	struct tracer_status status = { 0 };

	if (rows_of(h, s))
		return true;
	return h->backend && s->system && h->backend->ops->status &&
	       h->backend->ops->status(h->backend, s->system, s->name, &status) >= 0 &&
	       status.state == TRACER_ON;
}

/* Of the first source of which there is something to say. */
static void add_notes(struct hinting *h, struct filter *f, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf notes = { 0 };
	const struct source *src;

	for (unsigned i = 0; !notes.len && (src = store_source_at(h->ev->win.store, i)); i++)
		if (!(src->flags & SOURCE_HIDDEN))
			filter_notes_among(f, src->schemas, is_there, h, &notes);
	for (const char *p = strbuf_cstr(&notes); *p; p++)
		if (*p == '\n')
			strbuf_str(out, "; ");
		else
			strbuf_char(out, *p);
}

/* What is right and perhaps not meant, what is surest first. */
static void make_hint(const struct events *ev, const char *text, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf lacking = { 0 };
	struct hinting h = {
		.ev = ev,
		.backend = deck_backend(ev->deck, "tracefs"),
		.out = &lacking,
	};
	struct filter *f = NULL;

	if (scope_parse(ui_scope(ev->ui), text, &f, NULL) < 0)
		return;
	count_rows(&h);
	filter_each_field(f, hint_field, &h);
	add_notes(&h, f, out);
	free(h.rows);
	if (!h.chooses && lacking.len)
		strbuf_fmt(out, "%s%s", out->len ? "; " : "", lacking.s);
	filter_free(f);
}

/* ---- counting ---- */

void preview_show(struct events *ev, const char *text, bool captures)
{
	_cleanup_free_ char *all =
	    captures ? xstrdup(text) : scope_text_with(ui_scope(ev->ui), text);
	struct preview *p = &ev->preview;

	preview_hide(ev);
	if (scope_parse(ui_scope(ev->ui), all, &p->sieve.filter, NULL) < 0)
		return;
	p->captures = captures;
	p->on = true;
	make_hint(ev, text, &p->hint);
	ev->dirty = true;
}

void preview_tell(struct events *ev, const char *words)
{
	preview_hide(ev);
	strbuf_str(&ev->preview.hint, words);
}

bool preview_busy(const struct events *ev)
{
	return ev->preview.on && !ev->preview.tally.complete;
}

bool preview_work(struct events *ev, uint64_t horizon, struct budget *b)
{
	struct preview *p = &ev->preview;
	uint64_t before = p->tally.shown + p->tally.hidden;
	bool complete = p->tally.complete, more;

	if (!p->on)
		return false;
	more = tally_work(&p->tally, &p->sieve, horizon, b);
	ev->dirty |= before != p->tally.shown + p->tally.hidden || complete != p->tally.complete;
	return more;
}

void preview_note(struct strbuf *out, void *data)
{
	const struct events *ev = data;
	const struct preview *p = &ev->preview;
	const char *more = p->tally.complete ? "" : "+";

	if (!p->on) {
		strbuf_str(out, strbuf_cstr(&p->hint));
		return;
	}
	number_text(out, p->tally.shown);
	strbuf_fmt(out, "%s of ", more);
	number_text(out, p->tally.shown + p->tally.hidden);
	strbuf_fmt(out, "%s rows here %s", more, p->captures ? "would have been taken" : "pass");
	if (p->hint.len)
		strbuf_fmt(out, "\n%s", p->hint.s);
}
