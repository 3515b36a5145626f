/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs against a reference that keeps a plain list: random starts and ends on few keys, from
 * several CPUs, with holes, too many open ones and both byte orders. Every derived record is read
 * field by field. Then single cases.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/pair_fixture.h"

/* ---- the reference ---- */

#define OPEN_MAX 512

struct reference {
	struct event open[OPEN_MAX]; /* in the order they came */
	unsigned count, max;
	bool keep_first, by_cpu;
	uint64_t pairs, replaced, evicted, lost, unstarted;
};

static void take_at(struct reference *r, unsigned n)
{
	memmove(&r->open[n], &r->open[n + 1], (--r->count - n) * sizeof(r->open[0]));
}

static int find(const struct reference *r, const struct event *ev)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->open[i].key == ev->key && (!r->by_cpu || r->open[i].cpu == ev->cpu))
			return (int)i;
	return -1;
}

static void reference_start(struct reference *r, const struct event *ev)
{
	int n = find(r, ev);

	r->replaced += n >= 0;
	if (n >= 0 && r->keep_first)
		return;
	if (n >= 0)
		take_at(r, (unsigned)n);
	if (r->count == r->max) {
		take_at(r, 0);
		r->evicted++;
	}
	r->open[r->count++] = *ev;
}

static bool reference_end(struct reference *r, const struct event *ev, struct event *start)
{
	int n = find(r, ev);

	if (n < 0) {
		r->unstarted++;
		return false;
	}
	*start = r->open[n];
	take_at(r, (unsigned)n);
	r->pairs++;
	return true;
}

static void reference_loss(struct reference *r, uint16_t cpu, uint64_t ts)
{
	for (unsigned i = r->count; i-- > 0;)
		if (r->open[i].ts < ts && (!r->by_cpu || r->open[i].cpu == cpu)) {
			take_at(r, i);
			r->lost++;
		}
}

/* ---- random ---- */

static void check_pair(const struct scene *s, const struct pair_out *out, const struct event *start,
		       const struct event *end)
{
	assert_int_equal(out->ts, end->ts);
	assert_int_equal(out->cpu, end->cpu);
	assert_int_equal(out->tid, end->who);
	assert_int_equal(number(s, out, "common_pid"), (uint64_t)end->who);
	assert_int_equal(number(s, out, "common_flags"), 0x5a);
	assert_int_equal(number(s, out, "latency"), end->ts - start->ts);
	assert_int_equal(number(s, out, "start_event"), start->kind);
	assert_int_equal(number(s, out, "value"), start->value);
	assert_int_equal(number(s, out, "end_value"), end->value);
	assert_int_equal(number(s, out, "ok"), end->ok);
	assert_text(s, out, "text", end->text);
}

static void random_event(struct event *ev, uint64_t *ts, unsigned keys)
{
	*ts += pick(3) ? pick(50) : 0;
	*ev = (struct event) {
		.kind = (int)pick(EVENTS),
		.ts = *ts,
		.value = (uint64_t)pick(1u << 30) << 20 | pick(1u << 20),
		.key = pick(keys),
		.ok = pick(4),
		.tid = (int32_t)pick(1000),
		.who = (int32_t)pick(100000),
		.cpu = (uint16_t)pick(4),
	};
	snprintf(ev->text, sizeof(ev->text), "%.*s", (int)pick(12), "abcdefghijklmno");
}

static void run_random(const char *line, bool swap, unsigned keys, unsigned max)
{
	static struct reference r;
	struct pair_stats stats;
	struct scene s;
	uint64_t ts = 1000;

	scene_open(&s, line, swap, max);
	r = (struct reference) { .max = max, .by_cpu = strstr(line, "cpu") != NULL };
	for (unsigned i = 0; i < 30000; i++) {
		struct event ev, start = { 0 };
		struct pair_out out;
		bool is, want;

		random_event(&ev, &ts, keys);
		if (!pick(200)) {
			pair_loss(s.pair, ev.cpu, ev.ts);
			reference_loss(&r, ev.cpu, ev.ts);
		}
		is = give(&s, &ev, &out);
		want = ev.kind == FINISH && ev.ok && reference_end(&r, &ev, &start);
		if (ev.kind != FINISH)
			reference_start(&r, &ev);
		assert_int_equal(is, want);
		if (is)
			check_pair(&s, &out, &start, &ev);
	}
	pair_stats(s.pair, &stats);
	assert_true(r.pairs > 1000);
	assert_int_equal(stats.pairs, r.pairs);
	assert_int_equal(stats.open, r.count);
	assert_int_equal(stats.replaced, r.replaced);
	assert_int_equal(stats.evicted, r.evicted);
	assert_int_equal(stats.lost, r.lost);
	assert_int_equal(stats.unstarted, r.unstarted);
	/* Whatever began ended somehow. */
	assert_int_equal(stats.starts, stats.pairs + stats.open + stats.replaced + stats.evicted +
					   stats.lost + stats.stopped);
	assert_int_equal(stats.ends, stats.pairs + stats.unstarted);
	scene_close(&s);
}

#define ENDS " -> test:finish if ok > 0 by "

