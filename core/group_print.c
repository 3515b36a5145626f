/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_print: cells of groups for people, as JSON and in CSV.
 *
 * People get names of values, numbers in groups of three and durations with a unit. Programs get
 * what `stream --json` would say of the same field: numbers as numbers, those of 64 bits without a
 * sign and pointers as strings.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_tree.h"
#include "core/group_private.h"
#include "core/names.h"
#include "core/safe.h"

#define MILLION 1000000

enum form { FOR_PEOPLE, FOR_JSON, FOR_CSV };

struct say {
	const struct group_table *table;
	const struct group *group;
	enum form form;
	struct strbuf *out;
};

/* ---- numbers ---- */

static void put_wide(struct strbuf *out, wide_t v, bool grouped)
{
	__extension__ unsigned __int128 rest = (unsigned __int128)v;
	char digits[64];
	size_t at = sizeof(digits), count = 0;

	if (v < 0) {
		strbuf_char(out, '-');
		rest = -rest;
	}
	do {
		if (grouped && count && count % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + (int)(rest % 10));
		rest /= 10;
		count++;
	} while (rest);
	strbuf_add(out, digits + at, sizeof(digits) - at);
}

/* Millionths. */
static void put_fix6(struct strbuf *out, wide_t v)
{
	wide_t size = v < 0 ? -v : v;

	if (v < 0)
		strbuf_char(out, '-');
	put_wide(out, size / MILLION, false);
	strbuf_char(out, '.');
	strbuf_u64_pad(out, (uint64_t)(size % MILLION), 6, '0');
}

/* Two decimals behind a number for people, none where they say nothing. */
static void put_real(const struct say *s, double v)
{
	if (s->form != FOR_PEOPLE)
		strbuf_fmt(s->out, "%.6f", v);
	else if (v == 0)
		strbuf_char(s->out, '0');
	else if (fabs(v) < 1000 || fabs(v) > 1e15)
		strbuf_fmt(s->out, "%.*f", fabs(v) < 9.995 ? 2 : 1, v);
	else
		put_wide(s->out, (wide_t)(v < 0 ? v - 0.5 : v + 0.5), true);
}

static void put_duration(const struct say *s, double ns)
{
	if (s->form == FOR_PEOPLE)
		strbuf_duration(s->out, ns);
	else
		put_real(s, ns);
}

/* ---- text ---- */

static void put_json(struct strbuf *out, const char *text, size_t len)
{
	safe_json(out, text, len);
}

/* As RFC 4180 quotes a value, on one line. */
static void put_csv(struct strbuf *out, const char *text, size_t len)
{
	_cleanup_strbuf_ struct strbuf safe = { 0 };
	const char *s;

	safe_text(&safe, text, len);
	s = strbuf_cstr(&safe);
	if (!strpbrk(s, ",\"") && *s != ' ' && (!*s || s[safe.len - 1] != ' ')) {
		strbuf_add(out, s, safe.len);
		return;
	}
	strbuf_char(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_char(out, '"');
		strbuf_char(out, *s);
	}
	strbuf_char(out, '"');
}

static void put_text(const struct say *s, const char *text, size_t len)
{
	if (s->form == FOR_JSON)
		put_json(s->out, text, len);
	else if (s->form == FOR_CSV)
		put_csv(s->out, text, len);
	else
		safe_text(s->out, text, len);
}

static void put_unknown(const struct say *s)
{
	if (s->form == FOR_JSON)
		strbuf_str(s->out, "null");
	else if (s->form == FOR_PEOPLE)
		strbuf_char(s->out, '?');
}

/* Nothing was there to be measured. */
static void put_nothing(const struct say *s)
{
	if (s->form == FOR_JSON)
		strbuf_str(s->out, "null");
	else if (s->form == FOR_PEOPLE)
		strbuf_char(s->out, '-');
}

/* ---- processes and threads ---- */

static void put_id(struct strbuf *out, const char *name, int32_t id)
{
	if (id < 0)
		strbuf_fmt(out, "\"%s\":null", name);
	else
		strbuf_fmt(out, "\"%s\":%d", name, id);
}

static void put_person_json(const struct say *s, const struct group_person *p, bool thread)
{
	strbuf_char(s->out, '{');
	if (thread) {
		put_id(s->out, "tid", p->tid);
		strbuf_char(s->out, ',');
	}
	put_id(s->out, "pid", p->pid);
	strbuf_str(s->out, ",\"comm\":");
	put_json(s->out, p->comm, strnlen(p->comm, COMM_LEN));
	strbuf_char(s->out, '}');
}

