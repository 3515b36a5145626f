/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_detail: what /proc says of one process, when somebody looks at it.
 *
 * Read once after each exec, and only while it is surely the same process; never on the way of an
 * event that is shown. Once somebody asked for any, who executes something is read at once, for who
 * lives shortly cannot be asked later. Strings are shared by all processes that have the same. A
 * process that inherited them has its parent's until it is read. Everything read is hostile.
 */
#include "core/identity_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/clock.h"

#define CGROUP_SIZE  16384
#define STATUS_SIZE  8192
#define CMDLINE_MOST 1024
#define READ_FIRST   2000	 /* processes that are read when somebody asks for the first time */
#define READ_SECOND  500	 /* ... of those that execute something, in a second */
#define TRIES	     3		 /* for who is gone, or hidden from us */
#define CMDLINE_LESS 128	 /* where there are very many */
#define TABLE_LARGE  (48u << 20) /* bytes of the whole table */

/* ---- control groups ---- */

/* Controllers of version 1 that engines set; systemd's own hierarchy says most. */
static unsigned cgroup_rank(const char *controllers, size_t len, const char *path)
{
	static const char *const known[] = { "devices", "cpuset", "pids", "cpu", "memory" };
	struct container_path p;
	unsigned rank = 1;

	if (!path[0] || !strcmp(path, "/"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (memmem(controllers, len, known[i], strlen(known[i])))
			rank = (unsigned)i + 2;
	if (memmem(controllers, len, "name=systemd", 12))
		rank = 10;
	if (!len) /* version 2 */
		rank = 20;
	container_parse(path, &p);
	if (p.kind == CONTAINER_NONE)
		return rank;
	return rank + (*p.runtime ? 200 : 100); /* that names its engine, that looks like one */
}

/*
 * Of the lines "N:CONTROLLERS:PATH" the path that says most: one that names a container, else that
 * of version 2, else systemd's; "/" says nothing but that.
 */
static void take_cgroup(struct identity *id, struct proc *p, char *text)
{
	char *save = NULL, *path, *controllers;
	const char *best = NULL;
	unsigned rank, best_rank = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		controllers = strchr(line, ':');
		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		controllers++;
		rank = cgroup_rank(controllers, (size_t)(path - controllers), path + 1);
		path++;
		if (best &&
		    (rank < best_rank || (rank == best_rank && strlen(path) <= strlen(best))))
			continue;
		best = path;
		best_rank = rank;
	}
	if (best)
		intern_set(id, &p->pub.cgroup, best, strlen(best));
}

/* ---- the rest ---- */

/* NULs become blanks; control characters could split lines of whoever prints it. */
static void take_cmdline(struct identity *id, struct proc *p, int dir)
{
	char text[CMDLINE_MOST + 1];
	size_t size = id->bytes < TABLE_LARGE ? sizeof(text) : CMDLINE_LESS;
	ssize_t n = proc_read(dir, "cmdline", text, size);

	while (n > 0 && (!text[n - 1] || text[n - 1] == ' '))
		n--;
	if (n <= 0) {
		intern_set(id, &p->pub.cmdline, NULL, 0);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!c || c == '\n' || c == '\t')
			text[i] = ' ';
		else if (c < ' ' || c == 0x7f)
			text[i] = '?';
	}
	intern_set(id, &p->pub.cmdline, text, (size_t)n);
}

/* The last id of "NSpid:\t4711\t17\t1": that in the innermost namespace. */
static void take_nspid(struct proc *p, int dir)
{
	char text[STATUS_SIZE], *line, *end;
	long v = -1;

	if (proc_read(dir, "status", text, sizeof(text)) <= 0)
		return;
	line = strstr(text, "\nNSpid:");
	if (!line)
		return;
	line += strlen("\nNSpid:");
	for (;;) {
		line += strspn(line, "\t ");
		if (!isdigit((unsigned char)*line))
			break;
		v = strtol(line, &end, 10);
		line = end;
	}
	if (v > 0 && v < TID_LIMIT)
		p->pub.nspid = (int32_t)v;
}

static void take_container(struct identity *id, struct proc *p, int dir)
{
	const struct container *had = p->pub.container;
	uint32_t ns = proc_ns(dir, "ns/pid"), home = id->pidns ? id->pidns : INITIAL_PIDNS;

	p->pub.pidns = ns;
	if (p->pub.cgroup)
		p->pub.container =
		    containers_get(id->containers, p->pub.cgroup, ns != home ? ns : 0);
	if (p->pub.cgroup)
		containers_put(id->containers, had);
}

