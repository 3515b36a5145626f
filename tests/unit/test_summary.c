/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counts: that those of the long dead are put together, none is lost or counted twice, and that
 * a process keeps what its threads did.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/summary.h"
#include "tests/unit/identity_fixture.h"
#include "tests/unit/ring.h"

#define S      NSEC_PER_SEC
#define THREAD 0x10000 /* CLONE_THREAD */
#define KINDS  3

struct bench {
	struct fixture fx;
	struct schema *kind[KINDS];
	struct summary *summary;
};

static int setup(void **state)
{
	static const char format[] = EVENT("alpha", 301, FIELD("u64 number", 8, 8, 0));
	struct bench *b = calloc(1, sizeof(*b));
	struct machine machine = { .long_size = 8 };

	fixture_init(&b->fx, machine, NULL);
	for (unsigned i = 0; i < KINDS; i++) {
		assert_int_equal(
		    schema_parse("test", format, strlen(format), machine, &b->kind[i], NULL), 0);
		b->kind[i]->index = 1000 + i;
	}
	b->summary = summary_new();
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	summary_free(b->summary);
	for (unsigned i = 0; i < KINDS; i++)
		schema_free(b->kind[i]);
	fixture_done(&b->fx);
	free(b);
	return 0;
}

static void beat(struct bench *b, int32_t tid, unsigned kind, uint64_t ts)
{
	summary_fold(b->summary, summary_task(b->summary, b->fx.id, tid, ts), b->kind[kind], ts);
}

/* What one reading says. */
struct seen {
	uint64_t rows, events, other;
	int32_t pid; /* of which these are asked: */
	uint64_t pid_rows, pid_events, pid_threads;
	char comm[COMM_LEN];
	bool gone;
	uint64_t keys[4096];
};

static bool see(const struct summary_row *r, void *data)
{
	struct seen *s = data;

	for (uint64_t i = 0; i < s->rows; i++)
		assert_int_not_equal(s->keys[i], r->key);
	assert_true(s->rows < ARRAY_SIZE(s->keys));
	s->keys[s->rows++] = r->key;
	s->events += r->events;
	if (r->tid < 0 && r->pid < 0)
		s->other += r->events;
	if (r->pid != s->pid)
		return true;
	s->pid_rows++;
	s->pid_events += r->events;
	s->pid_threads += r->threads;
	s->gone = r->end != UINT64_MAX;
	snprintf(s->comm, sizeof(s->comm), "%s", r->comm);
	return true;
}

static struct seen look(struct bench *b, bool by_process, int32_t pid)
{
	struct seen s = { .pid = pid };

	summary_each(b->summary, b->fx.id, by_process, see, &s);
	return s;
}

/* A process of its own that does one thing and ends, all in the second that begins at ts. */
static void live_briefly(struct bench *b, uint64_t ts, int32_t pid)
{
	learn(&b->fx, rec_newtask(&b->fx, ts, 1, pid, "brief", 0));
	beat(b, pid, 0, ts + 1000);
	learn(&b->fx, rec_exit(&b->fx, EXIT, ts + 2000, pid, "brief", true));
}

static void test_the_long_dead_are_put_together(void **state)
{
	struct bench *b = *state;
	struct seen s;

	b->summary->keep = 10;
	for (unsigned i = 0; i < 100; i++)
		live_briefly(b, (i + 1) * S, 1000 + (int32_t)i);
	s = look(b, true, 1099);
	assert_int_equal(s.events, 100);
	/* Who ended in the last ten seconds is not yet among them. */
	assert_true(s.rows >= 10 && s.rows <= 13);
	assert_int_equal(s.other, 100 - (s.rows - 1));
	assert_int_equal(s.pid_events, 1);
	assert_string_equal(s.comm, "brief");
	s = look(b, true, 1000);
	assert_int_equal(s.pid_rows, 0);
	assert_int_equal(summary_events(b->summary, b->kind[0]), 100);
	/* Those numbers may be given again. */
	live_briefly(b, 200 * S, 1000);
	s = look(b, true, 1000);
	assert_int_equal(s.pid_rows, 1);
	assert_int_equal(s.pid_events, 1);
	assert_int_equal(s.events, 101);
}

static void test_few_dead_stay(void **state)
{
	struct bench *b = *state;

	b->summary->keep = 10;
	for (unsigned i = 0; i < 20; i++)
		live_briefly(b, (i + 1) * S, 1000 + (int32_t)i);
	assert_int_equal(look(b, true, 1000).rows, 20);
}

