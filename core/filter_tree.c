/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_tree: what the filter language knows, as tables, and how a tree is said.
 *
 * A new operator is a row of ops[] (and, if it does something new, an action in
 * filter_bind.c); a new name of the context is a row of contexts[]. The parser knows neither.
 */
#include "core/filter_tree.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

#define BOTH (FILTER_NUMBER | FILTER_TEXT)

/* clang-format off */
static const struct filter_op ops[] = {
	{ "or",  "or",  ACTION_OR,         2, PRECEDENCE_OR,      0,             false },
	{ "||",  "or",  ACTION_OR,         2, PRECEDENCE_OR,      0,             false },
	{ "and", "and", ACTION_AND,        2, PRECEDENCE_AND,     0,             false },
	{ "&&",  "and", ACTION_AND,        2, PRECEDENCE_AND,     0,             false },
	{ "not", "not", ACTION_NOT,        1, PRECEDENCE_NOT,     0,             true  },
	{ "!",   "not", ACTION_NOT,        1, PRECEDENCE_NOT,     0,             true  },
	{ "==",  "==",  ACTION_EQUAL,      2, PRECEDENCE_COMPARE, BOTH,          false },
	{ "=",   "==",  ACTION_EQUAL,      2, PRECEDENCE_COMPARE, BOTH,          false },
	{ "!=",  "!=",  ACTION_EQUAL,      2, PRECEDENCE_COMPARE, BOTH,          true  },
	{ "<",   "<",   ACTION_LESS,       2, PRECEDENCE_COMPARE, FILTER_NUMBER, false },
	{ "<=",  "<=",  ACTION_LESS_EQUAL, 2, PRECEDENCE_COMPARE, FILTER_NUMBER, false },
	{ ">",   ">",   ACTION_LESS_EQUAL, 2, PRECEDENCE_COMPARE, FILTER_NUMBER, true  },
	{ ">=",  ">=",  ACTION_LESS,       2, PRECEDENCE_COMPARE, FILTER_NUMBER, true  },
	{ "~",   "~",   ACTION_GLOB,       2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "!~",  "!~",  ACTION_GLOB,       2, PRECEDENCE_COMPARE, FILTER_TEXT,   true  },
};

static const struct filter_context contexts[] = {
	{ "event",  FILTER_TEXT,   CODE_EVENT,  0,  0, 0 },
	{ "system", FILTER_TEXT,   CODE_SYSTEM, 0,  0, 0 },
	{ "tid",    FILTER_NUMBER, CODE_TID,    1,  INT32_MIN, INT32_MAX },
	{ "cpu",    FILTER_NUMBER, CODE_CPU,    1,  0, CPU_NONE - 1 },
	{ "lost",   FILTER_NUMBER, CODE_LOST,   2,  0, UINT64_MAX },
	{ "pid",    FILTER_NUMBER, CODE_PID,    6,  0, INT32_MAX },
	{ "comm",   FILTER_TEXT,   CODE_COMM,   12, 0, 0 },
};
/* clang-format on */

/* Operators that are words end where a word ends; "not.x" is a field. */
static bool ends_here(const char *spelling, char behind)
{
	return !isalpha((unsigned char)spelling[0]) || !behind ||
	       !(isalnum((unsigned char)behind) || strchr("_.:", behind));
}

const struct filter_op *filter_op_find(const char *s, unsigned precedence, bool *cut)
{
	const struct filter_op *best = NULL;
	size_t best_len = 0, left = strnlen(s, 8);

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		size_t len = strlen(ops[i].spelling);

		if (ops[i].precedence != precedence)
			continue;
		if (left && left < len && !strncmp(s, ops[i].spelling, left))
			*cut = true;
		if (len > best_len && !strncmp(s, ops[i].spelling, len) &&
		    ends_here(ops[i].spelling, s[len])) {
			best = &ops[i];
			best_len = len;
		}
	}
	return best;
}

bool filter_op_is_word(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (isalpha((unsigned char)s[0]) && strlen(ops[i].spelling) == len &&
		    !strncmp(s, ops[i].spelling, len))
			return true;
	return false;
}

const char *filter_op_list(unsigned kind, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		/* One spelling each. */
		if (!(ops[i].kinds & kind) || strcmp(ops[i].spelling, ops[i].name) != 0)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "", ops[i].name);
		if (len >= size)
			break;
	}
	return buf;
}

const struct filter_context *filter_context_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++)
		if (!strcmp(contexts[i].name, name))
			return &contexts[i];
	return NULL;
}

const char *filter_context_name(size_t i)
{
	return i < ARRAY_SIZE(contexts) ? contexts[i].name : NULL;
}

const char *filter_kind_name(unsigned kind)
{
	return kind == FILTER_NUMBER ? "a number" : "text";
}

bool filter_op_fits(const struct filter_op *op, const struct filter_literal *l, unsigned kind)
{
	if (!(op->kinds & kind))
		return false;
	/* Any literal can be read as text, but only numbers as numbers. */
	return kind == FILTER_TEXT || l->is_number;
}

int filter_misfit(const char *text, const struct filter_node *n, unsigned kind, struct err *e)
{
	char list[64];

	if (!(n->op->kinds & kind))
		return err_caret(e, text, (int)n->op_column, "filter: '%.64s' is %s: it takes %s",
				 n->left.name, filter_kind_name(kind),
				 filter_op_list(kind, list, sizeof(list)));
	return err_caret(e, text, (int)n->right.column,
			 "filter: '%.64s' is %s, and what it is compared with is not%s",
			 n->left.name, filter_kind_name(kind),
			 n->right.quoted ? " (numbers stand without quotes)" : "");
}

/* ---- printing ---- */

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

static void print_compare(const struct filter_node *n, struct strbuf *out)
{
	const struct filter_operand *o = &n->left;

	if (o->system)
		strbuf_fmt(out, "%s:", o->system);
	if (o->event)
		strbuf_str(out, o->event);
	/* The dot says that a name of the context is the event's own field here. */
	if (!o->context && (o->event || filter_context_find(o->name)))
		strbuf_char(out, '.');
	strbuf_fmt(out, "%s %s ", o->name, n->op->name);
	if (n->right.quoted || !n->right.is_number)
		print_text(&n->right, out);
	else
		strbuf_add(out, n->right.text, n->right.len);
}

static void print_node(const struct filter_node *n, struct strbuf *out)
{
	if (n->kind == NODE_COMPARE) {
		print_compare(n, out);
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

void filter_print(const struct filter *f, struct strbuf *out)
{
	if (f->root)
		print_node(f->root, out);
}

/* ---- life ---- */

const char *filter_text(const struct filter *f)
{
	return f->text;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->program_count; i++)
		free(f->programs[i]);
	free(f->programs);
	free(f->text);
	arena_done(&f->arena);
	free(f);
}
