/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_text: the print format of a derived event.
 *
 * Behind the latency stands what the kernel says of the start and of the end, in its own words,
 * with the names that fields have here; so what its formats call by name keeps its name. A format
 * that asks for a field that is not carried is not taken: then the fields are said one by one.
 */
#include <ctype.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/pair_private.h"

/* The two parts of a print format that grow together. */
struct print {
	struct strbuf words, args;
};

static void add_arg(struct print *p, const char *fmt, const char *a, const char *b)
{
	strbuf_str(&p->args, ", ");
	strbuf_fmt(&p->args, "%s%s%s", fmt, a, b);
}

/* ---- in the kernel's words ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const struct pair_field *carried(const struct pair_layout *l, bool end, const char *name,
					size_t len)
{
	for (unsigned i = 0; i < l->count; i++) {
		const char *of = l->fields[i].of->name;

		if (l->fields[i].end == end && strlen(of) == len && !memcmp(of, name, len))
			return &l->fields[i];
	}
	return NULL;
}

/* Where the string literal at p ends, behind its quote; NULL: never. */
static const char *literal_end(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return *p ? p + 1 : NULL;
}

/* Length of "REC->" or "__get_WORD(" at p, behind which a field's name stands; else 0. */
static size_t leads_to_field(const char *p)
{
	size_t n = 6;

	if (!strncmp(p, "REC->", 5))
		return 5;
	if (strncmp(p, "__get_", 6))
		return 0;
	while (is_word(p[n]))
		n++;
	return p[n] == '(' ? n + 1 : 0;
}

/* Appends arguments with the names of here; false when one asks for what is not carried. */
static bool put_args(const struct pair_layout *l, bool end, const char *p, struct strbuf *out)
{
	while (*p) {
		const char *next = *p == '"' ? literal_end(p) : NULL;
		size_t lead = next ? 0 : leads_to_field(p), len = 0;
		const struct pair_field *f;

		if (next) {
			strbuf_add(out, p, (size_t)(next - p));
			p = next;
			continue;
		}
		if (!lead) {
			do
				strbuf_char(out, *p++);
			while (*p && is_word(p[-1]) && is_word(*p));
			continue;
		}
		while (is_word(p[lead + len]))
			len++;
		f = carried(l, end, p + lead, len);
		if (!f)
			return false;
		if (!strncmp(p, "__get_rel_", 10))
			strbuf_fmt(out, "__get_%.*s", (int)(lead - 10), p + 10);
		else
			strbuf_add(out, p, lead);
		strbuf_str(out, f->name);
		p += lead + len;
	}
	return true;
}

/* The kernel's format of a side; false when it cannot be taken and nothing was appended. */
static bool put_kernels(const struct pair_layout *l, bool end, const struct schema *s,
			struct print *p)
{
	const char *fmt = s->print_fmt, *close = *fmt == '"' ? literal_end(fmt) : NULL;
	size_t words = p->words.len, args = p->args.len, len;

	if (!close || strspn(close, " \t") + strcspn(close + strspn(close, " \t"), ",") >
			  strspn(close, " \t"))
		return false; /* no literal, or more than one of them */
	len = (size_t)(close - fmt) - 2;
	while (len && fmt[len] == ' ')
		len--;
	strbuf_char(&p->words, ' ');
	strbuf_add(&p->words, fmt + 1, len);
	if (put_args(l, end, close, &p->args))
		return true;
	strbuf_cut(&p->words, words);
	strbuf_cut(&p->args, args);
	return false;
}

/* ---- field by field ---- */

static void put_number(const struct pair_field *f, struct print *p)
{
	bool wide = f->of->size == 8;

	if (f->of->unit == UNIT_POINTER)
		strbuf_str(&p->words, wide ? "0x%llx" : "0x%x");
	else if (f->of->is_signed)
		strbuf_str(&p->words, wide ? "%lld" : "%d");
	else
		strbuf_str(&p->words, wide ? "%llu" : "%u");
	add_arg(p, wide ? "(unsigned long long)REC->" : "REC->", f->name, "");
}

