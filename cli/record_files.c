/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_files: names with a number, and which of them go.
 */
#include "cli/record_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define DIGITS	   4
#define DIGITS_MAX 9
#define NUMBER_MAX 999999999
#define AGE_LEAST  NSEC_PER_SEC

static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

/* ---- when ---- */

/* M is a size and m are minutes, as everywhere; a number alone could be both. */
static bool says_size(const char *s)
{
	return strpbrk(s, "kKMgGtTbB") != NULL;
}

int record_rotate_parse(const char *s, struct record_rotate *ret, struct err *e)
{
	const char *unit = s + strspn(s, "0123456789.");
	bool size = says_size(unit);
	uint64_t value;

	*ret = (struct record_rotate) { .size = UINT64_MAX, .age = UINT64_MAX };
	if (!*unit || (size ? util_parse_size(s, &value) : util_parse_duration(s, &value)) < 0)
		return err_set(e, -EINVAL,
			       "--rotate: '%s' is no size such as 64M and no time such "
			       "as 10m",
			       s);
	if (size && value < RECORD_SIZE_LEAST)
		return err_set(e, -EINVAL,
			       "--rotate: %s is less than a file takes that holds "
			       "nothing but formats; the least is 16M",
			       s);
	if (!size && value < AGE_LEAST)
		return err_set(e, -EINVAL, "--rotate: %s is too short; the least is 1s", s);
	*(size ? &ret->size : &ret->age) = value;
	return 0;
}

/* ---- names ---- */

void record_files_init(struct record_files *f, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name)
		dot = name + strlen(name);
	*f = (struct record_files) {
		.dir = slash ? xstrndup(path, (size_t)(name - path)) : xstrdup(""),
		.stem = xstrndup(name, (size_t)(dot - name)),
		.tail = xstrdup(dot),
	};
}

void record_files_done(struct record_files *f)
{
	free(f->dir);
	free(f->stem);
	free(f->tail);
	*f = (struct record_files) { 0 };
}

/* STEM.NNNN.TAIL: the number, or 0 for another name. */
static uint64_t number_of(const struct record_files *f, const char *name)
{
	size_t stem = strlen(f->stem), digits;
	const char *p = name + stem + 1;

	if (strncmp(name, f->stem, stem) != 0 || name[stem] != '.')
		return 0;
	digits = strspn(p, "0123456789");
	if (digits < DIGITS || digits > DIGITS_MAX || (digits > DIGITS && *p == '0'))
		return 0; /* no name of ours */
	return strcmp(p + digits, f->tail) != 0 ? 0 : strtoull(p, NULL, 10);
}

static DIR *open_dir(const struct record_files *f, struct err *e)
{
	int fd = open(*f->dir ? f->dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		return dir;
	err_errno(e, "%s", *f->dir ? f->dir : "the current directory");
	if (fd >= 0)
		close(fd);
	return NULL;
}

int record_files_next(struct record_files *f, char **ret, struct err *e)
{
	_cleanup_closedir_ DIR *dir = open_dir(f, e);
	const struct dirent *d;
	struct strbuf b = { 0 };

	if (!dir)
		return e ? e->code : -EIO;
	while ((d = readdir(dir)))
		f->number = MAX(f->number, number_of(f, d->d_name));
	if (f->number >= NUMBER_MAX)
		return err_set(e, -EOVERFLOW, "%s%s: no number is left", f->dir, f->stem);
	f->number++;
	strbuf_fmt(&b, "%s%s.%0*llu%s", f->dir, f->stem, DIGITS, (unsigned long long)f->number,
		   f->tail);
	*ret = strbuf_take(&b);
	return 0;
}

/* ---- what goes ---- */

static bool is_recording(int dir, const char *name)
{
	/* A fifo must not hold us up. */
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t head[sizeof(magic)];
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       pread(fd, head, sizeof(head), 0) == sizeof(head) &&
	       !memcmp(head, magic, sizeof(head));
}

struct old_file {
	uint64_t number;
	char *name;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct old_file *)a)->number, y = ((const struct old_file *)b)->number;

	return (x > y) - (x < y);
}

/* The recordings of the directory below the last one, oldest first. */
static size_t collect(const struct record_files *f, DIR *dir, struct old_file **ret)
{
	struct old_file *v = NULL;
	size_t n = 0;
	const struct dirent *d;

	while ((d = readdir(dir))) {
		uint64_t number = number_of(f, d->d_name);

		if (!number || number >= f->number || !is_recording(dirfd(dir), d->d_name))
			continue;
		v = xrealloc(v, n + 1, sizeof(*v));
		v[n++] = (struct old_file) { .number = number, .name = xstrdup(d->d_name) };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_number);
	*ret = v;
	return n;
}

int record_files_keep(const struct record_files *f, uint64_t keep, struct err *e)
{
	_cleanup_closedir_ DIR *dir = open_dir(f, e);
	struct old_file *v;
	size_t n;
	int gone = 0;

	if (!dir)
		return e ? e->code : -EIO;
	n = collect(f, dir, &v);
	for (size_t i = 0; i < n; i++) {
		if (n - i + 1 > keep && !unlinkat(dirfd(dir), v[i].name, 0))
			gone++;
		else if (n - i + 1 > keep)
			err_errno(e, "cannot remove %s%s", f->dir, v[i].name);
		free(v[i].name);
	}
	free(v);
	return gone;
}
