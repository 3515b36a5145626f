/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_open: what the program open says of files that are opened, call by call.
 */
#include "tests/kernel/bpf_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000

static char tmp[64]; /* a directory of the test's own */

static int make_tmp(void **state)
{
	(void)state;
	strcpy(tmp, "/tmp/tapdeck.bpf_open.XXXXXX");
	return mkdtemp(tmp) && !chdir(tmp) ? 0 : -1;
}

static int remove_tmp(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", tmp);
	return chdir("/") || system(command);
}

static int open_at(int dfd, const char *path, int flags, int mode)
{
	return (int)syscall(SYS_openat, dfd, path, flags, mode);
}

/* A file twice, one that is not there, one in a directory, one that is made. */
static void open_five(void *data)
{
	int dir;

	(void)data;
	rows_tell(0, open_at(AT_FDCWD, "/etc/passwd", O_RDONLY, 07777));
	rows_tell(1, open_at(AT_FDCWD, "/etc/passwd", O_RDWR | O_APPEND | O_CLOEXEC, 0));
	open_at(AT_FDCWD, "/nowhere/at all", O_RDONLY, 0);
	dir = open_at(AT_FDCWD, "/etc", O_PATH | O_DIRECTORY, 0);
	rows_tell(2, dir);
	rows_tell(3, open_at(dir, "hosts", O_NOFOLLOW, 0));
	rows_tell(4, open_at(AT_FDCWD, "made", O_CREAT | O_EXCL | O_WRONLY, 0640));
}

static void test_open(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
	rows_begin(r);
	rows_of(r, open_five, NULL);
	assert_int_equal(r->count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_row_text(r, i, "call", "openat");
		assert_row_number(r, i, "tid", r->pid);
		assert_row_number(r, i, "dfd", i == 4 ? r->told[2] : AT_FDCWD);
		assert_true(rows_number(r, i, "latency") > 0);
		assert_true(!i || rows_number(r, i, "ts") - rows_number(r, i, "latency") >
				      rows_number(r, i - 1, "ts"));
	}
	assert_row_text(r, 0, "path", "/etc/passwd");
	assert_row_number(r, 0, "result", r->told[0]);
	assert_row_number(r, 0, "flags", O_RDONLY);
	assert_row_number(r, 0, "mode", 0);
	assert_row_text(r, 1, "path", "/etc/passwd");
	assert_row_number(r, 1, "result", r->told[1]);
	assert_row_number(r, 1, "flags", O_RDWR | O_APPEND | O_CLOEXEC);
	assert_row_text(r, 2, "path", "/nowhere/at all");
	assert_row_number(r, 2, "result", -ENOENT);
	assert_row_text(r, 3, "path", "/etc");
	assert_row_number(r, 3, "flags", O_PATH | O_DIRECTORY);
	assert_row_text(r, 4, "path", "hosts");
	assert_row_number(r, 4, "result", r->told[3]);
	assert_row_text(r, 5, "path", "made");
	assert_row_number(r, 5, "result", r->told[4]);
	assert_row_number(r, 5, "mode", 0640);
	rows_close(r);
}

static void open_other_ways(void *data)
{
	struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = 0600, .resolve = 8 };

	(void)data;
	rows_tell(0, (int)syscall(SYS_openat2, AT_FDCWD, "two", &how, sizeof(how)));
#ifdef SYS_open
	rows_tell(1, (int)syscall(SYS_open, "two", O_NONBLOCK, 0));
	rows_tell(2, (int)syscall(SYS_creat, "two", 0644));
#endif
}

