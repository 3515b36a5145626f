/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_path: see the header.
 */
#include "sinks/recorder_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/strbuf.h"

#define MODE 0600

static int create(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
}

/* Beside the file that is there, which must be a plain one: neither link nor device. */
static int open_part(struct recorder_path *p, struct err *e)
{
	static atomic_uint count; /* of those this process makes at the same time */
	struct strbuf name = { 0 };
	struct stat st;
	int fd;

	if (lstat(p->path, &st) < 0)
		return err_errno(e, "%s", p->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EEXIST, "%s is no plain file: it is not replaced", p->path);
	strbuf_fmt(&name, "%s.%d-%u.part", p->path, (int)getpid(), atomic_fetch_add(&count, 1));
	p->part = xstrdup(strbuf_cstr(&name));
	strbuf_done(&name);
	unlink(p->part); /* left by one of the same number that was killed */
	fd = create(p->part);
	return fd < 0 ? err_errno(e, "%s", p->part) : fd;
}

int recorder_path_open(struct recorder_path *p, const char *path, bool force, struct err *e)
{
	int fd;

	*p = (struct recorder_path) { .path = xstrdup(path) };
	fd = create(path);
	if (fd >= 0)
		return fd;
	if (errno != EEXIST)
		return err_errno(e, "%s", path);
	if (!force)
		return err_set(e, -EEXIST,
			       "%s is there already; name another file, or replace it with --force",
			       path);
	return open_part(p, e);
}

int recorder_path_valid(struct recorder_path *p, struct err *e)
{
	if (!p->part)
		return 0;
	if (rename(p->part, p->path) < 0)
		return err_errno(e, "%s: cannot be replaced", p->path);
	free(p->part);
	p->part = NULL;
	return 0;
}

void recorder_path_undo(struct recorder_path *p)
{
	unlink(p->part ? p->part : p->path);
}

void recorder_path_done(struct recorder_path *p)
{
	free(p->path);
	free(p->part);
	*p = (struct recorder_path) { 0 };
}