/* False: it is about to end, and says of itself what it no longer is. */
static bool take_details(struct identity *id, struct proc *p, int dir,
			 const struct proc_clocks *clocks)
{
	char exe[PATH_MAX], cgroup[CGROUP_SIZE];
	uint64_t when = clock_mono();
	ssize_t exe_len, cgroup_len;
	struct stat_line st;
	struct stat sb;
	bool owned;

	exe_len = readlinkat(dir, "exe", exe, sizeof(exe));
	cgroup_len = proc_read(dir, "cgroup", cgroup, sizeof(cgroup));
	owned = !fstat(dir, &sb);
	if (!proc_stat(clocks, dir, "stat", &st) || st.exiting)
		return false;
	if (exe_len > 0) {
		intern_set(id, &p->pub.exe, exe, (size_t)exe_len);
		p->told = when;
	}
	if (cgroup_len > 0)
		take_cgroup(id, p, cgroup);
	take_cmdline(id, p, dir);
	take_nspid(p, dir);
	take_container(id, p, dir);
	if (owned)
		p->pub.uid = sb.st_uid;
	return true;
}

int identity_open(struct identity *id, struct process *pub)
{
	struct proc *p = (struct proc *)pub;
	_cleanup_close_ int dir = -1;
	struct proc_clocks clocks;
	struct stat_line st;
	char path[PATH_MAX];
	int ret;

	if (!id->live || pub->end != UINT64_MAX || !p->leader)
		return -ESRCH;
	snprintf(path, sizeof(path), "%s/%d", id->proc_path, pub->pid);
	/* The directory stays this process's: behind it nobody else ever appears. */
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	proc_clocks(&clocks);
	if (dir < 0 || !proc_stat(&clocks, dir, "stat", &st) ||
	    !proc_same_life(p->leader, st.start))
		return -ESRCH;
	ret = dir;
	dir = -1;
	return ret;
}

static bool read_details(struct identity *id, struct proc *p)
{
	_cleanup_close_ int dir = -1;
	struct proc_clocks clocks;
	struct stat_line st;
	char path[PATH_MAX];

	if (p->detailed || p->failed >= TRIES)
		return p->detailed && p->pub.end == UINT64_MAX;
	if (!id->live || p->pub.end != UINT64_MAX || !p->leader)
		return false;
	snprintf(path, sizeof(path), "%s/%d", id->proc_path, p->pub.pid);
	/* The directory stays this process's: behind it nobody else ever appears. */
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	proc_clocks(&clocks);
	if (dir < 0 || !proc_stat(&clocks, dir, "stat", &st) ||
	    !proc_same_life(p->leader, st.start) || !take_details(id, p, dir, &clocks)) {
		p->failed++;
		return false;
	}
	p->detailed = true;
	watches_detailed(id, &p->pub);
	return true;
}

/*
 * Somebody asks for the first time. Who lives now is read at once, so that those he makes, who may
 * be gone before anybody asks for them, inherit it.
 */
static void read_all(struct identity *id)
{
	unsigned left = READ_FIRST;

	id->wanted = id->all_read = true;
	id->unread = UINT32_MAX;
	for (struct proc *p = id->procs; p && left; p = p->next) {
		if (p->pub.end != UINT64_MAX || p->detailed)
			continue;
		read_details(id, p);
		left--;
	}
}

unsigned identity_detail_some(struct identity *id, unsigned most)
{
	uint32_t upto = id->unread;
	unsigned n = 0;

	if (!id->live)
		return 0;
	if (!id->all_read) {
		read_all(id);
		return 1;
	}
	for (struct proc *p = id->procs; p && upto && n < most; p = p->next) {
		if (p->pub.index >= upto)
			continue;
		id->unread = p->pub.index;
		if (p->pub.end != UINT64_MAX || p->detailed)
			continue;
		read_details(id, p);
		n++;
	}
	if (n < most)
		id->unread = 0;
	return n;
}

bool identity_detail(struct identity *id, struct process *pub)
{
	if (!id->live && id->tellings)
		detail_resolve(id, (struct proc *)pub);
	if (!id->all_read && id->live)
		read_all(id);
	return read_details(id, (struct proc *)pub);
}

bool identity_is_read(const struct process *p)
{
	return ((const struct proc *)p)->detailed;
}

void identity_want(struct identity *id)
{
	id->wanted = id->live;
}

void detail_exec(struct identity *id, int32_t pid, uint64_t ts)
{
	const struct life *l;

	if (!id->wanted)
		return;
	if (ts / NSEC_PER_SEC != id->second) {
		id->second = ts / NSEC_PER_SEC;
		id->reads = 0;
	}
	l = life_at(id, pid, ts);
	if (!l || !life_proc(l))
		return;
	if (id->reads++ < READ_SECOND)
		read_details(id, life_proc(l));
	else
		id->unread = MAX(id->unread, life_proc(l)->pub.index + 1);
}

/* ---- from parent to child ---- */

void detail_inherit(struct identity *id, struct proc *p, const struct proc *parent)
{
	struct standing st = { 0 };

	if (parent)
		st = standing_at(parent, p->pub.start);
	standing_set_first(id, p, &st);
	p->pub.uid = parent ? parent->pub.uid : UINT32_MAX;
	p->resolved = 0;
}

void detail_free(struct identity *id, struct proc *p)
{
	standing_free(id, p);
	intern_set(id, &p->pub.cgroup, NULL, 0);
	intern_set(id, &p->pub.cmdline, NULL, 0);
	containers_put(id->containers, p->pub.container);
	p->pub.container = NULL;
}
