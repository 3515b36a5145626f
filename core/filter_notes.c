/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_notes: what is right and probably not meant.
 *
 * Only events for which the filter can be true are looked at, and of those only what is asked for:
 * what is said of others would be noise. Every note is said once, with the first event it holds for
 * and how many more there are.
 */
#include <stdlib.h>
#include <string.h>

#include "core/filter_kernel.h"
#include "core/util.h"

struct notes {
	struct filter *filter;
	const struct schema_set *set;
	filter_among_fn among; /* NULL: all events */
	void *data;
	struct strbuf *out;
	size_t first, last; /* where in it the notes begin, and the last of them */
	int count;
};

/* What the last note says was said before: two comparisons may be of one field. */
static bool is_repeated(const struct notes *n)
{
	const char *line = strbuf_cstr(n->out) + n->first, *last = strbuf_cstr(n->out) + n->last;

	while (line < last) {
		size_t len = strcspn(line, "\n");

		if (len == strlen(last) && !memcmp(line, last, len))
			return true;
		line += len + 1;
	}
	return false;
}

/* The last note is whole. */
static void settle(struct notes *n)
{
	if (!n->count || !is_repeated(n))
		return;
	strbuf_cut(n->out, n->last - 1); /* and its newline */
	n->last = n->out->len;
	n->count--;
}

static void begin(struct notes *n)
{
	settle(n);
	if (n->count++)
		strbuf_char(n->out, '\n');
	n->last = n->out->len;
}

/* " of SYSTEM:EVENT", with " and N more" where there are. */
static void say_event(struct strbuf *out, const struct schema *s, unsigned count)
{
	strbuf_fmt(out, "%s:%s", s->system ? s->system : "", s->name);
	if (count > 1)
		strbuf_fmt(out, " and %u more", count - 1);
}

static bool is_among(const struct notes *n, const struct schema *s)
{
	return !n->among || n->among(s, n->data);
}

/* Finds the events of the filter that fn says yes to; returns how many, and the first. */
static unsigned find_events(const struct notes *n, const struct filter_node *node,
			    bool (*fn)(const struct filter_node *node, const struct schema *s),
			    const struct schema **first)
{
	unsigned count = 0;

	for (size_t i = 0; i <= SCHEMA_ID_MAX; i++) {
		const struct schema *s = n->set->by_id[i];
		int constant;

		if (!s || s->role == ROLE_TASK || !fn(node, s)) /* never a row */
			continue;
		if (!is_among(n, s))
			continue;
		constant = filter_constant(filter_bind(n->filter, s));
		if (constant == FILTER_FALSE || constant == FILTER_UNKNOWN)
			continue;
		if (!count++)
			*first = s;
	}
	return count;
}

/* ---- names of the context ---- */

static const struct field *own_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!f->is_common && !strcmp(f->name, name))
			return f;
	return NULL;
}

static bool has_own(const struct filter_node *node, const struct schema *s)
{
	return own_field(s, node->left.name);
}

static void note_context(struct notes *n, const struct filter_node *node)
{
	const char *name = node->left.name;
	const struct schema *s = NULL;
	unsigned count = find_events(n, node, has_own, &s);

	if (!count)
		return;
	begin(n);
	strbuf_fmt(n->out, "'%s' is of who emitted the row; the field of ", name);
	say_event(n->out, s, count);
	strbuf_fmt(n->out, " is '.%s'", name);
}

/* ---- units ---- */

static const struct filter_literal *duration_in(const struct filter_literal *l)
{
	for (; l; l = l->next) {
		if (l->measure == MEASURE_DURATION)
			return l;
		if (l->from &&
		    (l->from->measure == MEASURE_DURATION || l->to->measure == MEASURE_DURATION))
			return l;
	}
	return NULL;
}

static bool is_no_time(const struct filter_node *node, const struct schema *s)
{
	const struct field *f;

	return filter_fit(node, s, &f) == FIT_OK && f && filter_field_kind(f) == FILTER_NUMBER &&
	       !filter_field_is_ns(s, f);
}

static const char *unit_name(const struct field *f)
{
	static const char *const names[] = {
		[UNIT_NONE] = "a number without a unit",
		[UNIT_NS] = "ns",
		[UNIT_SIZE] = "bytes",
		[UNIT_ERRNO] = "an error",
		[UNIT_IP4] = "an address",
		[UNIT_IP6] = "an address",
		[UNIT_FIX6] = "a number without a unit",
		[UNIT_BOOL] = "true or false",
		[UNIT_POINTER] = "a pointer",
		[UNIT_KADDR] = "an address of code",
		[UNIT_UADDR] = "an address of code",
	};

	return names[f->unit];
}

static void note_duration(struct notes *n, const struct filter_node *node)
{
	const struct filter_literal *l = duration_in(&node->right);
	const struct schema *s = NULL;
	const struct field *f;
	unsigned count;

	if (!l || (node->left.context && node->left.context->code == CODE_TIME))
		return;
	if (node->left.context) {
		begin(n);
		strbuf_fmt(n->out, "'%s' is no time: %s is taken as ns", node->left.name, l->text);
		return;
	}
	count = find_events(n, node, is_no_time, &s);
	if (!count)
		return;
	filter_fit(node, s, &f);
	begin(n);
	strbuf_fmt(n->out, "%s is taken as ns, but '%s' of ", l->text, node->left.name);
	say_event(n->out, s, count);
	strbuf_fmt(n->out, " is not known to be in ns: it is %s", unit_name(f));
}

