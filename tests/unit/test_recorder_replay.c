/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of recordings: pages that are lent, that are made when somebody looks, and those of a
 * machine of the other byte order.
 */
#include "tests/unit/recorder_fixture.h"

/* One page with n records, 10 ns apart from ts on, as a mapped file would lend it. */
static void lend(struct studio *st, uint8_t *bytes, unsigned n, uint64_t ts, uint64_t number)
{
	struct run *r = store_run(st->b.store, st->b.source, 0);
	struct page p = { .ts = ts, .records = bytes + PAGE_HEADER };
	struct fragment_maker m;

	fragment_begin(&m, bytes, ts);
	for (unsigned i = 0; i < n; i++)
		fragment_add(&m, ts + i * 10, 9, number + i);
	p.size = m.used;
	assert_int_equal(store_borrow(st->b.store, r, &p, true, NULL), n);
}

static void test_pages_that_are_lent(void **state)
{
	static uint8_t bytes[10][2048];
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	for (unsigned i = 0; i < 10; i++)
		lend(&st, bytes[i], 50, 1000 + i * 1000, i * 50);
	st.b.source->horizon = UINT64_MAX;
	st.conf.from = 2100;
	st.conf.to = 9000;
	studio_start(&st);
	studio_step(&st, UINT64_MAX);
	assert_true(recorder_ended(st.recorder, true));
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_RANGE);
	assert_int_equal(studio_count(&st, "", 60, 399), 340);
	assert_int_equal(st.count, 340);
	assert_int_equal(studio_find(&st, 60)->ts, 2100);
	assert_int_equal(studio_find(&st, 399)->ts, 8490);
	studio_close(&st);
}

/* Of a damaged page the good part goes on, and the new file has no damage. */
static void test_damaged_page(void **state)
{
	static uint8_t bytes[2048];
	struct studio st;
	struct run *r;
	struct page p = { .ts = 1000, .records = bytes + PAGE_HEADER };
	struct fragment_maker m;

	(void)state;
	studio_open(&st, 64);
	r = store_run(st.b.store, st.b.source, 0);
	fragment_begin(&m, bytes, 1000);
	for (unsigned i = 0; i < 20; i++)
		fragment_add(&m, 1000 + i * 10, 9, i);
	store_u32(bytes + PAGE_HEADER + 15 * 20, 0); /* a length word ... */
	store_u32(bytes + PAGE_HEADER + 15 * 20 + 4, 100000);
	p.size = m.used;
	assert_int_equal(store_borrow(st.b.store, r, &p, true, NULL), 15);
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 0, 14), 15);
	assert_int_equal(st.count, 15);
	studio_close(&st);
}

/* A recording is at its end: all of it is in, and the new one ends by itself. */
static void test_all_ends_by_itself(void **state)
{
	static uint8_t bytes[2048];
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	st.b.source->backend = "replay";
	st.b.source->name = "trace.dat";
	lend(&st, bytes, 50, 1000, 0);
	studio_start(&st);
	studio_step(&st, UINT64_MAX);
	assert_true(recorder_ended(st.recorder, true));
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_RANGE);
	assert_int_equal(studio_count(&st, "", 0, 49), 50);
	studio_close(&st);
}

/* ---- pages that are made when somebody looks ---- */

struct shelf {
	uint8_t bytes[10][2048];
	unsigned asked, held;
};

static struct shelf shelf;

static void put_back(struct page_data *d)
{
	__atomic_fetch_sub(&shelf.held, 1, __ATOMIC_RELAXED);
	free(d);
}

static const uint8_t *look_up(void *data, const struct run *r, const struct page *p,
			      struct page_data **keep)
{
	struct shelf *s = data;
	struct page_data *d = calloc(1, sizeof(*d));

	atomic_init(&d->refs, 1);
	d->release = put_back;
	d->bytes = s->bytes[p->where];
	s->asked++;
	__atomic_fetch_add(&s->held, 1, __ATOMIC_RELAXED);
	*keep = d;
	return d->bytes + PAGE_HEADER;
}

