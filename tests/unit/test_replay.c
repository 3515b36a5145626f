/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_replay: recordings through the deck: the same rows from every machine's file, in order,
 * through a store that is much smaller than the file, from several files, and from damaged ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "core/cursor.h"
#include "core/summary.h"
#include "tests/dat_fixture.h"

#define TICK                                                                                       \
	"event demo tick 501 n:u32 l:ulong text:string print \"n=%u text=%s\", REC->n, "           \
	"__get_str(text)\n"

/* What was seen of a recording. */
struct seen {
	struct cursor *cursor;
	uint64_t rows, losses, lost, last, sum;
	bool unordered;
	const char *shrink; /* made shorter after the first rows */
	struct strbuf text; /* every row in words, when wanted */
	bool want_text;
};

static void see_row(struct seen *s, const struct row *r)
{
	if (r->flags & ROW_LOSS) {
		s->losses++;
		s->lost += r->lost;
		return;
	}
	s->unordered |= r->ts < s->last;
	s->last = r->ts;
	s->rows++;
	if (!s->want_text)
		return;
	strbuf_fmt(&s->text, "%llu %u %d %s ", (unsigned long long)r->ts, r->cpu, r->tid,
		   r->schema->name);
	text_print(r->schema, r->source->text, r->rec, r->size, &s->text);
	strbuf_char(&s->text, '\n');
}

static void on_changed(struct deck *d, void *data)
{
	struct seen *s = data;
	struct row r;

	while (cursor_next(s->cursor, deck_horizon(d), &r))
		see_row(s, &r);
	if (s->rows && s->shrink) {
		assert_int_equal(truncate(s->shrink, 8192), 0);
		s->shrink = NULL;
	}
}

/* Replays files to their end. The deck is handed over for more questions when wanted. */
static void replay(const char *const *files, uint64_t memory, struct seen *s, struct deck **ret)
{
	struct deck_conf c = { .files = files, .memory = memory, .changed = on_changed, .data = s };
	struct err e = ERR_INIT;
	struct deck *d = NULL;

	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (deck_open(d, "replay", &e) < 0)
		fail_msg("%s", e.text);
	s->cursor = cursor_new(deck_store(d), CURSOR_LOSSES);
	assert_int_equal(deck_start(d, &e), 0);
	while (!deck_at_end(d))
		assert_true(poller_once(deck_poller(d), 1000, &e) >= 0);
	deck_stop(d);
	assert_int_equal(cursor_skipped(s->cursor), 0);
	cursor_free(s->cursor);
	if (ret)
		*ret = d;
	else
		assert_int_equal(deck_free(d, NULL), 0);
}

static void replay_one(const char *description, const char *machine, const char *page,
		       struct seen *s)
{
	const char *files[] = { fixture_make("one.dat", description, machine, page), NULL };

	replay(files, 0, s, NULL);
}

static void test_machines(void **state)
{
	static const char *const machines[] = { "le32", "be64", "be32" };
	static const char text[] =
	    "cpus 4\n" TICK "cpu 0\nmany 900 1000 10 tick tid=7 n=$ l=$ text=zero$\n"
	    "lost 17\nat 20000 tick tid=7 n=1\n"
	    "cpu 2\nmany 900 1005 10 tick tid=8 n=$ l=$ text=two$\n"
	    "discard 10006 tick\nat 9000000000000 tick tid=8 n=2 text=late\n"
	    "buffer side\ncpu 3\nmany 90 1002 100 tick tid=9 n=$ text=side\n";
	struct seen first = { .want_text = true };

	(void)state;
	replay_one(text, "le64", "4096", &first);
	assert_int_equal(first.rows, 900 + 1 + 900 + 1 + 90);
	assert_int_equal(first.losses, 1);
	assert_int_equal(first.lost, 17);
	assert_false(first.unordered);
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		struct seen s = { .want_text = true };

		replay_one(text, machines[m], m % 2 ? "65536" : "4096", &s);
		assert_int_equal(s.losses, 1);
		assert_false(s.unordered);
		assert_string_equal(strbuf_cstr(&s.text), strbuf_cstr(&first.text));
		strbuf_done(&s.text);
	}
	strbuf_done(&first.text);
}

