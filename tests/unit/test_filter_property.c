/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled filter against an interpreter that is slow and obvious: random expressions over
 * random records of all fixture schemas, some cut short, some without a schema.
 *
 * The interpreter has a tree of its own, walks it in the order of the text, and knows
 * nothing of ranges, jumps, costs or constants. Only reading a field is core/field.c's.
 */
#include "tests/unit/filter_fixture.h"

#include <stdlib.h>

#include "core/cleanup.h"

#define EXPRESSIONS 4000
#define RECORDS	    40
#define REC_MAX	    64

__extension__ typedef __int128 wide;

static uint64_t seed = 20261121;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* ---- expressions ---- */

enum kind { COMPARE, NOT, AND, OR };

struct expr {
	enum kind kind;
	const char *field, *op;
	char literal[48]; /* what it is */
	bool quoted;
	struct expr *a, *b;
};

static const char *const fields[] = {
	"pid",	  "tid",	 "cpu",	       "lost",	    "comm",	  "event",  "system",
	"a",	  "b",		 "c",	       "d",	    "e",	  "f",	    "g",
	"h",	  "arr",	 "name",       "rel",	    "fixed",	  "tail",   "load",
	".tid",	  "prev_comm",	 "next_comm",  "prev_pid",  "prev_state", "nosuch", "common_pid",
	"ints.a", "txt:texts.a", "sys:ints.a", "swapped.g",
};
static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=", "~", "!~", "=" };
static const char *const numbers[] = {
	"0",
	"1",
	"-1",
	"5",
	"127",
	"128",
	"-128",
	"-129",
	"255",
	"256",
	"32767",
	"-32768",
	"65535",
	"2147483647",
	"-2147483648",
	"4294967295",
	"9223372036854775807",
	"-9223372036854775808",
	"9223372036854775808",
	"18446744073709551615",
	"18446744073709551616",
	"8",
	"4",
	"2",
	"-18446744073709551616",
	"99999999999999999999999999",
};
static const char *const words[] = {
	"",	  "a",	 "ab",		 "b",	 "bash",      "ba*", "*a",  "*a*",	   "a?*",
	"[a-b]*", "x y", "sched_switch", "ints", "txt:texts", "s*",  "*:*", "kworker/0:1", "<idle>",
	"7",
};

/* Which fields the parser knows to be a number or text, whatever the event. */
static bool is_context(const char *field, bool *number)
{
	static const char *const text[] = { "comm", "event", "system" };
	static const char *const number_names[] = { "pid", "tid", "cpu", "lost" };

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		if (!strcmp(field, text[i])) {
			*number = false;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(number_names); i++)
		if (!strcmp(field, number_names[i])) {
			*number = true;
			return true;
		}
	return false;
}

static bool is_order(const char *op)
{
	return op[0] == '<' || op[0] == '>';
}

static bool is_glob(const char *op)
{
	return strchr(op, '~') != NULL;
}

/* A comparison that the parser takes. */
static void random_compare(struct expr *x)
{
	bool number;

	for (;;) {
		x->field = fields[pick(ARRAY_SIZE(fields))];
		x->op = ops[pick(ARRAY_SIZE(ops))];
		x->quoted = pick(2);
		snprintf(x->literal, sizeof(x->literal), "%s",
			 x->quoted ? words[pick(ARRAY_SIZE(words))]
				   : numbers[pick(ARRAY_SIZE(numbers))]);
		if (is_order(x->op) && x->quoted)
			continue;
		if (!is_context(x->field, &number))
			return;
		if (number ? !is_glob(x->op) && !x->quoted : !is_order(x->op))
			return;
	}
}

static struct expr *random_expr(unsigned depth)
{
	struct expr *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->kind = depth ? (enum kind)pick(4) : COMPARE;
	if (x->kind == COMPARE) {
		random_compare(x);
		return x;
	}
	x->a = random_expr(depth - 1);
	if (x->kind != NOT)
		x->b = random_expr(depth - 1);
	return x;
}

