/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_format: types that no compiler makes, or none that is here, as formats.
 */
#include <sys/syscall.h>

#include "bpf/members.h"
#include "bpf/types.h"
#include "tests/unit/layout_fixture.h"

/* Ids of types that every BTF of these tests begins with. */
enum {
	T_U32 = 1,
	T_CHAR,
	T_U8,
	T_U64,
	T_FLOAT,
	T_BOOL,
};

static struct btf *btf_new(void)
{
	struct btf *btf = btf__new_empty();

	assert_int_equal(btf__add_int(btf, "unsigned int", 4, 0), T_U32);
	assert_int_equal(btf__add_int(btf, "char", 1, BTF_INT_SIGNED), T_CHAR);
	assert_int_equal(btf__add_int(btf, "unsigned char", 1, 0), T_U8);
	assert_int_equal(btf__add_int(btf, "unsigned long", 8, 0), T_U64);
	assert_int_equal(btf__add_float(btf, "float", 4), T_FLOAT);
	assert_int_equal(btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL), T_BOOL);
	return btf;
}

static struct layout layout_of(const struct btf *btf, int type)
{
	struct err e = ERR_INIT;
	struct layout l;

	if (btf_format_event(btf, (uint32_t)type, NULL, "demo", &l, &e))
		fail_msg("%s", e.text);
	return l;
}

static void assert_refused(const struct btf *btf, int type, const char *why)
{
	struct layout l = { .size = 77 };
	struct err e = ERR_INIT;

	assert_int_equal(btf_format_event(btf, (uint32_t)type, NULL, "demo", &l, &e), -EINVAL);
	assert_string_equal(e.text, why);
	assert_int_equal(l.size, 77);
}

static void names_become_identifiers(void **state)
{
	static const char *const names[] = { "Use%", "Use_pct", "a.b-c", "\x1b[1m",	"common_x",
					     "9th",  "a_b_c",	"int",	 "its_common_x" };
	static const char *const want[] = { "Use_pct", "Use_pct_2",    "a_b_c",
					    "__1m",    "its_common_x", "_9th",
					    "a_b_c_2", "int",	       "its_common_x_2" };
	struct btf *btf = btf_new();
	int id = btf__add_struct(btf, "odd", 4 * ARRAY_SIZE(names));
	struct layout l;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		btf__add_field(btf, names[i], T_U32, i * 32, 0);
	}
	l = layout_of(btf, id);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		char line[64];

		assert_non_null(declared(&l, want[i]));
		snprintf(line, sizeof(line), "u32 %s;\toffset:%u;\tsize:4;\tsigned:0;", want[i],
			 8 + 4 * i);
		assert_string_equal(declared(&l, want[i]), line);
	}
	layout_done(&l);
	btf__free(btf);
}

static void wide_enumerations_have_names(void **state)
{
	struct btf *btf = btf_new();
	uint64_t event[3] = { 1ULL << 40, UINT64_MAX, 77 };
	int e64, id;
	struct layout l;

	e64 = btf__add_enum64(btf, "wide", 8, true);
	btf__add_enum64_value(btf, "HIGH", 1ULL << 40);
	btf__add_enum64_value(btf, "MINUS", UINT64_MAX);
	btf__add_enum64_value(btf, "a \"quoted\" \x1b", 77);
	id = btf__add_struct(btf, "s", 24);
	btf__add_field(btf, "a", e64, 0, 0);
	btf__add_field(btf, "b", e64, 64, 0);
	btf__add_field(btf, "c", e64, 128, 0);
	l = layout_of(btf, id);
	assert_said(&l, event, sizeof(event), "a=HIGH b=MINUS c=a__quoted___");
	layout_done(&l);
	btf__free(btf);
}

/* A number that is a system call's is said by its name; one that nobody knows as a number. */
static void calls_have_names(void **state)
{
	struct btf *btf = btf_new();
	uint64_t event[2] = { SYS_openat, 4095 };
	int word = btf__add_typedef(btf, "syscall_t", T_U64), id;
	struct layout l;

	id = btf__add_struct(btf, "s", 16);
	btf__add_field(btf, "a", word, 0, 0);
	btf__add_field(btf, "b", word, 64, 0);
	l = layout_of(btf, id);
	assert_said(&l, event, sizeof(event), "a=openat b=0xfff");
	layout_done(&l);
	btf__free(btf);
}

