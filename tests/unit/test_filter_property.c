/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled filter against an interpreter that is slow and obvious: random expressions over
 * random records of all fixture schemas, some cut short, some without a schema.
 *
 * The interpreter has a tree of its own, walks it in the order of the text, and knows
 * nothing of ranges, jumps, costs or constants. Only reading a field is core/field.c's.
 */
#include "tests/unit/filter_random.h"

#include <regex.h>
#include <stdlib.h>
#include <strings.h>

#include "core/cleanup.h"

#define EXPRESSIONS 4000
#define RECORDS	    40
#define REC_MAX	    64

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

/* What is compared with the number v of some bits; fix6 has a scale. */
static enum filter_value compare_numbers(wide v, const struct expr *x, int scale, unsigned bits)
{
	bool found = false;
	wide l;

	if (!x->items)
		return FILTER_TRUE;
	for (unsigned i = 0; i < x->items; i++)
		if (x->item[i].quoted || is_textual(x->op))
			return FILTER_UNKNOWN;
	l = wide_of(x->item[0].text) * scale;
	if (is(x->op, "<"))
		return truth(v < l);
	if (is(x->op, "<="))
		return truth(v <= l);
	if (is(x->op, ">"))
		return truth(v > l);
	if (is(x->op, ">="))
		return truth(v >= l);
	if (is(x->op, "&"))
		return truth(v & l & (((wide)1 << bits) - 1));
	for (unsigned i = 0; i < x->items; i++) {
		wide from = wide_of(x->item[i].text) * scale;
		wide to = x->item[i].to ? wide_of(x->item[i].to) * scale : from;

		found |= from <= v && v <= to;
	}
	return truth(found != is(x->op, "!="));
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

static bool slow_regex(const char *pattern, const char *s)
{
	regex_t re;
	bool found;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED), 0);
	found = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

/* How the text of an item stands in the filter. */
static const char *item_text(const struct item *it, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", it->text, it->to ? ".." : "", it->to ? it->to : "");
	return buf;
}

static bool is_text(const char *op, const char *l, const char *s)
{
	size_t len = strlen(s), l_len = strlen(l);

	if (is(op, "~"))
		return slow_glob(l, s);
	if (is_regex(op))
		return slow_regex(l, s);
	if (is(op, "contains"))
		return strstr(s, l);
	if (is(op, "icontains"))
		return strcasestr(s, l);
	if (is(op, "startswith"))
		return !strncmp(s, l, l_len);
	if (is(op, "endswith"))
		return len >= l_len && !strcmp(s + len - l_len, l);
	return !strcmp(s, l);
}

/* both: what a literal with a colon is compared with. */
static enum filter_value compare_text(const char *s, const char *both, const struct expr *x)
{
	bool found = false;
	char l[64];

	if (!x->items)
		return FILTER_TRUE;
	if (is_order(x->op) || is(x->op, "&"))
		return FILTER_UNKNOWN;
	for (unsigned i = 0; i < x->items; i++) {
		item_text(&x->item[i], l, sizeof(l));
		found |= is_text(x->op, l, both && strchr(l, ':') ? both : s);
	}
	return truth(found != (x->op[0] == '!'));
}

static enum filter_value eval_name(const struct expr *x, const struct schema *s)
{
	char both[64];

	if (!s)
		return FILTER_UNKNOWN;
	if (!strcmp(x->field, "system"))
		return compare_text(s->system, NULL, x);
	snprintf(both, sizeof(both), "%s:%s", s->system, s->name);
	return compare_text(s->name, both, x);
}

/* What only the process of a thread says. */
static enum filter_value eval_process(const struct expr *x, const struct task *t)
{
	const struct process *p = t ? t->process : NULL;
	const char *s;

	if (!p)
		return FILTER_UNKNOWN;
	if (is(x->field, "ppid"))
		return p->ppid < 0 ? FILTER_UNKNOWN : compare_numbers(p->ppid, x, 1, 64);
	if (is(x->field, "uid"))
		return p->uid == UINT32_MAX ? FILTER_UNKNOWN : compare_numbers(p->uid, x, 1, 64);
	s = strstr(x->field, "exe") ? p->exe : p->cgroup;
	if (!s)
		return FILTER_UNKNOWN;
	if (is(x->field, "container")) {
		s = strstr(s, "docker") ? "0123456789ab" : "";
		if (!x->items)
			return truth(*s);
	}
	return compare_text(s, NULL, x);
}

static enum filter_value eval_context(const struct expr *x, const struct row *r, bool identity)
{
	const struct identity *id = FIXTURE_IDENTITY;
	bool thread = !(r->flags & ROW_LOSS);

	if (!strcmp(x->field, "event") || !strcmp(x->field, "system"))
		return eval_name(x, r->schema);
	if (!strcmp(x->field, "cpu"))
		return r->cpu == CPU_NONE ? FILTER_UNKNOWN : compare_numbers(r->cpu, x, 1, 64);
	if (!strcmp(x->field, "lost"))
		return compare_numbers(r->flags & ROW_LOSS ? (wide)r->lost : 0, x, 1, 64);
	if (!thread)
		return FILTER_UNKNOWN;
	if (is(x->field, "tid") || is(x->field, "thread.tid"))
		return compare_numbers(r->tid, x, 1, 64);
	if (!identity)
		return FILTER_UNKNOWN;
	if (!strcmp(x->field, "pid")) {
		int32_t pid = identity_pid(id, r->tid, r->ts);

		return pid < 0 ? FILTER_UNKNOWN : compare_numbers(pid, x, 1, 64);
	}
	if (!is(x->field, "comm") && !is(x->field, "COMM"))
		return eval_process(x, identity_task(id, r->tid, r->ts));
	if (!strcmp(identity_comm(id, r->tid, r->ts), "<...>"))
		return FILTER_UNKNOWN;
	return compare_text(identity_comm(id, r->tid, r->ts), NULL, x);
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
				       f->unit == UNIT_FIX6 ? 1000000 : 1, 8 * f->size);
	}
	if (!x->items)
		return truth(field_bytes(r->schema, f, r->rec, r->size, &len) != NULL);
	if (f->kind != FIELD_STRING)
		return FILTER_UNKNOWN;
	s = field_str(r->schema, f, r->rec, r->size, &len);
	if (!s)
		return FILTER_UNKNOWN;
	memcpy(text, s, len);
	text[len] = '\0';
	return compare_text(text, NULL, x);
}

static enum filter_value eval(const struct expr *x, const struct row *r, bool identity)
{
	enum filter_value a, b;

	if (x->kind == COMPARE) {
		a = eval_compare(x, r, identity);
		/* exists is never unknown */
		return !x->items && a == FILTER_UNKNOWN ? FILTER_FALSE : a;
	}
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
