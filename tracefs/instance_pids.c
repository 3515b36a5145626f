/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance_pids: see instance_pids.h.
 *
 * A list that is written takes effect at once, and whoever was born after we looked into /proc and
 * before the write is not in it. So the first write also names the next numbers the kernel
 * will give: who is born meanwhile is one of them. Whether they were enough is seen afterwards.
 */
#include "tracefs/instance_pids.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
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
#include "tracefs/kin.h"

#define LIST	    "set_event_pid"
#define PID_MAX_MAX (4u << 20)
#define PID_FIRST   300 /* after the greatest number; below it are those of the boot */
#define NEXT_FIRST  32	/* numbers to come that the first write names */
#define NEXT_KIN    512 /* ... where all processes are looked at first */
#define LOOKS_MAX   50	/* at /proc, until nothing new appears */
#define INIT_PID_NS "pid:[4026531836]"

/* Numbers that are in the list, and those that are to be written. */
struct list {
	uint8_t *bits;
	uint32_t max; /* of a number */
	struct strbuf text;
};

bool instance_pids_known(void)
{
	char name[64];
	ssize_t n = readlink("/proc/self/ns/pid", name, sizeof(name) - 1);

	if (n < 0)
		return false;
	name[n] = '\0';
	return !strcmp(name, INIT_PID_NS);
}

/* ---- lists ---- */

static int list_init(struct list *l, struct err *e)
{
	uint64_t max;
	int rc = tracefs_read_u64(host_procfs(), &max, e, "sys/kernel/pid_max");

	*l = (struct list) { .bits = NULL };
	if (rc < 0)
		return rc;
	l->max = (uint32_t)MIN(max, (uint64_t)PID_MAX_MAX);
	l->bits = xcalloc(l->max / 8 + 1, 1);
	return 0;
}

static void list_done(struct list *l)
{
	free(l->bits);
	strbuf_done(&l->text);
}

static bool list_has(const struct list *l, uint32_t id)
{
	return id > l->max || (l->bits[id / 8] & 1 << id % 8);
}

static void list_add(struct list *l, uint32_t id)
{
	if (list_has(l, id))
		return;
	l->bits[id / 8] |= (uint8_t)(1 << id % 8);
	strbuf_u64(&l->text, id);
	strbuf_char(&l->text, ' ');
}

static void add_tasks(struct list *l, int32_t pid)
{
	char path[PATH_MAX];
	struct dirent *d;

	snprintf(path, sizeof(path), "%s/%d/task", host_procfs(), (int)pid);
	_cleanup_closedir_ DIR *dir = opendir(path);

	while (dir && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]))
			list_add(l, (uint32_t)strtoul(d->d_name, NULL, 10));
}

static void add_set(struct list *l, const struct pid_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->ids[i] < 0)
			continue;
		/* Also one that is not there: it may come. */
		list_add(l, (uint32_t)set->ids[i]);
		if (set->process[i])
			add_tasks(l, set->ids[i]);
	}
}

static void add_one_of_kin(int32_t pid, void *data)
{
	list_add(data, (uint32_t)pid);
	add_tasks(data, pid);
}

static void add_all(struct list *l, const struct pid_set *set)
{
	add_set(l, set);
	if (set->kin)
		kin_each(set->ids, set->count, add_one_of_kin, l);
}

/* Writes what is new; 1 when there was something. */
static int list_write(struct list *l, const struct instance *in, struct err *e)
{
	int rc;

	if (!l->text.len)
		return 0;
	rc = tracefs_write(in->path, strbuf_cstr(&l->text), e, LIST);
	strbuf_clear(&l->text);
	return rc < 0 ? rc : 1;
}

/* Every thread of the machine, the idle tasks too. */
static void add_everybody(struct list *l)
{
	_cleanup_closedir_ DIR *proc = opendir(host_procfs());
	struct dirent *d;

	list_add(l, 0);
	while (proc && (d = readdir(proc)))
		if (isdigit((unsigned char)d->d_name[0]))
			add_tasks(l, (int32_t)strtol(d->d_name, NULL, 10));
}

/*
 * Before it forgets the list the kernel stops looking at switches, for tens of ms, and whether a
 * CPU is left out stays as it was: also where a thread of the list comes to run. So first everybody
 * is in the list, and no CPU is left out.
 */
