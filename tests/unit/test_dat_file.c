/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_file: what the writer of trace.dat promises: every version, machine and size of pages,
 * losses, and what it refuses. Formats and names have test_dat_file_meta, what a kill leaves
 * test_dat_file_kill, disks that are full peers/dat_file_peers_test.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/dat_file_fixture.h"

/* Every commit is seen by a reader who opens the file then; a whole file has none before its end.
 */
static void every_commit(const struct kind *k, struct machine m, uint32_t page_size)
{
	struct err e = ERR_INIT;
	struct feed f;

	feed_open(&f, k, m, page_size);
	for (unsigned i = 1; i <= 3000; i++) {
		must(feed_event(&f, i % 2, i % 3, &e), &e);
		if (i % 601)
			continue;
		must(feed_commit(&f, &e), &e);
		if (!k->whole)
			expect(k->name, i);
	}
	must(feed_commit(&f, &e), &e);
	assert_int_equal(dat_file_version(f.file), k->ends);
	finish(&f);
	expect(k->name, 3000);
}

static void test_kinds(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
			every_commit(&kinds[k], machines[m], 4096);
			every_commit(&kinds[k], machines[m], 1024);
		}
}

static void test_page_sizes(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (uint32_t size = 2048; size <= 1 << 20; size *= 8)
			every_commit(&kinds[k], machines[0], size);
}

/* So many regions that they must be smaller on some file systems. */
static void test_many_cpus(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct err e = ERR_INIT;
		struct feed f;

		feed_open_cpus(&f, &kinds[k], machines[0], 4096, 1024);
		for (unsigned i = 0; i < 2000; i++)
			must(feed_event(&f, i % 3, i % FEED_CPUS, &e), &e);
		must(feed_commit(&f, &e), &e);
		if (!kinds[k].whole)
			expect("many CPUs", 2000);
		finish(&f);
		expect("many CPUs", 2000);
	}
}

/* What a file says besides events, in each version. */
static void test_rest(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct err e = ERR_INIT;
		struct dat_info info;
		struct feed f;
		struct dat *d;
		size_t size;

		feed_open(&f, &kinds[k], machines[k % 4], 4096);
		must(feed_event(&f, 1, 0, &e), &e);
		must(feed_commit(&f, &e), &e);
		dat_file_stat(f.file, 1, "entries: 17\noverrun: 3\n");
		dat_file_stat(f.file, 99, "no such CPU");
		finish(&f);
		d = reopen();
		dat_info(d, &info);
		assert_int_equal(info.version, kinds[k].ends);
		assert_int_equal(info.machine.swap, machines[k % 4].swap);
		assert_int_equal(info.machine.long_size, machines[k % 4].long_size);
		assert_string_equal(info.uname, "Linux here 6.1.0 x86_64");
		assert_int_equal(info.buffers, 3);
		assert_string_equal(dat_buffer(d, 2)->name, "empty");
		assert_string_equal(dat_buffer(d, 0)->clock, "mono");
		assert_int_equal(dat_buffer(d, 0)->cpus, 4);
		assert_int_equal(dat_pages(d, 1, 0), 1);
		dat_kallsyms(d, &size);
		assert_int_equal(size, 0);
		dat_close(d);
	}
}

/* ---- losses ---- */

static void test_losses(void **state)
{
	static const uint64_t lost[] = { 7, LOST_UNKNOWN, UINT32_MAX, 0 };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
			struct err e = ERR_INIT;
			struct check c;
			struct feed f;

			feed_open(&f, &kinds[k], machines[m], 4096);
			for (unsigned i = 0; i < 1000; i++) {
				if (i % 100 == 0 && i) {
					/* The next page: in a full one is no room for a number. */
					must(feed_put(&f, 0, 1, &e), &e);
					f.tracks[0][1]->open = false;
				}
				must(feed_event(&f, 0, 1, &e), &e);
				f.tracks[0][1]->lost = lost[i / 250];
				if (i % 30 == 0)
					must(feed_commit(&f, &e), &e);
			}
			must(feed_commit(&f, &e), &e);
			finish(&f);
			c = check_own(fixture()->path);
			assert_string_equal(c.why, "");
			assert_int_equal(c.events, 1000);
			/* Ten pages: three, two, three and two of each sort. */
			assert_int_equal(c.lost, 3 * 7 + 3ull * UINT32_MAX);
			assert_int_equal(c.unknown, 2);
		}
}

