/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_check: whether a filter can mean anything for the events there are.
 *
 * A field that no event has, or a comparison that fits no event, is a mistake to be
 * told, with what was probably meant; for a single event it is only unknown.
 */
#include "core/filter_kernel.h"

#include <errno.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"

#define VALUES_SHOWN 10 /* in a complaint */

struct check {
	const struct filter *filter;
	const struct schema_set *set;
	bool is_capture;
	struct err *err;
};

/* ".pid" where no event has a pid of its own. */
static int absent_own(const struct check *c, const struct filter_operand *o)
{
	err_caret(c->err, c->filter->text, (int)o->column,
		  "filter: no event has a field '%.64s' of its own; without the dot it is of who "
		  "emitted the row",
		  o->name);
	if (c->err)
		c->err->code = -ENOENT;
	return -ENOENT;
}

static void add_context(struct filter_guess *g)
{
	for (size_t i = 0; filter_context_name(i); i++)
		filter_guess_add(g, filter_context_name(i));
}

static int absent(const struct check *c, const struct filter_operand *o)
{
	struct filter_absent a = {
		.sets = &c->set,
		.count = 1,
		.text = c->filter->text,
		.topic = "filter",
		.others = add_context,
	};

	if (!o->event && filter_context_find(o->name))
		return absent_own(c, o);
	return filter_absent(&a, o, c->err);
}

/* ---- names of values ---- */

struct values {
	struct filter_guess names;
	struct arena arena; /* owns the names */
	const struct filter_node *node;
};

static void add_value(const char *name, size_t len, void *data)
{
	struct values *v = data;

	filter_guess_add(&v->names, arena_strndup(&v->arena, name, len));
}

static void add_values(const struct schema *s, void *data)
{
	struct values *v = data;
	const struct field *f;

	if (filter_fit(v->node, s, &f) == FIT_LITERAL && filter_field_kind(f) == FILTER_NUMBER)
		filter_each_name(s, f, add_value, v);
}

/* "; it has A, B and 3 more" */
static const char *list_values(const struct filter_guess *n, struct strbuf *out)
{
	size_t shown = n->count > VALUES_SHOWN ? VALUES_SHOWN - 1 : n->count;

	for (size_t i = 0; i < shown; i++)
		strbuf_fmt(out, "%s%.32s", i ? ", " : "; it has ", n->v[i]);
	if (shown < n->count)
		strbuf_fmt(out, " and %zu more", n->count - shown);
	return strbuf_cstr(out);
}

/* A word that is no value of a field which has names for some. */
static int unknown_value(const struct check *c, const struct filter_node *n,
			 const struct filter_literal *bad)
{
	_cleanup_strbuf_ struct strbuf list = { 0 };
	struct values v = { .node = n };
	const char *near;
	int r;

	filter_each_schema(c->set, add_values, &v);
	near = filter_guess_nearest(&v.names, bad->text);
	if (!v.names.count || bad->is_decimal)
		r = filter_misfit(c->filter->text, n, FILTER_NUMBER, bad, c->err);
	else
		r = err_caret(c->err, c->filter->text, (int)bad->column,
			      "filter: '%.64s' has no value '%.64s'%s%.300s%s", n->left.name,
			      bad->text, near ? "; nearest is '" : "",
			      near ? near : list_values(&v.names, &list), near ? "'" : "");
	filter_guess_done(&v.names);
	arena_done(&v.arena);
	return r;
}

/* ---- checking ---- */

/* How one comparison fits all schemas: the best one counts. */
struct verdict {
	const struct filter_node *node;
	enum filter_fit best; /* FIT_ABSENT until a schema has the field */
	unsigned kind;	      /* of a field whose literal does not fit */
	const struct filter_literal *bad;
	bool is_far; /* the record has the address of a text */
};

static void judge(const struct schema *s, void *data)
{
	struct verdict *v = data;
	const struct field *f;
	enum filter_fit fit;

	if (v->best == FIT_OK)
		return;
	fit = filter_fit(v->node, s, &f);
	if (fit == FIT_OK || v->best == FIT_ABSENT ||
	    (v->best == FIT_OPAQUE && fit == FIT_LITERAL)) {
		v->best = fit;
		v->kind = fit == FIT_LITERAL ? filter_field_kind(f) : 0;
		v->bad = fit == FIT_LITERAL ? filter_bad_literal(v->node, s, f, v->kind) : NULL;
		v->is_far =
		    fit == FIT_LITERAL && f->unit == UNIT_POINTER && strstr(f->type, "char *");
	}
}

