/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs over recordings, through a deck: of any machine, through a store that is much smaller than
 * the file, switched on late and again, after a seek, across losses, and never over two files.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "backends/pair_book.h"
#include "core/arena.h"
#include "core/cursor.h"
#include "core/summary.h"
#include "tests/dat_fixture.h"

#define EVENTS                                                                                     \
	"event demo begin 501 key:u32 text:string\n"                                               \
	"event demo finish 502 r:s64 key:u32\n"
#define PAIR  "x: demo:begin -> demo:finish by key"
#define OTHER "y: demo:begin -> demo:begin by tid"

/* What was seen of pairs. */
struct seen {
	struct cursor *cursor;
	uint64_t pairs, others, first, latency, results, texts, last;
	bool forget;
	uint8_t *times; /* that a key was seen */
};

static uint64_t number(const struct row *r, const char *name)
{
	uint64_t v = 0;

	assert_true(field_int(r->schema, schema_field(r->schema, name), r->rec, r->size, &v));
	return v;
}

static void see(struct seen *s, const struct row *r)
{
	uint32_t len = 0;

	if (!r->schema || strcmp(r->schema->system, "pair") != 0) {
		if (!s->others++)
			s->first = number(r, "key");
		return;
	}
	if (strcmp(r->schema->name, "x") != 0)
		return;
	assert_true(r->ts >= s->last || r->flags & ROW_LATE);
	s->last = MAX(s->last, r->ts);
	s->pairs++;
	s->latency += number(r, "latency");
	s->results += number(r, "r");
	assert_non_null(
	    field_str(r->schema, schema_field(r->schema, "text"), r->rec, r->size, &len));
	s->texts += len;
	if (s->times)
		s->times[number(r, "key")]++;
}

static void on_changed(struct deck *d, void *data)
{
	struct seen *s = data;
	uint64_t horizon = deck_horizon(d);
	struct row r;

	while (s->cursor && cursor_next(s->cursor, horizon, &r))
		see(s, &r);
	if (s->forget)
		store_forget(deck_store(d), horizon);
}

static struct deck *open_deck(const char *const *files, uint64_t memory, struct seen *s)
{
	struct deck_conf c = { .files = files, .memory = memory, .changed = on_changed, .data = s };
	struct err e = ERR_INIT;
	struct deck *d = NULL;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (deck_open(d, "replay", &e) < 0 || deck_pair_add(d, PAIR, &e) < 0 ||
	    deck_pair_add(d, OTHER, &e) < 0)
		fail_msg("%s", e.text);
	s->cursor = cursor_new(deck_store(d), 0);
	return d;
}

static void enable(struct deck *d, const char *name, bool on)
{
	struct err e = ERR_INIT;

	if (deck_enable(d, name, on, NULL, &e) != 1)
		fail_msg("%s: %s", name, e.text);
}

static void pump(struct deck *d)
{
	for (int i = 0; i < 100000; i++)
		if (!deck_pump(d))
			return;
	fail_msg("it never ends");
}

/* All rows that are in the store now. */
static struct seen look(struct deck *d)
{
	struct seen s = { .cursor = cursor_new(deck_store(d), 0) };
	struct row r;

	while (cursor_next(s.cursor, UINT64_MAX, &r))
		see(&s, &r);
	cursor_free(s.cursor);
	return s;
}

static void close_deck(struct deck *d, struct seen *s)
{
	cursor_free(s->cursor);
	s->cursor = NULL;
	assert_int_equal(deck_free(d, NULL), 0);
}

static struct tracer_status status_of(struct deck *d, const char *name)
{
	struct backend *b = deck_backend(d, "pair");
	struct tracer_status status;

	assert_int_equal(b->ops->status(b, "pair", name, &status), 0);
	return status;
}

static const char *const file_text =
    "cpus 2\n" EVENTS "cpu 0\nmany 900 1000 10 begin tid=7 key=$ text=abc\n"
    "cpu 1\nmany 900 1004 10 finish tid=8 key=$ r=$\n";

