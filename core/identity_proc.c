/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_proc: what /proc says of who lives.
 *
 * The scan runs once, after the tracers are on: what it sees and what they tell overlap, and
 * a life both know is recognised by its start. Everything read is hostile: a comm may hold
 * parentheses and newlines. Writes nothing, keeps no descriptor.
 */
#include "core/identity_private.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/host.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STAT_SIZE 2048
#define WQ_WORKER 0x20 /* PF_WQ_WORKER */
#define EXITING	  0x4  /* PF_EXITING */

struct scan {
	struct identity *id;
	int proc_fd;
	struct proc_clocks clocks;
};

/* ---- reading ---- */

ssize_t proc_read(int dir, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += n;
	}
	buf[len] = '\0';
	return len;
}

/* Here a worker's name is followed by what it works on, which trace events do not say. */
static size_t worker_comm(const char *s, size_t len)
{
	const char *end;

	if (len < 8 || memcmp(s, "kworker/", 8) != 0 || !memcmp(s + 8, "R-", MIN(len - 8, 2)))
		return len;
	end = s + 8;
	while (end < s + len && *end != '-' && *end != '+')
		end++;
	return end - s;
}

/* Splits "tid (comm) state ppid ..."; the comm ends at the last ')'. */
static bool parse_stat(const struct proc_clocks *c, const char *text, size_t len,
		       struct stat_line *ret)
{
	const char *open = memchr(text, '(', len), *close = memrchr(text, ')', len);
	unsigned long long threads, start;
	unsigned flags;
	int n;

	if (!open || !close || close < open)
		return false;
	n = sscanf(
	    close + 1,
	    " %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %llu %*d %llu",
	    &ret->state, &ret->ppid, &flags, &threads, &start);
	if (n != 5)
		return false;
	open++;
	len = close - open;
	comm_copy(ret->comm, open, flags & WQ_WORKER ? worker_comm(open, len) : len);
	ret->threads = threads;
	ret->exiting = flags & EXITING;
	ret->start = start < UINT64_MAX / 2 / c->tick_ns ? start * c->tick_ns : 0;
	ret->start = ret->start > c->asleep ? ret->start - c->asleep : 0;
	return true;
}

bool proc_stat(const struct proc_clocks *c, int dir, const char *path, struct stat_line *ret)
{
	char buf[STAT_SIZE];
	ssize_t len = proc_read(dir, path, buf, sizeof(buf));

	return len > 0 && parse_stat(c, buf, len, ret);
}

static int32_t parse_tid(const char *s)
{
	int64_t v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s) || v >= TID_LIMIT)
			return -1;
		v = 10 * v + *s - '0';
	}
	return tid_valid(v) ? (int32_t)v : -1;
}

void proc_clocks(struct proc_clocks *c)
{
	struct clock_triple t = clock_sample();
	long hz = sysconf(_SC_CLK_TCK);

	c->tick_ns = NSEC_PER_SEC / (hz > 0 ? hz : 100);
	c->asleep = t.boot > t.mono ? t.boot - t.mono : 0;
}

/* ---- the scan ---- */

bool proc_same_life(const struct life *l, uint64_t start)
{
	uint64_t known = l->born ? l->task.start : l->first;

	if (l->ended == END_EVENT && start > l->task.end)
		return false;
	return start <= known || start - known <= PROC_SLACK_NS;
}

/* The life seen at a time, made when no event told of it. */
static struct life *scan_life(struct identity *id, int32_t tid, const struct stat_line *st,
			      uint64_t seen)
{
	struct birth b = { .ts = st->start, .tid = tid, .born = BORN_SCAN, .comm = st->comm };
	struct life *l = life_at(id, tid, seen);

	if (!l || !proc_same_life(l, st->start))
		return life_born(id, &b);
	if (!l->born) {
		life_set_start(l, MAX(l->task.start, MIN(st->start, l->first)));
		l->born = BORN_SCAN;
		l->first = l->task.start;
	}
	life_first_name(l, st->comm, NAME_PROC);
	return l;
}

