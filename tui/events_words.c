/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_words: candidates for what is typed into a filter, and what each of them is.
 *
 * Schemas are walked once for all candidates, and a few of the youngest rows of each event are
 * asked for a value, so that a key is answered at once however many events there are.
 */
#include "tui/events_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"

#define ROWS_OF_AN_EVENT 4
#define EVENTS_NAMED	 2
#define EXAMPLE_BYTES	 24

/* ---- the list ---- */

struct word *words_add(struct words *w, const char *s)
{
	const char *p = w->prefix;
	size_t n = w->prefix_len;
	bool unquoted = *s == '"' && n && *p != '"';

	if (strncmp(unquoted ? s + 1 : s, p, n) != 0)
		return NULL;
	for (size_t i = 0; i < w->count; i++)
		if (!strcmp(w->v[i].text, s))
			return &w->v[i];
	if (w->count == CANDIDATES_MAX)
		return NULL;
	if (w->count == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 32;
		w->v = xrealloc(w->v, w->cap, sizeof(*w->v));
	}
	w->v[w->count] = (struct word) { .text = xstrdup(s) };
	return &w->v[w->count++];
}

void words_add_what(struct words *w, const char *s, const char *what)
{
	struct word *word = words_add(w, s);

	if (word && !word->what)
		word->what = xstrdup(what);
}

void words_count(struct words *w, const char *s)
{
	struct word *word = words_add(w, s);

	if (word)
		word->count++;
}

static int by_name(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int by_count(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

void words_sort(struct words *w)
{
	if (w->count)
		qsort(w->v, w->count, sizeof(*w->v), by_name);
}

void words_sort_counted(struct words *w)
{
	if (w->count)
		qsort(w->v, w->count, sizeof(*w->v), by_count);
	for (size_t i = 0; i < w->count; i++) {
		struct strbuf b = { 0 };

		strbuf_fmt(&b, "in %u of the youngest %d rows", w->v[i].count, ROWS_LOOKED_AT);
		free(w->v[i].what);
		w->v[i].what = strbuf_take(&b);
	}
}

void words_put(struct words *w, struct strbuf *out)
{
	for (size_t i = 0; i < w->count; i++) {
		strbuf_str(out, w->v[i].text);
		if (w->v[i].what)
			strbuf_fmt(out, "\t%s", w->v[i].what);
		strbuf_char(out, '\n');
		free(w->v[i].text);
		free(w->v[i].what);
	}
	free(w->v);
	*w = (struct words) { 0 };
}

/* ---- what a field is ---- */

uint64_t *words_totals(struct deck *d, struct words *w)
{
	const struct summary *sum = deck_summary(d);
	uint64_t *totals;

	if (!sum)
		return NULL;
	w->totals = sum->schema_cap;
	totals = xcalloc(w->totals + 1, sizeof(*totals));
	summary_totals(sum, totals, w->totals);
	return totals;
}

bool words_seen(const struct words *w, const uint64_t *totals, const struct schema *s)
{
	return totals && s->index < w->totals && totals[s->index];
}

/* What is gathered of one candidate. */
struct about {
	const struct field *field; /* of the first event that has it; NULL: none has */
	const char *events[EVENTS_NAMED];
	unsigned count;
	struct strbuf example;
};

static size_t find_word(const struct words *w, const char *name)
{
	const struct word key = { .text = (char *)name };
	const struct word *found =
	    w->count ? bsearch(&key, w->v, w->count, sizeof(*w->v), by_name) : NULL;

	return found ? (size_t)(found - w->v) : SIZE_MAX;
}

/* The names that mean the row, and words of the language. */
static const struct {
	const char *name, *what;
} contexts[] = {
	{ "event", "the event's name" },
	{ "system", "the event's system" },
	{ "comm", "the name of the thread it happened in" },
	{ "pid", "the process it happened in" },
	{ "tid", "the thread it happened in" },
	{ "cpu", "the CPU it happened on" },
	{ "lost", "how many events were lost here" },
	{ "not", "the opposite; what is not known stays so" },
	{ "exists", "the event has this field" },
};

/* What such a name means, NULL for others. */
static const char *context_what(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
		if (!strcmp(contexts[i].name, name))
			return contexts[i].what;
	return NULL;
}

static void learn_schema(const struct words *w, const struct schema *s, struct about *all)
{
	for (unsigned k = s->common_count; k < s->count; k++) {
		size_t i = find_word(w, s->fields[k].name);
		struct about *a = i == SIZE_MAX ? NULL : &all[i];

		if (!a || context_what(s->fields[k].name))
			continue;
		if (!a->field)
			a->field = &s->fields[k];
		if (a->count < EVENTS_NAMED)
			a->events[a->count] = s->name;
		a->count++;
	}
}

/* Events that have rows are named before those that have none. */
static void learn_schemas(struct deck *d, const struct words *w, const uint64_t *totals,
			  struct about *all)
{
	const struct source *src;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
			for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
				const struct schema *s = src->schemas->by_id[id];

				if (!s || src->flags & SOURCE_HIDDEN ||
				    words_seen(w, totals, s) == (pass == 1))
					continue;
				learn_schema(w, s, all);
			}
		}
	}
}

