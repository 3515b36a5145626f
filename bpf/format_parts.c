/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format_parts: which members of an event are values of the row itself: time, CPU, thread, process,
 * its name, user and control group.
 *
 * The manifest says so; else names that tools have used for them for years. Names that are used for
 * other things as well are taken only with the size that such a value has.
 */
#include <errno.h>
#include <string.h>

#include "bpf/format.h"
#include "core/util.h"

enum part { PART_TIME, PART_CPU, PART_TID, PART_PID, PART_COMM, PART_UID, PART_CGROUP, PARTS };

static const struct part_rule {
	const char *key;      /* of the manifest */
	const char *names[8]; /* the first that is there and has the size */
	bool is_left;	      /* the row says it: no field of its own */
	bool is_text;
	uint32_t least, most; /* bytes */
	uint32_t chosen;      /* the least where the manifest names it */
} rules[PARTS] = {
	[PART_TIME] = { "time",
			{ "ts", "timestamp", "time", "ts_ns", "timestamp_ns", "ktime", "time_ns" },
			true,
			false,
			8,
			8,
			8 },
	[PART_CPU] = { "cpu", { "cpu", "cpu_id", "processor" }, true, false, 1, 4, 1 },
	[PART_TID] = { "tid", { "tid" }, true, false, 4, 8, 4 },
	[PART_PID] = { "pid", { "tgid", "pid" }, false, false, 4, 8, 4 },
	[PART_COMM] = { "comm", { "comm", "task" }, false, true, 8, 64, 2 },
	[PART_UID] = { "uid", { "uid" }, false, false, 4, 4, 4 },
	[PART_CGROUP] = { "cgroup",
			  { "cgroup", "cgroup_id", "cgid", "cgroupid" },
			  false,
			  false,
			  8,
			  8,
			  8 },
};

static struct layout_part *part_of(struct layout *l, enum part p)
{
	struct layout_part *const parts[PARTS] = {
		[PART_TIME] = &l->time,	    [PART_CPU] = &l->cpu,   [PART_TID] = &l->tid,
		[PART_PID] = &l->pid,	    [PART_COMM] = &l->comm, [PART_UID] = &l->uid,
		[PART_CGROUP] = &l->cgroup,
	};

	return parts[p];
}

static bool fits(const struct part_rule *r, const struct member *m, uint32_t least)
{
	uint32_t bytes = m->size * m->count;

	if (r->is_text)
		return (m->kind == TYPE_CHAR || (m->kind == TYPE_INT && m->size == 1)) &&
		       m->is_array && bytes >= least && bytes <= r->most;
	return m->kind == TYPE_INT && !m->is_array && !m->bits && m->size >= least &&
	       m->size <= r->most && m->size != 3;
}

static void take(struct draft *d, enum part p, struct member *m)
{
	struct shown *s = &d->shown[m - d->ms.v];

	if (p == PART_COMM)
		m->kind = TYPE_CHAR; /* be it u8[16] */
	*part_of(d->l, p) = (struct layout_part) { m->at, m->size * m->count };
	if (!d->is_event)
		return; /* a table has no other place for it */
	s->is_hidden = true;
	s->is_left |= rules[p].is_left;
}

static int take_chosen(struct draft *d, enum part p, const char *name)
{
	struct member *m = members_find(&d->ms, name, strlen(name));

	if (!m)
		return d->is_event ? err_set(d->e, -EINVAL, "%s = %s: the event has no such member",
					     rules[p].key, name)
				   : 0;
	if (!fits(&rules[p], m, rules[p].chosen))
		return err_set(d->e, -EINVAL, "%s = %s: not %s of %u to %u bytes", rules[p].key,
			       name, rules[p].is_text ? "a text" : "a number", rules[p].chosen,
			       rules[p].most);
	take(d, p, m);
	return 0;
}

static struct member *conventional(const struct draft *d, const struct part_rule *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->names) && r->names[i]; i++) {
		const char *name = r->names[i];
		struct member *m = members_find(&d->ms, name, strlen(name));

		if (m && fits(r, m, r->least))
			return m;
	}
	return NULL;
}

/* Who says tgid means by pid the thread. */
static struct member *thread_beside(const struct draft *d)
{
	struct member *tgid = members_find(&d->ms, "tgid", 4);
	struct member *pid = members_find(&d->ms, "pid", 3);

	return tgid && pid && d->l->pid.size && d->l->pid.at == tgid->at && pid->at != tgid->at &&
		       fits(&rules[PART_TID], pid, 4)
		   ? pid
		   : NULL;
}

int format_parts(struct draft *d)
{
	for (enum part p = 0; p < PARTS; p++) {
		const char *chosen = d->m ? manifest_get(d->m, rules[p].key, NULL) : NULL;
		struct member *m = chosen ? NULL : conventional(d, &rules[p]);
		int ret = chosen ? take_chosen(d, p, chosen) : 0;

		if (ret)
			return ret;
		if (m)
			take(d, p, m);
	}
	if (!d->l->tid.size && thread_beside(d))
		take(d, PART_TID, thread_beside(d));
	return 0;
}