static void free_expr(struct expr *x)
{
	if (!x)
		return;
	free_expr(x->a);
	free_expr(x->b);
	free(x);
}

static void print_expr(const struct expr *x, struct strbuf *out)
{
	static const char *const join[2][2] = { { " and ", " && " }, { " or ", "||" } };
	unsigned spelling = pick(2);

	switch (x->kind) {
	case COMPARE:
		strbuf_fmt(out, x->quoted ? "%s %s \"%s\"" : "%s%s%s", x->field, x->op, x->literal);
		break;
	case NOT:
		strbuf_str(out, spelling ? "!(" : "not (");
		print_expr(x->a, out);
		strbuf_char(out, ')');
		break;
	default:
		strbuf_char(out, '(');
		print_expr(x->a, out);
		strbuf_str(out, join[x->kind == OR][spelling]);
		print_expr(x->b, out);
		strbuf_char(out, ')');
	}
}

/* ---- the interpreter ---- */

static wide wide_of(const char *s)
{
	wide v = 0;
	bool minus = *s == '-';

	for (s += minus; *s; s++)
		v = v * 10 + (*s - '0');
	return minus ? -v : v;
}

static enum filter_value truth(bool b)
{
	return b ? FILTER_TRUE : FILTER_FALSE;
}

static enum filter_value compare_numbers(wide v, const struct expr *x, int scale)
{
	wide l;

	if (x->quoted || is_glob(x->op))
		return FILTER_UNKNOWN;
	l = wide_of(x->literal) * scale;
	if (!strcmp(x->op, "<"))
		return truth(v < l);
	if (!strcmp(x->op, "<="))
		return truth(v <= l);
	if (!strcmp(x->op, ">"))
		return truth(v > l);
	if (!strcmp(x->op, ">="))
		return truth(v >= l);
	return truth((v == l) != (x->op[0] == '!'));
}

/* Globs of the words above: sets only as [a-b]. */
static bool slow_glob(const char *p, const char *s)
{
	if (!*p)
		return !*s;
	if (*p == '*')
		return slow_glob(p + 1, s) || (*s && slow_glob(p, s + 1));
	if (*p == '[')
		return (*s == 'a' || *s == 'b') && slow_glob(p + 5, s + 1);
	return *s && (*p == '?' || *p == *s) && slow_glob(p + 1, s + 1);
}

static enum filter_value compare_text(const char *s, const struct expr *x)
{
	if (is_order(x->op))
		return FILTER_UNKNOWN;
	if (is_glob(x->op))
		return truth(slow_glob(x->literal, s) != (x->op[0] == '!'));
	return truth(!strcmp(s, x->literal) != (x->op[0] == '!'));
}

static enum filter_value eval_name(const struct expr *x, const struct schema *s)
{
	char name[64];

	if (!s)
		return FILTER_UNKNOWN;
	snprintf(name, sizeof(name), "%s", !strcmp(x->field, "system") ? s->system : s->name);
	if (!strcmp(x->field, "event") && strchr(x->literal, ':'))
		snprintf(name, sizeof(name), "%s:%s", s->system, s->name);
	return compare_text(name, x);
}

static enum filter_value eval_context(const struct expr *x, const struct row *r, bool identity)
{
	const struct identity *id = FIXTURE_IDENTITY;
	bool thread = !(r->flags & ROW_LOSS);

