/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_pairs: which rows stand behind those of pairs, and where.
 *
 * What is folded away is left out by a filter of our own beside the scope's. Start and end of a
 * pair are looked for in the store by their times; where several rows have that time the one that
 * says most of what the pair says is meant.
 */
#include "tui/events_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/text.h"
#include "core/util.h"
#include "tui/events_calls.h"

#define LOOK_ROWS 4096 /* with the same time that are looked at */

enum pairs_mode { PAIRS_AUTO, PAIRS_SHOWN, PAIRS_HIDDEN };

struct pairs_fold {
	enum pairs_mode mode;
	char *clause;	       /* what must hold besides; NULL: nothing is folded away */
	struct filter *filter; /* with it; NULL: the scope's own is */
};

static struct pairs_fold *fold_of(struct events *ev)
{
	if (!ev->pairs)
		ev->pairs = xcalloc(1, sizeof(*ev->pairs));
	return ev->pairs;
}

void pairs_done(struct events *ev)
{
	if (!ev->pairs)
		return;
	free(ev->pairs->clause);
	filter_free(ev->pairs->filter);
	free(ev->pairs);
	ev->pairs = NULL;
}

/* ---- what is folded away ---- */

struct folding {
	struct backend *backend; /* of pairs */
	enum pairs_mode mode;
	const char *scope; /* text of the narrowings */
	struct strbuf text;
};

/* Who asks for an event by name wants to see it. */
static void fold_one(struct folding *f, const char *group, const char *name)
{
	_cleanup_strbuf_ struct strbuf term = { 0 };

	strbuf_fmt(&term, "event == %s:%s ", group, name);
	if (strstr(f->scope, name) || strstr(strbuf_cstr(&f->text), term.s))
		return;
	strbuf_fmt(&f->text, "%s%s", f->text.len ? "or " : "", term.s);
}

/* On for pairs alone. */
static void visit_needed(const char *group, const char *name, bool only_so, void *data)
{
	if (only_so)
		fold_one(data, group, name);
}

static int visit_part(const struct tracer_info *t, void *data)
{
	fold_one(data, t->group, t->name);
	return 0;
}

/* A pair that is on: all that it is made of. */
static int visit_pair(const struct tracer_info *t, void *data)
{
	struct folding *f = data;
	struct tracer_status status = { 0 };
	struct backend *b = f->backend;

	if (b->ops->status(b, t->group, t->name, &status) >= 0 && status.state == TRACER_ON)
		b->ops->needs(b, t->group, t->name, visit_part, f);
	return 0;
}

static char *clause_of(struct events *ev)
{
	_cleanup_free_ char *scope = scope_text(ui_scope(ev->ui));
	struct folding f = { .backend = deck_backend(ev->deck, "pair"), .scope = scope };
	struct strbuf out = { 0 };

	if (fold_of(ev)->mode == PAIRS_AUTO)
		deck_each_needed(ev->deck, visit_needed, &f);
	else if (fold_of(ev)->mode == PAIRS_HIDDEN && f.backend && f.backend->ops->needs)
		f.backend->ops->list(f.backend, NULL, visit_pair, &f, NULL);
	if (f.text.len)
		strbuf_fmt(&out, "not (%s)", f.text.s);
	strbuf_done(&f.text);
	return out.len ? strbuf_take(&out) : NULL;
}

/* What is folded away as of now; true when it is something else than before. */
static bool renew_clause(struct events *ev)
{
	struct pairs_fold *p = fold_of(ev);
	char *clause = clause_of(ev);

	if (clause ? p->clause && !strcmp(clause, p->clause) : !p->clause) {
		free(clause);
		return false;
	}
	free(p->clause);
	p->clause = clause;
	return true;
}

