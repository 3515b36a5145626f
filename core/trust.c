/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust: see trust.h.
 *
 * The path is walked by hand, one name at a time from an open directory, and links are
 * read instead of followed: so every directory that has a say is looked at, and what is
 * looked at is what the walk goes through. It ends at the inode that is already open, or fails.
 */
#include "core/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/strbuf.h"

#define LINKS_MAX 40

/* A walk: where it is, and what is left of the path. */
struct walk {
	int dir;	    /* open directory */
	struct strbuf at;   /* its name, for people */
	struct strbuf left; /* names not yet walked */
	unsigned links;
	struct err *err;
};

/* Owned by root or the caller, and closed to the rest. The root group is root's. */
static int check_stat(const struct stat *st, const char *name, struct err *e)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(e, -EPERM, "%s: not trusted: it belongs to user %u (chown root)",
			       name, (unsigned)st->st_uid);
	/* As /tmp is: it has to stay so. */
	if (S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX && st->st_mode & S_IWOTH)
		return err_set(e, -EPERM,
			       "%s: not trusted: everybody may write there: use a file in a "
			       "directory of yours",
			       name);
	if ((st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && st->st_gid != 0))
		return err_set(e, -EPERM, "%s: not trusted: others may write to it (chmod go-w)",
			       name);
	return 0;
}

static int check_dir(struct walk *w)
{
	struct stat st;

	if (fstat(w->dir, &st) < 0)
		return err_errno(w->err, "%s", strbuf_cstr(&w->at));
	return check_stat(&st, strbuf_cstr(&w->at), w->err);
}

/* Begins again at the root directory. */
static int walk_root(struct walk *w)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(w->err, "/");
	if (w->dir >= 0)
		close(w->dir);
	w->dir = fd;
	strbuf_clear(&w->at);
	strbuf_char(&w->at, '/');
	return check_dir(w);
}

/* Takes the next name off what is left; false when nothing is left. */
static bool walk_name(struct walk *w, char name[NAME_MAX + 1])
{
	const char *s = strbuf_cstr(&w->left), *end;
	struct strbuf rest = { 0 };

	s += strspn(s, "/");
	end = s + strcspn(s, "/");
	if (s == end || end - s > NAME_MAX)
		return false;
	memcpy(name, s, (size_t)(end - s));
	name[end - s] = '\0';
	strbuf_str(&rest, end);
	strbuf_done(&w->left);
	w->left = rest;
	return true;
}

/* Puts a link's text in front of what is left. */
static int walk_link(struct walk *w, const char *name)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(w->dir, name, to, sizeof(to));
	struct strbuf left = { 0 };

	if (n < 0 || n == sizeof(to))
		return err_set(w->err, n < 0 ? -errno : -ENAMETOOLONG, "%s/%s: cannot follow it",
			       strbuf_cstr(&w->at), name);
	if (++w->links > LINKS_MAX)
		return err_set(w->err, -ELOOP, "%s/%s: too many symbolic links",
			       strbuf_cstr(&w->at), name);
	strbuf_add(&left, to, (size_t)n);
	strbuf_str(&left, strbuf_cstr(&w->left));
	strbuf_done(&w->left);
	w->left = left;
	return to[0] == '/' ? walk_root(w) : 0;
}

/* Goes into a directory; .. works too, the directory above has been checked or will be. */
static int walk_into(struct walk *w, const char *name)
{
	int fd = openat(w->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno(w->err, "%s/%s", strbuf_cstr(&w->at), name);
	close(w->dir);
	w->dir = fd;
	if (w->at.len > 1)
		strbuf_char(&w->at, '/');
	strbuf_str(&w->at, name);
	return check_dir(w);
}

/* Walks to the end; *ret is what stands there. */
static int walk_all(struct walk *w, struct stat *ret)
{
	char name[NAME_MAX + 1];
	int r;

	r = fstat(w->dir, ret) < 0 ? -errno : 0;
	while (r == 0 && walk_name(w, name)) {
		if (fstatat(w->dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
			return err_errno(w->err, "%s/%s", strbuf_cstr(&w->at), name);
		if (S_ISLNK(ret->st_mode))
			r = walk_link(w, name);
		else if (S_ISDIR(ret->st_mode))
			r = walk_into(w, name);
		else if (strspn(strbuf_cstr(&w->left), "/") < w->left.len)
			return err_set(w->err, -ENOTDIR, "%s/%s: no directory", strbuf_cstr(&w->at),
				       name);
	}
	return r;
}

/* A relative path begins at the working directory, whose parents count too. */
static int absolute(const char *path, struct strbuf *ret, struct err *e)
{
	_cleanup_free_ char *cwd = NULL;

	if (path[0] != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return err_errno(e, "working directory");
		strbuf_str(ret, cwd);
		strbuf_char(ret, '/');
	}
	strbuf_str(ret, path);
	return 0;
}

int path_trusted(int fd, const char *path, struct err *e)
{
	struct walk w = { .dir = -1, .err = e };
	struct stat open_file, found;
	int r;

	if (fstat(fd, &open_file) < 0)
		return err_errno(e, "%s", path);
	r = check_stat(&open_file, path, e);
	if (r < 0)
		return r;
	r = absolute(path, &w.left, e);
	if (r == 0)
		r = walk_root(&w);
	if (r == 0)
		r = walk_all(&w, &found);
	if (r == 0 && (found.st_dev != open_file.st_dev || found.st_ino != open_file.st_ino))
		r = err_set(e, -EPERM, "%s: not trusted: it was replaced while it was read", path);
	if (w.dir >= 0)
		close(w.dir);
	strbuf_done(&w.at);
	strbuf_done(&w.left);
	return r;
}
