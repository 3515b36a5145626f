/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_model: see the header.
 */
#include "tui/counts_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/filter.h"
#include "core/text.h"

enum { KEY_MOST = 40, VALUE_MOST = 20, MEASURED = 200, ARROW = 1, EXTRA = 6, WORTH = 200 };

#define BARS "histogram"

/* ---- columns ---- */

static void add_column(struct counts_model *m, enum counts_what what, const struct field *f,
		       const char *name)
{
	unsigned i = m->column_count;
	static const uint8_t less[] = {
		[COUNTS_KEY] = 0,   [COUNTS_VALUE] = 40, [COUNTS_NUMBER] = 10,
		[COUNTS_HALF] = 30, [COUNTS_MOST] = 20,	 [COUNTS_GREATEST] = 35,
		[COUNTS_RATE] = 15, [COUNTS_BARS] = 100,
	};
	bool number = what != COUNTS_KEY && what != COUNTS_BARS;

	if (i >= TABLE_COLUMNS)
		return;
	if (f)
		number = f->kind == FIELD_INT && f->unit != UNIT_IP4;
	m->what[i] = (struct counts_column) { .what = what, .field = f };
	m->columns[i] = (struct table_column) {
		.name = f ? f->name : name,
		.title = f ? f->name : name,
		.worth = (uint8_t)(WORTH - less[what] - i),
		.right = number,
		.look = what == COUNTS_KEY    ? LOOK_VALUE
			: what == COUNTS_BARS ? LOOK_GRAPH
					      : LOOK_NUMBER,
	};
	m->column_count++;
}

const struct field *counts_fields(const struct counts *t, unsigned *count)
{
	*count = t->schema->count - t->schema->common_count;
	return t->schema->fields + t->schema->common_count;
}

/* A value of that name that the program itself keeps says it better than slots do. */
static const struct field *kept(const struct counts *t, const char *name)
{
	unsigned count;
	const struct field *f = counts_fields(t, &count);

	for (unsigned i = t->keys; i < count; i++)
		if (!strcmp(f[i].name, name) && f[i].kind == FIELD_INT)
			return &f[i];
	return NULL;
}

/* What there is no room for besides what is computed is left out. */
static void make_columns(struct counts_model *m)
{
	const struct counts *t = m->now;
	unsigned count;
	const struct field *f = counts_fields(t, &count);

	m->column_count = 0;
	count = MIN(count, (unsigned)(TABLE_COLUMNS - EXTRA));
	for (unsigned i = 0; i < MIN(t->keys, count); i++)
		add_column(m, COUNTS_KEY, &f[i], NULL);
	if (t->slots && !kept(t, "count"))
		add_column(m, COUNTS_NUMBER, NULL, "values");
	for (unsigned i = t->keys; i < count; i++)
		if (&f[i] != t->slots)
			add_column(m, COUNTS_VALUE, &f[i], NULL);
	add_column(m, COUNTS_RATE, NULL, "/s");
	if (t->slots) {
		add_column(m, COUNTS_HALF, NULL, "p50");
		add_column(m, COUNTS_MOST, NULL, "p99");
		if (!kept(t, "max"))
			add_column(m, COUNTS_GREATEST, NULL, "max");
		add_column(m, COUNTS_BARS, NULL, BARS);
	}
	m->schema = t->schema;
}

int counts_model_column(const struct counts_model *m, const char *name)
{
	for (unsigned i = 0; i < m->column_count; i++)
		if (!strcmp(m->columns[i].name, name))
			return (int)i;
	return -1;
}

/* ---- cells ---- */

/* The count by which rates are told: the first number behind the key. */
static bool main_count(const struct counts *t, const uint8_t *rec, uint64_t *ret)
{
	unsigned count;
	const struct field *f = counts_fields(t, &count);

	if (t->slots) {
		*ret = counts_values(t, rec);
		return true;
	}
	for (unsigned i = t->keys; i < count; i++)
		if (f[i].kind == FIELD_INT)
			return field_int(t->schema, &f[i], rec, t->size, ret);
	return false;
}

