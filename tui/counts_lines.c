/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_lines: a table that the kernel counts as lines of text, CSV or JSON.
 *
 * Text is for people: durations by their unit, grouped digits. The others are for programs:
 * numbers as they are, 64 bits without a sign as text in JSON.
 */
#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/text.h"
#include "tui/counts_model.h"

#define GAP 2

typedef unsigned long long ull;

/* ---- text ---- */

static void put_cell(const struct counts_model *m, unsigned column, const char *text, size_t len,
		     struct strbuf *out)
{
	const struct table_column *c = &m->columns[column];
	int width = text_width(text, len), blanks = MAX(c->width - width, 0);

	for (int i = 0; i < (column ? GAP : 0) + (c->right ? blanks : 0); i++)
		strbuf_char(out, ' ');
	strbuf_add(out, text, len);
	for (int i = 0; i < blanks && !c->right; i++)
		strbuf_char(out, ' ');
}

static void end_line(struct strbuf *out)
{
	while (out->len && out->s[out->len - 1] == ' ')
		strbuf_cut(out, out->len - 1);
	strbuf_char(out, '\n');
}

void counts_put_text(const struct counts_model *m, uint64_t most, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf cell = { 0 };
	const uint8_t *rec;

	for (unsigned i = 0; i < m->column_count; i++)
		if (m->what[i].what != COUNTS_BARS)
			put_cell(m, i, m->columns[i].title, strlen(m->columns[i].title), out);
	if (m->column_count)
		end_line(out);
	for (uint64_t at = 0; at < most && (rec = counts_model_at(m, at)); at++) {
		for (unsigned i = 0; i < m->column_count; i++) {
			strbuf_clear(&cell);
			counts_model_text(m, rec, i, &cell);
			if (m->what[i].what != COUNTS_BARS)
				put_cell(m, i, strbuf_cstr(&cell), cell.len, out);
		}
		end_line(out);
	}
	if (m->count > most)
		strbuf_fmt(out, "and %llu more\n", (ull)(m->count - most));
}

/* ---- values as they are ---- */

/* A number without words; false when it is none. */
static bool put_number(const struct counts_model *m, unsigned column, const uint8_t *rec,
		       struct strbuf *out)
{
	const struct counts_column *c = &m->what[column];
	const struct counts *t = m->now;
	uint64_t v;

	switch (c->what) {
	case COUNTS_NUMBER:
		strbuf_u64(out, counts_values(t, rec));
		return true;
	case COUNTS_HALF:
	case COUNTS_MOST:
	case COUNTS_GREATEST:
		strbuf_fmt(out, "%.0f", counts_model_quantile(m, rec, c->what));
		return true;
	case COUNTS_RATE: {
		double rate = m->rates[(size_t)(rec - t->records) / t->stride];

		if (rate < 0)
			return false;
		strbuf_fmt(out, "%.3f", rate);
		return true;
	}
	case COUNTS_KEY:
	case COUNTS_VALUE:
	case COUNTS_BARS:
		break;
	}
	if (!c->field || c->field->kind != FIELD_INT || c->field->unit == UNIT_POINTER ||
	    c->field->unit == UNIT_IP4 || !field_int(t->schema, c->field, rec, t->size, &v))
		return false;
	if (c->field->is_signed)
		strbuf_s64(out, (int64_t)v);
	else
		strbuf_u64(out, v);
	return true;
}

/* The slots from 0 up to the last that has something. */
static void put_slots(const struct counts *t, const uint8_t *rec, struct strbuf *out)
{
	uint32_t len = 0, size = t->slots->elem_size, last = 0;
	const uint8_t *p = field_bytes(t->schema, t->slots, rec, t->size, &len);

	for (uint32_t i = 0; p && size && i < len / size; i++)
		if (field_load(t->schema->machine, p + i * size, size, false))
			last = i + 1;
	strbuf_char(out, '[');
	for (uint32_t i = 0; i < last; i++) {
		strbuf_str(out, i ? "," : "");
		strbuf_u64(out, field_load(t->schema->machine, p + i * size, size, false));
	}
	strbuf_char(out, ']');
}

/* ---- CSV ---- */