char *pairs_whole(const struct events *ev)
{
	_cleanup_free_ char *scope = scope_whole(ui_scope(ev->ui));
	struct strbuf out = { 0 };

	if (!ev->pairs || !ev->pairs->clause)
		return xstrdup(scope);
	strbuf_str(&out, ev->pairs->clause);
	if (*scope) {
		strbuf_str(&out, " and ");
		filter_enclose(&out, scope);
	}
	return strbuf_take(&out);
}

/* The one before is in use until this one took its place. */
static void apply(struct events *ev)
{
	struct pairs_fold *p = fold_of(ev);
	_cleanup_free_ char *text = p->clause ? pairs_whole(ev) : NULL;
	struct filter *f = NULL;

	if (text)
		scope_parse(ui_scope(ev->ui), text, &f, NULL);
	window_filter(&ev->win, f ? f : ui_scope(ev->ui)->filter);
	filter_free(p->filter);
	p->filter = f;
}

bool pairs_take_scope(struct events *ev)
{
	const struct scope *s = ui_scope(ev->ui);
	bool changed = renew_clause(ev);

	if (ev->scope_known && s->version == ev->scope_version && !changed)
		return false;
	ev->scope_known = true;
	ev->scope_version = s->version;
	apply(ev);
	tally_restart(&ev->tally);
	find_restart(&ev->find);
	ev->bottom_known = false;
	return true;
}

bool pairs_fold(const struct events *ev)
{
	return ev->pairs && ev->pairs->clause;
}

static unsigned toggle(struct events *ev)
{
	struct pairs_fold *p = fold_of(ev);
	enum pairs_mode before = p->mode;

	p->mode = p->clause ? PAIRS_SHOWN : PAIRS_HIDDEN;
	if (renew_clause(ev)) {
		ev->scope_known = false;
		pairs_take_scope(ev);
		ui_say(ev->ui, LOOK_GOOD,
		       p->clause ? "pairs stand for the rows of their starts and ends"
				 : "the rows of starts and ends of pairs are shown");
	} else {
		p->mode = before;
		ui_say(ev->ui, LOOK_DIM, "no pair is on: there is nothing to fold");
	}
	return REACT_DRAW;
}

/* ---- start and end ---- */

static bool is_pair(const struct row *r)
{
	uint64_t latency;
	const struct field *f;

	if (!r || !r->schema || strcmp(r->schema->system, "pair") != 0)
		return false;
	f = schema_field(r->schema, "latency");
	return f && field_int(r->schema, f, r->rec, r->size, &latency);
}

static uint64_t latency_of(const struct row *r)
{
	uint64_t latency = 0;

	field_int(r->schema, schema_field(r->schema, "latency"), r->rec, r->size, &latency);
	return MIN(latency, r->ts);
}

/* The field of a pair that is copied from one of the start or the end. */
static const struct field *field_in(const struct schema *pair, const char *name, bool end)
{
	_cleanup_strbuf_ struct strbuf prefixed = { 0 };
	const struct field *f = NULL;

	if (end) {
		strbuf_fmt(&prefixed, "end_%s", name);
		f = schema_field(pair, prefixed.s);
	}
	return f ? f : schema_field(pair, name);
}

static bool same_value(const struct row *pair, const struct field *p, const struct row *r,
		       const struct field *f)
{
	uint32_t pair_len, len;
	const uint8_t *a, *b;
	uint64_t x, y;

	if (field_int(pair->schema, p, pair->rec, pair->size, &x) &&
	    field_int(r->schema, f, r->rec, r->size, &y))
		return x == y;
	a = field_bytes(pair->schema, p, pair->rec, pair->size, &pair_len);
	b = field_bytes(r->schema, f, r->rec, r->size, &len);
	return a && b && len == pair_len && !memcmp(a, b, len);
}

/* How much of a pair a row says as well; 0: it cannot be its end. Which side a field of the pair is
 * of is not said everywhere, so one that differs means nothing. */
