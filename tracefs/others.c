/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * others: asking tracefs what it does for everybody else.
 *
 * Who owns an instance is read from /proc/locks: trying the lock would take it for a moment, and
 * its owner may be about to do so. What a file says is other people's text and is made harmless
 * here.
 */
#include "tracefs/others.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/host.h"
#include "core/safe.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define LOOK_TIME  (100 * NSEC_PER_MSEC)
#define WHICH_MOST 200 /* bytes of names of events */

/* ---- who ---- */

int others_lock_holder(const char *locks, unsigned dev_major, unsigned dev_minor, uint64_t inode)
{
	for (const char *line = locks; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned ma, mi;
		unsigned long long ino;
		char type[16];
		int pid;

		/* "7: FLOCK  ADVISORY  WRITE 1234 00:0c:5678 0 EOF"; "->" is one who waits. */
		if (sscanf(line, "%*d: %15s %*s %*s %d %x:%x:%llu", type, &pid, &ma, &mi, &ino) ==
			5 &&
		    !strcmp(type, "FLOCK") && ma == dev_major && mi == dev_minor && ino == inode)
			return pid > 0 ? pid : 0;
	}
	return 0;
}

static void find_owner(struct other *o, const char *dir, const char *locks)
{
	_cleanup_strbuf_ struct strbuf comm = { 0 }, safe = { 0 };
	char pid[16];
	struct stat st;

	if (stat(dir, &st))
		return;
	o->pid = others_lock_holder(locks, major(st.st_dev), minor(st.st_dev), st.st_ino);
	if (!o->pid)
		return;
	snprintf(pid, sizeof(pid), "%d", o->pid);
	if (tracefs_read(host_procfs(), &comm, NULL, "%s/comm", pid) < 0)
		return;
	safe_text(&safe, strbuf_cstr(&comm), strcspn(strbuf_cstr(&comm), "\n"));
	snprintf(o->comm, sizeof(o->comm), "%s", strbuf_cstr(&safe));
}

/* ---- what ---- */

/* The first line of a file, harmless; "" where there is none. */
static void read_line(const char *dir, const char *file, char *to, size_t size)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, safe = { 0 };

	to[0] = '\0';
	if (tracefs_read(dir, &text, NULL, "%s", file) < 0)
		return;
	safe_text(&safe, strbuf_cstr(&text), strcspn(strbuf_cstr(&text), "\n"));
	snprintf(to, size, "%s", strbuf_cstr(&safe));
}

/* "local global [mono] ...": the one in brackets. */
static void read_clock(const char *dir, char *to, size_t size)
{
	char all[256];
	const char *open, *close;

	read_line(dir, "trace_clock", all, sizeof(all));
	open = strchr(all, '[');
	close = open ? strchr(open, ']') : NULL;
	snprintf(to, size, "%.*s", close ? (int)(close - open - 1) : 0, open ? open + 1 : "");
}

static unsigned read_events(const char *dir, struct strbuf *which)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	unsigned count = 0;

	if (tracefs_read(dir, &text, NULL, "set_event") < 0)
		return 0;
	for (const char *p = strbuf_cstr(&text); *p; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");

		count++;
		if (which->len + len < WHICH_MOST) {
			strbuf_str(which, which->len ? " " : "");
			safe_text(which, p, len);
		}
		p += len;
	}
	return count;
}

/* Fills what the files of a directory say. */
static void ask(struct other *o, const char *dir, struct strbuf *which)
{
	uint64_t n;

	if (!tracefs_read_u64(dir, &n, NULL, "buffer_size_kb"))
		o->buffer = n * 1024;
	read_clock(dir, o->clock, sizeof(o->clock));
	read_line(dir, "current_tracer", o->tracer, sizeof(o->tracer));
	o->events = read_events(dir, which);
	o->which = strbuf_cstr(which);
	o->on = !tracefs_read_u64(dir, &n, NULL, "tracing_on") && n;
}

