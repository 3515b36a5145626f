/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter over whole pages against the same filter over the rows of a cursor: random expressions
 * over tiny pages with records of every kind, of threads that came, went and changed their names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/cleanup.h"
#include "core/cursor.h"
#include "core/filter_page.h"
#include "tests/unit/identity_crowd.h"
#include "tests/unit/ring.h"

#define PAGE	    512
#define FRAGMENTS   500
#define EXPRESSIONS 600
#define OURS	    7 /* a thread whose records are nobody's to see */
#define CPUS	    3
#define SOURCES	    3
#define PAGES	    4096

static const char odd_format[] =
    EVENT("odd", 77,
	  FIELD("u16 a", 8, 2, 0) FIELD("s16 b", 10, 2, 1) FIELD("s8 c", 12, 1, 1)
	      FIELD("u8 d", 13, 1, 0) FIELD("s64 e", 16, 8, 1) FIELD("u32 f", 24, 4, 0)
		  FIELD("__data_loc char[] what", 28, 4, 0));
/* What has the id of sched_switch from the middle on. */
static const char later_format[] =
    EVENT("sched_switch", 372,
	  FIELD("int prev_prio", 8, 4, 1) FIELD("pid_t prev_pid", 12, 4, 1)
	      FIELD("char prev_comm[16]", 16, 16, 0) FIELD("long prev_state", 32, 8, 1));

struct world {
	struct fixture fx; /* the identity table */
	struct schema_set *set[2];
	struct time_map *map;
	struct store *store;
	struct source *source[SOURCES];
	uint64_t now;
};

/* ---- records ---- */

static void put(uint8_t *p, uint64_t v, unsigned size, bool swap)
{
	rec_bytes(p, v, size, swap);
}

/* Bytes that often mean something: small numbers, and names. */
static void random_body(uint8_t *p, uint32_t size, bool swap)
{
	for (uint32_t i = 8; i + 4 <= size; i += 4)
		put(p + i, pick(3) ? pick(4) : (uint64_t)-pick(3), 4, swap);
	if (size >= 44 && pick(3))
		snprintf((char *)p + (pick(2) ? 8 : 16), 16, "%s", names[pick(5)]);
	if (size >= 40)
		put(p + 28, pick(8) << 16 | 32, 4, swap);
}

static uint32_t random_record(uint8_t *p, bool swap)
{
	static const uint16_t types[] = { 372, 372, 77, 77, 369, 204, 999, 40000 };
	uint32_t size = pick(12) ? 48 : 4 + pick(11) * 4;

	memset(p, 0, size);
	put(p, types[pick(ARRAY_SIZE(types))], 2, swap);
	if (size >= 8)
		put(p + 4, pick(THREADS + 2), 4, swap);
	random_body(p, size, swap);
	return size;
}

static void fill_fragment(struct world *w, unsigned source, unsigned cpu)
{
	struct run *r = store_run(w->store, w->source[source], (uint16_t)cpu);
	uint8_t *at = store_room(w->store, NULL);
	uint32_t used = 0;
	uint64_t ts = w->now;

	if (source == 2)
		r->time = w->map;
	store_u64(at, ts);
	for (unsigned n = pick(7); n; n--) {
		uint32_t size = random_record(at + PAGE_HEADER + used + 4, source == 1);
		uint64_t delta = pick(2) ? 0 : pick(1u << 26);

		store_u32(at + PAGE_HEADER + used, size / 4 | (uint32_t)delta << 5);
		ts += delta;
		used += 4 + size;
	}
	store_u64(at + 8, used);
	w->now = ts;
	assert_true(store_commit(w->store, r, PAGE, NULL) >= 0);
}

/* Parses texts for nothing until the next schema's number ends as the wanted one's does. */
static void skip_numbers(uint32_t wanted)
{
	const char *text = identity_formats[EXIT].text;
	struct schema *s = NULL;
	uint32_t index;

	do {
		assert_int_equal(schema_parse("x", text, strlen(text),
					      (struct machine) { .long_size = 8 }, &s, NULL),
				 0);
		index = s->index;
		schema_free(s);
	} while ((index + 1) % 256 != wanted % 256);
}

