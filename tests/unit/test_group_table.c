/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of groups beyond what is in them: the bound on memory, rates, order, and names of those
 * who are gone.
 */
#include "tests/unit/group_fixture.h"

static struct group_spec *parse(const char *by, const char *show)
{
	struct group_spec *s = NULL;
	struct err e = ERR_INIT;

	if (group_spec_parse(by, show, &s, &e) < 0)
		fail_msg("%s / %s: %s", by, show, e.text);
	return s;
}

static const struct run no_run;

static void fold_all(struct group_table *t, const struct group_world *w)
{
	group_fold_ops.page(t, &no_run);
	for (unsigned i = 0; i < w->count; i++)
		group_fold_ops.row(t, &w->rows[i]);
}

/* ---- what is put together ---- */

struct sums {
	wide_t count, total, sum, least, greatest;
	uint64_t first, last;
};

/* All rows of a table together. */
static struct sums sums_of(const struct group_table *t, unsigned part)
{
	struct sums s = { .first = UINT64_MAX };

	for (uint32_t i = 0; i < group_count(t); i++) {
		const struct group *g = group_at(t, i);
		const struct loghist *h =
		    (const void *)((const uint8_t *)g + t->parts[part].offset);

		s.count += g->count;
		s.first = MIN(s.first, g->first);
		s.last = MAX(s.last, g->last);
		if (!h->total)
			continue;
		s.least = s.total && s.least < h->least ? s.least : h->least;
		s.greatest = s.total && s.greatest > h->greatest ? s.greatest : h->greatest;
		s.total += h->total;
		s.sum += h->sum;
	}
	return s;
}

static void check_same(const struct sums *a, const struct sums *b)
{
	assert_true(a->count == b->count);
	assert_true(a->total == b->total);
	assert_true(a->sum == b->sum);
	assert_true(a->least == b->least);
	assert_true(a->greatest == b->greatest);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->last, b->last);
}

/* No value of a group is of a string or a person that was let go. */
static void check_whole(const struct group_table *t)
{
	struct strbuf text = { 0 };

	for (uint32_t i = 0; i < t->count; i++) {
		for (unsigned k = 0; k < t->spec->key_count; k++) {
			struct group_atom a = group_key_atom(group_at(t, i), k);

			if (a.class == CLASS_TEXT)
				assert_true(a.v < t->strings.count);
			else if (a.class == CLASS_PROCESS || a.class == CLASS_THREAD)
				assert_int_equal(group_person(t, a)->index, a.v);
			say_atom(t, a, &text);
		}
	}
	strbuf_done(&text);
}

static void test_other_and_the_rest_are_all(void **state)
{
	static const char *const keys[] = { "x, name", "name, y, process", "thread, x", "z" };

	unsigned joined = 0;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		struct group_world *w = world_new(3000);
		struct group_spec *s = parse(keys[i % 4], "count, p50(x), last(name), distinct(y)");
		struct group_conf small = { .spec = s, .identity = w->fx.id };
		struct group_conf large = { .spec = s, .identity = w->fx.id, .memory = 1 << 30 };
		struct group_table *t, *all = group_new(&large);
		struct sums a, b;

		small.memory = 60000 + pick(400000);
		t = group_new(&small);
		fold_all(all, w);
		fold_all(t, w);
		a = sums_of(all, 0);
		b = sums_of(t, 0);
		check_same(&a, &b);
		assert_int_equal(group_joined(all), 0);
		assert_int_equal(group_is_other(t, group_count(t) - 1), group_joined(t) > 0);
		assert_int_equal(group_id(t, group_count(t) - 1) == 0, group_joined(t) > 0);
		joined += group_joined(t) > 0;
		assert_int_equal(group_rows(t), group_rows(all));
		check_whole(t);
		if (t->full)
			group_join(t);
		assert_true(group_grown(t) <= small.memory);
		b = sums_of(t, 0);
		check_same(&a, &b);
		group_free(t);
		group_free(all);
		group_spec_free(s);
		world_free(w);
	}
	assert_in_range(joined, 8, 23); /* some had room enough */
}

