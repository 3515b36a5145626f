/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_file_kill: a writer killed at every single step, from the first commit to the last write
 * of the end, and in the middle of every write where the kernel could be interrupted. What was
 * committed must be there, and both readers must have nothing to complain of.
 *
 * The calls that change the file are wrapped by the linker: a child counts them and dies at one.
 */
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <linux/magic.h>
#include <cmocka.h>

#include "tests/dat_check.h"

#define LOST_EACH 5 /* before every page of the first CPU, from the second round on */

/* What the child tells of itself. */
struct shared {
	unsigned steps, die_at; /* die_at 0: never */
	bool torn;		/* die in the middle of a write */
	bool begun, done;
	uint64_t committed, put;
};

static struct shared *shared;

static bool dies_now(void)
{
	return ++shared->steps == shared->die_at;
}

static void die(void)
{
	kill(getpid(), SIGKILL);
}

ssize_t __real_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __real_pwritev64(int fd, const struct iovec *v, int n, off_t at);
ssize_t __wrap_pwritev64(int fd, const struct iovec *v, int n, off_t at);
int __real_fallocate64(int fd, int mode, off_t at, off_t n);
int __wrap_fallocate64(int fd, int mode, off_t at, off_t n);
int __real_ftruncate64(int fd, off_t n);
int __wrap_ftruncate64(int fd, off_t n);

/* A signal ends a write only between two blocks of the page cache. */
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	size_t first = 4096 - (size_t)at % 4096;

	if (dies_now()) {
		if (shared->torn && n > first)
			__real_pwrite64(fd, p, first, at);
		die();
	}
	return __real_pwrite64(fd, p, n, at);
}

ssize_t __wrap_pwritev64(int fd, const struct iovec *v, int n, off_t at)
{
	if (dies_now())
		die();
	return __real_pwritev64(fd, v, n, at);
}

int __wrap_fallocate64(int fd, int mode, off_t at, off_t n)
{
	if (dies_now())
		die();
	return __real_fallocate64(fd, mode, at, n);
}

int __wrap_ftruncate64(int fd, off_t n)
{
	if (dies_now())
		die();
	return __real_ftruncate64(fd, n);
}

struct scenario {
	const char *name, *dir; /* NULL: a disk */
	bool compress, whole_pages;
	int version;
	unsigned late;	/* formats that come late */
	size_t longer;	/* than a spare one holds */
	bool buffer;	/* one comes late */
	unsigned names; /* in each round */
	uint32_t page_size;
	struct machine machine;
};

static void must(int r, const struct err *e)
{
	if (r >= 0)
		return;
	fprintf(stderr, "# the writer: %s\n", e->text);
	_exit(2);
}

static void late_things(struct feed *f, const struct scenario *s, unsigned round, struct err *e)
{
	static char text[65536];
	char name[32];

	for (unsigned i = 0; i < s->late; i++) {
		uint16_t id;
		size_t n;

		snprintf(name, sizeof(name), "late%u_%u", round, i);
		n = feed_format(text, sizeof(text), name, 600 + round * 100 + i, 50);
		memset(text + n, '\n', s->longer);
		must(dat_file_format(f->file, "late", text, n + s->longer, &id, e), e);
	}
	for (unsigned i = 0; i < s->names; i++) {
		snprintf(name, sizeof(name), "name%u-%u", round, i);
		dat_file_comm(f->file, (int32_t)(i * 3 + round), name);
	}
}

static void open_file(struct feed *f, const struct scenario *s, const char *path, struct err *e)
{
	static const char *const names[] = { "named", NULL };
	char text[2048];
	size_t n = feed_format(text, sizeof(text), "tick", FEED_ID, 0);
	struct dat_file_conf c = {
		.path = path,
		.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
		.meta = feed_meta(s->machine, s->page_size, 3),
		.compress = s->compress,
		.version = s->version,
		.buffers = names,
	};

	f->m = s->machine;
	f->page_size = s->page_size;
	must(dat_file_new(&c, &f->file, e), e);
	must(dat_file_format(f->file, "demo", text, n, &f->id, e), e);
}

/* Five rounds of events, uneven over CPUs, each with a commit; then the end. */
static void write_it(const struct scenario *s, const char *path)
{
	static struct feed f;
	struct err e = ERR_INIT;
	unsigned buffers = 2;

	open_file(&f, s, path, &e);
	shared->begun = true;
	for (unsigned round = 0; round < 5; round++) {
		unsigned n = s->page_size / 16 * (round == 3 ? 70 : 1) / (s->compress ? 1 : 4);

		if (round)
			f.tracks[0][0]->lost = LOST_EACH;
		for (unsigned i = 0; i < n; i++) {
			must(feed_event(&f, 0, 0, &e), &e);
			if (i % 3 == 0)
				must(feed_event(&f, 0, 2, &e), &e);
			if (i % 7 == 0 && round)
				must(feed_event(&f, buffers - 1, 1, &e), &e);
			shared->put = feed_count(&f) + 3;
		}
		late_things(&f, s, round, &e);
		if (round == 2 && s->buffer)
			buffers = (unsigned)dat_file_buffer(f.file, "late", &e) + 1;
		shared->put = feed_count(&f);
		must(feed_commit(&f, &e), &e);
		shared->committed = shared->put;
	}
	must(dat_file_finish(f.file, NULL, &e), &e);
	shared->done = true;
}