/* Several have numbers with the same end: what is found by them must still be told apart. */
static struct schema_set *new_set(bool swap)
{
	struct machine m = { .long_size = 8, .swap = swap };
	struct schema_set *set = schema_set_new(m);

	for (unsigned i = EXIT; i <= SWITCH + 1; i++) {
		const char *text = i > SWITCH ? odd_format : identity_formats[i].text;
		struct schema *s = NULL;

		if (i > SWITCH)
			skip_numbers(set->by_id[372]->index);
		assert_int_equal(schema_parse("sched", text, strlen(text), m, &s, NULL), 0);
		schema_set_add(set, s);
		s->role = (uint8_t)identity_role(s);
	}
	return set;
}

static void another_generation(struct world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		struct schema *s = NULL;

		assert_int_equal(schema_parse("sched", later_format, strlen(later_format),
					      w->set[i]->machine, &s, NULL),
				 0);
		schema_set_add(w->set[i], s);
		assert_int_equal(w->set[i]->gen, 1);
	}
}

static void world_open(struct world *w)
{
	struct store_conf c = { .memory = 16u << 20, .page_size = PAGE };

	*w = (struct world) { .now = 5000 };
	fixture_init(&w->fx, (struct machine) { .long_size = 8 }, NULL);
	crowd_live(&w->fx);
	w->map = calloc(1, sizeof(*w->map) + sizeof(w->map->pieces[0]));
	w->map->count = 1;
	w->map->pieces[0] = (struct time_piece) { .from = 1000, .to = 3 * NSEC_PER_SEC };
	assert_int_equal(store_new(&c, &w->store, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		w->set[i] = new_set(i);
	for (unsigned i = 0; i < SOURCES; i++) {
		w->source[i] = store_source(w->store, "test", "test", w->set[i == 1], 0);
		w->source[i]->own[1] = OURS;
	}
	for (unsigned i = 0; i < FRAGMENTS; i++) {
		if (i == FRAGMENTS / 2)
			another_generation(w);
		w->now += pick(1500) * NSEC_PER_MSEC;
		fill_fragment(w, pick(SOURCES), pick(CPUS));
	}
}

static void world_close(struct world *w)
{
	store_free(w->store);
	for (unsigned i = 0; i < 2; i++)
		schema_set_free(w->set[i]);
	free(w->map);
	fixture_done(&w->fx);
}

/* ---- expressions ---- */

static const char *const numbers[] = { "pid",  "tid",  "cpu", "prev_pid", "prev_state", "prev_prio",
				       "prio", "pid",  "a",   "b",	  "c",		"d",
				       "e",    ".pid", "f",   "tid",	  "group_dead", "lost",
				       "ppid", "uid",  "ppid" };
static const char *const texts[] = { "comm", "comm",	"prev_comm", "what",	  "event", "system",
				     "comm", "newcomm", "exe",	     "container", "exe" };
static const char *const patterns[] = { "bash",	  "ba*", "*a*",	   "x",	      "*",
					"k*/?:1", "odd", "sched*", "'<...>'", "/bin/*" };

/* What is no plain comparison. */
static void random_test(struct strbuf *out)
{
	const char *number = numbers[pick(ARRAY_SIZE(numbers))];
	const char *text = texts[pick(ARRAY_SIZE(texts))];

	switch (pick(8)) {
	case 0:
		strbuf_fmt(out, "%s in (%u, %u..%u)", number, pick(3), 3 + pick(3), 6 + pick(9));
		break;
	case 1:
		strbuf_fmt(out, "%s & %u", number, 1 + pick(7));
		break;
	case 2:
		strbuf_fmt(out, "exists %s", pick(2) ? number : text);
		break;
	case 3:
		strbuf_fmt(out, "%s %s '%s'", text, pick(2) ? "=~" : "!~",
			   pick(2) ? "^k.*[0-9]$" : "a|x+");
		break;
	case 6:
		strbuf_fmt(out, "kernel{ %s < %u || comm ~ \"ba*\" }",
			   pick(2) ? "prev_pid" : "common_pid", pick(12));
		break;
	case 5:
		strbuf_fmt(out, "time %s %u.5", pick(2) ? "<" : ">=", pick(400));
		break;
	case 4:
		strbuf_fmt(out, "%s in (bash, x, odd)", text);
		break;
	default:
		strbuf_fmt(out, "%s %s A", text, pick(2) ? "icontains" : "contains");
	}
}

static void random_compare(struct strbuf *out)
{
	static const char *const orders[] = { "==", "!=", "<", "<=", ">", ">=", "==" };
	static const char *const matches[] = { "~", "~", "==", "!=" };

	if (pick(3) == 0)
		random_test(out);
	else if (pick(2))
		strbuf_fmt(out, "%s %s %d", numbers[pick(ARRAY_SIZE(numbers))],
			   orders[pick(ARRAY_SIZE(orders))], (int)pick(12) - 2);
	else
		strbuf_fmt(out, "%s %s %s", texts[pick(ARRAY_SIZE(texts))],
			   matches[pick(ARRAY_SIZE(matches))],
			   patterns[pick(ARRAY_SIZE(patterns))]);
}

static void random_expression(struct strbuf *out, unsigned depth)
{
	unsigned kind = depth ? pick(4) : 0;

	if (!kind) {
		random_compare(out);
		return;
	}
	strbuf_str(out, kind == 1 ? "not (" : "(");
	random_expression(out, depth - 1);
	if (kind > 1) {
		strbuf_str(out, kind == 2 ? " and " : " or ");
		random_expression(out, depth - 1);
	}
	strbuf_char(out, ')');
}

/* More comparisons of a thread than there is room to remember. */
static void many_of_a_thread(struct strbuf *out)
{
	strbuf_str(out, "pid == 1000");
	for (unsigned i = 1; i < 80; i++)
		strbuf_fmt(out, " or pid == %u", i < 35 ? 1000 + i : i % THREADS);
}

/* ---- rows ---- */

/* What the rows of each page say. */
struct said {
	struct filter_place page[SOURCES * CPUS][PAGES];
	uint64_t shown, hidden;
};

static void ask_rows(struct world *w, struct filter *f, struct said *said)
{
	struct cursor *c = cursor_new(w->store, 0);
	struct row r;

	memset(said, 0, sizeof(*said));
	while (cursor_next(c, UINT64_MAX, &r)) {
		struct filter_place *p = &said->page[r.run][r.page];

		if (f && !filter_match(f, &r, w->fx.id)) {
			p->hidden++;
			said->hidden++;
			continue;
		}
		if (!p->shown++)
			p->first = r.ts;
		p->last = r.ts;
		said->shown++;
	}
	cursor_free(c);
}

/* One page in steps of time, and once more as a whole. */
static void check_page(struct filter_scan *scan, const struct run *r, uint64_t number,
		       const struct filter_place *want)
{
	const struct page *p = run_page(r, number);
	struct filter_place at = { 0 }, whole = { 0 };
	uint64_t limit = p->first;

	while (!filter_scan_page(scan, r, p, limit, &at))
		limit += 1 + pick(1u << 27);
	assert_true(limit > p->last);
	assert_true(filter_scan_page(scan, r, p, UINT64_MAX, &whole));
	assert_int_equal(at.at, p->size);
	assert_int_equal(whole.at, p->size);
	assert_int_equal(whole.shown, want->shown);
	assert_int_equal(whole.hidden, want->hidden);
	assert_int_equal(at.shown, want->shown);
	assert_int_equal(at.hidden, want->hidden);
	assert_int_equal(at.first, want->first);
	assert_int_equal(at.last, want->last);
	assert_false(at.fell);
}

static void check_filter(struct world *w, const char *text, struct said *said)
{
	struct filter_scan *scan;
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	const struct run *r;

	if (text && filter_parse(text, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	ask_rows(w, f, said);
	scan = filter_scan_new(f, w->fx.id);
	for (unsigned i = 0; (r = store_run_at(w->store, i)); i++)
		for (uint64_t n = r->base; n < r->base + r->count; n++)
			check_page(scan, r, n, &said->page[i][n]);
	filter_scan_free(scan);
	filter_free(f);
}

static void test_random(void **state)
{
	static struct said said;
	uint64_t shown = 0, hidden = 0;
	struct world w;

	(void)state;
	world_open(&w);
	check_filter(&w, NULL, &said);
	assert_true(said.shown > FRAGMENTS * 2 && !said.hidden);
	for (unsigned i = 0; i < EXPRESSIONS; i++) {
		_cleanup_strbuf_ struct strbuf text = { 0 };

		if (i)
			random_expression(&text, pick(4));
		else
			many_of_a_thread(&text);
		check_filter(&w, strbuf_cstr(&text), &said);
		shown += said.shown;
		hidden += said.hidden;
	}
	assert_true(shown > EXPRESSIONS * 200 && hidden > EXPRESSIONS * 200);
	world_close(&w);
}

/* Without an identity table nobody is known. */
static void test_nobody(void **state)
{
	static struct said said;
	struct identity *id;
	struct world w;

	(void)state;
	world_open(&w);
	id = w.fx.id;
	w.fx.id = NULL;
	check_filter(&w, "pid == 1 or prev_pid == 2", &said);
	check_filter(&w, "not comm == x", &said);
	assert_int_equal(said.shown, 0);
	w.fx.id = id;
	world_close(&w);
}

/* A page that grows is walked on, and one on which the clock was set back says so. */
static void test_growing(void **state)
{
	struct filter_place at = { 0 };
	struct filter_scan *scan = filter_scan_new(NULL, NULL);
	struct world w;
	struct run *r;

	(void)state;
	world_open(&w);
	r = store_run(w.store, w.source[0], CPUS);
	for (unsigned i = 1; i <= 3; i++) {
		struct fragment_maker m;

		fragment_begin(&m, store_room(w.store, NULL), i == 3 ? w.now - 500 : w.now);
		fragment_add(&m, m.ts + 5, 1, 0);
		assert_int_equal(store_commit(w.store, r, PAGE, NULL), 1);
		assert_true(filter_scan_page(scan, r, run_page(r, 0), UINT64_MAX, &at));
		assert_int_equal(at.shown, i);
		assert_int_equal(at.fell, i == 3);
		w.now += 100;
	}
	filter_scan_free(scan);
	world_close(&w);
}

/* What is learned between two pages counts for the second. */
static void test_learning(void **state)
{
	struct filter_place at = { 0 };
	struct filter_scan *scan;
	struct filter *f = NULL;
	struct world w;
	struct run *r;

	(void)state;
	world_open(&w);
	assert_int_equal(filter_parse("comm == fresh", &f, NULL), 0);
	scan = filter_scan_new(f, w.fx.id);
	r = store_run(w.store, w.source[0], CPUS);
	for (unsigned i = 0; i < 2; i++) {
		struct fragment_maker m;

		if (i)
			learn(&w.fx, rec_rename(&w.fx, w.now, THREADS + 1, "stale", "fresh"));
		fragment_begin(&m, store_room(w.store, NULL), w.now);
		fragment_add(&m, w.now + 5, THREADS + 1, 0);
		store_u16(m.at + PAGE_HEADER + 4, 77);
		assert_int_equal(store_commit(w.store, r, PAGE, NULL), 1);
		assert_true(filter_scan_page(scan, r, run_page(r, 0), UINT64_MAX, &at));
		assert_int_equal(at.shown, i);
		assert_int_equal(at.hidden, 1);
	}
	filter_scan_free(scan);
	filter_free(f);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_learning),
	};

	return cmocka_run_group_tests_name("filter_page", tests, NULL, NULL);
}