	if (!strcmp(x->field, "event") || !strcmp(x->field, "system"))
		return eval_name(x, r->schema);
	if (!strcmp(x->field, "cpu"))
		return r->cpu == CPU_NONE ? FILTER_UNKNOWN : compare_numbers(r->cpu, x, 1);
	if (!strcmp(x->field, "lost"))
		return compare_numbers(r->flags & ROW_LOSS ? (wide)r->lost : 0, x, 1);
	if (!thread)
		return FILTER_UNKNOWN;
	if (!strcmp(x->field, "tid"))
		return compare_numbers(r->tid, x, 1);
	if (!identity)
		return FILTER_UNKNOWN;
	if (!strcmp(x->field, "pid")) {
		int32_t pid = identity_pid(id, r->tid, r->ts);

		return pid < 0 ? FILTER_UNKNOWN : compare_numbers(pid, x, 1);
	}
	if (!strcmp(identity_comm(id, r->tid, r->ts), "<...>"))
		return FILTER_UNKNOWN;
	return compare_text(identity_comm(id, r->tid, r->ts), x);
}

/* The field a name means in this schema, or NULL. */
static const struct field *lookup(const char *name, const struct schema *s)
{
	char qualified[2][96];
	const char *dot = strchr(name, '.');

	if (!s)
		return NULL;
	schema_for_each_field (s, f) {
		snprintf(qualified[0], sizeof(qualified[0]), "%s.%s", s->name, f->name);
		snprintf(qualified[1], sizeof(qualified[1]), "%s:%s.%s", s->system, s->name,
			 f->name);
		if (!strcmp(name, f->name) || (dot == name && !strcmp(name + 1, f->name)) ||
		    !strcmp(name, qualified[0]) || !strcmp(name, qualified[1]))
			return f;
	}
	return NULL;
}

static enum filter_value eval_compare(const struct expr *x, const struct row *r, bool identity)
{
	const struct field *f;
	char text[REC_MAX + 1];
	const char *s;
	uint32_t len;
	uint64_t v;
	bool number;

	if (is_context(x->field, &number))
		return eval_context(x, r, identity);
	f = lookup(x->field, r->schema);
	if (!f || !r->rec)
		return FILTER_UNKNOWN;
	if (f->kind == FIELD_INT) {
		if (!field_int(r->schema, f, r->rec, r->size, &v))
			return FILTER_UNKNOWN;
		return compare_numbers(f->is_signed ? (wide)(int64_t)v : (wide)v, x,
				       f->unit == UNIT_FIX6 ? 1000000 : 1);
	}
	if (f->kind != FIELD_STRING)
		return FILTER_UNKNOWN;
	s = field_str(r->schema, f, r->rec, r->size, &len);
	if (!s)
		return FILTER_UNKNOWN;
	memcpy(text, s, len);
	text[len] = '\0';
	return compare_text(text, x);
}

static enum filter_value eval(const struct expr *x, const struct row *r, bool identity)
{
	enum filter_value a, b;

	if (x->kind == COMPARE)
		return eval_compare(x, r, identity);
	a = eval(x->a, r, identity);
	if (x->kind == NOT)
		return a == FILTER_UNKNOWN ? a : truth(a == FILTER_FALSE);
	b = eval(x->b, r, identity);
	if (x->kind == AND) {
		if (a == FILTER_FALSE || b == FILTER_FALSE)
			return FILTER_FALSE;
		return a == FILTER_TRUE && b == FILTER_TRUE ? FILTER_TRUE : FILTER_UNKNOWN;
	}
	if (a == FILTER_TRUE || b == FILTER_TRUE)
		return FILTER_TRUE;
	return a == FILTER_FALSE && b == FILTER_FALSE ? FILTER_FALSE : FILTER_UNKNOWN;
}

/* ---- records ---- */

static void random_text(uint8_t *to, unsigned size)
{
	unsigned len = pick(size + 1);

	memset(to, 0, size);
	for (unsigned i = 0; i < len; i++)
		to[i] = (uint8_t) "aabbsh"[pick(6)];
	if (size >= 4 && pick(4) == 0)
		memcpy(to, "bash", 4);
}

