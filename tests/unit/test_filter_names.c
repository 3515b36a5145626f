/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for values: states, flags and symbols of print formats, system calls, errors, signals,
 * addresses; which fields count nanoseconds; and what is said of a word that no field has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/filter_tree.h"
#include "core/names.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

#define STATES "{ 0x01, \"S\" }, { 0x02, \"D\" }, { 0x04, \"T\" }, { 0x10, \"X\" }, { 0x80, \"I\" }"

/* The kernel's own shapes: a mask with a word for zero, flags, symbols below zero. */
static const struct {
	const char *system, *text;
} formats[] = {
	{ "sched", "name: switched\nID: 20\nformat:\n" COMMON
		   "\tfield:long prev_state;\toffset:8;\tsize:8;\tsigned:1;\n"
		   "\tfield:unsigned long gfp_flags;\toffset:16;\tsize:8;\tsigned:0;\n"
		   "\tfield:int vec;\toffset:24;\tsize:4;\tsigned:1;\n"
		   "\tfield:bool fast;\toffset:28;\tsize:1;\tsigned:0;\n"
		   "\nprint fmt: \"%s%s flags=%s vec=%s\", (REC->prev_state & ((0x80 << 1) - 1)) ? "
		   "__print_flags(REC->prev_state & ((0x80 << 1) - 1), \"|\", " STATES
		   ") : \"R\", REC->prev_state & 0x100 ? \"+\" : \"\", (REC->gfp_flags) ? "
		   "__print_flags(REC->gfp_flags, \"|\", {(unsigned long)(0x10 | 0x20), "
		   "\"GFP_KERNEL\"}, {0x100UL, \"__GFP_ZERO\"}) : \"none\", "
		   "__print_symbolic(REC->vec, {0, \"HI\"}, {3, \"NET_RX\"}, {-1, \"a b\"})\n" },
	{ "raw_syscalls", "name: sys_enter\nID: 21\nformat:\n" COMMON
			  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
			  "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n"
			  "\tfield:int sig;\toffset:24;\tsize:4;\tsigned:1;\n"
			  "\tfield:u64 runtime;\toffset:32;\tsize:8;\tsigned:0;\n"
			  "\tfield:ns_t spent;\toffset:40;\tsize:8;\tsigned:0;\n"
			  "\tfield:u64 other;\toffset:48;\tsize:8;\tsigned:0;\n"
			  "\nprint fmt: \"NR %ld runtime=%Lu [ns] other=%Lu\", REC->id, "
			  "REC->runtime, REC->other\n" },
	{ "sock", "name: state\nID: 22\nformat:\n" COMMON
		  "\tfield:__u8 saddr[4];\toffset:8;\tsize:4;\tsigned:0;\n"
		  "\tfield:__u8 saddr_v6[16];\toffset:12;\tsize:16;\tsigned:0;\n"
		  "\tfield:ip4_t peer;\toffset:28;\tsize:4;\tsigned:0;\n"
		  "\tfield:unsigned char mac[6];\toffset:32;\tsize:6;\tsigned:0;\n"
		  "\tfield:__u8 from[28];\toffset:40;\tsize:28;\tsigned:0;\n"
		  "\tfield:ip6_t mapped;\toffset:72;\tsize:16;\tsigned:0;\n"
		  "\tfield:ip6_t v6;\toffset:88;\tsize:16;\tsigned:0;\n"
		  "\nprint fmt: \"\"\n" },
};

enum { SWITCHED, CALLS, SOCK, SCHEMAS };

struct names_fixture {
	struct schema_set *set;
	const struct schema *schema[SCHEMAS];
};

static struct names_fixture names_fixture_new(void)
{
	struct machine m = { .long_size = 8 };
	struct names_fixture fx = { .set = schema_set_new(m) };

	for (size_t i = 0; i < SCHEMAS; i++) {
		struct schema *s = NULL;
		struct err e = ERR_INIT;

		if (schema_parse(formats[i].system, formats[i].text, strlen(formats[i].text), m, &s,
				 &e) < 0)
			fail_msg("format %zu: %s", i, e.text);
		fx.schema[i] = schema_set_add(fx.set, s);
	}
	return fx;
}

