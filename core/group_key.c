/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_key: the values of keys.
 *
 * What a schema decides is decided once a schema, in its plan; what a thread decides is asked once
 * a thread and page, and kept in a memo with the times for which it holds. Only fields are read
 * from every row.
 */
#include <stdlib.h>
#include <string.h>

#include "core/filter_tree.h"
#include "core/group_private.h"
#include "core/text.h"
#include "core/who.h"

/* ---- fields ---- */

static uint8_t how_to_read(const struct schema *s, const struct field *f)
{
	switch (filter_field_kind(f)) {
	case FILTER_TEXT:
		return READ_STRING;
	case FILTER_NUMBER:
		break;
	default: /* addresses are numbers where they are of 4 bytes */
		return READ_SAID;
	}
	if (s->machine.swap && f->size > 1)
		return READ_SWAPPED;
	switch (f->size) {
	case 1:
		return f->is_signed ? READ_S8 : READ_U8;
	case 2:
		return f->is_signed ? READ_S16 : READ_U16;
	case 4:
		return f->is_signed ? READ_S32 : READ_U32;
	default:
		return f->is_signed ? READ_S64 : READ_U64;
	}
}

static struct group_read read_field(const struct schema *s, const struct field *f)
{
	if (!f)
		return (struct group_read) { .how = READ_LACKS };
	return (struct group_read) {
		.how = how_to_read(s, f),
		.offset = f->offset,
		.end = f->offset + f->size,
		.field = f,
	};
}

/* ---- plans ---- */

static struct group_atom text_atom(struct group_table *t, const char *s, size_t len)
{
	uint32_t before = t->strings.count, number = group_strings_put(&t->strings, s, len);

	if (unlikely(t->strings.count != before))
		group_check_bound(t);
	return (struct group_atom) { number, CLASS_TEXT };
}

static struct group_read read_text(struct group_table *t, const char *s)
{
	if (!s)
		return (struct group_read) { .how = READ_LACKS };
	return (struct group_read) { .how = READ_CONST, .value = text_atom(t, s, strlen(s)) };
}

/* An event by its whole name, for two systems may have one of the same. */
static struct group_read read_event(struct group_table *t, const struct schema *s)
{
	if (!s)
		return (struct group_read) { .how = READ_LACKS };
	strbuf_clear(&t->said);
	if (s->system)
		strbuf_fmt(&t->said, "%s:", s->system);
	strbuf_str(&t->said, s->name);
	return read_text(t, t->said.s);
}

static struct group_read read_thread(const struct group_table *t, uint8_t kind)
{
	struct group_read rd = { .how = READ_THREAD };

	while (t->asked[rd.thread] != kind)
		rd.thread++;
	return rd;
}

/* What a key can be, and a measure be of. */
static struct group_read read_kind(struct group_table *t, uint8_t kind, const struct group_field *f,
				   const struct schema *s)
{
	switch (kind) {
	case GROUP_FIELD:
		return read_field(s, group_field_in(f, s));
	case GROUP_SYSCALL:
		return read_field(s, group_syscall_field(s));
	case GROUP_EVENT:
		return read_event(t, s);
	case GROUP_SYSTEM:
		return read_text(t, s ? s->system : NULL);
	case GROUP_BACKEND:
		return (struct group_read) { .how = READ_BACKEND };
	case GROUP_CPU:
		return (struct group_read) { .how = READ_CPU };
	default:
		return read_thread(t, kind);
	}
}

/* How a measure's value is read; sums are of numbers alone. */
static struct group_read read_part(struct group_table *t, struct group_part *part,
				   const struct schema *s)
{
	struct group_read rd = { .how = READ_LACKS };

	if (!part->field)
		return rd;
	rd = read_kind(t, part->what, part->field, s);
	if ((part->kind == PART_SUM || part->kind == PART_HIST) && rd.how >= READ_STRING)
		rd.how = READ_LACKS;
	if (rd.how != READ_LACKS && rd.field && !part->of) {
		part->schema = s;
		part->of = rd.field;
	}
	return rd;
}