static void put_unit(struct strbuf *out, uint8_t unit, double v)
{
	char size[32];

	if (unit == UNIT_NS)
		strbuf_duration(out, v);
	else if (unit == UNIT_SIZE)
		strbuf_str(out, util_human_size((uint64_t)v, size, sizeof(size)));
	else
		strbuf_grouped(out, (uint64_t)v);
}

static void put_field(const struct counts *t, const struct field *f, bool key, const uint8_t *rec,
		      struct strbuf *out)
{
	uint64_t v;

	if (f->kind != FIELD_INT || !field_int(t->schema, f, rec, t->size, &v)) {
		text_field(t->schema, f, rec, t->size, out);
		return;
	}
	if (f->unit == UNIT_NONE && filter_say_value(t->schema, f, v, out))
		return;
	if (f->unit == UNIT_NS || (f->unit == UNIT_SIZE && !key))
		put_unit(out, f->unit, (double)v);
	else if (f->unit == UNIT_NONE && !key && !f->is_signed)
		strbuf_grouped(out, v);
	else
		text_field(t->schema, f, rec, t->size, out);
}

static double rate_of(const struct counts_model *m, const uint8_t *rec)
{
	return m->rates[(size_t)(rec - m->now->records) / m->now->stride];
}

static void put_rate(double rate, struct strbuf *out)
{
	if (rate < 0)
		return;
	if (rate > 0 && rate < 9.95)
		strbuf_fmt(out, "%.1f", rate);
	else
		strbuf_grouped(out, (uint64_t)(rate + 0.5));
}

double counts_model_quantile(const struct counts_model *m, const uint8_t *rec,
			     enum counts_what what)
{
	static const double quantiles[] = {
		[COUNTS_HALF] = 0.5,
		[COUNTS_MOST] = 0.99,
		[COUNTS_GREATEST] = 1,
	};
	const struct field *most = kept(m->now, "max");
	double q = counts_quantile(m->now, rec, quantiles[what]);
	uint64_t v;

	/* A slot ends beyond what is in it. */
	if (most && field_int(m->now->schema, most, rec, m->now->size, &v) && (double)v < q)
		q = (double)v;
	return q;
}

void counts_model_text(const struct counts_model *m, const uint8_t *rec, unsigned column,
		       struct strbuf *out)
{
	const struct counts_column *c = &m->what[column];

	switch (c->what) {
	case COUNTS_KEY:
	case COUNTS_VALUE:
		put_field(m->now, c->field, c->what == COUNTS_KEY, rec, out);
		break;
	case COUNTS_NUMBER:
		strbuf_grouped(out, counts_values(m->now, rec));
		break;
	case COUNTS_HALF:
	case COUNTS_MOST:
	case COUNTS_GREATEST:
		if (counts_values(m->now, rec))
			put_unit(out, m->now->unit, counts_model_quantile(m, rec, c->what));
		break;
	case COUNTS_RATE:
		put_rate(rate_of(m, rec), out);
		break;
	case COUNTS_BARS:
		break;
	}
}

bool counts_model_shows(const struct counts_model *m, const uint8_t *rec, const char *text)
{
	_cleanup_strbuf_ struct strbuf cell = { 0 };
	bool capitals = false, found = false;

	for (const char *p = text; *p; p++)
		capitals |= *p >= 'A' && *p <= 'Z';
	for (unsigned i = 0; i < m->column_count && !found; i++) {
		strbuf_clear(&cell);
		counts_model_text(m, rec, i, &cell);
		found = capitals ? strstr(strbuf_cstr(&cell), text) != NULL
				 : strcasestr(strbuf_cstr(&cell), text) != NULL;
	}
	return found;
}

static unsigned slot_count(const struct counts *t)
{
	return t->slots && t->slots->elem_size
		   ? MIN(t->slots->size / t->slots->elem_size, (uint32_t)COUNTS_SLOTS)
		   : 0;
}