static void test_random(void **state)
{
	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		run_random("x: test:begin | test:begin2" ENDS "key|id=key for end.who", swap, 20,
			   400);
		run_random("x: test:begin | test:begin2" ENDS "key|id=key for end.who", swap, 300,
			   100);
		run_random("x: test:begin | test:begin2" ENDS "cpu, key|id=key for end.who", swap,
			   10, 30);
		run_random("x: test:begin | test:begin2" ENDS "key|id=key for end.who", swap, 1,
			   400);
	}
}

/* ---- single cases ---- */

static void test_first_start_counts(void **state)
{
	struct event ev = { .kind = BEGIN, .key = 3 };
	struct conf *c = conf_new();
	struct scene s;
	struct pair_out out;

	(void)state;
	scene_open(&s, "x: test:begin -> test:finish by key", false, 0);
	pair_free(s.pair);
	s.spec->keep_first = true;
	s.pair = pair_new(&(struct pair_conf) { .spec = s.spec, .set = s.set });
	assert_int_equal(pair_bind(s.pair, s.from, NULL), 1);
	assert_int_equal(pair_bind(s.pair, s.from, NULL), 0);
	ev.ts = 100;
	assert_false(give(&s, &ev, &out));
	ev.ts = 150;
	assert_false(give(&s, &ev, &out));
	ev = (struct event) { .kind = FINISH, .key = 3, .ts = 180 };
	assert_true(give(&s, &ev, &out));
	assert_int_equal(number(&s, &out, "latency"), 80);
	assert_false(give(&s, &ev, &out));
	scene_close(&s);
	conf_free(c);
}

/* An event that is both a start and an end ends the one before and begins the next. */
static void test_chain(void **state)
{
	struct event ev = { .kind = BEGIN, .key = 3, .tid = 7 };
	struct pair_out out;
	struct scene s;

	(void)state;
	scene_open(&s, "x: test:begin -> test:begin by tid", false, 0);
	for (unsigned i = 0; i < 5; i++) {
		ev.ts = 100 * (i + 1) * (i + 1);
		assert_int_equal(give(&s, &ev, &out), i > 0);
		if (i)
			assert_int_equal(number(&s, &out, "latency"), 100 * (2 * i + 1));
	}
	scene_close(&s);
}

/* What is older than its start ends nothing, and a hole drops what was open before it only. */
static void test_order_and_holes(void **state)
{
	struct event start = { .kind = BEGIN, .key = 3, .ts = 200 };
	struct event end = { .kind = FINISH, .key = 3, .ts = 150 };
	struct pair_stats stats;
	struct pair_out out;
	struct scene s;

	(void)state;
	scene_open(&s, "x: test:begin -> test:finish by key", false, 0);
	give(&s, &start, &out);
	assert_false(give(&s, &end, &out));
	pair_loss(s.pair, 9, 200);
	end.ts = 250;
	assert_true(give(&s, &end, &out));
	give(&s, &start, &out);
	pair_loss(s.pair, 9, 201);
	assert_false(give(&s, &end, &out));
	give(&s, &start, &out);
	pair_gap(s.pair, 201);
	assert_false(give(&s, &end, &out));
	pair_stats(s.pair, &stats);
	assert_int_equal(stats.lost, 1);
	assert_int_equal(stats.stopped, 1);
	assert_int_equal(stats.unstarted, 3);
	assert_true(pair_stats_at_least(&stats));
	scene_close(&s);
}

static void test_short_records(void **state)
{
	struct pair_stats stats;
	struct pair_out out;
	uint8_t rec[8] = { 10 };
	struct scene s;
	struct row r;

	(void)state;
	scene_open(&s, "x: test:begin -> test:finish by key", false, 0);
	r = (struct row) { .rec = rec, .size = sizeof(rec), .schema = s.schema[BEGIN] };
	assert_false(pair_row(s.pair, pair_side(s.pair, r.schema), &r, &out));
	pair_stats(s.pair, &stats);
	assert_int_equal(stats.damaged, 1);
	scene_close(&s);
}

/* A text that points out of its record, or is longer than what is carried. */
static void test_hostile_text(void **state)
{
	static uint8_t big[9000];
	struct event end = { .kind = FINISH, .key = 3, .ts = 300, .text = "end" };
	struct pair_out out;
	struct scene s;
	struct row r;

	(void)state;
	scene_open(&s, "x: test:begin -> test:finish by key", false, 0);
	for (int i = 0; i < 2; i++) {
		struct event start = { .kind = BEGIN, .key = 3, .ts = 200 };

		build(&s, &start, big);
		memset(big + 24, 'x', sizeof(big) - 24);
		store_u32(big + 12, i ? 8000u << 16 | 24 : 60000u << 16 | 24);
		r = (struct row) {
			.ts = 200, .rec = big, .size = sizeof(big), .schema = s.schema[BEGIN]
		};
		pair_row(s.pair, pair_side(s.pair, r.schema), &r, &out);
		assert_true(give(&s, &end, &out));
		assert_text(&s, &out, "text", "end");
		assert_true(out.size < 2 * PAIR_VAR_MAX + 100);
		if (!i)
			assert_text(&s, &out, "name", "");
	}
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	      cmocka_unit_test(test_first_start_counts),
		cmocka_unit_test(test_chain),	      cmocka_unit_test(test_order_and_holes),
		cmocka_unit_test(test_short_records), cmocka_unit_test(test_hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