static void make_room(struct group_table *t, uint32_t at)
{
	uint32_t count = MAX(at + 1, 2 * t->plan_count);

	if (at < t->plan_count)
		return;
	t->plans = xrealloc(t->plans, count, sizeof(struct group_plan *));
	memset(t->plans + t->plan_count, 0, (count - t->plan_count) * sizeof(struct group_plan *));
	t->plan_count = count;
}

const struct group_plan *group_plan_new(struct group_table *t, const struct schema *s)
{
	unsigned keys = t->spec->key_count;
	uint32_t at = s ? s->index + 1 : 0;
	struct group_plan *p =
	    xcalloc(1, sizeof(*p) + (keys + t->part_count) * sizeof(p->reads[0]));

	make_room(t, at);
	p->schema = s;
	for (unsigned i = 0; i < keys; i++) {
		struct group_read *rd = &p->reads[i];

		*rd = read_kind(t, t->spec->keys[i].kind, &t->spec->keys[i].field, s);
		p->lacks |= rd->how == READ_LACKS;
	}
	for (unsigned i = 0; i < t->part_count; i++)
		p->reads[keys + i] = read_part(t, &t->parts[i], s);
	t->plans[at] = p;
	return p;
}

/* ---- threads ---- */

static bool is_of_thread(uint8_t kind)
{
	return kind >= GROUP_PROCESS && kind <= GROUP_CONTAINER;
}

/* True when the kind is of threads. */
static bool ask(struct group_table *t, uint8_t kind)
{
	if (!is_of_thread(kind))
		return false;
	for (unsigned i = 0; i < t->asked_count; i++)
		if (t->asked[i] == kind)
			return true;
	t->asked[t->asked_count++] = kind;
	return true;
}

void group_keys_prepare(struct group_table *t)
{
	t->steady = true;
	for (unsigned i = 0; i < t->spec->key_count; i++) {
		uint8_t kind = t->spec->keys[i].kind;

		t->by_thread |= ask(t, kind);
		t->by_schema |= kind == GROUP_EVENT || kind == GROUP_SYSTEM;
		t->steady &= kind != GROUP_FIELD && kind != GROUP_SYSCALL;
	}
	for (unsigned i = 0; i < t->part_count; i++)
		t->folds_thread |= ask(t, t->parts[i].what);
}

static struct group_atom number_atom(bool known, int64_t v)
{
	if (!known)
		return (struct group_atom) { 0, CLASS_NONE };
	return (struct group_atom) { (uint64_t)v, v < 0 ? CLASS_NEGATIVE : CLASS_NUMBER };
}

static struct group_atom comm_atom(struct group_table *t, const struct row *r)
{
	const char *s = t->identity ? identity_comm(t->identity, r->tid, r->ts) : NULL;

	if (!s || !strcmp(s, "<...>"))
		return (struct group_atom) { 0, CLASS_NONE };
	return text_atom(t, s, strlen(s));
}

static struct group_atom life_atom(struct group_table *t, uint8_t class, const struct row *r)
{
	const struct task *task = t->identity ? identity_task(t->identity, r->tid, r->ts) : NULL;

	if (!task || (class == CLASS_PROCESS && !task->process))
		return (struct group_atom) { (uint32_t)r->tid, CLASS_STRANGER };
	return group_people_put(t, class, task, r->ts);
}

static enum who_what what_of(uint8_t kind)
{
	switch (kind) {
	case GROUP_PPID:
		return WHO_PPID;
	case GROUP_UID:
		return WHO_UID;
	case GROUP_EXE:
		return WHO_EXE;
	case GROUP_USER:
		return WHO_USER;
	case GROUP_CGROUP:
		return WHO_CGROUP;
	case GROUP_UNIT:
		return WHO_UNIT;
	default:
		return WHO_CONTAINER;
	}
}

