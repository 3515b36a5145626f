/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarf_format: the debugger's types say what BTF says, and more.
 */
#include "bpf/dwarf_format.h"
#include "tests/unit/layout_fixture.h"

static char *object;
static size_t object_size;

static int read_object(void **state)
{
	char path[4096];
	FILE *f = fopen(layouts_path(path, sizeof(path)), "re");

	object = malloc(1 << 20);
	object_size = f ? fread(object, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return object_size ? 0 : -1;
}

static int free_object(void **state)
{
	free(object);
	return 0;
}

static void formats_are_those_of_btf(void **state)
{
	char path[4096];
	struct btf *btf = btf__parse(layouts_path(path, sizeof(path)), NULL);

	for (size_t i = 0; i < ARRAY_SIZE(layout_events); i++) {
		const struct layout_event *ev = &layout_events[i];
		struct err e = ERR_INIT;
		struct layout a, b;
		int id = btf_find_struct(btf, ev->type, &e);

		assert_int_equal(btf_format_event(btf, (uint32_t)id, NULL, "demo", &a, &e), 0);
		if (dwarf_format_event(object, object_size, ev->type, NULL, "demo", &b, &e))
			fail_msg("%s: %s", ev->type, e.text);
		assert_string_equal(a.body, b.body);
		assert_int_equal(a.size, b.size);
		assert_int_equal(a.extra_count, b.extra_count);
		assert_memory_equal(a.extras, b.extras, a.extra_count * sizeof(*a.extras));
		assert_memory_equal(&a.time, &b.time, sizeof(a.time));
		layout_done(&a);
		layout_done(&b);
	}
	btf__free(btf);
}

/* struct event is in no map and no global: only DWARF has it. */
static void a_struct_of_its_own_is_found(void **state)
{
	const struct event event = { 1, 77, "who", { 1, 2, 3 } };
	struct manifest m = manifest_of("type.stack = kaddr_t\ntime = time_ns");
	struct err e = ERR_INIT;
	struct layout l;

	assert_int_equal(dwarf_format_event(object, object_size, NULL, &m, "demo", &l, &e), 0);
	assert_string_equal(declared(&l, "stack"),
			    "kaddr_t stack[3];\toffset:40;\tsize:24;\tsigned:0;");
	assert_string_equal(declared(&l, "comm"),
			    "char comm[16];\toffset:20;\tsize:16;\tsigned:0;");
	assert_said(&l, &event, sizeof(event), "stack={0x1,0x2,0x3}");
	layout_done(&l);
	manifest_done(&m);
}

static void what_is_not_there_is_said(void **state)
{
	struct err e = ERR_INIT;
	struct layout l;

	assert_int_equal(
	    dwarf_format_event(object, object_size, "struct nowhere", NULL, "demo", &l, &e),
	    -ENOENT);
	assert_string_equal(e.text, "the debug information has no struct nowhere");
	assert_int_equal(dwarf_format_event(object, 0, NULL, NULL, "demo", &l, &e), -ENOENT);
	assert_int_equal(dwarf_format_event("no ELF at all", 13, NULL, NULL, "demo", &l, &e),
			 -EINVAL);
	/* an object that was cut has no sections */
	assert_true(dwarf_format_event(object, 64, NULL, NULL, "demo", &l, &e) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_those_of_btf),
		cmocka_unit_test(a_struct_of_its_own_is_found),
		cmocka_unit_test(what_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, read_object, free_object);
}
