/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_cgroup: see code_cgroup.h.
 */
#include "bpf/code_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"

#define DEPTH_MAX 64
#define TEXT_MAX  8192

static void mount_path(char *to, size_t size, const char *path)
{
	snprintf(to, size, "%s/fs/cgroup%s", host_sysfs(), path);
}

/* ---- is it what we think ---- */

/* Our own path where there is version 2 alone: its one line is "0::PATH". */
static int own_path(char *to, size_t size, struct err *e)
{
	_cleanup_close_ int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, to, size - 1) : -1;
	char *end;

	if (n < 0)
		return err_errno(e, "/proc/self/cgroup");
	to[n] = '\0';
	end = strchr(to, '\n');
	if (strncmp(to, "0::/", 4) != 0 || !end || end[1])
		return err_set(e, -ENOTSUP, "there are control groups of version 1 as well");
	*end = '\0';
	memmove(to, to + 3, strlen(to + 3) + 1);
	return 0;
}

/* Whether a list of processes has us. */
static bool lists_us(const char *path)
{
	FILE *f = fopen(path, "re");
	long pid = 0;

	while (f && pid != getpid() && fscanf(f, "%ld", &pid) == 1)
		;
	if (f)
		fclose(f);
	return pid == getpid();
}

int code_cgroup_probe(struct err *e)
{
	char own[TEXT_MAX], path[TEXT_MAX + 64], within[TEXT_MAX + 16];
	int rc = own_path(own, sizeof(own), e);

	if (rc < 0)
		return rc;
	snprintf(within, sizeof(within), "%s/cgroup.procs", strcmp(own, "/") ? own : "");
	mount_path(path, sizeof(path), within);
	if (!lists_us(path))
		return err_set(e, -ENOTSUP, "%s is not where processes are seen from here", path);
	return 0;
}

/* ---- numbers ---- */

/* Closes the directory. Depth is bounded: the tree is made by others. */
static int walk(int fd, unsigned depth, uint64_t *newest)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		close(fd);
		return -errno;
	}
	while ((d = readdir(dir))) {
		int child;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		*newest = d->d_ino > *newest ? d->d_ino : *newest;
		if (d->d_type != DT_DIR || !depth)
			continue;
		child =
		    openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			walk(child, depth - 1, newest);
	}
	return 0;
}

int code_cgroup_newest(uint64_t *ret, struct err *e)
{
	char path[PATH_MAX];
	int fd;

	*ret = 0;
	mount_path(path, sizeof(path), "");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "%s", path);
	if (walk(fd, DEPTH_MAX, ret) < 0)
		return err_errno(e, "%s", path);
	return 0;
}

int code_cgroup_id(const char *path, uint64_t *ret, struct err *e)
{
	char whole[PATH_MAX];
	struct stat st;

	if (path[0] != '/' || strlen(path) > PATH_MAX / 2 || strstr(path, "/../") ||
	    strstr(path, "/./") || strstr(path, "//"))
		return err_set(e, -ENOENT, "no control group has the path %.200s", path);
	mount_path(whole, sizeof(whole), strcmp(path, "/") ? path : "");
	if (stat(whole, &st) < 0)
		return err_errno(e, "%s", whole);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOENT, "%s is no control group", whole);
	*ret = st.st_ino;
	return 0;
}
