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

/* Rows of the events there are, and of those that have a field. */
struct share {
	uint64_t rows, having;
};

static void add_share(const struct source *src, const char *name, const uint64_t *totals,
		      uint32_t count, struct share *sh)
{
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
		const struct schema *s = src->schemas->by_id[id];

		if (!s || s->index >= count)
			continue;
		sh->rows += totals[s->index];
		if (schema_field(s, name))
			sh->having += totals[s->index];
	}
}

/* How many rows have a field of a name, by what the summary counted. */
static struct share share_of(const struct events *ev, const char *name)
{
	const struct summary *sum = deck_summary(ev->deck);
	uint32_t count = sum ? sum->schema_cap : 0;
	_cleanup_free_ uint64_t *totals = xcalloc(count + 1, sizeof(*totals));
	struct share sh = { 0 };
	const struct source *src;

	if (sum)
		summary_totals(sum, totals, count);
	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++)
		if (!(src->flags & SOURCE_HIDDEN))
			add_share(src, name, totals, count, &sh);
	return sh;
}

struct hinting {
	const struct events *ev;
	struct strbuf *out;
	bool chooses; /* it asks for events by name: what lacks the field is known */
};

static void hint_field(const struct filter_field *use, void *data)
{
	struct hinting *h = data;
	struct share sh;
	unsigned percent;

	h->chooses |=
	    use->is_context && (!strcmp(use->name, "event") || !strcmp(use->name, "system"));
	if (use->is_context || use->event || use->in_kernel)
		return;
	sh = share_of(h->ev, use->name);
	percent = sh.rows ? (unsigned)((sh.rows - sh.having) * 100 / sh.rows) : 0;
	if (percent < LACKING)
		return;
	strbuf_fmt(h->out, "%s%s: %u %% of the rows have no such field", h->out->len ? "; " : "",
		   use->name, percent);
}

static void add_notes(const struct events *ev, struct filter *f, struct strbuf *out)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++) {
		size_t len = out->len;

		if (src->flags & SOURCE_HIDDEN)
			continue;
		if (len)
			strbuf_str(out, "; ");
		if (filter_notes(f, src->schemas, out) > 0)
			break;
		strbuf_cut(out, len);
	}
	for (size_t i = 0; i < out->len; i++)
		if (out->s[i] == '\n')
			out->s[i] = ' ';
}

/* What is right and perhaps not meant, what is surest first. */
static void make_hint(const struct events *ev, const char *text, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf lacking = { 0 };
	struct hinting h = { .ev = ev, .out = &lacking };
	struct filter *f = NULL;

	if (scope_parse(ui_scope(ev->ui), text, &f, NULL) < 0)
		return;
	filter_each_field(f, hint_field, &h);
	add_notes(ev, f, out);
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