static void test_machines(void **state)
{
	static const char *const machines[] = { "le64", "le32", "be64", "be32" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		const char *files[] = { fixture_make("one.dat", file_text, machines[i], "4096"),
					NULL };
		struct seen s = { 0 };
		struct deck *d = open_deck(files, 0, &s);

		enable(d, "pair:x", true);
		assert_int_equal(deck_start(d, NULL), 0);
		pump(d);
		assert_true(deck_at_end(d));
		assert_int_equal(s.pairs, 900);
		assert_int_equal(s.others, 1800);
		assert_int_equal(s.latency, 900 * 4);
		assert_int_equal(s.results, 899 * 900 / 2);
		assert_int_equal(s.texts, 900 * 3);
		assert_int_equal(status_of(d, "x").events, 900);
		close_deck(d, &s);
	}
}

/* More pages than the store has room for: none is missing, for rows go once they were seen. */
static void test_larger_than_the_store(void **state)
{
	static const char large[] =
	    "cpus 2\n" EVENTS "cpu 0\nmany 60000 1000 10 begin tid=7 key=$ text=abc\n"
	    "cpu 1\nmany 60000 1004 10 finish tid=8 key=$ r=$\n";
	const char *files[] = { fixture_make("large.dat", large, "le64", "1024"), NULL };
	struct seen s = { .forget = true };
	struct deck *d = open_deck(files, DECK_MEMORY_LEAST, &s);

	(void)state;
	enable(d, "pair:x", true);
	assert_int_equal(deck_start(d, NULL), 0);
	pump(d);
	for (int i = 0; i < 2000 && !deck_at_end(d); i++)
		assert_true(poller_once(deck_poller(d), 50, NULL) >= 0);
	assert_int_equal(s.pairs, 60000);
	assert_int_equal(s.others, 120000);
	assert_int_equal(cursor_skipped(s.cursor), 0);
	close_deck(d, &s);
}

/* What is switched on late is made of all that is there; off and on again nothing comes twice. */
static void test_late_and_again(void **state)
{
	const char *files[] = { fixture_make("one.dat", file_text, "le64", "4096"), NULL };
	struct seen s = { 0 }, all;
	struct deck *d = open_deck(files, 0, &s);

	(void)state;
	assert_int_equal(deck_start(d, NULL), 0);
	pump(d);
	assert_int_equal(look(d).pairs, 0);
	enable(d, "pair:x", true);
	assert_false(deck_at_end(d));
	pump(d);
	assert_true(deck_at_end(d));
	assert_int_equal(look(d).pairs, 900);
	enable(d, "pair:y", true);
	pump(d);
	assert_int_equal(status_of(d, "y").events, 899);
	for (int i = 0; i < 3; i++) {
		enable(d, "pair:x", false);
		assert_int_equal(status_of(d, "x").state, TRACER_OFF);
		pump(d);
		enable(d, "pair:x", true);
		pump(d);
	}
	all = look(d);
	assert_int_equal(all.pairs, 900);
	assert_int_equal(all.others, 1800);
	assert_int_equal(status_of(d, "x").events, 900);
	assert_true(deck_at_end(d));
	close_deck(d, &s);
}

/*
 * Where the store was filled from somewhere else pairs are made of what is there then, from its
 * beginning, as long as there is room.
 */
static void test_seek(void **state)
{
	static const char large[] =
	    "cpus 2\n" EVENTS "cpu 0\nmany 60000 1000 10 begin tid=7 key=$ text=abcdefgh\n"
	    "cpu 1\nmany 60000 1004 10 finish tid=8 key=$ r=$\n";
	const char *files[] = { fixture_make("large.dat", large, "le64", "1024"), NULL };
	struct seen s = { 0 };
	struct deck *d = open_deck(files, 2 << 20, &s);

	(void)state;
	cursor_free(s.cursor); /* times begin anew */
	s.cursor = NULL;
	enable(d, "pair:x", true);
	assert_int_equal(deck_start(d, NULL), 0);
	pump(d);
	for (uint64_t key = 55000; key > 1000; key -= 9000) {
		struct seen around = { .times = calloc(60000, 1) };
		struct row r;

		assert_true(deck_seek(d, 1000 + key * 10, NULL) >= 0);
		pump(d);
		around.cursor = cursor_new(deck_store(d), 0);
		while (cursor_next(around.cursor, UINT64_MAX, &r))
			see(&around, &r);
		cursor_free(around.cursor);
		assert_true(around.pairs > 100);
		assert_int_equal(around.latency, around.pairs * 4);
		assert_true(around.first <= key);
		/* A page of one CPU begins where one of another may not. */
		assert_int_equal(around.times[around.first + 100], 1);
		for (unsigned i = 0; i < 60000; i++)
			assert_true(around.times[i] < 2);
		free(around.times);
	}
	close_deck(d, &s);
}