static uint64_t slot_at(const struct counts *t, const uint8_t *rec, unsigned i)
{
	uint32_t len = 0;
	const uint8_t *p = field_bytes(t->schema, t->slots, rec, t->size, &len);

	if (!p || (i + 1) * t->slots->elem_size > len)
		return 0;
	return field_load(t->schema->machine, p + i * t->slots->elem_size, t->slots->elem_size,
			  false);
}

static void table_cell_of(const void *data, uint64_t place, unsigned column,
			  struct table_cell *cell)
{
	const struct counts_model *m = data;
	const uint8_t *rec = counts_model_at(m, place);

	if (!rec || column >= m->column_count)
		return;
	if (m->what[column].what != COUNTS_BARS) {
		counts_model_text(m, rec, column, cell->text);
		return;
	}
	for (unsigned i = 0; i < m->slots; i++)
		m->bars[i] =
		    (uint32_t)MIN(slot_at(m->now, rec, m->first_slot + i), (uint64_t)UINT32_MAX);
	cell->spark = m->bars;
	cell->spark_count = m->slots;
}

static uint64_t table_rows_of(const void *data)
{
	return ((const struct counts_model *)data)->count;
}

const struct table_model counts_table = {
	.rows = table_rows_of,
	.cell = table_cell_of,
};

/* ---- taking ---- */

void counts_model_init(struct counts_model *m, struct backend *b, const char *group,
		       const char *name)
{
	*m = (struct counts_model) {
		.backend = b,
		.group = xstrdup(group),
		.name = xstrdup(name),
		.bars = xcalloc(COUNTS_SLOTS, sizeof(*m->bars)),
	};
}

void counts_model_done(struct counts_model *m)
{
	counts_free(m->now);
	counts_free(m->before);
	free(m->group);
	free(m->name);
	free(m->order);
	free(m->rates);
	free(m->only);
	free(m->bars);
	*m = (struct counts_model) { 0 };
}

/* What came since the time before, by key; a table that began anew has no time before. */
static void make_rates(struct counts_model *m)
{
	const struct counts *t = m->now;
	struct counts *b = m->before;
	bool known = b && b->schema == t->schema && b->since == t->since && t->ts > b->ts;

	m->rates = xrealloc(m->rates, t->count + 1, sizeof(*m->rates));
	for (size_t i = 0; i < t->count; i++) {
		const uint8_t *rec = counts_at(t, i), *was = NULL;
		uint64_t n = 0, old = 0;

		m->rates[i] = -1;
		if (!known || !main_count(t, rec, &n))
			continue;
		was = counts_find(b, rec);
		if (was)
			main_count(b, was, &old);
		m->rates[i] =
		    n > old ? (double)(n - old) * (double)NSEC_PER_SEC / (double)(t->ts - b->ts)
			    : 0;
	}
}

/* What the first and the last of the bars stand for. */
static void say_range(struct counts_model *m)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	int bars = counts_model_column(m, BARS);

	if (bars < 0 || !m->slots)
		return;
	put_unit(&b, m->now->unit, m->first_slot ? (double)(1ULL << m->first_slot) : 0);
	strbuf_str(&b, " to ");
	put_unit(&b, m->now->unit, 2.0 * (double)(1ULL << (m->first_slot + m->slots - 1)));
	snprintf(m->range, sizeof(m->range), "%s", b.s);
	m->columns[bars].title = m->range;
	m->columns[bars].width = MAX((int)m->slots, (int)b.len);
}

/* Slots in which no row has anything are not drawn, so bars stand under each other. */
static void find_slots(struct counts_model *m)
{
	unsigned count = slot_count(m->now), first = count, last = 0;

	for (size_t i = 0; i < m->now->count; i++)
		for (unsigned k = 0; k < count; k++)
			if (slot_at(m->now, counts_at(m->now, i), k)) {
				first = MIN(first, k);
				last = MAX(last, k);
			}
	m->first_slot = first < count ? first : 0;
	m->slots = first < count ? last - first + 1 : 0;
	say_range(m);
}