static void put_person(const struct say *s, struct group_atom a)
{
	const struct group_person *p = group_person(s->table, a);
	bool thread = a.class == CLASS_THREAD;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (s->form == FOR_JSON) {
		put_person_json(s, p, thread);
		return;
	}
	strbuf_add(&text, p->comm, strnlen(p->comm, COMM_LEN));
	strbuf_fmt(&text, " %d", thread ? p->tid : p->pid);
	put_text(s, text.s, text.len);
}

/* A thread of no known process, by its last name if it has one; or the idle task. */
static void put_stranger(const struct say *s, struct group_atom a)
{
	const struct identity *id = s->table->identity;
	int32_t tid = (int32_t)(uint32_t)a.v;
	const char *comm = id ? identity_comm(id, tid, s->group->last) : tid ? "<...>" : "<idle>";
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (s->form == FOR_JSON) {
		strbuf_fmt(s->out, "{\"tid\":%d,\"pid\":%s,\"comm\":", tid, tid ? "null" : "0");
		put_json(s->out, comm, strlen(comm));
		strbuf_char(s->out, '}');
		return;
	}
	strbuf_str(&text, comm);
	if (tid)
		strbuf_fmt(&text, " tid %d", tid);
	put_text(s, text.s, text.len);
}

/* ---- values of fields ---- */

static void put_hex(const struct say *s, uint64_t v)
{
	strbuf_fmt(s->out, s->form == FOR_JSON ? "\"0x%llx\"" : "0x%llx", (unsigned long long)v);
}

/* For people: the name, or the number so that it can be typed. */
static void put_value_said(const struct say *s, const struct schema *schema, const struct field *f,
			   wide_t v)
{
	if (filter_say_value(schema, f, (uint64_t)v, s->out))
		return;
	put_wide(s->out, v, false);
	if (filter_field_is_ns(schema, f))
		strbuf_str(s->out, "ns");
}

static void put_value_raw(const struct say *s, const struct field *f, wide_t v)
{
	bool quoted = s->form == FOR_JSON && f->size == 8 && !f->is_signed;

	strbuf_str(s->out, quoted ? "\"" : "");
	put_wide(s->out, v, false);
	strbuf_str(s->out, quoted ? "\"" : "");
}