/* What was open when events were lost is nobody's start, wherever it would have ended. */
static void test_losses(void **state)
{
	static const char text[] =
	    "cpus 2\n" EVENTS "cpu 0\n"
	    "at 1000 begin tid=7 key=1 text=a\n"
	    "at 2500 begin tid=7 key=2 text=a\n"
	    "at 3000 begin tid=7 key=3 text=a\n"
	    "cpu 1\nat 900 finish tid=8 key=0 r=0\nat 1500 finish tid=8 key=9 r=0\n"
	    "close\nlost 3\nat 2000 finish tid=8 key=1 r=1\n"
	    "at 2600 finish tid=8 key=2 r=2\nclose\nlost 1\n"
	    "at 3100 finish tid=8 key=3 r=4\n";
	const char *files[] = { fixture_make("lost.dat", text, "le64", "4096"), NULL };
	struct strbuf words = { 0 };
	struct seen s = { 0 };
	struct deck *d = open_deck(files, 0, &s);
	struct backend *b;

	(void)state;
	enable(d, "pair:x", true);
	assert_int_equal(deck_start(d, NULL), 0);
	pump(d);
	assert_int_equal(s.pairs, 1);
	assert_int_equal(s.results, 2);
	assert_int_equal(status_of(d, "x").lost, 2);
	b = deck_backend(d, "pair");
	assert_int_equal(b->ops->describe(b, "pair", "x", &words, NULL), 0);
	assert_non_null(strstr(words.s, "  let go where events were lost: 2\n"));
	assert_non_null(strstr(words.s, "starts, at least: 3, 2 without an end\n"));
	assert_non_null(strstr(words.s, "ends, at least: 5, 4 without a start\n"));
	assert_non_null(strstr(words.s, "pairs, at least: 1\n"));
	assert_non_null(strstr(words.s, "start: demo:begin\nend: demo:finish\nkey: key\n"));
	assert_non_null(strstr(words.s, "needs: demo:begin, demo:finish\n"));
	strbuf_done(&words);
	close_deck(d, &s);
}

/* A start in one recording has no end in another. */
static void test_two_files(void **state)
{
	static const char begins[] =
	    "cpus 1\n" EVENTS "cpu 0\nmany 50 1000 10 begin tid=7 key=$ text=a\n";
	static const char ends[] =
	    "cpus 1\n" EVENTS "cpu 0\nmany 50 1005 10 finish tid=7 key=$ r=1\n";
	char *one = xstrdup(fixture_make("one.dat", begins, "le64", "4096"));
	char *two = xstrdup(fixture_make("two.dat", ends, "be32", "4096"));
	char *three = xstrdup(fixture_make("three.dat", file_text, "le64", "4096"));
	const char *apart[] = { one, two, NULL }, *with[] = { one, two, three, NULL };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct seen s = { 0 };
		struct deck *d = open_deck(i ? with : apart, 0, &s);

		enable(d, "pair:x", true);
		assert_int_equal(deck_start(d, NULL), 0);
		pump(d);
		assert_true(deck_at_end(d));
		assert_int_equal(s.pairs, i ? 900 : 0);
		close_deck(d, &s);
	}
	free(one);
	free(two);
	free(three);
}

static void test_defined_anew(void **state)
{
	const char *files[] = { fixture_make("one.dat", file_text, "le64", "4096"), NULL };
	struct err e = ERR_INIT;
	struct seen s = { 0 };
	struct deck *d = open_deck(files, 0, &s);

	(void)state;
	assert_true(deck_pair_add(d, "x: demo:begin -> finish by key", &e) < 0);
	assert_non_null(strchr(e.text, '^'));
	enable(d, "pair:x", true);
	assert_int_equal(deck_pair_add(d, PAIR, &e), -EBUSY);
	enable(d, "pair:x", false);
	assert_int_equal(deck_pair_add(d, "x: demo:begin -> demo:none by key", &e), 0);
	err_clear(&e);
	assert_int_equal(deck_enable(d, "pair:x", true, NULL, &e), -ENOENT);
	assert_non_null(strstr(e.text, "demo:none"));
	assert_int_equal(status_of(d, "x").state, TRACER_FAILED);
	assert_non_null(strstr(status_of(d, "x").reason, "demo:none"));
	assert_non_null(strstr(status_of(d, "syscall").reason, "raw_syscalls:sys_enter"));
	assert_int_equal(deck_enable(d, "pair:nosuch", true, NULL, &e), -ENOENT);
	close_deck(d, &s);
}

