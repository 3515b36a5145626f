/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows that were counted elsewhere: a table that got them in bulk says what one that got each of
 * them says.
 */
#include "tests/unit/group_fixture.h"

#define WORLDS 40

static struct group_spec *spec_of(const char *by, const char *show)
{
	struct group_spec *s;
	struct err e = ERR_INIT;

	if (group_spec_parse(by, show, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

/* Records are whole: what cannot be read is not counted elsewhere. */
static struct group_world *whole_world(void)
{
	struct group_world *w = world_new(400);

	for (unsigned i = 0; i < w->count; i++)
		w->rows[i].size = MAX(w->rows[i].size, w->rows[i].schema->min_size);
	return w;
}

static struct group_table *table_of(const struct group_world *w, const struct group_spec *s)
{
	struct group_conf c = { .spec = s, .identity = w->fx.id };

	return group_new(&c);
}

/* The number x of a row. */
static wide_t value_of(const struct row *r, const struct field *f)
{
	uint64_t v;

	assert_true(field_int(r->schema, f, r->rec, r->size, &v));
	return f->is_signed ? (wide_t)(int64_t)v : (wide_t)v;
}

/* Rows of one thread, CPU and record but for the number are one row, so many times. */
static void add_rows(const struct group_world *w, struct group_table *t, const struct schema *s,
		     const struct field *f)
{
	bool done[ROWS_MAX] = { false };

	for (unsigned i = 0; i < w->count; i++) {
		const struct row *r = &w->rows[i];
		struct loghist parts = { 0 };
		struct group_bulk b = { .field = f, .parts = &parts };

		if (done[i] || r->schema != s)
			continue;
		for (unsigned k = i; k < w->count; k++) {
			const struct row *o = &w->rows[k];
			wide_t v;

			/* One life of the thread: the same time is near enough to be the same. */
			if (o->schema != s || o->tid != r->tid || o->cpu != r->cpu ||
			    o->ts != r->ts)
				continue;
			done[k] = true;
			v = value_of(o, f);
			if (!b.count || v < b.least)
				b.least = v;
			if (!b.count || v > b.greatest)
				b.greatest = v;
			b.count++;
			b.sum += v;
			loghist_add(&parts, v, 1);
		}
		group_add(t, r, &b);
		loghist_done(&parts);
	}
}

static void same_values(const struct group_table *a, const struct group_table *b,
			const struct group_spec *s)
{
	struct strbuf x = { 0 }, y = { 0 };
	unsigned columns = s->key_count + s->measure_count;

	assert_int_equal(group_count(a), group_count(b));
	assert_int_equal(group_rows(a), group_rows(b));
	assert_int_equal(group_lacking(a), group_lacking(b));
	for (uint32_t i = 0; i < group_count(a); i++) {
		uint32_t k = 0;

		strbuf_clear(&x);
		for (unsigned c = 0; c < columns; c++)
			group_csv(a, i, c, &x);
		for (; k < group_count(b); k++) {
			strbuf_clear(&y);
			for (unsigned c = 0; c < columns; c++)
				group_csv(b, k, c, &y);
			if (!strcmp(x.s, y.s))
				break;
		}
		if (k == group_count(b))
			fail_msg("no group in bulk says %s", x.s);
	}
	strbuf_done(&x);
	strbuf_done(&y);
}

static void compare(const char *by, const char *show)
{
	struct group_spec *s = spec_of(by, show);
	unsigned compared = 0;

	for (unsigned n = 0; n < WORLDS; n++) {
		struct group_world *w = whole_world();
		const struct schema *schema = w->schemas[pick(SCHEMAS)];
		const struct field *f = schema_field(schema, "x");
		struct group_table *each = table_of(w, s), *bulk = table_of(w, s);

		for (unsigned i = 0; i < w->count && f && f->kind == FIELD_INT; i++) {
			w->rows[i].ts = w->rows[i].ts / 500 * 500;
			if (w->rows[i].schema == schema)
				group_fold_ops.row(each, &w->rows[i]);
			group_fold_ops.page(each, NULL);
		}
		if (f && f->kind == FIELD_INT) {
			add_rows(w, bulk, schema, f);
			same_values(each, bulk, s);
			compared++;
		}
		group_free(each);
		group_free(bulk);
		world_free(w);
	}
	assert_true(compared > WORLDS / 4);
	group_spec_free(s);
}

static void sums_are_the_same(void **state)
{
	(void)state;
	compare("thread,cpu", "count,share,sum(x),avg(x),min(x),max(x)");
	compare("comm", "count,sum(x),max(x)");
	compare("event", "count,min(x)");
}

static void percentiles_are_the_same(void **state)
{
	(void)state;
	compare("thread", "count,p50(x),p99(x),max(x),min(x),sum(x),avg(x)");
	compare("cpu", "p90(x)");
}

/* A field that nobody measured elsewhere says nothing, and does not say 0. */
static void other_fields_are_not_made_up(void **state)
{
	struct group_world *w = whole_world();
	struct group_spec *s = spec_of("cpu", "count,sum(y),p50(z)");
	struct group_table *t = table_of(w, s);
	struct group_value v;

	(void)state;
	for (unsigned i = 0; i < SCHEMAS; i++) {
		const struct field *f = schema_field(w->schemas[i], "x");

		if (f && f->kind == FIELD_INT)
			add_rows(w, t, w->schemas[i], f);
	}
	assert_true(group_rows(t) > 0);
	for (uint32_t i = 0; i < group_count(t); i++) {
		group_value(t, i, 2, &v);
		assert_int_equal(v.type, GROUP_NONE);
		group_value(t, i, 3, &v);
		assert_int_equal(v.type, GROUP_NONE);
	}
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_the_same),
		cmocka_unit_test(percentiles_are_the_same),
		cmocka_unit_test(other_fields_are_not_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
