/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups against brute force on random rows: every key, every aggregate, and what is put together.
 */
#include "tests/unit/group_fixture.h"

#define WORLDS 60

/* ---- brute force ---- */

struct brute {
	char *key;
	unsigned rows[ROWS_MAX];
	unsigned count;
};

struct model {
	struct brute *groups;
	unsigned count, lacking, rows;
};

static bool brute_tuple(const struct group_world *w, const struct group_spec *s,
			const struct row *r, struct strbuf *out)
{
	strbuf_clear(out);
	for (unsigned i = 0; i < s->key_count; i++) {
		if (!brute_key(w, &s->keys[i], r, out))
			return false;
		strbuf_char(out, '|');
	}
	return true;
}

static struct brute *find(struct model *m, const char *key)
{
	for (unsigned i = 0; i < m->count; i++)
		if (!strcmp(m->groups[i].key, key))
			return &m->groups[i];
	return NULL;
}

static struct model model_new(const struct group_world *w, const struct group_spec *s)
{
	struct model m = { .groups = calloc(ROWS_MAX, sizeof(*m.groups)) };
	struct strbuf key = { 0 };

	assert_non_null(m.groups);
	for (unsigned i = 0; i < w->count; i++) {
		struct brute *g;

		if (!brute_tuple(w, s, &w->rows[i], &key)) {
			m.lacking++;
			continue;
		}
		m.rows++;
		g = find(&m, key.s);
		if (!g) {
			g = &m.groups[m.count++];
			g->key = strdup(key.s);
		}
		g->rows[g->count++] = i;
	}
	strbuf_done(&key);
	return m;
}

static void model_done(struct model *m)
{
	for (unsigned i = 0; i < m->count; i++)
		free(m->groups[i].key);
	free(m->groups);
}

/* ---- measures ---- */