static void put_array(const struct pair_field *f, struct print *p)
{
	unsigned elem = f->of->elem_size;

	strbuf_str(&p->words, "%s");
	if (f->of->place == FIELD_FIXED)
		strbuf_fmt(&p->args, ", __print_array(REC->%s, %u, %u)", f->name,
			   f->of->size / elem, elem);
	else
		strbuf_fmt(&p->args,
			   ", __print_array(__get_dynamic_array(%s), "
			   "__get_dynamic_array_len(%s) / %u, %u)",
			   f->name, f->name, elem, elem);
}

static void put_field(const struct pair_field *f, struct print *p)
{
	bool fixed = f->of->place == FIELD_FIXED;

	strbuf_fmt(&p->words, " %s=", f->name);
	if (f->of->kind == FIELD_INT) {
		put_number(f, p);
	} else if (f->of->kind == FIELD_ARRAY && f->of->elem_size) {
		put_array(f, p);
	} else if (f->of->kind == FIELD_STRING) {
		strbuf_str(&p->words, "%s");
		add_arg(p, fixed ? "REC->" : "__get_str(", f->name, fixed ? "" : ")");
	} else if (f->of->kind == FIELD_BITMASK && !fixed) {
		strbuf_str(&p->words, "%s");
		add_arg(p, "__get_bitmask(", f->name, ")");
	} else if (fixed) {
		strbuf_str(&p->words, "%s");
		strbuf_fmt(&p->args, ", __print_hex(REC->%s, %u)", f->name, f->of->size);
	} else {
		strbuf_str(&p->words, "%s");
		strbuf_fmt(&p->args,
			   ", __print_hex(__get_dynamic_array(%s), __get_dynamic_array_len(%s))",
			   f->name, f->name);
	}
}

static bool has_side(const struct pair_layout *l, bool end)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->fields[i].end == end)
			return true;
	return false;
}

/* One side, as its only event says it, or field by field. */
static void put_side(const struct pair_layout *l, bool end,
		     const struct schema *const side[PAIR_SIDE_MAX], struct print *p)
{
	const struct schema *only = pair_first(side);

	if (!has_side(l, end))
		return;
	for (unsigned i = 0; i < PAIR_SIDE_MAX; i++)
		if (side[i] && side[i] != only && strcmp(side[i]->print_fmt, only->print_fmt))
			only = NULL;
	if (only && put_kernels(l, end, only, p))
		return;
	for (unsigned i = 0; i < l->count; i++)
		if (l->fields[i].end == end)
			put_field(&l->fields[i], p);
}

/* Which of several starts it was, by name. */
static void put_which(const struct pair_spec *spec, const struct pair_known *known, struct print *p)
{
	const char *comma = "";

	strbuf_str(&p->words, " start_event=%s");
	strbuf_str(&p->args, ", __print_symbolic(REC->start_event, ");
	for (unsigned i = 0; i < spec->start.count; i++) {
		if (!known->start[i])
			continue;
		strbuf_fmt(&p->args, "%s{ %u, \"%s\" }", comma, i, spec->start.v[i].event);
		comma = ", ";
	}
	strbuf_str(&p->args, ")");
}

void pair_text_format(const struct pair_spec *spec, const struct pair_known *known,
		      const struct pair_layout *l, struct strbuf *out)
{
	struct print p = { 0 };

	strbuf_str(&p.words, "latency=%llu");
	strbuf_str(&p.args, ", REC->latency");
	if (l->which)
		put_which(spec, known, &p);
	put_side(l, false, known->start, &p);
	put_side(l, true, known->end, &p);
	strbuf_fmt(out, "\nprint fmt: \"%s\"%s\n", p.words.s, p.args.s);
	strbuf_done(&p.words);
	strbuf_done(&p.args);
}
