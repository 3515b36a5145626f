/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kin: see kin.h.
 *
 * One look at /proc: who is there, and who made him. Numbers are compared at one time as far as
 * reading takes none; whoever uses this looks again until nothing new appears.
 */
#include "tracefs/kin.h"

#include <ctype.h>
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define STAT_SIZE 512

struct pair {
	int32_t pid, ppid;
};

struct look {
	struct pair *v;
	size_t count, cap;
	uint8_t *bits; /* of the kin */
	int32_t max;
};

/* The parent in "pid (comm) state ppid ..."; the comm may hold anything. 0: gone. */
static int32_t parent_of(int proc, const char *name)
{
	char path[PATH_MAX], text[STAT_SIZE];
	_cleanup_close_ int fd = -1;
	const char *close;
	ssize_t n;
	int ppid;

	snprintf(path, sizeof(path), "%s/stat", name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	if (n <= 0)
		return 0;
	text[n] = '\0';
	close = strrchr(text, ')');
	return close && sscanf(close + 1, " %*c %d", &ppid) == 1 ? ppid : 0;
}

static void look(struct look *l)
{
	_cleanup_closedir_ DIR *proc = opendir(host_procfs());
	struct dirent *d;

	while (proc && (d = readdir(proc))) {
		struct pair p = { 0 };
		long pid = strtol(d->d_name, NULL, 10);

		if (!isdigit((unsigned char)d->d_name[0]) || pid <= 0 || pid > l->max)
			continue;
		p.pid = (int32_t)pid;
		p.ppid = parent_of(dirfd(proc), d->d_name);
		if (p.ppid <= 0 || p.ppid > l->max)
			continue;
		if (l->count == l->cap) {
			l->cap = l->cap ? 2 * l->cap : 1024;
			l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
		}
		l->v[l->count++] = p;
	}
}

static bool has(const struct look *l, int32_t pid)
{
	return l->bits[pid / 8] & 1 << pid % 8;
}

static void put(struct look *l, int32_t pid)
{
	if (pid > 0 && pid <= l->max)
		l->bits[pid / 8] |= (uint8_t)(1 << pid % 8);
}

void kin_each(const int32_t *ids, size_t count, void (*fn)(int32_t pid, void *data), void *data)
{
	struct look l = { .max = KIN_PID_MAX };
	bool more = true;

	l.bits = xcalloc((size_t)l.max / 8 + 1, 1);
	for (size_t i = 0; i < count; i++)
		put(&l, ids[i]);
	look(&l);
	/* Who is made has the higher number, mostly: a second round finds what the first did not.
	 */
	while (more) {
		more = false;
		for (size_t i = 0; i < l.count; i++) {
			const struct pair *p = &l.v[i];

			if (has(&l, p->pid) || !has(&l, p->ppid))
				continue;
			put(&l, p->pid);
			fn(p->pid, data);
			more = true;
		}
	}
	free(l.bits);
	free(l.v);
}

int kin_last(uint32_t *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	const char *last;
	int rc = tracefs_read(host_procfs(), &text, e, "loadavg");

	if (rc < 0)
		return rc;
	last = strrchr(strbuf_cstr(&text), ' ');
	if (!last)
		return err_set(e, -EINVAL, "%s/loadavg does not say the last number",
			       host_procfs());
	*ret = (uint32_t)strtoul(last, NULL, 10);
	return 0;
}