static int far_text(const struct check *c, const struct filter_node *n)
{
	return err_caret(
	    c->err, c->filter->text, (int)n->left.column,
	    "filter: the record says where the text of '%.64s' was, not what it was; a "
	    "capture filter can ask the kernel: kernel{ %.64s.ustring ~ \"*TEXT*\" }",
	    n->left.name, n->left.name);
}

static int check_compare(const struct check *c, const struct filter_node *n)
{
	struct verdict v = { .node = n, .best = FIT_ABSENT };

	if (n->left.context)
		return 0;
	filter_each_schema(c->set, judge, &v);
	switch (v.best) {
	case FIT_OK:
		return 0;
	case FIT_ABSENT:
		return absent(c, &n->left);
	case FIT_LITERAL:
		if (v.is_far)
			return far_text(c, n);
		if (v.kind == FILTER_NUMBER && v.bad)
			return unknown_value(c, n, v.bad);
		return filter_misfit(c->filter->text, n, v.kind, v.bad ? v.bad : &n->right, c->err);
	case FIT_OPAQUE:
		break;
	}
	return err_caret(c->err, c->filter->text, (int)n->left.column,
			 "filter: '%.64s' is an array: only numbers and text can be compared",
			 n->left.name);
}

/* ---- kernel{ } ---- */

/* The best an expression does over all events, and where it fails. */
struct kernel_verdict {
	const struct kernel_node *node, *at;
	enum kernel_fit best;
	bool any;
};

/* From what is right to what is worst. */
static unsigned kernel_rank(enum kernel_fit fit)
{
	static const uint8_t rank[] = {
		[KERNEL_FITS] = 0, [KERNEL_UNSEEN] = 1, [KERNEL_REFUSED] = 2, [KERNEL_ABSENT] = 3
	};

	return rank[fit];
}

static void judge_kernel(const struct schema *s, void *data)
{
	struct kernel_verdict *v = data;
	const struct kernel_node *at = NULL;
	enum kernel_fit fit = filter_kernel_fit_all(v->node, s, &at);

	if (v->any && kernel_rank(fit) >= kernel_rank(v->best))
		return;
	v->any = true;
	v->best = fit;
	v->at = at;
}

static int check_kernel(const struct check *c, const struct filter_node *n)
{
	struct kernel_verdict v = { .node = n->kernel };
	const char *text = c->filter->text;

	filter_each_schema(c->set, judge_kernel, &v);
	if (!v.any || v.best == KERNEL_FITS || (v.best == KERNEL_UNSEEN && c->is_capture))
		return 0;
	if (v.best == KERNEL_UNSEEN)
		return err_caret(
		    c->err, text, (int)v.at->column,
		    "filter: what the kernel looks at for '%.64s' is in no record: only"
		    " a capture filter can ask for it",
		    v.at->field);
	if (v.best == KERNEL_REFUSED)
		return err_caret(c->err, text, (int)v.at->value_column,
				 "filter: the kernel does not compare '%.64s' with this",
				 v.at->field);
	err_caret(c->err, text, (int)v.at->column,
		  "filter: no event has all fields of this kernel{ }, as '%.64s'", v.at->field);
	if (c->err)
		c->err->code = -ENOENT;
	return -ENOENT;
}

static int check_node(const struct check *c, const struct filter_node *n)
{
	int r;

	if (n->kind == NODE_COMPARE)
		return check_compare(c, n);
	if (n->kind == NODE_KERNEL)
		return check_kernel(c, n);
	for (const struct filter_node *child = n->child; child; child = child->next) {
		r = check_node(c, child);
		if (r < 0)
			return r;
	}
	return 0;
}

int filter_check(const struct filter *f, const struct schema_set *set, struct err *e)
{
	struct check c = { .filter = f, .set = set, .err = e };

	return f->root ? check_node(&c, f->root) : 0;
}

int filter_check_capture(const struct filter *f, const struct schema_set *set, struct err *e)
{
	struct check c = { .filter = f, .set = set, .is_capture = true, .err = e };

	return f->root ? check_node(&c, f->root) : 0;
}
