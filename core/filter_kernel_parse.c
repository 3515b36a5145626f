/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_kernel_parse: the grammar of events/SYSTEM/EVENT/filter.
 *
 *   or := and { "||" and } ; and := not { "&&" not } ; not := "!" not | "(" or ")" | compare
 *   compare := FIELD[.ustring|.function] op value ; value := "text" | 'text' | NUMBER | CPUS{list}
 *
 * Text has no escapes. That a number is one, and which field takes what, is asked per event.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter_kernel.h"
#include "core/util.h"

#define STRING_MAX 256 /* what the kernel takes */
#define NUMBER_MAX 24

struct kernel_parser {
	struct filter_lexer *lx;
	struct arena *arena;
	unsigned depth;
	int *code;
};

/* In the kernel's order: what is longer comes before what it begins with. */
static const struct {
	const char *spelling;
	enum kernel_op op;
} ops[] = {
	{ "~", KERNEL_GLOB }, { "!=", KERNEL_NE }, { "==", KERNEL_EQ }, { "<=", KERNEL_LE },
	{ "<", KERNEL_LT },   { ">=", KERNEL_GE }, { ">", KERNEL_GT },	{ "&", KERNEL_MASK },
};

static struct kernel_node *parse_or(struct kernel_parser *p);

static const char *rest(const struct kernel_parser *p)
{
	return p->lx->text + p->lx->at;
}

/* The kernel knows no comments. */
static void skip_space(struct kernel_parser *p)
{
	while (isspace((unsigned char)*rest(p)))
		p->lx->at++;
}

static struct kernel_node *wrong(struct kernel_parser *p, const char *what)
{
	if (!*rest(p))
		*p->code = filter_lex_unfinished(p->lx, what);
	else
		*p->code = err_caret(p->lx->err, p->lx->text, (int)p->lx->at, "filter: %s", what);
	return NULL;
}

static struct kernel_node *node_new(struct kernel_parser *p, enum kernel_kind kind)
{
	struct kernel_node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	return n;
}

static bool take(struct kernel_parser *p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(rest(p), word, len) != 0)
		return false;
	p->lx->at += (uint32_t)len;
	return true;
}

/* ---- comparisons ---- */

static bool parse_field(struct kernel_parser *p, struct kernel_node *n)
{
	const char *s = rest(p);
	size_t len = 0;

	while (isalnum((unsigned char)s[len]) || s[len] == '_')
		len++;
	if (!len)
		return wrong(p, "kernel{: a field's name was expected");
	n->column = p->lx->at;
	n->field = arena_strndup(p->arena, s, len);
	p->lx->at += (uint32_t)len;
	if (take(p, ".ustring"))
		n->is_user = true;
	else if (take(p, ".function"))
		n->value = KERNEL_FUNCTION;
	skip_space(p);
	return true;
}

static bool parse_op(struct kernel_parser *p, struct kernel_node *n)
{
	n->op_column = p->lx->at;
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!take(p, ops[i].spelling))
			continue;
		n->op = (uint8_t)ops[i].op;
		skip_space(p);
		n->value_column = p->lx->at;
		return true;
	}
	if ((*rest(p) == '!' || *rest(p) == '=') && !rest(p)[1])
		p->lx->at++; /* half an operator */
	return wrong(p, "kernel{: an operator (== != < <= > >= & ~) was expected");
}

/* Takes len bytes as the value's text. */
static void take_text(struct kernel_parser *p, struct kernel_node *n, size_t len)
{
	n->text = arena_strndup(p->arena, rest(p), len);
	n->len = (uint32_t)len;
	p->lx->at += (uint32_t)len;
}

static bool parse_string(struct kernel_parser *p, struct kernel_node *n)
{
	char quote[2] = { *rest(p), '\0' };
	size_t len;

	p->lx->at++;
	len = strcspn(rest(p), quote);
	if (!rest(p)[len]) {
		p->lx->at += (uint32_t)len;
		return wrong(p, "kernel{: the closing quote is missing");
	}
	if (len >= STRING_MAX)
		return wrong(p, "kernel{: text of more than 255 bytes");
	n->value = KERNEL_STRING;
	take_text(p, n, len);
	p->lx->at++;
	return true;
}

static bool parse_number(struct kernel_parser *p, struct kernel_node *n)
{
	const char *s = rest(p);
	size_t len = *s == '-';

	while (isalnum((unsigned char)s[len]))
		len++;
	if (len >= NUMBER_MAX)
		return wrong(p, "kernel{: a number of too many digits");
	n->value = KERNEL_NUMBER;
	take_text(p, n, len);
	return true;
}

static bool parse_function(struct kernel_parser *p, struct kernel_node *n)
{
	size_t len = strcspn(rest(p), " \t\r\n)}&|");

	if (!len)
		return wrong(p, "kernel{: a function's name or address was expected");
	if (n->op != KERNEL_EQ && n->op != KERNEL_NE)
		return wrong(p, "kernel{: .function takes == and !=");
	take_text(p, n, len);
	return true;
}

