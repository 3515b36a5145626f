/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_parse: the text of a filter into its tree.
 *
 * Recursive descent over the precedences of the operator table. "a and b and c" is one node
 * with three children, so that the depth of a tree is bounded by the depth of the
 * text, which is checked, and not by its length. Never asks what fields there are.
 */
#include "core/filter_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter_kernel.h"
#include "core/util.h"
#include "core/who.h"

struct parser {
	struct filter_lexer lx;
	struct arena *arena; /* the filter's */
	struct filter *filter;
	const struct filter_env *env;
	unsigned depth; /* open '(' and `not` */
	int code;	/* why a function below came back with NULL: -Exxx */
};

static struct filter_node *parse_level(struct parser *p, unsigned precedence);

static struct filter_node *node_new(struct parser *p, enum filter_node_kind kind)
{
	struct filter_node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	return n;
}

static const char *rest(const struct parser *p)
{
	return p->lx.text + p->lx.at;
}

static struct filter_node *wrong(struct parser *p, const char *what)
{
	p->code = err_caret(p->lx.err, p->lx.text, (int)p->lx.at, "filter: %s", what);
	return NULL;
}

static struct filter_node *unfinished(struct parser *p, const char *what)
{
	p->code = filter_lex_unfinished(&p->lx, what);
	return NULL;
}

/* ---- comparisons ---- */

/* What can be said without knowing the events is said before the value is read. */
static bool check_op(struct parser *p, const struct filter_node *n)
{
	if (!n->left.context || (n->op->kinds & n->left.context->kind))
		return true;
	p->code = filter_misfit(p->lx.text, n, n->left.context->kind, NULL, p->lx.err);
	return false;
}

/* The operator of a comparison, stepped over. */
static bool parse_op(struct parser *p, struct filter_node *n)
{
	bool cut = false;
	char list[160];
	const struct filter_op *op;

	filter_lex_space(&p->lx);
	op = filter_op_find(rest(p), PRECEDENCE_COMPARE, &cut);
	if (op && op->action == ACTION_MASK && rest(p)[1] == '&')
		op = NULL; /* && */
	if (!op) {
		if (cut || !*rest(p))
			unfinished(p, "a comparison is missing its operator");
		else
			p->code = err_caret(p->lx.err, p->lx.text, (int)p->lx.at,
					    "filter: an operator (%s) was expected",
					    filter_op_list(FILTER_ANY, list, sizeof(list)));
		return false;
	}
	n->op = op;
	n->op_column = p->lx.at;
	p->lx.at += (uint32_t)strlen(op->spelling);
	return check_op(p, n);
}

/* A duration of which the last letter is still missing: 10u, 10m. */
static bool lacks_letter(const struct parser *p, const struct filter_literal *l)
{
	return !*rest(p) && !l->quoted && l->len > 1 && strchr("num", l->text[l->len - 1]) &&
	       strspn(l->text, "0123456789.") == l->len - 1;
}

/* A literal fits when some kind of field could be compared with it. */
static bool check_literals(struct parser *p, const struct filter_node *n)
{
	const struct filter_literal *bad;
	unsigned kind = n->left.context ? n->left.context->kind : n->op->kinds;

	if (n->left.context) {
		bad = filter_bad_literal(n, NULL, NULL, kind);
		if (bad && lacks_letter(p, bad))
			unfinished(p, "a duration is missing the end of its unit");
		else if (bad)
			p->code = filter_misfit(p->lx.text, n, kind, bad, p->lx.err);
		return !bad;
	}
	if (kind != FILTER_NUMBER || !n->right.quoted || n->right.len == 0 ||
	    !strchr("+-0123456789", n->right.text[0]))
		return true;
	p->code = err_caret(p->lx.err, p->lx.text, (int)n->right.column,
			    "filter: '%s' compares numbers, and this is none"
			    " (numbers stand without quotes)",
			    n->op->spelling);
	return false;
}

