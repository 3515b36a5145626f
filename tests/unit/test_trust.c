/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else could have written a file: owners, modes and directories on the way, links, and
 * a file that is replaced while it is open. Needs a place that only the caller may write to.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/trust.h"

/* Where the tests work: a new directory below the first base that is itself trusted. */
static char base[256];

static int setup(void **state)
{
	const char *const bases[] = { getenv("BUILD_ROOT"), getenv("HOME"), "/run", "/var/lib" };

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		_cleanup_close_ int fd = -1;

		if (!bases[i])
			continue;
		fd = open(bases[i], O_PATH | O_CLOEXEC);
		snprintf(base, sizeof(base), "%.200s/test.trust.XXXXXX", bases[i]);
		if (fd >= 0 && path_trusted(fd, bases[i], NULL) == 0 && mkdtemp(base))
			return 0;
	}
	base[0] = '\0';
	return 0;
}

/* Valid until the next call but one. */
static const char *in_base(const char *name)
{
	static char paths[2][512];
	static unsigned turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

/* Empties the directory of all that any test makes. */
static int teardown(void **state)
{
	static const char *const names[] = { "d/f",  "d/e/f",	"d/e",	"f",
					     "link", "dirlink", "loop", "d" };

	for (size_t i = 0; base[0] && i < sizeof(names) / sizeof(names[0]); i++)
		remove(in_base(names[i]));
	if (base[0])
		rmdir(base);
	return 0;
}

static void make_file(const char *name)
{
	int fd = open(in_base(name), O_CREAT | O_WRONLY | O_CLOEXEC | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
}

static int trusted(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return path_trusted(fd, path, e);
}

static bool skipped(void)
{
	if (base[0])
		return false;
	print_message("skip: no directory here is closed to others\n");
	skip();
	return true;
}

static void test_modes(void **state)
{
	struct err e = ERR_INIT;

	if (skipped())
		return;
	mkdir(in_base("d"), 0755);
	mkdir(in_base("d/e"), 0755);
	make_file("d/e/f");
	assert_int_equal(trusted(in_base("d/e/f"), &e), 0);
	/* The file. */
	chmod(in_base("d/e/f"), 0646);
	assert_int_equal(trusted(in_base("d/e/f"), &e), -EPERM);
	assert_non_null(strstr(e.text, "others may write"));
	assert_non_null(strstr(e.text, in_base("d/e/f")));
	chmod(in_base("d/e/f"), 0644);
	/* Any directory on the way, sticky or not. */
	chmod(in_base("d"), 01777);
	assert_int_equal(trusted(in_base("d/e/f"), &e), -EPERM);
	assert_non_null(strstr(e.text, in_base("d:")));
	assert_non_null(strstr(e.text, "use a file in a directory of yours"));
	chmod(in_base("d"), 0755);
	assert_int_equal(trusted(in_base("d/e/f"), NULL), 0);
	assert_int_equal(trusted(in_base("d/../d/./e//f"), NULL), 0);
}

static void test_owners(void **state)
{
	struct err e = ERR_INIT;

	if (skipped())
		return;
	if (geteuid() != 0) {
		print_message("skip: only root can give files away\n");
		skip();
		return;
	}
	make_file("f");
	assert_int_equal(chown(in_base("f"), 65534, 65534), 0);
	assert_int_equal(trusted(in_base("f"), &e), -EPERM);
	assert_non_null(strstr(e.text, "belongs to user 65534"));
	assert_int_equal(chown(in_base("f"), 0, 65534), 0);
	assert_int_equal(trusted(in_base("f"), &e), 0);
	/* A group may write only when it is root's. */
	chmod(in_base("f"), 0664);
	assert_int_equal(trusted(in_base("f"), &e), -EPERM);
	assert_int_equal(chown(in_base("f"), 0, 0), 0);
	chmod(in_base("f"), 0664);
	assert_int_equal(trusted(in_base("f"), &e), 0);
	/* A directory of another user. */
	mkdir(in_base("d"), 0755);
	make_file("d/f");
	assert_int_equal(chown(in_base("d"), 65534, 0), 0);
	assert_int_equal(trusted(in_base("d/f"), &e), -EPERM);
	assert_int_equal(chown(in_base("d"), 0, 0), 0);
}

static void test_links(void **state)
{
	struct err e = ERR_INIT;
	int fd;

	if (skipped())
		return;
	mkdir(in_base("d"), 0755);
	make_file("d/f");
	assert_int_equal(symlink("d/f", in_base("link")), 0);
	assert_int_equal(symlink(in_base("d"), in_base("dirlink")), 0);
	assert_int_equal(symlink("loop", in_base("loop")), 0);
	assert_int_equal(trusted(in_base("link"), &e), 0);
	assert_int_equal(trusted(in_base("dirlink/f"), &e), 0);
	/* Where the link leads is looked at too. */
	chmod(in_base("d"), 0777);
	assert_int_equal(trusted(in_base("link"), &e), -EPERM);
	assert_int_equal(trusted(in_base("dirlink/f"), &e), -EPERM);
	chmod(in_base("d"), 0755);
	/* A loop and a missing file end. */
	fd = open(in_base("link"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(path_trusted(fd, in_base("loop"), &e), -ELOOP);
	assert_int_equal(path_trusted(fd, in_base("nosuch"), &e), -ENOENT);
	assert_int_equal(path_trusted(fd, in_base("d/f/x"), &e), -ENOTDIR);
	close(fd);
}

static void test_replaced(void **state)
{
	struct err e = ERR_INIT;
	int fd;

	if (skipped())
		return;
	make_file("f");
	fd = open(in_base("f"), O_RDONLY | O_CLOEXEC);
	mkdir(in_base("d"), 0755);
	make_file("d/f");
	assert_int_equal(rename(in_base("d/f"), in_base("f")), 0);
	assert_int_equal(path_trusted(fd, in_base("f"), &e), -EPERM);
	assert_non_null(strstr(e.text, "replaced"));
	close(fd);
}

/* A relative path counts from the working directory, with all that is above it. */
static void test_relative(void **state)
{
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (skipped())
		return;
	mkdir(in_base("d"), 0755);
	make_file("d/f");
	assert_int_equal(chdir(in_base("d")), 0);
	assert_int_equal(trusted("f", NULL), 0);
	assert_int_equal(trusted("./../d/f", NULL), 0);
	chmod(base, 0777);
	assert_int_equal(trusted("f", NULL), -EPERM);
	chmod(base, 0755);
	assert_int_equal(fchdir(here), 0);
}

static void test_tmp(void **state)
{
	char path[] = "/tmp/test.trust.XXXXXX";
	int fd = mkstemp(path);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(stat("/tmp", &st), 0);
	/* Safe from others in the file itself, but not in its directory. */
	assert_int_equal(path_trusted(fd, path, NULL), st.st_mode & S_IWOTH ? -EPERM : 0);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relative, setup, teardown),
		cmocka_unit_test(test_tmp),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
