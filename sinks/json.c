/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json: one object a row and line.
 *
 * ts is a string of seconds with nine decimals; cpu, pid and tid are numbers or null; unsigned
 * 64-bit and pointer fields are strings by their declared type, other integers numbers, so that
 * a reader with doubles loses nothing and the type of a column never changes.
 */
#include <stdlib.h>

#include "core/safe.h"
#include "core/syscall_text.h"
#include "sinks/columns.h"
#include "sinks/out.h"
#include "sinks/sink.h"

struct state {
	struct strbuf out, scratch;
	struct columns columns; /* none: all keys */
};

static int json_open(struct sink *s, struct err *e)
{
	struct state *st = s->state;

	return s->conf.columns ? columns_parse(s->conf.columns, &st->columns, e) : 0;
}

static void put_string(struct strbuf *b, const char *s)
{
	safe_json(b, s, strlen(s));
}

/* A number of the record; as a string where a double would not hold every value of its type. */
static void put_int(struct strbuf *b, const struct field *f, unsigned size, uint64_t v)
{
	bool quoted = size == 8 && !f->is_signed;

	if (f->unit == UNIT_POINTER || f->unit == UNIT_KADDR || f->unit == UNIT_UADDR) {
		strbuf_add(b, "\"0x", 3);
		strbuf_hex(b, v);
		strbuf_char(b, '"');
		return;
	}
	if (quoted)
		strbuf_char(b, '"');
	if (f->is_signed)
		strbuf_s64(b, (int64_t)v);
	else
		strbuf_u64(b, v);
	if (quoted)
		strbuf_char(b, '"');
}

static void put_array(struct strbuf *b, const struct row *r, const struct field *f)
{
	uint32_t len;
	const uint8_t *p = field_bytes(r->schema, f, r->rec, r->size, &len);
	unsigned step = f->elem_size;

	strbuf_char(b, '[');
	for (uint32_t i = 0; p && step && i + step <= len; i += step) {
		if (i)
			strbuf_char(b, ',');
		put_int(b, f, step, field_load(r->schema->machine, p + i, step, f->is_signed));
	}
	strbuf_char(b, ']');
}

static bool is_number(const struct field *f)
{
	return f->unit != UNIT_IP4 && f->unit != UNIT_IP6 && f->unit != UNIT_FIX6;
}

static void put_value(struct state *st, const struct row *r, const struct field *f)
{
	struct strbuf *b = &st->out;
	uint64_t v;

	if (f->kind == FIELD_STRING) {
		uint32_t len;
		const char *s = field_str(r->schema, f, r->rec, r->size, &len);

		if (s)
			safe_json(b, s, len);
		else
			strbuf_add(b, "null", 4);
	} else if (f->kind == FIELD_INT && is_number(f)) {
		if (field_int(r->schema, f, r->rec, r->size, &v))
			put_int(b, f, f->size, v);
		else
			strbuf_add(b, "null", 4);
	} else if (f->kind == FIELD_ARRAY && is_number(f)) {
		put_array(b, r, f);
	} else {
		strbuf_clear(&st->scratch);
		text_field(r->schema, f, r->rec, r->size, &st->scratch);
		put_string(b, strbuf_cstr(&st->scratch));
	}
}

static void put_fields(struct state *st, const struct row *r)
{
	struct strbuf *b = &st->out;
	bool first = true;

	schema_for_each_field (r->schema, f) {
		if (f->is_common)
			continue;
		strbuf_add(b, first ? "\"" : ",\"", first ? 1 : 2);
		strbuf_str(b, f->name);
		strbuf_add(b, "\":", 2);
		put_value(st, r, f);
		first = false;
	}
}

/* Of a row that is a system call: its name, and all of it in words. */
static void put_call(struct sink *s, const struct row *r)
{
	struct state *st = s->state;
	const char *name = syscalls_name(s->conf.syscalls, r);

	if (!name)
		return;
	strbuf_str(&st->out, ",\"syscall\":");
	if (*name)
		put_string(&st->out, name);
	else
		strbuf_str(&st->out, "null");
	strbuf_clear(&st->scratch);
	syscalls_text(s->conf.syscalls, r, &st->scratch);
	strbuf_str(&st->out, ",\"call\":");
	put_string(&st->out, strbuf_cstr(&st->scratch));
}

