/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The push-down: what the kernel is told never drops a row that the filter wants.
 *
 * Random filters over random records, against an evaluator of the kernel's grammar.
 */
#include "tests/unit/push_fixture.h"

#include "tests/unit/kernel_filter.h"

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
static const char *const words[] = { "",       "a",	"ab",	"ba",	  "9b",	       "!a",
				     "a*",     "*a",	"*b*",	"9*",	  "!*",	       "a?",
				     "[ab]*",  "[!a]b", "?[9]", "\\\\*a", "<idle>",    "abababab",
				     "*",      "b*a",	"x y",	"bash",	  "ababababa", "a\\\\",
				     "a?\\\\", "[a" };

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
	struct fixture fx = fixture_new();
	struct schema *s = schema_set_add(fx.set, loop_schema());
	struct tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		check_filter(s, i % 3 ? 4000 : 20 + rnd(80), &tally);
	/* Both answers, and often: else nothing was tried. */
	assert_true(tally.wanted > 50000);
	assert_true(tally.dropped > 50000);
	assert_true(tally.exact > 50000);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
