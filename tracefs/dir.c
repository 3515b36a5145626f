/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dir: where tracefs is, and its files opened, read and written our way.
 *
 * Owns no state. Every descriptor is O_CLOEXEC. Nothing here knows what a file means, and nothing
 * here keeps a way back: what lies outside our own instances goes to the journal before it comes
 * here.
 */
#include "tracefs/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/refusal.h"

#define TRACEFS_MOUNT "/sys/kernel/tracing"
#define FILE_MAX      (16u << 20)
#define FILE_NAME_MAX 512

/* ---- files ---- */

static int open_file(const char *dir, int flags, struct err *e, const char *file)
{
	char path[PATH_MAX];
	int fd, code;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s/%s: the path is too long", dir, file);
	do {
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	code = -errno;
	return err_set(e, code, "cannot open %s: %s%s", path, strerror(-code),
		       refusal_remedy(code));
}

/* Makes the file's name of a printf format; names are short, longer ones are no files. */
static int __attribute__((format(printf, 3, 0)))
file_name(char *buf, size_t size, const char *fmt, va_list ap, struct err *e)
{
	int n = vsnprintf(buf, size, fmt, ap);

	if (n < 0 || (size_t)n >= size)
		return err_set(e, -ENAMETOOLONG, "%.64s...: the name is too long", buf);
	return 0;
}

int tracefs_open(const char *dir, int flags, struct err *e, const char *file, ...)
{
	char name[FILE_NAME_MAX];
	va_list ap;
	int r;

	va_start(ap, file);
	r = file_name(name, sizeof(name), file, ap, e);
	va_end(ap);
	if (r)
		return r;
	return open_file(dir, flags, e, name);
}

/* Appends what fd gives to out; what came before an error is taken away again. */
static int read_all(int fd, struct strbuf *out)
{
	size_t before = out->len, room = 4096;

	for (;;) {
		char *to = strbuf_room(out, room);
		ssize_t n = read(fd, to, room);
		int code = errno;

		if (n < 0 && code == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n > 0) {
			out->len += (size_t)n;
			out->s[out->len] = '\0';
			room = MIN(room * 2, (size_t)1 << 20);
		}
		if (n < 0 || out->len - before > FILE_MAX) {
			strbuf_cut(out, before);
			return n < 0 ? -code : -EFBIG;
		}
	}
}

static int read_file(const char *dir, struct strbuf *out, struct err *e, const char *file)
{
	_cleanup_close_ int fd = open_file(dir, O_RDONLY, e, file);
	int ret;

	if (fd < 0)
		return fd;
	ret = read_all(fd, out);
	if (ret)
		return err_set(e, ret, "cannot read %s/%s: %s", dir, file, strerror(-ret));
	return 0;
}

int tracefs_read(const char *dir, struct strbuf *out, struct err *e, const char *file, ...)
{
	char name[FILE_NAME_MAX];
	va_list ap;
	int r;

	va_start(ap, file);
	r = file_name(name, sizeof(name), file, ap, e);
	va_end(ap);
	if (r)
		return r;
	return read_file(dir, out, e, name);
}

int tracefs_read_u64(const char *dir, uint64_t *ret, struct err *e, const char *file, ...)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char name[FILE_NAME_MAX];
	const char *p;
	char *end;
	va_list ap;
	uint64_t v;
	int r;

	va_start(ap, file);
	r = file_name(name, sizeof(name), file, ap, e);
	va_end(ap);
	if (r)
		return r;
	r = read_file(dir, &text, e, name);
	if (r)
		return r;
	p = strbuf_cstr(&text);
	errno = 0;
	v = strtoull(p, &end, 10);
	if (p[0] < '0' || p[0] > '9' || errno || (*end && *end != '\n' && *end != ' '))
		return err_set(e, -EINVAL, "%s/%s: \"%.40s\" is no number", dir, name, p);
	*ret = v;
	return 0;
}