static void put_quoted(struct strbuf *out, const char *s)
{
	if (!strpbrk(s, ",\"\n\r")) {
		strbuf_str(out, s);
		return;
	}
	strbuf_char(out, '"');
	for (; *s; s++)
		strbuf_fmt(out, *s == '"' ? "\"%c" : "%c", *s);
	strbuf_char(out, '"');
}

static void csv_cell(const struct counts_model *m, unsigned column, const uint8_t *rec,
		     struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (m->what[column].what == COUNTS_BARS)
		put_slots(m->now, rec, &text);
	else if (!put_number(m, column, rec, &text) && m->what[column].field)
		text_field(m->now->schema, m->what[column].field, rec, m->now->size, &text);
	put_quoted(out, strbuf_cstr(&text));
}

void counts_put_csv(const struct counts_model *m, struct strbuf *out)
{
	const uint8_t *rec;

	for (unsigned i = 0; i < m->column_count; i++) {
		strbuf_str(out, i ? "," : "");
		put_quoted(out, m->columns[i].name);
	}
	strbuf_char(out, '\n');
	for (uint64_t at = 0; (rec = counts_model_at(m, at)); at++) {
		for (unsigned i = 0; i < m->column_count; i++) {
			strbuf_str(out, i ? "," : "");
			csv_cell(m, i, rec, out);
		}
		strbuf_char(out, '\n');
	}
}

/* ---- JSON ---- */

static const char *json_name(const struct counts_model *m, unsigned column)
{
	return m->what[column].what == COUNTS_RATE ? "rate" : m->columns[column].name;
}

static void json_cell(const struct counts_model *m, unsigned column, const uint8_t *rec,
		      struct strbuf *out)
{
	const struct field *f = m->what[column].field;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (m->what[column].what == COUNTS_BARS) {
		put_slots(m->now, rec, out);
	} else if (put_number(m, column, rec, &text)) {
		if (f && f->size == 8 && !f->is_signed)
			safe_json(out, text.s, text.len);
		else
			strbuf_add(out, text.s, text.len);
	} else if (f) {
		text_field(m->now->schema, f, rec, m->now->size, &text);
		safe_json(out, strbuf_cstr(&text), text.len);
	} else {
		strbuf_str(out, "null");
	}
}

static void json_columns(const struct counts_model *m, const uint8_t *rec, bool keys,
			 struct strbuf *out)
{
	bool any = false;

	for (unsigned i = 0; i < m->column_count; i++) {
		const char *name = json_name(m, i);

		if ((m->what[i].what == COUNTS_KEY) != keys)
			continue;
		strbuf_str(out, any ? "," : "");
		safe_json(out, name, strlen(name));
		strbuf_char(out, ':');
		json_cell(m, i, rec, out);
		any = true;
	}
}

static const char *at_least(const struct counts *t)
{
	return t->missed || t->unknown ? "true" : "false";
}

static void json_head(const struct counts_model *m, const char *table, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };

	strbuf_fmt(&name, "%s:%s", m->group, m->name);
	strbuf_fmt(out, "{\"table\":\"%s\",\"tracer\":", table);
	safe_json(out, name.s, name.len);
	strbuf_str(out, ",\"ts\":\"");
	strbuf_time(out, m->now->ts, 9);
	strbuf_char(out, '"');
}

void counts_put_json(const struct counts_model *m, struct strbuf *out)
{
	const uint8_t *rec;

	if (!m->now)
		return;
	json_head(m, "whole", out);
	strbuf_str(out, ",\"since\":\"");
	strbuf_time(out, m->now->since, 9);
	strbuf_fmt(out, "\",\"keys\":%zu,\"let_go\":%llu,\"missed\":%llu,\"at_least\":%s}\n",
		   m->now->count, (ull)m->now->let_go, (ull)(m->now->missed + m->now->unknown),
		   at_least(m->now));
	for (uint64_t at = 0; (rec = counts_model_at(m, at)); at++) {
		json_head(m, "counts", out);
		strbuf_str(out, ",\"key\":{");
		json_columns(m, rec, true, out);
		strbuf_str(out, "},\"value\":{");
		json_columns(m, rec, false, out);
		strbuf_fmt(out, "},\"at_least\":%s}\n", at_least(m->now));
	}
}
