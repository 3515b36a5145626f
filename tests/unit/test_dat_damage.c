/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_damage: files that are cut, flipped, made to lie, or shrink while they are read. What is
 * good is shown, the damage is named, memory and work stay within what the file's size allows,
 * and nothing crashes (the sanitizers watch).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/dat_hostile.h"

#define CUTS  1000
#define FLIPS 3000

static const char description[] =
    "cpus 2\ncomm 7 seven\nkallsyms ffffffff81000000 T start_here\n"
    "event demo tick 501 n:u32 text:string print \"n=%u\", REC->n\n"
    "cpu 0\nmany 300 1000 7 tick tid=7 n=$ text=t$\nlost 3\nat 9000000000 tick n=1\n"
    "cpu 1\nmany 100 1001 20 tick tid=7 n=$ text=t$\n"
    "buffer side\ncpu 1\nmany 10 1002 30 tick tid=7 n=$\n";

static void test_cuts(void **state)
{
	static const char *const machines[] = { "le64", "be32" };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		size_t size;
		uint8_t *bytes =
		    fixture_load(fixture_make("a.dat", description, machines[m], "4096"), &size);
		uint64_t seed = 1;

		assert_int_equal(try_bytes(bytes, size).events, 411);
		assert_false(try_bytes(bytes, size).damaged);
		for (unsigned i = 0; i < CUTS; i++) {
			size_t at = next_random(&seed) % size;
			struct seen seen = try_bytes(bytes, at);

			assert_true(seen.damaged);
			/* Behind the last record of the last page nothing is missing. */
			assert_true(seen.events < 411 || (seen.events == 411 && at > size - 4096));
		}
		free(bytes);
	}
}

/* The pages in front of a cut are all there, and the cut is named with its offset. */
static void test_good_part(void **state)
{
	char text[sizeof(description) + 32];
	struct dat_info info;
	struct seen seen;
	struct dat *d;

	(void)state;
	/* The last page is that of the buffer "side". */
	snprintf(text, sizeof(text), "%scut -4000\n", description);
	d = fixture_open(text, "le64", "4096");
	dat_info(d, &info);
	assert_non_null(info.damage);
	assert_non_null(strstr(info.damage, "CPU 1 of side has 4096 bytes at offset"));
	seen = read_all(d);
	assert_in_range(seen.events, 402, 410);
	dat_close(d);
}

static void test_flips(void **state)
{
	static const char *const machines[] = { "le64", "be64", "le32", "be32" };
	long before = memory_kb();

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		size_t size;
		uint8_t *bytes =
		    fixture_load(fixture_make("f.dat", description, machines[m], "4096"), &size);
		uint8_t *copy = malloc(size);
		uint64_t seed = m + 1;

		for (unsigned i = 0; i < FLIPS; i++) {
			/* Most of them into the head: pages are test_page's business. */
			size_t room = i % 4 ? 4096 : size;

			memcpy(copy, bytes, size);
			for (unsigned k = 0; k <= i % 5; k++)
				copy[next_random(&seed) % room] ^=
				    (uint8_t)(1u << next_random(&seed) % 8);
			try_bytes(copy, size);
		}
		free(copy);
		free(bytes);
	}
	/* ASan keeps what was freed for a while: the bound is generous and still finds a malloc of
	 * what a file says. */
	assert_in_range(memory_kb() - before, 0, 400 << 10);
}

