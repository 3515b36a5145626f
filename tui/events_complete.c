/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_complete: what could stand at the cursor of the filter bar.
 *
 * Where a name belongs: the names of the context and the fields of all events there are. Behind a
 * name: the operators that fit its type. Behind an operator: the values the youngest rows have, and
 * the names that there are for values. A candidate is text of the filter language,
 * quoted where it must be; beside it stands what it is (events_words.c).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/events_words.h"

/* ---- names ---- */

static void add_context(struct words *w)
{
	words_add(w, "not");
	words_add(w, "exists");
	for (size_t i = 0; context_names[i]; i++)
		words_add(w, context_names[i]);
}

/* The fields of the events that have rows (seen), or of the others. */
static void add_seen(struct deck *d, struct words *w, const uint64_t *seen, bool others)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];

			if (!s || !words_seen(w, seen, s) != others)
				continue;
			for (unsigned k = s->common_count; k < s->count; k++)
				words_add(w, s->fields[k].name);
		}
	}
}

/* Where there are more than fit, those of events that have rows come first. */
void words_add_fields(struct deck *d, struct words *w)
{
	_cleanup_free_ uint64_t *seen = words_totals(d, w);

	add_seen(d, w, seen, false);
	add_seen(d, w, seen, true);
	words_sort(w);
	words_describe_fields(d, w, seen);
}

static void add_names(struct deck *d, struct words *w)
{
	add_context(w);
	words_add_fields(d, w);
}

/* ---- operators ---- */

static const struct field *find_field(struct deck *d, const char *name)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
			const struct schema *s = src->schemas->by_id[id];
			const struct field *f = s ? schema_field(s, name) : NULL;

			if (f && !f->is_common)
				return f;
		}
	}
	return NULL;
}

static bool is_text(struct deck *d, const char *name)
{
	static const char *const texts[] = { "event", "system", "comm" };
	const struct field *f;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i], name))
			return true;
	f = find_field(d, strrchr(name, '.') ? strrchr(name, '.') + 1 : name);
	return f && f->kind == FIELD_STRING;
}

struct op {
	const char *op, *what;
};

static void add_ops(struct words *w, const struct op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		words_add_what(w, ops[i].op, ops[i].what);
}

static void add_operators(struct deck *d, const char *name, struct words *w)
{
	static const struct op all[] = {
		{ "==", "equal" },
		{ "!=", "not equal; false where the field is missing" },
		{ "in", "one of a list: in (1, 2, 10..20)" },
	};
	static const struct op text[] = {
		{ "~", "glob: * ? [a-z]" },
		{ "=~", "regular expression" },
		{ "!~", "no match of the regular expression" },
		{ "contains", "has this in it" },
		{ "icontains", "the same, whatever the case" },
		{ "startswith", "begins so" },
		{ "endswith", "ends so" },
	};
	static const struct op number[] = {
		{ "<", "less" },      { "<=", "at most" },	    { ">", "more" },
		{ ">=", "at least" }, { "&", "any of these bits" },
	};

	add_ops(w, all, ARRAY_SIZE(all));
	if (is_text(d, name))
		add_ops(w, text, ARRAY_SIZE(text));
	else
		add_ops(w, number, ARRAY_SIZE(number));
}

/* ---- values ---- */

/* Appends the value of a context name; false when the row has none. */
static bool context_literal(struct deck *d, const struct row *r, const char *name,
			    struct strbuf *out)
{
	const struct identity *id = deck_identity(d);
	const char *comm = identity_comm(id, r->tid, r->ts);
	int32_t pid = identity_pid(id, r->tid, r->ts);

	if (!strcmp(name, "comm"))
		filter_quote(out, comm, strlen(comm));
	else if (!strcmp(name, "event") && r->schema)
		filter_quote(out, r->schema->name, strlen(r->schema->name));
	else if (!strcmp(name, "system") && r->schema)
		filter_quote(out, r->schema->system, strlen(r->schema->system));
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

bool row_literal(struct deck *d, const struct row *r, const char *name, struct strbuf *out)
{
	const char *dot = strrchr(name, '.');
	const struct field *f;

	if (context_literal(d, r, name, out))
		return true;
	f = r->schema ? schema_field(r->schema, dot ? dot + 1 : name) : NULL;
	return f && field_literal(r, f, out);
}

static void add_values(struct deck *d, const char *name, struct words *w)
{
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct strbuf value = { 0 };
	struct row r;

	cursor_seek(c, UINT64_MAX);
	for (unsigned i = 0; i < ROWS_LOOKED_AT && cursor_prev(c, &r); i++) {
		strbuf_clear(&value);
		if (row_literal(d, &r, name, &value))
			words_count(w, strbuf_cstr(&value));
	}
	strbuf_done(&value);
	cursor_free(c);
	words_sort_counted(w);
	words_add_format_names(d, name, w);
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

/* What stands before the word: a field and behind it perhaps an operator. */
struct before {
	char *field;
	bool has_op;   /* an operator stands between field and word */
	bool is_field; /* it is one, and blanks stand behind it */
	bool is_value; /* no field: it ends a comparison */
};

/* Operators that are words: what stands before them is a field. */
static bool is_word_op(const char *s)
{
	static const char *const ops[] = { "contains", "icontains", "startswith", "endswith",
					   "in" };

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i], s))
			return true;
	return false;
}

static struct before look_back(const char *text, size_t start)
{
	size_t end, name_end, before, op = back_over(text, start, is_op_char, &end);
	size_t name = back_over(text, op, is_name_char, &name_end);
	struct before b = { .field = xstrndup(text + name, name_end - name) };

	b.has_op = op < end && *b.field;
	if (!b.has_op && is_word_op(b.field)) {
		size_t from = back_over(text, name, is_name_char, &name_end);

		free(b.field);
		b.field = xstrndup(text + from, name_end - from);
		b.has_op = *b.field;
		return b;
	}
	b.is_field = !b.has_op && *b.field && name_end < start &&
		     !is_joint(b.field, strlen(b.field)) && strcmp(b.field, "exists") != 0;
	op = back_over(text, name, is_op_char, &before);
	b.is_value = b.is_field && op < before;
	return b;
}

/* A list that is open takes values of the field before "in". */
static size_t list_start(const char *text, size_t start)
{
	size_t i = start;

	while (i && text[i - 1] != '(' && text[i - 1] != ')')
		i--;
	if (!i || text[i - 1] != '(')
		return start;
	for (i--; i && text[i - 1] == ' '; i--)
		;
	return i >= 3 && !strncmp(text + i - 3, " in", 3) ? i : start;
}

void filter_complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	struct deck *d = ((const struct events *)data)->deck;
	size_t start = word_start(text, at);
	struct words w = { .prefix = text + start, .prefix_len = at - start };
	struct before b = look_back(text, list_start(text, start));

	*from = start;
	if (b.has_op) {
		add_values(d, b.field, &w);
	} else if (b.is_value) {
		/* A value ends a comparison; a name begins one. */
		words_add(&w, "and");
		words_add(&w, "or");
	} else if (b.is_field || (is_op_char(text[start]) && *b.field)) {
		add_operators(d, b.field, &w);
	} else {
		add_names(d, &w);
	}
	free(b.field);
	words_put(&w, out);
}