static void put(uint8_t *rec, int schema)
{
	static const uint8_t v6[16] = {
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7
	};
	static const uint8_t v4[4] = { 10, 1, 2, 3 },
			     mac[6] = { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

	memset(rec, 0, 104);
	if (schema == SWITCHED) {
		store_u64(rec + 8, 0x102); /* D+ */
		store_u64(rec + 16, 0x130);
		store_u32(rec + 24, (uint32_t)-1);
		rec[28] = 1;
	} else if (schema == CALLS) {
		store_u64(rec + 8, SYS_openat);
		store_u64(rec + 16, (uint64_t)-ENOENT);
		store_u32(rec + 24, 9);
		store_u64(rec + 32, 1500000);
	} else {
		memcpy(rec + 8, v4, 4);
		memcpy(rec + 12, v6, 16);
		memcpy(rec + 28, v4, 4);
		memcpy(rec + 32, mac, 6);
		store_u16(rec + 40, 10); /* AF_INET6 */
		memcpy(rec + 48, v6, 16);
		memset(rec + 82, 0xff, 2);
		memcpy(rec + 84, v4, 4);
		memcpy(rec + 88, v6, 16);
	}
}

#define F FILTER_FALSE
#define T FILTER_TRUE
#define U FILTER_UNKNOWN

static const struct {
	const char *text;
	int schema;
	enum filter_value want;
} answers[] = {
	{ "prev_state == D", SWITCHED, T }, /* the + is another bit */
	{ "prev_state == S", SWITCHED, F },
	{ "prev_state != R", SWITCHED, T },
	{ "prev_state == 2|D", SWITCHED, T },
	{ "prev_state == R", SWITCHED, F },
	{ "prev_state & D", SWITCHED, T },
	{ "prev_state in (S, D)", SWITCHED, T },
	{ "prev_state in (S, 0x102)", SWITCHED, T },
	{ "prev_state in (S, T, 5)", SWITCHED, F },
	{ "not prev_state in (S, D, 5)", SWITCHED, F },
	{ "prev_state == Q", SWITCHED, U },
	{ "gfp_flags == GFP_KERNEL|__GFP_ZERO", SWITCHED, T },
	{ "gfp_flags == GFP_KERNEL", SWITCHED, F },
	{ "gfp_flags == 0x30|__GFP_ZERO", SWITCHED, T },
	{ "gfp_flags & __GFP_ZERO", SWITCHED, T },
	{ "gfp_flags != none", SWITCHED, T },
	{ "vec == 'a b'", SWITCHED, T },
	{ "vec < HI", SWITCHED, T },
	{ "vec in (HI, NET_RX)", SWITCHED, F },
	{ "vec == HI|NET_RX", SWITCHED, U }, /* symbols do not join */
	{ "fast == true and fast != false", SWITCHED, T },
	{ "id == openat", CALLS, T },
	{ "id in (read, write, openat)", CALLS, T },
	{ "id == read", CALLS, F },
	{ "id == opennat", CALLS, U },
	{ "ret == ENOENT and ret == -ENOENT and ret == -2", CALLS, T },
	{ "ret == EPERM", CALLS, F },
	{ "ret in (ENOENT..EPERM)", CALLS, T },
	{ "ret < EPERM", CALLS, T },
	{ "sig == SIGKILL and sig == KILL", CALLS, T },
	{ "sig == TERM", CALLS, F },
	{ "runtime > 1ms and runtime <= 1.5ms", CALLS, T },
	{ "other == openat", CALLS, U },
	{ "saddr == 10.1.2.3", SOCK, T },
	{ "saddr == 10.1.2.4", SOCK, F },
	{ "saddr != 10.1.2.4", SOCK, T },
	{ "saddr == 10.1.0.0/16 and saddr == 0.0.0.0/0", SOCK, T },
	{ "saddr == 10.1.2.0/31 or saddr == 10.1.3.0/24", SOCK, F },
	{ "saddr == 10.1.2.2/31", SOCK, T },
	{ "saddr in (1.1.1.1, 10.0.0.0/8)", SOCK, T },
	{ "saddr == 2001:db8::7", SOCK, U },
	{ "saddr == 5", SOCK, U },
	{ "saddr_v6 == 2001:db8::7 and saddr_v6 == 2001:db8::/32", SOCK, T },
	{ "saddr_v6 == 2001:db9::/32", SOCK, F },
	{ "peer == 10.1.2.3 and peer in (1, 10.1.2.0/24)", SOCK, T },
	{ "peer != 10.1.2.3", SOCK, F },
	{ "peer < 10.1.2.3", SOCK, U },
	{ "mac == AA:bb:cc:dd:ee:ff", SOCK, T },
	{ "mac == aa:bb:cc:dd:ee:00", SOCK, F },
	{ "from == 2001:db8::/32", SOCK, T },
	{ "from == 10.0.0.0/8", SOCK, F },
	{ "mapped == 10.1.2.3 and mapped == 10.1.2.2/31", SOCK, T },
	{ "mapped == 10.1.2.4 or mapped == 10.2.0.0/16", SOCK, F },
	{ "mapped == ::ffff:10.1.2.3 and mapped in (10.0.0.0/8, 2001:db8::/32)", SOCK, T },
	{ "v6 in (10.0.0.0/8, 2001:db8::/32)", SOCK, T },
	{ "mapped == 0.0.0.0/0", SOCK, T },
	{ "v6 == 0.0.0.0/0", SOCK, F },
};

static struct filter *parse(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	return f;
}

static void test_answers(void **state)
{
	struct names_fixture fx = names_fixture_new();
	uint8_t rec[104];

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct filter *f = parse(answers[i].text);
		struct row r = { .rec = rec, .size = 104, .schema = fx.schema[answers[i].schema] };
		enum filter_value got;

		put(rec, answers[i].schema);
		got = filter_run(filter_bind(f, r.schema), &r, NULL);
		if (got != answers[i].want)
			fail_msg("'%s': %d, not %d", answers[i].text, got, answers[i].want);
		filter_free(f);
	}
	schema_set_free(fx.set);
}

