/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout: events of structs that clang compiled, as records and as text.
 */
#include "tests/unit/layout_fixture.h"

static struct btf *btf;

static int open_object(void **state)
{
	char path[4096];

	btf = btf__parse(layouts_path(path, sizeof(path)), NULL);
	return btf ? 0 : -1;
}

static int close_object(void **state)
{
	btf__free(btf);
	return 0;
}

static struct layout layout_of(const char *type, const struct manifest *m)
{
	struct err e = ERR_INIT;
	struct layout l = { 0 };
	int id = btf_find_struct(btf, type, &e);

	if (id < 0 || btf_format_event(btf, (uint32_t)id, m, "demo", &l, &e))
		fail_msg("%s: %s", type, e.text);
	return l;
}

static void every_event_is_said(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(layout_events); i++) {
		const struct layout_event *ev = &layout_events[i];
		struct layout l = layout_of(ev->type, NULL);

		assert_said(&l, ev->bytes, (uint32_t)ev->size, ev->text);
		layout_done(&l);
	}
}

/* An event that is too short is damaged, and nothing behind it is read. */
static void short_events_do_no_harm(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(layout_events); i++) {
		const struct layout_event *ev = &layout_events[i];
		struct layout l = layout_of(ev->type, NULL);

		for (uint32_t size = 0; size < ev->size; size++) {
			void *bytes = malloc(size ? size : 1);

			memcpy(bytes, ev->bytes, size);
			free(said(&l, bytes, size, false));
			free(said(&l, bytes, size, true));
			free(bytes);
		}
		layout_done(&l);
	}
}

static void assert_part(struct layout_part p, uint32_t at, uint32_t size)
{
	assert_int_equal(p.size, size);
	assert_int_equal(p.at, at);
}

static void values_of_the_row_are_found(void **state)
{
	struct layout l = layout_of("usual", NULL);

	assert_part(l.time, 0, 8);
	assert_part(l.cgroup, 8, 8);
	assert_part(l.cpu, 16, 4);
	assert_part(l.tid, 20, 4);
	assert_part(l.pid, 24, 4);
	assert_part(l.uid, 28, 4);
	assert_part(l.comm, 32, 16);
	assert_null(declared(&l, "ts"));
	assert_null(declared(&l, "cpu"));
	assert_null(declared(&l, "tid"));
	assert_string_equal(declared(&l, "pid"), "s32 pid;\toffset:32;\tsize:4;\tsigned:1;");
	assert_string_equal(declared(&l, "comm"),
			    "char comm[16];\toffset:40;\tsize:16;\tsigned:0;");
	layout_done(&l);
	/* who says tgid means the thread by pid */
	l = layout_of("old", NULL);
	assert_part(l.time, 24, 8);
	assert_part(l.tid, 0, 4);
	assert_part(l.pid, 4, 4);
	assert_part(l.comm, 8, 16);
	assert_part(l.cpu, 32, 4);
	assert_part(l.cgroup, 40, 8);
	assert_part(l.uid, 0, 0);
	layout_done(&l);
}

static void the_common_fields_are_written(void **state)
{
	struct layout l = layout_of("usual", NULL);
	uint8_t rec[128];

	memset(rec, 0xff, sizeof(rec));
	layout_put(&l, 31999, &usual_event, sizeof(usual_event), rec);
	assert_int_equal(load_u16(rec), 31999);
	assert_int_equal(load_u16(rec + 2), 0);
	assert_int_equal(load_u32(rec + 4), 1002);
	assert_memory_equal(rec + 8, &usual_event, sizeof(usual_event));
	assert_int_equal(rec[8 + sizeof(usual_event)], 0xff);
	assert_int_equal(layout_record(&l, 1000), 8 + sizeof(usual_event));
	layout_done(&l);
}