static struct group_atom who_atom(struct group_table *t, uint8_t kind, const struct row *r)
{
	const struct process *p = who_process(t->who, t->identity, r->tid, r->ts);
	const char *s;
	uint64_t v = 0;
	size_t len;
	bool known;

	if (!p)
		return (struct group_atom) { 0, CLASS_NONE };
	if (kind == GROUP_PPID || kind == GROUP_UID) {
		known = who_number(p, what_of(kind), &v);
		return number_atom(known, (int64_t)v);
	}
	s = who_text(t->who, p, what_of(kind), &len);
	return s ? text_atom(t, s, len) : (struct group_atom) { 0, CLASS_NONE };
}

static struct group_atom thread_atom(struct group_table *t, uint8_t kind, const struct row *r)
{
	int32_t pid;

	switch (kind) {
	case GROUP_PROCESS:
		return life_atom(t, CLASS_PROCESS, r);
	case GROUP_THREAD:
		return life_atom(t, CLASS_THREAD, r);
	case GROUP_TID:
		return number_atom(true, r->tid);
	case GROUP_PID:
		pid = t->identity ? identity_pid(t->identity, r->tid, r->ts) : -1;
		return number_atom(pid >= 0, pid);
	case GROUP_COMM:
		return comm_atom(t, r);
	default:
		return who_atom(t, kind, r);
	}
}

struct group_memo *group_memo_new(struct group_table *t, struct group_memo *m, const struct row *r)
{
	uint64_t until = UINT64_MAX;

	*m = (struct group_memo) { .key = group_thread_key(t, r) };
	if (t->identity)
		identity_span(t->identity, r->tid, r->ts, &m->from, &until);
	m->span = until - m->from;
	for (unsigned i = 0; i < t->asked_count; i++)
		m->values[i] = thread_atom(t, t->asked[i], r);
	return m;
}

/* ---- what is no plain number ---- */

const char *group_read_text(struct group_table *t, const struct group_read *rd, const struct row *r,
			    size_t *len)
{
	uint32_t n;
	const char *s;

	if (likely(rd->how == READ_STRING)) {
		s = field_str(r->schema, rd->field, r->rec, r->size, &n);
		*len = s ? n : 0;
		return s;
	}
	if (!field_bytes(r->schema, rd->field, r->rec, r->size, &n))
		return NULL;
	strbuf_clear(&t->said);
	text_row_field(r, rd->field, &t->said);
	*len = t->said.len;
	return strbuf_cstr(&t->said);
}

static bool read_text_atom(struct group_table *t, const struct group_read *rd, const struct row *r,
			   struct group_atom *a)
{
	size_t len;
	const char *s = group_read_text(t, rd, r, &len);

	if (s)
		*a = text_atom(t, s, len);
	return s != NULL;
}

static bool read_swapped(const struct group_read *rd, const struct row *r, struct group_atom *a)
{
	uint64_t v;

	if (!field_int(r->schema, rd->field, r->rec, r->size, &v))
		return false;
	*a = (struct group_atom) { v, rd->field->is_signed && (int64_t)v < 0 ? CLASS_NEGATIVE
									     : CLASS_NUMBER };
	return true;
}

static bool read_backend(struct group_table *t, const struct row *r, struct group_atom *a)
{
	const char *s = r->source ? r->source->backend : NULL;

	if (s)
		*a = text_atom(t, s, strlen(s));
	return s != NULL;
}

bool group_read_slow(struct group_table *t, const struct group_read *rd, const struct row *r,
		     struct group_atom *a)
{
	switch (rd->how) {
	case READ_CPU:
		*a = (struct group_atom) { r->cpu, CLASS_NUMBER };
		return r->cpu != CPU_NONE;
	case READ_BACKEND:
		return read_backend(t, r, a);
	case READ_SWAPPED:
		return read_swapped(rd, r, a);
	case READ_STRING:
	case READ_SAID:
		return read_text_atom(t, rd, r, a);
	default:
		return false;
	}
}