/* Before there was kind_flag, an integer said itself how many bits it has, and from where. */
static void old_bit_fields_are_known(void **state)
{
	struct btf *btf = btf_new();
	int id = btf__add_int(btf, "unsigned int", 4, 0), s;
	struct btf_type *t = (struct btf_type *)btf__type_by_id(btf, (uint32_t)id);
	uint32_t event = 45 << 2 | 3 << 9 | 3;
	struct layout l;

	*(uint32_t *)(t + 1) = 2 << 16 | 7; /* 7 bits from the second on */
	s = btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "a", id, 0, 0);
	l = layout_of(btf, s);
	assert_said(&l, &event, sizeof(event), "a=45");
	layout_done(&l);
	btf__free(btf);
}

/* Members that are no numbers, of types that are odd. */
static void odd_types_are_bytes(void **state)
{
	struct btf *btf = btf_new();
	int big = btf__add_int(btf, "unsigned __int128", 16, 0);
	int long_double = btf__add_float(btf, "f", 16), many;
	int pairs, floats, wides, empty, id;
	uint8_t event[140] = { 0 };
	struct btf_type *t;
	struct layout l;

	many = btf__add_struct(btf, "pair", 2);
	btf__add_field(btf, "x", T_U8, 0, 0);
	btf__add_field(btf, "y", T_U8, 8, 0);
	pairs = btf__add_array(btf, T_U32, many, 17);
	floats = btf__add_array(btf, T_U32, T_FLOAT, 17);
	wides = btf__add_array(btf, T_U32, big, 1);
	empty = btf__add_struct(btf, "empty", 0);
	id = btf__add_struct(btf, "s", 140);
	btf__add_field(btf, "pairs", pairs, 0, 0);
	btf__add_field(btf, "nothing", empty, 34 * 8, 0);
	btf__add_field(btf, "floats", floats, 36 * 8, 0);
	btf__add_field(btf, "wides", wides, 104 * 8, 0);
	btf__add_field(btf, "long_double", long_double, 120 * 8, 0);
	btf__add_field(btf, "slanted", T_U8, 136 * 8, 0);
	t = (struct btf_type *)btf__type_by_id(btf, (uint32_t)id);
	btf_members(t)[5].offset += 3;
	l = layout_of(btf, id);
	assert_string_equal(declared(&l, "pairs"), "u8 pairs[34];\toffset:8;\tsize:34;\tsigned:0;");
	assert_null(declared(&l, "nothing"));
	assert_string_equal(declared(&l, "floats"),
			    "u8 floats[68];\toffset:44;\tsize:68;\tsigned:0;");
	assert_string_equal(declared(&l, "wides"),
			    "u64 wides[2];\toffset:112;\tsize:16;\tsigned:0;");
	assert_string_equal(declared(&l, "long_double"),
			    "u8 long_double[16];\toffset:128;\tsize:16;\tsigned:0;");
	assert_string_equal(declared(&l, "slanted"),
			    "u8 slanted[1];\toffset:144;\tsize:1;\tsigned:0;");
	free(said(&l, event, sizeof(event), false));
	layout_done(&l);
	btf__free(btf);
}

static void absurd_types_are_refused(void **state)
{
	struct btf *btf = btf_new();
	int forward = btf__add_fwd(btf, "later", BTF_FWD_STRUCT), id, loop, array, deep;

	assert_refused(btf, 0, "demo: its type is not known");
	assert_refused(btf, 9999, "demo: its type is not known");
	assert_refused(btf, forward, "demo: its type is not known");
	assert_refused(btf, btf__add_struct(btf, "empty", 0),
		       "demo: its type has no size, or more than 65000 bytes");
	assert_refused(btf, btf__add_struct(btf, "huge", 65001),
		       "demo: its type has no size, or more than 65000 bytes");
	id = btf__add_struct(btf, "outside", 8);
	btf__add_field(btf, "far", T_U64, 8, 0);
	assert_refused(btf, id, "demo: the member far lies outside of its struct");
	id = btf__add_struct(btf, "later", 8);
	btf__add_field(btf, "it", forward, 0, 0);
	assert_refused(btf, id, "demo: the member it is of a type that has no size");
	/* a typedef of itself, an array of itself, a struct within itself */
	loop = btf__add_typedef(btf, "again", btf__type_cnt(btf));
	assert_refused(btf, loop, "demo: its type is not known");
	array = btf__add_array(btf, T_U32, btf__type_cnt(btf), 1);
	assert_refused(btf, array, "demo: its type has no size, or more than 65000 bytes");
	id = btf__add_struct(btf, "holder", 8);
	btf__add_field(btf, "it", array, 0, 0);
	assert_refused(btf, id, "demo: the array it is of no type");
	deep = btf__add_struct(btf, "within", 8);
	btf__add_field(btf, "it", deep, 0, 0);
	assert_refused(btf, deep, "demo: its types nest too deep or repeat too often");
	array = btf__add_array(btf, T_U32, T_U64, UINT32_MAX);
	id = btf__add_struct(btf, "many", 8);
	btf__add_field(btf, "v", array, 0, 0);
	assert_refused(btf, id, "demo: the member v lies outside of its struct");
	btf__free(btf);
}

