/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: print formats against what C and the kernel's vsnprintf say, in both byte orders and word
 * sizes. The kernel suite holds all real formats against the kernel's own text.
 */
#include <errno.h>

#include "tests/unit/text_fixture.h"

/* One record serves all: the fields, and how a machine lays them out. */
#define FIELDS                                                                                     \
	"\tfield:u8 u8;\toffset:8;\tsize:1;\tsigned:0;\n"                                          \
	"\tfield:s8 s8;\toffset:9;\tsize:1;\tsigned:1;\n"                                          \
	"\tfield:u16 u16;\toffset:10;\tsize:2;\tsigned:0;\n"                                       \
	"\tfield:s16 s16;\toffset:12;\tsize:2;\tsigned:1;\n"                                       \
	"\tfield:u32 u32;\toffset:16;\tsize:4;\tsigned:0;\n"                                       \
	"\tfield:int s32;\toffset:20;\tsize:4;\tsigned:1;\n"                                       \
	"\tfield:u64 u64;\toffset:24;\tsize:8;\tsigned:0;\n"                                       \
	"\tfield:s64 s64;\toffset:32;\tsize:8;\tsigned:1;\n"                                       \
	"\tfield:char comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"                                \
	"\tfield:__data_loc char[] name;\toffset:56;\tsize:4;\tsigned:0;\n"                        \
	"\tfield:__data_loc u32[] nums;\toffset:60;\tsize:4;\tsigned:0;\n"                         \
	"\tfield:__data_loc cpumask_t mask;\toffset:64;\tsize:4;\tsigned:0;\n"                     \
	"\tfield:u8 ip4[4];\toffset:68;\tsize:4;\tsigned:0;\n"                                     \
	"\tfield:u8 ip6[16];\toffset:72;\tsize:16;\tsigned:0;\n"                                   \
	"\tfield:u8 sin[28];\toffset:88;\tsize:28;\tsigned:0;\n"                                   \
	"\tfield:u16 three[3];\toffset:116;\tsize:6;\tsigned:0;\n"                                 \
	"\tfield:__rel_loc char[] rel;\toffset:124;\tsize:4;\tsigned:0;\n"                         \
	"\tfield:gfp_t gfp;\toffset:128;\tsize:4;\tsigned:0;\n"                                    \
	"\tfield:u8 sin6[28];\toffset:132;\tsize:28;\tsigned:0;\n"

#define RECORD_SIZE 216

static void make_record(uint8_t *rec, struct machine m)
{
	static const uint8_t ip6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	memset(rec, 0, RECORD_SIZE);
	put(rec, 8, 1, 200, m.swap);
	put(rec, 9, 1, (uint64_t)-5, m.swap);
	put(rec, 10, 2, 60000, m.swap);
	put(rec, 12, 2, (uint64_t)-300, m.swap);
	put(rec, 16, 4, 4000000000, m.swap);
	put(rec, 20, 4, (uint64_t)-70000, m.swap);
	put(rec, 24, 8, 0xfedcba9876543210, m.swap);
	put(rec, 32, 8, (uint64_t)-1234567890123, m.swap);
	memcpy(rec + 40, "kworker/0:1", 11);
	put(rec, 56, 4, 8 << 16 | 160, m.swap);
	put(rec, 60, 4, 8 << 16 | 168, m.swap);
	put(rec, 64, 4, 16 << 16 | 176, m.swap);
	memcpy(rec + 68, "\xc0\xa8\x00\x01", 4);
	memcpy(rec + 72, ip6, 16);
	put(rec, 88, 2, 2, m.swap);
	memcpy(rec + 90, "\x1f\x90\x7f\x00\x00\x01", 6);
	for (unsigned i = 0; i < 3; i++)
		put(rec, 116 + 2 * i, 2, i + 7, m.swap);
	put(rec, 124, 4, 8 << 16 | (192 - 128), m.swap);
	put(rec, 128, 4, 0x11, m.swap);
	put(rec, 132, 2, 10, m.swap);
	memcpy(rec + 134, "\x00\x50", 2);
	memcpy(rec + 140, ip6, 16);
	memcpy(rec + 160, "path\0xx", 8);
	put(rec, 168, 4, 1, m.swap);
	put(rec, 172, 4, 0xabc, m.swap);
	put(rec, 176, m.long_size, 0x8000000f, m.swap);
	memcpy(rec + 192, "relative", 8);
}