static int by_wide(const void *a, const void *b)
{
	wide_t x = *(const wide_t *)a, y = *(const wide_t *)b;

	return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The numbers of a field in a group, sorted; rows that have none are left out. */
static unsigned numbers_of(const struct group_world *w, const struct brute *b,
			   const struct group_field *f, wide_t *to)
{
	struct strbuf text = { 0 };
	unsigned n = 0;

	for (unsigned i = 0; i < b->count; i++) {
		strbuf_clear(&text);
		if (brute_field(&w->rows[b->rows[i]], f, &text, &to[n]) && text.s[0] != '\'')
			n++;
	}
	strbuf_done(&text);
	qsort(to, n, sizeof(*to), by_wide);
	return n;
}

/* What distinct(X) and last(X) are of; what is not known of a thread is no value. */
static bool brute_value(const struct group_world *w, const struct group_measure *m,
			const struct row *r, struct strbuf *out)
{
	const struct group_key k = { .kind = m->of, .field = m->field };

	return brute_key(w, &k, r, out) && strcmp(strbuf_cstr(out), "-") != 0;
}

static unsigned distinct_of(const struct group_world *w, const struct brute *b,
			    const struct group_measure *m)
{
	char **texts = calloc(b->count, sizeof(*texts));
	unsigned n = 0, different = 0;

	assert_non_null(texts);
	for (unsigned i = 0; i < b->count; i++) {
		struct strbuf text = { 0 };

		if (brute_value(w, m, &w->rows[b->rows[i]], &text))
			texts[n++] = strbuf_take(&text);
		strbuf_done(&text);
	}
	qsort(texts, n, sizeof(*texts), by_text);
	for (unsigned i = 0; i < n; i++)
		different += !i || strcmp(texts[i], texts[i - 1]) != 0;
	for (unsigned i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
	return different;
}

static void check_real(double have, double want)
{
	double error = have - want, size = want < 0 ? -want : want;

	assert_true((error < 0 ? -error : error) <= size * 1e-12 + 1e-12);
}

/* Within one percent of the value, which is exact for small ones. */
static void check_quantile(wide_t have, const wide_t *sorted, unsigned n, double q)
{
	double exact = q * n;
	unsigned rank = (unsigned)exact + ((double)(unsigned)exact < exact);
	wide_t want = sorted[rank ? rank - 1 : 0], error = have - want;
	wide_t size = want < 0 ? -want : want;

	assert_true((error < 0 ? -error : error) * 100 <= size);
}

static void check_numbers(const struct group_measure *m, const struct group_value *v,
			  const wide_t *sorted, unsigned n)
{
	wide_t sum = 0;

	if (!n) {
		assert_int_equal(v->type, GROUP_NONE);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		sum += sorted[i];
	switch (m->kind) {
	case MEASURE_SUM:
		assert_true(v->wide == sum);
		break;
	case MEASURE_AVERAGE:
		check_real(v->real, (double)sum / n);
		break;
	case MEASURE_MIN:
		assert_true(v->wide == sorted[0]);
		break;
	case MEASURE_MAX:
		assert_true(v->wide == sorted[n - 1]);
		break;
	default:
		check_quantile(v->wide, sorted, n, m->quantile);
	}
}

/* last(FIELD): of equal times that of the row that came last. */
static void check_latest(const struct group_world *w, const struct group_table *t,
			 const struct group *g, const struct brute *b, unsigned measure)
{
	const struct group_measure *m = &t->spec->measures[measure];
	const struct part_latest *l = group_latest(t, g, measure);
	struct strbuf want = { 0 }, have = { 0 }, text = { 0 };
	uint64_t ts = 0;

	for (unsigned i = 0; i < b->count; i++) {
		const struct row *r = &w->rows[b->rows[i]];

		strbuf_clear(&text);
		if (!brute_value(w, m, r, &text) || r->ts < ts)
			continue;
		ts = r->ts;
		strbuf_clear(&want);
		strbuf_str(&want, text.s);
	}
	if (l)
		say_atom(t, l->value, &have);
	assert_string_equal(strbuf_cstr(&have), strbuf_cstr(&want));
	strbuf_done(&want);
	strbuf_done(&have);
	strbuf_done(&text);
}

static void check_times(const struct group_world *w, const struct group *g, const struct brute *b)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned i = 0; i < b->count; i++) {
		first = MIN(first, w->rows[b->rows[i]].ts);
		last = MAX(last, w->rows[b->rows[i]].ts);
	}
	assert_int_equal(g->first, first);
	assert_int_equal(g->last, last);
}

static void check_measure(const struct group_world *w, const struct group_table *t, uint32_t row,
			  const struct brute *b, unsigned measure)
{
	const struct group_measure *m = &t->spec->measures[measure];
	wide_t *sorted = calloc(b->count, sizeof(*sorted));
	struct group_value v;

	assert_non_null(sorted);
	group_value(t, row, t->spec->key_count + measure, &v);
	switch (m->kind) {
	case MEASURE_COUNT:
		assert_true(v.wide == b->count);
		break;
	case MEASURE_SHARE:
		check_real(v.real, (double)b->count / (double)group_rows(t));
		break;
	case MEASURE_RATE:
	case MEASURE_FIRST:
	case MEASURE_LAST:
		break;
	case MEASURE_DISTINCT:
		assert_true(v.wide == distinct_of(w, b, m));
		assert_false(v.about);
		break;
	case MEASURE_LATEST:
		check_latest(w, t, group_at(t, row), b, measure);
		break;
	default:
		check_numbers(m, &v, sorted, numbers_of(w, b, &m->field, sorted));
	}
	free(sorted);
}

static void check_table(const struct group_world *w, const struct group_table *t, struct model *m)
{
	struct strbuf key = { 0 };

	assert_int_equal(group_count(t), m->count);
	assert_int_equal(group_rows(t), m->rows);
	assert_int_equal(group_lacking(t), m->lacking);
	for (uint32_t i = 0; i < group_count(t); i++) {
		const struct group *g = group_at(t, i);
		struct brute *b;

		strbuf_clear(&key);
		for (unsigned k = 0; k < t->spec->key_count; k++) {
			say_atom(t, group_key_atom(g, k), &key);
			strbuf_char(&key, '|');
		}
		b = find(m, key.s);
		if (!b)
			fail_msg("no rows of %s", key.s);
		check_times(w, g, b);
		for (unsigned k = 0; k < t->spec->measure_count; k++)
			check_measure(w, t, i, b, k);
	}
	strbuf_done(&key);
}

/* ---- what is asked ---- */

/* Adds n different words to a list. */
static void pick_words(char *list, const char *const *words, unsigned count, unsigned n)
{
	unsigned at = pick(count), step = 1 + pick(count - 1);
	bool used[64] = { false };

	for (; n--; at = (at + step) % count) {
		while (used[at])
			at = (at + 1) % count;
		used[at] = true;
		strcat(list, *list ? ", " : "");
		strcat(list, words[at]);
	}
}

static struct group_spec *random_spec(void)
{
	static const char *const keys[] = {
		"x",	   "y",	     "z",   "name", "event2.x", "event", "system", "backend", "cpu",
		"process", "thread", "pid", "tid",  "ppid",	"comm",	 "exe",	   "uid",
	};
	static const char *const shown[] = {
		"rate",
		"share",
		"first",
		"last",
		"distinct(x)",
		"sum(x)",
		"avg(x)",
		"min(x)",
		"max(x)",
		"p50(x)",
		"p99(y)",
		"sum(y)",
		"last(x)",
		"last(name)",
		"distinct(name)",
		"p99.9(z)",
		"min(z)",
		"avg(event1.y)",
		"distinct(process)",
		"last(process)",
		"distinct(thread)",
		"last(thread)",
		"distinct(pid)",
		"last(tid)",
		"last(ppid)",
		"distinct(comm)",
		"last(comm)",
		"last(exe)",
		"distinct(uid)",
		"distinct(cpu)",
		"last(cpu)",
		"distinct(event)",
		"last(event)",
		"last(system)",
		"distinct(backend)",
	};
	char by[400] = "", show[600] = "count";

	pick_words(by, keys, ARRAY_SIZE(keys), 1 + pick(3));
	pick_words(show, shown, ARRAY_SIZE(shown), pick(12));
	return new_spec(by, show);
}

/* Pages end at random, and strings and people get other numbers. */
static void fold_all(struct group_table *t, const struct group_world *w)
{
	const struct run run = { 0 };

	for (unsigned i = 0; i < w->count; i++) {
		t->full |= !pick(100);
		if (!pick(50) || !i || w->rows[i].cpu != w->rows[i - 1].cpu)
			group_fold_ops.page(t, &run);
		group_fold_ops.row(t, &w->rows[i]);
	}
}

/* ---- tests ---- */

static void test_against_brute_force(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORLDS; i++) {
		struct group_world *w = world_new(200 + pick(600));

		for (unsigned j = 0; j < 4; j++) {
			struct group_spec *s = random_spec();
			struct group_conf c = { .spec = s, .identity = w->fx.id };
			struct group_table *t = group_new(&c);
			struct model m = model_new(w, s);

			fold_all(t, w);
			check_table(w, t, &m);
			group_fold_ops.restart(t);
			assert_int_equal(group_count(t), 0);
			fold_all(t, w);
			group_settle(t);
			check_table(w, t, &m);
			model_done(&m);
			group_free(t);
			group_spec_free(s);
		}
		world_free(w);
	}
}

