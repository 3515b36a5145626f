/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_field: single fields for people, and the kernel's five flag characters.
 */
#include "core/names.h"
#include "core/text_meaning.h"
#include "core/store.h"
#include "tests/unit/text_fixture.h"

#define UNITS                                                                                      \
	"\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n"                                          \
	"\tfield:void * p;\toffset:16;\tsize:8;\tsigned:0;\n"                                      \
	"\tfield:bool b;\toffset:24;\tsize:1;\tsigned:0;\n"                                        \
	"\tfield:errno_t e;\toffset:28;\tsize:4;\tsigned:1;\n"                                     \
	"\tfield:fix6_t f;\toffset:32;\tsize:8;\tsigned:1;\n"                                      \
	"\tfield:ip4_t i4;\toffset:40;\tsize:4;\tsigned:0;\n"                                      \
	"\tfield:ip6_t i6;\toffset:48;\tsize:16;\tsigned:0;\n"                                     \
	"\tfield:s16 a[2];\toffset:64;\tsize:4;\tsigned:1;\n"                                      \
	"\tfield:struct x x;\toffset:68;\tsize:3;\tsigned:0;\n"

static void units_are_shown(void **state)
{
	struct schema *s = parse(FORMAT(1, UNITS, ""));
	struct strbuf out = { 0 };
	uint8_t rec[72] = { 0 };

	put(rec, 8, 4, (uint64_t)-1, false);
	put(rec, 16, 8, 0xffffffff81000000, false);
	put(rec, 24, 1, 1, false);
	put(rec, 28, 4, (uint64_t)-2, false);
	put(rec, 32, 8, (uint64_t)-1500000, false);
	memcpy(rec + 40, "\x0a\x00\x00\x01", 4);
	rec[63] = 1;
	put(rec, 64, 2, (uint64_t)-3, false);
	put(rec, 66, 2, 4, false);
	memcpy(rec + 68, "\x01\xab\xff", 3);
	text_print(s, NULL, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "n=-1 p=0xffffffff81000000 b=true e=-ENOENT f=-1.500000 "
				   "i4=10.0.0.1 i6=::1 a={-3,4} x=01abff");
	strbuf_done(&out);
	schema_free(s);
}

#define NAMED                                                                                      \
	"\tfield:errno_t e;\toffset:8;\tsize:4;\tsigned:1;\n"                                      \
	"\tfield:syscall_t id;\toffset:16;\tsize:8;\tsigned:1;\n"                                  \
	"\tfield:errno_t wide;\toffset:24;\tsize:8;\tsigned:1;\n"

static const struct {
	int64_t e, id, wide;
	const char *says;
} named[] = {
	{ 0, -1, 3, "0 -1 3|   0" },
	{ -2, -7, -2, "-ENOENT -7 -ENOENT|  -2" },
	{ -4095, 1 << 20, -4096, "-4095 1048576 -4096|-4095" },
	{ 7, INT64_MAX, INT64_MIN, "7 9223372036854775807 -9223372036854775808|   7" },
};

/* What a type gives names to reads as them where the print format has a plain number. */
static void numbers_have_names(void **state)
{
	struct schema *s =
	    parse(FORMAT(1, NAMED, "\"%d %lld %lld|%4d\", REC->e, REC->id, REC->wide, REC->e"));
	uint8_t rec[32] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		struct strbuf out = { 0 };

		put(rec, 8, 4, (uint64_t)named[i].e, false);
		put(rec, 16, 8, (uint64_t)named[i].id, false);
		put(rec, 24, 8, (uint64_t)named[i].wide, false);
		text_print(s, NULL, rec, sizeof(rec), &out);
		assert_true(text_is_compiled(s));
		assert_string_equal(out.s, named[i].says);
		strbuf_done(&out);
	}
	schema_free(s);
}

/* Calls by this machine's numbers; of a machine whose calls are others, the number. */
static void calls_have_names(void **state)
{
	const char *fmt = FORMAT(1, NAMED, "\"%lld\", REC->id");
	struct schema *here = parse(fmt), *there = parse_in("test", fmt, foreign);
	struct strbuf out = { 0 };
	uint8_t rec[32] = { 0 };
	int number;

	if (!names_find(NAMES_SYSCALL, "openat", 6, &number))
		skip();
	put(rec, 16, 8, (uint64_t)number, false);
	text_print(here, NULL, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "openat");
	strbuf_clear(&out);
	put(rec, 16, 8, (uint64_t)number, true);
	text_print(there, NULL, rec, sizeof(rec), &out);
	assert_int_equal(strtol(out.s, NULL, 10), number);
	strbuf_done(&out);
	schema_free(here);
	schema_free(there);
}

#define EITHER                                                                                     \
	"\tfield:ip6_t peer;\toffset:8;\tsize:16;\tsigned:0;\n"                                    \
	"\tfield:u8 raw[16];\toffset:24;\tsize:16;\tsigned:0;\n"