/* 24 MB through a store of 4 MiB, nothing missed: the oldest leave behind the reader. */
static void test_small_store(void **state)
{
	static const char text[] =
	    "cpus 7\n" TICK "cpu 0\nmany 200000 1000 10 tick tid=7 n=$ text=abcdefghij\n"
	    "cpu 1\nmany 200000 1005 10 tick tid=8 n=$ text=abcdefghij\n"
	    "cpu 2\nmany 50000 1001 40 tick tid=9 n=$ text=abcdefghij\n"
	    "cpu 4\nmany 70000 1002 30 tick tid=10 n=$ text=abcdefghij\n"
	    "cpu 5\nmany 40000 1000000 20 tick tid=11 n=$ text=abcdefghij\n"
	    "cpu 6\nmany 40000 900000 25 tick tid=12 n=$ text=abcdefghij\n";
	static const char *const machines[] = { "le64", "be64" };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		const char *files[] = { fixture_make("big.dat", text, machines[m], "4096"), NULL };
		struct store_stats stats;
		struct seen s = { 0 };
		struct deck *d;

		replay(files, 4 << 20, &s, &d);
		assert_int_equal(s.rows, 600000);
		assert_false(s.unordered);
		store_stats(deck_store(d), &stats);
		assert_true(stats.used <= 4 << 20);
		deck_free(d, NULL);
	}
}

/* A 64 KiB page of a 32-bit machine can hold four bytes more than one of the store. */
static void test_fullest_page(void **state)
{
	static const char text[] = "event demo nil 5\nevent demo big 6 pad:char[136]\n"
				   "at 1000 nil tid=7\nmany 999 1001 1 big tid=7\n";
	const char *files[] = { fixture_make("full.dat", text, "be32", "65536"), NULL };
	struct page_data *keep;
	struct seen s = { 0 };
	struct dat *d = NULL;
	struct page p;

	(void)state;
	assert_int_equal(dat_open(files[0], &d, NULL), 0);
	assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
	assert_int_equal(p.size, PAGE_SIZE_MAX - PAGE_HEADER + 4);
	page_data_unref(keep);
	dat_close(d);
	replay(files, 0, &s, NULL);
	assert_int_equal(s.rows, 1000);
	assert_int_equal(s.last, 1999);
	assert_false(s.unordered);
}

static void test_several_files(void **state)
{
	char first[128], second[128];
	const char *files[] = { first, second, NULL };
	struct seen s = { 0 };
	struct deck *d;

	(void)state;
	strcpy(first, fixture_make("1.dat", "comm 7 one\n" TICK "many 500 1000 10 tick tid=7 n=$\n",
				   "le64", "4096"));
	strcpy(second, fixture_make("2.dat", "comm 8 two\n" TICK "many 500 1005 10 tick tid=8\n",
				    "be32", "4096"));
	replay(files, 0, &s, &d);
	assert_int_equal(s.rows, 1000);
	assert_false(s.unordered);
	assert_string_equal(identity_comm(deck_identity(d), 7, 1000), "one");
	assert_string_equal(identity_comm(deck_identity(d), 8, 1000), "two");
	assert_int_equal(identity_pid(deck_identity(d), 7, 1000), -1);
	assert_non_null(store_source_at(deck_store(d), 1));
	assert_null(store_source_at(deck_store(d), 2));
	deck_free(d, NULL);
}

/* A page whose header makes no sense is skipped and counted; the others are shown. */
static void test_bad_page(void **state)
{
	/* Three pages; -8184 is where the commit word of the second stands. */
	static const char text[] =
	    TICK "at 1 tick n=1\nclose\nat 2 tick n=2\nclose\nat 3 tick n=3\n"
		 "flip -8182 0x0f\n";
	const char *files[] = { fixture_make("bad.dat", text, "le64", "4096"), NULL };
	struct seen s = { 0 };
	struct deck *d;

	(void)state;
	replay(files, 0, &s, &d);
	assert_int_equal(s.rows, 2);
	assert_int_equal(store_source_at(deck_store(d), 0)->damaged, 1);
	deck_free(d, NULL);
}

static int64_t drain_to_end(struct backend *b, struct err *e)
{
	int64_t n;

	while ((n = b->ops->drain(b, 1 << 20, false, e)) > 0)
		continue;
	return n;
}

/* At the end the damage is said in words, for whoever asks. */
static void test_damage_is_said(void **state)
{
	const char *files[] = { fixture_make("cut.dat",
					     TICK "at 1 tick n=1\nclose\nat 2 tick n=2\n"
						  "cut -4000\n",
					     "le64", "4096"),
				NULL };
	struct deck_conf c = { .files = files };
	struct err e = ERR_INIT;
	struct deck *d;

	(void)state;
	assert_int_equal(deck_new(&c, &d, &e), 0);
	assert_int_equal(deck_open(d, "replay", &e), 0);
	assert_int_equal(drain_to_end(deck_backend(d, "replay"), &e), 0); /* not started */
	assert_int_equal(deck_start(d, &e), 0);
	assert_int_equal(drain_to_end(deck_backend(d, "replay"), &e), -ENODATA);
	assert_non_null(strstr(e.text, "cut.dat: damaged"));
	assert_non_null(strstr(e.text, "the file ends at"));
	deck_free(d, NULL);
}

