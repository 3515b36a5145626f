/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_time: what a trace.dat says of its times: cycles, offsets, guests and their hosts. The
 * numbers expected here were worked out by hand; that libtracecmd agrees is shown in
 * tests/peers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/dat_fixture.h"

#define TICK "event demo tick 501 n:u32\n"

/* Both versions and byte orders, as each reads options by itself. */
static const char *const how[] = { "", "-m be32", "-7 none", "-7 zstd -m be64" };

static uint64_t mapped(const struct dat *d, unsigned cpu, uint64_t t)
{
	const struct time_map *m = dat_time(d, cpu);

	return m ? time_map_apply(m, t) : t;
}

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dat *d = fixture_open_as("option 11 77@8\n" TICK, how[i]);

		assert_null(dat_time(d, 0));
		assert_int_equal(dat_trace_id(d), 77);
		assert_null(dat_guest(d, 0));
		dat_close(d);
	}
}

static void test_offset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dat *d = fixture_open_as("option 7 -1000\noption 7 0x10\n" TICK, how[i]);

		assert_int_equal(mapped(d, 0, 5000), 4016);
		assert_int_equal(mapped(d, 999, 5000), 4016);
		dat_close(d);
	}
}

static void test_cycles(void **state)
{
	/* 2.5 GHz: 0.4 ns a cycle */
	static const char text[] = "option 14 429496730@4 30@4 123@8\noption 7 7\n" TICK;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dat *d = fixture_open_as(text, how[i]);

		assert_int_equal(mapped(d, 0, 0), 7);
		assert_int_equal(mapped(d, 0, 2500), 1007);
		assert_int_equal(mapped(d, 0, 2500000000000), 1000000000931 + 7);
		dat_close(d);
	}
}

/* CPU 0: two lines; CPU 1: one sample; CPU 2: none. */
#define SHIFT(flags)                                                                               \
	"option 12 5@8 " flags "@4 3@4 "                                                           \
	"3@4 1000@8 2000@8 5000@8 100@8 150@8 250@8 4@8 4@8 4@8 "                                  \
	"1@4 1000@8 -900@8 1@8 "                                                                   \
	"0@4 2@8 2@8 2@8 0@8\n"

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dat *d = fixture_open_as(SHIFT("0") TICK, how[i]);

		assert_int_equal(mapped(d, 0, 500), 600); /* also before the first */
		assert_int_equal(mapped(d, 0, 1000), 1100);
		assert_int_equal(mapped(d, 0, 1999), 2099);
		assert_int_equal(mapped(d, 0, 2000), 2150);
		assert_int_equal(mapped(d, 0, 9000), 9150); /* the last line has no end */
		assert_int_equal(mapped(d, 1, 5000), 4100);
		assert_null(dat_time(d, 2));
		assert_null(dat_time(d, 3));
		dat_close(d);
	}
}

static void test_interpolated(void **state)
{
	struct dat *d = fixture_open_as(SHIFT("1") TICK, "");

	(void)state;
	assert_int_equal(mapped(d, 0, 1000), 1100);
	assert_in_range(mapped(d, 0, 1500), 1624, 1625);
	assert_int_equal(mapped(d, 0, 2000), 2150);
	assert_in_range(mapped(d, 0, 3500), 3699, 3700);
	assert_in_range(mapped(d, 0, 8000), 8348, 8350);
	dat_close(d);
}

/* First to the host, then to ns, then the offset. */
static void test_all_together(void **state)
{
	struct dat *d =
	    fixture_open_as("option 14 1@4 1@4 0@8\noption 7 7\n" SHIFT("0") TICK, "-7 none");

	(void)state;
	assert_int_equal(mapped(d, 0, 1000), 1100 / 2 + 7);
	assert_int_equal(mapped(d, 0, 2100), 2250 / 2 + 7);
	assert_int_equal(mapped(d, 1, 5000), 4100 / 2 + 7);
	assert_int_equal(mapped(d, 2, 5000), 5000 / 2 + 7);
	dat_close(d);
}