static void test_other_calls(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
#ifndef SYS_open
	tap_without(&r->p, "enter_open"), tap_without(&r->p, "exit_open");
	tap_without(&r->p, "enter_creat"), tap_without(&r->p, "exit_creat");
#endif
	rows_begin(r);
	rows_of(r, open_other_ways, NULL);
	assert_row_text(r, 0, "call", "openat2");
	assert_row_text(r, 0, "path", "two");
	assert_row_number(r, 0, "result", r->told[0]);
	assert_row_number(r, 0, "flags", O_CREAT | O_RDWR);
	assert_row_number(r, 0, "mode", 0600);
#ifdef SYS_open
	assert_int_equal(r->count, 3);
	assert_row_text(r, 1, "call", "open");
	assert_row_text(r, 1, "path", "two");
	assert_row_number(r, 1, "result", r->told[1]);
	assert_row_number(r, 1, "flags", O_NONBLOCK);
	assert_row_text(r, 2, "call", "creat");
	assert_row_number(r, 2, "flags", O_CREAT | O_WRONLY | O_TRUNC);
	assert_row_number(r, 2, "mode", 0644);
	assert_row_number(r, 2, "dfd", AT_FDCWD);
#endif
	rows_close(r);
}

/* Paths that nobody can read, that nobody touched before, and that are as long as can be. */
static void open_odd_paths(void *data)
{
	int fd = open("untouched", O_RDONLY | O_CLOEXEC);
	char *untouched = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), long_path[4300];

	(void)data;
	open_at(AT_FDCWD, (const char *)8, O_RDONLY, 0);
	open_at(AT_FDCWD, untouched, O_RDONLY, 0);
	memset(long_path, '/', sizeof(long_path));
	long_path[4095] = '\0';
	open_at(AT_FDCWD, long_path, O_RDONLY, 0);
	long_path[4095] = 'x', long_path[4299] = '\0';
	open_at(AT_FDCWD, long_path, O_RDONLY, 0);
}

static void test_paths(void **state)
{
	struct rows *r = rows_open("open");
	FILE *f = fopen("untouched", "w");

	(void)state;
	fputs("a path in a file", f);
	fclose(f);
	rows_begin(r);
	rows_of(r, open_odd_paths, NULL);
	assert_int_equal(r->count, 5);
	assert_row_number(r, 1, "result", -EFAULT);
	assert_row_text(r, 1, "path", "");
	assert_row_text(r, 2, "path", "a path in a file");
	assert_int_equal(strlen(rows_text(r, 3, "path")), 4095);
	assert_string_equal(rows_text(r, 3, "path") + 4092, "///");
	assert_row_number(r, 4, "result", -ENAMETOOLONG);
	assert_int_equal(strlen(rows_text(r, 4, "path")), 4095);
	assert_string_equal(rows_text(r, 4, "path") + 4091, "/\xe2\x80\xa6");
	assert_int_equal(tap_counted_so_far(&r->p).cut, 1);
	rows_close(r);
}

static void test_only_failures(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
	unlink("made");
	assert_true(tap_option(&r->p, "failed", 1));
	rows_begin(r);
	rows_of(r, open_five, NULL);
	assert_int_equal(r->count, 1);
	assert_row_text(r, 0, "path", "/nowhere/at all");
	rows_close(r);
}

static void open_fifo(void *data)
{
	(void)data;
	if (!fork()) {
		struct timespec t = { 0, 60 * MS };

		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
		_exit(open_at(AT_FDCWD, "fifo", O_WRONLY, 0) < 0);
	}
	open_at(AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
	open_at(AT_FDCWD, "fifo", O_RDONLY, 0);
	wait(NULL);
}

static void test_only_what_takes_long(void **state)
{
	struct rows *r = rows_open("open");

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_true(tap_option(&r->p, "least", 40 * MS));
	rows_begin(r);
	rows_of(r, open_fifo, NULL);
	assert_int_equal(r->count, 1);
	assert_row_text(r, 0, "path", "fifo");
	assert_true(rows_number(r, 0, "latency") >= 40 * MS);
	rows_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_other_calls),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_only_failures),
		cmocka_unit_test(test_only_what_takes_long),
	};

	return cmocka_run_group_tests(tests, make_tmp, remove_tmp);
}
