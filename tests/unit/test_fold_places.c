/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the follower says of a row's place, and pages whose bytes are asked for.
 */
#include "tests/unit/fold_fixture.h"

/* ---- a row's place, and pages whose bytes are asked for ---- */

struct places {
	struct store *store;
	unsigned rows;
};

static void on_place(void *data, const struct row *r)
{
	struct places *p = data;
	struct cursor *c = cursor_new(p->store, 0);
	struct row same;

	cursor_seek_row(c, r);
	assert_true(cursor_next(c, UINT64_MAX, &same));
	assert_int_equal(same.ts, r->ts);
	assert_int_equal(number_of(&same), number_of(r));
	assert_int_equal(same.page, r->page);
	assert_int_equal(same.pos, r->pos);
	cursor_free(c);
	p->rows++;
}

static const struct fold_ops place_ops = { .row = on_place };

static void test_places(void **state)
{
	struct seen *s = open_seen(400);
	struct places p = { .store = s->b.store };
	struct fold_conf c = { .store = s->b.store, .ops = &place_ops, .data = &p };
	struct fold *f = fold_new(&c);

	(void)state;
	feed_some(s, 40);
	while (fold_work(f, s->ts / 2, 1))
		continue;
	while (fold_work(f, UINT64_MAX, 1))
		continue;
	assert_int_equal(p.rows, s->fed);
	fold_free(f);
	close_seen(s);
}

static bool gone;

static const uint8_t *load(void *data, const struct run *r, const struct page *p,
			   struct page_data **keep)
{
	if (gone && p->where == 1)
		return NULL;
	*keep = page_data_new(p->size);
	memcpy((*keep)->bytes, (uint8_t *)data + p->where * 64, p->size);
	return (*keep)->bytes;
}

static void test_pages_of_a_loader(void **state)
{
	static uint8_t bytes[3][PAGE_HEADER + 64];
	static uint8_t records[3 * 64];
	struct seen *s = open_seen(400);
	struct page_loader l = { load, records };
	struct run *r = store_run(s->b.store, s->b.source, 0);
	struct fold *f = begin(s, NULL, true);
	struct fold_stats st;

	(void)state;
	s->b.source->loader = &l;
	for (unsigned i = 0; i < 3; i++) {
		struct page p = { .ts = 1000 + i * 1000, .where = i, .size = 40 };
		struct fragment_maker m;

		fragment_begin(&m, bytes[i], p.ts);
		fragment_add(&m, p.ts, 100, 2 * i);
		fragment_add(&m, p.ts + 5, 100, 2 * i + 1);
		memcpy(records + i * 64, bytes[i] + PAGE_HEADER, 40);
		p.records = records + i * 64;
		assert_int_equal(store_borrow(s->b.store, r, &p, true, NULL), 2);
	}
	gone = false;
	while (work(s, f, UINT64_MAX, 1))
		continue;
	check_sums(s, f, 6);
	assert_int_equal(s->rows, 6);
	gone = true;
	fold_restart(f, NULL);
	while (work(s, f, UINT64_MAX, 1))
		continue;
	fold_stats(f, &st);
	assert_int_equal(st.rows, 4);
	assert_int_equal(st.missed, 2);
	fold_free(f);
	close_seen(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_pages_of_a_loader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
