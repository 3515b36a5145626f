/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_v7_damage: files of version 7, compressed or not, that are cut, flipped or lie. What is
 * good is shown, the damage is named with its offset, and memory and work stay bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/dat_hostile.h"

#define CUTS   1000
#define FLIPS  1000
#define EVENTS 411

static const char description[] =
    "cpus 2\ncomm 7 seven\nkallsyms ffffffff81000000 T start_here\n"
    "option 11 77@8\noption 14 0x50000000@4 30@4 5@8\noption 7 -1000\n"
    "option 12 5@8 1@4 1@4 3@4 1@8 2@8 5@8 100@8 150@8 50@8 4@8 4@8 4@8 2@8 2@8 2@8\n"
    "option 13 guest 88@8 2@4 0@4 100@4 1@4 101@4\n"
    "event demo tick 501 n:u32 text:string print \"n=%u\", REC->n\n"
    "cpu 0\nmany 300 1000 7 tick tid=7 n=$ text=t$\nlost 3\nat 9000000000 tick n=1\n"
    "cpu 1\nmany 100 1001 20 tick tid=7 n=$ text=t$\n"
    "buffer side\ncpu 1\nmany 10 1002 30 tick tid=7 n=$\n";

static const char *const options[] = { "-7 none", "-7 zstd -c 2", "-7 zlib -c 1",
				       "-7 zstd -m be32 -c 4", "-7 none -m be64" };

static uint8_t *make(const char *how, size_t *size)
{
	return fixture_load(fixture_make_as("made.dat", description, how), size);
}

/* Where the first options are, in a file of this byte order. */
static uint64_t first_options(uint8_t *bytes, size_t size)
{
	(void)size;
	for (size_t at = 18, strings = 0;; at++)
		if (!bytes[at] && ++strings == 2)
			return load_u64(bytes + at + 1);
}

/* Where the option that ends a section of options stands, and says where the next is. */
static uint8_t *end_of_options(uint8_t *bytes, size_t size, uint64_t section)
{
	uint64_t body = load_u64(bytes + section + 8);

	assert_true(section + 16 + body <= size);
	return bytes + section + 16 + body - 8;
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t size;
		uint8_t *bytes = make(options[i], &size);
		struct seen seen = try_bytes(bytes, size);

		assert_int_equal(seen.events, EVENTS);
		assert_false(seen.damaged);
		free(bytes);
	}
}

/* Behind the last options are only strings, which nobody needs. */
static void test_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t size;
		uint8_t *bytes = make(options[i], &size);
		uint64_t second = load_u64(end_of_options(bytes, size, first_options(bytes, size)));
		size_t end = (size_t)(end_of_options(bytes, size, second) + 8 - bytes);
		uint64_t seed = i + 1;

		for (unsigned k = 0; k < CUTS; k++) {
			size_t at = next_random(&seed) % size;
			struct seen seen = try_bytes(bytes, at);

			assert_int_equal(seen.damaged, at < end);
			if (at < end)
				assert_in_range(seen.events, 0, EVENTS);
			else
				assert_int_equal(seen.events, EVENTS);
		}
		free(bytes);
	}
}

/* Without any options the sections tell what is there; the longer the file, the more it is. */
static void test_salvage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t size;
		uint8_t *bytes = make(options[i], &size);
		bool big = strstr(options[i], "be") != NULL;
		uint64_t at = big ? __builtin_bswap64(first_options(bytes, size))
				  : first_options(bytes, size);
		uint64_t last = 0;
		struct dat_info info;
		struct dat *d = NULL;

		assert_int_equal(try_bytes(bytes, at).events, EVENTS);
		for (size_t cut = 0; cut <= at; cut += 509) {
			uint64_t events = try_bytes(bytes, cut).events;

			assert_true(events >= last);
			last = events;
		}
		assert_in_range(last, EVENTS - 120, EVENTS);
		assert_int_equal(fixture_open_bytes(bytes, at, &d, NULL), 0);
		dat_info(d, &info);
		assert_int_equal(info.buffers, 2);
		assert_non_null(strstr(info.damage, "are guessed"));
		assert_int_equal(dat_buffer(d, 0)->cpus, 2);
		assert_int_equal(dat_buffer(d, 1)->cpus, 1);
		assert_memory_equal(dat_buffer(d, 1)->name, "at_", 3);
		dat_close(d);
		free(bytes);
	}
}

