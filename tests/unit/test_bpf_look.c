/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an object says of itself when it is looked at: kinds, types of events, options. It needs no
 * right. The loader is this program.
 */
#include "tests/unit/loader_fixture.h"

#include <elf.h>
#include <errno.h>

#include "bpf/programs.h"

static int setup(void **state)
{
	struct loader *l = NULL;

	if (loader_start(&l, NULL, NULL))
		return -1;
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	loader_stop(*state);
	return 0;
}

static void has(const char *text, const char *what)
{
	if (!text || !strstr(text, what))
		fail_msg("'%s' has no '%s'", text ? text : "(null)", what);
}

static void well(const struct loader_answer *a)
{
	if (a->err.code)
		fail_msg("%s", a->err.text);
}

/* Every format can be read by who will use it. */
static void check_formats(const struct loader_answer *a)
{
	struct schema *s = NULL;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < a->ring_count + a->table_count; i++) {
		const struct layout *l =
		    i < a->ring_count ? &a->rings[i].layout : &a->tables[i - a->ring_count].layout;

		if (layout_schema(l, "bpf", 32767, &s, &e))
			fail_msg("%s: %s\n%s", l->name, e.text, l->body);
		schema_free(s);
	}
}

static void test_builtins(void **state)
{
	for (const struct bpf_object_file *o = bpf_programs; o->name; o++) {
		struct loader_request r = { .what = LOADER_LOOK, .name = o->name, .fd = -1 };
		struct loader_answer *a;

		r.builtin = o->name;
		a = ask(*state, &r);
		well(a);
		/* One without a word for people serves the others. */
		assert_true(!a->blurb == !(a->ring_count + a->table_count));
		assert_true(a->kind == (!a->table_count ? BPF_EVENTS
					: a->ring_count ? BPF_BOTH
							: BPF_TABLE));
		check_formats(a);
		loader_answer_free(a);
	}
}

static void test_no_such_builtin(void **state)
{
	struct loader_request r = { .name = "nix", .builtin = "nix", .fd = -1 };

	refuses(*state, &r, "no BPF program 'nix' was built in");
}

/* ---- types of events ---- */

static struct loader_answer *look(struct loader *l, const char *name, const char *manifest)
{
	struct loader_request r = object_request(LOADER_LOOK, name);
	struct loader_answer *a;

	r.manifest = manifest;
	a = ask(l, &r);
	well(a);
	check_formats(a);
	return a;
}

static void test_value_type(void **state)
{
	struct loader_answer *a = look(*state, "typed.bpf.o", NULL);

	assert_int_equal(a->kind, BPF_EVENTS);
	assert_int_equal(a->ring_count, 1);
	assert_string_equal(a->rings[0].map, "ticks");
	assert_string_equal(a->rings[0].layout.name, "mine");
	has(a->rings[0].layout.body, "field:s32 answer;");
	assert_int_equal(a->rings[0].layout.time.size, 8);
	assert_null(a->rings[0].hint);
	assert_string_equal(a->blurb, "a tick of each CPU");
	assert_string_equal(a->cost, "next to nothing");
	loader_answer_free(a);
}

static void test_unused_type(void **state)
{
	struct loader_answer *a = look(*state, "perfbuf.bpf.o", NULL);

	assert_true(a->rings[0].is_perf);
	assert_int_equal(a->rings[0].layout.time.size, 8);
	has(a->rings[0].layout.body, "field:char comm[16];");
	loader_answer_free(a);
}

static void test_bytes(void **state)
{
	struct loader_answer *a = look(*state, "bootstrap.bpf.o", NULL);

	has(a->rings[0].hint, "event = struct NAME");
	has(a->rings[0].layout.body, "field:u64 size;");
	/* Beside a ring the hash serves the programs. */
	assert_int_equal(a->table_count, 0);
	assert_int_equal(a->kind, BPF_EVENTS);
	loader_answer_free(a);
}

static void test_dwarf(void **state)
{
	struct loader_answer *a = look(*state, "bootstrap.dwarf.o", NULL);

	assert_null(a->rings[0].hint);
	has(a->rings[0].layout.body, "exit_code;");
	has(a->rings[0].layout.body, "duration_ns;");
	assert_int_equal(a->rings[0].layout.tid.size, 4);
	loader_answer_free(a);
}

static void test_manifest(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "perfbuf.bpf.o");
	struct loader_answer *a;

	r.manifest = "blurb = mine\nevent = struct nix\n";
	refuses(*state, &r, "nix");
	a = look(*state, "perfbuf.bpf.o",
		 "event = events: struct signal_event\ntime = ts\n"
		 "lost = lost_events\n");
	has(a->rings[0].layout.body, "field:u32 pid;");
	assert_int_equal(a->lost_size, 8);
	assert_int_equal(a->lost, -1);
	loader_answer_free(a);
	r = object_request(LOADER_LOOK, "perfbuf.bpf.o");
	r.manifest = "lost = nowhere\n";
	refuses(*state, &r, "no global number");
	r = object_request(LOADER_LOOK, "perfbuf.bpf.o");
	r.manifest = "blurp = x\n";
	refuses(*state, &r, "blurb");
}

/* ---- tables ---- */

