/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The examples of tapdeck-filter(7) are filters, and say what the page says of the rows here.
 *
 * Lines between .EX and .EE are examples. A comment before one names rows and answers: T F U.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter.h"
#include "core/identity.h"
#include "core/names.h"
#include "core/util.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* The rows of the page's comments. Values that are no text are put at their offsets. */
static const struct example_row {
	const char *name, *system, *format;
	struct {
		uint32_t offset;
		uint64_t value;
	} put[4];
	struct {
		uint32_t offset;
		const char *text;
	} text[2];
} rows[] = {
	{ "switch",
	  "sched",
	  "name: sched_switch\nID: 10\nformat:\n" COMMON
	  "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	  "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
	  "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
	  "\nprint fmt: \"prev_state=%s\", (REC->prev_state & 0xff) ? "
	  "__print_flags(REC->prev_state "
	  "& 0xff, \"|\", { 1, \"S\" }, { 2, \"D\" }) : \"R\"\n",
	  { { 24, 42 }, { 32, 1 } },
	  { { 8, "bash" }, { 40, "kworker/0:1" } } },
	{ "waking",
	  "sched",
	  "name: sched_waking\nID: 11\nformat:\n" COMMON
	  "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	  "\tfield:int target_cpu;\toffset:28;\tsize:4;\tsigned:1;\n"
	  "\nprint fmt: \"\"\n",
	  { { 24, 7 } },
	  { { 8, "kworker/0:1" } } },
	{ "enter",
	  "raw_syscalls",
	  "name: sys_enter\nID: 12\nformat:\n" COMMON
	  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n\nprint fmt: \"\"\n",
	  { { 8, 0 } },
	  { { 0 } } },
	{ "exit",
	  "raw_syscalls",
	  "name: sys_exit\nID: 13\nformat:\n" COMMON
	  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	  "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n\nprint fmt: \"\"\n",
	  { { 8, 0 }, { 16, (uint64_t)-ENOENT } },
	  { { 0 } } },
	{ "softirq",
	  "irq",
	  "name: softirq_entry\nID: 14\nformat:\n" COMMON
	  "\tfield:unsigned int vec;\toffset:8;\tsize:4;\tsigned:0;\n"
	  "\nprint fmt: \"vec=%u [action=%s]\", REC->vec, __print_symbolic(REC->vec, { 0, \"HI\" "
	  "}, "
	  "{ 3, \"NET_RX\" })\n",
	  { { 8, 3 } },
	  { { 0 } } },
	{ "runtime",
	  "sched",
	  "name: sched_stat_runtime\nID: 15\nformat:\n" COMMON
	  "\tfield:u64 runtime;\toffset:8;\tsize:8;\tsigned:0;\n"
	  "\nprint fmt: \"runtime=%Lu [ns]\", REC->runtime\n",
	  { { 8, 1500000 } },
	  { { 0 } } },
	{ "sock",
	  "sock",
	  "name: inet_sock_set_state\nID: 16\nformat:\n" COMMON
	  "\tfield:__u8 saddr[4];\toffset:8;\tsize:4;\tsigned:0;\n"
	  "\tfield:__u8 daddr[4];\toffset:12;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n",
	  { { 8, 0x0302010a } },
	  { { 0 } } },
	{ "loss", NULL, NULL, { { 0 } }, { { 0 } } },
};

struct page {
	const struct schema *schema[ARRAY_SIZE(rows)];
	struct schema_set *set;
	struct identity *identity;
	unsigned examples, answers;
};

static void page_open(struct page *pg)
{
	const struct machine m = { .long_size = 8 };

	*pg = (struct page) { .set = schema_set_new(m) };
	pg->identity = identity_new(&(struct identity_conf) { .proc = NULL });
	identity_hint(pg->identity, 42, 40, "bash");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct schema *s = NULL;

		if (!rows[i].format)
			continue;
		assert_int_equal(schema_parse(rows[i].system, rows[i].format,
					      strlen(rows[i].format), m, &s, NULL),
				 0);
		pg->schema[i] = schema_set_add(pg->set, s);
	}
}

