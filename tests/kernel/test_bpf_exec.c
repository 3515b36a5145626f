/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_exec: what the program exec says of programs that are executed, to the letter.
 */
#include "tests/kernel/bpf_rows.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char tmp[64]; /* a directory of the test's own */

static int make_tmp(void **state)
{
	(void)state;
	strcpy(tmp, "/tmp/tapdeck.bpf_exec.XXXXXX");
	return mkdtemp(tmp) ? 0 : -1;
}

static int remove_tmp(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", tmp);
	return system(command);
}

static void run_true(void *data)
{
	char *const argv[] = { "true", "a b", "", "\xc3\xa9", NULL };

	(void)data;
	prctl(PR_SET_NAME, "before");
	if (!chdir(tmp))
		execv("/bin/true", argv);
}

static void test_exec(void **state)
{
	struct rows *r = rows_open("exec");
	pid_t pid;

	(void)state;
	rows_begin(r);
	pid = rows_of(r, run_true, NULL);
	assert_int_equal(r->count, 1);
	assert_row_number(r, 0, "pid", pid);
	assert_row_number(r, 0, "tid", pid);
	assert_row_number(r, 0, "uid", 0);
	assert_row_number(r, 0, "euid", 0);
	assert_row_text(r, 0, "comm", "true");
	assert_row_number(r, 0, "ppid", getpid());
	assert_row_text(r, 0, "parent", "kernel_bpf_exec");
	assert_row_text(r, 0, "file", "/bin/true");
	assert_row_text(r, 0, "interp", "");
	assert_row_text(r, 0, "cwd", tmp);
	assert_row_text(r, 0, "args", "true a b  \xc3\xa9");
	assert_row_number(r, 0, "argc", 4);
	assert_int_equal(tap_counted_so_far(&r->p).cut, 0);
	rows_close(r);
}

static void run_script(void *data)
{
	(void)data;
	if (!chdir(tmp) && !setreuid((uid_t)-1, 12345))
		execl("./script", "script", "x", NULL);
}

static void test_script(void **state)
{
	struct rows *r = rows_open("exec");
	char path[128];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/script", tmp);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("#!/bin/sh -e\n:\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0755) | chmod(tmp, 0755), 0);
	rows_begin(r);
	rows_of(r, run_script, NULL);
	assert_int_equal(r->count, 1);
	assert_row_text(r, 0, "file", "./script");
	assert_row_text(r, 0, "interp", "/bin/sh");
	assert_row_text(r, 0, "args", "/bin/sh -e ./script x");
	assert_row_number(r, 0, "argc", 4);
	assert_row_number(r, 0, "uid", 0);
	assert_row_number(r, 0, "euid", 12345);
	rows_close(r);
}

static void run_fails(void *data)
{
	(void)data;
	execl("/nowhere", "nowhere", NULL);
}

static void test_failure_is_no_row(void **state)
{
	struct rows *r = rows_open("exec");

	(void)state;
	rows_begin(r);
	rows_of(r, run_fails, NULL);
	assert_int_equal(r->count, 0);
	rows_close(r);
}

/* One argument of so many bytes: "true" and a NUL are before it, a NUL behind it. */
static void run_long(void *data)
{
	size_t n = *(const size_t *)data;
	char *arg = malloc(n + 1);

	memset(arg, 'x', n);
	arg[n] = '\0';
	execl("/bin/true", "true", arg, NULL);
}

static void test_long_arguments(void **state)
{
	struct rows *r = rows_open("exec");
	const size_t most = 16384;

	(void)state;
	rows_begin(r);
	for (int more = 0; more < 2; more++) {
		size_t n = most - 6 + (size_t)more;
		const char *args;

		rows_of(r, run_long, &n);
		assert_int_equal(r->count, 1);
		args = rows_text(r, 0, "args");
		assert_int_equal(strlen(args), most - 1);
		assert_int_equal(strncmp(args, "true xxx", 8), 0);
		assert_string_equal(args + most - 5, more ? "x\xe2\x80\xa6" : "xxxx");
		assert_int_equal(tap_counted_so_far(&r->p).cut, more);
	}
	rows_close(r);
}

