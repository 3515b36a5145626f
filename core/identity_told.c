/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_told: what a recording says of its processes in place of /proc.
 *
 * It is said once a process was read, so it comes later than the time it speaks of, and later than
 * children who are to inherit it: they ask who made them when somebody asks for them. Everything
 * said is hostile.
 */
#include "core/identity_private.h"

#define CLIMB_MAX 4096 /* generations: files may tell of circles */

static void set_text(struct identity *id, const char **to, const struct told_text *t)
{
	if (t->s && t->len && *t->s)
		intern_set(id, to, t->s, t->len);
}

static void set_container(struct identity *id, struct proc *p, const struct told *t)
{
	const struct container *had = p->pub.container;

	if (!p->pub.cgroup)
		return;
	p->pub.container =
	    containers_get(id->containers, p->pub.cgroup, t->pidns != INITIAL_PIDNS ? t->pidns : 0);
	containers_put(id->containers, had);
	if (p->pub.container)
		containers_tell(id->containers, p->pub.container, &t->names);
}

void detail_told(struct identity *id, struct proc *p, const struct told *t)
{
	/* Nothing but which process a thread is of. */
	if (t->uid == UINT32_MAX && !t->cgroup && !t->exe.len)
		return;
	if (t->since < p->told || p->pub.pid == 0)
		return;
	id->tellings++;
	p->told = MAX(t->since, 1ULL);
	if (t->since >= p->exe_ts) {
		set_text(id, &p->pub.exe, &t->exe);
		p->detailed = true;
	}
	if (t->uid != UINT32_MAX)
		p->pub.uid = t->uid;
	if (tid_valid(t->nspid))
		p->pub.nspid = t->nspid;
	if (t->pidns)
		p->pub.pidns = t->pidns;
	if (!standing_knows(id, p, t->cgroup, &t->names)) {
		if (t->cgroup)
			intern_set(id, &p->pub.cgroup, t->cgroup, SIZE_MAX);
		set_container(id, p, t);
	}
	watches_changed(id, &p->pub);
}

void detail_move(struct identity *id, struct proc *from, struct proc *to, uint64_t since)
{
	if (id->live || !from->told || from->told < since || to->told)
		return;
	detail_inherit(id, to, from);
	if (from->told > from->exe_ts) {
		intern_set(id, &to->pub.exe, from->pub.exe, SIZE_MAX);
		intern_set(id, &from->pub.exe, NULL, 0);
	}
	to->pub.pidns = from->pub.pidns;
	to->pub.nspid = from->pub.nspid;
	to->told = from->told;
	to->detailed = true;
	detail_inherit(id, from, NULL);
	from->pub.nspid = -1;
	from->pub.pidns = 0;
	from->told = 0;
	from->detailed = false;
	id->tellings++;
}

void detail_resolve(struct identity *id, struct proc *p)
{
	uint32_t news = id->tellings + id->next_process, index;
	const struct process *maker = &p->pub;

	if (p->told || p->resolved == news)
		return;
	for (unsigned i = 0; i < CLIMB_MAX; i++) {
		const struct proc *from;

		maker = identity_maker(id, maker, &index);
		from = (const struct proc *)maker;
		if (!maker || !maker->pid)
			break;
		if (!from->told)
			continue;
		detail_inherit(id, p, from);
		p->pub.pidns = p->pub.pidns ? p->pub.pidns : from->pub.pidns;
		if (!p->exe_ts && !p->pub.exe && from->exe_ts <= p->pub.start)
			intern_set(id, &p->pub.exe, from->pub.exe, SIZE_MAX);
		break;
	}
	p->resolved = news;
}