/* An address of either kind reads as people write it; what is no ip6_t as the kernel does. */
static void mapped_addresses_are_ip4(void **state)
{
	struct schema *s = parse(FORMAT(1, EITHER, "\"%pI6c %pI6c\", REC->peer, REC->raw"));
	struct strbuf out = { 0 };
	uint8_t rec[40] = { 0 };

	memcpy(rec + 18, "\xff\xff\x0a\x01\x02\x03", 6);
	memcpy(rec + 34, "\xff\xff\x0a\x01\x02\x03", 6);
	text_print(s, NULL, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "10.1.2.3 ::ffff:10.1.2.3");
	strbuf_done(&out);
	schema_free(s);
}

#define MEANT                                                                                      \
	UNITS "\tfield:syscall_t id;\toffset:72;\tsize:8;\tsigned:1;\n"                            \
	      "\tfield:ns_t t;\toffset:80;\tsize:8;\tsigned:0;\n"                                  \
	      "\tfield:u32 mode;\toffset:88;\tsize:4;\tsigned:0;\n"                                \
	      "\tfield:u32 modes;\toffset:92;\tsize:4;\tsigned:0;\n"                               \
	      "\tfield:__data_loc kaddr_t[] k;\toffset:96;\tsize:4;\tsigned:0;\n"

static const struct {
	const char *field, *meaning;
} meanings[] = {
	{ "n", "number" },
	{ "p", "an address" },
	{ "b", "yes or no" },
	{ "e", "an errno if below 0" },
	{ "i6", "IP address" },
	{ "a", "numbers of 2 bytes" },
	{ "x", "bytes" },
	{ "id", "a system call" },
	{ "t", "nanoseconds" },
	{ "mode", "number, unsigned" },
	{ "modes", "a number with names" },
	{ "k", "kernel addresses, length varies" },
	{ "common_pid", "the thread (tid)" },
};

static void meanings_are_said(void **state)
{
	struct schema *s =
	    parse(FORMAT(1, MEANT, "\"%s\", __print_symbolic(REC->modes, { 1, \"one\" })"));

	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
		struct strbuf out = { 0 };

		text_meaning(s, schema_field(s, meanings[i].field), &out);
		assert_string_equal(strbuf_cstr(&out), meanings[i].meaning);
		strbuf_done(&out);
	}
	assert_null(text_unit(schema_field(s, "modes")));
	assert_string_equal(text_unit(schema_field(s, "t")), "nanoseconds");
	schema_free(s);
}

static const struct {
	uint8_t flags, count;
	const char *says;
} flags[] = {
	{ 0x00, 0x00, "....." }, { 0x01, 0x02, "d..2." }, { 0x80, 0x10, "b...1" },
	{ 0x81, 0x00, "D...." }, { 0x04, 0x00, ".n..." }, { 0x24, 0x00, ".N..." },
	{ 0x20, 0x00, ".p..." }, { 0x02, 0x00, ".l..." }, { 0x22, 0x00, ".L..." },
	{ 0x06, 0x00, ".b..." }, { 0x26, 0x00, ".B..." }, { 0x08, 0x00, "..h.." },
	{ 0x10, 0x00, "..s.." }, { 0x18, 0x00, "..H.." }, { 0x40, 0x00, "..z.." },
	{ 0x48, 0xfa, "..Zaf" },
};

static void flags_are_the_kernels(void **state)
{
	struct schema *s = parse(FORMAT(1, "", "\"\""));

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		uint8_t rec[8] = { 0, 0, flags[i].flags, flags[i].count };
		struct strbuf out = { 0 };

		text_flags(s, rec, sizeof(rec), &out);
		assert_string_equal(out.s, flags[i].says);
		strbuf_done(&out);
	}
	schema_free(s);
}

#define ADDRESSES                                                                                  \
	"\tfield:kaddr_t at;\toffset:8;\tsize:8;\tsigned:0;\n"                                     \
	"\tfield:__data_loc kaddr_t[] stack;\toffset:16;\tsize:4;\tsigned:0;\n"                    \
	"\tfield:ip4_t from;\toffset:20;\tsize:4;\tsigned:0;\n"                                    \
	"\tfield:uaddr_t user[2];\toffset:24;\tsize:16;\tsigned:0;\n"

#define SAID                                                                                       \
	"\"%pI4 %pS %s %s\", REC->from, REC->at, __print_array(__get_dynamic_array(stack), "       \
	"__get_dynamic_array_len(stack) / 8, 8), __print_array(REC->user, 2, 8)"