static const struct {
	const char *print, *says;
} cases[] = {
	/* numbers by their type and the conversion's */
	{ "\"%u %d %u %d\", REC->u8, REC->s8, REC->u16, REC->s16", "200 -5 60000 -300" },
	{ "\"%u %d %llu %lld\", REC->u32, REC->s32, REC->u64, REC->s64",
	  "4000000000 -70000 18364758544493064720 -1234567890123" },
	{ "\"%d %u\", REC->u32, REC->s32", "-294967296 4294897296" },
	{ "\"%u %d\", REC->u64, REC->s64", "1985229328 -1912276171" },
	{ "\"%x %x %x\", REC->s8, REC->s16, REC->s32", "fffffffb fffffed4 fffeee90" },
	{ "\"%hhu %hd %hhx\", REC->u16, REC->u32, REC->s32", "96 10240 90" },
	{ "\"%llx %llX %llo\", REC->u64, REC->u64, REC->u64",
	  "fedcba9876543210 FEDCBA9876543210 1773345651416625031020" },
	{ "\"%Lu %qd %i\", REC->u64, REC->s64, REC->s8", "18364758544493064720 -1234567890123 -5" },
	/* flags, width, precision */
	{ "\"[%5d|%-5d|%05d|%+d|% d]\", REC->s8, REC->s8, REC->s8, REC->u8, REC->u8",
	  "[   -5|-5   |-0005|+200| 200]" },
	{ "\"[%#x|%#o|%#X|%#x|%#o]\", REC->u8, REC->u8, REC->u8, 0, 0", "[0xc8|0310|0XC8|0x0|0]" },
	{ "\"[%08x|%#08x|%.6u|%8.3d|%-8x|%016llx]\", REC->u8, REC->u8, REC->u8, REC->s8, REC->u8, "
	  "REC->u16",
	  "[000000c8|0x0000c8|000200|    -005|c8      |000000000000ea60]" },
	{ "\"[%*d|%-*d|%.*s]\", 6, REC->s8, REC->u8 - 194, REC->s8, 4, REC->comm",
	  "[    -5|-5    |kwor]" },
	{ "\"[%*d]\", -4, REC->s8", "[-5  ]" },
	{ "\"[%.*s|%.*s]\", -1, REC->comm, 0, REC->comm", "[kworker/0:1|]" },
	{ "\"%c%c%%%5c|%-3c|\", 'a', REC->u8 - 102, 'x', 'y'", "ab%    x|y  |" },
	/* strings */
	{ "\"%s %s %s\", REC->comm, __get_str(name), __get_rel_str(rel)",
	  "kworker/0:1 path relative" },
	{ "\"[%14s|%-14s|%.3s]\", REC->comm, REC->comm, __get_str(name)",
	  "[   kworker/0:1|kworker/0:1   |pat]" },
	{ "\"a\" \"b\\t\\x41\\101\\\\\\\"\\n\"", "ab AA\\\"" },
	{ "\"%s\", REC->u8 ? \"yes\" : \"no\"", "yes" },
	{ "\"%s\", REC->u8 == 1 ? \"one\" : REC->u8 == 200 ? \"many\" : \"none\"", "many" },
	{ "\"%s%s\", __get_str(name)[0] ? \"+\" : \"-\", __get_str(name)[4] ? \"+\" : \"-\"",
	  "+-" },
	/* arithmetic as C does it */
	{ "\"%d\", 1 + 2 * 3 - 8 / 4 % 3 << 1 | 1", "11" },
	{ "\"%d %d %d\", 10 - 3 - 2, 100 / 10 / 5, 1 ? 0 ? 1 : 2 : 3", "5 2 2" },
	{ "\"%d %d %d\", REC->s8 / 2, REC->s8 % 3, REC->s8 >> 1", "-2 -2 -3" },
	{ "\"%d %d\", REC->s32 < 0, REC->s32 < REC->u32", "1 0" },
	{ "\"%d %d\", -1 < 1U, -1L < 1U", "0 1" },
	{ "\"%d %d %d\", REC->s8 > -6, REC->s8 >= -5, REC->u8 <= 199", "1 1 0" },
	{ "\"%u %llu\", REC->u32 + REC->u32, (u64)REC->u32 + REC->u32", "3705032704 8000000000" },
	{ "\"%u %d\", (u8)REC->u16, (s8)REC->u8", "96 -56" },
	{ "\"%llx %x\", (u64)REC->s8, (u16)REC->s8", "fffffffffffffffb fffb" },
	{ "\"%llx\", ~0ULL ^ 0xffUL", "ffffffffffffff00" },
	{ "\"%d %d %d\", !REC->u8, !!REC->u8, ~REC->u8", "0 1 -201" },
	{ "\"%d\", REC->u8 && REC->s8 < 0 || 0", "1" },
	{ "\"%d %d\", REC->u8 / 0, REC->u8 % (REC->u8 - 200)", "0 0" },
	{ "\"%d,%d\", ((unsigned int)((REC->u32) >> 20)), ((unsigned int)((REC->u32) & ((1U << 20) "
	  "- 1)))",
	  "3814,731136" },
	{ "\"%u\", (unsigned)REC->u32 >> 28 & 3", "2" },
	{ "\"%zu %zu\", sizeof(u64), sizeof(REC->comm)", "8 16" },
	{ "\"%d\", __builtin_expect(!!(REC->u8), 1)", "1" },
	{ "\"%d\", ({ int __x = (REC->u8); int __y = (128); ((__x) < (__y) ? (__x) : (__y)); })",
	  "128" },
	{ "\"%x %x\", ( gfp_t)(((((1UL))) << (10))), REC->gfp & ~(( gfp_t)1)", "400 10" },
	{ "\"%llu.%06llu\", __print_ns_to_secs(REC->u64), __print_ns_without_secs(REC->u64)",
	  "18364758544.493064720" },
	{ "\"%d %d\", (REC)->u8, ((REC->u8))", "200 200" },
	/* places in the record */
	{ "\"%u %u %u\", REC->three[0], REC->three[REC->three[0] - 5], REC->three[99]", "7 9 0" },
	{ "\"%u %u\", ((u32 *)__get_dynamic_array(nums))[1], *(u32 *)__get_dynamic_array(nums)",
	  "2748 1" },
	{ "\"%d\", __get_dynamic_array_len(nums)", "8" },
	{ "\"%s\", (char *)&REC->comm[2]", "orker/0:1" },
	{ "\"%s\", (char *)REC->comm + 3", "rker/0:1" },
	/* tables */
	{ "\"%s\", __print_flags(REC->gfp, \"|\", {0x1, \"A\"}, {0x2, \"B\"}, {0x10, \"C\"})",
	  "A|C" },
	{ "\"%s\", __print_flags(REC->u8, \",\", {0x8, \"A\"}, {0x40, \"B\"})", "A,B,0x80" },
	{ "\"[%s]\", __print_flags(0, \"|\", {0, \"zero\"}, {1, \"A\"})", "[]" },
	{ "\"%s\", __print_flags(REC->gfp, \"\", {0, \"z\"}, {0x11, \"all\"})", "zall" },
	{ "\"%s\", __print_symbolic(REC->u8, {1, \"one\"}, {200, \"two\" \"hundred\"})",
	  "twohundred" },
	{ "\"%s\", __print_symbolic(REC->s8, {0, \"zero\"})", "0xfffffffffffffffb" },
	{ "\"%s\", __print_symbolic(REC->s8, {-5, \"minus\"}, {-5, \"never\"})", "minus" },
	{ "\"%s\", __print_symbolic(REC->u8, {1, \"one\"}, {-1, ((void *)0)}, {200, \"late\"})",
	  "0xc8" },
	{ "\"%s\", __print_symbolic((u8)REC->s8, {251, \"cut\"}, {-5, \"never\"})", "cut" },
	{ "\"%llu %lld\", (u64)(u8)REC->s8, (s64)(u16)(REC->u16 + REC->u16)", "251 54464" },
	{ "\"%llu\", (u64)REC->three[REC->u8 - 199]", "8" },
	{ "\"%s\", __print_symbolic(REC->u8, { })", "0xc8" },
	{ "\"%s\", __print_symbolic(REC->u16, {60000, \"far\"}, {1, \"near\"}, {1000000, \"off\"})",
	  "far" },
	{ "\"[%-6s]\", __print_symbolic(REC->u8, {200, \"ab\"})", "[ab    ]" },
	{ "\"%s\", __print_symbolic(REC->u8, {WHO_KNOWS, \"this\"}, {KNOWN, \"that\"})", "that" },
	/* arrays */
	{ "\"%s %s\", __print_hex(REC->ip4, 4), __print_hex_str(REC->ip4, 3)",
	  "c0 a8 00 01 c0a800" },
	{ "\"%s\", __print_array(REC->three, 3, 2)", "{0x7,0x8,0x9}" },
	{ "\"%s\", __print_array(__get_dynamic_array(nums), __get_dynamic_array_len(nums) / "
	  "sizeof(u32), "
	  "sizeof(u32))",
	  "{0x1,0xabc}" },
	{ "\"%s\", __print_array(REC->three, 300, 2)", "{0x7,0x8,0x9}" },
	{ "\"%s\", __print_dynamic_array(nums, 4)", "{0x1,0xabc}" },
	{ "\"%*ph %*phC %*phD %*phN\", 4, REC->ip4, 2, REC->ip4, 2, REC->ip4, 2, REC->ip4",
	  "c0 a8 00 01 c0:a8 c0-a8 c0a8" },
	{ "\"%*pbl|%*pb\", 32, (void *)__get_dynamic_array(mask), 12, __get_dynamic_array(mask)",
	  "0-3,31|00f" },
	/* pointers */
	{ "\"%p %pK %px %16p|\", (void *)REC->u64, REC->u64, (void *)REC->u64, REC->u8",
	  "0xfedcba9876543210 0xfedcba9876543210 fedcba9876543210             0xc8|" },
	{ "\"%pI4 %pi4 %pI4h\", REC->ip4, REC->ip4, REC->ip4",
	  "192.168.0.1 192.168.000.001 1.0.168.192" },
	{ "\"%pI6c %pI6\", REC->ip6, REC->ip6",
	  "2001:db8::1 2001:0db8:0000:0000:0000:0000:0000:0001" },
	{ "\"%pISpc %pISpc %pIS\", REC->sin, REC->sin6, REC->ip4",
	  "127.0.0.1:8080 [2001:db8::1]:80 (einval)" },
	{ "\"%pM %pm %pMF\", REC->ip6, REC->ip6, REC->ip6",
	  "20:01:0d:b8:00:00 20010db80000 20-01-0d-b8-00-00" },
	{ "\"%pU %pUl %pUB\", REC->ip6, REC->ip6, REC->ip6",
	  "20010db8-0000-0000-0000-000000000001 b80d0120-0000-0000-0000-000000000001 "
	  "20010DB8-0000-0000-0000-000000000001" },
	{ "\"%pe %pe\", (void *)(long)-2, (void *)REC->u64", "-ENOENT 0xfedcba9876543210" },
	{ "\"%pS %ps %pB\", (void *)0x1010UL, (void *)0x1010UL, (void *)0x1020UL",
	  "func+0x10/0x20 func func+0x1f/0x20" },
	{ "\"%pS %ps\", (void *)0x20UL, (void *)0x20UL", "0x20 0x20" },
	{ "\"%s %s\", (char *)0x3000UL, (char *)0x3001UL", "published 0x3001" },
	/* what only the kernel has */
	{ "\"%p %d %s\", (((struct page *)vmemmap_base) + (REC->u64)), 1, "
	  "REC->u8 == 1 ? \"a\" : kernel_name(REC->u8, (1))",
	  "? 1 ?" },
	{ "\"%lu\", (jiffies - REC->u8) / 100", "?" },
	{ "\"%p %p\", REC->u8 == 200 ? (void *)0 : thing + 1, REC->u8 != 200 ? (void *)0 : thing + "
	  "1",
	  "0x0 ?" },
};