/* Makes of a literal what its operator needs. */
static bool prepare(struct parser *p, const struct filter_op *op, struct filter_literal *l)
{
	switch (op->action) {
	case ACTION_GLOB:
		l->glob = glob_compile(p->arena, l->text, l->len);
		return true;
	case ACTION_CONTAINS:
		l->glob.shape = l->len ? GLOB_INFIX : GLOB_PREFIX;
		return true;
	case ACTION_STARTS:
		l->glob.shape = GLOB_PREFIX;
		return true;
	case ACTION_ENDS:
		l->glob.shape = l->len ? GLOB_SUFFIX : GLOB_PREFIX;
		return true;
	case ACTION_REGEX:
		p->code = filter_regex_compile(p->filter, l, p->lx.err);
		return p->code == 0;
	default:
		return true;
	}
}

static bool parse_literal(struct parser *p, const struct filter_node *n, struct filter_literal *ret)
{
	const struct filter_context *c = n->left.context;

	filter_lex_space(&p->lx);
	p->code = filter_lex_literal(&p->lx, p->arena, n->op->action == ACTION_IN, ret);
	if (p->code == 0 && c && c->code == CODE_TIME)
		p->code = filter_time_literal(&p->lx, p->env, ret);
	if (p->code == 0 && c && c->code == CODE_CONTAINER)
		filter_shorten_container(n->op, ret);
	return p->code == 0 && prepare(p, n->op, ret);
}

/* (a, b, 10..20) */
static bool parse_list(struct parser *p, struct filter_node *n)
{
	struct filter_literal *l = &n->right;

	filter_lex_space(&p->lx);
	if (*rest(p) != '(')
		return *rest(p) ? wrong(p, "'in' takes a list: (a, b, 10..20)")
				: unfinished(p, "the list of 'in' is missing"),
		       false;
	for (;;) {
		p->lx.at++;
		if (!parse_literal(p, n, l))
			return false;
		filter_lex_space(&p->lx);
		if (*rest(p) == ')')
			break;
		if (*rest(p) != ',')
			return *rest(p) ? wrong(p, "',' or ')' was expected in the list")
					: unfinished(p, "a ')' is missing"),
			       false;
		l->next = arena_alloc(p->arena, sizeof(*l));
		l = l->next;
	}
	p->lx.at++;
	return true;
}

static struct filter_node *parse_compare(struct parser *p)
{
	struct filter_node *n = node_new(p, NODE_COMPARE);

	p->code = filter_lex_operand(&p->lx, p->arena, &n->left);
	if (p->code < 0 || !parse_op(p, n))
		return NULL;
	if (!(n->op->action == ACTION_IN ? parse_list(p, n) : parse_literal(p, n, &n->right)))
		return NULL;
	if (!check_literals(p, n))
		return NULL;
	if (n->left.context && n->left.context->code >= CODE_PROCESS &&
	    n->left.context->code <= CODE_LINEAGE)
		p->code = filter_family_make(p->filter, n, p->lx.err);
	return p->code < 0 ? NULL : n;
}

/* `exists` FIELD. */
static struct filter_node *parse_exists(struct parser *p, const struct filter_op *op)
{
	struct filter_node *n = node_new(p, NODE_COMPARE);

	n->op = op;
	n->op_column = p->lx.at;
	p->lx.at += (uint32_t)strlen(op->spelling);
	filter_lex_space(&p->lx);
	p->code = filter_lex_operand(&p->lx, p->arena, &n->left);
	return p->code < 0 ? NULL : n;
}

/* Behind "kernel": the '{' of an expression of the kernel, or NULL. */
static const char *kernel_brace(const struct parser *p)
{
	const char *s = rest(p);

	if (strncmp(s, "kernel", 6) != 0)
		return NULL;
	s += 6 + strspn(s + 6, " \t\r\n");
	return *s == '{' ? s : NULL;
}

static struct filter_node *parse_kernel(struct parser *p)
{
	struct filter_node *n = node_new(p, NODE_KERNEL);
	const char *begin;

	n->column = p->lx.at;
	p->lx.at = (uint32_t)(kernel_brace(p) - p->lx.text);
	begin = rest(p) + 1;
	n->kernel_column = p->lx.at + 1;
	n->kernel = filter_kernel_parse(&p->lx, p->arena, &p->code);
	if (!n->kernel)
		return NULL;
	n->kernel_text = arena_strndup(p->arena, begin, (size_t)(rest(p) - 1 - begin));
	return n;
}

/* ---- what joins them ---- */