void other_facts(const struct other *o, struct strbuf *out)
{
	char size[32];

	if (o->pid)
		strbuf_fmt(out, "owner: %s, process %d holds its lock\n",
			   o->comm[0] ? o->comm : "?", o->pid);
	else if (!strncmp(o->name, "tapdeck.", 8))
		strbuf_str(out, "owner: gone; tapdeck cleanup removes it\n");
	strbuf_fmt(out, "records: %s\n", o->on ? "yes" : "no (tracing_on is 0)");
	strbuf_fmt(out, "tracer: %s\n", o->tracer);
	strbuf_fmt(out, "events on: %u%s%s\n", o->events, o->events ? ": " : "",
		   o->events ? o->which : "");
	if (o->buffer)
		strbuf_fmt(out, "buffer: %s per CPU\n",
			   util_human_size(o->buffer, size, sizeof(size)));
	strbuf_fmt(out, "clock: %s\n", o->clock);
}

/* ---- all of them ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_instances(const char *tracefs, char ***ret)
{
	int fd = tracefs_open(tracefs, O_RDONLY | O_DIRECTORY, NULL, "instances");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0, cap = 0;
	struct dirent *d;
	char **v = NULL;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (n == cap)
			v = xrealloc(v, cap = cap ? cap * 2 : 16, sizeof(*v));
		v[n++] = xstrdup(d->d_name);
	}
	if (n)
		qsort(v, n, sizeof(*v), by_name);
	*ret = v;
	return n;
}

struct each_ctx {
	const char *tracefs, *locks;
	int (*visit)(const struct other *o, void *data);
	void *data;
};

/* Returns 1, 0 for one of ours or one that is gone, or what visit said. */
static int visit_one(const struct each_ctx *ctx, const char *name)
{
	_cleanup_strbuf_ struct strbuf which = { 0 };
	_cleanup_free_ char *path = NULL;
	struct other o = { .name = name };
	int r;

	if (asprintf(&path, "%s%s%s", ctx->tracefs, name[0] ? "/instances/" : "", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (access(path, F_OK))
		return 0;
	if (name[0])
		find_owner(&o, path, ctx->locks);
	if (o.pid == getpid())
		return 0;
	ask(&o, path, &which);
	r = ctx->visit(&o, ctx->data);
	return r < 0 ? r : 1;
}

int others_each(const char *tracefs, int (*visit)(const struct other *o, void *data), void *data,
		struct err *e)
{
	_cleanup_strbuf_ struct strbuf locks = { 0 };
	struct each_ctx ctx = { .tracefs = tracefs, .visit = visit, .data = data };
	char **names = NULL;
	int count, r;
	size_t n;

	(void)e;
	tracefs_read(host_procfs(), &locks, NULL, "locks");
	ctx.locks = strbuf_cstr(&locks);
	count = visit_one(&ctx, "");
	n = list_instances(tracefs, &names);
	for (size_t i = 0; i < n; i++) {
		r = count < 0 ? 0 : visit_one(&ctx, names[i]);
		count = r < 0 ? r : count + r;
		free(names[i]);
	}
	free(names);
	return count;
}

/* ---- looking into one ---- */

/* With this option every reader of trace stops the tracing as long as it has the file open. */
static int check_pause(const char *dir, struct err *e)
{
	uint64_t pause = 0;

	if (!tracefs_read_u64(dir, &pause, NULL, "options/pause-on-trace") && pause)
		return err_set(e, -EBUSY,
			       "its option pause-on-trace is set: reading it would stop its "
			       "tracing");
	return 0;
}

int others_look(const char *tracefs, const char *name, size_t max, struct strbuf *out,
		struct err *e)
{
	uint64_t until = clock_mono() + LOOK_TIME;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *dir = NULL;
	size_t before = out->len;
	ssize_t n = 0;

	if (strchr(name, '/') || name[0] == '.')
		return err_set(e, -EINVAL, "\"%.64s\" is no name of an instance", name);
	if (asprintf(&dir, "%s%s%s", tracefs, name[0] ? "/instances/" : "", name) < 0) {
		dir = NULL;
		return -ENOMEM;
	}
	if (check_pause(dir, e) < 0)
		return -EBUSY;
	fd = tracefs_open(dir, O_RDONLY | O_NONBLOCK, e, "trace");
	if (fd < 0)
		return fd;
	while (out->len - before < max && clock_mono() < until) {
		char *to = strbuf_room(out, 65536);

		n = read(fd, to, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		strbuf_cut(out, out->len + (size_t)n);
	}
	if (n < 0 && errno != EAGAIN)
		return err_errno(e, "cannot read %s/trace", dir);
	return n > 0;
}