static struct symbols *make_symbols(void)
{
	static const char kallsyms[] = "0000000000001000 T func\n0000000000001020 T next\n";
	static const char printk[] = "0x3000 : \"published\"\n";
	struct symbols *s = symbols_new(NULL, NULL);

	symbols_add_kallsyms(s, kallsyms, sizeof(kallsyms) - 1);
	symbols_add_printk(s, printk, sizeof(printk) - 1);
	symbols_add_constant(s, "KNOWN", 200);
	return s;
}

static struct schema *with_print(const char *print, struct machine m)
{
	struct strbuf b = { 0 };
	struct schema *s;

	strbuf_str(&b, "name: event\nID: 1\nformat:\n" COMMON FIELDS "\nprint fmt: ");
	strbuf_str(&b, print);
	s = parse_in("test", strbuf_cstr(&b), m);
	strbuf_done(&b);
	return s;
}

static void check_case(const char *print, const char *says, struct machine m)
{
	struct symbols *symbols = make_symbols();
	struct text_env env = { .symbols = symbols };
	struct schema *s = with_print(print, m);
	struct strbuf out = { 0 };
	struct err e = ERR_INIT;
	uint8_t *rec = malloc(RECORD_SIZE); /* just its size: the sanitizer looks on */

	if (text_compile_with(s, symbols, &e))
		fail_msg("%s\n%s", print, e.text);
	make_record(rec, m);
	text_print(s, &env, rec, RECORD_SIZE, &out);
	if (strcmp(strbuf_cstr(&out), says))
		fail_msg("%s\n  said   %s\n  wanted %s", print, strbuf_cstr(&out), says);
	strbuf_done(&out);
	schema_free(s);
	symbols_free(symbols);
	free(rec);
}