static void test_flips(void **state)
{
	long before = memory_kb();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t size;
		uint8_t *bytes = make(options[i], &size), *copy = malloc(size);
		uint64_t seed = i + 1;

		for (unsigned k = 0; k < FLIPS; k++) {
			/* Most of them to the front or the end, where the metadata is. */
			size_t from = k % 4 == 1 && size > 1200 ? size - 1200 : 0;
			size_t room = k % 4 < 3 ? MIN(size - from, 3000u) : size;

			memcpy(copy, bytes, size);
			for (unsigned n = 0; n <= k % 5; n++)
				copy[from + next_random(&seed) % room] ^=
				    (uint8_t)(1u << next_random(&seed) % 8);
			try_bytes(copy, size);
		}
		free(copy);
		free(bytes);
	}
	assert_in_range(memory_kb() - before, 0, 700 << 10);
}

/* ---- lies ---- */

/* The last section of options in a file with "none": the one with the buffers. */
#define BUFFERS "\x03\0\x3e\0\0\0" /* option 3, 62 bytes: two CPUs of 20 */

static void test_lies(void **state)
{
	static const struct lie lies[] = {
		{ "an option that is too long", BUFFERS, 6, 2, "\xff\xff\xff\x7f", 4,
		  "the options cannot be read" },
		{ "more CPUs than the option has", BUFFERS, 6, 6 + 18, "\xff\xff", 2,
		  "are cut off" },
		{ "an absurd CPU", BUFFERS, 6, 6 + 22, "\xff\xff\xff\xff", 4,
		  "CPU 4294967295 of buffer \"\" makes no sense" },
		{ "a CPU twice", BUFFERS, 6, 6 + 22 + 20, "\0\0\0\0", 4,
		  "CPU 0 of buffer \"\" makes no sense" },
		{ "an absurd page size", BUFFERS, 6, 6 + 14, "\xff\xff\xff\x7f", 4,
		  "pages of 2147483647 bytes" },
		{ "a page size of 0: as at the beginning", BUFFERS, 6, 6 + 14, "\0\0\0\0", 4,
		  NULL },
		{ "pages beyond the file", BUFFERS, 6, 6 + 26, "\xff\xff\xff\x7f", 4,
		  "but the file ends at" },
		{ "a buffer without name", BUFFERS, 6, 2, "\x03\0\0\0", 4,
		  "without name or clock" },
		{ "a section elsewhere", BUFFERS, 6, 6, "\xff\xff\xff\x7f", 4,
		  "there is no buffer \"\"" },
		{ "kallsyms elsewhere", "\x13\0\x08\0\0\0", 6, 6, "\xff\xff\xff\x7f", 4,
		  "kallsyms cannot be read" },
		{ "kallsyms without an offset", "\x13\0\x08\0\0\0", 6, 6, "\0\0\0\0", 4, NULL },
		{ "formats elsewhere", "\x12\0\x08\0\0\0", 6, 6, "\x08\0\0\0", 4,
		  "the formats cannot be read" },
		{ "an option nobody knows", BUFFERS, 6, 0, "\x63", 1, NULL },
		{ "cycles by an absurd ratio", "\x0e\0\x10\0\0\0", 6, 10, "\0", 1,
		  "option TSC2NSEC makes no sense" },
		{ "a clock with too many samples", "\x0c\0\x74\0\0\0", 6, 6 + 16, "\xff\xff", 2,
		  "option TIME_SHIFT makes no sense" },
		{ "a guest with too many CPUs", "guest\0", 6, 14, "\xff\xff", 2,
		  "option GUEST makes no sense" },
		{ "options elsewhere", "none\0\0", 6, 6, "\x01\0\0\0", 4,
		  "offset 1: the options cannot be read" },
	};
	size_t size;
	uint8_t *bytes = make("-7 none", &size);

	(void)state;
	tell_lies(bytes, size, lies, ARRAY_SIZE(lies));
	free(bytes);
}