/* ---- patterns ---- */

static void note_pattern(struct notes *n, const struct filter_node *node)
{
	bool equal = node->op->action == ACTION_EQUAL || node->op->action == ACTION_IN;

	for (const struct filter_literal *l = &node->right; l && equal; l = l->next) {
		if (!memchr(l->text, '*', l->len))
			continue;
		begin(n);
		strbuf_fmt(n->out, "%s takes '%s' as it stands; patterns are for ~", node->op->name,
			   l->text);
		return;
	}
}

/* ---- names of events ---- */

/* Those asked for come first. */
struct event_names {
	const struct notes *notes;
	bool systems;
	const char **v;
	size_t asked, count;
};

static const char *event_name_at(size_t i, void *data)
{
	return ((struct event_names *)data)->v[i];
}

static void gather_events(struct event_names *names, bool asked)
{
	const struct notes *n = names->notes;

	for (size_t i = 0; i <= SCHEMA_ID_MAX; i++) {
		const struct schema *s = n->set->by_id[i];

		if (s && is_among(n, s) == asked)
			names->v[names->count++] =
			    names->systems ? (s->system ? s->system : "") : s->name;
	}
}

/* The number of a name; how many there are: it is none. */
static size_t find_name(const struct event_names *names, const struct filter_literal *l)
{
	const char *colon = strchr(l->text, ':'), *word = colon ? colon + 1 : l->text;
	size_t i = 0;

	while (i < names->count && strcmp(names->v[i], word) != 0)
		i++;
	return i;
}

static void note_name(struct notes *n, const struct filter_node *node, struct event_names *names,
		      const struct filter_literal *l)
{
	size_t found = find_name(names, l);
	const char *near;

	if (found < names->asked)
		return;
	if (found < names->count) {
		begin(n);
		strbuf_fmt(n->out, "%s '%s' is none of those asked for", node->left.name, l->text);
		return;
	}
	near = util_nearest(l->text, event_name_at, names->asked, names);
	if (!near)
		return;
	begin(n);
	strbuf_fmt(n->out, "no %s here is called '%s'; nearest is '%s'", node->left.name, l->text,
		   near);
}

static void note_event(struct notes *n, const struct filter_node *node)
{
	bool equal = node->op->action == ACTION_EQUAL || node->op->action == ACTION_IN;
	struct event_names names = { .notes = n,
				     .systems = node->left.context->code == CODE_SYSTEM };

	if (!equal || (!names.systems && node->left.context->code != CODE_EVENT))
		return;
	names.v = xcalloc(SCHEMA_ID_MAX + 1, sizeof(*names.v));
	gather_events(&names, true);
	names.asked = names.count;
	gather_events(&names, false);
	for (const struct filter_literal *l = &node->right; l && names.asked; l = l->next)
		note_name(n, node, &names, l);
	free(names.v);
}

/* ---- all of them ---- */

static void note_node(struct notes *n, const struct filter_node *node)
{
	for (const struct filter_node *c = node->child; c; c = c->next)
		note_node(n, c);
	if (node->kind != NODE_COMPARE)
		return;
	if (node->left.context) {
		note_context(n, node);
		note_event(n, node);
	}
	if (node->op->action == ACTION_EXISTS)
		return;
	note_duration(n, node);
	note_pattern(n, node);
}

int filter_notes(struct filter *f, const struct schema_set *set, struct strbuf *out)
{
	return filter_notes_among(f, set, NULL, NULL, out);
}

int filter_notes_among(struct filter *f, const struct schema_set *set, filter_among_fn among,
		       void *data, struct strbuf *out)
{
	struct notes n = {
		.filter = f, .set = set, .among = among, .data = data, .out = out, .first = out->len
	};

	if (f->root)
		note_node(&n, f->root);
	settle(&n);
	return n.count;
}

/* ---- fields ---- */

static void each_kernel(const struct kernel_node *n, filter_field_fn fn, void *data)
{
	struct filter_field use = { .name = n->field, .column = n->column, .in_kernel = true };

	if (n->kind == KERNEL_COMPARE)
		fn(&use, data);
	for (const struct kernel_node *c = n->child; c; c = c->next)
		each_kernel(c, fn, data);
}

static void each_node(const struct filter_node *n, filter_field_fn fn, void *data)
{
	const struct filter_operand *o = &n->left;
	struct filter_field use = {
		.system = o->system,
		.event = o->event,
		.name = o->name,
		.column = o->column,
		.is_context = o->context != NULL,
	};

	if (n->kind == NODE_KERNEL)
		each_kernel(n->kernel, fn, data);
	else if (n->kind == NODE_COMPARE)
		fn(&use, data);
	for (const struct filter_node *c = n->child; c; c = c->next)
		each_node(c, fn, data);
}

void filter_each_field(const struct filter *f, filter_field_fn fn, void *data)
{
	if (f->root)
		each_node(f->root, fn, data);
}
