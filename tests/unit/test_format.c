/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: what a format text becomes, what is refused, and that no damage to a text does harm.
 */
#include <errno.h>

#include "tests/unit/text_fixture.h"

#define FIELDS                                                                                     \
	"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"                                 \
	"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"                                     \
	"\tfield:__data_loc char[] path;\toffset:28;\tsize:4;\tsigned:0;\n"                        \
	"\tfield:__rel_loc u32[] numbers;\toffset:32;\tsize:4;\tsigned:0;\n"                       \
	"\tfield:__data_loc cpumask_t mask;\toffset:36;\tsize:4;\tsigned:0;\n"                     \
	"\tfield:unsigned long args[6];\toffset:40;\tsize:48;\tsigned:0;\n"                        \
	"\tfield:const char *const * argv;\toffset:88;\tsize:8;\tsigned:0;\n"                      \
	"\tfield:bool yes;\toffset:96;\tsize:1;\tsigned:0;\n"                                      \
	"\tfield:enum kind kind;\toffset:100;\tsize:4;\tsigned:0;\n"                               \
	"\tfield:struct pair both;\toffset:104;\tsize:8;\tsigned:0;\n"                             \
	"\tfield:u8 addr[4];\toffset:104;\tsize:4;\tsigned:0;\n"                                   \
	"\tfield:unsigned int bits:3;\toffset:112;\tsize:4;\tsigned:0;\n"                          \
	"\tfield:unsigned long long int big;\toffset:120;\tsize:8;\tsigned:0;\n"                   \
	"\tfield:ns_t delay;\toffset:128;\tsize:8;\tsigned:0;\n"                                   \
	"\tfield:ip6_t peer;\toffset:136;\tsize:16;\tsigned:0;\n"                                  \
	"\tfield:unsigned char mac[6];\toffset:152;\tsize:6;\tsigned:0;\n"                         \
	"\tfield:unsigned long word;\toffset:160;\tsize:8;\tsigned:0;\n"                           \
	"\tfield:char buf[];\toffset:168;\tsize:0;\tsigned:0;\n"

static const struct {
	const char *name;
	uint8_t place, kind;
	uint16_t elem_size;
	uint8_t unit;
	bool is_long;
	const char *type;
} expected[] = {
	{ "common_pid", FIELD_FIXED, FIELD_INT, 4, UNIT_NONE, false, "int" },
	{ "comm", FIELD_FIXED, FIELD_STRING, 1, UNIT_NONE, false, "char" },
	{ "pid", FIELD_FIXED, FIELD_INT, 4, UNIT_NONE, false, "pid_t" },
	{ "path", FIELD_DATA_LOC, FIELD_STRING, 1, UNIT_NONE, false, "__data_loc char[]" },
	{ "numbers", FIELD_REL_LOC, FIELD_ARRAY, 4, UNIT_NONE, false, "__rel_loc u32[]" },
	{ "mask", FIELD_DATA_LOC, FIELD_BITMASK, 8, UNIT_NONE, false, "__data_loc cpumask_t" },
	{ "args", FIELD_FIXED, FIELD_ARRAY, 8, UNIT_NONE, true, "unsigned long" },
	{ "argv", FIELD_FIXED, FIELD_INT, 8, UNIT_POINTER, true, "const char *const *" },
	{ "yes", FIELD_FIXED, FIELD_INT, 1, UNIT_BOOL, false, "bool" },
	{ "kind", FIELD_FIXED, FIELD_INT, 4, UNIT_NONE, false, "enum kind" },
	{ "both", FIELD_FIXED, FIELD_BYTES, 1, UNIT_NONE, false, "struct pair" },
	{ "addr", FIELD_FIXED, FIELD_ARRAY, 1, UNIT_NONE, false, "u8" },
	{ "bits", FIELD_FIXED, FIELD_BYTES, 1, UNIT_NONE, false, "unsigned int" },
	{ "big", FIELD_FIXED, FIELD_INT, 8, UNIT_NONE, false, "unsigned long long int" },
	{ "delay", FIELD_FIXED, FIELD_INT, 8, UNIT_NS, false, "ns_t" },
	{ "peer", FIELD_FIXED, FIELD_BYTES, 1, UNIT_IP6, false, "ip6_t" },
	{ "mac", FIELD_FIXED, FIELD_ARRAY, 1, UNIT_NONE, false, "unsigned char" },
	{ "word", FIELD_FIXED, FIELD_INT, 8, UNIT_NONE, true, "unsigned long" },
	{ "buf", FIELD_TAIL, FIELD_STRING, 1, UNIT_NONE, false, "char" },
};

