/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The push-down: what the kernel is told never drops a row that the filter wants.
 *
 * The exact text for a table of filters, then random filters over random records against an
 * evaluator of the kernel's grammar.
 */
#include "tests/unit/filter_fixture.h"

#include "core/filter_push.h"
#include "tests/unit/kernel_filter.h"

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

/* ---- the texts ---- */

static const struct {
	const char *filter, *full, *sched; /* NULL: never */
} texts[] = {
	{ "", "", "" },
	{ "a == 5", "a == 5", NULL },
	{ "a == 500", NULL, NULL },
	{ "a != 500", "", NULL },
	{ "a < 300 and a > 3", "a > 3", NULL },
	{ "b >= -3", "b > -4", NULL },
	{ "not b < -3", "b > -4", NULL },
	{ "h > -1 or prev_prio == 3", "h > -1", "prev_prio == 3" },
	{ "g > 9223372036854775807", "g > 9223372036854775807", NULL },
	{ "event == full", "", NULL },
	{ "event != full", NULL, "" },
	{ "not (event == full or prev_prio == 1)", NULL, "prev_prio != 1" },
	{ "event == full and a == 1 or event == sched_switch and prev_prio == 2", "a == 1",
	  "prev_prio == 2" },
	{ "lost > 0", NULL, NULL },
	{ "tid == 7", "common_pid == 7", "common_pid == 7" },
	{ "pid == 7", "", "" },
	{ "pid == 7 and a == 1", "a == 1", NULL },
	{ "pid == 7 or a == 1", "", "" },
	{ "cpu == 1", "CPU == 1", "CPU == 1" },
	{ ".cpu == 1", "cpu == 1", NULL },
	{ "comm == bash", "COMM == \"bash\"", "COMM == \"bash\"" },
	{ "comm != bash", "(COMM != \"bash\" || common_pid == 0)",
	  "(COMM != \"bash\" || common_pid == 0)" },
	{ "comm == \"<idle>\"", "(COMM == \"<idle>\" || common_pid == 0)",
	  "(COMM == \"<idle>\" || common_pid == 0)" },
	{ ".comm == x", "comm == \"x\"", NULL },
	{ "fixed == abcdefgh", "fixed == \"abcdefgh\"", NULL },
	{ "fixed == abcdefghi", NULL, NULL },
	{ "fixed != abcdefghi", "", NULL },
	{ "fixed ~ \"ab*\"", "fixed ~ \"ab*\"", NULL },
	{ "fixed ~ \"9p*\"", "fixed ~ \"\\9p*\"", NULL },
	{ "fixed ~ \"!p*\"", "fixed ~ \"\\!p*\"", NULL },
	{ "fixed ~ \"*ab\"", "fixed ~ \"*ab*\"", NULL },
	{ "fixed ~ \"*ab*\"", "fixed ~ \"*ab*\"", NULL },
	{ "not fixed ~ \"*ab*\"", "", NULL },
	{ "not fixed ~ \"ab*\"", "!(fixed ~ \"ab*\")", NULL },
	{ "fixed ~ \"a?c\"", "fixed ~ \"a?c*\"", NULL },
	{ "fixed == \"a\\\"b\"", "fixed == 'a\"b'", NULL },
	{ "fixed == \"a\\\"b'\"", "", NULL },
	{ "fixed == \"a\\nb\"", "", NULL },
	{ "text != x", "text != \"x\"", NULL },
	{ "raw != x", "", NULL },
	{ "raw == x", "raw == \"x\"", NULL },
	{ "raw == \"\"", "", NULL },
	{ "ptr == 0", "", NULL },
	{ "a == 1 and raw ~ \"*x\" and f < 0", "a == 1 && raw ~ \"*x*\" && f <= -1", NULL },
};

static void check_text(struct filter_push *p, const struct schema *s, const char *filter,
		       const char *want)
{
	struct filter_push_text t;

	filter_push_event(p, s, 4000, &t);
	if (t.never != !want || strcmp(strbuf_cstr(&t.text), want ? want : FILTER_PUSH_NEVER) != 0)
		fail_msg("%s for %s: \"%s\"", filter, s->name, strbuf_cstr(&t.text));
	filter_push_text_done(&t);
}

static void test_texts(void **state)
{
	struct fixture fx = fixture_new();
	struct schema *full = loop_schema();

	(void)state;
	full = schema_set_add(fx.set, full);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct filter *f = parse(texts[i].filter);
		struct filter_push *p = filter_push_new(f);

		check_text(p, full, texts[i].filter, texts[i].full);
		check_text(p, fx.schema[SWITCH], texts[i].filter, texts[i].sched);
		filter_push_free(p);
		filter_free(f);
	}
	fixture_done(&fx);
}

