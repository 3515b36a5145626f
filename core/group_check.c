/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_check: whether the fields of a spec are those of any event.
 *
 * For one event a missing field only means that its rows are counted apart; a field that no event
 * has is a mistake to be told, with what was probably meant.
 */
#include <errno.h>
#include <string.h>

#include "core/filter_tree.h"
#include "core/group_private.h"
#include "core/util.h"

/* ---- which field is meant ---- */

const struct field *group_field_in(const struct group_field *f, const struct schema *s)
{
	if (!s || (f->event && strcmp(f->event, s->name) != 0))
		return NULL;
	if (f->system && (!s->system || strcmp(f->system, s->system) != 0))
		return NULL;
	schema_for_each_field (s, found)
		if (!strcmp(found->name, f->name))
			return found;
	return NULL;
}

const struct field *group_syscall_field(const struct schema *s)
{
	struct group_field f = { .name = "id" };

	if (!s || !s->system)
		return NULL;
	schema_for_each_field (s, said)
		if (!strcmp(said->type, "syscall_t"))
			return said;
	if (!strcmp(s->system, "syscalls"))
		f.name = "__syscall_nr";
	else if (strcmp(s->system, "raw_syscalls") != 0 &&
		 (strcmp(s->system, "pair") != 0 || strcmp(s->name, "syscall") != 0))
		return NULL;
	return group_field_in(&f, s);
}

/* ---- all events ---- */

struct check {
	const struct group_spec *spec;
	const struct schema_set *const *sets;
	size_t count;
	struct err *err;
};

static void each_schema(const struct check *c, void (*fn)(const struct schema *s, void *data),
			void *data)
{
	for (size_t k = 0; k < c->count; k++)
		filter_each_schema(c->sets[k], fn, data);
}

/* ---- what was probably meant ---- */

static void add_word(const char *word, const char *help, void *data)
{
	(void)help;
	filter_guess_add(data, word);
}

static void add_keys(struct filter_guess *g)
{
	group_each_key(add_word, g);
}

/* -ENOENT for a field that is nowhere; keys also have words of their own. */
static int absent(const struct check *c, const struct group_field *g, const char *text, bool is_key)
{
	struct filter_operand o = {
		.system = g->system, .event = g->event, .name = g->name, .column = g->column
	};
	struct filter_absent a = {
		.sets = c->sets,
		.count = c->count,
		.text = text,
		.topic = "group",
		.others = is_key ? add_keys : NULL,
	};

	return filter_absent(&a, &o, c->err);
}

/* ---- looking ---- */

struct found {
	const struct group_field *field;
	bool any, number, text; /* some event has it; as a number, as text */
};

static void look(const struct schema *s, void *data)
{
	struct found *found = data;
	const struct field *f = group_field_in(found->field, s);

	if (!f)
		return;
	found->any = true;
	found->number |= filter_field_kind(f) == FILTER_NUMBER;
	found->text |= filter_field_kind(f) == FILTER_TEXT;
}

static bool is_numeric(const struct group_measure *m)
{
	return m->kind >= MEASURE_SUM && m->kind <= MEASURE_QUANTILE;
}

static void look_syscall(const struct schema *s, void *data)
{
	*(bool *)data |= group_syscall_field(s) != NULL;
}

static int check_syscall(const struct check *c, const struct group_field *f, const char *text)
{
	bool any = false;

	each_schema(c, look_syscall, &any);
	if (any)
		return 0;
	err_caret(c->err, text, (int)f->column,
		  "group: no event is about system calls; raw_syscalls:sys_enter is");
	if (c->err)
		c->err->code = -ENOENT;
	return -ENOENT;
}

static int check_measure(const struct check *c, const struct group_measure *m, const char *show)
{
	struct found found = { .field = &m->field };

	if (m->of == GROUP_SYSCALL)
		return check_syscall(c, &m->field, show);
	if (m->of != GROUP_FIELD || !m->field.name)
		return 0;
	each_schema(c, look, &found);
	if (!found.any)
		return absent(c, &m->field, show, !is_numeric(m));
	if (is_numeric(m) && !found.number)
		return err_caret(c->err, show, (int)m->field.column,
				 "group: '%.64s' is %s and no number; distinct(%.64s) and "
				 "last(%.64s) can be had",
				 m->field.name, found.text ? "text" : "an array", m->field.name,
				 m->field.name);
	return 0;
}

static int check_key(const struct check *c, const struct group_key *k, const char *by)
{
	struct found found = { .field = &k->field };

	if (k->kind == GROUP_SYSCALL)
		return check_syscall(c, &k->field, by);
	if (k->kind != GROUP_FIELD)
		return 0;
	each_schema(c, look, &found);
	return found.any ? 0 : absent(c, &k->field, by, true);
}

int group_spec_check(const struct group_spec *s, const char *by, const char *show,
		     const struct schema_set *const *sets, size_t count, struct err *e)
{
	struct check c = { .spec = s, .sets = sets, .count = count, .err = e };
	int rc = 0;

	for (unsigned i = 0; i < s->key_count && rc >= 0; i++)
		rc = check_key(&c, &s->keys[i], by);
	for (unsigned i = 0; i < s->measure_count && rc >= 0; i++)
		rc = check_measure(&c, &s->measures[i], show);
	return rc;
}
