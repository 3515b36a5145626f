/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording takes out of a store whose pages are tiny, read back from its file.
 */
#include "tests/unit/recorder_fixture.h"

/* n fragments of three records on two CPUs, 1000 ns apart from ts on; numbers go on from number. */
static void feed_many(struct studio *st, unsigned n, uint64_t ts, uint64_t number)
{
	for (unsigned i = 0; i < n; i++)
		feed(&st->b, i % 2, ts + i * 1000, 3, number + i * 3);
}

static void check_times(const struct studio *st, uint64_t ts, uint64_t number)
{
	for (unsigned i = 0; i < st->count; i++) {
		const struct found *f = &st->found[i];
		uint64_t k = f->number - number;

		if (*f->buffer)
			continue;
		assert_int_equal(f->ts, ts + k / 3 * 1000 + k % 3 * 10);
		assert_int_equal(f->cpu, k / 3 % 2);
		assert_int_equal(f->tid, 100 + f->cpu);
		assert_int_equal(f->id, RING_ID);
	}
}

static void test_all_of_the_store(void **state)
{
	struct studio st;
	struct stat file;

	(void)state;
	studio_open(&st, 64);
	feed_many(&st, 40, 1000, 0);
	studio_feed(&st, st.hidden, 1, 5000, 7, 500);
	studio_start(&st);
	studio_step(&st, 0);
	feed_many(&st, 40, 41000, 120);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.status.state, RECORDER_DONE);
	assert_int_equal(st.status.reason, RECORDER_STOPPED);
	assert_int_equal(st.status.events, 240);
	assert_int_equal(st.status.hidden, 1);
	assert_int_equal(st.status.missed, 0);
	assert_int_equal(st.status.queued, 0);
	assert_int_equal(st.status.version, 6);
	assert_true(st.status.ended >= st.status.began);
	assert_int_equal(stat(st.path, &file), 0);
	assert_int_equal(st.status.bytes, file.st_size); /* what ls says */
	assert_null(st.status.error);
	assert_int_equal(studio_count(&st, "", 0, 239), 240);
	assert_int_equal(studio_count(&st, "identity", 500, 500), 1);
	assert_int_equal(st.count, 241);
	check_times(&st, 1000, 0);
	studio_close(&st);
}

/* From a time on that lies within an open page of the one CPU and behind that of the other. */
static void test_from_now(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	feed_many(&st, 6, 1000, 0);
	st.conf.from = 6010;
	studio_start(&st);
	studio_step(&st, 0);
	feed_many(&st, 20, 7000, 18);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 16, 77), 62); /* two of the fragment at 6000 */
	assert_int_equal(st.count, 62);
	assert_int_equal(st.status.events, 62);
	check_times(&st, 1000, 0);
	studio_close(&st);
}

/* Cuts pages at both ends, and ends by itself once the horizon is there. */
static void test_range_ends_by_itself(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	feed_many(&st, 40, 1000, 0);
	st.conf.from = 11010;
	st.conf.to = 30020;
	studio_start(&st);
	studio_step(&st, 30000);
	recorder_status(st.recorder, &st.status);
	assert_int_equal(st.status.state, RECORDER_RUNNING);
	st.hidden->horizon = 29000; /* it was silent, but may still bring something */
	studio_step(&st, 30020);
	recorder_status(st.recorder, &st.status);
	assert_int_equal(st.status.state, RECORDER_RUNNING);
	st.hidden->horizon = 30020;
	studio_step(&st, 30020);
	recorder_status(st.recorder, &st.status);
	assert_int_not_equal(st.status.state, RECORDER_RUNNING);
	assert_true(recorder_ended(st.recorder, true));
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_RANGE);
	assert_int_equal(studio_count(&st, "", 31, 88), 58);
	assert_int_equal(st.count, 58);
	check_times(&st, 1000, 0);
	studio_close(&st);
}

