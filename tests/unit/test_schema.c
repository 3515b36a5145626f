/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema: sets, generations and the search for names.
 */
#include "tests/unit/text_fixture.h"

#define FIELD(name, offset) "\tfield:int " name ";\toffset:" #offset ";\tsize:4;\tsigned:1;\n"

static void same_text_is_one_schema(void **state)
{
	struct schema_set *set = schema_set_new(native);
	struct schema *a = schema_set_add(set, parse(FORMAT(5, FIELD("x", 8), "\"\"")));

	assert_ptr_equal(schema_set_add(set, parse(FORMAT(5, FIELD("x", 8), "\"\""))), a);
	assert_int_equal(set->gen, 0);
	assert_ptr_equal(schema_set_get(set, 5, 0), a);
	assert_null(schema_set_get(set, 6, 0));
	assert_null(schema_set_get(set, SCHEMA_ID_MAX + 1, 0));
	schema_set_free(set);
}

/* An id used again: pages of before keep their schema. */
static void another_text_is_another_generation(void **state)
{
	struct schema_set *set = schema_set_new(native);
	struct schema *a = schema_set_add(set, parse(FORMAT(5, FIELD("x", 8), "\"\"")));
	struct schema *b = schema_set_add(set, parse(FORMAT(5, FIELD("y", 8), "\"\"")));
	struct schema *c = schema_set_add(set, parse(FORMAT(6, FIELD("z", 8), "\"\"")));
	struct schema *d = schema_set_add(set, parse(FORMAT(5, FIELD("x", 8), "\"\"")));

	assert_int_equal(set->gen, 2);
	assert_ptr_equal(schema_set_get(set, 5, 0), a);
	assert_ptr_equal(schema_set_get(set, 5, 1), b);
	assert_ptr_equal(schema_set_get(set, 5, 2), d);
	assert_ptr_not_equal(d, a);
	assert_ptr_equal(schema_set_get(set, 6, 0), c); /* nothing was there before */
	assert_true(a->index != b->index && b->index != d->index && a->index != d->index);
	schema_set_free(set);
}

/* What two files say alike is kept once, until the last of them goes. */
static void one_body_for_all(void **state)
{
	const char *text = FORMAT(5, FIELD("x", 8), "\"%d\", REC->x");
	struct schema_set *first = schema_set_new(native), *second = schema_set_new(native);
	struct schema *a = schema_set_add(first, parse(text)), *b;
	struct machine other = { .swap = !native.swap, .long_size = native.long_size };
	size_t size = strlen(text);

	schema_set_add(first, parse(FORMAT(5, FIELD("y", 8), "\"\""))); /* a is an older one */
	a->role = ROLE_FORK;
	assert_null(schema_again(a, a->system, text, size, other));
	assert_null(schema_again(a, "another", text, size, native));
	assert_null(schema_again(a, a->system, text, size - 1, native));
	assert_null(
	    schema_again(a, a->system, FORMAT(5, FIELD("z", 8), "\"%d\", REC->x"), size, native));
	b = schema_set_add(second, schema_again(a, a->system, text, size, native));
	assert_ptr_equal(schema_set_get(second, 5, 0), b);
	assert_int_not_equal(b->index, a->index);
	assert_int_equal(b->role, ROLE_NONE);
	assert_ptr_equal(b->fields, a->fields);
	schema_set_free(first);
	assert_string_equal(b->format, text);
	assert_non_null(schema_field(b, "x"));
	assert_null(b->older);
	schema_set_free(second);
}

static void first_one_sets_common_offsets(void **state)
{
	const char *text =
	    "name: e\nID: 9\n"
	    "\tfield:int common_pid; offset:8; size:4; signed:1;\n"
	    "\tfield:unsigned char common_flags; offset:6; size:1; signed:0;\n"
	    "\tfield:unsigned int common_type; offset:0; size:4; signed:0;\n"
	    "\tfield:unsigned char common_preempt_count; offset:7; size:1; signed:0;\n";
	struct schema_set *set = schema_set_new(native);

	assert_int_equal(set->pid_offset, 4);
	schema_set_add(set, parse(text));
	schema_set_add(set, parse(FORMAT(5, FIELD("x", 8), "\"\"")));
	assert_int_equal(set->type_offset, 0);
	assert_int_equal(set->type_size, 4);
	assert_int_equal(set->flags_offset, 6);
	assert_int_equal(set->preempt_offset, 7);
	assert_int_equal(set->pid_offset, 8);
	schema_set_free(set);
}

static void names_are_found(void **state)
{
	struct schema_set *set = schema_set_new(native);
	struct schema *a = schema_set_add(
	    set, parse_in("one", FORMAT(5, FIELD("x", 8) FIELD("pid", 12), "\"\""), native));
	struct schema *b =
	    schema_set_add(set, parse_in("two", FORMAT(6, FIELD("x", 8), "\"\""), native));

	assert_ptr_equal(schema_set_find(set, "one", "event"), a);
	assert_ptr_equal(schema_set_find(set, "two", "event"), b);
	assert_non_null(schema_set_find(set, NULL, "event"));
	assert_null(schema_set_find(set, "three", "event"));
	assert_null(schema_set_find(set, NULL, "even"));
	assert_int_equal(schema_field(a, "pid")->offset, 12); /* its own comes first */
	assert_int_equal(schema_field(b, "pid")->offset, 4);
	assert_int_equal(schema_field(b, "common_pid")->offset, 4);
	assert_null(schema_field(b, "common_x"));
	assert_null(schema_field(b, ""));
	schema_set_free(set);
	schema_set_free(NULL);
	schema_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_text_is_one_schema),
		cmocka_unit_test(another_text_is_another_generation),
		cmocka_unit_test(one_body_for_all),
		cmocka_unit_test(first_one_sets_common_offsets),
		cmocka_unit_test(names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