/* Somebody records into the file that is being shown: it ends there, and nobody dies. */
static void test_shrinking(void **state)
{
	const char *files[] = { fixture_make("shrink.dat", TICK "many 200000 1000 10 tick tid=7\n",
					     "le64", "4096"),
				NULL };
	struct seen s = { .shrink = files[0] };

	(void)state;
	replay(files, 0, &s, NULL);
	assert_in_range(s.rows, 1, 199999);
}

/* The same when all of it was read: what is shown would be read from it again. */
static void test_shrinks_later(void **state)
{
	const char *files[] = { fixture_make("later.dat", TICK "many 2000 1000 10 tick tid=7\n",
					     "le64", "4096"),
				NULL };
	struct deck_conf c = { .files = files };
	struct err e = ERR_INIT;
	struct backend *b;
	struct deck *d;

	(void)state;
	assert_int_equal(deck_new(&c, &d, &e), 0);
	assert_int_equal(deck_open(d, "replay", &e), 0);
	assert_int_equal(deck_start(d, &e), 0);
	b = deck_backend(d, "replay");
	assert_int_equal(drain_to_end(b, &e), -ENODATA);
	assert_string_equal(e.text, "");
	assert_int_equal(b->ops->next(b, 0), NSEC_PER_SEC);
	assert_int_equal(truncate(files[0], 8192), 0);
	assert_int_equal(drain_to_end(b, &e), -ENODATA);
	assert_non_null(strstr(e.text, "later.dat became shorter"));
	assert_int_equal(b->ops->next(b, 0), UINT64_MAX);
	deck_free(d, NULL);
}

/* ---- several files on one time line ---- */

static int open_moved(const char *const *files, const int64_t *offsets, struct deck **ret,
		      struct err *e)
{
	struct deck_conf c = { .files = files, .offsets = offsets };

	assert_int_equal(deck_new(&c, ret, e), 0);
	return deck_open(*ret, "replay", e);
}

static void all_rows(struct deck *d, struct strbuf *out)
{
	struct cursor *c = cursor_new(deck_store(d), 0);
	struct row r;

	deck_start(d, NULL);
	while (deck_pump(d))
		continue;
	while (cursor_next(c, deck_horizon(d), &r))
		strbuf_fmt(out, "%s@%llu ", r.source->name, (unsigned long long)r.ts);
	cursor_free(c);
}

static void test_offsets(void **state)
{
	char first[128], second[128];
	const char *files[] = { first, second, NULL };
	_cleanup_strbuf_ struct strbuf rows = { 0 };
	struct err e = ERR_INIT;
	struct deck *d;

	(void)state;
	strcpy(first, fixture_make("a.dat", TICK "many 2 1000 10 tick\n", "le64", "4096"));
	strcpy(second,
	       fixture_make("b.dat", TICK "many 2 5000 10 tick\nbuffer side\nat 5005 tick\n",
			    "be32", "4096"));
	assert_int_equal(open_moved(files, (const int64_t[]) { 3, -4000 }, &d, &e), 0);
	assert_null(deck_note(d));
	all_rows(d, &rows);
	assert_string_equal(strbuf_cstr(&rows),
			    "b.dat@1000 a.dat@1003 b.dat:side@1005 b.dat@1010 a.dat@1013 ");
	deck_free(d, NULL);
	assert_int_equal(open_moved(files, (const int64_t[]) { 0, -5001 }, &d, &e), -EINVAL);
	assert_non_null(strstr(e.text, "b.dat: an offset of -0.000005001 s is too much"));
	deck_free(d, NULL);
	assert_int_equal(open_moved(files, (const int64_t[]) { 0, -5000 }, &d, &e), 0);
	deck_free(d, NULL);
}

