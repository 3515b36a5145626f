/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_complete: what could stand at the cursor of the filter bar.
 *
 * Where a name belongs: the names of the context and the fields of all events there are. Behind a
 * name: the operators that fit its type. Behind an operator: the values the youngest rows have.
 * A candidate is text of the filter language, quoted where it must be.
 */
#include <ctype.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/events.h"

#define CANDIDATES_MAX 200
#define ROWS_LOOKED_AT 2000

struct words {
	char **v;
	size_t count, cap;
	const char *prefix;
	size_t prefix_len;
};

/* Adds a candidate that begins as the word does; quotes need not have been typed. */
static void add(struct words *w, const char *s)
{
	const char *p = w->prefix;
	size_t n = w->prefix_len;
	bool unquoted = *s == '"' && n && *p != '"';

	if (strncmp(unquoted ? s + 1 : s, p, n) != 0 || w->count == CANDIDATES_MAX)
		return;
	for (size_t i = 0; i < w->count; i++)
		if (!strcmp(w->v[i], s))
			return;
	if (w->count == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 32;
		w->v = xrealloc(w->v, w->cap, sizeof(*w->v));
	}
	w->v[w->count++] = xstrdup(s);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- names ---- */

static void add_names(const struct events *ev, struct words *w)
{
	static const char *const words[] = { "and", "or", "not" };
	const struct source *src;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		add(w, words[i]);
	for (size_t i = 0; context_names[i]; i++)
		add(w, context_names[i]);
	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];

			for (unsigned k = s ? s->common_count : 0; s && k < s->count; k++)
				add(w, s->fields[k].name);
		}
	}
}

/* ---- operators ---- */

static const struct field *find_field(const struct events *ev, const char *name)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(ev->win.store, i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
			const struct schema *s = src->schemas->by_id[id];
			const struct field *f = s ? schema_field(s, name) : NULL;

			if (f && !f->is_common)
				return f;
		}
	}
	return NULL;
}

static bool is_text(const struct events *ev, const char *name)
{
	static const char *const texts[] = { "event", "system", "comm" };
	const struct field *f;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i], name))
			return true;
	f = find_field(ev, strrchr(name, '.') ? strrchr(name, '.') + 1 : name);
	return f && f->kind == FIELD_STRING;
}

static void add_operators(const struct events *ev, const char *name, struct words *w)
{
	static const char *const all[] = { "==", "!=" }, *const text[] = { "~", "!~" },
				 *const number[] = { "<", "<=", ">", ">=" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		add(w, all[i]);
	if (is_text(ev, name)) {
		for (size_t i = 0; i < ARRAY_SIZE(text); i++)
			add(w, text[i]);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		add(w, number[i]);
}

/* ---- values ---- */

/* Appends the value of a context name; false when the row has none. */
static bool context_literal(const struct events *ev, const struct row *r, const char *name,
			    struct strbuf *out)
{
	const struct identity *id = deck_identity(ev->deck);
	const char *comm = identity_comm(id, r->tid, r->ts);
	int32_t pid = identity_pid(id, r->tid, r->ts);

	if (!strcmp(name, "comm"))
		scope_quote(out, comm, strlen(comm));
	else if (!strcmp(name, "event") && r->schema)
		scope_quote(out, r->schema->name, strlen(r->schema->name));
	else if (!strcmp(name, "system") && r->schema)
		scope_quote(out, r->schema->system, strlen(r->schema->system));
	else if (!strcmp(name, "tid"))
		strbuf_s64(out, r->tid);
	else if (!strcmp(name, "pid") && pid >= 0)
		strbuf_s64(out, pid);
	else if (!strcmp(name, "cpu") && r->cpu != CPU_NONE)
		strbuf_u64(out, r->cpu);
	else
		return false;
	return true;
}

static bool row_literal(const struct events *ev, const struct row *r, const char *name,
			struct strbuf *out)
{
	const char *dot = strrchr(name, '.');
	const struct field *f;

	if (context_literal(ev, r, name, out))
		return true;
	f = r->schema ? schema_field(r->schema, dot ? dot + 1 : name) : NULL;
	return f && field_literal(r, f, out);
}

static void add_values(const struct events *ev, const char *name, struct words *w)
{
	struct cursor *c = cursor_new(ev->win.store, 0);
	struct strbuf value = { 0 };
	struct row r;

	cursor_seek(c, UINT64_MAX);
	for (unsigned i = 0; i < ROWS_LOOKED_AT && cursor_prev(c, &r); i++) {
		strbuf_clear(&value);
		if (row_literal(ev, &r, name, &value))
			add(w, strbuf_cstr(&value));
	}
	strbuf_done(&value);
	cursor_free(c);
}

/* ---- where we are ---- */

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == ':';
}

static bool is_op_char(char c)
{
	return c && strchr("=!<>~", c);
}

/* Steps back over blanks, then over characters of a kind; returns where those begin. */
static size_t back_over(const char *text, size_t at, bool (*is)(char c), size_t *end)
{
	while (at && text[at - 1] == ' ')
		at--;
	*end = at;
	while (at && is(text[at - 1]))
		at--;
	return at;
}

static bool is_joint(const char *s, size_t n)
{
	return (n == 3 && (!strncmp(s, "and", 3) || !strncmp(s, "not", 3))) ||
	       (n == 2 && !strncmp(s, "or", 2));
}

/* Where the word before the cursor begins: at its quote, if one is open. */
static size_t word_start(const char *text, size_t at)
{
	size_t quote = SIZE_MAX, i;

	for (i = 0; i < at; i++) {
		if (text[i] == '\\' && quote != SIZE_MAX)
			i++;
		else if (text[i] == '"')
			quote = quote == SIZE_MAX ? i : SIZE_MAX;
	}
	if (quote != SIZE_MAX)
		return quote;
	for (i = at; i && is_op_char(text[i - 1]); i--)
		;
	if (i < at)
		return i;
	while (i && (is_name_char(text[i - 1]) || text[i - 1] == '-'))
		i--;
	return i;
}

void filter_complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	const struct events *ev = data;
	size_t start = word_start(text, at), end, op, name, name_end;
	struct words w = { .prefix = text + start, .prefix_len = at - start };
	_cleanup_free_ char *field = NULL;

	*from = start;
	op = back_over(text, start, is_op_char, &end);
	name = back_over(text, op, is_name_char, &name_end);
	field = xstrndup(text + name, name_end - name);
	if (op < end && *field) {
		add_values(ev, field, &w);
	} else if (*field && name_end < start && !is_joint(field, strlen(field))) {
		size_t before;

		/* A value ends a comparison; a name begins one. */
		op = back_over(text, name, is_op_char, &before);
		if (op < before) {
			add(&w, "and");
			add(&w, "or");
		} else {
			add_operators(ev, field, &w);
		}
	} else if (is_op_char(text[start]) && *field) {
		add_operators(ev, field, &w);
	} else {
		add_names(ev, &w);
	}
	if (w.count)
		qsort(w.v, w.count, sizeof(*w.v), by_name);
	for (size_t i = 0; i < w.count; i++) {
		strbuf_str(out, w.v[i]);
		strbuf_char(out, '\n');
		free(w.v[i]);
	}
	free(w.v);
}