/* Empty structs in arrays in structs: nothing to show, and soon at an end. */
static void repetition_ends(void **state)
{
	struct btf *btf = btf_new();
	int id = btf__add_struct(btf, "nothing", 0);

	for (unsigned i = 0; i < 5; i++) { /* 16^5 of them */
		int array = btf__add_array(btf, T_U32, id, 16);

		id = btf__add_struct(btf, "more", 0);
		btf__add_field(btf, "", array, 0, 0);
	}
	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "v", id, 0, 0);
	assert_refused(btf, (int)btf__type_cnt(btf) - 1,
		       "demo: its types nest too deep or repeat too often");
	btf__free(btf);
}

static void too_many_members_end_in_bytes(void **state)
{
	struct btf *btf = btf_new();
	int id = btf__add_struct(btf, "s", 4 * 600);
	struct layout l;
	char name[16];

	for (unsigned i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		btf__add_field(btf, name, T_U32, i * 32, 0);
	}
	l = layout_of(btf, id);
	assert_non_null(declared(&l, "f510"));
	assert_null(declared(&l, "f511"));
	assert_string_equal(declared(&l, "rest"),
			    "u8 rest[356];\toffset:2052;\tsize:356;\tsigned:0;");
	layout_done(&l);
	btf__free(btf);
}

static void many_bit_fields_end_in_bytes(void **state)
{
	struct btf *btf = btf_new();
	int id = btf__add_struct(btf, "s", 40);
	uint8_t event[40];
	struct layout l;
	char name[16], *is;

	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "b%u", i);
		btf__add_field(btf, name, T_U32, i, 1);
	}
	memset(event, 0xaa, sizeof(event));
	l = layout_of(btf, id);
	assert_int_equal(l.extra_count, LAYOUT_EXTRAS);
	assert_string_equal(declared(&l, "b255"), "u64 b255;\toffset:2048;\tsize:8;\tsigned:0;");
	assert_string_equal(declared(&l, "b256"), "u8 b256[1];\toffset:2088;\tsize:1;\tsigned:0;");
	is = said(&l, event, sizeof(event), false);
	assert_non_null(strstr(is, " b254=0 b255=1 b256=aa "));
	free(is);
	layout_done(&l);
	btf__free(btf);
}

/* The key, then the value on the next 8 bytes; nothing is left out. */
static void entries_have_keys_and_values(void **state)
{
	struct {
		uint32_t key;
		uint32_t gap;
		uint64_t ts;
		uint32_t pid;
		char comm[16];
		uint32_t key_2;
	} event = { 7, 0, 8, 9, "who", 10 };
	struct btf *btf = btf_new();
	struct err e = ERR_INIT;
	struct layout l;
	uint32_t types[2] = { T_U32, 0 };
	int text = btf__add_array(btf, T_U32, T_CHAR, 16);

	types[1] = (uint32_t)btf__add_struct(btf, "value", 32);
	btf__add_field(btf, "ts", T_U64, 0, 0);
	btf__add_field(btf, "pid", T_U32, 64, 0);
	btf__add_field(btf, "comm", text, 96, 0);
	btf__add_field(btf, "key", T_U32, 224, 0);
	assert_int_equal(btf_format_entry(btf, types, NULL, "demo", &l, &e), 0);
	assert_said(&l, &event, sizeof(event), "key=7 ts=8 pid=9 comm=who key_2=10");
	assert_int_equal(l.comm.at, 20);
	assert_int_equal(l.pid.at, 16);
	layout_done(&l);
	types[0] = types[1] = T_U64;
	assert_int_equal(btf_format_entry(btf, types, NULL, "demo", &l, &e), 0);
	assert_said(&l, (uint64_t[2]) { 1, 2 }, 16, "key=1 value=2");
	layout_done(&l);
	types[1] = 0;
	assert_int_equal(btf_format_entry(btf, types, NULL, "demo", &l, &e), -EINVAL);
	assert_string_equal(e.text, "the value of the map demo: its type is not known");
	btf__free(btf);
}

