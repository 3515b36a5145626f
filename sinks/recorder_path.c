/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_path: see the header.
 */
#include "sinks/recorder_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/strbuf.h"

#define MODE	  0600
#define PARTS_MAX 100 /* names tried for a new file beside an old one */

static int create(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
}

static char *part_name(const struct recorder_path *p, unsigned i)
{
	struct strbuf name = { 0 };

	strbuf_fmt(&name, "%s.%u.part", p->path, i);
	return strbuf_take(&name);
}

/* Beside the file that is there. One that was killed may have left its own. */
static int open_part(struct recorder_path *p, struct err *e)
{
	int fd = -1;

	for (unsigned i = 0; i < PARTS_MAX && fd < 0; i++) {
		free(p->part);
		p->part = part_name(p, i);
		fd = create(p->part);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? err_errno(e, "%s", p->part) : fd;
}

static int is_there(const char *path, struct err *e)
{
	return err_set(e, -EEXIST,
		       "%s is there already; name another file, or replace it with --force", path);
}

/* A file without a name, in the directory where it is to have one; -1 where that is not possible.
 */
static int open_unnamed(struct recorder_path *p)
{
	char *slash = strrchr(p->path, '/'), *dir;
	int fd;

	dir = slash ? xstrndup(p->path, (size_t)(slash - p->path) + 1) : xstrdup(".");
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
	free(dir);
	if (fd < 0)
		return -1;
	p->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	p->unnamed = p->fd >= 0;
	return fd;
}

/* What stands at the path: nothing (0), a plain file that may be replaced (1), or -Exxx. */
static int look(const struct recorder_path *p, struct err *e)
{
	struct stat st;

	if (lstat(p->path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(e, "%s", p->path);
	if (!p->force)
		return is_there(p->path, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EEXIST, "%s is no plain file: it is not replaced", p->path);
	return 1;
}

int recorder_path_open(struct recorder_path *p, const char *path, bool force, struct err *e)
{
	int fd, there;

	*p = (struct recorder_path) { .path = xstrdup(path), .force = force, .fd = -1 };
	there = look(p, e);
	if (there < 0)
		return there;
	fd = open_unnamed(p);
	if (fd >= 0)
		return fd;
	if (there)
		return open_part(p, e);
	fd = create(path);
	if (fd < 0 && errno == EEXIST)
		return is_there(path, e);
	return fd < 0 ? err_errno(e, "%s", path) : fd;
}

/* Gives the unnamed file a name that nobody has. */
static int give_name(const struct recorder_path *p, const char *name)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd);
	if (!linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno != ENOENT)
		return -errno;
	return linkat(p->fd, "", AT_FDCWD, name, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The unnamed file gets its path, or a name beside the one it is to replace. */
static int take_name(struct recorder_path *p, struct err *e)
{
	int rc = give_name(p, p->path);

	if (rc == -EEXIST && !p->force)
		return is_there(p->path, e);
	for (unsigned i = 0; i < PARTS_MAX && rc == -EEXIST; i++) {
		free(p->part);
		p->part = part_name(p, i);
		rc = give_name(p, p->part);
	}
	errno = -rc;
	if (rc < 0)
		return err_errno(e, "%s", p->path);
	p->unnamed = false;
	close(p->fd);
	p->fd = -1;
	return 0;
}

int recorder_path_valid(struct recorder_path *p, struct err *e)
{
	int rc = p->unnamed ? take_name(p, e) : 0;

	if (rc < 0 || !p->part)
		return rc;
	if (rename(p->part, p->path) < 0)
		return err_errno(e, "%s: cannot be replaced", p->path);
	free(p->part);
	p->part = NULL;
	return 0;
}

void recorder_path_undo(struct recorder_path *p)
{
	if (!p->unnamed)
		unlink(p->part ? p->part : p->path);
}

void recorder_path_done(struct recorder_path *p)
{
	if (p->unnamed)
		close(p->fd);
	free(p->path);
	free(p->part);
	*p = (struct recorder_path) { .fd = -1 };
}