static void formats_say_what_c_says(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(cases[i].print, cases[i].says, native);
}

static void the_other_byte_order_says_the_same(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (!strstr(cases[i].print, "%pB"))
			check_case(cases[i].print, cases[i].says,
				   (struct machine) { .swap = true, .long_size = 8 });
}

/* Where a long has 4 bytes. */
static void longs_follow_the_machine(void **state)
{
	check_case("\"%lx %zx %llx\", REC->u64, REC->u64, REC->u64",
		   "76543210 76543210 fedcba9876543210", foreign);
	check_case("\"%d %d\", -1L < 1U, sizeof(long)", "0 4", foreign);
	check_case("\"%s\", __print_symbolic(REC->s8, {1, \"one\"})", "0xfffffffb", foreign);
	check_case("\"%px\", (void *)REC->u32", "ee6b2800", foreign);
	check_case("\"%s\", __get_cpumask(mask)", "00000000,00000000,00000000,8000000f", foreign);
	check_case("\"%s\", __get_cpumask(mask)", "00000000,00000000,00000000,8000000f", native);
}

static const struct {
	const char *print, *says;
} refused[] = {
	{ "", "format string" },
	{ "REC->u8", "format string" },
	{ "\"%d\"", "',' is missing" },
	{ "\"%d\", ", "value is missing" },
	{ "\"%y\", REC->u8", "unknown conversion" },
	{ "\"%d\", REC->none", "unknown field" },
	{ "\"%d\", REC", "the record itself" },
	{ "\"%d\", (REC->u8", "')' is missing" },
	{ "\"%d\", REC->comm", "number made of" },
	{ "\"%d\", REC->comm * 2", "no number" },
	{ "\"%s\", __get_str(none)", "unknown field" },
	{ "\"%s\", __print_hex_dump(\"\", 0, 16, 1, REC->ip4, 4, 0)", "unknown helper" },
	{ "\"%s\", __print_flags(REC->u8, \"|\", {REC->u8, \"a\"})", "depends on the event" },
	{ "\"%s\", __print_symbolic(REC->u8, {1, \"one\")", "'}' is missing" },
	{ "\"%pd\", REC->u64", "kind of pointer" },
	{ "\"%pI4\", REC->u64", "points to" },
	{ "\"%d\", REC->u8.x", "member" },
	{ "\"unclosed", "format string" },
	{ "\"%d\", 12ab", "value is missing" },
	{ "\"%d\", '", "value is missing" },
	{ "\"%s\", ({ x = 1; x; })", "';'" },
};