/* No two sources have one name, and clocks that differ are said. */
static void test_names(void **state)
{
	char a[128], b[256], c[128];
	const char *files[] = { a, b, a, c, NULL };
	const char *one[] = { a, NULL };
	struct err e = ERR_INIT;
	struct deck *d;

	(void)state;
	strcpy(c, fixture_make("c.dat", "clock local\n" TICK "at 1 tick\n", "le64", "4096"));
	strcpy(a, fixture_make("a.dat", TICK "at 1 tick\nbuffer x\nat 2 tick\n", "le64", "4096"));
	snprintf(b, sizeof(b), "%s/./a.dat", fixture()->dir);
	assert_int_equal(open_moved(files, NULL, &d, &e), 0);
	assert_string_equal(store_source_at(deck_store(d), 0)->name, a);
	assert_string_equal(store_source_at(deck_store(d), 2)->name, b);
	assert_string_equal(store_source_at(deck_store(d), 6)->name, "c.dat");
	for (unsigned i = 0; i < 7; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(store_source_at(deck_store(d), i)->name,
						store_source_at(deck_store(d), k)->name);
	assert_null(store_source_at(deck_store(d), 7));
	assert_non_null(strstr(deck_note(d), "c.dat has local"));
	deck_free(d, NULL);
	assert_int_equal(open_moved(one, NULL, &d, &e), 0);
	assert_string_equal(store_source_at(deck_store(d), 0)->name, "trace.dat");
	assert_string_equal(store_source_at(deck_store(d), 1)->name, "x");
	assert_null(deck_note(d));
	deck_free(d, NULL);
}

/* What our own instance learned is learned again, and no row. */
static void test_identity_buffer(void **state)
{
	static const char text[] =
	    TICK "event task task_newtask 7 pid:s32 comm:char[16] clone_flags:ulong "
		 "oom_score_adj:s16\n"
		 "at 3000 tick tid=7 n=1\n"
		 "buffer identity\nat 2000 task_newtask tid=5 pid=7 comm=child clone_flags=0\n";
	const char *files[] = { fixture_make("id.dat", text, "le64", "4096"), NULL };
	struct seen s = { 0 };
	struct deck *d;

	(void)state;
	replay(files, 0, &s, &d);
	assert_int_equal(s.rows, 1);
	assert_int_equal(identity_pid(deck_identity(d), 7, 3000), 7);
	assert_string_equal(identity_comm(deck_identity(d), 7, 3000), "child");
	deck_free(d, NULL);
}

/* A DATE option is the way to wall time, of a file that was moved as well. */
static void test_wall(void **state)
{
	const char *files[] = { fixture_make("wall.dat",
					     "option 1 0x5f5e100\n" TICK "at 5000 tick\n", "le64",
					     "4096"),
				NULL };
	struct err e = ERR_INIT;
	struct deck *d;

	(void)state;
	assert_int_equal(open_moved(files, NULL, &d, &e), 0);
	assert_int_equal(deck_real(d, 5000), 100000005000);
	assert_int_equal(deck_real(d, 4000), 100000004000);
	assert_int_equal(clock_map_real(deck_clocks(d), 6000), 100000006000);
	deck_free(d, NULL);
	assert_int_equal(open_moved(files, (const int64_t[]) { 1000 }, &d, &e), 0);
	assert_int_equal(deck_real(d, 6000), 100000005000);
	deck_free(d, NULL);
}

/* ---- texts of latency tracers ---- */

static void test_latency(void **state)
{
	static const char text[] =
	    "latency # tracer: irqsoff\nlatency #\nlatency   <idle>-0  3d..1.   12us : start\n"
	    "latency   <idle>-0  3d..1.  1044us+: stop <- us 5us\nlatency  => ret\n";
	const char *files[] = { fixture_make("latency.dat", text, "le64", "4096"), NULL };
	struct seen s = { .want_text = true };
	struct deck *d;

	(void)state;
	replay(files, 0, &s, &d);
	assert_int_equal(s.rows, 5);
	assert_false(s.unordered);
	assert_string_equal(strbuf_cstr(&s.text),
			    "0 65535 0 line # tracer: irqsoff\n0 65535 0 line #\n"
			    "12000 65535 0 line   <idle>-0  3d..1.   12us : start\n"
			    "1044000 65535 0 line   <idle>-0  3d..1.  1044us+: stop <- us 5us\n"
			    "1044000 65535 0 line  => ret\n");
	assert_int_equal(deck_seek(d, 5, NULL), 0);
	assert_int_equal(deck_time(d), 1044001);
	strbuf_done(&s.text);
	deck_free(d, NULL);
	assert_int_equal(open_moved(files, (const int64_t[]) { -1 }, &d, NULL), -EINVAL);
	deck_free(d, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),	cmocka_unit_test(test_small_store),
		cmocka_unit_test(test_fullest_page),	cmocka_unit_test(test_several_files),
		cmocka_unit_test(test_bad_page),	cmocka_unit_test(test_damage_is_said),
		cmocka_unit_test(test_shrinking),	cmocka_unit_test(test_shrinks_later),
		cmocka_unit_test(test_offsets),		cmocka_unit_test(test_names),
		cmocka_unit_test(test_identity_buffer), cmocka_unit_test(test_wall),
		cmocka_unit_test(test_latency),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