static void the_manifest_says_otherwise(void **state)
{
	struct manifest m = manifest_of("time = a64\npid = a32\nhide = a8, b8 , wide\n"
					"type.took = bytes_t\ntype.a16 = bool\ntype.hops_0 = u\n");
	struct err e = ERR_INIT;
	struct layout l;
	int id = btf_find_struct(btf, "struct numbers", &e);

	assert_int_equal(btf_format_event(btf, (uint32_t)id, &m, "demo", &l, &e), -EINVAL);
	assert_string_equal(e.text, "demo: type.hops_0 = u: no type word for 4 bytes");
	manifest_done(&m);
	m = manifest_of("time = a64\npid = a32\nhide = a8, b8 , wide\ntype.took = bytes_t\n"
			"type.a16 = bool");
	l = layout_of("numbers", &m);
	assert_part(l.time, 24, 8);
	assert_part(l.pid, 16, 4);
	assert_string_equal(declared(&l, "took"), "bytes_t took;\toffset:56;\tsize:8;\tsigned:0;");
	assert_string_equal(declared(&l, "ts"), "u64 ts;\toffset:8;\tsize:8;\tsigned:0;");
	assert_said(&l, &numbers_event, sizeof(numbers_event),
		    "ts=0 a16=true b16=-30000 b32=-2000000000 b64=-9000000000000000000 yes=true "
		    "no=false took=1500 length=4096 result=-ENOENT where=0xffff888000001000 "
		    "call=0x7f0000001234 from=127.0.0.1 to=2001:db8::1 hops_0=1.2.3.4 "
		    "hops_1=5.6.7.8");
	layout_done(&l);
	manifest_done(&m);
}

static void the_author_prints(void **state)
{
	static const struct {
		const char *type, *manifest, *want;
	} cases[] = {
		{ "numbers",
		  "print = \"%s to %s: 100%% \\\"%s\\\" %x %5d|\", from, to, yes, a64, b8",
		  "127.0.0.1 to 2001:db8::1: 100% \"true\" f9ccd8a1c5080000  -100|" },
		{ "numbers", "print = \"%llu %s\", REC->a64 / 1000, wide",
		  "18000000000000000 0x112233445566778899aabbccddeeff00" },
		{ "names", "print = \"%s %d %s\", state, gone, access",
		  "STATE_SLEEPING -1 ACCESS_READ|ACCESS_EXEC" },
		{ "texts", "print = \"%s and %8s|\", path, path", "name it and  name it|" },
		{ "floats", "print = \"%s\", minus", "-0.250000" },
		{ "nested", "print = \"%d %s\", at.x, mac",
		  "-1 00 01 02 03 04 05 fa fb fc fd fe ff" },
		{ "old", "print = \"nothing\"", "nothing" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t k = 0; k < ARRAY_SIZE(layout_events); k++) {
			const struct layout_event *ev = &layout_events[k];
			struct manifest m;
			struct layout l;

			if (strcmp(ev->type, cases[i].type) != 0)
				continue;
			m = manifest_of(cases[i].manifest);
			l = layout_of(ev->type, &m);
			assert_said(&l, ev->bytes, (uint32_t)ev->size, cases[i].want);
			layout_done(&l);
			manifest_done(&m);
		}
}

static void what_is_said_wrong_is_refused(void **state)
{
	static const struct {
		const char *manifest, *why;
	} cases[] = {
		{ "time = nowhere", "demo: time = nowhere: the event has no such member" },
		{ "time = a32", "demo: time = a32: not a number of 8 to 8 bytes" },
		{ "comm = a32", "demo: comm = a32: not a text of 2 to 64 bytes" },
		{ "print = %d, a8",
		  "demo: print: it begins with the format in quotes: \"FORMAT\", FIELD, ..." },
		{ "print = \"%d", "demo: print: it begins with the format in quotes: "
				  "\"FORMAT\", FIELD, ..." },
		{ "print = \"%d\"", "demo: print: more conversions than fields" },
		{ "print = \"%d\", a8, b8", "demo: print: fields without a conversion: , b8" },
		{ "print = \"%d\", none", "demo: print: the event has no member none" },
		{ "print = \"%d\", ts", "demo: print: ts is a value of the row itself" },
		{ "print = \"%*d\", a8, a8", "demo: print: a conversion of no use: %*d" },
		{ "print = \"%\", a8", "demo: print: a conversion of no use: %" },
		{ "type.from = ip6_t", "demo: type.from = ip6_t: no type word for 4 bytes" },
		{ "type.a8 = text", "demo: type.a8 = text: no type word for 1 bytes" },
		{ "type.a32 = tap_str", "demo: type.a32 = tap_str: no type word for 4 bytes" },
	};
	struct err e = ERR_INIT;
	struct layout l;
	int id = btf_find_struct(btf, "numbers", &e);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct manifest m = manifest_of(cases[i].manifest);

		assert_int_equal(btf_format_event(btf, (uint32_t)id, &m, "demo", &l, &e), -EINVAL);
		assert_string_equal(e.text, cases[i].why);
		manifest_done(&m);
	}
}

