/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables that somebody else counts: order, keys found again, quantiles; and the model of them that
 * dashboard and top show: columns, rates, what passes, lines for people and programs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/cleanup.h"
#include "core/filter.h"
#include "tests/unit/programs_fixture.h"
#include "tui/counts_model.h"

static int setup(void **state)
{
	static struct backend b;

	b = (struct backend) { .ops = backends[0] };
	*state = &b;
	programs_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	programs_end();
	return 0;
}

static struct counts *take(struct backend *b, const char *name)
{
	struct counts *t = NULL;

	assert_int_equal(b->ops->counts(b, "bpf", name, &t, NULL), 0);
	return t;
}

static int nr(const struct counts *t, size_t i)
{
	return (int)load_u32(counts_at(t, i) + 24);
}

/* ---- counts ---- */

static void test_order(void **state)
{
	struct counts *t = take(*state, "syscalls_count");
	const struct field *comm = schema_field(t->schema, "comm");
	const struct field *count = schema_field(t->schema, "count");
	const struct field *id = schema_field(t->schema, "nr");
	uint32_t order[3];

	counts_order(t, count, true, order);
	assert_int_equal(nr(t, order[0]), 3);
	assert_int_equal(nr(t, order[2]), 1);
	counts_order(t, comm, false, order); /* an escape, sh, sixteen-bytes-xx */
	assert_int_equal(nr(t, order[0]), 3);
	assert_int_equal(nr(t, order[1]), 1);
	store_u32((uint8_t *)counts_at(t, 1) + 24, (uint32_t)-5);
	counts_order(t, id, false, order);
	assert_int_equal(nr(t, order[0]), -5);
	/* Equal ones by their key, whichever way round. */
	for (size_t i = 0; i < 3; i++)
		store_u64((uint8_t *)counts_at(t, i) + 32, 7);
	counts_order(t, count, true, order);
	assert_int_equal(nr(t, order[0]), 3);
	assert_int_equal(nr(t, order[1]), 1);
	counts_free(t);
}

static void test_find(void **state)
{
	struct counts *now = take(*state, "syscalls_count"), *before;
	const uint8_t *rec;
	uint8_t other[48];

	programs.keys = 2;
	before = take(*state, "syscalls_count");
	for (size_t i = 0; i < 2; i++) {
		rec = counts_find(before, counts_at(now, i));
		assert_non_null(rec);
		assert_int_equal(load_u32(rec + 24), nr(now, i));
	}
	assert_null(counts_find(before, counts_at(now, 2)));
	memcpy(other, counts_at(now, 0), sizeof(other));
	store_u32(other + 24, 99); /* the same comm */
	assert_null(counts_find(before, other));
	memcpy(counts_add(before), other, sizeof(other)); /* it is in order no more */
	assert_non_null(counts_find(before, other));
	counts_free(now);
	counts_free(before);
}

/* Those that others have go, and those behind them stay as they are. */
static void test_remove(void **state)
{
	struct counts *now = take(*state, "syscalls_count"), *gone;
	int third = nr(now, 2);

	programs.keys = 2;
	gone = take(*state, "syscalls_count");
	counts_remove(now, gone);
	assert_int_equal(now->count, 1);
	assert_int_equal(nr(now, 0), third);
	assert_null(counts_find(now, counts_at(gone, 0)));
	counts_remove(gone, now);
	assert_int_equal(gone->count, 2);
	counts_remove(now, now);
	assert_int_equal(now->count, 0);
	counts_free(now);
	counts_free(gone);
}

/* Whatever is not in the table is said. */
static void test_notes(void **state)
{
	struct counts_model m;
	_cleanup_strbuf_ struct strbuf out = { 0 };

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	counts_model_take(&m, NULL);
	counts_model_notes(&m, &out);
	assert_int_equal(out.len, 0);
	m.now->let_go = 1;
	counts_model_notes(&m, &out);
	assert_string_equal(out.s, "1 key of an ended process was let go");
	strbuf_clear(&out);
	m.now->let_go = 2000, m.now->unknown = 5;
	counts_model_notes(&m, &out);
	assert_string_equal(out.s, "at least: 5 times there was no room to remember a start; "
				   "2,000 keys of ended processes were let go");
	strbuf_clear(&out);
	m.now->missed = 3;
	counts_model_notes(&m, &out);
	assert_string_equal(out.s, "at least: 3 times there was no room for a key in the kernel's "
				   "map; 5 times there was no room to remember a start; "
				   "2,000 keys of ended processes were let go");
	counts_model_done(&m);
}

