/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_tree: what the filter language knows, as tables, and the life of a filter.
 *
 * A new operator is a row of ops[] (and, if it does something new, an action in
 * filter_compare.c); a new name of the context is a row of contexts[]. The parser knows neither.
 */
#include "core/filter_tree.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "core/who.h"

#define BOTH  (FILTER_NUMBER | FILTER_TEXT)
#define EQUAL FILTER_ANY

#define OP_MAX 16 /* longer than every spelling */

/* clang-format off */
static const struct filter_op ops[] = {
	{ "or",         "or",         ACTION_OR,         2, PRECEDENCE_OR,      0,             false },
	{ "||",         "or",         ACTION_OR,         2, PRECEDENCE_OR,      0,             false },
	{ "and",        "and",        ACTION_AND,        2, PRECEDENCE_AND,     0,             false },
	{ "&&",         "and",        ACTION_AND,        2, PRECEDENCE_AND,     0,             false },
	{ "not",        "not",        ACTION_NOT,        1, PRECEDENCE_NOT,     0,             true  },
	{ "!",          "not",        ACTION_NOT,        1, PRECEDENCE_NOT,     0,             true  },
	{ "exists",     "exists",     ACTION_EXISTS,     1, PRECEDENCE_NOT,     FILTER_ANY,    false },
	{ "==",         "==",         ACTION_EQUAL,      2, PRECEDENCE_COMPARE, EQUAL,         false },
	{ "=",          "==",         ACTION_EQUAL,      2, PRECEDENCE_COMPARE, EQUAL,         false },
	{ "!=",         "!=",         ACTION_EQUAL,      2, PRECEDENCE_COMPARE, EQUAL,         true  },
	{ "<",          "<",          ACTION_LESS,       2, PRECEDENCE_COMPARE, FILTER_NUMBER, false },
	{ "<=",         "<=",         ACTION_LESS_EQUAL, 2, PRECEDENCE_COMPARE, FILTER_NUMBER, false },
	{ ">",          ">",          ACTION_LESS_EQUAL, 2, PRECEDENCE_COMPARE, FILTER_NUMBER, true  },
	{ ">=",         ">=",         ACTION_LESS,       2, PRECEDENCE_COMPARE, FILTER_NUMBER, true  },
	{ "&",          "&",          ACTION_MASK,       2, PRECEDENCE_COMPARE, FILTER_NUMBER, false },
	{ "~",          "~",          ACTION_GLOB,       2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "=~",         "=~",         ACTION_REGEX,      2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "!~",         "!~",         ACTION_REGEX,      2, PRECEDENCE_COMPARE, FILTER_TEXT,   true  },
	{ "contains",   "contains",   ACTION_CONTAINS,   2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "icontains",  "icontains",  ACTION_ICONTAINS,  2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "startswith", "startswith", ACTION_STARTS,     2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "endswith",   "endswith",   ACTION_ENDS,       2, PRECEDENCE_COMPARE, FILTER_TEXT,   false },
	{ "in",         "in",         ACTION_IN,         2, PRECEDENCE_COMPARE, EQUAL,         false },
};

static const struct filter_context contexts[] = {
	{ "event",     FILTER_TEXT,   CODE_EVENT,     0,  0, 0 },
	{ "system",    FILTER_TEXT,   CODE_SYSTEM,    0,  0, 0 },
	{ "tid",       FILTER_NUMBER, CODE_TID,       1,  INT32_MIN, INT32_MAX },
	{ "cpu",       FILTER_NUMBER, CODE_CPU,       1,  0, CPU_NONE - 1 },
	{ "time",      FILTER_NUMBER, CODE_TIME,      1,  0, UINT64_MAX },
	{ "lost",      FILTER_NUMBER, CODE_LOST,      2,  0, UINT64_MAX },
	{ "backend",   FILTER_TEXT,   CODE_BACKEND,   5,  0, 0 },
	{ "pid",       FILTER_NUMBER, CODE_PID,       6,  0, INT32_MAX },
	{ "comm",      FILTER_TEXT,   CODE_COMM,      12, 0, 0 },
	{ "ppid",      FILTER_NUMBER, CODE_PPID,      12, 0, INT32_MAX },
	{ "uid",       FILTER_NUMBER, CODE_UID,       12, 0, UINT32_MAX - 1 },
	{ "exe",       FILTER_TEXT,   CODE_EXE,       16, 0, 0 },
	{ "user",      FILTER_TEXT,   CODE_USER,      20, 0, 0 },
	{ "cgroup",    FILTER_TEXT,   CODE_CGROUP,    16, 0, 0 },
	{ "unit",      FILTER_TEXT,   CODE_UNIT,      30, 0, 0 },
	{ "container", FILTER_TEXT,   CODE_CONTAINER, 60, 0, 0 },
	{ "process",   FILTER_TEXT,   CODE_PROCESS,   20, 0, 0 },
	{ "lineage",   FILTER_TEXT,   CODE_LINEAGE,   20, 0, 0 },
};

