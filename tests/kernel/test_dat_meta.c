/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_meta: what a trace.dat says of the running kernel, against the files it came from. Only
 * reads; as root.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tracefs/dat_meta.h"
#include "tracefs/dir.h"

static char *tracefs;
static struct dat_meta *meta;

static int setup(void **state)
{
	struct err e = ERR_INIT;

	if (tracefs_find(false, &tracefs, &e) < 0) {
		print_message("# %s\n", e.text);
		return 0;
	}
	if (dat_meta_kernel(tracefs, 65536, &meta, &e) < 0)
		print_message("# %s\n", e.text);
	return 0;
}

static int teardown(void **state)
{
	dat_meta_free(meta);
	free(tracefs);
	return 0;
}

#define NEED_META()                                                                                \
	do {                                                                                       \
		if (!tracefs || geteuid())                                                         \
			skip(); /* tracefs is closed to us, or is not there */                     \
		assert_non_null(meta);                                                             \
	} while (0)

/* Every format is there once; probes of others may come and go meanwhile. */
static void test_formats(void **state)
{
	_cleanup_strbuf_ struct strbuf pattern = { 0 }, text = { 0 };
	bool other = false, found = false;
	glob_t all;

	NEED_META();
	strbuf_fmt(&pattern, "%s/events/*/*/format", tracefs);
	assert_int_equal(glob(pattern.s, 0, NULL, &all), 0);
	assert_in_range(meta->format_count, all.gl_pathc - 5, all.gl_pathc + 5);
	globfree(&all);
	assert_true(tracefs_read(tracefs, &text, NULL, "events/sched/sched_switch/format") >= 0);
	for (size_t i = 0; i < meta->format_count; i++) {
		const struct dat_meta_format *f = &meta->formats[i];

		if (strcmp(f->system, "ftrace"))
			other = true;
		else
			assert_false(other); /* those of ftrace stand first */
		if (strcmp(f->system, "sched") || !strstr(f->text, "name: sched_switch\n"))
			continue;
		assert_int_equal(f->size, text.len);
		assert_memory_equal(f->text, text.s, text.len);
		found = true;
	}
	assert_true(found);
}

/* The size of the data is that of our pages, not of the kernel's. */
static void test_headers(void **state)
{
	NEED_META();
	assert_non_null(strstr(strbuf_cstr(&meta->header_page), "offset:16;\tsize:65520;"));
	assert_non_null(strstr(strbuf_cstr(&meta->header_page), "field: u64 timestamp;"));
	assert_non_null(strstr(strbuf_cstr(&meta->header_event), "type_len"));
}

static void test_machine(void **state)
{
	struct clock_triple now = clock_sample();
	struct utsname u;

	NEED_META();
	assert_int_equal(uname(&u), 0);
	assert_non_null(strstr(meta->uname, u.release));
	assert_string_equal(meta->clock, "mono");
	assert_int_equal(meta->cpus, sysconf(_SC_NPROCESSORS_CONF));
	assert_int_equal(meta->machine.long_size, sizeof(long));
	assert_in_range(meta->date_offset, now.real - now.mono - 1000000000,
			now.real - now.mono + 1000000000);
	assert_non_null(strstr(strbuf_cstr(&meta->kallsyms), " T "));
}

static void test_no_tracefs(void **state)
{
	struct dat_meta *m = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(dat_meta_kernel("/nonexistent", 4096, &m, &e), -2);
	assert_non_null(strstr(e.text, "/nonexistent"));
	assert_int_equal(dat_meta_kernel("/tmp", 4096, &m, &e), -2);
	assert_null(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_no_tracefs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