/* As it stands in the record: in the order of the network. */
static void put_ip4(struct strbuf *out, const struct schema *schema, uint32_t v)
{
	uint8_t b[4];

	store_u32(b, schema->machine.swap ? __builtin_bswap32(v) : v);
	strbuf_fmt(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

/* A value that a field had. */
static void put_value(const struct say *s, const struct schema *schema, const struct field *f,
		      wide_t v)
{
	if (f->unit == UNIT_POINTER) {
		put_hex(s, (uint64_t)v);
	} else if (f->unit == UNIT_FIX6 || f->unit == UNIT_IP4) {
		const char *quote = s->form == FOR_JSON ? "\"" : "";

		strbuf_str(s->out, quote);
		if (f->unit == UNIT_FIX6)
			put_fix6(s->out, v);
		else
			put_ip4(s->out, schema, (uint32_t)v);
		strbuf_str(s->out, quote);
	} else if (s->form == FOR_PEOPLE) {
		put_value_said(s, schema, f, v);
	} else {
		put_value_raw(s, f, v);
	}
}

static void put_syscall(const struct say *s, const struct schema *schema, wide_t v)
{
	bool narrow = schema && schema->machine.long_size == 4;
	const char *name = v >= 0 && v <= INT32_MAX && schema && machine_has_calls(schema->machine)
			       ? names_of(narrow ? NAMES_SYSCALL_32 : NAMES_SYSCALL, (int)v)
			       : NULL;
	_cleanup_strbuf_ struct strbuf number = { 0 };

	put_wide(&number, v, false);
	put_text(s, name ? name : number.s, name ? strlen(name) : number.len);
}

/* Who is in no container says so by nothing; to people by a dash. */
static void put_string(const struct say *s, struct group_atom a)
{
	size_t len;
	const char *text = group_string(s->table, a.v, &len);

	if (!len && s->form == FOR_PEOPLE)
		strbuf_char(s->out, '-');
	else
		put_text(s, text, len);
}

/* ---- keys ---- */

/* What a number is of. */
struct origin {
	uint8_t kind; /* enum group_kind */
	const struct schema *schema;
	const struct field *field; /* NULL: of none */
};

static void put_number(const struct say *s, const struct origin *o, wide_t v)
{
	if (o->kind == GROUP_SYSCALL)
		put_syscall(s, o->schema, v);
	else if (o->field)
		put_value(s, o->schema, o->field, v);
	else
		put_wide(s->out, v, false);
}

static void put_atom(const struct say *s, const struct origin *o, struct group_atom a)
{
	switch (a.class) {
	case CLASS_NUMBER:
	case CLASS_NEGATIVE:
		put_number(s, o, atom_wide(a));
		break;
	case CLASS_TEXT:
		put_string(s, a);
		break;
	case CLASS_PROCESS:
	case CLASS_THREAD:
		put_person(s, a);
		break;
	case CLASS_STRANGER:
		put_stranger(s, a);
		break;
	default:
		put_unknown(s);
	}
}

static void put_key(const struct say *s, unsigned key)
{
	struct origin o = { .kind = s->table->spec->keys[key].kind };

	o.field = group_key_field(s->table, s->group, key, &o.schema);
	put_atom(s, &o, group_key_atom(s->group, key));
}

static void put_other(const struct say *s, unsigned key)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (key) {
		put_unknown(s);
		return;
	}
	strbuf_str(&text, "(");
	strbuf_grouped(&text, group_joined(s->table));
	strbuf_str(&text, " others)");
	put_text(s, text.s, text.len);
}

/* ---- measures ---- */

static void put_latest(const struct say *s, unsigned measure)
{
	const struct part_latest *l = group_latest(s->table, s->group, measure);
	struct origin o = { .kind = s->table->spec->measures[measure].of };

	if (!l) {
		put_nothing(s);
		return;
	}
	o.schema = l->schema;
	o.field = group_latest_field(s->table, l, measure);
	put_atom(s, &o, l->value);
}

static void put_time(const struct say *s, wide_t ts)
{
	bool quoted = s->form == FOR_JSON;

	strbuf_str(s->out, quoted ? "\"" : "");
	strbuf_time(s->out, (uint64_t)ts, s->form == FOR_PEOPLE ? 6 : 9);
	strbuf_str(s->out, quoted ? "\"" : "");
}

static void put_share(const struct say *s, double share)
{
	strbuf_fmt(s->out, s->form == FOR_PEOPLE ? "%.1f%%" : "%.3f", 100 * share);
}

/* Whether a number is a duration: by the field's type or by what the kernel prints behind it. */
static bool is_ns(const struct say *s, unsigned measure, const struct group_value *v)
{
	const struct schema *schema;
	const struct field *f;

	if (v->type == GROUP_NS || v->type == GROUP_REAL_NS)
		return true;
	if ((v->type != GROUP_NUMBER && v->type != GROUP_REAL) ||
	    s->table->spec->measures[measure].kind < MEASURE_SUM)
		return false;
	f = group_measure_field(s->table, measure, &schema);
	return f && f->unit != UNIT_FIX6 && filter_field_is_ns(schema, f);
}

static void put_measured(const struct say *s, unsigned measure, const struct group_value *v)
{
	bool people = s->form == FOR_PEOPLE, ns = people && is_ns(s, measure, v);

	if (people && v->about)
		strbuf_char(s->out, '~');
	switch (v->type) {
	case GROUP_NUMBER:
	case GROUP_NS:
		if (ns)
			put_duration(s, (double)v->wide);
		else
			put_wide(s->out, v->wide, people);
		break;
	case GROUP_REAL:
	case GROUP_REAL_NS:
		if (ns)
			put_duration(s, v->real);
		else
			put_real(s, v->real);
		break;
	case GROUP_TIME:
		put_time(s, v->wide);
		break;
	case GROUP_SHARE:
		put_share(s, v->real);
		break;
	default:
		put_nothing(s);
	}
}

static void put_measure(const struct say *s, uint32_t row, unsigned measure)
{
	unsigned column = s->table->spec->key_count + measure;
	struct group_value v;

	if (s->table->spec->measures[measure].kind == MEASURE_LATEST) {
		put_latest(s, measure);
		return;
	}
	group_value(s->table, row, column, &v);
	put_measured(s, measure, &v);
}

static void put_cell(const struct group_table *t, uint32_t row, unsigned column, enum form form,
		     struct strbuf *out)
{
	struct say s = { t, group_at(t, row), form, out };
	unsigned keys = t->spec->key_count;

	if (column >= keys)
		put_measure(&s, row, column - keys);
	else if (group_is_other(t, row))
		put_other(&s, column);
	else
		put_key(&s, column);
}

void group_text(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out)
{
	put_cell(t, row, column, FOR_PEOPLE, out);
}

void group_json(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out)
{
	put_cell(t, row, column, FOR_JSON, out);
}

void group_csv(const struct group_table *t, uint32_t row, unsigned column, struct strbuf *out)
{
	put_cell(t, row, column, FOR_CSV, out);
}
