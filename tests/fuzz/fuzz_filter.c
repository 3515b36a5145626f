/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_filter: any text as a filter, then run over any bytes as a record.
 *
 * The input is the text, a NUL, and the record. What was parsed must print as something that
 * parses and prints the same; a refusal must carry its place. Programs must agree with themselves.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/filter.h"
#include "core/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char format[] =
    "name: fuzz\nID: 1\nformat:\n" COMMON "\tfield:u8 a;\toffset:8;\tsize:1;\tsigned:0;\n"
    "\tfield:s16 b;\toffset:10;\tsize:2;\tsigned:1;\n"
    "\tfield:u64 c;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\tfield:char d[8];\toffset:24;\tsize:8;\tsigned:0;\n"
    "\tfield:__data_loc char[] e;\toffset:32;\tsize:4;\tsigned:0;\n"
    "\tfield:__rel_loc char[] f;\toffset:36;\tsize:4;\tsigned:0;\n"
    "\tfield:u32 g[2];\toffset:40;\tsize:8;\tsigned:0;\n"
    "\tfield:char h[];\toffset:48;\tsize:0;\tsigned:0;\n"
    "\nprint fmt: \"%s\", __print_flags(REC->a & 7, \"|\", {1, \"A\"}, {2, \"B\"})\n";

#define PREFIX_MAX 200

static void must(bool good)
{
	if (!good)
		abort();
}

static void run(struct filter *f, bool swap, const uint8_t *rec, size_t size)
{
	struct row row = { .rec = rec, .size = (uint32_t)size, .tid = 3, .cpu = 1 };
	struct machine m = { .long_size = 8, .swap = swap };
	const struct filter_program *p;
	enum filter_value v;
	struct schema *s = NULL;
	int constant;

	must(schema_parse("fuzz", format, sizeof(format) - 1, m, &s, NULL) == 0);
	s->index = swap;
	row.schema = s;
	p = filter_bind(f, s);
	v = filter_run(p, &row, NULL);
	constant = filter_constant(p);
	must(filter_match(f, &row, NULL) == (v == FILTER_TRUE));
	must(constant != FILTER_TRUE || v == FILTER_TRUE);
	must(constant != FILTER_FALSE || v != FILTER_TRUE);
	must(constant != FILTER_UNKNOWN || v == FILTER_UNKNOWN);
	schema_free(s);
}

/* Every beginning of a text is right, unfinished or wrong, and says where. */
static void prefixes(char *text, size_t len)
{
	for (size_t n = len < PREFIX_MAX ? len : PREFIX_MAX; n-- > 0;) {
		struct filter *f = NULL;
		struct err e = ERR_INIT;
		char kept = text[n];
		int r;

		text[n] = '\0';
		r = filter_parse(text, &f, &e);
		must(r == 0 ? f != NULL : !f && e.code == r && (r == -EAGAIN || r == -EINVAL));
		must(r == 0 || (e.column >= 0 && (size_t)e.column <= n));
		filter_free(f);
		text[n] = kept;
	}
}

static void count_field(const struct filter_field *use, void *data)
{
	must(use->name && use->name[0]);
	(*(unsigned *)data)++;
}

/* What is said about a filter and the events there are. */
static void say(struct filter *f)
{
	struct schema_set *set = schema_set_new((struct machine) { .long_size = 8 });
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct schema *s = NULL;
	unsigned fields = 0;

	must(schema_parse("fuzz", format, sizeof(format) - 1, set->machine, &s, NULL) == 0);
	s = schema_set_add(set, s);
	filter_each_field(f, count_field, &fields);
	must(filter_notes(f, set, &out) == 0 || out.len);
	filter_check(f, set, NULL);
	filter_check_capture(f, set, NULL);
	filter_kernel_text(f, s, &out);
	schema_set_free(set);
}

/* Printing puts parentheses everywhere: only so many fit again. */
static bool is_shallow(const char *text)
{
	unsigned open = 0;

	for (; *text; text++)
		open += *text == '(' || *text == 'n' || *text == '!';
	return open < 100;
}

static void print(const struct filter *f)
{
	_cleanup_strbuf_ struct strbuf once = { 0 }, twice = { 0 };
	struct filter *again = NULL;

	filter_print(f, &once);
	if (!is_shallow(strbuf_cstr(&once)) || once.len > 60000)
		return;
	must(filter_parse(strbuf_cstr(&once), &again, NULL) == 0);
	filter_print(again, &twice);
	must(!strcmp(strbuf_cstr(&once), strbuf_cstr(&twice)));
	filter_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size);
	_cleanup_free_ char *text = xstrndup((const char *)data, len);
	const uint8_t *rec = len < size ? data + len + 1 : data + size;
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	int r = filter_parse(text, &f, &e);

	prefixes(text, len);
	if (r < 0) {
		must(!f && e.code == r && (r == -EAGAIN || r == -EINVAL) && e.text[0]);
		must(len > 65536 || (e.column >= 0 && (size_t)e.column <= len));
		return 0;
	}
	print(f);
	say(f);
	run(f, false, rec, (size_t)(data + size - rec));
	run(f, true, rec, (size_t)(data + size - rec));
	filter_free(f);
	return 0;
}