/* Options that point to themselves, to each other, or to nothing. */
static void test_rings(void **state)
{
	size_t size;
	uint8_t *bytes = make("-7 none", &size);
	uint64_t first = first_options(bytes, size);
	uint8_t *end = end_of_options(bytes, size, first);
	uint64_t second = load_u64(end);

	(void)state;
	store_u64(end, first);
	expect_damage(bytes, size, "form a ring");
	store_u64(end, second);
	store_u64(end_of_options(bytes, size, second), first);
	expect_damage(bytes, size, "form a ring");
	assert_int_equal(try_bytes(bytes, size).events, EVENTS); /* they were read once */
	store_u64(end_of_options(bytes, size, second), size + 5);
	expect_damage(bytes, size, "the options cannot be read");
	store_u64(end_of_options(bytes, size, second), UINT64_MAX);
	expect_damage(bytes, size, "the options cannot be read");
	assert_int_equal(try_bytes(bytes, size).events, EVENTS);
	free(bytes);
}

/* A chain as long as the file allows is given up in time. */
static void test_long_chain(void **state)
{
	size_t size, room = 16 + 6 + 8, count = 3000;
	uint8_t *bytes = make("-7 none", &size);
	uint64_t first = first_options(bytes, size);
	uint8_t *all = calloc(1, size + count * room);

	(void)state;
	memcpy(all, bytes, size);
	store_u64(end_of_options(all, size, load_u64(end_of_options(all, size, first))), size);
	for (size_t i = 0; i < count; i++) {
		uint8_t *p = all + size + i * room;

		store_u64(p + 8, room - 16);
		p[18] = 8;
		store_u64(p + 22, i + 1 < count ? size + (i + 1) * room : 0);
	}
	expect_damage(all, size + count * room, "too long a chain");
	free(all);
	free(bytes);
}

/* ---- chunks ---- */

/* Where the pages of the first CPU of the top buffer are, in a compressed file. */
static uint8_t *first_chunk(uint8_t *bytes, size_t size)
{
	return bytes + load_u64(find(bytes, size, BUFFERS, 6) + 6 + 26);
}

static void expect_chunk(const uint8_t *bytes, size_t size, uint8_t *at, uint32_t put,
			 const char *says)
{
	uint32_t was = load_u32(at);

	store_u32(at, put);
	expect_damage(bytes, size, says);
	store_u32(at, was);
}

static uint64_t damages_of(const uint8_t *bytes, size_t size)
{
	struct dat_info info;
	struct dat *d = NULL;

	assert_int_equal(fixture_open_bytes(bytes, size, &d, NULL), 0);
	read_all(d);
	dat_info(d, &info);
	dat_close(d);
	return info.damages;
}

/* A file that names a compression need not use it: each section says. */
static void test_not_compressed(void **state)
{
	size_t size;
	uint8_t *bytes = make("-7 none", &size);

	(void)state;
	memcpy(find(bytes, size, "none\0\0", 6), "zstd", 4);
	assert_int_equal(try_bytes(bytes, size).events, EVENTS);
	expect_damage(bytes, size, NULL);
	free(bytes);
}

static void test_chunks(void **state)
{
	static const char *const how[] = { "-7 zstd -c 2", "-7 zlib -c 2" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		size_t size;
		uint8_t *bytes = make(how[i], &size), *p = first_chunk(bytes, size);
		uint32_t inflated = load_u32(p + 8);

		assert_int_equal(inflated, 8192);
		expect_chunk(bytes, size, p, 0x7fffffff, "a compressed chunk is cut off");
		expect_chunk(bytes, size, p + 4, 0x7fffffff, "a compressed chunk is cut off");
		expect_chunk(bytes, size, p + 8, 0xffffffff,
			     "a compressed chunk says an absurd size");
		expect_chunk(bytes, size, p + 8, 0x3ffffff,
			     "a compressed chunk says an absurd size");
		expect_chunk(bytes, size, p + 8, inflated - 4096, "a compressed chunk is damaged");
		expect_chunk(bytes, size, p + 8, inflated + 4096, "a compressed chunk is damaged");
		expect_chunk(bytes, size, p + 12, 0, "a compressed chunk is damaged");
		expect_damage(bytes, size, NULL);
		/* The other chunks are read, and the bad one is counted once. */
		store_u32(p + 12, 0);
		assert_in_range(try_bytes(bytes, size).events, 111, EVENTS - 100);
		assert_int_equal(damages_of(bytes, size), 1);
		free(bytes);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	       cmocka_unit_test(test_salvage),
		cmocka_unit_test(test_cuts),	       cmocka_unit_test(test_flips),
		cmocka_unit_test(test_lies),	       cmocka_unit_test(test_rings),
		cmocka_unit_test(test_long_chain),     cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_not_compressed),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