/* Runs the writer up to a step; returns false when it failed by itself. */
static bool run(const struct scenario *s, const char *path, unsigned die_at, bool torn)
{
	int status = 0;
	pid_t pid;

	*shared = (struct shared) { .die_at = die_at, .torn = torn };
	/* ext4 flushes a file that was cut to nothing when it is closed; a new one it does not. */
	unlink(path);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		write_it(s, path);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) || !WEXITSTATUS(status);
}

static void check_after(const struct scenario *s, const char *path, bool lib)
{
	struct check c = lib ? check_lib(path) : check_own(path);

	if (!*c.why && c.events < shared->committed)
		CHECK_FAIL(&c, "%llu events, %llu were committed", (unsigned long long)c.events,
			   (unsigned long long)shared->committed);
	if (!*c.why && c.events > shared->put)
		CHECK_FAIL(&c, "%llu events, only %llu were put", (unsigned long long)c.events,
			   (unsigned long long)shared->put);
	/* Not known for a moment is right, another number is not. */
	if (c.lost % LOST_EACH)
		CHECK_FAIL(&c, "%llu events are lost", (unsigned long long)c.lost);
	if (*c.why)
		fail_msg("%s, %s step %u, %s: %s", s->name, shared->torn ? "torn" : "before",
			 shared->die_at, lib ? "libtracecmd" : "our reader", c.why);
}

/* What a kill in the middle of a copy leaves beside the file. */
static void remove_copies(const char *path)
{
	char pattern[80];
	glob_t all;

	snprintf(pattern, sizeof(pattern), "%s.part*", path);
	if (glob(pattern, 0, NULL, &all))
		return;
	for (size_t i = 0; i < all.gl_pathc; i++)
		unlink(all.gl_pathv[i]);
	globfree(&all);
}

static void kill_everywhere(const struct scenario *s)
{
	char path[64];
	unsigned steps, checked = 0;

	snprintf(path, sizeof(path), "%s/tapdeck-kill-XXXXXX", s->dir ? s->dir : "/var/tmp");
	close(mkstemp(path));
	assert_true(run(s, path, 0, false));
	assert_true(shared->done);
	steps = shared->steps;
	check_after(s, path, false);
	check_after(s, path, true);
	for (unsigned i = 1; i <= steps; i++)
		for (int torn = 0; torn < 2; torn++) {
			assert_true(run(s, path, i, torn));
			assert_false(shared->done);
			if (!shared->begun)
				continue;
			check_after(s, path, false);
			if (torn && i % 2 == 0)
				check_after(s, path, true);
			checked++;
		}
	unlink(path);
	remove_copies(path);
	/* Most of the steps lie behind the beginning. */
	assert_true(checked > steps);
}

#define NATIVE                                                                                     \
	{                                                                                          \
		false, 8                                                                           \
	}

static void test_version_6(void **state)
{
	struct scenario s = {
		.name = "version 6", .page_size = 4096, .machine = NATIVE, .names = 30, .late = 2
	};

	kill_everywhere(&s);
}

static void test_switched(void **state)
{
	struct scenario s = { .name = "switched to 7",
			      .page_size = 4096,
			      .machine = NATIVE,
			      .names = 3,
			      .late = 1,
			      .longer = 9000,
			      .buffer = true };

	kill_everywhere(&s);
}

static void test_foreign(void **state)
{
	struct scenario s = { .name = "big-endian, 32 bits",
			      .page_size = 4096,
			      .machine = { true, 4 },
			      .names = 10,
			      .buffer = true };

	kill_everywhere(&s);
}

static void test_compressed(void **state)
{
	struct scenario s = { .name = "compressed",
			      .compress = true,
			      .page_size = 4096,
			      .machine = NATIVE,
			      .names = 10,
			      .late = 1,
			      .buffer = true };

	kill_everywhere(&s);
}

/* A tmpfs cannot collapse: there the end is a copy. */
static void test_copied(void **state)
{
	struct scenario s = { .name = "copied",
			      .dir = "/dev/shm",
			      .page_size = 4096,
			      .machine = NATIVE,
			      .names = 10 };
	struct statfs st;

	if (statfs(s.dir, &st) < 0 || st.f_type != TMPFS_MAGIC) {
		print_message("# /dev/shm is no tmpfs\n");
		skip();
	}
	kill_everywhere(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_6), cmocka_unit_test(test_switched),
		cmocka_unit_test(test_foreign),	  cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_copied),
	};

	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