static void scan_process(struct identity *id, struct life *l, const struct stat_line *st,
			 uint32_t uid)
{
	struct proc *p = proc_lead(id, l);

	l->flags |= LIFE_SURE;
	if (p->pub.ppid < 0)
		p->pub.ppid = st->ppid;
	p->pub.uid = uid;
	if (st->state == 'Z' && l->ended == END_NONE)
		life_set_end(id, l, MAX(l->task.start, id->scanned), END_GROUP);
}

static void scan_thread(struct scan *sc, int task_fd, const char *name, struct proc *p)
{
	uint64_t seen = clock_mono();
	int32_t tid = parse_tid(name);
	char path[32];
	struct stat_line st;
	struct life *l;

	if (tid < 0 || tid == p->pub.pid)
		return;
	snprintf(path, sizeof(path), "%d/stat", tid);
	if (!proc_stat(&sc->clocks, task_fd, path, &st) || st.state == 'Z' || st.state == 'X')
		return;
	l = scan_life(sc->id, tid, &st, seen);
	l->flags |= LIFE_SURE | LIFE_THREAD;
	proc_attach(sc->id, l, p);
}

static void scan_threads(struct scan *sc, struct life *leader)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *d;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%d/task", leader->task.tid);
	fd = openat(sc->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)))
		scan_thread(sc, dirfd(dir), d->d_name, life_proc(leader));
}

static void scan_pid(struct scan *sc, const char *name)
{
	uint64_t seen = clock_mono();
	int32_t pid = parse_tid(name);
	char path[32];
	struct stat_line st;
	struct stat sb;
	struct life *l;

	if (pid < 0 || fstatat(sc->proc_fd, name, &sb, 0) < 0)
		return;
	snprintf(path, sizeof(path), "%d/stat", pid);
	if (!proc_stat(&sc->clocks, sc->proc_fd, path, &st) || st.state == 'X')
		return;
	l = scan_life(sc->id, pid, &st, seen);
	scan_process(sc->id, l, &st, sb.st_uid);
	if (st.threads > 1)
		scan_threads(sc, l);
}

uint32_t proc_ns(int dir, const char *path)
{
	char link[64];
	ssize_t n = readlinkat(dir, path, link, sizeof(link) - 1);
	unsigned inode;

	link[n > 0 ? n : 0] = '\0';
	return sscanf(link, "pid:[%u]", &inode) == 1 ? inode : 0;
}

/*
 * Events carry the ids of the initial pid namespace; a /proc of another has other ids. Whose a
 * /proc is says its pid 1, wherever it is mounted; who may not ask that asks about himself.
 */
static int check_namespace(struct identity *id, int proc_fd, struct err *e)
{
	id->pidns = proc_ns(proc_fd, "1/ns/pid");
	if (!id->pidns)
		id->pidns = proc_ns(proc_fd, "self/ns/pid");
	if (!id->pidns || id->pidns == INITIAL_PIDNS)
		return 0;
	return err_set(
	    e, -EXDEV,
	    "%s belongs to a pid namespace of its own, and events carry the host's process ids: "
	    "names come from events alone; run tapdeck on the host, or name the host's procfs "
	    "by " HOST_PROCFS_ENV,
	    id->proc_path);
}

int identity_scan(struct identity *id, struct err *e)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct scan sc = { .id = id };
	const struct dirent *d;
	int r;

	if (!id->live)
		return 0;
	dir = opendir(id->proc_path);
	if (!dir)
		return err_errno(e, "%s", id->proc_path);
	sc.proc_fd = dirfd(dir);
	r = check_namespace(id, sc.proc_fd, e);
	if (r < 0) {
		id->live = false;
		return r;
	}
	proc_clocks(&sc.clocks);
	id->scanned = clock_mono();
	while ((d = readdir(dir)))
		scan_pid(&sc, d->d_name);
	id->scan_end = clock_mono();
	recent_redo(id, 0);
	return 0;
}