/* What is not needed any more is let go first, and nothing is put together for it. */
static void test_only_what_is_not_needed(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = parse("cpu", "last(name), distinct(name)");
	struct group_conf c = { .spec = s, .memory = 60000 };
	struct group_table *t = group_new(&c);
	const struct field *f = NULL;

	(void)state;
	for (unsigned i = 0; !f; i++) {
		w->rows[0].schema = w->schemas[i];
		f = schema_field(w->schemas[i], "name");
		if (f && f->place != FIELD_FIXED)
			f = NULL;
	}
	w->rows[0].cpu = 0;
	w->rows[0].size = BYTES;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf((char *)w->bytes[0] + f->offset, f->size, "n%u", i);
		group_fold_ops.row(t, &w->rows[0]);
		w->rows[0].ts++;
	}
	assert_int_equal(group_count(t), 1);
	assert_int_equal(group_joined(t), 0);
	assert_true(t->strings.count < 3000);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

/* ---- the heaviest stay ---- */

static void test_the_lightest_go(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = parse("tid", "count");
	struct group_conf c = { .spec = s, .memory = 20000 };
	struct group_table *t = group_new(&c);
	uint64_t heavy = 0;

	(void)state;
	for (unsigned i = 0; i < 40000; i++) { /* every other row is of one of 4 threads */
		w->rows[0].tid = i % 2 ? (int32_t)pick(4) : 1000 + (int32_t)i;
		w->rows[0].ts = i;
		group_fold_ops.row(t, &w->rows[0]);
	}
	for (uint32_t i = 0; i < group_count(t); i++) {
		struct group_value v;

		group_value(t, i, 0, &v);
		if (v.type == GROUP_NUMBER && v.wide < 4)
			heavy += group_at(t, i)->count;
	}
	assert_int_equal(heavy, 20000);
	assert_int_equal(group_joined(t) + t->count, 20004);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

/* ---- rates ---- */

static double real_of(const struct group_table *t, uint32_t row, unsigned column)
{
	struct group_value v;

	group_value(t, row, column, &v);
	assert_int_equal(v.type, GROUP_REAL);
	return v.real;
}

static void rows_at(struct group_table *t, struct group_world *w, int32_t tid, uint64_t ts,
		    unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		w->rows[0].tid = tid;
		w->rows[0].ts = ts + i;
		group_fold_ops.row(t, &w->rows[0]);
	}
}