static unsigned score(const struct row *pair, const struct row *r, bool end)
{
	unsigned n = 1 + (r->tid == pair->tid);

	if (end && r->cpu != pair->cpu)
		return 0;
	for (unsigned i = r->schema->common_count; i < r->schema->count; i++) {
		const struct field *f = &r->schema->fields[i];
		const struct field *p = field_in(pair->schema, f->name, end);

		n += p && !p->is_common && same_value(pair, p, r, f);
	}
	return n;
}

struct part {
	const struct row *row; /* a candidate */
	bool is_one;
};

static int is_needed(const struct tracer_info *t, void *data)
{
	struct part *p = data;

	p->is_one |=
	    !strcmp(t->group, p->row->schema->system) && !strcmp(t->name, p->row->schema->name);
	return 0;
}

/* Whether a row is of an event that the pair is made of. */
static bool may_be(struct events *ev, const struct row *pair, const struct row *r)
{
	struct backend *b = deck_backend(ev->deck, "pair");
	struct part p = { .row = r };

	if (!r->schema || r->flags & ROW_LOSS || !strcmp(r->schema->system, "pair"))
		return false;
	if (!b || !b->ops->needs)
		return true; /* recorded as it is: whatever has the time and the fields */
	b->ops->needs(b, "pair", pair->schema->name, is_needed, &p);
	return p.is_one;
}

/* The row of start or end; its bytes are to be let go. False: it is not here (any more). */
static bool find_part(struct events *ev, const struct row *pair, bool end, struct row *ret)
{
	uint64_t ts = end ? pair->ts : pair->ts - latency_of(pair);
	struct cursor *c = cursor_new(ev->win.store, 0);
	unsigned best = 0;
	struct row r;

	cursor_seek(c, ts);
	for (unsigned n = 0; n < LOOK_ROWS && cursor_next(c, ts + 1, &r); n++) {
		unsigned points = may_be(ev, pair, &r) ? score(pair, &r, end) : 0;

		if (points <= best)
			continue;
		if (best)
			row_let_go(ret);
		best = points;
		*ret = r;
		row_keep(ret);
	}
	cursor_free(c);
	return best > 0;
}

static unsigned jump(struct events *ev, bool end)
{
	const struct row *r = events_row(ev);
	struct row part;

	if (!is_pair(r)) {
		ui_say(ev->ui, LOOK_WARN, "this row is of no pair");
		return REACT_DRAW;
	}
	if (!find_part(ev, r, end, &part)) {
		ui_say(ev->ui, LOOK_WARN, "its %s is not here any more", end ? "end" : "start");
		return REACT_DRAW;
	}
	if (pairs_fold(ev))
		toggle(ev);
	window_show(&ev->win, &part);
	row_let_go(&part);
	return REACT_DRAW;
}

unsigned pairs_act(struct events *ev, enum action a, const struct act_arg *arg)
{
	(void)arg;
	return a == ACT_FOLD_PAIRS ? toggle(ev) : jump(ev, a == ACT_PAIR_END);
}

/* ---- details ---- */

static void add_part(struct events *ev, const struct row *pair, bool end)
{
	struct strbuf b = { 0 };
	struct row r;

	if (!find_part(ev, pair, end, &r)) {
		strbuf_str(&b, "not here any more");
		detail_add(&ev->detail, end ? "end" : "start", &b);
		return;
	}
	strbuf_time(&b, r.ts, 9);
	strbuf_fmt(&b, " CPU %u ", r.cpu);
	column_text(ev, COLUMN_COMM, &r, NULL, &b);
	strbuf_fmt(&b, " %d ", r.tid);
	safe_text(&b, r.schema->system, strlen(r.schema->system));
	strbuf_char(&b, ':');
	safe_text(&b, r.schema->name, strlen(r.schema->name));
	detail_add(&ev->detail, end ? "end" : "start", &b);
	text_row_print(&r, &b);
	detail_add(&ev->detail, "", &b);
	row_let_go(&r);
}

void pairs_detail(struct events *ev, const struct row *r)
{
	if (!is_pair(r))
		return;
	add_part(ev, r, false);
	add_part(ev, r, true);
}