static void test_nearest(void **state)
{
	static const struct {
		const char *text;
		int code, column;
		const char *says;
	} rows[] = {
		{ "id == openat and ret == ENOENT", 0, -1, "" },
		{ "id == opennat", -EINVAL, 6, "'id' has no value 'opennat'; nearest is 'openat'" },
		{ "ret == ENOENTT", -EINVAL, 7, "nearest is 'ENOENT'" },
		{ "sig == SIGKIL", -EINVAL, 7, "nearest is 'SIGKILL'" },
		{ "gfp_flags & GFP_KERNAL", -EINVAL, 12, "nearest is 'GFP_KERNEL'" },
		{ "vec in (HI, NET_TX)", -EINVAL, 12, "nearest is 'NET_RX'" },
		{ "runtime == much", -EINVAL, 11, "'runtime' is a number" },
		{ "saddr == 10.1.2", -EINVAL, 9, "'saddr' is an address" },
		{ "saddr == 10.1.2.3/33", -EINVAL, 9, "'saddr' is an address" },
		{ "saddr < 10.1.2.3", -EINVAL, 6, "it takes == != in" },
	};
	struct names_fixture fx = names_fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i].text);
		struct err e = ERR_INIT;
		int r = filter_check(f, fx.set, &e);

		if (r != rows[i].code || e.column != rows[i].column ||
		    !strstr(e.text, rows[i].says))
			fail_msg("'%s': %d at %d: %s", rows[i].text, r, e.column, e.text);
		filter_free(f);
	}
	schema_set_free(fx.set);
}

static void test_ns(void **state)
{
	struct names_fixture fx = names_fixture_new();
	const struct schema *s = fx.schema[CALLS];

	assert_true(filter_field_is_ns(s, schema_field(s, "runtime")));
	assert_true(filter_field_is_ns(s, schema_field(s, "spent")));
	assert_false(filter_field_is_ns(s, schema_field(s, "other")));
	assert_false(filter_field_is_ns(s, schema_field(s, "id")));
	schema_set_free(fx.set);
}

