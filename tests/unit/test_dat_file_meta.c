/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_file_meta: what a trace.dat says besides events, and comes while it is written: formats
 * whose ids clash, names that change, more of both than there is room for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/dat_file_fixture.h"

struct names {
	unsigned count;
	int32_t tid;
	char comm[32];
};

static void see_name(int32_t tid, const char *comm, void *data)
{
	struct names *n = data;

	n->count++;
	if (tid == n->tid)
		snprintf(n->comm, sizeof(n->comm), "%s", comm);
}

static struct names names_in_file(int32_t tid)
{
	struct names n = { .tid = tid };
	struct dat *d = reopen();

	dat_cmdlines(d, see_name, &n);
	dat_close(d);
	return n;
}

static void test_names(void **state)
{
	struct err e = ERR_INIT;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct feed f;

		feed_open(&f, &kinds[k], machines[0], 4096);
		dat_file_comm(f.file, 5, "five");
		dat_file_comm(f.file, 2147483647, "the longest name of all");
		must(dat_file_commit(f.file, &e), &e);
		dat_file_comm(f.file, 5, "renamed\n6 fake");
		dat_file_comm(f.file, -1, "nobody");
		must(dat_file_commit(f.file, &e), &e);
		if (!kinds[k].whole)
			assert_string_equal(names_in_file(5).comm, "renamed?6 fake");
		finish(&f);
		assert_int_equal(names_in_file(5).count, 3); /* with that of the meta */
		assert_string_equal(names_in_file(5).comm, "renamed?6 fake");
		assert_string_equal(names_in_file(2147483647).comm, "the longest nam");
		assert_string_equal(names_in_file(FEED_PID).comm, "ticker");
	}
}

/* More names than version 6 has room for make version 7 of it. */
static void test_many_names(void **state)
{
	struct err e = ERR_INIT;
	struct feed f;

	feed_open(&f, &kinds[0], machines[0], 4096);
	for (int32_t i = 1; i <= 30000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		dat_file_comm(f.file, i, name);
		if (i % 10000 == 0) {
			must(dat_file_commit(f.file, &e), &e);
			assert_int_equal(names_in_file(i).count, i);
			assert_string_equal(names_in_file(i).comm, name);
		}
		if (i == 10000)
			assert_int_equal(dat_file_version(f.file), 6);
	}
	assert_int_equal(dat_file_version(f.file), 7);
	finish(&f);
	assert_string_equal(names_in_file(12345).comm, "n12345");
}

/* ---- formats ---- */

static uint16_t add_format(struct feed *f, const char *system, const char *name, unsigned id,
			   size_t longer)
{
	struct err e = ERR_INIT;
	static char text[65536];
	size_t n = feed_format(text, sizeof(text), name, id, 0);
	uint16_t ret = 0;

	memset(text + n, '\n', longer);
	must(dat_file_format(f->file, system, text, n + longer, &ret, &e), &e);
	return ret;
}

static void expect_format(const struct dat *d, unsigned id, const char *system, const char *name)
{
	const struct schema *s = schema_set_get(dat_schemas((struct dat *)d), id, UINT32_MAX);

	assert_non_null(s);
	assert_string_equal(s->system, system);
	assert_string_equal(s->name, name);
	assert_null(s->older);
}

static void test_formats(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct err e = ERR_INIT;
		struct feed f;
		struct dat *d;

		feed_open(&f, &kinds[k], machines[3], 4096);
		assert_int_equal(add_format(&f, "demo", "tick", FEED_ID, 0), FEED_ID);
		assert_int_equal(add_format(&f, "probe", "first", 700, 0), 700);
		/* A probe that has the id of another one, and the same probe again. */
		assert_int_equal(add_format(&f, "probe", "second", 700, 0), 32767);
		assert_int_equal(add_format(&f, "probe", "third", 32767, 0), 32766);
		assert_int_equal(add_format(&f, "probe", "second", 700, 0), 32767);
		/* The same name, and it differs only in its last byte. */
		assert_int_equal(add_format(&f, "probe", "second", 700, 1), 32765);
		assert_int_equal(add_format(&f, "ftrace", "late", 13, 0), 13);
		must(dat_file_commit(f.file, &e), &e);
		assert_int_equal(dat_file_version(f.file), kinds[k].ends);
		for (int round = 0; round < 2; round++) {
			if (round)
				finish(&f);
			else if (kinds[k].whole)
				continue;
			d = reopen();
			expect_format(d, FEED_ID, "demo", "tick");
			expect_format(d, 700, "probe", "first");
			expect_format(d, 32767, "probe", "second");
			expect_format(d, 32766, "probe", "third");
			expect_format(d, 13, "ftrace", "late");
			dat_close(d);
		}
	}
}

/* More formats, or longer ones, than version 6 has room for. */
static void test_many_formats(void **state)
{
	static const size_t longer[] = { 0, 5000 };

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		struct err e = ERR_INIT;
		struct feed f;
		struct dat *d;
		char name[16];

		feed_open(&f, &kinds[0], machines[0], 4096);
		for (unsigned n = 0; n < 70; n++) {
			snprintf(name, sizeof(name), "f%u", n);
			add_format(&f, "many", name, 1000 + n, longer[i]);
			if (n == 40)
				must(dat_file_commit(f.file, &e), &e);
		}
		must(feed_event(&f, 0, 0, &e), &e);
		must(feed_commit(&f, &e), &e);
		assert_int_equal(dat_file_version(f.file), 7);
		expect("many formats", 1);
		d = reopen();
		expect_format(d, 1069, "many", "f69");
		dat_close(d);
		finish(&f);
		d = reopen();
		expect_format(d, 1000, "many", "f0");
		expect_format(d, 1069, "many", "f69");
		dat_close(d);
	}
}

/* A meta of a file is good for another one that says the same. */
static void test_meta_of_file(void **state)
{
	struct dat_meta *meta = NULL;
	struct err e = ERR_INIT;
	struct feed f;
	struct dat *d;

	feed_open(&f, &kinds[2], machines[3], 8192);
	add_format(&f, "probe", "first", 700, 0);
	finish(&f);
	d = reopen();
	must(dat_meta_file(d, &meta, &e), &e);
	dat_close(d);
	assert_true(meta->machine.swap);
	assert_int_equal(meta->machine.long_size, 4);
	assert_int_equal(meta->page_size, 8192);
	assert_int_equal(meta->cpus, 4);
	assert_int_equal(meta->format_count, 2);
	assert_string_equal(meta->clock, "mono");
	assert_string_equal(strbuf_cstr(&meta->cmdlines), "77 ticker\n");
	assert_string_equal(meta->uname, "Linux here 6.1.0 x86_64");
	dat_meta_free(meta);
}

/* The same text again is no second format; another text of the same event is. */
static void test_meta_formats(void **state)
{
	struct dat_meta *m = dat_meta_new();

	dat_meta_format(m, "a", "text", 4);
	dat_meta_format(m, "a", "text", 4);
	dat_meta_format(m, "b", "text", 4);
	dat_meta_format(m, "a", "texts", 5);
	assert_int_equal(m->format_count, 3);
	dat_meta_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	     cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_formats),	     cmocka_unit_test(test_many_formats),
		cmocka_unit_test(test_meta_of_file), cmocka_unit_test(test_meta_formats),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