int instance_pids_clear(struct instance *in, struct err *e)
{
	struct list l;
	int rc = list_init(&l, e);

	for (int i = 0; rc >= 0 && i < LOOKS_MAX; i++) {
		add_everybody(&l);
		rc = list_write(&l, in, e);
		if (!rc)
			break;
	}
	list_done(&l);
	return rc < 0 ? rc : tracefs_write(in->path, "", e, LIST);
}

/* ---- what is born meanwhile ---- */

/* How many numbers lie between two; the kernel begins anew behind the greatest. */
static uint32_t distance(const struct list *l, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : l->max - from + to;
}

static int add_next(struct list *l, uint32_t last, uint32_t count)
{
	for (uint32_t i = 0, id = last + 1; i < count; i++, id++) {
		if (id >= l->max)
			id = PID_FIRST;
		list_add(l, id);
	}
	return 0;
}

/* The first write of a list. More numbers to come are named until they are enough. */
static int begin(struct list *l, struct instance *in, const struct pid_set *set, struct err *e)
{
	uint32_t before, after, next = set->kin ? NEXT_KIN : NEXT_FIRST;
	int rc = kin_last(&before, e);

	if (rc < 0)
		return rc;
	add_all(l, set);
	add_next(l, before, next);
	rc = list_write(l, in, e);
	if (rc >= 0)
		rc = kin_last(&after, e);
	if (rc < 0)
		return rc;
	if (distance(l, before, after) <= next)
		return 0;
	instance_pids_clear(in, NULL);
	return err_set(e, -EAGAIN, "processes are born too fast to follow some of them");
}

/* ---- the file ---- */

int instance_pids_add(struct instance *in, const struct pid_set *set, bool list_is_new,
		      struct err *e)
{
	struct list l;
	int rc = list_init(&l, e);

	if (rc < 0)
		return rc;
	/* Children of whoever is in the list from now on are so as well. */
	rc = tracefs_write(in->path, "1", e, "options/event-fork");
	if (rc >= 0 && list_is_new)
		rc = begin(&l, in, set, e);
	for (int i = 0; rc >= 0 && i < LOOKS_MAX; i++) {
		add_all(&l, set);
		rc = list_write(&l, in, e);
		if (!rc)
			break;
	}
	list_done(&l);
	return rc < 0 ? rc : 0;
}

static void take_present(struct list *l, const char *text)
{
	for (const char *p = text; *p;) {
		char *end;
		unsigned long id = strtoul(p, &end, 10);

		if (end == p)
			break;
		if (id <= l->max)
			l->bits[id / 8] |= (uint8_t)(1 << id % 8);
		p = end + strspn(end, " \n");
	}
}

int instance_pids_renew(struct instance *in, const struct pid_set *set, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct list l;
	int rc = list_init(&l, e);

	if (rc < 0)
		return rc;
	rc = tracefs_read(in->path, &text, e, LIST);
	if (rc >= 0) {
		take_present(&l, strbuf_cstr(&text));
		add_set(&l, set);
		rc = list_write(&l, in, e);
	}
	list_done(&l);
	return rc < 0 ? rc : 0;
}

int instance_pids_say(const struct instance *in, struct strbuf *out, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int rc = tracefs_read(in->path, &text, e, LIST), count = 0;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < text.len; i++) {
		bool end = text.s[i] == '\n';

		if (count < 16)
			strbuf_char(out, end ? ' ' : text.s[i]);
		count += end;
	}
	if (count > 16)
		strbuf_fmt(out, "and %d more", count - 16);
	return count;
}

/* ---- CPUs ---- */

int instance_cpumask(struct instance *in, const bool *cpus, struct err *e)
{
	unsigned words = (in->cpus + 31) / 32;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	for (unsigned w = words; w-- > 0;) {
		uint32_t bits = 0;

		for (unsigned i = 0; i < 32 && w * 32 + i < in->cpus; i++)
			bits |= (uint32_t)cpus[w * 32 + i] << i;
		strbuf_fmt(&text, "%s%08x", text.len ? "," : "", bits);
	}
	return tracefs_write(in->path, strbuf_cstr(&text), e, "tracing_cpumask");
}