/* What is counted most stands on top at first: by how many values were in the slots, where there
 * are some, else by the first number behind the key. */
static void first_order(struct counts_model *m)
{
	const struct field *count = m->now->slots ? kept(m->now, "count") : NULL;

	if (m->sorted && m->sort < m->column_count)
		return;
	m->sort = 0;
	for (unsigned i = 0; i < m->column_count && count && !m->sort; i++)
		if (m->what[i].field == count)
			m->sort = i;
	for (unsigned i = 0; i < m->column_count && !m->sort; i++)
		if (m->what[i].what != COUNTS_KEY && m->columns[i].right)
			m->sort = i;
	m->descending = true;
}

/* As wide as what stands there, as far as somebody sees it soon; never narrower again. */
static void measure(struct counts_model *m)
{
	_cleanup_strbuf_ struct strbuf cell = { 0 };

	for (unsigned c = 0; c < m->column_count; c++) {
		struct table_column *col = &m->columns[c];
		int most = m->what[c].what == COUNTS_KEY ? KEY_MOST : VALUE_MOST;
		int width = MAX(col->width, (int)strlen(col->title) + ARROW);

		if (m->what[c].what == COUNTS_BARS)
			continue;
		for (uint64_t i = 0; i < m->count && i < MEASURED; i++) {
			int w;

			strbuf_clear(&cell);
			counts_model_text(m, counts_model_at(m, i), c, &cell);
			w = text_width(strbuf_cstr(&cell), cell.len);
			width = MAX(width, w);
		}
		col->width = MIN(width, most);
	}
}

int counts_model_take(struct counts_model *m, struct err *e)
{
	struct counts *t = NULL;
	int rc = m->backend->ops->counts(m->backend, m->group, m->name, &t, e);

	if (rc < 0)
		return rc;
	counts_free(m->before);
	m->before = m->now;
	m->now = t;
	if (m->schema != t->schema)
		make_columns(m);
	first_order(m);
	find_slots(m);
	make_rates(m);
	counts_model_order(m);
	measure(m);
	return 0;
}

/* ---- words ---- */

void counts_model_title(const struct counts_model *m, struct strbuf *out)
{
	const struct counts *t = m->now;

	strbuf_fmt(out, "%s:%s", m->group, m->name);
	if (!t)
		return;
	strbuf_str(out, t->missed || t->unknown ? ", at least " : ", ");
	strbuf_grouped(out, t->count);
	strbuf_str(out, t->count == 1 ? " key" : " keys");
	if (m->only)
		strbuf_fmt(out, ", %llu with '%s'", (unsigned long long)m->count, m->only);
	if (t->ts > t->since) {
		strbuf_str(out, " in ");
		strbuf_duration(out, (double)(t->ts - t->since));
	}
}

/* Appends a number and what it counts, behind what is there already. */
static void put_note(struct strbuf *out, const char *before, uint64_t n, const char *what)
{
	strbuf_str(out, out->len ? "; " : "");
	strbuf_str(out, before ? before : "");
	strbuf_grouped(out, n);
	strbuf_str(out, what);
}

void counts_model_notes(const struct counts_model *m, struct strbuf *out)
{
	const struct counts *t = m->now;

	if (!t)
		return;
	if (t->missed)
		put_note(out, "at least: ", t->missed,
			 " times there was no room for a key in the kernel's map");
	if (t->unknown)
		put_note(out, t->missed ? NULL : "at least: ", t->unknown,
			 " times there was no room to remember a start");
	if (t->let_go)
		put_note(out, NULL, t->let_go,
			 t->let_go == 1 ? " key of an ended process was let go"
					: " keys of ended processes were let go");
	if (!out->len && t->reason)
		strbuf_str(out, t->reason);
}