/* What sysdig and the kernel call them. */
static const struct {
	const char *group, *name, *context; /* context "": nothing here yet */
} aliases[] = {
	{ "evt",       "type",  "event" },
	{ "evt",       "cpu",   "cpu" },
	{ "evt",       "time",  "time" },
	{ "proc",      "name",  "comm" },
	{ "proc",      "pid",   "pid" },
	{ "proc",      "ppid",  "ppid" },
	{ "proc",      "exe",   "exe" },
	{ "thread",    "tid",   "tid" },
	{ "user",      "name",  "user" },
	{ "user",      "uid",   "uid" },
	{ "container", "id",    "container" },
	{ "container", "name",  "container" },
	{ "fd",        "name",  "" },
	{ NULL,        "COMM",  "comm" },
	{ NULL,        "CPU",   "cpu" },
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
	size_t best_len = 0, left = strnlen(s, OP_MAX);

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
		if (!ops[i].kinds && isalpha((unsigned char)s[0]) &&
		    strlen(ops[i].spelling) == len && !strncmp(s, ops[i].spelling, len))
			return true;
	return false;
}

const char *filter_op_list(unsigned kind, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		/* One spelling each. */
		if (!(ops[i].kinds & kind) || ops[i].precedence != PRECEDENCE_COMPARE ||
		    strcmp(ops[i].spelling, ops[i].name) != 0)
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

const char *filter_alias_find(const char *group, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].name, name) &&
		    (group && aliases[i].group ? !strcmp(aliases[i].group, group)
					       : !group && !aliases[i].group))
			return aliases[i].context;
	return NULL;
}

const char *filter_context_name(size_t i)
{
	return i < ARRAY_SIZE(contexts) ? contexts[i].name : NULL;
}

const char *filter_kind_name(unsigned kind)
{
	return kind == FILTER_NUMBER ? "a number" : kind == FILTER_TEXT ? "text" : "an address";
}

/* What helps who wrote this where a number is wanted; "" where nobody knows. */
static const char *number_help(const struct filter_literal *l)
{
	if (l->quoted)
		return " (numbers stand without quotes)";
	if (l->is_decimal)
		return " (a whole one; 1.5 may stand before ms and other units)";
	if (isdigit((unsigned char)l->text[0]))
		return " (decimal, 0x or octal 0, and behind it k M G T or ns us ms s)";
	return "";
}

int filter_misfit(const char *text, const struct filter_node *n, unsigned kind,
		  const struct filter_literal *l, struct err *e)
{
	char list[160];

	if (!(n->op->kinds & kind))
		return err_caret(e, text, (int)n->op_column, "filter: '%.64s' is %s: it takes %s",
				 n->left.name, filter_kind_name(kind),
				 filter_op_list(kind, list, sizeof(list)));
	return err_caret(
	    e, text, (int)l->column, "filter: '%.64s' is %s, and what it is compared with is not%s",
	    n->left.name, filter_kind_name(kind), kind == FILTER_NUMBER ? number_help(l) : "");
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
		filter_program_free(f->programs[i]);
	free(f->programs);
	free(f->text);
	filter_regex_free(f->regexes);
	filter_family_free(f->families);
	who_free(f->who);
	arena_done(&f->arena);
	free(f);
}

/* ---- what a filter asks for ---- */

static bool asks_process_alone(const struct filter_node *n)
{
	if (n->kind == NODE_COMPARE)
		return n->left.context && n->left.context->code == CODE_PID;
	if (n->kind == NODE_KERNEL)
		return false;
	for (const struct filter_node *c = n->child; c; c = c->next)
		if (!asks_process_alone(c))
			return false;
	return true;
}

bool filter_is_by_process(const struct filter *f)
{
	return !f->root || asks_process_alone(f->root);
}
