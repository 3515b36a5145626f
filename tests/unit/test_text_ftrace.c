/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_ftrace: trace_marker, trace_printk and stacks, whose print format says less than the
 * kernel does.
 */
#include "tests/unit/text_fixture.h"

#define EVENT(name, fields, print)                                                                 \
	"name: " name "\nID: 5\nformat:\n" COMMON fields "\nprint fmt: " print "\n"
#define IP "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"

static const char print_format[] =
    EVENT("print", IP "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n",
	  "\"%ps: %s\", (void *)REC->ip, REC->buf");
static const char bputs_format[] =
    EVENT("bputs", IP "\tfield:const char * str;\toffset:16;\tsize:8;\tsigned:0;\n",
	  "\"%ps: %s\", (void *)REC->ip, REC->str");
static const char bprint_format[] =
    EVENT("bprint",
	  IP "\tfield:const char * fmt;\toffset:16;\tsize:8;\tsigned:0;\n"
	     "\tfield:u32 buf[];\toffset:24;\tsize:0;\tsigned:0;\n",
	  "\"%ps: %s\", (void *)REC->ip, REC->fmt");
static const char stack_format[] =
    EVENT("kernel_stack",
	  "\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
	  "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n",
	  "\"\\t=> %ps\\n\" \"\\t=> %ps\\n\", (void *)REC->caller[0], (void *)REC->caller[1]");

static struct symbols *make_symbols(const char *fmt)
{
	static const char kallsyms[] = "0000000000001000 T here\n0000000000002000 T next\n";
	struct symbols *s = symbols_new(NULL, NULL);
	char line[256];

	snprintf(line, sizeof(line), "0x3000 : \"%s\"\n", fmt);
	symbols_add_kallsyms(s, kallsyms, sizeof(kallsyms) - 1);
	symbols_add_printk(s, line, strlen(line));
	return s;
}

static void check(const char *format, const char *printk, const void *rec, uint32_t size,
		  const char *says)
{
	struct schema *s = parse_in("ftrace", format, native);
	struct symbols *symbols = make_symbols(printk);
	const struct text_env env = { .symbols = symbols };
	struct strbuf out = { 0 };
	uint8_t *exact = malloc(size);

	memcpy(exact, rec, size);
	text_print(s, &env, exact, size, &out);
	assert_string_equal(strbuf_cstr(&out), says);
	assert_true(text_is_compiled(s));
	strbuf_done(&out);
	symbols_free(symbols);
	schema_free(s);
	free(exact);
}

static void marks_lose_their_line_end(void **state)
{
	uint8_t rec[64] = { 0 };

	put(rec, 8, 8, 0x1004, false);
	memcpy(rec + 16, "hello\x1b\n\0\0", 9);
	check(print_format, "", rec, 28, "here: hello\\x1b");
	memcpy(rec + 16, "no end at all", 13);
	check(print_format, "", rec, 24, "here: no end a");
	check(print_format, "", rec, 16, "here: ");
}

static void puts_knows_the_string(void **state)
{
	uint8_t rec[24] = { 0 };

	put(rec, 8, 8, 0x1004, false);
	put(rec, 16, 8, 0x3000, false);
	check(bputs_format, "text\\n", rec, 24, "here: text");
	put(rec, 16, 8, 0x3001, false);
	check(bputs_format, "text\\n", rec, 24, "here: 0x3001");
}

/* The layout of vbin_printf: 4-byte words, 8 bytes as two of them, characters and strings inline.
 */
static void printk_arguments_are_decoded(void **state)
{
	uint8_t rec[128] = { 0 };
	uint8_t *p = rec + 24;

	put(rec, 8, 8, 0x1004, false);
	put(rec, 16, 8, 0x3000, false);
	put(p, 0, 4, (uint64_t)-1, false); /* %d */
	memcpy(p + 4, "abc", 4);	   /* %s */
	put(p, 8, 8, 0x123456789a, false); /* %llx */
	put(p, 16, 4, 0xff, false);	   /* %hhu */
	p[20] = 'c';			   /* %c */
	put(p, 24, 4, 6, false);	   /* * */
	put(p, 28, 4, 7, false);	   /* %*d */
	put(p, 32, 8, 0x1008, false);	   /* %pS */
	memcpy(p + 40, "10.0.0.1", 9);	   /* %pI4: said already */
	put(p, 52, 8, 0xabc, false);	   /* %p */
	check(bprint_format, "%d %s %llx %hhu %c [%*d] %pS %pI4 %p %%\\n", rec, 24 + 60,
	      "here: -1 abc 123456789a 255 c [     7] here+0x8/0x1000 10.0.0.1 0xabc %");
	check(bprint_format, "%d %s %llx", rec, 24 + 12, "here: -1 abc <damaged>");
	check(bprint_format, "%s", rec, 24, "here: <damaged>");
	check(bprint_format, "%d %y", rec, 24 + 60, "here: -1 <damaged>");
	put(rec, 16, 8, 0x4000, false);
	check(bprint_format, "", rec, 24 + 60, "here: [format at 0x4000]");
}

static void stacks_are_one_line(void **state)
{
	uint8_t rec[64] = { 0 };

	put(rec, 16, 8, 0x1010, false);
	put(rec, 24, 8, 0x99, false);
	put(rec, 32, 8, UINT64_MAX, false);
	put(rec, 40, 8, 0x1010, false);
	check(stack_format, "", rec, 48, "<stack trace> => here+0x10 => 0x99");
	check(stack_format, "", rec, 31, "<stack trace> => here+0x10");
	check(stack_format, "", rec, 16, "<stack trace>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_lose_their_line_end),
		cmocka_unit_test(puts_knows_the_string),
		cmocka_unit_test(printk_arguments_are_decoded),
		cmocka_unit_test(stacks_are_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
