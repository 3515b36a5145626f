/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups that are put together in steps, beside rows: nothing is lost, nothing changes before it is
 * done, and whatever happens to the table meanwhile.
 */
#include "tests/unit/group_fixture.h"

#define MANY "x, name, process" /* nearly each row is of another group */
#define SOME "name, tid"
#define SHOW "count, sum(y), p50(x), last(name), distinct(y), last(process)"

static const struct run no_run;

/* ---- all that a table says ---- */

static void say_all(const struct group_table *t, struct strbuf *out)
{
	unsigned columns = t->spec->key_count + t->spec->measure_count;

	strbuf_clear(out);
	strbuf_fmt(out, "%llu joined\n", (unsigned long long)group_joined(t));
	for (uint32_t i = 0; i < group_count(t); i++) {
		strbuf_fmt(out, "%llu", (unsigned long long)group_id(t, i));
		for (unsigned k = 0; k < columns; k++) {
			strbuf_char(out, '|');
			group_text(t, i, k, out);
		}
		strbuf_char(out, '\n');
	}
}

static uint64_t count_of(const struct group_table *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < group_count(t); i++)
		n += group_at(t, i)->count;
	return n;
}

static void total_of(const struct group_table *t, wide_t *sum, uint64_t *values)
{
	*sum = 0;
	*values = 0;
	for (uint32_t i = 0; i < group_count(t); i++) {
		const struct part_sum *p = group_part_of(t, group_at(t, i), 1);
		const struct loghist *h = group_part_of(t, group_at(t, i), 2);

		*sum += p->sum + h->sum;
		*values += p->total + h->total;
	}
}

static bool is_of_group(const struct group_table *t, const struct group *g, const char *name)
{
	struct strbuf b = { 0 };
	bool is;

	for (unsigned k = 0; k < t->spec->key_count; k++) {
		say_atom(t, group_key_atom(g, k), &b);
		strbuf_char(&b, '|');
	}
	is = !strcmp(strbuf_cstr(&b), name);
	strbuf_done(&b);
	return is;
}

/* A group that lacks nothing says what it says in the table that has room. */
static void check_whole(const struct group_table *t, const struct group_table *all)
{
	struct strbuf b = { 0 }, have = { 0 }, want = { 0 };

	for (uint32_t i = 0; i < t->count; i += 7) {
		uint32_t other = 0;

		if (group_is_partial(t, i))
			continue;
		strbuf_clear(&b);
		for (unsigned k = 0; k < t->spec->key_count; k++) {
			say_atom(t, group_key_atom(group_at(t, i), k), &b);
			strbuf_char(&b, '|');
		}
		while (other < all->count && !is_of_group(all, group_at(all, other), b.s))
			other++;
		assert_true(other < all->count);
		for (unsigned k = 0; k < t->spec->measure_count; k++) {
			strbuf_clear(&have);
			strbuf_clear(&want);
			group_text(t, i, t->spec->key_count + k, &have);
			group_text(all, other, t->spec->key_count + k, &want);
			assert_string_equal(strbuf_cstr(&have), strbuf_cstr(&want));
		}
	}
	strbuf_done(&b);
	strbuf_done(&have);
	strbuf_done(&want);
}

static size_t heap_of(const struct group_table *t)
{
	size_t bytes = t->other ? group_parts_bytes(t, t->other) : 0;

	for (uint32_t i = 0; i < t->count; i++)
		bytes += group_parts_bytes(t, group_at(t, i));
	return bytes;
}

/* ---- between rows ---- */

/* A step or some; what can be looked at stays until the last one. */
static bool work(struct group_table *t, unsigned steps)
{
	struct strbuf before = { 0 }, after = { 0 };
	uint64_t joined;
	bool more = true, looks = !pick(8);

	while (more && steps--) {
		joined = group_joined(t);
		if (looks)
			say_all(t, &before);
		more = group_work(t, 0);
		if (looks && more && group_joined(t) == joined) {
			say_all(t, &after);
			assert_string_equal(before.s, after.s);
		}
	}
	strbuf_done(&before);
	strbuf_done(&after);
	return more;
}

