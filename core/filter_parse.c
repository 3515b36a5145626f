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

#include "core/util.h"

struct parser {
	struct filter_lexer lx;
	struct arena *arena;
	unsigned depth; /* open '(' and `not` */
};

static int parse_level(struct parser *p, unsigned precedence, struct filter_node **ret);

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

static int wrong(struct parser *p, uint32_t column, const char *what)
{
	return err_caret(p->lx.err, p->lx.text, (int)column, "filter: %s", what);
}

/* The operator of a comparison, stepped over. */
static int parse_op(struct parser *p, struct filter_node *n)
{
	bool cut = false;
	const struct filter_op *op;

	filter_lex_space(&p->lx);
	op = filter_op_find(rest(p), PRECEDENCE_COMPARE, &cut);
	if (!op && (cut || !*rest(p)))
		return filter_lex_unfinished(&p->lx, "a comparison is missing its operator");
	if (!op)
		return wrong(p, p->lx.at, "an operator (== != < <= > >= ~ !~) was expected");
	n->op = op;
	n->op_column = p->lx.at;
	p->lx.at += (uint32_t)strlen(op->spelling);
	/* What can be said without knowing the events is said before the value is read. */
	if (n->left.context && !(op->kinds & n->left.context->kind))
		return filter_misfit(p->lx.text, n, n->left.context->kind, p->lx.err);
	return 0;
}

/* A literal fits when some kind of field could be compared with it. */
static int check_literal(struct parser *p, struct filter_node *n)
{
	unsigned kinds = n->left.context ? n->left.context->kind : n->op->kinds;

	if ((kinds & FILTER_TEXT) || filter_op_fits(n->op, &n->right, FILTER_NUMBER))
		return 0;
	if (n->left.context)
		return filter_misfit(p->lx.text, n, FILTER_NUMBER, p->lx.err);
	return err_caret(p->lx.err, p->lx.text, (int)n->right.column,
			 "filter: '%s' compares numbers, and this is none%s", n->op->spelling,
			 n->right.quoted ? " (numbers stand without quotes)" : "");
}

static int parse_compare(struct parser *p, struct filter_node **ret)
{
	struct filter_node *n = node_new(p, NODE_COMPARE);
	int r;

	r = filter_lex_operand(&p->lx, p->arena, &n->left);
	if (r < 0)
		return r;
	r = parse_op(p, n);
	if (r < 0)
		return r;
	filter_lex_space(&p->lx);
	r = filter_lex_literal(&p->lx, p->arena, &n->right);
	if (r < 0)
		return r;
	r = check_literal(p, n);
	if (r < 0)
		return r;
	n->right.glob = n->op->action == ACTION_GLOB
			    ? glob_compile(p->arena, n->right.text, n->right.len)
			    : glob_literal(n->right.text, n->right.len);
	*ret = n;
	return 0;
}

/* Whether the text ends within `and` or `or`. */
static bool begins_join(const struct parser *p)
{
	bool cut = false;

	filter_op_find(rest(p), PRECEDENCE_AND, &cut);
	filter_op_find(rest(p), PRECEDENCE_OR, &cut);
	return cut;
}

static int parse_paren(struct parser *p, struct filter_node **ret)
{
	int r;

	p->lx.at++;
	r = parse_level(p, PRECEDENCE_OR, ret);
	if (r < 0)
		return r;
	if (*rest(p) == ')') {
		p->lx.at++;
		return 0;
	}
	if (!*rest(p) || begins_join(p))
		return filter_lex_unfinished(&p->lx, "a ')' is missing");
	return wrong(p, p->lx.at, "'and', 'or' or ')' was expected");
}

/* What stands between `and` and `or`: [not...] and a comparison or a parenthesis. */
static int parse_unary(struct parser *p, struct filter_node **ret)
{
	const struct filter_op *op;
	bool cut = false;
	int r;

	filter_lex_space(&p->lx);
	op = filter_op_find(rest(p), PRECEDENCE_NOT, &cut);
	if (!op && *rest(p) != '(')
		return parse_compare(p, ret);
	if (p->depth >= FILTER_DEPTH_MAX)
		return wrong(p, p->lx.at, "nested too deeply");
	p->depth++;
	if (op) {
		struct filter_node *n = node_new(p, NODE_NOT);

		p->lx.at += (uint32_t)strlen(op->spelling);
		r = parse_unary(p, &n->child);
		*ret = n;
	} else {
		r = parse_paren(p, ret);
	}
	p->depth--;
	return r;
}

/*
 * One precedence that joins answers, and all that bind tighter. Leaves the parser behind white
 * space.
 */
static int parse_level(struct parser *p, unsigned precedence, struct filter_node **ret)
{
	struct filter_node *first = NULL, **last = &first;
	const struct filter_op *op = NULL;
	bool cut = false;
	int r;

	for (;;) {
		struct filter_node *n;

		if (precedence + 1 < PRECEDENCE_NOT)
			r = parse_level(p, precedence + 1, last);
		else
			r = parse_unary(p, last);
		if (r < 0)
			return r;
		last = &(*last)->next;
		filter_lex_space(&p->lx);
		op = filter_op_find(rest(p), precedence, &cut);
		if (op) {
			p->lx.at += (uint32_t)strlen(op->spelling);
			continue;
		}
		if (first->next) {
			n = node_new(p, precedence == PRECEDENCE_OR ? NODE_OR : NODE_AND);
			n->child = first;
			first = n;
		}
		*ret = first;
		return 0;
	}
}

/* What stands behind a whole expression is wrong, or the beginning of an operator. */
static int parse_end(struct parser *p)
{
	if (!*rest(p))
		return 0;
	if (begins_join(p))
		return filter_lex_unfinished(&p->lx, "'and' or 'or' was expected");
	if (*rest(p) == ')')
		return wrong(p, p->lx.at, "this ')' closes nothing");
	return wrong(p, p->lx.at, "'and' or 'or' was expected");
}

int filter_parse(const char *text, struct filter **ret, struct err *e)
{
	struct parser p = { .lx = { .text = text, .err = e } };
	struct filter *f;
	int r = 0;

	if (strnlen(text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX)
		return err_set(e, -EINVAL, "filter: longer than %d bytes", FILTER_TEXT_MAX);
	f = xcalloc(1, sizeof(*f));
	f->text = xstrdup(text);
	p.arena = &f->arena;
	filter_lex_space(&p.lx);
	if (*rest(&p)) {
		r = parse_level(&p, PRECEDENCE_OR, &f->root);
		if (r == 0)
			r = parse_end(&p);
	}
	if (r < 0) {
		filter_free(f);
		return r;
	}
	*ret = f;
	return 0;
}