static void test_columns(void **state)
{
	struct fixture fx = fixture_new();
	struct filter *f = parse("pid == 3 and prev_prio == 4 and (next_pid == 5 or cpu == 1)");
	struct filter_push *p = filter_push_new(f);
	struct filter_push_text t;
	const char *text;

	(void)state;
	filter_push_event(p, fx.schema[SWITCH], 4000, &t);
	text = strbuf_cstr(&t.text);
	assert_string_equal(text, "prev_prio == 4 && (next_pid == 5 || CPU == 1)");
	assert_int_equal(filter_push_column(&t, 0), 13);
	assert_int_equal(filter_push_column(&t, 12), 13);
	assert_int_equal(filter_push_column(&t, (size_t)(strstr(text, "next") - text) + 4), 33);
	assert_int_equal(filter_push_column(&t, (size_t)(strstr(text, "CPU") - text)), 50);
	assert_int_equal(t.part_count, 4);
	assert_int_equal(t.parts[0].place, PUSH_USER);
	assert_non_null(t.parts[0].why);
	assert_int_equal(t.parts[1].place, PUSH_KERNEL);
	assert_false(t.exact);
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

/* ---- who ---- */

static void check_ids(const char *text, const char *want)
{
	struct fixture fx = fixture_new();
	struct filter *f = parse(text);
	struct filter_push *p = filter_push_new(f);
	struct filter_push_id *ids = NULL;
	int count = filter_push_ids(p, fx.schema[SWITCH], &ids);
	char said[256] = "";

	for (int i = 0; i < count; i++)
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%d ",
			 ids[i].is_process ? "p" : "t", ids[i].id);
	if (count < 0)
		strcpy(said, "anybody");
	if (strcmp(said, want) != 0)
		fail_msg("%s: %s instead of %s", text, said, want);
	free(ids);
	filter_push_free(p);
	filter_free(f);
	fixture_done(&fx);
}

static void test_ids(void **state)
{
	(void)state;
	check_ids("", "anybody");
	check_ids("pid == 5", "p5 ");
	check_ids("pid == 5 or tid == 6", "p5 t6 ");
	check_ids("pid == 5 or prev_prio == 6", "anybody");
	check_ids("pid == 5 or a == 6", "p5 "); /* a switch has no a */
	check_ids("pid == 5 and prev_prio == 6", "p5 ");
	check_ids("(pid == 5 or pid == 6) and tid == 7", "t7 ");
	check_ids("pid in (10..12)", "p10 p11 p12 ");
	check_ids("pid >= 10", "anybody");
	check_ids("pid >= 10 and pid <= 3", "p0 p1 p2 p3 "); /* one of two is enough */
	check_ids("not pid != 5", "p5 ");
	check_ids("not (pid != 5 and tid != 8)", "p5 t8 ");
	check_ids("pid != 5", "anybody");
	check_ids("pid == -1", "");
	check_ids("event == sys_enter", "");
}