/* Whatever is wrong with a pair of the configuration is found without opening anything. */
static void test_book(void **state)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		{ "[pair ok]\nstart = a:b\nend = c:d\nkey = tid\n", NULL },
		{ "[pair]\nstart = a:b\nend = c:d\nkey = tid\n",
		  "f:1:1: [pair]: a pair has a name" },
		{ "[pair ok]\nstart = a:b\nend = c:d\nkey = tid\n[pair no]\nstart = a:b\n",
		  "f:5:1: [pair no]: 'end' is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct conf *c = conf_new();
		struct err e = ERR_INIT;

		assert_int_equal(conf_parse(c, "f", files[i].text, strlen(files[i].text), &e), 0);
		assert_int_equal(pair_book_check(c, &e), files[i].says ? -EINVAL : 0);
		if (files[i].says && strncmp(e.text, files[i].says, strlen(files[i].says)))
			fail_msg("%s", e.text);
		conf_free(c);
	}
}

/* ---- what a recording offers ---- */

static int add_name(const struct tracer_info *t, void *data)
{
	strbuf_fmt(data, "%s ", t->name);
	return 0;
}

static int take_group(const struct tracer_group *g, void *data)
{
	strbuf_fmt(data, "%u %u %s", g->count, g->on, g->note ? g->note : "-");
	return 0;
}

static void assert_offers(struct deck *d, const char *names, const char *group)
{
	struct backend *b = deck_backend(d, "pair");
	struct strbuf text = { 0 };

	b->ops->list(b, "pair:*", add_name, &text, NULL);
	assert_string_equal(strbuf_cstr(&text), names);
	strbuf_clear(&text);
	b->ops->groups(b, false, take_group, &text, NULL);
	assert_string_equal(strbuf_cstr(&text), group);
	strbuf_done(&text);
}

/* The rest of what a recording brings the formats of has no rows: no pair is made of it. */
static void test_offered(void **state)
{
	static const char text[] = "cpus 1\n"
				   "event irq softirq_entry 11 vec:u32\n"
				   "event irq softirq_exit 12 vec:u32\n"
				   "event irq softirq_raise 13 vec:u32\n" EVENTS "cpu 0\n"
				   "many 5 1000 10 softirq_entry tid=7 vec=1\n"
				   "many 5 1005 10 softirq_exit tid=7 vec=1\n"
				   "at 2000 begin tid=7 key=1 text=a\n";
	const char *files[] = { fixture_make("some.dat", text, "le64", "4096"), NULL };
	struct err e = ERR_INIT;
	struct seen s = { .others = 1 }; /* keys are not looked at */
	struct deck *d = open_deck(files, 0, &s);
	struct backend *b = deck_backend(d, "pair");
	struct strbuf name = { 0 };

	(void)state;
	assert_int_equal(deck_start(d, NULL), 0);
	pump(d);
	assert_offers(d, "softirq y ", "2 0 13 lack their events");
	/* Who asks for one by name is told why not. */
	assert_int_equal(b->ops->list(b, "pair:block", add_name, &name, NULL), 1);
	assert_int_equal(deck_enable(d, "pair:block", true, NULL, &e), -ENOENT);
	assert_non_null(strstr(e.text, "block:block_rq_issue"));
	assert_offers(d, "softirq block y ", "3 0 12 lack their events");
	enable(d, "pair:softirq", true);
	assert_offers(d, "softirq block y ", "3 1 12 lack their events");
	assert_int_equal(deck_enable(d, "pair:n*", true, NULL, &e), -ENOENT);
	strbuf_done(&name);
	close_deck(d, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),       cmocka_unit_test(test_larger_than_the_store),
		cmocka_unit_test(test_late_and_again), cmocka_unit_test(test_seek),
		cmocka_unit_test(test_losses),	       cmocka_unit_test(test_two_files),
		cmocka_unit_test(test_defined_anew),   cmocka_unit_test(test_offered),
		cmocka_unit_test(test_book),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
