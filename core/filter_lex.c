/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_lex: the fields of a filter, from hostile text.
 *
 * What a word is depends on where it stands: left of an operator it is a field, right of
 * it a literal (filter_literal.c). So there is no token stream; the parser asks for what it needs.
 * A text that ends too early is told from a wrong one, for those who watch it being typed.
 */
#include "core/filter_tree.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/util.h"

/* Comments count as white space: from a # where a word could begin to the end of the line. */
void filter_lex_space(struct filter_lexer *lx)
{
	for (;;) {
		lx->at += (uint32_t)strspn(lx->text + lx->at, " \t\r\n");
		if (lx->text[lx->at] != '#')
			return;
		lx->at += (uint32_t)strcspn(lx->text + lx->at, "\n");
	}
}

static const char *topic(const struct filter_lexer *lx)
{
	return lx->topic ? lx->topic : "filter";
}

int filter_lex_unfinished(struct filter_lexer *lx, const char *what)
{
	err_caret(lx->err, lx->text, (int)strlen(lx->text), "%s: %s", topic(lx), what);
	if (lx->err)
		lx->err->code = -EAGAIN;
	return -EAGAIN;
}

/* ---- the left side ---- */

/* One part of a field's name; event names may begin with a digit (9p). */
static const char *lex_part(struct filter_lexer *lx, struct arena *a)
{
	const char *s = lx->text + lx->at;
	size_t len = 0;

	while (isalnum((unsigned char)s[len]) || s[len] == '_')
		len++;
	lx->at += (uint32_t)len;
	return len ? arena_strndup(a, s, len) : NULL;
}

/* What stands where a field was expected. */
static int no_field(struct filter_lexer *lx)
{
	const char *s = lx->text + lx->at;

	if (!*s)
		return filter_lex_unfinished(lx, "a field is missing at the end");
	return err_caret(lx->err, lx->text, (int)lx->at, "%s: a field's name was expected%s",
			 topic(lx), *s == '"' || *s == '\'' ? " (names stand without quotes)" : "");
}

/* SYSTEM was read and its colon: the event behind it, up to its dot. */
static int lex_event(struct filter_lexer *lx, struct arena *a, const char **event)
{
	*event = lex_part(lx, a);
	if (!*event)
		return no_field(lx);
	if (!lx->text[lx->at])
		return filter_lex_unfinished(lx, "SYSTEM:EVENT.FIELD was expected");
	if (lx->text[lx->at] != '.')
		return err_caret(lx->err, lx->text, (int)lx->at,
				 "%s: '.FIELD' was expected behind SYSTEM:EVENT", topic(lx));
	return 0;
}

/* What other tools call a name of the context is that name. */
static int find_context(struct filter_lexer *lx, struct filter_operand *o)
{
	bool own = o->system || lx->text[o->column] == '.';
	const char *alias = own ? NULL : filter_alias_find(o->event, o->name);

	if (alias && !*alias)
		return err_caret(lx->err, lx->text, (int)o->column,
				 "%s: '%s.%s': events know no names of descriptors; take a "
				 "field of the event, such as filename or fd",
				 topic(lx), o->event, o->name);
	if (alias)
		o->context = filter_context_find(alias);
	else if (!own && !o->event)
		o->context = filter_context_find(o->name);
	if (o->context) {
		o->event = NULL;
		o->name = o->context->name;
	}
	return 0;
}

int filter_lex_operand(struct filter_lexer *lx, struct arena *a, struct filter_operand *ret)
{
	const char *part;
	int r;

	*ret = (struct filter_operand) { .column = lx->at };
	part = lex_part(lx, a);
	if (part && lx->text[lx->at] == ':') {
		lx->at++;
		ret->system = part;
		r = lex_event(lx, a, &part);
		if (r < 0)
			return r;
	}
	if (lx->text[lx->at] == '.') {
		lx->at++;
		ret->event = part;
		part = lex_part(lx, a);
	}
	ret->name = part;
	if (!part)
		return no_field(lx);
	if (isdigit((unsigned char)ret->name[0]))
		return err_caret(lx->err, lx->text, (int)ret->column,
				 "%s: a %s with a field's name", topic(lx),
				 lx->topic ? "column begins" : "comparison begins");
	return find_context(lx, ret);
}