static void test_rates(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = parse("tid", "rate, count");
	struct group_conf c = { .spec = s };
	struct group_table *t = group_new(&c);
	struct group_value v;

	(void)state;
	rows_at(t, w, 1, NSEC_PER_SEC, 1);
	group_value(t, 0, 1, &v);
	assert_int_equal(v.type, GROUP_NONE); /* of no time */
	rows_at(t, w, 2, 5 * NSEC_PER_SEC, 1);
	rows_at(t, w, 1, NSEC_PER_SEC, 7);
	/* Of the whole before there are two ticks: 8 rows in 4 s. */
	assert_true(real_of(t, 0, 1) == 2.0);
	group_tick(t, 6 * NSEC_PER_SEC);
	assert_true(real_of(t, 0, 1) == 2.0);
	rows_at(t, w, 1, 7 * NSEC_PER_SEC, 30);
	group_tick(t, 8 * NSEC_PER_SEC);
	assert_true(real_of(t, 0, 1) == 15.0);
	assert_true(real_of(t, 1, 1) == 0.0);
	rows_at(t, w, 3, 9 * NSEC_PER_SEC, 5);
	group_tick(t, 9 * NSEC_PER_SEC);
	assert_true(real_of(t, 0, 1) == 0.0);
	assert_true(real_of(t, 2, 1) == 5.0);
	/* A recording that plays was set back. */
	group_fold_ops.restart(t);
	rows_at(t, w, 1, NSEC_PER_SEC, 4);
	rows_at(t, w, 1, 3 * NSEC_PER_SEC, 1);
	group_tick(t, 3 * NSEC_PER_SEC);
	assert_true(real_of(t, 0, 1) == 2.5);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

/* ---- order ---- */

static void test_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct group_world *w = world_new(800);
		struct group_spec *s = parse("x, process", "count, avg(y), last(name), max(y)");
		struct group_conf c = { .spec = s, .identity = w->fx.id };
		struct group_table *t;
		uint32_t n;

		c.memory = i % 2 ? 60000 : 0;
		t = group_new(&c);
		fold_all(t, w);
		n = group_count(t);
		for (unsigned k = 0; k < 3000; k++) {
			uint32_t a = pick(n), b = pick(n), d = pick(n);
			unsigned column = pick(6);
			bool down = pick(2);
			int ab = group_order(t, (uint32_t[]) { a, b }, column, down);
			int bd = group_order(t, (uint32_t[]) { b, d }, column, down);
			int ad = group_order(t, (uint32_t[]) { a, d }, column, down);
			struct group_value va, vb;

			assert_int_equal(ab, -group_order(t, (uint32_t[]) { b, a }, column, down));
			if (ab <= 0 && bd <= 0)
				assert_true(ad <= 0);
			group_value(t, a, column, &va);
			group_value(t, b, column, &vb);
			if (!group_is_other(t, a) && !group_is_other(t, b) && va.type && !vb.type)
				assert_int_equal(ab, -1);
			if (group_is_other(t, a) && a != b)
				assert_int_equal(ab, 1);
			if (va.type == GROUP_NUMBER && vb.type == GROUP_NUMBER && va.wide < vb.wide)
				assert_true(group_compare(t, a, b, column) < 0);
		}
		group_free(t);
		group_spec_free(s);
		world_free(w);
	}
}

/* ---- those who are gone ---- */

static void test_names_stay(void **state)
{
	struct group_world *w = world_new(1);
	struct fixture *fx = &w->fx;
	struct group_spec *s = parse("process", "count");
	struct group_conf c = { .spec = s, .identity = fx->id };
	struct group_table *t = group_new(&c);
	const struct group_person *p;
	uint64_t id;

	(void)state;
	learn(fx, rec_newtask(fx, 10000, 1, 77, "first", 0));
	learn(fx, rec_exit(fx, EXIT, 20000, 77, "first", true));
	learn(fx, rec_newtask(fx, 30000, 1, 77, "second", 0));
	group_fold_ops.page(t, &no_run);
	rows_at(t, w, 77, 15000, 3);
	rows_at(t, w, 77, 35000, 4);
	assert_int_equal(group_count(t), 2); /* two lives of a pid are two */
	id = group_id(t, 1);
	learn(fx, rec_rename(fx, 36000, 77, "second", "renamed"));
	p = group_person(t, group_key_atom(group_at(t, 1), 0));
	assert_string_equal(p->comm, "renamed");
	group_settle(t);
	learn(fx, rec_exit(fx, EXIT, 40000, 77, "renamed", true));
	group_settle(t);
	identity_forget(fx->id, 50000 + 20 * NSEC_PER_SEC);
	p = group_person(t, group_key_atom(group_at(t, 0), 0));
	assert_string_equal(p->comm, "first");
	assert_int_equal(p->pid, 77);
	assert_int_equal(p->start, 10000);
	assert_int_equal(p->end, 20000);
	p = group_person(t, group_key_atom(group_at(t, 1), 0));
	assert_string_equal(p->comm, "renamed");
	assert_int_equal(p->end, 40000);
	assert_int_equal(group_id(t, 1), id);
	group_fold_ops.restart(t);
	group_fold_ops.page(t, &no_run);
	rows_at(t, w, 1234, 35000, 1);
	assert_true(group_id(t, 0) > id); /* nobody takes it for one of before */
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_and_the_rest_are_all),
		cmocka_unit_test(test_only_what_is_not_needed),
		cmocka_unit_test(test_the_lightest_go),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_names_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