/* The next one goes on where the one before was told to end: nothing twice, nothing missing. */
static void test_one_after_the_other(void **state)
{
	unsigned first;
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	feed_many(&st, 20, 1000, 0);
	studio_start(&st);
	studio_step(&st, 15000);
	recorder_end_at(st.recorder, 25010);
	feed_many(&st, 20, 21000, 60);
	studio_step(&st, 30000);
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_RANGE);
	first = studio_count(&st, "", 0, 72);
	assert_int_equal(first, 73);
	assert_int_equal(st.count, first);
	unlink(st.path);
	st.conf.from = 25010;
	studio_start(&st);
	studio_step(&st, 30000);
	studio_finish(&st);
	assert_int_equal(studio_count(&st, "", 73, 119), 47);
	assert_int_equal(st.count, 47);
	studio_close(&st);
}

/* At least once a second what an open page has is in the file, and it goes on in the same page. */
static void test_open_pages_grow(void **state)
{
	struct studio st;
	unsigned pages;

	(void)state;
	studio_open(&st, 64);
	studio_start(&st);
	feed(&st.b, 0, 1000, 2, 0);
	studio_step(&st, 0);
	for (unsigned i = 0; i < 30 && st.count < 2; i++) {
		usleep(100000);
		studio_step(&st, 0);
		if (!access(st.path, R_OK) && recorder_position(st.recorder) == UINT64_MAX) {
			usleep(50000);
			studio_read(&st);
		}
	}
	assert_int_equal(st.count, 2); /* while it runs */
	pages = st.pages;
	feed(&st.b, 0, 2000, 2, 2);
	studio_finish(&st);
	assert_int_equal(st.count, 4);
	assert_int_equal(studio_count(&st, "", 0, 3), 4);
	assert_int_equal(st.pages, pages);
	assert_int_equal(studio_find(&st, 3)->ts, 2010);
	studio_close(&st);
}

/* A recording that begins within a page takes the rest of it into one page, however often it steps.
 */
static void test_begins_within_a_page(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	feed(&st.b, 0, 1000, 1, 0);
	st.conf.from = 2000;
	studio_start(&st);
	for (unsigned k = 1; k < 4; k++) {
		feed(&st.b, 0, 1000 + k * 1000, 1, k);
		for (unsigned i = 0; i < 30 && recorder_position(st.recorder) != UINT64_MAX; i++) {
			usleep(100000);
			studio_step(&st, 0);
		}
	}
	assert_int_equal(store_run_at(st.b.store, 0)->count, 1);
	studio_finish(&st);
	assert_int_equal(st.count, 3);
	assert_int_equal(studio_count(&st, "", 1, 3), 3);
	assert_int_equal(studio_find(&st, 3)->ts, 4000);
	assert_int_equal(st.pages, 1);
	studio_close(&st);
}

/* Our own stay out, whether they come first, last or in between; the others keep their times. */
static void test_own_records_stay_out(void **state)
{
	struct studio st;
	struct run *r;

	(void)state;
	studio_open(&st, 64);
	st.b.source->own[0] = 42;
	r = store_run(st.b.store, st.b.source, 0);
	studio_start(&st);
	assert_int_not_equal(st.b.source->own[1], 0); /* the writer's thread */
	assert_int_equal(st.hidden->own[1], 0);
	for (unsigned i = 0; i < 20; i++) {
		struct fragment_maker m;

		fragment_begin(&m, store_room(st.b.store, NULL), 1000 + i * 1000);
		for (unsigned k = 0; k < 5; k++)
			fragment_add(&m, 1000 + i * 1000 + k * 10, (i + k) % 3 ? 9 : 42, i * 5 + k);
		assert_int_equal(store_commit(st.b.store, r, PAGE, NULL), 5);
	}
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.status.own, 33);
	assert_int_equal(st.status.events, 67);
	assert_int_equal(st.count, 67);
	for (unsigned i = 0; i < st.count; i++) {
		const struct found *f = &st.found[i];

		assert_int_equal(f->tid, 9);
		assert_int_equal(f->ts, 1000 + f->number / 5 * 1000 + f->number % 5 * 10);
	}
	studio_close(&st);
}

