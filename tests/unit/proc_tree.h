/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc_tree: files as /proc and the engines of containers have them, below a directory of the
 * test's own.
 */
#ifndef TESTS_UNIT_PROC_TREE_H
#define TESTS_UNIT_PROC_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the directories above a file and the file. */
static inline void tree_put(const char *root, const char *name, const char *text, size_t len)
{
	char path[512], *slash;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

/* The stat line of the task in a directory named after its tid; ticks are of 10 ms. */
static inline void tree_put_stat(const char *root, const char *dir, const char *comm,
				 unsigned flags, unsigned threads, unsigned long long ticks)
{
	const char *slash = strrchr(dir, '/');
	char text[512], path[128];
	int n = snprintf(text, sizeof(text),
			 "%s (%s) S 1 7 7 0 -1 %u 1 2 3 4 5 6 7 8 20 0 %u 0 %llu 9 9 9\n",
			 slash ? slash + 1 : dir, comm, flags, threads, ticks);

	snprintf(path, sizeof(path), "%s/stat", dir);
	tree_put(root, path, text, (size_t)n);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int flag,
				  struct FTW *ftw)
{
	return remove(path);
}

static inline void tree_remove(const char *root)
{
	nftw(root, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
