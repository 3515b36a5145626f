/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of single rows, of foreign machines and of formats that change; a writer that is
 * slower than what comes.
 */
#include <sys/mount.h>

#include "tests/unit/recorder_fixture.h"

static void feed_many(struct studio *st, unsigned n, uint64_t ts, uint64_t number)
{
	for (unsigned i = 0; i < n; i++)
		feed(&st->b, i % 2, ts + i * 1000, 3, number + i * 3);
}

static void test_filter(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 400);
	feed_many(&st, 20, 1000, 0);
	studio_feed(&st, st.hidden, 1, 5000, 7, 500);
	assert_int_equal(filter_parse("number >= 10 && cpu == 1", &st.conf.filter, NULL), 0);
	studio_start(&st);
	studio_step(&st, 15000); /* later rows are not final yet */
	feed_many(&st, 20, 21000, 60);
	studio_step(&st, 60000);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "identity", 500, 500), 1);
	for (unsigned i = 0; i < st.count; i++) {
		const struct found *f = &st.found[i];

		if (*f->buffer)
			continue;
		assert_int_equal(f->cpu, 1);
		assert_true(f->number >= 10);
		assert_int_equal(f->ts, 1000 + f->number / 3 * 1000 + f->number % 3 * 10);
	}
	assert_int_equal(st.count, 57);
	assert_int_equal(st.status.missed, 0);
	assert_int_equal(st.status.events, 56);
	studio_close(&st);
}

static bool odd(void *data, const struct row *r)
{
	++*(unsigned *)data;
	return number_of(r) % 2;
}

static void test_wanted_and_stop(void **state)
{
	struct studio st;
	unsigned asked = 0;

	(void)state;
	studio_open(&st, 400);
	st.conf.wanted = odd;
	st.conf.wanted_data = &asked;
	studio_start(&st);
	feed_many(&st, 20, 1000, 0);
	studio_step(&st, 1000); /* nothing is final */
	assert_int_equal(asked, 0);
	studio_finish(&st); /* and yet all there is goes in */
	assert_int_equal(asked, 60);
	assert_int_equal(st.count, 30);
	studio_close(&st);
}

static void test_number_of_events(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 400);
	st.conf.max_events = 25;
	studio_start(&st);
	feed_many(&st, 20, 1000, 0);
	studio_feed(&st, st.hidden, 1, 1500, 7, 500);
	studio_feed(&st, st.hidden, 1, 15000, 7, 501);
	studio_step(&st, 100000);
	assert_true(recorder_ended(st.recorder, true));
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_MAX_EVENTS);
	assert_int_equal(st.status.events, 25);
	assert_int_equal(studio_count(&st, "", 0, 24), 25); /* the first ones by time */
	assert_int_equal(studio_count(&st, "identity", 500, 501), 1);
	studio_close(&st);
}

/* A row that comes too late stands in a page of its own: no page's time goes back. */
static void test_late_rows(void **state)
{
	struct studio st;
	struct run *r;

	(void)state;
	studio_open(&st, 400);
	assert_int_equal(filter_parse("number < 1000", &st.conf.filter, NULL), 0);
	studio_start(&st);
	r = store_run(st.b.store, st.b.source, 0);
	feed(&st.b, 0, 5000, 3, 0);
	studio_step(&st, 6000);
	store_close_page(st.b.store, r);
	feed(&st.b, 0, 2000, 3, 3);
	studio_step(&st, 6000);
	feed(&st.b, 0, 7000, 3, 6);
	studio_step(&st, 8000);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 0, 8), 9);
	assert_int_equal(studio_find(&st, 0)->ts, 5000);
	assert_int_equal(studio_find(&st, 3)->ts, 2000);
	assert_int_equal(studio_find(&st, 8)->ts, 7020);
	assert_true(studio_find(&st, 3)->page > studio_find(&st, 2)->page);
	for (unsigned i = 1; i < st.count; i++)
		assert_true(st.found[i].page != st.found[i - 1].page ||
			    st.found[i].ts >= st.found[i - 1].ts);
	studio_close(&st);
}