static void fields_mean_what_they_say(void **state)
{
	struct schema *s = parse(FORMAT(77, FIELDS, "\"%s\", REC->comm\n\n\n"));

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct field *f = schema_field(s, expected[i].name);

		if (!f)
			fail_msg("no field %s", expected[i].name);
		if (f->place != expected[i].place || f->kind != expected[i].kind ||
		    f->elem_size != expected[i].elem_size || f->unit != expected[i].unit ||
		    f->is_long != expected[i].is_long || strcmp(f->type, expected[i].type))
			fail_msg("%s: place %u kind %u elem %u unit %u long %u type '%s'", f->name,
				 f->place, f->kind, f->elem_size, f->unit, f->is_long, f->type);
	}
	assert_int_equal(s->count, 4 + 18);
	assert_int_equal(s->common_count, 4);
	assert_int_equal(s->id, 77);
	assert_int_equal(s->min_size, 168);
	assert_string_equal(s->name, "event");
	assert_string_equal(s->print_fmt, "\"%s\", REC->comm"); /* the padding is gone */
	assert_ptr_equal(s->pid, schema_field(s, "common_pid"));
	assert_int_equal(s->role, ROLE_NONE);
	schema_free(s);
}

static void machine_sets_word_size(void **state)
{
	struct schema *s =
	    parse_in("test",
		     FORMAT(1,
			    "\tfield:__data_loc long[] l;\toffset:8;\tsize:4;\tsigned:1;\n"
			    "\tfield:void * p;\toffset:12;\tsize:4;\tsigned:0;\n",
			    "\"\""),
		     foreign);

	assert_int_equal(schema_field(s, "l")->elem_size, 4);
	assert_int_equal(schema_field(s, "p")->unit, UNIT_POINTER);
	schema_free(s);
}

/* Old kernels say no "signed:"; then the type's name tells. */
static void sign_follows_type(void **state)
{
	struct schema *s = parse(FORMAT(1,
					"\tfield:int a;\toffset:8;\tsize:4;\n"
					"\tfield:unsigned int b;\toffset:12;\tsize:4;\n"
					"\tfield:s64 c;\toffset:16;\tsize:8;\n",
					"\"\""));

	assert_true(schema_field(s, "a")->is_signed);
	assert_false(schema_field(s, "b")->is_signed);
	assert_true(schema_field(s, "c")->is_signed);
	schema_free(s);
}

/* As the kernel's 9p:9p_client_req does; for fields it stays refused. */
static void events_may_begin_with_a_digit(void **state)
{
	struct schema *s = parse_in("9p",
				    "name: 9p_client_req\nID: 9\nformat:\n" COMMON
				    "\tfield:__u8 type;\toffset:8;\tsize:1;\tsigned:0;\n"
				    "\nprint fmt: \"request %d\", REC->type\n",
				    native);

	assert_string_equal(s->name, "9p_client_req");
	schema_free(s);
}

/* The stack of ftrace is as long as its record, whatever its brackets say. */
static void kernel_stack_is_open(void **state)
{
	const char *text = "name: kernel_stack\nID: 4\nformat:\n" COMMON
			   "\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
			   "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n"
			   "\nprint fmt: \"\"\n";
	struct schema *s = parse_in("ftrace", text, native);

	assert_int_equal(schema_field(s, "caller")->place, FIELD_TAIL);
	assert_int_equal(s->min_size, 16);
	schema_free(s);
	s = parse_in("other", text, native);
	assert_int_equal(schema_field(s, "caller")->place, FIELD_FIXED);
	assert_int_equal(s->min_size, 80);
	schema_free(s);
}

#define ONE(decl, attributes) FORMAT(1, "\tfield:" decl ";\t" attributes "\n", "\"\"")

