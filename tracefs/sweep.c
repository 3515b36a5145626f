/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sweep: instances whose owner and whose owner's guard are both gone.
 *
 * An owner holds flock on the directory of its instance for as long as it lives; the kernel lets it
 * go with the process, however that ended. The number in the name is for people: it may be used
 * again, or be of another pid namespace. Never touches an instance that is locked or not named
 * tapdeck.*.
 */
#include "tracefs/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/hist.h"
#include "tracefs/instance.h"

#define PREFIX	    "tapdeck."
#define LOCK_WAIT   (5 * NSEC_PER_SEC)
#define REMOVE_WAIT (200 * NSEC_PER_MSEC)

static void nap(uint64_t ns)
{
	struct timespec ts = { .tv_nsec = (long)ns };

	nanosleep(&ts, NULL);
}

int instances_lock(const char *tracefs, struct err *e)
{
	uint64_t deadline = clock_mono() + LOCK_WAIT;
	int fd = tracefs_open(tracefs, O_RDONLY | O_DIRECTORY, e, "instances");

	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		int code = -errno;

		if ((code == -EWOULDBLOCK || code == -EINTR) && clock_mono() < deadline) {
			nap(5 * NSEC_PER_MSEC);
			continue;
		}
		close(fd);
		if (code == -EWOULDBLOCK)
			return err_set(e, -EBUSY, "%s/instances is locked by another process",
				       tracefs);
		return err_set(e, code, "cannot lock %s/instances: %s", tracefs, strerror(-code));
	}
	return fd;
}

int instance_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code;

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	code = -errno;
	close(fd);
	return code;
}

/* rmdir, with some patience for readers that are about to go. Gone already is fine. */
static int remove_dir(const char *path)
{
	uint64_t deadline = clock_mono() + REMOVE_WAIT;

	while (rmdir(path)) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || clock_mono() >= deadline)
			return -errno;
		nap(5 * NSEC_PER_MSEC);
	}
	return 0;
}

/* Triggers hold an instance, and a pair in the kernel has events outside it. */
static int remove_all(const char *tracefs, const char *name, const char *path)
{
	int ret = hist_sweep(tracefs, name, NULL);

	return ret ? ret : remove_dir(path);
}

struct sweep {
	const char *tracefs;
	bool remove;
	void (*fn)(const struct leftover *l, bool removed, const char *why, void *data);
	void *data;
	int found;
	int failed;
};

static void sweep_one(struct sweep *s, const char *name)
{
	struct leftover l = { .pid = atoi(name + strlen(PREFIX)) };
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int ret = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/instances/%s", s->tracefs, name) >=
	    sizeof(path))
		return;
	fd = instance_lock(path);
	/* Its owner lives, or its guard was faster than we. */
	if (fd == -EWOULDBLOCK || fd == -ENOENT)
		return;
	snprintf(l.name, sizeof(l.name), "%s", name);
	s->found++;
	if (fd < 0)
		ret = fd;
	else if (s->remove)
		ret = remove_all(s->tracefs, name, path);
	s->failed += ret < 0;
	if (s->fn)
		s->fn(&l, s->remove && !ret,
		      ret == -EBUSY ? "somebody else still reads it"
		      : ret	    ? strerror(-ret)
				    : "its owner is gone",
		      s->data);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names first: removing while reading a directory may pass some over. Caller frees. */
static size_t list_names(DIR *dir, char ***ret)
{
	size_t n = 0, cap = 0;
	char **v = NULL;
	struct dirent *d;

	while ((d = readdir(dir))) {
		if (strncmp(d->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (n == cap)
			v = xrealloc(v, cap = cap ? cap * 2 : 16, sizeof(*v));
		v[n++] = xstrdup(d->d_name);
	}
	if (n)
		qsort(v, n, sizeof(*v), by_name);
	*ret = v;
	return n;
}

int instance_sweep(const char *tracefs, bool remove,
		   void (*fn)(const struct leftover *l, bool removed, const char *why, void *data),
		   void *data, struct err *e)
{
	struct sweep s = { .tracefs = tracefs, .remove = remove, .fn = fn, .data = data };
	_cleanup_close_ int lock = instances_lock(tracefs, e);
	_cleanup_closedir_ DIR *dir = NULL;
	char path[PATH_MAX], **names;
	size_t n;

	if (lock < 0)
		return lock;
	snprintf(path, sizeof(path), "%s/instances", tracefs);
	dir = opendir(path);
	if (!dir)
		return err_errno(e, "%s", path);
	n = list_names(dir, &names);
	for (size_t i = 0; i < n; i++) {
		sweep_one(&s, names[i]);
		free(names[i]);
	}
	free(names);
	if (s.failed)
		err_set(e, -EBUSY, "%d of %d could not be removed", s.failed, s.found);
	return s.found;
}