static void test_losses_own_and_eviction(void **state)
{
	struct studio st;
	struct run *r;

	(void)state;
	studio_open(&st, 24);
	st.b.source->own[0] = 101;
	assert_int_equal(filter_parse("number < 100000", &st.conf.filter, NULL), 0);
	studio_start(&st);
	r = store_run(st.b.store, st.b.source, 0);
	feed(&st.b, 0, 1000, 2, 0);
	store_lost(st.b.store, r, 17);
	feed(&st.b, 0, 2000, 2, 2);
	feed(&st.b, 1, 3000, 4, 10); /* ours */
	studio_step(&st, 4000);
	for (unsigned i = 0; i < 200; i++)
		feed(&st.b, 0, 10000 + i * 1000, 5, 100 + i * 5);
	studio_step(&st, 1000000);
	studio_finish(&st);
	assert_int_equal(st.status.lost, 17);
	assert_int_equal(st.status.own, 4);
	assert_true(st.status.missed > 700);
	assert_int_equal(st.status.missed + st.status.events, 1004);
	assert_int_equal(studio_find(&st, 2)->lost, 17);
	assert_int_equal(studio_find(&st, 0)->lost, 0);
	studio_close(&st);
}

/* ---- formats that change ---- */

static const char other_format[] =
    "name: pulse\n"
    "ID: 7\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:u64 number;\toffset:8;\tsize:8;\tsigned:0;\n"
    "\n"
    "print fmt: \"pulse=%llu\", REC->number\n";

static void add_other(struct schema_set *set)
{
	struct schema *s = NULL;

	assert_int_equal(
	    schema_parse("test", other_format, sizeof(other_format) - 1, set->machine, &s, NULL),
	    0);
	schema_set_add(set, s);
}

/* Which event the file says that a record is. */
static const char *name_in(const struct studio *st, const struct found *f)
{
	const struct schema *s = schema_set_get(dat_schemas(st->dat), f->id, UINT32_MAX);

	assert_non_null(s);
	return s->name;
}

static void check_generations(bool rows)
{
	struct studio st;

	studio_open(&st, 64);
	if (rows)
		assert_int_equal(filter_parse("number < 1000", &st.conf.filter, NULL), 0);
	feed_many(&st, 4, 1000, 0);
	studio_start(&st);
	studio_step(&st, 2500);
	add_other(st.b.schemas);
	feed_many(&st, 4, 5000, 12);
	studio_step(&st, 100000);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 0, 23), 24);
	for (unsigned i = 0; i < st.count; i++) {
		const struct found *f = &st.found[i];

		assert_string_equal(name_in(&st, f), f->number < 12 ? "beat" : "pulse");
		assert_int_equal(f->ts, 1000 + f->number / 3 * 1000 + f->number % 3 * 10);
	}
	studio_close(&st);
}

static void test_two_generations_of_pages(void **state)
{
	(void)state;
	check_generations(false);
}

static void test_two_generations_of_rows(void **state)
{
	(void)state;
	check_generations(true);
}

/* Two sources with one id for different things: one of them is relabelled, in its records too. */
static void test_two_sources_one_id(void **state)
{
	struct schema_set *set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	struct source *other;
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	add_other(set);
	other = store_source(st.b.store, "test", "identity", set, 0); /* the name is taken */
	feed_many(&st, 4, 1000, 0);
	studio_feed(&st, other, 2, 1500, 7, 50);
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.count, 13);
	assert_string_equal(name_in(&st, studio_find(&st, 50)), "pulse");
	assert_string_equal(studio_find(&st, 50)->buffer, "identity-2");
	assert_int_equal(studio_find(&st, 50)->ts, 1500);
	assert_string_equal(name_in(&st, studio_find(&st, 3)), "beat");
	studio_close(&st);
	schema_set_free(set);
}

/* ---- times through a map, pages of others ---- */

static void test_mapped_times(void **state)
{
	struct time_map *map = calloc(1, sizeof(*map) + sizeof(struct time_piece));
	struct studio st;

	(void)state;
	map->count = 1;
	map->pieces[0] = (struct time_piece) { .from = 0, .to = 1000000 };
	studio_open(&st, 64);
	store_run(st.b.store, st.b.source, 0)->time = map;
	store_run(st.b.store, st.b.source, 1)->time = map;
	st.conf.from = 1002000;
	feed_many(&st, 4, 1000, 0);
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 3, 11), 9);
	assert_int_equal(st.count, 9);
	assert_int_equal(studio_find(&st, 3)->ts, 1002000);
	assert_int_equal(studio_find(&st, 11)->ts, 1004020);
	studio_close(&st);
	free(map);
}