static const struct {
	const char *text, *says;
} refused[] = {
	{ "", "event's name" },
	{ "name: a b\nID: 1\n", "no word" },
	{ "name: a-b\nID: 1\n", "no word" },
	{ "name:\nID: 1\n", "no word" },
	{ "name: a\nformat:\n" COMMON, "ID" },
	{ "name: a\nID: 32768\nformat:\n" COMMON, "32767" },
	{ "name: a\nID: -1\nformat:\n" COMMON, "32767" },
	{ "name: a\nID: 1\nformat:\n", "common_type" },
	{ "name: a\nID: 1\n\tfield:u16 common_type; offset:0; size:2; signed:0;\n", "common_pid" },
	{ ONE("int a%", "offset:8; size:4; signed:1;"), "no identifier" },
	{ ONE("int \xc3\xa4", "offset:8; size:4; signed:1;"), "no identifier" },
	{ ONE("int 1a", "offset:8; size:4; signed:1;"), "no identifier" },
	{ ONE("int (*f)(void)", "offset:8; size:8; signed:0;"), "no identifier" },
	{ ONE("a", "offset:8; size:4; signed:1;"), "no type" },
	{ ONE("int a]", "offset:8; size:4; signed:1;"), "bracket" },
	{ ONE("int a", "offset:8; signed:1;"), "offset or size" },
	{ ONE("int a", "offset:-8; size:4; signed:1;"), "offset or size" },
	{ ONE("int a", "offset:4294967300; size:4; signed:1;"), "offset or size" },
	{ ONE("int a", "offset:1048576; size:4; signed:1;"), "offset or size" },
	{ ONE("int a", "offset:8; size:4; signed:2;"), "signed" },
	{ ONE("__data_loc char[] a", "offset:8; size:8; signed:0;"), "__data_loc" },
	{ ONE("int common_pid", "offset:8; size:4; signed:1;"), "two fields" },
	{ "name: a\nID: 1\n\tfield:int a\n", "no ';'" },
};

static void refusals_say_why(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct err e = ERR_INIT;
		struct schema *s = NULL;
		int ret =
		    schema_parse("test", refused[i].text, strlen(refused[i].text), native, &s, &e);

		if (ret != -EINVAL || s || !strstr(e.text, refused[i].says))
			fail_msg("%zu: %d '%s', wanted '%s'", i, ret, e.text, refused[i].says);
	}
}

static void bounds_are_kept(void **state)
{
	struct strbuf b = { 0 };
	struct err e = ERR_INIT;
	struct schema *s = NULL;
	char *big;

	strbuf_str(&b, "name: a\nID: 1\n" COMMON);
	for (unsigned i = 0; i < SCHEMA_FIELDS_MAX; i++)
		strbuf_fmt(&b, "\tfield:int f%u;\toffset:8;\tsize:4;\tsigned:1;\n", i);
	assert_int_equal(schema_parse("test", b.s, b.len, native, &s, &e), -EINVAL);
	assert_non_null(strstr(e.text, "too many"));
	strbuf_done(&b);
	big = calloc(1, SCHEMA_FORMAT_MAX + 1);
	assert_int_equal(schema_parse("test", big, SCHEMA_FORMAT_MAX + 1, native, &s, &e), -E2BIG);
	assert_null(s);
	free(big);
}

/* Every prefix, and every byte changed: refused or taken, never worse (the sanitizers look on). */
static void damage_does_no_harm(void **state)
{
	static const char text[] = FORMAT(77, FIELDS, "\"%s %d\", REC->comm, REC->pid");
	const uint8_t rec[256] = { 0 };
	char copy[sizeof(text)];

	for (size_t i = 0; i < sizeof(text) * 3; i++) {
		static const char odd[] = { ';', '\0', '[' };
		size_t at = i % sizeof(text);
		struct schema *s = NULL;
		struct strbuf out = { 0 };
		size_t size = i < sizeof(text) ? at : sizeof(text) - 1;

		memcpy(copy, text, sizeof(text));
		copy[at] = i < sizeof(text) ? copy[at] : odd[i / sizeof(text)];
		if (schema_parse("test", copy, size, native, &s, NULL))
			continue;
		text_print(s, NULL, rec, sizeof(rec), &out);
		text_plain(s, rec, sizeof(rec), &out);
		strbuf_done(&out);
		schema_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_mean_what_they_say),
		cmocka_unit_test(machine_sets_word_size),
		cmocka_unit_test(sign_follows_type),
		cmocka_unit_test(events_may_begin_with_a_digit),
		cmocka_unit_test(kernel_stack_is_open),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
