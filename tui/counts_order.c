/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_order: the rows of a table that the kernel counts: in which order, which of them, whose.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/filter.h"
#include "tui/counts_model.h"

static int compare_numbers(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int compare_keys(const struct counts_model *m, uint32_t a, uint32_t b)
{
	unsigned count;
	const struct field *f = counts_fields(m->now, &count);
	int d = 0;

	for (unsigned i = 0; i < MIN(m->now->keys, count) && !d; i++)
		d = counts_compare(m->now, a, b, &f[i]);
	return d;
}

static int compare_column(const struct counts_model *m, uint32_t a, uint32_t b)
{
	const struct counts_column *c = &m->what[m->sort];
	const struct counts *t = m->now;

	switch (c->what) {
	case COUNTS_KEY:
	case COUNTS_VALUE:
		return counts_compare(t, a, b, c->field);
	case COUNTS_HALF:
	case COUNTS_MOST:
	case COUNTS_GREATEST:
		return compare_numbers(counts_model_quantile(m, counts_at(t, a), c->what),
				       counts_model_quantile(m, counts_at(t, b), c->what));
	case COUNTS_RATE:
		return compare_numbers(m->rates[a], m->rates[b]);
	case COUNTS_NUMBER:
	case COUNTS_BARS:
		break;
	}
	return compare_numbers((double)counts_values(t, counts_at(t, a)),
			       (double)counts_values(t, counts_at(t, b)));
}

static int compare(const void *a, const void *b, void *data)
{
	const struct counts_model *m = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int d = compare_column(m, x, y);

	if (m->descending)
		d = -d;
	return d ? d : compare_keys(m, x, y);
}

void counts_model_order(struct counts_model *m)
{
	m->count = 0;
	if (!m->now)
		return;
	m->order = xrealloc(m->order, m->now->count + 1, sizeof(*m->order));
	for (size_t i = 0; i < m->now->count; i++)
		if (!m->only || counts_model_shows(m, counts_at(m->now, i), m->only))
			m->order[m->count++] = (uint32_t)i;
	qsort_r(m->order, m->count, sizeof(*m->order), compare, m);
}

void counts_model_sort(struct counts_model *m, unsigned column)
{
	if (column >= m->column_count)
		return;
	m->descending = m->sort == column ? !m->descending : m->what[column].what != COUNTS_KEY;
	m->sort = column;
	m->sorted = true;
	counts_model_order(m);
}

void counts_model_reverse(struct counts_model *m)
{
	m->descending = !m->descending;
	counts_model_order(m);
}

void counts_model_only(struct counts_model *m, const char *text)
{
	free(m->only);
	m->only = text && *text ? xstrdup(text) : NULL;
	counts_model_order(m);
}

/* ---- rows ---- */

const uint8_t *counts_model_at(const struct counts_model *m, uint64_t place)
{
	return place < m->count ? counts_at(m->now, m->order[place]) : NULL;
}

static bool same_key(const struct counts *t, const uint8_t *a, const uint8_t *b)
{
	unsigned count;
	const struct field *f = counts_fields(t, &count);

	for (unsigned i = 0; i < MIN(t->keys, count); i++)
		if (f[i].offset + f[i].size > t->size ||
		    memcmp(a + f[i].offset, b + f[i].offset, f[i].size) != 0)
			return false;
	return true;
}

bool counts_model_find(const struct counts_model *m, const uint8_t *key, uint64_t *ret)
{
	for (uint64_t i = 0; i < m->count; i++)
		if (same_key(m->now, counts_model_at(m, i), key)) {
			*ret = i;
			return true;
		}
	return false;
}

int counts_model_condition(const struct counts_model *m, const uint8_t *rec, struct strbuf *out,
			   struct err *e)
{
	const struct counts *t = m->now;
	unsigned count;
	const struct field *f = counts_fields(t, &count);

	strbuf_fmt(out, "event == \"%s:%s\"", m->group, m->name);
	for (unsigned i = 0; i < MIN(t->keys, count); i++) {
		uint32_t len = 0;
		const char *s = NULL;
		uint64_t v = 0;

		if (f[i].kind == FIELD_STRING)
			s = field_str(t->schema, &f[i], rec, t->size, &len);
		if (!s && !field_int(t->schema, &f[i], rec, t->size, &v))
			return err_set(e, -ENOTSUP, "rows cannot be chosen by %s", f[i].name);
		strbuf_fmt(out, " and %s:%s.%s == ", m->group, m->name, f[i].name);
		if (s)
			filter_quote(out, s, len);
		else if (f[i].is_signed)
			strbuf_s64(out, (int64_t)v);
		else
			strbuf_u64(out, v);
	}
	return 0;
}
