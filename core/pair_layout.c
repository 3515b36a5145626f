/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_layout: the fields of a derived event, and the format text that says them.
 *
 * Of several events that can be a side only what all of them have is carried: nothing is made up
 * for one that lacks it. What varies in length becomes __data_loc, wherever it was before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/pair_private.h"

#define WHICH "start_event"

const struct field *pair_own_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!f->is_common && !strcmp(f->name, name))
			return f;
	return NULL;
}

const struct field *pair_named_field(const struct schema *s, const struct pair_names *names)
{
	for (unsigned i = 0; i < names->count; i++) {
		const struct field *f = pair_own_field(s, names->v[i]);

		if (f)
			return f;
	}
	return NULL;
}

/* ---- which fields ---- */

/* A tail without an end of its own has no place in the middle of another record. */
static bool can_carry(const struct field *f)
{
	return !f->is_common && f->place != FIELD_TAIL;
}

static bool same_field(const struct field *a, const struct field *b)
{
	return b && a->place == b->place && a->size == b->size && a->kind == b->kind &&
	       a->elem_size == b->elem_size && a->is_signed == b->is_signed &&
	       !strcmp(a->type, b->type);
}

static bool all_have(const struct schema *const side[PAIR_SIDE_MAX], const struct field *f)
{
	for (unsigned i = 0; i < PAIR_SIDE_MAX; i++)
		if (side[i] && !same_field(f, pair_own_field(side[i], f->name)))
			return false;
	return true;
}

static struct pair_field *find(const struct pair_layout *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (!strcmp(l->fields[i].name, name))
			return &l->fields[i];
	return NULL;
}

static const struct pair_field *from(const struct pair_layout *l, bool end, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->fields[i].end == end && !strcmp(l->fields[i].of->name, name))
			return &l->fields[i];
	return NULL;
}

static bool has_name(const struct pair_names *names, const char *name)
{
	for (unsigned i = 0; i < names->count; i++)
		if (!strcmp(names->v[i], name))
			return true;
	return false;
}

/* The end's part of a key whose start's part is there already: it says the same. */
static bool is_said(const struct pair_spec *spec, const struct pair_layout *l,
		    const struct field *f)
{
	for (unsigned i = 0; i < spec->key_count; i++) {
		const struct pair_key *k = &spec->key[i];

		if (k->kind != PAIR_KEY_FIELD || !has_name(&k->end, f->name))
			continue;
		for (unsigned n = 0; n < k->start.count; n++)
			if (from(l, false, k->start.v[n]))
				return true;
	}
	return false;
}

/* A name that is not taken, with end_ (or start_, for one of ours) before it where it was. */
static char *free_name(const struct pair_layout *l, const struct field *f, bool end)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, f->name);
	while (find(l, b.s) || !strcmp(b.s, "latency") || !strcmp(b.s, WHICH)) {
		char *was = strbuf_take(&b);

		strbuf_fmt(&b, "%s_%s", end ? "end" : "start", was);
		free(was);
	}
	return strbuf_take(&b);
}

static void add_field(struct pair_layout *l, const struct field *f, bool end)
{
	if (from(l, end, f->name))
		return;
	l->fields = xrealloc(l->fields, l->count + 1, sizeof(*l->fields));
	l->fields[l->count] =
	    (struct pair_field) { .name = free_name(l, f, end), .of = f, .end = end };
	l->count++;
}

static int add_pick(const struct pair_spec *spec, const struct pair_known *known,
		    const struct pair_pick *pick, struct pair_layout *l, struct err *e)
{
	const struct schema *const *side = pick->end ? known->end : known->start;
	const struct schema *first = pair_first(side);
	const struct field *one = pick->field ? pair_own_field(first, pick->field) : NULL;

	if (pick->field && (!one || !can_carry(one) || !all_have(side, one)))
		return err_set(e, -ENOENT, "pair %s: fields: %s:%s has no %s to be carried",
			       spec->name, first->system, first->name, pick->field);
	if (one) {
		add_field(l, one, pick->end);
		return 0;
	}
	schema_for_each_field (first, f)
		if (can_carry(f) && all_have(side, f) && !(pick->end && is_said(spec, l, f)))
			add_field(l, f, pick->end);
	return 0;
}

static int choose(const struct pair_spec *spec, const struct pair_known *known,
		  struct pair_layout *l, struct err *e)
{
	static const struct pair_pick both[] = { { .end = false }, { .end = true } };
	const struct pair_pick *picks = spec->field_count ? spec->fields : both;
	unsigned count = spec->field_count ? spec->field_count : 2;
	int rc = 0;

	for (unsigned i = 0; i < count && rc >= 0; i++)
		rc = add_pick(spec, known, &picks[i], l, e);
	return rc;
}

