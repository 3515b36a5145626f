/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The catalogue on the real kernel: every event it has is listed, and every format can be read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

struct bench {
	char *tracefs;
	struct schema_set *set;
	struct catalog *c;
	struct err e;
};

static int setup(void **state)
{
	static struct bench b;

	b = (struct bench) { .e = ERR_INIT };
	*state = &b;
	b.set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	if (!tracefs_find(false, &b.tracefs, &b.e))
		return catalog_open(&b.c, b.tracefs, b.set, &b.e);
	b.tracefs = NULL;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	catalog_close(b->c);
	schema_set_free(b->set);
	free(b->tracefs);
	return 0;
}

static void need_tracefs(const struct bench *b)
{
	if (b->c)
		return;
	print_message("skip: %s\n", b->e.text);
	skip();
}

static double ms_since(uint64_t from)
{
	return (double)(clock_mono() - from) / 1e6;
}

static int count_one(const char *system, const char *event, void *data)
{
	++*(int *)data;
	return 0;
}

static void all_are_listed(void **state)
{
	struct bench *b = *state;
	struct strbuf text = { 0 };
	uint64_t from = clock_mono();
	int lines = 0, n, seen = 0;

	need_tracefs(b);
	n = catalog_each(b->c, NULL, count_one, &seen, &b->e);
	print_message("# %d names in %.1f ms\n", n, ms_since(from));
	assert_int_equal(n, seen);
	assert_int_equal(tracefs_read(b->tracefs, &text, &b->e, "available_events"), 0);
	for (size_t i = 0; i < text.len; i++)
		lines += text.s[i] == '\n';
	strbuf_done(&text);
	assert_int_equal(n, lines);
}

struct parse {
	struct bench *b;
	int bad;
};

static int parse_one(const char *system, const char *event, void *data)
{
	struct parse *p = data;
	const struct schema *s = NULL;

	if (catalog_schema(p->b->c, system, event, &s, &p->b->e)) {
		print_message("# %s\n", p->b->e.text);
		p->bad++;
		return 0;
	}
	assert_string_equal(s->name, event);
	assert_string_equal(s->system, system);
	return 0;
}

static void every_format_is_read(void **state)
{
	struct bench *b = *state;
	struct parse p = { .b = b };
	uint64_t from = clock_mono();
	int n;

	need_tracefs(b);
	n = catalog_each(b->c, "*", parse_one, &p, &b->e);
	assert_true(n > 0);
	n += catalog_each(b->c, "ftrace", parse_one, &p, &b->e);
	print_message("# %d formats in %.1f ms\n", n, ms_since(from));
	assert_int_equal(p.bad, 0);
}

static void ids_lead_back_to_names(void **state)
{
	static const char *const names[] = { "sched_switch", "sched_wakeup", "sched_process_exec" };
	struct bench *b = *state;

	need_tracefs(b);
	for (size_t i = 0; i < 3; i++) {
		const struct schema *s;
		uint64_t id, from;

		assert_int_equal(
		    tracefs_read_u64(b->tracefs, &id, &b->e, "events/sched/%s/id", names[i]), 0);
		from = clock_mono();
		s = catalog_by_id(b->c, (unsigned)id);
		print_message("# id %u in %.2f ms\n", (unsigned)id, ms_since(from));
		assert_non_null(s);
		assert_string_equal(s->name, names[i]);
		assert_ptr_equal(catalog_by_id(b->c, (unsigned)id), s);
	}
	assert_null(catalog_by_id(b->c, 32000));
	assert_null(catalog_by_id(b->c, 70000));
}

static void builtin_formats_are_added(void **state)
{
	struct bench *b = *state;

	need_tracefs(b);
	assert_int_equal(catalog_builtin(b->c, &b->e), 0);
	assert_non_null(schema_set_find(b->set, "ftrace", "print"));
	assert_non_null(schema_set_find(b->set, "ftrace", "bprint"));
	assert_int_equal(schema_set_find(b->set, "ftrace", "print")->id, 5);
}

static void roles_are_given(void **state)
{
	struct bench *b = *state;
	const struct schema *s;

	need_tracefs(b);
	assert_int_equal(catalog_schema(b->c, "sched", "sched_process_fork", &s, &b->e), 0);
	assert_int_equal(s->role, ROLE_FORK);
	assert_int_equal(catalog_schema(b->c, "sched", "sched_waking", &s, &b->e), 0);
	assert_int_equal(s->role, ROLE_NONE);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(all_are_listed),	   T(every_format_is_read),
		T(ids_lead_back_to_names), T(builtin_formats_are_added),
		T(roles_are_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