/* With symbols an address of the kernel's code is a name; a stack ends at its first 0. */
static void addresses_of_code_are_names(void **state)
{
	static const char kallsyms[] = "1000 T first\n2000 T second\n3000 T end\n";
	struct schema *s = parse(FORMAT(1, ADDRESSES, SAID));
	struct symbols *symbols = symbols_new(NULL, NULL);
	struct text_env env = { .symbols = symbols };
	struct strbuf out = { 0 };
	uint8_t rec[72] = { 0 };

	symbols_add_kallsyms(symbols, kallsyms, sizeof(kallsyms) - 1);
	put(rec, 8, 8, 0x1010, false);
	put(rec, 16, 4, 32 << 16 | 40, false);
	memcpy(rec + 20, "\x0a\x00\x00\x01", 4);
	put(rec, 24, 8, 0x401000, false);
	put(rec, 40, 8, 0x2004, false);
	put(rec, 48, 8, 0x1008, false);
	put(rec, 64, 8, 0x1009, false);
	text_print(s, &env, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "10.0.0.1 first+0x10/0x1000 second+0x4 <- first+0x8 "
				   "{0x401000,0x0}");
	strbuf_clear(&out);
	text_print(s, NULL, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "10.0.0.1 0x1010 {0x2004,0x1008,0x0,0x1009} {0x401000,0x0}");
	strbuf_clear(&out);
	text_plain(s, rec, sizeof(rec), &out);
	assert_string_equal(out.s, "at=0x1010 stack={0x2004,0x1008,0x0,0x1009} from=10.0.0.1 "
				   "user={0x401000,0x0}");
	strbuf_done(&out);
	symbols_free(symbols);
	schema_free(s);
}

/* Of a program's code every second address is known. */
static bool say_code(void *data, const struct row *r, uint64_t addr, bool is_return,
		     struct strbuf *out)
{
	if (addr % 2 || r->ts != 77)
		return false;
	strbuf_fmt(out, "%s%llx (prog)", is_return ? "call" : "at", (unsigned long long)addr);
	return true;
}

/* Of a row, whose process and time are known, a program's stack is said by its source. */
static void stacks_of_programs_are_names(void **state)
{
	struct schema *s = parse(FORMAT(1, ADDRESSES, SAID));
	struct text_env env = { .code = say_code };
	struct source source = { .text = &env };
	uint8_t rec[40] = { 0 };
	const struct row r = { .ts = 77, .rec = rec, .size = 40, .schema = s, .source = &source };
	struct row late = r;
	struct strbuf out = { 0 };

	put(rec, 24, 8, 0x1000, false);
	put(rec, 32, 8, 0x2000, false);
	text_row_print(&r, &out);
	assert_string_equal(out.s, "0.0.0.0 0x0 {} at1000 (prog) <- call2000 (prog)");
	put(rec, 32, 8, 0x2001, false);
	strbuf_clear(&out);
	text_row_field(&r, schema_field(s, "user"), &out);
	assert_string_equal(out.s, "at1000 (prog) <- 0x2001");
	late.ts = 78;
	strbuf_clear(&out);
	text_row_field(&late, schema_field(s, "user"), &out);
	assert_string_equal(out.s, "0x1000 <- 0x2001");
	strbuf_clear(&out);
	text_field(s, schema_field(s, "user"), rec, 40, &out);
	assert_string_equal(out.s, "{0x1000,0x2001}");
	strbuf_clear(&out);
	text_print(s, &env, rec, 40, &out);
	assert_string_equal(out.s, "0.0.0.0 0x0 {} {0x1000,0x2001}");
	strbuf_done(&out);
	schema_free(s);
}

/* Fields alone, as columns and details show them, have the kernel's names too. */
static void fields_of_rows_have_names(void **state)
{
	static const char kallsyms[] = "1000 T first\n2000 T second\n3000 T end\n";
	struct schema *s = parse(FORMAT(1, ADDRESSES, SAID));
	struct symbols *symbols = symbols_new(NULL, NULL);
	struct text_env env = { .symbols = symbols };
	struct source source = { .text = &env };
	uint8_t rec[56] = { 0 };
	const struct row r = { .rec = rec, .size = 56, .schema = s, .source = &source };
	struct strbuf out = { 0 };

	symbols_add_kallsyms(symbols, kallsyms, sizeof(kallsyms) - 1);
	put(rec, 8, 8, 0x1010, false);
	put(rec, 16, 4, 16 << 16 | 40, false);
	put(rec, 24, 8, 0x1010, false);
	put(rec, 40, 8, 0x2004, false);
	put(rec, 48, 8, 0x1008, false);
	text_row_field(&r, schema_field(s, "at"), &out);
	strbuf_char(&out, ' ');
	text_row_field(&r, schema_field(s, "stack"), &out);
	strbuf_char(&out, ' ');
	text_row_field(&r, schema_field(s, "user"), &out);
	assert_string_equal(out.s, "first+0x10 second+0x4 <- first+0x8 {0x1010,0x0}");
	strbuf_done(&out);
	symbols_free(symbols);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_of_programs_are_names),
		cmocka_unit_test(fields_of_rows_have_names),
		cmocka_unit_test(units_are_shown),
		cmocka_unit_test(numbers_have_names),
		cmocka_unit_test(calls_have_names),
		cmocka_unit_test(mapped_addresses_are_ip4),
		cmocka_unit_test(addresses_of_code_are_names),
		cmocka_unit_test(meanings_are_said),
		cmocka_unit_test(flags_are_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
