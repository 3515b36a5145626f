/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_fixture: small formats and records for the tests of schemas and text.
 */
#ifndef TESTS_UNIT_TEXT_FIXTURE_H
#define TESTS_UNIT_TEXT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/schema.h"
#include "core/symbols.h"
#include "core/text.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

#define FORMAT(id, fields, print)                                                                  \
	"name: event\nID: " #id "\nformat:\n" COMMON fields "\nprint fmt: " print "\n"

static const struct machine native = { .swap = false, .long_size = 8 };
static const struct machine foreign = { .swap = true, .long_size = 4 };

static inline struct schema *parse_in(const char *system, const char *text, struct machine m)
{
	struct err e = ERR_INIT;
	struct schema *s = NULL;

	if (schema_parse(system, text, strlen(text), m, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

static inline struct schema *parse(const char *text)
{
	return parse_in("test", text, native);
}

/* A number of up to 8 bytes in the order of a machine. */
static inline void put(uint8_t *rec, unsigned offset, unsigned size, uint64_t v, bool swap)
{
	for (unsigned i = 0; i < size; i++)
		rec[offset + (swap ? size - 1 - i : i)] = (uint8_t)(v >> (8 * i));
}

#endif
