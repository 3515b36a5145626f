/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurp: a whole small file of settings or state, read with care.
 *
 * The file may be anything by the time it is opened: a pipe must not block the
 * screen and a device must not fill the memory. Never says what is in it.
 */
#include "tui/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

static int read_all(int fd, const char *path, size_t max, struct strbuf *out, struct err *e)
{
	enum { STEP = 16384 };
	size_t start = out->len;
	ssize_t n;

	for (;;) {
		n = read(fd, strbuf_room(out, STEP), STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "%.300s", path);
		if (!n)
			return 1;
		out->len += (size_t)n;
		out->s[out->len] = '\0';
		if (out->len - start > max)
			return err_set(e, -EFBIG, "%.300s: more than %zu bytes", path, max);
	}
}

int slurp(const char *path, size_t max, bool optional, struct strbuf *out, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t start = out->len;
	struct stat st;
	int r;

	if (fd < 0 && optional && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "%.300s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%.300s: not a regular file", path);
	r = read_all(fd, path, max, out, e);
	if (r < 0)
		strbuf_cut(out, start);
	return r;
}