struct tried {
	struct group_world *w;
	struct group_spec *s;
	struct group_table *t, *all;
};

static struct tried begin(const char *by, unsigned rows, size_t memory)
{
	struct tried x = { .w = world_new(rows), .s = new_spec(by, SHOW) };
	struct group_conf c = { .spec = x.s, .identity = x.w->fx.id, .memory = 1 << 30 };

	x.all = group_new(&c);
	c.memory = memory;
	x.t = group_new(&c);
	group_fold_ops.page(x.all, &no_run);
	group_fold_ops.page(x.t, &no_run);
	return x;
}

static void end(struct tried *x)
{
	group_free(x->t);
	group_free(x->all);
	group_spec_free(x->s);
	world_free(x->w);
}

static void check(struct tried *x)
{
	wide_t sum[2];
	uint64_t values[2];

	total_of(x->all, &sum[0], &values[0]);
	total_of(x->t, &sum[1], &values[1]);
	assert_true(sum[0] == sum[1]);
	assert_int_equal(values[0], values[1]);
	assert_int_equal(count_of(x->all), count_of(x->t));
	assert_int_equal(heap_of(x->t), x->t->heap);
	check_whole(x->t, x->all);
}

static void test_beside_rows(void **state)
{
	unsigned in_steps = 0, by_rows = 0;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct tried x = begin(i % 2 ? MANY : SOME, 2500,
				       i % 2 ? 100000 + pick(300000) : 60000 + pick(60000));

		for (unsigned n = 0; n < x.w->count; n++) {
			uint64_t joined = group_joined(x.t);

			in_steps += !pick(3) && !work(x.t, 1 + pick(pick(2) ? 4 : 60)) &&
				    group_joined(x.t) != joined;
			joined = group_joined(x.t);
			group_fold_ops.row(x.all, &x.w->rows[n]);
			group_fold_ops.row(x.t, &x.w->rows[n]);
			by_rows += group_joined(x.t) != joined;
			if (!pick(200))
				group_tick(x.t, 1000 + n);
			if (!pick(200))
				group_settle(x.t);
		}
		check(&x);
		while (work(x.t, 1))
			;
		check(&x);
		assert_true(group_grown(x.t) <= x.t->memory);
		end(&x);
	}
	assert_true(in_steps > 20);
	assert_true(by_rows > 20);
}

/* Until a row comes: as many steps as there are, and no row has to wait. */
static void test_no_row_waits(void **state)
{
	struct tried x = begin(MANY, 3000, 250000);
	uint64_t joined;

	(void)state;
	for (unsigned n = 0; n < x.w->count; n++) {
		while (work(x.t, 1))
			;
		joined = group_joined(x.t);
		group_fold_ops.row(x.all, &x.w->rows[n]);
		group_fold_ops.row(x.t, &x.w->rows[n]);
		assert_int_equal(group_joined(x.t), joined);
	}
	assert_true(joined > 0);
	check(&x);
	end(&x);
}

/* Folds until something is being put together. */
static bool fold_until_it_joins(struct tried *x)
{
	for (unsigned n = 0; n < x->w->count; n++) {
		group_fold_ops.row(x->t, &x->w->rows[n]);
		if (work(x->t, 1))
			return true;
	}
	return false;
}

static void test_given_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct tried x = begin(MANY, 3000, 120000);
		struct group_table *copy;
		struct strbuf a = { 0 }, b = { 0 };

		assert_true(fold_until_it_joins(&x));
		work(x.t, i);
		copy = group_copy(x.t);
		say_all(x.t, &a);
		say_all(copy, &b);
		assert_string_equal(a.s, b.s);
		group_free(copy);
		if (i % 2) {
			group_fold_ops.restart(x.t);
			assert_int_equal(group_count(x.t), 0);
			assert_int_equal(x.t->heap, 0);
			group_fold_ops.row(x.t, &x.w->rows[0]);
			assert_int_equal(heap_of(x.t), x.t->heap);
		}
		strbuf_done(&a);
		strbuf_done(&b);
		end(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_rows),
		cmocka_unit_test(test_no_row_waits),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests_name("group_join", tests, NULL, NULL);
}