static void test_slots(void **state)
{
	struct counts *t = take(*state, "runqlat_hist");
	const uint8_t *rec = counts_at(t, 0); /* 90 of 4k..8k, 9 of 8k..16k, 1 of 1M..2M */
	uint8_t empty[280] = { 0 };

	assert_int_equal(counts_values(t, rec), 100);
	assert_true(counts_quantile(t, rec, 0.5) > 4096 && counts_quantile(t, rec, 0.5) < 8192);
	assert_true(counts_quantile(t, rec, 0.95) > 8192 && counts_quantile(t, rec, 0.95) < 16384);
	assert_true(counts_quantile(t, rec, 0.99) <= 16384);
	assert_true(counts_quantile(t, rec, 1) == 2 << 20);
	assert_int_equal(counts_values(t, empty), 0);
	assert_true(counts_quantile(t, empty, 0.5) == 0);
	counts_free(t);
}

/* ---- the model ---- */

static void text_of(const struct counts_model *m, uint64_t place, const char *column,
		    struct strbuf *out)
{
	int c = counts_model_column(m, column);

	strbuf_clear(out);
	assert_true(c >= 0);
	counts_model_text(m, counts_model_at(m, place), (unsigned)c, out);
}

static void expect_cell(const struct counts_model *m, uint64_t place, const char *column,
			const char *text)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	text_of(m, place, column, &b);
	assert_string_equal(strbuf_cstr(&b), text);
}

static void test_rates(void **state)
{
	struct counts_model m;

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	assert_int_equal(counts_model_take(&m, NULL), 0);
	expect_cell(&m, 0, "count", "3,000");
	expect_cell(&m, 0, "/s", ""); /* nobody knows yet */
	programs.growth = 500;
	programs.now += 2 * NSEC_PER_SEC;
	programs.keys = 4; /* a key that is new */
	counts_model_take(&m, NULL);
	expect_cell(&m, 0, "count", "4,500");
	expect_cell(&m, 0, "/s", "2,250");
	expect_cell(&m, 1, "/s", "250");
	programs.now += NSEC_PER_SEC;
	counts_model_take(&m, NULL);
	expect_cell(&m, 0, "/s", "0");
	programs.since = programs.now; /* loaded anew */
	programs.now += NSEC_PER_SEC;
	counts_model_take(&m, NULL);
	expect_cell(&m, 0, "/s", "");
	counts_model_done(&m);
}

static void test_sorting(void **state)
{
	struct counts_model m;

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	counts_model_take(&m, NULL);
	expect_cell(&m, 0, "nr", "3"); /* the largest count */
	counts_model_sort(&m, (unsigned)counts_model_column(&m, "total"));
	expect_cell(&m, 0, "nr", "1");
	counts_model_sort(&m, (unsigned)counts_model_column(&m, "total")); /* once more */
	expect_cell(&m, 0, "nr", "3");
	counts_model_sort(&m, (unsigned)counts_model_column(&m, "total"));
	expect_cell(&m, 0, "nr", "1");
	counts_model_reverse(&m);
	expect_cell(&m, 0, "nr", "3");
	counts_model_sort(&m, (unsigned)counts_model_column(&m, "comm"));
	expect_cell(&m, 1, "comm", "sh");
	counts_model_take(&m, NULL); /* as somebody chose */
	expect_cell(&m, 1, "comm", "sh");
	assert_int_equal(counts_model_column(&m, "nothing"), -1);
	counts_model_done(&m);
	counts_model_init(&m, *state, "bpf", "runqlat_hist");
	counts_model_take(&m, NULL);
	expect_cell(&m, 0, "values", "300");
	counts_model_sort(&m, (unsigned)counts_model_column(&m, "p50"));
	expect_cell(&m, 0, "max", "2.10ms");
	assert_string_equal(m.columns[counts_model_column(&m, "histogram")].title,
			    "4.10us to 2.10ms");
	counts_model_done(&m);
}

