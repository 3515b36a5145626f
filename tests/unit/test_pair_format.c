/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a derived event looks like: its fields, their names, its print format; and what is said
 * where it cannot be made.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/text.h"
#include "tests/unit/pair_fixture.h"

/* ---- what the derived event looks like ---- */

static void assert_format(const char *line, const char *fields, const char *print)
{
	char names[256] = "";
	struct scene s;

	scene_open(&s, line, false, 0);
	schema_for_each_field (pair_schema(s.pair), f)
		if (!f->is_common) {
			strcat(names, *names ? " " : "");
			strcat(names, f->name);
		}
	assert_string_equal(names, fields);
	assert_string_equal(pair_schema(s.pair)->print_fmt, print);
	assert_string_equal(pair_schema(s.pair)->system, "pair");
	assert_int_equal(pair_schema(s.pair)->id, SCHEMA_ID_MAX);
	assert_int_equal(schema_field(pair_schema(s.pair), "latency")->unit, UNIT_NS);
	assert_int_equal(text_compile((struct schema *)(uintptr_t)pair_schema(s.pair), NULL), 0);
	scene_close(&s);
}

static void test_format(void **state)
{
	(void)state;
	assert_format(
	    "x: test:begin -> test:finish by key", "latency key name value end_value who text ok",
	    "\"latency=%llu key=%u name=%s value=%llu end_value=%llu who=%d text=%s "
	    "ok=%u\", REC->latency, REC->key, __get_str(name), REC->value, (unsigned long "
	    "long)REC->end_value, REC->who, __get_str(text), REC->ok");
	assert_format("x: test:begin | test:begin2 -> test:finish by tid",
		      "latency start_event value end_value key who text ok",
		      "\"latency=%llu start_event=%s value=%llu value=%llu key=%u who=%d text=%s "
		      "%s\", REC->latency, __print_symbolic(REC->start_event, { 0, \"begin\" }, { "
		      "1, \"begin2\" }), (unsigned long long)REC->value, REC->end_value, REC->key, "
		      "REC->who, __get_str(text), REC->ok ? \"ok\" : \"bad\"");
}

static void assert_no_bind(const char *line, const char *says)
{
	struct err e = ERR_INIT;
	struct pair_conf c = { 0 };
	struct pair_spec *spec;
	struct pair *p;
	struct scene s;

	scene_open(&s, "x: test:begin -> test:finish by key", false, 0);
	assert_int_equal(pair_spec_parse(line, &spec, &e), 0);
	c.spec = spec;
	c.set = s.set;
	p = pair_new(&c);
	assert_true(pair_bind(p, s.from, &e) < 0);
	if (!strstr(e.text, says))
		fail_msg("'%s' is not in: %s", says, e.text);
	pair_free(p);
	pair_spec_free(spec);
	scene_close(&s);
}

static void test_what_is_missing(void **state)
{
	(void)state;
	assert_no_bind("y: test:none | test:nope -> test:finish by tid",
		       "no event test:none, no test:nope");
	assert_no_bind("y: test:begin -> test:none by tid", "no event test:none");
	assert_no_bind("y: test:begin -> test:finish by value=ko", "test:finish has no field ko");
	assert_no_bind("y: test:begin -> test:finish by name=key",
		       "name of test:begin is no number");
	assert_no_bind("y: test:begin -> test:finish by key for end.nobody",
		       "test:finish has no field nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