/* ---- order ---- */

static void test_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct group_world *w = world_new(800);
		struct group_spec *s = new_spec("x, process", "count, avg(y), last(name), max(y)");
		struct group_conf c = { .spec = s, .identity = w->fx.id };
		struct group_table *t;
		uint32_t n;

		c.memory = i % 2 ? 60000 : 0;
		t = group_new(&c);
		fold_all(t, w);
		n = group_count(t);
		for (unsigned k = 0; k < 3000; k++) {
			uint32_t a = pick(n), b = pick(n), d = pick(n);
			unsigned column = pick(6);
			bool down = pick(2);
			int ab = group_order(t, (uint32_t[]) { a, b }, column, down);
			int bd = group_order(t, (uint32_t[]) { b, d }, column, down);
			int ad = group_order(t, (uint32_t[]) { a, d }, column, down);
			struct group_value va, vb;

			assert_int_equal(ab, -group_order(t, (uint32_t[]) { b, a }, column, down));
			if (ab <= 0 && bd <= 0)
				assert_true(ad <= 0);
			group_value(t, a, column, &va);
			group_value(t, b, column, &vb);
			if (!group_is_other(t, a) && !group_is_other(t, b) && va.type && !vb.type)
				assert_int_equal(ab, -1);
			if (group_is_other(t, a) && a != b)
				assert_int_equal(ab, 1);
			if (va.type == GROUP_NUMBER && vb.type == GROUP_NUMBER && va.wide < vb.wide)
				assert_true(group_compare(t, a, b, column) < 0);
		}
		group_free(t);
		group_spec_free(s);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_brute_force),
		cmocka_unit_test(test_order),
	};

	group_arrays = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