static void test_only(void **state)
{
	struct counts_model m;
	_cleanup_strbuf_ struct strbuf title = { 0 };

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	counts_model_take(&m, NULL);
	counts_model_only(&m, "SIXTEEN");
	assert_int_equal(m.count, 0); /* capitals mind them */
	counts_model_only(&m, "sixteen");
	assert_int_equal(m.count, 1);
	expect_cell(&m, 0, "nr", "2");
	programs.missed = 5;
	counts_model_take(&m, NULL);
	assert_int_equal(m.count, 1);
	counts_model_title(&m, &title);
	assert_string_equal(title.s,
			    "bpf:syscalls_count, at least 3 keys, 1 with 'sixteen' in 10.0s");
	counts_model_only(&m, NULL);
	assert_int_equal(m.count, 3);
	counts_model_done(&m);
}

/* What is chosen of the events is the row's key, whatever stands in it. */
static void test_condition(void **state)
{
	struct counts_model m;
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct filter *f = NULL;
	struct row r = { .schema = programs.table, .size = 48, .cpu = CPU_NONE };
	struct err e = ERR_INIT;

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	counts_model_take(&m, NULL);
	assert_int_equal(counts_model_condition(&m, counts_model_at(&m, 0), &text, &e), 0);
	if (filter_parse(text.s, &f, &e) < 0)
		fail_msg("%s: %s", text.s, e.text);
	r.rec = counts_model_at(&m, 0);
	assert_true(filter_match(f, &r, NULL));
	r.rec = counts_model_at(&m, 1);
	assert_false(filter_match(f, &r, NULL));
	filter_free(f);
	counts_model_done(&m);
}

static void test_lines(void **state)
{
	struct counts_model m;
	_cleanup_strbuf_ struct strbuf out = { 0 };

	counts_model_init(&m, *state, "bpf", "syscalls_count");
	counts_model_take(&m, NULL);
	counts_put_text(&m, 2, &out);
	assert_string_equal(out.s, "comm               nr   count   total   /s\n"
				   "e\\x1b[2Jvil         3   3,000  1.50ms\n"
				   "sixteen-bytes-xx    2   2,000  3.00ms\n"
				   "and 1 more\n");
	strbuf_clear(&out);
	counts_put_csv(&m, &out);
	assert_string_equal(out.s, "comm,nr,count,total,/s\n"
				   "e\\x1b[2Jvil,3,3000,1500000,\n"
				   "sixteen-bytes-xx,2,2000,3000000,\n"
				   "sh,1,1000,4500000,\n");
	strbuf_clear(&out);
	programs.missed = 1;
	counts_model_take(&m, NULL);
	counts_put_json(&m, &out);
	assert_non_null(strstr(out.s, "{\"table\":\"whole\",\"tracer\":\"bpf:syscalls_count\","
				      "\"ts\":\"20.000000000\",\"since\":\"10.000000000\","
				      "\"keys\":3,\"let_go\":0,\"missed\":1,\"at_least\":true}\n"));
	assert_non_null(strstr(out.s, "\"key\":{\"comm\":\"sh\",\"nr\":1},\"value\":{"
				      "\"count\":\"1000\",\"total\":\"4500000\",\"rate\":null}"));
	counts_model_done(&m);
}

/* Of a program that has no table, and one without any keys. */
static void test_nothing(void **state)
{
	struct counts_model m;
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct err e = ERR_INIT;

	counts_model_init(&m, *state, "bpf", "runqlat");
	assert_int_equal(counts_model_take(&m, &e), -ENOTSUP);
	assert_string_equal(e.text, "it counts nothing");
	assert_null(counts_model_at(&m, 0));
	counts_model_done(&m);
	programs.keys = 0;
	counts_model_init(&m, *state, "bpf", "runqlat_hist");
	assert_int_equal(counts_model_take(&m, &e), 0);
	assert_null(counts_model_at(&m, 0));
	counts_put_text(&m, 10, &out);
	assert_non_null(strstr(out.s, "p99"));
	counts_model_done(&m);
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_order),	 t(test_find),	 t(test_slots),	    t(test_rates),
		t(test_sorting), t(test_only),	 t(test_condition), t(test_lines),
		t(test_nothing), t(test_remove), t(test_notes),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