/* Whether the text ends within `and` or `or`. */
static bool begins_join(const struct parser *p)
{
	bool cut = false;

	filter_op_find(rest(p), PRECEDENCE_AND, &cut);
	filter_op_find(rest(p), PRECEDENCE_OR, &cut);
	return cut;
}

static struct filter_node *parse_paren(struct parser *p)
{
	struct filter_node *n;

	p->lx.at++;
	n = parse_level(p, PRECEDENCE_OR);
	if (!n)
		return NULL;
	if (*rest(p) == ')') {
		p->lx.at++;
		return n;
	}
	if (!*rest(p) || begins_join(p))
		return unfinished(p, "a ')' is missing");
	return wrong(p, "'and', 'or' or ')' was expected");
}

/* What stands between `and` and `or`: [not...] and a comparison or a parenthesis. */
static struct filter_node *parse_unary(struct parser *p)
{
	const struct filter_op *op;
	struct filter_node *n;
	bool cut = false;

	filter_lex_space(&p->lx);
	op = filter_op_find(rest(p), PRECEDENCE_NOT, &cut);
	if (!op && *rest(p) != '(')
		return kernel_brace(p) ? parse_kernel(p) : parse_compare(p);
	if (op && op->action == ACTION_EXISTS)
		return parse_exists(p, op);
	if (p->depth >= FILTER_DEPTH_MAX)
		return wrong(p, "nested too deeply");
	p->depth++;
	if (op) {
		n = node_new(p, NODE_NOT);
		p->lx.at += (uint32_t)strlen(op->spelling);
		n->child = parse_unary(p);
		if (!n->child)
			n = NULL;
	} else {
		n = parse_paren(p);
	}
	p->depth--;
	return n;
}

/*
 * One precedence that joins answers, and all that bind tighter. Leaves the parser behind white
 * space. NULL when the text is wrong; then p->code says so.
 */
static struct filter_node *parse_level(struct parser *p, unsigned precedence)
{
	struct filter_node *join = NULL, *first = NULL, *last = NULL, *n;
	const struct filter_op *op;
	bool cut = false;

	do {
		n = precedence + 1 < PRECEDENCE_NOT ? parse_level(p, precedence + 1)
						    : parse_unary(p);
		if (!n)
			return NULL;
		if (last) {
			if (!join)
				join =
				    node_new(p, precedence == PRECEDENCE_OR ? NODE_OR : NODE_AND);
			last->next = n;
		} else {
			first = n;
		}
		last = n;
		filter_lex_space(&p->lx);
		op = filter_op_find(rest(p), precedence, &cut);
		if (op)
			p->lx.at += (uint32_t)strlen(op->spelling);
	} while (op);
	if (!join)
		return first;
	join->child = first;
	return join;
}

/* A whole filter: nothing may stand behind it. */
static struct filter_node *parse_all(struct parser *p)
{
	struct filter_node *n = parse_level(p, PRECEDENCE_OR);

	if (!n || !*rest(p))
		return n;
	if (begins_join(p))
		return unfinished(p, "'and' or 'or' was expected");
	if (*rest(p) == ')')
		return wrong(p, "this ')' closes nothing");
	if (!strncmp(rest(p), "AND", 3) || !strncmp(rest(p), "OR", 2))
		return wrong(p, "'and' and 'or' are written in small letters");
	return wrong(p, "'and' or 'or' was expected");
}

int filter_parse(const char *text, struct filter **ret, struct err *e)
{
	return filter_parse_env(text, NULL, ret, e);
}

int filter_parse_env(const char *text, const struct filter_env *env, struct filter **ret,
		     struct err *e)
{
	struct parser p = { .lx = { .text = text, .err = e }, .env = env };
	struct filter *f;

	if (strnlen(text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX)
		return err_set(e, -EINVAL, "filter: longer than %d bytes", FILTER_TEXT_MAX);
	f = xcalloc(1, sizeof(*f));
	f->text = xstrdup(text);
	f->who = who_new();
	p.arena = &f->arena;
	p.filter = f;
	filter_lex_space(&p.lx);
	if (*rest(&p)) {
		f->root = parse_all(&p);
		if (!f->root) {
			filter_free(f);
			return p.code;
		}
	}
	*ret = f;
	return 0;
}