static void learn_row(const struct words *w, const struct row *r, struct about *all)
{
	const struct schema *s = r->schema;

	for (unsigned k = s->common_count; k < s->count; k++) {
		size_t i = find_word(w, s->fields[k].name);

		if (i != SIZE_MAX && all[i].field && !all[i].example.len)
			field_literal(r, &s->fields[k], &all[i].example);
	}
}

/* The youngest rows of each event have the values. */
static void learn_values(struct deck *d, const struct words *w, struct about *all)
{
	_cleanup_free_ uint8_t *asked = xcalloc(w->totals + 1, 1);
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct row r;

	cursor_seek(c, UINT64_MAX);
	for (unsigned n = 0; n < ROWS_LOOKED_AT && cursor_prev(c, &r); n++) {
		for (size_t i = 0; !n && i < w->count; i++)
			if (!all[i].field)
				row_literal(d, &r, w->v[i].text, &all[i].example);
		if (r.schema && r.schema->index < w->totals &&
		    asked[r.schema->index]++ < ROWS_OF_AN_EVENT)
			learn_row(w, &r, all);
	}
	cursor_free(c);
}

static void put_type(const struct field *f, struct strbuf *out)
{
	strbuf_str(out, f->type);
	if (f->kind == FIELD_STRING && f->size > 1 && f->place == FIELD_FIXED)
		strbuf_fmt(out, "[%u]", f->size);
}

static void put_about(const struct about *a, struct strbuf *out)
{
	if (a->field) {
		put_type(a->field, out);
		strbuf_str(out, "  of ");
		for (unsigned i = 0; i < MIN(a->count, (unsigned)EVENTS_NAMED); i++)
			strbuf_fmt(out, "%s%s", i ? ", " : "", a->events[i]);
		if (a->count > EVENTS_NAMED)
			strbuf_fmt(out, " and %u more", a->count - EVENTS_NAMED);
	}
	if (a->example.len && a->example.len <= EXAMPLE_BYTES)
		strbuf_fmt(out, "%slike %s", out->len ? ", " : "", a->example.s);
}

void words_describe_fields(struct deck *d, struct words *w, const uint64_t *totals)
{
	struct about *all = xcalloc(w->count + 1, sizeof(*all));

	learn_schemas(d, w, totals, all);
	learn_values(d, w, all);
	for (size_t i = 0; i < w->count; i++) {
		struct strbuf b = { 0 };

		if (context_what(w->v[i].text))
			strbuf_str(&b, context_what(w->v[i].text));
		put_about(&all[i], &b);
		w->v[i].what = strbuf_take(&b);
		strbuf_done(&all[i].example);
	}
	free(all);
}

/* ---- names of values ---- */

struct naming {
	struct words *words;
	struct strbuf text;
	char what[96];
};

/* A name that needs no quotes. */
static bool is_bare(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return len && !isdigit((unsigned char)name[0]);
}

static void add_name(const char *name, size_t len, void *data)
{
	struct naming *g = data;

	strbuf_clear(&g->text);
	if (is_bare(name, len))
		strbuf_add(&g->text, name, len);
	else
		filter_quote(&g->text, name, len);
	words_add_what(g->words, g->text.s, g->what);
}

static void add_names_of(const struct schema *s, const struct field *f, struct naming *g)
{
	snprintf(g->what, sizeof(g->what), "a value by name, of %s", s->name);
	filter_each_name(s, f, add_name, g);
}

void words_add_format_names(struct deck *d, const char *field, struct words *w)
{
	struct naming g = { .words = w };
	const char *dot = strrchr(field, '.');
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];
			const struct field *f = s ? schema_field(s, dot ? dot + 1 : field) : NULL;

			if (f && (!dot || dot == field ||
				  !strncmp(s->name, field, (size_t)(dot - field))))
				add_names_of(s, f, &g);
		}
	}
	strbuf_done(&g.text);
}
