/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_fixture: one more schema, with the fields that the kernel reads in odd ways.
 */
#ifndef TESTS_UNIT_PUSH_FIXTURE_H
#define TESTS_UNIT_PUSH_FIXTURE_H

#include "tests/unit/filter_fixture.h"

#include <stdlib.h>

#include "core/filter_push.h"

#define LOOP_FORMAT                                                                                \
	"name: full\nID: 20\nformat:\n" COMMON                                                     \
	"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"                                 \
	"\tfield:char fixed[8];\toffset:24;\tsize:8;\tsigned:0;\n"                                 \
	"\tfield:__data_loc char[] text;\toffset:32;\tsize:4;\tsigned:0;\n"                        \
	"\tfield:__data_loc char[] raw;\toffset:36;\tsize:4;\tsigned:0;\n"                         \
	"\tfield:u8 a;\toffset:40;\tsize:1;\tsigned:0;\n"                                          \
	"\tfield:s8 b;\toffset:41;\tsize:1;\tsigned:1;\n"                                          \
	"\tfield:u16 c;\toffset:42;\tsize:2;\tsigned:0;\n"                                         \
	"\tfield:s32 f;\toffset:44;\tsize:4;\tsigned:1;\n"                                         \
	"\tfield:u64 g;\toffset:48;\tsize:8;\tsigned:0;\n"                                         \
	"\tfield:s64 h;\toffset:56;\tsize:8;\tsigned:1;\n"                                         \
	"\tfield:int cpu;\toffset:64;\tsize:4;\tsigned:1;\n"                                       \
	"\tfield:const char * ptr;\toffset:72;\tsize:8;\tsigned:0;\n"                              \
	"\nprint fmt: \"%s %s\", __get_str(text), __get_dynamic_array(raw)\n"

static struct schema *loop_schema(void)
{
	struct machine m = { .long_size = 8 };
	struct schema *s = NULL;
	struct err e = ERR_INIT;

	if (schema_parse("loop", LOOP_FORMAT, strlen(LOOP_FORMAT), m, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

static struct filter *parse(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("%s", e.text);
	return f;
}

#endif
