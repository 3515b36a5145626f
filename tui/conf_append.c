/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_append: writes behind what is there and never over it.
 */
#include "tui/conf_append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tui/state_file.h"

/* A blank line, and before it the end of a line that has none. */
static int put_gap(int fd, const struct stat *st, struct strbuf *out)
{
	char last = '\n';

	if (st->st_size && pread(fd, &last, 1, st->st_size - 1) != 1)
		return -EIO;
	strbuf_str(out, last == '\n' ? "\n" : "\n\n");
	return 0;
}

int conf_append(const char *path, const struct strbuf *text, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_strbuf_ struct strbuf all = { 0 };
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return state_write(path, text, e);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "%.300s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%.300s: not a regular file", path);
	if (put_gap(fd, &st, &all) < 0)
		return err_set(e, -EIO, "%.300s: cannot be read", path);
	strbuf_add(&all, text->s, text->len);
	n = write(fd, all.s, all.len);
	if (n == (ssize_t)all.len)
		return 0;
	if (n < 0)
		return err_errno(e, "%.300s", path);
	if (ftruncate(fd, st.st_size) < 0)
		return err_errno(e, "%.300s: written in part", path);
	return err_set(e, -ENOSPC, "%.300s: there is no room for it", path);
}