/* One of a list: N or N-M. */
static bool parse_cpu_range(struct kernel_parser *p, struct kernel_node *n, uint64_t *bits)
{
	char *end;
	unsigned long lo, hi;

	if (!isdigit((unsigned char)*rest(p)))
		return wrong(p, "kernel{: CPUS{} takes a list such as 0-3,5");
	lo = hi = strtoul(rest(p), &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		hi = strtoul(end + 1, &end, 10);
	if (*end == '-' && !end[1])
		end++;
	if (lo > hi || hi >= KERNEL_CPUS_MAX)
		return wrong(p, "kernel{: CPUs that there are not");
	for (; lo <= hi; lo++) {
		n->cpu_count += !(bits[lo / 64] >> lo % 64 & 1);
		bits[lo / 64] |= (uint64_t)1 << lo % 64;
	}
	p->lx->at = (uint32_t)(end - p->lx->text);
	return true;
}

static bool parse_cpus(struct kernel_parser *p, struct kernel_node *n)
{
	uint64_t *bits = arena_alloc(p->arena, KERNEL_CPUS_MAX / 8);

	if (!take(p, "{"))
		return wrong(p, "kernel{: '{' was expected behind CPUS");
	do {
		if (!parse_cpu_range(p, n, bits))
			return false;
	} while (take(p, ","));
	if (!take(p, "}"))
		return wrong(p, "kernel{: '}' was expected behind the list of CPUs");
	while (!(bits[n->first_cpu / 64] >> n->first_cpu % 64 & 1))
		n->first_cpu++;
	n->value = KERNEL_CPUS;
	n->cpus = bits;
	return true;
}

static bool parse_value(struct kernel_parser *p, struct kernel_node *n)
{
	char c = *rest(p);

	if (n->value == KERNEL_FUNCTION)
		return parse_function(p, n);
	if (c == '"' || c == '\'')
		return parse_string(p, n);
	if (take(p, "CPUS"))
		return parse_cpus(p, n);
	if (c == 'C' && !strncmp("CPUS", rest(p), strlen(rest(p))))
		p->lx->at += (uint32_t)strlen(rest(p));
	if (isdigit((unsigned char)c) || c == '-')
		return parse_number(p, n);
	return wrong(p, "kernel{: a number, \"text\" or CPUS{list} was expected");
}

static struct kernel_node *parse_compare(struct kernel_parser *p)
{
	struct kernel_node *n = node_new(p, KERNEL_COMPARE);

	return parse_field(p, n) && parse_op(p, n) && parse_value(p, n) ? n : NULL;
}

/* ---- what joins them ---- */

static struct kernel_node *parse_paren(struct kernel_parser *p)
{
	struct kernel_node *n;

	p->lx->at++;
	n = parse_or(p);
	if (n && !take(p, ")"))
		return wrong(p, "kernel{: '&&', '||' or ')' was expected");
	return n;
}

static struct kernel_node *parse_not(struct kernel_parser *p)
{
	struct kernel_node *n;

	skip_space(p);
	if (*rest(p) != '!' && *rest(p) != '(')
		return parse_compare(p);
	if (p->depth >= FILTER_DEPTH_MAX)
		return wrong(p, "kernel{: nested too deeply");
	p->depth++;
	if (take(p, "!")) {
		n = node_new(p, KERNEL_NOT);
		n->child = parse_not(p);
		if (!n->child)
			n = NULL;
	} else {
		n = parse_paren(p);
	}
	p->depth--;
	return n;
}

/* Several by one operator. */
static struct kernel_node *parse_join(struct kernel_parser *p, enum kernel_kind kind,
				      struct kernel_node *(*parse)(struct kernel_parser *p),
				      const char *word)
{
	struct kernel_node *first = parse(p), *last = first, *join;

	skip_space(p);
	if (!first || strncmp(rest(p), word, 2) != 0)
		return first;
	join = node_new(p, kind);
	join->child = first;
	while (take(p, word)) {
		last->next = parse(p);
		if (!last->next)
			return NULL;
		last = last->next;
		skip_space(p);
	}
	return join;
}

static struct kernel_node *parse_and(struct kernel_parser *p)
{
	return parse_join(p, KERNEL_AND, parse_not, "&&");
}

static struct kernel_node *parse_or(struct kernel_parser *p)
{
	return parse_join(p, KERNEL_OR, parse_and, "||");
}

struct kernel_node *filter_kernel_parse(struct filter_lexer *lx, struct arena *a, int *code)
{
	struct kernel_parser p = { .lx = lx, .arena = a, .code = code };
	struct kernel_node *n;

	lx->at++;
	n = parse_or(&p);
	if (!n)
		return NULL;
	/* "&" and "|" at the end may become "&&" and "||". */
	if ((*rest(&p) == '&' || *rest(&p) == '|') && !rest(&p)[1])
		lx->at++;
	if (!take(&p, "}"))
		return wrong(&p, "kernel{: '&&', '||' or '}' was expected");
	return n;
}