static void execute(void)
{
	execl("/proc/self/exe", "x", "nothing", NULL);
}

static void in_root(void *data)
{
	(void)data;
	if (!chdir("/"))
		execute();
}

static void in_deleted(void *data)
{
	(void)data;
	if (!chdir(tmp) && !mkdir("gone", 0700) && !chdir("gone") && !rmdir("../gone"))
		execute();
}

/* Mounts from here on are nobody else's. */
static int in_own_mounts(void)
{
	return unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       chdir(tmp);
}

/* Below two mounts, one in the other. */
static void in_mounts(void *data)
{
	(void)data;
	if (in_own_mounts() || mkdir("a", 0700) || mount("x", "a", "tmpfs", 0, NULL) ||
	    mkdir("a/b", 0700) || mkdir("a/b/c", 0700) || mount("x", "a/b/c", "tmpfs", 0, NULL) ||
	    mkdir("a/b/c/d", 0700) || chdir("a/b/c/d"))
		_exit(1);
	execute();
}

/* Where the root is mounted again: the same directory, and yet not the root of the process. */
static void in_bound(void *data)
{
	(void)data;
	if (in_own_mounts() || mkdir("bound", 0700) || mount("/", "bound", NULL, MS_BIND, NULL) ||
	    chdir("bound/usr"))
		_exit(1);
	execute();
}

/* What is above the root of the process is not in its paths. */
static void in_chroot(void *data)
{
	(void)data;
	if (in_own_mounts() || mkdir("root", 0700) || mount("/", "root", NULL, MS_BIND, NULL) ||
	    chroot("root") || chdir("/usr"))
		_exit(1);
	execl("/bin/true", "true", NULL);
}

static void in_deep(void *data)
{
	const int *names = data;

	for (int i = 0; i < *names; i++)
		if (i == 0 ? chdir("/tmp") || chdir(tmp) : (mkdir("d", 0700), 0) || chdir("d"))
			_exit(1);
	execute();
}

static void check_cwd(struct rows *r, void (*fn)(void *data), const char *want)
{
	char path[256];

	rows_of(r, fn, NULL);
	if (r->count != 1)
		fail_msg("%zu rows where %s was wanted, status %x", r->count, want, r->status);
	snprintf(path, sizeof(path), "%s%s", *want == '/' ? "" : tmp, want + (*want == '.'));
	assert_row_text(r, 0, "cwd", path);
}

static void test_cwd(void **state)
{
	struct rows *r = rows_open("exec");

	(void)state;
	rows_begin(r);
	check_cwd(r, in_root, "/");
	check_cwd(r, in_deleted, "./gone (deleted)");
	check_cwd(r, in_mounts, "./a/b/c/d");
	check_cwd(r, in_bound, "./bound/usr");
	assert_int_equal(tap_counted_so_far(&r->p).cut, 0);
	check_cwd(r, in_chroot, "/usr");
	rows_close(r);
}

static void test_deep_cwd(void **state)
{
	struct rows *r = rows_open("exec");
	const char *cwd;
	int names = 200;

	(void)state;
	rows_begin(r);
	rows_of(r, in_deep, &names);
	assert_int_equal(r->count, 1);
	cwd = rows_text(r, 0, "cwd");
	assert_int_equal(strlen(cwd), strlen(tmp) + 2 * 199);
	assert_int_equal(strncmp(cwd, tmp, strlen(tmp)), 0);
	assert_int_equal(tap_counted_so_far(&r->p).cut, 0);
	names = 400;
	rows_of(r, in_deep, &names);
	assert_int_equal(r->count, 1);
	cwd = rows_text(r, 0, "cwd");
	assert_int_equal(strncmp(cwd, "\xe2\x80\xa6/d/d", 7), 0);
	assert_int_equal(strlen(cwd), 3 + 2 * 256);
	assert_int_equal(tap_counted_so_far(&r->p).cut, 1);
	rows_close(r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_failure_is_no_row),
		cmocka_unit_test(test_long_arguments),
		cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_deep_cwd),
	};

	(void)argv;
	if (argc > 1)
		return 0; /* executed by a test */
	return cmocka_run_group_tests(tests, make_tmp, remove_tmp);
}