int tracefs_write(const char *dir, const char *value, struct err *e, const char *file, ...)
{
	size_t len = strlen(value);
	char name[FILE_NAME_MAX];
	int fd, r, code = 0;
	va_list ap;
	ssize_t n;

	va_start(ap, file);
	r = file_name(name, sizeof(name), file, ap, e);
	va_end(ap);
	if (r)
		return r;
	/* Nothing to write means an empty list: only opening with O_TRUNC says that. */
	fd = open_file(dir, O_WRONLY | (len ? 0 : O_TRUNC), e, name);
	if (fd < 0)
		return fd;
	do {
		n = len ? write(fd, value, len) : 0;
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		code = -errno;
	else if ((size_t)n != len)
		code = -EIO;
	close(fd);
	return code ? refusal_say(e, code, dir, name, value) : 0;
}

/* ---- the mount ---- */

/* Undoes the octal escapes of mountinfo (\040 is a blank) in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* A line of mountinfo: mount id, parent, device, root, mount point, ..., "-", type. */
static bool mount_line(char *line, char **ret_point, const char **ret_type)
{
	char *dash = strstr(line, " - "), *save = NULL, *root = NULL, *point = NULL;

	if (!dash)
		return false;
	*dash = '\0';
	strtok_r(line, " ", &save);
	for (int i = 1; i <= 4; i++) {
		char *word = strtok_r(NULL, " ", &save);

		if (i == 3)
			root = word;
		point = word;
	}
	if (!root || !point || strcmp(root, "/") != 0)
		return false;
	unescape(point);
	*ret_point = point;
	*ret_type = strtok_r(dash + 3, " ", &save);
	return *ret_type != NULL;
}

char *tracefs_mount_in(const char *mountinfo)
{
	char *text = xstrdup(mountinfo), *save = NULL, *tracefs = NULL, *debugfs = NULL;
	char *ret = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		const char *type;
		char *point;

		if (!mount_line(l, &point, &type))
			continue;
		if (!strcmp(type, "tracefs") && (!tracefs || !strcmp(point, TRACEFS_MOUNT)))
			tracefs = point;
		if (!strcmp(type, "debugfs") && !debugfs)
			debugfs = point;
	}
	if (tracefs)
		ret = xstrdup(tracefs);
	else if (debugfs && asprintf(&ret, "%s/tracing", debugfs) < 0)
		ret = NULL; /* the kernel mounts tracefs there by itself when somebody looks */
	free(text);
	return ret;
}

/* 0 when the directory is tracefs and open to us. */
static int usable(const char *dir, struct err *e)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = fd < 0 ? -errno : 0;

	if (!code && faccessat(fd, "events", R_OK | X_OK, 0))
		code = -errno;
	if (!code)
		return 0;
	return err_set(e, code, "tracefs at %s: %s%s", dir, strerror(-code), refusal_remedy(code));
}

/* Where it belongs; mounted, it is as good anywhere else. */
static const char *mount_point(char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/kernel/tracing", host_sysfs());
	return path;
}

static int mount_it(const char *point, struct err *e)
{
	if (access(point, F_OK))
		return err_set(e, -ENOENT,
			       "this kernel has no tracing (CONFIG_TRACING), or %s is not mounted",
			       host_sysfs());
	if (!mount("nodev", point, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return 0;
	return err_set(e, -errno,
		       "tracefs is not mounted and mounting it failed: %s; as root: "
		       "mount -t tracefs nodev %s",
		       strerror(errno), point);
}

int tracefs_find(bool may_mount, char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf info = { 0 };
	char path[PATH_MAX], *dir;
	const char *point = mount_point(path);
	int r;

	r = tracefs_read("/proc/self", &info, e, "mountinfo");
	if (r)
		return r;
	dir = tracefs_mount_in(strbuf_cstr(&info));
	if (!dir && !may_mount)
		return err_set(e, -ENOENT,
			       "tracefs is not mounted; as root: mount -t tracefs nodev %s", point);
	if (!dir) {
		r = mount_it(point, e);
		if (r)
			return r;
		dir = xstrdup(point);
	}
	r = usable(dir, e);
	if (r) {
		free(dir);
		return r;
	}
	*ret = dir;
	return 0;
}