/* Numbers that lie, at places known by what stands beside them. */
static void test_lies(void **state)
{
	static const struct lie lies[] = {
		{ "an unknown kind of data", "flyrecord", 9, 0, "flyrecore", 9,
		  "the kind of data" },
		{ "an option beyond the file", "options  \0", 10, 12, "\xff\xff\xff\xff", 4,
		  "the options" },
		{ "an option nobody knows", "options  \0", 10, 10, "\x63", 1, NULL },
		{ "no clock behind the table", "[mono]", 6, 0, "(mono)", 6, "no clock" },
		{ "a clock of many bytes", "[mono]", 6, -8, "\xff\xff\xff", 3, "no clock" },
		{ "too many CPUs", "options  \0", 10, -4, "\xff\xff", 2, "65535 CPUs" },
		{ "more CPUs than the table has", "options  \0", 10, -4, "\x00\x20", 2, "cut off" },
		{ "a list longer than what is left", "ffffffff81000000", 16, -4, "\xff\x5f", 2,
		  "kallsyms" },
		{ "too many formats", "demo\0", 5, 5, "\xff\xff\xff\xff", 4, "a format" },
		{ "a format that is none", "name: tick", 10, 0, "namf: tick", 10,
		  "a format of demo" },
		{ "an event nobody asked for", "ID: 501", 7, 0, "ID: 502", 7, NULL },
	};
	size_t size;
	uint8_t *bytes = fixture_load(fixture_make("l.dat", description, "le64", "4096"), &size);

	(void)state;
	tell_lies(bytes, size, lies, ARRAY_SIZE(lies));
	free(bytes);
}

/* A page that is not wholly the CPU's: what is behind its extent is not read. */
static void test_half_page(void **state)
{
	size_t size;
	uint8_t *bytes = fixture_load(fixture_make("h.dat", description, "le64", "4096"), &size);
	uint8_t *table = find(bytes, size, "flyrecord\0", 10) + 10;
	uint64_t pages = load_u64(table + 24);
	struct dat *d = NULL;
	struct page_data *keep;
	struct page p;

	(void)state;
	store_u64(table + 24, pages - 4096 + PAGE_HEADER + 8);
	assert_int_equal(fixture_open_bytes(bytes, size, &d, NULL), 0);
	assert_int_equal(dat_pages(d, 0, 1), pages / 4096);
	assert_int_equal(dat_page_load(d, 0, 1, pages / 4096 - 1, &p, &keep, NULL), 0);
	assert_int_equal(p.size, 8);
	dat_close(d);
	expect_damage(bytes, size, "the last page is cut off");
	store_u64(table + 24, pages - 4096 + PAGE_HEADER);
	expect_damage(bytes, size, NULL);
	free(bytes);
}

/* Tables whose entries all name the same bytes: read once, not as often as they say. */
static void test_overlap(void **state)
{
	size_t size;
	uint8_t *bytes = fixture_load(fixture_make("o.dat", description, "le64", "4096"), &size);
	uint8_t *table = find(bytes, size, "flyrecord\0", 10) + 10;

	(void)state;
	store_u64(table, 0);
	store_u64(table + 8, size);
	store_u64(table + 16, 0);
	store_u64(table + 24, size);
	expect_damage(bytes, size, "has pages of another");
	store_u64(table, UINT64_MAX - 4095);
	store_u64(table + 8, 8192);
	expect_damage(bytes, size, "but the file ends at");
	store_u64(table, 4096);
	store_u64(table + 8, UINT64_MAX);
	expect_damage(bytes, size, "but the file ends at");
	free(bytes);
}

/* Somebody records into the file again: what is gone reads as zeros, and that is said. */
static void test_shrinks(void **state)
{
	const char *path = fixture_make("s.dat", description, "le64", "4096");
	struct sigaction old;
	struct err e = ERR_INIT;
	struct dat_info info;
	struct dat *d = NULL;
	struct seen seen;

	(void)state;
	assert_int_equal(dat_open(path, &d, &e), 0);
	assert_false(dat_shrunk(d));
	dat_bus_catch(&old);
	assert_int_equal(truncate(path, 8192), 0);
	seen = read_all(d);
	assert_in_range(seen.events, 1, 410);
	assert_true(dat_shrunk(d));
	dat_info(d, &info);
	assert_non_null(strstr(info.damage, "shrank"));
	dat_bus_release(&old);
	dat_close(d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),	  cmocka_unit_test(test_good_part),
		cmocka_unit_test(test_flips),	  cmocka_unit_test(test_lies),
		cmocka_unit_test(test_half_page), cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_shrinks),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
