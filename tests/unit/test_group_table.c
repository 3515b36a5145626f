/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of groups beyond what is in them: the bound on memory, rates, and names of those
 * who are gone.
 */
#include "tests/unit/group_fixture.h"

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
		const void *at = (const uint8_t *)g + t->parts[part].offset;
		const struct part_sum *h = at;
		const struct loghist *hist = at;
		struct part_sum copy;

		if (t->parts[part].kind == PART_HIST) {
			copy = (struct part_sum) { hist->total, hist->sum, hist->least,
						   hist->greatest };
			h = &copy;
		}
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

static void check_atom(struct group_atom *a, void *data)
{
	const struct group_table *t = data;

	if (a->class == CLASS_TEXT)
		assert_true(a->v < t->strings.count);
}

/* No value of a group is of a string or a person that was let go. */
static void check_whole(struct group_table *t)
{
	struct strbuf text = { 0 };

	for (uint32_t i = 0; i < group_count(t); i++)
		group_parts_each(t, group_at(t, i), check_atom, t);

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
	static const char *const show[] = { "count, p50(x), last(name), distinct(y)",
					    "sum(x), min(x), last(name), p99(y)" };

	unsigned joined = 0;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		struct group_world *w = world_new(3000);
		struct group_spec *s = new_spec(keys[i % 4], show[i / 4 % 2]);
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

/* The place of name[12] in a schema of the world, which becomes that of its first row. */
static unsigned name_offset(struct group_world *w)
{
	for (unsigned i = 0; i < SCHEMAS; i++) {
		const struct field *f = schema_field(w->schemas[i], "name");

		if (!f || f->place != FIELD_FIXED || w->schemas[i]->machine.swap)
			continue;
		w->rows[0].schema = w->schemas[i];
		w->rows[0].size = BYTES;
		return f->offset;
	}
	fail_msg("no schema has it");
	return 0;
}

/* What is not needed any more is let go first, and nothing is put together for it. */
static void test_only_what_is_not_needed(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("backend", "last(name), distinct(name)");
	struct group_conf c = { .spec = s, .memory = 60000 };
	struct group_table *t = group_new(&c);
	unsigned at = name_offset(w);

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf((char *)w->bytes[0] + at, 12, "n%u", i);
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

/* "other" has the values of those who are in it. */
static void test_values_of_other(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("tid", "last(name), min(common_pid)");
	struct group_conf c = { .spec = s, .memory = 60000 };
	struct group_table *t = group_new(&c);
	unsigned at = name_offset(w);
	struct strbuf have = { 0 };
	struct group_value v;

	(void)state;
	for (int32_t i = 5000; i < 9000; i++) {
		store_u32(w->bytes[0] + 4, (uint32_t)i);
		snprintf((char *)w->bytes[0] + at, 12, "n%d", i);
		w->rows[0].tid = i;
		w->rows[0].ts = (uint64_t)i;
		group_fold_ops.row(t, &w->rows[0]);
	}
	assert_true(group_is_other(t, t->count));
	group_value(t, t->count, 2, &v);
	assert_true(v.wide == 5000);
	for (uint32_t i = 0; i < group_count(t); i++) {
		const struct part_latest *l = group_part_of(t, group_at(t, i), 0);
		char want[16];

		snprintf(want, sizeof(want), "'n%d'", (int)group_at(t, i)->last);
		strbuf_clear(&have);
		say_atom(t, l->value, &have);
		assert_string_equal(have.s, want);
	}
	strbuf_done(&have);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

/* ---- the heaviest stay ---- */

static void test_the_lightest_go(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("tid", "count, rate");
	struct group_conf c = { .spec = s, .memory = 20000 };
	struct group_table *t = group_new(&c);
	uint64_t heavy = 0;
	double rates = 0;

	(void)state;
	for (unsigned i = 0; i < 40000; i++) { /* every other row is of one of 4 threads */
		w->rows[0].tid = i % 2 ? (int32_t)pick(4) : 1000 + (int32_t)i;
		w->rows[0].ts = i;
		group_fold_ops.row(t, &w->rows[0]);
		if (i == 20000)
			group_tick(t, NSEC_PER_SEC);
	}
	group_tick(t, 2 * NSEC_PER_SEC);
	for (uint32_t i = 0; i < group_count(t); i++) {
		struct group_value v;

		group_value(t, i, 0, &v);
		if (v.type == GROUP_NUMBER && v.wide < 4)
			heavy += group_at(t, i)->count;
		group_value(t, i, 2, &v);
		rates += v.real;
	}
	assert_true(rates == 19999.0);
	assert_int_equal(heavy, 20000);
	assert_int_equal(group_joined(t) + t->count, 20004);
	group_free(t);
	group_spec_free(s);
	world_free(w);
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

/* Who lacks rows that are in "other" says so, and all others have every row. */
static void test_who_may_lack_rows(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("tid", "count");
	struct group_conf c = { .spec = s, .memory = 60000 };
	struct group_table *t = group_new(&c), *copy;
	static uint64_t came[3000];
	unsigned fewer = 0, whole = 0;

	(void)state;
	memset(came, 0, sizeof(came));
	for (unsigned i = 0; i < 60000; i++) {
		int32_t tid = (int32_t)(pick(2) ? pick(20) : pick(3000));

		came[tid]++;
		rows_at(t, w, tid, i, 1);
		if (!group_joined(t))
			assert_false(group_is_partial(t, group_count(t) - 1));
	}
	copy = group_copy(t);
	for (uint32_t i = 0; i < t->count; i++) {
		const struct group *g = group_at(t, i);

		assert_int_equal(group_is_partial(copy, i), group_is_partial(t, i));
		whole += !group_is_partial(t, i);
		fewer += g->count < came[g->values[0]];
		assert_true(g->count == came[g->values[0]] || group_is_partial(t, i));
	}
	assert_false(group_is_partial(t, t->count)); /* other has what it has */
	assert_in_range(whole, 20, t->count - 1);
	assert_true(fewer > 0);
	group_free(copy);
	group_fold_ops.restart(t);
	rows_at(t, w, 1, 1, 1);
	assert_false(group_is_partial(t, 0));
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

static void test_rates(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("tid", "rate, count");
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

/* As many rows as before it began anew, in another time. */
static void test_rates_anew(void **state)
{
	struct group_world *w = world_new(1);
	struct group_spec *s = new_spec("tid", "rate");
	struct group_conf c = { .spec = s };
	struct group_table *t = group_new(&c);

	(void)state;
	rows_at(t, w, 1, NSEC_PER_SEC, 1);
	rows_at(t, w, 1, 2 * NSEC_PER_SEC, 1);
	assert_true(real_of(t, 0, 1) == 2.0);
	group_fold_ops.restart(t);
	rows_at(t, w, 1, NSEC_PER_SEC, 1);
	rows_at(t, w, 1, 5 * NSEC_PER_SEC, 1);
	assert_true(real_of(t, 0, 1) == 0.5);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

/* ---- those who are gone ---- */

static void test_names_stay(void **state)
{
	struct group_world *w = world_new(1);
	struct fixture *fx = &w->fx;
	struct group_spec *s = new_spec("process", "count");
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
		cmocka_unit_test(test_values_of_other),
		cmocka_unit_test(test_the_lightest_go),
		cmocka_unit_test(test_who_may_lack_rows),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_rates_anew),
		cmocka_unit_test(test_names_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