static void structs_are_found(void **state)
{
	struct err e = ERR_INIT;
	int usual = btf_find_struct(btf, NULL, &e);

	assert_true(usual > 0);
	assert_int_equal(usual, btf_find_struct(btf, "struct usual", &e));
	assert_int_equal(usual, btf_find_struct(btf, "usual", &e));
	assert_true(btf_find_struct(btf, "ip6_t", &e) > 0);
	assert_int_equal(btf_find_struct(btf, "u64", &e), -ENOENT);
	assert_int_equal(btf_find_struct(btf, "event", &e), -ENOENT);
	assert_string_equal(e.text, "the object's BTF has no struct event");
	assert_int_equal(btf_find_struct(btf, "", &e), -ENOENT);
}

static void numbers_are_widened(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7 };
	static const struct {
		struct layout_part p;
		uint32_t size;
		bool good;
		uint64_t want;
	} cases[] = {
		{ { 0, 1 }, 9, true, 0xff },	    { { 1, 2 }, 9, true, 0xfdfe },
		{ { 2, 4 }, 6, true, 0xfafbfcfd },  { { 1, 8 }, 9, true, 0xf7f8f9fafbfcfdfe },
		{ { 1, 8 }, 8, false, 0 },	    { { 2, 8 }, 9, false, 0 },
		{ { 0, 0 }, 9, false, 0 },	    { { 0, 3 }, 9, false, 0 },
		{ { UINT32_MAX, 4 }, 9, false, 0 }, { { 0, 16 }, 9, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t v = 0;

		assert_int_equal(layout_number(&cases[i].p, bytes, cases[i].size, &v),
				 cases[i].good);
		assert_true(v == cases[i].want);
	}
}

/* Bits at every place and of every width, against the plain way. */
static void bits_are_taken_out(void **state)
{
	static const uint8_t bytes[10] = { 0xa5, 0x3c, 0x7e, 0x81, 0x99,
					   0x12, 0xfe, 0x67, 0xc3, 0x5a };
	struct layout_extra x = { .kind = LAYOUT_BITS };
	struct layout l = { .shift = 8, .extras = &x, .extra_count = 1 };
	uint8_t rec[16];

	for (x.at = 0; x.at < 16; x.at++)
		for (x.bits = 1; x.bits <= 64; x.bits++)
			for (x.is_signed = 0;; x.is_signed = 1) {
				uint64_t want = 0;

				for (uint32_t i = 0; i < x.bits; i++)
					want |=
					    (uint64_t)(bytes[(x.at + i) / 8] >> ((x.at + i) % 8) &
						       1)
					    << i;
				if (x.is_signed && x.bits < 64 && want >> (x.bits - 1))
					want |= UINT64_MAX << x.bits;
				layout_put(&l, 1, bytes, sizeof(bytes), rec);
				assert_true(load_u64(rec + 8) == want);
				if (x.is_signed)
					break;
			}
}

static void bytes_stand_for_what_is_not_known(void **state)
{
	struct layout l;

	btf_format_bytes("raw", &l);
	assert_string_equal(l.name, "raw");
	assert_said(&l, "\x01\x02\xff", 3, "size=3 data=01 02 ff");
	assert_said(&l, "", 0, "size=0 data=");
	layout_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_said),
		cmocka_unit_test(short_events_do_no_harm),
		cmocka_unit_test(values_of_the_row_are_found),
		cmocka_unit_test(the_common_fields_are_written),
		cmocka_unit_test(the_manifest_says_otherwise),
		cmocka_unit_test(the_author_prints),
		cmocka_unit_test(what_is_said_wrong_is_refused),
		cmocka_unit_test(structs_are_found),
		cmocka_unit_test(numbers_are_widened),
		cmocka_unit_test(bits_are_taken_out),
		cmocka_unit_test(bytes_stand_for_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, open_object, close_object);
}