static void test_pages_that_are_made(void **state)
{
	static const struct page_loader loader = { look_up, &shelf };
	struct studio st;
	struct run *r;

	(void)state;
	studio_open(&st, 64);
	st.b.source->loader = &loader;
	r = store_run(st.b.store, st.b.source, 0);
	for (unsigned i = 0; i < 10; i++) {
		struct page p = { .ts = 1000 + i * 1000, .where = i };
		struct fragment_maker m;

		fragment_begin(&m, shelf.bytes[i], p.ts);
		for (unsigned k = 0; k < 20; k++)
			fragment_add(&m, p.ts + k * 10, 9, i * 20 + k);
		p.size = m.used;
		p.records = shelf.bytes[i] + PAGE_HEADER;
		assert_int_equal(store_borrow(st.b.store, r, &p, true, NULL), 20);
	}
	shelf.asked = 0;
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 0, 199), 200);
	assert_int_equal(shelf.asked, 10);
	assert_int_equal(shelf.held, 0); /* all were let go */
	studio_close(&st);
}

/* ---- the other byte order ---- */

static void swap_records(uint8_t *records, uint32_t size)
{
	struct page_walk w = page_walk_init(records, size, 0);
	struct page_event ev;

	while (page_next(&w, &ev)) {
		uint8_t *p = records + (ev.rec - records);

		store_u16(p, __builtin_bswap16(load_u16(p)));
		store_u32(p + 4, __builtin_bswap32(load_u32(p + 4)));
		store_u64(p + 8, __builtin_bswap64(load_u64(p + 8)));
	}
}

static struct schema_set *big_schemas(const char *name)
{
	struct machine m = { .swap = true, .long_size = 8 };
	struct schema_set *set = schema_set_new(m);
	struct schema *s = NULL;
	char text[1024];

	snprintf(text, sizeof(text), "name: %s%s", name, strchr(ring_format, '\n'));
	assert_int_equal(schema_parse("test", text, strlen(text), m, &s, NULL), 0);
	schema_set_add(set, s);
	return set;
}

static void lend_big(struct studio *st, struct source *src, uint8_t *bytes, uint64_t number)
{
	struct run *r = store_run(st->b.store, src, 1);
	struct page p = { .ts = 5000, .records = bytes + PAGE_HEADER };
	struct fragment_maker m;

	fragment_begin(&m, bytes, p.ts);
	for (unsigned i = 0; i < 30; i++)
		fragment_add(&m, p.ts + i * 10, 9, number + i);
	p.size = m.used;
	swap_records(bytes + PAGE_HEADER, p.size);
	assert_int_equal(store_borrow(st->b.store, r, &p, true, NULL), 30);
}

static void test_the_other_byte_order(void **state)
{
	static uint8_t bytes[2][2048];
	struct schema_set *beat = big_schemas("beat"), *pulse = big_schemas("pulse");
	struct source *src[2];
	struct err e = ERR_INIT;
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	st.b.source->schemas = st.hidden->schemas = beat;
	src[0] = store_source(st.b.store, "replay", "one", beat, 0);
	src[1] = store_source(st.b.store, "replay", "two", pulse, 0); /* the same id */
	lend_big(&st, src[0], bytes[0], 0);
	lend_big(&st, src[1], bytes[1], 100);
	/* Not into a file of this machine. */
	st.conf.meta = studio_meta();
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -EINVAL);
	assert_non_null(strstr(e.text, "byte order"));
	assert_int_equal(access(st.path, F_OK), -1);
	st.conf.meta = studio_meta();
	st.conf.meta->machine = beat->machine;
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), 0);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.count, 60);
	for (unsigned i = 0; i < st.count; i++) {
		const struct found *f = &st.found[i];
		uint64_t n = __builtin_bswap64(f->number);
		const struct schema *s = schema_set_get(
		    dat_schemas(st.dat), __builtin_bswap16((uint16_t)f->id), UINT32_MAX);

		assert_int_equal(f->ts, 5000 + n % 100 * 10);
		assert_int_equal(__builtin_bswap32((uint32_t)f->tid), 9);
		assert_non_null(s);
		assert_string_equal(s->name, n < 100 ? "beat" : "pulse");
		assert_string_equal(f->buffer, n < 100 ? "one" : "two");
	}
	st.b.source->schemas = st.hidden->schemas = st.b.schemas;
	studio_close(&st);
	schema_set_free(beat);
	schema_set_free(pulse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_that_are_lent),
		cmocka_unit_test(test_damaged_page),
		cmocka_unit_test(test_all_ends_by_itself),
		cmocka_unit_test(test_pages_that_are_made),
		cmocka_unit_test(test_the_other_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