/* What cannot be compiled is said field by field, or by the fallback. */
static bool fallback(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
		     struct strbuf *out)
{
	if (!data)
		return false;
	strbuf_str(out, data);
	return true;
}

static void what_is_not_understood_is_said_plainly(void **state)
{
	uint8_t rec[RECORD_SIZE];
	char word[] = "fallback";

	make_record(rec, native);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct schema *s = with_print(refused[i].print, native);
		struct text_env env = { .fallback = fallback };
		struct strbuf out = { 0 };
		struct err e = ERR_INIT;

		if (text_compile(s, &e) != -EOPNOTSUPP || !strstr(e.text, refused[i].says))
			fail_msg("%s: '%s', wanted '%s'", refused[i].print, e.text,
				 refused[i].says);
		assert_false(text_is_compiled(s));
		text_print(s, &env, rec, sizeof(rec), &out);
		assert_non_null(strstr(out.s, "u8=200 s8=-5 "));
		strbuf_clear(&out);
		env.fallback_data = word;
		text_print(s, &env, rec, sizeof(rec), &out);
		assert_string_equal(out.s, word);
		strbuf_done(&out);
		schema_free(s);
	}
}

/* No text makes a program that is deep or slow. */
static void depth_is_bounded(void **state)
{
	static const char *const parts[] = { "(",    "-", "!", "1?",	     "1+(",
					     "(u8)", "*", "&", "REC->three[" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct strbuf b = { 0 };
		struct schema *s;

		strbuf_str(&b, "\"%d\", ");
		for (int n = 0; n < 20000; n++)
			strbuf_str(&b, parts[i]);
		s = with_print(b.s, native);
		assert_int_equal(text_compile(s, NULL), -EOPNOTSUPP);
		schema_free(s);
		strbuf_done(&b);
	}
	/* each name stands for twice the one before: 2^40 steps when run */
	struct strbuf b = { 0 };
	struct schema *s;

	strbuf_str(&b, "\"%d\", ({ int a0 = REC->u8 * 3; ");
	for (int n = 1; n < 40; n++)
		strbuf_fmt(&b, "int a%d = a%d * a%d; ", n, n - 1, n - 1);
	strbuf_str(&b, "a39; })");
	s = with_print(b.s, native);
	assert_int_equal(text_compile(s, NULL), -EOPNOTSUPP);
	schema_free(s);
	strbuf_done(&b);
}