/* A server with a thread a request. */
static void test_a_process_keeps_its_threads(void **state)
{
	struct bench *b = *state;
	struct seen s;

	b->summary->keep = 10;
	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100, "server", 0));
	beat(b, 100, 1, 2 * S);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t ts = (3 + i) * S;
		int32_t tid = 1000 + (int32_t)i;

		learn(&b->fx, rec_newtask(&b->fx, ts, 100, tid, "request", THREAD));
		beat(b, tid, i % KINDS, ts + 1000);
		learn(&b->fx, rec_exit(&b->fx, EXIT, ts + 2000, tid, "request", false));
		if (i % 50 == 0)
			look(b, true, 100);
	}
	s = look(b, true, 100);
	assert_int_equal(s.pid_rows, 1);
	assert_int_equal(s.pid_events, 201);
	assert_int_equal(s.other, 0);
	assert_string_equal(s.comm, "server");
	assert_false(s.gone);
	s = look(b, false, 100);
	assert_true(s.pid_rows <= 23);
	assert_int_equal(s.pid_events, 201);
	/* It ends, and others come: then it goes as a whole. */
	learn(&b->fx, rec_exit(&b->fx, EXIT, 250 * S, 100, "server", true));
	s = look(b, true, 100);
	assert_true(s.gone);
	for (unsigned i = 0; i < 50; i++)
		live_briefly(b, (300 + i) * S, 3000 + (int32_t)i);
	s = look(b, true, 100);
	assert_int_equal(s.pid_rows, 0);
	assert_int_equal(s.events, 251);
}

/* Whatever comes and goes, the sum is right, and so is what a living process did. */
static void test_nothing_is_lost(void **state)
{
	enum { LONG = 20 };
	struct bench *b = *state;
	uint64_t sum = 0, did[LONG] = { 0 };
	unsigned seed = 12345;

	b->summary->keep = 5;
	for (int32_t i = 0; i < LONG; i++)
		learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 100 + i, "long", 0));
	for (unsigned step = 0; step < 3000; step++) {
		uint64_t ts = 2 * S + step * (S / 4);
		int32_t parent = (int32_t)(rand_r(&seed) % LONG);
		int32_t tid = 1000 + (int32_t)(rand_r(&seed) % 300);
		bool thread = rand_r(&seed) % 2;

		learn(&b->fx, rec_newtask(&b->fx, ts, 100 + parent, tid, "x", thread ? THREAD : 0));
		beat(b, tid, step % KINDS, ts + 10);
		learn(&b->fx, rec_exit(&b->fx, EXIT, ts + 20, tid, "x", !thread));
		beat(b, 100 + parent, 0, ts + 30);
		did[parent] += 1 + thread;
		sum += 2;
		if (rand_r(&seed) % 16 == 0) {
			struct seen s = look(b, rand_r(&seed) % 2, 100 + parent);

			assert_int_equal(s.events, sum);
			assert_int_equal(s.pid_events, did[parent]);
		}
		if (rand_r(&seed) % 64 == 0)
			identity_forget(b->fx.id, ts - S);
	}
	assert_true(look(b, true, 0).rows < 200);
}

/* ---- in the walk ---- */

/* A tid that two used, with nothing of anybody else between: each has his own. */
static void test_a_tid_used_twice_in_one_page(void **state)
{
	struct bench *b = *state;
	struct store_conf c = {
		.memory = 1 << 20, .page_size = 4096, .identity = b->fx.id, .summary = b->summary
	};
	struct schema_set *set = ring_schemas();
	struct fragment_maker m;
	struct store *store;
	struct source *src;
	struct seen s;

	learn(&b->fx, rec_newtask(&b->fx, 1 * S, 1, 700, "before", 0));
	learn(&b->fx, rec_exit(&b->fx, EXIT, 2 * S, 700, "before", true));
	learn(&b->fx, rec_newtask(&b->fx, 3 * S, 1, 700, "after", 0));
	assert_int_equal(store_new(&c, &store, NULL), 0);
	src = store_source(store, "test", "test", set, 0);
	fragment_begin(&m, store_room(store, NULL), S);
	for (unsigned i = 0; i < 40; i++)
		fragment_add(&m, S + i * S / 10, 700, i);
	store_commit(store, store_run(store, src, 0), 4096, NULL);
	s = look(b, false, 0);
	assert_int_equal(s.rows, 2);
	assert_int_equal(s.events, 40);
	store_free(store);
	schema_set_free(set);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_the_long_dead_are_put_together),
		CASE(test_a_tid_used_twice_in_one_page),
		CASE(test_few_dead_stay),
		CASE(test_a_process_keeps_its_threads),
		CASE(test_nothing_is_lost),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
