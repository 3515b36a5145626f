/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder_path: see the header.
 */
#include "sinks/recorder_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Beside the file that is there, which must be a plain one: neither link nor device. */
static int open_part(struct recorder_path *p, struct err *e)
{
	struct stat st;
	int fd = -1;

	if (lstat(p->path, &st) < 0)
		return err_errno(e, "%s", p->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EEXIST, "%s is no plain file: it is not replaced", p->path);
	/* One that was killed may have left its own. */
	for (unsigned i = 0; i < PARTS_MAX && fd < 0; i++) {
		struct strbuf name = { 0 };

		strbuf_fmt(&name, "%s.%u.part", p->path, i);
		free(p->part);
		p->part = strbuf_take(&name);
		fd = create(p->part);
		if (fd < 0 && errno != EEXIST)
			break;
	}
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