/* Nothing is behind an entry: what would be there is no field, and the value is not cut off. */
static void entries_end_with_their_value(void **state)
{
	struct btf *btf = btf_new();
	int text = btf__add_typedef(btf, "tap_str", T_U32),
	    rest = btf__add_array(btf, T_U32, T_U8, 0);
	uint32_t types[2] = { 0, T_U64 };
	uint64_t event[3] = { 1, 2, 3 };
	struct err e = ERR_INIT;
	struct layout l;

	types[0] = (uint32_t)btf__add_struct(btf, "key", 8);
	btf__add_field(btf, "n", T_U32, 0, 0);
	btf__add_field(btf, "said", text, 32, 0);
	btf__add_field(btf, "rest", rest, 64, 0);
	assert_int_equal(btf_format_entry(btf, types, NULL, "demo", &l, &e), 0);
	assert_int_equal(l.size, 16);
	assert_int_equal(layout_record(&l, sizeof(event)), 8 + 16);
	assert_said(&l, event, sizeof(event), "n=1 value=2");
	layout_done(&l);
	btf__free(btf);
}

/* A global that points to the struct; two of them that differ say nothing. */
static void globals_name_the_struct(void **state)
{
	struct btf *btf = btf_new();
	struct err e = ERR_INIT;
	int a = btf__add_struct(btf, "a", 4), b = btf__add_struct(btf, "b", 4);

	assert_int_equal(btf_find_struct(btf, NULL, &e), -ENOENT);
	btf__add_var(btf, "unused_u32", BTF_VAR_STATIC, btf__add_ptr(btf, T_U32));
	btf__add_var(btf, "other_a", BTF_VAR_STATIC, btf__add_ptr(btf, b));
	assert_int_equal(btf_find_struct(btf, NULL, &e), -ENOENT);
	btf__add_var(btf, "unused_a", BTF_VAR_STATIC,
		     btf__add_ptr(btf, btf__add_const(btf, btf__add_typedef(btf, "a_t", a))));
	assert_int_equal(btf_find_struct(btf, NULL, &e), a);
	btf__add_var(btf, "unused_again", BTF_VAR_STATIC, btf__add_ptr(btf, a));
	assert_int_equal(btf_find_struct(btf, NULL, &e), a);
	assert_int_equal(btf_find_struct(btf, "a_t", &e), a);
	btf__add_var(btf, "unused_b", BTF_VAR_STATIC, btf__add_ptr(btf, b));
	assert_int_equal(btf_find_struct(btf, NULL, &e), -EINVAL);
	btf__free(btf);
}

/* A value of the row has the size that it has everywhere, or it is something else. */
static void conventional_names_need_their_size(void **state)
{
	struct btf *btf = btf_new();
	int pids = btf__add_array(btf, T_U32, T_U32, 2),
	    text = btf__add_array(btf, T_U32, T_U8, 16);
	int id = btf__add_struct(btf, "s", 44);
	struct layout l;

	btf__add_field(btf, "time", T_U32, 0, 0);
	btf__add_field(btf, "ts", T_U32, 32, 0);
	btf__add_field(btf, "cpu", T_U64, 64, 0);
	btf__add_field(btf, "pid", pids, 128, 0);
	btf__add_field(btf, "uid", T_BOOL, 192, 0);
	btf__add_field(btf, "cgroup", T_U32, 224, 4);
	btf__add_field(btf, "task", text, 224, 0);
	l = layout_of(btf, id);
	assert_int_equal(l.time.size | l.cpu.size | l.pid.size | l.uid.size | l.cgroup.size, 0);
	assert_int_equal(l.comm.size, 16);
	assert_non_null(strstr(declared(&l, "task"), "char task[16]"));
	assert_non_null(declared(&l, "ts"));
	layout_done(&l);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_identifiers),
		cmocka_unit_test(wide_enumerations_have_names),
		cmocka_unit_test(calls_have_names),
		cmocka_unit_test(old_bit_fields_are_known),
		cmocka_unit_test(odd_types_are_bytes),
		cmocka_unit_test(absurd_types_are_refused),
		cmocka_unit_test(repetition_ends),
		cmocka_unit_test(too_many_members_end_in_bytes),
		cmocka_unit_test(many_bit_fields_end_in_bytes),
		cmocka_unit_test(entries_have_keys_and_values),
		cmocka_unit_test(entries_end_with_their_value),
		cmocka_unit_test(globals_name_the_struct),
		cmocka_unit_test(conventional_names_need_their_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
