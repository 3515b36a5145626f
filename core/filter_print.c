/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_print: how a tree is said, so that the parser reads the same tree again.
 */
#include "core/filter_tree.h"

#include <string.h>

/* Quotes text so that the parser reads the same bytes again. */
static void print_text(const struct filter_literal *l, struct strbuf *out)
{
	strbuf_char(out, '"');
	for (uint32_t i = 0; i < l->len; i++) {
		unsigned char c = (unsigned char)l->text[i];

		if (c == '"' || c == '\\')
			strbuf_fmt(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			strbuf_fmt(out, "\\x%02x", c);
		else
			strbuf_char(out, (char)c);
	}
	strbuf_char(out, '"');
}

static void print_operand(const struct filter_operand *o, struct strbuf *out)
{
	if (o->system)
		strbuf_fmt(out, "%s:", o->system);
	if (o->event)
		strbuf_str(out, o->event);
	/* The dot says that a name of the context is the event's own field here. */
	if (!o->context &&
	    (o->event || filter_context_find(o->name) || filter_alias_find(NULL, o->name)))
		strbuf_char(out, '.');
	strbuf_str(out, o->name);
}

/* Bare where quotes would change what it means, or where none are needed. */
static bool stands_bare(const struct filter_literal *l)
{
	return !l->quoted && (l->is_number || l->is_decimal || l->from);
}

static void print_literal(const struct filter_literal *l, struct strbuf *out)
{
	if (stands_bare(l))
		strbuf_add(out, l->text, l->len);
	else
		print_text(l, out);
}

static void print_list(const struct filter_literal *l, struct strbuf *out)
{
	strbuf_char(out, '(');
	for (; l; l = l->next) {
		print_literal(l, out);
		if (l->next)
			strbuf_str(out, ", ");
	}
	strbuf_char(out, ')');
}

static void print_compare(const struct filter_node *n, struct strbuf *out)
{
	if (n->op->action == ACTION_EXISTS) {
		strbuf_str(out, "exists ");
		print_operand(&n->left, out);
		return;
	}
	print_operand(&n->left, out);
	strbuf_fmt(out, " %s ", n->op->name);
	if (n->op->action == ACTION_IN)
		print_list(&n->right, out);
	else if (n->op->kinds == FILTER_NUMBER && !n->right.quoted)
		strbuf_add(out, n->right.text, n->right.len);
	else
		print_literal(&n->right, out);
}

static void print_node(const struct filter_node *n, struct strbuf *out)
{
	if (n->kind == NODE_COMPARE) {
		print_compare(n, out);
		return;
	}
	if (n->kind == NODE_KERNEL) {
		strbuf_fmt(out, "kernel{%s}", n->kernel_text);
		return;
	}
	strbuf_str(out, n->kind == NODE_NOT ? "not (" : "(");
	for (const struct filter_node *c = n->child; c; c = c->next) {
		if (c != n->child)
			strbuf_str(out, n->kind == NODE_OR ? " or " : " and ");
		print_node(c, out);
	}
	strbuf_char(out, ')');
}

void filter_enclose(struct strbuf *out, const char *text)
{
	strbuf_fmt(out, strchr(text, '#') ? "(%s\n)" : "(%s)", text);
}

void filter_print(const struct filter *f, struct strbuf *out)
{
	if (f->root)
		print_node(f->root, out);
}