/* Numbers that lie near the ends of something, in bytes of any width. */
static void random_number(const struct schema *s, const struct field *f, uint8_t *to)
{
	uint64_t v = pick(2) ? pick(10) - (uint64_t)3 : (uint64_t)wide_of(numbers[pick(23)]);

	for (unsigned i = 0; i < f->size; i++)
		to[s->machine.swap ? f->size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

/* Fills bytes of a record by its fields, and the row that stands for it. */
static void random_row(const struct fixture *fx, struct row *r, uint8_t *rec)
{
	static const uint32_t locs[] = { 4 << 16 | 44, 0, 8 << 16 | 60, 1u << 31, 20 << 16 | 40 };
	const struct schema *s = pick(12) ? fx->schema[pick(FIXTURE_SCHEMAS)] : NULL;

	for (unsigned i = 0; i < REC_MAX; i += 8)
		random_text(rec + i, 8);
	*r = (struct row) { .ts = pick(2000), .tid = (int)pick(14) - 2, .schema = s };
	r->cpu = pick(5) ? (uint16_t)pick(4) : CPU_NONE;
	r->rec = rec;
	r->size = pick(5) ? 60 : pick(REC_MAX + 1);
	if (!s && pick(2)) {
		r->flags = ROW_LOSS;
		r->lost = pick(5);
		r->rec = NULL;
	}
	if (!s)
		return;
	schema_for_each_field (s, f) {
		uint32_t loc = locs[pick(ARRAY_SIZE(locs))];

		if (f->kind == FIELD_INT)
			random_number(s, f, rec + f->offset);
		else if (f->place == FIELD_DATA_LOC || f->place == FIELD_REL_LOC)
			store_u32(rec + f->offset, s->machine.swap ? __builtin_bswap32(loc) : loc);
	}
}

/* ---- the property ---- */

static void check_row(const struct fixture *fx, struct filter *f, const struct expr *x,
		      unsigned answers[3])
{
	uint8_t rec[REC_MAX];
	bool identity = pick(8);
	const struct filter_program *p;
	enum filter_value want, got;
	struct row r;
	int constant;

	random_row(fx, &r, rec);
	want = eval(x, &r, identity);
	p = filter_bind(f, r.schema);
	got = filter_run(p, &r, identity ? FIXTURE_IDENTITY : NULL);
	constant = filter_constant(p);
	if (got != want)
		fail_msg("'%s' on %s: %d, not %d", filter_text(f),
			 r.schema ? r.schema->name : "no schema", got, want);
	if (filter_match(f, &r, identity ? FIXTURE_IDENTITY : NULL) != (want == FILTER_TRUE))
		fail_msg("'%s': a match that is none", filter_text(f));
	if (constant == FILTER_FALSE ? want == FILTER_TRUE : constant >= 0 && constant != (int)want)
		fail_msg("'%s': constant %d, but %d", filter_text(f), constant, want);
	answers[want]++;
}

static void test_random(void **state)
{
	struct fixture fx = fixture_new();
	unsigned answers[3] = { 0 };

	for (unsigned i = 0; i < EXPRESSIONS; i++) {
		struct expr *x = random_expr(pick(6));
		_cleanup_strbuf_ struct strbuf text = { 0 }, printed = { 0 };
		struct filter *f = NULL, *again = NULL;
		struct err e = ERR_INIT;

		print_expr(x, &text);
		if (filter_parse(strbuf_cstr(&text), &f, &e) < 0)
			fail_msg("'%s': %s", strbuf_cstr(&text), e.text);
		filter_print(f, &printed);
		if (filter_parse(strbuf_cstr(&printed), &again, &e) < 0)
			fail_msg("'%s': %s", strbuf_cstr(&printed), e.text);
		for (unsigned n = 0; n < RECORDS; n++) {
			check_row(&fx, f, x, answers);
			check_row(&fx, again, x, answers);
		}
		filter_free(f);
		filter_free(again);
		free_expr(x);
	}
	/* All three answers came up often enough to mean something. */
	for (unsigned v = 0; v < 3; v++)
		assert_true(answers[v] > EXPRESSIONS * RECORDS / 10);
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("filter_property", tests, NULL, NULL);
}