static void strings_are_made_safe(void **state)
{
	struct schema *s = with_print(
	    "\"%s|%s|%.3s|\\x1b[m%c\", REC->comm, __get_str(name), REC->comm, 27", native);
	struct strbuf out = { 0 };
	uint8_t rec[RECORD_SIZE];

	make_record(rec, native);
	memcpy(rec + 40, "ok\x1b[1m\xff\n\xe2\x80\xae", 12);
	memcpy(rec + 160, "a\x9b\x7f\0", 4);
	text_print(s, NULL, rec, sizeof(rec), &out);
	for (size_t i = 0; i < out.len; i++)
		if ((uint8_t)out.s[i] < 0x20 || (uint8_t)out.s[i] >= 0x7f)
			fail_msg("byte %02x in '%s'", (uint8_t)out.s[i], out.s);
	assert_non_null(strstr(out.s, "ok\\x1b[1m\\xff"));
	strbuf_done(&out);
	schema_free(s);
}

/* Each length of record: whole, or what there is with the damage named. */
static void short_records_are_named(void **state)
{
	struct schema *s = with_print("\"%d %s %s\", REC->s8, REC->comm, __get_str(name)", native);
	uint8_t rec[RECORD_SIZE];

	make_record(rec, native);
	for (uint32_t size = 0; size <= RECORD_SIZE; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		struct strbuf out = { 0 };
		char end[64];

		memcpy(exact, rec, size);
		text_print(s, NULL, exact, size, &out);
		snprintf(end, sizeof(end), "[damaged: %u of %u bytes]", size, s->min_size);
		if (size < s->min_size)
			assert_string_equal(out.s + out.len - strlen(end), end);
		else if (size < 168)
			assert_string_equal(out.s, "-5 kworker/0:1 <damaged>");
		else
			assert_string_equal(out.s, "-5 kworker/0:1 path");
		if (size == 10)
			assert_string_equal(out.s, "u8=200 s8=-5 [damaged: 10 of 160 bytes]");
		strbuf_done(&out);
		free(exact);
	}
	schema_free(s);
}

/* Appends only, and into any room there is. */
static void text_is_appended(void **state)
{
	struct schema *s = with_print("\"%s pid=%u\", REC->comm, REC->u16", native);
	struct strbuf out = { 0 };
	uint8_t rec[RECORD_SIZE];

	make_record(rec, native);
	for (int i = 0; i < 2000; i++) {
		size_t from = out.len;

		text_print(s, NULL, rec, sizeof(rec), &out);
		assert_string_equal(out.s + from, "kworker/0:1 pid=60000");
		strbuf_char(&out, ' ');
	}
	strbuf_done(&out);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_say_what_c_says),
		cmocka_unit_test(the_other_byte_order_says_the_same),
		cmocka_unit_test(longs_follow_the_machine),
		cmocka_unit_test(what_is_not_understood_is_said_plainly),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(strings_are_made_safe),
		cmocka_unit_test(short_records_are_named),
		cmocka_unit_test(text_is_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