static void test_losses_are_kept(void **state)
{
	struct studio st;
	struct run *r;

	(void)state;
	studio_open(&st, 64);
	r = store_run(st.b.store, st.b.source, 0);
	feed(&st.b, 0, 1000, 2, 0);
	store_lost(st.b.store, r, 17);
	feed(&st.b, 0, 2000, 2, 2);
	store_lost(st.b.store, r, LOST_UNKNOWN);
	feed(&st.b, 0, 3000, 2, 4);
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.status.lost, 17);
	assert_int_equal(st.status.lost_unknown, 1);
	assert_int_equal(st.count, 6);
	assert_int_equal(studio_find(&st, 0)->lost, 0);
	assert_int_equal(studio_find(&st, 2)->lost, 17);
	assert_true(studio_find(&st, 4)->lost == LOST_UNKNOWN);
	studio_close(&st);
}

/* What the bound took before it was handed over is counted, event by event. */
static void test_evicted_is_counted(void **state)
{
	struct store_stats stats;
	struct studio st;

	(void)state;
	studio_open(&st, 40);
	studio_start(&st);
	feed_many(&st, 10, 1000, 0);
	studio_step(&st, 0);
	feed_many(&st, 400, 11000, 30);
	store_stats(st.b.store, &stats);
	assert_true(stats.evicted_events > 600);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_true(st.status.missed > 500);
	assert_int_equal(st.status.events + st.status.missed, 1230);
	assert_int_equal(st.count, st.status.events);
	studio_count(&st, "", 0, 1229);
	check_times(&st, 1000, 0);
	studio_close(&st);
}

/* Pages may be forgotten as soon as they were handed over; those that grow stay. */
static void test_forget(void **state)
{
	struct store_stats stats;
	struct studio st;

	(void)state;
	studio_open(&st, 400);
	studio_start(&st);
	for (unsigned i = 0; i < 50; i++) {
		feed_many(&st, 4, 1000 + i * 4000, i * 12);
		recorder_forget(st.recorder, UINT64_MAX); /* nothing of it was handed over */
		studio_step(&st, 0);
		recorder_forget(st.recorder, UINT64_MAX);
		store_stats(st.b.store, &stats);
		assert_true(stats.pages <= 4);
	}
	studio_finish(&st);
	assert_int_equal(st.status.missed, 0);
	assert_int_equal(studio_count(&st, "", 0, 599), 600);
	studio_close(&st);
}

static void test_never_over_a_file(void **state)
{
	struct studio st;
	struct stat sb;
	FILE *f;
	struct err e = ERR_INIT;

	(void)state;
	studio_open(&st, 64);
	f = fopen(st.path, "we");
	assert_non_null(f);
	fputs("precious", f);
	fclose(f);
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -EEXIST);
	assert_non_null(strstr(e.text, st.path));
	assert_int_equal(stat(st.path, &sb), 0);
	assert_int_equal(sb.st_size, 8);
	st.conf.force = true;
	feed(&st.b, 0, 1000, 2, 0);
	studio_start(&st);
	studio_step(&st, 0);
	studio_finish(&st);
	assert_int_equal(st.count, 2);
	assert_int_equal(stat(st.path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	/* Not through a link, not over a folder, not where there is no folder. */
	unlink(st.path);
	assert_int_equal(symlink("/tmp/tapdeck-nowhere", st.path), 0);
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -EEXIST);
	unlink(st.path);
	st.conf.path = st.dir;
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -EEXIST);
	st.conf.path = "/tmp/tapdeck/no/such/folder/trace.dat";
	assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -ENOENT);
	st.recorder = NULL;
	studio_close(&st);
}