/* A full page has no room for the number: then it only says that some were lost. */
static void test_losses_full_page(void **state)
{
	struct err e = ERR_INIT;
	struct check c;
	struct feed f;

	feed_open(&f, &kinds[0], machines[0], 4096);
	must(feed_event(&f, 0, 0, &e), &e);
	f.tracks[0][0]->lost = 9;
	for (unsigned i = 1; i < 300; i++)
		must(feed_event(&f, 0, 0, &e), &e);
	must(feed_commit(&f, &e), &e);
	finish(&f);
	c = check_own(fixture()->path);
	assert_string_equal(c.why, "");
	assert_int_equal(c.unknown, 1);
	assert_int_equal(c.lost, 9);
}

/* ---- what is refused ---- */

static int put(struct feed *f, const struct dat_part *p, struct err *e)
{
	err_clear(e);
	return dat_file_put(f->file, p, e);
}

static void test_refused(void **state)
{
	static const uint8_t bytes[8192];
	struct dat_part p = { .bytes = bytes, .size = 16, .ts = 1 };
	struct err e = ERR_INIT;
	uint16_t id = 0;
	struct feed f;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		feed_open(&f, &kinds[k], machines[0], 4096);
		p.cpu = 4;
		assert_int_equal(put(&f, &p, &e), -ERANGE);
		assert_non_null(strstr(e.text, "CPU 4"));
		p.cpu = 0;
		p.buffer = 3;
		assert_int_equal(put(&f, &p, &e), -EINVAL);
		p.buffer = 0;
		p.size = 4096 - 15;
		assert_int_equal(put(&f, &p, &e), -EINVAL);
		p.size = 16;
		p.from = 16; /* of a page that did not begin */
		assert_int_equal(put(&f, &p, &e), -EINVAL);
		p.from = 0;
		assert_int_equal(put(&f, &p, &e), 0);
		p.from = 32; /* a gap */
		assert_int_equal(put(&f, &p, &e), -EINVAL);
		p.from = UINT32_MAX;
		assert_int_equal(put(&f, &p, &e), -EINVAL);
		p.from = 0;
		assert_int_equal(dat_file_format(f.file, "x", "name: y\n", 8, &id, &e), -EINVAL);
		assert_non_null(strstr(e.text, "no id"));
		assert_int_equal(dat_file_format(f.file, "x", "ID: 70000\n", 10, &id, &e), -EINVAL);
		dat_file_abandon(f.file);
	}
	dat_file_abandon(NULL);
	assert_int_equal(dat_file_finish(NULL, NULL, &e), 0);
}

static int try_new(uint32_t page_size, unsigned cpus, int fd, struct err *e)
{
	struct dat_file *f = NULL;
	struct dat_file_conf c = { .path = "x.dat",
				   .fd = fd,
				   .meta = feed_meta(machines[0], page_size, cpus) };
	int r = dat_file_new(&c, &f, e);

	dat_file_abandon(f);
	return r;
}

static int new_file(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static void test_refused_at_once(void **state)
{
	struct err e = ERR_INIT;
	int fd = new_file(), pipes[2];

	assert_int_equal(try_new(512, 1, new_file(), &e), -EINVAL);
	assert_int_equal(try_new(3000, 1, new_file(), &e), -EINVAL);
	assert_int_equal(try_new(2 << 20, 1, new_file(), &e), -EINVAL);
	assert_int_equal(try_new(4096, 0, new_file(), &e), -EINVAL);
	assert_int_equal(try_new(4096, DAT_CPUS_MAX + 1, new_file(), &e), -EINVAL);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(try_new(4096, 1, fd, &e), -EINVAL);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	close(pipes[1]);
	assert_int_equal(try_new(4096, 1, pipes[0], &e), -EINVAL);
	assert_non_null(strstr(e.text, "not an empty plain file"));
	assert_int_equal(try_new(4096, 1, new_file(), &e), 0);
}

/* A file that was moved away while it grew is not replaced by a copy under its old name. */
static void test_moved(void **state)
{
	struct err e = ERR_INIT;
	struct feed f;
	char other[200];

	feed_open(&f, &kinds[0], machines[0], 4096);
	must(feed_event(&f, 0, 0, &e), &e);
	must(feed_commit(&f, &e), &e);
	snprintf(other, sizeof(other), "%s.moved", fixture()->path);
	assert_int_equal(rename(fixture()->path, other), 0);
	dat_file_finish(f.file, NULL, &e);
	feed_done(&f);
	assert_int_equal(access(fixture()->path, F_OK), -1);
	assert_int_equal(check_own(other).events, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_many_cpus), cmocka_unit_test(test_rest),
		cmocka_unit_test(test_losses),	  cmocka_unit_test(test_losses_full_page),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