/* ---- where they are ---- */

static uint32_t align(uint32_t at, uint32_t to)
{
	return (at + to - 1) / to * to;
}

static uint32_t alignment(const struct field *f)
{
	if (f->place != FIELD_FIXED)
		return 4;
	return f->elem_size == 2 || f->elem_size == 4 || f->elem_size == 8 ? f->elem_size : 1;
}

static void place(const struct schema_set *set, bool several, struct pair_layout *l)
{
	uint32_t at = set->pid_offset + 4;

	at = MAX(at, set->type_offset + set->type_size);
	at = MAX(at, MAX(set->flags_offset, set->preempt_offset) + 1);
	l->latency = align(at, 8);
	at = l->latency + 8;
	if (several)
		l->which = at++;
	l->start = UINT32_MAX;
	for (unsigned i = 0; i < l->count; i++) {
		struct pair_field *f = &l->fields[i];

		f->offset = at = align(at, alignment(f->of));
		at += f->of->size;
		if (f->end)
			continue;
		l->start = MIN(l->start, f->offset);
		l->stop = at;
	}
	l->start = MIN(l->start, at);
	l->stop = MAX(l->stop, l->start);
	l->fixed = align(at, 4);
}

/* ---- the format text ---- */

static void say(struct strbuf *b, const char *what, uint32_t offset, uint32_t size, bool sign)
{
	strbuf_fmt(b, "\tfield:%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", what, offset, size, sign);
}

static void say_field(struct strbuf *b, const struct pair_field *f)
{
	_cleanup_strbuf_ struct strbuf what = { 0 };
	const struct field *of = f->of;
	const char *type = of->type;

	if (of->place == FIELD_REL_LOC && !strncmp(type, "__rel_loc", 9))
		strbuf_fmt(&what, "__data_loc%s %s", type + 9, f->name);
	else if (of->place != FIELD_FIXED || of->kind == FIELD_INT || !of->elem_size ||
		 strchr(type, '['))
		strbuf_fmt(&what, "%s %s", type, f->name);
	else
		strbuf_fmt(&what, "%s %s[%u]", type, f->name, of->size / of->elem_size);
	say(b, what.s, f->offset, of->size, of->is_signed);
}

static void say_format(const struct pair_spec *spec, const struct schema_set *set,
		       const struct pair_layout *l, unsigned id, struct strbuf *b)
{
	strbuf_fmt(b, "name: %s\nID: %u\nformat:\n", spec->name, id);
	say(b, "unsigned short common_type", set->type_offset, set->type_size, false);
	say(b, "unsigned char common_flags", set->flags_offset, 1, false);
	say(b, "unsigned char common_preempt_count", set->preempt_offset, 1, false);
	say(b, "int common_pid", set->pid_offset, 4, true);
	strbuf_str(b, "\n");
	say(b, "ns_t latency", l->latency, 8, false);
	if (l->which)
		say(b, "unsigned char " WHICH, l->which, 1, false);
	for (unsigned i = 0; i < l->count; i++)
		say_field(b, &l->fields[i]);
}

static unsigned free_id(const struct schema_set *set, const struct schema_set *avoid)
{
	unsigned id = SCHEMA_ID_MAX;

	while (id && (set->by_id[id] || (avoid && avoid->by_id[id])))
		id--;
	return id;
}

static unsigned count_known(const struct schema *const side[PAIR_SIDE_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < PAIR_SIDE_MAX; i++)
		n += side[i] != NULL;
	return n;
}

int pair_layout_make(const struct pair_spec *spec, const struct pair_known *known,
		     struct schema_set *set, const struct schema_set *avoid,
		     struct pair_layout *ret, struct err *e)
{
	const struct schema *before = schema_set_find(set, PAIR_SYSTEM, spec->name);
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct schema *s = NULL;
	unsigned id = before ? before->id : free_id(set, avoid);
	int rc;

	*ret = (struct pair_layout) { 0 };
	if (!id)
		return err_set(e, -ENOSPC, "pair %s: no event id is free", spec->name);
	rc = choose(spec, known, ret, e);
	if (rc >= 0) {
		place(set, count_known(known->start) > 1, ret);
		say_format(spec, set, ret, id, &text);
		pair_text_format(spec, known, ret, &text);
		rc = schema_parse(PAIR_SYSTEM, text.s, text.len, set->machine, &s, e);
	}
	if (rc < 0) {
		pair_layout_done(ret);
		return rc;
	}
	ret->schema = schema_set_add(set, s);
	return 0;
}

void pair_layout_done(struct pair_layout *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->fields[i].name);
	free(l->fields);
	*l = (struct pair_layout) { 0 };
}
