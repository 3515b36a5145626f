/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_random: random expressions over the fields of filter_fixture.h, as trees of their own and
 * as text.
 */
#ifndef TESTS_UNIT_FILTER_RANDOM_H
#define TESTS_UNIT_FILTER_RANDOM_H

#include <stdlib.h>

#include "core/strbuf.h"
#include "tests/unit/filter_fixture.h"

__extension__ typedef __int128 wide;

static uint64_t seed = 20261121;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* ---- expressions ---- */

enum kind { COMPARE, NOT, AND, OR };

struct expr {
	enum kind kind;
	const char *field, *op;
	struct item {
		const char *text, *to; /* to: of a range */
		bool quoted;
	} item[4];
	unsigned items;
	struct expr *a, *b;
};

static const char *const fields[] = {
	"pid",	  "tid",	 "cpu",	       "lost",	    "comm",	  "event",  "system",
	"a",	  "b",		 "c",	       "d",	    "e",	  "f",	    "g",
	"h",	  "arr",	 "name",       "rel",	    "fixed",	  "tail",   "load",
	".tid",	  "prev_comm",	 "next_comm",  "prev_pid",  "prev_state", "nosuch", "common_pid",
	"ints.a", "txt:texts.a", "sys:ints.a", "swapped.g", "ppid",	  "uid",    "exe",
	"cgroup", "container",	 "proc.exe",   "COMM",	    "thread.tid",
};
static const char *const ops[] = {
	"==", "!=",	  "<",	       "<=",	     ">",	 ">=", "~",  "=~", "!~",
	"=",  "contains", "icontains", "startswith", "endswith", "in", "in", "&",  "exists",
};
static const char *const numbers[] = {
	"0",
	"1",
	"-1",
	"5",
	"127",
	"128",
	"-128",
	"-129",
	"255",
	"256",
	"32767",
	"-32768",
	"65535",
	"2147483647",
	"-2147483648",
	"4294967295",
	"9223372036854775807",
	"-9223372036854775808",
	"9223372036854775808",
	"18446744073709551615",
	"18446744073709551616",
	"8",
	"4",
	"2",
	"-18446744073709551616",
	"99999999999999999999999999",
};
static const char *const words[] = {
	"",
	"a",
	"ab",
	"b",
	"bash",
	"ba*",
	"*a",
	"*a*",
	"a?*",
	"[a-b]*",
	"x y",
	"sched_switch",
	"ints",
	"txt:texts",
	"s*",
	"*:*",
	"kworker/0:1",
	"<idle>",
	"7",
	"/ab",
	"/usr*",
	"0123456789ab",
};

static const char *const patterns[] = {
	"a",  "^a",	"b$",	 "a.*b", "[ab]+s",   "(a|b)s", "x*",  "bash", "k.w",
	"^$", "ba?s+h", "ab{0}", "s{2}", "^sched_?", ":",      "a+b", "\\.",  "[^a]h$",
};
#define MASKS 20 /* the first numbers: those of 64 bits */

/* Which fields the parser knows to be a number or text, whatever the event. */
static bool is_context(const char *field, bool *number)
{
	static const char *const text[] = { "comm",   "event",	   "system",   "exe",
					    "cgroup", "container", "proc.exe", "COMM" };
	static const char *const number_names[] = { "pid",  "tid", "cpu",	"lost",
						    "ppid", "uid", "thread.tid" };

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		if (!strcmp(field, text[i])) {
			*number = false;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(number_names); i++)
		if (!strcmp(field, number_names[i])) {
			*number = true;
			return true;
		}
	return false;
}

static bool is_order(const char *op)
{
	return op[0] == '<' || op[0] == '>';
}

static bool is(const char *op, const char *what)
{
	return !strcmp(op, what);
}

static bool is_regex(const char *op)
{
	return is(op, "=~") || is(op, "!~");
}

/* Only for text, whatever the literal. */
static bool is_textual(const char *op)
{
	return strchr(op, '~') || strstr(op, "with") || strstr(op, "contains");
}

static struct item random_item(const char *op)
{
	struct item it = { .quoted = pick(2) };

	it.text = it.quoted ? words[pick(ARRAY_SIZE(words))] : numbers[pick(ARRAY_SIZE(numbers))];
	if (is_regex(op)) {
		it.quoted = true;
		it.text = patterns[pick(ARRAY_SIZE(patterns))];
	} else if (is(op, "&")) {
		it.quoted = false;
		it.text = numbers[pick(MASKS)];
	} else if (is(op, "in") && !it.quoted && pick(2)) {
		it.to = numbers[pick(ARRAY_SIZE(numbers))];
	}
	return it;
}

/* A comparison that the parser takes. */
static void random_compare(struct expr *x)
{
	bool number, any_quoted;

	for (;;) {
		x->field = fields[pick(ARRAY_SIZE(fields))];
		x->op = ops[pick(ARRAY_SIZE(ops))];
		x->items = is(x->op, "exists") ? 0 : is(x->op, "in") ? 1 + pick(4) : 1;
		any_quoted = false;
		for (unsigned i = 0; i < x->items; i++) {
			x->item[i] = random_item(x->op);
			any_quoted |= x->item[i].quoted;
		}
		if ((is_order(x->op) && any_quoted) || !is_context(x->field, &number))
			if (!is_order(x->op) || !any_quoted)
				return;
		if (is_order(x->op) && any_quoted)
			continue;
		if (number ? !is_textual(x->op) && !any_quoted
			   : !is_order(x->op) && !is(x->op, "&"))
			return;
	}
}

static struct expr *random_expr(unsigned depth)
{
	struct expr *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->kind = depth ? (enum kind)pick(4) : COMPARE;
	if (x->kind == COMPARE) {
		random_compare(x);
		return x;
	}
	x->a = random_expr(depth - 1);
	if (x->kind != NOT)
		x->b = random_expr(depth - 1);
	return x;
}

static void free_expr(struct expr *x)
{
	if (!x)
		return;
	free_expr(x->a);
	free_expr(x->b);
	free(x);
}

static void print_item(const struct item *it, struct strbuf *out)
{
	if (!it->quoted) {
		strbuf_fmt(out, "%s%s%s", it->text, it->to ? ".." : "", it->to ? it->to : "");
		return;
	}
	strbuf_char(out, '"');
	for (const char *s = it->text; *s; s++)
		strbuf_fmt(out, *s == '\\' ? "\\\\" : "%c", *s);
	strbuf_char(out, '"');
}

static void print_compare(const struct expr *x, struct strbuf *out)
{
	bool list = is(x->op, "in");

	if (!x->items) {
		strbuf_fmt(out, "exists %s", x->field);
		return;
	}
	strbuf_fmt(out, "%s %s %s", x->field, x->op, list ? "(" : "");
	for (unsigned i = 0; i < x->items; i++) {
		if (i)
			strbuf_str(out, pick(2) ? ", " : " ,");
		print_item(&x->item[i], out);
	}
	if (list)
		strbuf_char(out, ')');
}

static void print_expr(const struct expr *x, struct strbuf *out)
{
	static const char *const join[2][2] = { { " and ", " && " }, { " or ", "||" } };
	unsigned spelling = pick(2);

	switch (x->kind) {
	case COMPARE:
		print_compare(x, out);
		break;
	case NOT:
		strbuf_str(out, spelling ? "!(" : "not (");
		print_expr(x->a, out);
		strbuf_char(out, ')');
		break;
	default:
		strbuf_char(out, '(');
		print_expr(x->a, out);
		strbuf_str(out, join[x->kind == OR][spelling]);
		print_expr(x->b, out);
		strbuf_char(out, ')');
	}
}

#endif