/* A line that begins below the end of the one before it: time waits, and never falls. */
static void test_step_back(void **state)
{
	struct dat *d =
	    fixture_open_as("option 12 5@8 0@4 1@4 4@4 1000@8 2000@8 2010@8 3000@8 "
			    "500@8 450@8 400@8 400@8 1@8 1@8 1@8 1@8 0@8 0@8 0@8 0@8\n" TICK,
			    "");
	uint64_t last = 0;

	(void)state;
	for (uint64_t t = 900; t < 3500; t++) {
		uint64_t m = mapped(d, 0, t);

		assert_true(m >= last);
		last = m;
	}
	assert_int_equal(mapped(d, 0, 1999), 2499);
	assert_in_range(mapped(d, 0, 2005), 2499, 2500);
	assert_in_range(mapped(d, 0, 2050), 2499, 2500);
	assert_int_equal(mapped(d, 0, 2200), 2600);
	dat_close(d);
}

/* Every event walks the lines up to its own: those that go on as before are one. */
static void test_same_line(void **state)
{
	struct dat *d =
	    fixture_open_as("option 12 5@8 1@4 1@4 4@4 1000@8 2000@8 3000@8 4000@8 "
			    "500@8 500@8 500@8 600@8 1@8 1@8 1@8 1@8 0@8 0@8 0@8 0@8\n" TICK,
			    "");

	(void)state;
	assert_int_equal(dat_time(d, 0)->count, 2);
	assert_int_equal(mapped(d, 0, 2500), 3000);
	assert_in_range(mapped(d, 0, 3500), 4049, 4050);
	dat_close(d);
}

static struct dat *open_named(const char *name, const char *text, const char *options)
{
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	if (dat_open(fixture_make_as(name, text, options), &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

static void test_pair(void **state)
{
	static const char host_text[] =
	    "option 11 5@8\noption 13 \"a guest\" 77@8 2@4 1@4 101@4 0@4 100@4\n" TICK;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dat *host = open_named("host.dat", host_text, how[i]);
		struct dat *guest =
		    open_named("guest.dat", "option 11 77@8\n" SHIFT("0") TICK, how[i]);
		struct dat *other = open_named("other.dat", "option 11 78@8\n" TICK, how[i]);
		const struct dat_guest *g = dat_guest(host, 0);

		assert_non_null(g);
		assert_string_equal(g->name, "a guest");
		assert_int_equal(g->trace_id, 77);
		assert_int_equal(g->cpus, 2);
		assert_int_equal(g->tids[0], 100);
		assert_int_equal(g->tids[1], 101);
		assert_null(dat_guest(host, 1));
		assert_int_equal(dat_pair(host, guest), 0);
		assert_int_equal(mapped(guest, 0, 1000), 1100);
		assert_null(dat_time(host, 0));
		assert_int_equal(dat_pair(host, other), -ENOENT);
		assert_int_equal(dat_pair(guest, host), -ENOENT);
		assert_int_equal(dat_pair(other, other), -ENOENT);
		dat_close(host);
		dat_close(guest);
		dat_close(other);
	}
}

/* The samples may stand in the host's file: then they move the guest, not the host. */
static void test_host_has_samples(void **state)
{
	struct dat *host = open_named(
	    "host.dat", "option 11 1@8\noption 13 guest 5@8 1@4 0@4 100@4\n" SHIFT("0") TICK,
	    "-7 none");
	struct dat *guest = open_named("guest.dat", "option 11 5@8\noption 7 1\n" TICK, "-7 none");

	(void)state;
	assert_null(dat_time(host, 0));
	assert_int_equal(mapped(guest, 0, 1000), 1001);
	assert_int_equal(dat_pair(host, guest), 0);
	assert_int_equal(mapped(guest, 0, 1000), 1101);
	assert_int_equal(mapped(guest, 2, 1000), 1001);
	assert_null(dat_time(host, 0));
	dat_close(host);
	dat_close(guest);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_interpolated),
		cmocka_unit_test(test_all_together),
		cmocka_unit_test(test_step_back),
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_host_has_samples),
		cmocka_unit_test(test_same_line),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