static void test_cpus(void **state)
{
	static const struct {
		const char *text;
		unsigned mask;
	} cases[] = {
		{ "", 0xf },
		{ "cpu == 1", 0x2 },
		{ "cpu != 1", 0xd },
		{ "not (cpu == 1 or cpu > 2)", 0x5 },
		{ "cpu == 1 or prev_prio == 3", 0xf },
		{ "cpu == 1 and prev_prio == 3 or cpu == 3", 0xa },
		{ "cpu == 1 or a == 3", 0x2 },
		{ "cpu == 9", 0 },
	};
	struct fixture fx = fixture_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter *f = parse(cases[i].text);
		struct filter_push *p = filter_push_new(f);
		unsigned mask = 0;

		for (uint16_t cpu = 0; cpu < 4; cpu++)
			mask |= (unsigned)filter_push_cpu(p, fx.schema[SWITCH], cpu) << cpu;
		if (mask != cases[i].mask)
			fail_msg("%s: 0x%x", cases[i].text, mask);
		filter_push_free(p);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* ---- random filters over random records ---- */

static uint32_t seed = 1;

static unsigned rnd(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

#define PICK(table) ((table)[rnd(ARRAY_SIZE(table))])

static const char *const numbers[] = { "a",    "b",	    "c",	  "f",	   "g",
				       "h",    "tid",	    "pid",	  "cpu",   ".cpu",
				       "lost", "prev_prio", "common_pid", "nosuch" };
static const char *const number_ops[] = { "==", "!=", "<", "<=", ">", ">=" };
static const char *const values[] = { "0",
				      "1",
				      "-1",
				      "5",
				      "127",
				      "-128",
				      "255",
				      "256",
				      "65535",
				      "2147483647",
				      "-2147483648",
				      "9223372036854775807",
				      "-9223372036854775808",
				      "18446744073709551615",
				      "99999999999999999999" };
static const char *const names[] = { "comm", ".comm", "fixed", "text", "raw", "prev_comm" };
static const char *const text_ops[] = { "==", "!=", "~", "not ~" };
static const char *const words[] = { "",      "a",     "ab",   "ba",	 "9b",	      "!a",
				     "a*",    "*a",    "*b*",  "9*",	 "!*",	      "a?",
				     "[ab]*", "[!a]b", "?[9]", "\\\\*a", "<idle>",    "abababab",
				     "*",     "b*a",   "x y",  "bash",	 "ababababa", "a\\\\" };

static void put_list(struct strbuf *b, const char *const *table, size_t count, const char *quote)
{
	strbuf_str(b, "in (");
	for (unsigned i = 0, n = 1 + rnd(3); i < n; i++)
		strbuf_fmt(b, "%s%s%s%s", i ? ", " : "", quote, table[rnd((unsigned)count)], quote);
	strbuf_str(b, ")");
}

static void put_compare(struct strbuf *b)
{
	const char *op;

	if (rnd(2)) {
		strbuf_fmt(b, "%s ", PICK(numbers));
		if (!rnd(5))
			put_list(b, values, ARRAY_SIZE(values), "");
		else if (!rnd(5))
			strbuf_fmt(b, "& %u", rnd(300));
		else
			strbuf_fmt(b, "%s %s", PICK(number_ops), PICK(values));
		return;
	}
	op = PICK(text_ops);
	strbuf_str(b, !strncmp(op, "not ", 4) ? "not " : "");
	strbuf_fmt(b, "%s ", PICK(names));
	if (!rnd(6))
		put_list(b, words, ARRAY_SIZE(words), "\"");
	else
		strbuf_fmt(b, "%s \"%s\"", strrchr(op, ' ') ? "~" : op, PICK(words));
}

static void put_filter(struct strbuf *b, unsigned depth)
{
	unsigned what = rnd(depth ? 5 : 1);

	if (what < 1) {
		put_compare(b);
		return;
	}
	if (what == 1) {
		strbuf_str(b, "not (");
		put_filter(b, depth - 1);
		strbuf_str(b, ")");
		return;
	}
	strbuf_str(b, "(");
	put_filter(b, depth - 1);
	strbuf_str(b, what < 4 ? " and " : " or ");
	put_filter(b, depth - 1);
	strbuf_str(b, ")");
}

/* Few letters, so that texts meet; sometimes as long as there is room. */
static void random_text(char *to, size_t room)
{
	size_t len = rnd(3) ? rnd(4) : room;

	for (size_t i = 0; i < len && i < room; i++)
		to[i] = PICK(((const char[]) { 'a', 'b', 'a', 'b', '9', '!', '*', '\\' }));
}

static void random_number(uint8_t *to, size_t size)
{
	static const uint64_t pool[] = { 0, 1, 5, 127, 128, 255, 65535, UINT64_MAX, INT64_MAX };
	uint64_t v = rnd(4) ? PICK(pool) : seed;

	memcpy(to, &v, size);
}

enum { REC_SIZE = 112 };

static void random_record(uint8_t rec[REC_SIZE + 16])
{
	static const char *const comms[] = { "bash", "ab", "9b" };
	uint32_t loc;
	int32_t pid = (int32_t)rnd(12);

	memset(rec, 0, REC_SIZE + 16);
	rec[0] = 20;
	memcpy(rec + 4, &pid, 4);
	strcpy((char *)rec + 8, PICK(comms));
	/* What is behind a NUL of an array is not always zero. */
	random_text((char *)rec + 24, 8);
	if (rnd(2))
		rec[24 + rnd(8)] = '\0';
	/* A __string ends with its length, or before it; what is raw may have no NUL at all. */
	random_text((char *)rec + 80, 7);
	loc = 8u << 16 | 80;
	if (rnd(2))
		loc = (uint32_t)(strlen((char *)rec + 80) + 1) << 16 | 80;
	memcpy(rec + 32, &loc, 4);
	random_text((char *)rec + 96, 8);
	loc = rnd(9) << 16 | 96;
	memcpy(rec + 36, &loc, 4);
	random_number(rec + 40, 1);
	random_number(rec + 41, 1);
	random_number(rec + 42, 2);
	random_number(rec + 44, 4);
	random_number(rec + 48, 8);
	random_number(rec + 56, 8);
	random_number(rec + 64, 4);
}

/* What a thread is called in the kernel; the fixture's identity says what it is called here. */
static const char *kernel_comm(int32_t tid)
{
	static char name[16];
	const char *s = tid ? identity_comm(NULL, tid, 0) : "swapper/0";

	memset(name, 0, sizeof(name));
	memcpy(name, s, strlen(s));
	return name;
}

static bool has_one_of(struct filter_push *p, const struct row *r)
{
	struct filter_push_id *ids = NULL;
	int count = filter_push_ids(p, r->schema, &ids);
	bool found = count < 0;

	for (int i = 0; i < count; i++)
		found |= ids[i].is_process ? identity_pid(NULL, r->tid, r->ts) == ids[i].id
					   : r->tid == ids[i].id;
	free(ids);
	return found;
}

struct tally {
	unsigned wanted, dropped, narrow, exact;
};

static void check_row(struct filter *f, struct filter_push *p, const struct filter_push_text *t,
		      const struct row *r, struct tally *tally)
{
	struct kernel_row k = { r->schema, r->rec, r->size, r->cpu, kernel_comm(r->tid) };
	const char *text = strbuf_cstr(&t->text);
	bool wanted = filter_match(f, r, FIXTURE_IDENTITY);
	int passes = kernel_filter(text, &k);

	if (passes < 0)
		fail_msg("%s: the kernel refuses %s", filter_text(f), text);
	if (wanted && !passes)
		fail_msg("%s: dropped by %s (fixed %.8s, text %s, raw %.8s)", filter_text(f), text,
			 (const char *)r->rec + 24, (const char *)r->rec + 80,
			 (const char *)r->rec + 96);
	if (t->exact && wanted != (passes == 1))
		fail_msg("%s: not the same as %s", filter_text(f), text);
	if (wanted && (!filter_push_cpu(p, r->schema, r->cpu) || !has_one_of(p, r)))
		fail_msg("%s: dropped by CPU or thread", filter_text(f));
	tally->wanted += wanted;
	tally->dropped += !passes;
	tally->exact += t->exact;
}

static void check_filter(struct schema *s, size_t max, struct tally *tally)
{
	_Alignas(8) uint8_t rec[REC_SIZE + 16];
	struct strbuf text = { 0 };
	struct filter_push *p;
	struct filter_push_text t;
	struct filter *f;

	put_filter(&text, rnd(4));
	f = parse(strbuf_cstr(&text));
	p = filter_push_new(f);
	filter_push_event(p, s, max, &t);
	if (t.text.len > MAX(max, strlen(FILTER_PUSH_NEVER)))
		fail_msg("%s: %zu bytes", text.s, t.text.len);
	for (unsigned i = 0; i < 40; i++) {
		struct row r = { .rec = rec, .size = REC_SIZE, .schema = s, .ts = 5 };

		random_record(rec);
		memcpy(&r.tid, rec + 4, 4);
		r.cpu = (uint16_t)rnd(4);
		check_row(f, p, &t, &r, tally);
	}
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	strbuf_done(&text);
}

static void test_random(void **state)
{
	struct schema *s = loop_schema();
	struct tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		check_filter(s, i % 3 ? 4000 : 20 + rnd(80), &tally);
	/* Both answers, and often: else nothing was tried. */
	assert_true(tally.wanted > 50000);
	assert_true(tally.dropped > 50000);
	assert_true(tally.exact > 50000);
	schema_free(s);
}

/* A long filter is said as far as there is room, and still never drops what is wanted. */
static void test_long(void **state)
{
	struct schema *s = loop_schema();
	struct strbuf b = { 0 };
	struct filter_push_text t;
	struct filter_push *p;
	struct filter *f;

	(void)state;
	strbuf_str(&b, "a == 1 and (f == 0");
	for (unsigned i = 0; i < 2000; i++)
		strbuf_fmt(&b, " or f == %u", 3 * i);
	strbuf_str(&b, ") and g == 7");
	f = parse(b.s);
	p = filter_push_new(f);
	filter_push_event(p, s, 4000, &t);
	assert_string_equal(strbuf_cstr(&t.text), "a == 1 && g == 7");
	assert_true(t.cut);
	assert_false(t.exact);
	filter_push_text_done(&t);
	filter_push_free(p);
	filter_free(f);
	strbuf_done(&b);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),  cmocka_unit_test(test_columns),
		cmocka_unit_test(test_ids),    cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_random), cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