static void test_tables(void **state)
{
	struct loader_answer *a = look(*state, "count.bpf.o", NULL);

	assert_int_equal(a->kind, BPF_TABLE);
	assert_int_equal(a->table_count, 2); /* stacks are none */
	assert_string_equal(a->tables[0].map, "calls");
	assert_int_equal(a->tables[0].key_size, 4);
	assert_int_equal(a->tables[0].value_size, 8);
	assert_int_equal(a->tables[0].max_entries, 4096);
	assert_false(a->tables[0].is_array);
	assert_true(a->tables[1].is_array);
	assert_string_equal(a->tables[0].layout.name, "mine");
	assert_string_equal(a->tables[1].layout.name, "mine_sizes");
	loader_answer_free(a);
	a = look(*state, "count.bpf.o", "table = sizes\nhistogram = slots bytes\ncount = slots\n");
	assert_int_equal(a->table_count, 1);
	assert_string_equal(a->tables[0].map, "sizes");
	assert_string_equal(a->tables[0].histogram, "slots");
	assert_string_equal(a->tables[0].counts, "slots");
	assert_int_equal(a->tables[0].histogram_unit, OPTION_BYTES);
	loader_answer_free(a);
	/* With a manifest that names it, the hash beside a ring is one. */
	a = look(*state, "bootstrap.bpf.o", "table = exec_start\n");
	assert_int_equal(a->kind, BPF_BOTH);
	loader_answer_free(a);
}

static void test_no_table(void **state)
{
	struct loader_request r = object_request(LOADER_LOOK, "count.bpf.o");

	r.manifest = "table = nowhere\n";
	refuses(*state, &r, "no such map");
	r = object_request(LOADER_LOOK, "count.bpf.o");
	r.manifest = "table = stacks\n";
	refuses(*state, &r, "stacks");
}

/* ---- options ---- */

static void test_options(void **state)
{
	static const struct {
		const char *name, *value, *help;
		uint8_t unit;
	} want[] = {
		{ "least", "1ms", "shortest one", OPTION_NS },
		{ "hz", "99", "ticks a second", OPTION_HZ },
		{ "answer", "-42", "a number", OPTION_NUMBER },
		{ "loud", "no", "also the others", OPTION_FLAG },
		{ "mode", "MODE_SECOND", "one of some", OPTION_NUMBER },
		{ "word", "abc", "a word", OPTION_TEXT },
		{ "tiny", "5%", "a share", OPTION_PERCENT },
	};
	struct loader_answer *a = look(*state, "typed.bpf.o", NULL);

	assert_int_equal(a->option_count, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const struct bpf_option *o = option_of(a, want[i].name);

		assert_string_equal(o->value, want[i].value);
		assert_string_equal(o->help, want[i].help);
		assert_int_equal(o->unit, want[i].unit);
	}
	assert_true(option_of(a, "hz")->has_range);
	assert_int_equal(option_of(a, "hz")->most, 1000);
	assert_int_equal(option_of(a, "least")->most, 10 * NSEC_PER_SEC);
	assert_false(option_of(a, "answer")->has_range);
	loader_answer_free(a);
	/* Without a manifest all are options. */
	a = look(*state, "bootstrap.bpf.o", NULL);
	assert_int_equal(option_of(a, "min_duration_ns")->unit, OPTION_NS);
	loader_answer_free(a);
}

static void test_set_options(void **state)
{
	static const struct {
		const char *name, *value, *now; /* now: or what the error says */
		bool fails;
	} sets[] = {
		{ "least", "250us", "250us", false },
		{ "least", "0", "0", false },
		{ "least", "1.5s", "1500ms", false },
		{ "least", "5", "with its unit", true },
		{ "least", "11s", "from 0 to 10s", true },
		{ "hz", "1000", "1000", false },
		{ "hz", "0", "from 1 to 1000", true },
		{ "hz", "many", "such as 99", true },
		{ "answer", "-32768", "-32768", false },
		{ "answer", "-32769", "does not fit", true },
		{ "answer", "0x10", "16", false },
		{ "loud", "on", "yes", false },
		{ "loud", "perhaps", "yes or no", true },
		{ "mode", "MODE_THIRD", "MODE_THIRD", false },
		{ "mode", "MODE_THIRT", "did you mean 'MODE_THIRD'", true },
		{ "mode", "1", "MODE_SECOND", false },
		{ "word", "seven77", "seven77", false },
		{ "word", "eight888", "at most 7 bytes", true },
		{ "word", "", "", false },
		{ "tiny", "100%", "100%", false },
		{ "tiny", "101", "from 0% to 100%", true },
		{ "leats", "1ms", "did you mean 'least'", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");
		struct loader_option o = { sets[i].name, sets[i].value };
		struct loader_answer *a;

		r.options = &o;
		r.option_count = 1;
		if (sets[i].fails) {
			refuses(*state, &r, sets[i].now);
			continue;
		}
		a = ask(*state, &r);
		well(a);
		assert_string_equal(option_of(a, sets[i].name)->value, sets[i].now);
		loader_answer_free(a);
	}
}

static void test_bad_option_lines(void **state)
{
	static const char *const lines[][2] = {
		{ "option.least = nss a time\n", "did you mean 'ns'" },
		{ "option.least = ns 5..1 a time\n", "no range" },
		{ "option.least = text a time\n", "no text" },
		{ "option.word = number a word\n", "array of characters" },
		{ "option.nowhere = number\n", "const volatile" },
		{ "histogram = slots parsecs\ntable = ticks\n", "ticks" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct loader_request r = object_request(LOADER_LOOK, "typed.bpf.o");

		r.manifest = lines[i][0];
		refuses(*state, &r, lines[i][1]);
	}
}

static void test_progs(void **state)
{
	struct loader_answer *a = look(*state, "typed.bpf.o", NULL);

	assert_int_equal(a->prog_count, 6);
	assert_string_equal(prog_of(a, "on_tick")->section, "perf_event");
	has(prog_of(a, "on_demand")->why, "'?'");
	assert_null(prog_of(a, "on_nothing")->why);
	loader_answer_free(a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_builtins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_such_builtin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_value_type, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unused_type, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dwarf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_manifest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_option_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_progs, setup, teardown),
	};

	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
