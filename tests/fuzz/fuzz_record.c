/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_record: any bytes as a record of good formats.
 *
 * The first byte chooses the format and the machine, the rest is the record, in memory of just its
 * size. The text is one line that no terminal acts on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/symbols.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char *const formats[] = {
	"name: all\nID: 1\nformat:\n" COMMON
	"\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:__rel_loc char[] rel;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:__data_loc u32[] nums;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:__data_loc cpumask_t mask;\toffset:20;\tsize:4;\tsigned:0;\n"
	"\tfield:int len;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:s64 big;\toffset:32;\tsize:8;\tsigned:1;\n"
	"\tfield:char comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
	"\tfield:char buf[];\toffset:56;\tsize:0;\tsigned:0;\n"
	"\nprint fmt: \"%s %.*s %*d %s %s %s %s %d %d %pISpc %*pbl %*ph %c\", __get_str(name), "
	"REC->len, __get_rel_str(rel), REC->len, REC->len, "
	"__print_array(__get_dynamic_array(nums), "
	"REC->len, 4), __get_cpumask(mask), __print_hex(__get_dynamic_array(nums), REC->len), "
	"REC->comm, ((u32 *)__get_dynamic_array(nums))[REC->len], (int)(REC->big / REC->len % "
	"(REC->big << REC->len)), __get_dynamic_array(nums), REC->len, __get_dynamic_array(mask), "
	"REC->len, REC->buf, REC->len\n",
	"name: print\nID: 2\nformat:\n" COMMON
	"\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n"
	"\nprint fmt: \"%ps: %s\", (void *)REC->ip, REC->buf\n",
	"name: bprint\nID: 3\nformat:\n" COMMON
	"\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:const char * fmt;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 buf[];\toffset:24;\tsize:0;\tsigned:0;\n"
	"\nprint fmt: \"%ps: %s\", (void *)REC->ip, REC->fmt\n",
	"name: kernel_stack\nID: 4\nformat:\n" COMMON
	"\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n"
	"\nprint fmt: \"\"\n",
};

static void say(const struct schema *s, struct symbols *symbols, const uint8_t *data, size_t size)
{
	const struct text_env env = { .symbols = symbols };
	uint8_t *rec = malloc(size ? size : 1);
	struct strbuf out = { 0 };

	if (!rec)
		abort();
	memcpy(rec, data, size);
	text_print(s, &env, rec, (uint32_t)size, &out);
	text_plain(s, rec, (uint32_t)size, &out);
	text_flags(s, rec, (uint32_t)size, &out);
	for (size_t i = 0; i < out.len; i++)
		if ((uint8_t)out.s[i] < ' ' || out.s[i] == 0x7f)
			abort();
	strbuf_done(&out);
	free(rec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char printk[] =
	    "0x3000 : \"%d %s %*d %.*s %llx %c %p %pS %pI4 %hhd %ld %%\\n\"\n";
	struct symbols *symbols;
	struct schema *s;
	struct machine m;
	const char *text;

	if (!size || size > 65536)
		return 0;
	m = (struct machine) { .swap = data[0] & 0x80, .long_size = data[0] & 0x40 ? 4 : 8 };
	text = formats[(data[0] & 0x3f) % ARRAY_SIZE(formats)];
	if (schema_parse("ftrace", text, strlen(text), m, &s, NULL) || text_compile(s, NULL))
		abort();
	symbols = symbols_new(NULL, NULL);
	symbols_add_printk(symbols, printk, sizeof(printk) - 1);
	say(s, symbols, data + 1, size - 1);
	symbols_free(symbols);
	schema_free(s);
	return 0;
}
