/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_filter: the filter that the rows of a group pass and no others do.
 *
 * Numbers stand as numbers, for a name may mean only some bits of one. What is not known of a
 * thread is asked for as that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_tree.h"
#include "core/group_private.h"

struct make {
	const struct group_table *table;
	const struct group *group;
	struct strbuf *text;
	struct err *err;
};

/* ---- lives of a number ---- */

/* The times of one life, where others had the same number. */
struct lives {
	const struct group_person *person;
	uint64_t from, until; /* 0 and UINT64_MAX: nobody had it before, or after */
};

/* Another life began at start. */
static void meet(struct lives *l, uint64_t start)
{
	if (start > l->person->start)
		l->until = MIN(l->until, start);
	else
		l->from = l->person->start;
}

static bool meet_process(struct process *p, void *data)
{
	struct lives *l = data;

	if (p->pid == l->person->pid && p->index != l->person->index)
		meet(l, p->start);
	return true;
}

/* A tid is nobody's before its thread began, and what is remembered of it ends as well. */
static void bound_thread(struct lives *l, const struct identity *id)
{
	const struct group_person *me = l->person;
	const struct task *t;
	uint64_t from, until;

	l->from = me->start;
	if (!id || me->end == UINT64_MAX)
		return;
	t = identity_task(id, me->tid, me->end);
	identity_span(id, me->tid, me->end, &from, &until);
	l->until = MIN(l->until, t && t->index == me->index ? until : me->end);
}

static void find_lives(const struct make *m, struct lives *l)
{
	const struct group_people *all = &m->table->people;
	const struct group_person *me = l->person;

	for (uint32_t i = 0; all->slots && i <= all->mask; i++) {
		const struct group_person *p = &all->slots[i];
		bool same = me->class == CLASS_THREAD ? p->tid == me->tid : p->pid == me->pid;

		if (p->class == me->class && same && p->index != me->index)
			meet(l, p->start);
	}
	if (me->class == CLASS_THREAD)
		bound_thread(l, m->table->identity);
	else if (m->table->identity)
		identity_each(m->table->identity, meet_process, l);
}

static void put_time(const struct make *m, const char *op, uint64_t ts)
{
	strbuf_fmt(m->text, " and time %s ", op);
	strbuf_time(m->text, ts, 9);
}

static int add_person(const struct make *m, struct group_atom a)
{
	const struct group_person *p = group_person(m->table, a);
	struct lives l = { .person = p, .until = UINT64_MAX };

	if (a.class == CLASS_THREAD)
		strbuf_fmt(m->text, "tid == %d", p->tid);
	else
		strbuf_fmt(m->text, "pid == %d", p->pid);
	find_lives(m, &l);
	if (l.from)
		put_time(m, ">=", l.from);
	if (l.until != UINT64_MAX)
		put_time(m, "<", l.until);
	return 0;
}

/* A thread that is known, of a process that is not, is no stranger: its times are left out. */
static void leave_out(const struct make *m, int32_t tid)
{
	const struct group_people *all = &m->table->people;

	for (uint32_t i = 0; all->slots && i <= all->mask; i++) {
		const struct group_person *p = &all->slots[i];
		struct lives l = { .person = p, .until = UINT64_MAX };

		if (p->class != CLASS_THREAD || p->tid != tid || p->pid >= 0)
			continue;
		find_lives(m, &l);
		strbuf_str(m->text, " and not (time >= ");
		strbuf_time(m->text, l.from, 9);
		if (l.until != UINT64_MAX)
			put_time(m, "<", l.until);
		strbuf_char(m->text, ')');
	}
}

static int add_stranger(const struct make *m, unsigned key, struct group_atom a)
{
	int32_t tid = (int32_t)(uint32_t)a.v;

	strbuf_fmt(m->text, "tid == %d", tid);
	if (!tid) /* the idle task is known to be that */
		return 0;
	strbuf_str(m->text, " and not exists pid");
	if (m->table->spec->keys[key].kind == GROUP_THREAD)
		leave_out(m, tid);
	return 0;
}

/* ---- keys ---- */

/* In every event that is about a system call, of those that came. */
static int add_syscall(const struct make *m, wide_t v)
{
	const struct group_table *t = m->table;
	const char *before = "(";
	size_t start = m->text->len;

	for (uint32_t i = 0; i < t->plan_count; i++) {
		const struct schema *s = t->plans[i] ? t->plans[i]->schema : NULL;
		const struct field *f = group_syscall_field(s);
		_cleanup_strbuf_ struct strbuf term = { 0 };

		if (!f)
			continue;
		strbuf_fmt(&term, "system == %s and .%s == %lld", s->system, f->name, (long long)v);
		if (strstr(strbuf_cstr(m->text) + start, term.s))
			continue;
		strbuf_fmt(m->text, "%s%s", before, term.s);
		before = " or ";
	}
	strbuf_char(m->text, ')');
	return 0;
}