static void test_bytes_end_it(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 400);
	st.conf.max_bytes = 4 << 20;
	studio_start(&st);
	for (unsigned i = 0; i < 2000 && st.status.state == RECORDER_RUNNING; i++) {
		feed_many(&st, 100, 1000 + i * 100000, i * 300);
		studio_step(&st, 0);
		usleep(500);
		recorder_status(st.recorder, &st.status);
	}
	studio_finish(&st);
	assert_int_equal(st.status.reason, RECORDER_MAX_BYTES);
	assert_in_range(st.status.bytes, 2 << 20, 5 << 20);
	assert_true(st.count > 1000);
	studio_close(&st);
}

static void test_names_go_in(void **state)
{
	struct studio st;
	size_t size = 0;

	(void)state;
	studio_open(&st, 64);
	identity_hint(st.identity, 100, 100, "early");
	studio_start(&st);
	feed(&st.b, 0, 1000, 2, 0);
	studio_step(&st, 0);
	identity_hint(st.identity, 101, 100, "later");
	studio_finish(&st);
	dat_close(st.dat);
	st.dat = NULL;
	{
		_cleanup_free_ char *text = calloc(1, 8 << 20);
		FILE *f = fopen(st.path, "re");

		size = fread(text, 1, (8 << 20) - 1, f);
		fclose(f);
		assert_non_null(memmem(text, size, "100 early", 9));
		assert_non_null(memmem(text, size, "101 later", 9));
	}
	studio_close(&st);
}

/* In a hurry the file stays as it is, and opens. */
static void test_abandoned(void **state)
{
	struct studio st;

	(void)state;
	studio_open(&st, 64);
	studio_start(&st);
	feed_many(&st, 10, 1000, 0);
	studio_step(&st, 0);
	for (unsigned i = 0; i < 40 && recorder_position(st.recorder) != UINT64_MAX; i++) {
		usleep(50000);
		studio_step(&st, 0);
	}
	usleep(200000);
	recorder_abandon(st.recorder);
	recorder_free(st.recorder);
	st.recorder = NULL;
	studio_read(&st);
	assert_int_equal(studio_count(&st, "", 0, 29), 30);
	recorder_abandon(NULL);
	recorder_free(NULL);
	studio_close(&st);
}

/* Three at once, a fourth is refused with words; a thread is used again. */
static void test_several_at_once(void **state)
{
	struct recorder *r[3];
	struct studio st;
	struct err e = ERR_INIT;
	char path[4][128];
	int32_t own;

	(void)state;
	studio_open(&st, 64);
	st.b.source->own[0] = 1;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%u.dat", st.dir, i);
		st.conf.path = path[i];
		st.conf.meta = studio_meta();
		if (i < 3)
			assert_int_equal(recorder_new(&st.conf, &r[i], &e), 0);
		else
			assert_int_equal(recorder_new(&st.conf, &st.recorder, &e), -EBUSY);
		st.conf.meta = NULL;
	}
	assert_int_equal(access(path[3], F_OK), -1);
	own = st.b.source->own[3];
	assert_int_not_equal(own, 0);
	for (unsigned i = 0; i < 3; i++) {
		recorder_free(r[i]);
		assert_int_equal(unlink(path[i]), 0);
	}
	st.recorder = NULL;
	st.conf.path = st.path;
	usleep(20000);
	studio_start(&st);
	assert_int_equal(st.b.source->own[3], own);
	studio_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_the_store),
		cmocka_unit_test(test_from_now),
		cmocka_unit_test(test_range_ends_by_itself),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_open_pages_grow),
		cmocka_unit_test(test_begins_within_a_page),
		cmocka_unit_test(test_own_records_stay_out),
		cmocka_unit_test(test_losses_are_kept),
		cmocka_unit_test(test_evicted_is_counted),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_never_over_a_file),
		cmocka_unit_test(test_bytes_end_it),
		cmocka_unit_test(test_names_go_in),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_several_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