/* ---- a slow disk ---- */

/* The queue is bounded: the store keeps what does not fit, and nothing waits, nothing is missed. */
static void test_more_than_the_queue_holds(void **state)
{
	struct studio st;
	uint64_t fed = 0;

	(void)state;
	studio_open(&st, 40000); /* the queue takes a quarter of it */
	studio_start(&st);
	for (unsigned i = 0; i < 17000; i++, fed += 10)
		feed(&st.b, i % 4, 1000 + i * 1000, 10, i * 10);
	studio_step(&st, 0);
	recorder_status(st.recorder, &st.status);
	assert_in_range(st.status.queued, 0, 40000 * PAGE / 4 + PAGE);
	recorder_stop(st.recorder);
	for (unsigned i = 0; i < 10; i++) /* what comes behind the end is not in it */
		feed(&st.b, i % 4, 20000000 + i * 1000, 10, fed + i * 10);
	studio_finish(&st);
	assert_int_equal(st.status.missed, 0);
	assert_int_equal(st.status.events, fed);
	assert_int_equal(st.count, fed);
	studio_close(&st);
}

/* The recording ends before the disk is full, says so, and what it wrote is there. */
static void test_disk_full(void **state)
{
	struct studio st;
	uint64_t fed = 0;

	(void)state;
	studio_open(&st, 400);
	if (mount("tmpfs", st.dir, "tmpfs", 0, "size=24m")) {
		print_message("# needs a mount of tmpfs, so root: %s\n", strerror(errno));
		studio_close(&st);
		skip();
	}
	studio_start(&st);
	for (unsigned i = 0; i < 40000 && st.status.state < RECORDER_DONE; i++, fed += 10) {
		feed(&st.b, i % 4, 1000 + i * 1000, 10, i * 10);
		recorder_step(st.recorder, 0, 100000);
		recorder_status(st.recorder, &st.status);
		if (i % 50 == 0)
			usleep(1000);
	}
	studio_finish(&st);
	assert_int_equal(st.status.state, RECORDER_FAILED);
	assert_int_equal(st.status.reason, RECORDER_DISK_FULL);
	assert_non_null(strstr(st.error, "16 MiB before the disk was full"));
	assert_non_null(strstr(st.error, st.path));
	assert_true(st.count > 1000);
	assert_int_equal(st.count, st.status.events);
	dat_close(st.dat);
	st.dat = NULL;
	assert_int_equal(umount(st.dir), 0);
	studio_close(&st);
}

/* Fills a store as fast as it can while the thread writes: for the sanitizer of threads. */
static void test_busy(void **state)
{
	struct studio st;
	uint64_t fed = 0;

	(void)state;
	studio_open(&st, 2000);
	studio_start(&st);
	for (unsigned i = 0; i < 15000; i++, fed += 5) {
		feed(&st.b, i % 3, 1000 + i * 100, 5, i * 5);
		if (i % 50 == 0) {
			recorder_step(st.recorder, 0, 20000);
			recorder_forget(st.recorder, UINT64_MAX);
			recorder_status(st.recorder, &st.status);
		}
		if (i % 1000 == 0)
			identity_hint(st.identity, 100 + (int)i, 100, "someone");
	}
	studio_finish(&st);
	assert_int_equal(st.status.events + st.status.missed, fed);
	assert_int_equal(st.count, st.status.events);
	studio_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_wanted_and_stop),
		cmocka_unit_test(test_number_of_events),
		cmocka_unit_test(test_late_rows),
		cmocka_unit_test(test_losses_own_and_eviction),
		cmocka_unit_test(test_two_generations_of_pages),
		cmocka_unit_test(test_two_generations_of_rows),
		cmocka_unit_test(test_two_sources_one_id),
		cmocka_unit_test(test_mapped_times),
		cmocka_unit_test(test_more_than_the_queue_holds),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