/* The number as the field's own literals are. */
static void put_literal(const struct make *m, unsigned key, struct group_atom a)
{
	const struct schema *schema;
	const struct field *f = group_key_field(m->table, m->group, key, &schema);
	wide_t v = atom_wide(a), size = v < 0 ? -v : v;

	if (f && f->unit == UNIT_POINTER) {
		strbuf_fmt(m->text, "0x%llx", (unsigned long long)v);
		return;
	}
	if (v < 0)
		strbuf_char(m->text, '-');
	if (!f || f->unit != UNIT_FIX6) {
		strbuf_u64(m->text, (uint64_t)size);
		return;
	}
	strbuf_u64(m->text, (uint64_t)(size / 1000000));
	strbuf_char(m->text, '.');
	strbuf_u64_pad(m->text, (uint64_t)(size % 1000000), 6, '0');
}

static int add_number(const struct make *m, unsigned key, struct group_atom a)
{
	const struct group_key *k = &m->table->spec->keys[key];

	if (k->kind == GROUP_SYSCALL)
		return add_syscall(m, atom_wide(a));
	strbuf_fmt(m->text, "%s == ", k->text);
	put_literal(m, key, a);
	return 0;
}

/* Whether a filter can ask for just this text of a field that is no text. */
static bool is_address(const struct field *f, const char *text, size_t len)
{
	struct filter_literal l = { .text = text, .len = (uint32_t)len, .quoted = true };
	struct filter_address address;

	return filter_literal_address(&l, f, &address) && address.bits == 8 * address.len;
}

static int add_text(const struct make *m, unsigned key, struct group_atom a)
{
	const struct group_key *k = &m->table->spec->keys[key];
	const struct schema *schema;
	const struct field *f = group_key_field(m->table, m->group, key, &schema);
	size_t len;
	const char *text = group_string(m->table, a.v, &len);

	if (f && filter_field_kind(f) != FILTER_TEXT && !is_address(f, text, len))
		return err_set(m->err, -ENOTSUP,
			       "'%.64s' is an array: rows cannot be told by it in a filter",
			       k->text);
	strbuf_fmt(m->text, "%s == ", k->text);
	filter_quote(m->text, text, len);
	return 0;
}

static int add_key(const struct make *m, unsigned key)
{
	struct group_atom a = group_key_atom(m->group, key);

	switch (a.class) {
	case CLASS_NUMBER:
	case CLASS_NEGATIVE:
		return add_number(m, key, a);
	case CLASS_TEXT:
		return add_text(m, key, a);
	case CLASS_PROCESS:
	case CLASS_THREAD:
		return add_person(m, a);
	case CLASS_STRANGER:
		return add_stranger(m, key, a);
	default:
		strbuf_fmt(m->text, "not exists %s", m->table->spec->keys[key].text);
		return 0;
	}
}

int group_condition(const struct group_table *t, uint32_t row, unsigned key, struct strbuf *text,
		    struct err *e)
{
	struct make m = { t, group_at(t, row), text, e };

	if (group_is_other(t, row))
		return err_set(e, -ENOTSUP,
			       "these groups were put together and have nothing in common");
	return add_key(&m, key);
}

/* "bash 123, cpu 3": what says itself what it is stands alone. */
static void put_label(const struct group_table *t, uint32_t row, unsigned key, struct strbuf *label)
{
	uint8_t kind = t->spec->keys[key].kind;

	if (key)
		strbuf_str(label, ", ");
	if (kind != GROUP_PROCESS && kind != GROUP_THREAD && kind != GROUP_EVENT)
		strbuf_fmt(label, "%s ", t->spec->keys[key].text);
	group_text(t, row, key, label);
}

int group_filter(const struct group_table *t, uint32_t row, struct strbuf *text,
		 struct strbuf *label, struct err *e)
{
	struct make m = { t, group_at(t, row), text, e };
	size_t before = text->len;
	int rc = 0;

	if (group_is_other(t, row))
		return err_set(e, -ENOTSUP,
			       "these groups were put together and have nothing in common");
	for (unsigned i = 0; i < t->spec->key_count && rc >= 0; i++) {
		if (i)
			strbuf_str(text, " and ");
		rc = add_key(&m, i);
	}
	if (rc < 0) {
		strbuf_cut(text, before);
		return rc;
	}
	for (unsigned i = 0; i < t->spec->key_count; i++)
		put_label(t, row, i, label);
	return 0;
}

bool group_process(const struct group_table *t, uint32_t row, int32_t *ret_pid, uint32_t *ret_index)
{
	for (unsigned i = 0; i < t->spec->key_count && !group_is_other(t, row); i++) {
		struct group_atom a = group_key_atom(group_at(t, row), i);

		if (a.class != CLASS_PROCESS)
			continue;
		*ret_pid = group_person(t, a)->pid;
		*ret_index = group_person(t, a)->index;
		return true;
	}
	return false;
}
