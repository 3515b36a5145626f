/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state_file: files in which something is remembered, written whole or not at all, for their owner
 * alone.
 */
#include "tui/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"

/* Makes every directory on the way to the file, for its owner alone. */
static int make_parents(const char *path, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return err_errno(e, "%.300s", copy);
		*slash = '/';
	}
	return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

int state_write(const char *path, const struct strbuf *text, struct err *e)
{
	_cleanup_strbuf_ struct strbuf temporary = { 0 };
	int fd, r = make_parents(path, e);

	if (r < 0)
		return r;
	strbuf_fmt(&temporary, "%s.XXXXXX", path);
	fd = mkostemp(temporary.s, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return err_errno(e, "%.300s", temporary.s);
	r = write_all(fd, strbuf_cstr(text), text->len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary.s, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary.s);
		return err_set(e, r, "%.300s: %s", path, strerror(-r));
	}
	return 0;
}