static void put_cpu(struct strbuf *b, uint16_t cpu)
{
	strbuf_str(b, "\",\"cpu\":");
	if (cpu == CPU_NONE)
		strbuf_str(b, "null");
	else
		strbuf_u64(b, cpu);
}

static void put_who(struct sink *s, const struct row *r)
{
	struct state *st = s->state;
	struct strbuf *b = &st->out;
	int32_t pid = identity_pid(s->conf.identity, r->tid, r->ts);

	strbuf_str(b, ",\"comm\":");
	put_string(b, identity_comm(s->conf.identity, r->tid, r->ts));
	strbuf_str(b, ",\"pid\":");
	if (pid < 0)
		strbuf_str(b, "null");
	else
		strbuf_s64(b, pid);
	strbuf_str(b, ",\"tid\":");
	if (r->tid < 0)
		strbuf_str(b, "null"); /* a row of nobody's */
	else
		strbuf_s64(b, r->tid);
}

/* A loss is a row of the event tapdeck:lost, so that every line has the same keys. */
static void put_loss(struct strbuf *b, const struct row *r)
{
	strbuf_str(b, ",\"comm\":null,\"pid\":null,\"tid\":null,\"system\":\"tapdeck\","
		      "\"event\":\"lost\",\"fields\":{\"count\":");
	if (r->lost == LOST_UNKNOWN) {
		strbuf_str(b, "null");
	} else {
		strbuf_char(b, '"');
		strbuf_u64(b, r->lost);
		strbuf_char(b, '"');
	}
}

static void put_unknown(struct strbuf *b, const struct row *r)
{
	strbuf_str(b, ",\"system\":null,\"event\":null,\"fields\":{\"size\":");
	strbuf_u64(b, r->size);
}

static void put_column(struct sink *s, struct column *col, const struct row *r)
{
	struct state *st = s->state;
	const struct field *f = columns_field(col, r);

	put_string(&st->out, col->name);
	strbuf_char(&st->out, ':');
	if (f) {
		put_value(st, r, f);
		return;
	}
	strbuf_clear(&st->scratch);
	if (!columns_value(&st->columns, col, s, r, COLUMN_RAW, &st->scratch))
		strbuf_add(&st->out, "null", 4);
	else if (columns_is_number(col))
		strbuf_add(&st->out, st->scratch.s, st->scratch.len);
	else
		put_string(&st->out, strbuf_cstr(&st->scratch));
}

/* Only the keys that were chosen, in their order. */
static void put_columns(struct sink *s, const struct row *r)
{
	struct state *st = s->state;

	for (unsigned i = 0; i < st->columns.count; i++) {
		strbuf_char(&st->out, i ? ',' : '{');
		put_column(s, &st->columns.v[i], r);
	}
	columns_end(&st->columns, r);
	strbuf_add(&st->out, "}\n", 2);
}

static int json_row(struct sink *s, const struct row *r, struct err *e)
{
	struct state *st = s->state;
	struct strbuf *b = &st->out;

	if (st->columns.count) {
		put_columns(s, r);
		return out_maybe(b, s->conf.fd, e);
	}
	strbuf_str(b, "{\"ts\":\"");
	strbuf_time(b, r->ts, 9);
	put_cpu(b, r->cpu);
	if (unlikely(r->flags & ROW_LOSS)) {
		put_loss(b, r);
	} else {
		put_who(s, r);
		if (likely(r->schema)) {
			strbuf_str(b, ",\"system\":");
			put_string(b, r->schema->system);
			strbuf_str(b, ",\"event\":");
			put_string(b, r->schema->name);
			if (s->conf.syscalls)
				put_call(s, r);
			strbuf_str(b, ",\"fields\":{");
			put_fields(st, r);
		} else {
			put_unknown(b, r);
		}
	}
	strbuf_add(b, "}}\n", 3);
	return out_maybe(b, s->conf.fd, e);
}

static int json_tick(struct sink *s, struct err *e)
{
	struct state *st = s->state;

	return out_flush(&st->out, s->conf.fd, e);
}

static int json_close(struct sink *s, struct err *e)
{
	struct state *st = s->state;
	int rc = out_flush(&st->out, s->conf.fd, e);

	strbuf_done(&st->out);
	strbuf_done(&st->scratch);
	columns_done(&st->columns);
	return rc;
}

const struct sink_ops json_ops = {
	.name = "json",
	.blurb = "one JSON object a line",
	.size = sizeof(struct state),
	.open = json_open,
	.row = json_row,
	.tick = json_tick,
	.close = json_close,
};