static void test_tables(void **state)
{
	int n;

	assert_true(names_find(NAMES_SYSCALL, "read", 4, &n));
	assert_int_equal(n, SYS_read);
	assert_string_equal(names_of(NAMES_SYSCALL, SYS_openat), "openat");
	assert_false(names_find(NAMES_SYSCALL, "rea", 3, &n));
	assert_true(names_find(NAMES_ERRNO, "EWOULDBLOCK", 11, &n));
	assert_int_equal(n, EAGAIN);
	assert_string_equal(names_of(NAMES_ERRNO, 512), "ERESTARTSYS");
	assert_true(names_find(NAMES_SIGNAL, "CHLD", 4, &n));
	assert_int_equal(n, 17);
	assert_true(names_find(NAMES_SIGNAL, "SIGPOLL", 7, &n));
	assert_string_equal(names_of(NAMES_SIGNAL, 9), "KILL");
	assert_null(names_of(NAMES_SIGNAL, 0));
}

/* ---- the other way round ---- */

static const struct {
	int schema;
	const char *field;
	int64_t value;
	const char *want; /* "": it has no name */
} sayings[] = {
	{ SWITCHED, "prev_state", 0, "R" },
	{ SWITCHED, "prev_state", 1, "S" },
	{ SWITCHED, "prev_state", 3, "S|D" },
	{ SWITCHED, "prev_state", 0x102, "D|0x100" },
	{ SWITCHED, "prev_state", 0x100, "R|0x100" },
	{ SWITCHED, "prev_state", 0x40, "" },
	{ SWITCHED, "gfp_flags", 0, "none" },
	{ SWITCHED, "gfp_flags", 0x30, "GFP_KERNEL" },
	{ SWITCHED, "gfp_flags", 0x130, "GFP_KERNEL|__GFP_ZERO" },
	{ SWITCHED, "gfp_flags", 0x10, "" }, /* half of a name is none */
	{ SWITCHED, "gfp_flags", 0x110, "__GFP_ZERO|0x10" },
	{ SWITCHED, "vec", 0, "HI" },
	{ SWITCHED, "vec", -1, "a b" },
	{ SWITCHED, "vec", 4, "" },
	{ SWITCHED, "fast", 1, "true" },
	{ SWITCHED, "fast", 0, "false" },
	{ SWITCHED, "fast", 7, "" },
	{ CALLS, "id", SYS_openat, "openat" },
	{ CALLS, "id", -1, "" },
	{ CALLS, "id", 100000, "" },
	{ CALLS, "ret", -ENOENT, "-ENOENT" },
	{ CALLS, "ret", 0, "" },
	{ CALLS, "ret", 17, "" },
	{ CALLS, "ret", -4096, "" },
	{ CALLS, "sig", 9, "SIGKILL" },
	{ CALLS, "other", 9, "" },
	{ SOCK, "saddr", 9, "" },
};

/* What is said is read as the same number, where no bit of it is left out. */
static void assert_read(const struct schema *s, const struct field *f, int64_t value,
			const char *text)
{
	struct filter_literal l = { .text = text, .len = (uint32_t)strlen(text) };
	struct filter_number n;

	assert_true(filter_name_number(&l, s, f, &n));
	assert_true(((uint64_t)value & n.mask) == ((uint64_t)n.value & n.mask));
}

static void test_say(void **state)
{
	struct names_fixture fx = names_fixture_new();

	(void)state;
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		const struct schema *s = fx.schema[sayings[i].schema];
		const struct field *f = schema_field(s, sayings[i].field);
		struct strbuf out = { 0 };
		bool any = filter_say_value(s, f, (uint64_t)sayings[i].value, &out);

		if (strcmp(strbuf_cstr(&out), sayings[i].want) != 0)
			fail_msg("%s %lld: %s", sayings[i].field, (long long)sayings[i].value,
				 strbuf_cstr(&out));
		assert_int_equal(any, out.len > 0);
		if (any && strcmp(out.s, "R|0x100") != 0) /* zero joins nothing */
			assert_read(s, f, sayings[i].value, out.s);
		strbuf_done(&out);
	}
	schema_set_free(fx.set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers), cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_ns),	cmocka_unit_test(test_tables),
		cmocka_unit_test(test_say),
	};

	return cmocka_run_group_tests_name("filter_names", tests, NULL, NULL);
}