static void fill(const struct page *pg, size_t i, struct row *r, uint8_t rec[64])
{
	const struct example_row *x = &rows[i];
	int nr = 0;

	*r = (struct row) { .ts = 100700000000, .tid = 42, .cpu = 1, .schema = pg->schema[i] };
	if (!x->format) {
		r->flags = ROW_LOSS;
		r->lost = 3;
		r->cpu = 0;
		return;
	}
	memset(rec, 0, 64);
	store_u32(rec + 4, 42);
	for (size_t n = 0; n < ARRAY_SIZE(x->put); n++)
		if (x->put[n].offset)
			store_u64(rec + x->put[n].offset, x->put[n].value);
	for (size_t n = 0; n < ARRAY_SIZE(x->text); n++)
		if (x->text[n].text)
			memcpy(rec + x->text[n].offset, x->text[n].text, strlen(x->text[n].text));
	if (!strcmp(x->system, "raw_syscalls") && names_find(NAMES_SYSCALL, "openat", 6, &nr))
		store_u64(rec + 8, (uint64_t)nr);
	r->rec = rec;
	r->size = 64;
}

/* Undoes what roff makes of a line. */
static void plain(char *s)
{
	static const char *const words[][2] = { { "\\(aq", "'" }, { "\\(dq", "\"" },
						{ "\\(ti", "~" }, { "\\(ha", "^" },
						{ "\\-", "-" },	  { "\\e", "\\" },
						{ "\\&", "" } };
	char *to = s;

	while (*s) {
		size_t i = 0;

		while (i < ARRAY_SIZE(words) && strncmp(s, words[i][0], strlen(words[i][0])) != 0)
			i++;
		if (i == ARRAY_SIZE(words)) {
			*to++ = *s++;
			continue;
		}
		s += strlen(words[i][0]);
		if (words[i][1][0])
			*to++ = words[i][1][0];
	}
	*to = '\0';
}

/* "T switch F enter" */
static void check_answers(struct page *pg, struct filter *f, const char *said)
{
	static const char letters[] = {
		[FILTER_FALSE] = 'F', [FILTER_TRUE] = 'T', [FILTER_UNKNOWN] = 'U'
	};
	char want, name[32];
	int used;

	for (; sscanf(said, " %c %31s%n", &want, name, &used) == 2; said += used) {
		uint8_t rec[64];
		struct row r;
		size_t i = 0;
		char got;

		while (i < ARRAY_SIZE(rows) && strcmp(rows[i].name, name) != 0)
			i++;
		if (i == ARRAY_SIZE(rows))
			fail_msg("the page names a row '%s'", name);
		fill(pg, i, &r, rec);
		got = letters[filter_run(filter_bind(f, r.schema), &r, pg->identity)];
		if (got != want)
			fail_msg("'%s' of %s: %c, not %c", filter_text(f), name, got, want);
		pg->answers++;
	}
}

/* Who types a filter is never told that it is wrong so far. */
static void check_prefixes(const char *line)
{
	char part[512];

	for (size_t len = 0; line[len]; len++) {
		struct filter *f = NULL;
		int r;

		snprintf(part, sizeof(part), "%.*s", (int)len, line);
		r = filter_parse(part, &f, NULL);
		if (r != 0 && r != -EAGAIN)
			fail_msg("'%s' is wrong as the beginning of a filter", part);
		filter_free(f);
	}
}

static void check_example(struct page *pg, char *line, const char *said)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	plain(line);
	if (filter_parse(line, &f, &e) < 0 || filter_check(f, pg->set, &e) < 0)
		fail_msg("%s", e.text);
	check_answers(pg, f, said);
	check_prefixes(line);
	filter_free(f);
	pg->examples++;
}

static void test_page(void **state)
{
	const char *root = getenv("SOURCE_ROOT");
	char path[4096], said[256] = "", *line = NULL;
	bool inside = false;
	struct page pg;
	size_t cap = 0;
	ssize_t n;
	FILE *in;

	snprintf(path, sizeof(path), "%s/docs/tapdeck-filter.7", root ? root : ".");
	in = fopen(path, "re");
	if (!in)
		fail_msg("%s cannot be read", path);
	page_open(&pg);
	while ((n = getline(&line, &cap, in)) > 0) {
		line[n - 1] = '\0';
		if (!strncmp(line, ".\\\"", 3)) {
			snprintf(said, sizeof(said), "%s", line + 3);
			continue;
		}
		if (!strcmp(line, ".EX") || !strcmp(line, ".EE"))
			inside = line[2] == 'X';
		else if (inside)
			check_example(&pg, line, said);
		said[0] = '\0';
	}
	assert_true(pg.examples >= 30 && pg.answers >= 50);
	free(line);
	fclose(in);
	schema_set_free(pg.set);
	identity_free(pg.identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests_name("filter_docs", tests, NULL, NULL);
}
